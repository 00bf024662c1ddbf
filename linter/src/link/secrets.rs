//! Credential candidates of all files: rendered charts and Go sinks added, each joined with the
//! object that holds it and the code that reads it, copies of one value merged.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use goready_model::{
    Document, FileKind, Node, Object, ObjectId, Place, Project, SecretCandidate, SecretConstant,
    SecretContext, SecretForm, Tree, UnitKind,
};
use goready_parse::secrets::{one_for_each_place, precedence, scan_document};

use super::Input;

/// How much a link of container and program must prove before a read in it is shown.
const SHOWN_CONFIDENCE: f32 = 0.6;

/// How much before it makes an error.
const PROVEN_CONFIDENCE: f32 = 0.8;

/// Shortest value of which two copies are one credential; two `root`s are two.
const COPY_LENGTH: usize = 8;

/// Fills secrets.
pub(super) fn link(input: &Input<'_>, project: &mut Project) {
    let mut found: Vec<SecretCandidate> =
        input.files.iter().flat_map(|it| it.facts.secrets.iter().cloned()).collect();
    found.extend(project.programs.iter().flat_map(|it| it.secret_sinks.iter().cloned()));
    found.extend(constants_at_sinks(input));
    let owners = Owners::new(project);
    for candidate in &mut found {
        candidate.object = owners.of(candidate, project);
    }
    found.extend(rendered(input, project));
    let services = compose_services(input);
    for candidate in &mut found {
        let read = read_of(candidate, project);
        if let Some((read, confidence)) = read.filter(|_| candidate.context == SecretContext::Env) {
            candidate.proof = Some(read);
            candidate.proven = confidence >= PROVEN_CONFIDENCE;
        }
        if let SecretForm::Dsn { host, local_host, .. } = &mut candidate.form {
            *local_host |= services.contains(host.split(':').next().unwrap_or(host));
        }
    }
    project.secrets = merge_copies(one_for_each_place(found), project);
}

/// Constants that reach a credential sink in another file.
fn constants_at_sinks(input: &Input<'_>) -> Vec<SecretCandidate> {
    let mut constants = BTreeMap::<(&str, &str), &SecretConstant>::new();
    for it in input.files {
        for constant in &it.facts.secret_names.constants {
            constants.insert((directory(it.path), &constant.name), constant);
        }
    }
    let mut found = Vec::new();
    for it in input.files {
        for used in &it.facts.secret_names.uses {
            let Some(dir) = (match &used.import {
                None => Some(directory(it.path).to_owned()),
                Some(import) => directory_of_package(import, input),
            }) else {
                continue;
            };
            let declared = constants.get(&(dir.as_str(), used.name.as_str()));
            let Some(constant) = declared.filter(|it| it.length > 0) else { continue };
            let form = SecretForm::Sink { sink: used.sink.clone(), name: used.name.clone() };
            found.push(SecretCandidate {
                name: used.name.clone(),
                length: constant.length,
                digest: constant.digest,
                proof: Some(used.place),
                ..SecretCandidate::new(form, SecretContext::Go, constant.place)
            });
        }
    }
    found
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(dir, _)| dir)
}

/// Where in the repository an import path lies, by its modules.
fn directory_of_package(import: &str, input: &Input<'_>) -> Option<String> {
    let inside = |module: &str| match import.strip_prefix(module)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    };
    let modules = input.files.iter().filter_map(|it| it.facts.go_mod.as_ref());
    let (root, rest) = modules
        .filter(|it| !it.module.is_empty())
        .filter_map(|it| Some((it, inside(&it.module)?)))
        .max_by_key(|(it, _)| it.module.len())?;
    Some(match (root.dir.as_str(), rest) {
        (".", "") => ".".to_owned(),
        (".", rest) => rest.to_owned(),
        (dir, "") => dir.to_owned(),
        (dir, rest) => format!("{dir}/{rest}"),
    })
}

/// Plain objects by the file and document they stand in.
struct Owners {
    by_document: BTreeMap<(goready_model::FileId, usize), Vec<ObjectId>>,
}

impl Owners {
    fn new(project: &Project) -> Self {
        let mut by_document = BTreeMap::<_, Vec<_>>::new();
        for object in project.objects.iter().filter(|it| !is_rendered(project, it)) {
            by_document.entry((object.file, object.document)).or_default().push(object.id);
        }
        Self { by_document }
    }

