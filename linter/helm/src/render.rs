//! One render of one chart: what `helm template` does, with the origin of everything it prints
//! (helm 4.3.1 pkg/action/install.go, pkg/engine/engine.go).
//!
//! Nothing ends a render but a chart that has no values to render with: what is wrong is said, and
//! the rest goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use goready_model::{FileId, Span};

use crate::{
    chart::{self, Chart, ChartKind, Instance, ReadFile, ValuesSource},
    context::{Context, Settings},
    documents::{self, Reading, RenderedDocument, Templates, kept::Kept},
    exec::{self, Interpreter},
    value::{Map, Value},
};

/// What to render a chart with.
#[derive(Clone)]
pub struct Request<'a> {
    pub settings: Settings,
    /// Over the values of the chart, later ones over earlier ones of their kind.
    pub values: Vec<ValuesSource>,
    /// Gives the files that `--set-file` names.
    pub read_file: &'a ReadFile<'a>,
    /// What earlier renders of this chart printed, for later ones that print the same.
    pub kept: Option<&'a Kept>,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Request");
        debug.field("settings", &self.settings).field("values", &self.values);
        debug.finish_non_exhaustive()
    }
}

impl Request<'_> {
    /// A render with the chart's own values.
    pub fn new(settings: Settings) -> Self {
        Self { settings, values: Vec::new(), read_file: &no_files, kept: None }
    }
}

fn no_files(path: &str) -> Result<Vec<u8>, String> {
    Err(format!("open {path}: no such file or directory"))
}

/// What came of a render.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    /// In the order of installation, hooks behind all others.
    pub documents: Vec<RenderedDocument>,
    /// In the order they happened.
    pub errors: Vec<RenderError>,
    /// What Helm warns of.
    pub warnings: Vec<String>,
    /// Blocks of templates that ran, each by the span of its first node, in [`Mode::Lint`]: what is
    /// not here, this render did not show.
    ///
    /// [`Mode::Lint`]: crate::Mode::Lint
    pub reached: BTreeSet<Span>,
    /// Actions that made a certificate: another one each time.
    pub certificates: BTreeSet<Span>,
    /// The chart asked the cluster for an object (`lookup`).
    pub looked_up: bool,
    /// Helm's names of template files: `chart/charts/below/templates/service.yaml`. Of a chart
    /// that is there several times under aliases the first.
    pub names: BTreeMap<FileId, Arc<str>>,
}

/// Something that helm gives up on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    pub kind: ErrorKind,
    /// In Helm's words where it has some.
    pub message: String,
    /// What to look at: in a template, the values, `Chart.yaml` or a schema.
    pub span: Option<Span>,
    /// Actions that ran the template it is in, innermost first.
    pub via: Vec<Span>,
}

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A template is no template: no file of the chart would be rendered.
    Syntax,
    /// A template could not be run to its end.
    Template,
    /// A named template is not defined.
    MissingTemplate,
    /// The chart asks for a value: `required`.
    Required,
    /// The chart refuses its values: `fail`.
    Refused,
    /// A dependency is not there.
    MissingDependency,
    /// Values, from a file or the command line, that cannot be read or merged.
    Values,
    /// The schema of the values.
    Schema,
    /// The schema requires a value that is not there.
    SchemaRequired,
    /// `Chart.yaml`: its version, its type, the Kubernetes version it asks for.
    Chart,
    /// A rendered document is no YAML.
    Document,
    /// It would take too long or become too large.
    Limit,
}

/// Renders a chart.
pub fn render(chart: &Arc<Chart>, request: &Request<'_>) -> Rendered {
    let mut cx = Context::new(Rc::new(request.settings.clone()));
    let kept = request.kept;
    let mut run = Run { cx: &mut cx, chart, kept, rendered: Rendered::default() };
    run.check_chart();
    if let Some((instance, dots)) = run.prepare(request) {
        run.templates(&instance, &dots);
    }
    run.rendered
}

struct Run<'r> {
    cx: &'r mut Context,
    chart: &'r Arc<Chart>,
    kept: Option<&'r Kept>,
    rendered: Rendered,
}

/// What the templates of a chart see, and those of the charts below.
struct Dots {
    /// Values, release and so on.
    dot: Map,
    charts: Vec<Dots>,
}

/// A file to run.
struct Runnable<'r> {
    template: &'r chart::Template,
    dot: Map,
    base_path: Rc<str>,
}

