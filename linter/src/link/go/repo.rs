//! Names of the code under analysis: what an identifier, selector or method call may mean, without
//! types. Where several answers fit, the caller decides what a guess is good for.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use goready_model::{FileId, GoMod, Place};
use goready_parse::go::{
    ParsedCode,
    code::{Bytes, Call, Code, Expr, ExprId, Function, FunctionId, TypeId, ValueDecl},
};

use super::{
    libraries::{CallModel, Libraries},
    packages::{self, PackageId, Packages},
};

/// A file with code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FileRef(pub(super) u32);

/// A function, method or function literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FnRef {
    pub(super) file: FileRef,
    pub(super) function: FunctionId,
}

/// A variable or constant of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ValueRef {
    pub(super) file: FileRef,
    pub(super) constant: bool,
    pub(super) at: u32,
}

/// What an import leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Package(PackageId),
    External(&'a str),
}

/// A file with its imports resolved.
#[derive(Debug)]
pub(super) struct CodeFile<'a> {
    pub(super) id: FileId,
    pub(super) package: PackageId,
    pub(super) code: &'a Code,
    pub(super) broken: bool,
    /// Code of others, which is read for what it does and never judged.
    pub(super) foreign: bool,
    imports: Vec<(String, Target<'a>)>,
    dots: Vec<Target<'a>>,
    /// What each call leads to, found when it is first asked for.
    callees: OnceLock<Box<[OnceLock<Callee<'a>>]>>,
}

/// Names of one package.
#[derive(Debug, Default)]
pub(super) struct Symbols<'a> {
    pub(super) files: Vec<FileRef>,
    pub(super) functions: HashMap<&'a str, FnRef>,
    /// By type and method.
    pub(super) methods: HashMap<&'a str, Vec<(&'a str, FnRef)>>,
    /// With whether the declaration is an alias.
    types: HashMap<&'a str, (FileRef, TypeId, bool)>,
    values: HashMap<&'a str, ValueRef>,
    pub(super) inits: Vec<FnRef>,
}

/// A type as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ty<'a> {
    Unknown,
    /// Written in a file of the repository.
    Written(FileRef, TypeId),
    /// A declared type of the repository.
    Own(PackageId, &'a str),
    /// A named type of another module or the standard library.
    External(&'a str, &'a str),
}

/// A named type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Named<'a> {
    Own(PackageId, &'a str),
    External(&'a str, &'a str),
}

/// What a call or name leads to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Callee<'a> {
    /// A function of the repository.
    Own(FnRef),
    /// Methods of the repository that implement an interface.
    Guess(Arc<[FnRef]>),
    /// Methods of the repository nearby that have the name: a weak edge.
    Near(Arc<[FnRef]>),
    /// A function of another module: import path and name.
    External(&'a str, &'a str),
    /// A method of a type of another module: import path, type and method.
    ExternalMethod(&'a str, &'a str, &'a str),
    /// A predeclared function.
    Builtin(&'a str),
    /// A conversion to a type of the repository.
    Conversion,
    Unknown,
}

/// Depth to which types of expressions are followed.
pub(super) const MAX_TYPE_DEPTH: u32 = 12;
/// More candidates than this make a guess by name worthless.
pub(super) const MAX_GUESSES: usize = 8;

/// The code under analysis with its names.
#[derive(Debug)]
pub(super) struct Repo<'a> {
    pub(super) packages: &'a Packages<'a>,
    pub(super) mods: &'a [GoMod],
    pub(super) libraries: Libraries<'a>,
    pub(super) files: Vec<CodeFile<'a>>,
    symbols: HashMap<PackageId, Symbols<'a>>,
    /// All methods of the repository by name.
    pub(super) methods: HashMap<&'a str, Vec<(PackageId, &'a str, FnRef)>>,
    foreign: BTreeSet<FileId>,
    /// Required versions by module path, for each go.mod.
    versions: Vec<HashMap<&'a str, &'a str>>,
}

