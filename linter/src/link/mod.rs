//! Joins the facts of single files into the [`Project`].
//!
//! Strings are matched across artifacts here and nowhere else. Each step is pure and reads what
//! the steps before it joined.

mod builds;
mod go;
mod images;
mod kube;
mod secrets;

use goready_model::{FileId, Project, Sources};
use goready_parse::Facts;

/// Everything link reads.
#[derive(Debug)]
pub struct Input<'a> {
    /// All files with facts, in the order of their paths.
    pub files: &'a [LinkFile<'a>],
    pub sources: &'a Sources,
}

/// One file's facts with its path.
#[derive(Debug, Clone, Copy)]
pub struct LinkFile<'a> {
    pub file: FileId,
    /// Relative to the project root, with `/`.
    pub path: &'a str,
    pub facts: &'a Facts,
}

/// Joins everything.
pub fn link(input: &Input<'_>) -> Project {
    let mut project = Project::default();
    for it in input.files {
        project.paths.insert(it.file, it.path.to_owned());
        project.kinds.insert(it.file, it.facts.kind);
        project.problems.extend(it.facts.problems.iter().cloned());
        project.directives.extend(it.facts.directives.iter().cloned());
    }
    kube::link(input, &mut project);
    go::link(input, &mut project);
    builds::link(input, &mut project);
    images::link(input, &mut project);
    secrets::link(input, &mut project);
    project
}
