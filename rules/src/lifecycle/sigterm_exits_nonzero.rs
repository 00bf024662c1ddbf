//! A clean shutdown after SIGTERM ends with an exit code that is not 0.
//!
//! ## What it does
//! Follows the path that a normal SIGTERM takes to the end of the process. If it ends in
//! `os.Exit(n)` with n other than 0, or in a fatal log call, every clean shutdown counts as a
//! failure. Code 143, by which shells report SIGTERM, is advice.
//!
//! ## Why is this bad
//! Each rollout leaves containers in state `Error`; dashboards and alerts on terminated containers
//! cannot tell a crash from a clean end, and a Job or sidecar counts as failed.
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
//! 	signal.Notify(signals, syscall.SIGTERM)
//! 	<-signals
//! 	if err := srv.Shutdown(context.Background()); err != nil {
//! 		log.Print(err)
//! 	}
//! 	os.Exit(2)
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
//! 	signal.Notify(signals, syscall.SIGTERM)
//! 	<-signals
//! 	if err := srv.Shutdown(context.Background()); err != nil {
//! 		log.Print(err)
//! 	}
//! }
//! ```
//!
//! ## References
//! - [Kubernetes: container states](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states)

use goready_model::{Confidence, ExitCall, Outcome, Profile, Program, SigtermVerdict};

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

/// 128 + 15: what a shell reports for a process that SIGTERM killed.
const KILLED_BY_SIGTERM: i32 = 143;

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let named = programs::spokesman(cx, program, |it| Some(exit(cx, it)?.place), outcome);
    let (Some(exit), Some(name)) = (exit(cx, program), named) else { return };
    let draft = findings
        .report(
            exit.place,
            format!(
                "a clean shutdown of {name} ends with `{}`, every rollout shows its pods as failed",
                exit.call
            ),
        )
        .help("return from `main`, or exit with 0")
        .program(program, "")
        .outcome(outcome(program));
    let mut steps = program.sigterm.steps.iter();
    let registers = steps.clone().find(|it| it.what.contains("SIGTERM"));
    if let Some(step) = registers.or_else(|| steps.next()) {
        draft.label(step.place, step.what.clone());
    }
}

/// The call that ends a clean shutdown with a code that is not 0.
fn exit<'p>(cx: &Cx<'_>, program: &'p Program) -> Option<&'p ExitCall> {
    let exit = program.exit_after_sigterm.as_ref().filter(|it| it.code != 0)?;
    let observed = matches!(
        program.sigterm.verdict,
        SigtermVerdict::Graceful | SigtermVerdict::HandledNotDrained
    );
    // An exit in the middle of the drain is `server-closed-is-fatal`.
    let in_drain = matches!(programs::cut(program), Some(programs::Cut::Fatal(..)));
    (observed && !in_drain && programs::is_service(cx, program)).then_some(exit)
}

fn outcome(program: &Program) -> Outcome {
    let code = program.exit_after_sigterm.as_ref().map(|it| it.code);
    let is_weak = program.sample || code == Some(KILLED_BY_SIGTERM);
    if is_weak { Outcome::Advice } else { Outcome::Risk }
}
