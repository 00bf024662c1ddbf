//! Go: literals bound to names, literals that reach a credential sink, and where in the text
//! literals stand.
//!
//! Works on tokens, not on a syntax tree: secret words occur in half the files of a large
//! repository, and most of those need no parse for anything else.

mod bindings;
mod sinks;
mod tokens;

use std::{borrow::Cow, ops::Range};

use goready_model::{
    FileId, Place, SecretCandidate, SecretConstant, SecretContext, SecretForm, SecretNames,
    SecretUse,
};

use self::{
    bindings::bindings,
    sinks::{Argument, uses},
    tokens::{Kind, Literal, Tokens},
};
use super::{
    digest::digest,
    leaf::{Evidence, Leaf},
    path::Purpose,
    prefilter::{Hit, Trigger},
    shape,
};
use crate::go::GoFile;

pub(super) use sinks::anchors;

/// The candidates of a file by name and by sink, and its names that other files may need.
pub(super) fn scan(
    file: FileId,
    text: &str,
    hits: &[Hit],
    go: &GoFile,
    purpose: Purpose,
) -> (Vec<SecretCandidate>, SecretNames) {
    let mut names = SecretNames::default();
    let unread = matches!(purpose, Purpose::Test | Purpose::Documentation);
    if unread || go.test || go.header.generated || !matters(text, hits) {
        return (Vec::new(), names);
    }
    let tokens = Tokens::new(text);
    let mut found: Vec<SecretCandidate> = bindings(&tokens)
        .into_iter()
        .filter(|it| !is_acknowledged(text, it.range.start))
        .filter_map(|it| leaf(file, &it).judge(purpose))
        .collect();
    names.constants = constants(file, &tokens);
    for it in uses(&tokens, &go.header.imports) {
        let place = Place::new(file, it.range.start, it.range.end);
        let sink = |literal: &Literal, name: &str| {
            sink_candidate(file, text, &it, literal, name).map(|candidate| SecretCandidate {
                sample: purpose != Purpose::Product,
                ..candidate
            })
        };
        match &it.argument {
            Argument::Literal(literal) => found.extend(sink(literal, "")),
            Argument::Imported { path, name } => names.uses.push(SecretUse {
                sink: it.sink.name.clone(),
                import: Some(path.clone()),
                name: name.clone(),
                place,
            }),
            Argument::Name(name) => match resolve(&tokens, name) {
                Resolved::Literal(literal) => found.extend(sink(&literal, name)),
                Resolved::Elsewhere => names.uses.push(SecretUse {
                    sink: it.sink.name.clone(),
                    import: None,
                    name: name.clone(),
                    place,
                }),
                Resolved::Computed => {}
            },
        }
    }
    (found, names)
}

/// Whether the file has a sink, or a word that may be a name's head on a line with a literal.
fn matters(text: &str, hits: &[Hit]) -> bool {
    hits.iter().any(|it| match it.trigger {
        Trigger::Sink => true,
        // A function that returns a credential has its literal on another line.
        Trigger::Word => line_around(text, it.start)
            .is_some_and(|it| it.contains(['"', '`']) || it.starts_with("func ")),
        _ => false,
    })
}

fn line_around(text: &str, at: usize) -> Option<&str> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |it| it + 1);
    text.get(start..)?.split('\n').next()
}

fn leaf(file: FileId, binding: &bindings::Binding) -> Leaf<'static> {
    Leaf {
        name: Cow::Owned(binding.name.clone()),
        value: Cow::Owned(binding.value.clone()),
        place: Place::new(file, binding.range.start, binding.range.end),
        node: None,
        context: SecretContext::Go,
        evidence: Evidence::Name,
        decoded: false,
    }
}

fn sink_candidate(
    file: FileId,
    text: &str,
    it: &sinks::Use,
    literal: &Literal,
    name: &str,
) -> Option<SecretCandidate> {
    let refused = !it.sink.accepts(&literal.value)
        || shape::is_reference(&literal.value)
        || is_acknowledged(text, literal.range.start)
        || is_acknowledged(text, it.range.start);
    if refused {
        return None;
    }
    let form = SecretForm::Sink { sink: it.sink.name.clone(), name: name.to_owned() };
    let place = Place::new(file, literal.range.start, literal.range.end);
    let used = Place::new(file, it.range.start, it.range.end);
    Some(SecretCandidate {
        name: name.to_owned(),
        length: literal.value.chars().count(),
        digest: digest(&literal.value),
        proof: (used != place).then_some(used),
        ..SecretCandidate::new(form, SecretContext::Go, place)
    })
}

