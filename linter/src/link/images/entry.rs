//! From what an image starts to the main package: ENTRYPOINT, CMD, wrappers, scripts, copies and
//! builds, backwards.

use goready_model::{
    BuildId, BuildTool, Dockerfile, EntryScript, Evidence, Link, Place, ProgramId, Project, Script,
    Stage, StageBase,
};
use goready_parse::build::expand::{is_resolved, may_equal};

use crate::link::{
    Input,
    builds::{Evaluated, ImageRun, Origin, base_name, is_artefact, join},
};

/// What a container starts: words with the place that says so.
#[derive(Debug, Clone, Default)]
pub(super) struct Start {
    pub(super) words: Vec<String>,
    pub(super) place: Option<Place>,
}

/// Programs init processes and shells stand in front of.
const WRAPPERS: [&str; 9] =
    ["tini", "dumb-init", "catatonit", "s6-svscan", "gosu", "su-exec", "setpriv", "exec", "env"];

/// Directories of `PATH` in the usual base images.
const PATH: [&str; 7] =
    ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/go/bin"];

/// Looks for the programs of images.
pub(super) struct Entries<'e> {
    pub(super) input: &'e Input<'e>,
    pub(super) project: &'e Project,
    pub(super) evaluated: &'e Evaluated,
}

impl Entries<'_> {
    /// Programs that a stage of a Dockerfile runs, best first. `command` and `arguments` are the
    /// pod's, which replace ENTRYPOINT and CMD.
    pub(super) fn programs(
        &self,
        dockerfile: &Dockerfile,
        stage: usize,
        command: Option<&Start>,
        arguments: Option<&Start>,
    ) -> Vec<Link<ProgramId>> {
        if let Some(stated) = self.stated(dockerfile) {
            return vec![stated];
        }
        let index = dockerfile.id.0 as usize;
        let Some(image) = self.evaluated.images.get(index) else { return Vec::new() };
        let start = start(dockerfile, stage, command, arguments);
        let mut found = self.started(dockerfile, image, stage, &start, 0);
        if found.is_empty() {
            found = self.by_name(dockerfile, image, stage, &start);
        }
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.target.cmp(&b.target)));
        found.dedup_by_key(|it| it.target);
        found
    }

    /// A `[[link]]` entry that joins the Dockerfile itself with a program.
    fn stated(&self, dockerfile: &Dockerfile) -> Option<Link<ProgramId>> {
        let entry = self.input.overrides.iter().find(|it| {
            it.image.value.is_empty()
                && it.dockerfile.as_ref().is_some_and(|it| it.value == dockerfile.path)
        })?;
        let dir = entry.program.as_ref()?;
        let program = self.project.programs.iter().find(|it| it.dir == program_dir(&dir.value))?;
        let text = "`[[link]]` says so".to_owned();
        let evidence = vec![Evidence { place: Some(dir.place), text }];
        Some(Link { target: program.id, confidence: 1.0, evidence })
    }

    #[expect(clippy::only_used_in_recursion, reason = "an image is told by its Dockerfile")]
    fn started(
        &self,
        dockerfile: &Dockerfile,
        image: &ImageRun,
        stage: usize,
        start: &Start,
        depth: usize,
    ) -> Vec<Link<ProgramId>> {
        let words = without_wrappers(&start.words);
        let Some((first, rest)) = words.split_first() else { return Vec::new() };
        if depth > 4 {
            return Vec::new();
        }
        let Some(state) = image.stages.get(stage) else { return Vec::new() };
        let paths: Vec<String> = if first.contains('/') {
            vec![join(&state.directory, first)]
        } else {
            let mut paths: Vec<_> = PATH.iter().map(|it| join(it, first)).collect();
            paths.push(join(&state.directory, first));
            paths
        };
        let next = Start { words: rest.to_vec(), place: start.place };
        for path in paths {
            let programs = match image.origin(stage, &path) {
                None => continue,
                Some(Origin::Build(build)) => {
                    let id = self.evaluated.canonical.get(build).copied();
                    id.map(|id| self.of_builds(&[id], &path, start.place)).unwrap_or_default()
                }
                Some(Origin::Context(source)) => {
                    if let Some(script) = self.script(&source) {
                        let start = script_start(script, &next);
                        return self.started(dockerfile, image, stage, &start, depth + 1);
                    }
                    let writers = self.writers(&source);
                    if writers.is_empty() {
                        self.of_artefacts(&source, &path, start.place)
                    } else {
                        self.of_builds(&writers, &path, start.place)
                    }
                }
            };
            if programs.is_empty() {
                continue;
            }
            // A program may be a wrapper that starts its first argument.
            let mut programs = programs;
            if rest.first().is_some_and(|it| !it.starts_with('-')) {
                programs.extend(self.started(dockerfile, image, stage, &next, depth + 1));
            }
            return programs;
        }
        Vec::new()
    }

    /// The script of the repository that a stage starts.
    pub(super) fn entry_script(
        &self,
        dockerfile: &Dockerfile,
        stage: usize,
    ) -> Option<EntryScript> {
        let image = self.evaluated.images.get(dockerfile.id.0 as usize)?;
        let words = without_wrappers(&start(dockerfile, stage, None, None).words);
        let directory = &image.stages.get(stage)?.directory;
        let Some(Origin::Context(source)) = image.origin(stage, &join(directory, words.first()?))
        else {
            return None;
        };
        let script = self.script(&source)?.clone();
        Some(EntryScript { path: source.trim_start_matches("@/").to_owned(), script })
    }

    fn script(&self, path: &str) -> Option<&Script> {
        let path = path.strip_prefix("@/")?;
        let file = self.input.files.iter().find(|it| it.path == path)?;
        match &file.facts.recipes {
            Some(goready_model::Recipes::Script(script)) => Some(script),
            _ => None,
        }
    }

    /// Builds that write a path of the repository, or that a release tool puts into its context.
    fn writers(&self, path: &str) -> Vec<BuildId> {
        let name = base_name(path);
        let mut found: Vec<BuildId> = self
            .evaluated
            .outputs
            .iter()
            .filter(|(_, output, is_directory)| {
                if *is_directory {
                    path.rsplit_once('/').is_some_and(|(dir, _)| may_equal(dir, output))
                } else {
                    may_equal(path, output)
                }
            })
            .map(|(build, ..)| *build)
            .collect();
        let released = self.project.builds.iter().filter(|it| {
            it.tool == BuildTool::Goreleaser
                && it.feeds_image
                && it.output.as_ref().is_some_and(|it| may_equal(&it.value, name))
        });
        found.extend(released.map(|it| it.id));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Programs of builds whose output only has the name of the copied file.
    fn of_artefacts(&self, source: &str, path: &str, start: Option<Place>) -> Vec<Link<ProgramId>> {
        let named = self.evaluated.outputs.iter().filter(|(build, output, is_directory)| {
            let build = self.project.build(*build);
            !is_directory && !build.programs.is_empty() && is_artefact(output, source)
        });
        let mut builds: Vec<BuildId> = named.map(|(build, ..)| *build).collect();
        builds.dedup();
        let mut found = self.of_builds(&builds, path, start);
        for link in &mut found {
            link.confidence = link.confidence.min(0.8);
        }
        found
    }

    /// Programs of builds whose output is known to lie at `path`.
    fn of_builds(
        &self,
        builds: &[BuildId],
        path: &str,
        start: Option<Place>,
    ) -> Vec<Link<ProgramId>> {
        let name = base_name(path);
        let mut found: Vec<Link<ProgramId>> = Vec::new();
        for build in builds.iter().map(|it| self.project.build(*it)) {
            let named: Vec<ProgramId> = build
                .programs
                .iter()
                .copied()
                .filter(|it| self.project.program(*it).name() == name)
                .collect();
            let (programs, confidence) = match (&*build.programs, &*named) {
                ([_], _) => (&build.programs, 0.95),
                (_, [_]) => (&named, 0.95),
                _ => (&build.programs, 0.3),
            };
            for program in programs {
                if found.iter().any(|it| it.target == *program) {
                    continue;
                }
                let file = self.project.path(build.file);
                let dir = &self.project.program(*program).dir;
                let mut evidence = vec![Evidence {
                    place: Some(build.place),
                    text: format!("`{path}` is built from `{dir}` in {file}"),
                }];
                evidence.extend(start.map(|place| Evidence {
                    place: Some(place),
                    text: format!("the image starts `{path}`"),
                }));
                found.push(Link { target: *program, confidence, evidence });
            }
        }
        found
    }

    /// Without a chain of paths: the name of what is started, or the only candidate.
    fn by_name(
        &self,
        dockerfile: &Dockerfile,
        image: &ImageRun,
        stage: usize,
        start: &Start,
    ) -> Vec<Link<ProgramId>> {
        let words = without_wrappers(&start.words);
        let name = words.first().map_or("", |it| base_name(it));
        let (fed, _) = image.content(stage);
        let fed: Vec<BuildId> =
            fed.iter().filter_map(|it| self.evaluated.canonical.get(*it).copied()).collect();
        let mut candidates: Vec<ProgramId> =
            fed.iter().flat_map(|it| self.project.build(*it).programs.iter().copied()).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let index = dockerfile.id.0 as usize;
        let context = self.evaluated.contexts.get(index).map_or(".", String::as_str);
        if candidates.is_empty() && builds_go(dockerfile) {
            let in_context = |dir: &str| {
                context == "." || dir == context || dir.starts_with(&format!("{context}/"))
            };
            candidates = self
                .project
                .programs
                .iter()
                .filter(|it| in_context(&it.dir) && !it.sample)
                .map(|it| it.id)
                .collect();
        }
        let named: Vec<ProgramId> = candidates
            .iter()
            .copied()
            .filter(|it| is_resolved(name) && self.project.program(*it).name() == name)
            .collect();
        let evidence =
            |text: String| vec![Evidence { place: Some(dockerfile_place(dockerfile)), text }];
        match (&*named, &*candidates) {
            ([only], _) => vec![Link {
                target: *only,
                confidence: 0.8,
                evidence: evidence(format!("the image starts `{name}`, a main package's name")),
            }],
            (_, [only]) => vec![Link {
                target: *only,
                confidence: 0.85,
                evidence: evidence(format!("the only main package below `{context}`")),
            }],
            (_, several) => several
                .iter()
                .take(32)
                .map(|it| Link {
                    target: *it,
                    confidence: 0.3,
                    evidence: evidence("one of several main packages".to_owned()),
                })
                .collect(),
        }
    }
}

