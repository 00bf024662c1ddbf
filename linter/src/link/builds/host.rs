//! Builds outside of containers: CI jobs, Makefiles and scripts of the repository.

use std::collections::BTreeSet;

use goready_model::{Build, Makefile, Recipes};
use goready_parse::build::make::Make;

use super::{
    paths::{self, ROOT},
    programs::Programs,
    pushes::Images,
    repository::{Repository, is_vendored},
    shell::{Event, Shell, World as _},
};
use crate::link::Input;

/// A build with the path of the repository it writes.
#[derive(Debug)]
pub(super) struct HostBuild {
    pub(super) build: Build,
    /// A path of the repository, and whether it is a directory of binaries.
    pub(super) output: Option<(String, bool)>,
}

/// What jobs, Makefiles and scripts do.
#[derive(Debug, Default)]
pub(super) struct Host {
    pub(super) builds: Vec<HostBuild>,
    pub(super) images: Images,
}

/// Runs every entry there is. Jobs come first: when one makes a target, its environment is the
/// one that counts.
pub(super) fn run(input: &Input<'_>, repository: &Repository<'_>, programs: &Programs<'_>) -> Host {
    let mut host = Host::default();
    let included = included_makefiles(input, repository);
    let order = |recipes: &Recipes| match recipes {
        Recipes::Jobs(_) => 0,
        Recipes::Makefile(_) => 1,
        Recipes::Script(_) => 2,
    };
    let own = input.files.iter().filter(|it| !is_vendored(it.path));
    let mut entries: Vec<_> = own.filter_map(|it| Some((it, it.facts.recipes.as_ref()?))).collect();
    entries.sort_by_key(|(it, recipes)| (order(recipes), it.path));
    for (file, recipes) in entries {
        let directory = paths::parent(&paths::of_repository(file.path));
        match recipes {
            Recipes::Jobs(jobs) => {
                for job in jobs {
                    let mut shell = Shell::new(repository, file.file, ROOT);
                    // GitHub's hosted runners carry gcc (actions/runner-images).
                    shell.toolchain.c_compiler = Some(true);
                    for step in &job.steps {
                        shell.run_step(step);
                    }
                    let first = host.builds.len();
                    host.take(shell.events, programs);
                    if !job.publishes {
                        let made = host.builds.iter_mut().skip(first);
                        for it in made.filter(|it| it.build.file == file.file) {
                            it.output = None;
                        }
                    }
                }
            }
            Recipes::Makefile(makefile) => {
                if included.iter().any(|it| std::ptr::eq(*it, makefile)) {
                    continue;
                }
                let shell = Shell::new(repository, file.file, &directory);
                let mut files = vec![makefile];
                shell.includes(makefile, &directory, &mut files);
                let listing = |pattern: &str| repository.listing(&directory, pattern);
                let mut make = Make::new(files, &directory, &|_| None);
                make.listing = Some(&listing);
                let make = make.evaluated();
                let mut patterns = BTreeSet::new();
                for target in targets(&make) {
                    // Some target of the pattern was made, with its stem known.
                    if patterns.contains(&target) {
                        continue;
                    }
                    let mut shell = Shell::new(repository, file.file, &directory);
                    shell.run_target(&make, &target);
                    patterns.append(&mut shell.patterns);
                    host.take(shell.events, programs);
                }
            }
            Recipes::Script(script) => {
                let path = paths::of_repository(file.path);
                let mut shell = Shell::new(repository, file.file, ROOT);
                shell.run_file(&path, script);
                let mut events = shell.events;
                // Scripts are called from the root or from where they lie.
                if directory != ROOT && !finds_programs(&events, programs) {
                    let mut shell = Shell::new(repository, file.file, &directory);
                    shell.run_file(&path, script);
                    if finds_programs(&shell.events, programs) {
                        events = shell.events;
                    }
                }
                host.take(events, programs);
            }
        }
    }
    host
}

/// Every target with a recipe, and those that only set variables for what they need or need what
/// a pattern makes.
fn targets(make: &Make<'_>) -> Vec<String> {
    let mut targets = make.all_targets();
    targets.extend(make.gathering_targets());
    let named = make.files.iter().flat_map(|it| &it.variables);
    targets.extend(named.filter_map(|it| it.target.clone()).filter(|it| !it.contains('%')));
    // Patterns come last.
    targets.sort_by(|a, b| a.contains('%').cmp(&b.contains('%')).then_with(|| a.cmp(b)));
    targets.dedup();
    targets.truncate(MAX_TARGETS);
    targets
}

/// Targets of one Makefile that are made.
const MAX_TARGETS: usize = 1024;

/// Makefiles that another one includes are read with it.
fn included_makefiles<'r>(
    input: &'r Input<'r>,
    repository: &'r Repository<'r>,
) -> Vec<&'r Makefile> {
    let mut found: Vec<&Makefile> = Vec::new();
    for file in input.files {
        let Some(Recipes::Makefile(makefile)) = &file.facts.recipes else { continue };
        // A `.mk` file is made to be included; its own includes follow from the root's.
        if file.path.ends_with(".mk") {
            continue;
        }
        let directory = paths::parent(&paths::of_repository(file.path));
        let shell = Shell::new(repository, file.file, &directory);
        let mut files = vec![makefile];
        shell.includes(makefile, &directory, &mut files);
        found.extend(files.into_iter().skip(1));
    }
    found
}

fn finds_programs(events: &[Event], programs: &Programs<'_>) -> bool {
    events.iter().any(|it| match it {
        Event::Build { build, directory } => {
            let mut build = (**build).clone();
            let directory = paths::join(directory, build.dir.as_deref().unwrap_or("."));
            programs.resolve(&mut build, Some(&directory), &|_| None);
            !build.programs.is_empty()
        }
        _ => false,
    })
}

impl Host {
    fn take(&mut self, events: Vec<Event>, programs: &Programs<'_>) {
        let first = self.builds.len();
        for event in events {
            match event {
                // A compile check is no build.
                Event::Build { build, .. } if build.discarded => {}
                Event::Build { build, directory } => {
                    let mut build = *build;
                    let directory = paths::join(&directory, build.dir.as_deref().unwrap_or("."));
                    programs.resolve(&mut build, Some(&directory), &|_| None);
                    let output = programs.output(&build, &directory);
                    self.builds.push(HostBuild { build, output });
                }
                Event::Image(image) => self.images.built.push(*image),
                Event::List(list) => self.images.lists.push(list),
                Event::Push { image } => self.images.pushed.push(image),
                Event::Tag { from, to } => self.images.tag(&from, to),
                Event::Copy { from, to } => self.copy(first, &from, &to),
                Event::Strip { path } => {
                    for it in self.builds.get_mut(first..).unwrap_or(&mut []) {
                        if it.output.as_ref().is_some_and(|(output, _)| *output == path) {
                            it.build.stripped = Some(true);
                        }
                    }
                }
            }
        }
    }

    /// A copied or moved binary is the output of the same build.
    fn copy(&mut self, first: usize, from: &str, to: &str) {
        let copies: Vec<HostBuild> = self
            .builds
            .get(first..)
            .unwrap_or(&[])
            .iter()
            .filter(|it| it.output.as_ref().is_some_and(|(output, _)| output == from))
            .map(|it| HostBuild { build: it.build.clone(), output: Some((to.to_owned(), false)) })
            .collect();
        self.builds.extend(copies);
    }
}
