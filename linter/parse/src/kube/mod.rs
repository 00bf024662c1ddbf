//! YAML and JSON files as documents.
//!
//! The documents themselves come from `goready_yaml`; here they learn which of their values are
//! placeholders, and a kustomization gets its inline patches as documents. Which documents are Kubernetes objects, and what belongs together, is decided in
//! link, which sees all files.

mod inline;
mod placeholder;

use goready_model::FileKind;
use goready_yaml::Parsed;

use crate::Source;

/// Parses a YAML or JSON file, whatever it is for.
pub fn parse(source: &Source<'_>, kind: FileKind) -> Parsed {
    let json = source.path.rsplit_once('.').is_some_and(|(_, it)| it.eq_ignore_ascii_case("json"));
    let mut parsed = if json {
        goready_yaml::parse_json(source.file, source.text)
    } else {
        goready_yaml::parse(source.file, source.text)
    };
    match kind {
        FileKind::Manifest => placeholder::mark(&mut parsed.documents, source.text),
        FileKind::Kustomization => inline::add(source, &mut parsed),
        _ => {}
    }
    parsed
}
