//! Tags and directives.

use super::{Error, Kind, Mark, Result, Scanner};

impl<'t> Scanner<'t> {
    pub(super) fn scan_tag(&mut self) -> Result<()> {
        let start = self.mark;
        if self.byte(1) == b'<' {
            self.skip();
            self.skip();
            let suffix = self.tag_uri(b"", start)?;
            if self.byte(0) != b'>' {
                return self.fail(start, "did not find the expected '>'");
            }
            self.skip();
            return self.push_tag(b"", suffix, start);
        }
        let handle = self.tag_handle(false, start)?;
        if handle.len() > 1 && handle.ends_with(b"!") {
            let suffix = self.tag_uri(b"", start)?;
            return self.push_tag(handle, suffix, start);
        }
        // No handle at all: what was read is the begin of a local tag.
        let suffix = self.tag_uri(handle, start)?;
        if suffix.is_empty() {
            return self.push_tag(b"", b"!".to_vec(), start);
        }
        self.push_tag(b"!", suffix, start)
    }

    fn push_tag(&mut self, handle: &'t [u8], suffix: Vec<u8>, start: Mark) -> Result<()> {
        if !self.is_blank_or_end(0) {
            return self.fail(start, "did not find expected whitespace or line break");
        }
        self.push(Kind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// `!`, `!!` or `!word!`; without the last `!` what stands before the suffix.
    fn tag_handle(&mut self, in_directive: bool, start: Mark) -> Result<&'t [u8]> {
        let from = self.mark.offset as usize;
        if self.byte(0) != b'!' {
            return self.fail(start, "did not find expected '!'");
        }
        self.skip();
        self.word();
        if self.byte(0) == b'!' {
            self.skip();
        } else if in_directive && self.mark.offset as usize != from + 1 {
            return self.fail(start, "did not find expected '!'");
        }
        Ok(self.bytes.get(from..self.mark.offset as usize).unwrap_or_default())
    }

    fn tag_uri(&mut self, head: &[u8], start: Mark) -> Result<Vec<u8>> {
        let mut uri = head.get(1..).unwrap_or_default().to_vec();
        let mut found = !head.is_empty();
        loop {
            match self.byte(0) {
                b'%' => self.uri_escape(start, &mut uri)?,
                byte if byte.is_ascii_alphanumeric()
                    || b"_-;/?:@&=+$,.!~*'()[]".contains(&byte) =>
                {
                    uri.push(byte);
                    self.skip();
                }
                _ => break,
            }
            found = true;
        }
        if found { Ok(uri) } else { self.fail(start, "did not find expected tag URI") }
    }

    /// A character as `%C3%A9`.
    fn uri_escape(&mut self, start: Mark, uri: &mut Vec<u8>) -> Result<()> {
        let mut left = 0;
        loop {
            let digit = |ahead| char::from(self.byte(ahead)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.byte(0), digit(1), digit(2)) else {
                return self.fail(start, "did not find URI escaped octet");
            };
            let octet = (high << 4 | low) as u8;
            if left == 0 {
                left = match octet {
                    0..0x80 => 1,
                    0xc0..0xe0 => 2,
                    0xe0..0xf0 => 3,
                    0xf0..0xf8 => 4,
                    _ => return self.fail(start, "found an incorrect leading UTF-8 octet"),
                };
            } else if octet & 0xc0 != 0x80 {
                return self.fail(start, "found an incorrect trailing UTF-8 octet");
            }
            uri.push(octet);
            self.skip_to(self.mark.offset as usize + 3);
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }

    pub(super) fn fetch_directive(&mut self) -> Result<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.word();
        if name.is_empty() {
            return self.fail(start, "could not find expected directive name");
        }
        if !self.is_blank_or_end(0) {
            return self.fail(start, "found unexpected non-alphabetical character");
        }
        let kind = match name {
            b"YAML" => self.version(start)?,
            b"TAG" => self.tag_directive(start)?,
            _ => return self.fail(start, "found unknown directive name"),
        };
        self.push(kind, start);
        self.skip_blanks();
        self.skip_comment();
        if self.break_length(0) > 0 {
            self.skip_break();
        } else if self.byte(0) != 0 {
            return self.fail(start, "did not find expected comment or line break");
        }
        Ok(())
    }

    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.byte(0), b' ' | b'\t') {
            self.skip();
        }
    }

    fn version(&mut self, start: Mark) -> Result<Kind<'t>> {
        self.skip_blanks();
        let major = self.version_number(start)?;
        if self.byte(0) != b'.' {
            return self.fail(start, "did not find expected digit or '.' character");
        }
        self.skip();
        let minor = self.version_number(start)?;
        Ok(Kind::VersionDirective { is_1_1: (major, minor) == (1, 1) })
    }

    fn version_number(&mut self, start: Mark) -> Result<u32> {
        let mut number = None;
        let mut length = 0;
        while let digit @ b'0'..=b'9' = self.byte(0) {
            length += 1;
            if length > 2 {
                return self.fail(start, "found extremely long version number");
            }
            number = Some(number.unwrap_or(0) * 10 + u32::from(digit - b'0'));
            self.skip();
        }
        number
            .ok_or_else(|| Error::scanner(self.mark, start, "did not find expected version number"))
    }

    fn tag_directive(&mut self, start: Mark) -> Result<Kind<'t>> {
        self.skip_blanks();
        let handle = self.tag_handle(true, start)?;
        if !matches!(self.byte(0), b' ' | b'\t') {
            return self.fail(start, "did not find expected whitespace");
        }
        self.skip_blanks();
        let prefix = self.tag_uri(b"", start)?;
        if !self.is_blank_or_end(0) {
            return self.fail(start, "did not find expected whitespace or line break");
        }
        Ok(Kind::TagDirective { handle, prefix })
    }
}
