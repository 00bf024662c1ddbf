//! One main package as a [`Program`].

use std::collections::BTreeSet;

use goready_model::{Drain, Located, Logging, Program, ProgramId, ServerStart, ShutdownCall};

use super::{
    facts,
    interest::Interests,
    libraries::Effect,
    packages::{Member, PackageId},
    process::{self, Run},
    reach::Reach,
    repo::{FnRef, Repo, Target},
    signals,
    verdict::{self, Possible},
};

/// Directories whose programs nobody ships.
const SAMPLES: [&str; 13] = [
    "examples",
    "example",
    "_example",
    "_examples",
    "samples",
    "sample",
    "hack",
    "tools",
    "demo",
    "testing",
    "test",
    "tests",
    "e2e",
];

/// The facts of a main package; `None` when it has no `main` function.
pub(super) fn program<'a>(
    repo: &'a Repo<'a>,
    shared: &facts::Shared,
    interests: &Interests<'a>,
    package: PackageId,
    closure: &[PackageId],
) -> Option<Program> {
    let symbols = repo.symbols(package)?;
    let main = *symbols.functions.get("main")?;
    let info = repo.packages.get(package)?;
    let reach = Reach::new(repo, main, closure);
    let possible = possible(repo, &reach);
    let inits: Vec<FnRef> = closure
        .iter()
        .filter_map(|it| repo.symbols(*it))
        .flat_map(|it| it.inits.iter().copied())
        .collect();
    let profiled = closure
        .iter()
        .filter_map(|it| repo.packages.get(*it))
        .any(|it| it.external.contains("net/http/pprof"));
    let runs = process::runs(repo, interests, main, &inits, profiled);
    let observed = Observed::of(&runs);
    let judgement = verdict::judge(runs, &possible);
    let facts = facts::collect(repo, shared, &reach, closure);
    let module = info.module.and_then(|it| repo.mods.get(it));
    let code = repo.function(main)?;
    let run = judgement.run.as_ref();
    Some(Program {
        id: ProgramId(0),
        dir: info.dir.clone(),
        module: module.map(|it| it.module.clone()).unwrap_or_default(),
        go_mod: info.module,
        kind: verdict::kind(
            &judgement,
            is_command_line(repo, &reach, closure) || is_own_tool(&info.dir),
        ),
        sample: info.dir.split('/').any(|it| SAMPLES.contains(&it)),
        main: repo.place(main.file, &code.place),
        signals: reach
            .calls(repo)
            .filter(|(_, file, ..)| !repo.is_foreign(*file))
            .filter_map(|(_, file, _, call)| signals::signal_call(repo, file, call))
            .collect(),
        servers: observed.servers,
        shutdowns: run.map(shutdowns).unwrap_or_default(),
        drain: Drain { steps: run.map(|it| it.drain.clone()).unwrap_or_default() },
        exit_after_sigterm: judgement.exit,
        sigterm: judgement.sigterm,
        listens: observed.listens,
        routes: facts.routes,
        routes_dynamic: facts.routes_dynamic,
        grpc_health: facts.grpc_health,
        readiness_flip: facts.readiness_flip,
        metrics: facts.metrics,
        metrics_exporter: facts.metrics_exporter,
        logging: facts.logging.unwrap_or(Logging::None),
        log_calls: facts.log_calls,
        env_reads: facts.env_reads,
        env_dynamic: facts.env_dynamic,
        runtime: facts.runtime,
        tls: facts.tls,
        uses: facts.uses,
        imports: closure
            .iter()
            .filter_map(|it| repo.packages.get(*it))
            .flat_map(|it| it.external.iter().map(|it| (*it).to_owned()).chain(it.foreign_path()))
            .collect(),
        cgo: cgo(repo, closure),
        cgo_required: cgo_required(repo, package),
        secret_sinks: Vec::new(),
        incomplete: closure
            .iter()
            .filter_map(|it| repo.symbols(*it))
            .flat_map(|it| &it.files)
            .any(|it| repo.file(*it).is_some_and(|it| it.broken)),
    })
}

