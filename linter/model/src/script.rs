//! Shell scripts, Makefiles and CI jobs as syntax: what link needs to follow a build through
//! several files. Nothing is expanded here; who runs a script decides its variables.

use crate::{Located, Place, Span};

/// Text cut together from pieces of a file (a continued line, a `RUN` instruction, a recipe with
/// its variables filled in), every byte traceable to where it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceText {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    /// Offset of its first byte in the text.
    start: u32,
    place: Span,
    /// The bytes are those of the file; otherwise they stand for what is written at `place`.
    verbatim: bool,
}

impl SourceText {
    /// A part of a file as it stands; `at` covers exactly `text`.
    pub fn verbatim(text: &str, at: Span) -> Self {
        let mut it = Self::default();
        it.push_verbatim(text, at);
        it
    }

    /// Appends a part of a file; `at` starts where `text` does.
    pub fn push_verbatim(&mut self, text: &str, at: Span) {
        if !text.is_empty() {
            let place = Span::new(at.file, at.start as usize, at.start as usize + text.len());
            self.pieces.push(Piece { start: self.text.len() as u32, place, verbatim: true });
            self.text.push_str(text);
        }
    }

    /// Appends text that what is written at `at` stands for.
    pub fn push_replaced(&mut self, text: &str, at: Span) {
        if !text.is_empty() {
            self.pieces.push(Piece { start: self.text.len() as u32, place: at, verbatim: false });
            self.text.push_str(text);
        }
    }

    /// Appends a range of another text with its origins.
    pub fn push_range(&mut self, other: &Self, range: std::ops::Range<usize>) {
        for (at, piece) in other.pieces_in(range.clone()) {
            let Some(text) = other.text.get(at.clone()) else { continue };
            if piece.verbatim {
                let start = piece.place.start as usize + at.start - piece.start as usize;
                let span = Span::new(piece.place.file, start, start + text.len());
                self.push_verbatim(text, span);
            } else {
                self.push_replaced(text, piece.place);
            }
        }
    }

    /// A range of this text with its origins.
    #[must_use]
    pub fn range(&self, range: std::ops::Range<usize>) -> Self {
        let mut it = Self::default();
        it.push_range(self, range);
        it
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Where a range was written: from the first piece it touches to the last, as far as they
    /// lie in one file. `None` for a text without pieces.
    pub fn place(&self, range: std::ops::Range<usize>) -> Option<Place> {
        let mut found: Option<Span> = None;
        for (at, piece) in self.pieces_in(range.clone()) {
            let span = if piece.verbatim {
                let start = piece.place.start as usize + at.start - piece.start as usize;
                Span::new(piece.place.file, start, start + at.len())
            } else {
                piece.place
            };
            found = Some(found.map_or(span, |it| it.cover(span)));
        }
        // An empty range stands at the piece it touches.
        found.or_else(|| self.point(range.start)).map(Place::from)
    }

    /// Whether the range is text of the file itself, in one piece: an edit may replace it.
    pub fn is_verbatim(&self, range: std::ops::Range<usize>) -> bool {
        let mut pieces = self.pieces_in(range);
        matches!((pieces.next(), pieces.next()), (Some((_, piece)), None) if piece.verbatim)
    }

    fn point(&self, offset: usize) -> Option<Span> {
        let index = self.pieces.partition_point(|it| it.start as usize <= offset);
        let piece = self.pieces.get(index.saturating_sub(1))?;
        if !piece.verbatim {
            return Some(piece.place);
        }
        let start = piece.place.start as usize + offset.saturating_sub(piece.start as usize);
        let start = start.min(piece.place.end as usize);
        Some(Span::new(piece.place.file, start, start))
    }

    /// The pieces that a range touches, each with the part of the range it holds.
    fn pieces_in(
        &self,
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (std::ops::Range<usize>, &Piece)> {
        let first = self.pieces.partition_point(|it| it.start as usize <= range.start);
        (first.saturating_sub(1)..self.pieces.len()).map_while(move |index| {
            let piece = self.pieces.get(index)?;
            let end = self.pieces.get(index + 1).map_or(self.text.len(), |it| it.start as usize);
            let start = (piece.start as usize).max(range.start);
            let end = end.min(range.end);
            (start < end).then_some((start..end, piece))
        })
    }
}

/// A shell script: statements in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    pub statements: Vec<Statement>,
}

/// One statement. What decides whether it runs (`&&`, `if`, `case`) is not kept: a build that may
/// run is a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    Command(SimpleCommand),
    /// `for variable in words; do body; done`.
    For {
        variable: String,
        words: Vec<ShellWord>,
        body: Script,
    },
    /// The branches of `if`, `case` and loops one after the other, `{ }` and `( )`.
    Group {
        body: Script,
        /// Directory and variables are as before when it ends.
        subshell: bool,
    },
    Function {
        name: String,
        body: Script,
    },
}

/// Assignments and words up to a control operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleCommand {
    /// From the first assignment or word to the last.
    pub place: Place,
    pub assignments: Vec<ShellAssignment>,
    pub words: Vec<ShellWord>,
    /// Its output goes into the next command.
    pub piped: bool,
    /// Behind `!`.
    pub negated: bool,
}

