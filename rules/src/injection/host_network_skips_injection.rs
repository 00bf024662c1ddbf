//! A pod on the host network is meant to be injected, and is not.
//!
//! ## What it does
//! Finds pods with `hostNetwork: true` that ask Istio or Linkerd for a proxy, or whose Namespace
//! does. A pod that asks itself is `broken`; a DaemonSet that only lives in an enabled Namespace is
//! advice.
//!
//! ## Why is this bad
//! Both injectors leave pods on the host network alone, and admit them without a word. The pod runs
//! outside the mesh: no mutual TLS, no policies, no telemetry, and a peer that insists on mutual TLS
//! refuses its connections.
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
//!       hostNetwork: true
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
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio source: injectRequired](https://github.com/istio/istio/blob/master/pkg/kube/inject/inject.go)
//! - [Linkerd source: the reasons to skip](https://github.com/linkerd/linkerd2/blob/main/pkg/inject/report.go)

use goready_model::{Confidence, MeshKind, Outcome, Profile, Workload, WorkloadKind};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, placements},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    let Some(host_network) = workload.pod().and_then(|it| it.node.get("hostNetwork")) else {
        return;
    };
    if host_network.as_bool() != Some(true) {
        return;
    }
    for placement in placements(cx, object, workload) {
        let kind = placement.install.kind;
        if !matches!(kind, MeshKind::Istio | MeshKind::Linkerd) || !placement.is_wanted() {
            continue;
        }
        let Some(marker) = placement.marker() else { continue };
        let outcome = match workload.kind {
            _ if placement.is_asked_for() => Outcome::Broken,
            // Node agents are meant to be there, and to be left alone.
            WorkloadKind::DaemonSet => Outcome::Advice,
            _ => Outcome::Risk,
        };
        let value = marker.node.text();
        findings
            .node(
                host_network,
                format!(
                    "hostNetwork makes {} skip this pod although `{}` is {value:?}",
                    mesh::name(kind),
                    marker.key
                ),
            )
            .help(match kind {
                MeshKind::Linkerd => {
                    "drop `hostNetwork`, or set the pod annotation `linkerd.io/inject` to \
                     \"disabled\" to say it is meant"
                }
                _ => {
                    "drop `hostNetwork`, or set the pod label `sidecar.istio.io/inject` to \
                     \"false\" to say it is meant"
                }
            })
            .outcome(outcome)
            .label(marker.node.place(), "asks for a proxy");
    }
}
