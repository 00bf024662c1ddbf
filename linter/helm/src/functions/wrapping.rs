//! Functions that break lines. Columns are bytes, as in Masterminds/goutils v1.1.1.

use super::{
    Failure, Function,
    Param::{Int, String},
    arguments::{fits, int, text},
};
use crate::{
    context::Context,
    origin::Origin,
    text::{Text, TextBuilder},
    value::Value,
};

pub(super) const TABLE: &[Function] = &[
    Function::new("wrap", &[Int, String], wrap),
    Function::new("wrapWith", &[Int, String, String], wrap_with),
];

fn wrap(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let newline = Text::new("\n", Origin::NONE);
    wrapped(cx, text(args, 1)?, int(args, 0)?, &newline, LongWords::Stay)
}

fn wrap_with(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let newline = Text::new("\n", Origin::NONE);
    let separator = text(args, 1)?;
    let separator = if separator.is_empty() { &newline } else { separator };
    wrapped(cx, text(args, 2)?, int(args, 0)?, separator, LongWords::Break)
}

/// What happens to a word that is longer than a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LongWords {
    Stay,
    Break,
}

/// Breaks a text at spaces into lines of at most `width` bytes; the space is dropped.
fn wrapped(
    cx: &mut Context,
    text: &Text,
    width: i64,
    separator: &Text,
    long_words: LongWords,
) -> Result<Value, Failure> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let bytes = text.bytes();
    cx.spend(bytes.len() as u64 / 16)?;
    let mut builder = TextBuilder::with_capacity(text.len());
    let mut start = 0;
    while bytes.len() - start > width {
        if bytes[start] == b' ' {
            start += 1;
            continue;
        }
        let space = memchr::memrchr(b' ', &bytes[start..=start + width]).map(|it| start + it);
        let (end, next) = match (space, long_words) {
            (Some(space), _) => (space, space + 1),
            (None, LongWords::Break) => (start + width, start + width),
            (None, LongWords::Stay) => match memchr::memchr(b' ', &bytes[start + width..]) {
                Some(space) => (start + width + space, start + width + space + 1),
                None => break,
            },
        };
        fits(cx, builder.len() + (end - start) + separator.len())?;
        builder.push_slice(text, start..end);
        builder.push_text(separator);
        start = next;
    }
    builder.push_slice(text, start..bytes.len());
    Ok(Value::text(builder.finish_like(text)))
}

#[cfg(test)]
mod tests {
    use crate::functions::arguments::testing::{i, print, s};

    #[test]
    fn lines_break_at_spaces() {
        let table = [
            (5, "hello big world", "hello\nbig\nworld"),
            (3, "abcdefgh ij", "abcdefgh\nij"),
            (3, "abcdefgh", "abcdefgh"),
            (0, "a b", "a\nb"),
            (3, "   abcd", "abcd"),
            (80, "short", "short"),
            (4, "", ""),
        ];
        for (width, text, expected) in table {
            assert_eq!(print("wrap", &[i(width), s(text)]), expected, "wrap {width} {text:?}");
        }
    }

    #[test]
    fn long_words_break_where_a_separator_is_given() {
        assert_eq!(print("wrapWith", &[i(5), s("\t"), s("Hello World")]), "Hello\tWorld");
        assert_eq!(print("wrapWith", &[i(3), s("|"), s("abcdefgh ij")]), "abc|def|gh|ij");
        assert_eq!(print("wrapWith", &[i(3), s(""), s("abcdef")]), "abc\ndef");
    }
}
