//! Expectations are what go-yaml writes.

use proptest::prelude::*;

use super::*;
use crate::origin::{OriginData, Origins};

fn text(bytes: &str) -> Value {
    Value::string(bytes)
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

fn written(value: &Value) -> String {
    String::from_utf8(write(value).unwrap().bytes().to_vec()).unwrap()
}

fn pretty(value: &Value) -> String {
    String::from_utf8(write_pretty(value).unwrap().bytes().to_vec()).unwrap()
}

#[test]
fn collections_are_blocks_and_lists_are_not_indented() {
    let item =
        map(&[("b", list(&[Value::int(1), list(&[Value::int(2), text("x")])])), ("a", map(&[]))]);
    let value = map(&[("l", list(&[item.clone(), list(&[]), Value::nil()])), ("m", item)]);
    assert_eq!(
        written(&value),
        "l:\n- a: {}\n  b:\n  - 1\n  - - 2\n    - x\n- []\n- null\nm:\n  a: {}\n  b:\n  - 1\n  - - 2\n    - x\n"
    );
    assert_eq!(
        pretty(&value),
        "l:\n  - a: {}\n    b:\n      - 1\n      - - 2\n        - x\n  - []\n  - null\nm:\n  a: {}\n  b:\n    - 1\n    - - 2\n      - x\n"
    );
    for (value, expected) in [(Value::nil(), "null\n"), (list(&[]), "[]\n"), (text("a"), "a\n")] {
        assert_eq!(written(&value), expected);
    }
}

#[test]
fn keys_are_in_natural_order() {
    let keys = ["a10", "a2", "10", "9", "_x", "B", "a", "b-1", "b1", "a01", "\u{e9}"];
    let entries: Vec<_> = keys.iter().map(|it| (*it, Value::int(0))).collect();
    let lines = written(&map(&entries));
    let order: Vec<_> = lines.lines().map(|it| it.trim_end_matches(": 0")).collect();
    let expected = ["_x", "\"9\"", "\"10\"", "B", "a", "a01", "a2", "a10", "b-1", "b1", "\u{e9}"];
    assert_eq!(order, expected);
}

#[test]
fn numbers_are_integers_where_json_makes_them_so() {
    let cases = [
        (1e6, "1000000", "1e+06"),
        (-0.0, "0", "-0"),
        (1.5, "1.5", "1.5"),
        (1_234_567.5, "1.2345675e+06", "1.2345675e+06"),
        (1e-5, "1e-05", "1e-05"),
        (1e19, "10000000000000000000", "1e+19"),
        (-1e19, "-1e+19", "-1e+19"),
        (1e20, "1e+20", "1e+20"),
        (9_007_199_254_740_993.0, "9007199254740992", "9.007199254740992e+15"),
    ];
    for (number, json, go) in cases {
        assert_eq!(written(&Value::float(number)).trim_end(), json);
        assert_eq!(pretty(&Value::float(number)).trim_end(), go);
    }
    assert_eq!(write(&Value::float(f64::INFINITY)).unwrap_err(), "json: unsupported value: +Inf");
    assert_eq!(pretty(&Value::float(f64::NEG_INFINITY)), "-.inf\n");
}

#[test]
fn strings_that_would_be_read_as_something_else_are_quoted() {
    let doubled = [
        "",
        "true",
        "yes",
        "n",
        "Off",
        "null",
        "~",
        "1",
        "1.5",
        "0644",
        "0x1f",
        "1e3",
        "1_000",
        "+1",
        ".5",
        ".inf",
        "1:20",
        "2020-01-01",
        "2020-1-1T1:2:3Z",
        "2020-01-01 10:20:30.5",
        "0b1",
        "\t",
    ];
    for string in doubled {
        let expected = format!("{string:?}\n");
        assert_eq!(written(&text(string)), expected, "{string}");
    }
    let single = [
        "@a", "%a", "&a", "- a", "a: b", "a #b", " a", "a ", "a:", "|", "-", "? a", "[a", "'a",
        "---", "--- a", "#",
    ];
    for string in single {
        let expected = format!("'{}'\n", string.replace('\'', "''"));
        assert_eq!(written(&text(string)), expected);
    }
    let plain = [
        "a",
        "=",
        "<<",
        ".",
        "a,b",
        "it's",
        "a:b",
        "a#b",
        "-a",
        "?a",
        "h\u{e9}",
        "oFf",
        "1.2.3",
        "2020-13-01",
        "2020-02-30",
        "1e400",
        "a\"b",
        "a\\b",
        "12:61",
        "100m",
        "--",
        "2020-01-01T",
        "a\u{2603}",
    ];
    for string in plain {
        assert_eq!(written(&text(string)), format!("{string}\n"));
    }
}

#[test]
fn strings_of_several_lines_are_blocks() {
    let cases = [
        ("a\nb", "|-\n  a\n  b\n"),
        ("a\n", "|\n  a\n"),
        ("a\n\n", "|+\n  a\n\n"),
        ("\n", "|2+\n\n"),
        (" a\nb\n", "|2\n   a\n  b\n"),
        ("\na", "|2-\n\n  a\n"),
        ("a\n\n\nb", "|-\n  a\n\n\n  b\n"),
        ("a \nb", "\"a \\nb\"\n"),
        ("a\nb ", "\"a\\nb \"\n"),
        ("a\tb\nc", "\"a\\tb\\nc\"\n"),
        ("a\r\nb", "\"a\\r\\nb\"\n"),
        ("a\n# b\n", "|\n  a\n  # b\n"),
    ];
    for (string, expected) in cases {
        assert_eq!(written(&text(string)), expected, "{string:?}");
    }
    assert_eq!(written(&map(&[("k", list(&[text("a\nb\n")]))])), "k:\n- |\n  a\n  b\n");
    assert_eq!(written(&map(&[("a\nb", Value::int(1))])), "? |-\n  a\n  b\n: 1\n");
    assert_eq!(pretty(&text("a\tb\nc")), "|-\n  a\tb\n  c\n");
}

#[test]
fn characters_are_escaped_as_libyaml_escapes_them() {
    let cases = [
        ("a\u{0}\u{7}\u{1b}\u{1}", "\"a\\0\\a\\e\\x01\"\n"),
        ("\u{1f600}", "\"\\U0001F600\"\n"),
        ("\u{a0}", "\u{a0}\n"),
        ("\u{a0}\t", "\"\u{a0}\\t\"\n"),
        ("a\u{2028}b", "'a\u{2028}  b'\n"),
        ("\u{feff}ab", "\"\\uFEFF\\x61\\x62\"\n"),
        ("a\u{85}b", "a b\n"),
        ("a \u{85} \u{85}b", "|-\n  a\n  b\n"),
    ];
    for (string, expected) in cases {
        assert_eq!(written(&text(string)), expected, "{string:?}");
    }
    assert_eq!(written(&Value::string(b"a\xffb".as_slice())), "a\u{fffd}b\n");
    assert_eq!(pretty(&Value::string(b"a\xff".as_slice())), "!!binary Yf8=\n");
    assert!(write(&text("a\u{7f}")).is_err());
}

#[test]
fn long_lines_are_folded_at_blanks() {
    let words = "word ".repeat(20);
    let line = "word ".repeat(17);
    assert_eq!(
        written(&text(words.trim_end())),
        format!("{}\n  word word word\n", line.trim_end())
    );
    let quoted = format!("{}: x", words.trim_end());
    assert_eq!(written(&text(&quoted)), format!("'{}\n  word word word: x'\n", line.trim_end()));
    let escaped = format!("{words} \t{words}");
    assert_eq!(
        written(&text(&escaped)),
        format!(
            "\"{}\n  word word word  \\t{}\n  {}\"\n",
            line.trim_end(),
            "word ".repeat(13).trim_end(),
            "word ".repeat(7)
        )
    );
    assert_eq!(pretty(&text(words.trim_end())), format!("{}\n", words.trim_end()));
    let key = "long key ".repeat(10).trim_end().to_owned();
    assert_eq!(written(&map(&[(&key, Value::int(1))])), format!("{key}: 1\n"));
    let key = "long key ".repeat(15).trim_end().to_owned();
    assert!(written(&map(&[(&key, Value::int(1))])).starts_with("? long key"));
}

#[test]
fn every_scalar_has_the_origin_of_its_node() {
    let mut arena = Origins::default();
    let data = OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
    let [a, b] = [false, true].map(|computed| arena.add(OriginData { computed, ..data }));
    let inner = Map::new();
    inner.insert(
        b"x",
        a,
        Value::list(vec![Value::int(1).with_origin(b), text("w").with_origin(a)]).with_origin(a),
    );
    inner.insert(b"z", b, text("l1\nl2").with_origin(b));
    let text = write(&Value::map(inner)).unwrap();
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
            run("x:", false),
            run("\n- 1", true),
            run("\n- w", false),
            run("\nz: |-\n  l1\n  l2\n", true),
        ]
    );
}

