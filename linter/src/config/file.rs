//! `goready.toml`: its shape, its schema, and how it becomes a [`Config`].
//!
//! Unknown keys and names are errors that point at themselves and say what was probably meant.
//! Only what works stands in the schema.

use std::{collections::BTreeMap, ops::Range};

use globset::{Glob, GlobBuilder, GlobMatcher};
use goready_model::{
    Confidence, FileId, Level, Located, Mesh, MeshKind, Outcome, Place, Profile, Span, Tristate,
};
use goready_rules::{AllOptions, REGISTRY};
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use toml::Spanned;

use super::{
    Adjustment, ChartConfig, Config, ConfigError, ConfigSource, ConfigSuppression, FailOn, Layer,
    PathOverride, Selection, Selector, ValuesSet, Versions, closest,
    model::{ModelEntry, models},
};
use crate::link::LinkOverride;

/// The names under which the file is looked for, in this order.
pub const FILE_NAMES: [&str; 2] = ["goready.toml", ".goready.toml"];

/// The configuration of goready for one repository.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "goready.toml")]
pub(super) struct ConfigFile {
    /// `strict` turns on rules that are a matter of taste or need more context.
    profile: Option<ProfileName>,
    /// Rules that run, instead of those of the profile: names, categories or `ALL`.
    #[schemars(with = "Option<Vec<SelectorName>>")]
    select: Option<Vec<Spanned<String>>>,
    /// Rules that run besides those of the profile.
    #[schemars(with = "Vec<SelectorName>")]
    extend_select: Vec<Spanned<String>>,
    /// Rules that do not run.
    #[schemars(with = "Vec<SelectorName>")]
    ignore: Vec<Spanned<String>>,
    /// Findings below this level are not reported.
    min_level: Option<LevelName>,
    /// Findings that are less sure are not reported.
    min_confidence: Option<ConfidenceName>,
    /// The lowest level that makes the exit status 1; `warning` when absent.
    fail_on: Option<FailOnName>,
    /// Paths that are not read, as in a `.gitignore`.
    exclude: Vec<String>,
    /// Larger files are reported, not read; in bytes.
    max_file_size: Option<u64>,
    /// Kubernetes version the manifests must work on, or a range: `"1.36"`, `"1.34-1.36"`.
    #[serde(deserialize_with = "versions")]
    #[schemars(with = "Option<String>")]
    kubernetes_version: Option<Versions>,
    /// Levels of rules or categories in reports; `off` turns them off.
    #[schemars(with = "BTreeMap<SelectorName, LevelSetting>")]
    levels: BTreeMap<Spanned<String>, LevelSetting>,
    /// Outcomes of rules or categories, where the usual one is wrong for this repository.
    #[schemars(with = "BTreeMap<SelectorName, OutcomeName>")]
    outcomes: BTreeMap<Spanned<String>, OutcomeName>,
    /// Options of single rules.
    rules: AllOptions,
    /// Rules that are off below some paths.
    overrides: Vec<OverrideEntry>,
    /// The service mesh of the cluster.
    mesh: MeshEntry,
    /// How Helm charts are installed: further sets of values, release and namespace.
    chart: Vec<ChartEntry>,
    /// Joins that goready cannot see: image, Dockerfile, main package.
    link: Vec<LinkEntry>,
    /// What functions of other modules do, where goready cannot know it.
    model: Vec<ModelEntry>,
    /// Known findings that are accepted, with the reason.
    suppress: Vec<SuppressEntry>,
}

/// `[[overrides]]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OverrideEntry {
    /// Globs from the project root.
    #[schemars(with = "Vec<String>")]
    paths: Vec<Spanned<String>>,
    /// Rules that are off there.
    #[schemars(with = "Vec<SelectorName>")]
    ignore: Vec<Spanned<String>>,
}

/// `[mesh]`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct MeshEntry {
    /// The mesh; inferred from labels and annotations when absent.
    kind: Option<MeshName>,
    /// The mesh's CNI plugin sets up the network, no init container needs NET_ADMIN.
    cni: Option<bool>,
    /// Proxies run as native sidecars.
    native_sidecars: Option<bool>,
    /// Revision names and tags that exist.
    revisions: Vec<String>,
    /// Namespaces without a label are injected.
    inject_by_default: bool,
}

/// `[[chart]]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ChartEntry {
    /// Directory of the chart.
    #[schemars(with = "String")]
    path: Spanned<String>,
    /// `.Release.Name`; the chart's name when absent.
    release: Option<String>,
    /// `.Release.Namespace`; decided at install time when absent.
    namespace: Option<String>,
    /// API versions that the cluster serves besides Helm's own list, such as
    /// `monitoring.coreos.com/v1`.
    #[serde(default)]
    api_versions: Vec<String>,
    /// Sets of values the chart is rendered with, besides its own and each of `ci/*-values.yaml`.
    #[serde(default)]
    render: Vec<RenderEntry>,
}

