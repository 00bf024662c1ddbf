//! Writes strings: plain, quoted or as blocks, folded where go-yaml folds them.

use super::{
    Context, Emitter, Version,
    analysis::{analyze, break_length, is_printable, is_word, reads_as_string, width},
};
use crate::text::Text;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// At which blanks a flow scalar may be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folds {
    Plain,
    SingleQuoted,
    DoubleQuoted,
}

impl Folds {
    /// Whether the blank at an offset may become a line break.
    fn can_fold(self, value: &[u8], at: usize) -> bool {
        let before_blank = value.get(at + 1) == Some(&b' ');
        let inside = at > 0 && at + 1 < value.len();
        match self {
            Folds::Plain => !before_blank,
            Folds::SingleQuoted => inside && !before_blank,
            // The second blank is escaped.
            Folds::DoubleQuoted => inside,
        }
    }
}

/// Lines are broken at the first blank behind this column (`best_width`).
const WIDTH: usize = 80;

/// Longest key that needs no `?`, in bytes.
const SIMPLE_KEY_LENGTH: usize = 128;

/// Words of YAML 1.1 that version 3 does not read as booleans, but still quotes.
const OLD_BOOLEANS: [&[u8]; 16] = [
    b"y", b"Y", b"yes", b"Yes", b"YES", b"on", b"On", b"ON", b"n", b"N", b"no", b"No", b"NO",
    b"off", b"Off", b"OFF",
];

/// Whether a string can be a key without `?`.
pub(super) fn is_simple_key(key: &[u8], version: Version) -> bool {
    key.len() <= SIMPLE_KEY_LENGTH && (is_word(key) || !analyze(key, version).multiline)
}

impl Emitter {
    pub(super) fn string(&mut self, text: &Text, context: Context) {
        let value = text.bytes();
        let analysis = analyze(value, self.version);
        let is_plain = reads_as_string(value) && !OLD_BOOLEANS.contains(&value);
        let is_key = context == Context::SimpleKey;
        let mut style = match () {
            () if value.contains(&b'\n') => Style::Literal,
            () if is_plain => Style::Plain,
            () => Style::DoubleQuoted,
        };
        if is_key && analysis.multiline {
            style = Style::DoubleQuoted;
        }
        if style == Style::Plain && !analysis.plain {
            style = Style::SingleQuoted;
        }
        let fits = match style {
            Style::SingleQuoted => analysis.single_quoted,
            Style::Literal => analysis.block && !is_key,
            Style::Plain | Style::DoubleQuoted => true,
        };
        self.styled(text, if fits { style } else { Style::DoubleQuoted }, !is_key);
    }

    /// Writes in a style; `folds` says whether lines may be broken.
    pub(super) fn styled(&mut self, text: &Text, style: Style, folds: bool) {
        let indent = self.indent;
        self.indent = if indent < 0 { 2 } else { indent + 2 };
        match style {
            Style::Plain => self.plain(text, folds),
            Style::SingleQuoted => self.single_quoted(text, folds),
            Style::DoubleQuoted => self.double_quoted(text, folds),
            Style::Literal => self.literal(text),
        }
        self.indent = indent;
    }

    fn plain(&mut self, text: &Text, folds: bool) {
        self.space_before();
        self.folded(text, folds.then_some(Folds::Plain), |_| None);
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &Text, folds: bool) {
        self.indicator(b"'", true);
        self.folded(text, folds.then_some(Folds::SingleQuoted), |rest| match rest {
            [b'\'', ..] => Some((b"''".to_vec(), 1)),
            _ => None,
        });
        self.indicator(b"'", false);
    }

    fn double_quoted(&mut self, text: &Text, folds: bool) {
        // go-yaml asks whether the whole string, not the character, is a byte order mark.
        let starts_with_mark = text.bytes().starts_with(b"\xef\xbb\xbf");
        self.indicator(b"\"", true);
        self.folded(text, folds.then_some(Folds::DoubleQuoted), |rest| {
            let escapes = starts_with_mark
                || !is_printable(rest)
                || break_length(rest) > 0
                || matches!(rest, [b'"' | b'\\', ..]);
            escapes.then(|| escape(rest))
        });
        self.indicator(b"\"", false);
    }

