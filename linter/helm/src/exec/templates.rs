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
    /// [`super::parse_order`]), because the last definition of a name counts, unless it is empty.
    pub(crate) fn add(&mut self, name: &str, file: &Arc<ast::File>) {
        for (name, template) in named(name, file) {
            let name = name.as_bytes();
            if !template.is_empty() || !self.by_name.contains_key(name) {
                self.by_name.insert(name.into(), template);
            }
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

impl Template {
    /// Whether it does not replace another one (text/template `associate`).
    fn is_empty(&self) -> bool {
        ast::is_empty(&self.body, &self.file.text)
    }
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
    /// Puts the definitions of a text over what there is; the text itself has a name too.
    pub(super) fn new(
        templates: &Templates,
        below: Option<Rc<Overlay>>,
        name: &str,
        file: &Arc<ast::File>,
        source: &Rc<Source>,
    ) -> Self {
        let mut overlay = Self { below, by_name: HashMap::new() };
        for (name, template) in named(name, file) {
            let name = name.as_bytes();
            let known = overlay.get(name).is_some() || templates.get(name).is_some();
            if !template.is_empty() || !known {
                let inline = Inline { template, source: source.clone() };
                overlay.by_name.insert(name.into(), Rc::new(inline));
            }
        }
        overlay
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
    /// Finds a name, first in what `tpl` defines.
    pub(super) fn by_name(
        templates: &'a Templates,
        overlay: Option<&Rc<Overlay>>,
        name: &[u8],
    ) -> Option<Self> {
        match overlay.and_then(|it| it.get(name)) {
            Some(inline) => Some(Self::Inline(inline.clone())),
            None => templates.get(name).map(Self::Chart),
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

    /// The file it is in.
    pub(super) fn file(&self) -> &ast::File {
        &self.template().file
    }

    pub(super) fn source(&self) -> Option<&Rc<Source>> {
        match self {
            Self::Chart(_) => None,
            Self::Inline(inline) => Some(&inline.source),
        }
    }

    /// The message of a [`Node::Broken`].
    pub(super) fn syntax_error(&self, index: usize) -> &str {
        self.file().errors.get(index).map_or("unexpected code", |it| it.message.as_str())
    }
}
