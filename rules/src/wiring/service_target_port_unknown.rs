//! A Service that sends traffic to a port its pods do not have.
//!
//! ## What it does
//! For every Service that selects a workload of the same unit it looks up the `targetPort`: a name
//! must be the name of a container port of one of the workloads; of a number nothing is required,
//! so one that no container declares is only a risk, and only when the program of the container is
//! known to listen elsewhere.
//!
//! ## Why is this bad
//! Pods without a port of that name get no endpoint for it. The Service exists, resolves, and
//! refuses every connection.
//!
//! ## Example
//! `service.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: cart
//! spec:
//!   selector:
//!     app: cart
//!   ports:
//!     - port: 80
//!       targetPort: web
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: cart
//! spec:
//!   selector:
//!     matchLabels:
//!       app: cart
//!   template:
//!     metadata:
//!       labels:
//!         app: cart
//!     spec:
//!       containers:
//!         - name: cart
//!           image: example.com/cart:1.0.0
//!           ports:
//!             - name: http
//!               containerPort: 8080
//! ```
//!
//! ## Use instead
//! `service.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: cart
//! spec:
//!   selector:
//!     app: cart
//!   ports:
//!     - port: 80
//!       targetPort: http
//! ```
//!
//! ## References
//! - [Port definitions of a Service](https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports)
//! - [How endpoints find the port](https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/endpointslice/utils.go) (`findPort`)

use goready_model::{
    Confidence, Container, ContainerLink, Node, Outcome, Pod, Profile, Service, Workload,
};
use goready_sim::{intorstring::IntOrString, names};

use crate::{Check, Cx, Findings, Rule, Scope, schema::words};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &["kube-linter/invalid-target-ports", "kics/Service Does Not Target Pod"],
    check: Check::Service(check),
};

fn check(cx: &Cx<'_>, service: &Service, findings: &mut Findings) {
    let workloads: Vec<&Workload> = cx
        .project
        .selected
        .get(&service.id)
        .into_iter()
        .flatten()
        .map(|it| cx.project.workload(*it))
        // The pod of a chart test may carry the labels of what it tests.
        .filter(|it| !cx.project.object(it.object).chart_test)
        .collect();
    let pods: Vec<Pod<'_>> = workloads.iter().filter_map(|it| it.pod()).collect();
    // A patch does not say all ports.
    let whole = workloads.iter().all(|it| !cx.project.object(it.object).partial);
    if pods.is_empty() || pods.len() != workloads.len() || !whole {
        return;
    }
    for port in service.ports() {
        let Some(target) = port.get("targetPort").filter(|it| !it.is_null()) else { continue };
        let protocol = port.str_field("protocol").known_or("TCP");
        let Some(protocol) = protocol.map(|it| if it.value.is_empty() { "TCP" } else { it.value })
        else {
            continue;
        };
        match IntOrString::of_node(target) {
            // A name that is none at all is refused already.
            Some(IntOrString::String(name)) if names::port_name(name).is_ok() => {
                check_name(&pods, target, name, protocol, findings);
            }
            Some(IntOrString::Int(number)) if protocol == "TCP" => {
                check_number(cx, &workloads, &pods, target, i64::from(number), findings);
            }
            _ => {}
        }
    }
}

/// The containers whose ports count: native sidecars run beside the containers.
fn containers<'t>(pods: &[Pod<'t>]) -> impl Iterator<Item = Container<'t>> {
    pods.iter().flat_map(|it| it.running_containers())
}

