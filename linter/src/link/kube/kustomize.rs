//! Kustomizations: which files, bases and components belong together.
//!
//! A kustomization that no other one includes (a *root*) is a unit with everything it reaches. A base that several roots reach is put into
//! the one that reaches most files, because most of its partners are there, those of tests and
//! samples last; where that is even, into the one named after production, then the first by path.
//! Its copies in the other overlays are not judged again: they would repeat the same findings.
//!
//! `namespace` is applied, because it decides who meets whom; the outermost one wins. Generators
//! give partial ConfigMaps and Secrets, so that their names resolve. What a kustomization changes
//! in its objects is the business of `overlay`. Name prefixes and suffixes are left out: they
//! change all names of a unit, and references with them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use goready_model::{FileId, FileKind, Node, Object, ObjectId, Tree, UnitId};

use super::units;
use crate::{link::Input, paths::join};

/// A root kustomization with the files of its unit.
pub(super) struct Root {
    pub(super) file: FileId,
    pub(super) dir: String,
    pub(super) namespace: Option<String>,
    /// Resource files, patches and the kustomization files themselves, by path.
    pub(super) files: BTreeSet<String>,
    /// Part of it lies elsewhere, so that a missing object proves nothing.
    pub(super) open_ended: bool,
}

/// All kustomizations of the project.
pub(super) struct Kustomizations {
    list: Vec<Kustomization>,
    /// The root each one belongs to, by index; a root belongs to itself.
    owners: Vec<usize>,
    roots: Vec<Root>,
    dirs: BTreeSet<String>,
    patches: BTreeSet<String>,
    namespaces: BTreeMap<String, String>,
    generated: Vec<Object>,
}

impl Kustomizations {
    pub(super) fn read(input: &Input<'_>) -> Self {
        let list = read_all(input);
        let owners = owners(&list);
        let namespaces = effective_namespaces(&list, &owners);
        let resources: BTreeSet<&str> =
            list.iter().flat_map(|it| &it.resources).map(String::as_str).collect();
        let mut all = Self {
            list: Vec::new(),
            owners: Vec::new(),
            roots: Vec::new(),
            dirs: list.iter().map(|it| it.dir.clone()).collect(),
            patches: BTreeSet::new(),
            namespaces: BTreeMap::new(),
            generated: Vec::new(),
        };
        for (index, kustomization) in list.iter().enumerate() {
            if owners[index] == index {
                all.roots.push(root(&list, &owners, index));
            }
            let namespace = namespaces[index].as_deref();
            if let Some(namespace) = namespace {
                for path in &kustomization.resources {
                    all.namespaces.entry(path.clone()).or_insert_with(|| namespace.to_owned());
                }
            }
            let patches =
                kustomization.patches.iter().filter(|it| !resources.contains(it.as_str()));
            all.patches.extend(patches.cloned());
            all.generated.extend(kustomization.generated(namespace));
        }
        Self { list, owners, ..all }
    }

    pub(super) fn roots(&self) -> &[Root] {
        &self.roots
    }

    pub(super) fn get(&self, index: usize) -> Option<&Kustomization> {
        self.list.get(index)
    }

    /// Indices of the roots, and the root that owns a kustomization.
    pub(super) fn root_indices(&self) -> impl Iterator<Item = usize> {
        self.owners.iter().enumerate().filter(|(index, owner)| index == *owner).map(|(it, _)| it)
    }

    pub(super) fn owner(&self, index: usize) -> Option<usize> {
        self.owners.get(index).copied()
    }

    /// Whether a directory has a kustomization.
    pub(super) fn holds(&self, dir: &str) -> bool {
        self.dirs.contains(dir)
    }

    /// Whether a file is a patch and nothing else.
    pub(super) fn is_patch(&self, path: &str) -> bool {
        self.patches.contains(path)
    }

    /// The namespace that a kustomization moves the objects of a file to.
    pub(super) fn namespace_of(&self, path: &str) -> Option<&str> {
        self.namespaces.get(path).map(String::as_str)
    }

    /// What generators make; unit and id are for the caller to set.
    pub(super) fn generated(&self) -> &[Object] {
        &self.generated
    }
}

