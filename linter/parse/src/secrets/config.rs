//! Leaves of TOML, and of files that are read by line: INI, properties, `.env`.

use std::borrow::Cow;

use goready_model::{FileId, Place, SecretContext};
use toml::de::{DeTable, DeValue};

use super::{
    leaf::{Evidence, Leaf},
    lines,
    words::{Head, NameIn, head, is_connection_key, signing_key},
};

/// The leaves of a TOML file; what parses of a broken one.
pub(super) fn toml_leaves(file: FileId, text: &str) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    let (table, _) = DeTable::parse_recoverable(text);
    toml_table(file, "", table.get_ref(), &mut found);
    found.into_iter().map(owned).collect()
}

fn toml_table<'t>(file: FileId, block: &str, table: &DeTable<'t>, found: &mut Vec<Leaf<'t>>) {
    let connects = table.iter().any(|(key, value)| {
        is_connection_key(key.get_ref()) && value.get_ref().as_str() != Some("")
    });
    for (key, value) in table {
        match value.get_ref() {
            DeValue::String(text) => {
                let Some((name, evidence)) = judge(block, key.get_ref(), text, connects) else {
                    continue;
                };
                let span = value.span();
                found.push(Leaf {
                    name: Cow::Owned(name),
                    value: Cow::Owned(text.clone().into_owned()),
                    place: Place::new(file, span.start, span.end),
                    node: None,
                    context: SecretContext::Config,
                    evidence,
                    decoded: false,
                });
            }
            DeValue::Table(inner) => toml_table(file, key.get_ref(), inner, found),
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(inner) = item.get_ref() {
                        toml_table(file, key.get_ref(), inner, found);
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

/// The name of a setting and what speaks for it; `None` when it names no credential.
fn judge(block: &str, key: &str, value: &str, connects: bool) -> Option<(String, Evidence)> {
    if let Some(name) = signing_key(block, key).filter(|_| !value.contains(char::is_whitespace)) {
        return Some((name, Evidence::Place));
    }
    let evidence = match head(key, NameIn::Settings)? {
        Head::Password if connects => Evidence::Place,
        _ => Evidence::Name,
    };
    Some((key.to_owned(), evidence))
}

/// The leaves of a file with one setting a line. The environment of a process is evidence itself.
pub(super) fn line_leaves(file: FileId, text: &str, environment: bool) -> Vec<Leaf<'_>> {
    let settings = lines::settings(text);
    let connects = |section: usize| {
        settings.iter().any(|it| it.section == section && is_connection_key(it.key))
    };
    let leaf = |it: &lines::Setting<'_>| {
        // Without sections every key of the file would stand beside every other.
        let connects = it.section > 0 && connects(it.section);
        let (name, evidence) = judge(it.title, it.key, it.value, connects)?;
        let (context, evidence) = if environment {
            (SecretContext::Env, Evidence::Place)
        } else {
            (SecretContext::Config, evidence)
        };
        Some(Leaf {
            name: Cow::Owned(name),
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
