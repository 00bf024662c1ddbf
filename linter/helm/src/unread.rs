//! Keys of a values file that no template reads.
//!
//! Decided from the text of the templates, not from what a render happened to run, and in doubt a
//! key counts as read: its name may stand anywhere in a template as a field or in a string, an
//! ancestor may be handed on as a whole (`toYaml .Values.resources`, `range`, `with`, an argument),
//! or a value may itself be a template that names it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use goready_model::{Entry, FileId, Node, NodeId, Span, Tree, pointer};
use smallvec::SmallVec;

use crate::{
    chart::Chart,
    template::{
        self,
        ast::{Branch, Command, File, Node as Template, Operand, OperandKind, Pipe},
    },
};

/// A key of a chart's values file that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadKey {
    /// The key, in `values.yaml`.
    pub key: Span,
    /// `image.tag`.
    pub path: String,
    /// Names that templates read from the same mapping and that it does not have.
    pub read_instead: BTreeSet<String>,
}

/// The outermost unread keys of a chart's own values file, in source order.
pub fn unread_keys(chart: &Chart) -> Vec<UnreadKey> {
    let Some(values) = &chart.values else { return Vec::new() };
    if lacks_templates(chart) {
        return Vec::new();
    }
    let mut templates = Vec::new();
    add_templates(chart, &mut templates);
    let names = chart.charts.iter().map(|it| it.metadata.name.clone());
    let dependencies = chart.metadata.dependencies().iter();
    let sections = names.chain(dependencies.flat_map(|it| [it.name.clone(), it.alias.clone()]));
    let sections = sections.collect();
    let mut texts = Vec::new();
    for file in chart.files.iter().filter(|it| memchr::memmem::find(&it.bytes, b"{{").is_some()) {
        texts.push(String::from_utf8_lossy(&file.bytes));
    }
    let parsed = goready_yaml::parse(values.id, &values.text);
    let mut found = Vec::new();
    for document in &parsed.documents {
        for it in unread(&document.tree, &templates, &texts, &sections) {
            let Some(node) = document.tree.node(it.value) else { continue };
            let at = node.name_place().at;
            let skipped = values.skipped;
            found.push(UnreadKey {
                key: Span { start: at.start + skipped, end: at.end + skipped, ..at },
                path: pointer::dotted(&node.pointer()),
                read_instead: it.read_instead,
            });
        }
    }
    found
}

/// Whether a template that is called, and may read any value, would come with a dependency that is
/// not there.
fn lacks_templates(chart: &Chart) -> bool {
    if chart.missing().next().is_none() {
        return false;
    }
    let mut known = Vec::new();
    add_templates(chart, &mut known);
    let defined: HashSet<&str> =
        known.iter().flat_map(|file| file.defines.iter().map(|it| &*it.name)).collect();
    let mut texts = chart.templates.iter().map(|it| &*it.source.text);
    texts.any(|it| called(it).any(|name| !defined.contains(name)))
}

/// Names of the templates that a text calls by a literal.
fn called(text: &str) -> impl Iterator<Item = &str> {
    let calls = ["include \"", "template \""].into_iter();
    calls.flat_map(|call| text.split(call).skip(1)).filter_map(|it| Some(it.split_once('"')?.0))
}

/// The templates of a chart and of those below it: a library's read its parent's values.
fn add_templates(chart: &Chart, templates: &mut Vec<Arc<File>>) {
    templates.extend(chart.templates.iter().map(|it| it.parsed().clone()));
    for below in &chart.charts {
        add_templates(below, templates);
    }
}

/// A key that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unread {
    /// The key's value in the tree of the values file.
    value: NodeId,
    read_instead: BTreeSet<String>,
}

/// `templates` are all that can see these values, `texts` what else may be a template, `sections`
/// belong to dependencies.
fn unread(
    values: &Tree,
    templates: &[Arc<File>],
    texts: &[std::borrow::Cow<'_, str>],
    sections: &BTreeSet<String>,
) -> Vec<Unread> {
    let Some(root) = values.root().filter(|it| it.is_mapping()) else { return Vec::new() };
    let mut reads = Reads::of(root);
    for text in texts {
        reads.text(text);
    }
    for file in templates {
        if !file.errors.is_empty() {
            return Vec::new();
        }
        reads.nodes(&file.body);
        for define in &*file.defines {
            reads.nodes(&define.body);
        }
    }
    for node in values.nodes() {
        if node.as_str().is_some_and(|it| it.contains("{{")) {
            reads.text(node.text());
        }
    }
    let mut found = Vec::new();
    let Some(keys) = reads.mappings.first().filter(|it| !it.whole) else { return found };
    for entry in root.entries() {
        let key = entry.key.text();
        if key != "global" && !sections.contains(key) {
            reads.judge(entry, keys, &mut found);
        }
    }
    found
}

/// What templates read of a values file.
#[derive(Debug)]
struct Reads<'v> {
    /// The names of all keys, and whether one is a field or a word of a string somewhere.
    names: HashMap<&'v str, bool>,
    /// The values behind the keys, the whole file first.
    mappings: Vec<Keys<'v>>,
}

