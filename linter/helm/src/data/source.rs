//! A text that is parsed: which origin each part of it has.

use std::borrow::Cow;

use crate::{
    origin::Origin,
    text::{Text, TextBuilder},
};

/// A text with its runs at hand.
pub(super) struct Source<'a> {
    text: &'a Text,
    /// End and origin of each run.
    runs: Vec<(u32, Origin)>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a Text) -> Self {
        let runs = text.runs().map(|(range, origin)| (range.end as u32, origin)).collect();
        Self { text, runs }
    }

    /// The origin of a byte; behind the end that of the last one.
    pub(super) fn origin_at(&self, offset: u32) -> Origin {
        let run = self.runs.get(self.run_at(offset)).or(self.runs.last());
        run.map_or(Origin::NONE, |it| it.1)
    }

    /// What was read from a part of the text, each byte with its origin.
    ///
    /// The bytes of the value come in the order in which they stand in the text; what lies between
    /// them (indentation, escapes) is passed over.
    pub(super) fn read(&self, value: Cow<'_, [u8]>, (start, end): (u32, u32)) -> Text {
        let first = self.run_at(start);
        let last = self.run_at(end.saturating_sub(1));
        let origin = self.origin_at(start);
        if first >= last || value.is_empty() {
            return Text::new(value.into_owned(), origin);
        }
        let bytes = self.text.bytes();
        let bytes = &bytes[..bytes.len().min(end as usize)];
        let mut at = bytes.len().min(start as usize);
        let mut run = first;
        let mut out = TextBuilder::with_capacity(value.len());
        for byte in value.iter() {
            if let Some(distance) = bytes[at..].iter().position(|it| it == byte) {
                at += distance + 1;
                while run < last && self.runs.get(run).is_some_and(|it| (it.0 as usize) < at) {
                    run += 1;
                }
            }
            let origin = self.runs.get(run).map_or(origin, |it| it.1);
            out.push(std::slice::from_ref(byte), origin);
        }
        out.finish()
    }

    fn run_at(&self, offset: u32) -> usize {
        self.runs.partition_point(|it| it.0 <= offset)
    }
}
