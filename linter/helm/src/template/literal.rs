//! String and character literals as Go's strconv reads and writes them (Go 1.26).

use crate::data::fmt;

/// `strconv.Unquote` of a string literal with its quotes: bytes, as `\xff` is no character.
pub(super) fn unquote(literal: &str) -> Option<Vec<u8>> {
    let quote = literal.chars().next()?;
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    if quote == '`' {
        return Some(inner.bytes().filter(|it| *it != b'\r').collect());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let (unit, tail) = unquote_unit(rest, quote)?;
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Char(char) => bytes.extend(char.encode_utf8(&mut [0; 4]).bytes()),
        }
        rest = tail;
    }
    Some(bytes)
}

/// The value of a character constant with its quotes.
///
/// # Errors
/// In Go's words.
pub(super) fn unquote_char(literal: &str) -> Result<i64, String> {
    let inner = literal.get(1..).unwrap_or_default();
    let (unit, tail) = unquote_unit(inner, '\'').ok_or("invalid syntax")?;
    if tail != "'" {
        return Err(format!("malformed character constant: {literal}"));
    }
    Ok(match unit {
        Unit::Byte(byte) => i64::from(byte),
        Unit::Char(char) => i64::from(u32::from(char)),
    })
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// The first character or escape, and what follows it.
fn unquote_unit(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((Unit::Char(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let rest = chars.as_str();
    let byte = |it| Some((Unit::Byte(it), rest));
    match escape {
        'a' => byte(0x07),
        'b' => byte(0x08),
        'f' => byte(0x0c),
        'n' => byte(b'\n'),
        'r' => byte(b'\r'),
        't' => byte(b'\t'),
        'v' => byte(0x0b),
        '\\' => byte(b'\\'),
        '\'' | '"' if escape == quote => byte(escape as u8),
        'x' => {
            let (value, tail) = digits(rest, 2, 16)?;
            Some((Unit::Byte(u8::try_from(value).ok()?), tail))
        }
        'u' => code(rest, 4),
        'U' => code(rest, 8),
        '0'..='7' => {
            let from = text.get(1..)?;
            let (value, tail) = digits(from, 3, 8)?;
            Some((Unit::Byte(u8::try_from(value).ok()?), tail))
        }
        _ => None,
    }
}

fn code(text: &str, count: usize) -> Option<(Unit, &str)> {
    let (value, tail) = digits(text, count, 16)?;
    Some((Unit::Char(char::from_u32(value)?), tail))
}

fn digits(text: &str, count: usize, radix: u32) -> Option<(u32, &str)> {
    let (digits, tail) = text.split_at_checked(count)?;
    let valid = digits.chars().all(|it| it.is_digit(radix));
    Some((valid.then(|| u32::from_str_radix(digits, radix).ok())??, tail))
}

/// `%q` of a text.
pub(super) fn quote(text: &str) -> String {
    String::from_utf8_lossy(&fmt::quote(text.as_bytes())).into_owned()
}

/// `%#U` of a character.
pub(super) fn code_point(char: char) -> String {
    let code = u32::from(char);
    if fmt::is_print(char) { format!("U+{code:04X} '{char}'") } else { format!("U+{code:04X}") }
}
