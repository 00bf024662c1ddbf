//! Variables, functions and recipes of Makefiles, expanded for one caller.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeMap, HashMap},
};

use goready_model::{
    Located, MakeCondition, MakeFlavor, MakeRule, MakeVariable, Makefile, SourceText,
};

use super::{
    syntax::parse_text,
    text::{each, known_command, pattern_replaced, reference_length, split_arguments, words},
};
use crate::build::expand::{UNKNOWN, is_resolved, may_equal, unresolved};

/// References inside references that are followed.
const MAX_DEPTH: usize = 24;
/// References that one Makefile may expand.
const MAX_STEPS: usize = 500_000;
/// Texts that `$(eval ...)` may read.
const MAX_TEMPLATES: usize = 1024;
/// Longest text an expansion may grow to.
const MAX_LENGTH: usize = 64 * 1024;

/// A variable for a target, seen from an assignment.
type Key = (String, String, usize);

/// Paths for a pattern.
pub type Listing<'l> = dyn Fn(&str) -> Vec<String> + 'l;

/// A Makefile with its includes, and what its caller sets.
pub struct Make<'m> {
    /// In the order make reads them.
    pub files: Vec<&'m Makefile>,
    /// `make NAME=value`: wins over every assignment.
    pub arguments: BTreeMap<String, String>,
    /// The caller's environment: loses against assignments, wins over `?=`.
    pub environment: &'m dyn Fn(&str) -> Option<String>,
    /// `CURDIR`.
    pub directory: String,
    /// Paths for a pattern of `$(wildcard ...)`, relative to `directory`; without it they are not
    /// known.
    pub listing: Option<&'m Listing<'m>>,
    /// What `$(eval ...)` lines give.
    templates: Vec<Makefile>,
    /// References expanded so far, against texts that grow without end.
    steps: Cell<usize>,
    /// Values of variables, for what does not depend on a call's arguments.
    known: RefCell<HashMap<Key, Option<String>>>,
    /// Variables that are being expanded.
    open: RefCell<Vec<Key>>,
    /// Conditionals around each assignment.
    conditions: RefCell<HashMap<usize, Option<bool>>>,
    /// Assignments by name: their order, file and position.
    index: OnceCell<HashMap<String, Vec<Position>>>,
    /// The targets of each rule.
    names: OnceCell<Vec<Vec<String>>>,
}

/// An assignment: its order, file and position in the file.
type Position = (usize, usize, usize);

impl std::fmt::Debug for Make<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Make").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

/// What making one target runs.
#[derive(Debug, Default)]
pub struct Goal {
    pub prerequisites: Vec<String>,
    /// Recipe lines, expanded, in order.
    pub recipe: Vec<SourceText>,
    /// Variables the recipe finds in its environment.
    pub exports: Vec<Located<(String, String)>>,
}

/// What a reference is expanded for.
#[derive(Clone, Copy)]
struct Scope<'s> {
    target: &'s str,
    /// The targets that need this one, outermost first: it inherits their variables.
    parents: &'s [String],
    prerequisites: &'s [String],
    stem: &'s str,
    /// `$(1)` and so on of `$(call ...)`, and the variable of `$(foreach ...)`.
    locals: &'s [(String, String)],
    /// Only assignments in front of this one count: for `:=` and for conditionals.
    before: usize,
    depth: usize,
}

impl Scope<'_> {
    const NONE: Self = Scope {
        target: "",
        parents: &[],
        prerequisites: &[],
        stem: "",
        locals: &[],
        before: usize::MAX,
        depth: 0,
    };
}

