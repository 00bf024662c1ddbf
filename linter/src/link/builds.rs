//! Effective builds: make targets and scripts resolved, builds joined with stages and programs.
//!
//! Jobs, Makefiles and scripts are run on paper ([`shell`]), then every Dockerfile with its
//! context ([`stage`]). A build is shipped when its output lies in a stage that becomes an image,
//! or when a release tool packs it; everything else is a compile check or a developer's target.

mod container;
mod docker;
mod host;
mod ko;
mod paths;
mod programs;
mod pushes;
mod repository;
mod shell;
mod stage;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{
    Build, BuildId, BuildTool, Dockerfile, DockerfileId, FileId, ImagePush, PlatformArgument,
    Project, Span, Stage, StageBase,
};
use goready_parse::{
    Source,
    build::expand::{is_resolved, may_equal},
};

use self::{
    host::HostBuild,
    paths::{below, in_repository, of_repository},
    programs::Programs,
    repository::{Repository, is_vendored},
    stage::Site,
};
pub(super) use self::{
    paths::{base_name, join},
    stage::{ImageRun, Origin},
};
use super::Input;

/// What `images` needs to follow an entry point to its program.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    /// One a Dockerfile, in the project's order.
    pub(super) images: Vec<ImageRun>,
    /// The context of each Dockerfile, relative to the project root.
    pub(super) contexts: Vec<String>,
    /// Project build of each build that an [`Origin`] names.
    pub(super) canonical: Vec<BuildId>,
    /// Paths of the repository that builds write: build, path, and whether that is a directory.
    pub(super) outputs: Vec<(BuildId, String, bool)>,
}

/// Fills Dockerfiles, builds and pushes.
pub(super) fn link(input: &Input<'_>, project: &mut Project) -> Evaluated {
    for file in input.files {
        if let Some(dockerfile) = &file.facts.dockerfile
            && !is_vendored(file.path)
        {
            let id = DockerfileId(project.dockerfiles.len() as u32);
            let path = file.path.to_owned();
            project.dockerfiles.push(Dockerfile { id, path, ..dockerfile.clone() });
        }
    }
    let repository = Repository::new(input);
    let programs = Programs { all: &project.programs, go_mods: &project.go_mods };
    let mut host = host::run(input, &repository, &programs);
    let pushes = pushes::collect(input, std::mem::take(&mut host.images));
    give_arguments(input, &pushes, &mut project.dockerfiles);
    let own = input.files.iter().filter(|it| !is_vendored(it.path));
    let declared = own.flat_map(|it| it.facts.builds.iter().map(move |b| (it, b)));
    for (file, build) in declared {
        let mut build = build.clone();
        let base = paths::parent(&of_repository(file.path));
        let directory = join(&base, build.dir.as_deref().unwrap_or("."));
        programs.resolve(&mut build, Some(&directory), &|_| None);
        // promu writes to a fixed directory, goreleaser mostly to one for each target: its and
        // ko's images know their binaries.
        let output = build.output.as_ref().filter(|it| match build.tool {
            BuildTool::Promu => true,
            BuildTool::Goreleaser => it.value.contains('/'),
            _ => false,
        });
        let output = output.map(|it| (join(&base, &it.value), false));
        host.builds.push(HostBuild { build, output });
    }
    host.builds.extend(ko::builds(project, &pushes, &host.builds));

    let mut builds = Vec::new();
    let mut evaluated = Evaluated::default();
    for dockerfile in &project.dockerfiles {
        let context = context(dockerfile, &pushes, &repository);
        let site = Site {
            repository: &repository,
            programs: &programs,
            context: of_repository(&context),
            dockerfile,
        };
        evaluated.images.push(stage::run(&site, &mut builds));
        evaluated.contexts.push(context);
    }
    let mut outputs: Vec<(usize, String, bool)> = Vec::new();
    for HostBuild { build, output } in host.builds {
        outputs.extend(output.map(|(path, is_directory)| (builds.len(), path, is_directory)));
        builds.push(build);
    }
    mark_shipped(project, &evaluated, &pushes, &mut builds, &outputs);
    let canonical = merge(builds, &mut project.builds);
    evaluated.outputs = outputs
        .into_iter()
        .filter_map(|(build, path, is_directory)| {
            Some((*canonical.get(build)?, path, is_directory))
        })
        .collect();
    evaluated.canonical = canonical;
    project.pushes = pushes;
    evaluated
}

