//! A stage is pinned to one platform whatever the image is built for.
//!
//! ## What it does
//! Finds `FROM --platform=linux/amd64` and other literals, bases from repositories of one
//! architecture (`amd64/`, `arm64v8/`) or with an architecture in the tag, and `platform:` on a
//! compose service that is built. Two builder stages pinned to different platforms of which only one
//! reaches the image, and a pin beside a list of several platforms, are broken. `$BUILDPLATFORM` and
//! `$TARGETPLATFORM` are right in every spelling; Dockerfiles whose name carries an architecture are
//! inputs of a manifest list and left alone.
//!
//! ## Why is this bad
//! An image for another platform then carries a layer, or a binary, of the pinned one. It is pulled
//! without complaint and ends with `exec format error`.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM --platform=linux/amd64 golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
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
//! - [BuildKit: FromPlatformFlagConstDisallowed](https://docs.docker.com/reference/build-checks/from-platform-flag-const-disallowed/)
//! - [Docker: multi-platform builds](https://docs.docker.com/build/building/multi-platform/)

use goready_model::{
    Confidence, Dockerfile, Edit, FileKind, ImageName, Located, Node, Outcome, Place, Platform,
    Profile, Stage, StageBase, StageId,
};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "DL3029",
        "buildkit/FromPlatformFlagConstDisallowed",
        "semgrep/avoid-platform-with-from",
        "kics/Using Platform Flag with FROM Command",
    ],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for dockerfile in &cx.project.dockerfiles {
        // One file for each architecture is an input of a manifest list.
        if !images::names_architecture(&dockerfile.path) && !one_image_each(cx, dockerfile) {
            stages(cx, dockerfile, findings);
        }
    }
    for (file, document) in &cx.project.documents {
        if cx.project.kinds.get(file) == Some(&FileKind::Compose)
            && let Some(root) = document.tree.root()
        {
            services(root, findings);
        }
    }
}

/// Every build of the file is for one platform of its own.
fn one_image_each(cx: &Cx<'_>, dockerfile: &Dockerfile) -> bool {
    let mut pushes = images::pushes(cx, dockerfile).peekable();
    let names = |tag: &str| images::names_architecture(tag);
    pushes.peek().is_some()
        && pushes.all(|it| {
            !it.images.is_empty()
                && it.images.iter().all(|it| names(&ImageName::parse(&it.value).tag))
        })
}

/// A stage that is pinned, and where.
struct Pin {
    stage: StageId,
    platform: Located<String>,
    /// Written as `--platform`.
    flag: bool,
}

fn stages(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    let pins: Vec<Pin> = dockerfile
        .stages
        .iter()
        .enumerate()
        .filter_map(|(index, stage)| pin(StageId(index), stage))
        .collect();
    for pin in &pins {
        let value = &pin.platform.value;
        let twin = pins.iter().find(|it| it.platform.value != *value && it.stage != pin.stage);
        let unused = twin.filter(|twin| {
            let reaches = |it: &Pin| is_copied(dockerfile, it.stage);
            reaches(pin) != reaches(twin)
        });
        let listed = images::listed_platforms(cx, dockerfile);
        let other = listed.iter().find(|(it, _)| !is_same(it, value));
        let mut finding = match (unused, other) {
            (Some(twin), _) => findings
                .report(
                    pin.platform.place,
                    format!(
                        "stages are pinned to {value} and {}, but only one reaches the image",
                        twin.platform.value
                    ),
                )
                .label(
                    twin.platform.place,
                    format!("this stage is pinned to {}", twin.platform.value),
                )
                .outcome(Outcome::Broken),
            (None, Some((platform, place))) => findings
                .report(
                    pin.platform.place,
                    format!(
                        "this stage is pinned to {value}, the image is built for {platform} too"
                    ),
                )
                .label(*place, format!("{platform} is listed here"))
                .outcome(Outcome::Broken),
            (None, None) => findings.report(
                pin.platform.place,
                format!(
                    "this stage is pinned to {value}, an image for another platform gets its files"
                ),
            ),
        };
        finding = finding.help(if is_builder(dockerfile, pin.stage) {
            "write `--platform=$BUILDPLATFORM` and build with `GOARCH=$TARGETARCH`"
        } else {
            "drop the pin, the final stage follows the platform that is built"
        });
        if let Some(edit) = fix(cx, dockerfile, pin) {
            finding.safe_fix("Build on the build platform", vec![edit]);
        }
    }
}

