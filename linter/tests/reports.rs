//! Every report format on one made-up analysis: what it prints, and what it must never print.
#![expect(clippy::unwrap_used, reason = "a test fails where its input is wrong")]

use goready::{
    engine::{Analysis, Notification, NotificationKind},
    report::{self, Format, ReportOptions},
};
use goready_model::{
    Category, Confidence, Edit, Failure, FileId, Finding, Fix, ObjectRef, Outcome, Place,
    ProgramRef, Project, Related, Safety, SecretCandidate, SecretContext, SecretForm, SourceFile,
    Sources, Suppression,
};
use serde_json::Value;

const DEPLOY: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: \"服务𝄞\"
          env:
            - {name: TOKEN, value: s3cr3t-Value-9} # s3cr3t-Value-9
";

const MAIN: &str = "\
package main

const token = \"s3cr3t-Value-9\"

func main() {
\ttime.Sleep(40 * time.Second)
}
";

const VALUES: &str = "grace: 30\n";
const TEMPLATE: &str = "spec:\n  terminationGracePeriodSeconds: {{ .Values.grace }}\n";

const FILES: [(&str, &str); 4] = [
    ("deploy [a]:1/k8s.yaml", DEPLOY),
    ("cmd/cart/main.go", MAIN),
    ("chart/values.yaml", VALUES),
    ("chart/templates/d.yaml", TEMPLATE),
];

/// The place of the n-th occurrence of a text in a file.
fn place(file: usize, part: &str, nth: usize) -> Place {
    let start = FILES[file].1.match_indices(part).nth(nth).unwrap().0;
    Place::new(FileId(file as u32), start, start + part.len())
}

fn finding(rule: &'static str, outcome: Outcome, place: Place, message: &str) -> Finding {
    Finding {
        rule,
        category: Category::Lifecycle,
        outcome,
        confidence: Confidence::Likely,
        configured_level: None,
        message: message.to_owned(),
        help: None,
        place,
        label: None,
        related: Vec::new(),
        object: None,
        program: None,
        renders: Vec::new(),
        fixes: Vec::new(),
        suppressed: None,
    }
}

fn grace_period() -> Finding {
    let at = place(0, "30", 0);
    Finding {
        help: Some("set `terminationGracePeriodSeconds` to at least 45".to_owned()),
        related: vec![Related {
            place: place(1, "time.Sleep(40 * time.Second)", 0),
            message: "drains for up to 40s".to_owned(),
        }],
        object: Some(ObjectRef {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: String::new(),
            name: "cart".to_owned(),
            container: String::new(),
            pointer: "/spec/template/spec/terminationGracePeriodSeconds".to_owned(),
        }),
        program: Some(ProgramRef {
            dir: "cmd/cart".to_owned(),
            module: "example.com/shop".to_owned(),
            function: "main".to_owned(),
        }),
        fixes: vec![Fix {
            safety: Safety::Unsafe,
            title: "raise the grace period".to_owned(),
            edits: vec![Edit { place: at, text: "45".to_owned() }],
        }],
        ..finding(
            "made-up-grace",
            Outcome::Risk,
            at,
            "the pod gets 30s, the program drains for 40s",
        )
    }
}

/// A secret in an environment variable, and a neighbour on the same line that quotes its value.
fn secrets() -> Vec<Finding> {
    let value = place(0, "s3cr3t-Value-9", 0);
    let mut secret = finding("made-up-secret", Outcome::Broken, value, "`TOKEN` is in clear");
    secret.category = Category::Secrets;
    secret.related =
        vec![Related { place: place(1, "\"s3cr3t-Value-9\"", 0), message: "copied".to_owned() }];
    let mut neighbour = finding(
        "made-up-neighbour",
        Outcome::Advice,
        place(0, "TOKEN", 0),
        "`TOKEN` holds `s3cr3t-Value-9`",
    );
    neighbour.fixes = vec![Fix {
        safety: Safety::Safe,
        title: "quote it".to_owned(),
        edits: vec![Edit { place: value, text: "\"s3cr3t-Value-9\"".to_owned() }],
    }];
    vec![secret, neighbour]
}

fn templated() -> Finding {
    let at = Place { from: Some(place(2, "30", 0).at), ..place(3, "{{ .Values.grace }}", 0) };
    Finding {
        renders: vec!["default".to_owned()],
        ..finding("made-up-values", Outcome::Risk, at, "too short")
    }
}

fn suppressed() -> Finding {
    let suppression =
        Suppression { reason: "known for now".to_owned(), place: place(0, "kind: Deployment", 0) };
    Finding {
        suppressed: Some(suppression),
        ..finding("made-up-suppressed", Outcome::Risk, place(0, "cart", 0), "not shown")
    }
}

