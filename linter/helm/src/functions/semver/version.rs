//! Versions.

use std::{any::Any, cmp::Ordering};

use crate::{
    data::fmt,
    functions::convert::{NumError, parse_uint},
    value::{Data, Object, Value},
};

/// A version as it is compared, and as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(super) major: u64,
    pub(super) minor: u64,
    pub(super) patch: u64,
    /// `beta.1` of `1.2.3-beta.1`.
    pub(super) pre: String,
    metadata: String,
    original: String,
    /// What Go's methods change they give back as a struct, all else is a pointer to one.
    is_pointer: bool,
}

const TOO_LONG: &str = "version string is too long (max 256 bytes)";
const MAX_BYTES: usize = 256;
const INVALID: &str = "invalid semantic version";
const STARTS_WITH_ZERO: &str = "version segment starts with 0";

impl Version {
    /// Reads a version leniently: `v` before it, minor and patch missing.
    ///
    /// # Errors
    /// In the words of the Go package.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(TOO_LONG.to_owned());
        }
        let invalid = || INVALID.to_owned();
        let mut rest = text.strip_prefix(b"v").unwrap_or(text);
        let mut numbers = [&b""[..]; 3];
        numbers[0] = taken(&mut rest, is_digit).ok_or_else(invalid)?;
        for number in &mut numbers[1..] {
            let Some(mut behind) = rest.strip_prefix(b".") else { break };
            *number = taken(&mut behind, is_digit).ok_or_else(invalid)?;
            rest = behind;
        }
        let pre = identifiers(&mut rest, b'-').ok_or_else(invalid)?;
        let metadata = identifiers(&mut rest, b'+').ok_or_else(invalid)?;
        if !rest.is_empty() {
            return Err(invalid());
        }
        let version = Self {
            major: segment(numbers[0])?,
            minor: segment(numbers[1])?,
            patch: segment(numbers[2])?,
            pre,
            metadata,
            original: String::from_utf8_lossy(text).into_owned(),
            is_pointer: true,
        };
        if version.pre.split('.').any(is_padded) {
            return Err(STARTS_WITH_ZERO.to_owned());
        }
        Ok(version)
    }

    /// The order of versions; build metadata does not count.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |it: &Self| (it.major, it.minor, it.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_pre(&self.pre, &other.pre),
            }
        })
    }

    /// Changes numbers as Go's `IncPatch` and its relatives do.
    fn raised(&self, change: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<Self, String> {
        let mut next = self.clone();
        change(&mut next)?;
        next.is_pointer = false;
        next.pre.clear();
        next.metadata.clear();
        next.rewrite();
        Ok(next)
    }

    /// Writes the original anew after a change, with the `v` that it had.
    fn rewrite(&mut self) {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{}", self.print());
    }

    fn with_pre(&self, pre: &str) -> Result<Self, String> {
        let mut bytes = [b"-", pre.as_bytes()].concat();
        let mut rest = &mut bytes[..] as &[u8];
        let parts = if pre.is_empty() { Some(String::new()) } else { identifiers(&mut rest, b'-') };
        let parts = parts.filter(|_| rest.is_empty() || pre.is_empty());
        let parts = parts.ok_or("invalid prerelease string")?;
        if parts.split('.').any(is_padded) {
            return Err(STARTS_WITH_ZERO.to_owned());
        }
        let mut next = Self { pre: parts, is_pointer: false, ..self.clone() };
        next.rewrite();
        Ok(next)
    }

    fn with_metadata(&self, metadata: &str) -> Result<Self, String> {
        let bytes = [b"+", metadata.as_bytes()].concat();
        let mut rest = bytes.as_slice();
        let parts =
            if metadata.is_empty() { Some(String::new()) } else { identifiers(&mut rest, b'+') };
        let parts = parts.filter(|_| rest.is_empty() || metadata.is_empty());
        let metadata = parts.ok_or("invalid metadata string")?;
        let mut next = Self { metadata, is_pointer: false, ..self.clone() };
        next.rewrite();
        Ok(next)
    }
}

impl Object for Version {
    fn type_name(&self) -> &str {
        if self.is_pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn kind(&self) -> &'static str {
        if self.is_pointer { "ptr" } else { "struct" }
    }

