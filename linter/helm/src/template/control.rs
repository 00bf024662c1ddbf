//! Blocks: `if`, `with`, `range`, `define` and `block`, their `else` and their `end`.
//!
//! Open blocks are a list, not recursion, so that no template can exhaust the stack. An opening
//! that cannot be parsed still has its `end`; its content is read for its errors and definitions,
//! and then lost.

use std::mem;

use super::{
    ast::{Branch, Define, Extent, Invocation, Node, Pipe, is_empty},
    lexer::Kind,
    literal::quote,
    parser::{Action, Parser},
    pipeline::{Refusal, Scope},
};

/// Go has no limit. Each level costs the evaluator a piece of its stack.
const MAX_BLOCKS: usize = 200;

/// An open block.
#[derive(Debug)]
pub(super) struct Block<'t> {
    kind: BlockKind<'t>,
    /// The action that opened it.
    opening: Extent,
    pub(super) body: Vec<Node>,
    otherwise: Vec<Node>,
    in_else: bool,
    /// Opened by an `else`: the `end` closes the block of the `else` too.
    chained: bool,
    /// An error was reported that says that this block is not closed where it should be.
    pub(super) reported: bool,
    /// Number of variables outside.
    variables: usize,
}

#[derive(Debug)]
enum BlockKind<'t> {
    File,
    /// `define` or `block`; the name is missing where it cannot be read.
    Define {
        name: Option<(String, Extent)>,
        clause: Clause,
        outer: Scope<'t>,
    },
    /// The pipe is missing where the opening cannot be read.
    Control {
        word: Kind,
        pipe: Option<Pipe>,
    },
}

#[derive(Debug, Clone, Copy)]
enum Clause {
    Define,
    /// With the line on which its opening ends.
    Block(u32),
}

impl<'t> Block<'t> {
    /// The file itself.
    pub(super) fn file() -> Self {
        Self::new(BlockKind::File, Extent::new(0, 0), 0)
    }

    fn new(kind: BlockKind<'t>, opening: Extent, variables: usize) -> Self {
        Self {
            kind,
            opening,
            body: Vec::new(),
            otherwise: Vec::new(),
            in_else: false,
            chained: false,
            reported: false,
            variables,
        }
    }

    pub(super) fn push(&mut self, node: Node) {
        if self.in_else { self.otherwise.push(node) } else { self.body.push(node) }
    }

    /// What is wrong with an `else` in this block, given where it stands.
    fn refuse_else(&self, here: &Refusal) -> Option<Refusal> {
        let (message, line) = match self.kind {
            BlockKind::File => ("unexpected {{else}}", here.line),
            BlockKind::Define { clause: Clause::Define, .. } => {
                ("unexpected {{else}} in define clause", here.line)
            }
            BlockKind::Define { clause: Clause::Block(line), .. } => {
                ("unexpected {{else}} in block clause", line)
            }
            BlockKind::Control { .. } if self.in_else => {
                ("expected end; found {{else}}", here.line)
            }
            BlockKind::Control { .. } => return None,
        };
        Some(Refusal { span: here.span, line, message: message.to_owned() })
    }
}

