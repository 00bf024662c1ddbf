//! Renders the charts of the project, each with each of its sets of values, in parallel.
//!
//! A chart is rendered with its own values, with each `ci/*-values.yaml` over them (the convention
//! of helm's chart-testing), with the sets that the configuration names, and with what the command
//! line gives. What a chart renders to is kept until one of its files or sets changes, so that an
//! editor renders only what an edit concerns.

mod places;
mod siblings;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Arc, Mutex, PoisonError},
};

use goready_helm::{
    Chart, ChartKind, Content, ErrorKind, LoadError, Loading, Request, Settings, ValuesKind,
    ValuesSource,
};
use goready_model::{
    FileId, Place, RenderError, RenderErrorKind, Span, Tree, UnreadKey, UnrenderedPart,
};
use rayon::prelude::*;

use crate::config::{ChartConfig, Config, ValuesSet, closest};
use places::Climb;
use siblings::Siblings;

/// A chart that is deployed by itself, rendered.
#[derive(Debug, Clone)]
pub struct RenderedChart {
    /// Relative to the project root, empty for the root itself.
    pub dir: String,
    pub name: String,
    /// One for each set of values; empty for a library.
    pub sets: Vec<RenderedSet>,
    pub unread: Vec<UnreadKey>,
    pub unrendered: Vec<UnrenderedPart>,
    /// Template actions in files of `crds/`, the first of each file.
    pub templated_crds: Vec<Place>,
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
    /// Places of scalars that a values file feeds only a part of.
    pub parts: BTreeSet<Place>,
    /// Places of the names of objects.
    pub names: BTreeSet<Place>,
    /// Actions that make a new certificate with each render; empty where the chart looks for one
    /// that is there.
    pub remade: Vec<Place>,
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
    pub(crate) bytes: Content,
}

impl ChartFile {
    /// As the chart sees it.
    fn in_chart(&self, prefix: &str) -> goready_helm::ChartFile {
        goready_helm::ChartFile {
            id: self.id,
            path: self.path.strip_prefix(prefix).unwrap_or(&self.path).to_owned(),
            bytes: self.bytes.clone(),
        }
    }
}

/// Everything a chart's renders depend on.
#[derive(Debug, Clone)]
struct Job {
    dir: String,
    /// Members of its archives get ids from here on.
    next_id: FileId,
    kube_version: String,
    files: Vec<ChartFile>,
    /// Charts of the repository that stand for missing dependencies.
    siblings: Siblings,
    sets: Vec<Set>,
    config: Option<ChartConfig>,
}

/// A set of values with the texts of its files.
#[derive(Debug, Clone)]
struct Set {
    name: String,
    files: Vec<ChartFile>,
    single: Vec<String>,
}

/// What is kept of the last time.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    renders: Mutex<BTreeMap<String, (Job, Arc<RenderedChart>)>>,
    /// Charts vendor the same libraries.
    templates: Arc<goready_helm::template::Cache>,
}

/// Ids of members of archives start here, far above those of files.
const FIRST_MEMBER: u32 = 1 << 31;

/// Ids that one chart's archives may use.
const MEMBERS: u32 = 1 << 16;

/// Renders all charts below the root, in the order of their directories.
pub(crate) fn render(
    config: &Config,
    files: &BTreeMap<Arc<str>, ChartFile>,
    cache: &Cache,
) -> Vec<Arc<RenderedChart>> {
    let dirs = goready_helm::chart_dirs(files.keys().map(|it| &**it));
    let roots = dirs.iter().filter(|it| goready_helm::parent_chart(it, &dirs).is_none());
    let jobs: Vec<Job> =
        roots.enumerate().map(|(index, dir)| job(config, files, dir, index as u32)).collect();
    let mut kept =
        std::mem::take(&mut *cache.renders.lock().unwrap_or_else(PoisonError::into_inner));
    let known: Vec<Option<Arc<RenderedChart>>> = jobs
        .iter()
        .map(|job| kept.remove(&job.dir).filter(|(old, _)| old.is_same(job)).map(|it| it.1))
        .collect();
    let rendered: Vec<Arc<RenderedChart>> = jobs
        .par_iter()
        .zip(known)
        .map(|(job, known)| known.unwrap_or_else(|| Arc::new(job.run(&cache.templates))))
        .collect();
    let entries = jobs.into_iter().zip(&rendered);
    let entries = entries.map(|(job, chart)| (job.dir.clone(), (job, chart.clone()))).collect();
    *cache.renders.lock().unwrap_or_else(PoisonError::into_inner) = entries;
    rendered
}

