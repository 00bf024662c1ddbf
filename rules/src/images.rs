//! What several rules ask about Dockerfiles, the images they make and the builds in them.

use std::{collections::BTreeSet, sync::LazyLock};

use goready_model::{
    Build, CopyInstruction, Dockerfile, FlagValue, ImageName, ImagePush, Place, Platform, Program,
    Stage, StageBase, StageId,
};
use serde::Deserialize;

use crate::Cx;

/// The table of base images.
static BASE_IMAGES: LazyLock<Vec<BaseImage>> = LazyLock::new(|| {
    let table: Result<Table, _> = toml::from_str(include_str!("../data/base_images.toml"));
    table.map(|it| it.image).unwrap_or_default()
});

#[derive(Debug, Deserialize)]
struct Table {
    image: Vec<BaseImage>,
}

/// The C library of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Libc {
    None,
    Glibc,
    Musl,
    /// The tag decides.
    Any,
}

/// One row of the table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct BaseImage {
    name: String,
    shell: bool,
    #[serde(default)]
    debug_shell: bool,
    pub(crate) libc: Libc,
    user: String,
    nonroot_user: Option<String>,
    #[serde(default)]
    pub(crate) compiler: bool,
    /// Whether certificate authorities are in it; `None` when that is not known.
    pub(crate) certificates: Option<bool>,
    /// Whether the time zone database is in it; `None` when that is not known.
    pub(crate) zones: Option<bool>,
}

impl BaseImage {
    /// The row of an image; the longest name that fits.
    pub(crate) fn of(image: &ImageName) -> Option<&'static Self> {
        let full = image.full();
        let fits = |it: &&BaseImage| match it.name.strip_suffix('*') {
            Some(prefix) => full.starts_with(prefix),
            None => full == it.name,
        };
        BASE_IMAGES.iter().filter(fits).max_by_key(|it| it.name.len())
    }

    /// The default user of a tag.
    pub(crate) fn user(&self, tag: &str) -> &str {
        match &self.nonroot_user {
            Some(user) if tag.contains("nonroot") => user,
            _ => &self.user,
        }
    }

    /// Whether a tag has `/bin/sh`.
    pub(crate) fn has_shell(&self, tag: &str) -> bool {
        self.shell || (self.debug_shell && tag.contains("debug"))
    }
}

/// A stage with the image at the bottom of its `FROM` chain.
#[derive(Debug, Clone)]
pub(crate) struct Bottom<'d> {
    /// The stage whose `FROM` names the image.
    pub(crate) stage: &'d Stage,
    /// `scratch`, or the image; `None` when it is not known.
    pub(crate) image: Option<ImageName>,
}

impl Bottom<'_> {
    pub(crate) fn base(&self) -> Option<&'static BaseImage> {
        BaseImage::of(self.image.as_ref()?)
    }

    pub(crate) fn tag(&self) -> &str {
        self.image.as_ref().map_or("", |it| &it.tag)
    }
}

/// The image below a stage.
pub(crate) fn bottom(dockerfile: &Dockerfile, stage: StageId) -> Option<Bottom<'_>> {
    let stage = chain(dockerfile, stage).last()?;
    let image = match &stage.base {
        StageBase::Scratch => Some(ImageName::parse("scratch")),
        StageBase::Image(name) => name.as_deref().map(ImageName::parse),
        StageBase::Stage(_) => None,
    };
    Some(Bottom { stage, image })
}

/// A stage and those it is built on, itself first.
pub(crate) fn chain(
    dockerfile: &Dockerfile,
    stage: StageId,
) -> impl Iterator<Item = &Stage> + use<'_> {
    let first = dockerfile.stages.get(stage.0);
    // A stage is only ever built on an earlier one, so this ends.
    std::iter::successors(first, |it| match it.base {
        StageBase::Stage(below) => dockerfile.stages.get(below.0),
        StageBase::Scratch | StageBase::Image(_) => None,
    })
}

/// A stage and all those that it is built on or copies from, directly or not, in file order.
pub(crate) fn reaching(dockerfile: &Dockerfile, stage: StageId) -> BTreeSet<StageId> {
    let mut found = BTreeSet::new();
    let mut open = vec![stage];
    while let Some(id) = open.pop() {
        let Some(stage) = dockerfile.stages.get(id.0).filter(|_| found.insert(id)) else {
            continue;
        };
        if let StageBase::Stage(below) = stage.base {
            open.push(below);
        }
        let sources = stage.copies().filter_map(|it| it.from.as_ref());
        open.extend(sources.filter_map(|it| Some(dockerfile.stage(&it.value)?.0)));
    }
    found
}

/// The stage that becomes the image: the one every build of the Dockerfile selects, else the last.
pub(crate) fn shipped_stage(cx: &Cx<'_>, dockerfile: &Dockerfile) -> Option<StageId> {
    let mut selected = pushes(cx, dockerfile)
        .map(|it| it.target.as_deref().and_then(|it| dockerfile.stage(it)).map(|(stage, _)| stage));
    let last = dockerfile.stages.len().checked_sub(1).map(StageId)?;
    match selected.next() {
        Some(Some(stage)) if selected.all(|it| it == Some(stage)) => Some(stage),
        _ => Some(last),
    }
}

/// Stages that become images: those that builds select, and the last one.
pub(crate) fn image_stages(cx: &Cx<'_>, dockerfile: &Dockerfile) -> BTreeSet<StageId> {
    let selected = pushes(cx, dockerfile)
        .filter_map(|it| dockerfile.stage(it.target.as_deref()?).map(|(stage, _)| stage));
    let last = dockerfile.stages.len().checked_sub(1).map(StageId);
    selected.chain(last).collect()
}

