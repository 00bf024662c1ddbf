//! A Dockerfile as logical lines: parser directives, continued lines, comments between them and
//! here documents, as BuildKit's parser cuts them (moby/buildkit frontend/dockerfile/parser).

use goready_model::{FileId, Place, SourceText, Span};

/// One instruction before its arguments are understood.
#[derive(Debug)]
pub(super) struct Line {
    /// The whole instruction, continued lines and here documents included.
    pub(super) place: Place,
    /// Upper case.
    pub(super) keyword: String,
    pub(super) keyword_place: Place,
    /// Behind the keyword, continued lines joined, comments dropped.
    pub(super) arguments: SourceText,
    pub(super) heredocs: Vec<Heredoc>,
}

/// `<<NAME` with its text.
#[derive(Debug)]
pub(super) struct Heredoc {
    pub(super) name: String,
    pub(super) body: SourceText,
    /// Its end was found before that of the file.
    pub(super) terminated: bool,
}

/// What stands at the head of the file.
#[derive(Debug, Default)]
pub(super) struct Directives {
    /// `# escape=`, a backslash without one.
    pub(super) escape: Option<char>,
    /// `# syntax=`: the image of the frontend that reads the file.
    pub(super) syntax: Option<String>,
}

/// Cuts a file into instructions.
pub(super) fn read(file: FileId, text: &str) -> Vec<Line> {
    let mut cursor = Cursor { file, text, at: 0, escape: '\\' };
    cursor.escape = directives(text).escape.unwrap_or('\\');
    let mut lines = Vec::new();
    while cursor.at < text.len() {
        lines.extend(cursor.instruction());
    }
    lines
}

/// Directives are comments of the form `key=value` before anything else.
pub(super) fn directives(text: &str) -> Directives {
    let mut found = Directives::default();
    for line in text.lines() {
        let Some(comment) = line.trim_start().strip_prefix('#') else { break };
        let Some((key, value)) = comment.split_once('=') else { break };
        let key = key.trim();
        if key.is_empty() || !key.bytes().all(|it| it.is_ascii_alphanumeric()) {
            break;
        }
        if key.eq_ignore_ascii_case("escape") {
            found.escape = value.trim().chars().next().filter(|it| matches!(it, '\\' | '`'));
        } else if key.eq_ignore_ascii_case("syntax") {
            found.syntax = Some(value.trim().to_owned());
        }
    }
    found
}

struct Cursor<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
    escape: char,
}

impl<'t> Cursor<'t> {
    /// The next physical line without its line break, and the offset where it starts.
    fn line(&mut self) -> Option<(usize, &'t str)> {
        let rest = self.text.get(self.at..).filter(|it| !it.is_empty())?;
        let start = self.at;
        let end = rest.find('\n').unwrap_or(rest.len());
        self.at = (start + end + 1).min(self.text.len());
        Some((start, rest[..end].trim_end_matches('\r')))
    }

    /// The next instruction, `None` for a blank line or a comment.
    fn instruction(&mut self) -> Option<Line> {
        let (start, line) = self.line()?;
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return None;
        }
        let indent = line.len() - trimmed.len();
        let keyword_length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (mut content, mut continued) = self.continuation(line);
        let mut content_start = start + indent + keyword_length;
        content = content.get(indent + keyword_length..).unwrap_or("");
        // A keyword may be followed by the escape directly: `RUN\`.
        let keyword = trimmed[..keyword_length].trim_end_matches(self.escape).to_ascii_uppercase();
        let mut end = start + line.len();
        let mut arguments = SourceText::default();
        loop {
            arguments.push_verbatim(content, self.span(content_start, content.len()));
            if !continued {
                break;
            }
            let Some((next_start, next)) = self.continued_line() else { break };
            end = next_start + next.len();
            (content, continued) = self.continuation(next);
            content_start = next_start;
        }
        let mut heredocs = Vec::new();
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for (name, tabs) in heredoc_names(arguments.as_str()) {
                let (heredoc, body_end) = self.heredoc(name, tabs);
                end = body_end.unwrap_or(end);
                heredocs.push(heredoc);
            }
        }
        Some(Line {
            place: self.span(start + indent, end - start - indent).into(),
            keyword_place: self.span(start + indent, keyword_length).into(),
            keyword,
            arguments,
            heredocs,
        })
    }

    /// The line that continues the one before: blank lines and comments between are stepped over.
    fn continued_line(&mut self) -> Option<(usize, &'t str)> {
        loop {
            let (start, line) = self.line()?;
            let trimmed = line.trim_start();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                return Some((start, line));
            }
        }
    }

    /// The line without its escape at the end, and whether it had one.
    fn continuation(&self, line: &'t str) -> (&'t str, bool) {
        match line.trim_end().strip_suffix(self.escape) {
            Some(content) => (content, true),
            None => (line, false),
        }
    }

    fn heredoc(&mut self, name: String, tabs: bool) -> (Heredoc, Option<usize>) {
        let mut body = SourceText::default();
        let mut last = None;
        let mut terminated = false;
        while let Some((start, line)) = self.line() {
            last = Some(start + line.len());
            let stripped = if tabs { line.trim_start_matches('\t') } else { line };
            if stripped == name {
                terminated = true;
                break;
            }
            let from = start + line.len() - stripped.len();
            body.push_verbatim(stripped, self.span(from, stripped.len()));
            body.push_replaced("\n", self.span(start + line.len(), 0));
        }
        (Heredoc { name, body, terminated }, last)
    }

    fn span(&self, start: usize, length: usize) -> Span {
        Span::new(self.file, start, start + length)
    }
}

/// The here documents a line announces: `<<EOF`, `<<-"EOF"`, with or without a descriptor.
fn heredoc_names(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut quote = None;
    for (at, next) in text.char_indices() {
        match (quote, next) {
            (Some(open), _) if open == next => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(next),
            (None, '<') => {
                let before = text[..at].chars().next_back();
                let starts_word = before.is_none_or(|it| it.is_whitespace() || it.is_ascii_digit());
                if starts_word && let Some(rest) = text[at..].strip_prefix("<<") {
                    let (rest, tabs) =
                        rest.strip_prefix('-').map_or((rest, false), |it| (it, true));
                    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    let name = rest[..end].trim_matches(['"', '\'']);
                    let plain = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
                    if !name.is_empty() && name.chars().all(plain) {
                        found.push((name.to_owned(), tabs));
                    }
                }
            }
            _ => {}
        }
    }
    found
}
