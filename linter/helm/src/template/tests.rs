//! Templates and what the parser makes of them. The expectations are those of Go 1.26.

use std::{fmt::Write as _, sync::Arc};

use goready_model::FileId;
use proptest::prelude::*;

use super::{
    Cache,
    ast::{Branch, Extent, File, Node, Operand, OperandKind, Pipe},
    parse,
};

fn file(text: &str) -> File {
    parse(FileId(0), "t.yaml", &text.into())
}

/// The body of a template that has no error, in a short form: operands with their start.
fn shape(text: &str) -> String {
    let file = file(text);
    assert_eq!(*file.errors, [], "{text}");
    nodes(&file.body, text)
}

/// Errors as `line: message`.
fn errors(text: &str) -> Vec<String> {
    file(text).errors.iter().map(|it| format!("{}: {}", it.line, it.message)).collect()
}

fn nodes(nodes: &[Node], text: &str) -> String {
    nodes.iter().map(|it| node(it, text)).collect::<Vec<_>>().join(" ")
}

fn node(node: &Node, text: &str) -> String {
    match node {
        Node::Text { span } => format!("{:?}", span.of(text)),
        Node::Action { pipe: it, .. } => format!("{{{}}}", pipe(it)),
        Node::If(it) => branch("if", it, text),
        Node::With(it) => branch("with", it, text),
        Node::Range(it) => branch("range", it, text),
        Node::Template(it) => {
            let argument = it.pipe.as_ref().map(pipe).unwrap_or_default();
            format!("template {} [{argument}]", it.name)
        }
        Node::Break { .. } => "break".to_owned(),
        Node::Continue { .. } => "continue".to_owned(),
        Node::Broken { error, .. } => format!("broken#{error}"),
    }
}

fn branch(word: &str, it: &Branch, text: &str) -> String {
    let mut out = format!("{word} {} [{}]", pipe(&it.pipe), nodes(&it.body, text));
    if !it.otherwise.is_empty() {
        write!(out, " else [{}]", nodes(&it.otherwise, text)).unwrap();
    }
    out
}

fn pipe(pipe: &Pipe) -> String {
    let mut out = String::new();
    if !pipe.variables.is_empty() {
        let names: Vec<_> = pipe.variables.iter().map(|it| &*it.name).collect();
        out = format!("{} {} ", names.join(","), if pipe.assigns { "=" } else { ":=" });
    }
    let commands = pipe
        .commands
        .iter()
        .map(|it| it.operands.iter().map(operand).collect::<Vec<_>>().join(" "));
    out + &commands.collect::<Vec<_>>().join(" | ")
}

fn operand(it: &Operand) -> String {
    let tail = |fields: &[Arc<str>]| fields.iter().flat_map(|it| [".", it]).collect::<String>();
    match &it.kind {
        OperandKind::Dot => ".".to_owned(),
        OperandKind::Nil => "nil".to_owned(),
        OperandKind::Bool(it) => it.to_string(),
        OperandKind::String(it) => format!("{:?}", String::from_utf8_lossy(it)),
        OperandKind::Number(it) => match (it.int, it.float) {
            (Some(int), _) => int.to_string(),
            (None, float) => format!("{float:?}"),
        },
        OperandKind::Field(fields) => tail(fields),
        OperandKind::Variable(name, fields) => format!("{name}{}", tail(fields)),
        OperandKind::Function(name) => name.to_string(),
        OperandKind::Pipe(it, fields) => format!("({}){}", pipe(it), tail(fields)),
        OperandKind::Chain(it, fields) => format!("{}{}", operand(it), tail(fields)),
    }
}

/// The span of the only operand of the only command.
fn only_operand(file: &File) -> Operand {
    let Some(Node::Action { pipe, .. }) = file.body.first() else { panic!("no action") };
    pipe.commands[0].operands[0].clone()
}

