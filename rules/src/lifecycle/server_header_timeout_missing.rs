//! An HTTP server waits for request headers without limit.
//!
//! ## What it does
//! Finds `http.Server` literals that are served and set neither `ReadHeaderTimeout` nor `ReadTimeout`,
//! in the literal or later. A listener for metrics, health and profiles only is advice.
//!
//! ## Why is this bad
//! A client that sends its headers byte by byte, by intent or over a bad network, holds a connection
//! and a goroutine for ever. A few thousand of them take a pod down (Slowloris).
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
//! 	srv := &http.Server{Addr: ":8080"}
//! 	log.Fatal(srv.ListenAndServe())
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
//! - [gosec G112](https://github.com/securego/gosec)

use goready_model::{Confidence, Outcome, Profile, Program, ServerStart};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &["G112", "golangci/gosec"],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let judged = |it: &Program| !it.incomplete && programs::is_service(cx, it);
    if !judged(program) {
        return;
    }
    for server in &program.servers {
        let Some(literal) = server.headers_unlimited else { continue };
        let same = |it: &Program| {
            let found = it.servers.iter().find(|it| it.headers_unlimited == Some(literal));
            found.filter(|_| judged(it)).map(|_| literal)
        };
        let outcome = |it: &Program| outcome(it, server);
        let Some(name) = programs::spokesman(cx, program, same, outcome) else { continue };
        let address = address(program, server);
        findings
            .report(
                literal,
                format!("`http.Server`{address} of {name} waits for headers without limit"),
            )
            .help("set `ReadHeaderTimeout: 10 * time.Second`")
            .label(server.place, format!("`{}` serves here", server.call))
            .program(program, "")
            .outcome(outcome(program));
    }
}

/// ` on :8080`, where the program has one listener only and nothing else that serves.
fn address(program: &Program, server: &ServerStart) -> String {
    let others = program.servers.iter().any(|it| it.headers_unlimited != server.headers_unlimited);
    match &*program.listens {
        [only] if only.kind == server.kind && !others => format!(" on `{}`", only.address),
        _ => String::new(),
    }
}

fn outcome(program: &Program, server: &ServerStart) -> Outcome {
    if program.sample || server.administrative { Outcome::Advice } else { Outcome::Risk }
}
