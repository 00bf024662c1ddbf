//! Runs a Dockerfile on paper: where each path of each stage comes from, and which builds make
//! what the image ships.

use std::collections::BTreeSet;

use goready_model::{
    Build, CopyInstruction, Dockerfile, FileId, ImageName, Instruction, Located, RunCommand, Stage,
    StageBase, StageId,
};
use goready_parse::build::{expand::may_equal, go_command::Toolchain};

use super::{
    paths::{self, below, join, under},
    programs::Programs,
    repository::Repository,
    shell::{Event, Found, Shell, World},
};

/// Stages and copies inside each other that are followed.
const MAX_DEPTH: usize = 16;

/// A Dockerfile with the content of its stages.
#[derive(Debug, Clone)]
pub(in crate::link) struct ImageRun {
    pub(in crate::link) stages: Vec<StageRun>,
}

/// What a stage holds in the end.
#[derive(Debug, Clone, Default)]
pub(in crate::link) struct StageRun {
    /// In the order they came; a later one hides an earlier one.
    entries: Vec<Entry>,
    /// The working directory.
    pub(in crate::link) directory: String,
    go_env: std::collections::BTreeMap<String, Located<String>>,
    toolchain: Toolchain,
    is_golang: bool,
}

#[derive(Debug, Clone)]
enum Entry {
    Copied { path: String, kind: Kind, source: Source },
    Built { path: String, is_directory: bool, build: usize },
    Stripped { path: String },
}

/// What is known about a copied source.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
    /// One of both; the name it has when it is a file in a directory.
    Unknown(String),
}

#[derive(Debug, Clone)]
enum Source {
    /// A path of the repository.
    Context(String),
    Stage(usize, String),
    /// Another image, an address, a here document.
    Elsewhere,
}

/// Where a path of an image comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::link) enum Origin {
    /// Index into the builds.
    Build(usize),
    /// A path of the repository, as the shell knows it.
    Context(String),
}

/// What evaluating a Dockerfile needs besides it.
pub(super) struct Site<'s> {
    pub(super) repository: &'s Repository<'s>,
    pub(super) programs: &'s Programs<'s>,
    /// The build context, a path of the repository.
    pub(super) context: String,
    /// Files the context leaves out are still there: `.dockerignore` is not applied.
    pub(super) dockerfile: &'s Dockerfile,
}

/// Runs all stages; builds are appended to `builds`.
pub(super) fn run(site: &Site<'_>, builds: &mut Vec<Build>) -> ImageRun {
    let mut image = ImageRun { stages: Vec::new() };
    for (index, stage) in site.dockerfile.stages.iter().enumerate() {
        let mut state = base_state(&image, site, stage);
        state.toolchain.on_build_platform =
            stage.platform.as_ref().is_some_and(|it| it.value.contains("BUILDPLATFORM"))
                || state.toolchain.on_build_platform && matches!(stage.base, StageBase::Stage(_));
        image.stages.push(state);
        for instruction in &stage.instructions {
            match instruction {
                Instruction::Workdir(path) => {
                    if let Some(state) = image.stages.last_mut() {
                        state.directory = join(&state.directory, &path.value);
                    }
                }
                Instruction::Copy(copy) => copied(site, &mut image, index, copy),
                Instruction::Run(run) => ran(site, &mut image, index, run, builds),
                _ => {}
            }
        }
    }
    image
}

fn base_state(image: &ImageRun, site: &Site<'_>, stage: &Stage) -> StageRun {
    match &stage.base {
        StageBase::Stage(StageId(base)) => image.stages.get(*base).cloned().unwrap_or_default(),
        StageBase::Image(Some(name)) => {
            let name = ImageName::parse(name);
            let is_golang = name.is_golang();
            StageRun {
                directory: if is_golang { "/go".to_owned() } else { "/".to_owned() },
                toolchain: Toolchain {
                    // The Debian variants carry gcc, the Alpine ones do not
                    // (docker-library/golang, Dockerfile-linux.template).
                    c_compiler: is_golang.then(|| !name.tag.contains("alpine")),
                    on_build_platform: false,
                },
                is_golang,
                ..StageRun::default()
            }
        }
        StageBase::Image(None) => chosen_stages(image, site, stage),
        StageBase::Scratch => StageRun { directory: "/".to_owned(), ..StageRun::default() },
    }
}

