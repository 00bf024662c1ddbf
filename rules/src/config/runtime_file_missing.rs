//! A program uses files of its source tree that its image does not hold.
//!
//! ## What it does
//! Finds templates, directories that are served and other files (configuration files have a rule of their
//! own) that a program reads from a path in its code, and that no `COPY` brings into the image and no
//! volume of the container covers. A program that imports `embed` may carry them itself and is left alone.
//!
//! ## Why is this bad
//! The files are there when the program runs from its source tree. In the container templates fail to load,
//! which ends most programs at their start, and each request for a static file is answered with 404.
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
//! 	"html/template"
//! 	"log"
//! 	"net/http"
//! )
//!
//! func main() {
//! 	pages := template.Must(template.ParseGlob("templates/*.html"))
//! 	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
//! 		pages.ExecuteTemplate(w, "index.html", nil)
//! 	})
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
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! COPY --from=build /src/templates /templates
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Go: package embed](https://pkg.go.dev/embed)
//! - [Dockerfile reference: COPY](https://docs.docker.com/reference/dockerfile/#copy)

use goready_model::{Confidence, FileUse, FileUseKind, Outcome, Profile, Program};

use super::{config_file_not_in_image::is_config, files};
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

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    // What is read from disk in development may come out of the binary in the image.
    if program.imports_any(&["embed"]) {
        return;
    }
    for it in files::missing(cx, program, wanted) {
        let mut draft = findings
            .report(
                it.it.place,
                format!(
                    "`{}(\"{}\")` finds nothing in the image of program `{}`",
                    it.it.call,
                    it.it.path,
                    program.name()
                ),
            )
            .help("embed the files with `go:embed`, or copy them into the image")
            .program(program, "")
            .object(it.deployed.object);
        if let Some(copy) = it.copy {
            draft = draft.label(copy.place, format!("the image holds this, but not `{}`", it.path));
        }
        let container = it.deployed.container;
        let name = container.node.get("name").unwrap_or(container.node);
        draft.label(name.place(), "no volume of the container is mounted there");
    }
}

fn wanted(it: &FileUse) -> bool {
    match it.kind {
        FileUseKind::Read => it.at_start && !is_config(&it.path),
        FileUseKind::Glob | FileUseKind::Directory => true,
        FileUseKind::Write | FileUseKind::Temporary => false,
    }
}
