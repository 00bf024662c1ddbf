//! A shell is PID 1 and does not pass SIGTERM on to the program.
//!
//! ## What it does
//! Looks at what images with a Go service start: `ENTRYPOINT` or `CMD` in shell form,
//! `["sh", "-c", "..."]` without `exec`, a script of the repository whose last command is not
//! `exec`, and the same in a pod's `command`. Init processes (`tini`, `dumb-init`), scripts with
//! `trap` and pods that share their process namespace are left alone. A pod `command` with more
//! commands behind the program is broken when the program would have shut down gracefully: there the
//! shell cannot replace itself. Some shells replace themselves for a single command, so that is a
//! risk only.
//!
//! ## Why is this bad
//! The kubelet signals PID 1. A shell that waits for its child ignores SIGTERM, so the program works
//! on until it is killed at the end of the grace period: every rollout cuts the requests in flight.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM alpine:3.22
//! COPY --from=build /out/api /usr/local/bin/api
//! ENTRYPOINT api --port 8080
//! ```
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import "net/http"
//!
//! func main() {
//! 	_ = http.ListenAndServe(":8080", nil)
//! }
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM alpine:3.22
//! COPY --from=build /out/api /usr/local/bin/api
//! ENTRYPOINT ["api", "--port", "8080"]
//! ```
//!
//! ## References
//! - [Dockerfile reference: shell form ENTRYPOINT](https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example)
//! - [Kubernetes: termination of pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination)

use goready_model::{
    Command, Confidence, ContainerLink, Dockerfile, Edit, Outcome, Profile, Program, Script,
    SigtermVerdict, SimpleCommand,
};

use crate::{Check, Cx, Findings, Rule, Scope, images, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[
        "DL3025",
        "buildkit/JSONArgsRecommended",
        "semgrep/prefer-json-notation",
        "kics/Not Using JSON In CMD And ENTRYPOINT Arguments",
    ],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for dockerfile in &cx.project.dockerfiles {
        if !dockerfile.development
            && let Some(program) = service_of(cx, dockerfile)
        {
            image(cx, dockerfile, program, findings);
        }
    }
    for container in &cx.project.containers {
        pod(cx, container, findings);
    }
}

/// The service that an image starts.
fn service_of<'p>(cx: &Cx<'p>, dockerfile: &Dockerfile) -> Option<&'p Program> {
    let link = cx.project.images.get(&dockerfile.id)?;
    let found = link.programs.iter().filter(|it| it.confidence >= programs::RISK);
    found.map(|it| cx.project.program(it.target)).find(|it| programs::is_service(cx, it))
}

fn image(cx: &Cx<'_>, dockerfile: &Dockerfile, program: &Program, findings: &mut Findings) {
    let Some(stage) = images::shipped_stage(cx, dockerfile) else { return };
    let no_shell = images::bottom(dockerfile, stage)
        .is_some_and(|it| it.base().is_some_and(|base| !base.has_shell(it.tag())));
    // Without a shell it does not start at all, which is another defect.
    if no_shell {
        return;
    }
    let mut chain = images::chain(dockerfile, stage);
    let entrypoint = chain.find_map(|it| it.entrypoint());
    let cmd = images::chain(dockerfile, stage).find_map(|it| it.cmd());
    let (name, command) = match (entrypoint, cmd) {
        (Some(entrypoint), _) => ("ENTRYPOINT", entrypoint),
        (None, Some(cmd)) => ("CMD", cmd),
        (None, None) => return,
    };
    if command.script.is_empty() {
        script(cx, dockerfile, program, findings);
        return;
    }
    let Some(last) = blocking(&command.script) else { return };
    let form = if command.shell { "in shell form" } else { "with `sh -c` and without `exec`" };
    let message = format!(
        "{name} {form} makes the shell PID 1, SIGTERM never reaches `{}`",
        started(last, program)
    );
    let place =
        command.words.first().filter(|_| command.shell).map_or(command.place, |it| it.place);
    let help = if command.shell {
        "use the JSON form, or start the program with `exec`"
    } else {
        "start the program with `exec`, or without the shell"
    };
    let finding = findings
        .report(place, message)
        .help(help)
        .label(program.main, "this program should get the signal")
        .program(program, "main");
    if let Some(edit) = exec(command, last) {
        finding.unsafe_fix("Start the program with `exec`", vec![edit]);
    }
}

