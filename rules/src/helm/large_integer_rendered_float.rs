//! A large whole number of a values file is printed with an exponent.
//!
//! ## What it does
//! Reports actions that print an integer of at least 1000000 from a values file: Helm holds all
//! numbers of values files as float64, and Go prints such a one as `1e+06`, also through `quote`
//! and `toString`. `toYaml`, `toJson`, `int` and `int64` print it as it is written. An unquoted
//! number of its own stays the same number, however it is printed.
//!
//! ## Why is this bad
//! The program, or the API server, gets `1.048576e+07` where a whole number was meant, and refuses
//! it or reads it as something else.
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
//! maxBodySize: 10485760
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//! data:
//!   maxBodySize: {{ .Values.maxBodySize | quote }}
//! ```
//!
//! ## Use instead
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//! data:
//!   maxBodySize: {{ .Values.maxBodySize | int64 | quote }}
//! ```
//!
//! ## References
//! - [helm/helm#1707: large integers in values files](https://github.com/helm/helm/issues/1707)

use std::collections::BTreeMap;

use goready_model::{Confidence, FileKind, NodeKind, Outcome, Place, Profile, Span, UnitKind};

use super::go_float;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

/// The smallest whole number that Go's `%v` prints with an exponent.
const FIRST_WITH_EXPONENT: u64 = 1_000_000;

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let large = large_integers(cx);
    if large.is_empty() {
        return;
    }
    for object in &cx.project.objects {
        let UnitKind::Chart { render, .. } = &cx.project.unit(object.unit).kind else { continue };
        for node in object.node().map(|it| it.descendants()).unwrap_or_default() {
            let place = node.place();
            let Some(from) = place.from else { continue };
            let Some((written, printed)) = large.get(&from) else { continue };
            // As a number of its own it is the same one: the API server reads 1e+06 as 1000000.
            let is_text = node.as_str().is_some();
            if is_text && node.text().contains(printed.as_str()) {
                findings
                    .report(place.at.into(), format!("{written} is printed as {printed}"))
                    .help("pipe it through `int64`")
                    .label(Place::from(from), "the value")
                    .object(object)
                    .pointer(node)
                    .render(render);
            }
        }
    }
}

/// Scalars of values files that are such numbers: as written, and as printed.
fn large_integers(cx: &Cx<'_>) -> BTreeMap<Span, (String, String)> {
    let documents = cx.project.documents.iter();
    let values =
        documents.filter(|(file, _)| cx.project.kinds.get(file) == Some(&FileKind::ChartValues));
    let nodes = values.flat_map(|(_, document)| document.tree.nodes());
    nodes
        .filter_map(|node| match node.kind() {
            NodeKind::Int(value) if value.unsigned_abs() >= FIRST_WITH_EXPONENT => {
                Some((node.place().at, (node.text().to_owned(), go_float(value as f64))))
            }
            _ => None,
        })
        .collect()
}
