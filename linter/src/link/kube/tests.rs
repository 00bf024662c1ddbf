//! Small repositories through the engine, judged by what was joined.

use goready_model::{Node, Object, ProblemKind, Project, UnitKind};

use crate::{config::Config, engine::Engine};

fn project(files: &[(&str, &str)]) -> Project {
    let mut engine = Engine::new(Config::default());
    let bytes = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    engine.set_files(files.iter().map(bytes).collect());
    engine.link().0
}

fn deployment(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    \
         metadata:\n      labels:\n        app: {name}\n    spec:\n      containers:\n      - name: \
         {name}\n        image: {name}\n"
    )
}

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n"
    )
}

fn autoscaler(name: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\n\
         spec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: {name}\n"
    )
}

fn object<'p>(project: &'p Project, kind: &str, name: &str) -> &'p Object {
    let mut found = project.objects.iter().filter(|it| it.kind == kind && it.name == name);
    found.next().unwrap_or_else(|| panic!("{kind} {name} is not there"))
}

/// Directories of the units, in order.
fn unit_dirs(project: &Project) -> Vec<&str> {
    project.units.iter().map(|it| it.dir.as_str()).collect()
}

#[test]
fn files_of_one_directory_are_joined() {
    let project = project(&[
        ("k8s/api.yaml", &deployment("api")),
        ("k8s/service.yaml", &service("api")),
        ("k8s/hpa.yaml", &autoscaler("api")),
    ]);
    assert_eq!(unit_dirs(&project), ["k8s"]);
    assert_eq!(project.selected[&project.services[0].id], [project.workloads[0].id]);
    assert_eq!(project.scaled[&project.autoscalers[0].id], project.workloads[0].id);
}

#[test]
fn variants_of_one_directory_stay_apart() {
    let variant = format!("{}---\n{}", deployment("api"), service("api"));
    let project = project(&[
        ("k8s/dev.yaml", &variant),
        ("k8s/prod.yaml", &variant),
        ("k8s/other.yaml", &service("other")),
    ]);
    assert_eq!(unit_dirs(&project), ["k8s", "k8s", "k8s"]);
    let joined: Vec<_> = project.selected.values().map(Vec::len).collect();
    assert_eq!(joined, [1, 1], "each Service meets the workload of its own file only");
}

#[test]
fn a_bundle_does_not_part_the_files_it_repeats() {
    let project = project(&[
        ("k8s/all.yaml", &format!("{}---\n{}", deployment("api"), service("api"))),
        ("k8s/deployment.yaml", &deployment("api")),
        ("k8s/service.yaml", &service("api")),
    ]);
    assert_eq!(project.units.len(), 2);
    let in_parts = object(&project, "Deployment", "api").unit;
    assert!(project.objects.iter().filter(|it| it.unit == in_parts).count() == 2);
}

#[test]
fn a_deploy_directory_takes_in_its_children_and_the_rest_stays_apart() {
    let project = project(&[
        ("deploy/api/deployment.yaml", &deployment("api")),
        ("deploy/net/service.yaml", &service("api")),
        ("deploy/examples/other.yaml", &deployment("example")),
        ("services/a/a.yaml", &deployment("a")),
        ("services/b/b.yaml", &deployment("b")),
    ]);
    assert_eq!(unit_dirs(&project), ["deploy", "deploy/examples", "services/a", "services/b"]);
    assert_eq!(project.selected.len(), 1);
}

#[test]
fn environments_that_define_the_same_objects_are_not_taken_in() {
    let project = project(&[
        ("deploy/common/service.yaml", &service("api")),
        ("deploy/dev/api.yaml", &deployment("api")),
        ("deploy/prod/api.yaml", &deployment("api")),
    ]);
    assert_eq!(unit_dirs(&project), ["deploy/common", "deploy/dev", "deploy/prod"]);
    assert!(project.selected.is_empty());
}

#[test]
fn an_overlay_and_its_base_are_one_unit_and_patches_are_partial() {
    let patch =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  replicas: 3\n";
    let project = project(&[
        ("base/kustomization.yaml", "resources:\n- deployment.yaml\n- service.yaml\n"),
        ("base/deployment.yaml", &deployment("api")),
        ("base/service.yaml", &service("api")),
        (
            "overlays/prod/kustomization.yaml",
            "namespace: prod\nresources:\n- ../../base\n- hpa.yaml\npatches:\n- path: patch.yaml\n\
             configMapGenerator:\n- name: settings\n  literals: [A=b]\n",
        ),
        ("overlays/prod/hpa.yaml", &autoscaler("api")),
        ("overlays/prod/patch.yaml", patch),
        ("overlays/dev/kustomization.yaml", "resources:\n- ../../base\n"),
    ]);
    assert_eq!(unit_dirs(&project), ["overlays/prod"]);
    let unit = &project.units[0];
    assert!(matches!(unit.kind, UnitKind::Kustomization(_)));
    assert_eq!(unit.namespace.as_deref(), Some("prod"));
    assert!(!unit.partial);
    assert_eq!(project.workloads.len(), 1, "a patch is no workload");
    assert_eq!(project.objects.iter().filter(|it| it.partial).count(), 2);
    assert!(object(&project, "ConfigMap", "settings").partial);
    assert_eq!(object(&project, "Service", "api").namespace, "prod");
    assert_eq!((project.selected.len(), project.scaled.len()), (1, 1));
}