impl Run<'_> {
    fn error(&mut self, kind: ErrorKind, span: Option<Span>, message: impl Into<String>) {
        let error = RenderError { kind, message: message.into(), span, via: Vec::new() };
        self.rendered.errors.push(error);
    }

    /// What is wrong with the chart whatever its values.
    fn check_chart(&mut self) {
        let metadata = &self.chart.metadata;
        let places = metadata.places;
        if metadata.kind == ChartKind::Library {
            self.error(ErrorKind::Chart, places.kind, "library charts are not installable");
        }
        let missing: Vec<_> = self.chart.missing().collect();
        let Some(first) = missing.first() else { return };
        let names: Vec<_> = missing.iter().map(|it| &*it.name).collect();
        let names = names.join(", ");
        let message = format!(
            "an error occurred while checking for chart dependencies. You may need to run `helm \
             dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in \
             charts/ directory: {names}"
        );
        self.error(ErrorKind::MissingDependency, first.place, message);
    }

    /// Values and objects of all charts; `None` when there are none to render with.
    fn prepare(&mut self, request: &Request<'_>) -> Option<(Instance, Dots)> {
        let user = match chart::user_values(self.cx, &request.values, request.read_file) {
            Ok(values) => values,
            Err(error) => {
                self.error(ErrorKind::Values, error.span, error.message);
                return None;
            }
        };
        let mut warnings = Vec::new();
        let prepared = self.coalesced(&user, &mut warnings);
        self.rendered.warnings.append(&mut warnings);
        let (instance, values) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                self.error(ErrorKind::Values, error.span, error.message);
                return None;
            }
        };
        let values = Value::map(values);
        let refused = chart::validate(self.cx, &instance, &values, &mut warnings);
        self.rendered.warnings.append(&mut warnings);
        for error in refused {
            let kind = if error.asks { ErrorKind::SchemaRequired } else { ErrorKind::Schema };
            self.error(kind, Some(error.span), error.message);
        }
        let Some(capabilities) = chart::Capabilities::new(&request.settings) else {
            let version = &request.settings.kube_version;
            self.error(ErrorKind::Chart, None, format!("invalid kube version '{version}'"));
            return None;
        };
        self.check_kube_version(&capabilities);
        let shared =
            Shared { release: chart::release(self.cx), capabilities: Value::object(capabilities) };
        let dots = shared.dots(&instance, values.as_map().cloned(), true);
        Some((instance, dots))
    }

    fn coalesced(
        &mut self,
        user: &Map,
        warnings: &mut Vec<String>,
    ) -> Result<(Instance, Map), chart::ValuesError> {
        let mut instance = Instance::new(self.cx, self.chart)?;
        instance
            .process_dependencies(user, warnings)
            .map_err(|it| format!("chart dependencies processing failed: {it}"))?;
        let values = chart::values_of(&instance, user, warnings)?;
        Ok((instance, values))
    }

    fn check_kube_version(&mut self, capabilities: &chart::Capabilities) {
        let wanted = &self.chart.metadata.kube_version;
        let version = capabilities.kube_version();
        if wanted.is_empty() || chart::is_compatible(wanted, &version.normalized) {
            return;
        }
        let message = format!(
            "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {}",
            version.version
        );
        self.error(ErrorKind::Chart, self.chart.metadata.places.kube_version, message);
    }

    /// Runs all templates and reads what they print.
    fn templates(&mut self, instance: &Instance, dots: &Dots) {
        let mut files = BTreeMap::new();
        collect(instance, dots, &instance.name, &mut files);
        let mut order: Vec<_> = files.keys().cloned().collect();
        order.sort_by(|one, other| exec::parse_order(one, other));
        let mut templates = exec::Templates::default();
        let mut sources = Templates::default();
        for name in &order {
            let template = files[name].template;
            let parsed = template.parsed();
            self.rendered.names.entry(parsed.id).or_insert_with(|| name.clone());
            sources.add(&template.source);
            for error in parsed.errors.iter() {
                let span = Some(sources.in_file(error.span.in_file(parsed.id)));
                self.error(ErrorKind::Syntax, span, error.message.clone());
            }
            templates.add(name, parsed);
        }
        add_values(instance, &mut sources);
        let mut outputs = BTreeMap::new();
        let mut interpreter = Interpreter::new(self.cx, &templates);
        for name in order.iter().filter(|it| !file_name(it).starts_with('_')) {
            let file = &files[name];
            let template = Map { defined: Some(chart::VALUES_TYPE), ..Map::new() };
            template.set("Name", Value::string(name.as_bytes()));
            template.set("BasePath", Value::string(file.base_path.as_bytes()));
            file.dot.set("Template", Value::map(template));
            outputs.insert(name.clone(), interpreter.run_file(name, Value::map(file.dot.clone())));
        }
        self.rendered.reached = interpreter.into_reached();
        self.rendered.certificates =
            self.cx.certificates.iter().map(|it| sources.in_file(*it)).collect();
        self.rendered.looked_up = self.cx.looked_up;
        for name in &order {
            if let Some(output) = outputs.get(name) {
                self.template_errors(&output.errors, &sources);
            }
        }
        self.documents(&files, &outputs, &sources);
    }

    fn template_errors(&mut self, errors: &[exec::Error], sources: &Templates<'_>) {
        for error in errors {
            let kind = match error.kind {
                // It was reported where the file was parsed.
                exec::Kind::Syntax if self.is_reported(sources.in_file(error.span)) => continue,
                exec::Kind::Syntax => ErrorKind::Syntax,
                exec::Kind::Required => ErrorKind::Required,
                exec::Kind::Fail => ErrorKind::Refused,
                exec::Kind::Limit => ErrorKind::Limit,
                exec::Kind::MissingTemplate => ErrorKind::MissingTemplate,
                exec::Kind::Evaluation | exec::Kind::Function => ErrorKind::Template,
            };
            let error = RenderError {
                kind,
                message: error.message.clone(),
                span: Some(sources.in_file(error.span)),
                via: error.chain.iter().map(|it| sources.in_file(*it)).collect(),
            };
            // A helper that many files include fails in each of them; the first way to it will do.
            let is_same = |known: &RenderError| {
                known.span == error.span && known.kind == kind && known.message == error.message
            };
            if !self.rendered.errors.iter().any(is_same) {
                self.rendered.errors.push(error);
            }
        }
    }

    fn is_reported(&self, span: Span) -> bool {
        let mut known = self.rendered.errors.iter().filter_map(|it| it.span);
        known.any(|it| it == span || span.contains(it))
    }

    fn documents(
        &mut self,
        files: &BTreeMap<Arc<str>, Runnable<'_>>,
        outputs: &BTreeMap<Arc<str>, exec::FileOutput>,
        sources: &Templates<'_>,
    ) {
        let mode = self.cx.settings.mode;
        let reading =
            Reading { origins: &self.cx.origins, templates: sources, mode, kept: self.kept };
        let mut errors = Vec::new();
        let mut documents = Vec::new();
        // Sorted by name, as Helm reads them.
        for (name, output) in outputs.iter().filter(|(name, _)| !name.ends_with("NOTES.txt")) {
            let id = files[name].template.source.id;
            documents.extend(reading.file(name, id, output, &mut errors));
        }
        let (hooks, mut documents): (Vec<_>, Vec<_>) =
            documents.into_iter().partition(|it: &RenderedDocument| it.hook.is_some());
        let mut hooks = hooks;
        documents::sort(&mut documents);
        documents::sort(&mut hooks);
        documents.append(&mut hooks);
        self.rendered.documents = documents;
        self.rendered.errors.extend(errors.into_iter().map(|it| RenderError {
            kind: ErrorKind::Document,
            message: it.message,
            span: it.span,
            via: it.via.to_vec(),
        }));
    }
}

