//! Dockerfiles as facts: stages, instructions with expanded values, and what starts.

use std::collections::BTreeMap;

use crate::{Field, FileId, Located, Place};

/// A Dockerfile of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DockerfileId(pub u32);

/// Index of a stage in its Dockerfile, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StageId(pub usize);

/// An image reference taken apart: the one place where image names are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ImageName {
    /// `ghcr.io`, `localhost:5000`; empty for Docker Hub.
    pub registry: String,
    /// Without registry, lower case: `acme/api`, `golang`.
    pub repository: String,
    /// Empty without one.
    pub tag: String,
    /// `sha256:...`; empty without one.
    pub digest: String,
}

impl ImageName {
    /// Takes a reference apart (distribution/reference): the first segment is a registry when it
    /// holds `.` or `:` or is `localhost`. Docker Hub's own names are dropped.
    pub fn parse(text: &str) -> Self {
        let text = text.trim().trim_start_matches("docker://");
        let (text, digest) = text.split_once('@').unwrap_or((text, ""));
        let (registry, rest) = match text.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                (first, rest)
            }
            _ => ("", text),
        };
        let (repository, tag) = rest.rsplit_once(':').unwrap_or((rest, ""));
        let hub = matches!(registry, "docker.io" | "index.docker.io" | "registry-1.docker.io");
        let registry = if hub { "" } else { registry };
        let repository = match repository.strip_prefix("library/") {
            Some(name) if registry.is_empty() => name,
            _ => repository,
        };
        Self {
            registry: registry.to_ascii_lowercase(),
            repository: repository.to_ascii_lowercase(),
            tag: tag.to_owned(),
            digest: digest.to_owned(),
        }
    }

    /// The last segment: `api` of `acme/api`.
    pub fn last(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    /// Registry and repository: `ghcr.io/acme/api`.
    pub fn full(&self) -> String {
        if self.registry.is_empty() {
            self.repository.clone()
        } else {
            format!("{}/{}", self.registry, self.repository)
        }
    }

    /// The official Go image, or a copy of it under another registry.
    pub fn is_golang(&self) -> bool {
        self.last() == "golang"
    }
}

/// One Dockerfile.
#[derive(Debug, Clone)]
pub struct Dockerfile {
    /// Set by link; meaningless in the facts of a single file.
    pub id: DockerfileId,
    pub file: FileId,
    /// Path relative to the project root.
    pub path: String,
    /// `ARG`s before the first `FROM`.
    pub global_arguments: Vec<PlatformArgument>,
    pub stages: Vec<Stage>,
    /// The file's name or a target says that it is for development, tests or debugging.
    pub development: bool,
    /// Heredocs or syntax that was not understood: no absence may be concluded.
    pub incomplete: bool,
    /// What the builder refuses, in file order.
    pub refused: Vec<Refusal>,
}

/// An instruction with which the image cannot be built, or not started as meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The argument, or the keyword where the instruction as a whole is wrong.
    pub place: Place,
    /// One line, lower case start, no full stop.
    pub message: String,
    /// What to write instead, starting with a verb.
    pub help: String,
}

impl Dockerfile {
    /// The stage that becomes the image: the last one.
    pub fn final_stage(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// A stage by name (case-insensitive) or index, as in `COPY --from` and `FROM`.
    pub fn stage(&self, name: &str) -> Option<(StageId, &Stage)> {
        let found = self.stages.iter().position(|stage| {
            stage.name.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(name))
        });
        let index = found.or_else(|| name.parse().ok())?;
        self.stages.get(index).map(|stage| (StageId(index), stage))
    }
}

/// An `ARG`, one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformArgument {
    pub name: Located<String>,
    /// The default as written; expanded text where all its variables are known.
    pub default: Option<Located<String>>,
    /// The name speaks of a password, token or key.
    pub credential: bool,
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageBase {
    Scratch,
    /// An earlier stage of the same file.
    Stage(StageId),
    /// An image reference after expansion; `None` when a variable has no default.
    Image(Option<String>),
}

/// A build stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The `FROM` line, without the line break.
    pub from: Place,
    /// The base as written.
    pub base_text: Located<String>,
    pub base: StageBase,
    pub name: Option<Located<String>>,
    /// `--platform` as written, for example `$BUILDPLATFORM`.
    pub platform: Option<Located<String>>,
    pub instructions: Vec<Instruction>,
}

