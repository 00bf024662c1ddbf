//! Statements and control flow.

use std::{collections::VecDeque, rc::Rc};

use goready_parse::go::code::{
    BlockId, Case, Communication, Expr, ExprId, Loop, Name, RangeLoop, Step, StepKind, VarId,
};

use super::{
    Cell, Cursor, CursorKind, Deferred, Dest, FileRef, Forks, Frame, LoopPart, MAX_ELEMENTS,
    MAX_ITERATIONS, MAX_RUNS, Machine, Obj, Object, Op, Phase, SelectRef, Site, Value, Wait,
    eval::{Truth, nth},
    value::Origin,
};
use crate::link::go::{interest::Interest, repo::Ty};

/// Iterations of a loop whose condition is known each time.
const MAX_COUNTED: u32 = 64;
/// Rounds of waiting loops after which one that never waits is told from them.
const MAX_BUSY: u32 = 200;

impl<'s, 'a> Machine<'s, 'a> {
    /// Executes one step of the frame on top.
    pub(super) fn code_step(&mut self, at: usize, forks: Forks<'_, 's, 'a>) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        let Some(cursor) = frame.cursors.last_mut() else {
            self.function_end(at);
            return;
        };
        let (file, block, position) = (frame.file, cursor.block, cursor.at);
        cursor.at += 1;
        let Some(step) = self.repo().code(file).block(block).get(position) else {
            self.block_end(at, forks);
            return;
        };
        self.execute(at, file, step, SelectRef { block, at: position }, forks);
    }

    fn execute(
        &mut self,
        at: usize,
        file: FileRef,
        step: &'a Step,
        here: SelectRef,
        forks: Forks<'_, 's, 'a>,
    ) {
        let place = self.repo().place(file, &step.place);
        let code = self.repo().code(file);
        match &step.kind {
            StepKind::Call { call, result } => {
                if let Some(call) = code.call(*call) {
                    let site = Site { file, place, dest: Dest::Temp(*result), call: None };
                    self.call_expr(at, call, site, forks);
                }
            }
            StepKind::Receive { channel, result } => {
                let value = self.eval(at, *channel);
                self.receive(at, &value, Dest::Temp(*result), place);
                if let Some(Wait::Unknown { into, .. }) =
                    self.threads.get(at).and_then(|it| it.wait.clone())
                {
                    let stop = self.is_stop_channel(at, *channel);
                    self.wait(at, Wait::Unknown { stop, into });
                }
            }
            StepKind::Send { channel, value } => {
                let channel = self.eval(at, *channel);
                let value = self.eval(at, *value);
                if let Some(channel) = self.as_channel(&channel).and_then(|it| self.channel_mut(it))
                {
                    channel.queue.push_back(value);
                }
            }
            StepKind::Assign { targets, values } => {
                let evaluated: Vec<Value<'a>> =
                    values.iter().map(|it| self.eval(at, *it)).collect();
                let shared = evaluated.len() == 1 && targets.len() > 1;
                for (position, target) in targets.iter().enumerate() {
                    let value = if shared {
                        self.shared_value(at, values.first().copied(), &evaluated, position as u32)
                    } else {
                        evaluated.get(position).cloned().unwrap_or(Value::Unknown)
                    };
                    self.assign(at, *target, value);
                }
            }
            StepKind::Declare { var } => {
                let ty = code.variable(*var).and_then(|it| it.ty);
                let value = match ty {
                    Some(ty) => self.zero(Ty::Written(file, ty)),
                    None => Value::Unknown,
                };
                self.declare(at, *var, value);
            }
            StepKind::Go(call) => {
                if let Some(call) = code.call(*call) {
                    let (callee, args) = self.prepare(at, call);
                    self.spawn_now(callee, args, None, site_of(file, place), forks);
                }
            }
            StepKind::Defer(call) => {
                if let Some(call) = code.call(*call) {
                    let (callee, args) = self.prepare(at, call);
                    if let Some(frame) = self.code_frame_mut(at) {
                        frame.defers.push(Deferred { callee, args, file, place });
                    }
                }
            }
            StepKind::If { condition, then, otherwise } => {
                self.branch(at, file, *condition, *then, *otherwise, forks);
            }
            StepKind::Loop(it) => {
                let kind = CursorKind::Loop { code: it, part: LoopPart::Head, iterations: 0 };
                self.push_block(at, it.head, kind);
            }
            StepKind::Range(it) => self.range(at, it),
            StepKind::Switch(it) => self.switch(at, file, it, forks),
            StepKind::Select(cases) => {
                if cases.is_empty() {
                    self.wait(at, Wait::Forever);
                    return;
                }
                self.select_step(at, cases, here);
            }
            StepKind::Return(values) => {
                let evaluated: Vec<Value<'a>> =
                    values.iter().map(|it| self.eval(at, *it)).collect();
                self.return_values(at, evaluated);
            }
            StepKind::Break(label) => self.break_out(at, *label),
            StepKind::Continue(label) => self.continue_loop(at, *label),
            StepKind::Fallthrough => {}
            StepKind::Goto => self.return_values(at, Vec::new()),
            StepKind::Block(block) => self.push_block(at, *block, CursorKind::Plain),
        }
    }

    /// One of several targets of a single value: a result, or the flag behind a receive or index.
    fn shared_value(
        &self,
        at: usize,
        value: Option<ExprId>,
        evaluated: &[Value<'a>],
        position: u32,
    ) -> Value<'a> {
        let Some(first) = evaluated.first() else { return Value::Unknown };
        if let Value::Tuple(_) = first {
            return nth(first.clone(), position);
        }
        if position == 0 {
            return first.clone();
        }
        let call = value.and_then(|it| {
            let frame = self.code_frame(at)?;
            self.repo().code(frame.file).call_of(it)
        });
        let asserted = value.is_some_and(|it| {
            self.code_frame(at).is_some_and(|frame| {
                matches!(self.repo().code(frame.file).expr(it), Expr::Assert { .. })
            })
        });
        if asserted && matches!(first, Value::Signal(_)) {
            return Value::Bool(true);
        }
        // The last result of a call elsewhere is its error, taken not to have happened.
        if call.is_some() { Value::Nil } else { Value::Unknown }
    }

    fn declare(&mut self, at: usize, var: VarId, value: Value<'a>) {
        let cell = self.new_cell(value);
        if let Some(frame) = self.code_frame_mut(at) {
            match frame.env.iter_mut().find(|(it, _)| *it == var) {
                Some((_, slot)) => *slot = cell,
                None => frame.env.push((var, cell)),
            }
        }
    }

    pub(super) fn push_block(&mut self, at: usize, block: BlockId, kind: CursorKind<'a>) {
        if let Some(frame) = self.code_frame_mut(at) {
            frame.cursors.push(Cursor { block, at: 0, kind });
        }
    }

    // Functions end.

    fn return_values(&mut self, at: usize, values: Vec<Value<'a>>) {
        let values = self.without_failure(at, values);
        let named = self.named_results(at);
        let Some(frame) = self.code_frame_mut(at) else { return };
        frame.cursors.clear();
        frame.returning = Some(match values.len() {
            0 => match named.len() {
                0 => Value::Nil,
                1 => named.into_iter().next().unwrap_or(Value::Unknown),
                _ => Value::Tuple(named.into()),
            },
            1 => values.into_iter().next().unwrap_or(Value::Unknown),
            _ => Value::Tuple(values.into()),
        });
        // What a skipped branch would have returned from the environment may replace this.
        if let (Some(Value::Str(_, origin) | Value::Int(_, origin)), Some(other)) =
            (&mut frame.returning, &frame.alternative)
        {
            *origin = origin.or(other);
            origin.default = true;
        }
    }

    /// Before the signal nothing fails: where the values that are known lead to an error, what is
    /// not known would have led elsewhere. The results are then of their types, and no error.
    fn without_failure(&mut self, at: usize, values: Vec<Value<'a>>) -> Vec<Value<'a>> {
        let failed = self.phase == Phase::Before && matches!(values.last(), Some(Value::Error("")));
        let function = self.code_frame(at).and_then(|it| it.function);
        let Some(function) = function.filter(|_| failed) else { return values };
        let results = self.repo().function(function).map_or(&[][..], |it| &it.results);
        // A function that makes errors is left alone.
        if results.len() != values.len() || results.len() < 2 && !self.returns_error(function) {
            return values;
        }
        let types: Vec<Ty<'a>> =
            results.iter().map(|it| Ty::Written(function.file, it.ty)).collect();
        let last = types.len() - 1;
        types
            .into_iter()
            .enumerate()
            .map(|(position, ty)| if position == last { Value::Nil } else { self.materialise(ty) })
            .collect()
    }

    /// Whether the only result is an error that the function does not merely make: it also returns
    /// without one.
    fn returns_error(&self, function: crate::link::go::repo::FnRef) -> bool {
        let code = self.repo().code(function.file);
        let Some(body) = self.repo().function(function).and_then(|it| it.body) else {
            return false;
        };
        let mut succeeds = false;
        code.walk(body, &mut |step| {
            if let StepKind::Return(values) = &step.kind {
                succeeds |= values.last().is_some_and(|it| matches!(code.expr(*it), Expr::Nil));
            }
        });
        succeeds
    }

    fn named_results(&self, at: usize) -> Vec<Value<'a>> {
        let Some(frame) = self.code_frame(at) else { return Vec::new() };
        let Some(function) = frame.function.and_then(|it| self.repo().function(it)) else {
            return Vec::new();
        };
        function
            .results
            .iter()
            .filter_map(|it| it.var)
            .map(|var| {
                let cell = frame.env.iter().rev().find(|(it, _)| *it == var).map(|(_, cell)| *cell);
                cell.and_then(|it| self.cells.get(it as usize)).cloned().unwrap_or(Value::Unknown)
            })
            .collect()
    }

    /// Runs what was deferred, then goes back to the caller.
    fn function_end(&mut self, at: usize) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        if let Some(deferred) = frame.defers.pop() {
            let site =
                Site { file: deferred.file, place: deferred.place, dest: Dest::Drop, call: None };
            self.native(at, vec![Op::Call(deferred.callee, deferred.args)], Value::Nil, &site);
            return;
        }
        if frame.keep {
            return;
        }
        let value = frame.returning.take().unwrap_or(Value::Nil);
        let dest = frame.dest;
        if let Some(thread) = self.threads.get_mut(at) {
            thread.frames.pop();
        }
        self.deliver(at, dest, value);
    }

    // Blocks end.

    fn block_end(&mut self, at: usize, forks: Forks<'_, 's, 'a>) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        let Some(cursor) = frame.cursors.last() else { return };
        match cursor.kind {
            CursorKind::Plain | CursorKind::Case(_) => {
                frame.cursors.pop();
            }
            CursorKind::Loop { code, part, iterations } => {
                self.loop_part_end(at, code, part, iterations, forks);
            }
            CursorKind::Range { .. } => self.range_next(at),
        }
    }

    fn loop_part_end(
        &mut self,
        at: usize,
        code: &'a Loop,
        part: LoopPart,
        iterations: u32,
        _forks: Forks<'_, 's, 'a>,
    ) {
        match part {
            LoopPart::Head => {
                let (truth, known) = match code.condition {
                    None => (Truth::Yes, false),
                    Some(condition) => (self.truth(at, condition), true),
                };
                let go = match truth {
                    Truth::Yes if known => iterations < MAX_COUNTED || !self.counted(at, code),
                    Truth::Yes => true,
                    Truth::No => false,
                    // Something that will be false one day.
                    Truth::Unknown => iterations == 0,
                };
                if !go {
                    self.leave_cursor(at);
                    return;
                }
                let without_end = !known || !self.counted(at, code);
                if iterations >= MAX_ITERATIONS && without_end {
                    self.endless(at, code, iterations);
                    return;
                }
                self.set_loop(at, code.body, code, LoopPart::Body, iterations);
                // Each iteration has its own variables, with the values of the last one.
                for var in &code.vars {
                    self.renew(at, *var);
                }
            }
            LoopPart::Body => self.set_loop(at, code.post, code, LoopPart::Post, iterations),
            LoopPart::Post => {
                self.set_loop(at, code.head, code, LoopPart::Head, iterations + 1);
            }
        }
    }

    /// A loop of the shape `for i := 0; i < n; i++`, or one with another condition of its own.
    fn counted(&self, _at: usize, code: &Loop) -> bool {
        code.condition.is_some() && !code.vars.is_empty()
    }

    /// A loop went round several times: if code can leave it, it is taken to; otherwise the thread
    /// stays in it.
    fn endless(&mut self, at: usize, code: &'a Loop, iterations: u32) {
        let Some(frame) = self.code_frame(at) else { return };
        let file = frame.file;
        // A condition becomes false one day, and code that can leave does.
        let leaves = code.condition.is_some() || self.can_leave(file, code.body);
        let waited = self.interest(file, code.body).has(Interest::FLOW | Interest::SERVE);
        if leaves && !waited {
            self.leave_cursor(at);
            return;
        }
        self.set_loop(at, code.body, code, LoopPart::Body, iterations.min(MAX_ITERATIONS));
        for var in &code.vars {
            self.renew(at, *var);
        }
        // A loop that waits in its body needs no stop of its own, unless it does not wait.
        self.busy += 1;
        if !waited || self.busy > MAX_BUSY {
            self.busy = 0;
            let epoch = self.epoch;
            self.wait(at, Wait::Spin(epoch));
        }
    }

    /// Whether a `return`, or a `break` of this loop, stands in a block.
    fn can_leave(&self, file: FileRef, block: BlockId) -> bool {
        let code = self.repo().code(file);
        let mut leaves = false;
        self.find_leave(code, block, 0, &mut leaves);
        leaves
    }

    #[expect(clippy::self_only_used_in_recursion, reason = "one of the methods over the code")]
    fn find_leave(
        &self,
        code: &'a goready_parse::go::code::Code,
        block: BlockId,
        breakable: u32,
        leaves: &mut bool,
    ) {
        for step in code.block(block) {
            match &step.kind {
                StepKind::Return(_) | StepKind::Goto | StepKind::Break(Some(_)) => *leaves = true,
                StepKind::Break(None) if breakable == 0 => *leaves = true,
                _ => {}
            }
            let inner = matches!(
                step.kind,
                StepKind::Loop(_) | StepKind::Range(_) | StepKind::Switch(_) | StepKind::Select(_)
            );
            for nested in step.blocks() {
                self.find_leave(code, nested, breakable + u32::from(inner), leaves);
            }
        }
    }

    fn set_loop(
        &mut self,
        at: usize,
        block: BlockId,
        code: &'a Loop,
        part: LoopPart,
        iterations: u32,
    ) {
        if let Some(cursor) = self.code_frame_mut(at).and_then(|it| it.cursors.last_mut()) {
            cursor.block = block;
            cursor.at = 0;
            cursor.kind = CursorKind::Loop { code, part, iterations };
        }
    }

    fn leave_cursor(&mut self, at: usize) {
        if let Some(frame) = self.code_frame_mut(at) {
            frame.cursors.pop();
        }
    }

    fn renew(&mut self, at: usize, var: VarId) {
        let Some(frame) = self.code_frame(at) else { return };
        let cell: Option<Cell> =
            frame.env.iter().rev().find(|(it, _)| *it == var).map(|(_, cell)| *cell);
        let value = cell.and_then(|it| self.cells.get(it as usize)).cloned();
        if let Some(value) = value {
            self.declare(at, var, value);
        }
    }

    fn break_out(&mut self, at: usize, label: Option<Name>) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        while let Some(cursor) = frame.cursors.pop() {
            let own = match &cursor.kind {
                CursorKind::Plain => continue,
                CursorKind::Case(label) => *label,
                CursorKind::Loop { code, .. } => code.label,
                CursorKind::Range { code, .. } => code.label,
            };
            if label.is_none() || own == label {
                return;
            }
        }
    }

    fn continue_loop(&mut self, at: usize, label: Option<Name>) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        while let Some(cursor) = frame.cursors.last() {
            let (is_loop, own) = match &cursor.kind {
                CursorKind::Loop { code, .. } => (true, code.label),
                CursorKind::Range { code, .. } => (true, code.label),
                CursorKind::Plain | CursorKind::Case(_) => (false, None),
            };
            if is_loop && (label.is_none() || own == label) {
                break;
            }
            frame.cursors.pop();
        }
        match frame.cursors.last().map(|it| it.kind.clone()) {
            Some(CursorKind::Loop { code, iterations, .. }) => {
                self.set_loop(at, code.post, code, LoopPart::Post, iterations);
            }
            Some(CursorKind::Range { .. }) => self.range_next(at),
            _ => {}
        }
    }

    // Range loops.

    fn range(&mut self, at: usize, code: &'a RangeLoop) {
        let over = self.eval(at, code.over);
        let mut items: VecDeque<(Value<'a>, Value<'a>)> = VecDeque::new();
        let mut channel: Option<Obj> = None;
        match &over {
            Value::Object(obj) => match self.heap.get(*obj as usize) {
                Some(Object::List(list)) => {
                    for (position, item) in list.iter().take(MAX_ELEMENTS).enumerate() {
                        let key = Value::Int(position as i64, Origin::default());
                        items.push_back((key, item.clone()));
                    }
                }
                Some(Object::Map(entries)) => {
                    items.extend(entries.iter().take(MAX_ELEMENTS).cloned());
                }
                Some(Object::Channel(_)) => channel = Some(*obj),
                _ => items.push_back((Value::Unknown, Value::Unknown)),
            },
            Value::Int(count, _) => {
                for position in 0..(*count).clamp(0, MAX_ITERATIONS.into()) {
                    items.push_back((Value::Int(position, Origin::default()), Value::Unknown));
                }
            }
            Value::Nil => {}
            // Elements that are not known: one stands for all.
            _ => items.push_back((Value::Unknown, self.element_value(at, code))),
        }
        let kind = CursorKind::Range { code, items, channel };
        if let Some(frame) = self.code_frame_mut(at) {
            frame.cursors.push(Cursor { block: code.body, at: usize::MAX, kind });
        }
        self.range_next(at);
    }

    fn element_value(&mut self, at: usize, code: &RangeLoop) -> Value<'a> {
        let Some(frame) = self.code_frame(at) else { return Value::Unknown };
        let file = frame.file;
        let Some(value) = code.value else { return Value::Unknown };
        match self.repo().type_of(file, value) {
            Ty::Unknown => Value::Unknown,
            ty => self.materialise(ty),
        }
    }

    fn range_next(&mut self, at: usize) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        let Some(cursor) = frame.cursors.last_mut() else { return };
        let CursorKind::Range { items, channel, .. } = &mut cursor.kind else { return };
        if let Some(channel) = *channel {
            cursor.at = usize::MAX;
            self.wait(at, Wait::Receive { channel, into: Dest::Range });
            return;
        }
        match items.pop_front() {
            Some((key, value)) => self.range_body(at, key, value),
            None => self.leave_cursor(at),
        }
    }

    /// A value came through the channel of a range loop.
    pub(super) fn range_received(&mut self, at: usize, value: Value<'a>) {
        let closed = match self.code_frame(at).and_then(|it| it.cursors.last()) {
            Some(Cursor { kind: CursorKind::Range { channel: Some(channel), .. }, .. }) => {
                self.channel(*channel).is_some_and(|it| it.closed && it.queue.is_empty())
                    && matches!(value, Value::Nil)
            }
            _ => return,
        };
        if closed {
            self.leave_cursor(at);
        } else {
            // Over a channel the first variable takes the value.
            self.range_body(at, value, Value::Unknown);
        }
    }

    fn range_body(&mut self, at: usize, key: Value<'a>, value: Value<'a>) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        let Some(cursor) = frame.cursors.last_mut() else { return };
        let CursorKind::Range { code, .. } = &cursor.kind else { return };
        let code = *code;
        cursor.at = 0;
        for var in &code.vars {
            self.declare(at, *var, Value::Unknown);
        }
        if let Some(target) = code.key {
            self.assign(at, target, key);
        }
        if let Some(target) = code.value {
            self.assign(at, target, value);
        }
    }

    // Branches.

    fn interest(&self, file: FileRef, block: BlockId) -> Interest {
        self.shared.interests.of_block(file, block)
    }

    fn branch(
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
            if let Some(mut other) = self.fork() {
                if let Some(block) = otherwise.filter(|it| !self.is_failure(file, *it)) {
                    other.push_block(at, block, CursorKind::Plain);
                    forks.push(other);
                } else if otherwise.is_none() {
                    forks.push(other);
                }
            }
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

    /// Whether a condition holds when nothing is set from outside: `if port == "" {`.
    fn holds_by_default(&mut self, at: usize, condition: ExprId) -> bool {
        self.assuming = true;
        let truth = self.truth(at, condition);
        self.assuming = false;
        truth == Truth::Yes
    }

    fn is_failure(&self, file: FileRef, block: BlockId) -> bool {
        self.phase == Phase::Before && self.shared.interests.fails(file, block)
    }

    /// Whether a branch that does nothing for the life of the process is taken all the same: when
    /// everything else fails.
    fn takes_quiet_branch(
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
        let rest = self.code_frame(at).and_then(|it| it.cursors.last()).map(|it| it.block);
        interests.succeeds(file, then) && rest.is_some_and(|it| interests.fails(file, it))
    }

    /// Whether a branch must be followed. One that only ends the process before the signal is an
    /// error that does not happen.
    fn matters(&self, file: FileRef, block: BlockId) -> bool {
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
    fn skipped(&mut self, at: usize, block: BlockId) {
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

    fn switch(
        &mut self,
        at: usize,
        file: FileRef,
        switch: &'a goready_parse::go::code::Switch,
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
        for case in &matter {
            if let Some(mut other) = self.fork() {
                other.push_block(at, case.body, kind.clone());
                forks.push(other);
            }
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

    fn case_truth(&mut self, at: usize, subject: Option<ExprId>, case: &Case) -> Truth {
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

    fn type_case(&self, file: FileRef, value: &Value<'a>, cases: &'a [Case]) -> Option<&'a Case> {
        let (_, object) = self.struct_of(value)?;
        let named = object.named?;
        cases.iter().find(|case| {
            case.values.iter().any(|it| match self.repo().code(file).expr(*it) {
                Expr::Type(ty) => self.repo().named(Ty::Written(file, *ty)) == Some(named),
                _ => false,
            })
        })
    }

    // Channels.

    fn receive(&mut self, at: usize, channel: &Value<'a>, into: Dest, place: goready_model::Place) {
        match self.as_channel(channel) {
            Some(channel) => {
                if self.notified.contains(&channel) || self.is_signal_done(channel) {
                    self.trace(place, "waits for the signal");
                }
                self.wait(at, Wait::Receive { channel, into });
            }
            None => match channel {
                // A nil channel blocks for ever.
                Value::Nil => self.wait(at, Wait::Forever),
                _ => {
                    self.blind = true;
                    self.wait(at, Wait::Unknown { stop: true, into });
                }
            },
        }
    }

    /// Whether a channel by its name tells to stop; others tell that something is ready.
    fn is_stop_channel(&self, at: usize, channel: ExprId) -> bool {
        let Some(frame) = self.code_frame(at) else { return true };
        let code = self.repo().code(frame.file);
        let name = match code.expr(channel) {
            Expr::Local(var) => code.variable(*var).map_or("", |it| code.text(it.name)),
            Expr::Global(name) | Expr::Select { field: name, .. } => code.text(*name),
            Expr::Result(_) => match code.call_of(channel).map(|it| code.expr(it.callee)) {
                Some(Expr::Select { field, .. }) => code.text(*field),
                _ => return true,
            },
            _ => return true,
        };
        const WORDS: [&str; 13] = [
            "stop",
            "done",
            "quit",
            "exit",
            "shutdown",
            "sig",
            "term",
            "ctx",
            "close",
            "err",
            "fail",
            "interrupt",
            "kill",
        ];
        let lower = name.to_ascii_lowercase();
        WORDS.iter().any(|it| lower.contains(it))
    }

    /// Whether a channel is `Done()` of a context that ends with SIGTERM.
    pub(super) fn is_signal_done(&self, channel: Obj) -> bool {
        match self.channel(channel).map(|it| it.source) {
            Some(super::ChannelSource::Done(context)) => self.ends_with_signal(context),
            _ => false,
        }
    }

    pub(super) fn ends_with_signal(&self, context: Obj) -> bool {
        let mut next = Some(context);
        while let Some(context) = next.and_then(|it| self.context(it)) {
            if context.signals {
                return true;
            }
            next = context.parent;
        }
        false
    }

    fn select_step(
        &mut self,
        at: usize,
        cases: &'a [goready_parse::go::code::SelectCase],
        here: SelectRef,
    ) {
        let mut channels = Vec::new();
        let mut default = None;
        let mut ready_case = None;
        let file = self.code_frame(at).map_or(FileRef(0), |it| it.file);
        for (position, case) in cases.iter().enumerate() {
            let channel = match &case.communication {
                Communication::Receive { channel, .. } => {
                    let value = self.eval(at, *channel);
                    let channel = self.as_channel(&value);
                    if let Some(channel) = channel
                        && (self.notified.contains(&channel) || self.is_signal_done(channel))
                    {
                        let place = self.repo().place(file, &case.place);
                        self.trace(place, "waits for the signal");
                    }
                    let unknown = channel.is_none() && !matches!(value, Value::Nil);
                    if unknown && ready_case.is_none() {
                        let Communication::Receive { channel, .. } = &case.communication else {
                            continue;
                        };
                        if !self.is_stop_channel(at, *channel) {
                            ready_case = Some(position);
                        }
                    }
                    channel
                }
                Communication::Send { .. } => {
                    ready_case = ready_case.or(Some(position));
                    None
                }
                Communication::Default => {
                    default = Some(position);
                    None
                }
            };
            channels.push(channel);
        }
        let wait = Wait::Select { cases: channels, step: here, unknown: ready_case };
        if let Some(default) = default {
            match self.ready(at, &wait) {
                Some(ready) => self.resume(at, wait, ready),
                None => self.select_chosen(at, here, default, Value::Unknown),
            }
            return;
        }
        self.wait(at, wait);
    }

    pub(super) fn select_chosen(
        &mut self,
        at: usize,
        step: SelectRef,
        case: usize,
        value: Value<'a>,
    ) {
        let Some((_, cases)) = self.select_cases(at, step) else { return };
        let Some(case) = cases.get(case) else { return };
        if let Communication::Receive { targets, vars, .. } = &case.communication {
            for var in vars {
                self.declare(at, *var, Value::Unknown);
            }
            let closed = matches!(value, Value::Nil);
            if let Some(target) = targets.first() {
                self.assign(at, *target, value);
            }
            if let Some(target) = targets.get(1) {
                self.assign(at, *target, Value::Bool(!closed));
            }
        }
        self.push_block(at, case.body, CursorKind::Case(None));
    }

    // Native frames.

    pub(super) fn native_step(&mut self, at: usize, forks: Forks<'_, 's, 'a>) {
        let Some(Frame::Native(frame)) =
            self.threads.get_mut(at).and_then(|it| it.frames.last_mut())
        else {
            return;
        };
        let site = Site { file: frame.file, place: frame.place, dest: Dest::Slot, call: None };
        let Some(op) = frame.ops.pop_front() else {
            let (dest, value) = (frame.dest, frame.result.clone());
            let mut group = None;
            if let Some(thread) = self.threads.get_mut(at) {
                thread.frames.pop();
                group = thread.group.filter(|_| thread.frames.is_empty());
            }
            // An error group gives the first error of its functions.
            if let Some(group) = group.and_then(|it| self.struct_mut(it))
                && matches!(value, Value::Error(_))
                && group.get("error").is_none()
            {
                group.set("error", value.clone());
            }
            self.deliver(at, dest, value);
            return;
        };
        match op {
            Op::Call(callee, args) => self.call_value(at, callee, args, site, forks),
            Op::Spawn(callee, args, group) => {
                self.spawn_now(callee, args, group, site, forks);
            }
            Op::Wait(wait) => self.wait(at, wait),
            Op::Drain(server) => {
                if self.stage(server) == super::Stage::Serving {
                    self.set_stage(server, super::Stage::Draining);
                }
                let wait = Wait::Drain {
                    server: Some(server),
                    context: None,
                    until: None,
                    into: Dest::Slot,
                };
                self.wait(at, wait);
            }
            Op::Result(value) => {
                if let Some(Frame::Native(frame)) =
                    self.threads.get_mut(at).and_then(|it| it.frames.last_mut())
                {
                    frame.result = value;
                }
            }
            Op::Resolve(container, function) => self.resolve(at, container, function),
            Op::Store(container, ty) => {
                let value = match self.threads.get(at).and_then(|it| it.frames.last()) {
                    Some(Frame::Native(frame)) => frame.result.clone(),
                    _ => Value::Unknown,
                };
                self.store_provided(container, ty, value);
            }
            Op::Keep => {
                if let Some(Frame::Native(frame)) =
                    self.threads.get(at).and_then(|it| it.frames.last())
                {
                    self.aside = Some(frame.result.clone());
                }
            }
            Op::Interrupt(group) => self.interrupt(at, group),
            Op::StopHooks(container, drains) => self.stop_hooks(at, container, drains),
        }
    }

    /// Starts a thread and lets it run until it waits, before its creator goes on: loop variables
    /// and the like then have the values they had at the `go` statement.
    pub(super) fn spawn_now(
        &mut self,
        callee: Value<'a>,
        args: Vec<Value<'a>>,
        group: Option<Obj>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        let interesting = match &callee {
            Value::Func(closure) => !self.shared.interests.of_function(closure.function).is_none(),
            _ => true,
        };
        if !interesting && group.is_none() {
            return;
        }
        let Some(thread) = self.spawn_at(callee, args, group, site) else { return };
        if let Some(group) = group.and_then(|it| self.struct_mut(it)) {
            group.pending += 1;
        }
        if self.phase == Phase::Before {
            self.run_thread(thread, forks);
        }
    }

    pub(super) fn str_value(text: &str, origin: Origin) -> Value<'a> {
        Value::Str(Some(Rc::from(text)), origin)
    }
}

/// The site of a statement whose call has no result.
fn site_of<'a>(file: FileRef, place: goready_model::Place) -> Site<'a> {
    Site { file, place, dest: Dest::Drop, call: None }
}
