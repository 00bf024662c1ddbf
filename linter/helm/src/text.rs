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
        for (run, origin) in text.runs() {
            let start = run.start.max(range.start);
            let end = run.end.min(range.end);
            if start < end {
                self.push(&text.bytes()[start..end], origin);
            }
        }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{OriginData, Origins};

    fn origins() -> (Origin, Origin) {
        let mut arena = Origins::default();
        let data = OriginData { at: None, from: None, computed: false, synthetic: true };
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
