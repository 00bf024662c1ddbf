//! Functions that cut, join, quote and search strings. Case is in [`super::cases`], lines in
//! [`super::wrapping`].
//!
//! All of them move bytes about, so that each byte of a result keeps its origin; what is added
//! between (padding, quotes) has that of its neighbour.

use super::{
    Failure, Function,
    Param::{Any, Int, String},
    arguments::{any, computed, int, join, room, string_of, text},
    runes::is_space,
};
use crate::{
    context::Context,
    data::fmt,
    origin::Origin,
    text::{Text, TextBuilder},
    value::{Data, Element, List, Map, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::new("abbrev", &[Int, String], abbrev),
    Function::new("abbrevboth", &[Int, Int, String], abbrevboth),
    Function::variadic("cat", &[], Any, cat),
    Function::new("contains", &[String, String], contains),
    Function::new("hasPrefix", &[String, String], has_prefix),
    Function::new("hasSuffix", &[String, String], has_suffix),
    Function::new("hello", &[], hello),
    Function::new("indent", &[Int, String], indent),
    Function::new("initials", &[String], initials),
    Function::new("join", &[String, Any], join_list),
    Function::new("nindent", &[Int, String], nindent),
    Function::new("nospace", &[String], nospace),
    Function::new("plural", &[String, String, Int], plural),
    Function::variadic("quote", &[], Any, quote),
    Function::new("repeat", &[Int, String], repeat),
    Function::new("replace", &[String, String, String], replace),
    Function::new("sortAlpha", &[Any], sort_alpha),
    Function::new("split", &[String, String], split),
    Function::new("splitList", &[String, String], split_list),
    Function::new("splitn", &[String, Int, String], splitn),
    Function::variadic("squote", &[], Any, squote),
    Function::new("substr", &[Int, Int, String], substr),
    Function::new("toString", &[Any], to_string),
    Function::new("toStrings", &[Any], to_strings),
    Function::new("trim", &[String], trim),
    Function::new("trimAll", &[String, String], trim_all),
    Function::new("trimPrefix", &[String, String], trim_prefix),
    Function::new("trimSuffix", &[String, String], trim_suffix),
    Function::new("trimall", &[String, String], trim_all),
    Function::new("trunc", &[Int, String], trunc),
];

/// Go's panic of `strings.Repeat`.
const NEGATIVE_COUNT: &str = "strings: negative Repeat count";

fn hello(_: &mut Context, _: &[Value]) -> Result<Value, Failure> {
    Ok(Value::string("Hello!"))
}

fn trim(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(text(args, 0)?.trim(is_space)))
}

fn trim_all(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let cut: Vec<char> = text(args, 0)?.chars().map(|(_, it)| it).collect();
    Ok(Value::text(text(args, 1)?.trim(|it| cut.contains(&it))))
}

fn trim_prefix(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (prefix, text) = (text(args, 0)?, text(args, 1)?);
    let start = if text.bytes().starts_with(prefix.bytes()) { prefix.len() } else { 0 };
    Ok(Value::text(text.slice(start..text.len())))
}

fn trim_suffix(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (suffix, text) = (text(args, 0)?, text(args, 1)?);
    let cut = if text.bytes().ends_with(suffix.bytes()) { suffix.len() } else { 0 };
    Ok(Value::text(text.slice(0..text.len() - cut)))
}

/// The first bytes, or the last for a negative count.
fn trunc(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (count, text) = (int(args, 0)?, text(args, 1)?);
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(text.len());
    Ok(Value::text(if count < 0 {
        text.slice(text.len() - size..text.len())
    } else {
        text.slice(0..size)
    }))
}

fn substr(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (start, end, text) = (int(args, 0)?, int(args, 1)?, text(args, 2)?);
    let len = text.len() as i64;
    let bounds = match (start, end) {
        (..0, ..0) => Err(format!("[:{end}]")),
        (..0, _) if end > len => Err(format!("[:{end}] with length {len}")),
        (..0, _) => Ok((0, end)),
        (_, ..0) => Ok((start, len)),
        _ => Ok((start, end.min(len))),
    };
    match bounds {
        Ok((start, end)) if start <= end => {
            Ok(Value::text(text.slice(start as usize..end as usize)))
        }
        Ok((start, end)) => Err(out_of_range(&format!("[{start}:{end}]"))),
        Err(bounds) => Err(out_of_range(&bounds)),
    }
}

fn out_of_range(bounds: &str) -> Failure {
    Failure(format!("runtime error: slice bounds out of range {bounds}"))
}

fn abbrev(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (width, text) = (int(args, 0)?, text(args, 1)?);
    Ok(Value::text(if width < 4 { text.clone() } else { abbreviate(text, 0, width) }))
}

fn abbrevboth(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (left, right, text) = (int(args, 0)?, int(args, 1)?, text(args, 2)?);
    let too_narrow = right < 4 || (left > 0 && right < 7);
    Ok(Value::text(if too_narrow { text.clone() } else { abbreviate(text, left, right) }))
}

