//! Servers: their start, what stops them, and how long they may take.

use std::rc::Rc;

use goready_model::{ContextState, DrainStep, ListenKind, Place, ShutdownCall};

use super::{
    ChannelSource, Dest, Machine, Native, Obj, Op, Phase, Server, ServerRef, Site, Stage, Time,
    Value, Wait, library::Call, standard::milliseconds, value::Origin,
};
use crate::link::go::{
    libraries::{CallModel, Effect, base_path},
    repo::{Callee, Named},
};

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn serve(
        &mut self,
        at: usize,
        model: &'a CallModel,
        call: &Call<'a>,
        site: Site<'a>,
    ) {
        let name = Self::call_name(call);
        let kind = model.listen_kind();
        let package_server = Value::External(call.path, call.name);
        let subject = match model.server {
            Some(at) if at >= call.args.len() => package_server,
            Some(at) => call.args.get(at).cloned().unwrap_or(Value::Unknown),
            None if call.on.is_some() => call.receiver.clone(),
            None => Value::Unknown,
        };
        let server = if model.detached {
            self.new_server(kind, &name, site.place)
        } else {
            self.server_of(&subject, kind, &name, site.place)
        };
        let options = self.options(call);
        if let Some(waiter) = self.field_function(&subject, "waiter") {
            self.serve_until(at, model, call, server, waiter, site);
            return;
        }
        let signals = model.signals && self.signals_on(model, &options);
        if signals {
            self.register(site.place, Some(true));
            self.model.get_or_insert(call.path.to_owned());
        } else if model.signals {
            self.register(site.place, Some(false));
        }
        let known = self.listens.len();
        self.listen_of(model, call, &subject, kind, site);
        let default_mux = self.serves_default(call, &subject);
        let administrative = self.is_administrative(call, &subject);
        for it in self.listens.iter_mut().skip(known) {
            it.default_mux = default_mux;
            it.admin = administrative;
        }
        let base_context = self.base_context(at, &subject);
        let default_mux = self.serves_default_mux(call, &subject);
        let routed = self.is_routed(call, &subject);
        let headers_unlimited = self.unlimited_literal(call, &subject);
        match model.closed_error.as_deref() {
            Some(error) => self.closed_errors.insert(server, error),
            None => self.closed_errors.remove(&server),
        };
        if let Some(it) = self.servers.get_mut(server as usize) {
            it.detached = model.detached;
            it.carrier = model.carrier;
            it.managed = model.drains && (signals || model.context.is_some());
            it.administrative = administrative;
            it.default_mux = default_mux;
            it.routed = routed;
            it.headers_unlimited = headers_unlimited;
            it.started = true;
            it.returns_drained = model.drains && !model.signals && model.context.is_none();
            it.call.clone_from(&name);
            it.place = site.place;
            it.base_context = base_context;
            if matches!(it.stage, Stage::Idle) {
                it.stage = Stage::Serving;
            }
        }
        self.trace(site.place, "serves");
        let context = model.context.and_then(|at| self.stop_context(call.args.get(at)));
        if signals || context.is_some() {
            self.model_drain(model, &options, context, site.place);
        }
        if let Some(context) = context
            && self.ends_with_signal(context)
        {
            self.trace(site.place, "stops with the context that SIGTERM ends");
            self.model.get_or_insert(call.path.to_owned());
        }
        let wait = |into| Wait::Serving { server, signals, context, drains: model.drains, into };
        let parts = self.struct_of(&subject).map(|(obj, it)| {
            let mut runnables = it.runnables.clone();
            if model.runs_arguments {
                let functions =
                    it.args.iter().filter(|it| matches!(it, Value::Func(_) | Value::Bound(_)));
                runnables.extend(functions.cloned());
            }
            (obj, runnables)
        });
        match parts.filter(|(_, runnables)| !runnables.is_empty()) {
            Some((obj, runnables)) => {
                let stop = context.map_or(Value::Unknown, Value::Object);
                let mut ops = self.start_runnables(obj, runnables, &stop);
                ops.push(Op::Wait(wait(Dest::Slot)));
                ops.push(Op::Wait(Wait::Group(obj, Dest::Slot)));
                self.native(at, ops, Value::Nil, &site);
            }
            None => self.wait(at, wait(site.dest)),
        }
    }

    /// A server that stops when a function of the program returns, and then drains.
    pub(super) fn serve_until(
        &mut self,
        at: usize,
        model: &'a CallModel,
        call: &Call<'a>,
        server: ServerRef,
        waiter: Value<'a>,
        site: Site<'a>,
    ) {
        self.listen_of(model, call, &call.receiver, model.listen_kind(), site);
        self.register(site.place, Some(false));
        if let Some(it) = self.servers.get_mut(server as usize) {
            it.place = site.place;
        }
        self.set_serving(server);
        self.trace(site.place, "serves");
        let options = self.options(call);
        self.model_drain(model, &options, None, site.place);
        let errors = Value::Object(self.new_channel(ChannelSource::Sends));
        let ops = vec![Op::Call(waiter, vec![errors]), Op::Drain(server)];
        self.native(at, ops, Value::Nil, &site);
    }

    /// Runs `Start` and, on SIGTERM, `Stop` of the object that the receiver was made with.
    pub(super) fn run_service(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
        self.register(site.place, Some(true));
        self.model.get_or_insert(call.path.to_owned());
        let program = self.struct_of(&call.receiver).and_then(|(_, it)| it.args.first().cloned());
        let method = |name| match &program {
            Some(program) => Value::Bound(Rc::new((program.clone(), name))),
            None => Value::Unknown,
        };
        let ops = vec![
            Op::Call(method("Start"), vec![call.receiver.clone()]),
            Op::Wait(Wait::Signal),
            Op::Call(method("Stop"), vec![call.receiver.clone()]),
        ];
        self.native(at, ops, Value::Nil, &site);
    }

    pub(super) fn start(
        &mut self,
        at: usize,
        model: &'a CallModel,
        call: &Call<'a>,
        site: Site<'a>,
    ) {
        let name = Self::call_name(call);
        let server = self.server_of(&call.receiver, model.listen_kind(), &name, site.place);
        if let Some(server) = self.servers.get_mut(server as usize) {
            server.place = site.place;
            server.started = true;
        }
        self.set_serving(server);
        self.trace(site.place, "serves");
        if let Some(context) = model.context.and_then(|at| self.stop_context(call.args.get(at))) {
            let wait = Wait::Serving {
                server,
                signals: false,
                context: Some(context),
                drains: model.drains,
                into: Dest::Drop,
            };
            self.spawn_after(wait, Value::Native(Native::Nothing), site);
        }
        self.deliver(at, site.dest, Value::Nil);
    }

    /// A graceful or hard stop.
    pub(super) fn stop(
        &mut self,
        at: usize,
        model: &'a CallModel,
        call: &Call<'a>,
        site: Site<'a>,
    ) {
        let name = Self::call_name(call);
        let subject = match model.server {
            Some(_) => Value::External(call.path, call.name),
            None => call.receiver.clone(),
        };
        let server = self.server_of(&subject, model.listen_kind(), &name, site.place);
        let context_value = model.context.and_then(|it| call.args.get(it));
        let context = context_value.and_then(|it| self.as_context(it));
        let stage = self.stage(server);
        let after = self.phase == Phase::After;
        if model.effect == Effect::Close {
            if matches!(stage, Stage::Serving | Stage::Idle | Stage::Draining) {
                self.set_stage(server, Stage::Cut);
            }
            if after {
                self.trace(site.place, "stops the server at once");
            }
            self.deliver(at, site.dest, Value::Nil);
            return;
        }
        let cancelled = context.is_some_and(|it| self.context_done(it));
        if after {
            let state = match (model.context, context, cancelled) {
                (Some(_), Some(context), true) => {
                    ContextState::Cancelled(self.cancelled_at(context, site.place))
                }
                (Some(_), Some(_), false) => ContextState::Live,
                (Some(_), None, _) => ContextState::Unknown,
                (None, ..) => ContextState::Live,
            };
            let context_place = model
                .context
                .and_then(|at| site.call?.args.get(at).copied())
                .map(|it| self.repo().expr_place(site.file, it));
            self.shutdowns.push(ShutdownCall {
                call: name.clone(),
                place: site.place,
                context: context_place,
                state,
                delayed: self.timed,
                unbounded: model.context.is_some_and(|at| self.is_background(site, at)),
            });
            self.trace(site.place, "shuts the server down");
            self.shutdown_time(model, call, context);
        }
        if stage == Stage::Idle && model.listen_kind() == ListenKind::Http {
            // Nothing runs yet: a Serve that comes later returns at once.
            self.set_stage(server, Stage::Drained);
            self.deliver(at, site.dest, Value::Nil);
            return;
        }
        if cancelled {
            if stage == Stage::Serving {
                self.set_stage(server, Stage::Cut);
            }
            self.deliver(at, site.dest, Value::Error("context.Canceled"));
            return;
        }
        if stage == Stage::Serving {
            let broken = self
                .servers
                .get(server as usize)
                .and_then(|it| it.base_context)
                .is_some_and(|it| self.ends_with_signal(it) && self.context_done(it));
            self.set_stage(server, if broken { Stage::Cut } else { Stage::Draining });
        }
        if model.done_context {
            let context = self.new_context(None);
            if let Some(context) = self.context_mut(context) {
                context.drained = Some(server);
            }
            self.deliver(at, site.dest, Value::Object(context));
            return;
        }
        let until = model
            .timeout_argument
            .and_then(|it| call.args.get(it))
            .and_then(milliseconds)
            .map(|(time, _)| self.now + time);
        self.wait(at, Wait::Drain { server: Some(server), context, until, into: site.dest });
    }

    /// How long a shutdown may take, as far as the code says.
    pub(super) fn shutdown_time(
        &mut self,
        model: &CallModel,
        call: &Call<'a>,
        context: Option<Obj>,
    ) {
        let mut next = context;
        while let Some(context) = next.and_then(|it| self.context(it)) {
            if let Some((time, origin)) = context.timeout.clone() {
                let place = origin.place.unwrap_or_else(|| call_place(self));
                // One context for several servers is one wait.
                if !self.drain.iter().any(|it| it.place == place) {
                    self.drain_step("Shutdown", time, &origin, place);
                }
                return;
            }
            next = context.parent;
        }
        let argument =
            model.timeout_argument.and_then(|it| call.args.get(it)).and_then(milliseconds);
        if let Some((time, origin)) = argument {
            let place = call_place(self);
            self.drain_step("Shutdown", time, &origin, place);
            return;
        }
        if model.timeout.is_some() {
            let options = self.options(call);
            let place = call_place(self);
            self.model_drain(model, &options, None, place);
            return;
        }
        if let Some((time, origin, place)) = self.timer_limit.take() {
            self.drain_step(call.name, time, &origin, place);
        }
    }

    pub(super) fn cancelled_at(&self, _context: Obj, place: Place) -> Place {
        let waits = self.trace.iter().rev().find(|it| it.what == "waits for the signal");
        waits.map_or(place, |it| it.place)
    }

    pub(super) fn signals_on(&self, model: &CallModel, options: &[Value<'a>]) -> bool {
        if self.mentions(options, &model.unless) {
            return false;
        }
        match model.signal_option.as_deref().and_then(|it| self.option(options, it)) {
            Some(signals) => self.covers_term(&signals) != Some(false),
            None => true,
        }
    }

    pub(super) fn model_drain(
        &mut self,
        model: &CallModel,
        options: &[Value<'a>],
        _context: Option<Obj>,
        place: Place,
    ) {
        let by_option = model
            .timeout_option
            .as_deref()
            .and_then(|it| self.option(options, it))
            .and_then(|it| it.first().and_then(milliseconds));
        let by_argument =
            model.timeout_argument.and_then(|it| options.get(it)).and_then(milliseconds);
        let by_default = model
            .timeout
            .map(|it| ((it * 1000.0) as Time, Origin { default: true, ..Origin::default() }));
        if let Some((time, origin)) = by_option.or(by_argument).or(by_default) {
            self.drain_step("drain", time, &origin, place);
        }
    }

    /// A context argument, or one in a configuration argument (fiber's `GracefulContext`).
    pub(super) fn stop_context(&self, arg: Option<&Value<'a>>) -> Option<Obj> {
        let arg = arg?;
        if let Some(context) = self.as_context(arg) {
            return Some(context);
        }
        if let Some(channel) = self.as_channel(arg)
            && let Some(ChannelSource::Done(context)) = self.channel(channel).map(|it| it.source)
        {
            return Some(context);
        }
        let (_, object) = self.struct_of(arg)?;
        self.as_context(object.get("GracefulContext")?)
    }

    /// What requests see as their context, when the program says.
    pub(super) fn base_context(&mut self, _at: usize, subject: &Value<'a>) -> Option<Obj> {
        let function = self.field_function(subject, "BaseContext")?;
        let Value::Func(closure) = function else { return None };
        let value = self.call_aside(Value::Func(closure), vec![Value::Unknown]);
        self.as_context(&value)
    }

    /// Whether a server only serves metrics, health and profiles.
    pub(super) fn is_administrative(&self, call: &Call<'a>, subject: &Value<'a>) -> bool {
        let field = self.struct_of(subject).and_then(|(_, it)| it.get("Handler").cloned());
        let argument = || match (call.path, call.on) {
            ("net/http", None) => call.args.last().cloned(),
            _ => None,
        };
        let Some(handler) = field.or_else(argument) else { return false };
        match self.struct_of(&handler) {
            Some((_, object)) => match object.named {
                Some(Named::External("net/http", "ServeMux")) => {
                    let routes: Vec<Rc<str>> = object
                        .parts
                        .iter()
                        .filter_map(|it| match it {
                            Value::Str(Some(route), _) => Some(route.clone()),
                            _ => None,
                        })
                        .collect();
                    routes.len() == object.parts.len() && is_administrative(&routes)
                }
                Some(Named::External(path, _)) => path.ends_with("/promhttp"),
                _ => false,
            },
            None => false,
        }
    }

    /// Whether a server answers with what was registered on `net/http` itself: its handler is nil
    /// for sure.
    fn serves_default(&self, call: &Call<'a>, subject: &Value<'a>) -> bool {
        if call.path != "net/http" {
            return false;
        }
        match (call.on, self.struct_of(subject)) {
            (Some(_), Some((_, server))) if !server.partial => {
                server.get("Handler").is_none_or(|it| matches!(it, Value::Nil))
            }
            (Some(_), _) => false,
            (None, _) => matches!(call.args.last(), Some(Value::Nil)),
        }
    }

    /// Whether a server's handler is the default mux: what it serves is known when all is
    /// registered.
    fn serves_default_mux(&self, call: &Call<'a>, subject: &Value<'a>) -> bool {
        if call.path != "net/http" {
            return false;
        }
        let handler = match call.on {
            None => call.args.last().cloned(),
            Some(_) => match self.struct_of(subject) {
                Some((_, server)) if !server.partial => {
                    Some(server.get("Handler").cloned().unwrap_or(Value::Nil))
                }
                _ => None,
            },
        };
        matches!(handler, Some(Value::Nil | Value::External("net/http", "DefaultServeMux")))
    }

    /// Whether all that the default mux serves is for those who run the program.
    pub(super) fn is_default_mux_administrative(&self) -> bool {
        let mut routes = self.default_routes.clone();
        // It registers itself.
        if self.shared.profiled {
            routes.push(Rc::from("/debug/pprof/"));
        }
        is_administrative(&routes)
    }

    /// Whether an argument is a fresh root context, written there.
    fn is_background(&self, site: Site<'a>, at: usize) -> bool {
        let code = self.repo().code(site.file);
        let argument = site.call.and_then(|it| it.args.get(at));
        argument.and_then(|it| code.call_of(*it)).is_some_and(|it| {
            matches!(
                self.repo().callee(site.file, it),
                Callee::External("context", "Background" | "TODO")
            )
        })
    }

    /// The literal of an `http.Server` without a limit for headers.
    fn unlimited_literal(&self, call: &Call<'a>, subject: &Value<'a>) -> Option<Place> {
        if call.path != "net/http" || call.on.is_none() {
            return None;
        }
        let (_, server) = self.struct_of(subject)?;
        let is_limited =
            ["ReadHeaderTimeout", "ReadTimeout"].iter().any(|it| server.get(it).is_some());
        server.literal.filter(|_| !is_limited && !server.partial)
    }

    /// Whether what a server answers is decided by a router, not by a handler of the program's own
    /// or one that stands before the router.
    fn is_routed(&self, call: &Call<'a>, subject: &Value<'a>) -> bool {
        let is_router = |it: &Value<'a>| {
            let named = self.struct_of(it).and_then(|(_, object)| object.named);
            matches!(named, Some(Named::External(path, name)) if is_router(path, name))
        };
        if call.path != "net/http" {
            return is_router(subject);
        }
        match self.struct_of(subject).filter(|_| call.on.is_some()) {
            // The default mux serves where the handler is nil or absent.
            Some((_, server)) if !server.partial => match server.get("Handler") {
                Some(handler) => matches!(handler, Value::Nil) || is_router(handler),
                None => true,
            },
            Some(_) => false,
            None if call.on.is_some() => false,
            None => call.args.iter().any(|it| matches!(it, Value::Nil) || is_router(it)),
        }
    }

    pub(super) fn new_server(&mut self, kind: ListenKind, call: &str, place: Place) -> ServerRef {
        self.servers.push(Server {
            kind,
            stage: Stage::Idle,
            call: call.to_owned(),
            place,
            detached: false,
            started: false,
            carrier: false,
            managed: false,
            administrative: false,
            default_mux: false,
            routed: false,
            headers_unlimited: None,
            returns_drained: false,
            base_context: None,
        });
        self.servers.len() as ServerRef - 1
    }

    pub(super) fn set_serving(&mut self, server: ServerRef) {
        if let Some(server) = self.servers.get_mut(server as usize)
            && server.stage == Stage::Idle
        {
            server.stage = Stage::Serving;
            server.started = true;
        }
    }

    /// The server behind a value, made when it is not yet one.
    pub(super) fn server_of(
        &mut self,
        value: &Value<'a>,
        kind: ListenKind,
        call: &str,
        place: Place,
    ) -> ServerRef {
        let known = match value {
            Value::Object(obj) => self.struct_mut(*obj).and_then(|it| it.server),
            Value::External(path, _) => self.package_servers.get(*path).copied(),
            _ => None,
        };
        if let Some(server) = known {
            return server;
        }
        let server = self.new_server(kind, call, place);
        match value {
            Value::Object(obj) => {
                if let Some(object) = self.struct_mut(*obj) {
                    object.server = Some(server);
                }
            }
            Value::External(path, _) => {
                self.package_servers.insert(path, server);
            }
            _ => {}
        }
        server
    }

    pub(super) fn drain_step(&mut self, what: &str, time: Time, origin: &Origin, place: Place) {
        if time <= 0 {
            return;
        }
        self.drain.push(DrainStep {
            what: what.to_owned(),
            duration: std::time::Duration::from_millis(time as u64),
            place: origin.place.filter(|it| !self.repo().is_foreign_place(it)).unwrap_or(place),
            default: origin.default,
            parallel: false,
        });
    }

    /// Accept gives one connection, then it blocks: that is a server.
    pub(super) fn accept(&mut self, at: usize, listener: Option<Obj>, site: Site<'a>) {
        let connection = Value::Unknown;
        let Some(listener) = listener else {
            self.deliver(at, site.dest, connection);
            return;
        };
        let address = self.struct_mut(listener).and_then(|it| it.get("address").cloned());
        let known = self.struct_mut(listener).and_then(|it| it.server);
        match known {
            None => {
                let server = self.new_server(ListenKind::Tcp, "net.Listener.Accept", site.place);
                if let Some(object) = self.struct_mut(listener) {
                    object.server = Some(server);
                }
                self.listen(address.as_ref(), ListenKind::Tcp, site.place);
                let result = Value::Tuple(Rc::from([connection, Value::Nil]));
                self.deliver(at, site.dest, result);
            }
            Some(server) => {
                self.set_serving(server);
                self.wait(
                    at,
                    Wait::Serving {
                        server,
                        signals: false,
                        context: None,
                        drains: false,
                        into: site.dest,
                    },
                );
            }
        }
    }
}

