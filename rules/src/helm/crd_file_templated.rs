//! A file in `crds/` has template actions, which Helm does not run there.
//!
//! ## What it does
//! Reports `{{ ... }}` with control flow or with what Helm gives to templates (`.Values`,
//! `include`) in files below `crds/`.
//!
//! ## Why is this bad
//! Helm installs these files as they are, before anything is rendered: the text between the braces
//! is no YAML, or lands in the cluster literally.
//!
//! ## Example
//! `chart/Chart.yaml`:
//! ```yaml
//! apiVersion: v2
//! name: shop
//! version: 1.0.0
//! ```
//! `chart/crds/orders.yaml`:
//! ```yaml
//! apiVersion: apiextensions.k8s.io/v1
//! kind: CustomResourceDefinition
//! metadata:
//!   name: orders.{{ .Values.group }}
//! ```
//!
//! ## Use instead
//! `chart/crds/orders.yaml`:
//! ```yaml
//! apiVersion: apiextensions.k8s.io/v1
//! kind: CustomResourceDefinition
//! metadata:
//!   name: orders.shop.example.com
//! ```
//!
//! ## References
//! - [Helm: custom resource definitions](https://helm.sh/docs/chart_best_practices/custom_resource_definitions/)

use goready_model::{Chart, Confidence, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Chart(check),
};

fn check(_: &Cx<'_>, chart: &Chart, findings: &mut Findings) {
    for place in &chart.templated_crds {
        findings
            .report(*place, "crds/ is not rendered, this action stays in the file as text")
            .help("move the file to templates/, or write the value out");
    }
}
