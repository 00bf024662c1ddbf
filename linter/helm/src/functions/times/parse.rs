//! Reads a time by a layout.

use super::{
    Time, Zone,
    calendar::{Date, MONTHS, SECONDS_A_DAY, WEEKDAYS, days_in, is_leap},
    layout::{Element, Offset, next_chunk},
    quoted,
};

/// Go's `time.ParseInLocation`, in UTC.
///
/// # Errors
/// In the words of Go.
pub(in crate::functions) fn parse(layout: &[u8], text: &[u8]) -> Result<Time, String> {
    let mut reader = Reader { rest: text, fields: Fields::default() };
    let mut layout_left = layout;
    loop {
        let chunk = next_chunk(layout_left);
        if !reader.skip(chunk.prefix) {
            return Err(mismatch(layout, text, chunk.prefix, reader.rest));
        }
        let Some((element, written)) = chunk.element else { break };
        layout_left = chunk.rest;
        let before = reader.rest;
        match reader.read(element, layout_left) {
            Ok(()) => {}
            Err(Bad::Form) => return Err(mismatch(layout, text, written, before)),
            Err(Bad::Range(what)) => {
                return Err(format!("parsing time {}: {what} out of range", quoted(text)));
            }
        }
    }
    if !reader.rest.is_empty() {
        let extra = quoted(reader.rest);
        return Err(format!("parsing time {}: extra text: {extra}", quoted(text)));
    }
    reader.fields.time().map_err(|why| format!("parsing time {}: {why}", quoted(text)))
}

fn mismatch(layout: &[u8], text: &[u8], element: &[u8], at: &[u8]) -> String {
    format!(
        "parsing time {} as {}: cannot parse {} as {}",
        quoted(text),
        quoted(layout),
        quoted(at),
        quoted(element)
    )
}

/// Why an element of a layout does not fit.
enum Bad {
    Form,
    /// What is out of range.
    Range(&'static str),
}

/// What was read.
#[derive(Debug, Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    /// `AM` or `PM`.
    is_afternoon: Option<bool>,
    is_utc: bool,
    offset: Option<i64>,
    zone_name: String,
}

struct Reader<'t> {
    rest: &'t [u8],
    fields: Fields,
}

impl<'t> Reader<'t> {
    /// Passes over the text between elements; blanks fit any number of blanks.
    fn skip(&mut self, mut prefix: &[u8]) -> bool {
        let without_blanks = |text: &'_ [u8]| text.iter().take_while(|it| **it == b' ').count();
        while let Some(&byte) = prefix.first() {
            if byte == b' ' {
                if self.rest.first().is_some_and(|it| *it != b' ') {
                    return false;
                }
                prefix = &prefix[without_blanks(prefix)..];
                self.rest = &self.rest[without_blanks(self.rest)..];
                continue;
            }
            if self.rest.first() != Some(&byte) {
                return false;
            }
            prefix = &prefix[1..];
            self.rest = &self.rest[1..];
        }
        true
    }

