//! What the names of images, Dockerfiles and directories say about each other.

use goready_model::ImageName;

/// One pattern a line, comments behind `#`.
const THIRD_PARTY: &str = include_str!("../data/third_party_images.txt");

/// Whether an image is one of those that are never built from the repository.
pub(super) fn is_third_party(image: &ImageName) -> bool {
    let full = image.full();
    THIRD_PARTY.lines().filter(|it| !it.is_empty() && !it.starts_with('#')).any(|pattern| {
        match pattern.strip_suffix('*') {
            Some(prefix) => full.starts_with(prefix),
            None => full == pattern,
        }
    })
}

/// Words that people add to a service's name in its image or directory.
const AFFIXES: [&str; 8] = ["service", "svc", "server", "api", "app", "image", "backend", "go"];

/// A name without the affixes that carry no meaning: `shop-cart-service` in the repository
/// `shop` is `cart`.
pub(super) fn bare(name: &str, repository: &str) -> String {
    let mut rest = name.to_ascii_lowercase();
    if let Some(tail) = rest.strip_prefix(&format!("{}-", repository.to_ascii_lowercase()))
        && !repository.is_empty()
    {
        rest = tail.to_owned();
    }
    for affix in AFFIXES {
        for separator in ["-", "_", ""] {
            let suffix = format!("{separator}{affix}");
            if let Some(head) = rest.strip_suffix(&suffix)
                && head.len() > 2
            {
                rest = head.to_owned();
                break;
            }
        }
    }
    rest
}

/// What a Dockerfile's name adds: `webhooks` of `Dockerfile.webhooks` and `webhooks.Dockerfile`.
pub(super) fn dockerfile_suffix(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    for word in ["dockerfile", "containerfile"] {
        if let Some(rest) = lower.strip_prefix(word) {
            let rest = &name[name.len() - rest.len()..];
            return rest.strip_prefix(['.', '-', '_']).filter(|it| !it.is_empty());
        }
        if let Some(head) = lower.strip_suffix(&format!(".{word}")) {
            return name.get(..head.len());
        }
    }
    None
}

/// The directory a Dockerfile lies in, by its last part; `None` at the root and for directories
/// that only say "images are here".
pub(super) fn dockerfile_directory(path: &str) -> Option<&str> {
    let (dir, _) = path.rsplit_once('/')?;
    let name = dir.rsplit('/').next().unwrap_or(dir);
    let general = ["build", "docker", "package", "deploy", "images", "containers", "hack", "ci"];
    (!general.contains(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn third_party_images_are_known_by_name_and_owner() {
        for (image, expected) in [
            ("redis:7", true),
            ("docker.io/library/postgres", true),
            ("acme/redis", false),
            ("registry.k8s.io/pause:3.9", true),
            ("quay.io/prometheus/node-exporter", true),
            ("ghcr.io/acme/api", false),
            ("mynginx", false),
        ] {
            assert_eq!(is_third_party(&ImageName::parse(image)), expected, "{image}");
        }
    }

    #[test]
    fn affixes_do_not_tell_services_apart() {
        assert_eq!(bare("shop-cart-service", "shop"), "cart");
        assert_eq!(bare("checkoutservice", "x"), "checkout");
        assert_eq!(bare("api", ""), "api");
    }

    #[test]
    fn dockerfile_names_carry_a_service() {
        assert_eq!(dockerfile_suffix("a/Dockerfile.webhooks"), Some("webhooks"));
        assert_eq!(dockerfile_suffix("buildx.Dockerfile"), Some("buildx"));
        assert_eq!(dockerfile_suffix("Dockerfile"), None);
        assert_eq!(dockerfile_directory("src/cart/Dockerfile"), Some("cart"));
        assert_eq!(dockerfile_directory("build/package/Dockerfile"), None);
    }
}
