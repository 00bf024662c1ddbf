//! Literals that may be credentials, in any text file.
//!
//! One byte search ([`prefilter`]) decides whether anything else runs. Credentials that need no
//! name (tokens, keys, connection strings) are found in the text; literals that a name makes
//! credentials come from extractors, one a format, which give [`leaf::Leaf`]s. For one literal one
//! candidate is kept: the most specific. Values never leave this module.

mod config;
mod detect;
mod digest;
mod dockerfile;
mod document;
mod dsn;
mod go;
mod leaf;
mod lines;
mod path;
mod pem;
mod prefilter;
mod shape;
mod tokens;
mod words;

pub use digest::digest;

use goready_model::{
    Document, FileKind, Place, SecretCandidate, SecretContext, SecretForm, SecretNames,
};

use self::{leaf::Leaf, path::Purpose, prefilter::Trigger};
use crate::{Source, go::GoFile};

/// The candidates of one file, by place, and what a Go file contributes to those of others.
pub fn scan(
    source: &Source<'_>,
    kind: FileKind,
    documents: &[Document],
    go: Option<&GoFile>,
) -> (Vec<SecretCandidate>, SecretNames) {
    let mut names = SecretNames::default();
    if path::is_skipped(source.path) {
        return (Vec::new(), names);
    }
    let hits = prefilter::hits(source.text);
    if hits.is_empty() || path::is_machine_text(source.text) {
        return (Vec::new(), names);
    }
    let file = File { source, kind, documents, purpose: path::purpose(source.path) };
    let mut found = file.by_form(&hits);
    if let Some(go) = go.filter(|_| kind == FileKind::Go) {
        let (by_name, found_names) = go::scan(source.file, source.text, &hits, go, file.purpose);
        found.extend(by_name);
        names = found_names;
    } else if hits.iter().any(|it| matches!(it.trigger, Trigger::Word | Trigger::SettingsWord)) {
        found.extend(file.by_name());
    }
    (one_for_each_place(found), names)
}

/// The candidates of a rendered object, for which there is no text.
pub fn scan_document(document: &Document, kind: FileKind, path: &str) -> Vec<SecretCandidate> {
    let purpose = path::purpose(path);
    let leaves = document::leaves(document.index, document, kind);
    one_for_each_place(leaves.iter().filter_map(|it| it.judge(purpose)).collect())
}

/// Whether a path says that what lies there is for tests, examples or documentation.
pub(crate) fn is_sample(path: &str) -> bool {
    path::purpose(path) != Purpose::Product
}

/// Keeps one candidate of those whose places overlap: the one that comes first in the order of
/// the rules.
pub fn one_for_each_place(mut found: Vec<SecretCandidate>) -> Vec<SecretCandidate> {
    found.sort_by_key(|it| (precedence(it), it.place));
    let mut kept: Vec<SecretCandidate> = Vec::new();
    for candidate in found {
        let at = candidate.place.at;
        let overlaps = |it: &SecretCandidate| {
            it.place.at.file == at.file && it.place.at.start < at.end && at.start < it.place.at.end
        };
        if !kept.iter().any(overlaps) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|it| it.place);
    kept
}

/// For one literal value one finding, the first of: provider-token-committed,
/// private-key-committed, password-in-dsn, secret-literal-in-call, dockerfile-secret-literal,
/// secret-env-literal, secret-manifest-in-clear, secret-in-configmap, hardcoded-secret.
pub fn precedence(candidate: &SecretCandidate) -> u8 {
    match (&candidate.form, &candidate.context) {
        (SecretForm::ProviderToken { .. }, _) => 0,
        (SecretForm::PrivateKey { .. }, _) => 1,
        (SecretForm::Dsn { .. }, _) => 2,
        (SecretForm::Sink { .. }, _) => 3,
        (SecretForm::NamedLiteral { .. }, context) => match context {
            SecretContext::Dockerfile => 4,
            SecretContext::Env => 5,
            SecretContext::KubernetesSecret => 6,
            SecretContext::ConfigMap => 7,
            _ => 8,
        },
    }
}

/// Whether the name of a setting speaks of a password, token or key.
pub fn names_credential(name: &str) -> bool {
    words::head(name, words::NameIn::Settings).is_some()
}

