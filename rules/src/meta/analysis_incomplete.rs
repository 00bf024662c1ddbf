//! A limit was reached or a file could not be read, so findings may be missing.
//!
//! ## What it does
//! Reports files that could not be opened, that are larger than the limit, whose nesting or aliases
//! exceed what goready follows, or that are not UTF-8 text although their name says so.
//!
//! ## Why is this bad
//! No finding in that file is no proof that it is fine.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: bomb
//! data:
//!   a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
//!   b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
//!   c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
//!   d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
//!   e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
//!   f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
//!   g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: bomb
//! data:
//!   a: "1"
//! ```
//!
//! ## References
//! - [YAML 1.2.2, section 7.1: alias nodes](https://yaml.org/spec/1.2.2/#71-alias-nodes)

use goready_model::{Confidence, Outcome, ProblemKind, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for problem in &cx.project.problems {
        let help = match problem.kind {
            ProblemKind::Limit => "make the file smaller or simpler, or list it in `exclude`",
            ProblemKind::Unreadable => "make it readable UTF-8 text, or list it in `exclude`",
            // A chart that is not rendered is told in the summary.
            ProblemKind::Unsupported | ProblemKind::Syntax | ProblemKind::DuplicateKey => continue,
        };
        findings.report(problem.place, problem.message.clone()).help(help);
    }
}
