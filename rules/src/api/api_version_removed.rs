//! An API version that the target clusters no longer serve.
//!
//! ## What it does
//! Looks up the group, version and kind of each object in the table of API versions that
//! Kubernetes has removed, and reports those removed at or before the newest version the
//! configuration names (`kubernetes-version`; by default the newest supported minor).
//!
//! ## Why is this bad
//! The API server answers `no matches for kind`, and the deployment stops there. Helm fails as
//! well when it upgrades a release whose last manifest holds a removed version.
//!
//! ## Example
//! `hpa.yaml`:
//! ```yaml
//! apiVersion: autoscaling/v2beta2
//! kind: HorizontalPodAutoscaler
//! metadata:
//!   name: cart
//! spec:
//!   maxReplicas: 3
//!   scaleTargetRef:
//!     apiVersion: apps/v1
//!     kind: Deployment
//!     name: cart
//! ```
//!
//! ## Use instead
//! `hpa.yaml`:
//! ```yaml
//! apiVersion: autoscaling/v2
//! kind: HorizontalPodAutoscaler
//! metadata:
//!   name: cart
//! spec:
//!   maxReplicas: 3
//!   scaleTargetRef:
//!     apiVersion: apps/v1
//!     kind: Deployment
//!     name: cart
//! ```
//!
//! ## References
//! - [Deprecated API migration guide](https://kubernetes.io/docs/reference/using-api/deprecation-guide/)
//! - [Versions of each kind in k8s.io/api](https://github.com/kubernetes/api) (`zz_generated.prerelease-lifecycle.go`)

use goready_model::{Confidence, Edit, KubernetesVersion, Object, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope, schema::Kind};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/no-extensions-v1beta",
        "kube-score/stable-version",
        "KSV-0107",
        "kics/Object Is Using A Deprecated API Version",
    ],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    let Some(kind) = Kind::of(object).filter(|it| it.removed != 0) else { return };
    let (oldest, newest) = cx.settings.kubernetes;
    let removed = KubernetesVersion { minor: kind.removed };
    if removed > newest || is_custom(cx, object) {
        return;
    }
    let Some(node) = object.node().and_then(|it| it.get("apiVersion")) else { return };
    let name = format!("`{}` {}", kind.api_version, kind.name);
    let message = if removed > oldest {
        format!("{name} was removed in {removed}, only older clusters serve it")
    } else {
        format!("{name} was removed in {removed}")
    };
    let successor = kind.successor().map(|it| it.api_version);
    let draft = findings.node(node, message);
    match successor {
        Some(version) => {
            let edits = vec![Edit { place: node.place(), text: version.to_owned() }];
            draft
                .help(format!("use `{version}`, and compare the fields: some have moved"))
                .unsafe_fix(format!("use `{version}`"), edits);
        }
        None if kind.name == "PodSecurityPolicy" => {
            draft.help("remove it, and label the Namespace for Pod Security Admission");
        }
        None => {
            draft.help("remove it: no version of this kind is served any more");
        }
    }
}

/// Whether the repository defines a resource of that group and kind itself.
fn is_custom(cx: &Cx<'_>, object: &Object) -> bool {
    cx.project.objects.iter().filter(|it| it.kind == "CustomResourceDefinition").any(|it| {
        let Some(spec) = it.spec() else { return false };
        spec.str_field("group").value() == Some(object.group())
            && spec.path(&["names", "kind"]).and_then(|it| it.as_str()) == Some(&object.kind)
    })
}
