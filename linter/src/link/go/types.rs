//! Types of expressions, as far as they follow from what is written, and the methods they have.

use goready_parse::go::code::{Call, Expr, ExprId, Field, Name, Operator, TempSource, TypeExpr};

use super::repo::{
    Callee, FileRef, FnRef, MAX_GUESSES, MAX_TYPE_DEPTH, Named, Repo, Target, Ty, ValueRef,
};

impl<'a> Repo<'a> {
    /// Follows names, aliases and pointers to what a type is made of.
    pub(super) fn underlying(&self, ty: Ty<'a>) -> Option<(FileRef, &'a TypeExpr)> {
        let mut ty = ty;
        for _ in 0..MAX_TYPE_DEPTH {
            let (file, id) = match ty {
                Ty::Written(file, id) => (file, id),
                Ty::Own(package, name) => self.type_in(package, name)?,
                Ty::Unknown | Ty::External(..) => return None,
            };
            let code = self.code(file);
            match code.ty(id) {
                TypeExpr::Pointer(inner) => ty = Ty::Written(file, *inner),
                TypeExpr::Named(name) => {
                    let (file, id) = self.own_type(file, code.text(*name))?;
                    ty = Ty::Written(file, id);
                }
                TypeExpr::Qualified { package, name } => {
                    let Target::Package(id) = self.import(file, code.text(*package))? else {
                        return None;
                    };
                    let (file, id) = self.type_in(id, code.text(*name))?;
                    ty = Ty::Written(file, id);
                }
                other => return Some((file, other)),
            }
        }
        None
    }