/// The shutdowns of a run; a timer set anywhere after the signal may bound them.
fn shutdowns(run: &Run) -> Vec<ShutdownCall> {
    let bounded =
        |it: &ShutdownCall| ShutdownCall { unbounded: it.unbounded && !run.timed, ..it.clone() };
    run.shutdowns.iter().map(bounded).collect()
}

/// What all runs saw, whichever decided.
struct Observed {
    servers: Vec<ServerStart>,
    listens: Vec<goready_model::Listen>,
}

impl Observed {
    fn of(runs: &[Run]) -> Self {
        let mut observed = Self { servers: Vec::new(), listens: Vec::new() };
        for run in runs {
            for served in &run.servers {
                let start = ServerStart {
                    call: served.server.call.clone(),
                    kind: served.server.kind,
                    place: served.server.place,
                    without_value: served.server.detached,
                    administrative: served.server.administrative,
                    routed: served.server.routed,
                    headers_unlimited: served.server.headers_unlimited,
                };
                let known = observed.servers.iter().any(|it| it.place == start.place);
                if served.started && !known {
                    observed.servers.push(start);
                }
            }
            for listen in &run.listens {
                if !observed.listens.contains(listen) {
                    observed.listens.push(listen.clone());
                }
            }
        }
        observed.servers.sort_by_key(|it| it.place);
        observed.listens.sort_by_key(|it| it.place);
        observed
    }
}

/// What the generous call graph knows of signals and servers.
fn possible(repo: &Repo<'_>, reach: &Reach) -> Possible {
    let mut possible = Possible::default();
    for (_, file, _, call) in reach.calls(repo) {
        let place = repo.place(file, &call.place);
        if let Some(signal) = signals::signal_call(repo, file, call) {
            let registers = matches!(
                signal.function.as_str(),
                "signal.Notify" | "signal.NotifyContext" | "run.SignalHandler"
            );
            if registers && signal.covers_sigterm() != Some(false) {
                possible.registrations.push(place);
            }
            continue;
        }
        let callee = repo.callee(file, call);
        let Some(model) = repo.library(repo.package_of(file), &callee) else { continue };
        match model.effect {
            Effect::SignalContext | Effect::SignalChannel | Effect::RunContainer => {
                possible.registrations.push(place);
            }
            Effect::Serve | Effect::Start => possible.servers.push(place),
            Effect::Unknown => possible.unknown = true,
            _ => {}
        }
        if model.signals {
            possible.registrations.push(place);
        }
    }
    possible
}

/// Whether a program by its directory serves those who work on the repository: generators, checks.
fn is_own_tool(dir: &str) -> bool {
    const FOLDERS: [&str; 9] =
        ["gen", "generate", "generator", "hack", "internal", "script", "scripts", "tool", "tools"];
    dir.split('/').any(|it| FOLDERS.contains(&it))
}

/// Whether the program reads a command line.
fn is_command_line(repo: &Repo<'_>, reach: &Reach, closure: &[PackageId]) -> bool {
    const PARSERS: [&str; 8] = [
        "flag",
        "github.com/spf13/cobra",
        "github.com/spf13/pflag",
        "github.com/urfave/cli",
        "github.com/alecthomas/kong",
        "github.com/alecthomas/kingpin",
        "gopkg.in/alecthomas/kingpin.v2",
        "github.com/jessevdk/go-flags",
    ];
    let imports: BTreeSet<&str> = closure
        .iter()
        .filter_map(|it| repo.packages.get(*it))
        .filter(|it| !it.is_foreign())
        .flat_map(|it| it.external.iter().copied())
        .collect();
    let parser = imports.iter().any(|it| {
        PARSERS.iter().any(|parser| {
            it.strip_prefix(parser).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        })
    });
    parser || reads_arguments(repo, reach)
}

