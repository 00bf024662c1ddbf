//! Rules of the category `observability`, one file each.

pub(crate) mod health_endpoint_missing;
pub(crate) mod log_unstructured;
pub(crate) mod metric_name_invalid;
pub(crate) mod metric_registered_twice;
pub(crate) mod metrics_endpoint_missing;

mod scrape;
