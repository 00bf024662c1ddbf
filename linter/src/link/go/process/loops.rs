//! Loops: how often they go round, and when one counts as endless.

use std::collections::VecDeque;

use goready_parse::go::code::{
    BlockId, Code, Communication, Expr, ExprId, Loop, Name, RangeLoop, StepKind, VarId,
};

use super::{
    Cell, ChannelSource, Cursor, CursorKind, Dest, FileRef, Forks, Frame, LoopPart, MAX_ELEMENTS,
    MAX_ITERATIONS, Machine, Obj, Object, Phase, Thread, Value, Wait, eval::Truth, value::Origin,
};
use crate::link::go::{interest::Interest, repo::Ty};

/// Iterations of a loop whose condition is known each time.
const MAX_COUNTED: u32 = 64;
/// Rounds of waiting loops after which one that never waits is told from them.
const MAX_BUSY: u32 = 200;

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn range(&mut self, at: usize, code: &'a RangeLoop) {
        let over = self.eval(at, code.over);
        let mut items: VecDeque<(Value<'a>, Value<'a>)> = VecDeque::new();
        let mut channel: Option<Obj> = None;
        match &over {
            Value::Object(obj) => match self.heap.get(*obj) {
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

    pub(super) fn element_value(&mut self, at: usize, code: &RangeLoop) -> Value<'a> {
        let Some(frame) = self.code_frame(at) else { return Value::Unknown };
        let file = frame.file;
        let Some(value) = code.value else { return Value::Unknown };
        match self.repo().type_of(file, value) {
            Ty::Unknown => Value::Unknown,
            ty => self.materialise(ty),
        }
    }

    pub(super) fn range_next(&mut self, at: usize) {
        let Some(frame) = self.code_frame_mut(at) else { return };
        let Some(cursor) = frame.cursors.last_mut() else { return };
        let CursorKind::Range { code, items, channel } = &mut cursor.kind else { return };
        if let (Some(channel), body) = (*channel, code.body) {
            let went_round = cursor.at != usize::MAX;
            cursor.at = usize::MAX;
            let file = frame.file;
            let ticks = self
                .channel(channel)
                .is_some_and(|it| matches!(it.source, ChannelSource::Ticker { .. }));
            if went_round && ticks && self.is_winding_up(at) && self.polls(file, body) {
                self.leave_cursor(at);
                return;
            }
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

    pub(super) fn range_body(&mut self, at: usize, key: Value<'a>, value: Value<'a>) {
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

    pub(super) fn loop_part_end(
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
    pub(super) fn counted(&self, _at: usize, code: &Loop) -> bool {
        code.condition.is_some() && !code.vars.is_empty()
    }

    /// A loop went round several times: if code can leave it, it is taken to; otherwise the thread
    /// stays in it.
    pub(super) fn endless(&mut self, at: usize, code: &'a Loop, iterations: u32) {
        let Some(frame) = self.code_frame(at) else { return };
        let file = frame.file;
        // A condition becomes false one day, and code that can leave does.
        let leaves = code.condition.is_some() || self.can_leave(file, code.body);
        let waited = self.interest(file, code.body).has(Interest::FLOW | Interest::SERVE);
        let polled = self.is_winding_up(at) && self.polls(file, code.body);
        if leaves && (!waited || polled) {
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

    /// Whether a thread does what `main` has left to do once the signal has come. A loop there ends
    /// one day, or nobody would have written what follows.
    fn is_winding_up(&self, at: usize) -> bool {
        self.phase == Phase::After && self.main == Some(at)
    }

    /// Whether a loop asks again and again for something that lets it go on: it can leave, and waits
    /// for nothing but time.
    fn polls(&self, file: FileRef, body: BlockId) -> bool {
        let mut waits = false;
        self.repo().code(file).walk(body, &mut |step| {
            waits |= match &step.kind {
                // With a default it does not wait.
                StepKind::Select(cases) => {
                    cases.iter().all(|it| it.communication != Communication::Default)
                }
                StepKind::Receive { .. } => true,
                _ => false,
            };
        });
        !waits && self.can_leave(file, body)
    }

    /// Whether a thread asks again and again whether something has come about, and then goes on:
    /// it sleeps in a loop that waits for nothing else and is left in good order.
    pub(super) fn asks_until_done(&self, thread: &Thread<'a>) -> bool {
        let innermost = thread.frames.iter().rev().find_map(|it| {
            let Frame::Code(frame) = it else { return None };
            frame.cursors.iter().rev().find_map(|cursor| match &cursor.kind {
                CursorKind::Loop { code, .. } => Some((frame.file, code.body)),
                _ => None,
            })
        });
        innermost
            .is_some_and(|(file, body)| self.polls(file, body) && self.ends_well(file, body, 0))
    }

    /// Whether a loop is left for another reason than an error.
    fn ends_well(&self, file: FileRef, block: BlockId, breakable: u32) -> bool {
        let code = self.repo().code(file);
        if self.shared.interests.fails(file, block) {
            return false;
        }
        code.block(block).iter().any(|step| match &step.kind {
            StepKind::Return(_) | StepKind::Break(Some(_)) => true,
            StepKind::Break(None) => breakable == 0,
            StepKind::If { condition, then, otherwise } => {
                !speaks_of_error(code, *condition) && self.ends_well(file, *then, breakable)
                    || otherwise.is_some_and(|it| self.ends_well(file, it, breakable))
            }
            kind => {
                let inner =
                    matches!(kind, StepKind::Loop(_) | StepKind::Range(_) | StepKind::Switch(_));
                let nested = breakable + u32::from(inner);
                step.blocks().into_iter().any(|it| self.ends_well(file, it, nested))
            }
        })
    }

    /// Whether a `return`, or a `break` of this loop, stands in a block.
    pub(super) fn can_leave(&self, file: FileRef, block: BlockId) -> bool {
        let code = self.repo().code(file);
        let mut leaves = false;
        self.find_leave(code, block, 0, &mut leaves);
        leaves
    }

    #[expect(clippy::self_only_used_in_recursion, reason = "one of the methods over the code")]
    pub(super) fn find_leave(
        &self,
        code: &'a Code,
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

    pub(super) fn set_loop(
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

    pub(super) fn leave_cursor(&mut self, at: usize) {
        if let Some(frame) = self.code_frame_mut(at) {
            frame.cursors.pop();
        }
    }

    pub(super) fn renew(&mut self, at: usize, var: VarId) {
        let Some(frame) = self.code_frame(at) else { return };
        let cell: Option<Cell> =
            frame.env.iter().rev().find(|(it, _)| *it == var).map(|(_, cell)| *cell);
        let value = cell.and_then(|it| self.cells.get(it)).cloned();
        if let Some(value) = value {
            self.declare(at, var, value);
        }
    }

    pub(super) fn break_out(&mut self, at: usize, label: Option<Name>) {
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

    pub(super) fn continue_loop(&mut self, at: usize, label: Option<Name>) {
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
}

/// Whether a condition asks for an error: `err != nil`.
fn speaks_of_error(code: &Code, condition: ExprId) -> bool {
    match code.expr(condition) {
        Expr::Local(var) => code
            .variable(*var)
            .is_some_and(|it| code.text(it.name).to_ascii_lowercase().contains("err")),
        Expr::Select { base, field } => {
            code.text(*field).to_ascii_lowercase().contains("err") || speaks_of_error(code, *base)
        }
        Expr::Unary { operand, .. } => speaks_of_error(code, *operand),
        Expr::Binary { left, right, .. } => {
            speaks_of_error(code, *left) || speaks_of_error(code, *right)
        }
        Expr::Result(_) => code.call_of(condition).is_some_and(|call| {
            speaks_of_error(code, call.callee)
                || call.args.iter().any(|it| speaks_of_error(code, *it))
        }),
        _ => false,
    }
}
