//! A chart makes a new CA with each upgrade, and pods that run keep the old certificate.
//!
//! ## What it does
//! Looks for templates that make a certificate while they are rendered (`genCA`,
//! `genSelfSignedCert`, `genSignedCert`), where one part of it becomes the `caBundle` of a webhook
//! and another a Secret that the webhook's pods mount. It reports those whose program reads the
//! certificate once, when nothing restarts the pods: no checksum annotation, no reloader. Charts
//! that look for an existing Secret with `lookup`, or make it in a hook of the installation only,
//! are fine.
//!
//! ## Why is this bad
//! `helm upgrade` renders the chart again: the webhook's configuration gets the new CA at once, the
//! pods go on with the certificate of the old one until something restarts them. Till then each call
//! fails with `x509: certificate signed by unknown authority`, and with `failurePolicy: Fail` what
//! the webhook judges cannot be changed.
//!
//! ## Example
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
//! 	log.Fatal(http.ListenAndServeTLS(":8443", "/tls/tls.crt", "/tls/tls.key", nil))
//! }
//! ```
//! `go.mod`:
//! ```text
//! module example.com/webhook
//!
//! go 1.26
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
//! ```
//! `chart/Chart.yaml`:
//! ```yaml
//! apiVersion: v2
//! name: webhook
//! version: 1.0.0
//! ```
//! `chart/templates/certificate.yaml`:
//! ```yaml
//! {{- $name := printf "webhook.%s.svc" .Release.Namespace }}
//! {{- $pair := genSelfSignedCert $name nil (list $name) 3650 }}
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: webhook-tls
//! type: kubernetes.io/tls
//! data:
//!   tls.crt: {{ $pair.Cert | b64enc }}
//!   tls.key: {{ $pair.Key | b64enc }}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: shops.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: {{ .Release.Namespace }}}
//!       caBundle: {{ $pair.Cert | b64enc }}
//!     rules:
//!       - apiGroups: [example.com]
//!         apiVersions: [v1]
//!         operations: [CREATE]
//!         resources: [shops]
//! ```
//! `chart/templates/webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: webhook
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: webhook
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
//!           volumeMounts: [{name: tls, mountPath: /tls}]
//!       volumes:
//!         - name: tls
//!           secret: {secretName: webhook-tls}
//! ```
//!
//! ## Use instead
//! `chart/templates/certificate.yaml`:
//! ```yaml
//! {{- $name := printf "webhook.%s.svc" .Release.Namespace }}
//! {{- $pair := genSelfSignedCert $name nil (list $name) 3650 }}
//! {{- $data := dict "tls.crt" (b64enc $pair.Cert) "tls.key" (b64enc $pair.Key) }}
//! {{- with lookup "v1" "Secret" .Release.Namespace "webhook-tls" }}
//! {{- $data = .data }}
//! {{- end }}
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: webhook-tls
//! type: kubernetes.io/tls
//! data: {{ toJson $data }}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: shops.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: {{ .Release.Namespace }}}
//!       caBundle: {{ index $data "tls.crt" }}
//!     rules:
//!       - apiGroups: [example.com]
//!         apiVersions: [v1]
//!         operations: [CREATE]
//!         resources: [shops]
//! ```
//!
//! ## References
//! - [Helm: template functions, cryptographic and security functions](https://helm.sh/docs/chart_template_guide/function_list/#cryptographic-and-security-functions)
//! - [Helm: using the lookup function](https://helm.sh/docs/chart_template_guide/functions_and_pipelines/#using-the-lookup-function)

use std::collections::BTreeSet;

use goready_model::{
    Confidence, Field, Object, Outcome, Place, Profile, Program, ServingSource, TlsLoad, UnitKind,
};

use super::{
    certificate_loaded_once,
    mounts::{self, Mount},
};
use crate::{
    Check, Cx, Findings, Rule, Scope,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for program in &cx.project.programs {
        if certificate_loaded_once::reloads(program) || !programs::is_service(cx, program) {
            continue;
        }
        for deployed in programs::deployed(cx, program, programs::RISK) {
            let Some(drift) = drift(cx, program, &deployed) else { continue };
            if told.insert(drift.made) {
                report(program, &deployed, &drift, findings);
            }
        }
    }
}

