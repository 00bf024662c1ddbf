//! The image builds of a project: declared ones and those of command lines, with what is known
//! about where each image goes.
//!
//! One command that runs for several platforms is one build for all of them, and a manifest list
//! is the image that its parts make together.

use goready_model::{ImageName, ImagePush, Located, Place, Platform, architecture};
use goready_parse::build::expand::{is_resolved, may_equal};

use super::{
    docker::{ImageBuild, ManifestList},
    paths::in_repository,
    repository::is_vendored,
};
use crate::link::Input;

/// What command lines do with images.
#[derive(Debug, Default)]
pub(super) struct Images {
    pub(super) built: Vec<ImageBuild>,
    /// Images that a `docker push` names.
    pub(super) pushed: Vec<Located<String>>,
    pub(super) lists: Vec<ManifestList>,
}

impl Images {
    /// A second name of an image that was built before.
    pub(super) fn tag(&mut self, from: &str, to: Located<String>) {
        let from = ImageName::parse(from);
        let named = |it: &ImageName| it.full() == from.full() && it.tag == from.tag;
        let image =
            self.built.iter_mut().rev().find(|image| {
                image.push.images.iter().any(|it| named(&ImageName::parse(&it.value)))
            });
        if let Some(image) = image {
            image.push.images.push(to);
        }
    }
}

/// Every image build, paths relative to the project root, in the order of their places.
pub(super) fn collect(input: &Input<'_>, images: Images) -> Vec<ImagePush> {
    let own = input.files.iter().filter(|it| !is_vendored(it.path));
    let mut found: Vec<ImagePush> = own.flat_map(|it| it.facts.pushes.iter().cloned()).collect();
    let built = images.built.into_iter().map(|it| placed(it, &images.pushed)).collect();
    found.extend(merged(built));
    for list in whole(images.lists) {
        let joined = joined(&list, &mut found);
        found.extend(joined);
    }
    found.sort_by_key(|it| it.place);
    found
}

/// A build with paths of the project and what `docker push` does with it.
fn placed(image: ImageBuild, pushed: &[Located<String>]) -> (ImagePush, bool) {
    let mut push = image.push;
    let relative = |it: Option<String>| it.as_deref().and_then(in_repository);
    push.context = relative(image.context).filter(|it| is_resolved(it));
    push.dockerfile = relative(image.dockerfile).filter(|it| is_resolved(it));
    push.main_dir = relative(image.main_dir).filter(|it| is_resolved(it));
    push.push |=
        push.images.iter().any(|it| pushed.iter().any(|pushed| is_pushed(&push, it, pushed)));
    push.local &= !push.push;
    if push.images.iter().any(|it| !is_resolved(&ImageName::parse(&it.value).repository)) {
        push.confidence = push.confidence.min(0.6);
    }
    (push, image.chosen)
}

/// Whether a `docker push` pushes what a build names. What is only loaded is mostly not: the names
/// must be the same then.
fn is_pushed(push: &ImagePush, image: &Located<String>, pushed: &Located<String>) -> bool {
    let (name, other) = (ImageName::parse(&image.value), ImageName::parse(&pushed.value));
    if push.local {
        let known = is_resolved(&name.full()) || image.place.at.file == pushed.place.at.file;
        return known && name.full() == other.full() && name.tag == other.tag;
    }
    may_equal(&other.full(), &name.full())
}

