//! Chains and pairs, from facts that were read elsewhere. Signatures are covered by the fixtures of
//! the rules, with certificates made by Go; here keys are of P-224, which nobody can verify.

use std::sync::Arc;

use goready_model::{
    Certificate, Curve, ExtendedUsage, FileId, HashAlgorithm, Moment, NameConstraints, PemBlock,
    PemContent, PemEncoding, PemText, Place, PublicKey, SignatureAlgorithm,
};

use super::{PairFault, Refusal, key_pair, verify};

fn key(name: &str) -> PublicKey {
    PublicKey::Ecdsa { curve: Curve::P224, point: name.as_bytes().to_vec() }
}

fn certificate(subject: &str, issuer: &str) -> Certificate {
    Certificate {
        raw: format!("{subject} by {issuer}").into_bytes(),
        signed: Vec::new(),
        signature: Vec::new(),
        signature_algorithm: SignatureAlgorithm::Ecdsa(HashAlgorithm::Sha256),
        subject: subject.as_bytes().to_vec(),
        subject_text: subject.to_owned(),
        issuer: issuer.as_bytes().to_vec(),
        issuer_text: issuer.to_owned(),
        common_name: subject.to_owned(),
        has_alternative_names: true,
        dns_names: vec!["webhook.shop.svc".to_owned()],
        addresses: Vec::new(),
        not_before: Moment(0),
        not_after: Moment(1000),
        version: 3,
        is_authority: Some(false),
        path_length: None,
        signs_certificates: None,
        usages: None,
        name_constraints: None,
        public_key: key(subject),
        subject_key_id: None,
        authority_key_id: None,
    }
}

fn authority(subject: &str, issuer: &str) -> Certificate {
    Certificate { is_authority: Some(true), ..certificate(subject, issuer) }
}

#[test]
fn a_chain_leads_from_the_leaf_to_a_root() {
    let leaf = certificate("leaf", "issuing");
    let issuing = authority("issuing", "root");
    let root = authority("root", "root");
    assert_eq!(verify(&leaf, &[&issuing], &[&root], None), Ok(()));
    assert_eq!(verify(&leaf, &[&root, &issuing], &[&root], None), Ok(()));
    assert_eq!(verify(&leaf, &[], &[&issuing], None), Ok(()));
    assert_eq!(verify(&leaf, &[], &[&leaf], None), Ok(()));
    assert_eq!(verify(&leaf, &[], &[&root], None), Err(Refusal::UnknownAuthority(&leaf)));
    assert_eq!(verify(&leaf, &[&issuing], &[&leaf], None), Ok(()));
    let other = authority("other", "other");
    assert_eq!(
        verify(&leaf, &[&issuing], &[&other], None),
        Err(Refusal::UnknownAuthority(&issuing))
    );
}

#[test]
fn certificates_that_sign_each_other_end_nowhere() {
    let leaf = certificate("leaf", "a");
    let (a, b) = (authority("a", "b"), authority("b", "a"));
    let root = authority("root", "root");
    assert!(verify(&leaf, &[&a, &b], &[&root], None).is_err());
}

#[test]
fn what_is_wrong_with_an_authority_is_told() {
    let leaf = certificate("leaf", "root");
    let good = authority("root", "root");
    let refused = |root: &Certificate| verify(&leaf, &[], &[root], None).map_err(Refusal::rank);
    assert_eq!(refused(&good), Ok(()));
    let not_signing = Certificate { signs_certificates: Some(false), ..good.clone() };
    let no_constraints = Certificate { is_authority: None, ..good.clone() };
    let old = Certificate { is_authority: None, version: 1, ..good.clone() };
    let client = Certificate { usages: Some(vec![ExtendedUsage::ClientAuth]), ..good.clone() };
    let names = NameConstraints { permitted: vec!["example.com".to_owned()], excluded: Vec::new() };
    let constrained = Certificate { name_constraints: Some(names), ..good.clone() };
    assert_eq!(refused(&not_signing), Err(Refusal::NotAuthority(&good).rank()));
    assert_eq!(refused(&no_constraints), Err(Refusal::NotAuthority(&good).rank()));
    assert_eq!(refused(&old), Ok(()));
    assert!(matches!(verify(&leaf, &[], &[&client], None), Err(Refusal::Usage(_))));
    assert!(matches!(verify(&leaf, &[], &[&constrained], None), Err(Refusal::Names(_))));
    // One that fits among several that do not is enough.
    assert_eq!(verify(&leaf, &[], &[&not_signing, &client, &good], None), Ok(()));
}

