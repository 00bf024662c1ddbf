//! Kubernetes objects: their identity, the render unit they belong to, and typed views over the
//! document tree. A view reads lazily, so every value keeps the place it was written at.

use std::sync::Arc;

use crate::{Field, FileId, Located, Node, NodeId, Place, Tree};

/// An object of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub u32);

/// A workload of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkloadId(pub u32);

/// A Service of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(pub u32);

/// A HorizontalPodAutoscaler of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AutoscalerId(pub u32);

/// A render unit of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub u32);

/// What is applied together: cross-object rules judge inside one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub kind: UnitKind,
    /// Directory relative to the project root, `.` for the root itself.
    pub dir: String,
    /// The namespace of objects that name none; `None` when it is decided at apply time.
    pub namespace: Option<String>,
    /// The unit says that it is only a part (configuration `partial = true`): rules about
    /// missing objects stay silent.
    pub partial: bool,
}

/// How the objects of a unit come together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitKind {
    /// Plain manifests of a directory tree.
    Plain,
    /// A kustomization, at its file.
    Kustomization(FileId),
    /// A chart rendered with a set of values, by the set's name.
    Chart { chart: String, render: String },
}

/// One Kubernetes object as written.
#[derive(Debug, Clone)]
pub struct Object {
    pub id: ObjectId,
    pub unit: UnitId,
    pub tree: Arc<Tree>,
    /// The object's own root: an item for objects inside a List.
    pub root: NodeId,
    /// Index of the document in its file, from 0.
    pub document: usize,
    pub file: FileId,
    /// `apps/v1`; empty when absent.
    pub api_version: String,
    pub kind: String,
    /// As written; empty when absent or not known (see [`Object::namespace_in`]).
    pub namespace: String,
    /// As written, or `generateName`; empty when not known.
    pub name: String,
    /// A patch of a kustomization or another fragment: no absence may be concluded from it.
    pub partial: bool,
    /// A hook that only runs in tests (`helm.sh/hook: test`).
    pub chart_test: bool,
    /// In documentation, examples or tests: nobody runs it as it stands.
    pub sample: bool,
}

impl Object {
    pub fn node(&self) -> Option<Node<'_>> {
        self.tree.node(self.root)
    }

    /// API group, empty for core.
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// API version without the group.
    pub fn version(&self) -> &str {
        self.api_version.rsplit_once('/').map_or(&*self.api_version, |(_, version)| version)
    }

    /// The namespace the object lands in within its unit, `None` when that is not known.
    pub fn namespace_in<'a>(&'a self, unit: &'a Unit) -> Option<&'a str> {
        if self.namespace.is_empty() { unit.namespace.as_deref() } else { Some(&self.namespace) }
    }

    /// The place that names the object: `metadata.name`, else `kind`, else the root.
    pub fn name_place(&self) -> Option<Place> {
        let node = self.node()?;
        let name = node.path(&["metadata", "name"]).or_else(|| node.get("kind")).unwrap_or(node);
        Some(name.place())
    }

    pub fn metadata(&self) -> Option<Node<'_>> {
        self.node()?.get("metadata")
    }

    pub fn spec(&self) -> Option<Node<'_>> {
        self.node()?.get("spec")
    }

    /// A label's value node.
    pub fn label(&self, key: &str) -> Option<Node<'_>> {
        self.metadata()?.get("labels")?.get(key)
    }

    /// An annotation's value node.
    pub fn annotation(&self, key: &str) -> Option<Node<'_>> {
        self.metadata()?.get("annotations")?.get(key)
    }

    /// JSON pointer of a node from this object's root.
    pub fn pointer(&self, node: Node<'_>) -> String {
        node.pointer_from(self.root)
    }
}

/// Kinds that hold a pod template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    ReplicationController,
    Job,
    CronJob,
    Pod,
    PodTemplate,
    /// Argo Rollout.
    Rollout,
    /// Knative Service.
    KnativeService,
    /// OpenShift DeploymentConfig.
    DeploymentConfig,
}

