//! Arithmetic. Whole numbers wrap as Go's int64 does; the functions on floats compute in decimals
//! ([`super::decimals`]).

use super::{
    Failure, Function,
    Param::{Any, Float64, Int, String},
    arguments::{any, computed, derived, int, rest, room, text},
    convert::{parse_int, to_float64, to_int64},
    decimals::Decimal,
};
use crate::{
    context::Context,
    data::fmt,
    value::{Data, Element, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::variadic("add", &[], Any, add),
    Function::new("add1", &[Any], add1),
    Function::new("add1f", &[Any], add1f),
    Function::variadic("addf", &[], Any, addf),
    Function::new("atoi", &[String], atoi),
    Function::variadic("biggest", &[Any], Any, max),
    Function::new("ceil", &[Any], ceil),
    Function::new("div", &[Any, Any], div),
    Function::variadic("divf", &[Any], Any, divf),
    Function::new("float64", &[Any], float64),
    Function::new("floor", &[Any], floor),
    Function::new("int", &[Any], int_of),
    Function::new("int64", &[Any], int64),
    Function::variadic("max", &[Any], Any, max),
    Function::variadic("maxf", &[Any], Any, maxf),
    Function::variadic("min", &[Any], Any, min),
    Function::variadic("minf", &[Any], Any, minf),
    Function::new("mod", &[Any, Any], modulo),
    Function::variadic("mul", &[Any], Any, mul),
    Function::variadic("mulf", &[Any], Any, mulf),
    Function::variadic("round", &[Any, Int], Float64, round),
    Function::variadic("seq", &[], Int, seq),
    Function::new("sub", &[Any, Any], sub),
    Function::variadic("subf", &[Any], Any, subf),
    Function::new("toDecimal", &[Any], to_decimal),
    Function::new("until", &[Int], until),
    Function::new("untilStep", &[Int, Int, Int], until_step),
];

const DIVIDE_BY_ZERO: &str = "runtime error: integer divide by zero";

fn int64_result(cx: &mut Context, args: &[Value], number: i64) -> Result<Value, Failure> {
    Ok(computed(cx, args, Value::int64(number)))
}

fn float_result(cx: &mut Context, args: &[Value], number: f64) -> Result<Value, Failure> {
    Ok(computed(cx, args, Value::float(number)))
}

fn int_of(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let number = to_int64(any(args, 0)?);
    Ok(computed(cx, args, Value::int(number)))
}

fn int64(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    int64_result(cx, args, to_int64(any(args, 0)?))
}

fn float64(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float_result(cx, args, to_float64(any(args, 0)?))
}

fn atoi(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let number = match parse_int(text(args, 0)?.bytes(), 10) {
        Ok(number) => number,
        // Go gives the nearest number with the error, and sprig drops the error.
        Err(super::convert::NumError::Range) if text(args, 0)?.bytes().starts_with(b"-") => {
            i64::MIN
        }
        Err(super::convert::NumError::Range) => i64::MAX,
        Err(super::convert::NumError::Syntax) => 0,
    };
    Ok(computed(cx, args, Value::int(number)))
}

/// What a mode of a file says in octal digits, printed first: 755 is 493.
fn to_decimal(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let printed = fmt::display(any(args, 0)?);
    int64_result(cx, args, parse_int(printed.bytes(), 8).unwrap_or(0))
}

fn add(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let sum = args.iter().map(to_int64).fold(0, i64::wrapping_add);
    int64_result(cx, args, sum)
}

fn add1(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    int64_result(cx, args, to_int64(any(args, 0)?).wrapping_add(1))
}

fn sub(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    int64_result(cx, args, to_int64(any(args, 0)?).wrapping_sub(to_int64(any(args, 1)?)))
}

fn mul(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let product = args.iter().map(to_int64).fold(1, i64::wrapping_mul);
    int64_result(cx, args, product)
}

fn div(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    match to_int64(any(args, 1)?) {
        0 => Err(DIVIDE_BY_ZERO.into()),
        by => int64_result(cx, args, to_int64(any(args, 0)?).wrapping_div(by)),
    }
}

fn modulo(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    match to_int64(any(args, 1)?) {
        0 => Err(DIVIDE_BY_ZERO.into()),
        by => int64_result(cx, args, to_int64(any(args, 0)?).wrapping_rem(by)),
    }
}

fn max(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    int64_result(cx, args, args.iter().map(to_int64).max().unwrap_or(0))
}

fn min(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    int64_result(cx, args, args.iter().map(to_int64).min().unwrap_or(0))
}

fn maxf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let most = extreme(args, |left, right| left.total_cmp(&right).is_gt());
    float_result(cx, args, most)
}

fn minf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let least = extreme(args, |left, right| left.total_cmp(&right).is_lt());
    float_result(cx, args, least)
}

