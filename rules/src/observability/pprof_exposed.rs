//! The profiles of a program are reachable through a Service.
//!
//! ## What it does
//! Importing `net/http/pprof` registers its handlers on the default mux of `net/http`. The rule finds
//! programs that serve this mux (a server whose handler is `nil`) on a port that a Service leads to. In a
//! program that no manifest of the repository runs it is advice. Muxes of its own and listeners on localhost
//! are left alone.
//!
//! ## Why is this bad
//! Whoever reaches the Service can read the command line and parts of the memory, and keep the program busy
//! with profiles of half a minute each.
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
//! 	_ "net/http/pprof"
//! )
//!
//! func main() {
//! 	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
//! 		w.WriteHeader(http.StatusNoContent)
//! 	})
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
//!           image: registry.example.com/api:1.4.2
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: api
//! spec:
//!   selector: {app: api}
//!   ports:
//!     - port: 80
//!       targetPort: 8080
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
//! 	_ "net/http/pprof"
//! )
//!
//! func main() {
//! 	mux := http.NewServeMux()
//! 	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
//! 		w.WriteHeader(http.StatusNoContent)
//! 	})
//! 	go func() {
//! 		log.Print(http.ListenAndServe("localhost:6060", nil))
//! 	}()
//! 	log.Fatal(http.ListenAndServe(":8080", mux))
//! }
//! ```
//!
//! ## References
//! - [Go: net/http/pprof](https://pkg.go.dev/net/http/pprof)

use goready_model::{Confidence, Listen, Outcome, Place, Profile, Program};

use crate::{
    Check, Cx, Findings, Rule, Scope, ports,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &["G108", "semgrep/pprof"],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let Some(import) = program.uses.profiler.filter(|_| !program.sample) else { return };
    let open: Vec<&Listen> = program
        .listens
        .iter()
        .filter(|it| it.default_mux && !it.is_local() && it.port.is_some())
        .collect();
    if open.is_empty() || !programs::is_service(cx, program) {
        return;
    }
    let deployed = programs::deployed(cx, program, programs::RISK);
    let help = "serve pprof from a mux of its own on localhost";
    if let Some((it, listen, place, service)) = exposed(cx, &deployed, &open) {
        findings
            .report(import, format!("`/debug/pprof` is reachable through Service `{service}`"))
            .help(help)
            .program(program, "")
            .object(it.object)
            .label(listen.place, format!("`{}` serves the default mux", listen.address))
            .label(place, "the Service leads here");
        return;
    }
    let place = |other: &Program| other.uses.profiler;
    let Some(name) = programs::spokesman(cx, program, place, |_| Outcome::Advice) else { return };
    if let Some(listen) = open.first().filter(|_| deployed.is_empty()) {
        findings
            .report(import, format!("{name} serves `/debug/pprof` on `{}`", listen.address))
            .help(help)
            .program(program, "")
            .outcome(Outcome::Advice)
            .label(listen.place, "the default mux is served here");
    }
}

/// The Service that leads to one of the listeners: the container, the listener, the port and the
/// name of the Service.
fn exposed<'p>(
    cx: &Cx<'p>,
    deployed: &'p [Deployed<'p>],
    open: &[&'p Listen],
) -> Option<(&'p Deployed<'p>, &'p Listen, Place, &'p str)> {
    deployed.iter().find_map(|it| {
        open.iter().find_map(|listen| {
            let port = i64::from(listen.port?);
            let (service, node) = ports::leading_service(cx, it.workload, it.container, port)?;
            let place = node.get("targetPort").or_else(|| node.get("port"))?.place();
            Some((it, *listen, place, cx.project.object(service.object).name.as_str()))
        })
    })
}
