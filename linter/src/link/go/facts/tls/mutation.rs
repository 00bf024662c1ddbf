//! Assignments to a `tls.Config` that a server or listener already has.
//!
//! Two shapes are certain enough: an assignment behind the `go` statement that serves, in the same
//! body, and one in a literal that runs on its own (`go func() { for { ... } }()`, a handler) on a
//! configuration that comes from outside of it.

use std::collections::BTreeSet;

use goready_model::{ConfigMutation, Place};
use goready_parse::go::code::{BlockId, Call, Code, Expr, ExprId, Function, Step, StepKind};

use super::is_key;
use crate::link::go::{
    reach::Reach,
    repo::{Callee, FileRef, FnRef, Named, Repo},
};

/// Methods that serve until they fail.
const SERVES: [(&str, &str, &str); 7] = [
    ("net/http", "Server", "Serve"),
    ("net/http", "Server", "ServeTLS"),
    ("net/http", "Server", "ListenAndServe"),
    ("net/http", "Server", "ListenAndServeTLS"),
    ("google.golang.org/grpc", "Server", "Serve"),
    ("net/http", "", "Serve"),
    ("net/http", "", "ServeTLS"),
];

/// Functions that hand a configuration over for good.
const TAKES: [(&str, &str); 3] = [
    ("crypto/tls", "NewListener"),
    ("crypto/tls", "Listen"),
    ("google.golang.org/grpc/credentials", "NewTLS"),
];

/// The assignments of all functions.
pub(super) fn find(repo: &Repo<'_>, reach: &Reach) -> Vec<ConfigMutation> {
    let alone = goroutines(repo, reach);
    let mut found = Vec::new();
    for reached in &reach.functions {
        let Some(function) = repo.function(*reached) else { continue };
        let Some(body) = function.body else { continue };
        let (file, code) = (reached.file, repo.code(reached.file));
        let scan = Scan { repo, file, code, function, alone: alone.contains(reached) };
        scan.block(body, At { served: None, waited: false }, &mut found);
    }
    found.sort_by_key(|it| it.place);
    found.dedup_by_key(|it| it.place);
    found
}

/// Functions and literals that a `go` statement starts.
fn goroutines(repo: &Repo<'_>, reach: &Reach) -> BTreeSet<FnRef> {
    let mut found = BTreeSet::new();
    for reached in &reach.functions {
        let code = repo.code(reached.file);
        let Some(body) = repo.function(*reached).and_then(|it| it.body) else { continue };
        code.walk(body, &mut |step| {
            let StepKind::Go(call) = step.kind else { return };
            let callee = code.call(call).map(|it| repo.callee(reached.file, it));
            if let Some(Callee::Own(function)) = callee {
                found.insert(function);
            }
        });
    }
    found
}

/// What is known at a step.
#[derive(Clone, Copy)]
struct At {
    /// The `go` statement before it that serves.
    served: Option<Place>,
    /// In a loop, or behind something that was waited for.
    waited: bool,
}

/// One function or literal.
struct Scan<'r, 'a> {
    repo: &'r Repo<'a>,
    file: FileRef,
    code: &'a Code,
    function: &'a Function,
    /// A `go` statement starts it.
    alone: bool,
}

impl Scan<'_, '_> {
    fn block(&self, block: BlockId, mut at: At, found: &mut Vec<ConfigMutation>) {
        for step in self.code.block(block) {
            match &step.kind {
                StepKind::Go(call) => {
                    let serves = self.code.call(*call).is_some_and(|it| self.serves(it));
                    at.served = at.served.or(serves.then(|| self.place(step)));
                }
                StepKind::Receive { .. } => at.waited = true,
                StepKind::Assign { targets, .. } => {
                    found.extend(targets.iter().filter_map(|it| self.mutation(*it, at)));
                }
                _ => {}
            }
            let waits =
                matches!(step.kind, StepKind::Loop(_) | StepKind::Range(_) | StepKind::Select(_));
            for inner in step.blocks() {
                self.block(inner, At { waited: at.waited || waits, ..at }, found);
            }
        }
    }

    fn place(&self, step: &Step) -> Place {
        self.repo.place(self.file, &step.place)
    }

    /// A `go` statement that serves, itself or in its literal.
    fn serves(&self, call: &Call) -> bool {
        match self.repo.callee(self.file, call) {
            Callee::Own(function) => {
                let code = self.repo.code(function.file);
                let calls = self.repo.function(function).map(|it| code.calls_in(it.calls.clone()));
                calls
                    .into_iter()
                    .flatten()
                    .any(|it| is_serving(&self.repo.callee(function.file, it)))
            }
            callee => is_serving(&callee),
        }
    }

