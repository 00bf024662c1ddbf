//! Shell text as a [`Script`]: POSIX sh and what bash adds to words and loops.
//!
//! Only what a build needs is kept: commands, assignments, loops and functions in their order.
//! Whether a command runs is not asked, redirections and here documents are dropped. Any text
//! gives a script; what cannot be read as shell is read as words.

use goready_model::{
    Place, Script, ShellAssignment, ShellWord, SimpleCommand, SourceText, Statement, WordPart,
};

/// Nesting of compound commands and expansions beyond which text is skipped.
const MAX_DEPTH: usize = 96;

/// Parses shell text.
pub fn parse(text: &SourceText) -> Script {
    let mut parser = Parser::new(text, is_boundary);
    let mut script = Script::default();
    while parser.at < parser.text.len() {
        let start = parser.at;
        script.statements.extend(parser.list(&[]).statements);
        // A stray `)`, `;;` or `done` ends a list; outside of any construct it is stepped over.
        if parser.at == start {
            parser.step();
        }
    }
    script
}

/// Splits text into words at blanks alone, as Dockerfile instructions and flag files do, each with
/// its range in the text.
pub(crate) fn words(text: &SourceText) -> Vec<(std::ops::Range<usize>, ShellWord)> {
    let mut parser = Parser::new(text, |it| matches!(it, ' ' | '\t' | '\n' | '\r'));
    let mut found = Vec::new();
    while let Some(next) = parser.peek() {
        if (parser.is_boundary)(next) {
            parser.at += 1;
            continue;
        }
        let start = parser.at;
        found.extend(parser.word().map(|word| (start..parser.at, word)));
        if parser.at == start {
            parser.step();
        }
    }
    found
}

struct Parser<'t> {
    source: &'t SourceText,
    text: &'t str,
    at: usize,
    /// Here documents announced on this line: delimiter, and whether tabs are stripped.
    here_documents: Vec<(String, bool)>,
    depth: usize,
    /// Whether a character ends a word.
    is_boundary: fn(char) -> bool,
}

impl<'t> Parser<'t> {
    fn new(source: &'t SourceText, is_boundary: fn(char) -> bool) -> Self {
        let text = source.as_str();
        Self { source, text, at: 0, here_documents: Vec::new(), depth: 0, is_boundary }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn looking_at(&self, token: &str) -> bool {
        self.rest().starts_with(token)
    }

    fn step(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.looking_at(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Blanks, continued lines, and with `lines` also line breaks and comments.
    fn skip_blanks(&mut self, lines: bool) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.looking_at("\\\n") => self.at += 2,
                Some('\\') if self.looking_at("\\\r\n") => self.at += 3,
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                Some('\n') if lines => {
                    self.at += 1;
                    self.skip_here_documents();
                }
                _ => return,
            }
        }
    }

    fn skip_here_documents(&mut self) {
        for (delimiter, tabs) in std::mem::take(&mut self.here_documents) {
            while self.at < self.text.len() {
                let line = self.rest().split('\n').next().unwrap_or("");
                self.at = (self.at + line.len() + 1).min(self.text.len());
                let line = line.trim_end_matches('\r');
                let line = if tabs { line.trim_start_matches('\t') } else { line };
                if line == delimiter {
                    break;
                }
            }
        }
    }

    /// The reserved word that starts here, or an empty string.
    fn reserved(&self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(is_boundary).unwrap_or(rest.len());
        let word = &rest[..end];
        if RESERVED.contains(&word) { word } else { "" }
    }

    /// Statements until one of the reserved words, a closing parenthesis or `;;`.
    fn list(&mut self, until: &[&str]) -> Script {
        let mut script = Script::default();
        if self.depth >= MAX_DEPTH {
            self.at = self.text.len();
            return script;
        }
        self.depth += 1;
        loop {
            self.skip_blanks(true);
            let Some(next) = self.peek() else { break };
            if next == ')' || self.looking_at(";;") || self.looking_at(";&") {
                break;
            }
            if matches!(next, ';' | '&' | '|') {
                self.at += 1;
                continue;
            }
            let reserved = self.reserved();
            if until.contains(&reserved) || CLOSING.contains(&reserved) {
                break;
            }
            let start = self.at;
            self.statement(reserved, &mut script.statements);
            if self.at == start {
                self.step();
            }
        }
        self.depth -= 1;
        script
    }

