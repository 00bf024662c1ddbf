//! Label selectors: which labels a selector matches
//! (kubernetes/apimachinery `pkg/labels/selector.go`, `pkg/apis/meta/v1/helpers.go`, v0.37).

use goready_model::Node;

/// Requirements on labels, read from a `LabelSelector` or from a plain map.
#[derive(Debug, Clone)]
pub struct Selector<'t> {
    pub requirements: Vec<Requirement<'t>>,
}

/// One requirement.
#[derive(Debug, Clone)]
pub struct Requirement<'t> {
    pub key: &'t str,
    pub operator: Operator,
    pub values: Vec<&'t str>,
    /// The value in `matchLabels`, the item of `matchExpressions`.
    pub node: Node<'t>,
}

/// How a requirement compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Operator {
    pub fn of(text: &str) -> Option<Self> {
        Some(match text {
            "In" => Self::In,
            "NotIn" => Self::NotIn,
            "Exists" => Self::Exists,
            "DoesNotExist" => Self::DoesNotExist,
            _ => return None,
        })
    }
}

impl<'t> Selector<'t> {
    /// Reads a `LabelSelector`. `None` when a part is not known or not well formed.
    pub fn of_label_selector(node: Node<'t>) -> Option<Self> {
        if !node.is_mapping() {
            return node.is_null().then(|| Self { requirements: Vec::new() });
        }
        let mut requirements = match node.get("matchLabels") {
            Some(labels) => Self::of_map(labels)?.requirements,
            None => Vec::new(),
        };
        match node.get("matchExpressions") {
            Some(list) if list.is_sequence() => {
                for item in list.items() {
                    requirements.push(expression(item)?);
                }
            }
            Some(list) if !list.is_null() => return None,
            _ => {}
        }
        Some(Self { requirements })
    }

    /// Reads a plain map of labels, as Services have. `None` when a part is not known.
    pub fn of_map(node: Node<'t>) -> Option<Self> {
        if !node.is_mapping() {
            return node.is_null().then(|| Self { requirements: Vec::new() });
        }
        let requirement = |key: &'t str| {
            let value = node.get(key)?;
            let text = label_text(value)?;
            Some(Requirement { key, operator: Operator::In, values: vec![text], node: value })
        };
        let requirements = keys(node).map(requirement).collect::<Option<_>>()?;
        Some(Self { requirements })
    }

    /// Whether nothing is required: such a selector matches all labels (or, for some kinds, is
    /// not allowed).
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether the labels of a mapping (or no labels at all) meet all requirements. `None` when
    /// a label that decides is not known.
    pub fn matches(&self, labels: Option<Node<'_>>) -> Option<bool> {
        Some(self.first_unmet(labels)?.is_none())
    }

    /// The first requirement that the labels do not meet; `None` outside when a label that
    /// decides is not known.
    pub fn first_unmet(&self, labels: Option<Node<'_>>) -> Option<Option<&Requirement<'t>>> {
        let mut unknown = false;
        for requirement in &self.requirements {
            match requirement.matches(labels) {
                Some(true) => {}
                Some(false) => return Some(Some(requirement)),
                None => unknown = true,
            }
        }
        (!unknown).then_some(None)
    }
}

impl Requirement<'_> {
    /// Whether the labels meet it. `NotIn` and `DoesNotExist` match an absent key.
    pub fn matches(&self, labels: Option<Node<'_>>) -> Option<bool> {
        if labels.is_some_and(|it| it.is_dynamic()) {
            return None;
        }
        let value = match labels.and_then(|it| it.get(self.key)) {
            Some(node) if self.operator != Operator::Exists && node.is_dynamic() => return None,
            Some(node) => Some(label_text(node).unwrap_or_default()),
            None => None,
        };
        Some(match (self.operator, value) {
            (Operator::In, Some(value)) => self.values.contains(&value),
            (Operator::NotIn, Some(value)) => !self.values.contains(&value),
            (Operator::Exists, value) => value.is_some(),
            (Operator::DoesNotExist, value) => value.is_none(),
            (Operator::In, None) => false,
            (Operator::NotIn, None) => true,
        })
    }
}

