//! One X.509 certificate in DER: what Go's `crypto/x509` asks of it.
//!
//! Syntax is the work of `x509-parser`. Where Go is stricter than it (trailing bytes, a negative
//! serial number, an extension twice) the certificate counts as malformed, as it does for Go 1.26.

use std::{net::IpAddr, sync::Arc};

use goready_model::{
    Certificate, Curve, ExtendedUsage, HashAlgorithm, Moment, NameConstraints, PemContent,
    PublicKey, SignatureAlgorithm,
};
use x509_parser::{
    asn1_rs::{self, FromDer as _, Oid},
    certificate::X509Certificate,
    extensions::{GeneralName, GeneralSubtree, ParsedExtension},
    objects::{oid_registry, oid2abbrev},
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name},
};

/// Reads one certificate.
pub(super) fn read(der: &[u8]) -> PemContent {
    match parse(der) {
        Ok(certificate) => PemContent::Certificate(Arc::new(certificate)),
        Err(why) => PemContent::MalformedCertificate(why.to_owned()),
    }
}

fn parse(der: &[u8]) -> Result<Certificate, &'static str> {
    let Ok((rest, parsed)) = X509Certificate::from_der(der) else {
        return Err("it is no X.509 certificate");
    };
    if !rest.is_empty() {
        return Err("bytes follow the certificate");
    }
    if parsed.raw_serial().first().is_some_and(|it| it & 0x80 != 0) {
        return Err("its serial number is negative");
    }
    if parsed.tbs_certificate.extensions_map().is_err() {
        return Err("an extension is there twice");
    }
    let public_key = public_key(parsed.public_key()).ok_or("its public key cannot be read")?;
    let mut certificate = Certificate {
        raw: der.to_vec(),
        signed: parsed.tbs_certificate.as_ref().to_vec(),
        signature: parsed.signature_value.data.to_vec(),
        signature_algorithm: signature_algorithm(&parsed.signature_algorithm),
        subject: parsed.subject().as_raw().to_vec(),
        subject_text: name(parsed.subject()),
        issuer: parsed.issuer().as_raw().to_vec(),
        issuer_text: name(parsed.issuer()),
        common_name: parsed
            .subject()
            .iter_common_name()
            .last()
            .and_then(|it| it.as_str().ok())
            .unwrap_or_default()
            .to_owned(),
        has_alternative_names: false,
        dns_names: Vec::new(),
        addresses: Vec::new(),
        not_before: Moment(parsed.validity().not_before.timestamp()),
        not_after: Moment(parsed.validity().not_after.timestamp()),
        version: parsed.version().0 + 1,
        is_authority: None,
        path_length: None,
        signs_certificates: None,
        usages: None,
        name_constraints: None,
        public_key,
        subject_key_id: None,
        authority_key_id: None,
    };
    for extension in parsed.extensions() {
        extend(&mut certificate, extension.parsed_extension())?;
    }
    Ok(certificate)
}

/// Takes over one extension.
fn extend(
    certificate: &mut Certificate,
    extension: &ParsedExtension<'_>,
) -> Result<(), &'static str> {
    match extension {
        ParsedExtension::SubjectAlternativeName(names) => {
            certificate.has_alternative_names = true;
            for name in &names.general_names {
                match name {
                    GeneralName::DNSName(name) => certificate.dns_names.push((*name).to_owned()),
                    GeneralName::IPAddress(bytes) => {
                        certificate
                            .addresses
                            .push(address(bytes).ok_or("an address is malformed")?);
                    }
                    GeneralName::Invalid(..) => return Err("an alternative name is malformed"),
                    _ => {}
                }
            }
        }
        ParsedExtension::BasicConstraints(constraints) => {
            certificate.is_authority = Some(constraints.ca);
            certificate.path_length = constraints.path_len_constraint;
        }
        ParsedExtension::KeyUsage(usage) => {
            certificate.signs_certificates = Some(usage.key_cert_sign());
        }
        ParsedExtension::ExtendedKeyUsage(usage) => {
            let known = [
                (usage.any, ExtendedUsage::Any),
                (usage.server_auth, ExtendedUsage::ServerAuth),
                (usage.client_auth, ExtendedUsage::ClientAuth),
                (usage.code_signing, ExtendedUsage::Other("code signing".to_owned())),
                (usage.email_protection, ExtendedUsage::Other("email protection".to_owned())),
                (usage.time_stamping, ExtendedUsage::Other("time stamping".to_owned())),
                (usage.ocsp_signing, ExtendedUsage::Other("ocsp signing".to_owned())),
            ];
            let mut usages: Vec<_> =
                known.into_iter().filter(|(is_set, _)| *is_set).map(|(_, usage)| usage).collect();
            usages.extend(usage.other.iter().map(|it| ExtendedUsage::Other(it.to_id_string())));
            certificate.usages = Some(usages);
        }
        ParsedExtension::NameConstraints(constraints) => {
            certificate.name_constraints = Some(NameConstraints {
                permitted: domains(constraints.permitted_subtrees.as_deref()),
                excluded: domains(constraints.excluded_subtrees.as_deref()),
            });
        }
        ParsedExtension::SubjectKeyIdentifier(id) => {
            certificate.subject_key_id = Some(id.0.to_vec());
        }
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            certificate.authority_key_id = id.key_identifier.as_ref().map(|it| it.0.to_vec());
        }
        ParsedExtension::ParseError { .. } => return Err("an extension is malformed"),
        _ => {}
    }
    Ok(())
}

