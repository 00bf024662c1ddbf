//! A mesh annotation has a value that the injector refuses.
//!
//! ## What it does
//! Checks the annotations that the injectors of Istio, Linkerd and Consul check, with their own
//! grammars: CIDR prefixes, port lists, quantities, booleans, interface names. Istio and Consul
//! refuse the pod, and so does the API server the pod that some values of Linkerd make; other bad
//! values Linkerd drops, which is a risk.
//!
//! ## Why is this bad
//! The Deployment is accepted, but every pod of it is refused with HTTP 400: the ReplicaSet tries
//! again and again, and a rollout hangs until someone reads its events.
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
//!         traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.1
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
//!         traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.1/32
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio: resource annotations](https://istio.io/latest/docs/reference/config/annotations/)
//! - [Istio source: AnnotationValidation](https://github.com/istio/istio/blob/master/pkg/kube/inject/validate.go)
//! - [Linkerd: proxy configuration](https://linkerd.io/2/reference/proxy-configuration/)

use goready_model::{Confidence, MeshKind, Outcome, Profile, Workload};
use goready_sim::injection::Topic;

use crate::{Check, Cx, Findings, Rule, Scope, injection::mesh};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["IST0125"],
    check: Check::Workload(check),
};

/// Meshes that check annotations.
const CHECKING: [MeshKind; 3] = [MeshKind::Istio, MeshKind::Linkerd, MeshKind::Consul];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    for kind in CHECKING {
        mesh::report_refused(cx, workload, kind, |it| it.topic == Topic::Value, findings);
    }
}
