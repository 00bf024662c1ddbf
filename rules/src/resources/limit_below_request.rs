//! A resource request above the limit.
//!
//! ## What it does
//! Compares requests with limits of the same resource: in each container, in the pod's own
//! `resources`, and between the two: the pod must request what its containers request together,
//! and no container may have a limit above that of the pod. Equal amounts are fine. Devices and
//! huge pages, which must be equal, are `extended-resource-mismatch`.
//!
//! ## Why is this bad
//! The API server refuses the workload: `must be less than or equal to cpu limit of 200m`.
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
//!         requests:
//!           cpu: 500m
//!         limits:
//!           cpu: 200m
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
//!         requests:
//!           cpu: 200m
//!         limits:
//!           cpu: 200m
//! ```
//!
//! ## References
//! - [Requests and limits](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits)
//! - [Pod-level resources](https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/)
//! - [Validation](https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go) (`ValidateContainerResourceRequirements`, `validatePodResourceConsistency`)

use goready_model::{
    Confidence, ContainerKind, Node, Outcome, Pod, Profile, Workload, WorkloadKind,
};
use goready_sim::quantity::Quantity;

use crate::{
    Check, Cx, Findings, Rule, Scope,
    refusals::Refusals,
    resources::amounts::{
        List, Said, amounts, are_unknown, display, is_huge_page, is_native, said, written,
    },
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let refusals = &mut Refusals::of(cx, workload, findings);
    for container in pod.all_containers() {
        compare(container.node, refusals);
    }
    if pod.node.get("resources").is_some_and(|it| it.is_mapping()) {
        compare(pod.node, refusals);
        compare_with_containers(workload, pod, refusals);
    }
}

/// Requests against limits of one container, or of the pod itself.
fn compare(holder: Node<'_>, refusals: &mut Refusals<'_>) {
    for request in amounts(holder, List::Requests) {
        let resource = request.resource;
        if !is_native(resource) || is_huge_page(resource) {
            continue;
        }
        let Said::Amount(limit) = said(holder, List::Limits, resource) else { continue };
        if request.quantity <= limit.quantity {
            continue;
        }
        let (asked, most) = (written(&request), written(&limit));
        refusals
            .node(request.node, format!("{resource} request {asked} is above the limit {most}"))
            .label(limit.node.place(), format!("the limit is {most}"))
            .help(format!("raise the {resource} limit or lower the request"));
    }
}

/// The pod's own amounts against those of its containers.
fn compare_with_containers(workload: &Workload, pod: Pod<'_>, refusals: &mut Refusals<'_>) {
    if are_unknown(pod.node) || pod.all_containers().any(|it| are_unknown(it.node)) {
        return;
    }
    for request in amounts(pod.node, List::Requests) {
        let resource = request.resource;
        let Some(sum) = sum_of_requests(workload.kind, pod, resource) else { continue };
        if sum > request.quantity {
            let (asked, sum) = (written(&request), display(resource, sum));
            let message =
                format!("the pod requests {resource} {asked}, its containers together `{sum}`");
            refusals
                .node(request.node, message)
                .help(format!("request at least `{sum}` for the pod"));
        }
    }
    for most in amounts(pod.node, List::Limits) {
        let resource = most.resource;
        for container in pod.all_containers() {
            let Said::Amount(limit) = said(container.node, List::Limits, resource) else {
                continue;
            };
            if limit.quantity <= most.quantity {
                continue;
            }
            let (own, of_pod) = (written(&limit), written(&most));
            let message = format!("{resource} limit {own} is above the pod's limit {of_pod}");
            refusals
                .node(limit.node, message)
                .label(most.node.place(), format!("the pod's limit is {of_pod}"))
                .help(format!("raise the {resource} limit of the pod or lower this one"));
        }
    }
}

/// What the containers of a pod request at the same time at most
/// (kubernetes/component-helpers `resource.AggregateContainerRequests`): containers and sidecars
/// together, or one init container and the sidecars before it.
///
/// `None` when one of them is not known.
fn sum_of_requests(kind: WorkloadKind, pod: Pod<'_>, resource: &str) -> Option<Quantity> {
    let requested = |node: Node<'_>| match said(node, List::Requests, resource) {
        Said::Amount(amount) => Some(amount.quantity),
        Said::Unknown => None,
        // A limit stands in for the request, but not before the pod is made of its template.
        Said::Nothing if kind == WorkloadKind::Pod => match said(node, List::Limits, resource) {
            Said::Amount(amount) => Some(amount.quantity),
            Said::Unknown => None,
            Said::Nothing => Some(Quantity::ZERO),
        },
        Said::Nothing => Some(Quantity::ZERO),
    };
    let mut sidecars = Quantity::ZERO;
    let mut most = Quantity::ZERO;
    for container in pod.init_containers() {
        let own = requested(container.node)?;
        if container.kind == ContainerKind::Sidecar {
            sidecars = sidecars.saturating_add(own);
            most = most.max(sidecars);
        } else {
            most = most.max(sidecars.saturating_add(own));
        }
    }
    let mut running = sidecars;
    for container in pod.containers() {
        running = running.saturating_add(requested(container.node)?);
    }
    Some(most.max(running))
}
