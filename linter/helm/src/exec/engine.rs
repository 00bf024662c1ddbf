//! The functions that run templates, or that Helm's engine answers itself: `include`, `tpl`,
//! `required`, `fail`, `lookup`, `getHostByName`.

use std::{rc::Rc, sync::Arc};

use goready_model::FileId;

use super::{
    Kind,
    call::Values,
    interpreter::{Interpreter, Stop, quoted},
    no_value::without_no_value,
    reflected::Reflected,
    templates::{Found, Overlay, Source},
};
use crate::{
    Mode,
    functions::Param,
    template::{
        self,
        ast::{self, Extent},
    },
    text::Text,
    value::{Map, Value},
};

/// What stands where a chart needs a value that nobody gave.
const PLACEHOLDER: &str = "placeholder";

/// What Helm calls the set of templates, and with it every text given to `tpl`.
const SET_NAME: &str = "gotpl";

/// Parsed texts of `tpl` to keep at most.
const MAX_PARSED: usize = 4096;

/// A function that needs the interpreter.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: &'static [Param],
    /// The span is that of the command.
    pub(super) call: fn(&mut Interpreter<'_>, &Values, Extent) -> Result<Reflected, Stop>,
}

pub(super) static FUNCTIONS: &[Function] = &[
    Function { name: "include", params: &[Param::String, Param::Any], call: include },
    Function { name: "tpl", params: &[Param::String, Param::Any], call: tpl },
    Function { name: "required", params: &[Param::String, Param::Any], call: required },
    Function { name: "fail", params: &[Param::String], call: fail },
    Function { name: "lookup", params: &[Param::String; 4], call: lookup },
    Function { name: "getHostByName", params: &[Param::String], call: get_host_by_name },
];

fn text_at(values: &Values, index: usize) -> Text {
    let text = values.get(index).and_then(Value::as_text);
    text.cloned().unwrap_or_else(|| Text::new(Vec::new(), crate::origin::Origin::NONE))
}

fn value_at(values: &Values, index: usize) -> Value {
    values.get(index).cloned().unwrap_or_else(Value::nil)
}

fn include(run: &mut Interpreter<'_>, values: &Values, span: Extent) -> Result<Reflected, Stop> {
    let name = text_at(values, 0);
    let found = Found::by_name(run.templates, run.overlay.as_ref(), name.bytes());
    let Some(found) = found else {
        run.at(span);
        return run.without_template(name.bytes());
    };
    let too_deep = run.depth >= run.cx.settings.limits.depth || run.check_stack().is_err();
    if too_deep {
        // Helm stops at 1000 of one name; no chart that ends comes near it.
        run.at(span);
        let message = format!(
            "error calling include: rendering template has a nested reference name: {}: unable \
             to execute template",
            name.lossy()
        );
        return Err(run.error(Kind::Limit, message));
    }
    let frame = run.cx.origins.enter(run.cx.site);
    let dot = Reflected::plain(value_at(values, 1));
    let text = run.capture(|run| run.run(&found, frame, &dot))?;
    Ok(Reflected::plain(Value::text(text)))
}

fn tpl(run: &mut Interpreter<'_>, values: &Values, span: Extent) -> Result<Reflected, Stop> {
    let text = text_at(values, 0);
    run.spend(1 + text.len() as u64 / 16)?;
    // Most texts that charts give to `tpl` hold no template at all.
    if !text.bytes().windows(2).any(|it| it == b"{{") {
        return Ok(Reflected::plain(Value::text(without_no_value(text, &mut []))));
    }
    let file = run.parse(&text);
    if let Some(error) = file.errors.first() {
        let message = format!(
            "error calling tpl: cannot parse template {}: template: {SET_NAME}:{}: {}",
            quoted(text.bytes()),
            line(&text, error.span),
            error.message
        );
        run.at(span);
        return Err(run.error(Kind::Syntax, message));
    }
    let source = Rc::new(run.source_of(text, span));
    let below = run.overlay.clone();
    let overlay = Overlay::new(run.templates, below, SET_NAME, &file, &source);
    let found = Found::inline(file, source);
    let frame = run.cx.origins.enter(run.cx.site);
    let outer = run.overlay.replace(Rc::new(overlay));
    let dot = Reflected::plain(value_at(values, 1));
    let text = run.capture(|run| run.run(&found, frame, &dot));
    run.overlay = outer;
    Ok(Reflected::plain(Value::text(without_no_value(text?, &mut []))))
}

