//! Which files a build context leaves out: `.dockerignore`, read as the builder reads it.
//!
//! Follows moby/patternmatcher (`ignorefile/ignorefile.go`, `patternmatcher.go` as of 2026-03) on a
//! system whose paths have slashes. Patterns are no globs of a shell and no lines of a
//! `.gitignore`: a pattern without `**` starts at the root of the context, `*` stops at a slash, and
//! what a pattern says of a directory holds for all that is in it.

use regex::Regex;

/// The patterns of an ignore file, in order.
#[derive(Debug, Default)]
pub struct Ignored {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// Starts with `!`: takes back what patterns before it left out.
    exclusion: bool,
    matcher: Matcher,
}

#[derive(Debug)]
enum Matcher {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Regex(Regex),
}

impl Ignored {
    /// Reads an ignore file; `None` for one that the builder refuses.
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().filter(|it| !it.starts_with('#'));
        let patterns: Vec<String> = lines.filter_map(line).collect();
        Self::of_patterns(&patterns)
    }

    /// Patterns as `COPY --exclude` has them; `None` when one is refused.
    pub fn of_patterns(patterns: &[String]) -> Option<Self> {
        let patterns = patterns.iter().map(|it| it.trim()).filter(|it| !it.is_empty());
        let patterns: Option<Vec<Pattern>> = patterns.map(Pattern::read).collect();
        Some(Self { patterns: patterns? })
    }

    /// Whether a file, by its path from the root of the context, is left out.
    ///
    /// A walk from the root down: a pattern that matched a directory matches what is in it.
    pub fn excludes(&self, path: &str) -> bool {
        let mut above = vec![false; self.patterns.len()];
        let mut excluded = false;
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for part in ends.filter_map(|end| path.get(..end)) {
            excluded = false;
            for (pattern, above) in self.patterns.iter().zip(&mut above) {
                if !*above {
                    // A pattern that could change nothing is not asked.
                    if pattern.exclusion != excluded {
                        continue;
                    }
                    *above = pattern.matcher.matches(part);
                }
                if *above {
                    excluded = !pattern.exclusion;
                }
            }
        }
        excluded
    }
}

/// A line as a pattern, `None` for a blank one.
fn line(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (invert, pattern) = match text.strip_prefix('!') {
        Some(rest) => ("!", rest.trim()),
        None => ("", text),
    };
    let pattern = if pattern.is_empty() { String::new() } else { clean(pattern) };
    let pattern = match pattern.strip_prefix('/') {
        Some(rest) if !rest.is_empty() => rest,
        _ => &pattern,
    };
    Some(format!("{invert}{pattern}"))
}

/// Go's `filepath.Clean`: the shortest path that means the same.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

impl Pattern {
    fn read(text: &str) -> Option<Self> {
        let text = clean(text);
        let (exclusion, pattern) = match text.strip_prefix('!') {
            Some("") => return None,
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        Some(Self { exclusion, matcher: Matcher::read(pattern)? })
    }
}

impl Matcher {
    /// What `Pattern.compile` makes of a pattern.
    fn read(pattern: &str) -> Option<Self> {
        #[derive(PartialEq, Eq, Clone, Copy)]
        enum Kind {
            Exact,
            Prefix,
            Suffix,
            Regex,
        }
        let mut kind = Kind::Exact;
        let mut expression = String::from("^");
        let mut characters = pattern.chars().peekable();
        let mut first = true;
        while let Some(next) = characters.next() {
            match next {
                '*' if characters.next_if_eq(&'*').is_some() => {
                    // `**/` is `**`.
                    characters.next_if_eq(&'/');
                    if characters.peek().is_some() {
                        expression.push_str("(.*/)?");
                        kind = Kind::Regex;
                    } else if kind == Kind::Exact {
                        kind = Kind::Prefix;
                    } else {
                        expression.push_str(".*");
                        kind = Kind::Regex;
                    }
                    if first {
                        kind = Kind::Suffix;
                    }
                }
                '*' => {
                    expression.push_str("[^/]*");
                    kind = Kind::Regex;
                }
                '?' => {
                    expression.push_str("[^/]");
                    kind = Kind::Regex;
                }
                '.' | '+' | '(' | ')' | '|' | '{' | '}' | '$' => {
                    expression.push('\\');
                    expression.push(next);
                }
                '\\' => {
                    expression.push('\\');
                    if let Some(escaped) = characters.next() {
                        expression.push(escaped);
                        kind = Kind::Regex;
                    }
                }
                '[' | ']' => {
                    expression.push(next);
                    kind = Kind::Regex;
                }
                _ => expression.push(next),
            }
            first = false;
        }
        Some(match kind {
            Kind::Exact => Self::Exact(pattern.to_owned()),
            Kind::Prefix => Self::Prefix(pattern.strip_suffix("**")?.to_owned()),
            Kind::Suffix => Self::Suffix(pattern.strip_prefix("**")?.to_owned()),
            Kind::Regex => Self::Regex(Regex::new(&format!("(?s){expression}$")).ok()?),
        })
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(pattern) => path == pattern,
            Self::Prefix(prefix) => path.starts_with(prefix),
            Self::Suffix(suffix) => {
                path.ends_with(suffix) || suffix.strip_prefix('/').is_some_and(|it| it == path)
            }
            Self::Regex(regex) => regex.is_match(path),
        }
    }
}

