//! `proxy.istio.io/config`: a ProxyConfig in YAML, decoded by protojson and then validated
//! (istio/istio 86c9f01f `pkg/config/mesh/mesh.go` ApplyProxyConfig, `pkg/config/validation/agent/
//! validation.go` ValidateMeshConfigProxyConfig; fields of istio/api `mesh/v1alpha1/proxy.proto`).
//!
//! Fields that Istio does not know are dropped without a word, so nothing is said about them here.

use goready_model::{FileId, Node, NodeKind};

/// Why the injector refuses the value: the end of a sentence. `None` when it takes it.
pub(super) fn wrong(text: &str) -> Option<String> {
    let parsed = goready_yaml::parse(FileId(0), text);
    let is_broken = |it: &goready_model::Problem| it.kind == goready_model::ProblemKind::Syntax;
    if parsed.problems.iter().any(is_broken) {
        return Some("is no YAML".to_owned());
    }
    let root = parsed.documents.first()?.tree.root()?;
    if root.is_null() {
        return None;
    }
    if !root.is_mapping() {
        return Some("is no mapping of ProxyConfig fields".to_owned());
    }
    message(root, PROXY_CONFIG, "")
}

/// What a field of the message may hold.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    /// Text that may not be empty.
    FilledText,
    /// `host:port`.
    Address,
    Bool,
    Int,
    /// 1 to 65535.
    Port,
    Number,
    Duration,
    /// At least a second, in whole seconds.
    WholeSeconds,
    Enum(&'static [&'static str]),
    Texts,
    TextMap,
    Message(&'static [Field]),
    /// A message one of whose fields must be set.
    Needs(&'static [Field], &'static str),
}

#[derive(Debug, Clone, Copy)]
struct Field {
    name: &'static str,
    kind: Kind,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

const POLL: &[Field] = &[field("pollDelay", Kind::Duration), field("fallback", Kind::Bool)];

const ADDRESS: &[Field] = &[field("address", Kind::Address)];

const TRACING: &[Field] = &[
    field("zipkin", Kind::Message(ADDRESS)),
    field("datadog", Kind::Message(ADDRESS)),
    field("sampling", Kind::Number),
    field("maxPathTagLength", Kind::Int),
    field("enableIstioTags", Kind::Bool),
];

const KEY_PROVIDER: &[Field] = &[
    field("cryptomb", Kind::Needs(POLL, "pollDelay")),
    field("qat", Kind::Needs(POLL, "pollDelay")),
];

const PROXY_CONFIG: &[Field] = &[
    field("configPath", Kind::FilledText),
    field("binaryPath", Kind::FilledText),
    field("serviceCluster", Kind::FilledText),
    field("drainDuration", Kind::WholeSeconds),
    field("terminationDrainDuration", Kind::Duration),
    field("fileFlushInterval", Kind::Duration),
    field("discoveryAddress", Kind::Address),
    field("statsdUdpAddress", Kind::Address),
    field("proxyAdminPort", Kind::Port),
    field("statusPort", Kind::Port),
    field("controlPlaneAuthPolicy", Kind::Enum(&["NONE", "MUTUAL_TLS"])),
    field("interceptionMode", Kind::Enum(&["REDIRECT", "TPROXY", "NONE"])),
    field("customConfigFile", Kind::Text),
    field("proxyBootstrapTemplatePath", Kind::Text),
    field("meshId", Kind::Text),
    field("statNameLength", Kind::Int),
    field("concurrency", Kind::Int),
    field("fileFlushMinSizeKb", Kind::Int),
    field("holdApplicationUntilProxyStarts", Kind::Bool),
    field("statsCompression", Kind::Bool),
    field("proxyMetadata", Kind::TextMap),
    field("runtimeValues", Kind::TextMap),
    field("extraStatTags", Kind::Texts),
    field("caCertificatesPem", Kind::Texts),
    field("tracing", Kind::Message(TRACING)),
    field("image", Kind::Message(&[field("imageType", Kind::Text)])),
    field("privateKeyProvider", Kind::Message(KEY_PROVIDER)),
    field(
        "proxyStatsMatcher",
        Kind::Message(&[
            field("inclusionPrefixes", Kind::Texts),
            field("inclusionSuffixes", Kind::Texts),
            field("inclusionRegexps", Kind::Texts),
        ]),
    ),
];

fn message(node: Node<'_>, fields: &[Field], path: &str) -> Option<String> {
    fields.iter().find_map(|field| {
        let value = node.get(field.name).or_else(|| node.get(&snake_case(field.name)))?;
        // protojson takes null for an unset field.
        if value.is_null() {
            return None;
        }
        let path = format!("{path}{}", field.name);
        check(value, field.kind, &path)
    })
}

/// protojson reads a field by either of its names.
fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, letter| {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
        text
    })
}

