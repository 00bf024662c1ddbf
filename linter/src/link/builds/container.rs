//! `docker run` of a tool on the repository: what runs in the container, seen from outside of it.
//!
//! Paths below a mounted directory are those of the directory itself. A command that works
//! elsewhere in the container touches nothing of the repository and is left out.

use goready_model::Located;
use goready_parse::build::{
    expand::{UNKNOWN, is_resolved},
    go_command::Word,
};

use super::paths;

/// A command in a container.
#[derive(Debug)]
pub(super) struct ContainerRun {
    pub(super) command: Vec<Word>,
    /// In the caller's terms.
    pub(super) directory: String,
    /// `-e NAME=value`.
    pub(super) environment: Vec<(String, Located<String>)>,
    /// `-e NAME`: the caller's value.
    pub(super) inherited: Vec<String>,
    pub(super) image: String,
}

/// Reads the words behind `docker run`.
pub(super) fn read(words: &[Word], directory: &str) -> Option<ContainerRun> {
    let mut options = Options::default();
    let mut rest = words;
    while let Some((word, tail)) = rest.split_first() {
        let text = word.text.as_str();
        if !text.starts_with('-') {
            // A variable in front of the image holds more options.
            let holds_options = text.starts_with("${") && text.ends_with('}');
            let image_follows =
                tail.iter().find(|it| !it.text.starts_with('-')).is_some_and(is_go_image);
            if holds_options && image_follows {
                rest = tail;
                continue;
            }
            break;
        }
        rest = tail;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) if text.starts_with("--") => (name, Some(value.to_owned())),
            _ if is_switch(text) => (text, None),
            _ => {
                let value = rest.first().map(|it| it.text.clone());
                rest = rest.get(1..).unwrap_or(&[]);
                (text, value)
            }
        };
        if let Some(value) = value {
            options.set(name, value, word, directory);
        }
    }
    let (image, arguments) = rest.split_first()?;
    options.finish(image, arguments, directory)
}

fn is_go_image(word: &Word) -> bool {
    paths::base_name(&word.text).starts_with("golang")
}

#[derive(Debug, Default)]
struct Options {
    /// The caller's path, and the container's.
    mounts: Vec<(String, String)>,
    work: Option<String>,
    entry: Option<Word>,
    environment: Vec<(String, Located<String>)>,
    inherited: Vec<String>,
}

impl Options {
    fn set(&mut self, name: &str, value: String, word: &Word, directory: &str) {
        match name {
            "-v" | "--volume" => {
                let mut parts = value.split(':');
                if let (Some(from), Some(to)) = (parts.next(), parts.next()) {
                    self.mount(from, to, directory);
                }
            }
            "--mount" => {
                let field = |keys: [&str; 3]| {
                    value.split(',').find_map(|it| {
                        let (key, value) = it.split_once('=')?;
                        keys.contains(&key).then_some(value)
                    })
                };
                let from = field(["source", "src", "source"]);
                let to = field(["target", "destination", "dst"]);
                if let (Some(from), Some(to)) = (from, to) {
                    self.mount(from, to, directory);
                }
            }
            "-w" | "--workdir" => self.work = Some(value),
            "--entrypoint" => self.entry = Some(Word { text: value, ..word.clone() }),
            "-e" | "--env" => match value.split_once('=') {
                Some((name, value)) => {
                    let value = Located::new(value.to_owned(), word.place);
                    self.environment.push((name.to_owned(), value));
                }
                None => self.inherited.push(value),
            },
            _ => {}
        }
    }

    fn mount(&mut self, from: &str, to: &str, directory: &str) {
        // A named volume has no slash.
        let is_path = from.starts_with(['.', '/', '~']) || from.starts_with(paths::ROOT);
        let to = to.trim_end_matches('/');
        if is_path && is_resolved(from) && is_resolved(to) && !to.is_empty() {
            self.mounts.push((paths::join(directory, from), to.to_owned()));
        }
    }

