//! Runs shell scripts, Makefiles and jobs without running them: follows directory, variables and
//! calls into other files, and notes each build, image build and copied file in order.
//!
//! Every branch is taken once, loops run over the words that are known. Whether a command
//! succeeds is not asked.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{
    Build, FileId, JobStep, Located, Makefile, Place, Recipes, Script, ShellWord, SimpleCommand,
    Statement,
};
use goready_parse::build::{
    expand::{self, Lookup, PLATFORM_VARIABLES, UNKNOWN, is_resolved, unresolved},
    go_command::{self, Toolchain, Word},
    make::Make,
    shell,
};

use super::{container, docker, paths};

/// Calls of scripts, targets and functions inside each other that are followed.
const MAX_DEPTH: usize = 12;
/// Makefiles that one may include.
const MAX_INCLUDES: usize = 64;
/// Commands that one entry may run.
const MAX_COMMANDS: usize = 20_000;

/// The files a script can reach.
pub(super) trait World {
    /// What a path, absolute in the script's own terms, runs: one file, or several when a part
    /// of the path is not known.
    fn recipes(&self, path: &str) -> Vec<Found<'_>>;

    /// Files of a directory whose path below it is one that the pattern may name.
    fn listing(&self, directory: &str, pattern: &str) -> Vec<String>;
}

/// A file that runs something.
#[derive(Debug, Clone)]
pub(super) struct Found<'w> {
    /// In the script's own terms, every part known.
    pub(super) path: String,
    pub(super) file: FileId,
    pub(super) recipes: &'w Recipes,
}

/// Something a script does.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// The build's `dir` and `output` are as written; `directory` is where it runs.
    Build {
        build: Box<Build>,
        directory: String,
    },
    Image(Box<docker::ImageBuild>),
    /// `docker manifest create`.
    List(docker::ManifestList),
    /// `docker push name`.
    Push {
        image: Located<String>,
    },
    /// `docker tag name other`.
    Tag {
        from: String,
        to: Located<String>,
    },
    /// `cp`, `mv`, `install`: absolute paths.
    Copy {
        from: String,
        to: String,
    },
    /// A binary loses its symbol table.
    Strip {
        path: String,
    },
}

/// A variable's value.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) items: Vec<String>,
    pub(super) place: Option<Place>,
    pub(super) exported: bool,
    /// The value stands there as text, not through another variable that a caller may set.
    pub(super) literal: bool,
}

/// The state of a shell.
pub(super) struct Shell<'w> {
    world: &'w dyn World,
    pub(super) variables: BTreeMap<String, Variable>,
    /// Set by `go env -w`; the environment wins.
    pub(super) go_env: BTreeMap<String, Located<String>>,
    pub(super) directory: String,
    pub(super) toolchain: Toolchain,
    pub(super) events: Vec<Event>,
    functions: BTreeMap<String, Script>,
    /// Path of the script that runs.
    script: String,
    file: FileId,
    via: Vec<Place>,
    /// Scripts that run inside each other.
    scripts: Vec<FileId>,
    /// The make target or function that runs, for its name.
    names: Vec<String>,
    commands: usize,
    /// Prerequisites of targets are not made, unless only a pattern makes them.
    shallow: bool,
    /// Patterns of which some target was made.
    pub(super) patterns: BTreeSet<String>,
}

impl<'w> Shell<'w> {
    pub(super) fn new(world: &'w dyn World, file: FileId, directory: &str) -> Self {
        Self {
            world,
            variables: BTreeMap::new(),
            go_env: BTreeMap::new(),
            directory: directory.to_owned(),
            toolchain: Toolchain::default(),
            events: Vec::new(),
            functions: BTreeMap::new(),
            script: String::new(),
            file,
            via: Vec::new(),
            scripts: Vec::new(),
            names: Vec::new(),
            commands: 0,
            shallow: false,
            patterns: BTreeSet::new(),
        }
    }

    pub(super) fn export(&mut self, name: &str, value: &Located<String>) {
        let variable = Variable {
            items: vec![value.value.clone()],
            place: Some(value.place),
            exported: true,
            literal: true,
        };
        self.variables.insert(name.to_owned(), variable);
    }

    /// Runs a script file as if it were called.
    pub(super) fn run_file(&mut self, path: &str, script: &Script) {
        self.script = path.to_owned();
        self.scripts.push(self.file);
        self.run(script);
        self.scripts.pop();
    }

