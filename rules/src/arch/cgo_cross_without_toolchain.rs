//! A build with cgo for another platform has no C compiler for that platform.
//!
//! ## What it does
//! Finds builds with `CGO_ENABLED=1` and `GOARCH=$TARGETARCH` in a stage on `$BUILDPLATFORM`, when
//! build files list platforms of more than one architecture for the image. Stages that use
//! tonistiigi/xx, zig, a cross compiler of the distribution or their own `CC`, and stages that are
//! not on an official `golang` image, are left alone.
//!
//! ## Why is this bad
//! The builder's gcc compiles for the builder. The build for every other platform stops with
//! `gcc: error: unrecognized command-line option '-m64'` or fails to assemble `runtime/cgo`.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM --platform=$BUILDPLATFORM golang:1.27 AS build
//! ARG TARGETARCH
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=1 GOARCH=$TARGETARCH go build -o /out/api .
//!
//! FROM gcr.io/distroless/base:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `docker-bake.hcl`:
//! ```hcl
//! target "default" {
//!   tags      = ["registry.example.com/acme/api"]
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
//! FROM --platform=$BUILDPLATFORM golang:1.27 AS build
//! ARG TARGETARCH
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 GOARCH=$TARGETARCH go build -o /out/api .
//!
//! FROM gcr.io/distroless/base:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [cmd/cgo: cross compiling](https://pkg.go.dev/cmd/cgo)
//! - [tonistiigi/xx: Go with cgo](https://github.com/tonistiigi/xx#go--cgo)

use goready_model::{Build, BuildTool, Cgo, Confidence, Dockerfile, Outcome, Profile, StageId};

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
    let judged = build.tool == BuildTool::Go
        && build.cgo == Cgo::Enabled
        && build.goarch_follows_target
        && !build.debug
        // What make or a script sets besides is not seen here.
        && build.file == dockerfile.file;
    let Some(cgo) = build.cgo_place.filter(|_| judged) else { return };
    if !is_plain_builder(dockerfile, stage) || may_have_compiler(dockerfile, stage) {
        return;
    }
    let listed = images::listed_platforms(cx, dockerfile);
    let Some((first, _)) = listed.first() else { return };
    let Some((other, place)) = listed.iter().find(|(it, _)| it.arch != first.arch) else { return };
    findings
        .report(
            images::command_place(build),
            "`CGO_ENABLED=1` with `GOARCH=$TARGETARCH` needs a C compiler for each platform"
                .to_owned(),
        )
        .help("build with tonistiigi/xx (`xx-go build`), or set `CGO_ENABLED=0`")
        .label(cgo, "cgo is turned on here")
        .label(*place, format!("the image is built for {first} and {other}"));
}

/// A stage on an official golang image that runs on the build platform.
fn is_plain_builder(dockerfile: &Dockerfile, stage: StageId) -> bool {
    let Some(bottom) = images::bottom(dockerfile, stage) else { return false };
    let on_builder = bottom.stage.platform.as_ref().is_some_and(|it| it.value.contains("BUILD"));
    on_builder && bottom.image.is_some_and(|it| it.is_golang())
}

/// Whether something in the stage looks like another compiler.
fn may_have_compiler(dockerfile: &Dockerfile, stage: StageId) -> bool {
    let words =
        ["xx-", "zig", "-gcc", "gcc-", "CC=", "CXX=", "clang", "musl-cross", "crossbuild", "goxx"];
    images::chain(dockerfile, stage).any(|stage| {
        let runs = stage.runs().any(|run| {
            words.iter().any(|it| run.text.contains(it))
                || run.environment.keys().any(|it| it == "CC" || it.starts_with("CC_FOR"))
        });
        let copies = stage.copies().filter_map(|it| it.from.as_ref()).any(|from| {
            let stage = dockerfile.stage(&from.value).map(|(_, it)| it.base_text.value.as_str());
            [Some(from.value.as_str()), stage]
                .into_iter()
                .flatten()
                .any(|it| ["xx", "zig", "cross", "musl"].iter().any(|word| it.contains(word)))
        });
        runs || copies
    })
}
