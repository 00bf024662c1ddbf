//! Statements and control flow.

use std::rc::Rc;

use goready_parse::go::code::{BlockId, Expr, ExprId, Step, StepKind, VarId};

use super::{
    Cursor, CursorKind, Deferred, Dest, FileRef, Forks, Frame, LoopPart, Machine, Obj, Op, Phase,
    SelectRef, Site, Value, Wait, eval::nth, value::Origin,
};
use crate::link::go::repo::Ty;

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
        if self.repo().is_foreign(file) {
            self.note_home(at, place);
        }
        match &step.kind {
            StepKind::Call { call, result } => {
                if let Some(call) = code.call(*call) {
                    let site = Site { file, place, dest: Dest::Temp(*result), call: None };
                    self.call_expr(at, call, site, forks);
                }
            }
            StepKind::Receive { channel, result } => {
                let value = self.eval(at, *channel);
                if self.is_never_fed(at, *channel) {
                    self.wait(at, Wait::Forever);
                    return;
                }
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

    pub(super) fn declare(&mut self, at: usize, var: VarId, value: Value<'a>) {
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
                cell.and_then(|it| self.cells.get(it)).cloned().unwrap_or(Value::Unknown)
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
            if let Some(group) = group.and_then(|it| self.struct_mut(it)) {
                // An error group gives the first error of its functions, a run group what the
                // first actor gives.
                if matches!(value, Value::Error(_)) && group.get("error").is_none() {
                    group.set("error", value.clone());
                }
                if group.get("first").is_none() {
                    group.set("first", value.clone());
                }
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
            Op::FirstResult(group) => {
                let first = self.struct_mut(group).and_then(|it| it.get("first").cloned());
                // `run.SignalHandler` and most actors end with an error.
                let result = match first {
                    Some(Value::Nil) => Value::Nil,
                    _ => Value::Error(""),
                };
                if let Some(Frame::Native(frame)) =
                    self.threads.get_mut(at).and_then(|it| it.frames.last_mut())
                {
                    frame.result = result;
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
