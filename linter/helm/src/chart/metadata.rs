//! What `Chart.yaml` and `requirements.yaml` say, with the places an error can name.
//!
//! Fields are read as sigs.k8s.io/yaml decodes them into Helm's struct (helm 4.3.1
//! pkg/chart/v2/metadata.go): a number where text is asked for is text, names of fields may differ
//! in case. What templates see of it is made in `objects.rs`.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{FileId, Node, NodeKind, Span};

use super::LoadError;
use crate::{data, functions::semver::Version};

/// What `Chart.yaml` says about its chart (helm.sh/docs/topics/charts, `apiVersion` v1 and v2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    pub name: String,
    pub version: String,
    pub api_version: String,
    pub kind: ChartKind,
    /// The text of `type`, which is empty for most applications.
    pub written_kind: String,
    pub app_version: String,
    pub description: String,
    pub home: String,
    pub icon: String,
    pub sources: Vec<String>,
    pub keywords: Vec<String>,
    pub maintainers: Vec<Maintainer>,
    pub annotations: BTreeMap<String, String>,
    pub condition: String,
    pub tags: String,
    pub deprecated: bool,
    /// A constraint such as `>= 1.25.0-0`; empty for any version.
    pub kube_version: String,
    /// Of `apiVersion: v2`; v1 keeps them in `requirements.yaml`, which is read over them. `None`
    /// where nothing is said of dependencies at all.
    pub dependencies: Option<Vec<Dependency>>,
    pub places: Places,
}

/// Whether a chart deploys something by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChartKind {
    #[default]
    Application,
    /// Named templates for other charts; it renders nothing.
    Library,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maintainer {
    pub name: String,
    pub email: String,
    pub url: String,
}

/// A chart that another one needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dependency {
    pub name: String,
    pub version: String,
    /// `https://...`, `oci://...`, `file://...`, `@repository`; empty for a chart that only lies in
    /// `charts/`.
    pub repository: String,
    pub alias: String,
    /// Paths into the values, separated by commas: the first that holds a boolean decides.
    pub condition: String,
    pub tags: Vec<String>,
    pub import_values: Vec<Import>,
    /// The entry of the list.
    pub place: Option<Span>,
}

/// An entry of `import-values`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Import {
    /// `exports.<name>` of the dependency, into the root of the parent's values.
    Exported(String),
    /// One table into another.
    Table { child: String, parent: String },
}

/// Where `Chart.yaml` says what Helm may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Places {
    pub root: Option<Span>,
    pub name: Option<Span>,
    pub version: Option<Span>,
    pub kind: Option<Span>,
    pub kube_version: Option<Span>,
}

impl Metadata {
    /// Dependencies, whether none or an empty list is written.
    pub fn dependencies(&self) -> &[Dependency] {
        self.dependencies.as_deref().unwrap_or_default()
    }

    /// Reads a file over what is known already.
    ///
    /// # Errors
    /// The text is no YAML, or a field is of a type that Helm does not take.
    pub(super) fn read(&mut self, file: FileId, text: &str) -> Result<(), LoadError> {
        let parsed = goready_yaml::parse(file, text);
        let syntax = parsed.problems.iter().find(|it| {
            matches!(
                it.kind,
                goready_model::ProblemKind::Syntax | goready_model::ProblemKind::Limit
            )
        });
        if let Some(problem) = syntax {
            let message = format!("error converting YAML to JSON: yaml: {}", problem.message);
            return Err(LoadError { span: Some(problem.place.at), message });
        }
        let Some(root) = parsed.documents.first().and_then(|it| it.tree.root()) else {
            return Ok(());
        };
        if root.is_null() {
            return Ok(());
        }
        let fields = Fields::of(root, "Metadata")?;
        self.places.root.get_or_insert(root.place().at);
        self.places.name = fields.place("name").or(self.places.name);
        self.places.version = fields.place("version").or(self.places.version);
        self.places.kind = fields.place("type").or(self.places.kind);
        self.places.kube_version = fields.place("kubeVersion").or(self.places.kube_version);
        fields.text("name", &mut self.name)?;
        fields.text("version", &mut self.version)?;
        fields.text("apiVersion", &mut self.api_version)?;
        fields.text("type", &mut self.written_kind)?;
        fields.text("appVersion", &mut self.app_version)?;
        fields.text("description", &mut self.description)?;
        fields.text("home", &mut self.home)?;
        fields.text("icon", &mut self.icon)?;
        fields.text("condition", &mut self.condition)?;
        fields.text("tags", &mut self.tags)?;
        fields.text("kubeVersion", &mut self.kube_version)?;
        fields.flag("deprecated", &mut self.deprecated)?;
        if let Some(sources) = fields.texts("sources")? {
            self.sources = sources;
        }
        if let Some(keywords) = fields.texts("keywords")? {
            self.keywords = keywords;
        }
        if let Some(annotations) = fields.get("annotations") {
            let annotations = Fields::of(annotations, "Metadata.annotations")?;
            self.annotations.extend(annotations.all_texts()?);
        }
        if let Some(items) = fields.items("maintainers")? {
            self.maintainers = items.into_iter().map(maintainer).collect::<Result<_, _>>()?;
        }
        if let Some(items) = fields.items("dependencies")? {
            let dependencies = items.into_iter().map(dependency).collect::<Result<_, _>>()?;
            self.dependencies = Some(dependencies);
        }
        self.kind = if self.written_kind.eq_ignore_ascii_case("library") {
            ChartKind::Library
        } else {
            ChartKind::Application
        };
        Ok(())
    }

