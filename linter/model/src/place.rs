//! Where a value was written. Byte offsets only: lines, columns and UTF-16 are made in `report/`
//! and `server/`.

use crate::FileId;

/// A half-open range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte, at least `start`.
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Self { file, start: start as u32, end: end as u32 }
    }

    /// Whether `other` lies within this span, both in one file.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both; `self` when they are in different files.
    #[must_use]
    pub fn cover(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// The place a person wrote a value.
///
/// For a rendered chart `at` is the template text and `from` the scalar in `values.yaml` that fed
/// it; everywhere else `from` is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    pub at: Span,
    pub from: Option<Span>,
}

impl Place {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Span::new(file, start, end).into()
    }

    /// The span a reader should edit: the values scalar where there is one.
    pub fn editable(self) -> Span {
        self.from.unwrap_or(self.at)
    }

    /// The template's part of it: where something is to be added that no value can add.
    #[must_use]
    pub fn printed(self) -> Place {
        self.at.into()
    }

    /// A place of the same file with other bounds.
    #[must_use]
    pub fn slice(self, start: usize, end: usize) -> Place {
        Place::new(self.at.file, start, end)
    }
}

impl From<Span> for Place {
    fn from(at: Span) -> Self {
        Self { at, from: None }
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Located<T> {
    pub value: T,
    pub place: Place,
}

impl<T> Located<T> {
    pub fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }

    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: with(self.value), place: self.place }
    }

    pub fn as_ref(&self) -> Located<&T> {
        Located { value: &self.value, place: self.place }
    }
}

/// Absent, unknown and set are three things; a rule never fires on [`Field::Dynamic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<T> {
    /// Written, and known.
    Set(Located<T>),
    /// Not written; the place is where it would go (the key or start of the parent).
    Unset(Place),
    /// Written, but its value is not known here: an unresolved template, variable or reference,
    /// or a value of the wrong type (which `field-type-invalid` reports).
    Dynamic(Place),
}

impl<T> Field<T> {
    pub fn set(self) -> Option<Located<T>> {
        match self {
            Field::Set(it) => Some(it),
            Field::Unset(_) | Field::Dynamic(_) => None,
        }
    }

    pub fn value(self) -> Option<T> {
        self.set().map(|it| it.value)
    }

    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Field::Set(it) => Field::Set(it.as_ref()),
            Field::Unset(place) => Field::Unset(*place),
            Field::Dynamic(place) => Field::Dynamic(*place),
        }
    }

    /// The value, or `default` (at the place where the field would go) when it is not written;
    /// `None` when it is not known.
    pub fn known_or(self, default: T) -> Option<Located<T>> {
        match self {
            Field::Set(it) => Some(it),
            Field::Unset(place) => Some(Located::new(default, place)),
            Field::Dynamic(_) => None,
        }
    }

    pub fn place(&self) -> Place {
        match self {
            Field::Set(it) => it.place,
            Field::Unset(place) | Field::Dynamic(place) => *place,
        }
    }

    pub fn is_unset(&self) -> bool {
        matches!(self, Field::Unset(_))
    }

    pub fn is_set(&self) -> bool {
        matches!(self, Field::Set(_))
    }

    pub fn is_dynamic(&self) -> bool {
        matches!(self, Field::Dynamic(_))
    }

    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Field::Set(it) => Field::Set(it.map(with)),
            Field::Unset(place) => Field::Unset(place),
            Field::Dynamic(place) => Field::Dynamic(place),
        }
    }

    /// Like [`Field::map`]; `None` from `with` makes the field dynamic.
    pub fn and_then<U>(self, with: impl FnOnce(T) -> Option<U>) -> Field<U> {
        match self {
            Field::Set(Located { value, place }) => match with(value) {
                Some(value) => Field::Set(Located { value, place }),
                None => Field::Dynamic(place),
            },
            Field::Unset(place) => Field::Unset(place),
            Field::Dynamic(place) => Field::Dynamic(place),
        }
    }
}