/// `[[chart.render]]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RenderEntry {
    /// How findings name the set.
    name: String,
    /// Values files from the project root; later ones win.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    values: Vec<Spanned<String>>,
    /// `key=value`, as for `helm install --set`.
    #[serde(default)]
    set: Vec<String>,
}

/// `[[link]]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LinkEntry {
    /// Image name, without tag.
    #[schemars(with = "Option<String>")]
    image: Option<Spanned<String>>,
    /// Path of the Dockerfile.
    #[schemars(with = "Option<String>")]
    dockerfile: Option<Spanned<String>>,
    /// Directory of the main package.
    #[schemars(with = "Option<String>")]
    program: Option<Spanned<String>>,
}

/// `[[suppress]]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SuppressEntry {
    /// Rule or category.
    #[schemars(with = "SelectorName")]
    rule: Spanned<String>,
    /// Glob of the file with the finding.
    #[schemars(with = "Option<String>")]
    path: Option<Spanned<String>>,
    /// `Kind/name` or `Kind/namespace/name`, with `*`.
    #[schemars(with = "Option<String>")]
    object: Option<Spanned<String>>,
    /// Why the finding is accepted.
    reason: String,
    /// Last day on which the entry counts: `"2027-01-31"`.
    #[schemars(with = "Option<String>")]
    until: Option<Spanned<String>>,
}

/// A rule, a category, or `ALL`.
struct SelectorName;

impl JsonSchema for SelectorName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Selector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let categories = goready_model::Category::ALL.map(goready_model::Category::name);
        let names = REGISTRY.iter().map(|it| it.name).chain(categories).chain(["ALL"]);
        let names: Vec<&str> = names.collect();
        json_schema!({
            "description": "A rule, a category, or ALL.",
            "type": "string",
            "enum": names,
        })
    }
}

/// Declares the spelling in the file of an enum of the model.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident => $target:ty { $($variant:ident => $value:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        enum $name { $($variant),+ }

        impl From<$name> for $target {
            fn from(name: $name) -> Self {
                match name { $($name::$variant => $value),+ }
            }
        }
    };
}

names! {
    /// Which rules are on.
    ProfileName => Profile { Default => Profile::Default, Strict => Profile::Strict }
}
names! {
    /// A level in reports.
    LevelName => Level { Note => Level::Note, Warning => Level::Warning, Error => Level::Error }
}
names! {
    /// How sure a finding is.
    ConfidenceName => Confidence {
        Possible => Confidence::Possible,
        Likely => Confidence::Likely,
        Certain => Confidence::Certain,
    }
}
names! {
    /// What happens if the finding is true.
    OutcomeName => Outcome {
        Advice => Outcome::Advice,
        Risk => Outcome::Risk,
        Broken => Outcome::Broken,
        Rejected => Outcome::Rejected,
    }
}
names! {
    /// A level, or off.
    LevelSetting => Option<Level> {
        Off => None,
        Note => Some(Level::Note),
        Warning => Some(Level::Warning),
        Error => Some(Level::Error),
    }
}
names! {
    /// A level, or never.
    FailOnName => FailOn {
        Never => FailOn::Never,
        Note => FailOn::Level(Level::Note),
        Warning => FailOn::Level(Level::Warning),
        Error => FailOn::Level(Level::Error),
    }
}
names! {
    /// A service mesh.
    MeshName => MeshKind {
        Istio => MeshKind::Istio,
        Linkerd => MeshKind::Linkerd,
        Kuma => MeshKind::Kuma,
        Consul => MeshKind::Consul,
        Dapr => MeshKind::Dapr,
    }
}

fn versions<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Versions>, D::Error> {
    let text = String::deserialize(from)?;
    super::parse_versions(&text).map(Some).map_err(D::Error::custom)
}

/// The JSON schema of the file, for editors.
pub fn schema() -> String {
    let schema = schemars::schema_for!(ConfigFile);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// What a file says that is not the engine's business.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    pub config: Config,
    pub fail_on: Option<FailOn>,
    pub exclude: Vec<String>,
    pub max_file_size: Option<u64>,
}

/// Reads a configuration file; `path` is relative to the project root where it lies inside.
pub fn parse(path: &str, text: &str) -> Result<Settled, Box<ConfigError>> {
    let source = ConfigSource { path: path.into(), text: text.into() };
    let file: ConfigFile = toml::from_str(text).map_err(|error| syntax_error(&source, &error))?;
    Reading { source: &source }.settle(file)
}