fn job(config: &Config, files: &BTreeMap<Arc<str>, ChartFile>, dir: &str, index: u32) -> Job {
    let prefix = prefix(dir);
    let own = files_below(files, &prefix);
    let shown = if dir.is_empty() { "." } else { dir };
    let settings = config.charts.iter().find(|it| it.path.value == shown);
    let mut sets = vec![Set { name: "default".to_owned(), files: Vec::new(), single: Vec::new() }];
    for file in &own {
        let Some(inside) = file.path.strip_prefix(&prefix) else { continue };
        if inside.starts_with("ci/") && inside.ends_with("-values.yaml") {
            let files = vec![file.clone()];
            sets.push(Set { name: inside.to_owned(), files, single: Vec::new() });
        }
    }
    let named = settings.iter().flat_map(|it| &it.renders).chain(&config.values);
    sets.extend(named.map(|it| set(it, files)));
    Job {
        dir: dir.to_owned(),
        next_id: FileId(FIRST_MEMBER.saturating_add(index.saturating_mul(MEMBERS))),
        // Helm's own default is the newest version it knows; ours is the newest asked for.
        kube_version: format!("{}.0", config.settings.kubernetes.1),
        siblings: siblings::find(files, dir),
        files: own,
        sets,
        config: settings.cloned(),
    }
}

fn prefix(dir: &str) -> String {
    if dir.is_empty() { String::new() } else { format!("{dir}/") }
}

fn files_below(files: &BTreeMap<Arc<str>, ChartFile>, prefix: &str) -> Vec<ChartFile> {
    let from = files.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
    from.take_while(|(path, _)| path.starts_with(prefix)).map(|it| it.1.clone()).collect()
}

fn set(named: &ValuesSet, files: &BTreeMap<Arc<str>, ChartFile>) -> Set {
    let found = named.files.iter().filter_map(|it| files.get(&*it.value).cloned());
    Set { name: named.name.clone(), files: found.collect(), single: named.set.clone() }
}

/// Files are the same when their bytes were read once.
fn are_same(a: &[ChartFile], b: &[ChartFile]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.id == b.id && a.bytes.is_same(&b.bytes))
}

impl Job {
    /// Whether both would render the same.
    fn is_same(&self, other: &Job) -> bool {
        self.config == other.config
            && self.next_id == other.next_id
            && self.kube_version == other.kube_version
            && are_same(&self.files, &other.files)
            && self.siblings.is_same(&other.siblings)
            && self.sets.len() == other.sets.len()
            && self.sets.iter().zip(&other.sets).all(|(a, b)| {
                a.name == b.name && a.single == b.single && are_same(&a.files, &b.files)
            })
    }

    fn run(&self, templates: &Arc<goready_helm::template::Cache>) -> RenderedChart {
        let prefix = prefix(&self.dir);
        let files = self.files.iter().map(|it| it.in_chart(&prefix)).collect();
        let loading = Loading {
            next_id: self.next_id,
            siblings: &|it| self.siblings.of(it),
            cache: templates.clone(),
        };
        match goready_helm::load_with(files, loading) {
            Ok(chart) => self.render(&Arc::new(chart)),
            Err(error) => self.unloaded(&error),
        }
    }

    /// A chart that cannot be loaded: each of its sets fails.
    fn unloaded(&self, error: &LoadError) -> RenderedChart {
        let error = RenderError {
            kind: RenderErrorKind::Chart,
            place: error.span.unwrap_or_else(|| self.metadata_span()).into(),
            message: one_line(&error.message),
            chain: Vec::new(),
        };
        let set = RenderedSet {
            name: "default".to_owned(),
            namespace: None,
            documents: Vec::new(),
            errors: vec![error],
            chains: BTreeMap::new(),
            parts: BTreeSet::new(),
            names: BTreeSet::new(),
            remade: Vec::new(),
        };
        let name = self.dir.rsplit('/').next().unwrap_or_default().to_owned();
        RenderedChart {
            dir: self.dir.clone(),
            name,
            sets: vec![set],
            unread: Vec::new(),
            unrendered: Vec::new(),
            templated_crds: Vec::new(),
            members: Vec::new(),
        }
    }