    /// The object around a candidate: an item of a List rather than its neighbour.
    fn of(&self, candidate: &SecretCandidate, project: &Project) -> Option<ObjectId> {
        let (document, _) = candidate.node?;
        let at = candidate.place.at;
        let objects = self.by_document.get(&(at.file, document))?.iter().copied();
        let holds =
            |id: &ObjectId| project.object(*id).node().is_some_and(|it| it.place().at.contains(at));
        objects.filter(holds).min_by_key(|it| {
            let span = project.object(*it).node().map_or(at, |it| it.place().at);
            span.end - span.start
        })
    }
}

fn is_rendered(project: &Project, object: &Object) -> bool {
    matches!(project.unit(object.unit).kind, UnitKind::Chart { .. })
}

/// Candidates of rendered charts. What a values file fed is that file's default, not text of the
/// chart; what an action wrote is not known.
fn rendered(input: &Input<'_>, project: &Project) -> Vec<SecretCandidate> {
    let mut scanned = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for object in project.objects.iter().filter(|it| is_rendered(project, it)) {
        let Some(root) = object.node() else { continue };
        // Renders of a chart share the trees of what they print alike.
        if !scanned.insert((Arc::as_ptr(&object.tree), root.id())) {
            continue;
        }
        let path = project.path(object.file);
        for mut candidate in of_tree(&object.tree, object.document, path) {
            let at = candidate.place.at;
            let inside = candidate
                .node
                .and_then(|(_, id)| object.tree.node(id))
                .is_some_and(|it| is_below(it, root));
            let literal = candidate.place.from.is_none()
                && !input.sources.slice(at).contains("{{")
                && at.start < at.end;
            // The same literal appears in each render.
            if inside && literal && seen.insert(candidate.place) {
                candidate.object = Some(object.id);
                found.push(candidate);
            }
        }
    }
    found
}

fn of_tree(tree: &Arc<Tree>, index: usize, path: &str) -> Vec<SecretCandidate> {
    let document = Document { tree: Arc::clone(tree), index, truncated: false };
    scan_document(&document, FileKind::Manifest, path)
}

fn is_below(node: Node<'_>, root: Node<'_>) -> bool {
    std::iter::successors(Some(node), Node::parent).any(|it| it.id() == root.id())
}

/// Names of all compose services: hosts of a developer's machine.
fn compose_services<'a>(input: &Input<'a>) -> BTreeSet<&'a str> {
    let compose = input.files.iter().filter(|it| it.facts.kind == FileKind::Compose);
    let documents = compose.flat_map(|it| it.facts.documents.iter());
    let services = documents.filter_map(|it| it.tree.root()?.get("services"));
    services.flat_map(|it| it.entries()).map(|it| it.key.text()).collect()
}