impl Stage {
    /// The last `USER`, if any, as written and expanded.
    pub fn user(&self) -> Option<&Located<Option<String>>> {
        self.instructions.iter().rev().find_map(|it| match it {
            Instruction::User(user) => Some(user),
            _ => None,
        })
    }

    pub fn entrypoint(&self) -> Option<&Command> {
        self.instructions.iter().rev().find_map(|it| match it {
            Instruction::Entrypoint(command) => Some(command),
            _ => None,
        })
    }

    pub fn cmd(&self) -> Option<&Command> {
        self.instructions.iter().rev().find_map(|it| match it {
            Instruction::Cmd(command) => Some(command),
            _ => None,
        })
    }

    pub fn runs(&self) -> impl Iterator<Item = &RunCommand> {
        self.instructions.iter().filter_map(|it| match it {
            Instruction::Run(run) => Some(run),
            _ => None,
        })
    }

    pub fn copies(&self) -> impl Iterator<Item = &CopyInstruction> {
        self.instructions.iter().filter_map(|it| match it {
            Instruction::Copy(copy) => Some(copy),
            _ => None,
        })
    }

    /// `ENV` entries in order: name and value.
    pub fn env(&self) -> impl Iterator<Item = (&Located<String>, &Field<String>)> {
        self.instructions.iter().filter_map(|it| match it {
            Instruction::Env { name, value } => Some((name, value)),
            _ => None,
        })
    }

    /// `ARG`s of the stage.
    pub fn arguments(&self) -> impl Iterator<Item = &PlatformArgument> {
        self.instructions.iter().filter_map(|it| match it {
            Instruction::Arg(argument) => Some(argument),
            _ => None,
        })
    }
}

/// One instruction, one variable each for `ENV` and `ARG`.
#[derive(Debug, Clone)]
pub enum Instruction {
    Arg(PlatformArgument),
    /// The value after expansion; dynamic when a variable in it is not known.
    Env {
        name: Located<String>,
        value: Field<String>,
    },
    Run(RunCommand),
    Copy(CopyInstruction),
    /// Expanded; `${NAME}` stands for what is not known.
    Workdir(Located<String>),
    /// Expanded; `None` when not known.
    User(Located<Option<String>>),
    Expose(Vec<Located<String>>),
    Entrypoint(Command),
    Cmd(Command),
    StopSignal(Located<String>),
    Healthcheck(Option<Command>),
    /// Anything else, by its upper-case name.
    Other {
        name: String,
        place: Place,
    },
}

/// `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCommand {
    /// The whole instruction.
    pub place: Place,
    /// The shell text after continuation, comments and heredoc handling, or the words of exec
    /// form joined; variables not expanded.
    pub text: String,
    /// The simple commands of the text in order, each with its words.
    pub commands: Vec<Vec<crate::CommandWord>>,
    /// The same as syntax, for link to run.
    pub script: crate::Script,
    /// `ARG`s and `ENV`s in scope; `${NAME}` in a value stands for what is not known, such as
    /// the target platform.
    pub environment: BTreeMap<String, Located<String>>,
    /// Values of `--mount`.
    pub mounts: Vec<Located<String>>,
}

/// `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyInstruction {
    pub place: Place,
    pub add: bool,
    /// `--from`, as written.
    pub from: Option<Located<String>>,
    /// `--parents`: sources keep their directories below the destination.
    pub parents: bool,
    /// Values of `--exclude`: patterns of what is left out.
    pub excludes: Vec<Located<String>>,
    /// Expanded where known.
    pub sources: Vec<Located<String>>,
    pub destination: Located<String>,
}

/// A file of the repository with a credential in it that a `COPY` or `ADD` brings into a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedFile {
    pub dockerfile: DockerfileId,
    pub stage: StageId,
    /// The source that names the file or a directory above it.
    pub source: Located<String>,
    pub destination: Place,
    /// `ADD`.
    pub add: bool,
    pub file: FileId,
}

/// `ENTRYPOINT` or `CMD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The whole instruction.
    pub place: Place,
    /// Shell form: runs under `/bin/sh -c`.
    pub shell: bool,
    /// Exec form: the items. Shell form: one item, the text.
    pub words: Vec<Located<String>>,
    /// What a shell runs: the text of the shell form, or of `["sh", "-c", text]`; empty when the
    /// program is started directly.
    pub script: crate::Script,
}
