//! Istio's merging of application and proxy metrics, which refuses some scrape ports
//! (istio/istio 86c9f01f `pkg/kube/inject/webhook.go`, applyPrometheusMerge).

use goready_model::{MeshKind, Node};

use super::{
    Install,
    annotations::{Refusal, Severity, Topic},
    go_syntax::parse_int,
    parse_bool,
    reserved::reserved_port,
};

/// The agent's port for merged metrics, and the status port by default.
const AGENT_PORT: i64 = 15020;

pub(super) fn refused<'t>(
    install: &Install,
    annotations: Node<'t>,
    refused: &mut Vec<Refusal<'t>>,
) {
    let own = annotations.get("prometheus.istio.io/merge-metrics").and_then(|it| it.as_str());
    if !own.and_then(parse_bool).unwrap_or(install.prometheus_merge) {
        return;
    }
    let scrape = spelled(annotations, "prometheus_io_scrape").and_then(|it| it.as_str());
    if scrape.and_then(parse_bool) == Some(false) {
        return;
    }
    let port = spelled(annotations, "prometheus_io_port");
    if let Some((node, value)) = port.and_then(|it| Some((it, it.as_str()?))) {
        // Taken as already merged: nothing else is looked at.
        if value == "15020" {
            return;
        }
        if let Some(what) = wrong_port(value, annotations) {
            refused.push(refusal("prometheus.io/port", node, value, what));
            return;
        }
    }
    const TARGETS: &str = "prometheus.istio.io/scrape-targets";
    let Some(node) = annotations.get(TARGETS) else { return };
    let Some(value) = node.as_str() else { return };
    for target in value.split(',') {
        let port = target.split(':').next().unwrap_or("").trim();
        if port.is_empty() {
            continue;
        }
        if let Some(what) = wrong_port(port, annotations) {
            refused.push(refusal(TARGETS, node, port, what));
            return;
        }
    }
}

fn refusal<'t>(key: &'static str, node: Node<'t>, port: &str, what: &'static str) -> Refusal<'t> {
    Refusal {
        key,
        node,
        severity: Severity::Refused,
        topic: Topic::ScrapePort,
        why: format!("`{key}` {port:?} {what}"),
        help: "write the number of the port on which the application serves its metrics".to_owned(),
    }
}

fn wrong_port(text: &str, annotations: Node<'_>) -> Option<&'static str> {
    let Some(port @ 1..=65535) = parse_int(text) else { return Some("is no port number") };
    let status = annotations.get("status.sidecar.istio.io/port").and_then(|it| it.as_str());
    let status = status.and_then(|it| parse_int(it.trim())).unwrap_or(AGENT_PORT);
    if port == status {
        return Some("is the port of the agent itself");
    }
    // 15002 is reserved for traffic, but the scrape check does not know it.
    let reserved = port != 15002 && reserved_port(MeshKind::Istio, port).is_some();
    reserved.then_some("is a port of the sidecar")
}

/// The annotation under any key that Prometheus' own name sanitising makes equal.
fn spelled<'t>(annotations: Node<'t>, sanitised: &str) -> Option<Node<'t>> {
    let found = annotations.entries().find(|it| {
        let key = it.key.text();
        key.len() == sanitised.len()
            && key.bytes().zip(sanitised.bytes()).all(|(written, wanted)| {
                let kept = written.is_ascii_alphanumeric() || written == b'_';
                if kept { written == wanted } else { wanted == b'_' }
            })
    });
    found.map(|it| it.value)
}
