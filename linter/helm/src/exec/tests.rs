//! Tables of templates with what Go and Helm make of them.

use std::{rc::Rc, sync::Arc};

use goready_model::FileId;
use proptest::prelude::*;

use super::{FileOutput, Interpreter, Kind, Templates, parse_order};
use crate::{
    Limits, Mode, Settings,
    context::Context,
    origin::{Origin, Step, ValuesNode},
    template,
    text::Text,
    value::{Map, Value},
};

fn settings(mode: Mode) -> Settings {
    Settings {
        release: "rel".to_owned(),
        namespace: "ns".to_owned(),
        kube_version: "1.33.0".to_owned(),
        api_versions: Vec::new(),
        mode,
        limits: Limits { steps: 300_000, ..Limits::default() },
    }
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let map = Map::new();
    for (key, value) in entries {
        map.set(key, value);
    }
    Value::map(map)
}

/// The root that the templates of the tables see.
fn root() -> Value {
    let values = map([
        ("text", Value::string("hello")),
        ("empty", Value::string("")),
        ("number", Value::float(3.0)),
        ("yes", Value::bool(true)),
        ("list", Value::list(vec![Value::float(1.0), Value::float(2.0)])),
        ("words", Value::list(vec![Value::string("a"), Value::string("b")])),
        ("map", map([("b", Value::string("B")), ("a", Value::string("A")), ("nil", Value::nil())])),
    ]);
    map([("Values", values), ("Release", map([("Name", Value::string("rel"))]))])
}

const FILE: &str = "c/templates/t.yaml";

/// Runs one file in a set, with helpers beside it.
fn run_with(mode: Mode, helpers: &str, text: &str) -> FileOutput {
    let mut cx = Context::new(Rc::new(settings(mode)));
    let mut templates = Templates::default();
    let helpers = template::parse(FileId(1), "c/templates/_h.tpl", &helpers.into());
    let file = template::parse(FileId(0), FILE, &text.into());
    assert_eq!(*helpers.errors, []);
    assert_eq!(*file.errors, [], "{text}");
    templates.add("c/templates/_h.tpl", &Arc::new(helpers));
    templates.add(FILE, &Arc::new(file));
    Interpreter::new(&mut cx, &templates).run_file(FILE, root())
}

fn run(text: &str) -> FileOutput {
    run_with(Mode::Helm, "", text)
}

#[track_caller]
fn prints(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let output = run(text);
        assert_eq!(output.errors, [], "{text}");
        assert_eq!(output.text.lossy(), *expected, "{text}");
    }
}

/// Each with the line and a part of the message.
#[track_caller]
fn refuses(table: &[(&str, usize, &str)]) {
    for (text, line, message) in table {
        let output = run(text);
        let [error] = output.errors.as_slice() else { panic!("{text}: {:?}", output.errors) };
        assert_eq!(error.message, *message, "{text}");
        let before = &text[..error.span.start as usize];
        assert_eq!(1 + before.matches('\n').count(), *line, "{text}");
    }
}

#[test]
fn text_and_values_are_printed() {
    prints(&[
        ("a {{ .Values.text }} b", "a hello b"),
        ("{{ .Values.nope }}|{{ .Values.map.nil }}", "|"),
        ("{{ 1 }} {{ 1.5 }} {{ true }} {{ 'a' }} {{ 0x10 }} {{ 1e3 }}", "1 1.5 true 97 16 1000"),
        ("{{ 2i }} {{ 1.5-1i }}", "(0+2i) (1.5-1i)"),
        ("{{ .Values.number }} {{ .Values.list }}", "3 [1 2]"),
        ("{{ .Values.map }}", "map[a:A b:B nil:<nil>]"),
        ("{{ \"a\\n\" }}{{ `b\\n` }}", "a\nb\\n"),
        ("<no value>{{ \"<no value>\" }}x", "x"),
    ]);
}

