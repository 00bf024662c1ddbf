//! A shipped Go binary records the paths of the machine that built it.
//!
//! ## What it does
//! Looks at every `go build` and `go install` whose output an image or a release holds and asks for
//! `-trimpath`, on the command line, in GOFLAGS or among the build tool's flags. ko always passes
//! it; builds for debugging need the paths and are left alone.
//!
//! ## Why is this bad
//! Without it every file name in the binary starts with the directory it was built in. Two builds
//! of one commit on two machines differ, so nobody can check that the image in the cluster is the
//! commit it claims to be, and stack traces show a developer's home directory.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! func main() {}
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [cmd/go: build flags](https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies)
//! - [Perfectly reproducible, verified Go toolchains](https://go.dev/blog/rebuild)

use goready_model::{Build, BuildTool, Confidence, Edit, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Build(check),
};

fn check(cx: &Cx<'_>, build: &Build, findings: &mut Findings) {
    if !images::is_shipped(build) || build.trimpath || build.flags_unresolved {
        return;
    }
    if matches!(build.tool, BuildTool::Ko | BuildTool::Bazel | BuildTool::Buildpacks) {
        return;
    }
    let message = format!(
        "the build of {} records local paths (no `-trimpath`), two builds of one commit differ",
        images::product(cx, build)
    );
    let finding = findings.report(images::command_place(build), message);
    let finding = finding.help(match build.tool {
        BuildTool::Goreleaser => "add `-trimpath` to the build's `flags`",
        BuildTool::Promu => "add `-trimpath` to `build.flags`",
        _ => "add `-trimpath`",
    });
    if let Some(place) = build.flags_at {
        let edit = Edit { place, text: " -trimpath".to_owned() };
        finding.safe_fix("Add `-trimpath`", vec![edit]);
    }
}
