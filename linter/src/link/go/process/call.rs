//! Calls: of the repository's own functions, of methods by their receiver, of function values.

use std::{collections::VecDeque, rc::Rc};

use goready_parse::go::code::{Call, Expr, Function, Param, TypeExpr};

use super::{
    Closure, CodeFrame, Cursor, CursorKind, FnRef, Forks, Frame, MAX_FRAMES, MAX_QUIET_STEPS,
    Machine, Native, Object, Op, Phase, Quiet, Site, Struct, Value, Wait,
};
use crate::link::go::{
    interest::Interest,
    repo::{Callee, Named, Ty},
};

impl<'s, 'a> Machine<'s, 'a> {
    /// Callee and arguments of a call that happens later (`go`, `defer`).
    pub(super) fn prepare(&mut self, at: usize, call: &'a Call) -> (Value<'a>, Vec<Value<'a>>) {
        let callee = self.eval(at, call.callee);
        let args = self.arguments(at, call);
        (callee, args)
    }

    fn arguments(&mut self, at: usize, call: &'a Call) -> Vec<Value<'a>> {
        let mut args: Vec<Value<'a>> = call.args.iter().map(|it| self.eval(at, *it)).collect();
        if let [only] = args.as_slice()
            && let Value::Tuple(items) = only
        {
            // `f(g())` with several results.
            args = items.to_vec();
        }
        if call.spread
            && let Some(Value::Object(obj)) = args.last()
            && let Some(Object::List(items)) = self.heap.get(*obj)
        {
            let items = items.clone();
            args.pop();
            args.extend(items);
        }
        args
    }

    /// A call step.
    pub(super) fn call_expr(
        &mut self,
        at: usize,
        call: &'a Call,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        let site = Site { call: Some(call), ..site };
        let code = self.repo().code(site.file);
        if let Expr::Global(name) = code.expr(call.callee) {
            let name = code.text(*name);
            if self.repo().own_function(site.file, name).is_none()
                && self.repo().own_value(site.file, name).is_none()
            {
                let value = self.builtin(at, name, call, site);
                if let Some(value) = value {
                    self.deliver(at, site.dest, value);
                }
                return;
            }
        }
        if let Expr::Type(_) = code.expr(call.callee) {
            let value = call.args.first().map_or(Value::Unknown, |it| self.eval(at, *it));
            self.deliver(at, site.dest, value);
            return;
        }
        let (callee, args) = self.prepare(at, call);
        if matches!(callee, Value::Unknown | Value::Typed(_)) {
            self.call_unknown(at, call, args, site, forks);
            return;
        }
        self.call_value(at, callee, args, site, forks);
    }

    /// Predeclared functions and conversions to types of the package.
    fn builtin(
        &mut self,
        at: usize,
        name: &'a str,
        call: &'a Call,
        site: Site<'a>,
    ) -> Option<Value<'a>> {
        let first = call.args.first().copied();
        Some(match name {
            "make" => {
                let ty = first.map_or(Ty::Unknown, |it| self.type_argument(site.file, it));
                if self.is_channel_type(ty) {
                    Value::Object(self.new_channel(super::ChannelSource::Sends))
                } else if self.is_list_type(ty) {
                    self.alloc(Object::List(Vec::new()))
                } else {
                    self.alloc(Object::Map(Vec::new()))
                }
            }
            "new" => {
                let ty = first.map_or(Ty::Unknown, |it| self.type_argument(site.file, it));
                let zero = self.zero(ty);
                match zero {
                    Value::Object(_) => zero,
                    other => {
                        let cell = self.new_cell(other);
                        Value::Pointer(super::value::Pointer::Cell(cell))
                    }
                }
            }
            "append" => self.append(at, call),
            "len" | "cap" => match first.map(|it| self.eval(at, it)) {
                Some(Value::Object(obj)) => match self.heap.get(obj) {
                    Some(Object::List(items)) => {
                        Value::Int(items.len() as i64, super::value::Origin::default())
                    }
                    _ => Value::Unknown,
                },
                _ => Value::Unknown,
            },
            "close" | "panic" => {
                let argument = first.map(|it| self.eval(at, it));
                self.close_or_panic(at, name, argument.as_ref(), site);
                return None;
            }
            "recover" => Value::Nil,
            "delete" | "copy" | "print" | "println" | "clear" => Value::Unknown,
            "min" | "max" => first.map_or(Value::Unknown, |it| self.eval(at, it)),
            // A conversion.
            _ => match first.map_or(Value::Unknown, |it| self.eval(at, it)) {
                Value::Signal("SIGTERM") if name != "string" => {
                    // The number of SIGTERM on every Linux architecture.
                    Value::Int(15, super::value::Origin::default())
                }
                value => value,
            },
        })
    }

