//! Go programs as rules see them: a main package joined with everything it reaches.
//!
//! How the facts are found (parsing, call graph, library models) is the business of `parse/go`
//! and `link`; the meaning of each is here.

use std::{collections::BTreeSet, time::Duration};

use crate::{Field, FileId, Located, Place};

/// A program (main package) of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProgramId(pub u32);

/// What a main package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProgramKind {
    /// Reaches a blocking server or worker start.
    Service,
    /// Ends by itself and a workload runs it, or it was written to run once.
    Job,
    /// A command line tool.
    Cli,
    /// An example, sample or tool of the repository that nobody ships.
    LibraryExample,
}

impl ProgramKind {
    /// The name in `facts --output json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Job => "job",
            Self::Cli => "cli",
            Self::LibraryExample => "library-example",
        }
    }
}

/// What happens to the process when Kubernetes sends SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SigtermVerdict {
    /// Observed, and the servers drain before the program ends.
    Graceful,
    /// Observed, but nothing drains, nobody waits, or connections are cut.
    HandledNotDrained,
    /// The registration stands behind a call that never returns.
    HandlerUnreachable,
    /// The default action kills the process.
    NotHandled,
    /// Control passes to code that is not known here.
    Unknown,
}

impl SigtermVerdict {
    /// The name in `facts --output json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Graceful => "graceful",
            Self::HandledNotDrained => "handled-not-drained",
            Self::HandlerUnreachable => "handler-unreachable",
            Self::NotHandled => "not-handled",
            Self::Unknown => "unknown",
        }
    }
}

/// One step of the evidence for a verdict, in the order of execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub place: Place,
    /// What this place contributes, for a label: "registers SIGTERM".
    pub what: String,
}

/// The verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sigterm {
    pub verdict: SigtermVerdict,
    /// One sentence.
    pub why: String,
    /// From main to the registration, the channel or context, the shutdown and what waits for it.
    pub steps: Vec<Step>,
    /// Import path of the library whose model decided, if one did.
    pub model: Option<String>,
    /// A server was still shutting down when the program ended.
    pub draining: bool,
}

/// What an entry of a signal list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalArgument {
    /// `SIGTERM`, `SIGINT`, `SIGKILL` ... whatever the spelling; `None` when not resolvable.
    pub signal: Option<&'static str>,
    /// The argument as written.
    pub place: Place,
    /// The argument with one neighbouring comma, for a fix that removes it.
    pub removable: Place,
}

/// The channel given to `signal.Notify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalChannel {
    Buffered,
    /// Made without capacity (or one that folds to 0) at this place.
    Unbuffered(Place),
    /// Its origin is not visible, or the call takes no channel.
    Unknown,
}

/// A call that registers, ignores or resets signals, reachable or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalCall {
    /// `signal.Notify`, `signal.NotifyContext`, `signal.Ignore`, `signal.Reset`,
    /// `run.SignalHandler`.
    pub function: String,
    pub place: Place,
    pub arguments: Vec<SignalArgument>,
    /// The arguments come from a variable or slice that could not be resolved.
    pub unresolved: bool,
    pub channel: SignalChannel,
}

impl SignalCall {
    /// Whether the set holds SIGTERM; an empty list means every signal (os/signal).
    pub fn covers_sigterm(&self) -> Option<bool> {
        if self.arguments.iter().any(|it| it.signal == Some("SIGTERM")) {
            return Some(true);
        }
        if self.unresolved || self.arguments.iter().any(|it| it.signal.is_none()) {
            return None;
        }
        Some(self.arguments.is_empty())
    }
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListenKind {
    Http,
    Grpc,
    Tcp,
    Udp,
    /// A consumer, manager or scheduler loop without a port.
    Worker,
}

impl ListenKind {
    /// The name in `facts --output json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Worker => "worker",
        }
    }
}

/// A blocking start that the program reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerStart {
    /// `grpc.Server.Serve`, `http.ListenAndServe`, for messages.
    pub call: String,
    pub kind: ListenKind,
    pub place: Place,
    /// The call is a package function such as `http.ListenAndServe`: no value to shut down.
    pub without_value: bool,
    /// Serves metrics, health and profiles only.
    pub administrative: bool,
    /// Its handler is a router whose routes are among those of the program; otherwise what it
    /// answers is not known.
    pub routed: bool,
    /// The literal of its `http.Server`, by its first field, when that surely has neither
    /// `ReadHeaderTimeout` nor `ReadTimeout`.
    pub headers_unlimited: Option<Place>,
}

