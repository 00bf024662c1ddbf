//! A chart as one render sees it: under its alias, with its values, without the charts that
//! conditions and tags turn off (helm 4.3.1 pkg/chart/v2/util/dependencies.go).

use std::sync::Arc;

use super::{
    Chart, Dependency, Import,
    coalesce::{self, Nulls, Warnings},
    values::ValuesError,
};
use crate::{
    context::Context,
    data,
    functions::semver::{Constraints, Version},
    value::{Data, Map, Value},
};

/// A chart within one render.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) chart: Arc<Chart>,
    /// The alias, where a dependency gives one.
    pub(crate) name: String,
    /// The chart's defaults; what is imported from charts below is added to them.
    pub(crate) values: Map,
    /// `None` where the chart says nothing of dependencies: then Helm does not look below it.
    pub(crate) dependencies: Option<Vec<Wanted>>,
    pub(crate) charts: Vec<Instance>,
}

/// A dependency as processed so far.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) dependency: Dependency,
    /// The alias, once it has been given to a chart.
    pub(crate) name: String,
    pub(crate) enabled: bool,
}

impl Instance {
    /// Reads the values of a chart and all charts below it.
    ///
    /// # Errors
    /// A `values.yaml` that Helm refuses, in its words.
    pub(crate) fn new(cx: &mut Context, chart: &Arc<Chart>) -> Result<Self, ValuesError> {
        let name = chart.metadata.name.clone();
        let values = match &chart.values {
            Some(source) => data::yaml::read_values(cx, source.id, &source.text)
                .map_err(|it| {
                    ValuesError::in_file(source.id, &source.text, it)
                        .within("cannot load values.yaml")
                })?
                .as_map()
                .cloned()
                .unwrap_or_default(),
            None => Map::new(),
        };
        let wanted = |it: &Dependency| Wanted {
            dependency: it.clone(),
            name: it.name.clone(),
            enabled: false,
        };
        let dependencies = chart.metadata.dependencies.as_ref();
        let mut charts = Vec::with_capacity(chart.charts.len());
        for below in &chart.charts {
            let within = |it: ValuesError| {
                let below = &below.metadata.name;
                it.within(&format!("error unpacking subchart {below} in {name}"))
            };
            charts.push(Self::new(cx, below).map_err(within)?);
        }
        Ok(Self {
            chart: chart.clone(),
            name,
            values,
            dependencies: dependencies.map(|it| it.iter().map(wanted).collect()),
            charts,
        })
    }

    /// Turns dependencies on and off and imports values (`ProcessDependencies`).
    ///
    /// # Errors
    /// A section of the values is no table.
    pub(crate) fn process_dependencies(
        &mut self,
        values: &Map,
        warnings: &mut Warnings,
    ) -> Result<(), String> {
        self.enable(values, "", warnings)?;
        self.import_values(warnings)
    }

    /// `processDependencyEnabled`: `path` is where the sections of this chart's charts lie.
    fn enable(&mut self, values: &Map, path: &str, warnings: &mut Warnings) -> Result<(), String> {
        let Some(mut wanted) = self.dependencies.take() else { return Ok(()) };
        self.charts = named_as_wanted(&self.charts, &mut wanted);
        for it in &mut wanted {
            it.enabled = true;
        }
        let values = coalesce::coalesce(self, values, Nulls::Drop, warnings)?;
        apply_tags(&mut wanted, &values, warnings);
        apply_conditions(&mut wanted, &values, path, warnings);
        let is_off = |name: &str| wanted.iter().any(|it| !it.enabled && it.name == name);
        self.charts.retain(|it| !is_off(&it.name));
        let left: Vec<_> = wanted.iter().filter(|it| !is_off(&it.name)).cloned().collect();
        for chart in &mut self.charts {
            let path = format!("{path}{}.", chart.name);
            chart.enable(&values, &path, warnings)?;
        }
        // Helm's list becomes nil when nothing is left.
        self.dependencies = (!left.is_empty()).then_some(left);
        Ok(())
    }

