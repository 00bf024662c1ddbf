//! Receives and selects.

use goready_parse::go::code::{Communication, Expr, ExprId, SelectCase};

use super::{CursorKind, Dest, FileRef, Machine, Obj, SelectRef, Value, Wait};

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn receive(
        &mut self,
        at: usize,
        channel: &Value<'a>,
        into: Dest,
        place: goready_model::Place,
    ) {
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
    pub(super) fn is_stop_channel(&self, at: usize, channel: ExprId) -> bool {
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

    /// Whether a channel is a variable that nothing but its declaration and this receive speaks of:
    /// `forever := make(chan bool)`, and at the end of main `<-forever`.
    pub(super) fn is_never_fed(&self, at: usize, channel: ExprId) -> bool {
        let Some(frame) = self.code_frame(at) else { return false };
        let code = self.repo().code(frame.file);
        let Expr::Local(var) = code.expr(channel) else { return false };
        let Some(variable) = code.variable(*var).filter(|it| it.assignments == 0) else {
            return false;
        };
        let Some((init, 0)) = variable.init else { return false };
        let made = code.call_of(init).is_some_and(
            |it| matches!(code.expr(it.callee), Expr::Global(name) if code.text(*name) == "make"),
        );
        let Some(function) = frame.function.and_then(|it| self.repo().function(it)) else {
            return false;
        };
        let declaration = variable.place.start;
        // What a literal takes from around it is known to others.
        let own = function.variables.contains(&var.0);
        own && made
            && code
                .exprs_in(function.exprs.clone())
                .filter(|(_, it)| matches!(it, Expr::Local(other) if other == var))
                .all(|(it, _)| it == channel || code.expr_bytes(it).start == declaration)
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

    pub(super) fn select_step(&mut self, at: usize, cases: &'a [SelectCase], here: SelectRef) {
        let mut channels = Vec::new();
        let mut default = None;
        let mut ready_case = None;
        let mut received = None;
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
                Communication::Send { channel, .. } => {
                    let value = self.eval(at, *channel);
                    let channel = self.as_channel(&value);
                    // With a default a send happens when somebody is there to receive.
                    if channel.is_some_and(|it| self.is_received_from(it)) {
                        received = received.or(Some(position));
                    }
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
                None => self.select_chosen(at, here, received.unwrap_or(default), Value::Unknown),
            }
            return;
        }
        self.wait(at, wait);
    }

    /// Whether a thread waits for a value from a channel.
    fn is_received_from(&self, channel: Obj) -> bool {
        self.threads.iter().filter(|it| !it.done).any(|it| match &it.wait {
            Some(Wait::Receive { channel: from, .. }) => *from == channel,
            Some(Wait::Select { cases, .. }) => cases.contains(&Some(channel)),
            _ => false,
        })
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
        if let Communication::Send { channel, value } = &case.communication {
            let channel = self.eval(at, *channel);
            let value = self.eval(at, *value);
            if let Some(channel) = self.as_channel(&channel).and_then(|it| self.channel_mut(it)) {
                channel.queue.push_back(value);
            }
        }
        self.push_block(at, case.body, CursorKind::Case(None));
    }
}
