//! The pod is killed before its shutdown can be done.
//!
//! ## What it does
//! Adds up, for each container, what `preStop` waits and what the Go program in it may take after
//! SIGTERM: sleeps, the timeouts given to `Shutdown` and around `GracefulStop`, and the defaults of
//! known libraries; servers that stop at the same time count once. The sum must stay below
//! `terminationGracePeriodSeconds` (30 when unset), which covers both. A timeout that is only a
//! default makes it a risk. Without a known program `preStop` alone is judged.
//!
//! ## Why is this bad
//! At the end of the grace period the kubelet sends SIGKILL. Requests that the program was still
//! waiting for are cut, and whatever runs after the drain (flushing, deregistering) never runs.
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
//!           image: registry.example.com/api:1.4.2
//!           lifecycle:
//!             preStop:
//!               sleep:
//!                 seconds: 30
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
//!           image: registry.example.com/api:1.4.2
//!           lifecycle:
//!             preStop:
//!               sleep:
//!                 seconds: 30
//! ```
//!
//! ## References
//! - [Kubernetes: termination of pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination)
//! - [Kubernetes: container hooks](https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-execution)

use std::time::Duration;

use goready_model::{
    Confidence, Container, Drain, DrainStep, Edit, Field, Located, Outcome, Place, Profile,
    Program, Workload, WorkloadKind,
};
use goready_sim::termination::{DEFAULT_GRACE_SECONDS, pre_stop_wait};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    programs::{self, seconds},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// What lies between the end of the drain and the end of the grace period in the proposed fix.
const MARGIN: Duration = Duration::from_secs(5);

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let object = cx.project.object(workload.object);
    // Jobs are deleted when they are done; Knative decides about its own pods.
    if workload.kind.is_job() || workload.kind == WorkloadKind::KnativeService || object.chart_test
    {
        return;
    }
    let field = pod.grace_period_seconds();
    let Some(grace) = field.known_or(DEFAULT_GRACE_SECONDS) else { return };
    let Ok(limit) = u64::try_from(grace.value).map(Duration::from_secs) else { return };
    // 0 is the wish to be killed at once.
    if limit.is_zero() || (object.partial && field.is_unset()) {
        return;
    }
    let budgets = pod.running_containers().filter_map(|it| Budget::of(cx, workload, it));
    let Some(budget) = budgets.max_by_key(|it| it.total) else { return };
    if budget.total >= limit {
        budget.report(&field, limit, findings);
    }
}

/// What a container's end may take.
struct Budget<'p> {
    container: Container<'p>,
    pre_stop: Option<Located<Duration>>,
    program: Option<(&'p Program, f32)>,
    total: Duration,
}

impl<'p> Budget<'p> {
    fn of(cx: &Cx<'p>, workload: &Workload, container: Container<'p>) -> Option<Self> {
        let pre_stop = pre_stop_wait(container);
        let program = cx
            .project
            .programs_of(workload.id, programs::RISK)
            .filter(|(link, _, program)| {
                link.container == container.name() && program.drain.total().is_some()
            })
            .map(|(_, link, program)| (program, link.confidence))
            .next();
        let drain = program.and_then(|(it, _)| it.drain.total());
        if pre_stop.is_none() && drain.is_none() {
            return None;
        }
        let total = pre_stop.map_or(Duration::ZERO, |it| it.value) + drain.unwrap_or_default();
        Some(Self { container, pre_stop, program, total })
    }

    fn drain(&self) -> Option<&'p Drain> {
        self.program.map(|(it, _)| &it.drain)
    }

    /// Whether the sum rests on something that may be otherwise in the cluster.
    fn is_uncertain(&self, limit: Duration) -> bool {
        if self.pre_stop.is_some_and(|it| it.value >= limit) {
            return false;
        }
        let defaults = self.drain().is_some_and(|it| it.steps.iter().any(|it| it.default));
        defaults || self.program.is_some_and(|(_, confidence)| confidence < programs::BROKEN)
    }

    fn report(&self, field: &Field<i64>, limit: Duration, findings: &mut Findings) {
        let outcome = if self.is_uncertain(limit) { Outcome::Risk } else { Outcome::Broken };
        let wanted = (self.total + MARGIN).as_secs().div_ceil(5) * 5;
        let mut draft = findings
            .report(
                field.place(),
                format!("{}, but the pod is killed after {}", self.sum(), seconds(limit)),
            )
            .pointer(self.container.node)
            .help(format!("set `terminationGracePeriodSeconds` to {wanted} or shorten the drain"))
            .outcome(outcome);
        for (place, label) in self.parts() {
            draft = draft.label(place, label);
        }
        if let Some((program, _)) = self.program {
            draft = draft.program(program, "");
        }
        if let Field::Set(value) = field {
            let edit = Edit { place: value.place, text: wanted.to_string() };
            draft.unsafe_fix(format!("Raise the grace period to {wanted}s"), vec![edit]);
        }
    }

    /// `preStop 10s + GracefulStop 30s = 40s`.
    fn sum(&self) -> String {
        let pre_stop = self.pre_stop.map(|it| format!("preStop {}", seconds(it.value)));
        let steps = self.drain().map(counted).unwrap_or_default().into_iter();
        let steps = steps.map(|it| format!("{} {}", self.name(it), seconds(it.duration)));
        let parts: Vec<_> = pre_stop.into_iter().chain(steps).collect();
        match parts.as_slice() {
            [only] => only.clone(),
            _ => format!("{} = {}", parts.join(" + "), seconds(self.total)),
        }
    }

    /// `http.Server.Shutdown`, or `drain of controller-runtime` where a library's default counts.
    fn name(&self, step: &DrainStep) -> String {
        let model = self.program.and_then(|(it, _)| it.sigterm.model.as_deref());
        let library = model.filter(|_| step.default).map(library_name);
        match library {
            Some(library) => format!("{} of {library}", step.what),
            None => step.what.clone(),
        }
    }

    fn parts(&self) -> Vec<(Place, String)> {
        let pre_stop = self
            .pre_stop
            .map(|it| (it.place, format!("the hook takes {} of it first", seconds(it.value))));
        let steps = self.drain().into_iter().flat_map(|it| &it.steps).map(|it| {
            let wait = seconds(it.duration);
            let by_default = if it.default { " by default" } else { "" };
            let label = format!("{} takes up to {wait}{by_default}", self.name(it));
            (it.place, label)
        });
        pre_stop.into_iter().chain(steps).collect()
    }
}

/// The steps that make up the total: of those that run at the same time the longest one.
fn counted(drain: &Drain) -> Vec<&DrainStep> {
    let longest = drain.steps.iter().filter(|it| it.parallel).max_by_key(|it| it.duration);
    drain.steps.iter().filter(|it| !it.parallel || Some(*it) == longest).collect()
}

/// The part of an import path that people call a library by.
fn library_name(path: &str) -> &str {
    let is_version = |part: &&str| part.trim_start_matches('v').parse::<u32>().is_err();
    path.split('/').skip(1).filter(is_version).take(2).last().unwrap_or(path)
}
