//! Private keys in PEM: the header alone is parser code, the key needs its body.

use goready_model::SecretForm;

use super::{
    detect::{Found, window},
    prefilter::ENCODED_PEM,
    shape,
};

/// A body shorter than this is no key (the minimum of gitleaks#1758).
const MIN_BODY: usize = 64;
/// Longest text that is read for one key: RSA 16384 has 12.5 KB.
const MAX_KEY: usize = 32 * 1024;
const BEGIN: &str = "-----BEGIN ";

/// The key whose `-----BEGIN ` stands at `at`; the range is its header.
pub(super) fn find(text: &str, at: usize) -> Option<Found> {
    let key = read(window(text, at, MAX_KEY))?;
    let mut found = Found::new(at..at + key.header, key.form(), &key.body);
    found.length = key.body.len();
    found.hidden = Some(at + key.header..at + key.end);
    found.well_formed = key.well_formed;
    Some(found)
}

/// The key whose base64 starts at `at`; the range is the encoded text.
pub(super) fn find_encoded(text: &str, at: usize) -> Option<Found> {
    debug_assert!(text[at..].starts_with(ENCODED_PEM));
    let encoded = window(text, at, MAX_KEY);
    let length = encoded.bytes().take_while(|it| is_base64(*it) || *it == b'=').count();
    let decoded = decode(encoded.get(..length)?)?;
    let key = read(&decoded)?;
    let mut found = Found::new(at..at + length, key.form(), &key.body);
    found.length = key.body.len();
    Some(found)
}

/// Base64 with or without padding, line breaks allowed, as text.
pub(super) fn decode(encoded: &str) -> Option<String> {
    String::from_utf8(decode_bytes(encoded)?).ok()
}

/// Base64 with or without padding, line breaks allowed.
pub(super) fn decode_bytes(encoded: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let compact: String = encoded.chars().filter(|it| !it.is_ascii_whitespace()).collect();
    let body = compact.trim_end_matches('=');
    base64::engine::general_purpose::STANDARD_NO_PAD_INDIFFERENT.decode(body).ok()
}

struct Key {
    label: String,
    /// Length of the header line.
    header: usize,
    /// The base64 characters of the body.
    body: String,
    /// Length of header and body.
    end: usize,
    /// The body starts as every key does.
    well_formed: bool,
}

impl Key {
    fn form(&self) -> SecretForm {
        SecretForm::PrivateKey { label: self.label.clone(), bytes: self.body.len() * 3 / 4 }
    }
}

fn read(text: &str) -> Option<Key> {
    let rest = text.strip_prefix(BEGIN)?;
    let (label, after) = rest.split_once("-----")?;
    let private = label.ends_with("PRIVATE KEY") || label == "PGP PRIVATE KEY BLOCK";
    if !private
        || label.len() > 40
        || label.bytes().any(|it| !it.is_ascii_uppercase() && it != b' ')
    {
        return None;
    }
    let (body, rest) = body(after);
    // Encrypted by OpenSSL before PKCS #8: the body is no DER.
    let is_legacy = window(after, 0, 64).contains("Proc-Type");
    let well_formed = is_legacy || starts_as_key(label, &body);
    // Documentation shows how a key begins.
    let is_cut_short = rest.starts_with(['.', '…']);
    if is_cut_short || body.len() < MIN_BODY || !is_mixed(&body) || !shape::looks_random(&body) {
        return None;
    }
    let header = BEGIN.len() + label.len() + 5;
    let end = text.len() - rest.len();
    Some(Key { label: label.to_owned(), header, body, end, well_formed })
}

/// Whether the first bytes are those that every key of the label starts with: a DER sequence, or
/// the magic of OpenSSH. What documentation types at random does not.
fn starts_as_key(label: &str, body: &str) -> bool {
    match label {
        "PGP PRIVATE KEY BLOCK" => true,
        // `openssh-key-v1`.
        "OPENSSH PRIVATE KEY" => body.starts_with("b3BlbnNzaC1rZXktdjE"),
        // 0x30 and a length; six bits a character.
        _ => {
            let mut characters = body.bytes();
            characters.next() == Some(b'M')
                && characters.next().is_some_and(|it| it.is_ascii_uppercase() && it <= b'P')
        }
    }
}

/// Whether there are letters of both cases and digits: so many characters of base64 have them all,
/// and the words of a comment that mentions the header do not.
fn is_mixed(body: &str) -> bool {
    let has = |is: fn(&u8) -> bool| body.bytes().any(|it| is(&it));
    has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
}

