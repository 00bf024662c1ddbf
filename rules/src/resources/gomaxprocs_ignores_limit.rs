//! A Go program runs under a CPU limit that its runtime does not read.
//!
//! ## What it does
//! Finds containers with a CPU limit that run a Go program whose go.mod names a version below 1.25, where
//! nothing sets GOMAXPROCS: no variable, no call, no automaxprocs. The version of go.mod decides, also when a
//! newer toolchain builds it, because it sets the default of the GODEBUG setting `containermaxprocs`. Limits
//! of eight cores and more are advice.
//!
//! ## Why is this bad
//! The runtime starts as many threads as the node has cores. On a node with 64 cores and a limit of one, a
//! burst of work uses up the whole quota of a period in the first milliseconds, and the program stands still
//! for the rest of it: latency rises with the size of the node.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.22
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
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           resources:
//!             limits:
//!               cpu: 500m
//! ```
//!
//! ## Use instead
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.25
//! ```
//!
//! ## References
//! - [Go 1.25 release notes: container-aware GOMAXPROCS](https://go.dev/doc/go1.25#container-aware-gomaxprocs)
//! - [Go, backwards compatibility, and GODEBUG](https://go.dev/doc/godebug)

use goready_model::{Confidence, Container, Edit, Outcome, Pod, Profile, Program, Workload};
use goready_sim::quantity::{Quantity, display_cpu};

use super::cores::{self, NAME};
use crate::{Check, Cx, Findings, Rule, Scope, environment::Environment, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Cores. From here on most nodes are not much larger than the limit.
const LARGE: i64 = 8;

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if object.chart_test || object.partial {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let Some(limit) = cores::limit(container) else { continue };
        let Some((_, program)) = programs::only_program(cx, workload, container) else { continue };
        if !ignores(cx, program) || is_set(cx, workload, container) {
            continue;
        }
        let Some(go) = cores::go_mod(cx.project, program).and_then(|it| it.go.as_ref()) else {
            continue;
        };
        let written = display_cpu(limit.value);
        findings
            .report(
                limit.place,
                format!(
                    "cpu limit {written}, but with `go {}` in go.mod GOMAXPROCS is the node's core count",
                    go.value
                ),
            )
            .help("set `go 1.25` or later in go.mod, or import `go.uber.org/automaxprocs`")
            .pointer(container.node)
            .program(program, "")
            .lower_if(limit.value >= Quantity::from_units(LARGE))
            .unsafe_fix(
                "Take the defaults of Go 1.25",
                vec![Edit { place: go.place, text: "1.25.0".to_owned() }],
            )
            .label(go.place, "this version decides, whatever the toolchain");
    }
}

fn ignores(cx: &Cx<'_>, program: &Program) -> bool {
    !program.incomplete
        && !program.sample
        && cores::is_aware(cx.project, program) == Some(false)
        && !cores::sets_it(program)
}

/// Whether the container or its image sets the variable, or the setting of the runtime.
fn is_set<'p>(cx: &Cx<'p>, workload: &'p Workload, container: Container<'p>) -> bool {
    let environment = Environment::of(cx, workload, container, programs::RISK);
    environment.is_none_or(|it| it.may_set(NAME) || it.may_set("GODEBUG"))
}
