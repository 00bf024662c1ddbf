//! The parts that carry a webhook's certificate do not fit together.
//!
//! ## What it does
//! Follows the certificate from cert-manager to the program: `inject-ca-from` must name a Certificate
//! as `namespace/name`, the Secret that the Certificate fills must be the one the webhook's pods mount,
//! the directory that controller-runtime's webhook server reads must be the mounted one, and a constant
//! path in the program must be an entry of the Secret.
//!
//! ## Why is this bad
//! The pods stay in ContainerCreating (`secret "webhook-tls" not found`), the program stops with `open
//! .../tls.crt: no such file or directory`, or the API server gets no CA and no call succeeds.
//!
//! ## Example
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//!   annotations:
//!     cert-manager.io/inject-ca-from: shop/webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service:
//!         name: webhook
//!         namespace: shop
//!         path: /validate
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//!           volumeMounts:
//!             - name: tls
//!               mountPath: /certs
//!       volumes:
//!         - name: tls
//!           secret:
//!             secretName: webhook-tls
//! ---
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   secretName: webhook-cert
//!   dnsNames: [webhook.shop.svc]
//!   issuerRef: {name: shop}
//! ```
//!
//! ## Use instead
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 443, targetPort: 8443}]
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//!   annotations:
//!     cert-manager.io/inject-ca-from: shop/webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service:
//!         name: webhook
//!         namespace: shop
//!         path: /validate
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//!           volumeMounts:
//!             - name: tls
//!               mountPath: /certs
//!       volumes:
//!         - name: tls
//!           secret:
//!             secretName: webhook-tls
//! ---
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   secretName: webhook-tls
//!   dnsNames: [webhook.shop.svc]
//!   issuerRef: {name: shop}
//! ```
//!
//! ## References
//! - [cert-manager: CA injector](https://cert-manager.io/docs/concepts/ca-injector/)
//! - [controller-runtime: webhook server](https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/webhook/server.go)

use std::collections::BTreeSet;

use goready_model::{
    Confidence, Field, IssuedCertificate, Node, Object, Outcome, Place, Profile, Program, UnitKind,
    Webhook,
};

use super::mounts::{self, Mount, shares_namespace};
use crate::{
    Check, Cx, Findings, Rule, Scope,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

/// Annotations that name a Certificate.
const INJECT: [&str; 2] = ["cert-manager.io/inject-ca-from", "certmanager.k8s.io/inject-ca-from"];

/// Entries that cert-manager writes.
const ISSUED: [&str; 5] = ["tls.crt", "tls.key", "ca.crt", "tls-combined.pem", "key.der"];

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for webhook in &cx.project.webhooks {
        annotation(cx, webhook, &mut told, findings);
        secret_names(cx, webhook, &mut told, findings);
    }
    for program in &cx.project.programs {
        for deployed in programs::deployed(cx, program, programs::BROKEN) {
            let mounts = mounts::of(cx, &deployed);
            directory(cx, program, &deployed, &mounts, &mut told, findings);
            file_names(cx, program, &deployed, &mounts, &mut told, findings);
        }
    }
}

/// `inject-ca-from` that names no Certificate of the repository.
fn annotation(cx: &Cx<'_>, webhook: &Webhook, told: &mut BTreeSet<Place>, findings: &mut Findings) {
    let object = cx.project.object(webhook.object);
    let Some(node) = INJECT.iter().find_map(|it| object.annotation(it)) else { return };
    let unit = cx.project.unit(object.unit);
    let renames = matches!(unit.kind, UnitKind::Kustomization(_));
    let Some(value) = node.as_str().filter(|_| !renames && !unit.partial) else { return };
    // Whoever brings the bundle along does not count on the injector.
    let brought = match &webhook.bundle {
        Field::Set(bundle) => bundle.value.roots().next().is_some(),
        Field::Dynamic(_) => true,
        Field::Unset(_) => false,
    };
    if brought {
        return;
    }
    // `CERTIFICATE_NAMESPACE/CERTIFICATE_NAME` waits for kustomize.
    if value.bytes().any(|it| it.is_ascii_uppercase()) || told.contains(&node.place()) {
        return;
    }
    let Some((namespace, name)) = value.split_once('/') else {
        told.insert(node.place());
        findings
            .node(node, format!("inject-ca-from \"{value}\" is not a namespace and a name"))
            .object(object)
            .help("write `<namespace>/<name>` of the Certificate");
        return;
    };
    let here: Vec<&Object> = issued_in(cx, object).map(|(it, _)| it).collect();
    let lands = |it: &Object| it.namespace_in(unit).is_none_or(|it| it == namespace);
    let anywhere = cx.project.issued.iter().any(|it| cx.project.object(it.object).name == name);
    // With no Certificate here, or one of the name elsewhere, the parts are applied one by one.
    let [first, ..] = here.as_slice() else { return };
    if here.iter().any(|it| it.name == name && lands(it))
        || here.iter().any(|it| it.name.is_empty())
    {
        return;
    }
    let known = here.iter().find(|it| it.name == name).unwrap_or(first);
    if anywhere && known.name != name {
        return;
    }
    told.insert(node.place());
    let full = format!("{}/{}", known.namespace_in(unit).unwrap_or("<namespace>"), known.name);
    let draft = findings
        .node(node, format!("inject-ca-from names Certificate {value}, there is {full}"))
        .object(object)
        .help(format!("write `{full}`"));
    if let Some(place) = known.name_place() {
        draft.label(place, "the Certificate");
    }
}

