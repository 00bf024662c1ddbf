//! Evaluates pipelines, commands, fields and operands to values.

use std::{rc::Rc, sync::Arc};

use super::{
    Kind,
    arguments::shown,
    complex::Complex,
    interpreter::{Interpreter, Stop},
    reflected::{Reflected, zero},
};
use crate::{
    functions::Param,
    template::ast::{Command, Extent, Number, Operand, OperandKind, Pipe},
    text::Text,
    value::{Data, Map, Object, Value},
};

impl Interpreter<'_> {
    /// The value of a pipeline, never boxed. Its variables stay until the block around ends.
    pub(super) fn pipe(&mut self, pipe: &Pipe, dot: &Reflected) -> Result<Reflected, Stop> {
        self.check_stack()?;
        self.at(pipe.span);
        let mut value = None;
        for command in &*pipe.commands {
            value = Some(self.command(command, dot, value)?.unboxed());
        }
        let value = value.unwrap_or_else(Reflected::invalid);
        for variable in &*pipe.variables {
            if pipe.assigns {
                self.assign(&variable.name, value.clone())?;
            } else {
                self.declare(&variable.name, value.clone());
            }
        }
        Ok(value)
    }

    /// `last` is what the command before gave: the last argument of this one.
    fn command(
        &mut self,
        command: &Command,
        dot: &Reflected,
        last: Option<Reflected>,
    ) -> Result<Reflected, Stop> {
        let Some((first, rest)) = command.operands.split_first() else {
            return Err(self.error(Kind::Evaluation, "missing value for command".to_owned()));
        };
        let call = Arguments { rest, last };
        match &first.kind {
            OperandKind::Field(names) => {
                self.at(first.span);
                self.fields(dot, dot.clone(), names, first.span, call)
            }
            OperandKind::Variable(name, names) => {
                self.at(first.span);
                let value = self.variable(name)?.clone();
                if names.is_empty() {
                    self.refuse_arguments(first, &call)?;
                    return Ok(value);
                }
                self.fields(dot, value, names, first.span, call)
            }
            OperandKind::Function(name) => {
                self.at(first.span);
                self.call(dot, name, command.span, call)
            }
            OperandKind::Pipe(pipe, names) if names.is_empty() => {
                self.refuse_arguments(first, &call)?;
                self.pipe(pipe, dot)
            }
            OperandKind::Pipe(..) | OperandKind::Chain(..) => self.chain(first, dot, call),
            OperandKind::Nil => {
                self.at(first.span);
                self.refuse_arguments(first, &call)?;
                Err(self.error(Kind::Evaluation, "nil is not a command".to_owned()))
            }
            OperandKind::Dot => {
                self.at(first.span);
                self.refuse_arguments(first, &call)?;
                Ok(dot.clone())
            }
            OperandKind::Bool(_) | OperandKind::String(_) | OperandKind::Number(_) => {
                self.at(first.span);
                self.refuse_arguments(first, &call)?;
                self.literal_value(first)
            }
        }
    }

    fn refuse_arguments(&self, first: &Operand, call: &Arguments<'_>) -> Result<(), Stop> {
        if call.is_empty() {
            return Ok(());
        }
        let message = format!("can't give argument to non-function {}", shown(first));
        Err(self.error(Kind::Evaluation, message))
    }

    /// Fields of an operand that is no field or variable itself.
    fn chain(
        &mut self,
        operand: &Operand,
        dot: &Reflected,
        call: Arguments<'_>,
    ) -> Result<Reflected, Stop> {
        self.at(operand.span);
        let (receiver, names) = match &operand.kind {
            OperandKind::Pipe(pipe, names) => (self.pipe(pipe, dot)?, names),
            OperandKind::Chain(inner, names) => (self.operand(inner, dot)?, names),
            _ => return self.operand(operand, dot),
        };
        self.fields(dot, receiver, names, operand.span, call)
    }

    /// The value of an operand that is an argument of no particular type; it may be boxed.
    pub(super) fn operand(
        &mut self,
        operand: &Operand,
        dot: &Reflected,
    ) -> Result<Reflected, Stop> {
        self.at(operand.span);
        match &operand.kind {
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Ok(Reflected::invalid()),
            OperandKind::Bool(_) | OperandKind::String(_) | OperandKind::Number(_) => {
                self.literal_value(operand)
            }
            OperandKind::Field(names) => {
                self.fields(dot, dot.clone(), names, operand.span, Arguments::NONE)
            }
            OperandKind::Variable(name, names) => {
                let value = self.variable(name)?.clone();
                self.fields(dot, value, names, operand.span, Arguments::NONE)
            }
            OperandKind::Function(name) => self.call(dot, name, operand.span, Arguments::NONE),
            OperandKind::Pipe(pipe, names) if names.is_empty() => self.pipe(pipe, dot),
            OperandKind::Pipe(..) | OperandKind::Chain(..) => {
                self.chain(operand, dot, Arguments::NONE)
            }
        }
    }

    /// A literal where nothing says what type it should have.
    fn literal_value(&mut self, operand: &Operand) -> Result<Reflected, Stop> {
        let data = match &operand.kind {
            OperandKind::Bool(value) => Data::Bool(*value),
            OperandKind::Number(number) => self.number(operand, number)?,
            OperandKind::String(bytes) => {
                let origin = self.literal(operand.span);
                let text = Text::new(bytes.to_vec(), origin);
                return Ok(Reflected::plain(Value::text(text)));
            }
            _ => Data::Nil,
        };
        let origin = self.literal(operand.span);
        Ok(Reflected::plain(Value::new(data, origin)))
    }

    fn number(&self, operand: &Operand, number: &Number) -> Result<Data, Stop> {
        match number {
            Number { complex: Some((real, imaginary)), int: None, float: None, .. } => {
                let complex = Complex { real: *real, imaginary: *imaginary };
                Ok(Data::Object(Rc::new(complex)))
            }
            Number { float: Some(float), written_as_int: false, is_char: false, .. } => {
                Ok(Data::Float(*float))
            }
            Number { int: Some(int), .. } => Ok(Data::Int(*int)),
            _ => Err(self.error(Kind::Evaluation, format!("{} overflows int", shown(operand)))),
        }
    }

    /// Walks `.a.b.c` from a value; the arguments are for the last name.
    fn fields(
        &mut self,
        dot: &Reflected,
        mut receiver: Reflected,
        names: &[Arc<str>],
        span: Extent,
        call: Arguments<'_>,
    ) -> Result<Reflected, Stop> {
        let Some((last, names)) = names.split_last() else { return Ok(receiver) };
        for name in names {
            receiver = self.field(dot, &receiver, name, span, Arguments::NONE)?;
        }
        self.field(dot, &receiver, last, span, call)
    }

    fn field(
        &mut self,
        dot: &Reflected,
        receiver: &Reflected,
        name: &str,
        span: Extent,
        call: Arguments<'_>,
    ) -> Result<Reflected, Stop> {
        match &receiver.value.data {
            Data::Nil if receiver.boxed => {
                let message = format!("nil pointer evaluating interface {{}}.{name}");
                Err(self.error(Kind::Evaluation, message))
            }
            Data::Nil => Ok(receiver.clone()),
            Data::Map(map) => self.key(map, name, !call.is_empty()),
            Data::Object(object) => {
                let object = object.clone();
                self.member(dot, object.as_ref(), receiver, name, span, call)
            }
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn key(&self, map: &Map, name: &str, has_arguments: bool) -> Result<Reflected, Stop> {
        if has_arguments {
            let message = format!("{name} is not a method but has arguments");
            return Err(self.error(Kind::Evaluation, message));
        }
        Ok(match map.get(name.as_bytes()) {
            Some(value) => Reflected::element(value, map.element),
            None => zero(map.element),
        })
    }

    /// A method or field of a Go object.
    fn member(
        &mut self,
        dot: &Reflected,
        object: &dyn Object,
        receiver: &Reflected,
        name: &str,
        span: Extent,
        call: Arguments<'_>,
    ) -> Result<Reflected, Stop> {
        let has_arguments = !call.is_empty();
        let mut values = Vec::with_capacity(call.rest.len() + 1);
        for operand in call.rest {
            values.push(self.argument(operand, dot, Param::Any)?);
        }
        values.extend(call.last.map(|it| it.value));
        if let Some(result) = object.call(name, &values) {
            return match result {
                Ok(value) => Ok(Reflected::plain(value)),
                Err(message) => {
                    self.at(span);
                    let message = format!("error calling {name}: {message}");
                    Err(self.error(Kind::Function, message))
                }
            };
        }
        if let Some(value) = object.field(name) {
            if has_arguments {
                let message = format!("{name} has arguments but cannot be invoked as function");
                return Err(self.error(Kind::Evaluation, message));
            }
            return Ok(Reflected::plain(value));
        }
        match object.plain().data {
            Data::Map(map) if object.kind() == "map" => self.key(&map, name, has_arguments),
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn no_field(&self, receiver: &Reflected, name: &str) -> Stop {
        let message = format!("can't evaluate field {name} in type {}", receiver.type_name());
        self.error(Kind::Evaluation, message)
    }
}

/// What a command gives its first word: the words after it, and the value piped into it.
#[derive(Debug)]
pub(super) struct Arguments<'n> {
    pub(super) rest: &'n [Operand],
    pub(super) last: Option<Reflected>,
}

impl Arguments<'_> {
    pub(super) const NONE: Arguments<'static> = Arguments { rest: &[], last: None };

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty() && self.last.is_none()
    }
}