/// Go's `math.Max` and `math.Min` over all: one that is no number makes the result none, and `-0`
/// is less than `0`.
fn extreme(args: &[Value], wins: fn(f64, f64) -> bool) -> f64 {
    args.iter()
        .map(to_float64)
        .reduce(
            |best, next| {
                if next.is_nan() || (!best.is_nan() && wins(next, best)) { next } else { best }
            },
        )
        .unwrap_or(0.0)
}

fn floor(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float_result(cx, args, to_float64(any(args, 0)?).floor())
}

fn ceil(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float_result(cx, args, to_float64(any(args, 0)?).ceil())
}

/// Rounds to decimal places, upwards from a half or from what the third argument says.
fn round(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let turn = match args.get(2).map(|it| &it.data) {
        Some(Data::Float(turn)) => *turn,
        _ => 0.5,
    };
    let places = int(args, 1)?;
    let power =
        10f64.powi(i32::try_from(places).unwrap_or(if places < 0 { i32::MIN } else { i32::MAX }));
    let digits = power * to_float64(any(args, 0)?);
    let rounded = if digits.fract() >= turn { digits.ceil() } else { digits.floor() };
    float_result(cx, args, rounded / power)
}

fn add1f(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let sum = Decimal::from_float(to_float64(any(args, 0)?))?.add(&Decimal::from_float(1.0)?);
    float_result(cx, args, sum.to_float())
}

fn addf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut sum = Decimal::from_float(0.0)?;
    for value in args {
        cx.spend(1)?;
        sum = sum.add(&Decimal::from_float(to_float64(value))?);
    }
    float_result(cx, args, sum.to_float())
}

fn subf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    fold_decimals(cx, args, |left, right| Ok(left.sub(right)))
}

fn mulf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    fold_decimals(cx, args, |left, right| Ok(left.mul(right)))
}

fn divf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    fold_decimals(cx, args, Decimal::div)
}

fn fold_decimals(
    cx: &mut Context,
    args: &[Value],
    step: impl Fn(&Decimal, &Decimal) -> Result<Decimal, Failure>,
) -> Result<Value, Failure> {
    let mut result = Decimal::from_float(to_float64(any(args, 0)?))?;
    for value in rest(args, 1) {
        // Products grow by the digits of each factor.
        cx.spend(1 + result.digits() / 64)?;
        result = step(&result, &Decimal::from_float(to_float64(value))?)?;
    }
    float_result(cx, args, result.to_float())
}

fn until(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let stop = int(args, 0)?;
    let numbers = counted(cx, 0, stop, if stop < 0 { -1 } else { 1 })?;
    Ok(int_list(cx, args, numbers))
}

fn until_step(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let numbers = counted(cx, int(args, 0)?, int(args, 1)?, int(args, 2)?)?;
    Ok(int_list(cx, args, numbers))
}

fn int_list(cx: &mut Context, args: &[Value], numbers: Vec<i64>) -> Value {
    let origin = derived(cx, args);
    let items = numbers.into_iter().map(|it| Value::int(it).with_origin(origin)).collect();
    Value::list_of(Element::Int, items).with_origin(origin)
}

/// From `start` towards `stop`, without it; nothing where the step leads away or nowhere.
fn counted(cx: &mut Context, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    if step == 0 || (step > 0) != (stop >= start) {
        return Ok(Vec::new());
    }
    let count = stop.abs_diff(start).div_ceil(step.unsigned_abs());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    room(cx, count.saturating_mul(size_of::<Value>()))?;
    Ok((0..count as i64).map(|it| start.wrapping_add(it.wrapping_mul(step))).collect())
}

/// Numbers as the shell's `seq` prints them, in one line.
pub(super) fn seq(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let numbers: Vec<i64> = (0..args.len()).map(|it| int(args, it)).collect::<Result<_, _>>()?;
    let (start, step, end) = match numbers.as_slice() {
        [end] => (1, if *end < 1 { -1 } else { 1 }, *end),
        [start, end] => (*start, if end < start { -1 } else { 1 }, *end),
        [start, step, end] if end < start && *step > 0 => return seq_result(cx, args, &[]),
        [start, step, end] => (*start, *step, *end),
        _ => return seq_result(cx, args, &[]),
    };
    // The end belongs to it: one further on is where counting stops.
    let stop = end.wrapping_add(if end < start { -1 } else { 1 });
    let numbers = counted(cx, start, stop, step)?;
    seq_result(cx, args, &numbers)
}

