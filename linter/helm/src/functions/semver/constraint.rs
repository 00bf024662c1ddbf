//! Constraints: alternatives (`||`) of conditions that must all hold (blanks or commas between).

use super::version::{Version, compare_pre, is_identifier, taken};
use crate::data::fmt;

/// What a version is asked for.
#[derive(Debug)]
pub(crate) struct Constraints {
    alternatives: Vec<Alternative>,
}

#[derive(Debug)]
struct Alternative {
    conditions: Vec<Condition>,
    /// Whether a condition names a pre-release; only then does a pre-release match any of them.
    takes_pre: bool,
}

/// One operator with its version.
#[derive(Debug)]
struct Condition {
    operator: Operator,
    version: Version,
    /// How much of the version was said; the rest is zeros.
    said: Said,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// Equal, or `~` for a version with parts missing.
    TildeOrEqual,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// Up to where a version is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Nothing,
    Major,
    Minor,
    Patch,
}

const MAX_BYTES: usize = 512;
const MAX_ALTERNATIVES: usize = 32;

impl Constraints {
    /// Reads a constraint.
    ///
    /// # Errors
    /// In the words of the Go package.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("constraint string is too long (max {MAX_BYTES} bytes)"));
        }
        let text = ranges_rewritten(text);
        let alternatives = split_alternatives(&text);
        if alternatives.len() > MAX_ALTERNATIVES {
            return Err(format!("too many constraint groups (max {MAX_ALTERNATIVES})"));
        }
        let alternatives = alternatives.into_iter().map(Alternative::parse);
        Ok(Self { alternatives: alternatives.collect::<Result<_, _>>()? })
    }

    pub(crate) fn check(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|alternative| {
            (version.pre.is_empty() || alternative.takes_pre)
                && alternative.conditions.iter().all(|it| it.check(version))
        })
    }
}

/// Between two bars.
fn split_alternatives(text: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut start = 0;
    while let Some(bars) = memchr::memmem::find(&text[start..], b"||") {
        parts.push(&text[start..start + bars]);
        start += bars + 2;
    }
    parts.push(&text[start..]);
    parts
}

impl Alternative {
    fn parse(text: &[u8]) -> Result<Self, String> {
        let improper = || {
            let quoted = fmt::quote(text);
            format!("improper constraint: {}", String::from_utf8_lossy(&quoted))
        };
        let mut rest = text;
        let mut found = Vec::new();
        loop {
            skip_blanks(&mut rest);
            let operator = operator(&mut rest);
            skip_blanks(&mut rest);
            let written = Written::scan(rest).ok_or_else(improper)?;
            rest = &rest[written.size..];
            found.push((operator, written));
            let blanks = skip_blanks(&mut rest);
            if rest.is_empty() {
                break;
            }
            match rest.strip_prefix(b",") {
                Some(behind) => rest = behind,
                None if blanks > 0 => {}
                None => return Err(improper()),
            }
        }
        let conditions: Vec<Condition> = found
            .into_iter()
            .map(|(operator, written)| Condition::new(operator, &written))
            .collect::<Result<_, _>>()?;
        let takes_pre = conditions.iter().any(|it| !it.version.pre.is_empty());
        Ok(Self { conditions, takes_pre })
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

fn skip_blanks(rest: &mut &[u8]) -> usize {
    taken(rest, is_blank).map_or(0, <[u8]>::len)
}

fn operator(rest: &mut &[u8]) -> Operator {
    const OPERATORS: [(&[u8], Operator); 11] = [
        (b"!=", Operator::NotEqual),
        (b">=", Operator::GreaterOrEqual),
        (b"=>", Operator::GreaterOrEqual),
        (b"<=", Operator::LessOrEqual),
        (b"=<", Operator::LessOrEqual),
        (b"~>", Operator::Tilde),
        (b"=", Operator::TildeOrEqual),
        (b">", Operator::Greater),
        (b"<", Operator::Less),
        (b"~", Operator::Tilde),
        (b"^", Operator::Caret),
    ];
    for (written, operator) in OPERATORS {
        if let Some(behind) = rest.strip_prefix(written) {
            *rest = behind;
            return operator;
        }
    }
    Operator::TildeOrEqual
}

/// A version in a constraint, where `x` and `*` stand for any number.
#[derive(Debug)]
struct Written<'t> {
    numbers: [&'t [u8]; 3],
    /// `-beta.1` with its dash.
    pre: &'t [u8],
    size: usize,
}

impl<'t> Written<'t> {
    fn scan(text: &'t [u8]) -> Option<Self> {
        // The bar belongs to the class in the Go package, by mistake.
        fn is_number(byte: u8) -> bool {
            matches!(byte, b'0'..=b'9' | b'|' | b'x' | b'X' | b'*')
        }
        let mut rest = text.strip_prefix(b"v").unwrap_or(text);
        let mut numbers = [&b""[..]; 3];
        numbers[0] = taken(&mut rest, is_number)?;
        for number in &mut numbers[1..] {
            let Some(mut behind) = rest.strip_prefix(b".") else { break };
            let Some(found) = taken(&mut behind, is_number) else { break };
            *number = found;
            rest = behind;
        }
        let pre = suffix(&mut rest, b'-');
        suffix(&mut rest, b'+');
        Some(Self { numbers, pre, size: text.len() - rest.len() })
    }
}

/// Identifiers after a mark, as many as are good.
fn suffix<'t>(rest: &mut &'t [u8], mark: u8) -> &'t [u8] {
    let start = *rest;
    let Some((_, mut behind)) = rest.split_first().filter(|(it, _)| **it == mark) else {
        return b"";
    };
    if taken(&mut behind, is_identifier).is_none() {
        return b"";
    }
    while let Some(mut next) = behind.strip_prefix(b".") {
        if taken(&mut next, is_identifier).is_none() {
            break;
        }
        behind = next;
    }
    *rest = behind;
    &start[..start.len() - behind.len()]
}

