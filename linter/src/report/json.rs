//! The machine contract of `check --output json` and `jsonl`: what scripts and tests rely on.
//!
//! Field names and meanings are fixed; a field may be added, none may go.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use goready_model::{Coverage, Finding, Safety, Span};
use serde::Serialize;

use super::{
    ReportOptions, Score, score, shown,
    texts::{Texts, primary, related},
};
use crate::engine::{Analysis, NotificationKind};

#[derive(Serialize)]
struct Document<'a> {
    tool: Tool,
    findings: Vec<JsonFinding<'a>>,
    coverage: JsonCoverage<'a>,
    score: Score,
    notifications: Vec<JsonNotification<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    category: &'static str,
    outcome: &'static str,
    level: &'static str,
    confidence: &'static str,
    message: Cow<'a, str>,
    help: Option<Cow<'a, str>>,
    location: JsonRegion<'a>,
    related: Vec<JsonRelated<'a>>,
    object: Option<JsonObject<'a>>,
    program: Option<JsonProgram<'a>>,
    renders: &'a [String],
    fixes: Vec<JsonFix<'a>>,
    fingerprint: String,
    suppressed: Option<JsonSuppression<'a>>,
}

#[derive(Serialize)]
struct JsonRegion<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    #[serde(flatten)]
    region: JsonRegion<'a>,
    message: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonObject<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    container: &'a str,
    pointer: &'a str,
}

#[derive(Serialize)]
struct JsonProgram<'a> {
    dir: &'a str,
    module: &'a str,
    function: &'a str,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    safety: &'static str,
    title: Cow<'a, str>,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    path: &'a str,
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonSuppression<'a> {
    reason: &'a str,
    location: JsonRegion<'a>,
}

#[derive(Serialize)]
struct JsonCoverage<'a> {
    files: usize,
    go_files: usize,
    programs: usize,
    dockerfiles: usize,
    manifests: usize,
    objects: usize,
    charts: usize,
    renders: usize,
    parsed_bytes: u64,
    read_bytes: u64,
    failed: Vec<JsonFailure<'a>>,
}

#[derive(Serialize)]
struct JsonFailure<'a> {
    path: &'a str,
    line: u32,
    message: Cow<'a, str>,
}

#[derive(Serialize)]
struct JsonNotification<'a> {
    kind: &'static str,
    rule: Option<&'a str>,
    path: Option<&'a str>,
    message: Cow<'a, str>,
}

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    let document = Document {
        tool: Tool { name: "goready", version: env!("CARGO_PKG_VERSION") },
        findings: findings(analysis, options, &texts),
        coverage: coverage(&analysis.project.coverage, &texts),
        score: score(analysis),
        notifications: notifications(analysis, &texts),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// One object a line: `{"finding": ...}` for each, then one line with the rest.
pub(super) fn write_lines(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    for finding in findings(analysis, options, &texts) {
        serde_json::to_writer(&mut *out, &Line { finding })?;
        writeln!(out)?;
    }
    let rest = LastLine {
        tool: Tool { name: "goready", version: env!("CARGO_PKG_VERSION") },
        coverage: coverage(&analysis.project.coverage, &texts),
        score: score(analysis),
        notifications: notifications(analysis, &texts),
    };
    serde_json::to_writer(&mut *out, &rest)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Line<'a> {
    finding: JsonFinding<'a>,
}

#[derive(Serialize)]
struct LastLine<'a> {
    tool: Tool,
    coverage: JsonCoverage<'a>,
    score: Score,
    notifications: Vec<JsonNotification<'a>>,
}

fn findings<'a>(
    analysis: &'a Analysis,
    options: &ReportOptions,
    texts: &'a Texts<'_>,
) -> Vec<JsonFinding<'a>> {
    shown(analysis, options).into_iter().map(|(it, print)| finding(it, print, texts)).collect()
}

fn finding<'a>(finding: &'a Finding, fingerprint: String, texts: &'a Texts<'_>) -> JsonFinding<'a> {
    JsonFinding {
        rule: finding.rule,
        category: finding.category.name(),
        outcome: finding.outcome.name(),
        level: finding.level().name(),
        confidence: finding.confidence.name(),
        message: texts.clean(&finding.message),
        help: finding.help.as_deref().map(|it| texts.clean(it)),
        location: region(primary(finding), texts),
        related: related(finding)
            .map(|(span, message)| JsonRelated {
                region: region(span, texts),
                message: texts.clean(message),
            })
            .collect(),
        object: finding.object.as_ref().map(|it| JsonObject {
            api_version: &it.api_version,
            kind: &it.kind,
            namespace: &it.namespace,
            name: &it.name,
            container: &it.container,
            pointer: &it.pointer,
        }),
        program: finding.program.as_ref().map(|it| JsonProgram {
            dir: &it.dir,
            module: &it.module,
            function: &it.function,
        }),
        renders: &finding.renders,
        fixes: fixes(finding, texts),
        fingerprint,
        suppressed: finding
            .suppressed
            .as_ref()
            .map(|it| JsonSuppression { reason: &it.reason, location: region(it.place.at, texts) }),
    }
}

/// The fixes, without any that would print a secret.
fn fixes<'a>(finding: &'a Finding, texts: &'a Texts<'_>) -> Vec<JsonFix<'a>> {
    let harmless = |it: &&goready_model::Fix| !it.edits.iter().any(|it| texts.reveals(&it.text));
    let fix = |it: &'a goready_model::Fix| JsonFix {
        safety: match it.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        },
        title: texts.clean(&it.title),
        edits: it.edits.iter().map(|it| edit(it, texts)).collect(),
    };
    finding.fixes.iter().filter(harmless).map(fix).collect()
}

fn edit<'a>(edit: &'a goready_model::Edit, texts: &'a Texts<'_>) -> JsonEdit<'a> {
    let at = region(edit.place.at, texts);
    JsonEdit {
        path: at.path,
        start_line: at.line,
        start_column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
        text: &edit.text,
    }
}

fn region<'a>(span: Span, texts: &'a Texts<'_>) -> JsonRegion<'a> {
    let it = texts.region(span);
    JsonRegion {
        path: texts.path(span.file),
        line: it.start.line,
        column: it.start.column,
        end_line: it.end.line,
        end_column: it.end.column,
    }
}

fn coverage<'a>(it: &'a Coverage, texts: &'a Texts<'_>) -> JsonCoverage<'a> {
    JsonCoverage {
        files: it.files,
        go_files: it.go_files,
        programs: it.programs,
        dockerfiles: it.dockerfiles,
        manifests: it.manifests,
        objects: it.objects,
        charts: it.charts,
        renders: it.renders,
        parsed_bytes: it.parsed_bytes,
        read_bytes: it.read_bytes,
        failed: it
            .failed
            .iter()
            .map(|it| JsonFailure {
                path: &it.path,
                line: it.place.map_or(1, |it| texts.region(it.at).start.line),
                message: texts.clean(&it.message),
            })
            .collect(),
    }
}

fn notifications<'a>(analysis: &'a Analysis, texts: &'a Texts<'_>) -> Vec<JsonNotification<'a>> {
    analysis
        .notifications
        .iter()
        .map(|it| JsonNotification {
            kind: match it.kind {
                NotificationKind::Note => "note",
                NotificationKind::Crash => "crash",
            },
            rule: it.rule,
            path: it.path.as_deref(),
            message: texts.clean(&it.message),
        })
        .collect()
}
