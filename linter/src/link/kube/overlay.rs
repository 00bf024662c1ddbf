//! What kustomizations change in the objects they gather: patches, labels, annotations, replicas,
//! images and replacements, in the order of kustomize's built-in transformers (kustomize api v0.21.2,
//! `internal/target/kusttarget_configplugin.go`). Changed values stand where the kustomization or its patch has them.
//!
//! An object is changed by the chain of kustomizations of its own unit only. A patch that deletes
//! its object is left out: the object is still deployed by the base and other overlays.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use goready_model::{FileId, Node, NodeId, Tree, WorkloadKind};

use super::{
    kustomize::{Kustomization, Kustomizations, list},
    objects::Found,
    patch::{self, ObjectKind},
    replace,
};
use crate::{link::Input, paths::join};

/// Applies everything that kustomizations say to the objects of their units.
pub(super) fn apply(input: &Input<'_>, kustomizations: &Kustomizations, found: &mut [Found]) {
    if kustomizations.roots().is_empty() {
        return;
    }
    let mut documents: BTreeMap<&str, Vec<Arc<Tree>>> = BTreeMap::new();
    let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let paths: BTreeMap<FileId, &str> = input.files.iter().map(|it| (it.file, it.path)).collect();
    for it in input.files {
        let trees = it.facts.documents.iter().map(|document| document.tree.clone());
        documents.insert(it.path, trees.collect());
    }
    for (index, object) in found.iter().enumerate() {
        if let Some(path) = paths.get(&object.file) {
            by_path.entry(path).or_default().push(index);
        }
    }
    for root in kustomizations.root_indices() {
        let mut building = Building {
            kustomizations,
            documents: &documents,
            by_path: &by_path,
            root,
            seen: BTreeSet::new(),
        };
        building.gather(root, Vec::new(), found);
    }
}

struct Building<'a> {
    kustomizations: &'a Kustomizations,
    documents: &'a BTreeMap<&'a str, Vec<Arc<Tree>>>,
    /// Objects of a file.
    by_path: &'a BTreeMap<&'a str, Vec<usize>>,
    root: usize,
    seen: BTreeSet<usize>,
}

impl Building<'_> {
    /// The objects a kustomization yields, given those that it changes as a component.
    fn gather(&mut self, index: usize, given: Vec<usize>, found: &mut [Found]) -> Vec<usize> {
        let kustomizations = self.kustomizations;
        let owned = kustomizations.owner(index) == Some(self.root);
        let Some(kustomization) = kustomizations.get(index).filter(|_| owned) else { return given };
        if !self.seen.insert(index) {
            return given;
        }
        let mut gathered = given;
        for base in &kustomization.bases {
            gathered.extend(self.gather(*base, Vec::new(), found));
        }
        for path in &kustomization.resources {
            gathered.extend(self.by_path.get(path.as_str()).into_iter().flatten());
        }
        for component in &kustomization.components {
            gathered = self.gather(*component, gathered, found);
        }
        self.change(kustomization, &gathered, found);
        gathered
    }

    /// Applies one kustomization's own changes.
    fn change(&self, kustomization: &Kustomization, gathered: &[usize], found: &mut [Found]) {
        let Some(root) = kustomization.root() else { return };
        let steps: [&dyn Fn(&mut Found); 7] = [
            &|it| self.patch(kustomization, &["patchesStrategicMerge", "patches"], it),
            &|it| label(root, it),
            &|it| annotate(root, it),
            &|it| self.patch(kustomization, &["patchesJson6902"], it),
            &|it| scale(root, it),
            &|it| rename_images(root, it),
            &|it| self.replace(kustomization, it),
        ];
        for step in steps {
            for index in gathered {
                if let Some(object) = found.get_mut(*index) {
                    step(object);
                }
            }
        }
    }

    /// Applies the patches of some lists that are meant for the object.
    fn patch(&self, kustomization: &Kustomization, lists: &[&str], object: &mut Found) {
        let Some(root) = kustomization.root() else { return };
        for entry in lists.iter().flat_map(|it| list(root, it)) {
            let target = entry.get("target");
            if target.is_some_and(|it| !selects(it, object)) {
                continue;
            }
            for tree in self.patch_trees(kustomization, entry) {
                let Some(content) = tree.root() else { continue };
                let root = object.root;
                if content.is_sequence() {
                    if target.is_some() {
                        patch::apply_operations(Arc::make_mut(&mut object.tree), root, content);
                    }
                } else if target.is_some() || names(content, object) {
                    merge(object, content);
                }
            }
        }
    }

    /// Applies `replacements`, written in place or in files of their own.
    fn replace(&self, kustomization: &Kustomization, object: &mut Found) {
        let Some(root) = kustomization.root() else { return };
        for entry in list(root, "replacements") {
            let path = entry.get("path").and_then(|it| join(&kustomization.dir, it.as_str()?));
            let trees = path.and_then(|it| self.documents.get(it.as_str()));
            let Some(trees) = trees else {
                replace::apply(entry, object);
                continue;
            };
            for content in trees.iter().filter_map(|it| it.root()) {
                if content.is_sequence() {
                    content.items().for_each(|it| replace::apply(it, object));
                } else {
                    replace::apply(content, object);
                }
            }
        }
    }

    /// The documents of a patch: those of its file, or those written in its place.
    fn patch_trees(&self, kustomization: &Kustomization, entry: Node<'_>) -> Vec<Arc<Tree>> {
        let path = if entry.is_mapping() { entry.get("path") } else { Some(entry) };
        let path = path.and_then(|it| it.as_str()).and_then(|it| join(&kustomization.dir, it));
        if let Some(trees) = path.and_then(|it| self.documents.get(it.as_str())) {
            return trees.clone();
        }
        let text = if entry.is_mapping() { entry.get("patch") } else { Some(entry) };
        let Some(bounds) = text.map(|it| it.place().at) else { return Vec::new() };
        let inline = kustomization.trees.iter().skip(1);
        let inside = |it: &&Arc<Tree>| it.root().is_some_and(|it| bounds.contains(it.place().at));
        inline.filter(inside).cloned().collect()
    }
}

