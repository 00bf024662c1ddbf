//! TOML as github.com/BurntSushi/toml 1.6 reads and writes it for Helm.
//!
//! Reading is the toml crate's, so that errors are worded by it. A date is a string here, where Go
//! has a `time.Time`.

use std::borrow::Cow;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::{fmt::float, source::Source};
use crate::{
    context::Context,
    text::{Text, TextBuilder},
    value::{Data, Element, List, Map, Value},
};

/// Collections within collections.
const MAX_DEPTH: usize = 250;

/// Bytes of one text; values that share parts can be far larger than they are.
const MAX_BYTES: usize = 64 << 20;

/// Reads a document. The origin of a node is that of its first byte; strings keep those of all
/// their bytes.
///
/// # Errors
/// The text is no TOML: `toml: line 1: ...`.
pub(crate) fn read(cx: &mut Context, text: &Text) -> Result<Value, String> {
    cx.spend(1 + text.len() as u64 / 16).map_err(|it| it.0)?;
    let Some(source) = text.as_str() else {
        return Err("toml: files must be encoded in UTF-8".to_owned());
    };
    let table = DeTable::parse(source).map_err(|error| {
        let at = error.span().map_or(0, |it| it.start);
        let line = 1 + source.bytes().take(at).filter(|it| *it == b'\n').count();
        format!("toml: line {line}: {}", error.message().lines().next().unwrap_or_default())
    })?;
    let source = Source::new(text);
    Ok(Value::map(table_of(&source, table.get_ref(), 0)?).with_origin(source.origin_at(0)))
}

fn table_of(source: &Source<'_>, table: &DeTable<'_>, depth: usize) -> Result<Map, String> {
    let map = Map::new();
    for (key, value) in table {
        let origin = source.origin_at(key.span().start as u32);
        map.insert(key.get_ref().as_bytes(), origin, value_of(source, value, depth + 1)?);
    }
    Ok(map)
}

fn value_of(
    source: &Source<'_>,
    value: &Spanned<DeValue<'_>>,
    depth: usize,
) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("toml: nested deeper than {MAX_DEPTH}"));
    }
    let bounds = (value.span().start as u32, value.span().end as u32);
    let read = |text: &str| source.read(Cow::Borrowed(text.as_bytes()), bounds);
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Text(read(text)),
        DeValue::Datetime(date) => Data::Text(read(&date.to_string())),
        DeValue::Boolean(it) => Data::Bool(*it),
        DeValue::Integer(it) => Data::Int64(
            i64::from_str_radix(it.as_str(), it.radix())
                .map_err(|_| format!("toml: {} is out of range for int64", it.as_str()))?,
        ),
        DeValue::Float(it) => Data::Float(it.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Array(items) => {
            let items: Result<Vec<_>, _> =
                items.iter().map(|it| value_of(source, it, depth + 1)).collect();
            Value::list(items?).data
        }
        DeValue::Table(table) => Data::Map(table_of(source, table, depth)?),
    };
    Ok(Value::new(data, source.origin_at(bounds.0)))
}

/// Writes a document.
///
/// # Errors
/// The value has no TOML: a list holds nil, or something contains itself.
pub(crate) fn write(value: &Value) -> Result<Text, String> {
    let mut writer = Writer { out: TextBuilder::default() };
    writer.node(&[], value)?;
    Ok(writer.out.finish())
}

struct Writer {
    out: TextBuilder,
}

/// What decides how a value is laid out (`tomlTypeOfGo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Absent,
    Scalar,
    Table,
    /// A list of tables only.
    Tables,
}

impl Shape {
    fn of(value: &Value, depth: usize) -> Result<Self, String> {
        if depth > MAX_DEPTH {
            return Err(format!("toml: nested deeper than {MAX_DEPTH}"));
        }
        match &value.data {
            Data::Nil => Ok(Self::Absent),
            Data::Map(_) => Ok(Self::Table),
            Data::List(list) if list.nil => Ok(Self::Absent),
            Data::List(list) => {
                let mut all_tables = !list.items.is_empty();
                for item in list.items.iter() {
                    match Self::of(item, depth + 1)? {
                        Self::Absent => {
                            return Err("toml: cannot encode array with nil element".to_owned());
                        }
                        Self::Table => {}
                        Self::Scalar | Self::Tables => all_tables = false,
                    }
                }
                Ok(if all_tables { Self::Tables } else { Self::Scalar })
            }
            _ => Ok(Self::Scalar),
        }
    }
}

