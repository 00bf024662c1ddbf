//! Which keys of a mapping are the same, as yaml.v2 compares them.

use std::hash::{DefaultHasher, Hash, Hasher};

use goready_model::{NodeKind, Problem, ProblemKind};

use super::{OpenDocument, Reader, name};

impl Reader<'_> {
    /// Reports keys of the innermost mapping that are there more than once.
    pub(super) fn report_duplicates(&mut self, document: &mut OpenDocument, keys_start: usize) {
        let Some(keys) = document.keys.get_mut(keys_start..) else { return };
        if keys.len() < 2 {
            return;
        }
        let tree = document.tree.tree();
        // Node ids grow in source order, so the first of equal keys stays the first.
        keys.sort_unstable();
        for run in keys.chunk_by(|a, b| a.0 == b.0).filter(|it| it.len() > 1) {
            let nodes: Vec<_> = run.iter().filter_map(|(_, id)| tree.node(*id)).collect();
            for (index, node) in nodes.iter().enumerate() {
                let same = |it: &&goready_model::Node<'_>| {
                    same_key(it.kind(), node.kind(), it.text(), node.text())
                };
                let Some(first) = nodes.iter().take(index).find(same) else { continue };
                self.parsed.problems.push(Problem {
                    kind: ProblemKind::DuplicateKey,
                    place: node.place(),
                    message: format!(
                        "key `{}` appears twice, the first is lost",
                        name(node.text())
                    ),
                    related: Some(first.place()),
                });
            }
        }
    }
}

/// Equal keys have equal hashes. `1` and `"1"` are two keys for yaml.v2, `1` and `01` are one.
pub(super) fn key_hash(kind: NodeKind, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    match kind {
        NodeKind::Null => 0u8.hash(&mut hasher),
        NodeKind::Bool(value) => (1u8, value).hash(&mut hasher),
        NodeKind::Int(value) => (2u8, value).hash(&mut hasher),
        NodeKind::Float(value) => (3u8, value.to_bits()).hash(&mut hasher),
        _ => (4u8, text).hash(&mut hasher),
    }
    hasher.finish()
}

fn same_key(one: NodeKind, other: NodeKind, one_text: &str, other_text: &str) -> bool {
    match (one, other) {
        (NodeKind::String | NodeKind::Dynamic, NodeKind::String | NodeKind::Dynamic) => {
            one_text == other_text
        }
        _ => one == other,
    }
}