#[test]
fn parentheses_forgive_a_missing_map() {
    prints(&[
        ("{{ (.Values.nope).deeper }}", ""),
        ("{{ ((.Values.nope).deeper).still }}", ""),
        ("{{ $x := .Values.nope }}{{ $x.deeper }}", ""),
        ("{{ with .Values.nope }}x{{ else }}{{ .Release.Name }}{{ end }}", "rel"),
    ]);
    refuses(&[
        ("{{ .Values.nope.deeper }}", 1, "nil pointer evaluating interface {}.deeper"),
        ("\n\n{{ if .Values.a.b.c }}{{ end }}", 3, "nil pointer evaluating interface {}.b"),
        ("{{ .Values.text.x }}", 1, "can't evaluate field x in type interface {}"),
        ("{{ (.Values.text).x }}", 1, "can't evaluate field x in type string"),
        ("{{ (.Values.number).x }}", 1, "can't evaluate field x in type float64"),
        (
            "{{ range .Values.list }}\n{{ .x }}{{ end }}",
            2,
            "can't evaluate field x in type interface {}",
        ),
    ]);
}

#[test]
fn branches_take_the_truth_of_go() {
    prints(&[
        ("{{ if .Values.empty }}a{{ else if .Values.text }}b{{ else }}c{{ end }}", "b"),
        ("{{ if 0 }}a{{ else }}b{{ end }}{{ if 0.0 }}a{{ else }}b{{ end }}", "bb"),
        ("{{ with .Values.map }}{{ .a }}{{ $.Release.Name }}{{ end }}", "Arel"),
        ("{{ with $x := .Values.text }}{{ $x }}{{ . }}{{ end }}", "hellohello"),
        ("{{ with .Values.nope }}a{{ else with .Values.text }}{{ . }}{{ end }}", "hello"),
    ]);
}

#[test]
fn ranges_go_over_lists_maps_and_numbers() {
    prints(&[
        ("{{ range .Values.words }}{{ . }};{{ end }}", "a;b;"),
        ("{{ range $i, $x := .Values.words }}{{ $i }}{{ $x }};{{ end }}", "0a;1b;"),
        ("{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}", "a=A;b=B;nil=;"),
        ("{{ range $x := .Values.words }}{{ $x }}{{ end }}", "ab"),
        ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        ("{{ range $x := 2 }}{{ $x }}{{ end }}", "01"),
        ("{{ range 0 }}x{{ else }}none{{ end }}", "none"),
        ("{{ range .Values.nope }}x{{ else }}none{{ end }}", "none"),
        ("{{ range .Values.words }}{{ break }}x{{ end }}y", "y"),
        (
            "{{ range .Values.words }}{{ if eq . \"a\" }}{{ continue }}{{ end }}{{ . }}{{ end }}",
            "b",
        ),
        ("{{ $x := 0 }}{{ range $x = .Values.words }}{{ end }}{{ $x }}", "b"),
    ]);
    refuses(&[
        ("{{ range .Values.text }}{{ end }}", 1, "range can't iterate over hello"),
        ("{{ range .Values.number }}{{ end }}", 1, "range can't iterate over 3"),
        (
            "{{ range $i, $x := 3 }}{{ end }}",
            1,
            "can't use 3 to iterate over more than one variable",
        ),
    ]);
}

#[test]
fn variables_last_as_long_as_their_block() {
    prints(&[
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        ("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"),
        ("{{ $x := 1 }}{{ range .Values.words }}{{ $x = . }}{{ end }}{{ $x }}", "b"),
        ("{{ $x := .Values.map }}{{ $x.a }}", "A"),
    ]);
}

#[test]
fn logic_evaluates_no_more_than_it_needs() {
    prints(&[
        ("{{ and .Values.nope .Values.nope.x }}|{{ or .Values.text .Values.nope.x }}", "|hello"),
        ("{{ or \"\" 0 }}|{{ and 1 2 }}|{{ 3 | and 1 }}|{{ not 1 }}", "0|2|3|false"),
    ]);
    refuses(&[
        ("{{ and .Values.text .Values.nope.x }}", 1, "nil pointer evaluating interface {}.x"),
        ("{{ or }}", 1, "wrong number of args for or: want at least 1 got 0"),
    ]);
}

