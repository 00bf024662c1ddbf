//! Credential sinks: calls and fields whose argument is a key or password, so that a literal there
//! is one whatever it looks like.

use std::{ops::Range, sync::OnceLock};

use serde::Deserialize;

use super::tokens::{Kind, Literal, Tokens};
use crate::go::Import;

/// `data/secrets/credential-sinks.toml`; its head explains the fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sink {
    pub(super) name: String,
    imports: Vec<String>,
    #[serde(default)]
    function: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    field: Option<String>,
    #[serde(default, rename = "type")]
    of_type: Option<String>,
    #[serde(default)]
    keyfunc: bool,
    #[serde(default)]
    argument: usize,
    #[serde(default)]
    rest: bool,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    prefixes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    sink: Vec<Sink>,
}

/// All sinks, read once. The tests read the same text, so it always parses.
pub(super) fn sinks() -> &'static [Sink] {
    static SINKS: OnceLock<Table> = OnceLock::new();
    &SINKS
        .get_or_init(|| {
            toml::from_str(include_str!("../../../data/secrets/credential-sinks.toml"))
                .unwrap_or_default()
        })
        .sink
}

/// Texts of which every sink has one: what the byte search looks for.
pub(in super::super) fn anchors() -> impl Iterator<Item = &'static str> {
    sinks().iter().flat_map(|it| {
        let paths = it.imports.iter().filter(|it| *it != "net/http" && !it.starts_with("net/"));
        let calls = it.after.as_ref().or(it.method.as_ref()).or(it.function.as_ref());
        let broad = it.imports.iter().any(|it| it.starts_with("net/"));
        paths.map(String::as_str).chain(calls.filter(|_| broad).map(String::as_str))
    })
}

/// What reaches a sink.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Argument {
    Literal(Literal),
    /// A name of the package.
    Name(String),
    /// A name of an imported package, by import path.
    Imported {
        path: String,
        name: String,
    },
}

/// An argument at a sink.
pub(super) struct Use {
    pub(super) sink: &'static Sink,
    pub(super) argument: Argument,
    /// The argument, or the call, as bytes.
    pub(super) range: Range<usize>,
}

/// Every use of a sink in the file.
pub(super) fn uses(tokens: &Tokens<'_>, imports: &[Import]) -> Vec<Use> {
    let active: Vec<(&'static Sink, Vec<String>)> = sinks()
        .iter()
        .filter_map(|sink| {
            let names: Vec<String> =
                imports.iter().filter(|it| sink.is_import(&it.path)).map(local_name).collect();
            (!names.is_empty()).then_some((sink, names))
        })
        .collect();
    let mut found = Vec::new();
    if active.is_empty() {
        return found;
    }
    for index in 0..tokens.list.len() {
        let Some(word) = tokens.word(index) else { continue };
        for (sink, names) in &active {
            for at in sink.arguments_at(tokens, index, word, names) {
                found.extend(argument(tokens, imports, at).map(|(argument, range)| Use {
                    sink,
                    argument,
                    range,
                }));
            }
        }
    }
    found
}

impl Sink {
    fn is_import(&self, path: &str) -> bool {
        self.imports.iter().any(|it| match path.strip_prefix(it.as_str()) {
            Some("") => true,
            // A major version, or a version in the middle was written into the table.
            Some(rest) => rest
                .strip_prefix("/v")
                .is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit())),
            None => false,
        })
    }

    /// Token indices of the arguments, if the word at `index` makes a use of the sink.
    fn arguments_at(
        &self,
        tokens: &Tokens<'_>,
        index: usize,
        word: &str,
        names: &[String],
    ) -> Vec<usize> {
        if self.keyfunc {
            return if word == "func" { returned_key(tokens, index, names) } else { Vec::new() };
        }
        if let Some(field) = &self.field {
            return if word == field { self.field_value(tokens, index, names) } else { Vec::new() };
        }
        let qualified = |it: &str| {
            index >= 2
                && tokens.is(index - 1, b'.')
                && tokens.word(index - 2).is_some_and(|name| name == it)
        };
        let called = match (&self.function, &self.method) {
            (Some(function), _) => word == function && names.iter().any(|it| qualified(it)),
            (None, Some(method)) => word == method && index > 0 && tokens.is(index - 1, b'.'),
            (None, None) => false,
        };
        if !called || !tokens.is(index + 1, b'(') {
            return Vec::new();
        }
        let arguments = tokens.arguments(index + 1);
        if let Some(after) = &self.after {
            let name = arguments.first().and_then(|it| tokens.literal(*it));
            if !name.is_some_and(|it| it.value.eq_ignore_ascii_case(after)) {
                return Vec::new();
            }
        }
        let count = if self.rest { usize::MAX } else { 1 };
        arguments.into_iter().skip(self.argument).take(count).collect()
    }

    /// `Password: x` inside `redis.Options{...}`.
    fn field_value(&self, tokens: &Tokens<'_>, index: usize, names: &[String]) -> Vec<usize> {
        if !tokens.is(index + 1, b':') {
            return Vec::new();
        }
        let Some(open) = opening_brace(tokens, index) else { return Vec::new() };
        let of_type = open >= 3
            && tokens.is(open - 2, b'.')
            && tokens.word(open - 3).is_some_and(|it| names.iter().any(|name| name == it))
            && tokens.word(open - 1).is_some_and(|it| {
                self.of_type.as_ref().is_none_or(|wanted| it.ends_with(wanted.as_str()))
            });
        if of_type { vec![index + 2] } else { Vec::new() }
    }

    /// Whether a literal is the credential here: headers need their scheme.
    pub(super) fn accepts(&self, value: &str) -> bool {
        if self.prefixes.is_empty() {
            return !value.is_empty();
        }
        self.prefixes
            .iter()
            .filter_map(|it| value.strip_prefix(it.as_str()))
            .any(|it| !it.trim().is_empty())
    }
}