    fn statement(&mut self, reserved: &str, found: &mut Vec<Statement>) {
        if self.depth >= MAX_DEPTH {
            self.at = self.text.len();
            return;
        }
        self.at += reserved.len();
        self.depth += 1;
        self.statement_of(reserved, found);
        self.depth -= 1;
    }

    fn statement_of(&mut self, reserved: &str, found: &mut Vec<Statement>) {
        match reserved {
            "if" | "while" | "until" => found.push(self.branches(reserved)),
            "for" | "select" => found.push(self.for_loop()),
            "case" => found.push(self.case()),
            "{" => {
                let body = self.list(&["}"]);
                self.eat("}");
                found.push(Statement::Group { body, subshell: false });
            }
            "[[" => {
                while let Some(next) = self.peek() {
                    if next == '\n' || self.eat("]]") {
                        break;
                    }
                    self.step();
                }
            }
            "function" => {
                self.skip_blanks(false);
                let name = self.bare_word();
                self.skip_blanks(false);
                if self.eat("(") {
                    self.eat(")");
                }
                self.function_body(name, found);
            }
            "!" => {
                self.skip_blanks(false);
                let at = found.len();
                let reserved = self.reserved();
                self.statement(reserved, found);
                if let Some(Statement::Command(command)) = found.get_mut(at) {
                    command.negated = true;
                }
            }
            "time" => {
                self.skip_blanks(false);
                let reserved = self.reserved();
                self.statement(reserved, found);
            }
            _ if self.looking_at("((") => self.skip_arithmetic(),
            _ if self.eat("(") => {
                let body = self.list(&[]);
                self.eat(")");
                found.push(Statement::Group { body, subshell: true });
            }
            _ => self.simple_command(found),
        }
    }

    fn skip_arithmetic(&mut self) {
        self.at += self.rest().find("))").map_or(self.rest().len(), |it| it + 2);
    }

    /// `if`, `while`, `until`: conditions and branches are one sequence.
    fn branches(&mut self, keyword: &str) -> Statement {
        let end = if keyword == "if" { "fi" } else { "done" };
        let mut body = Script::default();
        loop {
            body.statements
                .extend(self.list(&["then", "elif", "else", "fi", "do", "done"]).statements);
            let reserved = self.reserved();
            if reserved.is_empty() || self.peek() == Some(')') {
                break;
            }
            self.at += reserved.len();
            if reserved == end {
                break;
            }
        }
        Statement::Group { body, subshell: false }
    }

    fn for_loop(&mut self) -> Statement {
        self.skip_blanks(false);
        if self.looking_at("((") {
            self.skip_arithmetic();
        }
        let variable = self.bare_word();
        self.skip_blanks(true);
        let mut words = Vec::new();
        if self.reserved() == "in" {
            self.at += 2;
            loop {
                self.skip_blanks(false);
                match self.peek() {
                    None | Some('\n' | ';') => break,
                    Some('&' | '|' | '(' | ')' | '<' | '>') => {
                        self.step();
                    }
                    Some(_) => words.extend(self.word()),
                }
            }
        }
        self.list(&["do", "{"]);
        let reserved = self.reserved();
        self.at += reserved.len();
        let close = if reserved == "{" { "}" } else { "done" };
        let body = self.list(&[close]);
        if self.reserved() == close {
            self.at += close.len();
        }
        Statement::For { variable, words, body }
    }

    fn case(&mut self) -> Statement {
        self.skip_blanks(false);
        self.word();
        self.skip_blanks(true);
        if self.reserved() == "in" {
            self.at += 2;
        }
        let mut body = Script::default();
        loop {
            self.skip_blanks(true);
            if self.peek().is_none() {
                break;
            }
            if self.reserved() == "esac" {
                self.at += 4;
                break;
            }
            let Some(pattern) = self.rest().find([')', '\n']) else {
                self.at = self.text.len();
                break;
            };
            self.at += pattern + 1;
            body.statements.extend(self.list(&["esac"]).statements);
            for end in [";;&", ";;", ";&"] {
                if self.eat(end) {
                    break;
                }
            }
        }
        Statement::Group { body, subshell: false }
    }