#[test]
fn a_kustomization_with_remote_parts_is_partial() {
    let project = project(&[
        ("k8s/kustomization.yaml", "resources:\n- https://example.com/base.yaml\n- service.yaml\n"),
        ("k8s/service.yaml", &service("api")),
    ]);
    assert!(project.units[0].partial);
}

#[test]
fn lists_are_expanded_and_keep_their_places() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    \
                name: a\n  spec: {containers: []}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    \
                name: b\n";
    let project = project(&[("k8s/list.yaml", text)]);
    assert_eq!(project.objects.len(), 2);
    assert_eq!(project.workloads.len(), 1);
    let place = object(&project, "ConfigMap", "b").name_place().unwrap().at;
    assert_eq!(&text[place.start as usize..place.end as usize], "b");
}

#[test]
fn a_document_that_breaks_off_is_partial_and_its_neighbour_is_not() {
    let text = format!("{}  bad: [\n---\n{}", deployment("api"), deployment("worker"));
    let project = project(&[("k8s/api.yaml", &text)]);
    assert!(object(&project, "Deployment", "api").partial);
    assert!(!object(&project, "Deployment", "worker").partial);
    assert!(project.units[0].partial);
    assert_eq!(project.problems.len(), 1);
}

#[test]
fn selectors_do_not_cross_namespaces() {
    let elsewhere = service("api").replace("  name: api\n", "  name: api\n  namespace: other\n");
    let project = project(&[("k8s/a.yaml", &deployment("api")), ("k8s/b.yaml", &elsewhere)]);
    assert!(project.selected.is_empty());
}

#[test]
fn what_a_chart_could_not_render_is_reported_once_and_the_rest_is_there() {
    let project = project(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n"),
        ("chart/values.yaml", "replicas: 1\n"),
        ("chart/ci/more-values.yaml", "replicas: 2\n"),
        ("chart/templates/_helpers.tpl", "{{ define \"x\" }}{{ end }}"),
        ("chart/templates/api.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n"),
        ("chart/charts/db/Chart.yaml", "name: db\nversion: 1.0.0\n"),
        ("chart/charts/db/templates/db.yaml", "{{ if }}{{ end }}"),
        ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
        ("lib/templates/x.yaml", ""),
    ]);
    let charts = project.charts.iter().map(|it| (&*it.name, it.templates, it.renders.len()));
    assert_eq!(charts.collect::<Vec<_>>(), [("api", 1, 2), ("db", 1, 0), ("lib", 1, 0)]);
    let problems: Vec<_> =
        project.problems.iter().map(|it| (it.kind, it.message.as_str())).collect();
    assert_eq!(problems, [(ProblemKind::Unsupported, "missing value for if")]);
    assert_eq!(project.objects.len(), 2, "one a render");
}

