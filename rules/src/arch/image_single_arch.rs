//! An image that is deployed is pushed for one platform only.
//!
//! ## What it does
//! Looks at what pushes an image that some workload runs: build-push-action without `platforms` (or
//! with one), `docker build` and push, kaniko, ko without platforms, goreleaser images for one
//! architecture. When the repository means to run elsewhere too (a node affinity or toleration for
//! another architecture, a skaffold or bake file with several platforms) it is a risk. Images that a
//! manifest list joins, images that another file pushes for several platforms, buildpacks and
//! platform lists that are not known are left alone.
//!
//! ## Why is this bad
//! The pods cannot use nodes of another architecture: on a mixed cluster the scheduler, which does
//! not look at images, places them there anyway, and the pull fails with `no match for platform`.
//!
//! ## Example
//! `.github/workflows/release.yml`:
//! ```yaml
//! on: push
//! jobs:
//!   image:
//!     runs-on: ubuntu-latest
//!     steps:
//!       - uses: docker/build-push-action@v6
//!         with:
//!           push: true
//!           tags: registry.example.com/acme/api:1.4.2
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static:nonroot
//! COPY api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/acme/api:1.4.2
//! ```
//!
//! ## Use instead
//! `.github/workflows/release.yml`:
//! ```yaml
//! on: push
//! jobs:
//!   image:
//!     runs-on: ubuntu-latest
//!     steps:
//!       - uses: docker/build-push-action@v6
//!         with:
//!           push: true
//!           platforms: linux/amd64,linux/arm64
//!           tags: registry.example.com/acme/api:1.4.2
//! ```
//!
//! ## References
//! - [docker/build-push-action: platforms](https://github.com/docker/build-push-action#inputs)
//! - [Docker: multi-platform builds](https://docs.docker.com/build/building/multi-platform/)

use std::collections::BTreeMap;

use goready_model::{
    Confidence, ContainerLink, Edit, FileId, ImageName, ImagePush, Located, Outcome, Place,
    Platform, Profile,
};

use super::nodes;
use crate::{Check, Cx, Findings, Rule, Scope, images, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

/// Pushes of one file for one Dockerfile or main package: goreleaser has one for each platform.
type Group<'p> = Vec<&'p ImagePush>;

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut groups: BTreeMap<(FileId, &str), Group<'_>> = BTreeMap::new();
    for push in &cx.project.pushes {
        let Some(unit) = push.dockerfile.as_deref().or(push.main_dir.as_deref()) else { continue };
        // skaffold builds for the cluster it deploys to, compose for the machine it runs on.
        let local = matches!(push.source, "skaffold.yaml" | "compose");
        if push.push && !local {
            groups.entry((push.place.at.file, unit)).or_default().push(push);
        }
    }
    for group in groups.values() {
        judge(cx, group, findings);
    }
}

fn judge(cx: &Cx<'_>, group: &Group<'_>, findings: &mut Findings) {
    let Some(first) = group.first() else { return };
    let joined = group.iter().any(|it| it.platforms_unresolved || names_one_of_several(it));
    let mut platforms: Vec<&Located<Platform>> =
        group.iter().flat_map(|it| &it.platforms).collect();
    platforms.sort_by(|a, b| a.value.cmp(&b.value));
    platforms.dedup_by(|a, b| a.value == b.value);
    let dockerfile = first.dockerfile.as_ref();
    let mut dockerfiles = cx.project.dockerfiles.iter();
    if dockerfiles.any(|it| Some(&it.path) == dockerfile && it.development) {
        return;
    }
    let running = running(cx, first);
    let Some(deployed) = running.first() else { return };
    if joined || platforms.len() > 1 {
        return;
    }
    let only = platforms.first();
    let built = only.map_or_else(|| "its own platform".to_owned(), |it| it.value.to_string());
    let arch = only.map_or("amd64", |it| it.value.arch.as_str());
    if ships_several_elsewhere(cx, first) {
        return;
    }
    let intent = intent(cx, first, &running, arch);
    let message = match &intent {
        Some((what, _)) => {
            format!("{} pushes `{}` for {built} only, {what}", first.source, deployed.image)
        }
        None => format!("{} pushes `{}` for {built} only", first.source, deployed.image),
    };
    let place = only.map_or(first.place, |it| it.place);
    let mut finding = findings.report(place, message).help("build for `linux/amd64,linux/arm64`");
    if let Some((_, place)) = intent {
        finding = finding.label(place, "another platform is meant here").outcome(Outcome::Risk);
    } else if let Some(image) = image_place(cx, deployed) {
        finding = finding.label(image, "the image is deployed here");
    }
    // One scalar that holds exactly the platform can become a list.
    if let (Some(only), "docker/build-push-action") = (only, first.source) {
        let length = (only.place.at.end - only.place.at.start) as usize;
        if length == only.value.to_string().len() {
            let text =
                format!("{},linux/{}", only.value, if arch == "arm64" { "amd64" } else { "arm64" });
            finding.unsafe_fix("Build for both platforms", vec![Edit { place: only.place, text }]);
        }
    }
}

