//! SARIF 2.1.0 as GitHub code scanning takes it, and every validator with it.
//!
//! One run; all rules that ran, in stable order, whether they found something or not; primary
//! regions of one line, so that alerts show in pull requests; never more than GitHub keeps.
//! Limits and wishes: docs.github.com, "SARIF support for code scanning" (read 2026-11).

mod line_hash;
mod model;
mod rules;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use goready_model::{FileId, Finding, Span};

use self::{
    line_hash::line_hashes,
    model::{
        ArtifactChange, ArtifactLocation, AutomationDetails, CodeFlow, DescriptorReference, Driver,
        Fingerprints, Invocation, Location, Log, LogicalLocation, Message, Notification,
        PhysicalLocation, Region, Replacement, Result, ResultProperties, RuleReference, Run,
        Suppression, Text, ThreadFlow, ThreadFlowLocation, Tool, VersionControl,
    },
};
use super::{
    ReportOptions, shown,
    texts::{self, Texts, primary, related},
};
use crate::{
    config,
    engine::{Analysis, NotificationKind},
};

/// GitHub keeps the 5,000 results of the highest severity and says nothing about the rest.
const MOST_RESULTS: usize = 5_000;

/// GitHub shows 100 locations a result; SARIF allows any number.
const MOST_RELATED: usize = 99;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    let log = Writer::new(analysis, options, &texts).log();
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

struct Writer<'a> {
    analysis: &'a Analysis,
    options: &'a ReportOptions,
    texts: &'a Texts<'a>,
    rules: Vec<&'static goready_rules::Meta>,
    /// Index of a rule in `rules`, by name.
    rule_index: BTreeMap<&'a str, usize>,
    line_hashes: BTreeMap<FileId, Vec<String>>,
}

impl<'a> Writer<'a> {
    fn new(analysis: &'a Analysis, options: &'a ReportOptions, texts: &'a Texts<'a>) -> Self {
        let rules = rules::enabled(analysis);
        let rule_index = rules.iter().enumerate().map(|(at, it)| (it.name, at)).collect();
        Self { analysis, options, texts, rules, rule_index, line_hashes: BTreeMap::new() }
    }

