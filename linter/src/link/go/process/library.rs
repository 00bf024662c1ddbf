//! Calls into other modules, by their models.

use std::rc::Rc;

use goready_parse::go::code::{Expr, Operator, TypeExpr};

use goready_model::{ContextState, DrainStep, Listen, ListenKind, Place, ShutdownCall};

use super::{
    ChannelSource, Dest, Forks, Machine, Native, Obj, Object, Op, Phase, Server, ServerRef, Site,
    Stage, Struct, Value, Wait,
    standard::{self, milliseconds},
    value::{Origin, Time},
};
use crate::link::go::{
    libraries::{self, CallModel, Effect},
    repo::{Named, Repo, Ty},
};

/// A receiver, where the call is a method.
type Method<'a> = (&'a str, &'a str, &'a str);

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn external_function(
        &mut self,
        at: usize,
        path: &'a str,
        name: &'a str,
        args: Vec<Value<'a>>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        if self.standard_function(at, path, name, &args, site, forks).is_some() {
            return;
        }
        if crate::link::go::interest::is_fatal(name) {
            self.fatal(at, site);
            return;
        }
        let version = self.repo().version(self.repo().package_of(site.file), path);
        if let Some(model) = libraries::find(path, None, name, version) {
            let call = Call { path, on: None, name, receiver: Value::Nil, args };
            self.modelled(at, model, call, site, forks);
            return;
        }
        self.decoded(name, &args, site);
        if let Some(context) = self.passed_context(name, &args) {
            self.deliver(at, site.dest, context);
            return;
        }
        if let Some(listener) = self.passed_listener(name, &args) {
            self.deliver(at, site.dest, listener);
            return;
        }
        // A functional option.
        if name.starts_with("With") {
            let made = self.made(path, name, args);
            self.deliver(at, site.dest, made);
            return;
        }
        if let Some((result_path, ty)) = libraries::result(path, None, name) {
            let made = self.made(result_path, ty, args.clone());
            if !self.run_callbacks(at, name, &args, site) {
                self.deliver(at, site.dest, made);
            }
            return;
        }
        if self.runner(at, path, name, &args, site) || self.run_callbacks(at, name, &args, site) {
            return;
        }
        self.deliver(at, site.dest, Value::Unknown);
    }

    /// A call that gives a context from the one it gets: `logr.NewContext(ctx, log)`, and with a
    /// span `tracer.Start(ctx, "name")`.
    pub(super) fn passed_context(&mut self, name: &str, args: &[Value<'a>]) -> Option<Value<'a>> {
        let parent = self.stop_context(args.first())?;
        let derives =
            name.contains("Context") && !name.starts_with("From") && !name.contains("FromContext");
        // A span has a name.
        let spans = matches!(args.get(1), Some(Value::Str(..)))
            && (name == "Start" || name.contains("Span"));
        if derives || name.starts_with("With") {
            return Some(Value::Object(self.new_context(Some(parent))));
        }
        if spans {
            let context = Value::Object(self.new_context(Some(parent)));
            // opentracing gives the span first; both places then hold the context.
            return Some(Value::Tuple(Rc::from([context.clone(), context])));
        }
        None
    }

    /// A listener that wraps the one it gets: `tls.NewListener(l, config)`, `m.Match(...)` of cmux.
    fn passed_listener(&self, name: &str, args: &[Value<'a>]) -> Option<Value<'a>> {
        if !name.contains("Listener") {
            return None;
        }
        let is_listener = |it: &&Value<'a>| {
            self.struct_of(it)
                .is_some_and(|(_, it)| it.named == Some(Named::External("net", "Listener")))
        };
        args.iter().find(is_listener).cloned()
    }

    /// A call that by its name runs something and is not modelled. With a context or channel that
    /// SIGTERM ends it is taken to run until then, and to finish what it does; without one it may
    /// do anything.
    pub(super) fn runner(
        &mut self,
        at: usize,
        path: &str,
        name: &str,
        args: &[Value<'a>],
        site: Site<'a>,
    ) -> bool {
        const VERBS: [&str; 4] = ["Run", "Serve", "ListenAndServe", "Main"];
        let runs = VERBS.iter().any(|verb| {
            name.strip_prefix(verb)
                .is_some_and(|it| it.is_empty() || it.starts_with(|c: char| c.is_uppercase()))
        });
        let standard = !path.split('/').next().unwrap_or(path).contains('.');
        if standard {
            return false;
        }
        if !runs {
            // `Start` comes back nearly everywhere; what it leaves behind is not known.
            self.unknown_runner |= name == "Start" || name == "Execute";
            return false;
        }
        let stop = args.iter().find_map(|it| self.stop_context(Some(it)));
        match stop.filter(|it| self.ends_with_signal(*it)) {
            Some(context) => {
                let call =
                    format!("{}.{name}", libraries::package_names(path).pop().unwrap_or_default());
                let server = self.new_server(ListenKind::Worker, &call, site.place);
                self.set_serving(server);
                self.trace(site.place, "runs until SIGTERM ends its context");
                self.wait(
                    at,
                    Wait::Serving {
                        server,
                        signals: false,
                        context: Some(context),
                        drains: true,
                        into: site.dest,
                    },
                );
                true
            }
            None => {
                self.unknown_runner = true;
                false
            }
        }
    }

    /// A call that fills what its arguments point to (`yaml.Unmarshal(data, &config)`): fields that
    /// had no value may have any now, others have theirs as a default.
    fn decoded(&mut self, name: &str, args: &[Value<'a>], site: Site<'a>) {
        const VERBS: [&str; 10] = [
            "unmarshal",
            "decode",
            "parse",
            "process",
            "load",
            "read",
            "scan",
            "bind",
            "mapto",
            "populate",
        ];
        let lower = name.to_ascii_lowercase();
        let by_name = VERBS.iter().any(|it| lower.contains(it));
        for (at, arg) in args.iter().enumerate() {
            let by_address = site.call.and_then(|it| it.args.get(at)).is_some_and(|it| {
                matches!(
                    self.repo().code(site.file).expr(*it),
                    Expr::Unary { operator: Operator::AddressOf, .. }
                )
            });
            if by_name || by_address {
                self.filled(arg, 0);
            }
        }
    }

    fn filled(&mut self, value: &Value<'a>, depth: u32) {
        if let Value::Pointer(pointer) = value {
            let found = match self.load(*pointer) {
                Value::Str(Some(text), origin) if origin.place.is_some() => {
                    Value::Str(Some(text), Origin { default: true, ..origin })
                }
                Value::Int(number, origin) if origin.place.is_some() => {
                    Value::Int(number, Origin { default: true, ..origin })
                }
                _ => Value::Unknown,
            };
            self.store(*pointer, found);
            return;
        }
        let Some((obj, object)) = self.struct_of(value) else { return };
        if depth > 4 || matches!(object.named, Some(Named::External(..))) {
            return;
        }
        let fields = object.fields.clone();
        let mut kept = Vec::new();
        for (name, value) in fields {
            match value {
                Value::Str(Some(text), origin) if origin.place.is_some() => {
                    kept.push((name, Value::Str(Some(text), Origin { default: true, ..origin })));
                }
                Value::Int(number, origin) if origin.place.is_some() => {
                    kept.push((name, Value::Int(number, Origin { default: true, ..origin })));
                }
                Value::Object(_) => {
                    self.filled(&value, depth + 1);
                    kept.push((name, value));
                }
                Value::Func(_) | Value::Bound(_) => kept.push((name, value)),
                _ => {}
            }
        }
        if let Some(object) = self.struct_mut(obj) {
            object.fields = kept;
            object.partial = true;
        }
        self.tagged_defaults(obj);
    }

    /// Defaults that struct tags give to fields without a value.
    fn tagged_defaults(&mut self, obj: Obj) {
        let Some(Object::Struct(object)) = self.heap.get(obj as usize) else { return };
        let Some((file, fields)) = self.repo().struct_fields(object.ty) else { return };
        let code = self.repo().code(file);
        for field in fields {
            let name = code.text(field.name);
            let Some((tag, at)) = &field.tag else { continue };
            let known = self.struct_mut(obj).is_some_and(|it| it.get(name).is_some());
            if known {
                continue;
            }
            let text = code.text(*tag);
            let default = ["envDefault", "default", "env-default"]
                .iter()
                .find_map(|it| crate::link::go::tags::value(text, it));
            let Some(default) = default else { continue };
            let env = ["env", "envconfig"]
                .iter()
                .find_map(|it| crate::link::go::tags::value(text, it))
                .and_then(|it| it.split(',').next());
            let origin = Origin {
                place: Some(self.repo().place(file, at)),
                env: env.map(Rc::from),
                flag: None,
                default: true,
            };
            let is_text = matches!(
                code.ty(field.ty),
                TypeExpr::Named(name) if code.text(*name) == "string"
            );
            let value = if is_text {
                Value::Str(Some(Rc::from(default)), origin)
            } else if let Ok(number) = default.parse() {
                Value::Int(number, origin)
            } else if let Some(nanoseconds) = standard::parse_duration(default) {
                Value::Int(nanoseconds, origin)
            } else {
                continue;
            };
            if let Some(object) = self.struct_mut(obj) {
                object.set(name, value);
            }
        }
    }

    /// The value of a generic call that makes one of its type argument: `env.ParseAs[Config]()`.
    fn parsed_as(&mut self, site: Site<'a>) -> Option<Value<'a>> {
        let call = site.call?;
        let code = self.repo().code(site.file);
        let Expr::Index { index, .. } = code.expr(call.callee) else { return None };
        let ty = self.type_argument(site.file, *index);
        let made = self.materialise(ty);
        let Value::Object(obj) = made else { return None };
        self.tagged_defaults(obj);
        Some(made)
    }

    /// A value of another module's type that some function returned.
    fn made(&mut self, path: &'a str, ty: &'a str, args: Vec<Value<'a>>) -> Value<'a> {
        let mut made = Struct::new(Some(Named::External(path, ty)), Ty::External(path, ty));
        made.args = args;
        made.partial = true;
        self.alloc(Object::Struct(made))
    }

    pub(super) fn external_method(
        &mut self,
        at: usize,
        receiver: Value<'a>,
        (path, ty, name): Method<'a>,
        args: Vec<Value<'a>>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        if self.standard_method(at, &receiver, (path, ty, name), &args, site) {
            return;
        }
        if crate::link::go::interest::is_fatal(name) {
            self.fatal(at, site);
            return;
        }
        let version = self.repo().version(self.repo().package_of(site.file), path);
        if let Some(model) = libraries::find(path, Some(ty), name, version) {
            let call = Call { path, on: Some(ty), name, receiver, args };
            self.modelled(at, model, call, site, forks);
            return;
        }
        self.decoded(name, &args, site);
        if let Some(context) = self.passed_context(name, &args) {
            self.deliver(at, site.dest, context);
            return;
        }
        if let Some(value) = self.flag_call(name, &args) {
            self.deliver(at, site.dest, value);
            return;
        }
        if let Some((result_path, result)) = libraries::result(path, Some(ty), name) {
            let made = self.made(result_path, result, args);
            self.deliver(at, site.dest, made);
            return;
        }
        if self.runner(at, path, name, &args, site) || self.run_callbacks(at, name, &args, site) {
            return;
        }
        self.deliver(at, site.dest, Value::Unknown);
    }

    fn standard_method(
        &mut self,
        at: usize,
        receiver: &Value<'a>,
        (path, ty, name): Method<'a>,
        args: &[Value<'a>],
        site: Site<'a>,
    ) -> bool {
        let object = match receiver {
            Value::Object(obj) => Some(*obj),
            _ => None,
        };
        match (path, ty, name) {
            ("sync", "WaitGroup", "Add") => {
                let count = match args.first() {
                    Some(Value::Int(count, _)) => *count,
                    _ => 1,
                };
                if let Some(group) = object.and_then(|it| self.struct_mut(it)) {
                    group.pending += count;
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            ("sync", "WaitGroup", "Done") => {
                if let Some(group) = object.and_then(|it| self.struct_mut(it)) {
                    group.pending -= 1;
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            ("sync", "WaitGroup", "Wait") => self.wait_group(at, object, site),
            ("sync", "WaitGroup", "Go") => self.spawn_all(at, args, object, site),
            ("sync", "Once", "Do") => {
                let Some(callee) = args.first().cloned() else { return false };
                let first = object.and_then(|it| self.struct_mut(it)).is_none_or(|it| {
                    let first = !it.once;
                    it.once = true;
                    first
                });
                if first {
                    self.native(at, vec![Op::Call(callee, Vec::new())], Value::Nil, &site);
                } else {
                    self.deliver(at, site.dest, Value::Nil);
                }
            }
            ("time", "Timer" | "Ticker", "Stop") => {
                if let Some(timer) = object {
                    self.stop_timer(timer);
                }
                self.deliver(at, site.dest, Value::Unknown);
            }
            ("net", "Listener", "Accept") => self.accept(at, object, site),
            ("net", "Listener", "Close") => {
                if let Some(server) = object.and_then(|it| self.struct_mut(it)?.server)
                    && matches!(self.stage(server), Stage::Serving | Stage::Idle)
                {
                    self.set_stage(server, Stage::Cut);
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            // `cmd.Context()` of a command that runs.
            (_, "Command" | "Context", "Context") => {
                let context =
                    self.struct_of(receiver).and_then(|(_, it)| it.get("context").cloned());
                let Some(context) = context else { return false };
                self.deliver(at, site.dest, context);
            }
            (_, "Command", "Flags" | "PersistentFlags" | "LocalFlags") => {
                let flags = self.made(path, "FlagSet", Vec::new());
                self.deliver(at, site.dest, flags);
            }
            (
                _,
                "Command" | "Context",
                "String" | "Int" | "Duration" | "StringSlice" | "Int64" | "Uint",
            )
            | (_, "FlagSet" | "Viper", "GetString" | "GetInt" | "GetDuration") => {
                let value = self.flag_value(args);
                self.deliver(at, site.dest, value);
            }
            ("flag" | "github.com/spf13/pflag", _, "Lookup") => return false,
            (_, "FlagClause", _) if path.contains("kingpin") => {
                self.kingpin(at, object, name, args, site);
            }
            (_, "Command", "SetContext") => {
                if let (Some(object), Some(context)) =
                    (object.and_then(|it| self.struct_mut(it)), args.first())
                {
                    object.set("context", context.clone());
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            ("net/http", "ServeMux", "Handle" | "HandleFunc") => {
                if let Some(mux) = object.and_then(|it| self.struct_mut(it)) {
                    mux.parts.push(args.first().cloned().unwrap_or(Value::Unknown));
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            ("net/http", "Server", "RegisterOnShutdown") => {
                self.deliver(at, site.dest, Value::Nil);
            }
            _ => return false,
        }
        true
    }

    /// The value of a flag by its name, where it was declared with a default.
    pub(super) fn flag_value(&self, args: &[Value<'a>]) -> Value<'a> {
        match args.first() {
            Some(Value::Str(Some(name), _)) => {
                let found = self.flags.iter().rev().find(|(it, _)| it == name);
                found.map_or(Value::Unknown, |(_, value)| value.clone())
            }
            _ => Value::Unknown,
        }
    }

    /// `kingpin.Flag("name", "help").Default(":9100").String()`.
    fn kingpin(
        &mut self,
        at: usize,
        clause: Option<Obj>,
        method: &str,
        args: &[Value<'a>],
        site: Site<'a>,
    ) {
        let Some(clause) = clause else {
            self.deliver(at, site.dest, Value::Unknown);
            return;
        };
        let parts = self
            .struct_mut(clause)
            .map(|it| (it.args.clone(), it.get("default").cloned(), it.get("env").cloned()));
        let (own, default, env) = parts.unwrap_or_default();
        match method {
            "Default" => {
                if let (Some(object), Some(value)) = (self.struct_mut(clause), args.first()) {
                    object.set("default", value.clone());
                }
                self.deliver(at, site.dest, Value::Object(clause));
            }
            "Envar" | "OverrideDefaultFromEnvar" => {
                if let (Some(object), Some(value)) = (self.struct_mut(clause), args.first()) {
                    object.set("env", value.clone());
                }
                self.deliver(at, site.dest, Value::Object(clause));
            }
            "String" | "Int" | "Duration" | "TCP" | "Strings" => {
                let text = |it: Option<&Value<'a>>| match it {
                    Some(Value::Str(Some(text), _)) => Some(text.clone()),
                    _ => None,
                };
                let value = match default {
                    Some(Value::Str(known, origin)) => {
                        let origin = Origin {
                            flag: text(own.first()),
                            env: text(env.as_ref()),
                            default: true,
                            ..origin
                        };
                        match (method, known) {
                            ("Duration", Some(known)) => standard::parse_duration(&known)
                                .map_or(Value::Unknown, |it| Value::Int(it, origin)),
                            ("Int", Some(known)) => {
                                known.parse().map_or(Value::Unknown, |it| Value::Int(it, origin))
                            }
                            (_, known) => Value::Str(known, origin),
                        }
                    }
                    _ => Value::Unknown,
                };
                let value =
                    if method == "Strings" { self.alloc(Object::List(vec![value])) } else { value };
                let cell = self.new_cell(value);
                self.deliver(at, site.dest, Value::Pointer(super::value::Pointer::Cell(cell)));
            }
            // Help, Required, Short ... give the clause back; the rest gives a value.
            _ => self.deliver(at, site.dest, Value::Object(clause)),
        }
    }

    fn wait_group(&mut self, at: usize, group: Option<Obj>, site: Site<'a>) {
        match group {
            Some(group) => self.wait(at, Wait::Group(group, site.dest)),
            None => {
                self.blind = true;
                self.deliver(at, site.dest, Value::Nil);
            }
        }
    }

    fn spawn_all(&mut self, at: usize, args: &[Value<'a>], group: Option<Obj>, site: Site<'a>) {
        let ops = args
            .iter()
            .filter(|it| matches!(it, Value::Func(_) | Value::Bound(_) | Value::Native(_)))
            .map(|it| Op::Spawn(it.clone(), Vec::new(), group))
            .collect();
        self.native(at, ops, Value::Nil, &site);
    }

    /// Accept gives one connection, then it blocks: that is a server.
    fn accept(&mut self, at: usize, listener: Option<Obj>, site: Site<'a>) {
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

    // Servers.

    pub(super) fn new_server(&mut self, kind: ListenKind, call: &str, place: Place) -> ServerRef {
        self.servers.push(Server {
            kind,
            stage: Stage::Idle,
            call: call.to_owned(),
            place,
            detached: false,
            started: false,
            closed_error: None,
            carrier: false,
            managed: false,
            administrative: false,
            returns_drained: false,
            base_context: None,
        });
        self.servers.len() as ServerRef - 1
    }

    fn set_serving(&mut self, server: ServerRef) {
        if let Some(server) = self.servers.get_mut(server as usize)
            && server.stage == Stage::Idle
        {
            server.stage = Stage::Serving;
            server.started = true;
        }
    }

    /// The server behind a value, made when it is not yet one.
    fn server_of(
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

    /// Notes an address that is listened on.
    pub(super) fn listen(&mut self, address: Option<&Value<'a>>, kind: ListenKind, call: Place) {
        let (text, origin) = match address {
            Some(Value::Str(Some(text), origin)) => (text.clone(), origin.clone()),
            // `:%d` with a number.
            Some(Value::Int(number, origin)) => (Rc::from(format!(":{number}")), origin.clone()),
            _ => return,
        };
        let Some((host, port)) = split_address(&text) else { return };
        let place = origin.place.unwrap_or(call);
        let found = Listen {
            address: text.to_string(),
            host,
            port,
            kind,
            place,
            env: origin.env.as_deref().map(str::to_owned),
            flag: origin.flag.as_deref().map(str::to_owned),
            admin: false,
        };
        if !self.listens.iter().any(|it| it.address == found.address && it.place == found.place) {
            self.listens.push(found);
        }
    }

    pub(super) fn drain_step(&mut self, what: &str, time: Time, origin: &Origin, place: Place) {
        if time <= 0 {
            return;
        }
        self.drain.push(DrainStep {
            what: what.to_owned(),
            duration: std::time::Duration::from_millis(time as u64),
            place: origin.place.unwrap_or(place),
            default: origin.default,
            parallel: false,
        });
    }

    fn modelled(
        &mut self,
        at: usize,
        model: &'static CallModel,
        call: Call<'a>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        match model.effect {
            Effect::Serve => self.serve(at, model, &call, site),
            Effect::Start => self.start(at, model, &call, site),
            Effect::Shutdown | Effect::Close => self.stop(at, model, &call, site),
            Effect::SignalContext => {
                let context = self.signal_context(&call, site);
                self.deliver(at, site.dest, Value::Object(context));
            }
            Effect::SignalChannel => {
                let context = self.signal_context(&call, site);
                let channel = self.new_channel(ChannelSource::Done(context));
                self.deliver(at, site.dest, Value::Object(channel));
            }
            Effect::SignalActor => self.signal_actor(at, &call, site),
            Effect::Invoke => {
                let ops = call.args.into_iter().map(|it| Op::Call(it, Vec::new())).collect();
                self.native(at, ops, Value::Nil, &site);
            }
            Effect::Keep => {
                if model.signals {
                    self.register(site.place, Some(true));
                    self.on_signal.extend(call.args);
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            Effect::Spawn => {
                let group = self.receiver_object(&call.receiver);
                self.spawn_all(at, &call.args, group, site);
            }
            Effect::Service => self.run_service(at, &call, site),
            Effect::GroupContext => {
                let parent = call.args.iter().find_map(|it| self.as_context(it));
                let context = self.new_context(parent);
                let group = self.made(call.path, "Group", Vec::new());
                if let Some(group) = self.receiver_object(&group).and_then(|it| self.struct_mut(it))
                {
                    group.set("context", Value::Object(context));
                }
                let pair = Value::Tuple(Rc::from([group, Value::Object(context)]));
                self.deliver(at, site.dest, pair);
            }
            Effect::Waiter => {
                if let Some(object) =
                    self.receiver_object(&call.receiver).and_then(|it| self.struct_mut(it))
                    && let Some(waiter) = call.args.first()
                {
                    object.set("waiter", waiter.clone());
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            Effect::Wait => {
                let group = self.receiver_object(&call.receiver);
                self.wait_group(at, group, site);
            }
            Effect::AddRunnable => {
                if let Some(object) =
                    self.receiver_object(&call.receiver).and_then(|it| self.struct_mut(it))
                {
                    object.runnables.extend(call.args);
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            Effect::AddActor | Effect::AddCommand | Effect::AddHook | Effect::Provide => {
                if let Some(object) =
                    self.receiver_object(&call.receiver).and_then(|it| self.struct_mut(it))
                {
                    object.parts.extend(call.args);
                }
                self.deliver(at, site.dest, Value::Nil);
            }
            Effect::RunActors => self.run_actors(at, &call, site),
            Effect::Execute => self.execute_command(at, &call, site, forks),
            Effect::Container => self.container(at, &call, site),
            Effect::Resolve => {
                let Some(container) = self.receiver_object(&call.receiver) else { return };
                let ops = call.args.into_iter().map(|it| Op::Resolve(container, it)).collect();
                self.native(at, ops, Value::Nil, &site);
            }
            Effect::RunContainer => self.run_container(at, model, &call, site),
            Effect::Exit => {
                let code = match call.args.first() {
                    Some(Value::Int(code, _)) => *code as i32,
                    // Not known: taken for the normal end.
                    _ => 0,
                };
                self.exit(at, code, site.place, &format!("os.Exit({code})"));
            }
            Effect::Fatal => {
                let name = Self::call_name(&call);
                self.exit(at, 1, site.place, &name);
            }
            Effect::Panic => {
                let name = Self::call_name(&call);
                self.exit(at, 2, site.place, &name);
            }
            Effect::Option => {
                let made = self.made(call.path, call.name, call.args);
                self.deliver(at, site.dest, made);
            }
            Effect::Nothing => self.deliver(at, site.dest, Value::Unknown),
            Effect::Unknown => {
                self.lost = self.nested == 0;
                self.deliver(at, site.dest, Value::Unknown);
            }
        }
    }

    fn exit(&mut self, at: usize, code: i32, place: Place, call: &str) {
        if self.nested == 0 {
            self.end.get_or_insert((code, place, call.to_owned()));
        }
        self.wait(at, Wait::Forever);
    }

    fn receiver_object(&self, receiver: &Value<'a>) -> Option<Obj> {
        self.struct_of(receiver).map(|(obj, _)| obj)
    }

    fn call_name(call: &Call<'a>) -> String {
        let package = libraries::package_names(call.path).pop().unwrap_or_default();
        match call.on {
            Some(ty) => format!("{package}.{ty}.{}", call.name),
            None => format!("{package}.{}", call.name),
        }
    }

    fn signal_context(&mut self, call: &Call<'a>, site: Site<'a>) -> Obj {
        self.register(site.place, Some(true));
        self.model.get_or_insert(call.path.to_owned());
        let context = self.new_context(None);
        if let Some(context) = self.context_mut(context) {
            context.signals = true;
        }
        self.notified.push(context);
        context
    }

    /// Arguments and options among which a model looks for its switches.
    fn options(&self, call: &Call<'a>) -> Vec<Value<'a>> {
        let mut options = call.args.clone();
        if let Some((_, object)) = self.struct_of(&call.receiver) {
            options.push(call.receiver.clone());
            options.extend(object.args.iter().cloned());
            options.extend(object.parts.iter().cloned());
        }
        options
    }

    fn serve(&mut self, at: usize, model: &'static CallModel, call: &Call<'a>, site: Site<'a>) {
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
        self.listen_of(model, call, &subject, kind, site);
        let base_context = self.base_context(at, &subject);
        let administrative = self.is_administrative(call, &subject);
        if let Some(it) = self.servers.get_mut(server as usize) {
            it.detached = model.detached;
            it.closed_error = model.closed_error.as_deref();
            it.carrier = model.carrier;
            it.managed = model.drains && (signals || model.context.is_some());
            it.administrative = administrative;
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

    /// What was added to a manager runs with its context, in threads it waits for.
    fn start_runnables(
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

    /// Whether a server only serves metrics, health and profiles.
    fn is_administrative(&self, call: &Call<'a>, subject: &Value<'a>) -> bool {
        let field = self.struct_of(subject).and_then(|(_, it)| it.get("Handler").cloned());
        let argument = || match (call.path, call.on) {
            ("net/http", None) => call.args.last().cloned(),
            _ => None,
        };
        let handler = match field.or_else(argument) {
            // The default mux: what was registered on the package.
            Some(Value::Nil) => return is_administrative(&self.default_routes),
            None if call.path == "net/http" && call.on.is_some() => {
                return is_administrative(&self.default_routes);
            }
            Some(handler) => handler,
            None => return false,
        };
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

    /// Runs `Start` and, on SIGTERM, `Stop` of the object that the receiver was made with.
    fn run_service(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
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

    /// A server that stops when a function of the program returns, and then drains.
    fn serve_until(
        &mut self,
        at: usize,
        model: &'static CallModel,
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

    /// A context argument, or one in a configuration argument (fiber's `GracefulContext`).
    fn stop_context(&self, arg: Option<&Value<'a>>) -> Option<Obj> {
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
    fn base_context(&mut self, _at: usize, subject: &Value<'a>) -> Option<Obj> {
        let function = self.field_function(subject, "BaseContext")?;
        let Value::Func(closure) = function else { return None };
        let value = self.call_aside(Value::Func(closure), vec![Value::Unknown]);
        self.as_context(&value)
    }

    fn signals_on(&self, model: &CallModel, options: &[Value<'a>]) -> bool {
        if self.mentions(options, &model.unless) {
            return false;
        }
        match model.signal_option.as_deref().and_then(|it| self.option(options, it)) {
            Some(signals) => self.covers_term(&signals) != Some(false),
            None => true,
        }
    }

    fn model_drain(
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

    fn listen_of(
        &mut self,
        model: &CallModel,
        call: &Call<'a>,
        subject: &Value<'a>,
        kind: ListenKind,
        site: Site<'a>,
    ) {
        let field = model.address_field.as_deref().and_then(|name| {
            let (_, object) = self.struct_of(subject)?;
            object.get(name).cloned()
        });
        let argument = model.address.and_then(|at| call.args.get(at)).cloned();
        let listener = |machine: &Self, value: Option<Value<'a>>| {
            let value = value?;
            match machine.struct_of(&value) {
                Some((_, object)) => object.get("address").cloned().or_else(|| {
                    // `iris.Addr(":8080")`, a listener wrapped by another.
                    object.args.iter().find(|it| matches!(it, Value::Str(..))).cloned()
                }),
                None => Some(value),
            }
        };
        let address = listener(self, field)
            .or_else(|| listener(self, argument))
            .or_else(|| self.listener_behind(subject));
        match (&address, &model.default_address) {
            (Some(Value::Str(Some(text), _)), Some(default)) if text.is_empty() => {
                let value = Self::str_value(default, Origin::at(site.place));
                self.listen(Some(&value), kind, site.place);
            }
            (None, Some(default)) => {
                let value = Self::str_value(default, Origin::at(site.place));
                self.listen(Some(&value), kind, site.place);
            }
            _ => self.listen(address.as_ref(), kind, site.place),
        }
        self.listens_of_fields(subject, call, kind, site);
    }

    /// The address of the listener that an object was made with (cmux).
    fn listener_behind(&self, subject: &Value<'a>) -> Option<Value<'a>> {
        let (_, object) = self.struct_of(subject)?;
        object.args.iter().find_map(|it| {
            let (_, inner) = self.struct_of(it)?;
            match inner.named {
                Some(Named::External("net", "Listener")) => inner.get("address").cloned(),
                _ => None,
            }
        })
    }

    /// Addresses in options and configuration fields of a framework's server.
    fn listens_of_fields(
        &mut self,
        subject: &Value<'a>,
        call: &Call<'a>,
        kind: ListenKind,
        site: Site<'a>,
    ) {
        let mut values = vec![subject.clone()];
        values.extend(call.args.iter().cloned());
        for _ in 0..4 {
            let mut inner = Vec::new();
            let mut found: Vec<Value<'a>> = Vec::new();
            for value in &values {
                // `graceful.Graceful(server.ListenAndServe, ...)`.
                if let Value::Bound(bound) = value {
                    inner.push(bound.0.clone());
                    continue;
                }
                let Some((_, object)) = self.struct_of(value) else { continue };
                let Some(Named::External(path, name)) = object.named else { continue };
                if path == "net/http" && name == "Server" {
                    // The subject's own address is known already.
                    if call.on.is_none() {
                        found.extend(object.get("Addr").cloned());
                    }
                    inner.extend(object.args.iter().cloned());
                    continue;
                }
                if matches!(path, "net" | "google.golang.org/grpc") {
                    continue;
                }
                if matches!(name, "WithHostPorts" | "Address" | "FlagConfig") {
                    found.extend(object.args.iter().cloned());
                }
                for (name, value) in &object.fields {
                    let is_address = matches!(
                        *name,
                        "BindAddress"
                            | "HealthProbeBindAddress"
                            | "MetricsBindAddress"
                            | "ListenAddress"
                    );
                    let is_port =
                        name.ends_with("Port") && matches!(value, Value::Int(port, _) if *port > 0);
                    if is_address || is_port {
                        found.push(value.clone());
                    }
                    if *name == "WebListenAddresses"
                        && let Value::Object(list) = value
                        && let Some(Object::List(items)) = self.heap.get(*list as usize)
                    {
                        found.extend(items.iter().cloned());
                    }
                    inner.push(value.clone());
                }
                inner.extend(object.args.iter().cloned());
                inner.extend(object.parts.iter().cloned());
            }
            for value in found {
                self.listen(Some(&value), kind, site.place);
            }
            if inner.is_empty() {
                return;
            }
            values = inner;
        }
    }

    fn start(&mut self, at: usize, model: &'static CallModel, call: &Call<'a>, site: Site<'a>) {
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
    fn stop(&mut self, at: usize, model: &'static CallModel, call: &Call<'a>, site: Site<'a>) {
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
    fn shutdown_time(&mut self, model: &CallModel, call: &Call<'a>, context: Option<Obj>) {
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

    fn cancelled_at(&self, _context: Obj, place: Place) -> Place {
        let waits = self.trace.iter().rev().find(|it| it.what == "waits for the signal");
        waits.map_or(place, |it| it.place)
    }

    // Actors (oklog/run).

    fn signal_actor(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
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

    fn run_actors(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
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
        ops.push(Op::Result(Value::Error("")));
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

    // Command lines.

    /// Runs each command in a run of its own.
    fn execute_command(
        &mut self,
        at: usize,
        call: &Call<'a>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        let context = call
            .args
            .iter()
            .find_map(|it| self.as_context(it))
            .unwrap_or_else(|| self.new_context(None));
        let mut commands = Vec::new();
        let mut root = call.receiver.clone();
        self.declare_flags(&root, 0);
        if call.path.contains("kong") {
            // `kong.Parse(&cli)`: the value and its fields have the Run methods.
            if let Some((_, object)) = self.struct_of(&call.receiver) {
                root = object.args.first().cloned().unwrap_or(Value::Unknown);
            }
            self.kong_commands(&root, &mut commands, 0);
        } else {
            self.commands(&root, &mut commands, Vec::new(), 0);
        }
        let Some(last) = commands.pop() else {
            self.deliver(at, site.dest, Value::Nil);
            return;
        };
        let run = |machine: &mut Self, command: &CommandLine<'a>| {
            let mut ops = Vec::new();
            for (function, receiver) in &command.functions {
                if let Some(obj) = machine.receiver_object(receiver)
                    && let Some(object) = machine.struct_mut(obj)
                {
                    object.set("context", Value::Object(context));
                }
                let args = machine.command_arguments(function, receiver, context);
                ops.push(Op::Call(function.clone(), args));
            }
            machine.native(at, ops, Value::Nil, &site);
        };
        for command in &commands {
            if let Some(mut other) = self.fork() {
                run(&mut other, command);
                forks.push(other);
            }
        }
        run(self, &last);
    }

    /// Flags in the literals of commands: `Flags: []cli.Flag{&cli.StringFlag{Name: ...}}`.
    fn declare_flags(&mut self, command: &Value<'a>, depth: u32) {
        let Some((_, object)) = self.struct_of(command) else { return };
        if depth > 6 {
            return;
        }
        let list = |machine: &Self, value: Option<&Value<'a>>| match value {
            Some(Value::Object(list)) => match machine.heap.get(*list as usize) {
                Some(Object::List(items)) => items.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let flags = list(self, object.get("Flags"));
        let mut children = object.parts.clone();
        children.extend(list(self, object.get("Commands").or_else(|| object.get("Subcommands"))));
        for flag in flags {
            let Some((_, flag)) = self.struct_of(&flag) else { continue };
            let Some(Value::Str(Some(name), _)) = flag.get("Name") else { continue };
            let name = name.clone();
            let env = match flag.get("EnvVars") {
                Some(Value::Object(list)) => match self.heap.get(*list as usize) {
                    Some(Object::List(items)) => items.first().cloned(),
                    _ => None,
                },
                _ => flag.get("EnvVar").cloned().or_else(|| {
                    // `Sources: cli.EnvVars("ADDR")`.
                    let (_, sources) = self.struct_of(flag.get("Sources")?)?;
                    sources.args.first().cloned()
                }),
            };
            let env = match env {
                Some(Value::Str(text, _)) => text,
                _ => None,
            };
            let origin = |own: &Origin| Origin {
                flag: Some(name.clone()),
                env: env.clone(),
                default: true,
                ..own.clone()
            };
            let value = match flag.get("Value") {
                Some(Value::Str(text, own)) => Value::Str(text.clone(), origin(own)),
                Some(Value::Int(number, own)) => Value::Int(*number, origin(own)),
                _ => continue,
            };
            self.flags.push((name, value));
        }
        for child in children {
            self.declare_flags(&child, depth + 1);
        }
    }

    /// Arguments for a command's function, by the types of its parameters.
    fn command_arguments(
        &mut self,
        function: &Value<'a>,
        command: &Value<'a>,
        context: Obj,
    ) -> Vec<Value<'a>> {
        let Value::Func(closure) = function else { return Vec::new() };
        let Some(it) = self.repo().function(closure.function) else { return Vec::new() };
        let file = closure.function.file;
        it.params
            .iter()
            .map(|param| match self.repo().named(Ty::Written(file, param.ty)) {
                Some(Named::External("context", "Context")) => Value::Object(context),
                Some(Named::External(_, "Command" | "Context")) => command.clone(),
                _ => Value::Unknown,
            })
            .collect()
    }

    /// The commands below a command, each with what runs before it.
    fn commands(
        &self,
        command: &Value<'a>,
        found: &mut Vec<CommandLine<'a>>,
        before: Vec<(Value<'a>, Value<'a>)>,
        depth: u32,
    ) {
        let Some((_, object)) = self.struct_of(command) else { return };
        if depth > 6 {
            return;
        }
        let mut before = before;
        for name in ["PersistentPreRun", "PersistentPreRunE", "Before"] {
            if let Some(function) = self.field_function(command, name) {
                before.push((function, command.clone()));
            }
        }
        let mut functions = before.clone();
        let mut runs = false;
        for name in ["PreRun", "PreRunE", "Run", "RunE", "Action", "PostRun", "PostRunE", "After"] {
            if let Some(function) = self.field_function(command, name) {
                runs |= matches!(name, "Run" | "RunE" | "Action");
                functions.push((function, command.clone()));
            }
        }
        if runs {
            found.push(CommandLine { functions });
        }
        let mut children = object.parts.clone();
        if let Some(Value::Object(list)) =
            object.get("Commands").or_else(|| object.get("Subcommands"))
            && let Some(Object::List(items)) = self.heap.get(*list as usize)
        {
            children.extend(items.iter().cloned());
        }
        for child in children {
            self.commands(&child, found, before.clone(), depth + 1);
        }
    }

    fn kong_commands(&mut self, value: &Value<'a>, found: &mut Vec<CommandLine<'a>>, depth: u32) {
        let Some((obj, object)) = self.struct_of(value) else { return };
        if depth > 3 {
            return;
        }
        let (named, ty) = (object.named, object.ty);
        if named.is_some_and(|it| self.repo().own_method(it, "Run").is_some()) {
            let function = Value::Bound(Rc::new((Value::Object(obj), "Run")));
            found.push(CommandLine { functions: vec![(function, Value::Unknown)] });
        }
        let Some((file, fields)) = self.repo().struct_fields(ty) else { return };
        let code = self.repo().code(file);
        for field in fields {
            let name = code.text(field.name);
            let inner = self.select(&Value::Object(obj), name);
            self.tagged_default(
                obj,
                name,
                field.tag.as_ref().map(|(tag, at)| (code.text(*tag), at.clone())),
                file,
            );
            self.kong_commands(&inner, found, depth + 1);
        }
    }

    /// `default:":8080"` of a tag is the field's value.
    fn tagged_default(
        &mut self,
        obj: Obj,
        field: &'a str,
        tag: Option<(&str, goready_parse::go::code::Bytes)>,
        file: super::FileRef,
    ) {
        let Some((tag, at)) = tag else { return };
        let Some(default) = crate::link::go::tags::value(tag, "default") else { return };
        let place = self.repo().place(file, &at);
        let origin = Origin {
            place: Some(place),
            env: crate::link::go::tags::value(tag, "env").map(Rc::from),
            flag: Some(Rc::from(field.to_lowercase())),
            default: true,
        };
        let value = Self::str_value(default, origin);
        if let Some(object) = self.struct_mut(obj) {
            object.set(field, value);
        }
    }

    // Containers (fx, dig).

    fn container(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
        let made = self.made(call.path, "App", call.args.clone());
        let Value::Object(container) = made else { return };
        let mut ops = Vec::new();
        let mut options = call.args.clone();
        let mut at_option = 0;
        while let Some(option) = options.get(at_option).cloned() {
            at_option += 1;
            let Some((_, object)) = self.struct_of(&option) else { continue };
            let (name, args) = match object.named {
                Some(Named::External(_, name)) => (name, object.args.clone()),
                _ => continue,
            };
            match name {
                "Provide" => {
                    if let Some(object) = self.struct_mut(container) {
                        object.parts.extend(args);
                    }
                }
                "Invoke" => ops.extend(args.into_iter().map(|it| Op::Resolve(container, it))),
                "Options" | "Module" => options.extend(args),
                _ => {}
            }
        }
        ops.push(Op::Result(Value::Object(container)));
        self.native(at, ops, Value::Nil, &site);
    }

    /// Calls a function with arguments by type: from values that constructors gave, or by calling
    /// the constructor first.
    pub(super) fn resolve(&mut self, at: usize, container: Obj, function: Value<'a>) {
        let place = self.repo().place(super::FileRef(0), &(0..0));
        let site = Site { file: super::FileRef(0), place, dest: Dest::Slot, call: None };
        let function = self.unwrap_annotation(function);
        let Value::Func(closure) = &function else { return };
        let Some(code) = self.repo().function(closure.function) else { return };
        let file = closure.function.file;
        let mut args = Vec::new();
        for param in &code.params {
            let ty = Ty::Written(file, param.ty);
            let named = self.repo().named(ty);
            if let Some(Named::External("go.uber.org/fx", "Lifecycle")) = named {
                args.push(self.lifecycle(container));
                continue;
            }
            let known = self.provided(container, ty);
            if let Some(value) = known {
                args.push(value);
                continue;
            }
            if let Some(provider) = self.take_provider(container, ty) {
                // First the constructor, then this function again.
                let result = self.provided_type(&provider).unwrap_or(ty);
                let ops = vec![
                    Op::Resolve(container, provider),
                    Op::Store(container, result),
                    Op::Resolve(container, function.clone()),
                ];
                self.native(at, ops, Value::Nil, &site);
                return;
            }
            args.push(self.materialise(ty));
        }
        self.native(at, vec![Op::Call(function, args)], Value::Nil, &site);
    }

    /// What a constructor gave for a type.
    fn provided(&self, container: Obj, ty: Ty<'a>) -> Option<Value<'a>> {
        let (_, object) = self.struct_of(&Value::Object(container))?;
        object.fields.iter().find_map(|(_, value)| {
            let Value::Tuple(pair) = value else { return None };
            match pair.as_ref() {
                [Value::Typed(of), value] if same_type(self.repo(), *of, ty) => Some(value.clone()),
                _ => None,
            }
        })
    }

    /// `fx.Annotate(f, ...)`.
    fn unwrap_annotation(&self, function: Value<'a>) -> Value<'a> {
        match self.struct_of(&function) {
            Some((_, object)) => match object.named {
                Some(Named::External(_, "Annotate" | "Annotated")) => {
                    object.args.first().cloned().unwrap_or(Value::Unknown)
                }
                _ => function,
            },
            None => function,
        }
    }

    fn lifecycle(&mut self, container: Obj) -> Value<'a> {
        let known = self.struct_mut(container).and_then(|it| it.get("lifecycle").cloned());
        if let Some(known) = known {
            return known;
        }
        let made = self.made("go.uber.org/fx", "Lifecycle", Vec::new());
        if let Some(object) = self.struct_mut(container) {
            object.set("lifecycle", made.clone());
        }
        made
    }

    fn provided_type(&self, provider: &Value<'a>) -> Option<Ty<'a>> {
        let provider = self.unwrap_annotation(provider.clone());
        let Value::Func(closure) = &provider else { return None };
        let function = self.repo().function(closure.function)?;
        let result = function.results.first()?;
        Some(Ty::Written(closure.function.file, result.ty))
    }

    /// The constructor of a type; it is used once.
    fn take_provider(&mut self, container: Obj, ty: Ty<'a>) -> Option<Value<'a>> {
        let parts = self.struct_mut(container)?.parts.clone();
        let at = parts.iter().position(|it| {
            self.provided_type(it).is_some_and(|of| same_type(self.repo(), of, ty))
        })?;
        let found = parts.get(at).cloned();
        if let Some(object) = self.struct_mut(container) {
            object.parts.remove(at);
        }
        found
    }

    /// Keeps what a constructor gave.
    pub(super) fn store_provided(&mut self, container: Obj, ty: Ty<'a>, value: Value<'a>) {
        let value = super::eval::nth(value, 0);
        let pair = Value::Tuple(Rc::from([Value::Typed(ty), value]));
        if let Some(object) = self.struct_mut(container) {
            object.fields.push(("", pair));
        }
    }

    fn run_container(
        &mut self,
        at: usize,
        model: &'static CallModel,
        call: &Call<'a>,
        site: Site<'a>,
    ) {
        self.register(site.place, Some(true));
        self.model.get_or_insert(call.path.to_owned());
        let Some(container) = self.receiver_object(&call.receiver) else {
            self.blind = true;
            self.wait(at, Wait::Signal);
            return;
        };
        let options = self.options(call);
        self.model_drain(model, &options, None, site.place);
        let context = Value::Object(self.new_context(None));
        let mut ops: Vec<Op<'a>> = self
            .hooks(container, "OnStart")
            .into_iter()
            .map(|it| Op::Call(it, vec![context.clone()]))
            .collect();
        ops.push(Op::Wait(Wait::Signal));
        ops.push(Op::StopHooks(container, true));
        self.native(at, ops, Value::Nil, &site);
    }

    fn hooks(&mut self, container: Obj, name: &str) -> Vec<Value<'a>> {
        let lifecycle = self.struct_mut(container).and_then(|it| it.get("lifecycle").cloned());
        let Some(lifecycle) = lifecycle.and_then(|it| self.receiver_object(&it)) else {
            return Vec::new();
        };
        let hooks = self.struct_mut(lifecycle).map(|it| it.parts.clone()).unwrap_or_default();
        hooks.iter().filter_map(|it| self.field_function(it, name)).collect()
    }

    pub(super) fn stop_hooks(&mut self, at: usize, container: Obj, _drains: bool) {
        let place = self.repo().place(super::FileRef(0), &(0..0));
        let site = Site { file: super::FileRef(0), place, dest: Dest::Slot, call: None };
        let context = Value::Object(self.new_context(None));
        let mut hooks = self.hooks(container, "OnStop");
        hooks.reverse();
        let ops = hooks.into_iter().map(|it| Op::Call(it, vec![context.clone()])).collect();
        self.native(at, ops, Value::Nil, &site);
    }
}

/// A call into another module.
#[derive(Debug)]
struct Call<'a> {
    path: &'a str,
    on: Option<&'a str>,
    name: &'a str,
    receiver: Value<'a>,
    args: Vec<Value<'a>>,
}

/// A command with the functions that run for it.
#[derive(Debug)]
struct CommandLine<'a> {
    functions: Vec<(Value<'a>, Value<'a>)>,
}

fn same_type<'a>(repo: &Repo<'a>, a: Ty<'a>, b: Ty<'a>) -> bool {
    let named = repo.named(a);
    named.is_some() && named == repo.named(b)
}

fn call_place(machine: &Machine<'_, '_>) -> Place {
    machine
        .shutdowns
        .last()
        .map_or_else(|| machine.repo().place(super::FileRef(0), &(0..0)), |it| it.place)
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

/// Host and port of an address; `None` when it is none (a socket path, a number alone).
pub(super) fn split_address(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = match port {
        "http" => Some(80),
        "https" => Some(443),
        number => Some(number.parse().ok()?),
    };
    Some((host.to_owned(), port))
}
