//! What templates find in `.` besides values: `.Release`, `.Chart`, `.Files`, `.Capabilities`
//! (helm 4.3.1 pkg/engine/files.go, pkg/chart/common/capabilities.go, pkg/chart/common.go).

use std::{any::Any, cell::OnceCell, collections::BTreeMap, rc::Rc};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    ChartFile, Content, Dependency, Import,
    glob::Glob,
    instance::{Instance, Wanted},
};
use crate::{
    context::{Context, Mode, Settings},
    data,
    origin::Origin,
    value::{Data, Element, Map, Object, Value},
};

/// Go's name of the type of `.Values`, `.Template` and the dot of a file.
pub(crate) const VALUES_TYPE: &str = "common.Values";

/// `.Release`.
pub(crate) fn release(cx: &mut Context) -> Value {
    let settings = cx.settings.clone();
    let namespace = if settings.namespace.is_empty() {
        Value::string("default").with_origin(cx.origins.synthetic(None))
    } else {
        Value::string(&*settings.namespace)
    };
    let release = Map::new();
    release.set("Name", Value::string(&*settings.release));
    release.set("Namespace", namespace);
    release.set("IsUpgrade", Value::bool(false));
    release.set("IsInstall", Value::bool(true));
    release.set("Revision", Value::int(1));
    release.set("Service", Value::string("Helm"));
    Value::map(release)
}

/// `.Chart`: Helm's struct turned into a map, so that an unknown field is empty.
pub(crate) fn chart(instance: &Instance, is_root: bool) -> Value {
    let metadata = &instance.chart.metadata;
    let chart = Map::new();
    let texts = [
        ("Name", &instance.name),
        ("Home", &metadata.home),
        ("Version", &metadata.version),
        ("Description", &metadata.description),
        ("Icon", &metadata.icon),
        ("APIVersion", &metadata.api_version),
        ("Condition", &metadata.condition),
        ("Tags", &metadata.tags),
        ("AppVersion", &metadata.app_version),
        ("KubeVersion", &metadata.kube_version),
        ("Type", &metadata.written_kind),
    ];
    for (name, text) in texts {
        chart.set(name, Value::string(&**text));
    }
    chart.set("Sources", strings(&metadata.sources));
    chart.set("Keywords", strings(&metadata.keywords));
    chart.set("Deprecated", Value::bool(metadata.deprecated));
    let annotations = Map { element: Element::String, ..Map::new() };
    for (name, text) in &metadata.annotations {
        annotations.set(name, Value::string(&**text));
    }
    chart.set("Annotations", Value::map(annotations));
    let maintainers = metadata.maintainers.iter().map(|it| {
        let maintainer = Map::new();
        maintainer.set("Name", Value::string(&*it.name));
        maintainer.set("Email", Value::string(&*it.email));
        maintainer.set("URL", Value::string(&*it.url));
        Value::map(maintainer)
    });
    chart.set("Maintainers", Value::list(maintainers.collect()));
    let wanted = instance.dependencies.iter().flatten();
    chart.set("Dependencies", Value::list(wanted.map(dependency).collect()));
    chart.set("IsRoot", Value::bool(is_root));
    Value::map(chart)
}

fn dependency(wanted: &Wanted) -> Value {
    let Dependency { version, repository, condition, tags, import_values, alias, .. } =
        &wanted.dependency;
    let dependency = Map::new();
    dependency.set("Name", Value::string(&*wanted.name));
    dependency.set("Version", Value::string(&**version));
    dependency.set("Repository", Value::string(&**repository));
    dependency.set("Condition", Value::string(&**condition));
    dependency.set("Tags", strings(tags));
    dependency.set("Enabled", Value::bool(wanted.enabled));
    dependency.set("Alias", Value::string(&**alias));
    let import = |it: &Import| {
        let (child, parent) = match it {
            Import::Exported(name) => (format!("exports.{name}"), "."),
            Import::Table { child, parent } => (child.clone(), &**parent),
        };
        let import = Map { element: Element::String, ..Map::new() };
        import.set("child", Value::string(child));
        import.set("parent", Value::string(parent));
        Value::map(import)
    };
    dependency.set("ImportValues", Value::list(import_values.iter().map(import).collect()));
    Value::map(dependency)
}

