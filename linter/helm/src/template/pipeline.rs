//! What stands inside an action: pipelines, commands, operands.
//!
//! It follows Go 1.26 src/text/template/parse/parse.go in what it takes, in the order of its checks
//! and in the words and lines of its errors.

use std::{collections::HashMap, sync::Arc};

use goready_model::{FileId, Span};

use super::{
    ast::{Command, Operand, OperandKind, Pipe, Variable},
    lexer::{Kind, Token},
    literal::{quote, unquote},
    number::number,
};

/// Go allows 10,000 (`maxStackDepth`) on a stack that grows.
const MAX_PARENTHESES: usize = 100;

/// What Go's parser refuses with.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) span: Span,
    pub(super) line: u32,
    pub(super) message: String,
}

/// The variables that are declared at a place, and how many loops surround it.
#[derive(Debug, Default)]
pub(super) struct Scope<'t> {
    names: Vec<&'t str>,
    counts: HashMap<&'t str, usize>,
    pub(super) loops: usize,
}

impl<'t> Scope<'t> {
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    fn declare(&mut self, name: &'t str) {
        self.names.push(name);
        *self.counts.entry(name).or_default() += 1;
    }

    fn has(&self, name: &str) -> bool {
        name == "$" || self.counts.get(name).is_some_and(|it| *it > 0)
    }

    /// Forgets all but the first variables.
    pub(super) fn truncate(&mut self, len: usize) {
        for name in self.names.drain(len.min(self.names.len())..) {
            if let Some(count) = self.counts.get_mut(name) {
                *count -= 1;
            }
        }
    }
}

/// Reads the tokens of one action.
pub(super) struct Reader<'p, 't> {
    pub(super) id: FileId,
    /// The name of the file, for messages.
    pub(super) name: &'p str,
    pub(super) text: &'t str,
    /// Never empty; the last one is a right delimiter or an error.
    pub(super) tokens: &'p [Token],
    /// What the lexer said of an error token.
    pub(super) error: &'p str,
    /// The token to read next.
    pub(super) at: usize,
    /// The last token looked at: Go's errors name its line.
    pub(super) furthest: usize,
    /// Where Go says that the action started, if it says so; else 0.
    pub(super) action_line: u32,
    pub(super) parentheses: usize,
    pub(super) scope: &'p mut Scope<'t>,
    pub(super) names: &'p mut HashMap<&'t str, Arc<str>>,
}