fn merge(object: &mut Found, content: Node<'_>) {
    if content.get("$patch").is_some_and(|it| it.text() == "delete") {
        return;
    }
    let group = group_of(&object.api_version).to_owned();
    let kind = object.kind.clone();
    let kind = ObjectKind { group: &group, kind: &kind };
    patch::merge(Arc::make_mut(&mut object.tree), object.root, content, kind);
}

fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// Whether a patch names the object itself.
fn names(content: Node<'_>, object: &Found) -> bool {
    let text = |path: &[&str]| content.path(path).and_then(|it| it.as_str()).unwrap_or("");
    let namespace = text(&["metadata", "namespace"]);
    text(&["kind"]) == object.kind
        && text(&["metadata", "name"]) == object.name
        && group_of(text(&["apiVersion"])) == group_of(&object.api_version)
        && (namespace.is_empty() || object.namespace.is_empty() || namespace == object.namespace)
}

/// Whether a `target` selects the object. Fields are regular expressions for the whole text; of
/// those only `.*` is understood, any other one selects nothing.
pub(super) fn selects(target: Node<'_>, object: &Found) -> bool {
    let version = object.api_version.rsplit('/').next().unwrap_or("");
    let fields = [
        ("group", group_of(&object.api_version)),
        ("version", version),
        ("kind", &object.kind),
        ("name", &object.name),
        ("namespace", &object.namespace),
    ];
    let known = |key: &str| target.get(key).and_then(|it| it.as_str()).unwrap_or("");
    let node = object.tree.node(object.root);
    let labels = |key: &str, field: &str| {
        let wanted = known(key);
        wanted.is_empty()
            || wanted.split(',').all(|pair| {
                let Some((name, value)) = pair.split_once('=') else { return false };
                let value = value.trim_start_matches('=').trim();
                let set = node.and_then(|it| it.path(&["metadata", field])?.get(name.trim()));
                set.is_some_and(|it| it.text() == value)
            })
    };
    fields.iter().all(|(key, value)| {
        let pattern = known(key);
        // The namespace may be set by a kustomization further out.
        pattern.is_empty() || matches(pattern, value) || *key == "namespace" && value.is_empty()
    }) && labels("labelSelector", "labels")
        && labels("annotationSelector", "annotations")
}

/// Whether a pattern of literal text and `.*` is the whole of a text.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    let Some((head, tail)) = pattern.split_once(".*") else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let mut pieces: Vec<&str> = tail.split(".*").collect();
    let last = pieces.pop().unwrap_or("");
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// `commonLabels`, and `labels` with what each entry includes.
fn label(root: Node<'_>, object: &mut Found) {
    if let Some(pairs) = root.get("commonLabels") {
        add_labels(pairs, true, true, object);
    }
    for entry in list(root, "labels") {
        let Some(pairs) = entry.get("pairs") else { continue };
        let says = |key: &str| entry.bool_field(key).value() == Some(true);
        let selectors = says("includeSelectors");
        add_labels(pairs, selectors, selectors || says("includeTemplates"), object);
    }
}

