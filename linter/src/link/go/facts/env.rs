//! Environment variables that a program reads: direct calls, helpers of its own, struct tags and
//! options of configuration packages.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use goready_model::{EnvRead, Place};
use goready_parse::go::code::{
    BlockId, Call, CallId, Code, Expr, ExprId, Operator, StepKind, TypeExpr,
};

use super::{Facts, Site, Sure, fold, settings::Filled};
use crate::link::go::{
    libraries::base_path,
    packages::PackageId,
    reach::Reach,
    repo::{Callee, FileRef, FnRef, Repo},
    tags,
};

/// A function of the program that reads the variable one of its parameters names.
#[derive(Debug, Clone, Copy)]
struct Helper {
    name_argument: usize,
    /// It ends the program, or fails, when the variable is not set.
    required: bool,
    /// It ends the program whenever the variable is empty.
    demanding: bool,
}

/// Helpers found so far.
#[derive(Debug)]
pub(super) struct Environment {
    helpers: BTreeMap<FnRef, Helper>,
    filled: Filled,
}

impl Environment {
    pub(super) fn new(repo: &Repo<'_>, reach: &Reach) -> Self {
        let mut helpers = BTreeMap::new();
        // Helpers of helpers: two rounds are enough for what people write.
        for _ in 0..2 {
            for function in &reach.functions {
                if let Some(helper) = helper(repo, *function, &helpers) {
                    helpers.insert(*function, helper);
                }
            }
        }
        Self { helpers, filled: Filled::default() }
    }

    pub(super) fn call(&mut self, site: &Site<'_, '_>, sure: &Sure, facts: &mut Facts) {
        let own = !site.repo.is_foreign(site.file);
        let at_start = own && sure.at_start(site.file, site.id);
        if let Callee::Own(function) = &site.callee
            && let Some(helper) = self.helpers.get(function)
        {
            if let Some((name, place)) = site.argument_text(helper.name_argument) {
                let default = default_argument(site, helper.name_argument);
                let need = Need {
                    required: helper.required && default.is_none(),
                    demanded: helper.demanding && default.is_none() && at_start,
                };
                push(facts, name, place, need, default);
            }
            return;
        }
        self.filled.call(site, sure);
        let Some((path, on, name)) = site.external() else { return };
        let (base, _) = base_path(path);
        match (&*base, on, name) {
            ("os", None, "Getenv" | "LookupEnv") if self.is_in_helper(site) => {}
            ("os", None, "Getenv" | "LookupEnv") => match site.argument_text(0) {
                Some((name, place)) => {
                    let demanded = at_start && demands(site, sure);
                    let required = demanded || is_required(site);
                    push(facts, name, place, Need { required, demanded }, None);
                }
                None => facts.env_dynamic = true,
            },
            ("os", None, "Environ" | "ExpandEnv")
            | ("github.com/spf13/viper", _, "AutomaticEnv") => facts.env_dynamic = true,
            ("github.com/spf13/viper", _, "BindEnv" | "MustBindEnv") => {
                for at in 1..site.call.args.len() {
                    if let Some((name, place)) = site.argument_text(at) {
                        push(facts, name, place, Need::default(), None);
                    }
                }
                if site.call.args.len() == 1 {
                    facts.env_dynamic = true;
                }
            }
            ("github.com/urfave/cli", None, "EnvVars") => {
                for at in 0..site.call.args.len() {
                    if let Some((name, place)) = site.argument_text(at) {
                        push(facts, name, place, Need::default(), None);
                    }
                }
            }
            (_, _, "Envar" | "OverrideDefaultFromEnvar") if base.contains("kingpin") => {
                if let Some((name, place)) = site.argument_text(0) {
                    push(facts, name, place, Need::default(), None);
                }
            }
            ("github.com/joho/godotenv" | "github.com/knadh/koanf/providers/env", ..) => {
                facts.env_dynamic |= base.ends_with("/env");
            }
            _ => {}
        }
    }

    fn is_in_helper(&self, site: &Site<'_, '_>) -> bool {
        let Some(argument) = site.call.args.first() else { return false };
        let code = site.repo.code(site.file);
        matches!(code.expr(*argument), Expr::Local(var) if code.variable(*var).is_some_and(|it| it.parameter))
            && self.helpers.contains_key(&site.function)
    }

    /// Struct tags, where the program uses a package that reads them, and literals of options.
    pub(super) fn tags(&self, repo: &Repo<'_>, closure: &[PackageId], facts: &mut Facts) {
        let imports: BTreeSet<Cow<'_, str>> = closure
            .iter()
            .filter_map(|it| repo.packages.get(*it))
            .flat_map(|it| it.external.iter().map(|it| base_path(it).0))
            .collect();
        let uses =
            |path: &str| imports.iter().any(|it| it == path || it.starts_with(&format!("{path}/")));
        let env = uses("github.com/caarlos0/env")
            || uses("github.com/ilyakaznacheev/cleanenv")
            || uses("github.com/sethvargo/go-envconfig")
            || uses("github.com/alecthomas/kong")
            || uses("github.com/jessevdk/go-flags")
            || uses("github.com/Netflix/go-env")
            || uses("github.com/alexflint/go-arg");
        let envconfig = uses("github.com/kelseyhightower/envconfig");
        for (file, code) in super::package_files(repo, closure) {
            if env || envconfig {
                tagged((repo, file, code), envconfig, &self.filled, facts);
            }
            option_literals(repo, file, code, facts);
        }
    }
}

