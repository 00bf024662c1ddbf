//! What the handler of a route asks outside of the process before it answers:
//! `data/go_dependencies.toml`.
//!
//! From the handler only calls whose target is sure are followed. A call counts when its result is
//! looked at and the handler can answer that it failed; one to the own host does not.

use std::{collections::BTreeSet, sync::LazyLock};

use goready_model::{Dependency, DependencyKind};
use goready_parse::go::code::{Call, Code, Expr, ExprId, Function, StepKind, TypeExpr};
use serde::Deserialize;

use super::is_handler;
use crate::link::go::{
    libraries::base_path,
    repo::{Callee, FileRef, FnRef, Repo},
};

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Database,
    Cache,
    Broker,
    Service,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    kind: Kind,
    path: String,
    calls: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    dependency: Vec<Package>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| {
    // The file is part of the program; a test reads it, so an error cannot reach users.
    toml::from_str(include_str!("../../data/go_dependencies.toml")).unwrap_or_default()
});

/// Functions that are looked at from one handler.
const MOST: usize = 64;
/// Calls below the handler in which the answer may be written.
const ANSWERING_DEPTH: u32 = 2;

/// What a call asks.
fn asked(path: &str, name: &str) -> Option<DependencyKind> {
    let (base, _) = base_path(path);
    let found = DATA.dependency.iter().find(|it| {
        let rest = base.strip_prefix(&*it.path);
        // `net/http` must not take `net/http/httptest`.
        let is_in = rest.is_some_and(|it| it.is_empty() || it.starts_with('/'));
        is_in
            && (!path.starts_with("net/") || base == it.path)
            && it.calls.iter().any(|it| it == name)
    })?;
    Some(match found.kind {
        Kind::Database => DependencyKind::Database,
        Kind::Cache => DependencyKind::Cache,
        Kind::Broker => DependencyKind::Broker,
        Kind::Service => DependencyKind::Service,
    })
}

/// The first call of a route's handlers that asks something outside of the process.
pub(super) fn of_handlers(
    repo: &Repo<'_>,
    file: FileRef,
    arguments: &[ExprId],
) -> Option<Dependency> {
    let mut handlers = Vec::new();
    for argument in arguments {
        functions(repo, file, *argument, 0, &mut handlers);
    }
    let mut walk = Walk {
        repo,
        queue: handlers.into_iter().map(|it| (it, 0)).collect(),
        seen: BTreeSet::new(),
        found: None,
        fails: false,
        varies: false,
    };
    let mut at = 0;
    while let Some((function, depth)) = walk.queue.get(at).copied().filter(|_| at < MOST) {
        at += 1;
        walk.function(function, depth);
    }
    walk.found.filter(|_| walk.fails && !walk.varies)
}

/// The functions that an argument of a router's method is or wraps.
fn functions(repo: &Repo<'_>, file: FileRef, argument: ExprId, depth: u32, found: &mut Vec<FnRef>) {
    if depth > 4 {
        return;
    }
    let code = repo.code(file);
    let Some(call) = code.call_of(argument) else {
        if let Some(function) = sure(&repo.function_value(file, argument, 0)) {
            found.push(function);
        } else if let Some(function) =
            repo.method(repo.type_of(file, argument), "ServeHTTP").and_then(|it| sure(&it))
        {
            found.push(function);
        }
        return;
    };
    // `http.HandlerFunc(h)`, `logging(h)`, `healthz(db)`.
    for argument in &call.args {
        functions(repo, file, *argument, depth + 1, found);
    }
    if let Some(maker) = sure(&repo.callee(file, call)) {
        let literals = repo.code(maker.file).functions();
        let own = literals.filter(|(_, it)| it.parent == Some(maker.function));
        let own = own.map(|(id, _)| FnRef { file: maker.file, function: id });
        found.extend(own.filter(|it| is_handler(repo, *it)));
    }
}

/// The function a call surely leads to.
fn sure(callee: &Callee<'_>) -> Option<FnRef> {
    match callee {
        Callee::Own(function) => Some(*function),
        Callee::Guess(functions) => match &**functions {
            [only] => Some(*only),
            _ => None,
        },
        _ => None,
    }
}

struct Walk<'r, 'a> {
    repo: &'r Repo<'a>,
    /// With the number of calls between the handler and the function.
    queue: Vec<(FnRef, u32)>,
    seen: BTreeSet<FnRef>,
    found: Option<Dependency>,
    /// The handler can answer that something failed.
    fails: bool,
    /// What it does depends on the query.
    varies: bool,
}

impl Walk<'_, '_> {
    fn function(&mut self, function: FnRef, depth: u32) {
        let Some(it) = self.repo.function(function).filter(|_| self.seen.insert(function)) else {
            return;
        };
        let code = self.repo.code(function.file);
        for call in code.calls_in(it.calls.clone()) {
            self.varies |= reads_query(code, call);
            let callee = self.repo.callee(function.file, call);
            if let Some(next) = sure(&callee) {
                self.queue.push((next, depth + 1));
            } else if self.found.is_none() {
                self.found = dependency(self.repo, function.file, it, call, &callee);
            }
        }
        if depth <= ANSWERING_DEPTH {
            self.fails |= answers_failure(self.repo, function.file, it)
                || depth == 0 && returns_error(self.repo, function.file, it);
        }
    }
}

