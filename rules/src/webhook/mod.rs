//! Rules of the category `webhook`, one file each.

mod mounts;
mod shown;

pub(crate) mod certificate_loaded_once;
pub(crate) mod certificate_watch_misses_swap;
pub(crate) mod helm_certificate_regenerated;
pub(crate) mod serving_cert_usage_missing;
pub(crate) mod tls_certificate_expired;
pub(crate) mod tls_chain_incomplete;
pub(crate) mod tls_config_mutated_live;
pub(crate) mod tls_key_unreadable;
pub(crate) mod tls_key_weak;
pub(crate) mod tls_pair_mismatch;
pub(crate) mod webhook_blocks_itself;
pub(crate) mod webhook_ca_invalid;
pub(crate) mod webhook_ca_missing;
pub(crate) mod webhook_cert_miswired;
pub(crate) mod webhook_config_invalid;
pub(crate) mod webhook_path_unserved;
pub(crate) mod webhook_san_mismatch;
pub(crate) mod webhook_service_missing;
