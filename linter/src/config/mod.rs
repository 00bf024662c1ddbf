//! What a run is told: which rules, how loud, about which world. Plain values; reading
//! `goready.toml` is in `file`, the command line's part in `cli/`.

mod error;
mod file;
mod model;
mod select;

pub use error::ConfigError;
pub use file::{FILE_NAMES, Settled, parse, schema};
pub use select::{Layer, Selection, Selector, UnknownSelector, closest, rule, suggest};

use std::{collections::BTreeMap, sync::Arc};

use globset::GlobMatcher;
use goready_model::{
    Confidence, KubernetesVersion, Level, Located, Moment, Outcome, Settings, Span,
};
use goready_rules::AllOptions;
use jiff::civil::Date;

use crate::link::{LinkOverride, Models};

/// Everything the engine depends on besides the files.
#[derive(Debug, Clone, Default)]
pub struct Config {
    pub settings: Settings,
    /// Options of single rules.
    pub options: AllOptions,
    pub selection: Selection,
    /// Levels and outcomes set for single rules.
    pub adjustments: BTreeMap<&'static str, Adjustment>,
    /// Rules turned off for some paths.
    pub overrides: Vec<PathOverride>,
    /// How charts are installed.
    pub charts: Vec<ChartConfig>,
    /// A set of values given on the command line, for all charts.
    pub values: Option<ValuesSet>,
    /// Joins that a person states: image, Dockerfile, main package.
    pub links: Vec<LinkOverride>,
    /// What functions of other modules do that goready cannot know.
    pub models: Models,
    pub suppressions: Vec<ConfigSuppression>,
    /// Findings below are dropped.
    pub min_level: Option<Level>,
    /// Findings below are dropped.
    pub min_confidence: Option<Confidence>,
    /// Only findings with a place in one of these files or directories are reported; empty for
    /// all. The analysis always sees the whole project.
    pub report_paths: Vec<String>,
    /// Directories that a person named: one that holds nothing is reported.
    pub expected_paths: Vec<String>,
    /// Comments, annotations and configured suppressions are ignored.
    pub no_suppressions: bool,
    /// The day against which `until` is read; the engine has no clock. `None`: nothing expires.
    /// Set by [`Config::set_today`], which tells the rules as well.
    pub today: Option<Date>,
    /// Parse every file of a known kind, even one whose bytes cannot hold a fact.
    pub no_prefilter: bool,
    /// The configuration file itself, for findings about its entries.
    pub source: Option<ConfigSource>,
}

impl Config {
    /// Says which day it is.
    pub fn set_today(&mut self, today: Date) {
        self.today = Some(today);
        // Midnight in UTC, where a day begins for everybody.
        let start = today.duration_since(jiff::civil::date(1970, 1, 1));
        self.settings.now = Some(Moment(start.as_secs()));
    }

    /// Whether a path is one of the values files that renders are configured with.
    pub(crate) fn names_values(&self, path: &str) -> bool {
        let sets = self.charts.iter().flat_map(|it| &it.renders).chain(&self.values);
        sets.flat_map(|it| &it.files).any(|it| it.value == path)
    }
}

/// The text of a configuration file.
#[derive(Debug, Clone)]
pub struct ConfigSource {
    /// Relative to the project root where it lies inside.
    pub path: Arc<str>,
    pub text: Arc<str>,
}

/// `[[chart]]`: how a chart is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartConfig {
    /// Directory from the project root.
    pub path: Located<String>,
    /// `.Release.Name`; `None` for the chart's name.
    pub release: Option<String>,
    /// `.Release.Namespace`; `None` when it is decided at install time.
    pub namespace: Option<String>,
    /// Added to what Helm assumes of a cluster.
    pub api_versions: Vec<String>,
    pub renders: Vec<ValuesSet>,
}

/// Values that a chart is rendered with, laid over its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesSet {
    pub name: String,
    /// Values files from the project root; later ones win.
    pub files: Vec<Located<String>>,
    /// `key=value` as for `--set`, over the files.
    pub set: Vec<String>,
}

/// What the configuration changes about a rule's findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Adjustment {
    pub level: Option<Level>,
    pub outcome: Option<Outcome>,
}

/// `[[overrides]]`: selectors that are off below some paths.
#[derive(Debug, Clone)]
pub struct PathOverride {
    pub paths: Vec<GlobMatcher>,
    pub ignore: Vec<Selector>,
}

/// `[[suppress]]`: a suppression that stands in the configuration.
#[derive(Debug, Clone)]
pub struct ConfigSuppression {
    pub rule: Located<Selector>,
    /// Paths of the finding's primary place; `None` for all.
    pub path: Option<GlobMatcher>,
    /// `Kind/name` or `Kind/namespace/name`, with `*`; `None` for all.
    pub object: Option<GlobMatcher>,
    pub reason: String,
    pub until: Option<(Date, Span)>,
}

/// The range of Kubernetes versions the manifests must work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    pub min: KubernetesVersion,
    pub max: KubernetesVersion,
}

/// Reads `1.36` or `1.34-1.36`.
pub fn parse_versions(text: &str) -> Result<Versions, String> {
    let (min, max) = text.split_once('-').unwrap_or((text, text));
    let (Some(min), Some(max)) = (KubernetesVersion::parse(min), KubernetesVersion::parse(max))
    else {
        return Err(format!("`{text}` is no Kubernetes version (write \"1.36\" or \"1.34-1.36\")"));
    };
    if min > max {
        return Err(format!("the range `{text}` runs backwards"));
    }
    Ok(Versions { min, max })
}

/// What makes the exit status 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Nothing does.
    Never,
    /// A finding of at least this level.
    Level(Level),
}

impl Default for FailOn {
    fn default() -> Self {
        Self::Level(Level::Warning)
    }
}
