//! Nearly all log lines of a service are plain text.
//!
//! ## What it does
//! Counts the log calls that a service reaches. When at least 80 % of five or more write plain text
//! (`log`, or `fmt` to the terminal) and no structured logging library is imported, the program is
//! reported once.
//!
//! ## Why is this bad
//! Log stores of clusters filter by field. Without fields a request cannot be followed through a
//! service, levels cannot be told apart, and every alert on logs is a regular expression.
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
//! 	"log"
//! 	"net/http"
//! )
//!
//! func order(w http.ResponseWriter, r *http.Request) {
//! 	log.Printf("order from %s", r.RemoteAddr)
//! 	if r.Method != http.MethodPost {
//! 		log.Printf("method %s refused", r.Method)
//! 		return
//! 	}
//! 	log.Print("order taken")
//! }
//!
//! func main() {
//! 	log.Print("starting")
//! 	http.HandleFunc("/order", order)
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
//! 	"log/slog"
//! 	"net/http"
//! 	"os"
//! )
//!
//! func order(w http.ResponseWriter, r *http.Request) {
//! 	slog.Info("order", "from", r.RemoteAddr)
//! 	if r.Method != http.MethodPost {
//! 		slog.Warn("method refused", "method", r.Method)
//! 		return
//! 	}
//! 	slog.Info("order taken")
//! }
//!
//! func main() {
//! 	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
//! 	slog.Info("starting")
//! 	http.HandleFunc("/order", order)
//! 	if err := http.ListenAndServe(":8080", nil); err != nil {
//! 		slog.Error("serving", "error", err)
//! 		os.Exit(1)
//! 	}
//! }
//! ```
//!
//! ## References
//! - [Go: log/slog](https://pkg.go.dev/log/slog)
//! - [Kubernetes: logging architecture](https://kubernetes.io/docs/concepts/cluster-administration/logging/)

use std::collections::BTreeMap;

use goready_model::{Confidence, LogCall, Logging, Outcome, Profile, Program};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &["golangci/forbidigo", "golangci/sloglint"],
    check: Check::Program(check),
};

/// Fewer calls than this are no logging to speak of.
const FEWEST: usize = 5;

/// Libraries with fields; their import alone says that the program means to use them.
const STRUCTURED: [&str; 14] = [
    "log/slog",
    "go.uber.org/zap",
    "github.com/rs/zerolog",
    "github.com/sirupsen/logrus",
    "github.com/go-logr/logr",
    "k8s.io/klog",
    "github.com/hashicorp/go-hclog",
    "github.com/go-kit/log",
    "github.com/go-kit/kit/log",
    "github.com/go-kratos/kratos/v2/log",
    "github.com/zeromicro/go-zero/core/logx",
    "github.com/apex/log",
    "github.com/inconshreveable/log15",
    "github.com/phuslu/log",
];

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let defect = |it: &Program| Some(first_plain(cx, it)?.place);
    let named = programs::spokesman(cx, program, defect, |_| Outcome::Advice);
    let (Some(first), Some(name)) = (first_plain(cx, program), named) else { return };
    let all = program.log_calls.len();
    let plain: Vec<&LogCall> = program.log_calls.iter().filter(|it| !it.structured).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &plain {
        *counts.entry(&call.call).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|(_, count)| **count).map_or("log", |(call, _)| call);
    findings
        .report(
            first.place,
            format!("{} of {all} log lines of {name} are unstructured (`{most}`)", plain.len()),
        )
        .help("use `log/slog` with a JSON handler")
        .program(program, "");
}

/// The first plain log call from `main` on of a program that nearly always logs so.
fn first_plain<'p>(cx: &Cx<'_>, program: &'p Program) -> Option<&'p LogCall> {
    if program.logging != Logging::Unstructured
        || program.sample
        || program.imports_any(&STRUCTURED)
        || !programs::is_service(cx, program)
    {
        return None;
    }
    let plain = || program.log_calls.iter().filter(|it| !it.structured);
    let (all, count) = (program.log_calls.len(), plain().count());
    if all < FEWEST || count * 5 < all * 4 {
        return None;
    }
    let main = program.main.at;
    let in_main = |it: &&LogCall| it.place.at.file == main.file && it.place.at > main;
    plain().find(in_main).or_else(|| plain().next())
}
