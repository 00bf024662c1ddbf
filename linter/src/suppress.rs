//! Suppressions: which findings a comment, an annotation or the configuration hides, and what
//! there is to say about the suppressions themselves.

use goready_model::{FileId, Finding, Project};
use goready_rules::Meta;

use crate::{check::Judged, config::Config};

/// Marks suppressed findings and adds the findings about suppressions.
pub(crate) fn apply(
    _config: &Config,
    _config_file: Option<FileId>,
    _project: &Project,
    judged: Judged,
    _rules: &[&'static Meta],
) -> Vec<Finding> {
    judged.findings
}
