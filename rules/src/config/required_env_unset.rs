//! A program ends at once without a variable that nothing sets.
//!
//! ## What it does
//! Finds variables that every start of a program reads and whose absence ends it: `os.Getenv` or
//! `os.LookupEnv` in code that runs whatever happens, followed by a test for the empty value that calls
//! `panic`, `os.Exit` or a fatal log function, or returns an error that its callers end the program
//! with; also through a helper such as `mustGetenv`, and required fields of structs that caarlos0/env,
//! envconfig, cleanenv or go-envconfig fill. It reports those that the container that runs the program
//! sets neither by `env` nor by `envFrom` nor in its image. An
//! `envFrom` that is not known, a start script, and an overlay that sets the variable silence it.
//!
//! ## Why is this bad
//! The container exits right after its start and goes into CrashLoopBackOff.
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
//! 	"os"
//! )
//!
//! func main() {
//! 	addr := os.Getenv("CATALOG_ADDR")
//! 	if addr == "" {
//! 		log.Fatal("CATALOG_ADDR is not set")
//! 	}
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
//!             - name: LOG_LEVEL
//!               value: info
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
//!             - name: LOG_LEVEL
//!               value: info
//!             - name: CATALOG_ADDR
//!               value: catalog:8080
//! ```
//!
//! ## References
//! - [Define environment variables for a container](https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/)
//! - [Go: os.Getenv](https://pkg.go.dev/os#Getenv)

use goready_model::{Confidence, Container, EnvRead, Outcome, Pod, Profile, Program, Workload};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    environment::{self, Environment},
    programs,
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Packages that fill the environment from files.
const LOADERS: [&str; 4] = [
    "github.com/joho/godotenv",
    "github.com/subosito/gotenv",
    "github.com/spf13/viper",
    "github.com/hashicorp/go-envparse",
];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if object.partial || object.chart_test {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let Some(environment) = Environment::of(cx, workload, container, programs::RISK) else {
            continue;
        };
        let Some(program) = environment.only_program().filter(|it| judged(it)) else { continue };
        let mut names: Vec<&str> = Vec::new();
        for read in program.env_reads.iter().filter(|it| it.demanded) {
            if names.contains(&read.name.as_str())
                || environment.may_set(&read.name)
                || environment::set_elsewhere(cx.project, object, container, &read.name)
            {
                continue;
            }
            names.push(&read.name);
            report(program, container, read, findings);
        }
    }
}

fn judged(program: &Program) -> bool {
    !program.incomplete && !program.sample && !program.imports_any(&LOADERS)
}

fn report(program: &Program, container: Container<'_>, read: &EnvRead, findings: &mut Findings) {
    let name = &read.name;
    let node = container.node.get("env").or_else(|| container.node.get("name"));
    let node = node.unwrap_or(container.node);
    let place = if node.is_scalar() { node.place() } else { node.name_place() };
    findings
        .report(
            place,
            format!("program `{}` ends without `{name}`, and nothing sets it", program.name()),
        )
        .pointer(container.node)
        .program(program, "")
        .help(format!("add `{name}` to the container's env"))
        .label(read.place, "required here");
}