fn domains(subtrees: Option<&[GeneralSubtree<'_>]>) -> Vec<String> {
    let names = subtrees.unwrap_or_default().iter().filter_map(|it| match it.base {
        GeneralName::DNSName(name) => Some(name.to_owned()),
        _ => None,
    });
    names.collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// `CN=Shop Issuing CA, O=Shop`, the parts as they stand.
fn name(name: &X509Name<'_>) -> String {
    let registry = oid_registry();
    let parts = name.iter_attributes().filter_map(|it| {
        let kind = oid2abbrev(it.attr_type(), registry)
            .map_or_else(|_| it.attr_type().to_id_string(), str::to_owned);
        Some(format!("{kind}={}", it.as_str().ok()?))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn public_key(info: &SubjectPublicKeyInfo<'_>) -> Option<PublicKey> {
    let parameters = info.algorithm.parameters.as_ref().and_then(|it| it.as_oid().ok());
    super::key::public(
        &info.algorithm.algorithm,
        parameters.as_ref(),
        &info.subject_public_key.data,
    )
}

fn signature_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> SignatureAlgorithm {
    let oid = algorithm.algorithm.to_id_string();
    match &*oid {
        "1.2.840.113549.1.1.4" => SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Md5),
        "1.2.840.113549.1.1.5" => SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha1),
        "1.2.840.113549.1.1.11" => SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha256),
        "1.2.840.113549.1.1.12" => SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha384),
        "1.2.840.113549.1.1.13" => SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha512),
        "1.2.840.113549.1.1.10" => {
            pss_hash(algorithm).map_or(SignatureAlgorithm::Other(oid), SignatureAlgorithm::RsaPss)
        }
        "1.2.840.10045.4.1" => SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha1),
        "1.2.840.10045.4.3.2" => SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256),
        "1.2.840.10045.4.3.3" => SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha384),
        "1.2.840.10045.4.3.4" => SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha512),
        "1.3.101.112" => SignatureAlgorithm::Ed25519,
        _ => SignatureAlgorithm::Other(oid),
    }
}

/// The hash of RSASSA-PSS parameters: the `[0]` of the sequence.
fn pss_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<HashAlgorithm> {
    let parameters = algorithm.parameters.as_ref()?;
    let (_, tagged) = asn1_rs::Any::from_der(parameters.data).ok()?;
    let (_, hash) = AlgorithmIdentifier::from_der(tagged.data).ok()?;
    match &*hash.algorithm.to_id_string() {
        "2.16.840.1.101.3.4.2.1" => Some(HashAlgorithm::Sha256),
        "2.16.840.1.101.3.4.2.2" => Some(HashAlgorithm::Sha384),
        "2.16.840.1.101.3.4.2.3" => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}

/// The curve of an identifier (RFC 5480).
pub(super) fn curve(oid: &Oid<'_>) -> Option<Curve> {
    match &*oid.to_id_string() {
        "1.3.132.0.33" => Some(Curve::P224),
        "1.2.840.10045.3.1.7" => Some(Curve::P256),
        "1.3.132.0.34" => Some(Curve::P384),
        "1.3.132.0.35" => Some(Curve::P521),
        _ => None,
    }
}