/// One kustomization file.
pub(super) struct Kustomization {
    file: FileId,
    path: String,
    pub(super) dir: String,
    /// Its own document, then its inline patches.
    pub(super) trees: Vec<Arc<Tree>>,
    tree: Arc<Tree>,
    namespace: Option<String>,
    /// Paths of its resource files.
    pub(super) resources: Vec<String>,
    /// Bases and directories among its resources, by index.
    pub(super) bases: Vec<usize>,
    /// Components, by index: they change what the kustomization has gathered.
    pub(super) components: Vec<usize>,
    /// Files that change resources and are none themselves.
    patches: Vec<String>,
    open_ended: bool,
}

fn read_all(input: &Input<'_>) -> Vec<Kustomization> {
    let files = input.files.iter().filter(|it| it.facts.kind == FileKind::Kustomization);
    let mut list: Vec<Kustomization> = files
        .filter_map(|it| {
            let trees: Vec<_> = it.facts.documents.iter().map(|it| it.tree.clone()).collect();
            let tree = trees.first()?.clone();
            let namespace = tree.root()?.str_field("namespace").value().map(str::to_owned);
            Some(Kustomization {
                file: it.file,
                path: it.path.to_owned(),
                dir: it.path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned(),
                trees,
                tree,
                namespace,
                resources: Vec::new(),
                bases: Vec::new(),
                components: Vec::new(),
                patches: Vec::new(),
                open_ended: false,
            })
        })
        .collect();
    let by_dir: BTreeMap<String, usize> =
        list.iter().enumerate().map(|(index, it)| (it.dir.clone(), index)).collect();
    let paths: BTreeSet<&str> = input.files.iter().map(|it| it.path).collect();
    for it in &mut list {
        it.read_members(&by_dir, &paths);
    }
    list
}

impl Kustomization {
    fn read_members(&mut self, by_dir: &BTreeMap<String, usize>, paths: &BTreeSet<&str>) {
        let tree = self.tree.clone();
        let Some(root) = tree.root() else { return };
        for key in ["resources", "bases", "components"] {
            for member in list(root, key) {
                let path = member.as_str().and_then(|it| join(&self.dir, it));
                match path {
                    Some(path) if by_dir.contains_key(&path) => {
                        let is_component = key == "components";
                        let list =
                            if is_component { &mut self.components } else { &mut self.bases };
                        list.extend(by_dir.get(&path));
                    }
                    Some(path) if paths.contains(path.as_str()) => self.resources.push(path),
                    // A URL, a file that is generated or ignored, a value that is not known.
                    _ => self.open_ended = true,
                }
            }
        }
        let lists = ["patchesStrategicMerge", "transformers", "validators", "configurations"];
        let entries = lists.into_iter().flat_map(|it| list(root, it)).filter_map(|it| it.as_str());
        let maps = ["patches", "patchesJson6902", "replacements"];
        let with_path = maps.into_iter().flat_map(|it| list(root, it));
        let with_path = with_path.filter_map(|it| it.get("path")?.as_str());
        let patches = entries.chain(with_path).filter_map(|it| join(&self.dir, it));
        self.patches.extend(patches.filter(|it| paths.contains(it.as_str())));
        self.open_ended |= ["helmCharts", "helmChartInflationGenerator", "generators"]
            .into_iter()
            .any(|it| list(root, it).next().is_some());
    }

    /// The kustomizations it includes, by index.
    fn includes(&self) -> impl Iterator<Item = usize> {
        self.bases.iter().chain(&self.components).copied()
    }

