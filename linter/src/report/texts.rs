//! The texts of an analysis as reports show them: lines and columns, and no secret in sight.
//!
//! Byte offsets end here. Every format asks this module for positions and for text, so that
//! redaction and hostile characters are dealt with once.

use std::{borrow::Cow, collections::BTreeMap, sync::OnceLock};

use goready_model::{
    Category, FileId, Finding, LineColumn, LineIndex, Place, Related, SourceFile, Sources, Span,
};

use crate::engine::Analysis;

/// What stands for every character of a secret.
const MASK: u8 = b'*';

/// A span as lines and columns, both from 1, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) start: LineColumn,
    pub(crate) end: LineColumn,
}

/// A file that a report mentions.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) file: &'a SourceFile,
    pub(crate) lines: LineIndex,
    /// Where secrets stand.
    hidden: Vec<Span>,
    /// See [`Texts::shown`]; only frames need it.
    shown: OnceLock<Cow<'a, str>>,
}

/// The files that findings and failures of an analysis mention.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    files: BTreeMap<FileId, Text<'a>>,
    /// Values that must not occur in any text, longest first.
    secrets: Vec<&'a str>,
}

impl<'a> Texts<'a> {
    pub(crate) fn new(analysis: &'a Analysis) -> Self {
        let secrets = secret_values(analysis);
        let mut hidden: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        for span in secret_spans(analysis) {
            hidden.entry(span.file).or_default().push(span);
        }
        let mut texts = Self { files: BTreeMap::new(), secrets };
        for file in mentioned_files(analysis) {
            texts.add(file, &analysis.sources, &mut hidden);
        }
        texts
    }

    fn add(&mut self, id: FileId, sources: &'a Sources, hidden: &mut BTreeMap<FileId, Vec<Span>>) {
        if self.files.contains_key(&id) {
            return;
        }
        let Some(file) = sources.get(id) else { return };
        let lines = LineIndex::new(&file.text);
        let hidden = hidden.remove(&id).unwrap_or_default();
        self.files.insert(id, Text { file, lines, hidden, shown: OnceLock::new() });
    }

    /// A file's text for people: secrets masked, control characters replaced, every offset kept.
    pub(crate) fn shown<'t>(&self, text: &'t Text<'a>) -> &'t str {
        text.shown.get_or_init(|| shown_text(&text.file.text, &text.hidden, &self.secrets))
    }

    pub(crate) fn get(&self, file: FileId) -> Option<&Text<'a>> {
        self.files.get(&file)
    }

    pub(crate) fn path(&self, file: FileId) -> &str {
        self.get(file).map_or("", |it| &it.file.path)
    }

    /// Columns counted in Unicode scalar values.
    pub(crate) fn region(&self, span: Span) -> Region {
        self.region_with(span, LineIndex::scalar_position)
    }

    /// Columns counted in UTF-16 code units.
    pub(crate) fn region_utf16(&self, span: Span) -> Region {
        self.region_with(span, LineIndex::utf16_position)
    }

    fn region_with(&self, span: Span, position: fn(&LineIndex, &str, u32) -> LineColumn) -> Region {
        let origin = LineColumn { line: 1, column: 1 };
        let Some(text) = self.get(span.file) else {
            return Region { start: origin, end: origin };
        };
        let at = |offset| position(&text.lines, &text.file.text, offset);
        Region { start: at(span.start), end: at(span.end) }
    }

    /// The part of a span on its first line, one character wide at least where the line has one.
    ///
    /// GitHub shows an alert in a pull request only when every line of its region was changed,
    /// and a frame of twenty lines hides what it points at.
    pub(crate) fn first_line(&self, span: Span) -> Span {
        let Some(text) = self.get(span.file) else { return span };
        let source = &text.file.text;
        let bounds = text.lines.bounds(source, text.lines.line(span.start));
        let start = (span.start as usize).clamp(bounds.start, bounds.end);
        let mut end = (span.end as usize).clamp(start, bounds.end);
        if end == start {
            end += source
                .get(start..bounds.end)
                .and_then(|it| it.chars().next())
                .map_or(0, char::len_utf8);
        } else {
            end = start + source.get(start..end).map_or(0, |it| it.trim_end().len().max(1));
        }
        Span::new(span.file, start, end)
    }

    /// A text without secrets.
    pub(crate) fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.secrets {
            if text.contains(secret) {
                text = Cow::Owned(text.replace(secret, &"*".repeat(secret.chars().count())));
            }
        }
        text
    }

    /// A text without secrets and without characters that steer a terminal, on one line.
    pub(crate) fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = self.masked(text);
        if text.contains(is_hostile) {
            text =
                Cow::Owned(text.replace(['\n', '\r', '\t'], " ").replace(is_hostile, "\u{fffd}"));
        }
        text
    }

    /// Whether a text holds a secret value.
    pub(crate) fn reveals(&self, text: &str) -> bool {
        self.secrets.iter().any(|it| text.contains(it))
    }
}

/// The span a finding is reported at.
pub(crate) fn primary(finding: &Finding) -> Span {
    finding.place.editable()
}

/// Every other place of a finding, each with what it contributes; for a value that a chart's
/// values file feeds, the template line that prints it comes first.
pub(crate) fn related(finding: &Finding) -> impl Iterator<Item = (Span, &str)> {
    let printed = finding.place.from.map(|_| (finding.place.at, "printed here"));
    let labels = finding.related.iter().map(|it: &Related| (it.place.editable(), &*it.message));
    printed.into_iter().chain(labels)
}

