//! What is a credential whatever its name: provider tokens, private keys, connection strings.

use std::ops::Range;

use goready_model::SecretForm;

use super::{
    digest::digest,
    dsn, pem,
    prefilter::{Hit, Trigger},
    shape, tokens,
};

/// A credential in a text. Its value is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) form: SecretForm,
    pub(super) digest: u64,
    /// In characters.
    pub(super) length: usize,
    /// What must not be shown beside the range.
    pub(super) hidden: Option<Range<usize>>,
    /// It is what it looks like as far as its first bytes tell; a key typed at random is not.
    pub(super) well_formed: bool,
    /// One word that everybody uses: two of them are two credentials.
    pub(super) common: bool,
}

impl Found {
    pub(super) fn new(range: Range<usize>, form: SecretForm, value: &str) -> Self {
        Self {
            range,
            form,
            digest: digest(value),
            length: value.chars().count(),
            hidden: None,
            well_formed: true,
            common: shape::is_development_word(value),
        }
    }
}

/// Everything in the text, by place; of overlapping ones the more specific.
pub(super) fn find(text: &str, hits: &[Hit]) -> Vec<Found> {
    let mut found: Vec<Found> = hits.iter().filter_map(|it| look(text, *it)).collect();
    found.sort_by_key(|it| (rank(&it.form), it.range.start));
    let mut kept: Vec<Found> = Vec::new();
    for candidate in found {
        let overlaps = |it: &Found| {
            it.range.start < candidate.range.end && candidate.range.start < it.range.end
        };
        if !kept.iter().any(overlaps) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|it| it.range.start);
    kept
}

fn look(text: &str, hit: Hit) -> Option<Found> {
    match hit.trigger {
        Trigger::Token(format) => tokens::find(text, hit, format),
        Trigger::Pem => pem::find(text, hit.start).map(|it| google_key(text, it)),
        Trigger::EncodedPem => pem::find_encoded(text, hit.start),
        Trigger::Url => dsn::find_url(text, hit),
        Trigger::MySql => dsn::find_mysql(text, hit),
        Trigger::Word | Trigger::SettingsWord => dsn::find_keyword(text, hit),
        Trigger::Sink => None,
    }
}

/// A private key in the JSON of a Google service account is a provider's token.
fn google_key(text: &str, found: Found) -> Found {
    let before = text.get(..found.range.start).unwrap_or_default();
    let key = before.trim_end().trim_end_matches(['"', '\'']).trim_end();
    let is_account = key
        .strip_suffix(':')
        .is_some_and(|it| it.trim_end().trim_end_matches(['"', '\'']).ends_with("private_key"))
        && text.contains("service_account");
    if !is_account {
        return found;
    }
    let form = SecretForm::ProviderToken {
        provider: "Google service account key".to_owned(),
        prefix: String::new(),
        test_mode: false,
    };
    Found { form, ..found }
}

/// The order in which one finding wins over the others for the same text.
fn rank(form: &SecretForm) -> u8 {
    match form {
        SecretForm::ProviderToken { .. } => 0,
        SecretForm::PrivateKey { .. } => 1,
        SecretForm::Dsn { .. } => 2,
        SecretForm::Sink { .. } => 3,
        SecretForm::NamedLiteral { .. } => 4,
    }
}

/// At most `length` bytes of the text from `start` on, cut at a character.
pub(super) fn window(text: &str, start: usize, length: usize) -> &str {
    let end = floor(text, start.saturating_add(length));
    text.get(start..end).unwrap_or_default()
}

/// The nearest character boundary at or before an offset.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
