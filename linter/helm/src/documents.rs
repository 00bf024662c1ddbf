//! From what templates print to documents: splitting, hooks and the order of installation (helm
//! 4.3.1 pkg/release/v1/util), each document read back with the place of every node.

pub(crate) mod kept;
mod places;

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use goready_model::{FileId, Node, NodeId, NodeKind, Problem, ProblemKind, SourceFile, Span, Tree};

use crate::{
    context::Mode,
    exec::{self, FileOutput},
    origin::Origins,
};

use kept::{Kept, Ways};
pub(crate) use places::Templates;

/// One document of a rendered chart.
#[derive(Debug, Clone)]
pub struct RenderedDocument {
    /// Helm's name of the template: `chart/charts/below/templates/service.yaml`.
    pub source: Arc<str>,
    pub template: FileId,
    /// What was rendered, without what separates documents.
    pub text: Arc<str>,
    /// Its nodes have the places where they were written: in templates and values.
    pub tree: Arc<Tree>,
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub hook: Option<Hook>,
    /// An error ended it: nothing may be concluded from what is not there.
    pub truncated: bool,
    /// What is known of scalars beyond their place.
    pub provenance: Arc<BTreeMap<NodeId, Provenance>>,
}

/// Where a scalar comes from, beyond its place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The path of the values key that fed it: `image.tag`, `hosts[0].name`.
    pub values: Option<Arc<str>>,
    /// Actions that ran the template it was written in (`include`, `template`, `tpl`), innermost
    /// first.
    pub via: Arc<[Span]>,
    /// It is not what a cluster would see: random, or a placeholder for what is missing.
    pub synthetic: bool,
}

/// A document that is installed at a point of a release's life, not with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Empty when one of the names is unknown to Helm: nobody then installs the document.
    pub events: Vec<HookEvent>,
    pub weight: i64,
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookEvent {
    PreInstall,
    PostInstall,
    PreDelete,
    PostDelete,
    PreUpgrade,
    PostUpgrade,
    PreRollback,
    PostRollback,
    Test,
}

impl HookEvent {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            // The second is Helm 2's.
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }
}

/// A document that Helm cannot read.
#[derive(Debug)]
pub(crate) struct DocumentError {
    pub(crate) message: String,
    pub(crate) span: Option<Span>,
    pub(crate) via: Arc<[Span]>,
}

/// What the files of one render have in common.
pub(crate) struct Reading<'r> {
    pub(crate) origins: &'r Origins,
    pub(crate) templates: &'r Templates<'r>,
    pub(crate) mode: Mode,
    /// What other renders of the chart printed.
    pub(crate) kept: Option<&'r Kept>,
}

impl Reading<'_> {
    /// The documents of one file, in the order they stand in it.
    pub(crate) fn file(
        &self,
        source: &Arc<str>,
        template: FileId,
        output: &FileOutput,
        errors: &mut Vec<DocumentError>,
    ) -> Vec<RenderedDocument> {
        let is_whole = output.holes.is_empty() && output.errors.is_empty();
        let Some(kept) = self.kept.filter(|_| is_whole) else {
            return self.read(source, template, output, errors);
        };
        let ways = Ways::of(output, self.origins);
        if let Some(documents) = kept.find(source, output, &ways) {
            return documents;
        }
        let known_errors = errors.len();
        let documents = self.read(source, template, output, errors);
        if errors.len() == known_errors {
            kept.keep(source, output, ways, &documents);
        }
        documents
    }

    fn read(
        &self,
        source: &Arc<str>,
        template: FileId,
        output: &FileOutput,
        errors: &mut Vec<DocumentError>,
    ) -> Vec<RenderedDocument> {
        let text = SourceFile::decode("", output.text.bytes()).text;
        let mut places = places::Reader::new(self.origins, self.templates, output, template);
        let parts = split(&text);
        let last = parts.len().saturating_sub(1);
        let mut documents = Vec::with_capacity(parts.len());
        for (index, part) in parts.into_iter().enumerate() {
            let cut = index == last && ends_early(output, self.mode);
            let parsed = goready_yaml::parse(template, &text[part.clone()]);
            let problem = parsed.problems.iter().find(|it| is_fatal(it));
            let is_broken = problem.is_some();
            if let Some(problem) = problem.filter(|_| !cut) {
                let at = problem.place.at;
                let at = part.start + at.start as usize..part.start + at.end as usize;
                errors.push(self.syntax_error(source, problem, places.place_of(at)));
            }
            let document = parsed.documents.into_iter().next();
            let mut tree = document.map_or_else(Tree::default, |it| Arc::unwrap_or_clone(it.tree));
            let provenance = places.rewrite(&mut tree, part.start);
            let head = match Head::of(&tree) {
                Ok(head) if head.is_dropped() && self.mode == Mode::Helm => continue,
                Ok(head) => head,
                Err(wrong) => {
                    // A placeholder stands for anything, an object too.
                    let is_unknown = self.mode == Mode::Lint
                        && tree.node(wrong.node).is_some_and(|it| it.is_dynamic());
                    if !(cut || is_broken || is_unknown) {
                        errors.push(wrong.into_error(source, &tree, self.mode));
                    }
                    Head::default()
                }
            };
            documents.push(RenderedDocument {
                source: source.clone(),
                template,
                truncated: cut || is_broken || places.has_gap(part.clone()),
                text: text[part].into(),
                tree: Arc::new(tree),
                api_version: head.api_version,
                kind: head.kind,
                name: head.name,
                hook: head.hook,
                provenance: Arc::new(provenance),
            });
        }
        documents
    }

    fn syntax_error(
        &self,
        source: &str,
        problem: &Problem,
        (span, via): (Span, Arc<[Span]>),
    ) -> DocumentError {
        let said = &problem.message;
        let message = match self.mode {
            Mode::Helm => {
                format!("YAML parse error on {source}: error converting YAML to JSON: yaml: {said}")
            }
            Mode::Lint => format!("the rendered document is no YAML: {said}"),
        };
        DocumentError { message, span: Some(span), via }
    }
}

