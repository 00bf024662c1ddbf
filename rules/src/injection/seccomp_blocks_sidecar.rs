//! A pod meets `restricted`, and its injected sidecar does not.
//!
//! ## What it does
//! Finds pods in a Namespace that enforces `restricted`, injected by Istio with its CNI plugin
//! (`mesh.cni` of the configuration), whose containers all set a seccomp profile while the pod sets
//! none. The containers that Istio adds have no profile of their own.
//!
//! ## Why is this bad
//! Pod Security judges the pod after injection: istio-validation and istio-proxy lack a profile, and the
//! pod is refused. The manifest alone passes every check, so the reason is hard to find.
//!
//! ## Example
//! `goready.toml`:
//! ```toml
//! [mesh]
//! kind = "istio"
//! cni = true
//! ```
//! `shop.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
//!   labels:
//!     istio-injection: enabled
//!     pod-security.kubernetes.io/enforce: restricted
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//!   namespace: shop
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
//!           securityContext:
//!             runAsNonRoot: true
//!             allowPrivilegeEscalation: false
//!             capabilities: {drop: [ALL]}
//!             seccompProfile: {type: RuntimeDefault}
//! ```
//!
//! ## Use instead
//! `shop.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
//!   labels:
//!     istio-injection: enabled
//!     pod-security.kubernetes.io/enforce: restricted
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//!   namespace: shop
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       securityContext:
//!         runAsNonRoot: true
//!         seccompProfile: {type: RuntimeDefault}
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           securityContext:
//!             runAsNonRoot: true
//!             allowPrivilegeEscalation: false
//!             capabilities: {drop: [ALL]}
//! ```
//!
//! ## References
//! - [Kubernetes: Pod Security Standards, seccomp](https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted)
//! - [Kubernetes source: the check](https://github.com/kubernetes/pod-security-admission/blob/master/policy/check_seccompProfile_restricted.go)

use goready_model::{Confidence, MeshKind, Node, Outcome, Profile, Project, Tristate, Workload};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, Placement},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let settings = &cx.settings.mesh;
    if settings.cni != Tristate::Yes || settings.kind.is_some_and(|it| it != MeshKind::Istio) {
        return;
    }
    let object = cx.project.object(workload.object);
    let Some(pod) = workload.pod() else { return };
    let Some(namespace) = cx.project.namespace_of(object) else { return };
    let Some(level) = namespace.label("pod-security.kubernetes.io/enforce") else { return };
    if level.as_str() != Some("restricted") || has_profile(pod.security_context()) {
        return;
    }
    // Where the application's containers lack one as well, the pod is refused without any mesh.
    let own_profiles = pod.all_containers().all(|it| has_profile(it.security_context()));
    if !own_profiles || mesh::is_already_injected(workload) || install_sets_profile(cx.project) {
        return;
    }
    let placement = Placement::of(cx, MeshKind::Istio, object, workload);
    let Some(outcome) = placement.weigh(Outcome::Rejected) else { return };
    let place = pod.security_context().unwrap_or(pod.node);
    let draft = findings
        .key(place, "restricted needs a seccomp profile on the sidecar too, the pod sets none")
        .help("set `securityContext.seccompProfile.type: RuntimeDefault` of the pod")
        .outcome(outcome)
        .label(level.place(), "demands a profile of every container");
    if let Some(marker) = placement.marker() {
        draft.label(marker.node.place(), "the pod is injected because of this");
    }
}

/// A profile that `restricted` takes; one that is not known counts as such.
fn has_profile(context: Option<Node<'_>>) -> bool {
    let Some(context) = context else { return false };
    if context.is_dynamic() {
        return true;
    }
    context
        .path(&["seccompProfile", "type"])
        .is_some_and(|it| it.as_str().is_none_or(|it| matches!(it, "RuntimeDefault" | "Localhost")))
}

/// Values of the mesh's chart in the repository give the proxy a profile.
fn install_sets_profile(project: &Project) -> bool {
    let roots = project.documents.iter().filter_map(|(_, it)| it.tree.root());
    let paths: [&[&str]; 2] = [
        &["global", "proxy", "seccompProfile"],
        &["spec", "values", "global", "proxy", "seccompProfile"],
    ];
    roots.into_iter().any(|root| {
        paths.iter().filter_map(|it| root.path(it)).any(|it| it.entries().next().is_some())
    })
}
