//! Runs templates: Go's text/template with the functions that Helm's engine adds.
//!
//! What a template prints is a [`Text`], each byte with its origin. In [`Mode::Helm`] the first
//! error ends a file, as in helm; in [`Mode::Lint`] an error loses no more than the action it
//! stands in, and the output says where something is missing.
//!
//! Facts about the language are those of Go 1.26 `src/text/template/exec.go` and `funcs.go`, about
//! Helm those of helm 4.3.1 `pkg/engine/engine.go`. Parsing is in [`crate::template`], functions
//! that need no interpreter in [`crate::functions`].

mod arguments;
mod builtins;
mod call;
mod complex;
mod engine;
mod evaluate;
mod interpreter;
mod losses;
mod no_value;
mod reflected;
mod templates;
#[cfg(test)]
mod tests;
mod walk;

use std::{cmp::Ordering, collections::BTreeSet, ops::Range};

use goready_model::Span;

use crate::text::Text;

pub(crate) use interpreter::Interpreter;
pub(crate) use templates::Templates;

/// What one file printed.
#[derive(Debug)]
pub(crate) struct FileOutput {
    /// In [`Mode::Helm`] of a file with an error, what it printed before that.
    ///
    /// [`Mode::Helm`]: crate::Mode::Helm
    pub(crate) text: Text,
    /// In the order they happened, each once.
    pub(crate) errors: Vec<Error>,
    /// Where the text is not what it would be without the errors; ascending.
    pub(crate) holes: Vec<Hole>,
}

/// A part of the output that an error spoilt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hole {
    /// What was printed in its place, perhaps nothing.
    pub(crate) range: Range<usize>,
    /// Index into [`FileOutput::errors`].
    pub(crate) error: usize,
}

/// Something that helm gives up on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    pub(crate) kind: Kind,
    /// In Go's or Helm's words, without the place.
    pub(crate) message: String,
    /// The node that Go names: the innermost one, where the cause is.
    pub(crate) span: Span,
    /// The actions that included the template it is in, innermost first.
    pub(crate) chain: Vec<Span>,
}

/// Why helm gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The language: a field of nothing, a value of the wrong type.
    Evaluation,
    /// A function said no.
    Function,
    /// No function has that name, or the code could not be parsed.
    Syntax,
    /// No template has that name: often a dependency that is not there.
    MissingTemplate,
    /// `required` of a value that is not set.
    Required,
    /// `fail`.
    Fail,
    /// The chart costs more than it may.
    Limit,
}

/// Blocks of templates that ran, each by the span of its first node: what is not here, no render
/// showed.
pub(crate) type Reached = BTreeSet<Span>;

/// The order in which Helm parses and runs the files of a chart, by path with the chart's name in
/// front (`sortTemplates`): deepest first, then from the last name to the first.
pub(crate) fn parse_order(one: &str, other: &str) -> Ordering {
    let depth = |path: &str| path.bytes().filter(|it| *it == b'/').count();
    depth(other).cmp(&depth(one)).then_with(|| other.cmp(one))
}