#[test]
fn comparisons_keep_kinds_apart() {
    prints(&[
        (
            "{{ eq 1 2 1 }}{{ eq \"a\" \"a\" }}{{ ne 1 2 }}{{ lt 1 2 }}{{ le 2 2 }}",
            "truetruetruetruetrue",
        ),
        ("{{ gt .Values.number 2.0 }}{{ ge \"b\" \"a\" }}", "truetrue"),
        (
            "{{ eq .Values.nope nil }}{{ eq .Values.nope \"\" }}{{ eq .Values.list nil }}",
            "truefalsefalse",
        ),
    ]);
    refuses(&[
        (
            "{{ eq .Values.number 3 }}",
            1,
            "error calling eq: incompatible types for comparison: float64 and int",
        ),
        ("{{ lt true false }}", 1, "error calling lt: invalid type for comparison"),
        ("{{ eq 1 }}", 1, "error calling eq: missing argument for comparison"),
        (
            "{{ eq .Values.words .Values.words }}",
            1,
            "error calling eq: non-comparable type [a b]: []interface {}",
        ),
    ]);
}

#[test]
fn index_and_len_reach_into_collections() {
    prints(&[
        ("{{ index .Values \"map\" \"a\" }}{{ index .Values.words 1 }}", "Ab"),
        ("{{ index .Values \"nope\" }}{{ len .Values.words }}{{ len \"h\u{e9}\" }}", "23"),
        ("{{ index \"abc\" 0 }}", "97"),
    ]);
    refuses(&[
        (
            "{{ index .Values.words 2 }}",
            1,
            "error calling index: reflect: slice index out of range",
        ),
        ("{{ index .Values.words -1 }}", 1, "error calling index: index out of range: -1"),
        ("{{ index .Values \"no\" \"x\" }}", 1, "error calling index: index of nil pointer"),
        ("{{ index .Values.nope 0 }}", 1, "error calling index: index of untyped nil"),
        (
            "{{ index .Values.map 1 }}",
            1,
            "error calling index: value has type int; should be string",
        ),
        ("{{ len 3 }}", 1, "error calling len: len of type int"),
        ("{{ len .Values.nope }}", 1, "error calling len: len of nil pointer"),
    ]);
}

#[test]
fn arguments_are_checked_before_a_call() {
    refuses(&[
        ("{{ ne 1 }}", 1, "wrong number of args for ne: want 2 got 1"),
        ("{{ include \"x\" }}", 1, "wrong number of args for include: want 2 got 1"),
        ("{{ fail 3 }}", 1, "expected string; found 3"),
        ("{{ fail nil }}", 1, "cannot assign nil to string"),
        ("{{ tpl .Values.nope . }}", 1, "wrong type for value; expected string; got interface {}"),
        ("{{ tpl .Values.number . }}", 1, "wrong type for value; expected string; got float64"),
        ("{{ fail (.Values.nope).x }}", 1, "invalid value; expected string"),
        ("{{ \"a\" \"b\" }}", 1, "can't give argument to non-function \"a\""),
        ("{{ .Values.text 1 }}", 1, "text is not a method but has arguments"),
        ("{{ nil }}", 1, "nil is not a command"),
        ("{{ 9223372036854775808 }}", 1, "9223372036854775808 overflows int"),
        ("{{ call 1 }}", 1, "error calling call: non-function 1 of type int"),
    ]);
}

#[test]
fn escapers_replace_what_is_special() {
    prints(&[
        ("{{ html \"<a b='c'>\" }}", "&lt;a b=&#39;c&#39;&gt;"),
        ("{{ js \"'<\\n\" }}", "\\'\\u003C\\u000A"),
        ("{{ urlquery \"a b&c/\u{e9}\" }}", "a+b%26c%2F%C3%A9"),
    ]);
}

#[test]
fn named_templates_see_their_argument_alone() {
    let helpers = "{{ define \"name\" }}{{ .Release.Name }}-x{{ end }}\
                   {{ define \"root\" }}{{ $ }}{{ end }}";
    let run = |text| run_with(Mode::Helm, helpers, text).text.lossy().into_owned();
    assert_eq!(run("{{ include \"name\" . }}|{{ template \"name\" . }}"), "rel-x|rel-x");
    assert_eq!(run("{{ include \"root\" 3 }}{{ template \"root\" }}"), "3");
    assert_eq!(run("{{ include \"name\" . | len }}"), "5");
}