    /// The name of a type, aliases followed.
    pub(super) fn named(&self, ty: Ty<'a>) -> Option<Named<'a>> {
        let mut ty = ty;
        for _ in 0..MAX_TYPE_DEPTH {
            let (file, id) = match ty {
                Ty::Unknown => return None,
                Ty::External(path, name) => return Some(Named::External(path, name)),
                Ty::Own(package, name) => match self.alias(package, name) {
                    Some(target) => {
                        ty = target;
                        continue;
                    }
                    None => return Some(Named::Own(package, name)),
                },
                Ty::Written(file, id) => (file, id),
            };
            let code = self.code(file);
            match code.ty(id) {
                TypeExpr::Pointer(inner) => ty = Ty::Written(file, *inner),
                TypeExpr::Named(name) => {
                    let package = self.package_of(file);
                    let text = code.text(*name);
                    match self.alias(package, text) {
                        Some(target) => ty = target,
                        None => {
                            self.own_type(file, text)?;
                            return Some(Named::Own(package, text));
                        }
                    }
                }
                TypeExpr::Qualified { package, name } => {
                    let text = code.text(*name);
                    match self.import(file, code.text(*package))? {
                        Target::External(path) => return Some(Named::External(path, text)),
                        Target::Package(id) => match self.alias(id, text) {
                            Some(target) => ty = target,
                            None => return Some(Named::Own(id, text)),
                        },
                    }
                }
                _ => return None,
            }
        }
        None
    }

    /// A field of a struct, embedded ones searched, with its type.
    pub(super) fn field(&self, ty: Ty<'a>, name: &str) -> Option<Ty<'a>> {
        self.field_at(ty, name, 0)
    }

    pub(super) fn field_at(&self, ty: Ty<'a>, name: &str, depth: u32) -> Option<Ty<'a>> {
        if depth > 4 {
            return None;
        }
        let (file, TypeExpr::Struct(fields)) = self.underlying(ty)? else { return None };
        let code = self.code(file);
        if let Some(field) = fields.iter().find(|it| code.text(it.name) == name) {
            return Some(Ty::Written(file, field.ty));
        }
        let embedded = fields.iter().filter(|it| it.embedded);
        embedded.into_iter().find_map(|it| self.field_at(Ty::Written(file, it.ty), name, depth + 1))
    }

    pub(super) fn struct_fields(&self, ty: Ty<'a>) -> Option<(FileRef, &'a [Field])> {
        match self.underlying(ty)? {
            (file, TypeExpr::Struct(fields)) => Some((file, fields)),
            _ => None,
        }
    }

    /// The embedded field through which a name is found, when the type has no such field itself.
    pub(super) fn embedding(&self, ty: Ty<'a>, name: &'a str) -> Option<&'a str> {
        let (file, fields) = self.struct_fields(ty)?;
        let code = self.code(file);
        fields
            .iter()
            .filter(|it| it.embedded)
            .find(|it| {
                let inner = Ty::Written(file, it.ty);
                self.field(inner, name).is_some() || self.method(inner, name).is_some()
            })
            .map(|it| code.text(it.name))
    }

    /// A method that is declared on the type itself.
    pub(super) fn own_method(&self, named: Named<'a>, name: &str) -> Option<FnRef> {
        let Named::Own(package, ty) = named else { return None };
        let methods = self.symbols(package)?.methods.get(ty)?;
        methods.iter().find(|it| it.0 == name).map(|it| it.1)
    }

    /// The method of a type, promoted ones included.
    pub(super) fn method(&self, ty: Ty<'a>, name: &'a str) -> Option<Callee<'a>> {
        self.method_at(ty, name, 0)
    }

    fn method_at(&self, ty: Ty<'a>, name: &'a str, depth: u32) -> Option<Callee<'a>> {
        if depth > 4 {
            return None;
        }
        let named = self.named(ty);
        match named {
            Some(Named::External(path, type_name)) => {
                return Some(Callee::ExternalMethod(path, type_name, name));
            }
            Some(Named::Own(package, type_name)) => {
                let methods = self.symbols(package).and_then(|it| it.methods.get(type_name));
                if let Some((_, function)) = methods.into_iter().flatten().find(|it| it.0 == name) {
                    return Some(Callee::Own(*function));
                }
            }
            None => {}
        }
        match self.underlying(ty)? {
            (file, TypeExpr::Struct(fields)) => fields
                .iter()
                .filter(|it| it.embedded)
                .find_map(|it| self.method_at(Ty::Written(file, it.ty), name, depth + 1)),
            (file, TypeExpr::Interface { methods, embedded }) => {
                let code = self.code(file);
                if let Some(method) = methods.iter().find(|it| code.text(**it) == name) {
                    let mut wanted: Vec<&str> = methods.iter().map(|it| code.text(*it)).collect();
                    for it in embedded {
                        self.wanted_methods(Ty::Written(file, *it), &mut wanted, depth + 1);
                    }
                    let found = self.implementers(&wanted, code.text(*method));
                    return Some(Callee::Guess(found.into()));
                }
                embedded
                    .iter()
                    .find_map(|it| self.method_at(Ty::Written(file, *it), name, depth + 1))
            }
            // `type Addr net.Addr`: the name is its own, the methods are not; rare enough.
            _ => None,
        }
    }

    /// All methods of a type of the repository.
    pub(super) fn methods_of(&self, ty: Ty<'a>) -> Vec<FnRef> {
        let Some(Named::Own(package, name)) = self.named(ty) else { return Vec::new() };
        let methods = self.symbols(package).and_then(|it| it.methods.get(name));
        methods.into_iter().flatten().map(|it| it.1).collect()
    }

    /// What an embedded interface asks for as well, as far as it is known here.
    fn wanted_methods(&self, ty: Ty<'a>, wanted: &mut Vec<&'a str>, depth: u32) {
        if let Some(Named::External("io", name)) = self.named(ty) {
            wanted.extend(of_io(name));
            return;
        }
        let Some((file, TypeExpr::Interface { methods, embedded })) = self.underlying(ty) else {
            return;
        };
        let code = self.code(file);
        wanted.extend(methods.iter().map(|it| code.text(*it)));
        if depth < 4 {
            for it in embedded {
                self.wanted_methods(Ty::Written(file, *it), wanted, depth + 1);
            }
        }
    }