/// A script of the repository that the image starts.
fn script(cx: &Cx<'_>, dockerfile: &Dockerfile, program: &Program, findings: &mut Findings) {
    let entry = cx.project.images.get(&dockerfile.id).and_then(|it| it.entry_script.as_ref());
    let Some(entry) = entry else { return };
    let Some(last) = blocking(&entry.script) else { return };
    let message = format!(
        "`{}` ends without `exec`, its shell stays PID 1 and SIGTERM never reaches `{}`",
        entry.path,
        started(last, program)
    );
    let mut finding = findings
        .report(last.place, message)
        .help("start the program with `exec`")
        .label(program.main, "this program should get the signal")
        .program(program, "main");
    if let Some(from) = dockerfile.final_stage().and_then(|it| it.entrypoint().or(it.cmd())) {
        finding = finding.label(from.place, "the image starts the script here");
    }
    let start = last.place.at.start as usize;
    let edit = Edit { place: last.place.slice(start, start), text: "exec ".to_owned() };
    finding.unsafe_fix("Start the program with `exec`", vec![edit]);
}

fn pod(cx: &Cx<'_>, container: &ContainerLink, findings: &mut Findings) {
    let Some(script) = &container.script else { return };
    let workload = cx.project.workload(container.workload);
    let object = cx.project.object(workload.object);
    let Some(pod) = workload.pod().filter(|_| !object.chart_test) else { return };
    if workload.kind.is_job() || pod.node.bool_field("shareProcessNamespace").value() == Some(true)
    {
        return;
    }
    let Some(running) = pod.running_containers().find(|it| it.name() == container.container) else {
        return;
    };
    let link = container.link.programs.iter().find(|it| it.confidence >= programs::RISK);
    let Some(link) = link else { return };
    let program = cx.project.program(link.target);
    if !programs::is_service(cx, program) || has_trap(script) {
        return;
    }
    // The program may stand before the last command: then the shell outlives it.
    let commands = script.commands();
    let position = commands.iter().position(|it| names(it, program));
    let Some(command) = position.and_then(|it| commands.get(it)) else { return };
    if is_exec(command) || is_wrapped(command) {
        return;
    }
    let followed = position.is_some_and(|it| it + 1 < commands.len());
    let graceful = program.sigterm.verdict == SigtermVerdict::Graceful;
    let certain = followed && graceful && link.confidence >= programs::BROKEN;
    let message = format!(
        "`command` makes the shell PID 1, SIGTERM never reaches `{}`",
        started(command, program)
    );
    let Some(node) = running.command().into_iter().next() else { return };
    findings
        .report(command.place, message)
        .help("start the program with `exec` as the last command")
        .object(object)
        .pointer(node)
        .label(program.main, "this program should get the signal")
        .program(program, "main")
        .outcome(if certain { Outcome::Broken } else { Outcome::Risk });
}

/// The last command of a script when the shell waits for it.
fn blocking(script: &Script) -> Option<&SimpleCommand> {
    let commands = script.commands();
    let last = *commands.last()?;
    let handled = is_exec(last) || is_wrapped(last) || is_brief(last) || has_trap(script);
    (!handled).then_some(last)
}

fn first_word(command: &SimpleCommand) -> Option<String> {
    command.words.first()?.literal()
}

fn is_exec(command: &SimpleCommand) -> bool {
    first_word(command).as_deref() == Some("exec")
}

/// An init process in front passes signals on.
fn is_wrapped(command: &SimpleCommand) -> bool {
    let word = first_word(command).unwrap_or_default();
    let name = word.rsplit('/').next().unwrap_or("");
    matches!(name, "tini" | "dumb-init" | "catatonit" | "s6-svscan" | "s6-overlay" | "supervisord")
}

/// A tool that ends by itself: what waits for it is a script that does something once.
fn is_brief(command: &SimpleCommand) -> bool {
    const TOOLS: [&str; 21] = [
        "cat", "chmod", "chown", "cp", "curl", "echo", "exit", "find", "grep", "install", "ln",
        "ls", "make", "mkdir", "mv", "printf", "rm", "rsync", "sed", "tar", "touch",
    ];
    let word = first_word(command).unwrap_or_default();
    TOOLS.contains(&word.rsplit('/').next().unwrap_or(""))
}

/// Whoever writes `trap` passes the signal on, or means not to.
fn has_trap(script: &Script) -> bool {
    script.commands().into_iter().any(|it| first_word(it).as_deref() == Some("trap"))
}

/// Whether a command starts a program, by its name.
fn names(command: &SimpleCommand, program: &Program) -> bool {
    command
        .words
        .iter()
        .take(2)
        .any(|word| word.literal().is_some_and(|it| it.rsplit('/').next() == Some(program.name())))
}

/// The name of what a command starts, for messages.
fn started(command: &SimpleCommand, program: &Program) -> String {
    match first_word(command) {
        Some(word) => word.rsplit('/').next().unwrap_or(&word).to_owned(),
        None => program.name().to_owned(),
    }
}

/// `exec` in front of the only command of the shell form.
fn exec(command: &Command, last: &SimpleCommand) -> Option<Edit> {
    (command.script.commands().len() == 1 && last.assignments.is_empty()).then_some(())?;
    let start = last.place.at.start as usize;
    Some(Edit { place: last.place.slice(start, start), text: "exec ".to_owned() })
}
