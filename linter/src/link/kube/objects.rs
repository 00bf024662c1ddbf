//! Documents that are Kubernetes objects, with Lists expanded.

use std::{collections::BTreeMap, sync::Arc};

use goready_model::{
    Autoscaler, AutoscalerId, Document, FileId, FileKind, Node, NodeId, Object, ObjectId, Project,
    Service, ServiceId, Tree, Unit, UnitId, UnitKind, Workload, WorkloadId, WorkloadKind,
};

use super::{kustomize::Kustomizations, units};
use crate::link::Input;

/// An object as its document has it, before its unit is known.
pub(super) struct Found {
    pub(super) file: FileId,
    pub(super) document: usize,
    pub(super) tree: Arc<Tree>,
    pub(super) root: NodeId,
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    /// The document broke off.
    pub(super) truncated: bool,
}

/// What makes two objects the same one in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    group: String,
    kind: String,
    namespace: String,
    name: String,
}

impl Found {
    /// `None` for an object without a name of its own: nothing else can be the same object.
    pub(super) fn identity(&self) -> Option<Identity> {
        let has_name = self.tree.node(self.root)?.path(&["metadata", "name"]).is_some();
        (has_name && !self.name.is_empty()).then(|| Identity {
            group: self.api_version.rsplit_once('/').map_or("", |(group, _)| group).to_owned(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        })
    }
}

/// All objects of all manifests, in the order of files and documents.
pub(super) fn find(input: &Input<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for it in input.files.iter().filter(|it| it.facts.kind == FileKind::Manifest) {
        for document in &it.facts.documents {
            add_document(it.file, document, &mut found);
        }
    }
    found
}

/// The objects of one document.
pub(super) fn add_document(file: FileId, document: &Document, found: &mut Vec<Found>) {
    if let Some(root) = document.tree.root() {
        add(file, document, root, found);
    }
}

fn add(file: FileId, document: &Document, node: Node<'_>, found: &mut Vec<Found>) {
    if !node.is_mapping() {
        return;
    }
    let (api_version, kind) = (text(node, &["apiVersion"]), text(node, &["kind"]));
    // `List`, and typed lists such as `ConfigMapList`; a list has no name of its own.
    let items = node.get("items").filter(Node::is_sequence);
    let name = node.path(&["metadata", "name"]);
    if let (true, Some(items), None) = (kind.ends_with("List"), items, name) {
        for item in items.items() {
            add(file, document, item, found);
        }
        return;
    }
    // With one of the two missing it takes metadata to tell an object from a configuration file.
    let has_metadata = node.get("metadata").is_some_and(|it| it.is_mapping());
    let (has_version, has_kind) = (node.get("apiVersion").is_some(), node.get("kind").is_some());
    let is_object = has_version && has_kind || (has_version || has_kind) && has_metadata;
    if !is_object {
        return;
    }
    let name = text(node, &["metadata", "name"]);
    found.push(Found {
        file,
        document: document.index,
        tree: document.tree.clone(),
        root: node.id(),
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: text(node, &["metadata", "namespace"]).to_owned(),
        name: if name.is_empty() { text(node, &["metadata", "generateName"]) } else { name }
            .to_owned(),
        truncated: document.truncated,
    });
}

/// The string at a path, empty when it is not there or not known.
fn text<'t>(node: Node<'t>, path: &[&str]) -> &'t str {
    node.path(path).and_then(|it| it.as_str()).unwrap_or("")
}

/// Fills objects and the views that rules start from.
pub(super) fn fill(
    input: &Input<'_>,
    project: &mut Project,
    found: &[Found],
    kustomizations: &Kustomizations,
    unit_of: &BTreeMap<FileId, UnitId>,
    rendered: &[(UnitId, Vec<Found>)],
) {
    let paths: BTreeMap<FileId, &str> = input.files.iter().map(|it| (it.file, it.path)).collect();
    for it in found {
        let Some(unit) = unit_of.get(&it.file).copied() else { continue };
        let path = paths.get(&it.file).copied().unwrap_or("");
        let moved_to = kustomizations.namespace_of(path).filter(|_| !is_cluster_scoped(&it.kind));
        let object = object(project, unit, it, path);
        project.objects.push(Object {
            namespace: moved_to.unwrap_or(&it.namespace).to_owned(),
            partial: it.truncated
                || kustomizations.is_patch(path)
                || (is_left_out(project.unit(unit), path, kustomizations) && is_fragment(&object)),
            ..object
        });
    }
    for generated in kustomizations.generated() {
        let Some(unit) = unit_of.get(&generated.file).copied() else { continue };
        let id = ObjectId(project.objects.len() as u32);
        project.objects.push(Object { id, unit, ..generated.clone() });
    }
    for (unit, found) in rendered {
        for it in found {
            let path = paths.get(&it.file).copied().unwrap_or("");
            let object = object(project, *unit, it, path);
            project.objects.push(object);
        }
    }
    views(project);
}

