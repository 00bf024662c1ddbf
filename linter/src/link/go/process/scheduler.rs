//! Threads and time: who goes on, what waits are over, when the signal comes.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    ChannelSource, CursorKind, Dest, Forks, Frame, MAX_RUN_STEPS, MAX_STEPS, MAX_TICKS, Machine,
    Obj, Object, Phase, Ready, ServerRef, Stage, Time, Value, Wait,
};

/// Steps that a thread beside main may take before the signal.
const MAX_WORK: u32 = 20_000;
/// How often in a row all threads stand where they stood before, although time moved on, until
/// nothing new is expected of more time.
const MAX_SAME: u32 = 8;

/// Whether time still changes something.
#[derive(Debug, Default)]
struct Settled {
    standing: u64,
    times: u32,
}

impl Settled {
    /// Takes where the threads stand after time moved on.
    fn after(&mut self, standing: u64) -> bool {
        self.times = if self.standing == standing { self.times + 1 } else { 0 };
        self.standing = standing;
        self.times >= MAX_SAME
    }
}

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn run(&mut self, forks: Forks<'_, 's, 'a>) {
        let (mut ticks, mut passes) = (0, 0);
        let mut settled = Settled::default();
        loop {
            if self.run_all(forks) {
                return;
            }
            if self.phase == Phase::After && self.finish_drains() {
                continue;
            }
            // Who waits for what is not known must not use up all time.
            if passes < MAX_TICKS / 2 && self.let_unknown_pass() {
                (passes, ticks) = (passes + 1, ticks + 1);
                continue;
            }
            let settled = self.phase == Phase::Before && settled.after(self.standing());
            if ticks < MAX_TICKS && !settled && self.tick() {
                ticks += 1;
                continue;
            }
            if self.phase == Phase::After {
                if self.call_back() {
                    continue;
                }
                return;
            }
            if !self.signal() {
                return;
            }
            (ticks, passes) = (0, 0);
        }
    }

    /// Where the threads and servers stand, as a number.
    fn standing(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for server in &self.servers {
            std::mem::discriminant(&server.stage).hash(&mut hasher);
        }
        self.notified.len().hash(&mut hasher);
        for thread in &self.threads {
            thread.done.hash(&mut hasher);
            thread.wait.as_ref().map(std::mem::discriminant).hash(&mut hasher);
            // Time that goes by until something happens once.
            let due = thread.wait.as_ref().and_then(|it| self.deadline(it));
            due.map(|it| it - self.now).hash(&mut hasher);
            for frame in &thread.frames {
                let Frame::Code(frame) = frame else { continue };
                frame.file.hash(&mut hasher);
                for cursor in &frame.cursors {
                    (cursor.block.0, cursor.at).hash(&mut hasher);
                    if let CursorKind::Loop { iterations, .. } = &cursor.kind {
                        iterations.hash(&mut hasher);
                    }
                }
            }
        }
        hasher.finish()
    }

    /// When a wait ends by a sleep, a timer or the deadline of a context.
    fn deadline(&self, wait: &Wait) -> Option<Time> {
        let timer = |it: &Obj| match self.channel(*it)?.source {
            ChannelSource::Ticker { .. } => None,
            _ => self.channel_time(*it),
        };
        match wait {
            Wait::Receive { channel, .. } => timer(channel),
            Wait::Select { cases, .. } => cases.iter().flatten().filter_map(timer).min(),
            other => self.wake_time(other),
        }
    }

    /// Runs every thread until all wait. True when the process is at its end.
    pub(super) fn run_all(&mut self, forks: Forks<'_, 's, 'a>) -> bool {
        loop {
            let mut progress = false;
            let mut at = 0;
            while at < self.threads.len() {
                if self.is_over() {
                    return true;
                }
                if self.wake(at) {
                    progress = true;
                    self.run_thread(at, forks);
                }
                at += 1;
            }
            if self.is_over() {
                return true;
            }
            if !progress {
                return false;
            }
        }
    }

    pub(super) fn is_over(&self) -> bool {
        let main_done = self.main.and_then(|it| self.threads.get(it)).is_some_and(|it| it.done);
        self.end.is_some() || self.lost || main_done
    }

    /// Whether a thread can go on; takes what it waited for.
    pub(super) fn wake(&mut self, at: usize) -> bool {
        let Some(thread) = self.threads.get(at) else { return false };
        if thread.done {
            return false;
        }
        let Some(wait) = thread.wait.clone() else { return true };
        let Some(go) = self.ready(at, &wait) else { return false };
        if let Some(thread) = self.threads.get_mut(at) {
            thread.wait = None;
        }
        self.resume(at, wait, go);
        true
    }

    pub(super) fn run_thread(&mut self, at: usize, forks: Forks<'_, 's, 'a>) {
        loop {
            let steps = self.shared.steps.get() + 1;
            self.shared.steps.set(steps);
            self.steps += 1;
            if steps > MAX_STEPS || self.steps > MAX_RUN_STEPS {
                self.lost = true;
            }
            self.limit_quiet_call(at, steps);
            // A worker that computes for long says nothing more; what it would do later is left out.
            if self.works_for_long(at) {
                self.blind = true;
                self.wait(at, Wait::Unknown { stop: true, into: Dest::Drop });
                return;
            }
            if self.is_over() && self.nested == 0 || self.lost {
                return;
            }
            let Some(thread) = self.threads.get(at) else { return };
            if thread.done || thread.wait.is_some() {
                return;
            }
            match thread.frames.last() {
                None => {
                    self.thread_done(at);
                    return;
                }
                Some(Frame::Native(_)) => self.native_step(at, forks),
                Some(Frame::Code(frame)) if frame.keep && frame.cursors.is_empty() => return,
                Some(Frame::Code(_)) => self.code_step(at, forks),
            }
        }
    }

    /// Whether a thread beside main computes more than what matters would take.
    fn works_for_long(&mut self, at: usize) -> bool {
        let beside = self.main.is_some_and(|it| it != at);
        if !beside || self.nested > 0 || self.phase == Phase::After {
            return false;
        }
        let Some(thread) = self.threads.get_mut(at) else { return false };
        thread.steps += 1;
        thread.steps > MAX_WORK
    }

    pub(super) fn thread_done(&mut self, at: usize) {
        let Some(thread) = self.threads.get_mut(at) else { return };
        thread.done = true;
        if let Some(group) = thread.group
            && let Some(group) = self.struct_mut(group)
        {
            group.pending -= 1;
        }
    }

    /// Channels that are not known become ready when nothing else goes on.
    pub(super) fn let_unknown_pass(&mut self) -> bool {
        for at in 0..self.threads.len() {
            let Some(thread) = self.threads.get(at).filter(|it| !it.done) else { continue };
            match thread.wait.clone() {
                Some(Wait::Unknown { stop: false, into }) => {
                    self.go_on(at);
                    self.deliver(at, into, Value::Unknown);
                    return true;
                }
                Some(Wait::Select { step, unknown: Some(case), .. }) => {
                    self.go_on(at);
                    self.select_chosen(at, step, case, Value::Unknown);
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    pub(super) fn go_on(&mut self, at: usize) {
        if let Some(thread) = self.threads.get_mut(at) {
            thread.wait = None;
        }
    }

    /// Moves time on to the next thing that happens by itself. False when there is none.
    pub(super) fn tick(&mut self) -> bool {
        let mut next: Option<Time> = None;
        let mut spinning = false;
        for thread in self.threads.iter().filter(|it| !it.done) {
            let Some(wait) = &thread.wait else { continue };
            if let Wait::Spin(_) = wait {
                spinning = true;
            }
            if let Some(time) = self.wake_time(wait) {
                next = Some(next.map_or(time, |it| it.min(time)));
            }
        }
        match next {
            Some(time) => {
                self.now = self.now.max(time);
                self.epoch += 1;
                true
            }
            None => {
                let again = spinning && self.phase == Phase::After && self.epoch == 0;
                if again {
                    self.epoch += 1;
                }
                again
            }
        }
    }

    pub(super) fn wake_time(&self, wait: &Wait) -> Option<Time> {
        match wait {
            Wait::Sleep(until) => Some(*until),
            Wait::Receive { channel, .. } => self.channel_time(*channel),
            Wait::Select { cases, .. } => {
                cases.iter().flatten().filter_map(|it| self.channel_time(*it)).min()
            }
            Wait::Context(context) => self.context_time(*context),
            Wait::Serving { context: Some(context), .. } => self.context_time(*context),
            Wait::Drain { until, context, .. } => {
                let by_context = context.and_then(|it| self.context_time(it));
                (*until).into_iter().chain(by_context).min()
            }
            _ => None,
        }
    }

    pub(super) fn channel_time(&self, channel: Obj) -> Option<Time> {
        match self.channel(channel)?.source {
            ChannelSource::Timer(at) => Some(at).filter(|it| *it > self.now),
            ChannelSource::Ticker { next, .. } => Some(next),
            ChannelSource::Done(context) => self.context_time(context),
            ChannelSource::Sends | ChannelSource::Never => None,
        }
    }

    pub(super) fn context_time(&self, context: Obj) -> Option<Time> {
        let mut time: Option<Time> = None;
        let mut next = Some(context);
        while let Some(context) = next.and_then(|it| self.context(it)) {
            if let Some(deadline) = context.deadline.filter(|it| *it > self.now) {
                time = Some(time.map_or(deadline, |it| it.min(deadline)));
            }
            next = context.parent;
        }
        time
    }

    /// All other threads wait: what the servers still have in flight is done.
    pub(super) fn finish_drains(&mut self) -> bool {
        let mut progress = false;
        for server in &mut self.servers {
            if server.stage == Stage::Draining {
                server.stage = Stage::Drained;
                progress = true;
            }
        }
        progress
    }

    /// SIGTERM. False when the process ends by it, or ignores it.
    pub(super) fn signal(&mut self) -> bool {
        self.served = self
            .servers
            .iter()
            .enumerate()
            .filter(|(_, it)| it.stage == Stage::Serving)
            .map(|(at, _)| at as ServerRef)
            .collect();
        let waiting = self.threads.iter().any(|it| {
            !it.done && matches!(it.wait, Some(Wait::Serving { signals: true, .. } | Wait::Signal))
        });
        if self.notified.is_empty() && !waiting && self.on_signal.is_empty() {
            return false;
        }
        self.served_at_signal = self.any_in_service();
        self.phase = Phase::After;
        self.epoch += 1;
        for obj in self.notified.clone() {
            match self.heap.get_mut(obj) {
                Some(Object::Channel(channel)) => channel.queue.push_back(Value::Signal("SIGTERM")),
                Some(Object::Context(context)) => context.done = true,
                _ => {}
            }
        }
        for callee in std::mem::take(&mut self.on_signal) {
            self.spawn(callee, Vec::new(), None);
        }
        true
    }

    /// Whether a wait is over, with what it gives.
    pub(super) fn ready(&mut self, at: usize, wait: &Wait) -> Option<Ready<'a>> {
        match wait {
            Wait::Receive { channel, .. } => self.take(*channel).map(Ready::Value),
            Wait::Select { cases, .. } => cases.iter().enumerate().find_map(|(case, channel)| {
                let value = self.take((*channel)?)?;
                Some(Ready::Case(case, value))
            }),
            Wait::Serving { server, signals, context, .. } => {
                let stage = self.stage(*server);
                let returns_drained =
                    self.servers.get(*server as usize).is_some_and(|it| it.returns_drained);
                let stopped = match stage {
                    Stage::Drained | Stage::Cut => true,
                    Stage::Draining => !returns_drained,
                    Stage::Idle | Stage::Serving => false,
                };
                let told = (*signals && self.phase == Phase::After)
                    || context.is_some_and(|it| self.context_done(it));
                (stopped || told).then_some(Ready::Go)
            }
            Wait::Drain { server, context, until, .. } => {
                let done = server.is_none_or(|it| self.stage(it) != Stage::Draining);
                let given_up = context.is_some_and(|it| self.context_done(it))
                    || until.is_some_and(|it| it <= self.now);
                (done || given_up).then_some(Ready::Go)
            }
            Wait::Group(group, _) => {
                let pending = match self.heap.get(*group) {
                    Some(Object::Struct(it)) => it.pending,
                    _ => 0,
                };
                (pending <= 0).then_some(Ready::Go)
            }
            Wait::Actors(group, _) => {
                let pending = match self.heap.get(*group) {
                    Some(Object::Struct(it)) => it.pending < it.parts.len() as i64 / 2,
                    _ => true,
                };
                pending.then_some(Ready::Go)
            }
            Wait::Sleep(until) => (*until <= self.now).then_some(Ready::Go),
            Wait::Context(context) => self.context_done(*context).then_some(Ready::Go),
            Wait::Signal => (self.phase == Phase::After).then_some(Ready::Go),
            Wait::Spin(epoch) => (*epoch < self.epoch).then_some(Ready::Go),
            Wait::Forever | Wait::Unknown { .. } => {
                let _ = at;
                None
            }
        }
    }

    /// Takes a value from a channel if there is one.
    pub(super) fn take(&mut self, channel: Obj) -> Option<Value<'a>> {
        let now = self.now;
        let source = self.channel(channel)?.source;
        if let ChannelSource::Done(context) = source {
            return self.context_done(context).then_some(Value::Nil);
        }
        let channel = self.channel_mut(channel)?;
        if let Some(value) = channel.queue.pop_front() {
            return Some(value);
        }
        match source {
            ChannelSource::Timer(at) if at <= now => {
                channel.source = ChannelSource::Never;
                Some(Value::Unknown)
            }
            ChannelSource::Ticker { next, period } if next <= now => {
                channel.source = ChannelSource::Ticker { next: now + period.max(1), period };
                Some(Value::Unknown)
            }
            _ => channel.closed.then_some(Value::Nil),
        }
    }

    pub(super) fn resume(&mut self, at: usize, wait: Wait, ready: Ready<'a>) {
        match (wait, ready) {
            (Wait::Receive { into, .. }, Ready::Value(value)) => self.deliver(at, into, value),
            (Wait::Select { step, .. }, Ready::Case(case, value)) => {
                self.select_chosen(at, step, case, value);
            }
            (Wait::Serving { server, drains, into, .. }, _) => {
                self.served(at, server, drains, into);
            }
            (Wait::Drain { server, into, .. }, _) => {
                let drained = server.is_none_or(|it| self.stage(it) == Stage::Drained);
                if !drained && let Some(server) = server {
                    self.set_stage(server, Stage::Cut);
                }
                let result =
                    if drained { Value::Nil } else { Value::Error("context.DeadlineExceeded") };
                self.deliver(at, into, result);
            }
            (Wait::Group(group, into), _) => {
                let error = match self.heap.get(group) {
                    Some(Object::Struct(it)) => it.get("error").cloned(),
                    _ => None,
                };
                self.deliver(at, into, error.unwrap_or(Value::Nil));
            }
            (Wait::Actors(_, into), _) => self.deliver(at, into, Value::Nil),
            _ => {}
        }
    }

    pub(super) fn set_stage(&mut self, server: ServerRef, stage: Stage) {
        if let Some(server) = self.servers.get_mut(server as usize) {
            server.stage = stage;
        }
    }

    /// The blocking call of a server comes back.
    pub(super) fn served(&mut self, at: usize, server: ServerRef, drains: bool, into: Dest) {
        match self.stage(server) {
            Stage::Serving | Stage::Idle => {
                // Told by the signal or its context: the call stops the server itself.
                if drains {
                    self.set_stage(server, Stage::Draining);
                    let wait =
                        Wait::Drain { server: Some(server), context: None, until: None, into };
                    self.wait(at, wait);
                } else {
                    self.set_stage(server, Stage::Cut);
                    self.deliver(at, into, Value::Nil);
                }
            }
            Stage::Draining | Stage::Drained | Stage::Cut => {
                let closed = self.closed_errors.get(&server).copied();
                let result = closed.map_or(Value::Nil, Value::Error);
                self.deliver(at, into, result);
            }
        }
    }
}
