//! A serving certificate whose extended key usages leave server authentication out.
//!
//! ## What it does
//! Looks at the certificates that webhooks show and that Ingresses name: the committed `tls.crt`, and
//! the `usages` of a cert-manager Certificate. A certificate without any extended key usage is good
//! for everything and is not reported.
//!
//! ## Why is this bad
//! Every client that checks the certificate answers `x509: certificate specifies an incompatible key
//! usage`.
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
//!     - webhook.shop.svc
//!   usages:
//!     - client auth
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
//!   usages:
//!     - server auth
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
//! - [RFC 5280, section 4.2.1.12: Extended Key Usage](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12)
//! - [cert-manager: Certificate](https://cert-manager.io/docs/usage/certificate/)

use goready_model::{
    Certificate, Confidence, IssuedCertificate, Object, Outcome, Place, Profile, ServingSource,
};

use super::shown;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

/// Usages of a cert-manager Certificate that become extended key usages
/// (cert-manager `pkg/apis/certmanager/v1`, `KeyUsage`); the others do not narrow anything.
const EXTENDED: [&str; 12] = [
    "client auth",
    "code signing",
    "email protection",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "timestamping",
    "server auth",
];

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut told = Vec::new();
    for serving in cx.project.webhooks.iter().flat_map(|it| &it.serving) {
        judge(
            cx,
            serving.source,
            serving.mount,
            "the webhook's workload mounts it",
            &mut told,
            findings,
        );
    }
    for object in &cx.project.objects {
        for secret in ingress_secrets(object) {
            let named = |it: &Object| it.name == secret.text() && shares_namespace(cx, object, it);
            let issued = cx.project.issued.iter().enumerate();
            let issued = issued.filter(|(_, it)| {
                let target = it.secret.as_ref().is_some_and(|it| it.value == secret.text());
                target && shares_namespace(cx, object, cx.project.object(it.object))
            });
            let committed = cx.project.tls_secrets.iter().enumerate();
            let committed = committed.filter(|(_, it)| named(cx.project.object(it.object)));
            let sources = issued.map(|(index, _)| ServingSource::Issued(index));
            let sources = sources.chain(committed.map(|(index, _)| ServingSource::Secret(index)));
            for source in sources {
                judge(cx, source, secret.place(), "the Ingress shows it", &mut told, findings);
            }
        }
    }
}

fn ingress_secrets(object: &Object) -> impl Iterator<Item = goready_model::Node<'_>> {
    let is_ingress = object.kind == "Ingress" && object.group() == "networking.k8s.io";
    let tls = object.spec().filter(|_| is_ingress).and_then(|it| it.get("tls"));
    let entries = tls.into_iter().flat_map(|it| it.items());
    entries.filter_map(|it| it.get("secretName")).filter(|it| it.as_str().is_some())
}

fn shares_namespace(cx: &Cx<'_>, one: &Object, other: &Object) -> bool {
    let unit = cx.project.unit(one.unit);
    one.unit == other.unit && one.namespace_in(unit) == other.namespace_in(unit)
}

fn judge(
    cx: &Cx<'_>,
    source: ServingSource,
    user: Place,
    used: &str,
    told: &mut Vec<Place>,
    findings: &mut Findings,
) {
    let (place, message, help, object) = match source {
        ServingSource::Secret(index) => {
            let Some(secret) = cx.project.tls_secrets.get(index) else { return };
            let Some(shown) = shown::of_secret(secret, user) else { return };
            let Some(usages) = usages(shown.leaf) else { return };
            let entry = shown::entry(cx, secret, &secret.chain_key);
            let message = format!("{entry} is for {usages} only, clients want server auth");
            let help = "issue a certificate with the extended key usage `serverAuth`";
            (shown.place, message, help, secret.object)
        }
        ServingSource::Issued(index) => {
            let Some(issued) = cx.project.issued.get(index) else { return };
            let Some((place, usages)) = issued_usages(issued) else { return };
            let message =
                format!("the serving certificate is for {usages} only, clients want server auth");
            (place, message, "add `server auth` to `usages`", issued.object)
        }
    };
    if told.contains(&place) {
        return;
    }
    told.push(place);
    findings.report(place, message).help(help).object(cx.project.object(object)).label(user, used);
}

/// The usages of a certificate that may not serve.
fn usages(certificate: &Certificate) -> Option<String> {
    let usages = certificate.usages.as_ref().filter(|_| !certificate.serves())?;
    Some(usages.iter().map(|it| it.name()).collect::<Vec<_>>().join(", "))
}

fn issued_usages(issued: &IssuedCertificate) -> Option<(Place, String)> {
    let usages = issued.usages.as_ref()?;
    let extended: Vec<&str> = usages
        .iter()
        .map(|it| &*it.value)
        .filter(|it| EXTENDED.contains(it) || *it == "any")
        .collect();
    if extended.is_empty() || extended.iter().any(|it| matches!(*it, "server auth" | "any")) {
        return None;
    }
    Some((usages.first()?.place, extended.join(", ")))
}
