//! A Dockerfile writes a credential into the image.
//!
//! ## What it does
//! Finds `ENV` and `ARG` whose name ends in `PASSWORD`, `TOKEN`, `SECRET`, `API_KEY` and the like
//! with a literal value, and `RUN` with a literal behind `--password`, `--token`, `curl -u` or in the
//! user part of a URL. References, empty values and placeholders are left out.
//!
//! ## Why is this bad
//! The value stays in the history of the image, whatever later instructions remove: `docker history`
//! shows it to everybody who can pull.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static-debian12:nonroot
//! ENV API_TOKEN=vStVN0bxAp3M6afLme5X2wXM6WrRDfLTAfFO9UE3
//! COPY api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static-debian12:nonroot
//! ENV API_TOKEN_FILE=/var/run/secrets/api/token
//! COPY api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Docker: build secrets](https://docs.docker.com/build/building/secrets/)
//! - [Docker: SecretsUsedInArgOrEnv](https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/)

use goready_model::{Confidence, Instruction, Outcome, Place, Profile, SecretContext, SecretForm};

use super::candidate::{characters, report};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "DL3064",
        "DS-0031",
        "buildkit/SecretsUsedInArgOrEnv",
        "semgrep/secret-in-build-arg",
        "kics/Secrets Stored In Dockerfile",
    ],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let SecretForm::NamedLiteral { development_word, .. } = candidate.form else { continue };
        if candidate.context != SecretContext::Dockerfile {
            continue;
        }
        let instruction = instruction(cx, candidate.place, &candidate.name);
        let length = characters(candidate.length);
        let message = if instruction == "RUN" {
            format!(
                "RUN carries a {} of {length}, which stays in the image's history",
                candidate.name
            )
        } else {
            format!("{instruction} {} bakes a value of {length} into the image", candidate.name)
        };
        let draft = report(cx, findings, candidate, message).help(
            "pass it at run time from a Secret, or with `RUN --mount=type=secret` at build time",
        );
        if development_word {
            draft.outcome(Outcome::Risk);
        }
    }
}

/// `ENV`, `ARG` or `RUN`.
fn instruction(cx: &Cx<'_>, place: Place, name: &str) -> &'static str {
    let file = cx.project.dockerfiles.iter().filter(|it| it.file == place.at.file);
    for dockerfile in file {
        let mut arguments = dockerfile.global_arguments.iter();
        if arguments.any(|it| it.name.value == name) {
            return "ARG";
        }
        for it in dockerfile.stages.iter().flat_map(|it| &it.instructions) {
            match it {
                Instruction::Env { name: found, .. } if found.value == name => return "ENV",
                Instruction::Arg(found) if found.name.value == name => return "ARG",
                _ => {}
            }
        }
    }
    "RUN"
}
