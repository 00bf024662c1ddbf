//! Certificates and keys as a repository holds them: what PEM text decodes to, the Secrets that
//! carry it, and who asks for a certificate of which issuer.
//!
//! Public halves only: of a private key this keeps the public key that belongs to it, never a byte
//! of its own. Whether a chain verifies is decided in `goready_sim::x509`.

use std::{fmt, net::IpAddr, sync::Arc};

use crate::{FileId, Located, Month, NodeId, ObjectId, Place};

/// A moment in seconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    pub const DAY: i64 = 24 * 60 * 60;

    /// The month it lies in.
    pub fn month(self) -> Month {
        let (year, month, _) = self.date();
        Month {
            year: u16::try_from(year).unwrap_or_default(),
            month: u8::try_from(month).unwrap_or_default(),
        }
    }

    /// Year, month and day in the Gregorian calendar (H. Hinnant, `civil_from_days`).
    fn date(self) -> (i64, i64, i64) {
        let days = self.0.div_euclid(Self::DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }
}

/// The day: `2027-01-31`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Text that is meant to hold PEM: a file, a value of a Secret, a `caBundle`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemText {
    /// The value, or the file's first block.
    pub place: Place,
    pub encoding: PemEncoding,
    /// Everything between `-----BEGIN` and `-----END` that Go's `encoding/pem` decodes, in order.
    pub blocks: Vec<PemBlock>,
    /// Nothing but white space.
    pub empty: bool,
}

/// How the text lies in its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PemEncoding {
    /// As it is, or base64 where base64 is asked for.
    Fine,
    /// Base64 is asked for, and this is PEM as it is.
    PemInsteadOfBase64,
    /// Base64 is asked for, and this is something else.
    NotBase64,
}

/// One PEM block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemBlock {
    pub place: Place,
    /// `CERTIFICATE`.
    pub label: String,
    /// It has lines such as `Proc-Type: 4,ENCRYPTED`.
    pub has_headers: bool,
    pub content: PemContent,
}

/// What a PEM block holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PemContent {
    Certificate(Arc<Certificate>),
    /// Labelled `CERTIFICATE`, but none that Go reads; why.
    MalformedCertificate(String),
    /// A private key, by the public key that belongs to it.
    PrivateKey(PublicKey),
    /// A private key behind a passphrase.
    EncryptedKey,
    /// Labelled as a private key, but none that Go reads.
    MalformedKey,
    Other,
}

impl PemText {
    /// Certificates of the blocks that are labelled so, in order.
    pub fn certificates(&self) -> impl Iterator<Item = (&PemBlock, &Arc<Certificate>)> {
        self.blocks.iter().filter_map(|it| match &it.content {
            PemContent::Certificate(certificate) => Some((it, certificate)),
            _ => None,
        })
    }

    /// Certificates that make a pool of trusted roots: blocks with headers are not taken
    /// (k8s.io/client-go `util/cert/pem.go`, `ParseCertsPEM`).
    pub fn roots(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.certificates().filter(|(block, _)| !block.has_headers).map(|(_, it)| it)
    }

    /// The block Go reads as the private key: the first one labelled as such
    /// (crypto/tls `X509KeyPair`).
    pub fn key(&self) -> Option<&PemBlock> {
        self.blocks.iter().find(|it| it.is_key())
    }
}

impl PemBlock {
    pub fn is_key(&self) -> bool {
        self.label == "PRIVATE KEY" || self.label.ends_with(" PRIVATE KEY")
    }

    pub fn is_certificate(&self) -> bool {
        self.label == "CERTIFICATE"
    }
}

