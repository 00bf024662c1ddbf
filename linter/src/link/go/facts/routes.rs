//! Routes with literal paths, and gRPC health services.

use std::collections::BTreeMap;

use goready_model::Route;
use goready_parse::go::code::{Call, Code, Expr, ExprId, FunctionId, TempSource, VarId};

use super::{Facts, Site, dependencies, fold, packages};
use crate::link::go::{
    libraries::base_path,
    repo::{Callee, FileRef, Named, Repo, Target},
};

/// Methods of routers that take a path and handlers.
const VERBS: [&str; 26] = [
    "Handle",
    "HandleFunc",
    "HandlePrefix",
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "HEAD",
    "OPTIONS",
    "Any",
    "Get",
    "Post",
    "Put",
    "Delete",
    "Patch",
    "Head",
    "Options",
    "All",
    "Static",
    "StaticFS",
    "StaticFile",
    "Mount",
    "Route",
    "Connect",
    "Trace",
];
/// Methods that take a path first and the handler in a chain, or a prefix.
const PATHS: [&str; 4] = ["Path", "PathPrefix", "Group", "Party"];
/// Methods that take the HTTP method before the path.
const METHOD_FIRST: [&str; 5] = ["Handle", "Method", "MethodFunc", "Add", "HandlerFunc"];

/// Function literals that get a router with a prefix: `r.Route("/api", func(r chi.Router) {`.
#[derive(Debug)]
pub(super) struct Routers {
    nested: BTreeMap<(FileRef, FunctionId), (FileRef, ExprId, Option<String>)>,
}

impl Routers {
    pub(super) fn new(repo: &Repo<'_>) -> Self {
        let mut nested = BTreeMap::new();
        for at in 0..repo.files.len() {
            let file = FileRef(at as u32);
            let code = repo.code(file);
            for (_, call) in code.calls() {
                let Expr::Select { base, field } = code.expr(call.callee) else { continue };
                if !matches!(code.text(*field), "Route" | "Group" | "With" | "PartyFunc") {
                    continue;
                }
                let prefix = call.args.first().and_then(|it| fold::text(repo, file, *it));
                for argument in &call.args {
                    if let Expr::Function(function) = code.expr(*argument) {
                        let prefix = prefix.as_ref().map(|(it, _)| it.clone());
                        nested.insert((file, *function), (file, *base, prefix));
                    }
                }
            }
        }
        Self { nested }
    }
}

/// The routes of a program.
#[derive(Debug)]
pub(super) struct Routes<'r> {
    routers: &'r Routers,
}

impl<'r> Routes<'r> {
    pub(super) fn new(routers: &'r Routers) -> Self {
        Self { routers }
    }

    pub(super) fn call(&self, site: &Site<'_, '_>, facts: &mut Facts) {
        let code = site.repo.code(site.file);
        if let Some((path, on, name)) = site.external() {
            if packages::exports(path, name) {
                facts.metrics_exporter.get_or_insert_with(|| {
                    goready_model::Located::new(path.to_owned(), site.place())
                });
            }
            self.known(site, (path, on, name), facts);
        }
        let Expr::Select { base, field } = code.expr(site.call.callee) else { return };
        let name = code.text(*field);
        let is_own = matches!(site.callee, Callee::Own(_));
        if is_own || !self.may_route(site, *base) {
            return;
        }
        let at = if METHOD_FIRST.contains(&name) && self.is_method(site, 0)
            // `r.Match([]string{"GET", "HEAD"}, "/health", handler)`.
            || name == "Match" && site.call.args.len() >= 3
        {
            1
        } else if (VERBS.contains(&name) && site.call.args.len() >= 2)
            || (PATHS.contains(&name) && !site.call.args.is_empty())
        {
            0
        } else {
            return;
        };
        match site.argument_text(at) {
            Some((path, place)) => {
                let path = normal(&path)
                    .or_else(|| slashless(&path).filter(|_| self.adds_slash(site, *base)));
                if let Some(path) = path {
                    let (prefix, known) = self.prefix(site.repo, site.file, *base, 0);
                    facts.routes_dynamic |= !known;
                    let rest = site.call.args.get(at + 1..).unwrap_or_default();
                    let asks = dependencies::of_handlers(site.repo, site.file, rest);
                    facts.routes.push(Route { path: joined(&prefix, &path), place, asks });
                }
            }
            None if VERBS.contains(&name) && self.is_router(site, *base) => {
                facts.routes_dynamic = true;
            }
            None => {}
        }
    }

