//! The identity of a finding across commits: what it is about, never the line it stands on.
//!
//! Baselines, diffs and trends compare findings by this value. GitHub's own line hash, which
//! serves its alerts alone, is made in `report/sarif`.

use std::{collections::BTreeMap, fmt::Write};

use goready_model::{Finding, ObjectRef, Sources};
use sha2::{Digest, Sha256};

/// Version of the recipe below. A change of the recipe is a new version, so that baselines of
/// the old one are recognised instead of silently matching nothing.
pub const VERSION: &str = "v1";

/// One fingerprint a finding, in their order.
///
/// Hashed are the rule, the file, the logical place (object identity and pointer, or package and
/// function) and an ordinal that tells apart findings that agree in all of these.
pub fn fingerprints(findings: &[Finding], sources: &Sources) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let place = logical_place(finding, sources);
            let ordinal = seen.entry(place.clone()).or_default();
            let text = format!("{place}\0{ordinal}");
            *ordinal += 1;
            hex(&Sha256::digest(text.as_bytes())[..16])
        })
        .collect()
}

fn logical_place(finding: &Finding, sources: &Sources) -> String {
    let mut parts = vec![finding.rule.to_owned()];
    parts.push(sources.path(finding.place.editable().file).to_owned());
    if let Some(object) = &finding.object {
        let group = object.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        parts.extend([group, &object.kind, &object.namespace, &object.name].map(str::to_owned));
        parts.push(object.container.clone());
        parts.push(stable_pointer(object));
    }
    if let Some(program) = &finding.program {
        parts.extend([&program.module, &program.dir, &program.function].map(Clone::clone));
    }
    // No part can hold a NUL, so no two places can collide by moving text between parts.
    parts.join("\0")
}

/// The pointer with the container's name in place of its index: a container added before it
/// does not make another finding of this one.
fn stable_pointer(object: &ObjectRef) -> String {
    if object.container.is_empty() {
        return object.pointer.clone();
    }
    let mut parts: Vec<&str> = object.pointer.split('/').collect();
    let list = parts
        .iter()
        .rposition(|it| matches!(*it, "containers" | "initContainers" | "ephemeralContainers"));
    if let Some(index) = list.and_then(|it| parts.get_mut(it + 1)) {
        *index = &object.container;
    }
    parts.join("/")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, it| {
        _ = write!(text, "{it:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use goready_model::{Category, Confidence, FileId, Outcome, Place, SourceFile};

    use super::*;

    fn finding(start: usize, pointer: &str) -> Finding {
        Finding {
            rule: "image-tag-mutable",
            category: Category::Config,
            outcome: Outcome::Risk,
            confidence: Confidence::Certain,
            configured_level: None,
            message: "the tag `latest` moves".to_owned(),
            help: None,
            place: Place::new(FileId(0), start, start + 1),
            label: None,
            related: Vec::new(),
            object: Some(ObjectRef {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: "shop".to_owned(),
                name: "cart".to_owned(),
                container: "server".to_owned(),
                pointer: pointer.to_owned(),
            }),
            program: None,
            renders: Vec::new(),
            fixes: Vec::new(),
            suppressed: None,
        }
    }

    fn sources() -> Sources {
        let mut sources = Sources::default();
        sources.insert(FileId(0), SourceFile::decode("deploy.yaml", b"a: 1\n"));
        sources
    }

    #[test]
    fn a_finding_keeps_its_fingerprint_when_lines_and_containers_are_added_above() {
        let before = finding(2, "/spec/template/spec/containers/0/image");
        let after = finding(400, "/spec/template/spec/containers/1/image");
        assert_eq!(fingerprints(&[before], &sources()), fingerprints(&[after], &sources()));
    }

    #[test]
    fn findings_that_agree_in_everything_are_told_apart_by_their_order() {
        let all = fingerprints(&[finding(2, "/spec"), finding(3, "/spec")], &sources());
        assert_ne!(all[0], all[1]);
        assert_eq!(all[0].len(), 32);
    }

    #[test]
    fn another_field_is_another_finding() {
        let all = fingerprints(&[finding(2, "/spec/a"), finding(2, "/spec/b")], &sources());
        assert_ne!(all[0], all[1]);
    }
}
