//! Values of literals.

use std::borrow::Cow;

/// The value of a string literal with its quotes; raw ones without carriage returns, as the
/// specification says.
pub(super) fn unquote(literal: &str) -> Cow<'_, str> {
    if let Some(raw) = literal.strip_prefix('`') {
        let raw = raw.strip_suffix('`').unwrap_or(raw);
        return if raw.contains('\r') { raw.replace('\r', "").into() } else { raw.into() };
    }
    let body = literal.strip_prefix('"').unwrap_or(literal);
    let body = body.strip_suffix('"').unwrap_or(body);
    if body.contains('\\') { unescape(body).into() } else { body.into() }
}

fn unescape(body: &str) -> String {
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let Some(kind) = rest.chars().next() else { break };
        let (used, value) = match kind {
            'n' => (1, Escape::Byte(b'\n')),
            't' => (1, Escape::Byte(b'\t')),
            'r' => (1, Escape::Byte(b'\r')),
            'a' => (1, Escape::Byte(7)),
            'b' => (1, Escape::Byte(8)),
            'f' => (1, Escape::Byte(12)),
            'v' => (1, Escape::Byte(11)),
            'x' => digits(rest, 1, 2, 16, true),
            'u' => digits(rest, 1, 4, 16, false),
            'U' => digits(rest, 1, 8, 16, false),
            '0'..='7' => digits(rest, 0, 3, 8, true),
            other => (other.len_utf8(), Escape::Char(other)),
        };
        match value {
            Escape::Byte(byte) => bytes.push(byte),
            Escape::Char(value) => {
                bytes.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        rest = rest.get(used..).unwrap_or("");
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

enum Escape {
    Byte(u8),
    Char(char),
}

fn digits(rest: &str, start: usize, count: usize, radix: u32, byte: bool) -> (usize, Escape) {
    let value = rest.get(start..start + count).and_then(|it| u32::from_str_radix(it, radix).ok());
    let escape = match value {
        Some(value) if byte => Escape::Byte(value as u8),
        Some(value) => Escape::Char(char::from_u32(value).unwrap_or('\u{fffd}')),
        None => return (1, Escape::Char('\u{fffd}')),
    };
    (start + count, escape)
}

/// The value of an integer literal, when it fits.
pub(super) fn integer(literal: &str) -> Option<i64> {
    let plain: Cow<'_, str> =
        if literal.contains('_') { literal.replace('_', "").into() } else { literal.into() };
    let lower = plain.to_ascii_lowercase();
    let (digits, radix) = if let Some(hex) = lower.strip_prefix("0x") {
        (hex, 16)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (binary, 2)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (octal, 8)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    i64::from_str_radix(digits, radix).ok()
}

/// The code point of a rune literal.
pub(super) fn rune(literal: &str) -> Option<i64> {
    let body = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let value = if body.starts_with('\\') { unescape(body) } else { body.to_owned() };
    value.chars().next().map(|it| i64::from(u32::from(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_go_reads_them() {
        for (literal, expected) in [
            (r#""plain""#, "plain"),
            (r#""a\tb\n""#, "a\tb\n"),
            (r#""\x41\u00e9\101\"\\""#, "AéA\"\\"),
            ("`raw \\n\r\n`", "raw \\n\n"),
            (r#""\xff""#, "\u{fffd}"),
            (r#""broken\"#, "broken"),
        ] {
            assert_eq!(unquote(literal), expected, "{literal}");
        }
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (literal, expected) in [
            ("0", Some(0)),
            ("1_000", Some(1000)),
            ("0x10", Some(16)),
            ("0b101", Some(5)),
            ("0o17", Some(15)),
            ("017", Some(15)),
            ("99999999999999999999", None),
        ] {
            assert_eq!(integer(literal), expected, "{literal}");
        }
        assert_eq!(rune("'a'"), Some(97));
        assert_eq!(rune(r"'\n'"), Some(10));
    }
}