impl<'a> Repo<'a> {
    pub(super) fn new(
        packages: &'a Packages<'a>,
        mods: &'a [GoMod],
        wanted: &BTreeSet<PackageId>,
        late: &'a HashMap<FileId, ParsedCode>,
    ) -> Self {
        let mut repo = Self {
            packages,
            mods,
            libraries: packages.libraries,
            files: Vec::new(),
            symbols: HashMap::new(),
            methods: HashMap::new(),
            foreign: BTreeSet::new(),
            versions: mods.iter().map(versions).collect(),
        };
        for id in wanted {
            let Some(package) = packages.get(*id) else { continue };
            let mut symbols = Symbols::default();
            for member in &package.members {
                let Some(code) = packages::code(member, late) else { continue };
                let file = FileRef(repo.files.len() as u32);
                let broken =
                    member.facts.broken || late.get(&member.file).is_some_and(|it| it.broken);
                let mut code_file = CodeFile {
                    id: member.file,
                    package: *id,
                    code,
                    broken,
                    foreign: package.is_foreign(),
                    imports: Vec::new(),
                    dots: Vec::new(),
                    callees: OnceLock::new(),
                };
                for import in &member.facts.header.imports {
                    let target = match packages.find(&import.path, package.module, mods) {
                        Some(id) => Target::Package(id),
                        None => Target::External(&import.path),
                    };
                    code_file.add_import(import.name.as_deref(), target, packages);
                }
                if code_file.foreign {
                    repo.foreign.insert(member.file);
                }
                repo.files.push(code_file);
                symbols.add(file, code);
            }
            #[expect(clippy::iter_over_hash_type, reason = "the candidates are sorted below")]
            for (ty, methods) in &symbols.methods {
                for (method, function) in methods {
                    repo.methods.entry(method).or_default().push((*id, ty, *function));
                }
            }
            repo.symbols.insert(*id, symbols);
        }
        // Hash maps have no order; guesses must not depend on it.
        #[expect(clippy::iter_over_hash_type, reason = "each list is sorted on its own")]
        for candidates in repo.methods.values_mut() {
            candidates.sort_unstable();
        }
        repo
    }

