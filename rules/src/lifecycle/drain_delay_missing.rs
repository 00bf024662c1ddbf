//! Listeners close as soon as SIGTERM arrives, while Services still send traffic to the pod.
//!
//! ## What it does
//! Finds programs behind a Service that drain on SIGTERM, but call `Shutdown` at once: nothing waits
//! between the signal and the call, no health state is changed that a readiness handler could read,
//! and the pod has no `preStop` hook. Pods with a service mesh are not judged: the proxy drains for
//! them.
//!
//! ## Why is this bad
//! Kubernetes removes the pod from its EndpointSlices at the same time as it sends SIGTERM, and every
//! node learns of it a little later. For a few seconds new connections still arrive at a port that
//! nobody listens on any more, and are refused.
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
//! 	"context"
//! 	"log"
//! 	"net/http"
//! 	"os/signal"
//! 	"syscall"
//! 	"time"
//! )
//!
//! func main() {
//! 	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//! 	defer stop()
//! 	srv := &http.Server{Addr: ":8080"}
//! 	go func() {
//! 		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
//! 			log.Fatal(err)
//! 		}
//! 	}()
//! 	<-ctx.Done()
//! 	drain, cancel := context.WithTimeout(context.Background(), 15*time.Second)
//! 	defer cancel()
//! 	if err := srv.Shutdown(drain); err != nil {
//! 		log.Print(err)
//! 	}
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
//!           lifecycle:
//!             preStop:
//!               sleep:
//!                 seconds: 5
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
//! - [Kubernetes: termination of pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination)
//! - [Kubernetes: container lifecycle hooks](https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/)

use goready_model::{
    Confidence, ContainerKind, Outcome, Place, ProbeKind, Profile, Program, Service, ShutdownCall,
    SigtermVerdict, WorkloadKind,
};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    injection::may_have_proxy,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Possible,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    let named = programs::spokesman(cx, program, |it| place(cx, it), |_| Outcome::Advice);
    let (Some(shutdown), Some(name)) = (hasty(program), named) else { return };
    let Some((deployed, service)) = exposed(cx, program) else { return };
    let service = cx.project.object(service.object);
    let message = format!(
        "{name} closes its listeners as soon as SIGTERM arrives, Service `{}` still routes here \
         for a few seconds",
        service.name
    );
    let probe = deployed.container.probes().find(|it| it.kind == ProbeKind::Readiness);
    let mut draft = findings
        .report(shutdown.place, message)
        .help("add a `preStop` sleep of 5 s, or sleep about 5 s before the shutdown")
        .program(program, "")
        .object(deployed.object)
        .pointer(deployed.container.node);
    if let Some(probe) = probe {
        draft = draft.label(probe.node.name_place(), "this probe only fails some time later");
    }
    if let Some(place) = service.name_place() {
        draft.label(place, "this Service sends traffic here");
    }
}

fn place(cx: &Cx<'_>, program: &Program) -> Option<Place> {
    let shutdown = hasty(program)?;
    exposed(cx, program).map(|_| shutdown.place)
}

/// The first shutdown of a program that drains, when nothing comes between the signal and it.
fn hasty(program: &Program) -> Option<&ShutdownCall> {
    let judged = program.sigterm.verdict == SigtermVerdict::Graceful
        && !program.incomplete
        && !program.sample
        && program.readiness_flip.is_none()
        // With a library in charge, or a listener for metrics beside, the call may stop another
        // server than the one that gets the traffic.
        && program.sigterm.model.is_none()
        && !program.servers.iter().any(|it| it.administrative)
        && !program.drain.steps.iter().any(|it| it.what == "sleep");
    let first = program.shutdowns.first().filter(|_| judged)?;
    (!first.delayed).then_some(first)
}

/// A container that gets traffic until it is known to be gone, and that nothing holds open.
fn exposed<'p>(cx: &Cx<'p>, program: &Program) -> Option<(Deployed<'p>, &'p Service)> {
    let is_plain = |it: &Deployed<'_>| {
        let kind = it.workload.kind;
        matches!(kind, WorkloadKind::Deployment | WorkloadKind::StatefulSet)
            && it.container.kind == ContainerKind::Main
            && !it.object.partial
            && it.container.node.get("lifecycle").is_none()
            && it.container.probes().any(|it| it.kind == ProbeKind::Readiness)
            && !may_have_proxy(cx, it.workload)
    };
    programs::deployed(cx, program, programs::BROKEN).into_iter().filter(is_plain).find_map(|it| {
        let service = cx.project.services_of(it.workload.id).next()?;
        Some((it, service))
    })
}
