//! Scalars: plain, quoted, and blocks.

use std::borrow::Cow;

use super::{Kind, Mark, Result, Scanner, Token};

/// The content of a flow scalar: a part of the text as long as it can be one.
struct Content<'t> {
    bytes: &'t [u8],
    /// What was read before `from`, once something was not as in the text.
    before: Option<Vec<u8>>,
    from: usize,
}

impl<'t> Content<'t> {
    fn new(bytes: &'t [u8], from: usize) -> Self {
        Self { bytes, before: None, from }
    }

    /// Goes on at `to` with other bytes than those between `end` and `to`.
    fn replace(&mut self, end: usize, to: usize, with: &[u8]) {
        let before = self.before.get_or_insert_default();
        before.extend_from_slice(self.bytes.get(self.from..end).unwrap_or_default());
        before.extend_from_slice(with);
        self.from = to;
    }

    fn finish(self, end: usize) -> Cow<'t, [u8]> {
        let rest = self.bytes.get(self.from..end).unwrap_or_default();
        match self.before {
            None => Cow::Borrowed(rest),
            Some(mut before) => {
                before.extend_from_slice(rest);
                Cow::Owned(before)
            }
        }
    }
}

/// Line breaks inside a flow scalar, and what they fold to.
#[derive(Default)]
struct Fold {
    first: Vec<u8>,
    further: Vec<u8>,
}

impl Fold {
    fn take(&mut self) -> Vec<u8> {
        let mut folded = std::mem::take(&mut self.first);
        if folded == b"\n" {
            folded.clear();
            if self.further.is_empty() {
                folded.push(b' ');
            }
        }
        folded.append(&mut self.further);
        folded
    }
}

impl<'t> Scanner<'t> {
    fn at(&self) -> usize {
        self.mark.offset as usize
    }

    pub(super) fn scan_plain(&mut self) -> Result<()> {
        let start = self.mark;
        let indent = self.indent + 1;
        let mut content = Content::new(self.bytes, self.at());
        let mut end = self.at();
        let mut fold = Fold::default();
        let mut on_new_line = false;
        loop {
            let at_indicator = self.mark.column == 0 && self.is_document_indicator();
            if at_indicator || self.byte(0) == b'#' {
                break;
            }
            let run = self.plain_run();
            if run > self.at() {
                if on_new_line {
                    content.replace(end, self.at(), &fold.take());
                    on_new_line = false;
                }
                self.skip_to(run);
                end = run;
            }
            if !matches!(self.byte(0), b' ' | b'\t') && self.break_length(0) == 0 {
                break;
            }
            loop {
                match self.byte(0) {
                    b'\t' if on_new_line && (self.mark.column as i32) < indent => {
                        return self.fail(start, "found a tab character that violates indentation");
                    }
                    b' ' | b'\t' => self.skip(),
                    _ if self.break_length(0) == 0 => break,
                    _ if on_new_line => self.read_break(&mut fold.further),
                    _ => {
                        self.read_break(&mut fold.first);
                        on_new_line = true;
                    }
                }
            }
            if self.flow_level == 0 && (self.mark.column as i32) < indent {
                break;
            }
        }
        if on_new_line {
            self.simple_key_allowed = true;
        }
        let kind = Kind::Scalar { value: content.finish(end), plain: true };
        self.tokens.push_back(Token { kind, start, end: end as u32 });
        Ok(())
    }

