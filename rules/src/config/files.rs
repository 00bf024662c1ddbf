//! Files that a program needs and its containers do not have.

use goready_model::{CopyInstruction, FileUse, FileUseKind, Program};

use crate::{
    Cx,
    contents::Contents,
    environment::Environment,
    programs::{self, Deployed},
};

/// A file that no container of the program has.
#[derive(Debug)]
pub(super) struct Missing<'p> {
    pub(super) deployed: Deployed<'p>,
    pub(super) it: &'p FileUse,
    /// As the program sees it.
    pub(super) path: String,
    /// The last instruction that puts something into the image.
    pub(super) copy: Option<&'p CopyInstruction>,
}

/// Files of a program that none of its containers has, by image or volume; only those that `wanted`
/// picks.
pub(super) fn missing<'p>(
    cx: &Cx<'p>,
    program: &'p Program,
    wanted: impl Fn(&FileUse) -> bool,
) -> Vec<Missing<'p>> {
    if program.incomplete || program.sample || program.uses.commands {
        return Vec::new();
    }
    let deployed = programs::deployed(cx, program, programs::RISK);
    let uses = program.uses.files.iter().filter(|it| it.needed && wanted(it));
    uses.filter(|it| !is_optional(program, &it.path))
        .filter_map(|it| {
            let found: Option<Vec<_>> = deployed.iter().map(|at| absent(cx, *at, it)).collect();
            found?.into_iter().next()
        })
        .collect()
}

/// Whether the program also makes the file, or goes on without it somewhere.
fn is_optional(program: &Program, path: &str) -> bool {
    program.uses.files.iter().any(|it| {
        it.path == path
            && (!it.needed || matches!(it.kind, FileUseKind::Write | FileUseKind::Temporary))
    })
}

/// A use of a file that is surely not in a container.
fn absent<'p>(cx: &Cx<'p>, deployed: Deployed<'p>, it: &'p FileUse) -> Option<Missing<'p>> {
    let container = deployed.container;
    let environment = Environment::of(cx, deployed.workload, container, programs::RISK)?;
    // Another program of the image, or a script, may make it.
    environment.only_program()?;
    if environment.starts_script()
        || it.flag.as_ref().is_some_and(|flag| environment.may_pass_flag(flag))
    {
        return None;
    }
    let contents = Contents::of_image(cx, environment.dockerfile()?)?;
    let path = contents.seen_from(container, fixed_part(it))?;
    let system = ["/dev", "/proc", "/sys", "/run", "/var", "/tmp", "/usr", "/etc/ssl", "/etc/pki"];
    let is_system = path == "/"
        || (path.starts_with("/etc/") && path.matches('/').count() < 3)
        || system.iter().any(|it| crate::contents::is_within(&path, it));
    let there = is_system
        || contents.may_hold(&path)
        || super::writes_read_only_root::is_mounted(container, &path)
        || mounts_below(&deployed, &path);
    let copy = contents.copied.last().map(|it| it.copy);
    (!there).then_some(Missing { deployed, it, path, copy })
}

/// Whether a volume brings something below a directory.
fn mounts_below(deployed: &Deployed<'_>, path: &str) -> bool {
    deployed.container.volume_mounts().any(|it| {
        let mount = it.str_field("mountPath").value();
        mount.is_none_or(|it| crate::contents::is_within(it, path))
    })
}

/// A path up to its first wildcard.
fn fixed_part(it: &FileUse) -> &str {
    if it.kind != FileUseKind::Glob {
        return &it.path;
    }
    let end = it.path.find(['*', '?', '[']).unwrap_or(it.path.len());
    let fixed = it.path.get(..end).unwrap_or_default();
    fixed.rsplit_once('/').map_or(".", |(directory, _)| directory)
}
