//! Suppressions: which findings a comment, an annotation or the configuration hides, and what
//! there is to say about the suppressions themselves.
//!
//! A suppressed finding is marked, not dropped: reports decide whether they show it.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{
    Directive, DirectiveScope, Edit, FileId, Finding, Node, Object, ObjectRef, Place, Project,
    Sources, Span, Suppression, Tree, UnitKind,
};
use goready_rules::{Draft, Findings, Meta};
use jiff::civil::Date;

use crate::{
    check::Judged,
    config::{Config, ConfigSuppression, Selector, UnknownSelector, rule},
};

/// What this module reads besides the findings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) config: &'a Config,
    /// The configuration file's id, where there is one.
    pub(crate) config_file: Option<FileId>,
    pub(crate) project: &'a Project,
    pub(crate) sources: &'a Sources,
    /// The rules that ran.
    pub(crate) rules: &'a [&'static Meta],
}

/// Marks suppressed findings and adds the findings about suppressions.
pub(crate) fn apply(scene: &Scene<'_>, judged: Judged) -> Vec<Finding> {
    let Judged { mut findings, hidden } = judged;
    findings.retain(|it| !is_overridden(scene, it));
    if scene.config.no_suppressions {
        return findings;
    }
    let entries = Entries::gather(scene);
    let mut used = BTreeSet::new();
    for finding in &mut findings {
        finding.suppressed = entries.suppress(scene, finding, &mut used);
    }
    for finding in &hidden {
        entries.suppress(scene, finding, &mut used);
    }
    let mut about = entries.judge(scene, &used);
    about.retain(|it| !is_overridden(scene, it));
    for finding in &mut about {
        finding.suppressed = entries.suppress(scene, finding, &mut used);
    }
    findings.extend(about);
    findings
}

/// Whether `[[overrides]]` turns the rule off for the finding's file.
fn is_overridden(scene: &Scene<'_>, finding: &Finding) -> bool {
    scene.config.overrides.iter().any(|it| {
        it.ignore.iter().any(|selector| selector.matches(finding.rule, finding.category))
            && spans(finding).any(|span| {
                let path = scene.sources.path(span.file);
                it.paths.iter().any(|glob| glob.is_match(path))
            })
    })
}

/// The bytes a finding is about: for a rendered value the template and the values scalar.
fn spans(finding: &Finding) -> impl Iterator<Item = Span> {
    [Some(finding.place.at), finding.place.from].into_iter().flatten()
}

/// One suppression.
#[derive(Debug)]
struct Entry<'a> {
    rules: Vec<Named>,
    reason: &'a str,
    until: Option<Until>,
    place: Place,
    reach: Reach<'a>,
    origin: Origin,
}

/// A name between the brackets.
#[derive(Debug)]
struct Named {
    place: Place,
    selector: Result<Selector, UnknownSelector>,
}

/// The last day on which a suppression counts.
#[derive(Debug)]
struct Until {
    place: Place,
    text: String,
    /// `None` when the text is no date.
    date: Option<Date>,
}

/// Where a suppression is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Comment,
    Annotation,
    Config,
}

/// What a suppression covers.
#[derive(Debug)]
enum Reach<'a> {
    Span(Span),
    File(FileId),
    /// Findings about an object, or about one of its containers.
    Object {
        root: Span,
        object: &'a Object,
        container: Option<&'a str>,
    },
    Config(&'a ConfigSuppression),
}

/// All suppressions, those of single files by file.
#[derive(Debug, Default)]
struct Entries<'a> {
    all: Vec<Entry<'a>>,
    by_file: BTreeMap<FileId, Vec<usize>>,
    anywhere: Vec<usize>,
}

/// A name of an entry that hid something: entry and index of the name.
type Used = BTreeSet<(usize, usize)>;

impl<'a> Entries<'a> {
    fn gather(scene: &Scene<'a>) -> Self {
        let mut entries = Self::default();
        let trees = trees_by_file(scene.project);
        for directive in &scene.project.directives {
            entries.push(from_directive(scene, &trees, directive));
        }
        for entry in annotations(scene.project) {
            entries.push(entry);
        }
        if let Some(file) = scene.config_file {
            for entry in &scene.config.suppressions {
                entries.push(from_config(file, entry));
            }
        }
        entries
    }

