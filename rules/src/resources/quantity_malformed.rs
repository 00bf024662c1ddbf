//! A quantity that Kubernetes cannot read, or does not take at its place.
//!
//! ## What it does
//! Parses every quantity field of a built-in kind exactly as Kubernetes does: sign, digits with at
//! most one point, and a suffix among `n u m k M G T P E`, `Ki Mi Gi Ti Pi Ei` or an exponent.
//! Also reported are negative requests, limits and sizes, volumes of no size, fractions of things
//! that only come whole (GPUs, pods in a quota), and divisors that the downward API does not take.
//!
//! ## Why is this bad
//! The API server refuses the object: `quantities must match the regular expression ...`.
//!
//! ## Example
//! `pod.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: cart
//! spec:
//!   containers:
//!     - name: cart
//!       image: example.com/cart:1.0.0
//!       resources:
//!         limits:
//!           memory: 512MB
//! ```
//!
//! ## Use instead
//! `pod.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: cart
//! spec:
//!   containers:
//!     - name: cart
//!       image: example.com/cart:1.0.0
//!       resources:
//!         limits:
//!           memory: 512Mi
//! ```
//!
//! ## References
//! - [Quantity](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)
//! - [Parser in kubernetes/apimachinery](https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go)

use goready_model::{Confidence, Edit, Node, NodeKind, Object, Outcome, Profile};
use goready_sim::quantity::Quantity;

use crate::{
    Check, Cx, Findings, Rule, Scope,
    api::fixable,
    resources::amounts::is_extended,
    schema::{QUANTITIES, Shape, Typed, visit_some, words},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    visit_some(object, &QUANTITIES, |typed| {
        if typed.shape != Shape::Quantity || typed.node.is_null() {
            return;
        }
        let node = typed.node;
        match Quantity::of_node(node) {
            Some(Ok(quantity)) => {
                if let Some((wrong, help)) = refused(&typed, quantity) {
                    let path = words::path(object, node);
                    findings
                        .node(node, format!("`{path}` is `{}`, {wrong}", node.text()))
                        .help(help);
                }
            }
            Some(Err(_)) => report(cx, object, node, findings),
            None => {}
        }
    });
}

fn report(cx: &Cx<'_>, object: &Object, node: Node<'_>, findings: &mut Findings) {
    let path = words::path(object, node);
    let text = node.text();
    let draft = findings.node(node, format!("`{path}` is \"{text}\", which is no quantity"));
    let is_cpu = node.key().is_some_and(|it| it.text().rsplit('.').next() == Some("cpu"));
    let meant = if matches!(node.kind(), NodeKind::String) { meant(text, is_cpu) } else { vec![] };
    match &*meant {
        [] if is_cpu => {
            draft.help("write a number of cores such as `500m` or `2`");
        }
        [] => {
            draft.help("write a number with a suffix such as `128Mi` or `1Gi`");
        }
        [.., likely] => {
            let texts: Vec<&str> = meant.iter().map(String::as_str).collect();
            let draft = draft.help(format!("write {}", words::choices(&texts)));
            if fixable(cx, object) {
                let edit = Edit { place: node.place(), text: likely.clone() };
                draft.unsafe_fix(format!("write `{likely}`"), vec![edit]);
            }
        }
    }
}

/// What a person may have meant, the likeliest last: `512M` and `512Mi` for `512MB`.
fn meant(text: &str, is_cpu: bool) -> Vec<String> {
    let text: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    let text = text.replace(',', ".");
    if !text.is_empty() && Quantity::parse(&text).is_ok() {
        return vec![text];
    }
    let digits = text.bytes().take_while(|it| it.is_ascii_digit() || *it == b'.').count();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() || Quantity::parse(number).is_err() {
        return Vec::new();
    }
    let suffixes: &[&str] = match (&*unit.to_ascii_lowercase(), is_cpu) {
        ("cpu" | "cpus" | "core" | "cores" | "vcpu" | "vcpus", _) => &[""],
        ("mcpu" | "mcore" | "mcores" | "millicores" | "millicpu", _) | ("mi", true) => &["m"],
        ("k" | "kb", _) => &["k", "Ki"],
        ("m" | "mb", false) => &["M", "Mi"],
        ("g" | "gb", _) => &["G", "Gi"],
        ("t" | "tb", _) => &["T", "Ti"],
        ("ki" | "kib", _) => &["Ki"],
        ("mi" | "mib", _) => &["Mi"],
        ("gi" | "gib", _) => &["Gi"],
        ("ti" | "tib", _) => &["Ti"],
        _ => &[],
    };
    suffixes.iter().map(|it| format!("{number}{it}")).collect()
}

