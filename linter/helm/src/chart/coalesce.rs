//! Merging values: a chart's defaults under what its user says (helm 4.3.1
//! pkg/chart/common/util/coalesce.go).
//!
//! Two modes differ in what a null does. Coalescing makes what templates see: a user's null takes
//! a default away, and nulls of defaults are dropped. Merging keeps all nulls, for values that are
//! coalesced again later.

use super::instance::Instance;
use crate::value::{Data, Map, Value};

/// The name of the table that every chart below sees.
pub(super) const GLOBAL: &str = "global";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    Drop,
    Keep,
}

/// What is wrong with values but stops nothing, in Helm's words.
pub(super) type Warnings = Vec<String>;

/// Values of a chart and all charts below it; `values` is not changed.
///
/// # Errors
/// A chart's section is no table.
pub(super) fn coalesce(
    chart: &Instance,
    values: &Map,
    nulls: Nulls,
    warnings: &mut Warnings,
) -> Result<Map, String> {
    let mut run = Coalescing { nulls, warnings };
    let values = values.deep_copy();
    run.chart(chart, &values, "")?;
    Ok(values)
}

/// Fills `into` from `from`, which is used up; what `into` has wins.
pub(super) fn fill_table(into: &Map, from: &Map, nulls: Nulls, warnings: &mut Warnings) {
    Coalescing { nulls, warnings }.tables(into, from, "", nulls);
}

/// Entries of `over` take the place of those of `base`; tables in both are merged. Neither is
/// changed (`loader.MergeMaps`).
pub(super) fn overlay(base: &Map, over: &Map) -> Map {
    let merged = Map::new();
    for (key, entry) in base.snapshot() {
        merged.insert(&key, entry.key_origin, entry.value);
    }
    for (key, entry) in over.snapshot() {
        let both = match (merged.get(&key), entry.value.as_map()) {
            (Some(below), Some(above)) => below
                .as_map()
                .map(|below| Value::map(overlay(below, above)).with_origin(entry.value.origin())),
            _ => None,
        };
        merged.insert(&key, entry.key_origin, both.unwrap_or(entry.value));
    }
    merged
}

/// The table at a path such as `a.b` (`common.Values.Table`).
pub(super) fn table(values: &Map, path: &str) -> Option<Map> {
    path.split('.')
        .try_fold(values.clone(), |table, name| table.get(name.as_bytes())?.as_map().cloned())
}

/// The value at a path, unless it is a table (`common.Values.PathValue`).
pub(super) fn path_value(values: &Map, path: &str) -> Option<Value> {
    let (above, name) = match path.rsplit_once('.') {
        Some((above, name)) => (table(values, above)?, name),
        None => (values.clone(), path),
    };
    above.get(name.as_bytes()).filter(|it| it.as_map().is_none())
}

struct Coalescing<'w> {
    nulls: Nulls,
    warnings: &'w mut Warnings,
}

