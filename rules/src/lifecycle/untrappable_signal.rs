//! A signal list names SIGKILL or SIGSTOP, which no process can catch.
//!
//! ## What it does
//! Looks at every call of `signal.Notify`, `signal.NotifyContext`, `signal.Ignore`, `signal.Reset`
//! and `run.SignalHandler` for `os.Kill`, SIGKILL and SIGSTOP. Where the same list lacks SIGTERM
//! the outcome is `risk`: SIGTERM was meant.
//!
//! ## Why is this bad
//! The kernel acts on these signals without asking the process, so the entry does nothing. Someone
//! who wrote `os.Kill` to be told of a pod's end is told of nothing.
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
//! 	"os"
//! 	"os/signal"
//! )
//!
//! func main() {
//! 	signals := make(chan os.Signal, 1)
//! 	signal.Notify(signals, os.Interrupt, os.Kill)
//! 	<-signals
//! }
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"os"
//! 	"os/signal"
//! 	"syscall"
//! )
//!
//! func main() {
//! 	signals := make(chan os.Signal, 1)
//! 	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
//! 	<-signals
//! }
//! ```
//!
//! ## References
//! - [Go: os/signal, types of signals](https://pkg.go.dev/os/signal#hdr-Types_of_signals)
//! - [signal(7)](https://man7.org/linux/man-pages/man7/signal.7.html)

use goready_model::{Confidence, Edit, Outcome, Profile, SignalArgument, SignalCall};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["SA1016", "golangci/staticcheck"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for call in &cx.project.signal_calls {
        for argument in &call.arguments {
            judge(call, argument, findings);
        }
    }
}

fn judge(call: &SignalCall, argument: &SignalArgument, findings: &mut Findings) {
    let Some(signal @ ("SIGKILL" | "SIGSTOP")) = argument.signal else { return };
    // With an entry that could not be resolved nobody knows what the list lacks.
    let sigterm_meant = call.covers_sigterm() == Some(false) && listens(call);
    let outcome = if sigterm_meant { Outcome::Risk } else { Outcome::Advice };
    let draft = findings
        .report(
            argument.place,
            format!("{signal} cannot be caught, this entry of `{}` does nothing", call.function),
        )
        .outcome(outcome);
    if sigterm_meant {
        let edit = Edit { place: argument.place, text: "syscall.SIGTERM".to_owned() };
        draft
            .help("replace it with `syscall.SIGTERM`")
            .unsafe_fix("Replace it with syscall.SIGTERM", vec![edit]);
    } else if call.arguments.len() > 1 {
        // An empty list would mean every signal.
        let edit = Edit { place: argument.removable, text: String::new() };
        draft.help("remove it").safe_fix(format!("Remove {signal}"), vec![edit]);
    } else {
        draft.help("remove the call");
    }
}

fn listens(call: &SignalCall) -> bool {
    !matches!(&*call.function, "signal.Ignore" | "signal.Reset")
}