/// The text a node has, and the text at its place.
fn value_and_source<'t>(
    files: &[(&str, &'t str)],
    project: &Project,
    node: Node<'_>,
) -> (String, &'t str) {
    let at = node.place().at;
    let path = project.path(at.file);
    let (_, text) = files.iter().find(|(it, _)| *it == path).unwrap();
    (node.text().to_owned(), &text[at.start as usize..at.end as usize])
}

#[test]
fn patches_change_the_objects_of_their_unit_and_keep_their_places() {
    let base = deployment("api");
    let files = [
        ("base/kustomization.yaml", "resources: [deployment.yaml]\n"),
        ("base/deployment.yaml", base.as_str()),
        (
            "prod/kustomization.yaml",
            "resources: [../base]\npatches:\n- path: patch.yaml\n- target: {kind: Deployment, name: \
             a.*}\n  patch: |-\n    - op: add\n      path: /spec/paused\n      value: true\nreplicas:\n\
             - name: api\n  count: 4\nimages:\n- name: api\n  newName: ghcr.io/example/api\n  newTag: \
             1.2.3\nlabels:\n- pairs: {team: shop}\n  includeSelectors: true\n",
        ),
        (
            "prod/patch.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  template:\n    spec:\n\
             \x20     containers:\n      - name: log\n        image: log:1\n      - name: api\n        \
             workingDir: /srv\n      terminationGracePeriodSeconds: 45\n",
        ),
    ];
    let project = project(&files);
    let workload = &project.workloads[0];
    let spec = workload.object_node().unwrap().get("spec").unwrap();
    let shown = |node: Node<'_>| value_and_source(&files, &project, node);
    let pod = workload.pod().unwrap();
    let containers: Vec<_> = pod.containers().map(|it| it.name()).collect();
    assert_eq!(containers, ["log", "api"], "new items come first");
    let api = pod.containers().nth(1).unwrap().node;
    assert_eq!(shown(api.get("workingDir").unwrap()).1, "/srv");
    assert_eq!(shown(api.get("image").unwrap()), ("ghcr.io/example/api:1.2.3".to_owned(), "1.2.3"));
    assert_eq!(pod.grace_period_seconds().value(), Some(45));
    assert_eq!(shown(spec.get("replicas").unwrap()), ("4".to_owned(), "4"));
    assert_eq!(shown(spec.get("paused").unwrap()), ("true".to_owned(), "true"));
    assert_eq!(spec.path(&["selector", "matchLabels", "team"]).unwrap().text(), "shop");
    assert_eq!(workload.pod_label("team").unwrap().text(), "shop");
    assert_eq!(workload.pod_label("app").unwrap().text(), "api");
    let document =
        project.documents.iter().find(|(it, _)| project.path(*it) == "base/deployment.yaml");
    assert!(document.unwrap().1.tree.root().unwrap().path(&["spec", "replicas"]).is_none());
}

#[test]
fn patches_delete_replace_and_stay_with_what_they_name() {
    let base = format!(
        "{}        env: [{{name: A, value: a}}, {{name: B, value: b}}]\n",
        deployment("api")
    );
    let files = [
        (
            "k8s/kustomization.yaml",
            "resources: [api.yaml, worker.yaml]\npatchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  \
             kind: Deployment\n  metadata: {name: api}\n  spec:\n    template:\n      metadata:\n        \
             labels: {app: null, $patch: merge}\n      spec:\n        containers:\n        - name: api\n\
             \x20         env:\n          - {name: A, $patch: delete}\n          - {name: B, value: c}\n",
        ),
        ("k8s/api.yaml", base.as_str()),
        ("k8s/worker.yaml", &deployment("worker")),
    ];
    let project = project(&files);
    let [api, worker] = [0, 1].map(|it| &project.workloads[it]);
    assert!(api.pod_label("app").is_none());
    let env: Vec<_> = api
        .pod()
        .unwrap()
        .containers()
        .flat_map(|it| it.env())
        .map(|it| (it.name().to_owned(), it.value().value().unwrap().to_owned()))
        .collect();
    assert_eq!(env, [("B".to_owned(), "c".to_owned())]);
    assert_eq!(worker.pod_label("app").unwrap().text(), "worker");
}

#[test]
fn replaced_fields_are_unknown_and_made_ones_are_there() {
    let files = [
        (
            "k8s/kustomization.yaml",
            "resources: [api.yaml, worker.yaml]\nreplacements:\n- path: names.yaml\n- source: {kind: \
             Service, name: api}\n  targets:\n  - select: {kind: Deployment}\n    reject: [{name: \
             worker}]\n    fieldPaths: [\"spec.template.spec.containers.*.image\", spec.paused]\n",
        ),
        (
            "k8s/names.yaml",
            "- source: {kind: Service, name: api}\n  targets:\n  - select: {kind: Deployment, name: \
             worker}\n    fieldPaths: [metadata.annotations.a\\.b, spec.replicas]\n    options: \
             {create: true}\n",
        ),
        ("k8s/api.yaml", &deployment("api")),
        ("k8s/worker.yaml", &deployment("worker")),
    ];
    let project = project(&files);
    let [api, worker] = ["api", "worker"].map(|it| object(&project, "Deployment", it));
    let at = |object: &Object, path: &[&str]| {
        object.node().unwrap().path(path).map(|it| (it.is_dynamic(), it.text().to_owned()))
    };
    let image = |object: &Object| {
        let pod = object.spec().unwrap().path(&["template", "spec", "containers"]).unwrap();
        pod.items().next().unwrap().get("image").unwrap().is_dynamic()
    };
    assert!(image(api) && !image(worker));
    assert_eq!(at(api, &["spec", "paused"]), None, "only `create` makes what is not there");
    assert_eq!(at(worker, &["spec", "replicas"]), Some((true, String::new())));
    assert_eq!(at(worker, &["metadata", "annotations"]), Some((true, String::new())));
    assert_eq!(at(worker, &["metadata", "name"]), Some((false, "worker".to_owned())));
}