/// Whether an error ended the file where it happened: nothing says then what is missing behind it.
fn ends_early(output: &FileOutput, mode: Mode) -> bool {
    let is_limit = |it: &exec::Error| it.kind == exec::Kind::Limit;
    match mode {
        Mode::Helm => !output.errors.is_empty(),
        Mode::Lint => output.errors.iter().any(is_limit),
    }
}

fn is_fatal(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::Syntax | ProblemKind::Limit)
}

/// Sorts documents as Helm installs them; of one kind they stay in their order.
pub(crate) fn sort(documents: &mut [RenderedDocument]) {
    documents.sort_by(|one, other| {
        let rank = |kind: &str| INSTALL_ORDER.iter().position(|it| *it == kind);
        match (rank(&one.kind), rank(&other.kind)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => one.kind.cmp(&other.kind),
        }
    });
}

/// Kinds in the order of their installation; others come last, by name (kind_sorter.go).
const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Parts of a file that hold more than blanks: Helm splits at each line that starts with `---`,
/// whatever follows, even within a block scalar.
fn split(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut part = text.len() - text.trim_start().len();
    let mut line = part;
    loop {
        let rest = &text[line..];
        if let Some(behind) = rest.strip_prefix("---") {
            push_part(text, part..line, &mut parts);
            part = text.len() - behind.trim_start_matches([' ', '\t']).len();
        }
        match text[line..].find('\n') {
            Some(end) => line += end + 1,
            None => break,
        }
    }
    push_part(text, part..text.len(), &mut parts);
    parts
}

fn push_part(text: &str, part: Range<usize>, parts: &mut Vec<Range<usize>>) {
    let content = text[part.clone()].trim_start();
    if !content.is_empty() {
        parts.push(part.end - content.len()..part.end);
    }
}

/// What Helm reads of a document (`SimpleHead`).
#[derive(Debug, Default, PartialEq, Eq)]
struct Head {
    api_version: String,
    kind: String,
    name: String,
    hook: Option<Hook>,
}

const ANNOTATIONS: &str = ".metadata.annotations";

/// A field of the head that is of a wrong type.
#[derive(Debug)]
struct Wrong {
    node: NodeId,
    /// Where it is in the document: `.metadata.name`, empty for the whole.
    path: &'static str,
    found: &'static str,
    /// What Go calls its place.
    wanted: String,
}

impl Wrong {
    fn into_error(self, source: &str, tree: &Tree, mode: Mode) -> DocumentError {
        let Self { path, found, wanted, .. } = self;
        let message = match mode {
            Mode::Helm => format!(
                "YAML parse error on {source}: error unmarshaling JSON: while decoding JSON: json: \
                 cannot unmarshal {found} into Go {wanted}"
            ),
            Mode::Lint if path.is_empty() => {
                format!("the rendered document is no object of Kubernetes but of type {found}")
            }
            Mode::Lint => format!("`{path}` of the rendered document is of type {found}"),
        };
        DocumentError {
            message,
            span: tree.node(self.node).map(|it| it.place().at),
            via: Arc::default(),
        }
    }
}