fn check(value: Node<'_>, kind: Kind, path: &str) -> Option<String> {
    let text = || value.as_str();
    let (ok, wanted) = match kind {
        Kind::Text => (text().is_some(), "text"),
        Kind::FilledText => (text().is_some_and(|it| !it.is_empty()), "text that is not empty"),
        Kind::Address => (text().is_some_and(is_address), "`host:port`"),
        Kind::Bool => (value.as_bool().is_some(), "true or false"),
        Kind::Int => (int(value).is_some(), "a whole number"),
        Kind::Port => {
            (int(value).is_some_and(|it| (1..=65535).contains(&it)), "a port from 1 to 65535")
        }
        Kind::Number => (matches!(value.kind(), NodeKind::Int(_) | NodeKind::Float(_)), "a number"),
        Kind::Duration => (text().is_some_and(|it| millis(it).is_some()), "a duration such as 30s"),
        Kind::WholeSeconds => {
            let whole = |it: i64| it >= 1000 && it % 1000 == 0;
            (text().and_then(millis).is_some_and(whole), "whole seconds, at least 1s")
        }
        Kind::Enum(names) => {
            (text().map_or(int(value).is_some(), |it| names.contains(&it)), "one of its values")
        }
        Kind::Texts => (
            value.is_sequence() && value.items().all(|it| it.as_str().is_some()),
            "a list of texts",
        ),
        Kind::TextMap => {
            let texts = value.entries().all(|it| it.value.as_str().is_some());
            (value.is_mapping() && texts, "a mapping to texts")
        }
        Kind::Message(fields) | Kind::Needs(fields, _) => {
            if value.is_mapping()
                && let Some(wrong) = message(value, fields, &format!("{path}."))
            {
                return Some(wrong);
            }
            let needed = match kind {
                Kind::Needs(_, name) => value.get(name).is_some(),
                _ => true,
            };
            // A value of another shape for a message is dropped or refused, depending on it.
            (needed || !value.is_mapping(), "all it needs")
        }
    };
    (!ok).then(|| format!("sets `{path}`, which must be {wanted}"))
}

/// protojson also takes numbers in quotes.
fn int(value: Node<'_>) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && super::parse_unsigned(port, 65535).is_some_and(|it| it > 0)
    })
}

/// A duration of one unit; protojson itself writes seconds.
fn millis(text: &str) -> Option<i64> {
    let (number, unit) = [("ms", 1.0), ("s", 1000.0), ("m", 60_000.0), ("h", 3_600_000.0)]
        .iter()
        .find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size)))?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let plain = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    plain.then(|| number.parse::<f64>().ok()).flatten().map(|it| (it * unit).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn typos_are_dropped_and_wrong_values_are_refused() {
        for good in [
            "",
            "{}",
            "holdApplicationUntilProxyStarts: true",
            "holdApplicationUntilProxyStart: true",
            "CONCURRENCY: 1",
            "concurrency: -1",
            "concurrency: null",
            "termination_drain_duration: 30s",
            "terminationDrainDuration: 0s",
            "terminationDrainDuration: -1s",
            "drainDuration: 45s",
            "tracing:\n  sampling: 200",
            "proxyMetadata:\n  FOO: \"true\"",
        ] {
            assert_eq!(wrong(good), None, "{good}");
        }
        for bad in [
            "just a string",
            "- a",
            "a: [",
            "holdApplicationUntilProxyStarts: \"true\"",
            "terminationDrainDuration: 30",
            "terminationDrainDuration: 30 s",
            "drainDuration: 100ms",
            "drainDuration: 1500ms",
            "drainDuration: 0s",
            "discoveryAddress: istiod",
            "statusPort: 99999",
            "configPath: \"\"",
            "proxyMetadata:\n  FOO: true",
            "tracing:\n  zipkin:\n    address: \"\"",
            "privateKeyProvider:\n  cryptomb: {}",
        ] {
            assert!(wrong(bad).is_some(), "{bad}");
        }
    }
}
