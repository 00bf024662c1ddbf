//! Which code matters for the life of the process: a summary of each function and block, through
//! all calls that can be followed.

use std::{cell::RefCell, collections::HashMap};

use goready_parse::go::code::{BlockId, Call, Code, Expr, ExprId, StepKind, TypeExpr, VarId};

use super::{
    libraries::Effect,
    repo::{Callee, FileRef, FnRef, Repo},
};

/// What some code may do, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Interest(u16);

impl Interest {
    pub(super) const NONE: Self = Self(0);
    /// Ends the process.
    pub(super) const EXIT: Self = Self(1);
    /// Registers, resets or stops signals.
    pub(super) const SIGNAL: Self = Self(2);
    /// Serves or starts a server.
    pub(super) const SERVE: Self = Self(4);
    /// Stops a server.
    pub(super) const STOP: Self = Self(8);
    /// Waits, sends, closes, cancels, starts goroutines.
    pub(super) const FLOW: Self = Self(16);
    /// Arranges what runs later: commands, actors, hooks.
    pub(super) const ARRANGE: Self = Self(32);
    /// Gives control to code that is not known.
    pub(super) const UNKNOWN: Self = Self(64);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Nothing but the end of the process.
    pub(super) fn only_exits(self) -> bool {
        self == Self::EXIT
    }
}

impl std::ops::BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Summaries, computed once each.
#[derive(Debug)]
pub(super) struct Interests<'a> {
    repo: &'a Repo<'a>,
    functions: RefCell<HashMap<FnRef, Interest>>,
    blocks: RefCell<HashMap<(FileRef, BlockId), Interest>>,
}

impl<'a> Interests<'a> {
    pub(super) fn new(repo: &'a Repo<'a>) -> Self {
        Self { repo, functions: RefCell::default(), blocks: RefCell::default() }
    }

    pub(super) fn of_function(&self, function: FnRef) -> Interest {
        if let Some(known) = self.functions.borrow().get(&function) {
            return *known;
        }
        // While it is computed a recursive call counts for nothing.
        self.functions.borrow_mut().insert(function, Interest::NONE);
        let body = self.repo.function(function).and_then(|it| it.body);
        let found = body.map_or(Interest::NONE, |it| self.compute(function.file, it));
        self.functions.borrow_mut().insert(function, found);
        found
    }

    pub(super) fn of_block(&self, file: FileRef, block: BlockId) -> Interest {
        if let Some(known) = self.blocks.borrow().get(&(file, block)) {
            return *known;
        }
        let found = self.compute(file, block);
        self.blocks.borrow_mut().insert((file, block), found);
        found
    }

    fn compute(&self, file: FileRef, block: BlockId) -> Interest {
        let code = self.repo.code(file);
        let mut found = Interest::NONE;
        for step in code.block(block) {
            found |= self.of_step(file, &step.kind);
            for inner in step.blocks() {
                found |= self.of_block(file, inner);
            }
        }
        found
    }

    /// A step without the blocks in it.
    pub(super) fn of_step(&self, file: FileRef, step: &StepKind) -> Interest {
        let code = self.repo.code(file);
        match step {
            StepKind::Call { call, .. } | StepKind::Defer(call) => {
                code.call(*call).map_or(Interest::NONE, |it| self.of_call(file, it))
            }
            StepKind::Go(call) => {
                let inner = code.call(*call).map_or(Interest::NONE, |it| self.of_call(file, it));
                if inner.is_none() { inner } else { inner | Interest::FLOW }
            }
            StepKind::Receive { .. } | StepKind::Select(_) | StepKind::Send { .. } => {
                Interest::FLOW
            }
            StepKind::Assign { targets, values } => {
                let chosen = targets.iter().zip(values).any(|(target, value)| {
                    self.is_variable(code, *target) && self.leads_to_service(file, *value)
                });
                if chosen { Interest::ARRANGE } else { Interest::NONE }
            }
            _ => Interest::NONE,
        }
    }

