//! Charts that try to cost time, memory or the stack. Each of them renders to an end, and says
//! what stopped it.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

use std::{fmt::Write as _, io::Write as _, sync::Arc};

use flate2::{Compression, write::GzEncoder};
use goready_helm::{
    Chart, ChartFile, ErrorKind, Limits, Mode, RenderError, Rendered, Request, Settings,
    ValuesKind, ValuesSource, load, render,
};
use goready_model::FileId;

/// Less than what a user gets, so that the tests are quick without optimisation.
const LIMITS: Limits = Limits { steps: 300_000, output_bytes: 1 << 20, depth: 1000 };

const METADATA: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\n";

fn files(files: &[(&str, &[u8])]) -> Vec<ChartFile> {
    let metadata = [("Chart.yaml", METADATA.as_bytes())];
    (0..)
        .zip(metadata.iter().chain(files))
        .map(|(id, (path, bytes))| ChartFile {
            id: FileId(id),
            path: (*path).to_owned(),
            bytes: (*bytes).into(),
        })
        .collect()
}

fn chart(values: &str, template: &str) -> Arc<Chart> {
    let files = files(&[
        ("values.yaml", values.as_bytes()),
        ("templates/a.yaml", template.as_bytes()),
        ("templates/b.yaml", b"apiVersion: v1\nkind: Namespace\nmetadata: {name: after}\n"),
    ]);
    Arc::new(load(files, FileId(100)).unwrap())
}

fn settings(mode: Mode) -> Settings {
    Settings {
        release: "r".to_owned(),
        namespace: "n".to_owned(),
        kube_version: "1.33.0".to_owned(),
        api_versions: Vec::new(),
        mode,
        limits: LIMITS,
    }
}

/// Renders in both modes; the errors are those of the lenient one, but for what is printed: it
/// need not be YAML here.
fn errors_with(values: &str, template: &str) -> Vec<RenderError> {
    let chart = chart(values, template);
    let strict = render(&chart, &Request::new(settings(Mode::Helm)));
    let lenient = render(&chart, &Request::new(settings(Mode::Lint)));
    let [strict, lenient] = [strict, lenient].map(|rendered| {
        // What crosses the limit is printed, and nothing after it.
        assert!(size(&rendered) <= 2 * LIMITS.output_bytes, "{}", size(&rendered));
        let errors = rendered.errors.into_iter();
        errors.filter(|it| it.kind != ErrorKind::Document).collect::<Vec<_>>()
    });
    assert_eq!(strict.is_empty(), lenient.is_empty(), "{strict:?} {lenient:?}");
    lenient
}

fn errors(template: &str) -> Vec<RenderError> {
    errors_with("", template)
}

fn size(rendered: &Rendered) -> usize {
    rendered.documents.iter().map(|it| it.text.len()).sum()
}

#[track_caller]
fn assert_limited(template: &str) {
    let errors = errors(template);
    assert!(errors.iter().any(|it| it.kind == ErrorKind::Limit), "{template}: {errors:?}");
}

/// Either is right: the function refuses, or a limit does.
#[track_caller]
fn assert_refused(template: &str) {
    assert!(!errors(template).is_empty(), "{template}");
}

#[test]
fn a_template_that_includes_itself_ends() {
    assert_refused("{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}");
    assert_refused("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}");
    assert_refused(
        "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}\
         {{ define \"b\" }}{{ range list 1 2 3 }}{{ include \"a\" . }}{{ end }}{{ end }}\
         {{ include \"a\" . }}",
    );
}

#[test]
fn a_value_that_runs_itself_as_a_template_ends() {
    let values = "t: '{{ tpl .Values.t . }}{{ tpl .Values.t . }}'\n";
    assert!(!errors_with(values, "{{ tpl .Values.t . }}").is_empty());
    // A text that grows as it runs.
    let values = "t: '{{ tpl (print .Values.t .Values.t) . }}'\n";
    assert!(!errors_with(values, "{{ tpl .Values.t . }}").is_empty());
}

