//! An application uses a port that the sidecar listens on.
//!
//! ## What it does
//! Compares container ports, probe ports, target ports of Services and the addresses that the Go
//! program listens on with the ports of the proxy that is injected into the pod. A listener of the
//! program on such a port is `broken`. Annotations that move the proxy's ports, and UDP (other than
//! DNS), are respected.
//!
//! ## Why is this bad
//! Containers of a pod share their ports. Whoever comes second cannot bind: either the application
//! or its proxy crashes. Traffic to a port that the proxy owns never reaches the application.
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
//!       labels:
//!         app: api
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           ports:
//!             - containerPort: 15021
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
//!       labels:
//!         app: api
//!         sidecar.istio.io/inject: "true"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           ports:
//!             - containerPort: 8080
//! ```
//!
//! ## References
//! - [Istio: ports used by the sidecar](https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio)
//! - [Linkerd: ports of the proxy](https://linkerd.io/2/reference/proxy-configuration/)
//! - [Dapr: arguments and annotations](https://docs.dapr.io/reference/arguments-annotations-overview/)

use std::collections::BTreeMap;

use goready_model::{
    Confidence, HandlerPort, MeshKind, Node, Outcome, Place, Pod, Profile, Workload,
};
use goready_sim::injection::{ReservedPort, is_reserved_name, reserved_port};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, Placement, placements},
    programs,
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Annotations that move a port of the proxy; with one of them the table does not hold.
const MOVES: [(MeshKind, &str); 9] = [
    (MeshKind::Istio, "status.sidecar.istio.io/port"),
    (MeshKind::Istio, "proxy.istio.io/config"),
    (MeshKind::Linkerd, "config.linkerd.io/inbound-port"),
    (MeshKind::Linkerd, "config.linkerd.io/outbound-port"),
    (MeshKind::Linkerd, "config.linkerd.io/admin-port"),
    (MeshKind::Linkerd, "config.linkerd.io/control-port"),
    (MeshKind::Dapr, "dapr.io/http-port"),
    (MeshKind::Dapr, "dapr.io/grpc-port"),
    (MeshKind::Dapr, "dapr.io/metrics-port"),
];

/// Istio's DNS proxy is the only listener for UDP.
const DNS_PROXY: i64 = 15053;

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if mesh::is_already_injected(workload) {
        return;
    }
    for placement in placements(cx, object, workload) {
        let kind = placement.install.kind;
        let moved =
            MOVES.iter().any(|(mesh, key)| *mesh == kind && workload.pod_annotation(key).is_some());
        let is_gateway = kind == MeshKind::Istio && is_gateway(workload);
        if moved || is_gateway || placement.weigh(Outcome::Risk).is_none() {
            continue;
        }
        for (port, uses) in uses(cx, workload, kind) {
            if let Some(reserved) = reserved_port(kind, port) {
                report(&placement, reserved, &uses, findings);
            }
        }
    }
}

/// Whether the injector puts a gateway into the pod: the proxy is then the program, and a Service may
/// well target its status port (istio manifests/charts/gateway, 1.28).
fn is_gateway(workload: &Workload) -> bool {
    let templates = workload.pod_annotation("inject.istio.io/templates");
    let named = templates.and_then(|it| it.as_str()).unwrap_or("");
    named.split(',').any(|it| it.trim() == "gateway")
}

/// A place that uses a port, the strongest kind first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// The program listens: its name and the address, and whether the link proves it.
    Listener {
        sure: bool,
        what: String,
        place: Place,
    },
    Container(Place, String),
    Probe(Place, String),
    Target(Place, String),
}

/// What uses which port, in the order of [`Use`].
fn uses(cx: &Cx<'_>, workload: &Workload, kind: MeshKind) -> BTreeMap<i64, Vec<Use>> {
    let mut uses: BTreeMap<i64, Vec<Use>> = BTreeMap::new();
    let mut add = |port: i64, it: Use| uses.entry(port).or_default().push(it);
    for (link, program_link, program) in cx.project.programs_of(workload.id, programs::RISK) {
        let of_container = is_reserved_name(kind, &link.container);
        for listen in program.listens.iter().filter(|_| !of_container) {
            // Loopback is shared as well, so the host does not matter.
            let Some(port) = listen.port else { continue };
            let sure = program_link.confidence >= programs::BROKEN
                && listen.env.is_none()
                && listen.flag.is_none();
            let what = format!("program `{}` listens on {}", program.name(), listen.address);
            add(i64::from(port), Use::Listener { sure, what, place: listen.place });
        }
    }
    for container in workload.pod().into_iter().flat_map(Pod::running_containers) {
        if is_reserved_name(kind, container.name()) {
            continue;
        }
        let name = container.name();
        for port in container.ports() {
            let Some(number) = port.int_field("containerPort").set() else { continue };
            let protocol = port.str_field("protocol").value();
            if !matches!(protocol, None | Some("TCP")) && number.value != DNS_PROXY {
                continue;
            }
            let what = format!("container `{name}` declares port {}", number.value);
            add(number.value, Use::Container(number.place, what));
        }
        for probe in container.probes() {
            let Some(port) = probe.port() else { continue };
            let HandlerPort::Number(number) = port.value else { continue };
            let what = format!("{} of container `{name}` asks port {number}", probe.kind.key());
            add(number, Use::Probe(port.place, what));
        }
    }
    for service in cx.project.services_of(workload.id) {
        let name = &cx.project.object(service.object).name;
        for port in service.ports() {
            let Some(target) = target(port) else { continue };
            let Some(number) = target.as_i64() else { continue };
            let what = format!("Service `{name}` targets port {number}");
            add(number, Use::Target(target.place(), what));
        }
    }
    for list in uses.values_mut() {
        list.sort();
        list.dedup();
    }
    uses
}

fn target(port: Node<'_>) -> Option<Node<'_>> {
    port.get("targetPort").filter(|it| !it.is_null()).or_else(|| port.get("port"))
}

impl Use {
    fn place(&self) -> Place {
        match self {
            Self::Listener { place, .. }
            | Self::Container(place, _)
            | Self::Probe(place, _)
            | Self::Target(place, _) => *place,
        }
    }

    fn what(&self) -> &str {
        match self {
            Self::Listener { what, .. }
            | Self::Container(_, what)
            | Self::Probe(_, what)
            | Self::Target(_, what) => what,
        }
    }
}

fn report(
    placement: &Placement<'_>,
    reserved: ReservedPort,
    uses: &[Use],
    findings: &mut Findings,
) {
    let [first, others @ ..] = uses else { return };
    let usual = match first {
        Use::Listener { sure: true, .. } => Outcome::Broken,
        _ => Outcome::Risk,
    };
    let Some(outcome) = placement.weigh(usual) else { return };
    let mut draft = findings
        .report(first.place(), format!("{}, the port of {}", first.what(), reserved.owner))
        .help("choose a port that the proxy does not use")
        .outcome(outcome);
    for other in others {
        draft = draft.label(other.place(), other.what().to_owned());
    }
    if let Some(marker) = placement.marker() {
        draft.label(marker.node.place(), "the pod is injected because of this");
    }
}
