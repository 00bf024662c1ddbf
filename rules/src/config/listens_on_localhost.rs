//! A program listens on localhost where others of the pod network want to reach it.
//!
//! ## What it does
//! Compares the addresses a program listens on with the ports that Services and probes of its pods
//! use. A listener on `localhost`, `127.0.0.1` or `::1` is reachable from its own pod only. Where
//! the container sets the variable or argument that replaces the address, nothing is said. A
//! hard-coded one that no manifest of the repository runs is advice, unless it serves profiles,
//! metrics or probes only.
//!
//! ## Why is this bad
//! Connections from outside the pod are refused. The probe fails and the pod is never ready, or the
//! Service has endpoints and every request through it fails.
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
//! 	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
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

use goready_model::{Confidence, HandlerPort, Listen, Node, Outcome, Place, Profile, Program};

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
    elsewhere: &["IST0143"],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    if program.sample || !programs::is_service(cx, program) {
        return;
    }
    let local = program.listens.iter().filter(|it| it.is_local());
    for listen in local {
        let Some(port) = listen.port else { continue };
        let deployed = programs::deployed(cx, program, programs::RISK);
        if deployed.is_empty() {
            unlinked(cx, program, listen, findings);
            continue;
        }
        let wanted = deployed.iter().filter(|it| !may_override(it, listen)).find_map(|it| {
            let (place, what) = wanted_by(cx, it, i64::from(port))?;
            Some((it, place, what))
        });
        let Some((deployed, place, what)) = wanted else { continue };
        let name = program.name();
        findings
            .report(
                listen.place,
                format!("program `{name}` listens on `{}`, {what}", listen.address),
            )
            .help(format!("listen on `:{port}`"))
            .program(program, "")
            .object(deployed.object)
            .outcome(deployed.at_most(Outcome::Broken))
            .label(place, format!("port {port} is reached from outside the pod"));
    }
}

/// Nothing in the repository runs it: worth a word only where nothing can replace the address, and
/// not for profiles and the like, which are often for those in the pod only.
fn unlinked(cx: &Cx<'_>, program: &Program, listen: &Listen, findings: &mut Findings) {
    let fixed = listen.env.is_none() && listen.flag.is_none();
    if !fixed || listen.admin || !programs::deployed(cx, program, 0.0).is_empty() {
        return;
    }
    let name = program.name();
    findings
        .report(
            listen.place,
            format!(
                "program `{name}` listens on `{}`: nothing outside its pod can reach it",
                listen.address
            ),
        )
        .help("listen on all interfaces")
        .program(program, "")
        .outcome(Outcome::Advice);
}

/// Whether the container gives the program another address, or might.
fn may_override(deployed: &Deployed<'_>, listen: &Listen) -> bool {
    let container = deployed.container;
    let by_env = listen.env.as_ref().is_some_and(|name| {
        container.env_named(name).is_some() || container.node.get("envFrom").is_some()
    });
    let by_flag = listen.flag.as_ref().is_some_and(|flag| {
        let words = container.command().into_iter().chain(container.args());
        words.into_iter().any(|word| names_flag(word, flag))
    });
    // Dapr calls the application through localhost.
    by_env || by_flag || deployed.workload.pod_annotation("dapr.io/enabled").is_some()
}

/// `-flag`, `--flag`, `--flag=value`, or a word that is not known.
fn names_flag(word: Node<'_>, flag: &str) -> bool {
    let Some(text) = word.as_str() else { return true };
    let name = text.trim_start_matches('-').split('=').next().unwrap_or_default();
    (text.starts_with('-') && name == flag) || text.contains("$(")
}

/// Who reaches for the port from outside the pod.
fn wanted_by(cx: &Cx<'_>, deployed: &Deployed<'_>, port: i64) -> Option<(Place, String)> {
    let container = deployed.container;
    let leads_here = |wanted: HandlerPort<'_>| match wanted {
        HandlerPort::Number(number) => number == port,
        HandlerPort::Name(name) => container.ports().any(|it| {
            it.str_field("name").value() == Some(name)
                && it.int_field("containerPort").value() == Some(port)
        }),
    };
    for service in cx.project.services_of(deployed.workload.id) {
        let target = service.ports().find(|it| target_port(*it).is_some_and(leads_here));
        if let Some(target) = target {
            let name = &cx.project.object(service.object).name;
            let place = target.get("targetPort").or_else(|| target.get("port"))?.place();
            return Some((place, format!("Service `{name}` targets {port}")));
        }
    }
    container.probes().find_map(|probe| {
        let wanted = probe.port().filter(|it| leads_here(it.value))?;
        // A probe with a host of its own goes where that says.
        let host =
            probe.node.path(&["httpGet", "host"]).or(probe.node.path(&["tcpSocket", "host"]));
        host.is_none().then(|| (wanted.place, format!("{} asks {port}", probe.kind.key())))
    })
}

fn target_port(port: Node<'_>) -> Option<HandlerPort<'_>> {
    let node = port.get("targetPort").filter(|it| !it.is_null()).or_else(|| port.get("port"))?;
    match node.as_i64() {
        Some(number) => Some(HandlerPort::Number(number)),
        None => node.as_str().map(HandlerPort::Name),
    }
}