impl<'m> Make<'m> {
    /// A Makefile with its includes, without arguments.
    pub fn new(
        files: Vec<&'m Makefile>,
        directory: &str,
        environment: &'m dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            files,
            arguments: BTreeMap::new(),
            environment,
            directory: directory.to_owned(),
            listing: None,
            templates: Vec::new(),
            steps: Cell::new(0),
            known: RefCell::default(),
            open: RefCell::default(),
            conditions: RefCell::default(),
            index: OnceCell::new(),
            names: OnceCell::new(),
        }
    }

    /// Reads what the `$(eval ...)` lines expand to.
    #[must_use]
    pub fn evaluated(mut self) -> Self {
        let lines: Vec<&SourceText> = self.files.iter().flat_map(|it| &it.evaluated).collect();
        let mut texts = Vec::new();
        for line in lines {
            self.evaluate(line.as_str(), Scope::NONE, &mut texts);
        }
        self.templates = texts.iter().take(MAX_TEMPLATES).map(parse_text).collect();
        // The templates add assignments.
        self.known.borrow_mut().clear();
        self.conditions.borrow_mut().clear();
        self.index = OnceCell::new();
        self.names = OnceCell::new();
        self
    }

    /// A text with its references expanded.
    pub fn text(&self, text: &str) -> String {
        self.expand(text, Scope::NONE)
    }

    /// The texts that `$(eval ...)` reads, under `$(foreach ...)` once for each word.
    fn evaluate(&self, text: &str, scope: Scope<'_>, found: &mut Vec<SourceText>) {
        let mut rest = text.trim();
        while let Some(dollar) = rest.find('$') {
            rest = &rest[dollar..];
            let length = reference_length(rest);
            let body = rest.get(2..length.saturating_sub(1)).unwrap_or("");
            rest = &rest[length..];
            let Some((function, arguments)) = body.split_once([' ', '\t']) else { continue };
            let raw = split_arguments(arguments.trim_start());
            if scope.depth > MAX_DEPTH || found.len() > MAX_TEMPLATES {
                return;
            }
            let scope = Scope { depth: scope.depth + 1, ..scope };
            match function {
                "foreach" => {
                    let (Some(name), Some(list)) = (raw.first(), raw.get(1)) else { continue };
                    let name = self.expand(name.trim(), scope);
                    let body = raw.get(2..).unwrap_or(&[]).join(",");
                    for word in words(&self.expand(list, scope)) {
                        let mut locals = scope.locals.to_vec();
                        locals.push((name.clone(), word));
                        self.evaluate(&body, Scope { locals: &locals, ..scope }, found);
                    }
                }
                "eval" => {
                    let inner = raw.join(",");
                    let inner = inner.trim();
                    let call = inner.strip_prefix("$(call ").and_then(|it| it.strip_suffix(')'));
                    if let Some(call) = call {
                        let raw = split_arguments(call);
                        found.extend(self.called(&raw, scope));
                    }
                }
                _ => {}
            }
        }
    }

    /// The body of a called variable with its places, references of the call filled in.
    fn called(&self, raw: &[&str], scope: Scope<'_>) -> Option<SourceText> {
        let name = self.expand(raw.first()?.trim(), scope);
        let locals = self.call_locals(raw, scope);
        let (_, body) = self.assignments(&name).last()?;
        Some(self.filled(&body.value, 0, Scope { locals: &locals, ..scope }))
    }

    /// The target of `make` without arguments: the first that is no `.PHONY`-like name.
    pub fn default_target(&self) -> Option<String> {
        let set = self.variable(".DEFAULT_GOAL", Scope::NONE).filter(|it| !it.is_empty());
        set.or_else(|| {
            self.named_rules()
                .flat_map(|(_, targets)| targets)
                .find(|it| !it.contains('%') && (!it.starts_with('.') || it.contains('/')))
                .cloned()
        })
    }

    /// Every target with a recipe, pattern rules as `%` patterns.
    pub fn all_targets(&self) -> Vec<String> {
        self.named_rules()
            .filter(|(rule, _)| !rule.recipe.is_empty())
            .flat_map(|(_, targets)| targets.iter().cloned())
            .collect()
    }

    /// Targets without a recipe that need others.
    pub fn gathering_targets(&self) -> Vec<String> {
        self.named_rules()
            .filter(|(rule, _)| rule.recipe.is_empty())
            .flat_map(|(_, targets)| targets.iter())
            .filter(|it| !it.contains('%') && !it.starts_with('.'))
            .cloned()
            .collect()
    }

    /// What making a target runs; `None` when no rule is for it. A target with `%` is made with
    /// its stem unknown. `parents` are the targets that need it, outermost first.
    pub fn goal(&self, target: &str, parents: &[String]) -> Option<Goal> {
        let mut goal = Goal::default();
        let mut found = false;
        let mut recipe = None;
        for (rule, targets) in self.named_rules() {
            if !targets.iter().any(|it| it == target) {
                continue;
            }
            found = true;
            let stem = self.prerequisites(rule, target, parents, None, &mut goal);
            if !rule.recipe.is_empty() {
                recipe = Some((rule, stem));
            }
        }
        if recipe.is_none()
            && let Some((rule, _, stem)) = self.pattern_rule(target)
        {
            found = true;
            let stem = self.prerequisites(rule, target, parents, Some(stem), &mut goal);
            recipe = Some((rule, stem));
        }
        let target = target.replace('%', UNKNOWN);
        if let Some((rule, stem)) = recipe {
            let prerequisites = goal.prerequisites.clone();
            let scope = Scope {
                target: &target,
                parents,
                prerequisites: &prerequisites,
                stem: &stem,
                ..Scope::NONE
            };
            goal.recipe = rule.recipe.iter().map(|it| self.line(it, scope)).collect();
            goal.exports = self.exports(scope);
        }
        found.then_some(goal)
    }

    fn rules(&self) -> impl Iterator<Item = &MakeRule> {
        self.all().flat_map(|it| &it.rules)
    }

    fn variables(&self) -> impl Iterator<Item = &MakeVariable> {
        self.all().flat_map(|it| &it.variables)
    }

    /// Every rule with its targets.
    fn named_rules(&self) -> impl Iterator<Item = (&MakeRule, &[String])> {
        let names = self.names.get_or_init(|| {
            let targets = |it: &MakeRule| words(&self.expand(it.targets.as_str(), Scope::NONE));
            self.rules().map(targets).collect()
        });
        self.rules().zip(names.iter().map(Vec::as_slice))
    }

    /// Adds what a rule needs for a target, and gives the stem: the pattern rule's, or that of a
    /// static pattern (`a-x b-x: %-x: %.o`).
    fn prerequisites(
        &self,
        rule: &MakeRule,
        target: &str,
        parents: &[String],
        stem: Option<String>,
        goal: &mut Goal,
    ) -> String {
        let unknown = || if target.contains('%') { UNKNOWN } else { "" }.to_owned();
        let mut stem = stem.unwrap_or_else(unknown);
        let scope = Scope { target, parents, stem: &stem, ..Scope::NONE };
        let text = self.expand(rule.prerequisites.as_str(), scope);
        let mut needed = text.as_str();
        if let Some((pattern, rest)) = text.split_once(':')
            && let Some((before, after)) = pattern.trim().split_once('%')
            && let Some(own) = target.strip_prefix(before).and_then(|it| it.strip_suffix(after))
        {
            own.clone_into(&mut stem);
            needed = rest;
        }
        let names = words(needed).into_iter().filter(|it| it != "|");
        goal.prerequisites.extend(names.map(|it| it.replacen('%', &stem, 1)));
        stem
    }

    /// The pattern that makes a target without a recipe of its own.
    pub fn pattern_of(&self, target: &str) -> Option<String> {
        let explicit = self.named_rules().any(|(rule, targets)| {
            !rule.recipe.is_empty() && targets.iter().any(|it| it == target)
        });
        if explicit { None } else { Some(self.pattern_rule(target)?.1.to_owned()) }
    }

    /// The first pattern rule for a target, with its pattern and stem.
    fn pattern_rule(&self, target: &str) -> Option<(&MakeRule, &str, String)> {
        self.named_rules().filter(|(rule, _)| !rule.recipe.is_empty()).find_map(
            |(rule, targets)| {
                targets.iter().find_map(|pattern| {
                    let (before, after) = pattern.split_once('%')?;
                    let stem = target.strip_prefix(before)?.strip_suffix(after)?;
                    (!stem.is_empty()).then(|| (rule, pattern.as_str(), stem.to_owned()))
                })
            },
        )
    }

    /// A recipe line for the shell: `@`, `-` and `+` in front dropped, references replaced.
    fn line(&self, line: &SourceText, scope: Scope<'_>) -> SourceText {
        let text = line.as_str();
        let start = text.len() - text.trim_start_matches(['@', '-', '+', ' ', '\t']).len();
        self.filled(line, start, scope)
    }

    /// A text from an offset on, references replaced, everything else where it stands.
    fn filled(&self, source: &SourceText, start: usize, scope: Scope<'_>) -> SourceText {
        let text = source.as_str();
        let mut found = SourceText::default();
        let mut at = start;
        while let Some(dollar) = text[at..].find('$') {
            found.push_range(source, at..at + dollar);
            at += dollar;
            let length = reference_length(&text[at..]);
            if let Some(place) = source.place(at..at + length) {
                let value = self.expand(&text[at..at + length], scope);
                found.push_replaced(&value, place.at);
            }
            at += length;
        }
        found.push_range(source, at..text.len());
        found
    }

    fn exports(&self, scope: Scope<'_>) -> Vec<Located<(String, String)>> {
        let all = self.files.iter().any(|it| it.export_all);
        let named = |name: &str| self.files.iter().any(|it| it.exports.iter().any(|it| it == name));
        let mut found: Vec<Located<(String, String)>> = Vec::new();
        for variable in self.variables() {
            // Variables of the environment and the command line stay in the environment.
            let inherited = (self.environment)(&variable.name).is_some()
                || self.arguments.contains_key(&variable.name);
            if !(all || variable.exported || inherited || named(&variable.name))
                || variable.name.contains(['$', ' ', '.'])
                || self.level(variable, scope).is_none()
            {
                continue;
            }
            let Some(value) = self.variable(&variable.name, scope) else { continue };
            let entry = Located::new((variable.name.clone(), value), value_place(variable));
            match found.iter_mut().find(|it| it.value.0 == variable.name) {
                Some(before) => *before = entry,
                None => found.push(entry),
            }
        }
        for (name, value) in &self.arguments {
            if found.iter().any(|it| it.value.0 == *name) {
                continue;
            }
            // The argument's own place is the caller's business.
            if let Some(place) = self.rules().next().map(|it| it.place) {
                found.push(Located::new((name.clone(), value.clone()), place));
            }
        }
        found
    }

    /// How near an assignment is to the target that is made: 0 for the file's own, then those of
    /// the targets that need it, its own last; `None` for another target's.
    fn level(&self, variable: &MakeVariable, scope: Scope<'_>) -> Option<usize> {
        let Some(targets) = &variable.target else { return Some(0) };
        if !scope.target.is_empty() && self.is_for(targets, scope.target) {
            return Some(scope.parents.len() + 1);
        }
        let parent = scope.parents.iter().rposition(|it| self.is_for(targets, it));
        parent.map(|it| it + 1)
    }

    fn is_for(&self, targets: &str, target: &str) -> bool {
        words(&self.expand(targets, Scope::NONE)).iter().any(|pattern| {
            pattern == target
                || pattern.split_once('%').is_some_and(|(before, after)| {
                    target.starts_with(before) && target.ends_with(after)
                })
                || (!is_resolved(target) && may_equal(pattern, target))
        })
    }

    /// Whether the conditionals around an assignment hold; `None` when that is not known. They are
    /// asked while the file is read, and what nothing has set by then is empty.
    fn holds(&self, order: usize, conditions: &[MakeCondition], depth: usize) -> Option<bool> {
        if let Some(known) = self.conditions.borrow().get(&order) {
            return *known;
        }
        let scope = Scope { before: order, depth: depth + 1, ..Scope::NONE };
        let mut all = Some(true);
        for condition in conditions {
            match self.compare(condition, scope) {
                Some(true) => {}
                Some(false) => {
                    all = Some(false);
                    break;
                }
                None => all = None,
            }
        }
        self.conditions.borrow_mut().insert(order, all);
        all
    }

    fn compare(&self, condition: &MakeCondition, scope: Scope<'_>) -> Option<bool> {
        let side = |text: &str| {
            let mut value = self.expand(text, scope);
            while let Some((before, rest)) = value.split_once("${") {
                let (name, after) = rest.split_once('}')?;
                if name == "?" || self.variable(name, scope).is_some() {
                    return None;
                }
                value = format!("{before}{after}");
            }
            Some(value.trim().to_owned())
        };
        Some((side(&condition.left)? == side(&condition.right)?) == condition.equal)
    }

    /// The value of a variable; `None` when nothing sets it.
    fn variable(&self, name: &str, scope: Scope<'_>) -> Option<String> {
        if let Some(value) = self.arguments.get(name) {
            return Some(value.clone());
        }
        let mut made = scope.parents.join(" ");
        made.push(' ');
        made.push_str(scope.target);
        let key = (made, name.to_owned(), scope.before);
        let plain = scope.locals.is_empty();
        if plain && let Some(value) = self.known.borrow().get(&key) {
            return value.clone();
        }
        // A variable that refers to itself stops make.
        if self.open.borrow().contains(&key) {
            return Some(UNKNOWN.to_owned());
        }
        self.open.borrow_mut().push(key.clone());
        let value = self.assigned(name, scope);
        self.open.borrow_mut().pop();
        if plain {
            self.known.borrow_mut().insert(key, value.clone());
        }
        value
    }

    fn assigned(&self, name: &str, scope: Scope<'_>) -> Option<String> {
        let mut value = (self.environment)(name);
        let leveled = self.assignments(name).take_while(|(order, _)| *order < scope.before);
        let mut leveled: Vec<(usize, usize, &MakeVariable)> =
            leveled.filter_map(|(order, it)| Some((self.level(it, scope)?, order, it))).collect();
        leveled.sort_by_key(|(level, order, _)| (*level, *order));
        for (_, order, assignment) in leveled {
            if assignment.flavor == MakeFlavor::Conditional && value.is_some() {
                continue;
            }
            let holds = match &*assignment.conditions {
                [] => Some(true),
                conditions => self.holds(order, conditions, scope.depth),
            };
            if holds == Some(false) {
                continue;
            }
            let before = match assignment.flavor {
                MakeFlavor::Simple => order,
                _ => scope.before,
            };
            let inner = Scope { before, depth: scope.depth + 1, ..scope };
            let expand = || self.expand(assignment.value.as_str(), inner);
            value = Some(match (assignment.flavor, holds, value) {
                (MakeFlavor::Append, None, Some(before)) => format!("{before} {UNKNOWN}"),
                (MakeFlavor::Append, _, Some(before)) => format!("{before} {}", expand()),
                // Another branch, or none, may set it.
                (MakeFlavor::Conditional, None, None) => expand(),
                (_, None, _) => unresolved(name),
                (MakeFlavor::Shell, ..) => UNKNOWN.to_owned(),
                _ => expand(),
            });
        }
        value
    }

    /// Assignments of a name in their order.
    fn assignments(&self, name: &str) -> impl Iterator<Item = (usize, &MakeVariable)> {
        let index = self.index.get_or_init(|| {
            let mut index: HashMap<String, Vec<(usize, usize, usize)>> = HashMap::new();
            let mut order = 0;
            for (file, makefile) in self.all().enumerate() {
                for (position, variable) in makefile.variables.iter().enumerate() {
                    let entry = (order, file, position);
                    index.entry(variable.name.clone()).or_default().push(entry);
                    order += 1;
                }
            }
            index
        });
        let found = index.get(name).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|(order, file, position)| {
            let makefile = self.all().nth(*file)?;
            Some((*order, makefile.variables.get(*position)?))
        })
    }

    /// The files, then what was evaluated.
    fn all(&self) -> impl Iterator<Item = &Makefile> {
        self.files.iter().copied().chain(&self.templates)
    }

    fn expand(&self, text: &str, scope: Scope<'_>) -> String {
        let steps = self.steps.get();
        self.steps.set(steps + 1);
        if scope.depth > MAX_DEPTH || steps > MAX_STEPS {
            return UNKNOWN.to_owned();
        }
        let mut found = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            found.push_str(&rest[..dollar]);
            rest = &rest[dollar..];
            let length = reference_length(rest);
            let reference = &rest[..length];
            found.push_str(&self.reference(reference, scope));
            rest = &rest[length..];
            if found.len() > MAX_LENGTH {
                return UNKNOWN.to_owned();
            }
        }
        found.push_str(rest);
        found
    }

    /// `$$`, `$x`, `$(...)` or `${...}`.
    fn reference(&self, reference: &str, scope: Scope<'_>) -> String {
        let inner = &reference[1..];
        if inner.is_empty() || inner == "$" {
            return "$".to_owned();
        }
        let body = match inner.chars().next() {
            Some('(' | '{') => inner.get(1..inner.len().max(2) - 1).unwrap_or(""),
            _ => inner,
        };
        if body == "?" {
            return UNKNOWN.to_owned();
        }
        let scope = Scope { depth: scope.depth + 1, ..scope };
        if let Some((function, arguments)) = body.split_once([' ', '\t'])
            && FUNCTIONS.contains(&function)
        {
            return self.function(function, arguments.trim_start(), scope);
        }
        let name = self.expand(body, scope);
        if let Some(value) = automatic(&name, scope) {
            return value;
        }
        if let Some((_, value)) = scope.locals.iter().rev().find(|(local, _)| *local == name) {
            return value.clone();
        }
        // `$(NAME:.c=.o)`.
        if let Some((name, (from, to))) =
            name.split_once(':').and_then(|(name, rest)| Some((name, rest.split_once('=')?)))
        {
            let value = self.variable(name, scope).unwrap_or_default();
            let (from, to) = if from.contains('%') {
                (from.to_owned(), to.to_owned())
            } else {
                (format!("%{from}"), format!("%{to}"))
            };
            return each(&value, |word| pattern_replaced(word, &from, &to));
        }
        match name.as_str() {
            "CURDIR" => self.directory.clone(),
            "MAKE" => "make".to_owned(),
            "MAKEFLAGS" | "MFLAGS" => String::new(),
            _ => self.variable(&name, scope).unwrap_or_else(|| unresolved(&name)),
        }
    }

    fn function(&self, function: &str, arguments: &str, scope: Scope<'_>) -> String {
        let raw = split_arguments(arguments);
        let argument =
            |index: usize| raw.get(index).map(|it| self.expand(it, scope)).unwrap_or_default();
        let last = |index: usize| self.expand(&raw.get(index..).unwrap_or(&[]).join(","), scope);
        match function {
            "strip" => words(&last(0)).join(" "),
            "subst" => last(2).replace(&*argument(0), &argument(1)),
            "patsubst" => {
                let (from, to) = (argument(0), argument(1));
                each(last(2).trim(), |word| pattern_replaced(word, from.trim(), to.trim()))
            }
            "addprefix" => {
                let prefix = argument(0);
                each(&last(1), |word| format!("{prefix}{word}"))
            }
            "addsuffix" => {
                let suffix = argument(0);
                each(&last(1), |word| format!("{word}{suffix}"))
            }
            "notdir" => each(&last(0), |it| it.rsplit('/').next().unwrap_or(it).to_owned()),
            "dir" => each(&last(0), |it| {
                it.rfind('/').map_or("./".to_owned(), |at| it[..=at].to_owned())
            }),
            "firstword" => words(&last(0)).into_iter().next().unwrap_or_default(),
            "lastword" => words(&last(0)).pop().unwrap_or_default(),
            "word" => {
                let index: usize = argument(0).trim().parse().unwrap_or(0);
                let all = words(&last(1));
                index.checked_sub(1).and_then(|it| all.get(it).cloned()).unwrap_or_default()
            }
            "or" => raw
                .iter()
                .map(|it| self.expand(it.trim(), scope))
                .find(|it| !it.is_empty())
                .unwrap_or_default(),
            "if" => {
                let condition = self.expand(raw.first().map_or("", |it| it.trim()), scope);
                if !is_resolved(&condition) {
                    UNKNOWN.to_owned()
                } else if condition.is_empty() {
                    last(2)
                } else {
                    argument(1)
                }
            }
            "foreach" => {
                let (name, list) = (argument(0).trim().to_owned(), argument(1));
                let body = raw.get(2..).unwrap_or(&[]).join(",");
                each(&list, |word| {
                    let mut locals = scope.locals.to_vec();
                    locals.push((name.clone(), word.to_owned()));
                    self.expand(&body, Scope { locals: &locals, ..scope })
                })
            }
            "call" => self.call(&raw, scope),
            "abspath" | "realpath" => each(&last(0), |it| {
                if it.starts_with(['/', '@']) || !is_resolved(it) {
                    it.to_owned()
                } else {
                    format!("{}/{it}", self.directory)
                }
            }),
            "origin" => {
                let name = argument(0);
                let name = name.trim();
                if self.arguments.contains_key(name) {
                    "command line".to_owned()
                } else if (self.environment)(name).is_some() {
                    "environment".to_owned()
                } else if self.variable(name, scope).is_some() {
                    "file".to_owned()
                } else {
                    "undefined".to_owned()
                }
            }
            "sort" => {
                let mut all = words(&last(0));
                all.sort();
                all.dedup();
                all.join(" ")
            }
            "filter" | "filter-out" => {
                let patterns = words(&argument(0));
                // Nobody can say what an unknown word lets through.
                if function == "filter" && patterns.iter().any(|it| !is_resolved(it)) {
                    return UNKNOWN.to_owned();
                }
                let kept = |word: &String| {
                    let hit = patterns.iter().any(|it| {
                        pattern_replaced(word, it, "%") != *word || it == word || it == "%"
                    });
                    hit == (function == "filter")
                };
                words(&last(1)).into_iter().filter(kept).collect::<Vec<_>>().join(" ")
            }
            "info" | "warning" | "error" | "eval" => String::new(),
            "value" => self.variable(argument(0).trim(), scope).unwrap_or_default(),
            // A file that is not there may be made before.
            "wildcard" => {
                let listing = |it: &String| self.listing.map_or(Vec::new(), |listing| listing(it));
                let found: Vec<String> = words(&last(0)).iter().flat_map(listing).collect();
                if found.is_empty() { UNKNOWN.to_owned() } else { found.join(" ") }
            }
            "shell" => known_command(&last(0), &self.directory),
            _ => UNKNOWN.to_owned(),
        }
    }

    fn call(&self, raw: &[&str], scope: Scope<'_>) -> String {
        let name = raw.first().map(|it| self.expand(it.trim(), scope)).unwrap_or_default();
        let locals = self.call_locals(raw, scope);
        let Some((_, body)) = self.assignments(&name).last() else {
            return String::new();
        };
        self.expand(body.value.as_str(), Scope { locals: &locals, ..scope })
    }

    /// `$(0)`, `$(1)` and so on.
    fn call_locals(&self, raw: &[&str], scope: Scope<'_>) -> Vec<(String, String)> {
        let mut locals = scope.locals.to_vec();
        for (index, argument) in raw.iter().enumerate() {
            locals.push((index.to_string(), self.expand(argument.trim(), scope)));
        }
        locals
    }
}

