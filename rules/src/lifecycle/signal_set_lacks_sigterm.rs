//! A program listens for signals, but not for SIGTERM.
//!
//! ## What it does
//! Looks at programs that register `os.Interrupt`, alone or with other signals, and whose reachable
//! registrations can all be resolved and none is of SIGTERM.
//!
//! ## Why is this bad
//! Kubernetes never sends SIGINT: it ends pods with SIGTERM. The shutdown code works when someone
//! presses Ctrl-C at a desk, and never runs in the cluster.
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
//! 	"os"
//! 	"os/signal"
//! )
//!
//! func main() {
//! 	srv := &http.Server{Addr: ":8080"}
//! 	go func() {
//! 		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
//! 			log.Fatal(err)
//! 		}
//! 	}()
//! 	signals := make(chan os.Signal, 1)
//! 	signal.Notify(signals, os.Interrupt)
//! 	<-signals
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
//! 	"os"
//! 	"os/signal"
//! 	"syscall"
//! )
//!
//! func main() {
//! 	srv := &http.Server{Addr: ":8080"}
//! 	go func() {
//! 		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
//! 			log.Fatal(err)
//! 		}
//! 	}()
//! 	signals := make(chan os.Signal, 1)
//! 	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
//! 	<-signals
//! 	if err := srv.Shutdown(context.Background()); err != nil {
//! 		log.Print(err)
//! 	}
//! }
//! ```
//!
//! ## References
//! - [Kubernetes: termination of pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination)
//! - [Go: os/signal](https://pkg.go.dev/os/signal)

use goready_model::{Confidence, Edit, Outcome, Profile, Program, SignalCall, SigtermVerdict};

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
    if program.sigterm.verdict != SigtermVerdict::NotHandled || !programs::is_service(cx, program) {
        return;
    }
    let Some(call) = incomplete_set(program) else { return };
    let Some(last) = call.arguments.last() else { return };
    let mut names: Vec<&str> = call.arguments.iter().filter_map(|it| it.signal).collect();
    names.dedup();
    let message =
        format!("`{}` listens for {} only, Kubernetes sends SIGTERM", call.function, join(&names));
    let (blocked, why) = match programs::main_server(program) {
        Some(server) => (server.place, format!("`{}` serves until the process dies", server.call)),
        None => (program.main, "the program starts here".to_owned()),
    };
    let end = last.place.at.end as usize;
    let edit = Edit { place: last.place.slice(end, end), text: ", syscall.SIGTERM".to_owned() };
    findings
        .report(last.place, message)
        .help("add `syscall.SIGTERM` to the list")
        .unsafe_fix("Add syscall.SIGTERM", vec![edit])
        .program(program, "")
        .lower_if(program.sample)
        .label(blocked, why);
}

/// The first registration that means to end the program, of a program none of whose registrations
/// covers SIGTERM. A set without SIGINT is for something else: a reload, a dump.
pub(super) fn incomplete_set(program: &Program) -> Option<&SignalCall> {
    let registrations = || program.signals.iter().filter(|it| registers(it));
    if registrations().any(|it| it.covers_sigterm() != Some(false)) {
        return None;
    }
    registrations().find(|it| it.arguments.iter().any(|it| it.signal == Some("SIGINT")))
}

fn registers(call: &SignalCall) -> bool {
    !matches!(&*call.function, "signal.Ignore" | "signal.Reset")
}

/// `SIGINT`, `SIGINT and SIGHUP`, `SIGINT, SIGHUP and SIGQUIT`.
fn join(names: &[&str]) -> String {
    match names {
        [] => "other signals".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
