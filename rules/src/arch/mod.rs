//! Rules of the category `arch`, one file each.

pub(crate) mod node_label_value_unknown;
