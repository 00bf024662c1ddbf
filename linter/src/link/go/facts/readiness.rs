//! What a program may tell the readiness probe before it stops: an atomic value that is set to false
//! or 0, a gRPC health service that reports trouble. Which handler reads the value is not followed.

use goready_parse::go::code::{Expr, ExprId};

use super::{Facts, Site};

pub(super) fn call(site: &Site<'_, '_>, facts: &mut Facts) {
    let Some((path, on, name)) = site.external() else { return };
    let flips = match (path, on) {
        ("sync/atomic" | "go.uber.org/atomic", _) => {
            (name.starts_with("Store") || name.starts_with("Swap") || name.contains("CompareAnd"))
                && site.call.args.last().is_some_and(|it| is_off(site, *it))
        }
        ("google.golang.org/grpc/health", Some(_)) => {
            matches!(name, "Shutdown" | "SetServingStatus")
        }
        _ => false,
    };
    if flips {
        facts.readiness_flip.get_or_insert(site.place());
    }
}

/// `false`, `0`, or what is not known.
fn is_off(site: &Site<'_, '_>, argument: ExprId) -> bool {
    match site.repo.code(site.file).expr(argument) {
        Expr::Bool(value) => !value,
        Expr::Int(value) => *value == 0,
        _ => true,
    }
}