#[test]
fn loops_within_loops_end() {
    let template = "{{ range until 500 }}".repeat(5) + "x" + &"{{ end }}".repeat(5);
    assert_limited(&template);
    assert_limited(
        "{{ range until 500 }}{{ range until 500 }}{{ $x := 1 }}{{ end }}{{ end }}{{ range until 500 }}{{ range until 500 }}{{ $x := 1 }}{{ end }}{{ end }}",
    );
    assert_limited("{{ range 9223372036854775807 }}{{ end }}");
}

#[test]
fn a_text_that_doubles_is_bounded() {
    assert_refused("{{ $x := \"a\" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}{{ $x }}");
    assert_refused(
        "{{ $x := list 1 }}{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}{{ len $x }}",
    );
    assert_refused(
        "{{ $x := dict \"a\" 1 }}{{ range until 60 }}\
         {{ $x = dict \"a\" (deepCopy $x) \"b\" (deepCopy $x) }}{{ end }}{{ len $x }}",
    );
    // Without a copy it is small, and printing it is not.
    assert_refused(
        "{{ $x := dict \"a\" 1 }}{{ range until 60 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}\
         {{ $x }}",
    );
}

#[test]
fn output_is_bounded() {
    let template =
        "{{ range until 1000 }}{{ range until 1000 }}{{ $.Chart.Name }}:{{ end }}{{ end }}";
    assert_limited(template);
    assert_limited(&format!("{{{{ range until 5000 }}}}{}{{{{ end }}}}", "x".repeat(1000)));
}

#[test]
fn repetition_and_padding_are_bounded() {
    for expression in [
        "repeat 1000000000000 \"x\"",
        "repeat 9223372036854775807 \"xy\"",
        "repeat 100000 (repeat 100000 \"x\")",
        "indent 1000000000 \"x\"",
        "nindent 9223372036854775807 \"x\\ny\"",
        "printf \"%*d\" 1000000 1 | repeat 1000000",
        "replace \"a\" (repeat 10000 \"b\") (repeat 10000 \"a\")",
        "regexReplaceAll \"\" (repeat 10000 \"a\") (repeat 10000 \"b\")",
        "join (repeat 10000 \"a\") (until 10000)",
        "wrapWith 1 (repeat 10000 \"a\") (repeat 10000 \"b\")",
        "toString (until 100000) | repeat 1000",
        "until 100000 | toJson | b64enc | b64enc | repeat 1000",
        "randAlphaNum 1000000000",
        "randBytes 9223372036854775807",
    ] {
        assert_refused(&format!("{{{{ {expression} }}}}"));
    }
}

#[test]
fn long_lists_are_bounded() {
    for expression in [
        "until 1000000000",
        "until -1000000000",
        "untilStep 0 9223372036854775807 1",
        "untilStep 9223372036854775807 -9223372036854775807 -1",
        "seq 1 1000000000",
        "splitList \"\" (repeat 1000000 \"x\") | len | until | concat (until 1000000)",
        "chunk 1 (until 400000)",
    ] {
        assert_refused(&format!("{{{{ {expression} }}}}"));
    }
    assert_eq!(errors("{{ untilStep 0 10 0 }}{{ seq 1 -1 }}{{ untilStep 10 0 1 }}"), []);
}

#[test]
fn patterns_cost_no_more_than_their_size() {
    let text = "repeat 3000 \"a\"";
    for pattern in ["(a*)*b", "(a|a)*b", "(a+)+$b", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
        let template = format!("{{{{ regexMatch \"{pattern}\" ({text}) }}}}");
        assert_eq!(errors(&template), [], "{pattern}");
    }
    assert_refused("{{ mustRegexMatch \"((x{1000}){1000}){1000}\" \"x\" }}");
    assert_refused("{{ mustRegexMatch (repeat 2000 \"(\") \"x\" }}");
    let files = files(&[
        (&"a".repeat(200), b""),
        ("templates/a.yaml", b"{{ len (.Files.Glob \"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab\") }}\n\
          {{ len (.Files.Glob \"**a**a**a**a**a**a**a**a**a**a**a**ab\") }}\n\
          {{ len (.Files.Glob \"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\") }}"),
        (".helmignore", b"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab\n[a-\n**\n"),
    ]);
    if let Ok(chart) = load(files.clone(), FileId(100)) {
        render(&Arc::new(chart), &Request::new(settings(Mode::Lint)));
    }
    let without: Vec<_> = files.into_iter().filter(|it| it.path != ".helmignore").collect();
    let chart = load(without, FileId(100)).unwrap();
    render(&Arc::new(chart), &Request::new(settings(Mode::Lint)));
}

