//! Runs the rules over their subjects, in parallel and in a fixed order, and leaves one finding
//! for each defect.

use std::{
    any::Any,
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use goready_model::{
    Category, FileId, FileKind, Finding, Node, Object, Outcome, Place, ProgramRef, Project,
    Related, Sources, Span, UnitKind,
};
use goready_parse::go::{MODULE_CACHE, is_foreign};
use goready_rules::{Check, Cx, Findings, Meta};
use rayon::prelude::*;

use crate::{
    config::Config,
    engine::{Notification, NotificationKind},
    paths::is_wanted,
};

/// What the rules said.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    pub(crate) judged: Judged,
    pub(crate) notifications: Vec<Notification>,
}

/// Findings, and those that another finding about the same defect stands for. A suppression that
/// matches one of the latter is not unused.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    pub(crate) hidden: Vec<Finding>,
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, a panic of this thread is caught by the engine and told as a notification.
#[derive(Debug)]
pub(crate) struct Quiet(());

impl Quiet {
    pub(crate) fn enter() -> Self {
        QUIET.set(true);
        Self(())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        QUIET.set(false);
    }
}

/// Whether a panic of this thread will be caught by the engine: a panic hook prints nothing then.
pub fn catches_panics() -> bool {
    QUIET.get()
}

/// Subjects of one rule that one thread takes at a time.
const CHUNK: usize = 128;

#[derive(Debug, Clone)]
struct Job {
    meta: &'static Meta,
    subjects: Range<usize>,
}

/// Runs every rule on every subject it asks for.
pub(crate) fn run(config: &Config, project: &Project, rules: &[&'static Meta]) -> Outcomes {
    let cx = Cx { project, settings: &config.settings, options: &config.options };
    let jobs: Vec<Job> = rules.iter().flat_map(|meta| jobs(meta, project)).collect();
    let results: Vec<(Vec<Finding>, Vec<Notification>)> =
        jobs.par_iter().map(|job| run_job(&cx, job)).collect();
    let mut outcomes = Outcomes::default();
    for (findings, notifications) in results {
        outcomes.judged.findings.extend(findings);
        outcomes.notifications.extend(notifications);
    }
    leave_others_alone(project, &mut outcomes.judged.findings);
    leave_test_data_alone(config, project, &mut outcomes.judged.findings);
    // One rule that fails on a thousand objects is one thing to tell.
    let mut told = BTreeSet::new();
    outcomes.notifications.retain(|it| told.insert((it.rule, it.message.clone())));
    adjust(config, &mut outcomes.judged.findings);
    add_chains(project, &mut outcomes.judged.findings);
    sort(project, &mut outcomes.judged.findings);
    merge_copies(&mut outcomes.judged.findings);
    hide_same_defect(project, &mut outcomes.judged);
    outcomes
}

/// Drops what is said about Go code and build files of others: nobody mends a dependency where it stands. What it
/// does to a program is said at the call in the project.
fn leave_others_alone(project: &Project, findings: &mut Vec<Finding>) {
    let path = |place: &Place| project.path(place.at.file);
    let is_built_from = |place: &Place| {
        let kind = project.kinds.get(&place.at.file);
        path(place).ends_with(".go")
            || matches!(
                kind,
                Some(FileKind::ShellScript | FileKind::Makefile | FileKind::Dockerfile)
            )
    };
    findings.retain(|it| !(is_built_from(&it.place) && is_foreign(path(&it.place))));
    for finding in findings {
        finding.related.retain(|it| !path(&it.place).starts_with(MODULE_CACHE));
    }
}

/// Drops what is said about files under `testdata`, the directory the go command leaves alone:
/// nobody deploys them, and they are often wrong on purpose. What is secret stays so there, and a
/// path in such a directory may be asked for.
fn leave_test_data_alone(config: &Config, project: &Project, findings: &mut Vec<Finding>) {
    let is_test_data = |path: &str| path.split('/').any(|it| it == "testdata");
    if config.report_paths.iter().any(|it| is_test_data(it)) {
        return;
    }
    findings.retain(|it| {
        it.category == Category::Secrets || !is_test_data(project.path(it.place.at.file))
    });
}

fn jobs(meta: &'static Meta, project: &Project) -> Vec<Job> {
    let subjects = match meta.rule.check {
        Check::Object(_) => project.objects.len(),
        Check::Workload(_) => project.workloads.len(),
        Check::Service(_) => project.services.len(),
        Check::Autoscaler(_) => project.autoscalers.len(),
        Check::Program(_) => project.programs.len(),
        Check::Dockerfile(_) => project.dockerfiles.len(),
        Check::Build(_) => project.builds.len(),
        Check::Chart(_) => project.charts.len(),
        Check::Project(_) => 1,
        Check::Engine => 0,
    };
    let starts = (0..subjects).step_by(CHUNK);
    starts.map(|start| Job { meta, subjects: start..(start + CHUNK).min(subjects) }).collect()
}

fn run_job(cx: &Cx<'_>, job: &Job) -> (Vec<Finding>, Vec<Notification>) {
    let mut found = Vec::new();
    let mut notifications = Vec::new();
    for subject in job.subjects.clone() {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let _quiet = Quiet::enter();
            run_rule(cx, job.meta, subject)
        }));
        match result {
            Ok(findings) => found.extend(findings),
            Err(panic) => notifications.push(Notification {
                kind: NotificationKind::Crash,
                rule: Some(job.meta.name),
                path: None,
                message: format!("rule `{}` crashed: {}", job.meta.name, panic_text(&*panic)),
            }),
        }
    }
    (found, notifications)
}

