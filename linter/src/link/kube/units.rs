//! Render units: what is applied together.
//!
//! A root kustomization is a unit (see `kustomize`). The files that no kustomization lists are
//! plain manifests, and a unit of those is a deployable directory tree:
//!
//! - Files of one directory belong together, unless they define the same object twice. A file that
//!   repeats others as a bundle stands alone, and so does each of several variants.
//! - A directory takes in its child directories when it holds manifests itself or is named (or lies
//!   below one named) as the place to deploy from (`k8s`, `deploy`, ...), and no object is then
//!   defined twice.
//! - A collection of samples, examples or tests is never taken in and takes nothing in, nor is a
//!   chart's directory or what a kustomization left out.
//!
//! In doubt things stay apart: a join across deployments invents defects, a missing join only
//! misses them.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{FileId, FileKind, Unit, UnitId, UnitKind};

use super::{
    kustomize::Kustomizations,
    objects::{Found, Identity},
};
use crate::link::Input;

/// Units, and the one each file belongs to.
pub(super) struct Assigned {
    pub(super) units: Vec<Unit>,
    pub(super) unit_of: BTreeMap<FileId, UnitId>,
}

/// A unit before it has an id.
struct Draft {
    unit: Unit,
    files: Vec<FileId>,
}

/// Puts every file that has objects into a unit.
pub(super) fn assign(
    input: &Input<'_>,
    found: &[Found],
    kustomizations: &Kustomizations,
) -> Assigned {
    let mut files = manifest_files(input, found, kustomizations);
    let mut drafts = Vec::new();
    let by_path: BTreeMap<&str, FileId> = input.files.iter().map(|it| (it.path, it.file)).collect();
    for root in kustomizations.roots() {
        let members = root.files.iter().filter_map(|it| by_path.get(it.as_str()).copied());
        let members: Vec<FileId> = members.filter(|it| taken(&mut files, *it)).collect();
        drafts.push(Draft {
            unit: Unit {
                kind: UnitKind::Kustomization(root.file),
                dir: unit_dir(&root.dir),
                namespace: root.namespace.clone(),
                partial: root.open_ended,
            },
            files: members,
        });
    }
    let charts = goready_helm::chart_dirs(input.files.iter().map(|it| it.path));
    let closed = |dir: &str| kustomizations.holds(dir) || charts.contains(dir);
    for group in plain_groups(files.into_values().collect(), &closed) {
        drafts.push(Draft {
            unit: Unit {
                kind: UnitKind::Plain,
                dir: unit_dir(&group.dir),
                namespace: None,
                partial: false,
            },
            files: group.files.iter().map(|it| it.file).collect(),
        });
    }
    number(drafts, input)
}

/// A file with objects, or a kustomization whose generators make some.
struct ManifestFile {
    file: FileId,
    dir: String,
    identities: BTreeSet<Identity>,
    is_kustomization: bool,
}

fn manifest_files(
    input: &Input<'_>,
    found: &[Found],
    kustomizations: &Kustomizations,
) -> BTreeMap<FileId, ManifestFile> {
    let mut identities: BTreeMap<FileId, BTreeSet<Identity>> = BTreeMap::new();
    for it in found {
        identities.entry(it.file).or_default().extend(it.identity());
    }
    for it in kustomizations.generated() {
        identities.entry(it.file).or_default();
    }
    let mut files = BTreeMap::new();
    for it in input.files {
        let Some(identities) = identities.remove(&it.file) else { continue };
        let dir = it.path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
        let is_kustomization = it.facts.kind == FileKind::Kustomization;
        files.insert(it.file, ManifestFile { file: it.file, dir, identities, is_kustomization });
    }
    files
}

/// Takes a file out of those that still have no unit.
fn taken(files: &mut BTreeMap<FileId, ManifestFile>, file: FileId) -> bool {
    files.remove(&file).is_some()
}

fn unit_dir(dir: &str) -> String {
    if dir.is_empty() { ".".to_owned() } else { dir.to_owned() }
}

/// Gives units their ids in the order of directories and files, and marks those with a file that
/// could not be read to its end.
fn number(mut drafts: Vec<Draft>, input: &Input<'_>) -> Assigned {
    let position: BTreeMap<FileId, usize> =
        input.files.iter().enumerate().map(|(index, it)| (it.file, index)).collect();
    let broken: BTreeSet<FileId> = input
        .files
        .iter()
        .filter(|it| it.facts.documents.iter().any(|document| document.truncated))
        .map(|it| it.file)
        .collect();
    drafts.retain(|it| !it.files.is_empty());
    drafts.sort_by_cached_key(|it| {
        (it.unit.dir.clone(), it.files.iter().filter_map(|file| position.get(file)).min().copied())
    });
    let mut assigned = Assigned { units: Vec::new(), unit_of: BTreeMap::new() };
    for mut draft in drafts {
        let id = UnitId(assigned.units.len() as u32);
        draft.unit.partial |= draft.files.iter().any(|it| broken.contains(it));
        assigned.unit_of.extend(draft.files.iter().map(|it| (*it, id)));
        assigned.units.push(draft.unit);
    }
    assigned
}

/// Files of plain manifests that belong together.
struct Group {
    dir: String,
    files: Vec<ManifestFile>,
}

