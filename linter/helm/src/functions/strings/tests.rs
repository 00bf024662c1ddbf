//! Functions of strings, against what sprig answers.

use crate::{
    context::Context,
    functions::arguments::testing::{call, call_in, context, d, f, i, l, print, s},
    origin::{Origin, OriginData},
    text::{Text, TextBuilder},
    value::{Data, Value},
};

fn check(table: &[(&str, &[Value], &str)]) {
    for (function, args, expected) in table {
        assert_eq!(print(function, args), *expected, "{function} {args:?}");
    }
}

#[test]
fn ends_are_trimmed() {
    check(&[
        ("trim", &[s(" \t\n a b \u{a0}\u{2003}")], "a b"),
        ("trim", &[s("  ")], ""),
        ("trimAll", &[s("$"), s("$5.00$")], "5.00"),
        ("trimall", &[s("\u{e9}x"), s("x\u{e9}a\u{e9}")], "a"),
        ("trimAll", &[s(""), s("abc")], "abc"),
        ("trimPrefix", &[s("a"), s("aab")], "ab"),
        ("trimPrefix", &[s(""), s("a")], "a"),
        ("trimSuffix", &[s("-"), s("a--")], "a-"),
        ("trimSuffix", &[s("abc"), s("bc")], "bc"),
    ]);
}

#[test]
fn parts_are_cut_bytewise() {
    check(&[
        ("trunc", &[i(3), s("hello")], "hel"),
        ("trunc", &[i(-3), s("hello")], "llo"),
        ("trunc", &[i(-9), s("hello")], "hello"),
        ("trunc", &[i(i64::MIN), s("hello")], "hello"),
        ("substr", &[i(-1), i(3), s("hello")], "hel"),
        ("substr", &[i(2), i(-1), s("hello")], "llo"),
        ("substr", &[i(2), i(99), s("hello")], "llo"),
        ("substr", &[i(1), i(3), s("hello")], "el"),
        ("abbrev", &[i(5), s("hello world")], "he..."),
        ("abbrev", &[i(3), s("hello world")], "hello world"),
        ("abbrevboth", &[i(5), i(10), s("1234 5678 9123")], "...5678..."),
        ("abbrevboth", &[i(20), i(9), s("1234 5678 9123")], "...8 9123"),
        ("abbrevboth", &[i(5), i(4), s("1234 5678 9123")], "1234 5678 9123"),
        ("initials", &[s("First Try x")], "FTx"),
        ("initials", &[s("\u{e9}")], "\u{c3}"),
        ("nospace", &[s(" a b\tc\n ")], "abc"),
        ("nospace", &[s("\u{e9}")], "\u{e9}"),
    ]);
    let cut = call("trunc", &[i(2), s("h\u{e9}")]).unwrap();
    assert_eq!(cut.as_text().unwrap().bytes(), b"h\xc3");
    let table = [
        ((10, 12), "[10:5]"),
        ((3, 2), "[3:2]"),
        ((-1, -1), "[:-1]"),
        ((-1, 9), "[:9] with length 5"),
    ];
    for ((start, end), bounds) in table {
        let error = call("substr", &[i(start), i(end), s("hello")]).unwrap_err();
        assert_eq!(error, format!("runtime error: slice bounds out of range {bounds}"));
    }
}

#[test]
fn texts_are_repeated_and_replaced() {
    check(&[
        ("repeat", &[i(3), s("ab")], "ababab"),
        ("repeat", &[i(0), s("ab")], ""),
        ("replace", &[s("a"), s("b"), s("banana")], "bbnbnb"),
        ("replace", &[s(""), s("-"), s("\u{e9}a")], "-\u{e9}-a-"),
        ("replace", &[s("aa"), s(""), s("aaa")], "a"),
        ("indent", &[i(2), s("a\n\nb")], "  a\n  \n  b"),
        ("nindent", &[i(2), s("a")], "\n  a"),
        ("nindent", &[i(0), s("")], "\n"),
        ("plural", &[s("one"), s("many"), i(1)], "one"),
        ("plural", &[s("one"), s("many"), i(0)], "many"),
    ]);
    for (function, args) in
        [("repeat", [i(-1), s("a")]), ("indent", [i(-1), s("a")]), ("nindent", [i(-1), s("a")])]
    {
        assert_eq!(call(function, &args).unwrap_err(), "strings: negative Repeat count");
    }
}

