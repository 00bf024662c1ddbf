//! A key that the type of its place does not have.
//!
//! ## What it does
//! Walks every object of a built-in kind along the types of the Kubernetes API and reports keys
//! that no supported version knows at that place. Custom resources, free maps such as labels, and
//! fields of newer versions are left alone.
//!
//! ## Why is this bad
//! `kubectl apply` refuses the object. Tools that validate less strictly, Helm and most
//! controllers among them, send it, and the API server drops the key: the limit, probe or policy
//! that it was meant to set is not there.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: cart
//! spec:
//!   selector:
//!     matchLabels: {app: cart}
//!   template:
//!     metadata:
//!       labels: {app: cart}
//!     spec:
//!       containers:
//!         - name: cart
//!           image: example.com/cart:1.0.0
//!           resources:
//!             limit:
//!               memory: 128Mi
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
//!   selector:
//!     matchLabels: {app: cart}
//!   template:
//!     metadata:
//!       labels: {app: cart}
//!     spec:
//!       containers:
//!         - name: cart
//!           image: example.com/cart:1.0.0
//!           resources:
//!             limits:
//!               memory: 128Mi
//! ```
//!
//! ## References
//! - [Field validation](https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation)
//! - [Kubernetes API reference](https://kubernetes.io/docs/reference/kubernetes-api/)

use goready_model::{Confidence, Edit, Entry, Node, Object, Outcome, Profile};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    api::fixable,
    schema::{Type, Visit, ancestry, visit, words},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["kube-linter/schema-validation"],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    let oldest = cx.settings.kubernetes.0.minor;
    visit(object, |visit| match visit {
        Visit::Unknown { entry, owner } if !entry.key.is_dynamic() => {
            report(cx, object, entry, owner, findings);
        }
        Visit::Value(typed) if (1..=oldest).contains(&typed.field.until) => {
            let Some(key) = typed.node.key().filter(|it| it.text() == typed.field.name) else {
                return;
            };
            let message = format!(
                "field \"{}\" of {} was removed in 1.{}",
                key.text(),
                place_name(typed.node),
                typed.field.until
            );
            findings.key(typed.node, message).help(format!("remove `{}`", key.text()));
        }
        _ => {}
    });
}

fn report(
    cx: &Cx<'_>,
    object: &Object,
    entry: Entry<'_>,
    owner: &'static Type,
    findings: &mut Findings,
) {
    let name = entry.key.text();
    let mut message = format!("unknown field \"{name}\" in {}", place_name(entry.value));
    // An elsewhere that has exactly this name says more than a similar name here.
    let written: Vec<&str> = entry
        .value
        .parent()
        .map(|it| it.entries().map(|it| it.key.text()).collect())
        .unwrap_or_default();
    let free = owner.fields.iter().map(|it| it.name).filter(|it| !written.contains(it));
    let near = words::closest(name, free);
    let exact = near.is_some_and(|it| it.eq_ignore_ascii_case(name));
    let home = if exact { None } else { proper_place(object, entry.value, owner, name) };
    let help = match (&home, near) {
        (Some(home), _) => {
            message = format!("{message}, it belongs in {home}");
            format!("move `{name}` to {home}")
        }
        (None, Some(near)) => {
            message = format!("{message} (did you mean {near})");
            format!("write `{near}`")
        }
        (None, None) => format!("remove `{name}`: the API server drops it"),
    };
    let draft = findings.key(entry.value, message).help(help);
    if let (None, Some(near)) = (home, near)
        && fixable(cx, object)
    {
        let edit = Edit { place: entry.key.place(), text: near.to_owned() };
        draft.unsafe_fix(format!("write `{near}`"), vec![edit]);
    }
}

/// What a person calls the mapping that holds a value.
fn place_name(value: Node<'_>) -> String {
    let mut node = value.parent();
    while let Some(it) = node {
        if let Some(key) = it.key() {
            let inside = value.parent().is_some_and(|parent| parent.id() != it.id());
            return if inside {
                format!("an item of `{}`", key.text())
            } else {
                format!("`{}`", key.text())
            };
        }
        node = it.parent();
    }
    "the object".to_owned()
}

/// Where a field of that name belongs: a type around the wrong one, or one inside it.
fn proper_place(object: &Object, value: Node<'_>, owner: &Type, name: &str) -> Option<String> {
    // Fields that nearly every type has prove nothing.
    if matches!(name, "name" | "kind" | "apiVersion" | "type" | "value" | "key" | "namespace") {
        return None;
    }
    let above = ancestry(object, value);
    let around = || above.iter().rev().skip(1);
    if let Some((node, _)) = around().find(|(_, it)| it.field(name).is_some()) {
        let key = node.key().or_else(|| node.parent().and_then(|it| it.key()));
        return Some(match key {
            Some(key) if node.key().is_none() => format!("the item of `{}`", key.text()),
            Some(key) => format!("`{}` above", key.text()),
            None => "the object itself".to_owned(),
        });
    }
    if let Some(path) = inside(owner, name, DEEPEST) {
        return Some(format!("`{path}`"));
    }
    around().find_map(|(node, it)| {
        let path = inside(it, name, BESIDE)?;
        Some(match node.key() {
            Some(key) => format!("`{}.{path}`", key.text()),
            None => format!("`{path}`"),
        })
    })
}

/// `spec.template.spec.containers` from a workload is the farthest place that people miss.
const DEEPEST: usize = 4;
/// From a type around the wrong one: `securityContext` or `containers.securityContext` of a pod.
const BESIDE: usize = 2;

/// The path from a type to the field of that name, when it lies close and nowhere else as close.
fn inside(owner: &Type, name: &str, deepest: usize) -> Option<String> {
    let mut level: Vec<(String, &Type)> = vec![(String::new(), owner)];
    for _ in 0..deepest {
        let mut next = Vec::new();
        for (path, holder) in level {
            for field in holder.fields {
                // A status is written by controllers.
                let Some(inner) = field.shape.innermost().object() else { continue };
                if field.name == "status" || holder.name == inner.name {
                    continue;
                }
                let dot = if path.is_empty() { "" } else { "." };
                next.push((format!("{path}{dot}{}", field.name), inner));
            }
        }
        let mut found = next.iter().filter(|(_, it)| it.field(name).is_some());
        match (found.next(), found.next()) {
            (Some((path, _)), None) => return Some(path.clone()),
            (Some((path, _)), Some(_)) => {
                // Of containers and init containers the first are meant.
                let main = path.replace("ephemeralContainers", "containers");
                let main = main.replace("initContainers", "containers");
                let last = main.ends_with("containers") || main.contains("containers.");
                return last.then_some(main);
            }
            (None, _) => level = next,
        }
    }
    None
}
