//! What the reachable code of a program does besides living and dying: routes, metrics, logs,
//! environment, settings of the Go runtime.

mod dependencies;
mod env;
mod flags;
mod fold;
mod logging;
mod marks;
mod metrics;
mod packages;
mod readiness;
mod routes;
mod runtime;
mod settings;
mod surely;
mod tls;
mod uses;

use std::collections::BTreeSet;

use surely::Sure;

use goready_model::{
    EnvRead, Located, LogCall, Logging, Metric, Place, Repetition, Route, RuntimeFact, TlsFacts,
    Uses,
};
use goready_parse::go::code::{Call, CallId, Expr, StepKind};

use super::{
    packages::PackageId,
    reach::Reach,
    repo::{Callee, FileRef, FnRef, Named, Repo, Ty},
};

/// The facts of a program's reachable code.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) routes: Vec<Route>,
    pub(super) routes_dynamic: bool,
    pub(super) grpc_health: Option<Place>,
    pub(super) readiness_flip: Option<Place>,
    pub(super) metrics: Vec<Metric>,
    pub(super) metrics_exporter: Option<Located<String>>,
    pub(super) logging: Option<Logging>,
    pub(super) log_calls: Vec<LogCall>,
    pub(super) env_reads: Vec<EnvRead>,
    pub(super) env_dynamic: bool,
    pub(super) runtime: Vec<RuntimeFact>,
    pub(super) tls: TlsFacts,
    pub(super) uses: Uses,
    /// Calls of `debug.SetGCPercent`.
    collector_calls: u32,
}

/// A call of reachable code with what it leads to.
#[derive(Debug)]
pub(super) struct Site<'r, 'a> {
    pub(super) repo: &'r Repo<'a>,
    pub(super) function: FnRef,
    pub(super) file: FileRef,
    pub(super) id: CallId,
    pub(super) call: &'a Call,
    pub(super) callee: Callee<'a>,
}

impl<'a> Site<'_, 'a> {
    pub(super) fn place(&self) -> Place {
        self.repo.place(self.file, &self.call.place)
    }

    pub(super) fn argument_text(&self, at: usize) -> Option<(String, Place)> {
        fold::text(self.repo, self.file, *self.call.args.get(at)?)
    }

    /// Import path, receiver type and name of a call that leads out of the repository.
    pub(super) fn external(&self) -> Option<(&'a str, Option<&'a str>, &'a str)> {
        match &self.callee {
            Callee::External(path, name) => Some((path, None, name)),
            Callee::ExternalMethod(path, ty, name) => Some((path, Some(ty), name)),
            _ => None,
        }
    }
}

/// What the programs of a repository have in common.
#[derive(Debug)]
pub(super) struct Shared {
    routers: routes::Routers,
    marks: marks::AllMarks,
}

impl Shared {
    pub(super) fn new(repo: &Repo<'_>) -> Self {
        Self { routers: routes::Routers::new(repo), marks: marks::AllMarks::new(repo) }
    }
}

/// Collects the facts.
pub(super) fn collect(
    repo: &Repo<'_>,
    shared: &Shared,
    reach: &Reach,
    closure: &[PackageId],
) -> Facts {
    let mut facts = Facts::default();
    let loops = Loops::of(repo, reach);
    let sure = match reach.functions.first() {
        Some(main) => Sure::new(repo, &shared.marks, *main, closure),
        None => Sure::default(),
    };
    let mut flags = flags::Definitions::default();
    let mut logs = logging::Logs::new(repo, closure);
    let mut metrics = metrics::Metrics::default();
    let mut env = env::Environment::new(repo, reach);
    let routes = routes::Routes::new(&shared.routers);
    let mut tls = tls::Tls::default();
    for (function, file, id, call) in reach.calls(repo) {
        let callee = repo.callee(file, call);
        let site = Site { repo, function, file, id, call, callee };
        // How a library logs and what it asks for is not the program's choice.
        if !repo.is_foreign(file) {
            logs.call(&site);
            uses::call(&site, &sure, &mut facts);
        }
        routes.call(&site, &mut facts);
        readiness::call(&site, &mut facts);
        env.call(&site, &sure, &mut facts);
        flags.call(&site, &sure);
        runtime::call(&site, &loops, &sure, &mut facts);
        tls.call(&site, &loops);
        metrics.call(&site, &loops);
    }
    for (file, code) in package_files(repo, closure) {
        // Calls of package variables belong to no function.
        for (id, call) in outer_calls(repo, file) {
            let callee = repo.callee(file, call);
            let function = FnRef { file, function: goready_parse::go::code::FunctionId(u32::MAX) };
            let site = Site { repo, function, file, id, call, callee };
            env.call(&site, &sure, &mut facts);
            flags.call(&site, &sure);
            if !repo.is_foreign(file) {
                uses::call(&site, &sure, &mut facts);
            }
            metrics.call(&site, &loops);
        }
        routes.literals(repo, file, code, &mut facts);
    }
    env.tags(repo, closure, &mut facts);
    packages::imports(repo, closure, &mut facts);
    runtime::imports(repo, closure, &mut facts);
    runtime::finish(&mut facts);
    uses::finish(repo, &shared.marks, (reach, closure), &mut facts);
    facts.uses.flags = flags.finish(repo, &shared.marks, closure);
    facts.uses.commands = sure.commands;
    logs.finish(&mut facts);
    facts.tls = tls.finish(repo, reach, closure);
    facts.metrics = metrics.finish(repo, closure);
    facts.sort();
    facts
}

