//! A container passes a flag that its program does not define.
//!
//! ## What it does
//! Compares the `args` (and `command`) of containers with the flags of the Go program they start. It needs a
//! program that reads its command line with `flag` or pflag alone, with names that are literals, and an
//! image or command that starts the program directly.
//!
//! ## Why is this bad
//! `flag provided but not defined`: the program prints its usage and exits with status 2, and the container
//! goes into CrashLoopBackOff.
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
//! 	"flag"
//! 	"log"
//! 	"net/http"
//! )
//!
//! func main() {
//! 	addr := flag.String("metrics-addr", ":9090", "address of the metrics")
//! 	flag.Parse()
//! 	log.Fatal(http.ListenAndServe(*addr, nil))
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
//!           args: ["--metrics-port=9090"]
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
//!           args: ["--metrics-addr=:9090"]
//! ```
//!
//! ## References
//! - [Go: package flag](https://pkg.go.dev/flag)
//! - [spf13/pflag](https://pkg.go.dev/github.com/spf13/pflag)

use goready_model::{Confidence, Container, Flags, Node, Outcome, Pod, Profile, Program, Workload};

use crate::{
    Check, Cx, Findings, Rule, Scope, environment::Environment, images, programs, schema::words,
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    if cx.project.object(workload.object).partial {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let Some((deployed, program)) = programs::only_program(cx, workload, container) else {
            continue;
        };
        let flags = &program.uses.flags;
        if flags.open || !flags.parsed || flags.defined.is_empty() || program.incomplete {
            continue;
        }
        let environment = Environment::of(cx, workload, container, programs::RISK);
        let Some(environment) = environment.filter(|it| !it.starts_script()) else { continue };
        for (word, name) in passed(cx, container, &environment, program) {
            if is_defined(flags, name) {
                continue;
            }
            let near = nearest(flags, name);
            let hint = near.map_or(String::new(), |it| format!(" (did you mean `--{it}`)"));
            let mut draft = findings
                .node(word, format!("`--{name}` is no flag of program `{}`{hint}", program.name()))
                .help("pass a flag that the program defines, or define this one")
                .program(program, "")
                .outcome(deployed.at_most(Outcome::Broken));
            for flag in flags.defined.iter().filter(|it| near == Some(&*it.value)) {
                draft = draft.label(flag.place, "defined here");
            }
            if let Some(first) = flags.defined.first().filter(|_| near.is_none()) {
                draft.label(first.place, "flags of the program are defined here");
            }
        }
    }
}

/// The flags that a container surely passes to the program, each with its name.
fn passed<'p>(
    cx: &Cx<'_>,
    container: Container<'p>,
    environment: &Environment<'_>,
    program: &Program,
) -> Vec<(Node<'p>, &'p str)> {
    let command = container.command();
    let mut words: Vec<Node<'p>> = match command.split_first() {
        Some((first, rest)) => {
            if !starts(cx, *first, environment, program) {
                return Vec::new();
            }
            rest.to_vec()
        }
        None if starts_bare(cx, environment) => Vec::new(),
        None => return Vec::new(),
    };
    words.extend(container.args());
    let mut found = Vec::new();
    // A word behind a flag without `=` may be its value.
    let mut may_be_value = false;
    for word in words {
        let Some(text) = word.as_str() else { break };
        let Some(flag) = text.strip_prefix('-').filter(|it| !it.is_empty()) else {
            if !may_be_value && !program.uses.flags.posix {
                break;
            }
            may_be_value = false;
            continue;
        };
        let name = flag.strip_prefix('-').unwrap_or(flag);
        if name.is_empty() {
            break;
        }
        may_be_value = !name.contains('=');
        let name = name.split('=').next().unwrap_or_default();
        // Short names come in groups, and negative numbers are values.
        let short = program.uses.flags.posix && !flag.starts_with('-');
        if !short && name.starts_with(|it: char| it.is_ascii_alphabetic()) && !name.contains('$') {
            found.push((word, name));
        }
    }
    found
}

/// Whether the first word of a command is the program.
fn starts(cx: &Cx<'_>, word: Node<'_>, environment: &Environment<'_>, program: &Program) -> bool {
    let base = |it: &str| it.rsplit('/').next().unwrap_or_default().to_owned();
    let Some(name) = word.as_str().map(base) else { return false };
    name == program.name() || entrypoint(cx, environment).is_some_and(|it| base(&it) == name)
}

/// Whether the image starts the program with nothing before the arguments.
fn starts_bare(cx: &Cx<'_>, environment: &Environment<'_>) -> bool {
    entrypoint(cx, environment).is_some()
}

/// The only word of the image's entry point.
fn entrypoint(cx: &Cx<'_>, environment: &Environment<'_>) -> Option<String> {
    let dockerfile = environment.dockerfile().filter(|it| !it.incomplete)?;
    let shipped = images::shipped_stage(cx, dockerfile)?;
    let found = images::chain(dockerfile, shipped).find_map(|it| it.entrypoint())?;
    match &*found.words {
        [only] if !found.shell => Some(only.value.clone()),
        _ => None,
    }
}

fn is_defined(flags: &Flags, name: &str) -> bool {
    matches!(name, "h" | "help") || flags.defined.iter().any(|it| it.value == name)
}

/// A flag that people may have meant: the nearest in spelling, else the one that shares the most, and
/// at least half, of the parts.
fn nearest<'f>(flags: &'f Flags, name: &str) -> Option<&'f str> {
    let names = || flags.defined.iter().map(|it| it.value.as_str());
    if let Some(near) = words::closest(name, names()) {
        return Some(near);
    }
    let parts = |it: &str| it.split(['-', '_', '.']).map(str::to_owned).collect::<Vec<_>>();
    let own = parts(name);
    let shared = |it: &str| parts(it).iter().filter(|part| own.contains(part)).count();
    let best = names().max_by_key(|it| (shared(it), std::cmp::Reverse(it.len())))?;
    (shared(best) * 2 >= own.len()).then_some(best)
}
