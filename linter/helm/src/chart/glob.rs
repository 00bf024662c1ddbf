//! The patterns of `.Files.Glob` (github.com/gobwas/glob v0.2.3 with the separator `/`): `*` and
//! `?` stop at separators, `**` does not, `[!a-z]` and `{a,b}` are classes and alternatives.

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Glob(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    One(char),
    /// `?`: any character but a separator.
    Any,
    /// `*`
    Star,
    /// `**`
    Super,
    Class {
        negated: bool,
        members: Members,
    },
    OneOf(Vec<Vec<Piece>>),
}

#[derive(Debug)]
enum Members {
    Range(char, char),
    List(Vec<char>),
}

/// Alternatives within alternatives, as far as they are read.
const MAX_DEPTH: usize = 50;

impl Glob {
    /// Compiles a pattern; `None` for one that is malformed.
    pub(super) fn compile(pattern: &str) -> Option<Self> {
        let mut rest = pattern.chars().peekable();
        let (mut alternatives, _) = alternatives(&mut rest, 0)?;
        alternatives.pop().map(Self)
    }

    /// The pattern that Helm takes for a malformed one.
    pub(super) fn everything() -> Self {
        Self(vec![Piece::Super])
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        let mut from = vec![false; path.len() + 1];
        from[0] = true;
        run(&self.0, &path, from)[path.len()]
    }
}

type Rest<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// Reads up to the brace that closes the alternatives, or the end; commas separate only within
/// braces. What the end cuts off is complete.
fn alternatives(rest: &mut Rest<'_>, depth: usize) -> Option<(Vec<Vec<Piece>>, bool)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut found = vec![Vec::new()];
    while let Some(next) = rest.next() {
        let piece = match next {
            '{' => Piece::OneOf(alternatives(rest, depth + 1)?.0),
            ',' if depth > 0 => {
                found.push(Vec::new());
                continue;
            }
            '}' if depth > 0 => return Some((found, true)),
            '[' => class(rest)?,
            '?' => Piece::Any,
            '*' if rest.next_if_eq(&'*').is_some() => Piece::Super,
            '*' => Piece::Star,
            '\\' => match rest.next() {
                Some(escaped) => Piece::One(escaped),
                None => break,
            },
            other => Piece::One(other),
        };
        if let Some(last) = found.last_mut() {
            last.push(piece);
        }
    }
    Some((found, false))
}

/// `[abc]`, `[a-z]`, each with a `!` in front perhaps; a range stands alone.
fn class(rest: &mut Rest<'_>) -> Option<Piece> {
    let negated = rest.next_if_eq(&'!').is_some();
    let mut characters = Vec::new();
    let first = *rest.peek()?;
    let mut ahead = rest.clone();
    ahead.next();
    if ahead.peek() == Some(&'-') {
        rest.next();
        rest.next();
        let last = rest.next()?;
        if last < first || rest.next()? != ']' {
            return None;
        }
        return Some(Piece::Class { negated, members: Members::Range(first, last) });
    }
    loop {
        match rest.next()? {
            ']' if characters.is_empty() => return None,
            ']' => break,
            '\\' => characters.push(rest.next()?),
            other => characters.push(other),
        }
    }
    Some(Piece::Class { negated, members: Members::List(characters) })
}

/// Follows all positions at once, so that no pattern takes more than its length times the path's.
fn run(pattern: &[Piece], path: &[char], from: Vec<bool>) -> Vec<bool> {
    let mut reached = from;
    for piece in pattern {
        reached = match piece {
            Piece::One(wanted) => step(path, &reached, |it| it == *wanted),
            Piece::Any => step(path, &reached, |it| it != '/'),
            Piece::Class { negated, members } => step(path, &reached, |it| {
                let fits = match members {
                    Members::Range(low, high) => (*low..=*high).contains(&it),
                    Members::List(list) => list.contains(&it),
                };
                fits != *negated
            }),
            Piece::Star => spread(path, reached, |it| it != '/'),
            Piece::Super => spread(path, reached, |_| true),
            Piece::OneOf(alternatives) => {
                let mut any = vec![false; reached.len()];
                for alternative in alternatives {
                    let ends = run(alternative, path, reached.clone());
                    any.iter_mut().zip(ends).for_each(|(any, end)| *any |= end);
                }
                any
            }
        };
    }
    reached
}

fn step(path: &[char], from: &[bool], takes: impl Fn(char) -> bool) -> Vec<bool> {
    let mut reached = vec![false; from.len()];
    for (at, character) in path.iter().enumerate() {
        reached[at + 1] = from[at] && takes(*character);
    }
    reached
}

fn spread(path: &[char], mut from: Vec<bool>, takes: impl Fn(char) -> bool) -> Vec<bool> {
    for (at, character) in path.iter().enumerate() {
        from[at + 1] |= from[at] && takes(*character);
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_gobwas_matches() {
        let cases = [
            ("files/*", "files/a.txt", true),
            ("files/*", "files/sub/a.txt", false),
            ("files/**", "files/sub/a.txt", true),
            ("files/**.json", "files/sub/a.json", true),
            ("**/*.txt", "a.txt", false),
            ("files/{a,b}.txt", "files/b.txt", true),
            ("files/{a,b}.txt", "files/c.txt", false),
            ("{a*,{b,c}d}", "cd", true),
            ("files/?.txt", "files/ab.txt", false),
            ("[ab]", "b", true),
            ("[!a-c]", "d", true),
            ("[!a-c]", "b", false),
            ("[!a]", "/", true),
            ("a}b,c", "a}b,c", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("", "", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Glob::compile(pattern).unwrap().matches(path), expected, "{pattern} {path}");
        }
        for pattern in ["[", "[]", "[a", "[a-", "[a-b", "[b-a]", "[a-bc]"] {
            assert!(Glob::compile(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_of_stars_takes_no_exponential_time() {
        let pattern = "*a".repeat(200);
        let path = "a".repeat(5000);
        assert!(!Glob::compile(&format!("{pattern}b")).unwrap().matches(&path));
        let nested = format!("{}a", "{".repeat(MAX_DEPTH + 2));
        assert!(Glob::compile(&nested).is_none());
    }
}
