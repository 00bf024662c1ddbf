//! Functions of chance. A linter must give the same result twice, so that all of them give
//! placeholders: of the right length and alphabet, and marked as not what a cluster would see.

use aes::Aes256;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::cipher::{
    BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _,
    block_padding::{NoPadding, Pkcs7},
};

use super::{
    Failure, Function,
    Param::{Int, String},
    arguments::{computed, int, room, text},
    encoding::decode_base64,
};
use crate::{context::Context, value::Value};

pub(super) const TABLE: &[Function] = &[
    Function::new("bcrypt", &[String], bcrypt),
    Function::new("decryptAES", &[String, String], decrypt_aes),
    Function::new("encryptAES", &[String, String], encrypt_aes),
    Function::new("htpasswd", &[String, String], htpasswd),
    Function::new("randAlpha", &[Int], rand_alpha),
    Function::new("randAlphaNum", &[Int], rand_alpha_num),
    Function::new("randAscii", &[Int], rand_ascii),
    Function::new("randBytes", &[Int], rand_bytes),
    Function::new("randInt", &[Int, Int], rand_int),
    Function::new("randNumeric", &[Int], rand_numeric),
    Function::new("shuffle", &[String], shuffle),
    Function::new("uuidv4", &[], uuidv4),
];

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LETTERS_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The longest password that bcrypt takes.
const BCRYPT_BYTES: usize = 72;

/// The shape of a bcrypt hash of cost 10; it is the hash of nothing.
const BCRYPT_PLACEHOLDER: &str = "$2a$10$goreadyPlaceholder....goreadyPlaceholder............0";

/// A string that stands for one that nobody can know.
pub(super) fn placeholder(cx: &mut Context, bytes: impl Into<Vec<u8>>) -> Value {
    let origin = cx.origins.synthetic(cx.site);
    Value::string(bytes).with_origin(origin)
}

fn rand_alpha_num(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    from_alphabet(cx, args, LETTERS_AND_DIGITS)
}

fn rand_alpha(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    from_alphabet(cx, args, LETTERS)
}

/// Printable ASCII in sprig; letters and digits are printable too, and break no quotes.
fn rand_ascii(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    from_alphabet(cx, args, LETTERS_AND_DIGITS)
}

fn rand_numeric(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    from_alphabet(cx, args, DIGITS)
}

/// A negative count is an error that sprig drops.
fn from_alphabet(cx: &mut Context, args: &[Value], alphabet: &[u8]) -> Result<Value, Failure> {
    let count = usize::try_from(int(args, 0)?).unwrap_or(0);
    room(cx, count)?;
    let bytes: Vec<u8> = alphabet.iter().copied().cycle().take(count).collect();
    Ok(placeholder(cx, bytes))
}

/// Base64 of so many bytes.
fn rand_bytes(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let count = usize::try_from(int(args, 0)?)
        .map_err(|_| Failure::from("runtime error: makeslice: len out of range"))?;
    room(cx, count.saturating_mul(2))?;
    let bytes: Vec<u8> = LETTERS_AND_DIGITS.iter().copied().cycle().take(count).collect();
    Ok(placeholder(cx, STANDARD.encode(bytes)))
}

/// The least number that can come out.
fn rand_int(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (least, bound) = (int(args, 0)?, int(args, 1)?);
    if bound.wrapping_sub(least) <= 0 {
        return Err("invalid argument to Intn".into());
    }
    let origin = cx.origins.synthetic(cx.site);
    Ok(Value::int(least).with_origin(origin))
}

/// The characters in the order they came in: one that can come out.
fn shuffle(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let text = text(args, 0)?;
    let chars: std::string::String = text.chars().map(|(_, it)| it).collect();
    Ok(placeholder(cx, chars))
}

fn uuidv4(cx: &mut Context, _: &[Value]) -> Result<Value, Failure> {
    Ok(placeholder(cx, "00000000-0000-4000-8000-000000000000"))
}

fn bcrypt(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(placeholder(cx, bcrypt_of(text(args, 0)?.bytes())))
}

fn htpasswd(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (user, password) = (text(args, 0)?, text(args, 1)?);
    if user.bytes().contains(&b':') {
        let message = [b"invalid username: ", user.bytes()].concat();
        return Ok(computed(cx, args, Value::string(message)));
    }
    let line = [user.bytes(), b":", bcrypt_of(password.bytes()).as_bytes()].concat();
    Ok(placeholder(cx, line))
}

fn bcrypt_of(password: &[u8]) -> &'static str {
    if password.len() > BCRYPT_BYTES {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
    }
    BCRYPT_PLACEHOLDER
}

