//! The part of the standard library that decides about the life of a process.

use std::rc::Rc;

use goready_model::Place;

use super::{
    ChannelSource, Forks, Machine, Native, Obj, Object, Op, Phase, Registration, Site, Struct,
    Value, Wait,
    value::{Origin, Time},
};
use crate::link::go::repo::{Named, Ty};

/// Signals by the names that os, syscall and x/sys/unix give them.
pub(in crate::link::go) fn signal(path: &str, name: &str) -> Option<&'static str> {
    match (path, name) {
        ("os", "Interrupt") => Some("SIGINT"),
        ("os", "Kill") => Some("SIGKILL"),
        ("syscall" | "golang.org/x/sys/unix" | "golang.org/x/sys/windows", name) => {
            const SIGNALS: [&str; 20] = [
                "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGSTOP", "SIGUSR1",
                "SIGUSR2", "SIGPIPE", "SIGCHLD", "SIGTSTP", "SIGABRT", "SIGALRM", "SIGCONT",
                "SIGWINCH", "SIGTTIN", "SIGTTOU", "SIGSEGV", "SIGILL", "SIGTRAP",
            ];
            SIGNALS.iter().find(|it| **it == name).copied()
        }
        _ => None,
    }
}

/// Errors that code compares with.
pub(super) fn sentinel(path: &str, name: &str) -> Option<&'static str> {
    Some(match (path, name) {
        ("net/http" | "github.com/kataras/iris/v12", "ErrServerClosed") => {
            "net/http.ErrServerClosed"
        }
        ("context", "Canceled") => "context.Canceled",
        ("context", "DeadlineExceeded") => "context.DeadlineExceeded",
        _ => return None,
    })
}

/// A constant or variable of another module, or a function that is not called here.
pub(super) fn constant<'a>(path: &'a str, name: &'a str) -> Value<'a> {
    if let Some(signal) = signal(path, name) {
        return Value::Signal(signal);
    }
    if let Some(error) = sentinel(path, name) {
        return Value::Error(error);
    }
    if path == "time" {
        let nanoseconds = match name {
            "Nanosecond" => 1,
            "Microsecond" => 1_000,
            "Millisecond" => 1_000_000,
            "Second" => 1_000_000_000,
            "Minute" => 60_000_000_000,
            "Hour" => 3_600_000_000_000,
            _ => return Value::External(path, name),
        };
        return Value::Int(nanoseconds, Origin::default());
    }
    Value::External(path, name)
}

/// Milliseconds of a duration.
pub(super) fn milliseconds(value: &Value<'_>) -> Option<(Time, Origin)> {
    match value {
        Value::Int(nanoseconds, origin) => {
            Some((nanoseconds.div_euclid(1_000_000).max(0), origin.clone()))
        }
        _ => None,
    }
}

/// Time that passes where a duration is not known.
const SOME_TIME: Time = 1_000;

