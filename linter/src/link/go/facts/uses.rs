//! What a program asks of the container it runs in: files, time zones, addresses, log files.

use goready_model::{FileUse, FileUseKind, Located, LogSink, LogTarget, Place, Request};
use goready_parse::go::code::{Expr, ExprId, Operator, StepKind, TypeExpr};

use super::{Facts, Site, Sure, fold, marks::AllMarks, surely};
use crate::link::go::{
    libraries::base_path,
    packages::PackageId,
    reach::Reach,
    repo::{Callee, FileRef, Named, Repo, Target, Ty},
};

/// A call of code that the program surely leads to.
pub(super) fn call(site: &Site<'_, '_>, sure: &Sure, facts: &mut Facts) {
    // What initialises a variable of a package runs at every start.
    if !sure.has(site.function) && site.repo.function(site.function).is_some() {
        return;
    }
    log_sink(site, sure, facts);
    let Some((path, on, name)) = site.external().or_else(|| template_chain(site)) else { return };
    match (path, on, name) {
        ("time", None, "LoadLocation") => zone(site, facts),
        ("k8s.io/apimachinery/pkg/api/resource", None, "MustParse") => quantity(site, facts),
        ("crypto/x509", None, "NewCertPool") | ("crypto/x509", _, "AppendCertsFromPEM") => {
            facts.uses.own_authorities = true;
        }
        _ => {
            file(site, (path, on, name), sure, facts);
            request(site, (path, on, name), facts);
        }
    }
}

/// What the program says as a whole: whom it trusts, the profiler, settings of the runtime.
pub(super) fn finish(
    repo: &Repo<'_>,
    marks: &AllMarks,
    (reach, closure): (&Reach, &[PackageId]),
    facts: &mut Facts,
) {
    facts.uses.own_authorities |= marks.of(repo, closure).any(|it| it.own_authorities);
    let own = closure.iter().filter_map(|it| repo.packages.get(*it)).filter(|it| !it.is_foreign());
    let imports = own.flat_map(|it| &it.members).flat_map(|it| &it.facts.header.imports);
    facts.uses.profiler = imports.filter(|it| it.path == "net/http/pprof").map(|it| it.place).min();
    let main = reach.functions.first().and_then(|it| repo.packages.get(repo.package_of(it.file)));
    let members = main.into_iter().flat_map(|it| &it.members);
    facts.uses.godebug = members.flat_map(|it| it.facts.header.debug.iter().cloned()).collect();
    sort(facts);
}

// Files.

fn file(
    site: &Site<'_, '_>,
    (path, on, name): (&str, Option<&str>, &str),
    sure: &Sure,
    facts: &mut Facts,
) {
    use FileUseKind::{Directory, Glob, Read, Temporary, Write};
    let (base, _) = base_path(path);
    let (kind, at) = match (&*base, on, name) {
        ("os", None, "ReadFile" | "Open" | "Stat") | ("io/ioutil", None, "ReadFile") => (Read, 0),
        ("github.com/BurntSushi/toml", None, "DecodeFile")
        | ("html/template" | "text/template", None, "ParseFiles") => (Read, 0),
        ("os" | "io/ioutil", None, "ReadDir") | ("net/http", None, "Dir") => (Directory, 0),
        ("html/template" | "text/template", _, "ParseGlob") => (Glob, 0),
        ("github.com/gin-gonic/gin", Some(_), "LoadHTMLGlob") => (Glob, 0),
        (
            "github.com/gin-gonic/gin" | "github.com/labstack/echo" | "github.com/gofiber/fiber",
            Some(_),
            "Static",
        ) => (Directory, 1),
        ("os", None, "Create" | "WriteFile" | "Mkdir" | "MkdirAll")
        | ("io/ioutil", None, "WriteFile") => (Write, 0),
        ("os", None, "OpenFile") if makes_file(site) => (Write, 0),
        ("os", None, "CreateTemp" | "MkdirTemp") | ("io/ioutil", None, "TempFile" | "TempDir") => {
            (Temporary, 0)
        }
        _ => return,
    };
    // A directory that is served does not fail; requests do.
    let served = matches!(name, "Dir" | "Static" | "LoadHTMLGlob");
    // Who asks whether a file is there goes on without it.
    let needed = served || (name != "Stat" && surely::is_needed(site.repo, site.function, site.id));
    let outside = site.repo.function(site.function).is_none();
    let at_start = outside || sure.at_start(site.file, site.id);
    let call = spelling(path, on, name);
    let Some(argument) = site.call.args.get(at) else { return };
    let found = path_text(site.repo, site.file, *argument);
    let Some((path, place, flag)) = found else { return };
    let place = if path.is_empty() { site.place() } else { place };
    let kind = match (kind, path.is_empty()) {
        (Temporary, false) => Write,
        (Temporary, true) => Temporary,
        (_, true) => return,
        (kind, false) => kind,
    };
    facts.uses.files.push(FileUse { kind, call, path, place, flag, needed, at_start });
}

