//! A chart's template fails, so that `helm install` installs nothing.
//!
//! ## What it does
//! Reports parse errors, unknown functions and named templates, paths through values that are not
//! there, comparisons of incompatible types and every other error that ends a render: with the
//! chart's own values, with each `ci/*-values.yaml`, and with the sets of values in the
//! configuration. The rest of the chart is rendered and judged all the same.
//!
//! A chart that only asks for a value (`required`, `fail`) is a note: it says what to give. So is an
//! error in a render that asks: it may come of the missing value.
//!
//! ## Why is this bad
//! Helm renders all templates before it sends anything: one error in one of them and the release
//! is neither installed nor upgraded.
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
//! port: 80
//! ```
//! `chart/templates/config.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: shop
//! data:
//!   secret: {{ .Values.ingress.tls.secret }}
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
//!   secret: {{ ((.Values.ingress).tls).secret | default "shop-tls" }}
//! ```
//!
//! ## References
//! - [Go: text/template](https://pkg.go.dev/text/template)
//! - [Helm: debugging templates](https://helm.sh/docs/chart_template_guide/debugging/)

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
    const KINDS: &[RenderErrorKind] =
        &[RenderErrorKind::Template, RenderErrorKind::Chart, RenderErrorKind::Limit];
    for (render, error) in errors(chart, KINDS) {
        report(findings, render, error).help(help(&error.message));
    }
    for (render, error) in errors(chart, &[RenderErrorKind::Doubtful]) {
        report(findings, render, error)
            .outcome(Outcome::Advice)
            .help("give the values that the chart asks for first, in a `ci/*-values.yaml`");
    }
    for (render, error) in errors(chart, &[RenderErrorKind::Asked]) {
        report(findings, render, error).outcome(Outcome::Advice).help(
            "add a `ci/*-values.yaml` with the values it asks for, to have all of it analysed",
        );
    }
}

/// What to do, by Go's own words for the error.
fn help(message: &str) -> &'static str {
    if message.contains("nil pointer evaluating") || message.ends_with(" is not set") {
        "put the path in parentheses up to the part that may be missing, or give a default"
    } else if message.contains("incompatible types for comparison") {
        "convert the value first: numbers of values files are floats, `int` makes them integers"
    } else if message.contains("not defined") || message.contains("no template") {
        "define it, or correct the name"
    } else {
        "mend the template: Helm installs nothing while it fails"
    }
}
