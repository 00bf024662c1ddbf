//! Rules of the category `resources`, one file each.

pub(crate) mod gomemlimit_above_limit;
pub(crate) mod gomemlimit_invalid;
pub(crate) mod gomemlimit_missing;
pub(crate) mod readmemstats_in_loop;

mod memory;
