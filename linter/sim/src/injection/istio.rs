//! Istio's decision: first the selectors of its webhook entries, then the injector's own policy.
//!
//! Sources (istio/istio 86c9f01f, VERSION 1.32-dev): `manifests/charts/istio-control/
//! istio-discovery/templates/mutatingwebhook.yaml`, `pkg/kube/inject/inject.go` (injectRequired).

use super::{Injected, Install, Missing, Policy, Requirement, Skip, Subject, Value, Verdict, all};
use crate::selector::Operator;

const INJECT: &str = "sidecar.istio.io/inject";
const REVISION: &str = "istio.io/rev";
const NAMESPACE_INJECTION: &str = "istio-injection";

/// `pkg/kube/inject/initializer.go`, IgnoredNamespaces; the `auto.` entry leaves out the same.
const IGNORED_NAMESPACES: [&str; 4] =
    ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/// A pod label that keeps the webhook from being called at all.
fn opts_out_by_label(subject: &Subject<'_>) -> Option<bool> {
    subject.pod_label(INJECT).is_in(&["false"])
}

pub(super) fn decide(install: &Install, subject: &Subject<'_>) -> Verdict {
    let entry = match selected(install, subject) {
        Selection::Entry(entry) => entry,
        Selection::None => return Verdict::Skipped(not_selected(subject)),
        Selection::Unknown => return undecided(subject),
    };
    match policy(install, subject) {
        Ok(()) => Verdict::Injected(entry),
        Err(verdict) => verdict,
    }
}

/// Without the Namespace a few pods are decided all the same.
fn undecided(subject: &Subject<'_>) -> Verdict {
    if subject.host_network() == Some(true) {
        return Verdict::Skipped(Skip::HostNetwork);
    }
    if opts_out_by_label(subject) == Some(true) {
        return Verdict::Skipped(Skip::Marker);
    }
    if subject.namespace_name.is_some_and(|it| IGNORED_NAMESPACES.contains(&it)) {
        return Verdict::Skipped(Skip::IgnoredNamespace);
    }
    Verdict::Unknown(subject.missing())
}

fn not_selected(subject: &Subject<'_>) -> Skip {
    let said_no = opts_out_by_label(subject) == Some(true);
    if said_no { Skip::Marker } else { Skip::NotSelected }
}

enum Selection {
    Entry(Injected),
    None,
    Unknown,
}

/// The first webhook entry that selects the pod. With the charts' own selectors at most one does.
fn selected(install: &Install, subject: &Subject<'_>) -> Selection {
    let mut unknown = false;
    for (webhook, revision, selected) in entries(install, subject) {
        match selected {
            Some(true) => {
                return Selection::Entry(Injected { webhook: Some(webhook), revision });
            }
            Some(false) => {}
            None => unknown = true,
        }
    }
    if unknown { Selection::Unknown } else { Selection::None }
}

type Entry = (&'static str, Option<String>, Option<bool>);

fn entries(install: &Install, subject: &Subject<'_>) -> Vec<Entry> {
    let injection = subject.namespace_label(NAMESPACE_INJECTION);
    let namespace_revision = subject.namespace_label(REVISION);
    let inject = subject.pod_label(INJECT);
    let pod_revision = subject.pod_label(REVISION);
    let not_false = inject.is_in(&["false"]).map(|it| !it);
    let unlabelled = all(&[injection.is_absent(), namespace_revision.is_absent()]);

    let mut entries = Vec::new();
    for (name, revision) in revisions(install, &[namespace_revision, pod_revision]) {
        let of_namespace = namespace_revision.is_in(&[&name]);
        let of_pod = pod_revision.is_in(&[&name]);
        let by_namespace = all(&[of_namespace, injection.is_absent(), not_false]);
        let by_object = all(&[unlabelled, not_false, of_pod]);
        entries.push((
            "rev.namespace.sidecar-injector.istio.io",
            Some(revision.clone()),
            by_namespace,
        ));
        entries.push(("rev.object.sidecar-injector.istio.io", Some(revision), by_object));
    }
    let Some(default) = &install.default_revision else { return entries };
    let default = || Some(default.clone());
    entries.push((
        "namespace.sidecar-injector.istio.io",
        default(),
        all(&[injection.is_in(&["enabled"]), not_false]),
    ));
    entries.push((
        "object.sidecar-injector.istio.io",
        default(),
        all(&[unlabelled, inject.is_in(&["true"]), pod_revision.is_absent()]),
    ));
    if install.inject_by_default {
        let counted = subject.namespace_name.map(|it| !IGNORED_NAMESPACES.contains(&it));
        entries.push((
            "auto.sidecar-injector.istio.io",
            default(),
            all(&[unlabelled, counted, inject.is_absent(), pod_revision.is_absent()]),
        ));
    }
    entries
}

/// Label values that an entry exists for, each with the revision behind it.
fn revisions(install: &Install, labels: &[Value<'_>]) -> Vec<(String, String)> {
    let own = |it: &String| (it.clone(), it.clone());
    let mut found: Vec<_> = match &install.revisions {
        Some(revisions) => revisions.iter().map(own).collect(),
        None => labels
            .iter()
            .filter_map(|it| match it {
                Value::Known(name) => Some(((*name).to_owned(), (*name).to_owned())),
                Value::Absent | Value::Unknown => None,
            })
            .collect(),
    };
    found.extend(install.tags.iter().map(|(tag, revision)| (tag.clone(), revision.clone())));
    if let Some(default) = install.default_revision.as_ref().filter(|it| *it != "default") {
        found.push(("default".to_owned(), default.clone()));
    }
    found
}

/// `injectRequired`: the first condition that holds decides.
fn policy(install: &Install, subject: &Subject<'_>) -> Result<(), Verdict> {
    match subject.host_network() {
        Some(true) => return Err(Verdict::Skipped(Skip::HostNetwork)),
        Some(false) => {}
        None => return Err(Verdict::Unknown(Missing::Value)),
    }
    if subject.namespace_name.is_some_and(|it| IGNORED_NAMESPACES.contains(&it)) {
        return Err(Verdict::Skipped(Skip::IgnoredNamespace));
    }
    if install.policy == Policy::Unknown {
        return Err(Verdict::Skipped(Skip::Policy));
    }
    // The label wins over the deprecated annotation.
    let marker = match subject.pod_label(INJECT) {
        Value::Absent => subject.pod_annotation(INJECT),
        label => label,
    };
    match marker {
        Value::Known("true") => return Ok(()),
        Value::Known("false") => return Err(Verdict::Skipped(Skip::Marker)),
        Value::Unknown => return Err(Verdict::Unknown(Missing::Value)),
        Value::Known(_) | Value::Absent => {}
    }
    let matches_one = |selectors: &[Vec<Requirement>]| {
        selectors.iter().filter(|it| !it.is_empty()).any(|it| matches(it, subject))
    };
    if matches_one(&install.never) {
        return Err(Verdict::Skipped(Skip::Policy));
    }
    if matches_one(&install.always) || install.policy == Policy::Enabled {
        return Ok(());
    }
    Err(Verdict::Skipped(Skip::Policy))
}

fn matches(selector: &[Requirement], subject: &Subject<'_>) -> bool {
    selector.iter().all(|it| {
        let label = subject.pod_label(&it.key);
        let listed = matches!(label, Value::Known(value) if it.values.iter().any(|it| it == value));
        match it.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => label != Value::Absent,
            Operator::DoesNotExist => label == Value::Absent,
        }
    })
}