/// Turns an error of the TOML reader into one of ours.
fn syntax_error(source: &ConfigSource, error: &toml::de::Error) -> Box<ConfigError> {
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    let span = error.span().unwrap_or(0..0);
    let mut quoted = error.message().split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let (message, help) = match (unknown, quoted.next()) {
        (true, Some(word)) => {
            let what = if message.starts_with("unknown field") { "key" } else { "value" };
            let known: Vec<&str> = quoted.collect();
            (format!("unknown {what} `{word}`"), known_names(word, &known))
        }
        _ => (message, None),
    };
    ConfigError::new(source, span, message, help)
}

fn known_names(word: &str, known: &[&str]) -> Option<String> {
    match closest(word, known.iter().copied()) {
        Some(near) => Some(format!("write `{near}`")),
        None if known.is_empty() => None,
        None => Some(format!("known are {}", known.join(", "))),
    }
}

/// Settling one file: everything that needs its text for errors.
pub(super) struct Reading<'a> {
    source: &'a ConfigSource,
}

impl Reading<'_> {
    fn settle(&self, file: ConfigFile) -> Result<Settled, Box<ConfigError>> {
        let mut layer = Layer {
            select: file.select.as_deref().map(|it| self.selectors(it)).transpose()?,
            extend_select: self.selectors(&file.extend_select)?,
            ignore: self.selectors(&file.ignore)?,
        };
        let adjustments = self.adjustments(&file, &mut layer)?;
        let mut config = Config {
            options: file.rules,
            selection: Selection {
                profile: file.profile.map(Into::into).unwrap_or_default(),
                layers: vec![layer],
            },
            adjustments,
            overrides: file
                .overrides
                .iter()
                .map(|it| self.path_override(it))
                .collect::<Result<_, _>>()?,
            charts: file.chart.iter().map(chart).collect(),
            links: file.link.iter().map(|it| self.link(it)).collect::<Result<_, _>>()?,
            models: models(self, &file.model)?,
            suppressions: file
                .suppress
                .iter()
                .map(|it| self.suppression(it))
                .collect::<Result<_, _>>()?,
            min_level: file.min_level.map(Into::into),
            min_confidence: file.min_confidence.map(Into::into),
            source: Some(self.source.clone()),
            ..Config::default()
        };
        config.settings.profile = config.selection.profile;
        config.settings.mesh = file.mesh.into();
        if let Some(versions) = file.kubernetes_version {
            config.settings.kubernetes = (versions.min, versions.max);
        }
        Ok(Settled {
            config,
            fail_on: file.fail_on.map(Into::into),
            exclude: file.exclude,
            max_file_size: file.max_file_size,
        })
    }

    fn selectors(&self, names: &[Spanned<String>]) -> Result<Vec<Selector>, Box<ConfigError>> {
        names.iter().map(|it| self.selector(it)).collect()
    }

    fn selector(&self, name: &Spanned<String>) -> Result<Selector, Box<ConfigError>> {
        Selector::parse(name.get_ref()).map_err(|error| {
            let help = error.suggestion.map(|it| format!("write `{it}`"));
            let message = format!("no rule or category is named `{}`", error.name);
            self.error(name, message, help)
        })
    }

    pub(super) fn error<T>(
        &self,
        at: &Spanned<T>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Box<ConfigError> {
        self.error_at(at.span(), message, help)
    }

    pub(super) fn error_at(
        &self,
        at: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Box<ConfigError> {
        ConfigError::new(self.source, at, message, help)
    }

    /// Levels and outcomes by rule, a rule's own entry before its category's; `off` goes to the
    /// layer.
    fn adjustments(
        &self,
        file: &ConfigFile,
        layer: &mut Layer,
    ) -> Result<BTreeMap<&'static str, Adjustment>, Box<ConfigError>> {
        let mut levels = Vec::new();
        for (name, level) in &file.levels {
            let selector = self.selector(name)?;
            match Option::<Level>::from(*level) {
                Some(level) => levels.push((selector, level)),
                None => layer.ignore.push(selector),
            }
        }
        let mut outcomes = Vec::new();
        for (name, outcome) in &file.outcomes {
            outcomes.push((self.selector(name)?, Outcome::from(*outcome)));
        }
        // Selectors sort from the widest to the narrowest: the last one wins.
        levels.sort_by_key(|it| it.0);
        outcomes.sort_by_key(|it| it.0);
        let mut adjustments = BTreeMap::new();
        for meta in REGISTRY {
            let mut adjustment = Adjustment::default();
            for (_, level) in levels.iter().filter(|it| it.0.matches(meta.name, meta.category)) {
                adjustment.level = Some(*level);
            }
            for (_, outcome) in outcomes.iter().filter(|it| it.0.matches(meta.name, meta.category))
            {
                adjustment.outcome = Some(*outcome);
            }
            if adjustment != Adjustment::default() {
                adjustments.insert(meta.name, adjustment);
            }
        }
        Ok(adjustments)
    }

    fn path_override(&self, entry: &OverrideEntry) -> Result<PathOverride, Box<ConfigError>> {
        Ok(PathOverride {
            paths: entry.paths.iter().map(|it| self.glob(it)).collect::<Result<_, _>>()?,
            ignore: self.selectors(&entry.ignore)?,
        })
    }

    /// A glob of paths; a directory stands for everything below it.
    fn glob(&self, glob: &Spanned<String>) -> Result<GlobMatcher, Box<ConfigError>> {
        let text = glob.get_ref().trim_start_matches("./").trim_end_matches('/');
        let whole = format!("{{{text},{text}/**}}");
        let built = GlobBuilder::new(&whole).literal_separator(true).build();
        built.map(|it| it.compile_matcher()).map_err(|_| self.bad_glob(glob))
    }

    fn bad_glob(&self, glob: &Spanned<String>) -> Box<ConfigError> {
        let reason = Glob::new(glob.get_ref()).err().map(|it| it.kind().to_string());
        self.error(glob, "this glob cannot be read", reason)
    }

    fn link(&self, entry: &LinkEntry) -> Result<LinkOverride, Box<ConfigError>> {
        let located =
            |it: &Spanned<String>| Located::new(normal_path(it.get_ref()), place(&it.span()));
        let parts = [&entry.image, &entry.dockerfile, &entry.program];
        let mut present = parts.into_iter().flatten();
        let (Some(first), Some(_)) = (present.next(), present.next()) else {
            let at = parts.into_iter().flatten().next().map_or(0..0, Spanned::span);
            let message = "a link joins at least two of `image`, `dockerfile` and `program`";
            return Err(ConfigError::new(self.source, at, message, None));
        };
        Ok(LinkOverride {
            image: entry.image.as_ref().map_or_else(
                || Located::new(String::new(), place(&first.span())),
                |it| Located::new(it.get_ref().trim().to_owned(), place(&it.span())),
            ),
            dockerfile: entry.dockerfile.as_ref().map(located),
            program: entry.program.as_ref().map(located),
        })
    }

    fn suppression(&self, entry: &SuppressEntry) -> Result<ConfigSuppression, Box<ConfigError>> {
        if entry.reason.trim().is_empty() {
            let help = "say why the finding is accepted".to_owned();
            return Err(self.error(&entry.rule, "this entry has no reason", Some(help)));
        }
        let object = entry.object.as_ref().map(|it| {
            let built = GlobBuilder::new(it.get_ref()).literal_separator(true).build();
            built.map(|it| it.compile_matcher()).map_err(|_| self.bad_glob(it))
        });
        let until = entry.until.as_ref().map(|it| {
            let date: Result<Date, _> = it.get_ref().parse();
            date.map(|date| (date, place(&it.span()).at)).map_err(|_| {
                let help = "write the last day as \"2027-01-31\"".to_owned();
                self.error(it, "this is no date", Some(help))
            })
        });
        Ok(ConfigSuppression {
            rule: Located::new(self.selector(&entry.rule)?, place(&entry.rule.span())),
            path: entry.path.as_ref().map(|it| self.glob(it)).transpose()?,
            object: object.transpose()?,
            reason: entry.reason.clone(),
            until: until.transpose()?,
        })
    }
}

