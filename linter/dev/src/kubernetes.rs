//! `cargo dev kubernetes`: the table of Kubernetes kinds and types in
//! `rules/data/kubernetes/schema.txt`.
//!
//! The inputs are facts about one Kubernetes release that are too large to keep in the
//! repository; the table holds what the rules ask, one line a field, so that its changes from
//! release to release can be read in a diff.
//!
//! - `openapi.json`: all component schemas that a kube-apiserver serves under `/openapi/v3`,
//!   `{"kubernetes": "1.37.2", "schemas": {..}}`;
//! - `api-resources.json`: its discovery, `{"resources": {"apps/v1": [{"kind", "name",
//!   "namespaced", "verbs"}]}}`;
//! - `lifecycle.json`: `{"group/version/Kind": {"introduced", "deprecated", "removed",
//!   "replacement"}}` from `zz_generated.prerelease-lifecycle.go` of k8s.io/api;
//! - `fields-by-version.json`: `{"added": {type: {field: version}}, "removed": ..}` from the
//!   difference of `api/openapi-spec/swagger.json` between releases, `""` for a type as a whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use serde_json::Value;

use crate::generated::{Mode, apply};

/// Writes the table below the repository's root from the four input files. The date (of the
/// inputs) goes into the head, so that the same inputs give the same bytes.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let [openapi, resources, lifecycle, fields, date] = arguments else {
        let usage = "usage: cargo dev kubernetes <openapi.json> <api-resources.json> \
                     <lifecycle.json> <fields-by-version.json> <date>";
        return Err(usage.to_owned());
    };
    let input = Input {
        openapi: read(openapi)?,
        resources: read(resources)?,
        lifecycle: read(lifecycle)?,
        fields: read(fields)?,
    };
    apply(&root.join("rules/data/kubernetes/schema.txt"), &input.table(date), Mode::Write)
}

fn read(path: &str) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|it| format!("{path}: {it}"))?;
    serde_json::from_str(&text).map_err(|it| format!("{path}: {it}"))
}

/// The facts of one release.
#[derive(Debug)]
struct Input {
    openapi: Value,
    resources: Value,
    lifecycle: Value,
    fields: Value,
}

/// A line `kind`.
#[derive(Debug, Default)]
struct Kind {
    /// Long name of the type; `None` when this release does not serve it.
    type_name: Option<String>,
    namespaced: bool,
    since: Option<String>,
    deprecated: Option<String>,
    removed: Option<String>,
    replacement: Option<String>,
}

impl Input {
    fn table(&self, date: &str) -> String {
        let kinds = self.kinds();
        let mut text = String::new();
        let version = self.openapi["kubernetes"].as_str().unwrap_or("?");
        let _ = writeln!(
            text,
            "# Kinds and types of the Kubernetes API, written by `cargo dev kubernetes`.\n\
             # Source: /openapi/v3 and discovery of kube-apiserver {version}; kinds' versions from\n\
             # zz_generated.prerelease-lifecycle.go of k8s.io/api; fields' versions from the\n\
             # swagger.json of Kubernetes {} to {}. Date: {date}.\n\
             #\n\
             # kind <apiVersion> <Kind> <type, - when not served> [namespaced] [since=] \
             [deprecated=] [removed=] [use=]\n\
             # type <name>, then its fields: <name> <type> [required] [key=] [since=] [until=] \
             [values=]\n\
             # [T] is a list of T, {{T}} a map to T; until= names the first release without the \
             field.",
            self.fields["from"].as_str().unwrap_or("?"),
            self.fields["to"].as_str().unwrap_or("?"),
        );
        for ((api_version, kind), facts) in &kinds {
            let _ = writeln!(text, "{}", kind_line(api_version, kind, facts));
        }
        for name in self.reachable(kinds.values().filter_map(|it| it.type_name.as_deref())) {
            let _ = write!(text, "type {}\n{}", short(&name), self.fields_of(&name));
        }
        text
    }

