//! A committed certificate that is expired, not yet valid, or about to expire.
//!
//! ## What it does
//! Reads certificates in Secrets, in the `caBundle` of webhooks and in files (`.pem`, `.crt`), and
//! compares their dates with the day. A certificate is valid until its `NotAfter`, nothing happens
//! before; less than 30 days left are a risk. In a bundle one valid certificate is enough, and an
//! intermediate counts only where the chain has no other way. Test data is left alone.
//!
//! ## Why is this bad
//! Every handshake fails with `x509: certificate has expired or is not yet valid`.
//!
//! ## Example
//! `secret.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Secret
//! metadata: {name: webhook-tls, namespace: shop}
//! type: kubernetes.io/tls
//! stringData:
//!   tls.crt: |
//!     -----BEGIN CERTIFICATE-----
//!     MIIBOjCB7aADAgECAgFsMAUGAytlcDAXMRUwEwYDVQQDEwxTaG9wIFJvb3QgQ0Ew
//!     HhcNMjMwMzAxMDAwMDAwWhcNMjQwMzAxMDAwMDAwWjASMRAwDgYDVQQDEwd3ZWJo
//!     b29rMCowBQYDK2VwAyEAjUR5fl4tQHs3gZ/7noj+aSsRn8XvXhQTo/mULH8iRnij
//!     YzBhMBMGA1UdJQQMMAoGCCsGAQUFBwMBMAwGA1UdEwEB/wQCMAAwHwYDVR0jBBgw
//!     FoAUErI9y/6xsO0JA9bzbJm7767j1ZUwGwYDVR0RBBQwEoIQd2ViaG9vay5zaG9w
//!     LnN2YzAFBgMrZXADQQCIDLlHGCc3gclNBuGknxoVtWa8tZucu6Y26xr2N1yBlSwJ
//!     UaujZmSqb/D26+oZRWMpnn8bfyulbxj+AXdNLzQD
//!     -----END CERTIFICATE-----
//!   tls.key: |
//!     -----BEGIN PRIVATE KEY-----
//!     MC4CAQAwBQYDK2VwBCIEIK4onNJzRkc6AQvrvCvojnH6sfLj9mJehod1Apm8vP0c
//!     -----END PRIVATE KEY-----
//! ```
//!
//! ## Use instead
//! `secret.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Secret
//! metadata: {name: webhook-tls, namespace: shop}
//! type: kubernetes.io/tls
//! stringData:
//!   tls.crt: |
//!     -----BEGIN CERTIFICATE-----
//!     MIIBPDCB76ADAgECAgFoMAUGAytlcDAXMRUwEwYDVQQDEwxTaG9wIFJvb3QgQ0Ew
//!     IBcNMjAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBIxEDAOBgNVBAMTB3dl
//!     Ymhvb2swKjAFBgMrZXADIQANSd9ZSTfdNimIHxCUgVUw56AMGa2bHsFML7BS9DfR
//!     uKNjMGEwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0TAQH/BAIwADAfBgNVHSME
//!     GDAWgBQSsj3L/rGw7QkD1vNsmbvvruPVlTAbBgNVHREEFDASghB3ZWJob29rLnNo
//!     b3Auc3ZjMAUGAytlcANBAJZkeZElyjtu42Um+NlQppJTimZsE6pkq8fxQG9ZZEtB
//!     STsZpaGwQ4USm5g94WQdRb6DZxPzNSPsawgJeWyDIQc=
//!     -----END CERTIFICATE-----
//!   tls.key: |
//!     -----BEGIN PRIVATE KEY-----
//!     MC4CAQAwBQYDK2VwBCIEIAbm162Zwam3sHy9jwaDWqnxKtBBWvrwoqOpiBZisgzZ
//!     -----END PRIVATE KEY-----
//! ```
//!
//! ## References
//! - [RFC 5280, section 4.1.2.5: Validity](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5)

use goready_model::{
    Certificate, Confidence, Field, Moment, Object, Outcome, PemText, Place, Profile,
};
use goready_sim::x509::{self, Refusal};

use super::shown;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["IST0161"],
    check: Check::Project(check),
};

/// Days before the end at which somebody should have renewed.
const SOON: i64 = 30;

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let Some(now) = cx.settings.now else { return };
    let mut report = Report { now, told: Vec::new(), findings };
    for secret in cx.project.tls_secrets.iter().filter(|it| !it.sample) {
        let Some((block, leaf)) = secret.chain.as_ref().and_then(|it| it.certificates().next())
        else {
            continue;
        };
        let entry = shown::entry(cx, secret, &secret.chain_key);
        let object = cx.project.object(secret.object);
        report.judge(leaf, block.place, &entry, Some(object));
    }
    for webhook in &cx.project.webhooks {
        let object = cx.project.object(webhook.object);
        // What is written is replaced where something fills the bundle.
        if let (Field::Set(bundle), None) = (&webhook.bundle, &webhook.injector) {
            let name = format!("caBundle of \"{}\"", webhook.name);
            report.bundle(&bundle.value, &name, Some(object));
        }
        if let Some((shown, Refusal::Date(certificate))) = shown::refused(cx, webhook) {
            let entry = shown::entry(cx, shown.secret, &shown.secret.chain_key);
            let named = if certificate.raw == shown.leaf.raw {
                entry
            } else {
                format!("\"{}\", which verifies {entry},", certificate.subject_text)
            };
            let is_root = shown::roots(webhook)
                .is_some_and(|it| it.iter().any(|it| it.raw == certificate.raw));
            let place = if is_root { webhook.bundle.place() } else { shown.place };
            report.judge(certificate, place, &named, Some(object));
        }
    }
    for file in cx.project.pem_files.iter().filter(|it| !it.sample) {
        report.bundle(&file.text, cx.project.path(file.file), None);
    }
}

/// Reports each place once.
struct Report<'f> {
    now: Moment,
    told: Vec<Place>,
    findings: &'f mut Findings,
}

impl Report<'_> {
    /// Of several certificates one that is good for longest speaks for all.
    fn bundle(&mut self, text: &PemText, name: &str, object: Option<&Object>) {
        let certificates = text.certificates().filter(|(block, _)| !block.has_headers);
        let is_valid = |it: &Certificate| !x509::is_out_of_date(it, Some(self.now));
        let best = certificates.max_by_key(|(_, it)| (is_valid(it), it.not_after));
        if let Some((block, certificate)) = best {
            self.judge(certificate, block.place, name, object);
        }
    }

    fn judge(
        &mut self,
        certificate: &Certificate,
        place: Place,
        name: &str,
        object: Option<&Object>,
    ) {
        let Some((message, outcome)) = self.verdict(certificate, name) else { return };
        if self.told.contains(&place) {
            return;
        }
        self.told.push(place);
        let draft = self
            .findings
            .report(place, message)
            .outcome(outcome)
            .help("issue a new certificate, better with cert-manager");
        match object {
            Some(object) => draft.object(object),
            // Whether somebody serves a file is not known.
            None => draft.confidence(Confidence::Likely),
        };
    }

    fn verdict(&self, certificate: &Certificate, name: &str) -> Option<(String, Outcome)> {
        let (now, end) = (self.now, certificate.not_after);
        if now > end {
            return Some((format!("{name} expired on {end}"), Outcome::Broken));
        }
        if now < certificate.not_before {
            let message = format!("{name} is valid from {} only", certificate.not_before);
            return Some((message, Outcome::Broken));
        }
        let days = (end.0 - now.0) / Moment::DAY;
        (days < SOON).then(|| (format!("{name} expires on {end}, in {days} days"), Outcome::Risk))
    }
}
