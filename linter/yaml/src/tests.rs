//! Documents as a whole: structure, places, recovery. What a scalar means is tested in `scalar`.

use goready_model::{FileId, Node, NodeKind, ProblemKind, Style};
use proptest::prelude::*;

use crate::{Parsed, parse, parse_json};

fn yaml(text: &str) -> Parsed {
    parse(FileId(0), text)
}

/// The root of a file that has one document and no problem.
fn root(parsed: &Parsed) -> Node<'_> {
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.documents.len(), 1);
    assert!(!parsed.documents[0].truncated);
    parsed.documents[0].tree.root().unwrap()
}

fn at<'t>(text: &'t str, node: Node<'_>) -> &'t str {
    let at = node.place().at;
    &text[at.start as usize..at.end as usize]
}

/// Messages with the text they point at.
fn problems(parsed: &Parsed, text: &str) -> Vec<(ProblemKind, String)> {
    let slice = |it: &goready_model::Problem| {
        text[it.place.at.start as usize..it.place.at.end as usize].to_owned()
    };
    parsed.problems.iter().map(|it| (it.kind, slice(it))).collect()
}

#[test]
fn keys_and_scalars_know_their_bytes_with_quotes() {
    let text = "'a b': \"x\\ty\"   # c\nlist:\n  - 1\n  - {k: v}\nlast: été\n";
    let parsed = yaml(text);
    let root = root(&parsed);
    let first = root.get("a b").unwrap();
    assert_eq!((first.text(), first.style()), ("x\ty", Style::DoubleQuoted));
    assert_eq!((at(text, first), at(text, first.key().unwrap())), ("\"x\\ty\"", "'a b'"));
    let list = root.get("list").unwrap();
    assert_eq!(at(text, list), "- 1\n  - {k: v}");
    assert_eq!(at(text, list.items().nth(1).unwrap()), "{k: v}");
    assert_eq!(at(text, root.get("last").unwrap()), "été");
    assert_eq!(at(text, root), text.trim_end());
}

#[test]
fn absent_values_stand_behind_their_colon_or_dash() {
    let text = "a:   \n  # c\nb: 1\nc:\n-\n- x\n";
    let parsed = yaml(text);
    let root = root(&parsed);
    let absent = root.get("a").unwrap();
    assert!(absent.is_null());
    assert_eq!((absent.place().at.start, absent.place().at.end), (2, 2));
    let item = root.get("c").unwrap().items().next().unwrap();
    assert_eq!(&text[..item.place().at.start as usize], "a:   \n  # c\nb: 1\nc:\n-");
}

#[test]
fn block_scalars_start_at_their_header() {
    let text = "a: &x |-  # c\n  one\n   two\n\nb: >\n  three\n  four\n\n";
    let parsed = yaml(text);
    let root = root(&parsed);
    let (a, b) = (root.get("a").unwrap(), root.get("b").unwrap());
    assert_eq!((a.text(), at(text, a)), ("one\n two", "|-  # c\n  one\n   two"));
    assert_eq!((b.text(), at(text, b)), ("three four\n", ">\n  three\n  four"));
    assert_eq!(parsed.comments.len(), 1);
}

#[test]
fn line_breaks_of_windows_and_tabs_between_tokens_change_nothing() {
    let text = "a:\t1\r\nb:\r\n  - \"x\r\n    y\"\r\n";
    let parsed = yaml(text);
    let root = root(&parsed);
    assert_eq!(root.get("a").unwrap().kind(), NodeKind::Int(1));
    assert_eq!(root.get("b").unwrap().items().next().unwrap().text(), "x y");
}

#[test]
fn a_blanked_byte_order_mark_is_no_indentation() {
    let text = "   apiVersion: v1\nkind: Pod\n";
    let parsed = yaml(text);
    let root = root(&parsed);
    assert_eq!(at(text, root.get("apiVersion").unwrap()), "v1");
    assert_eq!(at(text, root.get("kind").unwrap()), "Pod");
    assert!(yaml("   a: 1\n   b: 2\n").problems.is_empty());
    assert_eq!(yaml("   a: 1\n  b: 2\n").problems.len(), 1);
}

