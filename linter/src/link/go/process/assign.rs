//! Assignments and pointers.

use goready_parse::go::code::{Expr, ExprId, Operator};

use super::{
    Machine, Object, Value,
    value::{Origin, Pointer},
};
use crate::link::go::repo::Target;

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn address_of(&mut self, thread: usize, operand: ExprId) -> Value<'a> {
        let value = self.eval(thread, operand);
        if matches!(value, Value::Object(_)) {
            return value;
        }
        let Some(frame) = self.code_frame(thread) else { return Value::Unknown };
        let file = frame.file;
        let code = self.repo().code(file);
        match code.expr(operand) {
            Expr::Local(var) => match self.cell_of(thread, *var) {
                Some(cell) => Value::Pointer(Pointer::Cell(cell)),
                None => Value::Unknown,
            },
            Expr::Global(name) => match self.repo().own_value(file, code.text(*name)) {
                Some(value) => Value::Pointer(Pointer::Cell(self.global_cell(value))),
                None => Value::Unknown,
            },
            Expr::Select { base, field } => {
                let field = code.text(*field);
                match self.eval(thread, *base) {
                    Value::Object(obj) if self.struct_mut(obj).is_some() => {
                        Value::Pointer(Pointer::Field(obj, field))
                    }
                    _ => Value::Unknown,
                }
            }
            _ => value,
        }
    }

    pub(super) fn load(&mut self, pointer: Pointer<'a>) -> Value<'a> {
        match pointer {
            Pointer::Cell(cell) => self.cells.get(cell).cloned().unwrap_or(Value::Unknown),
            Pointer::Field(obj, field) => self.select(&Value::Object(obj), field),
        }
    }

    pub(super) fn store(&mut self, pointer: Pointer<'a>, value: Value<'a>) {
        let value = match pointer {
            Pointer::Cell(cell) => merged(self.cells.get(cell), value),
            Pointer::Field(obj, field) => {
                let old = match self.heap.get(obj) {
                    Some(Object::Struct(it)) => it.get(field),
                    _ => None,
                };
                merged(old, value)
            }
        };
        match pointer {
            Pointer::Cell(cell) => {
                if let Some(slot) = self.cells.get_mut(cell) {
                    *slot = value;
                }
            }
            Pointer::Field(obj, field) => {
                if let Some(object) = self.struct_mut(obj) {
                    object.set(field, value);
                }
            }
        }
    }

    /// Assigns to a target expression.
    pub(super) fn assign(&mut self, thread: usize, target: ExprId, value: Value<'a>) {
        let Some(frame) = self.code_frame(thread) else { return };
        let file = frame.file;
        let code = self.repo().code(file);
        match code.expr(target) {
            Expr::Local(var) => {
                if let Some(cell) = self.cell_of(thread, *var) {
                    self.store(Pointer::Cell(cell), value);
                } else {
                    let cell = self.new_cell(value);
                    let var = *var;
                    if let Some(frame) = self.code_frame_mut(thread) {
                        frame.env.push((var, cell));
                    }
                }
            }
            Expr::Global(name) => {
                if let Some(decl) = self.repo().own_value(file, code.text(*name)) {
                    let cell = self.global_cell(decl);
                    self.store(Pointer::Cell(cell), value);
                }
            }
            Expr::Select { base, field } => {
                let field = code.text(*field);
                if let Expr::Global(name) = code.expr(*base)
                    && let Some(Target::Package(id)) = self.repo().import(file, code.text(*name))
                {
                    if let Some(decl) = self.repo().value_in(id, field) {
                        let cell = self.global_cell(decl);
                        self.store(Pointer::Cell(cell), value);
                    }
                    return;
                }
                let base = self.eval(thread, *base);
                self.set_field(&base, field, value);
            }
            Expr::Index { base, index } => {
                let key = self.eval(thread, *index);
                let base = self.eval(thread, *base);
                let Value::Object(obj) = base else { return };
                match (self.heap.get_mut(obj), &key) {
                    (Some(Object::Map(entries)), _) if entries.len() < super::MAX_ELEMENTS => {
                        entries.push((key, value));
                    }
                    (Some(Object::List(items)), Value::Int(at, _)) => {
                        if let Some(slot) = items.get_mut((*at).max(0) as usize) {
                            *slot = value;
                        }
                    }
                    _ => {}
                }
            }
            Expr::Unary { operator: Operator::Dereference, operand } => {
                if let Value::Pointer(pointer) = self.eval(thread, *operand) {
                    self.store(pointer, value);
                }
            }
            _ => {}
        }
    }

    pub(super) fn set_field(&mut self, base: &Value<'a>, field: &'a str, value: Value<'a>) {
        let Value::Object(obj) = base else { return };
        let Some(object) = self.struct_mut(*obj) else { return };
        let ty = object.ty;
        let own = object.get(field).is_some();
        let declared = self.repo().struct_fields(ty).is_none_or(|(file, fields)| {
            let code = self.repo().code(file);
            fields.iter().any(|it| code.text(it.name) == field)
        });
        if !own
            && !declared
            && let Some(embedded) = self.repo().embedding(ty, field)
        {
            let inner = self.select(base, embedded);
            self.set_field(&inner, field, value);
            return;
        }
        self.store(Pointer::Field(*obj, field), value);
    }
}

/// A default that takes the place of an unset variable of the environment keeps its name.
fn merged<'a>(old: Option<&Value<'a>>, new: Value<'a>) -> Value<'a> {
    match (old, new) {
        (Some(Value::Str(Some(text), old)), Value::Str(Some(new), origin))
            if text.is_empty() && old.env.is_some() && origin.env.is_none() =>
        {
            Value::Str(Some(new), Origin { env: old.env.clone(), default: true, ..origin })
        }
        (_, new) => new,
    }
}
