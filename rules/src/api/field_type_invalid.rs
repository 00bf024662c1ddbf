//! A value of another type than its field takes.
//!
//! ## What it does
//! Compares every value of a built-in kind with the type that the Kubernetes API gives its field:
//! a string where an integer, boolean, list or map is wanted, a map for a list, a fraction for an
//! integer, a number out of range. `8080.0`, `1e1`, `0x10` are integers and `yes` and `on` are
//! booleans here, as for the API server; null is always accepted. Numbers and booleans in string
//! fields are `unquoted-string-field`.
//!
//! ## Why is this bad
//! The API server cannot decode the object and refuses it as a whole.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: cart
//! spec:
//!   replicas: "3"
//!   selector:
//!     matchLabels: {app: cart}
//!   template:
//!     metadata:
//!       labels: {app: cart}
//!     spec:
//!       containers:
//!         - name: cart
//!           image: example.com/cart:1.0.0
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: cart
//! spec:
//!   replicas: 3
//!   selector:
//!     matchLabels: {app: cart}
//!   template:
//!     metadata:
//!       labels: {app: cart}
//!     spec:
//!       containers:
//!         - name: cart
//!           image: example.com/cart:1.0.0
//! ```
//!
//! ## References
//! - [Kubernetes API reference](https://kubernetes.io/docs/reference/kubernetes-api/)
//! - [Decoding in sigs.k8s.io/json](https://github.com/kubernetes-sigs/json)

use goready_model::{Confidence, Node, NodeKind, Object, Outcome, Profile};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    schema::{Shape, Typed, Visit, visit, words},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["kube-linter/schema-validation", "kubeconform"],
    check: Check::Object(check),
};

fn check(_cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    visit(object, |visit| {
        let Visit::Value(typed) = visit else { return };
        if decodes(typed.shape, typed.node) {
            return;
        }
        let path = words::path(object, typed.node);
        let wanted = typed.shape.name();
        let message = format!("`{path}` wants {wanted}, got {}", words::value(&typed));
        findings.node(typed.node, message).help(help(&typed));
    });
}

/// Whether the API server can read the value at all. Booleans and numbers in string fields and
/// scalars in quantity fields have rules of their own.
fn decodes(shape: Shape, node: Node<'_>) -> bool {
    let kind = node.kind();
    if matches!(kind, NodeKind::Null | NodeKind::Dynamic) {
        return true;
    }
    match shape {
        Shape::Any => true,
        Shape::String | Shape::Quantity => node.is_scalar(),
        Shape::Bool => matches!(kind, NodeKind::Bool(_)),
        Shape::Number => matches!(kind, NodeKind::Int(_) | NodeKind::Float(_)),
        Shape::Bytes => matches!(kind, NodeKind::String),
        Shape::Time => node.as_str().is_some_and(looks_like_time),
        Shape::Int32 => fits_32_bits(node),
        Shape::Int64 => is_integer(kind),
        Shape::IntOrString => matches!(kind, NodeKind::String) || fits_32_bits(node),
        Shape::Object(_) | Shape::Map(_) => node.is_mapping(),
        Shape::List(_) => node.is_sequence(),
    }
}

fn fits_32_bits(node: Node<'_>) -> bool {
    node.as_i64().is_some_and(|it| i32::try_from(it).is_ok())
}

fn is_integer(kind: NodeKind) -> bool {
    match kind {
        NodeKind::Int(_) => true,
        // From 1e21 on Go writes floats with an exponent, which is no integer for its decoder;
        // 2^63 comes first.
        NodeKind::Float(value) => value.fract() == 0.0 && value.abs() < 9_223_372_036_854_775_808.0,
        _ => false,
    }
}

/// RFC 3339 as far as people get it wrong: date, `T`, time, zone.
fn looks_like_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let date: Vec<&str> = date.split('-').collect();
    let date_fits = matches!(&*date, [year, month, day]
        if year.len() == 4 && month.len() == 2 && day.len() == 2
            && [year, month, day].into_iter().all(|it| digits(it)));
    date_fits && time.contains(':') && (time.ends_with('Z') || time.contains(['+', '-']))
}

fn help(typed: &Typed<'_>) -> String {
    let node = typed.node;
    let text = node.text();
    let quoted = node.as_str().is_some();
    match typed.shape {
        Shape::Int32 | Shape::Int64 if quoted && text.parse::<i64>().is_ok() => {
            "remove the quotes".to_owned()
        }
        Shape::Bool if quoted && matches!(text, "true" | "false") => "remove the quotes".to_owned(),
        Shape::Bool => "write `true` or `false`".to_owned(),
        Shape::Int32 => "write a whole number of at most 32 bits".to_owned(),
        Shape::Int64 => "write a whole number".to_owned(),
        Shape::List(Shape::String) if node.is_scalar() => {
            "write a list with one item a line, each after `- `".to_owned()
        }
        Shape::List(_) => "write a list: start each item with `- `".to_owned(),
        Shape::Object(index) => match crate::schema::TYPES.get(index).map(|it| it.fields) {
            Some([]) | None => "write a map".to_owned(),
            Some(fields) => {
                const SHOWN: usize = 4;
                let required = fields.iter().filter(|it| it.required);
                let rest = fields.iter().filter(|it| !it.required);
                let names: Vec<&str> = required.chain(rest).map(|it| it.name).take(SHOWN).collect();
                format!("write a map with keys such as {}", words::choices(&names))
            }
        },
        Shape::Map(_) => "write a map of keys and values".to_owned(),
        Shape::Time => "write it as `2026-01-31T12:00:00Z`, or leave it out".to_owned(),
        _ => format!("write {}", typed.shape.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::looks_like_time;

    #[test]
    fn times_have_a_date_a_clock_and_a_zone() {
        for text in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123+02:00"] {
            assert!(looks_like_time(text), "{text}");
        }
        for text in ["yesterday", "2026-01-31", "2026-01-31 12:00:00", "12:00", "", "26-1-1T1:1Z"] {
            assert!(!looks_like_time(text), "{text}");
        }
    }
}
