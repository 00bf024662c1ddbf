//! What a main package may reach, generously: every function that is called, mentioned or fits a
//! method name. Good for finding facts and for clearing, not for raising.

use std::collections::{BTreeMap, BTreeSet};

use goready_parse::go::code::{Call, CallId, Expr};

use super::{
    packages::PackageId,
    repo::{Callee, FileRef, FnRef, Repo, Target},
};

/// Reachable functions, each with its first caller, in the order of discovery.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub(super) functions: Vec<FnRef>,
    seen: BTreeSet<FnRef>,
    /// Who led here.
    pub(super) from: BTreeMap<FnRef, FnRef>,
}

impl Reach {
    /// Follows everything from `main`, the `init` functions and package variables of a closure.
    pub(super) fn new(repo: &Repo<'_>, main: FnRef, closure: &[PackageId]) -> Self {
        let mut reach = Self::default();
        reach.add(main, None);
        for package in closure {
            let Some(symbols) = repo.symbols(*package) else { continue };
            for init in &symbols.inits {
                reach.add(*init, None);
            }
            // Literals in package variables: commands, handlers, hooks.
            for file in &symbols.files {
                for (id, function) in repo.code(*file).functions() {
                    if function.name.is_none() && function.parent.is_none() {
                        reach.add(FnRef { file: *file, function: id }, None);
                    }
                }
            }
        }
        let mut at = 0;
        while let Some(function) = reach.functions.get(at).copied() {
            at += 1;
            reach.follow(repo, function);
        }
        reach
    }

    pub(super) fn has(&self, function: FnRef) -> bool {
        self.seen.contains(&function)
    }

    fn add(&mut self, function: FnRef, from: Option<FnRef>) {
        if self.seen.insert(function) {
            self.functions.push(function);
            if let Some(from) = from {
                self.from.insert(function, from);
            }
        }
    }

    fn follow(&mut self, repo: &Repo<'_>, function: FnRef) {
        let Some(it) = repo.function(function) else { return };
        let file = function.file;
        let code = repo.code(file);
        for call in code.calls_in(it.calls.clone()) {
            match repo.callee(file, call) {
                Callee::Own(callee) => self.add(callee, Some(function)),
                Callee::Guess(callees) | Callee::Near(callees) => {
                    for callee in callees.iter() {
                        self.add(*callee, Some(function));
                    }
                }
                _ => {}
            }
        }
        // A variable of a type with methods that a framework calls by reflection.
        for variable in code.variables_in(it.variables.clone()) {
            if let Some(ty) = variable.ty.filter(|_| !variable.parameter) {
                for method in repo.methods_of(super::repo::Ty::Written(file, ty)) {
                    self.add(method, Some(function));
                }
            }
        }
        for (id, expr) in code.exprs_in(it.exprs.clone()) {
            match expr {
                Expr::Function(literal) => {
                    self.add(FnRef { file, function: *literal }, Some(function));
                }
                Expr::Global(name) => {
                    if let Some(callee) = repo.own_function(file, code.text(*name)) {
                        self.add(callee, Some(function));
                    }
                }
                Expr::Select { base, field } => {
                    if let Expr::Global(name) = code.expr(*base)
                        && let Some(target) = repo.import(file, code.text(*name))
                    {
                        if let Target::Package(package) = target
                            && let Some(symbols) = repo.symbols(package)
                            && let Some(callee) = symbols.functions.get(code.text(*field))
                        {
                            self.add(*callee, Some(function));
                        }
                        continue;
                    }
                    // A method as a value, or one called through an interface of elsewhere.
                    match repo.function_value(file, id, 0) {
                        Callee::Own(callee) => self.add(callee, Some(function)),
                        Callee::Guess(callees) | Callee::Near(callees) => {
                            for callee in callees.iter() {
                                self.add(*callee, Some(function));
                            }
                        }
                        _ => {}
                    }
                }
                // An object of a type with methods that a framework calls.
                Expr::Composite { ty: Some(ty), .. } => {
                    let ty = super::repo::Ty::Written(file, *ty);
                    for method in repo.methods_of(ty) {
                        self.add(method, Some(function));
                    }
                }
                _ => {}
            }
        }
    }

    /// Calls of reachable functions, those of nested literals once.
    pub(super) fn calls<'r, 'a: 'r>(
        &'r self,
        repo: &'r Repo<'a>,
    ) -> impl Iterator<Item = (FnRef, FileRef, CallId, &'a Call)> + 'r {
        self.functions.iter().flat_map(move |function| {
            let code = repo.code(function.file);
            let it = repo.function(*function);
            // A literal's calls are also its parent's.
            let outermost = it.is_some_and(|it| {
                let parent = it.parent.map(|it| FnRef { file: function.file, function: it });
                parent.is_none_or(|it| !self.has(it))
            });
            let range = it.filter(|_| outermost).map_or(0..0, |it| it.calls.clone());
            let calls = code.calls_in(range.clone());
            range.zip(calls).map(move |(id, call)| (*function, function.file, CallId(id), call))
        })
    }
}