    /// Where a plain scalar's characters end on this line: at a blank, or at an indicator.
    fn plain_run(&self) -> usize {
        let flow = self.flow_level > 0;
        let ends = |(ahead, byte): (usize, &u8)| match byte {
            b' ' | b'\t' | b'\n' | b'\r' => true,
            b':' => self.is_blank_or_end(ahead + 1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => flow,
            0xc2 | 0xe2 => self.break_length(ahead) > 0,
            _ => false,
        };
        let rest = self.rest();
        self.at() + rest.iter().enumerate().position(ends).unwrap_or(rest.len())
    }

    pub(super) fn scan_quoted(&mut self, quote: u8) -> Result<()> {
        let start = self.mark;
        self.skip();
        let mut content = Content::new(self.bytes, self.at());
        let mut fold = Fold::default();
        loop {
            if self.mark.column == 0 && self.is_document_indicator() {
                return self.fail(start, "found unexpected document indicator");
            }
            if self.byte(0) == 0 {
                return self.fail(start, "found unexpected end of stream");
            }
            let was_escaped = self.quoted_run(quote, start, &mut content)?;
            if self.byte(0) == quote {
                break;
            }
            // Blanks before a line break are lost, those inside of a line are not.
            let end = self.at();
            let mut on_new_line = was_escaped;
            loop {
                if matches!(self.byte(0), b' ' | b'\t') {
                    self.skip();
                } else if self.break_length(0) == 0 {
                    break;
                } else if on_new_line {
                    self.read_break(&mut fold.further);
                } else {
                    self.read_break(&mut fold.first);
                    on_new_line = true;
                }
            }
            if on_new_line {
                content.replace(end, self.at(), &fold.take());
            }
        }
        let value = content.finish(self.at());
        self.skip();
        self.push(Kind::Scalar { value, plain: false }, start);
        Ok(())
    }

    /// Characters up to a blank, a line break or the closing quote. Whether an escaped line break
    /// ended them.
    fn quoted_run(&mut self, quote: u8, start: Mark, content: &mut Content<'t>) -> Result<bool> {
        while !self.is_blank_or_end(0) {
            let at = self.at();
            match self.byte(0) {
                b'\'' if quote == b'\'' && self.byte(1) == b'\'' => {
                    self.skip_to(at + 2);
                    content.replace(at, at + 2, b"'");
                }
                byte if byte == quote => return Ok(false),
                b'\\' if quote == b'"' && self.break_length(1) > 0 => {
                    self.skip();
                    self.skip_break();
                    content.replace(at, self.at(), b"");
                    return Ok(true);
                }
                b'\\' if quote == b'"' => {
                    let character = self.escape(start)?;
                    let mut buffer = [0; 4];
                    let encoded = character.encode_utf8(&mut buffer);
                    content.replace(at, self.at(), encoded.as_bytes());
                }
                _ => self.skip(),
            }
        }
        Ok(false)
    }

    /// An escape sequence of a double-quoted scalar.
    fn escape(&mut self, start: Mark) -> Result<char> {
        let digits = match self.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            letter => {
                let Some(character) = short_escape(letter) else {
                    return self.fail(start, "found unknown escape character");
                };
                self.skip();
                self.skip();
                return Ok(character);
            }
        };
        self.skip();
        self.skip();
        let mut code: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.byte(ahead)).to_digit(16) else {
                return self.fail(start, "did not find expected hexdecimal number");
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return self.fail(start, "found invalid Unicode character escape code");
        };
        self.skip_to(self.at() + digits);
        Ok(character)
    }

    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Result<()> {
        let start = self.mark;
        self.skip();
        let (chomping, increment) = self.block_header(start)?;
        self.skip_blanks();
        self.skip_comment();
        if self.break_length(0) > 0 {
            self.skip_break();
        } else if self.byte(0) != 0 {
            return self.fail(start, "did not find expected comment or line break");
        }
        let mut indent = increment.map_or(0, |it| self.indent.max(0) as u32 + it);
        let mut value = Vec::new();
        let mut last_break = Vec::new();
        let mut breaks = Vec::new();
        let mut end = start.offset as usize + 1;
        let mut after_blank = false;
        self.block_breaks(&mut indent, &mut breaks, start)?;
        while self.mark.column == indent && self.byte(0) != 0 {
            let starts_blank = matches!(self.byte(0), b' ' | b'\t');
            if !literal && !after_blank && !starts_blank && last_break == b"\n" {
                if breaks.is_empty() {
                    value.push(b' ');
                }
                last_break.clear();
            }
            value.append(&mut last_break);
            value.append(&mut breaks);
            after_blank = starts_blank;
            let line = self.line_end();
            value.extend_from_slice(self.bytes.get(self.at()..line).unwrap_or_default());
            self.skip_to(line);
            end = line;
            self.read_break(&mut last_break);
            self.block_breaks(&mut indent, &mut breaks, start)?;
        }
        if chomping != Chomping::Strip {
            value.append(&mut last_break);
        }
        if chomping == Chomping::Keep {
            value.append(&mut breaks);
        }
        let kind = Kind::Scalar { value: Cow::Owned(value), plain: false };
        self.tokens.push_back(Token { kind, start, end: end as u32 });
        Ok(())
    }

    /// `+`, `-` and a digit behind `|`, in any order.
    fn block_header(&mut self, start: Mark) -> Result<(Chomping, Option<u32>)> {
        let mut chomping = None;
        let mut increment = None;
        for _ in 0..2 {
            match self.byte(0) {
                sign @ (b'+' | b'-') if chomping.is_none() => {
                    chomping = Some(if sign == b'+' { Chomping::Keep } else { Chomping::Strip });
                    self.skip();
                }
                b'0' if increment.is_none() => {
                    return self.fail(start, "found an indentation indicator equal to 0");
                }
                digit @ b'1'..=b'9' if increment.is_none() => {
                    increment = Some(u32::from(digit - b'0'));
                    self.skip();
                }
                _ => break,
            }
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// Empty lines and the indentation of the next line; without an indicator it is the deepest
    /// so far.
    fn block_breaks(&mut self, indent: &mut u32, breaks: &mut Vec<u8>, start: Mark) -> Result<()> {
        let is_indentation = |column: u32, indent: u32| indent == 0 || column < indent;
        let mut deepest = 0;
        loop {
            while is_indentation(self.mark.column, *indent) && self.byte(0) == b' ' {
                self.skip();
            }
            deepest = deepest.max(self.mark.column);
            if is_indentation(self.mark.column, *indent) && self.byte(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return self.fail(start, problem);
            }
            if self.break_length(0) == 0 {
                break;
            }
            self.read_break(breaks);
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as u32);
        }
        Ok(())
    }
}

/// What happens to the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

fn short_escape(letter: u8) -> Option<char> {
    Some(match letter {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
