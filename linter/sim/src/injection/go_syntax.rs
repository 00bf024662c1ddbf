//! Values as the Go standard library reads them; injectors and the runtime accept exactly these.

use std::net::{Ipv4Addr, Ipv6Addr};

/// `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.ParseUint` in base 10: digits only, no sign, no underscore, at most `max`.
pub fn parse_unsigned(text: &str, max: u64) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|it| *it <= max)
}

/// `strconv.Atoi`: one sign is allowed.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// `netip.ParsePrefix`: an address, a slash and a number of bits; no zone, no leading zeros.
pub fn parse_prefix(text: &str) -> bool {
    let Some((address, bits)) = text.rsplit_once('/') else { return false };
    let max = if address.parse::<Ipv4Addr>().is_ok() {
        32
    } else if address.parse::<Ipv6Addr>().is_ok() {
        128
    } else {
        return false;
    };
    if bits.len() > 1 && bits.starts_with('0') {
        return false;
    }
    parse_unsigned(bits, max).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_read_as_netip_does() {
        for good in ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "fd00::/8", "::/0", "::1/128"] {
            assert!(parse_prefix(good), "{good}");
        }
        for bad in [
            "10.0.0.1",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.0/-1",
            "10.0.0/8",
            "010.0.0.0/8",
            "fe80::1%eth0/64",
            " 10.0.0.0/8",
            "10.0.0.0/8 ",
            "/8",
            "",
            "example.com/8",
            "fd00::/129",
        ] {
            assert!(!parse_prefix(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_take_no_sign_and_no_separator() {
        assert_eq!(parse_unsigned("080", 65535), Some(80));
        for bad in ["", "+80", "-1", "8_0", "0x50", "65536", "８０", "99999999999999999999"] {
            assert_eq!(parse_unsigned(bad, 65535), None, "{bad}");
        }
        assert_eq!(parse_int("+8080"), Some(8080));
        assert_eq!(parse_int("-1"), Some(-1));
        assert_eq!(parse_int("+"), None);
    }

    #[test]
    fn booleans_have_twelve_spellings() {
        assert_eq!(parse_bool("T"), Some(true));
        assert_eq!(parse_bool("False"), Some(false));
        for bad in ["", "yes", "tRUE", " true", "2"] {
            assert_eq!(parse_bool(bad), None, "{bad}");
        }
    }
}
