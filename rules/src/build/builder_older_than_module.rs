//! The builder image has an older Go than the module asks for, and may not fetch a newer one.
//!
//! ## What it does
//! Compares the version in the tag of the `golang` image that a build runs in with the `go` line of
//! the go.mod it builds. The official images set `GOTOOLCHAIN=local` since Go 1.21, so an older one
//! refuses to build. A builder that sets `GOTOOLCHAIN=auto` downloads the newer toolchain in each
//! build: advice. Go before 1.21 tries and may succeed: a risk. Tags that name no version, and
//! `toolchain` lines (which `GOTOOLCHAIN=local` ignores) are left alone.
//!
//! ## Why is this bad
//! `go: go.mod requires go >= 1.26 (running go 1.24; GOTOOLCHAIN=local)`: the image cannot be built,
//! and the change that raised the `go` line is found out in the release pipeline.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.24 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
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
//! func main() {}
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Go toolchains: GOTOOLCHAIN and the go line](https://go.dev/doc/toolchain)
//! - [docker-library/golang: GOTOOLCHAIN=local](https://github.com/docker-library/golang/blob/master/Dockerfile-linux.template)

use std::collections::BTreeSet;

use goready_model::{
    Build, Confidence, Dockerfile, Edit, GoMod, GoVersion, Located, Outcome, Place, Profile,
};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

/// Go 1.21 brought toolchain lines and GOTOOLCHAIN.
const FIRST_WITH_TOOLCHAINS: u32 = 21;

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    let mut reported = BTreeSet::new();
    for build in &cx.project.builds {
        let Some((id, stage)) = build.stage.filter(|(id, _)| *id == dockerfile.id) else {
            continue;
        };
        debug_assert_eq!(id, dockerfile.id);
        let Some(bottom) = images::bottom(dockerfile, stage) else { continue };
        let Some(image) = bottom.image.as_ref().filter(|it| it.is_golang()) else { continue };
        let Some(builder) = GoVersion::parse(&image.tag) else { continue };
        let Some((module, wanted)) = module(cx, build) else { continue };
        if !is_older(builder, wanted.value) || !reported.insert((bottom.stage.from, module.file)) {
            continue;
        }
        let outcome = match toolchain(dockerfile, build) {
            Toolchain::Unknown => continue,
            Toolchain::Downloads => Outcome::Advice,
            Toolchain::Local if builder.minor < FIRST_WITH_TOOLCHAINS => Outcome::Risk,
            Toolchain::Local => Outcome::Broken,
        };
        let effect = match outcome {
            Outcome::Advice => "every build downloads another toolchain",
            Outcome::Risk => "the build fails when the code needs the newer version",
            _ => "the build stops",
        };
        let name = format!("{}:{}", image.full(), image.tag);
        let message = format!(
            "`{name}` builds module `{}` that needs go {}, {effect}",
            module.module, wanted.value
        );
        let place = bottom.stage.base_text.place;
        let finding = findings
            .report(place, message)
            .help(format!("raise the builder image to {} or later", wanted.value))
            .label(wanted.place, format!("the module needs go {}", wanted.value))
            .outcome(outcome);
        if let Some(edit) = fix(&bottom.stage.base_text, &image.tag, wanted.value) {
            finding.unsafe_fix(format!("Build with Go {}", wanted.value), vec![edit]);
        }
    }
}

/// The go.mod a build is for and its `go` line: the one the go command finds in the stage.
fn module<'p>(cx: &Cx<'p>, build: &Build) -> Option<(&'p GoMod, Located<GoVersion>)> {
    let file = build.go_mod?;
    let module = cx.project.go_mods.iter().find(|it| it.file == file)?;
    Some((module, module.go?))
}

/// A tag without a patch is the newest of its minor.
fn is_older(builder: GoVersion, wanted: GoVersion) -> bool {
    match builder.minor.cmp(&wanted.minor) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        std::cmp::Ordering::Equal => match (builder.patch, wanted.patch) {
            (Some(builder), Some(wanted)) => builder < wanted,
            _ => false,
        },
    }
}

/// What the go command does when a module asks for another version.
pub(super) enum Toolchain {
    Local,
    Downloads,
    Unknown,
}

/// What `GOTOOLCHAIN` says where a build runs.
pub(super) fn toolchain(dockerfile: &Dockerfile, build: &Build) -> Toolchain {
    let runs = build
        .stage
        .and_then(|(_, stage)| dockerfile.stages.get(stage.0))
        .into_iter()
        .flat_map(goready_model::Stage::runs);
    let mut value: Option<&str> = None;
    for run in runs {
        if let Some(set) = run.environment.get("GOTOOLCHAIN") {
            value = Some(&set.value);
        }
        for word in run.commands.iter().flatten() {
            if let Some(set) = word.text.strip_prefix("GOTOOLCHAIN=") {
                value = Some(set);
            }
        }
    }
    match value {
        None | Some("local" | "path") => Toolchain::Local,
        Some(it) if it.contains("${") => Toolchain::Unknown,
        Some(_) => Toolchain::Downloads,
    }
}

/// Replaces the version where it is written in the `FROM` line itself.
pub(super) fn fix(base: &Located<String>, tag: &str, wanted: GoVersion) -> Option<Edit> {
    let end = tag.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(tag.len());
    let version = tag.get(..end)?;
    let offset = base.value.find(&format!(":{version}"))? + 1;
    // A digest pins the old image.
    if base.value.contains(['@', '$']) {
        return None;
    }
    let start = base.place.at.start as usize + offset;
    let place: Place = base.place.slice(start, start + version.len());
    Some(Edit { place, text: wanted.to_string() })
}
