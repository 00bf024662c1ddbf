//! Code that a program surely leads to: the opposite of the generous [`Reach`]. Guesses by name do
//! not count, so this is good for raising and not for clearing.
//!
//! [`Reach`]: crate::link::go::reach::Reach

use std::collections::{BTreeMap, BTreeSet};

use goready_parse::go::code::{
    BlockId, CallId, Code, Expr, ExprId, Operator, Step, StepKind, VarId,
};

use super::marks::AllMarks;
use crate::link::go::{
    packages::PackageId,
    repo::{Callee, FileRef, FnRef, Repo, Target},
};

/// Functions and calls that surely belong to what the program does.
#[derive(Debug, Default)]
pub(super) struct Sure {
    /// Reached by calls and mentions that can mean only one function.
    functions: BTreeSet<FnRef>,
    /// Calls that every start of the program makes, with the function each stands in.
    starts: BTreeMap<(FileRef, CallId), FnRef>,
    entered: BTreeSet<FnRef>,
    /// The program has commands of its own: which one runs is not known.
    pub(super) commands: bool,
}

/// Depth to which the start of a program is followed.
const MAX_DEPTH: u32 = 24;

impl Sure {
    pub(super) fn new(
        repo: &Repo<'_>,
        marks: &AllMarks,
        main: FnRef,
        closure: &[PackageId],
    ) -> Self {
        let mut sure = Self::default();
        let actions = actions(repo, marks, closure);
        sure.commands = actions.len() > 1;
        for init in closure.iter().filter_map(|it| repo.symbols(*it)).flat_map(|it| &it.inits) {
            sure.start(repo, *init, true, 0);
        }
        sure.start(repo, main, true, 0);
        if let [only] = actions.as_slice() {
            sure.start(repo, *only, true, 0);
        }
        let mut open: Vec<FnRef> = sure.entered.iter().copied().collect();
        while let Some(function) = open.pop() {
            if sure.functions.insert(function) && !sure.commands {
                open.extend(led_to(repo, function));
            }
        }
        sure
    }

    /// Whether a call stands in a function that the program surely leads to.
    pub(super) fn has(&self, function: FnRef) -> bool {
        self.functions.contains(&function)
    }

    /// Whether every start of the program makes a call.
    pub(super) fn at_start(&self, file: FileRef, call: CallId) -> bool {
        self.starts.contains_key(&(file, call))
    }

    /// Follows what a function does whatever happens. `whole`: an early return is the exception,
    /// as in `main` that only prints its version.
    fn start(&mut self, repo: &Repo<'_>, function: FnRef, whole: bool, depth: u32) {
        if depth > MAX_DEPTH || !self.entered.insert(function) {
            return;
        }
        if let Some(body) = repo.function(function).and_then(|it| it.body) {
            self.start_block(repo, function, body, whole, depth);
        }
    }

    /// Whether the end of the block is reached.
    fn start_block(
        &mut self,
        repo: &Repo<'_>,
        function: FnRef,
        block: BlockId,
        whole: bool,
        depth: u32,
    ) -> bool {
        let file = function.file;
        let code = repo.code(file);
        for step in code.block(block) {
            match &step.kind {
                StepKind::Call { call, .. } => {
                    self.starts.insert((file, *call), function);
                    let Some(it) = code.call(*call) else { continue };
                    if let Callee::Own(callee) = repo.callee(file, it) {
                        self.start(repo, callee, false, depth + 1);
                    }
                }
                StepKind::Block(inner)
                    if !self.start_block(repo, function, *inner, whole, depth) =>
                {
                    return false;
                }
                StepKind::If { condition, then, otherwise } => {
                    let leaves = |it: BlockId| ends(code, it);
                    let may_leave = leaves(*then) || otherwise.is_some_and(leaves);
                    if may_leave && !whole && !is_failure(code, *condition) {
                        return false;
                    }
                }
                StepKind::Return(_) | StepKind::Goto => return false,
                _ => {}
            }
        }
        true
    }
}