    /// Whether a variable is assigned to that can hold one thing or another.
    fn is_variable(&self, code: &Code, target: ExprId) -> bool {
        match code.expr(target) {
            Expr::Local(var) => code.variable(*var).is_some_and(|it| it.assignments > 0),
            _ => false,
        }
    }

    /// Whether a value is a function that serves or handles signals: `run = serve`, one choice of
    /// several, matters like a call.
    fn leads_to_service(&self, file: FileRef, value: ExprId) -> bool {
        let code = self.repo.code(file);
        let function = match code.expr(value) {
            Expr::Function(function) => Some(FnRef { file, function: *function }),
            Expr::Global(name) => self.repo.own_function(file, code.text(*name)),
            _ => None,
        };
        function.is_some_and(|it| self.of_function(it).has(Interest::SERVE | Interest::SIGNAL))
    }

    /// Whether a block ends in failure: it ends the process or returns an error.
    pub(super) fn fails(&self, file: FileRef, block: BlockId) -> bool {
        let code = self.repo.code(file);
        match code.block(block).last().map(|it| &it.kind) {
            Some(StepKind::Return(values)) => {
                values.last().is_some_and(|it| self.is_failure(file, *it, values.len()))
            }
            Some(StepKind::Call { call, .. }) => {
                code.call(*call).is_some_and(|it| self.of_call(file, it).only_exits())
            }
            Some(StepKind::Block(inner)) => self.fails(file, *inner),
            _ => false,
        }
    }

    /// Whether a block returns, and not in failure.
    pub(super) fn succeeds(&self, file: FileRef, block: BlockId) -> bool {
        let returns = matches!(
            self.repo.code(file).block(block).last().map(|it| &it.kind),
            Some(StepKind::Return(_))
        );
        returns && !self.fails(file, block)
    }

    /// Whether a returned value is an error, or an exit code, by the way it is written.
    fn is_failure(&self, file: FileRef, value: ExprId, count: usize) -> bool {
        let code = self.repo.code(file);
        let is_error_name = |name: &str| {
            name == "err"
                || name.starts_with("Err")
                || name.starts_with("err")
                || name.ends_with("Err")
        };
        match code.expr(value) {
            Expr::Local(var) => {
                code.variable(*var).is_some_and(|it| is_error_name(code.text(it.name)))
            }
            Expr::Global(name) | Expr::Select { field: name, .. } => {
                is_error_name(code.text(*name))
            }
            Expr::Unary { operand, .. } => self.is_failure(file, *operand, count),
            Expr::Composite { ty: Some(ty), .. } => match code.ty(*ty) {
                TypeExpr::Named(name) | TypeExpr::Qualified { name, .. } => {
                    code.text(*name).ends_with("Error")
                }
                _ => false,
            },
            // `os.Exit(run())`.
            Expr::Int(number) => count == 1 && *number != 0,
            Expr::Result(_) => {
                code.call_of(value).is_some_and(|call| match self.repo.callee(file, call) {
                    Callee::External(path, name) | Callee::ExternalMethod(path, _, name) => {
                        matches!(path, "errors" | "github.com/pkg/errors")
                            || matches!(name, "Errorf" | "Error" | "Wrap" | "Wrapf")
                    }
                    Callee::Own(function) => {
                        let name = self.repo.function_name(function);
                        let lower = name.to_ascii_lowercase();
                        lower.ends_with("err")
                            || lower.ends_with("error")
                            || lower.ends_with("errorf")
                    }
                    _ => false,
                })
            }
            _ => false,
        }
    }

    pub(super) fn of_call(&self, file: FileRef, call: &Call) -> Interest {
        let callee = self.repo.callee(file, call);
        let own = self.of_callee(file, &callee);
        // Function literals handed over are taken to run.
        let code = self.repo.code(file);
        let arguments = call.args.iter().map(|argument| match code.expr(*argument) {
            Expr::Function(function) => self.of_function(FnRef { file, function: *function }),
            _ => Interest::NONE,
        });
        let literals = arguments.fold(Interest::NONE, |all, it| all | it);
        let variable = match (&callee, code.expr(call.callee)) {
            // `cancel()`, `stop()`, a callback.
            (Callee::Unknown, Expr::Local(var)) if acts(code, *var) => Interest::FLOW,
            (Callee::Unknown, Expr::Select { field, .. }) if is_fatal(code.text(*field)) => {
                Interest::EXIT
            }
            _ => Interest::NONE,
        };
        own | literals | variable
    }