/// Reads the Dockerfiles again whose arguments some build sets: what follows from a default is not
/// what is built then.
fn give_arguments(input: &Input<'_>, pushes: &[ImagePush], dockerfiles: &mut [Dockerfile]) {
    for dockerfile in dockerfiles {
        let own = pushes.iter().filter(|it| it.dockerfile.as_deref() == Some(&*dockerfile.path));
        let given: BTreeSet<&str> = own.flat_map(|it| &it.arguments).map(String::as_str).collect();
        let in_stages = dockerfile.stages.iter().flat_map(Stage::arguments);
        let defaults =
            |it: &PlatformArgument| it.default.is_some() && given.contains(it.name.value.as_str());
        if !dockerfile.global_arguments.iter().chain(in_stages).any(defaults) {
            continue;
        }
        let Some(file) = input.sources.get(dockerfile.file) else { continue };
        let source =
            Source { file: dockerfile.file, path: &file.path, text: &file.text, lossy: file.lossy };
        let (id, path) = (dockerfile.id, std::mem::take(&mut dockerfile.path));
        *dockerfile =
            Dockerfile { id, path, ..goready_parse::dockerfile::parse_given(&source, &given) };
    }
}

/// The directory a Dockerfile is built in: as declared, else the one that has what it copies.
fn context(dockerfile: &Dockerfile, pushes: &[ImagePush], repository: &Repository<'_>) -> String {
    let declared = pushes
        .iter()
        .filter(|it| it.dockerfile.as_deref() == Some(&dockerfile.path))
        .find_map(|it| it.context.clone());
    if let Some(context) = declared {
        return context;
    }
    let own = dockerfile.path.rsplit_once('/').map_or(".", |(dir, _)| dir);
    let mut candidates = vec![own.to_owned()];
    let mut dir = own;
    while dir != "." {
        dir = dir.rsplit_once('/').map_or(".", |(parent, _)| parent);
        candidates.push(dir.to_owned());
    }
    let sources: Vec<&str> = dockerfile
        .stages
        .iter()
        .flat_map(|it| it.copies())
        .filter(|it| it.from.is_none())
        .flat_map(|it| it.sources.iter().map(|it| it.value.as_str()))
        .filter(|it| is_resolved(it) && !matches!(*it, "." | "./" | "/"))
        .collect();
    let hits = |dir: &str| {
        let base = of_repository(dir);
        let known = |it: &&&str| {
            let path = join(&base, it.trim_start_matches('/'));
            repository.kind_of(&path) != stage::PathKind::Unknown
        };
        let module = repository.kind_of(&join(&base, "go.mod")) == stage::PathKind::File;
        (sources.iter().filter(known).count(), usize::from(module))
    };
    // The nearest directory wins a tie.
    let best = candidates.iter().rev().max_by_key(|it| hits(it));
    best.cloned().unwrap_or_else(|| own.to_owned())
}

/// Marks the builds whose output an image or a release holds.
fn mark_shipped(
    project: &Project,
    evaluated: &Evaluated,
    pushes: &[ImagePush],
    builds: &mut [Build],
    outputs: &[(usize, String, bool)],
) {
    for build in builds.iter_mut() {
        build.shipped = matches!(build.tool, BuildTool::Goreleaser | BuildTool::Ko);
        build.feeds_image = build.tool == BuildTool::Ko;
    }
    for (dockerfile, image) in project.dockerfiles.iter().zip(&evaluated.images) {
        let of_dockerfile = || {
            pushes.iter().filter(|it| it.dockerfile.as_deref() == Some(dockerfile.path.as_str()))
        };
        let released = of_dockerfile().any(|it| it.source == GORELEASER);
        let mut stages: Vec<usize> = of_dockerfile()
            .filter_map(|it| dockerfile.stage(it.target.as_deref()?).map(|(id, _)| id.0))
            .collect();
        stages.extend(dockerfile.stages.len().checked_sub(1));
        let ships = !dockerfile.development || of_dockerfile().any(|it| it.push);
        for stage in stages {
            let (fed, copied) = image.content(stage);
            let from_host = outputs.iter().filter(|(_, output, is_directory)| {
                copied.iter().any(|path| {
                    below(output, path).is_some_and(|it| it.is_empty() || is_artifacts(path))
                        || (*is_directory && below(path, output).is_some())
                })
            });
            let mut found: Vec<usize> = fed.into_iter().collect();
            found.extend(from_host.map(|(build, ..)| *build));
            if found.is_empty() {
                found = artefacts(&copied, builds, outputs);
            }
            if released {
                // Its context is a directory of its own, with the binaries by name.
                found.extend(builds.iter().enumerate().filter_map(|(index, build)| {
                    let name = base_name(&build.output.as_ref()?.value).to_owned();
                    let fits = copied.iter().any(|it| may_equal(base_name(it), &name));
                    (build.tool == BuildTool::Goreleaser && fits).then_some(index)
                }));
            }
            for build in found {
                if let Some(build) = builds.get_mut(build)
                    && may_run_in(dockerfile, stage, build)
                {
                    build.feeds_image = true;
                    build.shipped |= ships;
                }
            }
        }
    }
}

