//! Dates, layouts and durations, against what Go answers.

use super::*;

fn format(seconds: i64, layout: &str) -> String {
    String::from_utf8(Time::from_unix(seconds).format(layout.as_bytes())).unwrap()
}

#[test]
fn times_are_written_by_layouts() {
    // Tuesday, 14 November 2023, 22:13:20.
    let table = [
        ("2006-01-02T15:04:05Z07:00", "2023-11-14T22:13:20Z"),
        ("Mon Jan _2 15:04:05 2006", "Tue Nov 14 22:13:20 2023"),
        ("Monday January 2", "Tuesday November 14"),
        ("02/01/06 03:04PM", "14/11/23 10:13PM"),
        ("3:4:5pm 1", "10:13:20pm 11"),
        ("2006-002 __2", "2023-318 318"),
        (".000 .999 ,00 .000000000", ".000  ,00 .000000000"),
        (".0001", ".0011"),
        ("-0700 -07:00 -07 -070000 -07:00:00", "+0000 +00:00 +00 +000000 +00:00:00"),
        ("Z0700 Z07 Z070000", "Z Z Z"),
        ("MST", "UTC"),
        ("_2006", "_2023"),
        ("Month Janus x", "Month Janus x"),
        ("", ""),
    ];
    for (layout, expected) in table {
        assert_eq!(format(1_700_000_000, layout), expected, "{layout:?}");
    }
    assert_eq!(format(-62_167_219_201, "2006-01-02 06"), "-0001-12-31 01");
    assert_eq!(format(0, "_2 __2 3 03 PM"), " 1   1 12 12 AM");
}

fn read(layout: &str, text: &str) -> String {
    match parse(layout.as_bytes(), text.as_bytes()) {
        Ok(time) => time.print(),
        Err(error) => error,
    }
}

#[test]
fn times_are_read_by_layouts() {
    let table = [
        ("2006-01-02", "2017-12-31", "2017-12-31 00:00:00 +0000 UTC"),
        ("2006", "2020", "2020-01-01 00:00:00 +0000 UTC"),
        ("2006-002", "2020-060", "2020-02-29 00:00:00 +0000 UTC"),
        ("2006-01-02 15:04:05", "2020-02-29 01:02:03.25", "2020-02-29 01:02:03.25 +0000 UTC"),
        ("2006-01-02T15:04:05Z07:00", "2020-01-01T00:00:00Z", "2020-01-01 00:00:00 +0000 UTC"),
        (
            "2006-01-02T15:04:05Z07:00",
            "2020-01-01T00:00:00+02:00",
            "2020-01-01 00:00:00 +0200 +0200",
        ),
        ("2006 -0700 MST", "2020 -0800 PST", "2020-01-01 00:00:00 -0800 PST"),
        ("2006 MST", "2020 CEST", "2020-01-01 00:00:00 +0000 CEST"),
        ("Mon Jan _2 3:04PM 2006", "tue FEB  4 12:05AM 2020", "2020-02-04 00:05:00 +0000 UTC"),
        ("06 January", "69 march", "1969-03-01 00:00:00 +0000 UTC"),
        (".000 2006", ".123 2020", "2020-01-01 00:00:00.123 +0000 UTC"),
    ];
    for (layout, text, expected) in table {
        assert_eq!(read(layout, text), expected, "{layout:?} {text:?}");
    }
}

#[test]
fn bad_times_are_refused_in_the_words_of_go() {
    let table = [
        ("2006-01-02", "bad", r#""bad" as "2006-01-02": cannot parse "bad" as "2006""#),
        (
            "2006-01-02",
            "2020/01/02",
            r#""2020/01/02" as "2006-01-02": cannot parse "/01/02" as "-""#,
        ),
        ("2006-01-02", "2020-13-02", r#""2020-13-02": month out of range"#),
        ("2006-01-02", "2021-02-29", r#""2021-02-29": day out of range"#),
        ("2006-01-02", "2020-01-02x", r#""2020-01-02x": extra text: "x""#),
        ("15:04", "24:00", r#""24:00": hour out of range"#),
        ("15:04:05", "1:02:60", r#""1:02:60": second out of range"#),
        ("2006-002", "2021-366", r#""2021-366": day-of-year out of range"#),
        ("-07:00", "+25:00", r#""+25:00": time zone offset hour out of range"#),
        ("-07:00", "+0500x", r#""+0500x" as "-07:00": cannot parse "+0500x" as "-07:00""#),
        ("Jan", "\u{e9}", r#""\xc3\xa9" as "Jan": cannot parse "\xc3\xa9" as "Jan""#),
    ];
    for (layout, text, expected) in table {
        assert_eq!(read(layout, text), format!("parsing time {expected}"), "{layout:?} {text:?}");
    }
}

#[test]
fn durations_are_read_and_written() {
    let table = [
        ("0", "0s"),
        ("1h15m30.918s", "1h15m30.918s"),
        ("90m", "1h30m0s"),
        ("-1.5h", "-1h30m0s"),
        ("1.5ms", "1.5ms"),
        ("100us", "100\u{b5}s"),
        ("2\u{3bc}s", "2\u{b5}s"),
        ("15ns", "15ns"),
        (".5s", "500ms"),
        ("1.s", "1s"),
        ("60s", "1m0s"),
        ("2562047h47m16.854775807s", "2562047h47m16.854775807s"),
    ];
    for (text, expected) in table {
        assert_eq!(Duration::parse(text.as_bytes()).unwrap().print(), expected, "{text:?}");
    }
    let table = [
        ("x", "invalid duration \"x\""),
        ("", "invalid duration \"\""),
        ("-", "invalid duration \"-\""),
        (".s", "invalid duration \".s\""),
        ("1", "missing unit in duration \"1\""),
        ("1d", "unknown unit \"d\" in duration \"1d\""),
        ("2562048h", "invalid duration \"2562048h\""),
        ("99999999999999999999s", "invalid duration \"99999999999999999999s\""),
    ];
    for (text, error) in table {
        assert_eq!(Duration::parse(text.as_bytes()).unwrap_err(), format!("time: {error}"));
    }
}

#[test]
fn durations_are_rounded_and_cut() {
    let table = [
        ("1h31m", "1h", "2h0m0s", "1h0m0s"),
        ("1h30m", "1h", "2h0m0s", "1h0m0s"),
        ("1h29m", "1h", "1h0m0s", "1h0m0s"),
        ("-1h30m", "1h", "-2h0m0s", "-1h0m0s"),
        ("1h31m", "0", "1h31m0s", "1h31m0s"),
        ("2562047h47m16.854775807s", "1h", "2562047h47m16.854775807s", "2562047h0m0s"),
    ];
    for (text, multiple, rounded, cut) in table {
        let read = |it: &str| Duration::parse(it.as_bytes()).unwrap();
        assert_eq!(read(text).round(read(multiple)).print(), rounded, "{text} {multiple}");
        assert_eq!(read(text).truncate(read(multiple)).print(), cut, "{text} {multiple}");
    }
}
