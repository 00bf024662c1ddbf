//! A certificate with a weak key, or with a signature that Go refuses.
//!
//! ## What it does
//! Looks at the committed certificates that workloads mount: RSA keys below 2048 bits are a risk,
//! below 1024 bits and on the curve P-224 no handshake succeeds. Signatures with SHA-1 or MD5 are
//! refused as well, except the one a root makes on itself, which nobody checks.
//!
//! ## Why is this bad
//! A key of 1024 bits can be broken with enough money. Smaller ones and old signatures are not
//! accepted by Go at all: `tls: handshake failure`, or `x509: cannot verify signature: insecure
//! algorithm SHA1-RSA`.
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
//!     MIIBszCCAWWgAwIBAgIBeTAFBgMrZXAwFzEVMBMGA1UEAxMMU2hvcCBSb290IENB
//!     MCAXDTIwMDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjASMRAwDgYDVQQDEwd3
//!     ZWJob29rMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC/zFsHbNcyMnBdmIhS
//!     cvnFjVroplDDSOYBp/FYiZRe2LiCeBxsYjDrkIM2XVx4bzxV+Z0wuITlJazbjSCc
//!     gG1BJNsKAEMxQtF77dJw6ejAgJMarWyQGDt1Gpg3pRsg4jfChrELJk9cGNXkTKiO
//!     NNhFffmkCdq0jqMgrxZWPB7TgwIDAQABo2MwYTATBgNVHSUEDDAKBggrBgEFBQcD
//!     ATAMBgNVHRMBAf8EAjAAMB8GA1UdIwQYMBaAFHNob3Agcm9vdCBjYSBrZXkgaWQu
//!     MBsGA1UdEQQUMBKCEHdlYmhvb2suc2hvcC5zdmMwBQYDK2VwA0EAmhR1yCiH2RFU
//!     A1K2A707LE6I+sBJc6dJeOmSGlkKN+Qz6W31XrJ+HxLv3TK+PlLmMFZyYPcn6tOI
//!     q81gE/RABg==
//!     -----END CERTIFICATE-----
//!   tls.key: |
//!     -----BEGIN PRIVATE KEY-----
//!     MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAL/MWwds1zIycF2Y
//!     iFJy+cWNWuimUMNI5gGn8ViJlF7YuIJ4HGxiMOuQgzZdXHhvPFX5nTC4hOUlrNuN
//!     IJyAbUEk2woAQzFC0Xvt0nDp6MCAkxqtbJAYO3UamDelGyDiN8KGsQsmT1wY1eRM
//!     qI402EV9+aQJ2rSOoyCvFlY8HtODAgMBAAECgYAM43qqgRHk+aa7Y2ilwbwvHlSh
//!     lauPs/Jg4hxByt0BkqazfcbLMb3/1nI60QNJxI/VZzS89WlYzLNU/aLXYXn17NHO
//!     kDnf3GDvT6UDZCFZ90KXa6OpzfgZ6sB3VUwjHhc1/Z+u73PeFPhByupD8F5tNxhR
//!     M5W4RCJw6KqOdTkRgQJBAPJDDowlCd77LeyXaCaX/8MfFe7vjjqyritGQZgo0ecM
//!     RVYNvJYoNXYuRwjRLtcHGFRw1JrSN7RBdA+DmX5uQHECQQDKrLZHN344T3apUhv+
//!     y91N0Cvo3AW5Jql41L8TBdDT+Mu7WkOvYTDRQSWRRAYo5gLBgr9lVIdw5PwyFtty
//!     Jk0zAkAIwdXHyRr3PXsmfz6bjokHQ5tmXLB2fLkBBXQfjPIxeOcUukBj6SYtlHSq
//!     4+zehvohK0b0Jb8vu+H3IZmt0UxxAkBRWuDUV4c4DVXBg+8u6SCNcqmdkGxPtSBE
//!     G4oTlbsMy4rkSshupuHUrYTp+ddLJYEnslcn0rWHcLN3W8t817kXAkEAqXxBdS+V
//!     eTkubtHuxZS3ey7In6+05YnXZOXHFGSVr0dTs/hUsVeC4reNOauGI4mQKNrDzWQH
//!     BYvBiWw30Nb8HQ==
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
//!     MIIBbDCCAR6gAwIBAgIBdTAFBgMrZXAwFzEVMBMGA1UEAxMMU2hvcCBSb290IENB
//!     MCAXDTIwMDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjASMRAwDgYDVQQDEwd3
//!     ZWJob29rMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU6s+zEioJQ7g1fY3SQgi
//!     pYlUvpKbkk3khjsfvVxmqKUYJJxruE7uLbtL7k+P8Y0IFsxhp8g+LnXPQAR5+Rwo
//!     pKNjMGEwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0TAQH/BAIwADAfBgNVHSME
//!     GDAWgBQSsj3L/rGw7QkD1vNsmbvvruPVlTAbBgNVHREEFDASghB3ZWJob29rLnNo
//!     b3Auc3ZjMAUGAytlcANBAFHdnFtoHQY3mcJ+P7WqjxGZSVQoZ5aVAdtqBfgNn+Fn
//!     IJ5K4sLbCAOxV4raY/I6o7bg7bioyfwkXHaDPz5HigA=
//!     -----END CERTIFICATE-----
//!   tls.key: |
//!     -----BEGIN PRIVATE KEY-----
//!     MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOo4T7ZpfqvBRiK4a
//!     i4E34utD6/74VZz0uerA1E+8IEihRANCAARTqz7MSKglDuDV9jdJCCKliVS+kpuS
//!     TeSGOx+9XGaopRgknGu4Tu4tu0vuT4/xjQgWzGGnyD4udc9ABHn5HCik
//!     -----END PRIVATE KEY-----
//! ```
//!
//! ## References
//! - [Go 1.18 release notes: crypto/x509](https://go.dev/doc/go1.18#sha1)
//! - [Go 1.24 release notes: crypto/rsa](https://go.dev/doc/go1.24#crypto/rsa)