impl Head {
    fn of(tree: &Tree) -> Result<Self, Wrong> {
        let Some(root) = tree.root().filter(|it| !it.is_null()) else {
            return Ok(Self::default());
        };
        let mut head = Self {
            api_version: text(root, "apiVersion", ".apiVersion")?,
            kind: text(root, "kind", ".kind")?,
            ..Self::default()
        };
        if !root.is_mapping() {
            return Err(wrong(root, "", "value of type util.SimpleHead".to_owned()));
        }
        let Some(metadata) = root.get("metadata").filter(|it| !it.is_null()) else {
            return Ok(head);
        };
        if !metadata.is_mapping() && !metadata.is_dynamic() {
            let wanted = "struct field SimpleHead.metadata of type struct".to_owned();
            return Err(wrong(metadata, ".metadata", wanted));
        }
        head.name = text(metadata, "name", ".metadata.name")?;
        let Some(annotations) = metadata.get("annotations").filter(|it| !it.is_null()) else {
            return Ok(head);
        };
        if !annotations.is_mapping() && !annotations.is_dynamic() {
            let wanted = format!("struct field {ANNOTATIONS} of type map[string]string");
            return Err(wrong(annotations, ANNOTATIONS, wanted));
        }
        for entry in annotations.entries() {
            if entry.value.is_mapping() || entry.value.is_sequence() {
                let wanted = format!("struct field {ANNOTATIONS} of type string");
                return Err(wrong(entry.value, ANNOTATIONS, wanted));
            }
        }
        let Some(hooks) = annotations.get("helm.sh/hook") else { return Ok(head) };
        let weight = annotations.get("helm.sh/hook-weight").map_or("", |it| it.text());
        let mut events = Vec::new();
        for name in hooks.text().split(',') {
            let Some(event) = HookEvent::from_name(&name.trim().to_lowercase()) else {
                events.clear();
                break;
            };
            events.push(event);
        }
        head.hook = Some(Hook { events, weight: weight.parse().unwrap_or(0) });
        Ok(head)
    }

    /// Whether it is a hook of a kind that Helm does not know: it drops the document.
    fn is_dropped(&self) -> bool {
        self.hook.as_ref().is_some_and(|it| it.events.is_empty())
    }
}

fn text(node: Node<'_>, key: &str, path: &'static str) -> Result<String, Wrong> {
    match node.get(key).filter(|it| !it.is_null()) {
        Some(value) if value.is_mapping() || value.is_sequence() => {
            Err(wrong(value, path, format!("struct field {path} of type string")))
        }
        Some(value) => Ok(value.text().to_owned()),
        None => Ok(String::new()),
    }
}

fn wrong(node: Node<'_>, path: &'static str, wanted: String) -> Wrong {
    let found = match node.kind() {
        NodeKind::Sequence => "array",
        NodeKind::Mapping => "object",
        NodeKind::Bool(_) => "bool",
        NodeKind::Int(_) | NodeKind::Float(_) => "number",
        NodeKind::String | NodeKind::Dynamic | NodeKind::Null => "string",
    };
    Wrong { node: node.id(), path, found, wanted }
}

/// The documents of a text alone, for tests of what reads them.
#[cfg(test)]
fn parts(text: &str) -> Vec<&str> {
    split(text).into_iter().map(|it| &text[it]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_split_at_every_line_that_starts_with_three_dashes() {
        assert_eq!(parts("\n a\n---\nb\n--- \t\nc\n---d\n"), ["a\n", "b\n", "c\n", "d\n"]);
        assert_eq!(parts("---\n---\n\n"), [""; 0]);
        assert_eq!(parts("a: |\n---\n  x\n"), ["a: |\n", "x\n"]);
        assert_eq!(parts("a ---\n"), ["a ---\n"]);
        assert_eq!(parts("------\na\n"), ["---\na\n"]);
    }

    fn head(text: &str) -> Result<Head, Wrong> {
        Head::of(&goready_yaml::parse(FileId(0), text).documents[0].tree)
    }

    #[test]
    fn hooks_are_told_by_their_annotation() {
        let hook = |value: &str| {
            let annotations = format!("{{helm.sh/hook: {value}, helm.sh/hook-weight: \"-5\"}}");
            head(&format!("kind: Job\nmetadata: {{annotations: {annotations}}}\n")).unwrap()
        };
        let events = vec![HookEvent::PreInstall, HookEvent::Test];
        let both = hook("\"pre-install, Test-Success\"");
        assert!(!both.is_dropped());
        assert_eq!(both.hook, Some(Hook { events, weight: -5 }));
        assert!(hook("\"pre-install,never\"").is_dropped());
        assert_eq!(head("kind: Job\n").unwrap().hook, None);
    }

    #[test]
    fn a_head_that_helm_cannot_decode_is_an_error() {
        for text in ["[1]\n", "kind: [x]\n", "metadata: x\n", "metadata: {annotations: {a: {}}}\n"]
        {
            assert!(head(text).is_err(), "{text}");
        }
        assert_eq!(head("kind: 5\n").unwrap().kind, "5");
    }
}
