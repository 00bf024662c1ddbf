//! A ServiceMonitor or PodMonitor selects nothing, or asks for a port that what it selects does not have.
//!
//! ## What it does
//! Applies the selector of a monitor to the Services (PodMonitor: pods) of the same render unit, in the
//! namespaces it looks at, and looks for the names of its ports on them. A monitor that matches nothing is
//! only reported where a Service or pod of the unit is surely the one that is meant: it differs in one
//! label, has the name of the monitor, or has the labels on its pods instead.
//!
//! ## Why is this bad
//! Prometheus gets no target and says nothing: metrics, alerts and autoscaling on them are missing.
//! A port of a monitor is the **name** of a port, not its number.
//!
//! ## Example
//! `monitor.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: api
//!   labels: {app: api}
//! spec:
//!   selector: {app: api}
//!   ports:
//!     - name: http
//!       port: 80
//! ---
//! apiVersion: monitoring.coreos.com/v1
//! kind: ServiceMonitor
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   endpoints:
//!     - port: metrics
//! ```
//!
//! ## Use instead
//! `monitor.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: api
//!   labels: {app: api}
//! spec:
//!   selector: {app: api}
//!   ports:
//!     - name: http
//!       port: 80
//!     - name: metrics
//!       port: 9090
//! ---
//! apiVersion: monitoring.coreos.com/v1
//! kind: ServiceMonitor
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   endpoints:
//!     - port: metrics
//! ```
//!
//! ## References
//! - [Prometheus operator: API](https://prometheus-operator.dev/docs/api-reference/api/)
//! - [Prometheus operator: troubleshooting](https://prometheus-operator.dev/docs/platform/troubleshooting/)

use goready_model::{Confidence, Node, Object, Outcome, Place, Profile, UnitKind, Workload};
use goready_sim::selector::Selector;

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &["kube-linter/dangling-servicemonitor"],
    check: Check::Object(check),
};

/// Ports of containers that an injector adds.
const INJECTED: [&str; 4] = ["http-envoy-prom", "linkerd-admin", "admin-http", "linkerd-proxy"];

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    let is_monitor = object.group() == "monitoring.coreos.com"
        && matches!(&*object.kind, "ServiceMonitor" | "PodMonitor");
    if !is_monitor
        || is_expectation(cx, object)
        || object.partial
        || object.chart_test
        || cx.project.unit(object.unit).partial
    {
        return;
    }
    let Some(spec) = object.spec().filter(|it| !it.holds_dynamic()) else { return };
    let Some(monitor) = Monitor::read(object, spec) else { return };
    let candidates = monitor.candidates(cx);
    let matched: Option<Vec<&Candidate<'_>>> = candidates
        .iter()
        .filter_map(|it| match monitor.selector.matches(it.labels) {
            Some(true) => Some(Some(it)),
            Some(false) => None,
            None => Some(None),
        })
        .collect();
    match matched.as_deref() {
        None => {}
        Some([]) => monitor.report_nothing(&candidates, findings),
        Some(found) => monitor.report_ports(found, findings),
    }
}

/// Manifests of tests say what a test finds, a part of it at a time, and are not applied together.
fn is_expectation(cx: &Cx<'_>, object: &Object) -> bool {
    let mut directories = cx.project.path(object.file).split('/');
    cx.project.unit(object.unit).kind == UnitKind::Plain
        && directories.any(|it| {
            matches!(it, "test" | "tests" | "testdata" | "fixtures") || it.starts_with("e2e")
        })
}

/// A monitor with what it looks for.
struct Monitor<'p> {
    object: &'p Object,
    spec: Node<'p>,
    selector: Selector<'p>,
    /// Services are looked at, not pods.
    services: bool,
}

/// Something that a monitor may select.
struct Candidate<'p> {
    object: &'p Object,
    labels: Option<Node<'p>>,
    /// The labels of the pods that a Service leads to.
    pod_labels: Option<Node<'p>>,
    ports: Vec<Node<'p>>,
    place: Place,
}

impl<'p> Monitor<'p> {
    fn read(object: &'p Object, spec: Node<'p>) -> Option<Self> {
        let selector = Selector::of_label_selector(spec.get("selector")?)?;
        let services = object.kind == "ServiceMonitor";
        Some(Self { object, spec, selector, services })
    }

