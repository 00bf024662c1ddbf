//! YAML and JSON files as documents.
//!
//! The documents themselves come from `goready_yaml`; which of them are Kubernetes objects, and
//! what belongs together, is decided in link, which sees all files.

use goready_yaml::Parsed;

use crate::Source;

/// Parses a YAML or JSON file, whatever it is for.
pub fn parse(source: &Source<'_>) -> Parsed {
    let json = source.path.rsplit_once('.').is_some_and(|(_, it)| it.eq_ignore_ascii_case("json"));
    if json {
        goready_yaml::parse_json(source.file, source.text)
    } else {
        goready_yaml::parse(source.file, source.text)
    }
}
