//! What BuildKit refuses, and what it takes for something else than was meant.
//!
//! Followed are moby/buildkit `frontend/dockerfile/{parser,instructions,dockerfile2llb}` as of
//! 2026-08. Left out is what depends on the version of the frontend (flags) or on arguments that
//! are not known here. That a `COPY` of several sources needs a destination with a slash at its end
//! is in the reference, but BuildKit does not ask for it.

use goready_model::{CopyInstruction, Dockerfile, Instruction, Located, Place, Refusal, Stage};
use serde_json::Value;

use super::{
    exec,
    lines::{self, Line},
};
use crate::build::expand::is_resolved;

fn refusal(place: Place, message: impl Into<String>, help: impl Into<String>) -> Refusal {
    Refusal { place, message: message.into(), help: help.into() }
}

/// Whether the file is read by the Dockerfile frontend, as far as its text says: another frontend
/// has other instructions, and a template is none yet.
pub(super) fn is_dockerfile(text: &str) -> bool {
    let frontend = lines::directives(text).syntax;
    let known = frontend.is_none_or(|it| {
        let name = it.strip_prefix("docker.io/").unwrap_or(&it);
        let name = name.split([':', '@']).next().unwrap_or(name);
        matches!(name, "docker/dockerfile" | "docker/dockerfile-upstream")
    });
    let is_template = |line: &str| {
        let line = line.trim_start();
        // The last one stands for what a document leaves out.
        ["{{", "{%", "<%", "%%", "@@", "..."].iter().any(|it| line.starts_with(it))
    };
    known && !text.lines().any(is_template)
}

/// An instruction that says nothing.
pub(super) fn without_argument(line: &Line) -> Refusal {
    refusal(
        line.keyword_place,
        format!("`{}` needs an argument", line.keyword),
        "write the argument, or remove the line",
    )
}

/// What is wrong with one instruction by itself.
pub(super) fn by_line(line: &Line) -> Option<Refusal> {
    if let Some(heredoc) = line.heredocs.iter().find(|it| !it.terminated) {
        return Some(refusal(
            line.keyword_place,
            format!("the here document `<<{}` has no end", heredoc.name),
            format!("write `{}` alone on a line behind its text", heredoc.name),
        ));
    }
    let given = Arguments::behind_flags(line);
    match line.keyword.as_str() {
        "FROM" => from(line, &given),
        "ONBUILD" => on_build(&given),
        "COPY" | "ADD" => array(line, &given).or_else(|| destination(line, &given)),
        "SHELL" => array(line, &given).or_else(|| shell(line, &given)),
        "CMD" | "ENTRYPOINT" => array(line, &given).or_else(|| exec_form(line, &given)),
        "RUN" | "VOLUME" => array(line, &given),
        "HEALTHCHECK" => healthcheck(&given),
        "ENV" => env(&given),
        _ => None,
    }
}

/// The arguments of an instruction behind its flags.
struct Arguments<'l> {
    line: &'l Line,
    /// Offset in the line's arguments.
    start: usize,
    text: &'l str,
}

impl<'l> Arguments<'l> {
    fn behind_flags(line: &'l Line) -> Self {
        let all = line.arguments.as_str();
        let mut rest = all.trim_start();
        while rest.starts_with("--") {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or("").trim_start();
        }
        Self { line, start: all.len() - rest.len(), text: rest.trim_end() }
    }

    fn words(&self) -> Vec<&'l str> {
        self.text.split_whitespace().collect()
    }

    /// Where a part of the text stands, the whole without one.
    fn place(&self, part: &str) -> Place {
        let at = self.text.find(part).unwrap_or(0) + self.start;
        self.line.arguments.place(at..at + part.len()).unwrap_or(self.line.keyword_place)
    }
}

fn from(line: &Line, given: &Arguments<'_>) -> Option<Refusal> {
    match &*given.words() {
        [] | [_] => None,
        [_, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
            let lower = name.to_ascii_lowercase();
            let starts = lower.starts_with(|it: char| it.is_ascii_lowercase());
            let plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
            (!starts || !lower.chars().all(plain)).then(|| {
                refusal(
                    given.place(name),
                    format!("`{name}` is no name for a stage"),
                    "start it with a letter and use letters, digits, `-`, `_` and `.` only",
                )
            })
        }
        [_, second, ..] => Some(refusal(
            if second.starts_with('#') { given.place(second) } else { line.keyword_place },
            "`FROM` takes an image, or an image with `AS` and a name",
            "remove the other words; a comment needs a line of its own",
        )),
    }
}

fn on_build(given: &Arguments<'_>) -> Option<Refusal> {
    let word = given.words().first().copied()?;
    let trigger = word.to_ascii_uppercase();
    matches!(trigger.as_str(), "FROM" | "ONBUILD" | "MAINTAINER").then(|| {
        refusal(
            given.place(word),
            format!("`{trigger}` cannot be an `ONBUILD` trigger"),
            "write it as an instruction of its own",
        )
    })
}

/// An array of JSON that holds something else than strings is an error, not another form.
fn array(line: &Line, given: &Arguments<'_>) -> Option<Refusal> {
    let items: Vec<Value> = serde_json::from_str(given.text).ok()?;
    let item = items.iter().find(|it| !it.is_string())?;
    Some(refusal(
        given.place(given.text),
        format!("`{}` in exec form takes strings only, `{item}` is none", line.keyword),
        format!("write `\"{item}\"`"),
    ))
}

