//! From the runs of a program to one verdict.
//!
//! Runs differ in conditions that are not known. The best run counts: a finding must hold however
//! they turn out. Where no run executes a registration of SIGTERM although some code that may be
//! reached has one, the verdict is unknown, unless the registration stands behind a call that does
//! not return.

use goready_model::{ExitCall, Place, ProgramKind, Sigterm, SigtermVerdict, Step};

use super::process::{Ending, Run, Served, Stage};

/// What the generous call graph says about a program.
#[derive(Debug, Clone, Default)]
pub(super) struct Possible {
    /// Calls that may register SIGTERM: own ones, and libraries that do.
    pub(super) registrations: Vec<Place>,
    /// Calls that serve.
    pub(super) servers: Vec<Place>,
    /// Control may pass to code that is not known.
    pub(super) unknown: bool,
}

/// The judgement of a program.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) service: bool,
    pub(super) sigterm: Sigterm,
    /// The run that decided.
    pub(super) run: Option<Run>,
    pub(super) exit: Option<ExitCall>,
}

/// The verdict of one run, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Graceful,
    Unknown,
    NotDrained,
    Unreachable,
    NotHandled,
    /// Ended by itself: says nothing about the signal.
    NotServing,
}

pub(super) fn judge(runs: Vec<Run>, possible: &Possible) -> Judgement {
    let mut ranked: Vec<(Rank, Run)> = runs.into_iter().map(|it| (rank(&it), it)).collect();
    // A registration that ran is known, with SIGTERM or without.
    let unexplained = possible.registrations.iter().any(|place| {
        !ranked.iter().any(|(_, run)| run.registrations.iter().any(|it| it.place == *place))
    });
    let any_behind = ranked.iter().any(|(_, run)| run.behind.is_some());
    let serving = ranked.iter().any(|(rank, _)| *rank != Rank::NotServing);
    let unhandled =
        ranked.iter().any(|(rank, _)| *rank >= Rank::Unreachable && *rank < Rank::NotServing);
    let is_tool = is_tool(&ranked);
    let unknown_server = ranked.iter().any(|(_, run)| run.unknown_server);
    // A program of several commands is told by none of them alone.
    let succeeds = ranked.iter().any(|(rank, run)| {
        *rank <= Rank::NotDrained
            && run.ending == Ending::Ended
            && run.exit.as_ref().is_none_or(|(code, ..)| *code == 0)
    });
    // Sorting is stable, so of equal runs the first one decides.
    ranked.sort_by_key(|(rank, _)| *rank);
    let chosen = ranked.into_iter().next();
    let Some((rank, run)) = chosen else {
        return unknown(!possible.servers.is_empty(), "the program could not be followed", None);
    };
    if rank == Rank::NotServing && unknown_server {
        return unknown(true, "control passes to a server that is not known", Some(run));
    }
    if is_tool {
        return unknown(false, "most commands of the program end by themselves", Some(run));
    }
    if possible.unknown && rank >= Rank::Unknown {
        return unknown(serving, "control passes to a runner that is not known", Some(run));
    }
    match rank {
        Rank::NotServing => {
            if (run.blind || run.unknown_runner) && !possible.servers.is_empty() {
                return unknown(false, "the program could not be followed", Some(run));
            }
            let sigterm = Sigterm {
                verdict: SigtermVerdict::Unknown,
                why: "the program ends by itself".to_owned(),
                steps: run.trace.clone(),
                model: None,
                draining: false,
            };
            Judgement { service: false, sigterm, run: Some(run), exit: None }
        }
        Rank::Unknown => without_run(possible, unhandled, run),
        Rank::Unreachable | Rank::NotHandled if unexplained && !any_behind => {
            unknown(true, "SIGTERM may be registered in code that was not followed", Some(run))
        }
        Rank::Graceful | Rank::NotDrained | Rank::Unreachable | Rank::NotHandled => {
            let judgement = decided(rank, run);
            Judgement { exit: judgement.exit.filter(|_| !succeeds), ..judgement }
        }
    }
}

/// A command line with many commands of which a few wait for a person: none of them serves.
fn is_tool(ranked: &[(Rank, Run)]) -> bool {
    const MANY: usize = 10;
    let finished = ranked.iter().filter(|(rank, _)| *rank == Rank::NotServing).count();
    // Commands that were not followed to their end say nothing.
    let lost = ranked.iter().filter(|(_, run)| run.ending == Ending::Lost).count();
    let others = ranked.len() - finished - lost;
    let serves = |run: &Run| run.servers.iter().any(|it| it.started);
    finished >= MANY
        && finished > 3 * others
        && ranked.iter().all(|(rank, run)| *rank >= Rank::Unknown && !serves(run))
}

/// The run was lost: only what no code can do is certain, and that only where some other run came
/// so far that it served.
fn without_run(possible: &Possible, unhandled: bool, run: Run) -> Judgement {
    let serves = unhandled || run.ending != Ending::Lost;
    if serves
        && possible.registrations.is_empty()
        && !possible.servers.is_empty()
        && !possible.unknown
    {
        return decided(Rank::NotHandled, run);
    }
    let service = !possible.servers.is_empty() || run.servers.iter().any(|it| it.started);
    unknown(service, "the program could not be followed", Some(run))
}

fn unknown(service: bool, why: &str, run: Option<Run>) -> Judgement {
    let sigterm = Sigterm {
        verdict: SigtermVerdict::Unknown,
        why: why.to_owned(),
        steps: run.as_ref().map(|it| it.trace.clone()).unwrap_or_default(),
        model: None,
        draining: false,
    };
    Judgement { service, sigterm, run, exit: None }
}

