//! A value outside the closed set of its field.
//!
//! ## What it does
//! Reports values that the API server does not know in fields with a closed set: pull policies,
//! protocols, Service types, restart and DNS policies, path types, access and volume modes, policy
//! types, field paths of the downward API and the others of built-in kinds. Where the empty string
//! means the default it is accepted. Sets that depend on other fields belong to the rules about
//! those (`affinity-invalid`, `toleration-invalid`, `rollout-strategy-invalid` and others).
//!
//! ## Why is this bad
//! The API server refuses the object: the sets are case-sensitive, and `tcp` is not `TCP`.
//!
//! ## Example
//! `service.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: cart
//! spec:
//!   selector: {app: cart}
//!   ports:
//!     - port: 80
//!       protocol: tcp
//! ```
//!
//! ## Use instead
//! `service.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: cart
//! spec:
//!   selector: {app: cart}
//!   ports:
//!     - port: 80
//!       protocol: TCP
//! ```
//!
//! ## References
//! - [Kubernetes API reference](https://kubernetes.io/docs/reference/kubernetes-api/)
//! - [Validation in kubernetes/kubernetes](https://github.com/kubernetes/kubernetes/tree/master/pkg/apis) (`*/validation/validation.go`)

use goready_model::{Confidence, Edit, Node, Object, Outcome, Profile, Style};
use goready_sim::names;

use crate::{
    Check, Cx, Findings, Rule, Scope,
    api::fixable,
    schema::{Field, Reach, Shape, Typed, visit_some, words},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["kube-linter/schema-validation"],
    check: Check::Object(check),
};

/// Fields with a closed set of values.
static CLOSED_SETS: Reach = Reach::new(|it| !it.values.is_empty());

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    visit_some(object, &CLOSED_SETS, |typed| {
        let Some(text) = refused(&typed) else { return };
        if is_judged_elsewhere(object, &typed) {
            return;
        }
        let node = typed.node;
        let values = typed.field.values;
        let near = words::closest(text, values.iter().copied().filter(|it| !it.contains('*')));
        let path = words::path(object, node);
        let message = format!("`{path}` is \"{text}\", it takes {}", taken(values));
        let draft = findings.node(node, message);
        match near {
            Some(near) => {
                let draft = draft.help(format!("write `{near}`"));
                if near.eq_ignore_ascii_case(text) && fixable(cx, object) {
                    let edits = vec![replace(node, near)];
                    draft.safe_fix(format!("write `{near}`"), edits);
                }
            }
            None => {
                draft.help("write one of the values the field takes");
            }
        }
    });
}

/// The text of a string that the field does not take.
fn refused<'t>(typed: &Typed<'t>) -> Option<&'t str> {
    let field = typed.field;
    if typed.shape != Shape::String || field.values.is_empty() || !field.judge.is_empty() {
        return None;
    }
    typed.node.as_str().filter(|it| !takes(field, it))
}

fn takes(field: &Field, text: &str) -> bool {
    (text.is_empty() && field.empty)
        || field.values.iter().any(|value| match value.split_once('*') {
            Some((before, after)) => text
                .strip_prefix(before)
                .and_then(|it| it.strip_suffix(after))
                .is_some_and(|it| fits_pattern(before, it)),
            None => *value == text,
        })
}

/// Whether a text may stand for the `*` of a value. Between `['` and `']` it is the key of a label
/// or annotation; of the latter the case does not count.
fn fits_pattern(before: &str, text: &str) -> bool {
    match before.strip_suffix("['") {
        Some("metadata.annotations") => names::qualified_name(&text.to_ascii_lowercase()).is_ok(),
        Some(_) => names::qualified_name(text).is_ok(),
        None => !text.is_empty(),
    }
}

fn is_judged_elsewhere(object: &Object, typed: &Typed<'_>) -> bool {
    // Clients cannot write a status; the server drops it before it validates.
    let above = std::iter::successors(Some(typed.node), Node::parent);
    let keys: Vec<&str> = above
        .take_while(|it| it.id() != object.root)
        .filter_map(|it| it.key())
        .map(|it| it.text())
        .collect();
    let in_status = keys.last() == Some(&"status");
    let selector = typed.owner.name == "meta.v1.LabelSelectorRequirement";
    // Affinity and spreading have rules of their own, and nobody checks the selector of a metric.
    let elsewhere = ["affinity", "topologySpreadConstraints", "metrics"];
    in_status || (selector && keys.iter().any(|it| elsewhere.contains(it)))
}

/// The values, as many as fit a line.
fn taken(values: &[&str]) -> String {
    const SHOWN: usize = 8;
    match values.get(SHOWN..) {
        Some(more) if !more.is_empty() => {
            format!("{} and {} more", words::choices(&values[..SHOWN]), more.len())
        }
        _ => words::choices(values),
    }
}

/// Another value in the same quotes.
fn replace(node: Node<'_>, value: &str) -> Edit {
    let text = match node.style() {
        Style::SingleQuoted => format!("'{value}'"),
        Style::DoubleQuoted => format!("\"{value}\""),
        _ => value.to_owned(),
    };
    Edit { place: node.place(), text }
}
