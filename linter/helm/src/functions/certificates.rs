//! Keys and certificates. No linter needs real ones, and making them is what helm spends most of its
//! time on: all are placeholders in the shape of PEM, the same each time.

use std::{any::Any as StdAny, net::IpAddr};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Failure, Function,
    Param::{Int, List, Object as Struct, String},
    arguments::{any, list, text},
    encoding::decode_base64,
    random::placeholder,
};
use crate::{
    context::Context,
    data::fmt,
    text::Text,
    value::{self, Data, Map, Object, Value},
};

const CERTIFICATE: super::Param = Struct("sprig.certificate");

pub(super) const TABLE: &[Function] = &[
    Function::new("buildCustomCert", &[String, String], build_custom_cert),
    Function::new("genCA", &[String, Int], gen_ca),
    Function::new("genCAWithKey", &[String, Int, String], gen_ca_with_key),
    Function::new("genPrivateKey", &[String], gen_private_key),
    Function::new("genSelfSignedCert", &[String, List, List, Int], gen_self_signed),
    Function::new(
        "genSelfSignedCertWithKey",
        &[String, List, List, Int, String],
        gen_self_signed_with_key,
    ),
    Function::new("genSignedCert", &[String, List, List, Int, CERTIFICATE], gen_signed),
    Function::new(
        "genSignedCertWithKey",
        &[String, List, List, Int, CERTIFICATE, String],
        gen_signed_with_key,
    ),
];

/// What stands between the lines of every placeholder.
const CONTENT: &str = "goready renders charts without making keys. This text stands where helm \
                       would have put a key or a certificate; it is neither.";

/// A pair of a certificate and its key, sprig's `certificate`.
#[derive(Debug, Clone)]
struct Certificate {
    cert: Text,
    key: Text,
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::text(self.cert.clone())),
            "Key" => Some(Value::text(self.key.clone())),
            _ => None,
        }
    }

    fn print(&self) -> std::string::String {
        format!("{{{} {}}}", self.cert.lossy(), self.key.lossy())
    }

    fn plain(&self) -> Value {
        let map = Map::new();
        map.set("Cert", Value::text(self.cert.clone()));
        map.set("Key", Value::text(self.key.clone()));
        Value::map(map)
    }

    fn as_any(&self) -> &dyn StdAny {
        self
    }
}

/// A block of PEM around the placeholder.
fn pem(label: &str) -> std::string::String {
    let encoded = STANDARD.encode(CONTENT);
    let mut block = format!("-----BEGIN {label}-----\n");
    for line in encoded.as_bytes().chunks(64) {
        block.push_str(&std::string::String::from_utf8_lossy(line));
        block.push('\n');
    }
    let end = format!("-----END {label}-----\n");
    block.push_str(&end);
    block
}

fn gen_private_key(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let kind = text(args, 0)?;
    let label = match kind.bytes() {
        b"" | b"rsa" => "RSA PRIVATE KEY",
        b"dsa" => "DSA PRIVATE KEY",
        b"ecdsa" => "EC PRIVATE KEY",
        b"ed25519" => "PRIVATE KEY",
        other => {
            let message = [b"Unknown type ", other].concat();
            return Ok(Value::text(Text::new(message, kind.origin())));
        }
    };
    Ok(placeholder(cx, pem(label)))
}

/// A placeholder pair; a key that the chart gives stays as it is.
fn generated(cx: &mut Context, key: Option<&Text>) -> Value {
    let origin = cx.origins.synthetic(cx.site);
    cx.certificates.extend(cx.site.map(|it| it.span));
    let made = |label| Text::new(pem(label), origin);
    let key = key.map_or_else(|| made("RSA PRIVATE KEY"), Text::clone);
    Value::object(Certificate { cert: made("CERTIFICATE"), key }).with_origin(origin)
}

fn gen_ca(cx: &mut Context, _: &[Value]) -> Result<Value, Failure> {
    Ok(generated(cx, None))
}

fn gen_ca_with_key(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let key = given_key(args, 2)?;
    Ok(generated(cx, Some(key)))
}