/// Certificates of an object's unit.
fn issued_in<'p>(
    cx: &Cx<'p>,
    object: &Object,
) -> impl Iterator<Item = (&'p Object, &'p IssuedCertificate)> {
    let (project, unit) = (cx.project, object.unit);
    let all = project.issued.iter().map(move |it| (project.object(it.object), it));
    all.filter(move |(it, _)| it.unit == unit)
}

/// The Certificate fills one Secret, the pods mount another one that nobody fills.
fn secret_names(
    cx: &Cx<'_>,
    webhook: &Webhook,
    told: &mut BTreeSet<Place>,
    findings: &mut Findings,
) {
    if !webhook.serving.is_empty() {
        return;
    }
    for backend in &webhook.backends {
        let workload = cx.project.workload(*backend);
        let object = cx.project.object(workload.object);
        let Some(pod) = workload.pod() else { continue };
        let names = pod.volumes().filter_map(|it| secret_name(it));
        let missing: Vec<Node<'_>> = names.filter(|it| !exists(cx, object, it.text())).collect();
        let mut issued = issued_in(cx, object)
            .filter(|(it, issued)| shares_namespace(cx, object, it) && !issued.is_authority);
        // One of each, or nobody can tell what was meant.
        let (Some((_, certificate)), None) = (issued.next(), issued.next()) else { continue };
        let ([mounted], Some(target)) = (missing.as_slice(), &certificate.secret) else { continue };
        if target.value == mounted.text() || !told.insert(mounted.place()) {
            continue;
        }
        findings
            .report(
                mounted.place(),
                format!(
                    "the pod mounts Secret \"{}\", the certificate goes to \"{}\"",
                    mounted.text(),
                    target.value
                ),
            )
            .object(object)
            .help(format!("write `secretName: {}`", target.value))
            .label(target.place, "cert-manager writes this Secret");
    }
}

fn secret_name(volume: Node<'_>) -> Option<Node<'_>> {
    let secret = volume.get("secret")?;
    let optional = secret.bool_field("optional").value() == Some(true);
    secret.get("secretName").filter(|it| it.as_str().is_some() && !optional)
}

/// Whether the repository has the Secret, under whatever kind that makes one of the same name.
fn exists(cx: &Cx<'_>, user: &Object, name: &str) -> bool {
    cx.project
        .objects
        .iter()
        .any(|it| it.unit == user.unit && it.name == name && it.kind.contains("Secret"))
}

/// The webhook server reads another directory than the mounted one.
fn directory(
    cx: &Cx<'_>,
    program: &Program,
    deployed: &Deployed<'_>,
    mounts: &[Mount<'_>],
    told: &mut BTreeSet<Place>,
    findings: &mut Findings,
) {
    let [directory] = program.tls.directories.as_slice() else { return };
    let Field::Set(dir) = &directory.dir else { return };
    let issued: Vec<_> = mounts.iter().filter(|it| it.issued.is_some() && !it.sub_path).collect();
    let [mount] = issued.as_slice() else { return };
    let wanted = dir.value.trim_end_matches('/');
    let mounted = mounts.iter().any(|it| it.path.trim_end_matches('/') == wanted);
    // A relative directory depends on where the program is started.
    if mounted || !wanted.starts_with('/') || !told.insert(mount.path_place) {
        return;
    }
    let reads = if directory.is_default { "by default" } else { "here" };
    findings
        .report(
            mount.path_place,
            format!(
                "the certificate is mounted at {}, the webhook server reads {wanted}",
                mount.path
            ),
        )
        .object(cx.project.object(deployed.workload.object))
        .help(format!("write `mountPath: {wanted}`, or set `CertDir` of the webhook server"))
        .label(dir.place, format!("it reads that directory {reads}"));
}

/// A constant path below the mount that is no entry of the Secret.
fn file_names(
    cx: &Cx<'_>,
    program: &Program,
    deployed: &Deployed<'_>,
    mounts: &[Mount<'_>],
    told: &mut BTreeSet<Place>,
    findings: &mut Findings,
) {
    let loads = &program.tls.loads;
    for path in loads.iter().flat_map(|it| it.certificate.iter().chain(&it.key)) {
        let mount = mounts.iter().find(|it| it.issued.is_some() && it.holds(&path.value));
        let Some(mount) = mount.filter(|it| !it.has_items && !it.sub_path) else { continue };
        let name = path.value.rsplit('/').next().unwrap_or_default();
        if ISSUED.contains(&name) || !told.insert(path.place) {
            continue;
        }
        findings
            .report(
                path.place,
                format!(
                    "the program reads {}, Secret \"{}\" has tls.crt and tls.key",
                    path.value, mount.secret
                ),
            )
            .lower_if(program.sample)
            .program(program, "")
            .object(cx.project.object(deployed.workload.object))
            .help("read `tls.crt` and `tls.key`, or map the entries with `items`")
            .label(mount.place, "cert-manager writes the Secret that is mounted here");
    }
}
