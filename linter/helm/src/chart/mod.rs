//! Charts: loading, dependencies, values, and the objects that templates see.
//!
//! [`load`] makes a chart from files in memory; who reads files decides which. A chart knows its
//! texts and, once asked, its parsed templates; values are read anew for each render, because
//! templates change them. What a render makes of a chart is in `instance.rs` and below.

mod archive;
mod coalesce;
mod content;
mod glob;
mod ignore;
mod instance;
mod metadata;
mod objects;
mod schema;
mod strvals;
#[cfg(test)]
pub(crate) mod tests;
mod values;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use goready_model::{FileId, SourceFile, Span};

pub use content::Content;
pub use ignore::IgnoreRules;
pub(crate) use instance::{Instance, is_compatible};
pub use metadata::{ChartKind, Dependency, Import, Maintainer, Metadata, Places};
pub(crate) use objects::{Capabilities, Files, VALUES_TYPE, chart as metadata_map, release};
pub(crate) use schema::{Schema, validate};
pub use strvals::ReadFile;
pub(crate) use values::{ValuesError, user_values};
pub use values::{ValuesKind, ValuesSource};

use crate::{
    template::{self, ast},
    value::Map,
};

/// A file of a chart.
#[derive(Debug, Clone)]
pub struct ChartFile {
    pub id: FileId,
    /// Relative to the chart's root, with `/`.
    pub path: String,
    pub bytes: Content,
}

/// A chart with all charts below it. It is shared between threads and renders.
#[derive(Debug)]
pub struct Chart {
    pub metadata: Metadata,
    /// `Chart.yaml`.
    pub file: FileId,
    /// Files of packed charts below this one, with paths such as `charts/common-2.0.tgz/Chart.yaml`
    /// and the ids they were given. Of the chart that was loaded; those below have none.
    pub archived: Vec<ChartFile>,
    pub(crate) templates: Vec<Template>,
    pub(crate) values: Option<Source>,
    pub(crate) schema: Option<Schema>,
    /// What `.Files` holds.
    pub(crate) files: Vec<ChartFile>,
    /// What lies in `charts/`, by name of directory or archive, whether or not a dependency names
    /// it.
    pub(crate) charts: Vec<Arc<Chart>>,
}

/// A file whose text is read.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) id: FileId,
    /// What a byte order mark takes in the file before this text starts.
    pub(crate) skipped: u32,
    pub(crate) text: Arc<str>,
}

/// A file of `templates/`.
#[derive(Debug)]
pub(crate) struct Template {
    /// Relative to its chart: `templates/service.yaml`.
    pub(crate) path: String,
    pub(crate) source: Source,
    cache: Arc<template::Cache>,
    parsed: OnceLock<Arc<ast::File>>,
}

impl Template {
    /// The syntax tree, made when it is first asked for.
    pub(crate) fn parsed(&self) -> &Arc<ast::File> {
        let Source { id, text, .. } = &self.source;
        self.parsed.get_or_init(|| self.cache.parse(*id, &self.path, text))
    }
}

/// A chart that cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    pub span: Option<Span>,
    /// In Helm's words.
    pub message: String,
}

impl LoadError {
    fn within(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl From<String> for LoadError {
    fn from(message: String) -> Self {
        Self { span: None, message }
    }
}

/// Gives the files of a chart that is named as a dependency but does not lie in `charts/`: one
/// beside it in the repository, or what `file://` points to.
pub type Siblings<'a> = &'a dyn Fn(&Dependency) -> Option<Vec<ChartFile>>;

/// What a chart is loaded with.
#[derive(Clone)]
pub struct Loading<'a> {
    /// Members of archives get ids from here on.
    pub next_id: FileId,
    pub siblings: Siblings<'a>,
    /// Templates that are parsed already; charts of one repository should share it.
    pub cache: Arc<template::Cache>,
}

impl Loading<'_> {
    /// No chart but those in `charts/`, no template parsed before.
    pub fn new(next_id: FileId) -> Self {
        Self { next_id, siblings: &|_| None, cache: Arc::default() }
    }
}

impl std::fmt::Debug for Loading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loading").field("next_id", &self.next_id).finish_non_exhaustive()
    }
}

/// Loads a chart directory: all its files in any order, those that `.helmignore` leaves out
/// included. Members of archives get ids from `next_id` on.
///
/// # Errors
/// What Helm refuses as well: no `Chart.yaml`, a broken archive.
pub fn load(files: Vec<ChartFile>, next_id: FileId) -> Result<Chart, LoadError> {
    load_with(files, Loading::new(next_id))
}

/// Like [`load`], with charts for dependencies that are missing.
///
/// # Errors
/// As [`load`].
pub fn load_with(files: Vec<ChartFile>, loading: Loading<'_>) -> Result<Chart, LoadError> {
    let mut loader = Loader::new(loading);
    let files = without_ignored(files)?;
    let mut chart = loader.chart(files, "", 0)?;
    chart.archived = loader.archived;
    Ok(chart)
}

