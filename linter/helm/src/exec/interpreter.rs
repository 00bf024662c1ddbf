//! The state of a render: the template that runs, its variables, what was printed, what went wrong.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
    sync::Arc,
};

use goready_model::{FileId, Span};

use super::{
    Error, FileOutput, Kind, Reached,
    losses::Losses,
    no_value::without_no_value,
    reflected::Reflected,
    templates::{Found, Overlay, Source, Templates},
};
use crate::{
    context::Context,
    data,
    origin::{Frame, Origin, Site},
    template::ast::{self, Extent},
    text::TextBuilder,
    value::Value,
};

/// How much of the native stack templates may take. Threads have 2 MiB, and whoever calls the
/// interpreter needs some of it.
const STACK_BYTES: usize = 1 << 20;

/// Runs the files of one chart; values that they change stay changed for the files after.
#[derive(Debug)]
pub(crate) struct Interpreter<'a> {
    pub(super) cx: &'a mut Context,
    pub(super) templates: &'a Templates,
    /// What the `tpl` that runs has defined.
    pub(super) overlay: Option<Rc<Overlay>>,
    pub(super) here: Option<Here<'a>>,
    /// Of all templates that run, the innermost last; see [`Here::first_variable`].
    pub(super) variables: Vec<Variable>,
    /// `$`
    root_name: Arc<str>,
    /// What the file or the innermost `include` prints.
    pub(super) out: TextBuilder,
    /// How many `include`s and `tpl`s are open.
    pub(super) depth: usize,
    stack_base: usize,
    /// Bytes that finished files printed.
    printed: usize,
    pub(super) losses: Losses,
    pub(super) reached: HashSet<Span>,
    /// Texts that `tpl` has parsed.
    pub(super) parsed: HashMap<Vec<u8>, Arc<ast::File>>,
}

/// The template that runs.
#[derive(Debug, Clone)]
pub(super) struct Here<'a> {
    pub(super) found: Found<'a>,
    /// The file it is in.
    file: FileId,
    pub(super) frame: Frame,
    /// Where its variables begin.
    first_variable: usize,
    /// The node that Go would name in an error.
    pub(super) node: Span,
}

#[derive(Debug)]
pub(super) struct Variable {
    name: Arc<str>,
    pub(super) value: Reflected,
}

/// Why a node did not finish.
#[derive(Debug)]
pub(super) enum Stop {
    Error(Box<Error>),
    /// An error that is recorded already, by index.
    Lost(usize),
}

impl<'a> Interpreter<'a> {
    pub(crate) fn new(cx: &'a mut Context, templates: &'a Templates) -> Self {
        Self {
            cx,
            templates,
            overlay: None,
            here: None,
            variables: Vec::new(),
            root_name: Arc::from("$"),
            out: TextBuilder::default(),
            depth: 0,
            stack_base: 0,
            printed: 0,
            losses: Losses::default(),
            reached: HashSet::new(),
            parsed: HashMap::new(),
        }
    }

    /// Runs a file; `dot` is the map with `Values`, `Release` and so on.
    pub(crate) fn run_file(&mut self, name: &str, dot: Value) -> FileOutput {
        self.stack_base = stack_pointer();
        if let Some(found) = Found::by_name(self.templates, None, name.as_bytes()) {
            let frame = self.cx.origins.enter(None);
            if let Err(stop) = self.run(&found, frame, &Reflected::plain(dot)) {
                self.losses.record(stop);
            }
        }
        let (errors, mut holes) = std::mem::take(&mut self.losses).into_parts();
        let text = without_no_value(std::mem::take(&mut self.out).finish(), &mut holes);
        self.printed = self.printed.saturating_add(text.len());
        FileOutput { text, errors, holes }
    }

    /// The blocks that ran, in [`Mode::Lint`].
    pub(crate) fn into_reached(self) -> Reached {
        self.reached.into_iter().collect()
    }

    /// Runs a template; it prints to where its caller prints.
    pub(super) fn run(
        &mut self,
        found: &Found<'a>,
        frame: Frame,
        dot: &Reflected,
    ) -> Result<(), Stop> {
        let first_variable = self.variables.len();
        let node = self.here.as_ref().map_or(NOWHERE, |it| it.node);
        let file = found.file().id;
        let here = Here { found: found.clone(), file, frame, first_variable, node };
        let outer = self.here.replace(here);
        let site = self.cx.site;
        self.variables.push(Variable { name: self.root_name.clone(), value: dot.clone() });
        let result = self.list(found.body(), dot);
        self.variables.truncate(first_variable);
        self.cx.site = site;
        self.here = outer;
        result.map(drop)
    }

    pub(super) fn declare(&mut self, name: &Arc<str>, value: Reflected) {
        self.variables.push(Variable { name: name.clone(), value });
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

    pub(super) fn at(&mut self, span: Extent) {
        if let Some(here) = &mut self.here {
            here.node = span.in_file(here.file);
        }
    }

    /// The place in the file of the template that runs.
    pub(super) fn place(&self, span: Extent) -> Span {
        span.in_file(self.here.as_ref().map_or(NOWHERE.file, |it| it.file))
    }

    pub(super) fn source(&self) -> Option<Rc<Source>> {
        self.here.as_ref()?.found.source().cloned()
    }

    /// The place of a node: of code inside a text given to `tpl` the action that runs it.
    pub(super) fn site(&self, span: Extent) -> Site {
        self.site_of(self.place(span))
    }

    fn site_of(&self, span: Span) -> Site {
        let Some(here) = &self.here else { return Site { span, frame: Frame::OUTSIDE } };
        here.found.source().map_or(Site { span, frame: here.frame }, |it| it.site)
    }

    /// The origin of a literal.
    pub(super) fn literal(&mut self, span: Extent) -> Origin {
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
                let site = self.site_of(here.node);
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

    pub(super) fn check_output(&self) -> Result<(), Stop> {
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
    pub(super) fn is_fatal(&self) -> bool {
        matches!(self, Self::Error(error) if error.kind == Kind::Limit)
    }
}

/// The place of errors that no template made.
const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

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
