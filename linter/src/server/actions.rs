//! What an editor offers at a diagnostic: the rule's fixes, all safe fixes of a file, and a
//! comment that suppresses the finding.

use std::collections::{BTreeMap, HashMap};

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, Diagnostic, Position, Range,
    TextEdit, Uri, WorkspaceEdit,
};
use goready_model::{Edit, FileKind, Finding, LineIndex, Safety, Span, Style};

use super::{diagnostics::Reported, encoding::Encoding, workspace::Workspace};
use crate::{engine::Analysis, report::texts::primary};

pub(super) fn code_actions(
    workspace: &Workspace,
    path: &str,
    params: &CodeActionParams,
    encoding: Encoding,
) -> Vec<CodeActionResponse> {
    let Some(analysis) = workspace.analysis() else { return Vec::new() };
    let offer = Offer { workspace, analysis, encoding };
    let mut actions = Vec::new();
    if wants(params, &CodeActionKind::QuickFix) {
        for reported in workspace.reported(path) {
            if overlap(&reported.diagnostic.range, &params.range) {
                actions.extend(offer.quick_fixes(reported));
            }
        }
    }
    if wants(params, &CodeActionKind::SourceFixAll) {
        actions.extend(offer.fix_all(path));
    }
    actions.into_iter().map(CodeActionResponse::CodeAction).collect()
}

/// Whether the client asked for a kind: kinds are a hierarchy, `source` holds `source.fixAll`.
fn wants(params: &CodeActionParams, kind: &CodeActionKind) -> bool {
    let name = |it: &CodeActionKind| {
        serde_json::to_value(it).ok().and_then(|it| it.as_str().map(str::to_owned))
    };
    let Some(only) = &params.context.only else {
        // Unasked, only what belongs to the place: a light bulb is no menu.
        return *kind == CodeActionKind::QuickFix;
    };
    let Some(kind) = name(kind) else { return false };
    only.iter().filter_map(name).any(|it| {
        let within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        it.is_empty() || within(&kind, &it) || it == format!("{kind}.goready")
    })
}

fn overlap(a: &Range, b: &Range) -> bool {
    a.start <= b.end && b.start <= a.end
}

struct Offer<'a> {
    workspace: &'a Workspace,
    analysis: &'a Analysis,
    encoding: Encoding,
}

