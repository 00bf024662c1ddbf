//! Values break the chart's own `values.schema.json`.
//!
//! ## What it does
//! Validates the values of every render, the chart's own and each set's, against the
//! `values.schema.json` of the chart and of its dependencies. A `$ref` to another machine is not
//! fetched. A value that the schema requires and that is nowhere given is a question to whoever
//! installs the chart, as `required` is, and only advice.
//!
//! ## Why is this bad
//! Helm validates before it renders, and refuses to install or upgrade.
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
//! replicaCount: "2"
//! ```
//! `chart/values.schema.json`:
//! ```json
//! {"type": "object", "properties": {"replicaCount": {"type": "integer"}}}
//! ```
//!
//! ## Use instead
//! `chart/values.yaml`:
//! ```yaml
//! replicaCount: 2
//! ```
//!
//! ## References
//! - [Helm: schema files](https://helm.sh/docs/topics/charts/#schema-files)

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
    for (render, error) in errors(chart, &[RenderErrorKind::Schema]) {
        report(findings, render, error).help("change the value, or the schema if it is too narrow");
    }
    for (render, error) in errors(chart, &[RenderErrorKind::SchemaRequired]) {
        report(findings, render, error)
            .outcome(Outcome::Advice)
            .help("give it in a `ci/*-values.yaml`, to have the chart analysed as it is installed");
    }
}
