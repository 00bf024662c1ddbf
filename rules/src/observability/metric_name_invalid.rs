//! A metric or label name is not what Prometheus takes as it stands.
//!
//! ## What it does
//! Checks names of metrics and labels built with client_golang that fold to constants. Metric names
//! are letters, digits, `_` and `:`, label names letters, digits and `_`, neither starts with a
//! digit. Before client_golang 1.21 any other name makes the registration panic. Since then UTF-8
//! names are allowed, and a hyphen or dot is a risk; an empty name, and a label that is empty or
//! starts with `__`, panic in every version.
//!
//! ## Why is this bad
//! A panic at registration ends the program at start. An escaped name is another name: a scraper
//! that does not negotiate UTF-8 sees `go_app_requests` where the code says `go-app-requests`, and
//! the HPA, alert or dashboard that uses the written name finds nothing.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.22
//!
//! require github.com/prometheus/client_golang v1.19.1
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//!
//! 	"github.com/prometheus/client_golang/prometheus"
//! 	"github.com/prometheus/client_golang/prometheus/promhttp"
//! )
//!
//! var requests = prometheus.NewCounter(prometheus.CounterOpts{
//! 	Name: "go-app-requests",
//! 	Help: "Requests served.",
//! })
//!
//! func main() {
//! 	prometheus.MustRegister(requests)
//! 	http.Handle("/metrics", promhttp.Handler())
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//!
//! 	"github.com/prometheus/client_golang/prometheus"
//! 	"github.com/prometheus/client_golang/prometheus/promhttp"
//! )
//!
//! var requests = prometheus.NewCounter(prometheus.CounterOpts{
//! 	Name: "go_app_requests_total",
//! 	Help: "Requests served.",
//! })
//!
//! func main() {
//! 	prometheus.MustRegister(requests)
//! 	http.Handle("/metrics", promhttp.Handler())
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Prometheus: metric names and labels](https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels)
//! - [client_golang: changelog, 1.21.0](https://github.com/prometheus/client_golang/blob/main/CHANGELOG.md)

use goready_model::{Confidence, Located, Metric, Outcome, Profile, Program};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &["golangci/promlinter"],
    check: Check::Program(check),
};

const LIBRARY: &str = "github.com/prometheus/client_golang";

/// First minor of client_golang 1 that takes any UTF-8 name.
const FIRST_UTF8_MINOR: u32 = 21;

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let version = library_version(cx, program);
    for metric in &program.metrics {
        judge_metric(program, metric, version.as_ref(), findings);
    }
}

fn judge_metric(
    program: &Program,
    metric: &Metric,
    version: Option<&Version>,
    findings: &mut Findings,
) {
    let name = &metric.name;
    if !is_metric_name(&name.value) {
        let what = if name.value.is_empty() {
            "a metric has an empty name".to_owned()
        } else {
            format!("metric {:?} {}", name.value, defect(&name.value))
        };
        let fatal = name.value.is_empty();
        report(program, name, &what, fatal, version, findings);
    }
    for label in metric.labels.iter().chain(&metric.const_labels) {
        if is_label_name(&label.value) {
            continue;
        }
        let fatal = label.value.is_empty() || label.value.starts_with("__");
        let what = if label.value.is_empty() {
            format!("metric {:?} has a label without a name", name.value)
        } else if fatal {
            format!("label {:?} starts with `__`, which is reserved", label.value)
        } else {
            format!("label {:?} {}", label.value, defect(&label.value))
        };
        report(program, label, &what, fatal, version, findings);
    }
}

fn report(
    program: &Program,
    name: &Located<String>,
    what: &str,
    fatal: bool,
    version: Option<&Version>,
    findings: &mut Findings,
) {
    let old = version.is_some_and(|it| it.minor < FIRST_UTF8_MINOR);
    let (outcome, consequence) = match version {
        Some(version) if old => {
            (Outcome::Broken, format!("registration panics with client_golang {}", version.text))
        }
        _ if fatal => (Outcome::Broken, "registration panics".to_owned()),
        _ => (Outcome::Risk, "scrapers see it escaped, under another name".to_owned()),
    };
    findings
        .report(name.place, format!("{what}, {consequence}"))
        .help("use letters, digits and underscores")
        .program(program, "")
        .outcome(outcome)
        .lower_if(program.sample);
}

/// What is wrong with a name, for the message.
fn defect(name: &str) -> &'static str {
    match name.chars().find(|it| !(it.is_ascii_alphanumeric() || *it == '_')) {
        Some('-') => "has a hyphen",
        Some('.') => "has a dot",
        Some(' ') => "has a blank",
        Some(':') => "has a colon",
        Some('\n' | '\t' | '\r') => "has a line break or tab",
        Some(_) => "has a character that is no letter, digit or underscore",
        None => "starts with a digit",
    }
}

fn is_metric_name(name: &str) -> bool {
    let known = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b':');
    name.bytes().all(known) && name.bytes().next().is_some_and(|it| !it.is_ascii_digit())
}

fn is_label_name(name: &str) -> bool {
    let known = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    name.bytes().all(known)
        && name.bytes().next().is_some_and(|it| !it.is_ascii_digit())
        && !name.starts_with("__")
}

/// The required client_golang, as go.mod writes it.
struct Version {
    minor: u32,
    text: String,
}

fn library_version(cx: &Cx<'_>, program: &Program) -> Option<Version> {
    let go_mod = cx.project.go_mods.get(program.go_mod?)?;
    let (_, version) = go_mod.requires.iter().find(|(path, _)| path == LIBRARY)?;
    let text = version.trim_start_matches('v');
    let mut parts = text.split('.');
    let (major, minor) = (parts.next()?, parts.next()?.parse().ok()?);
    // Before 1.0 nothing took UTF-8 either.
    let minor = if major == "0" { 0 } else { minor };
    Some(Version { minor, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_data_model_of_prometheus() {
        for good in ["http_requests_total", "_x", "__x", "job:rate:5m", "A1"] {
            assert!(is_metric_name(good), "{good}");
        }
        for bad in ["", "1st", "a-b", "a.b", "a b", "日本", "x\n", "requests{a=1}"] {
            assert!(!is_metric_name(bad), "{bad}");
        }
        for good in ["code", "_name", "le"] {
            assert!(is_label_name(good), "{good}");
        }
        for bad in ["", "__name", "ns:code", "1code", "http-method"] {
            assert!(!is_label_name(bad), "{bad}");
        }
    }
}
