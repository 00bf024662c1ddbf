//! A webhook's serving certificate does not cover the name that the API server calls.
//!
//! ## What it does
//! Follows a webhook, CRD conversion or APIService to its Service, the workload behind it and the
//! Secret that workload mounts, and compares `<service>.<namespace>.svc` with the names in the
//! certificate: the committed `tls.crt`, or the `dnsNames` of a cert-manager Certificate. Names match
//! as in Go: a `*` stands for exactly one label, the common name does not count. Where a
//! kustomization changes names, nothing is reported.
//!
//! ## Why is this bad
//! Every call fails with `x509: certificate is valid for webhook.shop.local, not webhook.shop.svc`.
//! With `failurePolicy: Fail` nothing that the webhook judges can be created or changed.
//!
//! ## Example
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   secretName: webhook-tls
//!   dnsNames:
//!     - webhook.shop.local
//!   issuerRef: {name: shop}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
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
//!           ports: [{containerPort: 8443}]
//!           volumeMounts: [{name: tls, mountPath: /tls}]
//!       volumes:
//!         - name: tls
//!           secret: {secretName: webhook-tls}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//!   annotations:
//!     cert-manager.io/inject-ca-from: shop/webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: shop, path: /validate}
//!     rules:
//!       - apiGroups: [""]
//!         apiVersions: [v1]
//!         operations: [CREATE]
//!         resources: [pods]
//! ```
//!
//! ## Use instead
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   secretName: webhook-tls
//!   dnsNames:
//!     - webhook.shop.svc
//!   issuerRef: {name: shop}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
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
//!           ports: [{containerPort: 8443}]
//!           volumeMounts: [{name: tls, mountPath: /tls}]
//!       volumes:
//!         - name: tls
//!           secret: {secretName: webhook-tls}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//!   annotations:
//!     cert-manager.io/inject-ca-from: shop/webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: shop, path: /validate}
//!     rules:
//!       - apiGroups: [""]
//!         apiVersions: [v1]
//!         operations: [CREATE]
//!         resources: [pods]
//! ```
//!
//! ## References
//! - [crypto/x509: Certificate.VerifyHostname](https://pkg.go.dev/crypto/x509#Certificate.VerifyHostname)
//! - [Dynamic admission control: service reference](https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#service-reference)

use goready_model::{Confidence, Outcome, Place, Profile, ServingSource, Webhook, WebhookTarget};
use goready_sim::x509;

use super::shown;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut told = Vec::new();
    for webhook in &cx.project.webhooks {
        let Some(host) = &webhook.host else { continue };
        let judged = certificates(cx, webhook);
        let covers = |it: &Names<'_>| x509::covers(it.dns.iter().copied(), it.addresses, host);
        if judged.iter().any(covers) {
            continue;
        }
        for it in judged {
            // Several webhooks of one service share its certificate.
            if told.contains(&(it.place, host)) {
                continue;
            }
            told.push((it.place, host));
            report(cx, webhook, host, &it, findings);
        }
    }
}

/// The names of one certificate that a backend shows.
struct Names<'p> {
    dns: Vec<&'p str>,
    addresses: &'p [std::net::IpAddr],
    /// Only a common name, which does not count.
    common_name: Option<&'p str>,
    place: Place,
    mount: Place,
    is_issued: bool,
}

fn certificates<'p>(cx: &Cx<'p>, webhook: &'p Webhook) -> Vec<Names<'p>> {
    let shown = shown::shown(cx, webhook).into_iter().map(|it| Names {
        dns: it.leaf.dns_names.iter().map(String::as_str).collect(),
        addresses: &it.leaf.addresses,
        common_name: (!it.leaf.has_alternative_names && !it.leaf.common_name.is_empty())
            .then_some(&*it.leaf.common_name),
        place: it.place,
        mount: it.mount,
        is_issued: false,
    });
    let mut found: Vec<_> = shown.collect();
    for serving in &webhook.serving {
        let ServingSource::Issued(index) = serving.source else { continue };
        let Some(issued) = cx.project.issued.get(index) else { continue };
        let Some(names) = &issued.dns_names else { continue };
        found.push(Names {
            dns: names.iter().map(|it| &*it.value).collect(),
            addresses: &[],
            common_name: None,
            place: issued.dns_place,
            mount: serving.mount,
            is_issued: true,
        });
    }
    found
}

fn report(
    cx: &Cx<'_>,
    webhook: &Webhook,
    host: &str,
    certificate: &Names<'_>,
    findings: &mut Findings,
) {
    let covered = match (certificate.dns.as_slice(), certificate.common_name) {
        ([], Some(name)) => {
            format!("names {name} as its common name only, which does not count")
        }
        ([], None) => "covers no DNS name".to_owned(),
        ([one], _) => format!("covers {one}"),
        ([one, two], _) => format!("covers {one} and {two}"),
        ([one, rest @ ..], _) => format!("covers {one} and {} more", rest.len()),
    };
    let help = if certificate.is_issued {
        format!("add `{host}` to `dnsNames`")
    } else {
        format!("issue the certificate for the DNS name `{host}`")
    };
    let draft = findings
        .report(
            certificate.place,
            format!("the certificate {covered}, the API server calls {host}"),
        )
        .help(help)
        .object(cx.project.object(webhook.object));
    let draft = match &webhook.target {
        WebhookTarget::Service { name, .. } => draft.label(name.place, "the service it calls"),
        WebhookTarget::Url(url) => draft.label(url.place, "the address it calls"),
        WebhookTarget::Unknown => draft,
    };
    draft.label(certificate.mount, "the workload mounts the certificate");
}
