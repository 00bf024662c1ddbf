//! Random charts: whatever stands in templates and values, a render ends within its limits,
//! without a panic, and what it says lies in the files it names.
//!
//! Each case follows from its number alone. A case that fails is printed whole. More of them:
//! `GOREADY_FUZZ_CASES=1000000 cargo test --release -p goready-helm --test fuzz`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what is wrong")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use goready_helm::{
    ChartFile, Content, Limits, Mode, Rendered, Request, Settings, ValuesKind, ValuesSource, load,
    render,
};
use goready_model::{FileId, Span};

/// Cases of an ordinary run.
const CASES: u64 = 20_000;

/// Little, so that loops end soon.
const LIMITS: Limits = Limits { steps: 20_000, output_bytes: 1 << 16, depth: 100 };

#[test]
fn a_render_of_anything_ends_well() {
    let asked = option_env!("GOREADY_FUZZ_CASES").and_then(|it| it.parse().ok());
    run(0..asked.unwrap_or(CASES));
}

fn run(cases: std::ops::Range<u64>) {
    let count = cases.end - cases.start;
    let mut printed = 0;
    for number in cases {
        let case = Case::new(number);
        let outcome = catch_unwind(AssertUnwindSafe(|| case.check()));
        let documents = outcome.unwrap_or_else(|_| panic!("case {number} failed:\n{case}"));
        printed += u64::from(documents > 0);
    }
    assert!(printed > count / 4, "only {printed} of {count} charts printed something");
}

/// A chart with one subchart and one values file.
struct Case {
    files: BTreeMap<&'static str, String>,
    values: Option<(ValuesKind, String)>,
    mode: Mode,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (path, text) in &self.files {
            writeln!(f, "--- {path}\n{text}\n{text:?}")?;
        }
        writeln!(f, "--- {:?}\n{:?}", self.mode, self.values)
    }
}

impl Case {
    fn new(number: u64) -> Self {
        let mut random = Random(number);
        let mut files = BTreeMap::new();
        let metadata = "apiVersion: v2\nname: c\nversion: 1.0.0\n";
        files.insert("Chart.yaml", random.now_and_then(50, metadata));
        files.insert("values.yaml", random.values());
        files.insert("templates/_helpers.tpl", random.now_and_then(3, HELPERS));
        files.insert("templates/a.yaml", random.template());
        files.insert("templates/b.yaml", random.template());
        if random.one_in(4) {
            files.insert("charts/d/Chart.yaml", "name: d\nversion: 0.1.0\n".to_owned());
            files.insert("charts/d/values.yaml", random.values());
            files.insert("charts/d/templates/c.yaml", random.template());
        }
        if random.one_in(20) {
            files.insert("values.schema.json", random.now_and_then(2, SCHEMA));
        }
        let values = random.one_in(4).then(|| match random.below(3) {
            0 => (ValuesKind::File, random.values()),
            1 => (ValuesKind::Json, random.now_and_then(2, "a={\"b\":[1,null,\"x\"]}")),
            _ => (ValuesKind::Set, random.now_and_then(2, "a.b=1,l[2]=x,m.c={p,q},d.t=\\,")),
        });
        let mode = if random.one_in(2) { Mode::Helm } else { Mode::Lint };
        Self { files, values, mode }
    }

    /// Renders it; gives the number of documents.
    fn check(&self) -> usize {
        let files: Vec<_> = (1..)
            .zip(&self.files)
            .map(|(id, (path, text))| ChartFile {
                id: FileId(id),
                path: (*path).to_owned(),
                bytes: text.as_bytes().into(),
            })
            .collect();
        let mut texts: BTreeMap<_, _> = files.iter().map(|it| (it.id, it.bytes.clone())).collect();
        let source = self.values.clone().map(|(kind, text)| ValuesSource {
            id: FileId(99),
            text: text.into(),
            kind,
        });
        texts.extend(source.iter().map(|it| (it.id, it.text.as_bytes().into())));
        let Ok(chart) = load(files, FileId(100)) else { return 0 };
        let settings = Settings {
            release: "r".to_owned(),
            namespace: "n".to_owned(),
            kube_version: "1.33.0".to_owned(),
            api_versions: Vec::new(),
            mode: self.mode,
            limits: LIMITS,
        };
        let request = Request { values: source.into_iter().collect(), ..Request::new(settings) };
        let rendered = render(&Arc::new(chart), &request);
        check_size(&rendered);
        check_spans(&rendered, &texts);
        rendered.documents.len()
    }
}

fn check_size(rendered: &Rendered) {
    let bytes: usize = rendered.documents.iter().map(|it| it.text.len()).sum();
    // Wrong bytes of a document become characters of three.
    assert!(bytes <= 3 * LIMITS.output_bytes, "{bytes}");
}

