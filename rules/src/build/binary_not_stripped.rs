//! A shipped Go binary keeps its symbol table and debug data.
//!
//! ## What it does
//! Looks at every `go build` and `go install` whose output an image or a release holds, wherever it
//! is written: a Dockerfile, a Makefile target or script that it runs, goreleaser, ko, promu. The
//! last `-ldflags` counts, GOFLAGS included; `-s` must be in effect. `-w` alone keeps the symbol
//! table. goreleaser without an `ldflags` key strips by itself, and so does `strip` behind the
//! build; builds for debugging are left alone.
//!
//! ## Why is this bad
//! A third of the binary is data that nothing reads at run time. Every node pulls it before the
//! first pod of a new version can start. It is a matter of size only: stack traces and build
//! information stay, and nothing becomes harder to attack.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -trimpath -o /out/api .
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
//! - [cmd/link: -s and -w](https://pkg.go.dev/cmd/link)
//! - [Go 1.22 release notes: -s implies -w](https://go.dev/doc/go1.22#linker)

use goready_model::{Build, BuildTool, Confidence, Edit, FlagValue, Outcome, Place, Profile};

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
    if !images::is_shipped(build) || build.stripped != Some(false) {
        return;
    }
    if matches!(build.tool, BuildTool::Bazel | BuildTool::Buildpacks) {
        return;
    }
    let what = match &build.ldflags {
        FlagValue::Known(flags) if !flags.value.is_empty() => "its `-ldflags` hold no `-s`",
        _ => "no `-ldflags` with `-s`",
    };
    let message = format!(
        "the build of {} keeps the symbol table and debug data: {what}",
        images::product(cx, build)
    );
    let finding = findings.report(place(build), message).help(help(build));
    let finding = match copied(cx, build) {
        Some(copy) => finding.label(copy, "the image ships the binary"),
        None => finding,
    };
    if let Some(edit) = fix(build) {
        finding.safe_fix("Strip the binary", vec![edit]);
    }
}

fn place(build: &Build) -> Place {
    match &build.ldflags {
        FlagValue::Known(flags) if flags.place.at.file == build.file => flags.place,
        _ => images::command_place(build),
    }
}

fn copied(cx: &Cx<'_>, build: &Build) -> Option<Place> {
    let (dockerfile, stage) = build.stage?;
    images::copy_from(cx.project.dockerfile(dockerfile), stage).map(|it| it.place)
}

fn help(build: &Build) -> &'static str {
    match build.tool {
        BuildTool::Ko => "add `ldflags: [-s -w]` to the build's entry in `.ko.yaml`",
        BuildTool::Goreleaser => "add `-s -w` to `ldflags`, which replaces goreleaser's default",
        BuildTool::Promu => "add `-s -w` to `build.ldflags`",
        _ if matches!(&build.ldflags, FlagValue::Known(flags) if !flags.value.is_empty()) => {
            "add `-s -w` to `-ldflags`; it saves size and is no security measure"
        }
        BuildTool::Go | BuildTool::Bazel | BuildTool::Buildpacks => {
            "add `-ldflags=\"-s -w\"`; it saves size and is no security measure"
        }
    }
}

fn fix(build: &Build) -> Option<Edit> {
    match &build.ldflags {
        FlagValue::Absent => {
            let place = build.flags_at?;
            Some(Edit { place, text: " -ldflags=\"-s -w\"".to_owned() })
        }
        // A pattern in front (`all=-w`) must stay in front.
        FlagValue::Known(flags) if flags.value.trim_start().starts_with('-') => {
            Some(Edit { place: build.ldflags_at?, text: "-s -w ".to_owned() })
        }
        FlagValue::Known(_) | FlagValue::Unresolved(_) => None,
    }
}
