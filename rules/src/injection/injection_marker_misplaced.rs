//! An injection marker stands where no injector reads it.
//!
//! ## What it does
//! Knows for each marker of Istio, Linkerd, Kuma, Consul, Dapr and the Vault agent whether it is a
//! label or an annotation, and of the Namespace or of the pod. Reports it on the workload's own
//! metadata, on the pod where it belongs to the Namespace, and in the wrong map. Where the same key
//! is also placed correctly the outcome is advice.
//!
//! ## Why is this bad
//! Nothing reads it, and nothing says so: the pods run without a proxy (or with one that was meant
//! to be left out), outside the mesh's mutual TLS and policies.
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
//!         istio-injection: enabled
//!     spec:
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
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [Istio source: webhook selectors](https://github.com/istio/istio/blob/master/manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml)
//! - [Linkerd: automatic proxy injection](https://linkerd.io/2/features/proxy-injection/)
//! - [Kuma: data plane proxy on Kubernetes](https://kuma.io/docs/latest/production/dp-config/dpp-on-kubernetes/)

use goready_model::{Confidence, Node, Object, Outcome, Profile, UnitKind, WorkloadKind};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["IST0107"],
    check: Check::Object(check),
};

const LABELS: &str = "labels";
const ANNOTATIONS: &str = "annotations";

/// A marker and the places where it is read.
struct Marker {
    key: &'static str,
    /// Maps of the pod template's metadata that are read.
    pod: &'static [&'static str],
    /// Maps of a Namespace's metadata that are read.
    namespace: &'static [&'static str],
    /// "Istio reads it on the Namespace".
    reader: &'static str,
    help: &'static str,
}

const MARKERS: [Marker; 9] = [
    Marker {
        key: "istio-injection",
        pod: &[],
        namespace: &[LABELS],
        reader: "Istio reads it as a label of the Namespace",
        help: "use the label `sidecar.istio.io/inject: \"true\"` of the pod template, or label the \
               Namespace",
    },
    Marker {
        key: "sidecar.istio.io/inject",
        pod: &[LABELS, ANNOTATIONS],
        namespace: &[],
        reader: "Istio reads it as a label of the pod",
        help: "move it to the labels of the pod template",
    },
    Marker {
        key: "istio.io/rev",
        pod: &[LABELS],
        namespace: &[LABELS],
        reader: "Istio reads it as a label of the pod or the Namespace",
        help: "move it to the labels of the pod template",
    },
    Marker {
        key: "linkerd.io/inject",
        pod: &[ANNOTATIONS],
        namespace: &[ANNOTATIONS],
        reader: "Linkerd reads it as an annotation of the pod or the Namespace",
        help: "move it to the annotations of the pod template",
    },
    Marker {
        key: "kuma.io/sidecar-injection",
        pod: &[LABELS],
        namespace: &[LABELS],
        reader: "Kuma reads it as a label of the pod and the Namespace",
        help: "move it to the labels of the pod template",
    },
    Marker {
        key: "consul.hashicorp.com/connect-inject",
        pod: &[ANNOTATIONS],
        namespace: &[],
        reader: "Consul reads it as an annotation of the pod",
        help: "move it to the annotations of the pod template",
    },
    Marker {
        key: "dapr.io/enabled",
        pod: &[ANNOTATIONS],
        namespace: &[],
        reader: "Dapr reads it as an annotation of the pod",
        help: "move it to the annotations of the pod template",
    },
    Marker {
        key: "dapr.io/app-id",
        pod: &[ANNOTATIONS],
        namespace: &[],
        reader: "Dapr reads it as an annotation of the pod",
        help: "move it to the annotations of the pod template",
    },
    Marker {
        key: "vault.hashicorp.com/agent-inject",
        pod: &[ANNOTATIONS],
        namespace: &[],
        reader: "the Vault agent injector reads it as an annotation of the pod",
        help: "move it to the annotations of the pod template",
    },
];