/// `1.2 - 1.4` as `>= 1.2, <= 1.4 `.
fn ranges_rewritten(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match range_at(&text[at..]) {
            Some((from, to, size)) => {
                written.extend([b">= ", from, b", <= ", to, b" "].concat());
                at += size;
            }
            None => {
                written.push(text[at]);
                at += 1;
            }
        }
    }
    written
}

/// A range at the start of a text: both versions, and how long it is with the blanks around it.
fn range_at(text: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let mut rest = text;
    skip_blanks(&mut rest);
    let (from, behind) = rest.split_at(Written::scan(rest)?.size);
    rest = behind;
    if skip_blanks(&mut rest) == 0 {
        return None;
    }
    rest = rest.strip_prefix(b"-")?;
    if skip_blanks(&mut rest) == 0 {
        return None;
    }
    let (to, behind) = rest.split_at(Written::scan(rest)?.size);
    rest = behind;
    skip_blanks(&mut rest);
    Some((from, to, text.len() - rest.len()))
}

impl Condition {
    fn new(operator: Operator, written: &Written<'_>) -> Result<Self, String> {
        let [major, minor, patch] = written.numbers;
        let is_any = |it: &[u8]| matches!(it, b"" | b"x" | b"X" | b"*");
        let said = if is_any(major) {
            Said::Nothing
        } else if is_any(minor) {
            Said::Major
        } else if is_any(patch) {
            Said::Minor
        } else {
            Said::Patch
        };
        let number = |it, least| if said >= least { it } else { &b"0"[..] };
        let version = [
            number(major, Said::Major),
            b".",
            number(minor, Said::Minor),
            b".",
            number(patch, Said::Patch),
            written.pre,
        ]
        .concat();
        let version = Version::parse(&version).map_err(|_| "constraint parser error".to_owned())?;
        Ok(Self { operator, version, said })
    }

    fn check(&self, version: &Version) -> bool {
        match self.operator {
            Operator::TildeOrEqual if self.said < Said::Patch => self.tilde(version),
            Operator::TildeOrEqual => version.compare(&self.version).is_eq(),
            Operator::NotEqual => self.not_equal(version),
            Operator::Greater => self.greater(version),
            Operator::Less => version.compare(&self.version).is_lt(),
            Operator::GreaterOrEqual => version.compare(&self.version).is_ge(),
            Operator::LessOrEqual => self.less_or_equal(version),
            Operator::Tilde => self.tilde(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn not_equal(&self, version: &Version) -> bool {
        let own = &self.version;
        if self.said == Said::Patch {
            return version.compare(own).is_ne();
        }
        if own.major != version.major {
            return true;
        }
        match self.said {
            Said::Major => false,
            _ if own.minor != version.minor => true,
            // Of `1.2.x` only the pre-release can still differ.
            Said::Minor => compare_pre(&version.pre, &own.pre).is_ne(),
            _ => own.patch != version.patch || version.compare(own).is_ne(),
        }
    }

    /// Above all that the constraint leaves open: `>1.2` starts at 1.3.
    fn greater(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.said {
            Said::Major => version.major > own.major,
            Said::Minor => (version.major, version.minor) > (own.major, own.minor),
            Said::Nothing | Said::Patch => version.compare(own).is_gt(),
        }
    }

    /// Up to the end of what the constraint leaves open: `<=1.2` takes 1.2.9.
    fn less_or_equal(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.said {
            Said::Patch => version.compare(own).is_le(),
            Said::Major => version.major <= own.major,
            Said::Nothing | Said::Minor => (version.major, version.minor) <= (own.major, own.minor),
        }
    }

    /// At least the version, with the same numbers as far as they were said, but the patch.
    fn tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own).is_lt() {
            return false;
        }
        // `~0.0.0` is taken for `~*`, which leaves everything open.
        let is_zero = (own.major, own.minor, own.patch) == (0, 0, 0);
        if is_zero && matches!(self.said, Said::Nothing | Said::Patch) {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.said == Said::Major)
    }

    /// At least the version, with the same first number that is not zero.
    fn caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own).is_lt() || version.major != own.major {
            return false;
        }
        if own.major > 0 || self.said == Said::Major {
            return true;
        }
        if version.minor != own.minor {
            return false;
        }
        own.minor > 0 || self.said == Said::Minor || version.patch == own.patch
    }
}