fn seq_result(cx: &mut Context, args: &[Value], numbers: &[i64]) -> Result<Value, Failure> {
    let printed: Vec<_> = numbers.iter().map(i64::to_string).collect();
    Ok(computed(cx, args, Value::string(printed.join(" "))))
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, f, i, print, s},
        value::Value,
    };

    fn check(table: &[(&str, &[Value], &str)]) {
        for (function, args, expected) in table {
            assert_eq!(print(function, args), *expected, "{function} {args:?}");
        }
    }

    #[test]
    fn whole_numbers_are_computed() {
        check(&[
            ("add", &[], "0"),
            ("add", &[i(1), s("2"), f(3.9), Value::nil()], "6"),
            ("add", &[i(i64::MAX), i(1)], "-9223372036854775808"),
            ("add1", &[s("7")], "8"),
            ("sub", &[i(2), i(5)], "-3"),
            ("mul", &[i(2)], "2"),
            ("mul", &[f(1e6), f(1e6)], "1000000000000"),
            ("div", &[i(-7), i(2)], "-3"),
            ("mod", &[f(7.5), i(2)], "1"),
            ("max", &[s("10"), i(9)], "10"),
            ("biggest", &[i(1), i(5), i(3)], "5"),
            ("min", &[i(-1), i(0)], "-1"),
        ]);
        for function in ["div", "mod"] {
            let error = call(function, &[i(7), i(0)]).unwrap_err();
            assert_eq!(error, "runtime error: integer divide by zero");
        }
        assert_eq!(print("div", &[i(i64::MIN), i(-1)]), "-9223372036854775808");
        assert_eq!(call("add", &[i(1)]).unwrap().type_name(), "int64");
    }

    #[test]
    fn floats_are_computed_in_decimals() {
        check(&[
            ("addf", &[], "0"),
            ("addf", &[f(0.1), f(0.2)], "0.3"),
            ("add1f", &[s("1.5")], "2.5"),
            ("subf", &[i(3), f(1.25), i(1)], "0.75"),
            ("mulf", &[f(0.1), i(3)], "0.3"),
            ("divf", &[i(10), i(4)], "2.5"),
            ("divf", &[i(1), i(3)], "0.3333333333333333"),
            ("maxf", &[f(1.5), i(2)], "2"),
            ("minf", &[s("x"), i(2)], "0"),
            ("minf", &[f(0.0), f(-0.0)], "-0"),
            ("floor", &[f(-0.5)], "-1"),
            ("ceil", &[f(-1.2)], "-1"),
        ]);
        assert_eq!(call("divf", &[i(1), i(0)]).unwrap_err(), "decimal division by 0");
        let error = call("addf", &[s("inf")]).unwrap_err();
        assert_eq!(error, "Cannot create a Decimal from +Inf");
    }

    #[test]
    fn numbers_are_rounded() {
        check(&[
            ("round", &[f(1.2345), i(2)], "1.23"),
            ("round", &[f(2.5), i(0)], "3"),
            ("round", &[f(-1.5), i(0)], "-2"),
            ("round", &[f(123.4567), i(2), f(0.7)], "123.45"),
            ("round", &[i(12_345), i(-2)], "12300"),
            ("round", &[f(1.5), i(400)], "NaN"),
        ]);
    }

    #[test]
    fn values_are_converted() {
        check(&[
            ("int", &[s("012")], "10"),
            ("int", &[f(-1.9)], "-1"),
            ("int", &[Value::bool(true)], "1"),
            ("int64", &[s("9223372036854775808")], "0"),
            ("float64", &[s("1.5")], "1.5"),
            ("float64", &[s("")], "0"),
            ("atoi", &[s("012")], "12"),
            ("atoi", &[s("1.5")], "0"),
            ("atoi", &[s("99999999999999999999")], "9223372036854775807"),
            ("atoi", &[s("-99999999999999999999")], "-9223372036854775808"),
            ("toDecimal", &[i(755)], "493"),
            ("toDecimal", &[s("9")], "0"),
        ]);
        assert_eq!(call("int", &[s("1")]).unwrap().type_name(), "int");
        assert_eq!(call("int64", &[s("1")]).unwrap().type_name(), "int64");
    }

    #[test]
    fn numbers_are_counted() {
        check(&[
            ("until", &[i(3)], "[0 1 2]"),
            ("until", &[i(-2)], "[0 -1]"),
            ("until", &[i(0)], "[]"),
            ("untilStep", &[i(1), i(10), i(3)], "[1 4 7]"),
            ("untilStep", &[i(10), i(0), i(-3)], "[10 7 4 1]"),
            ("untilStep", &[i(0), i(10), i(-1)], "[]"),
            ("untilStep", &[i(0), i(10), i(0)], "[]"),
            ("seq", &[], ""),
            ("seq", &[i(3)], "1 2 3"),
            ("seq", &[i(-1)], "1 0 -1"),
            ("seq", &[i(5), i(2)], "5 4 3 2"),
            ("seq", &[i(1), i(2), i(5)], "1 3 5"),
            ("seq", &[i(7), i(-2), i(1)], "7 5 3 1"),
            ("seq", &[i(5), i(1), i(1)], ""),
            ("seq", &[i(1), i(2), i(3), i(4)], ""),
        ]);
        assert_eq!(call("until", &[i(1)]).unwrap().type_name(), "[]int");
    }

    #[test]
    fn lists_are_not_made_larger_than_may_be() {
        assert!(call("until", &[i(i64::MAX)]).is_err());
        assert!(call("untilStep", &[i(i64::MIN), i(i64::MAX), i(1)]).is_err());
        assert!(call("seq", &[i(1), i(1), i(i64::MAX - 1)]).is_err());
    }
}
