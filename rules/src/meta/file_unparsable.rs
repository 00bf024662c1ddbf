//! A file of a known role has a syntax error.
//!
//! ## What it does
//! Reports the first errors of YAML, JSON, Go, go.mod and build files that a tool in the cluster or
//! the build reads. What stands behind the error is not judged, and no other rule concludes
//! from it that something is missing. Files under `testdata` are left alone: some are wrong on purpose.
//! For Go it is advice: the compiler says it better, and may know syntax that goready does not yet.
//!
//! ## Why is this bad
//! `kubectl apply`, the compiler or the image build stops at this line, and until then no other finding
//! about the file can be trusted to be complete.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: cart
//! spec:
//!   selector: {app: cart}
//!   ports:
//!     - port: 80: 8080
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: cart
//! spec:
//!   selector: {app: cart}
//!   ports:
//!     - port: 80
//! ```
//!
//! ## References
//! - [YAML 1.2.2](https://yaml.org/spec/1.2.2/)
//! - [The Go programming language specification](https://go.dev/ref/spec)

use goready_model::{Confidence, FileKind, Outcome, Problem, ProblemKind, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["kube-linter/schema-validation"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for problem in cx.project.problems.iter().filter(|it| it.kind == ProblemKind::Syntax) {
        if is_judged(cx, problem) {
            let draft = findings.report(problem.place, problem.message.clone());
            let draft = draft.help("fix the syntax: what follows in this document is not checked");
            let draft = if cx.project.kinds.get(&problem.place.at.file) == Some(&FileKind::Go) {
                // The compiler is the judge of that, and the grammar here may be behind it; what
                // is left to say is that this file was not understood.
                draft.outcome(Outcome::Advice).confidence(Confidence::Likely)
            } else {
                draft
            };
            if let Some(related) = problem.related {
                draft.label(related, "it belongs to this");
            }
        }
    }
}

fn is_judged(cx: &Cx<'_>, problem: &Problem) -> bool {
    let file = problem.place.at.file;
    let has_role = cx.project.kinds.get(&file).is_some_and(|it| {
        // Configuration of other tools and plain text are read for secrets only; templates are no
        // YAML before they are rendered.
        !matches!(it, FileKind::Config | FileKind::Text | FileKind::ChartTemplate)
    });
    has_role && !cx.project.path(file).split('/').any(|it| it == "testdata")
}
