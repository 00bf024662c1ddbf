//! Files as text: identity, decoding, and the one place where offsets become lines and columns.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use crate::Span;

/// One file of the project; stable as long as the path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A file's path and decoded text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the project root, with `/`.
    pub path: Arc<str>,
    /// UTF-8; invalid bytes were replaced one for one (see [`SourceFile::decode`]).
    pub text: Arc<str>,
    /// Whether the bytes were not valid UTF-8.
    pub lossy: bool,
}

impl SourceFile {
    /// Decodes the bytes of a file so that every offset stays what it was on disk.
    ///
    /// A byte that is no UTF-8 becomes `?`, which has the same length. A byte order mark stays in
    /// the text, as white space that no parser sees: it becomes three blanks.
    pub fn decode(path: impl Into<Arc<str>>, bytes: &[u8]) -> Self {
        let (mut text, lossy) = match std::str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), false),
            Err(_) => (Cow::Owned(replace_invalid(bytes)), true),
        };
        if text.starts_with('\u{feff}') {
            text.to_mut().replace_range(..'\u{feff}'.len_utf8(), "   ");
        }
        Self { path: path.into(), text: text.into(), lossy }
    }
}

fn replace_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}

/// All files whose text is kept, by id.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: BTreeMap<FileId, SourceFile>,
}

impl Sources {
    pub fn insert(&mut self, id: FileId, file: SourceFile) {
        self.files.insert(id, file);
    }

    pub fn remove(&mut self, id: FileId) {
        self.files.remove(&id);
    }

    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(&id)
    }

    /// The path of a file, or an empty string for an id that is not kept.
    pub fn path(&self, id: FileId) -> &str {
        self.files.get(&id).map_or("", |it| &it.path)
    }

    /// The text of a span; empty when the file is not kept or the bounds are off.
    pub fn slice(&self, span: Span) -> &str {
        self.files
            .get(&span.file)
            .and_then(|it| it.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().map(|(id, file)| (*id, file))
    }
}

/// A position for people and editors, both parts counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: u32,
    pub column: u32,
}

/// Offsets of line starts, to turn byte offsets into lines and columns.
///
/// Lines end at LF, CRLF or a lone CR, as editors and GitHub count them.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let crlf = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
            if !crlf {
                starts.push(at as u32 + 1);
            }
        }
        Self { starts }
    }

    /// The number of the line that holds `offset`, from 0.
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Number of lines; a text that ends in a line break has an empty last line.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never true: an empty text has one line.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The bounds of a line without its line break; `line` counts from 0.
    pub fn bounds(&self, text: &str, line: usize) -> std::ops::Range<usize> {
        let start = self.starts.get(line).map_or(text.len(), |it| *it as usize);
        let end = self.starts.get(line + 1).map_or(text.len(), |it| *it as usize);
        let content = text.get(start..end).unwrap_or("");
        start..start + content.trim_end_matches(['\n', '\r']).len()
    }

    /// Line and column from 1, the column counted in Unicode scalar values.
    pub fn scalar_position(&self, text: &str, offset: u32) -> LineColumn {
        self.position(text, offset, |prefix| prefix.chars().count())
    }

    /// Line and column from 1, the column counted in UTF-16 code units.
    pub fn utf16_position(&self, text: &str, offset: u32) -> LineColumn {
        self.position(text, offset, |prefix| prefix.encode_utf16().count())
    }

    fn position(&self, text: &str, offset: u32, count: impl Fn(&str) -> usize) -> LineColumn {
        let line = self.line(offset);
        let start = self.starts.get(line).map_or(0, |it| *it as usize);
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let prefix = text.get(start..end).unwrap_or("");
        LineColumn { line: line as u32 + 1, column: count(prefix) as u32 + 1 }
    }

    /// The byte offset of a position given in UTF-16 code units, both parts from 0 (as in the
    /// language server protocol); positions behind a line's end stop at its end.
    pub fn offset_of_utf16(&self, text: &str, line: u32, column: u32) -> u32 {
        let bounds = self.bounds(text, line as usize);
        let mut units = 0;
        for (at, character) in text.get(bounds.clone()).unwrap_or("").char_indices() {
            if units >= column {
                return (bounds.start + at) as u32;
            }
            units += character.len_utf16() as u32;
        }
        bounds.end as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bytes_keep_every_offset() {
        let file = SourceFile::decode("a.yaml", b"a: \xff\xfe\nb: 1\n");
        assert_eq!(&*file.text, "a: ??\nb: 1\n");
        assert!(file.lossy);
    }

    #[test]
    fn a_byte_order_mark_becomes_blanks_of_the_same_length() {
        let file = SourceFile::decode("a.yaml", "\u{feff}a: 1".as_bytes());
        assert_eq!(&*file.text, "   a: 1");
    }

    #[test]
    fn lines_end_at_lf_crlf_and_cr() {
        let text = "x\r\ny\rz\n";
        let index = LineIndex::new(text);
        assert_eq!(index.len(), 4);
        assert_eq!(index.scalar_position(text, 3), LineColumn { line: 2, column: 1 });
        assert_eq!(index.scalar_position(text, 5), LineColumn { line: 3, column: 1 });
        assert_eq!(index.bounds(text, 0), 0..1);
    }

    #[test]
    fn columns_count_scalars_or_utf16_units() {
        let text = "日本𝄞: 1";
        let index = LineIndex::new(text);
        let offset = text.find(':').unwrap() as u32;
        assert_eq!(index.scalar_position(text, offset).column, 4);
        assert_eq!(index.utf16_position(text, offset).column, 5);
        assert_eq!(index.offset_of_utf16(text, 0, 4), offset);
    }
}
