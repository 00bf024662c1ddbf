//! Command lines that build images: docker, buildx, podman, buildah, kaniko and ko.

use goready_model::{ImagePush, Located, Place, Platform};
use goready_parse::build::{
    expand::{Lookup, is_resolved},
    go_command::Word,
};

use super::{paths, shell::Event};

/// An image that a command line builds, paths still in the terms of its shell.
#[derive(Debug, Clone)]
pub(super) struct ImageBuild {
    pub(super) push: ImagePush,
    /// Absolute.
    pub(super) context: Option<String>,
    /// Absolute.
    pub(super) dockerfile: Option<String>,
    /// Absolute (ko).
    pub(super) main_dir: Option<String>,
}

/// Reads a command that starts at the tool.
pub(super) fn read(
    words: &[Word],
    place: Place,
    directory: &str,
    variables: &dyn Lookup,
) -> Vec<Event> {
    let Some((tool, rest)) = words.split_first() else { return Vec::new() };
    let name = paths::base_name(&tool.text);
    // Options of the tool itself stand in front of its command.
    let skip = rest.iter().take_while(|it| it.text.starts_with('-')).count();
    let command = rest.get(skip..).unwrap_or(&[]);
    let texts: Vec<&str> = command.iter().take(3).map(|it| it.text.as_str()).collect();
    let (kind, used) = match (name, &*texts) {
        ("executor", _) => (Kind::Kaniko, 0),
        ("ko", ["build" | "publish", ..]) => (Kind::Ko, 1),
        ("ko", ["apply" | "resolve" | "create", ..]) => return Vec::new(),
        (_, ["build" | "bud", ..]) => (Kind::Build, 1),
        (_, ["buildx" | "image" | "builder", "build", ..]) => (Kind::Build, 2),
        (_, ["tag", ..]) => return tag(&command[1..]),
        (_, ["image", "tag", ..]) => return tag(&command[2..]),
        (_, ["push", ..]) => return push(&command[1..]),
        (_, ["image" | "manifest", "push", ..]) => return push(&command[2..]),
        _ => return Vec::new(),
    };
    let arguments = if matches!(kind, Kind::Kaniko) { rest } else { &command[used..] };
    let mut reader = Reader::new(kind, place, directory);
    reader.read(arguments);
    vec![Event::Image(Box::new(reader.finish(variables)))]
}

fn push(words: &[Word]) -> Vec<Event> {
    let names = words.iter().filter(|it| !it.text.starts_with('-'));
    names.map(|it| Event::Push { image: Located::new(it.text.clone(), it.place) }).collect()
}

