//! A key of `values.yaml` is read by no template.
//!
//! ## What it does
//! Reports keys whose name stands in no template of the chart, neither as a field nor in a string,
//! and that no template gets as part of something larger (`toYaml .Values.resources`). Sections of
//! dependencies and `global` are left out, and so are charts with a template that does not parse.
//!
//! ## Why is this bad
//! Whoever sets it believes that it does something.
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
//! autoscaling:
//!   minReplicas: 2
//!   targetCPU: 80
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//! data:
//!   min: {{ .Values.autoscaling.minReplicas | quote }}
//!   cpu: {{ .Values.autoscaling.targetCPUUtilizationPercentage | quote }}
//! ```
//!
//! ## Use instead
//! `chart/values.yaml`:
//! ```yaml
//! autoscaling:
//!   minReplicas: 2
//!   targetCPUUtilizationPercentage: 80
//! ```
//!
//! ## References
//! - [Helm: values](https://helm.sh/docs/chart_best_practices/values/)

use goready_model::{Chart, Confidence, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Chart(check),
};

fn check(_: &Cx<'_>, chart: &Chart, findings: &mut Findings) {
    for key in &chart.unread {
        let (message, help) = match &key.similar {
            Some(similar) => (
                format!("{} is never read; templates read {similar}", key.path),
                format!("rename it to {similar}, or remove it"),
            ),
            None => (format!("{} is never read", key.path), "remove it".to_owned()),
        };
        findings.report(key.place, message).help(help);
    }
}
