//! Prometheus is told to scrape a port or path where the program serves no metrics.
//!
//! ## What it does
//! Compares the annotations `prometheus.io/port` and `prometheus.io/path`, and the endpoints of
//! ServiceMonitors and PodMonitors, with the ports and routes of the pod's only container, when its Go
//! program exports metrics and everything it listens on is known.
//!
//! ## Why is this bad
//! The target stays down, or answers 404. Dashboards and alerts for the program are empty, and an autoscaler
//! that reads its metrics does nothing.
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
//! 	"github.com/prometheus/client_golang/prometheus/promhttp"
//! )
//!
//! func main() {
//! 	http.Handle("/metrics", promhttp.Handler())
//! 	log.Fatal(http.ListenAndServe(":9090", nil))
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!       annotations:
//!         prometheus.io/scrape: "true"
//!         prometheus.io/port: "8080"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!       annotations:
//!         prometheus.io/scrape: "true"
//!         prometheus.io/port: "9090"
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//! ```
//!
//! ## References
//! - [The annotations of the Prometheus chart](https://github.com/prometheus-community/helm-charts/tree/main/charts/prometheus)
//! - [Prometheus operator: API](https://prometheus-operator.dev/docs/api-reference/api/)

use goready_model::{Confidence, ListenKind, Outcome, Place, Pod, Profile, Program, Workload};

use super::scrape::{self, Target};
use crate::{
    Check, Cx, Findings, Rule, Scope,
    listeners::Listeners,
    programs::{self, Deployed},
    routes,
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Ports where a mesh merges the metrics of the application with its own
/// (istio `status-port` and `prometheusStatsPort`, Linkerd `admin-port`).
const MESH: [i64; 3] = [15020, 15090, 4191];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if object.partial || object.chart_test {
        return;
    }
    // Another container may be the exporter.
    let mut running = workload.pod().into_iter().flat_map(Pod::running_containers);
    let (Some(container), None) = (running.next(), running.next()) else { return };
    let targets = scrape::targets(cx.project, workload, container);
    if targets.is_empty() {
        return;
    }
    let Some((deployed, program)) = programs::only_program(cx, workload, container) else { return };
    let Some(listeners) = Listeners::of(cx, program, &deployed) else { return };
    let Some(exporter) = &program.metrics_exporter else { return };
    if program.incomplete || program.sample || program.imports_any(&routes::FRAMEWORKS) {
        return;
    }
    for target in targets.iter().filter(|it| !MESH.contains(&it.port.value)) {
        let found = Found { deployed: &deployed, program, exporter: exporter.place };
        if !listeners.serve(target.port.value) {
            found.report_port(target, &listeners, findings);
        } else if serves_http(&listeners, target.port.value)
            && routes::is_known(program)
            && !routes::is_served(program, target.path.value)
        {
            found.report_path(target, findings);
        }
    }
}

fn serves_http(listeners: &Listeners<'_>, port: i64) -> bool {
    let mut there = listeners.all.iter().filter(|(it, _)| *it == port);
    there.all(|(_, it)| it.kind == ListenKind::Http)
}

/// What both findings name.
struct Found<'p> {
    deployed: &'p Deployed<'p>,
    program: &'p Program,
    exporter: Place,
}

impl Found<'_> {
    fn report_port(&self, target: &Target<'_>, listeners: &Listeners<'_>, findings: &mut Findings) {
        let (who, port, name) = (&target.who, target.port.value, self.program.name());
        let ports = listeners.ports();
        let mut draft = findings
            .report(
                target.port.place,
                format!("{who} scrapes port {port}, program `{name}` listens on {ports}"),
            )
            .help("name the port on which the metrics are served")
            .program(self.program, "")
            .object(self.deployed.object)
            .label(self.exporter, "metrics are exported here");
        for (port, listen) in &listeners.all {
            draft = draft.label(listen.place, format!("listens on {port}"));
        }
    }

    fn report_path(&self, target: &Target<'_>, findings: &mut Findings) {
        let (who, path, name) = (&target.who, &target.path.value, self.program.name());
        let served = routes::listed(self.program);
        findings
            .report(
                target.path.place,
                format!("{who} scrapes `{path}`, program `{name}` serves {served}"),
            )
            .help("name the path at which the metrics are served")
            .program(self.program, "")
            .object(self.deployed.object)
            .label(self.exporter, "metrics are exported here");
    }
}
