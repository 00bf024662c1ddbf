//! Origins of what is read: places in a values file, or runs of a template's text.

use std::borrow::Cow;

use goready_model::{FileId, Span};

use crate::{
    origin::{Origin, Origins, Step, ValuesId, ValuesNode},
    text::{Text, TextBuilder},
};

/// Where the text comes from.
pub(super) enum Sink<'a> {
    Values {
        origins: &'a mut Origins,
        file: FileId,
        /// Offset of the text in the file.
        base: u32,
    },
    Text {
        text: &'a Text,
        /// End and origin of each run.
        runs: Vec<(u32, Origin)>,
    },
}

/// Where a value stands: in which collection, and under what name.
#[derive(Clone, Copy)]
pub(super) struct Slot<'k> {
    parent: Option<ValuesId>,
    name: Name<'k>,
}

#[derive(Clone, Copy)]
enum Name<'k> {
    None,
    Key(&'k [u8], (u32, u32)),
    Index(usize),
}

/// A node that is being read.
#[derive(Clone, Copy)]
pub(super) struct Opened {
    pub(super) origin: Origin,
    values: Option<ValuesId>,
}

impl Slot<'_> {
    /// A document, or a key that is a node itself.
    pub(super) const ROOT: Slot<'static> = Slot { parent: None, name: Name::None };
}

impl Opened {
    pub(super) fn key(self, key: &[u8], bounds: (u32, u32)) -> Slot<'_> {
        Slot { parent: self.values, name: Name::Key(key, bounds) }
    }

    pub(super) fn item(self, index: usize) -> Slot<'static> {
        Slot { parent: self.values, name: Name::Index(index) }
    }
}

impl<'a> Sink<'a> {
    pub(super) fn values(origins: &'a mut Origins, file: FileId, base: u32) -> Self {
        Self::Values { origins, file, base }
    }

    pub(super) fn text(text: &'a Text) -> Self {
        let runs = text.runs().map(|(range, origin)| (range.end as u32, origin)).collect();
        Self::Text { text, runs }
    }

    /// Begins a node; a scalar also ends at once.
    pub(super) fn open(&mut self, slot: Slot<'_>, start: u32, end: u32) -> Opened {
        match self {
            Self::Text { .. } => Opened { origin: self.origin_at(start), values: None },
            Self::Values { origins, file, base } => {
                let span = |(start, end): (u32, u32)| Span {
                    file: *file,
                    start: *base + start,
                    end: *base + end.max(start),
                };
                let (step, key) = match slot.name {
                    Name::None => (None, None),
                    Name::Index(index) => (Some(Step::Index(index)), None),
                    Name::Key(key, bounds) => {
                        let key = String::from_utf8_lossy(key).into_owned();
                        (Some(Step::Key(key)), Some(span(bounds)))
                    }
                };
                let value = span((start, end));
                let id = origins.add_values(ValuesNode { value, key, parent: slot.parent, step });
                Opened { origin: origins.fed(id), values: Some(id) }
            }
        }
    }

    /// Ends a collection.
    pub(super) fn close(&mut self, node: Opened, end: u32) {
        if let (Self::Values { origins, base, .. }, Some(id)) = (self, node.values) {
            origins.end_values(id, *base + end);
        }
    }

    /// The origin of a key's text; that of its value where both are one node.
    pub(super) fn key_origin(&self, start: u32, value: Origin) -> Origin {
        match self {
            Self::Values { .. } => value,
            Self::Text { .. } => self.origin_at(start),
        }
    }

    /// A string's text; `bounds` are those of the scalar.
    pub(super) fn string(&self, node: Opened, value: Cow<'_, [u8]>, bounds: (u32, u32)) -> Text {
        let Self::Text { text, runs } = self else {
            return Text::new(value.into_owned(), node.origin);
        };
        let first = self.run_at(bounds.0);
        let last = self.run_at(bounds.1.saturating_sub(1));
        if first == last {
            return Text::new(value.into_owned(), node.origin);
        }
        // The bytes of the value come in the order in which they stand in the text; what lies
        // between them (indentation, escapes) is passed over.
        let source = text.bytes().get(..bounds.1 as usize).unwrap_or_default();
        let mut at = bounds.0 as usize;
        let mut run = first;
        let mut out = TextBuilder::with_capacity(value.len());
        for byte in value.iter() {
            if let Some(distance) = source[at.min(source.len())..].iter().position(|it| it == byte)
            {
                at += distance + 1;
                while run < last && runs.get(run).is_some_and(|it| (it.0 as usize) < at) {
                    run += 1;
                }
            }
            let origin = runs.get(run).map_or(node.origin, |it| it.1);
            out.push(std::slice::from_ref(byte), origin);
        }
        if out.is_empty() { Text::new(Vec::new(), node.origin) } else { out.finish() }
    }

    fn run_at(&self, offset: u32) -> usize {
        match self {
            Self::Values { .. } => 0,
            Self::Text { runs, .. } => runs.partition_point(|it| it.0 <= offset),
        }
    }

    fn origin_at(&self, offset: u32) -> Origin {
        match self {
            Self::Values { .. } => Origin::NONE,
            Self::Text { runs, .. } => {
                runs.get(self.run_at(offset)).or(runs.last()).map_or(Origin::NONE, |it| it.1)
            }
        }
    }
}