/// Runs one rule on its subject of an index; an index out of range finds nothing.
fn run_rule(cx: &Cx<'_>, meta: &'static Meta, subject: usize) -> Vec<Finding> {
    let project = cx.project;
    let mut findings = Findings::new(meta);
    let object = match meta.rule.check {
        Check::Object(_) => project.objects.get(subject),
        Check::Workload(_) => project.workloads.get(subject).map(|it| project.object(it.object)),
        Check::Service(_) => project.services.get(subject).map(|it| project.object(it.object)),
        Check::Autoscaler(_) => {
            project.autoscalers.get(subject).map(|it| project.object(it.object))
        }
        _ => None,
    };
    findings.set_subject(object);
    let out = &mut findings;
    match meta.rule.check {
        Check::Object(check) => project.objects.get(subject).map(|it| check(cx, it, out)),
        Check::Workload(check) => project.workloads.get(subject).map(|it| check(cx, it, out)),
        Check::Service(check) => project.services.get(subject).map(|it| check(cx, it, out)),
        Check::Autoscaler(check) => project.autoscalers.get(subject).map(|it| check(cx, it, out)),
        Check::Program(check) => project.programs.get(subject).map(|it| check(cx, it, out)),
        Check::Dockerfile(check) => project.dockerfiles.get(subject).map(|it| check(cx, it, out)),
        Check::Build(check) => project.builds.get(subject).map(|it| check(cx, it, out)),
        Check::Chart(check) => project.charts.get(subject).map(|it| check(cx, it, out)),
        Check::Project(check) => {
            check(cx, out);
            Some(())
        }
        Check::Engine => None,
    };
    let mut findings = findings.into_vec();
    let render = object.and_then(|it| render_of(project, it));
    let program = match meta.rule.check {
        Check::Program(_) => project.programs.get(subject),
        _ => None,
    };
    for finding in &mut findings {
        if render.is_some() {
            // What is printed is not what is written: an edit of the template is no edit of it.
            finding.fixes.clear();
        }
        finding.renders.extend(render.clone());
        if let (None, Some(program)) = (&finding.program, program) {
            finding.program = Some(ProgramRef {
                dir: program.dir.clone(),
                module: program.module.clone(),
                function: String::new(),
            });
        }
    }
    findings
}

/// The values set an object was rendered with.
fn render_of(project: &Project, object: &Object) -> Option<String> {
    match &project.unit(object.unit).kind {
        UnitKind::Chart { render, .. } => Some(render.clone()),
        UnitKind::Plain | UnitKind::Kustomization(_) => None,
    }
}

/// `include`s that are shown; beyond them the reader has got the point.
const MAX_CHAIN: usize = 5;

/// Says how a render came to the place of a finding inside a named template. What a values file
/// feeds only a part of is to be edited in the template; and so is what is wrong about a value that
/// also names an object: whoever edits the value renames that.
fn add_chains(project: &Project, findings: &mut [Finding]) {
    let names: BTreeSet<Span> = project.names.iter().filter_map(|it| it.from).collect();
    for finding in findings {
        // All that a packed dependency holds is at its entry: nothing beside it is shown there.
        let here = finding.place.editable();
        finding.related.retain(|it| it.place.editable() != here);
        let chain = chain(project, finding.place);
        let callers = chain
            .iter()
            .take(MAX_CHAIN)
            .map(|caller| Related { place: (*caller).into(), message: "included here".to_owned() });
        finding.related.extend(callers);
        let Some(from) = finding.place.from else { continue };
        let is_part = project.parts.contains(&finding.place);
        if is_part || names.contains(&from) && !project.names.contains(&finding.place) {
            finding.place.from = None;
            let what = if is_part { "a part of it" } else { "it" };
            let message = format!("{what} comes from here");
            finding.related.push(Related { place: from.into(), message });
        }
    }
}