#[test]
fn values_are_quoted_and_joined() {
    let bytes = Value::new(Data::Bytes((*b"ab").into()), Origin::NONE);
    check(&[
        ("quote", &[s("a\"b"), Value::nil(), f(1.5), l([i(1)])], "\"a\\\"b\" \"1.5\" \"[1]\""),
        ("quote", &[], ""),
        ("squote", &[s("it's"), Value::nil(), Value::bool(true)], "'it's' 'true'"),
        ("cat", &[s("a"), Value::nil(), i(1)], "a 1"),
        ("toString", &[d([("a", i(1))])], "map[a:1]"),
        ("toString", &[Value::nil()], "<nil>"),
        ("toString", std::slice::from_ref(&bytes), "ab"),
        ("squote", std::slice::from_ref(&bytes), "'[97 98]'"),
        ("toStrings", &[l([i(1), Value::nil(), s("a")])], "[1 a]"),
        ("toStrings", &[Value::nil()], "[]"),
        ("toStrings", &[i(5)], "[5]"),
        ("join", &[s("-"), l([s("a"), Value::nil(), i(1)])], "a-1"),
        ("join", &[s("-"), i(5)], "5"),
        ("join", &[s("-"), bytes.clone()], "97-98"),
        ("sortAlpha", &[l([i(3), i(10), s("B")])], "[10 3 B]"),
        ("sortAlpha", &[Value::nil()], "[<nil>]"),
        ("hello", &[], "Hello!"),
    ]);
}

#[test]
fn texts_are_split() {
    check(&[
        ("splitList", &[s(","), s("a,,b")], "[a  b]"),
        ("splitList", &[s(""), s("a\u{e9}")], "[a \u{e9}]"),
        ("split", &[s(","), s("a,b")], "map[_0:a _1:b]"),
        ("splitn", &[s(","), i(2), s("a,b,c")], "map[_0:a _1:b,c]"),
        ("splitn", &[s(""), i(2), s("abc")], "map[_0:a _1:bc]"),
        ("splitn", &[s(","), i(0), s("a")], "map[]"),
        ("splitn", &[s(","), i(-1), s("a,b")], "map[_0:a _1:b]"),
        ("contains", &[s("ell"), s("hello")], "true"),
        ("hasPrefix", &[s("x"), s("hello")], "false"),
        ("hasSuffix", &[s("lo"), s("hello")], "true"),
    ]);
    let count = |separator, text| {
        call("splitList", &[s(separator), s(text)]).unwrap().as_list().unwrap().items.len()
    };
    assert_eq!((count(",", ""), count("", "")), (1, 0));
}

/// The end and origin of each run.
type Runs = Vec<(usize, Origin)>;

/// A text of two runs, `ab` and `cd`.
fn two_runs(cx: &mut Context) -> (Text, Origin, Origin) {
    let data = OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
    let (left, right) =
        (cx.origins.add(data), cx.origins.add(OriginData { computed: true, ..data }));
    let mut builder = TextBuilder::default();
    builder.push(b"ab", left);
    builder.push(b"cd", right);
    (builder.finish(), left, right)
}

#[test]
fn bytes_keep_their_origins() {
    let mut cx = context();
    let (text, left, right) = two_runs(&mut cx);
    let value = Value::text(text);
    let table: [(&str, Vec<Value>, Runs); 9] = [
        ("trunc", vec![i(3), value.clone()], vec![(2, left), (3, right)]),
        ("trimPrefix", vec![s("a"), value.clone()], vec![(1, left), (3, right)]),
        ("quote", vec![value.clone()], vec![(3, left), (6, right)]),
        ("squote", vec![value.clone()], vec![(3, left), (6, right)]),
        ("upper", vec![value.clone()], vec![(2, left), (4, right)]),
        ("indent", vec![i(2), value.clone()], vec![(4, left), (6, right)]),
        ("repeat", vec![i(1), value.clone()], vec![(2, left), (4, right)]),
        (
            "replace",
            vec![s("b"), s("__"), value.clone()],
            vec![(1, left), (3, Origin::NONE), (5, right)],
        ),
        ("toString", vec![value], vec![(2, left), (4, right)]),
    ];
    for (function, args, expected) in table {
        let result = call_in(&mut cx, function, &args).unwrap();
        let runs = result.as_text().unwrap().runs();
        let runs: Vec<_> = runs.map(|(range, origin)| (range.end, origin)).collect();
        assert_eq!(runs, expected, "{function}");
    }
}

#[test]
fn an_origin_is_kept_by_what_loses_the_text() {
    let mut cx = context();
    let (text, left, _) = two_runs(&mut cx);
    for function in ["b64enc", "sha256sum", "int"] {
        let value = Value::text(text.slice(0..2));
        let result = call_in(&mut cx, function, &[value]).unwrap();
        let (result, input) = (cx.origins.get(result.origin()), cx.origins.get(left));
        assert_eq!((result.synthetic, result.from), (input.synthetic, input.from), "{function}");
    }
}

#[test]
fn texts_are_not_made_longer_than_may_be() {
    let long = s(&"x".repeat(1 << 20));
    for (function, args) in [
        ("repeat", vec![i(i64::MAX), s("ab")]),
        ("indent", vec![i(i64::MAX), s("a")]),
        ("nindent", vec![i(1 << 40), s("a\nb")]),
        ("replace", vec![s(""), long.clone(), long.clone()]),
        ("wrapWith", vec![i(1), long.clone(), long]),
        ("randAlphaNum", vec![i(i64::MAX)]),
        ("randBytes", vec![i(i64::MAX)]),
    ] {
        let error = call(function, &args).unwrap_err();
        assert!(error.starts_with("the result has more than"), "{function}: {error}");
    }
}
