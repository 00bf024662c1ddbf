//! Packages of the repository: modules, import paths, and the code of what main packages reach.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use goready_model::{FileId, GoMod};
use goready_parse::go::{self, GoFile, Included, code::Code};
use rayon::prelude::*;

use super::{learned, libraries::Libraries};
use crate::link::Input;

/// A package, by its position in [`Packages::all`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PackageId(pub(super) u32);

/// A file of a package, before its code is needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) file: FileId,
    pub(super) path: &'a str,
    pub(super) facts: &'a GoFile,
    /// Only part of builds with some custom tag.
    pub(super) tagged: bool,
}

/// A directory's package.
#[derive(Debug)]
pub(super) struct Package<'a> {
    /// Relative to the project root, `.` for the root.
    pub(super) dir: String,
    pub(super) name: &'a str,
    /// Index into the project's go.mod files.
    pub(super) module: Option<usize>,
    pub(super) members: Vec<Member<'a>>,
    /// Other files of the directory are left out by their build constraints.
    pub(super) alternatives: bool,
    /// Packages of the repository that it imports.
    pub(super) imports: BTreeSet<PackageId>,
    /// Import paths outside the repository.
    pub(super) external: BTreeSet<&'a str>,
}

impl Package<'_> {
    /// A main package of the project itself.
    pub(super) fn is_main(&self) -> bool {
        self.name == "main" && !go::is_foreign(&self.dir)
    }

    /// Code of others: it is read for what it does, and never judged.
    pub(super) fn is_foreign(&self) -> bool {
        go::is_foreign(&self.dir)
    }

    /// The import path of a package of others.
    pub(super) fn foreign_path(&self) -> Option<String> {
        learned::foreign_path(&self.dir)
    }

    /// Whether some file is judged whether a program reaches it or not.
    pub(super) fn matters_alone(&self) -> bool {
        self.members.iter().any(|it| it.facts.alone)
    }
}

/// All packages of the repository.
#[derive(Debug)]
pub(super) struct Packages<'a> {
    pub(super) all: Vec<Package<'a>>,
    by_path: HashMap<String, PackageId>,
    by_dir: HashMap<&'a str, PackageId>,
    replaces: Vec<Vec<(String, String)>>,
    pub(super) libraries: Libraries<'a>,
    /// Packages of others that are read, see [`learned`](super::learned).
    learned: BTreeSet<PackageId>,
    /// Some files come from the module cache.
    cached: bool,
}

impl<'a> Packages<'a> {
    /// Groups the files into packages and resolves their imports.
    pub(super) fn new(input: &Input<'a>, mods: &[GoMod]) -> Self {
        let tags = build_tags(input);
        let mut groups: BTreeMap<(&'a str, &'a str), Vec<Member<'a>>> = BTreeMap::new();
        let mut alternatives: BTreeSet<&'a str> = BTreeSet::new();
        for it in input.files {
            let Some(facts) = &it.facts.go else { continue };
            if facts.test || facts.other_platform || facts.header.package.is_empty() {
                continue;
            }
            let included =
                facts.header.constraint.as_ref().map_or(Included::Yes, |it| it.included(&tags));
            if included != Included::Yes {
                alternatives.insert(dir_of(it.path));
            }
            if included == Included::No {
                continue;
            }
            let member = Member {
                file: it.file,
                path: it.path,
                facts,
                tagged: included == Included::Tagged,
            };
            groups.entry((dir_of(it.path), &facts.header.package)).or_default().push(member);
        }
        // Files behind custom tags are alternatives to the default build, not part of it.
        for members in groups.values_mut() {
            if members.iter().any(|it| !it.tagged) {
                members.retain(|it| !it.tagged);
            }
        }
        let mut packages = Self {
            all: Vec::new(),
            by_path: HashMap::new(),
            by_dir: HashMap::new(),
            replaces: mods.iter().map(|it| it.replaces.clone()).collect(),
            libraries: Libraries::new(input.models),
            learned: BTreeSet::new(),
            cached: groups.keys().any(|(dir, _)| dir.starts_with(go::MODULE_CACHE)),
        };
        let gopath = GopathPrefixes::infer(&groups);
        for ((dir, name), members) in groups {
            packages.add(dir, name, members, mods, &gopath);
        }
        for package in &mut packages.all {
            package.alternatives = alternatives.contains(package.dir.as_str());
        }
        packages.resolve_imports(mods);
        packages.learned = learned::select(&packages, mods, input);
        if !packages.learned.is_empty() {
            packages.resolve_imports(mods);
        }
        packages
    }

