//! What a sidecar injector does with a pod: leave it alone, inject it, or refuse it.
//!
//! Pure over the model: facts of the cluster that no manifest holds come in as [`Install`]. What
//! happens behind the injector (validation of the mutated pod, Pod Security, quotas) is left out,
//! except for the few collisions that are certain from the names alone.

mod annotations;
mod go_syntax;
mod istio;
mod linkerd;
mod markers;
mod others;
mod proxy_config;
mod reserved;
mod scrape;

use std::{collections::BTreeMap, fmt};

use goready_model::{Mesh, MeshKind, Node, Object, Pod, Tristate, Workload};

use crate::selector::Operator;

pub use annotations::{Refusal, Severity, TEMPLATES, Topic, refused_annotations};
pub use go_syntax::{parse_bool, parse_prefix, parse_unsigned};
pub use markers::{Intent, Marker, namespace_marker, pod_marker};
pub use reserved::{
    Collision, ReservedPort, VolumeCollision, collision, is_legacy_sidecar, is_reserved_name,
    proxy_users, reserved_port, volume_collision,
};

/// What becomes of the pods of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A proxy is added.
    Injected(Injected),
    /// Admitted without a proxy.
    Skipped(Skip),
    /// The injector refuses the pod, or the pod it makes is invalid.
    Rejected(String),
    /// A proxy is added, and it is certain that it does not work.
    InjectedButBroken(Injected, String),
    /// It turns on a fact that is not known here.
    Unknown(Missing),
}

/// Who injects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Injected {
    /// Name of the webhook entry that matches, where the mesh has several.
    pub webhook: Option<&'static str>,
    /// Revision that answers, where it is known.
    pub revision: Option<String>,
}

/// Why a pod gets no proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// No entry of the webhook configuration selects it.
    NotSelected,
    /// `hostNetwork: true`.
    HostNetwork,
    /// The mesh leaves this namespace out.
    IgnoredNamespace,
    /// The pod says no.
    Marker,
    /// The Namespace says no.
    NamespaceMarker,
    /// A marker whose value means nothing.
    InvalidMarker,
    /// Nothing asks for a proxy.
    NoMarker,
    /// The policy or a selector of the install says no.
    Policy,
    /// It already holds a proxy.
    ExistingProxy,
    /// It mounts no service account token, and this install needs one.
    NoToken,
    /// Only pods made by a controller are injected.
    BarePod,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSelected => "no webhook entry selects the pod",
            Self::HostNetwork => "pods on the host network are left out",
            Self::IgnoredNamespace => "the mesh leaves the namespace out",
            Self::Marker => "the pod opts out",
            Self::NamespaceMarker => "the Namespace opts out",
            Self::InvalidMarker => "the marker's value means nothing",
            Self::NoMarker => "nothing asks for injection",
            Self::Policy => "the injection policy of the install leaves the pod out",
            Self::ExistingProxy => "the pod already holds a proxy container",
            Self::NoToken => "the pod mounts no service account token",
            Self::BarePod => "pods without a controller are left out",
        })
    }
}

/// The fact that a verdict turns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The Namespace is not in the repository.
    Namespace,
    /// A value that is only known when it is rendered or applied.
    Value,
    /// Which mesh version and values are installed.
    Install,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Namespace => "the Namespace is not part of the repository",
            Self::Value => "a value is only known when the manifests are rendered",
            Self::Install => "it depends on how the mesh is installed",
        })
    }
}

/// What the injection policy of an Istio install is (`global.proxy.autoInject`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    #[default]
    Enabled,
    Disabled,
    /// A value Istio does not know: it then never injects.
    Unknown,
}

/// A requirement of a label selector of the install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub key: String,
    pub operator: Operator,
    pub values: Vec<String>,
}

/// How a mesh is installed: what the verdict depends on and no manifest of the service says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    pub kind: MeshKind,
    /// Revisions that exist; `None` when that is not known, and each revision is taken to exist.
    pub revisions: Option<Vec<String>>,
    /// The revision that owns the entries for `istio-injection=enabled`; `None`: none does.
    pub default_revision: Option<String>,
    /// Tag to revision.
    pub tags: BTreeMap<String, String>,
    /// `sidecarInjectorWebhook.enableNamespacesByDefault`.
    pub inject_by_default: bool,
    pub policy: Policy,
    /// `neverInjectSelector` and `alwaysInjectSelector`; a pod that matches one of the lists'
    /// selectors matches.
    pub never: Vec<Vec<Requirement>>,
    pub always: Vec<Vec<Requirement>>,
    /// The CNI plugin of the mesh sets up the network.
    pub cni: Tristate,
    /// Proxies run as native sidecars.
    pub native_sidecars: Tristate,
    /// Metrics of the application and the proxy are merged (`enablePrometheusMerge`).
    pub prometheus_merge: bool,
    /// Linkerd's `identity.serviceAccountTokenProjection`.
    pub token_projection: bool,
    /// Names of templates besides the built-in ones.
    pub templates: Vec<String>,
}

