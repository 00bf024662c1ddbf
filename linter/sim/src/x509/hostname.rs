//! Names of certificates against the name that is called (crypto/x509 `VerifyHostname`).

use std::net::IpAddr;

use goready_model::NameConstraints;

/// Whether names of a certificate cover a host.
pub fn covers<'n>(
    dns_names: impl IntoIterator<Item = &'n str>,
    addresses: &[IpAddr],
    host: &str,
) -> bool {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return addresses.contains(&address);
    }
    let is_valid = is_valid_host(host.strip_suffix('.').unwrap_or(host), false);
    dns_names.into_iter().any(|name| {
        if is_valid && is_valid_host(name, true) {
            matches(name, host.strip_suffix('.').unwrap_or(host))
        } else {
            !name.is_empty() && name != "." && name.eq_ignore_ascii_case(host)
        }
    })
}

/// A `*` stands for the whole first label and for nothing else (`matchHostnames`).
fn matches(pattern: &str, host: &str) -> bool {
    let (mut pattern, mut host) = (pattern.split('.'), host.split('.'));
    let mut first = true;
    loop {
        match (pattern.next(), host.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) => {
                if !(first && one == "*" || one.eq_ignore_ascii_case(other)) {
                    return false;
                }
            }
            _ => return false,
        }
        first = false;
    }
}

/// `validHostname`: letters, digits, `_`, and `-` inside a label.
fn is_valid_host(host: &str, is_pattern: bool) -> bool {
    host != "*"
        && host.split('.').enumerate().all(|(index, label)| {
            let wildcard = is_pattern && index == 0 && label == "*";
            let fits = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
            wildcard || !label.is_empty() && !label.starts_with('-') && label.bytes().all(fits)
        })
}

/// Whether name constraints let a DNS name pass (`matchDomainConstraint`).
pub(super) fn is_permitted(name: &str, constraints: &NameConstraints) -> bool {
    let within = |constraint: &String| is_within(name, constraint);
    let permitted = &constraints.permitted;
    !constraints.excluded.iter().any(within)
        && (permitted.is_empty() || permitted.iter().any(within))
}

/// A constraint covers its own domain and all below it; with a leading dot only those below.
fn is_within(name: &str, constraint: &str) -> bool {
    let domain = constraint.strip_prefix('.').unwrap_or(constraint);
    if domain.is_empty() {
        return true;
    }
    let (name, domain) = (name.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let Some(before) = name.strip_suffix(&domain) else { return false };
    before.ends_with('.') || before.is_empty() && !constraint.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_go() {
        for (name, covered) in [
            ("webhook.shop.svc", true),
            ("WEBHOOK.Shop.svc", true),
            ("*.shop.svc", true),
            ("*.svc", false),
            ("*.*.svc", false),
            ("web*.shop.svc", false),
            ("*", false),
            ("webhook.shop.svc.", false),
            ("webhook.shop.svc.cluster.local", false),
            ("xwebhook.shop.svc", false),
            ("", false),
        ] {
            assert_eq!(covers([name], &[], "webhook.shop.svc"), covered, "{name}");
        }
        let address = [IpAddr::from([10, 0, 0, 1])];
        assert!(covers([], &address, "10.0.0.1"));
        assert!(!covers(["10.0.0.1"], &[], "10.0.0.1"));
    }

    #[test]
    fn constraints_cover_a_domain_and_what_lies_below() {
        let only = |permitted: &[&str], excluded: &[&str]| NameConstraints {
            permitted: permitted.iter().map(|it| (*it).to_owned()).collect(),
            excluded: excluded.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert!(is_permitted("a.shop.svc", &only(&["svc"], &[])));
        assert!(is_permitted("svc", &only(&["svc"], &[])));
        assert!(!is_permitted("svc", &only(&[".svc"], &[])));
        assert!(!is_permitted("a.shopsvc", &only(&["svc"], &[])));
        assert!(!is_permitted("a.shop.svc", &only(&["svc"], &["shop.svc"])));
        assert!(is_permitted("a.shop.svc", &only(&[], &["example.com"])));
    }
}