fn check_spans(rendered: &Rendered, texts: &BTreeMap<FileId, Content>) {
    let check = |span: &Span| {
        let text = texts.get(&span.file).unwrap();
        assert!(span.start <= span.end && span.end as usize <= text.len(), "{span:?}");
    };
    for error in &rendered.errors {
        error.span.iter().for_each(check);
        error.via.iter().for_each(check);
    }
    for document in &rendered.documents {
        for node in document.tree.nodes() {
            check(&node.place().at);
            node.place().from.iter().for_each(check);
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    /// The text, changed one time in so many.
    fn now_and_then(&mut self, times: usize, text: &str) -> String {
        if self.one_in(times) { self.changed(text) } else { text.to_owned() }
    }

    fn values(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(3) {
            text.push_str(self.pick(VALUES));
        }
        self.now_and_then(2, &text)
    }

    fn template(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(3) {
            if self.one_in(2) {
                text.push_str(self.pick(TEMPLATES));
            } else {
                writeln!(text, "k{}: {{{{ {} }}}}", self.below(9), self.expression(3)).unwrap();
            }
        }
        self.now_and_then(2, &text)
    }

    /// A pipeline of functions of operands.
    fn expression(&mut self, depth: usize) -> String {
        let mut text = self.pick(FUNCTIONS).to_owned();
        for _ in 0..self.below(4) {
            text.push(' ');
            if depth > 0 && self.one_in(3) {
                write!(text, "({})", self.expression(depth - 1)).unwrap();
            } else {
                text.push_str(self.pick(OPERANDS));
            }
        }
        if self.one_in(3) {
            write!(text, " | {}", self.pick(FUNCTIONS)).unwrap();
        }
        text
    }

    /// Some pieces taken out, put in or doubled.
    fn changed(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..=self.below(4) {
            let (from, to) = (self.place(&text), self.place(&text));
            let (from, to) = (from.min(to), from.max(to));
            match self.below(5) {
                0 => drop(text.drain(from..to.min(self.near(&text, from)))),
                1 => {
                    let again = text[from..to].to_owned();
                    text.insert_str(to, &again);
                }
                2 => text.insert_str(from, self.pick(OPERANDS)),
                _ => text.insert_str(from, self.pick(PIECES)),
            }
        }
        text
    }

    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// A place shortly behind another one.
    fn near(&mut self, text: &str, from: usize) -> usize {
        let mut at = (from + self.below(8)).min(text.len());
        while !text.is_char_boundary(at) {
            at += 1;
        }
        at
    }
}

const HELPERS: &str = "\
{{- define \"c.name\" -}}{{ .Chart.Name | trunc 63 | trimSuffix \"-\" }}{{- end -}}
{{- define \"c.labels\" }}
app: {{ include \"c.name\" . }}
release: {{ .Release.Name | quote }}
{{- with .Values.m }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- define \"c.tpl\" -}}{{ tpl (.value | toString) .context }}{{- end -}}
{{- define \"c.loop\" -}}{{ include \"c.loop\" . }}{{- end -}}
";

const SCHEMA: &str = r##"{"type": "object", "properties": {"n": {"type": "integer", "minimum": 1},
"s": {"pattern": "^h"}, "l": {"items": {"$ref": "#/definitions/x"}}},
"definitions": {"x": {"type": ["string", "number"]}}, "required": ["n"]}"##;

const TEMPLATES: &[&str] = &[
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include \"c.name\" . }}\n  labels: \
     {{- include \"c.labels\" . | nindent 4 }}\ndata:\n  a: {{ .Values.s | quote }}\n",
    "{{- range $i, $x := .Values.l }}\n- {{ $i }}: {{ $x | quote }}\n{{- else }}\nnone\n{{- end }}\n",
    "{{- range $k, $v := .Values.m }}\n{{ $k }}: {{ tpl (toString $v) $ | quote }}\n{{- end }}\n",
    "{{- if and .Values.t (or .Values.s (not .Values.nope)) }}\nx: 1\n{{- else if .Values.n }}\n\
     x: 2\n{{- else }}\nx: 3\n{{- end }}\n",
    "{{ include \"c.tpl\" (dict \"value\" .Values.tmpl \"context\" $) }}\n",
    "{{ include \"c.loop\" . }}\n",
    "{{- $d := dict \"a\" 1 }}{{ $_ := set $d \"b\" $d }}{{ $d | toYaml }}\n",
    "{{- $m := deepCopy .Values.m }}{{ $_ := merge $m .Values.m2 }}{{ $m | toYaml | nindent 2 }}\n",
    "---\n# Source\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n  annotations:\n    \
     helm.sh/hook: pre-install\nspec:\n  replicas: {{ .Values.n }}\n",
    "{{ required \"need it\" .Values.nope }}\n",
    "{{ fail (printf \"%s %d\" .Values.s 3) }}\n",
    "{{ range until (int .Values.n) }}{{ . }}{{ if gt . 2 }}{{ break }}{{ end }}{{ end }}\n",
    "{{ with .Values.m }}{{ .a | default \"x\" }}{{ $.Release.Name }}{{ end }}\n",
    "{{ (.Values.nope).deep | default (list 1 2 3) | join \",\" }}\n",
    "{{ block \"b\" .Values }}{{ .s }}{{ end }}{{ template \"b\" .Values }}\n",
    "{{ .Files.Get \"values.yaml\" | indent 2 }}{{ (.Files.Glob \"**\").AsConfig }}\n",
    "{{ .Capabilities.APIVersions.Has \"apps/v1\" }}{{ semverCompare \">=1.2-0\" \
     .Capabilities.KubeVersion.Version }}\n",
    "{{ $x := 1 }}{{ range .Values.l }}{{ $x = add $x 1 }}{{ end }}{{ $x }}\n",
    "{{ range $k := keys .Values.m | sortAlpha }}{{ get $.Values.m $k }}{{ end }}\n",
    "{{/* goready: ignore[x] */}}{{- /* c */ -}}\n",
];

const VALUES: &[&str] = &[
    "s: hello\nn: 3\nt: true\n",
    "l: [1, two, 3.5, null]\n",
    "l:\n  - a: 1\n  - b\n",
    "m:\n  a: \"{{ .Values.s }}\"\n  b: {c: [x]}\nm2: {a: z, q: 1}\n",
    "tmpl: \"{{ include \\\"c.name\\\" . }}-{{ .Values.tmpl }}\"\n",
    "big: 1e18\nhex: 0x1F\noct: 0o7\nday: 2020-01-01\nno: no\n",
    "text: |\n  line one\n  line two\n\n  end\n",
    "a: &x {b: 1}\nc: *x\nd: {<<: *x}\n",
    "u: \"h\\u00e9llo \\u2603\"\nempty: {}\nnone: ~\n",
    "d:\n  s: below\nglobal: {g: 1}\n",
];

const OPERANDS: &[&str] = &[
    ".",
    "$",
    "nil",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "3",
    "2.5",
    "1e3",
    "100",
    "70000",
    "0x1F",
    "9223372036854775807",
    "-9223372036854775808",
    "'a'",
    "\"\"",
    "\"a\"",
    "\"a,b,c\"",
    "\"-\"",
    "\"%s %d %v %q %5.2f %T %x\"",
    "\"%[3]*.[2]*[1]f\"",
    "\"%99999999d\"",
    "\"[a-z]+(x)?\"",
    "\"(a*)*b\"",
    "\"$1\"",
    "\"1.2.3\"",
    "\"^1.x || >2\"",
    "\"h\\u00e9llo\"",
    "\"\\xff\\xfe\"",
    "`{\"a\":[1,{\"b\":null}]}`",
    "\"a: {b: [1, x]}\"",
    "\"{{ .Values.s }}\"",
    "\"{{\"",
    "\"c.name\"",
    "\"c.loop\"",
    "\"2006-01-02\"",
    "\"5m\"",
    "\"https://u:p@h:1/p?q=1#f\"",
    ".Values",
    ".Values.s",
    ".Values.n",
    ".Values.l",
    ".Values.m",
    ".Values.m.b",
    ".Values.u",
    ".Values.text",
    ".Values.big",
    ".Values.nope",
    ".Values.nope.x",
    ".Chart",
    ".Release.Name",
    ".Files",
    ".Capabilities",
    ".Template.Name",
    "$.Values.m2",
    "(dict \"a\" 1 \"b\" (list 1 2))",
    "(list 3 1 2)",
    "(list \"b\" \"a\" nil)",
    "(dict)",
    "(list)",
    "(int64 7)",
    "(float64 2)",
    "(now)",
    "(until 5)",
    "(list (dict \"a\" 1))",
];

/// What a change puts in.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    " -}}",
    "{{ end }}",
    "{{ else }}",
    "{{ if .Values.t }}",
    "{{ range .Values.l }}",
    "{{ with . }}",
    "{{ define \"c.name\" }}",
    "{{ break }}",
    "|",
    "(",
    ")",
    "\"",
    "`",
    "'",
    ":",
    "-",
    "\n",
    "  ",
    "\t",
    "\n---\n",
    "#",
    "&x ",
    "*x",
    "!!str ",
    "<<: ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "? ",
    "\u{0}",
    "\u{7f}",
    "\u{feff}",
    "\u{e9}",
    "\u{2028}",
    "\u{1f600}",
    "..",
    "$",
    "=",
    "|-",
    ">+2",
    "%",
    "\\",
    "0",
    "null",
    ".Values.m.b.c",
    "toYaml",
    "\"c.tpl\"",
    "{a: {b: {c: {d: {e: {f: {}}}}}}}",
    "[[[[[[[[[[",
    "\r\n",
    "\r",
];

/// All functions of helm 4.3.1.
const FUNCTIONS: &[&str] = &[
    "abbrev",
    "abbrevboth",
    "add",
    "add1",
    "add1f",
    "addf",
    "adler32sum",
    "ago",
    "all",
    "and",
    "any",
    "append",
    "atoi",
    "b32dec",
    "b32enc",
    "b64dec",
    "b64enc",
    "base",
    "bcrypt",
    "biggest",
    "bool",
    "buildCustomCert",
    "call",
    "camelcase",
    "cat",
    "ceil",
    "chunk",
    "clean",
    "coalesce",
    "compact",
    "concat",
    "contains",
    "date",
    "dateInZone",
    "dateModify",
    "date_in_zone",
    "date_modify",
    "decryptAES",
    "deepCopy",
    "deepEqual",
    "default",
    "derivePassword",
    "dict",
    "dig",
    "dir",
    "div",
    "divf",
    "duration",
    "durationRound",
    "durationSeconds",
    "empty",
    "encryptAES",
    "eq",
    "ext",
    "fail",
    "first",
    "float64",
    "floor",
    "fromJson",
    "fromJsonArray",
    "fromToml",
    "fromYaml",
    "fromYamlArray",
    "ge",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSignedCert",
    "get",
    "getHostByName",
    "gt",
    "has",
    "hasKey",
    "hasPrefix",
    "hasSuffix",
    "hello",
    "html",
    "htmlDate",
    "htmlDateInZone",
    "htpasswd",
    "include",
    "indent",
    "index",
    "initial",
    "initials",
    "int",
    "int64",
    "isAbs",
    "join",
    "js",
    "kebabcase",
    "keys",
    "kindIs",
    "kindOf",
    "last",
    "le",
    "len",
    "list",
    "lookup",
    "lower",
    "lt",
    "max",
    "maxf",
    "merge",
    "mergeOverwrite",
    "min",
    "minf",
    "mod",
    "mul",
    "mulf",
    "mustAppend",
    "mustChunk",
    "mustCompact",
    "mustDateModify",
    "mustDeepCopy",
    "mustFirst",
    "mustFromJson",
    "mustHas",
    "mustInitial",
    "mustLast",
    "mustMerge",
    "mustMergeOverwrite",
    "mustPrepend",
    "mustPush",
    "mustRegexFind",
    "mustRegexFindAll",
    "mustRegexMatch",
    "mustRegexReplaceAll",
    "mustRegexReplaceAllLiteral",
    "mustRegexSplit",
    "mustRest",
    "mustReverse",
    "mustSlice",
    "mustToDate",
    "mustToDuration",
    "mustToJson",
    "mustToPrettyJson",
    "mustToRawJson",
    "mustToToml",
    "mustToYaml",
    "mustUniq",
    "mustWithout",
    "must_date_modify",
    "ne",
    "nindent",
    "nospace",
    "not",
    "now",
    "omit",
    "or",
    "osBase",
    "osClean",
    "osDir",
    "osExt",
    "osIsAbs",
    "pick",
    "pluck",
    "plural",
    "prepend",
    "print",
    "printf",
    "println",
    "push",
    "quote",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "regexFind",
    "regexFindAll",
    "regexMatch",
    "regexQuoteMeta",
    "regexReplaceAll",
    "regexReplaceAllLiteral",
    "regexSplit",
    "repeat",
    "replace",
    "required",
    "rest",
    "reverse",
    "round",
    "semver",
    "semverCompare",
    "seq",
    "set",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "shuffle",
    "slice",
    "snakecase",
    "sortAlpha",
    "split",
    "splitList",
    "splitn",
    "squote",
    "sub",
    "subf",
    "substr",
    "swapcase",
    "ternary",
    "title",
    "toDate",
    "toDecimal",
    "toJson",
    "toPrettyJson",
    "toRawJson",
    "toString",
    "toStrings",
    "toToml",
    "toYaml",
    "toYamlPretty",
    "tpl",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trimall",
    "trunc",
    "tuple",
    "typeIs",
    "typeIsLike",
    "typeOf",
    "uniq",
    "unixEpoch",
    "unset",
    "until",
    "untilStep",
    "untitle",
    "upper",
    "urlJoin",
    "urlParse",
    "urlquery",
    "uuidv4",
    "values",
    "without",
    "wrap",
    "wrapWith",
];
