//! The repository's files as builds see them: which paths there are, and what they run.

use std::collections::BTreeMap;

use goready_model::{FileId, Recipes};

use super::{paths, shell::World, stage::PathKind};
use crate::link::Input;

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

    /// What the file at a path of the repository runs.
    pub(super) fn recipes(&self, path: &str) -> Option<(FileId, &'a Recipes)> {
        let (file, recipes) = self.files.get(&*paths::in_repository(path)?)?;
        Some((*file, (*recipes)?))
    }
}

impl World for Repository<'_> {
    fn recipes(&self, path: &str) -> Option<(FileId, &Recipes)> {
        Repository::recipes(self, path)
    }
}
