//! `Shutdown` gets a context that is already cancelled.
//!
//! ## What it does
//! Finds calls of `Shutdown` that pass the very context whose `Done()` was just received, or one
//! derived from it without `context.WithoutCancel`.
//!
//! ## Why is this bad
//! `Shutdown` waits for requests in flight as long as its context allows. A cancelled one allows
//! nothing: the call returns at once with `context canceled`, and the requests are cut.
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
//! 	if err := srv.Shutdown(ctx); err != nil {
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
//! - [Go: context.WithoutCancel](https://pkg.go.dev/context#WithoutCancel)

use goready_model::{Confidence, ContextState, Edit, Outcome, Profile, Program};

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
    if !programs::is_service(cx, program) {
        return;
    }
    for shutdown in &program.shutdowns {
        let (Some(argument), ContextState::Cancelled(received)) =
            (shutdown.context, &shutdown.state)
        else {
            continue;
        };
        let edit = Edit { place: argument, text: "context.Background()".to_owned() };
        findings
            .report(
                argument,
                format!(
                    "`{}` gets a context that is already cancelled and returns at once",
                    shutdown.call
                ),
            )
            .help("pass `context.WithTimeout(context.Background(), n)` of the drain time")
            .program(program, "")
            .lower_if(program.sample)
            .label(*received, "the context is done when this receive returns")
            .unsafe_fix("Wait without limit with `context.Background()`", vec![edit]);
    }
}