/// `template.New("").Funcs(...).ParseGlob(...)`: a method of what a chain of calls gives.
fn template_chain<'a>(site: &Site<'_, 'a>) -> Option<(&'a str, Option<&'a str>, &'a str)> {
    let code = site.repo.code(site.file);
    let Expr::Select { base, field } = code.expr(site.call.callee) else { return None };
    let name = code.text(*field);
    let chained = matches!(site.callee, Callee::Unknown) && code.call_of(*base).is_some();
    match site.repo.import(site.file, "template")? {
        Target::External(path @ ("html/template" | "text/template"))
            if chained && matches!(name, "ParseGlob" | "ParseFiles") =>
        {
            Some((path, None, name))
        }
        _ => None,
    }
}

/// `os.OpenFile` with `os.O_CREATE`.
fn makes_file(site: &Site<'_, '_>) -> bool {
    fn holds(site: &Site<'_, '_>, expr: ExprId) -> bool {
        let code = site.repo.code(site.file);
        match code.expr(expr) {
            Expr::Binary { left, right, .. } => holds(site, *left) || holds(site, *right),
            _ => surely::is_external(site.repo, site.file, expr, "os", &["O_CREATE"]),
        }
    }
    site.call.args.get(1).is_some_and(|it| holds(site, *it))
}

/// A path that is a constant, or the default of a flag.
fn path_text(
    repo: &Repo<'_>,
    file: FileRef,
    expr: ExprId,
) -> Option<(String, Place, Option<String>)> {
    let code = repo.code(file);
    if let Expr::Unary { operator: Operator::Dereference, operand } = code.expr(expr) {
        return flag_default(repo, file, *operand);
    }
    if let Some(call) = code.call_of(expr)
        && let Callee::External("path/filepath" | "path", "Join") = repo.callee(file, call)
    {
        let parts: Option<Vec<String>> =
            call.args.iter().map(|it| Some(constant(repo, file, *it)?.0)).collect();
        let place = repo.place(file, &call.place);
        return Some((parts?.join("/"), place, None));
    }
    let (text, place) = constant(repo, file, expr)?;
    Some((text, place, None))
}

/// `*config`, with `config := flag.String("config", "config.yaml", "...")`.
fn flag_default(
    repo: &Repo<'_>,
    file: FileRef,
    expr: ExprId,
) -> Option<(String, Place, Option<String>)> {
    let code = repo.code(file);
    let (home, init) = match code.expr(expr) {
        Expr::Local(var) => (file, code.variable(*var)?.init?.0),
        Expr::Global(name) => {
            let value = repo.own_value(file, code.text(*name))?;
            (value.file, repo.value_decl(value)?.value?)
        }
        _ => return None,
    };
    let call = repo.code(home).call_of(init)?;
    let Callee::External("flag" | "github.com/spf13/pflag", "String" | "StringP") =
        repo.callee(home, call)
    else {
        return None;
    };
    let at = call.args.len().checked_sub(2)?;
    let (flag, _) = fold::text(repo, home, *call.args.first()?)?;
    let (text, place) = fold::text(repo, home, *call.args.get(at)?)?;
    Some((text, place, Some(flag)))
}