/// An address the program listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// As written, constants and one flag default resolved: `:8080`, `127.0.0.1:9090`.
    pub address: String,
    /// Host part; empty for all interfaces.
    pub host: String,
    pub port: Option<u16>,
    pub kind: ListenKind,
    /// The literal (or the default of the flag or variable) that holds the address.
    pub place: Place,
    /// Name of the environment variable that can replace it.
    pub env: Option<String>,
    /// Name of the flag that can replace it, without dashes.
    pub flag: Option<String>,
    /// Serves only those who run the program: profiles, metrics, probes.
    pub admin: bool,
    /// What was registered on `net/http` itself is served here.
    pub default_mux: bool,
}

impl Listen {
    /// Whether only the pod itself can reach it.
    pub fn is_local(&self) -> bool {
        let host = self.host.as_str();
        host == "localhost" || host.starts_with("127.") || matches!(host, "::1" | "[::1]")
    }
}

/// State of the context given to a shutdown call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextState {
    /// Fresh or derived from a live context.
    Live,
    /// The one whose `Done()` was just received at this place, or derived from it.
    Cancelled(Place),
    Unknown,
}

/// A call of `Shutdown`, `GracefulStop` or another stop that the signal path reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShutdownCall {
    /// `http.Server.Shutdown`, for messages.
    pub call: String,
    pub place: Place,
    /// The context argument, where there is one.
    pub context: Option<Place>,
    pub state: ContextState,
    /// Something waits, or sets a timer, between the signal and this call.
    pub delayed: bool,
    /// The context is `context.Background()` itself, and no timer is set after the signal.
    pub unbounded: bool,
}

/// One wait on the signal path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrainStep {
    /// `GracefulStop`, `Shutdown`, `sleep`.
    pub what: String,
    pub duration: Duration,
    pub place: Place,
    /// The duration is a default of a flag, variable or library and may be set otherwise.
    pub default: bool,
    /// Runs at the same time as the other parallel steps: only the longest of them counts.
    pub parallel: bool,
}

/// How long the program may take between SIGTERM and its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drain {
    pub steps: Vec<DrainStep>,
}

impl Drain {
    /// Sequential steps added up, parallel ones by their longest; `None` without steps.
    pub fn total(&self) -> Option<Duration> {
        if self.steps.is_empty() {
            return None;
        }
        let sequential: Duration =
            self.steps.iter().filter(|it| !it.parallel).map(|it| it.duration).sum();
        let parallel = self.steps.iter().filter(|it| it.parallel).map(|it| it.duration).max();
        Some(sequential + parallel.unwrap_or_default())
    }
}

/// A call that ends the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitCall {
    /// `os.Exit(2)` or `log.Fatal`, for messages.
    pub call: String,
    pub code: i32,
    pub place: Place,
}

/// A route registered with a literal path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Without method and host, parameters as written.
    pub path: String,
    pub place: Place,
    /// What its handler asks before it answers, where the answer depends on it.
    pub asks: Option<Dependency>,
}

/// A call that asks something outside of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    pub kind: DependencyKind,
    /// As it is written, for messages: `s.db.PingContext`.
    pub call: String,
    pub place: Place,
}

/// What a program depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DependencyKind {
    Database,
    Cache,
    /// A message broker.
    Broker,
    /// Another program, over HTTP or gRPC.
    Service,
}

/// Kind of a Prometheus metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MetricKind {
    Counter,
    Gauge,
    Histogram,
    Summary,
    /// A `prometheus.NewDesc` or another collector.
    Other,
}

/// A metric built with client_golang whose name folds to a constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// Namespace, subsystem and name joined by `_`.
    pub name: Located<String>,
    pub kind: MetricKind,
    /// Variable label names that are literals.
    pub labels: Vec<Located<String>>,
    /// Some label names are not known.
    pub labels_dynamic: bool,
    /// Constant label names.
    pub const_labels: Vec<Located<String>>,
    pub help: Option<String>,
    /// Where it is registered: `promauto` or `MustRegister`.
    pub registered: Option<MetricRegistration>,
    /// Why the registration runs again, if it does.
    pub repeated: Option<Repetition>,
    /// Excluded by build constraints from some builds of the program.
    pub conditional: bool,
}

