//! Go as tokens, with the semicolons that line ends insert: enough to see which name a literal is
//! bound to, at a fraction of the price of a syntax tree.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Word,
    /// A string literal, interpreted or raw.
    Text,
    /// `:=`.
    Define,
    /// A bracket, comma, colon, dot, `=`, `+`, or a semicolon, written or inserted.
    Mark(u8),
    /// Numbers, runes and all other operators.
    Other,
}

/// A token, as bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A file as tokens.
pub(super) struct Tokens<'t> {
    pub(super) text: &'t str,
    pub(super) list: Vec<Token>,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut lexer = Lexer { bytes: text.as_bytes(), at: 0, list: Vec::new() };
        while lexer.step() {}
        Self { text, list: lexer.list }
    }

    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.list.get(index).map(|it| it.kind)
    }

    pub(super) fn is(&self, index: usize, mark: u8) -> bool {
        self.kind(index) == Some(Kind::Mark(mark))
    }

    /// The name at an index.
    pub(super) fn word(&self, index: usize) -> Option<&'t str> {
        let token = self.list.get(index).filter(|it| it.kind == Kind::Word)?;
        self.text.get(token.start..token.end)
    }

    /// The keyword or name before an index.
    pub(super) fn before(&self, index: usize) -> Option<Kind> {
        self.kind(index.checked_sub(1)?)
    }

    /// Value and extent of a constant text: literals joined by `+`, in parentheses or converted
    /// to bytes. Anything else at the place gives `None`, also as a part of a larger expression.
    pub(super) fn literal(&self, index: usize) -> Option<Literal> {
        let found = self.operand(index)?;
        let ends = match self.kind(found.next) {
            None => true,
            Some(Kind::Mark(mark)) => matches!(mark, b';' | b',' | b')' | b'}'),
            Some(_) => false,
        };
        ends.then_some(found)
    }

    fn operand(&self, index: usize) -> Option<Literal> {
        // `[]byte(x)`, `string(x)`.
        let bytes = self.is(index, b'[')
            && self.is(index + 1, b']')
            && self.word(index + 2) == Some("byte")
            && self.is(index + 3, b'(');
        let text = self.word(index) == Some("string") && self.is(index + 1, b'(');
        if bytes || text {
            let inner = self.operand(index + if bytes { 4 } else { 2 })?;
            return self.is(inner.next, b')').then(|| Literal { next: inner.next + 1, ..inner });
        }
        let mut found: Option<Literal> = None;
        let mut at = index;
        loop {
            let token = self.list.get(at).filter(|it| it.kind == Kind::Text)?;
            let part = unquote(self.text.get(token.start..token.end)?);
            let start = found.as_ref().map_or(token.start, |it| it.range.start);
            let value = found.map_or(String::new(), |it| it.value) + &part;
            found = Some(Literal { value, range: start..token.end, next: at + 1 });
            if !self.is(at + 1, b'+') {
                return found;
            }
            at += 2;
        }
    }

    /// The index behind the bracket that closes the one at `open`.
    pub(super) fn close(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for (offset, token) in self.list.iter().skip(open).enumerate() {
            match token.kind {
                Kind::Mark(b'(' | b'[' | b'{') => depth += 1,
                Kind::Mark(b')' | b']' | b'}') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return open + offset + 1;
                    }
                }
                _ => {}
            }
        }
        self.list.len()
    }

    /// Start indices of the arguments of the call whose `(` is at `open`.
    pub(super) fn arguments(&self, open: usize) -> Vec<usize> {
        let end = self.close(open).saturating_sub(1);
        let mut starts = Vec::new();
        let mut at = open + 1;
        let mut fresh = true;
        while at < end {
            if fresh {
                starts.push(at);
                fresh = false;
            }
            match self.kind(at) {
                Some(Kind::Mark(b'(' | b'[' | b'{')) => at = self.close(at),
                Some(Kind::Mark(b',')) => {
                    fresh = true;
                    at += 1;
                }
                _ => at += 1,
            }
        }
        starts
    }
}

/// A constant text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) value: String,
    pub(super) range: Range<usize>,
    /// Index of the token behind it.
    pub(super) next: usize,
}

/// The value of a string literal; escapes that do not matter for a credential stay as they are.
fn unquote(literal: &str) -> String {
    if let Some(raw) = literal.strip_prefix('`') {
        return raw.trim_end_matches('`').to_owned();
    }
    let inside = literal.strip_prefix('"').unwrap_or(literal);
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    if !inside.contains('\\') {
        return inside.to_owned();
    }
    inside
        .replace("\\\\", "\u{0}")
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\\"", "\"")
        .replace('\u{0}', "\\")
}

