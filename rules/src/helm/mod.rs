//! Rules of the category `helm`, one file each, and how they report what a render ran into.

pub(crate) mod chart_dependency_missing;
pub(crate) mod chart_render_failed;
pub(crate) mod crd_file_templated;
pub(crate) mod hook_name_unknown;
pub(crate) mod large_integer_rendered_float;
pub(crate) mod rendered_yaml_invalid;
pub(crate) mod values_key_unread;
pub(crate) mod values_schema_violation;
pub(crate) mod version_parsed_as_number;
pub(crate) mod yaml_boolean_trap;

use goready_model::{Chart, Edit, Node, RenderError, RenderErrorKind};

use crate::{Draft, Findings};

/// Errors of the given kinds in all renders of a chart, each with the name of its set of values.
/// The engine makes one finding of what several sets have in common.
fn errors<'c>(
    chart: &'c Chart,
    kinds: &'static [RenderErrorKind],
) -> impl Iterator<Item = (&'c str, &'c RenderError)> {
    let renders = chart.renders.iter();
    let all = renders.flat_map(|it| it.errors.iter().map(move |error| (it.name.as_str(), error)));
    all.filter(|(_, error)| kinds.contains(&error.kind))
}

/// Reports an error at its place, with the `include`s that led there.
fn report<'f>(findings: &'f mut Findings, render: &str, error: &RenderError) -> Draft<'f> {
    let mut draft = findings.report(error.place, error.message.clone()).render(render);
    for caller in &error.chain {
        draft = draft.label(*caller, "reached from here");
    }
    draft
}

/// Puts an unquoted scalar in quotes.
fn quoted(node: Node<'_>) -> Edit {
    Edit { place: node.place(), text: format!("\"{}\"", node.text()) }
}

/// A float64 as Go's `%v` prints it: the shortest digits that read back, with an exponent below
/// -4 and from 6 on (strconv `FormatFloat(f, 'g', -1, 64)`, Go 1.26).
fn go_float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}
