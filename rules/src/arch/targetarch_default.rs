//! A default on a platform argument wins over the platform that is built.
//!
//! ## What it does
//! Finds `ARG TARGETARCH=...`, `TARGETOS`, `TARGETVARIANT` and `TARGETPLATFORM` with a default, in a
//! stage or before the first `FROM`, where the value is used. BuildKit sets these arguments for each
//! platform of a build, but a default in the Dockerfile is stronger. Where the default is the only
//! platform that anything builds, or where no build file names platforms, it is a risk. A default on
//! `BUILDPLATFORM` pins the builder to one host architecture: slow, not wrong, and advice.
//! `${TARGETARCH:-amd64}` in shell or `ENV` is right and never reported.
//!
//! ## Why is this bad
//! Every platform of the image gets the default's binary. The pull succeeds on an arm64 node, and
//! the container ends with `exec format error`.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM --platform=$BUILDPLATFORM golang:1.26 AS build
//! ARG TARGETARCH=amd64
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 GOARCH=$TARGETARCH go build -o /out/api .
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
//! - [Dockerfile reference: automatic platform ARGs](https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope)
//! - [docker/buildx issue 510](https://github.com/docker/buildx/issues/510)

use goready_model::{
    Confidence, Dockerfile, Edit, Instruction, Outcome, Place, Platform, PlatformArgument, Profile,
    Stage,
};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    for argument in &dockerfile.global_arguments {
        // A stage sees a global argument once it declares it; FROM sees it at once.
        let in_stages = dockerfile.stages.iter().find_map(|stage| {
            let declared = stage.arguments().any(|it| it.name.value == argument.name.value);
            if declared { use_in(cx, dockerfile, stage, &argument.name.value) } else { None }
        });
        let used = in_stages.or_else(|| used_by_from(dockerfile, &argument.name.value));
        judge(cx, dockerfile, argument, used, findings);
    }
    for stage in dockerfile.stages.iter().filter(|it| !images::is_development(it)) {
        for argument in stage.arguments() {
            let used = use_in(cx, dockerfile, stage, &argument.name.value);
            judge(cx, dockerfile, argument, used, findings);
        }
    }
}

fn judge(
    cx: &Cx<'_>,
    dockerfile: &Dockerfile,
    argument: &PlatformArgument,
    used: Option<Place>,
    findings: &mut Findings,
) {
    let (Some(default), Some(used)) = (&argument.default, used) else { return };
    let name = argument.name.value.as_str();
    // A build argument is stronger than the default.
    let mut pushes = images::pushes(cx, dockerfile).peekable();
    let is_given = |it: &goready_model::ImagePush| it.arguments.iter().any(|it| it == name);
    if pushes.peek().is_some() && pushes.all(is_given) {
        return;
    }
    let value = default.value.as_str();
    if name == "BUILDPLATFORM" {
        // What other compilers do on a foreign host is not our business.
        let builds_go =
            |it: &goready_model::Build| it.stage.is_some_and(|(id, _)| id == dockerfile.id);
        if !cx.project.builds.iter().any(builds_go) {
            return;
        }
        let message = format!(
            "`ARG BUILDPLATFORM={value}` pins the builder to {value}, other hosts emulate it"
        );
        findings
            .report(default.place, message)
            .help("write `ARG BUILDPLATFORM` without a default, or no `ARG` at all")
            .label(used, "the stage follows the build platform")
            .outcome(Outcome::Advice)
            .safe_fix("Drop the default", vec![without_default(argument, default.place)]);
        return;
    }
    let Some(part) = part(name) else { return };
    let listed = images::listed_platforms(cx, dockerfile);
    let other = listed.iter().find(|(it, _)| !part.holds(it, value));
    // `TARGETOS=linux` is what every Linux platform has; only another system makes it wrong.
    if matches!(part, Part::Os) && other.is_none() {
        return;
    }
    let (outcome, effect) = match other {
        Some((platform, _)) => {
            (Outcome::Broken, format!("the {platform} image is built for {value}"))
        }
        None => (Outcome::Risk, format!("an image for another platform is built for {value}")),
    };
    let message = format!("`ARG {name}={value}` overrides the platform that is built, {effect}");
    let mut finding = findings
        .report(default.place, message)
        .help(format!("write `ARG {name}` without a default"))
        .label(used, format!("`{name}` decides here"))
        .outcome(outcome);
    if let Some((platform, place)) = other {
        finding = finding.label(*place, format!("the image is built for {platform} too"));
    }
    finding.safe_fix("Drop the default", vec![without_default(argument, default.place)]);
}

/// `=amd64` removed.
fn without_default(argument: &PlatformArgument, default: Place) -> Edit {
    let start = argument.name.place.at.end as usize;
    Edit { place: default.slice(start, default.at.end as usize), text: String::new() }
}

/// The part of a platform that a variable holds.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Os,
    Arch,
    Variant,
}

fn part(name: &str) -> Option<Part> {
    Some(match name {
        "TARGETPLATFORM" => Part::Whole,
        "TARGETOS" => Part::Os,
        "TARGETARCH" => Part::Arch,
        "TARGETVARIANT" => Part::Variant,
        _ => return None,
    })
}

impl Part {
    fn holds(self, platform: &Platform, value: &str) -> bool {
        match self {
            Self::Whole => platform.to_string() == value,
            Self::Os => platform.os == value,
            Self::Arch => platform.arch == value,
            Self::Variant => platform.variant == value,
        }
    }
}

/// Where a `FROM` line uses an argument.
fn used_by_from(dockerfile: &Dockerfile, name: &str) -> Option<Place> {
    dockerfile.stages.iter().find_map(|stage| {
        let platform = stage.platform.as_ref().filter(|it| it.value.contains(name));
        let base = Some(&stage.base_text).filter(|it| it.value.contains(name));
        platform.or(base).map(|it| it.place)
    })
}

/// Where a stage uses an argument: in a command, a copied path, an environment variable, or
/// through a build that follows the target.
fn use_in(cx: &Cx<'_>, dockerfile: &Dockerfile, stage: &Stage, name: &str) -> Option<Place> {
    let direct = stage.instructions.iter().find_map(|instruction| match instruction {
        Instruction::Run(run) => {
            let mut words = run.commands.iter().flatten();
            words.find(|it| it.text.contains(name)).map(|it| it.place)
        }
        Instruction::Copy(copy) => {
            copy.sources.iter().find(|it| it.value.contains(name)).map(|it| it.place)
        }
        _ => None,
    });
    direct.or_else(|| {
        let index = dockerfile.stages.iter().position(|it| std::ptr::eq(it, stage))?;
        let build = cx.project.builds.iter().find(|it| {
            it.goarch_follows_target
                && it.stage.is_some_and(|(id, at)| id == dockerfile.id && at.0 == index)
        })?;
        (name == "TARGETARCH").then_some(build.place)
    })
}