/// Whether a file lies beside a kustomization and is no part of any.
fn is_left_out(unit: &Unit, path: &str, kustomizations: &Kustomizations) -> bool {
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
    unit.kind == UnitKind::Plain && kustomizations.holds(dir)
}

/// Whether an object can only be a patch: a workload without the selector that it must have.
fn is_fragment(object: &Object) -> bool {
    let kind = WorkloadKind::of(object.group(), &object.kind);
    let must_select = matches!(
        kind,
        Some(WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet)
    );
    must_select && object.spec().is_some_and(|it| it.get("selector").is_none())
}

fn object(project: &Project, unit: UnitId, found: &Found, path: &str) -> Object {
    Object {
        id: ObjectId(project.objects.len() as u32),
        unit,
        tree: found.tree.clone(),
        root: found.root,
        document: found.document,
        file: found.file,
        api_version: found.api_version.clone(),
        kind: found.kind.clone(),
        namespace: found.namespace.clone(),
        name: found.name.clone(),
        partial: found.truncated,
        chart_test: false,
        sample: units::is_sample(path),
    }
}

/// Workloads, Services and autoscalers among the objects.
fn views(project: &mut Project) {
    let Project { objects, workloads, services, autoscalers, .. } = project;
    for object in objects.iter_mut() {
        object.chart_test = is_chart_test(object);
    }
    for object in objects.iter().filter(|it| !it.partial) {
        let (id, tree, root) = (object.id, object.tree.clone(), object.root);
        if let Some(workload) = workload(object, workloads.len()) {
            workloads.push(workload);
        }
        match (object.group(), object.kind.as_str()) {
            ("", "Service") => {
                services.push(Service {
                    id: ServiceId(services.len() as u32),
                    object: id,
                    tree,
                    root,
                });
            }
            ("autoscaling", "HorizontalPodAutoscaler") => {
                let next = AutoscalerId(autoscalers.len() as u32);
                autoscalers.push(Autoscaler { id: next, object: id, tree, root });
            }
            _ => {}
        }
    }
}

/// The workload view; `None` without a pod template that can be read.
fn workload(object: &Object, index: usize) -> Option<Workload> {
    let kind = WorkloadKind::of(object.group(), &object.kind)?;
    let template = object.node()?.path(kind.template_path()).filter(Node::is_mapping)?;
    Some(Workload {
        id: WorkloadId(index as u32),
        object: object.id,
        kind,
        tree: object.tree.clone(),
        template: template.id(),
        object_root: object.root,
    })
}

/// `helm.sh/hook` with `test` or the old `test-success` among its values.
fn is_chart_test(object: &Object) -> bool {
    let hooks = object.annotation("helm.sh/hook").and_then(|it| it.as_str()).unwrap_or("");
    hooks.split(',').any(|it| matches!(it.trim(), "test" | "test-success" | "test-failure"))
}

/// Built-in kinds without a namespace (kubectl api-resources --namespaced=false, Kubernetes 1.37),
/// which a kustomization's `namespace` leaves alone.
fn is_cluster_scoped(kind: &str) -> bool {
    matches!(
        kind,
        "APIService"
            | "CSIDriver"
            | "CSINode"
            | "CertificateSigningRequest"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "ClusterTrustBundle"
            | "CustomResourceDefinition"
            | "DeviceClass"
            | "FlowSchema"
            | "IPAddress"
            | "IngressClass"
            | "MutatingAdmissionPolicy"
            | "MutatingAdmissionPolicyBinding"
            | "MutatingWebhookConfiguration"
            | "Namespace"
            | "Node"
            | "PersistentVolume"
            | "PriorityClass"
            | "PriorityLevelConfiguration"
            | "ResourceSlice"
            | "RuntimeClass"
            | "ServiceCIDR"
            | "StorageClass"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "ValidatingWebhookConfiguration"
            | "VolumeAttachment"
            | "VolumeAttributesClass"
    )
}
