//! The same key twice in one mapping.
//!
//! ## What it does
//! Reports the second of two equal keys in manifests, values files, `Chart.yaml`, kustomizations
//! and compose files. Keys that come in through `<<` may be overridden and are left alone.
//!
//! ## Why is this bad
//! Most readers keep the last value without a word, so the first `env` or `resources` is simply
//! gone; strict ones, the API server among them, refuse the document.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: cart
//! data:
//!   LOG_LEVEL: info
//!   LOG_LEVEL: debug
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: cart
//! data:
//!   LOG_LEVEL: debug
//! ```
//!
//! ## References
//! - [YAML 1.2.2, section 3.2.1.3](https://yaml.org/spec/1.2.2/#3213-node-comparison)
//! - [Field validation](https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation)

use goready_model::{Confidence, FileKind, Object, Outcome, Place, ProblemKind, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let project = cx.project;
    for problem in project.problems.iter().filter(|it| it.kind == ProblemKind::DuplicateKey) {
        let kind = project.kinds.get(&problem.place.at.file);
        if !kind.is_some_and(|it| is_deployed(*it)) {
            continue;
        }
        let mut draft = findings
            .report(problem.place, problem.message.clone())
            .help("keep one of the two, or merge them under one key");
        if let Some(first) = problem.related {
            draft = draft.label(first, "the first one");
        }
        if let Some(object) = project.objects.iter().find(|it| holds(it, problem.place)) {
            draft.object(object);
        }
    }
}

/// Files that Kubernetes, Helm or compose read.
fn is_deployed(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Manifest
            | FileKind::Kustomization
            | FileKind::Compose
            | FileKind::ChartMetadata
            | FileKind::ChartValues
            | FileKind::ChartTemplate
    )
}

fn holds(object: &Object, place: Place) -> bool {
    object.node().is_some_and(|it| it.place().at.contains(place.at))
}