#[test]
fn the_last_definition_that_is_not_empty_wins() {
    let parse = |id, text: &str| Arc::new(template::parse(FileId(id), FILE, &text.into()));
    let mut templates = Templates::default();
    templates.add("a", &parse(1, "{{ define \"x\" }}first{{ end }}"));
    templates.add("b", &parse(2, "{{ define \"x\" }}second{{ end }}"));
    templates.add("c", &parse(3, "{{ define \"x\" }}  \n{{ end }}"));
    templates.add("d", &parse(4, "{{ include \"x\" . }}"));
    let mut cx = Context::new(Rc::new(settings(Mode::Helm)));
    let output = Interpreter::new(&mut cx, &templates).run_file("d", root());
    assert_eq!(output.text.lossy(), "second");
}

#[test]
fn files_are_parsed_deepest_first_and_backwards() {
    let mut paths = ["c/templates/a.yaml", "c/charts/s/templates/_h.tpl", "c/templates/b.yaml"];
    paths.sort_by(|one, other| parse_order(one, other));
    assert_eq!(paths, ["c/charts/s/templates/_h.tpl", "c/templates/b.yaml", "c/templates/a.yaml"]);
}

#[test]
fn an_error_in_an_include_names_its_cause_and_its_callers() {
    let helpers = "\n{{ define \"x\" }}\n{{ .Values.nope.deeper }}{{ end }}\
                   {{ define \"y\" }}{{ include \"x\" . }}{{ end }}";
    let output = run_with(Mode::Helm, helpers, "a\n{{ include \"y\" . }}");
    let [error] = output.errors.as_slice() else { panic!("{:?}", output.errors) };
    assert_eq!(error.message, "nil pointer evaluating interface {}.deeper");
    assert_eq!((error.span.file, error.chain.len()), (FileId(1), 2));
    assert_eq!((error.chain[0].file, error.chain[1].file), (FileId(1), FileId(0)));
    assert_eq!(output.text.lossy(), "a\n");
}

#[test]
fn recursion_ends_in_an_error() {
    let helpers = "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}\
                   {{ define \"t\" }}{{ template \"t\" . }}{{ end }}\
                   {{ define \"p\" }}{{ tpl \"{{ include `p` . }}\" . }}{{ end }}";
    for name in ["x", "t", "p"] {
        let output = run_with(Mode::Helm, helpers, &format!("{{{{ include \"{name}\" . }}}}"));
        assert_eq!(output.errors.len(), 1, "{name}");
        assert_eq!(output.errors[0].kind, Kind::Limit, "{name}");
    }
}

#[test]
fn endless_work_ends_in_an_error() {
    let text = "{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}";
    for mode in [Mode::Helm, Mode::Lint] {
        let output = run_with(mode, "", text);
        assert_eq!(output.errors.len(), 1);
        assert_eq!(output.errors[0].kind, Kind::Limit);
    }
}

#[test]
fn missing_templates_are_errors_of_helm() {
    refuses(&[
        (
            "{{ include \"nope\" . }}",
            1,
            "error calling include: template: no template \"nope\" associated with template \
             \"gotpl\"",
        ),
        ("\n{{ template \"nope\" . }}", 2, "template \"nope\" not defined"),
        ("{{ nofunc 1 }}", 1, "function \"nofunc\" not defined"),
    ]);
}

