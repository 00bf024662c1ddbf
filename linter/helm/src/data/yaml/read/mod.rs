//! From YAML text to values with origins.

mod documents;
mod nodes;
mod scalar;
mod scanner;
mod sink;
#[cfg(test)]
mod tests;

use goready_model::FileId;

use self::{nodes::Reader, sink::Sink};
use crate::{
    context::Context,
    text::Text,
    value::{Data, Map, Value},
};

/// Reads a values file, its documents merged in order (helm 4.3.1, `LoadValues`). Every node gets
/// an origin in the file.
///
/// # Errors
/// What Helm says: `cannot unmarshal yaml document: ...`.
pub(crate) fn read_values(
    cx: &mut Context,
    file: FileId,
    text: &str,
) -> std::result::Result<Value, String> {
    cx.spend(1 + text.len() as u64 / 16).map_err(|it| it.0)?;
    let values = Map::new();
    let mut root = None;
    for range in documents::split(text.as_bytes()) {
        let base = range.start as u32;
        let bytes = text.as_bytes().get(range).unwrap_or_default();
        let sink = Sink::values(&mut cx.origins, file, base);
        let document = parse(bytes, sink)
            .and_then(|it| expect(it, "map[string]interface {}"))
            .map_err(|message| format!("cannot unmarshal yaml document: {message}"))?;
        if let Some(map) = document.as_map() {
            documents::merge(&values, map, 0);
            root = root.or(Some(document.origin()));
        }
    }
    let values = Value::map(values);
    Ok(match root {
        Some(origin) => values.with_origin(origin),
        None => values,
    })
}

/// Reads the first document of a text, as `fromYaml` does. The origin of a node is that of its
/// first byte; strings keep those of all their bytes.
///
/// # Errors
/// What sigs.k8s.io/yaml says: `error converting YAML to JSON: yaml: line 3: ...`.
pub(super) fn read(cx: &mut Context, text: &Text) -> std::result::Result<Value, String> {
    cx.spend(1 + text.len() as u64 / 16).map_err(|it| it.0)?;
    parse(text.bytes(), Sink::text(text))
}

/// Reads a text that must be a mapping; nothing at all is an empty one.
///
/// # Errors
/// As [`read`]; also for another value.
pub(crate) fn read_map(cx: &mut Context, text: &Text) -> std::result::Result<Value, String> {
    let value = expect(read(cx, text)?, "map[string]interface {}")?;
    Ok(if value.is_nil() { Value::map(Map::new()).with_origin(value.origin()) } else { value })
}

/// Reads a text that must be a list; nothing at all is an empty one.
///
/// # Errors
/// As [`read`]; also for another value.
pub(crate) fn read_list(cx: &mut Context, text: &Text) -> std::result::Result<Value, String> {
    let value = expect(read(cx, text)?, "[]interface {}")?;
    Ok(if value.is_nil() { Value::list(Vec::new()).with_origin(value.origin()) } else { value })
}

fn expect(value: Value, wanted: &str) -> std::result::Result<Value, String> {
    let fits = match value.data {
        Data::Nil => true,
        Data::Map(_) => wanted.starts_with("map"),
        Data::List(_) => wanted.starts_with("[]"),
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    let mismatch = crate::data::mismatch(&value, wanted);
    Err(format!("error unmarshaling JSON: while decoding JSON: {mismatch}"))
}

fn parse(bytes: &[u8], sink: Sink<'_>) -> std::result::Result<Value, String> {
    let fail = |message: String| format!("error converting YAML to JSON: {message}");
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    documents::check_characters(bytes).map_err(|it| fail(format!("yaml: {it}")))?;
    Reader::new(bytes, start, sink).document().map_err(fail)
}

/// A place in the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    offset: u32,
    /// From 0.
    line: u32,
    /// In characters.
    column: u32,
}

/// What go-yaml says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Error(String);

type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error between tokens. go-yaml counts its lines from 1, and leaves the first one out.
    fn scanner(at: Mark, context: Mark, problem: &str) -> Self {
        let line = if at.line > 0 { at.line + 1 } else { context.line };
        Self::at(line, problem)
    }

    /// An error of tokens in a wrong order. go-yaml counts its lines from 0.
    fn parser(at: Mark, context: Mark, problem: &str) -> Self {
        Self::at(if at.line > 0 { at.line } else { context.line }, problem)
    }

    fn at(line: u32, problem: &str) -> Self {
        Self(if line > 0 {
            format!("yaml: line {line}: {problem}")
        } else {
            format!("yaml: {problem}")
        })
    }
}