/// A value, and what is read of it.
#[derive(Debug, Default)]
struct Keys<'v> {
    /// Indices in [`Reads::mappings`].
    below: HashMap<&'v str, usize>,
    /// It is used for what it holds.
    whole: bool,
    /// Names that are read from it and that it does not have.
    missing: BTreeSet<String>,
}

impl<'v> Reads<'v> {
    fn of(root: Node<'v>) -> Self {
        let mut reads = Self { names: HashMap::new(), mappings: vec![Keys::default()] };
        reads.add(root, 0);
        reads
    }

    fn add(&mut self, node: Node<'v>, index: usize) {
        for entry in node.entries() {
            let key = entry.key.text();
            self.names.insert(key, false);
            let next = self.mappings.len();
            let known = self.mappings.get_mut(index).map(|it| *it.below.entry(key).or_insert(next));
            let below = known.unwrap_or(next);
            if below == next {
                self.mappings.push(Keys::default());
            }
            self.add(entry.value, below);
        }
    }

    fn judge(&self, entry: Entry<'_>, above: &Keys<'_>, found: &mut Vec<Unread>) {
        let key = entry.key.text();
        let keys = above.below.get(key).and_then(|it| self.mappings.get(*it));
        let Some(keys) = keys.filter(|it| !it.whole) else { return };
        if !self.names.get(key).is_some_and(|it| *it) {
            let value = entry.value.id();
            found.push(Unread { value, read_instead: above.missing.clone() });
            return;
        }
        for entry in entry.value.entries() {
            self.judge(entry, keys, found);
        }
    }

    /// A text that may be run as a template.
    fn text(&mut self, text: &str) {
        self.words(text);
        let parsed = template::parse(FileId(0), "", &text.into());
        self.nodes(&parsed.body);
    }

    fn words(&mut self, text: &str) {
        for word in words(text) {
            self.name(word);
        }
    }

    fn name(&mut self, name: &str) {
        if let Some(read) = self.names.get_mut(name) {
            *read = true;
        }
    }

    fn nodes(&mut self, nodes: &[Template]) {
        for node in nodes {
            match node {
                Template::Action { pipe, .. } => self.pipe(pipe, Use::Whole),
                Template::Template(invocation) => {
                    if let Some(pipe) = &invocation.pipe {
                        self.pipe(pipe, Use::Whole);
                    }
                }
                Template::If(branch) => self.branch(branch, Use::Test),
                Template::With(branch) | Template::Range(branch) => {
                    self.branch(branch, Use::Whole);
                }
                Template::Text { .. }
                | Template::Break { .. }
                | Template::Continue { .. }
                | Template::Broken { .. } => {}
            }
        }
    }

    fn branch(&mut self, branch: &Branch, how: Use) {
        self.pipe(&branch.pipe, how);
        self.nodes(&branch.body);
        self.nodes(&branch.otherwise);
    }

    fn pipe(&mut self, pipe: &Pipe, how: Use) {
        for command in &*pipe.commands {
            self.command(command, how);
        }
    }

    fn command(&mut self, command: &Command, how: Use) {
        let tests = |name: &str| matches!(name, "and" | "or" | "not" | "empty" | "hasKey");
        let is_test = how == Use::Test
            && match &*command.operands {
                [_] => true,
                [Operand { kind: OperandKind::Function(name), .. }, ..] => tests(name),
                _ => false,
            };
        let how = if is_test { Use::Test } else { Use::Whole };
        for operand in &*command.operands {
            self.operand(operand, how);
        }
    }

    fn operand(&mut self, operand: &Operand, how: Use) {
        let mut names = Path::new();
        let is_path = add_path(operand, &mut names);
        match &operand.kind {
            OperandKind::String(text) => {
                self.words(&String::from_utf8_lossy(text));
            }
            OperandKind::Pipe(pipe, fields) if fields.is_empty() => self.pipe(pipe, how),
            OperandKind::Pipe(pipe, _) if !is_path => self.pipe(pipe, Use::Whole),
            OperandKind::Chain(inner, _) => self.operand(inner, Use::Whole),
            _ => {}
        }
        for field in fields(operand) {
            self.name(field);
        }
        if is_path {
            self.path(&names, how);
        }
    }