    fn push(&mut self, entry: Entry<'a>) {
        let index = self.all.len();
        match entry.reach {
            Reach::Span(Span { file, .. }) | Reach::File(file) => {
                self.by_file.entry(file).or_default().push(index);
            }
            Reach::Object { .. } | Reach::Config(_) => self.anywhere.push(index),
        }
        self.all.push(entry);
    }

    /// The first suppression that hides a finding; marks every name that would.
    fn suppress(
        &self,
        scene: &Scene<'_>,
        finding: &Finding,
        used: &mut Used,
    ) -> Option<Suppression> {
        let in_file = spans(finding).filter_map(|it| self.by_file.get(&it.file)).flatten();
        let mut first = None;
        for index in in_file.chain(&self.anywhere) {
            let entry = &self.all[*index];
            if !entry.counts_on(scene.config.today) || !entry.reach.covers(scene, finding) {
                continue;
            }
            for (name, named) in entry.rules.iter().enumerate() {
                let matches = named
                    .selector
                    .as_ref()
                    .is_ok_and(|it| it.matches(finding.rule, finding.category));
                if matches {
                    used.insert((*index, name));
                    first.get_or_insert_with(|| Suppression {
                        reason: entry.reason.to_owned(),
                        place: entry.place,
                    });
                }
            }
        }
        first
    }

    /// What there is to say about the suppressions themselves.
    fn judge(&self, scene: &Scene<'_>, used: &Used) -> Vec<Finding> {
        let mut about = About::new(scene);
        for (index, entry) in self.all.iter().enumerate() {
            about.unknown(entry);
            about.without_reason(entry);
            if entry.counts_on(scene.config.today) {
                about.unused(entry, |name| used.contains(&(index, name)));
            } else {
                about.expired(entry);
            }
        }
        about.into_vec()
    }
}

impl Entry<'_> {
    /// Whether the suppression is in force; one whose date cannot be read is not.
    fn counts_on(&self, today: Option<Date>) -> bool {
        let Some(until) = &self.until else { return true };
        until.date.is_some_and(|date| today.is_none_or(|today| today <= date))
    }
}

impl Reach<'_> {
    fn covers(&self, scene: &Scene<'_>, finding: &Finding) -> bool {
        match self {
            Self::Span(span) => spans(finding).any(|it| starts_in(it, *span)),
            Self::File(file) => spans(finding).any(|it| it.file == *file),
            Self::Object { root, object, container } => {
                let about = finding.object.as_ref();
                let same_container =
                    container.is_none_or(|it| about.is_some_and(|about| about.container == it));
                let places = finding.related.iter().map(|it| it.place).chain([finding.place]);
                let inside = spans(finding).any(|it| starts_in(it, *root))
                    || about.is_some_and(|it| is_ref_to(it, object))
                        && places.into_iter().any(|it| starts_in(it.at, *root));
                same_container && inside
            }
            Self::Config(entry) => {
                let path = |span: Span| scene.sources.path(span.file);
                entry
                    .path
                    .as_ref()
                    .is_none_or(|glob| spans(finding).any(|it| glob.is_match(path(it))))
                    && entry.object.as_ref().is_none_or(|glob| {
                        finding.object.as_ref().is_some_and(|it| {
                            glob.is_match(format!("{}/{}", it.kind, it.name))
                                || glob
                                    .is_match(format!("{}/{}/{}", it.kind, it.namespace, it.name))
                        })
                    })
            }
        }
    }
}

fn starts_in(span: Span, outer: Span) -> bool {
    span.file == outer.file && (outer.start..=outer.end).contains(&span.start)
}

fn is_ref_to(about: &ObjectRef, object: &Object) -> bool {
    about.kind == object.kind
        && about.name == object.name
        && about.namespace == object.namespace
        && about.api_version == object.api_version
}

