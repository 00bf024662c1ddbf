//! YAML and JSON as [`goready_model::Tree`]s: byte spans, comments, and Kubernetes' scalar rules.
//!
//! The syntax is granit-parser's, which the plain block YAML of nearly all files does not need:
//! that is read line by line. What a scalar means, what `<<` and aliases do, and which keys
//! collide is decided here as sigs.k8s.io/yaml decides it, because that is what kubectl, the API
//! server and Helm decode with. Parsing never fails: whatever is wrong is a [`Problem`], and the
//! rest of the file is still there.
//!
//! Left out: what a key means. Whether a document is a Kubernetes object is not known here.

mod document;
mod places;
mod scalar;
#[cfg(test)]
mod tests;

use goready_model::{Document, FileId, NodeKind, Place, Problem};

/// What one file holds.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    pub documents: Vec<Document>,
    pub problems: Vec<Problem>,
    /// In source order.
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

/// What a scalar without quotes and tag means.
pub fn resolve_plain(text: &str) -> NodeKind {
    scalar::untagged(text)
}

/// Parses a YAML file.
pub fn parse(file: FileId, text: &str) -> Parsed {
    // YAML keeps implicit keys within 1024 characters, and so does libyaml.
    document::parse(file, text, 1024)
}

/// Parses a JSON file: JSON is read as YAML, as kubectl does when strict JSON fails, but its keys
/// may be of any length.
pub fn parse_json(file: FileId, text: &str) -> Parsed {
    document::parse(file, text, usize::MAX)
}
