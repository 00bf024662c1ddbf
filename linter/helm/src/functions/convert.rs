//! Numbers from values and texts: Go's `strconv` and spf13/cast v1.7.0, which sprig's arithmetic is
//! built on. Whatever is no number counts as 0 there.

use super::times::NamedInt;
use crate::value::{Data, Object, Value};

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumError {
    Syntax,
    Range,
}

impl NumError {
    /// Go's `strconv.NumError` of a function.
    pub(super) fn message(self, function: &str, quoted: &str) -> String {
        let why = match self {
            NumError::Syntax => "invalid syntax",
            NumError::Range => "value out of range",
        };
        format!("strconv.{function}: parsing {quoted}: {why}")
    }
}

/// `cast.ToInt64`.
pub(super) fn to_int64(value: &Value) -> i64 {
    match &value.data {
        Data::Bool(it) => i64::from(*it),
        Data::Int(it) | Data::Int64(it) => *it,
        Data::Float(it) => truncated(*it),
        Data::Text(it) => parse_int(without_zero_decimals(it.bytes()), 0).unwrap_or(0),
        Data::Object(it) => named_int(&**it).unwrap_or(0),
        Data::Nil | Data::Bytes(_) | Data::List(_) | Data::Map(_) => 0,
    }
}

/// `cast.ToFloat64`.
pub(super) fn to_float64(value: &Value) -> f64 {
    match &value.data {
        Data::Bool(it) => f64::from(u8::from(*it)),
        Data::Int(it) | Data::Int64(it) => *it as f64,
        Data::Float(it) => *it,
        Data::Text(it) => parse_float(it.bytes()).unwrap_or(0.0),
        Data::Object(it) => named_int(&**it).unwrap_or(0) as f64,
        Data::Nil | Data::Bytes(_) | Data::List(_) | Data::Map(_) => 0.0,
    }
}

/// Months and weekdays are the only objects that cast takes for numbers.
fn named_int(object: &dyn Object) -> Option<i64> {
    object.as_any().downcast_ref::<NamedInt>().map(|it| it.value)
}

/// A float64 as an int64 on amd64: what does not fit becomes the smallest number.
pub(super) fn truncated(float: f64) -> i64 {
    // 2^63 itself does not fit, its negative does.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&float) { float as i64 } else { i64::MIN }
}

/// `1.00` to `1`: zeros behind a point are no reason not to be whole.
fn without_zero_decimals(text: &[u8]) -> &[u8] {
    let zeros = text.iter().rev().take_while(|it| **it == b'0').count();
    match text[..text.len() - zeros].split_last() {
        Some((b'.', whole)) if zeros > 0 => whole,
        _ => text,
    }
}

/// `strconv.ParseInt(text, base, 64)`; base 0 goes by the prefix and takes underscores.
pub(super) fn parse_int(text: &[u8], base: u32) -> Result<i64, NumError> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits, base)?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).ok_or(NumError::Range);
    }
    i64::try_from(magnitude).map_err(|_| NumError::Range)
}

/// `strconv.ParseUint(text, base, 64)`.
pub(super) fn parse_uint(text: &[u8], base: u32) -> Result<u64, NumError> {
    if text.is_empty() {
        return Err(NumError::Syntax);
    }
    let (radix, digits, underscores) = match (base, text) {
        (0, [b'0', prefix, ..]) if text.len() >= 3 => match prefix.to_ascii_lowercase() {
            b'x' => (16, &text[2..], true),
            b'o' => (8, &text[2..], true),
            b'b' => (2, &text[2..], true),
            _ => (8, &text[1..], true),
        },
        (0, [b'0', digits @ ..]) if !digits.is_empty() => (8, digits, true),
        (0, _) => (10, text, true),
        _ => (base, text, false),
    };
    if underscores && !underscores_separate_digits(text) {
        return Err(NumError::Syntax);
    }
    let mut number = 0u64;
    let mut fits = true;
    for digit in digits.iter().filter(|it| !(underscores && **it == b'_')) {
        let digit = char::from(*digit).to_digit(radix).ok_or(NumError::Syntax)?;
        match number.checked_mul(u64::from(radix)).and_then(|it| it.checked_add(u64::from(digit))) {
            Some(next) => number = next,
            // A wrong digit further on counts more than the size.
            None => fits = false,
        }
    }
    if fits { Ok(number) } else { Err(NumError::Range) }
}

