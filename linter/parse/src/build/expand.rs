//! Shell and Dockerfile words with their variables filled in.
//!
//! A value that is not known stays visible as `${NAME}`, so that a path or flag that is known in
//! part can still be compared: `dist/${TARGETARCH}/api`. What stands for something else than a
//! variable (a command's output, a template expression) is [`UNKNOWN`].

use goready_model::WordPart;

/// Stands for text that is not known and has no name.
pub const UNKNOWN: &str = "${?}";

/// Nested defaults (`${A:-${B:-...}}`) that are followed.
const MAX_DEPTH: usize = 16;

/// The variables BuildKit sets for each platform of a build, when a stage asks for them with
/// `ARG` (Dockerfile reference, "Automatic platform ARGs in the global scope").
pub const PLATFORM_VARIABLES: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

/// A variable that is not known, as it stands in a value.
pub fn unresolved(name: &str) -> String {
    format!("${{{name}}}")
}

/// Whether nothing in the value is unknown.
pub fn is_resolved(value: &str) -> bool {
    !value.contains("${")
}

/// What a variable is worth.
pub trait Lookup {
    /// The value, one or several items; `None` when the variable is not known.
    fn variable(&self, name: &str) -> Option<Vec<String>>;

    /// The output of a command, when it is known.
    fn substitution(&self, command: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String>> Lookup for F {
    fn variable(&self, name: &str) -> Option<Vec<String>> {
        self(name).map(|it| vec![it])
    }

    fn substitution(&self, _command: &str) -> Option<String> {
        None
    }
}

/// The word as one text: inside quotes, or where no field splitting happens.
pub fn text(parts: &[WordPart], lookup: &dyn Lookup) -> String {
    text_at(parts, lookup, 0)
}

fn text_at(parts: &[WordPart], lookup: &dyn Lookup, depth: usize) -> String {
    let mut found = String::new();
    for part in parts {
        match part {
            WordPart::Text { text, .. } => found.push_str(text),
            _ => found.push_str(&items(part, lookup, depth).join(" ")),
        }
    }
    found
}

/// The word as the fields a shell makes of it: values outside quotes are split at blanks, arrays
/// give one field an item.
pub fn fields(parts: &[WordPart], lookup: &dyn Lookup) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for part in parts {
        match part {
            WordPart::Text { text, .. } => open.get_or_insert_default().push_str(text),
            WordPart::Variable { quoted, .. } | WordPart::Substitution { quoted, .. } => {
                let mut first = true;
                for item in items(part, lookup, 0) {
                    // Items of an array are fields of their own.
                    if !std::mem::take(&mut first) {
                        found.extend(open.take());
                    }
                    if *quoted {
                        open.get_or_insert_default().push_str(&item);
                        continue;
                    }
                    let starts_blank = item.starts_with(char::is_whitespace);
                    let ends_blank = item.ends_with(char::is_whitespace);
                    for (index, field) in item.split_whitespace().enumerate() {
                        if index > 0 || starts_blank {
                            found.extend(open.take());
                        }
                        open.get_or_insert_default().push_str(field);
                    }
                    if ends_blank {
                        found.extend(open.take());
                    }
                }
            }
        }
    }
    found.extend(open);
    found
}

fn items(part: &WordPart, lookup: &dyn Lookup, depth: usize) -> Vec<String> {
    match part {
        WordPart::Text { text, .. } => vec![text.clone()],
        WordPart::Substitution { text, .. } => {
            vec![lookup.substitution(text).unwrap_or_else(|| UNKNOWN.to_owned())]
        }
        WordPart::Variable { name, operator, .. } => {
            let bare = name.trim_end_matches("[@]").trim_end_matches("[*]");
            let value = lookup.variable(bare);
            let Some((operator, word)) = operator else {
                return value.unwrap_or_else(|| vec![unresolved(bare)]);
            };
            if depth >= MAX_DEPTH {
                return vec![UNKNOWN.to_owned()];
            }
            // A build argument that nobody sets takes the default. The platform's variables are
            // always set, by BuildKit.
            let is_set = value.as_ref().is_some_and(|it| {
                PLATFORM_VARIABLES.contains(&bare) && it.len() == 1
                    || it.join(" ") != unresolved(bare)
            });
            let is_empty = value.as_ref().is_none_or(|it| it.iter().all(String::is_empty));
            let present = is_set && !(operator.starts_with(':') && is_empty);
            match operator.as_str() {
                ":-" | "-" | ":=" | "=" | ":?" | "?" => match value {
                    Some(value) if present => value,
                    _ => vec![text_at(word, lookup, depth + 1)],
                },
                ":+" | "+" if present => vec![text_at(word, lookup, depth + 1)],
                ":+" | "+" => vec![String::new()],
                "#" | "%" => {
                    let pattern = text_at(word, lookup, depth + 1);
                    let cut = |it: String| cut(&it, operator == "#", &pattern);
                    value.map_or_else(
                        || vec![UNKNOWN.to_owned()],
                        |it| it.into_iter().map(cut).collect(),
                    )
                }
                _ => vec![UNKNOWN.to_owned()],
            }
        }
    }
}

/// `${NAME#pattern}` and its relatives, for patterns that are a text, `*text` in front or `text*`
/// behind. An unknown part may be cut off; where it stays nothing is known.
fn cut(value: &str, front: bool, pattern: &str) -> String {
    let operator = if front { '#' } else { '%' };
    // The second character of `##` and `%%` is read as the pattern's first.
    let (longest, pattern) = match pattern.strip_prefix(operator) {
        Some(pattern) => (true, pattern),
        None => (false, pattern),
    };
    let found = match (front, pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (true, Some(text), _) if !text.is_empty() && !text.contains('*') => {
            let at = if longest { value.rfind(text) } else { value.find(text) };
            at.map_or(value, |at| &value[at + text.len()..])
        }
        (false, _, Some(text)) if !text.is_empty() && !text.contains('*') => {
            let at = if longest { value.find(text) } else { value.rfind(text) };
            at.map_or(value, |at| &value[..at])
        }
        (true, None, None) => value.strip_prefix(pattern).unwrap_or(value),
        (false, None, None) => value.strip_suffix(pattern).unwrap_or(value),
        _ => return UNKNOWN.to_owned(),
    };
    if is_resolved(found) && is_resolved(pattern) { found.to_owned() } else { UNKNOWN.to_owned() }
}

/// Whether two texts can be the same when each unknown part stands for some text: one without `/`
/// for an operating system or architecture (and for `*`), any text otherwise.
pub fn may_equal(left: &str, right: &str) -> bool {
    let is_open = |it: &str| it.contains(['$', '*']);
    if !is_open(left) && !is_open(right) {
        return left == right;
    }
    matches(&tokens(left), &tokens(right))
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Token {
    Char(char),
    /// Text without `/`.
    Part,
    /// Any text.
    Any,
}

/// Variables that hold one part of a path.
const PARTS: [&str; 6] =
    ["TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDOS", "BUILDARCH", "BUILDVARIANT"];

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (token, length) = match rest.strip_prefix("${").and_then(|it| it.split_once('}')) {
            Some((name, _)) if PARTS.contains(&name) => (Token::Part, name.len() + 3),
            Some((name, _)) => (Token::Any, name.len() + 3),
            None if next == '*' => (Token::Part, 1),
            None => (Token::Char(next), next.len_utf8()),
        };
        rest = &rest[length..];
        found.push(token);
    }
    // Paths, not documents: a bound on the quadratic comparison.
    found.truncate(512);
    found
}

