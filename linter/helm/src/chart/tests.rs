//! Charts from files in memory to the values that templates see.

use std::{rc::Rc, sync::Arc};

use goready_model::FileId;

use super::{archive::tests::pack, *};
use crate::{
    context::{Context, Limits, Mode, Settings},
    data,
    value::Value,
};

pub(crate) fn context() -> Context {
    Context::new(Rc::new(Settings {
        release: "rel".to_owned(),
        namespace: "ns".to_owned(),
        kube_version: "1.33.0".to_owned(),
        api_versions: Vec::new(),
        mode: Mode::Helm,
        limits: Limits::default(),
    }))
}

fn files(files: &[(&str, &str)]) -> Vec<ChartFile> {
    let file = |(index, (path, text)): (usize, &(&str, &str))| ChartFile {
        id: FileId(index as u32),
        path: (*path).to_owned(),
        bytes: text.as_bytes().into(),
    };
    files.iter().enumerate().map(file).collect()
}

fn loaded(list: &[(&str, &str)]) -> Chart {
    load(files(list), FileId(1000)).unwrap()
}

/// The values that templates of the root chart see, as YAML, given what the user says.
fn values(list: &[(&str, &str)], user: &str) -> String {
    let mut cx = context();
    let chart = Arc::new(loaded(list));
    let user = data::yaml::read_values(&mut cx, FileId(2000), user).unwrap();
    let user = user.as_map().cloned().unwrap_or_default();
    let mut warnings = Vec::new();
    let mut instance = Instance::new(&mut cx, &chart).unwrap();
    instance.process_dependencies(&user, &mut warnings).unwrap();
    let values = values_of(&instance, &user, &mut warnings).unwrap();
    yaml(&Value::map(values))
}

fn yaml(value: &Value) -> String {
    data::yaml::write(value).unwrap().lossy().trim_end().to_owned()
}

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: top\nversion: 1.0.0\n");

const BELOW: (&str, &str) = ("charts/below/Chart.yaml", "name: below\nversion: 1.2.0\n");

#[test]
fn files_go_where_helm_puts_them() {
    let chart = loaded(&[
        CHART,
        ("values.yaml", "a: 1\n"),
        ("values.schema.json", "{}"),
        ("templates/a.yaml", "x"),
        ("templates/.hidden", "x"),
        ("crds/x.yaml", "kind: X"),
        ("crds/readme.md", "x"),
        ("README.md", "x"),
        (".helmignore", "*.bak\n"),
        ("a.bak", "x"),
        ("charts/README", "x"),
        ("charts/_off/Chart.yaml", "name: off\nversion: 1.0.0\n"),
        ("charts/x.tgz.prov", "x"),
        BELOW,
        ("charts/below/templates/b.yaml", "y"),
    ]);
    let paths: Vec<_> = chart.files.iter().map(|it| &*it.path).collect();
    let expected =
        ["crds/x.yaml", "crds/readme.md", "README.md", ".helmignore", "charts/x.tgz.prov"];
    assert_eq!(paths, expected);
    assert_eq!(chart.templates.len(), 1);
    assert_eq!(chart.crds().len(), 1);
    assert_eq!(chart.charts.len(), 1);
    assert_eq!(chart.charts[0].templates[0].path, "templates/b.yaml");
}

#[test]
fn archives_are_unpacked_with_ids_of_their_own() {
    let inner = pack(&[("c/Chart.yaml", b"name: inner\nversion: 1.0.0\n")]);
    let outer: [(&str, &[u8]); 2] =
        [("b/Chart.yaml", b"name: outer\nversion: 1.0.0\n"), ("b/charts/i-1.tgz", &inner)];
    let mut list = files(&[CHART]);
    list.push(ChartFile {
        id: FileId(9),
        path: "charts/o-1.tgz".to_owned(),
        bytes: pack(&outer).into(),
    });
    let chart = load(list, FileId(100)).unwrap();
    let paths: Vec<_> = chart.archived.iter().map(|it| (it.id.0, &*it.path)).collect();
    let expected = [
        (100, "charts/o-1.tgz/Chart.yaml"),
        (101, "charts/o-1.tgz/charts/i-1.tgz"),
        (102, "charts/o-1.tgz/charts/i-1.tgz/Chart.yaml"),
    ];
    assert_eq!(paths, expected);
    assert_eq!(chart.charts[0].charts[0].metadata.name, "inner");
    assert_eq!(load_archive(&pack(&outer), FileId(0)).unwrap().metadata.name, "outer");
}

#[test]
fn broken_charts_are_refused_in_helms_words() {
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[("values.yaml", "")], "Chart.yaml file is missing"),
        (
            &[("Chart.yaml", "name: [a]\n")],
            "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot \
             unmarshal array into Go struct field Metadata.name of type string",
        ),
        (
            &[CHART, ("charts/x/values.yaml", "")],
            "error unpacking subchart x in top: Chart.yaml file is missing",
        ),
        (&[CHART, (".helmignore", "a/**\n")], "double-star (**) syntax is not supported"),
    ];
    for (list, message) in cases {
        assert_eq!(load(files(list), FileId(0)).unwrap_err().message, message);
    }
    assert!(load(files(&[CHART, ("charts/x.tgz", "no archive")]), FileId(0)).is_err());
}

