//! The builder runs on the build platform and compiles for it, not for the target.
//!
//! ## What it does
//! Finds `go build` in a stage `FROM --platform=$BUILDPLATFORM` that sets no GOARCH: not on the
//! command, in `ENV`, through `make`, a script or `xx-go`, and whose `RUN` does not mention
//! TARGETARCH. Where build files list several platforms the image is broken, where none are listed it
//! is a risk, and with exactly one platform it does no harm.
//!
//! ## Why is this bad
//! Each platform of the image gets a binary for the machine that ran the build. The image is pulled
//! on the other nodes, and the container ends with `exec format error`.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM --platform=$BUILDPLATFORM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `docker-bake.hcl`:
//! ```hcl
//! target "default" {
//!   tags      = ["registry.example.com/api"]
//!   platforms = ["linux/amd64", "linux/arm64"]
//! }
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
//! FROM --platform=$BUILDPLATFORM golang:1.26 AS build
//! ARG TARGETARCH
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 GOARCH=$TARGETARCH go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Docker: cross-compilation](https://docs.docker.com/build/building/multi-platform/#cross-compilation)

use goready_model::{Build, BuildTool, Confidence, Dockerfile, Edit, Outcome, Profile, Stage};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Build(check),
};

fn check(cx: &Cx<'_>, build: &Build, findings: &mut Findings) {
    let Some((id, stage)) = build.stage else { return };
    let dockerfile = cx.project.dockerfile(id);
    if !build.feeds_image || build.tool != BuildTool::Go || !images::is_shipped(build) {
        return;
    }
    if build.goarch_follows_target || build.goarch_open || !build.goarch.is_empty() {
        return;
    }
    let Some((from, platform)) = images::chain(dockerfile, stage)
        .find_map(|it| it.platform.as_ref().map(|platform| (it, platform)))
    else {
        return;
    };
    let runs_target = images::chain(dockerfile, stage).any(|it| mentions_target(it, build));
    if !platform.value.contains("BUILDPLATFORM") || runs_target {
        return;
    }
    let listed = images::listed_platforms(cx, dockerfile);
    let outcome = match listed.len() {
        0 => Outcome::Risk,
        1 => return,
        _ => Outcome::Broken,
    };
    let message = format!(
        "the builder runs on the build platform and `go build` of {} sets no GOARCH",
        images::product(cx, build)
    );
    let mut finding = findings
        .report(images::command_place(build), message)
        .help("declare `ARG TARGETARCH` and set `GOARCH=$TARGETARCH`")
        .label(platform.place, "this stage runs on the build platform")
        .outcome(outcome);
    if let [.., (platform, place)] = listed {
        finding = finding.label(*place, format!("the image is built for {platform}"));
    }
    if let Some(edits) = fix(dockerfile, from, build) {
        finding.unsafe_fix("Compile for the target", edits);
    }
}

/// Whether the `RUN` of the build mentions the target in some way that was not followed.
fn mentions_target(stage: &Stage, build: &Build) -> bool {
    let place = build.via.first().unwrap_or(&build.place).at;
    stage.runs().filter(|it| it.place.at.contains(place)).any(|run| {
        run.commands.iter().flatten().any(|it| {
            it.text.contains("TARGETARCH")
                || it.text.contains("TARGETPLATFORM")
                || it.text == "xx-go"
        })
    })
}

fn fix(dockerfile: &Dockerfile, stage: &Stage, build: &Build) -> Option<Vec<Edit>> {
    build.flags_at.filter(|_| build.file == dockerfile.file)?;
    let run = stage.runs().find(|it| it.place.at.contains(build.place.at))?;
    let (start, go) = (run.place.at.start as usize, build.place.at.start as usize);
    Some(vec![
        Edit { place: run.place.slice(start, start), text: "ARG TARGETARCH\n".to_owned() },
        Edit { place: run.place.slice(go, go), text: "GOARCH=$TARGETARCH ".to_owned() },
    ])
}
