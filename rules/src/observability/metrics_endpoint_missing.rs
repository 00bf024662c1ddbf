//! A service exports no metrics.
//!
//! ## What it does
//! Looks for anything that exports metrics in a service: `promhttp`, `expvar`, an OpenTelemetry
//! exporter, VictoriaMetrics, or a framework that brings its own. Where a ServiceMonitor, a
//! PodMonitor or the annotation `prometheus.io/scrape` asks the program's pods for metrics, the
//! outcome is `broken`.
//!
//! ## Why is this bad
//! Nobody sees load, errors and latency of the service, and no autoscaler can use them. A monitor
//! without an endpoint shows the target as down for ever.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//! )
//!
//! func main() {
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
//! 	"github.com/prometheus/client_golang/prometheus/promhttp"
//! )
//!
//! func main() {
//! 	http.Handle("/metrics", promhttp.Handler())
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Prometheus: promhttp](https://pkg.go.dev/github.com/prometheus/client_golang/prometheus/promhttp)
//! - [OpenTelemetry: exporters for Go](https://opentelemetry.io/docs/languages/go/exporters/)

use goready_model::{Confidence, Outcome, Place, Profile, Program, SigtermVerdict};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    observability::scrape::{self, Scrape},
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

/// Libraries that push metrics or are configured from outside, and frameworks with metrics of their
/// own: with one of them nobody can say that nothing is exported.
const EXPORTING: [&str; 17] = [
    "go.opentelemetry.io/otel/sdk/metric",
    "go.opentelemetry.io/otel/exporters/otlp/otlpmetric",
    "go.opentelemetry.io/contrib/otelconf",
    "go.opentelemetry.io/contrib/config",
    "go.opentelemetry.io/contrib/exporters/autoexport",
    "github.com/DataDog/datadog-go",
    "github.com/cactus/go-statsd-client",
    "github.com/smira/go-statsd",
    "github.com/uber-go/tally",
    "github.com/hashicorp/go-metrics",
    "github.com/armon/go-metrics",
    "github.com/rcrowley/go-metrics",
    "sigs.k8s.io/controller-runtime",
    "k8s.io/apiserver",
    "github.com/go-kratos/kratos",
    "github.com/zeromicro/go-zero",
    "gofr.dev",
];

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let named = programs::spokesman(cx, program, |it| place(cx, it), |it| outcome(cx, it));
    let (Some(place), Some(name)) = (place(cx, program), named) else { return };
    let help = "serve `promhttp.Handler()`, or export metrics by OTLP";
    match scraped(cx, program) {
        Some((deployed, scrape)) => {
            findings
                .report(place, format!("{name} exports no metrics, {} scrapes it", scrape.what))
                .help(help)
                .program(program, "")
                .object(deployed.object)
                .outcome(deployed.at_most(Outcome::Broken))
                .label(scrape.place, "asks for metrics of its pods");
        }
        None => {
            findings
                .report(place, format!("{name} exports no metrics"))
                .help(help)
                .program(program, "");
        }
    }
}

/// The server of a program without metrics.
fn place(cx: &Cx<'_>, program: &Program) -> Option<Place> {
    // A framework that is not known may export metrics as well as handle signals.
    let applies = program.metrics_exporter.is_none()
        && !program.imports_any(&EXPORTING)
        && !program.incomplete
        && !program.sample
        && program.sigterm.verdict != SigtermVerdict::Unknown
        && programs::is_service(cx, program);
    applies.then(|| programs::main_server(program).map_or(program.main, |it| it.place))
}

/// Who asks pods of the program for metrics.
fn scraped<'p>(cx: &Cx<'p>, program: &Program) -> Option<(Deployed<'p>, Scrape)> {
    programs::deployed(cx, program, programs::RISK).into_iter().find_map(|it| {
        let scrape = scrape::scrape_of(cx.project, it.workload, it.container)?;
        Some((it, scrape))
    })
}

fn outcome(cx: &Cx<'_>, program: &Program) -> Outcome {
    scraped(cx, program).map_or(Outcome::Advice, |(it, _)| it.at_most(Outcome::Broken))
}
