//! A Go program runs under a memory limit that its runtime does not know.
//!
//! ## What it does
//! Finds containers that run a Go program of the repository, with a memory limit of at least 64Mi,
//! where nothing tells the runtime of it: no GOMEMLIMIT in the container or the image, no
//! `debug.SetMemoryLimit`, no automemlimit. With the collector switched off or delayed (GOGC `off`
//! or above 200) it is a risk.
//!
//! ## Why is this bad
//! The Go runtime reads the CPU limit of its cgroup, not the memory limit. It lets the heap grow to
//! twice the live data before it collects, and the kernel kills a container that would have fit.
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
//!           resources:
//!             limits:
//!               memory: 256Mi
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
//!             - name: GOMEMLIMIT
//!               value: 230MiB
//!           resources:
//!             limits:
//!               memory: 256Mi
//! ```
//!
//! ## References
//! - [Go: a guide to the garbage collector, memory limit](https://go.dev/doc/gc-guide#Memory_limit)
//! - [Go 1.19 release notes](https://go.dev/doc/go1.19#runtime)

use goready_model::{
    Confidence, Container, Object, Outcome, Pod, Profile, Program, ProgramKind, Project,
    RuntimeFactKind, Workload,
};
use goready_sim::quantity::{Quantity, display_bytes};

use crate::{Check, Cx, Findings, Rule, Scope, programs, resources::memory};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Below it the runtime's own memory is most of the budget, and a limit does little.
const SMALLEST: u64 = 64 << 20;

/// First Go version with GOMEMLIMIT.
const FIRST_MINOR: u32 = 19;

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if object.chart_test || object.partial {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let Some(limit) = memory::memory_limit(container).filter(|it| it.value >= SMALLEST) else {
            continue;
        };
        let linked = cx
            .project
            .programs_of(workload.id, programs::ADVICE)
            .find(|(link, _, _)| link.container == container.name());
        let Some((link, program_link, program)) = linked else { continue };
        let in_image = memory::dockerfile(cx.project, link, programs::ADVICE)
            .is_some_and(memory::image_sets_gomemlimit);
        if in_image
            || runtime_knows(cx.project, program)
            || container.env_named(super::gomemlimit_invalid::NAME).is_some()
            || env_from_may_set(cx.project, object, container)
        {
            continue;
        }
        let delayed = delayed_collector(container, program)
            .filter(|_| program_link.confidence >= programs::RISK);
        let written = display_bytes(Quantity::from_units(limit.value as i64));
        let recommended = memory::recommended(limit.value);
        let cgo = if program.cgo.is_some() { "; memory of its C code does not count" } else { "" };
        let mut draft = findings
            .report(
                limit.place,
                format!("memory limit {written}, but the Go runtime does not know it"),
            )
            .pointer(container.node)
            .program(program, "")
            .help(format!("set GOMEMLIMIT to about 90 % of the limit, here {recommended}{cgo}"))
            .label(program.main, format!("program `{}` starts here", program.name()));
        if let Some(why) = delayed {
            draft = draft.outcome(Outcome::Risk).label(why, "the collector waits for more");
        }
        if let Some(name) = container.node.get("name") {
            draft.label(name.place(), format!("container `{}` runs it", container.name()));
        }
    }
}

/// Something in the program sets the limit, or nothing can be said about it.
fn runtime_knows(project: &Project, program: &Program) -> bool {
    let go = program.go_mod.and_then(|it| project.go_mods.get(it)).and_then(|it| it.go.as_ref());
    program.incomplete
        || program.kind == ProgramKind::LibraryExample
        || go.is_some_and(|it| it.value.minor < FIRST_MINOR)
        || memory::set_memory_limit(program).is_some()
        || memory::uses_automemlimit(program)
}

/// Whether an `envFrom` brings GOMEMLIMIT, or one that is not known here might.
fn env_from_may_set(project: &Project, object: &Object, container: Container<'_>) -> bool {
    let sources = container.node.get("envFrom").into_iter().flat_map(|it| it.items());
    sources.filter_map(|it| it.get("configMapRef")).any(|reference| {
        let Some(name) = reference.get("name").and_then(|it| it.as_str()) else { return true };
        let mut maps = project
            .objects
            .iter()
            .filter(|it| it.kind == "ConfigMap" && it.unit == object.unit && it.name == name);
        let Some(map) = maps.next() else { return true };
        map.partial
            || map.node().and_then(|it| it.get("data")).is_none_or(|it| {
                it.is_dynamic() || it.get(super::gomemlimit_invalid::NAME).is_some()
            })
    })
}

/// Where GOGC is switched off or set high, in the container or the program.
fn delayed_collector(container: Container<'_>, program: &Program) -> Option<goready_model::Place> {
    /// Percent; the default is 100.
    const HIGH: i64 = 200;
    let is_delayed = |text: &str| text == "off" || text.parse::<i64>().is_ok_and(|it| it > HIGH);
    let env = container.env_named("GOGC").and_then(|it| it.value().set());
    if let Some(value) = env {
        return is_delayed(value.value).then_some(value.place);
    }
    program.runtime.iter().find_map(|it| match it.kind {
        RuntimeFactKind::GcPercent(percent) if !(0..=HIGH).contains(&percent) => Some(it.place),
        _ => None,
    })
}
