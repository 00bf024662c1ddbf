//! From the bytes of a rendered document back to who wrote them: the template and the values key of
//! every node.
//!
//! A scalar takes the place of the text or action that printed it. Where several did, they are
//! lifted to the template that ran them all, and the place covers them there: of
//! `{{ include "name" . }}-web` that is the whole of it, not a line of the named template. A
//! collection covers its keys and items in the same way.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use goready_model::{FileId, Node, NodeId, Place, Span, Tree};

use super::Provenance;
use crate::{
    chart::Source,
    exec::{FileOutput, Hole},
    origin::{Frame, Origin, Origins, Site, ValuesId},
};

/// The texts that spans of a render lie in.
#[derive(Debug, Default)]
pub(crate) struct Templates<'r>(HashMap<FileId, &'r Source>);

impl<'r> Templates<'r> {
    pub(crate) fn add(&mut self, source: &'r Source) {
        self.0.insert(source.id, source);
    }

    fn text(&self, span: Span) -> Option<&'r str> {
        self.0.get(&span.file)?.text.get(span.start as usize..span.end as usize)
    }

    /// The span in the file itself, which may have a byte order mark in front of the text.
    pub(crate) fn in_file(&self, span: Span) -> Span {
        let skipped = self.0.get(&span.file).map_or(0, |it| it.skipped);
        Span { start: span.start + skipped, end: span.end + skipped, ..span }
    }
}

/// Longer literals are not searched for a line of theirs that was indented: the place is then all
/// of the literal.
const MAX_SEARCHED: usize = 64 << 10;

/// Frames to climb at most when two sites are brought together.
const MAX_CLIMB: usize = 200;

/// Reads the documents of one file.
pub(super) struct Reader<'r> {
    origins: &'r Origins,
    templates: &'r Templates<'r>,
    bytes: &'r [u8],
    runs: Vec<(Range<usize>, Origin)>,
    holes: &'r [Hole],
    /// Holes that lie in a scalar, which says by itself that it is not known.
    in_scalar: Vec<bool>,
    template: FileId,
    search: Search,
    paths: HashMap<ValuesId, Arc<str>>,
    chains: HashMap<Frame, Arc<[Span]>>,
}

/// Where in its literal the text of a run was found last.
#[derive(Default)]
struct Search {
    /// Start of the run.
    run: Option<usize>,
    /// The run is all of its literal, byte by byte.
    is_whole: bool,
    /// Start of the line in the run, and of its text in the literal.
    line: Option<(usize, usize)>,
}

/// What is known of a node.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    site: Option<Site>,
    /// The first values key that fed it.
    from: Option<ValuesId>,
    /// What fed it is that one's key.
    of_key: bool,
    /// The values node that all of it comes from.
    all_from: Option<ValuesId>,
    synthetic: bool,
}

impl<'r> Reader<'r> {
    pub(super) fn new(
        origins: &'r Origins,
        templates: &'r Templates<'r>,
        output: &'r FileOutput,
        template: FileId,
    ) -> Self {
        Self {
            origins,
            templates,
            bytes: output.text.bytes(),
            runs: output.text.runs().filter(|(range, _)| !range.is_empty()).collect(),
            holes: &output.holes,
            in_scalar: vec![false; output.holes.len()],
            template,
            search: Search::default(),
            paths: HashMap::new(),
            chains: HashMap::new(),
        }
    }

    /// Gives all nodes of a document the places where they were written; `start` is where its text
    /// begins in the file.
    pub(super) fn rewrite(
        &mut self,
        tree: &mut Tree,
        start: usize,
    ) -> BTreeMap<NodeId, Provenance> {
        let nodes: Vec<_> = tree.nodes().collect();
        let mut found = vec![Found::default(); nodes.len()];
        let is_leaf = |node: &Node<'_>| node.is_scalar() || is_empty(*node);
        for (node, found) in nodes.iter().zip(&mut found).filter(|(node, _)| is_leaf(node)) {
            let at = node.place().at;
            *found = self.bytes(start + at.start as usize..start + at.end as usize);
        }
        // What is below a node comes after it.
        for (index, node) in nodes.iter().enumerate().rev().filter(|(_, node)| !is_leaf(node)) {
            found[index] = self.children(*node, &found);
        }
        let nodes: Vec<_> = nodes.iter().map(|it| (it.id(), it.is_scalar())).collect();
        let mut provenance = BTreeMap::new();
        for ((id, is_scalar), found) in nodes.into_iter().zip(found) {
            let place = self.place(&found, is_scalar);
            tree.set_place(id, place);
            if found.synthetic && is_scalar {
                tree.set_dynamic(id);
            }
            if is_scalar {
                provenance.insert(id, self.provenance(&found));
            }
        }
        provenance
    }

    /// The place of a part of the file, and the chain that led there.
    pub(super) fn place_of(&mut self, range: Range<usize>) -> (Span, Arc<[Span]>) {
        let found = self.bytes(range);
        (self.place(&found, true).at, self.provenance(&found).via)
    }