    fn log(mut self) -> Log<'a> {
        let (findings, left_out) = self.findings();
        for (finding, _) in &findings {
            let file = primary(finding).file;
            if let Some(text) = self.texts.get(file).filter(|it| !it.file.lossy) {
                self.line_hashes.entry(file).or_insert_with(|| line_hashes(&text.file.text));
            }
        }
        let results = findings.into_iter().map(|(it, print)| self.result(it, print)).collect();
        let revision = self.options.revision.as_ref();
        Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool { driver: self.driver() },
                automation_details: AutomationDetails { id: "goready/" },
                column_kind: "utf16CodeUnits",
                invocations: [self.invocation(left_out)],
                version_control_provenance: revision.map(|it| {
                    [VersionControl {
                        repository_uri: &it.repository,
                        revision_id: &it.commit,
                        branch: it.branch.as_deref(),
                    }]
                }),
                results,
            }],
        }
    }

    /// What is reported, each with its fingerprint, and how many had to be left out.
    fn findings(&self) -> (Vec<(&'a Finding, String)>, usize) {
        let mut findings = shown(self.analysis, self.options);
        let left_out = findings.len().saturating_sub(MOST_RESULTS);
        if left_out > 0 {
            let mut order: Vec<usize> = (0..findings.len()).collect();
            order.sort_by_key(|it| {
                std::cmp::Reverse(findings.get(*it).map(|(finding, _)| finding.level()))
            });
            order.truncate(MOST_RESULTS);
            order.sort_unstable();
            let mut kept = order.into_iter().peekable();
            let mut at = 0;
            findings.retain(|_| {
                at += 1;
                kept.next_if_eq(&(at - 1)).is_some()
            });
        }
        (findings, left_out)
    }

    fn driver(&self) -> Driver<'a> {
        Driver {
            name: "goready",
            full_name: concat!("goready ", env!("CARGO_PKG_VERSION")),
            organization: "goready",
            version: env!("CARGO_PKG_VERSION"),
            semantic_version: env!("CARGO_PKG_VERSION"),
            information_uri: env!("CARGO_PKG_HOMEPAGE"),
            rules: self.rules.iter().map(|it| rules::rule(it)).collect(),
        }
    }

    fn result(&self, finding: &'a Finding, fingerprint: String) -> Result<'a> {
        let span = primary(finding);
        let related: Vec<_> = related(finding).take(MOST_RELATED).collect();
        Result {
            rule_id: finding.rule,
            rule_index: self.rule_index.get(finding.rule).copied().unwrap_or_default(),
            level: finding.level().name(),
            message: Text { text: self.message(finding, &related).into() },
            locations: [Location {
                logical_locations: logical_locations(finding),
                ..self.location(self.texts.first_line(span), None)
            }],
            related_locations: related
                .iter()
                .enumerate()
                .map(|(at, (span, message))| Location {
                    id: Some(at + 1),
                    ..self.location(self.texts.first_line(*span), Some(message))
                })
                .collect(),
            code_flows: self.code_flows(finding, &related),
            partial_fingerprints: Fingerprints {
                line_hash: self.line_hash(span),
                finding: fingerprint,
            },
            fixes: self.fixes(finding),
            suppressions: finding.suppressed.iter().map(|it| self.suppression(it)).collect(),
            properties: ResultProperties {
                category: finding.category.name(),
                outcome: finding.outcome.name(),
                confidence: finding.confidence.name(),
                renders: &finding.renders,
            },
        }
    }

    /// The message as GitHub shows it: a first sentence that stands alone as the alert's title,
    /// the help, and a link to each related place, without which GitHub does not show them.
    fn message(&self, finding: &Finding, related: &[(Span, &str)]) -> String {
        let mut text = sentence(&self.texts.clean(&finding.message));
        if let Some(help) = &finding.help {
            text.push(' ');
            text.push_str(&sentence(&capitalised(&self.texts.clean(help))));
        }
        for (at, (span, message)) in related.iter().enumerate() {
            let line = self.texts.region(*span).start.line;
            let path = escape_link(self.texts.path(span.file));
            let message = self.texts.clean(message);
            let message = escape_link(&message);
            _ = write!(text, " See [{path}:{line}]({}): {message}.", at + 1);
        }
        text
    }

    fn location(&self, span: Span, message: Option<&'a str>) -> Location<'a> {
        Location {
            id: None,
            physical_location: PhysicalLocation {
                artifact_location: self.artifact(span.file),
                region: Some(region(self.texts.region_utf16(span))),
            },
            logical_locations: Vec::new(),
            message: message.map(|it| Message { text: sentence(&self.texts.clean(it)).into() }),
        }
    }

    fn artifact(&self, file: FileId) -> ArtifactLocation {
        ArtifactLocation { uri: uri(self.texts.path(file)) }
    }

    fn line_hash(&self, span: Span) -> Option<String> {
        let line = self.texts.get(span.file)?.lines.line(span.start);
        self.line_hashes.get(&span.file)?.get(line).cloned()
    }

    /// The chain of evidence across artifacts, ending at the place to edit.
    fn code_flows(&self, finding: &'a Finding, related: &[(Span, &'a str)]) -> Vec<CodeFlow<'a>> {
        let span = primary(finding);
        if !related.iter().any(|(it, _)| it.file != span.file) {
            return Vec::new();
        }
        let mut locations: Vec<_> = related
            .iter()
            .map(|(span, message)| self.location(self.texts.first_line(*span), Some(message)))
            .collect();
        let last = finding.label.as_deref().unwrap_or(&finding.message);
        locations.push(self.location(self.texts.first_line(span), Some(last)));
        let locations = locations.into_iter().map(|location| ThreadFlowLocation { location });
        vec![CodeFlow { thread_flows: [ThreadFlow { locations: locations.collect() }] }]
    }

    fn fixes(&self, finding: &'a Finding) -> Vec<model::Fix<'a>> {
        let harmless = |it: &&goready_model::Fix| {
            !it.edits.is_empty() && !it.edits.iter().any(|it| self.texts.reveals(&it.text))
        };
        finding.fixes.iter().filter(harmless).map(|it| self.fix(it)).collect()
    }

    fn fix(&self, fix: &'a goready_model::Fix) -> model::Fix<'a> {
        let mut changes: BTreeMap<ArtifactLocation, Vec<Replacement<'a>>> = BTreeMap::new();
        for edit in &fix.edits {
            let span = edit.place.at;
            changes.entry(self.artifact(span.file)).or_default().push(Replacement {
                deleted_region: region(self.texts.region_utf16(span)),
                inserted_content: (!edit.text.is_empty())
                    .then(|| Text { text: edit.text.as_str().into() }),
            });
        }
        model::Fix {
            description: Text {
                text: sentence(&capitalised(&self.texts.clean(&fix.title))).into(),
            },
            artifact_changes: changes
                .into_iter()
                .map(|(artifact_location, replacements)| ArtifactChange {
                    artifact_location,
                    replacements,
                })
                .collect(),
        }
    }

    fn suppression(&self, it: &'a goready_model::Suppression) -> Suppression<'a> {
        let in_configuration =
            config::FILE_NAMES.iter().any(|name| self.texts.path(it.place.at.file).ends_with(name));
        Suppression {
            kind: if in_configuration { "external" } else { "inSource" },
            justification: &it.reason,
        }
    }

    fn invocation(&self, left_out: usize) -> Invocation<'a> {
        let mut notifications: Vec<_> = self
            .analysis
            .notifications
            .iter()
            .map(|it| {
                let (id, level) = match it.kind {
                    NotificationKind::Crash => ("crash", "error"),
                    NotificationKind::Note => ("note", "note"),
                };
                Notification {
                    level,
                    associated_rule: it.rule.and_then(|name| {
                        let index = self.rule_index.get(name).copied()?;
                        Some(RuleReference { id: name, index })
                    }),
                    locations: it.path.iter().map(|path| whole_file(path)).collect(),
                    ..notification(id, sentence(&self.texts.clean(&it.message)))
                }
            })
            .collect();
        notifications.extend(self.analysis.project.coverage.failed.iter().map(|it| {
            let location = match it.place {
                Some(place) => self.location(self.texts.first_line(place.at), None),
                None => whole_file(&it.path),
            };
            Notification {
                locations: vec![location],
                ..notification("not-analysed", sentence(&self.texts.clean(&it.message)))
            }
        }));
        if left_out > 0 {
            let text = format!(
                "{left_out} findings of the lowest level were left out, because GitHub takes \
                 {MOST_RESULTS} results a run."
            );
            notifications.push(notification("results-left-out", text));
        }
        Invocation {
            execution_successful: !self.analysis.is_crippled(),
            tool_execution_notifications: notifications,
        }
    }
}

fn notification<'a>(id: &'static str, text: String) -> Notification<'a> {
    Notification {
        descriptor: DescriptorReference { id },
        level: "warning",
        message: Text { text: text.into() },
        associated_rule: None,
        locations: Vec::new(),
    }
}