impl Install {
    /// The defaults of the mesh's own charts, with what the configuration says.
    pub fn new(kind: MeshKind, mesh: &Mesh) -> Self {
        Self {
            kind,
            revisions: (!mesh.revisions.is_empty()).then(|| mesh.revisions.clone()),
            default_revision: Some("default".to_owned()),
            tags: BTreeMap::new(),
            inject_by_default: mesh.inject_by_default,
            policy: Policy::Enabled,
            never: Vec::new(),
            always: Vec::new(),
            cni: mesh.cni,
            native_sidecars: mesh.native_sidecars,
            prometheus_merge: true,
            token_projection: true,
            templates: Vec::new(),
        }
    }
}

/// The pod template that is asked about, with where it lands.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'t> {
    pub workload: &'t Workload,
    /// Name of the Namespace; `None` when it is decided at apply time.
    pub namespace_name: Option<&'t str>,
    /// The Namespace object; `None` when it is not part of the repository.
    pub namespace: Option<&'t Object>,
}

impl<'t> Subject<'t> {
    fn pod_label(&self, key: &str) -> Value<'t> {
        Value::of(self.workload.pod_metadata(), "labels", key)
    }

    fn pod_annotation(&self, key: &str) -> Value<'t> {
        Value::of(self.workload.pod_metadata(), "annotations", key)
    }

    /// A label of the Namespace; unknown when the Namespace is.
    fn namespace_label(&self, key: &str) -> Value<'t> {
        match self.namespace {
            Some(namespace) => Value::of(namespace.metadata(), "labels", key),
            None => Value::Unknown,
        }
    }

    fn namespace_annotation(&self, key: &str) -> Value<'t> {
        match self.namespace {
            Some(namespace) => Value::of(namespace.metadata(), "annotations", key),
            None => Value::Unknown,
        }
    }

    /// What is missing when a value turned out unknown.
    fn missing(&self) -> Missing {
        if self.namespace.is_none() { Missing::Namespace } else { Missing::Value }
    }

    fn host_network(&self) -> Option<bool> {
        let Some(pod) = self.workload.pod() else { return Some(false) };
        pod.host_network().known_or(false).map(|it| it.value)
    }
}

/// A label or annotation.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value<'t> {
    Absent,
    Known(&'t str),
    /// Not known, or of a type that the API server refuses.
    Unknown,
}

impl<'t> Value<'t> {
    fn of(metadata: Option<Node<'t>>, map: &str, key: &str) -> Self {
        let Some(metadata) = metadata else { return Self::Absent };
        if metadata.is_dynamic() {
            return Self::Unknown;
        }
        let Some(map) = metadata.get(map) else { return Self::Absent };
        if map.is_dynamic() {
            return Self::Unknown;
        }
        match map.get(key) {
            None => Self::Absent,
            Some(node) if node.is_null() => Self::Known(""),
            Some(node) => node.as_str().map_or(Self::Unknown, Self::Known),
        }
    }

    /// Whether the label is one of `values`; `None` when that is not known.
    fn is_in(self, values: &[&str]) -> Option<bool> {
        match self {
            Self::Absent => Some(false),
            Self::Known(value) => Some(values.contains(&value)),
            Self::Unknown => None,
        }
    }

    fn is_absent(self) -> Option<bool> {
        match self {
            Self::Absent => Some(true),
            Self::Known(_) => Some(false),
            Self::Unknown => None,
        }
    }
}

/// Three-valued conjunction: one `false` decides.
fn all(conditions: &[Option<bool>]) -> Option<bool> {
    if conditions.contains(&Some(false)) {
        Some(false)
    } else if conditions.contains(&None) {
        None
    } else {
        Some(true)
    }
}

/// What the injector of `install` does with a pod.
pub fn verdict(install: &Install, subject: &Subject<'_>) -> Verdict {
    let decision = match install.kind {
        MeshKind::Istio => istio::decide(install, subject),
        MeshKind::Linkerd => linkerd::decide(install, subject),
        MeshKind::Kuma => others::kuma(subject),
        MeshKind::Consul => others::consul(subject),
        MeshKind::Dapr => others::dapr(subject),
    };
    let Verdict::Injected(injected) = decision else { return decision };
    if let Some(refusal) = refused_annotations(install, subject)
        .into_iter()
        .find(|it| it.severity == Severity::Refused)
    {
        return Verdict::Rejected(refusal.why);
    }
    let volumes = subject.workload.pod().into_iter().flat_map(Pod::volumes);
    for volume in volumes {
        if volume_collision(install, volume) == Some(VolumeCollision::Refused) {
            let name = volume.get("name").map_or("", |it| it.text());
            return Verdict::Rejected(format!("volume `{name}` collides with an injected one"));
        }
    }
    let containers = subject.workload.pod().into_iter().flat_map(Pod::all_containers);
    for container in containers {
        match collision(install, container) {
            Some(Collision::Duplicate) => {
                let name = container.name();
                return Verdict::Rejected(format!(
                    "the injected pod has two containers named `{name}`"
                ));
            }
            Some(Collision::ReplacesProxy) => {
                let name = container.name();
                let why = format!("the image of container `{name}` replaces the proxy");
                return Verdict::InjectedButBroken(injected, why);
            }
            Some(Collision::SkipsInjection | Collision::Customises) | None => {}
        }
    }
    Verdict::Injected(injected)
}
