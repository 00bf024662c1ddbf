//! Points in time and spans of it, as Go's package `time` prints and reads them.
//!
//! The only zones are UTC and those of a fixed offset that a text names; the zones of the IANA
//! database are left out, and `Local` is UTC.

mod calendar;
mod duration;
mod layout;
mod parse;

use std::any::Any;

use self::calendar::{Date, MONTHS, SECONDS_A_DAY, WEEKDAYS};
pub(super) use self::{duration::Duration, parse::parse};
use crate::value::{Data, Object, Value};

/// A point in time, `time.Time`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Time {
    /// Since 1970 in UTC.
    seconds: i64,
    nanoseconds: u32,
    zone: Zone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Zone {
    /// Empty for one that is known by its offset only.
    name: String,
    /// Seconds east of Greenwich.
    offset: i64,
}

impl Zone {
    fn utc() -> Self {
        Self { name: "UTC".to_owned(), offset: 0 }
    }
}

/// What a clock of the zone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    date: Date,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Time {
    /// The zero of Go's type: the first second of year 1.
    pub(super) fn zero() -> Self {
        Self::from_unix(-62_135_596_800)
    }

    pub(super) fn from_unix(seconds: i64) -> Self {
        Self { seconds, nanoseconds: 0, zone: Zone::utc() }
    }

    pub(super) fn unix(&self) -> i64 {
        self.seconds
    }

    #[must_use]
    pub(super) fn in_utc(&self) -> Self {
        Self { zone: Zone::utc(), ..self.clone() }
    }

    #[must_use]
    pub(super) fn add(&self, duration: Duration) -> Self {
        const BILLION: i64 = 1_000_000_000;
        let nanoseconds = i64::from(self.nanoseconds) + duration.nanoseconds() % BILLION;
        let seconds = self
            .seconds
            .wrapping_add(duration.nanoseconds() / BILLION)
            .wrapping_add(nanoseconds.div_euclid(BILLION));
        let nanoseconds = nanoseconds.rem_euclid(BILLION) as u32;
        Self { seconds, nanoseconds, zone: self.zone.clone() }
    }

    /// The time from another one to this, cut to what a duration can hold.
    pub(super) fn since(&self, other: &Self) -> Duration {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let nanoseconds =
            seconds * 1_000_000_000 + i128::from(self.nanoseconds) - i128::from(other.nanoseconds);
        let bounded = nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Duration::from_nanoseconds(bounded as i64)
    }

    /// `time.Time.Format`.
    pub(super) fn format(&self, layout: &[u8]) -> Vec<u8> {
        layout::format(self, layout)
    }

    fn clock(&self) -> Clock {
        let local = self.seconds.saturating_add(self.zone.offset);
        let second = local.rem_euclid(SECONDS_A_DAY);
        Clock {
            date: Date::from_days(local.div_euclid(SECONDS_A_DAY)),
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let clock = self.clock();
        let date = clock.date;
        Some(match method {
            "Year" => Ok(Value::int(date.year)),
            "Month" => Ok(named(date.month, "time.Month", &MONTHS, 1)),
            "Day" => Ok(Value::int(date.day)),
            "YearDay" => Ok(Value::int(date.day_of_year())),
            "Weekday" => Ok(named(date.weekday(), "time.Weekday", &WEEKDAYS, 0)),
            "Hour" => Ok(Value::int(clock.hour)),
            "Minute" => Ok(Value::int(clock.minute)),
            "Second" => Ok(Value::int(clock.second)),
            "Nanosecond" => Ok(Value::int(i64::from(self.nanoseconds))),
            "Unix" => Ok(Value::int64(self.seconds)),
            "UnixMilli" => Ok(Value::int64(
                self.seconds
                    .wrapping_mul(1000)
                    .wrapping_add(i64::from(self.nanoseconds / 1_000_000)),
            )),
            "UnixNano" => Ok(Value::int64(
                self.seconds.wrapping_mul(1_000_000_000).wrapping_add(i64::from(self.nanoseconds)),
            )),
            "IsZero" => {
                Ok(Value::bool(self.seconds == Self::zero().seconds && self.nanoseconds == 0))
            }
            "UTC" | "Local" => Ok(Value::object(self.in_utc())),
            "String" => Ok(Value::string(self.print())),
            "Format" => match args.first().and_then(Value::as_text) {
                Some(layout) => Ok(Value::string(self.format(layout.bytes()))),
                None => Err("the argument is no string".to_owned()),
            },
            "Add" => argument::<Duration>(args).map(|it| Value::object(self.add(*it))),
            "Sub" => argument::<Self>(args).map(|it| Value::object(self.since(it))),
            "After" => argument(args).map(|it| Value::bool(self.moment() > Self::moment(it))),
            "Before" => argument(args).map(|it| Value::bool(self.moment() < Self::moment(it))),
            "Equal" => argument(args).map(|it| Value::bool(self.moment() == Self::moment(it))),
            _ => return None,
        })
    }

    fn print(&self) -> String {
        let printed = self.format(b"2006-01-02 15:04:05.999999999 -0700 MST");
        String::from_utf8_lossy(&printed).into_owned()
    }

    fn plain(&self) -> Value {
        Value::string(self.format(b"2006-01-02T15:04:05.999999999Z07:00"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Time {
    fn moment(&self) -> (i64, u32) {
        (self.seconds, self.nanoseconds)
    }
}

fn argument<T: 'static>(args: &[Value]) -> Result<&T, String> {
    let found = match args.first().map(|it| &it.data) {
        Some(Data::Object(object)) => object.as_any().downcast_ref(),
        _ => None,
    };
    found.ok_or_else(|| "the argument is of another type".to_owned())
}

/// A month or weekday: an `int` that prints as its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedInt {
    pub(super) value: i64,
    type_name: &'static str,
    name: &'static str,
}

fn named(value: i64, type_name: &'static str, names: &[&'static str], first: i64) -> Value {
    let name = usize::try_from(value - first).ok().and_then(|it| names.get(it)).copied();
    Value::object(NamedInt { value, type_name, name: name.unwrap_or_default() })
}

impl Object for NamedInt {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        "int"
    }

    fn call(&self, method: &str, _: &[Value]) -> Option<Result<Value, String>> {
        (method == "String").then(|| Ok(Value::string(self.name)))
    }

    fn print(&self) -> String {
        self.name.to_owned()
    }

    fn plain(&self) -> Value {
        Value::int(self.value)
    }

    fn is_true(&self) -> bool {
        self.value != 0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Go's quotes in errors of times: other bytes than printable ASCII as `\x..`.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(*byte));
            }
            b' '..=b'\x7f' => quoted.push(char::from(*byte)),
            _ => {
                let escaped = format!("\\x{byte:02x}");
                quoted.push_str(&escaped);
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
