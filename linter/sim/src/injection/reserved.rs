//! Names and ports that sidecars take for themselves.
//!
//! Sources: istio/istio 86c9f01f `files/injection-template.yaml`, `pilot/cmd/pilot-agent/status/
//! server.go`; linkerd/linkerd2 b24cd405; kumahq/kuma 348b6528; hashicorp/consul-k8s a507b1d1;
//! dapr/dapr d8450742. What a collision leads to was observed with the real injectors.

use goready_model::{
    Container, ContainerKind, KubernetesVersion, MeshKind, Node, Tristate, Workload,
};

use super::{Install, linkerd};

/// What a container with the name of an injected one leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collision {
    /// The container's image runs in place of the proxy.
    ReplacesProxy,
    /// It is merged with an injected init container: a documented way to change it.
    Customises,
    /// The injector takes the pod for injected and leaves it alone.
    SkipsInjection,
    /// The pod would have two containers of one name: the API server refuses it.
    Duplicate,
}

/// Whether a mesh injects containers with this name.
pub fn is_reserved_name(kind: MeshKind, name: &str) -> bool {
    let names: &[&str] = match kind {
        MeshKind::Istio => &["istio-proxy", "istio-init", "istio-validation"],
        MeshKind::Linkerd => &["linkerd-proxy", "linkerd-init", "linkerd-network-validator"],
        MeshKind::Kuma => &["kuma-sidecar", "kuma-init", "kuma-validation"],
        MeshKind::Consul => &["consul-dataplane", "consul-connect-inject-init"],
        MeshKind::Dapr => &["daprd"],
    };
    names.contains(&name)
}

/// What the injector of `install` makes of an application's container, by its name.
pub fn collision(install: &Install, container: Container<'_>) -> Option<Collision> {
    let name = container.name();
    let is_main = container.kind == ContainerKind::Main;
    match install.kind {
        MeshKind::Istio => istio(install, container, is_main),
        MeshKind::Linkerd if linkerd::is_proxy(container) => Some(Collision::SkipsInjection),
        MeshKind::Linkerd => match name {
            // Injected under this name, and not looked for in this list.
            "linkerd-init" if install.cni != Tristate::Yes => Some(Collision::Duplicate),
            "linkerd-network-validator" if install.cni == Tristate::Yes => {
                Some(Collision::Duplicate)
            }
            "linkerd-proxy" => Some(Collision::Duplicate),
            _ => None,
        },
        MeshKind::Kuma => match name {
            "kuma-sidecar" => Some(Collision::SkipsInjection),
            "kuma-init" if install.cni != Tristate::Yes => Some(Collision::Duplicate),
            _ => None,
        },
        MeshKind::Consul => {
            is_reserved_name(MeshKind::Consul, name).then_some(Collision::Duplicate)
        }
        MeshKind::Dapr => (name == "daprd").then_some(Collision::SkipsInjection),
    }
}

fn istio(install: &Install, container: Container<'_>, is_main: bool) -> Option<Collision> {
    // The documented way to change the proxy: its image is filled in by the injector.
    if container.image().value() == Some("auto") {
        return None;
    }
    let cni = install.cni == Tristate::Yes;
    match container.name() {
        "istio-proxy" if is_main => Some(Collision::ReplacesProxy),
        "istio-proxy" if install.native_sidecars == Tristate::No => Some(Collision::Duplicate),
        "istio-proxy" => Some(Collision::ReplacesProxy),
        "istio-init" if !cni => {
            Some(if is_main { Collision::Duplicate } else { Collision::Customises })
        }
        "istio-validation" if cni => {
            Some(if is_main { Collision::Duplicate } else { Collision::Customises })
        }
        _ => None,
    }
}

/// What a volume with the name of an injected one leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeCollision {
    /// The pod would have two volumes of one name, or one with two sources: it is refused.
    Refused,
    /// The mesh's content takes the place of the application's.
    Replaced,
    /// The proxy keeps its sockets and keys on the application's volume.
    Shared,
}

/// What the injector of `install` makes of an application's volume.
pub fn volume_collision(install: &Install, volume: Node<'_>) -> Option<VolumeCollision> {
    let name = volume.get("name")?.as_str()?;
    match install.kind {
        MeshKind::Istio => istio_volume(name, volume),
        MeshKind::Linkerd => {
            let injected = match name {
                "linkerd-identity-end-entity" | "linkerd-identity-token" => true,
                // Only linkerd-init mounts it.
                "linkerd-proxy-init-xtables-lock" => install.cni != Tristate::Yes,
                _ => false,
            };
            injected.then_some(VolumeCollision::Refused)
        }
        MeshKind::Kuma | MeshKind::Consul | MeshKind::Dapr => None,
    }
}

/// The template's volumes are merged by name with the pod's.
fn istio_volume(name: &str, volume: Node<'_>) -> Option<VolumeCollision> {
    let own = match name {
        // `emptyDir:` without a value in the template, which merges to nothing.
        "workload-socket" | "credential-socket" | "workload-certs" => {
            return Some(VolumeCollision::Shared);
        }
        "istio-envoy" | "istio-data" => "emptyDir",
        "istio-podinfo" => "downwardAPI",
        "istio-token" => "projected",
        "istiod-ca-cert" | "istio-ca-crl" => "configMap",
        _ => return None,
    };
    let mut sources = volume.entries().map(|it| it.key.text()).filter(|it| *it != "name");
    let source = sources.next()?;
    Some(if source == own { VolumeCollision::Replaced } else { VolumeCollision::Refused })
}

