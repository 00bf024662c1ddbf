//! What the rules about credentials share: how a candidate is reported. No message holds a value.

use goready_model::{Node, SecretCandidate};

use crate::{Cx, Draft, Findings};

/// Copies that are shown; beyond them the reader has got the point.
const MAX_COPIES: usize = 50;

/// Reports a candidate at its literal, lowered in samples, with the object that holds it and its
/// copies.
pub(super) fn report<'f>(
    cx: &Cx<'_>,
    findings: &'f mut Findings,
    candidate: &SecretCandidate,
    message: String,
) -> Draft<'f> {
    let mut draft = findings.report(candidate.place, message).lower_if(candidate.sample);
    if let Some(object) = candidate.object {
        draft = draft.object(cx.project.object(object));
        if let Some(node) = node(cx, candidate) {
            draft = draft.pointer(node);
        }
    }
    for copy in candidate.copies.iter().take(MAX_COPIES) {
        draft = draft.label(*copy, "the same value again");
    }
    draft
}

/// The document node that holds the candidate.
pub(super) fn node<'p>(cx: &Cx<'p>, candidate: &SecretCandidate) -> Option<Node<'p>> {
    let (index, id) = candidate.node?;
    if let Some(object) = candidate.object {
        return cx.project.object(object).tree.node(id);
    }
    let file = candidate.place.at.file;
    let mut documents = cx.project.documents.iter();
    let (_, document) = documents.find(|(it, document)| *it == file && document.index == index)?;
    document.tree.node(id)
}

/// `1 character`, `36 characters`.
pub(super) fn characters(length: usize) -> String {
    if length == 1 { "1 character".to_owned() } else { format!("{length} characters") }
}

/// The name with its article, by how it is spoken.
pub(super) fn with_article(name: &str) -> String {
    let letter = name.chars().next().unwrap_or_default();
    // Abbreviations are spelled out: an RSA key, an npm token, a DSA key.
    let spelled = name.split(' ').next().is_some_and(|it| {
        it == "npm" || (it.len() <= 4 && it.bytes().all(|b| b.is_ascii_uppercase()))
    });
    let vowel = if spelled {
        "AEFHILMNORSX".contains(letter.to_ascii_uppercase())
    } else {
        "AEIOaeio".contains(letter)
    };
    format!("{} {name}", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::with_article;

    #[test]
    fn articles_follow_the_spoken_name() {
        for (name, expected) in [
            ("GitHub token", "a GitHub token"),
            ("AWS access key id", "an AWS access key id"),
            ("npm token", "an npm token"),
            ("EC private key", "an EC private key"),
            ("RSA private key", "an RSA private key"),
            ("DSA private key", "a DSA private key"),
            ("private key", "a private key"),
            ("OPENSSH private key", "an OPENSSH private key"),
        ] {
            assert_eq!(with_article(name), expected);
        }
    }
}
