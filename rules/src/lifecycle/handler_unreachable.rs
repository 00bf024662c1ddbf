//! The SIGTERM handler is registered behind a call that never returns.
//!
//! ## What it does
//! Finds programs whose only registration of SIGTERM comes after the call that serves, on the same
//! path: the statement is never reached while the program runs.
//!
//! ## Why is this bad
//! The code looks as if the service shut down gracefully, and a test of the handler passes. In the
//! cluster SIGTERM kills the process at once, with all requests in flight.
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
//! 	srv := &http.Server{Addr: ":8080"}
//! 	if err := srv.ListenAndServe(); err != nil {
//! 		log.Print(err)
//! 	}
//! 	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//! 	defer stop()
//! 	<-ctx.Done()
//! 	if err := srv.Shutdown(context.Background()); err != nil {
//! 		log.Print(err)
//! 	}
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
//! 	if err := srv.Shutdown(context.Background()); err != nil {
//! 		log.Print(err)
//! 	}
//! }
//! ```
//!
//! ## References
//! - [Go specification: statements](https://go.dev/ref/spec#Statements)
//! - [Go: os/signal](https://pkg.go.dev/os/signal)

use goready_model::{Confidence, Outcome, Profile, Program, SigtermVerdict};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    if program.sigterm.verdict != SigtermVerdict::HandlerUnreachable
        || !programs::is_service(cx, program)
    {
        return;
    }
    // Without the call that blocks there is no proof.
    let Some(server) = programs::main_server(program) else { return };
    let registration = program.signals.iter().find(|it| it.covers_sigterm() == Some(true));
    let steps = &program.sigterm.steps;
    let Some(place) = registration.map(|it| it.place).or(steps.last().map(|it| it.place)) else {
        return;
    };
    let what = registration.map_or("the SIGTERM handler", |it| &*it.function);
    findings
        .report(
            place,
            format!(
                "`{what}` never runs: `{}` before it blocks until the process dies",
                server.call
            ),
        )
        .help("register the signal before serving, and serve in a goroutine")
        .program(program, "")
        .lower_if(program.sample)
        .label(server.place, "this call does not return while the program serves");
}