/// The value, or the assignment when there is none.
fn value_place(variable: &MakeVariable) -> goready_model::Place {
    let length = variable.value.as_str().len();
    variable.value.place(0..length).unwrap_or(variable.place)
}

/// Functions of GNU make; what is not modelled gives an unknown value.
const FUNCTIONS: [&str; 35] = [
    "abspath",
    "addprefix",
    "addsuffix",
    "and",
    "basename",
    "call",
    "dir",
    "error",
    "eval",
    "file",
    "filter",
    "filter-out",
    "findstring",
    "firstword",
    "flavor",
    "foreach",
    "guile",
    "if",
    "info",
    "join",
    "lastword",
    "let",
    "notdir",
    "or",
    "origin",
    "patsubst",
    "realpath",
    "shell",
    "sort",
    "strip",
    "subst",
    "suffix",
    "value",
    "warning",
    "wildcard",
];

fn automatic(name: &str, scope: Scope<'_>) -> Option<String> {
    let directory = |it: &str| it.rfind('/').map_or(".".to_owned(), |at| it[..at].to_owned());
    let file = |it: &str| it.rsplit('/').next().unwrap_or(it).to_owned();
    let first = || scope.prerequisites.first().cloned().unwrap_or_default();
    Some(match name {
        "@" => scope.target.to_owned(),
        "@D" => directory(scope.target),
        "@F" => file(scope.target),
        "<" => first(),
        "<D" => directory(&first()),
        "<F" => file(&first()),
        "^" | "+" => scope.prerequisites.join(" "),
        "*" => scope.stem.to_owned(),
        "*F" => file(scope.stem),
        "?" | "|" | "%" => UNKNOWN.to_owned(),
        _ => return None,
    })
}
