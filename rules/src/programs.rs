//! What several rules ask about a Go program and the pods that run it.

use std::{cmp::Reverse, time::Duration};

use goready_model::{
    Container, ContainerKind, ContainerLink, ContextState, ExitCall, Object, Outcome, Place,
    Program, ProgramKind, ServerStart, Service, ShutdownCall, Workload, WorkloadKind,
};

use crate::Cx;

/// Link confidence that a finding of outcome `broken` or `rejected` needs.
pub(crate) const BROKEN: f32 = 0.8;
/// Link confidence that a finding of outcome `risk` needs.
pub(crate) const RISK: f32 = 0.6;
/// Link confidence that a finding of outcome `advice` needs.
pub(crate) const ADVICE: f32 = 0.4;

/// A container that runs a program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deployed<'p> {
    pub(crate) object: &'p Object,
    pub(crate) workload: &'p Workload,
    pub(crate) container: Container<'p>,
    /// How much the link of container and program proves.
    pub(crate) confidence: f32,
}

impl Deployed<'_> {
    /// The outcome of a finding that joins the pod with the program: `broken` needs a strong link.
    pub(crate) fn at_most(&self, outcome: Outcome) -> Outcome {
        if self.confidence >= BROKEN { outcome } else { outcome.min(Outcome::Risk) }
    }
}

/// The containers that run a program, with at least `confidence`.
pub(crate) fn deployed<'p>(cx: &Cx<'p>, program: &Program, confidence: f32) -> Vec<Deployed<'p>> {
    let project = cx.project;
    let links = project.containers_running(program.id, confidence);
    links.filter_map(|link| deployment(cx, program, link)).collect()
}

fn deployment<'p>(cx: &Cx<'p>, program: &Program, link: &ContainerLink) -> Option<Deployed<'p>> {
    let workload = cx.project.workload(link.workload);
    let object = cx.project.object(workload.object);
    if object.chart_test {
        return None;
    }
    let container = workload.pod()?.all_containers().find(|it| it.name() == link.container)?;
    let confidence = link.link.programs.iter().find(|it| it.target == program.id)?.confidence;
    Some(Deployed { object, workload, container, confidence })
}

/// Why a program that shuts its server down ends before the server is done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut<'p> {
    /// Nobody waits for the call.
    NotAwaited(&'p ShutdownCall),
    /// The error that the server returns while it shuts down ends the process.
    Fatal(&'p ShutdownCall, &'p ExitCall),
}

/// What cuts the drain of a program, where its own code does and that is certain.
pub(crate) fn cut(program: &Program) -> Option<Cut<'_>> {
    let judged = program.sigterm.draining && !program.incomplete;
    let is_live = |it: &&ShutdownCall| !matches!(it.state, ContextState::Cancelled(_));
    let call = program.shutdowns.iter().find(is_live).filter(|_| judged)?;
    match program.exit_after_sigterm.as_ref().filter(|it| it.code != 0) {
        Some(exit) => is_after_serving(program, exit).then_some(Cut::Fatal(call, exit)),
        None => Some(Cut::NotAwaited(call)),
    }
}

/// Whether an exit belongs to a call that serves: around it, or behind it with no shutdown between.
fn is_after_serving(program: &Program, exit: &ExitCall) -> bool {
    let end = exit.place.at;
    program.servers.iter().map(|it| it.place.at).any(|server| {
        let between = |it: &ShutdownCall| {
            let at = it.place.at;
            at.file == server.file && server.start < at.start && at.start < end.start
        };
        server.file == end.file && server.start < end.end && !program.shutdowns.iter().any(between)
    })
}

/// The program that a container runs, where exactly one is known, with at least what a `risk` asks
/// of the link.
pub(crate) fn only_program<'p>(
    cx: &Cx<'p>,
    workload: &'p Workload,
    container: Container<'p>,
) -> Option<(Deployed<'p>, &'p Program)> {
    let object = cx.project.object(workload.object);
    if object.chart_test {
        return None;
    }
    let link = cx.project.container_link(workload.id, container.name())?;
    let [program] = &*link.link.programs else { return None };
    let confidence = program.confidence;
    let deployed = Deployed { object, workload, container, confidence };
    (confidence >= RISK).then(|| (deployed, cx.project.program(program.target)))
}

/// Whether the program serves until it is told to stop: rules about life cycle and observability
/// judge no other. A program whose pods all run to completion does not.
pub(crate) fn is_service(cx: &Cx<'_>, program: &Program) -> bool {
    if program.kind != ProgramKind::Service {
        return false;
    }
    let deployed = deployed(cx, program, ADVICE);
    let runs_once =
        |it: &Deployed<'_>| it.workload.kind.is_job() || it.container.kind == ContainerKind::Init;
    deployed.is_empty() || !deployed.iter().all(runs_once)
}

/// A Service that sends traffic to pods of the program, with the workload that runs them.
pub(crate) fn serving<'p>(cx: &Cx<'p>, program: &Program) -> Option<(Deployed<'p>, &'p Service)> {
    let replicated = |it: &Deployed<'_>| {
        matches!(
            it.workload.kind,
            WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet
        ) && it.container.kind != ContainerKind::Init
    };
    deployed(cx, program, BROKEN).into_iter().filter(replicated).find_map(|it| {
        let service = cx.project.services_of(it.workload.id).next()?;
        Some((it, service))
    })
}

/// The start that blocks the program, for messages: one for users before one for those who run the
/// program, one with a port before a worker loop.
pub(crate) fn main_server(program: &Program) -> Option<&ServerStart> {
    use goready_model::ListenKind::Worker;
    let with_port = || program.servers.iter().filter(|it| it.kind != Worker);
    with_port()
        .find(|it| !it.administrative)
        .or_else(|| with_port().next())
        .or_else(|| program.servers.first())
}

/// The name a finding calls the program by, where it is the one to report. Programs that share the
/// code at fault have one finding: that of the worst outcome, then of the first program.
///
/// `place` says where a program has the defect, if it has it; `outcome` what it is worth there.
pub(crate) fn spokesman(
    cx: &Cx<'_>,
    program: &Program,
    place: impl Fn(&Program) -> Option<Place>,
    outcome: impl Fn(&Program) -> Outcome,
) -> Option<String> {
    let here = place(program)?;
    let others = cx.project.programs.iter().filter(|it| it.id != program.id);
    let peers: Vec<&Program> = others.filter(|it| place(it) == Some(here)).collect();
    let name = program.name();
    if peers.is_empty() {
        return Some(format!("program `{name}`"));
    }
    let rank = |it: &Program| (outcome(it), Reverse(it.id));
    let mine = rank(program);
    let is_first = peers.iter().all(|it| rank(it) < mine);
    is_first.then(|| format!("program `{name}` (with {} more that share this)", peers.len()))
}

/// A duration as a person writes it: `30s`, `1.5s`, `500ms`, `2m`.
pub(crate) fn seconds(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis < 1000 {
        format!("{millis}ms")
    } else if millis > 60_000 && millis.is_multiple_of(60_000) {
        format!("{}m", millis / 60_000)
    } else {
        let text = format!("{:.3}", duration.as_secs_f64());
        format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        for (millis, text) in
            [(200, "200ms"), (1500, "1.5s"), (30_000, "30s"), (60_000, "60s"), (120_000, "2m")]
        {
            assert_eq!(seconds(Duration::from_millis(millis)), text);
        }
    }
}