/// What a plain name stands for, as far as the file says.
enum Resolved {
    Literal(Literal),
    /// The file does not declare it.
    Elsewhere,
    /// A parameter, or bound to something computed, or more than once.
    Computed,
}

fn resolve(tokens: &Tokens<'_>, name: &str) -> Resolved {
    let mut found: Option<Literal> = None;
    for index in 0..tokens.list.len() {
        if tokens.word(index) != Some(name) || tokens.before(index) == Some(Kind::Mark(b'.')) {
            continue;
        }
        let value = match (tokens.kind(index + 1), tokens.kind(index + 2)) {
            (Some(Kind::Mark(b'=') | Kind::Define), _) => tokens.literal(index + 2),
            (Some(Kind::Word), Some(Kind::Mark(b'='))) => tokens.literal(index + 3),
            _ if binds_otherwise(tokens, index) => None,
            _ => continue,
        };
        match (value, &found) {
            (Some(literal), None) => found = Some(literal),
            _ => return Resolved::Computed,
        }
    }
    found.map_or(Resolved::Elsewhere, Resolved::Literal)
}

/// A parameter, one of several assigned names, or a variable whose address is taken.
fn binds_otherwise(tokens: &Tokens<'_>, index: usize) -> bool {
    let address = tokens.before(index) == Some(Kind::Other)
        && index
            .checked_sub(1)
            .and_then(|it| tokens.list.get(it))
            .is_some_and(|it| tokens.text.get(it.start..it.end) == Some("&"));
    if address {
        return true;
    }
    // `a, name := f()` and `name, err = f()`, to the end of the list of names.
    let mut at = index + 1;
    while tokens.is(at, b',') && tokens.word(at + 1).is_some() {
        at += 2;
    }
    let listed = at > index + 1 || tokens.before(index) == Some(Kind::Mark(b','));
    if listed && matches!(tokens.kind(at), Some(Kind::Define | Kind::Mark(b'='))) {
        return true;
    }
    // `var name string`, and parameters: a name followed by a type.
    let typed = matches!(tokens.kind(index + 1), Some(Kind::Word))
        || (tokens.is(index + 1, b'[') && tokens.is(index + 2, b']'));
    let starts = match index.checked_sub(1) {
        Some(before) => {
            matches!(tokens.kind(before), Some(Kind::Mark(b'(' | b',' | b';' | b'{')))
                || matches!(tokens.word(before), Some("var" | "const"))
        }
        None => false,
    };
    typed && starts
}

/// Constants of the package that are texts.
fn constants(file: FileId, tokens: &Tokens<'_>) -> Vec<SecretConstant> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.list.len() {
        if tokens.is(at, b'{') {
            at = tokens.close(at);
            continue;
        }
        if tokens.word(at) != Some("const") {
            at += 1;
            continue;
        }
        let end = if tokens.is(at + 1, b'(') { tokens.close(at + 1) } else { at + 4 };
        for index in at..end {
            let value = index + 1 + usize::from(tokens.word(index + 1).is_some());
            if let (Some(name), true) = (tokens.word(index), tokens.is(value, b'=')) {
                let before = tokens.word(index.saturating_sub(1));
                let declared = before.is_none_or(|it| it == "const");
                let literal = tokens.literal(value + 1).filter(|_| declared);
                found.extend(literal.map(|it| SecretConstant {
                    name: name.to_owned(),
                    place: Place::new(file, it.range.start, it.range.end),
                    length: it.value.chars().count(),
                    digest: digest(&it.value),
                }));
            }
        }
        at = end;
    }
    found
}

/// `#nosec` and `nolint:gosec` on the line: somebody has looked at it.
fn is_acknowledged(text: &str, at: usize) -> bool {
    let line = line_around(text, at).unwrap_or_default();
    let comment = line.rfind("//").or_else(|| line.rfind("/*")).and_then(|it| line.get(it..));
    comment.is_some_and(|it| {
        let nosec = it.split_once("#nosec").is_some_and(|(_, rest)| {
            let rules = rest.split("--").next().unwrap_or_default();
            !rules.contains('G') || rules.contains("G101")
        });
        nosec || (it.contains("nolint:") && (it.contains("gosec") || it.contains("nolint:all")))
    })
}

