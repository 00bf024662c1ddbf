//! Values, objects and waits of a simulated process.

use std::{collections::VecDeque, rc::Rc};

use goready_model::{ListenKind, Place};
use goready_parse::go::code::{Temp, VarId};

use crate::link::go::repo::{FnRef, Named, Ty};

/// A variable's storage.
pub(super) type Cell = u32;
/// An object on the heap.
pub(in crate::link::go) type Obj = u32;
/// A server that was started or may be stopped.
pub(super) type ServerRef = u32;
/// Milliseconds of simulated time.
pub(super) type Time = i64;

/// A value as far as it is known.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Unknown,
    /// Not known, but of this type.
    Typed(Ty<'a>),
    /// An error that may as well have happened: of reading what comes from elsewhere.
    Maybe,
    /// A predeclared function.
    Builtin(&'a str),
    Nil,
    Bool(bool),
    /// Integers and durations.
    Int(i64, Origin),
    Str(Option<Rc<str>>, Origin),
    Signal(&'static str),
    /// An error that is not nil; the name of the sentinel where it is one.
    Error(&'a str),
    Func(Rc<Closure<'a>>),
    /// A function, variable or constant of another module.
    External(&'a str, &'a str),
    /// `srv.Shutdown` without a call.
    Bound(Rc<(Value<'a>, &'a str)>),
    /// A function that the simulation itself gave out.
    Native(Native),
    Object(Obj),
    Pointer(Pointer<'a>),
    Tuple(Rc<[Value<'a>]>),
}

/// Where a scalar comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin {
    pub(super) place: Option<Place>,
    pub(super) env: Option<Rc<str>>,
    pub(super) flag: Option<Rc<str>>,
    /// A default that a flag, variable or option may replace.
    pub(super) default: bool,
}

impl Origin {
    pub(super) fn at(place: Place) -> Self {
        Self { place: Some(place), ..Self::default() }
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            place: self.place.or(other.place),
            env: self.env.clone().or_else(|| other.env.clone()),
            flag: self.flag.clone().or_else(|| other.flag.clone()),
            default: self.default || other.default,
        }
    }
}

/// What a pointer to a scalar leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pointer<'a> {
    Cell(Cell),
    Field(Obj, &'a str),
}

/// Functions that calls of the standard library return.
#[derive(Debug, Clone, Copy)]
pub(super) enum Native {
    /// Cancels a context.
    Cancel(Obj),
    /// `stop` of `signal.NotifyContext`.
    StopSignals(Obj),
    /// The execute part of a signal actor; its context.
    SignalActor(Obj),
    Nothing,
}

/// A function with the variables it sees, or a method with its receiver.
#[derive(Debug, Clone)]
pub(super) struct Closure<'a> {
    pub(super) function: FnRef,
    pub(super) env: Rc<[(VarId, Cell)]>,
    pub(super) receiver: Option<Value<'a>>,
}

/// A thing with identity.
#[derive(Debug, Clone)]
pub(super) enum Object<'a> {
    Struct(Struct<'a>),
    List(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Channel(Channel<'a>),
    Context(Context),
}

/// A struct value, of the repository or of another module.
#[derive(Debug, Clone)]
pub(super) struct Struct<'a> {
    pub(super) named: Option<Named<'a>>,
    pub(super) ty: Ty<'a>,
    pub(super) fields: Vec<(&'a str, Value<'a>)>,
    pub(super) server: Option<ServerRef>,
    /// Arguments of the call that made it: options.
    pub(super) args: Vec<Value<'a>>,
    /// Commands, actors, hooks.
    pub(super) parts: Vec<Value<'a>>,
    /// What runs with it.
    pub(super) runnables: Vec<Value<'a>>,
    /// Threads and counts that a group waits for.
    pub(super) pending: i64,
    pub(super) once: bool,
    /// Made up for a value that was not seen: a field that is absent is unknown, not zero.
    pub(super) partial: bool,
    /// The first field of the literal that made it.
    pub(super) literal: Option<Place>,
}

impl<'a> Struct<'a> {
    pub(super) fn new(named: Option<Named<'a>>, ty: Ty<'a>) -> Self {
        Self {
            named,
            ty,
            fields: Vec::new(),
            server: None,
            args: Vec::new(),
            parts: Vec::new(),
            runnables: Vec::new(),
            pending: 0,
            once: false,
            partial: false,
            literal: None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.fields.iter().find(|(it, _)| *it == name).map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &'a str, value: Value<'a>) {
        match self.fields.iter_mut().find(|(it, _)| *it == name) {
            Some((_, slot)) => *slot = value,
            None => self.fields.push((name, value)),
        }
    }
}

/// A channel.
#[derive(Debug, Clone)]
pub(super) struct Channel<'a> {
    pub(super) queue: VecDeque<Value<'a>>,
    pub(super) closed: bool,
    pub(super) source: ChannelSource,
}

/// What fills a channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ChannelSource {
    Sends,
    /// Closed when the context ends.
    Done(Obj),
    /// One value at this time.
    Timer(Time),
    /// A value every period.
    Ticker {
        next: Time,
        period: Time,
    },
    /// A timer that was stopped.
    Never,
}

/// A context.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) parent: Option<Obj>,
    pub(super) done: bool,
    /// SIGTERM ends it.
    pub(super) signals: bool,
    pub(super) deadline: Option<Time>,
    /// The time it was given, and where.
    pub(super) timeout: Option<(Time, Origin)>,
    /// Ends when this server has drained (`cron.Stop`).
    pub(super) drained: Option<ServerRef>,
}

/// How far a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::link::go) enum Stage {
    Idle,
    Serving,
    /// Refuses new work and finishes what it has.
    Draining,
    Drained,
    /// Stopped with work in flight, or told to give up.
    Cut,
}

/// A server.
#[derive(Debug, Clone)]
pub(in crate::link::go) struct Server {
    pub(in crate::link::go) kind: ListenKind,
    pub(in crate::link::go) stage: Stage,
    /// `grpc.Server.Serve`.
    pub(in crate::link::go) call: String,
    pub(in crate::link::go) place: Place,
    pub(in crate::link::go) detached: bool,
    pub(in crate::link::go) started: bool,
    /// It only hands connections on.
    pub(in crate::link::go) carrier: bool,
    /// The library itself stops it in good order when it is told to.
    pub(in crate::link::go) managed: bool,
    /// It serves metrics, health and profiles only.
    pub(in crate::link::go) administrative: bool,
    /// Its handler is `http.DefaultServeMux`.
    pub(in crate::link::go) default_mux: bool,
    /// Its handler is a router.
    pub(in crate::link::go) routed: bool,
    /// The literal of a server that waits for headers without limit.
    pub(in crate::link::go) headers_unlimited: Option<Place>,
    /// Its blocking call returns only when everything is done.
    pub(in crate::link::go) returns_drained: bool,
    /// Requests see a context that ends with SIGTERM.
    pub(in crate::link::go) base_context: Option<Obj>,
}

/// What a thread waits for.
#[derive(Debug, Clone)]
pub(super) enum Wait {
    Receive {
        channel: Obj,
        into: Dest,
    },
    Select {
        cases: Vec<Option<Obj>>,
        step: SelectRef,
        /// A case that is ready as far as anybody knows.
        unknown: Option<usize>,
    },
    /// The blocking call of a server.
    Serving {
        server: ServerRef,
        signals: bool,
        context: Option<Obj>,
        drains: bool,
        into: Dest,
    },
    /// A graceful stop that is under way.
    Drain {
        server: Option<ServerRef>,
        context: Option<Obj>,
        until: Option<Time>,
        into: Dest,
    },
    Group(Obj, Dest),
    /// All threads of a list (actors) have not yet one that ended.
    Actors(Obj, Dest),
    Sleep(Time),
    Context(Obj),
    Signal,
    /// A loop without end that does nothing the simulation sees; goes on when `epoch` changes.
    Spin(u32),
    Forever,
    /// A channel that is not known; one that tells to stop does not before the signal.
    Unknown {
        stop: bool,
        into: Dest,
    },
}

/// Where a result goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dest {
    Drop,
    Temp(Temp),
    /// The variables of the range loop on top.
    Range,
    /// The slot of the native frame below.
    Slot,
}

/// A select statement: its position in the thread's code.
#[derive(Debug, Clone, Copy)]
pub(super) struct SelectRef {
    pub(super) block: goready_parse::go::code::BlockId,
    pub(super) at: usize,
}
