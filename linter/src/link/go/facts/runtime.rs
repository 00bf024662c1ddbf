//! What a program does to the Go runtime.

use std::time::Duration;

use goready_model::{RuntimeFact, RuntimeFactKind};

use super::{Facts, Loops, Site, Sure, fold};
use crate::link::go::{
    packages::PackageId,
    repo::{Callee, Repo},
};

pub(super) fn call(site: &Site<'_, '_>, loops: &Loops, sure: &Sure, facts: &mut Facts) {
    let Callee::External(path, name) = &site.callee else { return };
    let argument =
        || site.call.args.first().and_then(|it| fold::integer(site.repo, site.file, *it));
    let kind = match (*path, *name) {
        ("runtime/debug", "SetMemoryLimit") => {
            // A negative limit only asks.
            match argument() {
                Some(limit) if limit < 0 => return,
                limit => RuntimeFactKind::MemoryLimit(limit.map(|it| it as u64)),
            }
        }
        ("runtime/debug", "SetGCPercent") => {
            facts.collector_calls += 1;
            match argument() {
                Some(percent) => RuntimeFactKind::GcPercent(percent),
                None => return,
            }
        }
        ("runtime", "GOMAXPROCS") => match argument() {
            // Below 1 only asks.
            Some(count) if count < 1 => return,
            None if is_every_core(site) => RuntimeFactKind::MaxProcsAll,
            count => RuntimeFactKind::MaxProcs(count),
        },
        ("runtime", "ReadMemStats") if loops.in_handler(site) => {
            RuntimeFactKind::ReadMemStatsInHandler
        }
        ("runtime", "ReadMemStats") if loops.in_loop(site) => {
            RuntimeFactKind::ReadMemStatsInLoop(period(site))
        }
        ("github.com/KimMachineGun/automemlimit/memlimit", _) => RuntimeFactKind::AutoMemLimit,
        ("go.uber.org/automaxprocs/maxprocs", "Set") => RuntimeFactKind::AutoMaxProcs,
        _ => return,
    };
    let sure = sure.has(site.function) && !site.repo.is_foreign(site.file);
    facts.runtime.push(RuntimeFact { kind, place: site.place(), sure });
}

/// Of several percentages the last one counts, and nobody knows which that is: code that switches
/// the collector off for a while sets the old one again.
pub(super) fn finish(facts: &mut Facts) {
    if facts.collector_calls > 1 {
        facts.runtime.retain(|it| !matches!(it.kind, RuntimeFactKind::GcPercent(_)));
    }
}

/// `runtime.NumCPU()` as the argument.
fn is_every_core(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    site.call.args.first().and_then(|it| code.call_of(*it)).is_some_and(|it| {
        matches!(site.repo.callee(site.file, it), Callee::External("runtime", "NumCPU"))
    })
}

/// Packages that act when they are imported.
pub(super) fn imports(repo: &Repo<'_>, closure: &[PackageId], facts: &mut Facts) {
    let members = closure.iter().filter_map(|it| repo.packages.get(*it)).flat_map(|it| &it.members);
    for import in members.flat_map(|it| &it.facts.header.imports) {
        let kind = match import.path.as_str() {
            "go.uber.org/automaxprocs" => RuntimeFactKind::AutoMaxProcs,
            "github.com/KimMachineGun/automemlimit" => RuntimeFactKind::AutoMemLimit,
            _ => continue,
        };
        facts.runtime.push(RuntimeFact { kind, place: import.place, sure: true });
    }
}

/// The period of the loop: a ticker or sleep with a constant duration in the same function.
fn period(site: &Site<'_, '_>) -> Option<Duration> {
    let function = site.repo.function(site.function)?;
    let code = site.repo.code(site.file);
    code.calls_in(function.calls.clone()).iter().find_map(|call| {
        match site.repo.callee(site.file, call) {
            Callee::External("time", "NewTicker" | "Tick" | "Sleep" | "After") => {
                let nanoseconds = fold::integer(site.repo, site.file, *call.args.first()?)?;
                Some(Duration::from_nanos(u64::try_from(nanoseconds).ok()?))
            }
            _ => None,
        }
    })
}