/// Characters that move the cursor, colour the terminal, or reorder what a reader sees.
fn is_hostile(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text may hold such a character, told from its bytes: control characters are below a
/// blank, 0x7f, or start with 0xc2; those that reorder start with 0xe2.
fn may_be_hostile(text: &str) -> bool {
    text.bytes().any(|it| match it {
        b'\n' | b'\r' | b'\t' => false,
        it => it < b' ' || matches!(it, 0x7f | 0xc2 | 0xe2),
    })
}

fn mentioned_files(analysis: &Analysis) -> impl Iterator<Item = FileId> {
    let both = |it: Place| [Some(it.at.file), it.from.map(|it| it.file)];
    let findings = analysis.findings.iter().flat_map(move |it| {
        let related = it.related.iter().map(|it| it.place);
        let edits = it.fixes.iter().flat_map(|it| &it.edits).map(|it| it.place);
        let suppressed = it.suppressed.iter().map(|it| it.place);
        std::iter::once(it.place).chain(related).chain(edits).chain(suppressed).flat_map(both)
    });
    let failures = analysis.project.coverage.failed.iter().filter_map(|it| it.place);
    findings.chain(failures.flat_map(both)).flatten()
}

/// Where secrets stand: what the detectors found, reported or not, and what was reported.
fn secret_spans(analysis: &Analysis) -> impl Iterator<Item = Span> {
    let both = |it: Place| [Some(it.at), it.from];
    let candidates = analysis.project.secrets.iter();
    let candidates = candidates.flat_map(|it| {
        let more = it.copies.iter().chain(&it.hidden).copied();
        std::iter::once(it.place).chain(more)
    });
    let reported = analysis.findings.iter().filter(|it| it.category == Category::Secrets);
    candidates.chain(reported.map(|it| it.place)).flat_map(both).flatten()
}

/// The values themselves, to find them where they are repeated.
fn secret_values(analysis: &Analysis) -> Vec<&str> {
    let spans = analysis.project.secrets.iter().flat_map(|it| [Some(it.place.at), it.place.from]);
    let mut values: Vec<_> = spans
        .flatten()
        .map(|it| unquoted(analysis.sources.slice(it)).1)
        .filter(|it| is_distinctive(it))
        .collect();
    values.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    values.dedup();
    values
}

/// Whether a value is no word that texts hold anyway: `postgres` is a password and an image.
fn is_distinctive(value: &str) -> bool {
    let plain = value.chars().all(|it| it.is_ascii_lowercase() || it == '-' || it == '_');
    value.len() >= if plain { 16 } else { 8 } && !value.contains(['\n', '\r'])
}

/// The part between the quotes of a literal, and how many bytes the opening quote has.
fn unquoted(literal: &str) -> (usize, &str) {
    let trimmed = literal.trim();
    let start = literal.len() - literal.trim_start().len();
    for quote in ["\"", "'", "`"] {
        let inner = trimmed.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
        if let Some(inner) = inner {
            return (start + quote.len(), inner);
        }
    }
    (start, trimmed)
}

fn shown_text<'t>(text: &'t str, hidden: &[Span], secrets: &[&str]) -> Cow<'t, str> {
    let mut ranges: Vec<_> = hidden
        .iter()
        .filter_map(|span| {
            let literal = text.get(span.start as usize..span.end as usize)?;
            let (offset, inner) = unquoted(literal);
            let start = span.start as usize + offset;
            Some(start..start + inner.len())
        })
        .collect();
    for secret in secrets {
        ranges.extend(text.match_indices(secret).map(|(at, _)| at..at + secret.len()));
    }
    if ranges.is_empty() && !may_be_hostile(text) {
        return Cow::Borrowed(text);
    }
    // Byte for byte, so that every offset and line stays; all ranges lie between characters.
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        for byte in bytes.get_mut(range).unwrap_or_default() {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = MASK;
            }
        }
    }
    for (at, character) in text.char_indices() {
        if is_hostile(character) && !matches!(character, '\n' | '\r' | '\t') {
            for byte in bytes.get_mut(at..at + character.len_utf8()).unwrap_or_default() {
                *byte = b'?';
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(""), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, part: &str) -> Span {
        let start = text.find(part).unwrap();
        Span::new(FileId(0), start, start + part.len())
    }

    #[test]
    fn a_secret_is_masked_where_it_stands_and_where_it_is_repeated() {
        let text = "password: \"s3cr3t-Value\" # s3cr3t-Value\n";
        let shown = shown_text(text, &[span(text, "\"s3cr3t-Value\"")], &["s3cr3t-Value"]);
        assert_eq!(shown, "password: \"************\" # ************\n");
    }

    #[test]
    fn masking_keeps_lines_and_offsets() {
        let text = "key: |\n  日本\r\n  abc\nb: 1\n";
        let shown = shown_text(text, &[span(text, "日本\r\n  abc")], &[]);
        assert_eq!(shown.len(), text.len());
        assert_eq!(LineIndex::new(&shown).len(), LineIndex::new(text).len());
        assert!(!shown.contains("abc"));
    }

    #[test]
    fn a_word_that_texts_hold_anyway_is_masked_only_in_its_place() {
        assert!(!is_distinctive("postgres"));
        assert!(is_distinctive("Hunter2hunter2"));
        assert!(is_distinctive("correct-horse-battery-staple"));
    }

    #[test]
    fn escape_sequences_of_the_source_do_not_reach_the_terminal() {
        let text = "a: \u{1b}[31mred\u{202e}\n";
        let shown = shown_text(text, &[], &[]);
        assert_eq!(shown, "a: ?[31mred???\n");
        assert_eq!(shown.len(), text.len());
    }
}