    /// Whether something is missing from a part of the file that no scalar stands for.
    pub(super) fn has_gap(&self, part: Range<usize>) -> bool {
        let lies_in = |hole: &Hole| hole.range.start <= part.end && part.start <= hole.range.end;
        self.holes.iter().zip(&self.in_scalar).any(|(hole, known)| lies_in(hole) && !known)
    }

    fn place(&self, found: &Found, is_scalar: bool) -> Place {
        let at = found.site.map_or(Span::new(self.template, 0, 0), |it| it.span);
        let from = if is_scalar { found.from } else { found.all_from };
        let from = from.and_then(|it| self.origins.values(it));
        let from = from.map(|it| it.key.filter(|_| found.of_key).unwrap_or(it.value));
        Place { at: self.templates.in_file(at), from: from.map(|it| self.templates.in_file(it)) }
    }

    fn provenance(&mut self, found: &Found) -> Provenance {
        let origins = self.origins;
        let values = found
            .from
            .map(|id| self.paths.entry(id).or_insert_with(|| origins.path(id).into()).clone());
        let via = found.site.map(|site| {
            let templates = self.templates;
            let chain = || {
                origins.chain(site).into_iter().map(|it| templates.in_file(it)).collect::<Arc<_>>()
            };
            self.chains.entry(site.frame).or_insert_with(chain).clone()
        });
        Provenance { values, via: via.unwrap_or_default(), synthetic: found.synthetic }
    }

    /// What the bytes of a scalar come from.
    fn bytes(&mut self, range: Range<usize>) -> Found {
        let mut found = Found { synthetic: self.touches_hole(&range), ..Found::default() };
        let range = self.not_empty(range);
        let first = self.runs.partition_point(|(run, _)| run.end <= range.start);
        let last = self.runs.partition_point(|(run, _)| run.start < range.end);
        // Quotes and blanks around a value do not make it the template's own.
        let counts = |run: &Range<usize>| {
            let piece = &self.bytes[run.start.max(range.start)..run.end.min(range.end)];
            !piece.iter().all(|it| matches!(it, b'"' | b'\'') || it.is_ascii_whitespace())
        };
        let all_blank = !self.runs[first..last].iter().any(|(run, _)| counts(run));
        let mut all_fed = true;
        for index in first..last {
            let (run, origin) = self.runs[index].clone();
            if !all_blank && !counts(&run) {
                continue;
            }
            let data = self.origins.get(origin);
            found.synthetic |= data.synthetic;
            // Of `key=value` the value is what is edited.
            if found.from.is_none() || found.of_key && found.from == data.from {
                (found.from, found.of_key) = (data.from, data.of_key);
            }
            all_fed &= data.from.is_some() && data.from == found.from;
            let Some(site) = data.at else { continue };
            let piece = run.start.max(range.start)..run.end.min(range.end);
            let span = self.narrow(&run, piece, site.span);
            found.site = Some(self.together(found.site, Site { span, ..site }));
        }
        found.all_from = found.from.filter(|_| all_fed);
        found
    }

    /// A place between two characters is that of the one before it.
    fn not_empty(&self, range: Range<usize>) -> Range<usize> {
        if !range.is_empty() {
            return range;
        }
        let continues = |at: usize| self.bytes.get(at).is_some_and(|it| it & 0xc0 == 0x80);
        let mut start = range.start.saturating_sub(1);
        while start > 0 && continues(start) {
            start -= 1;
        }
        let mut end = range.start.max(1);
        while continues(end) {
            end += 1;
        }
        start..end
    }

    fn touches_hole(&mut self, range: &Range<usize>) -> bool {
        let mut touches = false;
        for (hole, known) in self.holes.iter().zip(&mut self.in_scalar) {
            if hole.range.start <= range.end && range.start <= hole.range.end {
                *known = true;
                touches = true;
            }
        }
        touches
    }

    /// A collection is where its keys and items are.
    fn children(&self, node: Node<'_>, found: &[Found]) -> Found {
        let mut all = Found::default();
        let mut is_first = true;
        let keys_and_values = node.entries().flat_map(|it| [it.key, it.value]);
        for child in keys_and_values.chain(node.items()) {
            let Some(child) = found.get(child.id().index()) else { continue };
            if let Some(site) = child.site {
                all.site = Some(self.together(all.site, site));
            }
            all.from = all.from.or(child.from);
            all.all_from = match (all.all_from, child.all_from) {
                (_, Some(it)) if is_first => Some(it),
                (Some(one), Some(other)) => self.common_node(one, other),
                _ => None,
            };
            is_first = false;
        }
        all
    }