    fn of_callee(&self, file: FileRef, callee: &Callee<'a>) -> Interest {
        match callee {
            Callee::Own(function) => self.of_function(*function),
            Callee::Guess(functions) | Callee::Near(functions) => {
                functions.iter().fold(Interest::NONE, |all, it| all | self.of_function(*it))
            }
            Callee::External(_, name) | Callee::ExternalMethod(_, _, name) if is_fatal(name) => {
                Interest::EXIT
            }
            Callee::External(path, name) => {
                let known = standard(path, None, name);
                known | self.of_library(file, callee)
            }
            Callee::ExternalMethod(path, ty, name) => {
                let known = standard(path, Some(ty), name);
                known | self.of_library(file, callee)
            }
            Callee::Builtin("close") => Interest::FLOW,
            Callee::Builtin("panic") => Interest::EXIT,
            Callee::Builtin(_) | Callee::Conversion | Callee::Unknown => Interest::NONE,
        }
    }

    fn of_library(&self, file: FileRef, callee: &Callee<'a>) -> Interest {
        let package = self.repo.package_of(file);
        let Some(model) = self.repo.library(package, callee) else { return Interest::NONE };
        let signals = if model.signals { Interest::SIGNAL } else { Interest::NONE };
        signals
            | match model.effect {
                Effect::Serve | Effect::Start => Interest::SERVE,
                Effect::Shutdown | Effect::Close => Interest::STOP,
                Effect::SignalContext | Effect::SignalChannel | Effect::SignalActor => {
                    Interest::SIGNAL
                }
                Effect::RunContainer | Effect::Service => Interest::SIGNAL | Interest::SERVE,
                Effect::Invoke
                | Effect::Spawn
                | Effect::Wait
                | Effect::GroupContext
                | Effect::RunActors => Interest::FLOW,
                Effect::Keep
                | Effect::Waiter
                | Effect::AddRunnable
                | Effect::AddActor
                | Effect::AddCommand
                | Effect::Container
                | Effect::Provide
                | Effect::AddHook => Interest::ARRANGE,
                Effect::Execute | Effect::Resolve => Interest::FLOW,
                Effect::Exit | Effect::Fatal | Effect::Panic => Interest::EXIT,
                Effect::Unknown => Interest::UNKNOWN,
                Effect::Option | Effect::Nothing => Interest::NONE,
            }
    }
}

/// Whether a function variable is called for what it does, not for what it returns: it has no
/// result, or an error at most.
fn acts(code: &Code, var: VarId) -> bool {
    let Some(variable) = code.variable(var) else { return true };
    let Some(ty) = variable.ty else { return true };
    match code.ty(ty) {
        TypeExpr::Function { results, .. } => match results.as_ref() {
            [] => true,
            [only] => {
                matches!(code.ty(*only), TypeExpr::Named(name) if code.text(*name) == "error")
            }
            _ => false,
        },
        _ => true,
    }
}

/// Log calls that end the process, by the name that all logging packages give them.
pub(super) fn is_fatal(name: &str) -> bool {
    matches!(name, "Fatal" | "Fatalf" | "Fatalln" | "Fatalw" | "FatalContext")
}

/// The standard library.
fn standard(path: &str, on: Option<&str>, name: &str) -> Interest {
    match (path, on, name) {
        ("os/signal", None, _) => Interest::SIGNAL,
        ("context", None, "AfterFunc" | "WithCancel" | "WithTimeout" | "WithDeadline")
        | ("time", None, "Sleep" | "AfterFunc" | "After" | "Tick")
        | ("sync", Some("WaitGroup"), _)
        | ("sync", Some("Once"), "Do") => Interest::FLOW,
        ("net", Some("Listener"), "Accept") => Interest::SERVE,
        ("net", Some("Listener"), "Close") => Interest::STOP,
        _ => Interest::NONE,
    }
}