    pub(super) fn file(&self, file: FileRef) -> Option<&CodeFile<'a>> {
        self.files.get(file.0 as usize)
    }

    pub(super) fn code(&self, file: FileRef) -> &'a Code {
        static EMPTY: std::sync::LazyLock<Code> = std::sync::LazyLock::new(Code::default);
        self.file(file).map_or(&*EMPTY, |it| it.code)
    }

    /// Whether a place is in code of others.
    pub(super) fn is_foreign_place(&self, place: &Place) -> bool {
        self.foreign.contains(&place.at.file)
    }

    /// Whether a file holds code of others.
    pub(super) fn is_foreign(&self, file: FileRef) -> bool {
        self.file(file).is_some_and(|it| it.foreign)
    }

    pub(super) fn function(&self, function: FnRef) -> Option<&'a Function> {
        self.code(function.file).function(function.function)
    }

    pub(super) fn symbols(&self, package: PackageId) -> Option<&Symbols<'a>> {
        self.symbols.get(&package)
    }

    pub(super) fn package_of(&self, file: FileRef) -> PackageId {
        self.file(file).map_or(PackageId(u32::MAX), |it| it.package)
    }

    pub(super) fn place(&self, file: FileRef, bytes: &Bytes) -> Place {
        let id = self.file(file).map_or(FileId(0), |it| it.id);
        Place::new(id, bytes.start as usize, bytes.end as usize)
    }

    pub(super) fn expr_place(&self, file: FileRef, expr: ExprId) -> Place {
        self.place(file, &self.code(file).expr_bytes(expr))
    }

    /// The function a person would name: `main`, `Server.Run`.
    pub(super) fn function_name(&self, function: FnRef) -> String {
        let code = self.code(function.file);
        let Some(it) = self.function(function) else { return String::new() };
        match (it.name, it.receiver_type) {
            (Some(name), Some(ty)) => format!("{}.{}", code.text(ty), code.text(name)),
            (Some(name), None) => code.text(name).to_owned(),
            (None, _) => "func".to_owned(),
        }
    }

    /// The version that the module of a package requires of an import path.
    pub(super) fn version(&self, package: PackageId, path: &str) -> Option<&'a str> {
        let versions = self.versions.get(self.packages.get(package)?.module?)?;
        let mut prefix = path;
        loop {
            if let Some(version) = versions.get(prefix) {
                return Some(version);
            }
            prefix = prefix.rsplit_once('/')?.0;
        }
    }

    // Names.

    /// What an identifier that is not local means as an import.
    pub(super) fn import(&self, file: FileRef, name: &str) -> Option<Target<'a>> {
        self.file(file)?.imports.iter().find(|(it, _)| it == name).map(|(_, target)| *target)
    }

    pub(super) fn own_function(&self, file: FileRef, name: &str) -> Option<FnRef> {
        let code_file = self.file(file)?;
        if let Some(found) = self.symbols(code_file.package)?.functions.get(name) {
            return Some(*found);
        }
        code_file.dots.iter().find_map(|it| match it {
            Target::Package(id) => self.symbols(*id)?.functions.get(name).copied(),
            Target::External(_) => None,
        })
    }

    pub(super) fn own_value(&self, file: FileRef, name: &str) -> Option<ValueRef> {
        self.symbols(self.file(file)?.package)?.values.get(name).copied()
    }

    pub(super) fn value_in(&self, package: PackageId, name: &str) -> Option<ValueRef> {
        self.symbols(package)?.values.get(name).copied()
    }

    pub(super) fn value_decl(&self, value: ValueRef) -> Option<&'a ValueDecl> {
        let code = self.code(value.file);
        if value.constant {
            code.consts.get(value.at as usize)
        } else {
            code.vars.get(value.at as usize)
        }
    }

    pub(super) fn own_type(&self, file: FileRef, name: &str) -> Option<(FileRef, TypeId)> {
        self.type_in(self.file(file)?.package, name)
    }

    pub(super) fn type_in(&self, package: PackageId, name: &str) -> Option<(FileRef, TypeId)> {
        let (file, id, _) = self.symbols(package)?.types.get(name)?;
        Some((*file, *id))
    }

    /// What a type name is an alias of.
    pub(super) fn alias(&self, package: PackageId, name: &str) -> Option<Ty<'a>> {
        let (file, id, alias) = self.symbols(package)?.types.get(name)?;
        alias.then_some(Ty::Written(*file, *id))
    }

    // Calls.

    /// What a call leads to. Every program asks the same of the code they share, so the answers
    /// are kept.
    pub(super) fn callee(&self, file: FileRef, call: &Call) -> Callee<'a> {
        let Some(code_file) = self.file(file) else { return Callee::Unknown };
        let callees = code_file
            .callees
            .get_or_init(|| (0..code_file.code.call_count()).map(|_| OnceLock::new()).collect());
        match callees.get(call.id.0 as usize) {
            Some(slot) => slot.get_or_init(|| self.callee_at(file, call, 0)).clone(),
            None => self.callee_at(file, call, 0),
        }
    }

    pub(super) fn callee_at(&self, file: FileRef, call: &Call, depth: u32) -> Callee<'a> {
        self.function_value(file, call.callee, depth)
    }

    /// What an expression means as a function.
    pub(super) fn function_value(&self, file: FileRef, expr: ExprId, depth: u32) -> Callee<'a> {
        if depth > MAX_TYPE_DEPTH {
            return Callee::Unknown;
        }
        let code = self.code(file);
        match code.expr(expr) {
            Expr::Function(function) => Callee::Own(FnRef { file, function: *function }),
            // Type arguments: `f[T](x)`.
            Expr::Index { base, .. } => self.function_value(file, *base, depth + 1),
            Expr::Global(name) => self.global_function(file, code.text(*name)),
            Expr::Local(var) => match code.variable(*var).and_then(|it| it.init) {
                Some((init, 0)) => match code.expr(init) {
                    Expr::Function(_) | Expr::Global(_) | Expr::Select { .. } => {
                        self.function_value(file, init, depth + 1)
                    }
                    _ => Callee::Unknown,
                },
                _ => Callee::Unknown,
            },
            Expr::Type(_) => Callee::Conversion,
            Expr::Select { base, field } => {
                let name = code.text(*field);
                if let Expr::Global(package) = code.expr(*base)
                    && let Some(target) = self.import(file, code.text(*package))
                {
                    return self.package_function(target, name);
                }
                let ty = self.type_at(file, *base, 0, depth + 1);
                match self.method(ty, name) {
                    Some(Callee::Guess(found)) if found.is_empty() => Callee::Unknown,
                    Some(found) => found,
                    None if matches!(ty, Ty::Unknown) => {
                        let found = self.methods_nearby(file, name);
                        if found.is_empty() { Callee::Unknown } else { Callee::Near(found.into()) }
                    }
                    None => Callee::Unknown,
                }
            }
            _ => Callee::Unknown,
        }
    }

    fn global_function(&self, file: FileRef, name: &'a str) -> Callee<'a> {
        if let Some(function) = self.own_function(file, name) {
            return Callee::Own(function);
        }
        if self.own_type(file, name).is_some() {
            return Callee::Conversion;
        }
        if let Some(value) = self.own_value(file, name) {
            let init = self.value_decl(value).and_then(|it| it.value);
            return match init {
                Some(init) if !value.constant => self.function_value(value.file, init, 1),
                _ => Callee::Unknown,
            };
        }
        let dots = self.file(file).map_or(&[][..], |it| &it.dots);
        let external = dots.iter().find_map(|it| match it {
            Target::External(path) => Some(*path),
            Target::Package(_) => None,
        });
        match external {
            Some(path) if name.starts_with(char::is_uppercase) => Callee::External(path, name),
            _ => Callee::Builtin(name),
        }
    }

    fn package_function(&self, target: Target<'a>, name: &'a str) -> Callee<'a> {
        match target {
            Target::External(path) => Callee::External(path, name),
            Target::Package(id) => {
                let Some(symbols) = self.symbols(id) else { return Callee::Unknown };
                if let Some(function) = symbols.functions.get(name) {
                    return Callee::Own(*function);
                }
                if symbols.types.contains_key(name) {
                    return Callee::Conversion;
                }
                match symbols.values.get(name) {
                    Some(value) => match self.value_decl(*value).and_then(|it| it.value) {
                        Some(init) => self.function_value(value.file, init, 1),
                        None => Callee::Unknown,
                    },
                    None => Callee::Unknown,
                }
            }
        }
    }

    /// The model of an external function or method.
    pub(super) fn library(&self, package: PackageId, callee: &Callee<'a>) -> Option<&'a CallModel> {
        match callee {
            Callee::External(path, name) => {
                self.libraries.find(path, None, name, self.version(package, path))
            }
            Callee::ExternalMethod(path, ty, name) => {
                self.libraries.find(path, Some(ty), name, self.version(package, path))
            }
            _ => None,
        }
    }
}