    /// Refuses what Helm refuses (`Metadata.Validate`), and cleans texts as it does.
    pub(super) fn validate(&mut self) -> Result<(), LoadError> {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        texts.into_iter().chain(&mut self.sources).chain(&mut self.keywords).for_each(sanitize);
        let refuse = |span: Option<Span>, message: String| {
            let span = span.or(self.places.root);
            Err(LoadError { span, message: format!("validation: {message}") })
        };
        if self.name.is_empty() {
            return refuse(None, "chart.metadata.name is required".to_owned());
        }
        if matches!(&*self.name, "." | "..") {
            let message = format!("chart.metadata.name {:?} is not allowed", self.name);
            return refuse(self.places.name, message);
        }
        if self.name.contains('/') {
            let message = format!("chart.metadata.name {:?} is invalid", self.name);
            return refuse(self.places.name, message);
        }
        if self.version.is_empty() {
            return refuse(None, "chart.metadata.version is required".to_owned());
        }
        if Version::parse(self.version.as_bytes()).is_err() {
            let message = format!("chart.metadata.version {:?} is invalid", self.version);
            return refuse(self.places.version, message);
        }
        if !matches!(&*self.written_kind, "" | "application" | "library") {
            let message = "chart.metadata.type must be application or library".to_owned();
            return refuse(self.places.kind, message);
        }
        for it in &mut self.maintainers {
            [&mut it.name, &mut it.email, &mut it.url].into_iter().for_each(sanitize);
        }
        let mut known = BTreeSet::new();
        for it in self.dependencies.iter_mut().flatten() {
            let texts = [&mut it.name, &mut it.version, &mut it.repository, &mut it.condition];
            texts.into_iter().chain(&mut it.tags).for_each(sanitize);
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            if !it.alias.chars().all(is_plain) {
                let message =
                    format!("dependency {:?} has disallowed characters in the alias", it.name);
                return Err(LoadError {
                    span: it.place,
                    message: format!("validation: {message}"),
                });
            }
            let key = if it.alias.is_empty() { &it.name } else { &it.alias };
            if !known.insert(key.clone()) {
                let message = format!("more than one dependency with name or alias {key:?}");
                return Err(LoadError {
                    span: it.place,
                    message: format!("validation: {message}"),
                });
            }
        }
        Ok(())
    }
}

fn maintainer(node: Node<'_>) -> Result<Maintainer, LoadError> {
    let fields = Fields::of(node, "Maintainer")?;
    let mut maintainer = Maintainer::default();
    fields.text("name", &mut maintainer.name)?;
    fields.text("email", &mut maintainer.email)?;
    fields.text("url", &mut maintainer.url)?;
    Ok(maintainer)
}

