//! Who writes a `caBundle` at run time: an annotation that a controller reads, a job, a script, the
//! program itself, or an image without source here that has the right to.

use std::collections::BTreeSet;

use goready_model::{FileKind, Node, Object, Project};
use memchr::memmem;

use crate::link::Input;

/// Annotations that make a controller fill the bundle.
const ANNOTATIONS: [(&str, &str); 8] = [
    ("cert-manager.io/inject-ca-from", "cert-manager"),
    ("cert-manager.io/inject-ca-from-secret", "cert-manager"),
    ("cert-manager.io/inject-apiserver-ca", "cert-manager"),
    ("certmanager.k8s.io/inject-ca-from", "cert-manager"),
    ("certmanager.k8s.io/inject-apiserver-ca", "cert-manager"),
    ("service.beta.openshift.io/inject-cabundle", "the service CA of OpenShift"),
    ("service.alpha.openshift.io/inject-cabundle", "the service CA of OpenShift"),
    ("pki.kops.k8s.io/inject-ca", "kOps"),
];

/// Texts that show an injector wherever they stand in manifests, charts and kustomizations.
const IN_MANIFESTS: [(&str, &str); 5] = [
    ("inject-ca-from", "cert-manager"),
    ("inject-apiserver-ca", "cert-manager"),
    ("inject-cabundle", "the service CA of OpenShift"),
    ("kube-webhook-certgen", "a kube-webhook-certgen job"),
    ("kind: ClusterServiceVersion", "the Operator Lifecycle Manager"),
];

/// Texts of Go programs that patch their own configuration.
const IN_GO: [(&str, &str); 4] = [
    ("CABundle", "the program"),
    ("\"caBundle\"", "the program"),
    ("cert-controller/pkg/rotator", "cert-controller"),
    ("knative.dev/pkg/webhook/certificates", "the certificates of knative.dev/pkg"),
];

/// Texts of scripts that do.
const IN_SCRIPTS: [(&str, &str); 4] = [
    ("caBundle", "a script"),
    ("CA_BUNDLE", "a script"),
    ("CABUNDLE", "a script"),
    ("webhook-create-signed-cert", "a script"),
];

/// What the repository as a whole has to fill bundles with.
pub(super) struct Injectors {
    anywhere: Option<&'static str>,
    /// Kinds that some role may change.
    granted: BTreeSet<&'static str>,
}

/// Kinds that hold a bundle, as roles call them.
const HOLDERS: [(&str, &str, &str); 4] = [
    (
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
    ),
    (
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "apiservices", "APIService"),
];

impl Injectors {
    pub(super) fn of(input: &Input<'_>, project: &Project) -> Self {
        let found = input.files.iter().find_map(|it| {
            let texts: &[(&str, &str)] = match it.facts.kind {
                FileKind::Manifest
                | FileKind::Kustomization
                | FileKind::ChartValues
                | FileKind::ChartTemplate
                | FileKind::Config => &IN_MANIFESTS,
                FileKind::Go => &IN_GO,
                FileKind::ShellScript | FileKind::Makefile | FileKind::Workflow => &IN_SCRIPTS,
                _ => return None,
            };
            let text = input.sources.get(it.file)?.text.as_bytes();
            let hit =
                texts.iter().find(|(text_of, _)| memmem::find(text, text_of.as_bytes()).is_some());
            hit.filter(|_| !it.path.ends_with("_test.go")).map(|it| it.1)
        });
        Self { anywhere: found, granted: granted(project) }
    }

    /// Who fills the bundle of an object.
    pub(super) fn fills(&self, object: &Object) -> Option<String> {
        let annotated = ANNOTATIONS.iter().find(|it| object.annotation(it.0).is_some());
        let granted = self.granted.contains(&*object.kind).then_some("whoever has the role for it");
        annotated.map(|it| it.1).or(self.anywhere).or(granted).map(str::to_owned)
    }
}

/// Kinds of bundle holders that a role of the repository lets somebody change.
fn granted(project: &Project) -> BTreeSet<&'static str> {
    let roles = project
        .objects
        .iter()
        .filter(|it| it.group() == "rbac.authorization.k8s.io" && it.kind == "ClusterRole");
    let rules: Vec<Node<'_>> = roles
        .filter_map(|it| it.node()?.get("rules"))
        .flat_map(|it| it.items())
        .filter(|it| ["update", "patch"].iter().any(|verb| names(*it, "verbs", verb)))
        .collect();
    let lets_change = |group: &str, resource: &str| {
        rules.iter().any(|it| names(*it, "apiGroups", group) && names(*it, "resources", resource))
    };
    HOLDERS.iter().filter(|it| lets_change(it.0, it.1)).map(|it| it.2).collect()
}

/// Whether a list of a role's rule has a word, or may have it.
fn names(rule: Node<'_>, key: &str, word: &str) -> bool {
    let Some(list) = rule.get(key) else { return false };
    let mut items = list.items();
    list.is_dynamic() || items.any(|it| it.is_dynamic() || ["*", word].contains(&it.text()))
}
