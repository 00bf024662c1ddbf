//! A mounted TLS key has a mode that the container's user may not read.
//!
//! ## What it does
//! Files of a Secret volume belong to root. Looks at volumes with a TLS Secret whose `defaultMode`, or
//! the `mode` of the key's item, gives others no right to read, in pods whose user is not root: by
//! `runAsUser`, `runAsNonRoot`, or the USER of the image that is built here. `fsGroup` gives the group
//! the right to read, and group 0 may read what root's group may; where the group is not known and
//! could read, nothing is reported.
//!
//! ## Why is this bad
//! The program does not start: `open /tls/tls.key: permission denied`. Go does not care how many may
//! read a key, so a strict mode gains nothing in a container.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: webhook
//! spec:
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       securityContext:
//!         runAsUser: 65532
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//!           volumeMounts:
//!             - name: tls
//!               mountPath: /tls
//!       volumes:
//!         - name: tls
//!           secret:
//!             secretName: webhook-tls
//!             defaultMode: 0400
//! ---
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata:
//!   name: webhook
//! spec:
//!   secretName: webhook-tls
//!   dnsNames: [webhook.shop.svc]
//!   issuerRef: {name: shop}
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: webhook
//! spec:
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       securityContext:
//!         runAsUser: 65532
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//!           volumeMounts:
//!             - name: tls
//!               mountPath: /tls
//!       volumes:
//!         - name: tls
//!           secret:
//!             secretName: webhook-tls
//! ---
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata:
//!   name: webhook
//! spec:
//!   secretName: webhook-tls
//!   dnsNames: [webhook.shop.svc]
//!   issuerRef: {name: shop}
//! ```
//!
//! ## References
//! - [Secrets: file permissions](https://kubernetes.io/docs/concepts/configuration/secret/#secret-files-permissions)
//! - [atomic_writer.go](https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go)

use goready_model::{
    Confidence, Container, Edit, Field, Node, Object, Outcome, Place, Pod, Profile, Stage, Workload,
};

use crate::{Check, Cx, Findings, Rule, Scope, images, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Mode of the files of a Secret volume that says nothing (core/v1
/// `SecretVolumeSourceDefaultMode`).
const DEFAULT_MODE: i64 = 0o644;

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let windows = pod.node.path(&["os", "name"]).is_some_and(|it| it.text() == "windows");
    // The kubelet gives the files to this group and lets it read.
    let fs_group = pod.security_context().is_some_and(|it| !it.int_field("fsGroup").is_unset());
    if windows || fs_group {
        return;
    }
    let mut told = Vec::new();
    for file in pod.volumes().flat_map(|it| key_files(cx, workload, it)) {
        for container in pod.all_containers().filter(|it| mounts(*it, file.volume)) {
            let Some(reader) = reader(cx, workload, pod, container) else { continue };
            if reader.may_read(file.mode) || told.contains(&file.place) {
                continue;
            }
            told.push(file.place);
            report(cx, workload, &file, &reader, container, findings);
        }
    }
}

/// A private key in a volume.
struct KeyFile<'t> {
    volume: &'t str,
    /// Entry of the Secret.
    key: &'t str,
    mode: i64,
    /// The mode, as written.
    place: Place,
}

/// The keys of a volume whose mode somebody wrote.
fn key_files<'t>(cx: &'t Cx<'_>, workload: &Workload, volume: Node<'t>) -> Vec<KeyFile<'t>> {
    let Some(name) = volume.str_field("name").value() else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(secret) = volume.get("secret") {
        let mode = secret.int_field("defaultMode");
        found.extend(keys_of(cx, workload, secret, "secretName", mode));
    }
    if let Some(projected) = volume.get("projected") {
        let mode = projected.int_field("defaultMode");
        let sources = projected.get("sources").into_iter().flat_map(|it| it.items());
        for secret in sources.filter_map(|it| it.get("secret")) {
            found.extend(keys_of(cx, workload, secret, "name", mode));
        }
    }
    let file = |(key, mode, place)| KeyFile { volume: name, key, mode, place };
    found.into_iter().map(file).collect()
}

type Key<'t> = (&'t str, i64, Place);

fn keys_of<'t>(
    cx: &'t Cx<'_>,
    workload: &Workload,
    source: Node<'t>,
    name_key: &str,
    default_mode: Field<i64>,
) -> Vec<Key<'t>> {
    let name = source.str_field(name_key).value().unwrap_or("");
    let holds = key_of_secret(cx, workload, name);
    let Some(items) = source.get("items") else {
        return match (holds, default_mode) {
            (Some(key), Field::Set(mode)) => vec![(key, mode.value, mode.place)],
            _ => Vec::new(),
        };
    };
    let mut found = Vec::new();
    for item in items.items() {
        let Some(key) = item.str_field("key").value() else { continue };
        if holds != Some(key) && !key.ends_with(".key") {
            continue;
        }
        let mode = match item.int_field("mode") {
            Field::Unset(_) => default_mode,
            written => written,
        };
        if let Field::Set(mode) = mode {
            found.push((key, mode.value, mode.place));
        }
    }
    found
}

