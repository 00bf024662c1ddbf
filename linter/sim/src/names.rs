//! The grammars of names, labels and ports
//! (kubernetes/apimachinery `pkg/util/validation/validation.go`, v0.37).
//!
//! Which field wants which grammar is the rules' business.

use std::fmt;

/// What is wrong with a name; [`fmt::Display`] says what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameError {
    Empty,
    /// More characters than this.
    TooLong(usize),
    /// A character of another set, or one at the wrong end; the text says what is allowed.
    Form(&'static str),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong(length) => write!(f, "must have at most {length} characters"),
            Self::Form(form) => f.write_str(form),
        }
    }
}

/// `DNS1123LabelMaxLength`, `DNS1035LabelMaxLength` and `LabelValueMaxLength`.
const LABEL_LENGTH: usize = 63;
/// `DNS1123SubdomainMaxLength`.
const SUBDOMAIN_LENGTH: usize = 253;
/// Longest IANA service name (RFC 6335 section 5.1).
const SERVICE_NAME_LENGTH: usize = 15;

/// Most names inside a pod: `IsDNS1123Label`.
pub fn dns1123_label(text: &str) -> Result<(), NameError> {
    bounded(text, LABEL_LENGTH)?;
    let form = "must consist of lower case letters, digits and `-`, and start and end with a \
                letter or digit";
    let ends = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    framed(text, ends, |it| ends(it) || it == b'-', form)
}

/// Most object names: `IsDNS1123Subdomain`.
pub fn dns1123_subdomain(text: &str) -> Result<(), NameError> {
    bounded(text, SUBDOMAIN_LENGTH)?;
    let form = "must consist of lower case letters, digits, `-` and `.`, each part starting and \
                ending with a letter or digit";
    let ends = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    text.split('.').try_for_each(|part| framed(part, ends, |it| ends(it) || it == b'-', form))
}

/// Names that begin with a letter: `IsDNS1035Label`.
pub fn dns1035_label(text: &str) -> Result<(), NameError> {
    bounded(text, LABEL_LENGTH)?;
    let form = "must consist of lower case letters, digits and `-`, start with a letter and end \
                with a letter or digit";
    if !text.starts_with(|it: char| it.is_ascii_lowercase()) {
        return Err(NameError::Form(form));
    }
    dns1123_label(text).map_err(|_| NameError::Form(form))
}

/// Names of container ports: `IsValidPortName`.
pub fn port_name(text: &str) -> Result<(), NameError> {
    bounded(text, SERVICE_NAME_LENGTH)?;
    let form = "must consist of lower case letters, digits and single `-`, with at least one \
                letter and no `-` at either end";
    let fine = text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        && text.bytes().any(|it| it.is_ascii_lowercase())
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fine { Ok(()) } else { Err(NameError::Form(form)) }
}

/// Keys of labels, annotations, taints and resources: `IsQualifiedName`.
pub fn qualified_name(text: &str) -> Result<(), NameError> {
    let form = "must be a name, or a DNS name, `/` and a name";
    let name = match text.split_once('/') {
        Some((_, name)) if name.contains('/') => return Err(NameError::Form(form)),
        Some((prefix, name)) => {
            dns1123_subdomain(prefix)?;
            name
        }
        None => text,
    };
    bounded(name, LABEL_LENGTH)?;
    framed(
        name,
        |it| it.is_ascii_alphanumeric(),
        |it| it.is_ascii_alphanumeric() || b"-_.".contains(&it),
        "must consist of letters, digits, `-`, `_` and `.`, and start and end with a letter or \
         digit",
    )
}

/// Values of labels; empty is fine: `IsValidLabelValue`.
pub fn label_value(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Ok(());
    }
    bounded(text, LABEL_LENGTH)?;
    framed(
        text,
        |it| it.is_ascii_alphanumeric(),
        |it| it.is_ascii_alphanumeric() || b"-_.".contains(&it),
        "must consist of letters, digits, `-`, `_` and `.`, and start and end with a letter or \
         digit",
    )
}

/// Names of HTTP headers in probes: `IsHTTPHeaderName`.
pub fn http_header_name(text: &str) -> Result<(), NameError> {
    let fine = !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    if fine { Ok(()) } else { Err(NameError::Form("must consist of letters, digits and `-`")) }
}

