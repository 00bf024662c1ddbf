//! Metrics of client_golang whose names are constant.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{Located, Metric, MetricKind, MetricRegistration, Place, Repetition};
use goready_parse::go::code::{Expr, ExprId, Operator, VarId};

use super::{Loops, Site, fold};
use crate::link::go::{
    libraries::base_path,
    packages::PackageId,
    repo::{Callee, FileRef, Repo, Target, ValueRef},
};

const PROMETHEUS: &str = "github.com/prometheus/client_golang/prometheus";
const PROMAUTO: &str = "github.com/prometheus/client_golang/prometheus/promauto";

/// What a metric is kept in, so that a registration finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Local(FileRef, VarId),
    Global(ValueRef),
    /// The call itself: `MustRegister(prometheus.NewCounter(...))`.
    Call(FileRef, u32),
}

/// Metrics so far.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    found: Vec<(FileRef, u32, Metric)>,
    registrations: Vec<Registered>,
    /// What is taken out of a registry again.
    unregistered: Vec<(FileRef, ExprId)>,
}

/// A registration with what it registers.
#[derive(Debug)]
struct Registered {
    file: FileRef,
    argument: ExprId,
    registration: MetricRegistration,
    repeated: Option<Repetition>,
    /// Constant labels that the registerer adds.
    labels: Vec<Located<String>>,
}

impl Metrics {
    pub(super) fn call(&mut self, site: &Site<'_, '_>, loops: &Loops) {
        let Some((path, on, name)) = site.external() else {
            self.factory_call(site, loops);
            return;
        };
        let (base, _) = base_path(path);
        match (&*base, on) {
            (PROMETHEUS, None) if name == "NewDesc" => self.desc(site),
            (PROMETHEUS, None) if matches!(name, "MustRegister" | "Register") => {
                self.register(site, String::new(), name == "Register", loops);
            }
            (PROMETHEUS, Some(_)) if matches!(name, "MustRegister" | "Register") => {
                let registerer = receiver_text(site);
                self.register(site, registerer, name == "Register", loops);
            }
            (PROMETHEUS, _) if name == "Unregister" => {
                self.unregistered.extend(site.call.args.iter().map(|it| (site.file, *it)));
            }
            (PROMETHEUS, None) => {
                if let Some(kind) = constructor(name) {
                    self.add(site, kind, None, loops);
                }
            }
            (PROMAUTO, on) => {
                if let Some(kind) = constructor(name) {
                    let registerer = if on.is_some() { receiver_text(site) } else { String::new() };
                    let registration =
                        MetricRegistration { place: site.place(), registerer, checked: false };
                    self.add(site, kind, Some(registration), loops);
                }
            }
            _ => {}
        }
    }

    /// `promauto.With(reg).NewCounter(...)` and registries whose type is not seen.
    fn factory_call(&mut self, site: &Site<'_, '_>, loops: &Loops) {
        let code = site.repo.code(site.file);
        let Expr::Select { base, field } = code.expr(site.call.callee) else { return };
        let name = code.text(*field);
        if matches!(site.callee, Callee::Own(_)) {
            return;
        }
        if let Some(call) = code.call_of(*base)
            && let Callee::External(path, "With") = site.repo.callee(site.file, call)
            && path == PROMAUTO
            && let Some(kind) = constructor(name)
        {
            let registerer = call.args.first().map(|it| written(site, *it)).unwrap_or_default();
            let registration =
                MetricRegistration { place: site.place(), registerer, checked: false };
            self.add(site, kind, Some(registration), loops);
            return;
        }
        if matches!(name, "MustRegister" | "Register") && self.holds_metric(site) {
            let registerer = receiver_text(site);
            self.register(site, registerer, name == "Register", loops);
        }
        if name == "Unregister" {
            self.unregistered.extend(site.call.args.iter().map(|it| (site.file, *it)));
        }
    }

    /// Whether an argument is a metric that was seen, or made right there.
    fn holds_metric(&self, site: &Site<'_, '_>) -> bool {
        site.call.args.iter().any(|it| holder(site.repo, site.file, *it).is_some())
    }

