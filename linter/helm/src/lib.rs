//! Helm charts: where they are and what their `Chart.yaml` says.
//!
//! Templates are not rendered in this version; a chart is known by its shape only. Places do not
//! matter here: a finding about `Chart.yaml` itself takes them from its document tree.

mod chart;
pub mod containers;
mod context;
mod data;
mod exec;
mod functions;
pub mod origin;
pub mod template;
pub mod text;
pub mod value;

use std::collections::BTreeSet;

use serde::Deserialize;

pub use context::{Limits, Mode, Settings};

/// What `Chart.yaml` says about its chart (helm.sh/docs/topics/charts, `apiVersion` v1 and v2).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub name: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub api_version: String,
    #[serde(default, rename = "type")]
    pub kind: ChartKind,
    /// Of `apiVersion: v2`; v1 keeps them in `requirements.yaml`.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
}

/// Whether a chart deploys something by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChartKind {
    #[default]
    Application,
    /// Named templates for other charts; it renders nothing.
    Library,
}

/// A chart that another one needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    pub name: String,
    #[serde(default)]
    pub version: String,
    /// `https://...`, `oci://...`, `file://...`, `@repository`; empty for a chart that only lies in
    /// `charts/`.
    #[serde(default)]
    pub repository: String,
    #[serde(default)]
    pub alias: Option<String>,
    #[serde(default)]
    pub condition: Option<String>,
}

/// `Chart.yaml` is not what Helm asks for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MetadataError(#[from] yaml_serde::Error);

/// Reads the text of a `Chart.yaml`.
///
/// # Errors
/// The text is no YAML, or a field Helm needs is missing or of another type.
pub fn metadata(text: &str) -> Result<Metadata, MetadataError> {
    Ok(yaml_serde::from_str(text)?)
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
        let chart = metadata(text).unwrap();
        assert_eq!((chart.name.as_str(), chart.kind), ("api", ChartKind::Library));
        assert_eq!(chart.dependencies[0].name, "redis");
        assert_eq!(metadata("name: old\nversion: \"1\"\n").unwrap().kind, ChartKind::Application);
        assert!(metadata("version: 1.0.0\n").is_err());
    }

    #[test]
    fn partials_and_notes_are_not_rendered() {
        assert!(is_rendered("templates/api/deployment.yaml"));
        assert!(!is_rendered("templates/_helpers.tpl"));
        assert!(!is_rendered("templates/NOTES.txt"));
        assert!(!is_rendered("crds/crd.yaml"));
    }
}