    /// What the unit has in the namespaces that the monitor looks at.
    fn candidates(&self, cx: &Cx<'p>) -> Vec<Candidate<'p>> {
        let seen = |it: &Object| {
            it.unit == self.object.unit && !it.partial && !it.chart_test && self.looks_at(cx, it)
        };
        if self.services {
            let services = cx.project.services.iter();
            let services = services.map(|it| (cx.project.object(it.object), it));
            services
                .filter(|(it, _)| seen(it))
                .filter_map(|(object, service)| {
                    Some(Candidate {
                        object,
                        labels: object.metadata().and_then(|it| it.get("labels")),
                        pod_labels: service.selector(),
                        ports: service.ports().collect(),
                        place: object.name_place()?,
                    })
                })
                .collect()
        } else {
            let workloads = cx.project.workloads.iter();
            let workloads = workloads.map(|it| (cx.project.object(it.object), it));
            workloads.filter(|(it, _)| seen(it)).filter_map(|(it, pods)| pod(it, pods)).collect()
        }
    }

    fn looks_at(&self, cx: &Cx<'_>, other: &Object) -> bool {
        let unit = cx.project.unit(self.object.unit);
        let namespace = other.namespace_in(unit);
        let selector = self.spec.get("namespaceSelector");
        if selector.and_then(|it| it.get("any")).and_then(|it| it.as_bool()) == Some(true) {
            return true;
        }
        match selector.and_then(|it| it.get("matchNames")) {
            Some(names) => {
                namespace.is_some_and(|own| names.items().any(|it| it.as_str() == Some(own)))
            }
            None => namespace == self.object.namespace_in(unit),
        }
    }

    fn report_nothing(&self, candidates: &[Candidate<'_>], findings: &mut Findings) {
        let (kind, name) = (&self.object.kind, &self.object.name);
        for it in candidates {
            let Some(Some(unmet)) = self.selector.first_unmet(it.labels) else { continue };
            let on_pods = self.services
                && !self.selector.is_empty()
                && it.pod_labels.is_some()
                && self.selector.matches(it.pod_labels) == Some(true);
            if !on_pods && !self.is_meant(it) {
                continue;
            }
            let there = it.labels.and_then(|labels| labels.get(unmet.key));
            let (what, other) = (&it.object.kind, &it.object.name);
            let why = match there {
                Some(label) => format!("`{}` of {what} `{other}` is `{}`", unmet.key, label.text()),
                None => format!("{what} `{other}` has no label `{}`", unmet.key),
            };
            let selects = if self.services { "Service" } else { "pod" };
            let help = if on_pods {
                "add the label to the Service itself: a monitor does not see those of its pods"
            } else {
                "make the labels and the selector agree"
            };
            findings
                .node(unmet.node, format!("{kind} `{name}` selects no {selects}: {why}"))
                .help(help)
                .label(it.place, format!("this {what} is not selected"));
            return;
        }
    }

    /// Whether one is surely the one that the author had in mind.
    fn is_meant(&self, it: &Candidate<'_>) -> bool {
        let all = self.selector.requirements.len();
        let met = self.selector.requirements.iter().filter(|r| r.matches(it.labels) == Some(true));
        (all > 1 && met.count() + 1 == all) || it.object.name == self.object.name
    }

    fn report_ports(&self, found: &[&Candidate<'_>], findings: &mut Findings) {
        let key = if self.services { "endpoints" } else { "podMetricsEndpoints" };
        for endpoint in self.spec.get(key).into_iter().flat_map(|it| it.items()) {
            let Some(port) = endpoint.get("port") else { continue };
            let Some(wanted) = port.as_str().filter(|it| !INJECTED.contains(it)) else { continue };
            let has = |it: &&Candidate<'_>| {
                it.ports.iter().any(|it| it.is_dynamic() || names(*it, wanted))
            };
            if found.iter().any(has) {
                continue;
            }
            let Some(first) = found.first() else { return };
            let names: Vec<&str> =
                first.ports.iter().filter_map(|it| it.get("name")?.as_str()).collect();
            let (kind, name) = (&self.object.kind, &self.object.name);
            let (what, other) = (&first.object.kind, &first.object.name);
            let has = if names.is_empty() {
                "no named port".to_owned()
            } else {
                format!("only {}", crate::schema::words::all(&names))
            };
            findings
                .node(
                    port,
                    format!("{kind} `{name}` wants port \"{wanted}\", {what} `{other}` has {has}"),
                )
                .help(format!(
                    "give a port of {what} `{other}` this name, or ask for one that it has"
                ))
                .label(first.place, "selected here");
        }
    }
}

fn names(port: Node<'_>, wanted: &str) -> bool {
    port.str_field("name").value() == Some(wanted)
}

/// The pods of a workload.
fn pod<'p>(object: &'p Object, workload: &'p Workload) -> Option<Candidate<'p>> {
    let containers = workload.pod()?.all_containers();
    Some(Candidate {
        object,
        labels: workload.pod_metadata().and_then(|it| it.get("labels")),
        pod_labels: None,
        ports: containers.flat_map(|it| it.ports()).collect(),
        place: object.name_place()?,
    })
}
