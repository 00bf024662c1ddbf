//! A chart's dependency is not there, so that a part of it is not analysed.
//!
//! ## What it does
//! Reports entries of `dependencies` in `Chart.yaml` that are neither in `charts/` nor a chart of
//! this repository. What calls their named templates is rendered with placeholders.
//!
//! ## Why is this bad
//! Nothing is wrong with the chart; but what the dependency deploys, and what depends on it, was
//! not looked at.
//!
//! ## Example
//! `chart/Chart.yaml`:
//! ```yaml
//! apiVersion: v2
//! name: shop
//! version: 1.0.0
//! dependencies:
//!   - name: redis
//!     version: 19.x
//!     repository: https://charts.example.com
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//! ```
//!
//! ## Use instead
//! `chart/charts/redis/Chart.yaml`:
//! ```yaml
//! apiVersion: v2
//! name: redis
//! version: 19.0.1
//! ```
//!
//! ## References
//! - [Helm: managing dependencies with the charts directory](https://helm.sh/docs/topics/charts/#managing-dependencies-manually-via-the-charts-directory)

use goready_model::{Chart, Confidence, Outcome, Profile, RenderErrorKind};

use super::{errors, report};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Chart(check),
};

fn check(_: &Cx<'_>, chart: &Chart, findings: &mut Findings) {
    for (render, error) in errors(chart, &[RenderErrorKind::Dependency]) {
        report(findings, render, error).help("run `helm dependency build` before the check");
    }
}
