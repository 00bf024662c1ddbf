//! One file in, [`Facts`] out: never a failure, no syntax tree kept, no second file needed.
//!
//! [`classify`] says what a file is, [`parse`] gives it to the front end of its kind. Front ends
//! know syntax, not judgement: they return facts, and problems of the file itself.

pub mod build;
mod classify;
pub mod directive;
pub mod dockerfile;
pub mod dockerignore;
pub mod go;
pub mod kube;
pub mod pem;
pub mod secrets;

pub use classify::{ProjectShape, classify};

use directive::CommentStart;
use goready_model::{Directive, FileFacts, FileId, FileKind};
use goready_yaml::Comment;

/// The facts of one file.
pub type Facts = FileFacts<go::GoFile>;

/// A file to parse.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub file: FileId,
    /// Relative to the project root, with `/`.
    pub path: &'a str,
    pub text: &'a str,
    /// Whether the bytes were not valid UTF-8 (see `goready_model::SourceFile::decode`).
    pub lossy: bool,
}

/// How files are parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseOptions {
    /// Leave out what cheap byte searches show to be irrelevant. The facts are the same without.
    pub prefilter: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { prefilter: true }
    }
}

/// Parses one file.
pub fn parse(source: &Source<'_>, kind: FileKind, options: &ParseOptions) -> Facts {
    let mut facts = Facts::new(source.file, kind);
    let comments =
        if has_documents(source, kind) { documents(source, &mut facts) } else { Vec::new() };
    facts.directives = directives(source, kind, &comments);
    match kind {
        FileKind::Go => go(source, *options, &mut facts),
        FileKind::GoMod => {
            let (found, problems) = go::go_mod(source.file, source.path, source.text);
            facts.go_mod = found;
            facts.problems.extend(problems);
        }
        FileKind::Dockerfile => {
            facts.dockerfile = Some(dockerfile::parse(source));
            facts.parsed_bytes += source.text.len() as u64;
        }
        // `build::read` below.
        FileKind::Makefile
        | FileKind::Justfile
        | FileKind::ShellScript
        | FileKind::Workflow
        | FileKind::Goreleaser
        | FileKind::Ko
        | FileKind::Bake
        | FileKind::Skaffold => {}
        FileKind::Manifest
        | FileKind::Kustomization
        | FileKind::Compose
        | FileKind::ChartMetadata
        | FileKind::ChartValues
        // Templates are no YAML before they are rendered.
        | FileKind::ChartTemplate
        | FileKind::GoWork
        | FileKind::DockerIgnore
        | FileKind::Config
        | FileKind::Text => {}
    }
    build::read(source, &mut facts);
    facts.pem = pem::file(source, kind);
    (facts.secrets, facts.secret_names) =
        secrets::scan(source, kind, &facts.documents, facts.go.as_ref());
    facts
}

/// Suppressions: from the comments of a parsed document, else from the lines that start comments
/// in the file's language.
fn directives(source: &Source<'_>, kind: FileKind, comments: &[Comment]) -> Vec<Directive> {
    let Source { file, text, .. } = *source;
    let scan = |start| directive::scan(file, text, start);
    match kind {
        _ if has_documents(source, kind) => comments
            .iter()
            .filter_map(|it| {
                let at = it.place.at;
                directive::from_comment(file, text, at.start as usize..at.end as usize)
            })
            .collect(),
        FileKind::Go | FileKind::GoMod | FileKind::GoWork => scan(CommentStart::Slashes),
        FileKind::ChartTemplate => {
            let mut found = scan(CommentStart::Template);
            found.extend(scan(CommentStart::Hash));
            found
        }
        // A text about goready may show how to write a suppression.
        FileKind::Text => Vec::new(),
        _ => scan(CommentStart::Hash),
    }
}

/// Whether the file is YAML or JSON as it stands.
fn has_documents(source: &Source<'_>, kind: FileKind) -> bool {
    match kind {
        FileKind::Manifest
        | FileKind::Kustomization
        | FileKind::Compose
        | FileKind::ChartMetadata
        | FileKind::ChartValues
        | FileKind::Workflow
        | FileKind::Goreleaser
        | FileKind::Ko
        | FileKind::Skaffold => true,
        FileKind::Bake | FileKind::Config => {
            [".yaml", ".yml", ".json"].iter().any(|it| source.path.ends_with(it))
        }
        _ => false,
    }
}

fn go(source: &Source<'_>, options: ParseOptions, facts: &mut Facts) {
    let parsed = go::parse(source.file, source.path, source.text, options.prefilter);
    if parsed.code.is_some() {
        facts.parsed_bytes += source.text.len() as u64;
    }
    facts.go = Some(parsed);
}

fn documents(source: &Source<'_>, facts: &mut Facts) -> Vec<Comment> {
    let parsed = kube::parse(source, facts.kind);
    facts.documents = parsed.documents;
    // Nobody promised that a file of no known role is strict YAML or JSON (`tsconfig.json` has
    // comments): what could be read is kept for what it is worth.
    if facts.kind != FileKind::Config {
        facts.problems.extend(parsed.problems);
    }
    facts.parsed_bytes += source.text.len() as u64;
    parsed.comments
}
