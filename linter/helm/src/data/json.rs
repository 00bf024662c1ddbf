//! JSON as Go's encoding/json reads and writes it (Go 1.26).

mod read;
#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};

pub(crate) use self::read::{read, read_list, read_map};
use super::fmt::{decode, float};
use crate::{
    origin::Origin,
    text::{Text, TextBuilder},
    value::{Data, Value},
};

/// Collections within collections. Go stops where one contains itself, which is as far.
const MAX_DEPTH: usize = 500;

/// Bytes of one text; values that share parts can be far larger than they are.
const MAX_BYTES: usize = 64 << 20;

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Json {
    /// `<`, `>` and `&` as `\u003c` and so on: all but `toRawJson`.
    pub(crate) escape_html: bool,
    /// What a level is indented by; everything on one line without it.
    pub(crate) indent: Option<&'static str>,
}

/// What encoding/json writes. Every scalar keeps the origins of its text; brackets, commas and
/// colons have the origin of the node they introduce.
///
/// # Errors
/// The value has no JSON: it holds infinity or itself.
pub(crate) fn write(value: &Value, json: Json) -> Result<Text, String> {
    let mut writer = Writer { json, out: TextBuilder::default(), depth: 0 };
    writer.value(value)?;
    Ok(writer.out.finish())
}

struct Writer {
    json: Json,
    out: TextBuilder,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        let origin = value.origin();
        if self.out.len() > MAX_BYTES {
            return Err(format!("the text is longer than {MAX_BYTES} bytes"));
        }
        match &value.data {
            Data::Nil => self.out.push(b"null", origin),
            Data::Bool(it) => self.out.push(if *it { b"true" } else { b"false" }, origin),
            Data::Int(it) | Data::Int64(it) => self.out.push(it.to_string().as_bytes(), origin),
            Data::Float(it) => {
                let number = number(*it)?;
                self.out.push(number.as_bytes(), origin);
            }
            Data::Text(text) => self.string(text),
            Data::Bytes(bytes) => self.string(&Text::new(STANDARD.encode(bytes), origin)),
            Data::List(list) if list.nil => self.out.push(b"null", origin),
            Data::List(list) => {
                self.collection((b"[", b"]"), origin, list.items.iter(), |it, item| {
                    it.line(item.origin());
                    it.value(item)
                })?;
            }
            Data::Map(map) => {
                let map = map.entries.borrow();
                self.collection((b"{", b"}"), origin, map.iter(), |it, (key, entry)| {
                    it.line(entry.key_origin);
                    it.string(&Text::new(&**key, entry.key_origin));
                    let colon: &[u8] = if it.json.indent.is_some() { b": " } else { b":" };
                    it.out.push(colon, entry.value.origin());
                    it.value(&entry.value)
                })?;
            }
            Data::Object(object) => {
                self.enter()?;
                self.value(&object.plain().with_origin(origin))?;
                self.depth -= 1;
            }
        }
        Ok(())
    }

    fn collection<T>(
        &mut self,
        (open, close): (&[u8], &[u8]),
        origin: Origin,
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), String>,
    ) -> Result<(), String> {
        self.enter()?;
        self.out.push(open, origin);
        let is_empty = items.len() == 0;
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(b",", origin);
            }
            write(self, item)?;
        }
        self.depth -= 1;
        if !is_empty {
            self.line(origin);
        }
        self.out.push(close, origin);
        Ok(())
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("json: unsupported value: encountered a cycle via map[string]interface {}"
                .to_owned());
        }
        Ok(())
    }

    /// Begins a line, where there are lines.
    fn line(&mut self, origin: Origin) {
        if let Some(indent) = self.json.indent {
            self.out.push(b"\n", origin);
            self.out.push(indent.repeat(self.depth).as_bytes(), origin);
        }
    }

    fn string(&mut self, text: &Text) {
        let bytes = text.bytes();
        self.out.push(b"\"", text.origin());
        let mut last = text.origin();
        let mut at = 0;
        for (run, origin) in text.runs() {
            last = origin;
            // What was passed but not yet written.
            let mut from = at;
            while at < run.end {
                let Some((character, length)) = decode(&bytes[at..]) else { break };
                let escaped = match character {
                    None => Some("\\ufffd".to_owned()),
                    Some(character) => self.escape(character),
                };
                if let Some(escaped) = escaped {
                    self.out.push(&bytes[from..at], origin);
                    self.out.push(escaped.as_bytes(), origin);
                    from = at + length;
                }
                at += length;
            }
            self.out.push(&bytes[from..at], origin);
        }
        self.out.push(b"\"", last);
    }

    fn escape(&self, character: char) -> Option<String> {
        Some(match character {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                format!("\\u{:04x}", u32::from(character))
            }
            '<' | '>' | '&' if self.json.escape_html => format!("\\u{:04x}", u32::from(character)),
            _ => return None,
        })
    }
}

/// A float as encoding/json writes it: like JavaScript, with an exponent only where it is long.
pub(crate) fn number(number: f64) -> Result<String, String> {
    if !number.is_finite() {
        return Err(format!("json: unsupported value: {}", float(number, b'g', None, 64)));
    }
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return Ok(float(number, b'f', None, 64));
    }
    // `1e-07` is written `1e-7`.
    let text = float(number, b'e', None, 64);
    Ok(match text.split_once("e-0") {
        Some((mantissa, exponent)) => format!("{mantissa}e-{exponent}"),
        None => text,
    })
}