/// A main package's directory as people write it: `./cmd/api`, `cmd/api/`.
pub(super) fn program_dir(text: &str) -> &str {
    let dir = text.trim_start_matches("./").trim_end_matches('/');
    if dir.is_empty() { "." } else { dir }
}

/// Whether some stage has the Go toolchain or copies a file it may have built.
fn builds_go(dockerfile: &Dockerfile) -> bool {
    dockerfile.stages.iter().any(|stage| match &stage.base {
        StageBase::Image(Some(name)) => goready_model::ImageName::parse(name).is_golang(),
        _ => false,
    }) || dockerfile.stages.iter().any(|stage| {
        stage
            .runs()
            .any(|run| run.commands.iter().any(|words| words.iter().any(|it| it.text == "go")))
    })
}

fn dockerfile_place(dockerfile: &Dockerfile) -> Place {
    dockerfile.final_stage().map_or_else(|| Place::new(dockerfile.file, 0, 0), |it| it.from)
}

/// ENTRYPOINT and CMD of a stage, those of the stages below it included.
fn start(
    dockerfile: &Dockerfile,
    stage: usize,
    command: Option<&Start>,
    arguments: Option<&Start>,
) -> Start {
    let mut entrypoint = None;
    let mut cmd = None;
    let mut at = dockerfile.stages.get(stage);
    while let Some(stage) = at {
        if entrypoint.is_none() {
            // A CMD below an ENTRYPOINT of a later stage does not count.
            cmd = cmd.or_else(|| stage.cmd());
            entrypoint = stage.entrypoint();
        }
        at = below(dockerfile, stage);
    }
    if let Some(command) = command {
        let mut words = command.words.clone();
        words.extend(arguments.map(|it| it.words.clone()).unwrap_or_default());
        return Start { words, place: command.place };
    }
    let words = |command: &goready_model::Command| -> Vec<String> {
        if command.script.is_empty() {
            command.words.iter().map(|it| it.value.clone()).collect()
        } else {
            script_words(&command.script, &[])
        }
    };
    let mut found = Start::default();
    if let Some(entrypoint) = entrypoint {
        found = Start { words: words(entrypoint), place: Some(entrypoint.place) };
        if entrypoint.shell {
            return found;
        }
    }
    match (arguments, cmd) {
        (Some(arguments), _) => found.words.extend(arguments.words.clone()),
        (None, Some(cmd)) => {
            found.words.extend(words(cmd));
            found.place = found.place.or(Some(cmd.place));
        }
        (None, None) => {}
    }
    found
}