    /// Calls that add routes or health services of a library's own.
    fn known(
        &self,
        site: &Site<'_, '_>,
        (path, on, name): (&str, Option<&str>, &str),
        facts: &mut Facts,
    ) {
        let (base, _) = base_path(path);
        let place = site.place();
        match (&*base, on, name) {
            ("google.golang.org/grpc/health/grpc_health_v1", None, "RegisterHealthServer")
            | ("connectrpc.com/grpchealth", None, "NewHandler")
            | ("github.com/go-kratos/kratos/transport/grpc", None, "NewServer")
            | ("github.com/zeromicro/go-zero/zrpc", None, "MustNewServer" | "NewServer") => {
                facts.grpc_health.get_or_insert(place);
            }
            (
                "sigs.k8s.io/controller-runtime" | "sigs.k8s.io/controller-runtime/pkg/manager",
                _,
                "AddHealthzCheck",
            ) => {
                let check = site.call.args.get(1..).unwrap_or_default();
                let asks = dependencies::of_handlers(site.repo, site.file, check);
                facts.routes.push(Route { path: "/healthz".to_owned(), place, asks });
            }
            (
                "sigs.k8s.io/controller-runtime" | "sigs.k8s.io/controller-runtime/pkg/manager",
                _,
                "AddReadyzCheck",
            ) => {
                facts.routes.push(Route { path: "/readyz".to_owned(), place, asks: None });
            }
            ("sigs.k8s.io/controller-runtime", None, "NewManager")
            | ("sigs.k8s.io/controller-runtime/pkg/manager", None, "New") => {
                facts.routes.push(Route { path: "/metrics".to_owned(), place, asks: None });
                facts.routes_dynamic = true;
            }
            _ if base.ends_with("grpc-gateway/runtime")
                || base.starts_with("k8s.io/apiserver")
                || base.starts_with("knative.dev/")
                || base == "github.com/beego/beego/server/web"
                || base == "github.com/99designs/gqlgen/graphql/handler"
                    && name == "NewDefaultServer" =>
            {
                facts.routes_dynamic = true;
            }
            _ => {}
        }
    }

    fn is_method(&self, site: &Site<'_, '_>, at: usize) -> bool {
        if let Some((text, _)) = site.argument_text(at) {
            return !text.is_empty() && text.bytes().all(|it| it.is_ascii_uppercase());
        }
        // `http.MethodGet`.
        let code = site.repo.code(site.file);
        match site.call.args.get(at).map(|it| code.expr(*it)) {
            Some(Expr::Select { field, .. }) => code.text(*field).starts_with("Method"),
            _ => false,
        }
    }

    /// Whether a receiver can be a router: a package is one only where it is net/http.
    fn may_route(&self, site: &Site<'_, '_>, base: ExprId) -> bool {
        let code = site.repo.code(site.file);
        let Expr::Global(name) = code.expr(base) else { return true };
        match site.repo.import(site.file, code.text(*name)) {
            Some(Target::External(path)) => {
                matches!(path, "net/http" | "goji.io" | "github.com/zenazn/goji")
            }
            Some(Target::Package(_)) => false,
            None => true,
        }
    }

    /// Routers that put the slash in front of a path themselves.
    fn adds_slash(&self, site: &Site<'_, '_>, base: ExprId) -> bool {
        const ROUTERS: [&str; 3] =
            ["github.com/gin-gonic/gin", "github.com/labstack/echo", "github.com/gofiber/fiber"];
        match site.repo.named(site.repo.type_of(site.file, base)) {
            Some(Named::External(path, _)) => ROUTERS.contains(&&*base_path(path).0),
            _ => false,
        }
    }

    fn is_router(&self, site: &Site<'_, '_>, base: ExprId) -> bool {
        matches!(
            site.repo.named(site.repo.type_of(site.file, base)),
            Some(Named::External(path, _))
                if path != "database/sql" && !path.contains("redis") && !path.contains("client")
        ) || matches!(site.callee, Callee::External("net/http", _))
    }

    /// The prefix of the router that an expression is, and whether all of it is known.
    fn prefix(&self, repo: &Repo<'_>, file: FileRef, expr: ExprId, depth: u32) -> (String, bool) {
        if depth > 8 {
            return (String::new(), false);
        }
        let code = repo.code(file);
        match code.expr(expr) {
            Expr::Local(var) => self.variable_prefix(repo, file, code, *var, depth),
            Expr::Result(temp) => match code.temp(*temp) {
                Some(TempSource::Call(call)) => match code.call(call) {
                    Some(call) => self.call_prefix(repo, file, code, call, depth),
                    None => (String::new(), true),
                },
                _ => (String::new(), true),
            },
            _ => (String::new(), true),
        }
    }