#[test]
fn comments_know_what_stands_before_them() {
    let parsed = yaml("# top\na: 1 # right\nb: \"# none\"\n  # end\n");
    let comments: Vec<_> =
        parsed.comments.iter().map(|it| (it.text.as_str(), it.right_of_content)).collect();
    assert_eq!(comments, [(" top", false), (" right", true), (" end", false)]);
}

#[test]
fn empty_documents_count_and_have_no_root() {
    let parsed = yaml("---\n# nothing\n---\na: 1\n---\n...\n---\nb: 2\n");
    let roots: Vec<_> = parsed.documents.iter().map(|it| (it.index, it.tree.is_empty())).collect();
    assert_eq!(roots, [(0, true), (1, false), (2, true), (3, false)]);
    assert!(yaml("").documents.is_empty());
    assert!(yaml("# only a comment\n").documents.is_empty());
}

#[test]
fn aliases_are_copies_that_point_at_the_anchor() {
    let text = "a: &a {x: 1, y: [2]}\nb: *a\nc: &s text\n*s : d\n";
    let parsed = yaml(text);
    let root = root(&parsed);
    let copy = root.get("b").unwrap();
    assert_eq!(copy.pointer(), "/b");
    assert_eq!(copy.path(&["y"]).unwrap().items().next().unwrap().kind(), NodeKind::Int(2));
    assert_eq!(at(text, copy.get("x").unwrap()), "1");
    assert_eq!(root.get("text").unwrap().text(), "d");
}

#[test]
fn merged_entries_come_last_and_own_keys_win() {
    let text = "base: &b {x: 1, y: 1}\nmore: &m {y: 2, z: 2}\nc:\n  <<: [*b, *m]\n  x: own\nd:\n  \
                <<: {q: 1}\n  <<: *b\n";
    let parsed = yaml(text);
    let root = root(&parsed);
    let c = root.get("c").unwrap();
    let entries: Vec<_> =
        c.entries().map(|it| (it.key.text(), it.value.text(), it.value.is_merged())).collect();
    assert_eq!(entries, [("x", "own", false), ("y", "1", true), ("z", "2", true)]);
    let d: Vec<_> = root.get("d").unwrap().entries().map(|it| it.key.text()).collect();
    assert_eq!(d, ["q", "x", "y"]);
}

#[test]
fn a_quoted_merge_key_is_a_key_and_a_scalar_cannot_be_merged() {
    assert_eq!(root(&yaml("\"<<\": 1\n")).get("<<").unwrap().kind(), NodeKind::Int(1));
    assert_eq!(problems(&yaml("<<: x\n"), "<<: x\n"), [(ProblemKind::Syntax, "x".to_owned())]);
}

#[test]
fn duplicate_keys_are_reported_at_the_later_one_and_all_are_kept() {
    let text = "a: 1\nb: {c: 1, c: 2}\na: 2\n\"a\": 3\n";
    let parsed = yaml(text);
    assert_eq!(parsed.problems.len(), 3);
    assert!(parsed.problems.iter().all(|it| it.kind == ProblemKind::DuplicateKey));
    let starts: Vec<_> = parsed
        .problems
        .iter()
        .map(|it| (it.place.at.start, it.related.unwrap().at.start))
        .collect();
    assert_eq!(starts, [(15, 9), (21, 0), (26, 0)]);
    let root = parsed.documents[0].tree.root().unwrap();
    assert_eq!((root.entries().count(), root.get("a").unwrap().kind()), (4, NodeKind::Int(3)));
}

#[test]
fn keys_are_equal_when_their_values_are() {
    assert!(yaml("1: a\n\"1\": b\n").problems.is_empty());
    assert_eq!(yaml("1: a\n01: b\n").problems.len(), 1);
    assert_eq!(yaml("yes: a\ntrue: b\n").problems.len(), 1);
    assert!(yaml("A: 1\na: 2\n").problems.is_empty());
}

