//! Walks the nodes of a template: text, actions, branches, loops.

use std::rc::Rc;

use smallvec::SmallVec;

use super::{
    Kind,
    interpreter::{Interpreter, Stop, quoted},
    no_value::NO_VALUE,
    reflected::Reflected,
    templates::Found,
};
use crate::{
    Mode, data,
    template::ast::{Branch, Extent, Node, Pipe},
    text::Text,
    value::{Data, Element, List, Map, Value},
};

/// What comes after a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl Interpreter<'_> {
    pub(super) fn list(&mut self, nodes: &[Node], dot: &Reflected) -> Result<Flow, Stop> {
        self.check_stack()?;
        let lints = self.cx.settings.mode == Mode::Lint;
        if lints {
            self.reach(nodes);
        }
        for node in nodes {
            let (start, losses) = (self.out.len(), self.losses.count());
            match self.walk(node, dot) {
                Ok(Flow::Next) => {}
                Ok(flow) => return Ok(flow),
                Err(stop) if lints && !stop.is_fatal() => {
                    self.losses.record(stop);
                    self.stand_in(node);
                }
                Err(stop) => return Err(stop),
            }
            if self.losses.count() != losses && self.depth == 0 {
                let is_action = matches!(node, Node::Action { .. });
                self.losses.note_hole(start..self.out.len(), is_action);
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, node: &Node, dot: &Reflected) -> Result<Flow, Stop> {
        self.spend(1)?;
        match node {
            Node::Text { span } => self.text(*span)?,
            Node::Action { span, pipe } => self.action(*span, pipe, dot)?,
            Node::If(branch) => return self.branch(branch, dot, false),
            Node::With(branch) => return self.branch(branch, dot, true),
            Node::Range(branch) => return self.range(branch, dot),
            Node::Template(invocation) => {
                self.act(invocation.span);
                self.at(invocation.name_span);
                self.template(&invocation.name, invocation.pipe.as_ref(), dot)?;
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
    fn act(&mut self, span: Extent) {
        self.at(span);
        self.cx.site = Some(self.site(span));
    }

    fn text(&mut self, span: Extent) -> Result<(), Stop> {
        let site = self.site(span);
        let origins = &mut self.cx.origins;
        let Some(here) = &self.here else { return Ok(()) };
        match here.found.source() {
            Some(source) => {
                let part = source.text.slice(span.start as usize..span.end as usize);
                self.out.push_mapped(&part, |it| origins.printed(it, site));
            }
            None => {
                let text = span.of(&here.found.file().text);
                self.out.push(text.as_bytes(), origins.written(site));
            }
        }
        self.check_output()
    }

    fn action(&mut self, span: Extent, pipe: &Pipe, dot: &Reflected) -> Result<(), Stop> {
        self.act(span);
        let losses = self.losses.count();
        let value = self.pipe(pipe, dot)?;
        if pipe.variables.is_empty() {
            self.at(pipe.span);
            return self.print(&value.value, span);
        }
        if self.losses.count() != losses {
            // What an `include` gave is not whole: nobody is to judge by it.
            self.taint(pipe);
        }
        Ok(())
    }

    pub(super) fn print(&mut self, value: &Value, span: Extent) -> Result<(), Stop> {
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
                let printed = data::fmt::print(self.cx, std::slice::from_ref(value));
                let text = printed.map_err(|it| self.error(Kind::Limit, it.0))?;
                self.spend(text.len() as u64 / 32)?;
                let origins = &mut self.cx.origins;
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
        let losses = self.losses.count();
        let value = self.pipe(pipe, dot)?;
        if self.losses.count() == losses { Ok(value) } else { Err(Stop::Lost(self.losses.last())) }
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
                let items: Vec<_> = bytes.iter().map(|it| Value::int(i64::from(*it))).collect();
                let list = List { items: Rc::new(items.into()), element: Element::Int, nil: false };
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
        self.run(&found, frame, &dot)
    }

    /// Gives the variables of an action that failed a value that nobody judges, so that their
    /// uses are no errors of their own.
    fn stand_in(&mut self, node: &Node) {
        let Node::Action { pipe, .. } = node else { return };
        if !pipe.assigns {
            for variable in &*pipe.variables {
                self.declare(&variable.name, Reflected::invalid());
            }
        }
        self.taint(pipe);
    }

    /// Marks the variables of an action as not known.
    fn taint(&mut self, pipe: &Pipe) {
        let origin = self.cx.origins.synthetic(self.cx.site);
        for variable in &*pipe.variables {
            if let Ok(value) = self.variable(&variable.name).cloned() {
                let value = Reflected { value: value.value.with_origin(origin), ..value };
                drop(self.assign(&variable.name, value));
            }
        }
    }

    fn reach(&mut self, nodes: &[Node]) {
        if let (Some(first), None) = (nodes.first(), self.source()) {
            let place = self.place(first.span());
            self.reached.insert(place);
        }
    }
}
