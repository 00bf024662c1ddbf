//! Blocks, certificates and keys from text. The key is made for this test and used nowhere else.

use goready_model::{
    Curve, ExtendedUsage, FileId, FileKind, PemContent, PemEncoding, PemText, PublicKey,
    SignatureAlgorithm,
};
use proptest::prelude::*;

use super::{Carrier, file, value};
use crate::Source;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
         MIIBSDCB8KADAgECAgF7MAoGCCqGSM49BAMCMBMxETAPBgNVBAMTCFAtMjU2IENB\n\
         MCAXDTIwMDEwMTAwMDAwMFoYDzIwOTkwMTAxMDAwMDAwWjASMRAwDgYDVQQDEwd3\n\
         ZWJob29rMCowBQYDK2VwAyEAeRIkSgM7o3Nr2aj+qyTblNV3wlDWBkpK2BjwoCiJ\n\
         imajYzBhMBMGA1UdJQQMMAoGCCsGAQUFBwMBMAwGA1UdEwEB/wQCMAAwHwYDVR0j\n\
         BBgwFoAULOlUUtcuzslRExmS5BcrT8uWcRkwGwYDVR0RBBQwEoIQd2ViaG9vay5z\n\
         aG9wLnN2YzAKBggqhkjOPQQDAgNHADBEAiBeX6bKBiM16WyGVEPWyzJlIHe6u/w8\n\
         1rOx8zi5XkK/gAIgeFLu3sJKwIOC+l1zDEu/yr/WuDsvgQ6BGCdng/LbOjk=\n\
         -----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEIJh/ahTwV9ehxk0kEEfpbHYfJzwxEd+Tib+BaXFMSW73\n\
         -----END PRIVATE KEY-----\n";

fn read(text: &str) -> Option<PemText> {
    let source = Source { file: FileId(0), path: "deploy/tls.pem", text, lossy: false };
    file(&source, FileKind::Text)
}

fn labels(text: &str) -> Vec<String> {
    let found = read(text).map(|it| it.blocks).unwrap_or_default();
    found.into_iter().map(|it| it.label).collect()
}

/// A value of a document, as `data` or as `stringData`.
fn of_value(yaml: &str, carrier: Carrier) -> PemText {
    let parsed = goready_yaml::parse(FileId(0), yaml);
    let root = parsed.documents[0].tree.root().unwrap();
    value(root.get("a").unwrap(), carrier).unwrap()
}

#[test]
fn a_certificate_says_what_go_asks_of_it() {
    let text = read(CERTIFICATE).unwrap();
    let (_, certificate) = text.certificates().next().unwrap();
    assert_eq!(certificate.subject_text, "CN=webhook");
    assert_eq!(certificate.issuer_text, "CN=P-256 CA");
    assert_eq!(certificate.dns_names, ["webhook.shop.svc"]);
    assert_eq!(certificate.not_before.to_string(), "2020-01-01");
    assert_eq!(certificate.not_after.to_string(), "2099-01-01");
    assert_eq!(certificate.usages.as_deref(), Some(&[ExtendedUsage::ServerAuth][..]));
    assert_eq!(certificate.is_authority, Some(false));
    assert_eq!(certificate.version, 3);
    assert_eq!(certificate.signature_algorithm.name(), "ECDSA-SHA256");
    assert!(matches!(certificate.signature_algorithm, SignatureAlgorithm::Ecdsa(_)));
    assert!(matches!(certificate.public_key, PublicKey::Ed25519(_)));
}

#[test]
fn a_key_is_kept_as_the_public_one_that_belongs_to_it() {
    let text = read(KEY).unwrap();
    let PemContent::PrivateKey(public) = &text.key().unwrap().content else {
        panic!("no key: {:?}", text.blocks)
    };
    let certificate = read(CERTIFICATE).unwrap();
    assert_eq!(*public, certificate.certificates().next().unwrap().1.public_key);
    // Nothing of the secret number is left.
    let shown = format!("{text:?}");
    let secret = "32, 4, 34, 4, 32";
    assert!(!shown.contains(secret));
}

