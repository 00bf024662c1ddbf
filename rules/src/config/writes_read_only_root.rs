//! A program writes files where the container's file system is read-only.
//!
//! ## What it does
//! Looks at containers with `readOnlyRootFilesystem: true` and the Go program they run. It reports calls
//! that make files or directories at a path that is written in the code, and temporary files of
//! `os.CreateTemp("", ...)` and `os.MkdirTemp("", ...)`, when no volume is mounted there. Calls whose error
//! the program ignores or survives do not count.
//!
//! ## Why is this bad
//! The call fails with `read-only file system`. At start this ends the program; in a request it fails every
//! time.
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
//! 	spool, err := os.MkdirTemp("", "spool")
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	log.Print("spooling to ", spool)
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
//!           securityContext:
//!             readOnlyRootFilesystem: true
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
//!           securityContext:
//!             readOnlyRootFilesystem: true
//!           volumeMounts:
//!             - name: tmp
//!               mountPath: /tmp
//!       volumes:
//!         - name: tmp
//!           emptyDir: {}
//! ```
//!
//! ## References
//! - [Kubernetes: security context](https://kubernetes.io/docs/tasks/configure-pod-container/security-context/)
//! - [Go: os.TempDir](https://pkg.go.dev/os#TempDir)

use goready_model::{
    Confidence, Container, FileUse, FileUseKind, Outcome, Pod, Profile, Program, Workload,
};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    contents::{self, Contents},
    environment::Environment,
    programs::{self, Deployed},
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

/// Directories that the runtime mounts over the image, each writable as far as that goes
/// (opencontainers/runtime-spec `config-linux.md`, default filesystems).
const MOUNTED: [&str; 3] = ["/dev", "/proc", "/sys"];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    if cx.project.object(workload.object).partial {
        return;
    }
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let context = container.security_context();
        let Some(read_only) = context.and_then(|it| it.get("readOnlyRootFilesystem")) else {
            continue;
        };
        if read_only.as_bool() != Some(true) {
            continue;
        }
        let Some((deployed, program)) = programs::only_program(cx, workload, container) else {
            continue;
        };
        let environment = Environment::of(cx, workload, container, programs::RISK);
        let Some(environment) = environment.filter(|_| !program.incomplete) else { continue };
        for it in &program.uses.files {
            let Some(path) = written(cx, container, it, &environment) else { continue };
            if is_mounted(container, &path) {
                continue;
            }
            report(&deployed, program, it, &path, findings);
        }
    }
}

fn report(
    deployed: &Deployed<'_>,
    program: &Program,
    it: &FileUse,
    path: &str,
    findings: &mut Findings,
) {
    let Some(context) = deployed.container.security_context() else { return };
    let Some(read_only) = context.get("readOnlyRootFilesystem") else { return };
    let at_worst = if it.at_start { Outcome::Broken } else { Outcome::Risk };
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let directory =
        if it.kind == FileUseKind::Temporary || parent.is_empty() { path } else { parent };
    findings
        .node(
            read_only,
            format!("`{}` writes to `{path}`, the root file system is read-only", it.call),
        )
        .help(format!("mount a volume at `{directory}`, for example an emptyDir"))
        .program(program, "")
        .outcome(deployed.at_most(at_worst))
        .label(it.place, "writes here");
}

/// The path that a use writes to in this container, where that is certain.
fn written(
    cx: &Cx<'_>,
    container: Container<'_>,
    it: &FileUse,
    environment: &Environment<'_>,
) -> Option<String> {
    if !it.needed || it.flag.as_ref().is_some_and(|flag| environment.may_pass_flag(flag)) {
        return None;
    }
    match it.kind {
        FileUseKind::Temporary => (!environment.may_set("TMPDIR")).then(|| "/tmp".to_owned()),
        // It succeeds where the directory is there already.
        FileUseKind::Write if it.call.ends_with("MkdirAll") => None,
        FileUseKind::Write => {
            let path = if it.path.starts_with('/') {
                contents::absolute(None, &it.path)?
            } else {
                Contents::of_image(cx, environment.dockerfile()?)?.seen_from(container, &it.path)?
            };
            (!MOUNTED.iter().any(|it| contents::is_within(&path, it))).then_some(path)
        }
        FileUseKind::Read | FileUseKind::Glob | FileUseKind::Directory => None,
    }
}

/// Whether a volume is mounted over a path, or may be.
pub(crate) fn is_mounted(container: Container<'_>, path: &str) -> bool {
    let mounts = container.node.get("volumeMounts");
    mounts.is_some_and(|it| it.is_dynamic())
        || container.volume_mounts().any(|it| {
            let mount = it.str_field("mountPath").value();
            mount.is_none_or(|it| contents::is_within(path, it))
        })
}
