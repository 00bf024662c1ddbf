//! One project in the editor: files on disk, open buffers over them, and what was last said.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use gen_lsp_types::{FileChangeType, PublishDiagnosticsParams, Uri};
use goready_model::ProblemKind;

use super::{
    client::Client,
    diagnostics::{self, Reported},
    uri,
};
use crate::{
    config::{self, Config, ConfigError, FILE_NAMES, Settled},
    discover::{self, Reader},
    engine::{Analysis, Engine, Unread},
};

/// Files that decide which others are read.
const IGNORE_FILES: [&str; 2] = [".gitignore", ".goreadyignore"];

/// A document that is open in the editor.
#[derive(Debug, Clone)]
pub(super) struct Buffer {
    /// As the client spells it.
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: String,
}

#[derive(Debug)]
pub(super) struct Workspace {
    root: PathBuf,
    engine: Engine,
    reader: Reader,
    /// Paths the engine was given, relative to the root.
    files: BTreeSet<String>,
    open: BTreeMap<String, Buffer>,
    config_error: Option<ConfigError>,
    analysis: Option<Analysis>,
    /// What the client was told last, by path.
    published: BTreeMap<String, Vec<Reported>>,
    /// Something changed since the last check.
    dirty: bool,
}

impl Workspace {
    pub(super) fn new(root: PathBuf) -> Self {
        let reader = Reader::new(&root, discover::MAX_FILE_SIZE);
        Self {
            root,
            engine: Engine::new(Config::default()),
            reader,
            files: BTreeSet::new(),
            open: BTreeMap::new(),
            config_error: None,
            analysis: None,
            published: BTreeMap::new(),
            dirty: true,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn analysis(&self) -> Option<&Analysis> {
        self.analysis.as_ref()
    }

    /// What was last reported in a file.
    pub(super) fn reported(&self, path: &str) -> &[Reported] {
        self.published.get(path).map_or(&[], Vec::as_slice)
    }

    /// The URI of a file, as the client spells it where it is open.
    pub(super) fn uri(&self, path: &str) -> Uri {
        match self.open.get(path) {
            Some(buffer) => buffer.uri.clone(),
            None => uri::from_path(&self.root.join(path)),
        }
    }

    /// Reads the configuration and finds the files; those not seen yet are read.
    pub(super) fn scan(&mut self, client: &Client) {
        self.dirty = true;
        let settled = self.configuration(client);
        let max_file_size = settled.max_file_size.unwrap_or(discover::MAX_FILE_SIZE);
        self.reader = Reader::new(&self.root, max_file_size);
        self.engine.set_config(settled.config);
        let options = discover::Options {
            max_file_size,
            exclude: settled.exclude,
            ..discover::Options::default()
        };
        let found = match discover::walk(&self.root, &options) {
            Ok(found) => found,
            Err(error) => return client.tell(&error.to_string()),
        };
        let paths: BTreeSet<String> = found.paths.into_iter().collect();
        for gone in self.files.difference(&paths) {
            self.engine.remove_file(gone);
        }
        let new: Vec<String> = paths.difference(&self.files).cloned().collect();
        self.load(&new);
        self.files = paths;
        for (path, reason) in &found.failures {
            let message = format!("cannot be read: {reason}");
            self.engine.add_failure(path, ProblemKind::Unreadable, message);
        }
        if let Some(cache) = discover::modules::cache() {
            discover::modules::add(&mut self.engine, &cache);
        }
    }

    /// The configuration in effect: that of the buffer where the file is open, else of the disk;
    /// one that cannot be followed leaves the last one standing.
    fn configuration(&mut self, client: &Client) -> Settled {
        let mut settled = Settled::default();
        self.config_error = None;
        if let Some((name, text)) = FILE_NAMES.iter().find_map(|it| Some((it, self.text_of(it)?))) {
            match config::parse(name, &text) {
                Ok(it) => settled = it,
                Err(error) => {
                    client.log(&error.to_string());
                    settled.config = self.engine.config().clone();
                    self.config_error = Some(*error);
                }
            }
        }
        let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
        settled.config.set_today(today);
        settled
    }

    fn text_of(&self, path: &str) -> Option<String> {
        match self.open.get(path) {
            Some(buffer) => Some(buffer.text.clone()),
            None => fs::read_to_string(self.root.join(path)).ok(),
        }
    }

    fn load(&mut self, paths: &[String]) {
        let (open, reader) = (&self.open, &self.reader);
        self.engine.load(paths, &|path| match open.get(path) {
            Some(buffer) => Ok::<_, Unread>(buffer.text.clone().into_bytes()),
            None => reader.read(path),
        });
    }

    /// Lays a buffer over the file. Whether a check must follow.
    pub(super) fn open(&mut self, path: &str, buffer: Buffer) -> bool {
        let same = self.open.get(path).is_some_and(|it| it.text == buffer.text);
        self.open.insert(path.to_owned(), buffer);
        // What is ignored on disk stays ignored when somebody looks at it.
        self.dirty |= !same && (self.files.contains(path) || is_config(path));
        if self.dirty && self.files.contains(path) {
            self.load(&[path.to_owned()]);
        }
        self.dirty
    }

    /// Lets the file on disk count again. Whether a check must follow.
    pub(super) fn close(&mut self, path: &str) -> bool {
        let Some(buffer) = self.open.remove(path) else { return false };
        let unsaved = fs::read(self.root.join(path)).ok() != Some(buffer.text.into_bytes());
        if unsaved && self.files.contains(path) {
            self.load(&[path.to_owned()]);
        }
        self.dirty |= unsaved;
        self.dirty
    }

    /// Takes notice of changes on disk. Whether a check must follow.
    pub(super) fn on_disk(
        &mut self,
        changes: &[(String, FileChangeType)],
        client: &Client,
    ) -> bool {
        let came_or_went = changes.iter().any(|(path, kind)| match kind {
            FileChangeType::Deleted => self.is_known(path),
            FileChangeType::Created => !self.files.contains(path),
            _ => !self.files.contains(path) && self.root.join(path).is_file(),
        });
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let decides =
            changes.iter().any(|(it, _)| is_config(it) || IGNORE_FILES.contains(&&*name(it)));
        if came_or_went || decides {
            self.scan(client);
        }
        let changed: Vec<String> = changes
            .iter()
            .filter(|(path, kind)| {
                *kind != FileChangeType::Deleted
                    && self.files.contains(path)
                    && !self.open.contains_key(path)
            })
            .map(|(path, _)| path.clone())
            .collect();
        self.load(&changed);
        self.dirty |= !changed.is_empty();
        self.dirty
    }

    /// Whether a path is a file of the project or a directory that holds one.
    fn is_known(&self, path: &str) -> bool {
        let dir = format!("{path}/");
        self.files.contains(path)
            || self.files.range(dir.clone()..).next().is_some_and(|it| it.starts_with(&dir))
    }

    /// Checks the project where something changed; what must be published is the difference to
    /// what was said before.
    pub(super) fn check(&mut self, client: &Client) -> Vec<PublishDiagnosticsParams> {
        if !std::mem::take(&mut self.dirty) {
            return Vec::new();
        }
        if self.open.keys().any(|it| is_config(it)) {
            let settled = self.configuration(client);
            self.engine.set_config(settled.config);
        }
        // The engine catches rules and front ends; a failure anywhere else must not end the
        // editor's session either.
        let Ok(analysis) = catch_unwind(AssertUnwindSafe(|| self.engine.check())) else {
            client.tell("goready itself failed on this project; the findings are those of before");
            return Vec::new();
        };
        for it in &analysis.notifications {
            client.log(&it.message);
        }
        let mut now = diagnostics::diagnostics(&analysis, client, |path| self.uri(path));
        if let Some(error) = &self.config_error {
            let text = self.text_of(&error.path).unwrap_or_default();
            let reported = diagnostics::config_error(error, &text, client.encoding());
            now.entry(error.path.to_string()).or_default().push(reported);
        }
        self.analysis = Some(analysis);
        let before = std::mem::replace(&mut self.published, now);
        let paths: BTreeSet<&String> = before.keys().chain(self.published.keys()).collect();
        paths
            .into_iter()
            .filter(|path| before.get(*path) != self.published.get(*path))
            .map(|path| self.publication(path))
            .collect()
    }

    fn publication(&self, path: &str) -> PublishDiagnosticsParams {
        PublishDiagnosticsParams {
            uri: self.uri(path),
            version: self.open.get(path).map(|it| it.version),
            diagnostics: self.reported(path).iter().map(|it| it.diagnostic.clone()).collect(),
        }
    }

    /// Takes everything back that was published.
    pub(super) fn withdraw(self) -> Vec<PublishDiagnosticsParams> {
        let clear = |path: &String| PublishDiagnosticsParams {
            uri: self.uri(path),
            version: None,
            diagnostics: Vec::new(),
        };
        self.published.keys().map(clear).collect()
    }
}

fn is_config(path: &str) -> bool {
    FILE_NAMES.contains(&path)
}
