//! What a rule says, and the vocabulary it is said in.

use crate::Place;

/// How bad it is if the finding is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Worth knowing.
    Advice,
    /// Works until something happens.
    Risk,
    /// Accepted, but it can never do its job as written.
    Broken,
    /// The API server or an admission webhook refuses it.
    Rejected,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Risk => "risk",
            Self::Broken => "broken",
            Self::Rejected => "rejected",
        }
    }

    pub fn level(self) -> Level {
        match self {
            Self::Advice => Level::Note,
            Self::Risk => Level::Warning,
            Self::Broken | Self::Rejected => Level::Error,
        }
    }

    /// One step down, for samples and weak links.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Advice | Self::Risk => Self::Advice,
            Self::Broken | Self::Rejected => Self::Risk,
        }
    }
}

/// The level in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure the finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// Depends on facts outside the repository.
    Possible,
    /// One modelled assumption.
    Likely,
    /// Follows from the text alone.
    Certain,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }

    /// One step down.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Certain => Self::Likely,
            Self::Likely | Self::Possible => Self::Possible,
        }
    }
}

/// A rule's category: the directory it lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    Api,
    Arch,
    Autoscaling,
    Build,
    Config,
    Helm,
    Injection,
    Lifecycle,
    Meta,
    Observability,
    Resources,
    Scheduling,
    Secrets,
    Security,
    Webhook,
    Wiring,
}

impl Category {
    pub const ALL: [Self; 16] = [
        Self::Api,
        Self::Arch,
        Self::Autoscaling,
        Self::Build,
        Self::Config,
        Self::Helm,
        Self::Injection,
        Self::Lifecycle,
        Self::Meta,
        Self::Observability,
        Self::Resources,
        Self::Scheduling,
        Self::Secrets,
        Self::Security,
        Self::Webhook,
        Self::Wiring,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Arch => "arch",
            Self::Autoscaling => "autoscaling",
            Self::Build => "build",
            Self::Config => "config",
            Self::Helm => "helm",
            Self::Injection => "injection",
            Self::Lifecycle => "lifecycle",
            Self::Meta => "meta",
            Self::Observability => "observability",
            Self::Resources => "resources",
            Self::Scheduling => "scheduling",
            Self::Secrets => "secrets",
            Self::Security => "security",
            Self::Webhook => "webhook",
            Self::Wiring => "wiring",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// A line in the same or another artifact that proves the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub place: Place,
    /// What this place contributes.
    pub message: String,
}

/// The Kubernetes object a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    pub api_version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// Empty when the finding is not about one container.
    pub container: String,
    /// JSON pointer from the object's root.
    pub pointer: String,
}

/// The program a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProgramRef {
    pub dir: String,
    pub module: String,
    /// Function or method; empty when it is about the program as a whole.
    pub function: String,
}

/// Whether a fix may be applied without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// One possible edit that cannot break what works today.
    Safe,
    /// Offered, applied only on request.
    Unsafe,
}

/// Replaces the bytes of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub place: Place,
    pub text: String,
}

/// A way to mend the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub safety: Safety,
    /// An instruction starting with a verb.
    pub title: String,
    pub edits: Vec<Edit>,
}

/// Why a finding is not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub reason: String,
    /// The comment, annotation or configuration entry.
    pub place: Place,
}

/// One defect, at the line a person should change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Kebab-case rule name.
    pub rule: &'static str,
    pub category: Category,
    pub outcome: Outcome,
    pub confidence: Confidence,
    /// The level the configuration sets for the rule; see [`Finding::level`].
    pub configured_level: Option<Level>,
    /// What is wrong here with the actual values: lower case start, no full stop, one line.
    pub message: String,
    /// An instruction starting with a verb.
    pub help: Option<String>,
    pub place: Place,
    /// What the primary line contributes, when the message alone does not say.
    pub label: Option<String>,
    pub related: Vec<Related>,
    pub object: Option<ObjectRef>,
    pub program: Option<ProgramRef>,
    /// Names of the values sets in which it appears; empty outside charts.
    pub renders: Vec<String>,
    pub fixes: Vec<Fix>,
    pub suppressed: Option<Suppression>,
}

impl Finding {
    /// The level in reports: the configured one, else what the outcome says.
    pub fn level(&self) -> Level {
        self.configured_level.unwrap_or(self.outcome.level())
    }
}
