//! Walks the nodes of a template: text, actions, branches, loops.

use std::{collections::HashMap, rc::Rc, sync::Arc};

use goready_model::Span;
use smallvec::SmallVec;

use super::{
    Error, FileOutput, Hole, Kind, Reached,
    reflected::Reflected,
    templates::{Found, Overlay, Templates},
};
use crate::{
    Mode,
    context::Context,
    data,
    origin::{Frame, Origin, Site},
    template::ast::{self, Branch, Node, Pipe},
    text::{Text, TextBuilder},
    value::{Data, Element, List, Map, Value},
};

/// How much of the native stack templates may take. Threads have 2 MiB, and whoever calls the
/// interpreter needs some of it.
const STACK_BYTES: usize = 1 << 20;

/// What printing Go's invalid value gives; Helm deletes it from what files and `tpl` give.
const NO_VALUE: &[u8] = b"<no value>";

/// Runs the files of one chart; values that they change stay changed for the files after.
#[derive(Debug)]
pub(crate) struct Interpreter<'a> {
    pub(super) cx: &'a mut Context,
    pub(super) templates: &'a Templates,
    /// What the `tpl` that runs has defined.
    pub(super) overlay: Option<Rc<Overlay>>,
    pub(super) here: Option<Here<'a>>,
    /// Of all templates that run, the innermost last; see [`Here::first_variable`].
    variables: Vec<Variable>,
    /// What the file or the innermost `include` prints.
    pub(super) out: TextBuilder,
    /// How many `include`s and `tpl`s are open.
    pub(super) depth: usize,
    stack_base: usize,
    /// Bytes that finished files printed.
    printed: usize,
    errors: Vec<Error>,
    /// By place and kind, so that a loop does not repeat one.
    known_errors: HashMap<(Span, Kind), usize>,
    holes: Vec<Hole>,
    /// How many errors lost something, the repeated ones too.
    losses: usize,
    last_loss: usize,
    reached: Reached,
    /// Texts that `tpl` has parsed.
    pub(super) parsed: HashMap<Vec<u8>, Arc<ast::File>>,
}

/// The template that runs.
#[derive(Debug, Clone)]
pub(super) struct Here<'a> {
    pub(super) found: Found<'a>,
    pub(super) frame: Frame,
    /// Where its variables begin.
    first_variable: usize,
    /// The node that Go would name in an error.
    pub(super) node: Span,
}

#[derive(Debug)]
struct Variable {
    name: Arc<str>,
    value: Reflected,
}

/// Why a node did not finish.
#[derive(Debug)]
pub(super) enum Stop {
    Error(Box<Error>),
    /// An error that is recorded already, by index.
    Lost(usize),
}

