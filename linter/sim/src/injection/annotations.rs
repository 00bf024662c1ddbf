//! Annotations whose values an injector checks, and what it says to a bad one.
//!
//! Istio: istio/istio 86c9f01f `pkg/kube/inject/validate.go` (AnnotationValidation), `inject.go`,
//! `template.go`. Linkerd: linkerd/linkerd2 b24cd405 `pkg/inject/inject.go`, and what the API
//! server says to the pod it makes.

use goready_model::{MeshKind, Node};

use super::{Install, Subject, parse_bool, parse_prefix, parse_unsigned, scrape};
use crate::quantity::Quantity;

/// What happens to a bad value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The pod is refused.
    Refused,
    /// The value is dropped, with a line in the injector's log at most.
    Ignored,
}

/// What the value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// An annotation with a grammar of its own.
    Value,
    /// Names of injection templates that pods cannot use, however Istio is installed.
    Template,
    /// A template that the chart does not bring; an install may have it.
    CustomTemplate,
    /// Ports that Prometheus scrapes.
    ScrapePort,
}

/// A value that the injector does not take.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal<'t> {
    pub key: &'static str,
    /// The value.
    pub node: Node<'t>,
    pub severity: Severity,
    pub topic: Topic,
    /// "`key` \"value\" is no CIDR prefix".
    pub why: String,
    /// What to write instead, starting with a verb.
    pub help: String,
}

/// Every annotation of the pod that the injector of `install` refuses or drops.
pub fn refused_annotations<'t>(install: &Install, subject: &Subject<'t>) -> Vec<Refusal<'t>> {
    let Some(annotations) = subject.workload.pod_metadata().and_then(|it| it.get("annotations"))
    else {
        return Vec::new();
    };
    let mut refused = Vec::new();
    match install.kind {
        MeshKind::Istio => {
            table(ISTIO, annotations, &mut refused);
            proxy_config(annotations, &mut refused);
            templates(install, annotations, &mut refused);
            scrape::refused(install, annotations, &mut refused);
        }
        MeshKind::Linkerd => {
            table(LINKERD, annotations, &mut refused);
            linkerd_requests_above_limits(annotations, &mut refused);
        }
        MeshKind::Consul => table(CONSUL, annotations, &mut refused),
        MeshKind::Kuma | MeshKind::Dapr => {}
    }
    refused
}

/// What is wrong with a value: the end of a sentence, and the help.
struct Wrong {
    severity: Severity,
    what: &'static str,
    help: String,
}

type Check = fn(&str) -> Option<Wrong>;

