//! Whether a server can load a certificate with its key (crypto/tls `X509KeyPair`).

use goready_model::{PemContent, PemText, PublicKey};

/// Why a server does not start with a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairFault {
    /// No PEM at all in the certificate's text.
    NoCertificatePem,
    /// PEM, but no certificate; what there is instead.
    NoCertificate(Vec<String>),
    /// The two texts are the wrong way round.
    Switched,
    MalformedCertificate(String),
    /// No PEM at all in the key's text.
    NoKeyPem,
    /// PEM, but no private key; what there is instead.
    NoKey(Vec<String>),
    /// A certificate where the key should be.
    CertificateAsKey,
    EncryptedKey,
    MalformedKey,
    /// The certificate's key has an algorithm that TLS does not take.
    UnknownAlgorithm(String),
    /// Keys of two kinds.
    KeyType {
        certificate: String,
        key: String,
    },
    /// Another key. `elsewhere` is the position of the certificate it belongs to, from 0, when the
    /// text has that one further down.
    Mismatch {
        elsewhere: Option<usize>,
    },
}

/// Judges a pair in the order in which Go does.
pub fn key_pair(chain: &PemText, key: &PemText) -> Result<(), PairFault> {
    let labels = |text: &PemText| text.blocks.iter().map(|it| it.label.clone()).collect();
    let Some(leaf) = chain.blocks.iter().find(|it| it.is_certificate()) else {
        let switched = chain.key().is_some() && key.blocks.iter().any(|it| it.is_certificate());
        return Err(match chain.blocks.as_slice() {
            [] => PairFault::NoCertificatePem,
            _ if switched => PairFault::Switched,
            _ => PairFault::NoCertificate(labels(chain)),
        });
    };
    let Some(block) = key.key() else {
        return Err(match key.blocks.as_slice() {
            [] => PairFault::NoKeyPem,
            [only] if only.is_certificate() => PairFault::CertificateAsKey,
            _ => PairFault::NoKey(labels(key)),
        });
    };
    let leaf = match &leaf.content {
        PemContent::Certificate(it) => it,
        PemContent::MalformedCertificate(why) => {
            return Err(PairFault::MalformedCertificate(why.clone()));
        }
        _ => return Ok(()),
    };
    let public = match &block.content {
        PemContent::PrivateKey(it) => it,
        PemContent::EncryptedKey => return Err(PairFault::EncryptedKey),
        _ => return Err(PairFault::MalformedKey),
    };
    match (&leaf.public_key, public) {
        (PublicKey::Other(oid), _) => Err(PairFault::UnknownAlgorithm(oid.clone())),
        // The point of a P-224 key is not always known.
        (_, PublicKey::Ecdsa { point, .. }) if point.is_empty() => Ok(()),
        (one, other) if one == other => Ok(()),
        (one, other) if std::mem::discriminant(one) != std::mem::discriminant(other) => {
            Err(PairFault::KeyType { certificate: one.name(), key: other.name() })
        }
        (_, other) => {
            let elsewhere = chain.certificates().position(|(_, it)| it.public_key == *other);
            Err(PairFault::Mismatch { elsewhere })
        }
    }
}
