//! The rules of goready and the contract they keep.
//!
//! A rule is a plain function over one subject of the joined project. It sees no parser, no file
//! and no engine; it cannot fail and keeps no state. One file a rule:
//! `src/<category>/<rule>.rs`, its documentation at the head.

mod contents;
mod contract;
mod environment;
mod images;
mod listeners;
mod ports;
mod programs;
mod refusals;
mod routes;
mod schema;

pub mod api;
pub mod arch;
pub mod build;
pub mod config;
pub mod helm;
pub mod injection;
pub mod lifecycle;
pub mod meta;
pub mod observability;
pub mod resources;
pub mod secrets;
pub mod security;
pub mod webhook;
pub mod wiring;

pub use contract::{Check, Cx, Draft, Findings, Meta, Rule, Scope};

include!(concat!(env!("OUT_DIR"), "/registry.rs"));