fn strings(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|it| Value::string(&**it)).collect())
}

/// `.Files`, or a part of it.
#[derive(Debug, Clone)]
pub(crate) struct Files(Rc<FileSet>);

#[derive(Debug)]
struct FileSet {
    files: BTreeMap<String, Content>,
    /// What `%v` prints, kept because the same chart asks again for each use of a helper.
    printed: OnceCell<String>,
}

impl FileSet {
    fn print(&self) -> String {
        let mut out = String::from("map[");
        for (index, (path, content)) in self.files.iter().enumerate() {
            let separator = if index > 0 { " " } else { "" };
            out.extend([separator, path, ":["]);
            for (index, byte) in content.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                push_number(&mut out, *byte);
            }
            out.push(']');
        }
        out.push(']');
        out
    }
}

impl Files {
    pub(crate) fn new(files: &[ChartFile]) -> Self {
        Self::of(files.iter().map(|it| (it.path.clone(), it.bytes.clone())).collect())
    }

    fn of(files: BTreeMap<String, Content>) -> Self {
        Self(Rc::new(FileSet { files, printed: OnceCell::new() }))
    }

    fn get(&self, name: &Value) -> &[u8] {
        let name = name.as_text().and_then(|it| it.as_str());
        name.and_then(|it| self.0.files.get(it)).map_or(&[], |it| it)
    }

    fn glob(&self, pattern: &str) -> Self {
        let glob = Glob::compile(pattern).unwrap_or_else(Glob::everything);
        let found = self.0.files.iter().filter(|(path, _)| glob.matches(path));
        Self::of(found.map(|(path, bytes)| (path.clone(), bytes.clone())).collect())
    }

    fn lines(&self, name: &Value) -> Value {
        let bytes = self.get(name);
        if bytes.is_empty() {
            return Value::list_of(Element::String, Vec::new());
        }
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let lines = bytes.split(|it| *it == b'\n').map(Value::string).collect();
        Value::list_of(Element::String, lines)
    }

    /// The files by their last names, as a YAML mapping.
    fn as_yaml(&self, content: impl Fn(&[u8]) -> Vec<u8>) -> Value {
        let files = Map { element: Element::String, ..Map::new() };
        for (path, bytes) in &self.0.files {
            let name = path.rsplit('/').next().unwrap_or(path);
            files.set(name, Value::string(content(bytes)));
        }
        // As `toYaml`, which swallows errors and cuts the last line break.
        let Ok(text) = data::yaml::write(&Value::map(files)) else { return Value::string("") };
        let length = text.bytes().strip_suffix(b"\n").map_or(text.len(), <[u8]>::len);
        Value::text(text.slice(0..length))
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind(&self) -> &'static str {
        "map"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(bytes(self.0.files.get(name).map_or(&[], |it| it)))
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let answer = match method {
            "Get" => one_text(method, args).map(|it| Value::string(self.get(it))),
            "GetBytes" => one_text(method, args).map(|it| bytes(self.get(it))),
            "Lines" => one_text(method, args).map(|it| self.lines(it)),
            "Glob" => one_text(method, args).map(|it| {
                let pattern = it.as_text().map(|it| it.lossy().into_owned());
                Value::object(self.glob(&pattern.unwrap_or_default()))
            }),
            "AsConfig" => nothing(method, args).map(|()| self.as_yaml(<[u8]>::to_vec)),
            "AsSecrets" => nothing(method, args)
                .map(|()| self.as_yaml(|content| STANDARD.encode(content).into_bytes())),
            _ => return None,
        };
        Some(answer)
    }

    /// Go's `map[a.txt:[97 98]]`. A chart that gives `.` for a name to `dict` prints all of it, and
    /// files may be large.
    fn print(&self) -> String {
        self.0.printed.get_or_init(|| self.0.print()).clone()
    }

    fn plain(&self) -> Value {
        let files = Map::new();
        for (path, content) in &self.0.files {
            files.set(path, bytes(content));
        }
        Value::map(files)
    }

