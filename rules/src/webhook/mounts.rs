//! The Secrets with certificates that a container mounts.

use goready_model::{Entry, IssuedCertificate, Node, Object, Place, Workload};

use crate::{Cx, programs::Deployed};

/// A mounted Secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mount<'p> {
    pub(crate) secret: &'p str,
    /// The Secret's name in the volume.
    pub(crate) place: Place,
    pub(crate) path: &'p str,
    /// The `mountPath`.
    pub(crate) path_place: Place,
    pub(crate) sub_path: bool,
    /// The volume says which entries become which files.
    pub(crate) has_items: bool,
    /// The certificate that a controller issues into it.
    pub(crate) issued: Option<&'p IssuedCertificate>,
    /// The Secret stands in the repository.
    pub(crate) committed: bool,
}

impl Mount<'_> {
    /// Whether a file lies in the mounted directory.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let dir = self.path.trim_end_matches('/');
        path.strip_prefix(dir).is_some_and(|it| it.starts_with('/'))
    }
}

/// The mounted Secrets of a container, volume by volume.
pub(crate) fn of<'p>(cx: &Cx<'p>, deployed: &Deployed<'p>) -> Vec<Mount<'p>> {
    let mut found = Vec::new();
    let volumes: Vec<Node<'p>> =
        deployed.workload.pod().map(|it| it.volumes().collect()).unwrap_or_default();
    for mount in deployed.container.volume_mounts() {
        let name = mount.str_field("name").value();
        let path = mount.str_field("mountPath").set();
        let (Some(name), Some(path)) = (name, path) else { continue };
        let sub_path = mount.get("subPath").or_else(|| mount.get("subPathExpr")).is_some();
        let volume = volumes.iter().find(|it| it.str_field("name").value() == Some(name));
        for (source, key) in volume.into_iter().flat_map(|it| sources(*it)) {
            let Some(secret) = source.str_field(key).set() else { continue };
            found.push(Mount {
                secret: secret.value,
                place: secret.place,
                path: path.value,
                path_place: path.place,
                sub_path,
                has_items: source.get("items").is_some(),
                issued: issued(cx, deployed.object, secret.value),
                committed: is_committed(cx, deployed.object, secret.value),
            });
        }
    }
    found
}

/// The Secret sources of a volume, each with the key that names the Secret.
fn sources(volume: Node<'_>) -> Vec<(Node<'_>, &'static str)> {
    let mut found: Vec<_> = volume.get("secret").map(|it| (it, "secretName")).into_iter().collect();
    let projected = volume.path(&["projected", "sources"]);
    let projected = projected.into_iter().flat_map(|it| it.items());
    found.extend(projected.filter_map(|it| Some((it.get("secret")?, "name"))));
    found
}

fn issued<'p>(cx: &Cx<'p>, user: &Object, name: &str) -> Option<&'p IssuedCertificate> {
    cx.project.issued.iter().find(|it| {
        let target = it.secret.as_ref().is_some_and(|it| it.value == name);
        target && !it.is_authority && shares_namespace(cx, user, cx.project.object(it.object))
    })
}

fn is_committed(cx: &Cx<'_>, user: &Object, name: &str) -> bool {
    cx.project
        .objects
        .iter()
        .any(|it| it.kind == "Secret" && it.name == name && shares_namespace(cx, user, it))
}

/// Whether the pods of a workload are restarted when a Secret changes: by a checksum in their
/// template, by a value there that is another one each time, or by a controller.
pub(crate) fn restart(workload: &Workload) -> bool {
    let own = annotations(workload.object_node().and_then(|it| it.get("metadata")));
    let pods = annotations(workload.pod_metadata());
    let is_reloader = |it: &Entry<'_>| it.key.text().contains("reloader.stakater.com/");
    let changes = |it: &Entry<'_>| it.key.text().contains("checksum") || it.value.is_dynamic();
    own.iter().any(is_reloader) || pods.iter().any(|it| is_reloader(it) || changes(it))
}

fn annotations(metadata: Option<Node<'_>>) -> Vec<Entry<'_>> {
    let map = metadata.and_then(|it| it.get("annotations"));
    map.into_iter().flat_map(|it| it.entries()).collect()
}

/// Whether two objects are applied together into one namespace.
pub(crate) fn shares_namespace(cx: &Cx<'_>, one: &Object, other: &Object) -> bool {
    let unit = cx.project.unit(one.unit);
    one.unit == other.unit && one.namespace_in(unit) == other.namespace_in(unit)
}