fn call_place(machine: &Machine<'_, '_>) -> Place {
    machine
        .shutdowns
        .last()
        .map_or_else(|| machine.repo().place(super::FileRef(0), &(0..0)), |it| it.place)
}

/// Routers whose registrations are followed (`facts/routes.rs`).
fn is_router(path: &str, name: &str) -> bool {
    let (base, _) = base_path(path);
    matches!(
        (&*base, name),
        ("net/http", "ServeMux")
            | ("github.com/gin-gonic/gin", "Engine")
            | ("github.com/go-chi/chi", "Mux" | "Router")
            | ("github.com/gorilla/mux" | "github.com/julienschmidt/httprouter", "Router")
            | ("github.com/labstack/echo", "Echo")
            | ("github.com/gofiber/fiber", "App")
    )
}

/// Whether all routes are for those who run the program, and there are some.
fn is_administrative(routes: &[Rc<str>]) -> bool {
    const ROUTES: [&str; 12] = [
        "metrics",
        "healthz",
        "readyz",
        "livez",
        "health",
        "ready",
        "live",
        "liveness",
        "readiness",
        "debug",
        "version",
        "healthcheck",
    ];
    !routes.is_empty()
        && routes.iter().all(|route| {
            let path = route.rsplit(' ').next().unwrap_or(route);
            let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
            ROUTES.contains(&first)
        })
}