/// Where the program of the container reads the variable.
fn read_of(candidate: &SecretCandidate, project: &Project) -> Option<(Place, f32)> {
    let object = project.object(candidate.object?);
    let workload = project.workloads.iter().find(|it| it.object == object.id)?;
    let (_, node) = candidate.node?;
    // value -> entry -> env -> container
    let container = object.tree.node(node)?.parent()?.parent()?.parent()?;
    let link = project.container_link(workload.id, container.str_field("name").value()?)?;
    let programs = link.link.programs.iter().filter(|it| it.confidence >= SHOWN_CONFIDENCE);
    programs
        .filter_map(|it| {
            let mut reads = project.program(it.target).env_reads.iter();
            let read = reads.find(|read| read.name == candidate.name)?;
            Some((read.place, it.confidence))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// One candidate for each value: the one whose rule comes first, the others as its copies.
fn merge_copies(mut found: Vec<SecretCandidate>, project: &Project) -> Vec<SecretCandidate> {
    found.sort_by(|a, b| {
        let key = |it: &SecretCandidate| (precedence(it), it.sample, Reverse(it.proof.is_some()));
        let path = |it: &SecretCandidate| project.path(it.place.at.file).to_owned();
        key(a).cmp(&key(b)).then_with(|| path(a).cmp(&path(b))).then(a.place.cmp(&b.place))
    });
    let mut kept: Vec<SecretCandidate> = Vec::new();
    let mut first = BTreeMap::<u64, usize>::new();
    for candidate in found {
        let copyable = is_copyable(&candidate);
        let original = first.get(&candidate.digest).filter(|_| copyable);
        if let Some(original) = original.and_then(|it| kept.get_mut(*it)) {
            original.copies.push(candidate.place);
            original.hidden.extend(candidate.hidden);
            continue;
        }
        if copyable {
            first.insert(candidate.digest, kept.len());
        }
        kept.push(candidate);
    }
    kept
}

/// Whether equal values are one credential. The values of a Secret stay with their Secret.
fn is_copyable(candidate: &SecretCandidate) -> bool {
    if candidate.length < COPY_LENGTH || candidate.common {
        return false;
    }
    match &candidate.form {
        SecretForm::ProviderToken { .. }
        | SecretForm::PrivateKey { .. }
        | SecretForm::Dsn { .. }
        | SecretForm::Sink { .. } => true,
        SecretForm::NamedLiteral { .. } => candidate.context != SecretContext::KubernetesSecret,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use goready_model::{
        FileId, Object, ObjectId, Project, Settings, SourceFile, Sources, Unit, UnitId, UnitKind,
    };

    use super::{Input, rendered};
    use crate::{config::Config, engine::Engine};

    const VALUE: &str = "hT7kQ2mZx9Lw4RvB";

    fn project(files: &[(&str, String)]) -> Project {
        let mut engine = Engine::new(Config::default());
        let bytes = |(path, text): &(&str, String)| ((*path).to_owned(), text.clone().into_bytes());
        engine.set_files(files.iter().map(bytes).collect());
        engine.link().0
    }

    fn pod(name: &str, value: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n    - name: \
             {name}\n      image: {name}\n      env:\n        - name: DB_PASSWORD\n          value: \
             {value}\n"
        )
    }

    #[test]
    fn a_candidate_knows_its_object() {
        let text = format!("{}---\n{}", pod("a", "first-words"), pod("b", "second-words"));
        let project = project(&[("k8s/pods.yaml", text)]);
        let names = project.secrets.iter().map(|it| &*project.object(it.object.unwrap()).name);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn copies_of_a_value_are_one_candidate_and_common_words_are_not() {
        let twice = |value: &str| {
            let files = [("a/pod.yaml", pod("a", value)), ("b/pod.yaml", pod("b", value))];
            project(&files).secrets.iter().map(|it| it.copies.len()).collect::<Vec<_>>()
        };
        assert_eq!(twice(VALUE), [1]);
        assert_eq!(twice("postgres"), [0, 0]);
    }

    #[test]
    fn a_constant_of_another_package_reaches_its_sink() {
        let project = project(&[
            ("go.mod", "module example.com/api\n\ngo 1.26\n".to_owned()),
            ("keys/keys.go", "package keys\n\nconst SigningSecret = \"four words are here\"\n".to_owned()),
            (
                "auth/auth.go",
                "package auth\n\nimport (\n\t\"example.com/api/keys\"\n\t\"github.com/golang-jwt/jwt/v5\"\n)\n\n\
                 func sign(t *jwt.Token) {\n\tt.SignedString([]byte(keys.SigningSecret))\n}\n"
                    .to_owned(),
            ),
        ]);
        let found = project.secrets.first().unwrap();
        assert_eq!(project.path(found.place.at.file), "keys/keys.go");
        assert_eq!(project.path(found.proof.unwrap().at.file), "auth/auth.go");
    }

    #[test]
    fn only_literal_text_of_a_chart_counts() {
        let written = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  literal: some words\n  \
                       generated: {{ randAlphaNum 9 }}\n";
        let output = written.replace("{{ randAlphaNum 9 }}", "abcdefghi4xyzXYZ0000");
        let parsed = goready_yaml::parse(FileId(0), &output);
        let tree = Arc::clone(&parsed.documents.first().unwrap().tree);
        let mut sources = Sources::default();
        sources.insert(FileId(0), SourceFile::decode("templates/db.yaml", written.as_bytes()));
        let chart = UnitKind::Chart { chart: "web".to_owned(), render: "default".to_owned() };
        let project = Project {
            units: vec![Unit { kind: chart, dir: ".".to_owned(), namespace: None, partial: false }],
            objects: vec![Object {
                id: ObjectId(0),
                unit: UnitId(0),
                root: tree.root().unwrap().id(),
                tree,
                document: 0,
                file: FileId(0),
                api_version: "v1".to_owned(),
                kind: "Secret".to_owned(),
                namespace: String::new(),
                name: "db".to_owned(),
                partial: false,
                chart_test: false,
                sample: false,
            }],
            ..Project::default()
        };
        let settings = Settings::default();
        let input = Input {
            files: &[],
            sources: &sources,
            charts: &[],
            settings: &settings,
            overrides: &[],
            models: &crate::link::Models::default(),
        };
        let names: Vec<_> = rendered(&input, &project).into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["literal"]);
    }
}
