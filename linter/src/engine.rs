//! The engine: files in, findings out. A state machine without I/O, clock or environment, shared
//! by the command line and the language server.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use goready_helm::Content;
use goready_model::{
    FileId, FileKind, Finding, Place, Problem, ProblemKind, Project, SourceFile, Sources, Span,
};
use goready_parse::{Facts, ParseOptions, ProjectShape, Source, go::MODULE_CACHE};
use goready_rules::{Findings, Meta};
use rayon::prelude::*;

use crate::{
    check,
    config::{Config, closest},
    link::{self, LinkFile},
    paths::is_below,
    render::{self, ChartFile, RenderedChart},
    suppress,
};

/// Files in, findings out.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    /// By path, so that everything joined from it has one order whatever order files came in.
    files: BTreeMap<Arc<str>, Entry>,
    /// Packages of other modules, which are no part of the project: their code says what calls of
    /// them do.
    foreign: BTreeMap<Arc<str>, Kept>,
    /// Ids of all paths ever seen: an id is stable as long as the path is.
    ids: BTreeMap<Arc<str>, FileId>,
    shape: ProjectShape,
    renders: render::Cache,
}

/// The path of findings about the project as a whole.
const HERE: &str = ".";

/// What is known of one file.
#[derive(Debug)]
struct Entry {
    id: FileId,
    size: u64,
    /// `None` for a file that says nothing: its text is not kept either.
    kept: Option<Box<Kept>>,
    /// The bytes of a file in a chart: templates can read any of them.
    raw: Option<Content>,
}

#[derive(Debug)]
struct Kept {
    source: SourceFile,
    facts: Facts,
}

/// What a run could not do as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub kind: NotificationKind,
    /// The rule that is concerned, if one is.
    pub rule: Option<&'static str>,
    /// The file that is concerned, if one is.
    pub path: Option<String>,
    /// One line, lower case start, no full stop.
    pub message: String,
}

/// Kinds of [`Notification`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotificationKind {
    /// Worth knowing, nothing is missing.
    Note,
    /// A rule or a front end crashed; its findings are missing. Exit status 3.
    Crash,
}

/// The answer of [`Engine::check`].
#[derive(Debug)]
pub struct Analysis {
    pub project: Project,
    /// Texts of all files that say something.
    pub sources: Sources,
    /// Sorted by path and place; suppressed ones are marked, not left out.
    pub findings: Vec<Finding>,
    pub notifications: Vec<Notification>,
    /// The rules that ran, in the order of their names.
    pub rules: Vec<&'static Meta>,
}

impl Analysis {
    /// Findings that are not suppressed.
    pub fn active(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|it| it.suppressed.is_none())
    }

    /// Whether something crashed, so that findings may be missing.
    pub fn is_crippled(&self) -> bool {
        self.notifications.iter().any(|it| it.kind == NotificationKind::Crash)
    }
}

impl Entry {
    fn was_read(&self) -> bool {
        let problems = self.kept.iter().flat_map(|it| &it.facts.problems);
        problems.into_iter().all(|it| it.kind != ProblemKind::Unreadable)
    }
}

/// Why the bytes of a file are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Not text, and nothing by its name that matters: passed over.
    Skipped,
    /// Reported at the file.
    Failed { kind: ProblemKind, message: String },
}

impl Engine {
    pub fn new(config: Config) -> Self {
        let mut engine = Self {
            config,
            files: BTreeMap::new(),
            foreign: BTreeMap::new(),
            ids: BTreeMap::new(),
            shape: ProjectShape::default(),
            renders: render::Cache::default(),
        };
        engine.name_paths();
        engine
    }