/// What a program does without a variable.
#[derive(Debug, Clone, Copy, Default)]
struct Need {
    required: bool,
    demanded: bool,
}

fn push(facts: &mut Facts, name: String, place: Place, need: Need, default: Option<String>) {
    if !name.is_empty() {
        let credential = goready_parse::secrets::names_credential(&name);
        let Need { required, demanded } = need;
        facts.env_reads.push(EnvRead { name, place, required, demanded, default, credential });
    }
}

/// The other text argument of a helper's call.
fn default_argument(site: &Site<'_, '_>, name_argument: usize) -> Option<String> {
    let others = (name_argument + 1..site.call.args.len()).filter_map(|it| site.argument_text(it));
    let mut others = others.map(|(text, _)| text);
    others.next()
}

/// Whether a function reads the variable that one of its parameters names.
fn helper(repo: &Repo<'_>, function: FnRef, known: &BTreeMap<FnRef, Helper>) -> Option<Helper> {
    let it = repo.function(function)?;
    let code = repo.code(function.file);
    for call in code.calls_in(it.calls.clone()) {
        let (argument, inner_required, demanding) = match repo.callee(function.file, call) {
            Callee::External("os", "Getenv" | "LookupEnv") => {
                let demanding = demands_result(repo, function, call.id, &|block| {
                    super::surely::exits(repo, function.file, block)
                });
                (call.args.first().copied(), false, demanding)
            }
            Callee::Own(inner) if inner != function => match known.get(&inner) {
                Some(helper) => {
                    (call.args.get(helper.name_argument).copied(), helper.required, false)
                }
                None => continue,
            },
            _ => continue,
        };
        let Some(Expr::Local(var)) = argument.map(|it| code.expr(it)) else { continue };
        let position = it.params.iter().position(|it| it.var == Some(*var))?;
        let body = it.body?;
        let required = inner_required || ends_on_failure(repo, function.file, code, body);
        return Some(Helper { name_argument: position, required, demanding });
    }
    None
}

/// Whether some branch of a body ends the program.
fn ends_on_failure(repo: &Repo<'_>, file: FileRef, code: &Code, body: BlockId) -> bool {
    let mut ends = false;
    code.walk(body, &mut |step| {
        if let StepKind::Call { call, .. } = &step.kind
            && let Some(call) = code.call(*call)
        {
            ends |= is_exit(repo, file, code, call);
        }
    });
    ends
}

pub(super) fn is_exit(repo: &Repo<'_>, file: FileRef, code: &Code, call: &Call) -> bool {
    match repo.callee(file, call) {
        Callee::Builtin("panic") | Callee::External("os", "Exit") => true,
        Callee::External(_, name) | Callee::ExternalMethod(_, _, name) => {
            crate::link::go::interest::is_fatal(name) || matches!(name, "Panic" | "Panicf")
        }
        Callee::Unknown => match code.expr(call.callee) {
            Expr::Select { field, .. } => crate::link::go::interest::is_fatal(code.text(*field)),
            _ => false,
        },
        _ => false,
    }
}

/// Whether the program ends when the variable read here is empty: the result goes into a variable,
/// and a branch on it ends the program.
fn is_required(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    let Some(function) = site.repo.function(site.function) else { return false };
    let Some(body) = function.body else { return false };
    let mut vars = Vec::new();
    let mut required = false;
    code.walk(body, &mut |step| match &step.kind {
        StepKind::Assign { targets, values }
            if values.iter().any(|it| code.is_result_of(*it, site.id)) =>
        {
            vars.extend(targets.iter().filter_map(|it| match code.expr(*it) {
                Expr::Local(var) => Some(*var),
                _ => None,
            }));
        }
        StepKind::If { condition, then, .. }
            if !vars.is_empty() && tests_empty(code, *condition, &vars) =>
        {
            required |= ends_on_failure(site.repo, site.file, code, *then);
        }
        _ => {}
    });
    required
}

/// Whether the function that reads the variable ends the program when it is empty, whatever else
/// is the case.
fn demands(site: &Site<'_, '_>, sure: &Sure) -> bool {
    let (repo, function) = (site.repo, site.function);
    demands_result(repo, function, site.id, &|block| sure.block_ends(repo, function, block, 0))
}

