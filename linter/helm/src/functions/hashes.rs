//! Hashes, and the functions of cryptography whose results do not depend on chance.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{
    Failure, Function,
    Param::{String, Uint32},
    arguments::{computed, int, text},
};
use crate::{context::Context, value::Value};

pub(super) const TABLE: &[Function] = &[
    Function::new("adler32sum", &[String], adler32sum),
    Function::new("derivePassword", &[Uint32, String, String, String, String], derive_password),
    Function::new("sha1sum", &[String], sha1sum),
    Function::new("sha256sum", &[String], sha256sum),
    Function::new("sha512sum", &[String], sha512sum),
];

/// What one derivation costs: scrypt walks 32 MiB twice, some hundred thousand times as much as
/// another call.
const DERIVATION_STEPS: u64 = 500_000;

fn sha1sum(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    hashed::<Sha1>(cx, args)
}

fn sha256sum(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    hashed::<Sha256>(cx, args)
}

fn sha512sum(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    hashed::<Sha512>(cx, args)
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

fn hashed<H: Digest>(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let bytes = text(args, 0)?.bytes();
    cx.spend(bytes.len() as u64 / 256)?;
    let mut hex = Vec::new();
    for byte in H::digest(bytes) {
        hex.extend([byte >> 4, byte & 15].map(|it| HEX_DIGITS[usize::from(it)]));
    }
    Ok(computed(cx, args, Value::string(hex)))
}

/// RFC 1950, section 8.2.
fn adler32sum(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    const MODULUS: u32 = 65_521;
    let bytes = text(args, 0)?.bytes();
    cx.spend(bytes.len() as u64 / 256)?;
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % MODULUS;
        (low, (high + low) % MODULUS)
    });
    Ok(computed(cx, args, Value::string((high << 16 | low).to_string())))
}

/// The password of the Master Password algorithm (masterpassword.app, version 3 of the algorithm),
/// with sprig's names of the templates.
fn derive_password(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let (counter, kind) = (int(args, 0)? as u32, text(args, 1)?);
    let (password, user, site) = (text(args, 2)?, text(args, 3)?, text(args, 4)?);
    let Some((_, templates)) = TEMPLATES.iter().find(|(name, _)| name.as_bytes() == kind.bytes())
    else {
        let message = format!("cannot find password template {}", kind.lossy());
        return Ok(computed(cx, args, Value::string(message)));
    };
    cx.spend(DERIVATION_STEPS)?;
    let salt = [SEED, &(user.len() as u32).to_be_bytes(), user.bytes()].concat();
    let mut key = [0; 64];
    let params = scrypt::Params::new(15, 8, 2).map_err(|it| Failure(it.to_string()))?;
    scrypt::scrypt(password.bytes(), &salt, &params, &mut key)
        .map_err(|it| Failure(it.to_string()))?;
    let mut hmac = Hmac::<Sha256>::new_from_slice(&key).map_err(|it| Failure(it.to_string()))?;
    hmac.update(SEED);
    hmac.update(&(site.len() as u32).to_be_bytes());
    hmac.update(site.bytes());
    hmac.update(&counter.to_be_bytes());
    let seed = hmac.finalize().into_bytes();
    let template = chosen(templates, seed.first()).copied().unwrap_or_default();
    let derived: Vec<u8> = template
        .bytes()
        .enumerate()
        .filter_map(|(index, class)| chosen(characters(class).as_bytes(), seed.get(index + 1)))
        .copied()
        .collect();
    Ok(computed(cx, args, Value::string(derived)))
}

fn chosen<'c, T>(choices: &'c [T], byte: Option<&u8>) -> Option<&'c T> {
    choices.get(usize::from(*byte?) % choices.len().max(1))
}

/// Each letter stands for a class of characters.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("pin", &["nnnn"]),
    ("short", &["Cvcn"]),
];

fn characters(class: u8) -> &'static str {
    match class {
        b'V' => "AEIOU",
        b'C' => "BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => "aeiou",
        b'c' => "bcdfghjklmnpqrstvwxyz",
        b'A' => "AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => "0123456789",
        b'o' => "@&%?,=[]_:-+*$#!'^~;()/.",
        _ => "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::arguments::testing::{i, print, s};

    #[test]
    fn hashes_are_hexadecimal() {
        let table = [
            ("sha1sum", "a", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
            ("sha256sum", "a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
            ("sha1sum", "\u{e9}", "bf15be717ac1b080b4f1c456692825891ff5073d"),
            ("adler32sum", "abc", "38600999"),
            ("adler32sum", "", "1"),
        ];
        for (function, text, expected) in table {
            assert_eq!(print(function, &[s(text)]), expected, "{function} {text:?}");
        }
        assert!(print("sha512sum", &[s("abc")]).starts_with("ddaf35a193617abacc417349ae204131"));
    }

    #[test]
    fn passwords_are_derived_from_a_master_password() {
        let derive = |counter, kind| {
            let args = [i(counter), s(kind), s("password"), s("user"), s("example.com")];
            print("derivePassword", &args)
        };
        assert_eq!(derive(1, "long"), "ZedaFaxcZaso9*");
        assert_eq!(derive(1, "maximum"), "pf4zS1LjCg&LjhsZ7T2~");
        assert_eq!(derive(1, "pin"), "6685");
        assert_eq!(derive(1, "x"), "cannot find password template x");
    }
}
