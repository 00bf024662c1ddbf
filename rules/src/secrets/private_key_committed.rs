//! A private key stands in a committed file.
//!
//! ## What it does
//! Finds PEM private keys with their body in any text file: key files, Go strings, YAML block
//! scalars, JSON, and base64 of a key as in the `data` of a Secret or in a kubeconfig. A header
//! without a body, as parsers have it, is no key. Keys in tests, samples and documentation are
//! advice.
//!
//! ## Why is this bad
//! A key that more than its owner has proves nothing: anyone with the repository can answer as the
//! webhook, sign tokens or decrypt recorded traffic. It stays in the history after it is deleted,
//! so it has to be replaced.
//!
//! ## Example
//! `deploy/tls.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: webhook-tls
//! stringData:
//!   tls.key: |
//!     -----BEGIN EC PRIVATE KEY-----
//!     MHcCAQEEIHnxgt6YLBV8XhfozWxAcC1gnIUEzgPz2KRHGTZzK4UmoAoGCCqGSM49
//!     AwEHoUQDQgAEZhgGW5fddWJVoNuN9+EBsfgGohMN5CONx41PsaUw+9eggS3wvm8k
//!     zWWXxx8h9yENJ11nTj7wXsAAXBpbKpQsfA==
//!     -----END EC PRIVATE KEY-----
//! ```
//!
//! ## Use instead
//! `deploy/tls.yaml`:
//! ```yaml
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata:
//!   name: webhook
//! spec:
//!   secretName: webhook-tls
//!   dnsNames: [webhook.default.svc]
//!   issuerRef:
//!     name: internal
//! ```
//!
//! ## References
//! - [RFC 7468: textual encodings](https://www.rfc-editor.org/rfc/rfc7468)
//! - [RFC 5958: asymmetric key packages](https://www.rfc-editor.org/rfc/rfc5958)

use goready_model::{Confidence, Outcome, Profile, SecretForm};

use super::candidate::{report, with_article};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["G101", "gitleaks/private-key", "CKV_SECRET_13", "DS-0031"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let SecretForm::PrivateKey { label, bytes } = &candidate.form else { continue };
        let place = match candidate.object.map(|it| cx.project.object(it)) {
            Some(object) => format!("in {} \"{}\"", object.kind, object.name),
            None => "here".to_owned(),
        };
        let kind = label.trim_end_matches(" BLOCK").trim_end_matches("PRIVATE KEY").trim();
        let key =
            if kind.is_empty() { "private key".to_owned() } else { format!("{kind} private key") };
        let message = format!("{} ({bytes} bytes) is committed {place}", with_article(&key));
        let draft = report(cx, findings, candidate, message)
            .help("remove the key, rotate it, and let cert-manager or your secret store create it");
        if candidate.sample {
            draft.outcome(Outcome::Advice);
        }
    }
}
