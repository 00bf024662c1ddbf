//! Fits operands to the types of parameters, with the words of text/template when they do not fit.

use super::{
    Kind,
    interpreter::{Interpreter, Stop, quoted},
    reflected::Reflected,
};
use crate::{
    functions::Param,
    template::ast::{Number, Operand, OperandKind, Pipe},
    text::Text,
    value::{Data, Value},
};

impl Interpreter<'_> {
    /// Evaluates an argument of a parameter's type (`evalArg`).
    pub(super) fn argument(
        &mut self,
        operand: &Operand,
        dot: &Reflected,
        param: Param,
    ) -> Result<Value, Stop> {
        match &operand.kind {
            OperandKind::Nil => {
                self.at(operand.span);
                param.nil().ok_or_else(|| {
                    let message = format!("cannot assign nil to {}", param.type_name());
                    self.error(Kind::Evaluation, message)
                })
            }
            OperandKind::Bool(_) | OperandKind::String(_) | OperandKind::Number(_)
                if !matches!(param, Param::Any | Param::Reflect) =>
            {
                self.at(operand.span);
                self.typed_literal(operand, param)
            }
            _ => {
                let value = self.operand(operand, dot)?;
                self.fit(value, param)
            }
        }
    }

    /// Checks a value against a parameter's type (`validateType`).
    pub(super) fn fit(&self, value: Reflected, param: Param) -> Result<Value, Stop> {
        if param.takes(&value.value) {
            return Ok(value.value);
        }
        let message = if !value.value.is_nil() {
            let given = value.value.type_name();
            format!("wrong type for value; expected {}; got {given}", param.type_name())
        } else if value.boxed {
            format!("wrong type for value; expected {}; got interface {{}}", param.type_name())
        } else {
            match param.nil() {
                Some(nil) => return Ok(nil),
                None => format!("invalid value; expected {}", param.type_name()),
            }
        };
        Err(self.error(Kind::Evaluation, message))
    }

    fn typed_literal(&mut self, operand: &Operand, param: Param) -> Result<Value, Stop> {
        let data = match (param, &operand.kind) {
            (Param::Bool, OperandKind::Bool(value)) => Some(Data::Bool(*value)),
            (Param::Int, OperandKind::Number(number)) => number.int.map(Data::Int),
            (Param::Int64, OperandKind::Number(number)) => number.int.map(Data::Int64),
            (Param::Uint32, OperandKind::Number(number)) => {
                let int = number.int.and_then(|it| u32::try_from(it).ok());
                int.map(|it| Data::Int(i64::from(it)))
            }
            (Param::Float64, OperandKind::Number(number)) => number.float.map(Data::Float),
            (Param::String, OperandKind::String(bytes)) => {
                let origin = self.literal(operand.span);
                Some(Data::Text(Text::new(bytes.to_vec(), origin)))
            }
            _ => None,
        };
        match data {
            Some(Data::Text(text)) => Ok(Value::text(text)),
            Some(data) => {
                let origin = self.literal(operand.span);
                Ok(Value::new(data, origin))
            }
            None => Err(self.error(Kind::Evaluation, mismatch(operand, param))),
        }
    }
}

fn mismatch(operand: &Operand, param: Param) -> String {
    let found = shown(operand);
    let expected = match param {
        Param::Bool => "bool",
        Param::String => "string",
        Param::Int | Param::Int64 => "integer",
        Param::Uint32 => "unsigned integer",
        Param::Float64 => "float",
        _ => return format!("can't handle {found} for arg of type {}", param.type_name()),
    };
    format!("expected {expected}; found {found}")
}

/// An operand as Go's parser prints it; numbers perhaps not as they were written.
pub(super) fn shown(operand: &Operand) -> String {
    let with_fields = |mut base: String, names: &[std::sync::Arc<str>]| {
        for name in names {
            base.push('.');
            base.push_str(name);
        }
        base
    };
    match &operand.kind {
        OperandKind::Dot => ".".to_owned(),
        OperandKind::Nil => "nil".to_owned(),
        OperandKind::Bool(value) => value.to_string(),
        OperandKind::String(bytes) => quoted(bytes),
        OperandKind::Number(number) => match **number {
            Number { int: Some(int), written_as_int: true, .. } => int.to_string(),
            Number { uint: Some(uint), written_as_int: true, .. } => uint.to_string(),
            Number { float: Some(float), .. } => float.to_string(),
            _ => "number".to_owned(),
        },
        OperandKind::Field(names) => with_fields(String::new(), names),
        OperandKind::Variable(name, names) => with_fields((**name).to_owned(), names),
        OperandKind::Function(name) => (**name).to_owned(),
        OperandKind::Pipe(pipe, names) => with_fields(format!("({})", shown_pipe(pipe)), names),
        OperandKind::Chain(inner, names) => with_fields(shown(inner), names),
    }
}

fn shown_pipe(pipe: &Pipe) -> String {
    let command = |operands: &[Operand]| operands.iter().map(shown).collect::<Vec<_>>().join(" ");
    pipe.commands.iter().map(|it| command(&it.operands)).collect::<Vec<_>>().join(" | ")
}
