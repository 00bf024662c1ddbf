//! Prometheus is sent to a port that Istio keeps for its sidecar.
//!
//! ## What it does
//! Checks `prometheus.io/port`, in every spelling that Prometheus takes for the same, and
//! `prometheus.istio.io/scrape-targets` of pods that Istio injects. A port must be a number from 1 to
//! 65535, and neither the agent's nor one of the sidecar's own. Nothing is checked where scraping is
//! off, where metrics are not merged, and for port 15020 itself.
//!
//! ## Why is this bad
//! Istio merges the metrics of the application with those of the proxy, and refuses the pod with HTTP
//! 400 when it cannot. The name of a port, which plain Prometheus setups accept, is refused as well.
//! Versions before 1.31 let such pods through, and their metrics are missing.
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
//!         prometheus.io/scrape: "true"
//!         prometheus.io/port: "15090"
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
//!         prometheus.io/scrape: "true"
//!         prometheus.io/port: "9102"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio: Prometheus, metrics merging](https://istio.io/latest/docs/ops/integrations/prometheus/#option-1-metrics-merging)
//! - [Istio source: applyPrometheusMerge](https://github.com/istio/istio/blob/master/pkg/kube/inject/webhook.go)

use goready_model::{Confidence, MeshKind, Outcome, Profile, Workload};
use goready_sim::injection::{Refusal, Topic};

use crate::{Check, Cx, Findings, Rule, Scope, injection::mesh};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let wanted = |it: &Refusal<'_>| it.topic == Topic::ScrapePort;
    mesh::report_refused(cx, workload, MeshKind::Istio, wanted, findings);
}