#[test]
fn text_and_actions_alternate() {
    let table = [
        ("", ""),
        ("a", r#""a""#),
        ("a{{ .b }}c", r#""a" {.b} "c""#),
        ("{{.a.b.c}}", "{.a.b.c}"),
        ("{{ $.a.b }}", "{$.a.b}"),
        ("{{ f }}{{ g . nil true 1 \"x\" `y\\n` }}", r#"{f} {g . nil true 1 "x" "y\\n"}"#),
        ("{{ f 1 | g 2 | h }}", "{f 1 | g 2 | h}"),
        ("{{ (f .a).b.c }}", "{(f .a).b.c}"),
        ("{{ f (g (h 1)) }}", "{f (g (h 1))}"),
        ("{{ f.a }}", "{f.a}"),
        ("{{ $x := 1 }}{{ $x = $x.y }}", "{$x := 1} {$x = $x.y}"),
        ("{{\n  f\n  .a\n  | g\n}}", "{f .a | g}"),
        ("}} {", r#""}} {""#),
        ("{{ f `}}` \"}}\" '}' }}", r#"{f "}}" "}}" 125}"#),
    ];
    for (text, expected) in table {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn trim_markers_take_the_spaces_beside_them() {
    let table = [
        ("a \n{{- .b -}}\t\r\n c", r#""a" {.b} "c""#),
        (" {{- 3 -}} ", "{3}"),
        ("a {{- /* c */ -}} b", r#""a" "b""#),
        ("a {{ -1 }} b", r#""a " {-1} " b""#),
        ("{{- -1 -}}", "{-1}"),
        ("\u{a0}{{- 1 -}}\u{a0}", "\"\\u{a0}\" {1} \"\\u{a0}\""),
        ("a{{-\n1\n-}}b", r#""a" {1} "b""#),
    ];
    for (text, expected) in table {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn blocks_nest() {
    let table = [
        ("{{ if .a }}x{{ end }}", r#"if .a ["x"]"#),
        ("{{ if .a }}x{{ else }}y{{ end }}", r#"if .a ["x"] else ["y"]"#),
        (
            "{{ if .a }}x{{ else if .b }}y{{ else }}z{{ end }}w",
            r#"if .a ["x"] else [if .b ["y"] else ["z"]] "w""#,
        ),
        (
            "{{ with .a }}x{{ else with .b }}y{{ else }}z{{ end }}",
            r#"with .a ["x"] else [with .b ["y"] else ["z"]]"#,
        ),
        ("{{ range . }}{{ break }}{{ end }}", "range . [break]"),
        (
            "{{ range $x := . }}{{ if 1 }}{{ continue }}{{ end }}{{ else }}e{{ end }}",
            r#"range $x := . [if 1 [continue]] else ["e"]"#,
        ),
        ("{{ range $i, $x := . }}{{ $i }}{{ $x }}{{ end }}", "range $i,$x := . [{$i} {$x}]"),
        ("{{ template \"a\" }}{{ template `b` .c }}", "template a [] template b [.c]"),
        ("{{ with $x := .a }}{{ $x }}{{ end }}", "with $x := .a [{$x}]"),
    ];
    for (text, expected) in table {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn definitions_leave_the_body() {
    let text = "a{{ define \"x\" }}1{{ if . }}2{{ end }}{{ end }}b{{ block \"y\" .z }}3{{ end }}c";
    let file = file(text);
    assert_eq!(*file.errors, []);
    assert_eq!(nodes(&file.body, &file.text), r#""a" "b" template y [.z] "c""#);
    let defines: Vec<_> =
        file.defines.iter().map(|it| (it.name.as_str(), nodes(&it.body, &file.text))).collect();
    assert_eq!(defines, [("x", "\"1\" if . [\"2\"]".to_owned()), ("y", "\"3\"".to_owned())]);
    assert_eq!(file.defines[0].span.of(text), "\"x\"");
}

#[test]
fn comments_are_kept_apart() {
    let text = "a{{/* goready: ignore[x] */}}b\n{{- /* two\nlines */ -}}\nc";
    let file = file(text);
    assert_eq!(nodes(&file.body, &file.text), r#""a" "b" "c""#);
    let comments: Vec<_> = file.comments.iter().map(|it| it.of(text)).collect();
    assert_eq!(comments, ["{{/* goready: ignore[x] */}}", "{{- /* two\nlines */ -}}"]);
}

#[test]
fn spans_start_where_go_says_that_nodes_are() {
    // Of a chain of fields Go knows the second one, of what else is chained the first field.
    let table = [
        ("{{ .a }}", ".a"),
        ("{{ .Values.image.tag }}", ".image.tag"),
        ("{{ $x.a.b }}", ".a.b"),
        ("{{ (f .a).b }}", ".b"),
        ("{{ (f .a) }}", "f .a)"),
        ("{{ f.a }}", ".a"),
        ("{{ \"x\" }}", "\"x\""),
    ];
    for (text, expected) in table {
        let text = format!("{{{{ $x := 1 }}}}{text}");
        let mut file = file(&text);
        file.body = file.body[1..].into();
        assert_eq!(only_operand(&file).span.of(&text), expected, "{text}");
    }
    let text = "{{ template  \"n\" . }}\n{{- if .a.b | f -}}{{ end }}";
    let file = file(text);
    let [Node::Template(invocation), Node::If(branch)] = &*file.body else {
        panic!("{:?}", file.body)
    };
    assert_eq!(
        (invocation.span.of(text), invocation.name_span.of(text)),
        ("{{ template  \"n\" . }}", "\"n\"")
    );
    assert_eq!(
        (branch.span.of(text), branch.pipe.span.of(text)),
        ("{{- if .a.b | f -}}", ".a.b | f")
    );
    assert_eq!(branch.pipe.commands[0].span.of(text), ".a.b");
}

#[test]
fn numbers_are_what_go_makes_of_them() {
    // The int, the float, and whether it is an int by itself.
    let table = [
        ("1", Some(1), 1.0, true),
        ("-1", Some(-1), -1.0, true),
        ("+1", Some(1), 1.0, true),
        ("0x1F", Some(31), 31.0, true),
        ("0x1e", Some(30), 30.0, true),
        ("017", Some(15), 15.0, true),
        ("0o17", Some(15), 15.0, true),
        ("0b101", Some(5), 5.0, true),
        ("1_000", Some(1000), 1000.0, true),
        ("0x_1F", Some(31), 31.0, true),
        ("'a'", Some(97), 97.0, true),
        ("'\\n'", Some(10), 10.0, true),
        ("'\\u00e9'", Some(0xe9), 233.0, true),
        ("1.0", Some(1), 1.0, false),
        ("1.5", None, 1.5, false),
        (".5", None, 0.5, false),
        ("1e3", Some(1000), 1000.0, false),
        ("1e19", None, 1e19, false),
        ("0x1p4", Some(16), 16.0, false),
        ("0x1.8p-1", None, 0.75, false),
        ("0x1p-1074", None, f64::from_bits(1), false),
        ("0x1.8p-1075", None, f64::from_bits(1), false),
        ("0x1p-1075", Some(0), 0.0, false),
        ("0x1.fffffffffffff8p1", Some(4), 4.0, false),
        ("9223372036854775807", Some(i64::MAX), 9_223_372_036_854_775_807_f64, true),
        ("9223372036854775808", None, 9_223_372_036_854_775_808.0, true),
    ];
    for (text, int, float, as_int) in table {
        let text = format!("{{{{ {text} }}}}");
        let file = file(&text);
        assert_eq!(*file.errors, []);
        let OperandKind::Number(number) = only_operand(&file).kind else { panic!("{text}") };
        assert_eq!((number.int, number.float), (int, Some(float)), "{text}");
        assert_eq!(number.written_as_int, as_int, "{text}");
    }
    for text in ["08", "18446744073709551616", "0x", "1e", "1__0", "0b12", "1e400", "0x1p1024"] {
        assert_eq!(errors(&format!("{{{{ {text} }}}}")).len(), 1, "{text}");
    }
}

#[test]
fn string_escapes_are_those_of_go() {
    let table: [(&str, &[u8]); 6] = [
        (r#""a\tb\"c\\""#, b"a\tb\"c\\"),
        (r#""\xff\303\251\u00e9""#, b"\xff\xc3\xa9\xc3\xa9"),
        ("`a\\n\r\n\"`", b"a\\n\n\""),
        (r#""\U0001F600""#, "\u{1F600}".as_bytes()),
        (r#""\a\b\f\v""#, b"\x07\x08\x0c\x0b"),
        ("\"\"", b""),
    ];
    for (text, expected) in table {
        let file = file(&format!("{{{{ {text} }}}}"));
        let OperandKind::String(bytes) = only_operand(&file).kind else { panic!("{text}") };
        assert_eq!(&*bytes, expected, "{text}");
    }
    for text in [r#""\q""#, r#""\'""#, r#""\x1""#, r#""\400""#, r#""\ud800""#] {
        assert_eq!(errors(&format!("{{{{ {text} }}}}")), ["1: invalid syntax"], "{text}");
    }
}

#[test]
fn errors_have_the_words_and_lines_of_go() {
    let table = [
        ("\n{{ .a", "2: unclosed action"),
        ("{{ .a\n", "2: unclosed action started at t.yaml:1"),
        ("{{ f\n\"a }}", "2: unterminated quoted string in action started at t.yaml:1"),
        ("{{ `a }}", "1: unterminated raw quoted string"),
        ("{{ 'a }}", "1: unterminated character constant"),
        ("{{ 'ab' }}", "1: malformed character constant: 'ab'"),
        ("{{ (f }}", "1: unclosed left paren"),
        ("{{ f ) }}", "1: unexpected right paren"),
        ("{{ f : 1 }}", "1: expected :="),
        ("{{ $x : 1 }}", "1: undefined variable \"$x\""),
        ("{{ a-b }}", "1: bad character U+002D '-'"),
        ("{{ \u{1} }}", "1: unrecognized character in action: U+0001"),
        ("{{ 1x }}", "1: bad number syntax: \"1x\""),
        // Without its space a trim marker is none.
        ("{{-.b }}", "1: bad number syntax: \"-.b\""),
        ("{{ 089 }}", "1: integer overflow: \"089\""),
        ("{{/* a", "1: unclosed comment"),
        ("{{/* a */ }}", "1: comment ends before closing delimiter"),
        ("{{ }}", "1: missing value for command"),
        ("{{ if }}{{ end }}", "1: missing value for if"),
        ("{{ f | 1 }}", "1: non executable command in pipeline stage 2"),
        ("{{ | f }}", "1: unexpected \"|\" in command"),
        ("{{ f , }}", "1: unexpected \",\" in operand"),
        ("{{ nil.a }}", "1: unexpected . after term \"nil\""),
        ("{{ \"a\".b }}", "1: unexpected . after term \"\\\"a\\\"\""),
        ("{{ $x }}", "1: undefined variable \"$x\""),
        ("{{ $x = 1 }}{{ if $y }}{{ end }}", "1: undefined variable \"$y\""),
        ("{{ if 1 }}{{ $x := 1 }}{{ end }}\n{{ $x }}", "2: undefined variable \"$x\""),
        ("{{ $x := 1 }}{{ define \"a\" }}{{ $x }}{{ end }}", "1: undefined variable \"$x\""),
        ("{{ $x, $y := 1 }}", "1: too many declarations in command"),
        ("{{ range $x, $y, $z := . }}{{ end }}", "1: too many declarations in range"),
        ("{{ range $x, 1 }}{{ end }}", "1: range can only initialize variables"),
        ("{{ end }}", "1: unexpected {{end}}"),
        ("a\n{{ else }}", "2: unexpected {{else}}"),
        ("{{ if 1 }}\n{{ else }}\n{{ else }}{{ end }}", "3: expected end; found {{else}}"),
        ("{{ range . }}{{ else if 1 }}{{ end }}", "1: unexpected <if> in input"),
        ("{{ define \"a\" }}{{ else }}{{ end }}", "1: unexpected {{else}} in define clause"),
        ("{{ block \"a\" . }}\n{{ else }}{{ end }}", "1: unexpected {{else}} in block clause"),
        ("{{ define a }}{{ end }}", "1: unexpected \"a\" in define clause"),
        ("{{ template 1 }}", "1: unexpected \"1\" in template clause"),
        ("{{ block \"a\" }}{{ end }}", "1: missing value for block clause"),
        ("{{ if 1 }}{{ define \"a\" }}{{ end }}{{ end }}", "1: unexpected <define> in command"),
        ("{{ break }}", "1: {{break}} outside {{range}}"),
        ("{{ range . }}{{ else }}{{ continue }}{{ end }}", "1: {{continue}} outside {{range}}"),
        ("{{ range . }}{{ break 1 }}{{ end }}", "1: unexpected \"1\" in {{break}}"),
        ("{{ end 1 }}", "1: unexpected \"1\" in end"),
        ("{{ \"a long string\" := }}", "1: unexpected \":=\" in operand"),
        ("{{ end \"a long string\" }}", "1: unexpected \"\\\"a long st\"... in end"),
        ("{{ if 1 }}\n\n", "3: unexpected EOF"),
        (
            "{{ define \"a\" }}1{{ end }}\n{{ define \"a\" }}2{{ end }}",
            "2: template: multiple definition of template \"a\"",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(errors(text).first().map(String::as_str), Some(expected), "{text}");
    }
}

#[test]
fn an_empty_definition_may_stand_beside_another_one() {
    assert_eq!(errors("{{ define \"a\" }} {{ end }}{{ define \"a\" }}2{{ end }}"), [""; 0]);
    assert_eq!(errors("{{ define \"a\" }}1{{ end }}{{ define \"a\" }}\n{{ end }}"), [""; 0]);
}

#[test]
fn a_broken_action_loses_only_itself() {
    let table = [
        ("a{{ $x }}b{{ .c }}d", r#""a" broken#0 "b" {.c} "d""#),
        ("a{{ \"x }}b{{ .c }}", r#""a" broken#0 "b" {.c}"#),
        ("a{{ .x\nb: {{ .c }}", r#""a" broken#0 {.c}"#),
        ("a {{ f ( -}} b", r#""a " broken#0 "b""#),
        // What stands in a block that cannot be opened is lost with it.
        ("{{ if ) }}x{{ else if .a }}y{{ else }}z{{ end }}w", r#"broken#0 "w""#),
        ("{{ if .a }}x{{ else if ) }}y{{ end }}w", r#"if .a ["x"] else [broken#0] "w""#),
        ("{{ if .a }}x{{ else y }}z{{ end }}", r#"if .a ["x" broken#0] else ["z"]"#),
        ("{{ if .a }}x{{ end y }}z", r#"if .a ["x" broken#0] "z""#),
        ("x{{ end }}y{{ else }}z", r#""x" broken#0 "y" broken#1 "z""#),
        ("{{ range . }}x{{ else if .a }}y{{ end }}z", r#"range . ["x"] else [broken#0 "y"] "z""#),
        ("{{/* x }}y{{ .c }}", r#"broken#0 "y" {.c}"#),
        ("{{ define x }}y{{ end }}z", r#"broken#0 "z""#),
        ("{{ range }}{{ break }}{{ end }}", "broken#0"),
    ];
    for (text, expected) in table {
        let file = file(text);
        assert_eq!(nodes(&file.body, &file.text), expected, "{text}");
        let broken = expected.matches("broken").count();
        assert_eq!(file.errors.len(), broken, "{text}: {:?}", file.errors);
    }
}

#[test]
fn a_block_without_end_is_reported_once_at_its_opening() {
    let text = "a\n{{ if .x }}\n{{ define \"n\" }}1{{ end }}{{ define \"m\" }}2{{ end }}";
    let parsed = file(text);
    assert_eq!(errors(text), ["3: unexpected <define> in command"]);
    assert_eq!(parsed.defines.len(), 2);

    let text = "{{ range . }}{{ with .x }}\n{{ end }}\n";
    let parsed = file(text);
    assert_eq!(errors(text), ["3: unexpected EOF"]);
    assert_eq!(parsed.errors[0].span.of(text), "{{ range . }}");
    assert_eq!(nodes(&parsed.body, &parsed.text), r#"range . [with .x ["\n"] "\n"]"#);
}

#[test]
fn nesting_has_a_limit() {
    let deep = |n: usize| format!("{{{{ {}1{} }}}}", "(".repeat(n), ")".repeat(n));
    assert_eq!(errors(&deep(100)), [""; 0]);
    assert_eq!(errors(&deep(100_000)), ["1: max expression depth exceeded"]);

    let deep = |n: usize| "{{ if 1 }}".repeat(n) + "x" + &"{{ end }}".repeat(n);
    assert_eq!(errors(&deep(199)), [""; 0]);
    assert_eq!(errors(&deep(100_000)), ["1: blocks nested deeper than 200"]);

    let long = |n: usize| "{{ if 1 }}".to_owned() + &"{{ else if 1 }}".repeat(n) + "{{ end }}";
    assert_eq!(errors(&long(198)), [""; 0]);
    assert_eq!(errors(&long(100_000)), ["1: blocks nested deeper than 200"]);
}

#[test]
fn a_file_of_errors_is_given_up() {
    let text = "{{ $x }}".repeat(100_000);
    let file = file(&text);
    assert_eq!(file.errors.len(), 101);
    assert_eq!(file.errors[100].message, "more than 100 errors");
    let Some(Node::Broken { span, .. }) = file.body.last() else {
        panic!("{:?}", file.body.last())
    };
    assert_eq!(span.end as usize, text.len());
}

/// What covers a file: texts, actions, comments. `end` and the like leave no node.
fn spans(nodes: &[Node], out: &mut Vec<Extent>) {
    for node in nodes {
        match node {
            Node::If(it) | Node::With(it) | Node::Range(it) => {
                out.push(it.span);
                spans(&it.body, out);
                spans(&it.otherwise, out);
            }
            other => out.push(other.span()),
        }
    }
}

/// Pieces of templates, so that random ones reach every part of the parser.
const WORDS: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    " -}}",
    "{{ if .a }}",
    "{{ else }}",
    "{{ else if .b }}",
    "{{ end }}",
    "{{ range $i, $x := .a }}",
    "{{ with .a }}",
    "{{ define \"d\" }}",
    "{{ block \"b\" . }}",
    "{{ template \"d\" . }}",
    "{{ break }}",
    "{{/*",
    "*/}}",
    "{{ .a.b | f 1 \"s\" }}",
    "$x",
    ":=",
    "=",
    "(",
    ")",
    "|",
    ",",
    ".",
    "\"",
    "`",
    "'",
    "\\",
    "\n",
    " ",
    "text",
    "\u{e9}",
    "\u{2603}",
    "0x1F",
    "1e3",
    "1_000",
    "-",
    "/*",
    "nil",
    "f",
    ".a.b",
    "{",
    "}",
];

fn template() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![4 => proptest::sample::select(WORDS).prop_map(str::to_owned),
            1 => any::<String>()],
        0..30,
    )
    .prop_map(|it| it.concat())
}

#[test]
fn a_file_is_parsed_once() {
    let cache = Cache::default();
    let text = Arc::from("{{ .a }}");
    let first = cache.parse(FileId(1), "a.yaml", &text);
    assert!(Arc::ptr_eq(&first, &cache.parse(FileId(1), "a.yaml", &text)));
    let copy = cache.parse(FileId(2), "b.yaml", &text);
    assert_eq!((first.id, copy.id), (FileId(1), FileId(2)));
    assert!(Arc::ptr_eq(&first.body, &copy.body));
}

#[test]
fn a_cached_file_is_told_its_own_name() {
    let cache = Cache::default();
    let text = &"{{ define \"a\" }}1{{ end }}2".into();
    assert_eq!(*cache.parse(FileId(1), "b", text).errors, []);
    assert_eq!(cache.parse(FileId(1), "a", text).errors.len(), 1);
    let text = &"\n{{\n`".into();
    let messages = ["a", "b"].map(|it| cache.parse(FileId(1), it, text).errors[0].message.clone());
    assert_ne!(messages[0], messages[1]);
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in template()) {
        let file = file(&text);
        let mut all = Vec::new();
        spans(&file.body, &mut all);
        for define in &*file.defines {
            spans(&define.body, &mut all);
            prop_assert!(text.get(define.span.start as usize..define.span.end as usize).is_some());
        }
        all.extend(file.comments.iter());
        all.sort();
        for span in &all {
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
        }
        for pair in all.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start || pair[0] == pair[1], "{pair:?}");
        }
        for error in &*file.errors {
            prop_assert!(text.get(error.span.start as usize..error.span.end as usize).is_some());
            prop_assert!(error.line as usize <= text.matches('\n').count() + 1);
        }
        // Without a block, whatever no span covers is space that a trim marker took.
        if file.errors.is_empty() && !text.contains("{{ ") && !text.contains("{{- ") {
            let mut from = 0;
            for span in &all {
                let between = &text[from..span.start as usize];
                prop_assert!(between.trim_matches([' ', '\t', '\r', '\n']).is_empty());
                from = span.end as usize;
            }
            prop_assert!(text[from..].trim_matches([' ', '\t', '\r', '\n']).is_empty());
        }
    }

    #[test]
    fn a_cached_copy_is_what_parsing_it_gives(text in template()) {
        let (cache, text) = (Cache::default(), &text.into());
        for id in [FileId(1), FileId(2), FileId(2), FileId(1)] {
            let cached = cache.parse(id, "t.yaml", text);
            prop_assert_eq!(format!("{cached:?}"), format!("{:?}", parse(id, "t.yaml", text)));
        }
    }

    #[test]
    fn text_without_actions_is_copied(text in "[^{]*") {
        let file = file(&text);
        let copied: String = file.body.iter().map(|it| match it {
            Node::Text { span } => span.of(&text).to_owned(),
            other => panic!("{other:?}"),
        }).collect();
        prop_assert_eq!(copied, text);
    }
}
