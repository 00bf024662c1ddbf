//! A chart ships a password, and installs it wherever nobody sets another one.
//!
//! ## What it does
//! Finds values in a chart's values files whose name ends in password, token, secret or key, with a
//! literal that is no placeholder, and follows them through the templates: into a Secret, an
//! environment variable or an argument. A default that no render prints is a note.
//!
//! ## Why is this bad
//! Every cluster that installs the chart without reading it has the same password, and it is
//! public.
//!
//! ## Example
//! `chart/Chart.yaml`:
//! ```yaml
//! apiVersion: v2
//! name: shop
//! version: 1.0.0
//! ```
//! `chart/values.yaml`:
//! ```yaml
//! auth:
//!   password: wq7Rk2mZt9xB
//! ```
//! `chart/templates/secret.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: shop
//! stringData:
//!   password: {{ .Values.auth.password | quote }}
//! ```
//!
//! ## Use instead
//! `chart/values.yaml`:
//! ```yaml
//! auth:
//!   password: ""
//! ```
//!
//! ## References
//! - [Helm: values](https://helm.sh/docs/chart_best_practices/values/)
//! - [Kubernetes: good practices for Secrets](https://kubernetes.io/docs/concepts/security/secrets-good-practices/)

use goready_model::{
    Confidence, FileKind, Node, Object, Outcome, Profile, SecretCandidate, SecretForm, Span,
    UnitKind,
};

use super::candidate;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let defaults: Vec<&SecretCandidate> = cx
        .project
        .secrets
        .iter()
        .filter(|it| matches!(it.form, SecretForm::NamedLiteral { .. }) && it.object.is_none())
        .filter(|it| cx.project.kinds.get(&it.place.at.file) == Some(&FileKind::ChartValues))
        .filter(|it| is_of_a_chart(cx, it))
        .collect();
    if defaults.is_empty() {
        return;
    }
    let printed = printed(cx);
    for default in defaults {
        let name = candidate::node(cx, default).map_or_else(|| default.name.clone(), path);
        let size = candidate::characters(default.length);
        let found = printed.iter().find(|it| overlaps(it.from, default.place.at));
        let message = match found {
            Some(it) => {
                let (kind, object) = (&it.object.kind, &it.object.name);
                format!(
                    "the chart ships a default for {name} ({size}), rendered into {kind} \"{object}\""
                )
            }
            None => format!("the chart ships a default for {name} ({size})"),
        };
        let draft = candidate::report(cx, findings, default, message)
            .help("leave the default empty, and generate or require the value");
        match found {
            Some(it) => draft.label(it.at.into(), "printed here").render(it.render),
            None => draft.outcome(Outcome::Advice).lower_if(default.sample),
        };
    }
}

/// Whether the file holds the defaults of a chart that was rendered, or of one bundled with it.
fn is_of_a_chart(cx: &Cx<'_>, candidate: &SecretCandidate) -> bool {
    let path = cx.project.path(candidate.place.at.file);
    if path.rsplit('/').next() != Some("values.yaml") {
        return false;
    }
    let charts = cx.project.charts.iter().filter(|it| !it.renders.is_empty());
    let mut dirs = charts.map(|it| it.dir.as_str());
    dirs.any(|dir| dir == "." || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')))
}

/// A value of a values file in a rendered object.
struct Printed<'p> {
    from: Span,
    at: Span,
    object: &'p Object,
    render: &'p str,
}

/// Values in Secrets, environment variables and arguments.
fn printed<'p>(cx: &Cx<'p>) -> Vec<Printed<'p>> {
    let mut printed = Vec::new();
    for object in &cx.project.objects {
        let UnitKind::Chart { render, .. } = &cx.project.unit(object.unit).kind else { continue };
        for node in object.node().map(|it| it.descendants()).unwrap_or_default() {
            let place = node.place();
            let Some(from) = place.from else { continue };
            if node.is_scalar() && is_in_use(object, node) {
                printed.push(Printed { from, at: place.at, object, render });
            }
        }
    }
    printed
}

fn is_in_use(object: &Object, node: Node<'_>) -> bool {
    match object.kind.as_str() {
        "Secret" => matches!(list(node), Some("data" | "stringData")),
        _ => {
            let is_argument = matches!(list(node), Some("args" | "command"));
            let is_value = node.key().is_some_and(|it| it.text() == "value");
            is_argument || is_value && node.parent().and_then(list) == Some("env")
        }
    }
}

/// The key of the collection around a node.
fn list(node: Node<'_>) -> Option<&str> {
    Some(node.parent()?.key()?.text())
}

fn overlaps(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

/// `auth.password`.
fn path(node: Node<'_>) -> String {
    node.pointer().trim_start_matches('/').replace('/', ".")
}
