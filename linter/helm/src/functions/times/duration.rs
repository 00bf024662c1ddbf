//! Spans of time, `time.Duration`: nanoseconds in an int64.

use std::any::Any;

use super::quoted;
use crate::value::{Data, Object, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::functions) struct Duration(i64);

const SECOND: i64 = 1_000_000_000;

/// Units that Go reads; the micro sign and the Greek letter both stand for millionths.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl Duration {
    pub(in crate::functions) fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// Overflow wraps as in Go.
    pub(in crate::functions) fn from_seconds(seconds: i64) -> Self {
        Self(seconds.wrapping_mul(SECOND))
    }

    pub(in crate::functions) fn nanoseconds(self) -> i64 {
        self.0
    }

    /// How many units of so many nanoseconds: whole ones and a fraction, as Go adds them.
    pub(in crate::functions) fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }

    pub(in crate::functions) fn seconds(self) -> f64 {
        self.in_units(SECOND)
    }

    pub(in crate::functions) fn minutes(self) -> f64 {
        self.in_units(60 * SECOND)
    }

    pub(in crate::functions) fn hours(self) -> f64 {
        self.in_units(3600 * SECOND)
    }

    /// Go's `ParseDuration`: `1h15m30.918s`.
    ///
    /// # Errors
    /// In the words of Go.
    pub(in crate::functions) fn parse(text: &[u8]) -> Result<Self, String> {
        let (negative, mut rest) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            Some((b'+', rest)) => (false, rest),
            _ => (false, text),
        };
        if rest == b"0" {
            return Ok(Self(0));
        }
        let invalid = || format!("time: invalid duration {}", quoted(text));
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total = 0u64;
        while !rest.is_empty() {
            let part = part(&mut rest).map_err(|why| match why {
                BadPart::Invalid => invalid(),
                BadPart::NoUnit => format!("time: missing unit in duration {}", quoted(text)),
                BadPart::Unit(unit) => {
                    format!("time: unknown unit {} in duration {}", quoted(unit), quoted(text))
                }
            })?;
            let sum = total.checked_add(part).filter(|it| *it <= 1 << 63);
            total = sum.ok_or_else(invalid)?;
        }
        if negative {
            return Ok(Self((total as i64).wrapping_neg()));
        }
        i64::try_from(total).map(Self).map_err(|_| invalid())
    }

    /// To the nearest multiple, halves away from zero, cut to what fits.
    pub(in crate::functions) fn round(self, multiple: Self) -> Self {
        if multiple.0 <= 0 {
            return self;
        }
        let (duration, multiple) = (i128::from(self.0), i128::from(multiple.0));
        let rest = duration % multiple;
        let away = if rest.abs() * 2 < multiple { 0 } else { multiple * duration.signum() };
        let rounded = duration - rest + away;
        Self(rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// To a multiple, towards zero.
    pub(in crate::functions) fn truncate(self, multiple: Self) -> Self {
        if multiple.0 <= 0 { self } else { Self(self.0 - self.0 % multiple.0) }
    }
}

/// What is wrong with a part of a duration.
enum BadPart<'t> {
    Invalid,
    NoUnit,
    Unit(&'t [u8]),
}

/// Takes a number with its unit.
fn part<'t>(rest: &mut &'t [u8]) -> Result<u64, BadPart<'t>> {
    let whole = digits(rest);
    let fraction = match rest.strip_prefix(b".") {
        Some(behind) => {
            *rest = behind;
            digits(rest)
        }
        None => b"",
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(BadPart::Invalid);
    }
    let mut number = 0u64;
    for digit in whole {
        number = number
            .checked_mul(10)
            .and_then(|it| it.checked_add(u64::from(digit - b'0')))
            .filter(|it| *it <= 1 << 63)
            .ok_or(BadPart::Invalid)?;
    }
    let size = rest.iter().take_while(|it| !matches!(it, b'.' | b'0'..=b'9')).count();
    let (name, behind) = rest.split_at(size);
    *rest = behind;
    if name.is_empty() {
        return Err(BadPart::NoUnit);
    }
    let (_, unit) =
        UNITS.iter().find(|(it, _)| it.as_bytes() == name).ok_or(BadPart::Unit(name))?;
    let mut nanoseconds = number.checked_mul(*unit).filter(|it| *it <= 1 << 63);
    let (numerator, scale) = fraction_of(fraction);
    if numerator > 0 {
        let share = (numerator as f64 * (*unit as f64 / scale)) as u64;
        nanoseconds = nanoseconds.map(|it| it + share).filter(|it| *it <= 1 << 63);
    }
    nanoseconds.ok_or(BadPart::Invalid)
}

