//! One file in, [`Facts`] out: never a failure, no syntax tree kept, no second file needed.

pub mod go;

use goready_model::FileFacts;

/// The facts of one file.
pub type Facts = FileFacts<go::GoFile>;
