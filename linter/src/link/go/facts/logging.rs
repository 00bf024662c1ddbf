//! How a program logs, by the calls in its reachable code.

use std::collections::HashMap;

use goready_model::{LogCall, Logging};
use goready_parse::go::code::Expr;

use super::{
    Facts, Site,
    packages::{self, LoggingPackage, Structured},
};
use crate::link::go::{
    packages::PackageId,
    repo::{Callee, Repo, Target},
};

/// Log calls so far.
#[derive(Debug)]
pub(super) struct Logs {
    calls: Vec<LogCall>,
    /// Some package writes JSON records when it is told to, and it is.
    json: bool,
    /// Standard `log` is redirected into a structured logger.
    bridged: bool,
    /// The logging packages behind import paths seen so far.
    known: HashMap<String, Option<&'static LoggingPackage>>,
}

impl Logs {
    pub(super) fn new(repo: &Repo<'_>, closure: &[PackageId]) -> Self {
        // `&logrus.JSONFormatter{}` is a literal, not a call.
        let json = super::package_files(repo, closure).any(|(file, code)| {
            code.types().any(|ty| match ty {
                goready_parse::go::code::TypeExpr::Qualified { package, name } => {
                    code.text(*name) == "JSONFormatter"
                        && matches!(
                            repo.import(file, code.text(*package)),
                            Some(Target::External(_))
                        )
                }
                _ => false,
            })
        });
        Self { calls: Vec::new(), json, bridged: false, known: HashMap::new() }
    }

    pub(super) fn call(&mut self, site: &Site<'_, '_>) {
        let Some((structured, name)) = self.classify(site) else { return };
        self.calls.push(LogCall { call: name, structured, place: site.place() });
    }

    fn classify(&mut self, site: &Site<'_, '_>) -> Option<(bool, String)> {
        if let Callee::Builtin(name @ ("print" | "println")) = site.callee {
            return Some((false, name.to_owned()));
        }
        let (path, on, name) = site.external()?;
        match (path, on, name) {
            ("log/slog", None, "SetDefault")
            | ("go.uber.org/zap", None, "RedirectStdLog" | "RedirectStdLogAt") => {
                self.bridged = true;
                return None;
            }
            ("fmt", None, "Print" | "Printf" | "Println") => {
                return Some((false, format!("fmt.{name}")));
            }
            ("fmt", None, "Fprint" | "Fprintf" | "Fprintln") => {
                return is_terminal(site).then(|| (false, format!("fmt.{name}")));
            }
            _ => {}
        }
        let package = match self.known.get(path) {
            Some(known) => *known,
            None => *self.known.entry(path.to_owned()).or_insert(packages::logging(path)),
        }?;
        if !package.writes(name) {
            return None;
        }
        let structured = match package.structured {
            Structured::Yes => true,
            Structured::No => self.bridged,
            Structured::Json => self.json,
        };
        let short = crate::link::go::libraries::package_names(path).pop().unwrap_or_default();
        Some((structured, format!("{short}.{name}")))
    }

    pub(super) fn finish(mut self, facts: &mut Facts) {
        if self.bridged {
            for call in &mut self.calls {
                call.structured |= call.call.starts_with("log.");
            }
        }
        self.calls.sort_by_key(|it| it.place);
        let structured = self.calls.iter().any(|it| it.structured);
        facts.logging = Some(if structured {
            Logging::Structured
        } else if self.calls.is_empty() {
            Logging::None
        } else {
            Logging::Unstructured
        });
        facts.log_calls = self.calls;
    }
}

/// Whether the first argument is `os.Stdout` or `os.Stderr`.
fn is_terminal(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    let Some(first) = site.call.args.first() else { return false };
    let Expr::Select { base, field } = code.expr(*first) else { return false };
    let Expr::Global(package) = code.expr(*base) else { return false };
    matches!(code.text(*field), "Stdout" | "Stderr")
        && site.repo.import(site.file, code.text(*package)) == Some(Target::External("os"))
}
