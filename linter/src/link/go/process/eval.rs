//! Expressions: values without effects.

use std::rc::Rc;

use goready_parse::go::code::{Expr, ExprId, FunctionId, Operator, VarId};

use super::{
    Cell, Closure, CodeFrame, Dest, FileRef, FnRef, Frame, Machine, Obj, Object, Thread, Value,
    ValueRef, standard, value::Origin,
};
use crate::link::go::repo::{Named, Target, Ty};

/// What is known about a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub(super) fn of(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl<'a> Machine<'_, 'a> {
    /// Evaluates in the frame on top of a thread.
    pub(super) fn eval(&mut self, thread: usize, expr: ExprId) -> Value<'a> {
        let Some(frame) = self.code_frame(thread) else { return Value::Unknown };
        let file = frame.file;
        let code = self.repo().code(file);
        let place = || self.repo().expr_place(file, expr);
        match code.expr(expr) {
            Expr::Unknown | Expr::Iota => Value::Unknown,
            Expr::Local(var) => self.local(thread, *var),
            Expr::Global(name) => self.global(file, code.text(*name)),
            Expr::Str(name) => Value::Str(Some(Rc::from(code.text(*name))), Origin::at(place())),
            Expr::Int(value) => Value::Int(*value, Origin::at(place())),
            Expr::Float(value) => Value::Int(*value as i64, Origin::at(place())),
            Expr::Bool(value) => Value::Bool(*value),
            Expr::Nil => Value::Nil,
            Expr::Select { base, field } => {
                let field = code.text(*field);
                if let Expr::Global(name) = code.expr(*base)
                    && let Some(target) = self.repo().import(file, code.text(*name))
                {
                    return self.imported(target, field);
                }
                let base = self.eval(thread, *base);
                self.select(&base, field)
            }
            Expr::Result(temp) => {
                let temp = *temp;
                let frame = self.code_frame(thread);
                let found = frame.and_then(|it| it.temps.iter().find(|(it, _)| *it == temp));
                found.map_or(Value::Unknown, |(_, value)| value.clone())
            }
            Expr::Index { base, index } => self.index(thread, *base, *index),
            Expr::Slice { base } => self.eval(thread, *base),
            Expr::Unary { operator, operand } => self.unary(thread, *operator, *operand),
            Expr::Binary { operator, left, right } => {
                let left = self.eval(thread, *left);
                let right = self.eval(thread, *right);
                binary(*operator, &left, &right)
            }
            Expr::Composite { ty, elements } => {
                let ty = ty.map_or(Ty::Unknown, |it| Ty::Written(file, it));
                self.composite(thread, ty, elements)
            }
            Expr::Function(function) => self.closure(thread, file, *function),
            Expr::Assert { base, .. } => self.eval(thread, *base),
            Expr::Type(_) => Value::Unknown,
        }
    }

    pub(super) fn truth(&mut self, thread: usize, condition: ExprId) -> Truth {
        let Some(frame) = self.code_frame(thread) else { return Truth::Unknown };
        let code = self.repo().code(frame.file);
        match code.expr(condition) {
            Expr::Unary { operator: Operator::Not, operand } => self.truth(thread, *operand).not(),
            Expr::Binary { operator: Operator::And, left, right } => {
                match (self.truth(thread, *left), self.truth(thread, *right)) {
                    (Truth::No, _) | (_, Truth::No) => Truth::No,
                    (Truth::Yes, Truth::Yes) => Truth::Yes,
                    _ => Truth::Unknown,
                }
            }
            Expr::Binary { operator: Operator::Or, left, right } => {
                match (self.truth(thread, *left), self.truth(thread, *right)) {
                    (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
                    (Truth::No, Truth::No) => Truth::No,
                    _ => Truth::Unknown,
                }
            }
            Expr::Binary {
                operator: operator @ (Operator::Equal | Operator::NotEqual),
                left,
                right,
            } => {
                let (left_expr, right_expr) = (*left, *right);
                let left = self.eval(thread, left_expr);
                let right = self.eval(thread, right_expr);
                let equal = match self.equal(&left, &right) {
                    Truth::Unknown if self.is_error_check(thread, left_expr, &right) => {
                        let maybe = matches!(left, Value::Maybe);
                        // An error that is not known is taken not to have happened, but what may
                        // fail is not taken to succeed where success changes something.
                        if maybe && *operator == Operator::Equal {
                            Truth::Unknown
                        } else {
                            Truth::Yes
                        }
                    }
                    other => other,
                };
                if *operator == Operator::Equal { equal } else { equal.not() }
            }
            _ => match self.eval(thread, condition) {
                Value::Bool(value) => Truth::of(value),
                _ => Truth::Unknown,
            },
        }
    }

    /// Whether this is `err == nil` or `err != nil`.
    fn is_error_check(&self, thread: usize, left: ExprId, right: &Value<'a>) -> bool {
        if !matches!(right, Value::Nil) {
            return false;
        }
        let Some(frame) = self.code_frame(thread) else { return false };
        let code = self.repo().code(frame.file);
        let mut name = match code.expr(left) {
            Expr::Local(var) => code.variable(*var).map_or("", |it| code.text(it.name)),
            Expr::Global(name) => code.text(*name),
            Expr::Select { field, .. } => code.text(*field),
            // `if f() != nil`: a function that is compared as it is called returns an error.
            Expr::Result(_) => return true,
            _ => "",
        };
        name = name.trim_end_matches(|it: char| it.is_ascii_digit());
        name == "e" || name.ends_with("err") || name.ends_with("Err") || name.ends_with("Error")
    }

    pub(super) fn equal(&self, left: &Value<'a>, right: &Value<'a>) -> Truth {
        match (left, right) {
            (Value::Unknown | Value::Typed(_) | Value::Maybe, _)
            | (_, Value::Unknown | Value::Typed(_) | Value::Maybe) => Truth::Unknown,
            (Value::Nil, Value::Nil) => Truth::Yes,
            (Value::Bool(a), Value::Bool(b)) => Truth::of(a == b),
            // A default is not the value of every run.
            (Value::Int(_, a), Value::Int(_, b)) if !self.assuming && (a.default || b.default) => {
                Truth::Unknown
            }
            (Value::Int(a, _), Value::Int(b, _)) => Truth::of(a == b),
            (Value::Str(_, a), Value::Str(_, b)) if !self.assuming && (a.default || b.default) => {
                Truth::Unknown
            }
            (Value::Str(Some(a), _), Value::Str(Some(b), _)) => Truth::of(a == b),
            (Value::Str(..), Value::Str(..)) => Truth::Unknown,
            (Value::Signal(a), Value::Signal(b)) => Truth::of(a == b),
            (Value::Signal(a), Value::External(path, name))
            | (Value::External(path, name), Value::Signal(a)) => match standard::signal(path, name)
            {
                Some(b) => Truth::of(*a == b),
                None => Truth::Unknown,
            },
            (Value::Error(a), Value::Error(b)) => Truth::of(a == b),
            (Value::Error(a), Value::External(path, name))
            | (Value::External(path, name), Value::Error(a)) => {
                Truth::of(standard::sentinel(path, name) == Some(*a))
            }
            (Value::Object(a), Value::Object(b)) => Truth::of(a == b),
            (Value::External(..), Value::External(..)) => Truth::Unknown,
            (Value::Nil, Value::External(..)) | (Value::External(..), Value::Nil) => Truth::No,
            (Value::Nil, Value::Int(..) | Value::Str(..))
            | (Value::Int(..) | Value::Str(..), Value::Nil) => Truth::Unknown,
            (Value::Nil, _) | (_, Value::Nil) => Truth::No,
            _ => Truth::Unknown,
        }
    }

    // Names.

    pub(super) fn cell_of(&self, thread: usize, var: VarId) -> Option<Cell> {
        let frame = self.code_frame(thread)?;
        frame.env.iter().rev().find(|(it, _)| *it == var).map(|(_, cell)| *cell)
    }

    fn local(&mut self, thread: usize, var: VarId) -> Value<'a> {
        let Some(cell) = self.cell_of(thread, var) else { return Value::Unknown };
        let value = self.cells.get(cell).cloned().unwrap_or(Value::Unknown);
        if let Value::Typed(ty) = value {
            let made = self.materialise(ty);
            if let Some(slot) = self.cells.get_mut(cell) {
                *slot = made.clone();
            }
            return made;
        }
        value
    }

    fn global(&mut self, file: FileRef, name: &'a str) -> Value<'a> {
        if let Some(value) = self.repo().own_value(file, name) {
            return self.package_value(value);
        }
        if let Some(function) = self.repo().own_function(file, name) {
            return plain_function(function);
        }
        match name {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "nil" => Value::Nil,
            "close" | "panic" => Value::Builtin(name),
            _ => Value::Unknown,
        }
    }

    fn imported(&mut self, target: Target<'a>, name: &'a str) -> Value<'a> {
        match target {
            Target::External(path) => standard::constant(path, name),
            Target::Package(id) => {
                if let Some(value) = self.repo().value_in(id, name) {
                    return self.package_value(value);
                }
                let function = self.repo().symbols(id).and_then(|it| it.functions.get(name));
                function.map_or(Value::Unknown, |it| plain_function(*it))
            }
        }
    }

    fn package_value(&mut self, value: ValueRef) -> Value<'a> {
        let cell = self.global_cell(value);
        self.cells.get(cell).cloned().unwrap_or(Value::Unknown)
    }

    /// The storage of a package variable, initialised when it is first needed.
    pub(super) fn global_cell(&mut self, value: ValueRef) -> Cell {
        if let Some(cell) = self.globals.get(&value) {
            return *cell;
        }
        let Some(decl) = self.repo().value_decl(value) else {
            return self.new_cell(Value::Unknown);
        };
        let zero = match decl.ty {
            Some(ty) if decl.value.is_none() => self.zero(Ty::Written(value.file, ty)),
            _ => Value::Unknown,
        };
        let cell = self.new_cell(zero);
        self.globals.insert(value, cell);
        if let Some(init) = decl.value {
            let found = self.evaluate_aside(value.file, decl.steps, init);
            let found = nth(found, decl.position);
            if let Some(slot) = self.cells.get_mut(cell) {
                *slot = found;
            }
        }
        cell
    }

    /// Runs the steps of a package variable and evaluates its value.
    fn evaluate_aside(
        &mut self,
        file: FileRef,
        steps: Option<goready_parse::go::code::BlockId>,
        init: ExprId,
    ) -> Value<'a> {
        let mut frame = CodeFrame {
            file,
            function: None,
            env: Vec::new(),
            temps: Vec::new(),
            cursors: Vec::new(),
            defers: Vec::new(),
            returning: None,
            dest: Dest::Drop,
            keep: true,
            alternative: None,
        };
        if let Some(block) = steps {
            frame.cursors.push(super::Cursor { block, at: 0, kind: super::CursorKind::Plain });
        }
        let at = self.threads.len();
        if at >= super::MAX_THREADS {
            return Value::Unknown;
        }
        self.threads.push(Thread { frames: vec![Frame::Code(frame)], ..Thread::default() });
        self.run_aside(at);
        let ready =
            self.threads.get(at).is_some_and(|it| it.frames.len() == 1 && it.wait.is_none());
        self.nested += 1;
        let value = if ready { self.eval(at, init) } else { Value::Unknown };
        self.nested -= 1;
        if let Some(thread) = self.threads.get_mut(at) {
            thread.done = true;
            thread.frames.clear();
        }
        if at + 1 == self.threads.len() {
            self.threads.pop();
        }
        value
    }

    fn closure(&mut self, thread: usize, file: FileRef, function: FunctionId) -> Value<'a> {
        let env = self.code_frame(thread).map_or(Rc::from([]), |it| Rc::from(it.env.as_slice()));
        Value::Func(Rc::new(Closure { function: FnRef { file, function }, env, receiver: None }))
    }

    // Zero values and literals.

    // Selectors and the like.

    /// `base.name`: a field, or a method as a value.
    pub(super) fn select(&mut self, base: &Value<'a>, name: &'a str) -> Value<'a> {
        match base {
            Value::Object(obj) => match self.heap.get(*obj) {
                Some(Object::Struct(it)) => {
                    if let Some(value) = it.get(name) {
                        return value.clone();
                    }
                    self.missing(*obj, name)
                }
                _ => Value::Bound(Rc::new((base.clone(), name))),
            },
            Value::Typed(ty) => {
                if let Some(field) = self.repo().field(*ty, name) {
                    return self.materialise(field);
                }
                Value::Bound(Rc::new((base.clone(), name)))
            }
            // A field of another module's struct looks like a method until more is selected.
            Value::External(..) | Value::Bound(_) => Value::Bound(Rc::new((base.clone(), name))),
            _ => Value::Unknown,
        }
    }

    /// A field that was not set, or a method.
    fn missing(&mut self, obj: Obj, name: &'a str) -> Value<'a> {
        let Some(Object::Struct(object)) = self.heap.get(obj) else {
            return Value::Unknown;
        };
        let (ty, named, partial) = (object.ty, object.named, object.partial);
        let declared = self.repo().struct_fields(ty).and_then(|(file, fields)| {
            let code = self.repo().code(file);
            let field = fields.iter().find(|it| code.text(it.name) == name)?;
            Some(Ty::Written(file, field.ty))
        });
        if let Some(field) = declared {
            let value = if partial { self.materialise(field) } else { self.zero(field) };
            if let Some(object) = self.struct_mut(obj) {
                object.set(name, value.clone());
            }
            return value;
        }
        if named.is_some_and(|it| self.repo().own_method(it, name).is_some()) {
            return Value::Bound(Rc::new((Value::Object(obj), name)));
        }
        if let Some(embedded) = self.repo().embedding(ty, name) {
            let inner = self.select(&Value::Object(obj), embedded);
            return self.select(&inner, name);
        }
        // Fields and methods of other modules' types.
        match named {
            Some(Named::External(..)) => Value::Bound(Rc::new((Value::Object(obj), name))),
            _ => self.embedded_external(obj, ty, name),
        }
    }

    /// A name that only an embedded type of another module can have.
    fn embedded_external(&mut self, obj: Obj, ty: Ty<'a>, name: &'a str) -> Value<'a> {
        let Some((file, fields)) = self.repo().struct_fields(ty) else { return Value::Unknown };
        let code = self.repo().code(file);
        let embedded = fields.iter().find(|it| {
            it.embedded
                && matches!(self.repo().named(Ty::Written(file, it.ty)), Some(Named::External(..)))
        });
        let Some(embedded) = embedded else { return Value::Unknown };
        let inner = self.select(&Value::Object(obj), code.text(embedded.name));
        self.select(&inner, name)
    }

    fn index(&mut self, thread: usize, base: ExprId, index: ExprId) -> Value<'a> {
        let base = self.eval(thread, base);
        let index = self.eval(thread, index);
        // Type arguments of a generic function.
        if matches!(base, Value::Func(_) | Value::Bound(_) | Value::External(..)) {
            return base;
        }
        let Value::Object(obj) = base else { return Value::Unknown };
        match self.heap.get(obj) {
            Some(Object::List(items)) => match index {
                Value::Int(at, _) => {
                    items.get(at.max(0) as usize).cloned().unwrap_or(Value::Unknown)
                }
                _ => items.first().cloned().unwrap_or(Value::Unknown),
            },
            Some(Object::Map(entries)) => {
                let found = entries.iter().find(|(key, _)| match (key, &index) {
                    (Value::Str(Some(a), _), Value::Str(Some(b), _)) => a == b,
                    (Value::Int(a, _), Value::Int(b, _)) => a == b,
                    _ => false,
                });
                found.or_else(|| entries.first()).map_or(Value::Unknown, |(_, it)| it.clone())
            }
            _ => Value::Unknown,
        }
    }

    fn unary(&mut self, thread: usize, operator: Operator, operand: ExprId) -> Value<'a> {
        match operator {
            Operator::AddressOf => self.address_of(thread, operand),
            Operator::Dereference => {
                let value = self.eval(thread, operand);
                match value {
                    Value::Pointer(pointer) => self.load(pointer),
                    other => other,
                }
            }
            Operator::Negate => match self.eval(thread, operand) {
                Value::Int(value, origin) => Value::Int(value.wrapping_neg(), origin),
                _ => Value::Unknown,
            },
            Operator::Not => match self.truth(thread, operand) {
                Truth::Yes => Value::Bool(false),
                Truth::No => Value::Bool(true),
                Truth::Unknown => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }
}

