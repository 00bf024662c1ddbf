//! Expectations are what Go 1.26 prints.

use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::{
    data::tests::context,
    origin::{OriginData, Origins},
    value::Element,
};

fn formatted(format: &str, args: &[Value]) -> String {
    let format = Text::new(format, Origin::NONE);
    printf(&mut context(), &format, args).unwrap().lossy().into_owned()
}

fn list(items: &[Value]) -> Value {
    Value::list(items.to_vec())
}

fn map(entries: &[(&str, Value)]) -> Value {
    let map = Map::new();
    for (key, value) in entries {
        map.set(key, value.clone());
    }
    Value::map(map)
}

#[test]
fn values_print_as_go_prints_them() {
    let cases = [
        (Value::nil(), "<nil>"),
        (Value::bool(true), "true"),
        (Value::int(-7), "-7"),
        (Value::int64(7), "7"),
        (Value::float(2.0), "2"),
        (Value::float(1e6), "1e+06"),
        (Value::float(100_000.0), "100000"),
        (Value::float(123_456_789.0), "1.23456789e+08"),
        (Value::float(0.0001), "0.0001"),
        (Value::float(0.000_01), "1e-05"),
        (Value::float(-0.0), "-0"),
        (Value::float(f64::INFINITY), "+Inf"),
        (Value::float(f64::NAN), "NaN"),
        (Value::string("h\u{e9}"), "h\u{e9}"),
        (list(&[Value::int(1), Value::nil(), list(&[])]), "[1 <nil> []]"),
        (map(&[("b", Value::string("x y")), ("a", map(&[]))]), "map[a:map[] b:x y]"),
        (Value::new(Data::Bytes(Rc::from(*b"hi")), Origin::NONE), "[104 105]"),
    ];
    for (value, expected) in cases {
        assert_eq!(display(&value).lossy(), expected, "{value:?}");
    }
}

#[test]
fn sprint_puts_blanks_between_operands_that_are_no_strings() {
    let [one, two] = [Value::int(1), Value::int(2)];
    let word = Value::string("a");
    let args = [one.clone(), two, word.clone(), one, word.clone(), word];
    assert_eq!(print(&context(), &args).unwrap().lossy(), "1 2a1aa");
    assert_eq!(println(&context(), &args).unwrap().lossy(), "1 2 a 1 a a\n");
    assert_eq!(print(&context(), &[]).unwrap().lossy(), "");
}

