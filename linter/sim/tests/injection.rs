//! The verdicts against recorded answers of the real Istio and Linkerd injectors (Istio 1.31
//! and 1.32-dev, Linkerd edge-26.8, kube-apiserver 1.37.2).

#![expect(clippy::unwrap_used, reason = "a broken table fails the test")]

use std::{collections::BTreeMap, sync::Arc};

use goready_model::{
    FileId, Mesh, MeshKind, NodeKind, Object, ObjectId, Place, Style, Tree, TreeBuilder, Tristate,
    UnitId, Workload, WorkloadId, WorkloadKind,
};
use goready_sim::{
    injection::{Install, Policy, Requirement, Subject, Verdict, verdict},
    selector::Operator,
};
use serde_json::Value;

#[test]
fn agrees_with_every_recorded_answer() {
    let mut lines = include_str!("data/injection.jsonl").lines();
    let installs: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in lines {
        let case: Value = serde_json::from_str(line).unwrap();
        let number = case["install"].as_u64().unwrap() as usize;
        let install = install(&installs["installs"][number]);
        judged += 1;
        wrong.extend(disagreement(&install, &case));
    }
    assert!(judged > 500, "only {judged} cases were read");
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the case says and goready does not.
fn disagreement(install: &Install, case: &Value) -> Option<String> {
    let namespace = object(&serde_json::json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": case["namespace"],
    }));
    let workload = workload(case);
    let subject = Subject {
        workload: &workload,
        namespace_name: case["namespace"]["name"].as_str(),
        namespace: Some(&namespace),
    };
    let verdict = verdict(install, &subject);
    let expected = case["expect"].as_str().unwrap();
    let agrees = match (expected, &verdict) {
        // Refused further on: all that can be said here is that the injector patched the pod.
        ("patched", Verdict::Rejected(_)) => case["stage"] == "validation",
        ("injected" | "patched", Verdict::Injected(by) | Verdict::InjectedButBroken(by, _)) => {
            install.kind != MeshKind::Istio
                || (case["webhook"].as_str() == by.webhook
                    && case["revision"].as_str() == by.revision.as_deref())
        }
        ("skipped", Verdict::Skipped(_)) | ("rejected", Verdict::Rejected(_)) => true,
        _ => false,
    };
    (!agrees).then(|| format!("{}: {expected} expected, got {verdict:?}", case["id"]))
}

fn install(config: &Value) -> Install {
    let kind = if config["kind"] == "istio" { MeshKind::Istio } else { MeshKind::Linkerd };
    let strings = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let tags = config["tags"].as_object().into_iter().flatten();
    let default_revision = config["default_revision"].as_str().unwrap_or("default");
    let native = config["native_sidecar"].as_bool();
    let old_kubelet = config["oldest_kubelet"] == "1.32";
    Install {
        revisions: config.get("revisions").map(strings),
        default_revision: (!default_revision.is_empty()).then(|| default_revision.to_owned()),
        tags: tags
            .map(|(tag, revision)| (tag.clone(), revision.as_str().unwrap().to_owned()))
            .collect::<BTreeMap<_, _>>(),
        inject_by_default: config["enable_namespaces_by_default"] == true,
        policy: match config["policy"].as_str() {
            None | Some("enabled") => Policy::Enabled,
            Some("disabled") => Policy::Disabled,
            Some(_) => Policy::Unknown,
        },
        never: selectors(&config["never_inject"]),
        always: selectors(&config["always_inject"]),
        cni: if config["cni"] == true { Tristate::Yes } else { Tristate::No },
        native_sidecars: match native {
            Some(true) => Tristate::Yes,
            Some(false) => Tristate::No,
            None if old_kubelet => Tristate::No,
            None => Tristate::Yes,
        },
        prometheus_merge: config["prometheus_merge"] != false,
        token_projection: config["service_account_token_projection"] != false,
        templates: config["templates"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|it| it.0.clone())
            .collect(),
        ..Install::new(kind, &Mesh::default())
    }
}

fn selectors(list: &Value) -> Vec<Vec<Requirement>> {
    let requirement = |key: &str, operator, values: &[Value]| Requirement {
        key: key.to_owned(),
        operator,
        values: values.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
    };
    let selectors = list.as_array().into_iter().flatten();
    selectors
        .map(|selector| {
            let labels = selector["matchLabels"].as_object().into_iter().flatten();
            let labels = labels
                .map(|(key, value)| requirement(key, Operator::In, std::slice::from_ref(value)));
            let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
            let expressions = expressions.map(|it| {
                let operator = Operator::of(it["operator"].as_str().unwrap()).unwrap();
                let values = it["values"].as_array().map_or(&[][..], Vec::as_slice);
                requirement(it["key"].as_str().unwrap(), operator, values)
            });
            labels.chain(expressions).collect()
        })
        .collect()
}

fn workload(case: &Value) -> Workload {
    // The verdict reads the pod template; where it hangs in the object does not matter.
    let pod = object(&serde_json::json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": case.get("metadata").unwrap_or(&Value::Null),
        "spec": case.get("spec").unwrap_or(&serde_json::json!({ "containers": [{ "name": "app" }] })),
    }));
    let kind = case["kind"].as_str().unwrap_or("Deployment");
    let group = match kind {
        "Pod" | "ReplicationController" => "",
        "Job" | "CronJob" => "batch",
        _ => "apps",
    };
    Workload {
        id: WorkloadId(0),
        object: ObjectId(0),
        kind: WorkloadKind::of(group, kind).unwrap(),
        tree: pod.tree,
        template: pod.root,
        object_root: pod.root,
    }
}

fn object(json: &Value) -> Object {
    let tree = tree(json);
    let root = tree.root().unwrap().id();
    Object {
        id: ObjectId(0),
        unit: UnitId(0),
        tree: Arc::new(tree),
        root,
        document: 0,
        file: FileId(0),
        api_version: json["apiVersion"].as_str().unwrap().to_owned(),
        kind: json["kind"].as_str().unwrap().to_owned(),
        namespace: String::new(),
        name: json["metadata"]["name"].as_str().unwrap_or("web").to_owned(),
        partial: false,
        chart_test: false,
        sample: false,
    }
}

fn tree(json: &Value) -> Tree {
    let mut builder = TreeBuilder::default();
    add(&mut builder, json);
    builder.finish()
}

fn add(builder: &mut TreeBuilder, json: &Value) {
    let place = Place::new(FileId(0), 0, 0);
    let quoted = Style::DoubleQuoted;
    match json {
        Value::Null => drop(builder.scalar(NodeKind::Null, Style::Plain, "", place)),
        Value::Bool(it) => {
            builder.scalar(NodeKind::Bool(*it), Style::Plain, &it.to_string(), place);
        }
        Value::Number(it) => {
            let kind = NodeKind::Int(it.as_i64().unwrap());
            builder.scalar(kind, Style::Plain, &it.to_string(), place);
        }
        Value::String(it) => drop(builder.scalar(NodeKind::String, quoted, it, place)),
        Value::Array(items) => {
            builder.begin(NodeKind::Sequence, Style::Flow, place);
            for item in items {
                add(builder, item);
            }
            builder.end(0);
        }
        Value::Object(entries) => {
            builder.begin(NodeKind::Mapping, Style::Flow, place);
            for (key, value) in entries {
                builder.key(NodeKind::String, quoted, key, place);
                add(builder, value);
            }
            builder.end(0);
        }
    }
}
