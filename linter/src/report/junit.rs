//! JUnit XML, for CI systems that show test results: one suite a file, one failed case a finding.
//!
//! Notes pass: they are there to be read, and no threshold of a CI system should count them.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use goready_model::{Finding, Level};

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
    let mut suites: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for (finding, _) in shown(analysis, options) {
        suites.entry(texts.path(primary(finding).file)).or_default().push(finding);
    }
    let all: Vec<_> = suites.values().flatten().copied().collect();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"goready\" {}>", counts(&all))?;
    for (path, findings) in &suites {
        writeln!(out, "  <testsuite name=\"{}\" {}>", escaped(path), counts(findings))?;
        for finding in findings {
            write_case(finding, path, &texts, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if suites.is_empty() {
        // Several systems take a report without a test for a broken one.
        writeln!(out, "  <testsuite name=\"goready\" tests=\"1\" failures=\"0\" errors=\"0\">")?;
        writeln!(out, "    <testcase name=\"goready\" classname=\"goready\"/>")?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn counts(findings: &[&Finding]) -> String {
    let failures = findings.iter().filter(|it| fails(it)).count();
    format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\"", findings.len())
}

fn fails(finding: &Finding) -> bool {
    finding.level() > Level::Note && finding.suppressed.is_none()
}

fn write_case(
    finding: &Finding,
    path: &str,
    texts: &Texts<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let start = texts.region(primary(finding)).start;
    let message = texts.clean(&finding.message);
    let mut text = format!("{path}:{}:{}: {message}", start.line, start.column);
    if let Some(help) = &finding.help {
        text.push('\n');
        text.push_str(&texts.clean(help));
    }
    write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{2}\" line=\"{3}\">",
        escaped(finding.rule),
        escaped(finding.category.name()),
        escaped(path),
        start.line,
    )?;
    let text = escaped(&text);
    if fails(finding) {
        let (level, message) = (finding.level().name(), escaped(&message));
        write!(out, "<failure type=\"{level}\" message=\"{message}\">{text}</failure>")?;
    } else {
        write!(out, "<system-out>{text}</system-out>")?;
    }
    writeln!(out, "</testcase>")
}

/// Text for an element or an attribute; what XML 1.0 cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            it if it.is_control() => escaped.push('\u{fffd}'),
            it => escaped.push(it),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_the_document() {
        assert_eq!(escaped("a<b> & \"c\"\u{1}"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}");
    }
}