    /// Gives ids to paths that findings may name although no file has to be there.
    fn name_paths(&mut self) {
        self.id(HERE);
        if let Some(source) = self.config.source.clone() {
            self.id(&source.path);
        }
        for path in self.config.expected_paths.clone() {
            self.id(&path);
        }
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Replaces the configuration; files stay as they are parsed.
    pub fn set_config(&mut self, config: Config) {
        self.config = config;
        self.name_paths();
    }

    /// Adds or replaces files, parsed in parallel. Paths are relative to the root with `/`.
    pub fn set_files(&mut self, files: Vec<(String, Vec<u8>)>) {
        let paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        let bytes: BTreeMap<String, Vec<u8>> = files.into_iter().collect();
        self.load(&paths, &|path| Ok(bytes.get(path).cloned().unwrap_or_default()));
    }

    /// Like [`Engine::set_files`], with the bytes fetched one file at a time by the threads that
    /// parse, so that the memory never holds the whole tree.
    pub fn load(
        &mut self,
        paths: &[String],
        read: &(dyn Fn(&str) -> Result<Vec<u8>, Unread> + Sync),
    ) {
        let mut paths: Vec<&String> = paths.iter().collect();
        paths.sort();
        paths.dedup();
        let ids: Vec<(Arc<str>, FileId)> = paths.iter().map(|it| self.id(it)).collect();
        self.reshape(ids.iter().map(|(path, _)| &**path));
        let parsing = self.parsing();
        let entries: Vec<(Arc<str>, Entry)> = ids
            .into_par_iter()
            .map(|(path, id)| {
                let entry = match read(&path) {
                    Ok(bytes) => parsing.file(id, &path, bytes),
                    Err(Unread::Skipped) => Entry { id, size: 0, kept: None, raw: None },
                    Err(Unread::Failed { kind, message }) => failed(id, &path, kind, message),
                };
                (path, entry)
            })
            .collect();
        self.files.extend(entries);
    }

    /// Adds or replaces one file.
    pub fn set_file(&mut self, path: &str, bytes: &[u8]) {
        let (path, id) = self.id(path);
        self.reshape([&*path]);
        let parsing = self.parsing();
        let entry = parsing.file(id, &path, bytes.to_vec());
        self.files.insert(path, entry);
    }

    /// Packages of other modules that main packages of the project reach and whose code is not
    /// there, as `<module>@<version>/<directory>`. Those behind them follow once they are there.
    pub fn missing_packages(&self) -> BTreeSet<String> {
        let sources = Sources::default();
        let files: Vec<LinkFile<'_>> = self.link_files().collect();
        link::missing_packages(&self.input(&files, &sources, &[]))
    }

    /// Adds Go files of other modules: `<module>@<version>/<directory>/<file>` with their text.
    pub fn add_foreign(&mut self, files: Vec<(String, Vec<u8>)>) {
        let files: Vec<(Arc<str>, FileId, Vec<u8>)> = files
            .into_iter()
            .map(|(path, bytes)| {
                let (path, id) = self.id(&format!("{MODULE_CACHE}/{path}"));
                (path, id, bytes)
            })
            .collect();
        let parse = |(path, id, bytes): (Arc<str>, FileId, Vec<u8>)| {
            let source = SourceFile::decode(path.clone(), &bytes);
            let mut facts = Facts::new(id, FileKind::Go);
            facts.go = Some(goready_parse::go::parse(id, &path, &source.text, true));
            (path, Kept { source, facts })
        };
        let parsed: Vec<_> = files.into_par_iter().map(parse).collect();
        self.foreign.extend(parsed);
    }

    fn link_files(&self) -> impl Iterator<Item = LinkFile<'_>> {
        let own = self.files.iter().filter_map(|(path, it)| Some((path, it.kept.as_deref()?)));
        own.chain(&self.foreign).map(|(path, kept)| LinkFile {
            file: kept.facts.file,
            path,
            facts: &kept.facts,
        })
    }

