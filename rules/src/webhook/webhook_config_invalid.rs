//! A webhook configuration that the API server refuses.
//!
//! ## What it does
//! Checks Validating- and MutatingWebhookConfigurations of version v1: `sideEffects`,
//! `admissionReviewVersions`, names (a domain of at least three segments, each once), timeouts, exactly
//! one of `url` and `service`, what a URL may hold, and the lists of a rule. Absent rules and a
//! `caBundle` that holds no certificate are accepted and not reported here.
//!
//! ## Why is this bad
//! Nothing of the object is created: `webhooks[0].sideEffects: Required value: must specify one of
//! None, NoneOnDryRun`.
//!
//! ## Example
//! `webhook.yaml`:
//! ```yaml
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: ValidatingWebhookConfiguration
//! metadata:
//!   name: webhook
//! webhooks:
//!   - name: pods.webhook.example.com
//!     admissionReviewVersions: [v1]
//!     clientConfig:
//!       service: {name: webhook, namespace: shop}
//! ```
//!
//! ## Use instead
//! `webhook.yaml`:
//! ```yaml
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
//! - [Dynamic admission control](https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/)
//! - [Validation](https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/admissionregistration/validation/validation.go) (`validateValidatingWebhook`)

use goready_model::{Confidence, Field, Node, Object, Outcome, Profile};
use goready_sim::names;

use crate::{Check, Cx, Draft, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Rejected,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

/// Fields of a webhook that take one of a few words.
const WORDS: [(&str, &[&str]); 4] = [
    ("sideEffects", &["None", "NoneOnDryRun"]),
    ("failurePolicy", &["Fail", "Ignore"]),
    ("matchPolicy", &["Equivalent", "Exact"]),
    ("reinvocationPolicy", &["IfNeeded", "Never"]),
];
const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES: [&str; 3] = ["*", "Cluster", "Namespaced"];
/// Versions of AdmissionReview that an API server sends.
const REVIEWS: [&str; 2] = ["v1", "v1beta1"];

fn check(_cx: &Cx<'_>, object: &Object, findings: &mut Findings) {
    let mutating = object.kind == "MutatingWebhookConfiguration";
    let validating = object.kind == "ValidatingWebhookConfiguration";
    if object.api_version != "admissionregistration.k8s.io/v1" || !(mutating || validating) {
        return;
    }
    let Some(list) = object.node().and_then(|it| it.get("webhooks")) else { return };
    let mut names = Vec::new();
    // A patch names the webhook and what it changes of it.
    let mut judge = Judge { findings, partial: object.partial };
    for webhook in list.items().filter(|it| it.is_mapping()) {
        judge.name(webhook, &mut names);
        judge.words(webhook, mutating);
        judge.reviews(webhook);
        judge.timeout(webhook);
        judge.client(webhook);
        for rule in webhook.get("rules").into_iter().flat_map(|it| it.items()) {
            judge.rule(rule);
        }
    }
}

struct Judge<'f> {
    findings: &'f mut Findings,
    /// What is missing proves nothing.
    partial: bool,
}