/// Why code runs again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Repetition {
    /// It stands in a function that runs for each request.
    Request,
    /// It stands in a loop.
    Loop,
    /// `main` calls its function at least twice.
    Calls,
}

/// A registration that panics on conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricRegistration {
    pub place: Place,
    /// The registerer as written; empty for the default one.
    pub registerer: String,
    /// Errors are handled instead (`Register`).
    pub checked: bool,
}

/// How a program logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Logging {
    Structured,
    Unstructured,
    None,
}

impl Logging {
    /// The name in `facts --output json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Structured => "structured",
            Self::Unstructured => "unstructured",
            Self::None => "none",
        }
    }
}

/// A log call on reachable code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogCall {
    /// `log.Printf`, `fmt.Println`.
    pub call: String,
    pub structured: bool,
    pub place: Place,
}

/// An environment variable the program reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvRead {
    pub name: String,
    pub place: Place,
    /// Some branch ends the program when it is missing, as far as the code says.
    pub required: bool,
    /// Every start of the program reads it, and ends there when it is missing or empty.
    pub demanded: bool,
    /// Default value in the source.
    pub default: Option<String>,
    /// The name speaks of a password, token or key.
    pub credential: bool,
}

/// Something the program does to the Go runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeFact {
    pub kind: RuntimeFactKind,
    pub place: Place,
    /// The program surely leads to it; otherwise it may.
    pub sure: bool,
}

/// Kinds of [`RuntimeFact`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuntimeFactKind {
    /// `debug.SetMemoryLimit` with a constant number of bytes, if it folds.
    MemoryLimit(Option<u64>),
    /// `KimMachineGun/automemlimit` is imported or called.
    AutoMemLimit,
    /// `runtime.GOMAXPROCS(n)`; `None` when n does not fold.
    MaxProcs(Option<i64>),
    /// `runtime.GOMAXPROCS(runtime.NumCPU())`.
    MaxProcsAll,
    /// `go.uber.org/automaxprocs`.
    AutoMaxProcs,
    /// `debug.SetGCPercent` with a constant, where nothing sets another one later.
    GcPercent(i64),
    /// `runtime.ReadMemStats` in a request handler.
    ReadMemStatsInHandler,
    /// `runtime.ReadMemStats` in a loop; the period where a ticker or sleep gives one.
    ReadMemStatsInLoop(Option<Duration>),
}

/// What a program does with certificates.
#[derive(Debug, Clone, Default)]
pub struct TlsFacts {
    /// Calls that read a pair once.
    pub loads: Vec<TlsLoad>,
    /// Something reads certificates again: a callback of `tls.Config`, a load in a loop.
    pub reloads: Option<Place>,
    pub watches: Vec<CertificateWatch>,
    pub mutations: Vec<ConfigMutation>,
    /// Where webhook servers of controller-runtime read their pairs.
    pub directories: Vec<CertificateDir>,
}

/// A call that reads a certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsLoad {
    /// `tls.LoadX509KeyPair`.
    pub call: String,
    pub place: Place,
    /// Paths, where they are constant.
    pub certificate: Option<Located<String>>,
    pub key: Option<Located<String>>,
}

/// A watch of a certificate file that reacts to writes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateWatch {
    /// `fsnotify.Write` where the event is tested.
    pub test: Place,
    /// The call that adds the file.
    pub add: Place,
}

/// An assignment to a field of a `tls.Config` that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMutation {
    pub field: String,
    /// The target as written: `tlsConfig.GetCertificate`.
    pub target: String,
    pub place: Place,
    /// The call that serves, or where a server got the configuration.
    pub served: Place,
}

/// The directory of a serving pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateDir {
    pub dir: Field<String>,
    /// `CertName` and `KeyName`, where they are set.
    pub certificate: Option<Located<String>>,
    pub key: Option<Located<String>>,
    /// Nothing in the program says it.
    pub is_default: bool,
}

/// A go.mod file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoMod {
    pub file: FileId,
    /// Directory relative to the project root, `.` for the root.
    pub dir: String,
    pub module: String,
    pub go: Option<Located<GoVersion>>,
    pub toolchain: Option<Located<GoVersion>>,
    /// `godebug` directives: name and value.
    pub godebug: Vec<(String, String)>,
    /// Import path and version, as required.
    pub requires: Vec<(String, String)>,
    /// `replace` directives: old path, new path or local directory.
    pub replaces: Vec<(String, String)>,
}

