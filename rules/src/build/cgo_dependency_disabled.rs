//! The program needs cgo and is built without it.
//!
//! ## What it does
//! Finds shipped builds with `CGO_ENABLED=0` (or by ko, or in an Alpine `golang` image without a C
//! compiler) of a program that imports a package that is nothing without cgo: `mattn/go-sqlite3`,
//! `confluent-kafka-go` and others, or a package of the repository of which every file says
//! `import "C"`. Imports behind build constraints and modules that go.mod replaces are left alone.
//!
//! ## Why is this bad
//! Most of these packages do not compile without cgo. `go-sqlite3` does, and the program then ends
//! at its first query: `Binary was compiled with 'CGO_ENABLED=0', go-sqlite3 requires cgo to work`.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.27 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/base:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
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
//! FROM gcr.io/distroless/base:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [cmd/cgo: when cgo is enabled](https://pkg.go.dev/cmd/cgo)
//! - [mattn/go-sqlite3: installation](https://github.com/mattn/go-sqlite3#installation)

use goready_model::{Build, BuildTool, Cgo, Confidence, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Build(check),
};

fn check(cx: &Cx<'_>, build: &Build, findings: &mut Findings) {
    if build.cgo != Cgo::Disabled || !images::is_shipped(build) {
        return;
    }
    let Some(program) = images::program_of(cx, build) else { return };
    let Some(needed) = &program.cgo_required else { return };
    let Some(why) = reason(cx, build) else { return };
    let (subject, effect) = match needed.value.as_str() {
        "C" => ("a package of it is written with cgo alone".to_owned(), "does not compile"),
        // Their stubs compile, and every call of them fails.
        sqlite @ ("github.com/mattn/go-sqlite3" | "gorm.io/driver/sqlite") => {
            (format!("`{sqlite}` needs cgo"), "fails at run time")
        }
        other => (format!("`{other}` needs cgo"), "does not compile"),
    };
    let help = if needed.value.contains("sqlite") {
        "set `CGO_ENABLED=1` and run on an image with a C library, or use `modernc.org/sqlite`"
    } else {
        "set `CGO_ENABLED=1` and run on an image with the C library of the builder"
    };
    let name = images::product(cx, build);
    let mut finding = findings
        .report(
            build.cgo_place.unwrap_or_else(|| images::command_place(build)),
            format!("{name} is built {why}, but {subject} and {effect}"),
        )
        .help(help)
        .label(needed.place, "needed here")
        .program(program, "");
    if build.cgo_place.is_some_and(|it| !build.place.at.contains(it.at)) {
        finding = finding.label(images::command_place(build), "the build");
    }
    if !why.contains("CGO_ENABLED") {
        finding.confidence(Confidence::Likely);
    }
}

/// Why cgo is off, where that is sure.
fn reason(cx: &Cx<'_>, build: &Build) -> Option<&'static str> {
    if build.cgo_place.is_some() {
        return Some("with `CGO_ENABLED=0`");
    }
    if build.tool == BuildTool::Ko {
        return Some("by ko, which sets `CGO_ENABLED=0`");
    }
    let (id, stage) = build.stage?;
    let dockerfile = cx.project.dockerfile(id);
    let image = images::bottom(dockerfile, stage)?.image?;
    if !image.is_golang() || !image.tag.contains("alpine") {
        return None;
    }
    // A compiler has many names: with any of them, or a list of packages that is not known, cgo
    // may be on.
    let compilers = ["gcc", "clang", "build-base", "alpine-sdk", "musl-dev", "zig", "tcc"];
    let mut words = images::chain(dockerfile, stage)
        .flat_map(goready_model::Stage::runs)
        .flat_map(|it| it.commands.iter().flat_map(|it| it.iter().map(move |word| (it, word))));
    let may_install = words.any(|(command, word)| {
        compilers.iter().any(|it| word.text.contains(it))
            || command.first().is_some_and(|it| it.text == "apk") && word.text.contains('$')
    });
    (!may_install).then_some("in an Alpine image without a C compiler, which turns cgo off")
}