    fn add(
        &mut self,
        site: &Site<'_, '_>,
        kind: MetricKind,
        registered: Option<MetricRegistration>,
        loops: &Loops,
    ) {
        let Some(options) = site.call.args.first() else { return };
        let Some((file, fields)) = fold::fields(site.repo, site.file, *options) else { return };
        let field = |name: &str| fields.iter().find(|(it, _)| it == name).map(|(_, it)| *it);
        let part = |name: &str| match field(name) {
            Some(value) => fold::text(site.repo, file, value).map(|(text, _)| text),
            None => Some(String::new()),
        };
        let Some(name) = field("Name").and_then(|it| fold::text(site.repo, file, it)) else {
            return;
        };
        let (Some(namespace), Some(subsystem)) = (part("Namespace"), part("Subsystem")) else {
            return;
        };
        let parts = [namespace.as_str(), subsystem.as_str(), name.0.as_str()];
        // `BuildFQName`: without a name there is none at all.
        let full = if name.0.is_empty() {
            String::new()
        } else {
            parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("_")
        };
        let (labels, known) = match site.call.args.get(1) {
            Some(labels) => fold::texts(site.repo, site.file, *labels),
            None => (Vec::new(), true),
        };
        let const_labels =
            field("ConstLabels").map(|it| keys(site.repo, file, it)).unwrap_or_default();
        // Labels that are not written here make metrics differ in a way nobody sees.
        let hidden = field("ConstLabels").is_some() && const_labels.is_empty();
        let metric = Metric {
            name: Located::new(full, name.1),
            kind,
            labels: labels.into_iter().map(|(text, place)| Located::new(text, place)).collect(),
            labels_dynamic: !known,
            const_labels,
            help: part("Help").filter(|_| field("Help").is_some()),
            // One that does not register itself is registered where the registration says.
            repeated: registered.as_ref().and_then(|_| loops.repetition(site)),
            registered,
            conditional: hidden,
        };
        self.found.push((site.file, site.id.0, metric));
    }

    fn desc(&mut self, site: &Site<'_, '_>) {
        let Some((name, place)) = site.argument_text(0) else { return };
        let (labels, known) = match site.call.args.get(2) {
            Some(labels) => fold::texts(site.repo, site.file, *labels),
            None => (Vec::new(), true),
        };
        let const_labels =
            site.call.args.get(3).map(|it| keys(site.repo, site.file, *it)).unwrap_or_default();
        let metric = Metric {
            name: Located::new(name, place),
            kind: MetricKind::Other,
            labels: labels.into_iter().map(|(text, place)| Located::new(text, place)).collect(),
            labels_dynamic: !known,
            const_labels,
            help: site.argument_text(1).map(|(text, _)| text),
            registered: None,
            repeated: None,
            conditional: false,
        };
        self.found.push((site.file, site.id.0, metric));
    }

    fn register(&mut self, site: &Site<'_, '_>, registerer: String, checked: bool, loops: &Loops) {
        let wrapped = wrapped(site);
        // A registry that is made where it is used is a new one each time.
        let fresh = wrapped.is_none() && is_made_here(site);
        let repeated = loops.repetition(site).filter(|it| !fresh && *it != Repetition::Calls);
        let (registerer, labels) = wrapped.unwrap_or((registerer, Vec::new()));
        let registerer = match registerer.as_str() {
            "prometheus.DefaultRegisterer" => String::new(),
            _ => registerer,
        };
        for argument in &site.call.args {
            let registration = MetricRegistration {
                place: site.repo.expr_place(site.file, *argument),
                registerer: registerer.clone(),
                checked,
            };
            self.registrations.push(Registered {
                file: site.file,
                argument: *argument,
                registration,
                repeated,
                labels: labels.clone(),
            });
        }
    }

    /// Joins metrics with their registrations. One metric that is registered twice gives two.
    pub(super) fn finish(self, repo: &Repo<'_>, closure: &[PackageId]) -> Vec<Metric> {
        let conditional: Vec<_> = closure
            .iter()
            .filter_map(|it| repo.packages.get(*it))
            .flat_map(|it| &it.members)
            .filter(|it| it.tagged || it.facts.header.constraint.is_some())
            .map(|it| it.file)
            .collect();
        let mut holders: BTreeMap<Holder, usize> = BTreeMap::new();
        let mut metrics: Vec<Metric> = Vec::new();
        for (file, call, mut metric) in self.found {
            metric.conditional |= repo.file(file).is_some_and(|it| conditional.contains(&it.id));
            for holder in holders_of(repo, file, call) {
                holders.insert(holder, metrics.len());
            }
            metrics.push(metric);
        }
        let removed: BTreeSet<Holder> = self
            .unregistered
            .into_iter()
            .filter_map(|(file, argument)| holder(repo, file, argument))
            .collect();
        let mut again = Vec::new();
        for mut it in self.registrations {
            let Some(holder) = holder(repo, it.file, it.argument) else { continue };
            let Some(metric) = holders.get(&holder).and_then(|it| metrics.get_mut(*it)) else {
                continue;
            };
            // What is taken out again leaves room for the next one.
            it.registration.checked |= removed.contains(&holder);
            if metric.registered.is_none() {
                metric.registered = Some(it.registration);
                metric.repeated = metric.repeated.or(it.repeated);
                metric.const_labels.extend(it.labels);
            } else {
                let mut copy = metric.clone();
                copy.registered = Some(it.registration);
                copy.const_labels.extend(it.labels);
                again.push(copy);
            }
        }
        metrics.extend(again);
        metrics.sort_by_key(|it| (it.name.place, it.registered.as_ref().map(|it| it.place)));
        metrics
    }
}

