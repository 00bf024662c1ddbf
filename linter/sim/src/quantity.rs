//! Resource quantities exactly as Kubernetes reads them
//! (kubernetes/apimachinery `pkg/api/resource/quantity.go`, v0.37).
//!
//! The value is kept in billionths, the smallest step Kubernetes knows; smaller parts round away
//! from zero, as there. How a quantity was spelled is not kept: the document has the text.

use goready_model::{Node, NodeKind};

/// Billionths in one unit.
const NANOS: i128 = 1_000_000_000;

/// An exact amount of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity {
    nanos: i128,
}

/// Why a text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuantityError {
    /// It does not have the form sign, digits, suffix.
    Format,
    /// Digits are fine, the suffix is not one of Kubernetes: `K`, `mi`, `1e`.
    Suffix,
}

impl Quantity {
    pub const ZERO: Self = Self { nanos: 0 };

    /// Reads a text as `resource.ParseQuantity` does: no blanks around it.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = Parts::of(text)?;
        let (base, exponent) = suffix_value(parts.suffix).ok_or(QuantityError::Suffix)?;
        let magnitude = parts.magnitude(base, exponent);
        Ok(Self { nanos: if parts.negative { -magnitude } else { magnitude } })
    }

    /// Reads a scalar of a manifest as the API server does: the JSON text of the value without
    /// its quotes, blanks around it trimmed, null as zero.
    ///
    /// `None` for what is not known and for lists and maps.
    pub fn of_node(node: Node<'_>) -> Option<Result<Self, QuantityError>> {
        Some(match node.kind() {
            NodeKind::Null => Ok(Self::ZERO),
            NodeKind::Int(value) => Ok(Self::from_units(value)),
            NodeKind::Float(value) if value.is_finite() => Self::parse(&value.to_string()),
            NodeKind::Float(_) | NodeKind::Bool(_) => Err(QuantityError::Format),
            NodeKind::String => Self::parse(trim(node.text())),
            NodeKind::Sequence | NodeKind::Mapping | NodeKind::Dynamic => return None,
        })
    }

    /// The quantity a scalar holds, when it is known and well formed.
    pub fn known(node: Node<'_>) -> Option<Self> {
        Self::of_node(node)?.ok()
    }

    pub fn from_units(units: i64) -> Self {
        Self { nanos: i128::from(units) * NANOS }
    }

    pub fn from_millis(millis: i64) -> Self {
        Self { nanos: i128::from(millis) * (NANOS / 1000) }
    }

    /// Whole units, parts rounded up (`Quantity.Value`); bounds of `i64` where it does not fit.
    pub fn units(self) -> i64 {
        saturate(div_ceil(self.nanos, NANOS))
    }

    /// Thousandths, parts rounded up (`Quantity.MilliValue`).
    pub fn millis(self) -> i64 {
        saturate(div_ceil(self.nanos, NANOS / 1000))
    }

    /// Billionths.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// For display and ratios, never for comparisons.
    pub fn as_f64(self) -> f64 {
        self.nanos as f64 / NANOS as f64
    }

    /// Whether it is a whole number as the API server checks it: by its thousandths.
    pub fn is_whole(self) -> bool {
        div_ceil(self.nanos, NANOS / 1000) % 1000 == 0
    }

    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(other.nanos) }
    }

    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self { nanos: self.nanos.saturating_sub(other.nanos) }
    }

    #[must_use]
    pub fn saturating_mul(self, factor: u32) -> Self {
        Self { nanos: self.nanos.saturating_mul(i128::from(factor)) }
    }
}

