//! An error in `goready.toml`, as a diagnostic that points into it.

use std::{fmt, ops::Range, sync::Arc};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::ConfigSource;

/// The configuration says something that cannot be followed.
#[derive(Debug)]
pub struct ConfigError {
    pub message: String,
    /// An instruction.
    pub help: Option<String>,
    /// Path of the file.
    pub path: Arc<str>,
    /// Bytes of the place; empty at the start when there is none.
    pub span: Range<usize>,
    source: NamedSource<Arc<str>>,
}

impl ConfigError {
    pub(super) fn new(
        source: &ConfigSource,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Box<Self> {
        Box::new(Self {
            message: message.into(),
            help,
            path: source.path.clone(),
            span,
            source: NamedSource::new(&*source.path, source.text.clone()),
        })
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Diagnostic for ConfigError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|it| Box::new(it) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new(None, self.span.start, self.span.len());
        Some(Box::new(std::iter::once(label)))
    }
}
