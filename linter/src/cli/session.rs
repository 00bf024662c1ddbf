//! What every analysing command does first: find the project and its configuration, read the
//! files, fill the engine.
#![expect(clippy::disallowed_methods, reason = "the command line reads files, clock and directory")]

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use goready_model::{FileId, Located, Place, ProblemKind, SourceFile};
use indicatif::ProgressBar;

use super::{
    args::{FileArgs, ProjectArgs, SelectArgs},
    failure::Failure,
    git::{self, Changed},
    terminal,
};
use crate::{
    config::{self, Config, FILE_NAMES, FailOn, Layer, Selector, Settled, ValuesSet},
    discover::{self, Reader},
    engine::Engine,
    paths::is_wanted,
};

/// A project that is read.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) root: PathBuf,
    /// What the configuration file says about the exit status.
    pub(super) fail_on: Option<FailOn>,
    pub(super) timings: Timings,
}

/// How long each step took, for `--verbose`.
#[derive(Debug)]
pub(super) struct Timings {
    last: Instant,
    steps: Vec<(&'static str, Duration)>,
}

impl Timings {
    pub(super) fn start() -> Self {
        Self { last: Instant::now(), steps: Vec::new() }
    }

    pub(super) fn step(&mut self, name: &'static str) {
        let now = Instant::now();
        self.steps.push((name, now - self.last));
        self.last = now;
    }

    pub(super) fn print(&self) {
        for (name, duration) in &self.steps {
            let milliseconds = duration.as_secs_f64() * 1000.0;
            terminal::tell(format_args!("{name:>10} {milliseconds:>9.1} ms\n"));
        }
    }
}

/// Reads a project as the arguments say.
pub(super) fn open(
    project: &ProjectArgs,
    rules: Option<&SelectArgs>,
    files: Option<&FileArgs>,
) -> Result<Session, Failure> {
    let mut timings = Timings::start();
    if let Some(jobs) = project.jobs {
        // Fails only when the pool is already built, and nothing here does that before.
        drop(rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global());
    }
    let (root, explicit) = locate(&project.paths)?;
    let (mut settled, _) = load_config(&root, &root, project.config.as_deref(), project.isolated)?;
    settle(&mut settled.config, project, rules)?;
    settled.config.values = values(&root, project)?;
    let source = Source { root: &root, explicit: &explicit, project, files };
    let input = source.gather(&settled, &mut settled_report(&explicit))?;
    settled.config.report_paths = input.report;
    settled.config.expected_paths =
        explicit.iter().filter(|it| root.join(it).is_dir()).cloned().collect();
    timings.step("discover");

    let mut engine = Engine::new(settled.config);
    let bar = terminal::progress(&project.terminal, input.paths.len());
    fill(&mut engine, &input.paths, &input.reader, &bar);
    bar.finish_and_clear();
    if let Some(cache) = discover::modules::cache() {
        discover::modules::add(&mut engine, &cache);
    }
    for (path, reason) in &input.failures {
        engine.add_failure(path, ProblemKind::Unreadable, format!("cannot be read: {reason}"));
    }
    if project.terminal.verbose && !input.skipped_dirs.is_empty() {
        let dirs: Vec<&str> = input.skipped_dirs.iter().map(String::as_str).collect();
        terminal::tell(format_args!("left out by name: {}\n", dirs.join(", ")));
    }
    timings.step("parse");
    Ok(Session { engine, root, fail_on: settled.fail_on, timings })
}

impl Session {
    /// Writes a file's new text; `false` when the file is not what was analysed: it was changed
    /// meanwhile, or the index was analysed.
    pub(super) fn write_fixed(&self, source: &SourceFile, text: &str) -> Result<bool, Failure> {
        let path = self.root.join(&*source.path);
        let bytes =
            fs::read(&path).map_err(|source| Failure::Read { path: path.clone(), source })?;
        if SourceFile::decode(source.path.clone(), &bytes).text != source.text {
            return Ok(false);
        }
        // The engine sees a byte order mark as blanks.
        let mark = "\u{feff}".as_bytes();
        let mut content = text.as_bytes().to_vec();
        if bytes.starts_with(mark) && content.starts_with(b"   ") {
            content[..mark.len()].copy_from_slice(mark);
        }
        fs::write(&path, content).map_err(|source| Failure::Write { path, source })?;
        Ok(true)
    }
}

fn settled_report(explicit: &[String]) -> Vec<String> {
    if explicit.iter().any(|it| it == ".") { Vec::new() } else { explicit.to_vec() }
}

fn fill(engine: &mut Engine, paths: &[String], reader: &Reader, bar: &ProgressBar) {
    engine.load(paths, &|path| {
        bar.inc(1);
        reader.read(path)
    });
}

/// The project's root and the arguments relative to it.
fn locate(paths: &[PathBuf]) -> Result<(PathBuf, Vec<String>), Failure> {
    let mut root: Option<PathBuf> = None;
    let mut explicit = Vec::new();
    for path in paths {
        // A link given as an argument is followed, links within the tree are not.
        let full = fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::NoSuchPath(path.clone()),
            _ => Failure::Read { path: path.clone(), source: error },
        })?;
        let root = root.get_or_insert_with(|| discover::find_root(&full));
        if !full.starts_with(&*root) {
            return Err(Failure::OutsideProject { path: path.clone(), root: root.clone() });
        }
        let relative = discover::relative(root, &full);
        explicit.push(relative.ok_or_else(|| Failure::NotUtf8(path.clone()))?);
    }
    let root = root.unwrap_or_else(|| PathBuf::from("."));
    Ok((root, explicit))
}

