//! `.helmignore`: Helm's own matching, which is not git's (helm 4.3.1 pkg/ignore/rules.go).
//!
//! Rules are asked in order and the first that matches decides; a negated rule ignores whatever it
//! does not match and ends there.

/// What a `.helmignore` leaves out of its chart.
#[derive(Debug)]
pub struct IgnoreRules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// Without `!` and the slashes that only say what it is about.
    pattern: Pattern,
    negated: bool,
    only_directories: bool,
    /// Matched against the last name of a path, not all of it.
    only_name: bool,
}

impl IgnoreRules {
    /// Reads the text of a `.helmignore`, which is empty where there is none: dot files of
    /// `templates/` are left out of every chart.
    ///
    /// # Errors
    /// A pattern that Helm refuses, in its words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Self(Vec::new());
        for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
            rules.add(line)?;
        }
        rules.add("templates/.?*")?;
        Ok(rules)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        let malformed = || "syntax error in pattern".to_owned();
        Pattern::parse(line).ok_or_else(malformed)?;
        let (negated, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (only_directories, line) = match line.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (only_name, pattern) = match line.strip_prefix('/') {
            Some(rest) => (false, rest),
            None => (!line.contains('/'), line),
        };
        let pattern = Pattern::parse(pattern).ok_or_else(malformed)?;
        self.0.push(Rule { pattern, negated, only_directories, only_name });
        Ok(())
    }

    /// Whether a file of the chart is left out, by itself or with a directory around it.
    pub fn leaves_out(&self, path: &str) -> bool {
        let directories = path.match_indices('/').map(|(end, _)| &path[..end]);
        directories.into_iter().any(|it| self.ignores(it, true)) || self.ignores(path, false)
    }

    fn ignores(&self, path: &str, is_directory: bool) -> bool {
        for rule in &self.0 {
            let fits = || {
                let name = path.rsplit('/').next().unwrap_or(path);
                let subject = if rule.only_name { name } else { path };
                rule.pattern.matches(subject)
            };
            if rule.negated {
                if rule.only_directories && !is_directory || !fits() {
                    return true;
                }
            } else if (is_directory || !rule.only_directories) && fits() {
                return true;
            }
        }
        false
    }
}

/// A pattern of Go's `path/filepath.Match`.
#[derive(Debug)]
enum Pattern {
    /// Nothing but characters.
    Name(String),
    /// A star, then nothing but characters.
    Ending(String),
    Other(Vec<Piece>),
}

#[derive(Debug)]
enum Piece {
    Star,
    Any,
    One(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern; `None` for one that Go calls malformed.
    fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text.chars();
        while let Some(first) = rest.next() {
            pieces.push(match first {
                '*' => Piece::Star,
                '?' => Piece::Any,
                '[' => class(&mut rest)?,
                '\\' => Piece::One(rest.next()?),
                other => Piece::One(other),
            });
        }
        let characters = |pieces: &[Piece]| -> Option<String> {
            pieces.iter().map(|it| if let Piece::One(it) = it { Some(*it) } else { None }).collect()
        };
        Some(
            match pieces.split_first() {
                Some((Piece::Star, rest)) => characters(rest).map(Self::Ending),
                _ => characters(&pieces).map(Self::Name),
            }
            .unwrap_or(Self::Other(pieces)),
        )
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(wanted) => name == wanted,
            Self::Ending(end) => name.strip_suffix(&**end).is_some_and(|it| !it.contains('/')),
            Self::Other(pieces) => run(pieces, &name.chars().collect::<Vec<_>>()),
        }
    }
}

fn class(rest: &mut std::str::Chars<'_>) -> Option<Piece> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if rest.as_str().starts_with(']') && !ranges.is_empty() {
            rest.next();
            return Some(Piece::Class { negated, ranges });
        }
        let low = class_character(rest)?;
        let high = if rest.as_str().starts_with('-') {
            rest.next();
            class_character(rest)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

fn class_character(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let character = match rest.next()? {
        '-' | ']' => return None,
        '\\' => rest.next()?,
        other => other,
    };
    // A class that ends right here was never closed.
    (!rest.as_str().is_empty()).then_some(character)
}

/// Matches with one level of backtracking: only the last star can need it.
fn run(pattern: &[Piece], name: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match (pattern.get(at), name.get(read)) {
            (None, None) => return true,
            (Some(Piece::Star), _) => {
                star = Some((at, read));
                at += 1;
                continue;
            }
            (Some(Piece::Any), Some(it)) => *it != '/',
            (Some(Piece::One(wanted)), Some(it)) => wanted == it,
            (Some(Piece::Class { negated, ranges }), Some(it)) => {
                *it != '/'
                    && ranges.iter().any(|(low, high)| (low..=high).contains(&it)) != *negated
            }
            _ => false,
        };
        if step {
            at += 1;
            read += 1;
            continue;
        }
        // The star takes one more character, which must not be a separator.
        match star {
            Some((star_at, taken)) if name.get(taken).is_some_and(|it| *it != '/') => {
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                read = taken + 1;
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> IgnoreRules {
        IgnoreRules::parse(text).unwrap()
    }

    #[test]
    fn patterns_match_as_in_go() {
        let cases = [
            ("*.txt", "a.txt", true),
            ("*.txt", "a/b.txt", false),
            ("a/*", "a/b", true),
            ("a*b*c", "aXbYbZc", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("a\\*", "a*", true),
            ("?", "/", false),
            ("", "", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(
                Pattern::parse(pattern).unwrap().matches(name),
                expected,
                "{pattern} {name}"
            );
        }
        for pattern in ["[", "[]", "[a", "[a-]", "a\\", "[-]"] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_without_slash_is_for_names_anywhere() {
        let rules = rules("*.bak\n/top.txt\ndir/\nsub/x\n");
        for path in ["a.bak", "deep/er/a.bak", "top.txt", "dir/a", "x/dir/y", "sub/x"] {
            assert!(rules.leaves_out(path), "{path}");
        }
        for path in ["a/top.txt", "dir", "y/sub/x", "values.yaml"] {
            assert!(!rules.leaves_out(path), "{path}");
        }
    }

    #[test]
    fn a_negated_rule_ignores_whatever_it_does_not_match() {
        let rules = rules("!*.yaml\n*.yaml\n");
        assert!(rules.leaves_out("a.txt"));
        assert!(rules.leaves_out("a.yaml"));
        assert!(!self::rules("!*.yaml\n").leaves_out("a.yaml"));
    }

    #[test]
    fn dot_files_of_templates_are_ignored_in_every_chart() {
        assert!(rules("").leaves_out("templates/.hidden"));
        assert!(!rules("").leaves_out(".hidden"));
    }

    #[test]
    fn patterns_that_helm_refuses_are_refused() {
        assert!(IgnoreRules::parse("a/**\n").is_err_and(|it| it.contains("double-star")));
        assert!(IgnoreRules::parse("[a\n").is_err());
        assert!(IgnoreRules::parse("# **\n").is_ok());
    }
}
