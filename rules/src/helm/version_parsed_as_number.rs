//! An unquoted version is read as a number, and printed as another one.
//!
//! ## What it does
//! Reports values of keys that name a version or tag, in values files and `Chart.yaml`, that YAML
//! takes for a number and that Helm then prints otherwise: `1.20` as `1.2`, `20240102` as
//! `2.0240102e+07`, `0o17` as `15`. A number that is printed as it is written is fine.
//!
//! ## Why is this bad
//! The image that is pulled has another tag than the one in the file: one that does not exist, or
//! an older one that does.
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
//! image:
//!   tag: 1.20
//! ```
//!
//! ## Use instead
//! `chart/values.yaml`:
//! ```yaml
//! image:
//!   tag: "1.20"
//! ```
//!
//! ## References
//! - [YAML 1.1: floating-point language-independent type](https://yaml.org/type/float.html)
//! - [Helm: make types clear](https://helm.sh/docs/chart_best_practices/values/#make-types-clear)

use goready_model::{Confidence, FileKind, Node, NodeKind, Outcome, Profile, Style};

use super::{go_float, quoted};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for (file, document) in &cx.project.documents {
        let kind = cx.project.kinds.get(file);
        if !matches!(kind, Some(FileKind::ChartValues | FileKind::ChartMetadata)) {
            continue;
        }
        for entry in document.tree.nodes().flat_map(|it| it.entries()) {
            let (key, value) = (entry.key.text(), entry.value);
            let Some(printed) = printed(value).filter(|it| it != value.text()) else { continue };
            if names_a_version(key) {
                let written = value.text();
                findings
                    .node(value, format!("{key} {written} is a number and printed as {printed}"))
                    .help(format!("write \"{written}\""))
                    .safe_fix("quote the version", vec![quoted(value)]);
            }
        }
    }
}

/// What Helm prints for an unquoted number; it holds all of them as float64.
fn printed(node: Node<'_>) -> Option<String> {
    if node.style() != Style::Plain {
        return None;
    }
    match node.kind() {
        NodeKind::Int(value) => Some(go_float(value as f64)),
        NodeKind::Float(value) => Some(go_float(value)),
        _ => None,
    }
}

/// `tag`, `imageTag`, `appVersion`, `minor_version`; the version of a format (`apiVersion`) is
/// written as Kubernetes spells it.
fn names_a_version(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    (lower.ends_with("tag") || lower.ends_with("version")) && lower != "apiversion"
}