fn versions(module: &GoMod) -> HashMap<&str, &str> {
    module.requires.iter().map(|(path, version)| (path.as_str(), version.as_str())).collect()
}

impl<'a> CodeFile<'a> {
    fn add_import(&mut self, name: Option<&str>, target: Target<'a>, packages: &Packages<'a>) {
        match name {
            Some("_") => {}
            Some(".") => self.dots.push(target),
            Some(name) => self.imports.push((name.to_owned(), target)),
            None => match target {
                Target::Package(id) => {
                    let name = packages.get(id).map_or("", |it| it.name);
                    self.imports.push((name.to_owned(), target));
                }
                Target::External(path) => {
                    for name in packages.libraries.package_names(path) {
                        self.imports.push((name, target));
                    }
                }
            },
        }
    }
}

impl<'a> Symbols<'a> {
    fn add(&mut self, file: FileRef, code: &'a Code) {
        self.files.push(file);
        for (id, function) in code.functions() {
            let Some(name) = function.name else { continue };
            let name = code.text(name);
            let found = FnRef { file, function: id };
            match function.receiver_type {
                Some(ty) => self.methods.entry(code.text(ty)).or_default().push((name, found)),
                None if function.receiver.is_some() => {}
                None if name == "init" => self.inits.push(found),
                None => {
                    self.functions.entry(name).or_insert(found);
                }
            }
        }
        for decl in &code.type_decls {
            self.types.entry(code.text(decl.name)).or_insert((file, decl.ty, decl.alias));
        }
        for (constant, decls) in [(true, &code.consts), (false, &code.vars)] {
            for (at, decl) in decls.iter().enumerate() {
                let value = ValueRef { file, constant, at: at as u32 };
                self.values.entry(code.text(decl.name)).or_insert(value);
            }
        }
    }
}