fn from_directive<'a>(
    scene: &Scene<'a>,
    trees: &BTreeMap<FileId, Vec<&'a Tree>>,
    directive: &'a Directive,
) -> Entry<'a> {
    let file = directive.place.at.file;
    let reach = match directive.scope {
        DirectiveScope::Span(span) => {
            let trees = trees.get(&file).map_or(&[][..], Vec::as_slice);
            let text = scene.sources.get(file).map_or("", |it| &it.text);
            Reach::Span(subtree(trees, text, directive.place.at, span))
        }
        DirectiveScope::File | DirectiveScope::Object => Reach::File(file),
    };
    let named = directive
        .rules
        .iter()
        .map(|it| Named { place: it.place, selector: Selector::parse(&it.value) });
    Entry {
        rules: named.collect(),
        reason: &directive.reason,
        until: directive.until.as_ref().map(|it| until(&it.value, it.place)),
        place: directive.place,
        reach,
        origin: Origin::Comment,
    }
}

fn until(text: &str, place: Place) -> Until {
    Until { place, text: text.to_owned(), date: text.parse().ok() }
}

fn from_config(file: FileId, entry: &ConfigSuppression) -> Entry<'_> {
    let in_file = |span: Span| Place::from(Span { file, ..span });
    Entry {
        rules: vec![Named { place: in_file(entry.rule.place.at), selector: Ok(entry.rule.value) }],
        reason: &entry.reason,
        until: entry.until.map(|(date, span)| Until {
            place: in_file(span),
            text: date.to_string(),
            date: Some(date),
        }),
        place: in_file(entry.rule.place.at),
        reach: Reach::Config(entry),
        origin: Origin::Config,
    }
}

fn trees_by_file(project: &Project) -> BTreeMap<FileId, Vec<&Tree>> {
    let mut trees: BTreeMap<FileId, Vec<&Tree>> = BTreeMap::new();
    for (file, document) in &project.documents {
        trees.entry(*file).or_default().push(&document.tree);
    }
    // What a template renders to shows how its lines nest.
    for object in &project.objects {
        if matches!(project.unit(object.unit).kind, UnitKind::Chart { .. }) {
            trees.entry(object.file).or_default().push(&object.tree);
        }
    }
    trees
}

/// What a comment that stands alone above a line of YAML speaks of: the item or entry that starts
/// there with everything below it, the whole document where it starts there. A comment behind
/// content speaks of its line.
fn subtree(trees: &[&Tree], text: &str, comment: Span, line: Span) -> Span {
    if line.start <= comment.start {
        return line;
    }
    let content = text.get(line.start as usize..line.end as usize).unwrap_or("");
    let first = line.start + (content.len() - content.trim_start().len()) as u32;
    let is_item = content.trim_start().starts_with("- ");
    let mut reach = line;
    for tree in trees {
        let Some(root) = tree.root() else { continue };
        if root.place().at.start == first && root.is_mapping() {
            return line.cover(root.place().at);
        }
        if !line_is_in(root, first) {
            continue;
        }
        for node in tree.nodes().filter(|it| line.contains(start_of(it.place().at))) {
            let own = match node.key() {
                Some(key) if key.place().at.start == first => node.place().at,
                None if is_item && node.index().is_some() => node.place().at,
                _ => continue,
            };
            reach = reach.cover(own);
        }
        // The value of a key may start on a later line.
        for node in tree.nodes() {
            if node.key().is_some_and(|it| it.place().at.start == first) {
                reach = reach.cover(node.place().at);
            }
        }
    }
    reach
}

fn line_is_in(root: Node<'_>, first: u32) -> bool {
    let at = root.place().at;
    (at.start..=at.end).contains(&first)
}

fn start_of(span: Span) -> Span {
    Span { end: span.start, ..span }
}

/// The annotation, alone or with `.` and the name of a container.
const ANNOTATION: &str = "goready.dev/ignore";