impl Offer<'_> {
    fn finding(&self, reported: &Reported) -> Option<&Finding> {
        self.analysis.findings.get(reported.finding?)
    }

    fn quick_fixes(&self, reported: &Reported) -> Vec<CodeAction> {
        let Some(finding) = self.finding(reported) else { return Vec::new() };
        let mut actions: Vec<CodeAction> = finding
            .fixes
            .iter()
            .map(|fix| {
                let safe = fix.safety == Safety::Safe;
                let title =
                    if safe { fix.title.clone() } else { format!("{} (unsafe)", fix.title) };
                let edit = self.workspace_edit(&fix.edits);
                action(title, &reported.diagnostic, safe.then_some(true), edit)
            })
            .collect();
        if let Some((uri, edit)) = self.suppression(finding) {
            let title = format!("Suppress {} here", finding.rule);
            let edit = edit_of([(uri, vec![edit])]);
            actions.push(action(title, &reported.diagnostic, None, edit));
        }
        actions
    }

    /// All safe fixes whose edits lie in this file, those that overlap an earlier one left out.
    fn fix_all(&self, path: &str) -> Option<CodeAction> {
        let fixes = self.workspace.reported(path).iter().filter_map(|it| self.finding(it));
        let safe = fixes.filter_map(|it| it.fixes.iter().find(|it| it.safety == Safety::Safe));
        let here = |it: &Edit| self.analysis.sources.path(it.place.at.file) == path;
        let mut taken: Vec<&Edit> = Vec::new();
        for fix in safe.filter(|it| it.edits.iter().all(here)) {
            let free = |edit: &Edit| {
                taken.iter().all(|other| {
                    let (a, b) = (edit.place.at, other.place.at);
                    a.start != b.start && (a.end <= b.start || b.end <= a.start)
                })
            };
            if fix.edits.iter().all(free) {
                taken.extend(&fix.edits);
            }
        }
        if taken.is_empty() {
            return None;
        }
        let edits: Vec<Edit> = taken.into_iter().cloned().collect();
        Some(CodeAction {
            title: "Apply all safe fixes of goready".to_owned(),
            kind: Some(CodeActionKind::Custom("source.fixAll.goready".into())),
            edit: Some(self.workspace_edit(&edits)),
            ..CodeAction::default()
        })
    }

    fn workspace_edit(&self, edits: &[Edit]) -> WorkspaceEdit {
        let mut by_file: BTreeMap<_, Vec<&Edit>> = BTreeMap::new();
        for edit in edits {
            by_file.entry(edit.place.at.file).or_default().push(edit);
        }
        edit_of(by_file.into_iter().filter_map(|(file, edits)| {
            let source = self.analysis.sources.get(file)?;
            let lines = LineIndex::new(&source.text);
            let edits = edits.into_iter().map(|it| {
                let span = it.place.at;
                let bytes = span.start as usize..span.end as usize;
                TextEdit {
                    range: self.encoding.range(&source.text, &lines, bytes),
                    new_text: it.text.clone(),
                }
            });
            Some((self.workspace.uri(&source.path), edits.collect()))
        }))
    }

    /// A comment that suppresses the finding, where the language has comments.
    fn suppression(&self, finding: &Finding) -> Option<(Uri, TextEdit)> {
        let span = primary(finding);
        let source = self.analysis.sources.get(span.file)?;
        let lines = LineIndex::new(&source.text);
        let bounds = lines.bounds(&source.text, lines.line(span.start));
        let line = source.text.get(bounds.clone())?;
        let kind = *self.analysis.project.kinds.get(&span.file)?;
        let comment = Comment::of(kind, &source.path)?;
        let text = comment.text(finding.rule);
        let at_end = comment.may_follow_content
            && !comment.may_be_in(line)
            && !self.is_in_block_scalar(span);
        let (offset, new_text) = if at_end {
            (bounds.start + line.trim_end().len(), format!(" {text}"))
        } else {
            let indent = line.len() - line.trim_start().len();
            (bounds.start, format!("{}{text}\n", line.get(..indent).unwrap_or("")))
        };
        let at: Position = self.encoding.position(&source.text, &lines, offset);
        let edit = TextEdit { range: Range { start: at, end: at }, new_text };
        Some((self.workspace.uri(&source.path), edit))
    }

    /// Whether a comment at the end of the line would become part of a YAML text.
    fn is_in_block_scalar(&self, span: Span) -> bool {
        self.analysis.project.documents.iter().filter(|(file, _)| *file == span.file).any(
            |(_, document)| {
                document.tree.nodes().any(|node| {
                    matches!(node.style(), Style::Literal | Style::Folded)
                        && node.place().at.contains(span)
                })
            },
        )
    }
}

/// How a language writes a comment.
struct Comment {
    start: &'static str,
    end: &'static str,
    /// It may stand behind something on the same line.
    may_follow_content: bool,
}

impl Comment {
    /// `None` for files without comments (JSON) or of a format that is not known.
    fn of(kind: FileKind, path: &str) -> Option<Self> {
        let (start, end, may_follow_content) = match kind {
            _ if is_json(path) => return None,
            FileKind::Go | FileKind::GoMod | FileKind::GoWork => ("//goready:", "", true),
            FileKind::ChartTemplate => ("{{/* goready: ", " */}}", true),
            FileKind::Dockerfile
            | FileKind::DockerIgnore
            | FileKind::Makefile
            | FileKind::Justfile => ("# goready: ", "", false),
            FileKind::Text => return None,
            _ => ("# goready: ", "", true),
        };
        Some(Self { start, end, may_follow_content })
    }

    fn text(&self, rule: &str) -> String {
        format!("{}ignore[{rule}]{}", self.start, self.end)
    }

    /// Whether a line may hold a comment already, of which a second one would be a part.
    fn may_be_in(&self, line: &str) -> bool {
        line.contains(match self.start.as_bytes().first() {
            Some(b'/') => "//",
            Some(b'{') => "/*",
            _ => "#",
        })
    }
}

fn is_json(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("json"))
}

fn action(
    title: String,
    diagnostic: &Diagnostic,
    is_preferred: Option<bool>,
    edit: WorkspaceEdit,
) -> CodeAction {
    let mut title = title;
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    CodeAction {
        title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostic.clone()]),
        is_preferred,
        edit: Some(edit),
        ..CodeAction::default()
    }
}

fn edit_of(changes: impl IntoIterator<Item = (Uri, Vec<TextEdit>)>) -> WorkspaceEdit {
    let changes: HashMap<Uri, Vec<TextEdit>> = changes.into_iter().collect();
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
