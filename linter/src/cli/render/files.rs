//! The files of one render: reading them, and naming the places in them.
#![expect(clippy::disallowed_methods, reason = "the command line reads files")]

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use goready_helm::{Chart, ChartFile, IgnoreRules, LoadError, Rendered, load, load_archive};
use goready_model::{FileId, LineColumn, LineIndex, SourceFile, Span};

use walkdir::WalkDir;

use super::super::failure::Failure;
use crate::discover;

/// The largest file of a chart that is read; Helm's own limit.
const MAX_FILE_SIZE: u64 = 5 << 20;

/// Directories within directories, as far as they are read.
const MAX_DEPTH: usize = 64;

/// Everything that spans of a render may lie in.
#[derive(Default)]
pub(super) struct Files {
    known: BTreeMap<FileId, Known>,
    /// The name that Helm's paths start with.
    chart: String,
    /// Helm's names of templates.
    templates: BTreeMap<FileId, Arc<str>>,
}

struct Known {
    /// Relative to the chart, or as given on the command line.
    path: String,
    of_chart: bool,
    text: Arc<str>,
    lines: OnceCell<LineIndex>,
}

/// A chart as it was found on disk.
pub(super) enum Found {
    Directory(Vec<ChartFile>),
    Archive(Vec<u8>),
}

impl Found {
    pub(super) fn load(self, next_id: FileId) -> Result<Chart, LoadError> {
        match self {
            Self::Directory(files) => load(files, next_id),
            Self::Archive(bytes) => load_archive(&bytes, next_id),
        }
    }
}

impl Files {
    pub(super) fn next_id(&self) -> FileId {
        FileId(self.known.len() as u32)
    }

    fn add(&mut self, path: &str, of_chart: bool, bytes: &[u8]) -> (FileId, Arc<str>) {
        let text = SourceFile::decode(path, bytes).text;
        let id = self.next_id();
        self.insert(id, path, of_chart, text.clone());
        (id, text)
    }

    fn insert(&mut self, id: FileId, path: &str, of_chart: bool, text: Arc<str>) {
        let path = path.to_owned();
        self.known.insert(id, Known { path, of_chart, text, lines: OnceCell::new() });
    }

    /// Reads a chart directory or a packed chart.
    pub(super) fn read_chart(&mut self, path: &Path) -> Result<Found, Failure> {
        if !path.exists() {
            return Err(Failure::NoSuchPath(path.to_owned()));
        }
        if !path.is_dir() {
            let bytes = fs::read(path).map_err(|source| read_failure(path, source))?;
            return Ok(Found::Archive(bytes));
        }
        let ignore = fs::read(path.join(".helmignore")).unwrap_or_default();
        // What is wrong with it is said when the chart is loaded.
        let rules = IgnoreRules::parse(&String::from_utf8_lossy(&ignore)).ok();
        let mut files = Vec::new();
        self.read_directory(path, rules.as_ref(), &mut files)?;
        Ok(Found::Directory(files))
    }

    /// Links are followed, as Helm follows them; a circle of them is an error.
    fn read_directory(
        &mut self,
        directory: &Path,
        rules: Option<&IgnoreRules>,
        files: &mut Vec<ChartFile>,
    ) -> Result<(), Failure> {
        let is_read = |entry: &walkdir::DirEntry| {
            let inside = discover::relative(directory, entry.path()).filter(|it| it != ".");
            inside.is_none_or(|it| !rules.is_some_and(|rules| rules.leaves_out(&it)))
        };
        let walk = WalkDir::new(directory).follow_links(true).sort_by_file_name();
        for entry in walk.max_depth(MAX_DEPTH).into_iter().filter_entry(is_read) {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(directory).to_owned();
                let source = io::Error::other(error.to_string());
                read_failure(&path, error.into_io_error().unwrap_or(source))
            })?;
            let path = entry.path();
            let metadata = entry.metadata().map_err(|error| read_failure(path, error.into()))?;
            if metadata.is_dir() {
                continue;
            }
            let inside = discover::relative(directory, path);
            let inside = inside.ok_or_else(|| Failure::NotUtf8(path.to_owned()))?;
            if metadata.is_file() && metadata.len() <= MAX_FILE_SIZE {
                let bytes = fs::read(path).map_err(|source| read_failure(path, source))?;
                let (id, _) = self.add(&inside, true, &bytes);
                files.push(ChartFile { id, path: inside, bytes: bytes.into() });
            } else {
                let reason = if metadata.is_file() {
                    "it is larger than 5 MiB, Helm's limit"
                } else {
                    "it is no regular file"
                };
                return Err(read_failure(path, io::Error::other(reason)));
            }
        }
        Ok(())
    }

    /// Reads a file of `-f`; `-` is standard input.
    pub(super) fn read_values(&mut self, path: &Path) -> Result<(FileId, Arc<str>), Failure> {
        let bytes = if path == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            fs::read(path)
        };
        let bytes = bytes.map_err(|source| read_failure(path, source))?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        Ok(self.add(&path.to_string_lossy(), false, bytes))
    }

    /// An argument such as `--set a=b` is a file of its own.
    pub(super) fn add_argument(&mut self, option: &str, text: &str) -> (FileId, Arc<str>) {
        self.add(option, false, text.as_bytes())
    }

    pub(super) fn add_archived(&mut self, chart: &Chart) {
        for file in &chart.archived {
            let text = SourceFile::decode(&*file.path, &file.bytes).text;
            self.insert(file.id, &file.path, true, text);
        }
    }

    pub(super) fn name_chart(&mut self, name: &str) {
        self.chart = name.to_owned();
    }

    pub(super) fn name_templates(&mut self, rendered: &Rendered) {
        self.templates = rendered.names.clone();
    }

    /// The path as Helm names the file in its errors, the chart's name in front.
    pub(super) fn helm_name(&self, id: FileId) -> String {
        if let Some(name) = self.templates.get(&id) {
            return name.to_string();
        }
        match self.known.get(&id) {
            Some(known) if known.of_chart => format!("{}/{}", self.chart, known.path),
            Some(known) => known.path.clone(),
            None => self.chart.clone(),
        }
    }

    /// Relative to the chart.
    pub(super) fn path(&self, id: FileId) -> &str {
        self.known.get(&id).map_or("", |it| &it.path)
    }

    /// First and last position of a span.
    pub(super) fn position(&self, span: Span) -> (LineColumn, LineColumn) {
        let Some(known) = self.known.get(&span.file) else {
            let start = LineColumn { line: 1, column: 1 };
            return (start, start);
        };
        let lines = known.lines.get_or_init(|| LineIndex::new(&known.text));
        let at = |offset| lines.scalar_position(&known.text, offset);
        (at(span.start), at(span.end))
    }
}

/// The content of a file that `--set-file` names.
pub(super) fn read_argument(path: &str) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|it| format!("open {path}: {}", discover::describe(&it)))
}

/// The name of a chart's directory.
pub(super) fn last_name(path: &Path) -> String {
    path.file_name().map_or_else(|| ".".to_owned(), |it| it.to_string_lossy().into_owned())
}

fn read_failure(path: &Path, source: io::Error) -> Failure {
    Failure::Read { path: path.to_owned(), source }
}
