//! Findings as diagnostics of the protocol.

use std::{collections::BTreeMap, fmt::Write};

use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, Message, Uri,
};
use goready_model::{Finding, Level, LineIndex, Span};

use super::{client::Client, encoding::Encoding};
use crate::{
    config::ConfigError,
    engine::Analysis,
    report::{
        rule_url,
        texts::{Texts, primary, related},
    },
};

/// A diagnostic with the finding it tells.
#[derive(Debug, Clone)]
pub(super) struct Reported {
    /// Index into the findings of the analysis; `None` for one about the configuration.
    pub(super) finding: Option<usize>,
    pub(super) diagnostic: Diagnostic,
}

/// Equal when the client would see no difference.
impl PartialEq for Reported {
    fn eq(&self, other: &Self) -> bool {
        self.diagnostic == other.diagnostic
    }
}

/// The diagnostics of every file that has some, by path.
pub(super) fn diagnostics(
    analysis: &Analysis,
    client: &Client,
    uri: impl Fn(&str) -> Uri,
) -> BTreeMap<String, Vec<Reported>> {
    let texts = Texts::new(analysis);
    let writer = Writer { texts: &texts, client, uri: &uri };
    let mut by_path: BTreeMap<String, Vec<Reported>> = BTreeMap::new();
    for (index, finding) in analysis.findings.iter().enumerate() {
        if finding.suppressed.is_some() {
            continue;
        }
        let path = texts.path(primary(finding).file);
        by_path
            .entry(path.to_owned())
            .or_default()
            .push(Reported { finding: Some(index), diagnostic: writer.diagnostic(finding) });
    }
    by_path
}

struct Writer<'a, U> {
    texts: &'a Texts<'a>,
    client: &'a Client,
    uri: &'a U,
}

impl<U: Fn(&str) -> Uri> Writer<'_, U> {
    fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        let related = self.related(finding);
        let mut message = self.texts.clean(&finding.message).into_owned();
        if let Some(help) = &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(&self.texts.clean(help));
        }
        let apart = self.client.takes_related_information();
        if !apart {
            for it in &related {
                let name = it.location.uri.0.rsplit('/').next().unwrap_or_default();
                let line = it.location.range.start.line + 1;
                _ = write!(message, "\n{name}:{line}: {}", it.message);
            }
        }
        // Only a suppression that hides nothing can be deleted without a thought.
        let unnecessary = finding.rule == "suppression-unused";
        Diagnostic {
            range: self.location(primary(finding)).range,
            severity: Some(match finding.level() {
                Level::Error => DiagnosticSeverity::Error,
                Level::Warning => DiagnosticSeverity::Warning,
                Level::Note => DiagnosticSeverity::Information,
            }),
            code: Some(Code::String(finding.rule.to_owned())),
            code_description: Some(CodeDescription { href: Uri(rule_url(finding.rule)) }),
            source: Some("goready".to_owned()),
            message: Message::String(message),
            tags: unnecessary.then(|| vec![DiagnosticTag::Unnecessary]),
            related_information: (apart && !related.is_empty()).then_some(related),
            data: None,
        }
    }

    fn related(&self, finding: &Finding) -> Vec<DiagnosticRelatedInformation> {
        related(finding)
            .map(|(span, message)| DiagnosticRelatedInformation {
                location: self.location(span),
                message: self.texts.clean(message).into_owned(),
            })
            .collect()
    }

    /// The first line of a span: a squiggle under twenty lines points at nothing.
    fn location(&self, span: Span) -> Location {
        let span = self.texts.first_line(span);
        let range = self.texts.get(span.file).map(|it| {
            let bytes = span.start as usize..span.end as usize;
            self.client.encoding().range(&it.file.text, &it.lines, bytes)
        });
        Location { uri: (self.uri)(self.texts.path(span.file)), range: range.unwrap_or_default() }
    }
}

/// An error in the configuration, at its place.
pub(super) fn config_error(error: &ConfigError, text: &str, encoding: Encoding) -> Reported {
    let lines = LineIndex::new(text);
    let mut message = error.message.clone();
    if let Some(help) = &error.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    let diagnostic = Diagnostic {
        range: encoding.range(text, &lines, error.span.clone()),
        severity: Some(DiagnosticSeverity::Error),
        code: Some(Code::String("configuration".to_owned())),
        code_description: None,
        source: Some("goready".to_owned()),
        message: Message::String(message),
        tags: None,
        related_information: None,
        data: None,
    };
    Reported { finding: None, diagnostic }
}