    /// One site for two: both are lifted to the innermost template that ran them.
    fn together(&self, one: Option<Site>, other: Site) -> Site {
        let Some(one) = one else { return other };
        if one.frame == other.frame {
            return Site { span: one.span.cover(other.span), ..one };
        }
        let climb = |site: Site| {
            std::iter::successors(Some(site), |it| self.origins.caller(it.frame)).take(MAX_CLIMB)
        };
        let above_one: Vec<_> = climb(one).collect();
        for other in climb(other) {
            if let Some(one) = above_one.iter().find(|it| it.frame == other.frame) {
                return Site { span: one.span.cover(other.span), ..other };
            }
        }
        one
    }

    /// The innermost values node that holds both.
    fn common_node(&self, one: ValuesId, other: ValuesId) -> Option<ValuesId> {
        let above = |id: ValuesId| {
            std::iter::successors(Some(id), |it| self.origins.values(*it)?.parent).take(MAX_CLIMB)
        };
        let above_one: Vec<_> = above(one).collect();
        above(other).find(|it| above_one.contains(it))
    }

    /// The part of a literal that a piece of a run is. A literal may have been indented since, so
    /// its line is looked for, else the piece itself; an action stays as it is.
    fn narrow(&mut self, run: &Range<usize>, piece: Range<usize>, span: Span) -> Span {
        let Some(literal) = self.templates.text(span) else { return span };
        if literal.starts_with("{{") || literal.len() > MAX_SEARCHED {
            return span;
        }
        if self.search.run != Some(run.start) {
            let is_whole = self.bytes[run.clone()] == *literal.as_bytes();
            self.search = Search { run: Some(run.start), is_whole, line: None };
        }
        if self.search.is_whole {
            let start = span.start as usize + piece.start - run.start;
            return Span::new(span.file, start, start + piece.len());
        }
        let first = self.line(run, piece.start, piece.end, literal);
        let written = self.bytes[piece.clone()].trim_ascii_end().len();
        let end = piece.start + written.max(1);
        let last_line = self.bytes[piece.start..end].iter().rposition(|it| *it == b'\n');
        let last = match last_line {
            Some(newline) => self.line(run, piece.start + newline + 1, end, literal),
            None => first.clone(),
        };
        match (first, last) {
            (Some(first), Some(last)) if first.start <= last.end => {
                let base = span.start as usize;
                Span::new(span.file, base + first.start, base + last.end)
            }
            _ => {
                let written = std::str::from_utf8(self.bytes[piece].trim_ascii()).ok();
                let found = written.and_then(|it| only_word(literal, it));
                let at = found.unwrap_or_else(|| not_blank(literal));
                let base = span.start as usize;
                Span::new(span.file, base + at.start, base + at.end)
            }
        }
    }

    /// Where a part of one line of a run stands in its literal.
    fn line(
        &mut self,
        run: &Range<usize>,
        start: usize,
        end: usize,
        literal: &str,
    ) -> Option<Range<usize>> {
        let before = &self.bytes[run.start..start];
        let line_start = before.iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
        let line_start = run.start + line_start;
        let behind = &self.bytes[start..run.end];
        let line_end = behind.iter().position(|it| *it == b'\n').map_or(run.end, |it| start + it);
        let line = &self.bytes[line_start..line_end];
        let text_start = line_start + line.len() - line.trim_ascii_start().len();
        let text = std::str::from_utf8(line.trim_ascii()).ok()?;
        if text.is_empty() {
            return None;
        }
        let known = self.search.line.filter(|(known, _)| *known == line_start);
        let at = known.map(|(_, at)| at).or_else(|| {
            // Lines come in their order, unless a template repeats them.
            let from = self.search.line.map_or(0, |(_, at)| at + 1);
            let behind = literal.get(from..).and_then(|it| it.find(text)).map(|it| from + it);
            behind.or_else(|| literal.find(text))
        })?;
        self.search.line = Some((line_start, at));
        let start = start.max(text_start) - text_start;
        let end = end.min(line_end).max(text_start) - text_start;
        Some(at + start.min(text.len())..at + end.min(text.len()).max(start.min(text.len())))
    }
}

/// Where a text stands by itself, if it does so once: what was read as YAML and printed again has
/// other lines around it.
fn only_word(literal: &str, text: &str) -> Option<Range<usize>> {
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '/');
    let mut found = literal.match_indices(text).filter(|(at, _)| {
        let behind = literal.get(at + text.len()..).unwrap_or_default();
        !literal[..*at].ends_with(is_part) && !behind.starts_with(is_part)
    });
    let at = found.next().filter(|_| !text.is_empty())?.0;
    found.next().is_none().then(|| at..at + text.len())
}

/// A literal without the blanks around it.
fn not_blank(literal: &str) -> Range<usize> {
    let start = literal.len() - literal.trim_start().len();
    start..start.max(literal.trim_end().len())
}

/// A collection without anything in it has a place of its own.
fn is_empty(node: Node<'_>) -> bool {
    node.items().next().is_none() && node.entries().next().is_none()
}
