//! Kuma (kumahq/kuma 348b6528), Consul (hashicorp/consul-k8s a507b1d1) and Dapr (dapr/dapr
//! d8450742), as far as labels and annotations decide.

use goready_model::{Pod, WorkloadKind};

use super::{Injected, Missing, Skip, Subject, Value, Verdict, parse_bool};

const KUMA: &str = "kuma.io/sidecar-injection";
const CONSUL: &str = "consul.hashicorp.com/connect-inject";
const DAPR: &str = "dapr.io/enabled";

fn injected() -> Verdict {
    Verdict::Injected(Injected::default())
}

fn has_container(subject: &Subject<'_>, name: &str) -> bool {
    subject.workload.pod().into_iter().flat_map(Pod::all_containers).any(|it| it.name() == name)
}

/// The Namespace must carry the label key; then the pod's label wins over it.
pub(super) fn kuma(subject: &Subject<'_>) -> Verdict {
    if subject.namespace_name == Some("kube-system") {
        return Verdict::Skipped(Skip::IgnoredNamespace);
    }
    if has_container(subject, "kuma-sidecar") {
        return Verdict::Skipped(Skip::ExistingProxy);
    }
    let pod = subject.pod_label(KUMA);
    if pod.is_in(&["disabled", "false"]) == Some(true) {
        return Verdict::Skipped(Skip::Marker);
    }
    match subject.namespace_label(KUMA) {
        Value::Unknown => Verdict::Unknown(subject.missing()),
        Value::Absent => Verdict::Skipped(Skip::NotSelected),
        Value::Known("enabled" | "true") => injected(),
        Value::Known(_) => match pod {
            Value::Known("enabled") => injected(),
            Value::Unknown => Verdict::Unknown(Missing::Value),
            Value::Known(_) | Value::Absent => Verdict::Skipped(Skip::NamespaceMarker),
        },
    }
}

/// Opt-in by annotation; the chart's `connectInject.default` is false.
pub(super) fn consul(subject: &Subject<'_>) -> Verdict {
    if subject.namespace_name.is_some_and(|it| matches!(it, "kube-system" | "kube-public")) {
        return Verdict::Skipped(Skip::IgnoredNamespace);
    }
    match subject.pod_annotation(CONSUL) {
        Value::Absent => Verdict::Skipped(Skip::NoMarker),
        Value::Unknown => Verdict::Unknown(Missing::Value),
        Value::Known(value) => match parse_bool(value) {
            Some(true) => injected(),
            Some(false) => Verdict::Skipped(Skip::Marker),
            None => Verdict::Rejected(format!("`{CONSUL}: {value}` is no boolean")),
        },
    }
}

/// Opt-in by annotation; pods that no controller made are left alone.
pub(super) fn dapr(subject: &Subject<'_>) -> Verdict {
    if has_container(subject, "daprd") {
        return Verdict::Skipped(Skip::ExistingProxy);
    }
    match subject.pod_annotation(DAPR) {
        Value::Absent => Verdict::Skipped(Skip::NoMarker),
        Value::Unknown => Verdict::Unknown(Missing::Value),
        Value::Known(value) if !super::markers::dapr_is_truthy(value) => {
            Verdict::Skipped(Skip::Marker)
        }
        Value::Known(_) if subject.workload.kind == WorkloadKind::Pod => {
            Verdict::Skipped(Skip::BarePod)
        }
        Value::Known(_) => injected(),
    }
}