/// A certificate, as far as Go's `crypto/x509` asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The DER bytes: two certificates are one when these are equal.
    pub raw: Vec<u8>,
    /// The signed part of `raw`.
    pub signed: Vec<u8>,
    pub signature: Vec<u8>,
    pub signature_algorithm: SignatureAlgorithm,
    /// The names as bytes, which Go compares, and as people read them: `CN=Shop Issuing CA`.
    pub subject: Vec<u8>,
    pub subject_text: String,
    pub issuer: Vec<u8>,
    pub issuer_text: String,
    pub common_name: String,
    /// A subject alternative name extension is there, with whatever kinds of names.
    pub has_alternative_names: bool,
    pub dns_names: Vec<String>,
    pub addresses: Vec<IpAddr>,
    pub not_before: Moment,
    pub not_after: Moment,
    /// X.509 version, 1 to 3.
    pub version: u32,
    /// `None` without basic constraints.
    pub is_authority: Option<bool>,
    pub path_length: Option<u32>,
    /// `None` without a key usage extension, else whether it allows to sign certificates.
    pub signs_certificates: Option<bool>,
    /// `None` without an extended key usage extension.
    pub usages: Option<Vec<ExtendedUsage>>,
    pub name_constraints: Option<NameConstraints>,
    pub public_key: PublicKey,
    pub subject_key_id: Option<Vec<u8>>,
    pub authority_key_id: Option<Vec<u8>>,
}

impl Certificate {
    /// Names its own subject as the issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether a TLS server may show it (crypto/x509 `checkChainForKeyUsage`): no list at all
    /// allows everything.
    pub fn serves(&self) -> bool {
        self.usages.as_ref().is_none_or(|usages| {
            usages.iter().any(|it| matches!(it, ExtendedUsage::Any | ExtendedUsage::ServerAuth))
        })
    }
}

/// An extended key usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtendedUsage {
    Any,
    ServerAuth,
    ClientAuth,
    /// Any other, by its usual name or its number.
    Other(String),
}

impl ExtendedUsage {
    pub fn name(&self) -> &str {
        match self {
            Self::Any => "any",
            Self::ServerAuth => "server auth",
            Self::ClientAuth => "client auth",
            Self::Other(name) => name,
        }
    }
}

/// DNS name constraints of an authority; of other kinds of names only that they are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameConstraints {
    pub permitted: Vec<String>,
    pub excluded: Vec<String>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// Both numbers big-endian, without leading zeros.
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The point uncompressed (SEC 1); empty when only the curve is known.
    Ecdsa {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
    /// An algorithm that Go's `crypto/tls` does not take, by its number.
    Other(String),
}

impl PublicKey {
    /// `RSA 2048`, `ECDSA P-256`.
    pub fn name(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA {}", self.bits()),
            Self::Ecdsa { curve, .. } => format!("ECDSA {}", curve.name()),
            Self::Ed25519(_) => "Ed25519".to_owned(),
            Self::Other(oid) => format!("algorithm {oid}"),
        }
    }

    /// Length of an RSA modulus; 0 for others.
    pub fn bits(&self) -> usize {
        match self {
            Self::Rsa { modulus, .. } => modulus
                .first()
                .map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize),
            _ => 0,
        }
    }
}

/// Curves of Go's `crypto/elliptic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    pub fn name(self) -> &'static str {
        match self {
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }
}

/// How a certificate is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    RsaPkcs1(HashAlgorithm),
    RsaPss(HashAlgorithm),
    Ecdsa(HashAlgorithm),
    Ed25519,
    /// One that Go does not know, by its number.
    Other(String),
}

impl SignatureAlgorithm {
    /// `SHA256-RSA`, as Go prints them.
    pub fn name(&self) -> String {
        match self {
            Self::RsaPkcs1(hash) => format!("{}-RSA", hash.name()),
            Self::RsaPss(hash) => format!("{}-RSAPSS", hash.name()),
            Self::Ecdsa(hash) => format!("ECDSA-{}", hash.name()),
            Self::Ed25519 => "Ed25519".to_owned(),
            Self::Other(oid) => oid.clone(),
        }
    }

    pub fn hash(&self) -> Option<HashAlgorithm> {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) => Some(*hash),
            Self::Ed25519 | Self::Other(_) => None,
        }
    }
}

