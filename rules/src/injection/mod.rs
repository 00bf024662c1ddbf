//! Rules of the category `injection`, one file each.

pub(crate) mod host_network_skips_injection;
pub(crate) mod injection_marker_invalid;
pub(crate) mod injection_marker_misplaced;
pub(crate) mod mesh_annotation_invalid;
pub(crate) mod namespace_blocks_injection;
pub(crate) mod proxy_port_conflict;
pub(crate) mod reserved_container_name;
pub(crate) mod sidecar_forbidden_by_psa;

mod mesh;