struct Lexer<'t> {
    bytes: &'t [u8],
    at: usize,
    list: Vec<Token>,
}

impl Lexer<'_> {
    /// Reads one token or one stretch of blanks and comments.
    fn step(&mut self) -> bool {
        let Some(byte) = self.bytes.get(self.at).copied() else { return false };
        let next = self.bytes.get(self.at + 1).copied();
        let start = self.at;
        match (byte, next) {
            (b'\n', _) => {
                self.at += 1;
                self.line_end(start);
                return true;
            }
            (b' ' | b'\t' | b'\r', _) => {
                self.at += 1;
                return true;
            }
            (b'/', Some(b'/')) => {
                let rest = self.bytes.get(start..).unwrap_or_default();
                self.at = memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |it| start + it);
                return true;
            }
            (b'/', Some(b'*')) => {
                let rest = self.bytes.get(start + 2..).unwrap_or_default();
                self.at =
                    memchr::memmem::find(rest, b"*/").map_or(self.bytes.len(), |it| start + it + 4);
                return true;
            }
            _ => {}
        }
        let kind = match byte {
            b'"' => {
                self.at = self.quoted(b'"');
                Kind::Text
            }
            b'\'' => {
                self.at = self.quoted(b'\'');
                Kind::Other
            }
            b'`' => {
                let rest = self.bytes.get(start + 1..).unwrap_or_default();
                self.at = memchr::memchr(b'`', rest).map_or(self.bytes.len(), |it| start + it + 2);
                Kind::Text
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => {
                self.while_word();
                Kind::Word
            }
            b'0'..=b'9' => {
                self.while_word();
                Kind::Other
            }
            b':' if next == Some(b'=') => {
                self.at += 2;
                Kind::Define
            }
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b':' | b';' | b'.' => {
                self.at += 1;
                Kind::Mark(byte)
            }
            b'=' | b'+' if next != Some(b'=') && next != Some(b'+') => {
                self.at += 1;
                Kind::Mark(byte)
            }
            _ => {
                // `==`, `+=`, `!=`, `<=`: the `=` must not be taken for an assignment.
                self.at +=
                    if matches!(next, Some(b'=' | b'+' | b'-' | b'&' | b'|')) { 2 } else { 1 };
                Kind::Other
            }
        };
        self.list.push(Token { kind, start, end: self.at });
        true
    }

    fn while_word(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let word = |it: &&u8| it.is_ascii_alphanumeric() || **it == b'_' || **it >= 0x80;
        self.at += rest.iter().take_while(word).count();
    }

    /// The offset behind the closing quote, or the line's end.
    fn quoted(&self, quote: u8) -> usize {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let end = super::until_quote(rest, quote);
        let closed = rest.get(end) == Some(&quote);
        self.at + 1 + end + usize::from(closed)
    }

    /// A line end is a semicolon behind anything that may end a statement (Go spec, Semicolons).
    fn line_end(&mut self, at: usize) {
        let ends = self.list.last().is_some_and(|it| match it.kind {
            Kind::Word | Kind::Text => true,
            Kind::Mark(mark) => matches!(mark, b')' | b']' | b'}'),
            Kind::Other => {
                self.bytes.get(it.start).is_some_and(|it| it.is_ascii_digit() || *it == b'\'')
            }
            Kind::Define => false,
        });
        if ends {
            self.list.push(Token { kind: Kind::Mark(b';'), start: at, end: at });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Tokens};

    #[test]
    fn line_ends_make_semicolons_only_behind_operands() {
        let tokens = Tokens::new("a := f(\n\t\"x\",\n)\nb = c +\n\t1\n");
        let marks: Vec<u8> = tokens
            .list
            .iter()
            .filter_map(|it| match it.kind {
                Kind::Mark(mark) => Some(mark),
                _ => None,
            })
            .collect();
        assert_eq!(marks, b"(,);=+;");
    }

    #[test]
    fn literals_are_folded_and_nothing_else() {
        let value = |text: &str| Tokens::new(text).literal(0).map(|it| it.value);
        assert_eq!(value("\"a\" +\n\t\"b\"\n").as_deref(), Some("ab"));
        assert_eq!(value("[]byte(\"a\")\n").as_deref(), Some("a"));
        assert_eq!(value("`a\\n`;").as_deref(), Some("a\\n"));
        assert_eq!(value("\"a\\\"b\"\n").as_deref(), Some("a\"b"));
        for text in ["\"a\" + x\n", "x\n", "\"a\"[0]\n", "f(\"a\")\n", "\"a\" == x\n"] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
