//! Command lines that build images: docker, buildx, podman, buildah, kaniko and ko.

use goready_model::{ImagePush, Located, Place, Platform};
use goready_parse::build::{
    expand::{Lookup, UNKNOWN, is_resolved},
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
    /// Its one platform comes from a variable: another run may be for another one.
    pub(super) chosen: bool,
}

/// An image that other images make together.
#[derive(Debug, Clone)]
pub(super) struct ManifestList {
    pub(super) image: Located<String>,
    /// One for each platform.
    pub(super) parts: Vec<Located<String>>,
    /// It has other parts, which are not known.
    pub(super) open: bool,
    pub(super) place: Place,
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
        (_, ["manifest", "create" | "add", ..]) => return list(&command[2..], place),
        (_, ["manifest", "annotate", ..]) => return list(&command[2..], place),
        (_, ["buildx", "imagetools", "create", ..]) => return list(&command[3..], place),
        (_, ["tag", ..]) => return tag(&command[1..]),
        (_, ["image", "tag", ..]) => return tag(&command[2..]),
        (_, ["push", ..]) => return push(&command[1..]),
        (_, ["image", "push", ..]) => return push(&command[2..]),
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

/// `docker manifest create LIST PART...`, `podman manifest add LIST PART`, and
/// `docker buildx imagetools create -t LIST PART...`.
fn list(words: &[Word], place: Place) -> Vec<Event> {
    let mut named = Vec::new();
    let mut names = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let located = |text: &str| Located::new(text.to_owned(), word.place);
        match word.text.as_str() {
            "-t" | "--tag" => {
                named.extend(words.next().map(|it| Located::new(it.text.clone(), it.place)));
            }
            "--arch" | "--os" | "--variant" | "--os-version" | "--os-features" | "-f"
            | "--file" | "--annotation" | "--builder" | "--platform" => {
                words.next();
            }
            text if text.starts_with('-') => {
                named.extend(text.strip_prefix("--tag=").map(located));
            }
            text => names.push(located(text)),
        }
    }
    let image = match (named.is_empty(), names.is_empty()) {
        (false, _) => named.remove(0),
        (true, false) => names.remove(0),
        (true, true) => return Vec::new(),
    };
    let open = names.iter().any(|it| it.value == UNKNOWN);
    names.retain(|it| it.value != UNKNOWN);
    vec![Event::List(ManifestList { image, parts: names, open, place })]
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
            local: false,
            place,
            source,
            confidence: 0.85,
            main_dir: None,
        };
        let found =
            ImageBuild { push, context: None, dockerfile: None, main_dir: None, chosen: false };
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
        if let "--push" | "--load" | "--no-push" | "--local" | "-L" = name {
            let is_on = value.is_none_or(|(it, _)| it != "false");
            match (name, self.kind) {
                ("--push", _) => push.push = is_on,
                ("--load", Kind::Build) => push.local |= is_on,
                ("--no-push", Kind::Kaniko) | ("--local" | "-L", Kind::Ko) if is_on => {
                    (push.push, push.local) = (false, true);
                }
                _ => {}
            }
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
                self.found.chosen |= !verbatim && push.platforms.len() == before + 1;
            }
            (_, "--build-arg") => {
                push.arguments.extend(value.split('=').next().map(str::to_owned));
            }
            (Kind::Build, "-o" | "--output") => {
                push.push |= value.contains("push=true") || value.contains("type=registry");
                push.local |= stays_local(&value);
            }
            _ => {}
        }
    }

    fn finish(mut self, variables: &dyn Lookup) -> ImageBuild {
        self.found.push.local &= !self.found.push.push;
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
                    let repository = repository.join(" ");
                    // ko's names for the Docker daemon and for kind (ko.build/configuration).
                    if matches!(repository.as_str(), "ko.local" | "kind.local") {
                        (self.found.push.push, self.found.push.local) = (false, true);
                    }
                    let name = format!("{repository}/{}", paths::base_name(package));
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

/// Whether an exporter of `--output` writes files or loads the image: `type=docker`, `type=oci`,
/// `type=tar`, `type=local`, `type=cacheonly`, or a path alone.
fn stays_local(output: &str) -> bool {
    match output.split(',').find_map(|it| it.trim().strip_prefix("type=")) {
        Some(exporter) => {
            matches!(exporter, "docker" | "oci" | "tar" | "local" | "cacheonly")
        }
        None => is_resolved(output) && !output.contains('='),
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
const SWITCHES: [&str; 24] = [
    "--bare",
    "--base-import-paths",
    "--cleanup",
    "--compress",
    "--force-rm",
    "--layers",
    "--load",
    "--local",
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
    "-L",
    "-P",
    "-q",
    "--debug",
    "-D",
];
