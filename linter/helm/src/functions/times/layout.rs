//! Layouts: Go writes a format as the reference time `Mon Jan 2 15:04:05 MST 2006` would look.

use super::{
    Time,
    calendar::{MONTHS, WEEKDAYS},
};

/// A part of a layout that stands for a part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    /// `PM`
    UpperHalf,
    /// `pm`
    LowerHalf,
    /// `MST`
    ZoneName,
    Offset(Offset),
    /// `.000` or `,000`: so many places.
    Fraction {
        places: usize,
        separator: u8,
    },
    /// `.999`: at most so many, without zeros behind.
    ShortFraction {
        places: usize,
        separator: u8,
    },
}

/// How the distance to UTC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z07:00`: a `Z` for none.
    pub(super) z: bool,
    pub(super) colons: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

impl Offset {
    const fn element(z: bool, colons: bool, minutes: bool, seconds: bool) -> Element {
        Element::Offset(Self { z, colons, minutes, seconds })
    }
}

/// What a layout may hold; the first that fits is taken.
const ELEMENTS: &[(&str, Element)] = &[
    ("January", Element::LongMonth),
    ("Jan", Element::Month),
    ("Monday", Element::LongWeekday),
    ("Mon", Element::Weekday),
    ("MST", Element::ZoneName),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("002", Element::ZeroYearDay),
    ("15", Element::Hour),
    ("1", Element::NumMonth),
    ("2006", Element::LongYear),
    ("2", Element::Day),
    ("_2", Element::UnderDay),
    ("__2", Element::UnderYearDay),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::UpperHalf),
    ("pm", Element::LowerHalf),
    ("-070000", Offset::element(false, false, true, true)),
    ("-07:00:00", Offset::element(false, true, true, true)),
    ("-0700", Offset::element(false, false, true, false)),
    ("-07:00", Offset::element(false, true, true, false)),
    ("-07", Offset::element(false, false, false, false)),
    ("Z070000", Offset::element(true, false, true, true)),
    ("Z07:00:00", Offset::element(true, true, true, true)),
    ("Z0700", Offset::element(true, false, true, false)),
    ("Z07:00", Offset::element(true, true, true, false)),
    ("Z07", Offset::element(true, false, false, false)),
];

/// The text before the first element, the element with its own text, and what follows.
pub(super) struct Chunk<'l> {
    pub(super) prefix: &'l [u8],
    pub(super) element: Option<(Element, &'l [u8])>,
    pub(super) rest: &'l [u8],
}

pub(super) fn next_chunk(layout: &[u8]) -> Chunk<'_> {
    for at in 0..layout.len() {
        let here = &layout[at..];
        // An underscore before a year is only an underscore.
        if here.starts_with(b"_2006") {
            continue;
        }
        if let Some((element, size)) = element_at(here) {
            let (text, rest) = here.split_at(size);
            return Chunk { prefix: &layout[..at], element: Some((element, text)), rest };
        }
    }
    Chunk { prefix: layout, element: None, rest: b"" }
}

fn element_at(here: &[u8]) -> Option<(Element, usize)> {
    if let Some(fraction) = fraction_at(here) {
        return Some(fraction);
    }
    let (text, element) = ELEMENTS.iter().find(|(text, element)| {
        // `Month` and `Janus` are words, no elements.
        let short_name = matches!(element, Element::Month | Element::Weekday);
        here.strip_prefix(text.as_bytes()).is_some_and(|behind| {
            !(short_name && behind.first().is_some_and(u8::is_ascii_lowercase))
        })
    })?;
    Some((*element, text.len()))
}

fn fraction_at(here: &[u8]) -> Option<(Element, usize)> {
    let (&separator, behind) = here.split_first()?;
    let digit = *behind.first()?;
    if !matches!(separator, b'.' | b',') || !matches!(digit, b'0' | b'9') {
        return None;
    }
    let places = behind.iter().take_while(|it| **it == digit).count();
    if behind.get(places).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let element = if digit == b'0' {
        Element::Fraction { places, separator }
    } else {
        Element::ShortFraction { places, separator }
    };
    Some((element, places + 1))
}