    /// The start of `Chart.yaml`.
    fn metadata_span(&self) -> Span {
        let path = format!("{}Chart.yaml", prefix(&self.dir));
        let file = self.files.iter().find(|it| *it.path == *path).map_or(FileId(0), |it| it.id);
        Span::new(file, 0, 0)
    }

    fn render(&self, chart: &Arc<Chart>) -> RenderedChart {
        let is_library = chart.metadata.kind == ChartKind::Library;
        let sets = if is_library { &[][..] } else { &self.sets };
        let values = self.sets.iter().flat_map(|it| &it.files).cloned();
        let texts: Vec<ChartFile> = self.files.iter().cloned().chain(values).collect();
        let climb = Climb::new(chart, self.metadata_span(), self.next_id, &texts);
        let kept = (sets.len() > 1).then(goready_helm::Kept::default);
        let kept = kept.as_ref();
        let (sets, reached): (Vec<_>, Vec<_>) =
            sets.par_iter().map(|set| self.render_set(chart, set, &climb, kept)).unzip();
        let member =
            |it: &goready_helm::ChartFile| (it.id, format!("{}{}", prefix(&self.dir), it.path));
        RenderedChart {
            dir: self.dir.clone(),
            name: chart.metadata.name.clone(),
            unrendered: unrendered(chart, &sets, reached),
            sets,
            unread: if is_library { Vec::new() } else { unread(chart) },
            templated_crds: self.templated_crds(),
            members: chart.archived.iter().map(member).collect(),
        }
    }

    fn templated_crds(&self) -> Vec<Place> {
        let crds = self.files.iter().filter(|it| it.path.contains("crds/"));
        crds.filter_map(|it| {
            let text = is_crd(it.path.strip_prefix(&prefix(&self.dir))?)
                .then(|| String::from_utf8_lossy(&it.bytes))?;
            goready_helm::first_action(it.id, &text).map(Place::from)
        })
        .collect()
    }

    /// A render with one set, and the blocks of templates that it ran.
    fn render_set(
        &self,
        chart: &Arc<Chart>,
        set: &Set,
        climb: &Climb<'_>,
        kept: Option<&goready_helm::Kept>,
    ) -> (RenderedSet, BTreeSet<Span>) {
        let config = self.config.as_ref();
        let release = config.and_then(|it| it.release.clone());
        let namespace = config.and_then(|it| it.namespace.clone());
        let settings = Settings {
            release: release.unwrap_or_else(|| chart.metadata.name.clone()),
            namespace: namespace.clone().unwrap_or_default(),
            kube_version: self.kube_version.clone(),
            api_versions: config.map_or_else(Vec::new, |it| it.api_versions.clone()),
            mode: goready_helm::Mode::Lint,
            limits: goready_helm::Limits::default(),
        };
        let rendered = goready_helm::render(
            chart,
            &Request { values: self.sources(set), kept, ..Request::new(settings) },
        );
        let mut reported = RenderedSet {
            name: set.name.clone(),
            namespace,
            documents: Vec::new(),
            errors: Vec::new(),
            chains: BTreeMap::new(),
            parts: BTreeSet::new(),
            names: BTreeSet::new(),
            remade: Vec::new(),
        };
        let here = rendered.certificates.iter().filter(|it| !climb.is_packed(**it));
        let made: Vec<Place> = here.map(|it| (*it).into()).collect();
        if !made.is_empty() && !rendered.looked_up && !self.knows_upgrades() {
            reported.remade = made;
        }
        for document in rendered.documents {
            let file = climb.file(document.template);
            let tree = climb.tree(document.tree, &document.provenance, &mut reported);
            reported.documents.push(RenderedDocument { file, tree, truncated: document.truncated });
        }
        let asks = |it: &goready_helm::RenderError| kind(it.kind) == RenderErrorKind::Asked;
        let asks = rendered.errors.iter().any(asks);
        let lacks = rendered.errors.iter().any(|it| it.kind == ErrorKind::MissingDependency);
        for error in rendered.errors.iter().filter(|it| !(lacks && may_lack_a_chart(it.kind))) {
            let mut errors = climb.errors(chart, error);
            if asks && error.kind == ErrorKind::Template {
                for it in &mut errors {
                    it.kind = RenderErrorKind::Doubtful;
                }
            }
            reported.errors.append(&mut errors);
        }
        (reported, rendered.reached)
    }

