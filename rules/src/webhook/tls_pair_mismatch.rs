//! A committed certificate and key that a server cannot load as a pair.
//!
//! ## What it does
//! Reads the two entries of a Secret (`tls.crt` and `tls.key`) and the two files of a pair
//! (`server.crt` and `server.key`) as Go's `tls.X509KeyPair` does: PEM blocks, the first certificate,
//! the first private key, and whether they belong together. Encrypted keys, swapped entries and
//! indented PEM are reported too. Test data is left alone, and so is a Secret in which both entries
//! are empty: something fills it. The encrypted key of an authority (`ca.key`) and one that lies
//! beside its open form are no server's.
//!
//! ## Why is this bad
//! The server does not start: `tls: private key does not match public key`, or `tls: failed to find
//! any PEM data`.
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
//!     MC4CAQAwBQYDK2VwBCIEIKan4wOjO3xu3ryMroZa1EMO/MnzUPldYOpFIWdfe55G
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
//! - [crypto/tls: X509KeyPair](https://pkg.go.dev/crypto/tls#X509KeyPair)

use goready_model::{Confidence, Outcome, PemBlock, PemFile, PemText, Place, Profile, TlsSecret};
use goready_sim::x509::{self, PairFault};

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

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for secret in cx.project.tls_secrets.iter().filter(|it| !it.sample) {
        let (Some(chain), Some(key)) = (&secret.chain, &secret.key) else { continue };
        if chain.empty && key.empty {
            continue;
        }
        let name = &cx.project.object(secret.object).name;
        let names = Names {
            chain: &secret.chain_key,
            key: &secret.key_key,
            holder: &format!(" in Secret \"{name}\""),
        };
        report(chain, key, &names, Some(secret), cx, findings);
    }
    let files = cx.project.pem_files.iter().filter(|it| !it.sample);
    for (chain, key) in files.filter_map(|it| Some((it, key_file(cx, it)?))) {
        let path = |it: &PemFile| cx.project.path(it.file).to_owned();
        let names = Names { chain: &path(chain), key: &path(key), holder: "" };
        if !is_locked_away(cx, chain, key) {
            report(&chain.text, &key.text, &names, None, cx, findings);
        }
    }
}

/// What the two texts are called.
struct Names<'n> {
    chain: &'n str,
    key: &'n str,
    /// ` in Secret "webhook-tls"`.
    holder: &'n str,
}

/// The file that by its name holds the key to a file of certificates.
fn key_file<'p>(cx: &Cx<'p>, chain: &PemFile) -> Option<&'p PemFile> {
    let path = cx.project.path(chain.file);
    let (stem, extension) = path.rsplit_once('.')?;
    // `server.pem` beside `server.crt` may as well be the key in another form.
    let is_key = || {
        let mut blocks = chain.text.blocks.iter().peekable();
        blocks.peek().is_some() && blocks.all(PemBlock::is_key)
    };
    if extension == "pem" && !stem.ends_with("cert") && is_key() {
        return None;
    }
    let names = match extension {
        "crt" | "cert" | "cer" => vec![format!("{stem}.key"), format!("{stem}-key.pem")],
        "pem" => {
            let sibling = match stem.strip_suffix("cert") {
                Some(before) if before.is_empty() || before.ends_with(['/', '-', '_']) => {
                    format!("{before}key.pem")
                }
                _ => format!("{stem}-key.pem"),
            };
            vec![sibling, format!("{stem}.key")]
        }
        _ => return None,
    };
    let mut files = cx.project.pem_files.iter();
    files.find(|it| names.iter().any(|name| name == cx.project.path(it.file)))
}

