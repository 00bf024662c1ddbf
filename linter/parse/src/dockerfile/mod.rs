//! Dockerfiles as facts: stages, instructions with their variables filled in, commands of `RUN`.
//!
//! An own parser, because every finding needs the exact place of a word. It follows BuildKit's
//! Dockerfile frontend (docs.docker.com/reference/dockerfile, 2026-11); what other builders do
//! differently is left out. Any text gives facts; what BuildKit would refuse is a problem.

mod exec;
mod instructions;
mod lines;
mod scope;

#[cfg(test)]
mod tests;

use goready_model::{
    Dockerfile, DockerfileId, Instruction, Located, PlatformArgument, Problem, ProblemKind, Stage,
    StageBase, StageId,
};

pub use self::instructions::shell_text;
use self::{
    instructions::{Pair, Reader},
    lines::Line,
    scope::Scope,
};
use crate::Source;

/// A Dockerfile's facts, and what is wrong with the file itself.
#[derive(Debug)]
pub struct Parsed {
    pub dockerfile: Dockerfile,
    pub problems: Vec<Problem>,
}

/// Parses a Dockerfile.
pub fn parse(source: &Source<'_>) -> Parsed {
    let mut builder = Builder {
        dockerfile: Dockerfile {
            id: DockerfileId(0),
            file: source.file,
            path: source.path.to_owned(),
            global_arguments: Vec::new(),
            stages: Vec::new(),
            development: is_development(source.path),
            incomplete: false,
        },
        problems: Vec::new(),
        globals: Scope::global(source.file),
        scopes: Vec::new(),
    };
    for line in lines::read(source.file, source.text) {
        builder.line(&line);
    }
    builder.finish(source)
}

struct Builder {
    dockerfile: Dockerfile,
    problems: Vec<Problem>,
    globals: Scope,
    /// One a stage.
    scopes: Vec<Scope>,
}

impl Builder {
    fn line(&mut self, line: &Line) {
        if !KEYWORDS.contains(&line.keyword.as_str()) {
            let message = format!("unknown Dockerfile instruction `{}`", line.keyword);
            self.problem(line.keyword_place, message);
            self.dockerfile.incomplete = true;
            return;
        }
        match line.keyword.as_str() {
            "FROM" => self.from(line),
            "ARG" if self.dockerfile.stages.is_empty() => {
                let reader = Reader::new(line);
                for argument in reader.arguments(&self.globals) {
                    let before = self.globals.clone();
                    self.globals.argument(&argument.name, argument.default.as_ref(), &before);
                    self.dockerfile.global_arguments.push(argument);
                }
            }
            _ => self.instruction(line),
        }
    }

    fn instruction(&mut self, line: &Line) {
        let (Some(stage), Some(scope)) =
            (self.dockerfile.stages.last_mut(), self.scopes.last_mut())
        else {
            let message = format!("`{}` stands before the first `FROM`", line.keyword);
            self.problem(line.keyword_place, message);
            return;
        };
        let reader = Reader::new(line);
        let found = if line.keyword == "ENV" {
            let pairs = reader.environment(scope);
            for pair in &pairs {
                scope.environment(&pair.name.value, pair.value.clone());
            }
            pairs.into_iter().map(Pair::into_instruction).collect()
        } else {
            reader.instructions(scope)
        };
        for instruction in &found {
            if let Instruction::Arg(PlatformArgument { name, default }) = instruction {
                scope.argument(name, default.as_ref(), &self.globals);
            }
        }
        if found.is_empty() && line.arguments.as_str().trim().is_empty() {
            let message = format!("`{}` needs an argument", line.keyword);
            self.problems.push(problem(line.keyword_place, message));
        }
        stage.instructions.extend(found);
    }

    fn from(&mut self, line: &Line) {
        let reader = Reader::new(line);
        let Some(from) = reader.from() else {
            self.problem(line.keyword_place, "`FROM` needs an image or stage".to_owned());
            self.dockerfile.incomplete = true;
            return;
        };
        let expanded = self.globals.expand(&from.base.parts);
        let base = match self.stage_named(&expanded) {
            Some(stage) => StageBase::Stage(stage),
            None if expanded.eq_ignore_ascii_case("scratch") => StageBase::Scratch,
            None if expanded.is_empty() || !crate::build::expand::is_resolved(&expanded) => {
                StageBase::Image(None)
            }
            None => StageBase::Image(Some(expanded)),
        };
        // A stage on top of another one sees its variables.
        let scope = match &base {
            StageBase::Stage(StageId(index)) => {
                self.scopes.get(*index).cloned().unwrap_or_default()
            }
            StageBase::Image(image) => {
                let image = image.as_deref().map(goready_model::ImageName::parse);
                Scope::on_image(image.as_ref(), line.place)
            }
            StageBase::Scratch => Scope::default(),
        };
        self.scopes.push(scope);
        self.dockerfile.stages.push(Stage {
            from: line.place,
            base_text: Located::new(from.base.written(), from.base.place),
            base,
            name: from.name,
            platform: from.platform,
            instructions: Vec::new(),
        });
    }

    /// The last stage of that name; unlike `COPY --from`, `FROM` knows no index.
    fn stage_named(&self, name: &str) -> Option<StageId> {
        let named = |stage: &Stage| {
            stage.name.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(name))
        };
        self.dockerfile.stages.iter().rposition(named).map(StageId)
    }

    fn problem(&mut self, place: goready_model::Place, message: String) {
        self.problems.push(problem(place, message));
    }

    fn finish(mut self, source: &Source<'_>) -> Parsed {
        if self.dockerfile.stages.is_empty() {
            self.dockerfile.incomplete = true;
            if self.problems.is_empty() {
                let place = goready_model::Place::new(source.file, 0, 0);
                self.problem(place, "the Dockerfile has no `FROM`".to_owned());
            }
        }
        Parsed { dockerfile: self.dockerfile, problems: self.problems }
    }
}

fn problem(place: goready_model::Place, message: String) -> Problem {
    Problem { kind: ProblemKind::Syntax, place, message, related: None }
}

/// Instructions of the Dockerfile reference.
const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Whether a path says that the image is for development, tests or debugging.
fn is_development(path: &str) -> bool {
    let (dirs, name) = path.rsplit_once('/').unwrap_or(("", path));
    let dir = dirs.rsplit('/').next().unwrap_or("");
    let says = |text: &str, words: &[&str]| {
        let lower = text.to_ascii_lowercase();
        lower.split(|it: char| !it.is_ascii_alphanumeric()).any(|it| words.contains(&it))
    };
    let in_tests = dirs.split('/').any(|it| matches!(it, "test" | "tests" | "testing" | "e2e"));
    in_tests
        || says(name, &DEVELOPMENT)
        || says(name, &["ci", "local", "lint", "tools"])
        || says(dir, &DEVELOPMENT)
}

/// Words in a file or directory name that say what an image is not for.
const DEVELOPMENT: [&str; 10] = [
    "dev",
    "devel",
    "development",
    "devcontainer",
    "test",
    "tests",
    "testing",
    "e2e",
    "debug",
    "bench",
];
