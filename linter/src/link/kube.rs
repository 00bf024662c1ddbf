//! Kubernetes objects, render units, selectors and autoscaler targets.

use goready_model::Project;

use super::Input;

/// Fills objects, units, workloads, services, autoscalers and their links.
pub(super) fn link(_input: &Input<'_>, _project: &mut Project) {}
