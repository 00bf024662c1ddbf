//! Suppression comments: `goready: ignore[rule, category] reason (until 2027-01-31)`, in every
//! language that has comments.
//!
//! One grammar for all of them. Front ends that know their comments give them to
//! [`from_comment`]; for line-based languages [`scan`] finds them. Whether a named rule exists,
//! and which findings a directive hides, is the business of the engine, and so are annotations.

use std::ops::Range;

use goready_model::{Directive, DirectiveScope, FileId, Located, Place, Span};
use memchr::memmem;

/// What starts a comment that ends with its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentStart {
    /// `#`: YAML, Dockerfile, Makefile, shell, TOML, properties.
    Hash,
    /// `//`: Go, go.mod.
    Slashes,
    /// `{{/*`: templates.
    Template,
}

const MARKER: &str = "goready:";
/// The verb for a line or subtree, and the one for the whole file.
const VERBS: [(&str, bool); 2] = [("ignore", false), ("file-ignore", true)];

/// All directives of a text whose comments end with the line.
pub fn scan(file: FileId, text: &str, start: CommentStart) -> Vec<Directive> {
    let finder = memmem::find_iter(text.as_bytes(), MARKER);
    finder
        .filter_map(|at| {
            let line = line_around(text, at);
            let comment = comment_start(&text[line.start..at], start)? + line.start;
            from_comment(file, text, comment..line.end)
        })
        .collect()
}

/// The directive of one comment, given its bounds from its marker (`#`, `//`, `/*`) to its end.
pub fn from_comment(file: FileId, text: &str, comment: Range<usize>) -> Option<Directive> {
    let body = text.get(comment.clone())?;
    let lead = body.len() - body.trim_start_matches(['#', '/', '*', '{', '-', ' ', '\t']).len();
    let rest = body[lead..].strip_prefix(MARKER)?;
    let verb_at = comment.start + lead + MARKER.len() + (rest.len() - rest.trim_start().len());
    let (verb, whole_file) = VERBS.into_iter().find(|(verb, _)| {
        let after = text[verb_at..comment.end].strip_prefix(verb);
        after.is_some_and(|it| !it.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
    })?;
    let place = Place::new(file, comment.start, comment.start + body.trim_end().len());
    let scope = if whole_file {
        DirectiveScope::File
    } else {
        DirectiveScope::Span(reach(file, text, &comment))
    };
    let mut entry = entry(file, text, verb_at + verb.len()..comment.end);
    entry.place = place;
    entry.scope = scope;
    Some(entry)
}

/// Reads what follows the verb: `[rule, category] reason (until DATE)`.
fn entry(file: FileId, text: &str, range: Range<usize>) -> Directive {
    let mut rules = Vec::new();
    let body = text[range.clone()].trim_end_matches(['}', '-', ' ', '\t']);
    let body = body.strip_suffix("*/").unwrap_or(body);
    let mut tail = body;
    if let Some(list) = body.trim_start().strip_prefix('[') {
        let (list, after) = list.split_once(']').unwrap_or((list, ""));
        for name in list.split(',') {
            rules.extend(located(file, text, name));
        }
        tail = after;
    }
    let (reason, until) = reason(file, text, tail);
    let scope = DirectiveScope::File;
    let place = Place::new(file, range.start, range.end);
    Directive { rules, reason, until, place, scope, object: None }
}

/// Splits `reason (until DATE)`.
fn reason(file: FileId, text: &str, tail: &str) -> (String, Option<Located<String>>) {
    let tail = tail.trim();
    let split = tail.strip_suffix(')').and_then(|it| it.rsplit_once('('));
    if let Some((reason, until)) = split
        && let Some(date) = until.trim_start().strip_prefix("until ")
    {
        return (clean(reason), located(file, text, date));
    }
    (clean(tail), None)
}

/// A reason as people separate it: `: why`, `-- why`, `- why`.
fn clean(reason: &str) -> String {
    reason.trim().trim_start_matches([':', '-', '—', '–']).trim().to_owned()
}

/// A trimmed part of `text` with its place; `None` when nothing is left.
fn located(file: FileId, text: &str, part: &str) -> Option<Located<String>> {
    let part = part.trim();
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    (!part.is_empty())
        .then(|| Located::new(part.to_owned(), Place::new(file, start, start + part.len())))
}

/// The bytes a comment speaks of: its own line behind content, else the next line with content
/// and the lines that continue it.
fn reach(file: FileId, text: &str, comment: &Range<usize>) -> Span {
    let own = line_around(text, comment.start);
    let before = text[own.start..comment.start].trim();
    if !matches!(before, "" | "{{" | "{{-") {
        return Span::new(file, own.start, own.end);
    }
    let mut next = line_around(text, comment.end.max(comment.start));
    loop {
        let Some(after) = line_after(text, &next) else {
            return Span::new(file, own.start, own.end);
        };
        next = after;
        let line = text[next.clone()].trim();
        let is_comment =
            line.starts_with('#') || line.starts_with("//") || is_template_comment(line);
        if !line.is_empty() && !is_comment {
            break;
        }
    }
    let start = next.start;
    while text[next.clone()].trim_end().ends_with('\\') {
        let Some(after) = line_after(text, &next) else { break };
        next = after;
    }
    Span::new(file, start, next.end)
}

fn is_template_comment(line: &str) -> bool {
    let inner = line.strip_prefix("{{").map(|it| it.trim_start_matches('-').trim_start());
    inner.is_some_and(|it| it.starts_with("/*")) && line.ends_with("}}")
}

/// Bounds of the line that holds `at`, without its line break.
fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |it| it + 1);
    let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |it| at + it);
    start..end
}

