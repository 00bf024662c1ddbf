//! A webhook calls a Service that is not there, or a port that nothing offers.
//!
//! ## What it does
//! Looks for the Service of a webhook, CRD conversion or APIService among the manifests that are
//! applied together, for the port (443 unless written) among the Service's ports, and for its
//! `targetPort` among the ports of the workload's containers. A unit without any Service is left
//! alone: it comes from elsewhere.
//!
//! ## Why is this bad
//! Every call fails with `service "webhook" not found` or `connection refused`. With `failurePolicy:
//! Fail` nothing that the webhook judges can be created.
//!
//! ## Example
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector: {app: webhook}
//!   ports: [{port: 8443}]
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: shop}
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
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     sideEffects: None
//!     clientConfig:
//!       service: {name: webhook, namespace: shop}
//! ```
//!
//! ## References
//! - [Dynamic admission control: service reference](https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#service-reference)

use goready_model::{
    Confidence, Field, Object, Outcome, Profile, Service, UnitKind, Webhook, WebhookKind,
    WebhookTarget,
};

use crate::{Check, Cx, Findings, Rule, Scope, schema::words};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Objects,
    since: "0.1.0",
    elsewhere: &["IST0139"],
    check: Check::Object(check),
};

fn check(cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    if object.partial {
        return;
    }
    for webhook in cx.project.webhooks_of(object.id) {
        match webhook.service {
            Some(service) => port(cx, object, webhook, cx.project.service(service), findings),
            None => missing(cx, object, webhook, findings),
        }
    }
}

fn missing(cx: &Cx<'_>, object: &Object, webhook: &Webhook, findings: &mut Findings) {
    let WebhookTarget::Service { name, namespace, .. } = &webhook.target else { return };
    let unit = cx.project.unit(object.unit);
    // A generated or renamed Service has another name here.
    let renamed = matches!(unit.kind, UnitKind::Kustomization(_)) && webhook.host.is_none();
    if unit.partial || renamed || namespace.is_none() {
        return;
    }
    let services = cx.project.services.iter().map(|it| cx.project.object(it.object));
    let here: Vec<&Object> = services.filter(|it| it.unit == object.unit).collect();
    // Somebody else brings all Services, or some that are not known here.
    if here.is_empty() || here.iter().any(|it| it.name.is_empty()) {
        return;
    }
    let elsewhere = cx.project.services.iter().any(|it| {
        let service = cx.project.object(it.object);
        service.unit != object.unit && service.name == name.value
    });
    if is_api_server(&name.value, namespace.as_ref().map(|it| &*it.value)) {
        return;
    }
    let names: Vec<&str> = here.iter().map(|it| &*it.name).collect();
    let Some(namespace) = namespace else { return };
    let message = format!(
        "{} calls Service \"{}\" in namespace \"{}\", there is none",
        title(webhook),
        name.value,
        namespace.value
    );
    let same_name = here.iter().find(|it| it.name == name.value);
    let draft = findings.report(name.place, message).lower_if(elsewhere);
    match (
        same_name.and_then(|it| it.name_place()),
        words::closest(&name.value, names.iter().copied()),
    ) {
        (Some(place), _) => draft
            .label(place, "this one is in another namespace")
            .help("write the namespace of the Service"),
        (None, Some(near)) => draft.help(format!("write `{near}`, or add the Service")),
        (None, None) => draft.help("add the Service, or write the name of one that is there"),
    };
}

/// The Service of the API server, which every cluster has: an aggregated API answers behind it.
fn is_api_server(name: &str, namespace: Option<&str>) -> bool {
    name == "kubernetes" && namespace == Some("default")
}

fn port(
    cx: &Cx<'_>,
    object: &Object,
    webhook: &Webhook,
    service: &Service,
    findings: &mut Findings,
) {
    let WebhookTarget::Service { name, port: Some(port), .. } = &webhook.target else { return };
    let definition = cx.project.object(service.object);
    let is_known =
        service.spec().and_then(|it| it.get("ports")).is_some_and(|it| !it.holds_dynamic());
    if definition.partial || !is_known || external(service) {
        return;
    }
    let offered: Vec<i64> = service.ports().filter_map(|it| it.int_field("port").value()).collect();
    if offered.contains(port) {
        return;
    }
    let place = client_port(object, webhook).unwrap_or(name.place);
    let list = offered.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let draft = findings.report(
        place,
        format!(
            "{} calls Service \"{}\" port {port}, it offers {list}",
            title(webhook),
            name.value
        ),
    );
    let draft = match definition.name_place() {
        Some(place) => draft.label(place, "the Service"),
        None => draft,
    };
    match offered.as_slice() {
        [only] => draft.help(format!("set `clientConfig.service.port: {only}`")),
        _ => draft.help("set `clientConfig.service.port` to a port of the Service"),
    };
}

fn external(service: &Service) -> bool {
    service.spec().is_some_and(|it| it.str_field("type").value() == Some("ExternalName"))
}

/// The port, where somebody wrote it.
fn client_port(object: &Object, webhook: &Webhook) -> Option<goready_model::Place> {
    let client = object.tree.node(webhook.client)?;
    match client.get("service")?.int_field("port") {
        Field::Set(port) => Some(port.place),
        Field::Unset(_) | Field::Dynamic(_) => None,
    }
}

fn title(webhook: &Webhook) -> String {
    match webhook.kind {
        WebhookKind::Validating | WebhookKind::Mutating => format!("webhook \"{}\"", webhook.name),
        WebhookKind::Conversion => format!("the conversion of \"{}\"", webhook.name),
        WebhookKind::ApiService => format!("APIService \"{}\"", webhook.name),
    }
}
