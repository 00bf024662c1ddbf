//! The architectures of the nodes that a pod may land on.

use goready_model::{Node, Workload};

/// Labels with a node's architecture; the beta one is gone since Kubernetes 1.14 but still set.
const KEYS: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];

/// The architecture that `nodeSelector` asks for.
pub(super) fn selected_architecture(workload: &Workload) -> Option<&str> {
    selector(workload)?.as_str()
}

/// The value in `nodeSelector`.
pub(super) fn selector(workload: &Workload) -> Option<Node<'_>> {
    let selector = workload.pod()?.node.get("nodeSelector")?;
    KEYS.into_iter().find_map(|it| selector.get(it))
}

/// Values that a required node affinity allows: of every term that asks for an architecture.
pub(super) fn required(workload: &Workload) -> Vec<Node<'_>> {
    let path = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let Some(required) = workload.pod().and_then(|it| it.node.path(&path)) else {
        return Vec::new();
    };
    let terms = required.get("nodeSelectorTerms").into_iter().flat_map(|it| it.items());
    values(terms)
}

/// Values of preferred terms and tolerations: what somebody thought of.
pub(super) fn mentioned(workload: &Workload) -> Vec<Node<'_>> {
    let Some(pod) = workload.pod() else { return Vec::new() };
    let path = ["affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"];
    let preferred = pod.node.path(&path).into_iter().flat_map(|it| it.items());
    let mut found = values(preferred.filter_map(|it| it.get("preference")));
    let tolerations = pod.node.get("tolerations").into_iter().flat_map(|it| it.items());
    for toleration in tolerations {
        let key = toleration.get("key").map_or("", |it| it.text());
        if KEYS.contains(&key) || key == "arch" {
            found.extend(toleration.get("value"));
        }
    }
    found
}

fn values<'t>(terms: impl Iterator<Item = Node<'t>>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    for term in terms {
        for expression in term.get("matchExpressions").into_iter().flat_map(|it| it.items()) {
            let key = expression.get("key").map_or("", |it| it.text());
            let operator = expression.get("operator").map_or("", |it| it.text());
            if KEYS.contains(&key) && operator == "In" {
                found.extend(expression.get("values").into_iter().flat_map(|it| it.items()));
            }
        }
    }
    found
}
