//! What stands inside an action: pipelines, commands, operands.
//!
//! It follows Go 1.26 src/text/template/parse/parse.go in what it takes, in the order of its checks
//! and in the words and lines of its errors.

use std::{collections::HashMap, sync::Arc};

use smallvec::{SmallVec, smallvec};

use super::{
    ast::{Command, Extent, Operand, OperandKind, Pipe, Variable},
    lexer::{Kind, Token},
    literal::{quote, unquote},
    number::number,
};

/// Go allows 10,000 (`maxStackDepth`) on a stack that grows.
const MAX_PARENTHESES: usize = 100;

/// What Go's parser refuses with.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) span: Extent,
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

    /// An error at a token, on the line that Go has read up to.
    pub(super) fn refuse(&self, token: Token, message: impl Into<String>) -> Refusal {
        let line = self.tokens.get(self.furthest).map_or(token.line, |it| it.line);
        Refusal { span: token.span(), line, message: message.into() }
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
    pub(super) fn template_name(&mut self, context: &str) -> Result<(String, Extent), Refusal> {
        let token = self.next_word();
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        let name = self.string(token)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        Ok((name, token.span()))
    }

    fn string(&self, token: Token) -> Result<Vec<u8>, Refusal> {
        unquote(self.source(token)).ok_or_else(|| self.refuse(token, "invalid syntax"))
    }

    fn intern(&mut self, name: &'t str) -> Arc<str> {
        self.names.entry(name).or_insert_with(|| name.into()).clone()
    }

    /// Declarations, and commands up to the end, which is read too.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipe, Refusal> {
        let mut span = self.peek_word().span();
        let (variables, assigns) = self.declarations(context)?;
        let mut commands: SmallVec<[Command; 4]> = SmallVec::new();
        loop {
            let token = self.peek_word();
            match token.kind {
                kind if kind == end => {
                    self.next();
                    self.check(&commands, token, context)?;
                    if let Some(last) = commands.last() {
                        span.end = span.end.max(last.span.end);
                    }
                    let commands = commands.into_boxed_slice();
                    return Ok(Pipe { span, variables, assigns, commands });
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
                | Kind::LeftParen => commands.push(self.command()?),
                _ => return Err(self.unexpected(token, context)),
            }
        }
    }

    /// `$x :=`, `$x =` or `$i, $x :=` if there is one, and whether it assigns.
    fn declarations(&mut self, context: &str) -> Result<(Box<[Variable]>, bool), Refusal> {
        let mut variables = Vec::new();
        loop {
            let variable = self.peek_word();
            if variable.kind != Kind::Variable {
                return Ok((variables.into(), false));
            }
            let back = self.at;
            self.next();
            let sign = self.peek_word();
            let comma = sign.kind == Kind::Char && self.source(sign) == ",";
            if !comma && !matches!(sign.kind, Kind::Assign | Kind::Declare) {
                self.at = back;
                return Ok((variables.into(), false));
            }
            self.next();
            let name = self.source(variable);
            variables.push(Variable { span: variable.span(), name: self.intern(name) });
            self.scope.declare(name);
            if !comma {
                return Ok((variables.into(), sign.kind == Kind::Assign));
            }
            if context != "range" || variables.len() >= 2 {
                return Err(self.refuse(sign, format!("too many declarations in {context}")));
            }
            let next = self.peek_word();
            if !matches!(next.kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.refuse(next, "range can only initialize variables"));
            }
        }
    }

    fn check(&self, commands: &[Command], end: Token, context: &str) -> Result<(), Refusal> {
        if commands.is_empty() {
            return Err(self.refuse(end, format!("missing value for {context}")));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
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
        let mut operands: SmallVec<[Operand; 4]> = SmallVec::new();
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
            let span = Extent::new(first.start, end);
            return Ok(Command { span, operands: operands.into_boxed_slice() });
        }
    }

    /// A term with the fields taken of it; nothing if no term stands here.
    fn operand(&mut self) -> Result<Option<Operand>, Refusal> {
        let start = self.peek_word();
        if start.kind == Kind::Field {
            self.next();
            let first = self.field(start);
            let names = self.fields(smallvec![first]);
            // `.a` where it stands, `.a.b` at the second name.
            let end = self.end();
            let from = if names.len() > 1 { start.end } else { start.start };
            return Ok(Some(Operand {
                span: Extent::new(from, end),
                kind: OperandKind::Field(names),
            }));
        }
        let Some(mut operand) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(operand));
        }
        if let OperandKind::Dot
        | OperandKind::Nil
        | OperandKind::Bool(_)
        | OperandKind::String(_)
        | OperandKind::Number(_) = operand.kind
        {
            let term = quote(self.source(start));
            return Err(self.refuse(first, format!("unexpected . after term {term}")));
        }
        let names = self.fields(SmallVec::new());
        let span = Extent::new(first.start, self.end());
        let kind = match operand.kind {
            OperandKind::Variable(name, _) => OperandKind::Variable(name, names),
            OperandKind::Pipe(pipe, _) => OperandKind::Pipe(pipe, names),
            _ => {
                operand.span = start.span();
                OperandKind::Chain(Box::new(operand), names)
            }
        };
        Ok(Some(Operand { span, kind }))
    }

    /// The fields that follow, behind those that were read.
    fn fields(&mut self, mut names: SmallVec<[Arc<str>; 8]>) -> Box<[Arc<str>]> {
        while self.peek().kind == Kind::Field {
            let field = self.next();
            names.push(self.field(field));
        }
        names.into_boxed_slice()
    }

    fn field(&mut self, token: Token) -> Arc<str> {
        let name = self.source(token);
        self.intern(name.strip_prefix('.').unwrap_or(name))
    }

    /// Where the token that was read last ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|it| self.tokens.get(it)).map_or(0, |it| it.end)
    }

    fn term(&mut self) -> Result<Option<Operand>, Refusal> {
        let token = self.next_word();
        let source = self.source(token);
        let kind = match token.kind {
            Kind::Identifier => OperandKind::Function(self.intern(source)),
            Kind::Dot => OperandKind::Dot,
            Kind::Nil => OperandKind::Nil,
            Kind::Bool => OperandKind::Bool(source == "true"),
            Kind::Variable if self.scope.has(source) => {
                OperandKind::Variable(self.intern(source), Box::default())
            }
            Kind::Variable => {
                let message = format!("undefined variable {}", quote(source));
                return Err(self.refuse(token, message));
            }
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = number(source, token.kind);
                let number = number.map_err(|message| self.refuse(token, message))?;
                OperandKind::Number(Box::new(number))
            }
            Kind::String | Kind::RawString => OperandKind::String(self.string(token)?.into()),
            Kind::LeftParen => return self.parenthesized(token).map(Some),
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Operand { span: token.span(), kind }))
    }

    fn parenthesized(&mut self, open: Token) -> Result<Operand, Refusal> {
        if self.parentheses >= MAX_PARENTHESES {
            return Err(self.refuse(open, "max expression depth exceeded"));
        }
        self.parentheses += 1;
        let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
        self.parentheses -= 1;
        let span = Extent::new(pipe.span.start as usize, self.end());
        Ok(Operand { span, kind: OperandKind::Pipe(Box::new(pipe), Box::default()) })
    }
}
