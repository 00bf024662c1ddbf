//! Go files as facts: the head, and for files that matter the code in a form that outlives the
//! syntax tree. Packages, calls between files and every judgement are the business of `link`.

pub mod code;
mod constraint;
mod gomod;
mod header;
mod kinds;
mod lower;
mod prefilter;

use std::{cell::RefCell, ops::Range};

use goready_model::{FileId, Place, Problem, ProblemKind};
use tree_sitter::{Node, Parser, Tree};

pub use constraint::{Constraint, Included, name_matches};
pub use gomod::{GoWork, go_mod, go_work};
pub use header::{Header, Import, header};
pub use prefilter::may_serve;

use code::Code;
use kinds::GRAMMAR;

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
    path.split('/').any(|part| matches!(part, "testdata" | "vendor" | "third_party" | MODULE_CACHE))
}

/// The directory under which files of the module cache stand, which is no part of a project.
pub const MODULE_CACHE: &str = "$GOMODCACHE";

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
    let Some(mut tree) = tree(text.as_bytes()) else {
        return ParsedCode { code: None, broken: true, syntax: None };
    };
    let mut error = first_error(tree.root_node());
    // Of the readings the one that gets furthest is right: a real mistake stays in all of them.
    for aggregates in [false, true] {
        let Some(at) = error.as_ref().map(|it| it.start) else { break };
        let Some(reread) = new_as_plain_call(text, aggregates).and_then(|it| self::tree(&it))
        else {
            continue;
        };
        let next = first_error(reread.root_node());
        if next.as_ref().is_none_or(|it| it.start > at) {
            (tree, error) = (reread, next);
        }
    }
    let broken = error.is_some();
    let syntax = error.map(|at| {
        let rest = text.get(at.clone()).unwrap_or_default();
        let end = at.start + rest.chars().next().map_or(0, char::len_utf8);
        Problem {
            kind: ProblemKind::Syntax,
            place: Place::new(file, at.start, end),
            message: "this is not valid Go".to_owned(),
            related: None,
        }
    });
    ParsedCode { code: Some(lower::lower(text, tree.root_node())), broken, syntax }
}

fn tree(text: &[u8]) -> Option<Tree> {
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

/// The first stretch of the text that is not Go.
fn first_error(root: Node<'_>) -> Option<Range<usize>> {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return Some(node.byte_range());
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

/// The text with `new` spelt as a name that the grammar does not know, byte for byte as long.
///
/// `new(expression)` is Go since 1.26, but tree-sitter-go 0.25 wants a type between the
/// parentheses and breaks on anything else. A call of any other name takes expressions, and names
/// of types read as expressions too; only types that begin like `[]int` do not, and they are left
/// alone unless `aggregates` says that `new([]int{1})` is what stands there. `None` when there is
/// nothing to respell.
fn new_as_plain_call(text: &str, aggregates: bool) -> Option<Vec<u8>> {
    let mut bytes = text.as_bytes().to_vec();
    let mut changed = false;
    for at in memchr::memmem::find_iter(text.as_bytes(), b"new(") {
        let before = at.checked_sub(1).and_then(|it| text.as_bytes().get(it));
        if before.is_some_and(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.' | 0x80..))
        {
            continue;
        }
        let argument = text.get(at + 4..).unwrap_or_default().trim_start();
        let type_only = ["[", "map[", "chan", "<-chan", "struct", "func", "interface"]
            .iter()
            .any(|it| argument.starts_with(it));
        if (aggregates || !type_only)
            && let Some(last) = bytes.get_mut(at + 2)
        {
            *last = b'W';
            changed = true;
        }
    }
    changed.then_some(bytes)
}
