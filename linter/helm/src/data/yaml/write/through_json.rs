//! What becomes of scalars on the way of sigs.k8s.io/yaml: encoding/json writes them, go-yaml
//! reads that, and only then writes YAML.

use std::borrow::Cow;

use crate::{
    data::fmt::{decode, float},
    text::{Text, TextBuilder},
};

/// A number as go-yaml finds it in JSON: an integer if it looks like one and fits 64 bits.
pub(super) fn number(number: f64) -> Result<String, String> {
    if !number.is_finite() {
        return Err(format!("json: unsupported value: {}", float(number, b'g', None, 64)));
    }
    if number == 0.0 {
        return Ok("0".to_owned());
    }
    let digits = float(number, b'f', None, 64);
    let fits = digits.parse::<i64>().is_ok() || digits.parse::<u64>().is_ok();
    Ok(if fits { digits } else { float(number, b'g', None, 64) })
}

/// A string: wrong bytes are replaced, NEL is a line break and folds, and control characters that
/// JSON does not escape end everything.
pub(super) fn string(text: &Text) -> Result<Cow<'_, Text>, String> {
    if text.bytes().iter().all(|it| *it < 0x7f) {
        return Ok(Cow::Borrowed(text));
    }
    let mut has_breaks = false;
    let mut is_wrong = false;
    let mut at = 0;
    while let Some((character, length)) = decode(&text.bytes()[at..]) {
        match character {
            None => is_wrong = true,
            Some('\u{85}') => has_breaks = true,
            Some('\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}') => {
                return Err("yaml: control characters are not allowed".to_owned());
            }
            Some(_) => {}
        }
        at += length;
    }
    let text = if is_wrong { Cow::Owned(replace_wrong(text)) } else { Cow::Borrowed(text) };
    Ok(if has_breaks { Cow::Owned(fold(&text)) } else { text })
}

fn replace_wrong(text: &Text) -> Text {
    let mut out = TextBuilder::with_capacity(text.len() + 8);
    let mut at = 0;
    while let Some((character, length)) = decode(&text.bytes()[at..]) {
        match character {
            Some(_) => out.push_slice(text, at..at + length),
            None => out.push("\u{fffd}".as_bytes(), text.slice(at..at + 1).origin()),
        }
        at += length;
    }
    out.finish()
}

/// Line folding of a double-quoted scalar whose only line breaks are NEL.
fn fold(text: &Text) -> Text {
    const BREAK: &[u8] = b"\xc2\x85";
    let bytes = text.bytes();
    let mut out = TextBuilder::with_capacity(bytes.len());
    let mut from = 0;
    while let Some(found) = bytes[from..].windows(2).position(|it| it == BREAK) {
        let at = from + found;
        let kept = bytes[..at].iter().rev().take_while(|it| **it == b' ').count();
        let kept = (at - kept).max(from);
        out.push_slice(text, from..kept);
        let mut breaks = 0;
        let mut to = at;
        while to < bytes.len() {
            if bytes[to..].starts_with(BREAK) {
                breaks += 1;
                to += BREAK.len();
            } else if bytes[to] == b' ' {
                to += 1;
            } else {
                break;
            }
        }
        let folded = if breaks == 1 { b" ".to_vec() } else { vec![b'\n'; breaks - 1] };
        out.push(&folded, text.slice(at..at + 1).origin());
        from = to;
    }
    out.push_slice(text, from..bytes.len());
    out.finish()
}
