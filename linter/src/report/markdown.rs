//! A page for a pull request comment or the summary of a CI run.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use goready_model::Level;

use super::{
    ReportOptions, rule_url, shown, summary,
    texts::{Texts, primary},
};
use crate::engine::Analysis;

/// GitHub refuses a step summary above 1 MiB; a table of this many rows stays far below.
const MOST_ROWS: usize = 500;

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    let mut findings = shown(analysis, options);
    findings.sort_by_key(|(it, _)| std::cmp::Reverse(it.level()));
    writeln!(out, "## goready\n")?;
    write_counts(analysis, out)?;
    if !findings.is_empty() {
        writeln!(out, "\n| | rule | place | finding |\n|---|---|---|---|")?;
    }
    for (finding, _) in findings.iter().take(MOST_ROWS) {
        let span = primary(finding);
        let line = texts.region(span).start.line;
        let mut message = cell(&texts.clean(&finding.message));
        if let Some(help) = &finding.help {
            message.push_str("<br>");
            message.push_str(&cell(&texts.clean(help)));
        }
        if finding.suppressed.is_some() {
            message.push_str(" (suppressed)");
        }
        writeln!(
            out,
            "| {} | [{}]({}) | `{}:{line}` | {message} |",
            finding.level().name(),
            finding.rule,
            rule_url(finding.rule),
            cell(&texts.clean(texts.path(span.file))),
        )?;
    }
    if findings.len() > MOST_ROWS {
        writeln!(out, "\n… and {} more.", findings.len() - MOST_ROWS)?;
    }
    write_failures(analysis, &texts, out)
}

fn write_counts(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let mut levels: BTreeMap<Level, usize> = BTreeMap::new();
    for finding in analysis.active() {
        *levels.entry(finding.level()).or_default() += 1;
    }
    let counts = levels.iter().rev().map(|(level, number)| {
        let name = level.name();
        summary::count(*number, name, &format!("{name}s"))
    });
    let counts: Vec<_> = counts.collect();
    let found = if counts.is_empty() { "Nothing found".to_owned() } else { counts.join(", ") };
    writeln!(out, "**{found}** in {}.", summary::analysed(analysis))
}

fn write_failures(analysis: &Analysis, texts: &Texts<'_>, out: &mut dyn Write) -> io::Result<()> {
    let failed = &analysis.project.coverage.failed;
    if !failed.is_empty() {
        writeln!(out, "\n**Not analysed**\n")?;
    }
    for it in failed.iter().take(MOST_ROWS) {
        let line = it.place.map_or(1, |it| texts.region(it.at).start.line);
        let path = cell(&texts.clean(&it.path));
        writeln!(out, "- `{path}:{line}`: {}", cell(&texts.clean(&it.message)))?;
    }
    for it in &analysis.notifications {
        writeln!(out, "\n> {}", cell(&texts.clean(&it.message)))?;
    }
    Ok(())
}

/// Text that ends no cell and opens no tag; code spans stay.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    let mut in_code = false;
    for character in text.chars() {
        match character {
            '`' => in_code = !in_code,
            '|' => cell.push('\\'),
            '<' if !in_code => {
                cell.push_str("&lt;");
                continue;
            }
            '*' | '_' | '[' | ']' | '@' if !in_code => cell.push('\\'),
            _ => {}
        }
        cell.push(character);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_in_its_cell() {
        assert_eq!(cell("`a|b_c` is <b> or x|y_z"), "`a\\|b_c` is &lt;b> or x\\|y\\_z");
    }
}