    /// Methods `name` of all types that have every wanted method.
    fn implementers(&self, wanted: &[&str], name: &str) -> Vec<FnRef> {
        let candidates = self.methods.get(name).map_or(&[][..], |it| it);
        candidates
            .iter()
            .filter(|(package, ty, _)| {
                let methods = self.symbols(*package).and_then(|it| it.methods.get(ty));
                let has = |name: &&str| methods.into_iter().flatten().any(|it| it.0 == *name);
                wanted.iter().all(has)
            })
            .map(|(_, _, function)| *function)
            .take(MAX_GUESSES)
            .collect()
    }

    /// Methods of a name in the package itself and those it imports.
    pub(super) fn methods_nearby(&self, file: FileRef, name: &str) -> Vec<FnRef> {
        let package = self.package_of(file);
        let Some(here) = self.packages.get(package) else { return Vec::new() };
        let candidates = self.methods.get(name).map_or(&[][..], |it| it);
        let near: Vec<FnRef> = candidates
            .iter()
            .filter(|(id, _, _)| {
                *id == package
                    || here.imports.contains(id)
                        // What others call their methods says nothing about the code here.
                        && self.packages.get(*id).is_some_and(|it| !it.is_foreign())
            })
            .map(|(_, _, function)| *function)
            .collect();
        if near.len() > MAX_GUESSES { Vec::new() } else { near }
    }

