//! The platforms an image is built for.

use goready_model::{DockerfileId, ImageLink, ImageName, ImagePush, Place, Platform, Project};

use super::push_confidence;

/// What is known about an image's platforms.
#[derive(Debug, Default)]
pub(super) struct Platforms {
    /// Each with the place that declares it.
    pub(super) known: Vec<(Platform, Place)>,
    /// They come from an explicit list.
    pub(super) explicit: bool,
    /// Another list is not known.
    pub(super) open: bool,
}

impl Platforms {
    pub(super) fn fill(self, link: &mut ImageLink) {
        link.platforms = self.known;
        link.platforms_explicit = self.explicit;
        link.platforms_open = self.open;
    }
}

/// Platforms of whatever is built from a Dockerfile.
pub(super) fn of_dockerfile(project: &Project, id: DockerfileId) -> Platforms {
    let path = &project.dockerfile(id).path;
    let found = declared(project.pushes.iter().filter(|it| it.dockerfile.as_ref() == Some(path)));
    if found.explicit || found.open {
        return found;
    }
    Platforms { known: fixed(project, id), ..Platforms::default() }
}

/// Platforms of one image: those of the builds that name it, else of its Dockerfile.
pub(super) fn of_image(project: &Project, id: DockerfileId, name: &ImageName) -> Platforms {
    let path = &project.dockerfile(id).path;
    let found = declared(project.pushes.iter().filter(|it| {
        it.dockerfile.as_ref() == Some(path)
            && it.images.iter().any(|image| push_confidence(it, &image.value, name).is_some())
    }));
    if found.explicit { found } else { of_dockerfile(project, id) }
}

/// Platforms of an image that is built straight from a main package (ko).
pub(super) fn of_main_package(project: &Project, dir: &str) -> Platforms {
    declared(project.pushes.iter().filter(|it| it.main_dir.as_deref() == Some(dir)))
}

/// What is shipped: what is pushed, else what may be. An image that stays on the machine that
/// builds it says nothing about the one that runs.
fn declared<'p>(pushes: impl Iterator<Item = &'p ImagePush>) -> Platforms {
    let mut found = Platforms::default();
    let mut built: Vec<&ImagePush> = pushes.filter(|it| !it.local).collect();
    if built.iter().any(|it| it.push) {
        built.retain(|it| it.push);
    }
    for push in built {
        found.open |= push.platforms_unresolved;
        for platform in &push.platforms {
            if !found.known.iter().any(|(it, _)| *it == platform.value) {
                found.known.push((platform.value.clone(), platform.place));
            }
        }
    }
    found.known.sort();
    found.explicit = !found.known.is_empty();
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
