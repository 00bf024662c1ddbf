//! A probe or lifecycle hook that the API server refuses.
//!
//! ## What it does
//! Applies the API server's own checks to `livenessProbe`, `readinessProbe`, `startupProbe`,
//! `postStart` and `preStop`: exactly one handler; no negative seconds and thresholds (0 means the
//! default); `successThreshold` of liveness and startup probes at most 1;
//! `terminationGracePeriodSeconds` above 0, and never on a readiness probe; a port from 1 to 65535
//! or a valid port name; `exec` with a command; scheme and header names.
//!
//! ## Why is this bad
//! The workload is refused as a whole.
//!
//! ## Example
//! `pod.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: cart
//! spec:
//!   containers:
//!     - name: cart
//!       image: example.com/cart:1.0.0
//!       livenessProbe:
//!         httpGet:
//!           path: /healthz
//!           port: 8080
//!         successThreshold: 3
//! ```
//!
//! ## Use instead
//! `pod.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: cart
//! spec:
//!   containers:
//!     - name: cart
//!       image: example.com/cart:1.0.0
//!       livenessProbe:
//!         httpGet:
//!           path: /healthz
//!           port: 8080
//! ```
//!
//! ## References
//! - [Configure probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes)
//! - [Validation](https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go) (`validateProbe`, `validateHandler`)

use goready_model::{
    Confidence, ContainerKind, Edit, Node, Outcome, Probe, ProbeKind, Profile, Workload,
    WorkloadKind,
};
use goready_sim::{intorstring::IntOrString, names};

use crate::{Check, Cx, Findings, Rule, Scope, refusals::Refusals};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Handlers of probes and of hooks.
const PROBE_HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc"];
const HOOK_HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "sleep"];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    // Knative fills in handlers and ports; the other custom kinds hand their pods on as written.
    if workload.kind == WorkloadKind::KnativeService {
        return;
    }
    let Some(pod) = workload.pod() else { return };
    let refusals = &mut Refusals::of(cx, workload, findings);
    for container in pod.all_containers() {
        // Init containers that end have no probes and hooks at all (`init-container-invalid`).
        if container.kind == ContainerKind::Init {
            continue;
        }
        for probe in container.probes() {
            check_probe(probe, refusals);
        }
        for name in ["postStart", "preStop"] {
            let hook = container.node.get("lifecycle").and_then(|it| it.get(name));
            if let Some(hook) = hook.filter(Node::is_mapping) {
                check_handlers(hook, name, HOOK_HANDLERS, refusals);
            }
        }
    }
}

fn check_probe(probe: Probe<'_>, refusals: &mut Refusals<'_>) {
    let name = probe.kind.key();
    check_handlers(probe.node, name, PROBE_HANDLERS, refusals);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        if let Some((node, value)) = integer(probe.node, field).filter(|(_, value)| *value < 0) {
            refusals
                .node(node, format!("{name} {field} is {value}, it must not be negative"))
                .help(format!("remove `{field}`, or write 0 or more"));
        }
    }
    if let (Some((node, value)), ProbeKind::Liveness | ProbeKind::Startup) =
        (integer(probe.node, "successThreshold"), probe.kind)
        && value > 1
    {
        let message = format!("{name} successThreshold is {value}, the API server accepts only 1");
        let edit = Edit { place: node.place(), text: "1".to_owned() };
        refusals
            .node(node, message)
            .help("remove `successThreshold`")
            .unsafe_fix("write `successThreshold: 1`", vec![edit]);
    }
    if let Some((node, value)) = integer(probe.node, "terminationGracePeriodSeconds") {
        if probe.kind == ProbeKind::Readiness {
            let message = format!(
                "{name} has terminationGracePeriodSeconds, but a failing {name} ends nothing"
            );
            refusals.key(node, message).help("remove `terminationGracePeriodSeconds`");
        } else if value <= 0 {
            let message =
                format!("{name} terminationGracePeriodSeconds is {value}, it must be above 0");
            refusals.node(node, message).help("write 1 or more, or remove it");
        }
    }
}

