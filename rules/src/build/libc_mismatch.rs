//! A binary that is linked to one C library runs in an image with another one.
//!
//! ## What it does
//! Compares the C library of the image that a build with cgo runs in with that of the image that
//! ships the binary: musl in Alpine, glibc in Debian, Ubuntu, distroless `base`, UBI and others. A
//! program that uses cgo cannot start; without it only `net` and `os/user` need the library, a risk.
//! Static links, images that install `gcompat` or `libc6-compat`, and images that copy a C library
//! are left alone.
//!
//! ## Why is this bad
//! The binary names the loader of the builder's C library, which the other image does not have. The
//! kernel answers `no such file or directory`, and every pod ends in CrashLoopBackOff.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.27-alpine AS build
//! RUN apk add --no-cache build-base
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=1 go build -o /out/api .
//!
//! FROM debian:12-slim
//! COPY --from=build /out/api /usr/local/bin/api
//! ENTRYPOINT ["/usr/local/bin/api"]
//! ```
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//!
//! require github.com/mattn/go-sqlite3 v1.14.32
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"database/sql"
//!
//! 	_ "github.com/mattn/go-sqlite3"
//! )
//!
//! func main() {
//! 	_, _ = sql.Open("sqlite3", "/data/api.db")
//! }
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.27 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=1 go build -o /out/api .
//!
//! FROM debian:12-slim
//! COPY --from=build /out/api /usr/local/bin/api
//! ENTRYPOINT ["/usr/local/bin/api"]
//! ```
//!
//! ## References
//! - [cmd/cgo: when cgo is enabled](https://pkg.go.dev/cmd/cgo)
//! - [Alpine wiki: running glibc programs](https://wiki.alpinelinux.org/wiki/Running_glibc_programs)

use goready_model::{
    Build, BuildTool, Cgo, Confidence, ImageName, Outcome, Profile, Stage, StageId,
};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    images::{self, BaseImage, Libc},
};

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
    let judged = build.feeds_image
        && build.tool == BuildTool::Go
        && build.cgo == Cgo::Enabled
        && !images::may_be_static(build);
    let dockerfile = cx.project.dockerfile(id);
    let Some(shipped) = images::shipped_stage(cx, dockerfile).filter(|_| judged) else { return };
    if !images::reaching(dockerfile, shipped).contains(&stage) {
        return;
    }
    let (Some(builder), Some(runner)) =
        (images::bottom(dockerfile, stage), images::bottom(dockerfile, shipped))
    else {
        return;
    };
    let (Some(built), Some(run)) = (&builder.image, &runner.image) else { return };
    let (Some(theirs), Some(ours)) = (library(built), library(run)) else { return };
    let brings = images::chain(dockerfile, shipped).any(brings_library);
    if theirs == ours || brings || is_copied_image(cx, build, shipped) {
        return;
    }
    let Some(program) = images::program_of(cx, build) else { return };
    if program.cgo.is_none() && !images::resolves_names(program) {
        return;
    }
    let name = |it: &ImageName| match it.tag.as_str() {
        "" => it.full(),
        tag => format!("{}:{tag}", it.full()),
    };
    let message = format!(
        "{} is linked to {} in `{}`, `{}` has {}",
        images::product(cx, build),
        theirs.name(),
        name(built),
        name(run),
        ours.name()
    );
    let finding = findings
        .report(runner.stage.base_text.place, message)
        .help("build and run on images with the same C library, or set `CGO_ENABLED=0`")
        .label(builder.stage.base_text.place, format!("built with {}", theirs.name()));
    match &program.cgo {
        Some(cgo) => finding.label(cgo.place, format!("cgo is used here: `{}`", cgo.value)),
        None => finding.outcome(Outcome::Risk),
    };
}

/// The build is in the chain of the shipped stage itself: it runs where it is made.
fn is_copied_image(cx: &Cx<'_>, build: &Build, shipped: StageId) -> bool {
    let Some((id, stage)) = build.stage else { return false };
    let dockerfile = cx.project.dockerfile(id);
    let own = dockerfile.stages.get(stage.0).map(|it| it.from);
    images::chain(dockerfile, shipped).any(|it| Some(it.from) == own)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Glibc,
    Musl,
}

impl Library {
    fn name(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
        }
    }
}

/// The C library of an image, `None` without one or when the tag does not tell.
fn library(image: &ImageName) -> Option<Library> {
    match BaseImage::of(image)?.libc {
        Libc::Glibc => Some(Library::Glibc),
        Libc::Musl => Some(Library::Musl),
        Libc::None => None,
        Libc::Any if image.tag.contains("alpine") || image.tag.contains("musl") => {
            Some(Library::Musl)
        }
        // The Linux tags of golang without `alpine` are Debian's.
        Libc::Any if image.is_golang() => (!image.tag.contains("server")).then_some(Library::Glibc),
        Libc::Any => image.tag.contains("glibc").then_some(Library::Glibc),
    }
}

/// Whether a stage installs or copies another C library.
fn brings_library(stage: &Stage) -> bool {
    let names = |text: &str| {
        ["gcompat", "libc6-compat", "glibc", "musl", "ld-linux", "libc.so", "sgerrand"]
            .iter()
            .any(|it| text.contains(it))
    };
    let installs = stage.runs().any(|it| it.commands.iter().flatten().any(|it| names(&it.text)));
    let copies = stage.copies().flat_map(|it| &it.sources).any(|it| {
        let path = it.value.trim_start_matches('/').trim_end_matches('/');
        names(path) || matches!(path, "" | "lib" | "lib64" | "usr" | "usr/lib")
    });
    installs || copies
}