fn dependency(
    repo: &Repo<'_>,
    file: FileRef,
    function: &Function,
    call: &Call,
    callee: &Callee<'_>,
) -> Option<Dependency> {
    let (Callee::External(path, name) | Callee::ExternalMethod(path, _, name)) = callee else {
        return None;
    };
    let kind = asked(path, name)?;
    let code = repo.code(file);
    if !is_looked_at(code, function, call) || asks_own_host(code, function) {
        return None;
    }
    let call_text = written(code, call.callee);
    Some(Dependency { kind, call: call_text, place: repo.place(file, &call.place) })
}

/// A function as it is written: `s.db.PingContext`.
fn written(code: &Code, callee: ExprId) -> String {
    match code.expr(callee) {
        Expr::Local(var) => code.variable(*var).map_or("", |it| code.text(it.name)).to_owned(),
        Expr::Global(name) => code.text(*name).to_owned(),
        Expr::Select { base, field } => match (written(code, *base), code.text(*field)) {
            (base, field) if base.is_empty() => field.to_owned(),
            (base, field) => format!("{base}.{field}"),
        },
        _ => String::new(),
    }
}

/// Whether the result of a call goes anywhere.
fn is_looked_at(code: &Code, function: &Function, call: &Call) -> bool {
    let is_result = |it: ExprId| code.call_of(it).is_some_and(|it| it.id == call.id);
    let mut dropped = BTreeSet::new();
    if let Some(body) = function.body {
        code.walk(body, &mut |step| {
            if let StepKind::Assign { targets, values } = &step.kind
                && targets.iter().all(|it| matches!(code.expr(*it), Expr::Unknown))
            {
                dropped.extend(values.iter().copied());
            }
        });
    }
    code.exprs_in(function.exprs.clone()).any(|(id, _)| is_result(id) && !dropped.contains(&id))
}

/// Whether a function names the own host: it asks itself, or a sidecar.
fn asks_own_host(code: &Code, function: &Function) -> bool {
    const OWN: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
    code.exprs_in(function.exprs.clone()).any(|(_, it)| match it {
        Expr::Str(text) => OWN.iter().any(|it| code.text(*text).contains(it)),
        _ => false,
    })
}

/// `r.URL.Query()`, `r.FormValue("deep")`, `c.QueryParam("deep")`.
fn reads_query(code: &Code, call: &Call) -> bool {
    let Expr::Select { base, field } = code.expr(call.callee) else { return false };
    match code.text(*field) {
        "FormValue" | "QueryParam" | "DefaultQuery" | "GetQuery" => true,
        "Query" => {
            matches!(code.expr(*base), Expr::Select { field, .. } if code.text(*field) == "URL")
        }
        _ => false,
    }
}

/// Whether a function names an answer of the server's failure: `http.StatusServiceUnavailable`, 503.
fn answers_failure(repo: &Repo<'_>, file: FileRef, function: &Function) -> bool {
    const FAILURES: [&str; 6] = [
        "StatusInternalServerError",
        "StatusNotImplemented",
        "StatusBadGateway",
        "StatusServiceUnavailable",
        "StatusGatewayTimeout",
        "StatusInsufficientStorage",
    ];
    let code = repo.code(file);
    let named = code.exprs_in(function.exprs.clone()).any(|(_, it)| match it {
        Expr::Select { field, .. } => FAILURES.contains(&code.text(*field)),
        _ => false,
    });
    named
        || code.calls_in(function.calls.clone()).iter().any(|call| {
            let has_code = || {
                let codes = call.args.iter().map(|it| code.expr(*it));
                codes.into_iter().any(|it| matches!(it, Expr::Int(500..=599)))
            };
            !matches!(repo.callee(file, call), Callee::External("time", _)) && has_code()
        })
}

/// Whether a handler that returns an error returns one: the framework answers that it failed.
fn returns_error(repo: &Repo<'_>, file: FileRef, function: &Function) -> bool {
    let code = repo.code(file);
    let [result] = function.results.as_slice() else { return false };
    let is_error =
        matches!(code.ty(result.ty), TypeExpr::Named(name) if code.text(*name) == "error");
    let (true, Some(body)) = (is_error, function.body) else { return false };
    let mut found = false;
    code.walk(body, &mut |step| {
        if let StepKind::Return(values) = &step.kind {
            found |= values.iter().any(|it| match code.expr(*it) {
                Expr::Local(_) => true,
                // What `c.JSON(200, ...)` returns is no failure.
                Expr::Result(_) => code.call_of(*it).is_some_and(|call| {
                    let callee = repo.callee(file, call);
                    match &callee {
                        Callee::ExternalMethod(path, _, name) => asked(path, name).is_some(),
                        Callee::External(..) | Callee::Own(_) => true,
                        _ => false,
                    }
                }),
                _ => false,
            });
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_readable() {
        let data: Result<Data, _> = toml::from_str(include_str!("../../data/go_dependencies.toml"));
        assert!(data.is_ok(), "{}", data.err().map(|it| it.to_string()).unwrap_or_default());
    }

    #[test]
    fn calls_are_told_by_package_and_name() {
        assert_eq!(asked("database/sql", "PingContext"), Some(DependencyKind::Database));
        assert_eq!(
            asked("github.com/jackc/pgx/v5/pgxpool", "Ping"),
            Some(DependencyKind::Database)
        );
        assert_eq!(asked("github.com/redis/go-redis/v9", "Ping"), Some(DependencyKind::Cache));
        assert_eq!(asked("net/http", "Get"), Some(DependencyKind::Service));
        for (path, name) in [
            ("net/http/httptest", "Get"),
            ("database/sql", "Stats"),
            ("github.com/redis/go-redis-extra", "Ping"),
        ] {
            assert_eq!(asked(path, name), None, "{path} {name}");
        }
    }
}