fn table<'t>(
    checks: &[(&'static str, Check)],
    annotations: Node<'t>,
    refused: &mut Vec<Refusal<'t>>,
) {
    for (key, check) in checks {
        let Some(node) = annotations.get(key) else { continue };
        let Some(value) = node.as_str() else { continue };
        if let Some(wrong) = check(value) {
            refused.push(Refusal {
                key,
                node,
                severity: wrong.severity,
                topic: Topic::Value,
                why: format!("`{key}` {value:?} {}", wrong.what),
                help: wrong.help,
            });
        }
    }
}

const ISTIO: &[(&str, Check)] = &[
    ("sidecar.istio.io/interceptionMode", interception_mode),
    ("sidecar.istio.io/proxyCPU", quantity),
    ("sidecar.istio.io/proxyCPULimit", quantity),
    ("sidecar.istio.io/proxyMemory", quantity),
    ("sidecar.istio.io/proxyMemoryLimit", quantity),
    ("status.sidecar.istio.io/port", status_port),
    ("readiness.status.sidecar.istio.io/initialDelaySeconds", probe_number),
    ("readiness.status.sidecar.istio.io/periodSeconds", probe_number),
    ("readiness.status.sidecar.istio.io/failureThreshold", probe_number),
    ("traffic.sidecar.istio.io/includeOutboundIPRanges", included_ranges),
    ("traffic.sidecar.istio.io/excludeOutboundIPRanges", ranges),
    ("traffic.sidecar.istio.io/includeInboundPorts", included_ports),
    ("traffic.sidecar.istio.io/excludeInboundPorts", ports),
    ("traffic.sidecar.istio.io/excludeOutboundPorts", ports),
    ("traffic.sidecar.istio.io/excludeInterfaces", interfaces),
    ("traffic.sidecar.istio.io/kubevirtInterfaces", interfaces),
    ("istio.io/reroute-virtual-interfaces", interfaces),
    ("prometheus.istio.io/merge-metrics", boolean),
    ("proxy.istio.io/overrides", json),
    ("sidecar.istio.io/userVolume", volumes),
    ("sidecar.istio.io/userVolumeMount", volumes),
];

#[expect(clippy::unnecessary_wraps, reason = "it is the last expression of every check")]
fn wrong(what: &'static str, help: impl Into<String>) -> Option<Wrong> {
    Some(Wrong { severity: Severity::Refused, what, help: help.into() })
}

fn interception_mode(value: &str) -> Option<Wrong> {
    if matches!(value, "REDIRECT" | "TPROXY" | "NONE") {
        return None;
    }
    wrong("is no interception mode", "write `REDIRECT`, `TPROXY` or `NONE`")
}

fn quantity(value: &str) -> Option<Wrong> {
    let blank = value.chars().any(|it| matches!(it, '\n' | '\t' | '\r' | '\0' | ' '));
    if !blank && Quantity::parse(value).is_ok() {
        // The template puts it into the pod, where a negative one is invalid.
        let negative = value.starts_with('-') && !is_zero(value);
        return negative.then(|| wrong("is negative", "write a quantity of at least 0")).flatten();
    }
    wrong("is no quantity", "write a Kubernetes quantity such as `100m` or `128Mi`")
}

fn is_zero(value: &str) -> bool {
    !value.bytes().any(|it| matches!(it, b'1'..=b'9'))
}

fn status_port(value: &str) -> Option<Wrong> {
    if parse_unsigned(value.trim(), 65535).is_some() {
        return None;
    }
    wrong("is no port", "write a number from 0 to 65535")
}

/// The validator takes 32 bits without sign, the pod's field 31.
fn probe_number(value: &str) -> Option<Wrong> {
    if parse_unsigned(value, i32::MAX as u64).is_some() {
        return None;
    }
    wrong("is no whole number", "write digits only, without blanks, sign or unit")
}

fn included_ranges(value: &str) -> Option<Wrong> {
    if value == "*" { None } else { ranges(value) }
}

fn ranges(value: &str) -> Option<Wrong> {
    if value.is_empty() {
        return None;
    }
    let bad = value.split(',').find(|it| !parse_prefix(it))?;
    let trimmed = bad.trim();
    let help = if trimmed != bad && parse_prefix(trimmed) {
        "remove the blanks between the ranges".to_owned()
    } else if parse_prefix(&format!("{trimmed}/32")) {
        format!("write `{trimmed}/32`")
    } else if parse_prefix(&format!("{trimmed}/128")) {
        format!("write `{trimmed}/128`")
    } else {
        "write CIDR prefixes separated by commas, such as `10.0.0.0/8`".to_owned()
    };
    wrong("is no list of CIDR prefixes", help)
}

fn included_ports(value: &str) -> Option<Wrong> {
    if value == "*" { None } else { ports(value) }
}

fn ports(value: &str) -> Option<Wrong> {
    if value.trim().is_empty() {
        return None;
    }
    if value.split(',').all(|it| parse_unsigned(it.trim(), 65535).is_some()) {
        return None;
    }
    wrong("is no list of ports", "write port numbers separated by commas, such as `80,443`")
}

/// Names of network interfaces: 1 to 15 characters of a small set.
fn interfaces(value: &str) -> Option<Wrong> {
    let is_name = |name: &str| {
        let name = name.trim();
        let known = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-' | b':');
        (1..=15).contains(&name.len()) && name.bytes().all(known)
    };
    if value.is_empty() || value.split(',').all(is_name) {
        return None;
    }
    wrong(
        "is no list of interface names",
        "write names of 1 to 15 characters separated by commas, such as `eth0,eth1`",
    )
}

fn boolean(value: &str) -> Option<Wrong> {
    if parse_bool(value).is_some() {
        return None;
    }
    wrong("is no boolean", "write `true` or `false`")
}

fn json(value: &str) -> Option<Wrong> {
    if serde_json::from_str::<serde_json::Value>(value).is_ok() {
        return None;
    }
    wrong("is no JSON", "write a JSON object")
}

/// The template ranges over the value and writes each entry below a list item: an entry without
/// content makes the rendered YAML invalid.
fn volumes(value: &str) -> Option<Wrong> {
    use serde_json::Value;
    let filled = |it: &Value| it.as_object().is_some_and(|it| !it.is_empty());
    let ok = match serde_json::from_str::<Value>(value) {
        Ok(Value::Null) => true,
        Ok(Value::Object(entries)) => entries.values().all(filled),
        Ok(Value::Array(items)) => items.iter().all(filled),
        Ok(Value::Bool(_) | Value::Number(_) | Value::String(_)) | Err(_) => false,
    };
    if ok {
        return None;
    }
    wrong(
        "is no JSON object of volumes by name",
        "write a JSON object whose keys are volume names, such as `{\"cache\": {\"emptyDir\": {}}}`",
    )
}

fn proxy_config<'t>(annotations: Node<'t>, refused: &mut Vec<Refusal<'t>>) {
    const KEY: &str = "proxy.istio.io/config";
    let Some(node) = annotations.get(KEY) else { return };
    let Some(wrong) = node.as_str().and_then(super::proxy_config::wrong) else { return };
    refused.push(Refusal {
        key: KEY,
        node,
        severity: Severity::Refused,
        topic: Topic::Value,
        why: format!("`{KEY}` {wrong}"),
        help: "write a ProxyConfig of istio.mesh.v1alpha1 as YAML".to_owned(),
    });
}

