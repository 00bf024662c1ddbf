//! Finds and reads the files of a project. With `cli/` and `server/` the only code that touches
//! the file system.
//!
//! What is left out is left out by rule, never silently: `.gitignore` and `.goreadyignore`, a
//! short list of directories that hold other people's code, and files that are no text. A file
//! that git tracks is read although `.gitignore` has it: an `.env` that was committed before is the
//! leak that nobody sees. A file of a known kind that cannot be read, or is too large, is a failure
//! with its path.
#![expect(clippy::disallowed_methods, reason = "reading files is what this module is for")]

mod index;
pub mod modules;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Mutex,
};

use goready_model::{FileKind, ProblemKind};
use goready_parse::ProjectShape;
use ignore::{WalkBuilder, WalkState, gitignore::Gitignore, overrides::OverrideBuilder};

use crate::engine::Unread;

/// How a tree is walked and read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Larger files of a known kind are reported, not read.
    pub max_file_size: u64,
    /// Globs from the project root that are left out, as in a `.gitignore`.
    pub exclude: Vec<String>,
    /// Files and directories named on the command line: they are read even where an ignore file
    /// leaves them out. Relative to the root.
    pub explicit: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_file_size: MAX_FILE_SIZE, exclude: Vec::new(), explicit: Vec::new() }
    }
}

/// 4 MiB: the largest manifest that etcd takes is 1.5 MiB, the largest hand-written Go file known
/// to us is below 1 MiB.
pub const MAX_FILE_SIZE: u64 = 4 << 20;

/// What a walk found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files that may say something, relative to the root with `/`, sorted.
    pub paths: Vec<String>,
    /// Directories and files that could not be looked at, with the reason.
    pub failures: Vec<(String, String)>,
    /// Directories that are left out because of their name.
    pub skipped_dirs: BTreeSet<String>,
}

/// A glob that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`exclude` has the glob `{glob}`: {reason}")]
pub struct BadGlob {
    pub glob: String,
    pub reason: String,
}

/// Globs of paths that are not read, as in a `.gitignore`.
const GOREADY_IGNORE: &str = ".goreadyignore";

/// Directories that hold what others wrote or what a tool made, whatever `.gitignore` says.
const SKIPPED_DIRS: [&str; 12] = [
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "node_modules",
    "bower_components",
    ".terraform",
    ".terragrunt-cache",
    ".venv",
    "__pycache__",
    ".gradle",
    ".direnv",
];

/// Files that hold no text, by extension; others are looked into.
const NO_TEXT: [&str; 60] = [
    "7z", "a", "avi", "avif", "bin", "bmp", "bz2", "class", "dat", "db", "deb", "dll", "dmg",
    "dylib", "ear", "eot", "exe", "flac", "gif", "gz", "heic", "ico", "iso", "jar", "jpeg", "jpg",
    "lz4", "mkv", "mov", "mp3", "mp4", "o", "obj", "ogg", "otf", "parquet", "pdf", "png", "pprof",
    "psd", "pyc", "rar", "rpm", "so", "sqlite", "tar", "tgz", "tif", "tiff", "ttf", "war", "wasm",
    "wav", "webm", "webp", "woff", "woff2", "xz", "zip", "zst",
];

/// The directory whose whole content is analysed for a path: the nearest one with a configuration
/// file up to the git root, so that a project inside a larger repository can stand for itself;
/// else the git root; without one the nearest directory with a `go.mod` or `Chart.yaml`; else the
/// path itself (for a file, its directory).
pub fn find_root(path: &Path) -> PathBuf {
    let start = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let holds = |dir: &Path, names: &[&str]| names.iter().any(|it| dir.join(it).is_file());
    let git = start.ancestors().find(|it| it.join(".git").exists());
    let mut inside = start.ancestors().take_while(|it| git.is_none_or(|git| it.starts_with(git)));
    let configured = inside.find(|it| holds(it, &CONFIGURATIONS));
    let marked = || start.ancestors().find(|it| holds(it, &MARKERS));
    configured.or(git).or_else(marked).unwrap_or(start).to_owned()
}

