//! GOMEMLIMIT has a value that the Go runtime does not read.
//!
//! ## What it does
//! Checks the literal values of GOMEMLIMIT in containers, in `ENV` of Dockerfiles and in compose
//! files, exactly as the runtime does: `off`, or a whole number with an optional unit B, KiB, MiB,
//! GiB or TiB.
//!
//! ## Why is this bad
//! The runtime prints `malformed GOMEMLIMIT` and ends the process before `main`. The pod goes into
//! CrashLoopBackOff; the suffixes of Kubernetes (`512Mi`, `1G`) are the usual reason.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           env:
//!             - name: GOMEMLIMIT
//!               value: 512Mi
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api:1.4.2
//!           env:
//!             - name: GOMEMLIMIT
//!               value: 512MiB
//! ```
//!
//! ## References
//! - [Go: runtime environment variables](https://pkg.go.dev/runtime#hdr-Environment_Variables)
//! - [Go source: parseByteCount](https://github.com/golang/go/blob/go1.26.0/src/runtime/string.go)

use goready_model::{Confidence, Edit, FileKind, Node, Outcome, Place, Pod, Profile, Stage};
use goready_sim::go_runtime::MemoryLimit;

use crate::{Check, Cx, Draft, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

pub(super) const NAME: &str = "GOMEMLIMIT";

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    containers(cx, findings);
    dockerfiles(cx, findings);
    compose_files(cx, findings);
}

fn containers(cx: &Cx<'_>, findings: &mut Findings) {
    for workload in &cx.project.workloads {
        let object = cx.project.object(workload.object);
        for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
            let Some(entry) = container.env_named(NAME) else { continue };
            let Some(value) = entry.value().set() else { continue };
            if let Some(draft) = report(value.value, value.place, "", findings) {
                let draft = draft.object(object);
                if let Some(node) = entry.node.get("value") {
                    draft.pointer(node);
                }
            }
        }
    }
}

fn dockerfiles(cx: &Cx<'_>, findings: &mut Findings) {
    let stages = cx.project.dockerfiles.iter().flat_map(|it| &it.stages);
    for (name, value) in stages.flat_map(Stage::env) {
        if name.value != NAME {
            continue;
        }
        if let Some(value) = value.as_ref().set() {
            report(value.value, value.place, "", findings);
        }
    }
}

fn compose_files(cx: &Cx<'_>, findings: &mut Findings) {
    for (file, document) in &cx.project.documents {
        if cx.project.kinds.get(file) != Some(&FileKind::Compose) {
            continue;
        }
        let services = document.tree.root().and_then(|it| it.get("services"));
        let services = services.into_iter().flat_map(|it| it.entries());
        for environment in services.filter_map(|it| it.value.get("environment")) {
            compose_environment(environment, findings);
        }
    }
}

/// A mapping of names to values, or a list of `NAME=value`.
fn compose_environment(environment: Node<'_>, findings: &mut Findings) {
    if let Some(value) = environment.get(NAME)
        && value.is_scalar()
        && !value.is_dynamic()
    {
        report(value.text(), value.place(), "", findings);
    }
    for item in environment.items() {
        let pair = item.as_str().and_then(|it| it.split_once('='));
        if let Some((NAME, value)) = pair {
            report(value, item.place(), "GOMEMLIMIT=", findings);
        }
    }
}

/// Reports a value that stops the runtime; `prefix` is what else stands at the place.
fn report<'f>(
    value: &str,
    place: Place,
    prefix: &str,
    findings: &'f mut Findings,
) -> Option<Draft<'f>> {
    // A reference is filled in later: by the kubelet, a shell or compose.
    if value.contains('$') || MemoryLimit::parse(value).is_some() {
        return None;
    }
    let draft = findings
        .report(place, format!("GOMEMLIMIT {value:?} is malformed, the Go runtime exits at start"));
    Some(match go_spelling(value) {
        Some(right) => {
            let edit = Edit { place, text: format!("{prefix}{right}") };
            draft.help(format!("write `{right}`")).safe_fix(format!("Write {right}"), vec![edit])
        }
        None => draft.help("write a whole number with KiB, MiB or GiB, such as `512MiB`"),
    })
}

/// The same amount as the runtime spells it, where the value says one: a Kubernetes suffix, the
/// unit in other letters, or blanks around it.
fn go_spelling(value: &str) -> Option<String> {
    let value = value.trim();
    let (number, unit) = value.split_at(value.bytes().take_while(u8::is_ascii_digit).count());
    let unit = match &*unit.to_ascii_lowercase() {
        "" => "",
        "b" => "B",
        "ki" | "kib" => "KiB",
        "mi" | "mib" => "MiB",
        "gi" | "gib" => "GiB",
        "ti" | "tib" => "TiB",
        _ => return None,
    };
    let right = format!("{number}{unit}");
    (!number.is_empty() && MemoryLimit::parse(&right).is_some()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fix_keeps_the_amount() {
        for (value, right) in [
            ("512Mi", Some("512MiB")),
            ("1Gi", Some("1GiB")),
            ("512mib", Some("512MiB")),
            (" 1GiB", Some("1GiB")),
            // Powers of ten have no unit in Go.
            ("512M", None),
            ("1G", None),
            ("1.5Gi", None),
            ("auto", None),
            ("99999999999Gi", None),
        ] {
            assert_eq!(go_spelling(value).as_deref(), right, "{value}");
        }
    }
}
