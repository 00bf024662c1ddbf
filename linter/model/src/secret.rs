//! Literals that may be credentials, as the front ends found them.

use crate::{NodeId, ObjectId, Place};

/// Where a literal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretContext {
    /// A Go literal.
    Go,
    /// A leaf of YAML, TOML, INI, JSON, properties or `.env`.
    Config,
    /// A container's `env[].value` or compose `environment`.
    Env,
    /// `data` or `stringData` of a Secret, decoded.
    KubernetesSecret,
    /// A value in a ConfigMap.
    ConfigMap,
    /// `ENV`, `ARG` or a RUN word of a Dockerfile.
    Dockerfile,
    /// A workflow, Makefile or script.
    Ci,
    /// Any other text.
    Text,
}

/// What kind of evidence makes the literal a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretForm {
    /// A provider's token format; the provider's name and the public prefix.
    ProviderToken { provider: String, prefix: String, test_mode: bool },
    /// PEM private key; the label (`EC PRIVATE KEY`) and the number of key bytes.
    PrivateKey { label: String, bytes: usize },
    /// A connection string with a password; the scheme or driver, user and host.
    Dsn { scheme: String, user: String, host: String, development_word: bool, local_host: bool },
    /// A value bound to a name whose last words are a secret head; `strong` when the value alone
    /// looks random, `development_word` when it is one of the words everybody uses (`postgres`).
    NamedLiteral { strong: bool, development_word: bool },
    /// A literal that reaches a credential sink; the sink as people call it.
    Sink { sink: String, name: String },
}

/// One candidate that survived the format's own guards. Its value is never kept: only a digest to
/// find copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretCandidate {
    pub form: SecretForm,
    pub context: SecretContext,
    /// The literal, or the part of it that is secret.
    pub place: Place,
    /// The key, variable or field it is bound to; empty when there is none.
    pub name: String,
    /// Length in characters.
    pub length: usize,
    /// Keyed digest of the value: equal for copies, useless for guessing.
    pub digest: u64,
    /// The value is one word that everybody uses: two of them are two credentials.
    pub common: bool,
    /// In tests, testdata, examples or documentation: outcomes lower.
    pub sample: bool,
    /// The sink call or other place that proves it.
    pub proof: Option<Place>,
    /// The proof holds for an error; otherwise it may be shown only.
    pub proven: bool,
    /// Where in a structured document it stands: index of the document in its file, and the node.
    pub node: Option<(usize, NodeId)>,
    /// The Kubernetes object that holds it; set by link.
    pub object: Option<ObjectId>,
    /// Further copies of the same value; set by link.
    pub copies: Vec<Place>,
    /// Bytes beside the places that no output may show: the body of a key.
    pub hidden: Vec<Place>,
}

impl SecretCandidate {
    /// A candidate without name, node, proof and copies.
    pub fn new(form: SecretForm, context: SecretContext, place: Place) -> Self {
        Self {
            form,
            context,
            place,
            name: String::new(),
            length: 0,
            digest: 0,
            common: false,
            sample: false,
            proof: None,
            proven: false,
            node: None,
            object: None,
            copies: Vec::new(),
            hidden: Vec::new(),
        }
    }
}

/// Names of a Go file that join literals with credential sinks of other files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretNames {
    /// Constants of the package that are texts.
    pub constants: Vec<SecretConstant>,
    /// Names from elsewhere that reach a sink.
    pub uses: Vec<SecretUse>,
}

/// A constant that is a text. Its value is never kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretConstant {
    pub name: String,
    /// The literal.
    pub place: Place,
    /// Length in characters.
    pub length: usize,
    /// Keyed digest of the value.
    pub digest: u64,
}

/// A name that reaches a credential sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretUse {
    /// The argument as people call it: `the JWT signing key`.
    pub sink: String,
    /// Import path of the package that declares the name; `None` for the file's own.
    pub import: Option<String>,
    pub name: String,
    /// The argument.
    pub place: Place,
}