/// Whether each underscore stands between digits, the prefix counting as one.
fn underscores_separate_digits(text: &[u8]) -> bool {
    let (mut before, hex) = match text {
        [b'0', b'x' | b'X', ..] => (b'0', true),
        [b'0', b'b' | b'B' | b'o' | b'O', ..] => (b'0', false),
        _ => (b'^', false),
    };
    let digits = if before == b'0' { &text[2..] } else { text };
    for byte in digits {
        let kind = match byte {
            b'_' => b'_',
            b'0'..=b'9' => b'0',
            b'a'..=b'f' | b'A'..=b'F' if hex => b'0',
            _ => b'!',
        };
        if (kind == b'_' && before != b'0') || (before == b'_' && kind != b'0') {
            return false;
        }
        before = kind;
    }
    before != b'_'
}

/// `strconv.ParseFloat(text, 64)`.
pub(super) fn parse_float(text: &[u8]) -> Result<f64, NumError> {
    let (sign, unsigned) = match text.split_first() {
        Some((b'-', rest)) => (-1.0, rest),
        Some((b'+', rest)) => (1.0, rest),
        _ => (1.0, text),
    };
    if let [b'0', b'x' | b'X', digits @ ..] = unsigned {
        if !underscores_separate_digits(unsigned) {
            return Err(NumError::Syntax);
        }
        return hex_float(digits).map(|it| sign * it);
    }
    let without_underscores: Vec<u8>;
    let mut digits = unsigned;
    if unsigned.contains(&b'_') {
        if !underscores_separate_digits(unsigned) {
            return Err(NumError::Syntax);
        }
        without_underscores = unsigned.iter().copied().filter(|it| *it != b'_').collect();
        digits = &without_underscores;
    }
    let unsigned = std::str::from_utf8(digits).map_err(|_| NumError::Syntax)?;
    match unsigned.bytes().next() {
        Some(b'0'..=b'9' | b'.') => {}
        Some(b'i' | b'I') => {
            let infinite = ["inf", "infinity"].iter().any(|it| unsigned.eq_ignore_ascii_case(it));
            return if infinite { Ok(sign * f64::INFINITY) } else { Err(NumError::Syntax) };
        }
        Some(b'n' | b'N') if sign > 0.0 && text.first() != Some(&b'+') => {
            let none = unsigned.eq_ignore_ascii_case("nan");
            return if none { Ok(f64::NAN) } else { Err(NumError::Syntax) };
        }
        _ => return Err(NumError::Syntax),
    }
    let number: f64 = unsigned.parse().map_err(|_| NumError::Syntax)?;
    if number.is_finite() { Ok(sign * number) } else { Err(NumError::Range) }
}