fn chart(entry: &ChartEntry) -> ChartConfig {
    let located = |it: &Spanned<String>| Located::new(normal_path(it.get_ref()), place(&it.span()));
    let render = |it: &RenderEntry| ValuesSet {
        name: it.name.clone(),
        files: it.values.iter().map(located).collect(),
        set: it.set.clone(),
    };
    ChartConfig {
        path: located(&entry.path),
        release: entry.release.clone(),
        namespace: entry.namespace.clone(),
        api_versions: entry.api_versions.clone(),
        renders: entry.render.iter().map(render).collect(),
    }
}

/// A place in the configuration file; the engine puts in the file's id.
pub(super) fn place(span: &Range<usize>) -> Place {
    Span::new(FileId(u32::MAX), span.start, span.end).into()
}

/// A path from the root without `./` and a closing slash.
fn normal_path(path: &str) -> String {
    let path = path.trim().trim_start_matches("./").trim_end_matches('/');
    if path.is_empty() { ".".to_owned() } else { path.to_owned() }
}

impl From<MeshEntry> for Mesh {
    fn from(entry: MeshEntry) -> Self {
        let tristate = |it: Option<bool>| match it {
            Some(true) => Tristate::Yes,
            Some(false) => Tristate::No,
            None => Tristate::Unknown,
        };
        Self {
            kind: entry.kind.map(Into::into),
            cni: tristate(entry.cni),
            native_sidecars: tristate(entry.native_sidecars),
            revisions: entry.revisions,
            inject_by_default: entry.inject_by_default,
        }
    }
}
