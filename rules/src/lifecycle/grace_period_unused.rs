//! The pod grants a long time to stop, but its program dies at once on SIGTERM.
//!
//! ## What it does
//! Finds pods with `terminationGracePeriodSeconds` above 30 whose only container runs a program that
//! does not handle SIGTERM. Pods with a `preStop` hook use the time for the hook and are not judged.
//!
//! ## Why is this bad
//! Somebody raised the grace period so that work in flight can end. It never gets the time: the
//! process is gone in the same instant, with every request it had.
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
//!       terminationGracePeriodSeconds: 120
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           ports:
//!             - containerPort: 8080
//! ```
//!
//! ## Use instead
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
//!
//! ## References
//! - [Kubernetes: termination of pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination)

use goready_model::{Confidence, Outcome, Profile, SigtermVerdict, Workload};
use goready_sim::termination::DEFAULT_GRACE_SECONDS;

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let Some(grace) = pod.grace_period_seconds().set() else { return };
    if workload.kind.is_job() || grace.value <= DEFAULT_GRACE_SECONDS {
        return;
    }
    // A second container may be what the time is for.
    let mut containers = pod.running_containers();
    let (Some(container), None) = (containers.next(), containers.next()) else { return };
    let hooked = container.node.get("lifecycle").is_some();
    if hooked || cx.project.object(workload.object).partial {
        return;
    }
    let Some((_, program)) = programs::only_program(cx, workload, container) else { return };
    let link = cx.project.container_link(workload.id, container.name());
    // A shell or script in between may pass the signal on in its own way.
    let direct = link.is_some_and(|it| it.script.is_none() && it.link.entry_script.is_none());
    let dies = matches!(
        program.sigterm.verdict,
        SigtermVerdict::NotHandled | SigtermVerdict::HandlerUnreachable
    );
    if !direct || !dies || program.incomplete || !programs::is_service(cx, program) {
        return;
    }
    let message = format!(
        "the pod grants {} s to stop, program `{}` dies at once on SIGTERM",
        grace.value,
        program.name()
    );
    let draft = findings
        .report(grace.place, message)
        .pointer(pod.node)
        .help("handle SIGTERM and shut the server down, or drop the setting")
        .program(program, "")
        .lower_if(program.sample);
    let server = programs::main_server(program);
    let (place, label) = match server {
        Some(server) => (server.place, format!("`{}` blocks here", server.call)),
        None => (program.main, "nothing in it handles SIGTERM".to_owned()),
    };
    draft.label(place, label);
}
