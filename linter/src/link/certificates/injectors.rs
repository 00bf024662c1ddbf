//! Who writes a `caBundle` at run time: an annotation that a controller reads, a job, a script, or
//! the program itself.

use goready_model::{FileKind, Object};
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
}

impl Injectors {
    pub(super) fn of(input: &Input<'_>) -> Self {
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
        Self { anywhere: found }
    }

    /// Who fills the bundle of an object.
    pub(super) fn fills(&self, object: &Object) -> Option<String> {
        let annotated = ANNOTATIONS.iter().find(|it| object.annotation(it.0).is_some());
        annotated.map(|it| it.1).or(self.anywhere).map(str::to_owned)
    }
}
