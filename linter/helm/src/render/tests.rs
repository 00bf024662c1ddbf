//! Whole charts from memory: what is printed, and where every node of it was written.

use goready_model::NodeKind;

use super::*;
use crate::{
    chart::{ChartFile, ValuesKind, load},
    context::{Limits, Mode},
};

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: top\nversion: 1.0.0\n");

fn settings(mode: Mode) -> Settings {
    Settings {
        release: "rel".to_owned(),
        namespace: "ns".to_owned(),
        kube_version: "1.33.0".to_owned(),
        api_versions: Vec::new(),
        mode,
        limits: Limits::default(),
    }
}

/// A chart in memory; ids of files are their positions in the list.
struct Given<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Given<'a> {
    fn new(files: &[(&'a str, &'a str)]) -> Self {
        Self([&[CHART], files].concat())
    }

    fn chart(&self) -> Arc<Chart> {
        let file = |(index, (path, text)): (usize, &(&str, &str))| ChartFile {
            id: FileId(index as u32),
            path: (*path).to_owned(),
            bytes: text.as_bytes().into(),
        };
        Arc::new(load(self.0.iter().enumerate().map(file).collect(), FileId(1000)).unwrap())
    }

    fn render(&self) -> Rendered {
        render(&self.chart(), &Request::new(settings(Mode::Helm)))
    }

    fn text(&self, span: Span) -> &'a str {
        &self.0[span.file.0 as usize].1[span.start as usize..span.end as usize]
    }

    /// Template text, values text, values path and chain of a node of the first document.
    fn node(&self, path: &[&str]) -> (&'a str, Option<&'a str>, Option<String>, Vec<&'a str>) {
        let rendered = self.render();
        assert_eq!(rendered.errors, []);
        let document = &rendered.documents[0];
        let mut node = document.tree.root().unwrap();
        for step in path {
            node = match step.parse::<usize>() {
                Ok(index) => node.items().nth(index).unwrap(),
                Err(_) => node.get(step).unwrap(),
            };
        }
        let provenance = document.provenance.get(&node.id()).cloned().unwrap_or_default();
        let values = provenance.values.map(|it| it.to_string());
        let via = provenance.via.iter().map(|it| self.text(*it)).collect();
        (self.text(node.place().at), node.place().from.map(|it| self.text(it)), values, via)
    }
}

#[test]
fn a_value_is_at_its_action_and_from_its_key() {
    let given = Given::new(&[
        ("values.yaml", "# how many\nreplicas: 3\nimage: {tag: \"1.2\"}\n"),
        (
            "templates/a.yaml",
            "kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n  tag: \"{{ \
             .Values.image.tag }}\"\n  fixed: yes # no\n",
        ),
    ]);
    let path = Some("replicas".to_owned());
    let action = "{{ .Values.replicas }}";
    assert_eq!(given.node(&["spec", "replicas"]), (action, Some("3"), path, vec![]));
    let path = Some("image.tag".to_owned());
    let action = "{{ .Values.image.tag }}";
    assert_eq!(given.node(&["spec", "tag"]), (action, Some("\"1.2\""), path, vec![]));
    assert_eq!(given.node(&["spec", "fixed"]), ("yes", None, None, vec![]));
    assert_eq!(given.node(&["kind"]), ("Deployment", None, None, vec![]));
}

#[test]
fn text_of_a_named_template_is_where_it_was_written_and_knows_its_callers() {
    let given = Given::new(&[
        ("values.yaml", "port: 80\n"),
        (
            "templates/_h.tpl",
            "{{ define \"inner\" }}\nname: web\nport: {{ .Values.port }}\n{{ end }}\
             {{ define \"outer\" }}{{ include \"inner\" . }}{{ end }}",
        ),
        ("templates/a.yaml", "kind: X\nspec:\n  {{- include \"outer\" . | nindent 2 }}\n"),
    ]);
    let via = vec!["{{ include \"inner\" . }}", "{{- include \"outer\" . | nindent 2 }}"];
    assert_eq!(given.node(&["spec", "name"]), ("web", None, None, via.clone()));
    let (at, from, path, chain) = given.node(&["spec", "port"]);
    assert_eq!((at, from), ("{{ .Values.port }}", Some("80")));
    assert_eq!((path.as_deref(), chain), (Some("port"), via));
}

