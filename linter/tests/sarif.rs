//! SARIF as GitHub code scanning takes it: read back by an independent implementation, and held
//! against the limits GitHub publishes.
#![expect(clippy::unwrap_used, reason = "a test fails where its input is wrong")]

use std::collections::BTreeSet;

use goready::{
    engine::Analysis,
    report::{self, Format, ReportOptions},
};
use goready_model::{
    Category, Confidence, Edit, FileId, Finding, Fix, Outcome, Place, Project, Related, Safety,
    SourceFile, Sources, Suppression,
};
use goready_rules::{Meta, REGISTRY};
use serde_json::Value;
use serde_sarif::sarif::Sarif;

const YAML: &str = "spec:\n  replicas: 1\n  template:\n    spec:\n      containers: []\n";
const GO: &str = "package main\n\nfunc main() {}\n";

fn finding(rule: &'static Meta, at: Place) -> Finding {
    Finding {
        rule: rule.name,
        category: rule.category,
        outcome: rule.rule.outcome,
        confidence: rule.rule.confidence,
        configured_level: None,
        message: "only `replicas: 1` [sic] of 3".to_owned(),
        help: Some("set `replicas` to 2".to_owned()),
        place: at,
        label: None,
        related: vec![Related {
            place: Place::new(FileId(1), 14, 18),
            message: "the program starts here".to_owned(),
        }],
        object: None,
        program: None,
        renders: Vec::new(),
        fixes: vec![Fix {
            safety: Safety::Safe,
            title: "add a replica".to_owned(),
            edits: vec![Edit { place: at, text: "replicas: 2".to_owned() }],
        }],
        suppressed: None,
    }
}

fn analysis(findings: Vec<Finding>) -> Analysis {
    let mut sources = Sources::default();
    sources.insert(FileId(0), SourceFile::decode("k8s/déploy 1.yaml", YAML.as_bytes()));
    sources.insert(FileId(1), SourceFile::decode("main.go", GO.as_bytes()));
    Analysis {
        project: Project::default(),
        sources,
        findings,
        notifications: Vec::new(),
        rules: REGISTRY.iter().collect(),
    }
}

