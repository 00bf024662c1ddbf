//! Packages that say something by being used: `data/go_packages.toml`.

use std::sync::LazyLock;

use goready_model::Located;
use serde::Deserialize;

use super::Facts;
use crate::link::go::{libraries::base_path, packages::PackageId, repo::Repo};

/// Whether a logging package writes structured records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Structured {
    Yes,
    No,
    /// Only with a JSON formatter.
    Json,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoggingPackage {
    path: String,
    pub(super) structured: Structured,
    #[serde(default)]
    functions: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExporterPackage {
    path: String,
    #[serde(default)]
    functions: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    logging: Vec<LoggingPackage>,
    exporter: Vec<ExporterPackage>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| {
    // The file is part of the program; a test reads it, so an error cannot reach users.
    toml::from_str(include_str!("../../data/go_packages.toml")).unwrap_or_default()
});

fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// The logging package behind an import path.
pub(super) fn logging(path: &str) -> Option<&'static LoggingPackage> {
    let (base, _) = base_path(path);
    let found = DATA.logging.iter().filter(|it| {
        // `log` must not take `log/slog`.
        if it.path == "log" { base == "log" } else { is_under(&base, &it.path) }
    });
    found.max_by_key(|it| it.path.len())
}

impl LoggingPackage {
    /// Whether a function of the package writes a record.
    pub(super) fn writes(&self, name: &str) -> bool {
        if !self.functions.is_empty() {
            return self.functions.iter().any(|it| it == name);
        }
        const WRITERS: [&str; 13] = [
            "Trace", "Debug", "Info", "Print", "Warn", "Warning", "Error", "Fatal", "Panic",
            "DPanic", "Log", "Exit", "Severe",
        ];
        WRITERS.iter().any(|writer| {
            name.strip_prefix(writer).is_some_and(|it| {
                matches!(
                    it,
                    "" | "f"
                        | "ln"
                        | "w"
                        | "S"
                        | "Context"
                        | "fw"
                        | "v"
                        | "Depth"
                        | "ctx"
                        | "Attrs"
                )
            })
        })
    }
}

/// Whether a call exports metrics by itself.
pub(super) fn exports(path: &str, name: &str) -> bool {
    let (base, _) = base_path(path);
    DATA.exporter
        .iter()
        .any(|it| is_under(&base, &it.path) && it.functions.iter().any(|it| it == name))
}

/// What imports say.
pub(super) fn imports(repo: &Repo<'_>, closure: &[PackageId], facts: &mut Facts) {
    let members =
        closure.iter().rev().filter_map(|it| repo.packages.get(*it)).flat_map(|it| &it.members);
    for import in members.flat_map(|it| &it.facts.header.imports) {
        let (base, _) = base_path(&import.path);
        let exports =
            DATA.exporter.iter().any(|it| it.functions.is_empty() && is_under(&base, &it.path));
        if exports {
            facts
                .metrics_exporter
                .get_or_insert_with(|| Located::new(import.path.clone(), import.place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_readable() {
        let data: Result<Data, _> = toml::from_str(include_str!("../../data/go_packages.toml"));
        assert!(data.is_ok(), "{}", data.err().map(|it| it.to_string()).unwrap_or_default());
    }

    #[test]
    fn packages_are_told_apart() {
        assert_eq!(logging("log").map(|it| it.structured), Some(Structured::No));
        assert_eq!(logging("log/slog").map(|it| it.structured), Some(Structured::Yes));
        assert_eq!(
            logging("github.com/rs/zerolog/log").map(|it| it.structured),
            Some(Structured::Yes)
        );
        assert!(logging("k8s.io/klog/v2").is_some_and(|it| it.writes("InfoS")));
        assert!(logging("log").is_some_and(|it| it.writes("Printf") && !it.writes("SetFlags")));
        assert!(logging("example.com/log").is_none());
    }
}
