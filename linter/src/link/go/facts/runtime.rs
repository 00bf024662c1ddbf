//! What a program does to the Go runtime.

use std::time::Duration;

use goready_model::{RuntimeFact, RuntimeFactKind};

use super::{Facts, Loops, Site, fold};
use crate::link::go::{
    packages::PackageId,
    repo::{Callee, Repo},
};

pub(super) fn call(site: &Site<'_, '_>, loops: &Loops, facts: &mut Facts) {
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
        ("runtime/debug", "SetGCPercent") => match argument() {
            Some(percent) => RuntimeFactKind::GcPercent(percent),
            None => return,
        },
        ("runtime", "GOMAXPROCS") => match argument() {
            // Below 1 only asks.
            Some(count) if count < 1 => return,
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
    facts.runtime.push(RuntimeFact { kind, place: site.place() });
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
        facts.runtime.push(RuntimeFact { kind, place: import.place });
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
