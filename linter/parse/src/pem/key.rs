//! Private keys in DER, by the public key that belongs to them.
//!
//! Go tries PKCS #1, PKCS #8 and SEC 1 in this order, whatever the PEM label says
//! (crypto/tls `parsePrivateKey`), and so does this. The private numbers live in here only, for as
//! long as it takes to compute the public ones.

use goready_model::{Curve, PemContent, PublicKey};
use x509_parser::asn1_rs::{Any, FromDer as _, Oid, Tag};

use super::certificate::curve;

/// Reads one private key.
pub(super) fn read(der: &[u8]) -> PemContent {
    let public = pkcs1(der).or_else(|| pkcs8(der)).or_else(|| sec1(der, None));
    public.map_or(PemContent::MalformedKey, PemContent::PrivateKey)
}

/// A public key of a certificate or key, by its algorithm (RFC 3279, 5480, 8410).
pub(super) fn public(
    algorithm: &Oid<'_>,
    parameters: Option<&Oid<'_>>,
    bytes: &[u8],
) -> Option<PublicKey> {
    Some(match &*algorithm.to_id_string() {
        "1.2.840.113549.1.1.1" => {
            let mut numbers = sequence(bytes)?.into_iter();
            rsa(&numbers.next()?, &numbers.next()?)?
        }
        "1.2.840.10045.2.1" => {
            PublicKey::Ecdsa { curve: curve(parameters?)?, point: bytes.to_vec() }
        }
        "1.3.101.112" => PublicKey::Ed25519(bytes.to_vec()),
        other => PublicKey::Other(other.to_owned()),
    })
}

/// The elements of one sequence that fills `der`.
fn sequence(der: &[u8]) -> Option<Vec<Any<'_>>> {
    let (rest, outer) = Any::from_der(der).ok()?;
    if !rest.is_empty() || outer.tag() != Tag::Sequence {
        return None;
    }
    let mut rest = outer.data;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (after, element) = Any::from_der(rest).ok()?;
        found.push(element);
        rest = after;
    }
    Some(found)
}

fn rsa(modulus: &Any<'_>, exponent: &Any<'_>) -> Option<PublicKey> {
    let number = |it: &Any<'_>| {
        let bytes = (it.tag() == Tag::Integer).then_some(it.data)?;
        let start = bytes.iter().position(|it| *it != 0)?;
        Some(bytes[start..].to_vec())
    };
    Some(PublicKey::Rsa { modulus: number(modulus)?, exponent: number(exponent)? })
}

/// `RSAPrivateKey`: version, modulus, public exponent and six secret numbers (RFC 8017).
fn pkcs1(der: &[u8]) -> Option<PublicKey> {
    let elements = sequence(der)?;
    let [version, modulus, exponent, secret @ ..] = elements.as_slice() else { return None };
    let whole = version.tag() == Tag::Integer && secret.len() >= 6;
    whole.then(|| rsa(modulus, exponent)).flatten()
}

/// `PrivateKeyInfo`: version, algorithm, the key in its own form (RFC 5208).
fn pkcs8(der: &[u8]) -> Option<PublicKey> {
    let elements = sequence(der)?;
    let [version, algorithm, key, ..] = elements.as_slice() else { return None };
    if version.tag() != Tag::Integer || key.tag() != Tag::OctetString {
        return None;
    }
    if algorithm.tag() != Tag::Sequence {
        return None;
    }
    let (rest, kind) = Oid::from_der(algorithm.data).ok()?;
    match &*kind.to_id_string() {
        "1.2.840.113549.1.1.1" => pkcs1(key.data),
        "1.2.840.10045.2.1" => sec1(key.data, curve(&Oid::from_der(rest).ok()?.1)),
        "1.3.101.112" => {
            let (_, seed) = Any::from_der(key.data).ok()?;
            let seed: [u8; 32] = seed.data.try_into().ok()?;
            let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            Some(PublicKey::Ed25519(public.as_bytes().to_vec()))
        }
        _ => None,
    }
}

/// `ECPrivateKey`: version 1, the secret number, `[0]` the curve, `[1]` the public point
/// (RFC 5915).
fn sec1(der: &[u8], outer: Option<Curve>) -> Option<PublicKey> {
    let elements = sequence(der)?;
    let [version, secret, optional @ ..] = elements.as_slice() else { return None };
    if version.tag() != Tag::Integer || version.data != [1] || secret.tag() != Tag::OctetString {
        return None;
    }
    let tagged = |tag| optional.iter().find(|it| it.tag() == Tag(tag)).map(|it| it.data);
    let named = || curve(&Oid::from_der(tagged(0)?).ok()?.1);
    let curve = outer.or_else(named)?;
    let point = match curve {
        Curve::P256 => p256::SecretKey::from_slice(&padded(secret.data, 32)?)
            .ok()?
            .public_key()
            .to_sec1_bytes()
            .into_vec(),
        Curve::P384 => p384::SecretKey::from_slice(&padded(secret.data, 48)?)
            .ok()?
            .public_key()
            .to_sec1_bytes()
            .into_vec(),
        Curve::P521 => p521::SecretKey::from_slice(&padded(secret.data, 66)?)
            .ok()?
            .public_key()
            .to_sec1_bytes()
            .into_vec(),
        // No arithmetic for this one: the point that stands beside the secret has to do.
        Curve::P224 => {
            let point = tagged(1).and_then(|it| Any::from_der(it).ok()).map(|(_, it)| it.data);
            // A bit string starts with the number of its unused bits.
            point.and_then(|it| it.strip_prefix(&[0])).unwrap_or_default().to_vec()
        }
    };
    Some(PublicKey::Ecdsa { curve, point })
}

/// The number in as many bytes as the curve asks for: OpenSSL leaves leading zeros out.
fn padded(number: &[u8], length: usize) -> Option<Vec<u8>> {
    let extra = number.len().saturating_sub(length);
    if number[..extra].iter().any(|it| *it != 0) {
        return None;
    }
    let digits = &number[extra..];
    let mut whole = vec![0; length - digits.len()];
    whole.extend_from_slice(digits);
    Some(whole)
}