    fn add(
        &mut self,
        dir: &'a str,
        name: &'a str,
        members: Vec<Member<'a>>,
        mods: &[GoMod],
        gopath: &GopathPrefixes,
    ) {
        let id = PackageId(self.all.len() as u32);
        let module = learned::requirer(dir, mods).or_else(|| module_of(dir, mods));
        let path = match module.and_then(|it| mods.get(it)) {
            Some(module) => import_path(&module.module, relative(dir, &module.dir)),
            None => gopath.path(dir),
        };
        // `package main` beside another package of the same directory is a tool of it.
        if name != "main" || !self.by_path.contains_key(&path) {
            self.by_path.insert(path.clone(), id);
            self.by_dir.insert(dir, id);
        }
        self.all.push(Package {
            dir: dir.to_owned(),
            name,
            module,
            members,
            alternatives: false,
            imports: BTreeSet::new(),
            external: BTreeSet::new(),
        });
    }

    fn resolve_imports(&mut self, mods: &[GoMod]) {
        for at in 0..self.all.len() {
            let Some(package) = self.all.get(at) else { continue };
            let (mut imports, mut external) = (BTreeSet::new(), BTreeSet::new());
            for member in &package.members {
                for import in &member.facts.header.imports {
                    match self.find(&import.path, package.module, mods) {
                        Some(id) if id.0 as usize != at => {
                            imports.insert(id);
                        }
                        Some(_) => {}
                        None => {
                            external.insert(import.path.as_str());
                        }
                    }
                }
            }
            if let Some(package) = self.all.get_mut(at) {
                package.imports = imports;
                package.external = external;
            }
        }
    }

    /// The package behind an import path, seen from a module.
    pub(super) fn find(
        &self,
        path: &str,
        module: Option<usize>,
        mods: &[GoMod],
    ) -> Option<PackageId> {
        if let Some(id) = self.by_path.get(path) {
            return Some(*id);
        }
        let module_dir = module.and_then(|it| mods.get(it)).map_or(".", |it| it.dir.as_str());
        for (old, new) in module.and_then(|it| self.replaces.get(it)).into_iter().flatten() {
            if !(new.starts_with("./") || new.starts_with("../")) {
                continue;
            }
            let Some(rest) = under(path, old) else { continue };
            let dir = join(&join(module_dir, new), rest);
            if let Some(id) = self.by_dir.get(dir.as_str()) {
                return Some(*id);
            }
        }
        self.foreign(path, module, mods).filter(|it| self.learned.contains(it))
    }

    /// The package of another module behind an import path, wherever its code is at hand: in
    /// `vendor/`, or in the module cache in the version that the module requires.
    pub(super) fn foreign(
        &self,
        path: &str,
        module: Option<usize>,
        mods: &[GoMod],
    ) -> Option<PackageId> {
        let importer = module.and_then(|it| mods.get(it));
        let vendored = join(&join(importer.map_or(".", |it| it.dir.as_str()), "vendor"), path);
        if let Some(found) = self.by_dir.get(vendored.as_str()) {
            return Some(*found);
        }
        if !self.cached {
            return None;
        }
        self.by_dir.get(learned::cached_dir(path, importer?)?.as_str()).copied()
    }

    pub(super) fn get(&self, id: PackageId) -> Option<&Package<'a>> {
        self.all.get(id.0 as usize)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PackageId, &Package<'a>)> {
        self.all.iter().enumerate().map(|(at, it)| (PackageId(at as u32), it))
    }

    /// A package and everything of the repository below it, dependencies first.
    pub(super) fn closure(&self, root: PackageId) -> Vec<PackageId> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::from([root]);
        let mut stack = vec![(root, false)];
        while let Some((id, done)) = stack.pop() {
            if done {
                order.push(id);
                continue;
            }
            stack.push((id, true));
            for import in self.get(id).into_iter().flat_map(|it| it.imports.iter().rev()) {
                if seen.insert(*import) {
                    stack.push((*import, false));
                }
            }
        }
        order
    }

    /// Parses the files of these packages that were left unparsed.
    pub(super) fn code_of(
        &self,
        wanted: &BTreeSet<PackageId>,
        input: &Input<'a>,
    ) -> HashMap<FileId, go::ParsedCode> {
        let missing: Vec<_> = wanted
            .iter()
            .filter_map(|id| self.get(*id))
            .flat_map(|it| &it.members)
            .filter(|it| it.facts.code.is_none())
            .filter_map(|it| {
                let text = &input.sources.get(it.file)?.text;
                (!go::is_plain_generated(it.path, it.facts, text)).then_some((it.file, text))
            })
            .collect();
        missing.into_par_iter().map(|(file, text)| (file, go::code(file, text))).collect()
    }
}