/// Blanks that Go trims and that JSON leaves as they are. A line break or tab inside the quotes
/// is escaped on the way (`"1Gi\n"`), so it stays and spoils the quantity.
fn trim(text: &str) -> &str {
    text.trim_matches(|it: char| {
        it.is_whitespace() && !it.is_ascii_control() && !matches!(it, '\u{2028}' | '\u{2029}')
    })
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// Division rounded away from zero, as `inf.RoundUp` does.
fn div_ceil(value: i128, by: i128) -> i128 {
    let whole = value / by;
    if value % by == 0 { whole } else { whole + value.signum() }
}

/// A quantity cut into its parts (`parseQuantityString`).
struct Parts<'a> {
    negative: bool,
    /// Digits before the point, leading zeros gone.
    numerator: &'a str,
    /// Digits behind the point.
    denominator: &'a str,
    suffix: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let negative = text.starts_with('-');
        let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (numerator, rest) = split_digits(rest.trim_start_matches('0'));
        let (denominator, suffix) = match rest.strip_prefix('.') {
            Some(rest) => split_digits(rest),
            None => ("", rest),
        };
        let exponent = suffix.trim_start_matches(|it| "eEinumkKMGTP".contains(it));
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if !exponent.bytes().all(|it| it.is_ascii_digit()) {
            return Err(QuantityError::Format);
        }
        Ok(Self { negative, numerator, denominator, suffix })
    }

    /// The absolute value in billionths, parts rounded up.
    fn magnitude(&self, base: Base, exponent: i32) -> i128 {
        let (digits, point, more) = self.digits(base);
        let exact = match base {
            Base::Ten => scaled(digits, more, exponent.saturating_add(9 - point), 0),
            Base::Two => scaled(digits, more, 9 - point, exponent),
        };
        if self.is_fast(base, exponent) { exact } else { exact.min(i128::from(i64::MAX) * NANOS) }
    }

    /// All significant digits as one number, how many of them stand behind the point, and
    /// whether digits that are not zero had to be left out.
    fn digits(&self, base: Base) -> (i128, i32, bool) {
        // More than any value below the cap has in billionths, and few enough to multiply.
        let kept = match base {
            Base::Ten => 32,
            Base::Two => 19,
        };
        let all = self.numerator.bytes().chain(self.denominator.bytes());
        let mut all = all.skip_while(|it| *it == b'0');
        let kept: Vec<u8> = all.by_ref().take(kept).collect();
        let value = kept.iter().fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        let (mut left_out, mut more) = (0_i32, false);
        for digit in all {
            left_out = left_out.saturating_add(1);
            more |= digit != b'0';
        }
        let point = i32::try_from(self.denominator.len()).unwrap_or(i32::MAX);
        (value, point.saturating_sub(left_out), more)
    }

    /// Whether Kubernetes keeps the value as an integer and a scale; only other values are
    /// capped at 2^63-1.
    fn is_fast(&self, base: Base, exponent: i32) -> bool {
        /// `maxInt64Factors`: decimal digits that always fit an `i64`.
        const FACTORS: i64 = 18;
        let numerator = self.numerator.len().max(1) as i64;
        let denominator = self.denominator.len() as i64;
        match base {
            Base::Ten => {
                numerator + denominator <= FACTORS && i64::from(exponent) - denominator >= -9
            }
            // 2^10 counts as three decimal digits.
            Base::Two => denominator == 0 && 15 - numerator - i64::from(exponent) * 3 / 10 > 0,
        }
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// `digits * 10^tens * 2^twos`, rounded up, at most `i128::MAX`. `more` says that the digits were
/// cut, so the value lies above.
fn scaled(digits: i128, more: bool, tens: i32, twos: i32) -> i128 {
    if digits == 0 {
        return 0;
    }
    let Some(value) = digits.checked_mul(1 << twos) else { return i128::MAX };
    if tens >= 0 {
        let power = 10_i128.checked_pow(tens.unsigned_abs());
        return power.and_then(|it| value.checked_mul(it)).unwrap_or(i128::MAX);
    }
    match 10_i128.checked_pow(tens.unsigned_abs()) {
        Some(power) if more && value % power == 0 => value / power + 1,
        Some(power) => div_ceil(value, power),
        // Below any billionth, and yet something.
        None => 1,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Two,
    Ten,
}

/// What a suffix multiplies by; `None` when Kubernetes knows none of that name.
fn suffix_value(suffix: &str) -> Option<(Base, i32)> {
    Some(match suffix {
        "n" => (Base::Ten, -9),
        "u" => (Base::Ten, -6),
        "m" => (Base::Ten, -3),
        "" => (Base::Ten, 0),
        "k" => (Base::Ten, 3),
        "M" => (Base::Ten, 6),
        "G" => (Base::Ten, 9),
        "T" => (Base::Ten, 12),
        "P" => (Base::Ten, 15),
        "E" => (Base::Ten, 18),
        "Ki" => (Base::Two, 10),
        "Mi" => (Base::Two, 20),
        "Gi" => (Base::Two, 30),
        "Ti" => (Base::Two, 40),
        "Pi" => (Base::Two, 50),
        "Ei" => (Base::Two, 60),
        _ => {
            let exponent: i64 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            // Go narrows the exponent with `int32(parsed)`.
            (Base::Ten, exponent as i32)
        }
    })
}

/// Writes an amount of bytes as a person does: `512Mi`, `1.5Gi`, `0.128`.
pub fn display_bytes(quantity: Quantity) -> String {
    let bytes = quantity.as_f64();
    for (suffix, size) in [("Ti", 1_u64 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if bytes.abs() >= size as f64 {
            return format!("{}{suffix}", short(bytes / size as f64));
        }
    }
    short(bytes)
}

/// Writes an amount of processors as a person does: `250m`, `2`.
pub fn display_cpu(quantity: Quantity) -> String {
    if quantity.is_whole() {
        quantity.units().to_string()
    } else {
        format!("{}m", short(quantity.as_f64() * 1000.0))
    }
}

/// At most three decimals, none that are zero.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nanos(text: &str) -> i128 {
        Quantity::parse(text).unwrap().nanos
    }

    #[test]
    fn suffixes_multiply_as_kubernetes_says() {
        for (text, expected) in [
            ("0", 0),
            ("1", NANOS),
            ("128Mi", (128 << 20) * NANOS),
            ("1Ki", 1024 * NANOS),
            ("1k", 1000 * NANOS),
            ("1G", 1_000_000_000 * NANOS),
            ("500m", NANOS / 2),
            ("1n", 1),
            ("1u", 1000),
            ("1e3", 1000 * NANOS),
            ("1E3", 1000 * NANOS),
            ("1e+3", 1000 * NANOS),
            ("1e-1", NANOS / 10),
            ("1E", 1_000_000_000_000_000_000 * NANOS),
            ("2.", 2 * NANOS),
            (".5", NANOS / 2),
            ("1.5Gi", 3 * (1 << 29) * NANOS),
            ("00128Mi", (128 << 20) * NANOS),
            ("+1", NANOS),
            ("-1Gi", -(1 << 30) * NANOS),
            ("-0", 0),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
    }

    /// The same texts were given to kube-apiserver 1.37.2.
    #[test]
    fn a_text_without_any_digit_is_zero() {
        for text in [".", "+", "-", "m", "Mi", "+.", "-m", "e3"] {
            assert_eq!(nanos(text), 0, "{text}");
        }
    }

    /// The same texts were given to kube-apiserver 1.37.2.
    #[test]
    fn other_spellings_are_refused() {
        let format = QuantityError::Format;
        let suffix = QuantityError::Suffix;
        for (text, expected) in [
            ("", format),
            ("1e", suffix),
            ("0x10", format),
            ("1_000", format),
            ("1,5Gi", format),
            ("1.5.5", format),
            (" 1Gi", format),
            ("1gi", format),
            ("1K", suffix),
            ("1KB", format),
            ("512MB", format),
            ("512mi", suffix),
            ("1GiB", format),
            ("1e3Mi", format),
            ("1e1.5", format),
            ("1Zi", format),
            ("1Mi1", suffix),
            ("1 Gi", format),
            ("--1Gi", format),
            ("500 m", format),
            ("250mcpu", format),
            ("1core", format),
            ("half", format),
            ("1/2", format),
            ("5OOm", format),
            ("１Gi", format),
        ] {
            assert_eq!(Quantity::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn parts_below_a_billionth_round_up() {
        assert_eq!(nanos("1e-10"), 1);
        assert_eq!(nanos("0.0000000001"), 1);
        assert_eq!(nanos("0.00000000010000000000000000000000000000000000000000001"), 1);
        assert_eq!(nanos("-0.0000000001"), -1);
        assert_eq!(nanos("1.0000000001"), NANOS + 1);
        assert_eq!(nanos("1.00000000000000000000000000000000000000000000000001"), NANOS + 1);
        assert_eq!(nanos("1e-2147483648"), 1);
        assert_eq!(nanos("1.50000000000000000000000000000000000000Gi"), 3 * (1 << 29) * NANOS);
    }

    #[test]
    fn large_values_stop_at_the_largest_integer() {
        assert_eq!(Quantity::parse("8Ei").unwrap().units(), i64::MAX);
        assert_eq!(Quantity::parse("9223372036854775808").unwrap().units(), i64::MAX);
        assert_eq!(Quantity::parse("9223372036854775807").unwrap().units(), i64::MAX);
        // A short one with a large exponent is no longer capped.
        assert!(nanos("1e100") > nanos("8Ei"));
        assert_eq!(nanos("123456789012345678901234567890"), i128::from(i64::MAX) * NANOS);
    }

    #[test]
    fn whole_numbers_are_told_by_their_thousandths() {
        assert!(Quantity::parse("1000m").unwrap().is_whole());
        assert!(Quantity::parse("1.0").unwrap().is_whole());
        assert!(!Quantity::parse("500m").unwrap().is_whole());
        assert!(!Quantity::parse("0.001").unwrap().is_whole());
    }

    #[test]
    fn amounts_are_written_as_a_person_does() {
        let bytes = |text| display_bytes(Quantity::parse(text).unwrap());
        assert_eq!(bytes("536870912"), "512Mi");
        assert_eq!(bytes("1536Mi"), "1.5Gi");
        assert_eq!(bytes("128m"), "0.128");
        let cpu = |text| display_cpu(Quantity::parse(text).unwrap());
        assert_eq!(cpu("0.25"), "250m");
        assert_eq!(cpu("2000m"), "2");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,40}") {
            let _ = Quantity::parse(&text);
        }

        #[test]
        fn anything_of_the_right_form_is_read(
            text in "[+-]?[0-9]{0,40}\\.?[0-9]{0,40}([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,12})?"
        ) {
            prop_assume!(!text.is_empty());
            prop_assert!(Quantity::parse(&text).is_ok());
        }

        #[test]
        fn thousandths_and_units_agree(units in any::<i32>()) {
            let plain = Quantity::parse(&units.to_string());
            prop_assert_eq!(plain, Ok(Quantity::from_units(i64::from(units))));
            let millis = Quantity::parse(&format!("{}m", i64::from(units) * 1000));
            prop_assert_eq!(millis, plain);
        }

        #[test]
        fn more_digits_never_make_less(a in any::<u64>(), b in any::<u64>(), point in 0_usize..19) {
            let text = |value: u64| {
                let mut digits = format!("{value:020}");
                digits.insert(point, '.');
                digits
            };
            let (x, y) = (Quantity::parse(&text(a)).unwrap(), Quantity::parse(&text(b)).unwrap());
            prop_assert_eq!(x <= y, a <= b || x == y);
        }
    }
}