/// What is wrong with a quantity that is well formed, and what to do.
fn refused(typed: &Typed<'_>, quantity: Quantity) -> Option<(String, String)> {
    let resource = typed.node.key().map_or("", |it| it.text());
    let not_negative = || {
        let help = "write an amount of 0 or more".to_owned();
        quantity.is_negative().then(|| ("but must not be negative".to_owned(), help))
    };
    let whole = || {
        let help = "write a whole number".to_owned();
        (!quantity.is_whole()).then(|| (format!("but {resource} only comes whole"), help))
    };
    match (typed.owner.name, typed.field.name) {
        ("core.v1.ResourceRequirements", "limits" | "requests")
        | ("core.v1.PodSpec", "overhead") => {
            not_negative().or_else(|| is_extended(resource).then(whole).flatten())
        }
        ("core.v1.EmptyDirVolumeSource", "sizeLimit") => not_negative(),
        ("core.v1.ResourceQuotaSpec", "hard") => {
            let counted = is_counted(resource) || is_extended(resource);
            not_negative().or_else(|| counted.then(whole).flatten())
        }
        ("core.v1.VolumeResourceRequirements", "requests")
        | ("core.v1.PersistentVolumeSpec", "capacity")
            if resource == "storage" && (quantity.is_negative() || quantity.is_zero()) =>
        {
            let help = "write the size of the volume, such as `1Gi`".to_owned();
            Some(("but a volume has a size above 0".to_owned(), help))
        }
        ("core.v1.ResourceFieldSelector", "divisor") => divisor(typed.node, quantity),
        _ => None,
    }
}

/// Objects that a quota counts (kubernetes/kubernetes `pkg/apis/core/helper`:
/// `integerResources`, v1.37).
fn is_counted(resource: &str) -> bool {
    matches!(
        resource,
        "pods"
            | "services"
            | "services.nodeports"
            | "services.loadbalancers"
            | "replicationcontrollers"
            | "resourcequotas"
            | "secrets"
            | "configmaps"
            | "persistentvolumeclaims"
    )
}

/// Divisors that `resourceFieldRef` takes (core-val: `validContainerResourceDivisorForCPU` and
/// `...ForMemory`, v1.37); none and 0 are the default.
fn divisor(node: Node<'_>, quantity: Quantity) -> Option<(String, String)> {
    let resource = node.parent()?.get("resource")?.as_str()?;
    let accepted: &[&str] = match resource.split_once('.')?.1 {
        "cpu" => &["1", "1m"],
        "memory" | "ephemeral-storage" => {
            &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"]
        }
        _ => return None,
    };
    let known = accepted.iter().any(|it| Quantity::parse(it) == Ok(quantity));
    if known || quantity.is_zero() {
        return None;
    }
    let wrong = format!("but a divisor of {resource} is 1 with a suffix");
    Some((wrong, format!("write one of {}", words::choices(accepted))))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn usual_slips_are_recognised() {
        for (text, is_cpu, expected) in [
            ("512MB", false, &["512M", "512Mi"][..]),
            ("1gi", false, &["1Gi"]),
            ("1GiB", false, &["1Gi"]),
            ("1K", false, &["1k", "1Ki"]),
            ("500 m", true, &["500m"]),
            ("500mi", true, &["500m"]),
            ("512mi", false, &["512Mi"]),
            ("0,5", true, &["0.5"]),
            ("1,5Gi", false, &["1.5Gi"]),
            ("1core", true, &["1"]),
            ("250mcpu", true, &["250m"]),
            ("half", true, &[]),
            ("", true, &[]),
            ("1.5.5", false, &[]),
        ] {
            assert_eq!(meant(text, is_cpu), expected, "{text}");
        }
    }
}
