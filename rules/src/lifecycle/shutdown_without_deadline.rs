//! A graceful shutdown waits without limit for open connections.
//!
//! ## What it does
//! Finds calls of `Shutdown` on the signal path whose context is `context.Background()` itself, in
//! programs that set no timer after the signal.
//!
//! ## Why is this bad
//! One connection that stays open, a long download or a hanging client, keeps the process until the
//! grace period is over. Then SIGKILL ends it: what stands after `Shutdown` (flushing traces, closing
//! the database, leaving a queue) never runs.
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
//! 	drain, cancel := context.WithTimeout(context.Background(), 15*time.Second)
//! 	defer cancel()
//! 	if err := srv.Shutdown(drain); err != nil {
//! 		log.Print(err)
//! 	}
//! }
//! ```
//!
//! ## References
//! - [Go: http.Server.Shutdown](https://pkg.go.dev/net/http#Server.Shutdown)

use goready_model::{Confidence, Outcome, Profile, Program, ShutdownCall};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let defect = |it: &Program| Some(endless(cx, it)?.place);
    let named = programs::spokesman(cx, program, defect, |_| Outcome::Advice);
    let (Some(call), Some(name)) = (endless(cx, program), named) else { return };
    let message = format!("`{}` of {name} waits without limit for open connections", call.call);
    findings
        .report(call.context.unwrap_or(call.place), message)
        .help("pass a context with a timeout below the grace period")
        .program(program, "");
}

/// The first shutdown without a deadline.
fn endless<'p>(cx: &Cx<'_>, program: &'p Program) -> Option<&'p ShutdownCall> {
    let judged = !program.incomplete && !program.sample && programs::is_service(cx, program);
    program.shutdowns.iter().find(|it| judged && it.unbounded)
}
