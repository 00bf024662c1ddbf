//! Build files as facts: shell, Makefiles, CI workflows and the configuration of build tools.
//!
//! One file at a time. What a Makefile target or a script means for an image depends on who runs
//! it; link asks [`interpreter`] and [`make`] that question with the caller's variables.

pub mod expand;
pub mod shell;