    fn read(&mut self, element: Element, layout_left: &[u8]) -> Result<(), Bad> {
        match element {
            Element::Year => {
                let year = number_of(self.take(2)?)?;
                // Unix time starts in 1969 in some zones.
                self.fields.year = if year >= 69 { 1900 + year } else { 2000 + year };
            }
            Element::LongYear => {
                if !self.rest.first().is_some_and(u8::is_ascii_digit) {
                    return Err(Bad::Form);
                }
                self.fields.year = number_of(self.take(4)?)?;
            }
            Element::Month => self.fields.month = Some(self.name(&MONTHS, Some(3))? + 1),
            Element::LongMonth => self.fields.month = Some(self.name(&MONTHS, None)? + 1),
            Element::NumMonth | Element::ZeroMonth => {
                let month = self.number(element == Element::ZeroMonth)?;
                self.fields.month = Some(in_range(month, 1..=12, "month")?);
            }
            Element::Weekday => {
                self.name(&WEEKDAYS, Some(3))?;
            }
            Element::LongWeekday => {
                self.name(&WEEKDAYS, None)?;
            }
            Element::Day | Element::UnderDay | Element::ZeroDay => {
                if element == Element::UnderDay {
                    self.skip_one_blank();
                }
                self.fields.day = Some(self.number(element == Element::ZeroDay)?);
            }
            Element::UnderYearDay | Element::ZeroYearDay => {
                if element == Element::UnderYearDay {
                    self.skip_one_blank();
                    self.skip_one_blank();
                }
                let day = self.long_number(element == Element::ZeroYearDay)?;
                self.fields.day_of_year = Some(day);
            }
            Element::Hour => self.fields.hour = in_range(self.number(false)?, 0..=23, "hour")?,
            Element::Hour12 | Element::ZeroHour12 => {
                let hour = self.number(element == Element::ZeroHour12)?;
                self.fields.hour = in_range(hour, 0..=12, "hour")?;
            }
            Element::Minute | Element::ZeroMinute => {
                let minute = self.number(element == Element::ZeroMinute)?;
                self.fields.minute = in_range(minute, 0..=59, "minute")?;
            }
            Element::Second | Element::ZeroSecond => {
                let second = self.number(element == Element::ZeroSecond)?;
                self.fields.second = in_range(second, 0..=59, "second")?;
                self.unasked_fraction(layout_left)?;
            }
            Element::UpperHalf => self.half(b"AM", b"PM")?,
            Element::LowerHalf => self.half(b"am", b"pm")?,
            Element::ZoneName => self.zone_name()?,
            Element::Offset(style) => self.offset(style)?,
            Element::Fraction { places, .. } => {
                let digits = self.take(places + 1)?;
                self.fields.nanoseconds = nanoseconds(digits)?;
            }
            Element::ShortFraction { .. } => {
                let places = self.fraction_places();
                if places > 0 {
                    self.fields.nanoseconds = nanoseconds(self.take(places + 1)?)?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, size: usize) -> Result<&'t [u8], Bad> {
        let (taken, rest) = self.rest.split_at_checked(size).ok_or(Bad::Form)?;
        self.rest = rest;
        Ok(taken)
    }

    fn skip_one_blank(&mut self) {
        self.rest = self.rest.strip_prefix(b" ").unwrap_or(self.rest);
    }

    /// One digit or two, or exactly two.
    fn number(&mut self, fixed: bool) -> Result<i64, Bad> {
        let digits = self.rest.iter().take(2).take_while(|it| it.is_ascii_digit()).count();
        if digits == 0 || (fixed && digits == 1) {
            return Err(Bad::Form);
        }
        number_of(self.take(digits)?)
    }

    /// Up to three digits, or exactly three.
    fn long_number(&mut self, fixed: bool) -> Result<i64, Bad> {
        let digits = self.rest.iter().take(3).take_while(|it| it.is_ascii_digit()).count();
        if digits == 0 || (fixed && digits < 3) {
            return Err(Bad::Form);
        }
        number_of(self.take(digits)?)
    }

    /// A name of a table, cut to so many letters; case does not count.
    fn name(&mut self, names: &[&str], letters: Option<usize>) -> Result<i64, Bad> {
        for (index, name) in names.iter().enumerate() {
            let name = &name.as_bytes()[..letters.unwrap_or(name.len()).min(name.len())];
            if self.rest.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)) {
                self.rest = &self.rest[name.len()..];
                return Ok(index as i64);
            }
        }
        Err(Bad::Form)
    }

    fn half(&mut self, morning: &[u8], afternoon: &[u8]) -> Result<(), Bad> {
        let half = self.take(2)?;
        if half != morning && half != afternoon {
            return Err(Bad::Form);
        }
        self.fields.is_afternoon = Some(half == afternoon);
        Ok(())
    }

    /// Digits behind a point or comma at the start of the rest.
    fn fraction_places(&self) -> usize {
        match self.rest.split_first() {
            Some((b'.' | b',', digits)) => {
                digits.iter().take_while(|it| it.is_ascii_digit()).count()
            }
            _ => 0,
        }
    }

    /// A fraction behind the seconds is read even where the layout has none.
    fn unasked_fraction(&mut self, layout_left: &[u8]) -> Result<(), Bad> {
        let places = self.fraction_places();
        let next = next_chunk(layout_left).element.map(|(it, _)| it);
        let asked = matches!(next, Some(Element::Fraction { .. } | Element::ShortFraction { .. }));
        if places > 0 && !asked {
            self.fields.nanoseconds = nanoseconds(self.take(places + 1)?)?;
        }
        Ok(())
    }

    fn offset(&mut self, style: Offset) -> Result<(), Bad> {
        if style.z && self.rest.first() == Some(&b'Z') {
            self.rest = &self.rest[1..];
            self.fields.is_utc = true;
            return Ok(());
        }
        let parts = 1 + usize::from(style.minutes) + usize::from(style.seconds);
        let between = usize::from(style.colons);
        let written = self.take(1 + parts * 2 + (parts - 1) * between)?;
        let (sign, numbers) = written.split_first().ok_or(Bad::Form)?;
        let mut seconds = 0;
        let limits = [
            (24, 3600, "time zone offset hour"),
            (60, 60, "time zone offset minute"),
            (60, 1, "time zone offset second"),
        ];
        let mut good = true;
        for (index, (most, unit, what)) in limits.into_iter().take(parts).enumerate() {
            let start = index * (2 + between);
            good &= !style.colons || index == 0 || numbers.get(start - 1) == Some(&b':');
            let digits = numbers.get(start..start + 2).ok_or(Bad::Form)?;
            good &= digits.iter().all(u8::is_ascii_digit);
            if good {
                seconds += in_range(number_of(digits)?, 0..=most, what)? * unit;
            }
        }
        self.fields.offset = Some(match sign {
            b'+' if good => seconds,
            b'-' if good => -seconds,
            _ => return Err(Bad::Form),
        });
        Ok(())
    }

