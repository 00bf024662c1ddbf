//! A credential reaches the program through its environment.
//!
//! ## What it does
//! Finds `env` entries with `secretKeyRef` and `envFrom` with `secretRef`, and shows where the Go
//! program reads them. Reads of variables whose name speaks of a credential are reported on their own
//! where no manifest of the repository sets them. Part of the strict profile: many teams choose this
//! on purpose.
//!
//! ## Why is this bad
//! The environment is fixed when the container starts, so a rotated Secret reaches the program at its
//! next restart only. It is inherited by every child process, and it is shown in crash dumps, in
//! `/proc/<pid>/environ` and by debug endpoints. A mounted file follows the Secret and can be read
//! again.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/acme/api:1.4.2
//!           env:
//!             - name: DB_PASSWORD
//!               valueFrom:
//!                 secretKeyRef: {name: api, key: password}
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/acme/api:1.4.2
//!           env:
//!             - name: DB_PASSWORD_FILE
//!               value: /var/run/secrets/api/password
//!           volumeMounts:
//!             - name: credentials
//!               mountPath: /var/run/secrets/api
//!               readOnly: true
//!       volumes:
//!         - name: credentials
//!           secret: {secretName: api}
//! ```
//!
//! ## References
//! - [Kubernetes: Secrets as files](https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod)
//! - [Kubernetes: good practices for Secrets](https://kubernetes.io/docs/concepts/security/secrets-good-practices/)

use std::collections::BTreeSet;

use goready_model::{Confidence, Container, Node, Object, Outcome, Place, Profile, Workload};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Strict,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[
        "kube-linter/read-secret-from-env-var",
        "CKV_K8S_35",
        "kics/Secrets As Environment Variables",
    ],
    check: Check::Project(check),
};

const HELP: &str = "mount the Secret as a file and read it where it is used";

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    // Reads that an entry of a manifest feeds are shown there.
    let mut shown = BTreeSet::new();
    for workload in &cx.project.workloads {
        let object = cx.project.object(workload.object);
        let Some(pod) = workload.pod() else { continue };
        for container in pod.all_containers() {
            for entry in container.env() {
                if entry.node.path(&["valueFrom", "secretKeyRef"]).is_some() {
                    let reads = reads(cx, workload, container, entry.name());
                    shown.extend(reads.iter().copied());
                    if !object.chart_test && !object.sample {
                        report(object, entry.node, entry.name(), &reads, findings);
                    }
                }
            }
            if !object.chart_test && !object.sample {
                whole_secrets(object, container, findings);
            }
        }
    }
    for program in cx.project.programs.iter().filter(|it| !it.sample) {
        if !programs::is_service(cx, program) {
            continue;
        }
        for read in program.env_reads.iter().filter(|it| it.credential) {
            // Programs share packages.
            if !shown.insert(read.place) {
                continue;
            }
            let message =
                format!("{} is read from the environment and will not follow rotation", read.name);
            findings
                .report(read.place, message)
                .help("read it from a file that a Secret is mounted to")
                .program(program, "");
        }
    }
}

fn report(object: &Object, entry: Node<'_>, name: &str, reads: &[Place], findings: &mut Findings) {
    if name.is_empty() {
        return;
    }
    let node = entry.get("name").unwrap_or(entry);
    let message =
        format!("{name} comes from a Secret through the environment and will not follow rotation");
    let mut finding =
        findings.report(node.place(), message).object(object).pointer(node).help(HELP);
    for read in reads {
        finding = finding.label(*read, format!("{name} is read here"));
    }
}

/// `envFrom` with a Secret.
fn whole_secrets(object: &Object, container: Container<'_>, findings: &mut Findings) {
    for source in container.node.get("envFrom").into_iter().flat_map(|it| it.items()) {
        let Some(name) = source.path(&["secretRef", "name"]) else { continue };
        let Some(secret) = name.as_str() else { continue };
        let message = format!("Secret `{secret}` becomes environment and will not follow rotation");
        findings.report(name.place(), message).object(object).pointer(name).help(HELP);
    }
}

/// Where the program of a container reads a variable.
fn reads(cx: &Cx<'_>, workload: &Workload, container: Container<'_>, name: &str) -> Vec<Place> {
    let mut found: Vec<Place> = cx
        .project
        .programs_of(workload.id, programs::ADVICE)
        .filter(|(link, ..)| link.container == container.name())
        .flat_map(|(_, _, program)| &program.env_reads)
        .filter(|it| it.name == name)
        .map(|it| it.place)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
