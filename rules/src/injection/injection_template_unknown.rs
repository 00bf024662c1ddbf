//! A pod names an injection template that it cannot use.
//!
//! ## What it does
//! Checks `inject.istio.io/templates` of pods that Istio injects against the templates of its chart that
//! work on pods: `sidecar`, `gateway`, `grpc-simple` and `grpc-agent`. An empty value and a comma at the
//! end name the empty template.
//!
//! ## Why is this bad
//! The injector refuses the pod with HTTP 400. The templates `waypoint`, `kube-gateway` and
//! `agentgateway` exist, but only Istio's own gateways can use them.
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
//!         inject.istio.io/templates: side-car
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
//!         inject.istio.io/templates: sidecar
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio: custom templates](https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#custom-templates-experimental)
//! - [Istio source: RunTemplate](https://github.com/istio/istio/blob/master/pkg/kube/inject/inject.go)

use goready_model::{Confidence, MeshKind, Outcome, Profile, Workload};
use goready_sim::injection::Topic;

use crate::{Check, Cx, Findings, Rule, Scope, injection::mesh};

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
    mesh::report_refused(cx, workload, MeshKind::Istio, Topic::Template, findings);
}