fn dependency(node: Node<'_>) -> Result<Dependency, LoadError> {
    let fields = Fields::of(node, "Dependency")?;
    let mut dependency = Dependency { place: Some(node.place().at), ..Dependency::default() };
    fields.text("name", &mut dependency.name)?;
    fields.text("version", &mut dependency.version)?;
    fields.text("repository", &mut dependency.repository)?;
    fields.text("alias", &mut dependency.alias)?;
    fields.text("condition", &mut dependency.condition)?;
    dependency.tags = fields.texts("tags")?.unwrap_or_default();
    for item in fields.items("import-values")?.unwrap_or_default() {
        if item.is_mapping() {
            // What is not there prints as Go's nil, and no table has that name.
            let side = |name: &str| item.get(name).map_or("<nil>", |it| it.text()).to_owned();
            let table = Import::Table { child: side("child"), parent: side("parent") };
            dependency.import_values.push(table);
        } else if let Some(name) = item.as_str() {
            dependency.import_values.push(Import::Exported(name.to_owned()));
        }
    }
    Ok(dependency)
}

/// Blanks of any kind become a space, what does not print goes (`sanitizeString`).
fn sanitize(text: &mut String) {
    if text.chars().all(|it| it.is_ascii_graphic() || it == ' ') {
        return;
    }
    let clean = |it: char| match it {
        it if it.is_whitespace() => Some(' '),
        it if it.is_control() => None,
        it => Some(it),
    };
    *text = text.chars().filter_map(clean).collect();
}

/// A mapping that is decoded into a Go struct.
struct Fields<'t> {
    node: Node<'t>,
    /// The struct's name, for errors.
    name: &'static str,
}

impl<'t> Fields<'t> {
    fn of(node: Node<'t>, name: &'static str) -> Result<Self, LoadError> {
        if node.is_mapping() {
            return Ok(Self { node, name });
        }
        let message = format!("cannot unmarshal {} into Go value of type {name}", json_kind(node));
        Err(unmarshal_error(node, &message))
    }

    /// A field that is written and not null. Names match whatever their case, the exact one first.
    fn get(&self, name: &str) -> Option<Node<'t>> {
        let folded = |key: &str| key.eq_ignore_ascii_case(name);
        let found = self.node.get(name).or_else(|| {
            self.node.entries().find(|it| folded(it.key.text())).map(|entry| entry.value)
        });
        found.filter(|it| !it.is_null())
    }

    fn place(&self, name: &str) -> Option<Span> {
        self.get(name).map(|it| it.place().at)
    }

    fn wrong(&self, node: Node<'_>, name: &str, wanted: &str) -> LoadError {
        let message = format!(
            "cannot unmarshal {} into Go struct field {}.{name} of type {wanted}",
            json_kind(node),
            self.name
        );
        unmarshal_error(node, &message)
    }

    fn text(&self, name: &str, into: &mut String) -> Result<(), LoadError> {
        let Some(node) = self.get(name) else { return Ok(()) };
        *into = text_of(node).ok_or_else(|| self.wrong(node, name, "string"))?;
        Ok(())
    }

    fn flag(&self, name: &str, into: &mut bool) -> Result<(), LoadError> {
        let Some(node) = self.get(name) else { return Ok(()) };
        *into = node.as_bool().ok_or_else(|| self.wrong(node, name, "bool"))?;
        Ok(())
    }

    fn items(&self, name: &str) -> Result<Option<Vec<Node<'t>>>, LoadError> {
        let Some(node) = self.get(name) else { return Ok(None) };
        if !node.is_sequence() {
            return Err(self.wrong(node, name, "[]*v2"));
        }
        Ok(Some(node.items().collect()))
    }

    fn texts(&self, name: &str) -> Result<Option<Vec<String>>, LoadError> {
        let Some(items) = self.items(name)? else { return Ok(None) };
        let texts = items.into_iter().map(|it| self.item_text(it, name));
        texts.collect::<Result<_, _>>().map(Some)
    }

    fn all_texts(&self) -> Result<BTreeMap<String, String>, LoadError> {
        let entry = |it: goready_model::Entry<'t>| {
            Ok((it.key.text().to_owned(), self.item_text(it.value, "")?))
        };
        self.node.entries().map(entry).collect()
    }

    /// A null in a collection of texts is an empty one.
    fn item_text(&self, item: Node<'_>, name: &str) -> Result<String, LoadError> {
        if item.is_null() {
            return Ok(String::new());
        }
        text_of(item).ok_or_else(|| self.wrong(item, name, "string"))
    }
}

