//! Flow collections of scalars and collections, on one line.

use goready_model::{NodeKind, Style};
use granit_parser::StructureStyle;

use super::{BlockReader, MAX_KEY, MAX_LEVELS, Scalar, scalars::quotes};

impl BlockReader<'_> {
    /// A flow collection on one line; where it ends.
    pub(super) fn flow(&mut self, at: usize, end: usize, depth: usize) -> Option<usize> {
        if depth + self.levels.len() > MAX_LEVELS {
            return None;
        }
        let (is_mapping, close) = match self.at(at, end)? {
            b'{' => (true, b'}'),
            _ => (false, b']'),
        };
        let kind = if is_mapping { NodeKind::Mapping } else { NodeKind::Sequence };
        self.reader.begin(self.document.as_mut()?, kind, StructureStyle::Flow, 0, at);
        let mut at = self.skip_blanks(at + 1, end);
        let mut is_first = true;
        while !is_first || self.at(at, end)? != close {
            if is_mapping {
                let colon = self.flow_scalar(at, end)?;
                let value = self.skip_blanks(colon + 1, end);
                if self.at(colon, end) != Some(b':') || value == colon + 1 {
                    return None;
                }
                at = value;
            }
            at = match self.at(at, end)? {
                b'[' | b'{' => self.flow(at, end, depth + 1)?,
                _ => self.flow_scalar(at, end)?,
            };
            at = self.skip_blanks(at, end);
            is_first = false;
            match self.at(at, end)? {
                b',' => at = self.skip_blanks(at + 1, end),
                byte if byte == close => break,
                _ => return None,
            }
        }
        self.reader.end(self.document.as_mut()?, at + 1);
        Some(at + 1)
    }

    /// A scalar in a flow collection; where it ends.
    fn flow_scalar(&mut self, at: usize, end: usize) -> Option<usize> {
        let first = self.at(at, end)?;
        if matches!(first, b'"' | b'\'') {
            let (text, close) = self.quoted(at, end)?;
            if text == "<<" {
                return None;
            }
            let scalar = Scalar::new(text, quotes(first), (at, close));
            self.reader.placed_scalar(self.document.as_mut()?, &scalar);
            return Some(close);
        }
        let is_dash = first == b'-' && matches!(self.at(at + 1, end), Some(b',' | b']' | b'}'));
        if is_dash || matches!(first, b':' | b'?') || !self.starts_plain(at, end) {
            return None;
        }
        let mut offset = at;
        while let Some(byte) = self.at(offset, end) {
            match byte {
                b',' | b']' | b'}' => break,
                b':' if matches!(self.at(offset + 1, end)?, b' ' | b',' | b']' | b'}') => break,
                b'[' | b'{' | b'#' | b'\t' => return None,
                _ => offset += 1,
            }
        }
        let text = self.text(at, offset)?.trim_end_matches(' ');
        if text == "<<" || offset - at > MAX_KEY {
            return None;
        }
        let scalar = Scalar::new(text, Style::Plain, (at, at + text.len()));
        self.reader.placed_scalar(self.document.as_mut()?, &scalar);
        Some(offset)
    }
}