    /// `processDependencyImportValues`, bottom up. The defaults of a chart with dependencies then
    /// hold those of the charts below, imports or not.
    fn import_values(&mut self, warnings: &mut Warnings) -> Result<(), String> {
        for chart in &mut self.charts {
            chart.import_values(warnings)?;
        }
        let Some(wanted) = &self.dependencies else { return Ok(()) };
        let values = coalesce::coalesce(self, &Map::new(), Nulls::Keep, warnings)?;
        let imported = Map::new();
        for it in wanted {
            for import in &it.dependency.import_values {
                let (child, parent) = match import {
                    Import::Exported(name) => (format!("exports.{name}"), "."),
                    Import::Table { child, parent } => (child.clone(), &**parent),
                };
                let Some(table) = coalesce::table(&values, &format!("{}.{child}", it.name)) else {
                    warnings.push(format!("ImportValues missing table {child} of {}", it.name));
                    continue;
                };
                coalesce::fill_table(&imported, &nest(parent, table), Nulls::Keep, warnings);
            }
        }
        let values = values.deep_copy();
        coalesce::fill_table(&values, &imported, Nulls::Keep, warnings);
        self.values = values;
        Ok(())
    }
}

/// The charts as dependencies name them: each entry takes the first chart that fits, which may be
/// taken more than once; charts that no entry fits stay as they are.
fn named_as_wanted(charts: &[Instance], wanted: &mut [Wanted]) -> Vec<Instance> {
    let fits = |it: &Wanted, chart: &Instance| {
        it.dependency.name == chart.name
            && is_compatible(&it.dependency.version, &chart.chart.metadata.version)
    };
    let mut named: Vec<Instance> =
        charts.iter().filter(|chart| !wanted.iter().any(|it| fits(it, chart))).cloned().collect();
    for it in wanted {
        let found = charts.iter().find(|chart| fits(it, chart));
        let alias = &it.dependency.alias;
        if let Some(found) = found {
            let mut chart = found.clone();
            if !alias.is_empty() {
                chart.name = alias.clone();
            }
            named.push(chart);
        }
        if !alias.is_empty() {
            it.name = alias.clone();
        }
    }
    named
}

/// Whether a version satisfies a constraint; not when either is none (`IsCompatibleRange`).
pub(crate) fn is_compatible(constraint: &str, version: &str) -> bool {
    let version = Version::parse(version.as_bytes());
    let constraint = Constraints::parse(constraint.as_bytes());
    matches!((constraint, version), (Ok(constraint), Ok(version)) if constraint.check(&version))
}

fn apply_tags(wanted: &mut [Wanted], values: &Map, warnings: &mut Warnings) {
    let Some(tags) = coalesce::table(values, "tags") else { return };
    for it in wanted {
        let (mut on, mut off) = (false, false);
        for tag in &it.dependency.tags {
            match tags.get(tag.as_bytes()).map(|it| it.data) {
                Some(Data::Bool(true)) => on = true,
                Some(Data::Bool(false)) => off = true,
                Some(_) => warnings.push(format!("returned non-bool value tag={tag}")),
                None => {}
            }
        }
        it.enabled = on || !off;
    }
}

fn apply_conditions(wanted: &mut [Wanted], values: &Map, path: &str, warnings: &mut Warnings) {
    for it in wanted {
        let conditions = it.dependency.condition.trim().split(',').filter(|it| !it.is_empty());
        for condition in conditions {
            match coalesce::path_value(values, &format!("{path}{condition}")).map(|it| it.data) {
                Some(Data::Bool(value)) => {
                    it.enabled = value;
                    break;
                }
                Some(_) => warnings.push(format!("returned non-bool value path={condition}")),
                None => {}
            }
        }
    }
}

/// The table under the keys of a path, `.` for itself (`pathToMap`).
fn nest(path: &str, table: Map) -> Map {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |below, name| {
        let above = Map::new();
        above.set(name, Value::map(below));
        above
    })
}