/// Names of environment variables since 1.32: `IsRelaxedEnvVarName`.
pub fn env_name(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    let fine = text.bytes().all(|it| (b' '..=b'~').contains(&it) && it != b'=');
    if fine { Ok(()) } else { Err(NameError::Form("must be printable ASCII without `=`")) }
}

/// Keys of ConfigMaps and Secrets: `IsConfigMapKey`.
pub fn config_map_key(text: &str) -> Result<(), NameError> {
    bounded(text, SUBDOMAIN_LENGTH)?;
    let form = "must consist of letters, digits, `-`, `_` and `.`, and not start with `..`";
    let fine = text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        && text != "."
        && !text.starts_with("..");
    if fine { Ok(()) } else { Err(NameError::Form(form)) }
}

/// Names that need only survive in a URL, as those of RBAC: `IsValidPathSegmentName`.
pub fn path_segment(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    let fine = text != "." && text != ".." && !text.contains(['/', '%']);
    if fine { Ok(()) } else { Err(NameError::Form("must not be `.` or `..`, nor hold `/` or `%`")) }
}

fn bounded(text: &str, length: usize) -> Result<(), NameError> {
    match text.len() {
        0 => Err(NameError::Empty),
        it if it > length => Err(NameError::TooLong(length)),
        _ => Ok(()),
    }
}

/// Characters of one set, of a narrower one at both ends.
fn framed(
    text: &str,
    ends: impl Fn(u8) -> bool,
    inner: impl Fn(u8) -> bool,
    form: &'static str,
) -> Result<(), NameError> {
    let bytes = text.as_bytes();
    let fine = bytes.first().is_some_and(|it| ends(*it))
        && bytes.last().is_some_and(|it| ends(*it))
        && bytes.iter().all(|it| inner(*it));
    if fine { Ok(()) } else { Err(NameError::Form(form)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(check: fn(&str) -> Result<(), NameError>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in bad {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dns_labels_are_lower_case_and_short() {
        let longest = "a".repeat(63);
        let longer = "a".repeat(64);
        let bad = ["", "A", "a.b", "-a", "a-", "a_b", "a b", "ä", &longer];
        table(dns1123_label, &["a", "0a", "a-b", "1", &longest], &bad);
        table(dns1035_label, &["a", "a-0", &longest], &["0a", "1", "-a", "a-", "", "a.b"]);
    }

    #[test]
    fn subdomains_are_labels_with_dots() {
        let bad = ["", ".", "a.", ".a", "a..b", "A.b", "a.-b"];
        table(dns1123_subdomain, &["a", "a.b", "0.0", "a-b.c"], &bad);
    }

    #[test]
    fn port_names_are_iana_service_names() {
        let good = ["http", "80a", "a", "web-port-name-1", "https"];
        let bad = ["HTTP", "8080", "", "-a", "a-", "a--b", "http_1", "80-90", "port-15-charac-x"];
        table(port_name, &good, &bad);
    }

    #[test]
    fn label_keys_may_have_one_dns_prefix() {
        let good = ["app", "app.kubernetes.io/name", "A_b.c-d", "x/y"];
        let bad = ["", "/a", "a/", "a/b/c", "Example.com/x", "-a", "a-", "a b", "a/b/"];
        table(qualified_name, &good, &bad);
    }

    #[test]
    fn label_values_may_be_empty() {
        let longest = "a".repeat(63);
        let longer = "a".repeat(64);
        table(label_value, &["", "a", "A_b.c-1", &longest], &["-", "a-", "a b", "a/b", &longer]);
    }

    #[test]
    fn header_names_have_no_underscore() {
        table(http_header_name, &["X-Probe", "a"], &["", "X Probe", "X:Probe", "X_Probe"]);
    }

    #[test]
    fn environment_names_are_printable() {
        table(env_name, &["A", "a-b", "1", "a b", "a.b"], &["", "A=B", "ä", "a\n"]);
    }

    #[test]
    fn keys_of_config_maps_are_file_names() {
        table(
            config_map_key,
            &["a", "a.yaml", ".env", "A_b", "a..b"],
            &["", ".", "..", "..a", "a/b"],
        );
    }

    #[test]
    fn path_segments_take_almost_anything() {
        table(path_segment, &["Api", "system:x", "a b"], &["", ".", "..", "a/b", "50%"]);
    }
}
