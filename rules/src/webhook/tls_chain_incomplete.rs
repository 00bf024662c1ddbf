//! A committed `tls.crt` lacks the intermediate certificate, or its leaf is not first.
//!
//! ## What it does
//! Looks for the issuer of the first certificate in `tls.crt` of a Secret: in the rest of the file,
//! and in the `caBundle` of the webhook that the Secret's workload serves or in the Secret's own
//! `ca.crt`. Also reported is a file whose first certificate is not the one that `tls.key` belongs to,
//! while a later one is. A leaf that is itself trusted needs no issuer.
//!
//! ## Why is this bad
//! A server sends the certificates of this file and no others. Clients that know the root only answer
//! `x509: certificate signed by unknown authority`. With the leaf at another place the server does
//! not start: `tls: private key does not match public key`.
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
//!     MIIBPzCB8qADAgECAgFnMAUGAytlcDAaMRgwFgYDVQQDEw9TaG9wIElzc3Vpbmcg
//!     Q0EwIBcNMjAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBIxEDAOBgNVBAMT
//!     B3dlYmhvb2swKjAFBgMrZXADIQA46xbEB8xyQ0YRt7Ft8Nx89k5uqXaaoAT7EkJA
//!     XY+ttqNjMGEwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0TAQH/BAIwADAfBgNV
//!     HSMEGDAWgBS4NFQn1ttTfnw6X4dcKGGAx0LgoTAbBgNVHREEFDASghB3ZWJob29r
//!     LnNob3Auc3ZjMAUGAytlcANBABBNYox9i1+hMvMGAt3BUYNL4bScROlTmZ6pznEI
//!     Yf+khPjxvzEC1hDtGBTN5rXCW7QFbMniq7UDbE9PP4O+ZQ0=
//!     -----END CERTIFICATE-----
//!   tls.key: |
//!     -----BEGIN PRIVATE KEY-----
//!     MC4CAQAwBQYDK2VwBCIEIFrSTyccTObO5piCvtHCAluYsOZN/tV32h64utWMe6KE
//!     -----END PRIVATE KEY-----
//!   ca.crt: |
//!     -----BEGIN CERTIFICATE-----
//!     MIIBIDCB06ADAgECAgFlMAUGAytlcDAXMRUwEwYDVQQDEwxTaG9wIFJvb3QgQ0Ew
//!     IBcNMjAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBcxFTATBgNVBAMTDFNo
//!     b3AgUm9vdCBDQTAqMAUGAytlcAMhAIFfMAM90qJ/Vw8l1v1a5nF5NI9MpCsUCavV
//!     jKPp1Yoso0IwQDAOBgNVHQ8BAf8EBAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAdBgNV
//!     HQ4EFgQUErI9y/6xsO0JA9bzbJm7767j1ZUwBQYDK2VwA0EAJYV66VnXmR3izTSF
//!     Un7EzwxL8Ad/O3gl1uOJlHX5nL1V4Pkb83rPs2yvvjonsdYjLrCGXh+mliX/IvzY
//!     ZxjICQ==
//!     -----END CERTIFICATE-----
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
//!     MIIBPzCB8qADAgECAgFnMAUGAytlcDAaMRgwFgYDVQQDEw9TaG9wIElzc3Vpbmcg
//!     Q0EwIBcNMjAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBIxEDAOBgNVBAMT
//!     B3dlYmhvb2swKjAFBgMrZXADIQA46xbEB8xyQ0YRt7Ft8Nx89k5uqXaaoAT7EkJA
//!     XY+ttqNjMGEwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0TAQH/BAIwADAfBgNV
//!     HSMEGDAWgBS4NFQn1ttTfnw6X4dcKGGAx0LgoTAbBgNVHREEFDASghB3ZWJob29r
//!     LnNob3Auc3ZjMAUGAytlcANBABBNYox9i1+hMvMGAt3BUYNL4bScROlTmZ6pznEI
//!     Yf+khPjxvzEC1hDtGBTN5rXCW7QFbMniq7UDbE9PP4O+ZQ0=
//!     -----END CERTIFICATE-----
//!     -----BEGIN CERTIFICATE-----
//!     MIIBRDCB96ADAgECAgFmMAUGAytlcDAXMRUwEwYDVQQDEwxTaG9wIFJvb3QgQ0Ew
//!     IBcNMjAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBoxGDAWBgNVBAMTD1No
//!     b3AgSXNzdWluZyBDQTAqMAUGAytlcAMhAE+hfWfzvtDDtQlCcsw0t191iLoGub5l
//!     7vb2svyGcmn6o2MwYTAOBgNVHQ8BAf8EBAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAd
//!     BgNVHQ4EFgQUuDRUJ9bbU358Ol+HXChhgMdC4KEwHwYDVR0jBBgwFoAUErI9y/6x
//!     sO0JA9bzbJm7767j1ZUwBQYDK2VwA0EArlIxCMhqmEERxpO51zDZ30MtTVam0PCA
//!     lgzIpGr60/+Ij+L8ZqUxAlWHBbHH2jmLlwgdCMJuKsinLZd+mEiQBQ==
//!     -----END CERTIFICATE-----
//!   tls.key: |
//!     -----BEGIN PRIVATE KEY-----
//!     MC4CAQAwBQYDK2VwBCIEIFrSTyccTObO5piCvtHCAluYsOZN/tV32h64utWMe6KE
//!     -----END PRIVATE KEY-----
//!   ca.crt: |
//!     -----BEGIN CERTIFICATE-----
//!     MIIBIDCB06ADAgECAgFlMAUGAytlcDAXMRUwEwYDVQQDEwxTaG9wIFJvb3QgQ0Ew
//!     IBcNMjAwMTAxMDAwMDAwWhgPMjA5OTAxMDEwMDAwMDBaMBcxFTATBgNVBAMTDFNo
//!     b3AgUm9vdCBDQTAqMAUGAytlcAMhAIFfMAM90qJ/Vw8l1v1a5nF5NI9MpCsUCavV
//!     jKPp1Yoso0IwQDAOBgNVHQ8BAf8EBAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAdBgNV
//!     HQ4EFgQUErI9y/6xsO0JA9bzbJm7767j1ZUwBQYDK2VwA0EAJYV66VnXmR3izTSF
//!     Un7EzwxL8Ad/O3gl1uOJlHX5nL1V4Pkb83rPs2yvvjonsdYjLrCGXh+mliX/IvzY
//!     ZxjICQ==
//!     -----END CERTIFICATE-----
//! ```
//!
//! ## References
//! - [RFC 8446, section 4.4.2: Certificate](https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2)
//! - [crypto/x509: Certificate.Verify](https://pkg.go.dev/crypto/x509#Certificate.Verify)

