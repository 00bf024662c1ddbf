//! A StatefulSet whose `serviceName` names no headless Service for its pods.
//!
//! ## What it does
//! Looks for the Service that `spec.serviceName` names, in the same namespace: it must exist, be
//! headless (`clusterIP: None`) and select the pods of the StatefulSet. In examples and tests a
//! Service that is missing or has an address is advice.
//!
//! ## Why is this bad
//! The StatefulSet starts, but its pods get no DNS names: `db-0.db` does not resolve, and members
//! that look for each other by name (databases, queues) never form a cluster.
//!
//! ## Example
//! `db.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: StatefulSet
//! metadata:
//!   name: db
//! spec:
//!   serviceName: db
//!   selector:
//!     matchLabels:
//!       app: db
//!   template:
//!     metadata:
//!       labels:
//!         app: db
//!     spec:
//!       containers:
//!         - name: db
//!           image: example.com/db:1.0.0
//! ```
//!
//! ## Use instead
//! `service.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: db
//! spec:
//!   clusterIP: None
//!   selector:
//!     app: db
//!   ports:
//!     - port: 5432
//! ```
//!
//! ## References
//! - [Stable network ID](https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id)
//! - [Headless Services](https://kubernetes.io/docs/concepts/services-networking/service/#headless-services)

use goready_model::{
    Confidence, Located, Node, Object, Outcome, Profile, Service, Workload, WorkloadKind,
};
use goready_sim::selector::Selector;

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &["kube-score/statefulset-has-servicename", "kics/StatefulSet Without Service Name"],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    let unit = cx.project.unit(object.unit);
    if workload.kind != WorkloadKind::StatefulSet || object.partial || unit.partial {
        return;
    }
    let Some(node) = object.spec().and_then(|it| it.get("serviceName")) else { return };
    let Some(name) = node.as_str().filter(|it| !it.is_empty()) else { return };
    match find(cx, object, name) {
        Found::Here(service) => check_service(cx, service, workload, node, findings),
        Found::Unknown => {}
        Found::Nowhere => {
            findings
                .node(node, format!("serviceName {name:?} names a Service that does not exist"))
                .help(format!("add a Service {name:?} with `clusterIP: None`"))
                .lower_if(object.sample);
        }
        Found::Elsewhere(other) => {
            let message = format!("serviceName {name:?} names a Service that is not applied here");
            let mut draft = findings.node(node, message).confidence(Confidence::Possible);
            if let Some(place) = other.name_place() {
                draft = draft.label(place, "a Service of this name");
            }
            draft
                .help(format!("add a Service {name:?} with `clusterIP: None`"))
                .lower_if(object.sample);
        }
    }
}

enum Found<'p> {
    Here(&'p Service),
    /// In another unit or namespace of the repository.
    Elsewhere(&'p Object),
    Nowhere,
    /// Something that could be it has a name or namespace that is not known.
    Unknown,
}

fn find<'p>(cx: &Cx<'p>, object: &Object, name: &str) -> Found<'p> {
    let project = cx.project;
    let namespace = object.namespace_in(project.unit(object.unit));
    let mut found = Found::Nowhere;
    for service in &project.services {
        let it = project.object(service.object);
        if it.unit != object.unit {
            if it.name == name && matches!(found, Found::Nowhere) {
                found = Found::Elsewhere(it);
            }
            continue;
        }
        let known = it.namespace_in(project.unit(it.unit));
        match (it.name.is_empty(), known == namespace) {
            (true, _) => return Found::Unknown,
            (false, true) if it.name == name => return Found::Here(service),
            (false, false) if it.name == name => found = Found::Elsewhere(it),
            _ => {}
        }
    }
    found
}

fn check_service(
    cx: &Cx<'_>,
    service: &Service,
    workload: &Workload,
    node: Node<'_>,
    findings: &mut Findings,
) {
    let object = cx.project.object(service.object);
    let Some(spec) = service.spec().filter(|_| !object.partial) else { return };
    let name = &object.name;
    let address = spec.str_field("clusterIP").known_or("");
    let Some(Located { value, place }) = address else { return };
    if value != "None" {
        findings
            .node(node, format!("serviceName {name:?} is no headless Service"))
            .label(place, format!("Service {name:?} has an address of its own"))
            .help("set `clusterIP: None`, or add a headless Service beside it")
            .lower_if(object.sample);
        return;
    }
    let Some(selector) = service.selector().and_then(Selector::of_map) else { return };
    let labels = workload.pod_metadata().and_then(|it| it.get("labels"));
    if let Some(Some(unmet)) = selector.first_unmet(labels) {
        findings
            .node(node, format!("Service {name:?} does not select the pods of the StatefulSet"))
            .label(unmet.node.place(), "selects other pods")
            .help("make the Service's selector match the labels of the pods");
    }
}
