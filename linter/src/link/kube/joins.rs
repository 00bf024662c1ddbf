//! Selectors and targets between objects of one unit and namespace.

use goready_model::{Autoscaler, Object, Project, Service, WorkloadId};
use goready_sim::selector::Selector;

/// Fills `selected` and `scaled`.
pub(super) fn link(project: &mut Project) {
    let selected = project
        .services
        .iter()
        .map(|it| (it.id, selected(project, it)))
        .filter(|(_, workloads)| !workloads.is_empty())
        .collect();
    let scaled =
        project.autoscalers.iter().filter_map(|it| Some((it.id, scaled(project, it)?))).collect();
    project.selected = selected;
    project.scaled = scaled;
}

/// Workloads whose pods the Service's selector matches; only where both are known.
fn selected(project: &Project, service: &Service) -> Vec<WorkloadId> {
    let object = project.object(service.object);
    let Some(selector) = service.selector().and_then(Selector::of_map) else { return Vec::new() };
    if selector.is_empty() {
        return Vec::new();
    }
    let workloads = project.workloads.iter().filter(|workload| {
        let labels = || workload.pod_metadata().and_then(|it| it.get("labels"));
        same_namespace(project, object, project.object(workload.object))
            && selector.matches(labels()) == Some(true)
    });
    workloads.map(|it| it.id).collect()
}

/// The workload that `scaleTargetRef` names. Of several (variants in one file) the first.
fn scaled(project: &Project, autoscaler: &Autoscaler) -> Option<WorkloadId> {
    let object = project.object(autoscaler.object);
    let target = autoscaler.target()?;
    let kind = target.str_field("kind").value()?;
    let name = target.str_field("name").value()?;
    let version = target.str_field("apiVersion").value().unwrap_or("");
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let found = project.workloads.iter().find(|workload| {
        let candidate = project.object(workload.object);
        candidate.kind == kind
            && candidate.name == name
            && same_group(group, candidate.group())
            && same_namespace(project, object, candidate)
    });
    found.map(|it| it.id)
}

/// A target that leaves its group out, or writes the one the kind had before, means the same kind;
/// that the API server refuses it is another finding.
fn same_group(written: &str, group: &str) -> bool {
    written.is_empty() || written == group || (written == "extensions" && group == "apps")
}

fn same_namespace(project: &Project, one: &Object, other: &Object) -> bool {
    let unit = project.unit(one.unit);
    one.unit == other.unit && one.namespace_in(unit) == other.namespace_in(unit)
}