    /// Runs a step of a job.
    pub(super) fn run_step(&mut self, step: &JobStep) {
        let before = (self.variables.clone(), self.directory.clone());
        for assignment in &step.environment {
            self.assign(assignment, true);
        }
        if let Some(directory) = &step.directory {
            self.directory = paths::of_repository(directory);
        }
        self.run(&step.script);
        (self.variables, self.directory) = before;
    }

    pub(super) fn run(&mut self, script: &Script) {
        for statement in &script.statements {
            if self.commands >= MAX_COMMANDS {
                return;
            }
            match statement {
                Statement::Command(command) => self.command(command),
                Statement::For { variable, words, body } => self.for_loop(variable, words, body),
                Statement::Group { body, subshell: false } => self.run(body),
                Statement::Group { body, subshell: true } => {
                    let before = (self.variables.clone(), self.directory.clone());
                    self.run(body);
                    (self.variables, self.directory) = before;
                }
                Statement::Function { name, body } => {
                    self.functions.insert(name.clone(), body.clone());
                }
            }
        }
    }

    fn for_loop(&mut self, variable: &str, words: &[ShellWord], body: &Script) {
        let place = words.first().map(|it| it.place);
        let mut items: Vec<String> =
            words.iter().flat_map(|it| expand::fields(&it.parts, &*self)).collect();
        items.truncate(32);
        if items.is_empty() {
            items.push(unresolved(variable));
        }
        for item in items {
            let value = Variable { items: vec![item], place, exported: false, literal: true };
            self.variables.insert(variable.to_owned(), value);
            self.run(body);
        }
    }

    fn assign(&mut self, assignment: &goready_model::ShellAssignment, export: bool) {
        let mut items: Vec<String> = match &*assignment.values {
            [] => vec![String::new()],
            [one] => vec![expand::text(&one.parts, &*self)],
            several => several.iter().flat_map(|it| expand::fields(&it.parts, &*self)).collect(),
        };
        let before = self.variables.get(&assignment.name);
        if assignment.append
            && let Some(before) = before
        {
            let mut all = before.items.clone();
            match (&mut *all, &*items) {
                ([only], [more]) => only.push_str(more),
                _ => all.append(&mut items),
            }
            items = all;
        }
        let exported = export || before.is_some_and(|it| it.exported);
        let place = assignment.values.first().map_or(assignment.place, |it| it.place);
        let literal = assignment.values.iter().all(|it| it.verbatim && it.literal().is_some());
        let variable = Variable { items, place: Some(place), exported, literal };
        self.variables.insert(assignment.name.clone(), variable);
    }

    fn command(&mut self, command: &SimpleCommand) {
        self.commands += 1;
        let words: Vec<Word> = command.words.iter().flat_map(|it| self.words(it)).collect();
        if words.is_empty() {
            for assignment in &command.assignments {
                self.assign(assignment, false);
            }
            return;
        }
        if command.assignments.is_empty() {
            self.words_of_command(&words, command);
            return;
        }
        let before = self.variables.clone();
        for assignment in &command.assignments {
            self.assign(assignment, true);
        }
        self.words_of_command(&words, command);
        self.variables = before;
    }

    /// One word as the words its expansion gives; only an unchanged one can be edited.
    fn words(&self, word: &ShellWord) -> Vec<Word> {
        let literal = word.literal().is_some();
        let mut fields = expand::fields(&word.parts, self);
        if fields.is_empty() && literal {
            fields.push(String::new());
        }
        let verbatim = word.verbatim && (literal || fields.len() == 1);
        fields
            .into_iter()
            .map(|text| Word {
                text,
                place: word.place,
                verbatim,
                inside: word.inside.filter(|_| verbatim),
            })
            .collect()
    }