    fn finish(self, image: &Word, arguments: &[Word], directory: &str) -> Option<ContainerRun> {
        let entry = self.entry.as_ref().filter(|it| !it.text.is_empty());
        let command = entry.into_iter().chain(arguments).map(|it| self.outside(it)).collect();
        let work = self.work.as_deref().unwrap_or("/");
        let outside = self.outside_text(work);
        // Without a directory of the repository the command may still change into one.
        let directory = match outside {
            Some(it) => paths::join(directory, &it),
            None if work == "/" => "/".to_owned(),
            None => UNKNOWN.to_owned(),
        };
        (!self.mounts.is_empty()).then_some(ContainerRun {
            command,
            directory,
            environment: self.environment,
            inherited: self.inherited,
            image: image.text.clone(),
        })
    }

    /// A word with the container's paths as the caller's.
    fn outside(&self, word: &Word) -> Word {
        match self.outside_text(&word.text) {
            Some(text) => Word { text, verbatim: false, inside: None, ..word.clone() },
            None => word.clone(),
        }
    }

    /// A text with every mounted path replaced; `None` when there is none in it.
    fn outside_text(&self, text: &str) -> Option<String> {
        let mut found = String::new();
        let mut at = 0;
        let is_path = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '/');
        let mut changed = false;
        while let Some(next) = text.get(at..).and_then(|it| it.chars().next()) {
            let rest = &text[at..];
            let starts = !text[..at].ends_with(is_path);
            let mount = self.mounts.iter().filter(|(_, to)| {
                rest.strip_prefix(to.as_str())
                    .is_some_and(|it| it.starts_with('/') || !it.starts_with(is_path))
            });
            match mount.max_by_key(|(_, to)| to.len()).filter(|_| starts) {
                Some((from, to)) => {
                    found.push_str(from);
                    at += to.len();
                    changed = true;
                }
                None => {
                    found.push(next);
                    at += next.len_utf8();
                }
            }
        }
        changed.then_some(found)
    }
}

/// Options of `docker run` without a value, and several short ones in one word.
fn is_switch(text: &str) -> bool {
    const LONG: [&str; 11] = [
        "--rm",
        "--init",
        "--privileged",
        "--read-only",
        "--detach",
        "--interactive",
        "--tty",
        "--quiet",
        "--publish-all",
        "--no-healthcheck",
        "--oom-kill-disable",
    ];
    match text.strip_prefix("--") {
        Some(_) => LONG.contains(&text),
        None => text.len() > 1 && text[1..].chars().all(|it| "itdPq".contains(it)),
    }
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, Place};

    use super::*;

    fn run(line: &str) -> Option<ContainerRun> {
        let word = |text: &str| Word {
            text: text.to_owned(),
            place: Place::new(FileId(0), 0, 0),
            verbatim: true,
            inside: None,
        };
        let words: Vec<Word> = line.split(' ').map(word).collect();
        read(&words, "@")
    }

    #[test]
    fn mounted_paths_are_those_of_the_caller() {
        for (line, expected) in [
            (
                "--rm -it -v @:/src -w /src/cmd golang:1.26 go build -o /src/bin/api .",
                Some(("@/cmd", "go build -o @/bin/api .")),
            ),
            (
                "--rm --volume=./sub:/go/src/x --workdir=/go/src/x -e A=b golang go build .",
                Some(("@/sub", "go build .")),
            ),
            (
                "--mount type=bind,source=@,target=/w -w /w --entrypoint go golang build .",
                Some(("@", "go build .")),
            ),
            ("-v @:/src ${OPTS} golang:1 make -C /src", Some(("/", "make -C @"))),
            ("-v @:/src -w /srcs golang:1 go build /srcs", Some((UNKNOWN, "go build /srcs"))),
            ("-v cache:/root/.cache golang:1 go build .", None),
            ("--rm -v @:/src", None),
        ] {
            let found = run(line);
            let text = |it: &ContainerRun| {
                let words: Vec<&str> = it.command.iter().map(|it| it.text.as_str()).collect();
                (it.directory.clone(), words.join(" "))
            };
            let expected = expected.map(|(at, command)| (at.to_owned(), command.to_owned()));
            assert_eq!(found.as_ref().map(text), expected, "{line}");
        }
    }
}
