//! A lifecycle hook sleeps in a way that the cluster does not accept.
//!
//! ## What it does
//! Finds `sleep` hooks in clusters that do not know them (before Kubernetes 1.30, by the configured
//! oldest version), `seconds: 0` before 1.33, negative seconds, and seconds above the pod's grace
//! period. A sleep as long as the grace period is accepted.
//!
//! ## Why is this bad
//! An API server that does not know `sleep` drops it, so the hook does nothing. Seconds that do not fit
//! are refused, and the workload is not created.
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
//!       terminationGracePeriodSeconds: 30
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           lifecycle:
//!             preStop:
//!               sleep:
//!                 seconds: 45
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
//!       terminationGracePeriodSeconds: 60
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           lifecycle:
//!             preStop:
//!               sleep:
//!                 seconds: 45
//! ```
//!
//! ## References
//! - [KEP-3960: sleep action for the preStop hook](https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/3960-pod-lifecycle-sleep-action)
//! - [KEP-4818: zero value for the sleep action](https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4818-allow-zero-value-for-sleep-action-of-prestop-hook)

use goready_model::{Confidence, Field, KubernetesVersion, Node, Outcome, Profile, Workload};
use goready_sim::termination::DEFAULT_GRACE_SECONDS;

use crate::{Check, Cx, Findings, Rule, Scope, refusals::Refusals};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// First version with the action on by default, and with a sleep of 0 seconds.
const SLEEP: KubernetesVersion = KubernetesVersion { minor: 30 };
const ZERO: KubernetesVersion = KubernetesVersion { minor: 33 };

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let grace = pod.grace_period_seconds();
    for container in pod.all_containers() {
        for hook in ["postStart", "preStop"] {
            let sleep = container.node.path(&["lifecycle", hook, "sleep"]);
            if let Some(sleep) = sleep.filter(Node::is_mapping) {
                check_sleep(cx, (workload, grace), (hook, sleep), findings);
            }
        }
    }
}

fn check_sleep(
    cx: &Cx<'_>,
    (workload, grace): (&Workload, Field<i64>),
    (hook, sleep): (&str, Node<'_>),
    findings: &mut Findings,
) {
    let (oldest, _) = cx.settings.kubernetes;
    if oldest < SLEEP {
        findings
            .key(
                sleep,
                format!("{hook} sleep needs Kubernetes {SLEEP}, the oldest one is {oldest}"),
            )
            .help("raise the oldest version, or wait inside of the program");
        return;
    }
    let Some(seconds) = sleep.get("seconds") else { return };
    let Some(value) = seconds.as_i64() else { return };
    let mut refusals = Refusals::of(cx, workload, findings);
    let partial = refusals.partial;
    if value < 0 {
        refusals
            .node(seconds, format!("{hook} sleep of {value} seconds, it must not be negative"))
            .help("write the seconds to wait");
        return;
    }
    if value == 0 && oldest < ZERO {
        refusals
            .node(seconds, format!("{hook} sleep of 0 seconds needs Kubernetes {ZERO}"))
            .help("remove the hook");
        return;
    }
    // The grace period of a patch may stand in what it is laid over.
    let known = grace.known_or(DEFAULT_GRACE_SECONDS).filter(|_| !(partial && grace.is_unset()));
    let Some(limit) = known.filter(|it| value > it.value.max(0)) else { return };
    let written = if grace.is_set() { "" } else { ", by default" };
    let message =
        format!("{hook} sleeps {value} s, the grace period is {} s{written}", limit.value);
    refusals
        .node(seconds, message)
        .help("raise `terminationGracePeriodSeconds`, or sleep less")
        .label(limit.place, "the grace period of the pod");
}
