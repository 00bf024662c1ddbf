//! An application's container has the name of one that a mesh injects.
//!
//! ## What it does
//! Knows the names of the containers that Istio, Linkerd, Kuma, Consul and Dapr add, in which list
//! of the pod they stand, and what a collision leads to: Istio takes a container `istio-proxy` for
//! a change of its proxy and runs the user's image instead; Linkerd, Kuma and Dapr take the pod for
//! injected already; in other places the pod would have two containers of one name and is refused.
//!
//! ## Why is this bad
//! Without its proxy all traffic of the pod fails, because it is still redirected; a pod that is
//! skipped runs outside the mesh; one that is refused does not run at all.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: web
//! spec:
//!   selector:
//!     matchLabels: {app: web}
//!   template:
//!     metadata:
//!       labels:
//!         app: web
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: istio-proxy
//!           image: nginx:1.29
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: web
//! spec:
//!   selector:
//!     matchLabels: {app: web}
//!   template:
//!     metadata:
//!       labels:
//!         app: web
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: web
//!           image: nginx:1.29
//! ```
//!
//! ## References
//! - [Istio: customizing injection](https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#customizing-injection)
//! - [Istio source: reapplyOverwrittenContainers](https://github.com/istio/istio/blob/master/pkg/kube/inject/webhook.go)
//! - [Linkerd source: sidecars that are known](https://github.com/linkerd/linkerd2/blob/main/pkg/healthcheck/sidecar.go)

use goready_model::{
    Confidence, Container, Field, MeshKind, Node, Outcome, Profile, Tristate, Workload,
};
use goready_sim::injection::{Collision, collision, is_reserved_name};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, Placement, placements},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if mesh::is_already_injected(workload) || uses_other_templates(workload) {
        return;
    }
    let Some(pod) = workload.pod() else { return };
    for placement in placements(cx, object, workload) {
        for container in pod.all_containers() {
            if is_reserved_name(placement.install.kind, container.name()) && !is_proxy(container) {
                judge(&placement, container, findings);
            }
        }
    }
}

/// Gateways are made of a container named like the proxy.
fn uses_other_templates(workload: &Workload) -> bool {
    let templates = workload.pod_annotation("inject.istio.io/templates");
    templates.is_some_and(|it| it.as_str() != Some("sidecar"))
}

/// The container is the proxy itself: its image or arguments are the mesh's own.
fn is_proxy(container: Container<'_>) -> bool {
    const IMAGES: [&str; 8] =
        ["auto", "proxyv2", "pilot", "proxy", "proxy-init", "kuma-dp", "consul-dataplane", "daprd"];
    let named = match container.image() {
        Field::Set(image) => {
            let last = image.value.rsplit('/').next().unwrap_or_default();
            let name = last.split([':', '@']).next().unwrap_or_default();
            IMAGES.contains(&name) || name.starts_with("kuma-")
        }
        // Without an image it is a change of the proxy; an unknown one may be the proxy's.
        Field::Unset(_) | Field::Dynamic(_) => true,
    };
    let first_argument = container.args().first().and_then(Node::as_str);
    named || matches!(first_argument, Some("proxy" | "istio-iptables"))
}

fn judge(placement: &Placement<'_>, container: Container<'_>, findings: &mut Findings) {
    let install = &placement.install;
    let Some(collision) = collision(install, container) else { return };
    let mesh = mesh::name(install.kind);
    let name = container.name();
    let image = container.image().value().unwrap_or_default();
    let cni_unknown = install.cni == Tristate::Unknown;
    let (usual, confidence, message) = match collision {
        Collision::ReplacesProxy => (
            Outcome::Broken,
            Confidence::Certain,
            format!("container `{name}` with image {image} replaces the sidecar of {mesh}"),
        ),
        Collision::Customises => (
            Outcome::Risk,
            Confidence::Likely,
            format!("container `{name}` with image {image} replaces an init container of {mesh}"),
        ),
        Collision::SkipsInjection => (
            Outcome::Broken,
            Confidence::Certain,
            format!("container `{name}` makes {mesh} take the pod for injected and skip it"),
        ),
        // Which init container is added depends on the CNI plugin.
        Collision::Duplicate => (
            Outcome::Rejected,
            if cni_unknown && install.kind != MeshKind::Consul {
                Confidence::Possible
            } else {
                Confidence::Certain
            },
            format!("container `{name}` is also injected by {mesh}, the pod is refused"),
        ),
    };
    let outcome = if collision == Collision::SkipsInjection {
        placement.is_skipped_for_its_proxy().then_some(usual)
    } else {
        placement.weigh(usual)
    };
    let Some(outcome) = outcome else { return };
    let Some(node) = container.node.get("name") else { return };
    let draft = findings
        .node(node, message)
        .help("rename the container")
        .outcome(outcome)
        .confidence(confidence);
    if let Some(marker) = placement.marker() {
        draft.label(marker.node.place(), "the pod is injected because of this");
    }
}
