//! The platforms an image is built for.

use goready_model::{DockerfileId, ImageName, ImagePush, Place, Platform, Project};

use super::push_confidence;

/// Platforms with the place that declares each, and whether they come from an explicit list.
type Platforms = (Vec<(Platform, Place)>, bool);

/// Platforms of whatever is built from a Dockerfile.
pub(super) fn of_dockerfile(project: &Project, id: DockerfileId) -> Platforms {
    let path = &project.dockerfile(id).path;
    let pushes = project.pushes.iter().filter(|it| it.dockerfile.as_ref() == Some(path));
    let found = declared(pushes);
    if found.is_empty() { (fixed(project, id), false) } else { (found, true) }
}

/// Platforms of one image: those of the builds that name it, else of its Dockerfile.
pub(super) fn of_image(project: &Project, id: DockerfileId, name: &ImageName) -> Platforms {
    let path = &project.dockerfile(id).path;
    let pushes = project.pushes.iter().filter(|it| {
        it.dockerfile.as_ref() == Some(path)
            && it.images.iter().any(|image| push_confidence(it, &image.value, name).is_some())
    });
    let found = declared(pushes);
    if found.is_empty() { of_dockerfile(project, id) } else { (found, true) }
}

fn declared<'p>(pushes: impl Iterator<Item = &'p ImagePush>) -> Vec<(Platform, Place)> {
    let mut found: Vec<(Platform, Place)> = Vec::new();
    for push in pushes {
        // A list that is only known in part is not known.
        if push.platforms_unresolved {
            return Vec::new();
        }
        for platform in &push.platforms {
            if !found.iter().any(|(it, _)| *it == platform.value) {
                found.push((platform.value.clone(), platform.place));
            }
        }
    }
    found.sort();
    found
}

/// Without a list: every build that feeds the image has a fixed GOARCH.
fn fixed(project: &Project, id: DockerfileId) -> Vec<(Platform, Place)> {
    let fed: Vec<_> = project
        .builds
        .iter()
        .filter(|it| it.feeds_image && it.stage.is_some_and(|(dockerfile, _)| dockerfile == id))
        .collect();
    if fed.is_empty() || fed.iter().any(|it| it.goarch.is_empty()) {
        return Vec::new();
    }
    let mut found: Vec<(Platform, Place)> = Vec::new();
    for arch in fed.iter().flat_map(|it| &it.goarch) {
        let platform =
            Platform { os: "linux".to_owned(), arch: arch.value.clone(), variant: String::new() };
        if !found.iter().any(|(it, _)| *it == platform) {
            found.push((platform, arch.place));
        }
    }
    found.sort();
    found
}
