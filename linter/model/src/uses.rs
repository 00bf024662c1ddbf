//! What a program asks of the container it runs in: files, time zones, addresses, flags.

use crate::{Located, Place};

/// What the code of a program says about its surroundings. Only code that the program surely
/// leads to counts: its absence proves nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    pub files: Vec<FileUse>,
    /// Names that `time.LoadLocation` is asked for, where the program does not go on without.
    pub zones: Vec<Located<String>>,
    /// URLs of requests, as far as they are written in the code.
    pub requests: Vec<Request>,
    /// Certificate authorities come from the program itself: a pool of its own, or no check.
    pub own_authorities: bool,
    pub flags: Flags,
    /// Where logs go, in the order of the source.
    pub log_sinks: Vec<LogSink>,
    /// Arguments of `resource.MustParse` that come from outside of the program.
    pub parsed_quantities: Vec<Place>,
    /// The import of `net/http/pprof`, which registers on the default mux.
    pub profiler: Option<Place>,
    /// `//go:debug` lines of the main package: name and value.
    pub godebug: Vec<(String, String)>,
    /// It has commands of its own: which of them a container runs is not known.
    pub commands: bool,
}

/// How a file is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileUseKind {
    /// One file is read.
    Read,
    /// Files that match a pattern are read.
    Glob,
    /// A directory is served or walked.
    Directory,
    /// A file or directory is made or written.
    Write,
    /// A file or directory with a random name is made in the directory for temporary ones.
    Temporary,
}

/// A use of the file system with a path that is written in the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUse {
    pub kind: FileUseKind,
    /// `os.ReadFile`, for messages.
    pub call: String,
    /// As written; empty for the directory of temporary files.
    pub path: String,
    /// The literal, or the call where there is none.
    pub place: Place,
    /// The flag whose default the path is, without dashes.
    pub flag: Option<String>,
    /// A failure is passed on, or ends the program.
    pub needed: bool,
    /// Every start of the program does it.
    pub at_start: bool,
}

/// A request with a URL that starts with a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `http.Get`, for messages.
    pub call: String,
    /// Up to the first part that is not known.
    pub url: Located<String>,
}

impl Request {
    /// The host of the URL, as far as it is written; empty when it is not.
    pub fn host(&self) -> &str {
        let rest = self.url.value.split_once("://").map_or("", |(_, rest)| rest);
        let Some(end) = rest.find(['/', '?', '#', ':']) else { return rest };
        rest.get(..end).unwrap_or_default().rsplit('@').next().unwrap_or_default()
    }

    /// Whether it is made over TLS.
    pub fn is_https(&self) -> bool {
        self.url.value.starts_with("https://")
    }
}

/// What a logger writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSink {
    /// `log.SetOutput`, for messages.
    pub call: String,
    pub place: Place,
    pub target: LogTarget,
    /// It is the output of the package itself (`log.SetOutput`), not of one logger.
    pub whole: bool,
}

/// Where a log ends up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    /// A file; its path where that is written in the code.
    File(Option<String>),
    /// Standard output or error, or several targets, or one that is not known.
    Other,
}

/// Flags of a program that reads its command line with `flag` or pflag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// Each once, in the order of the source, without dashes.
    pub defined: Vec<Located<String>>,
    /// Short names of one letter (pflag).
    pub short: Vec<String>,
    /// The package is pflag: a single dash starts short names.
    pub posix: bool,
    /// Some flags may not be among `defined`.
    pub open: bool,
    /// `Parse` of the package is called.
    pub parsed: bool,
}
