//! Certificates and who shows them to whom: webhook, Service, workload, mounted Secret.

mod injectors;
mod secrets;
mod webhooks;

use goready_model::{Object, PemFile, Project};
use goready_parse::pem;

use super::Input;

/// Fills PEM files, TLS Secrets, issued certificates and webhooks.
pub(super) fn link(input: &Input<'_>, project: &mut Project) {
    for it in input.files {
        if let Some(text) = &it.facts.pem {
            let sample = pem::is_sample(it.path);
            project.pem_files.push(PemFile { file: it.file, text: text.clone(), sample });
        }
    }
    secrets::link(project);
    let found = webhooks::find(input, project);
    project.webhooks = found;
}

fn same_namespace(project: &Project, one: &Object, other: &Object) -> bool {
    let unit = project.unit(one.unit);
    one.unit == other.unit && one.namespace_in(unit) == other.namespace_in(unit)
}