    /// The type of an expression.
    pub(super) fn type_of(&self, file: FileRef, expr: ExprId) -> Ty<'a> {
        self.type_at(file, expr, 0, 0)
    }

    pub(super) fn type_at(&self, file: FileRef, expr: ExprId, position: u32, depth: u32) -> Ty<'a> {
        if depth > MAX_TYPE_DEPTH {
            return Ty::Unknown;
        }
        let code = self.code(file);
        match code.expr(expr) {
            Expr::Local(var) => {
                let Some(var) = code.variable(*var) else { return Ty::Unknown };
                if let Some(ty) = var.ty {
                    return Ty::Written(file, ty);
                }
                if let Some((init, position)) = var.init {
                    return self.type_at(file, init, position, depth + 1);
                }
                match var.element_of {
                    Some(over) => self.element(self.type_at(file, over, 0, depth + 1)),
                    None => Ty::Unknown,
                }
            }
            Expr::Global(name) => match self.own_value(file, code.text(*name)) {
                Some(value) => self.value_type(value, depth),
                None => Ty::Unknown,
            },
            Expr::Select { base, field } => {
                let field = code.text(*field);
                if let Expr::Global(name) = code.expr(*base)
                    && let Some(target) = self.import(file, code.text(*name))
                {
                    return match target {
                        Target::Package(id) => match self.value_in(id, field) {
                            Some(value) => self.value_type(value, depth),
                            None => Ty::Unknown,
                        },
                        Target::External(path) => self
                            .libraries
                            .variable(path, field)
                            .map_or(Ty::Unknown, |(path, ty)| Ty::External(path, ty)),
                    };
                }
                let base = self.type_at(file, *base, 0, depth + 1);
                self.field(base, field).unwrap_or(Ty::Unknown)
            }
            Expr::Result(temp) => match code.temp(*temp) {
                Some(TempSource::Call(call)) => match code.call(call) {
                    Some(call) => self.result_type(file, call, position, depth + 1),
                    None => Ty::Unknown,
                },
                Some(TempSource::Receive(channel)) => {
                    self.element(self.type_at(file, channel, 0, depth + 1))
                }
                None => Ty::Unknown,
            },
            Expr::Index { base, .. } => self.element(self.type_at(file, *base, 0, depth + 1)),
            Expr::Slice { base } => self.type_at(file, *base, 0, depth + 1),
            Expr::Unary { operator: Operator::AddressOf | Operator::Dereference, operand } => {
                self.type_at(file, *operand, 0, depth + 1)
            }
            Expr::Composite { ty: Some(ty), .. } | Expr::Assert { ty, .. } => {
                Ty::Written(file, *ty)
            }
            _ => Ty::Unknown,
        }
    }

    fn value_type(&self, value: ValueRef, depth: u32) -> Ty<'a> {
        let Some(decl) = self.value_decl(value) else { return Ty::Unknown };
        match (decl.ty, decl.value) {
            (Some(ty), _) => Ty::Written(value.file, ty),
            (None, Some(init)) => self.type_at(value.file, init, decl.position, depth + 1),
            (None, None) => Ty::Unknown,
        }
    }

    fn element(&self, ty: Ty<'a>) -> Ty<'a> {
        match self.underlying(ty) {
            Some((
                file,
                TypeExpr::Slice(inner)
                | TypeExpr::Map { value: inner, .. }
                | TypeExpr::Channel(inner),
            )) => Ty::Written(file, *inner),
            _ => Ty::Unknown,
        }
    }

    fn result_type(&self, file: FileRef, call: &Call, position: u32, depth: u32) -> Ty<'a> {
        let code = self.code(file);
        match self.callee_at(file, call, depth) {
            Callee::Own(function) => self.nth_result(function, position),
            Callee::Guess(functions) => match &*functions {
                [only] => self.nth_result(*only, position),
                _ => Ty::Unknown,
            },
            Callee::Builtin("new") => match call.args.first().map(|it| code.expr(*it)) {
                Some(Expr::Type(ty)) => Ty::Written(file, *ty),
                Some(Expr::Global(name)) => self.declared(file, code.text(*name)),
                Some(Expr::Select { base, field }) => self.qualified(file, *base, *field),
                _ => Ty::Unknown,
            },
            Callee::Builtin("make") => match call.args.first().map(|it| code.expr(*it)) {
                Some(Expr::Type(ty)) => Ty::Written(file, *ty),
                _ => Ty::Unknown,
            },
            Callee::Builtin("append") => match call.args.first() {
                Some(first) => self.type_at(file, *first, 0, depth + 1),
                None => Ty::Unknown,
            },
            Callee::External(path, name) if position == 0 => {
                let (path, ty) = self.libraries.result(path, None, name).unwrap_or((path, name));
                Ty::External(path, ty)
            }
            Callee::ExternalMethod(path, ty, name) if position == 0 => self
                .libraries
                .result(path, Some(ty), name)
                .map_or(Ty::Unknown, |(path, ty)| Ty::External(path, ty)),
            Callee::Conversion => match code.expr(call.callee) {
                Expr::Global(name) => self.declared(file, code.text(*name)),
                Expr::Type(ty) => Ty::Written(file, *ty),
                Expr::Select { base, field } => self.qualified(file, *base, *field),
                _ => Ty::Unknown,
            },
            _ => Ty::Unknown,
        }
    }

    /// A type of the file's package by name.
    fn declared(&self, file: FileRef, name: &'a str) -> Ty<'a> {
        match self.own_type(file, name) {
            Some(_) => Ty::Own(self.package_of(file), name),
            None => Ty::Unknown,
        }
    }

    fn qualified(&self, file: FileRef, base: ExprId, field: Name) -> Ty<'a> {
        let code = self.code(file);
        let Expr::Global(package) = code.expr(base) else { return Ty::Unknown };
        match self.import(file, code.text(*package)) {
            Some(Target::External(path)) => Ty::External(path, code.text(field)),
            Some(Target::Package(id)) => Ty::Own(id, code.text(field)),
            None => Ty::Unknown,
        }
    }

    fn nth_result(&self, function: FnRef, position: u32) -> Ty<'a> {
        self.function(function)
            .and_then(|it| it.results.get(position as usize))
            .map_or(Ty::Unknown, |it| Ty::Written(function.file, it.ty))
    }
}

/// The methods of the interfaces of package io that others embed.
fn of_io(name: &str) -> &'static [&'static str] {
    match name {
        "Reader" => &["Read"],
        "Writer" => &["Write"],
        "Closer" => &["Close"],
        "Seeker" => &["Seek"],
        "ReadWriter" => &["Read", "Write"],
        "ReadCloser" => &["Read", "Close"],
        "WriteCloser" => &["Write", "Close"],
        "ReadWriteCloser" => &["Read", "Write", "Close"],
        "ReadSeeker" => &["Read", "Seek"],
        _ => &[],
    }
}
