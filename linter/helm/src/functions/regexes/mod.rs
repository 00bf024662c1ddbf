//! Functions of regular expressions. Patterns are Go's ([`syntax`]); matches are walked as Go's
//! `regexp` walks them, character by character past an empty one.

mod syntax;

use std::{borrow::Cow, cell::RefCell, collections::HashMap, ops::Range, rc::Rc};

use regex::bytes::{Captures, Regex};

use super::{
    Failure, Function,
    Param::{Int, String},
    arguments::{computed, fits, int, room, text},
    runes::{is_digit, is_letter},
    strings::string_list,
};
use crate::{
    context::Context,
    text::{Text, TextBuilder, decode_char},
    value::{Element, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::new("mustRegexFind", &[String, String], must_find),
    Function::new("mustRegexFindAll", &[String, String, Int], must_find_all),
    Function::new("mustRegexMatch", &[String, String], must_match),
    Function::new("mustRegexReplaceAll", &[String, String, String], must_replace_all),
    Function::new("mustRegexReplaceAllLiteral", &[String, String, String], must_replace_literal),
    Function::new("mustRegexSplit", &[String, String, Int], must_split),
    Function::new("regexFind", &[String, String], find),
    Function::new("regexFindAll", &[String, String, Int], find_all),
    Function::new("regexMatch", &[String, String], matches),
    Function::new("regexQuoteMeta", &[String], quote_meta),
    Function::new("regexReplaceAll", &[String, String, String], replace_all),
    Function::new("regexReplaceAllLiteral", &[String, String, String], replace_literal),
    Function::new("regexSplit", &[String, String, Int], split),
];

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// Names of the groups; the crate takes no name twice, Go does.
    names: Vec<Option<std::string::String>>,
}

/// Steps that compiling takes for each byte of a pattern.
const COMPILE_STEPS: u64 = 20;

/// The compiled pattern, or Go's error.
fn compile(cx: &mut Context, pattern: &Text) -> Result<Rc<Pattern>, Failure> {
    if let Some(known) = cx.regexes.get(pattern.bytes()) {
        return known.clone().map_err(Failure);
    }
    // A render takes as many steps whether or not another one had the pattern before.
    cx.spend(COMPILE_STEPS * (pattern.len() as u64 + 1))?;
    let compiled = COMPILED.with_borrow_mut(|kept| {
        if let Some(known) = kept.get(pattern.bytes()) {
            return known.clone();
        }
        let compiled = compile_new(pattern);
        if kept.len() < MAX_KEPT {
            kept.insert(pattern.bytes().to_vec(), compiled.clone());
        }
        compiled
    });
    cx.regexes.insert(pattern.bytes().to_vec(), compiled.clone());
    compiled.map_err(Failure)
}

type Compiled = Result<Rc<Pattern>, std::string::String>;

/// Patterns that a thread keeps for all renders: charts have a dozen, and many the same.
const MAX_KEPT: usize = 200;

thread_local! {
    static COMPILED: RefCell<HashMap<Vec<u8>, Compiled>> = RefCell::default();
}

fn compile_new(pattern: &Text) -> Compiled {
    syntax::translate(pattern.bytes())
        .and_then(|it| match Regex::new(&it.pattern) {
            Ok(regex) => Ok(Rc::new(Pattern { regex, names: it.names })),
            Err(_) => Err(format!("expression too large: `{}`", pattern.lossy())),
        })
        .map_err(|it| format!("error parsing regexp: {it}"))
}

/// As [`compile`], with the words of Go's `MustCompile`.
fn must_compile(cx: &mut Context, pattern: &Text) -> Result<Rc<Pattern>, Failure> {
    compile(cx, pattern).map_err(|error| {
        let quoted = if pattern.bytes().contains(&b'`') {
            std::string::String::from_utf8_lossy(&crate::data::fmt::quote(pattern.bytes()))
                .into_owned()
        } else {
            format!("`{}`", pattern.lossy())
        };
        Failure(format!("regexp: Compile({quoted}): {}", error.0))
    })
}

/// A text as patterns see it: a byte that belongs to no character is U+FFFD to Go, while the crate
/// matches it by nothing.
struct Subject<'t> {
    text: &'t Text,
    shown: Cow<'t, [u8]>,
    /// Where such bytes are shown, which takes two bytes more than they have.
    replaced: Vec<usize>,
}

impl<'t> Subject<'t> {
    fn new(text: &'t Text) -> Self {
        let mut subject = Self { text, shown: Cow::Borrowed(text.bytes()), replaced: Vec::new() };
        if text.as_str().is_none() {
            let mut shown = std::string::String::with_capacity(text.len() + 16);
            for (range, char) in text.chars() {
                if char == char::REPLACEMENT_CHARACTER && range.len() == 1 {
                    subject.replaced.push(shown.len());
                }
                shown.push(char);
            }
            subject.shown = Cow::Owned(shown.into_bytes());
        }
        subject
    }

    /// The place in the text itself.
    fn range(&self, shown: Range<usize>) -> Range<usize> {
        let place = |at: usize| at - 2 * self.replaced.partition_point(|it| *it < at);
        place(shown.start)..place(shown.end)
    }

