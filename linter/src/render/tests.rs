//! Charts through the engine: where findings stand, in which renders, and what is rendered again.

use std::sync::Arc;

use goready_model::Finding;

use crate::{
    config::{self, Config},
    engine::{Analysis, Engine},
};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
const VALUES: &str = "replicas: 2\nlimits:\n  memory: 128m\n";
const TEMPLATE: &str = r"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          resources:
            limits:
              memory: {{ .Values.limits.memory }}
";

fn engine(files: &[(&str, &str)], config: Config) -> Engine {
    let mut engine = Engine::new(config);
    let bytes = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    engine.set_files(files.iter().map(bytes).collect());
    engine
}

fn configured(text: &str) -> Config {
    config::parse("goready.toml", text).unwrap().config
}

fn only<'a>(analysis: &'a Analysis, rule: &str) -> &'a Finding {
    let found: Vec<_> = analysis.findings.iter().filter(|it| it.rule == rule).collect();
    assert_eq!(found.len(), 1, "{:#?}", analysis.findings);
    found[0]
}

/// The text of both places.
fn places(analysis: &Analysis, finding: &Finding) -> (String, String) {
    let text = |span| analysis.sources.slice(span).to_owned();
    (text(finding.place.at), finding.place.from.map(text).unwrap_or_default())
}

#[test]
fn a_finding_knows_the_action_and_the_values_scalar() {
    let files =
        [("c/Chart.yaml", CHART), ("c/values.yaml", VALUES), ("c/templates/d.yaml", TEMPLATE)];
    let analysis = engine(&files, Config::default()).check();
    let finding = only(&analysis, "memory-in-millibytes");
    let (at, from) = places(&analysis, finding);
    assert_eq!((&*at, &*from), ("{{ .Values.limits.memory }}", "128m"));
    assert_eq!(finding.renders, ["default"]);
    assert!(finding.fixes.is_empty(), "what is printed is not what is written");
}

#[test]
fn a_finding_of_several_sets_is_one_with_their_names() {
    let files = [
        ("c/Chart.yaml", CHART),
        ("c/values.yaml", VALUES),
        ("c/ci/ha-values.yaml", "replicas: 3\n"),
        ("c/templates/d.yaml", TEMPLATE),
        ("prod.yaml", "limits:\n  memory: 128Mi\n"),
    ];
    let config = configured(
        "[[chart]]\npath = \"c\"\n[[chart.render]]\nname = \"production\"\nvalues = [\"prod.yaml\"]\n",
    );
    let analysis = engine(&files, config).check();
    let finding = only(&analysis, "memory-in-millibytes");
    assert_eq!(finding.renders, ["default", "ci/ha-values.yaml"]);
    let renders: Vec<_> = analysis.project.charts[0].renders.iter().map(|it| &*it.name).collect();
    assert_eq!(renders, ["default", "ci/ha-values.yaml", "production"]);
}

#[test]
fn suppressions_count_in_the_template_and_in_the_values() {
    let reason = "goready: ignore[memory-in-millibytes] measured";
    let in_template = TEMPLATE.replace(
        "              memory: {{",
        &format!("              {{{{/* {reason} */}}}}\n              memory: {{{{"),
    );
    let in_values = VALUES.replace("128m", &format!("128m # {reason}"));
    for (values, template) in [(VALUES, &*in_template), (&*in_values, TEMPLATE)] {
        let files =
            [("c/Chart.yaml", CHART), ("c/values.yaml", values), ("c/templates/d.yaml", template)];
        let analysis = engine(&files, Config::default()).check();
        assert!(only(&analysis, "memory-in-millibytes").suppressed.is_some(), "{template}");
        assert!(!analysis.findings.iter().any(|it| it.rule == "suppression-unused"));
    }
}

#[test]
fn a_value_in_a_named_template_shows_how_it_was_reached() {
    let helpers = "{{ define \"limits\" }}\nlimits:\n  memory: 128m\n{{ end }}";
    let template = TEMPLATE.replace(
        "            limits:\n              memory: {{ .Values.limits.memory }}\n",
        "            {{- include \"limits\" . | nindent 12 }}\n",
    );
    let files = [
        ("c/Chart.yaml", CHART),
        ("c/values.yaml", "replicas: 2\n"),
        ("c/templates/_helpers.tpl", helpers),
        ("c/templates/d.yaml", &*template),
    ];
    let analysis = engine(&files, Config::default()).check();
    let finding = only(&analysis, "memory-in-millibytes");
    assert_eq!(analysis.sources.path(finding.place.at.file), "c/templates/_helpers.tpl");
    let callers = finding.related.iter().filter(|it| it.message == "included here");
    let callers: Vec<_> = callers.map(|it| analysis.sources.slice(it.place.at)).collect();
    assert_eq!(callers, ["{{- include \"limits\" . | nindent 12 }}"]);
}

#[test]
fn what_depends_on_an_unknown_value_is_not_judged() {
    for unknown in [
        "{{ required \"say how much\" .Values.memory }}",
        "{{ (lookup \"v1\" \"ConfigMap\" \"shop\" \"x\").data.memory }}",
        "{{ .Release.Namespace }}",
        "{{ randAlphaNum 5 }}",
    ] {
        let template = TEMPLATE.replace("{{ .Values.limits.memory }}", unknown);
        let files = [
            ("c/Chart.yaml", CHART),
            ("c/values.yaml", "replicas: 2\n"),
            ("c/templates/d.yaml", &*template),
        ];
        let analysis = engine(&files, Config::default()).check();
        let about = |it: &&Finding| {
            it.object.as_ref().is_some_and(|it| it.pointer.ends_with("/limits/memory"))
        };
        assert_eq!(analysis.findings.iter().filter(about).count(), 0, "{unknown}");
    }
}

#[test]
fn an_edit_renders_only_the_chart_it_concerns() {
    let files = [
        ("a/Chart.yaml", CHART),
        ("a/values.yaml", VALUES),
        ("a/templates/d.yaml", TEMPLATE),
        ("b/Chart.yaml", CHART),
        ("b/values.yaml", VALUES),
        ("b/templates/d.yaml", TEMPLATE),
    ];
    let mut engine = engine(&files, Config::default());
    let first = trees(&engine);
    engine.set_file("b/values.yaml", VALUES.replace("128m", "128Mi").as_bytes());
    let second = trees(&engine);
    assert!(Arc::ptr_eq(&first[0], &second[0]));
    assert!(!Arc::ptr_eq(&first[1], &second[1]));
}

fn trees(engine: &Engine) -> Vec<Arc<goready_model::Tree>> {
    engine.link().0.objects.into_iter().map(|it| it.tree).collect()
}