    fn function_body(&mut self, name: String, found: &mut Vec<Statement>) {
        self.skip_blanks(true);
        let reserved = self.reserved();
        let mut body = Vec::new();
        self.statement(reserved, &mut body);
        found.push(Statement::Function { name, body: Script { statements: body } });
    }

    fn bare_word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(is_boundary).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    fn simple_command(&mut self, found: &mut Vec<Statement>) {
        let start = self.at;
        let mut end = start;
        let mut assignments = Vec::new();
        let mut words = Vec::new();
        let mut piped = false;
        loop {
            self.skip_blanks(false);
            match self.peek() {
                None | Some('\n' | ')') => break,
                Some(';') => break,
                Some('&') if self.looking_at("&>") => self.redirection(),
                Some('&') => {
                    self.at += if self.looking_at("&&") { 2 } else { 1 };
                    break;
                }
                Some('|') => {
                    piped = !self.looking_at("||");
                    self.at += if self.looking_at("||") || self.looking_at("|&") { 2 } else { 1 };
                    break;
                }
                Some('<' | '>') => self.redirection(),
                Some('(') => {
                    if let ([], [ShellWord { parts, .. }]) = (&*assignments, &*words)
                        && let [WordPart::Text { text, quoted: false }] = &**parts
                        && self.rest()[1..].trim_start_matches([' ', '\t']).starts_with(')')
                    {
                        let name = text.clone();
                        self.at += self.rest().find(')').map_or(1, |it| it + 1);
                        self.function_body(name, found);
                        return;
                    }
                    // No shell; step over it.
                    self.at += 1;
                }
                Some(_) => {
                    if words.is_empty()
                        && let Some(assignment) = self.assignment()
                    {
                        assignments.push(assignment);
                    } else if !self.redirected_descriptor()
                        && let Some(word) = self.word()
                    {
                        words.push(word);
                    }
                    end = self.at;
                }
            }
        }
        if assignments.is_empty() && words.is_empty() {
            return;
        }
        let Some(place) = self.source.place(start..end) else { return };
        found.push(Statement::Command(SimpleCommand {
            place,
            assignments,
            words,
            piped,
            negated: false,
        }));
    }

    /// Steps over the digits in front of a redirection: `2>`.
    fn redirected_descriptor(&mut self) -> bool {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let found = digits > 0 && rest[digits..].starts_with(['<', '>']);
        if found {
            self.at += digits;
        }
        found
    }

    fn redirection(&mut self) {
        let here = self.looking_at("<<") && !self.looking_at("<<<");
        if here {
            self.at += 2;
            let tabs = self.eat("-");
            self.skip_blanks(false);
            if let Some(word) = self.word() {
                let delimiter = word.literal().unwrap_or_else(|| word.written());
                self.here_documents.push((delimiter, tabs));
            }
            return;
        }
        while matches!(self.peek(), Some('<' | '>' | '&' | '|')) {
            self.at += 1;
        }
        if self.peek() == Some('(') {
            // Process substitution: its command is of no interest.
            self.at += 1;
            self.list(&[]);
            self.eat(")");
            return;
        }
        self.skip_blanks(false);
        if self.peek().is_some_and(|it| !matches!(it, '\n' | ';' | '&' | '|' | ')')) {
            self.word();
        }
    }