/// Cuts a text to `width` bytes with an ellipsis where something is cut off, so that the byte at
/// `offset` stays (Masterminds/goutils v1.1.1 `AbbreviateFull`).
fn abbreviate(text: &Text, offset: i64, width: i64) -> Text {
    let len = text.len() as i64;
    if len <= width {
        return text.clone();
    }
    let shown = width - 3;
    let offset = offset.min(len).min(len - shown);
    let mut builder = TextBuilder::default();
    if offset <= 4 {
        builder.push_slice(text, 0..shown as usize);
        builder.push(b"...", text.origin_at(shown as usize));
        return builder.finish();
    }
    let start = offset as usize;
    builder.push(b"...", text.origin_at(start));
    if offset + shown < len {
        builder.push_slice(text, start..start + shown as usize - 3);
        builder.push(b"...", text.origin_at(start + shown as usize));
    } else {
        builder.push_slice(text, (len - shown) as usize..len as usize);
    }
    builder.finish()
}

/// The first byte of each word. Go takes bytes for characters here, and so do we: a byte above 127
/// becomes the Latin-1 character of its number.
fn initials(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let text = text(args, 0)?;
    let mut builder = TextBuilder::default();
    let mut after_space = true;
    for (index, byte) in text.bytes().iter().enumerate() {
        let char = char::from(*byte);
        if is_space(char) {
            after_space = true;
        } else if std::mem::take(&mut after_space) {
            builder.push_char(char, text.origin_at(index));
        }
    }
    Ok(Value::text(builder.finish_like(text)))
}

/// Without white space; bytes are taken for characters as in [`initials`], unless none is cut.
fn nospace(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let text = text(args, 0)?;
    let is_cut = |byte: &u8| is_space(char::from(*byte));
    if !text.bytes().iter().any(is_cut) {
        return Ok(Value::text(text.clone()));
    }
    let mut builder = TextBuilder::with_capacity(text.len());
    for (index, byte) in text.bytes().iter().enumerate().filter(|(_, it)| !is_cut(it)) {
        builder.push_char(char::from(*byte), text.origin_at(index));
    }
    Ok(Value::text(builder.finish_like(text)))
}

fn repeat(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (count, text) = (int(args, 0)?, text(args, 1)?);
    let count = usize::try_from(count).map_err(|_| Failure::from(NEGATIVE_COUNT))?;
    room(cx, text.len().saturating_mul(count))?;
    let mut builder = TextBuilder::with_capacity(text.len() * count);
    if !text.is_empty() {
        for _ in 0..count {
            builder.push_text(text);
        }
    }
    Ok(Value::text(builder.finish_like(text)))
}

fn replace(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (old, new, text) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
    let places = text.len().checked_div(old.len()).unwrap_or(text.len() + 1);
    if new.len() > old.len() {
        // The most that can come out; what really does is counted where that is too much.
        let most = text.len().saturating_add(places.saturating_mul(new.len()));
        if most > cx.settings.limits.output_bytes {
            let found = text.places(old.bytes()).len();
            room(cx, text.len().saturating_add(found.saturating_mul(new.len())))?;
        }
    }
    let replaced = text.replace(old.bytes(), new);
    room(cx, replaced.len())?;
    Ok(Value::text(replaced))
}

fn indent(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(indented(cx, int(args, 0)?, text(args, 1)?, b"")?))
}

fn nindent(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(indented(cx, int(args, 0)?, text(args, 1)?, b"\n")?))
}

/// Every line behind `spaces`; those have the origin of what follows them.
fn indented(cx: &mut Context, spaces: i64, text: &Text, before: &[u8]) -> Result<Text, Failure> {
    let spaces = usize::try_from(spaces).map_err(|_| Failure::from(NEGATIVE_COUNT))?;
    let lines = memchr::memchr_iter(b'\n', text.bytes()).count() + 1;
    let bytes = spaces.saturating_mul(lines).saturating_add(text.len() + before.len());
    room(cx, bytes)?;
    let pad = vec![b' '; spaces];
    let mut builder = TextBuilder::with_capacity(bytes);
    builder.push(before, text.origin());
    builder.push(&pad, text.origin());
    let mut start = 0;
    for newline in memchr::memchr_iter(b'\n', text.bytes()) {
        builder.push_slice(text, start..newline + 1);
        start = newline + 1;
        builder.push(&pad, text.origin_at(start));
    }
    builder.push_slice(text, start..text.len());
    Ok(builder.finish_like(text))
}

fn plural(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let chosen = if int(args, 2)? == 1 { text(args, 0)? } else { text(args, 1)? };
    let chosen = Value::text(chosen.clone());
    if chosen.origin() == Origin::NONE { Ok(computed(cx, args, chosen)) } else { Ok(chosen) }
}

fn contains(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let found = memchr::memmem::find(text(args, 1)?.bytes(), text(args, 0)?.bytes()).is_some();
    Ok(computed(cx, args, Value::bool(found)))
}

