//! An init container needs the network before the sidecar runs.
//!
//! ## What it does
//! Finds init containers that reach out (by `curl`, `wget`, `nc`, a database client, a migration tool or
//! a loop that waits for something) in pods whose sidecar is a plain container, because native sidecars
//! are off or too new for the oldest kubelet. Init containers that run as the proxy's user, and pods that
//! exclude ports or addresses from the redirection, are left alone.
//!
//! ## Why is this bad
//! A plain sidecar starts after all init containers. With the CNI plugin their traffic is redirected to a
//! proxy that does not run, and the pod hangs; without it the traffic leaves unencrypted, and a peer that
//! insists on mutual TLS refuses it.
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
//!       annotations:
//!         sidecar.istio.io/nativeSidecar: "false"
//!     spec:
//!       initContainers:
//!         - name: migrate
//!           image: postgres:18
//!           command: [sh, -c, until psql -h db -c "select 1"; do sleep 1; done]
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
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
//!       annotations:
//!         sidecar.istio.io/nativeSidecar: "true"
//!     spec:
//!       initContainers:
//!         - name: migrate
//!           image: postgres:18
//!           command: [sh, -c, until psql -h db -c "select 1"; do sleep 1; done]
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio: the CNI agent and init containers](https://istio.io/latest/docs/setup/additional-setup/cni/#compatibility-with-application-init-containers)
//! - [Kubernetes: sidecar containers](https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/)

use goready_model::{Confidence, Container, ContainerKind, Outcome, Place, Pod, Profile, Workload};
use goready_sim::injection::{is_legacy_sidecar, is_reserved_name, proxy_users};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, placements},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Programs that do nothing without a network.
const CLIENTS: [&str; 20] = [
    "curl",
    "wget",
    "nc",
    "ncat",
    "netcat",
    "psql",
    "pg_isready",
    "mysql",
    "mysqladmin",
    "redis-cli",
    "mongosh",
    "nslookup",
    "dig",
    "ping",
    "telnet",
    "kubectl",
    "migrate",
    "flyway",
    "goose",
    "liquibase",
];

/// Images of migration tools.
const IMAGES: [&str; 4] =
    ["migrate/migrate", "flyway/flyway", "liquibase/liquibase", "arigaio/atlas"];

/// With one of these some traffic is not redirected; which, is not looked at.
const EXCLUSIONS: [&str; 5] = [
    "traffic.sidecar.istio.io/excludeOutboundPorts",
    "traffic.sidecar.istio.io/excludeOutboundIPRanges",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
    "config.linkerd.io/skip-outbound-ports",
    "config.linkerd.io/skip-subnets",
];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let object = cx.project.object(workload.object);
    let excludes = EXCLUSIONS.iter().any(|it| workload.pod_annotation(it).is_some());
    if excludes || mesh::is_already_injected(workload) {
        return;
    }
    for placement in placements(cx, object, workload) {
        let kind = placement.install.kind;
        let is_legacy = is_legacy_sidecar(&placement.install, workload, cx.settings.kubernetes.0);
        let Some(outcome) = placement.weigh(Outcome::Risk) else { continue };
        if is_legacy != Some(true) || proxy_users(kind).is_empty() {
            continue;
        }
        let plain = pod.init_containers().filter(|it| it.kind == ContainerKind::Init);
        for container in plain.filter(|it| !is_reserved_name(kind, it.name())) {
            if runs_as_proxy(pod, container, proxy_users(kind)) {
                continue;
            }
            let Some((place, what)) = network_use(container) else { continue };
            let draft = findings
                .report(
                    place,
                    format!(
                        "init container `{}` runs `{what}` before the sidecar of {} does",
                        container.name(),
                        mesh::name(kind)
                    ),
                )
                .pointer(container.node)
                .help("use native sidecars, or exclude the port it needs from the redirection")
                .outcome(outcome);
            if let Some(marker) = placement.marker() {
                draft.label(marker.node.place(), "the pod is injected because of this");
            }
        }
    }
}

/// The documented way past a proxy that does not run yet.
fn runs_as_proxy(pod: Pod<'_>, container: Container<'_>, users: &[i64]) -> bool {
    let own = container.security_context().and_then(|it| it.get("runAsUser"));
    let user = own.or_else(|| pod.security_context()?.get("runAsUser"));
    user.and_then(|it| it.as_i64()).is_some_and(|it| users.contains(&it))
}

/// The word of the command, or the image, that shows that the network is needed.
fn network_use(container: Container<'_>) -> Option<(Place, String)> {
    let words = container.command().into_iter().chain(container.args());
    let by_word = words.into_iter().find_map(|node| {
        let separators = |it: char| it.is_whitespace() || ";|&()\"'".contains(it);
        let mut parts = node.as_str()?.split(separators);
        let client = parts.find_map(|it| {
            let program = it.rsplit('/').next()?;
            CLIENTS.contains(&program).then_some(program)
        })?;
        Some((node.place(), client.to_owned()))
    });
    by_word.or_else(|| {
        let image = container.image().set()?;
        let name = image.value.split([':', '@']).next()?;
        let known = IMAGES.iter().find(|it| name == **it || name.ends_with(&format!("/{it}")))?;
        Some((image.place, (*known).to_owned()))
    })
}
