//! A string field that holds a YAML boolean or number.
//!
//! ## What it does
//! Reports booleans and numbers where the API wants a string: label and annotation values, `env`
//! values, ConfigMap data, `args`, selectors and every other string of a built-in kind. YAML 1.1
//! decides, as in Kubernetes: `yes`, `no`, `on`, `off`, `y` and `n` are booleans, `1_000`, `0o14`
//! and `1e3` are numbers; `1.2.3`, `12:30:00` and dates are strings. Null is accepted as empty.
//!
//! ## Why is this bad
//! The API server cannot decode the object and refuses it as a whole: `cannot unmarshal bool into
//! Go struct field EnvVar.value of type string`. In a chart the value works until somebody sets it
//! to `true` or `1.10`.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: cart
//! data:
//!   TRACING: yes
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: cart
//! data:
//!   TRACING: "yes"
//! ```
//!
//! ## References
//! - [YAML 1.1 booleans](https://yaml.org/type/bool.html)
//! - [sigs.k8s.io/yaml](https://github.com/kubernetes-sigs/yaml)

use goready_model::{Confidence, Edit, NodeKind, Object, Outcome, Profile, Style};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    api::fixable,
    schema::{Shape, Visit, visit, words},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["kube-linter/schema-validation"],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    visit(object, |visit| {
        let Visit::Value(typed) = visit else { return };
        let node = typed.node;
        let wrong =
            matches!(node.kind(), NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_));
        if typed.shape != Shape::String || !wrong {
            return;
        }
        let path = words::path(object, node);
        let message = format!("`{path}` is {}, the API wants a string", words::value(&typed));
        let draft = findings.node(node, message);
        if node.style() == Style::Plain && fixable(cx, object) {
            let edit = Edit { place: node.place(), text: format!("\"{}\"", node.text()) };
            draft.help("write it in quotes").safe_fix("put the value in quotes", vec![edit]);
        } else {
            draft.help("write it in quotes, in a template with `| quote`");
        }
    });
}