/// Built-in templates that need fields which the webhook does not have.
const FOR_GATEWAYS: [&str; 4] =
    ["waypoint", "kube-gateway", "agentgateway", "agentgateway-waypoint"];

/// Templates of Istio's own chart that a pod can name.
pub const TEMPLATES: [&str; 4] = ["sidecar", "gateway", "grpc-simple", "grpc-agent"];

fn templates<'t>(install: &Install, annotations: Node<'t>, refused: &mut Vec<Refusal<'t>>) {
    const KEY: &str = "inject.istio.io/templates";
    let Some(node) = annotations.get(KEY) else { return };
    let Some(value) = node.as_str() else { return };
    let known = |name: &str| {
        TEMPLATES.contains(&name) || install.templates.iter().any(|template| template == name)
    };
    let Some(unknown) = value.split(',').map(str::trim).find(|it| !known(it)) else { return };
    let is_reserved = unknown.is_empty() || FOR_GATEWAYS.contains(&unknown);
    refused.push(Refusal {
        key: KEY,
        node,
        severity: Severity::Refused,
        topic: if is_reserved { Topic::Template } else { Topic::CustomTemplate },
        why: format!("`{KEY}` names the template {unknown:?} that pods cannot use"),
        help: format!("name templates of the install, such as `{}`", TEMPLATES.join("`, `")),
    });
}

const LINKERD: &[(&str, Check)] = &[
    ("config.linkerd.io/proxy-cpu-request", linkerd_quantity),
    ("config.linkerd.io/proxy-cpu-limit", linkerd_quantity),
    ("config.linkerd.io/proxy-memory-request", linkerd_quantity),
    ("config.linkerd.io/proxy-memory-limit", linkerd_quantity),
    ("config.linkerd.io/inbound-port", linkerd_container_port),
    ("config.linkerd.io/admin-port", linkerd_container_port),
    ("config.linkerd.io/proxy-uid", linkerd_uid),
    ("config.linkerd.io/image-pull-policy", linkerd_pull_policy),
    ("config.linkerd.io/close-wait-timeout", linkerd_close_wait),
];

