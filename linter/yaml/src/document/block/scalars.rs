//! Plain, quoted and block scalars, with the lines that go on with them.

use std::borrow::Cow;

use goready_model::Style;

use super::{BlockReader, Scalar};

/// What ends the part of a line that a plain scalar may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A colon that makes it a key.
    Colon(usize),
    Comment(usize),
    LineEnd,
}

/// What ends the part of a line that belongs to a scalar in quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PartEnd {
    /// The closing quote, which ends here.
    Quote(usize),
    /// The line break is one of the scalar.
    Line,
    /// A backslash before the line break, which is then none.
    Backslash,
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

impl<'t> BlockReader<'t> {
    /// Whether a plain scalar may start with this.
    pub(super) fn starts_plain(&self, at: usize, end: usize) -> bool {
        match self.at(at, end) {
            Some(b'-' | b':' | b'?') => {
                !self.ends_word(at + 1, end) && !self.bytes[at..end].starts_with(b"---")
            }
            Some(first) => !b",[]{}#&*!|>'\"%@`\t".contains(&first),
            None => false,
        }
    }

    /// The part of a line that belongs to a plain scalar, and what ends it.
    pub(super) fn plain_part(&self, at: usize, end: usize) -> (usize, Stop) {
        let mut stop = Stop::LineEnd;
        let mut part_end = end;
        for (index, byte) in self.bytes[at..end].iter().enumerate() {
            let offset = at + index;
            match byte {
                b':' if self.ends_word(offset + 1, end) => stop = Stop::Colon(offset),
                b'#' if index > 0 && self.bytes[offset - 1] == b' ' => {
                    stop = Stop::Comment(offset);
                }
                _ => continue,
            }
            part_end = offset;
            break;
        }
        let blanks = self.bytes[at..part_end].iter().rev().take_while(|it| **it == b' ').count();
        (part_end - blanks, stop)
    }

    /// A plain scalar, with the lines that go on with it.
    pub(super) fn plain(&mut self, at: usize, indent: usize, end: usize) -> Option<()> {
        let (mut last, mut stop) = self.plain_part(at, end);
        let mut text = Cow::Borrowed(self.text(at, last)?);
        let mut breaks = 1;
        let mut next = (end + 1).min(self.bytes.len());
        let mut line_end = end;
        while stop == Stop::LineEnd && next < self.bytes.len() {
            let end = self.line_end(next);
            let content = self.skip_blanks(next, end);
            if content == end {
                breaks += 1;
                next = (end + 1).min(self.bytes.len());
                continue;
            }
            if content - next <= indent || self.bytes[content] == b'#' {
                break;
            }
            (last, stop) = self.plain_part(content, end);
            fold(text.to_mut(), breaks);
            text.to_mut().push_str(self.text(content, last)?);
            breaks = 1;
            next = (end + 1).min(self.bytes.len());
            (self.next_line, line_end) = (next, end);
        }
        // A tab is a blank that would have to be cut off.
        if matches!(stop, Stop::Colon(_)) || text.contains('\t') {
            return None;
        }
        self.scalar(&Scalar::new(text, Style::Plain, (at, last)))?;
        match stop {
            Stop::Comment(at) => self.comment(at, line_end),
            _ => Some(()),
        }
    }

    /// A scalar in quotes that ends on its line, and where.
    pub(super) fn quoted(&self, at: usize, end: usize) -> Option<(Cow<'t, str>, usize)> {
        match self.quoted_part(at + 1, end, self.at(at, end)?)? {
            (text, PartEnd::Quote(close)) => Some((text, close)),
            _ => None,
        }
    }

    /// A scalar in quotes, with the lines that go on with it; where it ends, and its last line.
    pub(super) fn quoted_lines(
        &mut self,
        at: usize,
        indent: usize,
        mut end: usize,
    ) -> Option<(Cow<'t, str>, usize, usize)> {
        let quote = self.at(at, end)?;
        let (mut text, mut part_end) = self.quoted_part(at + 1, end, quote)?;
        let mut breaks = 1;
        loop {
            if let PartEnd::Quote(close) = part_end {
                return Some((text, close, end));
            }
            let start = self.next_line;
            if start >= self.bytes.len() {
                return None;
            }
            end = self.line_end(start);
            self.next_line = (end + 1).min(self.bytes.len());
            let content = self.skip_blanks(start, end);
            if content == end {
                breaks += 1;
                continue;
            }
            if content - start <= indent {
                return None;
            }
            match part_end {
                PartEnd::Backslash => (1..breaks).for_each(|_| text.to_mut().push('\n')),
                _ => fold(text.to_mut(), breaks),
            }
            let (part, next_end) = self.quoted_part(content, end, quote)?;
            text.to_mut().push_str(&part);
            (part_end, breaks) = (next_end, 1);
        }
    }