/// The `include`s that lead to what a template printed, whatever fed it.
fn chain(project: &Project, place: Place) -> &[Span] {
    let mut known = project.chains.range(Place::from(place.at)..);
    known.next().filter(|it| it.0.at == place.at).map_or(&[][..], |it| it.1)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").lines().next().unwrap_or("").to_owned()
}

/// Gives findings the outcomes and levels that the configuration sets for their rules.
fn adjust(config: &Config, findings: &mut [Finding]) {
    for finding in findings {
        if let Some(adjustment) = config.adjustments.get(finding.rule) {
            finding.outcome = adjustment.outcome.unwrap_or(finding.outcome);
            finding.configured_level = adjustment.level;
        }
    }
}

/// Applies the configured levels, the thresholds and the path filter, and sorts.
pub(crate) fn finish(
    config: &Config,
    project: &Project,
    sources: &Sources,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    // Those about suppressions and coverage came after the rules.
    adjust(config, &mut findings);
    findings.retain(|it| {
        config.min_level.is_none_or(|min| it.level() >= min)
            && config.min_confidence.is_none_or(|min| it.confidence >= min)
            && is_reported(config, sources, it)
    });
    sort(project, &mut findings);
    findings
}

/// Whether the primary or a related place lies in one of the paths asked for.
fn is_reported(config: &Config, sources: &Sources, finding: &Finding) -> bool {
    if config.report_paths.is_empty() {
        return true;
    }
    let wanted = |span: Span| is_wanted(sources.path(span.file), &config.report_paths);
    let places = std::iter::once(finding.place).chain(finding.related.iter().map(|it| it.place));
    places.flat_map(|it| [Some(it.at), it.from]).flatten().any(wanted)
}

fn sort(project: &Project, findings: &mut [Finding]) {
    let key = |it: &Finding| {
        let at = it.place.at;
        (project.path(at.file).to_owned(), at.start, at.end)
    };
    findings.sort_by_cached_key(|it| {
        (key(it), it.rule, it.place.from, it.message.clone(), it.object.clone())
    });
}

/// One finding for the same words at the same place: an object of several units or renders is
/// one text. What a chart prints from one place is one defect whatever the words, which name
/// values of their set. Needs the findings sorted.
fn merge_copies(findings: &mut Vec<Finding>) {
    findings.dedup_by(|copy, first| {
        let rendered = !copy.renders.is_empty() && !first.renders.is_empty();
        let same = copy.rule == first.rule
            && copy.place == first.place
            && (copy.message == first.message || rendered);
        if same {
            for render in copy.renders.drain(..) {
                if !first.renders.contains(&render) {
                    first.renders.push(render);
                }
            }
            for related in copy.related.drain(..) {
                if !first.related.contains(&related) {
                    first.related.push(related);
                }
            }
        }
        same
    });
}

/// For one literal the first of these rules stands for the others.
const ONE_LITERAL: [&str; 10] = [
    "provider-token-committed",
    "private-key-committed",
    "password-in-dsn",
    "secret-literal-in-call",
    "dockerfile-secret-literal",
    "secret-env-literal",
    "secret-manifest-in-clear",
    "secret-in-configmap",
    "values-default-secret",
    "hardcoded-secret",
];

/// Moves findings that another one stands for to `hidden`.
fn hide_same_defect(project: &Project, judged: &mut Judged) {
    let mut hidden = vec![false; judged.findings.len()];
    hide_same_literal(&judged.findings, &mut hidden);
    hide_behind_rejected(project, &judged.findings, &mut hidden);
    if !hidden.contains(&true) {
        return;
    }
    let findings = std::mem::take(&mut judged.findings);
    for (finding, hidden) in findings.into_iter().zip(hidden) {
        if hidden { judged.hidden.push(finding) } else { judged.findings.push(finding) }
    }
}

fn hide_same_literal(findings: &[Finding], hidden: &mut [bool]) {
    let rank = |it: &Finding| ONE_LITERAL.iter().position(|rule| *rule == it.rule);
    // Findings are sorted by path and start: only neighbours can overlap.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (index, finding) in findings.iter().enumerate() {
        let Some(own) = rank(finding) else { continue };
        let at = finding.place.at;
        open.retain(|(other, _)| {
            let other = findings[*other].place.at;
            other.file == at.file && other.end > at.start
        });
        for (other, other_rank) in &open {
            if *other_rank <= own {
                hidden[index] = true;
            } else {
                hidden[*other] = true;
            }
        }
        open.push((index, own));
    }
}