    fn is_true(&self) -> bool {
        !self.0.files.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn push_number(out: &mut String, number: u8) {
    let digit = |it: u8| char::from(b'0' + it % 10);
    if number >= 100 {
        out.push(digit(number / 100));
    }
    if number >= 10 {
        out.push(digit(number / 10));
    }
    out.push(digit(number));
}

fn bytes(content: &[u8]) -> Value {
    Value::new(Data::Bytes(content.into()), Origin::NONE)
}

/// Go's check of a method's arguments: one string.
fn one_text<'a>(method: &str, args: &'a [Value]) -> Result<&'a Value, String> {
    let [arg] = args else {
        return Err(format!("wrong number of args for {method}: want 1 got {}", args.len()));
    };
    if arg.as_text().is_none() {
        let found = arg.type_name();
        return Err(format!("wrong type for value; expected string; got {found}"));
    }
    Ok(arg)
}

fn nothing(method: &str, args: &[Value]) -> Result<(), String> {
    if args.is_empty() {
        return Ok(());
    }
    Err(format!("wrong number of args for {method}: want 0 got {}", args.len()))
}

/// `.Capabilities`.
#[derive(Debug)]
pub(crate) struct Capabilities {
    kube_version: KubeVersion,
    api_versions: Rc<ApiVersions>,
}

impl Capabilities {
    /// `None` when the Kubernetes version is none.
    pub(crate) fn new(settings: &Settings) -> Option<Self> {
        let known = match settings.mode {
            Mode::Helm => &API_VERSIONS[..],
            Mode::Lint => &SERVED[..],
        };
        let known = known.iter().copied().map(str::to_owned);
        let versions = known.chain(settings.api_versions.iter().cloned()).collect();
        let kinds = settings.mode == Mode::Lint;
        Some(Self {
            kube_version: KubeVersion::parse(&settings.kube_version)?,
            api_versions: Rc::new(ApiVersions { versions, kinds }),
        })
    }

