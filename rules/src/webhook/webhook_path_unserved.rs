//! A webhook calls a path that the program behind it does not serve.
//!
//! ## What it does
//! Compares `clientConfig.service.path` (`/` unless written) with the routes of the Go program that
//! runs behind the Service. Patterns of routers are followed; a program whose routes are not all known,
//! as with controller-runtime's manager, is left alone.
//!
//! ## Why is this bad
//! Every call ends in `the server could not find the requested resource`. With `failurePolicy: Fail`
//! nothing that the webhook judges can be created.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/webhook
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
//! 	mux := http.NewServeMux()
//! 	mux.HandleFunc("/mutate-v1-pod", mutate)
//! 	log.Fatal(http.ListenAndServeTLS(":8443", "/certs/tls.crt", "/certs/tls.key", mux))
//! }
//!
//! func mutate(http.ResponseWriter, *http.Request) {}
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /webhook .
//! FROM scratch
//! COPY --from=build /webhook /webhook
//! ENTRYPOINT ["/webhook"]
//! ```
//! `skaffold.yaml`:
//! ```yaml
//! apiVersion: skaffold/v4beta13
//! kind: Config
//! build:
//!   artifacts:
//!     - image: registry.example.com/webhook
//!       docker:
//!         dockerfile: Dockerfile
//! ```
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service:
//!         name: webhook
//!         namespace: shop
//!         path: /validate-pods
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//! ```
//!
//! ## Use instead
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service:
//!         name: webhook
//!         namespace: shop
//!         path: /mutate-v1-pod
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//! ```
//!
//! ## References
//! - [Dynamic admission control: service reference](https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#service-reference)
//! - [net/http: ServeMux](https://pkg.go.dev/net/http#ServeMux)

use goready_model::{
    Confidence, Object, Outcome, Place, Profile, Program, Webhook, WebhookKind, WebhookTarget,
};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    for webhook in cx.project.webhooks_of(object.id) {
        // An aggregated API is asked for its own paths.
        if webhook.kind == WebhookKind::ApiService || object.partial {
            continue;
        }
        let WebhookTarget::Service { name, path, .. } = &webhook.target else { continue };
        let (path, place) = match path {
            Some(path) if !path.value.is_empty() => (&*path.value, path.place),
            _ => ("/", name.place),
        };
        let Some(program) = backend(cx, webhook) else { continue };
        if !program.routes.iter().any(|it| serves(&it.path, path)) {
            report(program, path, place, findings);
        }
    }
}

/// The only program behind a webhook, with all its routes known.
fn backend<'p>(cx: &Cx<'p>, webhook: &Webhook) -> Option<&'p Program> {
    let mut found: Option<&Program> = None;
    for workload in &webhook.backends {
        for (_, _, program) in cx.project.programs_of(*workload, programs::RISK) {
            if found.is_some_and(|it| it.id != program.id) {
                return None;
            }
            found = Some(program);
        }
    }
    found.filter(|it| !it.routes_dynamic && !it.incomplete && !it.routes.is_empty())
}

/// Whether a route takes a path: a subtree ends in a slash (or `*`), `{id}` and `:id` stand for one
/// step.
fn serves(route: &str, path: &str) -> bool {
    if route == path || route.ends_with("/{$}") && route.trim_end_matches("{$}") == path {
        return true;
    }
    let subtree = route.ends_with('/') || route.ends_with('*') || route.ends_with("...}");
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(""), _) if subtree && route.clone().next().is_none() => return true,
            (Some(step), _) if step.starts_with('*') || step.ends_with("...}") => return true,
            (Some(step), Some(other)) => {
                let variable = step.starts_with([':', '{']) && !other.is_empty();
                if step != other && !variable {
                    return false;
                }
            }
            (Some(_), None) | (None, Some(_)) => return false,
        }
    }
}

fn report(program: &Program, path: &str, place: Place, findings: &mut Findings) {
    let mut routes: Vec<_> = program.routes.iter().collect();
    routes.dedup_by(|one, other| one.path == other.path);
    let served = match routes.as_slice() {
        [one] => one.path.clone(),
        [one, two] => format!("{} and {}", one.path, two.path),
        [one, rest @ ..] => format!("{} and {} more", one.path, rest.len()),
        [] => return,
    };
    let message =
        format!("path {path} is not registered, program `{}` serves {served}", program.name());
    let draft = findings.report(place, message).lower_if(program.sample);
    let draft = match routes.as_slice() {
        [one] => draft.help(format!("write `path: {}`", one.path)),
        _ => draft.help("write a path that the program serves"),
    };
    if let Some(first) = routes.first() {
        draft.label(first.place, "a route of the program").program(program, "");
    }
}
