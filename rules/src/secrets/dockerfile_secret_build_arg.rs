//! A credential is given to the build as an argument.
//!
//! ## What it does
//! Finds `ARG` without a default whose name ends in `TOKEN`, `PASSWORD`, `SECRET` and the like, when a
//! `RUN` of the stage uses it, by itself or through `ENV`. A `RUN` with `--mount=type=secret` is left
//! alone. `COPY` of `.netrc`, `.git-credentials` and `.docker/config.json`, and of an `.npmrc` with a
//! token, is the same mistake. In stages that no image is made from it is advice.
//!
//! ## Why is this bad
//! Arguments are written down with the build: in the history of the image where the stage is part of
//! it, in the build cache and in the provenance of every image. Who can pull the image, or read the
//! cache, has the credential.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.27 AS build
//! ARG GITHUB_TOKEN
//! WORKDIR /src
//! RUN git config --global url."https://${GITHUB_TOKEN}@github.com/".insteadOf https://github.com/
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.27 AS build
//! WORKDIR /src
//! COPY . .
//! RUN --mount=type=secret,id=github_token,env=GITHUB_TOKEN \
//!     git config --global url."https://${GITHUB_TOKEN}@github.com/".insteadOf https://github.com/ \
//!     && CGO_ENABLED=0 go build -o /out/api . \
//!     && rm /root/.gitconfig
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Docker: build secrets](https://docs.docker.com/build/building/secrets/)
//! - [Docker: SecretsUsedInArgOrEnv](https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/)

use std::collections::BTreeSet;

use goready_model::{
    Confidence, CopyInstruction, Dockerfile, FileId, Located, Outcome, Place, PlatformArgument,
    Profile, RunCommand, Stage, StageId,
};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["DL3064", "DS-0031", "buildkit/SecretsUsedInArgOrEnv"],
    check: Check::Dockerfile(check),
};

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    let images = images::image_stages(cx, dockerfile);
    let collect = |stages: &mut dyn Iterator<Item = StageId>| stages.collect::<BTreeSet<_>>();
    let reached = collect(&mut images.iter().flat_map(|it| images::reaching(dockerfile, *it)));
    let kept: BTreeSet<Place> =
        images.iter().flat_map(|it| images::chain(dockerfile, *it)).map(|it| it.from).collect();
    for (index, stage) in dockerfile.stages.iter().enumerate() {
        let leak = if kept.contains(&stage.from) {
            Leak::History
        } else if reached.contains(&StageId(index)) {
            Leak::Cache
        } else {
            Leak::Unused
        };
        for argument in stage.arguments().filter(|it| is_secret(dockerfile, it)) {
            judge(stage, argument, leak, findings);
        }
        for copy in stage.copies().filter(|it| it.from.is_none()) {
            copied(cx, copy, leak, findings);
        }
    }
}

/// Who may read what a stage was given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leak {
    /// The stage is part of an image.
    History,
    /// An image takes files from the stage.
    Cache,
    /// Nothing is made of it.
    Unused,
}

impl Leak {
    fn where_it_stays(self) -> &'static str {
        match self {
            Self::History => "the history of the image",
            Self::Cache | Self::Unused => "the build cache and the provenance of the image",
        }
    }
}

/// A credential that the caller has to give: a default is a defect of its own.
fn is_secret(dockerfile: &Dockerfile, argument: &PlatformArgument) -> bool {
    let has_default = |it: &PlatformArgument| it.default.is_some();
    let mut globals = dockerfile.global_arguments.iter();
    argument.credential
        && !has_default(argument)
        && !globals.any(|it| it.name.value == argument.name.value && has_default(it))
}

fn judge(stage: &Stage, argument: &PlatformArgument, leak: Leak, findings: &mut Findings) {
    let name = argument.name.value.as_str();
    let declared = argument.name.place.at;
    // Arguments are known from their line on.
    let mut runs = stage.runs().filter(|it| it.place.at.start > declared.start);
    let Some(used) = runs.find_map(|it| use_in(stage, it, &argument.name)) else { return };
    findings
        .report(
            used,
            format!("build argument {name} is used here and stays in {}", leak.where_it_stays()),
        )
        .help(format!(
            "use `RUN --mount=type=secret,id={},env={name}` and drop the argument",
            name.to_ascii_lowercase()
        ))
        .label(argument.name.place, "declared here")
        .lower_if(leak == Leak::Unused);
}

/// Where a `RUN` uses an argument, `None` when it takes secrets the right way.
fn use_in(stage: &Stage, run: &RunCommand, argument: &Located<String>) -> Option<Place> {
    if run.mounts.iter().any(|it| it.value.split(',').any(|it| it == "type=secret")) {
        return None;
    }
    let name = &argument.value;
    let mut words = run.commands.iter().flatten();
    let direct = words.find(|it| mentions(&it.text, name)).map(|it| it.place);
    direct.or_else(|| {
        // `ENV X=$NAME`: its value is the variable that nobody has set here.
        let mut env = stage.env().filter(|(_, value)| value.is_dynamic());
        env.find_map(|(variable, value)| {
            let set = run.environment.get(&variable.value)?;
            let is_it = set.place == value.place() && mentions(&set.value, name);
            is_it.then_some(set.place)
        })
    })
}

/// Whether a word has `$NAME` or `${NAME}` in it.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        let after = text[at + name.len()..].chars().next();
        let ends = after.is_none_or(|it| !it.is_ascii_alphanumeric() && it != '_');
        ends && (before.ends_with('$') || before.ends_with("${"))
    })
}

fn copied(cx: &Cx<'_>, copy: &CopyInstruction, leak: Leak, findings: &mut Findings) {
    let found = copy.sources.iter().find(|it| is_credentials(cx, &it.value));
    let Some(source) = found else { return };
    findings
        .report(
            source.place,
            format!("`{}` is copied and stays in {}", source.value, leak.where_it_stays()),
        )
        .help("use `RUN --mount=type=secret` with the file's path as `target`")
        .lower_if(leak == Leak::Unused);
}

/// Whether a path is that of a file where tools keep their credentials.
fn is_credentials(cx: &Cx<'_>, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let holds_secret = || {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let is_file = |file: &FileId| {
            let found = cx.project.path(*file);
            found == path || found.ends_with(&format!("/{path}"))
        };
        cx.project.secrets.iter().any(|it| is_file(&it.place.at.file))
    };
    matches!(name, ".netrc" | ".git-credentials")
        || path.ends_with(".docker/config.json")
        || (name == ".npmrc" && holds_secret())
}