/// Two-sided wildcard comparison by reachable prefixes: `reach[j]` says whether the tokens of the
/// left side so far can spell the first `j` of the right.
fn matches(left: &[Token], right: &[Token]) -> bool {
    let mut reach = vec![false; right.len() + 1];
    reach[0] = true;
    close_right(&mut reach, right);
    for token in left {
        let mut next = vec![false; right.len() + 1];
        match token {
            Token::Part | Token::Any => {
                let mut open = false;
                for j in 0..=right.len() {
                    open |= reach[j];
                    next[j] = open;
                    if *token == Token::Part && right.get(j) == Some(&Token::Char('/')) {
                        open = false;
                    }
                }
            }
            Token::Char(it) => {
                for (j, other) in right.iter().enumerate() {
                    match other {
                        Token::Any => next[j] |= reach[j],
                        Token::Part if *it != '/' => next[j] |= reach[j],
                        Token::Char(other) if other == it => next[j + 1] |= reach[j],
                        _ => {}
                    }
                }
            }
        }
        reach = next;
        close_right(&mut reach, right);
    }
    reach[right.len()]
}

/// A wildcard on the right may stand for nothing.
fn close_right(reach: &mut [bool], right: &[Token]) {
    for (j, token) in right.iter().enumerate() {
        if reach[j] && !matches!(token, Token::Char(_)) {
            reach[j + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, SourceText, Span};

    use super::*;
    use crate::build::shell;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "A" => Some("one two".into()),
            "E" => Some(String::new()),
            "P" => Some("linux/arm64/v8".into()),
            "V" => Some("${?}:Dockerfile".into()),
            "TARGETARCH" => Some("${TARGETARCH}".into()),
            "ARG" => Some("${ARG}".into()),
            _ => None,
        }
    }

    fn expand(word: &str) -> Vec<String> {
        let source = SourceText::verbatim(word, Span::new(FileId(0), 0, word.len()));
        let words = shell::words(&source);
        fields(&words[0].1.parts, &lookup)
    }

    #[test]
    fn values_outside_quotes_are_split() {
        for (word, expected) in [
            ("$A", vec!["one", "two"]),
            ("\"$A\"", vec!["one two"]),
            ("x$A.y", vec!["xone", "two.y"]),
            ("$E", vec![]),
            ("\"$E\"", vec![""]),
            ("a/$B/c", vec!["a/${B}/c"]),
            ("${B:-d}", vec!["d"]),
            ("${E:-d}", vec!["d"]),
            ("${E-d}", vec![]),
            ("${A:+d}", vec!["d"]),
            ("${B:+d}", vec![]),
            ("${TARGETARCH:-amd64}", vec!["${TARGETARCH}"]),
            ("${ARG:-d}", vec!["d"]),
            ("${P#*/}", vec!["arm64/v8"]),
            ("${P##*/}", vec!["v8"]),
            ("${P%/*}", vec!["linux/arm64"]),
            ("${P%%/*}", vec!["linux"]),
            ("${P%/v8}", vec!["linux/arm64"]),
            ("${P#windows/}", vec!["linux/arm64/v8"]),
            ("${P/v8/v7}", vec!["${?}"]),
            ("${V#*:}", vec!["Dockerfile"]),
            ("${V%%:*}", vec!["${?}"]),
            ("$(date)", vec!["${?}"]),
            ("'$A'", vec!["$A"]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            // An empty unquoted value gives no field.
            let found: Vec<String> = expand(word);
            assert_eq!(found, expected, "{word}");
        }
    }

    #[test]
    fn unknown_parts_stand_for_some_text() {
        for (left, right, expected) in [
            ("dist/${OS}/${ARCH}/api", "dist/${TARGETOS}/${TARGETARCH}/api", true),
            ("dist/linux/amd64/api", "dist/${TARGETOS}/${TARGETARCH}/api", true),
            ("dist/linux/amd64/web", "dist/${TARGETOS}/${TARGETARCH}/api", false),
            ("bin/${X}", "bin/a/b", true),
            ("bin/${TARGETARCH}", "bin/a/b", false),
            ("bin/*", "bin/a/b", false),
            ("/src/${X}/bin", "/src/a/b/bin", true),
            ("/src/${X}/bin", "/src/a/b/out", false),
            ("bin/${X}", "${Y}/api", true),
            ("bin/api", "bin/api", true),
            ("bin/a*", "bin/api", true),
            ("", "", true),
        ] {
            assert_eq!(may_equal(left, right), expected, "{left} {right}");
            assert_eq!(may_equal(right, left), expected, "{right} {left}");
        }
    }
}