    /// `NAME=value`, `NAME+=value`, `NAME=(items)`, if one starts here.
    fn assignment(&mut self) -> Option<ShellAssignment> {
        let rest = self.rest();
        let name_end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_')?;
        let name = &rest[..name_end];
        if name.is_empty() || name.starts_with(|it: char| it.is_ascii_digit()) {
            return None;
        }
        let append = rest[name_end..].starts_with("+=");
        if !append && !rest[name_end..].starts_with('=') {
            return None;
        }
        let start = self.at;
        self.at += name_end + if append { 2 } else { 1 };
        let mut values = Vec::new();
        if self.eat("(") {
            loop {
                self.skip_blanks(true);
                match self.peek() {
                    None => break,
                    Some(')') => {
                        self.at += 1;
                        break;
                    }
                    Some(';' | '&' | '|' | '<' | '>' | '(') => self.at += 1,
                    Some(_) => values.extend(self.word()),
                }
            }
        } else {
            values.extend(self.word());
        }
        let place = self.source.place(start..self.at)?;
        Some(ShellAssignment { name: name.to_owned(), values, append, place })
    }

    /// A word, `None` where none starts.
    fn word(&mut self) -> Option<ShellWord> {
        let start = self.at;
        let mut parts = Parts::default();
        while let Some(next) = self.peek() {
            match next {
                '\'' => {
                    self.at += 1;
                    let rest = self.rest();
                    let end = rest.find('\'').unwrap_or(rest.len());
                    parts.text(&rest[..end], true);
                    self.at = (self.at + end + 1).min(self.text.len());
                }
                '"' => {
                    self.at += 1;
                    self.double_quoted(&mut parts);
                }
                '\\' => self.escape(&mut parts, false),
                '$' => self.dollar(&mut parts, false),
                '`' => self.backquoted(&mut parts, false),
                _ if (self.is_boundary)(next) => break,
                _ => {
                    let rest = self.rest();
                    let ends = |it| (self.is_boundary)(it) || is_expanding(it);
                    let end = rest.find(ends).unwrap_or(rest.len()).max(next.len_utf8());
                    parts.text(&rest[..end], false);
                    self.at += end;
                }
            }
        }
        let range = start..self.at;
        (start < self.at).then_some(())?;
        let place: Place = self.source.place(range.clone())?;
        let verbatim = self.source.is_verbatim(range.clone());
        let inside = if verbatim { self.inside_of(range) } else { None };
        Some(ShellWord { parts: parts.found, place, verbatim, inside })
    }

    /// Where the quoted value of a word starts: behind the quote that opens the word, or the
    /// value of `--flag=`.
    fn inside_of(&self, range: std::ops::Range<usize>) -> Option<Place> {
        let raw = self.text.get(range.clone())?;
        let value = if raw.starts_with('-') { raw.find('=')? + 1 } else { 0 };
        let quote = raw[value..].chars().next().filter(|it| matches!(it, '"' | '\''))?;
        // A word that goes on behind its closing quote is not one quoted value.
        raw[value + 1..].strip_suffix(quote)?;
        let at = range.start + value + 1;
        self.source.place(at..at)
    }