/// The entries of a table: scalars first, then what begins tables of its own.
fn ordered(map: &Map) -> Result<(Vec<Item>, Vec<Item>), String> {
    let mut direct = Vec::new();
    let mut tables = Vec::new();
    for (name, entry) in map.snapshot() {
        let key = Text::new(&*name, entry.key_origin);
        let item = (key, entry.value);
        match Shape::of(&item.1, 0)? {
            Shape::Table | Shape::Tables => tables.push(item),
            Shape::Absent | Shape::Scalar => direct.push(item),
        }
    }
    Ok((direct, tables))
}

type Item = (Text, Value);

impl Writer {
    fn node(&mut self, path: &[Text], value: &Value) -> Result<(), String> {
        if path.len() > MAX_DEPTH || self.out.len() > MAX_BYTES {
            return Err("toml: the value is too large".to_owned());
        }
        match (Shape::of(value, 0)?, &value.data) {
            (Shape::Tables, _) if path.is_empty() => {
                Err("toml: top-level values must be Go maps or structs".to_owned())
            }
            (Shape::Tables, Data::List(list)) => {
                for item in list.items.iter() {
                    self.newline(item);
                    self.header(path, item, ("[[", "]]"));
                    self.table(path, item)?;
                }
                Ok(())
            }
            (_, Data::Map(_)) => {
                if path.len() == 1 {
                    self.newline(value);
                }
                if !path.is_empty() {
                    self.header(path, value, ("[", "]"));
                }
                self.table(path, value)
            }
            (Shape::Absent, _) => Ok(()),
            _ => match path.last() {
                None => self.element(value, 0),
                Some(key) => {
                    self.indent(path, value);
                    self.pair(key, value, 0)?;
                    self.newline(value);
                    Ok(())
                }
            },
        }
    }

    fn table(&mut self, path: &[Text], value: &Value) -> Result<(), String> {
        let Some(map) = value.as_map() else { return Ok(()) };
        let (direct, tables) = ordered(map)?;
        for (key, value) in direct.into_iter().chain(tables) {
            let path = [path, &[key]].concat();
            self.node(&path, &value)?;
        }
        Ok(())
    }

    fn header(&mut self, path: &[Text], value: &Value, (open, close): (&str, &str)) {
        self.indent(path, value);
        self.out.push(open.as_bytes(), value.origin());
        for (index, key) in path.iter().enumerate() {
            if index > 0 {
                self.out.push(b".", key.origin());
            }
            self.key(key);
        }
        self.out.push(close.as_bytes(), value.origin());
        self.newline(value);
    }

    fn pair(&mut self, key: &Text, value: &Value, depth: usize) -> Result<(), String> {
        self.key(key);
        self.out.push(b" = ", value.origin());
        self.element(value, depth)
    }

    /// A value on its line.
    fn element(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH || self.out.len() > MAX_BYTES {
            return Err("toml: the value is too large".to_owned());
        }
        let origin = value.origin();
        match &value.data {
            Data::Nil => {}
            Data::Bool(it) => self.out.push(it.to_string().as_bytes(), origin),
            Data::Int(it) | Data::Int64(it) => self.out.push(it.to_string().as_bytes(), origin),
            Data::Float(it) => self.out.push(number(*it).as_bytes(), origin),
            Data::Text(text) => self.string(text),
            Data::Bytes(bytes) => {
                let items = bytes.iter().map(|it| Value::int(i64::from(*it)).with_origin(origin));
                let list = Value::list_of(Element::Int, items.collect()).with_origin(origin);
                return self.element(&list, depth + 1);
            }
            Data::List(list) => self.array(value, list, depth)?,
            Data::Map(map) => self.inline_table(value, map, depth)?,
            Data::Object(object) if object.type_name() == "time.Duration" => {
                self.string(&Text::new(object.print(), origin));
            }
            Data::Object(object) => {
                return self.element(&object.plain().with_origin(origin), depth + 1);
            }
        }
        Ok(())
    }

    fn array(&mut self, value: &Value, list: &List, depth: usize) -> Result<(), String> {
        self.out.push(b"[", value.origin());
        for (index, item) in list.items.iter().enumerate() {
            if index > 0 {
                self.out.push(b", ", value.origin());
            }
            self.element(item, depth + 1)?;
        }
        self.out.push(b"]", value.origin());
        Ok(())
    }

