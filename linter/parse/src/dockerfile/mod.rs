//! Dockerfiles as facts: stages, instructions with their variables filled in, commands of `RUN`.
//!
//! An own parser, because every finding needs the exact place of a word. It follows BuildKit's
//! Dockerfile frontend (docs.docker.com/reference/dockerfile, 2026-11); what other builders do
//! differently is left out. Any text gives facts; what BuildKit would refuse is one of them.

mod exec;
mod instructions;
mod lines;
mod refused;
mod scope;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use goready_model::{
    Dockerfile, DockerfileId, Instruction, Located, Place, PlatformArgument, Refusal, Stage,
    StageBase, StageId,
};

pub use self::instructions::shell_text;
use self::{
    instructions::{Pair, Reader},
    lines::Line,
    scope::Scope,
};
use crate::Source;

/// Parses a Dockerfile.
pub fn parse(source: &Source<'_>) -> Dockerfile {
    parse_given(source, &BTreeSet::new())
}

/// Parses a Dockerfile for builds that give these arguments: their defaults say nothing then.
pub fn parse_given(source: &Source<'_>, given: &BTreeSet<&str>) -> Dockerfile {
    let mut builder = Builder {
        dockerfile: Dockerfile {
            id: DockerfileId(0),
            file: source.file,
            path: source.path.to_owned(),
            global_arguments: Vec::new(),
            stages: Vec::new(),
            development: is_development(source.path),
            incomplete: false,
            refused: Vec::new(),
        },
        globals: Scope::global(source.file),
        scopes: Vec::new(),
        given,
    };
    for line in lines::read(source.file, source.text) {
        builder.line(&line);
    }
    builder.finish(source)
}

struct Builder<'g> {
    dockerfile: Dockerfile,
    globals: Scope,
    /// One a stage.
    scopes: Vec<Scope>,
    /// Arguments that some build sets.
    given: &'g BTreeSet<&'g str>,
}

impl Builder<'_> {
    fn line(&mut self, line: &Line) {
        self.dockerfile.refused.extend(refused::by_line(line));
        if !KEYWORDS.contains(&line.keyword.as_str()) {
            self.refuse(
                line.keyword_place,
                format!("unknown instruction `{}`", line.keyword),
                "write an instruction of the Dockerfile reference, or end the line before with `\\`",
            );
            self.dockerfile.incomplete = true;
            return;
        }
        match line.keyword.as_str() {
            "FROM" => self.from(line),
            "ARG" if self.dockerfile.stages.is_empty() => {
                let reader = Reader::new(line);
                for argument in reader.arguments(&self.globals) {
                    let before = self.globals.clone();
                    let default = effective_default(&argument, self.given);
                    self.globals.argument(&argument.name, default, &before);
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
            self.refuse(line.keyword_place, message, "start the file with `FROM`");
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
            if let Instruction::Arg(argument) = instruction {
                let default = effective_default(argument, self.given);
                scope.argument(&argument.name, default, &self.globals);
            }
        }
        if found.is_empty() && line.arguments.as_str().trim().is_empty() {
            self.dockerfile.refused.push(refused::without_argument(line));
        }
        stage.instructions.extend(found);
    }

    fn from(&mut self, line: &Line) {
        let reader = Reader::new(line);
        let Some(from) = reader.from() else {
            self.dockerfile.refused.push(refused::without_argument(line));
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

    fn refuse(&mut self, place: Place, message: String, help: &str) {
        self.dockerfile.refused.push(Refusal { place, message, help: help.to_owned() });
    }

    fn finish(mut self, source: &Source<'_>) -> Dockerfile {
        if self.dockerfile.stages.is_empty() {
            self.dockerfile.incomplete = true;
            if self.dockerfile.refused.is_empty() {
                let place = Place::new(source.file, 0, 0);
                self.refuse(place, "the file has no `FROM`".to_owned(), "start it with `FROM`");
            }
        }
        let own = refused::by_stages(&self.dockerfile, source.path);
        self.dockerfile.refused.extend(own);
        self.dockerfile.refused.sort_by_key(|it| it.place);
        if !refused::is_dockerfile(source.text) {
            self.dockerfile.refused.clear();
        }
        self.dockerfile
    }
}

/// The default that counts: none of an argument that is given.
fn effective_default<'a>(
    argument: &'a PlatformArgument,
    given: &BTreeSet<&str>,
) -> Option<&'a Located<String>> {
    argument.default.as_ref().filter(|_| !given.contains(argument.name.value.as_str()))
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
const DEVELOPMENT: [&str; 13] = [
    "dev",
    "devel",
    "development",
    "devcontainer",
    "test",
    "tests",
    "testing",
    "e2e",
    "debug",
    "delve",
    "bench",
    "hotreload",
    "livereload",
];