/// What comes after a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl<'a> Interpreter<'a> {
    pub(crate) fn new(cx: &'a mut Context, templates: &'a Templates) -> Self {
        Self {
            cx,
            templates,
            overlay: None,
            here: None,
            variables: Vec::new(),
            out: TextBuilder::default(),
            depth: 0,
            stack_base: 0,
            printed: 0,
            errors: Vec::new(),
            known_errors: HashMap::new(),
            holes: Vec::new(),
            losses: 0,
            last_loss: 0,
            reached: Reached::new(),
            parsed: HashMap::new(),
        }
    }

    /// Runs a file; `dot` is the map with `Values`, `Release` and so on.
    pub(crate) fn run_file(&mut self, name: &str, dot: Value) -> FileOutput {
        self.stack_base = stack_pointer();
        if let Some(found) = Found::by_name(self.templates, None, name.as_bytes()) {
            let frame = self.cx.origins.enter(None);
            if let Err(stop) = self.run(found, frame, Reflected::plain(dot)) {
                self.record(stop);
            }
        }
        let mut holes = std::mem::take(&mut self.holes);
        let text = without_no_value(std::mem::take(&mut self.out).finish(), &mut holes);
        self.printed = self.printed.saturating_add(text.len());
        self.known_errors.clear();
        FileOutput { text, errors: std::mem::take(&mut self.errors), holes }
    }

    /// The blocks that ran, in [`Mode::Lint`].
    pub(crate) fn into_reached(self) -> Reached {
        self.reached
    }

    /// Runs a template; it prints to where its caller prints.
    pub(super) fn run(
        &mut self,
        found: Found<'a>,
        frame: Frame,
        dot: Reflected,
    ) -> Result<(), Stop> {
        let first_variable = self.variables.len();
        let node = self.here.as_ref().map_or(NOWHERE, |it| it.node);
        let here = Here { found: found.clone(), frame, first_variable, node };
        let outer = self.here.replace(here);
        let site = self.cx.site;
        self.variables.push(Variable { name: root_name(), value: dot.clone() });
        let result = self.list(found.body(), &dot);
        self.variables.truncate(first_variable);
        self.cx.site = site;
        self.here = outer;
        result.map(drop)
    }

    pub(super) fn list(&mut self, nodes: &[Node], dot: &Reflected) -> Result<Flow, Stop> {
        self.check_stack()?;
        let lints = self.cx.settings.mode == Mode::Lint;
        if lints {
            self.reach(nodes);
        }
        for node in nodes {
            let (start, losses) = (self.out.len(), self.losses);
            match self.walk(node, dot) {
                Ok(Flow::Next) => {}
                Ok(flow) => return Ok(flow),
                Err(stop) if lints && !stop.is_fatal() => {
                    self.record(stop);
                    self.stand_in(node);
                }
                Err(stop) => return Err(stop),
            }
            if self.losses != losses && self.depth == 0 {
                self.note_hole(node, start);
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, node: &Node, dot: &Reflected) -> Result<Flow, Stop> {
        self.spend(1)?;
        match node {
            Node::Text { span, text } => self.text(*span, text)?,
            Node::Action { span, pipe } => self.action(*span, pipe, dot)?,
            Node::If(branch) => return self.branch(branch, dot, false),
            Node::With(branch) => return self.branch(branch, dot, true),
            Node::Range(branch) => return self.range(branch, dot),
            Node::Template { span, name, name_span, pipe } => {
                self.act(*span);
                self.at(*name_span);
                self.template(name, pipe.as_ref(), dot)?;
            }
            Node::Break { .. } => return Ok(Flow::Break),
            Node::Continue { .. } => return Ok(Flow::Continue),
            Node::Broken { span, error } => {
                self.act(*span);
                let message = match &self.here {
                    Some(here) => here.found.syntax_error(*error).to_owned(),
                    None => String::new(),
                };
                return Err(self.error(Kind::Syntax, message));
            }
        }
        Ok(Flow::Next)
    }

    /// Marks an action as the one that runs.
    fn act(&mut self, span: Span) {
        self.at(span);
        self.cx.site = Some(self.site(span));
    }

    fn text(&mut self, span: Span, text: &str) -> Result<(), Stop> {
        let site = self.site(span);
        match self.source() {
            Some(source) => {
                let part = source.text.slice(span.start as usize..span.end as usize);
                let origins = &mut self.cx.origins;
                self.out.push_mapped(&part, |it| origins.printed(it, site));
            }
            None => {
                let origin = self.cx.origins.written(site);
                self.out.push(text.as_bytes(), origin);
            }
        }
        self.check_output()
    }

    fn action(&mut self, span: Span, pipe: &Pipe, dot: &Reflected) -> Result<(), Stop> {
        self.act(span);
        let losses = self.losses;
        let value = self.pipe(pipe, dot)?;
        if pipe.variables.is_empty() {
            self.at(pipe.span);
            return self.print(&value.value, span);
        }
        if self.losses != losses {
            // What an `include` gave is not whole: nobody is to judge by it.
            self.taint(pipe);
        }
        Ok(())
    }

    pub(super) fn print(&mut self, value: &Value, span: Span) -> Result<(), Stop> {
        let site = self.site(span);
        let origins = &mut self.cx.origins;
        match &value.data {
            Data::Text(text) => self.out.push_mapped(text, |it| origins.printed(it, site)),
            Data::Nil => {
                let origin = origins.printed(value.origin(), site);
                self.out.push(NO_VALUE, origin);
            }
            Data::Object(object) => {
                let origin = origins.printed(value.origin(), site);
                self.out.push(object.print_addressed().as_bytes(), origin);
            }
            _ => {
                let text = data::fmt::display(value);
                self.out.push_mapped(&text, |it| origins.printed(it, site));
            }
        }
        self.check_output()
    }

    fn branch(&mut self, branch: &Branch, dot: &Reflected, sets_dot: bool) -> Result<Flow, Stop> {
        self.act(branch.span);
        let mark = self.variables.len();
        let flow = match self.condition(&branch.pipe, dot) {
            Err(stop) => Err(stop),
            Ok(value) if !value.value.is_true() => self.list_if_any(&branch.otherwise, dot),
            Ok(value) if sets_dot => self.list(&branch.body, &value),
            Ok(_) => self.list(&branch.body, dot),
        };
        self.variables.truncate(mark);
        flow
    }

    /// What decides over a block. One that an error made incomplete decides nothing.
    fn condition(&mut self, pipe: &Pipe, dot: &Reflected) -> Result<Reflected, Stop> {
        let losses = self.losses;
        let value = self.pipe(pipe, dot)?;
        if self.losses == losses { Ok(value) } else { Err(Stop::Lost(self.last_loss)) }
    }

    fn list_if_any(&mut self, nodes: &[Node], dot: &Reflected) -> Result<Flow, Stop> {
        if nodes.is_empty() { Ok(Flow::Next) } else { self.list(nodes, dot) }
    }

    fn range(&mut self, branch: &Branch, dot: &Reflected) -> Result<Flow, Stop> {
        self.act(branch.span);
        let mark = self.variables.len();
        let result = match self.condition(&branch.pipe, dot) {
            Ok(value) => self.range_over(branch, dot, &value.value),
            Err(stop) => Err(stop),
        };
        self.variables.truncate(mark);
        result
    }

    fn range_over(
        &mut self,
        branch: &Branch,
        dot: &Reflected,
        value: &Value,
    ) -> Result<Flow, Stop> {
        let ran = match &value.data {
            Data::Nil => false,
            Data::List(list) => self.range_list(branch, list)?,
            Data::Map(map) => self.range_map(branch, map)?,
            Data::Int(end) => self.range_numbers(branch, *end, value, Value::int)?,
            Data::Int64(end) => self.range_numbers(branch, *end, value, Value::int64)?,
            Data::Bytes(bytes) => {
                let items = bytes.iter().map(|it| Value::int(i64::from(*it))).collect();
                let list = List { items: Rc::new(items), element: Element::Int, nil: false };
                self.range_list(branch, &list)?
            }
            Data::Object(object) => match object.plain().data {
                Data::List(list) => self.range_list(branch, &list)?,
                Data::Map(map) => self.range_map(branch, &map)?,
                _ => return Err(self.cannot_range(value)),
            },
            Data::Bool(_) | Data::Float(_) | Data::Text(_) => return Err(self.cannot_range(value)),
        };
        if ran { Ok(Flow::Next) } else { self.list_if_any(&branch.otherwise, dot) }
    }

    fn cannot_range(&self, value: &Value) -> Stop {
        let shown = data::fmt::display(value);
        self.error(Kind::Evaluation, format!("range can't iterate over {}", shown.lossy()))
    }

    fn range_list(&mut self, branch: &Branch, list: &List) -> Result<bool, Stop> {
        for (index, item) in list.items.iter().enumerate() {
            let index = Value::int(i64::try_from(index).unwrap_or(i64::MAX));
            let item = Reflected::element(item.clone(), list.element);
            if self.iterate(branch, Reflected::plain(index), &item)? == Flow::Break {
                break;
            }
        }
        Ok(!list.items.is_empty())
    }

    fn range_map(&mut self, branch: &Branch, map: &Map) -> Result<bool, Stop> {
        let entries = map.snapshot();
        for (key, entry) in &entries {
            let key = Value::text(Text::new(key.to_vec(), entry.key_origin));
            let item = Reflected::element(entry.value.clone(), map.element);
            if self.iterate(branch, Reflected::plain(key), &item)? == Flow::Break {
                break;
            }
        }
        Ok(!entries.is_empty())
    }

    fn range_numbers(
        &mut self,
        branch: &Branch,
        end: i64,
        value: &Value,
        number: fn(i64) -> Value,
    ) -> Result<bool, Stop> {
        if branch.pipe.variables.len() > 1 {
            let message = format!("can't use {end} to iterate over more than one variable");
            return Err(self.error(Kind::Evaluation, message));
        }
        let origin = self.cx.origins.derived([value.origin()]);
        for index in 0..end {
            let item = Reflected::plain(number(index).with_origin(origin));
            if self.iterate(branch, Reflected::invalid(), &item)? == Flow::Break {
                break;
            }
        }
        Ok(end > 0)
    }

    /// One turn of a loop. The pipeline has pushed the variables, unless it assigns.
    fn iterate(
        &mut self,
        branch: &Branch,
        index: Reflected,
        item: &Reflected,
    ) -> Result<Flow, Stop> {
        self.spend(1)?;
        let pipe = &branch.pipe;
        let item_value = item.clone();
        let values: SmallVec<[Reflected; 2]> = match pipe.variables.len() {
            0 => SmallVec::new(),
            1 => SmallVec::from_iter([item_value]),
            _ => SmallVec::from_iter([index, item_value]),
        };
        if pipe.assigns {
            for (variable, value) in pipe.variables.iter().zip(values) {
                self.assign(&variable.name, value)?;
            }
        } else {
            let first = self.variables.len().saturating_sub(pipe.variables.len());
            for (variable, value) in self.variables[first..].iter_mut().zip(values) {
                variable.value = value;
            }
        }
        let mark = self.variables.len();
        let flow = self.list(&branch.body, item);
        self.variables.truncate(mark);
        flow
    }

    fn template(&mut self, name: &str, pipe: Option<&Pipe>, dot: &Reflected) -> Result<(), Stop> {
        let Some(found) = Found::by_name(self.templates, self.overlay.as_ref(), name.as_bytes())
        else {
            let quoted = quoted(name.as_bytes());
            let stop = self.error(Kind::MissingTemplate, format!("template {quoted} not defined"));
            return Err(stop);
        };
        let dot = match pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Reflected::invalid(),
        };
        let frame = self.cx.origins.enter(self.cx.site);
        self.run(found, frame, dot)
    }

    pub(super) fn declare(&mut self, name: &str, value: Reflected) {
        self.variables.push(Variable { name: Arc::from(name), value });
    }

    pub(super) fn assign(&mut self, name: &str, value: Reflected) -> Result<(), Stop> {
        let first = self.here.as_ref().map_or(0, |it| it.first_variable);
        let found = self.variables[first..].iter_mut().rev().find(|it| *it.name == *name);
        match found {
            Some(variable) => {
                variable.value = value;
                Ok(())
            }
            None => Err(self.undefined(name)),
        }
    }

    pub(super) fn variable(&self, name: &str) -> Result<&Reflected, Stop> {
        let first = self.here.as_ref().map_or(0, |it| it.first_variable);
        let found = self.variables[first..].iter().rev().find(|it| *it.name == *name);
        found.map(|it| &it.value).ok_or_else(|| self.undefined(name))
    }

    fn undefined(&self, name: &str) -> Stop {
        self.error(Kind::Evaluation, format!("undefined variable: {name}"))
    }

    /// Gives the variables of an action that failed a value that nobody judges, so that their
    /// uses are no errors of their own.
    fn stand_in(&mut self, node: &Node) {
        let Node::Action { pipe, .. } = node else { return };
        if !pipe.assigns {
            for variable in &pipe.variables {
                self.declare(&variable.name, Reflected::invalid());
            }
        }
        self.taint(pipe);
    }

    /// Marks the variables of an action as not known.
    fn taint(&mut self, pipe: &Pipe) {
        let origin = self.cx.origins.synthetic(self.cx.site);
        for variable in &pipe.variables {
            if let Ok(value) = self.variable(&variable.name).cloned() {
                let value = Reflected { value: value.value.with_origin(origin), ..value };
                drop(self.assign(&variable.name, value));
            }
        }
    }

    /// Keeps an error, once for each place; gives its index.
    pub(super) fn record(&mut self, stop: Stop) -> usize {
        let index = match stop {
            Stop::Lost(index) => index,
            Stop::Error(error) => self.note(*error),
        };
        self.losses += 1;
        self.last_loss = index;
        index
    }

    /// Keeps an error that loses nothing by itself.
    pub(super) fn note(&mut self, error: Error) -> usize {
        let errors = &mut self.errors;
        *self.known_errors.entry((error.span, error.kind)).or_insert_with(|| {
            errors.push(error);
            errors.len() - 1
        })
    }

    fn note_hole(&mut self, node: &Node, start: usize) {
        // The blocks inside a branch or template have noted their own.
        let range = start..self.out.len();
        let nested = self.holes.last().is_some_and(|it| it.range.start >= start);
        if matches!(node, Node::Action { .. }) || !nested {
            self.holes.push(Hole { range, error: self.last_loss });
        }
    }

    fn reach(&mut self, nodes: &[Node]) {
        if let (Some(first), None) = (nodes.first(), self.source()) {
            self.reached.insert(first.span());
        }
    }

    pub(super) fn at(&mut self, span: Span) {
        if let Some(here) = &mut self.here {
            here.node = span;
        }
    }

    pub(super) fn source(&self) -> Option<Rc<super::templates::Source>> {
        self.here.as_ref()?.found.source().cloned()
    }

    /// The place of a node: of code inside a text given to `tpl` the action that runs it.
    pub(super) fn site(&self, span: Span) -> Site {
        let Some(here) = &self.here else { return Site { span, frame: Frame::OUTSIDE } };
        here.found.source().map_or(Site { span, frame: here.frame }, |it| it.site)
    }

    /// The origin of a literal.
    pub(super) fn literal(&mut self, span: Span) -> Origin {
        let site = self.site(span);
        match self.source() {
            None => self.cx.origins.written(site),
            Some(source) => {
                let part = source.text.slice(span.start as usize..span.end as usize);
                self.cx.origins.printed(part.origin(), site)
            }
        }
    }

    /// An error at the current node.
    pub(super) fn error(&self, kind: Kind, message: String) -> Stop {
        let (span, chain) = match &self.here {
            None => (NOWHERE, Vec::new()),
            Some(here) => {
                let site = self.site(here.node);
                let span = here.found.source().map_or(here.node, |it| it.span);
                (span, self.cx.origins.chain(site))
            }
        };
        Stop::Error(Box::new(Error { kind, message, span, chain }))
    }

    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Stop> {
        match self.cx.spend(steps) {
            Ok(()) => Ok(()),
            Err(failure) => Err(self.error(Kind::Limit, failure.0)),
        }
    }

    fn check_output(&self) -> Result<(), Stop> {
        let limit = self.cx.settings.limits.output_bytes;
        if self.printed.saturating_add(self.out.len()) <= limit {
            return Ok(());
        }
        Err(self.error(Kind::Limit, format!("the render prints more than {limit} bytes")))
    }

    /// Refuses to go deeper when the native stack could run out.
    pub(super) fn check_stack(&self) -> Result<(), Stop> {
        if self.stack_base.abs_diff(stack_pointer()) < STACK_BYTES {
            return Ok(());
        }
        Err(self.error(Kind::Limit, "templates are nested too deeply".to_owned()))
    }
}