fn decided(rank: Rank, run: Run) -> Judgement {
    let (verdict, why) = match rank {
        Rank::Graceful => (SigtermVerdict::Graceful, graceful_why(&run)),
        Rank::NotDrained => (SigtermVerdict::HandledNotDrained, not_drained_why(&run)),
        Rank::Unreachable => (
            SigtermVerdict::HandlerUnreachable,
            "SIGTERM is registered behind a call that does not return".to_owned(),
        ),
        _ if run.ignored => (
            SigtermVerdict::NotHandled,
            "SIGTERM is ignored and nothing ends the process".to_owned(),
        ),
        _ => (SigtermVerdict::NotHandled, "nothing registers SIGTERM".to_owned()),
    };
    let mut steps = run.trace.clone();
    if let Some((_, place)) = &run.behind {
        steps.push(Step { place: *place, what: "would register SIGTERM".to_owned() });
    }
    if let Some(place) = run.blocked_at.first()
        && rank >= Rank::Unreachable
        && !steps.iter().any(|it| it.place == *place)
    {
        steps.insert(0, Step { place: *place, what: "blocks here".to_owned() });
    }
    let exit = run
        .exit
        .as_ref()
        // What failed before the signal, although nothing does, may fail after it as well.
        .filter(|_| run.ending == Ending::Ended && !run.mended)
        .map(|(code, place, call)| ExitCall { call: call.clone(), code: *code, place: *place });
    let model = run.model.clone().filter(|_| rank <= Rank::NotDrained);
    let draining = rank == Rank::NotDrained
        && run.ending == Ending::Ended
        && cut(&run).is_some_and(|it| it.server.stage == Stage::Draining);
    let sigterm = Sigterm { verdict, why, steps, model, draining };
    Judgement { service: true, sigterm, run: Some(run), exit }
}

fn rank(run: &Run) -> Rank {
    let serves = || run.servers.iter().any(|it| it.started);
    match run.ending {
        // Who types at it ends it as well.
        _ if run.interactive && !serves() => Rank::NotServing,
        Ending::Lost => Rank::Unknown,
        Ending::Finished => Rank::NotServing,
        Ending::Killed if !run.in_service => {
            if run.blind {
                Rank::Unknown
            } else {
                Rank::NotServing
            }
        }
        // Other ways to run it were left out, and this one serves nobody.
        Ending::Killed if run.blind && !serves() => Rank::Unknown,
        Ending::Killed if run.behind.is_some() && !run.definite => Rank::Unknown,
        Ending::Killed if run.behind.is_some() => Rank::Unreachable,
        Ending::Killed => Rank::NotHandled,
        Ending::Stuck if managed(run) => Rank::Graceful,
        // It waits for something of its own that SIGTERM does not end, as jobs do.
        Ending::Stuck if run.blind || !run.in_service => Rank::Unknown,
        Ending::Stuck => Rank::NotDrained,
        Ending::Ended if drained(run) || managed(run) => Rank::Graceful,
        Ending::Ended if run.kept_stop => Rank::Unknown,
        Ending::Ended => Rank::NotDrained,
    }
}

/// Whether a manager of a library came to its end in good order: what runs beside it is its own.
fn managed(run: &Run) -> bool {
    run.servers
        .iter()
        .any(|it| it.server.managed && it.server.stage == Stage::Drained && it.serving_at_signal)
}

/// Whether everything that served when the signal came was finished at the end.
fn drained(run: &Run) -> bool {
    let serving = || run.servers.iter().filter(|it| it.serving_at_signal && !it.server.carrier);
    if serving().next().is_none() {
        // Plain workers: nothing may still be at work.
        return !run.working_at_end;
    }
    // Scrapes and probes in flight are no loss, where there is something else to lose.
    let essential = serving().any(|it| !it.server.administrative);
    serving()
        .filter(|it| !(essential && it.server.administrative))
        .all(|it| it.server.stage == Stage::Drained)
}

fn graceful_why(run: &Run) -> String {
    match &run.model {
        Some(model) => format!("{model} observes SIGTERM and lets what runs finish"),
        None => "SIGTERM is observed and the servers drain before the program ends".to_owned(),
    }
}

fn not_drained_why(run: &Run) -> String {
    if run.ending == Ending::Stuck {
        return "the signal is caught, but nothing ends the process".to_owned();
    }
    match cut(run).map(|it| &it.server) {
        Some(server) if server.stage == Stage::Draining => {
            format!("the program ends while {} is still shutting down", server.call)
        }
        Some(server) if server.detached => {
            format!(
                "the program ends while {} serves, and there is no value to shut down",
                server.call
            )
        }
        Some(server) if server.stage == Stage::Cut => {
            format!("{} is stopped with requests in flight", server.call)
        }
        Some(server) => format!("the program ends while {} still serves", server.call),
        None => "the program ends while work is in progress".to_owned(),
    }
}

/// The server that the end of the program cuts off, one that is shutting down before others and
/// one for users before one for those who run the program.
fn cut(run: &Run) -> Option<&Served> {
    run.servers
        .iter()
        .filter(|it| it.serving_at_signal && it.server.stage != Stage::Drained)
        .max_by_key(|it| (it.server.stage == Stage::Draining, !it.server.administrative))
}

/// Service, job or tool.
pub(super) fn kind(judgement: &Judgement, command_line: bool) -> ProgramKind {
    if judgement.service {
        ProgramKind::Service
    } else if command_line {
        ProgramKind::Cli
    } else {
        ProgramKind::Job
    }
}