fn plain_groups(files: Vec<ManifestFile>, closed: &dyn Fn(&str) -> bool) -> Vec<Group> {
    let mut by_dir: BTreeMap<String, Vec<ManifestFile>> = BTreeMap::new();
    for file in files.into_iter().filter(|it| !it.is_kustomization) {
        let mut dir = file.dir.as_str();
        while let Some((parent, _)) = dir.rsplit_once('/') {
            by_dir.entry(parent.to_owned()).or_default();
            dir = parent;
        }
        by_dir.entry(String::new()).or_default();
        by_dir.entry(file.dir.clone()).or_default().push(file);
    }
    let mut dirs: Vec<String> = by_dir.keys().cloned().collect();
    dirs.sort_by_key(|it| std::cmp::Reverse(depth(it)));
    let mut done = Vec::new();
    let mut open: BTreeMap<String, Vec<Group>> = BTreeMap::new();
    for dir in dirs {
        let (together, apart) = split_variants(by_dir.remove(&dir).unwrap_or_default());
        done.extend(apart.into_iter().map(|it| Group { dir: dir.clone(), files: vec![it] }));
        let children = open.remove(&dir).unwrap_or_default();
        let takes_in = (!together.is_empty() || is_deployed_from(&dir)) && !is_collection(&dir);
        let own = Group { dir: dir.clone(), files: together };
        let mut groups = if takes_in {
            match union(own, children) {
                Ok(group) => vec![group],
                Err((own, children)) => {
                    done.extend(children);
                    vec![own]
                }
            }
        } else {
            done.extend(children);
            vec![own]
        };
        groups.retain(|it| !it.files.is_empty());
        match dir.rsplit_once('/').map(|(parent, _)| parent).or((!dir.is_empty()).then_some("")) {
            Some(parent) if !closed(&dir) && !is_collection(&dir) => {
                open.entry(parent.to_owned()).or_default().extend(groups);
            }
            _ => done.extend(groups),
        }
    }
    done
}

fn depth(dir: &str) -> usize {
    if dir.is_empty() { 0 } else { dir.split('/').count() }
}

/// Separates files that define an object another file of the directory defines as well.
fn split_variants(files: Vec<ManifestFile>) -> (Vec<ManifestFile>, Vec<ManifestFile>) {
    let mut by_identity: BTreeMap<&Identity, Vec<&ManifestFile>> = BTreeMap::new();
    for file in &files {
        for identity in &file.identities {
            by_identity.entry(identity).or_default().push(file);
        }
    }
    // A bundle of what other files hold: those stay together, the bundle goes.
    let is_bundle = |it: &ManifestFile| {
        let sharing = it.identities.iter().filter_map(|it| by_identity.get(it)).flatten();
        sharing.into_iter().any(|other| {
            other.identities.len() < it.identities.len()
                && other.identities.is_subset(&it.identities)
        })
    };
    let bundles: BTreeSet<FileId> =
        files.iter().filter(|it| is_bundle(it)).map(|it| it.file).collect();
    let (mut apart, rest): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|it| bundles.contains(&it.file));
    let mut counts: BTreeMap<&Identity, usize> = BTreeMap::new();
    for identity in rest.iter().flat_map(|it| &it.identities) {
        *counts.entry(identity).or_default() += 1;
    }
    let is_variant =
        |it: &ManifestFile| it.identities.iter().any(|it| counts.get(it).is_some_and(|n| *n > 1));
    let variants: BTreeSet<FileId> =
        rest.iter().filter(|it| is_variant(it)).map(|it| it.file).collect();
    let (variants, together): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|it| variants.contains(&it.file));
    apart.extend(variants);
    (together, apart)
}

/// One group of all, unless an object would then be defined twice.
fn union(own: Group, children: Vec<Group>) -> Result<Group, (Group, Vec<Group>)> {
    let mut seen = BTreeSet::new();
    let groups = std::iter::once(&own).chain(&children);
    let clashes = groups
        .flat_map(|it| &it.files)
        .flat_map(|it| &it.identities)
        .any(|identity| !seen.insert(identity));
    drop(seen);
    if clashes {
        return Err((own, children));
    }
    let mut children = children;
    // A directory that only passes on what one child holds leaves it its name.
    if own.files.is_empty() && children.len() == 1 {
        return Ok(children.swap_remove(0));
    }
    let mut files = own.files;
    files.extend(children.into_iter().flat_map(|it| it.files));
    Ok(Group { dir: own.dir, files })
}

/// Whether a directory is, or lies below, one that people deploy from as a whole.
fn is_deployed_from(dir: &str) -> bool {
    dir.split('/').any(|it| {
        matches!(
            it.to_ascii_lowercase().as_str(),
            "k8s"
                | "kube"
                | "kubernetes"
                | "deploy"
                | "deployment"
                | "deployments"
                | "manifests"
                | "manifest"
                | "infra"
                | "infrastructure"
                | "gitops"
                | "argocd"
                | "flux"
                | "cluster"
                | "clusters"
                | "release"
                | "yaml"
                | "yamls"
        )
    })
}

/// Whether a file lies in documentation, examples or tests. The templates of a chart do not.
pub(super) fn is_sample(path: &str) -> bool {
    let is_sample = |dir: &str| is_collection(dir) && !dir.eq_ignore_ascii_case("templates");
    path.rsplit_once('/').is_some_and(|(dir, _)| dir.split('/').any(is_sample))
}

/// Whether a directory holds things that stand beside each other without belonging together.
pub(super) fn is_collection(dir: &str) -> bool {
    let name = dir.rsplit('/').next().unwrap_or(dir).to_ascii_lowercase();
    matches!(
        name.trim_start_matches(['_', '.']),
        "sample"
            | "samples"
            | "example"
            | "examples"
            | "demo"
            | "demos"
            | "doc"
            | "docs"
            | "test"
            | "tests"
            | "testdata"
            | "test-data"
            | "fixtures"
            | "e2e"
            | "hack"
            | "tutorial"
            | "tutorials"
            | "sandbox"
            | "contrib"
            | "snippets"
            | "templates"
    )
}
