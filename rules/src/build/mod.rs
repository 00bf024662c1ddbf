//! Rules of the category `build`, one file each.

pub(crate) mod base_image_unpinned;
pub(crate) mod binary_not_stripped;
pub(crate) mod builder_older_than_module;
pub(crate) mod cgo_binary_without_libc;
pub(crate) mod cgo_dependency_disabled;
pub(crate) mod dockerfile_does_not_build;
pub(crate) mod entrypoint_not_in_image;
pub(crate) mod go_release_unsupported;
pub(crate) mod libc_mismatch;
pub(crate) mod multiple_entrypoints;
pub(crate) mod strip_check_always_passes;
pub(crate) mod toolchain_image_shipped;
pub(crate) mod trimpath_missing;
