//! A probe asks for a path that the program does not serve.
//!
//! ## What it does
//! Finds `httpGet` probes whose path matches no route of the linked program. It judges only where
//! all HTTP servers of the program are plain routers (net/http, chi, gin, echo, fiber, gorilla/mux,
//! httprouter) and every route is a literal. A route that could hold the path (a catch-all, a parent
//! path, the rest of a path under a prefix) counts as serving it.
//!
//! ## Why is this bad
//! The router answers 404, which fails the probe. The pod never becomes ready, or is restarted every
//! few seconds.
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
//! 	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {})
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
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
//! `skaffold.yaml`:
//! ```yaml
//! apiVersion: skaffold/v4beta13
//! kind: Config
//! build:
//!   artifacts:
//!     - image: registry.example.com/api
//!       docker:
//!         dockerfile: Dockerfile
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
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           readinessProbe:
//!             httpGet:
//!               path: /ready
//!               port: 8080
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
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           readinessProbe:
//!             httpGet:
//!               path: /healthz
//!               port: 8080
//! ```
//!
//! ## References
//! - [Kubernetes: configure probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/)
//! - [Go: net/http ServeMux](https://pkg.go.dev/net/http#ServeMux)

use goready_model::{Confidence, Field, Outcome, Probe, Profile, Program, Workload};

use crate::{Check, Cx, Findings, Rule, Scope, listeners::Listeners, ports, programs, routes};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    for container in pod.running_containers() {
        let probes: Vec<_> = container.probes().filter_map(path).collect();
        if probes.is_empty() {
            continue;
        }
        let Some((deployed, program)) = programs::only_program(cx, workload, container) else {
            continue;
        };
        if !routes::is_known(program) {
            continue;
        }
        // Only where the port is surely one of the program's own.
        let Some(listeners) = Listeners::of(cx, program, &deployed) else { continue };
        for (probe, path) in probes {
            let port = probe.port().and_then(|it| ports::number(it.value, container));
            if port.is_some_and(|it| listeners.serve(it)) && !routes::is_served(program, path) {
                report(program, (probe, path), findings);
            }
        }
    }
}

fn report(program: &Program, (probe, path): (Probe<'_>, &str), findings: &mut Findings) {
    let http = probe.node.get("httpGet");
    let Some(node) = http.and_then(|it| it.get("path").or(Some(it))) else { return };
    let served = routes::listed(program);
    let message = format!(
        "{} asks for `{path}`, program `{}` serves {served}",
        probe.kind.key(),
        program.name()
    );
    let mut draft = findings
        .node(node, message)
        .help(format!("register `{path}`, or probe a path that is served"))
        .program(program, "")
        .lower_if(program.sample);
    for route in program.routes.iter().take(routes::NAMED) {
        draft = draft.label(route.place, format!("serves `{}`", route.path));
    }
}

/// The path of a probe over HTTP that asks the container itself, without the query.
fn path<'t>(probe: Probe<'t>) -> Option<(Probe<'t>, &'t str)> {
    let http = probe.node.get("httpGet")?;
    if http.get("host").is_some() {
        return None;
    }
    match probe.http_path() {
        Field::Set(path) => Some((probe, path.value.split(['?', '#']).next()?)),
        Field::Unset(_) | Field::Dynamic(_) => None,
    }
}