/// Each line refers nine times to the one before.
fn laughs(lines: usize) -> String {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for line in 1..=lines {
        let below = format!("*a{}, ", line - 1).repeat(9);
        writeln!(text, "a{line}: &a{line} [{below}]").unwrap();
    }
    text
}

#[test]
fn aliases_of_aliases_are_bounded() {
    assert!(!errors_with(&laughs(20), "{{ toYaml .Values }}").is_empty());
    let template = format!("{{{{ fromYaml `{}` | toYaml }}}}", laughs(20));
    errors(&template);
    let mut merges = "a0: &a0 {x: 1}\n".to_owned();
    for line in 1..200 {
        writeln!(merges, "a{line}: &a{line} {{<<: *a{}, k{line}: 1}}", line - 1).unwrap();
    }
    errors_with(&merges, "{{ toYaml .Values }}");
}

#[test]
fn deep_values_spare_the_stack() {
    for depth in [1000, 100_000] {
        let list = "[".repeat(depth) + &"]".repeat(depth);
        let object = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        let block = (0..depth.min(2000)).fold(String::new(), |it, n| it + &" ".repeat(n) + "a:\n");
        errors_with(&format!("x: {list}"), "{{ toYaml .Values }}");
        for text in [list, object, block] {
            errors_with(&text, "{{ toJson .Values }}");
            for read in ["fromYaml", "fromYamlArray", "fromJson", "fromJsonArray", "fromToml"] {
                errors(&format!("{{{{ {read} `{text}` | toYaml }}}}"));
            }
        }
    }
}

#[test]
fn deep_templates_spare_the_stack() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + "1" + &close.repeat(100_000);
    assert_refused(&format!("{{{{ {} }}}}", deep("(", ")")));
    assert_refused(&deep("{{ if 1 }}", "{{ end }}"));
    assert_refused(&deep("{{ with 1 }}", "{{ else }}{{ end }}"));
    assert_refused(&format!("{{{{ if 1 }}}}{}", deep("{{ else if 1 }}", "") + "{{ end }}"));
}

#[test]
fn lists_that_grow_deep_spare_the_stack() {
    let nest = "{{ $x := list 1 }}{{ range until 50000 }}{{ $x = list $x }}{{ end }}";
    for last in [
        "toYaml $x",
        "toJson $x",
        "$x",
        "deepCopy $x | len",
        "deepEqual $x $x",
        "toPrettyJson $x",
        "toYamlPretty $x",
        "toToml (dict \"a\" $x)",
        "eq $x $x",
        "has 1 $x",
        "uniq (list $x $x) | len",
        "mustUniq (list $x $x) | len",
        "compact $x | len",
        "without $x $x | len",
        "merge (dict) (dict \"a\" $x) | len",
        "toString $x | len",
        "quote $x | len",
        "printf \"%v\" $x | len",
        "join \",\" $x | len",
        "concat $x $x | len",
    ] {
        errors(&format!("{nest}{{{{ {last} }}}}"));
    }
}