#[test]
fn tpl_runs_text_with_the_templates_around_it() {
    let helpers = "{{ define \"name\" }}{{ .Release.Name }}-x{{ end }}";
    for (text, expected) in [
        ("{{ tpl \"{{ .Values.text }}\" . }}", "hello"),
        ("{{ tpl \"plain\" . }}", "plain"),
        ("{{ tpl \"{{ .Values.nope }}\" . | len }}", "0"),
        ("{{ tpl \"{{ include `name` . }}\" . }}", "rel-x"),
        ("{{ tpl \"{{ define `n` }}in{{ end }}{{ include `n` . }}\" . }}", "in"),
        ("{{ tpl \"{{ define `name` }}in{{ end }}{{ include `name` . }}\" . }}", "in"),
        ("{{ tpl \"{{ define `name` }} {{ end }}{{ include `name` . }}\" . }}", "rel-x"),
        ("{{ tpl \"{{ define `name` }}in{{ end }}\" . }}{{ include `name` . }}", "rel-x"),
        ("{{ tpl \"{{ tpl `{{ .Release.Name }}` . }}\" . }}", "rel"),
    ] {
        let output = run_with(Mode::Helm, helpers, text);
        assert_eq!((output.text.lossy().as_ref(), output.errors), (expected, vec![]), "{text}");
    }
    refuses(&[
        ("\n{{ tpl \"{{ .Values.nope.x }}\" . }}", 2, "nil pointer evaluating interface {}.x"),
        (
            "{{ tpl \"{{ foo\" . }}",
            1,
            "error calling tpl: cannot parse template \"{{ foo\": template: gotpl:1: unclosed action",
        ),
    ]);
}

#[test]
fn charts_refuse_with_required_and_fail() {
    prints(&[
        (
            "{{ required \"m\" .Values.text }}{{ required \"m\" 0 }}{{ required \"m\" false }}",
            "hello0false",
        ),
        ("{{ (lookup \"v1\" \"Secret\" \"\" \"x\").data }}{{ getHostByName \"a\" }}", ""),
    ]);
    refuses(&[
        ("{{ required \"need it\" .Values.nope }}", 1, "need it"),
        ("{{ required \"need it\" .Values.empty }}", 1, "need it"),
        ("\n{{ fail \"stop\" }}", 2, "stop"),
    ]);
}

#[test]
fn a_linter_gets_past_errors() {
    let text = "a: {{ .Values.nope.x }}\nb: {{ $x := fail \"no\" }}{{ $x }}\n\
                c: {{ required \"need\" .Values.nope }}\nd: {{ .Values.text }}\n\
                {{ if .Values.text.x }}e: 1{{ end }}";
    let output = run_with(Mode::Lint, "", text);
    assert_eq!(output.text.lossy(), "a: \nb: \nc: placeholder\nd: hello\n");
    let kinds: Vec<_> = output.errors.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::Evaluation, Kind::Fail, Kind::Required, Kind::Evaluation]);
    let holes: Vec<_> = output.holes.iter().map(|it| (it.range.clone(), it.error)).collect();
    assert_eq!(holes, [(3..3, 0), (output.text.len()..output.text.len(), 3)]);
}

#[test]
fn an_error_in_an_include_spoils_what_the_action_prints() {
    let helpers = "{{ define \"x\" }}k: {{ .Values.nope.x }}{{ end }}";
    let text = "{{ include \"x\" . }}\n{{ if eq (include \"x\" .) \"k: \" }}judged{{ end }}\
                {{ $x := include \"x\" . }}{{ $x }}\n{{ .Values.nope }}{{ include \"gone\" . }}";
    let output = run_with(Mode::Lint, helpers, text);
    assert_eq!(output.text.lossy(), "k: \nk: \nplaceholder");
    assert_eq!(output.errors.len(), 2);
    let ranges: Vec<_> = output.holes.iter().map(|it| it.range.clone()).collect();
    assert_eq!(ranges, [0..3, 4..4, 4..4, 8..19]);
}

#[test]
fn errors_of_a_loop_are_told_once() {
    let output = run_with(Mode::Lint, "", "{{ range 5 }}{{ $.Values.nope.x }}{{ end }}");
    assert_eq!((output.errors.len(), output.holes.len()), (1, 5));
}