    fn words_of_command(&mut self, words: &[Word], command: &SimpleCommand) {
        let Some((first, rest)) = words.split_first() else { return };
        if self.via.len() + self.names.len() > MAX_DEPTH {
            return;
        }
        if let Some(body) = self.functions.get(&first.text).cloned() {
            self.names.push(first.text.clone());
            self.run(&body);
            self.names.pop();
            return;
        }
        match paths::base_name(&first.text) {
            "env" => self.with_environment(rest, command),
            "sudo" | "exec" | "command" | "time" | "nice" | "nohup" | "builtin" | "doas"
            | "then" | "retry" | "\\" => {
                let skip = rest.iter().take_while(|it| it.text.starts_with('-')).count();
                self.words_of_command(rest.get(skip..).unwrap_or(&[]), command);
            }
            "cd" | "pushd" => {
                let target = rest.iter().find(|it| !it.text.starts_with('-'));
                let target = target.map_or_else(|| "~".to_owned(), |it| it.text.clone());
                self.directory = paths::join(&self.directory, &target);
            }
            "export" | "declare" | "typeset" | "readonly" | "local" => {
                self.declaration(rest, first.text == "export");
            }
            "unset" => {
                for word in rest {
                    self.variables.remove(&word.text);
                }
            }
            "." | "source" => {
                if let Some(path) = rest.first() {
                    let path = paths::join(&self.directory, &path.text);
                    self.call_script(&path, command.place, true);
                }
            }
            "eval" => self.evaluate(rest),
            "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" => self.shell(rest, command),
            "make" | "gmake" | "mingw32-make" => self.make(rest, command),
            // `$(GO)` of a Makefile that does not say which.
            "go" | "go.exe" | "${GO}" | "${GOCMD}" => self.go(words),
            // tonistiigi/xx: `--wrap` makes every later `go` one for the target.
            "xx-go" | "goxx-go" if rest.first().is_some_and(|it| it.text == "--wrap") => {
                let target = Located::new(unresolved("TARGETARCH"), first.place);
                self.go_env.insert("GOARCH".to_owned(), target);
            }
            "xx-go" | "goxx-go" => {
                let target = Located::new(unresolved("TARGETARCH"), first.place);
                let before = self.variables.clone();
                self.export("GOARCH", &target);
                self.go(words);
                self.variables = before;
            }
            "docker" | "podman" | "nerdctl" if rest.first().is_some_and(|it| it.text == "run") => {
                self.container(rest.get(1..).unwrap_or(&[]), command);
            }
            "docker" | "podman" | "nerdctl" | "buildah" | "executor" | "ko" | "depot"
            // What Google's build image calls docker buildx (kubernetes/test-infra).
            | "buildx-entrypoint" | "docker-buildx" | "buildx" => {
                let events = docker::read(words, command.place, &self.directory, &*self);
                self.events.extend(events);
            }
            "strip" => self.strip(rest),
            "upx" => {
                for word in rest.iter().filter(|it| !it.text.starts_with('-')) {
                    let path = paths::join(&self.directory, &word.text);
                    self.events.push(Event::Strip { path });
                }
            }
            "cp" | "mv" | "install" | "ln" => self.copy(rest),
            "apk" | "apt-get" | "apt" | "yum" | "dnf" | "microdnf" | "zypper" => self.install(rest),
            _ if first.text.contains('/') => {
                let path = paths::join(&self.directory, &first.text);
                self.call_script(&path, command.place, false);
            }
            _ => {}
        }
    }

    /// `docker run`: its command sees nothing of the caller but what it is given.
    fn container(&mut self, words: &[Word], command: &SimpleCommand) {
        let Some(run) = container::read(words, &self.directory) else { return };
        let given = run.inherited.into_iter().filter_map(|name| {
            let variable = self.variables.get(&name)?.clone();
            Some((name, Variable { exported: true, ..variable }))
        });
        let variables = given.collect();
        let before = (
            std::mem::replace(&mut self.variables, variables),
            std::mem::replace(&mut self.directory, run.directory),
            std::mem::take(&mut self.go_env),
            self.toolchain,
        );
        for (name, value) in &run.environment {
            self.export(name, value);
        }
        // The official image has gcc, but for its Alpine variant (docker-library/golang).
        let is_go = paths::base_name(&run.image).starts_with("golang");
        self.toolchain.c_compiler = is_go.then(|| !run.image.contains("alpine"));
        self.words_of_command(&run.command, command);
        (self.variables, self.directory, self.go_env, self.toolchain) = before;
    }

    fn with_environment(&mut self, words: &[Word], command: &SimpleCommand) {
        let before = self.variables.clone();
        let mut rest = words;
        while let Some((word, tail)) = rest.split_first() {
            if let Some((name, value)) = word.text.split_once('=')
                && !name.starts_with('-')
            {
                self.export(name, &Located::new(value.to_owned(), word.place));
                if let Some(variable) = self.variables.get_mut(name) {
                    variable.literal = word.verbatim;
                }
            } else if !word.text.starts_with('-') {
                break;
            }
            rest = tail;
        }
        self.words_of_command(rest, command);
        self.variables = before;
    }

