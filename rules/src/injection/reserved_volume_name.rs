//! A pod volume has the name of one that a mesh injects.
//!
//! ## What it does
//! Knows the volumes that Istio and Linkerd add and what a collision leads to. Istio merges volumes by
//! name: with another kind of source the pod has two sources in one volume and is refused; with the same
//! kind Istio's content replaces the application's (advice); on a volume for sockets or keys the proxy
//! writes into the application's volume (a risk). Linkerd adds its volumes beside the others, and two of
//! one name are refused.
//!
//! ## Why is this bad
//! The Deployment is accepted and every pod of it is refused with status 422; or the pod runs, and the
//! application reads the mesh's files where it expects its own. Mount paths never collide: they belong
//! to one container.
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
//!       volumes:
//!         - name: istio-envoy
//!           configMap:
//!             name: envoy
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
//!     spec:
//!       volumes:
//!         - name: envoy
//!           configMap:
//!             name: envoy
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio source: the injection template](https://github.com/istio/istio/blob/master/manifests/charts/istio-control/istio-discovery/files/injection-template.yaml)
//! - [Linkerd source: the patch](https://github.com/linkerd/linkerd2/blob/main/charts/patch/templates/patch.json)

use goready_model::{Confidence, Outcome, Profile, Workload};
use goready_sim::injection::{VolumeCollision, volume_collision};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, placements},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    let Some(pod) = workload.pod() else { return };
    if mesh::is_already_injected(workload) {
        return;
    }
    for placement in placements(cx, object, workload) {
        let mesh = mesh::name(placement.install.kind);
        for volume in pod.volumes() {
            let Some(name) = volume.get("name") else { continue };
            let Some(collision) = volume_collision(&placement.install, volume) else { continue };
            let (usual, what) = match collision {
                VolumeCollision::Refused => (Outcome::Rejected, "the injected pod is refused"),
                VolumeCollision::Replaced => (Outcome::Advice, "its content replaces yours"),
                VolumeCollision::Shared => (Outcome::Risk, "the proxy writes its files into yours"),
            };
            let Some(outcome) = placement.weigh(usual) else { continue };
            let draft = findings
                .node(
                    name,
                    format!("volume `{}` collides with the volume of {mesh}, {what}", name.text()),
                )
                .help("rename the volume")
                .outcome(outcome);
            if let Some(marker) = placement.marker() {
                draft.label(marker.node.place(), "the pod is injected because of this");
            }
        }
    }
}
