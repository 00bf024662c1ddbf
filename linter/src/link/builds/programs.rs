//! From package arguments to the main packages they name, and from builds to their output.

use goready_model::{Build, GoMod, Located, Program};
use goready_parse::build::expand::{is_resolved, may_equal};

use super::paths::{self, below, in_repository, join};

/// The programs of the repository.
pub(super) struct Programs<'p> {
    pub(super) all: &'p [Program],
    pub(super) go_mods: &'p [GoMod],
}

impl Programs<'_> {
    /// Sets the build's directory (a path of the repository, when that is known) and programs.
    ///
    /// `in_gopath` gives the path of the repository for an import path that no module explains.
    pub(super) fn resolve(
        &self,
        build: &mut Build,
        directory: Option<&str>,
        in_gopath: &dyn Fn(&str) -> Option<String>,
    ) {
        build.dir = directory.and_then(in_repository).filter(|it| is_resolved(it));
        let here = Located::new(".".to_owned(), build.place);
        let packages =
            if build.packages.is_empty() { std::slice::from_ref(&here) } else { &*build.packages };
        let mut found: Vec<_> = self
            .all
            .iter()
            .filter(|program| {
                packages.iter().any(|it| self.names(it, directory, in_gopath, program))
            })
            .map(|it| it.id)
            .collect();
        // The directory is not known, but the output has the name of one program.
        if found.is_empty()
            && directory.is_none()
            && let Some(output) = &build.output
        {
            let name = paths::base_name(&output.value);
            let named: Vec<_> = self.all.iter().filter(|it| it.name() == name).collect();
            if let [only] = &*named {
                found.push(only.id);
            }
        }
        build.programs = found;
    }

    /// Whether a package argument names a program.
    fn names(
        &self,
        package: &Located<String>,
        directory: Option<&str>,
        in_gopath: &dyn Fn(&str) -> Option<String>,
        program: &Program,
    ) -> bool {
        let path = package.value.as_str();
        let wanted = paths::of_repository(&program.dir);
        let is_path = path.starts_with(['.', '/', '@']) || path.is_empty();
        if !is_path && let Some(module) = self.module(program) {
            // An import path: the module, and the directory below it.
            if let Some(rest) = path.strip_prefix(module.module.as_str())
                && (rest.is_empty() || rest.starts_with('/'))
            {
                let path = join(&paths::of_repository(&module.dir), rest.trim_matches('/'));
                return covers(&path, &wanted);
            }
        }
        if !is_path
            && self.module(program).is_none()
            && let Some(path) = in_gopath(path)
        {
            return covers(&path, &wanted);
        }
        let Some(directory) = directory else { return false };
        covers(&join(directory, path), &wanted)
    }

    fn module(&self, program: &Program) -> Option<&GoMod> {
        self.go_mods.get(program.go_mod?)
    }

    /// Where the output lies, absolute, and whether that is a directory of binaries.
    pub(super) fn output(&self, build: &Build, directory: &str) -> Option<(String, bool)> {
        if let Some(output) = &build.output {
            let path = join(directory, &output.value);
            let several = build.packages.len() > 1
                || build.packages.iter().any(|it| it.value.contains("..."));
            let is_directory = output.value.ends_with('/') || output.value == "." || several;
            return Some((path, is_directory));
        }
        let name = match (&*build.programs, &*build.packages) {
            ([only], _) => {
                self.all.iter().find(|it| it.id == *only).map(|it| it.name().to_owned())?
            }
            (_, [package]) => {
                let name = paths::base_name(&package.value);
                let file = name.strip_suffix(".go");
                file.unwrap_or(name).to_owned()
            }
            _ => return None,
        };
        Some((join(directory, &name), false))
    }
}

/// Whether a package path (a directory, one of its files, or `...`) covers a directory.
fn covers(package: &str, directory: &str) -> bool {
    if let Some(prefix) = package.strip_suffix("/...") {
        return below(directory, prefix).is_some();
    }
    let is_file = package.ends_with(".go") || package.ends_with("/*");
    let package = if is_file { paths::parent(package) } else { package.to_owned() };
    may_equal(&package, directory)
}
