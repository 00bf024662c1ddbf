//! Pod Security forbids what the mesh adds to the pods of a Namespace.
//!
//! ## What it does
//! Finds Namespaces that enforce `baseline` or `restricted` and whose pods are injected by a mesh
//! that needs an init container with NET_ADMIN: Istio, Linkerd, Kuma and Consul, unless their CNI
//! plugin is installed (`mesh.cni` of the configuration) or the pod turns the redirection off. With
//! the CNI plugin, Istio's `interceptionMode: TPROXY` is refused as well, and under `restricted` a
//! proxy that may bind low ports. Labels that only warn or audit are advice.
//!
//! ## Why is this bad
//! Pod Security judges the pod after the mesh has changed it. The Deployment is accepted and no pod
//! of it ever starts.
//!
//! ## Example
//! `shop.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
//!   labels:
//!     istio-injection: enabled
//!     pod-security.kubernetes.io/enforce: baseline
//! ```
//!
//! ## Use instead
//! `shop.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Namespace
//! metadata:
//!   name: shop
//!   labels:
//!     istio-injection: enabled
//!     pod-security.kubernetes.io/enforce: privileged
//! ```
//!
//! ## References
//! - [Kubernetes: Pod Security Standards](https://kubernetes.io/docs/concepts/security/pod-security-standards/)
//! - [Istio: the CNI node agent](https://istio.io/latest/docs/setup/additional-setup/cni/)
//! - [Linkerd: the CNI plugin](https://linkerd.io/2/features/cni/)

use goready_model::{Confidence, MeshKind, Object, Outcome, Place, Profile, Tristate, Workload};
use goready_sim::injection::{Intent, Marker, namespace_marker};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::mesh::{self, placements},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    if object.kind != "Namespace" || object.api_version != "v1" {
        return;
    }
    let Some(demand) = Demand::of(object) else { return };
    let conflicts: Vec<Conflict> = mesh::workloads_in(cx, object)
        .flat_map(|(owner, workload)| conflicts(cx, &demand, owner, workload))
        .collect();
    let found = conflicts.into_iter().next().or_else(|| by_namespace(cx, &demand, object));
    let Some(conflict) = found else { return };
    let cni_unknown = cx.settings.mesh.cni == Tristate::Unknown;
    let draft = findings
        .report(
            demand.place,
            format!(
                "{}={} forbids {}, {}",
                demand.mode,
                demand.level,
                conflict.what,
                if demand.mode == "enforce" {
                    format!("no injected pod of `{}` will start", object.name)
                } else {
                    format!("which injected pods of `{}` need", object.name)
                }
            ),
        )
        .help(conflict.help)
        .outcome(if demand.mode == "enforce" { Outcome::Rejected } else { Outcome::Advice })
        .confidence(if cni_unknown { Confidence::Possible } else { Confidence::Likely });
    draft.label(conflict.place, "the pods are injected because of this");
}

/// What the Namespace demands of its pods.
struct Demand<'p> {
    mode: &'static str,
    level: &'p str,
    place: Place,
}

impl<'p> Demand<'p> {
    /// The strictest mode that demands anything.
    fn of(namespace: &'p Object) -> Option<Self> {
        ["enforce", "warn", "audit"].into_iter().find_map(|mode| {
            let label = namespace.label(&format!("pod-security.kubernetes.io/{mode}"))?;
            let level = label.as_str().filter(|it| matches!(*it, "baseline" | "restricted"))?;
            Some(Self { mode, level, place: label.place() })
        })
    }
}

/// What is forbidden about a pod, and why it is injected.
struct Conflict {
    what: String,
    help: String,
    place: Place,
}

fn conflicts(
    cx: &Cx<'_>,
    demand: &Demand<'_>,
    object: &Object,
    workload: &Workload,
) -> Vec<Conflict> {
    let placements = placements(cx, object, workload).into_iter();
    placements
        .filter(|it| it.weigh(Outcome::Rejected).is_some())
        .filter_map(|it| {
            let marker = it.marker()?;
            let (what, help) = forbidden(it.install.kind, cx.settings.mesh.cni, demand, workload)?;
            Some(Conflict { what, help, place: marker.node.place() })
        })
        .collect()
}

/// No workload of the Namespace is known: what holds for any pod.
fn by_namespace(cx: &Cx<'_>, demand: &Demand<'_>, namespace: &Object) -> Option<Conflict> {
    if mesh::workloads_in(cx, namespace).next().is_some() || cx.settings.mesh.cni == Tristate::Yes {
        return None;
    }
    let kinds = [MeshKind::Istio, MeshKind::Linkerd, MeshKind::Kuma];
    kinds.into_iter().filter(|it| cx.settings.mesh.kind.is_none_or(|kind| kind == *it)).find_map(
        |kind| {
            let marker: Marker<'_> = namespace_marker(kind, namespace)?;
            let container = init_container(kind)?;
            let (what, help) = needs_capabilities(kind, container);
            let wanted = marker.intent == Intent::Wanted && !demand.level.is_empty();
            wanted.then(|| Conflict { what, help, place: marker.node.place() })
        },
    )
}

fn init_container(kind: MeshKind) -> Option<&'static str> {
    match kind {
        MeshKind::Istio => Some("istio-init"),
        MeshKind::Linkerd => Some("linkerd-init"),
        MeshKind::Kuma => Some("kuma-init"),
        MeshKind::Consul => Some("consul-connect-inject-init"),
        MeshKind::Dapr => None,
    }
}

fn needs_capabilities(kind: MeshKind, container: &str) -> (String, String) {
    let what = format!("NET_ADMIN of {container}");
    (what, format!("install the CNI plugin of {}", mesh::name(kind)))
}

/// What the injected pod holds that the level forbids.
fn forbidden(
    kind: MeshKind,
    cni: Tristate,
    demand: &Demand<'_>,
    workload: &Workload,
) -> Option<(String, String)> {
    let annotation = |key: &str| workload.pod_annotation(key).and_then(|it| it.as_str());
    let interception = annotation("sidecar.istio.io/interceptionMode");
    let templates = annotation("inject.istio.io/templates");
    // These two give their container no security context at all.
    let is_bare = templates.is_some_and(|it| it.contains("gateway") || it.contains("grpc-agent"));
    if kind == MeshKind::Istio && is_bare && demand.level == "restricted" {
        let what = format!("the container of template {}", templates.unwrap_or_default());
        return Some((what, "enforce `baseline` for these pods".to_owned()));
    }
    // Without redirection there is nothing to set up.
    let redirects = match kind {
        MeshKind::Istio => {
            interception != Some("NONE") && templates.is_none_or(|it| it.contains("sidecar"))
        }
        MeshKind::Consul => annotation("consul.hashicorp.com/transparent-proxy") != Some("false"),
        MeshKind::Linkerd | MeshKind::Kuma | MeshKind::Dapr => true,
    };
    if !redirects {
        return None;
    }
    if cni != Tristate::Yes {
        return Some(needs_capabilities(kind, init_container(kind)?));
    }
    if kind != MeshKind::Istio {
        return None;
    }
    if interception == Some("TPROXY") {
        let help = "set `sidecar.istio.io/interceptionMode` to `REDIRECT`".to_owned();
        return Some(("NET_ADMIN of istio-proxy in TPROXY mode".to_owned(), help));
    }
    let binds_low = annotation("sidecar.istio.io/capNetBindService") == Some("true");
    if binds_low && demand.level == "restricted" {
        let help = "remove `sidecar.istio.io/capNetBindService`".to_owned();
        return Some(("the user of an istio-proxy that binds low ports".to_owned(), help));
    }
    None
}