/// The user a mesh's proxy runs as; its traffic is not redirected.
pub fn proxy_users(kind: MeshKind) -> &'static [i64] {
    match kind {
        MeshKind::Istio => &[1337],
        MeshKind::Linkerd => &[2102],
        MeshKind::Kuma => &[5678],
        MeshKind::Consul => &[5995, 5996],
        MeshKind::Dapr => &[],
    }
}

/// Whether the proxy is one of the pod's containers and not a native sidecar, which starts before
/// the init containers and ends after the containers. `None` when nobody can say.
pub fn is_legacy_sidecar(
    install: &Install,
    workload: &Workload,
    oldest: KubernetesVersion,
) -> Option<bool> {
    let annotation = |key: &str| workload.pod_annotation(key).and_then(|it| it.as_str());
    match install.kind {
        // Exactly "false" turns it off; anything else turns it on.
        MeshKind::Istio => match annotation("sidecar.istio.io/nativeSidecar") {
            Some(value) => Some(value == "false"),
            None => Some(match install.native_sidecars {
                Tristate::Yes => false,
                Tristate::No => true,
                // `auto`: native when every kubelet is 1.33 or newer.
                Tristate::Unknown => oldest.minor < 33,
            }),
        },
        MeshKind::Linkerd => {
            const KEYS: [&str; 3] = [
                "config.linkerd.io/proxy-enable-native-sidecar",
                "config.beta.linkerd.io/proxy-enable-native-sidecar",
                "config.alpha.linkerd.io/proxy-enable-native-sidecar",
            ];
            let own = KEYS.iter().find_map(|it| super::parse_bool(annotation(it)?));
            Some(!own.unwrap_or(install.native_sidecars != Tristate::No))
        }
        MeshKind::Dapr => Some(true),
        MeshKind::Kuma | MeshKind::Consul => match install.native_sidecars {
            Tristate::Yes => Some(false),
            Tristate::No => Some(true),
            Tristate::Unknown => None,
        },
    }
}

/// A port that a sidecar listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedPort {
    pub port: u16,
    /// What listens there, for messages.
    pub owner: &'static str,
}

/// The sidecar's own listener on a port, if it has one.
pub fn reserved_port(kind: MeshKind, port: i64) -> Option<ReservedPort> {
    let table: &[ReservedPort] = match kind {
        MeshKind::Istio => ISTIO_PORTS,
        MeshKind::Linkerd => LINKERD_PORTS,
        MeshKind::Kuma => KUMA_PORTS,
        MeshKind::Consul => CONSUL_PORTS,
        MeshKind::Dapr => DAPR_PORTS,
    };
    table.iter().find(|it| i64::from(it.port) == port).copied()
}

const fn reserved(port: u16, owner: &'static str) -> ReservedPort {
    ReservedPort { port, owner }
}

const ISTIO_PORTS: &[ReservedPort] = &[
    reserved(15000, "Envoy's admin interface"),
    reserved(15001, "Istio's outbound listener"),
    reserved(15002, "Istio's listener for port checks"),
    reserved(15004, "Istio's debug interface"),
    reserved(15006, "Istio's inbound listener"),
    reserved(15008, "Istio's HBONE tunnel"),
    reserved(15020, "the Istio agent"),
    reserved(15021, "the Istio status server"),
    reserved(15053, "Istio's DNS proxy"),
    reserved(15090, "Envoy's metrics"),
];

const LINKERD_PORTS: &[ReservedPort] = &[
    reserved(4140, "Linkerd's outbound listener"),
    reserved(4143, "Linkerd's inbound listener"),
    reserved(4190, "Linkerd's tap listener"),
    reserved(4191, "Linkerd's admin interface"),
];

const KUMA_PORTS: &[ReservedPort] = &[
    reserved(15001, "Kuma's outbound listener"),
    reserved(15006, "Kuma's inbound listener"),
    reserved(15053, "Kuma's DNS proxy"),
    reserved(9001, "Kuma's probe proxy"),
    reserved(9901, "Envoy's admin interface"),
];

const CONSUL_PORTS: &[ReservedPort] = &[
    reserved(15001, "Consul's outbound listener"),
    reserved(20000, "Consul's inbound listener"),
    reserved(21000, "Consul's gRPC proxy"),
    reserved(20600, "Consul's sidecar lifecycle server"),
    reserved(19000, "Envoy's admin interface"),
    reserved(8600, "Consul's DNS proxy"),
];

const DAPR_PORTS: &[ReservedPort] = &[
    reserved(3500, "Dapr's HTTP API"),
    reserved(3501, "Dapr's public HTTP API"),
    reserved(50001, "Dapr's gRPC API"),
    reserved(50002, "Dapr's internal gRPC API"),
    reserved(9090, "Dapr's metrics"),
];
