//! Which meshes concern a pod, and how much of a finding about them is left.

use goready_model::{MeshKind, Object, Outcome, Workload};
use goready_sim::injection::{
    Install, Intent, Marker, Refusal, Severity, Skip, Subject, Verdict, namespace_marker,
    pod_marker, refused_annotations, verdict,
};

use crate::{Cx, Findings};

const ALL: [MeshKind; 5] =
    [MeshKind::Istio, MeshKind::Linkerd, MeshKind::Kuma, MeshKind::Consul, MeshKind::Dapr];

/// A pod template seen by the injector of one mesh.
#[derive(Debug)]
pub(super) struct Placement<'p> {
    pub(super) install: Install,
    pub(super) subject: Subject<'p>,
    pub(super) verdict: Verdict,
    /// The pod's own marker.
    pub(super) pod: Option<Marker<'p>>,
    /// The marker of its Namespace.
    pub(super) namespace: Option<Marker<'p>>,
}

impl<'p> Placement<'p> {
    pub(super) fn of(
        cx: &Cx<'p>,
        kind: MeshKind,
        object: &'p Object,
        workload: &'p Workload,
    ) -> Self {
        let install = Install::new(kind, &cx.settings.mesh);
        let unit = cx.project.unit(object.unit);
        let namespace = cx.project.namespace_of(object);
        let namespace_name = object.namespace_in(unit);
        let subject = Subject { workload, namespace_name, namespace };
        Self {
            verdict: verdict(&install, &subject),
            pod: pod_marker(kind, workload),
            namespace: namespace.and_then(|it| namespace_marker(kind, it)),
            install,
            subject,
        }
    }

    /// The pod itself asks for a proxy.
    pub(super) fn is_asked_for(&self) -> bool {
        self.pod.is_some_and(|it| it.intent == Intent::Wanted)
    }

    /// The pod asks for a proxy, or its Namespace does and the pod does not object.
    pub(super) fn is_wanted(&self) -> bool {
        match self.pod.map(|it| it.intent) {
            Some(Intent::Wanted) => true,
            Some(Intent::Refused | Intent::Unknown) => false,
            Some(Intent::Invalid) | None => {
                self.namespace.is_some_and(|it| it.intent == Intent::Wanted)
            }
        }
    }

    /// The marker that asks for the proxy.
    pub(super) fn marker(&self) -> Option<Marker<'p>> {
        let wanted = |it: &Marker<'_>| it.intent == Intent::Wanted;
        self.pod.filter(wanted).or_else(|| self.namespace.filter(wanted))
    }

    /// What a finding about the injected pod is worth: nothing where the pod is not injected, and
    /// one step less where nobody can say.
    pub(super) fn weigh(&self, outcome: Outcome) -> Option<Outcome> {
        match self.verdict {
            Verdict::Injected(_) | Verdict::Rejected(_) | Verdict::InjectedButBroken(..) => {
                Some(outcome)
            }
            Verdict::Unknown(_) if self.is_asked_for() => Some(outcome),
            Verdict::Unknown(_) => Some(outcome.lowered()),
            Verdict::Skipped(_) => None,
        }
    }

    /// The pod would be injected if it did not already hold a container with a proxy's name.
    pub(super) fn is_skipped_for_its_proxy(&self) -> bool {
        self.verdict == Verdict::Skipped(Skip::ExistingProxy) && self.is_wanted()
    }
}

/// The meshes that have a marker on the pod or its Namespace; the configured one alone, if one is.
pub(super) fn placements<'p>(
    cx: &Cx<'p>,
    object: &'p Object,
    workload: &'p Workload,
) -> Vec<Placement<'p>> {
    let kinds = match cx.settings.mesh.kind {
        Some(kind) => vec![kind],
        None => ALL.to_vec(),
    };
    let marked = kinds.into_iter().map(|kind| Placement::of(cx, kind, object, workload));
    marked
        .filter(|it| cx.settings.mesh.kind.is_some() || it.pod.is_some() || it.namespace.is_some())
        .collect()
}

/// Whether a proxy may run beside the workload's containers.
pub(crate) fn may_have_proxy(cx: &Cx<'_>, workload: &Workload) -> bool {
    let object = cx.project.object(workload.object);
    is_already_injected(workload)
        || placements(cx, object, workload)
            .iter()
            .any(|it| it.is_wanted() || it.weigh(Outcome::Risk).is_some())
}

/// Reports the wanted ones of the annotations that the injector refuses or drops. An annotation of the
/// mesh is evidence enough of it: no further marker is needed.
pub(super) fn report_refused(
    cx: &Cx<'_>,
    workload: &Workload,
    kind: MeshKind,
    wanted: impl Fn(&Refusal<'_>) -> bool,
    findings: &mut Findings,
) {
    if cx.settings.mesh.kind.is_some_and(|it| it != kind) {
        return;
    }
    let object = cx.project.object(workload.object);
    let placement = Placement::of(cx, kind, object, workload);
    let refused = refused_annotations(&placement.install, &placement.subject);
    for refusal in refused.into_iter().filter(|it| wanted(it)) {
        let mesh = name(kind);
        let (usual, what) = match refusal.severity {
            // Linkerd makes the pod, and the API server refuses what it made.
            Severity::Refused if kind == MeshKind::Linkerd => {
                (Outcome::Rejected, "the injected pod is refused".to_owned())
            }
            Severity::Refused => (Outcome::Rejected, format!("{mesh} refuses the pod")),
            Severity::Ignored => (Outcome::Risk, format!("{mesh} drops the value")),
        };
        let Some(outcome) = placement.weigh(usual) else { continue };
        let draft = findings
            .node(refusal.node, format!("{}, {what}", refusal.why))
            .help(refusal.help)
            .outcome(outcome);
        if let Some(marker) = placement.marker() {
            draft.label(marker.node.place(), "the pod is injected because of this");
        }
    }
}

/// A mesh as people call it.
pub(super) fn name(kind: MeshKind) -> &'static str {
    match kind {
        MeshKind::Istio => "Istio",
        MeshKind::Linkerd => "Linkerd",
        MeshKind::Kuma => "Kuma",
        MeshKind::Consul => "Consul",
        MeshKind::Dapr => "Dapr",
    }
}

/// The workloads that land in a Namespace of the repository.
pub(super) fn workloads_in<'p>(
    cx: &Cx<'p>,
    namespace: &Object,
) -> impl Iterator<Item = (&'p Object, &'p Workload)> {
    let (project, id) = (cx.project, namespace.id);
    project.workloads.iter().filter_map(move |workload| {
        let object = project.object(workload.object);
        let lands_here = project.namespace_of(object).is_some_and(|it| it.id == id);
        lands_here.then_some((object, workload))
    })
}

/// A manifest that was injected before it was committed: the injector's own containers are in it.
pub(super) fn is_already_injected(workload: &Workload) -> bool {
    const SIGNS: [&str; 3] =
        ["sidecar.istio.io/status", "linkerd.io/proxy-version", "linkerd.io/created-by"];
    SIGNS.iter().any(|it| workload.pod_annotation(it).is_some())
}
