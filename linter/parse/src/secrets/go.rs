//! Go: literals bound to names, and where in the text literals stand.

use std::{borrow::Cow, ops::Range};

use goready_model::SecretContext;

use super::{
    leaf::{Evidence, Leaf},
    prefilter::{self, Trigger},
    shape,
};
use crate::go::{GoFile, LiteralKind};

/// Lines behind a word in which its literal may stand.
const LINES: usize = 4;

/// Whether the named literals of a Go file are worth a parse: near some word that may name a
/// credential stands a literal that may be one. Byte searches only; never `false` for a file in
/// which [`super::scan`] would find something by name.
pub fn wants_literals(text: &str) -> bool {
    let hits = prefilter::hits(text);
    hits.iter().filter(|it| it.trigger == Trigger::Word).any(|it| {
        let start = text.get(..it.start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
        let rest = text.get(start..).unwrap_or_default();
        let near: usize = rest.split_inclusive('\n').take(LINES).map(str::len).sum();
        let near = rest.get(..near).unwrap_or_default();
        // A concatenation is no shorter than its longest part, and may pass where no part does.
        near.contains("\" +") || quoted(near).any(|it| shape::accept_by_name("", it).is_some())
    })
}

/// Texts between quotes, wherever they start: a superset of the literals.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '`', '\n', '\\']).filter(|it| it.len() >= 8)
}

/// The named literals that helper passes found.
pub(super) fn leaves<'a>(go: &'a GoFile, text: &str) -> Vec<Leaf<'a>> {
    let bound = go.literals.iter().filter(|it| {
        it.kind != LiteralKind::Comparison && !is_acknowledged(text, it.place.at.start as usize)
    });
    bound
        .map(|it| Leaf {
            name: Cow::Borrowed(it.name.as_str()),
            value: Cow::Borrowed(it.value.as_str()),
            place: it.place,
            node: None,
            context: SecretContext::Go,
            evidence: Evidence::Name,
            decoded: false,
        })
        .collect()
}

/// `#nosec` and `nolint:gosec` on the line: somebody has looked at it.
pub(super) fn is_acknowledged(text: &str, at: usize) -> bool {
    let start = text.get(..at).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let comment = line.rfind("//").or_else(|| line.rfind("/*")).and_then(|it| line.get(it..));
    comment.is_some_and(|it| {
        let nosec = it.split_once("#nosec").is_some_and(|(_, rest)| {
            let rules = rest.split("--").next().unwrap_or_default();
            !rules.contains('G') || rules.contains("G101")
        });
        nosec || (it.contains("nolint:") && (it.contains("gosec") || it.contains("nolint:all")))
    })
}

/// The string literals of a Go file, without their quotes, in order.
pub(super) fn strings(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|it| {
        it.iter().position(|it| matches!(it, b'"' | b'`' | b'\'' | b'/')).map(|it| at + it)
    }) {
        let rest = bytes.get(next + 1..).unwrap_or_default();
        at = match (bytes.get(next), rest.first()) {
            (Some(b'/'), Some(b'/')) => next + 1 + until(rest, b'\n'),
            (Some(b'/'), Some(b'*')) => {
                next + 1 + memchr::memmem::find(rest, b"*/").map_or(rest.len(), |it| it + 2)
            }
            (Some(b'/'), _) => next + 1,
            (Some(b'`'), _) => {
                let end = next + 1 + until(rest, b'`');
                found.push(next + 1..end);
                end + 1
            }
            (Some(quote), _) => {
                let end = next + 1 + until_quote(rest, *quote);
                if *quote == b'"' {
                    found.push(next + 1..end);
                }
                end + 1
            }
            (None, _) => break,
        };
    }
    found
}

fn until(bytes: &[u8], byte: u8) -> usize {
    memchr::memchr(byte, bytes).unwrap_or(bytes.len())
}

/// Offset of the closing quote; of the line's end when it is missing.
fn until_quote(bytes: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            it if *it == quote => return at,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{is_acknowledged, strings, wants_literals};

    #[test]
    fn strings_are_told_from_comments_and_runes() {
        let text = "a := \"x\\\"y\" // \"no\"\nb := 'q' /* \"no\" */ + `r\n\"s`\nc := '\"' / 2\n";
        let found: Vec<_> = strings(text).into_iter().map(|it| &text[it]).collect();
        assert_eq!(found, ["x\\\"y", "r\n\"s"]);
    }

    #[test]
    fn a_parse_is_wanted_only_for_a_literal_that_may_be_a_secret() {
        assert!(wants_literals("cfg.Password = \"hT7kQ2mZx9Lw4RvB\"\n"));
        assert!(wants_literals("func jwtSecret() string {\n\treturn \"hT7kQ2mZx9Lw4RvB\"\n}\n"));
        assert!(!wants_literals("const passwordKey = \"client-secret\"\nfunc token() {}\n"));
        assert!(!wants_literals("x := \"hT7kQ2mZx9Lw4RvB\"\n"));
    }

    #[test]
    fn comments_of_other_linters_are_honoured() {
        for line in
            ["x = \"y\" // #nosec", "x = \"y\" // #nosec G101 -- test", "x = \"y\" //nolint:gosec"]
        {
            assert!(is_acknowledged(line, 4), "{line}");
        }
        for line in ["x = \"y\"", "x = \"y\" // #nosec G404", "x = \"y\" //nolint:errcheck"] {
            assert!(!is_acknowledged(line, 4), "{line}");
        }
    }
}
