//! Liveness and readiness ask the same question with the same patience.
//!
//! ## What it does
//! Finds containers whose `livenessProbe` and `readinessProbe` have the same handler (type, path, port,
//! command, service), where liveness reacts less than three times as slowly as readiness (period times
//! failure threshold). In examples and tests it is advice.
//!
//! ## Why is this bad
//! A pod that is too busy to answer should get less traffic. With equal probes it is restarted as well:
//! its connections are cut, its caches are lost, the load moves to the next pod, and that one fails the
//! same way.
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
//!           livenessProbe:
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
//!               path: /
//!               port: http
//!             failureThreshold: 12
//! ```
//!
//! ## References
//! - [Kubernetes: configure probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/)

use goready_model::{
    Confidence, Container, HandlerPort, Node, Outcome, Probe, ProbeKind, Profile, Workload,
};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["kube-score/pod-probes-identical"],
    check: Check::Workload(check),
};

/// How much more patient a liveness probe with the same handler has to be.
const FACTOR: i64 = 3;

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let sample = cx.project.object(workload.object).sample;
    let Some(pod) = workload.pod() else { return };
    for container in pod.running_containers() {
        let find = |kind| container.probes().find(|it| it.kind == kind);
        let (Some(liveness), Some(readiness)) =
            (find(ProbeKind::Liveness), find(ProbeKind::Readiness))
        else {
            continue;
        };
        let same = handler(container, liveness)
            .is_some_and(|it| handler(container, readiness).as_ref() == Some(&it));
        let (Some(slow), Some(fast)) = (budget(liveness), budget(readiness)) else { continue };
        if !same || slow >= FACTOR * fast {
            continue;
        }
        let message = format!(
            "liveness and readiness both {}, a pod that is busy for {slow} s is restarted",
            described(liveness)
        );
        findings
            .key(liveness.node, message)
            .help("give liveness a cheap path of its own, or a much larger `failureThreshold`")
            .label(readiness.node.name_place(), "the same question")
            .lower_if(sample);
    }
}

/// What a probe asks, with names of ports resolved; `None` when a part is not known.
fn handler(container: Container<'_>, probe: Probe<'_>) -> Option<(&'static str, Vec<String>)> {
    let kind = ["exec", "httpGet", "tcpSocket", "grpc"]
        .into_iter()
        .find(|it| probe.node.get(it).is_some_and(|it| it.is_mapping()))?;
    let node = probe.node.get(kind)?;
    if node.holds_dynamic() {
        return None;
    }
    if kind == "exec" {
        let words = node.get("command")?.items().map(|it| it.text().to_owned()).collect();
        return Some((kind, words));
    }
    let port = match HandlerPort::of(node)?.value {
        HandlerPort::Number(number) => number.to_string(),
        HandlerPort::Name(name) => {
            let is_named = |it: &Node<'_>| it.str_field("name").value() == Some(name);
            let number = container.ports().find(is_named).map(|it| it.int_field("containerPort"));
            number.and_then(|it| it.value()).map_or_else(|| name.to_owned(), |it| it.to_string())
        }
    };
    let text = |key: &str, default: &str| {
        let written = node.get(key).map(|it| it.text()).filter(|it| !it.is_empty());
        written.unwrap_or(default).to_owned()
    };
    let headers = node.get("httpHeaders").into_iter().flat_map(|it| it.items());
    let headers = headers.map(|it| {
        let part = |key: &str| it.get(key).map(|it| it.text()).unwrap_or_default();
        format!("{}: {}", part("name"), part("value"))
    });
    let mut parts = vec![
        port,
        text("path", "/"),
        text("scheme", "HTTP"),
        text("host", ""),
        text("service", ""),
    ];
    parts.extend(headers);
    Some((kind, parts))
}

/// Seconds until a probe has failed: 10 and 3 are the defaults (kubernetes/api `core/v1` Probe).
fn budget(probe: Probe<'_>) -> Option<i64> {
    let positive = |field: &str, default: i64| {
        let value = probe.node.int_field(field).known_or(default)?.value;
        Some(if value > 0 { value } else { default })
    };
    positive("periodSeconds", 10)?.checked_mul(positive("failureThreshold", 3)?)
}

/// `GET /healthz on http`, for messages.
fn described(probe: Probe<'_>) -> String {
    let port = match probe.port().map(|it| it.value) {
        Some(HandlerPort::Number(number)) => number.to_string(),
        Some(HandlerPort::Name(name)) => name.to_owned(),
        None => return "run the same command".to_owned(),
    };
    if probe.node.get("httpGet").is_some() {
        let path = probe.http_path().value().unwrap_or("/");
        return format!("GET `{path}` on {port}");
    }
    let verb = if probe.node.get("grpc").is_some() { "ask gRPC on" } else { "connect to" };
    format!("{verb} {port}")
}
