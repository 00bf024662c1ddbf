//! Calls that register, ignore or reset signals, in all code that was read.

use goready_model::{Place, SignalArgument, SignalCall, SignalChannel};
use goready_parse::go::code::{Call, Code, Expr, ExprId, Operator, TempSource};

use super::{
    process,
    repo::{Callee, FileRef, Repo, Target},
};

/// Every call of os/signal and `run.SignalHandler`.
pub(super) fn calls(repo: &Repo<'_>) -> Vec<SignalCall> {
    let mut found = Vec::new();
    for at in 0..repo.files.len() {
        let file = FileRef(at as u32);
        if repo.is_foreign(file) {
            continue;
        }
        for (_, call) in repo.code(file).calls() {
            found.extend(signal_call(repo, file, call));
        }
    }
    found.sort_by_key(|it| it.place);
    found
}

/// The facts of a call, if it is one that names signals.
pub(super) fn signal_call(repo: &Repo<'_>, file: FileRef, call: &Call) -> Option<SignalCall> {
    let Callee::External(path, name) = repo.callee(file, call) else { return None };
    let (function, skip) = match (path, name) {
        ("os/signal", "Notify") => ("signal.Notify", 1),
        ("os/signal", "NotifyContext") => ("signal.NotifyContext", 1),
        ("os/signal", "Ignore") => ("signal.Ignore", 0),
        ("os/signal", "Reset") => ("signal.Reset", 0),
        ("github.com/oklog/run", "SignalHandler") => ("run.SignalHandler", 1),
        _ => return None,
    };
    let mut arguments = Vec::new();
    let mut unresolved = false;
    for (at, argument) in call.args.iter().enumerate().skip(skip) {
        let spread = call.spread && at + 1 == call.args.len();
        if spread {
            match elements(repo, file, *argument, 0) {
                Some(found) => arguments.extend(found),
                None => unresolved = true,
            }
            continue;
        }
        arguments.push(SignalArgument {
            signal: signal_name(repo, file, *argument),
            place: repo.expr_place(file, *argument),
            removable: removable(repo, file, call, at),
        });
    }
    let channel = match name {
        "Notify" => call.args.first().map_or(SignalChannel::Unknown, |it| channel(repo, file, *it)),
        _ => SignalChannel::Unknown,
    };
    Some(SignalCall {
        function: function.to_owned(),
        place: repo.place(file, &call.place),
        arguments,
        unresolved,
        channel,
    })
}

/// `SIGTERM` for `syscall.SIGTERM`, conversions and constants of the repository followed.
fn signal_name(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Option<&'static str> {
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Select { base, field } => {
            let Expr::Global(package) = code.expr(*base) else { return None };
            match repo.import(file, code.text(*package))? {
                Target::External(path) => process::signal(path, code.text(*field)),
                Target::Package(id) => {
                    let value = repo.value_in(id, code.text(*field))?;
                    signal_name(repo, value.file, repo.value_decl(value)?.value?)
                }
            }
        }
        Expr::Global(name) => {
            let value = repo.own_value(file, code.text(*name))?;
            signal_name(repo, value.file, repo.value_decl(value)?.value?)
        }
        Expr::Local(var) => {
            let var = code.variable(*var)?;
            if var.assignments > 0 {
                return None;
            }
            signal_name(repo, file, var.init?.0)
        }
        // `os.Signal(syscall.SIGTERM)`.
        Expr::Result(temp) => match code.temp(*temp)? {
            TempSource::Call(call) => {
                let call = code.call(call)?;
                match repo.callee(file, call) {
                    Callee::External("os" | "syscall", "Signal") => {
                        signal_name(repo, file, *call.args.first()?)
                    }
                    _ => None,
                }
            }
            TempSource::Receive(_) => None,
        },
        _ => None,
    }
}