/// Loads a packed chart. Its members get ids from `next_id` on and stand in [`Chart::archived`],
/// with paths relative to the chart.
///
/// # Errors
/// As [`load`].
pub fn load_archive(bytes: &[u8], next_id: FileId) -> Result<Chart, LoadError> {
    let mut loader = Loader::new(Loading::new(next_id));
    let files = loader.unpack(bytes, "")?;
    let mut chart = loader.chart(files, "", 0)?;
    chart.archived = loader.archived;
    Ok(chart)
}

/// Charts within charts, as far as they are loaded.
const MAX_DEPTH: usize = 30;

/// What all archives of one chart may unpack to together.
const MAX_UNPACKED: u64 = 200 << 20;

struct Loader<'a> {
    loading: Loading<'a>,
    archived: Vec<ChartFile>,
    /// Bytes that archives may still unpack to.
    left: u64,
}

impl<'a> Loader<'a> {
    fn new(loading: Loading<'a>) -> Self {
        Self { loading, archived: Vec::new(), left: MAX_UNPACKED }
    }

    /// `files` have paths relative to the chart, which lies at `place`: a path from the chart that
    /// is loaded, with a slash at its end (helm 4.3.1 `loader.LoadFiles`).
    fn chart(
        &mut self,
        files: Vec<ChartFile>,
        place: &str,
        depth: usize,
    ) -> Result<Chart, LoadError> {
        if depth > MAX_DEPTH {
            return Err(format!("charts lie more than {MAX_DEPTH} deep in each other").into());
        }
        let mut metadata = Metadata::default();
        let Some(file) = files.iter().find(|it| it.path == "Chart.yaml") else {
            return Err("Chart.yaml file is missing".to_owned().into());
        };
        read_metadata(&mut metadata, file)?;
        let mut chart = Chart {
            metadata,
            file: file.id,
            archived: Vec::new(),
            templates: Vec::new(),
            values: None,
            schema: None,
            files: Vec::new(),
            charts: Vec::new(),
        };
        let mut below: BTreeMap<String, Vec<ChartFile>> = BTreeMap::new();
        for file in files {
            match &*file.path {
                "Chart.yaml" | "Chart.lock" => {}
                "values.yaml" => chart.values = Some(Source::of(&file)),
                "values.schema.json" => chart.schema = Some(Schema::new(Source::of(&file))),
                "requirements.yaml" => {
                    read_metadata(&mut chart.metadata, &file)?;
                    if chart.metadata.api_version == "v1" {
                        chart.files.push(file);
                    }
                }
                "requirements.lock" if chart.metadata.api_version != "v1" => {}
                path if path.starts_with("templates/") => chart.templates.push(Template {
                    path: path.to_owned(),
                    source: Source::of(&file),
                    cache: self.loading.cache.clone(),
                    parsed: OnceLock::new(),
                }),
                path => match path.strip_prefix("charts/") {
                    Some(inside) if !path.ends_with(".prov") => {
                        let name = inside.split('/').next().unwrap_or(inside);
                        below.entry(name.to_owned()).or_default().push(file);
                    }
                    _ => chart.files.push(without_mark(file)),
                },
            }
        }
        chart.metadata.validate()?;
        for (name, files) in below {
            let loaded = self.below(&name, files, place, depth);
            let within = || format!("error unpacking subchart {name} in {}", chart.metadata.name);
            if let Some(loaded) = loaded.map_err(|it| it.within(&within()))? {
                chart.charts.push(Arc::new(loaded));
            }
        }
        self.add_siblings(&mut chart, place, depth)?;
        Ok(chart)
    }

    /// What lies under one name in `charts/`; `None` for what is no chart.
    fn below(
        &mut self,
        name: &str,
        files: Vec<ChartFile>,
        place: &str,
        depth: usize,
    ) -> Result<Option<Chart>, LoadError> {
        if name.starts_with(['_', '.']) {
            return Ok(None);
        }
        let prefix = format!("charts/{name}");
        let place = format!("{place}{prefix}/");
        if name.ends_with(".tgz") {
            let Some(file) = files.iter().find(|it| it.path == prefix) else {
                let found = files.first().map_or("", |it| &it.path);
                return Err(format!("expected {name}, got {found}").into());
            };
            let files = self.unpack(&file.bytes, &place)?;
            return self.chart(files, &place, depth + 1).map(Some);
        }
        let files: Vec<_> = files
            .into_iter()
            .filter_map(|file| {
                let path = file.path.strip_prefix(&prefix)?.strip_prefix('/')?.to_owned();
                Some(ChartFile { path, ..file })
            })
            .collect();
        if files.is_empty() {
            // A plain file beside the charts.
            return Ok(None);
        }
        self.chart(files, &place, depth + 1).map(Some)
    }