    fn zone_name(&mut self) -> Result<(), Bad> {
        if let Some(rest) = self.rest.strip_prefix(b"UTC") {
            self.rest = rest;
            self.fields.is_utc = true;
            return Ok(());
        }
        let size = zone_name_size(self.rest).ok_or(Bad::Form)?;
        self.fields.zone_name = String::from_utf8_lossy(self.take(size)?).into_owned();
        Ok(())
    }
}

/// How long the name of a zone is, as far as Go knows how those look.
fn zone_name_size(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(offset) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hours_size(offset).unwrap_or(0));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return signed_hours_size(text);
    }
    let capitals = text.iter().take(6).take_while(|it| it.is_ascii_uppercase()).count();
    match capitals {
        5 => (text.get(4) == Some(&b'T')).then_some(5),
        4 => (text.get(3) == Some(&b'T') || text.starts_with(b"WITA")).then_some(4),
        3 => Some(3),
        _ => None,
    }
}

/// How long `+03` is; no offset has more than 23 hours.
fn signed_hours_size(text: &[u8]) -> Option<usize> {
    let (sign, digits) = text.split_first()?;
    let size = digits.iter().take_while(|it| it.is_ascii_digit()).count();
    let hours = number_of(digits.get(..size)?).ok()?;
    (matches!(sign, b'+' | b'-') && size > 0 && hours <= 23).then_some(size + 1)
}

/// Go's `atoi`: a sign and digits.
fn number_of(text: &[u8]) -> Result<i64, Bad> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Bad::Form);
    }
    let mut number = 0i64;
    for digit in digits {
        let next = number.checked_mul(10).and_then(|it| it.checked_add(i64::from(digit - b'0')));
        number = next.ok_or(Bad::Form)?;
    }
    Ok(if negative { -number } else { number })
}

fn in_range(
    number: i64,
    range: std::ops::RangeInclusive<i64>,
    what: &'static str,
) -> Result<i64, Bad> {
    if range.contains(&number) { Ok(number) } else { Err(Bad::Range(what)) }
}

/// A fraction with its separator; digits behind the ninth are dropped.
fn nanoseconds(text: &[u8]) -> Result<u32, Bad> {
    let digits = match text.split_first() {
        Some((b'.' | b',', digits)) => &digits[..digits.len().min(9)],
        _ => return Err(Bad::Form),
    };
    if digits.first() == Some(&b'-') && digits.len() > 1 {
        let below_zero = number_of(digits)? < 0;
        return if below_zero { Err(Bad::Range("fractional second")) } else { Ok(0) };
    }
    let scale = 10u32.pow(9 - digits.len() as u32);
    let number = u32::try_from(number_of(digits)?).map_err(|_| Bad::Form)?;
    Ok(number * scale)
}

impl Fields {
    fn time(self) -> Result<Time, String> {
        let hour = match self.is_afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = self.month_and_day()?;
        if day < 1 || day > days_in(month, self.year) {
            return Err("day out of range".to_owned());
        }
        let date = Date { year: self.year, month, day };
        let local = date.days() * SECONDS_A_DAY + hour * 3600 + self.minute * 60 + self.second;
        let (seconds, zone) = if self.is_utc {
            (local, Zone::utc())
        } else if let Some(offset) = self.offset {
            let is_utc = offset == 0 && (self.zone_name.is_empty() || self.zone_name == "UTC");
            let zone = if is_utc { Zone::utc() } else { Zone { name: self.zone_name, offset } };
            (local - offset, zone)
        } else if self.zone_name.is_empty() {
            (local, Zone::utc())
        } else {
            // Nothing is known of the zone but what `GMT+3` says, and that moves no clock.
            let hours = self.zone_name.strip_prefix("GMT").unwrap_or_default();
            let offset = number_of(hours.as_bytes()).unwrap_or(0) * 3600;
            (local, Zone { name: self.zone_name, offset })
        };
        Ok(Time { seconds, nanoseconds: self.nanoseconds, zone })
    }

    fn month_and_day(&self) -> Result<(i64, i64), String> {
        let Some(day_of_year) = self.day_of_year else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        let days = if is_leap(self.year) { 366 } else { 365 };
        if !(1..=days).contains(&day_of_year) {
            return Err("day-of-year out of range".to_owned());
        }
        let first = Date { year: self.year, month: 1, day: 1 };
        let date = Date::from_days(first.days() + day_of_year - 1);
        if self.month.is_some_and(|it| it != date.month) {
            return Err("day-of-year does not match month".to_owned());
        }
        if self.day.is_some_and(|it| it != date.day) {
            return Err("day-of-year does not match day".to_owned());
        }
        Ok((date.month, date.day))
    }
}
