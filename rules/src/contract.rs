//! What a rule is, what it sees, and how it says what it found.

use goready_model::{
    Autoscaler, Build, Category, Chart, Confidence, Dockerfile, Edit, Finding, Fix, Node, Object,
    ObjectRef, Outcome, Place, Profile, Program, ProgramRef, Project, Related, Safety, Service,
    Settings, Workload,
};

use crate::AllOptions;

/// A rule's own declaration, the `static RULE` of its file.
#[derive(Debug)]
pub struct Rule {
    /// The usual outcome; a report may lower or raise it.
    pub outcome: Outcome,
    /// The usual confidence.
    pub confidence: Confidence,
    /// [`Profile::Strict`] rules are off unless asked for.
    pub profile: Profile,
    pub scope: Scope,
    /// First version that has the rule.
    pub since: &'static str,
    /// Names of the same check in other tools, for `goready explain`.
    pub elsewhere: &'static [&'static str],
    pub check: Check,
}

/// How much of the repository a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One file.
    File,
    /// Several manifests of one render unit.
    Objects,
    /// One Go program.
    Program,
    /// Several kinds of artifact.
    Cross,
}

impl Scope {
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Objects => "objects",
            Self::Program => "program",
            Self::Cross => "cross",
        }
    }
}

/// The subject a rule is called for: the variant is the subscription.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Every Kubernetes object.
    Object(fn(&Cx<'_>, &Object, &mut Findings)),
    /// Every object with a pod template.
    Workload(fn(&Cx<'_>, &Workload, &mut Findings)),
    Service(fn(&Cx<'_>, &Service, &mut Findings)),
    Autoscaler(fn(&Cx<'_>, &Autoscaler, &mut Findings)),
    Program(fn(&Cx<'_>, &Program, &mut Findings)),
    Dockerfile(fn(&Cx<'_>, &Dockerfile, &mut Findings)),
    Build(fn(&Cx<'_>, &Build, &mut Findings)),
    Chart(fn(&Cx<'_>, &Chart, &mut Findings)),
    /// Once; for what has no subject of its own.
    Project(fn(&Cx<'_>, &mut Findings)),
    /// The engine itself reports it (suppressions and coverage are its own business).
    Engine,
}

/// A rule with what its file and documentation say.
#[derive(Debug)]
pub struct Meta {
    /// Kebab-case, the file's name.
    pub name: &'static str,
    pub category: Category,
    /// First line of the documentation.
    pub summary: &'static str,
    /// The documentation as Markdown.
    pub docs: &'static str,
    pub rule: &'static Rule,
}

/// What every rule sees.
#[derive(Debug)]
pub struct Cx<'p> {
    pub project: &'p Project,
    pub settings: &'p Settings,
    pub options: &'p AllOptions,
}

/// Where a rule puts what it found.
#[derive(Debug)]
pub struct Findings {
    rule: &'static str,
    category: Category,
    outcome: Outcome,
    confidence: Confidence,
    subject: Option<(ObjectRef, goready_model::NodeId)>,
    found: Vec<Finding>,
}

impl Findings {
    /// An empty list for one rule; the engine makes it.
    pub fn new(meta: &Meta) -> Self {
        Self {
            rule: meta.name,
            category: meta.category,
            outcome: meta.rule.outcome,
            confidence: meta.rule.confidence,
            subject: None,
            found: Vec::new(),
        }
    }

    /// Sets the object that the following findings are about, `None` for none.
    pub fn set_subject(&mut self, object: Option<&Object>) {
        self.subject = object.map(|it| (object_ref(it), it.root));
    }

    /// Reports a defect at a place, with the rule's usual outcome and confidence.
    pub fn report(&mut self, place: Place, message: impl Into<String>) -> Draft<'_> {
        self.found.push(Finding {
            rule: self.rule,
            category: self.category,
            outcome: self.outcome,
            confidence: self.confidence,
            configured_level: None,
            message: message.into(),
            help: None,
            place,
            label: None,
            related: Vec::new(),
            object: self.subject.as_ref().map(|(object, _)| object.clone()),
            program: None,
            renders: Vec::new(),
            fixes: Vec::new(),
            suppressed: None,
        });
        let root = self.subject.as_ref().map(|(_, root)| *root);
        Draft { finding: self.found.len() - 1, found: &mut self.found, root }
    }

    /// Reports at a node's value; the finding's pointer is the node's.
    pub fn node(&mut self, node: Node<'_>, message: impl Into<String>) -> Draft<'_> {
        self.report(node.place(), message).pointer(node)
    }

    /// Reports at a node's key (at the node itself where it has none).
    pub fn key(&mut self, node: Node<'_>, message: impl Into<String>) -> Draft<'_> {
        self.report(node.name_place(), message).pointer(node)
    }

    /// Reports at the name of a list's item that something is missing there. A value that feeds the
    /// name alone cannot add it: the place is then what the template has.
    pub fn missing_in(&mut self, item: Node<'_>, message: impl Into<String>) -> Draft<'_> {
        let name = item.get("name").unwrap_or(item);
        let place = name.place();
        let from = place.from.filter(|_| item.place().from.is_none());
        let draft = self.report(if from.is_some() { place.printed() } else { place }, message);
        match from {
            Some(from) => draft.pointer(name).label(from.into(), "its name comes from here"),
            None => draft.pointer(name),
        }
    }

    /// The findings so far.
    pub fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}

/// A finding being described.
#[derive(Debug)]
pub struct Draft<'f> {
    found: &'f mut Vec<Finding>,
    finding: usize,
    root: Option<goready_model::NodeId>,
}

impl Draft<'_> {
    fn finding(&mut self) -> &mut Finding {
        &mut self.found[self.finding]
    }

    /// An instruction starting with a verb, naming the key or call to write.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.finding().help = Some(help.into());
        self
    }

    /// What another place contributes.
    pub fn label(mut self, place: Place, message: impl Into<String>) -> Self {
        let message = message.into();
        self.finding().related.push(Related { place, message });
        self
    }

    /// What the primary line contributes, when the message alone does not say.
    pub fn here(mut self, label: impl Into<String>) -> Self {
        self.finding().label = Some(label.into());
        self
    }

    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.finding().outcome = outcome;
        self
    }

    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.finding().confidence = confidence;
        self
    }

    /// Lowers the outcome by one step: samples, weak evidence.
    pub fn lower_if(mut self, condition: bool) -> Self {
        if condition {
            let finding = self.finding();
            finding.outcome = finding.outcome.lowered();
        }
        self
    }

    /// Names the object the finding is about, where the subject is none itself.
    pub fn object(mut self, object: &Object) -> Self {
        self.finding().object = Some(object_ref(object));
        self.root = Some(object.root);
        self
    }

    /// Names the node the finding is about, as a JSON pointer from the object's root; the
    /// container follows from it.
    pub fn pointer(mut self, node: Node<'_>) -> Self {
        let Some(root) = self.root else { return self };
        let pointer = node.pointer_from(root);
        let container = container_of(node);
        if let Some(object) = &mut self.finding().object {
            object.pointer = pointer;
            if let Some(container) = container {
                object.container = container;
            }
        }
        self
    }

    /// Names the set of values with which it appears, where the subject is no rendered object.
    pub fn render(mut self, name: &str) -> Self {
        self.finding().renders.push(name.to_owned());
        self
    }

    /// Names the program, and the function where it is about one.
    pub fn program(mut self, program: &Program, function: &str) -> Self {
        self.finding().program = Some(ProgramRef {
            dir: program.dir.clone(),
            module: program.module.clone(),
            function: function.to_owned(),
        });
        self
    }

    /// Offers an edit that cannot break what works today.
    pub fn safe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(Safety::Safe, title.into(), edits)
    }

    /// Offers an edit that is applied only on request.
    pub fn unsafe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(Safety::Unsafe, title.into(), edits)
    }

    fn fix(mut self, safety: Safety, title: String, edits: Vec<Edit>) -> Self {
        // A fix never edits through a Helm value: the scalar may feed other places.
        if edits.iter().all(|it| it.place.from.is_none()) {
            self.finding().fixes.push(Fix { safety, title, edits });
        }
        self
    }
}

fn object_ref(object: &Object) -> ObjectRef {
    ObjectRef {
        api_version: object.api_version.clone(),
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        container: String::new(),
        pointer: String::new(),
    }
}

/// Name of the container that a node lies in.
fn container_of(node: Node<'_>) -> Option<String> {
    let mut node = node;
    loop {
        let parent = node.parent()?;
        let list = parent.key().map(|it| it.text());
        if matches!(list, Some("containers" | "initContainers" | "ephemeralContainers")) {
            return node.get("name").and_then(|it| it.as_str()).map(str::to_owned);
        }
        node = parent;
    }
}
