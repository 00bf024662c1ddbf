//! A program or container switches off the CPU limit that the Go runtime would follow.
//!
//! ## What it does
//! Finds services of modules with `go 1.25` or later that call `runtime.GOMAXPROCS` with
//! `runtime.NumCPU()` or a constant, and containers whose GOMAXPROCS is above their CPU limit. A number
//! below one only asks for the current one; a value that is computed is left alone.
//!
//! ## Why is this bad
//! Since Go 1.25 the runtime takes the CPU limit of its cgroup for GOMAXPROCS and follows its changes. Any
//! value that is set turns that off. `NumCPU` is the number of the node's cores: the program is throttled.
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
//! 	"runtime"
//! )
//!
//! func main() {
//! 	runtime.GOMAXPROCS(runtime.NumCPU())
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
//! 	"log"
//! 	"net/http"
//! )
//!
//! func main() {
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Go 1.25 release notes: container-aware GOMAXPROCS](https://go.dev/doc/go1.25#container-aware-gomaxprocs)
//! - [Go: runtime.GOMAXPROCS](https://pkg.go.dev/runtime#GOMAXPROCS)

use goready_model::{Confidence, Outcome, Profile, Program, RuntimeFact, RuntimeFactKind};
use goready_sim::quantity::{Quantity, display_cpu};

use super::cores::{self, NAME};
use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let aware = cores::is_aware(cx.project, program) == Some(true);
    if !aware || program.sample || !programs::is_service(cx, program) {
        return;
    }
    let place = |other: &Program| only_call(other).map(|it| it.place);
    if let Some(call) = only_call(program)
        && programs::spokesman(cx, program, place, |_| Outcome::Risk).is_some()
    {
        let value = match call.kind {
            RuntimeFactKind::MaxProcs(Some(count)) => count.to_string(),
            _ => "NumCPU()".to_owned(),
        };
        findings
            .report(
                call.place,
                format!(
                    "`GOMAXPROCS({value})` switches off the CPU limit that the runtime follows"
                ),
            )
            .help("delete the call")
            .program(program, "");
    }
    check_containers(cx, program, findings);
}

/// The call with a value that is certain, when it is the only one.
fn only_call(program: &Program) -> Option<&RuntimeFact> {
    let is_call = |it: &&RuntimeFact| {
        matches!(it.kind, RuntimeFactKind::MaxProcs(_) | RuntimeFactKind::MaxProcsAll)
    };
    let mut calls = program.runtime.iter().filter(is_call);
    let (Some(only), None) = (calls.next(), calls.next()) else { return None };
    let certain = !matches!(only.kind, RuntimeFactKind::MaxProcs(None));
    (certain && only.sure && !program.incomplete).then_some(only)
}

/// More threads by the variable than the limit lets run.
fn check_containers(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    for it in programs::deployed(cx, program, programs::RISK) {
        let value = it.container.env_named(NAME).and_then(|it| it.value().set());
        let Some(limit) = cores::limit(it.container) else { continue };
        let Some(value) = value else { continue };
        // Not a number: the runtime ignores it.
        let Ok(count) = value.value.parse::<u32>() else { continue };
        if Quantity::from_units(i64::from(count)) <= rounded_up(limit.value) {
            continue;
        }
        let written = display_cpu(limit.value);
        findings
            .report(value.place, format!("GOMAXPROCS {count} is above the cpu limit {written}"))
            .help("leave GOMAXPROCS out, the runtime follows the limit")
            .object(it.object)
            .pointer(it.container.node)
            .program(program, "")
            .label(limit.place, "the limit");
    }
}

/// The limit in whole cores, as the runtime rounds it; at least two
/// (golang/go `src/internal/runtime/cgroup`, `src/runtime/cgroup_linux.go`).
fn rounded_up(limit: Quantity) -> Quantity {
    Quantity::from_units(limit.units().max(2))
}
