//! A ConfigMap holds a credential.
//!
//! ## What it does
//! Finds values in ConfigMaps, and settings inside the files that they hold, whose name ends in
//! `password`, `secret`, `token`, `apiKey` and the like and whose value is a credential. Tokens, keys
//! and connection strings in a ConfigMap are reported by their own rules.
//!
//! ## Why is this bad
//! Permissions, encryption at rest and audit treat ConfigMaps as public within the namespace: whoever
//! may list them has the credential.
//!
//! ## Example
//! `config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: app
//! data:
//!   config.yaml: |
//!     db:
//!       host: db.prod
//!       password: 5HaLXNR9teY6a53LWXD0pEN3tyfG0cJD
//! ```
//!
//! ## Use instead
//! `config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: app
//! data:
//!   config.yaml: |
//!     db:
//!       host: db.prod
//!       passwordFile: /var/run/secrets/db/password
//! ```
//!
//! ## References
//! - [Kubernetes: ConfigMaps](https://kubernetes.io/docs/concepts/configuration/configmap/)

use goready_model::{Confidence, Outcome, Profile, SecretContext, SecretForm};

use super::candidate::{node, report};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["polaris/sensitiveConfigmapContent", "KSV-0109", "KSV-01010"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let named = matches!(candidate.form, SecretForm::NamedLiteral { .. });
        if !named || candidate.context != SecretContext::ConfigMap {
            continue;
        }
        let key = node(cx, candidate).and_then(|it| it.key()).map_or("", |it| it.text());
        let under = if key.is_empty() || key == candidate.name {
            candidate.name.clone()
        } else {
            format!("{key}: {}", candidate.name)
        };
        let object = candidate.object.map(|it| cx.project.object(it));
        let holder = match object.filter(|it| it.kind == "ConfigMap") {
            Some(object) => format!("ConfigMap \"{}\"", object.name),
            None => "configMapGenerator".to_owned(),
        };
        let message = format!("{holder} holds a credential under \"{under}\"");
        report(cx, findings, candidate, message).help("move the key to a Secret");
    }
}
