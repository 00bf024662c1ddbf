//! In which styles a string can be written (`yaml_emitter_analyze_scalar`), and which strings
//! would be read as something else without quotes.

use std::sync::LazyLock;

use goready_model::NodeKind;
use regex::bytes::Regex;

use super::Version;

/// What a string allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) plain: bool,
    pub(super) single_quoted: bool,
    pub(super) block: bool,
}

/// Length of the line break at the start, 0 if there is none.
pub(super) fn break_length(bytes: &[u8]) -> usize {
    match bytes {
        [b'\n' | b'\r', ..] => 1,
        [0xc2, 0x85, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// Length of the UTF-8 character that starts with the byte.
pub(super) fn width(byte: u8) -> usize {
    match byte {
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
        _ => 1,
    }
}

/// `is_printable`: everything of the basic plane but controls and byte order marks.
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    match bytes {
        [b'\n' | b' '..=b'~' | 0xc3..=0xec | 0xee, ..] => true,
        [0xc2, second, ..] => *second >= 0xa0,
        [0xed, second, ..] => *second < 0xa0,
        [0xef, second, third, ..] => !matches!((second, third), (0xbb, 0xbf) | (0xbf, 0xbe | 0xbf)),
        _ => false,
    }
}

/// What a valid string allows in a block collection.
pub(super) fn analyze(value: &[u8], version: Version) -> Analysis {
    let mut indicators = value.starts_with(b"---") || value.starts_with(b"...");
    let (mut breaks, mut special, mut tabs) = (false, false, false);
    let (mut break_space, mut space_break) = (false, false);
    let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        let rest = &value[at..];
        let width = width(*byte);
        let before_blank = matches!(rest.get(width), None | Some(b' ' | b'\t'));
        indicators |= match byte {
            b'#' => at == 0 || after_blank,
            b':' => before_blank,
            b'?' | b'-' => at == 0 && before_blank,
            b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
            | b'%' | b'@' | b'`' => at == 0,
            _ => false,
        };
        if *byte == b'\t' && version == Version::V3 {
            tabs = true;
        } else if !is_printable(rest) {
            special = true;
        }
        let is_space = *byte == b' ';
        let is_break = break_length(rest) > 0;
        break_space |= is_space && after_break;
        space_break |= is_break && after_space;
        breaks |= is_break;
        (after_space, after_break) = (is_space, is_break);
        after_blank = is_space || is_break || matches!(byte, b'\t' | 0);
        at += width;
    }
    let starts = value.first() == Some(&b' ') || break_length(value) > 0;
    let trailing_space = after_space;
    let unquotable = break_space || space_break || special;
    Analysis {
        multiline: breaks,
        plain: !(unquotable
            || tabs
            || breaks
            || indicators
            || starts
            || trailing_space
            || after_break),
        single_quoted: !(unquotable || tabs),
        block: !(trailing_space || space_break || special || value.is_empty()),
    }
}

/// Whether a string is plain by its characters alone: a word, a path, the name of an image.
///
/// Most keys and many values are, and need no closer look.
pub(super) fn is_word(value: &[u8]) -> bool {
    /// Longer than all words that mean something else.
    const LONG: usize = 6;
    let Some(first) = value.first() else { return false };
    let begins = match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => value.len() >= LONG,
        other => other.is_ascii_alphabetic() || matches!(other, b'_' | b'/'),
    };
    begins
        && value
            .iter()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'/' | b'.' | b'-'))
}

/// Whether a reader takes the string for one without quotes (`stringv`).
pub(super) fn reads_as_string(value: &[u8]) -> bool {
    let Some(first) = value.first() else { return false };
    // Only these begin something else.
    if !matches!(
        first,
        b'+' | b'-' | b'.' | b'~' | b'0'
            ..=b'9' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O'
    ) {
        return true;
    }
    let kind = std::str::from_utf8(value).map_or(NodeKind::String, goready_yaml::resolve_plain);
    matches!(kind, NodeKind::String) && !is_timestamp(value) && !is_base_60(value)
}

/// `1:20`, which is a number in YAML 1.1 though not for go-yaml.
fn is_base_60(value: &[u8]) -> bool {
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant that a test compiles")]
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$").unwrap()
    });
    value.contains(&b':') && PATTERN.is_match(value)
}

/// `parseTimestamp`: a date, or a date and a time.
fn is_timestamp(value: &[u8]) -> bool {
    let mut rest = value;
    let Some(year) = number(&mut rest, 4..=4) else { return false };
    let mut part = |mark: u8, range: std::ops::RangeInclusive<u32>| {
        rest = rest.strip_prefix(&[mark])?;
        number(&mut rest, 1..=2).filter(|it| range.contains(it))
    };
    let date = (|| {
        let month = part(b'-', 1..=12)?;
        let day = part(b'-', 1..=31)?;
        Some((month, day))
    })();
    let Some((month, day)) = date else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day > last || rest.is_empty() {
        return day <= last;
    }
    let zoned = matches!(rest.first(), Some(b'T' | b't'));
    let Some((b'T' | b't' | b' ', mut rest)) = rest.split_first() else { return false };
    for (index, limit) in [23, 59, 59].into_iter().enumerate() {
        if index > 0 {
            let Some(behind) = rest.strip_prefix(b":") else { return false };
            rest = behind;
        }
        if number(&mut rest, 1..=2).is_none_or(|it| it > limit) {
            return false;
        }
    }
    if let [b'.' | b',', b'0'..=b'9', ..] = rest {
        let digits = rest[1..].iter().take_while(|it| it.is_ascii_digit()).count();
        rest = &rest[1 + digits..];
    }
    match rest {
        [] => !zoned,
        b"Z" => zoned,
        [b'+' | b'-', h, hh, b':', m, mm] => {
            let two = |a: &u8, b: &u8| {
                std::str::from_utf8(&[*a, *b]).ok().and_then(|it| it.parse::<u8>().ok())
            };
            zoned && two(h, hh).is_some_and(|it| it <= 24) && two(m, mm).is_some_and(|it| it < 60)
        }
        _ => false,
    }
}

/// A number of so many digits, taken from the front.
fn number(bytes: &mut &[u8], digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let length = bytes.iter().take(*digits.end()).take_while(|it| it.is_ascii_digit()).count();
    if length < *digits.start() {
        return None;
    }
    let (number, rest) = bytes.split_at(length);
    *bytes = rest;
    std::str::from_utf8(number).ok()?.parse().ok()
}