    fn variable_prefix(
        &self,
        repo: &Repo<'_>,
        file: FileRef,
        code: &Code,
        var: VarId,
        depth: u32,
    ) -> (String, bool) {
        let Some(variable) = code.variable(var) else { return (String::new(), true) };
        if let Some((init, 0)) = variable.init {
            return self.prefix(repo, file, init, depth + 1);
        }
        if variable.parameter {
            let owner =
                code.functions().find(|(_, it)| it.params.iter().any(|it| it.var == Some(var)));
            if let Some((function, _)) = owner
                && let Some((file, base, prefix)) = self.routers.nested.get(&(file, function))
            {
                let (outer, known) = self.prefix(repo, *file, *base, depth + 1);
                return match prefix {
                    Some(prefix) => (joined(&outer, prefix), known),
                    None => (outer, known),
                };
            }
        }
        (String::new(), true)
    }

    fn call_prefix(
        &self,
        repo: &Repo<'_>,
        file: FileRef,
        code: &Code,
        call: &Call,
        depth: u32,
    ) -> (String, bool) {
        let Expr::Select { base, field } = code.expr(call.callee) else {
            return (String::new(), true);
        };
        let (outer, known) = self.prefix(repo, file, *base, depth + 1);
        if !matches!(code.text(*field), "Group" | "PathPrefix" | "Party" | "Route") {
            return (outer, known);
        }
        match call.args.first().and_then(|it| fold::text(repo, file, *it)) {
            Some((prefix, _)) => (joined(&outer, &prefix), known),
            None => (outer, call.args.is_empty()),
        }
    }

    /// Routes in tables: `rest.Route{Method: ..., Path: "/stats"}`.
    pub(super) fn literals(&self, repo: &Repo<'_>, file: FileRef, code: &Code, facts: &mut Facts) {
        for (_, expr) in code.exprs() {
            let Expr::Composite { elements, .. } = expr else { continue };
            let keyed = |wanted: &[&str]| {
                elements.iter().find(|it| match it.key.map(|it| code.expr(it)) {
                    Some(Expr::Global(name)) => wanted.contains(&code.text(*name)),
                    _ => false,
                })
            };
            let handler = keyed(&["Handler", "HandlerFunc", "Handle", "HandleFunc"]);
            let (Some(path), Some(handler)) = (keyed(&["Path", "Pattern"]), handler) else {
                continue;
            };
            if let Some((text, place)) = fold::text(repo, file, path.value)
                && let Some(path) = normal(&text)
            {
                let asks = dependencies::of_handlers(repo, file, &[handler.value]);
                facts.routes.push(Route { path, place, asks });
            }
        }
    }
}

/// A path without method and host; `None` for a text that is no path.
fn normal(pattern: &str) -> Option<String> {
    let path = match pattern.split_once(char::is_whitespace) {
        Some((method, rest)) if method.bytes().all(|it| it.is_ascii_uppercase()) => rest.trim(),
        Some(_) => return None,
        None => pattern,
    };
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    // `example.com/path` of net/http.
    let (host, rest) = path.split_once('/')?;
    let is_host = host.contains('.')
        && host.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b':'));
    is_host.then(|| format!("/{rest}"))
}

/// A path that is written without its slash: `healthz`.
fn slashless(path: &str) -> Option<String> {
    let is_path = |it: u8| {
        it.is_ascii_alphanumeric() || matches!(it, b'/' | b'-' | b'_' | b'.' | b':' | b'*')
    };
    (!path.is_empty() && path.bytes().all(is_path)).then(|| format!("/{path}"))
}

fn joined(prefix: &str, path: &str) -> String {
    if prefix.is_empty() || prefix == "/" {
        return path.to_owned();
    }
    format!("{}/{}", prefix.trim_end_matches('/'), path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_reduced_to_paths() {
        for (pattern, expected) in [
            ("/healthz", Some("/healthz")),
            ("GET /v1/x", Some("/v1/x")),
            ("example.com/admin", Some("/admin")),
            ("plain", None),
            ("not a path", None),
        ] {
            assert_eq!(normal(pattern).as_deref(), expected, "{pattern}");
        }
        assert_eq!(slashless("healthz").as_deref(), Some("/healthz"));
        assert_eq!(slashless("not a path"), None);
        assert_eq!(joined("/api", "/x"), "/api/x");
        assert_eq!(joined("", "/x"), "/x");
    }
}
