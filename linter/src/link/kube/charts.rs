//! Helm charts of the project. They are counted and reported as not rendered: a green run must
//! not mean that nobody looked.

use std::collections::BTreeMap;

use goready_helm::ChartKind;
use goready_model::{Chart, ChartId, FileKind, Place, Problem, ProblemKind, Project};
use goready_parse::ProjectShape;

use crate::link::Input;

/// Fills charts, and a problem for each chart that is deployed by itself.
pub(super) fn link(input: &Input<'_>, project: &mut Project) {
    let chart_dirs = goready_helm::chart_dirs(input.files.iter().map(|it| it.path));
    let shape = ProjectShape { chart_dirs };
    let templates = count_templates(input, &shape);
    for it in input.files.iter().filter(|it| it.facts.kind == FileKind::ChartMetadata) {
        let dir = it.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let text = input.sources.get(it.file).map_or("", |source| &*source.text);
        let metadata = goready_helm::metadata(it.file, text).ok();
        let own_name = dir.rsplit('/').next().unwrap_or(dir);
        let name = metadata.as_ref().map_or(own_name, |metadata| &metadata.name);
        let place = Place::new(it.file, 0, 0);
        project.charts.push(Chart {
            id: ChartId(project.charts.len() as u32),
            dir: if dir.is_empty() { ".".to_owned() } else { dir.to_owned() },
            file: it.file,
            name: name.to_owned(),
            place,
            templates: templates.get(dir).copied().unwrap_or(0),
            renders: Vec::new(),
        });
        // A subchart is deployed with its parent, whose message counts its templates.
        if goready_helm::parent_chart(dir, &shape.chart_dirs).is_some() {
            continue;
        }
        let bundled = format!("{dir}/charts/").trim_start_matches('/').to_owned();
        let below = templates.iter().filter(|(chart, _)| chart.starts_with(&bundled));
        let count = templates.get(dir).copied().unwrap_or(0) + below.map(|it| it.1).sum::<usize>();
        let is_library = metadata.is_some_and(|it| it.kind == ChartKind::Library);
        if count > 0 && !is_library {
            project.problems.push(Problem {
                kind: ProblemKind::Unsupported,
                place,
                message: match count {
                    1 => "chart is not rendered, its template is not analysed".to_owned(),
                    _ => format!("chart is not rendered, its {count} templates are not analysed"),
                },
                related: None,
            });
        }
    }
}

/// Number of rendered template files of each chart, subcharts not included.
fn count_templates<'s>(input: &Input<'_>, shape: &'s ProjectShape) -> BTreeMap<&'s str, usize> {
    let mut counts = BTreeMap::new();
    for it in input.files.iter().filter(|it| it.facts.kind == FileKind::ChartTemplate) {
        let Some((chart, inside)) = shape.chart_of(it.path) else { continue };
        if goready_helm::is_rendered(inside) {
            *counts.entry(chart).or_default() += 1;
        }
    }
    counts
}
