//! Rules of the category `resources`, one file each.

pub(crate) mod amounts;
pub(crate) mod extended_resource_mismatch;
pub(crate) mod gogc_off_without_limit;
pub(crate) mod gomaxprocs_ignores_limit;
pub(crate) mod gomaxprocs_overridden;
pub(crate) mod gomemlimit_above_limit;
pub(crate) mod gomemlimit_invalid;
pub(crate) mod gomemlimit_missing;
pub(crate) mod limit_below_request;
pub(crate) mod memory_in_millibytes;
pub(crate) mod mustparse_on_input;
pub(crate) mod quantity_malformed;
pub(crate) mod readmemstats_in_loop;

mod cores;
mod memory;