fn line_after(text: &str, line: &Range<usize>) -> Option<Range<usize>> {
    (line.end < text.len()).then(|| line_around(text, line.end + 1))
}

/// Offset of the comment in `before`, the part of a line up to the marker.
fn comment_start(before: &str, start: CommentStart) -> Option<usize> {
    let trimmed = before.trim_end();
    match start {
        CommentStart::Hash => {
            let content = trimmed.trim_end_matches('#');
            let starts = content.is_empty() || content.ends_with([' ', '\t']);
            (content.len() < trimmed.len() && starts).then_some(content.len())
        }
        CommentStart::Slashes => trimmed.strip_suffix("//").map(str::len),
        CommentStart::Template => trimmed.strip_suffix("/*").map(str::len),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str, start: CommentStart) -> Directive {
        let found = scan(FileId(0), text, start);
        assert_eq!(found.len(), 1, "{text}");
        found.into_iter().next().unwrap()
    }

    fn covered(text: &str, directive: &Directive) -> String {
        match directive.scope {
            DirectiveScope::Span(span) => text[span.start as usize..span.end as usize].to_owned(),
            DirectiveScope::File | DirectiveScope::Object => panic!("no span"),
        }
    }

    #[test]
    fn a_comment_at_the_end_of_a_line_covers_the_line() {
        let text =
            "a: 1\nb: 2 # goready: ignore[x-y, lifecycle] because (until 2027-01-31)\nc: 3\n";
        let it = only(text, CommentStart::Hash);
        let rules: Vec<_> = it.rules.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(rules, ["x-y", "lifecycle"]);
        assert_eq!(it.reason, "because");
        assert_eq!(it.until.as_ref().unwrap().value, "2027-01-31");
        assert!(covered(text, &it).starts_with("b: 2"));
        let at = it.rules[1].place.at;
        assert_eq!(&text[at.start as usize..at.end as usize], "lifecycle");
    }

    #[test]
    fn a_comment_above_covers_the_next_line_with_content() {
        let text = "# goready: ignore[x]\n# more\n\nspec:\n  a: 1\n";
        assert_eq!(covered(text, &only(text, CommentStart::Hash)), "spec:");
    }

    #[test]
    fn a_comment_above_an_instruction_covers_its_continuation_lines() {
        let text = "FROM a\n# goready: ignore[x]\nRUN a && \\\n  b && \\\n  c\nCMD d\n";
        assert_eq!(covered(text, &only(text, CommentStart::Hash)), "RUN a && \\\n  b && \\\n  c");
    }

    #[test]
    fn go_comments_need_no_blank_and_keep_parentheses_of_the_reason() {
        let text = "func main() {\n\tgo run() //goready:ignore[x] see f() (and g)\n}\n";
        let it = only(text, CommentStart::Slashes);
        assert_eq!(it.reason, "see f() (and g)");
        assert_eq!(it.until, None);
    }

    #[test]
    fn template_comments_end_before_their_closing_braces() {
        let text = "{{- /* goready: ignore[x] chart test */ -}}\nspec: 1\n";
        let it = only(text, CommentStart::Template);
        assert_eq!(it.reason, "chart test");
        assert_eq!(covered(text, &it), "spec: 1");
    }

    #[test]
    fn the_whole_file_can_be_ignored() {
        let it = only("# goready: file-ignore[x] generated\na: 1\n", CommentStart::Hash);
        assert_eq!(it.scope, DirectiveScope::File);
    }

    #[test]
    fn an_ignore_without_brackets_names_no_rule() {
        assert!(only("a: 1 # goready: ignore\n", CommentStart::Hash).rules.is_empty());
        assert!(only("a: 1 # goready: ignore[x\n", CommentStart::Hash).rules.len() == 1);
    }

    #[test]
    fn talk_about_goready_is_no_directive() {
        for text in
            ["# goready: ignored here\n", "a: x#goready: ignore[x]\n", "# run goready: now\n"]
        {
            assert_eq!(scan(FileId(0), text, CommentStart::Hash), [], "{text}");
        }
    }
}
