//! The labels and annotations by which pods and Namespaces ask for a proxy or against one.

use goready_model::{MeshKind, Node, Object, Workload};

use super::parse_bool;

/// What a marker asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Wanted,
    Refused,
    /// A value that means nothing to the injector; an empty one counts as no marker.
    Invalid,
    /// Not known before rendering.
    Unknown,
}

/// A marker where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marker<'t> {
    pub key: &'static str,
    /// The value.
    pub node: Node<'t>,
    pub intent: Intent,
}

/// Which map of the metadata the marker lives in.
#[derive(Debug, Clone, Copy)]
struct Rule {
    map: &'static str,
    key: &'static str,
    read: fn(&str) -> Intent,
}

/// The pod's own marker. For Istio the deprecated annotation counts only where it says no: it
/// never makes the webhook look at a pod.
pub fn pod_marker(kind: MeshKind, workload: &Workload) -> Option<Marker<'_>> {
    let metadata = workload.pod_metadata()?;
    let (own, fallback): (Rule, Option<Rule>) = match kind {
        MeshKind::Istio => (
            Rule { map: "labels", key: "sidecar.istio.io/inject", read: istio_inject },
            Some(Rule { map: "labels", key: "istio.io/rev", read: revision }),
        ),
        MeshKind::Linkerd => (LINKERD, None),
        MeshKind::Kuma => (KUMA, None),
        MeshKind::Consul => (
            Rule {
                map: "annotations",
                key: "consul.hashicorp.com/connect-inject",
                read: |value| boolean(parse_bool(value)),
            },
            None,
        ),
        MeshKind::Dapr => {
            (Rule { map: "annotations", key: "dapr.io/enabled", read: dapr_enabled }, None)
        }
    };
    find(metadata, own).or_else(|| find(metadata, fallback?)).or_else(|| {
        let annotation =
            Rule { map: "annotations", key: "sidecar.istio.io/inject", read: istio_inject };
        let marker = (kind == MeshKind::Istio).then(|| find(metadata, annotation)).flatten();
        marker.filter(|it| it.intent == Intent::Refused)
    })
}

/// The Namespace's marker; only Istio, Linkerd and Kuma read one.
pub fn namespace_marker(kind: MeshKind, namespace: &Object) -> Option<Marker<'_>> {
    let metadata = namespace.metadata()?;
    match kind {
        MeshKind::Istio => {
            let legacy = Rule { map: "labels", key: "istio-injection", read: istio_injection };
            let revision = Rule { map: "labels", key: "istio.io/rev", read: revision };
            find(metadata, legacy).or_else(|| find(metadata, revision))
        }
        MeshKind::Linkerd => find(metadata, LINKERD),
        MeshKind::Kuma => find(metadata, KUMA),
        MeshKind::Consul | MeshKind::Dapr => None,
    }
}

const LINKERD: Rule = Rule { map: "annotations", key: "linkerd.io/inject", read: linkerd_inject };
const KUMA: Rule = Rule { map: "labels", key: "kuma.io/sidecar-injection", read: kuma_injection };

fn find(metadata: Node<'_>, rule: Rule) -> Option<Marker<'_>> {
    let node = metadata.get(rule.map)?.get(rule.key)?;
    let intent = match node.as_str() {
        Some("") => return None,
        Some(value) => (rule.read)(value),
        None => Intent::Unknown,
    };
    Some(Marker { key: rule.key, node, intent })
}

fn istio_inject(value: &str) -> Intent {
    match value {
        "true" => Intent::Wanted,
        "false" => Intent::Refused,
        _ => Intent::Invalid,
    }
}

fn istio_injection(value: &str) -> Intent {
    match value {
        "enabled" => Intent::Wanted,
        "disabled" => Intent::Refused,
        _ => Intent::Invalid,
    }
}

fn revision(_: &str) -> Intent {
    Intent::Wanted
}

fn linkerd_inject(value: &str) -> Intent {
    match value {
        "enabled" | "ingress" => Intent::Wanted,
        "disabled" => Intent::Refused,
        _ => Intent::Invalid,
    }
}

fn kuma_injection(value: &str) -> Intent {
    match value {
        "enabled" | "true" => Intent::Wanted,
        "disabled" | "false" => Intent::Refused,
        _ => Intent::Invalid,
    }
}

fn boolean(value: Option<bool>) -> Intent {
    match value {
        Some(true) => Intent::Wanted,
        Some(false) => Intent::Refused,
        None => Intent::Invalid,
    }
}

fn dapr_enabled(value: &str) -> Intent {
    if dapr_is_truthy(value) {
        Intent::Wanted
    } else if matches!(&*lower(value), "n" | "no" | "false" | "f" | "off" | "0") {
        Intent::Refused
    } else {
        Intent::Invalid
    }
}

/// `utils.IsTruthy` of dapr/kit: everything else is false, without a word.
pub(super) fn dapr_is_truthy(value: &str) -> bool {
    matches!(&*lower(value), "y" | "yes" | "true" | "t" | "on" | "1")
}

fn lower(value: &str) -> String {
    value.trim().to_ascii_lowercase()
}