fn pin(id: StageId, stage: &Stage) -> Option<Pin> {
    if let Some(platform) = &stage.platform {
        let literal = !platform.value.contains('$');
        return literal.then(|| Pin { stage: id, platform: platform.clone(), flag: true });
    }
    let StageBase::Image(Some(image)) = &stage.base else { return None };
    let name = ImageName::parse(image);
    let arch = base_architecture(&name)?;
    let platform = Located::new(format!("linux/{arch}"), stage.base_text.place);
    // `FROM image-${TARGETARCH}` follows the platform.
    (!stage.base_text.value.contains('$')).then_some(Pin { stage: id, platform, flag: false })
}

/// The architecture in a base image's owner or at the end of its tag.
fn base_architecture(image: &ImageName) -> Option<&'static str> {
    let owner = image.repository.split_once('/').map_or("", |(owner, _)| owner);
    let of_owner = || {
        // Docker Hub's owners for official images of one architecture.
        let known =
            ["amd64", "arm64v8", "arm32v7", "arm32v6", "i386", "ppc64le", "s390x", "riscv64"];
        (image.registry.is_empty() && known.contains(&owner))
            .then(|| goready_model::architecture(owner))?
    };
    let of_tag = || goready_model::architecture(image.tag.rsplit(['-', '_']).next()?);
    of_owner().or_else(of_tag)
}

fn is_same(platform: &Platform, text: &str) -> bool {
    Platform::parse(text).is_some_and(|it| {
        it.arch == platform.arch && (it.variant.is_empty() || it.variant == platform.variant)
    })
}

fn is_builder(dockerfile: &Dockerfile, stage: StageId) -> bool {
    stage.0 + 1 < dockerfile.stages.len()
}

/// Whether a later stage copies from a stage or is built on it.
fn is_copied(dockerfile: &Dockerfile, stage: StageId) -> bool {
    !is_builder(dockerfile, stage)
        || images::copy_from(dockerfile, stage).is_some()
        || dockerfile.stages.iter().any(|it| it.base == StageBase::Stage(stage))
}

/// A builder whose builds all follow the target compiles the same binary on any host.
fn fix(cx: &Cx<'_>, dockerfile: &Dockerfile, pin: &Pin) -> Option<Edit> {
    if !pin.flag || !is_builder(dockerfile, pin.stage) {
        return None;
    }
    let mut builds = cx
        .project
        .builds
        .iter()
        .filter(|it| it.stage == Some((dockerfile.id, pin.stage)))
        .peekable();
    let follows = builds.peek().is_some()
        && builds.all(|it| it.goarch_follows_target && it.cgo == goready_model::Cgo::Disabled);
    let place: Place = pin.platform.place;
    follows.then(|| Edit { place, text: "$BUILDPLATFORM".to_owned() })
}

fn services(root: Node<'_>, findings: &mut Findings) {
    for service in root.get("services").into_iter().flat_map(|it| it.entries()) {
        if service.value.get("build").is_none() {
            continue;
        }
        let Some(platform) = service.value.get("platform").filter(|it| it.as_str().is_some())
        else {
            continue;
        };
        if platform.text().contains('$') {
            continue;
        }
        let message = format!(
            "service `{}` is built for {} on every host",
            service.key.text(),
            platform.text()
        );
        findings
            .report(platform.place(), message)
            .help("drop `platform`, or list `build.platforms`");
    }
}
