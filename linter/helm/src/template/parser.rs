//! Parses a template file. Parsing never fails: what is wrong stands in [`File::errors`], and is
//! lost alone.

use std::{collections::HashMap, mem, sync::Arc};

use goready_model::FileId;

use super::{
    ast::{Define, Extent, File, Invocation, Node, ParseError, Pipe},
    control::Block,
    lexer::{Kind, Lexer, Piece, Token},
    pipeline::{Reader, Refusal, Scope},
};

/// After so many errors a file is no template.
const MAX_ERRORS: usize = 100;

/// Parses a template; `name` is what messages call it.
pub fn parse(id: FileId, name: &str, text: &Arc<str>) -> File {
    let mut parser = Parser {
        name,
        text,
        blocks: vec![Block::file()],
        scope: Scope::default(),
        names: HashMap::new(),
        action_line: 0,
        defines: Vec::new(),
        filled: HashMap::new(),
        errors: Vec::new(),
        comments: Vec::new(),
    };
    let mut lexer = Lexer::new(text);
    let mut more = true;
    while more {
        more = parser.piece(&mut lexer);
    }
    parser.finish(id, text)
}

pub(super) struct Parser<'p, 't> {
    pub(super) name: &'p str,
    pub(super) text: &'t str,
    /// The open blocks, the file itself first.
    pub(super) blocks: Vec<Block<'t>>,
    pub(super) scope: Scope<'t>,
    names: HashMap<&'t str, Arc<str>>,
    /// The line that Go thinks the current action started on, 0 outside of one. It does not
    /// remember that of a block whose content it has begun to read, so neither does this.
    pub(super) action_line: u32,
    pub(super) defines: Vec<Define>,
    /// Which of the defined names have content.
    pub(super) filled: HashMap<String, bool>,
    errors: Vec<ParseError>,
    comments: Vec<Extent>,
}

/// An action with its tokens.
pub(super) struct Action {
    pub(super) span: Extent,
    pub(super) line: u32,
    tokens: Vec<Token>,
    error: String,
}

impl<'t> Parser<'_, 't> {
    /// Takes the next part of the file; false at its end.
    fn piece(&mut self, lexer: &mut Lexer<'t>) -> bool {
        match lexer.piece() {
            Piece::Text { start, end } => {
                self.push(Node::Text { span: Extent::new(start, end) });
            }
            Piece::Comment { start, end } => self.comments.push(Extent::new(start, end)),
            Piece::BrokenComment { start, end } => {
                let action = self.action(lexer, start, end, 0);
                let refusal = {
                    let mut reader = self.reader(&action);
                    let token = reader.next();
                    reader.unexpected(token, "input")
                };
                self.broken(action.span, refusal);
                lexer.tokens = action.tokens;
            }
            Piece::Action { start, end, line } => {
                self.action_line = line;
                let action = self.action(lexer, start, end, line);
                self.control(&action);
                lexer.tokens = action.tokens;
            }
            Piece::End { line } => {
                self.close_all(line);
                return false;
            }
        }
        if self.errors.len() < MAX_ERRORS {
            return true;
        }
        self.give_up(lexer);
        false
    }

    /// Loses the rest of the file.
    fn give_up(&mut self, lexer: &Lexer<'t>) {
        let span = Extent::new(lexer.position(), self.text.len());
        let line = self.errors.last().map_or(1, |it| it.line);
        let message = format!("more than {MAX_ERRORS} errors");
        self.broken(span, Refusal { span, line, message });
        self.blocks.iter_mut().for_each(|it| it.reported = true);
        self.close_all(line);
    }

    /// Borrows the tokens of the lexer's latest action.
    fn action(&self, lexer: &mut Lexer<'t>, start: usize, end: usize, line: u32) -> Action {
        Action {
            span: Extent::new(start, end),
            line,
            tokens: mem::take(&mut lexer.tokens),
            error: mem::take(&mut lexer.error),
        }
    }

    pub(super) fn reader<'a>(&'a mut self, action: &'a Action) -> Reader<'a, 't> {
        Reader {
            name: self.name,
            text: self.text,
            tokens: &action.tokens,
            error: &action.error,
            at: 0,
            furthest: 0,
            action_line: self.action_line,
            parentheses: 0,
            scope: &mut self.scope,
            names: &mut self.names,
        }
    }

    pub(super) fn push(&mut self, node: Node) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(node);
        }
    }

    pub(super) fn error(&mut self, refusal: Refusal) -> usize {
        let Refusal { span, line, message } = refusal;
        self.errors.push(ParseError { span, line, message });
        self.errors.len() - 1
    }

    /// Puts code that cannot be run in the place of an action.
    pub(super) fn broken(&mut self, span: Extent, refusal: Refusal) {
        let error = self.error(refusal);
        self.push(Node::Broken { span, error });
    }

    /// An action that opens or closes nothing.
    pub(super) fn simple(&mut self, action: &Action) {
        let span = action.span;
        let mut reader = self.reader(action);
        let word = reader.peek_word();
        let node = match word.kind {
            Kind::Break => reader.jump("break").map(|()| Node::Break { span }),
            Kind::Continue => reader.jump("continue").map(|()| Node::Continue { span }),
            Kind::Template => reader.invocation(span),
            _ => {
                let pipe = reader.pipeline("command", Kind::RightDelim);
                pipe.map(|pipe| Node::Action { span, pipe })
            }
        };
        match node {
            Ok(node) => self.push(node),
            Err(refusal) => self.broken(span, refusal),
        }
    }

    fn finish(mut self, id: FileId, text: &Arc<str>) -> File {
        let body = self.blocks.pop().map(|it| it.body).unwrap_or_default();
        File {
            id,
            text: text.clone(),
            body: body.into(),
            defines: self.defines.into(),
            errors: self.errors.into(),
            comments: self.comments.into(),
        }
    }
}

impl Reader<'_, '_> {
    /// `break` and `continue`.
    fn jump(&mut self, word: &str) -> Result<(), Refusal> {
        self.next_word();
        let end = self.expect(Kind::RightDelim, &format!("{{{{{word}}}}}"))?;
        if self.scope.loops == 0 {
            return Err(self.refuse(end, format!("{{{{{word}}}}} outside {{{{range}}}}")));
        }
        Ok(())
    }

    /// `template`
    fn invocation(&mut self, span: Extent) -> Result<Node, Refusal> {
        self.next_word();
        let (name, name_span) = self.template_name("template clause")?;
        let pipe = self.optional_pipeline("template clause")?;
        Ok(Node::Template(Box::new(Invocation { span, name_span, name, pipe })))
    }

    fn optional_pipeline(&mut self, context: &str) -> Result<Option<Pipe>, Refusal> {
        if self.peek_word().kind == Kind::RightDelim {
            return Ok(None);
        }
        self.pipeline(context, Kind::RightDelim).map(Some)
    }
}