impl WorkloadKind {
    /// From an object's group and kind.
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        Some(match (group, kind) {
            ("apps" | "extensions", "Deployment") => Self::Deployment,
            ("apps", "StatefulSet") => Self::StatefulSet,
            ("apps" | "extensions", "DaemonSet") => Self::DaemonSet,
            ("apps" | "extensions", "ReplicaSet") => Self::ReplicaSet,
            ("", "ReplicationController") => Self::ReplicationController,
            ("batch", "Job") => Self::Job,
            ("batch", "CronJob") => Self::CronJob,
            ("", "Pod") => Self::Pod,
            ("", "PodTemplate") => Self::PodTemplate,
            ("argoproj.io", "Rollout") => Self::Rollout,
            ("serving.knative.dev", "Service") => Self::KnativeService,
            ("apps.openshift.io", "DeploymentConfig") => Self::DeploymentConfig,
            _ => return None,
        })
    }

    /// Keys from the object's root to its pod template (the object itself for a Pod).
    pub fn template_path(self) -> &'static [&'static str] {
        match self {
            Self::Pod => &[],
            Self::CronJob => &["spec", "jobTemplate", "spec", "template"],
            Self::PodTemplate => &["template"],
            _ => &["spec", "template"],
        }
    }

    /// Whether its pods run to completion.
    pub fn is_job(self) -> bool {
        matches!(self, Self::Job | Self::CronJob)
    }

    /// Whether a built-in controller decides everything about it.
    pub fn is_builtin(self) -> bool {
        !matches!(self, Self::Rollout | Self::KnativeService | Self::DeploymentConfig)
    }
}

/// An object with a pod template.
#[derive(Debug, Clone)]
pub struct Workload {
    pub id: WorkloadId,
    pub object: ObjectId,
    pub kind: WorkloadKind,
    pub tree: Arc<Tree>,
    /// The node that holds the pod's `metadata` and `spec`.
    pub template: NodeId,
    pub object_root: NodeId,
}

impl Workload {
    pub fn object_node(&self) -> Option<Node<'_>> {
        self.tree.node(self.object_root)
    }

    pub fn template_node(&self) -> Option<Node<'_>> {
        self.tree.node(self.template)
    }

    /// The pod's `metadata`.
    pub fn pod_metadata(&self) -> Option<Node<'_>> {
        self.template_node()?.get("metadata")
    }

    pub fn pod_label(&self, key: &str) -> Option<Node<'_>> {
        self.pod_metadata()?.get("labels")?.get(key)
    }

    pub fn pod_annotation(&self, key: &str) -> Option<Node<'_>> {
        self.pod_metadata()?.get("annotations")?.get(key)
    }

    /// The pod's `spec`, `None` when the template has none.
    pub fn pod(&self) -> Option<Pod<'_>> {
        Some(Pod { node: self.template_node()?.get("spec")? })
    }

    /// Replicas as written; jobs, DaemonSets and pods have none.
    pub fn replicas(&self) -> Field<i64> {
        match self.object_node().and_then(|it| it.get("spec")) {
            Some(spec) => spec.int_field("replicas"),
            None => self.object_node().map_or_else(
                || Field::Dynamic(Place::new(FileId(0), 0, 0)),
                |it| Field::Unset(it.name_place()),
            ),
        }
    }
}

/// View of a pod spec.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'t> {
    pub node: Node<'t>,
}

impl<'t> Pod<'t> {
    fn list(self, key: &str, kind: ContainerKind) -> impl Iterator<Item = Container<'t>> + use<'t> {
        let list = self.node.get(key);
        list.into_iter().flat_map(|it| it.items()).map(move |node| Container { node, kind })
    }

    /// `spec.containers`.
    pub fn containers(self) -> impl Iterator<Item = Container<'t>> + use<'t> {
        self.list("containers", ContainerKind::Main)
    }

    /// `spec.initContainers`; those with `restartPolicy: Always` are sidecars.
    pub fn init_containers(self) -> impl Iterator<Item = Container<'t>> + use<'t> {
        self.list("initContainers", ContainerKind::Init).map(|it| {
            let sidecar = it.node.str_field("restartPolicy").value() == Some("Always");
            Container {
                kind: if sidecar { ContainerKind::Sidecar } else { ContainerKind::Init },
                ..it
            }
        })
    }