impl Judge<'_> {
    fn node(&mut self, node: Node<'_>, message: impl Into<String>) -> Draft<'_> {
        self.findings.node(node, message)
    }

    fn name<'t>(&mut self, webhook: Node<'t>, names: &mut Vec<(&'t str, Node<'t>)>) {
        let field = webhook.str_field("name");
        let node = webhook.get("name").unwrap_or(webhook);
        let Some(name) = field.known_or("").map(|it| it.value) else { return };
        if name.is_empty() {
            if !self.partial {
                self.node(node, "the webhook has no name")
                    .help("add a domain such as `pods.webhook.example.com`");
            }
            return;
        }
        if let Err(error) = names::dns1123_subdomain(name) {
            self.node(node, format!("webhook name \"{name}\" is no domain: {error}"))
                .help("write a domain in lower case, such as `pods.webhook.example.com`");
        } else if name.split('.').count() < 3 {
            self.node(node, format!("webhook name \"{name}\" has fewer than three segments"))
                .help(format!("write `{name}.example.com` with a domain of yours"));
        } else if let Some((_, first)) = names.iter().find(|it| it.0 == name) {
            self.node(node, format!("webhook name \"{name}\" is there twice"))
                .label(first.place(), "the first one")
                .help("give each webhook a name of its own");
        }
        names.push((name, node));
    }

    fn words(&mut self, webhook: Node<'_>, mutating: bool) {
        for (key, words) in WORDS {
            // On a validating webhook the field is unknown, which is another finding.
            if key == "reinvocationPolicy" && !mutating {
                continue;
            }
            match webhook.str_field(key) {
                Field::Set(value) if !words.contains(&value.value) => {
                    let Some(node) = webhook.get(key) else { continue };
                    let message =
                        format!("{key} \"{}\" is none of {}", value.value, words.join(", "));
                    self.node(node, message).help(format!("write one of {}", words.join(", ")));
                }
                Field::Unset(_) if key == "sideEffects" && !self.partial => {
                    let message = format!("{} has no sideEffects, v1 refuses it", title(webhook));
                    self.findings.missing_in(webhook, message).help("set `sideEffects: None`");
                }
                _ => {}
            }
        }
    }

    fn reviews(&mut self, webhook: Node<'_>) {
        let list = webhook.get("admissionReviewVersions");
        let Some(list) = list.filter(|it| !it.is_null()) else {
            if !self.partial {
                let message = format!("{} has no admissionReviewVersions", title(webhook));
                let draft = self.findings.missing_in(webhook, message);
                draft.help("set `admissionReviewVersions: [v1]`");
            }
            return;
        };
        if list.holds_dynamic() || !list.is_sequence() {
            return;
        }
        let texts: Vec<&str> = list.items().map(|it| it.text()).collect();
        if !texts.iter().any(|it| REVIEWS.contains(it)) {
            let message = match texts.as_slice() {
                [] => "admissionReviewVersions is empty".to_owned(),
                _ => format!(
                    "admissionReviewVersions {} holds neither v1 nor v1beta1",
                    texts.join(", ")
                ),
            };
            self.node(list, message).help("add `v1`");
        } else if let Some(item) = list.items().find(|it| names::dns1035_label(it.text()).is_err())
        {
            let message =
                format!("admissionReviewVersions has \"{}\", which is no version", item.text());
            self.node(item, message).help("remove it");
        }
    }

    fn timeout(&mut self, webhook: Node<'_>) {
        let Field::Set(timeout) = webhook.int_field("timeoutSeconds") else { return };
        let Some(node) = webhook.get("timeoutSeconds") else { return };
        if !(1..=30).contains(&timeout.value) {
            self.node(node, format!("timeoutSeconds {} is not from 1 to 30", timeout.value))
                .help("write a number from 1 to 30");
        }
    }

    fn client(&mut self, webhook: Node<'_>) {
        let Some(client) = webhook.get("clientConfig").filter(|it| it.is_mapping()) else { return };
        if client.entries().any(|it| it.key.is_dynamic()) {
            return;
        }
        let service = client.get("service").filter(|it| !it.is_null());
        let url = client.get("url").filter(|it| !it.is_null());
        match (service, url) {
            (None, None) if !self.partial => {
                self.findings
                    .key(
                        client,
                        format!("clientConfig of {} has neither service nor url", title(webhook)),
                    )
                    .help("add `service` with name and namespace");
            }
            (Some(_), Some(url)) => {
                self.findings
                    .key(
                        url,
                        format!("clientConfig of {} has both service and url", title(webhook)),
                    )
                    .help("remove one of the two");
            }
            (None, Some(url)) => self.url(url),
            (Some(service), None) => self.service(service),
            (None, None) => {}
        }
    }

    /// `ValidateWebhookURL`.
    fn url(&mut self, node: Node<'_>) {
        let Some(url) = node.as_str() else { return };
        let help = "write `https://host/path`";
        let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
        let (before, query) = before.split_once('?').unwrap_or((before, ""));
        let Some(rest) = before.strip_prefix("https://") else {
            self.node(node, format!("url \"{url}\" does not start with https://")).help(help);
            return;
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let wrong = if authority.is_empty() {
            "has no host"
        } else if authority.contains('@') {
            "holds user information"
        } else if !query.is_empty() {
            "holds query parameters"
        } else if !fragment.is_empty() {
            "holds a fragment"
        } else {
            return;
        };
        // The address may hold a password.
        self.node(node, format!("the webhook's url {wrong}")).help(help);
    }

    /// `ValidateWebhookService`.
    fn service(&mut self, service: Node<'_>) {
        for key in ["name", "namespace"] {
            let Some(value) = service.str_field(key).known_or("") else { continue };
            if value.value.is_empty() && !self.partial {
                let node = service.get(key).unwrap_or(service);
                self.findings
                    .key(node, format!("the webhook's service has no {key}"))
                    .help(format!("add `{key}`"));
            }
        }
        if let (Field::Set(port), Some(node)) = (service.int_field("port"), service.get("port"))
            && !(1..=65535).contains(&port.value)
        {
            self.node(node, format!("port {} is not from 1 to 65535", port.value))
                .help("write the port of the Service");
        }
        if let (Field::Set(path), Some(node)) = (service.str_field("path"), service.get("path")) {
            self.path(node, path.value);
        }
    }

    fn path(&mut self, node: Node<'_>, path: &str) {
        if path.is_empty() || path == "/" {
            return;
        }
        let steps = path.strip_prefix('/').map(|it| it.strip_suffix('/').unwrap_or(it));
        let Some(steps) = steps else {
            self.node(node, format!("path \"{path}\" does not start with a slash"))
                .help(format!("write `/{path}`"));
            return;
        };
        if steps.split('/').any(|it| names::dns1123_subdomain(it).is_err()) {
            self.node(node, format!("path \"{path}\" has a step that is no name in lower case"))
                .help("write steps of lower case letters, digits, `-` and `.`");
        }
    }

    fn rule(&mut self, rule: Node<'_>) {
        if !rule.is_mapping() || rule.holds_dynamic() {
            return;
        }
        let lists = [
            ("operations", "operations"),
            ("apiGroups", "API groups"),
            ("apiVersions", "API versions"),
            ("resources", "resources"),
        ];
        for (key, _) in lists {
            let list = rule.get(key);
            if list.is_none_or(|it| it.items().next().is_none()) && !self.partial {
                let node = list.unwrap_or(rule);
                self.node(node, format!("a rule has no {key}")).help(format!("add `{key}`"));
            }
        }
        for (key, words) in &lists[..3] {
            let Some(list) = rule.get(key) else { continue };
            let all = list.items().find(|it| it.text() == "*");
            if let Some(all) = all.filter(|_| list.items().count() > 1) {
                self.node(all, format!("`*` stands beside other {words}"))
                    .help("keep `*` alone, or list what is meant");
            }
        }
        for operation in rule.get("operations").into_iter().flat_map(|it| it.items()) {
            if !OPERATIONS.contains(&operation.text()) {
                let message = format!(
                    "operation \"{}\" is none of {}",
                    operation.text(),
                    OPERATIONS.join(", ")
                );
                self.node(operation, message).help("write an operation in capitals");
            }
        }
        for key in ["apiVersions", "resources"] {
            let items = rule.get(key).into_iter().flat_map(|it| it.items());
            for item in items.filter(|it| it.text().is_empty()) {
                self.node(item, format!("{key} holds an empty entry")).help("remove it");
            }
        }
        self.resources(rule);
        if let (Field::Set(scope), Some(node)) = (rule.str_field("scope"), rule.get("scope"))
            && !SCOPES.contains(&scope.value)
        {
            self.node(node, format!("scope \"{}\" is none of {}", scope.value, SCOPES.join(", ")))
                .help("write `*`, `Cluster` or `Namespaced`");
        }
    }

    /// `validateResources`: an entry that another one covers is refused.
    fn resources(&mut self, rule: Node<'_>) {
        let Some(list) = rule.get("resources") else { return };
        let texts: Vec<&str> = list.items().map(|it| it.text()).collect();
        let has = |text: &str| texts.contains(&text);
        if has("*/*") && texts.len() > 1 {
            let Some(all) = list.items().find(|it| it.text() == "*/*") else { return };
            self.node(all, "`*/*` stands beside other resources")
                .help("keep `*/*` alone, or list what is meant");
            return;
        }
        for item in list.items() {
            let text = item.text();
            let Some((resource, part)) = text.split_once('/') else {
                if has("*") && text != "*" {
                    self.node(item, format!("`*` covers resource \"{text}\" already"))
                        .help("remove one of the two");
                }
                continue;
            };
            for cover in [format!("{resource}/*"), format!("*/{part}")] {
                if text != cover && has(&cover) {
                    self.node(item, format!("`{cover}` covers resource \"{text}\" already"))
                        .help("remove one of the two");
                    break;
                }
            }
        }
    }
}

/// `webhook "pods.webhook.example.com"`.
fn title(webhook: Node<'_>) -> String {
    match webhook.str_field("name").value() {
        Some(name) => format!("webhook \"{name}\""),
        None => "the webhook".to_owned(),
    }
}