impl Facts {
    /// Puts what was found in the order of the source, each once.
    fn sort(&mut self) {
        self.routes.sort_by(|a, b| (a.place, &a.path).cmp(&(b.place, &b.path)));
        self.routes.dedup();
        self.env_reads.sort_by(|a, b| (a.place, &a.name).cmp(&(b.place, &b.name)));
        self.env_reads.dedup_by(|a, b| a.place == b.place && a.name == b.name);
        self.runtime.sort_by_key(|it| it.place);
    }
}

/// Files of all packages of a closure.
fn package_files<'r, 'a>(
    repo: &'r Repo<'a>,
    closure: &'r [PackageId],
) -> impl Iterator<Item = (FileRef, &'a goready_parse::go::code::Code)> + 'r {
    closure
        .iter()
        .filter_map(|it| repo.symbols(*it))
        .flat_map(|it| it.files.iter())
        .map(|file| (*file, repo.code(*file)))
}

/// Calls that stand outside of every function.
fn outer_calls<'a>(repo: &Repo<'a>, file: FileRef) -> Vec<(CallId, &'a Call)> {
    let code = repo.code(file);
    let mut inside: Vec<std::ops::Range<u32>> = code
        .functions()
        .filter(|(_, it)| it.parent.is_none())
        .map(|(_, it)| it.calls.clone())
        .filter(|it| !it.is_empty())
        .collect();
    // Outermost functions follow each other, so only the last one that starts before can hold it.
    inside.sort_by_key(|it| it.start);
    let is_inside = |id: CallId| {
        let next = inside.partition_point(|it| it.start <= id.0);
        next.checked_sub(1).and_then(|it| inside.get(it)).is_some_and(|it| it.contains(&id.0))
    };
    code.calls().filter(|(id, _)| !is_inside(*id)).collect()
}

/// Which calls run again and again.
#[derive(Debug, Default)]
pub(super) struct Loops {
    looped: BTreeSet<(FileRef, CallId)>,
    handlers: BTreeSet<FnRef>,
    /// Functions that `main` calls at least twice, whatever happens.
    twice: BTreeSet<FnRef>,
}

impl Loops {
    fn of(repo: &Repo<'_>, reach: &Reach) -> Self {
        let mut loops = Self::default();
        for function in &reach.functions {
            let Some(it) = repo.function(*function) else { continue };
            if is_handler(repo, *function) {
                loops.handlers.insert(*function);
            }
            let code = repo.code(function.file);
            let Some(body) = it.body else { continue };
            let mut pending = vec![(body, false)];
            while let Some((block, inside)) = pending.pop() {
                for step in code.block(block) {
                    if let StepKind::Call { call, .. } = &step.kind
                        && inside
                    {
                        loops.looped.insert((function.file, *call));
                    }
                    let loops_here =
                        inside || matches!(step.kind, StepKind::Loop(_) | StepKind::Range(_));
                    pending.extend(step.blocks().into_iter().map(|it| (it, loops_here)));
                }
            }
        }
        loops.twice = called_twice(repo, reach);
        loops
    }

    /// Why a call runs again, if it does. What `sync.Once` guards does not.
    pub(super) fn repetition(&self, site: &Site<'_, '_>) -> Option<Repetition> {
        if site.repo.is_foreign(site.file) || guarded_by_once(site) || is_conditional(site) {
            None
        } else if self.in_handler(site) {
            Some(Repetition::Request)
        } else if self.in_loop(site) {
            Some(Repetition::Loop)
        } else {
            self.called_again(site).then_some(Repetition::Calls)
        }
    }

