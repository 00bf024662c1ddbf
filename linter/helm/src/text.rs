//! Strings of templates: bytes, each with its origin.
//!
//! Go strings are bytes (`trunc 2 "h\u{e9}llo"` cuts a character), so these are too. Origins are
//! kept as runs, one in the common case; functions that move bytes about move their origins along.

use std::{ops::Range, rc::Rc};

use smallvec::{SmallVec, smallvec};

use crate::origin::Origin;

/// Bytes of one origin, from the end of the run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    end: u32,
    origin: Origin,
}

/// An immutable byte string with the origin of each byte; cheap to clone.
#[derive(Debug, Clone)]
pub struct Text(Rc<TextData>);

#[derive(Debug, Default)]
struct TextData {
    bytes: Vec<u8>,
    /// Ascending, the last one ends where the bytes end. An empty string may have one run of no
    /// bytes, which keeps its origin.
    runs: SmallVec<[Run; 1]>,
}

impl Text {
    pub fn new(bytes: impl Into<Vec<u8>>, origin: Origin) -> Self {
        let bytes = bytes.into();
        let end = bytes.len() as u32;
        Self(Rc::new(TextData { bytes, runs: smallvec![Run { end, origin }] }))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The bytes as UTF-8, wrong ones replaced.
    pub fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0.bytes)
    }

    /// The bytes, if they are UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0.bytes).ok()
    }

    pub fn len(&self) -> usize {
        self.0.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.bytes.is_empty()
    }

    /// Runs in order, each with its range of bytes.
    pub fn runs(&self) -> impl Iterator<Item = (Range<usize>, Origin)> + '_ {
        let mut start = 0;
        self.0.runs.iter().map(move |run| {
            let range = start..run.end as usize;
            start = range.end;
            (range, run.origin)
        })
    }

    /// The origin of the first byte; of an empty string the origin it was made with.
    pub fn origin(&self) -> Origin {
        self.0.runs.first().map_or(Origin::NONE, |it| it.origin)
    }

    /// The origin of one byte; behind the last one that of the last.
    pub fn origin_at(&self, index: usize) -> Origin {
        let run = self.0.runs.partition_point(|it| it.end as usize <= index);
        self.0.runs.get(run).or(self.0.runs.last()).map_or(Origin::NONE, |it| it.origin)
    }

    /// Go's runes, each with its place: a byte that belongs to no character is U+FFFD.
    pub fn chars(&self) -> impl Iterator<Item = (Range<usize>, char)> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (char, size) = decode_char(self.0.bytes.get(at..)?)?;
            let range = at..at + size;
            at = range.end;
            Some((range, char))
        })
    }

    /// Every character replaced by another one; each result has the origin of what it replaces.
    #[must_use]
    pub fn map_chars(&self, mut with: impl FnMut(char) -> char) -> Self {
        let mut builder = TextBuilder::with_capacity(self.len());
        for (range, char) in self.chars() {
            builder.push_char(with(char), self.origin_at(range.start));
        }
        builder.finish_like(self)
    }

    /// Without the characters at both ends that `is_cut` says.
    #[must_use]
    pub fn trim(&self, is_cut: impl Fn(char) -> bool) -> Self {
        let start =
            self.chars().find(|(_, it)| !is_cut(*it)).map_or(self.len(), |(range, _)| range.start);
        let mut end = self.len();
        while end > start {
            let (char, size) = decode_last_char(&self.0.bytes[start..end]);
            if !is_cut(char) {
                break;
            }
            end -= size;
        }
        self.slice(start..end)
    }

    /// Every `old` replaced, as Go's `strings.ReplaceAll`: an empty `old` is found before every
    /// character and at the end.
    #[must_use]
    pub fn replace(&self, old: &[u8], new: &Text) -> Self {
        let mut builder = TextBuilder::with_capacity(self.len());
        let mut done = 0;
        for found in self.places(old) {
            builder.push_slice(self, done..found);
            builder.push_text(new);
            done = found + old.len();
        }
        builder.push_slice(self, done..self.len());
        builder.finish_like(self)
    }

    /// Where `needle` is found, without overlaps; before every character and at the end if empty.
    pub fn places(&self, needle: &[u8]) -> Vec<usize> {
        if needle.is_empty() {
            return self.chars().map(|(range, _)| range.start).chain([self.len()]).collect();
        }
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(found) = find(self.0.bytes.get(from..).unwrap_or_default(), needle) {
            places.push(from + found);
            from += found + needle.len();
        }
        places
    }

    /// The one origin of all bytes, if there is one.
    pub fn sole_origin(&self) -> Option<Origin> {
        match self.0.runs.as_slice() {
            [] => Some(Origin::NONE),
            [first, rest @ ..] => {
                rest.iter().all(|it| it.origin == first.origin).then_some(first.origin)
            }
        }
    }

    /// The same bytes, all of one origin.
    #[must_use]
    pub fn with_origin(&self, origin: Origin) -> Self {
        Self::new(self.0.bytes.clone(), origin)
    }

    /// A part, with its origins. Bounds are cut to the length.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let end = range.end.min(self.len());
        let start = range.start.min(end);
        if start == 0 && end == self.len() {
            return self.clone();
        }
        let mut builder = TextBuilder::with_capacity(end - start);
        builder.push_slice(self, start..end);
        if builder.is_empty() {
            return Self::new(Vec::new(), self.origin());
        }
        builder.finish()
    }

    /// The same length with other bytes (case mapping of ASCII, say); origins stay.
    ///
    /// A result of another length gets the first byte's origin as a whole.
    #[must_use]
    pub fn map_bytes(&self, with: impl FnOnce(&[u8]) -> Vec<u8>) -> Self {
        let bytes = with(&self.0.bytes);
        if bytes.len() == self.len() {
            return Self(Rc::new(TextData { bytes, runs: self.0.runs.clone() }));
        }
        Self::new(bytes, self.origin())
    }
}

