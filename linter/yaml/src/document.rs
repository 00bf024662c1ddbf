//! From parser events to document trees: nesting, aliases, merge keys, duplicate keys, recovery.

mod alias;
mod block;
mod keys;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use goready_model::{
    Document, FileId, NodeId, NodeKind, Place, Problem, ProblemKind, Style, TreeBuilder,
};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};

use self::keys::key_hash;
use crate::{
    Comment, Parsed, places,
    scalar::{self, Tag},
};

/// Collections within collections, as far as they are read. Kubernetes' deepest manifests (CRD
/// schemas) stay below 60.
const MAX_DEPTH: usize = 200;

/// A template is not wrong, it is only no YAML yet.
const TEMPLATE: &str = "this looks like a template that was not rendered, it is not analysed";

/// Parses a file; implicit keys may be `key_length` characters long.
pub(crate) fn parse(file: FileId, text: &str, key_length: usize) -> Parsed {
    block::parse(file, text).unwrap_or_else(|| parse_any(file, text, key_length))
}

/// Parses whatever a file holds.
pub(crate) fn parse_any(file: FileId, text: &str, key_length: usize) -> Parsed {
    let parsed = parse_from(file, text, 0, key_length);
    // A byte order mark has become three blanks, which then look like the first line's indentation.
    let blank_mark = text.starts_with("   ") && !text.starts_with("    ");
    let failed = parsed.documents.first().is_some_and(|it| it.truncated);
    if blank_mark && failed {
        let without_mark = parse_from(file, text, 3, key_length);
        if without_mark.documents.first().is_some_and(|it| !it.truncated) {
            return without_mark;
        }
    }
    parsed
}

fn parse_from(file: FileId, text: &str, from: usize, key_length: usize) -> Parsed {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: text.contains('#'),
        block_scalar_eof_without_line_feed: true,
        // Bounded by the file itself.
        max_buffered_comment_events: usize::MAX,
        simple_key_max_lookahead: key_length,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(&text[from..], options);
    let mut reader = Reader::new(file, text, from);
    loop {
        match parser.next_event() {
            Some(Ok((event, span))) => {
                let bounds =
                    span.byte_range().map_or((0, 0), |it| (it.start + from, it.end + from));
                reader.event(event, bounds);
            }
            Some(Err(error)) => {
                reader.error(&error);
                if !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
            }
            None => break,
        }
    }
    reader.close_document(true);
    reader.finish()
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    /// Offset in `text` of what the parser takes for the start.
    from: usize,
    parsed: Parsed,
    open: Option<OpenDocument>,
    /// It was already said that the file looks like a template.
    template_reported: bool,
}

/// A document that is being built.
#[derive(Default)]
struct OpenDocument {
    tree: TreeBuilder,
    frames: Vec<Frame>,
    /// Keys of all open mappings: hash and node. Each frame knows where its own start.
    keys: Vec<(u64, NodeId)>,
    /// Mappings that `<<` brought into the open mappings, in order.
    merges: Vec<NodeId>,
    anchors: HashMap<usize, Anchor>,
    alias_nodes: usize,
    /// Offset of the document's start.
    start: usize,
    /// End of the last node seen.
    end: usize,
    /// End of the last key seen.
    key_end: usize,
    /// The last scalar or flow collection that is a value.
    last_value: Option<NodeId>,
    skipping: Option<Skip>,
    truncated: bool,
    /// The root is no node at all but its absence.
    empty: bool,
}

enum Anchor {
    /// Not yet closed: an alias to it would contain itself.
    Open,
    Done(NodeId),
}

/// An open collection.
struct Frame {
    id: NodeId,
    is_mapping: bool,
    is_flow: bool,
    anchor: usize,
    /// The collection is the value of a `<<`.
    is_merge_source: bool,
    /// Mappings: what comes next.
    next: Next,
    keys_start: usize,
    merges_start: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Key,
    Value,
    /// The value of a `<<`.
    MergeValue,
}

