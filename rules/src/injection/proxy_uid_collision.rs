//! A container runs as the user of the mesh's proxy.
//!
//! ## What it does
//! Compares `runAsUser` of the pod and its containers (and `runAsGroup` for Istio) with the user that
//! the injected proxy runs as: 1337 for Istio, 2102 for Linkerd, 5678 for Kuma, 5995 and 5996 for
//! Consul. Init containers are left alone: running them as the proxy's user is the documented way past a
//! proxy that does not run yet.
//!
//! ## Why is this bad
//! The redirection leaves the proxy's own traffic alone, and tells it by its user. A container with the
//! same user talks past the proxy: no mutual TLS, no policies, no telemetry. Kuma and Consul refuse such
//! a pod.
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
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           securityContext:
//!             runAsUser: 1337
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
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           securityContext:
//!             runAsUser: 10001
//! ```
//!
//! ## References
//! - [Istio: application requirements](https://istio.io/latest/docs/ops/deployment/application-requirements/#pod-requirements)
//! - [Kuma: transparent proxying](https://kuma.io/docs/latest/production/dp-config/transparent-proxying/)

use goready_model::{
    Confidence, Container, ContainerKind, MeshKind, Node, Outcome, Profile, Workload,
};
use goready_sim::injection::{is_reserved_name, proxy_users};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, Placement, placements},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["IST0144"],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    let Some(pod) = workload.pod() else { return };
    if mesh::is_already_injected(workload) {
        return;
    }
    for placement in placements(cx, object, workload) {
        let kind = placement.install.kind;
        let is_own = |it: &Container<'_>| {
            it.kind == ContainerKind::Init || is_reserved_name(kind, it.name())
        };
        let contexts = pod.running_containers().filter(|it| !is_own(it));
        let contexts = contexts.filter_map(Container::security_context).map(|it| (it, true));
        for (context, of_container) in
            pod.security_context().map(|it| (it, false)).into_iter().chain(contexts)
        {
            // Istio tells its proxy by the group as well.
            let fields: &[&str] =
                if kind == MeshKind::Istio { &["runAsUser", "runAsGroup"] } else { &["runAsUser"] };
            for field in fields {
                let node = context.get(field);
                let Some(node) = node.filter(|it| is_proxy_user(kind, *it)) else { continue };
                report(&placement, field, node, of_container, findings);
            }
        }
    }
}

fn is_proxy_user(kind: MeshKind, node: Node<'_>) -> bool {
    node.as_i64().is_some_and(|it| proxy_users(kind).contains(&it))
}

fn report(
    placement: &Placement<'_>,
    field: &str,
    node: Node<'_>,
    of_container: bool,
    findings: &mut Findings,
) {
    let kind = placement.install.kind;
    let (mesh, id) = (mesh::name(kind), node.text());
    // Kuma looks at containers only, Consul at the user of its dataplane.
    let is_refused = match kind {
        MeshKind::Kuma => of_container,
        MeshKind::Consul => node.as_i64() == Some(5995),
        MeshKind::Istio | MeshKind::Linkerd | MeshKind::Dapr => false,
    };
    let (usual, what) = if is_refused {
        (Outcome::Rejected, format!("{mesh} refuses the pod"))
    } else {
        (Outcome::Risk, "its traffic bypasses the proxy".to_owned())
    };
    let Some(outcome) = placement.weigh(usual) else { return };
    let draft = findings
        .node(node, format!("{field} {id} is the one of the proxy of {mesh}, {what}"))
        .help("choose another id")
        .outcome(outcome);
    if let Some(marker) = placement.marker() {
        draft.label(marker.node.place(), "the pod is injected because of this");
    }
}