    /// Kinds that this release lets create, and all whose introduction or removal is known.
    fn kinds(&self) -> BTreeMap<(String, String), Kind> {
        let mut kinds: BTreeMap<(String, String), Kind> = BTreeMap::new();
        let types = self.types_of_kinds();
        for (api_version, list) in entries(&self.resources["resources"]) {
            for resource in list.as_array().into_iter().flatten() {
                let name = resource["name"].as_str().unwrap_or_default();
                let verbs = resource["verbs"].as_array().into_iter().flatten();
                let creatable = verbs.into_iter().any(|it| it == "create");
                if name.contains('/') || !creatable {
                    continue;
                }
                let kind = resource["kind"].as_str().unwrap_or_default();
                let facts = kinds.entry((api_version.clone(), kind.to_owned())).or_default();
                facts.type_name = types.get(&format!("{api_version}/{kind}")).cloned();
                facts.namespaced = resource["namespaced"] == true;
            }
        }
        for (id, facts) in entries(&self.lifecycle) {
            let Some((api_version, kind)) = id.rsplit_once('/') else { continue };
            let key = (api_version.to_owned(), kind.to_owned());
            let text = |name: &str| facts[name].as_str().map(str::to_owned);
            if !kinds.contains_key(&key) && text("removed").is_none() {
                continue;
            }
            let entry = kinds.entry(key).or_default();
            entry.since = text("introduced");
            entry.deprecated = text("deprecated");
            entry.removed = text("removed");
            entry.replacement = text("replacement")
                .and_then(|it| it.rsplit_once('/').map(|(version, _)| version.to_owned()));
        }
        // `Scale` and `Eviction` are bodies of subresources, never manifests.
        kinds.retain(|(_, kind), _| kind != "Scale" && kind != "Eviction");
        kinds
    }

    fn types_of_kinds(&self) -> BTreeMap<String, String> {
        let mut types = BTreeMap::new();
        for (name, schema) in entries(&self.openapi["schemas"]) {
            let kinds = schema["x-kubernetes-group-version-kind"].as_array();
            for kind in kinds.into_iter().flatten() {
                let part = |it: &str| kind[it].as_str().unwrap_or_default();
                let group = part("group");
                let slash = if group.is_empty() { "" } else { "/" };
                let id = format!("{group}{slash}{}/{}", part("version"), part("kind"));
                types.insert(id, name.clone());
            }
        }
        types
    }

