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

use goready_model::{
    Confidence, Container, Field, HandlerPort, ListenKind, Outcome, Probe, Profile, Program,
    SigtermVerdict, Workload,
};

use crate::{Check, Cx, Findings, Rule, Scope, listeners::Listeners, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Libraries that serve paths of their own beside those that are registered.
const FRAMEWORKS: [&str; 9] = [
    "sigs.k8s.io/controller-runtime",
    "k8s.io/apiserver",
    "knative.dev",
    "gofr.dev",
    "github.com/zeromicro/go-zero",
    "github.com/tal-tech/go-zero",
    "github.com/go-kratos/kratos",
    "github.com/grafana/dskit",
    "github.com/heptiolabs/healthcheck",
];

/// How many routes the message names.
const NAMED: usize = 4;

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
        if !is_known(program) {
            continue;
        }
        // Only where the port is surely one of the program's own.
        let Some(listeners) = Listeners::of(cx, program, &deployed) else { continue };
        for (probe, path) in probes {
            let port = port(container, probe);
            if port.is_some_and(|it| listeners.serve(it)) && !is_served(program, path) {
                report(program, (probe, path), findings);
            }
        }
    }
}

fn report(program: &Program, (probe, path): (Probe<'_>, &str), findings: &mut Findings) {
    let http = probe.node.get("httpGet");
    let Some(node) = http.and_then(|it| it.get("path").or(Some(it))) else { return };
    let mut paths: Vec<&str> = program.routes.iter().map(|it| it.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let more = paths.len().saturating_sub(NAMED);
    paths.truncate(NAMED);
    let served = paths.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!(
        "{} asks for `{path}`, program `{}` serves {served}{more}",
        probe.kind.key(),
        program.name()
    );
    let mut draft = findings
        .node(node, message)
        .help(format!("register `{path}`, or probe a path that is served"))
        .program(program, "")
        .lower_if(program.sample);
    for route in program.routes.iter().take(NAMED) {
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

/// The number of the port that a probe asks.
fn port(container: Container<'_>, probe: Probe<'_>) -> Option<i64> {
    match probe.port()?.value {
        HandlerPort::Number(number) => Some(number),
        HandlerPort::Name(name) => container
            .ports()
            .find(|it| it.str_field("name").value() == Some(name))?
            .int_field("containerPort")
            .value(),
    }
}

/// Whether all that the program answers over HTTP is known.
fn is_known(program: &Program) -> bool {
    let mut http = program.servers.iter().filter(|it| it.kind == ListenKind::Http).peekable();
    http.peek().is_some()
        && http.all(|it| it.routed)
        && !program.servers.iter().any(|it| it.kind == ListenKind::Tcp)
        && !program.incomplete
        && !program.routes_dynamic
        && !program.routes.is_empty()
        && program.sigterm.verdict != SigtermVerdict::Unknown
        && !program.imports_any(&FRAMEWORKS)
}

fn is_served(program: &Program, path: &str) -> bool {
    let debug = ["net/http/pprof", "expvar"];
    (path.starts_with("/debug/") && program.imports_any(&debug))
        || program.routes.iter().any(|it| may_serve(&it.path, path))
}

/// Whether a route may answer a path, by itself or as the prefix of a router below it.
///
/// Parameters and wildcards of all routers are taken for anything, and the prefix of a router that
/// was passed to another function may be missing in front of the route.
fn may_serve(route: &str, path: &str) -> bool {
    let wanted: Vec<&str> = segments(path);
    let own: Vec<&str> = segments(route);
    if own.is_empty() {
        return true;
    }
    (0..wanted.len()).any(|it| is_prefix(&own, wanted.get(it..).unwrap_or_default()))
}

fn is_prefix(route: &[&str], path: &[&str]) -> bool {
    let mut path = path.iter();
    for segment in route {
        if segment.starts_with(['*', '+']) || segment.ends_with('*') || segment.contains("...") {
            return true;
        }
        let Some(found) = path.next() else { return false };
        let is_parameter = segment.starts_with(':') || segment.contains('{');
        if !is_parameter && segment != found {
            return false;
        }
    }
    true
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_that_could_hold_a_path_serve_it() {
        for (route, path) in [
            ("/healthz", "/healthz"),
            ("/healthz/", "/healthz"),
            ("/", "/anything"),
            ("/health", "/health/ready"),
            ("/ready", "/api/ready"),
            ("/{name}", "/ready"),
            ("/:name", "/ready"),
            ("/static/*path", "/static/a/b"),
            ("/files/{path...}", "/files/a/b"),
        ] {
            assert!(may_serve(route, path), "{route} {path}");
        }
        for (route, path) in [
            ("/healthz", "/ready"),
            ("/health/ready", "/health"),
            ("/orders/{id}", "/orders"),
            ("/metrics", "/healthz"),
        ] {
            assert!(!may_serve(route, path), "{route} {path}");
        }
    }
}