/// A Go language or toolchain version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GoVersion {
    pub minor: u32,
    pub patch: Option<u32>,
}

impl GoVersion {
    /// Reads `1.22`, `1.22.3`, `go1.22rc1`.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().trim_start_matches("go").strip_prefix("1.")?;
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let end = digits(rest);
        let minor = rest[..end].parse().ok()?;
        let patch = rest[end..].strip_prefix('.').and_then(|it| it[..digits(it)].parse().ok());
        Some(Self { minor, patch })
    }
}

impl std::fmt::Display for GoVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "1.{}", self.minor)?;
        match self.patch {
            Some(patch) => write!(f, ".{patch}"),
            None => Ok(()),
        }
    }
}

/// A main package with what its reachable code does.
#[derive(Debug, Clone)]
pub struct Program {
    pub id: ProgramId,
    /// Directory of the main package from the project root, `.` for the root.
    pub dir: String,
    /// Module path; empty without a go.mod.
    pub module: String,
    /// Index into [`crate::Project::go_mods`].
    pub go_mod: Option<usize>,
    pub kind: ProgramKind,
    /// Lives under `examples`, `samples`, `hack` and the like: outcomes lower by one step.
    pub sample: bool,
    /// `func main`, at its name.
    pub main: Place,
    pub sigterm: Sigterm,
    /// Signal calls in reachable code.
    pub signals: Vec<SignalCall>,
    pub servers: Vec<ServerStart>,
    pub shutdowns: Vec<ShutdownCall>,
    pub drain: Drain,
    /// How a normal SIGTERM path ends the process, when not by returning from main.
    pub exit_after_sigterm: Option<ExitCall>,
    pub listens: Vec<Listen>,
    pub routes: Vec<Route>,
    /// Some routes are not literals, or a framework adds its own.
    pub routes_dynamic: bool,
    /// A gRPC health service is registered.
    pub grpc_health: Option<Place>,
    /// An atomic value is set to false or 0, or a gRPC health service is told to report trouble:
    /// what a readiness handler may read.
    pub readiness_flip: Option<Place>,
    pub metrics: Vec<Metric>,
    /// What exports metrics: `promhttp`, an OTLP exporter, a framework. `None`: nothing does.
    pub metrics_exporter: Option<Located<String>>,
    pub logging: Logging,
    pub log_calls: Vec<LogCall>,
    pub env_reads: Vec<EnvRead>,
    /// Reads whole environment by prefix or reflection: a missing read proves nothing.
    pub env_dynamic: bool,
    pub runtime: Vec<RuntimeFact>,
    pub tls: TlsFacts,
    /// Import paths of all packages outside the repository that it reaches.
    pub imports: BTreeSet<String>,
    /// `import "C"` in the program's own packages, or a known cgo-only module.
    pub cgo: Option<Located<String>>,
    /// What of [`Program::cgo`] is part of the program without cgo too, and is nothing then: the
    /// import path of a package, or `C` for a package of which every file is left out.
    pub cgo_required: Option<Located<String>>,
    /// What it asks of the container it runs in.
    pub uses: crate::Uses,
    /// A literal or constant reaches a credential sink.
    pub secret_sinks: Vec<crate::SecretCandidate>,
    /// Some file of the program has syntax errors: no absence may be concluded.
    pub incomplete: bool,
}

impl Program {
    /// The name people use: the last part of the directory, or of the module path.
    pub fn name(&self) -> &str {
        let path = if self.dir == "." { self.module.as_str() } else { self.dir.as_str() };
        path.rsplit('/').find(|it| !is_major(it)).unwrap_or("main")
    }

    /// Whether some registration (own or a library's) observes SIGTERM.
    pub fn handles_sigterm(&self) -> Option<bool> {
        match self.sigterm.verdict {
            SigtermVerdict::Graceful | SigtermVerdict::HandledNotDrained => Some(true),
            SigtermVerdict::HandlerUnreachable | SigtermVerdict::NotHandled => Some(false),
            SigtermVerdict::Unknown => None,
        }
    }

    pub fn imports_any(&self, prefixes: &[&str]) -> bool {
        self.imports.iter().any(|import| {
            prefixes.iter().any(|prefix| {
                import.strip_prefix(prefix).is_some_and(|it| it.is_empty() || it.starts_with('/'))
            })
        })
    }
}

fn is_major(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
}