use goready_model::{Certificate, Confidence, Outcome, Place, Profile, TlsSecret};
use goready_sim::x509::{self, PairFault, Refusal};

use super::shown::{self, Shown};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &["IST0161"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut told = Vec::new();
    for webhook in &cx.project.webhooks {
        let Some((shown, Refusal::UnknownAuthority(child))) = shown::refused(cx, webhook) else {
            continue;
        };
        if lacks_issuer(&shown, child) && !told.contains(&shown.place) {
            told.push(shown.place);
            report(cx, &shown, webhook.bundle.place(), "the bundle does not have it", findings);
        }
    }
    for secret in &cx.project.tls_secrets {
        wrong_order(cx, secret, findings);
        let Some(shown) = shown::of_secret(secret, place_of(secret)) else { continue };
        let Some(authority) = &secret.authority else { continue };
        let roots: Vec<_> = authority.roots().map(|it| &**it).collect();
        if roots.is_empty() || told.contains(&shown.place) {
            continue;
        }
        let rest: Vec<_> = shown.chain.certificates().skip(1).map(|(_, it)| &**it).collect();
        let judged = x509::verify(shown.leaf, &rest, &roots, cx.settings.now);
        if matches!(judged, Err(Refusal::UnknownAuthority(it)) if lacks_issuer(&shown, it)) {
            report(cx, &shown, authority.place, "`ca.crt` does not have it", findings);
        }
    }
}

/// The leaf's issuer is missing: of a self-signed leaf, or of an authority further up, the client
/// lacks something, not the file.
fn lacks_issuer(shown: &Shown<'_>, child: &Certificate) -> bool {
    child.raw == shown.leaf.raw && !child.is_self_issued()
}

fn place_of(secret: &TlsSecret) -> Place {
    let place = |it: &goready_model::PemText| it.place;
    secret.chain.as_ref().map_or_else(|| Place::new(goready_model::FileId(0), 0, 0), place)
}

fn report(cx: &Cx<'_>, shown: &Shown<'_>, roots: Place, label: &str, findings: &mut Findings) {
    let entry = shown::entry(cx, shown.secret, &shown.secret.chain_key);
    let issuer = &shown.leaf.issuer_text;
    findings
        .report(shown.place, format!("{entry} lacks the intermediate \"{issuer}\""))
        .help("append the intermediate certificate after the leaf")
        .object(cx.project.object(shown.secret.object))
        .label(roots, label);
}

/// The key belongs to a certificate further down.
fn wrong_order(cx: &Cx<'_>, secret: &TlsSecret, findings: &mut Findings) {
    let (Some(chain), Some(key)) = (&secret.chain, &secret.key) else { return };
    let Err(PairFault::Mismatch { elsewhere: Some(position) }) = x509::key_pair(chain, key) else {
        return;
    };
    let entry = shown::entry(cx, secret, &secret.chain_key);
    findings
        .report(
            chain.place,
            format!("{entry} has the leaf as certificate {}, it must be first", position + 1),
        )
        .help("write the leaf first, then the intermediates")
        .object(cx.project.object(secret.object))
        .label(key.place, "the key belongs to the leaf");
}
