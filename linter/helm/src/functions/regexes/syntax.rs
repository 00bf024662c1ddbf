//! Reads a regular expression as Go's `regexp/syntax` does (Go 1.26, flags `Perl`) and writes it for
//! the `regex` crate.
//!
//! Both are RE2's children, but not twins: `\d`, `\w`, `\b` are ASCII in Go, classes nest only in
//! Rust, groups of one name twice exist only in Go, and a template shows Go's words for a fault.
//! Flags are written out at each part, so that nothing depends on where the crate lets a flag end.

use regex::bytes::Regex;

use crate::text::decode_char;

/// A pattern in the other syntax.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) pattern: String,
    /// Names of the groups, the first of which is the whole match.
    pub(super) names: Vec<Option<String>>,
}

/// Groups within groups. Go takes 1000, the crate 250.
const MAX_DEPTH: usize = 200;

/// How often a part may be repeated, repetitions within repetitions multiplied.
const MAX_REPEAT: u32 = 1000;

/// Translates a pattern.
///
/// # Errors
/// Go's text: ``missing closing ]: `[` ``.
pub(super) fn translate(pattern: &[u8]) -> Result<Translated, String> {
    let mut parser = Parser {
        whole: pattern,
        at: 0,
        out: String::with_capacity(pattern.len() * 2),
        flags: Flags::default(),
        level: Level::default(),
        open: Vec::new(),
        names: vec![None],
    };
    match parser.run() {
        Ok(()) => Ok(Translated { pattern: parser.out, names: parser.names }),
        Err(Fault { what, at }) => Err(format!("{what}: `{}`", String::from_utf8_lossy(at))),
    }
}

/// What is wrong, and with which part of the pattern.
struct Fault<'p> {
    what: &'static str,
    at: &'p [u8],
}

const BAD_RANGE: &str = "invalid character class range";
const BAD_ESCAPE: &str = "invalid escape sequence";
const BAD_NAME: &str = "invalid named capture";
const BAD_PERL: &str = "invalid or unsupported Perl syntax";
const BAD_NESTED_REPEAT: &str = "invalid nested repetition operator";
const BAD_REPEAT: &str = "invalid repeat count";
const BAD_UTF8: &str = "invalid UTF-8";
const MISSING_BRACKET: &str = "missing closing ]";
const MISSING_PAREN: &str = "missing closing )";
const MISSING_ARGUMENT: &str = "missing argument to repetition operator";
const TRAILING_BACKSLASH: &str = "trailing backslash at end of expression";
const UNEXPECTED_PAREN: &str = "unexpected )";
const TOO_DEEP: &str = "expression nests too deeply";

#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    /// `i`
    fold_case: bool,
    /// `m`
    multi_line: bool,
    /// `s`
    dot_is_all: bool,
    /// `U`
    lazy: bool,
}

/// What is between two parentheses so far.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// Where the part that a repetition would repeat starts in the output.
    atom: Option<usize>,
    /// How often repetitions repeat something in the atom, and in all of the level.
    atom_weight: u32,
    weight: u32,
}

struct Parser<'p> {
    whole: &'p [u8],
    at: usize,
    out: String,
    flags: Flags,
    level: Level,
    /// Levels around this one, with the flags they had.
    open: Vec<(Level, Flags, usize)>,
    names: Vec<Option<String>>,
}

