//! An injection marker has a value that its injector does not know.
//!
//! ## What it does
//! Compares the values of the markers of Istio, Linkerd, Kuma, Consul, Dapr and the Vault agent
//! with those their injectors know. Linkerd then skips the pod, Consul and the Vault agent refuse
//! it: `broken`. Istio, Kuma and Dapr go on as if the marker were not there: a risk.
//!
//! ## Why is this bad
//! Each mesh spells yes in its own way: `enabled`, `"true"`, any of Go's booleans. A value of
//! another mesh does not switch anything on, and nobody is told. On a Namespace any value but
//! `enabled` also keeps single pods from asking Istio for a proxy.
//!
//! ## Example
//! `namespace.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
//!   labels:
//!     istio-injection: "true"
//! ```
//!
//! ## Use instead
//! `namespace.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
//!   labels:
//!     istio-injection: enabled
//! ```
//!
//! ## References
//! - [Istio: controlling the injection policy](https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy)
//! - [Linkerd source: the reasons to skip](https://github.com/linkerd/linkerd2/blob/main/pkg/inject/report.go)
//! - [Consul: annotations](https://developer.hashicorp.com/consul/docs/reference/k8s/annotation-label)

use goready_model::{Confidence, Edit, Node, Object, Outcome, Profile, WorkloadKind};
use goready_sim::injection::parse_bool;

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["IST0125"],
    check: Check::Object(check),
};

/// A marker with the values its injector knows.
struct Marker {
    map: &'static str,
    key: &'static str,
    is_known: fn(&str) -> bool,
    yes: &'static str,
    no: &'static str,
    outcome: Outcome,
    /// What the injector does instead.
    consequence: &'static str,
}

const NAMESPACE: [Marker; 3] = [
    Marker {
        map: "labels",
        key: "istio-injection",
        is_known: |it| matches!(it, "enabled" | "disabled"),
        yes: "enabled",
        no: "disabled",
        outcome: Outcome::Risk,
        consequence: "does not enable injection and blocks pods from opting in",
    },
    LINKERD,
    KUMA,
];

const POD: [Marker; 7] = [
    Marker {
        map: "labels",
        key: "sidecar.istio.io/inject",
        is_known: |it| matches!(it, "true" | "false"),
        yes: "true",
        no: "false",
        outcome: Outcome::Risk,
        consequence: "says nothing to Istio, the Namespace decides",
    },
    Marker {
        map: "annotations",
        key: "sidecar.istio.io/inject",
        is_known: |it| matches!(it, "true" | "false"),
        yes: "true",
        no: "false",
        outcome: Outcome::Risk,
        consequence: "says nothing to Istio, the Namespace decides",
    },
    LINKERD,
    KUMA,
    Marker {
        map: "annotations",
        key: "consul.hashicorp.com/connect-inject",
        is_known: |it| parse_bool(it).is_some(),
        yes: "true",
        no: "false",
        outcome: Outcome::Broken,
        consequence: "is no boolean, Consul refuses the pod",
    },
    Marker {
        map: "annotations",
        key: "vault.hashicorp.com/agent-inject",
        is_known: |it| parse_bool(it).is_some(),
        yes: "true",
        no: "false",
        outcome: Outcome::Broken,
        consequence: "is no boolean, the Vault agent injector refuses the pod",
    },
    Marker {
        map: "annotations",
        key: "dapr.io/enabled",
        is_known: is_word_of_dapr,
        yes: "true",
        no: "false",
        outcome: Outcome::Risk,
        consequence: "is not one of Dapr's words for yes, the pod gets no sidecar",
    },
];

const LINKERD: Marker = Marker {
    map: "annotations",
    key: "linkerd.io/inject",
    is_known: |it| matches!(it, "enabled" | "disabled" | "ingress"),
    yes: "enabled",
    no: "disabled",
    outcome: Outcome::Broken,
    consequence: "is no value of Linkerd, the pod gets no proxy",
};

const KUMA: Marker = Marker {
    map: "labels",
    key: "kuma.io/sidecar-injection",
    is_known: |it| matches!(it, "enabled" | "true" | "disabled" | "false"),
    yes: "enabled",
    no: "disabled",
    outcome: Outcome::Risk,
    consequence: "is no value of Kuma, the pod gets no proxy",
};

fn check(_: &Cx<'_>, object: &Object, findings: &mut Findings) {
    let Some(root) = object.node() else { return };
    if object.kind == "Namespace" && object.api_version == "v1" {
        judge(root, &NAMESPACE, findings);
        return;
    }
    let Some(kind) = WorkloadKind::of(object.group(), &object.kind) else { return };
    if let Some(template) = root.path(kind.template_path()) {
        judge(template, &POD, findings);
    }
}

fn judge(holder: Node<'_>, markers: &[Marker], findings: &mut Findings) {
    let Some(metadata) = holder.get("metadata") else { return };
    for marker in markers {
        let node = metadata.get(marker.map).and_then(|it| it.get(marker.key));
        let Some((node, value)) = node.and_then(|it| Some((it, it.as_str()?))) else { continue };
        if value.is_empty() || (marker.is_known)(value) {
            continue;
        }
        let draft = findings
            .node(node, format!("`{}: {value:?}` {}", marker.key, marker.consequence))
            .outcome(marker.outcome);
        let meant = if is_yes(value) {
            Some(marker.yes)
        } else if is_no(value) {
            Some(marker.no)
        } else {
            None
        };
        match meant {
            Some(meant) => {
                let edit = Edit { place: node.place(), text: format!("{meant:?}") };
                draft
                    .help(format!("write {meant:?}"))
                    .unsafe_fix(format!("Write {meant}"), vec![edit])
            }
            None => draft.help(format!("write {:?} or {:?}", marker.yes, marker.no)),
        };
    }
}

/// `utils.IsTruthy` of dapr/kit takes the first six for yes and anything else for no; the others
/// at least say no.
fn is_word_of_dapr(value: &str) -> bool {
    let words = ["y", "yes", "true", "t", "on", "1", "n", "no", "false", "f", "off", "0"];
    words.iter().any(|it| value.trim().eq_ignore_ascii_case(it))
}

fn is_yes(value: &str) -> bool {
    let words = ["true", "enabled", "enable", "yes", "on", "t", "y", "1"];
    words.iter().any(|it| value.trim().eq_ignore_ascii_case(it))
}

fn is_no(value: &str) -> bool {
    let words = ["false", "disabled", "disable", "no", "off", "f", "n", "0"];
    words.iter().any(|it| value.trim().eq_ignore_ascii_case(it))
}
