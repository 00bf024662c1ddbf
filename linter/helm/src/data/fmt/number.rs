//! Numbers as Go writes them: strconv.FormatFloat, and fmt's integers with their flags (Go 1.26).

use std::fmt::Write;

/// The smallest f64 has 1074 digits behind the point; all further ones are zeros.
const MAX_EXACT_DIGITS: usize = 1100;

/// A float as `strconv.FormatFloat` writes it.
///
/// `verb` is one of `e`, `E`, `f`, `g`, `G`, `x`, `X` and `b`. Without a precision the digits are
/// the fewest that still name this number of 32 or 64 `bits`.
pub(crate) fn float(value: f64, verb: u8, precision: Option<usize>, bits: u32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let mut out = String::with_capacity(24);
    if value.is_sign_negative() {
        out.push('-');
    }
    let value = value.abs();
    match verb {
        b'b' => binary(&mut out, value, bits),
        b'x' | b'X' => hexadecimal(&mut out, value, verb == b'X', precision),
        b'e' | b'E' => {
            let digits = Digits::of(value, precision.map(|it| it + 1), bits);
            let precision = precision.unwrap_or(digits.digits.len().saturating_sub(1));
            digits.scientific(&mut out, precision, verb as char);
        }
        b'f' => match precision {
            None => {
                let digits = Digits::of(value, None, bits);
                let behind = (digits.digits.len() as i32 - digits.point).max(0);
                digits.positional(&mut out, behind as usize);
            }
            Some(precision) => {
                let exact = precision.min(MAX_EXACT_DIGITS);
                write!(out, "{value:.exact$}").ok();
                out.extend(std::iter::repeat_n('0', precision - exact));
            }
        },
        _ => general(&mut out, value, verb, precision, bits),
    }
    out
}

/// `%g`: whichever of the two forms fits the size.
fn general(out: &mut String, value: f64, verb: u8, precision: Option<usize>, bits: u32) {
    let precision = precision.map(|it| it.clamp(1, MAX_EXACT_DIGITS));
    let digits = Digits::of(value, precision, bits);
    let count = digits.digits.len() as i32;
    let wanted = precision.map_or(count, |it| it as i32);
    let threshold = match precision {
        None => 6,
        Some(_) if wanted > count && count >= digits.point => count,
        Some(_) => wanted,
    };
    let exponent = digits.point - 1;
    if exponent < -4 || exponent >= threshold {
        let behind = wanted.min(count).max(1) - 1;
        digits.scientific(out, behind as usize, if verb == b'G' { 'E' } else { 'e' });
        return;
    }
    let wanted = if wanted > digits.point { count } else { wanted };
    digits.positional(out, (wanted - digits.point).max(0) as usize);
}

/// The decimal digits of a number, without zeros at the end: `0.d1d2d3... * 10^point`.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

impl Digits {
    /// So many significant digits, correctly rounded; or the fewest that name the number.
    fn of(value: f64, count: Option<usize>, bits: u32) -> Self {
        if value == 0.0 {
            return Self { digits: Vec::new(), point: 0 };
        }
        let text = match count {
            Some(count) => {
                let behind = count.clamp(1, MAX_EXACT_DIGITS) - 1;
                format!("{value:.behind$e}")
            }
            None if bits == 32 => format!("{:e}", value as f32),
            None => format!("{value:e}"),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        Self { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }
    }

    fn digit(&self, index: usize) -> char {
        self.digits.get(index).map_or('0', |it| char::from(*it))
    }

    /// `d.ddde+dd`.
    fn scientific(&self, out: &mut String, behind: usize, letter: char) {
        out.push(self.digit(0));
        if behind > 0 {
            out.push('.');
            out.extend((1..=behind).map(|it| self.digit(it)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{letter}{sign}{:02}", exponent.abs()).ok();
    }

    /// `ddd.ddd`.
    fn positional(&self, out: &mut String, behind: usize) {
        if self.point > 0 {
            out.extend((0..self.point as usize).map(|it| self.digit(it)));
        } else {
            out.push('0');
        }
        if behind > 0 {
            out.push('.');
            out.extend((0..behind as i32).map(|it| match usize::try_from(self.point + it) {
                Ok(index) => self.digit(index),
                Err(_) => '0',
            }));
        }
    }
}

/// Mantissa and exponent: the number is `mantissa * 2^exponent`.
fn parts(value: f64, bits: u32) -> (u64, i32) {
    let (mantissa, exponent, width, bias) = if bits == 32 {
        let raw = (value as f32).to_bits();
        (u64::from(raw & 0x7f_ffff), (raw >> 23 & 0xff) as i32, 23, 127)
    } else {
        let raw = value.to_bits();
        (raw & 0xf_ffff_ffff_ffff, (raw >> 52 & 0x7ff) as i32, 52, 1023)
    };
    match exponent {
        0 => (mantissa, 1 - bias - width),
        _ => (mantissa | 1 << width, exponent - bias - width),
    }
}

/// `%b`: `4503599627370496p-52`.
fn binary(out: &mut String, value: f64, bits: u32) {
    let (mantissa, exponent) = parts(value, bits);
    let sign = if exponent >= 0 { "+" } else { "" };
    write!(out, "{mantissa}p{sign}{exponent}").ok();
}

/// `%x`: `0x1.8p+01`.
fn hexadecimal(out: &mut String, value: f64, upper: bool, precision: Option<usize>) {
    const ONE: u64 = 1 << 60;
    let (mut mantissa, mut exponent) = parts(value, 64);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // The leading bit goes to bit 60, so that 15 hexadecimal digits are behind it.
        let shift = mantissa.leading_zeros() as i32 - 3;
        mantissa <<= shift;
        exponent += 60 - shift;
    }
    if let Some(precision) = precision
        && precision < 15
    {
        let kept = 4 * precision as u32;
        let rest = mantissa << kept & (ONE - 1);
        mantissa >>= 60 - kept;
        if rest | mantissa & 1 > ONE >> 1 {
            mantissa += 1;
        }
        mantissa <<= 60 - kept;
        if mantissa & ONE << 1 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let digit = |it: u64| {
        let digit = char::from_digit((it >> 60 & 15) as u32, 16).unwrap_or('0');
        if upper { digit.to_ascii_uppercase() } else { digit }
    };
    out.push_str(if upper { "0X" } else { "0x" });
    out.push(digit(mantissa & ONE));
    mantissa <<= 4;
    let behind = precision.unwrap_or_else(|| (67 - mantissa.trailing_zeros() as usize) / 4);
    if behind > 0 && (precision.is_some() || mantissa != 0) {
        out.push('.');
        for _ in 0..behind {
            out.push(digit(mantissa));
            mantissa <<= 4;
        }
    }
    let letter = if upper { 'P' } else { 'p' };
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{letter}{sign}{:02}", exponent.abs()).ok();
}