fn candidate(place: Place) -> SecretCandidate {
    let form = SecretForm::NamedLiteral { strong: true, development_word: false };
    SecretCandidate::new(form, SecretContext::Env, place)
}

fn analysis(findings: Vec<Finding>) -> Analysis {
    let mut sources = Sources::default();
    for (id, (path, text)) in FILES.iter().enumerate() {
        sources.insert(FileId(id as u32), SourceFile::decode(*path, text.as_bytes()));
    }
    let mut project =
        Project { secrets: vec![candidate(place(0, "s3cr3t-Value-9", 0))], ..Project::default() };
    project.coverage.files = 4;
    project.coverage.failed = vec![Failure {
        path: FILES[3].0.to_owned(),
        place: Some(place(3, "{{", 0)),
        message: "nil pointer evaluating `.Values.a.b`".to_owned(),
    }];
    let notifications = vec![Notification {
        kind: NotificationKind::Crash,
        rule: Some("made-up-grace"),
        path: None,
        message: "rule `made-up-grace` crashed: index out of bounds".to_owned(),
    }];
    Analysis { project, sources, findings, notifications, rules: Vec::new() }
}

fn everything() -> Analysis {
    let mut findings = vec![grace_period()];
    findings.extend(secrets());
    findings.extend([templated(), suppressed()]);
    analysis(findings)
}

fn written(format: Format, analysis: &Analysis, options: &ReportOptions) -> String {
    let mut out = Vec::new();
    report::write(format, analysis, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain(format: Format, analysis: &Analysis) -> String {
    written(format, analysis, &ReportOptions::default())
}

fn json(analysis: &Analysis) -> Value {
    serde_json::from_str(&plain(Format::Json, analysis)).unwrap()
}

#[test]
fn a_frame_is_drawn_in_every_artifact_of_a_finding() {
    let text = plain(Format::Full, &analysis(vec![grace_period()]));
    let expected = "\
made-up-grace

  ⚠ the pod gets 30s, the program drains for 40s
   ╭─[deploy [a]:1/k8s.yaml:8:38]
 7 │     spec:
 8 │       terminationGracePeriodSeconds: 30
   ·                                      ──
 9 │       containers:
   ╰────
   ╭─[cmd/cart/main.go:6:2]
 5 │ func main() {
 6 │     time.Sleep(40 * time.Second)
   ·     ──────────────┬─────────────
   ·                   ╰── drains for up to 40s
 7 │ }
   ╰────
  help: set `terminationGracePeriodSeconds` to at least 45
";
    assert_eq!(text.trim_end(), expected.trim_end(), "{text}");
}

#[test]
fn the_place_to_edit_comes_before_the_lines_above_it_that_prove_it() {
    let mut finding = grace_period();
    finding.related[0].place = place(0, "kind: Deployment", 0);
    let text = plain(Format::Full, &analysis(vec![finding]));
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}:\n{text}"));
    assert!(at("k8s.yaml:8:38") < at("k8s.yaml:2:1"), "{text}");
}

#[test]
fn a_neighbouring_line_shares_the_frame() {
    let mut finding = grace_period();
    finding.related[0].place = place(0, "containers:", 0);
    let text = plain(Format::Full, &analysis(vec![finding]));
    assert_eq!(text.matches("╭─[").count(), 1, "{text}");
    assert!(text.contains("drains for up to 40s"), "{text}");
}

#[test]
fn no_format_prints_the_value_of_a_secret() {
    let analysis = everything();
    let options = ReportOptions { suppressed: true, ..ReportOptions::default() };
    for format in Format::ALL {
        let text = written(format, &analysis, &options);
        assert!(!text.contains("s3cr3t"), "{} prints a secret:\n{text}", format.name());
        assert!(text.contains("made-up-secret"), "{} lost the finding", format.name());
    }
    let frames = plain(Format::Full, &analysis);
    assert!(frames.contains("value: **************} # **************"), "{frames}");
}

#[test]
fn concise_has_one_line_a_finding() {
    let text = plain(Format::Concise, &analysis(vec![grace_period()]));
    assert_eq!(
        text,
        "deploy [a]:1/k8s.yaml:8:38: warning[made-up-grace] the pod gets 30s, the program drains for 40s\n"
    );
}

#[test]
fn the_json_contract_has_all_its_fields() {
    let document = json(&everything());
    let finding = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["rule"] == "made-up-grace")
        .unwrap();
    let location = &finding["location"];
    assert_eq!(location["path"], FILES[0].0);
    assert_eq!((location["line"].as_u64(), location["column"].as_u64()), (Some(8), Some(38)));
    assert_eq!(location["end_column"], 40);
    assert_eq!(finding["level"], "warning");
    assert_eq!(finding["confidence"], "likely");
    assert_eq!(finding["related"][0]["line"], 6);
    assert_eq!(finding["object"]["apiVersion"], "apps/v1");
    assert_eq!(finding["program"]["function"], "main");
    assert_eq!(finding["fixes"][0]["safety"], "unsafe");
    assert_eq!(finding["fixes"][0]["edits"][0]["start_column"], 38);
    assert_eq!(finding["fingerprint"].as_str().unwrap().len(), 32);
    assert!(finding["suppressed"].is_null());
    assert_eq!(document["tool"]["name"], "goready");
    assert_eq!(document["coverage"]["failed"][0]["line"], 2);
    let count = document["findings"].as_array().unwrap().len();
    assert_eq!(count, 4, "the suppressed one is left out");
}