/// `NAME=value`, before a command or on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellAssignment {
    pub name: String,
    /// One value, or the items of an array.
    pub values: Vec<ShellWord>,
    /// `+=`.
    pub append: bool,
    pub place: Place,
}

/// A word before expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellWord {
    pub parts: Vec<WordPart>,
    /// With its quotes.
    pub place: Place,
    /// The word is text of the file itself: an edit may replace it.
    pub verbatim: bool,
    /// Where its value starts inside quotes (`x` in `"x y"` and `--flag="x y"`), without length;
    /// `None` when it is not quoted or no text of the file itself.
    pub inside: Option<Place>,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordPart {
    Text {
        text: String,
        quoted: bool,
    },
    /// `$name`, `${name}`, `${name:-default}`.
    Variable {
        name: String,
        /// `:-`, `-`, `:+`, `+`, `:=`, `:?`, or another that is not followed; with its word.
        operator: Option<(String, Vec<WordPart>)>,
        quoted: bool,
    },
    /// `$(...)` or backquotes: the command's text.
    Substitution {
        text: String,
        quoted: bool,
    },
}

impl ShellWord {
    /// The text, when it depends on no variable.
    pub fn literal(&self) -> Option<String> {
        self.parts.iter().try_fold(String::new(), |mut all, part| match part {
            WordPart::Text { text, .. } => {
                all.push_str(text);
                Some(all)
            }
            _ => None,
        })
    }

    /// The text with variables as they would be written: `bin/${ARCH}`.
    pub fn written(&self) -> String {
        self.parts.iter().map(WordPart::written).collect()
    }
}

impl WordPart {
    fn written(&self) -> String {
        match self {
            Self::Text { text, .. } => text.clone(),
            Self::Variable { name, operator: None, .. } => format!("${{{name}}}"),
            Self::Variable { name, operator: Some((operator, word)), .. } => {
                let word: String = word.iter().map(WordPart::written).collect();
                format!("${{{name}{operator}{word}}}")
            }
            Self::Substitution { text, .. } => format!("$({text})"),
        }
    }
}

impl Script {
    /// All simple commands, those in loops, groups and functions included.
    pub fn commands(&self) -> Vec<&SimpleCommand> {
        let mut found = Vec::new();
        for statement in &self.statements {
            match statement {
                Statement::Command(command) => found.push(command),
                Statement::For { body, .. }
                | Statement::Group { body, .. }
                | Statement::Function { body, .. } => found.extend(body.commands()),
            }
        }
        found
    }

    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}

/// What a build file runs, before anybody decides what is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipes {
    Makefile(Makefile),
    Script(Script),
    /// CI jobs, or the tasks of a Taskfile; matrix combinations are jobs of their own.
    Jobs(Vec<Job>),
}

/// A Makefile, unexpanded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Makefile {
    /// Assignments and rules in their order.
    pub variables: Vec<MakeVariable>,
    pub rules: Vec<MakeRule>,
    /// Arguments of `include`, unexpanded.
    pub includes: Vec<Located<String>>,
    /// Lines with `$(eval ...)`.
    pub evaluated: Vec<SourceText>,
    /// Names exported without an assignment.
    pub exports: Vec<String>,
    /// `export` without a name: every variable reaches the recipes' environment.
    pub export_all: bool,
}

/// How a make variable is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeFlavor {
    /// `=`: expanded where it is used.
    Recursive,
    /// `:=` and `::=`: expanded here.
    Simple,
    /// `?=`: only when nothing else sets it.
    Conditional,
    /// `+=`.
    Append,
    /// `!=`: the output of a command.
    Shell,
}

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeVariable {
    pub name: String,
    pub flavor: MakeFlavor,
    pub value: SourceText,
    /// The targets it is for, unexpanded; `None` for all.
    pub target: Option<String>,
    pub exported: bool,
    /// The conditionals it stands in, all of which must hold.
    pub conditions: Vec<MakeCondition>,
    pub place: Place,
}

/// `ifeq`, `ifneq`, `ifdef` or `ifndef`, unexpanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeCondition {
    pub left: String,
    pub right: String,
    /// Both sides must be equal, or must differ.
    pub equal: bool,
}

/// A rule with its recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeRule {
    /// Unexpanded, separated by blanks.
    pub targets: SourceText,
    pub prerequisites: SourceText,
    /// One a recipe line, continuation lines joined to it as they stand.
    pub recipe: Vec<SourceText>,
    pub place: Place,
}

/// A job of a CI system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub name: String,
    pub steps: Vec<JobStep>,
    /// Something in the same file takes what jobs build further: an image build, an upload. A
    /// build without that only shows that the code compiles.
    pub publishes: bool,
}

/// A step that runs a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStep {
    pub place: Place,
    pub script: Script,
    /// Variables of the workflow, the job and the step, in this order.
    pub environment: Vec<ShellAssignment>,
    /// Relative to the project root.
    pub directory: Option<String>,
}