/// Configuration files, which make their directory a project.
const CONFIGURATIONS: [&str; 2] = ["goready.toml", ".goready.toml"];

/// Files that mark a project where there is no git repository.
const MARKERS: [&str; 2] = ["go.mod", "Chart.yaml"];

/// A path relative to the root with `/`, `.` for the root itself; `None` when it lies outside or
/// is not UTF-8.
pub fn relative(root: &Path, path: &Path) -> Option<String> {
    let rest = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = rest
        .components()
        .filter(|it| !matches!(it, Component::CurDir))
        .map(|it| it.as_os_str().to_str())
        .collect();
    let parts = parts?;
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// Walks a tree, in parallel. Links are not followed, so that a loop ends and a file counts once.
pub fn walk(root: &Path, options: &Options) -> Result<Found, BadGlob> {
    let mut found = walk_below(root, root, options)?;
    for explicit in options.explicit.iter().filter(|it| *it != ".") {
        let path = root.join(explicit);
        if path.is_file() {
            found.paths.push(explicit.clone());
        } else if path.is_dir() && !has_prefix(&found.paths, explicit) {
            let more = walk_below(root, &path, options)?;
            found.paths.extend(more.paths);
            found.failures.extend(more.failures);
            found.skipped_dirs.extend(more.skipped_dirs);
        }
    }
    add_tracked(root, options, &mut found)?;
    add_dependencies(root, options, &mut found)?;
    found.paths.sort();
    found.paths.dedup();
    found.failures.sort();
    found.failures.dedup();
    Ok(found)
}

/// Adds what git tracks although `.gitignore` leaves it out. `exclude`, `.goreadyignore` and
/// directories that are left out by name hold for it as for everything.
fn add_tracked(root: &Path, options: &Options, found: &mut Found) -> Result<(), BadGlob> {
    let known: HashSet<&str> = found.paths.iter().map(String::as_str).collect();
    let tracked = index::tracked(root);
    let missing: Vec<String> =
        tracked.into_iter().filter(|it| !known.contains(it.as_str())).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let excluded = excludes(root, &options.exclude)?;
    let mut ignored = GoreadyIgnore { root, files: HashMap::new() };
    for path in missing {
        let full = root.join(&path);
        let by_name = path.split('/').any(|it| SKIPPED_DIRS.contains(&it));
        let is_file = || fs::symlink_metadata(&full).is_ok_and(|it| it.is_file());
        if !by_name
            && !is_no_text(&path)
            && !is_excluded(&excluded, &path)
            && !ignored.holds(&path)
            && is_file()
        {
            found.paths.push(path);
        }
    }
    Ok(())
}

/// Whether a path or a directory above it is left out by the globs.
fn is_excluded(globs: &ignore::overrides::Override, path: &str) -> bool {
    let path = Path::new(path);
    let dirs = path.ancestors().skip(1).filter(|it| !it.as_os_str().is_empty());
    globs.matched(path, false).is_ignore()
        || dirs.into_iter().any(|it| globs.matched(it, true).is_ignore())
}

/// The `.goreadyignore` files of a tree, read when they are asked for.
struct GoreadyIgnore<'a> {
    root: &'a Path,
    files: HashMap<PathBuf, Gitignore>,
}

impl GoreadyIgnore<'_> {
    /// Whether the nearest file that says something about a path leaves it out.
    fn holds(&mut self, path: &str) -> bool {
        let full = self.root.join(path);
        for dir in Path::new(path).ancestors().skip(1) {
            let dir = self.root.join(dir);
            let file = self
                .files
                .entry(dir)
                .or_insert_with_key(|dir| Gitignore::new(dir.join(GOREADY_IGNORE)).0);
            let matched = file.matched_path_or_any_parents(&full, false);
            if !matched.is_none() {
                return matched.is_ignore();
            }
        }
        false
    }
}

