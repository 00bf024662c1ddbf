//! The block YAML that nearly every manifest is written in, read line by line.
//!
//! Known here is what one line at a time decides: block mappings and sequences, plain scalars,
//! quoted scalars and flow collections on one line, literal and folded blocks, comments. At
//! anything else this reader gives up, and the file is granit-parser's. Nodes, places and problems
//! are the same from both, which tests compare.

mod flow;
mod scalars;

use std::borrow::Cow;

use goready_model::{FileId, NodeKind, Style};
use granit_parser::StructureStyle;

use self::scalars::{Stop, quotes};
use super::{OpenDocument, Reader, Scalar};
use crate::{Comment, Parsed, places};

/// Blocks within blocks that are read here; granit-parser knows the limit there really is.
const MAX_LEVELS: usize = 100;

/// Longer keys are left to granit-parser, which counts characters.
const MAX_KEY: usize = 1000;

/// Everything in the file, or `None` when the file has something this reader does not know.
pub(super) fn parse(file: FileId, text: &str) -> Option<Parsed> {
    if !is_plain_text(text) {
        return None;
    }
    let mut reader = BlockReader {
        reader: Reader::new(file, text, 0),
        bytes: text.as_bytes(),
        next_line: 0,
        document: None,
        has_root: false,
        levels: Vec::new(),
    };
    while reader.next_line < text.len() {
        reader.line()?;
    }
    reader.close_document()?;
    Some(reader.reader.finish())
}

/// Whether there is nothing that YAML reads as a line break or refuses.
fn is_plain_text(text: &str) -> bool {
    let is_control = |it: u8| it < b' ' && !matches!(it, b'\n' | b'\t') || it == 0x7f;
    // Without a way out of the loop the compiler takes many bytes at once.
    if text.bytes().fold(false, |found, it| found | is_control(it)) {
        return false;
    }
    let is_special = |it: char| {
        matches!(it, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
            || matches!(it as u32 & 0xffff, 0xfffe | 0xffff)
    };
    text.is_ascii() || !text.chars().any(is_special)
}

struct BlockReader<'t> {
    reader: Reader<'t>,
    bytes: &'t [u8],
    /// Offset of the line to read next.
    next_line: usize,
    document: Option<OpenDocument>,
    /// The document's root was begun.
    has_root: bool,
    levels: Vec<Level>,
}

/// An open block collection.
struct Level {
    indent: usize,
    is_mapping: bool,
    /// A key or dash was read, its value was not.
    waits: bool,
}

/// What a line starts with.
enum Start<'t> {
    /// A key, and where its colon is.
    Key(Scalar<'t>, usize),
    Value,
}

