//! A liveness probe fails when a database or another service does.
//!
//! ## What it does
//! Follows the handler of the path that `livenessProbe` asks for, through calls whose target is
//! sure. Reports calls that ask a database, a cache, a message broker or another service, where the
//! handler answers with a failure when they fail. Handlers that look at the query, and calls whose
//! result is dropped or that stay on the own host, are left alone.
//!
//! ## Why is this bad
//! A liveness probe that fails restarts the container, which does not mend the database. While it
//! is away, or only slow, Kubernetes restarts all pods at once, again and again: requests that need
//! no database fail as well, and when it comes back all pods connect at the same time.
//!
//! ## Example
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"database/sql"
//! 	"log"
//! 	"net/http"
//! 	"os"
//!
//! 	_ "github.com/jackc/pgx/v5/stdlib"
//! )
//!
//! func main() {
//! 	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
//! 		if err := db.PingContext(r.Context()); err != nil {
//! 			http.Error(w, err.Error(), http.StatusServiceUnavailable)
//! 		}
//! 	})
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//! `go.mod`:
//! ```text
//! module example.com/shop
//!
//! go 1.26
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /shop .
//! FROM scratch
//! COPY --from=build /shop /shop
//! ENTRYPOINT ["/shop"]
//! ```
//! `skaffold.yaml`:
//! ```yaml
//! apiVersion: skaffold/v4beta13
//! kind: Config
//! build:
//!   artifacts:
//!     - image: registry.example.com/shop
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: shop}
//! spec:
//!   selector:
//!     matchLabels: {app: shop}
//!   template:
//!     metadata:
//!       labels: {app: shop}
//!     spec:
//!       containers:
//!         - name: shop
//!           image: registry.example.com/shop:1.0.0
//!           ports: [{containerPort: 8080}]
//!           livenessProbe:
//!             httpGet: {path: /healthz, port: 8080}
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"database/sql"
//! 	"log"
//! 	"net/http"
//! 	"os"
//!
//! 	_ "github.com/jackc/pgx/v5/stdlib"
//! )
//!
//! func main() {
//! 	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {})
//! 	http.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
//! 		if err := db.PingContext(r.Context()); err != nil {
//! 			http.Error(w, err.Error(), http.StatusServiceUnavailable)
//! 		}
//! 	})
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: shop}
//! spec:
//!   selector:
//!     matchLabels: {app: shop}
//!   template:
//!     metadata:
//!       labels: {app: shop}
//!     spec:
//!       containers:
//!         - name: shop
//!           image: registry.example.com/shop:1.0.0
//!           ports: [{containerPort: 8080}]
//!           livenessProbe:
//!             httpGet: {path: /healthz, port: 8080}
//!           readinessProbe:
//!             httpGet: {path: /readyz, port: 8080}
//! ```
//!
//! ## References
//! - [Kubernetes: liveness, readiness and startup probes](https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/)
//! - [Kubernetes: configure probes](https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/)

use goready_model::{
    Confidence, Dependency, DependencyKind, Field, HandlerPort, Node, Outcome, Probe, ProbeKind,
    Profile, Program, Route, Workload,
};

use crate::{Check, Cx, Findings, Rule, Scope, listeners::Listeners, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Databases that live in the process: with one of them `database/sql` asks nobody.
const EMBEDDED: [&str; 6] = [
    "github.com/mattn/go-sqlite3",
    "modernc.org/sqlite",
    "github.com/glebarez",
    "github.com/ncruces/go-sqlite3",
    "github.com/marcboeker/go-duckdb",
    "gorm.io/driver/sqlite",
];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    for container in pod.running_containers() {
        let probes = container.probes().filter(|it| it.kind == ProbeKind::Liveness);
        for (probe, path) in probes.filter_map(|it| asked(it)) {
            let Some((deployed, program)) = programs::only_program(cx, workload, container) else {
                continue;
            };
            // Another listener may have a path of the same name.
            let listeners = Listeners::of(cx, program, &deployed);
            let port = match probe.port().map(|it| it.value) {
                Some(HandlerPort::Number(number)) => Some(number),
                _ => None,
            };
            if let (Some(listeners), Some(port)) = (listeners, port)
                && !listeners.serve(port)
            {
                continue;
            }
            if let Some(dependency) = dependency(program, path.text()) {
                report(program, path, dependency, findings);
            }
        }
    }
}

/// The path that a probe over HTTP asks of the container itself; one with a query asks for
/// something in particular.
fn asked<'t>(probe: Probe<'t>) -> Option<(Probe<'t>, Node<'t>)> {
    let http = probe.node.get("httpGet").filter(|it| it.get("host").is_none())?;
    let Field::Set(path) = probe.http_path() else { return None };
    let node = http.get("path")?;
    (!path.value.contains('?')).then_some((probe, node))
}

/// What all handlers of a path ask.
fn dependency<'p>(program: &'p Program, path: &str) -> Option<&'p Dependency> {
    let trim = |it: &str| it.trim_end_matches('/').to_owned();
    let is_path = |it: &&Route| trim(&it.path) == trim(path);
    let routes: Vec<&Route> = program.routes.iter().filter(is_path).collect();
    let all = routes.iter().all(|it| it.asks.is_some());
    let found = routes.first()?.asks.as_ref().filter(|_| all)?;
    let embedded = found.kind == DependencyKind::Database && program.imports_any(&EMBEDDED);
    (!embedded).then_some(found)
}

fn report(program: &Program, path: Node<'_>, dependency: &Dependency, findings: &mut Findings) {
    let what = match dependency.kind {
        DependencyKind::Database => "a database",
        DependencyKind::Cache => "a cache",
        DependencyKind::Broker => "a message broker",
        DependencyKind::Service => "another service",
    };
    findings
        .report(
            dependency.place,
            format!(
                "the liveness handler asks {what} (`{}`), its outage restarts every pod",
                dependency.call
            ),
        )
        .help("check dependencies in the readiness handler only")
        .program(program, "")
        .lower_if(program.sample)
        .label(path.place(), format!("livenessProbe asks for `{}`", path.text()));
}
