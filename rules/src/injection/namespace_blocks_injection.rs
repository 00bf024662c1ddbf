//! A Namespace label keeps pods from opting in to Istio.
//!
//! ## What it does
//! Finds Namespaces whose label `istio-injection` has any value but `enabled`, with pods in them
//! that ask for a proxy by `sidecar.istio.io/inject: "true"` or a revision label.
//!
//! ## Why is this bad
//! The webhook entry that reads labels of pods only looks at Namespaces without that label. The
//! pod's own wish is never seen, and it runs outside the mesh.
//!
//! ## Example
//! `shop.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
//!   labels:
//!     istio-injection: disabled
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
//!       labels:
//!         app: api
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## Use instead
//! `shop.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
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
//!       labels:
//!         app: api
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio source: webhook selectors](https://github.com/istio/istio/blob/master/manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml)
//! - [Istio: controlling the injection policy](https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy)

use goready_model::{Confidence, MeshKind, Object, Outcome, Profile};
use goready_sim::injection::{Intent, pod_marker};

use crate::{Check, Cx, Findings, Rule, Scope, injection::mesh};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    if object.kind != "Namespace" || object.api_version != "v1" {
        return;
    }
    let Some(label) = object.label("istio-injection") else { return };
    let Some(value) = label.as_str().filter(|it| *it != "enabled") else { return };
    let asking: Vec<_> = mesh::workloads_in(cx, object)
        .filter_map(|(owner, workload)| {
            let marker = pod_marker(MeshKind::Istio, workload)?;
            let host_network = workload.pod().and_then(|it| it.host_network().value());
            let is_asking = marker.intent == Intent::Wanted && host_network != Some(true);
            is_asking.then_some((owner, marker))
        })
        .collect();
    let Some((first, _)) = asking.first() else { return };
    let who = match asking.len() {
        1 => format!("{} `{}`", first.kind, first.name),
        more => format!("{more} workloads"),
    };
    let mut draft = findings
        .node(label, format!("Namespace label istio-injection={value} blocks the opt-in of {who}"))
        .help("remove the label, or set it to `enabled`");
    for (_, marker) in &asking {
        draft = draft.label(marker.node.place(), "asks for a proxy and gets none");
    }
}
