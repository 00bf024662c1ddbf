//! Pure models of what a Kubernetes cluster does: it reads values, matches labels, schedules,
//! scales and injects.
//!
//! Everything here is decided by Kubernetes and its extensions, nothing by goready: no finding, no
//! I/O, no parsing of documents.

pub mod expansion;
pub mod go_runtime;
pub mod injection;
pub mod intorstring;
pub mod names;
pub mod quantity;
pub mod selector;
pub mod termination;
pub mod x509;
