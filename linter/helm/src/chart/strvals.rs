//! The language of `--set` and its relatives (helm 4.3.1 pkg/strvals): `a.b[2].c=v,list={x,y}`.
//!
//! Values are written into the map at once, so that a line which turns out to be wrong has set
//! what came before; Helm stops there, and so do we.

use goready_model::{FileId, Span};

use crate::{
    context::Context,
    data,
    origin::{Origin, Step, ValuesId, ValuesNode},
    text::Text,
    value::{Data, List, Map, Value},
};

/// What stands behind `=`.
#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    /// `--set`: booleans, null and integers are told from strings.
    Typed,
    /// `--set-string`.
    String,
    /// `--set-literal`: the rest of the line, whatever it holds; no escapes anywhere.
    Literal,
    /// `--set-json`.
    Json,
    /// `--set-file`: a path.
    File(&'a ReadFile<'a>),
}

/// Gives the content of a file that `--set-file` names.
pub type ReadFile<'a> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'a;

/// The largest index; Helm's own limit.
const MAX_INDEX: usize = 65_536;

/// Names within names; Helm's own limit.
const MAX_LEVEL: usize = 30;

/// Sets what a line says in `values`. `file` stands for the argument itself: spans lie in `line`.
///
/// # Errors
/// What Helm refuses, in its words.
pub(super) fn set(
    cx: &mut Context,
    file: FileId,
    line: &str,
    kind: Kind<'_>,
    values: &Map,
) -> Result<(), String> {
    let mut parser = Parser { cx, file, line, at: 0, kind };
    loop {
        match parser.entry(values, None, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Wrong(message)) => return Err(message),
        }
    }
}

/// Why reading stopped.
enum Stop {
    /// The line is used up.
    End,
    Wrong(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self::Wrong(message)
    }
}

struct Parser<'p> {
    cx: &'p mut Context,
    file: FileId,
    line: &'p str,
    /// Offset of what comes next.
    at: usize,
    kind: Kind<'p>,
}

/// Text up to one of the stops, and which one it was.
struct Word {
    text: String,
    start: usize,
    end: usize,
    /// `None` at the end of the line.
    stop: Option<char>,
}