    fn input<'i>(
        &'i self,
        files: &'i [LinkFile<'i>],
        sources: &'i Sources,
        charts: &'i [Arc<RenderedChart>],
    ) -> link::Input<'i> {
        link::Input {
            files,
            sources,
            charts,
            settings: &self.config.settings,
            overrides: &self.config.links,
            models: &self.config.models,
        }
    }

    pub fn remove_file(&mut self, path: &str) {
        if self.files.remove(path).is_some() {
            self.reshape([]);
        }
    }

    /// Records a file that could not be read or was left out.
    pub fn add_failure(&mut self, path: &str, kind: ProblemKind, message: impl Into<String>) {
        let (path, id) = self.id(path);
        let entry = failed(id, &path, kind, message.into());
        self.files.insert(path, entry);
    }

    /// Whether the path is one of the files.
    pub fn holds(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Joins all facts, without judging them.
    pub fn link(&self) -> (Project, Sources) {
        let mut sources = Sources::default();
        if let (Some(source), Some(id)) = (&self.config.source, self.config_file()) {
            let file =
                SourceFile { path: source.path.clone(), text: source.text.clone(), lossy: false };
            sources.insert(id, file);
        }
        let own = self.files.values().filter_map(|it| it.kept.as_deref());
        for kept in own.chain(self.foreign.values()) {
            sources.insert(kept.facts.file, kept.source.clone());
        }
        let files: Vec<LinkFile<'_>> = self.link_files().collect();
        let charts = self.render(&mut sources);
        let mut project = link::link(&self.input(&files, &sources, &charts));
        if let (Some(source), Some(id)) = (&self.config.source, self.config_file()) {
            project.paths.entry(id).or_insert_with(|| source.path.to_string());
        }
        project.coverage.files = self.files.values().filter(|it| it.was_read()).count();
        project.coverage.read_bytes = self.files.values().map(|it| it.size).sum();
        (project, sources)
    }

    /// Renders the charts; files that places then name and that say nothing else join the sources.
    fn render(&self, sources: &mut Sources) -> Vec<Arc<RenderedChart>> {
        let mut files = BTreeMap::new();
        for (path, entry) in &self.files {
            let Some(bytes) = entry.raw.clone() else { continue };
            files.insert(path.clone(), ChartFile { id: entry.id, path: path.clone(), bytes });
        }
        let charts = render::render(&self.config, &files, &self.renders);
        for file in files.values() {
            if sources.get(file.id).is_none() && !goready_helm::is_archive(&file.path) {
                let path = file.path.clone();
                let source = match file.bytes.as_text() {
                    Some(text) => SourceFile { path, text: text.clone(), lossy: false },
                    None => SourceFile::decode(path, &file.bytes),
                };
                sources.insert(file.id, source);
            }
        }
        for (id, path) in charts.iter().flat_map(|it| &it.members) {
            let path: Arc<str> = path.as_str().into();
            sources.insert(*id, SourceFile { path, text: "".into(), lossy: false });
        }
        charts
    }

    /// Joins, judges, suppresses and sorts: the same bytes in give the same findings, whatever
    /// the number of threads.
    pub fn check(&self) -> Analysis {
        let (project, sources) = self.link();
        self.judge(project, sources)
    }

    /// The second half of [`Engine::check`], for the project that [`Engine::link`] gave.
    pub fn judge(&self, mut project: Project, mut sources: Sources) -> Analysis {
        let rules = self.config.selection.rules();
        let mut outcome = check::run(&self.config, &project, &rules);
        outcome.notifications.extend(crashed_files(&project));
        let nothing = self.nothing_analysed(&mut project, &mut sources, &rules);
        outcome.judged.findings.extend(nothing);
        let scene = suppress::Scene {
            config: &self.config,
            config_file: self.config_file(),
            project: &project,
            sources: &sources,
            rules: &rules,
        };
        let findings = suppress::apply(&scene, outcome.judged);
        let findings = check::finish(&self.config, &project, &sources, findings);
        Analysis { project, sources, findings, notifications: outcome.notifications, rules }
    }

    /// What was asked for and is not there: a green run must not mean that nothing was read.
    fn nothing_analysed(
        &self,
        project: &mut Project,
        sources: &mut Sources,
        rules: &[&'static Meta],
    ) -> Vec<Finding> {
        let Some(meta) = rules.iter().find(|it| it.name == "nothing-analysed") else {
            return Vec::new();
        };
        let mut findings = Findings::new(meta);
        let coverage = &project.coverage;
        let artifacts =
            coverage.go_files + coverage.dockerfiles + coverage.objects + coverage.charts;
        let mut missing = Vec::new();
        if artifacts == 0 {
            missing.push((HERE, "no Go file, Dockerfile, Kubernetes object or chart was found"));
        } else {
            for path in &self.config.expected_paths {
                let holds = |it: &Arc<str>| is_below(it, path);
                let kept = self.files.iter().filter(|(_, entry)| entry.kept.is_some());
                if !kept.map(|(path, _)| path).any(holds) {
                    missing.push((path, "nothing in this directory can be analysed"));
                }
            }
        }
        for (path, message) in missing {
            let Some((path, id)) = self.ids.get_key_value(path) else { continue };
            project.paths.insert(*id, path.to_string());
            let source = SourceFile { path: path.clone(), text: "".into(), lossy: false };
            sources.insert(*id, source);
            findings
                .report(Place::new(*id, 0, 0), message)
                .help("name the directory that holds the service and its manifests");
        }
        self.unmatched_entries(project, &mut findings);
        findings.into_vec()
    }

    /// `[[link]]` and `[[chart]]` entries that name what does not exist.
    fn unmatched_entries(&self, project: &Project, findings: &mut Findings) {
        let Some(file) = self.config_file() else { return };
        let programs: BTreeSet<&str> = project.programs.iter().map(|it| &*it.dir).collect();
        for link in &self.config.links {
            let dockerfile = link.dockerfile.as_ref().filter(|it| !self.holds(&it.value));
            let program = link.program.as_ref().filter(|it| !programs.contains(&*it.value));
            for (missing, what) in [(dockerfile, "Dockerfile"), (program, "main package")] {
                let Some(missing) = missing else { continue };
                let place = Place::from(Span { file, ..missing.place.at });
                findings
                    .report(place, format!("there is no {what} `{}`", missing.value))
                    .help("write the path from the project root");
            }
        }
        self.unused_models(file, findings);
        for chart in &self.config.charts {
            let metadata = match chart.path.value.as_str() {
                "." => "Chart.yaml".to_owned(),
                dir => format!("{dir}/Chart.yaml"),
            };
            let chart_file = (!self.holds(&metadata)).then_some((&chart.path, "chart"));
            let values = chart.renders.iter().flat_map(|it| &it.files);
            let values = values.filter(|it| !self.holds(&it.value)).map(|it| (it, "values file"));
            for (missing, what) in chart_file.into_iter().chain(values) {
                let place = Place::from(Span { file, ..missing.place.at });
                findings
                    .report(place, format!("there is no {what} `{}`", missing.value))
                    .help("write the path from the project root");
            }
        }
    }

    /// `[[model]]` entries for packages that nothing imports.
    fn unused_models(&self, file: FileId, findings: &mut Findings) {
        let kept = self.files.values().filter_map(|it| it.kept.as_ref()?.facts.go.as_ref());
        let imports: BTreeSet<&str> =
            kept.flat_map(|it| &it.header.imports).map(|it| &*it.path).collect();
        for path in self.config.models.unused(&imports) {
            let place = Place::from(Span { file, ..path.place.at });
            let message = format!("no Go file imports `{}`", path.value);
            let help = match closest(&path.value, imports.iter().copied()) {
                Some(near) => format!("write `{near}`"),
                None => "write the path as Go files import it".to_owned(),
            };
            findings.report(place, message).help(help);
        }
    }

    fn config_file(&self) -> Option<FileId> {
        self.config.source.as_ref().and_then(|it| self.ids.get(&it.path)).copied()
    }

    fn parsing(&self) -> Parsing<'_> {
        Parsing { shape: &self.shape, config: &self.config, options: self.parse_options() }
    }

    fn parse_options(&self) -> ParseOptions {
        ParseOptions { prefilter: !self.config.no_prefilter }
    }

    fn id(&mut self, path: &str) -> (Arc<str>, FileId) {
        if let Some((path, id)) = self.ids.get_key_value(path) {
            return (path.clone(), *id);
        }
        let (path, id): (Arc<str>, _) = (path.into(), FileId(self.ids.len() as u32));
        self.ids.insert(path.clone(), id);
        (path, id)
    }

    /// Takes notice of paths that came or went. Where that changes what a kept file is (a new
    /// `Chart.yaml` makes templates of its neighbours), the file is parsed again.
    fn reshape<'a>(&mut self, added: impl IntoIterator<Item = &'a str>) {
        let mut chart_dirs = goready_helm::chart_dirs(self.files.keys().map(|it| &**it));
        chart_dirs.extend(goready_helm::chart_dirs(added));
        if chart_dirs == self.shape.chart_dirs {
            return;
        }
        self.shape.chart_dirs = chart_dirs;
        let options = self.parse_options();
        for (path, entry) in &mut self.files {
            let Some(kept) = &entry.kept else { continue };
            // A file that said nothing before its chart came is read with the next change of it.
            if entry.raw.is_none() && self.shape.chart_of(path).is_some() {
                entry.raw = Some(Content::Text(kept.source.text.clone()));
            }
            let kind = goready_parse::classify(path, &kept.source.text, &self.shape);
            if kind != kept.facts.kind && !kept.facts.problems.iter().any(is_unread) {
                let source = kept.source.clone();
                entry.kept = facts(entry.id, source, &self.shape, options);
            }
        }
    }
}

