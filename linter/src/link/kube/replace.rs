//! `replacements` of kustomizations (kustomize api v0.21.2, `internal/builtins/ReplacementTransformer.go`).
//!
//! The value comes from another object after all other changes, so a field that gets one is only
//! known not to be what is written: it becomes unknown. Where `create` makes a field, it is there
//! and unknown as well.

use std::sync::Arc;

use goready_model::{Node, NodeId, NodeKind, Style, Tree, TreeBuilder};

use super::{kustomize::list, objects::Found, overlay::selects, patch};

/// Applies one entry of `replacements` to the object.
pub(super) fn apply(replacement: Node<'_>, object: &mut Found) {
    for target in list(replacement, "targets") {
        let is_target = target.get("select").is_some_and(|it| selects(it, object));
        let is_rejected = list(target, "reject").any(|it| selects(it, object));
        if !is_target || is_rejected {
            continue;
        }
        let options = target.get("options");
        let creates = options.is_some_and(|it| it.bool_field("create").value() == Some(true));
        for path in list(target, "fieldPaths") {
            let steps = split(path.text());
            let root = object.root;
            forget(Arc::make_mut(&mut object.tree), root, &steps, creates.then_some(path));
        }
    }
}

/// Makes the fields at a path unknown; `create` is the path's node where missing ones are made.
fn forget(tree: &mut Tree, at: NodeId, steps: &[String], create: Option<Node<'_>>) {
    let Some((step, rest)) = steps.split_first() else {
        tree.set_dynamic(at);
        return;
    };
    let Some(node) = tree.node(at) else { return };
    let found = children(node, step);
    if !found.is_empty() {
        for child in found {
            forget(tree, child, rest, create);
        }
    } else if let (true, Some(path)) = (node.is_mapping(), create) {
        let key = patch::scalar(step, path);
        let value = unknown(path);
        if let Some(value) = value.root() {
            tree.insert(at, key.root(), value, false);
        }
    }
}

/// What one step of a path leads to: `*` to all items, `[name=api]` to the items of that name.
fn children(node: Node<'_>, step: &str) -> Vec<NodeId> {
    if step == "*" {
        return node.items().map(|it| it.id()).collect();
    }
    if let Some((key, value)) = step.split_once('=').filter(|_| node.is_sequence()) {
        let is_named = |it: &Node<'_>| it.get(key).is_some_and(|it| it.text() == value);
        return node.items().filter(is_named).map(|it| it.id()).collect();
    }
    patch::child(node.tree(), node.id(), step).into_iter().collect()
}

fn unknown(like: Node<'_>) -> Tree {
    let mut builder = TreeBuilder::default();
    builder.scalar(NodeKind::Dynamic, Style::Plain, "", like.place());
    builder.finish()
}

/// The steps of a path: parted by dots, except inside of brackets and behind a backslash
/// (kyaml/utils `SmarterPathSplitter`). Brackets fall away.
fn split(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut in_brackets = false;
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => step.extend(letters.next()),
            '[' if step.is_empty() => in_brackets = true,
            ']' if in_brackets => in_brackets = false,
            '.' if !in_brackets => steps.push(std::mem::take(&mut step)),
            _ => step.push(letter),
        }
    }
    steps.push(step);
    // `.metadata.name` is `metadata.name` (kyaml/yaml `cleanPath`).
    steps.retain(|it| !it.is_empty());
    steps
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn paths_are_parted_at_dots_outside_of_brackets() {
        assert_eq!(split("spec.dnsNames.0"), ["spec", "dnsNames", "0"]);
        assert_eq!(
            split("metadata.annotations.[cert-manager.io/inject-ca-from]"),
            ["metadata", "annotations", "cert-manager.io/inject-ca-from"]
        );
        assert_eq!(
            split("webhooks.[name=mpod.kb.io].namespaceSelector"),
            ["webhooks", "name=mpod.kb.io", "namespaceSelector"]
        );
        assert_eq!(split(".metadata.name"), ["metadata", "name"]);
        assert_eq!(split(r"data.app\.yaml"), ["data", "app.yaml"]);
    }
}