    pub(super) fn root(&self) -> Option<Node<'_>> {
        self.tree.root()
    }

    /// ConfigMaps and Secrets of its generators.
    fn generated(&self, namespace: Option<&str>) -> Vec<Object> {
        let Some(root) = self.tree.root() else { return Vec::new() };
        let generators = [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")];
        let entries = generators
            .into_iter()
            .flat_map(|(key, kind)| list(root, key).map(move |entry| (kind, entry)));
        let object = |(kind, entry): (&str, Node<'_>)| {
            let name = entry.str_field("name").value()?;
            let own = entry.str_field("namespace").value().unwrap_or("");
            Some(Object {
                id: ObjectId(0),
                unit: UnitId(0),
                tree: self.tree.clone(),
                root: entry.id(),
                document: 0,
                file: self.file,
                api_version: "v1".to_owned(),
                kind: kind.to_owned(),
                namespace: namespace.unwrap_or(own).to_owned(),
                name: name.to_owned(),
                partial: true,
                chart_test: false,
                sample: false,
            })
        };
        entries.filter_map(object).collect()
    }
}

/// Items of a list field; nothing when it is no list.
pub(super) fn list<'t>(root: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
    root.get(key).into_iter().flat_map(|it| it.items())
}

/// The root that each kustomization belongs to, by index; a root belongs to itself.
fn owners(list: &[Kustomization]) -> Vec<usize> {
    let included: BTreeSet<usize> = list.iter().flat_map(Kustomization::includes).collect();
    let mut owners: Vec<Option<usize>> = vec![None; list.len()];
    let mut roots: Vec<(usize, BTreeSet<usize>)> = (0..list.len())
        .filter(|it| !included.contains(it))
        .map(|it| (it, reached(list, it)))
        .collect();
    let files = |reached: &BTreeSet<usize>| -> usize {
        reached.iter().filter_map(|it| list.get(*it)).map(|it| it.resources.len()).sum()
    };
    roots.sort_by_key(|(root, reached)| {
        let dir = &list[*root].dir;
        let is_sample = dir.split('/').any(units::is_collection);
        (is_sample, Reverse(files(reached)), !is_production(dir), dir.clone())
    });
    for (root, reached) in &roots {
        for index in reached {
            owners[*index].get_or_insert(*root);
        }
    }
    // Kustomizations that include each other in a circle have no root; kustomize refuses them.
    owners.iter().enumerate().map(|(index, owner)| owner.unwrap_or(index)).collect()
}

/// A kustomization and all it includes, directly or not.
fn reached(list: &[Kustomization], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([from]);
    let mut pending = vec![from];
    while let Some(index) = pending.pop() {
        pending.extend(list[index].includes().filter(|it| reached.insert(*it)));
    }
    reached
}

fn is_production(dir: &str) -> bool {
    dir.split(['/', '-', '_', '.']).any(|it| matches!(it, "prod" | "production" | "prd" | "live"))
}

/// The namespace each kustomization's resources end up in, by index.
fn effective_namespaces(list: &[Kustomization], owners: &[usize]) -> Vec<Option<String>> {
    let mut namespaces: Vec<Option<String>> = vec![None; list.len()];
    for root in (0..list.len()).filter(|it| owners[*it] == *it) {
        let mut seen = BTreeSet::from([root]);
        let mut pending = vec![(root, None)];
        while let Some((index, outer)) = pending.pop() {
            let namespace: Option<String> = outer.or_else(|| list[index].namespace.clone());
            for include in list[index].includes() {
                if owners[include] == root && seen.insert(include) {
                    pending.push((include, namespace.clone()));
                }
            }
            namespaces[index] = namespace;
        }
    }
    namespaces
}

fn root(list: &[Kustomization], owners: &[usize], index: usize) -> Root {
    let members: Vec<&Kustomization> =
        list.iter().zip(owners).filter(|(_, owner)| **owner == index).map(|(it, _)| it).collect();
    let paths = members
        .iter()
        .flat_map(|it| it.resources.iter().chain(&it.patches).chain(std::iter::once(&it.path)));
    let reached = reached(list, index);
    Root {
        file: list[index].file,
        dir: list[index].dir.clone(),
        namespace: list[index].namespace.clone(),
        files: paths.cloned().collect(),
        // What an overlay shares with others and does not own is missing from its unit, too.
        open_ended: members.iter().any(|it| it.open_ended) || reached.len() != members.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_told_by_a_whole_word() {
        assert!(is_production("overlays/prod"));
        assert!(is_production("overlays/eu-production"));
        assert!(!is_production("overlays/products"));
    }
}