fn text(analysis: &Analysis, options: &ReportOptions) -> String {
    let mut out = Vec::new();
    report::write(Format::Sarif, analysis, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn value(analysis: &Analysis) -> Value {
    serde_json::from_str(&text(analysis, &ReportOptions::default())).unwrap()
}

/// The whole spec mapping: four lines.
fn block() -> Place {
    Place::new(FileId(0), 0, YAML.len())
}

#[test]
fn an_independent_implementation_reads_every_result_back() {
    let findings: Vec<_> = REGISTRY.iter().map(|it| finding(it, block())).collect();
    let count = findings.len();
    let log: Sarif =
        serde_json::from_str(&text(&analysis(findings), &ReportOptions::default())).unwrap();
    assert_eq!(log.runs.len(), 1);
    let results = log.runs[0].results.as_ref().unwrap();
    assert_eq!(results.len(), count);
    let rules = log.runs[0].tool.driver.rules.as_ref().unwrap();
    for result in results {
        let index = usize::try_from(result.rule_index.unwrap()).unwrap();
        assert_eq!(Some(&rules[index].id), result.rule_id.as_ref());
    }
}

#[test]
fn a_clean_run_still_has_its_results_and_lists_every_rule() {
    let log = value(&analysis(Vec::new()));
    let run = &log["runs"][0];
    assert_eq!(run["results"], Value::Array(Vec::new()));
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), REGISTRY.len());
    assert_eq!(run["automationDetails"]["id"], "goready/");
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn rules_keep_to_what_github_takes() {
    let log = value(&analysis(Vec::new()));
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for rule in rules {
        assert!(ids.insert(rule["id"].as_str().unwrap()), "{} is listed twice", rule["id"]);
        for field in ["shortDescription", "fullDescription"] {
            let text = rule[field]["text"].as_str().unwrap();
            assert!((1..=1024).contains(&text.chars().count()), "{}: {field}", rule["id"]);
        }
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
        assert!(!rule["help"]["markdown"].as_str().unwrap().is_empty());
        let tags = rule["properties"]["tags"].as_array().unwrap();
        assert!(tags.len() <= 10);
        let severity = &rule["properties"]["security-severity"];
        if tags.contains(&Value::from("security")) {
            let severity: f64 = severity.as_str().unwrap().parse().unwrap();
            assert!(severity > 0.0 && severity <= 10.0);
        } else {
            assert!(severity.is_null(), "{} would become a security alert", rule["id"]);
        }
    }
}

#[test]
fn nothing_is_null_or_an_empty_string() {
    fn walk(value: &Value, path: &str) {
        match value {
            Value::Null => panic!("{path} is null"),
            Value::String(text) => assert!(!text.is_empty(), "{path} is empty"),
            Value::Array(items) => items.iter().for_each(|it| walk(it, &format!("{path}[]"))),
            Value::Object(fields) => {
                fields.iter().for_each(|(key, it)| walk(it, &format!("{path}/{key}")));
            }
            Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let findings = vec![finding(&REGISTRY[0], block())];
    walk(&value(&analysis(findings)), "");
    walk(&value(&analysis(Vec::new())), "");
}

#[test]
fn a_primary_region_is_one_line_and_a_uri_is_encoded() {
    let log = value(&analysis(vec![finding(&REGISTRY[0], block())]));
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    let region = &location["region"];
    assert_eq!(region["startLine"], 1);
    assert_eq!(region["endLine"], 1);
    assert_eq!(region["endColumn"], 6);
    assert_eq!(location["artifactLocation"]["uri"], "k8s/d%C3%A9ploy%201.yaml");
}

#[test]
fn a_message_starts_with_a_sentence_and_links_its_related_places() {
    let log = value(&analysis(vec![finding(&REGISTRY[0], block())]));
    let result = &log["runs"][0]["results"][0];
    assert_eq!(
        result["message"]["text"],
        "only `replicas: 1` \\[sic\\] of 3. Set `replicas` to 2. \
         See [main.go:3](1): the program starts here."
    );
    assert_eq!(result["relatedLocations"][0]["id"], 1);
    let flow = &result["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(flow.as_array().unwrap().len(), 2);
    let last = &flow[1]["location"]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(last, "k8s/d%C3%A9ploy%201.yaml");
}

#[test]
fn fingerprints_survive_lines_added_above() {
    let prints = |text: &str, at: usize| {
        let mut analysis = analysis(vec![finding(&REGISTRY[0], Place::new(FileId(0), at, at + 8))]);
        analysis.sources.insert(FileId(0), SourceFile::decode("a.yaml", text.as_bytes()));
        value(&analysis)["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    let before = prints(YAML, YAML.find("replicas").unwrap());
    let moved = format!("# a comment\n\n{YAML}");
    let after = prints(&moved, moved.find("replicas").unwrap());
    assert_eq!(before, after);
    assert!(before["primaryLocationLineHash"].as_str().unwrap().ends_with(":1"));
    assert!(before["goreadyFinding/v1"].is_string());
}

#[test]
fn suppressed_results_appear_only_when_asked_for() {
    let mut hidden = finding(&REGISTRY[0], block());
    hidden.suppressed = Some(Suppression { reason: "accepted".to_owned(), place: block() });
    let analysis = analysis(vec![hidden]);
    assert_eq!(value(&analysis)["runs"][0]["results"], Value::Array(Vec::new()));
    let options = ReportOptions { suppressed: true, ..ReportOptions::default() };
    let log: Value = serde_json::from_str(&text(&analysis, &options)).unwrap();
    let suppression = &log["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["justification"], "accepted");
}

#[test]
fn more_than_github_keeps_is_cut_by_level_and_said() {
    let mut findings = vec![finding(&REGISTRY[0], block()); 5_003];
    for (at, it) in findings.iter_mut().enumerate() {
        it.category = Category::Lifecycle;
        it.confidence = Confidence::Certain;
        it.outcome = if at % 2 == 0 { Outcome::Broken } else { Outcome::Advice };
    }
    let log = value(&analysis(findings));
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    let errors = results.iter().filter(|it| it["level"] == "error").count();
    assert_eq!(errors, 2_502, "no error is lost while notes are kept");
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["descriptor"]["id"], "results-left-out");
    assert!(notification["message"]["text"].as_str().unwrap().starts_with("3 findings"));
}
