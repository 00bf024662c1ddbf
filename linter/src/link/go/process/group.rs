//! Groups of goroutines: wait groups, actors, what a manager runs.

use std::rc::Rc;

use super::{Dest, Machine, Native, Obj, Op, Site, Value, Wait, library::Call};

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn wait_group(&mut self, at: usize, group: Option<Obj>, site: Site<'a>) {
        match group {
            Some(group) => self.wait(at, Wait::Group(group, site.dest)),
            None => {
                self.blind = true;
                self.deliver(at, site.dest, Value::Nil);
            }
        }
    }

    pub(super) fn spawn_all(
        &mut self,
        at: usize,
        args: &[Value<'a>],
        group: Option<Obj>,
        site: Site<'a>,
    ) {
        let ops = args
            .iter()
            .filter(|it| matches!(it, Value::Func(_) | Value::Bound(_) | Value::Native(_)))
            .map(|it| Op::Spawn(it.clone(), Vec::new(), group))
            .collect();
        self.native(at, ops, Value::Nil, &site);
    }

    /// What was added to a manager runs with its context, in threads it waits for.
    pub(super) fn start_runnables(
        &self,
        group: Obj,
        runnables: Vec<Value<'a>>,
        stop: &Value<'a>,
    ) -> Vec<Op<'a>> {
        let callee = |runnable: Value<'a>| match self.struct_of(&runnable) {
            Some((_, object)) => {
                let has = |it: &&str| {
                    object.named.is_some_and(|named| self.repo().own_method(named, it).is_some())
                };
                let method = ["Start", "Serve", "Run"].into_iter().find(has).unwrap_or("Start");
                Value::Bound(Rc::new((runnable, method)))
            }
            None => runnable,
        };
        runnables
            .into_iter()
            .map(|it| Op::Spawn(callee(it), vec![stop.clone()], Some(group)))
            .collect()
    }

    pub(super) fn signal_actor(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
        let term = self.covers_term(call.args.get(1..).unwrap_or(&[]));
        self.register(site.place, term);
        let parent = call.args.first().and_then(|it| self.as_context(it));
        let context = self.new_context(parent);
        if term != Some(false) {
            self.model.get_or_insert(call.path.to_owned());
            if let Some(context) = self.context_mut(context) {
                context.signals = true;
            }
            // The actor registers when it runs; nobody runs it for another reason.
            self.notified.push(context);
        }
        let pair =
            [Value::Native(Native::SignalActor(context)), Value::Native(Native::Cancel(context))];
        self.deliver(at, site.dest, Value::Tuple(Rc::from(pair)));
    }

    pub(super) fn run_actors(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
        let Some(group) = self.receiver_object(&call.receiver) else {
            self.blind = true;
            self.wait(at, Wait::Forever);
            return;
        };
        let parts = self.struct_mut(group).map(|it| it.parts.clone()).unwrap_or_default();
        let mut ops: Vec<Op<'a>> = parts
            .chunks(2)
            .filter_map(|it| it.first())
            .map(|it| Op::Spawn(it.clone(), Vec::new(), Some(group)))
            .collect();
        ops.push(Op::Wait(Wait::Actors(group, Dest::Slot)));
        ops.push(Op::Interrupt(group));
        ops.push(Op::Wait(Wait::Group(group, Dest::Slot)));
        ops.push(Op::FirstResult(group));
        self.native(at, ops, Value::Error(""), &site);
    }

    pub(super) fn interrupt(&mut self, at: usize, group: Obj) {
        let parts = self.struct_mut(group).map(|it| it.parts.clone()).unwrap_or_default();
        let site = Site {
            file: super::FileRef(0),
            place: self.repo().place(super::FileRef(0), &(0..0)),
            dest: Dest::Slot,
            call: None,
        };
        let ops = parts
            .chunks(2)
            .filter_map(|it| it.get(1))
            .map(|it| Op::Call(it.clone(), vec![Value::Error("")]))
            .collect();
        self.native(at, ops, Value::Nil, &site);
    }
}
