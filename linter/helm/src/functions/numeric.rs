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
    let most = extreme(args, |left, right| left > right);
    float_result(cx, args, most)
}

fn minf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let least = extreme(args, |left, right| left < right);
    float_result(cx, args, least)
}

/// Go's `math.Max` and `math.Min` over all: one that is no number makes the result none.
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