fn line(text: &Text, span: Extent) -> usize {
    let before = text.bytes().get(..span.start as usize).unwrap_or_default();
    1 + memchr::memchr_iter(b'\n', before).count()
}

fn required(run: &mut Interpreter<'_>, values: &Values, span: Extent) -> Result<Reflected, Stop> {
    let value = value_at(values, 1);
    let missing = value.is_nil() || value.as_text().is_some_and(Text::is_empty);
    if !missing {
        return Ok(Reflected::plain(value));
    }
    run.refused(Kind::Required, &text_at(values, 0), span)?;
    Ok(run.placeholder())
}

fn fail(run: &mut Interpreter<'_>, values: &Values, span: Extent) -> Result<Reflected, Stop> {
    run.refused(Kind::Fail, &text_at(values, 0), span)?;
    let origin = run.cx.origins.synthetic(run.cx.site);
    Ok(Reflected::plain(Value::text(Text::new(Vec::new(), origin))))
}

/// Without a cluster there is nothing to find.
#[expect(clippy::unnecessary_wraps, reason = "the signature of the table")]
fn lookup(run: &mut Interpreter<'_>, _values: &Values, _span: Extent) -> Result<Reflected, Stop> {
    run.cx.looked_up = true;
    let origin = run.cx.origins.synthetic(run.cx.site);
    Ok(Reflected::plain(Value::map(Map::new()).with_origin(origin)))
}

/// Helm asks no name server unless told to.
#[expect(clippy::unnecessary_wraps, reason = "the signature of the table")]
fn get_host_by_name(
    run: &mut Interpreter<'_>,
    _values: &Values,
    _span: Extent,
) -> Result<Reflected, Stop> {
    let origin = run.cx.origins.synthetic(run.cx.site);
    Ok(Reflected::plain(Value::text(Text::new(Vec::new(), origin))))
}

impl Interpreter<'_> {
    /// Runs something that prints, and gives what it printed.
    fn capture(&mut self, what: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<Text, Stop> {
        let outer = std::mem::take(&mut self.out);
        self.depth += 1;
        let result = what(self);
        self.depth -= 1;
        let printed = std::mem::replace(&mut self.out, outer);
        result.map(|()| printed.finish())
    }

    /// A name that no template has. To a linter it is most likely one of a dependency that was
    /// not fetched.
    pub(super) fn without_template(&mut self, name: &[u8]) -> Result<Reflected, Stop> {
        let message = format!(
            "error calling include: template: no template {} associated with template \
             \"{SET_NAME}\"",
            quoted(name)
        );
        let stop = self.error(Kind::MissingTemplate, message);
        if self.cx.settings.mode == Mode::Helm {
            return Err(stop);
        }
        self.losses.record(stop);
        Ok(self.placeholder())
    }

    /// What the chart itself refuses: helm stops, a linter goes on.
    fn refused(&mut self, kind: Kind, message: &Text, span: Extent) -> Result<(), Stop> {
        self.at(span);
        let stop = self.error(kind, message.lossy().into_owned());
        match stop {
            Stop::Error(error) if self.cx.settings.mode == Mode::Lint => {
                self.losses.note(*error);
                Ok(())
            }
            stop => Err(stop),
        }
    }

    pub(super) fn placeholder(&mut self) -> Reflected {
        let origin = self.cx.origins.synthetic(self.cx.site);
        Reflected::plain(Value::text(Text::new(PLACEHOLDER, origin)))
    }

    fn parse(&mut self, text: &Text) -> Arc<ast::File> {
        if let Some(file) = self.parsed.get(text.bytes()) {
            return file.clone();
        }
        let file = Arc::new(template::parse(FileId(0), SET_NAME, &text.lossy().into()));
        if self.parsed.len() < MAX_PARSED {
            self.parsed.insert(text.bytes().to_vec(), file.clone());
        }
        file
    }

    fn source_of(&self, text: Text, span: Extent) -> Source {
        let site = self.cx.site.unwrap_or_else(|| self.site(span));
        // Inside another text the place is that of the command that runs the outermost one.
        let span = self.source().map_or_else(|| self.place(span), |it| it.span);
        // Offsets count in what was parsed.
        let lossy = text.lossy();
        let text = match lossy {
            std::borrow::Cow::Borrowed(_) => text,
            std::borrow::Cow::Owned(lossy) => Text::new(lossy, text.origin()),
        };
        Source { text, site, span }
    }
}