/// Writes a time by a layout.
pub(super) fn format(time: &Time, layout: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(layout.len() + 16);
    let mut rest = layout;
    while !rest.is_empty() {
        let chunk = next_chunk(rest);
        written.extend_from_slice(chunk.prefix);
        if let Some((element, _)) = chunk.element {
            written.extend_from_slice(formatted(time, element).as_bytes());
        }
        rest = chunk.rest;
    }
    written
}

fn formatted(time: &Time, element: Element) -> String {
    let clock = time.clock();
    let date = clock.date;
    let hour12 = match clock.hour % 12 {
        0 => 12,
        hour => hour,
    };
    match element {
        Element::LongMonth => name(&MONTHS, date.month - 1).to_owned(),
        Element::Month => name(&MONTHS, date.month - 1).chars().take(3).collect(),
        Element::NumMonth => date.month.to_string(),
        Element::ZeroMonth => format!("{:02}", date.month),
        Element::LongWeekday => name(&WEEKDAYS, date.weekday()).to_owned(),
        Element::Weekday => name(&WEEKDAYS, date.weekday()).chars().take(3).collect(),
        Element::Day => date.day.to_string(),
        Element::UnderDay => format!("{:2}", date.day),
        Element::ZeroDay => format!("{:02}", date.day),
        Element::UnderYearDay => format!("{:3}", date.day_of_year()),
        Element::ZeroYearDay => format!("{:03}", date.day_of_year()),
        Element::Hour => format!("{:02}", clock.hour),
        Element::Hour12 => hour12.to_string(),
        Element::ZeroHour12 => format!("{hour12:02}"),
        Element::Minute => clock.minute.to_string(),
        Element::ZeroMinute => format!("{:02}", clock.minute),
        Element::Second => clock.second.to_string(),
        Element::ZeroSecond => format!("{:02}", clock.second),
        Element::LongYear if date.year < 0 => format!("-{:04}", -date.year),
        Element::LongYear => format!("{:04}", date.year),
        Element::Year => format!("{:02}", date.year.abs() % 100),
        Element::UpperHalf => (if clock.hour >= 12 { "PM" } else { "AM" }).to_owned(),
        Element::LowerHalf => (if clock.hour >= 12 { "pm" } else { "am" }).to_owned(),
        Element::ZoneName if time.zone.name.is_empty() => offset(
            time.zone.offset,
            Offset { z: false, colons: false, minutes: true, seconds: false },
        ),
        Element::ZoneName => time.zone.name.clone(),
        Element::Offset(style) => offset(time.zone.offset, style),
        Element::Fraction { places, separator } => {
            let digits = fraction_digits(time.nanoseconds, places);
            format!("{}{digits}", char::from(separator))
        }
        Element::ShortFraction { places, separator } => {
            let digits = fraction_digits(time.nanoseconds, places);
            match digits.trim_end_matches('0') {
                "" => String::new(),
                digits => format!("{}{digits}", char::from(separator)),
            }
        }
    }
}

fn name<'n>(names: &[&'n str], index: i64) -> &'n str {
    usize::try_from(index).ok().and_then(|it| names.get(it)).copied().unwrap_or_default()
}

/// The first places of nine.
fn fraction_digits(nanoseconds: u32, places: usize) -> String {
    let digits = format!("{nanoseconds:09}");
    digits.chars().take(places).collect()
}

fn offset(seconds: i64, style: Offset) -> String {
    if style.z && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds / 60 < 0 { '-' } else { '+' };
    let seconds = if sign == '-' { -seconds } else { seconds };
    let colon = if style.colons { ":" } else { "" };
    let part = |wanted: bool, number: i64| {
        if wanted { format!("{colon}{number:02}") } else { String::new() }
    };
    let minutes = part(style.minutes, seconds / 60 % 60);
    format!("{sign}{:02}{minutes}{}", seconds / 3600, part(style.seconds, seconds % 60))
}
