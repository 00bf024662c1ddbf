//! A container sets the same environment variable twice.
//!
//! ## What it does
//! Finds names that the `env` list of a container holds more than once. As the API server does when it
//! warns, it accepts a later entry whose value uses the earlier one, as in `$(NAME),more`.
//!
//! ## Why is this bad
//! The last entry wins and the first is dead text that readers take for the setting. `kubectl apply`
//! merges the list by name, so a later change of one entry can drop the other, and the value of the
//! running pods then depends on what was applied before.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           env:
//!             - name: LOG_LEVEL
//!               value: info
//!             - name: LOG_LEVEL
//!               value: debug
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           env:
//!             - name: LOG_LEVEL
//!               value: debug
//! ```
//!
//! ## References
//! - [The warning of the API server](https://github.com/kubernetes/kubernetes/blob/master/pkg/api/pod/warnings.go) (`warningsForPodSpecAndMeta`)
//! - [Dependent environment variables](https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/)

use std::collections::BTreeMap;

use goready_model::{Confidence, Container, EnvEntry, Field, Outcome, Pod, Profile, Workload};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/duplicate-env-var",
        "kube-score/environment-variable-key-duplication",
    ],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    // A patch is merged by name before anybody reads it.
    if cx.project.object(workload.object).partial {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        check_container(container, findings);
    }
}

fn check_container(container: Container<'_>, findings: &mut Findings) {
    let mut first: BTreeMap<&str, EnvEntry<'_>> = BTreeMap::new();
    for entry in container.env().filter(|it| !it.name().is_empty()) {
        let name = entry.name();
        let Some(earlier) = first.get(name) else {
            first.insert(name, entry);
            continue;
        };
        let (Some(here), Some(there)) = (earlier.node.get("name"), entry.node.get("name")) else {
            continue;
        };
        if hides(entry) {
            // The values stay out of the message: either may be a credential.
            findings
                .node(here, format!("`{name}` is set twice, the later entry wins"))
                .help("remove one of the entries")
                .label(there.place(), "sets it again");
        }
    }
}

/// Whether an entry hides an earlier one of its name: it does not use its value.
fn hides(entry: EnvEntry<'_>) -> bool {
    let own = format!("$({})", entry.name());
    match entry.value() {
        Field::Set(value) => value.value == own || !value.value.contains(&own),
        Field::Unset(_) => true,
        Field::Dynamic(_) => entry.value_from().is_some(),
    }
}