    fn close_or_panic(
        &mut self,
        at: usize,
        name: &str,
        argument: Option<&Value<'a>>,
        site: Site<'a>,
    ) {
        if name == "panic" {
            if self.gives_up_function(at) {
                return;
            }
            if self.nested == 0 {
                self.end.get_or_insert((2, site.place, "panic".to_owned()));
            }
            self.wait(at, Wait::Forever);
            return;
        }
        if let Some(channel) = argument.and_then(|it| self.as_channel(it))
            && let Some(channel) = self.channel_mut(channel)
        {
            channel.closed = true;
        }
        self.deliver(at, site.dest, Value::Nil);
    }

    /// Before the signal nothing fails: the values that are known led where what is not known
    /// would not have. The function ends, and its results are only known by their types.
    pub(super) fn gives_up_function(&mut self, at: usize) -> bool {
        if self.nested > 0 || self.phase == Phase::After {
            return false;
        }
        let function = self.code_frame(at).filter(|it| !it.keep).and_then(|it| it.function);
        let Some(function) = function.filter(|it| *it != self.shared.main) else { return false };
        let value = self.results_by_type(function);
        let Some(frame) = self.code_frame_mut(at) else { return false };
        frame.cursors.clear();
        frame.returning = Some(value);
        self.mended = true;
        true
    }