#[test]
fn several_actions_are_covered_in_the_template_that_runs_them_all() {
    let given = Given::new(&[
        ("values.yaml", "image: {repo: r, tag: t}\n"),
        ("templates/_h.tpl", "{{ define \"name\" }}{{ .Release.Name }}-x{{ end }}"),
        (
            "templates/a.yaml",
            "kind: X\nimage: \"{{ .Values.image.repo }}:{{ .Values.image.tag }}\"\nname: {{ \
             include \"name\" . }}-web\n",
        ),
    ]);
    let (at, from, path, _) = given.node(&["image"]);
    assert_eq!(at, "{{ .Values.image.repo }}:{{ .Values.image.tag }}");
    assert_eq!((from, path.as_deref()), (Some("r"), Some("image.repo")));
    let (at, _, _, via) = given.node(&["name"]);
    assert_eq!((at, via), ("{{ include \"name\" . }}-web", vec![]));
}

#[test]
fn what_to_yaml_prints_comes_from_the_nodes_of_the_values() {
    let given = Given::new(&[
        ("values.yaml", "resources:\n  limits: {cpu: 1, memory: 2Gi}\nlist: [a, b]\n"),
        (
            "templates/a.yaml",
            "kind: X\nresources: {{- toYaml .Values.resources | nindent 2 }}\nlist: {{- toYaml \
             .Values.list | nindent 2 }}\n",
        ),
    ]);
    let (_, from, path, _) = given.node(&["resources", "limits", "memory"]);
    assert_eq!((from, path.as_deref()), (Some("2Gi"), Some("resources.limits.memory")));
    assert_eq!(given.node(&["resources", "limits"]).1, Some("{cpu: 1, memory: 2Gi}"));
    assert_eq!(given.node(&["list", "1"]).1, Some("b"));
}

#[test]
fn the_text_of_a_key_comes_from_the_key() {
    let given = Given::new(&[
        ("values.yaml", "probes:\n  liveness: {period: 10}\n"),
        (
            "templates/a.yaml",
            "kind: X\nnames:\n  {{- range $name, $_ := .Values.probes }}\n  - {{ $name }}\n  {{- end \
             }}\nall: {{- toYaml .Values.probes | nindent 2 }}\n",
        ),
    ]);
    assert_eq!(given.node(&["names", "0"]).1, Some("liveness"));
    let rendered = given.render();
    let all = rendered.documents[0].tree.root().unwrap().get("all").unwrap();
    let key = all.get("liveness").unwrap().name_place();
    assert_eq!(key.from.map(|it| given.text(it)), Some("liveness"));
}

#[test]
fn what_was_read_from_a_named_template_is_at_its_word_there() {
    let given = Given::new(&[
        (
            "templates/_h.tpl",
            "{{ define \"more\" }}\n\ncontainers:\n  proxy:\n    image: envoy\n{{ end }}",
        ),
        (
            "templates/a.yaml",
            "kind: X\n{{- range $name, $it := (include \"more\" . | fromYaml).containers }}\nname: {{ \
             $name }}\nimage: {{ $it.image }}\n{{- end }}\n",
        ),
    ]);
    assert_eq!(given.node(&["name"]).0, "proxy");
    assert_eq!(given.node(&["image"]).0, "envoy");
}

#[test]
fn a_values_file_of_the_user_is_named_before_the_charts() {
    let given = Given::new(&[
        ("values.yaml", "a: {b: 1, c: 2}\n"),
        ("templates/a.yaml", "b: {{ .Values.a.b }}\nc: {{ .Values.a.c }}\ns: {{ .Values.s }}\n"),
    ]);
    let source =
        |id: u32, text: &str, kind| ValuesSource { id: FileId(id), text: text.into(), kind };
    let mut request = Request::new(settings(Mode::Helm));
    request.values =
        vec![source(51, "s=x", ValuesKind::Set), source(50, "a: {b: 5}\n", ValuesKind::File)];
    let rendered = render(&given.chart(), &request);
    let root = rendered.documents[0].tree.root().unwrap();
    let from = |key: &str| root.get(key).unwrap().place().from.unwrap().file.0;
    assert_eq!((from("b"), from("c"), from("s")), (50, 1, 51));
    assert_eq!(&*rendered.documents[0].text, "b: 5\nc: 2\ns: x\n");
}