#[test]
fn verbs_and_flags_write_scalars() {
    let [i, f, s, t] =
        [Value::int(-7), Value::float(1.5), Value::string("h\u{e9}"), Value::bool(true)];
    let cases: [(&str, &Value, &str); 58] = [
        ("%d", &i, "-7"),
        ("%+d", &Value::int(7), "+7"),
        ("% d", &Value::int(7), " 7"),
        ("%5d|", &i, "   -7|"),
        ("%-5d|", &i, "-7   |"),
        ("%05d", &i, "-0007"),
        ("%-05d|", &i, "-7   |"),
        ("%8.3d|", &i, "    -007|"),
        ("%08.3d|", &i, "    -007|"),
        ("%.0d|", &Value::int(0), "|"),
        ("%3.0d|", &Value::int(0), "   |"),
        ("%b", &i, "-111"),
        ("%#b", &i, "-0b111"),
        ("%o", &Value::int(8), "10"),
        ("%#o", &Value::int(8), "010"),
        ("%O", &Value::int(8), "0o10"),
        ("%x", &Value::int(-255), "-ff"),
        ("%#X", &Value::int(255), "0XFF"),
        ("%c", &Value::int(9731), "\u{2603}"),
        ("%c", &i, "\u{fffd}"),
        ("%q", &Value::int(10), r"'\n'"),
        ("%q", &i, "'\u{fffd}'"),
        ("%U", &Value::int(9731), "U+2603"),
        ("%#U", &Value::int(9731), "U+2603 '\u{2603}'"),
        ("%U", &i, "U+FFFFFFFFFFFFFFF9"),
        ("%f", &f, "1.500000"),
        ("%8.3f|", &f, "   1.500|"),
        ("%08.3f", &Value::float(-1.5), "-001.500"),
        ("%-8.1f|", &f, "1.5     |"),
        ("%.0f", &Value::float(2.5), "2"),
        ("%e", &Value::float(123_456.789), "1.234568e+05"),
        ("%.3g", &Value::float(1234.5678), "1.23e+03"),
        ("%#g", &f, "1.50000"),
        ("%G", &Value::float(1e21), "1E+21"),
        ("%x", &Value::float(3.5), "0x1.cp+01"),
        ("%.1x", &Value::float(1.97), "0x1.0p+01"),
        ("%#x", &Value::float(3.0), "0x1.8000p+01"),
        ("%b", &f, "6755399441055744p-52"),
        ("%+.1f", &f, "+1.5"),
        ("%08v|", &Value::float(f64::INFINITY), "    +Inf|"),
        ("%s", &s, "h\u{e9}"),
        ("%5s|", &s, "   h\u{e9}|"),
        ("%-5s|", &s, "h\u{e9}   |"),
        ("%05s|", &s, "000h\u{e9}|"),
        ("%.1s|", &s, "h|"),
        ("%q", &s, "\"h\u{e9}\""),
        ("%+q", &s, r#""h\u00e9""#),
        ("%#q", &s, "`h\u{e9}`"),
        ("%#q", &Value::string("a`b"), "\"a`b\""),
        ("%x", &s, "68c3a9"),
        ("% X", &s, "68 C3 A9"),
        ("%# x", &s, "0x68 0xc3 0xa9"),
        ("%.1x", &s, "68"),
        ("%#v", &s, "\"h\u{e9}\""),
        ("%5t|", &t, " true|"),
        ("%T", &s, "string"),
        ("%v%%", &t, "true%"),
        ("%6.2v|", &Value::int(5), "    05|"),
    ];
    for (format, value, expected) in cases {
        assert_eq!(formatted(format, std::slice::from_ref(value)), expected, "{format} {value:?}");
    }
}

#[test]
fn a_verb_that_does_not_fit_says_so() {
    let mixed = list(&[Value::int(1), Value::string("a")]);
    let cases = [
        ("%d", Value::float(3.0), "%!d(float64=3)"),
        ("%d", Value::float(1e6), "%!d(float64=1e+06)"),
        ("%s", Value::nil(), "%!s(<nil>)"),
        ("%s", Value::bool(true), "%!s(bool=true)"),
        ("%5d", Value::string("hi"), "%!d(string=   hi)"),
        ("%t", Value::int(3), "%!t(int=3)"),
        ("%.2f", Value::int(-7), "%!f(int=-07)"),
        ("%s", mixed.clone(), "[%!s(int=1) a]"),
        ("%d", mixed.clone(), "[1 %!d(string=a)]"),
        ("%w", mixed, "%!w([]interface {}=[1 a])"),
        ("%d", map(&[("a", Value::int(1))]), "map[%!d(string=a):1]"),
        ("%!", Value::int64(5), "%!!(int64=5)"),
        ("%\u{e9}", Value::int(5), "%!\u{e9}(int=5)"),
    ];
    for (format, value, expected) in cases {
        assert_eq!(formatted(format, &[value]), expected, "{format}");
    }
}

#[test]
fn go_syntax_names_types() {
    let words = Value::list_of(Element::String, vec![Value::string("a"), Value::string("b")]);
    let nested = map(&[("k", list(&[Value::nil(), Value::float(1.0)]))]);
    let bytes = Value::new(Data::Bytes(Rc::from(*b"h")), Origin::NONE);
    assert_eq!(formatted("%#v", &[words]), r#"[]string{"a", "b"}"#);
    assert_eq!(formatted("%#v", &[Value::nil_list(Element::Int)]), "[]int(nil)");
    assert_eq!(
        formatted("%#v", &[nested]),
        r#"map[string]interface {}{"k":[]interface {}{interface {}(nil), 1}}"#
    );
    assert_eq!(formatted("%#v %s %x", &[bytes.clone(), bytes.clone(), bytes]), "[]byte{0x68} h 68");
}

#[test]
fn arguments_are_counted_and_can_be_named() {
    let [one, two] = [Value::int(1), Value::string("b")];
    let args = [one, two];
    let cases = [
        ("%[2]s %[1]d", "b 1"),
        ("%[3]d", "%!d(BADINDEX)"),
        ("%[x]d %d", "%!d(BADINDEX) 1"),
        ("%[1]*d|", "%!d(string=b)|"),
        ("%[2]*[1]d|", "%!(BADWIDTH)1|"),
        ("%[]", "%!](BADINDEX)"),
        ("%d", "1%!(EXTRA string=b)"),
        ("", "%!(EXTRA int=1, string=b)"),
        ("%d %s %s", "1 b %!s(MISSING)"),
        ("%d %s %", "1 b %!(NOVERB)"),
        ("%d %s %-", "1 b %!(NOVERB)"),
        ("%d %s %99999999999d", "1 b %!(NOVERB)"),
        ("%d %s %!", "1 b %!!(MISSING)"),
    ];
    for (format, expected) in cases {
        assert_eq!(formatted(format, &args), expected, "{format}");
    }
    let widths = [Value::int(-5), Value::int(3), Value::float(5.0), Value::int(3)];
    assert_eq!(formatted("%*d|%*d|", &widths), "3    |%!(BADWIDTH)3|");
    assert_eq!(formatted("%.*f|", &[Value::int(1), Value::float(2.25)]), "2.2|");
}

#[test]
fn literals_escape_what_go_escapes() {
    let cases: [(&[u8], &str); 8] = [
        (b"a\"b\\c", r#""a\"b\\c""#),
        (b"\x07\x08\x0c\n\r\t\x0b", r#""\a\b\f\n\r\t\v""#),
        (b"\x00\x1f\x7f", r#""\x00\x1f\x7f""#),
        (b"\xff\xc3", r#""\xff\xc3""#),
        ("\u{e9}\u{2603}\u{1f600}".as_bytes(), "\"\u{e9}\u{2603}\u{1f600}\""),
        ("\u{ad}\u{200b}\u{2028}\u{feff}".as_bytes(), r#""\u00ad\u200b\u2028\ufeff""#),
        ("\u{a0}\u{e000}\u{e0001}".as_bytes(), r#""\u00a0\ue000\U000e0001""#),
        ("e\u{301}\u{301}".as_bytes(), "\"e\u{301}\u{301}\""),
    ];
    for (bytes, expected) in cases {
        assert_eq!(String::from_utf8(quote(bytes)).unwrap(), expected);
    }
}

#[test]
fn printed_bytes_keep_their_origins() {
    let mut arena = Origins::default();
    let data = OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
    let [format, argument] =
        [false, true].map(|computed| arena.add(OriginData { computed, ..data }));
    let format = Text::new("a%4sb%d", format);
    let word = Value::text(Text::new("\nx", argument));
    let text =
        printf(&mut context(), &format, &[word.clone(), Value::int(5).with_origin(argument)])
            .unwrap();
    assert_eq!(text.bytes(), b"a  \nxb5");
    let runs: Vec<_> = text.runs().map(|(range, origin)| (range, origin == argument)).collect();
    assert_eq!(runs, [(0..1, false), (1..5, true), (5..6, false), (6..7, true)]);
    let quoted = quote_text(word.as_text().unwrap(), Charset::Printable);
    assert_eq!(quoted.bytes(), br#""\nx""#);
    assert_eq!(quoted.sole_origin(), Some(argument));
}

#[test]
fn what_would_be_too_long_is_not_made() {
    let error = printf(
        &mut context(),
        &Text::new("%999999d%999999d", Origin::NONE),
        &[Value::int(1), Value::int(1)],
    );
    assert_eq!(error.unwrap_err().0, "the text is longer than 1048576 bytes");
    let own = Map::new();
    own.set("a", Value::map(own.clone()));
    assert!(display(&Value::map(own)).bytes().starts_with(b"map[a:map[a:"));
}

proptest! {
    #[test]
    fn the_shortest_digits_name_the_number(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        for verb in [b'e', b'f', b'g'] {
            prop_assert_eq!(float(value, verb, None, 64).parse::<f64>(), Ok(value));
        }
    }

    #[test]
    fn any_format_prints_something(format: Vec<u8>, word: Vec<u8>) {
        let args = [Value::int(3), Value::string(word), Value::float(0.5)];
        printf(&mut context(), &Text::new(format, Origin::NONE), &args).ok();
    }

    #[test]
    fn directives_of_any_form_print_something(format in "(%[-+# 0]{0,3}[0-9*]{0,3}(\\.[0-9*]{0,3})?(\\[[0-9]?\\])?[a-zA-Z!%]?){0,4}") {
        let args = [Value::int(3), Value::string("a"), Value::float(0.5)];
        printf(&mut context(), &Text::new(format, Origin::NONE), &args).unwrap();
    }
}
