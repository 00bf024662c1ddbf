//! Regular expressions of templates, against what Go answers.

use crate::{
    functions::arguments::testing::{call, i, print, s},
    value::Value,
};

#[test]
fn patterns_are_go_patterns() {
    let table = [
        ("^a.c$", "abcd", false),
        ("(?i)ABC", "xabcx", true),
        (r"\d+", "\u{663}", false),
        (r"\w", "\u{e9}", false),
        (r"^\W$", "\u{e9}", true),
        (r"\s", "\u{a0}", false),
        (r"\bfoo\b", "a foo b", true),
        ("a.b", "a\nb", false),
        ("(?s)a.b", "a\nb", true),
        ("^b", "a\nb", false),
        ("(?m)^b", "a\nb", true),
        ("(?m:^)b", "a\nb", true),
        ("a{2,3}", "aaa", true),
        ("a{,3}", "a{,3}", true),
        ("(?P<n>a)", "a", true),
        ("(?<n>a)", "a", true),
        (r"\p{L}+", "\u{e9}", true),
        (r"\pN", "5", true),
        (r"\p{^Greek}", "\u{3b1}", false),
        ("[[:alpha:]]", "a", true),
        (r"[[:^alpha:]\d]", "5", true),
        ("[a-]", "-", true),
        ("[]a]", "]", true),
        ("[a&&b]", "&", true),
        ("[a[b]", "[", true),
        (r"\Qa.b\E+", "a.bbb", true),
        (r"\Qa.b\E", "axb", false),
        (r"\x41\x{42}\103", "ABC", true),
        ("(?-i:a)", "A", false),
        ("(?i)a(?-i)b", "Ab", true),
        ("(?i)a(?-i)b", "AB", false),
        ("a(?i)*b", "aaab", true),
        ("(?U)a+", "a", true),
        ("(a|)b", "b", true),
        ("\u{e9}", "\u{e9}", true),
        (r"\z", "", true),
        ("(?P<1>a)(?P<1>b)", "ab", true),
    ];
    for (pattern, text, expected) in table {
        let result = call("mustRegexMatch", &[s(pattern), s(text)]);
        assert!(result.is_ok(), "{pattern}: {result:?}");
        assert_eq!(print("regexMatch", &[s(pattern), s(text)]), expected.to_string(), "{pattern}");
    }
}