#[expect(clippy::unnecessary_wraps, reason = "it is the last expression of a check")]
fn ignored(what: &'static str, help: &str) -> Option<Wrong> {
    Some(Wrong { severity: Severity::Ignored, what, help: help.to_owned() })
}

fn linkerd_quantity(value: &str) -> Option<Wrong> {
    if Quantity::parse(value).is_err() {
        return ignored("is no quantity", "write a Kubernetes quantity such as `100m` or `20Mi`");
    }
    if value.starts_with('-') && !is_zero(value) {
        return wrong("is negative", "write a quantity of at least 0");
    }
    None
}

/// Ports that become a containerPort of the proxy: the pod is invalid outside 1 to 65535.
fn linkerd_container_port(value: &str) -> Option<Wrong> {
    match super::go_syntax::parse_int(value).and_then(|it| i32::try_from(it).ok()) {
        None => ignored("is no port", "write a port number"),
        Some(1..=65535) => None,
        Some(_) => wrong("is no port", "write a number from 1 to 65535"),
    }
}

fn linkerd_uid(value: &str) -> Option<Wrong> {
    match super::go_syntax::parse_int(value) {
        None => ignored("is no user id", "write a number"),
        Some(0..) => None,
        Some(_) => wrong("is no user id", "write a number of at least 0"),
    }
}

fn linkerd_pull_policy(value: &str) -> Option<Wrong> {
    if matches!(value, "" | "Always" | "Never" | "IfNotPresent") {
        return None;
    }
    wrong("is no pull policy", "write `Always`, `IfNotPresent` or `Never`")
}

/// A valid duration makes the template ask for proxyInit.runAsRoot, which is off by default.
fn linkerd_close_wait(value: &str) -> Option<Wrong> {
    let unit = value.trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
    let is_duration = unit.len() < value.len() && matches!(unit, "s" | "m" | "h" | "ms");
    if !is_duration {
        return None;
    }
    wrong(
        "is refused unless the install sets proxyInit.runAsRoot",
        "remove it, or install Linkerd with `proxyInit.runAsRoot=true`",
    )
}

fn linkerd_requests_above_limits<'t>(annotations: Node<'t>, refused: &mut Vec<Refusal<'t>>) {
    const PAIRS: [(&str, &str); 2] = [
        ("config.linkerd.io/proxy-cpu-request", "config.linkerd.io/proxy-cpu-limit"),
        ("config.linkerd.io/proxy-memory-request", "config.linkerd.io/proxy-memory-limit"),
    ];
    for (request_key, limit_key) in PAIRS {
        let Some(node) = annotations.get(request_key) else { continue };
        let limit_node = annotations.get(limit_key);
        let (Some(request), Some(limit)) = (node.as_str(), limit_node.and_then(|it| it.as_str()))
        else {
            continue;
        };
        let (Ok(wanted), Ok(allowed)) = (Quantity::parse(request), Quantity::parse(limit)) else {
            continue;
        };
        if wanted > allowed {
            refused.push(Refusal {
                key: request_key,
                node,
                severity: Severity::Refused,
                topic: Topic::Value,
                why: format!("`{request_key}` {request:?} is above `{limit_key}` {limit:?}"),
                help: format!("raise `{limit_key}` to at least `{request}`"),
            });
        }
    }
}

const CONSUL: &[(&str, Check)] = &[
    ("consul.hashicorp.com/transparent-proxy", boolean),
    ("consul.hashicorp.com/transparent-proxy-overwrite-probes", boolean),
    ("consul.hashicorp.com/enable-metrics", boolean),
    ("consul.hashicorp.com/enable-metrics-merging", boolean),
    ("consul.hashicorp.com/sidecar-proxy-cpu-limit", quantity),
    ("consul.hashicorp.com/sidecar-proxy-cpu-request", quantity),
    ("consul.hashicorp.com/sidecar-proxy-memory-limit", quantity),
    ("consul.hashicorp.com/sidecar-proxy-memory-request", quantity),
];