/// Image builds that use a Dockerfile.
pub(crate) fn pushes<'p>(
    cx: &Cx<'p>,
    dockerfile: &Dockerfile,
) -> impl Iterator<Item = &'p ImagePush> + use<'p> {
    let path = dockerfile.path.clone();
    cx.project.pushes.iter().filter(move |it| it.dockerfile.as_deref() == Some(&*path))
}

/// The platforms that build files list for a Dockerfile's image; empty when none does.
pub(crate) fn listed_platforms<'p>(
    cx: &Cx<'p>,
    dockerfile: &Dockerfile,
) -> &'p [(Platform, Place)] {
    match cx.project.images.get(&dockerfile.id) {
        Some(link) if link.platforms_explicit => &link.platforms,
        _ => &[],
    }
}

/// Whether a stage's name says that it is for development, tests or debugging.
pub(crate) fn is_development(stage: &Stage) -> bool {
    let Some(name) = &stage.name else { return false };
    name.value.split(['-', '_', '.']).any(|it| {
        ["dev", "develop", "development", "test", "debug", "ci", "lint"]
            .iter()
            .any(|word| it.eq_ignore_ascii_case(word))
    })
}

/// The `COPY --from` that brings what a stage made into a later one.
pub(crate) fn copy_from(dockerfile: &Dockerfile, stage: StageId) -> Option<&CopyInstruction> {
    let later = dockerfile.stages.iter().skip(stage.0 + 1);
    later.flat_map(Stage::copies).find(|copy| {
        let from = copy.from.as_ref().and_then(|it| dockerfile.stage(&it.value));
        from.is_some_and(|(from, _)| from == stage)
    })
}

/// The program a build is for, when it is one.
pub(crate) fn program_of<'p>(cx: &Cx<'p>, build: &Build) -> Option<&'p Program> {
    match &*build.programs {
        [only] => Some(cx.project.program(*only)),
        _ => None,
    }
}

/// Whether a build links statically, or may: the caller gives linker flags that are not known.
pub(crate) fn may_be_static(build: &Build) -> bool {
    let may_hold_flags = |text: &str| {
        let mut words = text.split_whitespace().peekable();
        let mut found = false;
        while let Some(word) = words.next() {
            if word == "-X" {
                words.next();
            }
            found |= word.starts_with("${");
        }
        found
    };
    let unknown = match &build.ldflags {
        FlagValue::Unresolved(_) => true,
        FlagValue::Known(flags) => may_hold_flags(&flags.value),
        FlagValue::Absent => false,
    };
    build.static_flags || build.flags_unresolved || unknown
}

/// Whether `net` or `os/user`, whose cgo variants call libc, are part of a program.
pub(crate) fn resolves_names(program: &Program) -> bool {
    !program.servers.is_empty()
        || program.imports_any(&["net", "os/user", "google.golang.org/grpc"])
}

/// What a build makes, for messages: the program's name, or the output's.
pub(crate) fn product(cx: &Cx<'_>, build: &Build) -> String {
    if let Some(program) = program_of(cx, build) {
        return format!("`{}`", program.name());
    }
    let output = build.output.as_ref().map(|it| it.value.trim_end_matches('/'));
    match output.and_then(|it| it.rsplit('/').next()).filter(|it| !it.contains("${")) {
        Some(name) if !name.is_empty() => format!("`{name}`"),
        _ => "the program".to_owned(),
    }
}

/// Whether a build is one that people ship, made from the repository's own source.
pub(crate) fn is_shipped(build: &Build) -> bool {
    build.shipped && !build.debug && !build.programs.is_empty()
}

/// The one place of a build a reader edits: `go build`, without the rest of a long command.
pub(crate) fn command_place(build: &Build) -> Place {
    match build.flags_at {
        Some(end) if end.at.start >= build.place.at.start => {
            build.place.slice(build.place.at.start as usize, end.at.start as usize)
        }
        _ => build.place,
    }
}

/// Whether a path or name holds an architecture: one file for each is a choice.
pub(crate) fn names_architecture(text: &str) -> bool {
    text.split(['/', '-', '.', '_', ':']).any(|it| goready_model::architecture(it).is_some())
        || text.contains("x86_64")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(image: &str) -> Option<(&'static str, bool, Libc)> {
        let name = ImageName::parse(image);
        let row = BaseImage::of(&name)?;
        Some((row.user(&name.tag), row.has_shell(&name.tag), row.libc))
    }

    #[test]
    fn every_row_of_the_table_is_read() {
        let rows = include_str!("../data/base_images.toml").matches("[[image]]").count();
        assert!(rows > 20);
        assert_eq!(BASE_IMAGES.len(), rows);
    }

    #[test]
    fn tags_decide_user_and_shell() {
        for (image, expected) in [
            ("gcr.io/distroless/static-debian12:nonroot", Some(("65532", false, Libc::None))),
            ("gcr.io/distroless/static", Some(("0", false, Libc::None))),
            ("gcr.io/distroless/base:debug", Some(("0", true, Libc::Glibc))),
            ("docker.io/library/alpine:3.22", Some(("0", true, Libc::Musl))),
            ("registry.access.redhat.com/ubi9/go-toolset:1", Some(("1001", true, Libc::Glibc))),
            ("registry.access.redhat.com/ubi9-minimal", Some(("0", true, Libc::Glibc))),
            ("acme/base:1", None),
        ] {
            assert_eq!(base(image), expected, "{image}");
        }
    }

    #[test]
    fn architectures_are_found_in_names() {
        for (name, expected) in [
            ("Dockerfile.arm64", true),
            ("bin/api-linux-amd64", true),
            ("bin/linux_x86_64/api", true),
            ("bin/api", false),
            ("charm/api", false),
        ] {
            assert_eq!(names_architecture(name), expected, "{name}");
        }
    }
}
