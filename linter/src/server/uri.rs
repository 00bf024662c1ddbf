//! File URIs and paths.
//!
//! Only what editors send: `file:` with an absolute path, percent-encoded as RFC 3986 asks, on
//! Windows with a drive letter behind the slash.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use gen_lsp_types::Uri;

/// The path of a `file:` URI; `None` for other schemes (`untitled:`, `git:`) and other hosts.
pub(super) fn to_path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let decoded = percent_decoded(path)?;
    // `/c:/x` on Windows is `c:/x`.
    let drive = decoded.as_bytes().get(1..3).is_some_and(|it| {
        it.first().is_some_and(u8::is_ascii_alphabetic) && it.get(1) == Some(&b':')
    });
    let plain = if cfg!(windows) && drive { decoded.get(1..)? } else { &decoded };
    Some(PathBuf::from(plain))
}

/// The URI of an absolute path.
pub(super) fn from_path(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(byte as char);
        } else {
            _ = write!(uri, "%{byte:02X}");
        }
    }
    Uri(uri)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |it: Option<u8>| (it? as char).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_the_way_through_a_uri() {
        let path = Path::new("/work/a b/té#1?%.yaml");
        let uri = from_path(path);
        assert_eq!(uri.0, "file:///work/a%20b/t%C3%A9%231%3F%25.yaml");
        assert_eq!(to_path(&uri).as_deref(), Some(path));
    }

    #[test]
    fn what_is_no_local_file_has_no_path() {
        for uri in ["untitled:Untitled-1", "git:/a.go", "file://host/share/a.go", "file:///a%2"] {
            assert_eq!(to_path(&Uri(uri.to_owned())), None, "{uri}");
        }
    }
}
