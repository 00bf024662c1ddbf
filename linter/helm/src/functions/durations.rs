//! Helm's functions of durations (helm 4.3.1, `pkg/engine/funcs.go`): whatever can be read as one
//! is taken, numbers as seconds; all but `mustToDuration` give zero for anything else.

use super::{
    Failure, Function,
    Param::Any,
    arguments::{any, computed},
    convert::{parse_float, truncated},
    runes::is_space,
    times::Duration,
};
use crate::{
    context::Context,
    data::fmt,
    value::{Data, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::new("durationDays", &[Any], days),
    Function::new("durationHours", &[Any], hours),
    Function::new("durationMicroseconds", &[Any], microseconds),
    Function::new("durationMilliseconds", &[Any], milliseconds),
    Function::new("durationMinutes", &[Any], minutes),
    Function::new("durationNanoseconds", &[Any], nanoseconds),
    Function::new("durationRoundTo", &[Any, Any], round_to),
    Function::new("durationSeconds", &[Any], seconds),
    Function::new("durationTruncateTo", &[Any, Any], truncate_to),
    Function::new("durationWeeks", &[Any], weeks),
    Function::new("mustToDuration", &[Any], must_to_duration),
];

/// As many seconds as nanoseconds fit in an int64.
const MAX_SECONDS: i64 = i64::MAX / 1_000_000_000;

fn duration_of(value: &Value) -> Result<Duration, Failure> {
    match &value.data {
        Data::Text(text) => {
            let trimmed = text.trim(is_space);
            if trimmed.is_empty() {
                return Err("empty duration".into());
            }
            if let Ok(duration) = Duration::parse(trimmed.bytes()) {
                return Ok(duration);
            }
            if let Ok(seconds) = parse_float(trimmed.bytes()) {
                return from_float(seconds);
            }
            let quoted = fmt::quote(text.bytes());
            Err(format!("could not parse duration {}", String::from_utf8_lossy(&quoted)).into())
        }
        Data::Nil => Err("invalid duration".into()),
        Data::Int(seconds) | Data::Int64(seconds) => {
            if seconds.unsigned_abs() > MAX_SECONDS as u64 {
                return Err(format!("duration seconds overflow: {seconds}").into());
            }
            Ok(Duration::from_seconds(*seconds))
        }
        Data::Float(seconds) => from_float(*seconds),
        Data::Object(object) => match object.as_any().downcast_ref() {
            Some(duration) => Ok(*duration),
            None => Err(unsupported(value)),
        },
        _ => Err(unsupported(value)),
    }
}

fn unsupported(value: &Value) -> Failure {
    Failure(format!("unsupported duration type {}", value.type_name()))
}

fn from_float(seconds: f64) -> Result<Duration, Failure> {
    // The least float above all int64, whose seconds no longer fit.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    let shown = |it: f64| fmt::display(&Value::float(it)).lossy().into_owned();
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown(seconds)).into());
    }
    if seconds.abs() > BOUND / 1e9 {
        return Err(format!("duration seconds overflow: {}", shown(seconds)).into());
    }
    Ok(Duration::from_nanoseconds(truncated(seconds * 1e9)))
}

fn must_to_duration(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let duration = duration_of(any(args, 0)?)?;
    Ok(computed(cx, args, Value::object(duration)))
}

fn float(
    cx: &mut Context,
    args: &[Value],
    count: impl FnOnce(Duration) -> f64,
) -> Result<Value, Failure> {
    let number = duration_of(any(args, 0)?).map_or(0.0, count);
    Ok(computed(cx, args, Value::float(number)))
}

fn whole(cx: &mut Context, args: &[Value], unit: i64) -> Result<Value, Failure> {
    let number = duration_of(any(args, 0)?).map_or(0, |it| it.nanoseconds() / unit);
    Ok(computed(cx, args, Value::int64(number)))
}

fn seconds(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float(cx, args, Duration::seconds)
}

fn minutes(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float(cx, args, Duration::minutes)
}

fn hours(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float(cx, args, Duration::hours)
}

fn days(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float(cx, args, |it| it.hours() / 24.0)
}

fn weeks(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    float(cx, args, |it| it.hours() / 24.0 / 7.0)
}

fn milliseconds(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    whole(cx, args, 1_000_000)
}

fn microseconds(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    whole(cx, args, 1_000)
}

fn nanoseconds(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    whole(cx, args, 1)
}

fn round_to(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    to_multiple(cx, args, Duration::round)
}

fn truncate_to(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    to_multiple(cx, args, Duration::truncate)
}

/// A bad duration becomes zero, a bad multiple changes nothing.
fn to_multiple(
    cx: &mut Context,
    args: &[Value],
    change: fn(Duration, Duration) -> Duration,
) -> Result<Value, Failure> {
    let result = match (duration_of(any(args, 0)?), duration_of(any(args, 1)?)) {
        (Ok(duration), Ok(multiple)) => change(duration, multiple),
        (Ok(duration), Err(_)) => duration,
        (Err(_), _) => Duration::from_seconds(0),
    };
    Ok(computed(cx, args, Value::object(result)))
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, f, i, l, print, s},
        value::Value,
    };

    #[test]
    fn durations_are_counted_in_units() {
        let table = [
            ("durationSeconds", s("1m"), "60"),
            ("durationSeconds", s(" 2.5 "), "2.5"),
            ("durationSeconds", f(0.5), "0.5"),
            ("durationSeconds", Value::int64(-3), "-3"),
            ("durationSeconds", l([]), "0"),
            ("durationSeconds", Value::nil(), "0"),
            ("durationMilliseconds", s("1.5s"), "1500"),
            ("durationMicroseconds", s("1ms"), "1000"),
            ("durationNanoseconds", s("1us"), "1000"),
            ("durationMinutes", i(90), "1.5"),
            ("durationHours", s("90m"), "1.5"),
            ("durationDays", s("36h"), "1.5"),
            ("durationWeeks", s("84h"), "0.5"),
        ];
        for (function, value, expected) in table {
            assert_eq!(
                print(function, std::slice::from_ref(&value)),
                expected,
                "{function} {value:?}"
            );
        }
    }

    #[test]
    fn durations_are_rounded() {
        assert_eq!(print("durationRoundTo", &[s("1h31m"), s("1h")]), "2h0m0s");
        assert_eq!(print("durationTruncateTo", &[s("1h31m"), s("1h")]), "1h0m0s");
        assert_eq!(print("durationRoundTo", &[s("x"), s("1h")]), "0s");
        assert_eq!(print("durationRoundTo", &[s("90s"), s("x")]), "1m30s");
        let duration = call("mustToDuration", &[s("90s")]).unwrap();
        assert_eq!(duration.type_name(), "time.Duration");
        assert_eq!(print("durationRoundTo", &[duration, i(60)]), "2m0s");
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        let table = [
            (s("x"), "could not parse duration \"x\""),
            (s(" "), "empty duration"),
            (Value::nil(), "invalid duration"),
            (Value::bool(true), "unsupported duration type bool"),
            (i(i64::MAX), "duration seconds overflow: 9223372036854775807"),
            (f(1e10), "duration seconds overflow: 1e+10"),
            (f(f64::INFINITY), "invalid duration seconds: +Inf"),
        ];
        for (value, error) in table {
            assert_eq!(call("mustToDuration", &[value]).unwrap_err(), error);
        }
    }
}
