//! A literal bound to a name, as every extractor gives it, and the judgement over it.

use std::borrow::Cow;

use goready_model::{NodeId, Place, SecretCandidate, SecretContext, SecretForm};

use super::{
    detect,
    digest::digest,
    lines,
    path::Purpose,
    pem, prefilter, shape,
    words::{NameIn, head},
};

/// What makes a literal a credential besides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Nothing: the value has to look like one.
    Name,
    /// The place: an environment, or a password beside the host it opens. Words count too.
    Place,
    /// It lies in a Secret: any literal counts, whatever its name.
    Secret,
}

/// A literal and its name.
#[derive(Clone)]
pub(super) struct Leaf<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Cow<'a, str>,
    pub(super) place: Place,
    pub(super) node: Option<(usize, NodeId)>,
    pub(super) context: SecretContext,
    pub(super) evidence: Evidence,
    /// The value is not what stands in the file (base64): the text search has not seen it.
    pub(super) decoded: bool,
}

impl Leaf<'_> {
    /// The candidate it makes; `None` for everything that is no credential.
    pub(super) fn judge(&self, purpose: Purpose) -> Option<SecretCandidate> {
        if let Some(found) = self.inside() {
            let keep = purpose != Purpose::Test && purpose != Purpose::Documentation;
            if keep || !matches!(found.form, SecretForm::Dsn { .. }) {
                let mut candidate = self.candidate(found.form, purpose);
                (candidate.digest, candidate.length) = (found.digest, found.length);
                return Some(candidate);
            }
        }
        if matches!(purpose, Purpose::Test | Purpose::Documentation) {
            return None;
        }
        let accepted = self.accept()?;
        let form = SecretForm::NamedLiteral {
            strong: accepted.strong,
            development_word: accepted.development_word,
        };
        Some(self.candidate(form, purpose))
    }

    /// A token, key or connection string in a value that the text search could not see.
    fn inside(&self) -> Option<detect::Found> {
        if !self.decoded {
            return None;
        }
        detect::find(&self.value, &prefilter::hits(&self.value)).into_iter().next()
    }

    fn accept(&self) -> Option<shape::Accepted> {
        let (name, value) = (self.name.as_ref(), self.value.as_ref());
        let code = self.context == SecretContext::Go;
        let found = head(name, if code { NameIn::Code } else { NameIn::Settings });
        match (self.evidence, found) {
            (Evidence::Secret, _) => accept_in_secret(name, value),
            (_, None) => None,
            (Evidence::Name, Some(_)) => shape::accept_by_name(name, value),
            (Evidence::Place, Some(head)) => shape::accept_in_place(name, head, value),
        }
    }

    fn candidate(&self, form: SecretForm, purpose: Purpose) -> SecretCandidate {
        SecretCandidate {
            name: self.name.clone().into_owned(),
            length: self.value.chars().count(),
            digest: digest(&self.value),
            common: shape::is_development_word(&self.value),
            sample: purpose != Purpose::Product,
            node: self.node,
            ..SecretCandidate::new(form, self.context.clone(), self.place)
        }
    }
}

/// Everything in a Secret counts that says something and is not public by nature.
fn accept_in_secret(name: &str, value: &str) -> Option<shape::Accepted> {
    let trimmed = value.trim();
    let refused = trimmed.is_empty()
        || matches!(trimmed, "{}" | "[]" | "null" | "\"\"")
        || trimmed == r#"{"auths":{}}"#
        || trimmed.contains("{{")
        || shape::is_reference(trimmed)
        || pem::is_public_only(trimmed)
        || shape::is_placeholder(trimmed)
        || (head(name, NameIn::Settings).is_none()
            && (is_address(trimmed) || is_harmless_file(trimmed)));
    if refused {
        return None;
    }
    let by_name = head(name, NameIn::Settings)
        .and_then(|head| shape::accept_in_place(name, head, trimmed))
        .is_some_and(|it| it.strong);
    Some(shape::Accepted {
        strong: by_name,
        development_word: shape::is_development(name, trimmed),
    })
}

/// Scheme, host and port: where something is, with no word of how to get in.
fn is_address(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, host)| {
        let host = host.strip_suffix('/').unwrap_or(host);
        scheme.bytes().all(|it| it.is_ascii_alphabetic())
            && !host.is_empty()
            && host.bytes().all(|it| it.is_ascii_alphanumeric() || b".-:[]".contains(&it))
    })
}

/// A file of settings none of which is a credential that has a value.
fn is_harmless_file(value: &str) -> bool {
    /// Fewer say too little about what the others are.
    const LINES: usize = 3;
    let says_nothing = |it: &str| {
        it.is_empty()
            || it.starts_with('#')
            || it.ends_with([':', ']'])
            || it.ends_with("\"\"")
            || it.ends_with("''")
    };
    let lines = value.lines().filter(|it| !says_nothing(it.trim())).count();
    let settings = lines::settings(value);
    // `passwords:` with a list below.
    let opens_credentials = |it: &str| {
        let title = it.trim().trim_start_matches("- ").strip_suffix(':');
        title.is_some_and(|it| head(it, NameIn::Settings).is_some())
    };
    let is_credential = |key: &str, value: &str| {
        head(key, NameIn::Settings).is_some() && !value.trim_matches(['"', '\'', ' ']).is_empty()
    };
    value.lines().count() >= LINES
        && settings.len() * 2 >= lines
        && !value.contains("-----BEGIN")
        && !value.lines().any(opens_credentials)
        && !settings.iter().any(|it| is_credential(it.key, it.value))
}
