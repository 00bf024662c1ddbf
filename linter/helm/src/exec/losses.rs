//! What errors cost a file: each error once, and the parts of the output that it spoilt.

use std::{collections::HashMap, ops::Range};

use goready_model::Span;

use super::{Error, Hole, Kind, interpreter::Stop};

/// Of the file that runs.
#[derive(Debug, Default)]
pub(super) struct Losses {
    errors: Vec<Error>,
    /// By place and kind, so that a loop does not repeat one.
    known: HashMap<(Span, Kind), usize>,
    holes: Vec<Hole>,
    /// How often an error lost something, the repeated ones too.
    count: usize,
    last: usize,
}

impl Losses {
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The error of the last loss, by index.
    pub(super) fn last(&self) -> usize {
        self.last
    }

    /// Keeps an error that lost something.
    pub(super) fn record(&mut self, stop: Stop) {
        self.last = match stop {
            Stop::Lost(index) => index,
            Stop::Error(error) => self.note(*error),
        };
        self.count += 1;
    }

    /// Keeps an error that loses nothing by itself; gives its index.
    pub(super) fn note(&mut self, error: Error) -> usize {
        let errors = &mut self.errors;
        *self.known.entry((error.span, error.kind)).or_insert_with(|| {
            errors.push(error);
            errors.len() - 1
        })
    }

    /// Says that a node printed a part of the output in spite of the last loss. Nodes with blocks
    /// inside count only where no block has said so.
    pub(super) fn note_hole(&mut self, range: Range<usize>, is_action: bool) {
        let nested = self.holes.last().is_some_and(|it| it.range.start >= range.start);
        if is_action || !nested {
            self.holes.push(Hole { range, error: self.last });
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Error>, Vec<Hole>) {
        (self.errors, self.holes)
    }
}
