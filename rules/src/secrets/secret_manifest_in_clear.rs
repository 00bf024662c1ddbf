//! A Secret is committed with its values.
//!
//! ## What it does
//! Finds Secrets with literal values in `data` or `stringData`, and literals of a kustomize
//! `secretGenerator`. Sealed, external and SOPS-encrypted secrets are left out, as are values that
//! are templated, empty, placeholders or public certificates, and tokens that the cluster fills in.
//! So are addresses, and files of settings none of which is named like a credential.
//! When a value looks like a live credential by itself the finding is an error.
//!
//! ## Why is this bad
//! Base64 is an encoding, not an encryption: the file is as good as the password on a note. It
//! stays in the history after it is deleted, and every clone has it.
//!
//! ## Example
//! `secret.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: db
//! data:
//!   username: c2hvcA==
//!   password: aGFwcHkgaGlwcG8=
//! ```
//!
//! ## Use instead
//! `secret.yaml`:
//! ```yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: db
//! spec:
//!   secretStoreRef: {name: vault, kind: ClusterSecretStore}
//!   dataFrom:
//!     - extract: {key: shop/db}
//! ```
//!
//! ## References
//! - [Kubernetes: Secrets](https://kubernetes.io/docs/concepts/configuration/secret/)
//! - [Sealed Secrets](https://github.com/bitnami-labs/sealed-secrets)

use std::collections::BTreeMap;

use goready_model::{
    Confidence, FileKind, Node, Object, ObjectId, Outcome, Place, Profile, SecretCandidate,
    SecretContext, SecretForm,
};

use super::candidate::{node, report};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["gitleaks/kubernetes-secret-yaml", "semgrep/secrets-in-config-file"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut by_object = BTreeMap::<ObjectId, Vec<&SecretCandidate>>::new();
    for candidate in &cx.project.secrets {
        let named = matches!(candidate.form, SecretForm::NamedLiteral { .. });
        if !named || candidate.context != SecretContext::KubernetesSecret {
            continue;
        }
        match candidate.object.filter(|it| cx.project.object(*it).kind == "Secret") {
            Some(object) => by_object.entry(object).or_default().push(candidate),
            // A generator's literals stand one by one. A Secret inside a values file is none until
            // it is rendered.
            None if is_generator(cx, candidate) => generated(cx, candidate, findings),
            None => {}
        }
    }
    for (object, mut candidates) in by_object {
        candidates.sort_by_key(|it| it.place);
        secret(cx, cx.project.object(object), &candidates, findings);
    }
}

fn secret(cx: &Cx<'_>, object: &Object, values: &[&SecretCandidate], findings: &mut Findings) {
    let Some((first, others)) = values.split_first() else { return };
    let encoded = values.iter().any(|it| list_of(cx, it) == Some("data"));
    let count =
        if values.len() == 1 { "1 value".to_owned() } else { format!("{} values", values.len()) };
    let note = if encoded { " (base64 is not encryption)" } else { "" };
    let message = format!("Secret \"{}\" carries {count} in clear text{note}", object.name);
    let mut draft = report(cx, findings, first, message)
        .help("commit a SealedSecret, an ExternalSecret or a SOPS file instead");
    if values.iter().any(|it| is_strong(it)) {
        draft = draft.outcome(Outcome::Broken).lower_if(first.sample);
    }
    for other in others {
        draft = draft.label(other.place, format!("`{}` as well", other.name));
    }
    for (kind, name, place) in users(cx, object) {
        draft = draft.label(place, format!("used by {kind} \"{name}\""));
    }
}

fn is_generator(cx: &Cx<'_>, candidate: &SecretCandidate) -> bool {
    cx.project.kinds.get(&candidate.place.at.file) == Some(&FileKind::Kustomization)
}

fn generated(cx: &Cx<'_>, candidate: &SecretCandidate, findings: &mut Findings) {
    let message = format!("secretGenerator carries `{}` in clear text", candidate.name);
    let draft = report(cx, findings, candidate, message)
        .help("generate from a file that is not committed, or from a SOPS file");
    if is_strong(candidate) {
        draft.outcome(Outcome::Broken).lower_if(candidate.sample);
    }
}

fn is_strong(candidate: &SecretCandidate) -> bool {
    matches!(candidate.form, SecretForm::NamedLiteral { strong: true, .. })
}

/// `data` or `stringData`.
fn list_of<'p>(cx: &Cx<'p>, candidate: &SecretCandidate) -> Option<&'p str> {
    Some(node(cx, candidate)?.parent()?.key()?.text())
}

/// Workloads of the same unit and namespace that take their environment or files from the Secret.
fn users<'p>(cx: &'p Cx<'_>, secret: &Object) -> Vec<(&'p str, &'p str, Place)> {
    let unit = cx.project.unit(secret.unit);
    let mut found = Vec::new();
    for workload in &cx.project.workloads {
        let object = cx.project.object(workload.object);
        let near =
            object.unit == secret.unit && object.namespace_in(unit) == secret.namespace_in(unit);
        let Some(pod) = workload.pod().filter(|_| near) else { continue };
        let place = pod.node.descendants().into_iter().find_map(|it| reference(it, &secret.name));
        found.extend(place.map(|it| (object.kind.as_str(), object.name.as_str(), it)));
    }
    found
}

/// The scalar that names the Secret in `secretKeyRef`, `secretRef` or a volume.
fn reference(node: Node<'_>, secret: &str) -> Option<Place> {
    let key = node.key()?.text();
    let name = match key {
        "secretKeyRef" | "secretRef" => node.get("name")?,
        "secret" => node.get("secretName").or_else(|| node.get("name"))?,
        _ => return None,
    };
    (name.as_str() == Some(secret)).then(|| name.place())
}
