//! Kubernetes objects, render units, selectors and autoscaler targets.
//!
//! An object belongs to exactly one unit; selectors, targets and references are joined inside it
//! and nowhere else. What is no whole object (a patch, a generator's entry, a document that broke
//! off) is an [`Object`] with `partial` set, so that names still resolve, and never a workload,
//! Service or autoscaler: nothing may be concluded from what it does not say.

mod charts;
mod joins;
mod kustomize;
mod objects;
mod overlay;
mod patch;
mod replace;
mod units;

use goready_model::Project;

use super::Input;

/// Fills documents, charts, objects, units, workloads, services, autoscalers and their links.
pub(super) fn link(input: &Input<'_>, project: &mut Project) {
    for it in input.files {
        project.documents.extend(it.facts.documents.iter().map(|doc| (it.file, doc.clone())));
    }
    charts::link(input, project);
    let mut found = objects::find(input);
    let kustomizations = kustomize::Kustomizations::read(input);
    let assigned = units::assign(input, &found, &kustomizations);
    project.units = assigned.units;
    overlay::apply(input, &kustomizations, &mut found);
    let rendered = charts::rendered(input, project);
    objects::fill(input, project, &found, &kustomizations, &assigned.unit_of, &rendered);
    joins::link(project);
}

#[cfg(test)]
mod tests;