    /// Whether a call stands in a function that `main` calls again, outside of every branch.
    fn called_again(&self, site: &Site<'_, '_>) -> bool {
        let body = site.repo.function(site.function).and_then(|it| it.body);
        let code = site.repo.code(site.file);
        self.twice.contains(&site.function)
            && body.is_some_and(|it| {
                code.block(it).iter().any(
                    |step| matches!(&step.kind, StepKind::Call { call, .. } if *call == site.id),
                )
            })
    }

    pub(super) fn in_loop(&self, site: &Site<'_, '_>) -> bool {
        self.looped.contains(&(site.file, site.id))
    }

    /// Whether a call stands in a function that runs for each request, or in a literal of one.
    pub(super) fn in_handler(&self, site: &Site<'_, '_>) -> bool {
        let code = site.repo.code(site.file);
        let at = &site.call.place;
        self.handlers.iter().any(|it| {
            it.file == site.file
                && code
                    .function(it.function)
                    .is_some_and(|it| it.span.start <= at.start && at.end <= it.span.end)
        })
    }
}

/// Whether a call stands in a branch of its function: it may run only the first time.
fn is_conditional(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    let at = &site.call.place;
    let holds = |it: &goready_parse::go::code::Bytes| it.start <= at.start && at.end <= it.end;
    let innermost = code
        .functions()
        .filter(|(_, it)| holds(&it.span))
        .min_by_key(|(_, it)| it.span.end - it.span.start);
    let Some(body) = innermost.and_then(|(_, it)| it.body) else { return false };
    let mut conditional = false;
    code.walk(body, &mut |step| {
        if matches!(step.kind, StepKind::If { .. } | StepKind::Switch(_)) {
            for block in step.blocks() {
                code.walk(block, &mut |inner| {
                    conditional |=
                        matches!(&inner.kind, StepKind::Call { call, .. } if *call == site.id);
                });
            }
        }
    });
    conditional
}

/// Whether a call stands in a function literal that is given to `once.Do` or `sync.OnceFunc`.
fn guarded_by_once(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    let at = &site.call.place;
    code.calls().any(|(_, call)| {
        let once = match code.expr(call.callee) {
            Expr::Select { field, .. } => {
                matches!(code.text(*field), "Do" | "OnceFunc" | "OnceValue" | "OnceValues")
            }
            _ => false,
        };
        once && call.args.iter().any(|it| match code.expr(*it) {
            Expr::Function(literal) => code
                .function(*literal)
                .is_some_and(|it| it.span.start <= at.start && at.end <= it.span.end),
            _ => false,
        })
    })
}

/// Functions without parameters that the program's `main` calls at least twice in its outermost
/// block.
fn called_twice(repo: &Repo<'_>, reach: &Reach) -> BTreeSet<FnRef> {
    let Some(main) = reach.functions.first().copied() else { return BTreeSet::new() };
    let Some(body) = repo.function(main).and_then(|it| it.body) else { return BTreeSet::new() };
    let code = repo.code(main.file);
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for step in code.block(body) {
        let StepKind::Call { call, .. } = &step.kind else { continue };
        let Some(call) = code.call(*call) else { continue };
        if let Callee::Own(function) = repo.callee(main.file, call)
            && repo
                .function(function)
                .is_some_and(|it| it.params.is_empty() && it.receiver.is_none())
            && !seen.insert(function)
        {
            twice.insert(function);
        }
    }
    twice
}

/// A function with the parameters of a request handler.
fn is_handler(repo: &Repo<'_>, function: FnRef) -> bool {
    const REQUESTS: [(&str, &str); 8] = [
        ("net/http", "ResponseWriter"),
        ("net/http", "Request"),
        ("github.com/gin-gonic/gin", "Context"),
        ("github.com/labstack/echo", "Context"),
        ("github.com/gofiber/fiber", "Ctx"),
        ("github.com/valyala/fasthttp", "RequestCtx"),
        ("github.com/kataras/iris", "Context"),
        ("github.com/cloudwego/hertz/pkg/app", "RequestContext"),
    ];
    let Some(it) = repo.function(function) else { return false };
    it.params.iter().any(|param| match repo.named(Ty::Written(function.file, param.ty)) {
        Some(Named::External(path, name)) => {
            let (base, _) = super::libraries::base_path(path);
            REQUESTS.contains(&(&*base, name))
        }
        _ => false,
    })
}
