//! Code that a program surely leads to: the opposite of the generous [`Reach`]. Guesses by name do
//! not count, so this is good for raising and not for clearing.
//!
//! [`Reach`]: crate::link::go::reach::Reach

use std::collections::BTreeSet;

use goready_parse::go::code::{BlockId, CallId, Code, Expr, ExprId, Operator, Step, StepKind};

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
    /// Calls that every start of the program makes.
    starts: BTreeSet<(FileRef, CallId)>,
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
        self.starts.contains(&(file, call))
    }

    /// Follows what a function does whatever happens. `whole`: an early return is the exception,
    /// as in `main` that only prints its version.
    fn start(&mut self, repo: &Repo<'_>, function: FnRef, whole: bool, depth: u32) {
        if depth > MAX_DEPTH || !self.entered.insert(function) {
            return;
        }
        if let Some(body) = repo.function(function).and_then(|it| it.body) {
            self.start_block(repo, function.file, body, whole, depth);
        }
    }

    /// Whether the end of the block is reached.
    fn start_block(
        &mut self,
        repo: &Repo<'_>,
        file: FileRef,
        block: BlockId,
        whole: bool,
        depth: u32,
    ) -> bool {
        let code = repo.code(file);
        for step in code.block(block) {
            match &step.kind {
                StepKind::Call { call, .. } => {
                    self.starts.insert((file, *call));
                    let Some(it) = code.call(*call) else { continue };
                    if let Callee::Own(callee) = repo.callee(file, it) {
                        self.start(repo, callee, false, depth + 1);
                    }
                }
                StepKind::Block(inner) if !self.start_block(repo, file, *inner, whole, depth) => {
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

/// Whether a failure of a call is passed on or ends the program: the error that it gives is tested
/// and what follows leaves the function, or the result is given to a `Must`.
pub(super) fn is_needed(repo: &Repo<'_>, function: FnRef, call: CallId) -> bool {
    let code = repo.code(function.file);
    let is_result = |expr: ExprId| match code.expr(expr) {
        Expr::Result(temp) => matches!(
            code.temp(*temp),
            Some(goready_parse::go::code::TempSource::Call(it)) if it == call
        ),
        _ => false,
    };
    let in_must = code.calls().any(|(_, it)| {
        let named_must = match code.expr(it.callee) {
            Expr::Select { field, .. } => code.text(*field).starts_with("Must"),
            Expr::Global(name) => code.text(*name).to_lowercase().starts_with("must"),
            _ => false,
        };
        named_must && it.args.iter().any(|it| is_result(*it))
    });
    if in_must {
        return true;
    }
    let Some(body) = repo.function(function).and_then(|it| it.body) else { return false };
    let mut error = None;
    let mut needed = None;
    code.walk(body, &mut |step| match &step.kind {
        StepKind::Assign { targets, values } => match values.as_ref() {
            [only] if is_result(*only) => {
                error = targets.last().and_then(|it| match code.expr(*it) {
                    Expr::Local(var) => Some(*var),
                    _ => None,
                });
            }
            _ => {}
        },
        StepKind::If { condition, then, .. } if needed.is_none() => {
            let tested = match code.expr(*condition) {
                Expr::Binary { operator: Operator::NotEqual, left, right } => {
                    match (code.expr(*left), code.expr(*right)) {
                        (Expr::Local(var), Expr::Nil) => Some(*var),
                        _ => None,
                    }
                }
                _ => None,
            };
            if error.is_some() && tested == error {
                needed = Some(leaves(repo, function.file, *then));
            }
        }
        _ => {}
    });
    needed.unwrap_or(false)
}

/// Whether a block leaves the function or the program on its straight path.
fn leaves(repo: &Repo<'_>, file: FileRef, block: BlockId) -> bool {
    let returns = |it: &Step| match &it.kind {
        // A return without the error goes on without what failed.
        StepKind::Return(values) => {
            let code = repo.code(file);
            values.last().is_none_or(|it| !matches!(code.expr(*it), Expr::Nil))
        }
        _ => false,
    };
    exits(repo, file, block) || repo.code(file).block(block).iter().any(returns)
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