fn whole_file<'a>(path: &str) -> Location<'a> {
    Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(path) },
            region: None,
        },
        logical_locations: Vec::new(),
        message: None,
    }
}

fn region(it: texts::Region) -> Region {
    Region {
        start_line: it.start.line,
        start_column: it.start.column,
        end_line: it.end.line,
        end_column: it.end.column,
    }
}

fn logical_locations(finding: &Finding) -> Vec<LogicalLocation> {
    let mut locations = Vec::new();
    if let Some(it) = &finding.object {
        let parts = [&it.api_version, &it.kind, &it.namespace, &it.name, &it.container];
        let parts: Vec<_> = parts.into_iter().filter(|it| !it.is_empty()).cloned().collect();
        locations.push(LogicalLocation {
            name: if it.name.is_empty() { it.kind.clone() } else { it.name.clone() },
            fully_qualified_name: format!("{}#{}", parts.join("/"), it.pointer),
            kind: "resource",
        });
    }
    if let Some(it) = &finding.program {
        let package = match (&*it.module, &*it.dir) {
            ("", dir) => dir.to_owned(),
            (module, ".") => module.to_owned(),
            (module, dir) => format!("{module}/{dir}"),
        };
        locations.push(if it.function.is_empty() {
            LogicalLocation { name: package.clone(), fully_qualified_name: package, kind: "module" }
        } else {
            LogicalLocation {
                name: it.function.clone(),
                fully_qualified_name: format!("{package}.{}", it.function),
                kind: "function",
            }
        });
    }
    locations.retain(|it| !it.name.is_empty());
    locations
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and
/// slashes is encoded, so that no path reads as a scheme, query or fragment.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(byte as char);
        } else {
            _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A text with a full stop, links escaped (SARIF 2.1.0, 3.11.6).
fn sentence(text: &str) -> String {
    let mut text = escape_link(text).into_owned();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

fn escape_link(text: &str) -> Cow<'_, str> {
    if text.contains(['[', ']', '\\']) {
        let escaped = text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        return Cow::Owned(escaped);
    }
    Cow::Borrowed(text)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_reads_as_a_scheme_query_or_fragment() {
        assert_eq!(uri("charts/a b/té#1?.yaml"), "charts/a%20b/t%C3%A9%231%3F.yaml");
        assert_eq!(uri("c:x"), "c%3Ax");
    }

    #[test]
    fn a_message_holds_no_link_that_the_rule_did_not_mean() {
        assert_eq!(sentence("the list [a](1) is empty"), "the list \\[a\\](1) is empty.");
        assert_eq!(sentence("it ends."), "it ends.");
    }
}