#[test]
fn a_path_may_be_too_long() {
    let leaf = certificate("leaf", "issuing");
    let issuing = authority("issuing", "root");
    let root = |length| Certificate { path_length: length, ..authority("root", "root") };
    assert_eq!(verify(&leaf, &[&issuing], &[&root(Some(1))], None), Ok(()));
    let short = root(Some(0));
    assert_eq!(verify(&leaf, &[&issuing], &[&short], None), Err(Refusal::PathTooLong(&short)));
}

#[test]
fn dates_count_only_with_a_clock() {
    let leaf = certificate("leaf", "root");
    let root = authority("root", "root");
    let old = Certificate { not_after: Moment(10), ..root.clone() };
    assert_eq!(verify(&leaf, &[], &[&old], None), Ok(()));
    assert_eq!(verify(&leaf, &[], &[&old], Some(Moment(10))), Ok(()));
    assert_eq!(verify(&leaf, &[], &[&old], Some(Moment(11))), Err(Refusal::Date(&old)));
    assert_eq!(verify(&leaf, &[], &[&old, &root], Some(Moment(11))), Ok(()));
    assert_eq!(verify(&leaf, &[], &[&root], Some(Moment(-1))), Err(Refusal::Date(&leaf)));
}

#[test]
fn old_hashes_count_below_the_root_only() {
    let sha1 = SignatureAlgorithm::RsaPkcs1(HashAlgorithm::Sha1);
    let leaf = certificate("leaf", "root");
    let root = Certificate { signature_algorithm: sha1.clone(), ..authority("root", "root") };
    assert_eq!(verify(&leaf, &[], &[&root], None), Ok(()));
    let weak = Certificate { signature_algorithm: sha1, ..leaf.clone() };
    assert_eq!(verify(&weak, &[], &[&root], None), Err(Refusal::Weak(&weak)));
}

fn text(blocks: Vec<(&str, PemContent)>) -> PemText {
    let place = Place::new(FileId(0), 0, 0);
    let block = |(label, content): (&str, PemContent)| PemBlock {
        place,
        label: label.to_owned(),
        has_headers: false,
        content,
    };
    PemText {
        place,
        encoding: PemEncoding::Fine,
        blocks: blocks.into_iter().map(block).collect(),
        empty: false,
    }
}

#[test]
fn pairs_are_judged_as_a_server_loads_them() {
    let leaf = || ("CERTIFICATE", PemContent::Certificate(Arc::new(certificate("leaf", "ca"))));
    let ca = || ("CERTIFICATE", PemContent::Certificate(Arc::new(certificate("ca", "ca"))));
    let secret = |name: &str| ("PRIVATE KEY", PemContent::PrivateKey(key(name)));
    let judged = |chain, key| key_pair(&text(chain), &text(key));
    assert_eq!(judged(vec![leaf()], vec![secret("leaf")]), Ok(()));
    assert_eq!(
        judged(vec![secret("x"), leaf()], vec![("OTHER", PemContent::Other), secret("leaf")]),
        Ok(())
    );
    let elsewhere = |position| Err(PairFault::Mismatch { elsewhere: position });
    assert_eq!(judged(vec![leaf()], vec![secret("other")]), elsewhere(None));
    assert_eq!(judged(vec![ca(), leaf()], vec![secret("leaf")]), elsewhere(Some(1)));
    assert_eq!(judged(vec![], vec![secret("leaf")]), Err(PairFault::NoCertificatePem));
    assert_eq!(judged(vec![leaf()], vec![]), Err(PairFault::NoKeyPem));
    assert_eq!(judged(vec![leaf()], vec![leaf()]), Err(PairFault::CertificateAsKey));
    assert_eq!(judged(vec![secret("leaf")], vec![leaf()]), Err(PairFault::Switched));
    let encrypted = ("ENCRYPTED PRIVATE KEY", PemContent::EncryptedKey);
    assert_eq!(judged(vec![leaf()], vec![encrypted]), Err(PairFault::EncryptedKey));
    let rsa = PublicKey::Rsa { modulus: vec![0x80; 256], exponent: vec![1, 0, 1] };
    let of_type = judged(vec![leaf()], vec![("PRIVATE KEY", PemContent::PrivateKey(rsa))]);
    assert!(matches!(of_type, Err(PairFault::KeyType { .. })));
}