impl Parser<'_> {
    /// One `name=value`, below the names read so far.
    fn entry(&mut self, values: &Map, parent: Option<ValuesId>, level: usize) -> Result<(), Stop> {
        let is_literal = matches!(self.kind, Kind::Literal);
        let word = self.word(if is_literal { &['=', '[', '.'] } else { &['=', '[', ',', '.'] });
        let Some(stop) = word.stop else {
            if word.text.is_empty() {
                return Err(Stop::End);
            }
            return Err(format!("key {:?} has no value", word.text).into());
        };
        let key = word.text.as_bytes();
        let node = self.node(&word, Step::Key(word.text.clone()), parent);
        match stop {
            '=' => {
                let value = self.value(node);
                // A wrong list or JSON text sets nothing.
                let value = value?;
                self.put(values, key, node, value);
                Ok(())
            }
            ',' => {
                let empty = self.text("", node);
                self.put(values, key, node, empty);
                let key = format!("{:?}", word.text);
                Err(format!("key {key} has no value (cannot end with ,)").into())
            }
            '[' => {
                let index = self.index()?;
                let list = match values.get(key) {
                    None => Vec::new(),
                    Some(value) => list_of(&value)?,
                };
                let (list, outcome) = self.item(list, index, node, level);
                let value = Value::list(list).with_origin(self.cx.origins.fed(node));
                self.put(values, key, node, value);
                outcome
            }
            _ => {
                let level = level + 1;
                check_level(level)?;
                let below = match values.get(key) {
                    None => Map::new(),
                    Some(value) => map_of(&value)?,
                };
                let outcome = self.entry(&below, Some(node), level);
                if outcome.is_ok() && below.is_empty() {
                    return Err(format!("key map {:?} has no value", word.text).into());
                }
                if !below.is_empty() {
                    let value = Value::map(below).with_origin(self.cx.origins.fed(node));
                    self.put(values, key, node, value);
                }
                outcome
            }
        }
    }

    /// What follows `name[index]`. The list comes back as far as it was set.
    fn item(
        &mut self,
        mut list: Vec<Value>,
        index: i64,
        parent: ValuesId,
        level: usize,
    ) -> (Vec<Value>, Result<(), Stop>) {
        let outcome = self.item_into(&mut list, index, parent, level);
        (list, outcome)
    }

    fn item_into(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        parent: ValuesId,
        level: usize,
    ) -> Result<(), Stop> {
        if index < 0 {
            return Err(format!("negative {index} index not allowed").into());
        }
        let position = usize::try_from(index).unwrap_or(usize::MAX);
        let start = self.at;
        let word = self.word(&['[', '.', '=']);
        if !word.text.is_empty() {
            let text = format!("{:?}", word.text);
            return Err(format!("unexpected data at end of array index: {text}").into());
        }
        let Some(stop) = word.stop else { return Err(Stop::End) };
        let word = Word { start, end: start, ..word };
        let node = self.node(&word, Step::Index(position), Some(parent));
        let origin = self.cx.origins.fed(node);
        match stop {
            '=' => {
                let value = self.value(node)?;
                set_index(list, index, value)
            }
            '[' => {
                let next = self.index()?;
                let inner = match list.get(position) {
                    None => Vec::new(),
                    Some(value) if value.is_nil() => Vec::new(),
                    Some(value) => list_of(value)?,
                };
                check_level(level + 1)?;
                let (inner, outcome) = self.item(inner, next, node, level + 1);
                outcome?;
                set_index(list, index, Value::list(inner).with_origin(origin))
            }
            _ => {
                // What is no map is replaced: indices may come in any order.
                let below =
                    list.get(position).and_then(|it| it.as_map().cloned()).unwrap_or_default();
                check_level(level + 1)?;
                self.entry(&below, Some(node), level + 1)?;
                set_index(list, index, Value::map(below).with_origin(origin))
            }
        }
    }

    /// The number between brackets; the opening one is read already.
    fn index(&mut self) -> Result<i64, Stop> {
        let word = self.word(&[']']);
        if word.stop.is_none() {
            return Err("error parsing index: EOF".to_owned().into());
        }
        let digits = word.text.strip_prefix(['+', '-']).unwrap_or(&word.text);
        if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
            let text = format!("{:?}", word.text);
            let message =
                format!("error parsing index: strconv.Atoi: parsing {text}: invalid syntax");
            return Err(message.into());
        }
        word.text.parse().map_err(|_| {
            let text = format!("{:?}", word.text);
            format!("error parsing index: strconv.Atoi: parsing {text}: value out of range").into()
        })
    }

    /// What follows `=`.
    fn value(&mut self, node: ValuesId) -> Result<Value, Stop> {
        match self.kind {
            Kind::Json => return self.json(node),
            Kind::Literal => {
                let text = self.line[self.at..].to_owned();
                self.at = self.line.len();
                return Ok(self.text(&text, node));
            }
            _ => {}
        }
        let rest = &self.line[self.at..];
        if rest.is_empty() {
            return Ok(self.text("", node));
        }
        if !rest.starts_with('{') {
            let word = self.word(&[',']);
            return self.scalar(&word, node).map_err(Stop::Wrong);
        }
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let word = self.word(&[',', '}']);
            let Some(stop) = word.stop else {
                return Err("list must terminate with '}'".to_owned().into());
            };
            let item = self.node(&word, Step::Index(items.len()), Some(node));
            items.push(self.scalar(&word, item)?);
            if stop == '}' {
                break;
            }
        }
        if self.line[self.at..].starts_with(',') {
            self.at += 1;
        }
        Ok(Value::list(items).with_origin(self.cx.origins.fed(node)))
    }

    fn scalar(&mut self, word: &Word, node: ValuesId) -> Result<Value, String> {
        let origin = self.cx.origins.fed(node);
        Ok(match self.kind {
            Kind::File(read) => Value::text(Text::new(read(&word.text)?, origin)),
            Kind::Typed => typed(&word.text).with_origin(origin),
            _ => self.text(&word.text, node),
        })
    }

    /// A JSON value; what is left blank is null.
    fn json(&mut self, node: ValuesId) -> Result<Value, Stop> {
        let origin = self.cx.origins.fed(node);
        if self.skip_to_value() {
            return Ok(Value::nil().with_origin(origin));
        }
        let rest = &self.line[self.at..];
        let length = json_length(rest);
        let text = Text::new(&rest.as_bytes()[..length], origin);
        let value = data::json::read(self.cx, &text)?;
        self.at += length;
        // Blanks and the comma behind it.
        self.skip_to_value();
        Ok(value)
    }

    /// Skips blanks, and whether a comma or the end came before anything else; a comma is skipped
    /// too.
    fn skip_to_value(&mut self) -> bool {
        let rest = self.line[self.at..].trim_start();
        self.at = self.line.len() - rest.len();
        if rest.starts_with(',') {
            self.at += 1;
            return true;
        }
        rest.is_empty()
    }

    /// Reads up to one of the stops and over it. A backslash takes the next character as it is.
    fn word(&mut self, stops: &[char]) -> Word {
        let start = self.at;
        let mut text = String::new();
        let escapes = !matches!(self.kind, Kind::Literal);
        let mut rest = self.line[start..].char_indices();
        while let Some((offset, character)) = rest.next() {
            if stops.contains(&character) {
                self.at = start + offset + character.len_utf8();
                return Word { text, start, end: start + offset, stop: Some(character) };
            }
            if character == '\\' && escapes {
                text.extend(rest.next().map(|(_, escaped)| escaped));
            } else {
                text.push(character);
            }
        }
        self.at = self.line.len();
        Word { text, start, end: self.at, stop: None }
    }

    fn node(&mut self, word: &Word, step: Step, parent: Option<ValuesId>) -> ValuesId {
        let span = Span::new(self.file, word.start, word.end.max(word.start));
        let key = matches!(step, Step::Key(_)).then_some(span);
        self.cx.origins.add_values(ValuesNode { value: span, key, parent, step: Some(step) })
    }

    fn text(&mut self, text: &str, node: ValuesId) -> Value {
        Value::text(Text::new(text, self.cx.origins.fed(node)))
    }

    /// An empty name sets nothing.
    fn put(&mut self, values: &Map, key: &[u8], node: ValuesId, value: Value) {
        if !key.is_empty() {
            let origin = self.cx.origins.fed(node);
            values.insert(key, origin, value);
        }
    }
}

