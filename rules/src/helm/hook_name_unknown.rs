//! A hook annotation has a value that Helm does not know.
//!
//! ## What it does
//! Reports unknown names in `helm.sh/hook`, weights that are no whole number in
//! `helm.sh/hook-weight`, and unknown policies in `helm.sh/hook-delete-policy`. Helm 2's
//! `crd-install` is left alone.
//!
//! ## Why is this bad
//! Helm takes an object with the annotation out of the release; with a name it does not know the
//! object is then installed by nobody, without a word. A weight that it cannot read counts as 0.
//!
//! ## Example
//! `chart/Chart.yaml`:
//! ```yaml
//! apiVersion: v2
//! name: shop
//! version: 1.0.0
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//!   annotations:
//!     helm.sh/hook: pre-instal
//! ```
//!
//! ## Use instead
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//!   annotations:
//!     helm.sh/hook: pre-install
//! ```
//!
//! ## References
//! - [Helm: chart hooks](https://helm.sh/docs/topics/charts_hooks/)

use goready_model::{Confidence, Node, Object, Outcome, Profile, UnitKind};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

/// helm 4.3.1 pkg/release/v1/util/manifest_sorter.go; `test-success` and `crd-install` are Helm 2's.
const EVENTS: [&str; 11] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
    "crd-install",
];

/// helm 4.3.1 pkg/release/v1/hook.go.
const POLICIES: [&str; 3] = ["hook-succeeded", "hook-failed", "before-hook-creation"];

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    if !matches!(cx.project.unit(object.unit).kind, UnitKind::Chart { .. }) {
        return;
    }
    let annotation = |key: &str| object.annotation(key).filter(|it| !it.is_dynamic());
    if let Some(node) = annotation("helm.sh/hook") {
        for name in unknown(node, &EVENTS) {
            findings
                .node(node, format!("hook \"{name}\" is unknown, the object is not installed"))
                .help(known(&EVENTS[..9]));
        }
    }
    if let Some(node) = annotation("helm.sh/hook-weight") {
        let text = node.text();
        if text.parse::<i64>().is_err() && !text.is_empty() {
            findings
                .node(node, format!("hook weight \"{text}\" is no whole number and counts as 0"))
                .help("write a whole number in quotes, such as \"-5\"");
        }
    }
    if let Some(node) = annotation("helm.sh/hook-delete-policy") {
        for name in unknown(node, &POLICIES) {
            findings
                .node(node, format!("hook delete policy \"{name}\" is unknown and ignored"))
                .help(known(&POLICIES));
        }
    }
}

fn unknown<'t>(node: Node<'t>, known: &'static [&'static str]) -> impl Iterator<Item = &'t str> {
    let names = node.text().split(',').map(str::trim).filter(|it| !it.is_empty());
    names.filter(|it| !known.contains(&it.to_ascii_lowercase().as_str()))
}

fn known(names: &[&str]) -> String {
    format!("write one of {}", names.join(", "))
}