    /// Writes the characters of a flow scalar; `replace` says what else to write for the first
    /// one, and how long that one is.
    fn folded(
        &mut self,
        text: &Text,
        folds: Option<Folds>,
        replace: impl Fn(&[u8]) -> Option<(Vec<u8>, usize)>,
    ) {
        let value = text.bytes();
        let folds = folds.filter(|_| self.version == Version::V2);
        let (mut after_space, mut after_break) = (false, false);
        // What was passed but not yet written, and how many characters that is.
        let mut from = 0;
        let mut passed = 0;
        let mut at = 0;
        while let Some(byte) = value.get(at) {
            let rest = &value[at..];
            let length = break_length(rest);
            let replacement = replace(rest);
            if length > 0 && replacement.is_none() {
                self.write(text, from..at);
                if !after_break && *byte == b'\n' {
                    self.put_break();
                }
                self.write_break(text, at..at + length);
                at += length;
                (from, passed) = (at, 0);
                after_break = true;
                continue;
            }
            if std::mem::take(&mut after_break) && *byte != b' ' {
                self.write_indent();
            }
            if let Some((replacement, length)) = replacement {
                self.write(text, from..at);
                self.insert(text, at, &replacement);
                at += length;
                (from, passed) = (at, 0);
                after_space = false;
                continue;
            }
            let is_space = *byte == b' ';
            if is_space
                && !after_space
                && folds.is_some_and(|it| it.can_fold(value, at))
                && self.column + passed > WIDTH
            {
                self.write(text, from..at);
                self.write_indent();
                if value.get(at + 1) == Some(&b' ') {
                    self.put(b"\\");
                }
                (from, passed) = (at + 1, 0);
            } else {
                passed += 1;
            }
            if !is_space {
                self.indention = false;
            }
            after_space = is_space;
            at += width(*byte);
        }
        self.write(text, from..value.len());
    }

    fn literal(&mut self, text: &Text) {
        let value = text.bytes();
        self.indicator(b"|", true);
        if value.first() == Some(&b' ') || break_length(value) > 0 {
            self.indicator(b"2", false);
        }
        match trailing_breaks(value) {
            0 => self.indicator(b"-", false),
            1 if value.len() > 1 => {}
            _ => self.indicator(b"+", false),
        }
        self.put_break();
        self.whitespace = true;
        let mut at = 0;
        let mut breaks = true;
        while at < value.len() {
            let length = break_length(&value[at..]);
            if length > 0 {
                self.write_break(text, at..at + length);
                at += length;
                breaks = true;
                continue;
            }
            let line = line_length(&value[at..]);
            if breaks {
                self.write_indent();
            }
            self.write(text, at..at + line);
            self.indention = false;
            breaks = false;
            at += line;
        }
    }
}

/// Bytes up to the first line break.
fn line_length(bytes: &[u8]) -> usize {
    (0..bytes.len())
        .find(|it| {
            matches!(bytes[*it], b'\n' | b'\r' | 0xc2 | 0xe2) && break_length(&bytes[*it..]) > 0
        })
        .unwrap_or(bytes.len())
}

/// Line breaks at the end, counted up to two; a string that is one line break has two.
fn trailing_breaks(value: &[u8]) -> usize {
    let last = |value: &[u8]| {
        (1..=3.min(value.len())).find(|it| break_length(&value[value.len() - it..]) == *it)
    };
    let Some(length) = last(value) else { return 0 };
    let before = &value[..value.len() - length];
    if before.is_empty() || last(before).is_some() { 2 } else { 1 }
}

/// The first character as an escape sequence, and its length.
fn escape(bytes: &[u8]) -> (Vec<u8>, usize) {
    let length = bytes.first().map_or(1, |it| width(*it)).min(bytes.len());
    let character = std::str::from_utf8(&bytes[..length])
        .ok()
        .and_then(|it| it.chars().next())
        .unwrap_or(char::REPLACEMENT_CHARACTER);
    let escaped = match character {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => "\\_".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        other => match u32::from(other) {
            code @ 0..0x100 => format!("\\x{code:02X}"),
            code @ 0x100..0x1_0000 => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    };
    (escaped.into_bytes(), length)
}
