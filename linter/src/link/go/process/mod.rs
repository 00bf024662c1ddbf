//! Runs a main package far enough to see what SIGTERM does to it.
//!
//! The code of a program is executed on values that are known as far as they follow from the text:
//! constants, structs, closures, channels, contexts, servers. Goroutines are threads, time is
//! simulated. When nothing more happens the process is in service: it gets SIGTERM, and the
//! threads that wake up are followed until the process ends or waits for ever. Work in flight is
//! taken to finish when all other threads wait, so a server counts as drained only when something
//! waits for its drain.
//!
//! A condition that is not known splits the run where both sides matter; the caller judges all
//! runs together. Limits on steps, depth and runs bound the work; reaching one makes the run
//! [`Ending::Lost`].

mod assign;
mod branch;
mod call;
mod callbacks;
mod channel;
mod commands;
mod configuration;
mod construct;
mod container;
mod eval;
mod group;
mod home;
mod library;
mod listen;
mod loops;
mod outcome;
mod scheduler;
mod server;
mod standard;
mod step;
mod store;
mod value;

pub(super) use standard::signal;
pub(super) use value::Stage;

use std::{
    cell::Cell as StdCell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use goready_model::{DrainStep, Listen, Place, ShutdownCall, Step as Evidence};
use goready_parse::go::code::{BlockId, Call, Loop, Name, RangeLoop, Temp, VarId};

use super::{
    interest::Interests,
    repo::{FileRef, FnRef, Repo, Ty, ValueRef},
};
use store::Store;
use value::{
    Cell, Channel, ChannelSource, Closure, Context, Dest, Native, Obj, Object, Origin, SelectRef,
    Server, ServerRef, Struct, Time, Value, Wait,
};

/// Steps of all runs of a program together.
const MAX_STEPS: u32 = 1_000_000;
/// Steps of one run, those before it split from another included. A loop that feeds a queue of
/// workers takes some hundred thousand until it is known to go on for ever.
const MAX_RUN_STEPS: u32 = 400_000;
/// Steps that a call may take which does nothing for the life of the process: only its result
/// can matter, and what takes longer to compute is not an address or a flag.
const MAX_QUIET_STEPS: u32 = 2_000;
/// Frames of one thread.
const MAX_FRAMES: usize = 80;
/// Threads of one run.
const MAX_THREADS: usize = 200;
/// Runs of one program.
const MAX_RUNS: u32 = 64;
/// How often time moves on before the process counts as in service, and afterwards.
const MAX_TICKS: u32 = 60;
/// Iterations of a loop without a known end.
const MAX_ITERATIONS: u32 = 3;
/// Elements of a list that are iterated over.
const MAX_ELEMENTS: usize = 32;

/// What a run of the program came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The program ended by itself before any signal.
    Finished,
    /// SIGTERM killed it.
    Killed,
    /// It ended after the signal.
    Ended,
    /// It got the signal and never ends.
    Stuck,
    /// Limits were reached or something that matters was not known.
    Lost,
}

/// A registration of SIGTERM that was executed.
#[derive(Debug, Clone)]
pub(super) struct Registration {
    pub(super) place: Place,
}

/// A server as the run left it.
#[derive(Debug, Clone)]
pub(super) struct Served {
    pub(super) server: Server,
    pub(super) started: bool,
    pub(super) serving_at_signal: bool,
}

/// One run.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) ending: Ending,
    pub(super) servers: Vec<Served>,
    pub(super) registrations: Vec<Registration>,
    /// SIGTERM is ignored on purpose.
    pub(super) ignored: bool,
    /// Code behind the point where the process was killed registers SIGTERM: the registration and
    /// what blocks before it.
    pub(super) behind: Option<(FnRef, Place)>,
    /// What the main thread waits for surely never comes.
    pub(super) definite: bool,
    /// Something serves, loops or waits for a signal: not just for something that is not known.
    pub(super) in_service: bool,
    /// A worker's loop was not at its end when the process ended.
    pub(super) working_at_end: bool,
    pub(super) exit: Option<(i32, Place, String)>,
    pub(super) trace: Vec<Evidence>,
    pub(super) listens: Vec<Listen>,
    pub(super) shutdowns: Vec<ShutdownCall>,
    pub(super) drain: Vec<DrainStep>,
    /// Something sleeps or sets a timer after the signal.
    pub(super) timed: bool,
    /// Something asks a person at a terminal.
    pub(super) interactive: bool,
    /// A function was given up where the values that are known led to its failure.
    pub(super) mended: bool,
    /// What kept the run from being exact.
    pub(super) blind: bool,
    /// What stops a server was given to code that is not followed.
    pub(super) kept_stop: bool,
    /// Control went to something that may run for long and is not known.
    pub(super) unknown_runner: bool,
    /// Control went to something that by its name serves and is not known.
    pub(super) unknown_server: bool,
    pub(super) model: Option<String>,
    pub(super) blocked_at: Vec<Place>,
}

