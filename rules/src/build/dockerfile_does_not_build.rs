//! A Dockerfile holds an instruction that the builder refuses.
//!
//! ## What it does
//! Reports what BuildKit's Dockerfile frontend answers with an error: unknown instructions, anything
//! but `ARG` before the first `FROM`, `COPY --from` of a stage that is not there yet or with a
//! variable, ports of `EXPOSE` above 65535, arrays with other things than strings, here documents
//! without an end, `FROM` under `ONBUILD`, and arguments that are missing. An exec form that is no
//! JSON, such as `CMD ['/api']`, is built, but a shell looks for a program named `[/api]`. Files with
//! another frontend in `# syntax=` and templates are left alone.
//!
//! ## Why is this bad
//! There is no image: the pipeline stops, or the cluster keeps running the last one that was built.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! EXPOSE 80800
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! EXPOSE 8080
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Dockerfile reference](https://docs.docker.com/reference/dockerfile/)
//! - [moby/buildkit: frontend/dockerfile](https://github.com/moby/buildkit/tree/master/frontend/dockerfile)

use goready_model::{Confidence, Dockerfile, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["DL3011", "DL3021", "DL3022", "DL3043", "DL3061", "CKV_DOCKER_1"],
    check: Check::Dockerfile(check),
};

/// One mistake often makes the rest of the file wrong: the first ones tell it.
const MAX_FINDINGS: usize = 5;

fn check(_cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    for refused in dockerfile.refused.iter().take(MAX_FINDINGS) {
        findings.report(refused.place, refused.message.clone()).help(refused.help.clone());
    }
}
