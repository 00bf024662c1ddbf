//! Build contexts: which files with credentials an image takes from the repository.
//!
//! Only files that hold a credential are asked for; the others would be the whole repository.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{CopiedFile, CopyInstruction, Dockerfile, FileId, Project, StageId};
use goready_parse::{
    build::expand::is_resolved,
    dockerignore::{self, Ignored},
};

use super::{Input, builds::Evaluated};

/// Fills the copied files; secrets are linked before.
pub(super) fn link(input: &Input<'_>, project: &mut Project, evaluated: &Evaluated) {
    let secrets: BTreeSet<FileId> = project
        .secrets
        .iter()
        .flat_map(|it| it.copies.iter().chain([&it.place]))
        .map(|it| it.at.file)
        .collect();
    let files: Vec<(FileId, &str)> = input
        .files
        .iter()
        .filter(|it| secrets.contains(&it.file))
        .map(|it| (it.file, it.path))
        .collect();
    let by_path: BTreeMap<&str, FileId> = input.files.iter().map(|it| (it.path, it.file)).collect();
    let mut copied = Vec::new();
    for (dockerfile, context) in project.dockerfiles.iter().zip(&evaluated.contexts) {
        if has_other_context(project, dockerfile, context) {
            continue;
        }
        let Some(ignored) = ignored(input, &by_path, dockerfile, context) else { continue };
        let held: Vec<(FileId, &str)> = files
            .iter()
            .filter_map(|(file, path)| Some((*file, below(path, context)?)))
            .filter(|(_, path)| !ignored.excludes(path))
            .collect();
        for (index, stage) in dockerfile.stages.iter().enumerate() {
            for copy in stage.copies().filter(|it| it.from.is_none()) {
                copied.extend(brought(copy, &held).map(|(file, source)| CopiedFile {
                    dockerfile: dockerfile.id,
                    stage: StageId(index),
                    destination: copy.destination.place,
                    source,
                    add: copy.add,
                    file,
                }));
            }
        }
    }
    project.copied = copied;
}

/// Builds that name another context: which one counts is not known.
fn has_other_context(project: &Project, dockerfile: &Dockerfile, context: &str) -> bool {
    project.pushes.iter().any(|it| {
        it.dockerfile.as_deref() == Some(&*dockerfile.path)
            && it.context.as_deref().is_some_and(|it| it != context)
    })
}

/// What the ignore file leaves out: that of the Dockerfile, else that of the context. `None` when
/// the builder refuses it.
fn ignored(
    input: &Input<'_>,
    by_path: &BTreeMap<&str, FileId>,
    dockerfile: &Dockerfile,
    context: &str,
) -> Option<Ignored> {
    let own = format!("{}.dockerignore", dockerfile.path);
    let shared = match context {
        "." => ".dockerignore".to_owned(),
        dir => format!("{dir}/.dockerignore"),
    };
    let file = by_path.get(own.as_str()).or_else(|| by_path.get(shared.as_str()));
    match file.and_then(|it| input.sources.get(*it)) {
        Some(file) => Ignored::parse(&file.text),
        None => Some(Ignored::default()),
    }
}

/// The files that one instruction brings, each with the source that names it.
fn brought<'f>(
    copy: &'f CopyInstruction,
    held: &'f [(FileId, &'f str)],
) -> impl Iterator<Item = (FileId, goready_model::Located<String>)> + 'f {
    let excludes: Vec<String> = copy.excludes.iter().map(|it| it.value.clone()).collect();
    let excluded = Ignored::of_patterns(&excludes);
    held.iter().filter_map(move |(file, path)| {
        let named = |it: &&goready_model::Located<String>| {
            is_resolved(&it.value)
                && !it.value.contains("://")
                && dockerignore::copies(&it.value, path)
        };
        let source = copy.sources.iter().find(named)?;
        // The patterns start at the source, or at the context: what either leaves out may be
        // missing.
        let inside = path.strip_prefix(source.value.trim_start_matches("./").trim_matches('/'));
        let inside = inside.unwrap_or(path).trim_start_matches('/');
        let out = excluded.as_ref()?;
        (!out.excludes(path) && !out.excludes(inside)).then(|| (*file, source.clone()))
    })
}

/// A path below a directory, `.` for the root.
fn below<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    match directory {
        "." => Some(path),
        _ => path.strip_prefix(directory)?.strip_prefix('/'),
    }
}
