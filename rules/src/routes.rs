//! The paths that a program serves over HTTP.

use goready_model::{ListenKind, Program, SigtermVerdict};

/// Libraries that serve paths of their own beside those that are registered.
pub(crate) const FRAMEWORKS: [&str; 9] = [
    "sigs.k8s.io/controller-runtime",
    "k8s.io/apiserver",
    "knative.dev",
    "gofr.dev",
    "github.com/zeromicro/go-zero",
    "github.com/tal-tech/go-zero",
    "github.com/go-kratos/kratos",
    "github.com/grafana/dskit",
    "github.com/heptiolabs/healthcheck",
];

/// How many routes a message names.
pub(crate) const NAMED: usize = 4;

/// The paths that a program serves, for messages: `` `/a`, `/b` and 3 more ``.
pub(crate) fn listed(program: &Program) -> String {
    let mut paths: Vec<&str> = program.routes.iter().map(|it| it.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let more = paths.len().saturating_sub(NAMED);
    paths.truncate(NAMED);
    let served = paths.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{served} and {more} more") } else { served }
}

/// Whether all that the program answers over HTTP is known.
pub(crate) fn is_known(program: &Program) -> bool {
    let mut http = program.servers.iter().filter(|it| it.kind == ListenKind::Http).peekable();
    http.peek().is_some()
        && http.all(|it| it.routed)
        && !program.servers.iter().any(|it| it.kind == ListenKind::Tcp)
        && !program.incomplete
        && !program.routes_dynamic
        && !program.routes.is_empty()
        && program.sigterm.verdict != SigtermVerdict::Unknown
        && !program.imports_any(&FRAMEWORKS)
}

pub(crate) fn is_served(program: &Program, path: &str) -> bool {
    let debug = ["net/http/pprof", "expvar"];
    (path.starts_with("/debug/") && program.imports_any(&debug))
        || program.routes.iter().any(|it| may_serve(&it.path, path))
}

/// Whether a route may answer a path, by itself or as the prefix of a router below it.
///
/// Parameters and wildcards of all routers are taken for anything, and the prefix of a router that
/// was passed to another function may be missing in front of the route.
fn may_serve(route: &str, path: &str) -> bool {
    let wanted: Vec<&str> = segments(path);
    let own: Vec<&str> = segments(route);
    if own.is_empty() {
        return true;
    }
    (0..wanted.len()).any(|it| is_prefix(&own, wanted.get(it..).unwrap_or_default()))
}

fn is_prefix(route: &[&str], path: &[&str]) -> bool {
    let mut path = path.iter();
    for segment in route {
        if segment.starts_with(['*', '+']) || segment.ends_with('*') || segment.contains("...") {
            return true;
        }
        let Some(found) = path.next() else { return false };
        let is_parameter = segment.starts_with(':') || segment.contains('{');
        if !is_parameter && segment != found {
            return false;
        }
    }
    true
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_that_could_hold_a_path_serve_it() {
        for (route, path) in [
            ("/healthz", "/healthz"),
            ("/healthz/", "/healthz"),
            ("/", "/anything"),
            ("/health", "/health/ready"),
            ("/ready", "/api/ready"),
            ("/{name}", "/ready"),
            ("/:name", "/ready"),
            ("/static/*path", "/static/a/b"),
            ("/files/{path...}", "/files/a/b"),
        ] {
            assert!(may_serve(route, path), "{route} {path}");
        }
        for (route, path) in [
            ("/healthz", "/ready"),
            ("/health/ready", "/health"),
            ("/orders/{id}", "/orders"),
            ("/metrics", "/healthz"),
        ] {
            assert!(!may_serve(route, path), "{route} {path}");
        }
    }
}
