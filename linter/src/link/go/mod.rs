//! Go packages, the call graph, the SIGTERM verdict: from file facts to programs.

mod facts;
mod interest;
mod learned;
mod libraries;
mod packages;
mod process;
mod program;
mod reach;
mod repo;
mod signals;
mod tags;
#[cfg(test)]
mod tests;
mod types;
mod verdict;

pub(crate) use learned::missing;
pub use libraries::Models;
pub(crate) use libraries::{CallModel, Effect, Kind, LibraryModel, Version};

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use goready_model::{GoMod, Program, ProgramId, Project};
use goready_parse::go::is_foreign;
use rayon::prelude::*;

use super::Input;
use interest::Interests;
use packages::{PackageId, Packages};
use repo::Repo;

/// Fills go.mods, programs and signal calls.
pub(super) fn link(input: &Input<'_>, project: &mut Project) {
    let mods = modules(input);
    let packages = Packages::new(input, &mods);
    let mains: Vec<PackageId> =
        packages.iter().filter(|(_, it)| it.is_main()).map(|(id, _)| id).collect();
    let closures: BTreeMap<PackageId, Vec<PackageId>> =
        mains.iter().map(|it| (*it, packages.closure(*it))).collect();
    let wanted: BTreeSet<PackageId> = closures
        .values()
        .flatten()
        .copied()
        .chain(packages.iter().filter(|(_, it)| it.matters_alone()).map(|(id, _)| id))
        .collect();
    let late = packages.code_of(&wanted, input);
    report_syntax(&packages, &wanted, &late, project);
    let repo = Repo::new(&packages, &mods, &wanted, &late);
    project.signal_calls = signals::calls(&repo);
    let shared = facts::Shared::new(&repo);
    // One by one, what reaches most first: a large program at the end would keep one thread busy.
    let mut largest_first: Vec<_> = closures.iter().collect();
    largest_first.sort_by_key(|(_, closure)| Reverse(closure.len()));
    // Each program has its own summaries: they are cheap, and shared ones would need a lock.
    let mut programs: Vec<Program> = largest_first
        .into_iter()
        .par_bridge()
        .filter_map(|(main, closure)| {
            let interests = Interests::new(&repo);
            program::program(&repo, &shared, &interests, *main, closure)
        })
        .collect();
    programs.sort_by(|a, b| a.dir.cmp(&b.dir));
    for (at, program) in programs.iter_mut().enumerate() {
        program.id = ProgramId(at as u32);
    }
    project.programs = programs;
    project.go_mods.clone_from(&mods);
}

/// The go.mod files of the project, by directory.
fn modules(input: &Input<'_>) -> Vec<GoMod> {
    let mut mods: Vec<GoMod> = input
        .files
        .iter()
        .filter_map(|it| it.facts.go_mod.clone())
        .filter(|it| !is_foreign(&it.dir))
        .collect();
    mods.sort_by(|a, b| a.dir.cmp(&b.dir));
    mods
}

/// Syntax errors of the files that are judged: which others were parsed is a matter of speed.
fn report_syntax(
    packages: &Packages<'_>,
    wanted: &BTreeSet<PackageId>,
    late: &std::collections::HashMap<goready_model::FileId, goready_parse::go::ParsedCode>,
    project: &mut Project,
) {
    let own = wanted.iter().filter_map(|it| packages.get(*it)).filter(|it| !it.is_foreign());
    for member in own.flat_map(|it| &it.members) {
        let early = member.facts.syntax.as_ref();
        let problem = early.or_else(|| late.get(&member.file)?.syntax.as_ref());
        project.problems.extend(problem.cloned());
    }
}