struct File<'a> {
    source: &'a Source<'a>,
    kind: FileKind,
    documents: &'a [Document],
    purpose: Purpose,
}

impl File<'_> {
    /// Tokens, keys and connection strings.
    fn by_form(&self, hits: &[prefilter::Hit]) -> Vec<SecretCandidate> {
        let text = self.source.text;
        let found = detect::find(text, hits);
        let strings = if self.kind == FileKind::Go
            && found.iter().any(|it| matches!(it.form, SecretForm::Dsn { .. }))
        {
            go::strings(text)
        } else {
            Vec::new()
        };
        let mut candidates = Vec::new();
        for it in found {
            if matches!(it.form, SecretForm::Dsn { .. }) && !self.holds_connection(&it, &strings) {
                continue;
            }
            // Documentation shows what a key looks like.
            if !it.well_formed && self.purpose == Purpose::Documentation {
                continue;
            }
            let place = Place::new(self.source.file, it.range.start, it.range.end);
            let mut candidate = SecretCandidate::new(it.form, self.context(), place);
            (candidate.digest, candidate.length) = (it.digest, it.length);
            candidate.common = it.common;
            candidate.sample = self.purpose != Purpose::Product;
            let hidden = it.hidden.map(|it| Place::new(self.source.file, it.start, it.end));
            candidate.hidden.extend(hidden);
            self.locate(&mut candidate);
            candidates.push(candidate);
        }
        candidates
    }

    fn context(&self) -> SecretContext {
        match self.kind {
            FileKind::Go => SecretContext::Go,
            FileKind::Dockerfile => SecretContext::Dockerfile,
            FileKind::Workflow
            | FileKind::Makefile
            | FileKind::Justfile
            | FileKind::ShellScript
            | FileKind::Goreleaser
            | FileKind::Bake => SecretContext::Ci,
            FileKind::Text | FileKind::DockerIgnore | FileKind::GoMod | FileKind::GoWork => {
                SecretContext::Text
            }
            FileKind::Config if path::is_environment(self.source.path) => SecretContext::Env,
            _ => SecretContext::Config,
        }
    }

    /// Names the document node around a candidate, and the context that follows from it.
    fn locate(&self, candidate: &mut SecretCandidate) {
        let at = candidate.place.at;
        for document in self.documents {
            let Some(node) = document::scalar_at(document, at.start, at.end) else { continue };
            candidate.node = Some((document.index, node.id()));
            node.key().map_or("", |it| it.text()).clone_into(&mut candidate.name);
            if let Some(context) = document::context_of(node, self.kind) {
                candidate.context = context;
            }
        }
    }

    /// Whether a connection string at this place is one that something uses: not a comment, not
    /// prose, not a test.
    fn holds_connection(&self, found: &detect::Found, strings: &[std::ops::Range<usize>]) -> bool {
        if matches!(self.purpose, Purpose::Test | Purpose::Documentation) {
            return false;
        }
        let at = found.range.start;
        match self.kind {
            FileKind::Go => strings.iter().any(|it| {
                it.contains(&at) && self.starts_literal(it.start, at) && !is_illustration(found)
            }),
            // What a build or a test job connects to is thrown away with it.
            FileKind::Workflow
            | FileKind::Makefile
            | FileKind::Justfile
            | FileKind::ShellScript
            | FileKind::Goreleaser
            | FileKind::Bake
            | FileKind::Text
            | FileKind::DockerIgnore
            | FileKind::GoMod
            | FileKind::GoWork => false,
            _ => !self.is_comment(at),
        }
    }

    /// Prose has blanks before the connection string.
    fn starts_literal(&self, start: usize, at: usize) -> bool {
        let before = self.source.text.get(start..at).unwrap_or_default();
        !before.contains(": ") && before.split_whitespace().count() <= 1
            || before.contains("host=")
            || before.contains("user=")
            || before.contains(';')
    }

    /// Whether `#` (or `;` in INI files) stands before the place on its line.
    fn is_comment(&self, at: usize) -> bool {
        let before = self.source.text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let start = line.trim_start();
        start.starts_with('#')
            || start.starts_with(';')
            || start.starts_with("//")
            || start.starts_with("{{/*")
            || line.contains(" # ")
    }

    /// Literals that their names make credentials.
    fn by_name(&self) -> Vec<SecretCandidate> {
        if self.purpose == Purpose::Documentation || path::is_translation(self.source.path) {
            return Vec::new();
        }
        let text = self.source.text;
        let leaves: Vec<Leaf<'_>> = match self.kind {
            FileKind::Dockerfile => dockerfile::leaves(self.source.file, text),
            FileKind::Manifest
            | FileKind::Kustomization
            | FileKind::Compose
            | FileKind::ChartValues => self.document_leaves(),
            FileKind::Config => self.config_leaves(),
            _ => Vec::new(),
        };
        let judged = leaves.iter().filter_map(|it| {
            let mut candidate = it.judge(self.purpose)?;
            if it.node.is_some() && !it.decoded {
                candidate.place = document::place_within(text, it.place, &it.name, &it.value);
            }
            Some(candidate)
        });
        judged.collect()
    }

    fn document_leaves(&self) -> Vec<Leaf<'_>> {
        self.documents.iter().flat_map(|it| document::leaves(it.index, it, self.kind)).collect()
    }

    fn config_leaves(&self) -> Vec<Leaf<'_>> {
        let name = path::file_name(self.source.path);
        if path::is_environment(self.source.path) {
            return config::line_leaves(self.source.file, self.source.text, true);
        }
        match name.rsplit_once('.').map_or("", |(_, it)| it) {
            "yaml" | "yml" | "json" => self.document_leaves(),
            "toml" => config::toml_leaves(self.source.file, self.source.text),
            _ => config::line_leaves(self.source.file, self.source.text, false),
        }
    }
}