impl<'p> Parser<'p> {
    fn run(&mut self) -> Result<(), Fault<'p>> {
        let mut last_repeat = None;
        while let Some(&byte) = self.whole.get(self.at) {
            let start = self.at;
            let mut repeat = None;
            match byte {
                b'(' if self.rest().starts_with(b"(?") => self.perl_group()?,
                b'(' => {
                    self.at += 1;
                    self.names.push(None);
                    self.open_group("(")?;
                }
                b')' => self.close_group()?,
                b'|' => {
                    self.at += 1;
                    self.out.push('|');
                    self.level.atom = None;
                }
                b'^' => {
                    self.at += 1;
                    self.atom(if self.flags.multi_line { "(?m:^)" } else { "\\A" });
                }
                b'$' => {
                    self.at += 1;
                    self.atom(if self.flags.multi_line { "(?m:$)" } else { "\\z" });
                }
                b'.' => {
                    self.at += 1;
                    self.atom(if self.flags.dot_is_all { "(?s:.)" } else { "[^\\n]" });
                }
                b'[' => self.class()?,
                b'*' | b'+' | b'?' => {
                    self.at += 1;
                    self.repeat(start, last_repeat, None)?;
                    repeat = Some(start);
                }
                b'{' => match self.counts() {
                    Some((counts, end)) => {
                        self.at = end;
                        self.repeat(start, last_repeat, Some(counts))?;
                        repeat = Some(start);
                    }
                    None => {
                        self.at += 1;
                        self.literal('{');
                    }
                },
                b'\\' => self.escape()?,
                _ => {
                    let char = self.char()?;
                    self.literal(char);
                }
            }
            last_repeat = repeat;
        }
        if self.open.is_empty() { Ok(()) } else { Err(self.fault(MISSING_PAREN, 0)) }
    }

    fn rest(&self) -> &'p [u8] {
        self.whole.get(self.at..).unwrap_or_default()
    }

    /// A fault of the part from `start` to here.
    fn fault(&self, what: &'static str, start: usize) -> Fault<'p> {
        let end = if what == MISSING_PAREN { self.whole.len() } else { self.at };
        Fault { what, at: self.whole.get(start..end).unwrap_or_default() }
    }

    /// A fault that is told with all that follows.
    fn fault_to_end(&self, what: &'static str, start: usize) -> Fault<'p> {
        Fault { what, at: self.whole.get(start..).unwrap_or_default() }
    }

    /// Takes a character.
    fn char(&mut self) -> Result<char, Fault<'p>> {
        match decode_char(self.rest()) {
            Some((char::REPLACEMENT_CHARACTER, 1)) | None => {
                Err(self.fault_to_end(BAD_UTF8, self.at))
            }
            Some((char, size)) => {
                self.at += size;
                Ok(char)
            }
        }
    }

    fn atom(&mut self, written: &str) {
        self.level.atom = Some(self.out.len());
        self.level.atom_weight = 0;
        self.out.push_str(written);
    }

    fn literal(&mut self, char: char) {
        let code = char as u32;
        self.atom(&if self.flags.fold_case {
            format!("(?i:\\x{{{code:x}}})")
        } else {
            format!("\\x{{{code:x}}}")
        });
    }

    fn open_group(&mut self, written: &str) -> Result<(), Fault<'p>> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.fault_to_end(TOO_DEEP, 0));
        }
        self.open.push((self.level, self.flags, self.out.len()));
        self.level = Level::default();
        self.out.push_str(written);
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), Fault<'p>> {
        let Some((outer, flags, start)) = self.open.pop() else {
            return Err(self.fault_to_end(UNEXPECTED_PAREN, 0));
        };
        self.at += 1;
        self.out.push(')');
        let weight = self.level.weight;
        self.flags = flags;
        self.level =
            Level { atom: Some(start), atom_weight: weight, weight: outer.weight.max(weight) };
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
    fn perl_group(&mut self) -> Result<(), Fault<'p>> {
        let (start, rest) = (self.at, self.rest());
        let name_at = match rest {
            [_, _, b'P', b'<', _, ..] => Some(4),
            [_, _, b'<', _, ..] => Some(3),
            _ => None,
        };
        if let Some(name_at) = name_at {
            let Some(end) = memchr::memchr(b'>', rest) else {
                return Err(self.fault_to_end(BAD_NAME, start));
            };
            self.at += end + 1;
            let name = &rest[name_at.min(end)..end];
            let is_word = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_';
            if name.is_empty() || !name.iter().all(is_word) {
                return Err(self.fault(BAD_NAME, start));
            }
            self.names.push(Some(String::from_utf8_lossy(name).into_owned()));
            return self.open_group("(");
        }
        self.at += 2;
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        while self.at < self.whole.len() {
            match self.char()? {
                'i' => (flags.fold_case, seen) = (on, true),
                'm' => (flags.multi_line, seen) = (on, true),
                's' => (flags.dot_is_all, seen) = (on, true),
                'U' => (flags.lazy, seen) = (on, true),
                '-' if on => (on, seen) = (false, false),
                end @ (':' | ')') if on || seen => {
                    if end == ':' {
                        self.open_group("(?:")?;
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(self.fault(BAD_PERL, start))
    }

    /// Repeats the last atom; `start` is where the operator starts, which lies before here.
    fn repeat(
        &mut self,
        start: usize,
        last_repeat: Option<usize>,
        counts: Option<Counts>,
    ) -> Result<(), Fault<'p>> {
        if counts.is_some_and(|it| !it.fit()) {
            return Err(self.fault(BAD_REPEAT, start));
        }
        let operator = self.whole.get(start).map_or('*', |it| char::from(*it));
        let mut lazy = self.flags.lazy;
        if self.rest().first() == Some(&b'?') {
            self.at += 1;
            lazy = !lazy;
        }
        if let Some(last) = last_repeat {
            return Err(self.fault(BAD_NESTED_REPEAT, last));
        }
        let Some(atom) = self.level.atom else {
            return Err(self.fault(MISSING_ARGUMENT, start));
        };
        self.out.insert_str(atom, "(?:");
        self.out.push(')');
        match counts {
            None => self.out.push(operator),
            Some(Counts { least, most }) => {
                let most_times = most.unwrap_or(least);
                let weight = most_times.saturating_mul(self.level.atom_weight.max(1));
                if weight > MAX_REPEAT {
                    return Err(self.fault(BAD_REPEAT, start));
                }
                self.level.atom_weight = if most_times == 0 { 0 } else { weight };
                self.level.weight = self.level.weight.max(self.level.atom_weight);
                let written = match most {
                    Some(most) => format!("{{{least},{most}}}"),
                    None => format!("{{{least},}}"),
                };
                self.out.push_str(&written);
            }
        }
        if lazy {
            self.out.push('?');
        }
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,3}`, and where it ends; anything else is no repetition.
    fn counts(&self) -> Option<(Counts, usize)> {
        let inside = self.rest().strip_prefix(b"{")?;
        let end = memchr::memchr(b'}', inside)?;
        let counts = match inside[..end].split(|it| *it == b',').collect::<Vec<_>>()[..] {
            [times] => {
                let times = count(times)?;
                Counts { least: times, most: Some(times) }
            }
            [least, b""] => Counts { least: count(least)?, most: None },
            [least, most] => Counts { least: count(least)?, most: Some(count(most)?) },
            _ => return None,
        };
        Some((counts, self.at + end + 2))
    }

    /// What follows a backslash outside classes.
    fn escape(&mut self) -> Result<(), Fault<'p>> {
        let start = self.at;
        let next = self.rest().get(1).copied();
        let zero_width = match next {
            Some(b'A') => Some("\\A"),
            Some(b'b') => Some("(?-u:\\b)"),
            Some(b'B') => Some("(?-u:\\B)"),
            Some(b'z') => Some("\\z"),
            _ => None,
        };
        if let Some(written) = zero_width {
            self.at += 2;
            self.atom(written);
            return Ok(());
        }
        match next {
            Some(b'C') => {
                self.at += 2;
                return Err(self.fault(BAD_ESCAPE, start));
            }
            Some(b'Q') => {
                self.at += 2;
                let end = memchr::memmem::find(self.rest(), b"\\E");
                let stop = end.map_or(self.whole.len(), |it| self.at + it);
                while self.at < stop {
                    let char = self.char()?;
                    self.literal(char);
                }
                self.at = end.map_or(self.at, |_| stop + 2);
                return Ok(());
            }
            _ => {}
        }
        if let Some(class) = self.class_escape()? {
            self.atom(&self.folded(&format!("[{class}]")));
            return Ok(());
        }
        let char = self.char_escape()?;
        self.literal(char);
        Ok(())
    }

    fn folded(&self, class: &str) -> String {
        if self.flags.fold_case { format!("(?i:{class})") } else { class.to_owned() }
    }

    /// `\p{Greek}` and `\d`, as what a class may hold.
    fn class_escape(&mut self) -> Result<Option<String>, Fault<'p>> {
        let written = match self.rest() {
            [b'\\', b'p' | b'P', ..] => return self.unicode_class().map(Some),
            [b'\\', b'd', ..] => "0-9",
            [b'\\', b'D', ..] => "[^0-9]",
            [b'\\', b's', ..] => "\\t\\n\\f\\r ",
            [b'\\', b'S', ..] => "[^\\t\\n\\f\\r ]",
            [b'\\', b'w', ..] => "0-9A-Za-z_",
            [b'\\', b'W', ..] => "[^0-9A-Za-z_]",
            _ => return Ok(None),
        };
        self.at += 2;
        Ok(Some(written.to_owned()))
    }

    fn unicode_class(&mut self) -> Result<String, Fault<'p>> {
        let start = self.at;
        let mut negated = self.rest().get(1) == Some(&b'P');
        self.at += 2;
        let name_at = self.at;
        let mut name = if self.char()? == '{' {
            let Some(end) = memchr::memchr(b'}', self.rest()) else {
                return Err(self.fault_to_end(BAD_RANGE, start));
            };
            let name = &self.rest()[..end];
            self.at += end + 1;
            name
        } else {
            &self.whole[name_at..self.at]
        };
        if let Some(rest) = name.strip_prefix(b"^") {
            negated = !negated;
            name = rest;
        }
        let name = String::from_utf8_lossy(name);
        let Some(class) = unicode_property(&name) else {
            return Err(self.fault(BAD_RANGE, start));
        };
        Ok(if negated { format!("\\P{{{class}}}") } else { format!("\\p{{{class}}}") })
    }

    /// A single character behind a backslash.
    fn char_escape(&mut self) -> Result<char, Fault<'p>> {
        let start = self.at;
        self.at += 1;
        if self.rest().is_empty() {
            return Err(Fault { what: TRAILING_BACKSLASH, at: b"" });
        }
        let code = match self.char()? {
            '1'..='7' if !matches!(self.rest().first(), Some(b'0'..=b'7')) => {
                // A reference to a group, which RE2 does not have.
                return Err(self.fault(BAD_ESCAPE, start));
            }
            char @ '0'..='7' => {
                let mut code = char as u32 - '0' as u32;
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.rest().first() else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                code
            }
            'x' => self.hex_escape(start)?,
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            char if char.is_ascii() && !char.is_ascii_alphanumeric() => return Ok(char),
            _ => return Err(self.fault(BAD_ESCAPE, start)),
        };
        // Half of a pair of UTF-16 is a number without a character; nothing matches it.
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex_escape(&mut self, start: usize) -> Result<u32, Fault<'p>> {
        if self.rest().is_empty() {
            return Err(self.fault(BAD_ESCAPE, start));
        }
        let first = self.char()?;
        if first != '{' {
            let second = self.char()?;
            return match (first.to_digit(16), second.to_digit(16)) {
                (Some(high), Some(low)) => Ok(high * 16 + low),
                _ => Err(self.fault(BAD_ESCAPE, start)),
            };
        }
        let (mut code, mut digits) = (0, 0);
        while !self.rest().is_empty() {
            let char = self.char()?;
            if char == '}' && digits > 0 {
                return Ok(code);
            }
            let Some(digit) = char.to_digit(16) else { break };
            code = code * 16 + digit;
            digits += 1;
            if code > char::MAX as u32 {
                break;
            }
        }
        Err(self.fault(BAD_ESCAPE, start))
    }

    /// `[...]`
    fn class(&mut self) -> Result<(), Fault<'p>> {
        let start = self.at;
        self.at += 1;
        let mut written = String::from("[");
        if self.rest().first() == Some(&b'^') {
            self.at += 1;
            written.push('^');
        }
        let mut first = true;
        while first || self.rest().first() != Some(&b']') {
            first = false;
            if let Some(named) = self.named_class()? {
                written.push_str(&named);
            } else if let Some(class) = self.class_escape()? {
                written.push_str(&class);
            } else {
                let range_at = self.at;
                let low = self.class_char(start)?;
                let mut high = low;
                if matches!(self.rest(), [b'-', next, ..] if *next != b']') {
                    self.at += 1;
                    high = self.class_char(start)?;
                    if high < low {
                        return Err(self.fault(BAD_RANGE, range_at));
                    }
                }
                let range = format!("\\x{{{:x}}}-\\x{{{:x}}}", low as u32, high as u32);
                written.push_str(&range);
            }
        }
        self.at += 1;
        written.push(']');
        self.atom(&self.folded(&written));
        Ok(())
    }

    fn class_char(&mut self, class: usize) -> Result<char, Fault<'p>> {
        match self.rest().first() {
            None => Err(self.fault_to_end(MISSING_BRACKET, class)),
            Some(b'\\') => self.char_escape(),
            Some(_) => self.char(),
        }
    }

    /// `[:alpha:]` within a class.
    fn named_class(&mut self) -> Result<Option<String>, Fault<'p>> {
        let start = self.at;
        let Some(inside) = self.rest().strip_prefix(b"[:") else { return Ok(None) };
        let Some(end) = memchr::memmem::find(inside, b":]") else { return Ok(None) };
        self.at += end + 4;
        let name = inside[..end].strip_prefix(b"^").unwrap_or(&inside[..end]);
        const NAMES: [&[u8]; 14] = [
            b"alnum", b"alpha", b"ascii", b"blank", b"cntrl", b"digit", b"graph", b"lower",
            b"print", b"punct", b"space", b"upper", b"word", b"xdigit",
        ];
        if !NAMES.contains(&name) {
            return Err(self.fault(BAD_RANGE, start));
        }
        Ok(Some(String::from_utf8_lossy(&self.whole[start..self.at]).into_owned()))
    }
}

/// Bounds of a repetition.
#[derive(Debug, Clone, Copy)]
struct Counts {
    least: u32,
    most: Option<u32>,
}

impl Counts {
    fn fit(self) -> bool {
        self.least <= MAX_REPEAT && self.most.is_none_or(|it| it <= MAX_REPEAT && self.least <= it)
    }
}

/// Digits without a zero before them; what is too large for us is too large for Go too.
fn count(digits: &[u8]) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let has_zero = digits.len() > 1 && digits.first() == Some(&b'0');
    if !is_number || has_zero {
        return None;
    }
    Some(std::str::from_utf8(digits).ok()?.parse().unwrap_or(u32::MAX))
}

/// The crate's name of a general category or a script; Go has no other properties.
fn unicode_property(name: &str) -> Option<String> {
    if !name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_') || name.is_empty() {
        return None;
    }
    if ["any", "assigned", "ascii"].iter().any(|it| name.eq_ignore_ascii_case(it)) {
        return Some(name.to_owned());
    }
    ["gc", "sc"]
        .iter()
        .map(|kind| format!("{kind}={name}"))
        .find(|class| Regex::new(&format!("\\p{{{class}}}")).is_ok())
}
