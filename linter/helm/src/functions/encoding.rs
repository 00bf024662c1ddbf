//! Base64 and base32, with the errors of Go's decoders, which name a byte.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Failure, Function,
    Param::String,
    arguments::{computed, room, text},
};
use crate::{context::Context, value::Value};

pub(super) const TABLE: &[Function] = &[
    Function::new("b32dec", &[String], b32dec),
    Function::new("b32enc", &[String], b32enc),
    Function::new("b64dec", &[String], b64dec),
    Function::new("b64enc", &[String], b64enc),
];

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn b64enc(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let bytes = text(args, 0)?.bytes();
    room(cx, bytes.len().div_ceil(3) * 4)?;
    Ok(computed(cx, args, Value::string(STANDARD.encode(bytes))))
}

fn b64dec(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let bytes = text(args, 0)?.bytes();
    room(cx, bytes.len())?;
    let decoded = decode_base64(bytes).unwrap_or_else(|at| corrupt("base64", at));
    Ok(computed(cx, args, Value::string(decoded)))
}

fn b32enc(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let bytes = text(args, 0)?.bytes();
    room(cx, bytes.len().div_ceil(5) * 8)?;
    Ok(computed(cx, args, Value::string(encode_base32(bytes))))
}

fn b32dec(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let bytes = text(args, 0)?.bytes();
    room(cx, bytes.len())?;
    let decoded = decode_base32(bytes).unwrap_or_else(|at| corrupt("base32", at));
    Ok(computed(cx, args, Value::string(decoded)))
}

/// Sprig gives the error as the result.
fn corrupt(encoding: &str, at: usize) -> Vec<u8> {
    format!("illegal {encoding} data at input byte {at}").into_bytes()
}

/// Go's `base64.StdEncoding.DecodeString`: newlines are passed over, padding must be there, and
/// bits behind the last byte count for nothing.
///
/// # Errors
/// The byte that Go names.
pub(super) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut symbols =
        text.iter().copied().enumerate().filter(|(_, it)| !matches!(it, b'\r' | b'\n')).peekable();
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    while symbols.peek().is_some() {
        let (mut buffer, mut count, mut padding) = (0u32, 0, None);
        while count < 4 && padding.is_none() {
            match symbols.next() {
                None => return Err(text.len() - count),
                Some((at, b'=')) => padding = Some(at),
                Some((at, symbol)) => {
                    let value = BASE64.iter().position(|it| *it == symbol).ok_or(at)?;
                    buffer = buffer << 6 | value as u32;
                    count += 1;
                }
            }
        }
        if let Some(at) = padding {
            match count {
                0 | 1 => return Err(at),
                2 => match symbols.next() {
                    None => return Err(text.len()),
                    Some((_, b'=')) => {}
                    Some((at, _)) => return Err(at - 1),
                },
                _ => {}
            }
            if let Some((at, _)) = symbols.next() {
                return Err(at);
            }
        }
        let bytes = (buffer << (6 * (4 - count))).to_be_bytes();
        decoded.extend_from_slice(bytes.get(1..count).unwrap_or_default());
    }
    Ok(decoded)
}

fn encode_base32(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len().div_ceil(5) * 8);
    for group in bytes.chunks(5) {
        let mut buffer = [0; 8];
        buffer[3..3 + group.len()].copy_from_slice(group);
        let buffer = u64::from_be_bytes(buffer);
        let symbols = (group.len() * 8).div_ceil(5);
        for index in 0..8 {
            let value = (buffer >> (35 - 5 * index)) & 31;
            encoded.push(if index < symbols { BASE32[value as usize] } else { b'=' });
        }
    }
    encoded
}

/// Go's `base32.StdEncoding.DecodeString`: newlines are taken out first, what follows the padding
/// in its group counts for nothing.
///
/// # Errors
/// The byte that Go names, as counted without newlines.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, usize> {
    let text: Vec<u8> = text.iter().copied().filter(|it| !matches!(it, b'\r' | b'\n')).collect();
    let mut decoded = Vec::with_capacity(text.len() / 8 * 5);
    let mut at = 0;
    while at < text.len() {
        let (mut buffer, mut count) = (0u64, 0);
        let mut ended = false;
        while count < 8 && !ended {
            let Some(&symbol) = text.get(at) else { return Err(text.len() - count) };
            at += 1;
            let left = text.len() - at;
            if symbol == b'=' && count >= 2 && left < 8 {
                check_base32_padding(&text, at, count)?;
                ended = true;
            } else {
                let value = BASE32.iter().position(|it| *it == symbol).ok_or(at - 1)?;
                buffer = buffer << 5 | value as u64;
                count += 1;
            }
        }
        let bytes = (buffer << (5 * (8 - count))).to_be_bytes();
        decoded.extend_from_slice(bytes.get(3..3 + count * 5 / 8).unwrap_or_default());
        if ended {
            break;
        }
    }
    Ok(decoded)
}

/// The padding behind `count` symbols, of which the first `=` lies before `at`.
fn check_base32_padding(text: &[u8], at: usize, count: usize) -> Result<(), usize> {
    let (left, more) = (text.len() - at, 7 - count);
    if left < more {
        return Err(text.len());
    }
    if let Some(wrong) = text[at..].iter().take(more).position(|it| *it != b'=') {
        return Err((at + wrong).saturating_sub(1));
    }
    // So many symbols end in the middle of a byte.
    if matches!(count, 1 | 3 | 6) { Err(at - 1) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use crate::functions::arguments::testing::{print, s};

    #[test]
    fn what_is_encoded_can_be_decoded() {
        for text in ["", "a", "ab", "abc", "abcd", "abcde", "abcdef", "h\u{e9}llo \u{2603}"] {
            for (encode, decode) in [("b64enc", "b64dec"), ("b32enc", "b32dec")] {
                let encoded = print(encode, &[s(text)]);
                assert_eq!(print(decode, &[s(&encoded)]), text, "{encode} {text:?}: {encoded}");
            }
        }
        assert_eq!(print("b64enc", &[s("hello")]), "aGVsbG8=");
        assert_eq!(print("b32enc", &[s("hello")]), "NBSWY3DP");
        assert_eq!(print("b32enc", &[s("a")]), "ME======");
    }

    #[test]
    fn errors_name_the_byte_that_go_names() {
        let table = [
            ("aGVsbG8", Err(4)),
            ("aGVs\nbG8=\n", Ok("hello")),
            ("a", Err(0)),
            ("aG=s", Err(2)),
            ("aG=", Err(3)),
            ("aG==x", Err(4)),
            ("a===", Err(1)),
            ("a*==", Err(1)),
            ("aGVsbG9", Err(4)),
        ];
        for (text, expected) in table {
            let expected = match expected {
                Ok(decoded) => decoded.to_owned(),
                Err(at) => format!("illegal base64 data at input byte {at}"),
            };
            assert_eq!(print("b64dec", &[s(text)]), expected, "{text:?}");
        }
        let table = [
            ("x", Err(0)),
            ("ME======", Ok("a")),
            ("ME==\n====", Ok("a")),
            ("ME=====", Err(7)),
            ("MEX=====", Err(3)),
            ("ME=x====", Err(2)),
            ("NBSWY3", Err(0)),
            ("M=======", Err(1)),
        ];
        for (text, expected) in table {
            let expected = match expected {
                Ok(decoded) => decoded.to_owned(),
                Err(at) => format!("illegal base32 data at input byte {at}"),
            };
            assert_eq!(print("b32dec", &[s(text)]), expected, "{text:?}");
        }
    }
}