/// `FROM image-${TARGETARCH}`: the content of every stage that the name may mean.
fn chosen_stages(image: &ImageRun, site: &Site<'_>, stage: &Stage) -> StageRun {
    let wanted =
        stage.base_text.value.to_ascii_lowercase().replace("${targetarch}", "${TARGETARCH}");
    let mut found: Option<StageRun> = None;
    for (other, state) in site.dockerfile.stages.iter().zip(&image.stages) {
        let Some(name) = &other.name else { continue };
        if !may_equal(&name.value.to_ascii_lowercase(), &wanted) {
            continue;
        }
        match &mut found {
            None => found = Some(state.clone()),
            Some(found) => found.entries.extend(state.entries.iter().cloned()),
        }
    }
    found.unwrap_or_else(|| StageRun { directory: "/".to_owned(), ..StageRun::default() })
}

fn copied(site: &Site<'_>, image: &mut ImageRun, index: usize, copy: &CopyInstruction) {
    let Some(state) = image.stages.get(index) else { return };
    let destination = join(&state.directory, &copy.destination.value);
    let into_directory = copy.destination.value.ends_with('/')
        || matches!(copy.destination.value.as_str(), "." | "..")
        || copy.sources.len() > 1;
    let from = copy.from.as_ref().map(|it| {
        let stages = site.dockerfile.stages.get(..index).unwrap_or(&[]);
        let named = stages.iter().rposition(|stage| {
            stage.name.as_ref().is_some_and(|name| name.value.eq_ignore_ascii_case(&it.value))
        });
        named.or_else(|| it.value.parse().ok().filter(|at| *at < index))
    });
    let mut found = Vec::new();
    for source in &copy.sources {
        let (kind, origin) = match from {
            Some(Some(stage)) => {
                let path = join("/", &source.value);
                (image.kind(stage, &path), Source::Stage(stage, path))
            }
            Some(None) => (Kind::Unknown(base(&source.value)), Source::Elsewhere),
            None if source.value.contains("://") => {
                (Kind::Unknown(base(&source.value)), Source::Elsewhere)
            }
            None => {
                let path = join(&site.context, source.value.trim_start_matches('/'));
                (site.repository.kind_of(&path).into_kind(&path), Source::Context(path))
            }
        };
        let path = match &kind {
            // A directory's content is copied, not the directory.
            Kind::Directory => destination.clone(),
            Kind::File if into_directory => join(&destination, &base(&source.value)),
            Kind::File => destination.clone(),
            Kind::Unknown(_) => destination.clone(),
        };
        found.push(Entry::Copied { path, kind, source: origin });
    }
    if let Some(state) = image.stages.get_mut(index) {
        state.entries.extend(found);
    }
}

fn base(path: &str) -> String {
    paths::base_name(path).to_owned()
}

/// The files of a stage while one `RUN` runs.
struct StageWorld<'s> {
    site: &'s Site<'s>,
    image: &'s ImageRun,
    stage: usize,
    /// Bind mounts of this `RUN`.
    mounts: Vec<Entry>,
}

