//! Go files as facts: the head, and for files that matter the code in a form that outlives the
//! syntax tree. Packages, calls between files and every judgement are the business of `link`.

pub mod code;
mod constraint;
mod gomod;
mod header;
mod kinds;
mod lower;
mod prefilter;

use std::cell::RefCell;

use goready_model::{FileId, Place, Problem, ProblemKind};
use tree_sitter::{Node, Parser, Tree};

pub use constraint::{Constraint, Included, name_matches};
pub use gomod::{GoWork, go_mod, go_work};
pub use header::{Header, Import, header};

use code::Code;
use kinds::{GRAMMAR, Kind};

/// What one Go file says.
#[derive(Debug, Clone)]
pub struct GoFile {
    pub header: Header,
    /// Ends in `_test.go`.
    pub test: bool,
    /// The suffix of the name excludes it from a Linux build.
    pub other_platform: bool,
    /// `None` when the file was not parsed: link asks for it when a program reaches the file.
    pub code: Option<Code>,
    /// The syntax tree has errors: nothing may be concluded from what is absent.
    pub broken: bool,
    /// Where the text stops being Go. Link reports it for files that are judged; which files are
    /// parsed is a matter of speed.
    pub syntax: Option<Problem>,
    /// The file is judged whether a program reaches it or not.
    pub alone: bool,
}

/// Reads a file. With `prefilter` only the head is read when nothing in the bytes can matter on
/// its own; link then asks for the code of the files that a program reaches, see [`mod@code`].
pub fn parse(file: FileId, path: &str, text: &str, prefilter: bool) -> GoFile {
    let mut parsed = GoFile {
        header: header(file, text),
        test: path.ends_with("_test.go"),
        other_platform: !name_matches(path),
        code: None,
        broken: false,
        syntax: None,
        alone: false,
    };
    if parsed.test || is_foreign(path) || is_plain_generated(path, &parsed, text) {
        return parsed;
    }
    parsed.alone = prefilter::matters_alone(text);
    if parsed.alone || !prefilter {
        let code = code(file, text);
        parsed.code = code.code;
        parsed.broken = code.broken;
        parsed.syntax = code.syntax;
    }
    parsed
}

/// Whether a file belongs to somebody else or to tests.
pub fn is_foreign(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "testdata" | "vendor" | "third_party"))
}

/// Generated code that only carries data and stubs. What wire and go-swagger write wires a
/// program together and is read like code of people.
pub fn is_plain_generated(path: &str, file: &GoFile, text: &str) -> bool {
    file.header.generated
        && !path.ends_with("wire_gen.go")
        && file.header.package != "main"
        && !file.header.imports.iter().any(|it| it.path == "os/signal")
        && memchr::memmem::find(text.as_bytes(), b".ListenAndServe").is_none()
}

/// The code of one file.
#[derive(Debug, Clone)]
pub struct ParsedCode {
    /// `None` only when the parser gave up.
    pub code: Option<Code>,
    pub broken: bool,
    pub syntax: Option<Problem>,
}

/// Parses the code of a file.
pub fn code(file: FileId, text: &str) -> ParsedCode {
    let Some(tree) = tree(text) else {
        return ParsedCode { code: None, broken: true, syntax: None };
    };
    let root = tree.root_node();
    let broken = root.has_error();
    let syntax = if broken { syntax_problem(file, text, root) } else { None };
    ParsedCode { code: Some(lower::lower(text, root)), broken, syntax }
}

fn tree(text: &str) -> Option<Tree> {
    thread_local! {
        static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
    }
    PARSER.with_borrow_mut(|slot| {
        let parser = match slot {
            Some(parser) => parser,
            None => {
                let mut parser = Parser::new();
                parser.set_language(&GRAMMAR.language).ok()?;
                slot.insert(parser)
            }
        };
        parser.parse(text, None)
    })
}

/// The first place where the text stops being Go, unless the parser is behind the language.
fn syntax_problem(file: FileId, text: &str, root: Node<'_>) -> Option<Problem> {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            if !is_new_expression(node) {
                let start = node.start_byte();
                let rest = text.get(start..node.end_byte()).unwrap_or_default();
                let end = start + rest.chars().next().map_or(0, char::len_utf8);
                return Some(Problem {
                    kind: ProblemKind::Syntax,
                    place: Place::new(file, start, end),
                    message: "this is not valid Go".to_owned(),
                    related: None,
                });
            }
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

/// `new(expression)` is Go since 1.26; the grammar (tree-sitter-go 0.25) wants a type there.
fn is_new_expression(node: Node<'_>) -> bool {
    let mut parent = node.parent();
    while let Some(ancestor) = parent {
        if GRAMMAR.kind(ancestor) == Kind::CallExpression {
            let function = ancestor.child_by_field_id(GRAMMAR.fields.function);
            if function.is_some_and(|it| it.byte_range().len() == 3) {
                return true;
            }
        }
        parent = ancestor.parent();
    }
    false
}