fn has_prefix(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let found = text(args, 1)?.bytes().starts_with(text(args, 0)?.bytes());
    Ok(computed(cx, args, Value::bool(found)))
}

fn has_suffix(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let found = text(args, 1)?.bytes().ends_with(text(args, 0)?.bytes());
    Ok(computed(cx, args, Value::bool(found)))
}

fn to_string(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(string_of(any(args, 0)?)))
}

fn quote(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let quoted: Vec<_> = args
        .iter()
        .filter(|it| !it.is_nil())
        .map(|it| fmt::quote_text(&string_of(it), fmt::Charset::Printable))
        .collect();
    Ok(Value::text(join(cx, &quoted, &Text::new(" ", Origin::NONE))?))
}

/// What Go prints, in single quotes; nothing inside is escaped.
fn squote(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let quoted: Vec<_> = args.iter().filter(|it| !it.is_nil()).map(in_single_quotes).collect();
    Ok(Value::text(join(cx, &quoted, &Text::new(" ", Origin::NONE))?))
}

fn in_single_quotes(value: &Value) -> Text {
    let text = fmt::display(value);
    let mut builder = TextBuilder::with_capacity(text.len() + 2);
    builder.push(b"'", text.origin());
    builder.push_text(&text);
    builder.push(b"'", text.origin_at(text.len()));
    builder.finish()
}

fn cat(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let parts: Vec<_> = args.iter().filter(|it| !it.is_nil()).map(fmt::display).collect();
    Ok(Value::text(join(cx, &parts, &Text::new(" ", Origin::NONE))?))
}

fn join_list(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let parts = strings_of(any(args, 1)?);
    Ok(Value::text(join(cx, &parts, text(args, 0)?)?))
}

/// Sprig's `strslice`: the strings of a list's items that are not nil; of anything else a list of
/// its own string.
pub(super) fn strings_of(value: &Value) -> Vec<Text> {
    match &value.data {
        Data::Nil => Vec::new(),
        Data::List(list) => list.items.iter().filter(|it| !it.is_nil()).map(string_of).collect(),
        Data::Bytes(bytes) => {
            bytes.iter().map(|it| Text::new(it.to_string(), value.origin())).collect()
        }
        Data::Object(object) if object.kind() == "slice" => strings_of(&object.plain()),
        _ => vec![string_of(value)],
    }
}

/// A `[]string`.
pub(super) fn string_list(texts: impl IntoIterator<Item = Text>) -> Value {
    Value::list_of(Element::String, texts.into_iter().map(Value::text).collect())
}

fn to_strings(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let value = any(args, 0)?;
    Ok(match &value.data {
        Data::List(List { element: Element::String, .. }) => value.clone(),
        _ => string_list(strings_of(value)).with_origin(value.origin()),
    })
}

fn sort_alpha(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let value = any(args, 0)?;
    let mut texts = match value.kind() {
        "slice" => strings_of(value),
        _ => vec![string_of(value)],
    };
    cx.spend(texts.len() as u64)?;
    texts.sort_by(|left, right| left.bytes().cmp(right.bytes()));
    Ok(string_list(texts).with_origin(value.origin()))
}

fn split_list(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let parts = parts(cx, text(args, 1)?, text(args, 0)?, None)?;
    Ok(string_list(parts).with_origin(text(args, 1)?.origin()))
}

fn split(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(numbered(parts(cx, text(args, 1)?, text(args, 0)?, None)?))
}

fn splitn(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let most = usize::try_from(int(args, 1)?).ok();
    Ok(numbered(parts(cx, text(args, 2)?, text(args, 0)?, most)?))
}

/// Go's `strings.SplitN`, with all parts for `None`.
fn parts(
    cx: &mut Context,
    text: &Text,
    separator: &Text,
    most: Option<usize>,
) -> Result<Vec<Text>, Failure> {
    let most = most.unwrap_or(usize::MAX);
    if most == 0 || (separator.is_empty() && text.is_empty()) {
        return Ok(Vec::new());
    }
    let mut places = text.places(separator.bytes());
    if separator.is_empty() {
        // Between characters only: not before the first, not at the end.
        places.pop();
        places.drain(..1);
    }
    places.truncate(most - 1);
    cx.spend(places.len() as u64)?;
    let mut parts = Vec::with_capacity(places.len() + 1);
    let mut start = 0;
    for place in places {
        parts.push(text.slice(start..place));
        start = place + separator.len();
    }
    parts.push(text.slice(start..text.len()));
    Ok(parts)
}

/// A `map[string]string` with the keys `_0`, `_1`, ...
fn numbered(parts: Vec<Text>) -> Value {
    let map = Map { element: Element::String, ..Map::default() };
    for (index, part) in parts.into_iter().enumerate() {
        map.set(&format!("_{index}"), Value::text(part));
    }
    Value::map(map)
}

#[cfg(test)]
mod tests;
