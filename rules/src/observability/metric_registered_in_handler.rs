//! A metric is registered each time a handler or loop runs.
//!
//! ## What it does
//! Finds `promauto` constructors and `MustRegister` in functions that run for each request, and in loops,
//! where the name of the metric is the same each time. Registries that are made in the same function,
//! `Register` with its error handled, metrics with constant labels, and what stands behind `sync.Once` or a
//! condition are left alone.
//!
//! ## Why is this bad
//! The first registration works, the second one of the same name panics: in a handler every request but the
//! first fails, in a loop the program ends.
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
//! func main() {
//! 	http.HandleFunc("/orders", func(w http.ResponseWriter, _ *http.Request) {
//! 		promauto.NewCounter(prometheus.CounterOpts{Name: "orders_total", Help: "Orders."}).Inc()
//! 		w.WriteHeader(http.StatusAccepted)
//! 	})
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
//! var orders = promauto.NewCounter(prometheus.CounterOpts{Name: "orders_total", Help: "Orders."})
//!
//! func main() {
//! 	http.HandleFunc("/orders", func(w http.ResponseWriter, _ *http.Request) {
//! 		orders.Inc()
//! 		w.WriteHeader(http.StatusAccepted)
//! 	})
//! 	http.Handle("/metrics", promhttp.Handler())
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Prometheus: Registerer](https://pkg.go.dev/github.com/prometheus/client_golang/prometheus#Registerer)

use goready_model::{Confidence, Outcome, Profile, Program, Repetition};

use super::metric_registered_twice::panicking;
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
    for metric in &program.metrics {
        let when = match metric.repeated {
            Some(Repetition::Request) => "on each request, the second one panics",
            Some(Repetition::Loop) => "in a loop, the second turn panics",
            Some(Repetition::Calls) | None => continue,
        };
        let Some(registration) = panicking(metric).filter(|it| is_shared(&it.registerer)) else {
            continue;
        };
        findings
            .report(registration.place, format!("`{}` is registered {when}", metric.name.value))
            .help("register it once, in a package variable or behind `sync.Once`")
            .program(program, "")
            .lower_if(program.sample);
    }
}

/// Whether every turn meets the same registry. One in a variable of a function may be new each
/// time; `@` and `?` stand in the names of such.
fn is_shared(registerer: &str) -> bool {
    !registerer.contains(['@', '?'])
}