/// The hash of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashAlgorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl HashAlgorithm {
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    /// Go refuses it in signatures (crypto/x509 `checkSignature`; SHA-1 since Go 1.18).
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1)
    }
}

/// A file with certificates or a key.
#[derive(Debug, Clone)]
pub struct PemFile {
    pub file: FileId,
    pub text: PemText,
    /// In tests, testdata, examples or documentation.
    pub sample: bool,
}

/// A pair of certificate chain and key in one Secret.
#[derive(Debug, Clone)]
pub struct TlsSecret {
    pub object: ObjectId,
    /// `tls.crt`; the name of the entry in use.
    pub chain_key: String,
    /// `None` when the entry is absent or its value is not known.
    pub chain: Option<PemText>,
    /// `tls.key`.
    pub key_key: String,
    pub key: Option<PemText>,
    /// `ca.crt`.
    pub authority: Option<PemText>,
    /// In tests, testdata, examples or documentation.
    pub sample: bool,
}

/// A certificate that a controller issues into a Secret: a `Certificate` of cert-manager.
#[derive(Debug, Clone)]
pub struct IssuedCertificate {
    pub object: ObjectId,
    /// `spec.secretName`.
    pub secret: Option<Located<String>>,
    /// `spec.dnsNames`, or the place where it would go; `None` when a name is not known.
    pub dns_names: Option<Vec<Located<String>>>,
    pub dns_place: Place,
    /// `spec.usages`, `None` when it is not written.
    pub usages: Option<Vec<Located<String>>>,
    /// It is to sign others, not to be shown by a server.
    pub is_authority: bool,
}

/// What calls a service over TLS with a CA bundle of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WebhookKind {
    Validating,
    Mutating,
    /// `spec.conversion` of a CustomResourceDefinition.
    Conversion,
    /// An aggregated API.
    ApiService,
}

/// One call of the API server into a service.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub object: ObjectId,
    pub kind: WebhookKind,
    /// The webhook's name; for others the object's.
    pub name: String,
    /// The list entry of the webhook, the `webhook` of a conversion, the `spec` of an APIService.
    pub node: NodeId,
    /// The mapping that holds `service` and `caBundle`.
    pub client: NodeId,
    pub target: WebhookTarget,
    /// The name that the certificate must cover: `<service>.<namespace>.svc`, or the host of the
    /// URL. `None` when it is not known.
    pub host: Option<String>,
    pub bundle: crate::Field<PemText>,
    /// What fills `caBundle` at run time, as far as the repository shows.
    pub injector: Option<String>,
    /// The Service of the same unit.
    pub service: Option<crate::ServiceId>,
    /// Workloads behind the Service.
    pub backends: Vec<crate::WorkloadId>,
    /// Certificates that the backends may show, each with the mount that says so.
    pub serving: Vec<Serving>,
}

/// Where a webhook lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookTarget {
    Service {
        name: Located<String>,
        /// As written; `None` when it is not known or left to the unit.
        namespace: Option<Located<String>>,
        /// `None` when it is not known; 443 when it is not written.
        port: Option<i64>,
        path: Option<Located<String>>,
    },
    Url(Located<String>),
    /// Templated, or neither of the two.
    Unknown,
}

/// A certificate that a backend may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serving {
    pub source: ServingSource,
    /// The Secret's name where the pod mounts it.
    pub mount: Place,
}

/// Where a serving certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServingSource {
    /// Index into `Project::tls_secrets`.
    Secret(usize),
    /// Index into `Project::issued`.
    Issued(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_days() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (4_102_444_799, "2099-12-31"),
            (253_402_300_799, "9999-12-31"),
        ] {
            assert_eq!(Moment(seconds).to_string(), day);
        }
    }

    #[test]
    fn the_length_of_a_modulus_counts_from_its_first_bit() {
        let key = PublicKey::Rsa { modulus: vec![0x01, 0xff], exponent: vec![3] };
        assert_eq!(key.bits(), 9);
        assert_eq!(key.name(), "RSA 9");
    }
}
