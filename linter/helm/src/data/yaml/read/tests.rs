//! Expectations are what helm 4.3.1 makes of the texts.

use super::*;
use crate::{
    data::{fmt::display, tests::context},
    origin::{Origin, OriginData},
    text::TextBuilder,
};

fn shown(text: &str) -> String {
    match read(&mut context(), &Text::new(text, Origin::NONE)) {
        Ok(value) => display(&value).lossy().into_owned(),
        Err(message) => message,
    }
}

fn values(text: &str) -> std::result::Result<String, String> {
    let value = read_values(&mut context(), FileId(3), text)?;
    Ok(display(&value).lossy().into_owned())
}

#[test]
fn documents_become_values() {
    let cases = [
        ("", "<nil>"),
        ("# only\n", "<nil>"),
        ("a", "a"),
        ("a: 1\nb: [x, 'it''s', \"\\u00e9\\x41\"]\n", "map[a:1 b:[x it's \u{e9}A]]"),
        ("a: {b: c, d, \"e\":f}", "map[a:map[b:c d:<nil> e:f]]"),
        ("a:\n- x\n- z: 1\n  v: 2\n-\nb:", "map[a:[x map[v:2 z:1] <nil>] b:<nil>]"),
        ("- - a\n  - b\n- c", "[[a b] c]"),
        (
            "? a\n: b\n? [c]",
            "error converting YAML to JSON: yaml: invalid map key: []interface {}{\"c\"}",
        ),
        ("a: b\n  c\n\n  d", "map[a:b c\nd]"),
        ("a: 'b\n  c\n\n  d'", "map[a:b c\nd]"),
        ("a: \"b\\\n  c \\\n  d\\n\"", "map[a:bc d\n]"),
        ("a: |\n  x\n   y\n\nb: 1", "map[a:x\n y\n b:1]"),
        ("a: |-\n  x\n", "map[a:x]"),
        ("a: |+\n  x\n\n", "map[a:x\n\n]"),
        ("a: |2\n    x\n", "map[a:  x\n]"),
        ("a: >\n  x\n  y\n\n  z\n   w\n", "map[a:x y\nz\n w\n]"),
        ("a: [b: c, ? d : e, f: ]", "map[a:[map[b:c] map[d:e] map[f:<nil>]]]"),
        ("a: b#c #d\n", "map[a:b#c]"),
        ("a: http://x:80/y", "map[a:http://x:80/y]"),
        ("---\na: 1\n---\nb: 2", "map[a:1]"),
        ("%YAML 1.1\n---\na: 1\n...\n", "map[a:1]"),
        ("a: 1\r\nb: |\r\n  x\r\n", "map[a:1 b:x\n]"),
        ("\u{feff}a: 1", "map[a:1]"),
        (
            "a: \u{e9}: 1",
            "error converting YAML to JSON: yaml: mapping values are not allowed in this context",
        ),
        ("\u{e9}:\n  \u{e9}: 1", "map[\u{e9}:map[\u{e9}:1]]"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn scalars_are_those_of_yaml_1_1_and_json() {
    let cases = [
        ("[yes, n, Off, oFf, ~, null]", "[true false false oFf <nil> <nil>]"),
        ("[0644, 0o644, 0x1f, 1_0, 08, 1e3, 1.0, 0b11]", "[420 420 31 10 8 1000 1 3]"),
        ("[1000000, 9007199254740993]", "[1e+06 9.007199254740992e+15]"),
        ("[2020-01-01, 1:20, 1e400, =]", "[2020-01-01 1:20 1e400 =]"),
        ("[!!str 5, !!int \"5\", !!float 5, !x 5, ! 5]", "[5 5 5 5 5]"),
        ("!!binary aGk=", "hi"),
        ("!!int a", "error converting YAML to JSON: yaml: cannot decode !!str `a` as a !!int"),
        ("a: .inf", "error converting YAML to JSON: json: unsupported value: +Inf"),
        (
            "{1: a, 1.5: b, y: c, ~: d}",
            "error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: \"d\"",
        ),
        ("{1: a, 1.50: b, y: c, 1e30: d}", "map[1:a 1.5:b 1e+30:d true:c]"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn aliases_are_copies_and_merges_go_in_where_they_stand() {
    let cases = [
        ("a: &x {p: 1}\nb: *x", "map[a:map[p:1] b:map[p:1]]"),
        ("a: &x {p: 1}\nb: {<<: *x, q: 2, p: 3}", "map[a:map[p:1] b:map[p:3 q:2]]"),
        ("a: &x {p: 1}\nb: {p: 3, <<: *x}", "map[a:map[p:1] b:map[p:1]]"),
        ("a: {<<: [{p: 1}, {p: 2, q: 3}]}", "map[a:map[p:1 q:3]]"),
        (
            "a: {<<: 1}",
            "error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value",
        ),
        ("a: *x", "error converting YAML to JSON: yaml: unknown anchor 'x' referenced"),
        ("a: &x [*x]", "error converting YAML to JSON: yaml: anchor 'x' value contains itself"),
        ("&k a: *k", "map[a:a]"),
        ("a: <<", "map[a:<<]"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text:?}");
    }
    let value = read(&mut context(), &Text::new("a: &x {b: 1}\nc: *x", Origin::NONE)).unwrap();
    let [a, c] = [b"a", b"c"].map(|it| value.as_map().unwrap().get(it).unwrap());
    assert!(!a.as_map().unwrap().same(c.as_map().unwrap()));
}

#[test]
fn errors_are_worded_and_placed_as_go_yaml_does() {
    let cases = [
        ("a: [1", "line 1: did not find expected ',' or ']'"),
        ("a: {b", "line 1: did not find expected ',' or '}'"),
        ("a: [\n", "line 1: did not find expected node content"),
        ("a: 1\n\tb: 2", "line 2: found a tab character that violates indentation"),
        ("a:\n\tb: 1\n", "line 2: found character that cannot start any token"),
        ("a: %x", "found character that cannot start any token"),
        ("a: - b", "block sequence entries are not allowed in this context"),
        ("a: \"b\" c", "did not find expected key"),
        ("a: 1\nb\nc: 2", "line 3: could not find expected ':'"),
        ("x:\n  a: 1\n b: 2", "line 2: did not find expected key"),
        ("a: \"\\ud83d\\ude00\"\n", "found invalid Unicode character escape code"),
        ("a: \"\\q\"", "found unknown escape character"),
        ("a: 'b", "found unexpected end of stream"),
        ("- a\nb", "line 3: could not find expected ':'"),
        ("- a\nb: 1", "line 1: did not find expected '-' indicator"),
        ("a: !y!z b", "found undefined tag handle"),
        ("%FOO\n---\n", "found unknown directive name"),
        ("a: \u{1}", "control characters are not allowed"),
        ("a: |x\n", "did not find expected comment or line break"),
        ("&: a", "did not find expected alphabetic or numeric character"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            shown(text),
            format!("error converting YAML to JSON: yaml: {expected}"),
            "{text:?}"
        );
    }
    let bytes = Text::new(b"a: \xff".as_slice(), Origin::NONE);
    assert_eq!(
        read(&mut context(), &bytes).unwrap_err(),
        "error converting YAML to JSON: yaml: invalid leading UTF-8 octet"
    );
}

#[test]
fn a_text_can_be_asked_to_be_a_mapping_or_a_list() {
    let text = |it: &str| Text::new(it, Origin::NONE);
    let map =
        |it: &str| read_map(&mut context(), &text(it)).map(|it| display(&it).lossy().into_owned());
    let list =
        |it: &str| read_list(&mut context(), &text(it)).map(|it| display(&it).lossy().into_owned());
    assert_eq!(
        (map("a: 1").unwrap(), map("~").unwrap(), map("").unwrap()),
        ("map[a:1]".into(), "map[]".into(), "map[]".into())
    );
    assert_eq!((list("- a").unwrap(), list("~").unwrap()), ("[a]".into(), "[]".into()));
    let error = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go value of type";
    assert_eq!(map("1").unwrap_err(), format!("{error} map[string]interface {{}}"));
    assert_eq!(list("1").unwrap_err(), format!("{error} []interface {{}}"));
}

#[test]
fn documents_of_a_values_file_are_merged() {
    assert_eq!(
        values("a: 1\n---\nb: {c: 1}\n---\na: 3\nb: {d: 2}\n").unwrap(),
        "map[a:3 b:map[c:1 d:2]]"
    );
    assert_eq!(values("---\n\n---\n# x\n---\na: 1").unwrap(), "map[a:1]");
    assert_eq!(values("a: 1\n--- # not a separator\nb: 2").unwrap(), "map[a:1]");
    assert_eq!(values("").unwrap(), "map[]");
    assert_eq!(
        values("- a\n").unwrap_err(),
        "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
         json: cannot unmarshal array into Go value of type map[string]interface {}"
    );
}

#[test]
fn every_node_of_a_values_file_knows_its_place_and_path() {
    let text = "image:\n  tag: \"v1\"\n---\nhosts:\n- name: a.b # c\n  list: [1, {x: y}]\n\
                text: |\n  one\n  two\n\nlast: &z 5\ncopy: *z\n";
    let mut cx = context();
    let values = read_values(&mut cx, FileId(3), text).unwrap();
    let mut found = Vec::new();
    let mut pending = vec![values];
    while let Some(value) = pending.pop() {
        let node = cx.origins.get(value.origin()).from.unwrap();
        let path = cx.origins.path(node);
        let node = cx.origins.values(node).unwrap();
        let at = |it: goready_model::Span| &text[it.start as usize..it.end as usize];
        found.push(format!("{path} {:?} {}", node.key.map(at), at(node.value).escape_debug()));
        match &value.data {
            Data::Map(map) => pending.extend(map.snapshot().into_iter().map(|(_, it)| it.value)),
            Data::List(list) => pending.extend(list.items.iter().cloned()),
            _ => {}
        }
    }
    found.sort();
    assert_eq!(
        found,
        [
            " None image:\\n  tag: \\\"v1\\\"",
            "hosts Some(\"hosts\") - name: a.b # c\\n  list: [1, {x: y}]",
            "hosts[0] None name: a.b # c\\n  list: [1, {x: y}]",
            "hosts[0].list Some(\"list\") [1, {x: y}]",
            "hosts[0].list[0] None 1",
            "hosts[0].list[1] None {x: y}",
            "hosts[0].list[1].x Some(\"x\") y",
            "hosts[0].name Some(\"name\") a.b",
            "image Some(\"image\") tag: \\\"v1\\\"",
            "image.tag Some(\"tag\") \\\"v1\\\"",
            "last Some(\"last\") 5",
            "last Some(\"last\") 5",
            "text Some(\"text\") |\\n  one\\n  two",
        ]
    );
}

#[test]
fn nodes_of_a_text_have_the_origins_of_their_bytes() {
    let mut cx = context();
    let data = OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
    let [a, b] = [false, true].map(|computed| cx.origins.add(OriginData { computed, ..data }));
    let mut text = TextBuilder::default();
    for (part, origin) in [
        ("x: 1\nimage: ", a),
        ("nginx", b),
        (":", a),
        ("1.2", b),
        ("\nm: ", a),
        ("12", b),
        ("\nt: |\n  l1\n  ", a),
        ("l2", b),
    ] {
        text.push(part.as_bytes(), origin);
    }
    let value = read(&mut cx, &text.finish()).unwrap();
    let map = value.as_map().unwrap();
    let runs = |key: &str| -> Vec<(String, bool)> {
        let value = map.get(key.as_bytes()).unwrap();
        let text = value.as_text().unwrap().clone();
        text.runs()
            .map(|(run, origin)| {
                (String::from_utf8_lossy(&text.bytes()[run]).into_owned(), origin == b)
            })
            .collect()
    };
    let run = |text: &str, is_b| (text.to_owned(), is_b);
    assert_eq!(runs("image"), [run("nginx", true), run(":", false), run("1.2", true)]);
    assert_eq!(runs("t"), [run("l1\n", false), run("l2", true)]);
    assert_eq!(map.get(b"m").unwrap().origin(), b);
    assert_eq!(map.entry(b"m").unwrap().key_origin, a);
}

#[test]
fn deep_and_wide_texts_are_refused_in_time() {
    let deep = "[".repeat(10_000);
    assert!(shown(&deep).ends_with("exceeded max depth of 250"));
    let lines: Vec<_> = (0..1000).map(|it| format!("{}a:", " ".repeat(it))).collect();
    assert!(shown(&lines.join("\n")).ends_with("exceeded max depth of 250"));
    let bomb = (1..10).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |bomb, it| {
        let aliases = vec![format!("*a{}", it - 1); 9].join(", ");
        format!("{bomb}a{it}: &a{it} [{aliases}]\n")
    });
    assert!(shown(&bomb).ends_with("yaml: document contains excessive aliasing"));
}

proptest::proptest! {
    #[test]
    fn any_text_gives_a_value_or_an_error(text in "[-a:&*!|>\"'\\[\\]{},?#%@ \t\n\\\\x\u{e9}<~1.]{0,40}") {
        shown(&text);
    }
}