#[test]
fn a_templated_value_is_reported_in_the_values_file_with_the_template_beside_it() {
    let document = json(&analysis(vec![templated()]));
    let finding = &document["findings"][0];
    assert_eq!(finding["location"]["path"], "chart/values.yaml");
    assert_eq!(finding["related"][0]["path"], "chart/templates/d.yaml");
    assert_eq!(finding["related"][0]["line"], 2);
    assert_eq!(finding["renders"][0], "default");
}

#[test]
fn columns_count_scalars_in_json_and_utf16_in_sarif() {
    let at = place(0, "\"", 1);
    let analysis = analysis(vec![finding("made-up", Outcome::Risk, at, "after astral characters")]);
    assert_eq!(json(&analysis)["findings"][0]["location"]["column"], 21);
    let sarif: Value = serde_json::from_str(&plain(Format::Sarif, &analysis)).unwrap();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startColumn"], 22);
}

#[test]
fn every_line_of_jsonl_is_an_object_and_the_last_one_has_the_coverage() {
    let text = plain(Format::Jsonl, &everything());
    let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[4]["coverage"]["files"], 4);
}

#[test]
fn workflow_commands_put_errors_first() {
    let text = plain(Format::Github, &everything());
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("::error file=deploy [a]%3A1/k8s.yaml,line=12,endLine=12,col="),
        "{first}"
    );
    assert!(text.contains("::warning "));
    assert!(text.contains("%0Aset `terminationGracePeriodSeconds`"));
}

#[test]
fn junit_counts_what_fails_and_lets_notes_pass() {
    let text = plain(Format::Junit, &everything());
    assert!(text.contains("<testsuites name=\"goready\" tests=\"4\" failures=\"3\" errors=\"0\">"));
    assert_eq!(text.matches("<failure ").count(), 3, "{text}");
    assert_eq!(text.matches("<testcase ").count(), 4, "{text}");
    let clean = plain(Format::Junit, &analysis(Vec::new()));
    assert!(clean.contains("<testcase name=\"goready\" classname=\"goready\"/>"), "{clean}");
}

#[test]
fn gitlab_gets_one_issue_a_fingerprint() {
    let issues: Value = serde_json::from_str(&plain(Format::Gitlab, &everything())).unwrap();
    let issues = issues.as_array().unwrap();
    assert_eq!(issues.len(), 4);
    let prints: std::collections::BTreeSet<_> =
        issues.iter().map(|it| it["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.len());
    assert!(issues.iter().all(|it| it["location"]["lines"]["begin"].as_u64() > Some(0)));
}

#[test]
fn markdown_is_a_table_with_the_worst_first() {
    let text = plain(Format::Markdown, &everything());
    let rows: Vec<_> = text.lines().filter(|it| it.starts_with("| ")).skip(1).collect();
    assert_eq!(rows.len(), 4, "{text}");
    assert!(rows[0].starts_with("| error |"), "{text}");
    assert!(text.contains("**1 error, 2 warnings, 1 note** in 4 files"), "{text}");
    assert!(text.contains("**Not analysed**"), "{text}");
}

#[test]
fn the_summary_names_what_failed_and_what_was_found() {
    let mut out = Vec::new();
    report::write_summary(&everything(), &ReportOptions::default(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("internal error: rule `made-up-grace` crashed"), "{text}");
    assert!(text.contains("not analysed: chart/templates/d.yaml:2: nil pointer"), "{text}");
    assert!(text.contains("found 1 error, 2 warnings, 1 note (1 suppressed)"), "{text}");
    assert!(text.contains("warning: no Go program, Dockerfile or Kubernetes object was found"));
}

#[test]
fn colours_and_links_appear_only_where_asked_for() {
    let analysis = everything();
    for format in [Format::Full, Format::Concise] {
        assert!(!plain(format, &analysis).contains('\u{1b}'));
        let options = ReportOptions { color: true, links: true, ..ReportOptions::default() };
        let text = written(format, &analysis, &options);
        assert!(text.contains("\u{1b}]8;;https://"), "{}", format.name());
        assert!(text.contains("\u{1b}["), "{}", format.name());
    }
}
