//! PEM text: files of certificates and keys, and the values of Secrets and `caBundle`s.
//!
//! Blocks are found as Go's `encoding/pem` finds them, because the program and the API server read
//! them so: an indented block or one without its last line is none. What a block holds is read in
//! [`certificate`] and [`key`]. Of a private key only the public key that belongs to it is kept.

mod certificate;
mod key;

use base64::{
    Engine as _, alphabet,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use goready_model::{FileKind, Node, PemBlock, PemContent, PemEncoding, PemText, Place};

use crate::{Source, secrets};

/// `encoding/base64`'s `StdEncoding`: padding is asked for, its spare bits may be anything.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// How a value holds its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// As it is: `stringData`, a file.
    Plain,
    /// In base64: `data`, `caBundle`.
    Base64,
}

/// The PEM blocks of a file whose name says that it holds some; `None` for any other file.
pub(crate) fn file(source: &Source<'_>, kind: FileKind) -> Option<PemText> {
    let extension = source.path.rsplit_once('.')?.1.to_ascii_lowercase();
    let named = matches!(&*extension, "pem" | "crt" | "cert" | "cer" | "key" | "ca-bundle");
    if kind != FileKind::Text || source.lossy || !named {
        return None;
    }
    let blocks = blocks(source.text.as_bytes(), |start, end| Place::new(source.file, start, end));
    let place = blocks.first()?.place;
    Some(PemText { place, encoding: PemEncoding::Fine, blocks, empty: false })
}

/// Whether a file's path says that what it holds is for tests, examples or documentation.
pub fn is_sample(path: &str) -> bool {
    secrets::is_sample(path)
}

/// The text of a string in a document; null is the empty one, as for `encoding/json`.
pub fn value(node: Node<'_>, carrier: Carrier) -> Option<PemText> {
    let text = if node.is_null() { "" } else { node.as_str()? };
    let place = node.place();
    let read = |bytes: &[u8]| PemText {
        place,
        encoding: PemEncoding::Fine,
        blocks: blocks(bytes, |_, _| place),
        empty: bytes.trim_ascii().is_empty(),
    };
    if carrier == Carrier::Plain {
        return Some(read(text.as_bytes()));
    }
    // `encoding/json` hands the text to `StdEncoding`, which skips line breaks and nothing else.
    let compact: Vec<u8> = text.bytes().filter(|it| !matches!(it, b'\n' | b'\r')).collect();
    if let Ok(bytes) = STANDARD.decode(compact) {
        return Some(read(&bytes));
    }
    let is_pem = text.contains("-----BEGIN ");
    let encoding = if is_pem { PemEncoding::PemInsteadOfBase64 } else { PemEncoding::NotBase64 };
    Some(PemText { place, encoding, blocks: Vec::new(), empty: false })
}

/// All blocks of a text; `place` makes a place of the bytes of a first line.
fn blocks(text: &[u8], place: impl Fn(usize, usize) -> Place) -> Vec<PemBlock> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(raw) = next_block(text, at) {
        at = raw.end;
        found.push(PemBlock {
            place: place(raw.start, raw.start + BEGIN.len() + raw.label.len() + DASHES.len()),
            has_headers: raw.has_headers,
            content: content(&raw),
            label: raw.label,
        });
    }
    found
}

fn content(raw: &RawBlock) -> PemContent {
    match &*raw.label {
        "CERTIFICATE" => certificate::read(&raw.bytes),
        label if label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY") => {
            let encrypted = label.starts_with("ENCRYPTED ") || raw.is_encrypted;
            if encrypted { PemContent::EncryptedKey } else { key::read(&raw.bytes) }
        }
        _ => PemContent::Other,
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

struct RawBlock {
    /// Of the first line.
    start: usize,
    /// Behind the last line.
    end: usize,
    label: String,
    has_headers: bool,
    /// `Proc-Type: 4,ENCRYPTED` (RFC 1421).
    is_encrypted: bool,
    bytes: Vec<u8>,
}

/// The first block at or behind `from` (encoding/pem `Decode`): a block that breaks a rule is
/// skipped, and the search goes on behind its first line.
fn next_block(text: &[u8], from: usize) -> Option<RawBlock> {
    let mut at = from;
    loop {
        let start = if text.get(at..)?.starts_with(BEGIN) && (at == from || text[at - 1] == b'\n') {
            at
        } else {
            find(text, at, b"\n-----BEGIN ")? + 1
        };
        let (line, mut rest) = line(text, start + BEGIN.len());
        at = rest;
        let Some(label) = line.strip_suffix(DASHES) else { continue };
        let mut has_headers = false;
        let mut is_encrypted = false;
        while rest < text.len() {
            let (header, next) = self::line(text, rest);
            let Some(colon) = header.iter().position(|it| *it == b':') else { break };
            has_headers = true;
            is_encrypted |= header[..colon].trim_ascii() == b"Proc-Type"
                && header[colon..].ends_with(b"ENCRYPTED");
            rest = next;
        }
        let (body_end, trailer) = if !has_headers && text[rest..].starts_with(&END[1..]) {
            (rest, rest + END.len() - 1)
        } else {
            let Some(end) = find(text, rest, END) else { continue };
            (end, end + END.len())
        };
        let Some(after) =
            text[trailer..].strip_prefix(label).and_then(|it| it.strip_prefix(DASHES))
        else {
            continue;
        };
        let (tail, end) = self::line(text, text.len() - after.len());
        if !tail.is_empty() {
            continue;
        }
        let skipped = |it: &u8| matches!(it, b' ' | b'\t' | b'\n' | b'\r');
        let body: Vec<u8> =
            text[rest..body_end].iter().copied().filter(|it| !skipped(it)).collect();
        let Ok(bytes) = STANDARD.decode(body) else { continue };
        let label = String::from_utf8_lossy(label).into_owned();
        return Some(RawBlock { start, end, label, has_headers, is_encrypted, bytes });
    }
}

fn find(text: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    Some(from + memchr::memmem::find(text.get(from..)?, needle)?)
}

/// The line at `from` without blanks at its end, and where the next one starts
/// (encoding/pem `getLine`).
fn line(text: &[u8], from: usize) -> (&[u8], usize) {
    let rest = &text[from..];
    match memchr::memchr(b'\n', rest) {
        Some(end) => {
            let line = &rest[..end];
            (trim_end(line.strip_suffix(b"\r").unwrap_or(line)), from + end + 1)
        }
        None => (trim_end(rest), text.len()),
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let length = line.iter().rposition(|it| !matches!(it, b' ' | b'\t')).map_or(0, |it| it + 1);
    &line[..length]
}

#[cfg(test)]
mod tests;
