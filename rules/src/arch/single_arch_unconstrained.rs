//! An image is built for one architecture, and its pod may be placed on nodes of any.
//!
//! ## What it does
//! Finds workloads whose image build files list platforms of one architecture only, and whose pod
//! asks for no nodes: neither `nodeSelector` nor a required node affinity. Third-party images,
//! images of which some build is not known, builds that stay on the machine (`--load`,
//! `type=docker`) or stand beside one that is pushed, and manifests in examples and tests are left
//! alone.
//!
//! ## Why is this bad
//! On the day somebody adds a pool of arm64 nodes the scheduler places the pod there, because it
//! does not look at images, and the pod stays in ImagePullBackOff or ends with `exec format error`.
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
//!           image: registry.example.com/acme/api:1.4.2
//! ```
//! `docker-bake.hcl`:
//! ```hcl
//! target "default" {
//!   tags      = ["registry.example.com/acme/api"]
//!   platforms = ["linux/amd64"]
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM gcr.io/distroless/static:nonroot
//! COPY api /api
//! ENTRYPOINT ["/api"]
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
//!       nodeSelector:
//!         kubernetes.io/arch: amd64
//!       containers:
//!         - name: api
//!           image: registry.example.com/acme/api:1.4.2
//! ```
//!
//! ## References
//! - [Well-known labels: kubernetes.io/arch](https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch)
//! - [Assigning pods to nodes](https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/)

use goready_model::{Confidence, ContainerLink, Outcome, Place, Pod, Profile, Workload};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Possible,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let object = cx.project.object(workload.object);
    let Some(pod) = workload.pod() else { return };
    if object.chart_test || object.partial || object.sample || asks_for_nodes(pod) {
        return;
    }
    let single = cx
        .project
        .container_links(workload.id)
        .find_map(|it| only_architecture(it).map(|(arch, place)| (it, arch, place)));
    let Some((container, arch, place)) = single else { return };
    let other = if arch == "arm64" { "amd64" } else { "arm64" };
    findings
        .key(
            pod.node,
            format!(
                "image `{}` is built for {arch} only and may land on an {other} node",
                container.image
            ),
        )
        .help(format!("add `nodeSelector` with `kubernetes.io/arch: {arch}`, or build for {other}"))
        .label(place, format!("{arch} is all that is built"));
}

/// Whether the pod says where it may run: a label of a node pool may stand for an architecture.
fn asks_for_nodes(pod: Pod<'_>) -> bool {
    let required = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let selector = pod.node.get("nodeSelector").is_some_and(|it| {
        it.is_dynamic()
            || it.entries().any(|it| it.key.is_dynamic() || it.key.text() != "kubernetes.io/os")
    });
    let affinity = pod.node.get("affinity").is_some_and(|it| it.is_dynamic());
    selector
        || affinity
        || pod.node.path(&required).is_some()
        || pod.node.get("nodeName").is_some()
        || pod.node.entries().any(|it| it.key.is_dynamic())
}

/// The one architecture that build files list for a container's image.
fn only_architecture(container: &ContainerLink) -> Option<(&str, Place)> {
    let link = &container.link;
    let confidence = link.dockerfile.as_ref().map_or(0.0, |it| it.confidence);
    let is_known = link.platforms_explicit && !link.platforms_open && !container.third_party;
    let (first, place) = link.platforms.first().filter(|_| is_known)?;
    let single = link.platforms.iter().all(|(it, _)| it.arch == first.arch && it.os == "linux");
    (single && confidence >= programs::RISK).then_some((first.arch.as_str(), *place))
}
