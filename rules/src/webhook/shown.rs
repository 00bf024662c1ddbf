//! What the rules about serving certificates share: the pairs that a webhook's backends show, and
//! the roots that the API server judges them by.

use goready_model::{Certificate, Field, PemText, Place, ServingSource, TlsSecret, Webhook};
use goready_sim::x509::{self, Refusal};

use crate::Cx;

/// A pair in a Secret of the repository that a backend mounts and can load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'p> {
    pub(crate) secret: &'p TlsSecret,
    pub(crate) chain: &'p PemText,
    pub(crate) leaf: &'p Certificate,
    /// The block of the leaf.
    pub(crate) place: Place,
    /// The Secret's name in the pod.
    pub(crate) mount: Place,
}

impl<'p> Shown<'p> {
    fn intermediates(&self) -> Vec<&'p Certificate> {
        self.chain.certificates().skip(1).map(|(_, it)| &**it).collect()
    }
}

/// The pairs of a webhook, one for each Secret.
pub(crate) fn shown<'p>(cx: &Cx<'p>, webhook: &Webhook) -> Vec<Shown<'p>> {
    let mut found: Vec<Shown<'p>> = Vec::new();
    for serving in &webhook.serving {
        let ServingSource::Secret(index) = serving.source else { continue };
        let Some(secret) = cx.project.tls_secrets.get(index) else { continue };
        let Some(shown) = of_secret(secret, serving.mount) else { continue };
        if !found.iter().any(|it| it.place == shown.place) {
            found.push(shown);
        }
    }
    found
}

/// The pair of a Secret; `None` for one that a server cannot load, which is another finding.
pub(crate) fn of_secret(secret: &TlsSecret, mount: Place) -> Option<Shown<'_>> {
    let chain = secret.chain.as_ref()?;
    if secret.key.as_ref().is_some_and(|key| x509::key_pair(chain, key).is_err()) {
        return None;
    }
    let block = chain.blocks.iter().find(|it| it.is_certificate())?;
    let (first, leaf) = chain.certificates().next()?;
    std::ptr::eq(first, block).then_some(Shown { secret, chain, leaf, place: block.place, mount })
}

/// The roots that the API server uses for a webhook; `None` without a bundle that it can read.
pub(crate) fn roots(webhook: &Webhook) -> Option<Vec<&Certificate>> {
    let Field::Set(bundle) = &webhook.bundle else { return None };
    let roots: Vec<_> = bundle.value.roots().map(|it| &**it).collect();
    (!roots.is_empty()).then_some(roots)
}

/// Why the API server refuses what the backends show: the first pair and its reason. `None` when
/// there is nothing to judge, when some pair is accepted, and where something fills the bundle at
/// run time.
pub(crate) fn refused<'p>(cx: &Cx<'p>, webhook: &'p Webhook) -> Option<(Shown<'p>, Refusal<'p>)> {
    if webhook.injector.is_some() {
        return None;
    }
    let roots = roots(webhook)?;
    let mut first = None;
    for shown in shown(cx, webhook) {
        let judged = x509::verify(shown.leaf, &shown.intermediates(), &roots, cx.settings.now);
        match judged {
            Ok(()) => return None,
            Err(refusal) => {
                first.get_or_insert((shown, refusal));
            }
        }
    }
    first
}

/// `tls.crt of Secret "webhook-tls"`.
pub(crate) fn entry(cx: &Cx<'_>, secret: &TlsSecret, key: &str) -> String {
    format!("{key} of Secret \"{}\"", cx.project.object(secret.object).name)
}