/// The code of a member, wherever it was parsed.
pub(super) fn code<'c>(
    member: &Member<'c>,
    late: &'c HashMap<FileId, go::ParsedCode>,
) -> Option<&'c Code> {
    member.facts.code.as_ref().or_else(|| late.get(&member.file)?.code.as_ref())
}

/// Tags of all shipped builds: a file behind one of them is part of what runs.
fn build_tags(input: &Input<'_>) -> BTreeSet<String> {
    input
        .files
        .iter()
        .flat_map(|it| &it.facts.builds)
        .filter(|it| !it.debug)
        .flat_map(|it| it.tags.iter().cloned())
        .collect()
}

/// The innermost module that holds a directory.
fn module_of(dir: &str, mods: &[GoMod]) -> Option<usize> {
    mods.iter()
        .enumerate()
        .filter(|(_, it)| it.dir == "." || it.dir == dir || under(dir, &it.dir).is_some())
        .max_by_key(|(_, it)| if it.dir == "." { 0 } else { it.dir.len() })
        .map(|(at, _)| at)
}

pub(super) fn dir_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(dir, _)| dir)
}

/// What follows `prefix/`, or nothing when the two are equal.
pub(super) fn under<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

fn relative<'p>(dir: &'p str, base: &str) -> &'p str {
    if base == "." { if dir == "." { "" } else { dir } } else { under(dir, base).unwrap_or("") }
}

fn import_path(module: &str, relative: &str) -> String {
    if relative.is_empty() { module.to_owned() } else { format!("{module}/{relative}") }
}

/// Joins directories, `.` and `..` resolved, `.` for the root.
pub(super) fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Import prefixes of directories without a go.mod (GOPATH layout): `github.com/a/b` for `.` when
/// files import `github.com/a/b/x` and `x` is a directory with Go files.
#[derive(Debug)]
struct GopathPrefixes {
    prefix: Option<String>,
}

impl GopathPrefixes {
    fn infer(groups: &BTreeMap<(&str, &str), Vec<Member<'_>>>) -> Self {
        let dirs: BTreeSet<&str> = groups.keys().map(|(dir, _)| *dir).collect();
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for import in groups.values().flatten().flat_map(|it| &it.facts.header.imports) {
            // The repository's root is the longest part before a suffix that is a directory here.
            let suffixes = import.path.match_indices('/').map(|(at, _)| import.path.split_at(at));
            for (prefix, suffix) in suffixes {
                let host = prefix.split('/').next().unwrap_or("");
                if host.contains('.') && prefix.contains('/') && dirs.contains(&suffix[1..]) {
                    *votes.entry(prefix).or_default() += 1;
                    break;
                }
            }
        }
        // Without subpackages the programs still import the root package itself: by its name.
        let root: Option<&str> =
            groups.keys().find(|(dir, name)| *dir == "." && *name != "main").map(|(_, name)| *name);
        if let (true, Some(root)) = (votes.is_empty(), root) {
            for import in groups.values().flatten().flat_map(|it| &it.facts.header.imports) {
                let is_root = import.path.split('/').next().is_some_and(|it| it.contains('.'))
                    && import.path.rsplit('/').next() == Some(root)
                    && !dirs.contains(join("vendor", &import.path).as_str());
                if is_root {
                    *votes.entry(&import.path).or_default() += 1;
                }
            }
        }
        let best = votes.into_iter().max_by_key(|(prefix, count)| (*count, prefix.len()));
        Self { prefix: best.map(|(prefix, _)| prefix.to_owned()) }
    }

    fn path(&self, dir: &str) -> String {
        match &self.prefix {
            Some(prefix) => import_path(prefix, relative(dir, ".")),
            None => dir.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_directories() {
        for (base, path, expected) in [
            (".", "a/b", "a/b"),
            ("cmd/x", "../../", "."),
            ("cmd/x", "../y", "cmd/y"),
            ("a", "./b/../c", "a/c"),
        ] {
            assert_eq!(join(base, path), expected);
        }
    }

    #[test]
    fn the_innermost_module_owns_a_directory() {
        let module = |dir: &str| GoMod {
            file: FileId(0),
            dir: dir.to_owned(),
            module: format!("m/{dir}"),
            go: None,
            toolchain: None,
            godebug: Vec::new(),
            requires: Vec::new(),
            replaces: Vec::new(),
        };
        let mods = [module("."), module("cmd"), module("cmd/api")];
        assert_eq!(module_of("cmd/api/x", &mods), Some(2));
        assert_eq!(module_of("cmd/apis", &mods), Some(1));
        assert_eq!(module_of("pkg", &mods), Some(0));
        assert_eq!(module_of("pkg", &mods[1..]), None);
    }
}
