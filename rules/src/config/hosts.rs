//! Which hosts of URLs are public, private, or no hosts to speak of.

use std::net::IpAddr;

/// Whether a host has a public name: one that only a public certificate authority vouches for.
pub(super) fn is_public(host: &str) -> bool {
    let labels = host.split('.').count();
    labels >= 2
        && host.parse::<IpAddr>().is_err()
        && !host.contains(['%', '{', '$', '<'])
        && !is_private_name(host)
        && !is_reserved(host)
}

/// Names under which people run services of their own.
pub(super) fn is_private_name(host: &str) -> bool {
    const ENDINGS: [&str; 9] = [
        ".internal",
        ".local",
        ".lan",
        ".corp",
        ".intra",
        ".intranet",
        ".svc",
        ".home.arpa",
        ".localdomain",
    ];
    ENDINGS.iter().any(|it| host.ends_with(it)) || host.contains(".svc.")
}

/// Names and addresses that stand for nothing (RFC 2606, RFC 5737), for the host itself, or for the
/// metadata of a cloud.
pub(super) fn is_reserved(host: &str) -> bool {
    const NAMES: [&str; 6] = [
        "localhost",
        "metadata.google.internal",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "host.docker.internal",
        "instance-data.ec2.internal",
    ];
    const ENDINGS: [&str; 7] =
        ["example", "example.com", "example.org", "example.net", "test", "invalid", "localhost"];
    let ends =
        |it: &str| host.strip_suffix(it).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    NAMES.contains(&host) || ENDINGS.iter().any(|it| ends(it))
}

/// An address of a network of one's own: neither the host itself nor documentation nor metadata.
pub(super) fn is_address(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(it)) => {
            !it.is_loopback()
                && !it.is_unspecified()
                && !it.is_documentation()
                && !it.is_link_local()
                && !it.is_broadcast()
                // Metadata of Alibaba Cloud.
                && it.octets() != [100, 100, 100, 200]
        }
        Ok(IpAddr::V6(_)) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        for host in ["api.github.com", "golang.org"] {
            assert!(is_public(host), "{host}");
        }
        for host in ["localhost", "10.0.0.1", "billing", "billing.internal", "api.example.com", ""]
        {
            assert!(!is_public(host), "{host}");
        }
        assert!(
            is_private_name("billing.internal") && is_private_name("db.shop.svc.cluster.local")
        );
        assert!(is_address("10.1.2.3") && is_address("8.8.8.8"));
        for host in ["127.0.0.1", "0.0.0.0", "192.0.2.1", "169.254.169.254", "::1", "api"] {
            assert!(!is_address(host), "{host}");
        }
    }
}