/// A scalar decoded into a Go string.
fn text_of(node: Node<'_>) -> Option<String> {
    match node.kind() {
        NodeKind::String | NodeKind::Dynamic => Some(node.text().to_owned()),
        NodeKind::Bool(value) => Some(value.to_string()),
        NodeKind::Int(value) => Some(value.to_string()),
        NodeKind::Float(value) => Some(data::fmt::float(value, b'g', None, 64)),
        NodeKind::Null | NodeKind::Sequence | NodeKind::Mapping => None,
    }
}

fn json_kind(node: Node<'_>) -> &'static str {
    match node.kind() {
        NodeKind::Null => "null",
        NodeKind::Bool(_) => "bool",
        NodeKind::Int(_) | NodeKind::Float(_) => "number",
        NodeKind::String | NodeKind::Dynamic => "string",
        NodeKind::Sequence => "array",
        NodeKind::Mapping => "object",
    }
}

fn unmarshal_error(node: Node<'_>, message: &str) -> LoadError {
    let message = format!("error unmarshaling JSON: while decoding JSON: json: {message}");
    LoadError { span: Some(node.place().at), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Metadata, LoadError> {
        let mut metadata = Metadata::default();
        metadata.read(FileId(0), text)?;
        metadata.validate()?;
        Ok(metadata)
    }

    #[test]
    fn numbers_where_text_is_asked_for_are_text() {
        let chart = read("name: a\nversion: 1.10\nappVersion: 2e20\nkubeVersion: true\n").unwrap();
        assert_eq!((&*chart.version, &*chart.app_version), ("1.1", "2e+20"));
        assert_eq!(chart.kube_version, "true");
    }

    #[test]
    fn names_of_fields_may_differ_in_case() {
        let chart = read("Name: a\nVERSION: 1.0.0\nappversion: 3.0.0\n").unwrap();
        assert_eq!((&*chart.name, &*chart.app_version), ("a", "3.0.0"));
    }

    #[test]
    fn a_field_of_a_wrong_type_is_refused_at_its_place() {
        let error = read("name: a\nversion: [1]\n").unwrap_err();
        assert!(error.message.ends_with(
            "json: cannot unmarshal array into Go struct field Metadata.version of type string"
        ));
        assert_eq!(error.span.map(|it| (it.start, it.end)), Some((17, 20)));
    }

    #[test]
    fn what_helm_asks_for_is_asked_for() {
        let cases = [
            ("version: 1.0.0\n", "validation: chart.metadata.name is required"),
            ("name: a/b\nversion: 1.0.0\n", "validation: chart.metadata.name \"a/b\" is invalid"),
            ("name: a\n", "validation: chart.metadata.version is required"),
            ("name: a\nversion: x\n", "validation: chart.metadata.version \"x\" is invalid"),
            (
                "name: a\nversion: 1.0.0\ntype: x\n",
                "validation: chart.metadata.type must be application or library",
            ),
            (
                "name: a\nversion: 1.0.0\ndependencies: [{name: b, alias: a.b}]\n",
                "validation: dependency \"b\" has disallowed characters in the alias",
            ),
            (
                "name: a\nversion: 1.0.0\ndependencies: [{name: b}, {name: c, alias: b}]\n",
                "validation: more than one dependency with name or alias \"b\"",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(read(text).unwrap_err().message, message, "{text}");
        }
    }

    #[test]
    fn imports_are_read_in_both_forms() {
        let text = "name: a\nversion: 1.0.0\ndependencies:\n- name: b\n  import-values:\n  - data\n\
                    \x20 - {child: x.y, parent: z}\n";
        let imports = read(text).unwrap().dependencies.unwrap().remove(0).import_values;
        let table = Import::Table { child: "x.y".to_owned(), parent: "z".to_owned() };
        assert_eq!(imports, [Import::Exported("data".to_owned()), table]);
    }

    #[test]
    fn texts_are_cleaned_of_what_does_not_print() {
        let chart = read("name: a\nversion: 1.0.0\ndescription: \"x\\ty\\u0007z\\n\"\n").unwrap();
        assert_eq!(chart.description, "x yz ");
    }
}