    /// What a line holds of a scalar in quotes.
    fn quoted_part(&self, from: usize, end: usize, quote: u8) -> Option<(Cow<'t, str>, PartEnd)> {
        let mut text = Cow::Borrowed("");
        let (mut start, mut offset) = (from, from);
        let mut part_end = PartEnd::Line;
        while let Some(byte) = self.at(offset, end) {
            let is_doubled = quote == b'\'' && self.at(offset + 1, end) == Some(quote);
            let (unescaped, length) = match byte {
                b'\t' => return None,
                _ if byte == quote && is_doubled => ('\'', 2),
                _ if byte == quote => {
                    part_end = PartEnd::Quote(offset + 1);
                    break;
                }
                b'\\' if quote == b'"' && offset + 1 == end => {
                    part_end = PartEnd::Backslash;
                    break;
                }
                b'\\' if quote == b'"' => unescape(self.text(offset + 1, end)?)?,
                _ => {
                    offset += 1;
                    continue;
                }
            };
            text.to_mut().push_str(self.text(start, offset)?);
            text.to_mut().push(unescaped);
            offset += length;
            start = offset;
        }
        let rest = self.text(start, offset)?;
        let rest = if part_end == PartEnd::Line { rest.trim_end_matches(' ') } else { rest };
        if text.is_empty() {
            text = Cow::Borrowed(rest);
        } else {
            text.to_mut().push_str(rest);
        }
        Some((text, part_end))
    }

    /// A literal or folded scalar in a block of the indentation.
    pub(super) fn block_scalar(&mut self, at: usize, indent: usize, end: usize) -> Option<()> {
        let is_folded = self.at(at, end)? == b'>';
        let digit = self.at(at + 1, end).filter(|it| matches!(it, b'1'..=b'9'));
        let header_end = at + 1 + usize::from(digit.is_some());
        let (chomping, header_end) = match self.at(header_end, end) {
            Some(b'-') => (Chomping::Strip, header_end + 1),
            Some(b'+') => (Chomping::Keep, header_end + 1),
            _ => (Chomping::Clip, header_end),
        };
        if self.skip_blanks(header_end, end) != end {
            return None;
        }
        let (first, own) = match digit {
            // In a sequence the indentation counts from somewhere else.
            Some(_) if !self.levels.last()?.is_mapping => return None,
            Some(digit) => ((self.next_line, 0), indent + usize::from(digit - b'0')),
            None => self.block_indent()?,
        };
        let style = if is_folded { Style::Folded } else { Style::Literal };
        if own <= indent {
            let empty = Scalar::new("", style, (at, header_end));
            return if chomping == Chomping::Keep { None } else { self.scalar(&empty) };
        }
        let mut text = String::new();
        let mut breaks = first.1;
        let mut next = first.0;
        let mut last = next;
        while next < self.bytes.len() {
            let end = self.line_end(next);
            let content = self.skip_blanks(next, end);
            if content == end && end - next <= own {
                breaks += usize::from(end < self.bytes.len());
            } else if content - next < own {
                break;
            } else {
                // Lines of more indentation are not folded.
                if is_folded && matches!(self.bytes[next + own], b' ' | b'\t') {
                    return None;
                }
                if is_folded && !text.is_empty() {
                    fold(&mut text, breaks);
                } else {
                    (0..breaks).for_each(|_| text.push('\n'));
                }
                text.push_str(self.text(next + own, end)?);
                breaks = 1;
                last = end;
            }
            next = end + 1;
        }
        // There is a text, with a break behind it.
        if text.trim_ascii().is_empty() || last >= self.bytes.len() {
            return None;
        }
        match chomping {
            Chomping::Clip => text.push('\n'),
            Chomping::Strip => {}
            Chomping::Keep => (0..breaks).for_each(|_| text.push('\n')),
        }
        self.next_line = next.min(self.bytes.len());
        let written = self.text(first.0, last)?.trim_end();
        self.scalar(&Scalar::new(text, style, (at, first.0 + written.len())))
    }

    /// Start of the first line of a block scalar with the empty ones before it, and the
    /// indentation that it gives the scalar.
    fn block_indent(&self) -> Option<((usize, usize), usize)> {
        let (mut next, mut empty, mut widest) = (self.next_line, 0, 0);
        while next < self.bytes.len() {
            let end = self.line_end(next);
            let content = self.skip_blanks(next, end);
            if content < end {
                let indent = content - next;
                let is_text = self.bytes[content] != b'\t' && widest <= indent;
                return is_text.then_some(((next, empty), indent));
            }
            widest = widest.max(end - next);
            empty += 1;
            next = end + 1;
        }
        None
    }
}

pub(super) fn quotes(quote: u8) -> Style {
    if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted }
}

/// The character that an escape stands for, and the length of the escape with its backslash.
fn unescape(escaped: &str) -> Option<(char, usize)> {
    let code = |digits: usize| {
        let digits =
            escaped.get(1..=digits).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
        char::from_u32(u32::from_str_radix(digits?, 16).ok()?)
    };
    Some(match escaped.as_bytes().first()? {
        byte @ (b'"' | b'\\' | b'/' | b' ') => (char::from(*byte), 2),
        b'n' => ('\n', 2),
        b'r' => ('\r', 2),
        b't' => ('\t', 2),
        b'x' => (code(2)?, 4),
        b'u' => (code(4)?, 6),
        _ => return None,
    })
}

/// Line breaks between two folded lines: one is a blank.
fn fold(text: &mut String, breaks: usize) {
    if breaks == 1 {
        text.push(' ');
    }
    (1..breaks).for_each(|_| text.push('\n'));
}
