//! Watches of certificate files that do not see how a Secret volume changes: the kubelet swaps a
//! symbolic link, so the file that was watched is never written.

use goready_model::CertificateWatch;
use goready_parse::go::code::{Code, Expr, ExprId};

use super::outermost;
use crate::link::go::{
    facts::fold,
    reach::Reach,
    repo::{Callee, FileRef, Repo, Target},
};

const FSNOTIFY: &str = "github.com/fsnotify/fsnotify";

/// Events that a swapped link gives.
const SWAPS: [&str; 4] = ["Create", "Remove", "Rename", "Chmod"];

/// Words in the name of a variable, and ends of a path, that mean a certificate or key.
const CERTIFICATES: [&str; 5] = ["cert", "crt", "key", "pem", "tls"];

/// The watches of certificate files that react to writes only.
pub(super) fn find(repo: &Repo<'_>, reach: &Reach) -> Vec<CertificateWatch> {
    let mut tests = Vec::new();
    let mut added = Vec::new();
    let mut directory = false;
    for function in outermost(repo, reach) {
        let file = function.file;
        let code = repo.code(file);
        let Some(it) = repo.function(function) else { continue };
        let mut write = None;
        let mut swap = false;
        for (id, expr) in code.exprs_in(it.exprs.clone()) {
            match operation(repo, file, code, expr) {
                Some("Write") => {
                    write.get_or_insert(id);
                }
                Some(name) => swap |= SWAPS.contains(&name),
                None => {}
            }
        }
        let mut polls = false;
        for call in code.calls_in(it.calls.clone()) {
            match repo.callee(file, call) {
                Callee::External("time", "NewTicker" | "Tick" | "After" | "AfterFunc") => {
                    polls = true;
                }
                // The result of a constructor goes by the constructor's name.
                Callee::ExternalMethod(
                    FSNOTIFY,
                    "Watcher" | "NewWatcher" | "NewBufferedWatcher",
                    "Add" | "AddWith",
                ) => match call.args.first().map(|it| watched(repo, file, *it)) {
                    Some(Watched::Certificate) => added.push(repo.place(file, &call.place)),
                    Some(Watched::Directory) => directory = true,
                    Some(Watched::Unknown) | None => {}
                },
                _ => {}
            }
        }
        if let Some(write) = write.filter(|_| !swap && !polls) {
            tests.push(repo.expr_place(file, write));
        }
    }
    // A program that watches a directory too may get what it needs from there.
    let Some(add) = added.first().filter(|_| !directory) else { return Vec::new() };
    tests.sort();
    tests.into_iter().map(|test| CertificateWatch { test, add: *add }).collect()
}

/// `fsnotify.Write` and the like.
fn operation<'a>(repo: &Repo<'_>, file: FileRef, code: &'a Code, expr: &Expr) -> Option<&'a str> {
    let Expr::Select { base, field } = expr else { return None };
    let Expr::Global(package) = code.expr(*base) else { return None };
    let imported = repo.import(file, code.text(*package)) == Some(Target::External(FSNOTIFY));
    imported.then(|| code.text(*field))
}

enum Watched {
    Certificate,
    Directory,
    Unknown,
}

/// What a path leads to, by its text or by the name of what holds it.
fn watched(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Watched {
    let code = repo.code(file);
    if let Some((path, _)) = fold::text(repo, file, expr) {
        let name = path.rsplit('/').next().unwrap_or(&path);
        return match name.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && is_certificate(end) => Watched::Certificate,
            _ => Watched::Directory,
        };
    }
    let name = match code.expr(expr) {
        Expr::Local(var) => code.variable(*var).map(|it| code.text(it.name)),
        Expr::Global(name) | Expr::Select { field: name, .. } => Some(code.text(*name)),
        Expr::Unary { operand, .. } => return watched(repo, file, *operand),
        _ => None,
    };
    if let Some(call) = code.call_of(expr)
        && matches!(repo.callee(file, call), Callee::External("path/filepath" | "path", "Dir"))
    {
        return Watched::Directory;
    }
    let Some(name) = name.map(str::to_ascii_lowercase) else { return Watched::Unknown };
    if ["dir", "folder", "data"].iter().any(|it| name.contains(it)) {
        Watched::Directory
    } else if is_certificate(&name) {
        Watched::Certificate
    } else {
        Watched::Unknown
    }
}

fn is_certificate(name: &str) -> bool {
    CERTIFICATES.iter().any(|it| name.contains(it))
}
