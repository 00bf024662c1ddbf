//! Secrets that hold a certificate with its key, and the controllers that issue such.

use goready_model::{IssuedCertificate, Located, Node, Object, PemText, Project, TlsSecret};
use goready_parse::pem::{self, Carrier};

/// Names of the two entries where they are not `<name>.crt` and `<name>.key`.
const PAIRS: [(&str, &str); 3] =
    [("cert.pem", "key.pem"), ("cert", "key"), ("ca-cert.pem", "ca-key.pem")];

/// Fills the Secrets and the issued certificates.
pub(super) fn link(project: &mut Project) {
    let mut found = Vec::new();
    for object in &project.objects {
        match (object.group(), &*object.kind) {
            ("", "Secret") => {
                let sample = pem::is_sample(project.path(object.file));
                let is_sample =
                    |it: &PemText| pem::is_sample(project.path(it.place.editable().file));
                found.extend(pairs(object).into_iter().map(|it| {
                    let fed = [&it.chain, &it.key].into_iter().flatten().any(is_sample);
                    TlsSecret { sample: sample || fed, ..it }
                }));
            }
            ("cert-manager.io" | "certmanager.k8s.io", "Certificate") => {
                project.issued.extend(issued(object));
            }
            _ => {}
        }
    }
    project.tls_secrets = found;
}

/// The pairs of a Secret: one for each certificate entry that has a key entry, and the two of
/// `kubernetes.io/tls` in any case.
fn pairs(object: &Object) -> Vec<TlsSecret> {
    let Some(root) = object.node() else { return Vec::new() };
    let is_tls = root.get("type").is_some_and(|it| it.text() == "kubernetes.io/tls");
    let mut names = Vec::new();
    if is_tls {
        names.push(("tls.crt".to_owned(), "tls.key".to_owned()));
    }
    let entries: Vec<&str> = ["data", "stringData"]
        .into_iter()
        .filter_map(|it| root.get(it))
        .flat_map(|it| it.entries())
        .map(|it| it.key.text())
        .collect();
    for name in &entries {
        let key = match name.strip_suffix(".crt") {
            Some(stem) => format!("{stem}.key"),
            None => match PAIRS.iter().find(|it| it.0 == *name) {
                Some((_, key)) => (*key).to_owned(),
                None => continue,
            },
        };
        let pair = ((*name).to_owned(), key);
        if entries.contains(&&*pair.1) && !names.contains(&pair) {
            names.push(pair);
        }
    }
    let pair = |(chain_key, key_key): (String, String)| TlsSecret {
        object: object.id,
        chain: value(root, &chain_key),
        key: value(root, &key_key),
        authority: value(root, "ca.crt"),
        sample: false,
        chain_key,
        key_key,
    };
    names.into_iter().map(pair).collect()
}

/// An entry of a Secret; `stringData` wins over `data`.
fn value(root: Node<'_>, key: &str) -> Option<PemText> {
    let plain = root.path(&["stringData", key]);
    match plain {
        Some(node) => pem::value(node, Carrier::Plain),
        None => pem::value(root.path(&["data", key])?, Carrier::Base64),
    }
}

fn issued(object: &Object) -> Option<IssuedCertificate> {
    let spec = object.spec()?;
    let secret = spec.str_field("secretName").set().map(|it| it.map(str::to_owned));
    let texts = |key: &str| -> Option<Vec<Located<String>>> {
        let Some(list) = spec.get(key) else { return Some(Vec::new()) };
        if list.is_dynamic() {
            return None;
        }
        let text = |it: Node<'_>| Some(Located::new(it.as_str()?.to_owned(), it.place()));
        list.items().map(text).collect()
    };
    let dns_names = texts("dnsNames").filter(|it| !it.iter().any(|it| is_placeholder(&it.value)));
    let usages = spec.get("usages").and_then(|_| texts("usages"));
    Some(IssuedCertificate {
        object: object.id,
        secret,
        dns_names,
        dns_place: spec.get("dnsNames").unwrap_or(spec).name_place(),
        usages,
        is_authority: spec.bool_field("isCA").value() == Some(true),
    })
}

/// `SERVICE_NAME.SERVICE_NAMESPACE.svc`, as kubebuilder leaves it for kustomize to replace.
fn is_placeholder(name: &str) -> bool {
    name.split('.')
        .any(|it| it.contains('_') && it.bytes().all(|it| it.is_ascii_uppercase() || it == b'_'))
}