#[test]
fn a_map_that_holds_itself_ends() {
    for last in [
        "toYaml $d",
        "toJson $d",
        "$d",
        "deepCopy $d | len",
        "deepEqual $d $d",
        "toToml $d",
        "merge $d $d | len",
        "mergeOverwrite (dict) $d | len",
        "printf \"%v %q\" $d $d",
        "values $d | toString",
        "dict \"x\" $d | toYaml",
        "toRawJson $d",
        "empty $d",
        "typeOf $d",
        "dig \"a\" \"a\" \"a\" 1 $d | len",
        "toStrings (list $d)",
        "quote $d",
        "urlquery $d",
        "html $d",
        "js $d",
        "cat $d $d",
        "pick $d \"a\" | toYaml",
        "omit $d \"b\" | toYaml",
        "coalesce nil $d | len",
        "ternary $d 1 true | len",
        "tpl \"{{ . }}\" $d",
    ] {
        errors(&format!("{{{{ $d := dict }}}}{{{{ $_ := set $d \"a\" $d }}}}{{{{ {last} }}}}"));
    }
    // The values themselves, for the files after.
    errors("{{ $_ := set .Values \"v\" .Values }}{{ toYaml .Values }}");
}

#[test]
fn costly_hashes_are_paid_for() {
    for expression in [
        "htpasswd \"u\" \"p\"",
        "bcrypt \"p\"",
        "derivePassword 1 \"long\" \"p\" \"u\" \"s\"",
        "genPrivateKey \"rsa\"",
        "genCA \"c\" 365",
        "genSelfSignedCert \"c\" nil nil 365",
        "encryptAES \"k\" \"v\"",
    ] {
        errors(&format!("{{{{ range until 100000 }}}}{{{{ $x := {expression} }}}}{{{{ end }}}}"));
    }
}