#[test]
fn a_broken_document_keeps_its_head_and_its_neighbours() {
    let text = "a: 1\n---\nb: 2\nc: [\n---\nd: 3\n";
    let parsed = yaml(text);
    let truncated: Vec<_> = parsed.documents.iter().map(|it| it.truncated).collect();
    assert_eq!(truncated, [false, true, false]);
    assert_eq!(parsed.documents[1].tree.root().unwrap().get("b").unwrap().kind(), NodeKind::Int(2));
    assert_eq!(parsed.documents[2].tree.root().unwrap().get("d").unwrap().kind(), NodeKind::Int(3));
    assert_eq!(problems(&parsed, text), [(ProblemKind::Syntax, "[".to_owned())]);
}

#[test]
fn a_value_on_the_line_of_an_error_is_not_known() {
    let parsed = yaml("a: {b}\nip: {PREFIX}.16\n");
    let root = parsed.documents[0].tree.root().unwrap();
    assert!(root.get("ip").unwrap().is_dynamic() && root.get("a").unwrap().is_mapping());
    let parsed = yaml("a: 1\nb: [x, y\nc: 2\n");
    let root = parsed.documents[0].tree.root().unwrap();
    assert!(root.get("b").unwrap().is_dynamic());
    assert_eq!(root.get("a").unwrap().kind(), NodeKind::Int(1));
}

#[test]
fn an_error_after_the_root_closed_belongs_to_the_document_before_it() {
    let parsed = yaml("   a: 1\n b: 2\n");
    assert!(parsed.documents[0].truncated);
    assert_eq!(parsed.documents.len(), 1);
}

#[test]
fn a_template_that_was_not_rendered_is_named_as_such() {
    let text = "name: {{ .Values.name }}\nimage: \"{{ .Values.image }}\"\n{{ .k }}: 1\n";
    let parsed = yaml(text);
    assert_eq!(
        problems(&parsed, text),
        [(ProblemKind::Unsupported, "{{ .Values.name }}".to_owned())]
    );
    assert!(parsed.problems[0].message.contains("template that was not rendered"));
    assert!(parsed.documents[0].truncated);
    let root = parsed.documents[0].tree.root().unwrap();
    assert!(root.get("name").unwrap().is_dynamic());
    let jinja = yaml("{% raw %}\nname: api\n{% endraw %}\n");
    assert!(jinja.problems.iter().all(|it| it.kind == ProblemKind::Unsupported));
    assert_eq!(root.get("{{ .k }}").unwrap().kind(), NodeKind::Int(1));

    let text = "{{- if .x }}\na: 1\n---\nb: {{ .y }}\n";
    let parsed = yaml(text);
    assert_eq!(parsed.problems.len(), 1, "one line for the whole file");
    assert_eq!(parsed.problems[0].kind, ProblemKind::Unsupported);

    let parsed = yaml("summary: \"{{ $labels.pod }}\"\nbad: [\n");
    assert_eq!(parsed.problems[0].kind, ProblemKind::Syntax, "an action in quotes is a string");
}

#[test]
fn a_collection_as_key_is_reported_and_its_value_kept() {
    let text = "? [a, b]\n: 1\nc: 2\n";
    let parsed = yaml(text);
    assert_eq!(problems(&parsed, text), [(ProblemKind::Syntax, "[a, b]".to_owned())]);
    assert_eq!(parsed.documents[0].tree.root().unwrap().get("c").unwrap().kind(), NodeKind::Int(2));
}

#[test]
fn an_unknown_anchor_gives_an_unknown_value() {
    let text = "a: *nowhere\nb: 1\n";
    let parsed = yaml(text);
    assert_eq!(problems(&parsed, text), [(ProblemKind::Syntax, "*nowhere".to_owned())]);
    let root = parsed.documents[0].tree.root().unwrap();
    assert!(root.get("a").unwrap().is_dynamic());
    assert_eq!(root.get("b").unwrap().kind(), NodeKind::Int(1));
}

#[test]
fn an_anchor_that_contains_itself_ends() {
    let parsed = yaml("a: &a\n  b: *a\n");
    assert_eq!(parsed.problems.len(), 1);
}