impl<'t> Parser<'_, 't> {
    /// Takes an action.
    pub(super) fn control(&mut self, action: &Action) {
        let word = self.reader(action).peek_word().kind;
        match word {
            Kind::If | Kind::With | Kind::Range => return self.open(action, word, false),
            Kind::Define => return self.define(action),
            Kind::Block => return self.block(action),
            Kind::Else => self.otherwise(action),
            Kind::End => self.end(action),
            _ => self.simple(action),
        }
        self.action_line = 0;
    }

    /// `if`, `with` or `range`, perhaps behind an `else`.
    fn open(&mut self, action: &Action, word: Kind, chained: bool) {
        let variables = self.scope.len();
        let depth = self.blocks.len();
        let mut reader = self.reader(action);
        if chained {
            reader.next_word();
        }
        reader.next_word();
        let mut pipe = reader.pipeline(keyword(word), Kind::RightDelim);
        if depth >= MAX_BLOCKS {
            let message = format!("blocks nested deeper than {MAX_BLOCKS}");
            pipe = Err(Refusal { span: action.span, line: action.line, message });
        }
        let pipe = match pipe {
            Ok(pipe) => Some(pipe),
            Err(refusal) => {
                // What is nested in a block that is too deep needs no error of its own.
                if depth <= MAX_BLOCKS {
                    self.broken(action.span, refusal);
                }
                None
            }
        };
        if word == Kind::Range {
            self.scope.loops += 1;
        }
        let kind = BlockKind::Control { word, pipe };
        self.blocks.push(Block { chained, ..Block::new(kind, action.span, variables) });
    }

    fn define(&mut self, action: &Action) {
        let reported = self.blocks.last().is_some_and(|it| it.reported);
        if self.blocks.len() > 1 && !reported {
            let mut reader = self.reader(action);
            let word = reader.next_word();
            let refusal = reader.unexpected(word, "command");
            self.broken(action.span, refusal);
            // Either these blocks lack their end, or the definition stands in them by mistake.
            // Both are one mistake.
            self.blocks.iter_mut().for_each(|it| it.reported = true);
        }
        self.action_line = 0;
        let mut reader = self.reader(action);
        reader.next_word();
        let name = reader.template_name("define clause").and_then(|name| {
            reader.expect(Kind::RightDelim, "define clause")?;
            Ok(name)
        });
        let name = name.map_err(|refusal| self.broken(action.span, refusal)).ok();
        self.open_definition(action, name, Clause::Define);
    }

    fn block(&mut self, action: &Action) {
        let mut reader = self.reader(action);
        reader.next_word();
        let header = reader
            .template_name("block clause")
            .and_then(|name| Ok((name, reader.pipeline("block clause", Kind::RightDelim)?)));
        let line = reader.peek().line;
        let name = match header {
            Ok(((name, name_span), pipe)) => {
                let span = action.span;
                let invocation =
                    Invocation { span, name_span, name: name.clone(), pipe: Some(pipe) };
                self.push(Node::Template(Box::new(invocation)));
                Some((name, name_span))
            }
            Err(refusal) => {
                self.broken(action.span, refusal);
                None
            }
        };
        self.action_line = 0;
        self.open_definition(action, name, Clause::Block(line));
    }

    fn open_definition(&mut self, action: &Action, name: Option<(String, Extent)>, clause: Clause) {
        let outer = mem::take(&mut self.scope);
        let kind = BlockKind::Define { name, clause, outer };
        self.blocks.push(Block::new(kind, action.span, 0));
    }

    /// `else`, `else if` and `else with`.
    fn otherwise(&mut self, action: &Action) {
        let mut reader = self.reader(action);
        let word = reader.next_word();
        let next = reader.peek_word();
        let chained = matches!(next.kind, Kind::If | Kind::With);
        let header = if chained { Ok(next) } else { reader.expect(Kind::RightDelim, "else") };
        let here = reader.refuse(word, "");
        let mixed = reader.unexpected(next, "input");
        let misplaced = self.blocks.last().and_then(|it| it.refuse_else(&here));
        let refusal = match (header, misplaced) {
            (Ok(_), None) => None,
            (Err(refusal), None) => Some((refusal, false)),
            (Err(refusal), Some(_)) | (Ok(_), Some(refusal)) => Some((refusal, true)),
        };
        if let Some((refusal, misplaced)) = refusal {
            self.broken(action.span, refusal);
            if misplaced {
                return;
            }
        }
        let Some(opened) = self.enter_else() else { return };
        if chained && opened == next.kind {
            // Go has left the action of the `else` by now.
            self.action_line = 0;
            self.open(action, opened, true);
        } else if chained {
            self.broken(action.span, mixed);
        }
    }

    /// Goes on with the other branch of the innermost block; returns its word.
    fn enter_else(&mut self) -> Option<Kind> {
        let block = self.blocks.last_mut()?;
        block.in_else = true;
        let BlockKind::Control { word, .. } = block.kind else { return None };
        if word == Kind::Range {
            self.scope.loops = self.scope.loops.saturating_sub(1);
        }
        Some(word)
    }

    fn end(&mut self, action: &Action) {
        let mut reader = self.reader(action);
        let word = reader.next_word();
        let closed = reader.expect(Kind::RightDelim, "end");
        let line = reader.peek().line;
        let unopened = reader.refuse(word, "unexpected {{end}}");
        let header = match closed {
            Ok(_) if self.blocks.len() == 1 => Err(unopened),
            closed => closed.map(|_| ()),
        };
        if let Err(refusal) = header {
            self.broken(action.span, refusal);
        }
        self.close(line);
    }

    /// Closes the innermost block, and those that its `else`s belong to.
    fn close(&mut self, line: u32) {
        while self.blocks.len() > 1 {
            let Some(block) = self.blocks.pop() else { return };
            let chained = block.chained;
            match block.kind {
                BlockKind::File => {}
                BlockKind::Control { word, pipe } => {
                    if word == Kind::Range && !block.in_else {
                        self.scope.loops = self.scope.loops.saturating_sub(1);
                    }
                    self.scope.truncate(block.variables);
                    if let Some(pipe) = pipe {
                        let Block { opening: span, body, otherwise, .. } = block;
                        let (body, otherwise) = (body.into(), otherwise.into());
                        self.push(control(word, Branch { span, pipe, body, otherwise }));
                    }
                }
                BlockKind::Define { name, outer, .. } => {
                    self.scope = outer;
                    if let Some((name, span)) = name {
                        self.add(Define { name, span, body: block.body.into() }, line);
                    }
                }
            }
            if !chained {
                return;
            }
        }
    }

    fn add(&mut self, define: Define, line: u32) {
        if self.defined(&define.name, &define.body) {
            let message = multiple_definition(&define.name);
            self.error(Refusal { span: define.span, line, message });
        }
        self.defines.push(define);
    }

    /// Notes that a name has this content, at the end of its definition; whether another
    /// definition in this file counts already, which Go does not allow.
    fn defined(&mut self, name: &str, body: &[Node]) -> bool {
        let filled = !is_empty(body, self.text);
        match self.filled.get_mut(name) {
            Some(true) => filled,
            Some(before) => {
                *before = filled;
                false
            }
            None => {
                self.filled.insert(name.to_owned(), filled);
                false
            }
        }
    }

    /// Closes what is open at the end of the file, which is on that line.
    pub(super) fn close_all(&mut self, line: u32) {
        if let Some(block) = self.blocks.last()
            && self.blocks.len() > 1
            && !block.reported
        {
            let message = "unexpected EOF".to_owned();
            self.error(Refusal { span: block.opening, line, message });
        }
        while self.blocks.len() > 1 {
            self.close(line);
        }
        let Some(file) = self.blocks.pop() else { return };
        if self.defined(self.name, &file.body) {
            let message = multiple_definition(self.name);
            self.error(Refusal { span: file.opening, line, message });
        }
        self.blocks.push(file);
    }
}

fn control(word: Kind, branch: Branch) -> Node {
    let branch = Box::new(branch);
    match word {
        Kind::Range => Node::Range(branch),
        Kind::With => Node::With(branch),
        _ => Node::If(branch),
    }
}

fn multiple_definition(name: &str) -> String {
    format!("template: multiple definition of template {}", quote(name))
}

/// The word of a control, which is also how Go's messages call it.
fn keyword(word: Kind) -> &'static str {
    match word {
        Kind::Range => "range",
        Kind::With => "with",
        _ => "if",
    }
}