#[test]
fn values_that_contain_themselves_are_refused() {
    let own = Map::new();
    own.set("a", Value::map(own.clone()));
    assert!(write(&Value::map(own)).is_err());
    let mut wide = list(&[]);
    for _ in 0..60 {
        wide = list(&[wide.clone(), wide]);
    }
    assert!(write(&wide).is_err());
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::nil()),
        any::<bool>().prop_map(Value::bool),
        any::<i32>().prop_map(|it| Value::float(f64::from(it))),
        any::<f64>().prop_filter("JSON", |it| it.is_finite() && *it != 0.0).prop_map(Value::float),
        "[ a-c:#'\"\\-\n\t.0-9y~\\\\{}\\[\\],&*!|>%@`?\u{e9}\u{2028}\u{1f600}]{0,12}"
            .prop_map(|it| text(&it)),
        "([a-z]{1,9} {1,2}){0,30}".prop_map(|it| text(&it)),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
            proptest::collection::vec(("[ a-c:0-9\n\\-~]{0,5}", inner), 0..4).prop_map(|entries| {
                let map = Map::new();
                for (key, value) in entries {
                    map.set(&key, value);
                }
                Value::map(map)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_as_the_same(value in values()) {
        for text in [write(&value).unwrap(), write_pretty(&value).unwrap()] {
            // go-yaml's own version 3 does not read blocks that begin with a tab.
            prop_assume!(!text.bytes().contains(&b'\t'));
            let read = crate::data::yaml::read::read(&mut crate::data::tests::context(), &text);
            let same = read.as_ref().map(crate::data::fmt::go_syntax);
            prop_assert_eq!(same, Ok(crate::data::fmt::go_syntax(&value)), "{}", text.lossy());
        }
    }
}
