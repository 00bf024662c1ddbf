//! A value of `kubernetes.io/arch` or `kubernetes.io/os` that no node has.
//!
//! ## What it does
//! Checks the values of these labels (and of their `beta.` forms) in `nodeSelector`, node affinity
//! and tolerations: the architecture is a GOARCH, `amd64` and not `x86_64`, the operating system
//! `linux` or `windows`.
//!
//! ## Why is this bad
//! The kubelet labels its node with `runtime.GOARCH` and `runtime.GOOS`. No node ever matches
//! another word, and the pods stay pending. In `NotIn` the word has no effect at all.
//!
//! ## Example
//! `pod.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: cart
//! spec:
//!   nodeSelector:
//!     kubernetes.io/arch: x86_64
//!   containers:
//!     - name: cart
//!       image: example.com/cart:1.0.0
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
//!   nodeSelector:
//!     kubernetes.io/arch: amd64
//!   containers:
//!     - name: cart
//!       image: example.com/cart:1.0.0
//! ```
//!
//! ## References
//! - [Well-known labels](https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch)
//! - [GOARCH values](https://go.dev/doc/install/source#environment)

use goready_model::{Confidence, Edit, Node, Outcome, Pod, Profile, Style, Workload};

use crate::{Check, Cx, Findings, Rule, Scope, api::fixable, schema::words};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    for entry in pod.node.get("nodeSelector").into_iter().flat_map(|it| it.entries()) {
        check_value(cx, workload, entry.key.text(), entry.value, Outcome::Broken, findings);
    }
    for expression in node_expressions(pod) {
        let outcome = match expression.str_field("operator").value() {
            Some("In") => Outcome::Broken,
            Some("NotIn") => Outcome::Advice,
            _ => continue,
        };
        let Some(key) = expression.str_field("key").value() else { continue };
        for value in expression.get("values").into_iter().flat_map(|it| it.items()) {
            check_value(cx, workload, key, value, outcome, findings);
        }
    }
    for toleration in pod.node.get("tolerations").into_iter().flat_map(|it| it.items()) {
        let (Some(key), Some(value)) =
            (toleration.str_field("key").value(), toleration.get("value"))
        else {
            continue;
        };
        check_value(cx, workload, key, value, Outcome::Broken, findings);
    }
}

/// All requirements on node labels, required and preferred.
fn node_expressions(pod: Pod<'_>) -> impl Iterator<Item = Node<'_>> {
    let affinity = pod.node.path(&["affinity", "nodeAffinity"]);
    let required = affinity
        .and_then(|it| {
            it.path(&["requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"])
        })
        .into_iter()
        .flat_map(|it| it.items());
    let preferred = affinity
        .and_then(|it| it.get("preferredDuringSchedulingIgnoredDuringExecution"))
        .into_iter()
        .flat_map(|it| it.items())
        .filter_map(|it| it.get("preference"));
    required.chain(preferred).filter_map(|it| it.get("matchExpressions")).flat_map(|it| it.items())
}

/// The word that a person meant, of a lower-case one.
type Meant = fn(&str) -> Option<&'static str>;

fn check_value(
    cx: &Cx<'_>,
    workload: &Workload,
    key: &str,
    value: Node<'_>,
    outcome: Outcome,
    findings: &mut Findings,
) {
    let (known, meant): (&[&str], Meant) = match key {
        "kubernetes.io/arch" | "beta.kubernetes.io/arch" => (ARCHITECTURES, architecture),
        "kubernetes.io/os" | "beta.kubernetes.io/os" => (SYSTEMS, system),
        _ => return,
    };
    let Some(text) = value.as_str().filter(|it| !it.is_empty() && !known.contains(it)) else {
        return;
    };
    let meant = meant(&text.to_ascii_lowercase())
        .or_else(|| known.iter().copied().find(|it| it.eq_ignore_ascii_case(text)));
    let message = if outcome == Outcome::Advice {
        format!("no node carries {key}={text}, so keeping away from it has no effect")
    } else {
        format!("no node carries {key}={text}")
    };
    let draft = findings.node(value, message).outcome(outcome);
    match meant {
        Some(meant) => {
            let draft = draft.help(format!("use `{meant}`"));
            if value.style() == Style::Plain && fixable(cx, cx.project.object(workload.object)) {
                let edit = Edit { place: value.place(), text: meant.to_owned() };
                draft.safe_fix(format!("write `{meant}`"), vec![edit]);
            }
        }
        None => {
            draft.help(format!("use {}", words::choices(&known[..known.len().min(5)])));
        }
    }
}

/// Values of `runtime.GOARCH` that a kubelet is or was built for, the usual ones first
/// (go.dev `internal/goarch`, Go 1.26).
const ARCHITECTURES: &[&str] = &[
    "amd64", "arm64", "arm", "s390x", "ppc64le", "386", "riscv64", "loong64", "mips", "mipsle",
    "mips64", "mips64le", "ppc64", "riscv", "s390",
];

/// Values of `runtime.GOOS` that a kubelet is built for.
const SYSTEMS: &[&str] = &["linux", "windows"];

/// The GOARCH that `uname -m`, Docker and people call otherwise.
fn architecture(text: &str) -> Option<&'static str> {
    Some(match text {
        "x86_64" | "x86-64" | "x64" | "x86_64_v2" | "x86_64_v3" | "intel64" | "em64t" => "amd64",
        "aarch64" | "armv8" | "armv8l" | "arm64v8" | "arm64/v8" | "arm_64" => "arm64",
        "armv7l" | "armv7" | "armv6l" | "armv6" | "armhf" | "arm32" | "arm32v7" | "arm/v7" => "arm",
        "x86" | "i386" | "i686" | "x86_32" => "386",
        "ppc64el" | "powerpc64le" => "ppc64le",
        _ => return None,
    })
}

fn system(text: &str) -> Option<&'static str> {
    match text {
        "ubuntu" | "debian" | "alpine" | "rhel" | "centos" | "bottlerocket" | "flatcar" => {
            Some("linux")
        }
        "win" | "win32" | "win64" | "windows-server" => Some("windows"),
        _ => None,
    }
}