    fn unpack(&mut self, bytes: &[u8], place: &str) -> Result<Vec<ChartFile>, LoadError> {
        let members = archive::unpack(bytes, &mut self.left)?;
        let mut files = Vec::with_capacity(members.len());
        for member in members {
            let id = self.loading.next_id;
            self.loading.next_id = FileId(id.0.wrapping_add(1));
            let bytes = Content::from(member.bytes);
            let path = format!("{place}{}", member.path);
            self.archived.push(ChartFile { id, path, bytes: bytes.clone() });
            files.push(ChartFile { id, path: member.path, bytes });
        }
        Ok(files)
    }

    /// Loads charts for dependencies that are not in `charts/`.
    fn add_siblings(
        &mut self,
        chart: &mut Chart,
        place: &str,
        depth: usize,
    ) -> Result<(), LoadError> {
        let missing: Vec<_> = chart.missing().cloned().collect();
        for dependency in missing {
            if chart.charts.iter().any(|it| it.metadata.name == dependency.name) {
                continue;
            }
            let Some(files) = (self.loading.siblings)(&dependency) else { continue };
            let place = format!("{place}charts/{}/", dependency.name);
            let loaded = without_ignored(files).and_then(|it| self.chart(it, &place, depth + 1));
            let within = || format!("error loading the chart of dependency {}", dependency.name);
            chart.charts.push(Arc::new(loaded.map_err(|it| it.within(&within()))?));
        }
        Ok(())
    }
}

impl Chart {
    /// Dependencies that no chart in `charts/` has the name of: `helm template` refuses them.
    pub fn missing(&self) -> impl Iterator<Item = &Dependency> {
        let lies_there = |it: &Dependency| self.charts.iter().any(|c| c.metadata.name == it.name);
        self.metadata.dependencies().iter().filter(move |it| !lies_there(it))
    }

    /// Objects that Helm installs without rendering them, of this chart and those below: files of
    /// `crds/`.
    pub fn crds(&self) -> Vec<&ChartFile> {
        let is_object = |path: &str| {
            let extension = path.rsplit_once('.').map_or("", |(_, it)| it).to_ascii_lowercase();
            path.starts_with("crds/") && matches!(&*extension, "yaml" | "yml" | "json")
        };
        let own = self.files.iter().filter(|it| is_object(&it.path));
        own.chain(self.charts.iter().flat_map(|it| it.crds())).collect()
    }
}

impl Source {
    fn of(file: &ChartFile) -> Self {
        let skipped = mark_length(&file.bytes);
        let text = match file.bytes.as_text().filter(|_| skipped == 0) {
            Some(text) => text.clone(),
            None => SourceFile::decode("", &file.bytes[skipped..]).text,
        };
        Self { id: file.id, skipped: skipped as u32, text }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn mark_length(bytes: &[u8]) -> usize {
    if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// Helm takes byte order marks from all files.
fn without_mark(file: ChartFile) -> ChartFile {
    match mark_length(&file.bytes) {
        0 => file,
        length => ChartFile { bytes: file.bytes[length..].into(), ..file },
    }
}

fn read_metadata(metadata: &mut Metadata, file: &ChartFile) -> Result<(), LoadError> {
    let source = Source::of(file);
    metadata
        .read(file.id, &source.text)
        .map_err(|it| it.within(&format!("cannot load {}", file.path)))?;
    if metadata.api_version.is_empty() {
        metadata.api_version = "v1".to_owned();
    }
    Ok(())
}

/// Reads one `Chart.yaml` alone; it must give the chart a name.
pub(crate) fn metadata(file: FileId, text: &str) -> Result<Metadata, LoadError> {
    let mut metadata = Metadata::default();
    metadata.read(file, text)?;
    if metadata.name.is_empty() {
        return Err("chart.metadata.name is required".to_owned().into());
    }
    Ok(metadata)
}

/// The files of a directory that its `.helmignore` lets through; archives have none.
fn without_ignored(files: Vec<ChartFile>) -> Result<Vec<ChartFile>, LoadError> {
    let file = files.iter().find(|it| it.path == ".helmignore");
    let text = file.map(|it| SourceFile::decode("", &it.bytes).text);
    let rules = IgnoreRules::parse(text.as_deref().unwrap_or_default())
        .map_err(|message| LoadError { span: file.map(|it| Span::new(it.id, 0, 0)), message })?;
    Ok(files.into_iter().filter(|it| !rules.leaves_out(&it.path)).collect())
}

/// The values that templates see: those of the user over those of the chart and its charts.
///
/// # Errors
/// A section of the values is no table.
pub(crate) fn values_of(
    instance: &Instance,
    user: &Map,
    warnings: &mut Vec<String>,
) -> Result<Map, String> {
    coalesce::coalesce(instance, user, coalesce::Nulls::Drop, warnings)
}

/// The values that a chart below gets from those of its parent.
pub(crate) fn section(values: &Map, name: &str) -> Option<Map> {
    coalesce::table(values, name)
}
