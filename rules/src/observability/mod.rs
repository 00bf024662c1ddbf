//! Rules of the category `observability`, one file each.

pub(crate) mod health_endpoint_missing;
pub(crate) mod log_unstructured;
pub(crate) mod log_written_to_file;
pub(crate) mod metric_name_invalid;
pub(crate) mod metric_registered_in_handler;
pub(crate) mod metric_registered_twice;
pub(crate) mod metrics_endpoint_missing;
pub(crate) mod monitor_selects_nothing;
pub(crate) mod pprof_exposed;
pub(crate) mod scrape_target_mismatch;

mod scrape;
