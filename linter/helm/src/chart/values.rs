//! What the user says about values: files and `--set`, in Helm's order (helm 4.3.1
//! pkg/cli/values/options.go).

use std::sync::Arc;

use goready_model::{FileId, Span};

use super::{
    coalesce::overlay,
    strvals::{self, Kind, ReadFile},
};
use crate::{
    context::Context,
    data,
    text::Text,
    value::{Map, Value},
};

/// One source of values over those of the chart.
#[derive(Debug, Clone)]
pub struct ValuesSource {
    /// Of the file, or one that stands for the argument: spans then lie in its text.
    pub id: FileId,
    pub text: Arc<str>,
    pub kind: ValuesKind,
}

/// The kinds of sources, in the order in which they are applied whatever the order they are given
/// in; later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValuesKind {
    /// `-f`
    File,
    /// `--set-json`
    Json,
    /// `--set`
    Set,
    /// `--set-string`
    String,
    /// `--set-file`
    FileContent,
    /// `--set-literal`
    Literal,
}

/// Values that Helm refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValuesError {
    pub(crate) span: Option<Span>,
    pub(crate) message: String,
}

impl ValuesError {
    /// An error in the text of a file: at the line that it names.
    pub(super) fn in_file(id: FileId, text: &str, message: String) -> Self {
        let number = message.split("line ").nth(1).and_then(|it| {
            let digits = it.find(|c: char| !c.is_ascii_digit()).unwrap_or(it.len());
            it[..digits].parse::<usize>().ok()
        });
        let line = text.split_inclusive('\n').nth(number.unwrap_or(1).saturating_sub(1));
        let span = line.map_or(Span::new(id, 0, 0), |line| {
            let start = line.as_ptr() as usize - text.as_ptr() as usize;
            let content = line.trim();
            let start = start + line.len() - line.trim_start().len();
            Span::new(id, start, start + content.len())
        });
        Self { span: Some(span), message }
    }

    pub(super) fn within(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl From<String> for ValuesError {
    fn from(message: String) -> Self {
        Self { span: None, message }
    }
}

/// Puts all sources into one map.
///
/// # Errors
/// The first source that Helm refuses, in its words.
pub(crate) fn user_values(
    cx: &mut Context,
    sources: &[ValuesSource],
    read_file: &ReadFile<'_>,
) -> Result<Map, ValuesError> {
    let mut ordered: Vec<_> = sources.iter().collect();
    ordered.sort_by_key(|it| it.kind);
    let mut values = Map::new();
    for source in ordered {
        apply(cx, source, read_file, &mut values)
            .map_err(|message| ValuesError::in_file(source.id, &source.text, message))?;
    }
    Ok(values)
}

fn apply(
    cx: &mut Context,
    source: &ValuesSource,
    read_file: &ReadFile<'_>,
    values: &mut Map,
) -> Result<(), String> {
    let text = &*source.text;
    let (option, kind) = match source.kind {
        ValuesKind::File => {
            let read = data::yaml::read_values(cx, source.id, text)?;
            *values = overlay(values, read.as_map().unwrap_or(&Map::new()));
            return Ok(());
        }
        ValuesKind::Json if text.trim().starts_with('{') => {
            let read = json_object(cx, source);
            let read =
                read.ok_or_else(|| format!("failed parsing --set-json data JSON: {text}"))?;
            *values = overlay(values, &read);
            return Ok(());
        }
        ValuesKind::Json => ("--set-json", Kind::Json),
        ValuesKind::Set => ("--set", Kind::Typed),
        ValuesKind::String => ("--set-string", Kind::String),
        ValuesKind::FileContent => ("--set-file", Kind::File(read_file)),
        ValuesKind::Literal => ("--set-literal", Kind::Literal),
    };
    strvals::set(cx, source.id, text, kind, values).map_err(|error| match source.kind {
        ValuesKind::Json => format!("failed parsing {option} data {text}"),
        _ => format!("failed parsing {option} data: {error}"),
    })
}

fn json_object(cx: &mut Context, source: &ValuesSource) -> Option<Map> {
    let span = Span::new(source.id, 0, source.text.len());
    let node = crate::origin::ValuesNode { value: span, key: None, parent: None, step: None };
    let node = cx.origins.add_values(node);
    let origin = cx.origins.fed(node);
    let text = Text::new(source.text.trim(), origin);
    let value: Value = data::json::read(cx, &text).ok()?;
    value.as_map().cloned()
}
