//! One resource annotation removes all defaults of Istio's sidecar.
//!
//! ## What it does
//! Finds pods that Istio injects with one, two or three of the annotations `sidecar.istio.io/proxyCPU`,
//! `proxyMemory`, `proxyCPULimit` and `proxyMemoryLimit`, unless both limits are among them. As soon as
//! one is set, the template drops its four defaults: requests of 100m and 128Mi, limits of 2 CPUs and
//! 1024Mi.
//!
//! ## Why is this bad
//! A proxy without limits sizes itself by the node, and its memory grows with the mesh. Without requests
//! the pod's utilisation cannot be computed, and a quota on limits refuses the pod.
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
//!       annotations:
//!         sidecar.istio.io/proxyCPU: 200m
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
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
//!       annotations:
//!         sidecar.istio.io/proxyCPU: 200m
//!         sidecar.istio.io/proxyMemory: 128Mi
//!         sidecar.istio.io/proxyCPULimit: "2"
//!         sidecar.istio.io/proxyMemoryLimit: 1Gi
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio: resource annotations](https://istio.io/latest/docs/reference/config/annotations/)
//! - [istio/istio: issue 35905](https://github.com/istio/istio/issues/35905)

use goready_model::{Confidence, MeshKind, Outcome, Profile, Workload};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, Placement},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// The annotations with the default that each replaces (istio/istio 86c9f01f `values.yaml`).
const ANNOTATIONS: [(&str, &str); 4] = [
    ("proxyCPU", "cpu request of 100m"),
    ("proxyMemory", "memory request of 128Mi"),
    ("proxyCPULimit", "cpu limit of 2000m"),
    ("proxyMemoryLimit", "memory limit of 1024Mi"),
];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let kind = MeshKind::Istio;
    if cx.settings.mesh.kind.is_some_and(|it| it != kind) || mesh::is_already_injected(workload) {
        return;
    }
    let written =
        ANNOTATIONS.map(|(name, _)| workload.pod_annotation(&format!("sidecar.istio.io/{name}")));
    let count = written.iter().flatten().count();
    let Some(first) = written.iter().flatten().next() else { return };
    if count == ANNOTATIONS.len() || (written[2].is_some() && written[3].is_some()) {
        return;
    }
    let object = cx.project.object(workload.object);
    let placement = Placement::of(cx, kind, object, workload);
    let Some(outcome) = placement.weigh(Outcome::Risk) else { return };
    let set: Vec<&str> = names(&written, |it| it).map(|(name, _)| name).collect();
    let lost: Vec<&str> = names(&written, |it| !it).map(|(_, default)| default).collect();
    let verb = if count == 1 { "alone removes" } else { "remove" };
    let draft = findings
        .key(
            *first,
            format!("{} {verb} the sidecar's default {}", set.join(" and "), lost.join(" and ")),
        )
        .help("set all four resource annotations")
        .outcome(outcome);
    if let Some(marker) = placement.marker() {
        draft.label(marker.node.place(), "the pod is injected because of this");
    }
}

/// The annotations that are there, or those that are not.
fn names<T>(
    written: &[Option<T>; 4],
    wanted: impl Fn(bool) -> bool,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    ANNOTATIONS
        .into_iter()
        .zip(written)
        .filter(move |(_, it)| wanted(it.is_some()))
        .map(|(annotation, _)| annotation)
}
