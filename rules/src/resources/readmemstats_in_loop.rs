//! `runtime.ReadMemStats` runs for each request or many times a minute.
//!
//! ## What it does
//! Finds calls of `runtime.ReadMemStats` in a request handler, in a loop that never waits, or in
//! one that waits less than 10 s.
//!
//! ## Why is this bad
//! `ReadMemStats` stops all goroutines while it counts. Every call adds a pause to all requests
//! that are running, and a ticker only spreads the pauses.
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
//! 	"fmt"
//! 	"log"
//! 	"net/http"
//! 	"runtime"
//! )
//!
//! func heap(w http.ResponseWriter, r *http.Request) {
//! 	var stats runtime.MemStats
//! 	runtime.ReadMemStats(&stats)
//! 	fmt.Fprintln(w, stats.HeapAlloc)
//! }
//!
//! func main() {
//! 	http.HandleFunc("/heap", heap)
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
//! 	"fmt"
//! 	"log"
//! 	"net/http"
//! 	"runtime/metrics"
//! )
//!
//! func heap(w http.ResponseWriter, r *http.Request) {
//! 	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
//! 	metrics.Read(sample)
//! 	fmt.Fprintln(w, sample[0].Value.Uint64())
//! }
//!
//! func main() {
//! 	http.HandleFunc("/heap", heap)
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Go: runtime/metrics](https://pkg.go.dev/runtime/metrics)
//! - [Go source: ReadMemStats](https://github.com/golang/go/blob/go1.26.0/src/runtime/mstats.go)

use std::time::Duration;

use goready_model::{Confidence, Outcome, Profile, Program, RuntimeFactKind};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

/// A pause that rare does not matter.
const RARE: Duration = Duration::from_secs(10);

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    if !programs::is_service(cx, program) || program.sample {
        return;
    }
    for fact in &program.runtime {
        let message = match fact.kind {
            RuntimeFactKind::ReadMemStatsInHandler => {
                "`runtime.ReadMemStats` stops the world for each request".to_owned()
            }
            RuntimeFactKind::ReadMemStatsInLoop(None) => {
                "`runtime.ReadMemStats` stops the world in a loop that never waits".to_owned()
            }
            RuntimeFactKind::ReadMemStatsInLoop(Some(period)) if period < RARE => {
                format!(
                    "`runtime.ReadMemStats` stops the world every {}",
                    programs::seconds(period)
                )
            }
            _ => continue,
        };
        findings
            .report(fact.place, message)
            .help("read `runtime/metrics` instead")
            .program(program, "");
    }
}