fn digits<'t>(rest: &mut &'t [u8]) -> &'t [u8] {
    let size = rest.iter().take_while(|it| it.is_ascii_digit()).count();
    let (digits, behind) = rest.split_at(size);
    *rest = behind;
    digits
}

/// Digits behind a point as a number and what it is to be divided by; digits that do not fit count
/// for nothing.
fn fraction_of(digits: &[u8]) -> (u64, f64) {
    let (mut number, mut scale) = (0u64, 1.0);
    for digit in digits {
        if number > i64::MAX as u64 / 10 {
            break;
        }
        let next = number * 10 + u64::from(digit - b'0');
        if next > 1 << 63 {
            break;
        }
        number = next;
        scale *= 10.0;
    }
    (number, scale)
}

/// A number of nanoseconds in a larger unit, with as many places as it needs.
fn with_fraction(nanoseconds: u64, unit: u64) -> String {
    let (whole, mut rest) = (nanoseconds / unit, nanoseconds % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let mut places = unit.ilog10() as usize;
    while rest % 10 == 0 {
        rest /= 10;
        places -= 1;
    }
    format!("{whole}.{rest:0places$}")
}

impl Object for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn kind(&self) -> &'static str {
        "int64"
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let multiple = || match args.first().map(|it| &it.data) {
            Some(Data::Object(object)) => object.as_any().downcast_ref::<Duration>().copied(),
            Some(Data::Int(it) | Data::Int64(it)) => Some(Duration(*it)),
            _ => None,
        };
        let multiple = || multiple().ok_or_else(|| "the argument is no duration".to_owned());
        Some(match method {
            "Nanoseconds" => Ok(Value::int64(self.0)),
            "Microseconds" => Ok(Value::int64(self.0 / 1_000)),
            "Milliseconds" => Ok(Value::int64(self.0 / 1_000_000)),
            "Seconds" => Ok(Value::float(self.seconds())),
            "Minutes" => Ok(Value::float(self.minutes())),
            "Hours" => Ok(Value::float(self.hours())),
            "Abs" => Ok(Value::object(Duration(self.0.saturating_abs()))),
            "Round" => multiple().map(|it| Value::object(self.round(it))),
            "Truncate" => multiple().map(|it| Value::object(self.truncate(it))),
            "String" => Ok(Value::string(self.print())),
            _ => return None,
        })
    }

    /// `72h3m0.5s`; below a second in a unit that leaves a number before the point.
    fn print(&self) -> String {
        let nanoseconds = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        match nanoseconds {
            0 => "0s".to_owned(),
            1..1_000 => format!("{sign}{nanoseconds}ns"),
            1_000..1_000_000 => format!("{sign}{}\u{b5}s", with_fraction(nanoseconds, 1_000)),
            1_000_000..1_000_000_000 => {
                format!("{sign}{}ms", with_fraction(nanoseconds, 1_000_000))
            }
            _ => {
                let minutes = nanoseconds / (60 * SECOND as u64);
                let rest = nanoseconds % (60 * SECOND as u64);
                let seconds = with_fraction(rest, SECOND as u64);
                match (minutes / 60, minutes % 60) {
                    (0, 0) => format!("{sign}{seconds}s"),
                    (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                    (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
                }
            }
        }
    }

    fn plain(&self) -> Value {
        Value::int64(self.0)
    }

    fn is_true(&self) -> bool {
        self.0 != 0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
