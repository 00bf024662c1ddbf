//! What happens around one document: splitting a values file, merging its documents, and which
//! characters YAML allows.

use std::ops::Range;

use crate::{
    data::fmt::decode,
    value::{Data, Map},
};

/// Ranges of the documents of a values file, without the lines between them.
///
/// This is `YAMLReader` of k8s.io/apimachinery: only a line of `---` and blanks separates, and one
/// with nothing before it belongs to what follows.
pub(super) fn split(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut documents = Vec::new();
    let mut start = 0;
    for at in memchr::memmem::find_iter(bytes, b"---") {
        let rest = &bytes[at + 3..];
        let line = memchr::memchr(b'\n', rest).map_or(rest, |it| &rest[..=it]);
        let begins_line = at == 0 || bytes[at - 1] == b'\n';
        if begins_line && at > start && line.trim_ascii().is_empty() {
            documents.push(start..at);
            start = at + 3 + line.len();
        }
    }
    if bytes.len() > start {
        documents.push(start..bytes.len());
    }
    documents
}

/// Merges `from` into `into`: maps key by key, everything else replaces what was there.
pub(super) fn merge(into: &Map, from: &Map, depth: usize) {
    for (key, entry) in from.snapshot() {
        let known = into.get(&key);
        match (known.as_ref().map(|it| &it.data), &entry.value.data) {
            (Some(Data::Map(known)), Data::Map(new)) if depth < super::scanner::MAX_DEPTH => {
                merge(known, new, depth + 1);
            }
            _ => into.insert(&key, entry.key_origin, entry.value),
        }
    }
}

/// Refuses what go-yaml's reader refuses: bytes that are no UTF-8, and control characters.
pub(super) fn check_characters(bytes: &[u8]) -> Result<(), &'static str> {
    let is_simple = |it: &u8| matches!(it, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    // Without a branch for each byte this takes next to no time, and most texts are ASCII.
    if bytes.iter().fold(true, |so_far, it| so_far & is_simple(it)) {
        return Ok(());
    }
    let mut rest = bytes;
    loop {
        let simple = rest.iter().take_while(|it| is_simple(it)).count();
        rest = &rest[simple..];
        match decode(rest) {
            None => return Ok(()),
            Some((Some('\0'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'), _)) => {
                return Err("control characters are not allowed");
            }
            Some((Some(_), length)) => rest = &rest[length..],
            Some((None, _)) => return Err(malformed(rest)),
        }
    }
}

/// What is wrong with the first character, which is none.
fn malformed(bytes: &[u8]) -> &'static str {
    let length = match bytes.first() {
        Some(0xc0..0xe0) => 2,
        Some(0xe0..0xf0) => 3,
        Some(0xf0..0xf8) => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(character) = bytes.get(..length) else { return "incomplete UTF-8 octet sequence" };
    if character[1..].iter().any(|it| it & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    match character {
        [0xc0 | 0xc1, ..] | [0xe0, 0x80..0xa0, ..] | [0xf0, 0x80..0x90, ..] => {
            "invalid length of a UTF-8 sequence"
        }
        _ => "invalid Unicode character",
    }
}
