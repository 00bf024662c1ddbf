//! Parts of templates that no render ran: nothing is known of what they would print.
//!
//! Only the templates of the chart itself count, and of those the ones that make objects: not
//! named templates, notes and tests. A part that prints no text of its own (`fail`, a variable) is
//! no loss.

use std::collections::BTreeSet;

use goready_model::Span;

use crate::{
    chart::Chart,
    template::ast::{Branch, Extent, File, Node},
};

/// A branch with a part that did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreachedPart {
    /// The `if`, `with` or `range`, from `{{` to `}}`.
    pub branch: Span,
    /// Lines of the part that are not blank.
    pub lines: usize,
}

/// The outermost parts that none of the renders ran, in source order; `reached` is what
/// [`Rendered::reached`] of them say together.
///
/// [`Rendered::reached`]: crate::Rendered::reached
pub fn unreached_parts(chart: &Chart, reached: &BTreeSet<Span>) -> Vec<UnreachedPart> {
    let mut found = Vec::new();
    for template in chart.templates.iter().filter(|it| makes_objects(&it.path)) {
        let file = template.parsed();
        let mut search = Search { file, reached, found: Vec::new() };
        search.nodes(&file.body);
        let skipped = template.source.skipped;
        found.extend(search.found.into_iter().map(|it| {
            let at = it.branch;
            let branch = Span { start: at.start + skipped, end: at.end + skipped, ..at };
            UnreachedPart { branch, ..it }
        }));
    }
    found
}

fn makes_objects(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.starts_with('_') && name != "NOTES.txt" && !path.contains("/tests/")
}

struct Search<'t> {
    file: &'t File,
    reached: &'t BTreeSet<Span>,
    found: Vec<UnreachedPart>,
}

impl Search<'_> {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            if let Node::If(branch) | Node::With(branch) | Node::Range(branch) = node {
                self.part(branch.span, &branch.body);
                self.part(branch.span, &branch.otherwise);
            }
        }
    }

    fn part(&mut self, branch: Extent, nodes: &[Node]) {
        let Some(first) = nodes.first() else { return };
        if self.reached.contains(&first.span().in_file(self.file.id)) {
            return self.nodes(nodes);
        }
        if !nodes.iter().any(|it| self.has_text(it)) {
            return;
        }
        let end = nodes.iter().map(end).max().unwrap_or(0) as usize;
        let text = self.file.text.get(first.span().start as usize..end).unwrap_or_default();
        let lines = text.lines().filter(|it| !it.trim().is_empty()).count();
        self.found.push(UnreachedPart { branch: branch.in_file(self.file.id), lines });
    }

    fn has_text(&self, node: &Node) -> bool {
        match node {
            Node::Text { span } => !span.of(&self.file.text).trim().is_empty(),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                parts(branch).any(|it| self.has_text(it))
            }
            _ => false,
        }
    }
}

/// Where a node ends, with all that is in it.
fn end(node: &Node) -> u32 {
    match node {
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            parts(branch).map(end).max().unwrap_or(0).max(branch.span.end)
        }
        _ => node.span().end,
    }
}

fn parts(branch: &Branch) -> impl Iterator<Item = &Node> {
    branch.body.iter().chain(&*branch.otherwise)
}