pub(super) fn plain_function<'a>(function: FnRef) -> Value<'a> {
    Value::Func(Rc::new(Closure { function, env: Rc::from([]), receiver: None }))
}

/// One of several results.
pub(super) fn nth<'a>(value: Value<'a>, position: u32) -> Value<'a> {
    match &value {
        Value::Tuple(items) => items.get(position as usize).cloned().unwrap_or(Value::Unknown),
        _ if position == 0 => value,
        // The second result of a call that gave one value: an error that did not happen.
        _ => Value::Unknown,
    }
}

fn binary<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
    match (left, right) {
        (Value::Str(a, origin), Value::Str(b, other)) if operator == Operator::Add => {
            let text = match (a, b) {
                (Some(a), Some(b)) => Some(Rc::from(format!("{a}{b}"))),
                _ => None,
            };
            Value::Str(text, joined(a.as_deref(), origin, b.as_deref(), other))
        }
        (Value::Str(_, origin), _) | (_, Value::Str(_, origin)) if operator == Operator::Add => {
            Value::Str(None, origin.clone())
        }
        (Value::Int(a, origin), Value::Int(b, other)) => {
            let origin = origin.or(other);
            let number = match operator {
                Operator::Add => a.checked_add(*b),
                Operator::Subtract => a.checked_sub(*b),
                Operator::Multiply => a.checked_mul(*b),
                Operator::Divide => a.checked_div(*b),
                Operator::Remainder => a.checked_rem(*b),
                Operator::ShiftLeft => a.checked_shl((*b).clamp(0, 62) as u32),
                Operator::ShiftRight => a.checked_shr((*b).clamp(0, 62) as u32),
                _ => None,
            };
            if let Some(number) = number {
                return Value::Int(number, origin);
            }
            if origin.default {
                return Value::Unknown;
            }
            match operator {
                Operator::Less => Value::Bool(a < b),
                Operator::LessEqual => Value::Bool(a <= b),
                Operator::Greater => Value::Bool(a > b),
                Operator::GreaterEqual => Value::Bool(a >= b),
                _ => Value::Unknown,
            }
        }
        _ => Value::Unknown,
    }
}

/// The origin of a concatenation: the part that says more than punctuation.
fn joined(a: Option<&str>, left: &Origin, b: Option<&str>, right: &Origin) -> Origin {
    let plain = |it: Option<&str>| it.is_some_and(|it| !it.contains(char::is_alphanumeric));
    if plain(a) && !plain(b) { right.or(left) } else { left.or(right) }
}