    fn slice(&self, shown: Range<usize>) -> Text {
        self.text.slice(self.range(shown))
    }
}

impl Pattern {
    /// The first match from a place on, which lies between characters.
    fn at<'t>(&self, text: &'t [u8], mut from: usize) -> Option<Captures<'t>> {
        loop {
            let found = self.regex.captures_at(text, from)?;
            let place = found.get(0)?;
            let splits_a_character =
                text.get(place.start()).is_some_and(|it| it & 0xc0 == 0x80) && place.is_empty();
            if !splits_a_character || place.start() == from {
                return Some(found);
            }
            from = place.start() + 1;
        }
    }

    /// Calls back with each match, at most `most` times: Go's `allMatches`.
    fn each<'t>(
        &self,
        cx: &mut Context,
        text: &'t [u8],
        most: Option<usize>,
        mut found: impl FnMut(&Captures<'t>),
    ) -> Result<(), Failure> {
        let most = most.unwrap_or(usize::MAX);
        let (mut at, mut count, mut last_end) = (0, 0, None);
        while count < most && at <= text.len() {
            cx.spend(1)?;
            let Some(captures) = self.at(text, at) else { break };
            let Some(place) = captures.get(0) else { break };
            let mut accepted = true;
            if place.end() == at {
                // No empty match right behind another one.
                accepted = last_end != Some(place.start());
                at += text.get(at..).and_then(decode_char).map_or(1, |(_, size)| size);
            } else {
                at = place.end();
            }
            last_end = Some(place.end());
            if accepted {
                count += 1;
                found(&captures);
            }
        }
        Ok(())
    }
}

fn matches(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    match compile(cx, text(args, 0)?) {
        Ok(pattern) => match_with(cx, args, &pattern),
        // Sprig drops the error; only a used-up budget ends the render.
        Err(error) if cx.steps == 0 => Err(error),
        Err(_) => Ok(computed(cx, args, Value::bool(false))),
    }
}

fn must_match(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = compile(cx, text(args, 0)?)?;
    match_with(cx, args, &pattern)
}

fn match_with(cx: &mut Context, args: &[Value], pattern: &Pattern) -> Result<Value, Failure> {
    let text = text(args, 1)?;
    cx.spend(text.len() as u64 / 64)?;
    let found = pattern.regex.is_match(&Subject::new(text).shown);
    Ok(computed(cx, args, Value::bool(found)))
}

fn find(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = must_compile(cx, text(args, 0)?)?;
    find_with(cx, args, &pattern)
}

fn must_find(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = compile(cx, text(args, 0)?)?;
    find_with(cx, args, &pattern)
}

fn find_with(cx: &mut Context, args: &[Value], pattern: &Pattern) -> Result<Value, Failure> {
    let text = text(args, 1)?;
    cx.spend(text.len() as u64 / 64)?;
    let subject = Subject::new(text);
    let place = pattern.at(&subject.shown, 0).and_then(|it| it.get(0).map(|it| it.range()));
    Ok(Value::text(subject.slice(place.unwrap_or(0..0))))
}

fn find_all(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = must_compile(cx, text(args, 0)?)?;
    find_all_with(cx, args, &pattern)
}

fn must_find_all(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = compile(cx, text(args, 0)?)?;
    find_all_with(cx, args, &pattern)
}

fn find_all_with(cx: &mut Context, args: &[Value], pattern: &Pattern) -> Result<Value, Failure> {
    let text = text(args, 1)?;
    let mut found = Vec::new();
    cx.spend(text.len() as u64 / 64)?;
    let subject = Subject::new(text);
    pattern.each(cx, &subject.shown, limit(int(args, 2)?), |captures| {
        found.extend(captures.get(0).map(|it| subject.slice(it.range())));
    })?;
    Ok(if found.is_empty() {
        Value::nil_list(Element::String).with_origin(text.origin())
    } else {
        string_list(found).with_origin(text.origin())
    })
}

/// A count of matches; a negative one is none.
fn limit(count: i64) -> Option<usize> {
    usize::try_from(count).ok()
}

fn split(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = must_compile(cx, text(args, 0)?)?;
    split_with(cx, args, &pattern)
}

fn must_split(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = compile(cx, text(args, 0)?)?;
    split_with(cx, args, &pattern)
}

fn split_with(cx: &mut Context, args: &[Value], pattern: &Pattern) -> Result<Value, Failure> {
    let (expression, text) = (text(args, 0)?, text(args, 1)?);
    let most = limit(int(args, 2)?);
    if most == Some(0) {
        return Ok(Value::nil_list(Element::String).with_origin(text.origin()));
    }
    if text.is_empty() && !expression.is_empty() {
        return Ok(string_list([text.clone()]).with_origin(text.origin()));
    }
    let mut places = Vec::new();
    cx.spend(text.len() as u64 / 64)?;
    let subject = Subject::new(text);
    pattern.each(cx, &subject.shown, most, |captures| {
        places.extend(captures.get(0).map(|it| subject.range(it.range())));
    })?;
    let mut parts = Vec::with_capacity(places.len() + 1);
    let (mut start, mut end) = (0, 0);
    for place in places {
        if most.is_some_and(|most| parts.len() == most - 1) {
            break;
        }
        end = place.start;
        if place.end != 0 {
            parts.push(text.slice(start..end));
        }
        start = place.end;
    }
    if end != text.len() {
        parts.push(text.slice(start..text.len()));
    }
    Ok(string_list(parts).with_origin(text.origin()))
}

