//! Lines of a chart are rendered by no set of values.
//!
//! ## What it does
//! Reports the parts of a chart's templates that neither its own values nor any `ci/*-values.yaml`, nor a
//! set that the configuration names, turn on. Named templates, notes and tests are left out, and so are
//! charts with a render that fails.
//!
//! ## Why is this bad
//! Nobody has seen what these lines render to, this program included: what it says of the chart holds
//! without them.
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
//! settings:
//!   enabled: false
//!   level: info
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! {{- if .Values.settings.enabled }}
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//! data:
//!   level: {{ .Values.settings.level }}
//! {{- end }}
//! ```
//!
//! ## Use instead
//! `chart/ci/settings-values.yaml`:
//! ```yaml
//! settings:
//!   enabled: true
//! ```
//!
//! ## References
//! - [chart-testing: sets of values in `ci/`](https://github.com/helm/chart-testing/blob/main/doc/ct_install.md)

use goready_model::{Chart, Confidence, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Strict,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Chart(check),
};

fn check(_: &Cx<'_>, chart: &Chart, findings: &mut Findings) {
    for part in &chart.unrendered {
        let lines = match part.lines {
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        };
        findings
            .report(part.place, format!("no set of values renders the {lines} of this branch"))
            .help("add a `ci/*-values.yaml` that turns the branch on");
    }
}