fn below<'d>(dockerfile: &'d Dockerfile, stage: &Stage) -> Option<&'d Stage> {
    match stage.base {
        StageBase::Stage(id) => dockerfile.stages.get(id.0),
        _ => None,
    }
}

/// The words behind init processes: `tini -- /api`.
fn without_wrappers(words: &[String]) -> Vec<String> {
    let mut rest = words;
    while let Some((first, tail)) = rest.split_first() {
        let name = base_name(first);
        if !WRAPPERS.contains(&name) {
            break;
        }
        let skip = tail.iter().take_while(|it| it.starts_with('-') || it.contains('=')).count();
        rest = tail.get(skip..).unwrap_or(&[]);
        // `su-exec user program`.
        if matches!(name, "gosu" | "su-exec") {
            rest = rest.get(1..).unwrap_or(&[]);
        }
    }
    rest.to_vec()
}

/// What a script starts in the end: its last `exec`, else its last command.
pub(super) fn script_words(script: &Script, arguments: &[String]) -> Vec<String> {
    let commands = script.commands();
    let execs = commands.iter().rev().find(|it| {
        it.words.first().and_then(goready_model::ShellWord::literal).as_deref() == Some("exec")
    });
    let Some(command) = execs.or(commands.last()) else { return Vec::new() };
    let mut words = Vec::new();
    for word in &command.words {
        match word.written().as_str() {
            "${@}" | "${*}" => words.extend(arguments.iter().cloned()),
            text => words.push(text.to_owned()),
        }
    }
    words
}

fn script_start(script: &Script, arguments: &Start) -> Start {
    Start { words: script_words(script, &arguments.words), place: arguments.place }
}