    /// Numbers are uint64 in Go; here they are int64, which compares and prints alike.
    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let number = |it: u64| Value::int64(i64::try_from(it).unwrap_or(i64::MAX));
        let overflow = |what: &str| format!("{what} version increment would overflow uint64");
        let next = |it: u64, what: &str| it.checked_add(1).ok_or_else(|| overflow(what));
        Some(match method {
            "Major" => Ok(number(self.major)),
            "Minor" => Ok(number(self.minor)),
            "Patch" => Ok(number(self.patch)),
            "Prerelease" => Ok(Value::string(self.pre.as_str())),
            "Metadata" => Ok(Value::string(self.metadata.as_str())),
            "Original" => Ok(Value::string(self.original.as_str())),
            "String" => Ok(Value::string(self.print())),
            "Compare" => other(args).map(|it| Value::int(self.compare(it) as i64)),
            "Equal" => other(args).map(|it| Value::bool(self.compare(it).is_eq())),
            "LessThan" => other(args).map(|it| Value::bool(self.compare(it).is_lt())),
            "LessThanEqual" => other(args).map(|it| Value::bool(self.compare(it).is_le())),
            "GreaterThan" => other(args).map(|it| Value::bool(self.compare(it).is_gt())),
            "GreaterThanEqual" => other(args).map(|it| Value::bool(self.compare(it).is_ge())),
            "IncPatch" => self
                .raised(|it| {
                    // The patch of a pre-release is the one that it leads to.
                    if it.pre.is_empty() {
                        it.patch = next(it.patch, "patch")?;
                    }
                    Ok(())
                })
                .map(Value::object),
            "IncMinor" => self
                .raised(|it| {
                    (it.minor, it.patch) = (next(it.minor, "minor")?, 0);
                    Ok(())
                })
                .map(Value::object),
            "IncMajor" => self
                .raised(|it| {
                    (it.major, it.minor, it.patch) = (next(it.major, "major")?, 0, 0);
                    Ok(())
                })
                .map(Value::object),
            "SetPrerelease" => text(args).and_then(|it| self.with_pre(&it)).map(Value::object),
            "SetMetadata" => text(args).and_then(|it| self.with_metadata(&it)).map(Value::object),
            _ => return None,
        })
    }

    fn print(&self) -> String {
        let mut text = format!("{}.{}.{}", self.major, self.minor, self.patch);
        for (mark, part) in [('-', &self.pre), ('+', &self.metadata)] {
            if !part.is_empty() {
                text.push(mark);
                text.push_str(part);
            }
        }
        text
    }

    fn plain(&self) -> Value {
        Value::string(self.print())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The version that a method is given.
fn other(args: &[Value]) -> Result<&Version, String> {
    let version = match args.first().map(|it| &it.data) {
        Some(Data::Object(object)) => object.as_any().downcast_ref(),
        _ => None,
    };
    version.ok_or_else(|| "the argument is no *semver.Version".to_owned())
}

fn text(args: &[Value]) -> Result<String, String> {
    let text = args.first().and_then(Value::as_text);
    text.map(|it| it.lossy().into_owned()).ok_or_else(|| "the argument is no string".to_owned())
}

/// Takes bytes as long as they belong, but not none.
pub(super) fn taken<'t>(rest: &mut &'t [u8], belongs: fn(u8) -> bool) -> Option<&'t [u8]> {
    let size = rest.iter().take_while(|it| belongs(**it)).count();
    let (taken, behind) = rest.split_at_checked(size).filter(|(it, _)| !it.is_empty())?;
    *rest = behind;
    Some(taken)
}

/// `-beta.1` after its mark; empty without one, `None` where nothing good follows it.
fn identifiers(rest: &mut &[u8], mark: u8) -> Option<String> {
    let Some((_, mut behind)) = rest.split_first().filter(|(it, _)| **it == mark) else {
        return Some(String::new());
    };
    let start = behind;
    loop {
        taken(&mut behind, is_identifier)?;
        match behind.strip_prefix(b".") {
            Some(next) => behind = next,
            None => break,
        }
    }
    *rest = behind;
    Some(String::from_utf8_lossy(&start[..start.len() - behind.len()]).into_owned())
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

pub(super) fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn segment(digits: &[u8]) -> Result<u64, String> {
    if digits.is_empty() {
        return Ok(0);
    }
    parse_uint(digits, 10).map_err(|error: NumError| {
        let quoted = String::from_utf8_lossy(&fmt::quote(digits)).into_owned();
        format!("error parsing version segment: {}", error.message("ParseUint", &quoted))
    })
}

/// Whether a number has a zero before it.
fn is_padded(identifier: &str) -> bool {
    identifier.len() > 1
        && identifier.starts_with('0')
        && identifier.bytes().all(|it| it.is_ascii_digit())
}

/// Identifier by identifier: numbers by size and before words, words bytewise, fewer first.
pub(super) fn compare_pre(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => compare_part(left.unwrap_or(""), right.unwrap_or("")),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_part(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    match (left.is_empty(), right.is_empty()) {
        (true, _) => return Ordering::Less,
        (_, true) => return Ordering::Greater,
        _ => {}
    }
    match (parse_uint(left.as_bytes(), 10), parse_uint(right.as_bytes(), 10)) {
        (Err(_), Err(_)) => left.cmp(right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Ok(left), Ok(right)) if left > right => Ordering::Greater,
        (Ok(_), Ok(_)) => Ordering::Less,
    }
}
