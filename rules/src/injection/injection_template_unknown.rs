//! A pod names an injection template that it cannot use.
//!
//! ## What it does
//! Checks `inject.istio.io/templates` of pods that Istio injects against the templates of its chart that
//! work on pods: `sidecar`, `gateway`, `grpc-simple` and `grpc-agent`. An empty value and a comma at the
//! end name the empty template. A name that is not nearly one of these may be a template of the
//! install, and is left alone.
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
use goready_sim::injection::{Refusal, TEMPLATES, Topic};

use crate::{Check, Cx, Findings, Rule, Scope, injection::mesh, schema::words};

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
    let wanted = |it: &Refusal<'_>| match it.topic {
        Topic::Template => true,
        // The install may have a template of this name, unless it is a slip.
        Topic::CustomTemplate => it.node.as_str().is_some_and(is_slip),
        Topic::Value | Topic::ScrapePort => false,
    };
    mesh::report_refused(cx, workload, MeshKind::Istio, wanted, findings);
}

/// Whether one of the names is nearly one of the chart's.
fn is_slip(names: &str) -> bool {
    let unknown = names.split(',').map(str::trim).filter(|it| !TEMPLATES.contains(it));
    unknown.into_iter().any(|it| words::closest(it, TEMPLATES).is_some())
}