impl<'t> BlockReader<'t> {
    fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |it| from + it)
    }

    /// The first byte that is no blank, at most `end`.
    fn skip_blanks(&self, from: usize, end: usize) -> usize {
        let rest = self.bytes.get(from..end).unwrap_or_default();
        from + rest.iter().take_while(|it| **it == b' ').count()
    }

    fn at(&self, offset: usize, end: usize) -> Option<u8> {
        self.bytes.get(offset).copied().filter(|_| offset < end)
    }

    fn text(&self, start: usize, end: usize) -> Option<&'t str> {
        self.reader.text.get(start..end)
    }

    /// Whether a blank or nothing follows.
    fn ends_word(&self, offset: usize, end: usize) -> bool {
        matches!(self.at(offset, end), None | Some(b' '))
    }

    fn line(&mut self) -> Option<()> {
        let start = self.next_line;
        let end = self.line_end(start);
        self.next_line = (end + 1).min(self.bytes.len());
        let content = self.skip_blanks(start, end);
        let indent = content - start;
        match self.at(content, end) {
            None => return Some(()),
            Some(b'#') => return self.comment(content, end),
            Some(_) => {}
        }
        if indent == 0 {
            let line = &self.bytes[start..end];
            if line.starts_with(b"---") && self.ends_word(start + 3, end) {
                return self.document_start(start, end);
            }
            if line.starts_with(b"...") || line.starts_with(b"%") {
                return None;
            }
        }
        let is_item = self.at(content, end) == Some(b'-') && self.ends_word(content + 1, end);
        self.settle(indent, is_item)?;
        self.content(content, indent, end)
    }

    fn document_start(&mut self, start: usize, end: usize) -> Option<()> {
        self.close_document()?;
        let bounds = (start, start + 3);
        self.open_document(bounds);
        self.line_rest(start + 3, end)
    }

    fn open_document(&mut self, bounds: (usize, usize)) {
        self.has_root = false;
        self.document = Some(OpenDocument {
            start: bounds.0,
            end: bounds.1,
            key_end: bounds.1,
            ..OpenDocument::default()
        });
    }

    fn close_document(&mut self) -> Option<()> {
        while !self.levels.is_empty() {
            self.close_level()?;
        }
        let Some(mut document) = self.document.take() else { return Some(()) };
        document.empty = !self.has_root;
        self.reader.open = Some(document);
        self.reader.close_document(false);
        Some(())
    }

    /// Closes what the indentation of a line ends.
    fn settle(&mut self, indent: usize, is_item: bool) -> Option<()> {
        while let Some(level) = self.levels.last() {
            if indent > level.indent {
                return level.waits.then_some(());
            }
            if indent == level.indent && level.is_mapping != is_item {
                return if level.waits { self.absent() } else { Some(()) };
            }
            // A sequence may stand at the indentation of its key.
            if indent == level.indent && is_item {
                return level.waits.then_some(());
            }
            self.close_level()?;
        }
        (!self.has_root).then_some(())
    }

    fn close_level(&mut self) -> Option<()> {
        if self.levels.last().is_some_and(|it| it.waits) {
            self.absent()?;
        }
        self.levels.pop();
        let document = self.document.as_mut()?;
        let end = document.end;
        self.reader.end(document, end);
        Some(())
    }

    /// The value of a key that has none.
    fn absent(&mut self) -> Option<()> {
        let level = self.levels.last_mut()?;
        // Where granit-parser places the absent item of a sequence depends on what follows.
        if !level.is_mapping {
            return None;
        }
        level.waits = false;
        let document = self.document.as_mut()?;
        let at = document.key_end;
        let scalar = Scalar::new("", Style::Plain, (at, at));
        self.reader.scalar(document, &scalar);
        Some(())
    }

    fn open(&mut self, is_mapping: bool, at: usize, indent: usize) -> Option<()> {
        match self.levels.last_mut() {
            Some(level) if level.waits => level.waits = false,
            Some(_) => return None,
            None if self.has_root => return None,
            None => {
                if self.document.is_none() {
                    self.open_document((at, at));
                }
                self.has_root = true;
            }
        }
        if self.levels.len() >= MAX_LEVELS {
            return None;
        }
        let kind = if is_mapping { NodeKind::Mapping } else { NodeKind::Sequence };
        self.reader.begin(self.document.as_mut()?, kind, StructureStyle::Block, 0, at);
        self.levels.push(Level { indent, is_mapping, waits: false });
        Some(())
    }

    /// What stands in a line behind its indentation.
    fn content(&mut self, mut at: usize, mut indent: usize, end: usize) -> Option<()> {
        while self.at(at, end) == Some(b'-') && self.ends_word(at + 1, end) {
            let goes_on =
                self.levels.last().is_some_and(|it| !it.is_mapping && it.indent == indent);
            if !goes_on {
                self.open(false, at, indent)?;
            }
            self.levels.last_mut()?.waits = true;
            let value = self.skip_blanks(at + 1, end);
            if matches!(self.at(value, end), None | Some(b'#')) {
                return self.line_rest(value, end);
            }
            indent += value - at;
            at = value;
        }
        match self.key(at, end)? {
            Start::Key(key, colon) => {
                let goes_on =
                    self.levels.last().is_some_and(|it| it.is_mapping && it.indent == indent);
                if !goes_on {
                    self.open(true, at, indent)?;
                }
                self.reader.placed_scalar(self.document.as_mut()?, &key);
                self.levels.last_mut()?.waits = true;
                let value = self.skip_blanks(colon + 1, end);
                match self.at(value, end) {
                    None | Some(b'#') => self.line_rest(value, end),
                    Some(b'-') if self.ends_word(value + 1, end) => None,
                    Some(_) => self.value(value, end),
                }
            }
            Start::Value => self.value(at, end),
        }
    }

    /// What a line starts with.
    fn key(&self, at: usize, end: usize) -> Option<Start<'t>> {
        let first = self.at(at, end)?;
        let (text, style, key_end, colon) = match first {
            b'"' | b'\'' => {
                let Some((text, close)) = self.quoted(at, end) else { return Some(Start::Value) };
                let colon = self.skip_blanks(close, end);
                if self.at(colon, end) != Some(b':') || !self.ends_word(colon + 1, end) {
                    return Some(Start::Value);
                }
                (text, quotes(first), close, colon)
            }
            _ if !self.starts_plain(at, end) => return Some(Start::Value),
            _ => {
                let (text_end, stop) = self.plain_part(at, end);
                let Stop::Colon(colon) = stop else { return Some(Start::Value) };
                (Cow::Borrowed(self.text(at, text_end)?), Style::Plain, text_end, colon)
            }
        };
        if key_end - at > MAX_KEY || text == "<<" || text.contains('\t') {
            return None;
        }
        Some(Start::Key(Scalar::new(text, style, (at, key_end)), colon))
    }

    /// A value that is no block collection.
    fn value(&mut self, at: usize, end: usize) -> Option<()> {
        let level = self.levels.last()?;
        if !level.waits {
            return None;
        }
        let indent = level.indent;
        match self.at(at, end)? {
            quote @ (b'"' | b'\'') => {
                let (text, close, end) = self.quoted_lines(at, indent, end)?;
                self.scalar(&Scalar::new(text, quotes(quote), (at, close)))?;
                self.line_rest(close, end)
            }
            b'|' | b'>' => self.block_scalar(at, indent, end),
            b'[' | b'{' => {
                self.levels.last_mut()?.waits = false;
                let behind = self.flow(at, end, 0)?;
                self.line_rest(behind, end)
            }
            _ if self.starts_plain(at, end) => self.plain(at, indent, end),
            _ => None,
        }
    }

    fn scalar(&mut self, scalar: &Scalar<'_>) -> Option<()> {
        self.levels.last_mut()?.waits = false;
        self.reader.placed_scalar(self.document.as_mut()?, scalar);
        Some(())
    }

    /// Blanks and a comment, and nothing else.
    fn line_rest(&mut self, from: usize, end: usize) -> Option<()> {
        let at = self.skip_blanks(from, end);
        match self.at(at, end) {
            None => Some(()),
            Some(b'#') if self.bytes.get(at.checked_sub(1)?) == Some(&b' ') => {
                self.comment(at, end)
            }
            Some(_) => None,
        }
    }

    fn comment(&mut self, at: usize, end: usize) -> Option<()> {
        self.reader.parsed.comments.push(Comment {
            place: self.reader.place((at, end)),
            right_of_content: places::is_right_of_content(self.reader.text, at),
            text: self.text(at + 1, end)?.to_owned(),
        });
        Some(())
    }
}

#[cfg(test)]
mod tests;
