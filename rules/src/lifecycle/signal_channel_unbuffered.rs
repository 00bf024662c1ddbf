//! The channel given to `signal.Notify` has no buffer.
//!
//! ## What it does
//! Finds `signal.Notify` calls whose channel is made without capacity, or with capacity 0.
//!
//! ## Why is this bad
//! `signal.Notify` does not wait for a receiver: if none is ready at that moment, the signal is
//! dropped. A SIGTERM that arrives while the program still starts is then lost, and the pod runs on
//! until it is killed at the end of the grace period.
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
//! 	"syscall"
//! )
//!
//! func main() {
//! 	signals := make(chan os.Signal)
//! 	signal.Notify(signals, syscall.SIGTERM)
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
//! 	signal.Notify(signals, syscall.SIGTERM)
//! 	<-signals
//! }
//! ```
//!
//! ## References
//! - [Go: signal.Notify](https://pkg.go.dev/os/signal#Notify)

use std::collections::BTreeSet;

use goready_model::{Confidence, Edit, Outcome, Profile, SignalChannel};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["SA1017", "golangci/staticcheck"],
    check: Check::Project(check),
};

/// The only type that `signal.Notify` takes.
const BUFFERED: &str = "make(chan os.Signal, 1)";

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    // One channel may be given to several calls.
    let mut reported = BTreeSet::new();
    for call in &cx.project.signal_calls {
        let SignalChannel::Unbuffered(made) = call.channel else { continue };
        if call.function != "signal.Notify" || !reported.insert(made) {
            continue;
        }
        findings
            .report(made, "signal channel has no buffer, a signal sent before the receive is lost")
            .help("write `make(chan os.Signal, 1)`")
            .label(call.place, "`signal.Notify` does not wait for a receiver")
            .safe_fix(
                "Give the channel a buffer",
                vec![Edit { place: made, text: BUFFERED.into() }],
            );
    }
}