    fn declaration(&mut self, words: &[Word], export: bool) {
        for word in words.iter().filter(|it| !it.text.starts_with('-')) {
            let (name, value) = match word.text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.text.as_str(), None),
            };
            match (value, self.variables.get_mut(name)) {
                (Some(value), before) => {
                    let exported = export || before.is_some_and(|it| it.exported);
                    let items = vec![value.to_owned()];
                    let literal = word.verbatim;
                    let variable = Variable { items, place: Some(word.place), exported, literal };
                    self.variables.insert(name.to_owned(), variable);
                }
                (None, Some(before)) => before.exported |= export,
                (None, None) => {}
            }
        }
    }

    fn evaluate(&mut self, words: &[Word]) {
        let text: Vec<&str> = words.iter().map(|it| it.text.as_str()).collect();
        if let Some(first) = words.first() {
            self.run_text(&text.join(" "), first.place);
        }
    }

    fn run_text(&mut self, text: &str, place: Place) {
        let mut source = goready_model::SourceText::default();
        source.push_replaced(text, place.at);
        self.names.push(String::new());
        let script = shell::parse(&source);
        self.run(&script);
        self.names.pop();
    }

    fn shell(&mut self, words: &[Word], command: &SimpleCommand) {
        for (index, word) in words.iter().enumerate() {
            if let Some(flags) = word.text.strip_prefix('-') {
                if flags.contains('c') && !flags.starts_with('-') {
                    if let Some(text) = words.get(index + 1) {
                        let before = (self.variables.clone(), self.directory.clone());
                        self.run_text(&text.text, text.place);
                        (self.variables, self.directory) = before;
                    }
                    return;
                }
                continue;
            }
            let path = paths::join(&self.directory, &word.text);
            self.call_script(&path, command.place, false);
            return;
        }
    }

    /// Runs a script of the repository; sourced ones keep what they set.
    fn call_script(&mut self, path: &str, at: Place, sourced: bool) {
        for found in self.world.recipes(path) {
            let Recipes::Script(script) = found.recipes else { continue };
            // A script that calls itself does again what it did.
            if self.scripts.contains(&found.file) {
                continue;
            }
            self.scripts.push(found.file);
            let before = (self.variables.clone(), self.directory.clone());
            let caller = (self.file, std::mem::replace(&mut self.script, found.path));
            self.file = found.file;
            self.via.push(at);
            self.run(script);
            self.via.pop();
            (self.file, self.script) = caller;
            self.scripts.pop();
            if !sourced {
                (self.variables, self.directory) = before;
            }
        }
    }

    /// `make [-C dir] [-f file] [NAME=value] targets`.
    fn make(&mut self, words: &[Word], command: &SimpleCommand) {
        let mut directory = self.directory.clone();
        let mut names = vec!["GNUmakefile", "makefile", "Makefile"];
        let mut arguments = BTreeMap::new();
        let mut targets = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.text.as_str() {
                "-C" | "--directory" => {
                    let target = words.next().map_or("", |it| it.text.as_str());
                    directory = paths::join(&directory, target);
                }
                "-f" | "--file" | "--makefile" => {
                    names = words.next().map(|it| it.text.as_str()).into_iter().collect();
                }
                "-j" | "-I" | "-o" | "-W" => {
                    words.next();
                }
                text if text.starts_with('-') => {
                    if let Some(target) = text.strip_prefix("--directory=") {
                        directory = paths::join(&directory, target);
                    }
                }
                text => match text.split_once('=') {
                    Some((name, value)) => {
                        let name = name.trim_end_matches([':', '?', '+']);
                        arguments.insert(name.to_owned(), value.to_owned());
                    }
                    None => targets.push(text.to_owned()),
                },
            }
        }
        let found = names
            .iter()
            .map(|it| self.world.recipes(&paths::join(&directory, it)))
            .find(|it| !it.is_empty())
            .unwrap_or_default();
        for Found { path, file, recipes } in found {
            let Recipes::Makefile(makefile) = recipes else { continue };
            let before = (self.variables.clone(), self.directory.clone(), self.file);
            // A directory with an unknown part is the one of the file that was found.
            let directory =
                if is_resolved(&directory) { directory.clone() } else { paths::parent(&path) };
            self.file = file;
            self.via.push(command.place);
            self.run_make(makefile, &directory, arguments.clone(), &targets);
            self.via.pop();
            (self.variables, self.directory, self.file) = before;
        }
    }

    /// Makes one target, and what it needs only where the target sets variables for that: every
    /// other target is an entry of its own.
    pub(super) fn run_target(&mut self, make: &Make<'_>, target: &str) {
        let sets =
            make.files.iter().flat_map(|it| &it.variables).any(|it| {
                it.target.as_deref().is_some_and(|it| it.split(' ').any(|it| it == target))
            });
        self.shallow = !sets;
        self.target(make, target, &mut Vec::new(), &mut Vec::new());
        self.shallow = false;
    }

    /// Makes targets, the default one when there are none.
    pub(super) fn run_make(
        &mut self,
        makefile: &Makefile,
        directory: &str,
        arguments: BTreeMap<String, String>,
        targets: &[String],
    ) {
        let mut files = vec![makefile];
        self.includes(makefile, directory, &mut files);
        let variables = self.variables.clone();
        let environment =
            |name: &str| variables.get(name).filter(|it| it.exported).map(|it| it.items.join(" "));
        let listing = |pattern: &str| self.world.listing(directory, pattern);
        let mut make = Make::new(files, directory, &environment);
        make.arguments = arguments;
        make.listing = Some(&listing);
        let make = make.evaluated();
        let mut made = Vec::new();
        let default = if targets.is_empty() { make.default_target() } else { None };
        for target in targets.iter().chain(&default) {
            self.target(&make, target, &mut made, &mut Vec::new());
        }
    }

    /// Adds the Makefiles that one includes, relative to where make runs.
    pub(super) fn includes<'m>(
        &self,
        makefile: &'m Makefile,
        directory: &str,
        files: &mut Vec<&'m Makefile>,
    ) where
        'w: 'm,
    {
        for include in &makefile.includes {
            let name = {
                let make = Make::new(files.clone(), directory, &|_| None);
                make.text(&include.value)
            };
            for found in self.world.recipes(&paths::join(directory, &name)) {
                let Recipes::Makefile(included) = found.recipes else { continue };
                if files.len() < MAX_INCLUDES && !files.iter().any(|it| std::ptr::eq(*it, included))
                {
                    files.push(included);
                    self.includes(included, directory, files);
                }
            }
        }
    }

    /// Makes one target after what it needs. `parents` are the targets that need it.
    fn target(
        &mut self,
        make: &Make<'_>,
        target: &str,
        made: &mut Vec<String>,
        parents: &mut Vec<String>,
    ) {
        if made.iter().any(|it| it == target) || made.len() > 256 {
            return;
        }
        made.push(target.to_owned());
        let Some(goal) = make.goal(target, parents) else { return };
        parents.push(target.to_owned());
        for prerequisite in &goal.prerequisites {
            // A target of a pattern is no entry of its own.
            let pattern = make.pattern_of(prerequisite).filter(|_| is_resolved(prerequisite));
            if !self.shallow || pattern.is_some() {
                self.patterns.extend(pattern);
                self.target(make, prerequisite, made, parents);
            }
        }
        parents.pop();
        let before = (self.variables.clone(), self.directory.clone());
        self.names.push(target.to_owned());
        self.directory.clone_from(&make.directory);
        for export in &goal.exports {
            let (name, value) = &export.value;
            self.export(name, &Located::new(value.clone(), export.place));
        }
        for line in &goal.recipe {
            // Each line has a shell of its own.
            let before = (self.variables.clone(), self.directory.clone());
            self.run(&shell::parse(line));
            (self.variables, self.directory) = before;
        }
        self.names.pop();
        (self.variables, self.directory) = before;
    }

    fn go(&mut self, words: &[Word]) {
        if let [_, env, write, settings @ ..] = words
            && env.text == "env"
            && write.text == "-w"
        {
            for word in settings {
                if let Some((name, value)) = word.text.split_once('=') {
                    let value = Located::new(value.to_owned(), word.place);
                    self.go_env.insert(name.to_owned(), value);
                }
            }
            return;
        }
        let variable = |name: &str| self.go_variable(name);
        let Some(mut build) = go_command::read(words, &variable, self.toolchain, self.file) else {
            return;
        };
        build.via.clone_from(&self.via);
        build.goarch_open |=
            self.variables.get("GOARCH").is_some_and(|it| it.exported && !it.literal);
        build.debug |= self.names.iter().any(|it| is_debug_name(it));
        self.events
            .push(Event::Build { build: Box::new(build), directory: self.directory.clone() });
    }

    /// A variable as the go command sees it: the environment, then `go env -w`.
    fn go_variable(&self, name: &str) -> Option<Located<String>> {
        let variable = self.variables.get(name).filter(|it| it.exported);
        match variable {
            Some(it) => {
                let place = it.place?;
                Some(Located::new(it.items.join(" "), place))
            }
            None => self.go_env.get(name).cloned(),
        }
    }

    fn strip(&mut self, words: &[Word]) {
        // These leave the symbol table (binutils, strip).
        let keeps = ["-g", "-S", "-d", "--strip-debug", "--strip-dwo", "--only-keep-debug"];
        if words.iter().any(|it| keeps.contains(&it.text.as_str())) {
            return;
        }
        for word in words.iter().filter(|it| !it.text.starts_with('-')) {
            let path = paths::join(&self.directory, &word.text);
            self.events.push(Event::Strip { path });
        }
    }

    fn copy(&mut self, words: &[Word]) {
        let mut files: Vec<&Word> = words.iter().filter(|it| !it.text.starts_with('-')).collect();
        let Some(last) = files.pop() else { return };
        let several = files.len() > 1 || last.text.ends_with('/') || last.text == ".";
        for file in files {
            let from = paths::join(&self.directory, &file.text);
            let mut to = paths::join(&self.directory, &last.text);
            if several {
                to = paths::join(&to, paths::base_name(&file.text));
            }
            self.events.push(Event::Copy { from, to });
        }
    }

    /// A C compiler may come with a package.
    fn install(&mut self, words: &[Word]) {
        let adds = words.iter().any(|it| matches!(it.text.as_str(), "add" | "install"));
        let compiler = |it: &Word| {
            let name = it.text.split(['=', '~', ':']).next().unwrap_or("");
            matches!(
                name,
                "gcc" | "g++" | "clang" | "build-base" | "build-essential" | "alpine-sdk"
            )
        };
        if adds && words.iter().any(compiler) {
            self.toolchain.c_compiler = Some(true);
        }
    }
}