/// Whether a block returns, at its end or below.
fn ends(code: &Code, block: BlockId) -> bool {
    let mut ends = false;
    code.walk(block, &mut |it| ends |= matches!(it.kind, StepKind::Return(_)));
    ends
}

/// `err != nil`, `v == ""`, `!ok`: what stands behind it is about a failure.
fn is_failure(code: &Code, condition: ExprId) -> bool {
    match code.expr(condition) {
        Expr::Binary { operator: Operator::NotEqual, right, .. } => {
            matches!(code.expr(*right), Expr::Nil)
        }
        Expr::Binary { operator: Operator::Equal, right, .. } => {
            matches!(code.expr(*right), Expr::Str(name) if code.text(*name).is_empty())
        }
        Expr::Unary { operator: Operator::Not, .. } => true,
        _ => false,
    }
}

/// Functions that a function calls or names, where that can mean only one.
fn led_to(repo: &Repo<'_>, function: FnRef) -> Vec<FnRef> {
    let Some(it) = repo.function(function) else { return Vec::new() };
    let file = function.file;
    let code = repo.code(file);
    let mut found = Vec::new();
    for call in code.calls_in(it.calls.clone()) {
        if let Callee::Own(callee) = repo.callee(file, call) {
            found.push(callee);
        }
    }
    for (id, expr) in code.exprs_in(it.exprs.clone()) {
        match expr {
            Expr::Function(literal) => found.push(FnRef { file, function: *literal }),
            Expr::Global(name) => found.extend(repo.own_function(file, code.text(*name))),
            Expr::Select { .. } => {
                if let Callee::Own(callee) = repo.function_value(file, id, 0) {
                    found.push(callee);
                }
            }
            _ => {}
        }
    }
    found
}

/// What the commands of a command line library do.
fn actions(repo: &Repo<'_>, marks: &AllMarks, closure: &[PackageId]) -> Vec<FnRef> {
    const LIBRARIES: [&str; 2] = ["github.com/spf13/cobra", "github.com/urfave/cli"];
    if !imports_any(repo, closure, &LIBRARIES) {
        return Vec::new();
    }
    marks.of(repo, closure).flat_map(|it| it.actions.iter().copied()).collect()
}

pub(super) fn imports_any(repo: &Repo<'_>, closure: &[PackageId], paths: &[&str]) -> bool {
    closure.iter().filter_map(|it| repo.packages.get(*it)).flat_map(|it| &it.external).any(|it| {
        paths.iter().any(|path| {
            it.strip_prefix(path).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        })
    })
}

/// Whether a block ends the program on its straight path: nothing in it decides about that.
pub(super) fn exits(repo: &Repo<'_>, file: FileRef, block: BlockId) -> bool {
    let code = repo.code(file);
    code.block(block).iter().any(|step: &Step| match &step.kind {
        StepKind::Call { call, .. } => {
            code.call(*call).is_some_and(|it| super::env::is_exit(repo, file, code, it))
        }
        StepKind::Block(inner) => exits(repo, file, *inner),
        _ => false,
    })
}

/// What a function does when a call in it fails.
#[derive(Debug, Clone, Copy)]
enum Reaction {
    /// The result is given to a `Must`, which panics.
    Must,
    /// The error is tested, and this block follows.
    Branch(BlockId),
    /// Nothing that is seen.
    Unknown,
}

fn reaction(repo: &Repo<'_>, function: FnRef, call: CallId) -> Reaction {
    let code = repo.code(function.file);
    let in_must = code.calls().any(|(_, it)| {
        let named_must = match code.expr(it.callee) {
            Expr::Select { field, .. } => code.text(*field).starts_with("Must"),
            Expr::Global(name) => code.text(*name).to_lowercase().starts_with("must"),
            _ => false,
        };
        named_must && it.args.iter().any(|it| code.is_result_of(*it, call))
    });
    if in_must {
        return Reaction::Must;
    }
    let Some(body) = repo.function(function).and_then(|it| it.body) else {
        return Reaction::Unknown;
    };
    let mut error = None;
    let mut found = Reaction::Unknown;
    code.walk(body, &mut |step| match &step.kind {
        StepKind::Assign { targets, values } => match values.as_ref() {
            [only] if code.is_result_of(*only, call) => {
                error = targets.last().and_then(|it| local(code, *it));
            }
            _ => {}
        },
        StepKind::If { condition, then, .. }
            if matches!(found, Reaction::Unknown)
                && error.is_some()
                && tested_error(code, *condition) == error =>
        {
            found = Reaction::Branch(*then);
        }
        _ => {}
    });
    found
}