/// The text of a label value; null is the empty text. `None` for values that are not known or
/// that the API server refuses.
fn label_text(node: Node<'_>) -> Option<&str> {
    if node.is_null() { Some("") } else { node.as_str() }
}

/// Each key of a mapping once.
fn keys(node: Node<'_>) -> impl Iterator<Item = &str> {
    let mut seen: Vec<&str> = Vec::new();
    node.entries().filter_map(move |entry| {
        let key = entry.key.text();
        if seen.contains(&key) {
            return None;
        }
        seen.push(key);
        Some(key)
    })
}

fn expression(item: Node<'_>) -> Option<Requirement<'_>> {
    let key = item.get("key")?.as_str()?;
    let operator = Operator::of(item.get("operator")?.as_str()?)?;
    let values = match item.get("values") {
        Some(list) if list.is_sequence() => {
            list.items().map(label_text).collect::<Option<Vec<_>>>()?
        }
        Some(list) if !list.is_null() => return None,
        _ => Vec::new(),
    };
    let wants_values = matches!(operator, Operator::In | Operator::NotIn);
    (wants_values != values.is_empty()).then_some(Requirement { key, operator, values, node: item })
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, NodeKind, Place, Style, Tree, TreeBuilder};

    use super::*;

    /// A mapping of labels; `?` stands for a value that is not known.
    fn labels(pairs: &[(&str, &str)]) -> Tree {
        let place = Place::new(FileId(0), 0, 0);
        let mut builder = TreeBuilder::default();
        builder.begin(NodeKind::Mapping, Style::Block, place);
        for (key, value) in pairs {
            let kind = if *value == "?" { NodeKind::Dynamic } else { NodeKind::String };
            builder.key(NodeKind::String, Style::Plain, key, place);
            builder.scalar(kind, Style::Plain, value, place);
        }
        builder.finish()
    }

    fn requirement<'t>(tree: &'t Tree, operator: Operator, values: &[&'t str]) -> Requirement<'t> {
        Requirement { key: "app", operator, values: values.to_vec(), node: tree.root().unwrap() }
    }

    #[test]
    fn not_in_matches_an_absent_key() {
        let tree = labels(&[]);
        let root = tree.root();
        let matches = |operator, values: &[&'static str]| {
            requirement(&tree, operator, values).matches(root).unwrap()
        };
        assert!(!matches(Operator::In, &["a"]));
        assert!(matches(Operator::NotIn, &["a"]));
        assert!(!matches(Operator::Exists, &[]));
        assert!(matches(Operator::DoesNotExist, &[]));
    }

    #[test]
    fn an_unknown_label_decides_nothing_but_its_presence() {
        let tree = labels(&[("app", "?")]);
        let matches = |operator| requirement(&tree, operator, &["a"]).matches(tree.root());
        assert_eq!(matches(Operator::In), None);
        assert_eq!(matches(Operator::NotIn), None);
        assert_eq!(matches(Operator::Exists), Some(true));
    }

    #[test]
    fn a_map_requires_each_of_its_labels() {
        let wanted = labels(&[("app", "api"), ("tier", "web")]);
        let selector = Selector::of_map(wanted.root().unwrap()).unwrap();
        let matches = |pairs: &[(&str, &str)]| selector.matches(labels(pairs).root());
        assert_eq!(matches(&[("app", "api"), ("tier", "web"), ("x", "y")]), Some(true));
        assert_eq!(matches(&[("app", "api")]), Some(false));
        assert_eq!(matches(&[("app", "api"), ("tier", "?")]), None);
        assert_eq!(matches(&[("app", "other"), ("tier", "?")]), Some(false));
        assert_eq!(selector.matches(None), Some(false));
    }
}