/// Adds what lies in the `charts/` of a chart although an ignore file leaves it out: `helm
/// dependency build` puts dependencies there, hardly anybody commits them, and the chart is not
/// whole without.
fn add_dependencies(root: &Path, options: &Options, found: &mut Found) -> Result<(), BadGlob> {
    let mut pending: Vec<String> = found
        .paths
        .iter()
        .filter_map(|it| it.strip_suffix("Chart.yaml"))
        .map(str::to_owned)
        .collect();
    let mut known: BTreeSet<String> = pending.iter().cloned().collect();
    while let Some(chart) = pending.pop() {
        let Ok(entries) = fs::read_dir(root.join(&chart).join("charts")) else { continue };
        for entry in entries.flatten() {
            let Some(path) = relative(root, &entry.path()) else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let below = format!("{path}/");
            if kind.is_file() && goready_helm::is_archive(&path) {
                found.paths.push(path);
            } else if kind.is_dir() && !known.contains(&below) {
                if !entry.path().join("Chart.yaml").is_file() {
                    continue;
                }
                let more = walk_below(root, &entry.path(), options)?;
                found.paths.extend(more.paths);
                found.failures.extend(more.failures);
                known.insert(below.clone());
                pending.push(below);
            }
        }
    }
    Ok(())
}

fn has_prefix(paths: &[String], dir: &str) -> bool {
    paths.iter().any(|it| it.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')))
}

fn walk_below(root: &Path, start: &Path, options: &Options) -> Result<Found, BadGlob> {
    let found = Mutex::new(Found::default());
    let mut builder = WalkBuilder::new(start);
    builder
        .hidden(false)
        .follow_links(false)
        .parents(false)
        .require_git(false)
        // What is analysed must not depend on the machine.
        .git_global(false)
        .add_custom_ignore_filename(GOREADY_IGNORE)
        .overrides(excludes(root, &options.exclude)?)
        .threads(rayon::current_num_threads());
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) => return visit(root, start, &entry, &found),
                Err(error) => {
                    let (path, reason) = walk_error(root, &error);
                    lock(&found).failures.push((path, reason));
                }
            }
            WalkState::Continue
        })
    });
    Ok(found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn visit(root: &Path, start: &Path, entry: &ignore::DirEntry, found: &Mutex<Found>) -> WalkState {
    let Some(kind) = entry.file_type() else { return WalkState::Continue };
    let name = entry.file_name().to_string_lossy();
    if kind.is_dir() {
        if entry.path() != start && SKIPPED_DIRS.contains(&&*name) {
            if let Some(path) = relative(root, entry.path())
                && name != ".git"
            {
                lock(found).skipped_dirs.insert(path);
            }
            return WalkState::Skip;
        }
        return WalkState::Continue;
    }
    if !kind.is_file() || is_no_text(&name) {
        return WalkState::Continue;
    }
    if let Some(path) = relative(root, entry.path()) {
        lock(found).paths.push(path);
    } else {
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let path = path.to_string_lossy().replace('\\', "/");
        lock(found).failures.push((path, "the path is not UTF-8".to_owned()));
    }
    WalkState::Continue
}

fn lock(found: &Mutex<Found>) -> std::sync::MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn is_no_text(name: &str) -> bool {
    NO_TEXT.binary_search(&&*extension(name)).is_ok()
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase()
}

fn excludes(root: &Path, globs: &[String]) -> Result<ignore::overrides::Override, BadGlob> {
    let mut builder = OverrideBuilder::new(root);
    for glob in globs {
        if glob.starts_with('!') {
            let reason = "it must not start with `!`: everything is read that is not left out";
            return Err(BadGlob { glob: glob.clone(), reason: reason.to_owned() });
        }
        // In an override a leading `!` leaves out.
        builder
            .add(&format!("!{glob}"))
            .map_err(|error| BadGlob { glob: glob.clone(), reason: error.to_string() })?;
    }
    builder.build().map_err(|error| BadGlob { glob: globs.join(", "), reason: error.to_string() })
}

/// The path and the plain reason of a walk error.
fn walk_error(root: &Path, error: &ignore::Error) -> (String, String) {
    let mut path = None;
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = Some(at);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                inner = err;
            }
            _ => break,
        }
    }
    let reason = inner.io_error().map_or_else(|| inner.to_string(), describe);
    let path = path.and_then(|it| relative(root, it)).unwrap_or_else(|| ".".to_owned());
    (path, reason)
}

