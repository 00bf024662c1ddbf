//! A `grpc` probe asks a gRPC server that registers no health service.
//!
//! ## What it does
//! Finds containers with a `grpc` probe whose program starts a gRPC server, while no code it
//! reaches registers `grpc.health.v1.Health` (`health.NewServer`, `RegisterHealthServer`, connect's
//! `grpchealth`). Programs that import a health package in any other way are not judged.
//!
//! ## Why is this bad
//! The kubelet calls `grpc.health.v1.Health/Check`; a server without that service answers
//! `UNIMPLEMENTED`, which counts as a failure. A readiness probe never succeeds, a liveness probe
//! restarts the container for ever.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/cart
//!
//! go 1.26
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net"
//!
//! 	"google.golang.org/grpc"
//! )
//!
//! func main() {
//! 	listener, err := net.Listen("tcp", ":9090")
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	server := grpc.NewServer()
//! 	log.Fatal(server.Serve(listener))
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /cart .
//! FROM scratch
//! COPY --from=build /cart /cart
//! ENTRYPOINT ["/cart"]
//! ```
//! `skaffold.yaml`:
//! ```yaml
//! apiVersion: skaffold/v4beta13
//! kind: Config
//! build:
//!   artifacts:
//!     - image: registry.example.com/cart
//!       docker:
//!         dockerfile: Dockerfile
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: cart
//! spec:
//!   selector:
//!     matchLabels: {app: cart}
//!   template:
//!     metadata:
//!       labels: {app: cart}
//!     spec:
//!       containers:
//!         - name: cart
//!           image: registry.example.com/cart
//!           readinessProbe:
//!             grpc:
//!               port: 9090
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net"
//!
//! 	"google.golang.org/grpc"
//! 	"google.golang.org/grpc/health"
//! 	"google.golang.org/grpc/health/grpc_health_v1"
//! )
//!
//! func main() {
//! 	listener, err := net.Listen("tcp", ":9090")
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	server := grpc.NewServer()
//! 	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
//! 	log.Fatal(server.Serve(listener))
//! }
//! ```
//!
//! ## References
//! - [Kubernetes: gRPC liveness probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-grpc-liveness-probe)
//! - [gRPC health checking protocol](https://github.com/grpc/grpc/blob/master/doc/health-checking.md)

use goready_model::{
    Confidence, Container, ListenKind, Outcome, Probe, Profile, Program, ServerStart,
    SigtermVerdict, Workload,
};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Packages that bring the health service, or a server that registers one of its own.
const HEALTH_PACKAGES: [&str; 8] = [
    "google.golang.org/grpc/health",
    "connectrpc.com/grpchealth",
    "github.com/bufbuild/connect-grpchealth-go",
    "github.com/go-kratos/kratos",
    "github.com/zeromicro/go-zero",
    "github.com/tal-tech/go-zero",
    "gofr.dev",
    "github.com/asim/go-micro",
];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    for container in pod.running_containers() {
        let mut probes = container.probes().filter(|it| it.node.get("grpc").is_some());
        // One service answers all probes.
        let Some(probe) = probes.next() else { continue };
        let Some((deployed, program)) = programs::only_program(cx, workload, container) else {
            continue;
        };
        if let Some(server) = unhealthy(program) {
            report(&deployed, program, server, (container, probe), findings);
        }
    }
}

fn report(
    deployed: &Deployed<'_>,
    program: &Program,
    server: &ServerStart,
    (container, probe): (Container<'_>, Probe<'_>),
    findings: &mut Findings,
) {
    let Some(grpc) = probe.node.get("grpc") else { return };
    let port = match grpc.int_field("port").value() {
        Some(port) => format!(" on {port}"),
        None => String::new(),
    };
    let message = format!(
        "grpc {}{port} of container `{}`, but program `{}` registers no health service",
        probe.kind.key(),
        container.name(),
        program.name()
    );
    findings
        .key(grpc, message)
        .help("register `grpc_health_v1` with `health.NewServer()`")
        .label(server.place, format!("`{}` serves here", server.call))
        .program(program, "")
        .outcome(deployed.at_most(Outcome::Broken))
        .lower_if(program.sample);
}

/// The gRPC server of a program that surely has no health service.
fn unhealthy(program: &Program) -> Option<&ServerStart> {
    let unknown = program.incomplete
        || program.grpc_health.is_some()
        || program.sigterm.verdict == SigtermVerdict::Unknown
        || program.imports_any(&HEALTH_PACKAGES);
    // Servers of other libraries may bring a health service of their own.
    let is_plain = |it: &&ServerStart| it.call.starts_with("grpc.");
    let servers = || program.servers.iter().filter(|it| it.kind == ListenKind::Grpc);
    (!unknown && servers().all(|it| is_plain(&it))).then(|| servers().next()).flatten()
}
