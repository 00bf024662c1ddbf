//! An autoscaler computes utilization of a pod whose sidecar has no request.
//!
//! ## What it does
//! Finds HorizontalPodAutoscalers on cpu or memory utilization whose target is injected with a proxy
//! that has no request for that resource: Linkerd and Dapr without their request annotations, and Istio
//! where some resource annotations are set and this one is not. Pod-level requests and metrics of the
//! application's container alone are fine.
//!
//! ## Why is this bad
//! Utilization is usage divided by the requests of all containers. One container without a request makes
//! it unknown: the autoscaler reports `FailedGetResourceMetric` and never scales.
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
//!       labels:
//!         app: api
//!       annotations:
//!         linkerd.io/inject: enabled
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           resources:
//!             requests:
//!               cpu: 200m
//! ---
//! apiVersion: autoscaling/v2
//! kind: HorizontalPodAutoscaler
//! metadata:
//!   name: api
//! spec:
//!   scaleTargetRef:
//!     apiVersion: apps/v1
//!     kind: Deployment
//!     name: api
//!   minReplicas: 2
//!   maxReplicas: 10
//!   metrics:
//!     - type: Resource
//!       resource:
//!         name: cpu
//!         target:
//!           type: Utilization
//!           averageUtilization: 70
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
//!       labels:
//!         app: api
//!       annotations:
//!         linkerd.io/inject: enabled
//!         config.linkerd.io/proxy-cpu-request: 100m
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           resources:
//!             requests:
//!               cpu: 200m
//! ---
//! apiVersion: autoscaling/v2
//! kind: HorizontalPodAutoscaler
//! metadata:
//!   name: api
//! spec:
//!   scaleTargetRef:
//!     apiVersion: apps/v1
//!     kind: Deployment
//!     name: api
//!   minReplicas: 2
//!   maxReplicas: 10
//!   metrics:
//!     - type: Resource
//!       resource:
//!         name: cpu
//!         target:
//!           type: Utilization
//!           averageUtilization: 70
//! ```
//!
//! ## References
//! - [Kubernetes: horizontal pod autoscaling, algorithm details](https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details)
//! - [Linkerd: proxy configuration](https://linkerd.io/2/reference/proxy-configuration/)

use goready_model::{Autoscaler, Confidence, MeshKind, Node, Outcome, Profile, Workload};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, Placement, placements},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Autoscaler(check),
};

fn check(cx: &Cx<'_>, autoscaler: &Autoscaler, findings: &mut Findings) {
    let Some(workload) = cx.project.scaled.get(&autoscaler.id).map(|it| cx.project.workload(*it))
    else {
        return;
    };
    let object = cx.project.object(workload.object);
    let own = cx.project.object(autoscaler.object);
    if mesh::is_already_injected(workload) {
        return;
    }
    for placement in placements(cx, object, workload) {
        for (resource, node) in utilization_targets(autoscaler) {
            if has_request(&placement, workload, resource) {
                continue;
            }
            let Some(outcome) = placement.weigh(Outcome::Broken) else { continue };
            let mesh = mesh::name(placement.install.kind);
            let draft = findings
                .node(
                    node,
                    format!(
                        "the proxy of {mesh} has no {resource} request, HorizontalPodAutoscaler \
                         `{}` cannot compute utilization",
                        own.name
                    ),
                )
                .help(help(placement.install.kind, resource))
                .outcome(outcome);
            if let Some(marker) = placement.marker() {
                draft.label(marker.node.place(), "the pods are injected because of this");
            }
        }
    }
}

/// cpu and memory metrics of type Utilization, each at the node that names the resource.
fn utilization_targets(autoscaler: &Autoscaler) -> Vec<(&'static str, Node<'_>)> {
    let metrics = autoscaler.metrics().filter_map(|metric| {
        let resource = metric.get("resource")?;
        let target = resource.get("target")?;
        let by_utilization = target.get("averageUtilization").is_some();
        let name = resource.get("name")?;
        by_utilization.then_some((known_resource(name)?, name))
    });
    // autoscaling/v1 has a field of its own.
    let first_version = autoscaler
        .spec()
        .and_then(|it| it.get("targetCPUUtilizationPercentage"))
        .map(|it| ("cpu", it));
    metrics.chain(first_version).collect()
}

fn known_resource(name: Node<'_>) -> Option<&'static str> {
    match name.as_str()? {
        "cpu" => Some("cpu"),
        "memory" => Some("memory"),
        _ => None,
    }
}

/// Whether the proxy, or the pod as a whole, asks for the resource. A limit counts: it becomes the
/// request where there is none.
fn has_request(placement: &Placement<'_>, workload: &Workload, resource: &str) -> bool {
    let pod = workload.pod();
    if pod.is_some_and(|it| it.node.path(&["resources", "requests", resource]).is_some()) {
        return true;
    }
    let namespace = placement.subject.namespace;
    let is_set = |key: &str| {
        workload.pod_annotation(key).is_some()
            || namespace.is_some_and(|it| it.annotation(key).is_some())
    };
    match placement.install.kind {
        MeshKind::Istio => {
            let own = ["proxyCPU", "proxyMemory", "proxyCPULimit", "proxyMemoryLimit"];
            let own = own.map(|it| workload.pod_annotation(&format!("sidecar.istio.io/{it}")));
            let at = if resource == "cpu" { [0, 2] } else { [1, 3] };
            // Without any of them the defaults of the template hold.
            own.iter().all(Option::is_none) || at.iter().any(|it| own[*it].is_some())
        }
        MeshKind::Linkerd => ["request", "limit"]
            .iter()
            .any(|it| is_set(&format!("config.linkerd.io/proxy-{resource}-{it}"))),
        MeshKind::Dapr => ["request", "limit"]
            .iter()
            .any(|it| is_set(&format!("dapr.io/sidecar-{resource}-{it}"))),
        // Their charts give the proxies requests.
        MeshKind::Kuma | MeshKind::Consul => true,
    }
}

fn help(kind: MeshKind, resource: &str) -> String {
    let annotation = match (kind, resource) {
        (MeshKind::Istio, "cpu") => "sidecar.istio.io/proxyCPU".to_owned(),
        (MeshKind::Istio, _) => "sidecar.istio.io/proxyMemory".to_owned(),
        (MeshKind::Dapr, _) => format!("dapr.io/sidecar-{resource}-request"),
        _ => format!("config.linkerd.io/proxy-{resource}-request"),
    };
    format!("set the pod annotation `{annotation}`, or use a metric of type ContainerResource")
}
