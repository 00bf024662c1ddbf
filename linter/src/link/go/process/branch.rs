//! Branches: which side is taken where the condition is not known.

use goready_parse::go::code::{BlockId, Case, Expr, ExprId, StepKind, Switch};

use super::{
    CursorKind, FileRef, Forks, MAX_RUNS, Machine, Phase, Value, eval::Truth, value::Origin,
};
use crate::link::go::{interest::Interest, repo::Ty};

/// Runs beyond which one goes the same way at the same branch.
const CROWDED: u32 = 16;

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn interest(&self, file: FileRef, block: BlockId) -> Interest {
        self.shared.interests.of_block(file, block)
    }

    pub(super) fn branch(
        &mut self,
        at: usize,
        file: FileRef,
        condition: ExprId,
        then: BlockId,
        otherwise: Option<BlockId>,
        forks: Forks<'_, 's, 'a>,
    ) {
        let truth = match self.truth(at, condition) {
            // A program that starts does not fail here, whatever the values that are known say.
            Truth::Yes if self.is_failure(file, then) => Truth::No,
            Truth::No
                if otherwise.is_some_and(|it| self.is_failure(file, it))
                    && !self.is_failure(file, then) =>
            {
                Truth::Yes
            }
            truth => truth,
        };
        match truth {
            Truth::Yes => {
                self.push_block(at, then, CursorKind::Plain);
                return;
            }
            Truth::No => {
                if let Some(block) = otherwise {
                    self.push_block(at, block, CursorKind::Plain);
                }
                return;
            }
            Truth::Unknown => {}
        }
        let then_matters = self.matters(file, then);
        let otherwise_matters = otherwise.is_some_and(|it| self.matters(file, it));
        if then_matters || otherwise_matters {
            // A side that fails is not followed before the signal.
            if !then_matters && self.is_failure(file, then)
                || otherwise_matters && self.interest(file, then).is_none() && otherwise.is_none()
            {
                if let Some(block) = otherwise {
                    self.push_block(at, block, CursorKind::Plain);
                }
                return;
            }
            if self.chosen(file, then) == Some(false) {
                if let Some(block) = otherwise {
                    self.push_block(at, block, CursorKind::Plain);
                }
                return;
            }
            if self.chosen(file, then).is_none()
                && let Some(mut other) = self.fork()
            {
                other.choices.insert((file, then), false);
                if let Some(block) = otherwise.filter(|it| !self.is_failure(file, *it)) {
                    other.push_block(at, block, CursorKind::Plain);
                    forks.push(other);
                } else if otherwise.is_none() {
                    forks.push(other);
                }
            }
            self.choices.insert((file, then), true);
            self.push_block(at, then, CursorKind::Plain);
            return;
        }
        // The other side fails: `if ok { ... } else { panic(...) }`, with more checks in the first.
        if otherwise.is_some_and(|it| self.is_failure(file, it)) && !self.is_failure(file, then) {
            self.push_block(at, then, CursorKind::Plain);
            return;
        }
        let quiet = self.interest(file, then).is_none() && !self.is_failure(file, then);
        if quiet
            && (self.takes_quiet_branch(at, file, then, otherwise)
                || self.holds_by_default(at, condition))
        {
            self.push_block(at, then, CursorKind::Plain);
            return;
        }
        self.skipped(at, then);
        if let Some(block) = otherwise {
            self.push_block(at, block, CursorKind::Plain);
        }
    }

    /// Which way a branch went before in this run, where many runs have split off already: what is
    /// not known seldom changes while a program starts, and a loop of branches would use up all
    /// runs. A branch that leaves a loop or function is taken some time.
    fn chosen(&self, file: FileRef, block: BlockId) -> Option<bool> {
        if self.phase == Phase::After || self.shared.runs.get() < CROWDED {
            return None;
        }
        let chosen = self.choices.get(&(file, block)).copied()?;
        let mut leaves = false;
        self.repo().code(file).walk(block, &mut |step| {
            leaves |= matches!(
                step.kind,
                StepKind::Return(_) | StepKind::Break(_) | StepKind::Continue(_) | StepKind::Goto
            );
        });
        (!leaves).then_some(chosen)
    }

    /// Whether a condition holds when nothing is set from outside: `if port == "" {`.
    pub(super) fn holds_by_default(&mut self, at: usize, condition: ExprId) -> bool {
        self.assuming = true;
        let truth = self.truth(at, condition);
        self.assuming = false;
        truth == Truth::Yes
    }

    pub(super) fn is_failure(&self, file: FileRef, block: BlockId) -> bool {
        self.phase == Phase::Before && self.shared.interests.fails(file, block)
    }

    /// Whether a branch that does nothing for the life of the process is taken all the same: when
    /// everything else fails.
    pub(super) fn takes_quiet_branch(
        &self,
        at: usize,
        file: FileRef,
        then: BlockId,
        otherwise: Option<BlockId>,
    ) -> bool {
        let interests = self.shared.interests;
        if interests.fails(file, then) {
            return false;
        }
        if otherwise.is_some_and(|it| interests.fails(file, it)) {
            return true;
        }
        interests.succeeds(file, then) && self.rest_fails(at, file)
    }

    /// Whether what follows in the function does nothing but fail, however deep in `else` a thread
    /// stands.
    fn rest_fails(&self, at: usize, file: FileRef) -> bool {
        let cursors = self.code_frame(at).map_or(&[][..], |it| &it.cursors);
        for cursor in cursors.iter().rev() {
            if self.shared.interests.fails(file, cursor.block) {
                return true;
            }
            let at_end = cursor.at >= self.repo().code(file).block(cursor.block).len();
            if !at_end || !matches!(cursor.kind, CursorKind::Plain | CursorKind::Case(_)) {
                return false;
            }
        }
        false
    }

    /// Whether a branch must be followed. One that only ends the process before the signal is an
    /// error that does not happen.
    pub(super) fn matters(&self, file: FileRef, block: BlockId) -> bool {
        let interest = self.interest(file, block);
        if interest.is_none() {
            return false;
        }
        self.phase == Phase::After
            || !(interest.only_exits() || self.shared.interests.fails(file, block))
    }

    pub(super) fn fork(&mut self) -> Option<Self> {
        if self.nested > 0 {
            return None;
        }
        let runs = self.shared.runs.get();
        if runs >= MAX_RUNS {
            self.blind = true;
            return None;
        }
        self.shared.runs.set(runs + 1);
        Some(self.clone())
    }

    /// A branch is left out: what it would take from the environment stays known as a name.
    pub(super) fn skipped(&mut self, at: usize, block: BlockId) {
        let Some(frame) = self.code_frame(at) else { return };
        let code = self.repo().code(frame.file);
        for step in code.block(block) {
            match &step.kind {
                StepKind::Return(values) => {
                    if let Some(value) = values.first() {
                        let (Value::Str(_, origin) | Value::Int(_, origin)) = self.eval(at, *value)
                        else {
                            continue;
                        };
                        if (origin.env.is_some() || origin.flag.is_some())
                            && let Some(frame) = self.code_frame_mut(at)
                        {
                            frame.alternative = Some(Origin { place: None, ..origin });
                        }
                    }
                }
                StepKind::Assign { targets, values } => {
                    for (target, value) in targets.iter().zip(values) {
                        let (Value::Str(_, origin) | Value::Int(_, origin)) = self.eval(at, *value)
                        else {
                            continue;
                        };
                        match self.eval(at, *target) {
                            Value::Str(Some(text), own) => {
                                let mut merged = own.or(&origin);
                                merged.default = true;
                                self.assign(at, *target, Value::Str(Some(text), merged));
                            }
                            Value::Int(number, own) => {
                                let mut merged = own.or(&origin);
                                merged.default = true;
                                self.assign(at, *target, Value::Int(number, merged));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn switch(
        &mut self,
        at: usize,
        file: FileRef,
        switch: &'a Switch,
        forks: Forks<'_, 's, 'a>,
    ) {
        let kind = CursorKind::Case(switch.label);
        let default = switch.cases.iter().find(|it| it.default);
        let mut open: Vec<&'a Case> = Vec::new();
        if switch.types {
            open.extend(switch.cases.iter().filter(|it| !it.default));
            if let Some(subject) = switch.subject {
                let value = self.eval(at, subject);
                if let Some(case) = self.type_case(file, &value, &switch.cases) {
                    if let Some(var) = case.binding {
                        self.declare(at, var, value);
                    }
                    self.push_block(at, case.body, kind);
                    return;
                }
            }
        } else {
            for case in switch.cases.iter().filter(|it| !it.default) {
                match self.case_truth(at, switch.subject, case) {
                    Truth::Yes if open.is_empty() => {
                        self.push_block(at, case.body, kind);
                        return;
                    }
                    Truth::No => {}
                    Truth::Yes | Truth::Unknown => open.push(case),
                }
            }
        }
        if open.is_empty() {
            if let Some(case) = default {
                self.push_block(at, case.body, kind);
            }
            return;
        }
        let quiet = open.clone();
        let matter: Vec<&'a Case> =
            open.into_iter().filter(|it| self.matters(file, it.body)).collect();
        if let Some(case) = matter.iter().find(|it| self.chosen(file, it.body) == Some(true)) {
            self.push_block(at, case.body, kind);
            return;
        }
        for case in &matter {
            if self.chosen(file, case.body).is_none()
                && let Some(mut other) = self.fork()
            {
                other.choices.insert((file, case.body), true);
                other.push_block(at, case.body, kind.clone());
                forks.push(other);
            }
            self.choices.insert((file, case.body), false);
        }
        let default = match default {
            // A default that fails is left to unknown values that are wrong.
            Some(case) if self.is_failure(file, case.body) => {
                match (matter.first(), quiet.iter().find(|it| !self.is_failure(file, it.body))) {
                    // One of the runs that split off takes a case.
                    (Some(case), _) | (None, Some(case)) => Some(*case),
                    (None, None) => Some(case),
                }
            }
            other => other,
        };
        match (default, matter.first()) {
            (Some(case), _) => self.push_block(at, case.body, kind),
            // Without a split one of the cases has to stand for all.
            (None, Some(case)) if self.nested > 0 => self.push_block(at, case.body, kind),
            _ => {}
        }
    }

    pub(super) fn case_truth(&mut self, at: usize, subject: Option<ExprId>, case: &Case) -> Truth {
        let mut found = Truth::No;
        for value in &case.values {
            let truth = match subject {
                None => self.truth(at, *value),
                Some(subject) => {
                    let left = self.eval(at, subject);
                    let right = self.eval(at, *value);
                    self.equal(&left, &right)
                }
            };
            match truth {
                Truth::Yes => return Truth::Yes,
                Truth::Unknown => found = Truth::Unknown,
                Truth::No => {}
            }
        }
        found
    }

    pub(super) fn type_case(
        &self,
        file: FileRef,
        value: &Value<'a>,
        cases: &'a [Case],
    ) -> Option<&'a Case> {
        let (_, object) = self.struct_of(value)?;
        let named = object.named?;
        cases.iter().find(|case| {
            case.values.iter().any(|it| match self.repo().code(file).expr(*it) {
                Expr::Type(ty) => self.repo().named(Ty::Written(file, *ty)) == Some(named),
                _ => false,
            })
        })
    }
}