/// Whether a source of `COPY` brings a file, both as paths from the root of the context: the file
/// itself, a directory above it, or a pattern (Go's `filepath.Match`) of one of them.
pub fn copies(source: &str, path: &str) -> bool {
    let source = clean(source);
    let source = source.trim_start_matches('/');
    if matches!(source, "" | ".") {
        return true;
    }
    let depth = source.split('/').count();
    let parts: Vec<&str> = path.split('/').take(depth).collect();
    if parts.len() < depth {
        return false;
    }
    let above = parts.join("/");
    if !source.contains(['*', '?', '[']) {
        return source == above;
    }
    // Without `**`, which the sources do not know, both matchers say the same.
    !source.contains("**") && Matcher::read(source).is_some_and(|it| it.matches(&above))
}

#[cfg(test)]
mod tests {
    use super::{Ignored, clean, copies};

    fn excludes(text: &str, path: &str) -> bool {
        Ignored::parse(text).unwrap().excludes(path)
    }

    #[test]
    fn patterns_are_read_as_by_the_builder() {
        for (pattern, path, expected) in [
            ("**", "dir/file", true),
            ("**/**", "dir/file", true),
            ("dir/**", "dir/dir2/file", true),
            ("dir/**", "dir", false),
            ("**/dir", "dir/file", true),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**file", "dir/dir/file", true),
            ("**/file", "file", true),
            ("**/file*.txt", "dir/dir/file.txt", true),
            ("**/**/*.txt", "file.txt", true),
            ("a**/*.txt", "a/dir/dir/file.txt", true),
            ("a/*.txt", "a/dir/file.txt", false),
            ("a/*.txt", "a/file.txt", true),
            ("a[b-d]e", "ace", true),
            ("a[b-d]e", "aae", false),
            ("a[^b-d]e", "aze", true),
            (".*", ".foo", true),
            (".*", "foo", false),
            ("abc.def", "abcZdef", false),
            ("abc?def", "abcZdef", true),
            ("**/.foo", "bar.foo", false),
            ("a(b)c/def", "a(b)c/def", true),
            ("a.|)$(}+{bc", "a.|)$(}+{bc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("*", "dir/file", true),
            ("*.pem", "certs/a.pem", false),
            ("/certs/", "certs/a.pem", true),
            ("./certs/../.env", ".env", true),
            ("  .env  ", ".env", true),
            ("# .env", ".env", false),
            (".", ".env", false),
        ] {
            assert_eq!(excludes(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn later_patterns_win() {
        for (text, path, expected) in [
            ("docs\n!docs/README.md\n", "docs/README.md", false),
            ("docs\n!docs/README.md\n", "docs/other.md", true),
            ("!a\n*\n", "a", true),
            ("**\n!util/docker/web\n", "util/docker/web/foo", false),
            ("**\n!util/docker/web\nutil/docker/web/foo\n", "util/docker/web/foo", true),
            ("*\n! cmd\n!go.*\n", "cmd/api/main.go", false),
            ("*\n!cmd\n", ".env", true),
        ] {
            assert_eq!(excludes(text, path), expected, "{text} {path}");
        }
        assert!(Ignored::parse("!\n").is_none());
        assert!(Ignored::parse("a[\n").is_none());
    }

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in
            [("a//b/./c/..", "a/b"), ("../a", "../a"), ("/../a", "/a"), ("./", "."), ("/", "/")]
        {
            assert_eq!(clean(path), expected);
        }
    }

    #[test]
    fn sources_bring_files_directories_and_patterns() {
        for (source, path, expected) in [
            (".", "certs/a.key", true),
            ("./", ".env", true),
            ("certs/", "certs/a.key", true),
            ("/certs/a.key", "certs/a.key", true),
            ("certs/*.key", "certs/a.key", true),
            ("*.key", "certs/a.key", false),
            ("c*", "certs/a.key", true),
            ("cmd", "certs/a.key", false),
            ("certs/a.key/b", "certs/a.key", false),
        ] {
            assert_eq!(copies(source, path), expected, "{source} {path}");
        }
    }
}