impl StageWorld<'_> {
    /// The path of the repository behind a path of the container.
    fn in_repository(&self, path: &str) -> Option<String> {
        let mounted = self.mounts.iter().rev().find_map(|it| it.source_of(path));
        let origin = match mounted {
            Some(source) => self.image.follow(&source, 0),
            None => self.image.origin(self.stage, path),
        };
        match origin {
            Some(Origin::Context(path)) => Some(path),
            Some(Origin::Build(_)) => None,
            None => self.above_copies(path),
        }
    }

    /// A directory that was not copied itself, but holds what was: after `COPY cmd /src/cmd` the
    /// directory `/src` is the context.
    fn above_copies(&self, path: &str) -> Option<String> {
        let entries = self.image.stages.get(self.stage).map_or(&[][..], |it| &it.entries);
        entries.iter().rev().find_map(|entry| {
            let Entry::Copied { path: to, source: Source::Context(from), .. } = entry else {
                return None;
            };
            let rest = below(to, path).filter(|it| !it.is_empty())?;
            let above = from.strip_suffix(rest)?.strip_suffix('/')?;
            (!above.is_empty()).then(|| above.to_owned())
        })
    }
}

impl World for StageWorld<'_> {
    fn recipes(&self, path: &str) -> Vec<Found<'_>> {
        let Some(source) = self.in_repository(path) else { return Vec::new() };
        let mut found = self.site.repository.recipes(&source);
        // What the unknown part stands for in the repository, it stands for in the container: both
        // paths end alike.
        let tail = common_tail(path, &source);
        for it in &mut found {
            if let Some(end) = it.path.get(source.len() - tail..) {
                it.path = format!("{}{end}", &path[..path.len() - tail]);
            }
        }
        found
    }

    fn listing(&self, directory: &str, pattern: &str) -> Vec<String> {
        let directory = self.in_repository(directory);
        directory.map_or_else(Vec::new, |it| self.site.repository.listing(&it, pattern))
    }
}

/// Bytes that two texts have in common at their end.
fn common_tail(left: &str, right: &str) -> usize {
    let pairs = left.bytes().rev().zip(right.bytes().rev());
    let mut length = pairs.take_while(|(left, right)| left == right).count();
    while !left.is_char_boundary(left.len() - length)
        || !right.is_char_boundary(right.len() - length)
    {
        length -= 1;
    }
    length
}

fn ran(
    site: &Site<'_>,
    image: &mut ImageRun,
    index: usize,
    run: &RunCommand,
    builds: &mut Vec<Build>,
) {
    let Some(state) = image.stages.get(index).cloned() else { return };
    let world = StageWorld { site, image, stage: index, mounts: mounts(site, image, index, run) };
    let mut shell = Shell::new(&world, site.dockerfile.file, &state.directory);
    shell.go_env.clone_from(&state.go_env);
    shell.toolchain = state.toolchain;
    if state.is_golang {
        // docker-library/golang sets it.
        shell.export("GOPATH", &Located::new("/go".to_owned(), run.place));
    }
    for (name, value) in &run.environment {
        shell.export(name, value);
    }
    shell.run(&run.script);
    let (events, go_env, toolchain) =
        (std::mem::take(&mut shell.events), std::mem::take(&mut shell.go_env), shell.toolchain);
    drop(shell);
    let mut entries = Vec::new();
    for event in events {
        match event {
            // A compile check is no build.
            Event::Build { build, .. } if build.discarded => {}
            Event::Build { build, directory } => {
                let mut build = *build;
                let directory = join(&directory, build.dir.as_deref().unwrap_or("."));
                let repository = world.in_repository(&directory);
                // Before modules an import path was a directory of GOPATH.
                let in_gopath = |package: &str| world.in_repository(&join("/go/src", package));
                site.programs.resolve(&mut build, repository.as_deref(), &in_gopath);
                build.stage = Some((site.dockerfile.id, StageId(index)));
                build.go_mod = go_mod(&world, &directory);
                if build.file != site.dockerfile.file {
                    build.via.insert(0, run.place);
                    build.via.dedup();
                }
                if let Some((path, is_directory)) = site.programs.output(&build, &directory) {
                    entries.push(Entry::Built { path, is_directory, build: builds.len() });
                }
                builds.push(build);
            }
            Event::Copy { from, to } => entries.push(Entry::Copied {
                path: to,
                kind: Kind::Unknown(base(&from)),
                source: Source::Stage(index, from),
            }),
            Event::Strip { path } => entries.push(Entry::Stripped { path }),
            Event::Image(_) | Event::List(_) | Event::Push { .. } | Event::Tag { .. } => {}
        }
    }
    drop(world);
    if let Some(state) = image.stages.get_mut(index) {
        state.entries.extend(entries);
        state.go_env = go_env;
        state.toolchain = toolchain;
    }
    image.apply_strips(index, builds);
}

