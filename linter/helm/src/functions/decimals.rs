//! Decimal numbers, in which sprig computes with floats (shopspring/decimal v1.4.0): `mulf 0.1 3`
//! is 0.3.

use num_bigint::{BigInt, Sign};

use super::Failure;

/// Digits behind the point to which a division goes on.
const DIVISION_PRECISION: i64 = 16;

/// `value * 10^exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    value: BigInt,
    exponent: i64,
}

impl Decimal {
    /// The shortest decimal that is read back as the float.
    pub(super) fn from_float(float: f64) -> Result<Self, Failure> {
        if !float.is_finite() {
            let name = match float {
                f64::INFINITY => "+Inf",
                f64::NEG_INFINITY => "-Inf",
                _ => "NaN",
            };
            return Err(format!("Cannot create a Decimal from {name}").into());
        }
        let printed = format!("{float:e}");
        let (mantissa, exponent) = printed.split_once('e').unwrap_or((&printed, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let value = format!("{whole}{fraction}").parse().unwrap_or_default();
        let exponent = exponent.parse::<i64>().unwrap_or(0) - fraction.len() as i64;
        Ok(Self { value, exponent })
    }

    /// The float that is nearest.
    pub(super) fn to_float(&self) -> f64 {
        format!("{}e{}", self.value, self.exponent).parse().unwrap_or(0.0)
    }

    /// About the number of its digits.
    pub(super) fn digits(&self) -> u64 {
        self.value.bits() / 3
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self { value: self.scaled(exponent) + other.scaled(exponent), exponent }
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self { value: self.scaled(exponent) - other.scaled(exponent), exponent }
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        Self { value: &self.value * &other.value, exponent: self.exponent + other.exponent }
    }

    /// Rounded to [`DIVISION_PRECISION`] digits behind the point, a half away from zero.
    pub(super) fn div(&self, other: &Self) -> Result<Self, Failure> {
        if other.value.sign() == Sign::NoSign {
            return Err("decimal division by 0".into());
        }
        // quotient * 10^-16 = self / other
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let (mut dividend, mut divisor) = (self.value.clone(), other.value.clone());
        if shift >= 0 {
            dividend *= power_of_ten(shift);
        } else {
            divisor *= power_of_ten(-shift);
        }
        let negative = (dividend.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus);
        let (dividend, divisor) = (dividend.magnitude(), divisor.magnitude());
        let quotient = (dividend * 2u32 + divisor) / (divisor * 2u32);
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        Ok(Self { value: BigInt::from_biguint(sign, quotient), exponent: -DIVISION_PRECISION })
    }

    /// The value for a smaller exponent.
    fn scaled(&self, exponent: i64) -> BigInt {
        &self.value * power_of_ten(self.exponent - exponent)
    }
}

/// Exponents come from float64s, a few hundred each, so that powers stay small.
fn power_of_ten(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "results are exact or wrong")]
mod tests {
    use super::*;

    fn decimal(float: f64) -> Decimal {
        Decimal::from_float(float).unwrap()
    }

    #[test]
    fn floats_are_computed_with_as_they_are_written() {
        assert_eq!(decimal(0.1).add(&decimal(0.2)).to_float(), 0.3);
        assert_eq!(decimal(0.1).mul(&decimal(3.0)).to_float(), 0.3);
        assert_eq!(decimal(3.0).sub(&decimal(1.25)).to_float(), 1.75);
        assert_eq!(decimal(1e308).add(&decimal(1e-308)).to_float(), 1e308);
    }

    #[test]
    fn quotients_are_rounded_to_sixteen_places() {
        let table = [
            (10.0, 4.0, 2.5),
            (2.0, 3.0, 0.666_666_666_666_666_7),
            (2.0, 30_000.0, 0.000_066_666_666_666_7),
            (-1.0, 3.0, -0.333_333_333_333_333_3),
            (1.0, 2e16, 1e-16),
            (-1.0, 2e16, -1e-16),
            (1.0, 3e16, 0.0),
        ];
        for (dividend, divisor, expected) in table {
            let quotient = decimal(dividend).div(&decimal(divisor)).unwrap();
            assert_eq!(quotient.to_float(), expected, "{dividend} / {divisor}");
        }
        assert!(decimal(1.0).div(&decimal(0.0)).is_err());
        assert!(Decimal::from_float(f64::NAN).is_err());
    }
}