/// One command that runs several times, through a job and on its own or for one platform after
/// the other, is one build.
fn merged(builds: Vec<(ImagePush, bool)>) -> Vec<ImagePush> {
    let mut merged: Vec<(ImagePush, bool)> = Vec::new();
    for (push, chosen) in builds {
        let same = merged.iter_mut().find(|(it, _)| {
            it.place == push.place
                && it.dockerfile == push.dockerfile
                && it.context == push.context
                && it.target == push.target
                && (it.push, it.local) == (push.push, push.local)
                && (it.images == push.images || chosen)
        });
        let Some((before, open)) = same else {
            merged.push((push, chosen));
            continue;
        };
        *open |= chosen;
        before.platforms_unresolved |= push.platforms_unresolved;
        for platform in push.platforms {
            if !before.platforms.iter().any(|it| it.value == platform.value) {
                before.platforms.push(platform);
            }
        }
        for image in push.images {
            if !before.images.iter().any(|it| it.value == image.value) {
                before.images.push(image);
            }
        }
    }
    let closed = |(mut push, chosen): (ImagePush, bool)| {
        // The caller chose one platform; the next call's is another one.
        push.platforms_unresolved |= chosen && push.platforms.len() == 1;
        push
    };
    merged.into_iter().map(closed).collect()
}

/// What several commands put into one list.
fn whole(lists: Vec<ManifestList>) -> Vec<ManifestList> {
    let mut found: Vec<ManifestList> = Vec::new();
    for list in lists {
        let Some(before) = found.iter_mut().find(|it| it.image.value == list.image.value) else {
            found.push(list);
            continue;
        };
        before.open |= list.open;
        for part in list.parts {
            if before.parts.iter().all(|it| it.value != part.value) {
                before.parts.push(part);
            }
        }
    }
    found
}

/// The image of a manifest list, for each Dockerfile that its parts may be built from. The parts
/// are shipped through the list.
fn joined(list: &ManifestList, found: &mut [ImagePush]) -> Vec<ImagePush> {
    let parts: Vec<(&Located<String>, ImageName)> =
        list.parts.iter().map(|it| (it, ImageName::parse(&it.value))).collect();
    let is_part = |push: &ImagePush| {
        push.images.iter().any(|image| {
            let name = ImageName::parse(&image.value);
            parts.iter().any(|(_, part)| is_same(part, &name))
        })
    };
    let mut platforms: Vec<Located<Platform>> = Vec::new();
    let mut open = list.open;
    for (written, part) in &parts {
        match platform_of(part, written.place, found) {
            Some(it) if platforms.iter().all(|known| known.value != it.value) => platforms.push(it),
            Some(_) => {}
            None => open = true,
        }
    }
    let mut pushes: Vec<ImagePush> = Vec::new();
    for part in found.iter_mut().filter(|it| !it.local && is_part(it)) {
        part.platforms_unresolved &= open;
        if part.dockerfile.is_some() && pushes.iter().all(|it| it.dockerfile != part.dockerfile) {
            pushes.push(ImagePush {
                images: vec![list.image.clone()],
                platforms: platforms.clone(),
                platforms_unresolved: open,
                push: true,
                place: list.place,
                source: "manifest list",
                ..part.clone()
            });
        }
    }
    pushes
}

/// Whether two names are of one image: variables may only stand for the same in both.
fn is_same(left: &ImageName, right: &ImageName) -> bool {
    is_resolved(left.last()) && left.full() == right.full() && may_equal(&left.tag, &right.tag)
}

/// The platform of one part: its name says it, else the one that it is built for.
fn platform_of(part: &ImageName, place: Place, found: &[ImagePush]) -> Option<Located<Platform>> {
    let word = |text: &str| {
        text.split(['-', '_', '.', '/'])
            .rev()
            .find_map(|it| Some((architecture(it)?, it.to_owned())))
    };
    if let Some((arch, word)) = word(&part.tag).or_else(|| word(part.last())) {
        let variant = match word.as_str() {
            "armv6" | "arm32v6" => "v6",
            "armv7" | "arm32v7" | "armhf" => "v7",
            _ => "",
        };
        let platform =
            Platform { os: "linux".to_owned(), arch: arch.to_owned(), variant: variant.to_owned() };
        return Some(Located::new(platform, place));
    }
    let mut built = found.iter().filter(|it| {
        it.images.iter().any(|image| {
            let name = ImageName::parse(&image.value);
            is_same(part, &name) && name.tag == part.tag
        })
    });
    match (&*built.next()?.platforms, built.next()) {
        ([only], None) => Some(Located::new(only.value.clone(), place)),
        _ => None,
    }
}
