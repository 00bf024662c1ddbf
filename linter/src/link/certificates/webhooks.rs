//! Webhooks, conversions and aggregated APIs with the workloads that answer them.

use goready_model::{
    Field, FileKind, Located, Node, Object, Project, Service, ServiceId, Serving, ServingSource,
    UnitKind, Webhook, WebhookKind, WebhookTarget, Workload, WorkloadId,
};
use goready_parse::pem::{self, Carrier};

use super::{injectors::Injectors, same_namespace};
use crate::link::Input;

/// All calls of the API server, in the order of objects.
pub(super) fn find(input: &Input<'_>, project: &Project) -> Vec<Webhook> {
    let renamed = renames(input);
    // The search goes through all files: only where it decides something.
    let mut injectors = None;
    let mut found = Vec::new();
    for object in &project.objects {
        for (kind, node, client, name) in clients(object) {
            let mut webhook = Webhook {
                object: object.id,
                kind,
                name,
                node: node.id(),
                client: client.id(),
                target: target(client),
                host: None,
                bundle: bundle(client),
                injector: injectors
                    .get_or_insert_with(|| Injectors::of(input, project))
                    .fills(object),
                service: None,
                backends: Vec::new(),
                serving: Vec::new(),
            };
            join(project, object, &mut webhook);
            webhook.host = host(project, object, &webhook, renamed);
            found.push(webhook);
        }
    }
    found
}

type Client<'t> = (WebhookKind, Node<'t>, Node<'t>, String);

/// The calls of one object: its kind, the entry, the mapping with `service` or `url`, the name.
fn clients(object: &Object) -> Vec<Client<'_>> {
    let Some(root) = object.node() else { return Vec::new() };
    let kind = match (object.group(), &*object.kind) {
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration") => {
            WebhookKind::Validating
        }
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") => WebhookKind::Mutating,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let conversion = root.path(&["spec", "conversion"]);
            let webhook = conversion.and_then(|it| it.get("webhook"));
            let client = webhook.and_then(|it| it.get("clientConfig"));
            let found = webhook.zip(client);
            return found
                .map(|(node, client)| (WebhookKind::Conversion, node, client, object.name.clone()))
                .into_iter()
                .collect();
        }
        ("apiregistration.k8s.io", "APIService") => {
            let spec = root.get("spec").filter(|it| {
                it.get("service").is_some_and(|it| !it.is_null())
                    && it.bool_field("insecureSkipTLSVerify").value() != Some(true)
            });
            return spec
                .map(|it| (WebhookKind::ApiService, it, it, object.name.clone()))
                .into_iter()
                .collect();
        }
        _ => return Vec::new(),
    };
    let entries = root.get("webhooks").into_iter().flat_map(|it| it.items());
    entries
        .filter_map(|it| {
            let name = it.str_field("name").value().unwrap_or(&object.name);
            let client = it.get("clientConfig").filter(|it| it.is_mapping())?;
            Some((kind, it, client, name.to_owned()))
        })
        .collect()
}

fn target(client: Node<'_>) -> WebhookTarget {
    let owned = |it: Located<&str>| it.map(str::to_owned);
    let service = client.get("service").filter(|it| it.is_mapping());
    let url = client.str_field("url").set().filter(|it| !it.value.is_empty());
    match (service, url) {
        (Some(service), None) => {
            let Some(name) = service.str_field("name").set() else {
                return WebhookTarget::Unknown;
            };
            // 443 unless written (admissionregistration/v1 `ServiceReference`).
            let port = service.int_field("port").known_or(443).map(|it| it.value);
            WebhookTarget::Service {
                name: owned(name),
                namespace: service.str_field("namespace").set().map(owned),
                port,
                path: service.str_field("path").set().map(owned),
            }
        }
        (None, Some(url)) => WebhookTarget::Url(owned(url)),
        _ => WebhookTarget::Unknown,
    }
}

fn bundle(client: Node<'_>) -> Field<goready_model::PemText> {
    match client.get("caBundle") {
        None => Field::Unset(client.name_place()),
        Some(node) if node.is_null() => Field::Unset(node.name_place()),
        Some(node) => match pem::value(node, Carrier::Base64) {
            Some(text) => Field::Set(Located::new(text, node.place())),
            None => Field::Dynamic(node.place()),
        },
    }
}