    fn double_quoted(&mut self, parts: &mut Parts) {
        // An empty string is a part too: it makes a word.
        parts.text("", true);
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => self.escape(parts, true),
                '$' => self.dollar(parts, true),
                '`' => self.backquoted(parts, true),
                _ => {
                    let rest = self.rest();
                    let end = rest.find(['"', '\\', '$', '`']).unwrap_or(rest.len());
                    parts.text(&rest[..end], true);
                    self.at += end;
                }
            }
        }
    }

    fn escape(&mut self, parts: &mut Parts, quoted: bool) {
        self.at += 1;
        match self.step() {
            None => parts.text("\\", true),
            Some('\n') => {}
            Some('\r') if self.peek() == Some('\n') => self.at += 1,
            // Inside double quotes only these four are escaped (POSIX 2.2.3).
            Some(next) if quoted && !matches!(next, '$' | '`' | '"' | '\\') => {
                parts.text("\\", true);
                parts.text(next.encode_utf8(&mut [0; 4]), true);
            }
            Some(next) => parts.text(next.encode_utf8(&mut [0; 4]), true),
        }
    }

    fn backquoted(&mut self, parts: &mut Parts, quoted: bool) {
        self.at += 1;
        let rest = self.rest();
        let end = rest.find('`').unwrap_or(rest.len());
        parts.found.push(WordPart::Substitution { text: rest[..end].to_owned(), quoted });
        self.at = (self.at + end + 1).min(self.text.len());
    }

    fn dollar(&mut self, parts: &mut Parts, quoted: bool) {
        self.at += 1;
        let rest = self.rest();
        match self.peek() {
            Some('(') => {
                let end = matching_parenthesis(rest);
                let inner = rest.get(1..end).unwrap_or("");
                parts.found.push(WordPart::Substitution { text: inner.trim().to_owned(), quoted });
                self.at = (self.at + end + 1).min(self.text.len());
            }
            Some('{') => {
                self.at += 1;
                let part = self.braced(quoted);
                parts.found.push(part);
            }
            Some('\'') if !quoted => {
                self.at += 1;
                let rest = self.rest();
                let end = rest.find('\'').unwrap_or(rest.len());
                parts.text(&rest[..end], true);
                self.at = (self.at + end + 1).min(self.text.len());
            }
            Some('"') if !quoted => {}
            Some(next) if next.is_ascii_alphabetic() || next == '_' => {
                let end = rest
                    .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                    .unwrap_or(rest.len());
                let name = rest[..end].to_owned();
                parts.found.push(WordPart::Variable { name, operator: None, quoted });
                self.at += end;
            }
            Some(next) if next.is_ascii_digit() || "@*#?$!-".contains(next) => {
                let name = next.to_string();
                parts.found.push(WordPart::Variable { name, operator: None, quoted });
                self.at += 1;
            }
            _ => parts.text("$", quoted),
        }
    }

    /// Behind `${`.
    fn braced(&mut self, quoted: bool) -> WordPart {
        let rest = self.rest();
        let mut end =
            rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(rest.len());
        for all in ["[@]", "[*]"] {
            if rest[end..].starts_with(all) {
                end += all.len();
            }
        }
        // `${?}`, `${@}`.
        let special = rest.starts_with(['?', '@', '*', '#', '$', '!', '-']);
        if end == 0 && special && rest[1..].starts_with('}') {
            end = 1;
        }
        let name = rest[..end].to_owned();
        self.at += end;
        if self.eat("}") {
            return WordPart::Variable { name, operator: None, quoted };
        }
        let rest = self.rest();
        let length = if rest.starts_with(':') { 2 } else { 1 };
        let operator: String = rest.chars().take(length).collect();
        self.at += operator.len();
        let mut word = Parts::default();
        self.depth += 1;
        while let Some(next) = self.peek() {
            match next {
                '}' => {
                    self.at += 1;
                    break;
                }
                '\\' => self.escape(&mut word, quoted),
                '"' => self.at += 1,
                '$' if self.depth < MAX_DEPTH => self.dollar(&mut word, quoted),
                '`' => self.backquoted(&mut word, quoted),
                _ => {
                    let rest = self.rest();
                    let end = rest.find(['}', '\\', '"', '$', '`']).unwrap_or(rest.len());
                    let end = end.max(next.len_utf8());
                    word.text(&rest[..end], quoted);
                    self.at += end;
                }
            }
        }
        self.depth -= 1;
        WordPart::Variable { name, operator: Some((operator, word.found)), quoted }
    }
}

#[derive(Default)]
struct Parts {
    found: Vec<WordPart>,
}

impl Parts {
    fn text(&mut self, more: &str, quoted: bool) {
        match self.found.last_mut() {
            Some(WordPart::Text { text, quoted: before }) if *before == quoted => {
                text.push_str(more);
            }
            _ => self.found.push(WordPart::Text { text: more.to_owned(), quoted }),
        }
    }
}

const RESERVED: [&str; 21] = [
    "if", "then", "elif", "else", "fi", "for", "select", "in", "do", "done", "while", "until",
    "case", "esac", "{", "}", "!", "[[", "]]", "function", "time",
];

/// Words that end whatever list they stand in.
const CLOSING: [&str; 8] = ["then", "elif", "else", "fi", "do", "done", "esac", "}"];

/// Characters that end a word.
fn is_boundary(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
}