impl Lookup for Shell<'_> {
    fn variable(&self, name: &str) -> Option<Vec<String>> {
        if let Some(variable) = self.variables.get(name) {
            return Some(variable.items.clone());
        }
        match name {
            "PWD" => Some(vec![self.directory.clone()]),
            "0" | "BASH_SOURCE" | "BASH_SOURCE[0]" => {
                (!self.script.is_empty()).then(|| vec![self.script.clone()])
            }
            "GITHUB_WORKSPACE" | "CI_PROJECT_DIR" => Some(vec![paths::ROOT.to_owned()]),
            // Without `ARG` in its stage a platform variable is not set. Outside of containers
            // nobody sets it either.
            _ if PLATFORM_VARIABLES.contains(&name) => Some(vec![String::new()]),
            _ => None,
        }
    }

    fn substitution(&self, command: &str) -> Option<String> {
        if command.len() > 512 {
            return None;
        }
        let mut source = goready_model::SourceText::default();
        let start = goready_model::Span::new(self.file, 0, 0);
        source.push_replaced(command, start);
        let script = shell::parse(&source);
        let commands = script.commands();
        let fields = |command: &SimpleCommand| -> Vec<String> {
            command.words.iter().flat_map(|it| expand::fields(&it.parts, self)).collect()
        };
        let words = fields(commands.first()?);
        let texts: Vec<&str> = words.iter().map(String::as_str).collect();
        let value = match (&*texts, commands.get(1)) {
            (["pwd", ..], None) => self.directory.clone(),
            (["cd", to], Some(next)) if fields(next).first().is_some_and(|it| it == "pwd") => {
                paths::join(&self.directory, to)
            }
            (["dirname", path] | ["dirname", "--", path], None) => {
                paths::parent(&paths::join(&self.directory, path))
            }
            (["realpath" | "readlink", .., path], None) => paths::join(&self.directory, path),
            (["git", "rev-parse", "--show-toplevel"], None) => paths::ROOT.to_owned(),
            (["basename", path], None) => paths::base_name(path).to_owned(),
            (["echo", text @ ..], None) => text.join(" "),
            (["go", "env", "GOPATH"], None) => self.go_variable("GOPATH")?.value,
            _ => return None,
        };
        is_resolved(&value).then_some(value).or_else(|| Some(UNKNOWN.to_owned()))
    }
}

/// Whether a target or function says that what it builds is not for shipping.
fn is_debug_name(name: &str) -> bool {
    name.split(|it: char| !it.is_ascii_alphanumeric()).any(|it| {
        matches!(
            it.to_ascii_lowercase().as_str(),
            "debug" | "dev" | "test" | "tests" | "race" | "lint" | "bench" | "e2e" | "delve"
        )
    })
}
