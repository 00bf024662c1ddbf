//! Changes to one object: strategic merge patches and JSON patches, as kustomize applies them.
//!
//! What comes in keeps the place it has in the patch. List fields with a merge key are those of
//! the built-in kinds' `patchMergeKey` (kubernetes/api v0.37); all other lists are replaced.
//! Left out: `$retainKeys`, `$setElementOrder`, `$deleteFromPrimitiveList`, and the JSON patch
//! operations `move`, `copy` and `test`.

use goready_model::{Node, NodeId, NodeKind, Style, Tree, TreeBuilder, pointer};

/// Merges a patch into the mapping at `into`.
pub(super) fn merge(tree: &mut Tree, into: NodeId, patch: Node<'_>, kind: ObjectKind<'_>) {
    if directive(patch) == Some("replace") {
        clear(tree, into);
    }
    for entry in patch.entries().filter(|it| !it.key.text().starts_with('$')) {
        let key = entry.key.text();
        let existing = tree.node(into).and_then(|it| it.get(key));
        let Some(existing) = existing else {
            if !entry.value.is_null() {
                tree.insert(into, Some(entry.key), entry.value, false);
            }
            continue;
        };
        let id = existing.id();
        let same = (existing.kind(), entry.value.kind());
        match (same, kind.merge_key(key)) {
            (_, _) if entry.value.is_null() => tree.remove(id),
            ((NodeKind::Mapping, NodeKind::Mapping), _) => merge(tree, id, entry.value, kind),
            ((NodeKind::Sequence, NodeKind::Sequence), Some(merge_key)) => {
                merge_list(tree, id, entry.value, merge_key, kind);
            }
            // What says the same as before keeps its place: the name, by which it is found.
            _ if existing.is_scalar()
                && same.0 == same.1
                && existing.text() == entry.value.text() => {}
            _ => {
                tree.replace(id, entry.value);
            }
        }
    }
}

/// What decides how lists are merged.
#[derive(Debug, Clone, Copy)]
pub(super) struct ObjectKind<'a> {
    pub(super) group: &'a str,
    pub(super) kind: &'a str,
}

impl ObjectKind<'_> {
    /// The field that tells which items of a list are the same; `None` for lists that a patch
    /// replaces as a whole, as it does all lists of custom resources.
    fn merge_key(self, list: &str) -> Option<&'static str> {
        let is_builtin = !self.group.contains('.') || self.group.ends_with(".k8s.io");
        if !is_builtin {
            return None;
        }
        Some(match list {
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "volumes"
            | "env"
            | "imagePullSecrets"
            | "secrets"
            | "webhooks" => "name",
            "volumeMounts" => "mountPath",
            "volumeDevices" => "devicePath",
            "hostAliases" => "ip",
            "topologySpreadConstraints" => "topologyKey",
            "ports" if self.kind == "Service" => "port",
            "ports" if self.kind != "NetworkPolicy" => "containerPort",
            _ => return None,
        })
    }
}

fn directive(patch: Node<'_>) -> Option<&str> {
    patch.get("$patch")?.as_str()
}

fn clear(tree: &mut Tree, id: NodeId) {
    let children: Vec<NodeId> = tree.node(id).map(children).unwrap_or_default();
    for child in children {
        tree.remove(child);
    }
}

fn children(node: Node<'_>) -> Vec<NodeId> {
    node.items().chain(node.entries().map(|it| it.value)).map(|it| it.id()).collect()
}

/// Items that are the same are merged in their place, new ones come first, as kustomize has it.
fn merge_list(
    tree: &mut Tree,
    into: NodeId,
    patch: Node<'_>,
    merge_key: &str,
    kind: ObjectKind<'_>,
) {
    if patch.items().any(|it| directive(it) == Some("replace")) {
        clear(tree, into);
    }
    let mut new = Vec::new();
    for item in patch.items() {
        let Some(value) = item.get(merge_key) else { continue };
        let same = tree.node(into).and_then(|list| {
            list.items().find(|it| it.get(merge_key).is_some_and(|it| it.text() == value.text()))
        });
        match (same.map(|it| it.id()), directive(item)) {
            (Some(id), Some("delete")) => tree.remove(id),
            (Some(id), _) => merge(tree, id, item, kind),
            (None, Some("delete")) => {}
            (None, _) => new.push(item),
        }
    }
    for item in new.into_iter().rev() {
        tree.insert(into, None, item, true);
    }
}

/// Applies the operations of a JSON patch (RFC 6902) to the object at `root`.
pub(super) fn apply_operations(tree: &mut Tree, root: NodeId, operations: Node<'_>) {
    for operation in operations.items() {
        let text = |key: &str| operation.get(key).and_then(|it| it.as_str());
        let (Some(name), Some(path)) = (text("op"), operation.get("path")) else { continue };
        let steps: Vec<String> = pointer::steps(path.text()).collect();
        let Some((last, parents)) = steps.split_last() else { continue };
        let parent = parents.iter().try_fold(root, |id, step| child(tree, id, step));
        let Some(parent) = parent else { continue };
        let existing = child(tree, parent, last);
        match (name, existing, operation.get("value")) {
            ("remove", Some(id), _) => tree.remove(id),
            ("replace", Some(id), Some(value)) => {
                tree.replace(id, value);
            }
            ("add", existing, Some(value)) => add(tree, parent, last, existing, value, path),
            _ => {}
        }
    }
}

fn add(
    tree: &mut Tree,
    parent: NodeId,
    last: &str,
    existing: Option<NodeId>,
    value: Node<'_>,
    path: Node<'_>,
) {
    let is_sequence = tree.node(parent).is_some_and(|it| it.is_sequence());
    if is_sequence {
        // In the middle of a list it comes last: the order of lists decides nothing that is judged.
        tree.insert(parent, None, value, last == "0");
    } else if let Some(id) = existing {
        tree.replace(id, value);
    } else {
        let key = scalar(last, path);
        tree.insert(parent, key.root(), value, false);
    }
}

pub(super) fn child(tree: &Tree, id: NodeId, step: &str) -> Option<NodeId> {
    let node = tree.node(id)?;
    if node.is_sequence() {
        return node.items().nth(step.parse().ok()?).map(|it| it.id());
    }
    node.get(step).map(|it| it.id())
}

/// A string of its own with the place of another node.
pub(super) fn scalar(text: &str, like: Node<'_>) -> Tree {
    let mut builder = TreeBuilder::default();
    builder.scalar(NodeKind::String, Style::Plain, text, like.place());
    builder.finish()
}

/// `value` below nested mappings with these keys, all at its place: a patch that was written as
/// a field of the kustomization.
pub(super) fn nested(keys: &[&str], value: Node<'_>) -> Tree {
    let mut builder = TreeBuilder::default();
    for key in keys {
        builder.begin(NodeKind::Mapping, Style::Block, value.place());
        builder.key(NodeKind::String, Style::Plain, key, value.name_place());
    }
    builder.scalar(NodeKind::Null, Style::Plain, "", value.place());
    let mut tree = builder.finish();
    let slot = tree.root().and_then(|it| it.path(keys)).map(|it| it.id());
    if let Some(slot) = slot {
        tree.replace(slot, value);
    }
    tree
}
