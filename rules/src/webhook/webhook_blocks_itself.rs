//! A webhook that also judges its own pods cannot come back after an outage.
//!
//! ## What it does
//! Looks at webhooks with `failurePolicy: Fail` (the default) whose rules match the creation of pods, or
//! of the kind of workload that runs the webhook, and whose selectors and conditions leave neither the
//! webhook's namespace nor its pods out. A selector that asks for a label which the own namespace or the
//! own pods do not have leaves them out. With a single replica the first restart is the outage.
//!
//! ## Why is this bad
//! The pods of the webhook are gone (a node failure is enough), and each new one must be judged by the
//! webhook: `failed calling webhook: connection refused`. Somebody has to delete the configuration by
//! hand.
//!
//! ## Example
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   replicas: 2
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: shop}
//!     rules:
//!       - apiGroups: [""]
//!         apiVersions: [v1]
//!         operations: [CREATE]
//!         resources: [pods]
//! ```
//!
//! ## Use instead
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   replicas: 2
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: shop}
//!     rules:
//!       - apiGroups: [""]
//!         apiVersions: [v1]
//!         operations: [CREATE]
//!         resources: [pods]
//!     namespaceSelector:
//!       matchExpressions:
//!         - {key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}
//! ```
//!
//! ## References
//! - [Admission webhook good practices](https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/)

use goready_model::{Confidence, Node, Object, Outcome, Profile, Webhook, Workload, WorkloadKind};
use goready_sim::selector::{Operator, Requirement, Selector};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    if object.partial || !object.kind.ends_with("WebhookConfiguration") {
        return;
    }
    for webhook in cx.project.webhooks_of(object.id) {
        let Some(node) = object.tree.node(webhook.node) else { continue };
        if !fails_closed(node) || node.get("matchConditions").is_some() {
            continue;
        }
        let backends = webhook.backends.iter().map(|it| cx.project.workload(*it));
        let Some(own) = backends.into_iter().find(|it| judges(cx, node, it)) else { continue };
        report(cx, webhook, node, own, findings);
    }
}

fn fails_closed(webhook: Node<'_>) -> bool {
    webhook.str_field("failurePolicy").known_or("Fail").is_some_and(|it| it.value == "Fail")
}

/// Whether creating the workload's pods asks the webhook.
fn judges(cx: &Cx<'_>, webhook: Node<'_>, own: &Workload) -> bool {
    let rules = webhook.get("rules").filter(|it| !it.holds_dynamic());
    let matches_pods = rules.is_some_and(|it| it.items().any(matches_pods));
    matches_pods && selects_namespace(cx, webhook, own) && selects_pods(webhook, own)
}

/// A rule about the creation of pods.
fn matches_pods(rule: Node<'_>) -> bool {
    let has = |key: &str, texts: &[&str]| {
        rule.get(key).is_some_and(|it| it.items().any(|it| texts.contains(&it.text())))
    };
    let scope = rule.str_field("scope").known_or("*").is_some_and(|it| it.value != "Cluster");
    scope
        && has("operations", &["CREATE", "*"])
        && has("apiGroups", &["", "*"])
        && has("apiVersions", &["v1", "*"])
        && has("resources", &["pods", "*", "*/*"])
}

/// Whether the namespace selector takes the workload's namespace. The API server gives each
/// namespace the label `kubernetes.io/metadata.name`; others are known where the Namespace is in
/// the repository.
fn selects_namespace(cx: &Cx<'_>, webhook: Node<'_>, own: &Workload) -> bool {
    let selector = match webhook.get("namespaceSelector") {
        None => return true,
        Some(node) if node.is_null() => return true,
        Some(node) => node,
    };
    let object = cx.project.object(own.object);
    let name = object.namespace_in(cx.project.unit(object.unit));
    let labels = cx.project.namespace_of(object).and_then(|it| it.metadata()?.get("labels"));
    let Some(selector) = Selector::of_label_selector(selector) else { return false };
    selector.requirements.iter().all(|it| match (it.key, name) {
        ("kubernetes.io/metadata.name", Some(name)) => takes(it, Some(name)),
        ("kubernetes.io/metadata.name", None) => false,
        // Labels that nobody is seen to set: somebody sets them where the webhook is installed.
        _ => labels.is_some() && it.matches(labels) == Some(true),
    })
}

/// Whether the object selector takes the pods of the workload.
fn selects_pods(webhook: Node<'_>, own: &Workload) -> bool {
    let selector = match webhook.get("objectSelector") {
        None => return true,
        Some(node) if node.is_null() => return true,
        Some(node) => node,
    };
    let labels = own.pod_metadata().and_then(|it| it.get("labels"));
    Selector::of_label_selector(selector).and_then(|it| it.matches(labels)) == Some(true)
}

/// Whether a label with this value, or its absence, meets a requirement.
fn takes(requirement: &Requirement<'_>, value: Option<&str>) -> bool {
    let listed = |it: &str| requirement.values.contains(&it);
    match requirement.operator {
        Operator::In => value.is_some_and(listed),
        Operator::NotIn => !value.is_some_and(listed),
        Operator::Exists => value.is_some(),
        Operator::DoesNotExist => value.is_none(),
    }
}

fn report(cx: &Cx<'_>, webhook: &Webhook, node: Node<'_>, own: &Workload, findings: &mut Findings) {
    let object = cx.project.object(own.object);
    // A DaemonSet runs on many nodes, whatever it says of replicas.
    let replicated = matches!(own.kind, WorkloadKind::Deployment | WorkloadKind::StatefulSet);
    let single = replicated && own.replicas().known_or(1).is_some_and(|it| it.value == 1);
    let namespace = object.namespace_in(cx.project.unit(object.unit));
    let help = match namespace {
        Some(name) => format!(
            "exclude namespace `{name}` by `kubernetes.io/metadata.name` in `namespaceSelector`"
        ),
        None => "exclude the own namespace by `kubernetes.io/metadata.name` in `namespaceSelector`"
            .to_owned(),
    };
    let outcome = if single { Outcome::Broken } else { Outcome::Risk };
    let draft = findings
        .missing_in(
            node,
            format!(
                "webhook \"{}\" also judges its own pods, it cannot restart after an outage",
                webhook.name
            ),
        )
        .outcome(outcome)
        .help(help);
    if let Some(place) = object.name_place() {
        draft.label(place, "the workload behind it");
    }
}