/// The brace that opens the literal around a token.
fn opening_brace(tokens: &Tokens<'_>, index: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (0..index).rev() {
        match tokens.kind(at) {
            Some(Kind::Mark(b'}' | b')' | b']')) => depth += 1,
            Some(Kind::Mark(b'{')) if depth == 0 => return Some(at),
            Some(Kind::Mark(b'(' | b'[')) if depth == 0 => return None,
            Some(Kind::Mark(b'{' | b'(' | b'[')) => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What `func(token *jwt.Token) (any, error) { return key, nil }` returns.
fn returned_key(tokens: &Tokens<'_>, func: usize, names: &[String]) -> Vec<usize> {
    let mut open = func + 1;
    // Over the receiver or the name of a declared function.
    if tokens.word(open).is_some() {
        open += 1;
    }
    if !tokens.is(open, b'(') {
        return Vec::new();
    }
    let end = tokens.close(open);
    let takes_token = (open..end).any(|it| {
        tokens.word(it) == Some("Token")
            && it >= 2
            && tokens.is(it - 1, b'.')
            && tokens.word(it - 2).is_some_and(|name| names.iter().any(|it| it == name))
    });
    // `(any, error)`.
    let body = if tokens.is(end, b'(') { tokens.close(end) } else { end };
    if !takes_token || !tokens.is(body, b'{') {
        return Vec::new();
    }
    let close = tokens.close(body);
    (body..close).filter(|it| tokens.word(*it) == Some("return")).map(|it| it + 1).collect()
}

/// The argument at a token index, when it is a constant text or a plain name.
fn argument(
    tokens: &Tokens<'_>,
    imports: &[Import],
    at: usize,
) -> Option<(Argument, Range<usize>)> {
    if let Some(literal) = tokens.literal(at) {
        let range = literal.range.clone();
        return Some((Argument::Literal(literal), range));
    }
    let converted =
        tokens.is(at, b'[') && tokens.word(at + 2) == Some("byte") && tokens.is(at + 3, b'(');
    let start = if converted { at + 4 } else { at };
    let first = tokens.word(start)?;
    let (argument, next) = if tokens.is(start + 1, b'.') {
        let import = imports.iter().find(|it| local_name(it) == first)?;
        let name = tokens.word(start + 2)?.to_owned();
        (Argument::Imported { path: import.path.clone(), name }, start + 3)
    } else {
        (Argument::Name(first.to_owned()), start + 1)
    };
    let ends = matches!(tokens.kind(next), Some(Kind::Mark(b',' | b')' | b'}' | b';')) | None);
    let range = tokens.list.get(start)?.start..tokens.list.get(next - 1)?.end;
    ends.then_some((argument, range))
}

/// The name an import has in the file: its alias, or the last part of the path without version.
fn local_name(import: &Import) -> String {
    if let Some(name) = &import.name {
        return name.clone();
    }
    let mut parts = import.path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let version = last.strip_prefix('v').is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()));
    let name = if version { parts.next().unwrap_or(last) } else { last };
    // `jwt-go` declares `jwt`, `go-redis` declares `redis`, `gopkg.in/x.v1` declares `x`.
    let name = name.split('.').next().unwrap_or(name);
    let name = name.strip_prefix("go-").unwrap_or(name);
    let name = name.strip_suffix("-go").unwrap_or(name);
    name.replace('-', "")
}

