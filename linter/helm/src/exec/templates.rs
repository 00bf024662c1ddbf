//! The set of templates that can name each other: all files of a chart and its subcharts, with
//! what they define.

use std::{collections::HashMap, rc::Rc, sync::Arc};

use goready_model::Span;

use crate::{
    origin::Site,
    template::ast::{self, Node},
    text::Text,
};

/// All templates of a chart by name.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    by_name: HashMap<Box<[u8]>, Template>,
}

/// A named template, or a file, which is a template of the name of its path.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) body: Arc<[Node]>,
    /// The file it is in.
    file: Arc<ast::File>,
}

impl Templates {
    /// Adds a file and what it defines. Files have to come in Helm's order (see
    /// [`super::parse_order`]), because the last definition of a name counts.
    pub(crate) fn add(&mut self, name: &str, file: Arc<ast::File>) {
        for (name, template) in named(name, &file) {
            add(&mut self.by_name, name, template, |it| it);
        }
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Template> {
        self.by_name.get(name)
    }
}

/// A file's body under its name, and its definitions.
fn named<'f>(
    name: &'f str,
    file: &'f Arc<ast::File>,
) -> impl Iterator<Item = (&'f str, Template)> + 'f {
    let template = |body: &Arc<[Node]>| Template { body: body.clone(), file: file.clone() };
    std::iter::once((name, template(&file.body)))
        .chain(file.defines.iter().map(move |it| (it.name.as_str(), template(&it.body))))
}

/// The last definition of a name wins unless it is empty (text/template `associate`).
fn add<T>(
    set: &mut HashMap<Box<[u8]>, T>,
    name: &str,
    template: Template,
    wrap: impl Fn(Template) -> T,
) {
    if ast::is_empty(&template.body) && set.contains_key(name.as_bytes()) {
        return;
    }
    set.insert(name.as_bytes().into(), wrap(template));
}

/// The text that `tpl` runs.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: Text,
    /// The action that ran it: code inside the text has no place in a file of its own.
    pub(super) site: Site,
    /// The command of that action.
    pub(super) span: Span,
}

/// What a text given to `tpl` defines, for as long as it runs, over what was there.
#[derive(Debug)]
pub(super) struct Overlay {
    below: Option<Rc<Overlay>>,
    by_name: HashMap<Box<[u8]>, Rc<Inline>>,
}

/// A template inside a text given to `tpl`.
#[derive(Debug)]
pub(super) struct Inline {
    template: Template,
    pub(super) source: Rc<Source>,
}

impl Overlay {
    /// `name` is what the text itself is called.
    pub(super) fn new(
        below: Option<Rc<Overlay>>,
        name: &str,
        file: &Arc<ast::File>,
        source: &Rc<Source>,
    ) -> Self {
        let mut by_name = HashMap::new();
        for (name, template) in named(name, file) {
            add(&mut by_name, name, template, |template| {
                Rc::new(Inline { template, source: source.clone() })
            });
        }
        Self { below, by_name }
    }

    fn get(&self, name: &[u8]) -> Option<&Rc<Inline>> {
        let mut next = Some(self);
        while let Some(overlay) = next {
            if let Some(inline) = overlay.by_name.get(name) {
                return Some(inline);
            }
            next = overlay.below.as_deref();
        }
        None
    }
}

/// A template to run.
#[derive(Debug, Clone)]
pub(super) enum Found<'a> {
    Chart(&'a Template),
    Inline(Rc<Inline>),
}

impl<'a> Found<'a> {
    /// Finds a name, first in what `tpl` defines. An empty definition there does not hide one of
    /// the chart.
    pub(super) fn by_name(
        templates: &'a Templates,
        overlay: Option<&Rc<Overlay>>,
        name: &[u8],
    ) -> Option<Self> {
        let chart = templates.get(name);
        match overlay.and_then(|it| it.get(name)) {
            Some(inline) if chart.is_none() || !ast::is_empty(&inline.template.body) => {
                Some(Self::Inline(inline.clone()))
            }
            _ => chart.map(Self::Chart),
        }
    }

    /// The text itself that `tpl` runs.
    pub(super) fn inline(file: Arc<ast::File>, source: Rc<Source>) -> Self {
        let template = Template { body: file.body.clone(), file };
        Self::Inline(Rc::new(Inline { template, source }))
    }

    fn template(&self) -> &Template {
        match self {
            Self::Chart(template) => template,
            Self::Inline(inline) => &inline.template,
        }
    }

    pub(super) fn body(&self) -> &[Node] {
        &self.template().body
    }

    pub(super) fn source(&self) -> Option<&Rc<Source>> {
        match self {
            Self::Chart(_) => None,
            Self::Inline(inline) => Some(&inline.source),
        }
    }

    /// The message of a [`Node::Broken`].
    pub(super) fn syntax_error(&self, index: usize) -> &str {
        self.template().file.errors.get(index).map_or("unexpected code", |it| it.message.as_str())
    }
}