#[test]
fn alias_bombs_are_stopped_and_reported_once() {
    let level = |it: usize| {
        let item = if it == 0 { "x".to_owned() } else { format!("*a{}", it - 1) };
        format!("a{it}: &a{it} [{}]\n", vec![item; 10].join(", "))
    };
    let text: String = (0..12).map(level).collect();
    let parsed = yaml(&text);
    assert_eq!(parsed.problems.len(), 1);
    assert_eq!(parsed.problems[0].kind, ProblemKind::Limit);
    assert!(parsed.documents[0].truncated);
    assert!(parsed.documents[0].tree.len() < 200_000);
}

#[test]
fn depth_is_limited_in_both_styles() {
    for text in ["[".repeat(5000), "- ".repeat(5000), "{a: ".repeat(5000)] {
        let parsed = yaml(&text);
        assert_eq!(parsed.problems[0].kind, ProblemKind::Limit, "{}", &text[..4]);
        assert!(parsed.documents[0].truncated);
    }
}

#[test]
fn a_tab_as_indentation_is_an_error() {
    for text in ["\ta: 1\n", "a:\n\tb: 1\n"] {
        assert_eq!(yaml(text).problems.len(), 1, "{text:?}");
    }
    assert!(yaml("a:\n  -\tb\n").problems.is_empty());
}

#[test]
fn json_has_tabs_escapes_duplicates_and_long_keys() {
    let key = "k".repeat(3000);
    let text = format!(
        "{{\n\t\"a\": \"\\ud83d\\ude00\\/\\u0041\",\n\t\"a\": 1,\n\t\"{key}\": [true]\n}}\n"
    );
    let parsed = parse_json(FileId(0), &text);
    assert_eq!(problems(&parsed, &text), [(ProblemKind::DuplicateKey, "\"a\"".to_owned())]);
    let root = parsed.documents[0].tree.root().unwrap();
    assert_eq!(root.entries().next().unwrap().value.text(), "😀/A");
    assert!(root.get(&key).unwrap().is_sequence());
}

/// Every place lies in the text and on character boundaries, and what hangs together does.
fn check_invariants(text: &str, parsed: &Parsed) {
    let fits = |at: goready_model::Span| {
        assert!(text.get(at.start as usize..at.end as usize).is_some(), "{at:?} in {text:?}");
    };
    for problem in &parsed.problems {
        fits(problem.place.at);
        assert!(!problem.message.contains('\n'), "{:?}", problem.message);
    }
    for comment in &parsed.comments {
        fits(comment.place.at);
        let at = comment.place.at;
        assert!(text[at.start as usize..at.end as usize].starts_with('#'));
    }
    for (index, document) in parsed.documents.iter().enumerate() {
        assert_eq!(document.index, index);
        for node in document.tree.nodes() {
            fits(node.place().at);
        }
        let Some(root) = document.tree.root() else { continue };
        for node in root.descendants() {
            for child in node.items().chain(node.entries().map(|it| it.value)) {
                assert_eq!(child.parent(), Some(node));
            }
        }
    }
}

/// Texts that are YAML more often than chance makes them.
fn yaml_like() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("\n"),
        Just("\n  "),
        Just("\n    "),
        Just("\r\n"),
        Just("- "),
        Just(": "),
        Just(":"),
        Just("? "),
        Just("a"),
        Just("b: "),
        Just("<<: "),
        Just("&x "),
        Just("*x"),
        Just("!!int "),
        Just("!t "),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just("\""),
        Just("'"),
        Just("|\n"),
        Just(">-\n"),
        Just("# c"),
        Just(" # é"),
        Just("\n---\n"),
        Just("\n...\n"),
        Just("{{ .x }}"),
        Just("\t"),
        Just("日本"),
        Just("   "),
        Just("%YAML 1.2\n"),
        Just("0x1"),
        Just("~"),
        Just("\\u0041"),
        Just("\u{feff}"),
        Just("\u{85}"),
        Just("\u{2028}"),
    ];
    proptest::collection::vec(token, 0..60).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_places_inside_it(text in prop_oneof![yaml_like(), any::<String>()]) {
        check_invariants(&text, &parse(FileId(0), &text));
        check_invariants(&text, &parse_json(FileId(0), &text));
    }
}