/// The configuration in effect and the path of its file.
pub(super) fn load_config(
    root: &Path,
    start: &Path,
    named: Option<&Path>,
    isolated: bool,
) -> Result<(Settled, Option<PathBuf>), Failure> {
    let found = match named {
        Some(path) => Some(path.to_owned()),
        None if isolated => None,
        None => find_config(root, start),
    };
    let Some(path) = found else { return Ok((Settled::default(), None)) };
    let text =
        fs::read_to_string(&path).map_err(|source| Failure::Read { path: path.clone(), source })?;
    let full = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let shown = discover::relative(root, &full);
    let shown = shown.unwrap_or_else(|| path.to_string_lossy().replace('\\', "/"));
    Ok((config::parse(&shown, &text)?, Some(path)))
}

/// The nearest configuration file from a directory up to the root.
fn find_config(root: &Path, start: &Path) -> Option<PathBuf> {
    for dir in start.ancestors() {
        for name in FILE_NAMES {
            let path = dir.join(name);
            if path.is_file() {
                return Some(path);
            }
        }
        if dir == root {
            break;
        }
    }
    None
}

/// Lays the command line over the configuration file.
fn settle(
    config: &mut Config,
    project: &ProjectArgs,
    rules: Option<&SelectArgs>,
) -> Result<(), Failure> {
    config.set_today(today());
    config.no_prefilter = project.no_prefilter;
    if let Some(versions) = project.kubernetes_version {
        config.settings.kubernetes = (versions.min, versions.max);
    }
    let Some(rules) = rules else { return Ok(()) };
    if let Some(profile) = rules.profile {
        config.selection.profile = profile;
        config.settings.profile = profile;
    }
    let select = selectors(&rules.select)?;
    config.selection.layers.push(Layer {
        select: (!select.is_empty()).then_some(select),
        extend_select: selectors(&rules.extend_select)?,
        ignore: selectors(&rules.ignore)?,
    });
    config.no_suppressions = rules.no_suppressions;
    config.min_level = rules.min_level.or(config.min_level);
    config.min_confidence = rules.min_confidence.or(config.min_confidence);
    Ok(())
}

/// The set of values that the command line gives.
fn values(root: &Path, project: &ProjectArgs) -> Result<Option<ValuesSet>, Failure> {
    if project.values.is_empty() && project.set.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for path in &project.values {
        let full = fs::canonicalize(path)
            .map_err(|source| Failure::Read { path: path.clone(), source })?;
        let relative = discover::relative(root, &full)
            .ok_or_else(|| Failure::OutsideProject { path: path.clone(), root: root.to_owned() })?;
        files.push(Located::new(relative, Place::new(FileId(u32::MAX), 0, 0)));
    }
    let name = "command line".to_owned();
    Ok(Some(ValuesSet { name, files, set: project.set.clone() }))
}

