//! Helm charts of the project: each set of values a chart was rendered with is a render unit.

use std::collections::BTreeMap;

use goready_model::{
    Chart, ChartId, Document, FileKind, Place, Problem, ProblemKind, Project, Render, RenderError,
    RenderErrorKind, Unit, UnitId, UnitKind,
};
use goready_parse::ProjectShape;

use super::objects::{self, Found};
use crate::link::Input;

/// Fills charts and their renders, and a problem for each part of a chart that was not rendered.
pub(super) fn link(input: &Input<'_>, project: &mut Project) {
    let chart_dirs = goready_helm::chart_dirs(input.files.iter().map(|it| it.path));
    let shape = ProjectShape { chart_dirs };
    let templates = count_templates(input, &shape);
    let mut by_dir: BTreeMap<&str, ChartId> = BTreeMap::new();
    for it in input.files.iter().filter(|it| it.facts.kind == FileKind::ChartMetadata) {
        let dir = it.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let rendered = input.charts.iter().find(|chart| chart.dir == dir);
        let own_name = dir.rsplit('/').next().unwrap_or(dir);
        let text = input.sources.get(it.file).map_or("", |source| &*source.text);
        let metadata = goready_helm::metadata(it.file, text).ok();
        let name = metadata.as_ref().map_or(own_name, |metadata| &metadata.name);
        let id = ChartId(project.charts.len() as u32);
        by_dir.insert(dir, id);
        project.charts.push(Chart {
            id,
            dir: if dir.is_empty() { ".".to_owned() } else { dir.to_owned() },
            file: it.file,
            name: name.to_owned(),
            place: Place::new(it.file, 0, 0),
            templates: templates.get(dir).copied().unwrap_or(0),
            parent: goready_helm::parent_chart(dir, &shape.chart_dirs)
                .and_then(|parent| by_dir.get(parent).copied()),
            renders: rendered.map_or_else(Vec::new, |chart| {
                let render = |it: &crate::render::RenderedSet| Render {
                    name: it.name.clone(),
                    documents: it.documents.len(),
                    errors: it.errors.clone(),
                    remade: it.remade.clone(),
                };
                chart.sets.iter().map(render).collect()
            }),
            unread: rendered.map_or_else(Vec::new, |chart| chart.unread.clone()),
            unrendered: rendered.map_or_else(Vec::new, |chart| chart.unrendered.clone()),
            templated_crds: rendered.map_or_else(Vec::new, |chart| chart.templated_crds.clone()),
        });
    }
    problems(project);
}

/// What was not rendered is not analysed: it goes into the summary, once for each place.
fn problems(project: &mut Project) {
    let mut told = std::collections::BTreeSet::new();
    let errors = project.charts.iter().flat_map(|it| &it.renders).flat_map(|it| &it.errors);
    for error in errors {
        let lost = match error.kind {
            // Text that is judged for what it is; a schema stops Helm, not us.
            RenderErrorKind::Schema | RenderErrorKind::SchemaRequired | RenderErrorKind::Asked => {
                false
            }
            RenderErrorKind::Template
            | RenderErrorKind::Doubtful
            | RenderErrorKind::Dependency
            | RenderErrorKind::Yaml
            | RenderErrorKind::Chart
            | RenderErrorKind::Limit => true,
        };
        if lost && told.insert((error.place, error.message.clone())) {
            project.problems.push(Problem {
                kind: ProblemKind::Unsupported,
                place: error.place,
                message: error.message.clone(),
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

/// The objects of every render with their unit, which is added to the project.
pub(super) fn rendered(input: &Input<'_>, project: &mut Project) -> Vec<(UnitId, Vec<Found>)> {
    let mut units = Vec::new();
    for chart in input.charts {
        for set in &chart.sets {
            let id = UnitId(project.units.len() as u32);
            let stops_helm_only = |it: &RenderError| {
                matches!(it.kind, RenderErrorKind::Schema | RenderErrorKind::SchemaRequired)
            };
            let is_partial = !set.errors.iter().all(stops_helm_only)
                || set.documents.iter().any(|it| it.truncated);
            project.units.push(Unit {
                kind: UnitKind::Chart { chart: chart.name.clone(), render: set.name.clone() },
                dir: if chart.dir.is_empty() { ".".to_owned() } else { chart.dir.clone() },
                namespace: set.namespace.clone(),
                partial: is_partial,
            });
            project.parts.extend(&set.parts);
            project.names.extend(&set.names);
            for (place, chain) in &set.chains {
                project.chains.entry(*place).or_insert_with(|| chain.clone());
            }
            let mut found = Vec::new();
            for (index, it) in set.documents.iter().enumerate() {
                let document = Document { tree: it.tree.clone(), index, truncated: it.truncated };
                objects::add_document(it.file, &document, &mut found);
            }
            units.push((id, found));
        }
    }
    units
}
