//! A provider's access token stands in a committed file.
//!
//! ## What it does
//! Finds values in the format of a provider's tokens (GitHub, GitLab, AWS, Slack, Stripe and some
//! thirty more) in any text file, and base64-encoded in the `data` of a Secret. Where the format
//! has a checksum, it must hold; published sample keys are left out. Keys of a provider's test mode
//! are advice. Of the value only its public prefix and its length are printed.
//!
//! ## Why is this bad
//! Whoever can read the repository, a fork, a mirror or an image layer made from it can act as the
//! service, also after the line is deleted: it stays in the history. The token has to be revoked.
//!
//! ## Example
//! `config.yaml`:
//! ```yaml
//! github:
//!   token: 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
//! ```
//!
//! ## Use instead
//! `config.yaml`:
//! ```yaml
//! github:
//!   tokenFile: /var/run/secrets/github/token
//! ```
//!
//! ## References
//! - [GitHub: token formats](https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/)
//! - [Kubernetes: Secrets](https://kubernetes.io/docs/concepts/configuration/secret/)
//! - [gitleaks: rules](https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml)

use goready_model::{Confidence, Outcome, Profile, SecretForm};

use super::candidate::{characters, report, with_article};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "G101",
        "gitleaks/github-pat",
        "gitleaks/aws-access-token",
        "DS-0031",
        "CKV_SECRET_2",
        "kics/Passwords And Secrets",
    ],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let SecretForm::ProviderToken { provider, prefix, test_mode } = &candidate.form else {
            continue;
        };
        let length = characters(candidate.length);
        let shown = if prefix.is_empty() { length } else { format!("{prefix}…, {length}") };
        let token = with_article(provider);
        let message = format!("{token} ({shown}) is committed here");
        let draft = report(cx, findings, candidate, message)
            .help("revoke the token, then read it from a Secret at run time");
        if *test_mode {
            draft.outcome(Outcome::Advice);
        }
    }
}
