//! Values of manifests that something fills in before they reach the cluster: envsubst and Flux
//! (`${TAG}`, `$TAG`), kustomize's `vars` (`$(TAG)`), and templates kept in quotes (`"{{ .tag }}"`,
//! `#{tag}#`). They become [`NodeKind::Dynamic`]: neither their type nor their text is known.
//!
//! What looks the same and is literal stays a string:
//!
//! - `command` and `args`, where a shell or Kubernetes expands variables of the container,
//! - `$(NAME)` in `env` values and `subPathExpr`, which Kubernetes expands,
//! - `data` and `stringData`, whose scripts and configuration files have variables of their own,
//! - everything in a CustomResourceDefinition, with its descriptions and patterns.
//!
//! Keys are left alone.

use std::sync::Arc;

use goready_model::{Document, Node, NodeId, NodeKind, Tree};
use memchr::memmem;

/// Marks the placeholders of all objects among the documents.
pub(super) fn mark(documents: &mut [Document], text: &str) {
    let bytes = text.as_bytes();
    if !["$", "{{", "#{"].iter().any(|it| memmem::find(bytes, it.as_bytes()).is_some()) {
        return;
    }
    for document in documents {
        let found = document.tree.root().map(placeholders).unwrap_or_default();
        if found.is_empty() {
            continue;
        }
        // Nobody else has the tree yet, so this does not copy it.
        let tree: &mut Tree = Arc::make_mut(&mut document.tree);
        for id in found {
            tree.set_dynamic(id);
        }
    }
}

/// Which kinds of placeholders a value can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Any,
    /// `$(NAME)` and `$NAME` are literal.
    Expanded,
}

fn placeholders(root: Node<'_>) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut pending = vec![(root, Context::Any)];
    while let Some((node, context)) = pending.pop() {
        if node.kind() == NodeKind::String && holds_placeholder(node.text(), context) {
            found.push(node.id());
        }
        pending.extend(node.items().map(|it| (it, context)));
        if is_definition(node) {
            continue;
        }
        pending.extend(node.entries().filter_map(|entry| {
            let context = match entry.key.text() {
                "command" | "args" | "data" | "stringData" | "binaryData" => return None,
                "value" if is_env_entry(node) => Context::Expanded,
                "subPathExpr" => Context::Expanded,
                _ => context,
            };
            Some((entry.value, context))
        }));
    }
    found
}

fn is_definition(node: Node<'_>) -> bool {
    node.get("kind").is_some_and(|it| it.text() == "CustomResourceDefinition")
        && node.get("apiVersion").is_some()
}

fn is_env_entry(node: Node<'_>) -> bool {
    node.parent().and_then(|it| it.key()).is_some_and(|it| it.text() == "env")
}

fn holds_placeholder(text: &str, context: Context) -> bool {
    let delimited = |open: &str, close: &str| {
        text.match_indices(open).any(|(at, _)| {
            let rest = &text[at + open.len()..];
            rest.find(close).is_some_and(|end| starts_like_a_name(rest[..end].trim_start()))
        })
    };
    delimited("${", "}")
        || delimited("#{", "}#")
        || text.find("{{").is_some_and(|at| text[at..].contains("}}"))
        || context == Context::Any && (holds_variable(text, "$(") || holds_variable(text, "$"))
}

fn starts_like_a_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// `$(NAME)`, or `$NAME` in capitals.
fn holds_variable(text: &str, open: &str) -> bool {
    text.match_indices(open).any(|(at, _)| {
        let rest = &text[at + open.len()..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if open == "$(" {
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            return starts_like_a_name(rest) && rest[length..].starts_with(')');
        }
        let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let length = rest.find(|c| !is_capital(c)).unwrap_or(rest.len());
        length > 1 && rest.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use goready_model::FileId;

    use super::*;

    /// Texts of the values that are not known.
    fn dynamic(text: &str) -> Vec<String> {
        let mut parsed = goready_yaml::parse(FileId(0), text);
        mark(&mut parsed.documents, text);
        let tree = &parsed.documents[0].tree;
        tree.nodes().filter(Node::is_dynamic).map(|it| it.text().to_owned()).collect()
    }

    #[test]
    fn variables_of_deployment_tools_make_a_value_unknown() {
        let text = "replicas: ${REPLICAS}\nnamespace: $NAMESPACE\nimage: \"api:${TAG:-latest}\"\n\
                    name: $(NAME)-x\nlabel: '{{ .label }}'\nport: '#{port}#'\n";
        assert_eq!(
            dynamic(text),
            [
                "${REPLICAS}",
                "$NAMESPACE",
                "api:${TAG:-latest}",
                "$(NAME)-x",
                "{{ .label }}",
                "#{port}#"
            ]
        );
    }

    #[test]
    fn dollars_that_are_no_variable_change_nothing() {
        assert!(
            dynamic("a: $5\nb: ${}\nc: $(date +%s)\nd: $a\ne: a$\nf: \"{{\"\ng: '#{'\n").is_empty()
        );
    }

    #[test]
    fn what_a_shell_or_kubernetes_expands_is_literal() {
        let text = "command: [sh, -c, 'echo ${HOME} $(date)']\nargs: ['--ip=$(POD_IP)']\nenv:\n\
                    - name: A\n  value: $(B):80\n- name: C\n  value: ${C}\nvolumeMounts:\n\
                    - subPathExpr: $(POD_NAME)\ndata:\n  run.sh: echo ${HOME}\n";
        assert_eq!(dynamic(text), ["${C}"]);
    }

    #[test]
    fn definitions_are_literal() {
        let text = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  \
                    description: like ${NAME}\n";
        assert!(dynamic(text).is_empty());
    }
}
