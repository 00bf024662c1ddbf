//! Go's string literals (strconv.Quote and its relatives, Go 1.26).
//!
//! What counts as printable follows the Unicode version of Rust's standard library, which may be
//! newer than Go's: only characters assigned since then differ.

use crate::text::{Text, TextBuilder};

/// What stays as it is inside a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Everything printable: `strconv.Quote`, `%q`.
    Printable,
    /// Printable ASCII only: `strconv.QuoteToASCII`, `%+q`.
    Ascii,
}

/// A double-quoted literal with the bytes' escapes (`strconv.Quote`).
pub(crate) fn quote(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(b'"');
    let mut rest = bytes;
    while !rest.is_empty() {
        let taken = escape(rest, b'"', Charset::Printable, &mut out);
        rest = &rest[taken..];
    }
    out.push(b'"');
    out
}

/// Like [`quote`], each escape with the origin of the character it stands for and the quotes with
/// that of the text's ends.
pub(crate) fn quote_text(text: &Text, charset: Charset) -> Text {
    let bytes = text.bytes();
    let mut out = TextBuilder::with_capacity(bytes.len() + 2);
    let mut last = text.origin();
    out.push(b"\"", last);
    let mut at = 0;
    let mut escaped = Vec::new();
    for (run, origin) in text.runs() {
        last = origin;
        escaped.clear();
        // A character that spans two runs belongs to the first.
        while at < run.end {
            at += escape(&bytes[at..], b'"', charset, &mut escaped);
        }
        out.push(&escaped, origin);
    }
    out.push(b"\"", last);
    out.finish()
}

/// A character constant (`strconv.QuoteRune`); what is no character is U+FFFD.
pub(crate) fn quote_char(code: i64, charset: Charset) -> Vec<u8> {
    let mut buffer = [0; 4];
    let encoded = character(code).encode_utf8(&mut buffer);
    let mut out = vec![b'\''];
    escape(encoded.as_bytes(), b'\'', charset, &mut out);
    out.push(b'\'');
    out
}

/// The character of a code point, U+FFFD where there is none.
pub(crate) fn character(code: i64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether a raw string literal can hold the bytes (`strconv.CanBackquote`).
pub(crate) fn can_backquote(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().all(|it| match it {
            '\t' => true,
            '`' | '\u{7f}' | '\u{feff}' => false,
            other => other >= ' ',
        })
    })
}

/// Whether `strconv.IsPrint` says so: letters, marks, numbers, punctuation, symbols and the blank.
pub(crate) fn is_print(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // The standard library escapes what has none of these categories. It would also escape a
    // combining mark, but not behind another character.
    let mut buffer = [b'a'; 5];
    let length = 1 + character.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..length])
        .is_ok_and(|pair| pair.escape_debug().nth(1) == Some(character))
}

/// The first character, as Go decodes it: a byte that starts none is taken alone.
pub(crate) fn decode(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let first = *bytes.first()?;
    let length = match first {
        0..0x80 => return Some((Some(first as char), 1)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((None, 1)),
    };
    let character = bytes
        .get(..length)
        .and_then(|it| std::str::from_utf8(it).ok())
        .and_then(|it| it.chars().next());
    Some(character.map_or((None, 1), |it| (Some(it), length)))
}

/// Number of characters, wrong bytes counted one each (`utf8.RuneCount`).
pub(crate) fn count_chars(bytes: &[u8]) -> usize {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.chars().count();
    }
    let mut rest = bytes;
    let mut count = 0;
    while let Some((_, length)) = decode(rest) {
        rest = &rest[length..];
        count += 1;
    }
    count
}

/// Appends the first character of `bytes` as a literal holds it; gives the bytes it took.
fn escape(bytes: &[u8], delimiter: u8, charset: Charset, out: &mut Vec<u8>) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let Some((decoded, length)) = decode(bytes) else { return bytes.len().max(1) };
    let Some(decoded) = decoded else {
        let byte = bytes[0];
        out.extend([b'\\', b'x', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        return 1;
    };
    if decoded == char::from(delimiter) || decoded == '\\' {
        out.extend([b'\\', bytes[0]]);
        return 1;
    }
    if (decoded.is_ascii() || charset == Charset::Printable) && is_print(decoded) {
        out.extend_from_slice(&bytes[..length]);
        return length;
    }
    let short = match decoded {
        '\u{7}' => Some(b'a'),
        '\u{8}' => Some(b'b'),
        '\u{c}' => Some(b'f'),
        '\n' => Some(b'n'),
        '\r' => Some(b'r'),
        '\t' => Some(b't'),
        '\u{b}' => Some(b'v'),
        _ => None,
    };
    let code = u32::from(decoded);
    let (letter, digits) = match (short, code) {
        (Some(letter), _) => (letter, 0),
        (None, 0..0x80) => (b'x', 2),
        (None, 0x80..0x1_0000) => (b'u', 4),
        (None, _) => (b'U', 8),
    };
    out.extend([b'\\', letter]);
    out.extend((0..digits).rev().map(|it| HEX[(code >> (4 * it) & 15) as usize]));
    length
}