    /// Init containers, then containers.
    pub fn all_containers(self) -> impl Iterator<Item = Container<'t>> + use<'t> {
        self.init_containers().chain(self.containers())
    }

    /// Containers that live as long as the pod: containers and sidecars.
    pub fn running_containers(self) -> impl Iterator<Item = Container<'t>> + use<'t> {
        self.all_containers().filter(|it| it.kind != ContainerKind::Init)
    }

    pub fn volumes(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.node.get("volumes").into_iter().flat_map(|it| it.items())
    }

    /// Seconds between SIGTERM (before `preStop`) and SIGKILL; 30 when unset
    /// (kubernetes/api core/v1 `DefaultTerminationGracePeriodSeconds`).
    pub fn grace_period_seconds(self) -> Field<i64> {
        self.node.int_field("terminationGracePeriodSeconds")
    }

    pub fn host_network(self) -> Field<bool> {
        self.node.bool_field("hostNetwork")
    }

    pub fn security_context(self) -> Option<Node<'t>> {
        self.node.get("securityContext")
    }

    /// A field of a container's security context, else of the pod's, as the kubelet decides
    /// (kubernetes pkg/securitycontext/util.go, `DetermineEffectiveSecurityContext`).
    pub fn security_field<T>(
        self,
        container: Container<'t>,
        key: &str,
        with: impl Fn(Node<'t>) -> Option<T>,
    ) -> Field<T> {
        let own = container.security_context().map(|it| it.field(key, &with));
        match own {
            Some(field) if !field.is_unset() => field,
            _ => match self.security_context() {
                Some(context) => context.field(key, &with),
                None => Field::Unset(container.node.name_place()),
            },
        }
    }
}

/// Where a container stands in the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContainerKind {
    Main,
    /// Runs before the containers and ends.
    Init,
    /// An init container with `restartPolicy: Always`.
    Sidecar,
}

/// View of a container.
#[derive(Debug, Clone, Copy)]
pub struct Container<'t> {
    pub node: Node<'t>,
    pub kind: ContainerKind,
}

impl<'t> Container<'t> {
    /// The name, empty when absent or not known.
    pub fn name(self) -> &'t str {
        self.node.str_field("name").value().unwrap_or("")
    }

    pub fn image(self) -> Field<&'t str> {
        self.node.str_field("image")
    }

    /// Entries of `env`, in order.
    pub fn env(self) -> impl Iterator<Item = EnvEntry<'t>> + use<'t> {
        self.node.get("env").into_iter().flat_map(|it| it.items()).map(|node| EnvEntry { node })
    }

    /// The last entry of a name: the one that counts.
    pub fn env_named(self, name: &str) -> Option<EnvEntry<'t>> {
        self.env().filter(|it| it.name() == name).last()
    }

    pub fn ports(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.node.get("ports").into_iter().flat_map(|it| it.items())
    }

    pub fn volume_mounts(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.node.get("volumeMounts").into_iter().flat_map(|it| it.items())
    }

    /// A quantity text in `resources.limits` or `resources.requests`.
    pub fn resource(self, list: &str, resource: &str) -> Field<&'t str> {
        match self.node.path(&["resources", list]) {
            Some(node) => node.scalar_field(resource),
            None => Field::Unset(
                self.node.get("resources").map_or(self.node.name_place(), |it| it.name_place()),
            ),
        }
    }

    /// The three probes that are present.
    pub fn probes(self) -> impl Iterator<Item = Probe<'t>> + use<'t> {
        [ProbeKind::Liveness, ProbeKind::Readiness, ProbeKind::Startup].into_iter().filter_map(
            move |kind| {
                let node = self.node.get(kind.key())?;
                node.is_mapping().then_some(Probe { kind, node })
            },
        )
    }

    /// `lifecycle.preStop`.
    pub fn pre_stop(self) -> Option<Node<'t>> {
        self.node.path(&["lifecycle", "preStop"])
    }

    /// `command`, item by item; empty when unset.
    pub fn command(self) -> Vec<Node<'t>> {
        self.node.get("command").map(|it| it.items().collect()).unwrap_or_default()
    }

    /// `args`, item by item; empty when unset.
    pub fn args(self) -> Vec<Node<'t>> {
        self.node.get("args").map(|it| it.items().collect()).unwrap_or_default()
    }

    pub fn security_context(self) -> Option<Node<'t>> {
        self.node.get("securityContext")
    }
}

