//! Which packages of other modules are read, so that their functions get their meaning from their
//! code: in-house frameworks in `vendor/`, or in the module cache where it is at hand.
//!
//! Most of what a program imports does nothing that matters here, and all of it would be far too
//! much to read. Only packages are read that a main package of the project reaches through few
//! imports, that no model describes, and that catch signals or serve by their bytes, or lead to one
//! that does. A client's library that can start a server for its own ends is no framework: what
//! serves counts for the packages of its own module only.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::GoMod;
use goready_parse::go::{MODULE_CACHE, may_serve};

use super::packages::{PackageId, Packages, under};
use crate::link::Input;

/// Imports between the code of the project and a package that is read. Behind a framework that
/// main calls stand its parts, and behind them libraries for everybody.
const MAX_DISTANCE: usize = 3;
/// Packages that are read at most; the nearest ones are.
const MAX_PACKAGES: usize = 150;

/// The packages of others that are read.
pub(super) fn select(
    packages: &Packages<'_>,
    mods: &[GoMod],
    input: &Input<'_>,
) -> BTreeSet<PackageId> {
    let mut found = BTreeSet::new();
    if !packages.iter().any(|(_, it)| it.is_foreign()) {
        return found;
    }
    let reachable = reachable(packages, mods);
    let order: BTreeMap<PackageId, usize> =
        reachable.iter().enumerate().map(|(at, it)| (*it, at)).collect();
    let imports: Vec<(PackageId, Vec<PackageId>)> =
        reachable.iter().map(|id| (*id, foreign_imports(packages, *id, mods))).collect();
    let catching = reachable.iter().copied().filter(|id| catches_signals(packages, *id)).collect();
    found.extend(leading_to(catching, &imports, &|_, _| true));
    let serving = reachable.iter().copied().filter(|id| serves(packages, *id, input)).collect();
    let one_module = |a, b| module(packages, mods, a) == module(packages, mods, b);
    found.extend(leading_to(serving, &imports, &one_module));
    let mut nearest: Vec<PackageId> = found.into_iter().collect();
    nearest.sort_by_key(|it| order.get(it).copied());
    nearest.truncate(MAX_PACKAGES);
    nearest.into_iter().collect()
}