/// Runs a program in all ways that unknown conditions allow.
pub(super) fn runs<'a>(
    repo: &'a Repo<'a>,
    interests: &Interests<'a>,
    main: FnRef,
    inits: &[FnRef],
    profiled: bool,
) -> Vec<Run> {
    let shared =
        Shared { repo, main, profiled, interests, runs: StdCell::new(1), steps: StdCell::new(0) };
    let mut machine = Machine::new(&shared);
    for init in inits {
        machine.initialise(*init);
    }
    machine.start_main(main);
    let mut pending = vec![machine];
    let mut done = Vec::new();
    while let Some(mut machine) = pending.pop() {
        machine.run(&mut pending);
        done.push(machine.finish());
    }
    done
}

/// What all runs of a program share.
struct Shared<'s, 'a> {
    repo: &'a Repo<'a>,
    main: FnRef,
    /// Some package imports net/http/pprof, which registers itself on the default mux.
    profiled: bool,
    interests: &'s Interests<'a>,
    runs: StdCell<u32>,
    steps: StdCell<u32>,
}

/// A frame of code that is executed.
#[derive(Debug, Clone)]
struct CodeFrame<'a> {
    file: FileRef,
    function: Option<FnRef>,
    env: Vec<(VarId, Cell)>,
    temps: Vec<(Temp, Value<'a>)>,
    cursors: Vec<Cursor<'a>>,
    defers: Vec<Deferred<'a>>,
    returning: Option<Value<'a>>,
    dest: Dest,
    /// The frame stays when its code is done, so that expressions can be evaluated in it.
    keep: bool,
    /// A scalar from the environment that a skipped branch would have returned.
    alternative: Option<Origin>,
}

#[derive(Debug, Clone)]
struct Deferred<'a> {
    callee: Value<'a>,
    args: Vec<Value<'a>>,
    file: FileRef,
    place: Place,
}

/// A call that does nothing for the life of the process, so that it may be given up.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    thread: usize,
    function: FnRef,
    /// Frames below it.
    depth: usize,
    dest: Dest,
    /// The count of steps at which it is given up.
    until: u32,
}

/// A block in execution.
#[derive(Debug, Clone)]
struct Cursor<'a> {
    block: BlockId,
    at: usize,
    kind: CursorKind<'a>,
}

