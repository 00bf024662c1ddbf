//! A server is started by a call that leaves nothing to set timeouts on.
//!
//! ## What it does
//! Finds services that listen with `http.ListenAndServe`, `http.Serve` and the like, or with gin's
//! `Run`. A listener for metrics, health and profiles only is advice.
//!
//! ## Why is this bad
//! The server inside of the call has no timeouts: a client that sends its headers byte by byte holds a
//! goroutine and a connection for ever. And nobody holds the server, so nobody can shut it down.
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
//! 	"time"
//! )
//!
//! func main() {
//! 	srv := &http.Server{Addr: ":8080", ReadHeaderTimeout: 10 * time.Second}
//! 	log.Fatal(srv.ListenAndServe())
//! }
//! ```
//!
//! ## References
//! - [Go: net/http Server](https://pkg.go.dev/net/http#Server)
//! - [gosec G114](https://github.com/securego/gosec)

use goready_model::{Confidence, ListenKind, Outcome, Profile, Program, ServerStart};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &["G114", "golangci/gosec"],
    check: Check::Program(check),
};

/// Packages whose calls start a server with net/http that they keep to themselves.
const STARTS: [&str; 2] = ["http.", "gin.Engine."];

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    if program.incomplete || !programs::is_service(cx, program) {
        return;
    }
    for server in program.servers.iter().filter(|it| is_hidden(it)) {
        let same = |it: &Program| {
            let judged = !it.incomplete && programs::is_service(cx, it);
            let mut hidden = it.servers.iter().filter(|it| judged && is_hidden(it));
            hidden.find(|it| it.place == server.place).map(|it| it.place)
        };
        let outcome = |it: &Program| outcome(it, server);
        let Some(name) = programs::spokesman(cx, program, same, outcome) else { continue };
        let message =
            format!("`{}` of {name} has no timeouts and cannot be shut down", server.call);
        findings
            .report(server.place, message)
            .help("serve with an `http.Server` that has `ReadHeaderTimeout`")
            .program(program, "")
            .outcome(outcome(program));
    }
}

fn is_hidden(server: &ServerStart) -> bool {
    server.without_value
        && server.kind == ListenKind::Http
        && STARTS.iter().any(|it| server.call.starts_with(it))
}

fn outcome(program: &Program, server: &ServerStart) -> Outcome {
    if program.sample || server.administrative { Outcome::Advice } else { Outcome::Risk }
}