use goready_model::{Certificate, Confidence, Curve, Outcome, Profile, PublicKey};

use super::shown;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["G403"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for secret in cx.project.tls_secrets.iter().filter(|it| !it.sample) {
        let Some(chain) = &secret.chain else { continue };
        for (index, (block, certificate)) in chain.certificates().enumerate() {
            let Some((what, outcome)) = weakness(certificate, index == 0) else { continue };
            let entry = shown::entry(cx, secret, &secret.chain_key);
            findings
                .report(block.place, format!("{entry} has {what}"))
                .outcome(outcome)
                .help("issue a certificate with ECDSA P-256 or RSA 2048, signed with SHA-256")
                .object(cx.project.object(secret.object));
        }
    }
}

/// What is weak about a certificate. Only the leaf's key takes part in the handshake.
fn weakness(certificate: &Certificate, is_leaf: bool) -> Option<(String, Outcome)> {
    let algorithm = &certificate.signature_algorithm;
    if algorithm.hash().is_some_and(|it| it.is_refused()) && !certificate.is_self_issued() {
        let message = format!("a signature with {}, which Go refuses", algorithm.name());
        return Some((message, Outcome::Broken));
    }
    match &certificate.public_key {
        PublicKey::Rsa { .. } => {
            let bits = certificate.public_key.bits();
            let outcome = if bits < 1024 { Outcome::Broken } else { Outcome::Risk };
            (bits < 2048).then(|| (format!("an RSA key with {bits} bits"), outcome))
        }
        PublicKey::Ecdsa { curve: Curve::P224, .. } if is_leaf => {
            Some(("a key on P-224, which TLS does not take".to_owned(), Outcome::Broken))
        }
        _ => None,
    }
}
