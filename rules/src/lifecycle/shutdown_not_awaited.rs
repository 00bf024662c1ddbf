//! `Shutdown` runs beside the server, and the program ends before it is done.
//!
//! ## What it does
//! Finds programs that call `Shutdown` in a goroutine while another function blocks in
//! `ListenAndServe`, and that end as soon as that call returns. grpc-go is different: its `Serve`
//! returns only when `GracefulStop` is done.
//!
//! ## Why is this bad
//! `ListenAndServe` returns at once when `Shutdown` is called. Main then returns, and the requests
//! that `Shutdown` still waits for are cut, on every rollout.
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
//! 	"time"
//! )
//!
//! func main() {
//! 	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//! 	defer stop()
//! 	srv := &http.Server{Addr: ":8080"}
//! 	go func() {
//! 		<-ctx.Done()
//! 		drain, cancel := context.WithTimeout(context.Background(), 15*time.Second)
//! 		defer cancel()
//! 		srv.Shutdown(drain)
//! 	}()
//! 	if err := srv.ListenAndServe(); err != http.ErrServerClosed {
//! 		log.Fatal(err)
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
//! 	done := make(chan struct{})
//! 	go func() {
//! 		defer close(done)
//! 		<-ctx.Done()
//! 		drain, cancel := context.WithTimeout(context.Background(), 15*time.Second)
//! 		defer cancel()
//! 		srv.Shutdown(drain)
//! 	}()
//! 	if err := srv.ListenAndServe(); err != http.ErrServerClosed {
//! 		log.Fatal(err)
//! 	}
//! 	<-done
//! }
//! ```
//!
//! ## References
//! - [Go: http.Server.Shutdown](https://pkg.go.dev/net/http#Server.Shutdown)

use goready_model::{Confidence, Outcome, Place, Profile, Program};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    programs::{self, Cut},
};

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
    let outcome = |it: &Program| if it.sample { Outcome::Advice } else { Outcome::Risk };
    let named = programs::spokesman(cx, program, |it| place(cx, it), outcome);
    let (Some(place), Some(name)) = (place(cx, program), named) else { return };
    let Some(Cut::NotAwaited(call)) = programs::cut(program) else { return };
    let mut draft = findings
        .report(place, format!("{name} ends while `{}` still waits for requests", call.call))
        .help("wait for the goroutine that shuts down before returning")
        .program(program, "")
        .outcome(outcome(program));
    if let Some(server) = programs::main_server(program) {
        draft = draft.label(server.place, format!("`{}` returns at once then", server.call));
    }
    if let Some(exit) = &program.exit_after_sigterm {
        draft.label(exit.place, "the program ends here");
    }
}

fn place(cx: &Cx<'_>, program: &Program) -> Option<Place> {
    let Some(Cut::NotAwaited(call)) = programs::cut(program) else { return None };
    programs::is_service(cx, program).then_some(call.place)
}
