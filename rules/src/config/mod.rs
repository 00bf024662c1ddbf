//! Rules of the category `config`, one file each.

pub(crate) mod arg_flag_undefined;
pub(crate) mod ca_certificates_missing;
pub(crate) mod config_file_not_in_image;
pub(crate) mod duplicate_env_var;
pub(crate) mod env_reference_unresolved;
pub(crate) mod hardcoded_endpoint;
pub(crate) mod listens_on_localhost;
pub(crate) mod required_env_unset;
pub(crate) mod runtime_file_missing;
pub(crate) mod writes_read_only_root;
pub(crate) mod zoneinfo_missing;

mod files;
mod hosts;
mod system_files;
