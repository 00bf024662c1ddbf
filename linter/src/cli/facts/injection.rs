//! What the sidecar injector does with a workload's pods, for `goready facts`.

use goready_model::{MeshKind, Project, Settings, Workload};
use goready_sim::injection::{Install, Subject, Verdict, namespace_marker, pod_marker, verdict};
use serde_json::{Value, json};

const MESHES: [(MeshKind, &str); 5] = [
    (MeshKind::Istio, "istio"),
    (MeshKind::Linkerd, "linkerd"),
    (MeshKind::Kuma, "kuma"),
    (MeshKind::Consul, "consul"),
    (MeshKind::Dapr, "dapr"),
];

/// The verdict of the configured mesh, or of the first one that has a marker on the pod or its
/// Namespace; null where no mesh concerns the pod.
pub(super) fn json(project: &Project, settings: &Settings, workload: &Workload) -> Value {
    let object = project.object(workload.object);
    let namespace = project.namespace_of(object);
    let concerns = |kind: MeshKind| match settings.mesh.kind {
        Some(configured) => configured == kind,
        None => {
            pod_marker(kind, workload).is_some()
                || namespace.is_some_and(|it| namespace_marker(kind, it).is_some())
        }
    };
    let Some((kind, mesh)) = MESHES.into_iter().find(|(kind, _)| concerns(*kind)) else {
        return Value::Null;
    };
    let install = Install::new(kind, &settings.mesh);
    let namespace_name = object.namespace_in(project.unit(object.unit));
    let subject = Subject { workload, namespace_name, namespace };
    let (name, why, revision) = match verdict(&install, &subject) {
        Verdict::Injected(it) => ("injected", String::new(), it.revision),
        Verdict::Skipped(skip) => ("skipped", skip.to_string(), None),
        Verdict::Rejected(why) => ("rejected", why, None),
        Verdict::InjectedButBroken(it, why) => ("injected-but-broken", why, it.revision),
        Verdict::Unknown(missing) => ("unknown", missing.to_string(), None),
    };
    json!({ "mesh": mesh, "verdict": name, "why": why, "revision": revision })
}
