//! An unquoted `yes`, `no`, `on`, `off`, `y` or `n` is a boolean to Helm and Kubernetes.
//!
//! ## What it does
//! Reports such a word as a key, in values files, manifests and `Chart.yaml` (it becomes `"true"`
//! or `"false"`), and as a value of a values file that a template prints as text.
//!
//! ## Why is this bad
//! Helm and Kubernetes read YAML 1.1. `n: 3` defines the key `"false"`, and a country code `no`
//! reaches the program as `false`.
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
//! country: no
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//! data:
//!   country: {{ .Values.country | quote }}
//! ```
//!
//! ## Use instead
//! `chart/values.yaml`:
//! ```yaml
//! country: "no"
//! ```
//!
//! ## References
//! - [YAML 1.1: boolean language-independent type](https://yaml.org/type/bool.html)

use std::collections::BTreeMap;

use goready_model::{
    Confidence, FileKind, Node, NodeKind, Outcome, Profile, Span, Style, UnitKind,
};

use super::quoted;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut values = BTreeMap::new();
    for (file, document) in &cx.project.documents {
        let kind = cx.project.kinds.get(file);
        let reads_yaml_1_1 = matches!(
            kind,
            Some(FileKind::ChartValues | FileKind::ChartMetadata | FileKind::Manifest)
        );
        let has_trap = || document.tree.nodes().any(|it| trap(it).is_some());
        if !reads_yaml_1_1 || !has_trap() {
            continue;
        }
        for entry in document.tree.nodes().flat_map(|it| it.entries()) {
            if let Some(meaning) = trap(entry.key) {
                let word = entry.key.text();
                findings
                    .report(entry.key.place(), format!("key {word} becomes \"{meaning}\""))
                    .help("quote it")
                    .safe_fix("quote the key", vec![quoted(entry.key)]);
            }
        }
        if kind == Some(&FileKind::ChartValues) {
            let words = document.tree.nodes().filter(|it| it.key().is_some());
            values.extend(words.filter_map(|it| Some((it.place().at, (it, trap(it)?)))));
        }
    }
    printed(cx, &values, findings);
}

/// Words of values files that a render holds as text.
fn printed(cx: &Cx<'_>, values: &BTreeMap<Span, (Node<'_>, bool)>, findings: &mut Findings) {
    if values.is_empty() {
        return;
    }
    for object in &cx.project.objects {
        let UnitKind::Chart { render, .. } = &cx.project.unit(object.unit).kind else { continue };
        for node in object.node().map(|it| it.descendants()).unwrap_or_default() {
            let place = node.place();
            let Some((word, meaning)) = place.from.and_then(|it| values.get(&it)) else { continue };
            if node.as_str().is_some_and(|it| it == meaning.to_string()) {
                let message = format!("{} is printed as \"{meaning}\"", word.text());
                findings
                    .report(place, message)
                    .help(format!("write \"{}\"", word.text()))
                    .object(object)
                    .pointer(node)
                    .render(render);
            }
        }
    }
}

/// What an unquoted word of the trap means; `true` and `false` mean what they say.
fn trap(node: Node<'_>) -> Option<bool> {
    let NodeKind::Bool(meaning) = node.kind() else { return None };
    let lower = node.text().to_ascii_lowercase();
    let is_trap = matches!(lower.as_str(), "y" | "n" | "yes" | "no" | "on" | "off");
    (is_trap && node.style() == Style::Plain).then_some(meaning)
}
