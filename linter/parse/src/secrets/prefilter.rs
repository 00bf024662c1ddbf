//! One pass over the bytes of a file for everything that any detector looks for. Most files have
//! no hit and cost nothing else; the detectors look only around hits.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{go, tokens};

/// What was found, and who looks closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    /// An anchor of the provider format with this index.
    Token(usize),
    /// `-----BEGIN `.
    Pem,
    /// The same in base64.
    EncodedPem,
    /// `://`.
    Url,
    /// The `@tcp(` of a Go MySQL data source name.
    MySql,
    /// A word that may be the head of a name.
    Word,
    /// One that is a head in settings only (`pass`).
    SettingsWord,
    /// Text of a credential sink in Go.
    Sink,
}

/// A hit, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) trigger: Trigger,
}

/// Base64 of `-----BEGIN`, as far as it does not depend on what follows.
pub(super) const ENCODED_PEM: &str = "LS0tLS1CRUdJTi";

/// Heads of names as they are written in names, case aside.
const WORDS: &[&str] = &[
    "passwd",
    "password",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "api.key",
    "accesskey",
    "access_key",
    "access-key",
    "access.key",
    "privatekey",
    "private_key",
    "private-key",
    "private.key",
    "authkey",
    "auth_key",
    "auth-key",
    "signingkey",
    "signing_key",
    "signing-key",
    "encryptionkey",
    "encryption_key",
    "encryption-key",
    "jwtkey",
    "jwt_key",
    "jwt-key",
    "hmackey",
    "hmac_key",
    "hmac-key",
    "masterkey",
    "master_key",
    "master-key",
];

struct Search {
    automaton: AhoCorasick,
    /// By pattern.
    triggers: Vec<Trigger>,
    /// Text of the patterns whose case matters.
    exact: Vec<Option<&'static str>>,
}

fn search() -> Option<&'static Search> {
    static SEARCH: OnceLock<Option<Search>> = OnceLock::new();
    SEARCH
        .get_or_init(|| {
            let mut patterns: Vec<(&str, Trigger, bool)> = vec![
                ("-----BEGIN ", Trigger::Pem, true),
                (ENCODED_PEM, Trigger::EncodedPem, true),
                ("://", Trigger::Url, false),
                ("@tcp(", Trigger::MySql, false),
                ("@unix(", Trigger::MySql, false),
                ("@(", Trigger::MySql, false),
                ("pass", Trigger::SettingsWord, false),
            ];
            patterns.extend(WORDS.iter().map(|it| (*it, Trigger::Word, false)));
            patterns.extend(go::anchors().map(|it| (it, Trigger::Sink, true)));
            for (index, format) in tokens::formats().iter().enumerate() {
                let anchors = format.anchors.iter();
                patterns.extend(
                    anchors.map(|it| (it.as_str(), Trigger::Token(index), !format.keyword)),
                );
            }
            let automaton = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(patterns.iter().map(|it| it.0))
                .ok()?;
            Some(Search {
                automaton,
                triggers: patterns.iter().map(|it| it.1).collect(),
                exact: patterns.iter().map(|it| it.2.then_some(it.0)).collect(),
            })
        })
        .as_ref()
}

/// All hits in the order of their ends.
pub(super) fn hits(text: &str) -> Vec<Hit> {
    let Some(search) = search() else { return Vec::new() };
    let mut found = Vec::new();
    for hit in search.automaton.find_overlapping_iter(text) {
        let pattern = hit.pattern().as_usize();
        let Some(trigger) = search.triggers.get(pattern).copied() else { continue };
        let exact = search.exact.get(pattern).copied().flatten();
        if exact.is_none_or(|it| text.get(hit.range()) == Some(it)) {
            found.push(Hit { start: hit.start(), end: hit.end(), trigger });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Trigger, hits};

    #[test]
    fn a_text_without_any_trigger_has_no_hit() {
        assert_eq!(hits("package main\n\nfunc main() { println(\"hello\") }\n"), []);
    }

    #[test]
    fn words_are_found_in_any_case_and_anchors_in_theirs() {
        let triggers = |text| hits(text).iter().map(|it| it.trigger).collect::<Vec<_>>();
        assert_eq!(triggers("AccessSecret"), [Trigger::Word]);
        assert_eq!(triggers("Pass: x"), [Trigger::SettingsWord]);
        assert!(matches!(triggers("AKIA").as_slice(), [Trigger::Token(0)]));
        assert_eq!(triggers("akia"), []);
    }
}