/// Suppressions in annotations of objects and pod templates.
fn annotations(project: &Project) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let mut seen = BTreeSet::new();
    let templates = project
        .workloads
        .iter()
        .filter_map(|it| Some((project.object(it.object), it.pod_metadata()?.get("annotations")?)));
    let objects =
        project.objects.iter().filter_map(|it| Some((it, it.metadata()?.get("annotations")?)));
    for (object, annotations) in objects.chain(templates) {
        let Some(root) = object.node().map(|it| it.place().at) else { continue };
        for entry in annotations.entries() {
            let Some(rest) = entry.key.text().strip_prefix(ANNOTATION) else { continue };
            let container = rest.strip_prefix('.');
            let is_ours = rest.is_empty() || container.is_some();
            // An object of several units is one text.
            if !is_ours || !seen.insert(entry.value.place()) {
                continue;
            }
            for line in entry.value.as_str().unwrap_or("").lines() {
                entries.extend(
                    from_annotation(line, entry.value.place())
                        .map(|it| Entry { reach: Reach::Object { root, object, container }, ..it }),
                );
            }
        }
    }
    entries
}

/// Reads `rule[, rule] reason (until DATE)`, one line of an annotation's value.
fn from_annotation(line: &str, place: Place) -> Option<Entry<'_>> {
    let mut rules = Vec::new();
    let mut rest = line.trim();
    loop {
        let end = rest.find([',', ' ', '\t']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if !name.is_empty() {
            rules.push(Named { place, selector: Selector::parse(name) });
        }
        let after = after.trim_start();
        let Some(more) = after.strip_prefix(',') else {
            rest = after;
            break;
        };
        rest = more.trim_start();
    }
    let split = rest.strip_suffix(')').and_then(|it| it.rsplit_once("(until "));
    let (reason, until_text) = match split {
        Some((reason, date)) => (reason.trim(), Some(date.trim())),
        None => (rest.trim(), None),
    };
    let reach = Reach::File(place.at.file);
    let until = until_text.map(|it| until(it, place));
    let entry = Entry { rules, reason, until, place, reach, origin: Origin::Annotation };
    (!entry.rules.is_empty()).then_some(entry)
}

/// Findings about suppressions, each rule only if it runs.
#[derive(Debug)]
struct About<'a> {
    scene: &'a Scene<'a>,
    unused: Option<Findings>,
    unknown: Option<Findings>,
    expired: Option<Findings>,
    without_reason: Option<Findings>,
}

