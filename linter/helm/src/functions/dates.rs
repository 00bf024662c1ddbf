//! Functions of points in time. The clock stands still at [`NOW`], because a linter must say the
//! same thing twice; what depends on it is marked as not what a cluster would see.

use super::{
    Failure, Function,
    Param::{Any, Object, String},
    arguments::{any, computed, text},
    convert::parse_int,
    times::{Duration, Time, parse},
};
use crate::{
    context::Context,
    value::{Data, Object as _, Value},
};

const TIME: super::Param = Object("time.Time");

pub(super) const TABLE: &[Function] = &[
    Function::new("ago", &[Any], ago),
    Function::new("date", &[String, Any], date),
    Function::new("dateInZone", &[String, Any, String], date),
    Function::new("dateModify", &[String, TIME], date_modify),
    Function::new("date_in_zone", &[String, Any, String], date),
    Function::new("date_modify", &[String, TIME], date_modify),
    Function::new("duration", &[Any], duration),
    Function::new("durationRound", &[Any], duration_round),
    Function::new("htmlDate", &[Any], html_date),
    Function::new("htmlDateInZone", &[Any, String], html_date),
    Function::new("mustDateModify", &[String, TIME], must_date_modify),
    Function::new("mustToDate", &[String, String], must_to_date),
    Function::new("must_date_modify", &[String, TIME], must_date_modify),
    Function::new("now", &[], now),
    Function::new("toDate", &[String, String], to_date),
    Function::new("unixEpoch", &[TIME], unix_epoch),
];

/// The first of January 2026.
const NOW: i64 = 1_767_225_600;

fn now(cx: &mut Context, _: &[Value]) -> Result<Value, Failure> {
    let origin = cx.origins.synthetic(cx.site);
    Ok(Value::object(Time::from_unix(NOW)).with_origin(origin))
}

/// The time that a value stands for: seconds since 1970 as int or int64. For anything else sprig
/// takes the clock, even for the float64 of a values file.
fn time_of(value: &Value) -> Option<Time> {
    match &value.data {
        Data::Int(seconds) | Data::Int64(seconds) => Some(Time::from_unix(*seconds)),
        Data::Object(object) => object.as_any().downcast_ref().cloned(),
        _ => None,
    }
}

/// A result that depends on a time, or on the clock.
fn of_time(cx: &mut Context, args: &[Value], time: Option<&Time>, result: Value) -> Value {
    if time.is_some() {
        return computed(cx, args, result);
    }
    let origin = cx.origins.synthetic(cx.site);
    result.with_origin(origin)
}

/// Writes a time; every zone is UTC (see [`super::times`]).
fn date(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    written(cx, args, text(args, 0)?.bytes(), any(args, 1)?)
}

fn html_date(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    written(cx, args, b"2006-01-02", any(args, 0)?)
}

fn written(
    cx: &mut Context,
    args: &[Value],
    layout: &[u8],
    value: &Value,
) -> Result<Value, Failure> {
    // An element of a layout is ten times as long at most, once written.
    super::arguments::room(cx, layout.len().saturating_mul(10))?;
    let time = time_of(value);
    let shown = time.clone().unwrap_or_else(|| Time::from_unix(NOW)).in_utc();
    Ok(of_time(cx, args, time.as_ref(), Value::string(shown.format(layout))))
}

fn ago(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let now = Time::from_unix(NOW);
    let passed = match time_of(any(args, 0)?) {
        Some(time) => now.since(&time).round(Duration::from_seconds(1)),
        None => Duration::from_seconds(0),
    };
    Ok(of_time(cx, args, None, Value::string(passed.print())))
}

/// A time, which the evaluator made sure of.
fn time(args: &[Value], index: usize) -> Result<Time, Failure> {
    time_of(any(args, index)?).ok_or_else(|| Failure(format!("argument {index} is no time.Time")))
}

fn date_modify(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let time = time(args, 1)?;
    let moved = match Duration::parse(text(args, 0)?.bytes()) {
        Ok(by) => time.add(by),
        Err(_) => time,
    };
    Ok(computed(cx, args, Value::object(moved)))
}

fn must_date_modify(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let by = Duration::parse(text(args, 0)?.bytes())?;
    let moved = time(args, 1)?.add(by);
    Ok(computed(cx, args, Value::object(moved)))
}

fn to_date(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let time = parse(text(args, 0)?.bytes(), text(args, 1)?.bytes());
    Ok(computed(cx, args, Value::object(time.unwrap_or_else(|_| Time::zero()))))
}

fn must_to_date(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let time = parse(text(args, 0)?.bytes(), text(args, 1)?.bytes())?;
    Ok(computed(cx, args, Value::object(time)))
}

fn unix_epoch(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let seconds = time(args, 0)?.unix();
    Ok(computed(cx, args, Value::string(seconds.to_string())))
}