/// The message of a front end that panicked, told from other problems by [`crashed_files`].
const CRASHED: &str = "goready itself failed on this file";

fn is_unread(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::Unreadable | ProblemKind::Limit)
}

/// What parsing one file depends on besides the file.
#[derive(Clone, Copy)]
struct Parsing<'a> {
    shape: &'a ProjectShape,
    config: &'a Config,
    options: ParseOptions,
}

impl Parsing<'_> {
    fn file(self, id: FileId, path: &Arc<str>, bytes: Vec<u8>) -> Entry {
        let size = bytes.len() as u64;
        let is_read = self.shape.chart_of(path).is_some() || self.config.names_values(path);
        if goready_helm::is_archive(path) {
            return Entry { id, size, kept: None, raw: is_read.then(|| bytes.into()) };
        }
        let source = SourceFile::decode(path.clone(), &bytes);
        let raw = is_read.then(|| {
            let is_text = *source.text.as_bytes() == *bytes;
            if is_text { Content::Text(source.text.clone()) } else { bytes.into() }
        });
        Entry { id, size, kept: facts(id, source, self.shape, self.options), raw }
    }
}

/// Facts of one file, `None` when it says nothing.
fn facts(
    id: FileId,
    source: SourceFile,
    shape: &ProjectShape,
    options: ParseOptions,
) -> Option<Box<Kept>> {
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let _quiet = check::Quiet::enter();
        let kind = goready_parse::classify(&source.path, &source.text, shape);
        let input =
            Source { file: id, path: &source.path, text: &source.text, lossy: source.lossy };
        goready_parse::parse(&input, kind, &options)
    }));
    let facts = parsed.unwrap_or_else(|_| {
        let mut facts = Facts::new(id, FileKind::Text);
        facts.problems.push(Problem {
            kind: ProblemKind::Unsupported,
            place: Place::new(id, 0, 0),
            message: CRASHED.to_owned(),
            related: None,
        });
        facts
    });
    says_something(&facts).then(|| Box::new(Kept { source, facts }))
}

