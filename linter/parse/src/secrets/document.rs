//! Leaves of YAML and JSON documents: settings, Kubernetes objects, compose files and
//! kustomizations, each with what its place says about it.

use std::borrow::Cow;

use goready_model::{Document, FileKind, Node, NodeKind, Place, SecretContext};

use super::{
    leaf::{Evidence, Leaf},
    lines, pem,
    words::{Head, NameIn, head, is_connection_key, signing_key},
};

/// Kinds whose contents are encrypted or only point at a secret.
const SEALED: &[&str] = &[
    "SealedSecret",
    "ExternalSecret",
    "ClusterExternalSecret",
    "SecretProviderClass",
    "VaultStaticSecret",
    "VaultDynamicSecret",
    "SopsSecret",
    "CustomResourceDefinition",
];

/// Keys whose value is text about the thing.
const PROSE: &[&str] = &[
    "description",
    "summary",
    "title",
    "help",
    "usage",
    "example",
    "examples",
    "comment",
    "message",
];

/// Every leaf of a document that may be a credential.
pub(super) fn leaves(index: usize, document: &Document, kind: FileKind) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    if let Some(root) = document.tree.root() {
        let walk = Walk { index, kind };
        if !is_encrypted(root) && !is_schema(root) {
            walk.node(root, &mut found);
        }
    }
    found
}

/// The context of a scalar, for credentials that were found in the text.
pub(super) fn context_of(node: Node<'_>, kind: FileKind) -> Option<SecretContext> {
    if is_environment_value(node, kind) {
        return Some(SecretContext::Env);
    }
    match object_of(node)?.get("kind")?.as_str()? {
        "Secret" => Some(SecretContext::KubernetesSecret),
        "ConfigMap" => Some(SecretContext::ConfigMap),
        _ => None,
    }
}

/// The scalar value that holds a range of the file.
pub(super) fn scalar_at(document: &Document, start: u32, end: u32) -> Option<Node<'_>> {
    let mut node = document.tree.root()?;
    loop {
        let holds = |it: &Node<'_>| {
            let at = it.place().at;
            at.start <= start && end <= at.end && !it.is_merged()
        };
        let below = node.items().chain(node.entries().map(|it| it.value)).find(holds);
        match below {
            Some(child) => node = child,
            None => return (node.is_scalar() && holds(&node)).then_some(node),
        }
    }
}

/// SOPS keeps its own key beside the data and leaves the keys readable.
fn is_encrypted(root: Node<'_>) -> bool {
    root.get("sops").is_some_and(|it| it.get("mac").is_some() || it.get("version").is_some())
}

/// OpenAPI and JSON schemas, and definitions of resources, speak about passwords, they hold none.
fn is_schema(root: Node<'_>) -> bool {
    let kind = root.get("kind").and_then(|it| it.as_str());
    if kind == Some("CustomResourceDefinition") {
        return true;
    }
    ["openapi", "swagger", "$schema", "asyncapi"].iter().any(|it| root.get(it).is_some())
        && (root.get("paths").is_some()
            || root.get("definitions").is_some()
            || root.get("properties").is_some()
            || root.get("channels").is_some())
}

/// The innermost Kubernetes object around a node.
fn object_of(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(Some(node), Node::parent).find(|it| is_object(*it))
}

fn is_object(node: Node<'_>) -> bool {
    node.get("kind").is_some_and(|it| it.as_str().is_some())
        && node.get("apiVersion").is_some_and(|it| it.as_str().is_some())
}

/// `env: [{name, value}]` of a container, `environment` of a compose service.
fn is_environment_value(node: Node<'_>, kind: FileKind) -> bool {
    let Some(parent) = node.parent() else { return false };
    if parent.is_sequence() || kind == FileKind::Compose {
        return kind == FileKind::Compose
            && parent.key().is_some_and(|it| it.text() == "environment");
    }
    node.key().is_some_and(|it| it.text() == "value") && is_environment_list(parent.parent())
}