/// The go.mod that the go command finds from a directory upwards.
fn go_mod(world: &StageWorld<'_>, directory: &str) -> Option<FileId> {
    let mut directory = directory.to_owned();
    loop {
        let path = world.in_repository(&join(&directory, "go.mod"));
        if let Some(file) = path.and_then(|it| world.site.repository.file(&it)) {
            return Some(file);
        }
        if directory == "/" {
            return None;
        }
        directory = paths::parent(&directory);
    }
}

/// Bind mounts of a `RUN`: `type` is `bind` when it is not given.
fn mounts(site: &Site<'_>, image: &ImageRun, index: usize, run: &RunCommand) -> Vec<Entry> {
    let directory = image.stages.get(index).map_or("/", |it| it.directory.as_str());
    let mut found = Vec::new();
    for mount in &run.mounts {
        let option = |names: &[&str]| {
            mount.value.split(',').find_map(|it| {
                let (name, value) = it.split_once('=')?;
                names.contains(&name).then_some(value)
            })
        };
        if option(&["type"]).is_some_and(|it| it != "bind") {
            continue;
        }
        let Some(target) = option(&["target", "dst", "destination"]) else { continue };
        let path = option(&["source", "src"]).unwrap_or(".");
        let stage = option(&["from"]).map(|name| {
            site.dockerfile.stages.iter().rposition(|stage| {
                stage.name.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(name))
            })
        });
        let (kind, source) = match stage {
            Some(Some(stage)) => {
                let path = join("/", path);
                (image.kind(stage, &path), Source::Stage(stage, path))
            }
            Some(None) => (Kind::Directory, Source::Elsewhere),
            None => {
                let path = join(&site.context, path);
                (site.repository.kind_of(&path).into_kind(&path), Source::Context(path))
            }
        };
        found.push(Entry::Copied { path: join(directory, target), kind, source });
    }
    found
}

/// What the repository says about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathKind {
    Directory,
    File,
    /// Made later, or matched by a pattern.
    Unknown,
}

impl PathKind {
    fn into_kind(self, path: &str) -> Kind {
        match self {
            Self::Directory => Kind::Directory,
            Self::File => Kind::File,
            Self::Unknown => Kind::Unknown(base(path)),
        }
    }
}

impl Entry {
    /// The source of a path that this copy brought.
    fn source_of(&self, path: &str) -> Option<Source> {
        let Self::Copied { path: to, kind, source } = self else { return None };
        let rest = match kind {
            Kind::Directory => below(path, to)?,
            Kind::File => may_equal(path, to).then_some("")?,
            Kind::Unknown(name) => match below(path, to)? {
                rest if may_equal(rest, name) => "",
                rest => rest,
            },
        };
        Some(match source {
            Source::Context(from) => Source::Context(under(from, rest)),
            Source::Stage(stage, from) => Source::Stage(*stage, under(from, rest)),
            Source::Elsewhere => Source::Elsewhere,
        })
    }
}

impl ImageRun {
    /// Where a path of a stage comes from.
    pub(in crate::link) fn origin(&self, stage: usize, path: &str) -> Option<Origin> {
        self.origin_before(stage, path, usize::MAX, 0)
    }