impl<'a> About<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let running = |name: &str| {
            let runs = scene.rules.iter().any(|it| it.name == name);
            rule(name).filter(|_| runs).map(Findings::new)
        };
        Self {
            scene,
            unused: running("suppression-unused"),
            unknown: running("suppression-unknown-rule"),
            expired: running("suppression-expired"),
            without_reason: running("suppression-without-reason"),
        }
    }

    fn into_vec(self) -> Vec<Finding> {
        let all = [self.unused, self.unknown, self.expired, self.without_reason];
        all.into_iter().flatten().flat_map(Findings::into_vec).collect()
    }

    fn unknown(&mut self, entry: &Entry<'_>) {
        let Some(findings) = &mut self.unknown else { return };
        if entry.rules.is_empty() {
            findings
                .report(entry.place, "this ignore names no rule and hides nothing")
                .help("name the rule in brackets: `goready: ignore[rule-name] reason`");
        }
        for named in &entry.rules {
            let Err(error) = &named.selector else { continue };
            let found = findings.report(named.place, error.to_string());
            let Some(suggestion) = error.suggestion else {
                found.help("take the rule's name from `goready rules`");
                continue;
            };
            let found = found.help(format!("write `{suggestion}`"));
            if entry.origin == Origin::Comment {
                let edit = Edit { place: named.place, text: suggestion.to_owned() };
                found.unsafe_fix(format!("write `{suggestion}`"), vec![edit]);
            }
        }
    }

    fn expired(&mut self, entry: &Entry<'_>) {
        let (Some(findings), Some(until)) = (&mut self.expired, &entry.until) else { return };
        match until.date {
            Some(date) => findings
                .report(until.place, format!("this ignore ended on {date}"))
                .help("fix the finding or renew the date"),
            None => findings
                .report(
                    until.place,
                    format!("`{}` is no date, so this ignore does not count", until.text),
                )
                .help("write the last day as `(until 2027-01-31)`"),
        };
    }

    fn without_reason(&mut self, entry: &Entry<'_>) {
        let Some(findings) = &mut self.without_reason else { return };
        if entry.reason.is_empty() && !entry.rules.is_empty() {
            let message = format!("`{}` gives no reason", shown(entry, |_| true));
            let help = match entry.origin {
                Origin::Comment => "add one after the bracket",
                Origin::Annotation | Origin::Config => "add one after the rule",
            };
            findings.report(entry.place, message).help(help);
        }
    }

    fn unused(&mut self, entry: &Entry<'_>, is_used: impl Fn(usize) -> bool) {
        let scene = self.scene;
        let Some(findings) = &mut self.unused else { return };
        let judged =
            |named: &Named| named.selector.as_ref().is_ok_and(|it| all_run(scene.rules, *it));
        let idle = |name: usize| !is_used(name) && entry.rules.get(name).is_some_and(judged);
        let count = (0..entry.rules.len()).filter(|it| idle(*it)).count();
        if count == 0 {
            return;
        }
        if count == entry.rules.len() {
            let message = format!("`{}` hides nothing", shown(entry, |_| true));
            let found = findings.report(entry.place, message).help("remove it");
            fix_unused(scene, entry, found);
            return;
        }
        for (name, named) in entry.rules.iter().enumerate().filter(|(name, _)| idle(*name)) {
            let message = format!("`{}` hides nothing", shown(entry, |it| it == name));
            findings.report(named.place, message).help("remove it from the list");
        }
    }
}

/// Whether every rule a selector names ran: else nothing can be said of it.
fn all_run(rules: &[&'static Meta], selector: Selector) -> bool {
    let named = |it: &&Meta| selector.matches(it.name, it.category);
    // A suppression of findings about suppressions is judged by nobody.
    let about_suppressions =
        matches!(selector, Selector::Rule(it) if it.starts_with("suppression-"));
    let running = rules.iter().copied().filter(named).count();
    !about_suppressions && running == goready_rules::REGISTRY.iter().filter(named).count()
}

/// The suppression as people write it, with those names that count.
fn shown(entry: &Entry<'_>, counts: impl Fn(usize) -> bool) -> String {
    let names = entry.rules.iter().enumerate().filter(|(index, _)| counts(*index));
    let names = names.map(|(_, it)| match &it.selector {
        Ok(selector) => selector.name(),
        Err(error) => &error.name,
    });
    let names = names.collect::<Vec<_>>().join(", ");
    match entry.origin {
        Origin::Comment => format!("ignore[{names}]"),
        Origin::Annotation => format!("{ANNOTATION}: {names}"),
        Origin::Config => format!("[[suppress]] {names}"),
    }
}

/// Removes a comment, with its line where nothing else stands on it.
fn fix_unused(scene: &Scene<'_>, entry: &Entry<'_>, found: Draft<'_>) {
    let at = entry.place.at;
    let text = scene.sources.get(at.file).map_or("", |it| &it.text);
    let (Some(before), Some(after)) = (text.get(..at.start as usize), text.get(at.end as usize..))
    else {
        return;
    };
    let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
    let start = before.len() - blanks;
    let rest = after.len() - after.trim_start_matches([' ', '\t', '\r']).len();
    let ends_line = after[rest..].is_empty() || after[rest..].starts_with('\n');
    if entry.origin != Origin::Comment || !ends_line {
        return;
    }
    let alone = before[..start].is_empty() || before[..start].ends_with('\n');
    let end = if alone {
        at.end as usize + rest + usize::from(after[rest..].starts_with('\n'))
    } else {
        at.end as usize
    };
    let edit = Edit { place: Place::new(at.file, start, end), text: String::new() };
    found.safe_fix("remove the comment", vec![edit]);
}
