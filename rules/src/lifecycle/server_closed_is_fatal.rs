//! The error that `Shutdown` makes the server return ends the program.
//!
//! ## What it does
//! Finds programs in which the error of `ListenAndServe` or `Serve` goes to a fatal log call, a panic
//! or an exit with a code other than 0 without a comparison with `http.ErrServerClosed`, while a
//! `Shutdown` of that server runs.
//!
//! ## Why is this bad
//! `ListenAndServe` returns `http.ErrServerClosed` as soon as `Shutdown` is called. The fatal call ends
//! the process in that moment: the requests that `Shutdown` waits for are cut, and the pod is shown as
//! failed.
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
//! 		if err := srv.ListenAndServe(); err != nil {
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
//! - [Go: http.ErrServerClosed](https://pkg.go.dev/net/http#pkg-variables)

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
    let Some(Cut::Fatal(call, exit)) = programs::cut(program) else { return };
    let message = format!("`http.ErrServerClosed` ends {name} in the middle of its drain");
    findings
        .report(place, message)
        .here(format!("{} runs on it", exit.call))
        .help("ignore `http.ErrServerClosed`")
        .program(program, "")
        .outcome(outcome(program))
        .label(call.place, format!("`{}` still waits for requests", call.call));
}

fn place(cx: &Cx<'_>, program: &Program) -> Option<Place> {
    let Some(Cut::Fatal(_, exit)) = programs::cut(program) else { return None };
    programs::is_service(cx, program).then_some(exit.place)
}