/// The base64 characters up to the footer, whatever carries them: raw text, a text with escaped
/// line breaks, or quoted lines joined by `+`. Also the text behind them.
fn body(text: &str) -> (String, &str) {
    let mut body = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("-----") {
            break;
        }
        if let Some(after) = escaped_line_break(rest) {
            rest = after;
        } else if let Some(after) = joined_literals(rest) {
            rest = after;
        } else if let Some(after) = header_line(rest) {
            rest = after;
        } else if is_base64(character as u8) && character.is_ascii() {
            body.push(character);
            rest = &rest[1..];
        } else if character.is_ascii_whitespace() || "=\"'`,#".contains(character) {
            rest = &rest[1..];
        } else {
            break;
        }
    }
    (body, rest)
}

fn escaped_line_break(text: &str) -> Option<&str> {
    ["\\n", "\\r", "\\t", "\\\n", "\\\\n"].iter().find_map(|it| text.strip_prefix(it))
}

/// `" +` and the next quote.
fn joined_literals(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(['"', '`', '\''])?.trim_start().strip_prefix(['+', '.'])?;
    rest.trim_start().strip_prefix(['"', '`', '\''])
}

/// `Proc-Type: 4,ENCRYPTED` and the like (RFC 1421), at the start of a line.
fn header_line(text: &str) -> Option<&str> {
    let end = text.find(['\n', '\\']).unwrap_or(text.len());
    let line = text.get(..end)?;
    let (name, _) = line.split_once(": ")?;
    let is_name =
        !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    is_name.then(|| text.get(end..)).flatten()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// The digest of a certificate or key that was decoded elsewhere: copies in PEM and in base64 are
/// one value.
pub(super) fn is_public_only(text: &str) -> bool {
    let certificate = text.contains("-----BEGIN CERTIFICATE-----")
        || text.contains("-----BEGIN PUBLIC KEY-----")
        || text.contains("-----BEGIN TRUSTED CERTIFICATE-----")
        || text.starts_with("ssh-rsa ")
        || text.starts_with("ssh-ed25519 ");
    certificate && !text.contains("PRIVATE KEY")
}

#[cfg(test)]
mod tests {
    use super::{find, find_encoded};
    use base64::Engine as _;
    use goready_model::SecretForm;

    const BODY: &str = "MHcCAQEEIBu7Q1hcdT0n9gV4xK2ZpLwR8sYfJmOeAqDtHiXoNkPvoAoGCCqGSM49\nAwEHoUQDQgAEk3RzT8vWqYbUeLx1oPdN5hJ";

    fn label(text: &str) -> Option<String> {
        match find(text, 0)?.form {
            SecretForm::PrivateKey { label, .. } => Some(label),
            _ => None,
        }
    }

    #[test]
    fn a_key_is_found_in_whatever_carries_it() {
        let plain =
            format!("-----BEGIN EC PRIVATE KEY-----\n{BODY}\n-----END EC PRIVATE KEY-----\n");
        let escaped = plain.replace('\n', "\\n");
        let joined = plain.replace('\n', "\\n\" +\n\t\"");
        let indented = plain.replace('\n', "\n    ");
        for text in [&plain, &escaped, &joined, &indented] {
            assert_eq!(label(text).as_deref(), Some("EC PRIVATE KEY"), "{text}");
            assert_eq!(find(text, 0).map(|it| it.digest), find(&plain, 0).map(|it| it.digest));
        }
        let encoded = base64::engine::general_purpose::STANDARD.encode(&plain);
        let found = find_encoded(&encoded, 0).expect("a key");
        assert_eq!(found.digest, find(&plain, 0).expect("a key").digest);
    }

    #[test]
    fn headers_of_an_encrypted_key_are_not_its_body() {
        let text = format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n{BODY}\n-----END RSA PRIVATE KEY-----"
        );
        let length = find(&text, 0).expect("a key").length;
        assert_eq!(length, BODY.len() - 1);
    }

    #[test]
    fn a_header_without_body_and_public_blocks_are_no_keys() {
        for text in [
            "-----BEGIN PRIVATE KEY-----\"",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE...\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n<your key>\n-----END PRIVATE KEY-----",
            &format!("-----BEGIN PUBLIC KEY-----\n{BODY}\n-----END PUBLIC KEY-----"),
            &format!("-----BEGIN CERTIFICATE-----\n{BODY}\n-----END CERTIFICATE-----"),
            &format!("-----BEGIN PRIVATE KEY-----\n{}\n", "A".repeat(80)),
        ] {
            assert_eq!(label(text), None, "{text}");
        }
    }
}
