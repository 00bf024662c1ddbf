//! goready: reads a repository once, turns every file into facts, joins the facts into one
//! project model, lets small pure rules judge it, and points at the line a person wrote.
//!
//! discover -> parse -> render -> link -> check -> suppress -> report; see
//! `docs/architecture.md`.

pub mod config;
pub mod engine;
pub mod link;

mod check;
mod suppress;

pub use check::catches_panics;
