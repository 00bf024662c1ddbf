//! SIGTERM is handled, but the server is not drained before the program ends.
//!
//! ## What it does
//! Finds services that observe SIGTERM and then end, or go on, without stopping their server
//! gracefully: no `Shutdown`, `GracefulStop` or equal call is reached after the signal, or nobody
//! waits for it. Some frameworks close their connections at once; they are known by version.
//! Programs that listen on plain TCP or UDP only, or serve nothing but metrics, probes and profiles,
//! are advice.
//!
//! ## Why is this bad
//! Requests in flight are cut with a connection reset on every rollout, and clients see errors that
//! no log of the server explains.
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
//! 	"context"
//! 	"log"
//! 	"net/http"
//! 	"os/signal"
//! 	"syscall"
//! )
//!
//! func main() {
//! 	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//! 	defer stop()
//! 	srv := &http.Server{Addr: ":8080"}
//! 	go func() {
//! 		if err := srv.ListenAndServe(); err != nil {
//! 			log.Fatal(err)
//! 		}
//! 	}()
//! 	<-ctx.Done()
//! 	log.Print("bye")
//! }
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"context"
//! 	"log"
//! 	"net/http"
//! 	"os/signal"
//! 	"syscall"
//! 	"time"
//! )
//!
//! func main() {
//! 	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//! 	defer stop()
//! 	srv := &http.Server{Addr: ":8080"}
//! 	go func() {
//! 		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
//! 			log.Fatal(err)
//! 		}
//! 	}()
//! 	<-ctx.Done()
//! 	drain, cancel := context.WithTimeout(context.Background(), 20*time.Second)
//! 	defer cancel()
//! 	if err := srv.Shutdown(drain); err != nil {
//! 		log.Print(err)
//! 	}
//! }
//! ```
//!
//! ## References
//! - [Go: http.Server.Shutdown](https://pkg.go.dev/net/http#Server.Shutdown)
//! - [grpc-go: Server.GracefulStop](https://pkg.go.dev/google.golang.org/grpc#Server.GracefulStop)

use goready_model::{
    Confidence, ContextState, ListenKind, Outcome, Place, Profile, Program, ServerStart,
    SigtermVerdict,
};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let named = programs::spokesman(cx, program, |it| place(cx, it), outcome);
    let (Some(place), Some(name)) = (place(cx, program), named) else { return };
    let server = lost_server(program);
    let message = match server {
        Some(server) if server.without_value => format!(
            "SIGTERM ends {name} while `{}` serves: it has no server to shut down",
            server.call
        ),
        _ => format!("{name} handles SIGTERM without draining: {}", program.sigterm.why),
    };
    let help = match server {
        Some(server) if server.without_value => {
            "build an `http.Server`, serve with it and call its `Shutdown` after the signal"
        }
        Some(server) if server.kind == ListenKind::Grpc => {
            "call `GracefulStop` after the signal and wait for it"
        }
        _ => "call `Shutdown` with a deadline after the signal and wait for it",
    };
    let mut draft =
        findings.report(place, message).help(help).program(program, "").outcome(outcome(program));
    if let Some(server) = server.filter(|it| it.place != place) {
        draft = draft.label(server.place, format!("`{}` serves here", server.call));
    }
    if let Some(first) = program.sigterm.steps.first().filter(|it| it.place != place) {
        draft.label(first.place, first.what.clone());
    }
}

/// The last step of the signal path: where it ends without a drain.
fn place(cx: &Cx<'_>, program: &Program) -> Option<Place> {
    let applies = program.sigterm.verdict == SigtermVerdict::HandledNotDrained
        && !program.incomplete
        // Said with its cause by `shutdown-not-awaited` and `server-closed-is-fatal`.
        && programs::cut(program).is_none()
        && programs::is_service(cx, program);
    let end = program.sigterm.steps.last().map(|it| it.place);
    let server = programs::main_server(program).map(|it| it.place);
    // `shutdown-context-cancelled` says why this call waits for nothing.
    let is_explained = program.shutdowns.iter().any(|it| {
        Some(it.place) == end
            && matches!(it.state, ContextState::Cancelled(_))
            && it.context.is_some()
    });
    (applies && !is_explained).then(|| end.or(server).unwrap_or(program.main))
}

/// The server whose requests are lost: the one that the reason names, else that for users.
fn lost_server(program: &Program) -> Option<&ServerStart> {
    let why = &program.sigterm.why;
    let is_named = |it: &&ServerStart| why.split_whitespace().any(|word| *word == *it.call);
    program.servers.iter().find(is_named).or_else(|| programs::main_server(program))
}

/// Nobody knows whether a plain connection carries requests, and scrapes and probes are no loss.
fn outcome(program: &Program) -> Outcome {
    let is_raw = |it: &ServerStart| matches!(it.kind, ListenKind::Tcp | ListenKind::Udp);
    let mut servers = program.servers.iter().peekable();
    let is_minor = servers.peek().is_some() && servers.all(|it| is_raw(it) || it.administrative);
    if is_minor || program.sample { Outcome::Advice } else { Outcome::Risk }
}
