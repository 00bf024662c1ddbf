//! The garbage collector is switched off and nothing limits the memory.
//!
//! ## What it does
//! Finds `GOGC=off` in a container or image that runs a Go program of the repository, and
//! `debug.SetGCPercent(-1)` in a program that sets the percentage nowhere else, where neither GOMEMLIMIT,
//! `debug.SetMemoryLimit` nor automemlimit gives the runtime a limit. For programs that run to completion it
//! is advice.
//!
//! ## Why is this bad
//! The runtime never collects. The heap only grows, until the kernel kills the container.
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
//!           env:
//!             - name: GOGC
//!               value: "off"
//! ```
//!
//! ## Use instead
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
//!           env:
//!             - name: GOGC
//!               value: "off"
//!             - name: GOMEMLIMIT
//!               value: 400MiB
//! ```
//!
//! ## References
//! - [Go: a guide to the garbage collector, memory limit](https://go.dev/doc/gc-guide#Memory_limit)

use goready_model::{
    Confidence, Container, ContainerKind, Outcome, Place, Pod, Profile, Program, RuntimeFactKind,
    Workload,
};

use super::{gomemlimit_invalid, memory};
use crate::{
    Check, Cx, Findings, Rule, Scope,
    environment::Environment,
    images,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// The variable of the collector.
const NAME: &str = "GOGC";

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if object.chart_test || object.partial {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let Some((deployed, program)) = programs::only_program(cx, workload, container) else {
            continue;
        };
        let Some(environment) = Environment::of(cx, workload, container, programs::RISK) else {
            continue;
        };
        let limited = program.incomplete
            || program.sample
            || environment.may_set(gomemlimit_invalid::NAME)
            || memory::set_memory_limit(program).is_some()
            || memory::uses_automemlimit(program);
        let found = if limited { None } else { switched_off(cx, container, &environment, program) };
        let Some((place, what)) = found else { continue };
        report(&deployed, program, place, what, findings);
    }
}

fn report(
    deployed: &Deployed<'_>,
    program: &Program,
    place: Place,
    what: &str,
    findings: &mut Findings,
) {
    let ends = deployed.workload.kind.is_job() || deployed.container.kind == ContainerKind::Init;
    let outcome = if ends { Outcome::Advice } else { deployed.at_most(Outcome::Broken) };
    let container = deployed.container.node;
    let name = container.get("name").unwrap_or(container);
    findings
        .report(place, format!("{what} without GOMEMLIMIT: garbage is never collected"))
        .help("set GOMEMLIMIT to about 90 % of the memory limit")
        .pointer(container)
        .program(program, "")
        .outcome(outcome)
        .label(name.place(), format!("nothing sets GOMEMLIMIT for program `{}`", program.name()));
}

/// Where the collector of the program is switched off, as far as that is certain.
fn switched_off(
    cx: &Cx<'_>,
    container: Container<'_>,
    environment: &Environment<'_>,
    program: &Program,
) -> Option<(Place, &'static str)> {
    let by_code = program.runtime.iter().find_map(|it| match it.kind {
        RuntimeFactKind::GcPercent(percent) if percent < 0 && it.sure => Some(it.place),
        _ => None,
    });
    if let Some(place) = by_code {
        return Some((place, "`debug.SetGCPercent(-1)`"));
    }
    // A percentage that the code sets counts, not the variable.
    if program.runtime.iter().any(|it| matches!(it.kind, RuntimeFactKind::GcPercent(_))) {
        return None;
    }
    if let Some(entry) = container.env_named(NAME) {
        let value = entry.value().set().filter(|it| it.value == "off")?;
        return Some((value.place, "GOGC=off"));
    }
    let dockerfile = environment.dockerfile().filter(|it| !it.incomplete)?;
    let shipped = images::shipped_stage(cx, dockerfile)?;
    let stages = images::chain(dockerfile, shipped);
    let set = stages.flat_map(|it| it.env()).filter(|(name, _)| name.value == NAME).last();
    let value = set.and_then(|(_, value)| value.as_ref().set())?;
    let alone = container.node.get("envFrom").is_none();
    (alone && value.value == "off").then_some((value.place, "GOGC=off"))
}
