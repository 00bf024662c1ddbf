//! Rules of the category `meta`, one file each.

pub(crate) mod analysis_incomplete;
pub(crate) mod file_unparsable;
pub(crate) mod nothing_analysed;
pub(crate) mod suppression_expired;
pub(crate) mod suppression_unknown_rule;
pub(crate) mod suppression_unused;
pub(crate) mod suppression_without_reason;
pub(crate) mod template_lines_unrendered;
