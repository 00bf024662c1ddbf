//! Resource requests and limits as amounts, for the rules that compare them.

use goready_model::Node;
use goready_sim::quantity::{Quantity, display_bytes, display_cpu};

/// One entry of `requests` or `limits` that is known and well formed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount<'t> {
    pub(crate) resource: &'t str,
    pub(crate) node: Node<'t>,
    pub(crate) quantity: Quantity,
}

/// `requests` or `limits` of a container or pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Requests,
    Limits,
}

impl List {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Limits => "limits",
        }
    }

    /// `request` or `limit`.
    pub(crate) fn entry(self) -> &'static str {
        match self {
            Self::Requests => "request",
            Self::Limits => "limit",
        }
    }
}

/// What is said about one resource.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Said<'t> {
    Nothing,
    /// Written, but not known or not well formed.
    Unknown,
    Amount(Amount<'t>),
}

impl<'t> Said<'t> {
    pub(crate) fn amount(self) -> Option<Amount<'t>> {
        match self {
            Self::Amount(amount) => Some(amount),
            Self::Nothing | Self::Unknown => None,
        }
    }
}

/// What `resources` of a container or pod spec says about a resource.
pub(crate) fn said<'t>(holder: Node<'t>, list: List, resource: &str) -> Said<'t> {
    let mut node = holder;
    for key in ["resources", list.key()] {
        match node.get(key) {
            Some(next) if next.is_mapping() => node = next,
            Some(next) if !next.is_null() => return Said::Unknown,
            _ => return Said::Nothing,
        }
    }
    let entry = node.entries().find(|it| it.key.text() == resource && !it.key.is_dynamic());
    let (Some(entry), Some(value)) = (entry, node.get(resource)) else {
        let generated = node.entries().any(|it| it.key.is_dynamic());
        return if generated { Said::Unknown } else { Said::Nothing };
    };
    match Quantity::known(value) {
        Some(quantity) => {
            Said::Amount(Amount { resource: entry.key.text(), node: value, quantity })
        }
        None => Said::Unknown,
    }
}

/// All amounts of a list, in the order of the text.
pub(crate) fn amounts(holder: Node<'_>, list: List) -> impl Iterator<Item = Amount<'_>> {
    let node = holder.path(&["resources", list.key()]);
    let entries = node.into_iter().flat_map(|it| it.entries());
    entries.filter_map(move |it| said(holder, list, it.key.text()).amount())
}

/// The whole `resources` is not known, so neither is what is missing in it.
pub(crate) fn are_unknown(holder: Node<'_>) -> bool {
    let resources = holder.get("resources");
    let lists = ["requests", "limits"].map(|it| resources.and_then(|resources| resources.get(it)));
    resources.is_some_and(|it| it.is_dynamic())
        || lists
            .into_iter()
            .flatten()
            .any(|list| list.is_dynamic() || list.entries().any(|it| it.key.is_dynamic()))
}

/// The text of an amount as a person wrote it.
pub(crate) fn written(amount: &Amount<'_>) -> String {
    format!("`{}`", amount.node.text())
}

/// An amount as a person writes amounts of this resource.
pub(crate) fn display(resource: &str, quantity: Quantity) -> String {
    match resource {
        "cpu" => display_cpu(quantity),
        "memory" | "ephemeral-storage" | "storage" => display_bytes(quantity),
        _ if is_huge_page(resource) => display_bytes(quantity),
        _ => display_cpu(quantity),
    }
}

/// `hugepages-2Mi` (kubernetes/kubernetes `pkg/apis/core/v1/helper`: `IsHugePageResourceName`).
pub(crate) fn is_huge_page(resource: &str) -> bool {
    resource.starts_with("hugepages-")
}

/// Whether Kubernetes itself defines the resource (`IsNativeResource`).
pub(crate) fn is_native(resource: &str) -> bool {
    !resource.contains('/') || resource.contains("kubernetes.io/")
}

/// A device that a plugin counts, `nvidia.com/gpu` (`IsExtendedResourceName`).
pub(crate) fn is_extended(resource: &str) -> bool {
    !is_native(resource) && !resource.starts_with("requests.")
}
