//! A webhook has no CA bundle, and nothing in the repository fills it.
//!
//! ## What it does
//! Looks at webhooks, CRD conversions and APIServices that call a service and have no `caBundle`, or
//! an empty one. An annotation of cert-manager or OpenShift, a certificate job, the Operator
//! Lifecycle Manager, a script or Go code that writes the bundle anywhere in the repository counts
//! as filling it.
//!
//! ## Why is this bad
//! The API server falls back to the public roots of its own machine, and every call fails with `x509:
//! certificate signed by unknown authority`.
//!
//! ## Example
//! `webhook.yaml`:
//! ```yaml
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
//! - [Dynamic admission control: contacting the webhook](https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook)
//! - [cert-manager: CA injector](https://cert-manager.io/docs/concepts/ca-injector/)

use goready_model::{
    Confidence, Field, Object, Outcome, PemEncoding, Profile, WebhookKind, WebhookTarget,
};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    // A patch says nothing about what the object it is laid over has.
    if object.partial {
        return;
    }
    for webhook in cx.project.webhooks_of(object.id) {
        let calls_service = matches!(webhook.target, WebhookTarget::Service { .. });
        if !calls_service || webhook.injector.is_some() {
            continue;
        }
        let (place, state) = match &webhook.bundle {
            Field::Unset(place) => (*place, "not set"),
            Field::Set(bundle)
                if bundle.value.empty && bundle.value.encoding == PemEncoding::Fine =>
            {
                (bundle.place, "empty")
            }
            Field::Set(_) | Field::Dynamic(_) => continue,
        };
        let what = match webhook.kind {
            WebhookKind::Validating | WebhookKind::Mutating => "webhook",
            WebhookKind::Conversion => "the conversion of",
            WebhookKind::ApiService => "APIService",
        };
        // A name that is made at deployment is not known.
        let name = match &*webhook.name {
            "" => String::new(),
            name => format!(" \"{name}\""),
        };
        findings
            .report(place, format!("caBundle of {what}{name} is {state} and nothing fills it"))
            .help(
                "annotate the object with `cert-manager.io/inject-ca-from`, or write the CA as `caBundle`",
            );
    }
}