/// `ends` says whether a block ends the program.
fn demands_result(
    repo: &Repo<'_>,
    function: FnRef,
    read: CallId,
    ends: &dyn Fn(BlockId) -> bool,
) -> bool {
    let code = repo.code(function.file);
    let Some(body) = repo.function(function).and_then(|it| it.body) else { return false };
    let mut vars = Vec::new();
    let mut open = vec![body];
    // Only what is decided by nothing else: the outermost block and plain blocks in it.
    while let Some(block) = open.pop() {
        for step in code.block(block) {
            match &step.kind {
                StepKind::Assign { targets, values }
                    if values.iter().any(|it| code.is_result_of(*it, read)) =>
                {
                    vars.extend(targets.iter().filter_map(|it| match code.expr(*it) {
                        Expr::Local(var) => Some(*var),
                        _ => None,
                    }));
                }
                StepKind::If { condition, then, .. }
                    if !vars.is_empty()
                        && only_tests_empty(code, *condition, &vars)
                        && ends(*then) =>
                {
                    return true;
                }
                StepKind::Block(inner) => open.push(*inner),
                _ => {}
            }
        }
    }
    false
}

/// A test for the empty value that no other condition weakens.
fn only_tests_empty(
    code: &Code,
    condition: ExprId,
    vars: &[goready_parse::go::code::VarId],
) -> bool {
    match code.expr(condition) {
        Expr::Binary { operator: Operator::And, .. } => false,
        Expr::Binary { operator: Operator::Or, left, right } => {
            only_tests_empty(code, *left, vars) || only_tests_empty(code, *right, vars)
        }
        _ => tests_empty(code, condition, vars),
    }
}

/// `v == ""`, `!ok`, `len(v) == 0`.
fn tests_empty(code: &Code, condition: ExprId, vars: &[goready_parse::go::code::VarId]) -> bool {
    let is_var = |expr: ExprId| matches!(code.expr(expr), Expr::Local(var) if vars.contains(var));
    match code.expr(condition) {
        Expr::Binary { operator: Operator::Equal, left, right } => {
            let empty = match code.expr(*right) {
                Expr::Str(name) => code.text(*name).is_empty(),
                Expr::Int(0) => true,
                _ => false,
            };
            let subject = is_var(*left)
                || code
                    .call_of(*left)
                    .is_some_and(|it| it.args.first().is_some_and(|it| is_var(*it)));
            empty && subject
        }
        Expr::Binary { operator: Operator::Or | Operator::And, left, right } => {
            tests_empty(code, *left, vars) || tests_empty(code, *right, vars)
        }
        Expr::Unary { operator: Operator::Not, operand } => is_var(*operand),
        _ => false,
    }
}

fn tagged(
    (repo, file, code): (&Repo<'_>, FileRef, &Code),
    envconfig: bool,
    filled: &Filled,
    facts: &mut Facts,
) {
    for ty in code.types() {
        let TypeExpr::Struct(fields) = ty else { continue };
        for (tag, at) in fields.iter().filter_map(|it| it.tag.as_ref()) {
            let text = code.text(*tag);
            let name = tags::value(text, "env")
                .or_else(|| tags::value(text, "envconfig").filter(|_| envconfig));
            let Some(name) = name else { continue };
            let mut parts = name.split(',');
            let variable = parts.next().unwrap_or("").trim_start_matches("env:");
            let flags: Vec<&str> = parts.map(str::trim).collect();
            let default = ["envDefault", "env-default", "default"]
                .iter()
                .find_map(|it| tags::value(text, it))
                .map(str::to_owned)
                .or_else(|| {
                    flags.iter().find_map(|it| it.strip_prefix("default=")).map(str::to_owned)
                });
            let required = flags.iter().any(|it| matches!(*it, "required" | "notEmpty"))
                || tags::value(text, "required").is_some_and(|it| it == "true")
                || tags::value(text, "env-required").is_some_and(|it| it == "true");
            let required = required && default.is_none();
            let need = Need { required, demanded: required && filled.holds(file, at) };
            push(facts, variable.to_owned(), repo.place(file, at), need, default);
        }
    }
}

/// `EnvVars: []string{"ADDR"}` and `EnvVar: "ADDR"` of command line packages.
fn option_literals(repo: &Repo<'_>, file: FileRef, code: &Code, facts: &mut Facts) {
    for (_, expr) in code.exprs() {
        let Expr::Composite { elements, .. } = expr else { continue };
        for element in elements {
            let Some(Expr::Global(key)) = element.key.map(|it| code.expr(it)) else { continue };
            match code.text(*key) {
                "EnvVars" => {
                    for (name, place) in fold::texts(repo, file, element.value).0 {
                        push(facts, name, place, Need::default(), None);
                    }
                }
                "EnvVar" => {
                    if let Some((name, place)) = fold::text(repo, file, element.value) {
                        push(facts, name, place, Need::default(), None);
                    }
                }
                _ => {}
            }
        }
    }
}
