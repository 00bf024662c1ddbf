//! An environment variable that means a credential has a literal value in a manifest.
//!
//! ## What it does
//! Finds `env` entries of containers, `environment` of compose services, and committed `.env` files
//! where the name ends in `PASSWORD`, `TOKEN`, `SECRET`, `API_KEY` and the like and the value is a
//! literal. When the program in the container reads the variable, the credential is in use and the
//! finding is an error. References, paths, booleans and placeholders are left out; words of
//! development (`postgres`, `root_pass`) are advice outside of manifests.
//!
//! ## Why is this bad
//! Reading a password from the environment is the documented way of a Secret; writing it into the
//! Deployment is not. There it is shown to everybody who may read workloads, in the history of the
//! repository, and in every `kubectl describe`.
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
//!           image: registry.example.com/api:1.4.0
//!           env:
//!             - name: DB_PASSWORD
//!               value: mUDPzr4ez9EELCu65DLU
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
//!           image: registry.example.com/api:1.4.0
//!           env:
//!             - name: DB_PASSWORD
//!               valueFrom:
//!                 secretKeyRef: {name: db, key: password}
//! ```
//!
//! ## References
//! - [Kubernetes: Secrets as environment variables](https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-environment-variables)

use goready_model::{
    Confidence, Edit, Node, Outcome, Profile, SecretCandidate, SecretContext, SecretForm,
};

use super::candidate::{node, report};
use crate::{Check, Cx, Draft, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/env-var-secret",
        "polaris/sensitiveContainerEnvVar",
        "CKV_SECRET_6",
        "kics/Passwords And Secrets",
    ],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let SecretForm::NamedLiteral { development_word, .. } = candidate.form else { continue };
        if candidate.context != SecretContext::Env {
            continue;
        }
        let value = node(cx, candidate);
        let name = &candidate.name;
        let mut message = format!("{name} is written in clear {}", place_of(cx, candidate, value));
        if let Some(read) = candidate.proof {
            message = format!("{message} and read by {}", cx.project.path(read.at.file));
        }
        let mut draft = report(cx, findings, candidate, message);
        draft = match value.filter(|_| candidate.object.is_some()) {
            Some(value) => reference_instead(cx, draft, candidate, value),
            None => {
                draft.help("keep the file out of version control and commit one without values")
            }
        };
        if let Some(read) = candidate.proof {
            draft = draft.label(read, format!("reads {name}"));
        }
        if candidate.proven {
            draft.outcome(Outcome::Broken).lower_if(candidate.sample);
        } else if development_word && candidate.object.is_none() {
            draft.outcome(Outcome::Advice);
        }
    }
}

/// `in container "api"`, `in service "db"`, `in this file`.
fn place_of(cx: &Cx<'_>, candidate: &SecretCandidate, value: Option<Node<'_>>) -> String {
    let Some(value) = value else { return "in this file".to_owned() };
    let Some(object) = candidate.object else {
        let service = around(value, |it| {
            it.parent().and_then(|it| it.key()).is_some_and(|it| it.text() == "services")
        });
        return match service.and_then(|it| it.key()) {
            Some(name) => format!("in service \"{}\"", name.text()),
            None => "in this file".to_owned(),
        };
    };
    // The entry has a name too: the container is further up.
    let container = around(value, |it| it.get("image").is_some());
    match container.and_then(|it| it.str_field("name").value()) {
        Some(name) => format!("in container \"{name}\""),
        None => format!("in {}", cx.project.object(object).kind),
    }
}

/// The nearest ancestor that passes the test.
fn around<'t>(node: Node<'t>, test: impl Fn(&Node<'t>) -> bool) -> Option<Node<'t>> {
    std::iter::successors(node.parent(), Node::parent).find(test)
}

/// Offers a reference to a Secret that has yet to be made, so it is no safe fix.
fn reference_instead<'f>(
    cx: &Cx<'_>,
    draft: Draft<'f>,
    candidate: &SecretCandidate,
    value: Node<'_>,
) -> Draft<'f> {
    let draft = draft.help("move the value to a Secret and use `valueFrom.secretKeyRef`");
    let (Some(key), Some(object)) = (value.key(), candidate.object) else { return draft };
    let secret = &cx.project.object(object).name;
    if secret.is_empty() || key.text() != "value" {
        return draft;
    }
    let entry = key.place().at.cover(value.place().at);
    let name = &candidate.name;
    let text = format!("valueFrom: {{secretKeyRef: {{name: {secret}, key: {name}}}}}");
    draft.unsafe_fix(
        format!("Take {name} from key {name} of Secret \"{secret}\""),
        vec![Edit { place: entry.into(), text }],
    )
}