fn says_something(facts: &Facts) -> bool {
    !matches!(facts.kind, FileKind::Text | FileKind::Config)
        || !facts.problems.is_empty()
        || !facts.documents.is_empty()
        || !facts.secrets.is_empty()
        || facts.pem.is_some()
        || !facts.directives.is_empty()
}

fn failed(id: FileId, path: &Arc<str>, kind: ProblemKind, message: String) -> Entry {
    let mut facts = Facts::new(id, FileKind::Text);
    facts.problems.push(Problem { kind, place: Place::new(id, 0, 0), message, related: None });
    let source = SourceFile { path: path.clone(), text: "".into(), lossy: false };
    Entry { id, size: 0, kept: Some(Box::new(Kept { source, facts })), raw: None }
}

fn crashed_files(project: &Project) -> impl Iterator<Item = Notification> {
    let crashed = project.problems.iter().filter(|it| it.message == CRASHED);
    crashed.map(|it| Notification {
        kind: NotificationKind::Crash,
        rule: None,
        path: Some(project.path(it.place.at.file).to_owned()),
        message: CRASHED.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use goready_model::Profile;

    use super::*;
    use crate::config::{Layer, Selection, Selector};

    const BAD: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  \
        selector: {app: a}\n  ports:\n    - port: \"80\"\n";
    const TEMPLATE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n";

    fn engine() -> Engine {
        let layer = Layer { select: Some(vec![Selector::All]), ..Layer::default() };
        let selection = Selection { profile: Profile::Strict, layers: vec![layer] };
        Engine::new(Config { selection, ..Config::default() })
    }

    fn files() -> Vec<(String, Vec<u8>)> {
        let files = [
            ("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n"),
            ("chart/templates/service.yaml", TEMPLATE),
            ("chart/values.yaml", "name: a\n"),
            ("deploy/a.yaml", BAD),
            ("deploy/broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {\n"),
            ("go.mod", "module example.com/a\n\ngo 1.26\n"),
            ("main.go", "package main\n\nfunc main() {}\n"),
        ];
        files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into()
    }

    /// What a run says, with paths for ids.
    fn told(engine: &Engine) -> Vec<String> {
        let analysis = engine.check();
        let findings = analysis.findings.iter();
        findings
            .map(|it| {
                let at = it.place.at;
                let path = analysis.sources.path(at.file);
                format!("{path} {}..{} {} {}", at.start, at.end, it.rule, it.message)
            })
            .collect()
    }

    #[test]
    fn files_one_by_one_in_any_order_give_what_all_at_once_give() {
        let mut whole = engine();
        whole.set_files(files());
        let expected = told(&whole);
        assert!(!expected.is_empty());
        let mut single = engine();
        single.set_file("gone.yaml", BAD.as_bytes());
        for (path, bytes) in files().iter().rev() {
            single.set_file(path, b"kind: Service\napiVersion: v1\n");
            single.set_file(path, bytes);
        }
        single.remove_file("gone.yaml");
        assert_eq!(told(&single), expected);
    }

    #[test]
    fn a_new_chart_makes_templates_of_the_files_in_it() {
        let mut engine = engine();
        engine.set_file("chart/templates/service.yaml", TEMPLATE.as_bytes());
        let kind = |engine: &Engine| engine.link().0.kinds.into_values().next();
        assert_eq!(kind(&engine), Some(FileKind::Manifest));
        engine.set_file("chart/Chart.yaml", b"apiVersion: v2\nname: a\nversion: 0.1.0\n");
        engine.remove_file("no-such-file");
        let (project, _) = engine.link();
        assert!(project.kinds.values().any(|it| *it == FileKind::ChartTemplate));
    }

    #[test]
    fn an_id_stays_with_its_path() {
        let mut engine = engine();
        let id = |engine: &Engine| {
            let (_, sources) = engine.link();
            sources.iter().find(|(_, it)| &*it.path == "deploy/a.yaml").map(|(id, _)| id)
        };
        engine.set_files(files());
        let before = id(&engine);
        engine.remove_file("deploy/a.yaml");
        assert_eq!(id(&engine), None);
        engine.set_file("another.yaml", BAD.as_bytes());
        engine.set_file("deploy/a.yaml", BAD.as_bytes());
        assert_eq!(id(&engine), before);
    }

    #[test]
    fn a_file_that_was_not_read_is_reported_and_not_counted() {
        let mut engine = engine();
        engine.set_file("deploy/a.yaml", BAD.as_bytes());
        engine.add_failure("deploy/b.yaml", ProblemKind::Unreadable, "permission denied");
        let analysis = engine.check();
        assert_eq!(analysis.project.coverage.files, 1);
        assert_eq!(analysis.project.coverage.failed[0].path, "deploy/b.yaml");
        assert!(analysis.findings.iter().any(|it| it.rule == "analysis-incomplete"));
    }
}