/// What the API server refuses hides every other finding about the same scalar.
fn hide_behind_rejected(project: &Project, findings: &[Finding], hidden: &mut [bool]) {
    let files: BTreeSet<FileId> = findings
        .iter()
        .filter(|it| it.outcome == Outcome::Rejected)
        .map(|it| it.place.at.file)
        .collect();
    if files.is_empty() {
        return;
    }
    let scalars = Scalars::of(project, &files);
    let rejected: BTreeSet<Span> = findings
        .iter()
        .filter(|it| it.outcome == Outcome::Rejected)
        .filter_map(|it| scalars.at(it.place.at))
        .collect();
    for (finding, hidden) in findings.iter().zip(hidden) {
        if finding.outcome != Outcome::Rejected
            && scalars.at(finding.place.at).is_some_and(|it| rejected.contains(&it))
        {
            *hidden = true;
        }
    }
}

/// Scalar values of some files by start, each with its key.
struct Scalars {
    by_start: BTreeMap<(FileId, u32), Span>,
}

impl Scalars {
    fn of(project: &Project, files: &BTreeSet<FileId>) -> Self {
        let mut by_start = BTreeMap::new();
        let trees = project.objects.iter().map(|it| (it.file, &it.tree));
        let trees = trees.chain(project.documents.iter().map(|(file, it)| (*file, &it.tree)));
        let mut seen = BTreeSet::new();
        for (file, tree) in trees {
            if !files.contains(&file) || !seen.insert(std::sync::Arc::as_ptr(tree)) {
                continue;
            }
            for node in tree.nodes() {
                for value in node.items().filter(Node::is_scalar) {
                    let at = value.place().at;
                    by_start.insert((at.file, at.start), at);
                }
                for entry in node.entries().filter(|it| it.value.is_scalar()) {
                    let at = entry.value.place().at;
                    by_start.insert((at.file, at.start), at);
                    by_start.insert((at.file, entry.key.place().at.start), at);
                }
            }
        }
        Self { by_start }
    }

    /// The scalar value that a place lies in or whose key it is.
    fn at(&self, place: Span) -> Option<Span> {
        let upto = (place.file, place.start);
        let ((file, start), value) = self.by_start.range(..=upto).next_back()?;
        let is_key = *start < value.start;
        let near = *file == place.file
            && if is_key {
                *start == place.start && place.end <= value.end
            } else {
                place.end <= value.end
            };
        near.then_some(*value)
    }
}

#[cfg(test)]
mod tests {
    use goready_model::{
        Confidence, Document, NodeKind, ObjectRef, Place, Profile, Style, Tree, TreeBuilder,
    };
    use goready_rules::{Rule, Scope};

    use super::*;

    static CRASHING: Rule = Rule {
        outcome: Outcome::Risk,
        confidence: Confidence::Certain,
        profile: Profile::Default,
        scope: Scope::File,
        since: "0.1.0",
        elsewhere: &[],
        check: Check::Project(|_, _| panic!("index out of bounds")),
    };
    static REPORTING: Rule = Rule {
        check: Check::Project(|_, findings| {
            findings.report(Place::new(FileId(0), 0, 1), "found");
        }),
        ..CRASHING
    };

