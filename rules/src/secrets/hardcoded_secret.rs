//! A name that means a credential is bound to a literal.
//!
//! ## What it does
//! Finds Go literals and leaves of configuration files (YAML, JSON, TOML, INI, properties, compose)
//! whose name ends in `password`, `secret`, `token`, `apiKey` and the like, and whose value looks
//! like one: at least 8 characters, no word, path, URL, placeholder or reference, and random
//! enough. A password beside the host it opens counts whatever it looks like. Names are split into
//! words and only the last ones count: `passwordFile` and `tokenURL` name something else.
//!
//! ## Why is this bad
//! Everybody who can read the file can use the credential; it stays in the history and in every
//! image that was built from it, and changing it needs a release.
//!
//! ## Example
//! `etc/api.yaml`:
//! ```yaml
//! Auth:
//!   AccessSecret: qHWhltncupuks7JlQpTlNWCv
//! ```
//!
//! ## Use instead
//! `etc/api.yaml`:
//! ```yaml
//! Auth:
//!   AccessSecret: ${ACCESS_SECRET}
//! ```
//!
//! ## References
//! - [Kubernetes: Secrets](https://kubernetes.io/docs/concepts/configuration/secret/)
//! - [The Twelve-Factor App: Config](https://12factor.net/config)

use goready_model::{Confidence, Outcome, Profile, SecretContext, SecretForm};

use super::candidate::{characters, report};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["G101", "gitleaks/generic-api-key", "CKV_SECRET_6", "kics/Passwords And Secrets"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let SecretForm::NamedLiteral { strong, development_word } = candidate.form else {
            continue;
        };
        if !matches!(candidate.context, SecretContext::Go | SecretContext::Config) {
            continue;
        }
        let length = characters(candidate.length);
        let message = format!("`{}` is set to a literal of {length}", candidate.name);
        let draft = report(cx, findings, candidate, message)
            .help("read it from a Secret and keep only the reference in the file");
        if strong {
            draft.outcome(Outcome::Broken).lower_if(candidate.sample);
        } else if development_word {
            draft.outcome(Outcome::Advice);
        }
    }
}
