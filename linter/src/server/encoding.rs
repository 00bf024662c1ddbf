//! Positions as the protocol counts them: lines and characters from 0, characters in the unit
//! that was agreed on.

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use goready_model::LineIndex;

/// What a character is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// The protocol's default.
    Utf16,
}

impl Encoding {
    /// Bytes where the client can count them, so that nothing has to be converted.
    pub(super) fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
        }
    }

    pub(super) fn position(self, text: &str, lines: &LineIndex, offset: usize) -> Position {
        let line = lines.line(offset as u32);
        let bounds = lines.bounds(text, line);
        let prefix = text.get(bounds.start..offset.clamp(bounds.start, bounds.end));
        let character = prefix.unwrap_or("").chars().map(|it| self.width(it)).sum::<usize>();
        Position { line: line as u32, character: character as u32 }
    }

    pub(super) fn range(
        self,
        text: &str,
        lines: &LineIndex,
        span: std::ops::Range<usize>,
    ) -> Range {
        Range {
            start: self.position(text, lines, span.start),
            end: self.position(text, lines, span.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 日𝄞 x\r\nb: 1\n";

    #[test]
    fn characters_count_what_was_agreed_on() {
        let lines = LineIndex::new(TEXT);
        let at = TEXT.find('x').unwrap();
        let character = |it: Encoding| it.position(TEXT, &lines, at).character;
        assert_eq!(character(Encoding::Utf8), 11);
        assert_eq!(character(Encoding::Utf16), 7);
    }

    #[test]
    fn utf8_is_taken_where_it_is_offered() {
        assert_eq!(Encoding::negotiated(&[]), Encoding::Utf16);
        let offered = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::negotiated(&offered), Encoding::Utf8);
    }
}