fn replace_all(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = must_compile(cx, text(args, 0)?)?;
    replaced(cx, args, &pattern, Replacement::Template)
}

fn must_replace_all(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = compile(cx, text(args, 0)?)?;
    replaced(cx, args, &pattern, Replacement::Template)
}

fn replace_literal(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = must_compile(cx, text(args, 0)?)?;
    replaced(cx, args, &pattern, Replacement::Literal)
}

fn must_replace_literal(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let pattern = compile(cx, text(args, 0)?)?;
    replaced(cx, args, &pattern, Replacement::Literal)
}

/// What a replacement's dollar signs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replacement {
    /// `$1` and `${name}` stand for groups.
    Template,
    Literal,
}

/// Go's `replaceAll`: an empty match right behind another one is not replaced.
fn replaced(
    cx: &mut Context,
    args: &[Value],
    pattern: &Pattern,
    replacement: Replacement,
) -> Result<Value, Failure> {
    let (source, new) = (text(args, 1)?, text(args, 2)?);
    room(cx, source.len())?;
    let subject = Subject::new(source);
    let bytes = &*subject.shown;
    let mut builder = TextBuilder::with_capacity(bytes.len());
    let (mut done, mut at) = (0, 0);
    while at <= bytes.len() {
        cx.spend(1)?;
        let Some(captures) = pattern.at(bytes, at) else { break };
        let Some(place) = captures.get(0) else { break };
        builder.push_slice(source, subject.range(done..place.start()));
        if place.end() > done || place.start() == 0 {
            match replacement {
                Replacement::Template => expand(&mut builder, new, &subject, pattern, &captures),
                Replacement::Literal => builder.push_text(new),
            }
        }
        fits(cx, builder.len())?;
        done = place.end();
        // On past the match, by one character at least.
        let size = bytes.get(at..).and_then(decode_char).map_or(1, |(_, size)| size);
        at = if at + size > place.end() { at + size } else { place.end() };
    }
    builder.push_slice(source, subject.range(done..bytes.len()));
    Ok(Value::text(builder.finish_like(source)))
}

/// Writes a replacement with its references to groups filled in.
fn expand(
    builder: &mut TextBuilder,
    template: &Text,
    source: &Subject<'_>,
    pattern: &Pattern,
    captures: &Captures<'_>,
) {
    let bytes = template.bytes();
    let mut at = 0;
    while let Some(dollar) = memchr::memchr(b'$', &bytes[at..]).map(|it| at + it) {
        builder.push_slice(template, at..dollar);
        at = dollar + 1;
        if bytes.get(at) == Some(&b'$') {
            builder.push_slice(template, at..at + 1);
            at += 1;
            continue;
        }
        let Some((name, end)) = reference(&bytes[at..]) else {
            builder.push_slice(template, dollar..at);
            continue;
        };
        at += end;
        let group = match group_number(name) {
            Some(number) => captures.get(number),
            None => pattern
                .names
                .iter()
                .enumerate()
                .filter(|(_, it)| it.as_ref().is_some_and(|it| it.as_bytes() == name))
                .find_map(|(number, _)| captures.get(number)),
        };
        if let Some(group) = group {
            builder.push_slice(source.text, source.range(group.range()));
        }
    }
    builder.push_slice(template, at..bytes.len());
}

/// A name after a dollar sign, with or without braces, and where it ends.
fn reference(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let braced = bytes.first() == Some(&b'{');
    let start = usize::from(braced);
    let mut end = start;
    while let Some((char, size)) = bytes.get(end..).and_then(decode_char) {
        if !(is_letter(char) || is_digit(char) || char == '_') {
            break;
        }
        end += size;
    }
    let name = bytes.get(start..end).filter(|it| !it.is_empty())?;
    if braced && bytes.get(end) != Some(&b'}') {
        return None;
    }
    Some((name, end + usize::from(braced)))
}

/// Digits without a zero before them are a number, anything else is a name.
fn group_number(name: &[u8]) -> Option<usize> {
    let is_number = name.iter().all(u8::is_ascii_digit) && (name.len() == 1 || name[0] != b'0');
    if !is_number {
        return None;
    }
    std::str::from_utf8(name).ok()?.parse().ok()
}

fn quote_meta(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let text = text(args, 0)?;
    room(cx, text.len().saturating_mul(2))?;
    let mut builder = TextBuilder::with_capacity(text.len());
    for (index, byte) in text.bytes().iter().enumerate() {
        let origin = text.origin_at(index);
        if br"\.+*?()|[]{}^$".contains(byte) {
            builder.push(b"\\", origin);
        }
        builder.push(&[*byte], origin);
    }
    Ok(Value::text(builder.finish_like(text)))
}

#[cfg(test)]
mod tests;
