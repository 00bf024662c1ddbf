//! What a scalar means to Kubernetes: the resolver of go.yaml.in/yaml/v2 2.4.2 (`resolve.go`),
//! which sigs.k8s.io/yaml decodes with. YAML 1.1 without base 60, and timestamps stay strings.

use goready_model::NodeKind;

/// The tag of a scalar, as far as it decides what the scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    None,
    /// `!`: resolve it, whatever its style.
    NonSpecific,
    Str,
    Bool,
    Int,
    Float,
    Null,
    /// A timestamp stays a string.
    Timestamp,
    /// Base64, decoded by the reader.
    Binary,
    Merge,
    /// The reader's own type: a string.
    Other,
}

impl Tag {
    pub(crate) fn of(tag: Option<&granit_parser::Tag>) -> Self {
        let Some(tag) = tag else { return Self::None };
        if tag.handle().is_empty() && tag.suffix() == "!" {
            return Self::NonSpecific;
        }
        match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
            Some("str") => Self::Str,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("null") => Self::Null,
            Some("timestamp") => Self::Timestamp,
            Some("binary") => Self::Binary,
            Some("merge") => Self::Merge,
            _ => Self::Other,
        }
    }

    /// As people write it; for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None | Self::Other => "",
            Self::NonSpecific => "!",
            Self::Str => "!!str",
            Self::Bool => "!!bool",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Binary => "!!binary",
            Self::Merge => "!!merge",
        }
    }
}

/// A scalar with a tag that its text does not satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TagMismatch;

/// What a scalar is; `plain` says that it was written without quotes and not as a block.
pub(crate) fn resolve(text: &str, plain: bool, tag: Tag) -> Result<NodeKind, TagMismatch> {
    match tag {
        Tag::None if !plain => Ok(NodeKind::String),
        Tag::None | Tag::NonSpecific => Ok(untagged(text)),
        Tag::Str | Tag::Timestamp | Tag::Merge | Tag::Other => Ok(NodeKind::String),
        // The value is not the text, and nobody writes manifests with it: not known.
        Tag::Binary => Ok(NodeKind::Dynamic),
        Tag::Bool | Tag::Int | Tag::Float | Tag::Null => match (tag, untagged(text)) {
            (Tag::Bool, kind @ NodeKind::Bool(_))
            | (Tag::Int, kind @ NodeKind::Int(_))
            | (Tag::Float, kind @ NodeKind::Float(_))
            | (Tag::Null, kind @ NodeKind::Null) => Ok(kind),
            (Tag::Float, NodeKind::Int(value)) => Ok(NodeKind::Float(value as f64)),
            _ => Err(TagMismatch),
        },
    }
}

pub(crate) fn untagged(text: &str) -> NodeKind {
    let Some(first) = text.as_bytes().first() else { return NodeKind::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text).unwrap_or(NodeKind::String)
        }
        b'.' => word(text)
            .or_else(|| dotted_float(text).map(NodeKind::Float))
            .unwrap_or(NodeKind::String),
        b'+' | b'-' | b'0'..=b'9' => {
            word(text).or_else(|| number(text)).unwrap_or(NodeKind::String)
        }
        _ => NodeKind::String,
    }
}

/// The words of resolve.go's `resolveMap`.
fn word(text: &str) -> Option<NodeKind> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            NodeKind::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            NodeKind::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        ".nan" | ".NaN" | ".NAN" => NodeKind::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => NodeKind::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => NodeKind::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// A scalar that starts with a digit or a sign.
fn number(text: &str) -> Option<NodeKind> {
    let without_underscores;
    let plain = if text.contains('_') {
        without_underscores = text.replace('_', "");
        without_underscores.as_str()
    } else {
        text
    };
    integer(plain).or_else(|| decimal_float(plain).map(NodeKind::Float)).or_else(|| {
        // `0b` once more, with a sign behind the prefix, which resolve.go lets through.
        let digits = plain.strip_prefix("0b")?;
        i64::from_str_radix(digits, 2).ok().map(NodeKind::Int)
    })
}