fn check_level(level: usize) -> Result<(), Stop> {
    if level > MAX_LEVEL {
        let limit = "value name nested level is greater than maximum supported nested level of";
        return Err(format!("{limit} {MAX_LEVEL}").into());
    }
    Ok(())
}

/// `true`, `null` and `5` are what they look like; an integer must not start with a zero.
fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::nil();
    }
    if text == "0" {
        return Value::int64(0);
    }
    match text.parse() {
        Ok(number) if !text.starts_with('0') => Value::int64(number),
        _ => Value::text(Text::new(text, Origin::NONE)),
    }
}

fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), Stop> {
    let position = usize::try_from(index).unwrap_or(usize::MAX);
    if position > MAX_INDEX {
        let limit = "is greater than maximum supported index of";
        return Err(format!("index of {index} {limit} {MAX_INDEX}").into());
    }
    if list.len() <= position {
        list.resize_with(position + 1, Value::nil);
    }
    list[position] = value;
    Ok(())
}

fn list_of(value: &Value) -> Result<Vec<Value>, Stop> {
    match &value.data {
        Data::List(List { items, .. }) => Ok(items.to_vec()),
        _ => Err(conversion(value, "[]interface {}")),
    }
}

fn map_of(value: &Value) -> Result<Map, Stop> {
    value.as_map().cloned().ok_or_else(|| conversion(value, "map[string]interface {}"))
}

/// Go panics here, and Helm makes an error of it.
fn conversion(value: &Value, wanted: &str) -> Stop {
    let found = if value.is_nil() { "nil".to_owned() } else { value.type_name() };
    let message = format!("interface conversion: interface {{}} is {found}, not {wanted}");
    format!("unable to parse key: {message}").into()
}

