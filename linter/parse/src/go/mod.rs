//! Go files as facts: the head, and for files that matter the code in a form that outlives the
//! syntax tree. Packages, calls between files and every judgement are the business of `link`.

pub mod code;
mod constraint;
mod gomod;
mod header;
mod kinds;
pub mod literals;
mod lower;

use std::cell::RefCell;

use goready_model::{FileId, Place, Problem, ProblemKind};
use tree_sitter::{Node, Parser, Tree};

pub use constraint::{Constraint, Included, name_matches};
pub use gomod::{GoWork, go_mod, go_work};
pub use header::{Header, Import, header};
pub use literals::{LiteralBinding, LiteralKind};

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
    /// Named string literals, only in files where some name or value may be a credential.
    pub literals: Vec<LiteralBinding>,
}

/// The facts of a Go file and what is wrong with the file itself.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub file: GoFile,
    pub problems: Vec<Problem>,
    /// Whether the text went through the parser.
    pub parsed: bool,
}

/// Reads a file. With `prefilter` only the head is read when nothing in the bytes can matter on
/// its own.
pub fn parse(file: FileId, path: &str, text: &str, prefilter: bool) -> Parsed {
    let header = header(file, text);
    let test = path.ends_with("_test.go");
    let mut parsed = Parsed {
        file: GoFile {
            header,
            test,
            other_platform: !name_matches(path),
            code: None,
            broken: false,
            literals: Vec::new(),
        },
        problems: Vec::new(),
        parsed: false,
    };
    let _ = prefilter;
    if is_skipped(path) {
        return parsed;
    }
    parse_code(file, text, &mut parsed);
    parsed
}

/// Directories that the go command ignores or that hold others' code.
fn is_skipped(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "testdata" | "vendor" | "third_party"))
        || path.ends_with("_test.go")
}

/// Parses the code of a file whose head is known.
pub fn parse_code(file: FileId, text: &str, parsed: &mut Parsed) {
    let Some(tree) = tree(text) else {
        parsed.file.broken = true;
        return;
    };
    parsed.parsed = true;
    let root = tree.root_node();
    if root.has_error() {
        parsed.file.broken = true;
        parsed.problems.extend(syntax_problem(file, root));
    }
    parsed.file.code = Some(lower::lower(text, root));
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
fn syntax_problem(file: FileId, root: Node<'_>) -> Option<Problem> {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            if !is_new_expression(node) {
                let start = node.start_byte();
                let end = node.end_byte().min(start + 1).max(start);
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