#[test]
fn documents_stand_in_the_order_of_installation_and_hooks_last() {
    let hook = "kind: Job\nmetadata:\n  name: h\n  annotations: {helm.sh/hook: pre-install}\n";
    let odd = "kind: Job\nmetadata:\n  name: o\n  annotations: {helm.sh/hook: never}\n";
    let given = Given::new(&[
        ("templates/b.yaml", "kind: Service\n---\nkind: Zebra\n---\n\nkind: Ant\n"),
        ("templates/a.yaml", "kind: Deployment\n---\nkind: Secret\n"),
        ("templates/hook.yaml", hook),
        ("templates/odd.yaml", odd),
        ("templates/NOTES.txt", "Thanks."),
        ("templates/_partial.yaml", "kind: Never\n"),
        ("templates/empty.yaml", "\n{{ if false }}kind: Never{{ end }}\n"),
    ]);
    let rendered = given.render();
    let kinds: Vec<_> = rendered.documents.iter().map(|it| &*it.kind).collect();
    assert_eq!(kinds, ["Secret", "Service", "Deployment", "Ant", "Zebra", "Job"]);
    assert!(rendered.documents[5].hook.is_some());
    assert_eq!(&*rendered.documents[0].source, "top/templates/a.yaml");
}

#[test]
fn an_error_loses_its_document_and_no_other() {
    let given = Given::new(&[
        ("values.yaml", "a: x\n"),
        ("templates/a.yaml", "kind: One\n---\nkind: Two\nx: {{ .Values.a.b }}\n---\nkind: Three\n"),
        ("templates/b.yaml", "kind: Four\n"),
    ]);
    let rendered = given.render();
    let whole: Vec<_> =
        rendered.documents.iter().filter(|it| !it.truncated).map(|it| &*it.kind).collect();
    assert_eq!(whole, ["Four", "One"]);
    let [error] = &*rendered.errors else { panic!("{:?}", rendered.errors) };
    assert_eq!(error.kind, ErrorKind::Template);
    assert!(error.message.contains("can't evaluate field b in type interface {}"), "{error}");
    // Go's place for it: where the second field starts.
    assert_eq!(given.text(error.span.unwrap()), ".a.b");
}

#[test]
fn a_linter_goes_on_where_helm_stops_and_says_what_is_not_known() {
    let given = Given::new(&[
        (
            "templates/_h.tpl",
            "{{ define \"labels\" }}app: {{ required \"no app\" .Values.app }}{{ end }}",
        ),
        (
            "templates/a.yaml",
            "kind: One\nmetadata:\n  labels: {{- include \"labels\" . | nindent 4 }}\nafter: yes\n",
        ),
    ]);
    let rendered = render(&given.chart(), &Request::new(settings(Mode::Lint)));
    let root = rendered.documents[0].tree.root().unwrap();
    let app = root.path(&["metadata", "labels", "app"]).unwrap();
    assert_eq!(app.kind(), NodeKind::Dynamic);
    assert_eq!(root.get("after").unwrap().as_bool(), Some(true));
    assert_eq!(rendered.errors.len(), 1);
    assert_eq!(rendered.errors[0].kind, ErrorKind::Required);
}

#[test]
fn a_document_that_is_no_yaml_is_an_error_at_its_template() {
    let given = Given::new(&[
        ("values.yaml", "a: \"x: y: z\"\n"),
        ("templates/a.yaml", "kind: One\nb: {{ .Values.a }}\n"),
    ]);
    let rendered = given.render();
    let [error] = &*rendered.errors else { panic!("{:?}", rendered.errors) };
    assert_eq!(error.kind, ErrorKind::Document);
    assert!(error.message.starts_with("YAML parse error on top/templates/a.yaml: "));
    assert_eq!(given.text(error.span.unwrap()), "{{ .Values.a }}");
}

#[test]
fn what_helm_checks_before_it_renders_is_checked() {
    let cases = [
        ("type: library\n", ErrorKind::Chart, "library charts are not installable"),
        (
            "kubeVersion: '>=1.40'\n",
            ErrorKind::Chart,
            "chart requires kubeVersion: >=1.40 which is incompatible with Kubernetes v1.33.0",
        ),
        (
            "dependencies: [{name: b, version: '1'}]\n",
            ErrorKind::MissingDependency,
            "missing in charts/ directory: b",
        ),
    ];
    for (line, kind, message) in cases {
        let text = format!("apiVersion: v2\nname: top\nversion: 1.0.0\n{line}");
        let rendered = Given(vec![("Chart.yaml", &text)]).render();
        let [error] = &*rendered.errors else { panic!("{line} {:?}", rendered.errors) };
        assert_eq!(error.kind, kind);
        assert!(error.message.ends_with(message), "{}", error.message);
        assert!(error.span.is_some());
    }
}