/// Nodes that are not kept: a collection as a mapping key, or a template action.
struct Skip {
    start: usize,
    /// Collections still open.
    depth: usize,
    is_key: bool,
}

/// A scalar as it came from the parser.
struct Scalar<'e> {
    text: Cow<'e, str>,
    style: Style,
    tag: Tag,
    bounds: (usize, usize),
    anchor: usize,
}

impl<'e> Scalar<'e> {
    /// A scalar without tag and anchor.
    fn new(text: impl Into<Cow<'e, str>>, style: Style, bounds: (usize, usize)) -> Self {
        Self { text: text.into(), style, tag: Tag::None, bounds, anchor: 0 }
    }
}

impl<'t> Reader<'t> {
    fn new(file: FileId, text: &'t str, from: usize) -> Self {
        let parsed = Parsed::default();
        Self { file, text, from, parsed, open: None, template_reported: false }
    }

    fn finish(self) -> Parsed {
        let mut parsed = self.parsed;
        // The comment behind a block scalar's header comes after the scalar.
        parsed.comments.sort_by_key(|it| it.place);
        parsed.problems.sort_by_key(|it| it.place);
        parsed
    }

    fn place(&self, (start, end): (usize, usize)) -> Place {
        Place::new(self.file, start, end.max(start))
    }

    fn problem(&mut self, kind: ProblemKind, bounds: (usize, usize), message: String) {
        let place = self.place(bounds);
        self.parsed.problems.push(Problem { kind, place, message, related: None });
    }

    fn event(&mut self, event: Event<'_>, bounds: (usize, usize)) {
        match event {
            Event::DocumentStart(..) => {
                self.close_document(false);
                self.open = Some(OpenDocument {
                    start: bounds.0,
                    end: bounds.1,
                    key_end: bounds.1,
                    ..OpenDocument::default()
                });
            }
            Event::DocumentEnd => self.close_document(false),
            Event::Comment(text, _) => self.parsed.comments.push(Comment {
                place: self.place(bounds),
                right_of_content: places::is_right_of_content(self.text, bounds.0),
                text: text.into_owned(),
            }),
            Event::StreamStart | Event::StreamEnd | Event::Anchor(..) => {}
            node => {
                let Some(mut document) = self.open.take() else { return };
                self.node(&mut document, node, bounds);
                self.open = Some(document);
            }
        }
    }

