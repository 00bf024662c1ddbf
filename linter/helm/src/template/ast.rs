//! Templates as Go's text/template/parse sees them, each node with its span.
//!
//! The span of a node of a body covers its action from `{{` to `}}`. The spans inside it start
//! where Go says that the node is, so that an error names the same line and column as Helm's: a
//! pipe, a command at its first word; a chain of fields at its second one (`.image` of
//! `.Values.image.tag`). Go names actions and branches by the place of their pipe.
//!
//! `define` and `block` are taken out while parsing and stand in [`File::defines`].

use std::sync::Arc;

use goready_model::{FileId, Span};

/// One parsed file. It is shared between threads and renders.
#[derive(Debug, Clone)]
pub struct File {
    pub id: FileId,
    /// The text of the file itself, its definitions taken out.
    pub body: Arc<[Node]>,
    /// Named templates in source order; of two with one name the later counts, unless it is empty
    /// and the earlier is not.
    pub defines: Vec<Define>,
    /// What could not be parsed. Go refuses the whole set for the first of them.
    pub errors: Vec<ParseError>,
    pub comments: Vec<Comment>,
}

/// `{{/* text */}}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From `{{` to `}}`.
    pub span: Span,
    /// What stands between `/*` and `*/`.
    pub text: Arc<str>,
}

/// `{{ define "name" }}`, or the content of a `{{ block "name" . }}`.
#[derive(Debug, Clone)]
pub struct Define {
    pub name: String,
    /// The name's string literal.
    pub span: Span,
    pub body: Arc<[Node]>,
}

/// Something that Go's parser refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The code to mend: the word that is wrong, or the opening of a block that has no end.
    pub span: Span,
    /// The line that Go names, from 1. A block without end is noticed at the end of the file.
    pub line: u32,
    /// In Go's words, without the template's name and line.
    pub message: String,
}

/// A node of a template's body.
#[derive(Debug, Clone)]
pub enum Node {
    /// Text to copy: the bytes of its span, which trim markers have cut already.
    Text {
        span: Span,
        text: Arc<str>,
    },
    /// `{{ pipeline }}`, printed unless it declares or assigns.
    Action {
        span: Span,
        pipe: Pipe,
    },
    If(Branch),
    With(Branch),
    Range(Branch),
    /// `{{ template "name" pipeline }}`.
    Template {
        span: Span,
        /// The name's string literal, where Go says that the node is.
        name_span: Span,
        name: String,
        pipe: Option<Pipe>,
    },
    Break {
        span: Span,
    },
    Continue {
        span: Span,
    },
    /// Code that could not be parsed (see [`File::errors`], by index): running it is an error.
    Broken {
        span: Span,
        error: usize,
    },
}

impl Node {
    /// What it covers; of a block only the opening action.
    pub fn span(&self) -> Span {
        match self {
            Self::Text { span, .. }
            | Self::Action { span, .. }
            | Self::Template { span, .. }
            | Self::Break { span }
            | Self::Continue { span }
            | Self::Broken { span, .. } => *span,
            Self::If(branch) | Self::With(branch) | Self::Range(branch) => branch.span,
        }
    }
}

/// `if`, `with` or `range` with its parts; `else if` is an `else` that holds one `if`.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The opening action, from `{{` to `}}`.
    pub span: Span,
    pub pipe: Pipe,
    pub body: Vec<Node>,
    pub otherwise: Vec<Node>,
}

/// Commands joined by `|`, perhaps with variables on the left.
#[derive(Debug, Clone)]
pub struct Pipe {
    pub span: Span,
    /// `$x :=` has one, `range $i, $x :=` has two.
    pub variables: Vec<Variable>,
    /// `=` instead of `:=`.
    pub assigns: bool,
    pub commands: Vec<Command>,
}

#[derive(Debug, Clone)]
pub struct Variable {
    pub span: Span,
    /// With the `$`.
    pub name: Arc<str>,
}

/// A function, method or value, with its arguments.
#[derive(Debug, Clone)]
pub struct Command {
    pub span: Span,
    /// At least one; the first is what is called, if anything is.
    pub operands: Vec<Operand>,
}

/// A word of a command.
#[derive(Debug, Clone)]
pub struct Operand {
    pub span: Span,
    pub kind: OperandKind,
}

#[derive(Debug, Clone)]
pub enum OperandKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    Bool(bool),
    /// Unescaped.
    String(Arc<[u8]>),
    Number(Number),
    /// `.a.b`
    Field(Vec<Arc<str>>),
    /// `$x.a.b`: the variable with its `$`, then fields.
    Variable(Arc<str>, Vec<Arc<str>>),
    /// A function.
    Function(Arc<str>),
    /// `(pipeline).a.b`, fields perhaps empty.
    Pipe(Box<Pipe>, Vec<Arc<str>>),
    /// `nil.a`, `"x".a` and the like: a chain on another operand.
    Chain(Box<Operand>, Vec<Arc<str>>),
}

/// A number literal: what it can be, as in Go's constants (`1.0` can be an int too).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    pub int: Option<i64>,
    /// Only of what is too large for `int`; Go says `%s overflows int`.
    pub uint: Option<u64>,
    pub float: Option<f64>,
    /// `1+2i`: the real and the imaginary part.
    pub complex: Option<(f64, f64)>,
    /// The literal reads as an int: no point, exponent or imaginary part in its text.
    pub written_as_int: bool,
    /// A character constant such as `'a'`, an int.
    pub is_char: bool,
}

/// Whether a body is nothing but spaces: such a definition does not replace another one.
pub fn is_empty(body: &[Node]) -> bool {
    body.iter().all(|node| match node {
        Node::Text { text, .. } => text.trim().is_empty(),
        _ => false,
    })
}