    /// Whether a template asks what is installed, be it on a path that an installation does not
    /// take.
    fn knows_upgrades(&self) -> bool {
        const WORDS: [&[u8]; 3] = [b"lookup", b".IsUpgrade", b".IsInstall"];
        let prefix = prefix(&self.dir);
        let inside = |it: &&ChartFile| {
            it.path.strip_prefix(&prefix).is_some_and(|it| it.contains("templates/"))
        };
        let mut templates = self.files.iter().filter(inside);
        templates.any(|it| WORDS.iter().any(|word| memchr::memmem::find(&it.bytes, word).is_some()))
    }

    /// The set's files, then its single values.
    fn sources(&self, set: &Set) -> Vec<ValuesSource> {
        let files = set.files.iter().map(|it| ValuesSource {
            id: it.id,
            text: String::from_utf8_lossy(&it.bytes).into(),
            kind: ValuesKind::File,
        });
        // Nobody can point into an argument: the chart's metadata stands for it.
        let id = self.metadata_span().file;
        let single = set.single.iter().map(move |it| ValuesSource {
            id,
            text: it.as_str().into(),
            kind: ValuesKind::Set,
        });
        files.chain(single).collect()
    }
}

/// Whether an error may come of templates and values that a dependency would bring, which is told
/// once for all: a library has names of its own choice for what it defines.
fn may_lack_a_chart(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Template | ErrorKind::MissingTemplate | ErrorKind::Document)
}

/// Parts of the chart's templates that no set turns on; nothing is said where a render failed.
fn unrendered(
    chart: &Chart,
    sets: &[RenderedSet],
    reached: Vec<BTreeSet<Span>>,
) -> Vec<UnrenderedPart> {
    if sets.is_empty() || sets.iter().any(|it| !it.errors.is_empty()) {
        return Vec::new();
    }
    let reached = reached.into_iter().flatten().collect();
    let parts = goready_helm::unreached_parts(chart, &reached);
    parts
        .into_iter()
        .map(|it| UnrenderedPart { place: it.branch.into(), lines: it.lines })
        .collect()
}

/// Keys of the chart's own values file that nothing reads.
fn unread(chart: &Chart) -> Vec<UnreadKey> {
    goready_helm::unread_keys(chart)
        .into_iter()
        .map(|it| {
            let name = it.path.rsplit('.').next().unwrap_or(&it.path);
            let read: Vec<&str> = it.read_instead.iter().map(String::as_str).collect();
            let similar = closest(name, read.iter().copied()).or_else(|| same_start(name, &read));
            UnreadKey { place: it.key.into(), similar: similar.map(str::to_owned), path: it.path }
        })
        .collect()
}

/// The only name that begins like another one: `targetCPUUtilization` for `targetCPU`.
fn same_start<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    const LEAST: usize = 4;
    let is_like = |it: &&&str| {
        it.len().min(name.len()) >= LEAST && (it.starts_with(name) || name.starts_with(**it))
    };
    let mut like = names.iter().filter(is_like);
    like.next().copied().filter(|_| like.next().is_none())
}

/// Whether a file of a chart lies in its `crds/`, or in those of a chart below it.
fn is_crd(path: &str) -> bool {
    let mut inside = path;
    while let Some(below) = inside.strip_prefix("charts/").and_then(|it| it.split_once('/')) {
        inside = below.1;
    }
    inside.starts_with("crds/")
}

fn kind(kind: ErrorKind) -> RenderErrorKind {
    match kind {
        ErrorKind::Syntax | ErrorKind::Template | ErrorKind::MissingTemplate => {
            RenderErrorKind::Template
        }
        ErrorKind::Required | ErrorKind::Refused => RenderErrorKind::Asked,
        ErrorKind::MissingDependency => RenderErrorKind::Dependency,
        ErrorKind::Values | ErrorKind::Chart => RenderErrorKind::Chart,
        ErrorKind::Schema => RenderErrorKind::Schema,
        ErrorKind::SchemaRequired => RenderErrorKind::SchemaRequired,
        ErrorKind::Document => RenderErrorKind::Yaml,
        ErrorKind::Limit => RenderErrorKind::Limit,
    }
}

/// A message of Helm on one line.
fn one_line(message: &str) -> String {
    let parts: Vec<&str> = message.split_whitespace().collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests;