    fn append(&mut self, at: usize, call: &'a Call) -> Value<'a> {
        let mut args = self.arguments(at, call);
        if args.is_empty() {
            return Value::Unknown;
        }
        let first = args.remove(0);
        let mut items = match &first {
            Value::Object(obj) => match self.heap.get(*obj) {
                Some(Object::List(items)) => items.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if items.len() < super::MAX_ELEMENTS {
            items.extend(args);
        }
        self.alloc(Object::List(items))
    }

    /// The callee is not known as a value: what it may be by its name and static types.
    fn call_unknown(
        &mut self,
        at: usize,
        call: &'a Call,
        args: Vec<Value<'a>>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        let callee = self.repo().callee(site.file, call);
        match callee {
            Callee::Own(function) => {
                let receiver = self.made_receiver(function);
                let closure = Closure { function, env: Rc::from([]), receiver };
                self.call_value(at, Value::Func(Rc::new(closure)), args, site, forks);
            }
            Callee::Guess(functions) => self.call_guess(at, &functions, args, site, forks),
            // By its name alone a method is only followed for what it does.
            Callee::Near(functions) => {
                let interests = self.shared.interests;
                let mattering: Vec<FnRef> = functions
                    .iter()
                    .copied()
                    .filter(|it| !interests.of_function(*it).is_none())
                    .collect();
                self.call_guess(at, &mattering, args, site, forks);
            }
            Callee::ExternalMethod(path, ty, name) => {
                let receiver = self.receiver_of(at, call, path, ty);
                self.external_method(at, receiver, (path, ty, name), args, site, forks);
            }
            _ if self.is_fatal_name(site.file, call) => self.fatal(at, site),

            _ => {
                if let Expr::Select { field, .. } = self.repo().code(site.file).expr(call.callee) {
                    let name = self.repo().code(site.file).text(*field);
                    if let Some(context) = self.passed_context(name, &args) {
                        self.deliver(at, site.dest, context);
                        return;
                    }
                    // The receiver is of some other module, as far as it is known at all.
                    if self.runner(at, "unknown.example", name, &args, site) {
                        return;
                    }
                }
                // A function value from somewhere: it may do anything with what it gets.
                let interest =
                    args.iter().fold(Interest::NONE, |all, it| all | self.value_interest(it));
                if interest.has(Interest::SERVE | Interest::SIGNAL | Interest::STOP) {
                    self.blind = true;
                }
                self.deliver(at, site.dest, Value::Unknown);
            }
        }
    }

    fn is_fatal_name(&self, file: super::FileRef, call: &Call) -> bool {
        let code = self.repo().code(file);
        match code.expr(call.callee) {
            Expr::Select { field, .. } => crate::link::go::interest::is_fatal(code.text(*field)),
            _ => false,
        }
    }

    /// A log call that ends the process.
    pub(super) fn fatal(&mut self, at: usize, site: Site<'a>) {
        if self.gives_up_function(at) {
            return;
        }
        if self.nested == 0 {
            self.end.get_or_insert((1, site.place, "a fatal log call".to_owned()));
        }
        self.wait(at, Wait::Forever);
    }

    /// An object of the external type in place of a receiver that is not known; it is stored where
    /// the receiver stands, so that other calls on it mean the same one.
    fn receiver_of(&mut self, at: usize, call: &'a Call, path: &'a str, ty: &'a str) -> Value<'a> {
        let named = Named::External(path, ty);
        let mut made = Struct::new(Some(named), Ty::External(path, ty));
        made.partial = true;
        let made = self.alloc(Object::Struct(made));
        let Some(frame) = self.code_frame(at) else { return made };
        if let Expr::Select { base, .. } = self.repo().code(frame.file).expr(call.callee) {
            self.assign(at, *base, made.clone());
        }
        made
    }

    /// A receiver for a method whose receiver is not known.
    fn made_receiver(&mut self, function: FnRef) -> Option<Value<'a>> {
        let receiver = self.repo().function(function)?.receiver.as_ref()?;
        let ty = Self::written(function.file, receiver.ty);
        Some(self.materialise(ty))
    }

    /// Methods that fit by name: those that matter are followed, each in a run of its own.
    fn call_guess(
        &mut self,
        at: usize,
        functions: &[FnRef],
        args: Vec<Value<'a>>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        let interests = self.shared.interests;
        let mut candidates: Vec<FnRef> = functions
            .iter()
            .copied()
            .filter(|it| !interests.of_function(*it).is_none() || functions.len() == 1)
            .collect();
        // Beyond a few the guess says nothing.
        if candidates.len() > 3 {
            self.blind = true;
            candidates.clear();
        }
        let Some(last) = candidates.pop() else {
            self.deliver(at, site.dest, Value::Unknown);
            return;
        };
        for function in candidates {
            if let Some(mut other) = self.fork() {
                let receiver = other.made_receiver(function);
                let closure = Closure { function, env: Rc::from([]), receiver };
                other.call_function(at, &closure, args.clone(), site);
                forks.push(other);
            }
        }
        let receiver = self.made_receiver(last);
        let closure = Closure { function: last, env: Rc::from([]), receiver };
        self.call_function(at, &closure, args, site);
    }

    /// Calls a value.
    pub(super) fn call_value(
        &mut self,
        at: usize,
        callee: Value<'a>,
        args: Vec<Value<'a>>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        match callee {
            Value::Func(closure) => self.call_function(at, &closure, args, site),
            Value::External(path, name) => {
                self.external_function(at, path, name, args, site, forks);
            }
            Value::Bound(bound) => {
                let (receiver, name) = (bound.0.clone(), bound.1);
                self.call_method(at, receiver, name, args, site, forks);
            }
            Value::Native(native) => self.call_native(at, native, &args, site),
            Value::Builtin(name) => self.close_or_panic(at, name, args.first(), site),
            _ => self.deliver(at, site.dest, Value::Unknown),
        }
    }

    fn call_native(&mut self, at: usize, native: Native, _args: &[Value<'a>], site: Site<'a>) {
        match native {
            Native::Cancel(context) => {
                if let Some(context) = self.context_mut(context) {
                    context.done = true;
                }
            }
            Native::StopSignals(context) => {
                self.notified.retain(|it| *it != context);
                if let Some(context) = self.context_mut(context) {
                    context.done = true;
                }
            }
            Native::SignalActor(context) => {
                self.native(
                    at,
                    vec![Op::Wait(Wait::Context(context))],
                    Value::Error("signal"),
                    &site,
                );
                return;
            }
            Native::Nothing => {}
        }
        self.deliver(at, site.dest, Value::Nil);
    }

    /// Calls a function of the repository.
    pub(super) fn call_function(
        &mut self,
        at: usize,
        closure: &Closure<'a>,
        args: Vec<Value<'a>>,
        site: Site<'a>,
    ) {
        let Some(function) = self.repo().function(closure.function) else {
            self.deliver(at, site.dest, Value::Unknown);
            return;
        };
        let Some(thread) = self.threads.get(at) else { return };
        let recursive = thread
            .frames
            .iter()
            .filter(|it| matches!(it, Frame::Code(it) if it.function == Some(closure.function)))
            .count();
        let body = function.body.filter(|_| recursive < 2 && thread.frames.len() < MAX_FRAMES);
        let Some(body) = body else {
            self.deliver(at, site.dest, Value::Unknown);
            return;
        };
        let mut frame = CodeFrame {
            file: closure.function.file,
            function: Some(closure.function),
            env: closure.env.to_vec(),
            temps: Vec::new(),
            cursors: vec![Cursor { block: body, at: 0, kind: CursorKind::Plain }],
            defers: Vec::new(),
            returning: None,
            dest: site.dest,
            keep: false,
            alternative: None,
        };
        let quiet = self.quiet.is_none()
            && self.shared.interests.of_function(closure.function).is_none()
            && args.iter().all(|it| self.value_interest(it).is_none());
        if quiet {
            self.quiet = Some(Quiet {
                thread: at,
                function: closure.function,
                depth: self.threads.get(at).map_or(0, |it| it.frames.len()),
                dest: site.dest,
                until: self.shared.steps.get() + MAX_QUIET_STEPS,
            });
        }
        self.bind(&mut frame, closure, function, args);
        self.push_frame(at, Frame::Code(frame));
    }

    /// Gives a quiet call up when it takes too long: its results are then only known by their
    /// types, and it did not fail.
    pub(super) fn limit_quiet_call(&mut self, at: usize, steps: u32) {
        let Some(quiet) = self.quiet.filter(|it| it.thread == at) else { return };
        let over = self.is_over();
        let Some(thread) = self.threads.get_mut(at) else { return };
        if thread.frames.len() <= quiet.depth {
            self.quiet = None;
            return;
        }
        if steps < quiet.until || over {
            return;
        }
        thread.frames.truncate(quiet.depth);
        thread.wait = None;
        self.quiet = None;
        let value = self.results_by_type(quiet.function);
        self.deliver(at, quiet.dest, value);
    }

    /// Results of a function that succeeds, as far as their types say.
    fn results_by_type(&mut self, function: FnRef) -> Value<'a> {
        let results = self.repo().function(function).map_or(&[][..], |it| &it.results);
        let mut values: Vec<Value<'a>> = Vec::new();
        for result in results {
            let code = self.repo().code(function.file);
            let is_error = matches!(
                code.ty(result.ty),
                TypeExpr::Named(name) if code.text(*name) == "error"
            );
            let ty = Self::written(function.file, result.ty);
            values.push(if is_error { Value::Nil } else { self.materialise(ty) });
        }
        match values.len() {
            0 => Value::Nil,
            1 => values.pop().unwrap_or(Value::Unknown),
            _ => Value::Tuple(values.into()),
        }
    }

    fn bind(
        &mut self,
        frame: &mut CodeFrame<'a>,
        closure: &Closure<'a>,
        function: &'a Function,
        args: Vec<Value<'a>>,
    ) {
        let file = closure.function.file;
        let mut args: VecDeque<Value<'a>> = args.into();
        if let Some(receiver) = &function.receiver {
            // A method expression (`T.Method`) gets its receiver as the first argument.
            let value = match &closure.receiver {
                Some(value) => value.clone(),
                None => args.pop_front().unwrap_or(Value::Unknown),
            };
            self.bind_one(frame, receiver, value);
        }
        for param in &function.params {
            let value = if param.variadic {
                let rest: Vec<Value<'a>> = args.drain(..).collect();
                self.alloc(Object::List(rest))
            } else {
                args.pop_front().unwrap_or(Value::Unknown)
            };
            self.bind_one(frame, param, value);
        }
        for result in &function.results {
            if result.var.is_some() {
                let zero = self.zero(Ty::Written(file, result.ty));
                self.bind_one(frame, result, zero);
            }
        }
    }

    fn bind_one(&mut self, frame: &mut CodeFrame<'a>, param: &Param, value: Value<'a>) {
        let Some(var) = param.var else { return };
        let value = match value {
            Value::Unknown => self.typed(Self::written(frame.file, param.ty)),
            other => other,
        };
        let cell = self.new_cell(value);
        frame.env.retain(|(it, _)| *it != var);
        frame.env.push((var, cell));
    }

    /// An unknown value of a type: only types that can be receivers are worth keeping.
    fn typed(&mut self, ty: Ty<'a>) -> Value<'a> {
        match self.repo().named(ty) {
            Some(_) => Value::Typed(ty),
            None => Value::Unknown,
        }
    }

    // Methods.

    pub(super) fn call_method(
        &mut self,
        at: usize,
        receiver: Value<'a>,
        name: &'a str,
        args: Vec<Value<'a>>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        match &receiver {
            Value::Object(obj) => match self.heap.get(*obj) {
                Some(Object::Context(_)) => {
                    self.context_method(at, *obj, name, site);
                    return;
                }
                Some(Object::Struct(object)) => {
                    let (named, ty) = (object.named, object.ty);
                    if let Some(function) = named.and_then(|it| self.repo().own_method(it, name)) {
                        let closure =
                            Closure { function, env: Rc::from([]), receiver: Some(receiver) };
                        self.call_function(at, &closure, args, site);
                        return;
                    }
                    if let Some(Named::External(path, type_name)) = named {
                        let method = (path, type_name, name);
                        self.external_method(at, receiver, method, args, site, forks);
                        return;
                    }
                    // A promoted method.
                    if let Some(embedded) = self.repo().embedding(ty, name) {
                        let inner = self.select(&receiver, embedded);
                        self.call_method(at, inner, name, args, site, forks);
                        return;
                    }
                }
                _ => {}
            },
            Value::Typed(ty) => match self.repo().method(*ty, name) {
                Some(Callee::Own(function)) => {
                    let receiver = self.made_receiver(function);
                    let closure = Closure { function, env: Rc::from([]), receiver };
                    self.call_function(at, &closure, args, site);
                    return;
                }
                Some(Callee::Guess(functions)) => {
                    self.call_guess(at, &functions, args, site, forks);
                    return;
                }
                Some(Callee::ExternalMethod(path, type_name, name)) => {
                    let method = (path, type_name, name);
                    self.external_method(at, receiver, method, args, site, forks);
                    return;
                }
                _ => {}
            },
            Value::External(path, variable) => {
                if let Some((path, type_name)) = self.repo().libraries.variable(path, variable) {
                    let method = (path, type_name, name);
                    self.external_method(at, receiver, method, args, site, forks);
                    return;
                }
            }
            _ => {}
        }
        if crate::link::go::interest::is_fatal(name) {
            self.fatal(at, site);
            return;
        }
        self.deliver(at, site.dest, Value::Unknown);
    }

    // Functions that other modules get.
}