fn is_environment_list(list: Option<Node<'_>>) -> bool {
    let Some(key) = list.filter(Node::is_sequence).and_then(|it| it.key()) else {
        return false;
    };
    let name = key.text().to_ascii_lowercase();
    matches!(name.as_str(), "env" | "envs" | "environment")
        || name.ends_with("env")
        || name.ends_with("envvars")
}

struct Walk {
    index: usize,
    kind: FileKind,
}

impl Walk {
    fn node<'t>(&self, node: Node<'t>, found: &mut Vec<Leaf<'t>>) {
        if is_object(node) {
            match node.get("kind").and_then(|it| it.as_str()).unwrap_or_default() {
                "Secret" => return self.secret(node, found),
                "ConfigMap" => return self.config_map(node, found),
                it if SEALED.contains(&it) => return,
                _ => {}
            }
        }
        for item in node.items() {
            self.item(item, found);
        }
        let connects =
            node.entries().any(|it| is_connection_key(it.key.text()) && !is_blank(it.value));
        for entry in node.entries().filter(|it| !it.value.is_merged()) {
            self.entry(entry.key.text(), entry.value, connects, found);
        }
    }

    fn item<'t>(&self, item: Node<'t>, found: &mut Vec<Leaf<'t>>) {
        let list = item.parent().and_then(|it| it.key()).map_or("", |it| it.text());
        match item.as_str() {
            None => {
                self.named_pair(item, found);
                self.node(item, found);
            }
            Some(text) if matches!(list, "environment" | "literals" | "args") => {
                let Some((name, value)) = text.split_once('=') else { return };
                let (context, evidence) = match (list, self.generator(item)) {
                    ("literals", Some("secretGenerator")) => {
                        (SecretContext::KubernetesSecret, Evidence::Secret)
                    }
                    ("literals", _) => (SecretContext::ConfigMap, Evidence::Place),
                    ("environment", _) => (SecretContext::Env, Evidence::Place),
                    // Build arguments of compose.
                    _ if self.kind == FileKind::Compose => (SecretContext::Config, Evidence::Name),
                    _ => return,
                };
                found.extend(self.leaf(name, value, item, context, evidence));
            }
            Some(_)
                if self.kind == FileKind::Compose && matches!(list, "command" | "entrypoint") =>
            {
                self.flag(item, found);
            }
            Some(_) => {}
        }
    }

    /// `secretGenerator` or `configMapGenerator` around a literal of a kustomization.
    fn generator<'t>(&self, item: Node<'t>) -> Option<&'t str> {
        let generator = item.parent()?.parent()?.parent()?;
        (self.kind == FileKind::Kustomization).then(|| generator.key().map(|it| it.text()))?
    }

    /// `{name: DB_PASSWORD, value: x}`.
    fn named_pair<'t>(&self, item: Node<'t>, found: &mut Vec<Leaf<'t>>) {
        let name = item.get("name").or_else(|| item.get("key"));
        let (Some(name), Some(value)) = (name.and_then(|it| it.as_str()), item.get("value")) else {
            return;
        };
        if !is_literal(value) || item.get("valueFrom").is_some() {
            return;
        }
        let (context, evidence) = if is_environment_list(item.parent()) {
            (SecretContext::Env, Evidence::Place)
        } else {
            (SecretContext::Config, Evidence::Name)
        };
        found.extend(self.leaf(name, value.text(), value, context, evidence));
    }

    fn entry<'t>(&self, key: &'t str, value: Node<'t>, connects: bool, found: &mut Vec<Leaf<'t>>) {
        if !value.is_scalar() {
            let skipped = matches!(
                key,
                "annotations" | "labels" | "matchLabels" | "status" | "managedFields"
            ) || PROSE.contains(&key);
            if !skipped {
                self.node(value, found);
            }
            return;
        }
        if !is_literal(value) {
            return;
        }
        let parent = value.parent().and_then(|it| it.key()).map_or("", |it| it.text());
        let (context, evidence) = if self.kind == FileKind::Compose && parent == "environment" {
            (SecretContext::Env, Evidence::Place)
        } else if self.kind == FileKind::Compose && matches!(key, "command" | "entrypoint") {
            return self.command(value, found);
        } else if connects && head(key, NameIn::Settings) == Some(Head::Password) {
            (SecretContext::Config, Evidence::Place)
        } else if let Some(name) = self.signing_key(parent, key, value) {
            found.push(self.signed(name, value));
            return;
        } else {
            (SecretContext::Config, Evidence::Name)
        };
        found.extend(self.leaf(key, value.text(), value, context, evidence));
    }

    /// In settings of an application; in manifests and charts such a key often names a Secret.
    fn signing_key(&self, block: &str, key: &str, value: Node<'_>) -> Option<String> {
        let settings = self.kind == FileKind::Config && object_of(value).is_none();
        let word = !value.text().contains(char::is_whitespace);
        if settings && word { signing_key(block, key) } else { None }
    }

    fn signed<'t>(&self, name: String, value: Node<'t>) -> Leaf<'t> {
        Leaf {
            name: Cow::Owned(name),
            value: Cow::Borrowed(value.text()),
            place: value.place(),
            node: Some((self.index, value.id())),
            context: SecretContext::Config,
            evidence: Evidence::Place,
            decoded: false,
        }
    }

    /// `--redis-password=x` and `--requirepass x` in the command of a compose service.
    fn flag<'t>(&self, item: Node<'t>, found: &mut Vec<Leaf<'t>>) {
        let text = item.text();
        if let Some((name, value)) = text.strip_prefix("--").and_then(|it| it.split_once('=')) {
            found.extend(self.leaf(name, value, item, SecretContext::Config, Evidence::Place));
            return;
        }
        let before = item.parent().and_then(|list| {
            let index = item.index()?.checked_sub(1)?;
            list.items().nth(index)
        });
        let name = before.and_then(|it| it.text().strip_prefix("--"));
        if let Some(name) = name.filter(|it| !text.starts_with('-') && !it.contains('=')) {
            found.extend(self.leaf(name, text, item, SecretContext::Config, Evidence::Place));
        }
    }

    /// The same in a command written as one text.
    fn command<'t>(&self, command: Node<'t>, found: &mut Vec<Leaf<'t>>) {
        let words: Vec<&str> = command.text().split_ascii_whitespace().collect();
        for (index, word) in words.iter().enumerate() {
            let Some(flag) = word.strip_prefix("--") else { continue };
            let (name, value) = match flag.split_once('=') {
                Some(pair) => pair,
                None => (flag, words.get(index + 1).copied().unwrap_or_default()),
            };
            let value = value.trim_matches(['"', '\'']);
            if !value.starts_with('-') {
                found.extend(self.leaf(
                    name,
                    value,
                    command,
                    SecretContext::Config,
                    Evidence::Place,
                ));
            }
        }
    }

    fn secret<'t>(&self, object: Node<'t>, found: &mut Vec<Leaf<'t>>) {
        let kind = object.str_field("type").value().unwrap_or_default();
        if object.get("apiVersion").and_then(|it| it.as_str()) != Some("v1")
            || kind == "kubernetes.io/service-account-token"
        {
            return;
        }
        for (key, encoded) in [("data", true), ("stringData", false)] {
            for entry in object.get(key).into_iter().flat_map(|it| it.entries()) {
                if !is_literal(entry.value) {
                    continue;
                }
                let text = entry.value.text();
                let value = if encoded {
                    let Some(bytes) = pem::decode_bytes(text) else { continue };
                    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
                } else {
                    Cow::Borrowed(text)
                };
                found.push(Leaf {
                    name: Cow::Borrowed(entry.key.text()),
                    value,
                    place: entry.value.place(),
                    node: Some((self.index, entry.value.id())),
                    context: SecretContext::KubernetesSecret,
                    evidence: Evidence::Secret,
                    decoded: encoded,
                });
            }
        }
    }

    fn config_map<'t>(&self, object: Node<'t>, found: &mut Vec<Leaf<'t>>) {
        for entry in object.get("data").into_iter().flat_map(|it| it.entries()) {
            let (name, value) = (entry.key.text(), entry.value);
            if !is_literal(value) {
                continue;
            }
            if head(name, NameIn::Settings).is_some() {
                found.extend(self.config_leaf(name, value.text(), value));
                continue;
            }
            // A file: its own settings, each by its line. Scripts assign, they do not configure.
            let file = std::path::Path::new(name);
            let script =
                value.text().starts_with("#!") || file.extension().is_some_and(|it| it == "sh");
            for it in lines::settings(value.text()).into_iter().filter(|_| !script) {
                // Prose has blanks behind its colons.
                if !it.value.contains(' ') {
                    found.extend(self.config_leaf(it.key, it.value, value));
                }
            }
        }
    }

    /// A setting in a ConfigMap: any password counts, other credentials by their looks.
    fn config_leaf<'t>(&self, name: &'t str, value: &'t str, node: Node<'t>) -> Option<Leaf<'t>> {
        let evidence = match head(name, NameIn::Settings)? {
            Head::Password => Evidence::Place,
            Head::Other => Evidence::Name,
        };
        self.leaf(name, value, node, SecretContext::ConfigMap, evidence)
    }

    /// `None` when the name says nothing about a credential: most leaves end here.
    fn leaf<'t>(
        &self,
        name: &'t str,
        value: &'t str,
        node: Node<'t>,
        context: SecretContext,
        evidence: Evidence,
    ) -> Option<Leaf<'t>> {
        if evidence != Evidence::Secret && head(name, NameIn::Settings).is_none() {
            return None;
        }
        Some(Leaf {
            name: Cow::Borrowed(name),
            value: Cow::Borrowed(value),
            place: node.place(),
            node: Some((self.index, node.id())),
            context,
            evidence,
            decoded: false,
        })
    }
}