impl Stop {
    /// Whether nothing more can run.
    fn is_fatal(&self) -> bool {
        matches!(self, Self::Error(error) if error.kind == Kind::Limit)
    }
}

/// The place of errors that no template made.
const NOWHERE: Span = Span { file: goready_model::FileId(0), start: 0, end: 0 };

fn root_name() -> Arc<str> {
    Arc::from("$")
}

/// Text as Go's `%q` shows it.
pub(super) fn quoted(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&data::fmt::quote(bytes)).into_owned()
}

/// About where the native stack is now.
#[inline(never)]
fn stack_pointer() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&marker)).addr()
}

/// Deletes each `<no value>` and moves the holes along.
pub(super) fn without_no_value(text: Text, holes: &mut [Hole]) -> Text {
    let found: Vec<usize> = find_all(text.bytes(), NO_VALUE);
    if found.is_empty() {
        return text;
    }
    let mut builder = TextBuilder::with_capacity(text.len());
    let mut end = 0;
    for start in &found {
        builder.push_slice(&text, end..*start);
        end = start + NO_VALUE.len();
    }
    builder.push_slice(&text, end..text.len());
    let moved = |offset: usize| {
        let before = found.partition_point(|it| it + NO_VALUE.len() <= offset);
        let inside = found.get(before).map_or(0, |it| offset.saturating_sub(*it));
        offset - before * NO_VALUE.len() - inside
    };
    for hole in holes {
        hole.range = moved(hole.range.start)..moved(hole.range.end);
    }
    builder.finish()
}

/// Where `needle` stands, from left to right without overlaps.
fn find_all(text: &[u8], needle: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].windows(needle.len()).position(|it| it == needle) {
        found.push(from + at);
        from += at + needle.len();
    }
    found
}
