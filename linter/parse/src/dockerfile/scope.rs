//! Which variables an instruction sees: global `ARG`s, a stage's `ARG`s and `ENV`s.

use std::collections::BTreeMap;

use goready_model::{FileId, ImageName, Located, Place, SourceText, WordPart};

use crate::build::{
    expand::{self, PLATFORM_VARIABLES, unresolved},
    shell,
};

/// Variables in scope, each where its value was written. `${NAME}` in a value stands for what is
/// not known.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    arguments: BTreeMap<String, Located<String>>,
    environment: BTreeMap<String, Located<String>>,
    /// The base image brings variables that are not known here.
    open: bool,
}

impl Scope {
    /// The scope before the first `FROM`, where the platform's variables are set.
    pub(super) fn global(file: FileId) -> Self {
        let head = Place::new(file, 0, 0);
        let set = |name: &&str| ((*name).to_owned(), Located::new(unresolved(name), head));
        Self { arguments: PLATFORM_VARIABLES.iter().map(set).collect(), ..Self::default() }
    }

    /// The scope of a stage on an image. The golang images set GOPATH (docker-library/golang).
    pub(super) fn on_image(image: Option<&ImageName>, at: Place) -> Self {
        let mut scope = Self { open: true, ..Self::default() };
        if image.is_some_and(ImageName::is_golang) {
            scope.environment("GOPATH", Located::new("/go".to_owned(), at));
        }
        scope
    }

    /// `ARG name` or `ARG name=default`. A global argument of that name gives the default.
    ///
    /// The platform's variables stay what BuildKit sets even with a default: the default is a
    /// defect of its own, and what is written with the variable is meant to follow the target.
    pub(super) fn argument(
        &mut self,
        name: &Located<String>,
        default: Option<&Located<String>>,
        globals: &Self,
    ) {
        let open = Located::new(unresolved(&name.value), name.place);
        let value = if PLATFORM_VARIABLES.contains(&&*name.value) {
            open
        } else {
            default.or_else(|| globals.arguments.get(&name.value)).cloned().unwrap_or(open)
        };
        self.arguments.insert(name.value.clone(), value);
    }

    pub(super) fn environment(&mut self, name: &str, value: Located<String>) {
        self.environment.insert(name.to_owned(), value);
    }

    /// `ENV` wins over `ARG`.
    fn get(&self, name: &str) -> Option<&Located<String>> {
        self.environment.get(name).or_else(|| self.arguments.get(name))
    }

    /// Everything a `RUN` sees.
    pub(super) fn all(&self) -> BTreeMap<String, Located<String>> {
        let mut all = self.arguments.clone();
        all.extend(self.environment.iter().map(|(name, value)| (name.clone(), value.clone())));
        all
    }

    /// The text of a word with its variables. Names that are not in scope are empty, as in
    /// BuildKit, unless the base image may set them.
    pub(super) fn expand(&self, parts: &[WordPart]) -> String {
        let lookup = |name: &str| match self.get(name) {
            Some(value) => Some(value.value.clone()),
            None if self.open && !PLATFORM_VARIABLES.contains(&name) => None,
            None => Some(String::new()),
        };
        expand::text(parts, &lookup)
    }

    /// The same for a text of several words.
    pub(super) fn expand_text(&self, text: &SourceText) -> String {
        let words = shell::words(text);
        words.iter().map(|(_, word)| self.expand(&word.parts)).collect::<Vec<_>>().join(" ")
    }
}
