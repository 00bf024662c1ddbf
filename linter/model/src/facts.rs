//! What one file says, before anything is joined.

use std::sync::Arc;

use crate::{Build, Dockerfile, FileId, ImagePush, Place, SecretCandidate, Tree};

/// What a file is, by name and content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    Go,
    GoMod,
    GoWork,
    /// A YAML or JSON file that may hold Kubernetes objects.
    Manifest,
    /// `kustomization.yaml`.
    Kustomization,
    Compose,
    /// `Chart.yaml`.
    ChartMetadata,
    /// `values.yaml` and other values files of a chart.
    ChartValues,
    /// A file under a chart's `templates/`.
    ChartTemplate,
    Dockerfile,
    DockerIgnore,
    Makefile,
    /// Recipes of casey/just.
    Justfile,
    ShellScript,
    /// GitHub workflow or composite action.
    Workflow,
    Goreleaser,
    Ko,
    /// `docker-bake.hcl` or `.json`.
    Bake,
    Skaffold,
    /// Other structured configuration: YAML, JSON, TOML, INI, properties, `.env`.
    Config,
    /// Any other text, read for secrets only.
    Text,
}

/// Why a problem arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The text is not what the file's role asks for.
    Syntax,
    /// A limit of goready was reached: size, depth, aliases.
    Limit,
    /// The same key twice in one mapping; `related` is the first.
    DuplicateKey,
    /// The file could not be read.
    Unreadable,
    /// Not analysed, and not because the file is wrong: a chart without a renderer, a binary.
    Unsupported,
}

/// Something wrong with a file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub place: Place,
    /// One line, lower case start, no full stop.
    pub message: String,
    pub related: Option<Place>,
}

/// A document of a YAML or JSON file.
#[derive(Debug, Clone)]
pub struct Document {
    pub tree: Arc<Tree>,
    /// Index in the file, from 0, empty documents included.
    pub index: usize,
    /// The document ended in a syntax error: no absence may be concluded from it.
    pub truncated: bool,
}

/// How far a suppression comment reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectiveScope {
    /// These bytes: a line, or the subtree below a mapping.
    Span(crate::Span),
    File,
    /// An annotation: everything of the object, or of one container.
    Object,
}

/// A suppression comment or annotation: `goready: ignore[rule, ...] reason (until DATE)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Rules and categories, each where it stands.
    pub rules: Vec<crate::Located<String>>,
    pub reason: String,
    /// `2027-01-31`.
    pub until: Option<crate::Located<String>>,
    /// The comment from its marker to its end.
    pub place: Place,
    pub scope: DirectiveScope,
    /// Bounds of the object or container for [`DirectiveScope::Object`].
    pub object: Option<crate::Span>,
}

/// Everything one file says. Owned; no syntax tree is kept.
#[derive(Debug, Clone)]
pub struct FileFacts<G> {
    pub file: FileId,
    pub kind: FileKind,
    pub problems: Vec<Problem>,
    pub documents: Vec<Document>,
    /// A go.mod.
    pub go_mod: Option<crate::GoMod>,
    /// Facts of a Go file (`goready_parse::go::GoFile`); only link reads them.
    pub go: Option<G>,
    pub dockerfile: Option<Dockerfile>,
    pub builds: Vec<Build>,
    pub pushes: Vec<ImagePush>,
    /// What a Makefile, script or CI file runs; link follows it into builds.
    pub recipes: Option<crate::Recipes>,
    /// Checks for a stripped binary that always pass.
    pub strip_checks: Vec<crate::StripCheck>,
    pub secrets: Vec<SecretCandidate>,
    /// The PEM blocks of a file of certificates or keys.
    pub pem: Option<crate::PemText>,
    /// Names of a Go file that may join a literal with a credential sink elsewhere.
    pub secret_names: crate::SecretNames,
    pub directives: Vec<Directive>,
    /// Bytes that were parsed, for the counters of `benches/`.
    pub parsed_bytes: u64,
}

impl<G> FileFacts<G> {
    /// Facts of a file that says nothing.
    pub fn new(file: FileId, kind: FileKind) -> Self {
        Self {
            file,
            kind,
            problems: Vec::new(),
            documents: Vec::new(),
            go_mod: None,
            go: None,
            dockerfile: None,
            builds: Vec::new(),
            pushes: Vec::new(),
            recipes: None,
            strip_checks: Vec::new(),
            secrets: Vec::new(),
            pem: None,
            secret_names: crate::SecretNames::default(),
            directives: Vec::new(),
            parsed_bytes: 0,
        }
    }
}
