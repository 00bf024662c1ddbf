//! Rules of the category `wiring`, one file each.

pub(crate) mod listen_port_mismatch;
pub(crate) mod selector_template_mismatch;
pub(crate) mod service_target_port_unknown;
pub(crate) mod statefulset_service_missing;
pub(crate) mod volume_mount_undeclared;
