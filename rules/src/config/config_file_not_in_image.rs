//! A program reads a configuration file that its container does not have.
//!
//! ## What it does
//! Finds configuration files (`.yaml`, `.yml`, `.toml`, `.json`, `.ini`, `.conf`, `.env`, `.properties`)
//! that every start of a program reads from a path in its code or from the default of a flag, and whose
//! absence ends it. It reports those that no `COPY` brings into the image and no volume of the container
//! covers. A flag that the container sets, a start script and an image that is not known silence it.
//!
//! ## Why is this bad
//! The file is there when the program runs from its source tree, and nowhere else: the container exits at
//! its start.
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
//! 	settings, err := os.ReadFile("configs/config.yaml")
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	log.Printf("%d bytes of settings", len(settings))
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
//!           volumeMounts:
//!             - name: config
//!               mountPath: /configs
//!       volumes:
//!         - name: config
//!           configMap:
//!             name: api
//! ```
//!
//! ## References
//! - [Kubernetes: configure a pod to use a ConfigMap](https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/)
//! - [Dockerfile reference: COPY](https://docs.docker.com/reference/dockerfile/#copy)

use std::path::Path;

use goready_model::{Confidence, FileUse, FileUseKind, Outcome, Profile, Program};

use super::files;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

/// What configuration files end in.
const ENDINGS: [&str; 9] =
    ["yaml", "yml", "toml", "json", "ini", "conf", "cfg", "env", "properties"];

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let wanted = |it: &FileUse| it.kind == FileUseKind::Read && it.at_start && is_config(&it.path);
    for it in files::missing(cx, program, wanted) {
        let mut draft = findings
            .report(
                it.it.place,
                format!(
                    "program `{}` reads `{}`, which is neither in its image nor mounted",
                    program.name(),
                    it.path
                ),
            )
            .help("mount a ConfigMap there, or copy the file into the image")
            .program(program, "")
            .object(it.deployed.object);
        if let Some(copy) = it.copy {
            draft = draft.label(copy.place, "the image holds this, but not the file");
        }
        let container = it.deployed.container;
        let name = container.node.get("name").unwrap_or(container.node);
        draft.label(name.place(), "no volume of the container is mounted there");
    }
}

/// Whether a path names a configuration file.
pub(super) fn is_config(path: &str) -> bool {
    let ending = Path::new(path).extension().and_then(|it| it.to_str());
    ending.is_some_and(|it| ENDINGS.iter().any(|known| it.eq_ignore_ascii_case(known)))
        || path.rsplit('/').next() == Some(".env")
}
