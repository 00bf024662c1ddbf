//! A webhook's CA bundle cannot be read, or does not verify the certificate that the webhook shows.
//!
//! ## What it does
//! Reads `caBundle` of webhooks, CRD conversions and APIServices as the API server does: base64 of
//! PEM with at least one `CERTIFICATE` block. Where the Secret that the webhook's workload mounts is
//! in the repository, the chain in its `tls.crt` is verified against the bundle: signatures,
//! certificate authorities, path lengths, name constraints and key usages, as Go does. A leaf that is
//! itself the bundle is accepted, and so is a bundle of which one certificate of several fits.
//!
//! ## Why is this bad
//! Every call fails with `unable to load root certificates` or `x509: certificate signed by unknown
//! authority`. A bundle that is no base64 is refused when the object is created.
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
//!       caBundle: Q0FfUExBQ0VIT0xERVI=
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
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: shop, path: /validate}
//!       caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJRENCMDZBREFnRUNBZ0ZsTUFVR0F5dGxjREFYTVJVd0V3WURWUVFERXd4VGFHOXdJRkp2YjNRZ1EwRXcKSUJjTk1qQXdNVEF4TURBd01EQXdXaGdQTWpBNU9UQXhNREV3TURBd01EQmFNQmN4RlRBVEJnTlZCQU1UREZObwpiM0FnVW05dmRDQkRRVEFxTUFVR0F5dGxjQU1oQUlGZk1BTTkwcUovVnc4bDF2MWE1bkY1Tkk5TXBDc1VDYXZWCmpLUHAxWW9zbzBJd1FEQU9CZ05WSFE4QkFmOEVCQU1DQWdRd0R3WURWUjBUQVFIL0JBVXdBd0VCL3pBZEJnTlYKSFE0RUZnUVVFckk5eS82eHNPMEpBOWJ6YkptNzc2N2oxWlV3QlFZREsyVndBMEVBSllWNjZWblhtUjNpelRTRgpVbjdFend4TDhBZC9PM2dsMXVPSmxIWDVuTDFWNFBrYjgzclBzMnl2dmpvbnNkWWpMckNHWGgrbWxpWC9JdnpZClp4aklDUT09Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K
//!     rules:
//!       - apiGroups: [""]
//!         apiVersions: [v1]
//!         operations: [CREATE]
//!         resources: [pods]
//! ```
//!
//! ## References
//! - [Dynamic admission control: contacting the webhook](https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook)
//! - [crypto/x509: Certificate.Verify](https://pkg.go.dev/crypto/x509#Certificate.Verify)

use goready_model::{
    Certificate, Confidence, Field, Object, Outcome, PemBlock, PemContent, PemEncoding, PemText,
    Place, Profile, Webhook,
};
use goready_sim::x509::Refusal;

use super::shown;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    for webhook in cx.project.webhooks_of(object.id) {
        let Field::Set(bundle) = &webhook.bundle else { continue };
        let place = bundle.place;
        let bundle = &bundle.value;
        if bundle.encoding != PemEncoding::Fine {
            not_base64(bundle, place, findings);
        } else if webhook.injector.is_some() || bundle.empty {
            // A placeholder that somebody replaces, or another finding.
        } else if bundle.roots().next().is_none() {
            no_root(bundle, place, findings);
        } else {
            unverified(cx, webhook, place, findings);
        }
    }
}

fn not_base64(bundle: &PemText, place: Place, findings: &mut Findings) {
    let message = match bundle.encoding {
        PemEncoding::PemInsteadOfBase64 => "caBundle is PEM, the API server wants base64 of it",
        PemEncoding::NotBase64 | PemEncoding::Fine => "caBundle is not base64",
    };
    findings
        .report(place, message)
        .outcome(Outcome::Rejected)
        .help("write the output of `base64 -w0 ca.crt`");
}

fn no_root(bundle: &PemText, place: Place, findings: &mut Findings) {
    let message = match bundle.blocks.as_slice() {
        [] => "caBundle holds no PEM block".to_owned(),
        [block, ..] => format!("caBundle holds no usable certificate, {}", why_unusable(block)),
    };
    findings.report(place, message).help("write the CA certificate as a `CERTIFICATE` block");
}

fn why_unusable(block: &PemBlock) -> String {
    match &block.content {
        PemContent::MalformedCertificate(why) => why.clone(),
        PemContent::Certificate(_) => "its block has headers, which are not allowed".to_owned(),
        _ => format!("only a block `{}`", block.label),
    }
}

/// Reports a chain that fails for a reason that lies with the authorities.
fn unverified(cx: &Cx<'_>, webhook: &Webhook, place: Place, findings: &mut Findings) {
    let Some((shown, refusal)) = shown::refused(cx, webhook) else { return };
    let entry = shown::entry(cx, shown.secret, &shown.secret.chain_key);
    let is_leaf = |it: &Certificate| it.raw == shown.leaf.raw;
    let why = match refusal {
        // What the leaf itself lacks, its dates and its algorithm are findings of other rules.
        Refusal::Date(_) | Refusal::Weak(_) => return,
        Refusal::Usage(it) if is_leaf(it) => return,
        Refusal::UnknownAuthority(it) if is_leaf(it) && !it.is_self_issued() => return,
        Refusal::UnknownAuthority(it) if is_leaf(it) => {
            "it is self-signed and not in the bundle".to_owned()
        }
        Refusal::UnknownAuthority(it) => {
            format!("it lacks \"{}\", the issuer of \"{}\"", it.issuer_text, it.subject_text)
        }
        Refusal::Signature(child, parent) => {
            format!(
                "\"{}\" is not signed by the key of \"{}\"",
                child.subject_text, parent.subject_text
            )
        }
        Refusal::NotAuthority(it) => format!("\"{}\" may not sign certificates", it.subject_text),
        Refusal::PathTooLong(it) => {
            format!("\"{}\" allows fewer authorities below it", it.subject_text)
        }
        Refusal::Names(it) => {
            format!("name constraints of \"{}\" forbid the names of the leaf", it.subject_text)
        }
        Refusal::Usage(it) => {
            format!("\"{}\" is not for server authentication", it.subject_text)
        }
    };
    findings
        .report(place, format!("caBundle does not verify {entry}: {why}"))
        .confidence(Confidence::Likely)
        .help("write the CA that issued the certificate as `caBundle`")
        .label(shown.place, "the certificate that the webhook shows")
        .label(shown.mount, "the workload mounts it");
}
