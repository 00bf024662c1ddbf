//! A `$(NAME)` reference to a variable that is not defined, or not yet.
//!
//! ## What it does
//! Follows references in `env`, `command` and `args`. Kubernetes puts a value in place of `$(NAME)` when
//! the container's `envFrom` or an earlier entry of its `env` defines the name. Names written in capitals
//! that are defined later in the list, or nowhere in the repository, are reported. `$$(NAME)` is no
//! reference; variables of Services, names that a kustomization replaces, and an `envFrom` whose source is
//! not known are left alone.
//!
//! ## Why is this bad
//! Nothing fails: the text `$(DB_HOST)` itself reaches the program, which then looks for a host of that
//! name.
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
//!             - name: DATABASE_URL
//!               value: postgres://$(DB_HOST):5432/shop
//!             - name: DB_HOST
//!               value: db
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
//!             - name: DB_HOST
//!               value: db
//!             - name: DATABASE_URL
//!               value: postgres://$(DB_HOST):5432/shop
//! ```
//!
//! ## References
//! - [Dependent environment variables](https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/)
//! - [kubelet: makeEnvironmentVariables](https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go)

use std::collections::BTreeSet;

use goready_model::{
    Confidence, Container, EnvEntry, Node, Object, Outcome, Pod, Profile, Project, Workload,
};
use goready_sim::expansion::references;

use crate::{Check, Cx, Findings, Rule, Scope, environment};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if object.partial {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let names = Names { project: cx.project, object, container };
        if names.all_known() {
            check_env(&names, findings);
            check_words(&names, findings);
        }
    }
}

/// A value may use what stands before it.
fn check_env(names: &Names<'_>, findings: &mut Findings) {
    let mut defined: BTreeSet<&str> = BTreeSet::new();
    for entry in names.container.env() {
        let node = entry.node.get("value").filter(Node::is_scalar);
        let text = node.and_then(|it| it.as_str()).unwrap_or_default();
        let missing = references(text).into_iter().find(|it| !defined.contains(it));
        if let (Some(node), Some(name)) = (node, missing) {
            match names.later(name).filter(|it| it.node.id() != entry.node.id()) {
                Some(later) => report_order(node, name, later, findings),
                None if name != entry.name() && names.is_nowhere(name) => {
                    report_missing(node, name, findings);
                }
                None => {}
            }
        }
        defined.insert(entry.name());
    }
}

/// The command line may use all variables.
fn check_words(names: &Names<'_>, findings: &mut Findings) {
    for word in names.container.command().into_iter().chain(names.container.args()) {
        let found = references(word.as_str().unwrap_or_default());
        let missing =
            found.into_iter().find(|it| names.later(it).is_none() && names.is_nowhere(it));
        if let Some(name) = missing {
            report_missing(word, name, findings);
        }
    }
}

fn report_order(node: Node<'_>, name: &str, later: EnvEntry<'_>, findings: &mut Findings) {
    let place = later.node.get("name").map_or(later.node.place(), |it| it.place());
    findings
        .node(node, format!("`$({name})` is defined after it is used and stays literal"))
        .help(format!("move `{name}` before the entry that uses it"))
        .label(place, "defined here");
}

fn report_missing(node: Node<'_>, name: &str, findings: &mut Findings) {
    findings
        .node(node, format!("nothing defines `{name}`, `$({name})` stays literal"))
        .help(format!("add `{name}` to the container's env"))
        .confidence(Confidence::Likely);
}

/// The variables of a container.
#[derive(Debug, Clone, Copy)]
struct Names<'p> {
    project: &'p Project,
    object: &'p Object,
    container: Container<'p>,
}

impl<'p> Names<'p> {
    /// Whether every entry has a name that is written.
    fn all_known(&self) -> bool {
        let env = self.container.node.get("env");
        env.is_none_or(|list| {
            !list.is_dynamic()
                && list.items().all(|it| !it.is_dynamic() && it.str_field("name").value().is_some())
        })
    }

    /// The entry that defines a name.
    fn later(&self, name: &str) -> Option<EnvEntry<'p>> {
        self.container.env_named(name)
    }

    /// Whether nothing defines a name for sure: not the container, not a Service, not whoever
    /// applies the manifest.
    fn is_nowhere(&self, name: &str) -> bool {
        is_plain(name)
            && !is_of_service(name)
            && !environment::env_from_may_set(self.project, self.object, self.container, name)
            && !environment::set_elsewhere(self.project, self.object, self.container, name)
            && !is_replaced(self.project, name)
    }
}

/// A name as variables have them. In a shell `$(date)` runs a command.
fn is_plain(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_uppercase())
        && name.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
}

/// Variables that the kubelet makes for each Service of the namespace
/// (kubernetes/kubernetes `pkg/kubelet/envvars/envvars.go`).
fn is_of_service(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || ["_TCP", "_UDP", "_SCTP"].iter().any(|it| name.contains(it) && name.contains("_PORT_"))
}

/// Whether a kustomization has a `vars` entry of the name: it is replaced before anybody applies
/// the manifest.
fn is_replaced(project: &Project, name: &str) -> bool {
    let roots = project.documents.iter().filter_map(|(_, it)| it.tree.root());
    roots
        .filter_map(|it| it.get("vars"))
        .any(|vars| vars.items().any(|it| it.str_field("name").value() == Some(name)))
}
