//! Helm charts: where they are and what their `Chart.yaml` says.
//!
//! Templates are not rendered in this version; a chart is known by its shape only.

use std::collections::BTreeSet;

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