/// What parts with an upgrade.
struct Drift {
    /// The action that makes the certificate.
    made: Place,
    bundle: Place,
    /// The call that reads the certificate.
    load: Place,
    /// The Secret's name in the pod.
    mount: Place,
}

fn drift(cx: &Cx<'_>, program: &Program, deployed: &Deployed<'_>) -> Option<Drift> {
    let made = remade(cx, deployed.object)?;
    if mounts::restart(deployed.workload) {
        return None;
    }
    let (bundle, secrets) = trusted(cx, deployed)?;
    let mounts = mounts::of(cx, deployed);
    let mounts: Vec<&Mount<'_>> = mounts.iter().filter(|it| secrets.contains(&it.place)).collect();
    program.tls.loads.iter().find_map(|load| {
        let mount = read(load, &mounts)?.place;
        Some(Drift { made, bundle, load: load.place, mount })
    })
}

fn report(program: &Program, deployed: &Deployed<'_>, drift: &Drift, findings: &mut Findings) {
    findings
        .report(
            drift.made,
            "each `helm upgrade` makes a new CA, running pods keep the old certificate",
        )
        .program(program, "")
        .object(deployed.object)
        .help("take the certificate of the Secret that is there with `lookup`, or let cert-manager issue it")
        .label(drift.bundle, "the API server trusts the new CA at once")
        .label(drift.mount, "the pods mount the Secret that the chart makes")
        .label(drift.load, "the program reads it once");
}

/// The first action that makes a certificate anew in the render an object comes from.
fn remade(cx: &Cx<'_>, object: &Object) -> Option<Place> {
    let unit = cx.project.unit(object.unit);
    let UnitKind::Chart { render, .. } = &unit.kind else { return None };
    let chart = cx.project.charts.iter().find(|it| it.dir == unit.dir)?;
    chart.renders.iter().find(|it| it.name == *render)?.remade.first().copied()
}

/// The bundle that the chart makes for a webhook that a workload answers, and where the workload
/// mounts Secrets that the chart makes too.
fn trusted(cx: &Cx<'_>, deployed: &Deployed<'_>) -> Option<(Place, Vec<Place>)> {
    let mut webhooks = cx.project.webhooks.iter().filter(|it| {
        it.backends.contains(&deployed.workload.id)
            && it.injector.is_none()
            && matches!(it.bundle, Field::Dynamic(_))
    });
    webhooks.find_map(|webhook| {
        let made = webhook.serving.iter().filter(|it| match it.source {
            ServingSource::Secret(index) => is_made(cx, index),
            ServingSource::Issued(_) => false,
        });
        let mounts: Vec<Place> = made.map(|it| it.mount).collect();
        (!mounts.is_empty()).then_some((webhook.bundle.place(), mounts))
    })
}

/// Whether the chart makes the certificate of a Secret, in upgrades too.
fn is_made(cx: &Cx<'_>, index: usize) -> bool {
    let Some(secret) = cx.project.tls_secrets.get(index) else { return false };
    let object = cx.project.object(secret.object);
    let entry = |key: &str| object.node()?.path(&[key, &secret.chain_key]);
    let is_unknown =
        entry("data").or_else(|| entry("stringData")).is_some_and(|it| it.is_dynamic());
    let hook = object.annotation("helm.sh/hook");
    let at_upgrades = hook.is_none_or(|it| it.text().contains("upgrade"));
    let kept = object.annotation("helm.sh/resource-policy").is_some();
    is_unknown && at_upgrades && !kept
}

/// The mount a call reads: the one its path leads to, or, where the path is not known, the only one.
fn read<'m, 'p>(load: &TlsLoad, mounts: &[&'m Mount<'p>]) -> Option<&'m Mount<'p>> {
    match (&load.certificate, mounts) {
        (Some(path), _) => mounts.iter().copied().find(|it| it.holds(&path.value)),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}