/// What all charts of a render see alike.
struct Shared {
    release: Value,
    capabilities: Value,
}

impl Shared {
    /// `recAllTpls`: `values` are those of this chart, `None` where its parent has none for it.
    fn dots(&self, instance: &Instance, values: Option<Map>, is_root: bool) -> Dots {
        let values = Map { defined: Some(chart::VALUES_TYPE), ..values.unwrap_or_default() };
        let below = Map::new();
        let dot = Map { defined: Some(chart::VALUES_TYPE), ..Map::new() };
        dot.set("Chart", chart::metadata_map(instance, is_root));
        dot.set("Files", Value::object(chart::Files::new(&instance.chart.files)));
        dot.set("Release", self.release.clone());
        dot.set("Capabilities", self.capabilities.clone());
        dot.set("Values", Value::map(values.clone()));
        dot.set("Subcharts", Value::map(below.clone()));
        let mut charts = Vec::with_capacity(instance.charts.len());
        for chart in &instance.charts {
            let dots = self.dots(chart, chart::section(&values, &chart.name), false);
            // There it is a plain map: only the dot of a file has the name.
            below.set(&chart.name, Value::map(Map { defined: None, ..dots.dot.clone() }));
            charts.push(dots);
        }
        Dots { dot, charts }
    }
}

/// All files of `templates/`, by Helm's names; of a library only its partials.
fn collect<'r>(
    instance: &'r Instance,
    dots: &Dots,
    path: &str,
    files: &mut BTreeMap<Arc<str>, Runnable<'r>>,
) {
    for (chart, dots) in instance.charts.iter().zip(&dots.charts) {
        collect(chart, dots, &format!("{path}/charts/{}", chart.name), files);
    }
    let base_path: Rc<str> = format!("{path}/templates").into();
    let is_library = instance.chart.metadata.kind == ChartKind::Library;
    for template in &instance.chart.templates {
        if is_library && !file_name(&template.path).starts_with('_') {
            continue;
        }
        let name = format!("{path}/{}", template.path).into();
        let (dot, base_path) = (dots.dot.clone(), base_path.clone());
        files.insert(name, Runnable { template, dot, base_path });
    }
}

/// Values of charts are places too.
fn add_values<'r>(instance: &'r Instance, sources: &mut Templates<'r>) {
    if let Some(values) = &instance.chart.values {
        sources.add(values);
    }
    for chart in &instance.charts {
        add_values(chart, sources);
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
