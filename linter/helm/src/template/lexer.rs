//! Cuts a template into texts, comments and actions, and an action into tokens.
//!
//! It follows Go 1.26 src/text/template/parse/lex.go in what a token is and in the words of its
//! errors. Where Go stops at the first error, this goes on behind the action that has it.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::{
    ast::Extent,
    literal::{code_point, quote},
};

/// A token of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The line of its first byte, from 1.
    pub(super) line: u32,
}

impl Token {
    pub(super) fn span(self) -> Extent {
        Extent::new(self.start, self.end)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The action cannot be read further; [`Lexer::error`] says why.
    Error,
    Bool,
    /// A printable ASCII character of no other meaning: a comma, or a mistake.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    /// `.name`
    Field,
    Identifier,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    /// `$` or `$name`
    Variable,
    Dot,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Kind {
    /// Go's messages put these into angle brackets.
    pub(super) fn is_keyword(self) -> bool {
        matches!(
            self,
            Kind::Dot
                | Kind::Nil
                | Kind::Block
                | Kind::Break
                | Kind::Continue
                | Kind::Define
                | Kind::Else
                | Kind::End
                | Kind::If
                | Kind::Range
                | Kind::Template
                | Kind::With
        )
    }

    fn keyword(word: &str) -> Option<Kind> {
        Some(match word {
            "nil" => Kind::Nil,
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            _ => return None,
        })
    }
}

/// A part of a template. Offsets are of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Not empty, and cut by trim markers already.
    Text { start: usize, end: usize },
    /// From `{{` to `}}`.
    Comment { start: usize, end: usize },
    /// A comment that does not end; [`Lexer::tokens`] holds nothing but the error.
    BrokenComment { start: usize, end: usize },
    /// From `{{` to `}}`; [`Lexer::tokens`] holds its tokens. The last one is a right delimiter or
    /// an error.
    Action { start: usize, end: usize, line: u32 },
    /// The end of the template.
    End { line: u32 },
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    pos: usize,
    /// `line` is the line of this offset.
    counted: usize,
    line: u32,
    /// Open parentheses of the action.
    depth: usize,
    /// The tokens of the latest action.
    pub(super) tokens: Vec<Token>,
    /// What is wrong with the latest action, in Go's words.
    pub(super) error: String,
}

/// What Go trims, and what separates words (lex.go, `spaceChars`).
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Go's `unicode.IsLetter` and `IsDigit` know fewer characters than their Rust namesakes.
fn is_alphanumeric(char: char) -> bool {
    if char.is_ascii() {
        return char == '_' || char.is_ascii_alphanumeric();
    }
    let is_letter = char.general_category_group() == GeneralCategoryGroup::Letter;
    is_letter || char.general_category() == GeneralCategory::DecimalNumber
}

/// Whether `}}` stands at the start, perhaps behind a trim marker, and how long both are.
fn right_delimiter(rest: &[u8]) -> Option<(usize, bool)> {
    match rest {
        [b'}', b'}', ..] => Some((2, false)),
        [space, b'-', b'}', b'}', ..] if is_space(*space) => Some((4, true)),
        _ => None,
    }
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            pos: 0,
            counted: 0,
            line: 1,
            depth: 0,
            tokens: Vec::new(),
            error: String::new(),
        }
    }

    /// Where the next part starts.
    pub(super) fn position(&self) -> usize {
        self.pos
    }

    /// The next part. After the end there is only the end.
    pub(super) fn piece(&mut self) -> Piece {
        let start = self.pos;
        let rest = self.rest();
        let Some(open) = rest.find("{{") else {
            self.pos = self.text.len();
            if start < self.pos {
                return Piece::Text { start, end: self.pos };
            }
            return Piece::End { line: self.line_of(start) };
        };
        let text = &rest[..open];
        let inside = &rest.as_bytes()[open + 2..];
        let trims = matches!(inside, [b'-', space, ..] if is_space(*space));
        self.pos += open;
        let text = if trims { text.trim_end_matches([' ', '\t', '\r', '\n']) } else { text };
        if !text.is_empty() {
            return Piece::Text { start, end: start + text.len() };
        }
        self.delimited(if trims { 4 } else { 2 })
    }

    /// Reads what `{{` opens, given its length with a trim marker.
    fn delimited(&mut self, open: usize) -> Piece {
        let start = self.pos;
        let line = self.line_of(start);
        self.tokens.clear();
        self.depth = 0;
        self.pos += open;
        if self.rest().starts_with("/*") {
            return self.comment(start);
        }
        while self.token() {}
        let end = match self.tokens.last() {
            Some(Token { kind: Kind::RightDelim, end, .. }) => *end,
            _ => self.resume(),
        };
        Piece::Action { start, end, line }
    }

    fn comment(&mut self, start: usize) -> Piece {
        let open = self.pos;
        let content = open + 2;
        let Some(length) = self.text[content..].find("*/") else {
            self.fail(open, "unclosed comment");
            let end = self.resume();
            return Piece::BrokenComment { start, end };
        };
        let close = content + length;
        self.pos = close + 2;
        let Some((length, trims)) = right_delimiter(self.rest().as_bytes()) else {
            self.fail(open, "comment ends before closing delimiter");
            let end = self.resume();
            return Piece::BrokenComment { start, end };
        };
        self.pos += length;
        let end = self.pos;
        self.trim(trims);
        Piece::Comment { start, end }
    }

    /// Finds a place to go on behind an error: the end of the action, or the start of another one
    /// if that comes first. Returns where the broken part ends.
    fn resume(&mut self) -> usize {
        let from = self.tokens.last().map_or(self.pos, |it| it.start);
        let bytes = &self.text.as_bytes()[from..];
        let found = bytes.windows(2).position(|it| it == b"{{" || it == b"}}");
        self.pos = match found {
            Some(at) if bytes[at] == b'}' => from + at + 2,
            Some(at) => from + at,
            None => self.text.len(),
        };
        let end = self.pos;
        let trims = found.is_some_and(|at| {
            at >= 2 && bytes[at] == b'}' && bytes[at - 1] == b'-' && is_space(bytes[at - 2])
        });
        self.trim(trims);
        end
    }

    fn trim(&mut self, trims: bool) {
        if trims {
            let rest = self.rest();
            self.pos += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.pos += next.len_utf8();
        Some(next)
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|it| set.contains(it));
        if found {
            self.pos += 1;
        }
        found
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }

    /// The line of an offset; offsets must not fall.
    fn line_of(&mut self, offset: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.counted..offset).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u32;
        self.counted = self.counted.max(offset);
        self.line
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let line = self.line_of(start);
        self.tokens.push(Token { kind, start, end: self.pos, line });
    }

    fn fail(&mut self, start: usize, error: impl Into<String>) {
        self.error = error.into();
        self.push(Kind::Error, start);
    }

    /// Reads one token; false after the last one of the action.
    fn token(&mut self) -> bool {
        let start = self.pos;
        if let Some((length, trims)) = right_delimiter(self.rest().as_bytes()) {
            if self.depth > 0 {
                self.fail(start, "unclosed left paren");
                return false;
            }
            self.pos += length;
            self.push(Kind::RightDelim, self.pos - 2);
            self.trim(trims);
            return false;
        }
        let Some(first) = self.next() else {
            self.fail(start, "unclosed action");
            return false;
        };
        let kind = match first {
            ' ' | '\t' | '\r' | '\n' => Ok(self.space()),
            '=' => Ok(Kind::Assign),
            ':' if self.accept("=") => Ok(Kind::Declare),
            ':' => Err("expected :=".to_owned()),
            '|' => Ok(Kind::Pipe),
            '"' => self.quoted('"', Kind::String, "unterminated quoted string"),
            '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant"),
            '`' => self.raw_string(),
            '$' => self.name(Kind::Variable, Kind::Variable),
            '.' if self.peek().is_some_and(|it| !it.is_ascii_digit()) => {
                self.name(Kind::Field, Kind::Dot)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(start),
            first if is_alphanumeric(first) => self.word(start),
            '(' => {
                self.depth += 1;
                Ok(Kind::LeftParen)
            }
            ')' if self.depth == 0 => Err("unexpected right paren".to_owned()),
            ')' => {
                self.depth -= 1;
                Ok(Kind::RightParen)
            }
            '!'..='~' => Ok(Kind::Char),
            first => Err(format!("unrecognized character in action: {}", code_point(first))),
        };
        match kind {
            Ok(kind) => {
                self.push(kind, start);
                true
            }
            Err(error) => {
                self.fail(start, error);
                false
            }
        }
    }

    /// A run of spaces, the first of which is read. The last one belongs to a trim marker, if one
    /// follows.
    fn space(&mut self) -> Kind {
        self.accept_run(" \t\r\n");
        if self.rest().starts_with("-}}") {
            self.pos -= 1;
        }
        Kind::Space
    }

    fn quoted(&mut self, quote: char, kind: Kind, error: &str) -> Result<Kind, String> {
        loop {
            match self.next() {
                Some('\\') if self.peek().is_some_and(|it| it != '\n') => _ = self.next(),
                None | Some('\\' | '\n') => return Err(error.to_owned()),
                Some(char) if char == quote => return Ok(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Result<Kind, String> {
        let Some(length) = self.rest().find('`') else {
            return Err("unterminated raw quoted string".to_owned());
        };
        self.pos += length + 1;
        Ok(Kind::RawString)
    }

    /// A field or variable, its `.` or `$` being read, or that sign alone.
    fn name(&mut self, kind: Kind, alone: Kind) -> Result<Kind, String> {
        if self.at_terminator() {
            return Ok(alone);
        }
        self.alphanumerics()?;
        Ok(kind)
    }

    fn word(&mut self, start: usize) -> Result<Kind, String> {
        self.alphanumerics()?;
        let word = self.text.get(start..self.pos).unwrap_or_default();
        Ok(match word {
            "true" | "false" => Kind::Bool,
            word => Kind::keyword(word).unwrap_or(Kind::Identifier),
        })
    }

    fn alphanumerics(&mut self) -> Result<(), String> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        match self.peek() {
            Some(char) if !self.at_terminator() => {
                Err(format!("bad character {}", code_point(char)))
            }
            _ => Ok(()),
        }
    }

    /// Whether a word may end here: Go wants `$x + 2` apart.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with("}}"),
        }
    }

    /// Whatever looks like a number; whether it is one is told by [`super::number`].
    fn number(&mut self, start: usize) -> Result<Kind, String> {
        self.pos = start;
        let mut good = self.scan_number();
        let mut kind = Kind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            kind = Kind::Complex;
            good = self.scan_number();
            good &= self.text.as_bytes().get(self.pos - 1) == Some(&b'i');
        }
        let number = self.text.get(start..self.pos).unwrap_or_default();
        if good { Ok(kind) } else { Err(format!("bad number syntax: {}", quote(number))) }
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        let mut exponent = "eE";
        if self.accept("0") {
            if self.accept("xX") {
                (digits, exponent) = ("0123456789abcdefABCDEF_", "pP");
            } else if self.accept("oO") {
                (digits, exponent) = ("01234567_", "");
            } else if self.accept("bB") {
                (digits, exponent) = ("01_", "");
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if self.accept(exponent) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        // The character that makes it no number belongs to the message.
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }
}
