//! Expectations are what Go 1.26 reads and writes.

use proptest::prelude::*;

use super::*;
use crate::{
    data::{
        fmt::{display, go_syntax},
        tests::context,
    },
    origin::OriginData,
    value::Map,
};

const PLAIN: Json = Json { escape_html: true, indent: None };

fn shown(text: &str) -> String {
    match read(&mut context(), &Text::new(text, Origin::NONE)) {
        Ok(value) => display(&value).lossy().into_owned(),
        Err(message) => message,
    }
}

fn written(value: &Value, json: Json) -> String {
    String::from_utf8(write(value, json).unwrap().bytes().to_vec()).unwrap()
}

fn map(entries: &[(&str, Value)]) -> Value {
    let map = Map::new();
    for (key, value) in entries {
        map.set(key, value.clone());
    }
    Value::map(map)
}

#[test]
fn texts_become_values() {
    let cases = [
        (
            " {\"a\": [1, -2.5e3, true, null, \"x\"], \"b\": {}} ",
            "map[a:[1 -2500 true <nil> x] b:map[]]",
        ),
        ("\"\\u00e9\\ud83d\\ude00\\ud83dx\\n\\/\"", "\u{e9}\u{1f600}\u{fffd}x\n/"),
        ("{\"a\":1,\"a\":2}", "map[a:2]"),
        ("9007199254740993", "9.007199254740992e+15"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
    let wrong = read(&mut context(), &Text::new(b"\"a\xffb\"".as_slice(), Origin::NONE)).unwrap();
    assert_eq!(display(&wrong).lossy(), "a\u{fffd}b");
}

#[test]
fn errors_are_worded_as_in_go() {
    let cases = [
        ("", "unexpected end of JSON input"),
        ("{\"a\":", "unexpected end of JSON input"),
        ("\"a", "unexpected end of JSON input"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        ("{'a':1}", r"invalid character '\'' looking for beginning of object key string"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{\"a\" 1}", "invalid character '1' after object key"),
        ("{\"a\":1 \"b\":2}", "invalid character '\"' after object key:value pair"),
        ("1 2", "invalid character '2' after top-level value"),
        ("tru", "invalid character ' ' in literal true (expecting 'e')"),
        ("nul1", "invalid character '1' in literal null (expecting 'l')"),
        ("-", "invalid character ' ' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1e", "invalid character ' ' in exponent of numeric literal"),
        ("01", "invalid character '1' after top-level value"),
        ("\"\\q\"", "invalid character 'q' in string escape code"),
        ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
        ("\"a\nb\"", r"invalid character '\n' in string literal"),
        ("\u{e9}", "invalid character '\u{c3}' looking for beginning of value"),
        ("1e400", "json: cannot unmarshal number 1e400 into Go value of type float64"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
    assert!(shown(&"[".repeat(100_000)).ends_with("exceeded max depth"));
    let list = Text::new("[]", Origin::NONE);
    assert_eq!(
        read_map(&mut context(), &list).unwrap_err(),
        "json: cannot unmarshal array into Go value of type map[string]interface {}"
    );
}

#[test]
fn values_become_texts() {
    let value = map(&[
        ("b", Value::list(vec![Value::int(1), Value::nil(), Value::list(Vec::new())])),
        ("a<", Value::string("x<&>\"\\\n\t\u{1}\u{7f}\u{e9}\u{2028}")),
        ("c", map(&[])),
    ]);
    let html = r#"{"a\u003c":"x\u003c\u0026\u003e\"\\\n\t\u0001"#;
    let rest = "\u{7f}\u{e9}\\u2028\",\"b\":[1,null,[]],\"c\":{}}";
    assert_eq!(written(&value, PLAIN), format!("{html}{rest}"));
    let raw = Json { escape_html: false, indent: None };
    let html = r#"{"a<":"x<&>\"\\\n\t\u0001"#;
    assert_eq!(written(&value, raw), format!("{html}{rest}"));
    let pretty = Json { escape_html: true, indent: Some("  ") };
    let value = map(&[
        ("a", Value::list(vec![Value::int(1), map(&[])])),
        ("b", map(&[("c", Value::nil())])),
    ]);
    assert_eq!(
        written(&value, pretty),
        "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}"
    );
    assert_eq!(written(&Value::string(b"a\xff".as_slice()), PLAIN), r#""a\ufffd""#);
    assert_eq!(
        written(&Value::new(Data::Bytes((*b"hi").into()), Origin::NONE), PLAIN),
        r#""aGk=""#
    );
}

#[test]
fn floats_are_written_as_javascript_writes_them() {
    let cases = [
        (1e6, "1000000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (-1.5e-10, "-1.5e-10"),
        (-0.0, "-0"),
        (0.1, "0.1"),
    ];
    for (value, expected) in cases {
        assert_eq!(number(value).unwrap(), expected);
    }
    assert_eq!(number(f64::NAN).unwrap_err(), "json: unsupported value: NaN");
}

#[test]
fn origins_go_in_and_out() {
    let mut cx = context();
    let data = OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
    let [a, b] = [false, true].map(|computed| cx.origins.add(OriginData { computed, ..data }));
    let mut text = TextBuilder::default();
    for (part, origin) in [("{\"k\":\"x", a), ("\\ny", b), ("\",\"n\":", a), ("12", b), ("}", a)] {
        text.push(part.as_bytes(), origin);
    }
    let value = read(&mut cx, &text.finish()).unwrap();
    let text = write(&value, PLAIN).unwrap();
    let runs: Vec<_> = text
        .runs()
        .map(|(run, origin)| {
            (String::from_utf8_lossy(&text.bytes()[run]).into_owned(), origin == b)
        })
        .collect();
    let run = |text: &str, is_b| (text.to_owned(), is_b);
    assert_eq!(
        runs,
        [
            // Nothing in the text is the line feed itself: it goes with what stands before it.
            run("{\"k\":\"x\\n", false),
            run("y\"", true),
            run(",\"n\"", false),
            run(":12", true),
            run("}", false),
        ]
    );
}

#[test]
fn values_that_contain_themselves_are_refused() {
    let own = Map::new();
    own.set("a", Value::map(own.clone()));
    assert!(write(&Value::map(own), PLAIN).is_err());
}

proptest! {
    #[test]
    fn any_text_gives_a_value_or_an_error(text in "[\\[\\]{}:,\"\\\\ untrefalse0-9.eE+\\-]{0,24}") {
        shown(&text);
    }

    #[test]
    fn what_is_written_reads_as_the_same(
        words in proptest::collection::vec(".{0,12}", 0..4),
        numbers in proptest::collection::vec(any::<f64>().prop_filter("JSON", |it| it.is_finite()), 0..4),
    ) {
        let words = words.iter().map(|it| Value::string(it.as_str())).collect();
        let numbers = numbers.into_iter().map(Value::float).collect();
        let value = map(&[("w", Value::list(words)), ("n", Value::list(numbers))]);
        for indent in [None, Some("  ")] {
            let text = write(&value, Json { escape_html: true, indent }).unwrap();
            let read = read(&mut context(), &text).unwrap();
            prop_assert_eq!(go_syntax(&read), go_syntax(&value));
        }
    }
}