#[cfg(test)]
mod tests {
    use goready_model::FileId;

    use super::{super::tokens::Tokens, Argument, sinks, uses};

    fn found(import: &str, body: &str) -> Vec<(String, String)> {
        let text = format!("package p\n\nimport (\n\t{import}\n)\n\nfunc f() {{\n\t{body}\n}}\n");
        let header = crate::go::header(FileId(0), &text);
        uses(&Tokens::new(&text), &header.imports)
            .into_iter()
            .map(|it| {
                let argument = match it.argument {
                    Argument::Literal(literal) => format!("\"{}\"", literal.value),
                    Argument::Name(name) => name,
                    Argument::Imported { path, name } => format!("{path}.{name}"),
                };
                (it.sink.name.clone(), argument)
            })
            .collect()
    }

    #[test]
    fn the_table_parses() {
        assert!(sinks().len() > 15);
    }

    #[test]
    fn calls_fields_and_key_functions_are_sinks() {
        let jwt = "\"github.com/golang-jwt/jwt/v5\"";
        for (import, body, argument) in [
            (jwt, "t.SignedString([]byte(\"k\"))", "\"k\""),
            (jwt, "t.SignedString([]byte(jwtKey))", "jwtKey"),
            (
                "\"a.b/c/common\"\n\t\"github.com/dgrijalva/jwt-go\"",
                "t.SignedString([]byte(common.Key))",
                "a.b/c/common.Key",
            ),
            (
                jwt,
                "jwt.Parse(x, func(t *jwt.Token) (any, error) {\n\t\treturn []byte(\"k\"), nil\n\t})",
                "\"k\"",
            ),
            ("\"crypto/hmac\"", "hmac.New(sha256.New, []byte(\"k\"))", "\"k\""),
            ("h \"crypto/hmac\"", "h.New(sha256.New, key)", "key"),
            ("\"net/http\"", "r.SetBasicAuth(\"u\", \"p\")", "\"p\""),
            ("\"net/http\"", "r.Header.Set(\"Authorization\", \"Bearer x\")", "\"Bearer x\""),
            (
                "\"github.com/redis/go-redis/v9\"",
                "redis.NewClient(&redis.Options{Addr: a, Password: \"p\"})",
                "\"p\"",
            ),
            ("\"github.com/gorilla/sessions\"", "sessions.NewCookieStore([]byte(\"k\"))", "\"k\""),
        ] {
            let arguments: Vec<_> = found(import, body).into_iter().map(|it| it.1).collect();
            assert_eq!(arguments, [argument], "{body}");
        }
    }

    #[test]
    fn other_calls_and_computed_arguments_are_none() {
        for (import, body) in [
            ("\"crypto/hmac\"", "hmac.New(sha256.New, key())"),
            ("\"crypto/hmac\"", "list.New(a, \"b\")"),
            ("\"net/http\"", "r.Header.Set(\"Accept\", \"x\")"),
            ("\"net/http\"", "r.Header.Set(\"Authorization\", \"Bearer \"+token)"),
            ("\"github.com/redis/go-redis/v9\"", "x := Form{Password: \"p\"}"),
            ("\"fmt\"", "t.SignedString([]byte(\"k\"))"),
        ] {
            assert!(found(import, body).is_empty(), "{body}");
        }
    }
}