/// `strconv.ParseInt(text, 0, 64)`, then `strconv.ParseUint(text, 0, 64)`.
fn integer(text: &str) -> Option<NodeKind> {
    let (negative, unsigned, signed) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..], true),
        b'+' => (false, &text[1..], true),
        _ => (false, text, false),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    // `from_str_radix` would take a sign of its own.
    if !digits.bytes().all(|it| it.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let value =
        if negative { 0i64.checked_sub_unsigned(magnitude) } else { magnitude.try_into().ok() };
    match value {
        Some(value) => Some(NodeKind::Int(value)),
        None if !signed => Some(NodeKind::Float(magnitude as f64)),
        None => None,
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, and in the range of a float.
fn decimal_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |it: &str| it.len() - it.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if whole == 0 && length == 0 {
            return None;
        }
        rest = &fraction[length..];
    } else if whole == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let length = digits(exponent);
        if length == 0 || length != exponent.len() {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    // Go calls an overflow an error, and the scalar stays a string.
    text.parse().ok().filter(|it: &f64| it.is_finite())
}

/// `strconv.ParseFloat` of a text that starts with a dot: underscores stand between digits only.
fn dotted_float(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return decimal_float(text);
    }
    let is_digit = |at: Option<usize>| {
        at.and_then(|it| text.as_bytes().get(it)).is_some_and(u8::is_ascii_digit)
    };
    let separates_digits = text
        .match_indices('_')
        .all(|(at, _)| is_digit(at.checked_sub(1)) && is_digit(at.checked_add(1)));
    if separates_digits { decimal_float(&text.replace('_', "")) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> NodeKind {
        resolve(text, true, Tag::None).unwrap()
    }

    #[test]
    fn words_are_those_of_yaml_1_1() {
        for text in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            assert_eq!(plain(text), NodeKind::Bool(true), "{text}");
        }
        for text in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            assert_eq!(plain(text), NodeKind::Bool(false), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), NodeKind::Null, "{text}");
        }
        for text in ["yEs", "nULL", "tRUE", "oN", "Null ", "yes!", "none"] {
            assert_eq!(plain(text), NodeKind::String, "{text}");
        }
    }

    #[test]
    fn integers_are_those_of_go_base_zero() {
        for (text, value) in [
            ("0", 0),
            ("10", 10),
            ("+1", 1),
            ("-1", -1),
            ("010", 8),
            ("0o10", 8),
            ("0O10", 8),
            ("0644", 420),
            ("0x10", 16),
            ("-0X1f", -31),
            ("0b11", 3),
            ("0b-1", -1),
            ("1_000", 1000),
            ("1__0_", 10),
            ("0x_1", 1),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(plain(text), NodeKind::Int(value), "{text}");
        }
    }

    #[test]
    fn floats_are_decimal_and_large_integers_join_them() {
        for (text, value) in [
            (".5", 0.5),
            ("1.", 1.0),
            ("+.5", 0.5),
            ("1e3", 1000.0),
            ("1.5E-1", 0.15),
            ("08", 8.0),
            ("8080.0", 8080.0),
            ("1_0.5", 10.5),
            (".5_0", 0.5),
            (".5e1_0", 5e9),
            ("18446744073709551615", 18_446_744_073_709_551_615.0),
            ("-9223372036854775809", -9_223_372_036_854_775_809.0),
            (".inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
        ] {
            assert_eq!(plain(text), NodeKind::Float(value), "{text}");
        }
        assert!(matches!(plain(".nan"), NodeKind::Float(value) if value.is_nan()));
    }

    #[test]
    fn everything_else_is_a_string() {
        for text in [
            "12:30:00",
            "1:30",
            "2024-01-01",
            "2001-12-14t21:59:43.10-05:00",
            "1.2.3",
            "6e5a1b2",
            "12e4567",
            "1e400",
            "=",
            "<<",
            ".",
            "..",
            "-",
            "+",
            "-.",
            "1e",
            "1e+",
            "0x",
            "0o",
            "0b",
            "0b2",
            "0xg",
            "--1",
            "+-1",
            "0x-1",
            "1 000",
            "_1",
            "inf",
            "nan",
            "1.5e",
            "0x1p4",
            "+18446744073709551616x",
            "100m",
            "١",
        ] {
            assert_eq!(plain(text), NodeKind::String, "{text}");
        }
    }

    #[test]
    fn quotes_make_a_string_and_tags_decide_over_both() {
        assert_eq!(resolve("1", false, Tag::None), Ok(NodeKind::String));
        assert_eq!(resolve("1", true, Tag::Str), Ok(NodeKind::String));
        assert_eq!(resolve("", true, Tag::Str), Ok(NodeKind::String));
        assert_eq!(resolve("1", false, Tag::Int), Ok(NodeKind::Int(1)));
        assert_eq!(resolve("1", false, Tag::NonSpecific), Ok(NodeKind::Int(1)));
        assert_eq!(resolve("1", true, Tag::Float), Ok(NodeKind::Float(1.0)));
        assert_eq!(resolve("yes", true, Tag::Bool), Ok(NodeKind::Bool(true)));
        assert_eq!(resolve("abc", true, Tag::Int), Err(TagMismatch));
        assert_eq!(resolve("x", true, Tag::Null), Err(TagMismatch));
        assert_eq!(resolve("1", true, Tag::Other), Ok(NodeKind::String));
    }
}
