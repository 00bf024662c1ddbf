//! One line a finding: `path:line:column: level[rule] message`.
//!
//! Nothing but positions is computed, so that ten thousand findings cost what their lines cost.

use std::io::{self, Write};

use goready_model::Level;

use super::{
    ReportOptions, rule_url, shown,
    texts::{Texts, primary},
};
use crate::engine::Analysis;

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    let paint = Paint { color: options.color, links: options.links };
    for (finding, _) in shown(analysis, options) {
        let span = primary(finding);
        let start = texts.region(span).start;
        let level = finding.level();
        write!(out, "{}:{}:{}: ", texts.clean(texts.path(span.file)), start.line, start.column)?;
        write!(out, "{}[{}] ", paint.level(level, level.name()), paint.rule(finding.rule))?;
        write!(out, "{}", texts.clean(&finding.message))?;
        match &finding.suppressed {
            Some(it) => writeln!(out, " (suppressed: {})", texts.clean(&it.reason))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// Colours and links of a terminal, where it has them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
    pub(super) links: bool,
}

impl Paint {
    /// A level's name or anything else in its colour.
    pub(super) fn level(self, level: Level, text: &str) -> String {
        self.styled(
            match level {
                Level::Error => "1;31",
                Level::Warning => "1;33",
                Level::Note => "1;36",
            },
            text,
        )
    }

    /// A rule's name that leads to its page.
    pub(super) fn rule(self, rule: &str) -> String {
        if !self.links {
            return rule.to_owned();
        }
        format!("\u{1b}]8;;{}\u{1b}\\{rule}\u{1b}]8;;\u{1b}\\", rule_url(rule))
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.styled("2", text)
    }

    fn styled(self, codes: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{codes}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
