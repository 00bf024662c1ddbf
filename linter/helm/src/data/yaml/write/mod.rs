//! From values to YAML text, byte by byte as go-yaml's emitter writes it (`encode.go` and
//! `emitterc.go` of go.yaml.in/yaml v2 2.4.2 and v3 3.0.3).
//!
//! Flow collections are written only when they are empty, anchors and comments never: no template
//! can ask for them. Every scalar and key keeps the origins of its text; `- `, `: ` and
//! indentation have the origin of the node they introduce.

mod analysis;
mod order;
mod scalars;
#[cfg(test)]
mod tests;
mod through_json;

use std::ops::Range;

use base64::{Engine, engine::general_purpose::STANDARD};

use self::{
    analysis::is_word,
    scalars::{Style, is_simple_key},
};
use crate::{
    data::fmt::float,
    origin::Origin,
    text::{Text, TextBuilder},
    value::{Data, Entry, List, Map, Value},
};

/// Collections within collections. Go has no such limit for YAML, but its JSON finds maps that
/// contain themselves.
const MAX_DEPTH: usize = 500;

/// Bytes of one text; values that share parts can be far larger than they are.
const MAX_BYTES: usize = 64 << 20;

/// What `toYaml` writes (sigs.k8s.io/yaml `Marshal`), with the newline at the end that `toYaml`
/// cuts off.
///
/// # Errors
/// The value has no JSON: it holds infinity or itself.
pub(crate) fn write(value: &Value) -> Result<Text, String> {
    Emitter::new(Version::V2).document(value)
}

/// What `toYamlPretty` writes (go.yaml.in/yaml/v3), with the newline at the end.
///
/// # Errors
/// The value contains itself.
pub(crate) fn write_pretty(value: &Value) -> Result<Text, String> {
    Emitter::new(Version::V3).document(value)
}

/// The two go-yamls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// Folds at 80 columns, does not indent lists in mappings, and gets its values as JSON.
    V2,
    /// Does not fold, indents lists, and knows Go's types.
    V3,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Item,
    SimpleKey,
    /// The value of a key, or a key behind `?`.
    Mapping,
}

struct Emitter {
    version: Version,
    out: TextBuilder,
    /// Origin of what is written for structure.
    origin: Origin,
    /// Column of the innermost collection, -1 outside.
    indent: i32,
    /// In characters.
    column: usize,
    /// The last character was a blank.
    whitespace: bool,
    /// Only indentation and `-`, `?` or `:` stand on this line.
    indention: bool,
    depth: usize,
}

impl Emitter {
    fn new(version: Version) -> Self {
        Self {
            version,
            out: TextBuilder::default(),
            origin: Origin::NONE,
            indent: -1,
            column: 0,
            whitespace: true,
            indention: true,
            depth: 0,
        }
    }

    fn document(mut self, value: &Value) -> Result<Text, String> {
        self.node(value, Context::Root)?;
        self.write_indent();
        Ok(self.out.finish())
    }

    fn node(&mut self, value: &Value, context: Context) -> Result<(), String> {
        self.origin = value.origin();
        if self.out.len() > MAX_BYTES {
            return Err(format!("the text is longer than {MAX_BYTES} bytes"));
        }
        match &value.data {
            Data::Nil => self.word(b"null"),
            Data::Bool(it) => self.word(if *it { b"true" } else { b"false" }),
            Data::Int(it) | Data::Int64(it) => self.word(it.to_string().as_bytes()),
            Data::Float(it) => {
                let number = self.number(*it)?;
                self.word(number.as_bytes());
            }
            Data::Text(text) => self.text(text, context)?,
            Data::Bytes(bytes) => return self.bytes(value, bytes, context),
            Data::List(list) if list.nil && self.version == Version::V2 => self.word(b"null"),
            Data::List(list) if list.items.is_empty() => self.empty(b"[", b"]"),
            Data::List(list) => return self.deeper(|it| it.list(list, context)),
            Data::Map(map) if map.is_empty() => self.empty(b"{", b"}"),
            Data::Map(map) => return self.deeper(|it| it.map(map)),
            Data::Object(object) => {
                let plain = object.plain().with_origin(value.origin());
                return self.deeper(|it| it.node(&plain, context));
            }
        }
        Ok(())
    }