/// Exactly one handler, and that one complete.
fn check_handlers(holder: Node<'_>, name: &str, known: &[&str], refusals: &mut Refusals<'_>) {
    if holder.entries().any(|it| it.key.is_dynamic()) {
        return;
    }
    let set: Vec<(&str, Node<'_>)> = known
        .iter()
        .filter_map(|it| Some((*it, holder.get(it)?)))
        .filter(|(_, node)| !node.is_null())
        .collect();
    if set.iter().any(|(_, node)| node.is_dynamic()) {
        return;
    }
    match &*set {
        [] if refusals.partial => {}
        [] => {
            let list = known.join("`, `");
            refusals
                .key(holder, format!("{name} has no handler"))
                .help(format!("add one of `{list}`, or remove `{name}`"));
        }
        [_] => {}
        [(first, first_node), rest @ ..] => {
            for (second, node) in rest {
                refusals
                    .key(*node, format!("{name} has both {first} and {second}, it takes one"))
                    .label(first_node.name_place(), "the other handler")
                    .help(format!("remove `{first}` or `{second}`"));
            }
        }
    }
    for (handler, node) in set.into_iter().filter(|(_, node)| node.is_mapping()) {
        match handler {
            "exec" => check_command(node, name, refusals),
            "httpGet" => {
                check_port(node, handler, name, refusals);
                check_http(node, name, refusals);
            }
            "tcpSocket" | "grpc" => check_port(node, handler, name, refusals),
            // How long a sleep may take depends on the grace period.
            _ => {}
        }
    }
}

fn check_command(exec: Node<'_>, name: &str, refusals: &mut Refusals<'_>) {
    let empty = match exec.get("command") {
        Some(command) => {
            command.is_null() || (command.is_sequence() && command.items().next().is_none())
        }
        None => true,
    };
    if empty && !refusals.partial && !exec.entries().any(|it| it.key.is_dynamic()) {
        let node = exec.get("command").unwrap_or(exec);
        refusals
            .key(node, format!("{name} exec has no command"))
            .help("write the command as a list of words");
    }
}

fn check_port(handler: Node<'_>, kind: &str, name: &str, refusals: &mut Refusals<'_>) {
    let Some(node) = handler.get("port").filter(|it| !it.is_null()) else {
        if !refusals.partial && !handler.entries().any(|it| it.key.is_dynamic()) {
            refusals
                .key(handler, format!("{name} {kind} has no port"))
                .help("add `port` with a number or the name of a container port");
        }
        return;
    };
    match IntOrString::of_node(node) {
        Some(IntOrString::Int(port)) if !(1..=65535).contains(&port) => {
            refusals
                .node(node, format!("{name} {kind} port {port} is not between 1 and 65535"))
                .help("write a port from 1 to 65535");
        }
        Some(IntOrString::String(port)) if kind != "grpc" => {
            let Err(error) = names::port_name(port) else { return };
            let message = format!("{name} {kind} port \"{port}\" is no port name, it {error}");
            let draft = refusals.node(node, message);
            if port.parse::<u16>().is_ok_and(|it| it > 0) {
                let edit = Edit { place: node.place(), text: port.to_owned() };
                draft
                    .help(format!("write the number without quotes: `{port}`"))
                    .unsafe_fix("remove the quotes", vec![edit]);
            } else {
                draft.help("write the name of a container port, or its number");
            }
        }
        _ => {}
    }
}

fn check_http(http: Node<'_>, name: &str, refusals: &mut Refusals<'_>) {
    if let Some(scheme) = http.get("scheme").filter(|it| it.as_str().is_some()) {
        let text = scheme.text();
        if !matches!(text, "" | "HTTP" | "HTTPS") {
            let upper = text.to_ascii_uppercase();
            let known = matches!(&*upper, "HTTP" | "HTTPS");
            let message = format!("{name} scheme is \"{text}\", it takes `HTTP` or `HTTPS`");
            refusals.node(scheme, message).help(if known {
                format!("write `{upper}`")
            } else {
                "write `HTTP` or `HTTPS`".to_owned()
            });
        }
    }
    for header in http.get("httpHeaders").into_iter().flat_map(|it| it.items()) {
        let Some(text) = header.str_field("name").known_or("").map(|it| it.value) else { continue };
        let judged = header.is_mapping() && !(refusals.partial && header.get("name").is_none());
        if let (true, Err(error)) = (judged, names::http_header_name(text)) {
            let message = format!("{name} header \"{text}\" is refused, its name {error}");
            let node = header.get("name").unwrap_or(header);
            refusals.node(node, message).help("write the header's name");
        }
    }
}

/// An integer field that is written and known.
fn integer<'t>(holder: Node<'t>, field: &str) -> Option<(Node<'t>, i64)> {
    let node = holder.get(field)?;
    Some((node, node.as_i64()?))
}
