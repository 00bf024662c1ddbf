//! Leaves of TOML, and of files that are read by line: INI, properties, `.env`.

use std::borrow::Cow;

use goready_model::{FileId, Place, SecretContext};
use toml::de::{DeTable, DeValue};

use super::{
    leaf::{Evidence, Leaf},
    lines,
    words::{Head, NameIn, head, is_connection_key},
};

/// The leaves of a TOML file; what parses of a broken one.
pub(super) fn toml_leaves(file: FileId, text: &str) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    let (table, _) = DeTable::parse_recoverable(text);
    toml_table(file, table.get_ref(), &mut found);
    found.into_iter().map(owned).collect()
}

fn toml_table<'t>(file: FileId, table: &DeTable<'t>, found: &mut Vec<Leaf<'t>>) {
    let connects = table.iter().any(|(key, value)| {
        is_connection_key(key.get_ref()) && value.get_ref().as_str() != Some("")
    });
    for (key, value) in table {
        match value.get_ref() {
            DeValue::String(text) => {
                let Some(head) = head(key.get_ref(), NameIn::Settings) else { continue };
                let span = value.span();
                found.push(Leaf {
                    name: Cow::Owned(key.get_ref().clone().into_owned()),
                    value: Cow::Owned(text.clone().into_owned()),
                    place: Place::new(file, span.start, span.end),
                    node: None,
                    context: SecretContext::Config,
                    evidence: evidence(connects, head),
                    decoded: false,
                });
            }
            DeValue::Table(inner) => toml_table(file, inner, found),
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(inner) = item.get_ref() {
                        toml_table(file, inner, found);
                    }
                }
            }
            _ => {}
        }
    }
}

fn owned(leaf: Leaf<'_>) -> Leaf<'static> {
    Leaf {
        name: Cow::Owned(leaf.name.into_owned()),
        value: Cow::Owned(leaf.value.into_owned()),
        ..leaf
    }
}

fn evidence(connects: bool, head: Head) -> Evidence {
    if connects && head == Head::Password { Evidence::Place } else { Evidence::Name }
}

/// The leaves of a file with one setting a line. The environment of a process is evidence itself.
pub(super) fn line_leaves(file: FileId, text: &str, environment: bool) -> Vec<Leaf<'_>> {
    let settings = lines::settings(text);
    let connects = |section: usize| {
        settings.iter().any(|it| it.section == section && is_connection_key(it.key))
    };
    let leaf = |it: &lines::Setting<'_>| {
        let head = head(it.key, NameIn::Settings)?;
        let (context, evidence) = if environment {
            (SecretContext::Env, Evidence::Place)
        } else {
            // Without sections every key of the file would stand beside every other.
            let connects = it.section > 0 && connects(it.section);
            (SecretContext::Config, evidence(connects, head))
        };
        Some(Leaf {
            name: Cow::Owned(it.key.to_owned()),
            value: Cow::Owned(it.value.to_owned()),
            place: Place::new(file, it.range.start, it.range.end),
            node: None,
            context,
            evidence,
            decoded: false,
        })
    };
    settings.iter().filter_map(leaf).collect()
}