    /// Names behind `.Values`.
    fn path(&mut self, names: &[&str], how: Use) {
        let mut index = Some(0);
        for name in names {
            self.name(name);
            let Some(keys) = index.and_then(|it| self.mappings.get_mut(it)) else { continue };
            index = keys.below.get(name).copied();
            if index.is_none() && !keys.missing.contains(*name) {
                keys.missing.insert((*name).to_owned());
            }
        }
        let keys = index.filter(|_| how == Use::Whole).and_then(|it| self.mappings.get_mut(it));
        if let Some(keys) = keys {
            keys.whole = true;
        }
    }
}

/// How a value is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Only whether it is there.
    Test,
    Whole,
}

fn fields(operand: &Operand) -> &[Arc<str>] {
    match &operand.kind {
        OperandKind::Field(fields)
        | OperandKind::Variable(_, fields)
        | OperandKind::Pipe(_, fields)
        | OperandKind::Chain(_, fields) => fields,
        _ => &[],
    }
}

type Path<'o> = SmallVec<[&'o str; 8]>;

/// Adds the path behind `.Values` of `.Values.a.b`, `$.Values.a` and `(.Values.a).b`; false for what
/// is none.
fn add_path<'o>(operand: &'o Operand, names: &mut Path<'o>) -> bool {
    match &operand.kind {
        OperandKind::Field(fields) | OperandKind::Variable(_, fields) => {
            let Some(at) = fields.iter().position(|it| &**it == "Values") else { return false };
            names.extend(fields[at + 1..].iter().map(|it| &**it));
            true
        }
        OperandKind::Pipe(pipe, fields) => {
            let [command] = &*pipe.commands else { return false };
            let [inner] = &*command.operands else { return false };
            let is_path = add_path(inner, names);
            names.extend(fields.iter().map(|it| &**it));
            is_path
        }
        _ => false,
    }
}

/// Words that may be names of keys.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !(it.is_alphanumeric() || it == '_' || it == '-'))
        .filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread_of(values: &str, template: &str) -> Vec<(String, Vec<String>)> {
        let parsed = goready_yaml::parse(FileId(0), values);
        let tree = &parsed.documents[0].tree;
        let file = Arc::new(template::parse(FileId(1), "t.yaml", &template.into()));
        let sections = BTreeSet::from(["redis".to_owned()]);
        unread(tree, &[file], &[], &sections)
            .into_iter()
            .map(|it| {
                let pointer = tree.node(it.value).unwrap().pointer();
                (pointer, it.read_instead.into_iter().collect())
            })
            .collect()
    }

    #[test]
    fn a_key_that_no_template_names_is_unread() {
        let values = "autoscaling:\n  enabled: true\n  targetCPU: 80\nold: 1\n";
        let template = "{{ if .Values.autoscaling.enabled }}\
                        {{ .Values.autoscaling.targetCPUUtilizationPercentage }}{{ end }}";
        let instead = vec!["targetCPUUtilizationPercentage".to_owned()];
        assert_eq!(
            unread_of(values, template),
            [("/autoscaling/targetCPU".to_owned(), instead), ("/old".to_owned(), vec![])]
        );
    }

    #[test]
    fn what_is_handed_on_as_a_whole_is_read() {
        for template in [
            "{{ toYaml .Values.a }}",
            "{{ with $.Values.a }}{{ . }}{{ end }}",
            "{{ range .Values.a }}x{{ end }}",
            "{{ include \"x\" (dict \"a\" .Values.a) }}",
            "{{ toYaml .Values }}",
            "{{ (.Values.a).b }}{{ .Values.a.c.d }}",
            "{{ index .Values \"a\" \"b\" }}{{ get .Values.a \"c\" }}{{ .d }}",
        ] {
            assert_eq!(unread_of("a:\n  b: 1\n  c:\n    d: 2\n", template), [], "{template}");
        }
    }

    #[test]
    fn sections_globals_and_templates_in_values_are_left_alone() {
        let values =
            "redis:\n  x: 1\nglobal:\n  y: 1\nhost: example.com\nurl: '{{ .Values.host }}'\n";
        assert_eq!(unread_of(values, "{{ tpl .Values.url . }}"), []);
    }

    #[test]
    fn nothing_is_said_when_a_template_does_not_parse() {
        assert_eq!(unread_of("a: 1\n", "{{ if }}"), []);
    }
}