/// Text, or a number where a person forgot the quotes.
fn is_literal(node: Node<'_>) -> bool {
    matches!(node.kind(), NodeKind::String | NodeKind::Int(_)) && !node.is_merged()
}

fn is_blank(node: Node<'_>) -> bool {
    node.is_null() || (node.is_scalar() && node.text().is_empty())
}

/// Where a value stands inside a scalar that holds more (`KEY=value`, a line of a file in a
/// ConfigMap): behind its key. The whole scalar where that is not to be found.
pub(super) fn place_within(text: &str, scalar: Place, key: &str, value: &str) -> Place {
    let range = scalar.at.start as usize..scalar.at.end as usize;
    let Some(written) = text.get(range.clone()).filter(|_| !value.is_empty()) else {
        return scalar;
    };
    let mut start = range.start;
    for line in written.split_inclusive('\n') {
        let behind_key = line.find(key).map(|it| it + key.len());
        let found = behind_key.and_then(|it| Some(it + line.get(it..)?.find(value)?));
        if let Some(at) = found {
            return scalar.slice(start + at, start + at + value.len());
        }
        start += line.len();
    }
    scalar
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, Place};

    use super::place_within;

    #[test]
    fn a_value_is_placed_behind_its_key() {
        let text = "data: |\n  user: admin\n  password: admin\n";
        let scalar = Place::new(FileId(0), 6, text.len());
        let at = place_within(text, scalar, "password", "admin").at;
        assert_eq!((at.start, at.end), (34, 39));
        assert_eq!(place_within(text, scalar, "token", "admin"), scalar);
    }
}
