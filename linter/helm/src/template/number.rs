//! Number literals: what Go's parser makes of them (Go 1.26 text/template/parse/node.go
//! `newNumber`, strconv `ParseInt` and `ParseFloat`).

use super::{
    ast::Number,
    lexer::Kind,
    literal::{quote, unquote_char},
};

/// Reads a literal that the lexer took for a number or character constant.
///
/// # Errors
/// It is none, or overflows; in Go's words.
pub(super) fn number(text: &str, kind: Kind) -> Result<Number, String> {
    match kind {
        Kind::CharConstant => {
            let value = unquote_char(text)?;
            Ok(Number { is_char: true, ..integer(value) })
        }
        Kind::Complex => complex(text),
        _ => real(text),
    }
}

fn integer(value: i64) -> Number {
    Number {
        int: Some(value),
        uint: None,
        float: Some(value as f64),
        complex: None,
        written_as_int: true,
        is_char: false,
    }
}

fn real(text: &str) -> Result<Number, String> {
    if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
        return Ok(of_complex(0.0, imaginary));
    }
    let int = parse_int(text);
    let uint = parse_uint(text);
    if let Some(value) = int {
        return Ok(Number { written_as_int: written_as_int(text), ..integer(value) });
    }
    if uint.is_some() {
        return Ok(Number {
            int,
            uint,
            float: uint.map(|it| it as f64),
            complex: None,
            written_as_int: written_as_int(text),
            is_char: false,
        });
    }
    let Some(float) = parse_float(text) else {
        return Err(format!("illegal number syntax: {}", quote(text)));
    };
    // An integer that only a float can hold is a mistake.
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote(text)));
    }
    Ok(Number { written_as_int: written_as_int(text), ..of_float(float) })
}

/// What a float can be without loss.
fn of_float(float: f64) -> Number {
    Number {
        int: int_of(float),
        uint: uint_of(float).filter(|it| i64::try_from(*it).is_err()),
        float: Some(float),
        complex: None,
        written_as_int: false,
        is_char: false,
    }
}

fn of_complex(real: f64, imaginary: f64) -> Number {
    let complex = Some((real, imaginary));
    if imaginary == 0.0 {
        return Number { complex, ..of_float(real) };
    }
    Number { int: None, uint: None, float: None, complex, written_as_int: false, is_char: false }
}

fn complex(text: &str) -> Result<Number, String> {
    let number = text.strip_suffix('i').unwrap_or(text);
    // The sign in the middle is the last one that does not belong to an exponent.
    let middle = number.char_indices().skip(1).filter(|(at, it)| {
        let before = number.as_bytes().get(at - 1);
        matches!(it, '+' | '-') && !before.is_some_and(|it| matches!(it | 0x20, b'e' | b'p'))
    });
    let Some((middle, _)) = middle.last() else {
        return Err("syntax error scanning complex number".to_owned());
    };
    let (real, imaginary) = number.split_at(middle);
    let parts = parse_float(real).zip(parse_float(imaginary));
    let (real, imaginary) = parts.ok_or("syntax error scanning complex number")?;
    Ok(of_complex(real, imaginary))
}

/// Whether the constant is an int where nothing asks for a type (text/template/exec.go
/// `idealConstant`): the `e` of a hexadecimal int is a digit.
fn written_as_int(text: &str) -> bool {
    let hex_int = (text.starts_with("0x") || text.starts_with("0X")) && !text.contains(['p', 'P']);
    hex_int || !text.contains(['.', 'e', 'E', 'p', 'P'])
}

fn int_of(float: f64) -> Option<i64> {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float);
    (fits && float.fract() == 0.0).then_some(float as i64)
}

fn uint_of(float: f64) -> Option<u64> {
    let fits = (0.0..18_446_744_073_709_551_616.0).contains(&float);
    (fits && float.fract() == 0.0).then_some(float as u64)
}

/// `strconv.ParseInt(text, 0, 64)`.
fn parse_int(text: &str) -> Option<i64> {
    let magnitude = parse_uint(text.strip_prefix(['+', '-']).unwrap_or(text))?;
    if text.starts_with('-') {
        return 0_i64.checked_sub_unsigned(magnitude);
    }
    i64::try_from(magnitude).ok()
}

