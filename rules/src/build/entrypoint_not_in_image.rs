//! `ENTRYPOINT` or `CMD` starts a file that the image does not hold.
//!
//! ## What it does
//! Follows every `COPY` and `ADD` of the shipped stage and of the stages it is built on, and compares
//! them with the program that the image starts. It judges images on `scratch` and on bases without a
//! shell only, where nothing else brings a file, and stays silent when a directory, a pattern or a
//! name that is not known may hold the program.
//!
//! ## Why is this bad
//! The runtime finds no such file: every container ends in `RunContainerError` or CrashLoopBackOff
//! with `exec: no such file or directory`, while the build of the image succeeds.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/server .
//!
//! FROM gcr.io/distroless/static-debian12:nonroot
//! COPY --from=build /out/server /server
//! ENTRYPOINT ["/app/server"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/server .
//!
//! FROM gcr.io/distroless/static-debian12:nonroot
//! COPY --from=build /out/server /server
//! ENTRYPOINT ["/server"]
//! ```
//!
//! ## References
//! - [Dockerfile reference: COPY](https://docs.docker.com/reference/dockerfile/#copy)
//! - [Dockerfile reference: ENTRYPOINT](https://docs.docker.com/reference/dockerfile/#entrypoint)

use goready_model::{Command, Confidence, Dockerfile, ImageName, Located, Outcome, Profile, Stage};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    contents::{Contents, Copied},
    images,
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    if dockerfile.incomplete {
        return;
    }
    let Some(shipped) = images::shipped_stage(cx, dockerfile) else { return };
    let Some(bottom) = images::bottom(dockerfile, shipped) else { return };
    if bottom.base().is_none_or(|it| it.has_shell(bottom.tag())) {
        return;
    }
    let mut stages: Vec<&Stage> = images::chain(dockerfile, shipped).collect();
    stages.reverse();
    let root = bottom.image.as_ref().is_some_and(|it| it.full() == "scratch");
    let Some(image) = Contents::read(cx, dockerfile, &stages, root) else { return };
    let Some((keyword, program)) = started(&stages) else { return };
    let Some(wanted) = image.candidates(&program.value) else { return };
    let may_be_there = |it: &Copied<'_>| wanted.iter().any(|path| it.may_bring(path));
    if image.copied.iter().any(may_be_there) {
        return;
    }
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let same_name = |it: &&Copied<'_>| name(&it.lands_at()) == name(&program.value);
    let Some(nearest) = image.copied.iter().rev().find(same_name).or(image.copied.last()) else {
        return;
    };
    let lands = nearest.lands_at();
    let message = if same_name(&nearest) {
        format!("{keyword} starts `{}`, but the image holds it as `{lands}`", program.value)
    } else {
        format!("{keyword} starts `{}`, which nothing puts into the image", program.value)
    };
    let from = bottom.image.as_ref().map(ImageName::full).unwrap_or_default();
    findings
        .report(program.place, message)
        .help("make the destination of `COPY` and the path that is started agree")
        .label(nearest.copy.place, format!("this lands at `{lands}`"))
        .label(bottom.stage.base_text.place, format!("`{from}` brings no program of its own"));
}

/// What the image starts: the first item of `ENTRYPOINT`, else of `CMD`. Shell form needs a shell,
/// which is another defect.
fn started<'d>(stages: &[&'d Stage]) -> Option<(&'static str, &'d Located<String>)> {
    let last = |find: fn(&Stage) -> Option<&Command>| {
        stages.iter().rev().copied().find_map(find).filter(|it| !it.words.is_empty())
    };
    let (keyword, command) = match last(Stage::entrypoint) {
        Some(entrypoint) => ("ENTRYPOINT", entrypoint),
        None => ("CMD", last(Stage::cmd)?),
    };
    let program = command.words.first().filter(|_| !command.shell)?;
    // Windows paths, and names that some tool fills in.
    (!program.value.is_empty() && !program.value.contains(['\\', '$', '{', ':']))
        .then_some((keyword, program))
}
