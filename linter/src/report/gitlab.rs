//! GitLab's code quality report (docs.gitlab.com, "Code Quality", read 2026-11).

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use goready_model::Outcome;
use serde::Serialize;

use super::{
    ReportOptions, shown,
    texts::{Texts, primary},
};
use crate::engine::Analysis;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    // GitLab drops an issue whose fingerprint it has seen, so they must differ.
    let mut seen = BTreeSet::new();
    let issues: Vec<_> = shown(analysis, options)
        .into_iter()
        .filter(|(it, print)| it.suppressed.is_none() && seen.insert(print.clone()))
        .map(|(finding, fingerprint)| {
            let region = texts.region(primary(finding));
            Issue {
                description: texts.clean(&finding.message).into_owned(),
                check_name: finding.rule,
                fingerprint,
                severity: match finding.outcome {
                    Outcome::Rejected => "blocker",
                    Outcome::Broken => "critical",
                    Outcome::Risk => "major",
                    Outcome::Advice => "info",
                },
                location: Location {
                    path: texts.path(primary(finding).file),
                    lines: Lines { begin: region.start.line, end: region.end.line },
                },
            }
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}
