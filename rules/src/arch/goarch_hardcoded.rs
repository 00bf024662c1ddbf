//! A build that feeds an image is fixed to one architecture.
//!
//! ## What it does
//! Finds `GOARCH=amd64` (or another literal) on a build whose output an image holds. When build
//! files list more than one platform for that image it is broken. Left alone are builds that are
//! made once for each architecture (a loop, a matrix, several targets), names that carry the
//! architecture, images whose every workload selects nodes of that architecture, and variables that
//! a caller may set.
//!
//! ## Why is this bad
//! The image cannot follow the platform it is built for. On an arm64 node it either cannot be
//! pulled or ends with `exec format error`, and moving to cheaper nodes starts with an edit here.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -o /out/api .
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
//! ARG TARGETARCH
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Docker: multi-platform builds](https://docs.docker.com/build/building/multi-platform/)
//! - [Dockerfile reference: automatic platform ARGs](https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope)

use goready_model::{
    Build, BuildTool, Confidence, DockerfileId, Edit, Outcome, Place, Platform, Profile,
};

use super::nodes;
use crate::{Check, Cx, Findings, Rule, Scope, images, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Build(check),
};

fn check(cx: &Cx<'_>, build: &Build, findings: &mut Findings) {
    let [arch] = &*build.goarch else { return };
    if !build.feeds_image || !images::is_shipped(build) || build.tool != BuildTool::Go {
        return;
    }
    if build.goarch_open || one_of_several(cx, build) || is_chosen(cx, build, &arch.value) {
        return;
    }
    let other = listed(cx, build).into_iter().find(|(it, _)| it.arch != arch.value);
    let message = match &other {
        Some((platform, _)) => format!(
            "`GOARCH={}` is fixed, the {platform} image holds a binary it cannot run",
            arch.value
        ),
        None => format!(
            "`GOARCH={}` is fixed, the image cannot be built for {}",
            arch.value,
            if arch.value == "arm64" { "amd64" } else { "arm64" }
        ),
    };
    let mut finding = findings
        .report(arch.place, message)
        .help("write `GOARCH=$TARGETARCH` and declare `ARG TARGETARCH` in the stage");
    if let Some((platform, place)) = other {
        finding = finding
            .outcome(Outcome::Broken)
            .label(place, format!("the image is built for {platform}"));
    }
    if let Some(edits) = fix(cx, build, arch.place) {
        finding.unsafe_fix("Follow the platform that is built", edits);
    }
}

/// Another build makes the same program for another architecture.
fn one_of_several(cx: &Cx<'_>, build: &Build) -> bool {
    let mut others = cx.project.builds.iter().filter(|it| it.id != build.id);
    let same = |it: &Build| {
        it.file == build.file && it.programs.iter().any(|id| build.programs.contains(id))
    };
    others.any(|it| {
        same(it)
            && !it.goarch.is_empty()
            && it.goarch.iter().all(|arch| !build.goarch.contains(arch))
    })
}

/// A name says which architecture it is for, or every workload asks for nodes of it.
fn is_chosen(cx: &Cx<'_>, build: &Build, arch: &str) -> bool {
    let output = build.output.as_ref().is_some_and(|it| images::names_architecture(&it.value));
    let path = images::names_architecture(cx.project.path(build.file));
    if output || path {
        return true;
    }
    let Some((dockerfile, _)) = build.stage else { return false };
    let mut running = workloads(cx, dockerfile).peekable();
    running.peek().is_some()
        && running.all(|it| nodes::selected_architecture(it).is_some_and(|it| it == arch))
}

/// Workloads that run what a Dockerfile builds.
fn workloads<'p>(
    cx: &Cx<'p>,
    dockerfile: DockerfileId,
) -> impl Iterator<Item = &'p goready_model::Workload> {
    let project = cx.project;
    let links = project.containers.iter().filter(move |it| {
        it.link
            .dockerfile
            .as_ref()
            .is_some_and(|it| it.target == dockerfile && it.confidence >= programs::ADVICE)
    });
    links.map(|it| project.workload(it.workload))
}

/// Platforms listed for the image that the build feeds.
fn listed(cx: &Cx<'_>, build: &Build) -> Vec<(Platform, Place)> {
    let Some((id, _)) = build.stage else { return Vec::new() };
    images::listed_platforms(cx, cx.project.dockerfile(id)).to_vec()
}

fn fix(cx: &Cx<'_>, build: &Build, arch: Place) -> Option<Vec<Edit>> {
    let (id, stage) = build.stage?;
    let dockerfile = cx.project.dockerfile(id);
    if arch.at.file != dockerfile.file {
        return None;
    }
    let stage = dockerfile.stages.get(stage.0)?;
    let run = stage.runs().find(|it| it.place.at.contains(arch.at))?;
    let start = run.place.at.start as usize;
    let declared = stage.arguments().any(|it| it.name.value == "TARGETARCH");
    let mut edits = Vec::new();
    if !declared {
        edits.push(Edit {
            place: run.place.slice(start, start),
            text: "ARG TARGETARCH\n".to_owned(),
        });
    }
    edits.push(Edit { place: arch, text: "$TARGETARCH".to_owned() });
    Some(edits)
}
