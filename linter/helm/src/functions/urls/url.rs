//! URLs as Go's `net/url` reads and writes them (Go 1.26). RFC 3986 with exceptions of its own.

use std::net::IpAddr;

use crate::data::fmt;

/// A URL in its parts, none of which is escaped but the query.
#[derive(Debug, Default)]
pub(super) struct Url {
    pub(super) scheme: Vec<u8>,
    /// What follows a scheme without a slash: `mailto:a@b`.
    pub(super) opaque: Vec<u8>,
    pub(super) user: Option<UserInfo>,
    pub(super) host: Vec<u8>,
    pub(super) path: Vec<u8>,
    pub(super) query: Vec<u8>,
    pub(super) fragment: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct UserInfo {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl UserInfo {
    pub(super) fn print(&self) -> Vec<u8> {
        let mut printed = escape(&self.name, Part::User);
        if let Some(password) = &self.password {
            printed.push(b':');
            printed.extend(escape(password, Part::User));
        }
        printed
    }
}

/// A part of a URL, which says what must be escaped there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

impl Url {
    /// Go's `url.Parse`.
    ///
    /// # Errors
    /// In the words of Go, with the URL in front.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let (before, fragment) = cut(text, b'#');
        let refused = |url: &[u8], why: String| format!("parse {}: {why}", quoted(url));
        let mut url = Self::parse_before_fragment(before).map_err(|it| refused(before, it))?;
        let fragment = unescape(fragment, Part::Fragment).map_err(|it| refused(text, it))?;
        url.fragment = fragment;
        Ok(url)
    }

    fn parse_before_fragment(text: &[u8]) -> Result<Self, String> {
        if text.iter().any(|it| it.is_ascii_control()) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text == b"*" {
            return Ok(Self { path: b"*".to_vec(), ..Self::default() });
        }
        let (scheme, rest) = split_scheme(text)?;
        let (rest, query) = cut(rest, b'?');
        let mut url =
            Self { scheme: scheme.to_ascii_lowercase(), query: query.to_vec(), ..Self::default() };
        if !rest.starts_with(b"/") {
            if !scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let mut path = rest;
        let has_authority = !scheme.is_empty() || !rest.starts_with(b"///");
        if let Some(behind) = rest.strip_prefix(b"//").filter(|_| has_authority) {
            let end = memchr::memchr(b'/', behind).unwrap_or(behind.len());
            let (authority, behind) = behind.split_at(end);
            (url.user, url.host) = parse_authority(&url.scheme, authority)?;
            path = behind;
        }
        url.path = unescape(path, Part::Path)?;
        Ok(url)
    }

    /// The host without its port, and without the brackets of an address.
    pub(super) fn hostname(&self) -> &[u8] {
        let host = match memchr::memrchr(b':', &self.host) {
            Some(colon) if is_port(&self.host[colon..]) => &self.host[..colon],
            _ => &self.host,
        };
        let inside = host.strip_prefix(b"[").and_then(|it| it.strip_suffix(b"]"));
        inside.unwrap_or(host)
    }

    /// Go's `URL.String` of a URL made from parts.
    pub(super) fn print(&self) -> Vec<u8> {
        let mut printed = Vec::new();
        if !self.scheme.is_empty() {
            printed.extend_from_slice(&self.scheme);
            printed.push(b':');
        }
        if self.opaque.is_empty() {
            self.print_hierarchy(&mut printed);
        } else {
            printed.extend_from_slice(&self.opaque);
        }
        for (mark, part) in
            [(b'?', self.query.clone()), (b'#', escape(&self.fragment, Part::Fragment))]
        {
            if !part.is_empty() {
                printed.push(mark);
                printed.extend(part);
            }
        }
        printed
    }

    fn print_hierarchy(&self, printed: &mut Vec<u8>) {
        let has_host = !self.host.is_empty() || self.user.is_some();
        if has_host || (!self.scheme.is_empty() && !self.path.is_empty()) {
            printed.extend_from_slice(b"//");
            if let Some(user) = &self.user {
                printed.extend(user.print());
                printed.push(b'@');
            }
            printed.extend(escape(&self.host, Part::Host));
        }
        let path = match self.path.as_slice() {
            b"*" => b"*".to_vec(),
            path => escape(path, Part::Path),
        };
        if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
            printed.push(b'/');
        }
        // A colon in the first segment would make it a scheme.
        if printed.is_empty() && cut(&path, b'/').0.contains(&b':') {
            printed.extend_from_slice(b"./");
        }
        printed.extend(path);
    }
}

/// Before and behind a byte.
fn cut(text: &[u8], at: u8) -> (&[u8], &[u8]) {
    match memchr::memchr(at, text) {
        Some(place) => (&text[..place], &text[place + 1..]),
        None => (text, b""),
    }
}

fn quoted(text: &[u8]) -> String {
    String::from_utf8_lossy(&fmt::quote(text)).into_owned()
}

fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn parse_authority(scheme: &[u8], authority: &[u8]) -> Result<(Option<UserInfo>, Vec<u8>), String> {
    let Some(at) = memchr::memrchr(b'@', authority) else {
        return Ok((None, parse_host(scheme, authority)?));
    };
    let host = parse_host(scheme, &authority[at + 1..])?;
    let user = &authority[..at];
    let is_good = |it: &u8| it.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(it);
    if !user.iter().all(is_good) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(user, b':');
    let password = if user.contains(&b':') { Some(unescape(password, Part::User)?) } else { None };
    let user = UserInfo { name: unescape(name, Part::User)?, password };
    Ok((Some(user), host))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match memchr::memrchr(b'[', host) {
        Some(0) => return parse_address(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    if let Some(first) = memchr::memchr(b':', host) {
        // Databases write several hosts with ports; only for the web there is but one.
        let is_web = scheme == b"http" || scheme == b"https";
        let last = memchr::memrchr(b':', host).unwrap_or(first);
        check_port(&host[if is_web { first } else { last }..])?;
    }
    unescape(host, Part::Host)
}

/// `[::1]:80`, with a zone as in `[fe80::1%25en0]`.
fn parse_address(host: &[u8]) -> Result<Vec<u8>, String> {
    let end = memchr::memrchr(b']', host).ok_or("missing ']' in host")?;
    check_port(&host[end + 1..])?;
    let port = unescape(&host[end + 1..], Part::Host)?;
    let name = &host[1..end];
    let zone = memchr::memmem::find(name, b"%25").unwrap_or(name.len());
    let address =
        [unescape(&name[..zone], Part::Host)?, unescape(&name[zone..], Part::Zone)?].concat();
    let without_zone = cut(&address, b'%').0;
    let parsed = std::str::from_utf8(without_zone).ok().and_then(|it| it.parse::<IpAddr>().ok());
    if parsed.is_some_and(|it| it.is_ipv4()) {
        return Err("invalid IP-literal".to_owned());
    }
    if parsed.is_none() {
        let shown = quoted(&address);
        return Err(format!("invalid host: ParseAddr({shown}): unable to parse IP"));
    }
    Ok([b"[", &address[..], b"]", &port].concat())
}

fn check_port(port: &[u8]) -> Result<(), String> {
    if port.is_empty() || is_port(port) {
        return Ok(());
    }
    Err(format!("invalid port {} after host", quoted(port)))
}

/// A colon and digits, or a colon alone.
fn is_port(port: &[u8]) -> bool {
    port.split_first()
        .is_some_and(|(colon, digits)| *colon == b':' && digits.iter().all(u8::is_ascii_digit))
}

/// Takes `%20` back. In a host only bytes beyond ASCII may be escaped, and what is not must be
/// allowed there.
fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte != b'%' {
            let in_host = matches!(part, Part::Host | Part::Zone);
            if in_host && byte.is_ascii() && must_escape(byte, part) {
                return Err(format!("invalid character {} in host name", quoted(&[byte])));
            }
            plain.push(byte);
            at += 1;
            continue;
        }
        let escape = &text[at..text.len().min(at + 3)];
        let digit = |at: usize| escape.get(at).and_then(|it| char::from(*it).to_digit(16));
        let value = digit(1).zip(digit(2)).map(|(high, low)| (high * 16 + low) as u8);
        let value = value.filter(|value| match part {
            Part::Host => !value.is_ascii() || escape == b"%25",
            Part::Zone => escape == b"%25" || *value == b' ' || !must_escape(*value, Part::Host),
            _ => true,
        });
        let Some(value) = value else {
            return Err(format!("invalid URL escape {}", quoted(escape)));
        };
        plain.push(value);
        at += 3;
    }
    Ok(plain)
}

fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text {
        if must_escape(*byte, part) {
            escaped.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            escaped.push(*byte);
        }
    }
    escaped
}

fn must_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    let allowed: &[u8] = match part {
        Part::Path => b"$&+,/:;=@",
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"",
        Part::User => b"$&+,;=",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    !allowed.contains(&byte)
}