/// The signals of a slice given as `list...`.
fn elements(
    repo: &Repo<'_>,
    file: FileRef,
    expr: ExprId,
    depth: u32,
) -> Option<Vec<SignalArgument>> {
    if depth > 4 {
        return None;
    }
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Composite { elements, .. } => elements
            .iter()
            .map(|it| {
                let place = repo.expr_place(file, it.value);
                Some(SignalArgument {
                    signal: signal_name(repo, file, it.value),
                    place,
                    removable: place,
                })
            })
            .collect(),
        Expr::Global(name) => {
            let value = repo.own_value(file, code.text(*name))?;
            elements(repo, value.file, repo.value_decl(value)?.value?, depth + 1)
        }
        Expr::Local(var) => {
            let var = code.variable(*var)?;
            if var.assignments > 0 {
                return None;
            }
            elements(repo, file, var.init?.0, depth + 1)
        }
        Expr::Select { base, field } => {
            let Expr::Global(package) = code.expr(*base) else { return None };
            let Target::Package(id) = repo.import(file, code.text(*package))? else { return None };
            let value = repo.value_in(id, code.text(*field))?;
            elements(repo, value.file, repo.value_decl(value)?.value?, depth + 1)
        }
        _ => None,
    }
}

/// An argument with the comma before it, or after it when it is the first.
fn removable(repo: &Repo<'_>, file: FileRef, call: &Call, at: usize) -> Place {
    let code = repo.code(file);
    let place = repo.expr_place(file, call.args[at]);
    let (start, end) = (place.at.start as usize, place.at.end as usize);
    let before = at.checked_sub(1).and_then(|it| call.args.get(it));
    match (before, call.args.get(at + 1)) {
        (Some(before), _) => place.slice(code.expr_bytes(*before).end as usize, end),
        (None, Some(after)) => place.slice(start, code.expr_bytes(*after).start as usize),
        (None, None) => place,
    }
}

/// Whether the channel given to Notify has a buffer.
fn channel(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> SignalChannel {
    let code = repo.code(file);
    match code.expr(expr) {
        Expr::Local(var) => match code.variable(*var) {
            Some(var) if var.assignments == 0 => match var.init {
                Some((init, 0)) => channel(repo, file, init),
                _ => SignalChannel::Unknown,
            },
            _ => SignalChannel::Unknown,
        },
        Expr::Global(name) => match repo.own_value(file, code.text(*name)) {
            Some(value) => match repo.value_decl(value).and_then(|it| it.value) {
                Some(init) => channel(repo, value.file, init),
                None => SignalChannel::Unknown,
            },
            None => SignalChannel::Unknown,
        },
        Expr::Result(_) => match code.call_of(expr) {
            Some(call) => made(repo, file, code, call),
            None => SignalChannel::Unknown,
        },
        _ => SignalChannel::Unknown,
    }
}

fn made(repo: &Repo<'_>, file: FileRef, code: &Code, call: &Call) -> SignalChannel {
    if repo.callee(file, call) != Callee::Builtin("make") {
        return SignalChannel::Unknown;
    }
    let place = repo.place(file, &call.place);
    match call.args.get(1) {
        None => SignalChannel::Unbuffered(place),
        Some(size) => match integer(repo, file, code, *size, 0) {
            Some(0) => SignalChannel::Unbuffered(place),
            Some(_) => SignalChannel::Buffered,
            None => SignalChannel::Unknown,
        },
    }
}

fn integer(repo: &Repo<'_>, file: FileRef, code: &Code, expr: ExprId, depth: u32) -> Option<i64> {
    if depth > 8 {
        return None;
    }
    match code.expr(expr) {
        Expr::Int(value) => Some(*value),
        Expr::Global(name) => {
            let value = repo.own_value(file, code.text(*name))?;
            let init = repo.value_decl(value)?.value?;
            integer(repo, value.file, repo.code(value.file), init, depth + 1)
        }
        Expr::Local(var) => {
            let var = code.variable(*var)?;
            if var.assignments > 0 {
                return None;
            }
            integer(repo, file, code, var.init?.0, depth + 1)
        }
        Expr::Binary { operator, left, right } => {
            let left = integer(repo, file, code, *left, depth + 1)?;
            let right = integer(repo, file, code, *right, depth + 1)?;
            match operator {
                Operator::Add => left.checked_add(right),
                Operator::Subtract => left.checked_sub(right),
                Operator::Multiply => left.checked_mul(right),
                _ => None,
            }
        }
        _ => None,
    }
}