#[test]
fn values_that_are_no_yaml_are_an_error_at_their_line() {
    let given = Given::new(&[("values.yaml", "a: 1\nb: c: d\n")]);
    let rendered = given.render();
    let [error] = &*rendered.errors else { panic!("{:?}", rendered.errors) };
    assert!(error.message.starts_with("cannot load values.yaml: cannot unmarshal yaml document"));
    assert_eq!(given.text(error.span.unwrap()), "b: c: d");
}

#[test]
fn a_schema_is_checked_at_the_keys_of_the_values() {
    let schema = r#"{"properties": {"a": {"type": "integer"}, "b": {"enum": ["x", "y"]}},
                     "additionalProperties": false, "required": ["z"]}"#;
    let given =
        Given::new(&[("values.yaml", "a: text\nb: w\nother: 1\n"), ("values.schema.json", schema)]);
    let mut found: Vec<_> = given
        .render()
        .errors
        .iter()
        .map(|it| {
            let detail = it.message.rsplit(": top: ").next().unwrap().to_owned();
            (detail, given.text(it.span.unwrap()))
        })
        .collect();
    found.sort();
    let expected = [
        ("at '': additional properties 'other' not allowed", "other"),
        ("at '': missing property 'z'", "\"z\""),
        ("at '/a': got string, want integer", "a"),
        ("at '/b': value must be one of 'x', 'y'", "b"),
    ];
    assert_eq!(found, expected.map(|(detail, text)| (detail.to_owned(), text)));
}

#[test]
fn templates_see_the_charts_objects() {
    let given = Given::new(&[
        ("conf/a.txt", "one\ntwo\n"),
        ("charts/below/Chart.yaml", "name: below\nversion: 2.0.0\nappVersion: 9\n"),
        ("charts/below/values.yaml", "v: 1\n"),
        (
            "charts/below/templates/b.yaml",
            "kind: B\nname: {{ .Template.Name }}\nroot: {{ .Chart.IsRoot }}\nv: {{ .Values.v }}\n",
        ),
        (
            "templates/a.yaml",
            "kind: A\nbase: {{ .Template.BasePath }}\nlines: {{ .Files.Lines \"conf/a.txt\" | \
             len }}\nhas: {{ .Capabilities.APIVersions.Has \"apps/v1\" }}\nkube: {{ \
             .Capabilities.KubeVersion }}\nsub: {{ .Subcharts.below.Chart.AppVersion }}\nglob: {{ \
             range $name, $_ := .Files.Glob \"conf/*\" }}{{ $name }}{{ end }}\nsecret: {{ \
             (.Files.Glob \"conf/*\").AsSecrets | quote }}\n",
        ),
    ]);
    let rendered = given.render();
    assert_eq!(rendered.errors, []);
    let texts: Vec<_> = rendered.documents.iter().map(|it| &*it.text).collect();
    let top = "kind: A\nbase: top/templates\nlines: 2\nhas: true\nkube: v1.33.0\nsub: 9\nglob: \
               conf/a.txt\nsecret: \"a.txt: b25lCnR3bwo=\"\n";
    let below = "kind: B\nname: top/charts/below/templates/b.yaml\nroot: false\nv: 1\n";
    assert_eq!(texts, [top, below]);
}

#[test]
fn a_byte_order_mark_does_not_shift_places() {
    let given = Given::new(&[
        ("values.yaml", "\u{feff}a: 1\n"),
        ("templates/a.yaml", "\u{feff}kind: {{ .Values.a }}\n"),
    ]);
    let (at, from, _, _) = given.node(&["kind"]);
    assert_eq!((at, from), ("{{ .Values.a }}", Some("1")));
}

#[test]
fn an_indented_literal_is_still_found_where_it_was_written() {
    let helper = "{{ define \"spec\" }}\n# app: not here\napp: web\nargs:\n- app\n- |\n  app: web\n  \
                  more\n{{ end }}";
    let given = Given::new(&[
        ("templates/_h.tpl", helper),
        ("templates/a.yaml", "kind: X\nspec: {{- include \"spec\" . | trim | nindent 4 }}\n"),
    ]);
    let start = |path: &[&str]| {
        let rendered = given.render();
        let mut node = rendered.documents[0].tree.root().unwrap();
        for step in path {
            node = match step.parse::<usize>() {
                Ok(index) => node.items().nth(index).unwrap(),
                Err(_) => node.get(step).unwrap(),
            };
        }
        let at = node.place().at;
        assert_eq!(at.file, FileId(1));
        at.start as usize..at.end as usize
    };
    let web = helper.find("web").unwrap();
    assert_eq!(start(&["spec", "app"]), web..web + 3);
    let item = helper.find("- app").unwrap() + 2;
    assert_eq!(start(&["spec", "args", "0"]), item..item + 3);
    let block = helper.find("|\n").unwrap();
    assert_eq!(&helper[start(&["spec", "args", "1"])], "|\n  app: web\n  more");
    assert_eq!(start(&["spec", "args", "1"]).start, block);
}