impl PartialEq for Text {
    /// By content; where it comes from does not count.
    fn eq(&self, other: &Self) -> bool {
        self.0.bytes == other.0.bytes
    }
}

impl Eq for Text {}

/// Builds a [`Text`].
#[derive(Debug, Default)]
pub struct TextBuilder(TextData);

impl TextBuilder {
    pub fn with_capacity(bytes: usize) -> Self {
        Self(TextData { bytes: Vec::with_capacity(bytes), runs: SmallVec::new() })
    }

    pub fn push(&mut self, bytes: &[u8], origin: Origin) {
        self.0.bytes.extend_from_slice(bytes);
        self.close(origin);
    }

    pub fn push_text(&mut self, text: &Text) {
        self.push_slice(text, 0..text.len());
    }

    /// Appends a part of a text; the range must lie in it.
    pub fn push_slice(&mut self, text: &Text, range: Range<usize>) {
        let runs = &text.0.runs;
        let first = runs.partition_point(|it| it.end as usize <= range.start);
        let mut start = range.start;
        for run in &runs[first..] {
            let end = range.end.min(run.end as usize);
            if start >= end {
                break;
            }
            self.push(&text.bytes()[start..end], run.origin);
            start = end;
        }
    }

    pub fn push_char(&mut self, char: char, origin: Origin) {
        self.push(char.encode_utf8(&mut [0; 4]).as_bytes(), origin);
    }

    /// Appends a text with each origin mapped.
    pub fn push_mapped(&mut self, text: &Text, mut with: impl FnMut(Origin) -> Origin) {
        for (run, origin) in text.runs() {
            self.push(&text.bytes()[run], with(origin));
        }
    }

    fn close(&mut self, origin: Origin) {
        let end = self.0.bytes.len() as u32;
        match self.0.runs.last_mut() {
            Some(last) if last.origin == origin => last.end = end,
            Some(last) if last.end == end => {}
            _ => self.0.runs.push(Run { end, origin }),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    pub fn len(&self) -> usize {
        self.0.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.bytes.is_empty()
    }

    /// Cuts back to a length.
    pub fn truncate(&mut self, len: usize) {
        self.0.bytes.truncate(len);
        let len = len as u32;
        while self.0.runs.len() > 1 && self.0.runs[self.0.runs.len() - 2].end >= len {
            self.0.runs.pop();
        }
        if let Some(last) = self.0.runs.last_mut() {
            last.end = last.end.min(len);
        }
    }

    pub fn finish(self) -> Text {
        Text(Rc::new(self.0))
    }

    /// An empty result keeps the origin of what it was made from.
    pub fn finish_like(self, source: &Text) -> Text {
        if self.is_empty() { Text::new(Vec::new(), source.origin()) } else { self.finish() }
    }
}

/// The first character and its size; a byte that belongs to none is U+FFFD of size 1.
pub(crate) fn decode_char(bytes: &[u8]) -> Option<(char, usize)> {
    let size = match bytes.first()? {
        first @ 0..=0x7f => return Some((char::from(*first), 1)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((char::REPLACEMENT_CHARACTER, 1)),
    };
    let whole = bytes.get(..size).and_then(|it| std::str::from_utf8(it).ok());
    match whole.and_then(|it| it.chars().next()) {
        Some(char) => Some((char, size)),
        None => Some((char::REPLACEMENT_CHARACTER, 1)),
    }
}

/// The last character and its size, likewise.
fn decode_last_char(bytes: &[u8]) -> (char, usize) {
    (1..=bytes.len().min(4))
        .find_map(|size| {
            let (char, found) = decode_char(bytes.get(bytes.len() - size..)?)?;
            (found == size && (size > 1 || char != char::REPLACEMENT_CHARACTER))
                .then_some((char, size))
        })
        .unwrap_or((char::REPLACEMENT_CHARACTER, 1))
}

/// The first place of a needle that is not empty.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{OriginData, Origins};

    fn origins() -> (Origin, Origin) {
        let mut arena = Origins::default();
        let data =
            OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
        (arena.add(data), arena.add(OriginData { computed: true, ..data }))
    }

    fn runs(text: &Text) -> Vec<(Range<usize>, Origin)> {
        text.runs().collect()
    }

    #[test]
    fn a_slice_keeps_the_origins_of_its_bytes() {
        let (a, b) = origins();
        let mut builder = TextBuilder::default();
        builder.push(b"abc", a);
        builder.push(b"", b);
        builder.push(b"def", b);
        let text = builder.finish();
        assert_eq!(runs(&text), [(0..3, a), (3..6, b)]);
        assert_eq!(runs(&text.slice(1..5)), [(0..2, a), (2..4, b)]);
        assert_eq!(text.slice(4..99).bytes(), b"ef");
        assert_eq!(text.slice(3..3).origin(), a);
    }

    #[test]
    fn cutting_a_builder_back_drops_whole_runs() {
        let (a, b) = origins();
        let mut builder = TextBuilder::default();
        builder.push(b"abc", a);
        builder.push(b"def", b);
        builder.truncate(3);
        builder.push(b"x", a);
        assert_eq!(runs(&builder.finish()), [(0..4, a)]);
    }
}