/// Whether a key has a passphrase because no server is to load it: that of an authority signs, and
/// of others a form without one lies beside it.
fn is_locked_away(cx: &Cx<'_>, chain: &PemFile, key: &PemFile) -> bool {
    let is_locked = |it: &PemFile| {
        matches!(x509::key_pair(&chain.text, &it.text), Err(PairFault::EncryptedKey))
    };
    let stem = |it: &PemFile| {
        let path = cx.project.path(it.file);
        path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned()
    };
    let mine = stem(key);
    let signs = mine.rsplit(['/', '-', '_', '.']).next().is_some_and(|it| {
        ["ca", "rootca", "root"].iter().any(|name| it.eq_ignore_ascii_case(name))
    });
    let mut others = cx.project.pem_files.iter().filter(|it| it.file != key.file);
    let opened = |it: &PemFile| {
        stem(it) == mine && it.text.blocks.iter().any(PemBlock::is_key) && !is_locked(it)
    };
    is_locked(key) && (signs || others.any(opened))
}

fn report(
    chain: &PemText,
    key: &PemText,
    names: &Names<'_>,
    secret: Option<&TlsSecret>,
    cx: &Cx<'_>,
    findings: &mut Findings,
) {
    let Err(fault) = x509::key_pair(chain, key) else { return };
    let Some((at_key, message, help)) = describe(&fault, names) else { return };
    let (place, other, label): (Place, Place, _) = if at_key {
        (key.place, chain.place, "the certificate")
    } else {
        (chain.place, key.place, "the key")
    };
    let draft = findings.report(place, message).help(help).label(other, label);
    if let Some(secret) = secret {
        draft.object(cx.project.object(secret.object));
    }
}

/// Whether the key's text is at fault, what is wrong and what helps. `None` for what another rule
/// reports.
fn describe(fault: &PairFault, names: &Names<'_>) -> Option<(bool, String, &'static str)> {
    let Names { chain, key, holder } = names;
    let list = |labels: &[String]| {
        labels.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
    };
    Some(match fault {
        // The leaf is not first: `tls-chain-incomplete`.
        PairFault::Mismatch { elsewhere: Some(_) } => return None,
        PairFault::Mismatch { elsewhere: None } => (
            true,
            format!("{key} does not match {chain}{holder}"),
            "replace both by a pair that was made together",
        ),
        PairFault::KeyType { certificate, key: kind } => (
            true,
            format!("{key} is a key of {kind}, {chain} is of {certificate}{holder}"),
            "replace both by a pair that was made together",
        ),
        PairFault::EncryptedKey => (
            true,
            format!("{key}{holder} is encrypted, Go cannot load it"),
            "write the key without a passphrase",
        ),
        PairFault::MalformedKey => (
            true,
            format!("{key}{holder} holds no key that Go can read"),
            "write the key as PKCS #8, `openssl pkey` converts it",
        ),
        PairFault::NoKeyPem => {
            (true, format!("{key}{holder} holds no PEM block"), "write the key as PEM")
        }
        PairFault::CertificateAsKey => (
            true,
            format!("{key}{holder} holds a certificate instead of a key"),
            "write the private key there",
        ),
        PairFault::NoKey(labels) => (
            true,
            format!("{key}{holder} holds no private key, only {}", list(labels)),
            "write the private key there",
        ),
        PairFault::NoCertificatePem => {
            (false, format!("{chain}{holder} holds no PEM block"), "write the certificate as PEM")
        }
        PairFault::NoCertificate(labels) => (
            false,
            format!("{chain}{holder} holds no certificate, only {}", list(labels)),
            "write the certificate there",
        ),
        PairFault::Switched => {
            (false, format!("{chain} and {key} are switched{holder}"), "exchange the two values")
        }
        PairFault::MalformedCertificate(why) => (
            false,
            format!("the certificate in {chain}{holder} is malformed: {why}"),
            "issue the certificate again",
        ),
        PairFault::UnknownAlgorithm(oid) => (
            false,
            format!("{chain}{holder} has a key that TLS does not take (algorithm {oid})"),
            "use a key of ECDSA P-256 or RSA 2048",
        ),
    })
}
