//! Memory given in thousandths of a byte.
//!
//! ## What it does
//! Reports amounts of memory and ephemeral storage that are no whole number of bytes: `128m`,
//! `0.5`. The suffix `m` means thousandths for every quantity; it is `Mi` or `M` that was meant.
//! A larger amount that merely ends in part of a byte, such as `0.1Gi`, is only advice.
//!
//! ## Why is this bad
//! `128m` of memory is an eighth of a byte, which Kubernetes rounds up to one. The API server only
//! warns; with such a limit no container can start, and with such a request the scheduler takes
//! the pod for one without memory and packs the node until the kernel kills it.
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
//!           memory: 128m
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
//!           memory: 128Mi
//! ```
//!
//! ## References
//! - [Memory resource units](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory)
//! - [The API server's warning](https://github.com/kubernetes/kubernetes/blob/master/pkg/api/pod/warnings.go) (`fractional byte value`)

use goready_model::{Confidence, Edit, Object, Outcome, Profile};
use goready_sim::quantity::{Quantity, display_bytes};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    api::fixable,
    schema::{QUANTITIES, Shape, Typed, visit_some, words},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    visit_some(object, &QUANTITIES, |typed| {
        if typed.shape != Shape::Quantity || !is_bytes(&typed) {
            return;
        }
        let Some(quantity) = Quantity::known(typed.node) else { return };
        if !quantity.is_whole() && !quantity.is_negative() {
            report(cx, object, &typed, quantity, findings);
        }
    });
}

fn report(
    cx: &Cx<'_>,
    object: &Object,
    typed: &Typed<'_>,
    quantity: Quantity,
    findings: &mut Findings,
) {
    let node = typed.node;
    let text = node.text().trim();
    let path = words::path(object, node);
    // A page is the least that memory comes in; above it the part of a byte is only untidy.
    let page = Quantity::from_units(4096);
    if quantity >= page {
        findings
            .node(node, format!("`{path}` is `{text}`, which is no whole number of bytes"))
            .help(format!("write a whole number, such as `{}Mi`", mebibytes(quantity)))
            .outcome(Outcome::Advice);
        return;
    }
    let bytes = display_bytes(quantity);
    let unit = if bytes == "1" { "byte" } else { "bytes" };
    let effect = match typed.field.name {
        "limits" => ", the container cannot start",
        "requests" => ", the scheduler takes it for nothing",
        _ => "",
    };
    let message = format!("`{path}` is `{text}`, that is {bytes} {unit}{effect}");
    let draft = findings.node(node, message);
    match text.strip_suffix('m').filter(|it| Quantity::parse(it).is_ok()) {
        Some(number) => {
            let meant = format!("{number}Mi");
            let draft = draft.help(format!("write `{meant}`"));
            if fixable(cx, object) {
                let edit = Edit { place: node.place(), text: meant.clone() };
                draft.unsafe_fix(format!("write `{meant}`"), vec![edit]);
            }
        }
        None => {
            draft.help("add the unit, such as `Mi` or `Gi`");
        }
    }
}

/// Whether the quantity counts bytes that a container works with.
fn is_bytes(typed: &Typed<'_>) -> bool {
    let resource = typed.node.key().map_or("", |it| it.text());
    match (typed.owner.name, typed.field.name) {
        ("core.v1.ResourceRequirements", "limits" | "requests")
        | ("core.v1.PodSpec", "overhead") => {
            matches!(resource, "memory" | "ephemeral-storage")
        }
        ("core.v1.EmptyDirVolumeSource", "sizeLimit") => true,
        _ => false,
    }
}

/// Whole mebibytes, rounded up.
fn mebibytes(quantity: Quantity) -> i64 {
    let units = quantity.units();
    units / (1 << 20) + i64::from(units % (1 << 20) != 0)
}
