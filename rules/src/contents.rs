//! What the instructions of a Dockerfile put into the file system of an image, as far as that is
//! certain.

use goready_model::{Container, CopyInstruction, Dockerfile, Instruction, RunCommand, Stage};

use crate::{Cx, images};

/// What the `COPY`s make of the file system.
pub(crate) struct Contents<'d> {
    pub(crate) copied: Vec<Copied<'d>>,
    /// `None` when it is not known.
    pub(crate) workdir: Option<String>,
    /// `PATH` is the runtime's default.
    default_path: bool,
}

/// One source of a `COPY` with where it may land.
pub(crate) struct Copied<'d> {
    pub(crate) copy: &'d CopyInstruction,
    /// Normalised, without a slash at the end.
    destination: String,
    /// Below the destination; empty when the source's name is not known.
    below: String,
    /// The destination is written as a directory.
    into_directory: bool,
    /// The source is one file for sure, under a name that is known.
    is_file: bool,
}

/// Commands that bring none of a program's own files: packages, users, modes and empty directories.
const HARMLESS: [&str; 20] = [
    "apk",
    "apt",
    "apt-get",
    "dnf",
    "microdnf",
    "yum",
    "zypper",
    "update-ca-certificates",
    "addgroup",
    "adduser",
    "groupadd",
    "useradd",
    "usermod",
    "chgrp",
    "chmod",
    "chown",
    "mkdir",
    "rm",
    "setcap",
    "true",
];

/// Whether a `RUN` makes no file that a program of the repository could look for.
fn brings_nothing(run: &RunCommand) -> bool {
    run.commands.iter().all(|words| {
        let words = words.iter().map(|it| it.text.as_str());
        let mut words = words.skip_while(|it| it.contains('=') || *it == "sudo");
        words.next().is_none_or(|it| HARMLESS.contains(&it) || it == "set")
            && words.all(|it| !it.contains('>'))
    })
}

impl<'d> Contents<'d> {
    /// The files of a Dockerfile's image beside those of its base; `None` when they are not known.
    pub(crate) fn of_image(cx: &Cx<'_>, dockerfile: &'d Dockerfile) -> Option<Self> {
        if dockerfile.incomplete {
            return None;
        }
        let shipped = images::shipped_stage(cx, dockerfile)?;
        let bottom = images::bottom(dockerfile, shipped)?;
        let base = bottom.base()?;
        let mut stages: Vec<&Stage> = images::chain(dockerfile, shipped).collect();
        stages.reverse();
        // Images for building and those with a user of their own start elsewhere.
        let root = !base.compiler
            && !bottom.tag().contains("nonroot")
            && bottom.image.as_ref().is_some_and(|it| it.registry != "cgr.dev");
        Self::read(cx, dockerfile, &stages, root)
    }

    /// Whether a path, or something below it, may be in the image by the instructions of the
    /// Dockerfile.
    pub(crate) fn may_hold(&self, path: &str) -> bool {
        self.copied.iter().any(|it| it.may_bring(path) || is_within(&it.destination, path))
    }

    /// The path that a program sees, from the directory that the container starts it in.
    pub(crate) fn seen_from(&self, container: Container<'_>, path: &str) -> Option<String> {
        match container.node.get("workingDir") {
            Some(directory) => absolute(directory.as_str(), path),
            None => absolute(self.workdir.as_deref(), path),
        }
    }

    /// `None` when something else than a `COPY` may bring files.
    pub(crate) fn read(
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
                Instruction::Run(run) if !brings_nothing(run) => return None,
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
    pub(crate) fn candidates(&self, program: &str) -> Option<Vec<String>> {
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
    pub(crate) fn may_bring(&self, path: &str) -> bool {
        let (path, destination) = (one_usr(path), one_usr(&self.destination));
        if !self.is_file {
            return is_within(&path, &destination);
        }
        // A destination without a slash may be a directory that exists.
        let inside = path == join(&destination, &self.below);
        inside || (!self.into_directory && path == destination)
    }

    /// For messages.
    pub(crate) fn lands_at(&self) -> String {
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
pub(crate) fn absolute(workdir: Option<&str>, path: &str) -> Option<String> {
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

pub(crate) fn is_within(path: &str, directory: &str) -> bool {
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
