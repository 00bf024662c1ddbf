//! Code of other modules, from the module cache of the Go command.
#![expect(clippy::disallowed_methods, reason = "reading files is what `discover` is for")]

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use super::MAX_FILE_SIZE;
use crate::engine::Engine;

/// Rounds in which packages of other modules are fetched: each brings those that the one before
/// imports.
const MODULE_ROUNDS: usize = 3;
/// Packages of other modules that are looked for at most.
const MAX_MODULE_PACKAGES: usize = 500;

/// The module cache, where the environment names one.
pub fn cache() -> Option<PathBuf> {
    let named = env::var_os("GOMODCACHE").filter(|it| !it.is_empty()).map(PathBuf::from);
    let below = || {
        let gopath = env::var_os("GOPATH")?;
        let first = env::split_paths(&gopath).find(|it| !it.as_os_str().is_empty())?;
        Some(first.join("pkg").join("mod"))
    };
    named.or_else(below).filter(|it| it.is_absolute() && it.is_dir())
}

/// Gives the engine the code of other modules that the project calls, in exactly the versions that
/// its go.mod requires, as far as the module cache holds it.
pub fn add(engine: &mut Engine, cache: &Path) {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MODULE_ROUNDS {
        let missing = engine.missing_packages();
        let new: Vec<&String> = missing.iter().filter(|it| !asked.contains(*it)).collect();
        let room = MAX_MODULE_PACKAGES.saturating_sub(asked.len());
        let files: Vec<_> = new.iter().take(room).flat_map(|it| package_files(cache, it)).collect();
        if files.is_empty() {
            return;
        }
        asked.extend(new.into_iter().take(room).cloned());
        engine.add_foreign(files);
    }
}

/// The Go files of a package in the module cache, `<module>@<version>/<directory>`.
fn package_files(cache: &Path, package: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(cache.join(escape(package))) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_code = name.ends_with(".go") && !name.ends_with("_test.go");
        let size = entry.metadata().ok().filter(fs::Metadata::is_file).map(|it| it.len());
        if !is_code || size.is_none_or(|it| it > MAX_FILE_SIZE) {
            continue;
        }
        if let Ok(bytes) = fs::read(entry.path()) {
            files.push((format!("{package}/{name}"), bytes));
        }
    }
    files.sort();
    files
}

/// How the module cache writes paths on file systems without upper case (golang.org/ref/mod).
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(letter.to_ascii_lowercase());
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_cache_has_no_upper_case() {
        assert_eq!(
            escape("github.com/BurntSushi/toml@v1.0.0-RC1"),
            "github.com/!burnt!sushi/toml@v1.0.0-!r!c1"
        );
    }
}