/// Whose metadata the marker stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Namespace,
    Pod,
    /// The object that makes pods.
    Workload,
}

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    let Some(root) = object.node() else { return };
    if is_part_of_istio(object) {
        return;
    }
    if object.kind == "Namespace" && object.api_version == "v1" {
        judge(cx, object, root, On::Namespace, &[], findings);
        return;
    }
    let Some(kind) = WorkloadKind::of(object.group(), &object.kind) else { return };
    let Some(template) = root.path(kind.template_path()) else { return };
    judge(cx, object, template, On::Pod, &[], findings);
    if kind == WorkloadKind::Pod {
        return;
    }
    judge(cx, object, root, On::Workload, &[template], findings);
    if let Some(job) = root.path(&["spec", "jobTemplate"]) {
        judge(cx, object, job, On::Workload, &[template], findings);
    }
}

/// Istio labels its own objects with the revision they belong to.
fn is_part_of_istio(object: &Object) -> bool {
    const OWN: [&str; 3] =
        ["operator.istio.io/component", "install.operator.istio.io/owning-resource", "istio"];
    OWN.iter().any(|it| object.label(it).is_some())
}

/// Looks at the metadata of `holder`; `readers` are where the same key would be read.
fn judge(
    cx: &Cx<'_>,
    object: &Object,
    holder: Node<'_>,
    on: On,
    readers: &[Node<'_>],
    findings: &mut Findings,
) {
    let Some(metadata) = holder.get("metadata") else { return };
    for marker in &MARKERS {
        let read = match on {
            On::Namespace => marker.namespace,
            On::Pod => marker.pod,
            On::Workload => &[],
        };
        for map in [LABELS, ANNOTATIONS] {
            let Some(node) = metadata.get(map).and_then(|it| it.get(marker.key)) else { continue };
            // Istio writes the revision of a gateway into an annotation of its pods.
            let is_record = marker.key == "istio.io/rev" && map == ANNOTATIONS;
            if read.contains(&map) || is_record {
                continue;
            }
            // The same key in the other map of the same metadata, or on the pod.
            let elsewhere =
                read.iter().find_map(|it| metadata.get(it)?.get(marker.key)).or_else(|| {
                    let maps = marker.pod.iter();
                    maps.flat_map(|map| readers.iter().map(move |it| it.path(&["metadata", map])))
                        .find_map(|it| it?.get(marker.key))
                });
            // A chart that puts common labels everywhere has placed this one as well.
            let is_chart = matches!(cx.project.unit(object.unit).kind, UnitKind::Chart { .. });
            if elsewhere.is_some() && is_chart {
                continue;
            }
            let draft = findings
                .key(node, message(object, marker, map, on))
                .help(marker.help)
                .outcome(if elsewhere.is_some() { Outcome::Advice } else { Outcome::Broken });
            match elsewhere {
                Some(elsewhere) => draft.label(elsewhere.name_place(), "this one is read"),
                None => match right_place(holder, readers) {
                    Some(place) => draft.label(place, "the pod's metadata is here"),
                    None => draft,
                },
            };
        }
    }
}

fn message(object: &Object, marker: &Marker, map: &str, on: On) -> String {
    let map = if map == LABELS { "label" } else { "annotation" };
    let holder = match on {
        On::Pod if object.kind != "Pod" => "a pod template",
        On::Pod => "a pod",
        On::Namespace => "a Namespace",
        On::Workload => {
            let (key, kind) = (marker.key, &object.kind);
            return format!("{map} {key} on a {kind} does nothing, {}", marker.reader);
        }
    };
    format!("{map} {} on {holder} does nothing, {}", marker.key, marker.reader)
}

fn right_place(holder: Node<'_>, readers: &[Node<'_>]) -> Option<goready_model::Place> {
    let reader = readers.iter().find(|it| **it != holder)?;
    Some(reader.get("metadata").map_or(reader.name_place(), |it| it.name_place()))
}
