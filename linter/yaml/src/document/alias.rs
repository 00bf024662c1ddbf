//! Aliases and merge keys: copies of nodes that were read before, within limits.

use std::collections::HashSet;

use goready_model::{NodeId, ProblemKind};

use super::{Anchor, Frame, MAX_DEPTH, Next, OpenDocument, Reader, keys::key_hash};

/// Nodes that aliases and merge keys of one document may add. go.yaml.in/yaml/v2 stops at about
/// 400,000 (`alias_ratio_range_low`); no manifest people write comes near.
const ALIAS_BUDGET: usize = 100_000;

impl Reader<'_> {
    pub(super) fn alias(&mut self, document: &mut OpenDocument, id: usize, bounds: (usize, usize)) {
        let target = match document.anchors.get(&id) {
            Some(Anchor::Done(target)) => *target,
            Some(Anchor::Open) => {
                let message = "an anchor's value contains the anchor itself".to_owned();
                self.problem(ProblemKind::Syntax, bounds, message);
                return self.unknown(document, bounds);
            }
            // It stands in something that was not kept.
            None => return self.unknown(document, bounds),
        };
        let next = document.frames.last().filter(|it| it.is_mapping).map(|it| it.next);
        let node = document.tree.tree().node(target);
        match next {
            Some(Next::Key) => {
                let Some(node) = node.filter(goready_model::Node::is_scalar) else {
                    return self.non_scalar_key(document, bounds);
                };
                let hash = key_hash(node.kind(), node.text());
                if let Some(key) = document.tree.copy_key(target) {
                    document.keys.push((hash, key));
                }
                document.expect(Next::Value);
                document.key_end = bounds.1;
            }
            Some(Next::MergeValue) => {
                if node.is_some_and(|it| it.is_mapping()) {
                    document.merges.push(target);
                } else if !node.is_some_and(|it| it.is_dynamic()) {
                    self.bad_merge(bounds);
                }
                document.expect(Next::Key);
            }
            Some(Next::Value) | None => {
                let mut budget = ALIAS_BUDGET.saturating_sub(document.alias_nodes);
                let before = budget;
                let depth = MAX_DEPTH.saturating_sub(document.frames.len());
                let outcome = document.tree.copy(target, &mut budget, depth);
                document.alias_nodes += before - budget;
                document.expect(Next::Key);
                if outcome.is_err() {
                    self.alias_limit(document, bounds);
                }
            }
        }
        document.end = document.end.max(bounds.1);
    }

    /// Notes a mapping, or the mappings of a sequence, as a value of `<<`.
    pub(super) fn add_merge_source(&mut self, document: &mut OpenDocument, id: NodeId) {
        let Some(node) = document.tree.tree().node(id) else { return };
        let bounds = (node.place().at.start as usize, node.place().at.end as usize);
        if node.is_mapping() {
            document.merges.push(id);
            return;
        }
        let mut fits = node.is_sequence();
        for item in node.items() {
            if item.is_mapping() {
                document.merges.push(item.id());
            } else {
                fits = fits && item.is_dynamic();
            }
        }
        if !fits {
            self.bad_merge(bounds);
        }
    }

    /// Copies the entries that `<<` brought into a mapping behind its own.
    pub(super) fn merge(&mut self, document: &mut OpenDocument, frame: &Frame, end: usize) {
        if document.merges.len() == frame.merges_start {
            return;
        }
        let mut taken: HashSet<String> = HashSet::new();
        for (_, key) in document.keys.get(frame.keys_start..).unwrap_or_default() {
            taken.extend(document.tree.tree().node(*key).map(|it| it.text().to_owned()));
        }
        let mut budget = ALIAS_BUDGET.saturating_sub(document.alias_nodes);
        let before = budget;
        let depth = MAX_DEPTH.saturating_sub(document.frames.len());
        document.tree.set_merging(true);
        let mut outcome = Ok(());
        for source in document.merges.split_off(frame.merges_start) {
            let entries: Vec<(NodeId, NodeId)> = document
                .tree
                .tree()
                .node(source)
                .into_iter()
                .flat_map(|it| it.entries())
                .filter(|it| taken.insert(it.key.text().to_owned()))
                .map(|it| (it.key.id(), it.value.id()))
                .collect();
            for (key, value) in entries {
                document.tree.copy_key(key);
                outcome = outcome.and(document.tree.copy(value, &mut budget, depth));
            }
        }
        document.tree.set_merging(false);
        document.alias_nodes += before - budget;
        if outcome.is_err() {
            self.alias_limit(document, (end, end));
        }
    }

    pub(super) fn bad_merge(&mut self, bounds: (usize, usize)) {
        let message = "`<<` merges a mapping or a list of mappings only".to_owned();
        self.problem(ProblemKind::Syntax, bounds, message);
    }

    /// The first copy that does not fit is reported; from there on absences prove nothing.
    fn alias_limit(&mut self, document: &mut OpenDocument, bounds: (usize, usize)) {
        if !document.truncated {
            let message = format!(
                "aliases expand to more than {ALIAS_BUDGET} nodes or nest deeper than {MAX_DEPTH}"
            );
            self.problem(ProblemKind::Limit, bounds, message);
        }
        document.truncated = true;
    }
}