fn gen_self_signed(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    check_names(args)?;
    Ok(generated(cx, None))
}

fn gen_self_signed_with_key(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let key = given_key(args, 4)?;
    check_names(args)?;
    Ok(generated(cx, Some(key)))
}

fn gen_signed(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    check_authority(args)?;
    check_names(args)?;
    Ok(generated(cx, None))
}

fn gen_signed_with_key(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let key = given_key(args, 5)?;
    check_authority(args)?;
    check_names(args)?;
    Ok(generated(cx, Some(key)))
}

/// A key of the chart: the label is all that is looked at.
fn given_key(args: &[Value], index: usize) -> Result<&Text, Failure> {
    let key = text(args, index)?;
    check_key(key.bytes()).map_err(|why| Failure(format!("parsing private key: {why}")))?;
    Ok(key)
}

fn check_key(text: &[u8]) -> Result<(), std::string::String> {
    let label = pem_label(text).ok_or("no PEM data in input")?;
    let label = std::string::String::from_utf8_lossy(label);
    match &*label {
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => Ok(()),
        other => Err(match other.strip_suffix(" PRIVATE KEY") {
            Some(kind) => format!("invalid private key type {kind}"),
            None => format!("no private key data in PEM block of type {other}"),
        }),
    }
}

/// The label of the first block of PEM.
fn pem_label(text: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(text, b"-----BEGIN ")?;
    let behind = &text[start + 11..];
    let (label, rest) = behind.split_at(memchr::memmem::find(behind, b"-----")?);
    let end = [b"-----END ", label, b"-----"].concat();
    memchr::memmem::find(rest, &end).map(|_| label)
}