/// The packages, and those that lead to one of them through imports that count.
fn leading_to(
    mut found: BTreeSet<PackageId>,
    imports: &[(PackageId, Vec<PackageId>)],
    counts: &dyn Fn(PackageId, PackageId) -> bool,
) -> BTreeSet<PackageId> {
    loop {
        let before = found.len();
        for (id, below) in imports {
            if below.iter().any(|it| found.contains(it) && counts(*id, *it)) {
                found.insert(*id);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Packages of others that main packages reach, the nearest first.
fn reachable(packages: &Packages<'_>, mods: &[GoMod]) -> Vec<PackageId> {
    let mains = packages.iter().filter(|(_, it)| it.is_main()).map(|(id, _)| id);
    let own: BTreeSet<PackageId> = mains.flat_map(|it| packages.closure(it)).collect();
    let mut seen = BTreeSet::new();
    let mut order = Vec::new();
    let mut level: Vec<PackageId> = own.into_iter().collect();
    for _ in 0..MAX_DISTANCE {
        let mut next = Vec::new();
        for id in level {
            for import in foreign_imports(packages, id, mods) {
                if seen.insert(import) {
                    next.push(import);
                }
            }
        }
        order.extend(next.iter().copied());
        level = next;
    }
    order
}

/// What a package imports of others and no model describes.
fn foreign_imports(packages: &Packages<'_>, id: PackageId, mods: &[GoMod]) -> Vec<PackageId> {
    let Some(package) = packages.get(id) else { return Vec::new() };
    let imports = package.external.iter().filter(|it| !packages.libraries.is_modelled(it));
    let mut found: Vec<PackageId> =
        imports.filter_map(|it| packages.foreign(it, package.module, mods)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn catches_signals(packages: &Packages<'_>, id: PackageId) -> bool {
    let members = packages.get(id).into_iter().flat_map(|it| &it.members);
    members.into_iter().flat_map(|it| &it.facts.header.imports).any(|it| it.path == "os/signal")
}

/// The module of a package of others: as the go.mod of who imports it has it, without one what is
/// usually a repository.
fn module(packages: &Packages<'_>, mods: &[GoMod], id: PackageId) -> Option<String> {
    let package = packages.get(id)?;
    let path = package.foreign_path()?;
    let importer = package.module.and_then(|it| mods.get(it));
    let required = importer.into_iter().flat_map(|it| &it.requires).map(|(module, _)| module);
    let longest = required.filter(|it| under(&path, it).is_some()).max_by_key(|it| it.len());
    Some(longest.cloned().unwrap_or_else(|| {
        let parts: Vec<&str> = path.split('/').take(3).collect();
        parts.join("/")
    }))
}

fn serves(packages: &Packages<'_>, id: PackageId, input: &Input<'_>) -> bool {
    let members = packages.get(id).into_iter().flat_map(|it| &it.members);
    members.into_iter().any(|it| input.sources.get(it.file).is_some_and(|it| may_serve(&it.text)))
}

/// The import path of a directory that holds code of others.
pub(super) fn foreign_path(dir: &str) -> Option<String> {
    if let Some((_, path)) = dir.rsplit_once("vendor/") {
        return Some(path.to_owned());
    }
    let (module, _, rest) = cached(dir)?;
    Some(if rest.is_empty() { module.to_owned() } else { format!("{module}/{rest}") })
}

/// The directory of the module cache that holds an import of a module, in the version that it
/// requires. What it replaces is not there.
pub(super) fn cached_dir(path: &str, importer: &GoMod) -> Option<String> {
    let required = importer.requires.iter().filter(|(module, _)| under(path, module).is_some());
    let (module, version) = required.max_by_key(|(module, _)| module.len())?;
    if importer.replaces.iter().any(|(old, _)| old == module) {
        return None;
    }
    let rest = under(path, module)?;
    let slash = if rest.is_empty() { "" } else { "/" };
    Some(format!("{MODULE_CACHE}/{module}@{version}{slash}{rest}"))
}

/// The go.mod of the project through which a module of the cache came in.
pub(super) fn requirer(dir: &str, mods: &[GoMod]) -> Option<usize> {
    let (module, version, _) = cached(dir)?;
    mods.iter().position(|it| {
        it.requires.iter().any(|(path, required)| path == module && required == version)
    })
}

/// Module, version and the rest of a directory of the module cache.
fn cached(dir: &str) -> Option<(&str, &str, &str)> {
    let (module, rest) = under(dir, MODULE_CACHE)?.split_once('@')?;
    let (version, rest) = rest.split_once('/').unwrap_or((rest, ""));
    Some((module, version, rest))
}

/// Directories of the module cache with packages that main packages reach and whose code is not
/// among the files, as `<module>@<version>/<directory>`.
pub(crate) fn missing(input: &Input<'_>) -> BTreeSet<String> {
    let mods = super::modules(input);
    let packages = Packages::new(input, &mods);
    let mains = packages.iter().filter(|(_, it)| it.is_main()).map(|(id, _)| id);
    let own = mains.flat_map(|it| packages.closure(it));
    let fetched = packages.iter().filter(|(_, it)| it.dir.starts_with(MODULE_CACHE));
    let importers: BTreeSet<PackageId> = own.chain(fetched.map(|(id, _)| id)).collect();
    let mut missing = BTreeSet::new();
    for package in importers.iter().filter_map(|it| packages.get(*it)) {
        let Some(module) = package.module.and_then(|it| mods.get(it)) else { continue };
        for import in &package.external {
            let known = packages.libraries.is_modelled(import)
                || packages.foreign(import, package.module, &mods).is_some();
            let dir = if known { None } else { cached_dir(import, module) };
            missing.extend(dir.and_then(|it| Some(under(&it, MODULE_CACHE)?.to_owned())));
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use goready_model::FileId;

    use super::*;

    #[test]
    fn directories_of_the_module_cache_have_module_and_version() {
        let module = GoMod {
            file: FileId(0),
            dir: ".".to_owned(),
            module: "example.com/shop".to_owned(),
            go: None,
            toolchain: None,
            requires: vec![
                ("example.com/a".to_owned(), "v1.2.3".to_owned()),
                ("example.com/a/b".to_owned(), "v0.1.0".to_owned()),
                ("example.com/fork".to_owned(), "v1.0.0".to_owned()),
            ],
            godebug: Vec::new(),
            replaces: vec![("example.com/fork".to_owned(), "../fork".to_owned())],
        };
        for (path, dir) in [
            ("example.com/a", Some("$GOMODCACHE/example.com/a@v1.2.3")),
            ("example.com/a/c/d", Some("$GOMODCACHE/example.com/a@v1.2.3/c/d")),
            ("example.com/a/b/c", Some("$GOMODCACHE/example.com/a/b@v0.1.0/c")),
            ("example.com/ab", None),
            ("example.com/fork", None),
            ("net/http", None),
        ] {
            let found = cached_dir(path, &module);
            assert_eq!(found.as_deref(), dir, "{path}");
            let Some(dir) = found else { continue };
            assert_eq!(foreign_path(&dir).as_deref(), Some(path));
            assert_eq!(requirer(&dir, std::slice::from_ref(&module)), Some(0));
        }
    }
}