impl<'s, 'a> Machine<'s, 'a> {
    /// A function of the standard library. `None` when it is not modelled here.
    pub(super) fn standard_function(
        &mut self,
        at: usize,
        path: &'a str,
        name: &'a str,
        args: &[Value<'a>],
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) -> Option<()> {
        let value = match path {
            "os/signal" => return self.signal_function(at, name, args, site),
            "context" => return self.context_function(at, name, args, site, forks),
            "time" => return self.time_function(at, name, args, site),
            "errors" | "github.com/pkg/errors" => self.errors_function(name, args)?,
            "fmt" => self.fmt_function(name, args)?,
            "strconv" => match (name, args.first()) {
                ("Itoa" | "FormatInt", Some(Value::Int(number, origin))) => {
                    Self::str_value(&number.to_string(), origin.clone())
                }
                ("Atoi", Some(Value::Str(Some(text), origin))) => match text.parse() {
                    Ok(number) => Value::Int(number, origin.clone()),
                    Err(_) => Self::unreadable(origin),
                },
                _ => return None,
            },
            "net" => self.net_function(name, args, site)?,
            "os" => match (name, args.first()) {
                ("Getenv", Some(Value::Str(Some(key), _))) => Self::unset(key),
                ("LookupEnv", Some(Value::Str(Some(key), _))) => {
                    Value::Tuple(Rc::from([Self::unset(key), Value::Maybe]))
                }
                ("Signal", Some(value)) => value.clone(),
                _ => return None,
            },
            "syscall" | "golang.org/x/sys/unix" => match (name, args.first()) {
                ("Signal", Some(value)) => value.clone(),
                _ => return None,
            },
            "net/http" => match (name, args.first()) {
                ("HandlerFunc" | "StripPrefix", Some(_)) => Value::Unknown,
                ("Handle" | "HandleFunc", Some(Value::Str(Some(route), _))) => {
                    self.default_routes.push(route.clone());
                    Value::Nil
                }
                ("Handle" | "HandleFunc", _) => {
                    self.default_routes.push(Rc::from(""));
                    Value::Nil
                }
                _ => return None,
            },
            "sync" => match (name, args.first()) {
                ("OnceFunc" | "OnceValue", Some(value)) => value.clone(),
                _ => return None,
            },
            "flag" | "github.com/spf13/pflag" => self.flag_call(name, args)?,
            "github.com/spf13/viper" => match (name, args) {
                ("GetString" | "GetInt" | "GetDuration", _) => self.flag_value(args),
                ("SetDefault", [Value::Str(Some(key), _), value]) => {
                    let value = match value {
                        Value::Str(text, origin) => {
                            Value::Str(text.clone(), Origin { default: true, ..origin.clone() })
                        }
                        Value::Int(number, origin) => {
                            Value::Int(*number, Origin { default: true, ..origin.clone() })
                        }
                        _ => Value::Unknown,
                    };
                    self.flags.push((key.clone(), value));
                    Value::Nil
                }
                _ => return None,
            },
            _ => return None,
        };
        self.deliver(at, site.dest, value);
        Some(())
    }

    /// What reading a text from elsewhere gives: nobody knows whether it can be read.
    fn unreadable(origin: &Origin) -> Value<'a> {
        let value = Value::Int(0, Origin { default: true, place: None, ..origin.clone() });
        Value::Tuple(Rc::from([value, Value::Maybe]))
    }

