//! goready: reads a repository once, turns every file into facts, joins the facts into one
//! project model, lets small pure rules judge it, and points at the line a person wrote.
//!
//! discover -> parse -> render -> link -> check -> suppress -> report; see
//! `docs/architecture.md`.

pub mod cli;
pub mod config;
pub mod discover;
pub mod engine;
pub mod fingerprint;
pub mod fix;
pub mod link;
pub mod report;
pub mod server;

mod check;
mod paths;
pub mod render;
mod suppress;

pub use check::catches_panics;