fn check_name(
    pods: &[Pod<'_>],
    target: Node<'_>,
    name: &str,
    protocol: &str,
    findings: &mut Findings,
) {
    let unknown = pods.iter().any(|it| {
        ["containers", "initContainers"].iter().any(|key| match it.node.get(key) {
            Some(list) => list.is_dynamic() || list.items().any(|it| it.is_dynamic()),
            None => false,
        })
    }) || containers(pods)
        .any(|it| it.node.get("ports").is_some_and(|it| it.holds_dynamic()));
    if unknown {
        return;
    }
    let mut others: Vec<(&str, &str, Node<'_>)> = Vec::new();
    for port in containers(pods).flat_map(Container::ports) {
        let Some(own) = port.str_field("name").value() else { continue };
        let own_protocol = port.str_field("protocol").value().filter(|it| !it.is_empty());
        let own_protocol = own_protocol.unwrap_or("TCP");
        if own == name && own_protocol == protocol {
            return;
        }
        others.push((own, own_protocol, port));
    }
    let other_protocol = others.iter().find(|it| it.0 == name);
    let names: Vec<&str> = others.iter().map(|it| it.0).collect();
    let message = match (other_protocol, &*names) {
        (Some((_, own, _)), _) => format!(
            "targetPort \"{name}\" is a {own} port of the selected pods, the Service wants {protocol}"
        ),
        (None, []) => format!("targetPort \"{name}\" is on no selected pod, they name no ports"),
        (None, names) => format!(
            "targetPort \"{name}\" is on no selected pod (ports: {})",
            words::unique(names).join(", ")
        ),
    };
    let near = words::closest(name, names.iter().copied());
    let mut draft = findings.node(target, message);
    if let Some((_, _, port)) = other_protocol.or(others.first()) {
        let place = port.parent().map_or(port.place(), |it| it.name_place());
        draft = draft.label(place, "the ports of the selected pods");
    } else if let Some(container) = containers(pods).next() {
        draft = draft.label(container.node.name_place(), "the selected container");
    }
    match (other_protocol, near, &*names) {
        (Some((_, own, _)), _, _) => {
            draft.help(format!("set `protocol: {own}` on the Service port"))
        }
        (None, Some(near), _) => draft.help(format!("use `{near}`")),
        (None, None, [only]) => draft.help(format!("use `{only}`")),
        _ => draft.help(format!("give a container port the name `{name}`")),
    };
}

/// A number that is neither declared nor listened on, where both are known.
fn check_number(
    cx: &Cx<'_>,
    workloads: &[&Workload],
    pods: &[Pod<'_>],
    target: Node<'_>,
    number: i64,
    findings: &mut Findings,
) {
    /// What a finding of outcome `risk` asks of a link.
    const LINKED: f32 = 0.6;
    let declares = |it: Node<'_>| it.int_field("containerPort").value() == Some(number);
    let ports_unknown =
        containers(pods).any(|it| it.node.get("ports").is_some_and(|it| it.holds_dynamic()));
    if ports_unknown || containers(pods).flat_map(Container::ports).any(declares) {
        return;
    }
    let mut listens = Vec::new();
    for workload in workloads {
        let Some(pod) = workload.pod() else { return };
        for container in pod.running_containers() {
            let link = cx.project.container_link(workload.id, container.name());
            let Some(ports) = link.and_then(|it| literal_listeners(cx, it, LINKED)) else { return };
            listens.extend(ports);
        }
    }
    if listens.is_empty() || listens.iter().any(|it| it.0 == number) {
        return;
    }
    let ports: Vec<String> = listens.iter().map(|it| it.0.to_string()).collect();
    let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
    let message = format!(
        "targetPort {number} is declared by no selected container, and the program listens on {}",
        words::unique(&ports).join(", ")
    );
    let mut draft = findings
        .node(target, message)
        .help(format!("use `{}`", ports.first().copied().unwrap_or_default()))
        .outcome(Outcome::Risk)
        .confidence(Confidence::Likely);
    for (port, place) in listens {
        draft = draft.label(place, format!("listens on {port}"));
    }
}

/// Ports that the container's program listens on, `None` when they are not all literal.
fn literal_listeners(
    cx: &Cx<'_>,
    link: &ContainerLink,
    confidence: f32,
) -> Option<Vec<(i64, goready_model::Place)>> {
    let [program] = &*link.link.programs else { return None };
    if program.confidence < confidence {
        return None;
    }
    let program = cx.project.program(program.target);
    if program.listens.is_empty() {
        return None;
    }
    let fixed = |it: &goready_model::Listen| it.env.is_none() && it.flag.is_none();
    let listens = program.listens.iter();
    listens.map(|it| Some((i64::from(it.port.filter(|_| fixed(it))?), it.place))).collect()
}
