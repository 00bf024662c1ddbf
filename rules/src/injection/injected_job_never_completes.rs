//! A Job gets a sidecar that never ends.
//!
//! ## What it does
//! Finds Jobs and CronJobs that are injected with a proxy that is a plain container: where native
//! sidecars are off, by configuration or annotation, or cannot be used by the oldest kubelet, and for
//! Dapr. A container that tells the proxy to quit is left alone; a deadline, and a Go program of the
//! repository that may do the same, make it a risk.
//!
//! ## Why is this bad
//! A Job is done when all its containers are. The work ends, the proxy runs on, and the Job never
//! completes: a CronJob with `concurrencyPolicy: Forbid` never runs again.
//!
//! ## Example
//! `job.yaml`:
//! ```yaml
//! apiVersion: batch/v1
//! kind: Job
//! metadata:
//!   name: migrate
//! spec:
//!   template:
//!     metadata:
//!       labels:
//!         sidecar.istio.io/inject: "true"
//!       annotations:
//!         sidecar.istio.io/nativeSidecar: "false"
//!     spec:
//!       restartPolicy: Never
//!       containers:
//!         - name: migrate
//!           image: registry.example.com/migrate:1.4.2
//! ```
//!
//! ## Use instead
//! `job.yaml`:
//! ```yaml
//! apiVersion: batch/v1
//! kind: Job
//! metadata:
//!   name: migrate
//! spec:
//!   template:
//!     metadata:
//!       labels:
//!         sidecar.istio.io/inject: "false"
//!       annotations:
//!         sidecar.istio.io/nativeSidecar: "false"
//!     spec:
//!       restartPolicy: Never
//!       containers:
//!         - name: migrate
//!           image: registry.example.com/migrate:1.4.2
//! ```
//!
//! ## References
//! - [Kubernetes: sidecar containers and Jobs](https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#sidecar-example)
//! - [Istio source: injectRequired](https://github.com/istio/istio/blob/master/pkg/kube/inject/inject.go)

use goready_model::{Confidence, MeshKind, Node, Outcome, Pod, Profile, Workload};
use goready_sim::injection::is_legacy_sidecar;

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, placements},
    programs,
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// What a script says to make a proxy quit: the agents of Istio, Linkerd and Dapr.
const FAREWELLS: [&str; 4] = ["quitquitquit", "4191/shutdown", "v1.0/shutdown", "linkerd-await"];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    if !workload.kind.is_job() || mesh::is_already_injected(workload) {
        return;
    }
    let Some(pod) = workload.pod() else { return };
    if says_farewell(pod) {
        return;
    }
    let object = cx.project.object(workload.object);
    for placement in placements(cx, object, workload) {
        let oldest = cx.settings.kubernetes.0;
        if is_legacy_sidecar(&placement.install, workload, oldest) != Some(true) {
            continue;
        }
        let has_deadline = pod.node.get("activeDeadlineSeconds").is_some()
            || job_spec(workload).is_some_and(|it| it.get("activeDeadlineSeconds").is_some());
        let may_quit = cx.project.programs_of(workload.id, programs::ADVICE).next().is_some();
        let usual = if has_deadline || may_quit { Outcome::Risk } else { Outcome::Broken };
        let (Some(outcome), Some(marker)) = (placement.weigh(usual), placement.marker()) else {
            continue;
        };
        let kind = placement.install.kind;
        let draft = findings
            .node(
                marker.node,
                format!(
                    "{} `{}` gets a sidecar of {} that never exits",
                    object.kind,
                    object.name,
                    mesh::name(kind)
                ),
            )
            .help(match kind {
                MeshKind::Istio => {
                    "set the pod label `sidecar.istio.io/inject` to \"false\", or use native sidecars"
                }
                MeshKind::Dapr => "call `/v1.0/shutdown` of the sidecar when the work is done",
                _ => "disable injection for the pod, or use native sidecars",
            })
            .outcome(outcome);
        if let Some(place) = object.name_place() {
            draft.object(object).label(place, "the Job is done when all its containers are");
        }
    }
}

fn job_spec(workload: &Workload) -> Option<Node<'_>> {
    workload.template_node()?.parent()
}

fn says_farewell(pod: Pod<'_>) -> bool {
    let words = pod.all_containers().flat_map(|it| it.command().into_iter().chain(it.args()));
    words
        .into_iter()
        .any(|word| word.as_str().is_none_or(|text| FAREWELLS.iter().any(|it| text.contains(it))))
}
