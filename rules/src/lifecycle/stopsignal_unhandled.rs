//! The image is stopped with a signal that its program does not handle.
//!
//! ## What it does
//! Finds `STOPSIGNAL` in the shipped stage of a Dockerfile whose program handles SIGTERM, but not that
//! signal. A program that handles no signal at all is left to `sigterm-unhandled`.
//!
//! ## Why is this bad
//! The container runtime sends the image's stop signal instead of SIGTERM. The drain that the program
//! has never starts: SIGQUIT prints all goroutines and ends with code 2, SIGINT and SIGHUP kill the
//! process at once, and other signals do nothing until SIGKILL comes.
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
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! STOPSIGNAL SIGQUIT
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Dockerfile reference: STOPSIGNAL](https://docs.docker.com/reference/dockerfile/#stopsignal)
//! - [Go: os/signal](https://pkg.go.dev/os/signal)

use goready_model::{
    Confidence, Dockerfile, Instruction, Located, Outcome, Profile, Program, SigtermVerdict,
};

use crate::{Check, Cx, Findings, Rule, Scope, images, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

/// Numbers and names on Linux (signal(7), x86 and arm).
const SIGNALS: [(&str, &str); 9] = [
    ("1", "SIGHUP"),
    ("2", "SIGINT"),
    ("3", "SIGQUIT"),
    ("6", "SIGABRT"),
    ("9", "SIGKILL"),
    ("10", "SIGUSR1"),
    ("12", "SIGUSR2"),
    ("15", "SIGTERM"),
    ("28", "SIGWINCH"),
];

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    if dockerfile.development || dockerfile.incomplete {
        return;
    }
    let Some(written) = stop_signal(cx, dockerfile) else { return };
    let Some(signal) = name(&written.value).filter(|it| *it != "SIGTERM") else { return };
    let Some(link) = cx.project.images.get(&dockerfile.id) else { return };
    let [linked] = &*link.programs else { return };
    // A script that the image starts may translate the signal.
    if linked.confidence < programs::RISK || link.entry_script.is_some() {
        return;
    }
    let program = cx.project.program(linked.target);
    let Some(handled) = handled(program) else { return };
    if handled.contains(&signal) {
        return;
    }
    let certain = linked.confidence >= programs::BROKEN;
    let message = format!(
        "the image stops with {signal}, program `{}` handles {}",
        program.name(),
        handled.join(" and ")
    );
    let mut draft = findings
        .report(written.place, message)
        .help("remove `STOPSIGNAL`, or handle the signal")
        .program(program, "")
        .outcome(if certain { Outcome::Broken } else { Outcome::Risk });
    for call in &program.signals {
        draft = draft.label(call.place, "registers the signals that are handled");
    }
}

/// The `STOPSIGNAL` that the image has in the end.
fn stop_signal<'p>(cx: &Cx<'_>, dockerfile: &'p Dockerfile) -> Option<&'p Located<String>> {
    let stage = images::shipped_stage(cx, dockerfile)?;
    images::chain(dockerfile, stage).find_map(|stage| {
        stage.instructions.iter().rev().find_map(|it| match it {
            Instruction::StopSignal(signal) => Some(signal),
            _ => None,
        })
    })
}

/// The signal a word names: `SIGQUIT`, `QUIT`, `3`.
fn name(text: &str) -> Option<&'static str> {
    let upper = text.trim_matches(['"', '\'']).to_ascii_uppercase();
    SIGNALS
        .iter()
        .find(|(number, name)| {
            *number == upper || *name == upper || name.strip_prefix("SIG") == Some(&*upper)
        })
        .map(|(_, name)| *name)
}

/// The signals of a program that handles SIGTERM by itself; `None` when they are not all known.
fn handled(program: &Program) -> Option<Vec<&'static str>> {
    let observes = matches!(
        program.sigterm.verdict,
        SigtermVerdict::Graceful | SigtermVerdict::HandledNotDrained
    );
    if !observes || program.sigterm.model.is_some() || program.incomplete {
        return None;
    }
    let mut signals = Vec::new();
    for call in &program.signals {
        // An empty list means every signal.
        if call.unresolved || call.arguments.is_empty() {
            return None;
        }
        for argument in &call.arguments {
            signals.push(argument.signal?);
        }
    }
    signals.sort_unstable();
    signals.dedup();
    (!signals.is_empty()).then_some(signals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_known_by_name_and_number() {
        for (text, signal) in [
            ("SIGQUIT", Some("SIGQUIT")),
            ("quit", Some("SIGQUIT")),
            ("3", Some("SIGQUIT")),
            ("15", Some("SIGTERM")),
            ("${SIGNAL}", None),
            ("37", None),
        ] {
            assert_eq!(name(text), signal, "{text}");
        }
    }
}
