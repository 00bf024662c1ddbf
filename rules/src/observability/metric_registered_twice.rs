//! A metric is registered twice on one registry.
//!
//! ## What it does
//! Finds two registrations of the same full name (namespace, subsystem and name joined) on the same
//! registerer in one program, with `MustRegister` or `promauto`, and one registration in a function
//! that `main` calls twice. Registries of their own, `Register` with its error handled, files that
//! build constraints exclude and metrics with constant labels are left alone.
//!
//! ## Why is this bad
//! The second registration panics at the start of the program: the container is in a crash loop.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//!
//! require github.com/prometheus/client_golang v1.25.0
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
//! 	"github.com/prometheus/client_golang/prometheus/promauto"
//! 	"github.com/prometheus/client_golang/prometheus/promhttp"
//! )
//!
//! var requests = promauto.NewCounter(prometheus.CounterOpts{Name: "requests_total", Help: "All."})
//!
//! var failures = promauto.NewCounter(prometheus.CounterOpts{Name: "requests_total", Help: "Bad."})
//!
//! func main() {
//! 	requests.Inc()
//! 	failures.Inc()
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
//! 	"github.com/prometheus/client_golang/prometheus/promauto"
//! 	"github.com/prometheus/client_golang/prometheus/promhttp"
//! )
//!
//! var requests = promauto.NewCounter(prometheus.CounterOpts{Name: "requests_total", Help: "All."})
//!
//! var failures = promauto.NewCounter(prometheus.CounterOpts{Name: "failures_total", Help: "Bad."})
//!
//! func main() {
//! 	requests.Inc()
//! 	failures.Inc()
//! 	http.Handle("/metrics", promhttp.Handler())
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Prometheus: Registerer](https://pkg.go.dev/github.com/prometheus/client_golang/prometheus#Registerer)

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{
    Confidence, Metric, MetricRegistration, Outcome, Place, Profile, Program, Repetition,
};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(_: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let mut first: BTreeMap<(&str, &str), Place> = BTreeMap::new();
    report_label_sets(program, findings);
    for metric in &program.metrics {
        let Some(registration) = panicking(metric) else { continue };
        let name = &*metric.name.value;
        // Handlers and loops have a rule of their own.
        if matches!(metric.repeated, Some(Repetition::Request | Repetition::Loop)) {
            continue;
        }
        if metric.repeated.is_some() {
            let message =
                format!("`{name}` is registered again each time this runs, the second time panics");
            report(program, registration.place, message, findings);
            continue;
        }
        match first.get(&(&registration.registerer, name)) {
            Some(earlier) if *earlier == registration.place => {}
            Some(earlier) => {
                let message = format!("`{name}` is registered twice, the program panics at start");
                let earlier = *earlier;
                findings
                    .report(registration.place, message)
                    .help("register it once and share it")
                    .program(program, "")
                    .lower_if(program.sample)
                    .label(earlier, "the first registration");
            }
            None => {
                first.insert((&registration.registerer, name), registration.place);
            }
        }
    }
}

/// Metrics of one name whose label names differ: the registry refuses the second one, whatever the
/// values are.
fn report_label_sets(program: &Program, findings: &mut Findings) {
    let mut first: BTreeMap<(&str, &str), (&Metric, BTreeSet<&str>, Place)> = BTreeMap::new();
    for metric in &program.metrics {
        let Some(registration) = &metric.registered else { continue };
        if registration.checked
            || metric.conditional
            || metric.labels_dynamic
            || metric.repeated.is_some()
        {
            continue;
        }
        let labels: BTreeSet<&str> =
            metric.labels.iter().chain(&metric.const_labels).map(|it| &*it.value).collect();
        let name = &*metric.name.value;
        match first.get(&(&*registration.registerer, name)) {
            // Two without constant labels are one metric that is registered twice.
            Some((other, others, earlier))
                if *others != labels
                    && *earlier != registration.place
                    && !(metric.const_labels.is_empty() && other.const_labels.is_empty()) =>
            {
                let message = format!(
                    "`{name}` is registered twice with different labels, the program panics at start"
                );
                let earlier = *earlier;
                findings
                    .report(registration.place, message)
                    .help("give both the same label names, or names of their own")
                    .program(program, "")
                    .lower_if(program.sample)
                    .label(earlier, "the first registration");
            }
            Some(_) => {}
            None => {
                let key = (&*registration.registerer, name);
                first.insert(key, (metric, labels, registration.place));
            }
        }
    }
}

/// The registration, where a second one of the same name is certain to panic.
pub(super) fn panicking(metric: &Metric) -> Option<&MetricRegistration> {
    let registration = metric.registered.as_ref()?;
    // Values of constant labels make metrics of one name differ.
    let differs = metric.conditional || !metric.const_labels.is_empty();
    (!registration.checked && !differs).then_some(registration)
}

fn report(program: &Program, place: Place, message: String, findings: &mut Findings) {
    findings
        .report(place, message)
        .help("register it once, in a package variable or behind `sync.Once`")
        .program(program, "")
        .lower_if(program.sample);
}