    /// A variable of the environment that is not set, as far as the code says.
    fn unset(key: &Rc<str>) -> Value<'a> {
        let origin = Origin { env: Some(key.clone()), default: true, ..Origin::default() };
        Value::Str(Some(Rc::from("")), origin)
    }

    // Signals.

    fn signal_function(
        &mut self,
        at: usize,
        name: &str,
        args: &[Value<'a>],
        site: Site<'a>,
    ) -> Option<()> {
        let value = match name {
            "Notify" => {
                let term = self.covers_term(args.get(1..).unwrap_or(&[]));
                self.register(site.place, term);
                if term != Some(false) {
                    match args.first().and_then(|it| self.as_channel(it)) {
                        Some(channel) => self.notified.push(channel),
                        // Some channel gets the signal; what follows is not seen.
                        None => self.blind = true,
                    }
                }
                Value::Nil
            }
            "NotifyContext" => {
                let term = self.covers_term(args.get(1..).unwrap_or(&[]));
                self.register(site.place, term);
                let parent = args.first().and_then(|it| self.as_context(it));
                let context = self.new_context(parent);
                if term != Some(false) {
                    if let Some(context) = self.context_mut(context) {
                        context.signals = true;
                    }
                    self.notified.push(context);
                }
                Value::Tuple(Rc::from([
                    Value::Object(context),
                    Value::Native(Native::StopSignals(context)),
                ]))
            }
            "Stop" => {
                if let Some(channel) = args.first().and_then(|it| self.as_channel(it)) {
                    self.notified.retain(|it| *it != channel);
                }
                Value::Nil
            }
            "Reset" => {
                if self.covers_term(args) != Some(false) {
                    self.notified.clear();
                    self.ignored = false;
                }
                Value::Nil
            }
            "Ignore" => {
                if self.covers_term(args) == Some(true) {
                    self.notified.clear();
                    self.ignored = true;
                }
                Value::Nil
            }
            _ => return None,
        };
        self.deliver(at, site.dest, value);
        Some(())
    }

    /// Whether a list of signals holds SIGTERM; `None` when some of it is not known. An empty list
    /// means all signals.
    pub(super) fn covers_term(&self, args: &[Value<'a>]) -> Option<bool> {
        let mut known = true;
        let mut any = false;
        for arg in args {
            any = true;
            match arg {
                Value::Signal("SIGTERM") => return Some(true),
                Value::Signal(_) => {}
                Value::Object(obj) => match self.heap.get(*obj) {
                    Some(Object::List(items)) if !items.is_empty() => {
                        match self.covers_term(items) {
                            Some(true) => return Some(true),
                            Some(false) => {}
                            None => known = false,
                        }
                    }
                    _ => known = false,
                },
                _ => known = false,
            }
        }
        if known { Some(!any) } else { None }
    }

    pub(super) fn register(&mut self, place: Place, term: Option<bool>) {
        if term == Some(false) {
            self.registrations.push(Registration { place });
            return;
        }
        if term.is_none() {
            self.blind = true;
        }
        self.trace(place, "registers SIGTERM");
        self.registrations.push(Registration { place });
    }

    // Contexts.

    fn context_function(
        &mut self,
        at: usize,
        name: &str,
        args: &[Value<'a>],
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) -> Option<()> {
        let parent = args.first().and_then(|it| self.as_context(it));
        let value = match name {
            "Background" | "TODO" | "WithoutCancel" => Value::Object(self.new_context(None)),
            "WithValue" => Value::Object(self.new_context(parent)),
            "WithCancel" | "WithCancelCause" => {
                let context = self.new_context(parent);
                Value::Tuple(Rc::from([
                    Value::Object(context),
                    Value::Native(Native::Cancel(context)),
                ]))
            }
            "WithTimeout" | "WithTimeoutCause" | "WithDeadline" | "WithDeadlineCause" => {
                let context = self.new_context(parent);
                let timeout =
                    args.get(1).and_then(milliseconds).filter(|_| name.starts_with("WithTimeout"));
                let now = self.now;
                if let Some(context) = self.context_mut(context) {
                    context.deadline = timeout.as_ref().map(|(time, _)| now + time);
                    context.timeout = timeout.map(|(time, origin)| {
                        (time, Origin { place: origin.place.or(Some(site.place)), ..origin })
                    });
                }
                Value::Tuple(Rc::from([
                    Value::Object(context),
                    Value::Native(Native::Cancel(context)),
                ]))
            }
            "AfterFunc" => {
                if let (Some(context), Some(callee)) = (parent, args.get(1)) {
                    self.spawn_after(Wait::Context(context), callee.clone(), site);
                }
                self.deliver(at, site.dest, Value::Native(Native::Nothing));
                let _ = forks;
                return Some(());
            }
            _ => return None,
        };
        self.deliver(at, site.dest, value);
        Some(())
    }

    /// A thread that waits and then calls.
    pub(super) fn spawn_after(&mut self, wait: Wait, callee: Value<'a>, site: Site<'a>) {
        let Some(thread) = self.spawn(Value::Native(Native::Nothing), Vec::new(), None) else {
            return;
        };
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.frames.clear();
        }
        let site = Site { dest: super::Dest::Drop, ..site };
        self.native(thread, vec![Op::Wait(wait), Op::Call(callee, Vec::new())], Value::Nil, &site);
    }

    pub(super) fn context_method(&mut self, at: usize, context: Obj, name: &str, site: Site<'a>) {
        let value = match name {
            "Done" => Value::Object(self.new_channel(ChannelSource::Done(context))),
            "Err" => {
                if self.context_done(context) {
                    Value::Error("context.Canceled")
                } else {
                    Value::Nil
                }
            }
            _ => Value::Unknown,
        };
        self.deliver(at, site.dest, value);
    }

    // Time.

    fn time_function(
        &mut self,
        at: usize,
        name: &str,
        args: &[Value<'a>],
        site: Site<'a>,
    ) -> Option<()> {
        let time = args.first().and_then(milliseconds).map_or(SOME_TIME, |(time, _)| time);
        self.timed |= self.phase == Phase::After
            && matches!(name, "Sleep" | "After" | "NewTimer" | "AfterFunc" | "Tick" | "NewTicker");
        let value = match name {
            "Sleep" => {
                let until = self.now + time.max(1);
                if self.phase == Phase::After
                    && let Some((time, origin)) = args.first().and_then(milliseconds)
                {
                    self.drain_step("sleep", time, &origin, site.place);
                }
                self.wait(at, Wait::Sleep(until));
                self.deliver(at, site.dest, Value::Nil);
                return Some(());
            }
            // A timer set after the signal bounds the graceful stop beside it.
            "After" | "NewTimer" | "AfterFunc" if self.phase == Phase::After && !self.limiting => {
                if let Some((time, origin)) = args.first().and_then(milliseconds) {
                    self.timer_limit = Some((time, origin, site.place));
                }
                self.limiting = true;
                let done = self.time_function(at, name, args, site);
                self.limiting = false;
                return done;
            }
            "After" => {
                Value::Object(self.new_channel(ChannelSource::Timer(self.now + time.max(1))))
            }
            "Tick" => Value::Object(self.ticker(time)),
            "NewTimer" | "NewTicker" => {
                let channel = if name == "NewTimer" {
                    self.new_channel(ChannelSource::Timer(self.now + time.max(1)))
                } else {
                    self.ticker(time)
                };
                let ty = if name == "NewTimer" { "Timer" } else { "Ticker" };
                let named = Named::External("time", ty);
                let mut timer = Struct::new(Some(named), Ty::External("time", ty));
                timer.set("C", Value::Object(channel));
                self.alloc(Object::Struct(timer))
            }
            "AfterFunc" => {
                let until = self.now + time.max(1);
                if let Some(callee) = args.get(1) {
                    self.spawn_after(Wait::Sleep(until), callee.clone(), site);
                }
                let thread = self.threads.len() - 1;
                let named = Named::External("time", "Timer");
                let mut timer = Struct::new(Some(named), Ty::External("time", "Timer"));
                timer.pending = thread as i64;
                timer.once = true;
                self.alloc(Object::Struct(timer))
            }
            "Duration" => args.first().cloned().unwrap_or(Value::Unknown),
            "ParseDuration" => match args.first() {
                Some(Value::Str(Some(text), origin)) => match parse_duration(text) {
                    Some(nanoseconds) => Value::Int(nanoseconds, origin.clone()),
                    None => Self::unreadable(origin),
                },
                Some(Value::Str(None, origin)) => Self::unreadable(origin),
                _ => Value::Tuple(Rc::from([Value::Unknown, Value::Maybe])),
            },
            _ => return None,
        };
        self.deliver(at, site.dest, value);
        Some(())
    }

    fn ticker(&mut self, period: Time) -> Obj {
        let next = self.now + period.max(1);
        self.new_channel(ChannelSource::Ticker { next, period: period.max(1) })
    }

    /// `Stop` of a timer or ticker.
    pub(super) fn stop_timer(&mut self, timer: Obj) {
        let Some(object) = self.struct_mut(timer) else { return };
        if object.once {
            let thread = object.pending as usize;
            if let Some(thread) = self.threads.get_mut(thread) {
                // A timer that has not fired never will.
                if matches!(thread.wait, Some(Wait::Sleep(_))) && thread.frames.len() == 1 {
                    thread.done = true;
                }
            }
            return;
        }
        let channel = object.get("C").cloned();
        if let Some(channel) = channel.and_then(|it| self.as_channel(&it))
            && let Some(channel) = self.channel_mut(channel)
        {
            channel.source = ChannelSource::Never;
        }
    }

    // Errors, texts, addresses.

    fn errors_function(&self, name: &str, args: &[Value<'a>]) -> Option<Value<'a>> {
        Some(match (name, args) {
            ("New" | "Errorf", _) => Value::Error(""),
            ("Is", [Value::Nil, _]) => Value::Bool(false),
            ("Is", [Value::Error(error), Value::Error(target)]) => Value::Bool(error == target),
            ("Is", [Value::Error(_), Value::External(..)]) => Value::Bool(false),
            ("Is" | "As", [Value::Nil, ..]) => Value::Bool(false),
            ("As", _) => Value::Unknown,
            ("Join" | "Wrap" | "Wrapf" | "WithMessage" | "WithStack", [first, ..]) => first.clone(),
            ("Unwrap" | "Cause", [first]) => first.clone(),
            _ => return None,
        })
    }

    fn fmt_function(&self, name: &str, args: &[Value<'a>]) -> Option<Value<'a>> {
        Some(match name {
            "Errorf" => Value::Error(""),
            "Sprintf" => self.sprintf(args),
            "Sprint" => match args {
                [value @ (Value::Str(..) | Value::Int(..))] => value.clone(),
                _ => Value::Unknown,
            },
            _ => return None,
        })
    }

    fn sprintf(&self, args: &[Value<'a>]) -> Value<'a> {
        let Some(Value::Str(Some(format), format_origin)) = args.first() else {
            return Value::Unknown;
        };
        let mut rest = args.get(1..).unwrap_or(&[]).iter();
        let mut origin = Origin::default();
        let mut text = Some(String::new());
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                if let Some(text) = &mut text {
                    text.push(c);
                }
                continue;
            }
            match chars.next() {
                Some('%') => {
                    if let Some(text) = &mut text {
                        text.push('%');
                    }
                }
                Some('d' | 's' | 'v') => match rest.next() {
                    Some(Value::Int(number, from)) => {
                        origin = origin.or(from);
                        if let Some(text) = &mut text {
                            text.push_str(&number.to_string());
                        }
                    }
                    Some(Value::Str(Some(part), from)) => {
                        origin = origin.or(from);
                        if let Some(text) = &mut text {
                            text.push_str(part);
                        }
                    }
                    Some(Value::Str(None, from)) => {
                        origin = origin.or(from);
                        text = None;
                    }
                    _ => text = None,
                },
                _ => text = None,
            }
        }
        let origin = origin.or(format_origin);
        Value::Str(text.map(Rc::from), origin)
    }

    fn net_function(
        &mut self,
        name: &str,
        args: &[Value<'a>],
        site: Site<'a>,
    ) -> Option<Value<'a>> {
        Some(match name {
            "JoinHostPort" => match (args.first(), args.get(1)) {
                (Some(Value::Str(Some(host), left)), Some(Value::Str(Some(port), right))) => {
                    let host =
                        if host.contains(':') { format!("[{host}]") } else { host.to_string() };
                    Self::str_value(&format!("{host}:{port}"), right.or(left))
                }
                (_, Some(Value::Str(_, origin))) => Value::Str(None, origin.clone()),
                _ => Value::Unknown,
            },
            "Listen" | "ListenTCP" | "ListenUnix" => {
                let named = Named::External("net", "Listener");
                let mut listener = Struct::new(Some(named), Ty::External("net", "Listener"));
                listener.set("address", args.get(1).cloned().unwrap_or(Value::Unknown));
                listener.args = args.to_vec();
                let _ = site;
                let listener = self.alloc(Object::Struct(listener));
                Value::Tuple(Rc::from([listener, Value::Nil]))
            }
            _ => return None,
        })
    }
}

/// A duration as `time.ParseDuration` reads it, in nanoseconds.
pub(in crate::link::go) fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match rest.get(..unit_end)? {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return None,
        };
        total += number * unit;
        rest = rest.get(unit_end..)?;
    }
    let total = if negative { -total } else { total };
    (total.abs() < 9.2e18).then_some(total as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("1500ms", Some(1_500_000_000)),
            ("1m30s", Some(90_000_000_000)),
            ("1.5h", Some(5_400_000_000_000)),
            ("0", Some(0)),
            ("-2s", Some(-2_000_000_000)),
            ("10", None),
            ("", None),
            ("s", None),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn signals_have_one_name_each() {
        assert_eq!(signal("os", "Interrupt"), Some("SIGINT"));
        assert_eq!(signal("golang.org/x/sys/unix", "SIGTERM"), Some("SIGTERM"));
        assert_eq!(signal("example.com/semaphore", "SIGTERM"), None);
    }
}