impl Coalescing<'_> {
    fn warn(&mut self, message: String) {
        // The same chart is coalesced several times on its way to a render.
        if !self.warnings.contains(&message) {
            self.warnings.push(message);
        }
    }

    fn chart(&mut self, chart: &Instance, values: &Map, prefix: &str) -> Result<(), String> {
        self.defaults(chart, values, prefix);
        let prefix = join(prefix, &chart.name);
        for below in &chart.charts {
            let key = below.name.as_bytes();
            let section = match values.get(key) {
                None => {
                    let section = Map::new();
                    values.set(&below.name, Value::map(section.clone()));
                    section
                }
                Some(value) => match value.as_map() {
                    Some(section) => section.clone(),
                    None => {
                        return Err(format!("type mismatch on {}: {}", below.name, go_t(&value)));
                    }
                },
            };
            self.globals(&section, values, &prefix);
            self.chart(below, &section, &prefix)?;
        }
        Ok(())
    }

    /// Hands the globals of `from` down to `into`; what `from` has wins.
    fn globals(&mut self, into: &Map, from: &Map, prefix: &str) {
        let side = |map: &Map| match map.get(GLOBAL.as_bytes()) {
            None => Some(Map::new()),
            Some(value) => value.as_map().cloned(),
        };
        let Some(lower) = side(into) else {
            let message = "warning: skipping globals because destination global is not a table.";
            return self.warn(message.to_owned());
        };
        let Some(upper) = side(from) else {
            let message = "warning: skipping globals because source global is not a table.";
            return self.warn(message.to_owned());
        };
        for (key, entry) in upper.snapshot() {
            let known = lower.get(&key);
            let Some(table) = entry.value.as_map() else {
                if known.is_some_and(|it| it.as_map().is_some()) {
                    self.warn(format!("key {} is table. Skipping", lossy(&key)));
                } else {
                    lower.insert(&key, entry.key_origin, entry.value);
                }
                continue;
            };
            let table = shallow_copy(table);
            if let Some(known) = known {
                let name = lossy(&key);
                let Some(known) = known.as_map() else {
                    let message = "Conflict: cannot merge map onto non-map for";
                    self.warn(format!("{message} {name:?}. Skipping."));
                    continue;
                };
                // Nulls are dropped when the chart below is coalesced.
                self.tables(&table, known, &join(prefix, &name), Nulls::Keep);
            }
            let value = Value::map(table).with_origin(entry.value.origin());
            lower.insert(&key, entry.key_origin, value);
        }
        let origin = from.get(GLOBAL.as_bytes()).map(|it| it.origin());
        let lower = Value::map(lower);
        let lower = origin.map_or(lower.clone(), |it| lower.with_origin(it));
        into.set(GLOBAL, lower);
    }

    /// Puts the chart's own values under `values`.
    fn defaults(&mut self, chart: &Instance, values: &Map, prefix: &str) {
        let prefix = join(prefix, &chart.name);
        for (key, default) in chart.values.deep_copy().snapshot() {
            let Some(value) = values.get(&key) else {
                if self.nulls == Nulls::Drop {
                    match &default.value.data {
                        Data::Nil => continue,
                        Data::Map(table) => drop_nulls(table),
                        _ => {}
                    }
                }
                values.insert(&key, default.key_origin, default.value);
                continue;
            };
            if value.is_nil() && self.nulls == Nulls::Drop {
                values.remove(&key);
                continue;
            }
            let Some(table) = value.as_map() else { continue };
            let Some(defaults) = default.value.as_map() else {
                if !default.value.is_nil() {
                    let key = lossy(&key);
                    self.warn(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                }
                continue;
            };
            // The section of a chart below is coalesced once more, with that chart's defaults.
            let is_section = chart.charts.iter().any(|it| it.name.as_bytes() == &*key);
            let nulls = if is_section { Nulls::Keep } else { self.nulls };
            if nulls == Nulls::Drop {
                drop_nulls(defaults);
            }
            self.tables(table, defaults, &join(&prefix, &lossy(&key)), nulls);
        }
    }

    /// Fills `into` from `from` (`coalesceTablesFullKey`).
    fn tables(&mut self, into: &Map, from: &Map, prefix: &str, nulls: Nulls) {
        let not_null = |key: &[u8]| from.get(key).is_some_and(|it| !it.is_nil());
        let mut keys: Vec<_> = from.snapshot().into_iter().map(|(key, _)| key).collect();
        // A null of the upper side stands for itself on the lower one: it must not be filled.
        let nulled: Vec<_> = into
            .snapshot()
            .into_iter()
            .filter(|(_, entry)| entry.value.is_nil())
            .map(|(key, _)| (not_null(&key), key))
            .collect();
        keys.retain(|key| !nulled.iter().any(|(_, it)| it == key));
        if nulls == Nulls::Drop {
            for (_, key) in nulled.iter().filter(|(had_default, _)| *had_default) {
                into.remove(key);
            }
        }
        for key in keys {
            let Some(entry) = from.entry(&key) else { continue };
            let Some(value) = into.get(&key) else {
                into.insert(&key, entry.key_origin, entry.value);
                continue;
            };
            let full = || join(prefix, &lossy(&key));
            match (entry.value.as_map(), value.as_map()) {
                (Some(lower), Some(upper)) => self.tables(upper, lower, &full(), nulls),
                (Some(_), None) => self.warn(format!(
                    "warning: cannot overwrite table with non table for {} ({})",
                    full(),
                    shown(&entry.value)
                )),
                (None, Some(_)) if !entry.value.is_nil() => self.warn(format!(
                    "warning: destination for {} is a table. Ignoring non-table value ({})",
                    full(),
                    shown(&entry.value)
                )),
                _ => {}
            }
        }
    }
}

/// Takes nulls out, at all depths (`cleanNilValues`).
fn drop_nulls(map: &Map) {
    for (key, entry) in map.snapshot() {
        match &entry.value.data {
            Data::Nil => drop(map.remove(&key)),
            Data::Map(below) => drop_nulls(below),
            _ => {}
        }
    }
}

fn shallow_copy(map: &Map) -> Map {
    let copy = Map::new();
    for (key, entry) in map.snapshot() {
        copy.insert(&key, entry.key_origin, entry.value);
    }
    copy
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

fn lossy(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

fn shown(value: &Value) -> String {
    crate::data::fmt::display(value).lossy().into_owned()
}

/// `%t` of a value, which Helm prints though it is no boolean.
fn go_t(value: &Value) -> String {
    match &value.data {
        Data::Bool(value) => value.to_string(),
        Data::Nil => "%!t(<nil>)".to_owned(),
        _ => format!("%!t({}={})", value.type_name(), shown(value)),
    }
}