    pub(crate) fn kube_version(&self) -> &KubeVersion {
        &self.kube_version
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::object(self.kube_version.clone())),
            "APIVersions" => {
                Some(Value::new(Data::Object(self.api_versions.clone()), Origin::NONE))
            }
            "HelmVersion" => Some(Value::object(HelmVersion)),
            _ => None,
        }
    }

    fn print(&self) -> String {
        let (kube, apis) = (self.kube_version.print(), self.api_versions.print());
        format!("&{{{kube} {apis} {}}}", HelmVersion.print())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.KubeVersion`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KubeVersion {
    /// As given, with a `v`.
    pub(crate) version: String,
    /// Without what a vendor adds, for constraints.
    pub(crate) normalized: String,
    major: String,
    minor: String,
}

impl KubeVersion {
    /// k8s.io/apimachinery's `version.ParseGeneric`: numbers and dots, then anything.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let written = text.trim().strip_prefix('v').unwrap_or(text.trim());
        let end = written.find(|it: char| !it.is_ascii_digit() && it != '.');
        let (numbers, _) = written.split_at(end.unwrap_or(written.len()));
        let numbers = numbers.trim_end_matches('.');
        let parts: Vec<u32> =
            numbers.split('.').map(|it| it.parse().ok()).collect::<Option<_>>()?;
        let [major, minor, ..] = parts.as_slice() else { return None };
        let mut normalized: Vec<_> = parts.iter().map(u32::to_string).collect();
        if normalized.len() == 2 {
            normalized.push("0".to_owned());
        }
        Some(Self {
            version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            normalized: format!("v{}", normalized.join(".")),
            major: major.to_string(),
            minor: minor.to_string(),
        })
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::string(&*self.version)),
            "Major" => Some(Value::string(&*self.major)),
            "Minor" => Some(Value::string(&*self.minor)),
            _ => None,
        }
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let text = match method {
            "GitVersion" => &self.version,
            "String" => &self.normalized,
            _ => return None,
        };
        Some(nothing(method, args).map(|()| Value::string(&**text)))
    }

    fn print(&self) -> String {
        format!("{{{} {} {} {}}}", self.version, self.normalized, self.major, self.minor)
    }

    fn print_addressed(&self) -> String {
        self.normalized.clone()
    }

    fn plain(&self) -> Value {
        let fields = Map::new();
        for (name, text) in
            [("Version", &self.version), ("Major", &self.major), ("Minor", &self.minor)]
        {
            fields.set(name, Value::string(&**text));
        }
        Value::map(fields)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.APIVersions`.
#[derive(Debug)]
struct ApiVersions {
    versions: Vec<String>,
    /// A kind of a built-in version counts as served, as it does in a cluster; without one Helm
    /// knows versions only.
    kinds: bool,
}

impl ApiVersions {
    fn has(&self, wanted: &str) -> bool {
        let served = |wanted: &str| self.versions.iter().any(|it| it == wanted);
        let version = wanted.rsplit_once('/').map_or("", |(version, _)| version);
        served(wanted) || self.kinds && SERVED.contains(&version)
    }
}

impl Object for ApiVersions {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn call(&self, method: &str, args: &[Value]) -> Option<Result<Value, String>> {
        if method != "Has" {
            return None;
        }
        Some(one_text(method, args).map(|it| {
            let wanted = it.as_text().and_then(|it| it.as_str());
            Value::bool(wanted.is_some_and(|it| self.has(it)))
        }))
    }

    fn print(&self) -> String {
        format!("[{}]", self.versions.join(" "))
    }

    fn plain(&self) -> Value {
        let versions = self.versions.iter().map(|it| Value::string(&**it)).collect();
        Value::list_of(Element::String, versions)
    }

    fn is_true(&self) -> bool {
        !self.versions.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.HelmVersion`: the release that is followed. What its build was made from is not
/// known and empty.
#[derive(Debug)]
struct HelmVersion;

const HELM_VERSION: &str = "v4.3.1";

/// The client-go that helm 4.3.1 is built with.
const KUBE_CLIENT_VERSION: &str = "v1.37";

impl Object for HelmVersion {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::string(HELM_VERSION)),
            "KubeClientVersion" => Some(Value::string(KUBE_CLIENT_VERSION)),
            "GitCommit" | "GitTreeState" | "GoVersion" => Some(Value::string("")),
            _ => None,
        }
    }

    fn print(&self) -> String {
        format!("{{{HELM_VERSION}    {KUBE_CLIENT_VERSION}}}")
    }

    fn plain(&self) -> Value {
        let fields = Map::new();
        fields.set("version", Value::string(HELM_VERSION));
        fields.set("kube_client_version", Value::string(KUBE_CLIENT_VERSION));
        Value::map(fields)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What a cluster serves by itself (`kubectl api-versions` of Kubernetes 1.37): charts ask for these
/// to choose between an old and a new version of an object.
const SERVED: [&str; 22] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apiregistration.k8s.io/v1",
    "apps/v1",
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "events.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "resource.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1",
];

/// The groups that helm 4.3.1 knows without a cluster, in its order: those of client-go's scheme
/// and of CustomResourceDefinitions.
const API_VERSIONS: [&str; 57] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_print_as_go_prints_bytes() {
        let file = |path: &str, bytes: &[u8]| ChartFile {
            id: goready_model::FileId(0),
            path: path.to_owned(),
            bytes: bytes.into(),
        };
        let files = Files::new(&[file("b", &[0, 9, 10, 99, 100, 255]), file("a", b"")]);
        assert_eq!(files.print(), "map[a:[] b:[0 9 10 99 100 255]]");
        assert_eq!(data::fmt::display(&files.plain()).lossy(), files.print());
    }

    #[test]
    fn kubernetes_versions_are_read_as_kubernetes_reads_them() {
        let read = |text| KubeVersion::parse(text).map(|it| (it.version, it.normalized));
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(read("1.33.0"), pair("v1.33.0", "v1.33.0"));
        assert_eq!(read("v1.33"), pair("v1.33", "v1.33.0"));
        assert_eq!(read("1.33.4-gke.1245000"), pair("v1.33.4-gke.1245000", "v1.33.4"));
        assert_eq!(read("1"), None);
        assert_eq!(read("x"), None);
    }
}