/// How far the first JSON value of a text reaches; whether it is one is not asked.
fn json_length(text: &str) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            if !in_string && depth == 0 {
                return at + 1;
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chart::tests::context;

    fn apply(line: &str, kind: Kind<'_>) -> Result<String, String> {
        let values = Map::new();
        set(&mut context(), FileId(0), line, kind, &values)?;
        let json = data::json::write(
            &Value::map(values),
            data::json::Json { escape_html: true, indent: None },
        );
        json.map(|it| it.lossy().into_owned())
    }

    #[test]
    fn lines_are_read_as_helm_reads_them() {
        let cases = [
            ("a=b", r#"{"a":"b"}"#),
            ("a.b.c=1,a.b.d=2", r#"{"a":{"b":{"c":1,"d":2}}}"#),
            (
                "a=true,b=null,c=0,d=01,e=1.5,f=",
                r#"{"a":true,"b":null,"c":0,"d":"01","e":"1.5","f":""}"#,
            ),
            ("a={x,1,true}", r#"{"a":["x",1,true]}"#),
            ("a={}", r#"{"a":[""]}"#),
            ("a={x},b=1", r#"{"a":["x"],"b":1}"#),
            ("a[1]=x", r#"{"a":[null,"x"]}"#),
            ("a[0].b=1,a[0].c=2", r#"{"a":[{"b":1,"c":2}]}"#),
            ("a[0][1]=x", r#"{"a":[[null,"x"]]}"#),
            (r"a\.b=c\,d", r#"{"a.b":"c,d"}"#),
            ("a=b=c", r#"{"a":"b=c"}"#),
            ("=x", "{}"),
            ("", "{}"),
        ];
        for (line, expected) in cases {
            assert_eq!(apply(line, Kind::Typed).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_helm_refuses_is_refused_in_its_words() {
        let cases = [
            ("a", "key \"a\" has no value"),
            ("a,b=1", "key \"a\" has no value (cannot end with ,)"),
            ("a={x", "list must terminate with '}'"),
            ("a[-1]=x", "negative -1 index not allowed"),
            ("a[x]=1", "error parsing index: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("a[65537]=x", "index of 65537 is greater than maximum supported index of 65536"),
            ("a[0]b=x", "unexpected data at end of array index: \"b\""),
            (
                "a=1,a.b=2",
                "unable to parse key: interface conversion: interface {} is int64, not \
                 map[string]interface {}",
            ),
        ];
        for (line, message) in cases {
            assert_eq!(apply(line, Kind::Typed).unwrap_err(), message, "{line}");
        }
        let deep = format!("{}=1", "a.".repeat(40));
        assert!(apply(&deep, Kind::Typed).unwrap_err().contains("nested level of 30"));
    }

    #[test]
    fn each_option_has_values_of_its_own() {
        assert_eq!(apply("a=1", Kind::String).unwrap(), r#"{"a":"1"}"#);
        assert_eq!(apply(r"a.b=x,y\.z=1", Kind::Literal).unwrap(), r#"{"a":{"b":"x,y\\.z=1"}}"#);
        let json = apply(r#"a={"b":[1,"},"]},c=,d=1.5"#, Kind::Json).unwrap();
        assert_eq!(json, r#"{"a":{"b":[1,"},"]},"c":null,"d":1.5}"#);
        let read = |path: &str| Ok(format!("<{path}>").into_bytes());
        assert_eq!(apply("a=x.txt", Kind::File(&read)).unwrap(), r#"{"a":"\u003cx.txt\u003e"}"#);
    }

    #[test]
    fn values_know_their_place_in_the_argument() {
        let mut cx = context();
        let values = Map::new();
        set(&mut cx, FileId(7), "a.b[1]=xyz", Kind::Typed, &values).unwrap();
        let below = values.get(b"a").unwrap().as_map().unwrap().get(b"b").unwrap();
        let value = below.as_list().unwrap().items[1].clone();
        let node = cx.origins.get(value.origin()).from.unwrap();
        assert_eq!(cx.origins.path(node), "a.b[1]");
    }

    proptest! {
        #[test]
        fn no_line_is_too_odd(line in "[a-c.,=\\[\\]{}\\\\0-9\" ]{0,40}") {
            for kind in [Kind::Typed, Kind::String, Kind::Literal, Kind::Json] {
                drop(apply(&line, kind));
            }
        }
    }
}
