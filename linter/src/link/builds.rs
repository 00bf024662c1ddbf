//! Effective builds: make targets and scripts resolved, builds joined with stages and programs.

use goready_model::Project;

use super::Input;

/// Fills Dockerfiles, builds and pushes.
pub(super) fn link(_input: &Input<'_>, _project: &mut Project) {}
