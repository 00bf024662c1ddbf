//! Linkerd's decision (linkerd/linkerd2 b24cd405: `pkg/inject/report.go`,
//! `pkg/healthcheck/sidecar.go`, `charts/linkerd-control-plane/templates/proxy-injector-rbac.yaml`).

use goready_model::{Container, ContainerKind};

use super::{Injected, Install, Missing, Skip, Subject, Value, Verdict};

const INJECT: &str = "linkerd.io/inject";

/// Namespaces that the webhook's selector leaves out.
const EXCLUDED_NAMESPACES: [&str; 2] = ["kube-system", "cert-manager"];

/// Pods with one of these labels are parts of Linkerd; the webhook's objectSelector.
const OWN_PODS: [&str; 2] = ["linkerd.io/control-plane-component", "linkerd.io/cni-resource"];

/// Image prefixes of proxies that count as present (`pkg/healthcheck/sidecar.go`).
const PROXY_IMAGES: [&str; 2] = ["cr.l5d.io/linkerd/proxy:", "gcr.io/istio-release/proxyv2:"];
const INIT_IMAGES: [&str; 2] = ["cr.l5d.io/linkerd/proxy-init:", "gcr.io/istio-release/proxyv2:"];

pub(super) fn decide(install: &Install, subject: &Subject<'_>) -> Verdict {
    if subject.namespace_name.is_some_and(|it| EXCLUDED_NAMESPACES.contains(&it)) {
        return Verdict::Skipped(Skip::IgnoredNamespace);
    }
    let disabled = subject.namespace_label("config.linkerd.io/admission-webhooks");
    if disabled.is_in(&["disabled"]) == Some(true)
        || OWN_PODS.iter().any(|it| subject.pod_label(it).is_absent() == Some(false))
    {
        return Verdict::Skipped(Skip::NotSelected);
    }
    match subject.host_network() {
        Some(true) => return Verdict::Skipped(Skip::HostNetwork),
        Some(false) => {}
        None => return Verdict::Unknown(Missing::Value),
    }
    if let Some(pod) = subject.workload.pod()
        && pod.all_containers().any(is_proxy)
    {
        return Verdict::Skipped(Skip::ExistingProxy);
    }
    if !install.token_projection && mounts_no_token(subject) {
        return Verdict::Skipped(Skip::NoToken);
    }
    by_annotation(subject)
}

fn by_annotation(subject: &Subject<'_>) -> Verdict {
    let injected = || Verdict::Injected(Injected::default());
    let namespace = subject.namespace_annotation(INJECT);
    let pod = subject.pod_annotation(INJECT);
    if matches!(namespace, Value::Known(value) if !is_valid(value)) {
        return Verdict::Skipped(Skip::InvalidMarker);
    }
    match pod {
        Value::Known(value) if !is_valid(value) => Verdict::Skipped(Skip::InvalidMarker),
        Value::Known("disabled") => Verdict::Skipped(Skip::Marker),
        // An invalid value of an unknown Namespace would still skip the pod.
        Value::Known("enabled" | "ingress") if namespace == Value::Unknown => {
            Verdict::Unknown(subject.missing())
        }
        Value::Known("enabled" | "ingress") => injected(),
        Value::Unknown => Verdict::Unknown(Missing::Value),
        Value::Known(_) | Value::Absent => match namespace {
            Value::Known("enabled" | "ingress") => injected(),
            Value::Known("disabled") => Verdict::Skipped(Skip::NamespaceMarker),
            Value::Unknown => Verdict::Unknown(subject.missing()),
            Value::Known(_) | Value::Absent => Verdict::Skipped(Skip::NoMarker),
        },
    }
}

/// Empty counts as absent.
fn is_valid(value: &str) -> bool {
    matches!(value, "" | "enabled" | "ingress" | "disabled")
}

/// A proxy of Linkerd or Istio, in the list where its injector would put it.
pub(super) fn is_proxy(container: Container<'_>) -> bool {
    let image = container.image().value().unwrap_or("");
    let has = |prefixes: &[&str]| prefixes.iter().any(|it| image.starts_with(it));
    if container.kind == ContainerKind::Main {
        matches!(container.name(), "linkerd-proxy" | "istio-proxy") || has(&PROXY_IMAGES)
    } else {
        matches!(container.name(), "linkerd-init" | "istio-init" | "linkerd-proxy" | "istio-proxy")
            || has(&INIT_IMAGES)
            || has(&PROXY_IMAGES)
    }
}

fn mounts_no_token(subject: &Subject<'_>) -> bool {
    subject.workload.pod().is_some_and(|pod| {
        pod.node.bool_field("automountServiceAccountToken").value() == Some(false)
    })
}