/// Finds the Service, the workloads behind it and the certificates they mount.
fn join(project: &Project, object: &Object, webhook: &mut Webhook) {
    let WebhookTarget::Service { name, namespace, .. } = &webhook.target else { return };
    let has_name = |service: &&Service| {
        let candidate = project.object(service.object);
        candidate.unit == object.unit && candidate.name == name.value
    };
    let services: Vec<_> = project.services.iter().filter(has_name).collect();
    let namespace = namespace.as_ref().map(|it| &*it.value);
    let Some(service) = best_service(project, &services, namespace) else { return };
    webhook.service = Some(service);
    webhook.backends = project.selected.get(&service).cloned().unwrap_or_default();
    let serving = webhook.backends.iter().flat_map(|it| serving(project, *it));
    webhook.serving = serving.collect();
}

/// The Service of the namespace; the only one of its name where a namespace is not known or a
/// kustomization moves it.
fn best_service(
    project: &Project,
    services: &[&Service],
    namespace: Option<&str>,
) -> Option<ServiceId> {
    let lands_in = |it: &Service| {
        let object = project.object(it.object);
        object.namespace_in(project.unit(object.unit)).map(str::to_owned)
    };
    let exact = services.iter().find(|it| lands_in(it).as_deref() == namespace);
    if let Some(exact) = exact.filter(|_| namespace.is_some()) {
        return Some(exact.id);
    }
    let [only] = services else { return None };
    let object = project.object(only.object);
    let moved = matches!(project.unit(object.unit).kind, UnitKind::Kustomization(_));
    let may_be = moved || namespace.is_none() || lands_in(only).is_none();
    may_be.then_some(only.id)
}

/// The TLS Secrets that a workload mounts.
fn serving(project: &Project, workload: WorkloadId) -> Vec<Serving> {
    let workload = project.workload(workload);
    let object = project.object(workload.object);
    let mut found = Vec::new();
    for name in mounted_secrets(workload) {
        let has_name = |it: &Object| it.name == name.value && same_namespace(project, object, it);
        for (index, secret) in project.tls_secrets.iter().enumerate() {
            if has_name(project.object(secret.object)) {
                found.push(Serving { source: ServingSource::Secret(index), mount: name.place });
            }
        }
        for (index, issued) in project.issued.iter().enumerate() {
            let target = issued.secret.as_ref().is_some_and(|it| it.value == name.value);
            let issuer = project.object(issued.object);
            if target && !issued.is_authority && same_namespace(project, object, issuer) {
                found.push(Serving { source: ServingSource::Issued(index), mount: name.place });
            }
        }
    }
    found
}

/// Names of the Secrets in a pod's volumes, projected ones too.
fn mounted_secrets(workload: &Workload) -> Vec<Located<&str>> {
    let Some(pod) = workload.pod() else { return Vec::new() };
    let mut found = Vec::new();
    for volume in pod.volumes() {
        if let Some(secret) = volume.get("secret") {
            found.extend(secret.str_field("secretName").set());
        }
        let sources = volume.path(&["projected", "sources"]);
        let sources = sources.into_iter().flat_map(|it| it.items());
        let secrets = sources.filter_map(|it| it.get("secret"));
        found.extend(secrets.filter_map(|it| it.str_field("name").set()));
    }
    found
}

/// The name the API server asks for.
fn host(project: &Project, object: &Object, webhook: &Webhook, renamed: bool) -> Option<String> {
    match &webhook.target {
        WebhookTarget::Service { name, namespace, .. } => {
            let unit = project.unit(object.unit);
            let moved = matches!(unit.kind, UnitKind::Kustomization(_));
            if moved && renamed {
                return None;
            }
            // A kustomization that sets a namespace sets it in references too.
            let service = webhook.service.map(|it| project.object(project.service(it).object));
            let namespace = match service.filter(|_| moved) {
                Some(service) => service.namespace_in(unit),
                None => namespace.as_ref().map(|it| &*it.value),
            }?;
            Some(format!("{}.{namespace}.svc", name.value))
        }
        WebhookTarget::Url(url) => {
            let rest = url.value.strip_prefix("https://")?;
            let authority = rest.split(['/', '?', '#']).next()?;
            let host = match authority.rsplit_once(':') {
                Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
                _ => authority,
            };
            (!host.is_empty()).then(|| host.to_owned())
        }
        WebhookTarget::Unknown => None,
    }
}

/// Whether some kustomization changes names, or writes one object's values into another.
fn renames(input: &Input<'_>) -> bool {
    let keys = ["namePrefix", "nameSuffix", "replacements", "vars"];
    input.files.iter().filter(|it| it.facts.kind == FileKind::Kustomization).any(|it| {
        let root = it.facts.documents.first().and_then(|it| it.tree.root());
        root.is_some_and(|root| keys.iter().any(|it| root.get(it).is_some()))
    })
}
