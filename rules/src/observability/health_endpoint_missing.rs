//! A service with an HTTP or gRPC server has no health endpoint.
//!
//! ## What it does
//! Looks for a route whose path says health, live, ready, ping or status, and for the gRPC health
//! service. Programs whose routes are not all literals are left alone, and so are those whose pods
//! are probed by a command, by TCP or on another path that the program serves.
//!
//! ## Why is this bad
//! A probe has nothing to ask. Without a readiness probe a pod gets traffic before it can serve;
//! without a liveness probe a process that hangs is never restarted.
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
//! func orders(w http.ResponseWriter, r *http.Request) {}
//!
//! func main() {
//! 	mux := http.NewServeMux()
//! 	mux.HandleFunc("/orders", orders)
//! 	log.Fatal(http.ListenAndServe(":8080", mux))
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
//! )
//!
//! func orders(w http.ResponseWriter, r *http.Request) {}
//!
//! func ready(w http.ResponseWriter, r *http.Request) {}
//!
//! func main() {
//! 	mux := http.NewServeMux()
//! 	mux.HandleFunc("/orders", orders)
//! 	mux.HandleFunc("/readyz", ready)
//! 	log.Fatal(http.ListenAndServe(":8080", mux))
//! }
//! ```
//!
//! ## References
//! - [Kubernetes: liveness, readiness and startup probes](https://kubernetes.io/docs/concepts/workloads/pods/probes/)

use goready_model::{
    Confidence, Field, ListenKind, Outcome, Probe, Profile, Program, ServerStart, SigtermVerdict,
};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

/// Words that make a path segment a health endpoint, alone or as its start or end.
const WORDS: [&str; 7] = ["health", "live", "ready", "readiness", "alive", "ping", "status"];

/// Frameworks that serve a health endpoint of their own.
const FRAMEWORKS: [&str; 6] = [
    "sigs.k8s.io/controller-runtime",
    "k8s.io/apiserver",
    "gofr.dev",
    "github.com/zeromicro/go-zero",
    "github.com/tal-tech/go-zero",
    "github.com/go-kratos/kratos",
];

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let defect = |it: &Program| Some(unhealthy(cx, it)?.place);
    let named = programs::spokesman(cx, program, defect, |_| Outcome::Advice);
    let (Some(server), Some(name)) = (unhealthy(cx, program), named) else { return };
    let is_grpc = server.kind == ListenKind::Grpc;
    let help = if is_grpc {
        "register the gRPC health service (`grpc_health_v1.RegisterHealthServer`)"
    } else {
        "register `/readyz` and `/livez`"
    };
    let draft = findings
        .report(server.place, format!("{name} has no health endpoint"))
        .help(help)
        .program(program, "");
    let deployed = programs::deployed(cx, program, programs::ADVICE);
    let object = deployed.first().map(|it| it.object);
    if let Some((object, place)) = object.and_then(|it| Some((it, it.name_place()?))) {
        draft.object(object).label(place, format!("{} `{}` runs it", object.kind, object.name));
    }
}

/// The server of a program that nobody can ask for its health.
fn unhealthy<'p>(cx: &Cx<'_>, program: &'p Program) -> Option<&'p ServerStart> {
    let serves = |kind| program.servers.iter().find(|it| it.kind == kind);
    let server = serves(ListenKind::Http).or_else(|| serves(ListenKind::Grpc))?;
    if program.incomplete
        || program.sample
        || program.routes_dynamic
        || program.grpc_health.is_some()
        || program.sigterm.verdict == SigtermVerdict::Unknown
        || program.imports_any(&FRAMEWORKS)
        || !programs::is_service(cx, program)
        || program.routes.iter().any(|it| is_health(&it.path))
    {
        return None;
    }
    let deployed = programs::deployed(cx, program, programs::ADVICE);
    let mut probes = deployed.iter().flat_map(|it| it.container.probes());
    (!probes.any(|it| is_answered(it, program))).then_some(server)
}

fn is_health(path: &str) -> bool {
    path.split(['/', '-', '_', '.']).any(|segment| {
        let segment = segment.to_ascii_lowercase();
        let bare = segment.trim_end_matches('z').trim_end_matches("check");
        WORDS.iter().any(|word| bare == *word || segment == *word)
    })
}

/// A probe that needs no health endpoint, or that has found a path of its own.
fn is_answered(probe: Probe<'_>, program: &Program) -> bool {
    if probe.node.get("httpGet").is_none() {
        return probe.node.get("grpc").is_none();
    }
    match probe.http_path() {
        Field::Set(path) => {
            let wanted = path.value.split('?').next().unwrap_or_default();
            program.routes.iter().any(|it| serves(&it.path, wanted))
        }
        // The default is `/`.
        Field::Unset(_) => program.routes.iter().any(|it| it.path == "/"),
        Field::Dynamic(_) => true,
    }
}

/// A pattern that ends in `/` serves everything below it (net/http ServeMux).
fn serves(pattern: &str, path: &str) -> bool {
    pattern == path || (pattern.ends_with('/') && path.starts_with(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_endpoints_are_known_by_a_segment() {
        for path in [
            "/healthz",
            "/health",
            "/livez",
            "/readyz",
            "/-/ready",
            "/api/v1/health",
            "/ping",
            "/status",
            "/health/live",
            "/healthcheck",
            "/_healthz",
            "/actuator/health",
        ] {
            assert!(is_health(path), "{path}");
        }
        for path in ["/", "/orders", "/statuses/{id}", "/deliver", "/wealth"] {
            assert!(!is_health(path), "{path}");
        }
    }
}