    fn inline_table(&mut self, value: &Value, map: &Map, depth: usize) -> Result<(), String> {
        self.out.push(b"{", value.origin());
        let (direct, tables) = ordered(map)?;
        let last = (direct.len() + tables.len()).saturating_sub(1);
        for (index, (key, item)) in direct.into_iter().chain(tables).enumerate() {
            if Shape::of(&item, 0)? == Shape::Absent {
                continue;
            }
            self.pair(&key, &item, depth + 1)?;
            // Also before an absent one, as in Go.
            if index < last {
                self.out.push(b", ", value.origin());
            }
        }
        self.out.push(b"}", value.origin());
        Ok(())
    }

    fn key(&mut self, key: &Text) {
        let is_bare = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
        if !key.is_empty() && key.bytes().iter().all(is_bare) {
            self.out.push_text(key);
        } else {
            self.string(key);
        }
    }

    fn string(&mut self, text: &Text) {
        self.out.push(b"\"", text.origin());
        for (run, origin) in text.runs() {
            for byte in text.bytes().get(run).unwrap_or_default() {
                match byte {
                    b'"' => self.out.push(b"\\\"", origin),
                    b'\\' => self.out.push(b"\\\\", origin),
                    b'\n' => self.out.push(b"\\n", origin),
                    b'\t' => self.out.push(b"\\t", origin),
                    b'\r' => self.out.push(b"\\r", origin),
                    8 => self.out.push(b"\\b", origin),
                    12 => self.out.push(b"\\f", origin),
                    0..0x20 | 0x7f => self.out.push(format!("\\u{byte:04x}").as_bytes(), origin),
                    byte => self.out.push(std::slice::from_ref(byte), origin),
                }
            }
        }
        self.out.push(b"\"", text.origin());
    }

    fn indent(&mut self, path: &[Text], value: &Value) {
        let depth = path.len().saturating_sub(1);
        self.out.push("  ".repeat(depth).as_bytes(), value.origin());
    }

    /// Nothing at the very start.
    fn newline(&mut self, value: &Value) {
        if !self.out.is_empty() {
            self.out.push(b"\n", value.origin());
        }
    }
}

fn number(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = float(number, b'g', None, 64);
    if text.contains(['e', '.']) { text } else { text + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{fmt::display, json, tests::context};

    fn shown(text: &str) -> String {
        match read(&mut context(), &Text::new(text, crate::origin::Origin::NONE)) {
            Ok(value) => display(&value).lossy().into_owned(),
            Err(message) => message,
        }
    }

    fn written(json: &str) -> String {
        let text = Text::new(json, crate::origin::Origin::NONE);
        let value = json::read(&mut context(), &text).unwrap();
        match write(&value) {
            Ok(text) => text.lossy().into_owned(),
            Err(message) => message,
        }
    }

    #[test]
    fn documents_become_values() {
        let text = "a = 1\nb = [1.5, \"x\\ny\", 0x1f]\nd = 1979-05-27\n[t.u]\n\"k v\" = true\n[[l]]\nx = inf\n";
        assert_eq!(
            shown(text),
            "map[a:1 b:[1.5 x\ny 31] d:1979-05-27 l:[map[x:+Inf]] t:map[u:map[k v:true]]]"
        );
        assert!(shown("a = 1\nb = ").starts_with("toml: line 2: "));
        assert!(shown(&format!("a = {}", "[".repeat(100_000))).starts_with("toml: line 1: "));
    }

    #[test]
    fn values_are_laid_out_as_go_does() {
        let cases = [
            (
                r#"{"a":1,"b":"two","c":{"d":"deep"}}"#,
                "a = 1.0\nb = \"two\"\n\n[c]\n  d = \"deep\"\n",
            ),
            ("{}", ""),
            (r#"{"a":{"b":{"c":1}},"z":null}"#, "[a]\n  [a.b]\n    c = 1.0\n"),
            (
                r#"{"l":[{"x":1},{"y":{"z":"q\t"}}]}"#,
                "[[l]]\n  x = 1.0\n\n[[l]]\n  [l.y]\n    z = \"q\\t\"\n",
            ),
            (
                r#"{"a b":[1,[{"x":1,"y":[]}],"s"]}"#,
                "\"a b\" = [1.0, [{x = 1.0, y = []}], \"s\"]\n",
            ),
            (r#"{"a":[null]}"#, "toml: cannot encode array with nil element"),
            (r#"[{"a":1}]"#, "toml: top-level values must be Go maps or structs"),
            ("1e21", "1e+21"),
        ];
        for (json, expected) in cases {
            assert_eq!(written(json), expected, "{json}");
        }
    }
}
