//! What was analysed, what was not, and what was found: the lines below a report for people.
//!
//! Green because nothing was read must be impossible, so the counts stand there without being
//! asked for, and everything that failed is listed with its place.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use goready_model::{Chart, Coverage, Level};

use super::{ReportOptions, concise::Paint, texts::Texts};
use crate::engine::{Analysis, NotificationKind};

/// Failures listed one by one; the rest is a number.
const MOST_FAILURES: usize = 20;

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    let paint = Paint { color: options.color, links: options.links };
    write_failures(analysis, &texts, paint, out)?;
    writeln!(out, "{} {}", paint.bold("analysed"), analysed(analysis))?;
    let coverage = &analysis.project.coverage;
    if coverage.objects == 0 && coverage.programs == 0 && coverage.dockerfiles == 0 {
        let nothing = "no Go program, Dockerfile or Kubernetes object was found";
        writeln!(out, "{}: {nothing}", paint.level(Level::Warning, "warning"))?;
    }
    write_counts(analysis, paint, out)?;
    Ok(())
}

fn write_failures(
    analysis: &Analysis,
    texts: &Texts<'_>,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    for it in &analysis.notifications {
        let level = match it.kind {
            NotificationKind::Crash => paint.level(Level::Error, "internal error"),
            NotificationKind::Note => paint.level(Level::Note, "note"),
        };
        let path = it.path.as_deref().map(|it| format!("{it}: ")).unwrap_or_default();
        writeln!(out, "{level}: {}{}", texts.clean(&path), texts.clean(&it.message))?;
    }
    let failed = &analysis.project.coverage.failed;
    for it in failed.iter().take(MOST_FAILURES) {
        let line = it.place.map_or(1, |it| texts.region(it.at).start.line);
        let label = paint.level(Level::Warning, "not analysed");
        let (path, message) = (texts.clean(&it.path), texts.clean(&it.message));
        writeln!(out, "{label}: {path}:{line}: {message}")?;
    }
    if failed.len() > MOST_FAILURES {
        writeln!(out, "… and {} more", failed.len() - MOST_FAILURES)?;
    }
    Ok(())
}

pub(super) fn analysed(analysis: &Analysis) -> String {
    let it: &Coverage = &analysis.project.coverage;
    let mut parts = vec![
        count(it.files, "file", "files"),
        count(it.programs, "Go program", "Go programs"),
        count(it.dockerfiles, "Dockerfile", "Dockerfiles"),
        count(it.manifests, "manifest", "manifests"),
        count(it.objects, "object", "objects"),
    ];
    if it.charts > 0 {
        // Bundled charts are rendered with their parents, libraries not at all.
        let fails =
            |it: &&Chart| it.renders.iter().any(|it| it.documents == 0 && !it.errors.is_empty());
        let missing = analysis.project.charts.iter().filter(fails).count();
        let charts = count(it.charts, "chart", "charts");
        let renders = count(it.renders, "render", "renders");
        parts.push(match missing {
            0 => format!("{charts} ({renders})"),
            _ => format!("{charts} ({renders}, {missing} not rendered)"),
        });
    }
    if !it.failed.is_empty() {
        parts.push(format!("{} not analysed", it.failed.len()));
    }
    parts.join(", ")
}

fn write_counts(analysis: &Analysis, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut levels: BTreeMap<Level, usize> = BTreeMap::new();
    for finding in analysis.active() {
        *levels.entry(finding.level()).or_default() += 1;
    }
    let suppressed = analysis.findings.len() - levels.values().sum::<usize>();
    let hidden = match suppressed {
        0 => String::new(),
        n => paint.faint(&format!(" ({n} suppressed)")),
    };
    if levels.is_empty() {
        return writeln!(out, "{} nothing{hidden}", paint.bold("found"));
    }
    let word = |level: Level, number: usize| {
        let name = level.name();
        paint.level(level, &count(number, name, &format!("{name}s")))
    };
    let counts: Vec<_> = levels.iter().rev().map(|(level, n)| word(*level, *n)).collect();
    writeln!(out, "{} {}{hidden}", paint.bold("found"), counts.join(", "))?;
    let example = analysis.active().max_by_key(|it| it.level()).map_or("RULE", |it| it.rule);
    writeln!(
        out,
        "{}",
        paint.faint(&format!("`goready explain {example}` says why and what to do"))
    )
}

pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