fn add_labels(pairs: Node<'_>, selectors: bool, templates: bool, object: &mut Found) {
    set(object, &["metadata", "labels"], pairs);
    let workload = WorkloadKind::of(group_of(&object.api_version), &object.kind);
    if let Some(kind) = workload.filter(|it| templates && *it != WorkloadKind::Pod) {
        set(object, &[kind.template_path(), &["metadata", "labels"]].concat(), pairs);
    }
    if !selectors {
        return;
    }
    let has = |object: &Found, path: &[&str]| {
        object.tree.node(object.root).is_some_and(|it| it.path(path).is_some())
    };
    match (group_of(&object.api_version), object.kind.as_str()) {
        ("", "Service" | "ReplicationController") => set(object, &["spec", "selector"], pairs),
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            set(object, &["spec", "selector", "matchLabels"], pairs);
        }
        ("policy", "PodDisruptionBudget") if has(object, &["spec", "selector"]) => {
            set(object, &["spec", "selector", "matchLabels"], pairs);
        }
        ("networking.k8s.io", "NetworkPolicy") if has(object, &["spec", "podSelector"]) => {
            set(object, &["spec", "podSelector", "matchLabels"], pairs);
        }
        _ => {}
    }
}

/// `commonAnnotations`, on objects and pod templates.
fn annotate(root: Node<'_>, object: &mut Found) {
    let Some(pairs) = root.get("commonAnnotations") else { return };
    set(object, &["metadata", "annotations"], pairs);
    let workload = WorkloadKind::of(group_of(&object.api_version), &object.kind);
    if let Some(kind) = workload.filter(|it| *it != WorkloadKind::Pod) {
        set(object, &[kind.template_path(), &["metadata", "annotations"]].concat(), pairs);
    }
}

/// `replicas`.
fn scale(root: Node<'_>, object: &mut Found) {
    let scales = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];
    if !scales.contains(&object.kind.as_str()) {
        return;
    }
    for entry in list(root, "replicas") {
        let is_named = entry.get("name").is_some_and(|it| it.text() == object.name);
        if let Some(count) = entry.get("count").filter(|_| is_named) {
            set(object, &["spec", "replicas"], count);
        }
    }
}

/// Merges a value in at a path.
fn set(object: &mut Found, path: &[&str], value: Node<'_>) {
    let tree = patch::nested(path, value);
    if let Some(content) = tree.root() {
        merge(object, content);
    }
}

/// `images`: new names, tags and digests, standing where the kustomization has them.
fn rename_images(root: Node<'_>, object: &mut Found) {
    let entries: Vec<Node<'_>> = list(root, "images").collect();
    let Some(kind) = WorkloadKind::of(group_of(&object.api_version), &object.kind) else { return };
    if entries.is_empty() {
        return;
    }
    let path = [kind.template_path(), &["spec"]].concat();
    let Some(pod) = object.tree.node(object.root).and_then(|it| it.path(&path)) else { return };
    let containers = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    let images = containers.flat_map(|it| list(pod, it)).filter_map(|it| it.get("image"));
    let changes: Vec<(NodeId, Tree)> = images
        .filter_map(|image| {
            let (name, suffix) = split_image(image.as_str()?);
            let entry =
                entries.iter().find(|it| it.get("name").is_some_and(|it| it.text() == name))?;
            let given = |key: &str| entry.get(key).filter(|it| !it.is_null());
            let new_name = given("newName").map_or(name, |it| it.text());
            let suffix = match (given("digest"), given("newTag")) {
                (Some(digest), _) => format!("@{}", digest.text()),
                (None, Some(tag)) => format!(":{}", tag.text()),
                (None, None) => suffix.to_owned(),
            };
            let written = given("digest").or(given("newTag")).or(given("newName"))?;
            Some((image.id(), patch::scalar(&format!("{new_name}{suffix}"), written)))
        })
        .collect();
    for (id, new) in changes {
        if let Some(new) = new.root() {
            Arc::make_mut(&mut object.tree).replace(id, new);
        }
    }
}

/// The name of an image, and its tag or digest with the separator.
fn split_image(image: &str) -> (&str, &str) {
    if let Some(at) = image.find('@') {
        return image.split_at(at);
    }
    let after_path = image.rfind('/').map_or(0, |it| it + 1);
    match image[after_path..].find(':') {
        Some(at) => image.split_at(after_path + at),
        None => (image, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_match_literally_or_with_wildcards() {
        assert!(matches("api", "api") && !matches("api", "api-2"));
        assert!(matches("api-.*", "api-2") && matches(".*", "") && matches("^.*api$", "my-api"));
        assert!(matches("a.*b.*c", "a1b2c") && !matches("a.*b.*c", "a1c2b"));
    }

    #[test]
    fn images_are_split_at_tag_or_digest() {
        assert_eq!(split_image("localhost:5000/api:1.2"), ("localhost:5000/api", ":1.2"));
        assert_eq!(split_image("localhost:5000/api"), ("localhost:5000/api", ""));
        assert_eq!(split_image("api@sha256:00"), ("api", "@sha256:00"));
    }
}