#[test]
fn faults_are_told_in_the_words_of_go() {
    let table = [
        ("[", "missing closing ]: `[`"),
        ("x[a", "missing closing ]: `[a`"),
        ("(", "missing closing ): `(`"),
        ("a(b", "missing closing ): `a(b`"),
        ("a)", "unexpected ): `a)`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{3,2}", "invalid repeat count: `{3,2}`"),
        ("(a{100}){100}", "invalid repeat count: `{100}`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a|*", "missing argument to repetition operator: `*`"),
        ("(?:+)", "missing argument to repetition operator: `+`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a*?*", "invalid nested repetition operator: `*?*`"),
        ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
        (r"\C", r"invalid escape sequence: `\C`"),
        (r"\8", r"invalid escape sequence: `\8`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        (r"(a)\1", r"invalid escape sequence: `\1`"),
        (r"\xg1", r"invalid escape sequence: `\xg1`"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
        ("(?P=n)", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?<a-b>x)", "invalid named capture: `(?<a-b>`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        (r"\p{Nope}", r"invalid character class range: `\p{Nope}`"),
        (r"\p{Alphabetic}", r"invalid character class range: `\p{Alphabetic}`"),
    ];
    for (pattern, fault) in table {
        let error = call("mustRegexMatch", &[s(pattern), s("")]).unwrap_err();
        assert_eq!(error, format!("error parsing regexp: {fault}"), "{pattern}");
        assert_eq!(print("regexMatch", &[s(pattern), s("")]), "false", "{pattern}");
    }
    let fault = "error parsing regexp: missing closing ]: `[`";
    for (function, rest) in [
        ("Find", vec![s("")]),
        ("FindAll", vec![s(""), i(1)]),
        ("ReplaceAll", vec![s(""), s("")]),
        ("ReplaceAllLiteral", vec![s(""), s("")]),
        ("Split", vec![s(""), i(1)]),
    ] {
        let args = [vec![s("[")], rest].concat();
        let error = call(&format!("regex{function}"), &args).unwrap_err();
        assert_eq!(error, format!("regexp: Compile(`[`): {fault}"), "{function}");
        let error = call(&format!("mustRegex{function}"), &args).unwrap_err();
        assert_eq!(error, fault, "{function}");
    }
}

#[test]
fn matches_are_found() {
    for function in ["regexFind", "mustRegexFind"] {
        assert_eq!(print(function, &[s("a|ab"), s("ab")]), "a");
        assert_eq!(print(function, &[s("x"), s("ab")]), "");
    }
    let table = [
        ("[0-9]", "a1b2c3", -1, "[1 2 3]"),
        ("[0-9]", "a1b2c3", 2, "[1 2]"),
        ("[0-9]", "a1b2c3", 0, "[]"),
        ("a*", "baac", -1, "[ aa ]"),
        ("", "\u{e9}a", -1, "[  ]"),
        ("\\B", "\u{e9}a", -1, "[]"),
    ];
    for (pattern, text, most, expected) in table {
        for function in ["regexFindAll", "mustRegexFindAll"] {
            assert_eq!(print(function, &[s(pattern), s(text), i(most)]), expected, "{pattern}");
        }
    }
    assert!(call("regexFindAll", &[s("x"), s(""), i(-1)]).unwrap().as_list().unwrap().nil);
}

#[test]
fn a_byte_of_no_character_is_one_for_patterns() {
    let text = Value::string(*b"x\xffy\xfe");
    let bytes = |function: &str, args: &[Value]| {
        let value = call(function, args).unwrap();
        value.as_text().unwrap().bytes().to_vec()
    };
    assert_eq!(print("regexMatch", &[s("^x.y.$"), text.clone()]), "true");
    assert_eq!(bytes("regexFind", &[s("[^a-z]y."), text.clone()]), b"\xffy\xfe");
    assert_eq!(bytes("regexReplaceAll", &[s("y(.)"), text.clone(), s("-$1")]), b"x\xff-\xfe");
    assert_eq!(bytes("regexReplaceAllLiteral", &[s("[xy]"), text, s("")]), b"\xff\xfe");
}

#[test]
fn texts_are_split() {
    let table = [
        (",", "a,b,c", -1, "[a b c]"),
        (",", "a,b,c", 2, "[a b,c]"),
        (",", "a,b,c", 1, "[a,b,c]"),
        (",", "a,b,c", 0, "[]"),
        (",", "a,b,", -1, "[a b ]"),
        ("", "abc", -1, "[a b c]"),
        ("x*", "axbc", -1, "[a b c]"),
        ("x", "", -1, "[]"),
        ("", "", -1, "[]"),
    ];
    for (pattern, text, most, expected) in table {
        for function in ["regexSplit", "mustRegexSplit"] {
            assert_eq!(print(function, &[s(pattern), s(text), i(most)]), expected, "{pattern}");
        }
    }
}

#[test]
fn matches_are_replaced() {
    let table = [
        ("a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"),
        ("a(x*)b", "-ab-axxb-", "$1W", "---"),
        ("", "abc", "-", "-a-b-c-"),
        ("", "\u{e9}", "-", "-\u{e9}-"),
        ("x*", "axb", "-", "-a-b-"),
        ("(?P<first>a)(b)", "ab", "$2${first}", "ba"),
        ("a", "banana", "$5", "bnn"),
        ("a", "banana", "$$", "b$n$n$"),
        ("a", "a", "$", "$"),
        ("a", "a", "${", "${"),
        ("a", "a", "$-", "$-"),
        ("(a)", "a", "$01", ""),
        ("a|ab", "abab", "x", "xbxb"),
    ];
    for (pattern, text, new, expected) in table {
        let args = [s(pattern), s(text), s(new)];
        for function in ["regexReplaceAll", "mustRegexReplaceAll"] {
            assert_eq!(print(function, &args), expected, "{pattern} {text} {new}");
        }
    }
    let args = [s("a(x*)b"), s("-ab-"), s("${1}")];
    for function in ["regexReplaceAllLiteral", "mustRegexReplaceAllLiteral"] {
        assert_eq!(print(function, &args), "-${1}-");
    }
    assert_eq!(print("regexQuoteMeta", &[s("a.b*c[d]")]), r"a\.b\*c\[d\]");
}
