//! A volume mount without its volume, or at a place where it cannot be.
//!
//! ## What it does
//! Looks up the name of each `volumeMounts` and `volumeDevices` entry among the pod's volumes and
//! the claim templates of a StatefulSet. Also reported are a missing or empty `mountPath`, the same
//! path twice in one container, `subPath` that is absolute or holds `..`, `subPath` together with
//! `subPathExpr`, and block devices of volumes that are no claim.
//!
//! ## Why is this bad
//! The API server refuses the workload: `volumeMounts[0].name: Not found: "config"`.
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
//!       volumeMounts:
//!         - name: config
//!           mountPath: /etc/cart
//!   volumes:
//!     - name: cart-config
//!       configMap:
//!         name: cart
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
//!       volumeMounts:
//!         - name: cart-config
//!           mountPath: /etc/cart
//!   volumes:
//!     - name: cart-config
//!       configMap:
//!         name: cart
//! ```
//!
//! ## References
//! - [Volumes](https://kubernetes.io/docs/concepts/storage/volumes/)
//! - [Validation](https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go) (`ValidateVolumeMounts`)

use goready_model::{Confidence, Container, Node, Outcome, Profile, Workload};

use crate::{Check, Cx, Findings, Rule, Scope, refusals::Refusals, schema::words};

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
    // A patch mounts the volumes of the workload it is laid over.
    let volumes = Volumes::of(workload).filter(|_| !refusals.partial);
    for container in pod.all_containers() {
        if let Some(volumes) = &volumes {
            check_names(container, volumes, refusals);
        }
        check_paths(container, refusals);
    }
}

/// Where a volume comes from.
#[derive(Clone, Copy)]
enum Volume<'t> {
    /// An entry of the pod's `volumes`.
    Own(Node<'t>),
    /// A claim template of a StatefulSet.
    Claim,
}

/// The volumes that containers may mount, by name.
struct Volumes<'t> {
    named: Vec<(&'t str, Volume<'t>)>,
}

impl<'t> Volumes<'t> {
    /// `None` when one of the names is not known.
    fn of(workload: &'t Workload) -> Option<Self> {
        let pod = workload.pod()?;
        let mut named = Vec::new();
        if let Some(list) = pod.node.get("volumes") {
            if !list.is_sequence() && !list.is_null() {
                return None;
            }
            for volume in list.items() {
                named.push((name_of(volume)?, Volume::Own(volume)));
            }
        }
        let templates = workload
            .object_node()
            .and_then(|it| it.get("spec"))
            .and_then(|it| it.get("volumeClaimTemplates"));
        if let Some(list) = templates {
            if !list.is_sequence() && !list.is_null() {
                return None;
            }
            for claim in list.items() {
                named.push((name_of(claim.get("metadata")?)?, Volume::Claim));
            }
        }
        let generated = pod.node.entries().any(|it| it.key.is_dynamic());
        (!generated).then_some(Self { named })
    }

    fn get(&self, name: &str) -> Option<Volume<'t>> {
        self.named.iter().find(|it| it.0 == name).map(|it| it.1)
    }
}

/// A name that is known; absent is empty.
fn name_of(holder: Node<'_>) -> Option<&str> {
    holder.str_field("name").known_or("").map(|it| it.value)
}

fn check_names(container: Container<'_>, volumes: &Volumes<'_>, refusals: &mut Refusals<'_>) {
    for (list, entry) in [("volumeMounts", "volumeMount"), ("volumeDevices", "volumeDevice")] {
        for item in container.node.get(list).into_iter().flat_map(|it| it.items()) {
            if !item.is_mapping() {
                continue;
            }
            let Some(name) = name_of(item) else { continue };
            let node = item.get("name").filter(|it| !it.is_null()).unwrap_or(item);
            match volumes.get(name) {
                _ if name.is_empty() => {
                    refusals
                        .node(node, format!("{entry} has no name"))
                        .help("add the name of a volume of the pod");
                }
                None => report_unknown(entry, name, node, volumes, refusals),
                Some(Volume::Own(volume)) if list == "volumeDevices" && !is_block(volume) => {
                    let message =
                        format!("volumeDevice \"{name}\" is no claim, only claims have a device");
                    refusals
                        .node(node, message)
                        .label(volume.place(), "the volume")
                        .help("mount it under `volumeMounts`");
                }
                Some(_) if list == "volumeDevices" && is_mounted(container, name) => {
                    let message = format!("volume \"{name}\" is both mounted and used as a device");
                    refusals
                        .node(node, message)
                        .help("keep it under `volumeMounts` or under `volumeDevices`");
                }
                Some(_) => {}
            }
        }
    }
}

