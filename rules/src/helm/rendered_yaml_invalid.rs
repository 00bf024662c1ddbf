//! A chart renders text that is no YAML, or no Kubernetes object.
//!
//! ## What it does
//! Reports rendered documents that do not parse, at the template line or action that printed the
//! text where YAML breaks, and documents without `apiVersion` or `kind`.
//!
//! ## Why is this bad
//! Helm refuses the whole release: nothing is installed or upgraded.
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
//! labels:
//!   team: shop
//!   tier: web
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   labels:
//!     {{ toYaml .Values.labels }}
//!   name: shop
//! ```
//!
//! ## Use instead
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   labels:
//!     {{- toYaml .Values.labels | nindent 4 }}
//!   name: shop
//! ```
//!
//! ## References
//! - [Helm: accessing template functions, indentation](https://helm.sh/docs/chart_template_guide/yaml_techniques/)

use goready_model::{Chart, Confidence, Outcome, Profile, RenderErrorKind};

use super::{errors, report};
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
    for (render, error) in errors(chart, &[RenderErrorKind::Yaml]) {
        report(findings, render, error)
            .help("indent what is printed with `nindent`, and quote what may hold `: ` or `#`");
    }
}