/// Whether an image of a stage can run what a build makes: a directory of binaries holds those for
/// other systems too.
fn may_run_in(dockerfile: &Dockerfile, stage: usize, build: &Build) -> bool {
    let Some(system) = build.goos.known() else { return true };
    match system.value.as_str() {
        "darwin" | "freebsd" | "netbsd" | "openbsd" => false,
        "windows" => dockerfile.stages.get(stage).is_none_or(|it| match &it.base {
            StageBase::Image(Some(name)) => {
                ["windows", "nanoserver", "servercore"].iter().any(|it| name.contains(it))
                    || !is_resolved(name)
            }
            StageBase::Scratch => false,
            StageBase::Image(None) | StageBase::Stage(_) => true,
        }),
        _ => true,
    }
}

/// Builds whose output has the name of a file that an image copies, when no path leads to it: some
/// script puts the context together.
fn artefacts(copied: &[String], builds: &[Build], outputs: &[(usize, String, bool)]) -> Vec<usize> {
    outputs
        .iter()
        .filter(|(build, output, is_directory)| {
            let program = builds.get(*build).is_some_and(|it| !it.programs.is_empty());
            program && !is_directory && copied.iter().any(|it| is_artefact(output, it))
        })
        .map(|(build, ..)| *build)
        .collect()
}

/// Whether an output is a copied file by its name: `controller`, `controller-linux-amd64`.
pub(super) fn is_artefact(output: &str, copied: &str) -> bool {
    let (output, name) = (base_name(output), base_name(copied));
    if name.is_empty() || name == "." || !is_resolved(name) {
        return false;
    }
    let Some(rest) = output.strip_prefix(name) else { return false };
    rest.is_empty()
        || rest.starts_with(['-', '_', '.'])
            && rest.split(['-', '_', '.']).filter(|it| !it.is_empty()).all(is_platform_word)
}

fn is_platform_word(word: &str) -> bool {
    !is_resolved(word)
        || matches!(
            word,
            "linux"
                | "amd64"
                | "arm64"
                | "arm"
                | "armv7"
                | "armv6"
                | "386"
                | "ppc64le"
                | "s390x"
                | "riscv64"
                | "x86"
                | "64"
                | "v7"
                | "v6"
        )
}

/// Evidence of pushes that goreleaser makes.
pub(super) const GORELEASER: &str = "goreleaser";

/// Whether a copied directory is one of built files, not of sources.
fn is_artifacts(path: &str) -> bool {
    let name = base_name(path);
    in_repository(path).is_some_and(|it| it != ".")
        && matches!(
            name,
            "bin"
                | "dist"
                | "build"
                | "out"
                | "output"
                | "_output"
                | "release"
                | "target"
                | "artifacts"
        )
}

/// Moves the builds into the project, those of one place as one: a loop or matrix builds for
/// several architectures, a target is made by several Dockerfiles.
fn merge(builds: Vec<Build>, merged: &mut Vec<Build>) -> Vec<BuildId> {
    let mut by_place: BTreeMap<(FileId, Span, Option<String>), usize> = BTreeMap::new();
    let mut canonical = Vec::new();
    for build in builds {
        let key = (build.file, build.place.at, declared_key(&build));
        let index = *by_place.entry(key).or_insert(merged.len());
        match merged.get_mut(index) {
            None => merged.push(Build { id: BuildId(index as u32), ..build }),
            Some(before) => absorb(before, build),
        }
        canonical.push(BuildId(index as u32));
    }
    // One value that a caller may replace is no list of architectures.
    for build in merged.iter_mut().filter(|it| it.goarch_open && it.goarch.len() == 1) {
        build.goarch.clear();
    }
    canonical
}

/// Builds of one configuration entry differ in their output.
fn declared_key(build: &Build) -> Option<String> {
    (build.tool != BuildTool::Go).then(|| build.output.as_ref().map(|it| it.value.clone()))?
}

fn absorb(before: &mut Build, other: Build) {
    let mut architectures = before.goarch.clone();
    for arch in other.goarch.iter().cloned() {
        if !architectures.iter().any(|it| it.value == arch.value) {
            architectures.push(arch);
        }
    }
    let mut programs = before.programs.clone();
    programs.extend(other.programs.iter().copied().filter(|it| !before.programs.contains(it)));
    let (feeds_image, shipped) =
        (before.feeds_image || other.feeds_image, before.shipped || other.shipped);
    let open = other.goarch_open;
    // The variant that is shipped is the one to judge.
    if other.feeds_image && !before.feeds_image {
        let id = before.id;
        *before = Build { id, ..other };
    }
    before.goarch = architectures;
    before.programs = programs;
    before.goarch_open |= open;
    before.feeds_image = feeds_image;
    before.shipped = shipped;
}