/// View of an `env` entry.
#[derive(Debug, Clone, Copy)]
pub struct EnvEntry<'t> {
    pub node: Node<'t>,
}

impl<'t> EnvEntry<'t> {
    pub fn name(self) -> &'t str {
        self.node.str_field("name").value().unwrap_or("")
    }

    /// The literal value; unset with `valueFrom`.
    pub fn value(self) -> Field<&'t str> {
        self.node.str_field("value")
    }

    pub fn value_from(self) -> Option<Node<'t>> {
        self.node.get("valueFrom")
    }
}

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProbeKind {
    Liveness,
    Readiness,
    Startup,
}

impl ProbeKind {
    pub fn key(self) -> &'static str {
        match self {
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
            Self::Startup => "startupProbe",
        }
    }
}

/// View of a probe.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'t> {
    pub kind: ProbeKind,
    pub node: Node<'t>,
}

/// The port a probe or hook uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandlerPort<'t> {
    Number(i64),
    Name(&'t str),
}

impl<'t> Probe<'t> {
    /// The port of `httpGet`, `tcpSocket` or `grpc`.
    pub fn port(self) -> Option<Located<HandlerPort<'t>>> {
        ["httpGet", "tcpSocket", "grpc"]
            .into_iter()
            .find_map(|it| HandlerPort::of(self.node.get(it)?))
    }

    /// The path of `httpGet`.
    pub fn http_path(self) -> Field<&'t str> {
        match self.node.get("httpGet") {
            Some(node) => node.str_field("path"),
            None => Field::Unset(self.node.name_place()),
        }
    }
}

impl<'t> HandlerPort<'t> {
    /// The `port` of a handler; a string of digits is a name for Kubernetes and stays one.
    pub fn of(handler: Node<'t>) -> Option<Located<Self>> {
        let node = handler.get("port")?;
        let port = match node.as_i64() {
            Some(number) => HandlerPort::Number(number),
            None => HandlerPort::Name(node.as_str()?),
        };
        Some(Located::new(port, node.place()))
    }
}

/// A Service object.
#[derive(Debug, Clone)]
pub struct Service {
    pub id: ServiceId,
    pub object: ObjectId,
    pub tree: Arc<Tree>,
    pub root: NodeId,
}

impl Service {
    pub fn spec(&self) -> Option<Node<'_>> {
        self.tree.node(self.root)?.get("spec")
    }

    /// `spec.selector`, `None` for a Service without one.
    pub fn selector(&self) -> Option<Node<'_>> {
        self.spec()?.get("selector")
    }

    pub fn ports(&self) -> impl Iterator<Item = Node<'_>> {
        self.spec().and_then(|it| it.get("ports")).into_iter().flat_map(|it| it.items())
    }
}

/// A HorizontalPodAutoscaler.
#[derive(Debug, Clone)]
pub struct Autoscaler {
    pub id: AutoscalerId,
    pub object: ObjectId,
    pub tree: Arc<Tree>,
    pub root: NodeId,
}

impl Autoscaler {
    pub fn spec(&self) -> Option<Node<'_>> {
        self.tree.node(self.root)?.get("spec")
    }

    pub fn target(&self) -> Option<Node<'_>> {
        self.spec()?.get("scaleTargetRef")
    }

    pub fn metrics(&self) -> impl Iterator<Item = Node<'_>> {
        self.spec().and_then(|it| it.get("metrics")).into_iter().flat_map(|it| it.items())
    }
}
