//! A second `CMD` or `ENTRYPOINT` in one stage makes the first one void.
//!
//! ## What it does
//! Counts the `CMD` and the `ENTRYPOINT` instructions of each stage that becomes an image. All but
//! the last of a kind are reported. One of each is right, and so is a stage that replaces what the
//! stage below it starts; stages whose files are only copied are left alone.
//!
//! ## Why is this bad
//! Only the last one counts. Arguments that were added to the first one never reach the container:
//! it starts with other flags than the file seems to say.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static-debian12:nonroot
//! COPY api /api
//! CMD ["/api", "--listen=:8080"]
//! CMD ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static-debian12:nonroot
//! COPY api /api
//! CMD ["/api", "--listen=:8080"]
//! ```
//!
//! ## References
//! - [Dockerfile reference: CMD](https://docs.docker.com/reference/dockerfile/#cmd)
//! - [BuildKit: MultipleInstructionsDisallowed](https://docs.docker.com/reference/build-checks/multiple-instructions-disallowed/)

use std::collections::BTreeSet;

use goready_model::{Command, Confidence, Dockerfile, Instruction, Outcome, Profile, Stage};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "DL4003",
        "DL4004",
        "DS-0016",
        "DS-0007",
        "buildkit/MultipleInstructionsDisallowed",
        "kics/Multiple CMD Instructions Listed",
        "kics/Multiple ENTRYPOINT Instructions Listed",
    ],
    check: Check::Dockerfile(check),
};

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    let images = images::image_stages(cx, dockerfile);
    let shipped: BTreeSet<_> =
        images.into_iter().flat_map(|it| images::chain(dockerfile, it)).map(|it| it.from).collect();
    for stage in dockerfile.stages.iter().filter(|it| shipped.contains(&it.from)) {
        judge(stage, "CMD", &of_kind(stage, |it| matches!(it, Instruction::Cmd(_))), findings);
        let entrypoints = of_kind(stage, |it| matches!(it, Instruction::Entrypoint(_)));
        judge(stage, "ENTRYPOINT", &entrypoints, findings);
    }
}

fn of_kind(stage: &Stage, is_kind: fn(&Instruction) -> bool) -> Vec<&Command> {
    let commands = stage.instructions.iter().filter(|it| is_kind(it)).filter_map(|it| match it {
        Instruction::Cmd(command) | Instruction::Entrypoint(command) => Some(command),
        _ => None,
    });
    commands.collect()
}

fn judge(stage: &Stage, keyword: &str, commands: &[&Command], findings: &mut Findings) {
    let Some((last, ignored)) = commands.split_last() else { return };
    let name = match &stage.name {
        Some(name) => format!("stage `{}`", name.value),
        None => "the stage".to_owned(),
    };
    for command in ignored {
        let count = commands.len();
        findings
            .report(
                command.place,
                format!("{name} has {count} `{keyword}` instructions, this one is ignored"),
            )
            .help(format!("remove it, or make one `{keyword}` of both"))
            .label(last.place, "this one counts");
    }
}