/// AES-256 in CBC mode. What sprig draws by lot, the first block, is zeros here, so that
/// `decryptAES` finds the text again.
fn encrypt_aes(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (password, plain) = (text(args, 0)?, text(args, 1)?);
    if plain.is_empty() {
        return Ok(Value::string(""));
    }
    room(cx, plain.len().saturating_mul(2))?;
    let vector = [0; 16];
    let cipher = cbc::Encryptor::<Aes256>::new(&aes_key(password.bytes()).into(), &vector.into());
    let encrypted = cipher.encrypt_padded_vec::<Pkcs7>(plain.bytes());
    Ok(placeholder(cx, STANDARD.encode([&vector[..], &encrypted].concat())))
}

fn decrypt_aes(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (password, encoded) = (text(args, 0)?, text(args, 1)?);
    if encoded.is_empty() {
        return Ok(Value::string(""));
    }
    room(cx, encoded.len())?;
    let encrypted = decode_base64(encoded.bytes())
        .map_err(|at| Failure(format!("illegal base64 data at input byte {at}")))?;
    let Some((vector, blocks)) = encrypted.split_first_chunk::<16>() else {
        // What Go made room for before it decoded.
        let bounds = format!("[:16] with capacity {}", encoded.len() / 4 * 3);
        return Err(format!("runtime error: slice bounds out of range {bounds}").into());
    };
    let cipher =
        cbc::Decryptor::<Aes256>::new(&aes_key(password.bytes()).into(), &(*vector).into());
    let mut plain = cipher
        .decrypt_padded_vec::<NoPadding>(blocks)
        .map_err(|_| Failure::from("crypto/cipher: input not full blocks"))?;
    // The last byte says how many are padding; nothing else of it is checked.
    let padding = match plain.last() {
        Some(last) => usize::from(*last),
        None => return Err("runtime error: index out of range [-1]".into()),
    };
    let Some(len) = plain.len().checked_sub(padding) else {
        let bounds = format!("[:{}]", plain.len() as i64 - padding as i64);
        return Err(format!("runtime error: slice bounds out of range {bounds}").into());
    };
    plain.truncate(len);
    Ok(computed(cx, args, Value::string(plain)))
}

/// A password cut or filled with zeros to the size of a key.
fn aes_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(password) {
        *to = *from;
    }
    key
}

#[cfg(test)]
mod tests {
    use crate::functions::arguments::testing::{call, call_in, context, i, print, s};

    type Belongs = fn(char) -> bool;

    #[test]
    fn placeholders_have_the_length_and_alphabet_asked_for() {
        let table: [(&str, Belongs); 4] = [
            ("randAlphaNum", |it| it.is_ascii_alphanumeric()),
            ("randAlpha", |it| it.is_ascii_alphabetic()),
            ("randAscii", |it| (' '..='~').contains(&it)),
            ("randNumeric", |it| it.is_ascii_digit()),
        ];
        for (function, belongs) in table {
            let text = print(function, &[i(100)]);
            assert_eq!(text.len(), 100, "{function}");
            assert!(text.chars().all(belongs), "{function}: {text}");
            assert_eq!(print(function, &[i(0)]), "");
            assert_eq!(print(function, &[i(-1)]), "");
        }
        assert_eq!(print("randBytes", &[i(4)]).len(), 8);
        assert_eq!(print("uuidv4", &[]).len(), 36);
        assert_eq!(print("bcrypt", &[s("x")]).len(), 60);
        assert_eq!(print("htpasswd", &[s("u"), s("p")]).get(..6), Some("u:$2a$"));
        assert_eq!(print("htpasswd", &[s("u:v"), s("p")]), "invalid username: u:v");
        assert_eq!(print("randInt", &[i(3), i(4)]), "3");
        assert!(call("randInt", &[i(4), i(4)]).is_err());
    }

    #[test]
    fn placeholders_say_that_they_are_none_of_the_cluster() {
        let mut cx = context();
        for (function, args) in
            [("randAlphaNum", vec![i(5)]), ("uuidv4", vec![]), ("shuffle", vec![s("abc")])]
        {
            let value = call_in(&mut cx, function, &args).unwrap();
            assert!(cx.origins.get(value.origin()).synthetic, "{function}");
        }
    }

    #[test]
    fn aes_is_undone() {
        let encrypted = print("encryptAES", &[s("secretkey"), s("plaintext")]);
        assert_eq!(print("decryptAES", &[s("secretkey"), s(&encrypted)]), "plaintext");
        let known = "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=";
        assert_eq!(print("decryptAES", &[s("secretkey"), s(known)]), "plaintext");
        assert_eq!(print("decryptAES", &[s("k"), s("")]), "");
        for (text, error) in [
            ("a", "illegal base64 data at input byte 0"),
            ("YQ==", "runtime error: slice bounds out of range [:16] with capacity 3"),
            ("YWFhYWFhYWFhYWFhYWFhYWE=", "crypto/cipher: input not full blocks"),
        ] {
            assert_eq!(call("decryptAES", &[s("k"), s(text)]).unwrap_err(), error);
        }
    }
}