/// A text that nothing can change: a literal, a constant, or a local variable that is set once.
fn constant(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Option<(String, Place)> {
    let code = repo.code(file);
    match code.expr(expr) {
        // A variable of the package may be set elsewhere, or by the linker.
        Expr::Global(name) => {
            let value = repo.own_value(file, code.text(*name)).filter(|it| it.constant)?;
            constant(repo, value.file, repo.value_decl(value)?.value?)
        }
        Expr::Select { base, field } => {
            let Expr::Global(package) = code.expr(*base) else { return None };
            let Target::Package(id) = repo.import(file, code.text(*package))? else { return None };
            let value = repo.value_in(id, code.text(*field)).filter(|it| it.constant)?;
            constant(repo, value.file, repo.value_decl(value)?.value?)
        }
        Expr::Local(var) => {
            let var = code.variable(*var).filter(|it| it.assignments == 0)?;
            let (init, 0) = var.init? else { return None };
            constant(repo, file, init)
        }
        Expr::Binary { operator: Operator::Add, left, right } => {
            let text = constant(repo, file, *left)?.0 + &constant(repo, file, *right)?.0;
            Some((text, repo.expr_place(file, expr)))
        }
        Expr::Str(_) => fold::text(repo, file, expr),
        _ => None,
    }
}

// Time zones, quantities.

fn zone(site: &Site<'_, '_>, facts: &mut Facts) {
    let Some(argument) = site.call.args.first() else { return };
    let Some((name, place)) = constant(site.repo, site.file, *argument) else { return };
    // A location that is dropped with its error is nil, and `In` panics on it.
    if surely::is_needed(site.repo, site.function, site.id) || drops_error(site) {
        facts.uses.zones.push(Located::new(name, place));
    }
}

/// Whether the last result of a call goes nowhere: `loc, _ := ...`.
fn drops_error(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    let Some(body) = site.repo.function(site.function).and_then(|it| it.body) else { return false };
    let mut drops = false;
    code.walk(body, &mut |step| {
        if let StepKind::Assign { targets, values } = &step.kind
            && let [value] = values.as_ref()
            && code.is_result_of(*value, site.id)
        {
            drops |= targets.last().is_some_and(|it| matches!(code.expr(*it), Expr::Unknown));
        }
    });
    drops
}

/// `resource.MustParse` of what a person or another system writes.
fn quantity(site: &Site<'_, '_>, facts: &mut Facts) {
    let Some(argument) = site.call.args.first() else { return };
    let code = site.repo.code(site.file);
    let Some(function) = site.repo.function(site.function) else { return };
    // Where the text was tried before, it cannot panic.
    let tried = code.calls_in(function.calls.clone()).iter().any(|it| {
        matches!(
            site.repo.callee(site.file, it),
            Callee::External("k8s.io/apimachinery/pkg/api/resource", "ParseQuantity")
        )
    });
    if !tried && is_input(site.repo, site.file, *argument, 0) {
        facts.uses.parsed_quantities.push(site.repo.expr_place(site.file, *argument));
    }
}

/// Whether a value surely comes from outside: an environment variable, a flag, a request.
fn is_input(repo: &Repo<'_>, file: FileRef, expr: ExprId, depth: u32) -> bool {
    let code = repo.code(file);
    if depth > 4 {
        return false;
    }
    match code.expr(expr) {
        Expr::Local(var) => code.variable(*var).is_some_and(|it| {
            it.assignments == 0
                && matches!(it.init, Some((init, 0)) if is_input(repo, file, init, depth + 1))
        }),
        Expr::Unary { operator: Operator::Dereference, operand } => {
            flag_default(repo, file, *operand).is_some()
        }
        Expr::Result(_) => code.call_of(expr).is_some_and(|call| {
            matches!(
                repo.callee(file, call),
                Callee::External("os", "Getenv")
                    | Callee::ExternalMethod(
                        "net/http",
                        "Request",
                        "FormValue" | "PostFormValue" | "PathValue"
                    )
                    | Callee::ExternalMethod("net/url", "Values", "Get")
                    | Callee::External("github.com/spf13/viper", "GetString")
                    | Callee::ExternalMethod(
                        "github.com/gin-gonic/gin",
                        "Context",
                        "Query" | "Param" | "PostForm"
                    )
            )
        }),
        _ => false,
    }
}

// Requests.

fn request(site: &Site<'_, '_>, (path, on, name): (&str, Option<&str>, &str), facts: &mut Facts) {
    let at = match (path, on, name) {
        ("net/http", None | Some("Client"), "Get" | "Post" | "PostForm" | "Head") => 0,
        ("net/http", None, "NewRequest") => 1,
        ("net/http", None, "NewRequestWithContext") => 2,
        _ => return,
    };
    let Some(argument) = site.call.args.get(at) else { return };
    let Some((url, place)) = prefix(site.repo, site.file, *argument) else { return };
    if url.contains("://") {
        let url = Located::new(url, place);
        facts.uses.requests.push(Request { call: spelling(path, on, name), url });
    }
}

/// The constant beginning of a text, at its literal.
fn prefix(repo: &Repo<'_>, file: FileRef, expr: ExprId) -> Option<(String, Place)> {
    let code = repo.code(file);
    if let Some(found) = constant(repo, file, expr) {
        return Some(found);
    }
    match code.expr(expr) {
        Expr::Binary { operator: Operator::Add, left, .. } => prefix(repo, file, *left),
        Expr::Local(var) => {
            let var = code.variable(*var).filter(|it| it.assignments == 0)?;
            let (init, 0) = var.init? else { return None };
            prefix(repo, file, init)
        }
        Expr::Result(_) => {
            let call = code.call_of(expr)?;
            let Callee::External("fmt", "Sprintf") = repo.callee(file, call) else { return None };
            let (format, place) = constant(repo, file, *call.args.first()?)?;
            let end = format.find('%').unwrap_or(format.len());
            Some((format[..end].to_owned(), place))
        }
        _ => None,
    }
}

// Logs.

/// The output of a logger that every start of the program sets; any other one makes it unknown.
fn log_sink(site: &Site<'_, '_>, sure: &Sure, facts: &mut Facts) {
    let Some((path, on, name)) = site.external() else { return };
    let (base, _) = base_path(path);
    let sink = match (&*base, on, name) {
        ("log" | "github.com/sirupsen/logrus", _, "SetOutput")
        | ("log" | "github.com/rs/zerolog", None, "New")
        | ("log/slog", None, "NewJSONHandler" | "NewTextHandler")
        | ("go.uber.org/zap/zapcore", None, "AddSync" | "Lock") => site.call.args.first(),
        ("github.com/rs/zerolog" | "io", None, "MultiLevelWriter" | "MultiWriter") => None,
        _ => return,
    };
    let target = match sink {
        Some(sink) if sure.at_start(site.file, site.id) => written_file(site, *sink, 0),
        _ => None,
    };
    facts.uses.log_sinks.push(LogSink {
        call: spelling(path, on, name),
        place: site.place(),
        target: target.unwrap_or(LogTarget::Other),
        whole: on.is_none() && name == "SetOutput",
    });
}

/// The file behind a writer: one that is opened for it, or a rolling one.
fn written_file(site: &Site<'_, '_>, expr: ExprId, depth: u32) -> Option<LogTarget> {
    let (repo, file) = (site.repo, site.file);
    let code = repo.code(file);
    if depth > 4 {
        return None;
    }
    match code.expr(expr) {
        Expr::Local(var) => {
            let var = code.variable(*var).filter(|it| it.assignments == 0)?;
            let (init, 0) = var.init? else { return None };
            written_file(site, init, depth + 1)
        }
        Expr::Unary { operator: Operator::AddressOf, operand } => {
            written_file(site, *operand, depth + 1)
        }
        Expr::Composite { ty: Some(ty), .. } if is_rolling(repo, file, *ty) => {
            let (_, fields) = fold::fields(repo, file, expr)?;
            let name = fields.iter().find(|(it, _)| it == "Filename").map(|(_, it)| *it);
            Some(LogTarget::File(name.and_then(|it| Some(constant(repo, file, it)?.0))))
        }
        Expr::Result(_) => {
            let call = code.call_of(expr)?;
            match repo.callee(file, call) {
                Callee::External("os", "OpenFile" | "Create") => {
                    let path = call.args.first().and_then(|it| constant(repo, file, *it));
                    // Terminals and pipes are files too.
                    let path = path.map(|(path, _)| path);
                    let device = path
                        .as_ref()
                        .is_some_and(|it| it.starts_with("/dev/") || it.starts_with("/proc/"));
                    (!device && path.is_some()).then_some(LogTarget::File(path))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_rolling(repo: &Repo<'_>, file: FileRef, ty: goready_parse::go::code::TypeId) -> bool {
    let code = repo.code(file);
    match code.ty(ty) {
        TypeExpr::Qualified { .. } => matches!(
            repo.named(Ty::Written(file, ty)),
            Some(Named::External(path, "Logger")) if base_path(path).0.contains("lumberjack")
        ),
        _ => false,
    }
}

/// A call as people write it: `os.ReadFile`, `http.Client.Get`.
fn spelling(path: &str, on: Option<&str>, name: &str) -> String {
    let short = crate::link::go::libraries::package_names(path).pop().unwrap_or_default();
    match on {
        // A constructor stands for a type that is not known.
        Some(ty) if !ty.starts_with("New") => format!("{short}.{ty}.{name}"),
        _ => format!("{short}.{name}"),
    }
}

/// Puts everything in the order of the source.
fn sort(facts: &mut Facts) {
    facts.uses.files.sort_by(|a, b| (a.place, &a.path).cmp(&(b.place, &b.path)));
    facts.uses.files.dedup();
    facts.uses.zones.sort_by_key(|it| it.place);
    facts.uses.requests.sort_by_key(|it| it.url.place);
    facts.uses.requests.dedup();
    facts.uses.log_sinks.sort_by_key(|it| it.place);
    facts.uses.parsed_quantities.sort_unstable();
}
