//! Origins of what is read: places in a values file, or runs of a template's text.

use std::borrow::Cow;

use goready_model::{FileId, Span};

use crate::{
    data::source::Source,
    origin::{Origin, Origins, Step, ValuesId, ValuesNode},
    text::Text,
};

/// Where the text comes from.
pub(super) enum Sink<'a> {
    Values {
        origins: &'a mut Origins,
        file: FileId,
        /// Offset of the text in the file.
        base: u32,
    },
    Text(Source<'a>),
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
        Self::Text(Source::new(text))
    }

    /// Begins a node; a scalar also ends at once.
    pub(super) fn open(&mut self, slot: Slot<'_>, start: u32, end: u32) -> Opened {
        match self {
            Self::Text(source) => Opened { origin: source.origin_at(start), values: None },
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

    /// The origin of the text of a key.
    pub(super) fn key_origin(&mut self, start: u32, value: Origin) -> Origin {
        match self {
            Self::Values { origins, .. } => {
                origins.get(value).from.map_or(value, |it| origins.fed_by_key(it))
            }
            Self::Text(source) => source.origin_at(start),
        }
    }

    /// A string's text; `bounds` are those of the scalar.
    pub(super) fn string(&self, node: Opened, value: Cow<'_, [u8]>, bounds: (u32, u32)) -> Text {
        match self {
            Self::Values { .. } => Text::new(value.into_owned(), node.origin),
            Self::Text(source) => source.read(value, bounds),
        }
    }
}
