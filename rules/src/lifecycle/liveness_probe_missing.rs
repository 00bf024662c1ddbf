//! A container that may hang is never restarted.
//!
//! ## What it does
//! Finds long-running containers without `livenessProbe`. The rule is part of the strict profile: a Go
//! program that panics ends by itself, and a careless liveness probe does more harm than none.
//! Documentation, examples and tests are left alone.
//!
//! ## Why is this bad
//! A process that is stuck in a deadlock keeps running and keeps its place; only a person restarts it.
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
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           ports:
//!             - name: http
//!               containerPort: 8080
//!           readinessProbe:
//!             httpGet:
//!               path: /
//!               port: http
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
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           ports:
//!             - name: http
//!               containerPort: 8080
//!           readinessProbe:
//!             httpGet:
//!               path: /
//!               port: http
//!           livenessProbe:
//!             httpGet:
//!               path: /livez
//!               port: http
//!             failureThreshold: 10
//! ```
//!
//! ## References
//! - [Kubernetes: configure probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/)

use goready_model::{Confidence, Outcome, Profile, Workload, WorkloadKind};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Possible,
    profile: Profile::Strict,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/no-liveness-probe",
        "kube-score/pod-probes",
        "polaris/livenessProbeMissing",
        "CKV_K8S_8",
        "kics/Liveness Probe Is Not Defined",
    ],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let object = cx.project.object(workload.object);
    // Knative has no use for one of its own; a bare pod often runs once.
    let judged = !workload.kind.is_job()
        && !matches!(workload.kind, WorkloadKind::KnativeService | WorkloadKind::Pod)
        && !object.partial
        && !object.sample
        && !object.chart_test;
    for container in pod.running_containers().filter(|_| judged) {
        let node = container.node;
        let has = node.get("livenessProbe").is_some_and(|it| !it.is_null());
        if has || container.name().is_empty() || node.entries().any(|it| it.key.is_dynamic()) {
            continue;
        }
        findings
            .missing_in(node, format!("container `{}` has no livenessProbe", container.name()))
            .help("add a `livenessProbe`, but only if the program can hang without exiting");
    }
}