fn local(code: &Code, expr: ExprId) -> Option<VarId> {
    match code.expr(expr) {
        Expr::Local(var) => Some(*var),
        _ => None,
    }
}

/// `err` of `err != nil`.
fn tested_error(code: &Code, condition: ExprId) -> Option<VarId> {
    match code.expr(condition) {
        Expr::Binary { operator: Operator::NotEqual, left, right } => {
            matches!(code.expr(*right), Expr::Nil).then(|| local(code, *left))?
        }
        _ => None,
    }
}

/// Whether a failure of a call is passed on or ends the program: the error that it gives is tested
/// and what follows leaves the function, or the result is given to a `Must`.
pub(super) fn is_needed(repo: &Repo<'_>, function: FnRef, call: CallId) -> bool {
    match reaction(repo, function, call) {
        Reaction::Must => true,
        Reaction::Branch(block) => {
            exits(repo, function.file, block) || returns(repo, function.file, block, true)
        }
        Reaction::Unknown => false,
    }
}

impl Sure {
    /// Whether a failure of a call ends the program: in the function itself, or in those that it
    /// returns the error to, which every start of the program calls.
    pub(super) fn ends_with(&self, repo: &Repo<'_>, function: FnRef, call: CallId) -> bool {
        self.ends_at(repo, function, call, 0)
    }

    fn ends_at(&self, repo: &Repo<'_>, function: FnRef, call: CallId, depth: u32) -> bool {
        match reaction(repo, function, call) {
            Reaction::Must => true,
            Reaction::Branch(block) => self.block_ends(repo, function, block, depth),
            Reaction::Unknown => false,
        }
    }

    /// Whether a block of a function ends the program, itself or by the error that it returns.
    pub(super) fn block_ends(
        &self,
        repo: &Repo<'_>,
        function: FnRef,
        block: BlockId,
        depth: u32,
    ) -> bool {
        /// Functions that an error is handed up through.
        const LEVELS: u32 = 4;
        if exits(repo, function.file, block) {
            return true;
        }
        depth < LEVELS
            && returns(repo, function.file, block, false)
            && self.starts.iter().any(|((file, call), caller)| {
                let code = repo.code(*file);
                code.call(*call).is_some_and(|it| repo.callee(*file, it) == Callee::Own(function))
                    && self.ends_at(repo, *caller, *call, depth + 1)
            })
    }
}

/// Whether a block returns with an error on its straight path; `bare` returns count where asked
/// for: they give up without one.
fn returns(repo: &Repo<'_>, file: FileRef, block: BlockId, bare: bool) -> bool {
    let code = repo.code(file);
    code.block(block).iter().any(|it| match &it.kind {
        // A return without the error goes on without what failed.
        StepKind::Return(values) => match values.last() {
            Some(last) => !matches!(code.expr(*last), Expr::Nil),
            None => bare,
        },
        _ => false,
    })
}

/// Whether an expression is a name of an external package: `os.Stdout`.
pub(super) fn is_external(
    repo: &Repo<'_>,
    file: FileRef,
    expr: ExprId,
    path: &str,
    names: &[&str],
) -> bool {
    let code = repo.code(file);
    let Expr::Select { base, field } = code.expr(expr) else { return false };
    let Expr::Global(package) = code.expr(*base) else { return false };
    names.contains(&code.text(*field))
        && repo.import(file, code.text(*package)) == Some(Target::External(path))
}