/// The string literals of a Go file, without their quotes, in order.
pub(super) fn strings(text: &str) -> Vec<Range<usize>> {
    let tokens = Tokens::new(text).list.into_iter();
    tokens
        .filter(|it| it.kind == Kind::Text && it.end >= it.start + 2)
        .map(|it| it.start + 1..it.end - 1)
        .collect()
}

/// Offset of the closing quote; of the line's end when it is missing.
fn until_quote(bytes: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            it if *it == quote => return at,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::super::{path::Purpose, prefilter};
    use super::{is_acknowledged, scan, strings};
    use goready_model::{FileId, SecretForm, SecretNames};

    fn run(text: &str) -> (Vec<String>, SecretNames) {
        let go = crate::go::parse(FileId(0), "a.go", text, true);
        let hits = prefilter::hits(text);
        let (found, names) = scan(FileId(0), text, &hits, &go, Purpose::Product);
        let shown = found
            .into_iter()
            .map(|it| match it.form {
                SecretForm::Sink { sink, name } => format!("{sink}: {name}"),
                _ => it.name,
            })
            .collect();
        (shown, names)
    }

    const JWT: &str = "package p\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\n";

    #[test]
    fn strings_are_told_from_comments_and_runes() {
        let text = "a := \"x\\\"y\" // \"no\"\nb := 'q' /* \"no\" */ + `r\n\"s`\nc := '\"' / 2\n";
        let found: Vec<_> = strings(text).into_iter().map(|it| &text[it]).collect();
        assert_eq!(found, ["x\\\"y", "r\n\"s"]);
    }

    #[test]
    fn a_constant_that_reaches_a_sink_is_found_at_its_declaration() {
        let text = format!(
            "{JWT}const key = \"four words it has\"\n\nfunc f(t *jwt.Token) {{\n\tt.SignedString([]byte(key))\n}}\n"
        );
        assert_eq!(run(&text).0, ["the JWT signing key: key"]);
    }

    #[test]
    fn names_that_are_computed_reach_nothing() {
        for body in [
            "func f(t *jwt.Token, key string) {\n\tt.SignedString([]byte(key))\n}\n",
            "func f(t *jwt.Token) {\n\tkey := os.Getenv(\"KEY\")\n\tt.SignedString([]byte(key))\n}\n",
            "func f(t *jwt.Token) {\n\tkey, err := load()\n\tt.SignedString([]byte(key))\n}\n",
            "var key string\n\nfunc f(t *jwt.Token) {\n\tt.SignedString([]byte(key))\n}\n",
            "var key = \"x\"\n\nfunc init() {\n\tkey = read()\n}\n\nfunc f(t *jwt.Token) {\n\tt.SignedString([]byte(key))\n}\n",
            "func f(t *jwt.Token) {\n\tt.SignedString([]byte(\"\"))\n}\n",
        ] {
            let (found, names) = run(&format!("{JWT}{body}"));
            assert!(found.is_empty() && names.uses.is_empty(), "{body} {found:?}");
        }
    }

    #[test]
    fn names_of_other_files_are_left_to_link() {
        let text = format!("{JWT}func f(t *jwt.Token) {{\n\tt.SignedString([]byte(key))\n}}\n");
        assert_eq!(run(&text).1.uses[0].name, "key");
        let text = "package p\n\nconst (\n\tsecretKey string = \"a b\"\n\tother = 1\n)\n\nfunc f() { const x = \"y\" }\n";
        let names: Vec<_> = run(text).1.constants.into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["secretKey"]);
    }

    #[test]
    fn comments_of_other_linters_are_honoured() {
        for line in
            ["x = \"y\" // #nosec", "x = \"y\" // #nosec G101 -- test", "x = \"y\" //nolint:gosec"]
        {
            assert!(is_acknowledged(line, 4), "{line}");
        }
        for line in ["x = \"y\"", "x = \"y\" // #nosec G404", "x = \"y\" //nolint:errcheck"] {
            assert!(!is_acknowledged(line, 4), "{line}");
        }
    }
}
