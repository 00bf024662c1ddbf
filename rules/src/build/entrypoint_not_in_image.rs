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

use goready_model::{
    Command, Confidence, CopyInstruction, Dockerfile, ImageName, Instruction, Located, Outcome,
    Profile, Stage,
};

use crate::{Check, Cx, Findings, Rule, Scope, images};

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
    let Some(image) = Image::read(cx, dockerfile, &stages, root) else { return };
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

/// What the `COPY`s make of the file system.
struct Image<'d> {
    copied: Vec<Copied<'d>>,
    /// `None` when it is not known.
    workdir: Option<String>,
    /// `PATH` is the runtime's default.
    default_path: bool,
}

/// One source of a `COPY` with where it may land.
struct Copied<'d> {
    copy: &'d CopyInstruction,
    /// Normalised, without a slash at the end.
    destination: String,
    /// Below the destination; empty when the source's name is not known.
    below: String,
    /// The destination is written as a directory.
    into_directory: bool,
    /// The source is one file for sure, under a name that is known.
    is_file: bool,
}

impl<'d> Image<'d> {
    /// `None` when something else than a `COPY` may bring files.
    fn read(
        cx: &Cx<'_>,
        dockerfile: &Dockerfile,
        stages: &[&'d Stage],
        root: bool,
    ) -> Option<Self> {
        let mut workdir = root.then(|| "/".to_owned());
        let mut copied = Vec::new();
        let mut default_path = true;
        for instruction in stages.iter().flat_map(|it| &it.instructions) {
            match instruction {
                Instruction::Run(_) => return None,
                Instruction::Env { name, .. } if name.value == "PATH" => default_path = false,
                Instruction::Workdir(it) => workdir = absolute(workdir.as_deref(), &it.value),
                Instruction::Copy(copy) => {
                    if copy.parents {
                        return None;
                    }
                    let destination = absolute(workdir.as_deref(), &copy.destination.value)?;
                    let into_directory = copy.sources.len() > 1
                        || copy.destination.value.ends_with('/')
                        || copy.destination.value.ends_with('.');
                    if copy.sources.is_empty() {
                        // A here document, or a source that was not understood.
                        return None;
                    }
                    copied.extend(copy.sources.iter().map(|source| Copied {
                        copy,
                        destination: destination.clone(),
                        below: base_name(&source.value),
                        into_directory,
                        is_file: is_file(cx, dockerfile, copy, &source.value),
                    }));
                }
                _ => {}
            }
        }
        Some(Self { copied, workdir, default_path })
    }

    /// Paths where the runtime looks for a program; `None` when they are not known.
    fn candidates(&self, program: &str) -> Option<Vec<String>> {
        if program.contains('/') {
            return Some(vec![absolute(self.workdir.as_deref(), program)?]);
        }
        let default = || DEFAULT_PATH.iter().map(|it| format!("{it}/{program}"));
        self.default_path.then(|| default().collect())
    }
}

/// `PATH` of a container whose image sets none.
/// Source: containerd/containerd `pkg/oci/spec.go`, `defaultUnixEnv`.
const DEFAULT_PATH: &[&str] =
    &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

impl Copied<'_> {
    fn may_bring(&self, path: &str) -> bool {
        let (path, destination) = (one_usr(path), one_usr(&self.destination));
        if !self.is_file {
            return is_within(&path, &destination);
        }
        // A destination without a slash may be a directory that exists.
        let inside = path == join(&destination, &self.below);
        inside || (!self.into_directory && path == destination)
    }

    /// For messages.
    fn lands_at(&self) -> String {
        if self.into_directory && !self.below.is_empty() {
            join(&self.destination, &self.below)
        } else {
            self.destination.clone()
        }
    }
}

/// Whether a source is a file: the output of a build in the stage it comes from. What is none may be
/// a directory.
fn is_file(cx: &Cx<'_>, dockerfile: &Dockerfile, copy: &CopyInstruction, source: &str) -> bool {
    let Some(from) = &copy.from else { return false };
    let Some((from, stage)) = dockerfile.stage(&from.value) else { return false };
    let Some(source) = absolute(Some("/"), source) else { return false };
    let builds = cx.project.builds.iter();
    let mut outputs = builds.filter(|it| it.stage == Some((dockerfile.id, from)));
    let is_output = outputs.any(|it| {
        let output = it.output.as_ref().map(|it| it.value.as_str());
        output.is_some_and(|it| it.starts_with('/') && !it.ends_with('/') && it == source)
    });
    is_output && !may_be_directory(stage, &source)
}

/// Whether an instruction of the stage makes a directory of a path.
fn may_be_directory(stage: &Stage, path: &str) -> bool {
    stage.instructions.iter().any(|it| match it {
        Instruction::Workdir(it) => !it.value.starts_with('/') || is_within(&it.value, path),
        Instruction::Copy(it) => is_within(&it.destination.value, path),
        Instruction::Run(it) => it.commands.iter().any(|words| {
            words.first().is_some_and(|it| it.text == "mkdir")
                && words.iter().any(|it| is_within(&it.text, path))
        }),
        _ => false,
    })
}

/// A path from the root, without `.`, `..` and slashes at the end; `None` when it is not known.
fn absolute(workdir: Option<&str>, path: &str) -> Option<String> {
    if path.contains("${") || path.contains('\\') {
        return None;
    }
    let base = if path.starts_with('/') { "" } else { workdir? };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// `/bin` and `/sbin` are links to `/usr/bin` and `/usr/sbin` in some images: one name for both.
fn one_usr(path: &str) -> String {
    match path.split('/').nth(1) {
        Some("bin" | "sbin") => format!("/usr{path}"),
        _ => path.to_owned(),
    }
}

fn is_within(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    path.strip_prefix(directory).is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

fn join(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.trim_end_matches('/'))
}

/// The last segment of a source, empty when it is a pattern or not known.
fn base_name(source: &str) -> String {
    let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    if name.contains(['*', '?', '[', '$']) { String::new() } else { name.to_owned() }
}