/// The entry with the private key, of a Secret that is known to have one.
fn key_of_secret<'p>(cx: &'p Cx<'_>, workload: &Workload, name: &str) -> Option<&'p str> {
    let object = cx.project.object(workload.object);
    let unit = cx.project.unit(object.unit);
    let is_here =
        |it: &Object| it.unit == object.unit && it.namespace_in(unit) == object.namespace_in(unit);
    let committed = cx.project.tls_secrets.iter().find(|it| {
        let secret = cx.project.object(it.object);
        secret.name == name && is_here(secret)
    });
    if let Some(secret) = committed {
        return Some(&secret.key_key);
    }
    let issued = cx.project.issued.iter().any(|it| {
        let target = it.secret.as_ref().is_some_and(|it| it.value == name);
        target && is_here(cx.project.object(it.object))
    });
    issued.then_some("tls.key")
}

fn mounts(container: Container<'_>, volume: &str) -> bool {
    container.volume_mounts().any(|it| it.str_field("name").value() == Some(volume))
}

/// Who opens the file: nobody's user id here is 0.
struct Reader {
    /// In root's group; `None` when the group comes from the image and is not known.
    in_root_group: Option<bool>,
    /// What makes the user another than root, and where.
    why: String,
    place: Place,
}

impl Reader {
    fn may_read(&self, mode: i64) -> bool {
        mode & 0o004 != 0 || mode & 0o040 != 0 && self.in_root_group != Some(false)
    }
}

/// The user of a container; `None` for root and for one that is not known.
fn reader(
    cx: &Cx<'_>,
    workload: &Workload,
    pod: Pod<'_>,
    container: Container<'_>,
) -> Option<Reader> {
    let group = match pod.security_field(container, "runAsGroup", |it| it.as_i64()) {
        Field::Set(group) => Some(group.value == 0),
        Field::Unset(_) | Field::Dynamic(_) => None,
    };
    let groups = pod.security_context().and_then(|it| it.get("supplementalGroups"));
    let also_root = groups.is_some_and(|it| it.items().any(|it| it.as_i64() == Some(0)));
    let in_root_group = if also_root { Some(true) } else { group };
    match pod.security_field(container, "runAsUser", |it| it.as_i64()) {
        Field::Set(user) if user.value > 0 => {
            let why = format!("runAsUser {}", user.value);
            return Some(Reader { in_root_group, why, place: user.place });
        }
        Field::Unset(_) => {}
        Field::Set(_) | Field::Dynamic(_) => return None,
    }
    match pod.security_field(container, "runAsNonRoot", |it| it.as_bool()) {
        Field::Set(non_root) if non_root.value => {
            let why = "runAsNonRoot".to_owned();
            return Some(Reader { in_root_group, why, place: non_root.place });
        }
        Field::Dynamic(_) => return None,
        Field::Set(_) | Field::Unset(_) => {}
    }
    let link = cx.project.container_link(workload.id, container.name())?;
    let built = link.link.dockerfile.as_ref().filter(|it| it.confidence >= programs::BROKEN)?;
    let dockerfile = cx.project.dockerfile(built.target);
    let stage = images::shipped_stage(cx, dockerfile)?;
    let user = images::chain(dockerfile, stage).find_map(Stage::user)?;
    let text = user.value.as_deref()?;
    let (name, group) = text.split_once(':').map_or((text, None), |(it, group)| (it, Some(group)));
    if matches!(name.trim(), "" | "0" | "root") {
        return None;
    }
    let image_group = group.map(|it| matches!(it.trim(), "0" | "root"));
    let in_root_group = in_root_group.or(image_group);
    Some(Reader { in_root_group, why: format!("USER {text}"), place: user.place })
}

fn report(
    cx: &Cx<'_>,
    workload: &Workload,
    file: &KeyFile<'_>,
    reader: &Reader,
    container: Container<'_>,
    findings: &mut Findings,
) {
    let KeyFile { key, mode, place, .. } = *file;
    let why = &reader.why;
    let message =
        format!("mode 0{mode:03o} and {why} without fsGroup, the program cannot read {key}");
    // JSON has no octal numbers.
    let path = cx.project.path(cx.project.object(workload.object).file);
    let text = if path.ends_with(".json") {
        DEFAULT_MODE.to_string()
    } else {
        format!("0{DEFAULT_MODE:o}")
    };
    findings
        .report(place, message)
        .help("drop the mode, or set 0440 with `fsGroup`")
        .label(reader.place, "the files belong to root")
        .pointer(container.node)
        .unsafe_fix("Let everybody in the container read the files", vec![Edit { place, text }]);
}
