//! A probe checks a port that nothing in the pod listens on.
//!
//! ## What it does
//! Finds probes with a port number that no container of the pod declares, and that the linked
//! program does not listen on. It judges only where all listeners are known: an address from a
//! flag or a variable counts with its default as long as neither the pod nor the image sets it.
//! The finding is a risk where such a default is involved. Pods in the host's network, and pods
//! with a container whose ports are not known, are not judged.
//!
//! ## Why is this bad
//! The connection is refused each time. A readiness probe keeps the pod out of its Services for
//! ever, a liveness probe restarts it every few seconds, and neither says more than "connection
//! refused".
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//! )
//!
//! func main() {
//! 	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {})
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `skaffold.yaml`:
//! ```yaml
//! apiVersion: skaffold/v4beta13
//! kind: Config
//! build:
//!   artifacts:
//!     - image: registry.example.com/api
//!       docker:
//!         dockerfile: Dockerfile
//! ```
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
//!           readinessProbe:
//!             httpGet:
//!               path: /healthz
//!               port: 8081
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
//!           readinessProbe:
//!             httpGet:
//!               path: /healthz
//!               port: 8080
//! ```
//!
//! ## References
//! - [Kubernetes: configure probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/)

use goready_model::{Confidence, Container, HandlerPort, Outcome, Pod, Profile, Workload};

use crate::{Check, Cx, Findings, Rule, Scope, listeners::Listeners, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &["kube-linter/liveness-port", "kube-linter/readiness-port"],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    // Processes of the node listen there too; a patch does not show all containers.
    if pod.host_network().known_or(false).is_none_or(|it| it.value)
        || cx.project.object(workload.object).partial
    {
        return;
    }
    for container in pod.running_containers() {
        check_container(cx, workload, (pod, container), findings);
    }
}

fn check_container(
    cx: &Cx<'_>,
    workload: &Workload,
    (pod, container): (Pod<'_>, Container<'_>),
    findings: &mut Findings,
) {
    let Some(declared) = declared(pod, container) else { return };
    let probes: Vec<_> = container
        .probes()
        // Of another host.
        .filter(|it| it.node.path(&["httpGet", "host"]).is_none())
        .filter_map(|probe| {
            let port = probe.port()?;
            match port.value {
                HandlerPort::Number(number) if !declared.contains(&number) => {
                    Some((probe, number, port.place))
                }
                _ => None,
            }
        })
        .collect();
    if probes.is_empty() {
        return;
    }
    let Some((deployed, program)) = programs::only_program(cx, workload, container) else { return };
    let Some(listeners) = Listeners::of(cx, program, &deployed) else { return };
    let outcome = if listeners.literal { Outcome::Broken } else { Outcome::Risk };
    let ports = listeners.ports();
    for (probe, number, place) in probes.into_iter().filter(|it| !listeners.serve(it.1)) {
        let mut draft = findings
            .report(
                place,
                format!(
                    "{} checks {number}, program `{}` listens on {ports}",
                    probe.kind.key(),
                    program.name()
                ),
            )
            .pointer(probe.node)
            .help("use a port that the program listens on")
            .program(program, "")
            .outcome(deployed.at_most(outcome))
            .lower_if(program.sample);
        for (port, listen) in &listeners.all {
            draft = draft.label(listen.place, format!("listens on {port}"));
        }
    }
}

/// The ports that the containers declare. `None` when another container declares none: it may
/// listen on any.
fn declared(pod: Pod<'_>, own: Container<'_>) -> Option<Vec<i64>> {
    let mut ports = Vec::new();
    for container in pod.running_containers() {
        let list = container.node.get("ports");
        if list.is_some_and(|it| it.holds_dynamic())
            || (list.is_none() && container.node != own.node)
        {
            return None;
        }
        ports.extend(container.ports().filter_map(|it| it.int_field("containerPort").value()));
    }
    Some(ports)
}
