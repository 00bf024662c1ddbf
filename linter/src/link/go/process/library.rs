//! Calls into other modules, by their models.

use std::rc::Rc;

use goready_model::{ListenKind, Place};

use super::{
    ChannelSource, Dest, Forks, Machine, Obj, Object, Op, Site, Stage, Struct, Value, Wait,
    value::Origin,
};
use crate::link::go::{
    libraries::{self, CallModel, Effect},
    repo::{Named, Ty},
};

/// Whether a function reads what a person types, line by line. `io.ReadAll(os.Stdin)` takes what
/// another program writes.
fn asks_a_person(path: &str, name: &str, args: &[Value<'_>]) -> bool {
    const TERMINALS: [&str; 9] = [
        "github.com/chzyer/readline",
        "github.com/peterh/liner",
        "github.com/c-bata/go-prompt",
        "github.com/manifoldco/promptui",
        "github.com/AlecAivazis/survey",
        "github.com/charmbracelet/bubbletea",
        "github.com/charmbracelet/huh",
        "github.com/rivo/tview",
        "github.com/gdamore/tcell",
    ];
    match (path, name) {
        ("fmt", "Scan" | "Scanf" | "Scanln") => true,
        ("bufio", "NewReader" | "NewReaderSize" | "NewScanner") => {
            matches!(args.first(), Some(Value::External("os", "Stdin")))
        }
        ("golang.org/x/term", "ReadPassword" | "MakeRaw" | "NewTerminal") => true,
        _ => TERMINALS.iter().any(|it| {
            path.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }),
    }
}

/// A receiver, where the call is a method.
pub(super) type Method<'a> = (&'a str, &'a str, &'a str);

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
        self.interactive |= asks_a_person(path, name, &args);
        if self.standard_function(at, path, name, &args, site, forks).is_some() {
            return;
        }
        if crate::link::go::interest::is_fatal(name) {
            self.fatal(at, site);
            return;
        }
        let version = self.repo().version(self.repo().package_of(site.file), path);
        if let Some(model) = self.repo().libraries.find(path, None, name, version) {
            let call = Call { path, on: None, name, receiver: Value::Nil, args };
            self.modelled(at, model, call, site, forks);
            return;
        }
        self.registers_profiles(name, &args);
        self.keep_callbacks(&args);
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
        if let Some((result_path, ty)) = self.repo().libraries.result(path, None, name) {
            let made = self.made(result_path, ty, args.clone());
            if !self.run_callbacks(at, name, &args, site) {
                self.deliver(at, site.dest, made);
            }
            return;
        }
        if self.runner(at, path, name, &args, site) || self.run_callbacks(at, name, &args, site) {
            return;
        }
        let value = self.parsed_as(site).unwrap_or(Value::Unknown);
        self.deliver(at, site.dest, value);
    }

    /// A call that by its name adds the profiles to a mux: `httputil.RoutePprof(mux)`.
    fn registers_profiles(&mut self, name: &str, args: &[Value<'a>]) {
        if !name.to_ascii_lowercase().contains("pprof") {
            return;
        }
        for arg in args {
            let Value::Object(obj) = arg else { continue };
            if let Some(mux) = self.struct_mut(*obj)
                && mux.named == Some(Named::External("net/http", "ServeMux"))
            {
                mux.parts.push(Self::str_value("/debug/pprof/", Origin::default()));
            }
        }
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
                self.unknown_server |= name.contains("Serve");
                false
            }
        }
    }

    /// A worker asks a queue for its next message, until SIGTERM ends the context: then it gets an
    /// error instead.
    fn fetch(&mut self, at: usize, name: &str, args: &[Value<'a>], site: Site<'a>) -> bool {
        // kafka-go, go-redis, nats.go
        const FETCHES: [&str; 4] =
            ["FetchMessage", "ReadMessage", "ReceiveMessage", "NextMsgWithContext"];
        let Some(context) = args.first().and_then(|it| self.as_context(it)) else { return false };
        if !FETCHES.contains(&name) || !self.ends_with_signal(context) {
            return false;
        }
        self.trace(site.place, "works until SIGTERM ends its context");
        let channel = self.new_channel(ChannelSource::Done(context));
        let wait = Wait::Receive { channel, into: Dest::Drop };
        let ended = Value::Tuple(Rc::from([Value::Unknown, Value::Error("context.Canceled")]));
        self.native(at, vec![Op::Wait(wait)], ended, &site);
        true
    }

    /// A value of another module's type that some function returned.
    pub(super) fn made(&mut self, path: &'a str, ty: &'a str, args: Vec<Value<'a>>) -> Value<'a> {
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
        if let Some(model) = self.repo().libraries.find(path, Some(ty), name, version) {
            let call = Call { path, on: Some(ty), name, receiver, args };
            self.modelled(at, model, call, site, forks);
            return;
        }
        self.keep_callbacks(&args);
        self.decoded(name, &args, site);
        if self.fetch(at, name, &args, site) {
            return;
        }
        if let Some(context) = self.passed_context(name, &args) {
            self.deliver(at, site.dest, context);
            return;
        }
        if let Some(value) = self.flag_call(name, &args) {
            self.deliver(at, site.dest, value);
            return;
        }
        if let Some((result_path, result)) = self.repo().libraries.result(path, Some(ty), name) {
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

    fn modelled(
        &mut self,
        at: usize,
        model: &'a CallModel,
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
            Effect::Fatal | Effect::Panic if self.gives_up_function(at) => {}
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

    pub(super) fn receiver_object(&self, receiver: &Value<'a>) -> Option<Obj> {
        self.struct_of(receiver).map(|(obj, _)| obj)
    }

    pub(super) fn call_name(call: &Call<'a>) -> String {
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
    pub(super) fn options(&self, call: &Call<'a>) -> Vec<Value<'a>> {
        let mut options = call.args.clone();
        if let Some((_, object)) = self.struct_of(&call.receiver) {
            options.push(call.receiver.clone());
            options.extend(object.args.iter().cloned());
            options.extend(object.parts.iter().cloned());
        }
        options
    }
}

/// A call into another module.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) path: &'a str,
    pub(super) on: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) receiver: Value<'a>,
    pub(super) args: Vec<Value<'a>>,
}