    /// Long names of all types with fields that the given ones hold, themselves included, in the
    /// order of their short names.
    fn reachable<'a>(&self, roots: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut pending: Vec<String> = roots.map(str::to_owned).collect();
        let mut found = BTreeSet::new();
        while let Some(name) = pending.pop() {
            if scalar_of(short(&name)).is_some() || !found.insert(name.clone()) {
                continue;
            }
            for (_, field) in entries(&self.openapi["schemas"][&name]["properties"]) {
                pending.extend(reference(innermost(field)));
            }
        }
        found.retain(|it| self.openapi["schemas"][it].get("properties").is_some());
        let mut found: Vec<String> = found.into_iter().collect();
        found.sort_by(|a, b| short(a).cmp(short(b)));
        found
    }

    fn fields_of(&self, name: &str) -> String {
        let schema = &self.openapi["schemas"][name];
        let version = |list: &str, field: &str| self.fields[list][name][field].as_str();
        let mut lines = BTreeMap::new();
        for (field, facts) in entries(&schema["properties"]) {
            let mut line = format!(" {field} {}", self.type_text(facts));
            let required = schema["required"].as_array().into_iter().flatten();
            if required.into_iter().any(|it| it.as_str() == Some(field)) {
                line.push_str(" required");
            }
            let keys = list_of(&facts["x-kubernetes-list-map-keys"]);
            if !keys.is_empty() {
                let _ = write!(line, " key={}", keys.join(","));
            }
            if let Some(since) = version("added", field) {
                let _ = write!(line, " since={since}");
            }
            let values = list_of(&innermost(facts)["enum"]);
            if !values.is_empty() {
                // Blanks part the flags, so a middle dot stands for the one inside a value.
                let _ = write!(line, " values={}", values.join("|").replace(' ', "\u{b7}"));
            }
            lines.insert(field.clone(), line);
        }
        for (field, until) in entries(&self.fields["removed"][name]) {
            if let (false, Some(until)) = (lines.contains_key(field), until.as_str()) {
                lines.insert(field.clone(), format!(" {field} any until={until}"));
            }
        }
        lines.values().fold(String::new(), |text, line| text + line + "\n")
    }

    fn type_text(&self, schema: &Value) -> String {
        if let Some(name) = reference(schema) {
            let name = short(&name).to_owned();
            if let Some(scalar) = scalar_of(&name) {
                return scalar.to_owned();
            }
            let has_fields = entries(&self.openapi["schemas"])
                .any(|(it, schema)| short(it) == name && schema.get("properties").is_some());
            return if has_fields { name } else { "any".to_owned() };
        }
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("string"), Some("byte")) => "bytes".to_owned(),
            (Some("string"), _) => "string".to_owned(),
            (Some("boolean"), _) => "bool".to_owned(),
            (Some("integer"), format) => format.unwrap_or("int64").to_owned(),
            (Some("number"), _) => "number".to_owned(),
            (Some("array"), _) => format!("[{}]", self.type_text(&schema["items"])),
            (Some("object"), _) if schema.get("additionalProperties").is_some() => {
                format!("{{{}}}", self.type_text(&schema["additionalProperties"]))
            }
            _ => "any".to_owned(),
        }
    }
}

fn kind_line(api_version: &str, kind: &str, facts: &Kind) -> String {
    let mut line = format!("kind {api_version} {kind} ");
    line.push_str(facts.type_name.as_deref().map_or("-", short));
    if facts.namespaced {
        line.push_str(" namespaced");
    }
    for (name, value) in [
        ("since", &facts.since),
        ("deprecated", &facts.deprecated),
        ("removed", &facts.removed),
        ("use", &facts.replacement),
    ] {
        if let Some(value) = value {
            let _ = write!(line, " {name}={value}");
        }
    }
    line
}

/// Types that are scalars on the wire, whatever their schema says.
fn scalar_of(short_name: &str) -> Option<&'static str> {
    Some(match short_name {
        "resource.Quantity" => "quantity",
        "intstr.IntOrString" => "int-or-string",
        "meta.v1.Time" => "time",
        "meta.v1.MicroTime" => "micro-time",
        "runtime.RawExtension" | "meta.v1.FieldsV1" | "meta.v1.Patch" => "any",
        _ => return None,
    })
}

/// `core.v1.Container` of `io.k8s.api.core.v1.Container`.
fn short(name: &str) -> &str {
    [
        "io.k8s.api.",
        "io.k8s.apimachinery.pkg.apis.",
        "io.k8s.apimachinery.pkg.api.",
        "io.k8s.apimachinery.pkg.util.",
        "io.k8s.apimachinery.pkg.",
        "io.k8s.apiextensions-apiserver.pkg.apis.",
        "io.k8s.kube-aggregator.pkg.apis.",
    ]
    .iter()
    .find_map(|it| name.strip_prefix(it))
    .unwrap_or(name)
}

/// The type a schema refers to: directly, or as the one member of `allOf`.
fn reference(schema: &Value) -> Option<String> {
    let target = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    target.rsplit_once('/').map(|(_, name)| name.to_owned())
}

/// What the lists and maps of a schema hold in the end.
fn innermost(schema: &Value) -> &Value {
    match (schema.get("items"), schema.get("additionalProperties")) {
        (Some(inner), _) | (None, Some(inner)) if inner.is_object() => innermost(inner),
        _ => schema,
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list_of(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
