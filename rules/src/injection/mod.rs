//! Rules of the category `injection`, one file each.

pub(crate) mod host_network_skips_injection;
pub(crate) mod init_runs_before_proxy;
pub(crate) mod injected_job_never_completes;
pub(crate) mod injection_marker_invalid;
pub(crate) mod injection_marker_misplaced;
pub(crate) mod injection_template_unknown;
pub(crate) mod mesh_annotation_invalid;
pub(crate) mod namespace_blocks_injection;
pub(crate) mod proxy_limits_dropped;
pub(crate) mod proxy_port_conflict;
pub(crate) mod proxy_uid_collision;
pub(crate) mod reserved_container_name;
pub(crate) mod reserved_volume_name;
pub(crate) mod scrape_port_reserved;
pub(crate) mod seccomp_blocks_sidecar;
pub(crate) mod sidecar_breaks_hpa;
pub(crate) mod sidecar_forbidden_by_psa;

mod mesh;

pub(crate) use mesh::may_have_proxy;
