//! An image is built on a base without a tag, or on `latest`.
//!
//! ## What it does
//! Finds `FROM` with an image that has neither tag nor digest, or the tag `latest`, in the stage that
//! is shipped and in the stages it is built on or copies from. `scratch`, names of stages, images that
//! the repository builds itself and names put together from build arguments are left alone, and so
//! are Dockerfiles for development.
//!
//! ## Why is this bad
//! The same commit gives another image tomorrow: a rebuild for a one-line fix brings a new release of
//! the distribution or of the compiler with it, and a rollback by rebuilding is none.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static
//! COPY api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static-debian12:nonroot
//! COPY api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Dockerfile reference: FROM](https://docs.docker.com/reference/dockerfile/#from)
//! - [Docker: pin base image versions](https://docs.docker.com/build/building/best-practices/#pin-base-image-versions)

use goready_model::{Confidence, Dockerfile, ImageName, Outcome, Profile, Stage, StageBase};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    images::{self, BaseImage},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "DL3006",
        "DL3007",
        "DS-0001",
        "CKV_DOCKER_7",
        "kics/Image Version Not Explicit",
        "kics/Image Version Using 'latest'",
    ],
    check: Check::Dockerfile(check),
};

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    if dockerfile.development {
        return;
    }
    let Some(shipped) = images::shipped_stage(cx, dockerfile) else { return };
    if dockerfile.stages.get(shipped.0).is_none_or(images::is_development) {
        return;
    }
    for stage in images::reaching(dockerfile, shipped) {
        let Some(stage) = dockerfile.stages.get(stage.0) else { continue };
        let Some(image) = written_image(stage) else { continue };
        let pinned = !image.digest.is_empty() || !matches!(&*image.tag, "" | "latest");
        if pinned || may_be_local(cx, &image) {
            continue;
        }
        let name = image.full();
        let what = match image.tag.as_str() {
            "" => format!("`FROM {name}` has no tag"),
            tag => format!("`FROM {name}:{tag}` names whatever is newest"),
        };
        findings
            .report(
                stage.base_text.place,
                format!("{what}, every build may start from another image"),
            )
            .help("pin a tag, better a digest");
    }
}

/// The image as it stands in the `FROM` line; `None` when its last segment is no literal: whoever
/// builds may give another value.
fn written_image(stage: &Stage) -> Option<ImageName> {
    let StageBase::Image(Some(expanded)) = &stage.base else { return None };
    let last = stage.base_text.value.rsplit('/').next()?;
    (!last.contains('$')).then(|| ImageName::parse(expanded))
}

/// Whether the name may stand for something that never comes from a registry: an image that the
/// repository builds, or a named build context.
fn may_be_local(cx: &Cx<'_>, image: &ImageName) -> bool {
    let built = cx.project.pushes.iter().flat_map(|it| &it.images);
    let mut built = built.map(|it| ImageName::parse(&it.value));
    if built.any(|it| it.last() == image.last()) {
        return true;
    }
    let plain = image.registry.is_empty() && !image.repository.contains('/');
    plain && BaseImage::of(image).is_none() && !OFFICIAL.contains(&&*image.repository)
}

/// Docker Official Images that services are built on, beside those of the table of base images.
/// Source: docker-library/official-images `library/`, read 2026-11-26.
const OFFICIAL: &[&str] = &[
    "bash",
    "caddy",
    "eclipse-temurin",
    "haproxy",
    "httpd",
    "maven",
    "memcached",
    "mongo",
    "mysql",
    "nginx",
    "node",
    "oraclelinux",
    "perl",
    "php",
    "postgres",
    "python",
    "rabbitmq",
    "redis",
    "ruby",
    "rust",
    "traefik",
];
