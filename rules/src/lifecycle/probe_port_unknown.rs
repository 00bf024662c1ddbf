//! A probe or hook that names a port its container does not declare.
//!
//! ## What it does
//! Looks up port names of `httpGet` and `tcpSocket` in probes and lifecycle hooks among the TCP
//! `ports` of the same container. Numbers need no declaration and are left alone.
//!
//! ## Why is this bad
//! The API server does not compare the two. The kubelet finds no port to talk to, so a readiness or
//! startup probe fails forever and the pod never becomes ready, a liveness probe restarts the
//! container again and again, and a `preStop` hook never runs.
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
//!       ports:
//!         - name: web
//!           containerPort: 8080
//!       readinessProbe:
//!         httpGet:
//!           path: /readyz
//!           port: http
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
//!       ports:
//!         - name: web
//!           containerPort: 8080
//!       readinessProbe:
//!         httpGet:
//!           path: /readyz
//!           port: web
//! ```
//!
//! ## References
//! - [Probes and named ports](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#use-a-named-port)
//! - [The kubelet's lookup](https://github.com/kubernetes/kubernetes/blob/master/pkg/probe/util.go) (`ResolveContainerPort`)

use goready_model::{Confidence, Container, ContainerKind, Node, Outcome, Profile, Workload};
use goready_sim::names;

use crate::{Check, Cx, Findings, Rule, Scope, schema::words};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/liveness-port",
        "kube-linter/readiness-port",
        "kube-linter/startup-port",
    ],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    // A patch may use ports of the workload it is laid over.
    if cx.project.object(workload.object).partial {
        return;
    }
    for container in pod.all_containers().filter(|it| it.kind != ContainerKind::Init) {
        let probes = container.probes().map(|it| (it.kind.key(), it.node));
        let hooks = ["postStart", "preStop"]
            .into_iter()
            .filter_map(|it| Some((it, container.node.get("lifecycle")?.get(it)?)));
        for (name, holder) in probes.chain(hooks) {
            for handler in ["httpGet", "tcpSocket"] {
                let port = holder.get(handler).and_then(|it| it.get("port"));
                if let Some(port) = port {
                    check_port(container, name, port, findings);
                }
            }
        }
    }
}

fn check_port(container: Container<'_>, name: &str, port: Node<'_>, findings: &mut Findings) {
    // A name that is none at all is refused already.
    let Some(wanted) = port.as_str().filter(|it| names::port_name(it).is_ok()) else { return };
    let list = container.node.get("ports");
    if list.is_some_and(|it| it.holds_dynamic()) {
        return;
    }
    // Probes speak TCP, whatever the protocol of the port they name.
    let is_tcp = |it: &Node<'_>| {
        matches!(
            it.str_field("protocol").known_or("TCP").map(|it| it.value),
            None | Some("" | "TCP")
        )
    };
    let named = container.ports().find(|it| it.str_field("name").value() == Some(wanted));
    let number = named.and_then(|it| it.int_field("containerPort").value());
    let reachable = |it: &Node<'_>| is_tcp(it) && it.int_field("containerPort").value() == number;
    if named.is_some_and(|it| is_tcp(&it))
        || (number.is_some() && container.ports().any(|it| reachable(&it)))
    {
        return;
    }
    let declared: Vec<&str> =
        container.ports().filter(is_tcp).filter_map(|it| it.str_field("name").value()).collect();
    let message = match &*declared {
        _ if named.is_some() => format!(
            "{name} uses port \"{wanted}\", which container \"{}\" does not declare for TCP",
            container.name()
        ),
        [] => format!(
            "{name} uses port \"{wanted}\", container \"{}\" declares no named port",
            container.name()
        ),
        _ => format!(
            "{name} uses port \"{wanted}\", container \"{}\" declares {}",
            container.name(),
            words::all(&declared)
        ),
    };
    let mut draft = findings.node(port, message);
    if let Some(list) = list {
        draft = draft.label(list.name_place(), "the ports of the container");
    }
    match (words::closest(wanted, declared.iter().copied()), &*declared) {
        (Some(near), _) => draft.help(format!("use `{near}`")),
        (None, [only]) => draft.help(format!("use `{only}`")),
        (None, []) if named.is_some() => draft.help("use a TCP port"),
        (None, []) => draft.help(format!("give a container port the name `{wanted}`")),
        (None, _) => draft.help("use a declared port name"),
    };
}
