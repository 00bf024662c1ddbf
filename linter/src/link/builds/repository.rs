//! The repository's files as builds see them: which paths there are, and what they run.

use std::collections::BTreeMap;

use goready_model::{FileId, Recipes};

use goready_parse::build::expand::{is_resolved, may_equal};

use super::{
    paths,
    shell::{Found, World},
    stage::PathKind,
};
use crate::link::Input;

/// Whether a file was copied from somebody else: nobody builds it for its own sake.
pub(super) fn is_vendored(path: &str) -> bool {
    path.split('/').any(|it| matches!(it, "vendor" | "third_party" | "node_modules" | "testdata"))
}

/// Files by path.
pub(super) struct Repository<'a> {
    files: BTreeMap<&'a str, (FileId, Option<&'a Recipes>)>,
}

impl<'a> Repository<'a> {
    pub(super) fn new(input: &Input<'a>) -> Self {
        let files =
            input.files.iter().map(|it| (it.path, (it.file, it.facts.recipes.as_ref()))).collect();
        Self { files }
    }

    /// What a path of the repository (`@/...`) is.
    pub(super) fn kind_of(&self, path: &str) -> PathKind {
        match paths::in_repository(path) {
            None => PathKind::Unknown,
            Some(path) if path == "." => PathKind::Directory,
            Some(path) => {
                if self.files.contains_key(&*path) {
                    PathKind::File
                } else if self.is_directory(&path) {
                    PathKind::Directory
                } else {
                    PathKind::Unknown
                }
            }
        }
    }

    fn is_directory(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        self.files.range(&*prefix..).next().is_some_and(|(found, _)| found.starts_with(&prefix))
    }

    /// The file at a path of the repository.
    pub(super) fn file(&self, path: &str) -> Option<FileId> {
        self.files.get(&*paths::in_repository(path)?).map(|(file, _)| *file)
    }

    /// What the file at a path of the repository runs.
    fn recipes_at(&self, path: &str) -> Option<(FileId, &'a Recipes)> {
        let (file, recipes) = self.files.get(&*paths::in_repository(path)?)?;
        Some((*file, (*recipes)?))
    }

    /// What the files run whose path may be this one: unknown directories and `*` are matched,
    /// the name itself must be known.
    pub(super) fn recipes(&self, path: &str) -> Vec<Found<'a>> {
        let found =
            |path: String, (file, recipes): (FileId, &'a Recipes)| Found { path, file, recipes };
        if is_resolved(path) && !path.contains('*') {
            let recipes = self.recipes_at(path);
            return recipes.map(|it| found(path.to_owned(), it)).into_iter().collect();
        }
        if !is_resolved(paths::base_name(path)) {
            return Vec::new();
        }
        let Some(pattern) = paths::in_repository(path) else { return Vec::new() };
        self.files
            .iter()
            .filter_map(|(path, (file, recipes))| Some((*path, *file, (*recipes)?)))
            .filter(|(path, ..)| may_equal(path, &pattern))
            .take(MAX_MATCHES)
            .map(|(path, file, recipes)| found(paths::of_repository(path), (file, recipes)))
            .collect()
    }
}

/// Files that one path with an unknown part may stand for.
const MAX_MATCHES: usize = 24;

impl World for Repository<'_> {
    fn recipes(&self, path: &str) -> Vec<Found<'_>> {
        Repository::recipes(self, path)
    }

    fn listing(&self, directory: &str, pattern: &str) -> Vec<String> {
        let Some(directory) = paths::in_repository(directory) else { return Vec::new() };
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let pattern = format!("{prefix}{}", pattern.trim_start_matches("./"));
        let found = self.files.keys().filter(|it| may_equal(it, &pattern));
        let relative = found.filter_map(|it| Some(it.strip_prefix(&*prefix)?.to_owned()));
        relative.take(MAX_MATCHES).collect()
    }
}
