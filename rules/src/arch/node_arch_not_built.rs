//! Pods may be placed on nodes of an architecture that their image is not built for.
//!
//! ## What it does
//! Compares the architectures that `nodeSelector` or a required node affinity allows with the
//! platforms the images of the pod are built for, all of them together. Platforms come from the
//! build files that name the image: skaffold, bake, CI, Makefiles, goreleaser. A set that was only
//! concluded from fixed GOARCH values makes it a risk. Third-party images and unknown sets are left
//! alone.
//!
//! ## Why is this bad
//! The scheduler does not look at images. The pod lands on the node, the kubelet finds no manifest
//! for the platform (or runs a binary of another one), and the pod stays in ImagePullBackOff or
//! CrashLoopBackOff.
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
//!       nodeSelector:
//!         kubernetes.io/arch: arm64
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
//! `docker-bake.hcl`:
//! ```hcl
//! target "default" {
//!   tags      = ["registry.example.com/acme/api"]
//!   platforms = ["linux/amd64", "linux/arm64"]
//! }
//! ```
//!
//! ## References
//! - [Well-known labels: kubernetes.io/arch](https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch)
//! - [OCI image index](https://github.com/opencontainers/image-spec/blob/main/image-index.md)

use goready_model::{Confidence, ContainerLink, Outcome, Profile, Workload};

use super::nodes;
use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let selected = nodes::selector(workload);
    let allowed = match selected {
        // A selector narrows whatever an affinity allows.
        Some(node) => vec![node],
        None => nodes::required(workload),
    };
    for node in allowed {
        let Some(arch) = node.as_str() else { continue };
        let lacking = cx.project.container_links(workload.id).find(|it| lacks(it, arch));
        let Some(container) = lacking else { continue };
        let confidence = confidence(container);
        let outcome = if container.link.platforms_explicit && confidence >= programs::BROKEN {
            Outcome::Broken
        } else {
            Outcome::Risk
        };
        let platforms: Vec<String> =
            container.link.platforms.iter().map(|(it, _)| it.to_string()).collect();
        let message = format!(
            "nodes may be {arch}, but image `{}` is built for {} only",
            container.image,
            platforms.join(", ")
        );
        let finding = findings
            .node(node, message)
            .help(format!("build the image for linux/{arch} too, or take {arch} out here"))
            .outcome(outcome);
        if let Some((platform, place)) = container.link.platforms.first() {
            finding.label(*place, format!("the image is built for {platform}"));
        }
    }
}

/// Whether an image is known to be built, and not for an architecture.
fn lacks(container: &ContainerLink, arch: &str) -> bool {
    let platforms = &container.link.platforms;
    !container.third_party
        && confidence(container) >= programs::RISK
        && !platforms.is_empty()
        && !container.link.platforms_open
        && platforms.iter().all(|(it, _)| it.arch != arch)
}

fn confidence(container: &ContainerLink) -> f32 {
    container.link.dockerfile.as_ref().map_or(0.0, |it| it.confidence)
}