/// Characters that end plain text inside a word without ending the word.
fn is_expanding(it: char) -> bool {
    matches!(it, '\'' | '"' | '\\' | '$' | '`')
}

/// Offset of the `)` that closes the `(` at the start, quotes respected; the end without one.
fn matching_parenthesis(text: &str) -> usize {
    let mut depth = 0;
    let mut quote = None;
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match (quote, next) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(next),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, Span};

    use super::*;

    fn commands(text: &str) -> Vec<String> {
        let source = SourceText::verbatim(text, Span::new(FileId(1), 0, text.len()));
        parse(&source)
            .commands()
            .iter()
            .map(|command| {
                let assigned = command.assignments.iter().map(|it| {
                    let values: Vec<String> = it.values.iter().map(ShellWord::written).collect();
                    format!("{}={}", it.name, values.join(","))
                });
                let words = command.words.iter().map(ShellWord::written);
                assigned.chain(words).collect::<Vec<_>>().join("|")
            })
            .collect()
    }

    #[test]
    fn commands_are_split_at_control_operators() {
        assert_eq!(
            commands("set -e; CGO_ENABLED=0 go build -o /a . && strip /a || true | tee x & y"),
            ["set|-e", "CGO_ENABLED=0|go|build|-o|/a|.", "strip|/a", "true", "tee|x", "y"]
        );
    }

    #[test]
    fn quotes_and_continued_lines_make_words() {
        assert_eq!(
            commands("go build \\\n  -ldflags \"-s -w -X 'a.b=${V} c'\" -o='x y' a\\ b # no\n"),
            ["go|build|-ldflags|-s -w -X 'a.b=${V} c'|-o=x y|a b"]
        );
    }

    #[test]
    fn loops_branches_functions_and_groups_keep_their_commands() {
        let text = "for a in amd64 arm64; do\n GOARCH=$a go build\ndone\nif [ -n \"$X\" ]; then a; \
                    elif b; then c; else d; fi\nbuild() {\n e f\n}\n( cd x && g )\ncase $1 in\n \
                    a|b) h;;\n *) i ;;\nesac\nwhile read l; do j; done < file\n";
        assert_eq!(
            commands(text),
            [
                "GOARCH=${a}|go|build",
                "[|-n|${X}|]",
                "a",
                "b",
                "c",
                "d",
                "e|f",
                "cd|x",
                "g",
                "h",
                "i",
                "read|l",
                "j"
            ]
        );
    }

    #[test]
    fn redirections_and_here_documents_are_dropped() {
        assert_eq!(
            commands("a 2>&1 >/dev/null <<EOF b\ngo build\nEOF\nc &> log; d >>x"),
            ["a|b", "c", "d"]
        );
    }

    #[test]
    fn arrays_and_operators_are_kept() {
        assert_eq!(
            commands("flags=(-trimpath -ldflags=-s)\ngo build \"${flags[@]}\" ${A:-x y} $(pwd)"),
            ["flags=-trimpath,-ldflags=-s", "go|build|${flags[@]}|${A:-x y}|$(pwd)"]
        );
    }

    #[test]
    fn a_word_knows_where_it_stands() {
        let text = "x && go build \"-ldflags=-s\"";
        let source = SourceText::verbatim(text, Span::new(FileId(1), 10, 10 + text.len()));
        let script = parse(&source);
        let words = &script.commands()[1].words;
        let at = words[2].place.at;
        assert_eq!(&text[at.start as usize - 10..at.end as usize - 10], "\"-ldflags=-s\"");
        assert!(words[2].verbatim);
    }

    #[test]
    fn any_text_ends() {
        for text in [
            "(((",
            "case",
            "for x in",
            "if",
            "$((",
            "${a:-${b",
            "`",
            "f() f() f()",
            "! ! !",
            "done fi }",
            ";;;",
            "a=(",
            "<<",
            "<(",
            "\\",
        ] {
            commands(text);
        }
        commands(&"(".repeat(5000));
        commands(&"${a:-".repeat(5000));
        commands(&"! ".repeat(5000));
        commands(&"f() ".repeat(5000));
    }
}
