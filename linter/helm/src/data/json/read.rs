//! From JSON text to values, with the errors of `encoding/json`.

use std::borrow::Cow;

use crate::{
    context::Context,
    data::{
        fmt::{decode, quote},
        mismatch,
        source::Source,
    },
    text::Text,
    value::{Data, Map, Value},
};

/// Go's own limit is 10,000.
const MAX_DEPTH: usize = 250;

/// Reads a text. The origin of a node is that of its first byte; strings keep those of all their
/// bytes.
///
/// # Errors
/// What `json.Unmarshal` says.
pub(crate) fn read(cx: &mut Context, text: &Text) -> Result<Value, String> {
    cx.spend(1 + text.len() as u64 / 16).map_err(|it| it.0)?;
    let mut reader = Reader {
        bytes: text.bytes(),
        at: 0,
        depth: 0,
        source: Source::new(text),
        out_of_range: None,
    };
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.at < reader.bytes.len() {
        return reader.fail("after top-level value");
    }
    match reader.out_of_range {
        None => Ok(value),
        Some(number) => {
            Err(format!("json: cannot unmarshal number {number} into Go value of type float64"))
        }
    }
}

/// Reads a text that must be an object or null.
///
/// # Errors
/// As [`read`]; also for another value.
pub(crate) fn read_map(cx: &mut Context, text: &Text) -> Result<Value, String> {
    let value = read(cx, text)?;
    match value.data {
        Data::Map(_) | Data::Nil => Ok(value),
        _ => Err(mismatch(&value, "map[string]interface {}")),
    }
}

