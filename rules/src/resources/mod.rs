//! Rules of the category `resources`, one file each.

pub(crate) mod amounts;
pub(crate) mod extended_resource_mismatch;
pub(crate) mod gomemlimit_above_limit;
pub(crate) mod gomemlimit_invalid;
pub(crate) mod gomemlimit_missing;
pub(crate) mod limit_below_request;
pub(crate) mod memory_in_millibytes;
pub(crate) mod quantity_malformed;
pub(crate) mod readmemstats_in_loop;

mod memory;
