//! GitHub workflow commands: each line becomes an annotation of the run.
//!
//! GitHub shows ten errors and ten warnings a step, so errors come first; the step summary has
//! the rest. Escapes are those of actions/toolkit `packages/core/src/command.ts`.

use std::io::{self, Write};

use goready_model::Level;

use super::{
    ReportOptions, shown,
    texts::{Texts, primary},
};
use crate::engine::Analysis;

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    let mut findings = shown(analysis, options);
    findings.retain(|(it, _)| it.suppressed.is_none());
    findings.sort_by_key(|(it, _)| std::cmp::Reverse(it.level()));
    for (finding, _) in findings {
        let span = primary(finding);
        let region = texts.region_utf16(texts.first_line(span));
        let command = match finding.level() {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let mut message = texts.clean(&finding.message).into_owned();
        if let Some(help) = &finding.help {
            message = format!("{message}\n{}", texts.clean(help));
        }
        writeln!(
            out,
            "::{command} file={},line={},endLine={},col={},endColumn={},title={}::{}",
            property(texts.path(span.file)),
            region.start.line,
            region.end.line,
            region.start.column,
            region.end.column,
            property(&format!("goready: {}", finding.rule)),
            data(&message),
        )?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_end_its_command_or_start_another() {
        assert_eq!(data("50% of\r\n::error::x"), "50%25 of%0D%0A::error::x");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
