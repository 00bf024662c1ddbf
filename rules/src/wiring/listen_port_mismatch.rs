//! A container declares a port that its program does not listen on.
//!
//! ## What it does
//! Compares container ports that a Service or a probe leads to with the ports the container's program
//! listens on. It needs a single Go program of the repository with nothing but literal addresses. A
//! number that appears in the arguments or the environment of the container or its image may well be
//! the port, and a pod with other containers may serve it there: then nothing is said.
//!
//! ## Why is this bad
//! Every connection to the port is refused. The Service has endpoints, the pods run, and each request
//! through it fails; a probe on the port keeps the pods from ever being ready.
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
//! 	log.Fatal(http.ListenAndServe(":3000", nil))
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
//!           image: registry.example.com/api:1.4.2
//!           ports:
//!             - containerPort: 8080
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: api
//! spec:
//!   selector: {app: api}
//!   ports:
//!     - port: 80
//!       targetPort: 8080
//! ```
//!
//! ## Use instead
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
//!
//! ## References
//! - [Go: net.Listen](https://pkg.go.dev/net#Listen)
//! - [Port definitions of a Service](https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports)

use goready_model::{
    Confidence, Container, HandlerPort, Listen, ListenKind, Node, Outcome, Place, Pod, Profile,
    Program, ProgramKind, SigtermVerdict, Workload,
};

use crate::{Check, Cx, Findings, Rule, Scope, environment::Environment, programs, schema::words};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Frameworks that listen on ports of their own, set in ways that are not followed.
const LISTENING: [&str; 6] = [
    "sigs.k8s.io/controller-runtime",
    "k8s.io/apiserver",
    "github.com/go-kratos/kratos",
    "github.com/zeromicro/go-zero",
    "github.com/grafana/dskit",
    "gofr.dev",
];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    if object.partial || object.chart_test || workload.kind.is_job() {
        return;
    }
    // In a pod with several containers another one may own the port.
    let mut running = workload.pod().into_iter().flat_map(Pod::running_containers);
    let (Some(container), None) = (running.next(), running.next()) else { return };
    let Some(environment) = Environment::of(cx, workload, container, programs::RISK) else {
        return;
    };
    let Some(program) = environment.only_program().filter(|it| is_plain(it)) else { return };
    let listens = fixed_listens(program, &environment);
    if listens.is_empty() || listens.len() != program.listens.len() {
        return;
    }
    for port in container.ports() {
        let Some(number) = port.int_field("containerPort").set() else { continue };
        let tcp = port.str_field("protocol").known_or("TCP").is_some_and(|it| it.value == "TCP");
        if !tcp
            || listens.iter().any(|it| it.1 == number.value)
            || environment.mentions(&number.value.to_string())
        {
            continue;
        }
        let Some((user, what)) = used_by(cx, workload, container, port, number.value) else {
            continue;
        };
        let numbers: Vec<String> = listens.iter().map(|it| it.1.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let mut draft = findings
            .report(
                number.place,
                format!(
                    "container port {}, program `{}` listens on {}",
                    number.value,
                    program.name(),
                    words::unique(&numbers).join(", ")
                ),
            )
            .pointer(container.node)
            .program(program, "")
            .help("use one port in the program, the container and what leads to it");
        for (listen, number) in &listens {
            draft = draft.label(listen.place, format!("listens on {number}"));
        }
        draft.label(user, what);
    }
}

/// Nothing of the program's listening is hidden from this rule.
fn is_plain(program: &Program) -> bool {
    let starts = program.servers.iter().filter(|it| it.kind != ListenKind::Worker);
    program.kind == ProgramKind::Service
        && !program.incomplete
        && !program.sample
        && program.sigterm.verdict != SigtermVerdict::Unknown
        && starts.count() <= program.listens.len()
        && !program.imports_any(&LISTENING)
}

/// The listeners whose port is certain in this container.
fn fixed_listens<'p>(
    program: &'p Program,
    environment: &Environment<'_>,
) -> Vec<(&'p Listen, i64)> {
    let fixed = |it: &&Listen| {
        it.flag.as_ref().is_none_or(|flag| !environment.may_pass_flag(flag))
            && it.env.as_ref().is_none_or(|name| !environment.may_set(name))
    };
    let listens = program.listens.iter().filter(fixed);
    listens.filter_map(|it| Some((it, i64::from(it.port.filter(|it| *it != 0)?)))).collect()
}

/// Who leads to the container port: a Service, else a probe.
fn used_by(
    cx: &Cx<'_>,
    workload: &Workload,
    container: Container<'_>,
    port: Node<'_>,
    number: i64,
) -> Option<(Place, String)> {
    let name = port.str_field("name").value();
    let leads_here = |wanted: HandlerPort<'_>| match wanted {
        HandlerPort::Number(it) => it == number,
        HandlerPort::Name(it) => name == Some(it),
    };
    for service in cx.project.services_of(workload.id) {
        for port in service.ports() {
            let target = port.get("targetPort").filter(|it| !it.is_null());
            let Some(target) = target.or_else(|| port.get("port")) else { continue };
            let wanted = match target.as_i64() {
                Some(number) => HandlerPort::Number(number),
                None => HandlerPort::Name(target.as_str().unwrap_or_default()),
            };
            if leads_here(wanted) {
                let name = &cx.project.object(service.object).name;
                return Some((target.place(), format!("Service `{name}` leads to it")));
            }
        }
    }
    container.probes().find_map(|probe| {
        let wanted = probe.port().filter(|it| leads_here(it.value))?;
        Some((wanted.place, format!("{} asks it", probe.kind.key())))
    })
}
