//! Signatures of certificates (crypto/x509 `checkSignature`).

use goready_model::{Certificate, Curve, HashAlgorithm, PublicKey, SignatureAlgorithm};
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Whether a key signed a certificate, `None` where that cannot be computed here (P-224).
pub(super) fn verifies(certificate: &Certificate, key: &PublicKey) -> Option<bool> {
    let hash = certificate.signature_algorithm.hash();
    let hashed = hash.map(|it| digest(it, &certificate.signed)).unwrap_or_default();
    let signature = &*certificate.signature;
    Some(match (&certificate.signature_algorithm, key) {
        (SignatureAlgorithm::RsaPkcs1(hash), PublicKey::Rsa { modulus, exponent }) => {
            let scheme = match hash {
                HashAlgorithm::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                HashAlgorithm::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                HashAlgorithm::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
                HashAlgorithm::Md5 | HashAlgorithm::Sha1 => return Some(false),
            };
            rsa_key(modulus, exponent)
                .is_some_and(|it| it.verify(scheme, &hashed, signature).is_ok())
        }
        (SignatureAlgorithm::RsaPss(hash), PublicKey::Rsa { modulus, exponent }) => {
            let Some(key) = rsa_key(modulus, exponent) else { return Some(false) };
            let verified = match hash {
                HashAlgorithm::Sha256 => key.verify(Pss::<Sha256>::new(), &hashed, signature),
                HashAlgorithm::Sha384 => key.verify(Pss::<Sha384>::new(), &hashed, signature),
                HashAlgorithm::Sha512 => key.verify(Pss::<Sha512>::new(), &hashed, signature),
                HashAlgorithm::Md5 | HashAlgorithm::Sha1 => return Some(false),
            };
            verified.is_ok()
        }
        (SignatureAlgorithm::Ecdsa(_), PublicKey::Ecdsa { curve, point }) => {
            return ecdsa(*curve, point, hashed, signature);
        }
        (SignatureAlgorithm::Ed25519, PublicKey::Ed25519(key)) => {
            ed25519(key, &certificate.signed, signature).unwrap_or(false)
        }
        _ => false,
    })
}

fn digest(hash: HashAlgorithm, signed: &[u8]) -> Vec<u8> {
    match hash {
        HashAlgorithm::Sha256 => Sha256::digest(signed).to_vec(),
        HashAlgorithm::Sha384 => Sha384::digest(signed).to_vec(),
        HashAlgorithm::Sha512 => Sha512::digest(signed).to_vec(),
        // Refused before anything is computed.
        HashAlgorithm::Md5 | HashAlgorithm::Sha1 => Vec::new(),
    }
}

/// `None` for a key that Go refuses as well: shorter than 1024 bits.
fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Option<rsa::PublicKey> {
    let number = BoxedUint::from_be_slice_vartime;
    rsa::PublicKey::new(number(modulus), number(exponent)).ok()
}

fn ecdsa(curve: Curve, point: &[u8], hashed: Vec<u8>, signature: &[u8]) -> Option<bool> {
    Some(match curve {
        Curve::P224 => return None,
        Curve::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point);
            let signature = p256::ecdsa::Signature::from_der(signature);
            let hashed = padded(hashed, 32);
            matches!((key, signature), (Ok(key), Ok(it)) if key.verify_prehash(&hashed, &it).is_ok())
        }
        Curve::P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point);
            let signature = p384::ecdsa::Signature::from_der(signature);
            let hashed = padded(hashed, 48);
            matches!((key, signature), (Ok(key), Ok(it)) if key.verify_prehash(&hashed, &it).is_ok())
        }
        Curve::P521 => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point);
            let signature = p521::ecdsa::Signature::from_der(signature);
            let hashed = padded(hashed, 66);
            matches!((key, signature), (Ok(key), Ok(it)) if key.verify_prehash(&hashed, &it).is_ok())
        }
    })
}

/// A hash is a number: zeros before it change nothing, and the verifier wants no short ones.
fn padded(hashed: Vec<u8>, length: usize) -> Vec<u8> {
    if hashed.len() >= length {
        return hashed;
    }
    let mut whole = vec![0; length - hashed.len()];
    whole.extend(hashed);
    whole
}

fn ed25519(key: &[u8], signed: &[u8], signature: &[u8]) -> Option<bool> {
    use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
    let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    Some(key.verify(signed, &Signature::from_slice(signature).ok()?).is_ok())
}