fn destination(line: &Line, given: &Arguments<'_>) -> Option<Refusal> {
    let count =
        match exec::items(&line.arguments.range(given.start..given.start + given.text.len())) {
            Some(items) => items.len(),
            None => given.words().len(),
        };
    (count == 1).then(|| {
        refusal(
            given.place(given.text),
            format!("`{}` has one argument, the destination is missing", line.keyword),
            "write the destination behind the source",
        )
    })
}

fn shell(line: &Line, given: &Arguments<'_>) -> Option<Refusal> {
    let is_json = serde_json::from_str::<Vec<Value>>(given.text).is_ok();
    (!is_json && !given.text.is_empty()).then(|| {
        refusal(
            given.place(given.text),
            format!("`{}` takes a JSON array", line.keyword),
            "write `SHELL [\"/bin/bash\", \"-c\"]`",
        )
    })
}

/// What looks like the exec form and is no JSON is run by a shell, brackets included.
fn exec_form(line: &Line, given: &Arguments<'_>) -> Option<Refusal> {
    let opens = given.text.starts_with("['") || given.text.starts_with("[\"");
    let meant = opens && given.text.ends_with(']') && !given.text.contains('\n');
    if !meant || serde_json::from_str::<Vec<Value>>(given.text).is_ok() {
        return None;
    }
    Some(refusal(
        given.place(given.text),
        format!(
            "the exec form of `{}` is no JSON, so a shell runs it, brackets included",
            line.keyword
        ),
        "quote each item with `\"` and separate the items with commas",
    ))
}

fn healthcheck(given: &Arguments<'_>) -> Option<Refusal> {
    let word = given.words().first().copied()?;
    let known = ["CMD", "NONE"].iter().any(|it| it.eq_ignore_ascii_case(word));
    (!known).then(|| {
        refusal(
            given.place(word),
            format!("`HEALTHCHECK` knows `CMD` and `NONE`, not `{word}`"),
            "write `HEALTHCHECK CMD` before the command",
        )
    })
}

fn env(given: &Arguments<'_>) -> Option<Refusal> {
    let words = given.words();
    let [word] = &*words else { return None };
    (!word.contains('=')).then(|| {
        refusal(
            given.place(word),
            format!("`ENV {word}` has no value"),
            format!("write `ENV {word}=value`"),
        )
    })
}

/// What is wrong with an instruction among the others.
pub(super) fn by_stages(dockerfile: &Dockerfile, path: &str) -> Vec<Refusal> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    // Buildah, which gave the other name to the file, fills variables in here.
    let buildah = name.contains("containerfile");
    let mut found = Vec::new();
    for (index, stage) in dockerfile.stages.iter().enumerate() {
        for instruction in &stage.instructions {
            match instruction {
                Instruction::Copy(copy) => {
                    found.extend(copy_from(&dockerfile.stages, index, copy, buildah));
                }
                Instruction::Expose(ports) => found.extend(ports.iter().filter_map(expose)),
                _ => {}
            }
        }
    }
    found
}

fn copy_from(
    stages: &[Stage],
    index: usize,
    copy: &CopyInstruction,
    buildah: bool,
) -> Option<Refusal> {
    let from = copy.from.as_ref()?;
    let name = from.value.as_str();
    if name.contains('$') {
        return (!buildah).then(|| {
            refusal(
                from.place,
                format!("`--from={name}` is not filled in: it takes no variables"),
                "add a stage `FROM` with the variable, and copy from that stage",
            )
        });
    }
    let later = match name.parse::<usize>() {
        Ok(number) if number >= stages.len() => {
            return Some(refusal(
                from.place,
                format!("there is no stage {number}, the file has {}", stages.len()),
                "write the name of the stage to copy from",
            ));
        }
        Ok(number) => number >= index,
        Err(_) => {
            let named = |stage: &Stage| {
                stage.name.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(name))
            };
            stages.iter().rposition(named).is_some_and(|it| it >= index)
        }
    };
    later.then(|| {
        refusal(
            from.place,
            format!("stage `{name}` does not stand before the stage that copies from it"),
            "move the stage up, or copy from an earlier one",
        )
    })
}

/// One word of `EXPOSE`, read as `[ip:][host:]port[-port][/protocol]`.
fn expose(port: &Located<String>) -> Option<Refusal> {
    let text = port.value.as_str();
    if text.is_empty() || !is_resolved(text) {
        return None;
    }
    let refuse = |why: String| {
        Some(refusal(
            port.place,
            format!("`EXPOSE {text}` {why}"),
            "write a port from 0 to 65535, with `/tcp`, `/udp` or `/sctp` where it matters",
        ))
    };
    let (ports, protocol) = text.split_once('/').unwrap_or((text, ""));
    if !matches!(protocol.to_ascii_lowercase().as_str(), "" | "tcp" | "udp" | "sctp") {
        return refuse(format!("has the unknown protocol `{protocol}`"));
    }
    let ports = ports.rsplit(':').next().unwrap_or(ports);
    let (start, end) = ports.split_once('-').unwrap_or((ports, ports));
    match (number(start), number(end)) {
        (Some(start), Some(end)) if start > end => refuse("is a range from high to low".to_owned()),
        (Some(_), Some(_)) => None,
        (None, _) => refuse(format!("has the port `{start}`, which is no number up to 65535")),
        (_, None) => refuse(format!("has the port `{end}`, which is no number up to 65535")),
    }
}

/// A port as `strconv.ParseInt` reads it.
fn number(text: &str) -> Option<u16> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    digits.starts_with(|it: char| it.is_ascii_digit()).then(|| digits.parse().ok())?
}