/// The rest of `0x1.8p3`: hexadecimal digits with a point, and a binary exponent that must be there.
fn hex_float(text: &[u8]) -> Result<f64, NumError> {
    let split = text.iter().position(|it| matches!(it, b'p' | b'P')).ok_or(NumError::Syntax)?;
    let (digits, exponent) = (&text[..split], &text[split + 1..]);
    let exponent = exponent.strip_prefix(b"+").unwrap_or(exponent);
    let well_formed = exponent.strip_prefix(b"-").unwrap_or(exponent);
    if well_formed.is_empty() || !well_formed.iter().all(u8::is_ascii_digit) {
        return Err(NumError::Syntax);
    }
    // An exponent out of range leads to zero or infinity all the same.
    let exponent = parse_int(exponent, 10).unwrap_or(if exponent.first() == Some(&b'-') {
        i64::from(i32::MIN)
    } else {
        i64::from(i32::MAX)
    });
    let (mut mantissa, mut scale) = (0u64, exponent);
    let (mut seen_digit, mut seen_point) = (false, false);
    for byte in digits.iter().filter(|it| **it != b'_') {
        if *byte == b'.' {
            if std::mem::replace(&mut seen_point, true) {
                return Err(NumError::Syntax);
            }
            continue;
        }
        let digit = char::from(*byte).to_digit(16).ok_or(NumError::Syntax)?;
        seen_digit = true;
        if mantissa >> 58 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            scale = scale.saturating_sub(if seen_point { 4 } else { 0 });
        } else {
            // Beyond the precision a digit counts only for rounding.
            mantissa |= u64::from(digit != 0);
            scale = scale.saturating_add(if seen_point { 0 } else { 4 });
        }
    }
    if !seen_digit {
        return Err(NumError::Syntax);
    }
    let mut number = mantissa as f64;
    let mut scale = scale.clamp(-4000, 4000) as i32;
    // In steps, because 2^scale alone may be out of range.
    while scale != 0 && number != 0.0 && number.is_finite() {
        let step = scale.clamp(-1000, 1000);
        number *= 2f64.powi(step);
        scale -= step;
    }
    if number.is_finite() { Ok(number) } else { Err(NumError::Range) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::arguments::testing::{f, s};

    #[test]
    fn integers_are_read_by_their_prefix() {
        let table: [(&str, Result<i64, NumError>); 17] = [
            ("12", Ok(12)),
            ("-7", Ok(-7)),
            ("+7", Ok(7)),
            ("012", Ok(10)),
            ("0o12", Ok(10)),
            ("0x1f", Ok(31)),
            ("0b11", Ok(3)),
            ("1_000", Ok(1000)),
            ("0_7", Ok(7)),
            ("0", Ok(0)),
            ("1__0", Err(NumError::Syntax)),
            ("_1", Err(NumError::Syntax)),
            ("08", Err(NumError::Syntax)),
            ("0x", Err(NumError::Syntax)),
            ("", Err(NumError::Syntax)),
            ("9223372036854775808", Err(NumError::Range)),
            ("-9223372036854775808", Ok(i64::MIN)),
        ];
        for (text, expected) in table {
            assert_eq!(parse_int(text.as_bytes(), 0), expected, "{text:?}");
        }
        assert_eq!(parse_int(b"012", 10), Ok(12));
        assert_eq!(parse_int(b"1_0", 10), Err(NumError::Syntax));
        assert_eq!(parse_int(b"777", 8), Ok(511));
    }

    #[test]
    fn floats_are_read_as_go_reads_them() {
        let table: [(&str, Result<f64, NumError>); 16] = [
            ("1.5", Ok(1.5)),
            (".5", Ok(0.5)),
            ("5.", Ok(5.0)),
            ("-1e3", Ok(-1000.0)),
            ("+Inf", Ok(f64::INFINITY)),
            ("infinity", Ok(f64::INFINITY)),
            ("0x1p10", Ok(1024.0)),
            ("0x1.8p1", Ok(3.0)),
            ("0x.8p-1", Ok(0.25)),
            ("0x1", Err(NumError::Syntax)),
            ("1e400", Err(NumError::Range)),
            ("0x1p2000", Err(NumError::Range)),
            ("1_000.5", Ok(1000.5)),
            ("1_.5", Err(NumError::Syntax)),
            (" 1", Err(NumError::Syntax)),
            ("-nan", Err(NumError::Syntax)),
        ];
        for (text, expected) in table {
            assert_eq!(parse_float(text.as_bytes()), expected, "{text:?}");
        }
        assert!(parse_float(b"NaN").is_ok_and(f64::is_nan));
    }

    #[test]
    fn values_become_whole_numbers() {
        let table = [
            (s("1.0"), 1),
            (s("1.00"), 1),
            (s("1.9"), 0),
            (s("100"), 100),
            (s("x"), 0),
            (f(-1.9), -1),
            (f(1e21), i64::MIN),
            (f(f64::NAN), i64::MIN),
            (Value::bool(true), 1),
            (Value::nil(), 0),
        ];
        for (value, expected) in table {
            assert_eq!(to_int64(&value), expected, "{value:?}");
        }
    }
}
