//! Who scrapes the pods of a workload: ServiceMonitors, PodMonitors and annotations.

use goready_model::{Container, Located, Node, Object, Place, Project, Workload};
use goready_sim::selector::Selector;

use crate::ports;

/// Something that asks for a pod's metrics.
#[derive(Debug, Clone)]
pub(super) struct Scrape {
    pub(super) place: Place,
    /// `ServiceMonitor "api"`, for messages.
    pub(super) what: String,
}

/// Who scrapes the container, as far as the manifests say. With several containers in the pod
/// only what names a port of this one counts: the others may be exporters.
pub(super) fn scrape_of(
    project: &Project,
    workload: &Workload,
    container: Container<'_>,
) -> Option<Scrape> {
    let alone = workload.pod()?.running_containers().count() == 1;
    if let Some(scrape) = by_annotation(workload)
        && (alone || annotated_port(workload).is_some_and(|it| has_port(container, it)))
    {
        return Some(scrape);
    }
    let object = project.object(workload.object);
    let monitors = project.objects.iter().filter(|it| {
        it.group() == "monitoring.coreos.com" && it.unit == object.unit && !it.partial
    });
    for monitor in monitors {
        let Some(spec) = monitor.spec() else { continue };
        let scraped = match &*monitor.kind {
            "PodMonitor" => selects_pods(spec, workload) && names_port(spec, container, alone),
            "ServiceMonitor" => by_service(project, workload, spec, container, alone),
            _ => false,
        };
        if scraped && let Some(place) = monitor.name_place() {
            let what = format!("{} `{}`", monitor.kind, monitor.name);
            return Some(Scrape { place, what });
        }
    }
    None
}

/// A port and path that are scraped.
#[derive(Debug, Clone)]
pub(super) struct Target<'p> {
    /// `annotation prometheus.io/scrape`, for messages.
    pub(super) who: String,
    /// The number in the container, where the name or number of the port is written.
    pub(super) port: Located<i64>,
    /// `/metrics` at the port where no path is written.
    pub(super) path: Located<&'p str>,
}

/// What of a container is scraped, as far as ports are named.
pub(super) fn targets<'p>(
    project: &'p Project,
    workload: &'p Workload,
    container: Container<'p>,
) -> Vec<Target<'p>> {
    let mut found: Vec<Target<'p>> = annotated_target(workload).into_iter().collect();
    let object = project.object(workload.object);
    let monitors = project.objects.iter().filter(|it| {
        it.group() == "monitoring.coreos.com" && it.unit == object.unit && !it.partial
    });
    for monitor in monitors {
        let Some(spec) = monitor.spec() else { continue };
        match &*monitor.kind {
            "PodMonitor" if selects_pods(spec, workload) => {
                for endpoint in endpoints(spec, "podMetricsEndpoints") {
                    let number = |name: &str| ports::named(container, name);
                    found.extend(monitor_target(monitor, endpoint, &number));
                }
            }
            "ServiceMonitor" => {
                for service in project.services_of(workload.id) {
                    let object = project.object(service.object);
                    if !selects(spec, object.metadata().and_then(|it| it.get("labels"))) {
                        continue;
                    }
                    let number = |name: &str| {
                        let mut all = service.ports();
                        let port = all.find(|it| it.str_field("name").value() == Some(name))?;
                        ports::target(port, container)
                    };
                    for endpoint in endpoints(spec, "endpoints") {
                        found.extend(monitor_target(monitor, endpoint, &number));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

fn endpoints<'p>(spec: Node<'p>, key: &str) -> impl Iterator<Item = Node<'p>> + use<'p> {
    spec.get(key).into_iter().flat_map(|it| it.items())
}

fn annotated_target(workload: &Workload) -> Option<Target<'_>> {
    by_annotation(workload)?;
    let port = workload.pod_annotation("prometheus.io/port")?;
    let number: i64 = port.as_str()?.parse().ok()?;
    let path = match workload.pod_annotation("prometheus.io/path") {
        Some(path) => Located::new(path.as_str()?, path.place()),
        None => Located::new("/metrics", port.place()),
    };
    let who = "annotation prometheus.io/scrape".to_owned();
    Some(Target { who, port: Located::new(number, port.place()), path })
}

/// An endpoint of a monitor, by what the name of its port means.
fn monitor_target<'p>(
    monitor: &Object,
    endpoint: Node<'p>,
    number: &dyn Fn(&str) -> Option<i64>,
) -> Option<Target<'p>> {
    let port = endpoint.get("port")?;
    let number = number(port.as_str()?)?;
    let path = match endpoint.get("path") {
        Some(path) => Located::new(path.as_str()?, path.place()),
        None => Located::new("/metrics", port.place()),
    };
    let who = format!("{} `{}`", monitor.kind, monitor.name);
    Some(Target { who, port: Located::new(number, port.place()), path })
}

fn by_annotation(workload: &Workload) -> Option<Scrape> {
    let node = workload.pod_annotation("prometheus.io/scrape")?;
    (node.as_str() == Some("true"))
        .then(|| Scrape { place: node.place(), what: "annotation prometheus.io/scrape".to_owned() })
}

fn annotated_port(workload: &Workload) -> Option<i64> {
    workload.pod_annotation("prometheus.io/port")?.as_str()?.parse().ok()
}

fn has_port(container: Container<'_>, number: i64) -> bool {
    let mut ports = container.ports();
    ports.any(|it| it.int_field("containerPort").value() == Some(number))
}

fn selects_pods(spec: Node<'_>, workload: &Workload) -> bool {
    let labels = workload.pod_metadata().and_then(|it| it.get("labels"));
    selects(spec, labels)
}

fn selects(spec: Node<'_>, labels: Option<Node<'_>>) -> bool {
    let selector = spec.get("selector").and_then(Selector::of_label_selector);
    selector.is_some_and(|it| !it.is_empty() && it.matches(labels) == Some(true))
}

/// A PodMonitor names ports of the container.
fn names_port(spec: Node<'_>, container: Container<'_>, alone: bool) -> bool {
    let endpoints = spec.get("podMetricsEndpoints").into_iter().flat_map(|it| it.items());
    alone
        || endpoints
            .filter_map(|it| it.get("port")?.as_str())
            .any(|name| container.ports().any(|port| port.str_field("name").value() == Some(name)))
}

/// A ServiceMonitor selects a Service that selects the pod, and one of its endpoints names a port
/// of the Service that leads to the container.
fn by_service(
    project: &Project,
    workload: &Workload,
    spec: Node<'_>,
    container: Container<'_>,
    alone: bool,
) -> bool {
    project.services_of(workload.id).any(|service| {
        let object: &Object = project.object(service.object);
        let labels = object.metadata().and_then(|it| it.get("labels"));
        if !selects(spec, labels) {
            return false;
        }
        alone
            || service
                .ports()
                .any(|port| named_by_endpoint(spec, port) && leads_to(port, container))
    })
}

fn named_by_endpoint(spec: Node<'_>, port: Node<'_>) -> bool {
    let name = port.str_field("name").value();
    let endpoints = spec.get("endpoints").into_iter().flat_map(|it| it.items());
    name.is_some() && endpoints.into_iter().any(|it| it.str_field("port").value() == name)
}

fn leads_to(port: Node<'_>, container: Container<'_>) -> bool {
    let target = port.get("targetPort").filter(|it| !it.is_null()).or_else(|| port.get("port"));
    let Some(target) = target else { return false };
    match target.as_i64() {
        Some(number) => has_port(container, number),
        None => container.ports().any(|it| it.str_field("name").value() == target.as_str()),
    }
}
