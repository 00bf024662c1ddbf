//! What a reader sees over a diagnostic: the rule's page.

use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind, Position, Range};

use super::workspace::Workspace;
use crate::{config, report::rule_url};

/// The pages of all rules that report at a position.
pub(super) fn hover(workspace: &Workspace, path: &str, at: Position) -> Option<Hover> {
    let findings = &workspace.analysis()?.findings;
    let mut pages: Vec<String> = Vec::new();
    let mut range = None;
    for reported in workspace.reported(path) {
        if !holds(&reported.diagnostic.range, at) {
            continue;
        }
        let finding = reported.finding.and_then(|it| findings.get(it));
        if let Some(meta) = finding.and_then(|it| config::rule(it.rule)) {
            let name = meta.name;
            let page = format!("### [{name}]({})\n\n{}", rule_url(name), meta.docs.trim());
            if !pages.contains(&page) {
                pages.push(page);
            }
            range = range.or(Some(reported.diagnostic.range));
        }
    }
    range.map(|range| Hover {
        contents: Contents::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value: pages.join("\n\n---\n\n"),
        }),
        range: Some(range),
    })
}

/// Whether a position lies in a range, its end included: that is where a cursor stands behind it.
pub(super) fn holds(range: &Range, at: Position) -> bool {
    range.start <= at && at <= range.end
}
