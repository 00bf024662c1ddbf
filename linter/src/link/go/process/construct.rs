//! Values that literals, declarations and `make` bring about.

use std::rc::Rc;

use goready_parse::go::code::{Element, Expr, ExprId, TypeExpr, TypeId};

use super::{FileRef, Machine, Object, Origin, Struct, Value};
use crate::link::go::repo::{Named, Target, Ty};

impl<'s, 'a> Machine<'s, 'a> {
    /// An object for a value of a struct type that was not seen, so that it has an identity.
    pub(super) fn materialise(&mut self, ty: Ty<'a>) -> Value<'a> {
        let named = self.repo().named(ty);
        let is_struct = match named {
            Some(Named::External(path, name)) => self.is_external_struct(path, name),
            _ => self.repo().struct_fields(ty).is_some(),
        };
        if !is_struct {
            return Value::Typed(ty);
        }
        if let Some(Named::External("context", _)) = named {
            return Value::Object(self.new_context(None));
        }
        let mut made = Struct::new(named, ty);
        made.partial = true;
        self.alloc(Object::Struct(made))
    }

    pub(super) fn zero(&mut self, ty: Ty<'a>) -> Value<'a> {
        if let Some(named) = self.repo().named(ty)
            && !self.is_pointer(ty)
        {
            if let Named::External(path, name) = named {
                return match (path, name) {
                    ("time", "Duration") => Value::Int(0, Origin::default()),
                    ("context", "Context") => Value::Nil,
                    _ if self.is_external_struct(path, name) => {
                        self.alloc(Object::Struct(Struct::new(Some(named), ty)))
                    }
                    _ => Value::Nil,
                };
            }
            if self.repo().struct_fields(ty).is_some() {
                return self.alloc(Object::Struct(Struct::new(Some(named), ty)));
            }
        }
        let Ty::Written(file, id) = ty else { return Value::Unknown };
        let code = self.repo().code(file);
        match code.ty(id) {
            TypeExpr::Named(name) => match code.text(*name) {
                "string" => Value::Str(Some(Rc::from("")), Origin::default()),
                "bool" => Value::Bool(false),
                "error" | "any" => Value::Nil,
                "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16"
                | "uint32" | "uint64" | "byte" | "rune" | "float32" | "float64" | "uintptr" => {
                    Value::Int(0, Origin::default())
                }
                _ => match self.repo().underlying(ty) {
                    Some((inner, TypeExpr::Named(base))) => {
                        let text = self.repo().code(inner).text(*base);
                        match text {
                            "string" => Value::Str(Some(Rc::from("")), Origin::default()),
                            "bool" => Value::Bool(false),
                            _ => Value::Int(0, Origin::default()),
                        }
                    }
                    Some((_, TypeExpr::Slice(_))) => self.alloc(Object::List(Vec::new())),
                    Some((_, TypeExpr::Map { .. })) => self.alloc(Object::Map(Vec::new())),
                    Some(_) => Value::Nil,
                    None => Value::Unknown,
                },
            },
            TypeExpr::Slice(_) => self.alloc(Object::List(Vec::new())),
            TypeExpr::Map { .. } => self.alloc(Object::Map(Vec::new())),
            TypeExpr::Struct(_) => self.alloc(Object::Struct(Struct::new(None, ty))),
            TypeExpr::Pointer(_)
            | TypeExpr::Channel(_)
            | TypeExpr::Function { .. }
            | TypeExpr::Interface { .. } => Value::Nil,
            TypeExpr::Qualified { .. } => Value::Nil,
            TypeExpr::Unknown => Value::Unknown,
        }
    }

    pub(super) fn is_pointer(&self, ty: Ty<'a>) -> bool {
        match ty {
            Ty::Written(file, id) => {
                matches!(self.repo().code(file).ty(id), TypeExpr::Pointer(_))
            }
            _ => false,
        }
    }

    pub(super) fn composite(
        &mut self,
        thread: usize,
        ty: Ty<'a>,
        elements: &'a [Element],
    ) -> Value<'a> {
        let file = self.code_frame(thread).map_or(FileRef(0), |it| it.file);
        let code = self.repo().code(file);
        match self.repo().underlying(ty) {
            Some((inner, TypeExpr::Slice(element))) => {
                let element = Ty::Written(inner, *element);
                let items =
                    elements.iter().map(|it| self.element(thread, element, it.value)).collect();
                self.alloc(Object::List(items))
            }
            Some((inner, TypeExpr::Map { value, .. })) => {
                let element = Ty::Written(inner, *value);
                let mut entries = Vec::new();
                for it in elements {
                    let key = match it.key.map(|key| (key, code.expr(key))) {
                        Some((key, _)) => self.eval(thread, key),
                        None => Value::Unknown,
                    };
                    entries.push((key, self.element(thread, element, it.value)));
                }
                self.alloc(Object::Map(entries))
            }
            struct_type => {
                let mut made = Struct::new(self.repo().named(ty), ty);
                let first = elements.first().map(|it| it.key.unwrap_or(it.value));
                made.literal = first.map(|it| self.repo().expr_place(file, it));
                let fields = match struct_type {
                    Some((inner, TypeExpr::Struct(fields))) => Some((inner, fields)),
                    _ => None,
                };
                for (position, it) in elements.iter().enumerate() {
                    let name = match it.key.map(|key| code.expr(key)) {
                        Some(Expr::Global(name)) => Some(code.text(*name)),
                        Some(Expr::Local(var)) => code.variable(*var).map(|it| code.text(it.name)),
                        Some(_) => None,
                        None => fields.and_then(|(inner, fields)| {
                            Some(self.repo().code(inner).text(fields.get(position)?.name))
                        }),
                    };
                    let field_ty = match (fields, name) {
                        (Some((inner, fields)), Some(name)) => {
                            let code = self.repo().code(inner);
                            let field = fields.iter().find(|it| code.text(it.name) == name);
                            field.map_or(Ty::Unknown, |it| Ty::Written(inner, it.ty))
                        }
                        _ => Ty::Unknown,
                    };
                    let value = self.element(thread, field_ty, it.value);
                    if let Some(name) = name {
                        made.set(name, value);
                    }
                }
                self.alloc(Object::Struct(made))
            }
        }
    }

    /// An element whose type may be left out: `{Addr: ":80"}` in a list of servers.
    pub(super) fn element(&mut self, thread: usize, ty: Ty<'a>, value: ExprId) -> Value<'a> {
        let Some(frame) = self.code_frame(thread) else { return Value::Unknown };
        let code = self.repo().code(frame.file);
        match code.expr(value) {
            Expr::Composite { ty: None, elements } => self.composite(thread, ty, elements),
            _ => self.eval(thread, value),
        }
    }

    /// The type named in an argument of `new` or `make`.
    pub(super) fn type_argument(&mut self, file: FileRef, expr: ExprId) -> Ty<'a> {
        let code = self.repo().code(file);
        match code.expr(expr) {
            Expr::Type(ty) => Ty::Written(file, *ty),
            Expr::Global(name) => {
                let text = code.text(*name);
                match self.repo().own_type(file, text) {
                    Some(_) => Ty::Own(self.repo().package_of(file), text),
                    None => Ty::Unknown,
                }
            }
            Expr::Select { base, field } => {
                let Expr::Global(package) = code.expr(*base) else { return Ty::Unknown };
                match self.repo().import(file, code.text(*package)) {
                    Some(Target::External(path)) => Ty::External(path, code.text(*field)),
                    Some(Target::Package(id)) => Ty::Own(id, code.text(*field)),
                    None => Ty::Unknown,
                }
            }
            Expr::Index { base, .. } => self.type_argument(file, *base),
            _ => Ty::Unknown,
        }
    }

    pub(super) fn is_channel_type(&self, ty: Ty<'a>) -> bool {
        matches!(self.repo().underlying(ty), Some((_, TypeExpr::Channel(_))))
    }

    pub(super) fn is_list_type(&self, ty: Ty<'a>) -> bool {
        matches!(self.repo().underlying(ty), Some((_, TypeExpr::Slice(_))))
    }

    /// The type of a parameter, with the function's own file.
    pub(super) fn written(file: FileRef, ty: TypeId) -> Ty<'a> {
        Ty::Written(file, ty)
    }

    /// Types of other modules that are structs with state worth following. Interfaces must not become
    /// objects, so that a nil one stays nil.
    fn is_external_struct(&self, path: &str, name: &str) -> bool {
        const STANDARD: [(&str, &str); 14] = [
            ("net/http", "Server"),
            ("net/http", "ServeMux"),
            ("net/http", "Client"),
            ("sync", "WaitGroup"),
            ("sync", "Once"),
            ("sync", "Mutex"),
            ("sync", "RWMutex"),
            ("golang.org/x/sync/errgroup", "Group"),
            ("time", "Timer"),
            ("time", "Ticker"),
            ("google.golang.org/grpc", "Server"),
            ("context", "Context"),
            ("os/exec", "Cmd"),
            ("net", "TCPListener"),
        ];
        STANDARD.contains(&(path, name))
            || !matches!(
                path,
                "net" | "net/http" | "io" | "os" | "sync" | "time" | "context" | "fmt"
            ) && self.repo().libraries.is_modelled(path)
    }
}
