//! Rules of the category `arch`, one file each.

pub(crate) mod buildplatform_without_goarch;
pub(crate) mod cgo_cross_without_toolchain;
pub(crate) mod download_arch_hardcoded;
pub(crate) mod goarch_hardcoded;
pub(crate) mod image_single_arch;
pub(crate) mod node_arch_not_built;
pub(crate) mod node_label_value_unknown;
mod nodes;
pub(crate) mod platform_pinned;
pub(crate) mod single_arch_unconstrained;
pub(crate) mod targetarch_default;