/// Where the result of a call is kept.
fn holders_of(repo: &Repo<'_>, file: FileRef, call: u32) -> Vec<Holder> {
    let code = repo.code(file);
    let mut found = vec![Holder::Call(file, call)];
    let is_result = |expr: ExprId| match code.expr(expr) {
        Expr::Result(temp) => {
            matches!(code.temp(*temp), Some(goready_parse::go::code::TempSource::Call(it)) if it.0 == call)
        }
        _ => false,
    };
    for (at, decl) in code.vars.iter().enumerate() {
        if decl.value.is_some_and(is_result) {
            found.push(Holder::Global(ValueRef { file, constant: false, at: at as u32 }));
        }
    }
    for (id, variable) in code.variables() {
        if variable.init.is_some_and(|(init, _)| is_result(init)) {
            found.push(Holder::Local(file, id));
        }
    }
    found
}

fn holder(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Option<Holder> {
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Local(var) => Some(Holder::Local(file, *var)),
        Expr::Global(name) => repo.own_value(file, code.text(*name)).map(Holder::Global),
        Expr::Select { base, field } => {
            let Expr::Global(package) = code.expr(*base) else { return None };
            match repo.import(file, code.text(*package))? {
                Target::Package(id) => repo.value_in(id, code.text(*field)).map(Holder::Global),
                Target::External(_) => None,
            }
        }
        Expr::Result(temp) => match code.temp(*temp)? {
            goready_parse::go::code::TempSource::Call(call) => Some(Holder::Call(file, call.0)),
            goready_parse::go::code::TempSource::Receive(_) => None,
        },
        Expr::Unary { operator: Operator::AddressOf, operand } => holder(repo, file, *operand),
        _ => None,
    }
}

fn constructor(name: &str) -> Option<MetricKind> {
    Some(match name {
        "NewCounter" | "NewCounterVec" | "NewCounterFunc" => MetricKind::Counter,
        "NewGauge" | "NewGaugeVec" | "NewGaugeFunc" => MetricKind::Gauge,
        "NewHistogram" | "NewHistogramVec" => MetricKind::Histogram,
        "NewSummary" | "NewSummaryVec" => MetricKind::Summary,
        "NewUntypedFunc" => MetricKind::Other,
        _ => return None,
    })
}

/// Keys of a map literal of labels.
fn keys(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Vec<Located<String>> {
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Composite { elements, .. } => elements
            .iter()
            .filter_map(|it| fold::text(repo, file, it.key?))
            .map(|(text, place)| Located::new(text, place))
            .collect(),
        _ => Vec::new(),
    }
}

/// The registerer behind `prometheus.WrapRegistererWith(labels, registerer)`, with the labels.
fn wrapped(site: &Site<'_, '_>) -> Option<(String, Vec<Located<String>>)> {
    let code = site.repo.code(site.file);
    let Expr::Select { base, .. } = code.expr(site.call.callee) else { return None };
    let made = match code.expr(*base) {
        Expr::Local(var) => code.variable(*var).filter(|it| it.assignments == 0)?.init?.0,
        _ => *base,
    };
    let call = code.call_of(made)?;
    let wraps = matches!(
        site.repo.callee(site.file, call),
        Callee::External(path, "WrapRegistererWith") if base_path(path).0 == PROMETHEUS
    );
    let [labels, inner] = call.args.as_ref() else { return None };
    let labels = keys(site.repo, site.file, *labels);
    (wraps && !labels.is_empty()).then(|| (written(site, *inner), labels))
}

/// Whether the receiver is a variable of the function that is made by a call in it.
fn is_made_here(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    let Expr::Select { base, .. } = code.expr(site.call.callee) else { return false };
    let Expr::Local(var) = code.expr(*base) else { return false };
    let here = site.repo.function(site.function).is_some_and(|it| it.variables.contains(&var.0));
    here && code.variable(*var).is_some_and(|it| {
        !it.parameter && it.init.is_some_and(|(it, _)| code.call_of(it).is_some())
    })
}

/// The receiver as written: `reg`, `s.registry`.
fn receiver_text(site: &Site<'_, '_>) -> String {
    let code = site.repo.code(site.file);
    match code.expr(site.call.callee) {
        Expr::Select { base, .. } => written(site, *base),
        _ => String::new(),
    }
}

/// An expression of names as written.
fn written(site: &Site<'_, '_>, expr: ExprId) -> String {
    let code = site.repo.code(site.file);
    match code.expr(expr) {
        // Variables of one name in two functions are two registries.
        Expr::Local(var) => match code.variable(*var) {
            Some(it) if !it.parameter => format!(
                "{}@{}:{}",
                code.text(it.name),
                site.repo.file(site.file).map_or(0, |it| it.id.0),
                it.place.start
            ),
            Some(it) => code.text(it.name).to_owned(),
            None => String::new(),
        },
        Expr::Global(name) => code.text(*name).to_owned(),
        Expr::Select { base, field } => {
            format!("{}.{}", written(site, *base), code.text(*field))
        }
        _ => {
            let place: Place = site.repo.expr_place(site.file, expr);
            format!("?{}", place.at.start)
        }
    }
}