impl<'t> Reader<'_, 't> {
    pub(super) fn peek(&mut self) -> Token {
        let last = self.tokens.len().saturating_sub(1);
        let at = self.at.min(last);
        self.furthest = self.furthest.max(at);
        // There is always a token; the other one is never seen.
        let none = Token { kind: Kind::Error, start: 0, end: 0, line: 1 };
        self.tokens.get(at).copied().unwrap_or(none)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    pub(super) fn peek_word(&mut self) -> Token {
        while self.peek().kind == Kind::Space {
            self.at += 1;
        }
        self.peek()
    }

    pub(super) fn next_word(&mut self) -> Token {
        let token = self.peek_word();
        self.at += 1;
        token
    }

    pub(super) fn source(&self, token: Token) -> &'t str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.id, start, end.max(start))
    }

    /// An error at a token, on the line that Go has read up to.
    pub(super) fn refuse(&self, token: Token, message: impl Into<String>) -> Refusal {
        let line = self.tokens.get(self.furthest).map_or(token.line, |it| it.line);
        let span = self.span(token.start, token.end);
        Refusal { span, line, message: message.into() }
    }

    pub(super) fn unexpected(&self, token: Token, context: &str) -> Refusal {
        if token.kind != Kind::Error {
            let message = format!("unexpected {} in {context}", self.describe(token));
            return self.refuse(token, message);
        }
        let error = self.error;
        if self.action_line == 0 || self.action_line == token.line {
            return self.refuse(token, error);
        }
        let action = if error.ends_with(" action") { "" } else { " in action" };
        let (name, line) = (self.name, self.action_line);
        self.refuse(token, format!("{error}{action} started at {name}:{line}"))
    }

    /// A token as messages show it.
    fn describe(&self, token: Token) -> String {
        let source = self.source(token);
        if token.kind.is_keyword() {
            return format!("<{source}>");
        }
        if source.len() > 10 {
            let start: String = source.chars().take(10).collect();
            return format!("{}...", quote(&start));
        }
        quote(source)
    }

    pub(super) fn expect(&mut self, kind: Kind, context: &str) -> Result<Token, Refusal> {
        let token = self.next_word();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    /// The name of `define`, `block` and `template`, and where it stands.
    pub(super) fn template_name(&mut self, context: &str) -> Result<(String, Span), Refusal> {
        let token = self.next_word();
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        let name = self.string(token)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        Ok((name, self.span(token.start, token.end)))
    }

    fn string(&self, token: Token) -> Result<Vec<u8>, Refusal> {
        unquote(self.source(token)).ok_or_else(|| self.refuse(token, "invalid syntax"))
    }

    fn intern(&mut self, name: &'t str) -> Arc<str> {
        self.names.entry(name).or_insert_with(|| name.into()).clone()
    }

    /// Declarations, and commands up to the end, which is read too.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, Refusal> {
        let first = self.peek_word();
        let mut pipe = Pipe {
            span: self.span(first.start, first.end),
            variables: Vec::new(),
            assigns: false,
            commands: Vec::new(),
        };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.peek_word();
            match token.kind {
                kind if kind == end => {
                    self.next();
                    self.check(&pipe, token, context)?;
                    if let Some(last) = pipe.commands.last() {
                        pipe.span.end = pipe.span.end.max(last.span.end);
                    }
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => pipe.commands.push(self.command()?),
                _ => return Err(self.unexpected(token, context)),
            }
        }
    }

    /// `$x :=`, `$x =` or `$i, $x :=` if there is one.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), Refusal> {
        loop {
            let variable = self.peek_word();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let back = self.at;
            self.next();
            let sign = self.peek_word();
            let comma = sign.kind == Kind::Char && self.source(sign) == ",";
            if !comma && !matches!(sign.kind, Kind::Assign | Kind::Declare) {
                self.at = back;
                return Ok(());
            }
            self.next();
            let name = self.source(variable);
            pipe.variables.push(Variable {
                span: self.span(variable.start, variable.end),
                name: name.into(),
            });
            self.scope.declare(name);
            if !comma {
                pipe.assigns = sign.kind == Kind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.variables.len() >= 2 {
                return Err(self.refuse(sign, format!("too many declarations in {context}")));
            }
            let next = self.peek_word();
            if !matches!(next.kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.refuse(next, "range can only initialize variables"));
            }
        }
    }

    fn check(&self, pipe: &Pipe, end: Token, context: &str) -> Result<(), Refusal> {
        if pipe.commands.is_empty() {
            return Err(self.refuse(end, format!("missing value for {context}")));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            let Some(first) = command.operands.first() else { continue };
            if let OperandKind::Bool(_)
            | OperandKind::Dot
            | OperandKind::Nil
            | OperandKind::Number(_)
            | OperandKind::String(_) = first.kind
            {
                let stage = index + 1;
                let message = format!("non executable command in pipeline stage {stage}");
                return Err(Refusal { span: first.span, ..self.refuse(end, message) });
            }
        }
        Ok(())
    }

    /// Operands up to a `|`, which is read, or the end of the pipeline, which is not.
    fn command(&mut self) -> Result<Command, Refusal> {
        let first = self.peek_word();
        let mut end = first.end;
        let mut operands = Vec::new();
        loop {
            self.peek_word();
            if let Some(operand) = self.operand()? {
                end = operand.span.end as usize;
                operands.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.at -= 1,
                Kind::Pipe => {}
                _ => return Err(self.unexpected(token, "operand")),
            }
            if operands.is_empty() {
                return Err(self.refuse(token, "empty command"));
            }
            return Ok(Command { span: self.span(first.start, end), operands });
        }
    }

    /// A term with the fields taken of it; nothing if no term stands here.
    fn operand(&mut self) -> Result<Option<Operand>, Refusal> {
        let start = self.peek_word();
        let Some(mut operand) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(operand));
        }
        let mut fields = Vec::new();
        let mut end = first.end;
        while self.peek().kind == Kind::Field {
            let field = self.next();
            end = field.end;
            let name = self.source(field);
            fields.push(self.intern(name.strip_prefix('.').unwrap_or(name)));
        }
        let span = self.span(first.start, end);
        let kind = match operand.kind {
            OperandKind::Field(mut names) => {
                names.extend(fields);
                OperandKind::Field(names)
            }
            OperandKind::Variable(name, _) => OperandKind::Variable(name, fields),
            OperandKind::Pipe(pipe, _) => OperandKind::Pipe(pipe, fields),
            OperandKind::Function(_) | OperandKind::Chain(..) => {
                operand.span = self.span(start.start, start.end);
                OperandKind::Chain(Box::new(operand), fields)
            }
            OperandKind::Dot
            | OperandKind::Nil
            | OperandKind::Bool(_)
            | OperandKind::String(_)
            | OperandKind::Number(_) => {
                let term = quote(self.source(start));
                return Err(self.refuse(first, format!("unexpected . after term {term}")));
            }
        };
        Ok(Some(Operand { span, kind }))
    }

    fn term(&mut self) -> Result<Option<Operand>, Refusal> {
        let token = self.next_word();
        let source = self.source(token);
        let kind = match token.kind {
            Kind::Identifier => OperandKind::Function(self.intern(source)),
            Kind::Dot => OperandKind::Dot,
            Kind::Nil => OperandKind::Nil,
            Kind::Bool => OperandKind::Bool(source == "true"),
            Kind::Field => {
                OperandKind::Field(vec![self.intern(source.strip_prefix('.').unwrap_or(source))])
            }
            Kind::Variable if self.scope.has(source) => {
                OperandKind::Variable(self.intern(source), Vec::new())
            }
            Kind::Variable => {
                let message = format!("undefined variable {}", quote(source));
                return Err(self.refuse(token, message));
            }
            Kind::CharConstant | Kind::Complex | Kind::Number => OperandKind::Number(
                number(source, token.kind).map_err(|message| self.refuse(token, message))?,
            ),
            Kind::String | Kind::RawString => OperandKind::String(self.string(token)?.into()),
            Kind::LeftParen => return self.parenthesized(token).map(Some),
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Operand { span: self.span(token.start, token.end), kind }))
    }

    fn parenthesized(&mut self, open: Token) -> Result<Operand, Refusal> {
        if self.parentheses >= MAX_PARENTHESES {
            return Err(self.refuse(open, "max expression depth exceeded"));
        }
        self.parentheses += 1;
        let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
        self.parentheses -= 1;
        let close = self.tokens.get(self.at - 1).map_or(open.end, |it| it.end);
        let span = self.span(pipe.span.start as usize, close);
        Ok(Operand { span, kind: OperandKind::Pipe(Box::new(pipe), Vec::new()) })
    }
}