/// Reads a text that must be an array or null.
///
/// # Errors
/// As [`read`]; also for another value.
pub(crate) fn read_list(cx: &mut Context, text: &Text) -> Result<Value, String> {
    let value = read(cx, text)?;
    match value.data {
        Data::List(_) | Data::Nil => Ok(value),
        _ => Err(mismatch(&value, "[]interface {}")),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    source: Source<'a>,
    /// The first number that no float64 holds: found only when everything else is right.
    out_of_range: Option<String>,
}

impl Reader<'_> {
    /// The next byte; Go looks for a blank behind the end.
    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(b' ')
    }

    fn skip_blanks(&mut self) {
        while self.at < self.bytes.len() && matches!(self.byte(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    /// The next byte that is no blank.
    ///
    /// # Errors
    /// There is none.
    fn next(&mut self) -> Result<u8, String> {
        self.skip_blanks();
        match self.bytes.get(self.at) {
            Some(byte) => Ok(*byte),
            None => Err("unexpected end of JSON input".to_owned()),
        }
    }

    fn fail<T>(&self, context: &str) -> Result<T, String> {
        let byte = self.byte();
        let shown = match byte {
            b'\'' => r"\'".to_owned(),
            b'"' => "\"".to_owned(),
            byte => {
                let quoted = quote(char::from(byte).to_string().as_bytes());
                String::from_utf8_lossy(&quoted[1..quoted.len() - 1]).into_owned()
            }
        };
        Err(format!("invalid character '{shown}' {context}"))
    }

    fn value(&mut self) -> Result<Value, String> {
        let first = self.next()?;
        let start = self.at;
        let origin = self.source.origin_at(start as u32);
        let data = match first {
            b'{' => self.nested(Self::object)?,
            b'[' => self.nested(Self::array)?,
            b'"' => Data::Text(self.string()?),
            b't' => self.literal("true", Data::Bool(true))?,
            b'f' => self.literal("false", Data::Bool(false))?,
            b'n' => self.literal("null", Data::Nil)?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return self.fail("looking for beginning of value"),
        };
        Ok(Value::new(data, origin))
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Data, String>,
    ) -> Result<Data, String> {
        if self.depth == MAX_DEPTH {
            return self.fail("exceeded max depth");
        }
        self.depth += 1;
        self.at += 1;
        let data = read(self)?;
        self.depth -= 1;
        Ok(data)
    }

    fn object(&mut self) -> Result<Data, String> {
        let map = Map::new();
        if self.next()? == b'}' {
            self.at += 1;
            return Ok(Data::Map(map));
        }
        loop {
            if self.next()? != b'"' {
                return self.fail("looking for beginning of object key string");
            }
            let key = self.string()?;
            if self.next()? != b':' {
                return self.fail("after object key");
            }
            self.at += 1;
            let value = self.value()?;
            map.insert(key.bytes(), key.origin(), value);
            match self.next()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return self.fail("after object key:value pair"),
            }
        }
        self.at += 1;
        Ok(Data::Map(map))
    }

    fn array(&mut self) -> Result<Data, String> {
        let mut items = Vec::new();
        if self.next()? == b']' {
            self.at += 1;
            return Ok(Value::list(items).data);
        }
        loop {
            items.push(self.value()?);
            match self.next()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return self.fail("after array element"),
            }
        }
        self.at += 1;
        Ok(Value::list(items).data)
    }

    fn literal(&mut self, word: &str, data: Data) -> Result<Data, String> {
        for expected in word.bytes() {
            if self.byte() != expected {
                let expected = char::from(expected);
                return self.fail(&format!("in literal {word} (expecting '{expected}')"));
            }
            self.at += 1;
        }
        Ok(data)
    }

    fn digits(&mut self, context: &str) -> Result<(), String> {
        if !self.byte().is_ascii_digit() {
            return self.fail(context);
        }
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Data, String> {
        let start = self.at;
        if self.byte() == b'-' {
            self.at += 1;
        }
        if self.byte() == b'0' {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.byte() == b'.' {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.bytes[start..self.at]);
        let number: f64 = text.parse().unwrap_or(f64::INFINITY);
        if number.is_infinite() && self.out_of_range.is_none() {
            self.out_of_range = Some(text.into_owned());
        }
        Ok(Data::Float(number))
    }

    fn string(&mut self) -> Result<Text, String> {
        let start = self.at + 1;
        self.at = start;
        // What was read before `from`, once something was not as in the text.
        let mut before: Option<Vec<u8>> = None;
        let mut from = start;
        loop {
            let Some(byte) = self.bytes.get(self.at).copied() else {
                return Err("unexpected end of JSON input".to_owned());
            };
            let at = self.at;
            let replacement = match byte {
                b'"' => break,
                b'\\' => self.escape()?,
                0..b' ' => return self.fail("in string literal"),
                b' '..0x80 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let (character, length) = decode(&self.bytes[at..]).unwrap_or((None, 1));
                    self.at += length;
                    if character.is_some() {
                        continue;
                    }
                    char::REPLACEMENT_CHARACTER
                }
            };
            let before = before.get_or_insert_default();
            before.extend_from_slice(&self.bytes[from..at]);
            before.extend_from_slice(replacement.encode_utf8(&mut [0; 4]).as_bytes());
            from = self.at;
        }
        let rest = &self.bytes[from..self.at];
        let value = match before {
            None => Cow::Borrowed(rest),
            Some(mut before) => {
                before.extend_from_slice(rest);
                Cow::Owned(before)
            }
        };
        let text = self.source.read(value, (start as u32, self.at as u32));
        self.at += 1;
        Ok(text)
    }

    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let character = match self.byte() {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.code_point();
            }
            _ => return self.fail("in string escape code"),
        };
        self.at += 1;
        Ok(character)
    }

    /// `00e9`, or a pair of surrogates. A lone one is U+FFFD.
    fn code_point(&mut self) -> Result<char, String> {
        let high = self.hexadecimal()?;
        if let Some(character) = char::from_u32(high) {
            return Ok(character);
        }
        let end = self.at;
        if self.bytes[end..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hexadecimal()?;
            if (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            // What follows stands for itself.
            self.at = end;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hexadecimal(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = char::from(self.byte()).to_digit(16) else {
                return self.fail("in \\u hexadecimal character escape");
            };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }
}