/// An I/O error in words, without the operating system's number.
pub(crate) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// Gives the engine the bytes of files.
#[derive(Debug)]
pub struct Reader {
    root: PathBuf,
    max_file_size: u64,
    /// Contents that stand for what is on disk: standard input, the index.
    overlay: BTreeMap<String, Vec<u8>>,
}

impl Reader {
    pub fn new(root: &Path, max_file_size: u64) -> Self {
        Self { root: root.to_owned(), max_file_size, overlay: BTreeMap::new() }
    }

    /// Lets `bytes` stand for the file's content.
    pub fn overlay(&mut self, path: String, bytes: Vec<u8>) {
        self.overlay.insert(path, bytes);
    }

    /// Reads one file; what is no text is told from what failed.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Unread> {
        let bytes = match self.overlay.get(path) {
            Some(bytes) if bytes.len() as u64 > self.max_file_size => {
                return Err(self.too_large(path, bytes.len() as u64));
            }
            Some(bytes) => bytes.clone(),
            None => self.read_disk(path)?,
        };
        // Like git: a NUL byte near the start means that it is no text.
        let head = &bytes[..bytes.len().min(8000)];
        if memchr::memchr(0, head).is_none() || goready_helm::is_archive(path) {
            return Ok(bytes);
        }
        if !is_known_name(path) {
            return Err(Unread::Skipped);
        }
        let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let message = if utf16 {
            "the file is UTF-16; it must be UTF-8 to be read"
        } else {
            "the file holds NUL bytes: it is no text"
        };
        Err(Unread::Failed { kind: ProblemKind::Unreadable, message: message.to_owned() })
    }

    fn read_disk(&self, path: &str) -> Result<Vec<u8>, Unread> {
        let failed = |error: &io::Error| Unread::Failed {
            kind: ProblemKind::Unreadable,
            message: format!("the file cannot be read: {}", describe(error)),
        };
        let full = self.root.join(path);
        // A list from git may name links and directories (submodules).
        if !fs::metadata(&full).map_err(|it| failed(&it))?.is_file() {
            return Err(Unread::Skipped);
        }
        let mut file = File::open(&full).map_err(|it| failed(&it))?;
        let size = file.metadata().map_or(0, |it| it.len());
        if size > self.max_file_size {
            return Err(self.too_large(path, size));
        }
        let mut bytes = Vec::with_capacity(size as usize);
        // It may have grown since.
        let limit = self.max_file_size + 1;
        file.by_ref().take(limit).read_to_end(&mut bytes).map_err(|it| failed(&it))?;
        if bytes.len() as u64 == limit {
            return Err(self.too_large(path, limit));
        }
        Ok(bytes)
    }

    fn too_large(&self, path: &str, size: u64) -> Unread {
        if !is_known_name(path) {
            return Unread::Skipped;
        }
        Unread::Failed {
            kind: ProblemKind::Limit,
            message: format!(
                "the file has {} and is not read: the limit is {}",
                in_units(size),
                in_units(self.max_file_size)
            ),
        }
    }
}

/// Whether the name alone says that the file matters: Go, a Dockerfile, YAML, a build file.
fn is_known_name(path: &str) -> bool {
    let kind = goready_parse::classify(path, "", &ProjectShape::default());
    matches!(extension(path).as_str(), "yaml" | "yml")
        || !matches!(kind, FileKind::Text | FileKind::Config)
}

fn in_units(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_without_text_are_sorted_for_the_search() {
        assert!(NO_TEXT.is_sorted());
        assert!(is_no_text("a.PNG") && !is_no_text("png") && !is_no_text("a.yaml"));
    }
}