#[test]
fn requirements_of_old_charts_are_dependencies() {
    let chart = loaded(&[
        ("Chart.yaml", "name: top\nversion: 1.0.0\n"),
        ("requirements.yaml", "dependencies: [{name: below, version: 1.x}]\n"),
    ]);
    assert_eq!(chart.metadata.api_version, "v1");
    assert_eq!(chart.missing().map(|it| &*it.name).collect::<Vec<_>>(), ["below"]);
}

#[test]
fn a_missing_chart_may_lie_beside() {
    let list = files(&[(
        "Chart.yaml",
        "name: top\nversion: 1.0.0\ndependencies: [{name: below, repository: \"file://../below\"}]\n",
    )]);
    let beside = |it: &Dependency| {
        (it.repository == "file://../below")
            .then(|| files(&[("Chart.yaml", "name: below\nversion: 1.0.0\n")]))
    };
    let chart = load_with(list, Loading { siblings: &beside, ..Loading::new(FileId(10)) }).unwrap();
    assert_eq!(chart.missing().count(), 0);
}

#[test]
fn values_of_the_user_lie_over_those_of_the_chart() {
    let list = [CHART, ("values.yaml", "a: {b: 1, c: [1, 2]}\nd: x\n")];
    assert_eq!(values(&list, "a: {c: [3], e: z}\n"), "a:\n  b: 1\n  c:\n  - 3\n  e: z\nd: x");
}

#[test]
fn nulls_take_defaults_away_and_are_dropped_from_defaults() {
    let list = [CHART, ("values.yaml", "a: {b: 1, c: 2, n: null}\nd: null\ne: {f: 1}\n")];
    let user = "a: {b: null, new: null}\ne: null\n";
    assert_eq!(values(&list, user), "a:\n  c: 2\n  new: null");
}

#[test]
fn a_table_and_something_else_do_not_merge() {
    let list = [CHART, ("values.yaml", "a: {b: 1}\nc: 2\n")];
    assert_eq!(values(&list, "a: 1\nc: {d: 3}\n"), "a: 1\nc:\n  d: 3");
}

#[test]
fn charts_below_see_their_section_and_the_globals() {
    let list = [
        CHART,
        ("values.yaml", "global: {a: {x: 1}, s: top}\nbelow: {b: 2}\n"),
        BELOW,
        ("charts/below/values.yaml", "b: 1\nc: 3\nglobal: {a: {w: 2, x: 9}, s: below}\n"),
    ];
    let below = "below:\n  b: 2\n  c: 3\n  global:\n    a:\n      w: 2\n      x: 1\n    s: top\n";
    let global = "global:\n  a:\n    x: 1\n  s: top";
    assert_eq!(values(&list, ""), format!("{below}{global}"));
}

/// A chart with two dependencies on one chart below, and what its entries say besides.
fn names(entries: &str, user: &str) -> Vec<String> {
    let metadata = format!("apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n{entries}");
    let list = [
        ("Chart.yaml", &*metadata),
        ("values.yaml", "on: true\noff: false\nsecond: {enabled: false}\n"),
        BELOW,
        ("charts/other/Chart.yaml", "name: other\nversion: 1.0.0\n"),
    ];
    let mut cx = context();
    let chart = Arc::new(loaded(&list));
    let user = data::yaml::read_values(&mut cx, FileId(2000), user).unwrap();
    let mut instance = Instance::new(&mut cx, &chart).unwrap();
    instance.process_dependencies(user.as_map().unwrap(), &mut Vec::new()).unwrap();
    instance.charts.iter().map(|it| it.name.clone()).collect()
}

#[test]
fn dependencies_are_named_and_switched() {
    let cases = [
        ("- {name: below, version: ^1}\n", "{}", &["other", "below"][..]),
        // No chart has the version: the one that lies there is rendered as it is.
        ("- {name: below, version: ^2}\n", "{}", &["below", "other"]),
        (
            "- {name: below, version: 1.x, alias: first}\n- {name: below, version: 1.x, alias: second}\n",
            "{}",
            &["other", "first", "second"],
        ),
        ("- {name: below, version: '*', condition: off}\n", "{}", &["other"]),
        ("- {name: below, version: '*', condition: 'none,on,off'}\n", "{}", &["other", "below"]),
        ("- {name: below, version: '*', condition: off}\n", "off: true", &["other", "below"]),
        ("- {name: below, version: '*', tags: [t]}\n", "tags: {t: false}", &["other"]),
        (
            "- {name: below, version: '*', tags: [t, u]}\n",
            "tags: {t: false, u: true}",
            &["other", "below"],
        ),
        (
            "- {name: below, version: '*', alias: second, condition: second.enabled, tags: [t]}\n",
            "tags: {t: true}",
            &["other"],
        ),
    ];
    for (entries, user, expected) in cases {
        assert_eq!(names(entries, user), expected, "{entries}{user}");
    }
}

#[test]
fn values_are_imported_from_charts_below() {
    let metadata = "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- name: below\n  \
                    version: '*'\n  import-values: [data, {child: deep.er, parent: into.it}]\n";
    let list = [
        ("Chart.yaml", metadata),
        ("values.yaml", "own: top\n"),
        BELOW,
        ("charts/below/values.yaml", "exports: {data: {own: below, new: 1}}\ndeep: {er: {z: 2}}\n"),
    ];
    let values = values(&list, "");
    for line in ["own: top", "new: 1\n", "into:\n  it:\n    z: 2\n"] {
        assert!(values.contains(line), "{line:?} is not in\n{values}");
    }
}
