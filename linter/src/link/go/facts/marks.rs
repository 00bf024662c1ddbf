//! What the literals of a file say, read once for all programs that share it.

use std::collections::BTreeMap;

use goready_parse::go::code::{Code, Element, Expr};

use crate::link::go::{
    packages::PackageId,
    repo::{Callee, FileRef, FnRef, Repo, Target},
};

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// `RootCAs` or `InsecureSkipVerify` in a literal: who is trusted is the program's own matter.
    pub(super) own_authorities: bool,
    /// The command line's own set of flags is handed to something: `flag.CommandLine`.
    pub(super) takes_flags: bool,
    /// What commands do: functions in `Run`, `RunE` and `Action` of literals.
    pub(super) actions: Vec<FnRef>,
}

/// The marks of all files that have any.
#[derive(Debug, Default)]
pub(super) struct AllMarks {
    files: BTreeMap<FileRef, Marks>,
}

impl AllMarks {
    pub(super) fn new(repo: &Repo<'_>) -> Self {
        let mut all = Self::default();
        for at in 0..repo.files.len() {
            let file = FileRef(at as u32);
            let marks = read(repo, file);
            if marks.own_authorities || marks.takes_flags || !marks.actions.is_empty() {
                all.files.insert(file, marks);
            }
        }
        all
    }

    /// The marks of a closure's files.
    pub(super) fn of<'m>(
        &'m self,
        repo: &'m Repo<'_>,
        closure: &'m [PackageId],
    ) -> impl Iterator<Item = &'m Marks> {
        let symbols = closure.iter().filter_map(|it| repo.symbols(*it));
        symbols.flat_map(|it| &it.files).filter_map(|it| self.files.get(it))
    }
}

fn read(repo: &Repo<'_>, file: FileRef) -> Marks {
    let code = repo.code(file);
    // Whom a library trusts and which commands it has is its own matter.
    let own = !repo.is_foreign(file);
    let mut marks = Marks::default();
    for (_, expr) in code.exprs() {
        match expr {
            Expr::Composite { elements, .. } if own => {
                for element in elements {
                    marks.element(repo, file, *element);
                }
            }
            Expr::Select { base, field } if code.text(*field) == "CommandLine" => {
                marks.takes_flags |= is_flag_package(repo, file, code, code.expr(*base));
            }
            _ => {}
        }
    }
    marks
}

fn is_flag_package(repo: &Repo<'_>, file: FileRef, code: &Code, base: &Expr) -> bool {
    let Expr::Global(package) = base else { return false };
    let target = repo.import(file, code.text(*package));
    matches!(target, Some(Target::External("flag" | "github.com/spf13/pflag")))
}

impl Marks {
    fn element(&mut self, repo: &Repo<'_>, file: FileRef, element: Element) {
        let code = repo.code(file);
        let Some(Expr::Global(key)) = element.key.map(|it| code.expr(it)) else { return };
        match code.text(*key) {
            "RootCAs" | "InsecureSkipVerify" => self.own_authorities = true,
            "Run" | "RunE" | "Action" => {
                if let Callee::Own(action) = repo.function_value(file, element.value, 0) {
                    self.actions.push(action);
                }
            }
            _ => {}
        }
    }
}
