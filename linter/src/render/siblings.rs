//! Charts of the repository that a chart depends on and that do not lie in its `charts/`.
//!
//! `helm dependency build` would copy them there: those that `file://` points to, and else the one
//! chart of the repository with the name, as in a repository that holds a collection of charts.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use goready_helm::Dependency;
use serde::Deserialize;

use super::{ChartFile, are_same, files_below, prefix};
use crate::paths::join;

/// Charts by the name under which they are depended on, those that they depend on included.
#[derive(Debug, Clone, Default)]
pub(super) struct Siblings {
    charts: BTreeMap<String, Sibling>,
}

#[derive(Debug, Clone)]
struct Sibling {
    dir: String,
    files: Vec<ChartFile>,
}

impl Siblings {
    pub(super) fn of(&self, dependency: &Dependency) -> Option<Vec<goready_helm::ChartFile>> {
        let sibling = self.charts.get(&dependency.name)?;
        let prefix = prefix(&sibling.dir);
        Some(sibling.files.iter().map(|it| it.in_chart(&prefix)).collect())
    }

    pub(super) fn is_same(&self, other: &Siblings) -> bool {
        self.charts.len() == other.charts.len()
            && self.charts.iter().zip(&other.charts).all(|((name, a), (other_name, b))| {
                name == other_name && a.dir == b.dir && are_same(&a.files, &b.files)
            })
    }
}

/// Finds what the chart in a directory, and what it depends on, is missing.
pub(super) fn find(files: &BTreeMap<Arc<str>, ChartFile>, dir: &str) -> Siblings {
    let mut found = Siblings::default();
    let mut by_name: Option<BTreeMap<String, Vec<String>>> = None;
    let mut seen = BTreeSet::from([dir.to_owned()]);
    let mut pending = vec![dir.to_owned()];
    while let Some(dir) = pending.pop() {
        let Some(names) = names(files, &dir) else { continue };
        for dependency in &names.dependencies {
            if found.charts.contains_key(&dependency.name) || is_bundled(files, &dir, dependency) {
                continue;
            }
            let target = match dependency.repository.strip_prefix("file://") {
                Some(path) => join(&dir, path),
                None => {
                    let by_name = by_name.get_or_insert_with(|| dirs_by_name(files));
                    // Of two charts with one name either may be meant.
                    match by_name.get(&dependency.name).map(Vec::as_slice) {
                        Some([only]) => Some(only.clone()),
                        _ => None,
                    }
                }
            };
            let Some(target) = target.filter(|it| seen.insert(it.clone())) else { continue };
            let files = files_below(files, &prefix(&target));
            if files.iter().any(|it| *it.path == *format!("{}Chart.yaml", prefix(&target))) {
                let sibling = Sibling { dir: target.clone(), files };
                found.charts.insert(dependency.name.clone(), sibling);
                pending.push(target);
            }
        }
    }
    found
}

/// What `Chart.yaml` says about names; places do not matter here.
#[derive(Debug, Deserialize)]
struct Names {
    name: String,
    #[serde(default)]
    dependencies: Vec<Wanted>,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    name: String,
    #[serde(default)]
    repository: String,
}

fn names(files: &BTreeMap<Arc<str>, ChartFile>, dir: &str) -> Option<Names> {
    let file = files.get(&*format!("{}Chart.yaml", prefix(dir)))?;
    yaml_serde::from_slice(&file.bytes).ok()
}

/// Whether something in `charts/` may be the dependency.
fn is_bundled(files: &BTreeMap<Arc<str>, ChartFile>, dir: &str, dependency: &Wanted) -> bool {
    let below = format!("{}charts/{}", prefix(dir), dependency.name);
    let from = files.range::<str, _>((Bound::Included(&*below), Bound::Unbounded));
    let mut near = from.take_while(|(path, _)| path.starts_with(&below)).map(|(path, _)| path);
    near.any(|path| path[below.len()..].starts_with(['/', '-']))
}

/// Directories of all charts by their names, bundled ones left out.
fn dirs_by_name(files: &BTreeMap<Arc<str>, ChartFile>) -> BTreeMap<String, Vec<String>> {
    let dirs = goready_helm::chart_dirs(files.keys().map(|it| &**it));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for dir in dirs.iter().filter(|it| goready_helm::parent_chart(it, &dirs).is_none()) {
        if let Some(names) = names(files, dir) {
            found.entry(names.name).or_default().push(dir.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use goready_model::FileId;

    use super::*;

    fn project(files: &[(&str, &str)]) -> BTreeMap<Arc<str>, ChartFile> {
        let file = |(index, (path, text)): (usize, &(&str, &str))| {
            let path: Arc<str> = (*path).into();
            let bytes = text.as_bytes().into();
            (path.clone(), ChartFile { id: FileId(index as u32), path, bytes })
        };
        files.iter().enumerate().map(file).collect()
    }

    fn chart(name: &str, dependencies: &str) -> String {
        format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\ndependencies: [{dependencies}]\n")
    }

    #[test]
    fn missing_dependencies_are_found_by_path_and_by_name_and_so_are_theirs() {
        let web = chart("web", "{name: a, version: 1, repository: 'file://../lib/a'}");
        let a = chart("a", "{name: b, version: 1, repository: 'https://charts.example.com'}");
        let files = project(&[
            ("charts/lib/a/Chart.yaml", &a),
            ("charts/other/Chart.yaml", &chart("b", "")),
            ("charts/web/Chart.yaml", &web),
        ]);
        let found = find(&files, "charts/web");
        let dirs: Vec<_> = found.charts.iter().map(|(name, it)| (&**name, &*it.dir)).collect();
        assert_eq!(dirs, [("a", "charts/lib/a"), ("b", "charts/other")]);
    }

    #[test]
    fn what_lies_in_charts_and_what_is_ambiguous_is_left_alone() {
        let web = chart("web", "{name: a, version: 1}, {name: b, version: 1}");
        let files = project(&[
            ("one/Chart.yaml", &chart("b", "")),
            ("two/Chart.yaml", &chart("b", "")),
            ("three/Chart.yaml", &chart("a", "")),
            ("web/Chart.yaml", &web),
            ("web/charts/a-1.0.0.tgz", ""),
        ]);
        assert!(find(&files, "web").charts.is_empty());
    }
}
