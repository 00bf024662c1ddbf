//! Joins the facts of single files into the [`Project`].
//!
//! Strings are matched across artifacts here and nowhere else. Each step is pure and reads what
//! the steps before it joined.

mod builds;
mod certificates;
mod context;
mod go;
mod images;
mod kube;
mod secrets;

use std::sync::Arc;

use goready_model::{
    Coverage, Failure, FileId, FileKind, Located, Problem, ProblemKind, Project, Settings, Sources,
};
use goready_parse::{Facts, go::MODULE_CACHE};

pub use go::Models;
pub(crate) use go::missing as missing_packages;
pub(crate) use go::{CallModel, Effect, Kind, LibraryModel, Version};

use crate::render::RenderedChart;

/// Everything link reads.
#[derive(Debug)]
pub struct Input<'a> {
    /// All files with facts, in the order of their paths.
    pub files: &'a [LinkFile<'a>],
    pub sources: &'a Sources,
    /// The charts that are deployed by themselves, rendered.
    pub charts: &'a [Arc<RenderedChart>],
    pub settings: &'a Settings,
    /// Joins stated in the configuration.
    pub overrides: &'a [LinkOverride],
    /// What the configuration says of functions of other modules.
    pub models: &'a Models,
}

/// One file's facts with its path.
#[derive(Debug, Clone, Copy)]
pub struct LinkFile<'a> {
    pub file: FileId,
    /// Relative to the project root, with `/`.
    pub path: &'a str,
    pub facts: &'a Facts,
}

/// `[[link]]`: a person says which image is built from which Dockerfile and main package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOverride {
    /// Image name without tag and digest, with or without registry. Empty when the entry joins a
    /// Dockerfile and a program only.
    pub image: Located<String>,
    /// Path of the Dockerfile from the project root.
    pub dockerfile: Option<Located<String>>,
    /// Directory of the main package from the project root.
    pub program: Option<Located<String>>,
}

/// Joins everything.
pub fn link(input: &Input<'_>) -> Project {
    let mut project = Project::default();
    for it in input.files {
        project.paths.insert(it.file, it.path.to_owned());
        if it.path.starts_with(MODULE_CACHE) {
            continue;
        }
        project.kinds.insert(it.file, it.facts.kind);
        project.problems.extend(it.facts.problems.iter().cloned());
        project.directives.extend(it.facts.directives.iter().cloned());
        project.strip_checks.extend(it.facts.strip_checks.iter().cloned());
    }
    kube::link(input, &mut project);
    go::link(input, &mut project);
    let evaluated = builds::link(input, &mut project);
    images::link(input, &mut project, &evaluated);
    secrets::link(input, &mut project);
    certificates::link(input, &mut project);
    context::link(input, &mut project, &evaluated);
    project.coverage = coverage(input, &project);
    project
}

/// Counts what was analysed and names what was not.
fn coverage(input: &Input<'_>, project: &Project) -> Coverage {
    let of_kind = |kind| project.kinds.values().filter(|it| **it == kind).count();
    let failed = project.problems.iter().filter(|it| is_failure(project, it));
    Coverage {
        files: input.files.len(),
        go_files: of_kind(FileKind::Go),
        programs: project.programs.len(),
        dockerfiles: project.dockerfiles.len(),
        manifests: of_kind(FileKind::Manifest),
        objects: project.objects.len(),
        charts: project.charts.len(),
        renders: project.charts.iter().map(|it| it.renders.len()).sum(),
        failed: failed
            .map(|it| Failure {
                path: project.path(it.place.at.file).to_owned(),
                place: Some(it.place),
                message: it.message.clone(),
            })
            .collect(),
        parsed_bytes: input.files.iter().map(|it| it.facts.parsed_bytes).sum(),
        read_bytes: 0,
    }
}

/// Whether something was not analysed that should have been. Other tools' configuration and plain
/// text are read for secrets line by line, whatever their syntax.
fn is_failure(project: &Project, problem: &Problem) -> bool {
    let kind = project.kinds.get(&problem.place.at.file);
    match problem.kind {
        ProblemKind::DuplicateKey => false,
        ProblemKind::Syntax => !matches!(kind, Some(FileKind::Config | FileKind::Text)),
        ProblemKind::Limit | ProblemKind::Unreadable | ProblemKind::Unsupported => true,
    }
}
