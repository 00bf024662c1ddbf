//! Findings on paper: one module a format, each a function from an [`Analysis`] to bytes.
//!
//! Lines and columns are made here (and in `server/`) alone. No format reads the environment:
//! what a terminal can do arrives in [`ReportOptions`].

mod concise;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod score;
mod summary;
pub(crate) mod texts;

use std::io::{self, Write};

use goready_model::Finding;

use crate::{config, engine::Analysis, fingerprint::fingerprints};

pub use score::{Score, score};

/// Where the rule pages are published.
const RULE_PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/rules/");

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Source frames with the labelled lines of every artifact.
    Full,
    /// One line a finding.
    Concise,
    Json,
    /// One JSON object a line: findings, then coverage.
    Jsonl,
    Sarif,
    /// Workflow commands that become annotations.
    Github,
    /// Test results for CI systems.
    Junit,
    /// GitLab's code quality report.
    Gitlab,
    /// A page for a comment or the summary of a run.
    Markdown,
}

impl Format {
    pub const ALL: [Self; 9] = [
        Self::Full,
        Self::Concise,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Gitlab,
        Self::Markdown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Markdown => "markdown",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Whether people read it on a terminal: a summary then follows on standard error.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise)
    }
}

/// What a report shows and what its reader can display.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// ANSI colours; the caller strips them again where its stream is no terminal.
    pub color: bool,
    /// OSC 8 hyperlinks.
    pub links: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Suppressed findings too, marked as such where the format can.
    pub suppressed: bool,
    /// The commit that was analysed, where it is known.
    pub revision: Option<Revision>,
}

/// The commit an analysis is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// URL of the repository.
    pub repository: String,
    pub commit: String,
    pub branch: Option<String>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { color: false, links: false, width: 100, suppressed: false, revision: None }
    }
}

/// Writes the findings in a format.
pub fn write(
    format: Format,
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Full => full::write(analysis, options, out),
        Format::Concise => concise::write(analysis, options, out),
        Format::Json => json::write(analysis, options, out),
        Format::Jsonl => json::write_lines(analysis, options, out),
        Format::Sarif => sarif::write(analysis, options, out),
        Format::Junit => junit::write(analysis, options, out),
        Format::Github => github::write(analysis, options, out),
        Format::Gitlab => gitlab::write(analysis, options, out),
        Format::Markdown => markdown::write(analysis, options, out),
    }
}

/// Writes what was analysed and what was found, for people.
pub fn write_summary(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    summary::write(analysis, options, out)
}

/// The published page of a rule; the list of all for a name that is none.
pub fn rule_url(name: &str) -> String {
    match config::rule(name) {
        Some(rule) => format!("{RULE_PAGES}{}/{name}.md", rule.category.name()),
        None => RULE_PAGES.to_owned(),
    }
}

/// The findings a report shows, each with its fingerprint, in the order of their shown places.
fn shown<'a>(analysis: &'a Analysis, options: &ReportOptions) -> Vec<(&'a Finding, String)> {
    // Over all findings: the ordinal in a fingerprint must not depend on what is shown.
    let prints = fingerprints(&analysis.findings, &analysis.sources);
    let mut shown: Vec<_> = analysis.findings.iter().zip(prints).collect();
    shown.retain(|(it, _)| options.suppressed || it.suppressed.is_none());
    shown.sort_by_key(|(it, _)| {
        let span = texts::primary(it);
        (analysis.sources.path(span.file), span.start)
    });
    shown
}
