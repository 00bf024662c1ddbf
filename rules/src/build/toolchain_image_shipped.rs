//! The image that runs in the cluster is the one with the compiler.
//!
//! ## What it does
//! Follows the stage that becomes the image (the last one, or the one every build selects with
//! `target`) down to its base image. When that is `golang` or another image made for compiling, and
//! the stage starts a Go program, the finding names it. Dockerfiles that say they are for
//! development, tests or debugging are left alone.
//!
//! ## Why is this bad
//! Nearly a gigabyte of compiler, shell and sources is pulled to every node that runs the service,
//! which delays each scale-up, and all of it is at hand for whoever gets into the container. The
//! golang images run as root.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26-alpine
//! WORKDIR /src
//! COPY . .
//! RUN go build -o /usr/local/bin/api .
//! ENTRYPOINT ["/usr/local/bin/api"]
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
//! FROM golang:1.26-alpine AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /usr/local/bin/api
//! ENTRYPOINT ["/usr/local/bin/api"]
//! ```
//!
//! ## References
//! - [Docker: multi-stage builds](https://docs.docker.com/build/building/multi-stage/)
//! - [distroless images](https://github.com/GoogleContainerTools/distroless)

use goready_model::{Build, Confidence, Dockerfile, Outcome, Profile, Stage, StageId};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    if dockerfile.development || dockerfile.incomplete {
        return;
    }
    let Some(stage) = images::shipped_stage(cx, dockerfile) else { return };
    let Some(bottom) = images::bottom(dockerfile, stage) else { return };
    let (Some(image), Some(base)) = (&bottom.image, bottom.base()) else { return };
    let named_for_development = dockerfile.stages.get(stage.0).is_some_and(images::is_development);
    if !base.compiler || named_for_development || !starts_go(cx, dockerfile, stage) {
        return;
    }
    let name = match image.tag.as_str() {
        "" => image.full(),
        tag => format!("{}:{tag}", image.full()),
    };
    let user = images::chain(dockerfile, stage).find_map(Stage::user);
    let root =
        if user.is_none() && base.user(&image.tag) == "0" { " and runs as root" } else { "" };
    findings
        .report(
            bottom.stage.base_text.place,
            format!("the image is built on `{name}`, it ships the compiler{root}"),
        )
        .help(
            "add a second stage on `gcr.io/distroless/static:nonroot` and copy the binary into it",
        );
}

/// Whether what the stage starts is a Go program: one built in it, or `go run`.
fn starts_go(cx: &Cx<'_>, dockerfile: &Dockerfile, stage: StageId) -> bool {
    let starts: Vec<_> = images::chain(dockerfile, stage)
        .flat_map(|it| it.entrypoint().into_iter().chain(it.cmd()))
        .collect();
    if starts.is_empty() {
        return false;
    }
    let runs_go = starts.iter().any(|it| {
        let mut words = it.script.commands().into_iter().map(|it| it.words.iter());
        let in_script = words.any(|mut it| {
            it.next().and_then(goready_model::ShellWord::literal).as_deref() == Some("go")
        });
        in_script || it.words.first().is_some_and(|it| it.value == "go")
    });
    let builds_here = |it: &Build| it.stage.is_some_and(|(id, _)| id == dockerfile.id);
    runs_go || cx.project.builds.iter().any(|it| builds_here(it) && it.feeds_image)
}