fn reads_arguments(repo: &Repo<'_>, reach: &Reach) -> bool {
    let own = reach.functions.iter().filter(|it| !repo.is_foreign(it.file));
    own.into_iter().any(|function| {
        let code = repo.code(function.file);
        let Some(it) = repo.function(*function) else { return false };
        code.exprs_in(it.exprs.clone()).any(|(_, expr)| match expr {
            goready_parse::go::code::Expr::Select { base, field } => {
                let goready_parse::go::code::Expr::Global(name) = code.expr(*base) else {
                    return false;
                };
                code.text(*field) == "Args"
                    && repo.import(function.file, code.text(*name)) == Some(Target::External("os"))
            }
            _ => false,
        })
    })
}

/// Modules that are nothing without cgo. Source: the modules' documentation; that of
/// `gorm.io/driver/sqlite` is its import of the first.
const CGO_MODULES: [&str; 11] = [
    "github.com/mattn/go-sqlite3",
    "gorm.io/driver/sqlite",
    "github.com/confluentinc/confluent-kafka-go",
    "github.com/marcboeker/go-duckdb",
    "github.com/linxGnu/grocksdb",
    "github.com/tecbot/gorocksdb",
    "github.com/h2non/bimg",
    "github.com/davidbyttow/govips",
    "gocv.io/x/gocv",
    "github.com/godror/godror",
    "github.com/google/gopacket/pcap",
];

/// The module of the table that an import path belongs to.
fn cgo_module(path: &str) -> Option<&'static str> {
    CGO_MODULES.into_iter().find(|module| {
        path.strip_prefix(module).is_some_and(|it| it.is_empty() || it.starts_with('/'))
    })
}

/// `import "C"` of the program's own packages, or a module that needs cgo.
fn cgo(repo: &Repo<'_>, closure: &[PackageId]) -> Option<Located<String>> {
    // It has another way where there is no cgo.
    const OPTIONAL: &str = "github.com/shoenig/go-m1cpu";
    closure
        .iter()
        .filter_map(|it| repo.packages.get(*it))
        .filter(|it| !it.is_foreign())
        .flat_map(|it| &it.members)
        .flat_map(|it| &it.facts.header.imports)
        .find(|it| it.path == "C" || it.path == OPTIONAL || cgo_module(&it.path).is_some())
        .map(|it| Located::new(it.path.clone(), it.place))
}

/// What needs cgo although the files that import "C", and all that have build constraints, are
/// left out on the way from the main package.
fn cgo_required(repo: &Repo<'_>, main: PackageId) -> Option<Located<String>> {
    let mut seen = BTreeSet::from([main]);
    let mut open = vec![main];
    while let Some(id) = open.pop() {
        let Some(package) = repo.packages.get(id) else { continue };
        let uses_c = |it: &&Member<'_>| it.facts.header.imports.iter().any(|it| it.path == "C");
        if !package.alternatives && package.members.iter().all(|it| uses_c(&it)) {
            let mut imports = package.members.iter().flat_map(|it| &it.facts.header.imports);
            let found = imports.find(|it| it.path == "C");
            return found.map(|it| Located::new("C".to_owned(), it.place));
        }
        let kept =
            package.members.iter().filter(|it| !uses_c(it) && it.facts.header.constraint.is_none());
        for import in kept.flat_map(|it| &it.facts.header.imports) {
            let replaced = package.module.and_then(|it| repo.mods.get(it)).is_some_and(|it| {
                it.replaces.iter().any(|(old, _)| cgo_module(old) == cgo_module(&import.path))
            });
            match repo.packages.find(&import.path, package.module, repo.mods) {
                Some(next) if seen.insert(next) => open.push(next),
                Some(_) => {}
                None => {
                    if let Some(module) = cgo_module(&import.path).filter(|_| !replaced) {
                        return Some(Located::new(module.to_owned(), import.place));
                    }
                }
            }
        }
    }
    None
}