    fn mutation(&self, target: ExprId, at: At) -> Option<ConfigMutation> {
        let Expr::Select { base, field } = self.code.expr(target) else { return None };
        if !self.is_config(*base) {
            return None;
        }
        let taken = self.taken(*base)?;
        let late = match at.served {
            Some(served) => served,
            None if self.alone && at.waited && self.is_outside(*base) && !self.serves_here() => {
                taken
            }
            None => return None,
        };
        Some(ConfigMutation {
            field: self.code.text(*field).to_owned(),
            target: self.written(target)?,
            place: self.repo.expr_place(self.file, target),
            served: late,
        })
    }

    fn serves_here(&self) -> bool {
        let calls = self.code.calls_in(self.function.calls.clone());
        calls.iter().any(|it| is_serving(&self.repo.callee(self.file, it)))
    }

    /// `tlsConfig.GetCertificate`, of names and fields only.
    fn written(&self, expr: ExprId) -> Option<String> {
        match self.code.expr(expr) {
            Expr::Local(var) => Some(self.code.text(self.code.variable(*var)?.name).to_owned()),
            Expr::Global(name) => Some(self.code.text(*name).to_owned()),
            Expr::Select { base, field } => {
                Some(format!("{}.{}", self.written(*base)?, self.code.text(*field)))
            }
            _ => None,
        }
    }

    fn is_type(&self, expr: ExprId, path: &str, name: &str) -> bool {
        let named = self.repo.named(self.repo.type_of(self.file, expr));
        matches!(named, Some(Named::External(it, ty)) if it == path && ty == name)
    }

    fn is_config(&self, expr: ExprId) -> bool {
        self.is_type(expr, "crypto/tls", "Config") || self.is_server_field(expr)
    }

    /// `server.TLSConfig`.
    fn is_server_field(&self, expr: ExprId) -> bool {
        match self.code.expr(expr) {
            Expr::Select { base, field } => {
                self.code.text(*field) == "TLSConfig" && self.is_type(*base, "net/http", "Server")
            }
            _ => false,
        }
    }

    /// Where the configuration was given to a server or listener, in the same file.
    fn taken(&self, config: ExprId) -> Option<Place> {
        if self.is_server_field(config) {
            return Some(self.repo.expr_place(self.file, config));
        }
        for (_, expr) in self.code.exprs() {
            let Expr::Composite { elements, .. } = expr else { continue };
            let element = elements.iter().find(|it| is_key(self.code, it.key, &["TLSConfig"]));
            if let Some(it) = element.filter(|it| self.is_same(it.value, config)) {
                return Some(self.repo.expr_place(self.file, it.value));
            }
        }
        self.code.calls().find_map(|(_, call)| {
            let Callee::External(path, name) = self.repo.callee(self.file, call) else {
                return None;
            };
            let takes = TAKES.iter().any(|it| it.0 == path && it.1 == name)
                && call.args.iter().any(|it| self.is_same(*it, config));
            takes.then(|| self.repo.place(self.file, &call.place))
        })
    }

    /// Whether two expressions name one variable or field.
    fn is_same(&self, one: ExprId, other: ExprId) -> bool {
        match (self.code.expr(one), self.code.expr(other)) {
            (Expr::Unary { operand, .. }, _) => self.is_same(*operand, other),
            (Expr::Local(one), Expr::Local(other)) => one == other,
            (Expr::Global(one), Expr::Global(other)) => one == other,
            (
                Expr::Select { base: one, field: first },
                Expr::Select { base: other, field: second },
            ) => first == second && self.is_same(*one, *other),
            _ => false,
        }
    }

    /// Whether a name comes from outside of this function.
    fn is_outside(&self, expr: ExprId) -> bool {
        match self.code.expr(expr) {
            Expr::Local(var) => !self.function.variables.contains(&var.0),
            Expr::Global(_) => true,
            Expr::Select { base, .. } => self.is_outside(*base),
            _ => false,
        }
    }
}

fn is_serving(callee: &Callee<'_>) -> bool {
    let (path, on, name) = match callee {
        Callee::External(path, name) => (*path, "", *name),
        Callee::ExternalMethod(path, ty, name) => (*path, *ty, *name),
        _ => return false,
    };
    SERVES.iter().any(|it| it.0 == path && it.1 == on && it.2 == name)
}
