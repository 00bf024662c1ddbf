//! A service blocks in its server and nothing handles SIGTERM.
//!
//! ## What it does
//! Follows the calls from `main` to the server or worker that blocks it, and looks for a
//! registration of SIGTERM on the way: `signal.Notify`, `signal.NotifyContext`, or a library that
//! is known to register one. Where a Service sends traffic to the program's pods, the outcome is
//! `broken`. A registration that lists other signals only is `signal-set-lacks-sigterm`.
//!
//! ## Why is this bad
//! Kubernetes ends a pod with SIGTERM. Without a handler the Go runtime kills the process at that
//! moment: every request in flight is cut, on every rollout, scale-down and node drain.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/checkout
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
//! 	"context"
//! 	"log"
//! 	"net/http"
//! 	"os"
//! 	"os/signal"
//! 	"syscall"
//! 	"time"
//! )
//!
//! func main() {
//! 	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
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
//! - [Go: os/signal, default behavior of signals](https://pkg.go.dev/os/signal)
//! - [Kubernetes: termination of pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination)

use goready_model::{Confidence, Outcome, Place, Profile, Program, SigtermVerdict};

use crate::{Check, Cx, Findings, Rule, Scope, lifecycle::signal_set_lacks_sigterm, programs};

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
    let serving = programs::serving(cx, program);
    let named = programs::spokesman(cx, program, |it| place(cx, it), |it| outcome(cx, it));
    let (Some(place), Some(name)) = (place(cx, program), named) else { return };
    let server = programs::main_server(program);
    let ignored = program.signals.iter().find(|it| {
        it.function == "signal.Ignore" && it.arguments.iter().any(|it| it.signal == Some("SIGTERM"))
    });
    let message = match (ignored, server) {
        (Some(_), _) => {
            format!("{name} ignores SIGTERM and runs on until it is killed")
        }
        (None, Some(server)) => {
            format!("{name} blocks in `{}` and nothing handles SIGTERM", server.call)
        }
        (None, None) => format!("{name} works without end and nothing handles SIGTERM"),
    };
    let mut draft = findings
        .report(place, message)
        .help(
            "derive a context with `signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)` and \
             shut the server down when it ends",
        )
        .program(program, "main")
        .outcome(outcome(cx, program));
    if place != program.main {
        draft = draft.label(program.main, "the program starts here");
    }
    if let Some(ignored) = ignored {
        draft = draft.label(ignored.place, "SIGTERM is ignored here");
    }
    let Some((deployed, service)) = serving else { return };
    let service = cx.project.object(service.object);
    draft = draft.object(deployed.object);
    if let Some(place) = deployed.object.name_place() {
        let kind = &deployed.object.kind;
        draft = draft.label(place, format!("{kind} `{}` runs it", deployed.object.name));
    }
    if let Some(place) = service.name_place() {
        draft.label(place, format!("Service `{}` sends it traffic", service.name));
    }
}

/// The call that blocks the program for good.
fn place(cx: &Cx<'_>, program: &Program) -> Option<Place> {
    let applies = program.sigterm.verdict == SigtermVerdict::NotHandled
        && !program.incomplete
        && programs::is_service(cx, program)
        && signal_set_lacks_sigterm::incomplete_set(program).is_none();
    applies.then(|| programs::main_server(program).map_or(program.main, |it| it.place))
}

fn outcome(cx: &Cx<'_>, program: &Program) -> Outcome {
    let behind_service = programs::serving(cx, program).is_some();
    let outcome = if behind_service { Outcome::Broken } else { Outcome::Risk };
    if program.sample { outcome.lowered() } else { outcome }
}
