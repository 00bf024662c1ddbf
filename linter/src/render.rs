//! Renders the charts of the project, each with each of its sets of values, in parallel.
//!
//! A chart is rendered with its own values, with each `ci/*-values.yaml` over them (the convention
//! of helm's chart-testing), with the sets that the configuration names, and with what the command
//! line gives. What a chart renders to is kept until one of its files or sets changes, so that an
//! editor renders only what an edit concerns.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use goready_model::{FileId, Place, RenderError, Span, Tree, UnreadKey};
use rayon::prelude::*;

use crate::config::{ChartConfig, Config, ValuesSet};

/// A chart that is deployed by itself, rendered.
#[derive(Debug, Clone)]
pub struct RenderedChart {
    /// Relative to the project root, empty for the root itself.
    pub dir: String,
    pub name: String,
    /// One for each set of values; empty for a library.
    pub sets: Vec<RenderedSet>,
    pub unread: Vec<UnreadKey>,
    /// Members of packed dependencies that places may name.
    pub members: Vec<(FileId, String)>,
}

/// What one set of values makes of a chart.
#[derive(Debug, Clone)]
pub struct RenderedSet {
    pub name: String,
    /// `None` when it is decided at install time.
    pub namespace: Option<String>,
    pub documents: Vec<RenderedDocument>,
    pub errors: Vec<RenderError>,
    /// The `include`s that lead to places inside named templates, innermost first.
    pub chains: BTreeMap<Place, Vec<Span>>,
}

/// A document with the places where its parts were written.
#[derive(Debug, Clone)]
pub struct RenderedDocument {
    /// The template file.
    pub file: FileId,
    pub tree: Arc<Tree>,
    /// The document broke off: no absence may be concluded from it.
    pub truncated: bool,
}

/// A file of a chart, by its path from the project root.
#[derive(Debug, Clone)]
pub(crate) struct ChartFile {
    pub(crate) id: FileId,
    pub(crate) path: Arc<str>,
    pub(crate) bytes: Arc<[u8]>,
}

/// Everything a chart's renders depend on.
#[derive(Debug, Clone)]
struct Job {
    dir: String,
    files: Vec<ChartFile>,
    sets: Vec<Set>,
    config: Option<ChartConfig>,
}

/// A set of values with the texts of its files.
#[derive(Debug, Clone)]
struct Set {
    name: String,
    files: Vec<ChartFile>,
    set: Vec<String>,
}

/// The renders of the last time.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<BTreeMap<String, (Job, Arc<RenderedChart>)>>);

/// Renders all charts below the root, in the order of their directories.
pub(crate) fn render(
    config: &Config,
    files: &BTreeMap<Arc<str>, ChartFile>,
    cache: &Cache,
) -> Vec<Arc<RenderedChart>> {
    let dirs = goready_helm::chart_dirs(files.keys().map(|it| &**it));
    let roots = dirs.iter().filter(|it| goready_helm::parent_chart(it, &dirs).is_none());
    let jobs: Vec<Job> = roots.map(|dir| job(config, files, dir)).collect();
    let mut kept = std::mem::take(&mut *cache.0.lock().unwrap_or_else(PoisonError::into_inner));
    let known: Vec<Option<Arc<RenderedChart>>> = jobs
        .iter()
        .map(|job| kept.remove(&job.dir).filter(|(old, _)| old.is_same(job)).map(|it| it.1))
        .collect();
    let rendered: Vec<Arc<RenderedChart>> = jobs
        .par_iter()
        .zip(known)
        .map(|(job, known)| known.unwrap_or_else(|| Arc::new(job.run())))
        .collect();
    let entries = jobs.into_iter().zip(&rendered);
    let entries = entries.map(|(job, chart)| (job.dir.clone(), (job, chart.clone()))).collect();
    *cache.0.lock().unwrap_or_else(PoisonError::into_inner) = entries;
    rendered
}

fn job(config: &Config, files: &BTreeMap<Arc<str>, ChartFile>, dir: &str) -> Job {
    let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
    let own: Vec<ChartFile> =
        files.values().filter(|it| it.path.starts_with(&prefix)).cloned().collect();
    let shown = if dir.is_empty() { "." } else { dir };
    let settings = config.charts.iter().find(|it| it.path.value == shown);
    let mut sets = vec![Set { name: "default".to_owned(), files: Vec::new(), set: Vec::new() }];
    for file in &own {
        let Some(inside) = file.path.strip_prefix(&prefix) else { continue };
        if inside.starts_with("ci/") && inside.ends_with("-values.yaml") {
            let files = vec![file.clone()];
            sets.push(Set { name: inside.to_owned(), files, set: Vec::new() });
        }
    }
    let named = settings.iter().flat_map(|it| &it.renders).chain(&config.values);
    sets.extend(named.map(|it| set(it, files)));
    Job { dir: dir.to_owned(), files: own, sets, config: settings.cloned() }
}

fn set(named: &ValuesSet, files: &BTreeMap<Arc<str>, ChartFile>) -> Set {
    let found = named.files.iter().filter_map(|it| files.get(&*it.value).cloned());
    Set { name: named.name.clone(), files: found.collect(), set: named.set.clone() }
}

impl Job {
    /// Whether both would render the same: files are the same when their bytes were read once.
    fn is_same(&self, other: &Job) -> bool {
        let same = |a: &[ChartFile], b: &[ChartFile]| {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| a.id == b.id && Arc::ptr_eq(&a.bytes, &b.bytes))
        };
        self.config == other.config
            && same(&self.files, &other.files)
            && self.sets.len() == other.sets.len()
            && self
                .sets
                .iter()
                .zip(&other.sets)
                .all(|(a, b)| a.name == b.name && a.set == b.set && same(&a.files, &b.files))
    }

    fn run(&self) -> RenderedChart {
        unimplemented!()
    }
}
