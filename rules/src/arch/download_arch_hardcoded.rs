//! A Dockerfile fetches a file for one architecture whatever platform the image is for.
//!
//! ## What it does
//! Finds `amd64`, `x86_64` and `x64` in addresses that `RUN` and `ADD` of an image's stages fetch.
//! Left alone are instructions that ask for the platform (`TARGETARCH`, `uname`, `dpkg
//! --print-architecture` and the like) or that name several architectures, stages that are pinned to
//! a platform, files for Windows, and images for development. Where everything that builds the image lists this one
//! architecture it is advice, and so are tools of a builder on `$BUILDPLATFORM`.
//!
//! ## Why is this bad
//! The image for arm64 holds an amd64 program. It is pulled without complaint; the probe, the
//! entry point or the build step that runs the file ends with `exec format error`.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM alpine:3.22
//! ADD https://github.com/grpc-ecosystem/grpc-health-probe/releases/download/v0.4.39/grpc_health_probe-linux-amd64 /bin/grpc_health_probe
//! COPY api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM alpine:3.22
//! ARG TARGETARCH
//! ADD https://github.com/grpc-ecosystem/grpc-health-probe/releases/download/v0.4.39/grpc_health_probe-linux-${TARGETARCH} /bin/grpc_health_probe
//! COPY api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Dockerfile reference: automatic platform ARGs](https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope)

use std::{collections::BTreeSet, ops::Range};

use goready_model::{
    Confidence, Dockerfile, Instruction, Outcome, Place, Profile, RunCommand, Stage, StageId,
};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

/// The one architecture that people forget to vary.
const ARCHITECTURE: &str = "amd64";

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    if dockerfile.development || images::names_architecture(&dockerfile.path) {
        return;
    }
    let stages: BTreeSet<StageId> = images::image_stages(cx, dockerfile)
        .into_iter()
        .flat_map(|it| images::reaching(dockerfile, it))
        .collect();
    let listed = images::listed_platforms(cx, dockerfile);
    let only = !listed.is_empty() && listed.iter().all(|(it, _)| it.arch == ARCHITECTURE);
    for (id, stage) in dockerfile.stages.iter().enumerate() {
        if !stages.contains(&StageId(id)) || is_pinned(dockerfile, StageId(id)) {
            continue;
        }
        for fetched in fetches(stage) {
            let on_builder = is_on_build_platform(dockerfile, StageId(id));
            let message = if on_builder {
                format!("`{}` is fetched whatever machine builds the image", fetched.name)
            } else {
                format!("`{}` is fetched for every platform", fetched.name)
            };
            let variable = if on_builder { "BUILDARCH" } else { "TARGETARCH" };
            let mut finding = findings.report(fetched.place, message).help(format!(
                "declare `ARG {variable}` in the stage and write `${{{variable}}}` in the address"
            ));
            if let Some((platform, place)) = listed.iter().find(|(it, _)| it.arch != ARCHITECTURE) {
                finding = finding.label(*place, format!("the image is built for {platform} too"));
            }
            finding.lower_if(only || on_builder);
        }
    }
}

/// Whether a stage is for one platform by its `FROM`: all its files are of that platform then.
fn is_pinned(dockerfile: &Dockerfile, stage: StageId) -> bool {
    images::chain(dockerfile, stage).any(|it| {
        it.platform.as_ref().is_some_and(|it| !it.value.contains('$'))
            || images::names_architecture(&it.base_text.value)
    })
}

fn is_on_build_platform(dockerfile: &Dockerfile, stage: StageId) -> bool {
    images::chain(dockerfile, stage)
        .any(|it| it.platform.as_ref().is_some_and(|it| it.value.contains("BUILDPLATFORM")))
}

/// A file that is fetched, by its name, with the architecture in its address.
struct Fetched {
    name: String,
    place: Place,
}

/// One for each instruction.
fn fetches(stage: &Stage) -> Vec<Fetched> {
    let found = stage.instructions.iter().filter_map(|instruction| match instruction {
        Instruction::Run(run) if !asks_platform(run) => {
            run.commands.iter().flatten().find_map(|it| fetched(&it.text, it.place))
        }
        Instruction::Copy(copy) if copy.add => {
            copy.sources.iter().find_map(|it| fetched(&it.value, it.place))
        }
        _ => None,
    });
    found.collect()
}

/// Whether a `RUN` finds out what it runs for, or fetches for several architectures.
fn asks_platform(run: &RunCommand) -> bool {
    let asks = [
        "TARGETARCH",
        "TARGETPLATFORM",
        "BUILDARCH",
        "BUILDPLATFORM",
        "GOARCH",
        "uname",
        "print-arch",
        "--eval",
        "$(arch)",
        "`arch`",
    ];
    let others = ["arm64", "aarch64", "armv7", "armhf", "ppc64le", "s390x", "riscv64"];
    asks.iter().chain(&others).any(|it| run.text.contains(it))
}

/// The file that a word fetches, when the word is an address with the architecture in it.
fn fetched(word: &str, place: Place) -> Option<Fetched> {
    let start = word.find("://")?;
    let range = architecture(word, start)?;
    // A platform that decides elsewhere.
    if word.contains("ARCH}") || word.contains("PLATFORM}") || is_for_windows(word) {
        return None;
    }
    let path = word.split(['?', '#', '"', '\'']).next().unwrap_or(word);
    let mut segments = path.rsplit('/');
    let name = segments.find(|it| architecture(it, 0).is_some()).unwrap_or(path).to_owned();
    let at = place.at;
    let (length, text) = ((at.end - at.start) as usize, word.len());
    let quotes = length.checked_sub(text).filter(|it| matches!(it, 0 | 2))? / 2;
    let start = at.start as usize + quotes;
    Some(Fetched { name, place: place.slice(start + range.start, start + range.end) })
}

/// Whether the file is one for Windows, whose nodes have one architecture.
fn is_for_windows(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    [".exe", ".msi"].iter().any(|it| lower.ends_with(it))
        || ["windows", "win32", "win64", "win-x64", "win_x64"].iter().any(|it| lower.contains(it))
}

/// Where the architecture stands in a text, as a word of its own.
fn architecture(text: &str, from: usize) -> Option<Range<usize>> {
    let is_word = |it: Option<char>| it.is_none_or(|it| !it.is_ascii_alphanumeric());
    ["amd64", "x86_64", "x86-64", "x64"].iter().find_map(|name| {
        let found = text.get(from..)?.match_indices(name).map(|(at, _)| from + at);
        let mut ranges = found.map(|at| at..at + name.len());
        ranges.find(|it| {
            is_word(text[..it.start].chars().next_back()) && is_word(text[it.end..].chars().next())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::architecture;

    #[test]
    fn the_architecture_is_a_word_of_its_own() {
        for (text, expected) in [
            ("https://x/probe-linux-amd64", Some("amd64")),
            ("https://x/Linux_x86_64.tar.gz", Some("x86_64")),
            ("https://x/linux-x64.zip", Some("x64")),
            ("https://x/amd64v2/a", None),
            ("https://x/fox64/a", None),
        ] {
            let found = architecture(text, 0).map(|it| &text[it]);
            assert_eq!(found, expected, "{text}");
        }
    }
}
