//! Functions and options that other modules get.

use std::rc::Rc;

use super::{Closure, Machine, Obj, Op, Phase, Site, Value, Wait};
use crate::link::go::{interest::Interest, libraries::Effect, repo::Named};

impl<'s, 'a> Machine<'s, 'a> {
    /// What the code behind a function value may do.
    pub(super) fn value_interest(&self, value: &Value<'a>) -> Interest {
        match value {
            Value::Func(closure) => self.shared.interests.of_function(closure.function),
            Value::Bound(bound) => match self.struct_of(&bound.0) {
                Some((_, object)) => match object.named {
                    Some(named @ Named::Own(..)) => self
                        .repo()
                        .own_method(named, bound.1)
                        .map_or(Interest::NONE, |it| self.shared.interests.of_function(it)),
                    Some(Named::External(path, ty)) => {
                        let model = self.repo().libraries.find(path, Some(ty), bound.1, None);
                        match model.map(|it| it.effect) {
                            Some(Effect::Serve) => Interest::SERVE,
                            Some(Effect::Shutdown | Effect::Close) => Interest::STOP,
                            _ => Interest::NONE,
                        }
                    }
                    None => Interest::NONE,
                },
                None => Interest::NONE,
            },
            _ => Interest::NONE,
        }
    }

    /// Whether a function stops a server, itself or through a function that it holds: a closure
    /// that was made around `srv.Shutdown`.
    fn may_stop(&self, value: &Value<'a>, depth: u32) -> bool {
        const MAX_DEPTH: u32 = 3;
        if self.value_interest(value).has(Interest::STOP) {
            return true;
        }
        let Value::Func(closure) = value else { return false };
        depth < MAX_DEPTH
            && closure.env.iter().filter_map(|(_, cell)| self.cells.get(*cell)).any(|it| {
                matches!(it, Value::Func(_) | Value::Bound(_)) && self.may_stop(it, depth + 1)
            })
    }

    /// Remembers functions that code elsewhere gets and that may end a wait.
    pub(super) fn keep_callbacks(&mut self, args: &[Value<'a>]) {
        const MAX_KEPT: usize = 32;
        for arg in args {
            if let Value::Func(closure) = arg
                && self.value_interest(arg).has(Interest::FLOW)
                && self.callbacks.len() < MAX_KEPT
            {
                self.callbacks.push(closure.clone());
            }
        }
    }

    /// All wait, and one for a channel that a function holds which code elsewhere was given: it is
    /// called, as with `nats.ClosedHandler` when a connection has drained. False when there is none.
    pub(super) fn call_back(&mut self) -> bool {
        let waited: Vec<Obj> = self
            .threads
            .iter()
            .filter(|it| !it.done)
            .flat_map(|it| match &it.wait {
                Some(Wait::Receive { channel, .. }) => vec![*channel],
                Some(Wait::Select { cases, .. }) => cases.iter().flatten().copied().collect(),
                _ => Vec::new(),
            })
            .collect();
        let holds = |it: &Rc<Closure<'a>>| {
            let mut cells = it.env.iter().filter_map(|(_, cell)| self.cells.get(*cell));
            cells.any(|it| matches!(it, Value::Object(obj) if waited.contains(obj)))
        };
        let Some(at) = self.callbacks.iter().position(holds) else { return false };
        let callback = self.callbacks.remove(at);
        self.spawn(Value::Func(callback), Vec::new(), None).is_some()
    }

    /// Function arguments of a call that is not modelled: what serves is taken to run now, what
    /// stops or ends the process to be kept for later.
    pub(super) fn run_callbacks(
        &mut self,
        at: usize,
        name: &str,
        args: &[Value<'a>],
        site: Site<'a>,
    ) -> bool {
        // Functions that are kept for later, by the name of who takes them.
        const KEEPERS: [&str; 17] = [
            "New",
            "With",
            "Add",
            "Register",
            "On",
            "Set",
            "Handle",
            "Use",
            "Append",
            "Push",
            "Subscribe",
            "Option",
            "Provide",
            "Hook",
            "Func",
            "Schedule",
            "Every",
        ];
        if KEEPERS.iter().any(|it| name.starts_with(it)) || name.ends_with("Func") {
            let stops = args.iter().any(|it| self.may_stop(it, 0));
            self.blind |= stops;
            self.kept_stop |= stops;
            return false;
        }
        let mut ops = Vec::new();
        for arg in args {
            let interest = self.value_interest(arg);
            if interest.is_none() || interest.only_exits() || self.is_handler(arg) {
                continue;
            }
            let runs = interest.has(Interest::SERVE | Interest::SIGNAL)
                || interest.has(Interest::FLOW | Interest::ARRANGE)
                    && !interest.has(Interest::STOP);
            if runs && self.phase == Phase::Before {
                ops.push(Op::Call(arg.clone(), vec![self.any_context()]));
            } else if interest.has(Interest::STOP) {
                self.blind = true;
                self.kept_stop = true;
            }
        }
        if ops.is_empty() {
            return false;
        }
        self.native(at, ops, Value::Unknown, &site);
        true
    }

    pub(super) fn any_context(&mut self) -> Value<'a> {
        Value::Object(self.new_context(None))
    }

    /// A function with parameters other than one context is called back with data: a request
    /// handler, a visitor.
    pub(super) fn is_handler(&self, value: &Value<'a>) -> bool {
        let function = match value {
            Value::Func(closure) => Some(closure.function),
            Value::Bound(bound) => self
                .struct_of(&bound.0)
                .and_then(|(_, it)| self.repo().own_method(it.named?, bound.1)),
            _ => None,
        };
        let Some(function) = function else { return false };
        let Some(code) = self.repo().function(function) else { return false };
        match code.params.as_slice() {
            [] => false,
            [only] => {
                let ty = Self::written(function.file, only.ty);
                self.repo().named(ty) != Some(Named::External("context", "Context"))
            }
            _ => true,
        }
    }

    /// The functions of this name that a container or command holds.
    pub(super) fn field_function(&self, value: &Value<'a>, name: &str) -> Option<Value<'a>> {
        let (_, object) = self.struct_of(value)?;
        let found = object.get(name)?.clone();
        matches!(found, Value::Func(_) | Value::Bound(_)).then_some(found)
    }

    /// Whether an argument is spelled with one of these names (`iris.WithoutInterruptHandler`).
    pub(super) fn mentions(&self, args: &[Value<'a>], names: &[String]) -> bool {
        args.iter().any(|arg| match arg {
            Value::External(_, name) => names.iter().any(|it| it == name),
            _ => match self.struct_of(arg) {
                Some((_, object)) => {
                    let own = match object.named {
                        Some(Named::External(_, name)) => names.iter().any(|it| it == name),
                        _ => false,
                    };
                    let field = object.fields.iter().any(|(field, value)| {
                        names.iter().any(|it| it == field) && matches!(value, Value::Bool(true))
                    });
                    own || field || self.mentions(&object.args, names)
                }
                None => false,
            },
        })
    }

    /// The arguments of an option by its name, wherever it was passed.
    pub(super) fn option(&self, args: &[Value<'a>], name: &str) -> Option<Vec<Value<'a>>> {
        args.iter().find_map(|arg| {
            let (_, object) = self.struct_of(arg)?;
            match object.named {
                Some(Named::External(_, it)) if it == name => Some(object.args.clone()),
                _ => {
                    if let Some(value) = object.get(name) {
                        return Some(vec![value.clone()]);
                    }
                    self.option(&object.args, name)
                }
            }
        })
    }
}