    fn node(&mut self, document: &mut OpenDocument, event: Event<'_>, bounds: (usize, usize)) {
        if document.skipping.is_some() {
            self.skip(document, &event, bounds);
            return;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // The parser writes `~` where there is nothing at all.
                let absent = style == ScalarStyle::Plain && bounds.0 == bounds.1;
                let tag = match Tag::of(tag.as_deref()) {
                    // A lone `!` is an empty string for yaml.v2.
                    Tag::NonSpecific if absent => Tag::Other,
                    tag => tag,
                };
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let text = if absent { Cow::Borrowed("") } else { text };
                self.scalar(document, &Scalar { text, style, tag, bounds, anchor });
            }
            Event::SequenceStart(style, anchor, _) => {
                self.begin(document, NodeKind::Sequence, style, anchor, bounds.0);
            }
            Event::MappingStart(style, anchor, _) => {
                self.begin(document, NodeKind::Mapping, style, anchor, bounds.0);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(document, bounds.1),
            Event::Alias(id) => self.alias(document, id, bounds),
            Event::UnresolvedAlias(name) => {
                let message =
                    format!("no anchor `&{}` stands before this alias", self::name(&name));
                self.problem(ProblemKind::Syntax, bounds, message);
                self.unknown(document, bounds);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, document: &mut OpenDocument, scalar: &Scalar<'_>) {
        let bounds = self.scalar_bounds(document, scalar);
        let text = Cow::Borrowed(&*scalar.text);
        self.placed_scalar(document, &Scalar { text, bounds, ..*scalar });
    }

    /// A scalar with the bounds that people look at.
    fn placed_scalar(&mut self, document: &mut OpenDocument, scalar: &Scalar<'_>) {
        let bounds = scalar.bounds;
        let is_plain = scalar.style == Style::Plain;
        let kind = scalar::resolve(&scalar.text, is_plain, scalar.tag).unwrap_or_else(|_| {
            // Without the value: nobody knows yet whether it is a secret.
            let message = format!("this value is not what {} asks for", scalar.tag.name());
            self.problem(ProblemKind::Syntax, bounds, message);
            NodeKind::Dynamic
        });
        let place = self.place(bounds);
        let next = document.frames.last().filter(|it| it.is_mapping).map(|it| it.next);
        let is_merge_key = scalar.text == "<<"
            && (scalar.tag == Tag::Merge || (is_plain && scalar.tag == Tag::None));
        let id = match next {
            Some(Next::Key) if is_merge_key => {
                document.expect(Next::MergeValue);
                document.key_end = bounds.1;
                None
            }
            Some(Next::Key) => {
                if matches!(kind, NodeKind::Null) {
                    let message = "null is no mapping key".to_owned();
                    self.problem(ProblemKind::Syntax, bounds, message);
                }
                if document.frames.last().is_some_and(|it| !it.is_flow)
                    && places::is_indented_with_tab(self.text, bounds.0)
                {
                    let message = "a tab indents this line, YAML takes blanks only".to_owned();
                    self.problem(ProblemKind::Syntax, bounds, message);
                    document.truncated = true;
                }
                let id = document.tree.key(kind, scalar.style, &scalar.text, place);
                document.keys.push((key_hash(kind, &scalar.text), id));
                document.expect(Next::Value);
                document.key_end = bounds.1;
                Some(id)
            }
            Some(Next::MergeValue) => {
                self.bad_merge(bounds);
                document.expect(Next::Key);
                None
            }
            Some(Next::Value) | None => {
                let absent = is_plain && scalar.text.is_empty() && scalar.tag == Tag::None;
                document.empty = absent && document.frames.is_empty();
                let id = document.tree.scalar(kind, scalar.style, &scalar.text, place);
                document.last_value = Some(id);
                document.expect(Next::Key);
                Some(id)
            }
        };
        document.end = document.end.max(bounds.1);
        if let Some(id) = id
            && scalar.anchor != 0
        {
            document.anchors.insert(scalar.anchor, Anchor::Done(id));
        }
    }

    fn scalar_bounds(&self, document: &OpenDocument, scalar: &Scalar<'_>) -> (usize, usize) {
        let after_key =
            document.frames.last().is_some_and(|it| it.is_mapping && it.next != Next::Key);
        match scalar.style {
            Style::Literal | Style::Folded => {
                let after = if after_key { document.key_end } else { document.end };
                places::block_scalar(self.text, after.max(document.start), scalar.bounds)
            }
            Style::Plain if scalar.text.is_empty() && after_key => {
                let at = places::absent_value(self.text, document.key_end);
                (at, at)
            }
            _ => scalar.bounds,
        }
    }

    fn begin(
        &mut self,
        document: &mut OpenDocument,
        kind: NodeKind,
        style: StructureStyle,
        anchor: usize,
        start: usize,
    ) {
        let next = document.frames.last().filter(|it| it.is_mapping).map(|it| it.next);
        let is_flow = style == StructureStyle::Flow;
        let is_template = is_flow && self.text.get(start..).is_some_and(|it| it.starts_with("{{"));
        if is_template || next == Some(Next::Key) {
            let is_key = next == Some(Next::Key);
            document.skipping = Some(Skip { start, depth: 1, is_key });
            return;
        }
        // Of a sequence at the indentation of its key, granit-parser tells where its first item is.
        let start = if kind == NodeKind::Sequence && !is_flow && next == Some(Next::Value) {
            places::first_dash(self.text, document.key_end, start)
        } else {
            start
        };
        let is_merge_source = next == Some(Next::MergeValue);
        let style = if is_flow { Style::Flow } else { Style::Block };
        let place = self.place((start, start));
        let id = if is_merge_source {
            document.tree.begin_detached(kind, style, place)
        } else {
            document.tree.begin(kind, style, place)
        };
        document.expect(Next::Key);
        if anchor != 0 {
            document.anchors.insert(anchor, Anchor::Open);
        }
        document.frames.push(Frame {
            id,
            is_mapping: kind == NodeKind::Mapping,
            is_flow,
            anchor,
            is_merge_source,
            next: Next::Key,
            keys_start: document.keys.len(),
            merges_start: document.merges.len(),
        });
    }

    fn end(&mut self, document: &mut OpenDocument, event_end: usize) {
        let Some(frame) = document.frames.pop() else { return };
        // The end of a block collection is reported where the next token starts.
        let end = if frame.is_flow { event_end } else { document.end };
        if frame.is_mapping {
            self.report_duplicates(document, frame.keys_start);
            self.merge(document, &frame, end);
        }
        document.keys.truncate(frame.keys_start);
        document.merges.truncate(frame.merges_start);
        document.tree.end(end);
        if frame.is_flow {
            document.last_value = Some(frame.id);
        }
        document.end = document.end.max(end);
        if frame.anchor != 0 {
            document.anchors.insert(frame.anchor, Anchor::Done(frame.id));
        }
        if frame.is_merge_source {
            self.add_merge_source(document, frame.id);
        }
    }

    /// A node whose value cannot be known.
    fn unknown(&mut self, document: &mut OpenDocument, bounds: (usize, usize)) {
        let place = self.place(bounds);
        let text = self.text.get(bounds.0..bounds.1).unwrap_or("");
        match document.frames.last().filter(|it| it.is_mapping).map(|it| it.next) {
            Some(Next::Key) => {
                document.tree.key(NodeKind::Dynamic, Style::Plain, text, place);
                document.expect(Next::Value);
                document.key_end = bounds.1;
            }
            Some(Next::MergeValue) => document.expect(Next::Key),
            Some(Next::Value) | None => {
                document.tree.scalar(NodeKind::Dynamic, Style::Plain, text, place);
                document.expect(Next::Key);
            }
        }
        document.end = document.end.max(bounds.1);
    }

    fn skip(&mut self, document: &mut OpenDocument, event: &Event<'_>, bounds: (usize, usize)) {
        let Some(skip) = &mut document.skipping else { return };
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => skip.depth += 1,
            Event::SequenceEnd | Event::MappingEnd => skip.depth -= 1,
            _ => {}
        }
        if bounds.0 < bounds.1 {
            document.end = document.end.max(bounds.1);
        }
        if skip.depth > 0 {
            return;
        }
        let (bounds, is_key) = ((skip.start, document.end.max(skip.start)), skip.is_key);
        document.skipping = None;
        if is_key {
            self.non_scalar_key(document, bounds);
        } else {
            self.unrendered(document, bounds);
            self.unknown(document, bounds);
        }
    }

    fn non_scalar_key(&mut self, document: &mut OpenDocument, bounds: (usize, usize)) {
        if self.text.get(bounds.0..).is_some_and(|it| it.starts_with("{{")) {
            self.unrendered(document, bounds);
        } else {
            let message = "a mapping key must be a scalar".to_owned();
            self.problem(ProblemKind::Syntax, bounds, message);
        }
        self.unknown(document, bounds);
    }

    /// Reported once a file: one action tells what the file is.
    fn unrendered(&mut self, document: &mut OpenDocument, bounds: (usize, usize)) {
        if !self.template_reported {
            self.problem(ProblemKind::Unsupported, bounds, TEMPLATE.to_owned());
        }
        self.template_reported = true;
        // What the template would write here or leave out is not known.
        document.truncated = true;
    }

    fn error(&mut self, error: &ScanError) {
        let offset = error.marker().byte_offset().map_or(self.text.len(), |it| it + self.from);
        let kind = match error.kind() {
            ErrorKind::RecursionLimitExceeded => ProblemKind::Limit,
            _ => ProblemKind::Syntax,
        };
        let start = self.open.as_ref().map_or(0, |it| it.start);
        let line_end = self
            .text
            .get(offset.min(self.text.len())..)
            .and_then(|it| it.find('\n'))
            .map_or(self.text.len(), |it| offset + it);
        let is_template = self.text.get(start..line_end).is_some_and(holds_bare_action);
        let bounds = places::character(self.text, offset);
        if !is_template {
            let message = match error.kind() {
                ErrorKind::UnexpectedCharacter { character } => {
                    format!("no value can start with `{}` here", character.escape_debug())
                }
                kind => kind.to_string(),
            };
            self.problem(kind, bounds, message);
        } else if !self.template_reported {
            self.problem(ProblemKind::Unsupported, bounds, TEMPLATE.to_owned());
        }
        self.template_reported |= is_template;
        if self.open.is_none() {
            // The parser had already closed the document that this line was meant to go on with.
            match self.parsed.documents.last_mut() {
                Some(document) => document.truncated = true,
                None => self.open = Some(OpenDocument { empty: true, ..OpenDocument::default() }),
            }
        }
        if let Some(document) = &mut self.open {
            document.doubt_values_at(self.text, offset);
        }
        self.close_document(true);
    }

    /// Ends the open document, if any; `truncated` when an error ended it.
    fn close_document(&mut self, truncated: bool) {
        let Some(mut document) = self.open.take() else { return };
        while !document.frames.is_empty() {
            let end = document.end;
            self.end(&mut document, end);
        }
        let tree = if document.empty { TreeBuilder::default() } else { document.tree };
        self.parsed.documents.push(Document {
            tree: Arc::new(tree.finish()),
            index: self.parsed.documents.len(),
            truncated: truncated || document.truncated,
        });
    }
}

impl OpenDocument {
    /// A value on the line of an error was probably meant to be something else (`{PREFIX}.16`), and
    /// an open flow collection has lost its rest.
    fn doubt_values_at(&mut self, text: &str, error: usize) {
        let last = self.last_value.and_then(|it| self.tree.tree().node(it)).filter(|it| {
            let end = it.place().at.end as usize;
            text.get(end..error).is_some_and(|it| !it.contains(['\n', '\r']))
        });
        let last = last.map(|it| it.id());
        let open = self.frames.iter().filter(|it| it.is_flow).map(|it| it.id);
        for id in last.into_iter().chain(open) {
            self.tree.set_dynamic(id);
        }
    }

    /// Says what the innermost mapping gets next; nothing happens in a sequence.
    fn expect(&mut self, next: Next) {
        if let Some(frame) = self.frames.last_mut() {
            frame.next = next;
        }
    }
}

/// Whether a template action stands where YAML has a line, a value or an item of its own; an
/// action in quotes is a string like any other. A line of YAML never starts with `{%`, one of Jinja
/// often does.
fn holds_bare_action(text: &str) -> bool {
    text.lines().any(|line| {
        ["{{", "{%"].iter().any(|it| line.trim_start().starts_with(it))
            || line.contains(": {{")
            || line.contains("- {{")
    })
}

/// A key or anchor for a message: one line, and not a long one.
fn name(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut name: String =
        text.chars().take(LONGEST).map(|it| if it.is_control() { ' ' } else { it }).collect();
    if text.chars().nth(LONGEST).is_some() {
        name.push_str("...");
    }
    name
}
