//! Constant values of expressions, without running anything.

use goready_model::Place;
use goready_parse::go::code::{Expr, ExprId, Operator};

use crate::link::go::repo::{Callee, FileRef, Repo, Target};

const MAX_DEPTH: u32 = 12;

/// A constant text and where it is written; of a concatenation the whole expression.
pub(super) fn text(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Option<(String, Place)> {
    text_at(repo, file, expr, 0)
}

fn text_at(repo: &Repo<'_>, file: FileRef, expr: ExprId, depth: u32) -> Option<(String, Place)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Str(name) => Some((code.text(*name).to_owned(), repo.expr_place(file, expr))),
        Expr::Local(var) => {
            let var = code.variable(*var)?;
            match (var.assignments, var.init) {
                (0, Some((init, 0))) => text_at(repo, file, init, depth + 1),
                _ => None,
            }
        }
        Expr::Global(_) | Expr::Select { .. } => {
            let value = constant(repo, file, expr)?;
            let decl = repo.value_decl(value)?;
            text_at(repo, value.file, decl.value?, depth + 1)
        }
        Expr::Binary { operator: Operator::Add, left, right } => {
            let (left, _) = text_at(repo, file, *left, depth + 1)?;
            let (right, _) = text_at(repo, file, *right, depth + 1)?;
            Some((left + &right, repo.expr_place(file, expr)))
        }
        Expr::Result(_) => {
            let call = code.call_of(expr)?;
            match repo.callee(file, call) {
                Callee::Conversion | Callee::Builtin("string") => {
                    text_at(repo, file, *call.args.first()?, depth + 1)
                }
                // `prometheus.BuildFQName(namespace, subsystem, name)`.
                Callee::External(path, "BuildFQName") if path.ends_with("/prometheus") => {
                    let mut parts = Vec::new();
                    for argument in &call.args {
                        let (part, _) = text_at(repo, file, *argument, depth + 1)?;
                        if !part.is_empty() {
                            parts.push(part);
                        }
                    }
                    Some((parts.join("_"), repo.expr_place(file, expr)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A constant, or a variable of a package that is declared with its value.
fn constant(
    repo: &Repo<'_>,
    file: FileRef,
    expr: ExprId,
) -> Option<crate::link::go::repo::ValueRef> {
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Global(name) => repo.own_value(file, code.text(*name)),
        Expr::Select { base, field } => {
            let Expr::Global(package) = code.expr(*base) else { return None };
            match repo.import(file, code.text(*package))? {
                Target::Package(id) => repo.value_in(id, code.text(*field)),
                Target::External(_) => None,
            }
        }
        _ => None,
    }
}

/// A constant integer.
pub(super) fn integer(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Option<i64> {
    integer_at(repo, file, expr, 0)
}

fn integer_at(repo: &Repo<'_>, file: FileRef, expr: ExprId, depth: u32) -> Option<i64> {
    if depth > MAX_DEPTH {
        return None;
    }
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Int(value) => Some(*value),
        Expr::Local(var) => {
            let var = code.variable(*var)?;
            match (var.assignments, var.init) {
                (0, Some((init, 0))) => integer_at(repo, file, init, depth + 1),
                _ => None,
            }
        }
        Expr::Global(_) | Expr::Select { .. } => {
            if let Some(unit) = time_unit(repo, file, expr) {
                return Some(unit);
            }
            let value = constant(repo, file, expr)?;
            let decl = repo.value_decl(value)?;
            integer_at(repo, value.file, decl.value?, depth + 1)
        }
        Expr::Unary { operator: Operator::Negate, operand } => {
            integer_at(repo, file, *operand, depth + 1)?.checked_neg()
        }
        Expr::Binary { operator, left, right } => {
            let left = integer_at(repo, file, *left, depth + 1)?;
            let right = integer_at(repo, file, *right, depth + 1)?;
            match operator {
                Operator::Add => left.checked_add(right),
                Operator::Subtract => left.checked_sub(right),
                Operator::Multiply => left.checked_mul(right),
                Operator::Divide => left.checked_div(right),
                Operator::ShiftLeft => left.checked_shl(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        Expr::Result(_) => {
            let call = code.call_of(expr)?;
            match repo.callee(file, call) {
                Callee::Conversion
                | Callee::Builtin("int" | "int64" | "uint64" | "float64")
                | Callee::External("time", "Duration") => {
                    integer_at(repo, file, *call.args.first()?, depth + 1)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Nanoseconds of `time.Second` and the like.
fn time_unit(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Option<i64> {
    let code = repo.code(file);
    let Expr::Select { base, field } = code.expr(expr) else { return None };
    let Expr::Global(package) = code.expr(*base) else { return None };
    if repo.import(file, code.text(*package)) != Some(Target::External("time")) {
        return None;
    }
    Some(match code.text(*field) {
        "Nanosecond" => 1,
        "Microsecond" => 1_000,
        "Millisecond" => 1_000_000,
        "Second" => 1_000_000_000,
        "Minute" => 60_000_000_000,
        "Hour" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The fields of a struct literal, behind `&` and single assignments.
pub(super) fn fields(
    repo: &Repo<'_>,
    file: FileRef,
    expr: ExprId,
) -> Option<(FileRef, Vec<(String, ExprId)>)> {
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Composite { elements, .. } => {
            let fields = elements
                .iter()
                .filter_map(|it| match code.expr(it.key?) {
                    Expr::Global(name) => Some((code.text(*name).to_owned(), it.value)),
                    _ => None,
                })
                .collect();
            Some((file, fields))
        }
        Expr::Unary { operator: Operator::AddressOf, operand } => fields(repo, file, *operand),
        Expr::Local(var) => {
            let var = code.variable(*var)?;
            match (var.assignments, var.init) {
                (0, Some((init, 0))) if init != expr => fields(repo, file, init),
                _ => None,
            }
        }
        Expr::Global(name) => {
            let value = repo.own_value(file, code.text(*name))?;
            let init = repo.value_decl(value)?.value?;
            match repo.code(value.file).expr(init) {
                Expr::Composite { .. } | Expr::Unary { .. } => fields(repo, value.file, init),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The constant texts of a list literal, and whether all elements are.
pub(super) fn texts(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> (Vec<(String, Place)>, bool) {
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Composite { elements, .. } => {
            let found: Vec<_> =
                elements.iter().filter_map(|it| text(repo, file, it.value)).collect();
            let all = found.len() == elements.len();
            (found, all)
        }
        Expr::Nil => (Vec::new(), true),
        Expr::Global(_) | Expr::Select { .. } => match constant(repo, file, expr)
            .and_then(|value| Some((value, repo.value_decl(value)?.value?)))
        {
            Some((value, init))
                if matches!(repo.code(value.file).expr(init), Expr::Composite { .. }) =>
            {
                texts(repo, value.file, init)
            }
            _ => (Vec::new(), false),
        },
        Expr::Local(var) => match code.variable(*var).map(|it| (it.assignments, it.init)) {
            Some((0, Some((init, 0)))) if init != expr => texts(repo, file, init),
            _ => (Vec::new(), false),
        },
        _ => (Vec::new(), false),
    }
}