#[test]
fn blocks_are_found_as_go_finds_them() {
    let certificate = CERTIFICATE;
    let indented = certificate.replace('\n', "\n  ");
    let crlf = certificate.replace('\n', "\r\n");
    let headers = certificate.replacen("-----\n", "-----\nA: b\n\n", 1);
    let cut = &certificate[..certificate.len() - 20];
    let other_end = certificate.replace("END CERTIFICATE", "END CERT");
    for (text, found) in [
        (certificate.to_owned(), 1),
        (format!("some words before\n{certificate}and behind"), 1),
        (format!("{certificate}{certificate}"), 2),
        (crlf, 1),
        (headers, 1),
        (certificate.trim_end().to_owned(), 1),
        (format!("x{certificate}"), 0),
        (format!("  {indented}"), 0),
        (cut.to_owned(), 0),
        (other_end, 0),
        (certificate.replace("MII", "M!I"), 0),
    ] {
        assert_eq!(labels(&text), vec!["CERTIFICATE"; found], "{text}");
    }
}

#[test]
fn what_is_no_certificate_or_key_says_so() {
    let content = |text: &str| read(text).unwrap().blocks[0].content.clone();
    let rubbish = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(content(rubbish), PemContent::MalformedCertificate(_)));
    assert_eq!(content(&rubbish.replace("CERTIFICATE", "PRIVATE KEY")), PemContent::MalformedKey);
    let encrypted = rubbish.replace("CERTIFICATE", "ENCRYPTED PRIVATE KEY");
    assert_eq!(content(&encrypted), PemContent::EncryptedKey);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X,00\n\nAAAA\n\
               -----END RSA PRIVATE KEY-----\n";
    assert_eq!(content(old), PemContent::EncryptedKey);
    assert_eq!(content(&rubbish.replace("CERTIFICATE", "PUBLIC KEY")), PemContent::Other);
}

#[test]
fn base64_is_read_as_the_api_server_reads_it() {
    for (yaml, encoding, empty) in [
        ("a: Cg==", PemEncoding::Fine, true),
        ("a: ''", PemEncoding::Fine, true),
        ("a: YWJj", PemEncoding::Fine, false),
        ("a: |\n  YW\n  Jj", PemEncoding::Fine, false),
        ("a: YWJ", PemEncoding::NotBase64, false),
        ("a: YW Jj", PemEncoding::NotBase64, false),
        ("a: '-----BEGIN CERTIFICATE-----'", PemEncoding::PemInsteadOfBase64, false),
    ] {
        let text = of_value(yaml, Carrier::Base64);
        assert_eq!((text.encoding, text.empty), (encoding, empty), "{yaml}");
    }
    assert_eq!(of_value("a: YW Jj", Carrier::Plain).encoding, PemEncoding::Fine);
}

#[test]
fn files_of_other_names_are_left_alone() {
    let source = Source { file: FileId(0), path: "README.md", text: CERTIFICATE, lossy: false };
    assert_eq!(file(&source, FileKind::Text), None);
}

#[test]
fn curves_have_the_names_people_use() {
    assert_eq!(Curve::P256.name(), "P-256");
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "-----BEGIN ", "-----END ", "CERTIFICATE", "PRIVATE KEY", "-----", "\n", "\r\n",
                " ", "A: b", ":", "MIIB", "AAAA", "=", "é", "-----BEGIN CERTIFICATE-----\n",
                "\n-----END CERTIFICATE-----",
            ]),
            0..24,
        )
    ) {
        let text: String = parts.concat();
        let found = read(&text).map_or(0, |it| it.blocks.len());
        prop_assert!(found <= text.matches("-----BEGIN ").count());
    }

    #[test]
    fn any_der_is_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(super::certificate::read(&bytes));
        drop(super::key::read(&bytes));
    }
}