/// Seconds as a duration; only strings and int64 count.
fn duration(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let seconds = match &any(args, 0)?.data {
        Data::Text(text) => match parse_int(text.bytes(), 10) {
            Ok(seconds) => seconds,
            Err(super::convert::NumError::Syntax) => 0,
            Err(super::convert::NumError::Range) if text.bytes().starts_with(b"-") => i64::MIN,
            Err(super::convert::NumError::Range) => i64::MAX,
        },
        Data::Int64(seconds) => *seconds,
        _ => 0,
    };
    let printed = Duration::from_seconds(seconds).print();
    Ok(computed(cx, args, Value::string(printed)))
}

/// The largest unit of a duration alone: `3mo`. An int64 counts nanoseconds.
fn duration_round(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut clock = false;
    let duration = match &any(args, 0)?.data {
        Data::Text(text) => Duration::parse(text.bytes()).unwrap_or(Duration::from_seconds(0)),
        Data::Int64(nanoseconds) => Duration::from_nanoseconds(*nanoseconds),
        Data::Object(object) => match object.as_any().downcast_ref() {
            Some(time) => {
                clock = true;
                Time::from_unix(NOW).since(time)
            }
            None => Duration::from_seconds(0),
        },
        _ => Duration::from_seconds(0),
    };
    const HOUR: u64 = 3600;
    const UNITS: [(u64, &str); 6] = [
        (365 * 24 * HOUR, "y"),
        (30 * 24 * HOUR, "mo"),
        (24 * HOUR, "d"),
        (HOUR, "h"),
        (60, "m"),
        (1, "s"),
    ];
    let nanoseconds = duration.nanoseconds().unsigned_abs();
    let rounded = UNITS
        .iter()
        .map(|(seconds, name)| (seconds * 1_000_000_000, name))
        .find(|(unit, _)| nanoseconds > *unit)
        .map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", nanoseconds / unit));
    let result = Value::string(rounded);
    Ok(if clock { of_time(cx, args, None, result) } else { computed(cx, args, result) })
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, call_in, context, f, i, print, s},
        value::Value,
    };

    #[test]
    fn times_are_formatted() {
        assert_eq!(print("date", &[s("2006-01-02"), i(0)]), "1970-01-01");
        assert_eq!(print("dateInZone", &[s("15:04 MST"), i(3600), s("UTC")]), "01:00 UTC");
        assert_eq!(print("date_in_zone", &[s("2006"), i(0), s("Nope/Zone")]), "1970");
        assert_eq!(print("htmlDate", &[Value::int64(0)]), "1970-01-01");
        assert_eq!(print("htmlDateInZone", &[i(86_400), s("UTC")]), "1970-01-02");
        let date = call("toDate", &[s("2006-01-02"), s("2017-12-31")]).unwrap();
        assert_eq!(print("date", &[s("02.01.2006"), date]), "31.12.2017");
    }

    #[test]
    fn what_the_clock_says_is_synthetic() {
        let mut cx = context();
        for (function, args) in
            [("now", vec![]), ("date", vec![s("2006"), f(0.0)]), ("ago", vec![i(0)])]
        {
            let value = call_in(&mut cx, function, &args).unwrap();
            assert!(cx.origins.get(value.origin()).synthetic, "{function}");
        }
        let now = call_in(&mut cx, "now", &[]).unwrap();
        let printed = call_in(&mut cx, "date", &[s("2006"), now]).unwrap();
        assert!(cx.origins.get(printed.origin()).synthetic);
    }

    #[test]
    fn times_are_moved() {
        let date = call("toDate", &[s("2006-01-02"), s("1970-01-02")]).unwrap();
        assert_eq!(print("unixEpoch", std::slice::from_ref(&date)), "86400");
        for function in ["dateModify", "date_modify", "mustDateModify", "must_date_modify"] {
            let moved = call(function, &[s("-25h"), date.clone()]).unwrap();
            assert_eq!(print("unixEpoch", &[moved]), "-3600", "{function}");
        }
        let same = call("dateModify", &[s("x"), date.clone()]).unwrap();
        assert_eq!(print("unixEpoch", &[same]), "86400");
        assert_eq!(
            call("mustDateModify", &[s("x"), date]).unwrap_err(),
            "time: invalid duration \"x\""
        );
        assert_eq!(print("toDate", &[s("2006"), s("x")]), "0001-01-01 00:00:00 +0000 UTC");
        assert!(call("mustToDate", &[s("2006"), s("x")]).is_err());
    }

    #[test]
    fn durations_are_printed() {
        assert_eq!(print("duration", &[s("3661")]), "1h1m1s");
        assert_eq!(print("duration", &[s("x")]), "0s");
        assert_eq!(print("duration", &[Value::int64(95)]), "1m35s");
        assert_eq!(print("duration", &[i(95)]), "0s");
        let table = [
            ("2400h10m5s", "3mo"),
            ("-48h1s", "2d"),
            ("24h", "24h"),
            ("8761h", "1y"),
            ("61m", "1h"),
            ("90s", "1m"),
            ("1500ms", "1s"),
            ("1s", "0s"),
            ("x", "0s"),
        ];
        for (duration, expected) in table {
            assert_eq!(print("durationRound", &[s(duration)]), expected, "{duration}");
        }
        assert_eq!(print("durationRound", &[i(3600)]), "0s");
    }
}