/// Whether another file pushes the image for several platforms: that one may be what is deployed.
fn ships_several_elsewhere(cx: &Cx<'_>, push: &ImagePush) -> bool {
    cx.project.pushes.iter().any(|it| {
        it.push
            && !matches!(it.source, "skaffold.yaml" | "compose" | "docker-bake")
            && it.place.at.file != push.place.at.file
            && (&it.dockerfile, &it.main_dir) == (&push.dockerfile, &push.main_dir)
            && (it.platforms.len() > 1 || it.platforms_unresolved)
    })
}

/// A tag that carries an architecture is a part of a manifest list.
fn names_one_of_several(push: &ImagePush) -> bool {
    push.images.iter().any(|it| {
        let name = ImageName::parse(&it.value);
        images::names_architecture(&name.tag) || images::names_architecture(name.last())
    })
}

/// Containers that run what a push builds.
fn running<'p>(cx: &Cx<'p>, push: &ImagePush) -> Vec<&'p ContainerLink> {
    let containers = cx.project.containers.iter();
    containers
        .filter(|container| {
            let dockerfile = container.link.dockerfile.as_ref().is_some_and(|it| {
                it.confidence >= programs::ADVICE
                    && Some(&cx.project.dockerfile(it.target).path) == push.dockerfile.as_ref()
            });
            let direct = || {
                container.link.programs.iter().any(|it| {
                    it.confidence >= programs::ADVICE
                        && Some(&cx.project.program(it.target).dir) == push.main_dir.as_ref()
                })
            };
            dockerfile || direct()
        })
        .collect()
}

/// What in the repository means another architecture.
fn intent(
    cx: &Cx<'_>,
    push: &ImagePush,
    running: &[&ContainerLink],
    arch: &str,
) -> Option<(String, Place)> {
    for container in running {
        let workload = cx.project.workload(container.workload);
        let nodes = nodes::required(workload).into_iter().chain(nodes::mentioned(workload));
        for node in nodes.chain(nodes::selector(workload)) {
            if let Some(other) = node.as_str().filter(|it| *it != arch) {
                let path = cx.project.path(node.file());
                return Some((format!("{path} allows {other} nodes"), node.place()));
            }
        }
    }
    let elsewhere = cx.project.pushes.iter().filter(|it| {
        it.place.at.file != push.place.at.file
            && it.dockerfile == push.dockerfile
            && it.platforms.len() > 1
    });
    elsewhere.flat_map(|it| it.platforms.iter().map(move |platform| (it, platform))).find_map(
        |(other, platform)| {
            (platform.value.arch != arch)
                .then(|| (format!("{} lists {}", other.source, platform.value), platform.place))
        },
    )
}

fn image_place(cx: &Cx<'_>, container: &ContainerLink) -> Option<Place> {
    let workload = cx.project.workload(container.workload);
    let found = workload.pod()?.all_containers().find(|it| it.name() == container.container)?;
    found.image().set().map(|it| it.place)
}
