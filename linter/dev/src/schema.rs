//! The JSON schema of `goready.toml`, for editors.

use std::path::Path;

use crate::generated::{Mode, apply};

pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    let schema = goready::config::schema();
    apply(&root.join("docs/goready.schema.json"), &schema, mode)
}
