//! Rules about what the API server can decode at all.

pub(crate) mod api_version_removed;
pub(crate) mod duplicate_key;
pub(crate) mod enum_value_invalid;
pub(crate) mod field_type_invalid;
pub(crate) mod unknown_field;
pub(crate) mod unquoted_string_field;

use goready_model::{Object, UnitKind};

use crate::Cx;

/// Whether an edit at a value's place changes what was written there. In a chart the place may be
/// a template action that writes other values as well.
pub(crate) fn fixable(cx: &Cx<'_>, object: &Object) -> bool {
    !matches!(cx.project.unit(object.unit).kind, UnitKind::Chart { .. })
}
