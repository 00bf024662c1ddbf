//! Which Services lead to a port of a container.

use goready_model::{Container, HandlerPort, Node, Service, Workload};

use crate::Cx;

/// The port of a Service that leads to a container's port, with the Service.
pub(crate) fn leading_service<'p>(
    cx: &Cx<'p>,
    workload: &Workload,
    container: Container<'_>,
    port: i64,
) -> Option<(&'p Service, Node<'p>)> {
    cx.project.services_of(workload.id).find_map(|service| {
        let found = service.ports().find(|it| target(*it, container) == Some(port))?;
        Some((service, found))
    })
}

/// The number that a port of a Service leads to in a container.
pub(crate) fn target(port: Node<'_>, container: Container<'_>) -> Option<i64> {
    let node = port.get("targetPort").filter(|it| !it.is_null()).or_else(|| port.get("port"))?;
    match node.as_i64() {
        Some(number) => Some(number),
        None => named(container, node.as_str()?),
    }
}

/// The number of the port that a handler asks.
pub(crate) fn number(port: HandlerPort<'_>, container: Container<'_>) -> Option<i64> {
    match port {
        HandlerPort::Number(number) => Some(number),
        HandlerPort::Name(name) => named(container, name),
    }
}

/// The number of a container's port by its name.
pub(crate) fn named(container: Container<'_>, name: &str) -> Option<i64> {
    let mut ports = container.ports();
    ports.find(|it| it.str_field("name").value() == Some(name))?.int_field("containerPort").value()
}