fn check_authority(args: &[Value]) -> Result<(), Failure> {
    let authority = match &any(args, 4)?.data {
        Data::Object(object) => object.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    let Some(authority) = authority else {
        return Err("argument 4 is no sprig.certificate".into());
    };
    if pem_label(authority.cert.bytes()).is_none() {
        return Err("unable to decode certificate".into());
    }
    check_key(authority.key.bytes())
        .map_err(|why| Failure(format!("error parsing private key: {why}")))
}

/// Addresses and names that a certificate is for: the second and third argument.
fn check_names(args: &[Value]) -> Result<(), Failure> {
    for address in items(list(args, 1)?) {
        let Some(text) = address.as_text() else {
            let shown = fmt::display(address);
            return Err(format!("error parsing ip: {} is not a string", shown.lossy()).into());
        };
        let parsed = text.as_str().and_then(|it| it.parse::<IpAddr>().ok());
        if parsed.is_none() {
            return Err(format!("error parsing ip: {}", text.lossy()).into());
        }
    }
    for name in items(list(args, 2)?) {
        if name.as_text().is_none() {
            let shown = fmt::display(name);
            let what = "error processing alternate dns name";
            return Err(format!("{what}: {} is not a string", shown.lossy()).into());
        }
    }
    Ok(())
}

fn items(list: Option<&value::List>) -> &[Value] {
    list.map_or(&[], |it| it.items.as_slice())
}

/// A pair of the chart's own, in base64. It is passed on unread.
fn build_custom_cert(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (cert, key) = (text(args, 0)?, text(args, 1)?);
    let decoded = |text: &Text, what: &str| {
        decode_base64(text.bytes())
            .map(|it| Text::new(it, text.origin()))
            .map_err(|_| Failure(format!("unable to decode base64 {what}")))
    };
    let certificate =
        Certificate { cert: decoded(cert, "certificate")?, key: decoded(key, "private key")? };
    if pem_label(certificate.cert.bytes()).is_none() {
        return Err("unable to decode certificate".into());
    }
    check_key(certificate.key.bytes())
        .map_err(|why| Failure(format!("error parsing private key: {why}")))?;
    let origin = certificate.cert.origin();
    Ok(Value::object(certificate).with_origin(origin))
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, call_in, context, i, l, print, s},
        value::{Data, Value},
    };

    fn field(value: &Value, name: &str) -> String {
        let Data::Object(object) = &value.data else { panic!("{value:?} is no object") };
        print("toString", &[object.field(name).unwrap()])
    }

    #[test]
    fn certificates_have_the_shape_of_pem() {
        let mut cx = context();
        let authority = call_in(&mut cx, "genCA", &[s("ca"), i(1)]).unwrap();
        assert!(field(&authority, "Cert").starts_with("-----BEGIN CERTIFICATE-----\n"));
        assert!(field(&authority, "Key").ends_with("-----END RSA PRIVATE KEY-----\n"));
        assert!(cx.origins.get(authority.origin()).synthetic);
        assert_eq!(print("typeOf", std::slice::from_ref(&authority)), "sprig.certificate");
        let names = [s("a"), l([s("10.0.0.1"), s("::1")]), l([s("b.c")]), i(1)];
        call("genSelfSignedCert", &names).unwrap();
        call("genSelfSignedCert", &[s("a"), Value::nil(), Value::nil(), i(1)]).unwrap();
        let signed = [&names[..], std::slice::from_ref(&authority)].concat();
        call("genSignedCert", &signed).unwrap();
        let key = s(&field(&authority, "Key"));
        let with_key = call("genCAWithKey", &[s("ca"), i(1), key.clone()]).unwrap();
        assert_eq!(field(&with_key, "Key"), field(&authority, "Key"));
        call("genSignedCertWithKey", &[&signed[..], std::slice::from_ref(&key)].concat()).unwrap();
        call("genSelfSignedCertWithKey", &[&names[..], &[key]].concat()).unwrap();
    }

    #[test]
    fn keys_are_labelled_by_their_kind() {
        for (kind, label) in [
            ("", "RSA PRIVATE KEY"),
            ("rsa", "RSA PRIVATE KEY"),
            ("dsa", "DSA PRIVATE KEY"),
            ("ecdsa", "EC PRIVATE KEY"),
            ("ed25519", "PRIVATE KEY"),
        ] {
            let key = print("genPrivateKey", &[s(kind)]);
            assert!(key.starts_with(&format!("-----BEGIN {label}-----\n")), "{kind}");
        }
        assert_eq!(print("genPrivateKey", &[s("nope")]), "Unknown type nope");
    }

    #[test]
    fn bad_names_and_keys_are_refused() {
        let self_signed = |addresses, names| {
            call("genSelfSignedCert", &[s("a"), addresses, names, i(1)]).unwrap_err()
        };
        assert_eq!(self_signed(l([s("bad-ip")]), l([])), "error parsing ip: bad-ip");
        assert_eq!(self_signed(l([i(1)]), l([])), "error parsing ip: 1 is not a string");
        assert_eq!(
            self_signed(l([]), l([i(1)])),
            "error processing alternate dns name: 1 is not a string"
        );
        let with_key = |key: &str| call("genCAWithKey", &[s("a"), i(1), s(key)]).unwrap_err();
        assert_eq!(with_key("x"), "parsing private key: no PEM data in input");
        assert_eq!(
            with_key("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
            "parsing private key: no private key data in PEM block of type CERTIFICATE"
        );
        let custom = |cert: &str, key: &str| call("buildCustomCert", &[s(cert), s(key)]);
        assert_eq!(custom("*", "").unwrap_err(), "unable to decode base64 certificate");
        assert_eq!(custom("", "*").unwrap_err(), "unable to decode base64 private key");
        assert_eq!(custom("YQ==", "").unwrap_err(), "unable to decode certificate");
    }

    #[test]
    fn a_custom_certificate_is_passed_on() {
        let authority = call("genCA", &[s("ca"), i(1)]).unwrap();
        let (cert, key) = (field(&authority, "Cert"), field(&authority, "Key"));
        let args = [s(&print("b64enc", &[s(&cert)])), s(&print("b64enc", &[s(&key)]))];
        let custom = call("buildCustomCert", &args).unwrap();
        assert_eq!((field(&custom, "Cert"), field(&custom, "Key")), (cert, key));
    }
}
