//! What git knows: tracked files, staged contents, changed paths.
//!
//! The program is asked instead of a library, so that its configuration (worktrees, sparse
//! checkouts, safe.directory) counts as it does for the user. Hooks, filters and helpers of the
//! repository are not run.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::failure::Failure;

/// Paths that a run reports on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Changed {
    /// These files, relative to the root.
    Paths(Vec<String>),
    /// Something was removed: what that breaks may be anywhere.
    Everything,
}

/// Every diff is asked for in this way; what follows `--` limits it to the project.
const DIFF_OPTIONS: [&str; 7] =
    ["-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", "--relative", "--", "."];

/// Files in the index.
pub(super) fn tracked(root: &Path) -> Result<Vec<String>, Failure> {
    let output = git(root, &["ls-files", "-z", "--cached", "--", "."])?;
    Ok(split(&output))
}

/// Files whose content in the index differs from the one on disk, with that content; a file that
/// is staged as removed is left out.
pub(super) fn index_overlay(root: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let differing = git(root, &[&["diff", "--name-only"][..], &DIFF_OPTIONS].concat())?;
    let prefix = prefix(root)?;
    split(&differing)
        .into_iter()
        .map(|path| {
            let bytes = git(root, &["cat-file", "blob", &format!(":{prefix}{path}")])?;
            Ok((path, bytes))
        })
        .collect()
}

/// Paths that the next commit changes.
pub(super) fn staged(root: &Path) -> Result<Changed, Failure> {
    changes(root, &["diff", "--cached"])
}

/// Paths that differ from a revision, untracked files included.
pub(super) fn changed_since(root: &Path, revision: &str) -> Result<Changed, Failure> {
    if revision.starts_with('-') {
        return Err(Failure::Usage(format!("`{revision}` is no revision")));
    }
    let Changed::Paths(mut paths) = changes(root, &["diff", revision])? else {
        return Ok(Changed::Everything);
    };
    let others = ["ls-files", "-z", "--others", "--exclude-standard", "--", "."];
    paths.extend(split(&git(root, &others)?));
    Ok(Changed::Paths(paths))
}

fn changes(root: &Path, diff: &[&str]) -> Result<Changed, Failure> {
    let mut arguments = diff.to_vec();
    arguments.push("--name-status");
    arguments.extend(DIFF_OPTIONS);
    let output = git(root, &arguments)?;
    let mut paths = Vec::new();
    for pair in split(&output).chunks(2) {
        let [status, path] = pair else { continue };
        if status == "D" {
            return Ok(Changed::Everything);
        }
        paths.push(path.clone());
    }
    Ok(Changed::Paths(paths))
}

/// The root's path within the working tree, empty or with a closing slash.
fn prefix(root: &Path) -> Result<String, Failure> {
    let output = git(root, &["rev-parse", "--show-prefix"])?;
    Ok(String::from_utf8_lossy(&output).trim_end_matches('\n').to_owned())
}

fn split(output: &[u8]) -> Vec<String> {
    let parts = output.split(|it| *it == 0).filter(|it| !it.is_empty());
    parts.map(|it| String::from_utf8_lossy(it).into_owned()).collect()
}

fn git(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let failure = |message: String| Failure::Git {
        command: arguments.first().copied().unwrap_or_default().to_owned(),
        message,
    };
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"])
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failure(format!("the program `git` cannot be started: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message = message.lines().next().unwrap_or("no message");
    Err(failure(message.trim_start_matches("fatal: ").to_owned()))
}
