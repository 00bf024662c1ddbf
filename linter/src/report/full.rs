//! Source frames for people: the defect and, below it, the lines of other artifacts that prove it.
//!
//! miette draws; this module gives it one virtual source that strings the files of a finding
//! together, so that one report has a frame in each of them. Frames are drawn in parallel and
//! only for what is shown.

use std::{
    fmt,
    io::{self, Write},
};

use goready_model::{Finding, Level, Span};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, Severity, SourceCode, SourceSpan, SpanContents,
};
use rayon::prelude::*;

use super::{
    ReportOptions, rule_url, shown,
    texts::{Text, Texts, primary, related},
};
use crate::engine::Analysis;

/// Findings that are drawn before any of them is written: bounds the memory of a long report.
const BATCH: usize = 512;

/// Lines shown before and behind a labelled one.
const CONTEXT: usize = 1;

/// Lines between two labelled ones that still share a frame.
const NEAR: usize = 2 * CONTEXT + 1;

/// Narrower than this, frames are unreadable; wider, sentences are.
const WIDTH: std::ops::RangeInclusive<usize> = 60..=140;

pub(super) fn write(
    analysis: &Analysis,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts = Texts::new(analysis);
    let handler = handler(options);
    for batch in shown(analysis, options).chunks(BATCH) {
        let drawn: Vec<String> =
            batch.par_iter().map(|(it, _)| draw(&handler, &Report::new(it, &texts))).collect();
        for it in drawn {
            writeln!(out, "{it}")?;
        }
    }
    Ok(())
}

fn handler(options: &ReportOptions) -> GraphicalReportHandler {
    let theme =
        if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme)
        .with_width(options.width.clamp(*WIDTH.start(), *WIDTH.end()))
        .with_context_lines(CONTEXT)
        .with_links(options.links)
        .with_urls(options.links)
        .with_link_display_text("↗")
        .without_syntax_highlighting()
}

fn draw(handler: &GraphicalReportHandler, report: &Report<'_>) -> String {
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, report).is_err() {
        // A span outside its file; the finding itself must not get lost.
        drawn = format!("{}: {report}\n", report.rule);
    }
    drawn
}

/// A finding as miette sees it.
#[derive(Debug)]
struct Report<'a> {
    rule: &'static str,
    level: Level,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Frames<'a>,
}

impl<'a> Report<'a> {
    fn new(finding: &Finding, texts: &'a Texts<'a>) -> Self {
        let mut source = Frames::default();
        let mut labels = Vec::new();
        if let Some(span) = source.place(texts, primary(finding)) {
            let label = finding.label.as_deref().map(|it| texts.clean(it).into_owned());
            labels.push(LabeledSpan::new_primary_with_span(label, span));
        }
        for (place, message) in related(finding) {
            if let Some(span) = source.place(texts, place) {
                let label = Some(texts.clean(message).into_owned());
                labels.push(LabeledSpan::new_with_span(label, span));
            }
        }
        let mut message = texts.clean(&finding.message).into_owned();
        if let Some(suppression) = &finding.suppressed {
            message = format!("{message} (suppressed: {})", texts.clean(&suppression.reason));
        }
        Self {
            rule: finding.rule,
            level: finding.level(),
            message,
            help: finding.help.as_deref().map(|it| texts.clean(it).into_owned()),
            labels,
            source,
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl Diagnostic for Report<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(self.rule))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|it| Box::new(it) as Box<dyn fmt::Display>)
    }

    fn url<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        Some(Box::new(rule_url(self.rule)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.labels.is_empty()).then_some(&self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// The files of one finding, one behind the other in a virtual text.
///
/// miette joins frames of one source when their spans can be read as one, and draws frames in
/// the order of their offsets. A span that would cross into another part cannot be read, so every
/// part keeps frames of its own, and the first part, that of the primary place, comes first.
#[derive(Debug, Default)]
struct Frames<'a> {
    parts: Vec<Part<'a>>,
    /// Line of the primary place.
    primary_line: usize,
}

#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    text: &'a Text<'a>,
    shown: &'a str,
}

impl<'a> Frames<'a> {
    /// Where a span lies in the virtual text, the primary one first; only its first line is drawn.
    fn place(&mut self, texts: &'a Texts<'a>, span: Span) -> Option<SourceSpan> {
        let span = texts.first_line(span);
        let text = texts.get(span.file)?;
        let line = text.lines.line(span.start);
        if self.parts.is_empty() {
            self.primary_line = line;
        }
        // The lines around the primary place show a neighbour too; one further off gets a frame
        // of its own behind the primary one, even when it stands above it in the file.
        let near = line.abs_diff(self.primary_line) <= NEAR;
        let mut known = self.parts.iter().enumerate();
        let known = known.position(|(at, it)| std::ptr::eq(it.text, text) && (at > 0 || near));
        let index = known.unwrap_or(self.parts.len());
        if known.is_none() {
            self.parts.push(Part { text, shown: texts.shown(text) });
        }
        let offset = self.base(index) + span.start as usize;
        Some((offset, (span.end - span.start) as usize).into())
    }

    /// The virtual offset of a part's start. One byte lies between two parts, so that the end of
    /// one is not the start of the next.
    fn base(&self, index: usize) -> usize {
        self.parts.iter().take(index).map(|it| it.shown.len() + 1).sum()
    }

    fn part_at(&self, offset: usize) -> Option<(usize, &Part<'a>)> {
        let mut base = 0;
        for part in &self.parts {
            if offset <= base + part.shown.len() {
                return Some((base, part));
            }
            base += part.shown.len() + 1;
        }
        None
    }
}

impl SourceCode for Frames<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let (base, part) = self.part_at(span.offset()).ok_or(MietteError::OutOfBounds)?;
        let Part { text, shown } = *part;
        let start = span.offset() - base;
        let end = start + span.len();
        if end > shown.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (first, last) = (text.lines.line(start as u32), text.lines.line(end as u32));
        // Without context miette asks for the place alone, to name it in the frame's head.
        let (line, from) = if lines_before == 0 {
            (first, start)
        } else {
            let line = first.saturating_sub(lines_before);
            (line, text.lines.bounds(shown, line).start)
        };
        let to = if lines_after == 0 {
            end
        } else {
            let line = (last + lines_after).min(text.lines.len() - 1);
            text.lines.bounds(shown, line).end
        };
        let data = shown.get(from..to.max(from)).ok_or(MietteError::OutOfBounds)?;
        let column = text.lines.scalar_position(shown, from as u32).column as usize - 1;
        Ok(Box::new(MietteSpanContents::new_named(
            text.file.path.to_string(),
            data.as_bytes(),
            (base + from, data.len()).into(),
            line,
            column,
            last + lines_after - line,
        )))
    }
}