    fn origin_before(
        &self,
        stage: usize,
        path: &str,
        before: usize,
        depth: usize,
    ) -> Option<Origin> {
        if depth > MAX_DEPTH {
            return None;
        }
        let entries = &self.stages.get(stage)?.entries;
        let count = entries.len().min(before);
        for (index, entry) in entries.iter().enumerate().take(count).rev() {
            match entry {
                Entry::Built { path: output, is_directory, build } => {
                    let hit = if *is_directory {
                        below(path, output).is_some_and(|it| !it.is_empty() && !it.contains('/'))
                    } else {
                        may_equal(path, output)
                    };
                    if hit {
                        return Some(Origin::Build(*build));
                    }
                }
                Entry::Stripped { .. } => {}
                Entry::Copied { .. } => match entry.source_of(path) {
                    None => {}
                    // What a stage copies within itself was there before.
                    Some(Source::Stage(from, path)) if from == stage => {
                        return self.origin_before(stage, &path, index, depth + 1);
                    }
                    Some(source) => return self.follow(&source, depth),
                },
            }
        }
        None
    }

    fn follow(&self, source: &Source, depth: usize) -> Option<Origin> {
        match source {
            Source::Context(path) => Some(Origin::Context(path.clone())),
            Source::Stage(stage, path) => self.origin_before(*stage, path, usize::MAX, depth + 1),
            Source::Elsewhere => None,
        }
    }

    /// Whether a path of a stage is a file, a directory, or not known.
    fn kind(&self, stage: usize, path: &str) -> Kind {
        let entries = self.stages.get(stage).map_or(&[][..], |it| &it.entries);
        for entry in entries.iter().rev() {
            match entry {
                Entry::Built { path: output, is_directory, .. } => {
                    if *is_directory && below(output, path).is_some() {
                        return Kind::Directory;
                    }
                    match below(output, path) {
                        Some("") => return Kind::File,
                        Some(_) => return Kind::Directory,
                        None => {}
                    }
                }
                Entry::Copied { path: to, .. } => {
                    if below(to, path).is_some_and(|it| !it.is_empty()) {
                        return Kind::Directory;
                    }
                }
                Entry::Stripped { .. } => {}
            }
        }
        Kind::Unknown(base(path))
    }

    /// Builds whose output a stage holds, and paths of the repository that it copies.
    pub(in crate::link) fn content(&self, stage: usize) -> (BTreeSet<usize>, Vec<String>) {
        let mut builds = BTreeSet::new();
        let mut context = Vec::new();
        self.collect(stage, "/", &mut builds, &mut context, 0);
        (builds, context)
    }

    /// Everything at or below a path, newest first; what lies exactly there hides what was before.
    fn collect(
        &self,
        stage: usize,
        path: &str,
        builds: &mut BTreeSet<usize>,
        context: &mut Vec<String>,
        depth: usize,
    ) {
        let Some(state) = self.stages.get(stage).filter(|_| depth <= MAX_DEPTH) else { return };
        for entry in state.entries.iter().rev() {
            match entry {
                Entry::Stripped { .. } => {}
                Entry::Built { path: output, is_directory, build } => {
                    if below(output, path).is_some() {
                        builds.insert(*build);
                        if !is_directory && may_equal(output, path) {
                            return;
                        }
                    } else if *is_directory && below(path, output).is_some() {
                        builds.insert(*build);
                    }
                }
                Entry::Copied { path: to, source, .. } => {
                    let inner = entry.source_of(path);
                    let source = match &inner {
                        Some(source) => source,
                        None if below(to, path).is_some() => source,
                        None => continue,
                    };
                    match source {
                        Source::Context(path) => context.push(path.clone()),
                        Source::Stage(from, path) => {
                            self.collect(*from, path, builds, context, depth + 1);
                        }
                        Source::Elsewhere => {}
                    }
                    if inner.is_some() && path != "/" {
                        return;
                    }
                }
            }
        }
    }

    /// A binary that is stripped later in its stage has no symbol table.
    fn apply_strips(&self, stage: usize, builds: &mut [Build]) {
        let Some(state) = self.stages.get(stage) else { return };
        for entry in &state.entries {
            if let Entry::Stripped { path } = entry
                && let Some(Origin::Build(build)) = self.origin(stage, path)
                && let Some(build) = builds.get_mut(build)
            {
                build.stripped = Some(true);
            }
        }
    }
}
