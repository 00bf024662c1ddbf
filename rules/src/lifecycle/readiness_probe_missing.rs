//! A container gets traffic from a Service as soon as it has started.
//!
//! ## What it does
//! Finds containers without `readinessProbe` that own the port a Service sends traffic to. Containers
//! that serve no selected port, ports for metrics, jobs and chart tests are not judged; in
//! documentation, examples and tests it is advice.
//!
//! ## Why is this bad
//! Without the probe a container counts as ready when its process runs. On every rollout the first
//! requests arrive before the program listens, and a pod that lost its database keeps getting traffic.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           ports:
//!             - name: http
//!               containerPort: 8080
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: api
//! spec:
//!   selector: {app: api}
//!   ports:
//!     - port: 80
//!       targetPort: http
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           ports:
//!             - name: http
//!               containerPort: 8080
//!           readinessProbe:
//!             httpGet:
//!               path: /
//!               port: http
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: api
//! spec:
//!   selector: {app: api}
//!   ports:
//!     - port: 80
//!       targetPort: http
//! ```
//!
//! ## References
//! - [Kubernetes: configure probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/)

use goready_model::{
    Confidence, Container, ContainerKind, HandlerPort, Node, Outcome, Profile, Service, Workload,
    WorkloadKind,
};

use crate::{Check, Cx, Draft, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/no-readiness-probe",
        "kube-score/pod-probes",
        "polaris/readinessProbeMissing",
        "CKV_K8S_9",
        "kics/Readiness Probe Is Not Configured",
    ],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let object = cx.project.object(workload.object);
    // Knative probes the served port by itself.
    let judged = !workload.kind.is_job()
        && workload.kind != WorkloadKind::KnativeService
        && !object.partial
        && !object.chart_test;
    if !judged {
        return;
    }
    let containers: Vec<_> = pod.running_containers().collect();
    for container in containers.iter().filter(|it| it.kind == ContainerKind::Main) {
        if container.name().is_empty() || has_readiness(*container) {
            continue;
        }
        // Some Services send traffic to pods that are not ready on purpose.
        let waits = |it: &&Service| {
            let field = it.spec().map(|it| it.bool_field("publishNotReadyAddresses"));
            field.and_then(|it| it.known_or(false)).is_some_and(|it| !it.value)
        };
        let served = cx.project.services_of(workload.id).filter(waits).find_map(|service| {
            let mut ports = service.ports().filter(|it| !is_for_metrics(*it));
            let port = ports.find(|it| owns(*container, &containers, *it))?;
            Some((service, port))
        });
        if let Some((service, port)) = served {
            let draft = report(cx, *container, (service, port), findings);
            draft.lower_if(object.sample);
        }
    }
}

fn report<'f>(
    cx: &Cx<'_>,
    container: Container<'_>,
    (service, port): (&Service, Node<'_>),
    findings: &'f mut Findings,
) -> Draft<'f> {
    let service = cx.project.object(service.object);
    let message = format!(
        "Service `{}` sends traffic to container `{}` as soon as it starts",
        service.name,
        container.name()
    );
    let target = port.get("targetPort").or_else(|| port.get("port")).unwrap_or(port);
    findings
        .missing_in(container.node, message)
        .help("add a `readinessProbe` on the served port")
        .label(target.place(), "the port of the Service")
}

/// A probe, or one that is not known.
fn has_readiness(container: Container<'_>) -> bool {
    container.node.get("readinessProbe").is_some_and(|it| !it.is_null())
        || container.node.entries().any(|it| it.key.is_dynamic())
}

/// Whether only Prometheus asks on a port, by its names: a scrape that fails loses nothing.
fn is_for_metrics(port: Node<'_>) -> bool {
    ["name", "targetPort"].iter().any(|it| {
        let name = port.get(it).and_then(|it| it.as_str());
        name.is_some_and(|it| it.contains("metrics") || it.contains("prom"))
    })
}

/// Whether a Service's port leads to this container and to no other.
fn owns(container: Container<'_>, all: &[Container<'_>], port: Node<'_>) -> bool {
    let target = match port.get("targetPort").filter(|it| !it.is_null()) {
        Some(target) => target,
        None => match port.get("port") {
            Some(port) => port,
            None => return false,
        },
    };
    let target = match (target.as_i64(), target.as_str()) {
        (Some(number), _) => HandlerPort::Number(number),
        (None, Some(name)) => HandlerPort::Name(name),
        (None, None) => return false,
    };
    let declares = |it: &Container<'_>| {
        it.ports().any(|port| match target {
            HandlerPort::Number(number) => port.int_field("containerPort").value() == Some(number),
            HandlerPort::Name(name) => port.str_field("name").value() == Some(name),
        })
    };
    let alone = all.len() == 1 && matches!(target, HandlerPort::Number(_));
    declares(&container) || alone
}
