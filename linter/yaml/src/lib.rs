//! YAML and JSON as [`goready_model::Tree`]s: byte spans, comments, and Kubernetes' scalar rules.

use goready_model::{Document, FileId, Place, Problem};

/// What one file holds.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    pub documents: Vec<Document>,
    pub problems: Vec<Problem>,
    pub comments: Vec<Comment>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub place: Place,
    /// The text behind `#`.
    pub text: String,
    /// Something other than blanks stands before it on its line.
    pub right_of_content: bool,
}

/// Parses a YAML file.
pub fn parse(_file: FileId, _text: &str) -> Parsed {
    Parsed::default()
}

/// Parses a JSON file.
pub fn parse_json(_file: FileId, _text: &str) -> Parsed {
    Parsed::default()
}