#[test]
fn a_linter_knows_which_blocks_ran() {
    let mut cx = Context::new(Rc::new(settings(Mode::Lint)));
    let mut templates = Templates::default();
    let text = "{{ if .Values.text }}yes{{ else }}no{{ end }}";
    templates.add(FILE, &Arc::new(template::parse(FileId(0), FILE, &text.into())));
    let mut interpreter = Interpreter::new(&mut cx, &templates);
    interpreter.run_file(FILE, root());
    let reached = interpreter.into_reached();
    let shown: Vec<_> =
        reached.iter().map(|it| &text[it.start as usize..it.end as usize]).collect();
    assert_eq!(shown, ["{{ if .Values.text }}", "yes"]);
}

#[test]
fn every_byte_knows_where_it_comes_from() {
    let mut cx = Context::new(Rc::new(settings(Mode::Helm)));
    let span = |start, end| goready_model::Span::new(FileId(9), start, end);
    let id = cx.origins.add_values(ValuesNode {
        value: span(5, 10),
        key: Some(span(0, 3)),
        parent: None,
        step: Some(Step::Key("tag".to_owned())),
    });
    let fed = cx.origins.fed(id);
    let root = map([("tag", Value::text(Text::new("v1", fed)))]);
    let mut templates = Templates::default();
    let text = "a: {{ include \"t\" (print \"x\" .tag) }}{{ tpl \"{{ .tag }}!\" . }}\
                {{ define \"t\" }}{{ . }}{{ end }}";
    templates.add(FILE, &Arc::new(template::parse(FileId(0), FILE, &text.into())));
    let output = Interpreter::new(&mut cx, &templates).run_file(FILE, root);
    assert_eq!(output.text.lossy(), "a: xv1v1!");
    let known: Vec<_> = output
        .text
        .runs()
        .map(|(range, origin)| {
            let it = cx.origins.get(origin);
            let at = it.at.map(|site| &text[site.span.start as usize..site.span.end as usize]);
            (&output.text.bytes()[range], at.unwrap_or("?"), it.from == Some(id))
        })
        .collect();
    let call = "{{ tpl \"{{ .tag }}!\" . }}";
    assert_eq!(
        known,
        [
            (&b"a: "[..], "a: ", false),
            (b"x", "\"x\"", false),
            (b"v1", "{{ . }}", true),
            (b"v1", call, true),
            (b"!", "\"{{ .tag }}!\"", false),
        ]
    );
    assert_ne!(output.text.origin(), Origin::NONE);
}

/// Pieces that make more or less a template when strung together.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{{ if .Values.text }}",
        "{{ else }}",
        "{{ end }}",
        "{{ range $i, $x := .Values.words }}",
        "{{ range 3 }}",
        "{{ break }}",
        "{{ with .Values.map }}",
        "{{ define \"x\" }}",
        "{{ include \"x\" . }}",
        "{{ template \"x\" $ }}",
        "{{ tpl \"{{ include `x` . }}\" . }}",
        "{{ $d := dict }}",
        "{{ $_ := set $d \"a\" $d }}",
        "{{ $d }}",
        "{{ $d = list $d $d }}",
        "{{ index .Values.words 5 }}",
        "{{ .Values.nope.x }}",
        "{{ .a }}",
        "{{ . | len | printf \"%5d\" }}",
        "{{ fail \"f\" }}",
        "{{ required \"r\" nil }}",
        "text\n",
        "{{ (",
        "{{- eq 1 . -}}",
    ])
}

proptest! {
    #[test]
    fn no_template_breaks_the_interpreter(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        let file = Arc::new(template::parse(FileId(0), FILE, &text.into()));
        for mode in [Mode::Helm, Mode::Lint] {
            let limits = Limits { steps: 5_000, output_bytes: 1 << 16, depth: 50 };
            let mut cx = Context::new(Rc::new(Settings { limits, ..settings(mode) }));
            let mut templates = Templates::default();
            templates.add(FILE, &file);
            let output = Interpreter::new(&mut cx, &templates).run_file(FILE, root());
            prop_assert!(mode == Mode::Lint || output.errors.len() <= 1);
            for hole in output.holes {
                prop_assert!(hole.range.start <= hole.range.end);
                prop_assert!(hole.range.end <= output.text.len());
                prop_assert!(hole.error < output.errors.len());
            }
        }
    }
}
