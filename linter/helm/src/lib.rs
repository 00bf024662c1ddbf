//! Helm charts: rendered as helm 4.3.1 does, with the origin of everything that is printed.
//!
//! [`load`] makes a chart from files in memory and [`render()`] documents from a chart. Nothing is
//! read, run or fetched here: who calls gives the files, and functions that would ask a cluster, a
//! clock or chance give what stands for their answer.

mod chart;
pub mod containers;
mod context;
mod crds;
mod data;
mod documents;
mod exec;
mod functions;
pub mod origin;
mod render;
pub mod template;
pub mod text;
mod unreached;
mod unread;
pub mod value;

use std::collections::BTreeSet;

use goready_model::FileId;

pub use chart::{
    Chart, ChartFile, ChartKind, Content, Dependency, IgnoreRules, Import, LoadError, Loading,
    Maintainer, Metadata, Places, ReadFile, Siblings, ValuesKind, ValuesSource, load, load_archive,
    load_with,
};
pub use context::{Limits, Mode, Settings};
pub use crds::first_action;
pub use documents::kept::Kept;
pub use documents::{Hook, HookEvent, Provenance, RenderedDocument};
pub use render::{ErrorKind, RenderError, Rendered, Request, render};
pub use unreached::{UnreachedPart, unreached_parts};
pub use unread::{UnreadKey, unread_keys};

/// Reads the text of a `Chart.yaml`; places in what comes back lie in `file`.
///
/// # Errors
/// The text is no YAML, or a field Helm needs is missing or of another type.
pub fn metadata(file: FileId, text: &str) -> Result<Metadata, LoadError> {
    chart::metadata(file, text)
}

/// Directories that hold a `Chart.yaml`, relative to the root with `/`; the root itself is the
/// empty string.
pub fn chart_dirs<'a>(paths: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    paths
        .into_iter()
        .filter_map(|path| match path.rsplit_once('/') {
            Some((dir, "Chart.yaml")) => Some(dir.to_owned()),
            None if path == "Chart.yaml" => Some(String::new()),
            _ => None,
        })
        .collect()
}

/// The chart that a chart is bundled with: `parent` for `parent/charts/child`.
pub fn parent_chart<'d>(dir: &str, chart_dirs: &'d BTreeSet<String>) -> Option<&'d str> {
    let (above, _) = dir.rsplit_once('/')?;
    let parent = above.strip_suffix("charts")?;
    let parent = parent.strip_suffix('/').unwrap_or(parent);
    chart_dirs.get(parent).map(String::as_str)
}

/// Whether the path is that of a packed dependency: `charts/redis-19.0.1.tgz` of a chart.
pub fn is_archive(path: &str) -> bool {
    let Some((dir, name)) = path.rsplit_once('/') else { return false };
    name.ends_with(".tgz") && dir.rsplit('/').next() == Some("charts")
}

/// Whether Helm renders a file of a chart's `templates/`, given its path inside the chart:
/// partials and notes are not rendered into objects.
pub fn is_rendered(path_in_chart: &str) -> bool {
    let Some(inside) = path_in_chart.strip_prefix("templates/") else { return false };
    let name = inside.rsplit_once('/').map_or(inside, |(_, name)| name);
    !name.starts_with(['_', '.']) && name != "NOTES.txt"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_are_found_by_their_metadata_file() {
        let paths =
            ["Chart.yaml", "a/Chart.yaml", "a/values.yaml", "a/charts/b/Chart.yaml", "x/Chart.yml"];
        let dirs: Vec<_> = chart_dirs(paths).into_iter().collect();
        assert_eq!(dirs, ["", "a", "a/charts/b"]);
    }

    #[test]
    fn a_subchart_knows_its_parent() {
        let dirs = chart_dirs(["Chart.yaml", "charts/a/Chart.yaml", "x/charts/b/Chart.yaml"]);
        assert_eq!(parent_chart("charts/a", &dirs), Some(""));
        assert_eq!(parent_chart("x/charts/b", &dirs), None);
        assert_eq!(parent_chart("", &dirs), None);
    }

    #[test]
    fn metadata_of_both_versions_is_read() {
        let text = "apiVersion: v2\nname: api\nversion: 1.2.3\ntype: library\ndependencies:\n\
                    - name: redis\n  version: ^1\n  repository: https://charts.example.com\n";
        let read = |text: &str| metadata(FileId(0), text);
        let chart = read(text).unwrap();
        assert_eq!((chart.name.as_str(), chart.kind), ("api", ChartKind::Library));
        assert_eq!(chart.dependencies()[0].name, "redis");
        assert_eq!(read("name: old\nversion: \"1\"\n").unwrap().kind, ChartKind::Application);
        assert!(read("version: 1.0.0\n").is_err());
    }

    #[test]
    fn partials_and_notes_are_not_rendered() {
        assert!(is_rendered("templates/api/deployment.yaml"));
        assert!(!is_rendered("templates/_helpers.tpl"));
        assert!(!is_rendered("templates/NOTES.txt"));
        assert!(!is_rendered("crds/crd.yaml"));
    }
}