fn is_mounted(container: Container<'_>, name: &str) -> bool {
    container.volume_mounts().any(|it| it.str_field("name").value() == Some(name))
}

fn report_unknown(
    entry: &str,
    name: &str,
    node: Node<'_>,
    volumes: &Volumes<'_>,
    refusals: &mut Refusals<'_>,
) {
    let names: Vec<&str> = volumes.named.iter().map(|it| it.0).collect();
    let message = if names.is_empty() {
        format!("{entry} \"{name}\" has no volume, the pod has none at all")
    } else {
        format!("{entry} \"{name}\" has no volume (there are {})", words::all(&names))
    };
    let draft = refusals.node(node, message);
    match words::closest(name, names.iter().copied()) {
        Some(near) => draft.help(format!("use `{near}`, or add the volume")),
        None => draft.help("add the volume or fix the name"),
    };
}

/// Volumes that may be used as a block device (core-val: `ValidateVolumeDevices`).
fn is_block(volume: Node<'_>) -> bool {
    let source = volume.entries().find(|it| it.key.text() != "name" && !it.value.is_null());
    source.is_some_and(|it| {
        it.key.is_dynamic() || matches!(it.key.text(), "persistentVolumeClaim" | "ephemeral")
    })
}

fn check_paths(container: Container<'_>, refusals: &mut Refusals<'_>) {
    let mut paths: Vec<(&str, Node<'_>)> = Vec::new();
    for (list, key) in [("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")] {
        for item in container.node.get(list).into_iter().flat_map(|it| it.items()) {
            if !item.is_mapping() || item.entries().any(|it| it.key.is_dynamic()) {
                continue;
            }
            let field = item.str_field(key);
            let Some(path) = field.known_or("").map(|it| it.value) else { continue };
            let node = item.get(key).unwrap_or(item);
            let first = paths.iter().find(|it| it.0 == path);
            if path.is_empty() && refusals.partial {
                continue;
            }
            if path.is_empty() {
                refusals
                    .node(node, format!("{key} is empty"))
                    .help("write the path in the container");
            } else if let Some((_, first)) = first {
                let message = format!("{key} \"{path}\" is there twice in the container");
                refusals
                    .node(node, message)
                    .label(first.place(), "the first one")
                    .help("mount one of the two somewhere else");
            }
            paths.push((path, node));
            check_sub_path(item, refusals);
        }
    }
}

fn check_sub_path(mount: Node<'_>, refusals: &mut Refusals<'_>) {
    for key in ["subPath", "subPathExpr"] {
        let Some(node) = mount.get(key) else { continue };
        let Some(path) = node.as_str() else { continue };
        if path.starts_with('/') {
            refusals
                .node(node, format!("{key} \"{path}\" is absolute"))
                .help("write it relative to the volume, without the leading `/`");
        } else if path.split('/').any(|it| it == "..") {
            refusals
                .node(node, format!("{key} \"{path}\" leaves the volume"))
                .help("write it without `..`");
        }
    }
    let text = |key| mount.str_field(key).value().filter(|it| !it.is_empty());
    if let (Some(_), Some(_), Some(node)) =
        (text("subPath"), text("subPathExpr"), mount.get("subPathExpr"))
    {
        refusals
            .key(node, "subPathExpr stands beside subPath, a mount takes one of them")
            .help("remove `subPath` or `subPathExpr`");
    }
}
