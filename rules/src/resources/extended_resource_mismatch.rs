//! A device or huge page request that differs from its limit.
//!
//! ## What it does
//! Reports extended resources (`example.com/device`) and huge pages whose request differs from the
//! limit or that have a request and no limit, huge pages in a container that has neither cpu nor
//! memory, and amounts of huge pages that are no multiple of the page. A limit alone is fine: it
//! is the request as well.
//!
//! ## Why is this bad
//! Kubernetes does not overcommit devices and huge pages, so the API server refuses the workload.
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
//!           nvidia.com/gpu: 1
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
//!           nvidia.com/gpu: 1
//! ```
//!
//! ## References
//! - [Consuming extended resources](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#consuming-extended-resources)
//! - [Huge pages](https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/)
//! - [Validation](https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go) (`ValidateContainerResourceRequirements`)

use goready_model::{Confidence, Edit, Node, Outcome, Profile, Style, Workload};
use goready_sim::quantity::Quantity;

use crate::{
    Check, Cx, Findings, Rule, Scope,
    api::fixable,
    refusals::Refusals,
    resources::amounts::{
        Amount, List, Said, amounts, are_unknown, is_extended, is_huge_page, said, written,
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
        for request in amounts(container.node, List::Requests) {
            if is_extended(request.resource) || is_huge_page(request.resource) {
                compare(cx, workload, container.node, &request, refusals);
            }
        }
        check_huge_pages(container.node, refusals);
    }
}

fn compare(
    cx: &Cx<'_>,
    workload: &Workload,
    holder: Node<'_>,
    request: &Amount<'_>,
    refusals: &mut Refusals<'_>,
) {
    let resource = request.resource;
    match said(holder, List::Limits, resource) {
        Said::Amount(limit) if limit.quantity != request.quantity => {
            let (asked, most) = (written(request), written(&limit));
            let message = format!("{resource} request {asked} differs from the limit {most}");
            let draft = refusals
                .node(request.node, message)
                .label(limit.node.place(), format!("the limit is {most}"))
                .help(format!("request {most}, or leave the request out"));
            let plain = limit.node.style() == Style::Plain;
            if plain && fixable(cx, cx.project.object(workload.object)) {
                let text = limit.node.text().to_owned();
                let edit = Edit { place: request.node.place(), text };
                draft.unsafe_fix(format!("request {most}"), vec![edit]);
            }
        }
        Said::Nothing if !refusals.partial => {
            let draft = refusals
                .node(request.node, format!("{resource} has a request but no limit"))
                .help(format!("set the limit of {resource} to {}", written(request)));
            if let Some(requests) = only_devices(holder)
                && fixable(cx, cx.project.object(workload.object))
            {
                let edit = Edit { place: requests.place(), text: "limits".to_owned() };
                draft.safe_fix("write `limits`, which stand for the requests too", vec![edit]);
            }
        }
        Said::Amount(_) | Said::Unknown | Said::Nothing => {}
    }
}

/// The key of `requests` where nothing but what has to be a limit is requested, and no limits are
/// written.
fn only_devices(holder: Node<'_>) -> Option<Node<'_>> {
    let resources = holder.get("resources")?;
    let requests = resources.get("requests")?;
    let devices =
        requests.entries().all(|it| is_extended(it.key.text()) || is_huge_page(it.key.text()));
    (devices && resources.get("limits").is_none()).then(|| requests.key()).flatten()
}

fn check_huge_pages(holder: Node<'_>, refusals: &mut Refusals<'_>) {
    let lists = [List::Limits, List::Requests];
    let pages: Vec<(List, Amount<'_>)> = lists
        .into_iter()
        .flat_map(|list| amounts(holder, list).map(move |it| (list, it)))
        .filter(|(_, it)| is_huge_page(it.resource))
        .collect();
    for (list, amount) in &pages {
        if is_divisible(amount) {
            continue;
        }
        let (resource, text) = (amount.resource, written(amount));
        let size = resource.trim_start_matches("hugepages-");
        let message = format!("{resource} {} {text} is no multiple of {size}", list.entry());
        refusals
            .node(amount.node, message)
            .help(format!("write a multiple of `{size}`, such as `{size}`"));
    }
    let has = |resource| {
        lists.into_iter().any(|list| !matches!(said(holder, list, resource), Said::Nothing))
    };
    if let [(_, first), ..] = &*pages
        && !refusals.partial
        && !are_unknown(holder)
        && !has("cpu")
        && !has("memory")
    {
        let message = format!("{} without any cpu or memory in the container", first.resource);
        refusals.key(first.node, message).help("add a memory request and limit");
    }
}

/// `IsHugePageResourceValueDivisible`: the size stands in the name, and must be one itself.
fn is_divisible(amount: &Amount<'_>) -> bool {
    let size = amount.resource.trim_start_matches("hugepages-");
    let Ok(size) = Quantity::parse(size) else { return false };
    let whole = !size.is_zero() && !size.is_negative() && size.is_whole();
    whole && amount.quantity.units() % size.units() == 0
}