/// Whether a connection string says nothing but `user` and `password`.
fn is_illustration(found: &detect::Found) -> bool {
    let SecretForm::Dsn { user, development_word, .. } = &found.form else { return false };
    dsn::is_generic_pair(user, *development_word)
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, FileKind};
    use proptest::prelude::*;

    use super::scan;
    use crate::{ParseOptions, Source, parse};

    const KINDS: [(FileKind, &str); 9] = [
        (FileKind::Go, "a.go"),
        (FileKind::Manifest, "a.yaml"),
        (FileKind::Compose, "compose.yaml"),
        (FileKind::Kustomization, "kustomization.yaml"),
        (FileKind::Dockerfile, "Dockerfile"),
        (FileKind::Config, "a.toml"),
        (FileKind::Config, "a.ini"),
        (FileKind::Config, ".env"),
        (FileKind::Text, "notes"),
    ];

    /// Texts of pieces that detectors look for, and of anything.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[\\PC\n]{0,12}",
            prop::sample::select(vec![
                "-----BEGIN PRIVATE KEY-----",
                "-----END",
                "LS0tLS1CRUdJTi",
                "://",
                "postgres://u:p@h/",
                "u:p@tcp(h)/",
                "password",
                "secret: ",
                "TOKEN=",
                "\"",
                "`",
                "'",
                "\\",
                "\\n",
                "ghp_",
                "AKIA",
                "sk-",
                "T3BlbkFJ",
                ".atlasv1.",
                "twilio",
                "kind: Secret\napiVersion: v1\n",
                "data:\n  ",
                "stringData:\n  ",
                "env:\n- name: ",
                "  value: ",
                "ENV ",
                "RUN curl -u ",
                "func ",
                "return ",
                ":= ",
                "{",
                "}",
                "(",
                ")",
                "[]byte(",
                "SignedString(",
                "package p\n",
                "import \"crypto/hmac\"\n",
                "hmac.New(",
                ", ",
                "hT7kQ2mZx9Lw4RvB",
                "é",
                "\u{feff}",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|it| it.concat())
    }

    proptest! {
        #[test]
        fn any_text_gives_places_inside_it(text in text()) {
            for (kind, path) in KINDS {
                let source = Source { file: FileId(0), path, text: &text, lossy: false };
                let facts = parse(&source, kind, &ParseOptions::default());
                let (found, _) = scan(&source, kind, &facts.documents, facts.go.as_ref());
                for candidate in &found {
                    let at = candidate.place.at;
                    prop_assert!(text.get(at.start as usize..at.end as usize).is_some());
                }
                for pair in found.windows(2) {
                    prop_assert!(pair[0].place.at.end <= pair[1].place.at.start);
                }
            }
        }
    }
}