#[test]
fn actions_that_make_certificates_are_told() {
    let make =
        "{{ define \"pair\" }}{{ (genSelfSignedCert \"a\" nil nil 1).Cert | b64enc }}{{ end }}";
    let given = Given::new(&[
        ("templates/_pair.tpl", make),
        (
            "templates/a.yaml",
            "{{ $ca := genCA \"a\" 1 }}a: {{ $ca.Cert | quote }}\nb: {{ include \"pair\" . }}\n\
             {{ if .Values.never }}c: {{ genCA \"c\" 1 }}{{ end }}",
        ),
    ]);
    let rendered = given.render();
    let made: Vec<_> = rendered.certificates.iter().map(|it| given.text(*it)).collect();
    let pair = "{{ (genSelfSignedCert \"a\" nil nil 1).Cert | b64enc }}";
    assert_eq!(made, [pair, "{{ $ca := genCA \"a\" 1 }}"]);
    assert!(!rendered.looked_up);
    let asking =
        Given::new(&[("templates/a.yaml", "a: {{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}")]);
    assert!(asking.render().looked_up);
}

/// Words that templates are made of, wrong in all the ways that chance finds.
const SALAD: [&str; 30] = [
    "a: ",
    "- ",
    "\n",
    "\n  ",
    "---\n",
    "\"",
    "|\n",
    "{",
    "}",
    "# x",
    "\u{fc}",
    "{{ .Values.a }}",
    "{{ .Values.m | toYaml | nindent 2 }}",
    "{{ include \"h\" . }}",
    "{{- include \"h\" . | indent 3 -}}",
    "{{ range .Values.l }}",
    "{{ if .Values.a }}",
    "{{ else }}",
    "{{ end }}",
    "{{ .Values.a.b.c }}",
    "{{ fail \"no\" }}",
    "{{ required \"r\" .Values.none }}",
    "{{ tpl .Values.t . }}",
    "{{ .Files.Get \"values.yaml\" }}",
    "{{ \"x\\ny\" | quote }}",
    "{{ trunc 1 \"\u{fc}\" }}",
    "{{",
    "metadata: {annotations: {helm.sh/hook: test}}",
    "kind: X",
    "&a *a",
];

fn check_places(template: &str) {
    let given = Given::new(&[
        (
            "values.yaml",
            "a: 1\nm: {x: [1, \"\u{fc}\"], y: \"z\\nz\"}\nl: [a, b]\nt: '{{ .Values.a }}x'\n",
        ),
        ("templates/_h.tpl", "{{ define \"h\" }}\nh: {{ .Values.a }}\n  i: j\n{{ end }}"),
        ("templates/a.yaml", template),
    ]);
    for mode in [Mode::Helm, Mode::Lint] {
        let rendered = render(&given.chart(), &Request::new(settings(mode)));
        let spans = rendered.errors.iter().flat_map(|it| it.span.iter().chain(&it.via).copied());
        let places = rendered.documents.iter().flat_map(|it| {
            let places = it.tree.nodes().map(|node| node.place());
            let spans = places.flat_map(|it| std::iter::once(it.at).chain(it.from));
            let via = it.provenance.values().flat_map(|it| it.via.iter().copied());
            spans.chain(via).collect::<Vec<_>>()
        });
        for span in spans.chain(places) {
            let text = given.0[span.file.0 as usize].1;
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some(), "{template:?} {span:?}");
        }
    }
}

#[test]
fn an_absent_value_behind_a_long_character_has_the_place_of_that() {
    check_places("{\u{fc}}\n");
}

proptest::proptest! {
    #[test]
    fn every_place_lies_in_its_file(words in proptest::collection::vec(0..SALAD.len(), 0..40)) {
        let template: String = words.into_iter().map(|it| SALAD[it]).collect();
        check_places(&template);
    }
}