#[derive(Debug, Clone)]
enum CursorKind<'a> {
    Plain,
    /// The body of a switch or select: `break` leaves it.
    Case(Option<Name>),
    Loop {
        code: &'a Loop,
        part: LoopPart,
        iterations: u32,
    },
    Range {
        code: &'a RangeLoop,
        items: VecDeque<(Value<'a>, Value<'a>)>,
        channel: Option<Obj>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LoopPart {
    Head,
    Body,
    Post,
}

/// Work that no code stands for.
#[derive(Debug, Clone)]
enum Op<'a> {
    Call(Value<'a>, Vec<Value<'a>>),
    Spawn(Value<'a>, Vec<Value<'a>>, Option<Obj>),
    Wait(Wait),
    /// Calls a function with arguments found by type in a container.
    Resolve(Obj, Value<'a>),
    Result(Value<'a>),
    /// Gives what the first actor of a group to end gave.
    FirstResult(Obj),
    /// Keeps the result of the operation before as what a container has for a type.
    Store(Obj, Ty<'a>),
    /// Hands the result of the operation before to who evaluates on the side.
    Keep,
    /// Drains a server and waits for it.
    Drain(ServerRef),
    /// Runs the actors' interrupt functions.
    Interrupt(Obj),
    /// Stop hooks of a container, in reverse.
    StopHooks(Obj, bool),
}

#[derive(Debug, Clone)]
struct NativeFrame<'a> {
    ops: VecDeque<Op<'a>>,
    result: Value<'a>,
    dest: Dest,
    file: FileRef,
    place: Place,
}

#[derive(Debug, Clone)]
enum Frame<'a> {
    Code(CodeFrame<'a>),
    Native(NativeFrame<'a>),
}

#[derive(Debug, Clone, Default)]
struct Thread<'a> {
    frames: Vec<Frame<'a>>,
    wait: Option<Wait>,
    /// The group that waits for its end.
    group: Option<Obj>,
    done: bool,
    /// The call in code of the project that led to its start.
    home: Option<Place>,
    /// Steps it took.
    steps: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Before,
    After,
}

/// A process in execution.
#[derive(Clone)]
struct Machine<'s, 'a> {
    shared: &'s Shared<'s, 'a>,
    heap: Store<Object<'a>>,
    cells: Store<Value<'a>>,
    globals: BTreeMap<ValueRef, Cell>,
    threads: Vec<Thread<'a>>,
    servers: Vec<Server>,
    served: Vec<ServerRef>,
    /// What the blocking calls of servers return after a stop.
    closed_errors: BTreeMap<ServerRef, &'a str>,
    /// Channels and signal contexts that SIGTERM reaches.
    notified: Vec<Obj>,
    registrations: Vec<Registration>,
    ignored: bool,
    now: Time,
    epoch: u32,
    steps: u32,
    phase: Phase,
    /// The call in progress that does nothing for the life of the process.
    quiet: Option<Quiet>,
    /// Greater than 0 while something is evaluated on the side: no split is possible then.
    nested: u32,
    end: Option<(i32, Place, String)>,
    lost: bool,
    /// Something asks a person at a terminal.
    interactive: bool,
    /// A function was given up where the values that are known led to its failure.
    mended: bool,
    blind: bool,
    /// What stops a server was given to code that is not followed.
    kept_stop: bool,
    /// Something was in service when the signal came.
    served_at_signal: bool,
    /// Control went to something that may run for long and is not known.
    unknown_runner: bool,
    /// Control went to something that by its name serves and is not known.
    unknown_server: bool,
    main: Option<usize>,
    trace: Vec<Evidence>,
    listens: Vec<Listen>,
    shutdowns: Vec<ShutdownCall>,
    drain: Vec<DrainStep>,
    model: Option<String>,
    /// Kept function values that run when SIGTERM comes (iris).
    on_signal: Vec<Value<'a>>,
    /// Functions that code elsewhere was given and that may close or feed a channel.
    callbacks: Vec<Rc<Closure<'a>>>,
    /// Result of what is evaluated on the side.
    aside: Option<Value<'a>>,
    /// Servers that are a package's own, without a value.
    package_servers: BTreeMap<&'a str, ServerRef>,
    /// A timer set after the signal, which bounds the graceful stop that follows.
    timer_limit: Option<(Time, Origin, Place)>,
    /// Routes of `http.DefaultServeMux`.
    default_routes: Vec<Rc<str>>,
    /// Flags with their defaults, by name.
    flags: Vec<(Rc<str>, Value<'a>)>,
    /// A timer is being noted as the limit of a stop.
    limiting: bool,
    /// Something slept or set a timer after the signal.
    timed: bool,
    /// Unset variables and flags count with their defaults.
    assuming: bool,
    /// Which way the run went where it split.
    choices: BTreeMap<(FileRef, BlockId), bool>,
    /// For steps in code of others that were executed: the call in code of the project that led
    /// there.
    homes: BTreeMap<Place, Place>,
    /// Rounds of loops that ought to wait and do not.
    busy: u32,
}

type Forks<'f, 's, 'a> = &'f mut Vec<Machine<'s, 'a>>;

impl<'s, 'a> Machine<'s, 'a> {
    fn new(shared: &'s Shared<'s, 'a>) -> Self {
        Self {
            shared,
            heap: Store::new(),
            cells: Store::new(),
            globals: BTreeMap::new(),
            threads: Vec::new(),
            servers: Vec::new(),
            served: Vec::new(),
            closed_errors: BTreeMap::new(),
            notified: Vec::new(),
            registrations: Vec::new(),
            ignored: false,
            now: 0,
            epoch: 0,
            steps: 0,
            phase: Phase::Before,
            quiet: None,
            nested: 0,
            end: None,
            lost: false,
            interactive: false,
            mended: false,
            blind: false,
            kept_stop: false,
            served_at_signal: false,
            unknown_runner: false,
            unknown_server: false,
            main: None,
            trace: Vec::new(),
            listens: Vec::new(),
            shutdowns: Vec::new(),
            drain: Vec::new(),
            model: None,
            on_signal: Vec::new(),
            callbacks: Vec::new(),
            aside: None,
            package_servers: BTreeMap::new(),
            timer_limit: None,
            default_routes: Vec::new(),
            flags: Vec::new(),
            limiting: false,
            timed: false,
            assuming: false,
            choices: BTreeMap::new(),
            homes: BTreeMap::new(),
            busy: 0,
        }
    }

    fn repo(&self) -> &'a Repo<'a> {
        self.shared.repo
    }

    // Storage.

    fn new_cell(&mut self, value: Value<'a>) -> Cell {
        self.cells.push(value)
    }

    fn alloc(&mut self, object: Object<'a>) -> Value<'a> {
        Value::Object(self.alloc_obj(object))
    }

    fn alloc_obj(&mut self, object: Object<'a>) -> Obj {
        self.heap.push(object)
    }

    fn struct_of(&self, value: &Value<'a>) -> Option<(Obj, &Struct<'a>)> {
        let Value::Object(obj) = value else { return None };
        match self.heap.get(*obj) {
            Some(Object::Struct(it)) => Some((*obj, it)),
            _ => None,
        }
    }

    fn struct_mut(&mut self, obj: Obj) -> Option<&mut Struct<'a>> {
        match self.heap.get_mut(obj) {
            Some(Object::Struct(it)) => Some(it),
            _ => None,
        }
    }

    fn channel(&self, obj: Obj) -> Option<&Channel<'a>> {
        match self.heap.get(obj) {
            Some(Object::Channel(it)) => Some(it),
            _ => None,
        }
    }

    fn channel_mut(&mut self, obj: Obj) -> Option<&mut Channel<'a>> {
        match self.heap.get_mut(obj) {
            Some(Object::Channel(it)) => Some(it),
            _ => None,
        }
    }

    fn context(&self, obj: Obj) -> Option<&Context> {
        match self.heap.get(obj) {
            Some(Object::Context(it)) => Some(it),
            _ => None,
        }
    }

    fn context_mut(&mut self, obj: Obj) -> Option<&mut Context> {
        match self.heap.get_mut(obj) {
            Some(Object::Context(it)) => Some(it),
            _ => None,
        }
    }

    fn new_channel(&mut self, source: ChannelSource) -> Obj {
        self.alloc_obj(Object::Channel(Channel { queue: VecDeque::new(), closed: false, source }))
    }

    fn new_context(&mut self, parent: Option<Obj>) -> Obj {
        self.alloc_obj(Object::Context(Context {
            parent,
            done: false,
            signals: false,
            deadline: None,
            timeout: None,
            drained: None,
        }))
    }

    /// The context behind a value.
    fn as_context(&self, value: &Value<'a>) -> Option<Obj> {
        match value {
            Value::Object(obj) if self.context(*obj).is_some() => Some(*obj),
            _ => None,
        }
    }

    fn as_channel(&self, value: &Value<'a>) -> Option<Obj> {
        match value {
            Value::Object(obj) if self.channel(*obj).is_some() => Some(*obj),
            _ => None,
        }
    }

    fn context_done(&self, obj: Obj) -> bool {
        let mut next = Some(obj);
        // Contexts are made after their parents, so this ends.
        while let Some(context) = next.and_then(|it| self.context(it)) {
            let drained = context.drained.is_some_and(|it| self.stage(it) == Stage::Drained);
            if context.done || drained || context.deadline.is_some_and(|it| it <= self.now) {
                return true;
            }
            next = context.parent;
        }
        false
    }

    fn stage(&self, server: ServerRef) -> Stage {
        self.servers.get(server as usize).map_or(Stage::Idle, |it| it.stage)
    }

    // Threads.

    fn start_main(&mut self, main: FnRef) {
        let thread = self.spawn(
            Value::Func(Rc::new(Closure { function: main, env: Rc::from([]), receiver: None })),
            Vec::new(),
            None,
        );
        self.main = thread;
    }

    /// Runs an `init` function, or the like, to its end or to where it would wait.
    fn initialise(&mut self, init: FnRef) {
        let closure = Closure { function: init, env: Rc::from([]), receiver: None };
        if let Some(thread) = self.spawn(Value::Func(Rc::new(closure)), Vec::new(), None) {
            self.run_aside(thread);
        }
        // An init that waits waits in every run; what it started stays.
        self.threads.retain(|it| !it.done);
    }

    /// Runs a thread that was made for one evaluation.
    fn run_aside(&mut self, thread: usize) {
        let quiet = self.quiet.take();
        self.nested += 1;
        self.run_thread(thread, &mut Vec::new());
        self.nested -= 1;
        self.quiet = quiet;
    }

    /// Calls a function on the side, as far as it does not wait.
    fn call_aside(&mut self, callee: Value<'a>, args: Vec<Value<'a>>) -> Value<'a> {
        let Some(thread) = self.spawn(callee, args, None) else { return Value::Unknown };
        if let Some(Frame::Native(frame)) =
            self.threads.get_mut(thread).and_then(|it| it.frames.last_mut())
        {
            frame.ops.push_back(Op::Keep);
        }
        let outer = self.aside.take();
        self.run_aside(thread);
        let value = std::mem::replace(&mut self.aside, outer).unwrap_or(Value::Unknown);
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.done = true;
            thread.frames.clear();
        }
        if thread + 1 == self.threads.len() {
            self.threads.pop();
        }
        value
    }

    fn spawn(
        &mut self,
        callee: Value<'a>,
        args: Vec<Value<'a>>,
        group: Option<Obj>,
    ) -> Option<usize> {
        let file = match &callee {
            Value::Func(closure) => closure.function.file,
            _ => FileRef(0),
        };
        let place = self.repo().place(file, &(0..0));
        self.spawn_at(callee, args, group, Site { file, place, dest: Dest::Drop, call: None })
    }

    fn spawn_at(
        &mut self,
        callee: Value<'a>,
        args: Vec<Value<'a>>,
        group: Option<Obj>,
        site: Site<'a>,
    ) -> Option<usize> {
        if self.threads.len() >= MAX_THREADS {
            self.blind = true;
            return None;
        }
        let at = self.threads.len();
        let home = if self.repo().is_foreign(site.file) {
            self.homes.get(&site.place).copied()
        } else {
            Some(site.place)
        };
        self.threads.push(Thread { group, home, ..Thread::default() });
        let frame = NativeFrame {
            ops: VecDeque::from([Op::Call(callee, args)]),
            result: Value::Unknown,
            dest: Dest::Drop,
            file: site.file,
            place: site.place,
        };
        self.push_frame(at, Frame::Native(frame));
        Some(at)
    }

    fn push_frame(&mut self, thread: usize, frame: Frame<'a>) {
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.frames.push(frame);
        }
    }

    fn native(&mut self, thread: usize, ops: Vec<Op<'a>>, result: Value<'a>, site: &Site<'a>) {
        self.push_frame(
            thread,
            Frame::Native(NativeFrame {
                ops: ops.into(),
                result,
                dest: site.dest,
                file: site.file,
                place: site.place,
            }),
        );
    }

    fn wait(&mut self, thread: usize, wait: Wait) {
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.wait = Some(wait);
        }
    }

    fn code_frame(&self, thread: usize) -> Option<&CodeFrame<'a>> {
        match self.threads.get(thread)?.frames.last()? {
            Frame::Code(it) => Some(it),
            Frame::Native(_) => None,
        }
    }

    fn code_frame_mut(&mut self, thread: usize) -> Option<&mut CodeFrame<'a>> {
        match self.threads.get_mut(thread)?.frames.last_mut()? {
            Frame::Code(it) => Some(it),
            Frame::Native(_) => None,
        }
    }

    /// Gives a result to the frame on top.
    fn deliver(&mut self, thread: usize, dest: Dest, value: Value<'a>) {
        match dest {
            Dest::Drop => {}
            Dest::Temp(temp) => {
                if let Some(frame) = self.code_frame_mut(thread) {
                    match frame.temps.iter_mut().find(|(it, _)| *it == temp) {
                        Some((_, slot)) => *slot = value,
                        None => frame.temps.push((temp, value)),
                    }
                }
            }
            Dest::Range => self.range_received(thread, value),
            Dest::Slot => {
                if let Some(Frame::Native(frame)) =
                    self.threads.get_mut(thread).and_then(|it| it.frames.last_mut())
                {
                    frame.result = value;
                }
            }
        }
    }
}

/// Where a call stands and where its result goes.
#[derive(Debug, Clone, Copy)]
struct Site<'a> {
    file: FileRef,
    place: Place,
    dest: Dest,
    /// The call as written, when the call is a step of its own.
    call: Option<&'a Call>,
}

#[derive(Debug)]
enum Ready<'a> {
    Go,
    Value(Value<'a>),
    Case(usize, Value<'a>),
}

impl<'a> Machine<'_, 'a> {
    fn trace(&mut self, place: Place, what: &str) {
        if !self.trace.iter().any(|it| it.place == place && it.what == what) {
            self.trace.push(Evidence { place, what: what.to_owned() });
        }
    }

    /// The select a thread stands at.
    fn select_cases(
        &self,
        at: usize,
        select: SelectRef,
    ) -> Option<(FileRef, &'a [goready_parse::go::code::SelectCase])> {
        let frame = self.code_frame(at)?;
        let step = self.repo().code(frame.file).block(select.block).get(select.at)?;
        match &step.kind {
            goready_parse::go::code::StepKind::Select(cases) => Some((frame.file, cases)),
            _ => None,
        }
    }
}