fn tag(words: &[Word]) -> Vec<Event> {
    match words {
        [from, to, ..] => vec![Event::Tag {
            from: from.text.clone(),
            to: Located::new(to.text.clone(), to.place),
        }],
        _ => Vec::new(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Build,
    Kaniko,
    Ko,
}

struct Reader<'d> {
    kind: Kind,
    directory: &'d str,
    found: ImageBuild,
    positional: Vec<String>,
}

impl<'d> Reader<'d> {
    fn new(kind: Kind, place: Place, directory: &'d str) -> Self {
        let source = match kind {
            Kind::Build => "docker build",
            Kind::Kaniko => "kaniko",
            Kind::Ko => "ko build",
        };
        let push = ImagePush {
            images: Vec::new(),
            dockerfile: None,
            context: None,
            target: None,
            arguments: Vec::new(),
            platforms: Vec::new(),
            platforms_unresolved: false,
            push: kind != Kind::Build,
            place,
            source,
            confidence: 0.85,
            main_dir: None,
        };
        let found = ImageBuild { push, context: None, dockerfile: None, main_dir: None };
        Self { kind, directory, found, positional: Vec::new() }
    }

    fn read(&mut self, words: &[Word]) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            if !text.starts_with('-') || text == "-" {
                self.positional.push(text.to_owned());
                continue;
            }
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some((value.to_owned(), word))),
                None if SWITCHES.contains(&text) => (text, None),
                // `-tname`.
                None if text.len() > 2 && !text.starts_with("--") && text.is_char_boundary(2) => {
                    (&text[..2], Some((text[2..].to_owned(), word)))
                }
                None => (text, words.next().map(|it| (it.text.clone(), it))),
            };
            self.option(name, value);
        }
    }

    fn option(&mut self, name: &str, value: Option<(String, &Word)>) {
        let push = &mut self.found.push;
        if name == "--push" {
            push.push = value.is_none_or(|(it, _)| it != "false");
            return;
        }
        let Some((value, word)) = value else { return };
        let (place, verbatim) = (word.place, word.verbatim);
        match (self.kind, name) {
            (Kind::Build, "-t" | "--tag") | (Kind::Kaniko, "--destination" | "-d") => {
                push.images.push(Located::new(value, place));
            }
            (Kind::Build, "-f" | "--file") | (Kind::Kaniko, "--dockerfile" | "-f") => {
                self.found.dockerfile = Some(value);
            }
            (Kind::Kaniko, "--context" | "-c") => {
                let path = value.trim_start_matches("dir://").to_owned();
                self.found.context = Some(path);
            }
            (_, "--target") => push.target = Some(value).filter(|it| is_resolved(it)),
            (_, "--platform" | "--custom-platform") => {
                let before = push.platforms.len();
                platforms(&value, place, &mut push.platforms, &mut push.platforms_unresolved);
                // One platform from a variable is the caller's choice, and the next call's is
                // another one.
                push.platforms_unresolved |= !verbatim && push.platforms.len() == before + 1;
            }
            (_, "--build-arg") => {
                push.arguments.extend(value.split('=').next().map(str::to_owned));
            }
            (Kind::Build, "-o" | "--output") => {
                push.push |= value.contains("push=true") || value.contains("type=registry");
            }
            _ => {}
        }
    }

    fn finish(mut self, variables: &dyn Lookup) -> ImageBuild {
        match self.kind {
            Kind::Build => {
                let context = self.positional.first().cloned().unwrap_or_else(|| ".".to_owned());
                if context != "-" && !context.contains("://") {
                    self.found.context = Some(paths::join(self.directory, &context));
                }
            }
            Kind::Kaniko => {
                self.found.context = self.found.context.map(|it| paths::join(self.directory, &it));
            }
            Kind::Ko => {
                let package = self.positional.first().map_or(".", String::as_str);
                self.found.main_dir = Some(paths::join(self.directory, package));
                if let Some(repository) = variables.variable("KO_DOCKER_REPO") {
                    let name = format!("{}/{}", repository.join(" "), paths::base_name(package));
                    self.found.push.images.push(Located::new(name, self.found.push.place));
                }
                return self.found;
            }
        }
        // Without a name it is the context's Dockerfile.
        self.found.dockerfile = match (self.found.dockerfile.take(), &self.found.context) {
            (Some(path), _) => Some(paths::join(self.directory, &path)),
            (None, Some(context)) => Some(paths::join(context, "Dockerfile")),
            (None, None) => None,
        };
        self.found
    }
}

/// Adds a comma-separated platform list.
pub(super) fn platforms(
    text: &str,
    place: Place,
    found: &mut Vec<Located<Platform>>,
    unknown: &mut bool,
) {
    for item in text.split([',', ' ', '\n']).filter(|it| !it.trim().is_empty()) {
        match Platform::parse(item) {
            Some(platform) => found.push(Located::new(platform, place)),
            None => *unknown = true,
        }
    }
}

/// Options without a value (docker buildx build, buildah, ko, kaniko).
const SWITCHES: [&str; 22] = [
    "--bare",
    "--base-import-paths",
    "--cleanup",
    "--compress",
    "--force-rm",
    "--layers",
    "--load",
    "--no-cache",
    "--no-push",
    "--oci-layout-path",
    "--pull",
    "--push",
    "--quiet",
    "--rm",
    "--single-snapshot",
    "--skip-tls-verify",
    "--squash",
    "-B",
    "-P",
    "-q",
    "--debug",
    "-D",
];
