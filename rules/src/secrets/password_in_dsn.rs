//! A connection string carries its password in clear.
//!
//! ## What it does
//! Finds connection strings with a password in Go literals, configuration files, `.env`, compose
//! files, values and manifests: URLs (`postgres://user:password@host`), Go MySQL data source names
//! (`user:password@tcp(host)/db`), libpq keyword strings and ADO strings. A password that is a
//! reference or a placeholder is none. A development password (`postgres`, `guest`, or such words and
//! the user's name in a row) on localhost or on a compose service is advice, on another host a risk.
//!
//! ## Why is this bad
//! Everybody who can read the file can open the database, and changing the password needs a commit
//! and a roll-out of every service that has a copy.
//!
//! ## Example
//! `etc/orders.yaml`:
//! ```yaml
//! DataSource: orders:8gCQv4ZOgzq86Vid@tcp(db.prod:3306)/orders
//! ```
//!
//! ## Use instead
//! `etc/orders.yaml`:
//! ```yaml
//! DataSource: ${ORDERS_DSN}
//! ```
//!
//! ## References
//! - [Go MySQL driver: DSN](https://github.com/go-sql-driver/mysql#dsn-data-source-name)
//! - [PostgreSQL: connection strings](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING)

use goready_model::{Confidence, Outcome, Profile, SecretForm};

use super::candidate::report;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["G101", "CKV_SECRET_4", "gitleaks/generic-api-key"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let SecretForm::Dsn { scheme, user, host, development_word, local_host } = &candidate.form
        else {
            continue;
        };
        let kind = if scheme == "HTTP" { "URL" } else { "DSN" };
        let owner = if user.is_empty() {
            "a password".to_owned()
        } else {
            format!("the password of user \"{user}\"")
        };
        let host = if host.is_empty() { String::new() } else { format!(" for host \"{host}\"") };
        let message = format!("the {scheme} {kind} carries {owner}{host}");
        let draft = report(cx, findings, candidate, message).help(
            "put the DSN in a Secret and read it through an environment variable or a mounted file",
        );
        let outcome = match (development_word, local_host) {
            (true, true) => Outcome::Advice,
            (true, false) => Outcome::Risk,
            (false, _) => continue,
        };
        draft.outcome(outcome).lower_if(candidate.sample);
    }
}