/// `strconv.ParseUint(text, 0, 64)`: a leading zero alone means octal.
fn parse_uint(text: &str) -> Option<u64> {
    let prefix = text.get(..2).filter(|_| text.len() >= 3).unwrap_or_default();
    let (radix, digits) = match (prefix, text.strip_prefix('0')) {
        ("0b" | "0B", _) => (2, &text[2..]),
        ("0o" | "0O", _) => (8, &text[2..]),
        ("0x" | "0X", _) => (16, &text[2..]),
        (_, Some("")) => return Some(0),
        (_, Some(digits)) => (8, digits),
        (_, None) => (10, text),
    };
    if digits.starts_with(['+', '-']) || !underscores_are_right(text) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// `strconv.ParseFloat(text, 64)`; nothing for a number that is out of range.
fn parse_float(text: &str) -> Option<f64> {
    if !underscores_are_right(text) {
        return None;
    }
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.as_bytes() {
        [b'-', ..] => (-1.0, &plain[1..]),
        [b'+', ..] => (1.0, &plain[1..]),
        _ => (1.0, plain.as_str()),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return Some(sign * parse_hex_float(hex)?);
    }
    // The standard library also reads words such as `inf`.
    if !digits.starts_with(|it: char| it.is_ascii_digit() || it == '.') {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then_some(sign * value)
}

/// Hexadecimal digits, perhaps with a point, and the exponent of two that must be there.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let magnitude = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if magnitude.is_empty() || !magnitude.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    // Larger exponents are all the same: nothing, or out of range.
    let magnitude: i64 = magnitude.parse().unwrap_or(i64::MAX).min(1 << 40);
    let mut exponent = if exponent.starts_with('-') { -magnitude } else { magnitude };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut mantissa: u64 = 0;
    for (index, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        let in_fraction = index >= whole.len();
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | digit;
            exponent -= if in_fraction { 4 } else { 0 };
        } else {
            // Only whether anything is lost counts, for rounding.
            mantissa |= u64::from(digit != 0);
            exponent += if in_fraction { 0 } else { 4 };
        }
    }
    scale(mantissa, exponent)
}

/// `mantissa * 2^exponent`, rounded once, to even; nothing if it is out of range.
fn scale(mut mantissa: u64, mut exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let shift = mantissa.leading_zeros();
    mantissa <<= shift;
    exponent -= i64::from(shift);
    // The value is 1.xxx * 2^(exponent + 63); a double keeps 53 bits, fewer below 2^-1022.
    let top = exponent + 63;
    if top > 1023 {
        return None;
    }
    let kept = if top >= -1022 { 53 } else { 53 - (-1022 - top) };
    if kept < 0 {
        return Some(0.0);
    }
    let dropped = 64 - kept as u32;
    let quotient = if dropped == 64 { 0 } else { mantissa >> dropped };
    let half = 1_u64 << (dropped - 1);
    let rest = if dropped == 64 { mantissa } else { mantissa & ((1 << dropped) - 1) };
    let up = rest > half || rest == half && quotient & 1 == 1;
    let rounded = quotient + u64::from(up);
    // Both factors are exact: the second one is a power of two in two parts, either in range.
    let power = exponent + i64::from(dropped);
    let (first, second) = (power / 2, power - power / 2);
    let value = rounded as f64 * 2_f64.powi(first as i32) * 2_f64.powi(second as i32);
    value.is_finite().then_some(value)
}

/// Underscores stand between digits, or behind the prefix of the base.
fn underscores_are_right(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let prefix = unsigned.get(..2).unwrap_or_default().to_ascii_lowercase();
    let based = matches!(prefix.as_str(), "0b" | "0o" | "0x");
    let hex = prefix == "0x";
    let digits = if based { &unsigned[2..] } else { unsigned };
    let is_digit = |it: u8| it.is_ascii_digit() || hex && it.is_ascii_hexdigit();
    let mut before = based;
    let mut bytes = digits.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'_' && !(before && bytes.peek().is_some_and(|it| is_digit(*it))) {
            return false;
        }
        before = is_digit(byte);
    }
    true
}
