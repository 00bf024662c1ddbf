//! Image <-> Dockerfile <-> main package, with confidence and evidence.

use goready_model::Project;

use super::Input;

/// Fills containers, images and platforms.
pub(super) fn link(_input: &Input<'_>, _project: &mut Project) {}