    fn deeper(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("json: unsupported value: encountered a cycle via map[string]interface {}"
                .to_owned());
        }
        let indent = self.indent;
        write(self)?;
        self.indent = indent;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, list: &List, context: Context) -> Result<(), String> {
        let indentless =
            self.version == Version::V2 && context == Context::Mapping && !self.indention;
        if !indentless {
            self.increase_indent();
        }
        for item in list.items.iter() {
            self.origin = item.origin();
            self.write_indent();
            self.block_indicator(b"-");
            self.node(item, Context::Item)?;
        }
        Ok(())
    }

    fn map(&mut self, map: &Map) -> Result<(), String> {
        self.increase_indent();
        let map = map.entries.borrow();
        let mut entries: Vec<_> = map.iter().collect();
        order::sort(&mut entries, self.version);
        for (key, entry) in entries {
            self.entry(key, entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, key: &[u8], entry: &Entry) -> Result<(), String> {
        self.origin = entry.key_origin;
        self.write_indent();
        if is_simple_key(key, self.version) {
            if is_word(key) {
                self.word(key);
            } else {
                self.text(&Text::new(key, entry.key_origin), Context::SimpleKey)?;
            }
            self.origin = entry.value.origin();
            self.indicator(b":", false);
        } else {
            self.block_indicator(b"?");
            self.text(&Text::new(key, entry.key_origin), Context::Mapping)?;
            self.origin = entry.value.origin();
            self.write_indent();
            self.block_indicator(b":");
        }
        self.node(&entry.value, Context::Mapping)
    }

    fn increase_indent(&mut self) {
        self.indent = if self.indent < 0 { 0 } else { self.indent + 2 };
    }

    fn text(&mut self, text: &Text, context: Context) -> Result<(), String> {
        match self.version {
            _ if is_word(text.bytes()) => {
                self.space_before();
                self.write(text, 0..text.len());
                self.whitespace = false;
                self.indention = false;
            }
            Version::V2 => self.string(&*through_json::string(text)?, context),
            Version::V3 if text.as_str().is_none() => self.binary(text),
            Version::V3 => self.string(text, context),
        }
        Ok(())
    }

    fn bytes(&mut self, value: &Value, bytes: &[u8], context: Context) -> Result<(), String> {
        if self.version == Version::V2 {
            // JSON has no bytes: they are base64 there.
            self.string(&Text::new(STANDARD.encode(bytes), value.origin()), context);
            return Ok(());
        }
        let items = bytes.iter().map(|it| Value::int(i64::from(*it)).with_origin(value.origin()));
        self.node(&Value::list(items.collect()).with_origin(value.origin()), context)
    }

    /// Version 3 writes bytes that are no UTF-8 as base64, in lines of 70.
    fn binary(&mut self, text: &Text) {
        const LINE: usize = 70;
        self.indicator(b"!!binary", true);
        let encoded = STANDARD.encode(text.bytes());
        let style = if encoded.len() < LINE { Style::Plain } else { Style::Literal };
        let mut lines = String::new();
        for line in encoded.as_bytes().chunks(LINE) {
            lines.push_str(&String::from_utf8_lossy(line));
            if style == Style::Literal {
                lines.push('\n');
            }
        }
        self.styled(&Text::new(lines, text.origin()), style, true);
    }

    fn number(&self, number: f64) -> Result<String, String> {
        match self.version {
            Version::V2 => through_json::number(number),
            Version::V3 => Ok(match number {
                f64::INFINITY => ".inf".to_owned(),
                f64::NEG_INFINITY => "-.inf".to_owned(),
                it if it.is_nan() => ".nan".to_owned(),
                it => float(it, b'g', None, 64),
            }),
        }
    }

    /// A scalar that is no string.
    fn word(&mut self, word: &[u8]) {
        self.space_before();
        self.put(word);
        self.whitespace = false;
        self.indention = false;
    }

    fn empty(&mut self, open: &[u8], close: &[u8]) {
        self.indicator(open, true);
        self.put(close);
    }

    fn space_before(&mut self) {
        if !self.whitespace {
            self.put(b" ");
        }
    }

    /// An indicator behind which nothing can be indented any more.
    fn indicator(&mut self, indicator: &[u8], spaced: bool) {
        if spaced {
            self.space_before();
        }
        self.put(indicator);
        self.whitespace = false;
        self.indention = false;
    }

    /// `-`, `?` or `:` before a node that may begin on the same line.
    fn block_indicator(&mut self, indicator: &[u8]) {
        self.space_before();
        self.put(indicator);
        self.whitespace = false;
    }

    /// Begins a line where needed, and indents it.
    fn write_indent(&mut self) {
        let indent = self.indent.max(0) as usize;
        let is_behind = self.column > indent || (self.column == indent && !self.whitespace);
        if !self.indention || is_behind {
            self.put_break();
        }
        while self.column < indent {
            let blanks = &b"                                "[..(indent - self.column).min(32)];
            self.put(blanks);
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn put_break(&mut self) {
        self.out.push(b"\n", self.origin);
        self.column = 0;
        self.indention = true;
    }

    /// ASCII of the structure.
    fn put(&mut self, bytes: &[u8]) {
        self.out.push(bytes, self.origin);
        self.column += bytes.len();
    }

    /// A part of a string, within a line.
    fn write(&mut self, text: &Text, range: Range<usize>) {
        let bytes = text.bytes().get(range.clone()).unwrap_or_default();
        self.column += bytes.iter().filter(|it| *it & 0xc0 != 0x80).count();
        self.out.push_slice(text, range);
    }

    /// What stands for the character at an offset of a string.
    fn insert(&mut self, text: &Text, at: usize, bytes: &[u8]) {
        self.out.push(bytes, text.slice(at..at + 1).origin());
        self.column += bytes.len();
    }

    /// A line break of a string.
    fn write_break(&mut self, text: &Text, range: Range<usize>) {
        self.out.push_slice(text, range);
        self.column = 0;
        self.indention = true;
    }
}