fn pack(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn load_packed(archive: &[u8]) -> Result<Chart, goready_helm::LoadError> {
    load(files(&[("charts/d-1.0.0.tgz", archive)]), FileId(100))
}

#[test]
fn an_archive_cannot_unpack_to_more_than_a_chart_has() {
    // 200 MB of zeros.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    (0..200).for_each(|_| bomb.write_all(&zeros).unwrap());
    load_packed(&bomb.finish().unwrap()).unwrap_err();
    let file = vec![0; 4 << 20];
    let many: Vec<_> = (0..40).map(|it| (format!("d/f{it}"), file.as_slice())).collect();
    let many: Vec<_> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    load_packed(&pack(&many)).unwrap_err();
    // Archives within archives.
    let mut inner = pack(&[("d/Chart.yaml", b"name: d\nversion: 1.0.0\n")]);
    for _ in 0..100 {
        inner = pack(&[
            ("d/Chart.yaml", b"name: d\nversion: 1.0.0\n"),
            ("d/charts/d-1.0.0.tgz", &inner),
        ]);
    }
    if let Ok(chart) = load_packed(&inner) {
        render(&Arc::new(chart), &Request::new(settings(Mode::Lint)));
    }
}

#[test]
fn an_archive_cannot_name_files_outside_of_it() {
    for name in ["d/../../x", "d/../../../etc/passwd", "/etc/passwd", "../x", "d//etc/passwd"] {
        let archive = pack(&[("d/Chart.yaml", b"name: d\nversion: 1.0.0\n"), (name, b"x")]);
        if let Ok(chart) = load_packed(&archive) {
            for file in &chart.archived {
                assert!(file.path.starts_with("charts/d-1.0.0.tgz/"), "{}", file.path);
                assert!(!file.path.split('/').any(|it| it == ".."), "{}", file.path);
            }
        }
    }
}

#[test]
fn templates_and_arguments_read_no_files() {
    for path in ["/etc/passwd", "../../etc/passwd", "..\\\\..\\\\x", "templates/../../x"] {
        let template = format!(
            "x: {{{{ .Files.Get \"{path}\" | quote }}}}{{{{ len (.Files.Lines \"{path}\") }}}}"
        );
        let rendered = render(&chart("", &template), &Request::new(settings(Mode::Helm)));
        let document = rendered.documents.iter().find(|it| it.text.starts_with("x:"));
        assert!(document.is_none_or(|it| it.text.trim() == "x: \"\"0"), "{document:?}");
    }
    let mut request = Request::new(settings(Mode::Lint));
    request.values.push(ValuesSource {
        id: FileId(9),
        text: "a=/etc/passwd".into(),
        kind: ValuesKind::FileContent,
    });
    assert!(!render(&chart("", "{{ .Values.a }}"), &request).errors.is_empty());
}

#[test]
fn arguments_cannot_make_long_lists() {
    for text in ["a[99999999999]=1", "a[65536][65536][65536]=1", "a[-1]=1"] {
        let mut request = Request::new(settings(Mode::Lint));
        request.values.push(ValuesSource {
            id: FileId(9),
            text: text.into(),
            kind: ValuesKind::Set,
        });
        render(&chart("", "{{ len .Values }}"), &request);
    }
    let deep = "a.".repeat(100_000) + "b=1";
    let braces = "a=".to_owned() + &"{".repeat(100_000);
    for text in [deep, braces, "a[0]".to_owned() + &"[0]".repeat(100_000) + "=1"] {
        let mut request = Request::new(settings(Mode::Lint));
        request.values.push(ValuesSource {
            id: FileId(9),
            text: text.into(),
            kind: ValuesKind::Set,
        });
        render(&chart("", "{{ toYaml .Values }}"), &request);
    }
}

#[test]
fn a_schema_cannot_loop_or_reach_out() {
    for schema in [
        r##"{"$ref": "#"}"##,
        r##"{"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"}"##,
        r#"{"$ref": "http://127.0.0.1:1/x.json"}"#,
        r#"{"$ref": "file:///etc/passwd"}"#,
        r#"{"properties": {"s": {"pattern": "((x{1000}){1000}){1000}"}}}"#,
        r#"{"properties": {"s": {"pattern": "(a*)*b"}}}"#,
    ] {
        let files = files(&[
            ("values.yaml", format!("s: {}\n", "a".repeat(3000)).as_bytes()),
            ("values.schema.json", schema.as_bytes()),
            ("templates/a.yaml", b"a: 1\n"),
        ]);
        let chart = Arc::new(load(files, FileId(100)).unwrap());
        render(&chart, &Request::new(settings(Mode::Lint)));
    }
    let deep = "{\"not\":".repeat(10_000) + "{}" + &"}".repeat(10_000);
    let files = files(&[("values.schema.json", deep.as_bytes()), ("values.yaml", b"a: 1\n")]);
    render(&Arc::new(load(files, FileId(100)).unwrap()), &Request::new(settings(Mode::Lint)));
}

#[test]
fn numbers_at_their_ends_break_nothing() {
    for expression in [
        "div MIN -1",
        "mod MIN -1",
        "div 1 0",
        "mod 1 0",
        "add MAX 1",
        "sub MIN 1",
        "mul MAX MAX",
        "add1 MAX",
        "divf 1 0",
        "round 1e308 300",
        "round 1.5 -400",
        "floor 1e308",
        "int 1e308",
        "toDecimal \"777777777777777777777777\"",
        "slice (list 1) MAX MIN",
        "substr MIN MAX \"abc\"",
        "trunc MIN \"abc\"",
        "abbrev MIN \"abc\"",
        "abbrevboth MAX MIN \"abc\"",
        "wrap MIN \"a b\"",
        "splitn \",\" MIN \"a,b\"",
        "untilStep MIN MAX MAX",
        "index (list 1) MIN",
        "randInt MAX MIN",
        "date \"2006\" MAX",
        "dateModify \"-9999999999h\" (now)",
        "durationRound MIN",
        "ago MAX",
        "htmlDate MIN",
        "chunk MIN (list 1)",
        "regexFindAll \"a\" \"aaa\" MIN",
        "seq MIN MAX",
        "unixEpoch now",
        "duration MAX",
        "maxf MAX 1e308",
    ] {
        let expression = expression
            .replace("MIN", "(int64 -9223372036854775808)")
            .replace("MAX", "9223372036854775807");
        errors(&format!("{{{{ {expression} }}}}"));
    }
}
