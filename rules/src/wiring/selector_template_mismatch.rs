//! A workload whose selector does not match the labels of its own pods.
//!
//! ## What it does
//! Compares `spec.selector` of Deployments, StatefulSets, DaemonSets, ReplicaSets and
//! ReplicationControllers, and of Jobs with `manualSelector`, with `spec.template.metadata.labels`.
//! A missing or empty selector is reported as well, except where the API server fills it in.
//!
//! ## Why is this bad
//! The API server refuses the workload: `selector does not match template labels`. Otherwise the
//! controller would create pods without end, never finding them again.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: cart
//! spec:
//!   selector:
//!     matchLabels:
//!       app: cart
//!   template:
//!     metadata:
//!       labels:
//!         app: cart-server
//!     spec:
//!       containers:
//!         - name: cart
//!           image: example.com/cart:1.0.0
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: cart
//! spec:
//!   selector:
//!     matchLabels:
//!       app: cart
//!   template:
//!     metadata:
//!       labels:
//!         app: cart
//!     spec:
//!       containers:
//!         - name: cart
//!           image: example.com/cart:1.0.0
//! ```
//!
//! ## References
//! - [Deployment selector](https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector)
//! - [Validation](https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/apps/validation/validation.go) (`ValidateDeploymentSpec`)

use goready_model::{Confidence, Node, Outcome, Profile, UnitKind, Workload, WorkloadKind};
use goready_sim::selector::{Operator, Requirement, Selector};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/mismatching-selector",
        "kube-score/deployment-pod-selector-labels-match-template-metadata-labels",
        "kube-score/statefulset-pod-selector-labels-match-template-metadata-labels",
    ],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    let Some(spec) = object.spec().filter(Node::is_mapping) else { return };
    // A fragment says neither all labels nor all of the selector.
    if object.partial || spec.entries().any(|it| it.key.is_dynamic()) {
        return;
    }
    let written = spec.get("selector").filter(|it| !it.is_null());
    // `commonLabels` and `labels` of a kustomization write selectors and labels alike.
    let is_labelled = matches!(cx.project.unit(object.unit).kind, UnitKind::Kustomization(_));
    if is_labelled && written.is_none_or(|it| it.entries().next().is_none()) {
        return;
    }
    let labels = workload.pod_metadata().and_then(|it| it.get("labels"));
    match workload.kind {
        WorkloadKind::Deployment
        | WorkloadKind::StatefulSet
        | WorkloadKind::DaemonSet
        | WorkloadKind::ReplicaSet => {
            if let Some(node) = written {
                check_selector(&object.kind, node, workload, labels, findings);
            } else {
                findings
                    .key(spec, format!("{} has no selector", object.kind))
                    .help("add `selector.matchLabels` with labels of the pod template");
            }
        }
        // Without a selector it takes all labels of its template.
        WorkloadKind::ReplicationController => {
            let selector = written.and_then(Selector::of_map).filter(|it| !it.is_empty());
            match selector {
                Some(selector) => compare(&selector, workload, labels, findings),
                None if written.is_none() && has_no_entries(labels) => {
                    findings
                        .key(spec, "ReplicationController has no selector, and its pods no labels")
                        .help("add labels to `template.metadata`");
                }
                None => {}
            }
        }
        WorkloadKind::Job => check_job(spec, written, workload, labels, findings),
        _ => {}
    }
}

fn check_selector(
    kind: &str,
    node: Node<'_>,
    workload: &Workload,
    labels: Option<Node<'_>>,
    findings: &mut Findings,
) {
    let Some(selector) = Selector::of_label_selector(node) else { return };
    if selector.is_empty() {
        findings
            .key(node, format!("the selector of {kind} is empty"))
            .help("add `matchLabels` with labels of the pod template");
    } else {
        compare(&selector, workload, labels, findings);
    }
}

/// The API server writes the selector of a Job, unless `manualSelector` says otherwise.
fn check_job(
    spec: Node<'_>,
    written: Option<Node<'_>>,
    workload: &Workload,
    labels: Option<Node<'_>>,
    findings: &mut Findings,
) {
    let Some(node) = written else { return };
    let Some(selector) = Selector::of_label_selector(node) else { return };
    let manual = spec.bool_field("manualSelector");
    match manual.known_or(false).map(|it| it.value) {
        Some(true) if !selector.is_empty() => compare(&selector, workload, labels, findings),
        Some(false) if !selector.is_empty() => {
            findings
                .key(node, "Job has a selector, but the API server writes it itself")
                .help("remove `selector`");
        }
        _ => {}
    }
}

fn compare(
    selector: &Selector<'_>,
    workload: &Workload,
    labels: Option<Node<'_>>,
    findings: &mut Findings,
) {
    let unknown = workload.template_node().is_some_and(|it| it.is_dynamic())
        || workload.pod_metadata().is_some_and(|it| it.is_dynamic())
        || labels.is_some_and(|it| it.entries().any(|it| it.key.is_dynamic()));
    if unknown {
        return;
    }
    let Some(Some(requirement)) = selector.first_unmet(labels) else { return };
    let actual = labels.and_then(|it| it.get(requirement.key));
    let has = match actual {
        Some(label) => format!("the template label {}={}", requirement.key, label.text()),
        None => "any template label".to_owned(),
    };
    let message = format!("selector {} does not match {has}", said(requirement));
    let mut draft = findings.node(requirement.node, message);
    draft = match actual.or(labels) {
        Some(node) => draft.label(node.place(), "the labels of the pods"),
        None => draft,
    };
    draft.help("make the selector and the template labels equal");
}

/// A requirement as `kubectl -l` writes it.
fn said(requirement: &Requirement<'_>) -> String {
    let key = requirement.key;
    match (requirement.operator, &*requirement.values) {
        (Operator::In, [value]) => format!("{key}={value}"),
        (Operator::In, values) => format!("{key} in ({})", values.join(", ")),
        (Operator::NotIn, values) => format!("{key} notin ({})", values.join(", ")),
        (Operator::Exists, _) => key.to_owned(),
        (Operator::DoesNotExist, _) => format!("!{key}"),
    }
}

fn has_no_entries(labels: Option<Node<'_>>) -> bool {
    match labels {
        Some(node) if node.is_dynamic() => false,
        Some(node) => node.entries().next().is_none(),
        None => true,
    }
}