    fn meta(name: &'static str, rule: &'static Rule) -> &'static Meta {
        Box::leak(Box::new(Meta { name, category: Category::Api, summary: "", docs: "", rule }))
    }

    #[test]
    fn a_rule_that_panics_is_told_and_the_others_still_report() {
        let rules = [meta("crashing", &CRASHING), meta("reporting", &REPORTING)];
        let outcomes = run(&Config::default(), &Project::default(), &rules);
        assert_eq!(outcomes.judged.findings.len(), 1);
        let notification = &outcomes.notifications[0];
        assert_eq!(notification.kind, NotificationKind::Crash);
        assert_eq!(notification.message, "rule `crashing` crashed: index out of bounds");
        assert!(!catches_panics(), "the thread is left as it was");
    }

    /// A finding of a rule at bytes of file 0.
    fn finding(rule: &'static str, outcome: Outcome, start: usize, end: usize) -> Finding {
        let mut findings = Findings::new(meta(rule, &REPORTING));
        findings.report(Place::new(FileId(0), start, end), rule).outcome(outcome);
        findings.into_vec().remove(0)
    }

    fn left(project: &Project, findings: Vec<Finding>) -> Vec<&'static str> {
        let mut judged = Judged { findings, hidden: Vec::new() };
        sort(project, &mut judged.findings);
        hide_same_defect(project, &mut judged);
        judged.findings.iter().map(|it| it.rule).collect()
    }

    #[test]
    fn one_literal_is_one_finding_of_the_most_telling_rule() {
        let named = finding("hardcoded-secret", Outcome::Broken, 10, 60);
        let token = finding("provider-token-committed", Outcome::Broken, 12, 52);
        let elsewhere = finding("hardcoded-secret", Outcome::Broken, 70, 80);
        let other_rule = finding("unquoted-string-field", Outcome::Risk, 10, 60);
        assert_eq!(
            left(&Project::default(), vec![named, token, elsewhere, other_rule]),
            ["unquoted-string-field", "provider-token-committed", "hardcoded-secret"]
        );
    }

    #[test]
    fn what_others_build_and_test_data_are_left_alone_but_where_asked_for() {
        let files = [
            ("vendor/k8s.io/code-generator/kube_codegen.sh", FileKind::ShellScript),
            ("vendor/shop/deploy.yaml", FileKind::Manifest),
            ("pkg/testdata/old.yaml", FileKind::Manifest),
            ("hack/build.sh", FileKind::ShellScript),
        ];
        let mut project = Project::default();
        let mut findings = Findings::new(meta("x", &REPORTING));
        for (number, (path, kind)) in files.into_iter().enumerate() {
            let file = FileId(number as u32);
            project.paths.insert(file, path.to_owned());
            project.kinds.insert(file, kind);
            findings.report(Place::new(file, 0, 1), path);
        }
        let mut findings = findings.into_vec();
        leave_others_alone(&project, &mut findings);
        let asked = Config { report_paths: vec!["pkg/testdata".to_owned()], ..Config::default() };
        leave_test_data_alone(&asked, &project, &mut findings);
        assert_eq!(findings.len(), 3);
        leave_test_data_alone(&Config::default(), &project, &mut findings);
        let left: Vec<&str> = findings.iter().map(|it| &*it.message).collect();
        assert_eq!(left, ["vendor/shop/deploy.yaml", "hack/build.sh"]);
    }

    /// `a: 1` at byte 0 and `b: {}` behind it.
    fn project() -> Project {
        let mut tree = TreeBuilder::default();
        let place = |start, end| Place::new(FileId(0), start, end);
        tree.begin(NodeKind::Mapping, Style::Block, place(0, 0));
        tree.key(NodeKind::String, Style::Plain, "a", place(0, 1));
        tree.scalar(NodeKind::Int(1), Style::Plain, "1", place(3, 4));
        tree.key(NodeKind::String, Style::Plain, "b", place(5, 6));
        tree.begin(NodeKind::Mapping, Style::Flow, place(8, 8));
        tree.end(10);
        tree.end(10);
        let tree: std::sync::Arc<Tree> = tree.finish().into();
        let document = Document { tree, index: 0, truncated: false };
        Project { documents: vec![(FileId(0), document)], ..Project::default() }
    }

    #[test]
    fn a_rejected_scalar_hides_other_findings_about_its_key_and_value() {
        let rejected = finding("rejected", Outcome::Rejected, 3, 4);
        let at_key = finding("at-key", Outcome::Risk, 0, 1);
        let at_value = finding("at-value", Outcome::Broken, 3, 4);
        let other = finding("other", Outcome::Risk, 5, 6);
        assert_eq!(
            left(&project(), vec![rejected, at_key, at_value, other]),
            ["rejected", "other"]
        );
    }

    #[test]
    fn a_rejected_mapping_hides_nothing() {
        let rejected = finding("rejected", Outcome::Rejected, 5, 6);
        let other = finding("other", Outcome::Risk, 5, 6);
        assert_eq!(left(&project(), vec![rejected, other]).len(), 2);
    }

    #[test]
    fn the_same_words_at_the_same_place_are_one_finding_with_all_renders() {
        let mut first = finding("x", Outcome::Risk, 0, 1);
        first.renders = vec!["default".to_owned()];
        let mut second = first.clone();
        second.renders = vec!["ci/ha-values.yaml".to_owned()];
        second.object = Some(ObjectRef {
            api_version: "v1".to_owned(),
            kind: "Service".to_owned(),
            namespace: String::new(),
            name: "other".to_owned(),
            container: String::new(),
            pointer: String::new(),
        });
        let mut findings = vec![first, second];
        merge_copies(&mut findings);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].renders, ["default", "ci/ha-values.yaml"]);
    }
}
