//! Templates as Go's text/template/parse sees them, each node with its place in the text.
//!
//! Charts vendor one library many times over, so a tree says nothing about the file that it was
//! read from: its copies share it ([`File`]), and places are offsets ([`Extent`]). Trees of all
//! charts of a repository are held at once; their nodes are kept small.
//!
//! The span of a node of a body covers its action from `{{` to `}}`. The spans inside it start
//! where Go says that the node is, so that an error names the same line and column as Helm's: a
//! pipe, a command at its first word; a chain of fields at its second one (`.image` of
//! `.Values.image.tag`). Go names actions and branches by the place of their pipe.
//!
//! `define` and `block` are taken out while parsing and stand in [`File::defines`].

use std::sync::Arc;

use goready_model::{FileId, Span};

/// One parsed file. It is shared between threads and renders; what it holds is shared by files with
/// the same text.
#[derive(Debug, Clone)]
pub struct File {
    pub id: FileId,
    /// What was parsed.
    pub text: Arc<str>,
    /// The text of the file itself, its definitions taken out.
    pub body: Arc<[Node]>,
    /// Named templates in source order; of two with one name the later counts, unless it is empty
    /// and the earlier is not.
    pub defines: Arc<[Define]>,
    /// What could not be parsed. Go refuses the whole set for the first of them.
    pub errors: Arc<[ParseError]>,
    /// `{{/* text */}}`, from `{{` to `}}`.
    pub comments: Arc<[Extent]>,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Extent {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte, at least `start`.
    pub end: u32,
}

impl Extent {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The same part of a file.
    pub fn in_file(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }

    /// This part of the text it belongs to.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// `{{ define "name" }}`, or the content of a `{{ block "name" . }}`.
#[derive(Debug, Clone)]
pub struct Define {
    pub name: String,
    /// The name's string literal.
    pub span: Extent,
    pub body: Arc<[Node]>,
}

/// Something that Go's parser refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The code to mend: the word that is wrong, or the opening of a block that has no end.
    pub span: Extent,
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
        span: Extent,
    },
    /// `{{ pipeline }}`, printed unless it declares or assigns.
    Action {
        span: Extent,
        pipe: Pipe,
    },
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    /// `{{ template "name" pipeline }}`.
    Template(Box<Invocation>),
    Break {
        span: Extent,
    },
    Continue {
        span: Extent,
    },
    /// Code that could not be parsed (see [`File::errors`], by index): running it is an error.
    Broken {
        span: Extent,
        error: usize,
    },
}

impl Node {
    /// What it covers; of a block only the opening action.
    pub fn span(&self) -> Extent {
        match self {
            Self::Text { span }
            | Self::Action { span, .. }
            | Self::Break { span }
            | Self::Continue { span }
            | Self::Broken { span, .. } => *span,
            Self::Template(invocation) => invocation.span,
            Self::If(branch) | Self::With(branch) | Self::Range(branch) => branch.span,
        }
    }
}

/// `if`, `with` or `range` with its parts; `else if` is an `else` that holds one `if`.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The opening action, from `{{` to `}}`.
    pub span: Extent,
    pub pipe: Pipe,
    pub body: Box<[Node]>,
    pub otherwise: Box<[Node]>,
}

/// `template`, or where a `block` stands.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// From `{{` to `}}`.
    pub span: Extent,
    /// The name's string literal, where Go says that the node is.
    pub name_span: Extent,
    pub name: String,
    pub pipe: Option<Pipe>,
}

/// Commands joined by `|`, perhaps with variables on the left.
#[derive(Debug, Clone)]
pub struct Pipe {
    pub span: Extent,
    /// `$x :=` has one, `range $i, $x :=` has two.
    pub variables: Box<[Variable]>,
    /// `=` instead of `:=`.
    pub assigns: bool,
    pub commands: Box<[Command]>,
}

#[derive(Debug, Clone)]
pub struct Variable {
    pub span: Extent,
    /// With the `$`.
    pub name: Arc<str>,
}

/// A function, method or value, with its arguments.
#[derive(Debug, Clone)]
pub struct Command {
    pub span: Extent,
    /// At least one; the first is what is called, if anything is.
    pub operands: Box<[Operand]>,
}

/// A word of a command.
#[derive(Debug, Clone)]
pub struct Operand {
    pub span: Extent,
    pub kind: OperandKind,
}

/// Names of fields, each taken of what the one before gives.
pub type Names = Box<[Arc<str>]>;

#[derive(Debug, Clone)]
pub enum OperandKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    Bool(bool),
    /// Unescaped.
    String(Arc<[u8]>),
    Number(Box<Number>),
    /// `.a.b`
    Field(Names),
    /// `$x.a.b`: the variable with its `$`, then fields.
    Variable(Arc<str>, Names),
    /// A function.
    Function(Arc<str>),
    /// `(pipeline).a.b`, fields perhaps empty.
    Pipe(Box<Pipe>, Names),
    /// `nil.a`, `"x".a` and the like: a chain on another operand.
    Chain(Box<Operand>, Names),
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
pub fn is_empty(body: &[Node], text: &str) -> bool {
    body.iter().all(|node| match node {
        Node::Text { span } => span.of(text).trim().is_empty(),
        _ => false,
    })
}
