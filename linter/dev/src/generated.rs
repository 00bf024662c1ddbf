//! Writing generated files, or checking that they are what would be written.

use std::{fs, path::Path};

/// Whether a task writes or only compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Writes `text` to `path`, or fails in [`Mode::Check`] when the file differs.
pub(crate) fn apply(path: &Path, text: &str, mode: Mode) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|it| it == text) {
        return Ok(());
    }
    if mode == Mode::Check {
        return Err(format!("{} is not up to date: run the task without --check", path.display()));
    }
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(|error| format!("create {}: {error}", dir.display()))?;
    }
    fs::write(path, text).map_err(|error| format!("write {}: {error}", path.display()))
}
