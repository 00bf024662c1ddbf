//! What Helm does about the words that Go prints for a value that is not there.

use memchr::memmem;

use super::Hole;
use crate::text::{Text, TextBuilder};

/// What printing Go's invalid value gives; Helm deletes it from what files and `tpl` give, wherever
/// it comes from.
pub(super) const NO_VALUE: &[u8] = b"<no value>";

/// Deletes each `<no value>` and moves the holes along.
pub(super) fn without_no_value(text: Text, holes: &mut [Hole]) -> Text {
    let found: Vec<usize> = memmem::find_iter(text.bytes(), NO_VALUE).collect();
    if found.is_empty() {
        return text;
    }
    let mut builder = TextBuilder::with_capacity(text.len());
    let mut end = 0;
    for start in &found {
        builder.push_slice(&text, end..*start);
        end = start + NO_VALUE.len();
    }
    builder.push_slice(&text, end..text.len());
    let moved = |offset: usize| {
        let before = found.partition_point(|it| it + NO_VALUE.len() <= offset);
        let inside = found.get(before).map_or(0, |it| offset.saturating_sub(*it));
        offset - before * NO_VALUE.len() - inside
    };
    for hole in holes {
        hole.range = moved(hole.range.start)..moved(hole.range.end);
    }
    builder.finish()
}