fn selectors(names: &[String]) -> Result<Vec<Selector>, Failure> {
    let parsed = names.iter().map(|it| Selector::parse(it));
    parsed.collect::<Result<_, _>>().map_err(|error| Failure::Usage(error.to_string()))
}

/// The day, in UTC: the same suppression expires everywhere at once.
fn today() -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()
}

/// Where files come from.
struct Source<'a> {
    root: &'a Path,
    explicit: &'a [String],
    project: &'a ProjectArgs,
    files: Option<&'a FileArgs>,
}

/// Which files are read, how, and on which the run reports.
struct Input {
    paths: Vec<String>,
    reader: Reader,
    report: Vec<String>,
    failures: Vec<(String, String)>,
    skipped_dirs: std::collections::BTreeSet<String>,
}

impl Source<'_> {
    fn gather(&self, settled: &Settled, report: &mut Vec<String>) -> Result<Input, Failure> {
        let max_file_size = settled.max_file_size.unwrap_or(discover::MAX_FILE_SIZE);
        let options = discover::Options {
            max_file_size,
            exclude: settled.exclude.clone(),
            explicit: self.explicit.to_vec(),
        };
        let found = discover::walk(self.root, &options)?;
        let mut input = Input {
            paths: found.paths,
            reader: Reader::new(self.root, max_file_size),
            report: std::mem::take(report),
            failures: found.failures,
            skipped_dirs: found.skipped_dirs,
        };
        // They are read even where an ignore file leaves them out.
        let values = settled.config.values.iter().flat_map(|it| &it.files);
        input.paths.extend(values.map(|it| it.value.clone()));
        let staged = self.files.is_some_and(|it| it.staged);
        if self.project.tracked_only || staged {
            self.keep_tracked(&mut input)?;
        }
        if staged {
            for (path, bytes) in git::index_overlay(self.root)? {
                input.paths.push(path.clone());
                input.reader.overlay(path, bytes);
            }
            Self::report_on(git::staged(self.root)?, &mut input);
        }
        let Some(files) = self.files else { return Ok(input) };
        if let Some(revision) = &files.changed_since {
            Self::report_on(git::changed_since(self.root, revision)?, &mut input);
        }
        if let Some(name) = &files.stdin_filename {
            self.overlay_stdin(name, &mut input)?;
        }
        Ok(input)
    }

    /// Drops what git does not track.
    fn keep_tracked(&self, input: &mut Input) -> Result<(), Failure> {
        let tracked: std::collections::BTreeSet<String> =
            git::tracked(self.root)?.into_iter().collect();
        input.paths.retain(|it| tracked.contains(it));
        Ok(())
    }

    /// Narrows the report to changed files that are also asked for.
    fn report_on(changed: Changed, input: &mut Input) {
        let Changed::Paths(changed) = changed else { return };
        let asked = std::mem::take(&mut input.report);
        input.report = changed.into_iter().filter(|it| is_wanted(it, &asked)).collect();
        if input.report.is_empty() {
            // An empty list would mean everything; no file has this name.
            input.report.push(String::new());
        }
    }

    fn overlay_stdin(&self, name: &Path, input: &mut Input) -> Result<(), Failure> {
        // The file need not exist yet, its directory has to.
        let parent = name.parent().filter(|it| !it.as_os_str().is_empty());
        let parent = fs::canonicalize(parent.unwrap_or(Path::new(".")))
            .map_err(|source| Failure::Read { path: name.to_owned(), source })?;
        let file = name.file_name().ok_or_else(|| Failure::NoSuchPath(name.to_owned()))?;
        let path = discover::relative(self.root, &parent.join(file)).ok_or_else(|| {
            Failure::OutsideProject { path: name.to_owned(), root: self.root.to_owned() }
        })?;
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|source| Failure::Read { path: "standard input".into(), source })?;
        input.report = vec![path.clone()];
        input.paths.push(path.clone());
        input.reader.overlay(path, bytes);
        Ok(())
    }
}
