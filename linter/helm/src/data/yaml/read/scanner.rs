//! YAML text to tokens, by the rules of go.yaml.in/yaml/v2 2.4.2 (`scannerc.go`), which Helm reads
//! with: what it accepts, where it finds an error and how it words it.
//!
//! A scalar that stands in the text as it is meant is not copied.

mod scalars;
mod tags;

use std::{borrow::Cow, collections::VecDeque};

use super::{Error, Mark, Result};

/// go-yaml's own limit is 10,000, for flow and block collections each.
pub(super) const MAX_DEPTH: usize = 250;

/// Characters that a key without `?` may span (YAML 1.1, 7.4).
const SIMPLE_KEY_LENGTH: usize = 1024;

#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) start: Mark,
    /// Offset behind the last byte.
    pub(super) end: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    StreamEnd,
    VersionDirective { is_1_1: bool },
    TagDirective { handle: &'t [u8], prefix: Vec<u8> },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'t [u8]),
    Anchor(&'t [u8]),
    Tag { handle: &'t [u8], suffix: Vec<u8> },
    Scalar { value: Cow<'t, [u8]>, plain: bool },
}

/// A place where a key may have begun that only its `:` will tell.
#[derive(Debug, Clone, Copy)]
struct SimpleKey {
    possible: bool,
    required: bool,
    /// Its token is held back until more is known. go-yaml forgets this, but not the key, when an
    /// empty flow collection ends.
    held_back: bool,
    /// Number of its first token, from the start of the stream.
    token: usize,
    mark: Mark,
}

pub(super) struct Scanner<'t> {
    bytes: &'t [u8],
    /// Offset, line and column of the next character.
    mark: Mark,
    tokens: VecDeque<Token<'t>>,
    /// Tokens already taken.
    taken: usize,
    simple_keys: Vec<SimpleKey>,
    simple_key_allowed: bool,
    /// Column of the innermost block collection, -1 outside.
    indent: i32,
    indents: Vec<i32>,
    flow_level: usize,
    ended: bool,
}

impl<'t> Scanner<'t> {
    /// `bytes` are valid UTF-8 without characters that YAML does not allow; reading begins at
    /// `start`.
    pub(super) fn new(bytes: &'t [u8], start: usize) -> Self {
        let mark = Mark { offset: start as u32, ..Mark::default() };
        let none = SimpleKey { possible: false, required: false, held_back: false, token: 0, mark };
        Self {
            bytes,
            mark,
            tokens: VecDeque::new(),
            taken: 0,
            simple_keys: vec![none],
            simple_key_allowed: true,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            ended: false,
        }
    }

    /// The next token.
    pub(super) fn peek(&mut self) -> Result<&Token<'t>> {
        while self.needs_more()? {
            self.fetch()?;
        }
        // There is always one: behind the last the end is given again and again.
        let at = self.mark;
        let end = Token { kind: Kind::StreamEnd, start: at, end: at.offset };
        if self.tokens.is_empty() {
            self.tokens.push_back(end);
        }
        Ok(&self.tokens[0])
    }

    /// Takes the token that was peeked at.
    pub(super) fn take(&mut self) -> Option<Token<'t>> {
        self.taken += 1;
        self.tokens.pop_front()
    }

    /// Whether the next token may still turn out to be the second: its key comes before it.
    fn needs_more(&mut self) -> Result<bool> {
        if self.tokens.is_empty() {
            return Ok(!self.ended);
        }
        for index in 0..self.simple_keys.len() {
            let key = self.simple_keys[index];
            if key.held_back && key.token == self.taken {
                return self.is_valid(index);
            }
        }
        Ok(false)
    }

    fn fetch(&mut self) -> Result<()> {
        self.skip_to_token();
        self.unroll_indent(self.mark.column as i32);
        let byte = self.byte(0);
        if byte == 0 {
            return self.fetch_end();
        }
        if self.mark.column == 0 {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if self.is_document_indicator() {
                let kind = if byte == b'-' { Kind::DocumentStart } else { Kind::DocumentEnd };
                self.unroll_indent(-1);
                self.remove_simple_key()?;
                self.simple_key_allowed = false;
                self.push_indicator(kind, 3);
                return Ok(());
            }
        }
        let flow = self.flow_level > 0;
        let before_blank = self.is_blank_or_end(1);
        match byte {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.push_indicator(Kind::FlowEntry, 1);
                Ok(())
            }
            b'-' if before_blank => self.fetch_block_entry(),
            b'?' if flow || before_blank => self.fetch_key(),
            b':' if flow || before_blank => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(byte == b'*'),
            b'!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_tag()
            }
            b'|' | b'>' if !flow => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.scan_block_scalar(byte == b'|')
            }
            b'\'' | b'"' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_quoted(byte)
            }
            b'|' | b'>' | b'%' | b'@' | b'`' | b'#' | b'\t' => {
                let problem = "found character that cannot start any token";
                self.fail(self.mark, problem)
            }
            _ => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_plain()
            }
        }
    }

    /// An error at the current place; `context` is where the construct began.
    fn fail<T>(&self, context: Mark, problem: &str) -> Result<T> {
        Err(Error::scanner(self.mark, context, problem))
    }

    fn fetch_end(&mut self) -> Result<()> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.ended = true;
        self.push(Kind::StreamEnd, self.mark);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind<'t>) -> Result<()> {
        self.save_simple_key()?;
        self.flow_level += 1;
        self.simple_keys.push(SimpleKey {
            possible: false,
            required: false,
            held_back: false,
            token: self.taken + self.tokens.len(),
            mark: self.mark,
        });
        if self.flow_level > MAX_DEPTH {
            return self.fail(self.mark, &format!("exceeded max depth of {MAX_DEPTH}"));
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind<'t>) -> Result<()> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            let inner = self.simple_keys.pop();
            if let (Some(inner), Some(outer)) = (inner, self.simple_keys.last_mut())
                && inner.token == outer.token
            {
                outer.held_back = false;
            }
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                let problem = "block sequence entries are not allowed in this context";
                return self.fail(self.mark, problem);
            }
            self.roll_indent(self.mark, None, Kind::BlockSequenceStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(Kind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                let problem = "mapping keys are not allowed in this context";
                return self.fail(self.mark, problem);
            }
            self.roll_indent(self.mark, None, Kind::BlockMappingStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(Kind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<()> {
        let last = self.simple_keys.len() - 1;
        if self.is_valid(last)? {
            let key = self.simple_keys[last];
            let token = Token { kind: Kind::Key, start: key.mark, end: key.mark.offset };
            self.insert(Some(key.token), token);
            self.roll_indent(key.mark, Some(key.token), Kind::BlockMappingStart)?;
            self.simple_keys[last].possible = false;
            self.simple_keys[last].held_back = false;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    let problem = "mapping values are not allowed in this context";
                    return self.fail(self.mark, problem);
                }
                self.roll_indent(self.mark, None, Kind::BlockMappingStart)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }

    fn fetch_anchor(&mut self, is_alias: bool) -> Result<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.word();
        let follows = self.byte(0);
        let ends = self.is_blank_or_end(0)
            || matches!(follows, b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return self.fail(start, "did not find expected alphabetic or numeric character");
        }
        self.push(if is_alias { Kind::Alias(name) } else { Kind::Anchor(name) }, start);
        Ok(())
    }

    /// Whether a possible key still can be one.
    fn is_valid(&mut self, index: usize) -> Result<bool> {
        let Some(key) = self.simple_keys.get_mut(index) else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        let from = key.mark.offset as usize;
        let to = self.mark.offset as usize;
        let is_long = to > from + SIMPLE_KEY_LENGTH
            && count_chars(&self.bytes[from..to.min(self.bytes.len())]) > SIMPLE_KEY_LENGTH;
        if key.mark.line < self.mark.line || is_long {
            if key.required {
                let context = key.mark;
                return self.fail(context, "could not find expected ':'");
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_simple_key(&mut self) -> Result<()> {
        if self.simple_key_allowed {
            self.remove_simple_key()?;
            let required = self.flow_level == 0 && self.indent == self.mark.column as i32;
            let token = self.taken + self.tokens.len();
            if let Some(last) = self.simple_keys.last_mut() {
                *last =
                    SimpleKey { possible: true, required, held_back: true, token, mark: self.mark };
            }
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<()> {
        let Some(last) = self.simple_keys.last_mut() else { return Ok(()) };
        if last.possible && last.required {
            let context = last.mark;
            return self.fail(context, "could not find expected ':'");
        }
        last.possible = false;
        last.held_back = false;
        Ok(())
    }

    /// Opens a block collection at a column, before the token of that number.
    fn roll_indent(&mut self, at: Mark, before: Option<usize>, kind: Kind<'t>) -> Result<()> {
        let column = at.column as i32;
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return self.fail(at, &format!("exceeded max depth of {MAX_DEPTH}"));
        }
        let token = Token { kind, start: at, end: at.offset };
        self.insert(before, token);
        Ok(())
    }

    /// Inserts before the token of a number, or behind all where that one is taken already.
    fn insert(&mut self, before: Option<usize>, token: Token<'t>) {
        let last = self.tokens.len();
        let index = before.and_then(|it| it.checked_sub(self.taken)).unwrap_or(last);
        self.tokens.insert(index.min(last), token);
    }

    fn unroll_indent(&mut self, column: i32) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// Blanks, comments and line breaks.
    fn skip_to_token(&mut self) {
        loop {
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            self.skip_spaces();
            while tabs && self.byte(0) == b'\t' {
                self.skip();
                self.skip_spaces();
            }
            self.skip_comment();
            if self.break_length(0) == 0 {
                return;
            }
            self.skip_break();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            let line = self.line_end();
            self.skip_to(line);
        }
    }

    fn push(&mut self, kind: Kind<'t>, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.mark.offset });
    }

    fn push_indicator(&mut self, kind: Kind<'t>, length: u32) {
        let start = self.mark;
        self.mark.offset += length;
        self.mark.column += length;
        self.push(kind, start);
    }

    /// The byte so far ahead, 0 behind the end.
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.mark.offset as usize + ahead).copied().unwrap_or(0)
    }

    /// Length of the line break so far ahead, 0 if there is none. A CR LF counts as one.
    fn break_length(&self, ahead: usize) -> usize {
        match self.byte(ahead) {
            b'\n' => 1,
            b'\r' if self.byte(ahead + 1) == b'\n' => 2,
            b'\r' => 1,
            0xc2 if self.byte(ahead + 1) == 0x85 => 2,
            0xe2 if self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9) => {
                3
            }
            _ => 0,
        }
    }

    fn is_blank_or_end(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t' | 0) || self.break_length(ahead) > 0
    }

    fn is_document_indicator(&self) -> bool {
        let rest = self.rest();
        (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.is_blank_or_end(3)
    }

    fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.mark.offset as usize..).unwrap_or_default()
    }

    /// Offset of the next line break or of the end.
    fn line_end(&self) -> usize {
        let rest = self.rest();
        let is_break = |it: &u8| matches!(it, b'\n' | b'\r' | 0xc2 | 0xe2);
        let mut ahead = 0;
        while let Some(distance) = rest[ahead..].iter().position(is_break) {
            ahead += distance;
            if self.break_length(ahead) > 0 {
                return self.mark.offset as usize + ahead;
            }
            ahead += 1;
        }
        self.bytes.len()
    }

    /// Passes blanks.
    fn skip_spaces(&mut self) {
        let count = self.rest().iter().take_while(|it| **it == b' ').count() as u32;
        self.mark.offset += count;
        self.mark.column += count;
    }

    /// Passes one character.
    fn skip(&mut self) {
        self.mark.offset += 1;
        while self.byte(0) & 0xc0 == 0x80 {
            self.mark.offset += 1;
        }
        self.mark.column += 1;
    }

    /// Passes characters of one line.
    fn skip_to(&mut self, offset: usize) {
        let passed = self.bytes.get(self.mark.offset as usize..offset).unwrap_or_default();
        self.mark.column += count_chars(passed) as u32;
        self.mark.offset = offset as u32;
    }

    fn skip_break(&mut self) {
        self.mark.offset += self.break_length(0) as u32;
        self.mark.column = 0;
        self.mark.line += 1;
    }

    /// Passes a line break and appends what it means: all but LS and PS are a line feed.
    fn read_break(&mut self, out: &mut Vec<u8>) {
        match self.break_length(0) {
            3 => out.extend([0xe2, 0x80, self.byte(2)]),
            0 => return,
            _ => out.push(b'\n'),
        }
        self.skip_break();
    }

    /// Letters, digits, `_` and `-`.
    fn word(&mut self) -> &'t [u8] {
        let start = self.mark.offset as usize;
        let rest = self.rest();
        let is_word = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
        let length = rest.iter().position(|it| !is_word(it)).unwrap_or(rest.len());
        self.skip_to(start + length);
        &rest[..length]
    }
}

fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|it| *it & 0xc0 != 0x80).count()
}
