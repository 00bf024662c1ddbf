//! What calls into other modules do to the process: models as data, see `data/go_libraries.toml`,
//! and those that a configuration states for what no table can know.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

use goready_model::{ListenKind, Located};
use schemars::JsonSchema;
use serde::Deserialize;

/// What a modelled call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    /// Blocks while it serves.
    Serve,
    /// Serves in the background and returns.
    Start,
    /// Stops the receiver's server and lets it finish what it does.
    Shutdown,
    /// Stops the receiver's server and cuts what it does.
    Close,
    /// Gives a context that ends with SIGTERM.
    SignalContext,
    /// Gives a channel that is closed by, or receives, SIGTERM.
    SignalChannel,
    /// Registers the given signals for the actor it returns (oklog/run).
    SignalActor,
    /// Runs its function arguments before it returns.
    Invoke,
    /// Keeps its function arguments and runs them later.
    Keep,
    /// Runs its function arguments in goroutines of their own.
    Spawn,
    /// Gives a group and a context that ends with its first error.
    GroupContext,
    /// Waits for what the receiver spawned.
    Wait,
    /// Adds an actor to a run group.
    AddActor,
    /// Runs the actors of a run group until the first one ends.
    RunActors,
    /// Sets the function that decides when the receiver stops.
    Waiter,
    /// Adds what the receiver runs with its context.
    AddRunnable,
    /// Runs an object with Start and Stop methods until SIGTERM.
    Service,
    /// Adds commands to a command (cobra).
    AddCommand,
    /// Runs a command line: one of the commands below the receiver.
    Execute,
    /// Builds a container of constructors (fx, dig).
    Container,
    /// Adds constructors to a container.
    Provide,
    /// Calls a function with arguments from a container.
    Resolve,
    /// Adds hooks for start and stop.
    AddHook,
    /// Starts the hooks of a container, waits for SIGTERM, stops them.
    RunContainer,
    /// Ends the process.
    Exit,
    /// Ends the process with a message.
    Fatal,
    /// Panics.
    Panic,
    /// Keeps options: nothing else happens.
    Option,
    /// Looks like a start and is not: control comes back.
    Nothing,
    /// Takes control and is not known.
    Unknown,
}

/// What a server of a library speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Http,
    Grpc,
    Tcp,
    Udp,
    /// It listens nowhere: queue consumers, schedulers.
    Worker,
}

/// One modelled function or method.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CallModel {
    pub(crate) names: Vec<String>,
    /// Type of the receiver; absent for functions.
    pub(crate) on: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) kind: Option<Kind>,
    /// Argument with the address, or of it, as a listener.
    pub(crate) address: Option<usize>,
    /// Field of the receiver with the address.
    pub(crate) address_field: Option<String>,
    /// Address when nothing else says.
    pub(crate) default_address: Option<String>,
    /// There is no value that could be shut down.
    #[serde(default)]
    pub(crate) detached: bool,
    /// It only hands connections on to other servers.
    #[serde(default)]
    pub(crate) carrier: bool,
    /// Function arguments of the constructor run with it.
    #[serde(default)]
    pub(crate) runs_arguments: bool,
    /// SIGTERM is caught by the call itself.
    #[serde(default)]
    pub(crate) signals: bool,
    /// Argument with the context that stops it.
    pub(crate) context: Option<usize>,
    /// What is served is finished before the call returns (or before it comes to an end).
    #[serde(default)]
    pub(crate) drains: bool,
    /// Seconds that a drain may take by default.
    pub(crate) timeout: Option<f64>,
    /// Argument with the time a drain may take.
    pub(crate) timeout_argument: Option<usize>,
    /// Names of options, fields or arguments that switch the signals off.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// The option that replaces the signal set.
    pub(crate) signal_option: Option<String>,
    /// The field or option that sets the time for a drain.
    pub(crate) timeout_option: Option<String>,
    /// The error with which a blocking call comes back after a stop; none by default.
    pub(crate) closed_error: Option<String>,
    /// Number of the argument that is the server, when it is not the receiver.
    pub(crate) server: Option<usize>,
    /// Returns at once; a context it returns tells when all is done.
    #[serde(default)]
    pub(crate) done_context: bool,
    pub(crate) since: Option<String>,
    pub(crate) until: Option<String>,
}

impl CallModel {
    pub(super) fn listen_kind(&self) -> ListenKind {
        match self.kind {
            None | Some(Kind::Http) => ListenKind::Http,
            Some(Kind::Grpc) => ListenKind::Grpc,
            Some(Kind::Tcp) => ListenKind::Tcp,
            Some(Kind::Udp) => ListenKind::Udp,
            Some(Kind::Worker) => ListenKind::Worker,
        }
    }

    fn applies(&self, version: Option<&str>) -> bool {
        let Some(version) = version.and_then(Version::parse) else {
            // Without a version the newest behaviour is assumed.
            return self.until.is_none();
        };
        let at_least = |it: &String| Version::parse(it).is_none_or(|it| version >= it);
        let below = |it: &String| Version::parse(it).is_none_or(|it| version < it);
        self.since.as_ref().is_none_or(at_least) && self.until.as_ref().is_none_or(below)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u64, u64, u64);

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let core = text.trim_start_matches('v').split(['-', '+']).next()?;
        let mut parts = core.split('.').map(|it| it.parse().ok());
        Some(Self(
            parts.next()??,
            parts.next().flatten().unwrap_or(0),
            parts.next().flatten().unwrap_or(0),
        ))
    }
}

/// What is known of a package.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LibraryModel {
    /// Import path without major version.
    pub(crate) path: String,
    /// Further paths with the same behaviour.
    #[serde(default)]
    also: Vec<String>,
    /// Where the behaviour was read or measured; the configuration's own entries name none.
    #[expect(dead_code, reason = "for the readers of the data file, where it must not be absent")]
    source: String,
    /// Major versions it holds for; empty for all.
    #[serde(default)]
    pub(crate) majors: Vec<u64>,
    /// The package's name, when the path does not end in it.
    pub(crate) package: Option<String>,
    #[serde(default)]
    pub(crate) calls: Vec<CallModel>,
    /// Types of results: `New = "App"`, `"App.Group" = "Router"`, other packages with their path.
    #[serde(default)]
    pub(crate) returns: BTreeMap<String, String>,
    /// Types of package variables.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    /// Positions in `calls` by name.
    #[serde(skip)]
    by_name: HashMap<String, Vec<usize>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    library: Vec<LibraryModel>,
}

/// Models with an index by path.
#[derive(Debug, Clone, Default)]
struct Index {
    libraries: Vec<LibraryModel>,
    by_path: HashMap<String, Vec<usize>>,
}

impl LibraryModel {
    /// A model of the configuration; an import path with a major version holds for that one.
    pub(crate) fn stated(
        path: &str,
        package: Option<String>,
        call: Option<CallModel>,
        returns: BTreeMap<String, String>,
        variables: BTreeMap<String, String>,
    ) -> Self {
        let (base, major) = base_path(path);
        Self {
            path: base.into_owned(),
            majors: major.into_iter().collect(),
            package,
            calls: call.into_iter().collect(),
            returns,
            variables,
            ..Self::default()
        }
    }
}

impl Index {
    fn new(mut libraries: Vec<LibraryModel>) -> Self {
        let mut by_path: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, library) in libraries.iter_mut().enumerate() {
            for (position, call) in library.calls.iter().enumerate() {
                for name in &call.names {
                    library.by_name.entry(name.clone()).or_default().push(position);
                }
            }
            for path in library.also.iter().chain([&library.path]) {
                by_path.entry(path.clone()).or_default().push(at);
            }
        }
        Self { libraries, by_path }
    }

    /// The models of a package, in the order in which they are written.
    fn of(&self, path: &str) -> impl Iterator<Item = &LibraryModel> {
        let (base, major) = base_path(path);
        let found = self.by_path.get(&*base).map_or(&[][..], |it| it.as_slice());
        found
            .iter()
            .filter_map(|at| self.libraries.get(*at))
            .filter(move |it| it.majors.is_empty() || it.majors.contains(&major.unwrap_or(1)))
    }
}

static BUILT_IN: LazyLock<Index> = LazyLock::new(|| {
    // The file is part of the program; a test reads it, so an error cannot reach users.
    let data: Data = toml::from_str(include_str!("../data/go_libraries.toml"))
        .unwrap_or(Data { library: Vec::new() });
    Index::new(data.library)
});

/// `[[model]]`: what a person says of functions that goready cannot know.
#[derive(Debug, Clone, Default)]
pub struct Models {
    index: Index,
    /// The import paths as they are written.
    paths: Vec<Located<String>>,
}

impl Models {
    /// Models with the places of their paths in the configuration.
    pub(crate) fn new(stated: Vec<(Located<String>, LibraryModel)>) -> Self {
        let (paths, libraries) = stated.into_iter().unzip();
        Self { index: Index::new(libraries), paths }
    }

    /// The import paths of which none in `imports` is a use, with where they are written.
    pub(crate) fn unused(&self, imports: &BTreeSet<&str>) -> Vec<&Located<String>> {
        let written = self.paths.iter().zip(&self.index.libraries);
        written
            .filter(|(_, model)| {
                !imports.iter().any(|import| self.index.of(import).any(|it| it.path == model.path))
            })
            .map(|(path, _)| path)
            .collect()
    }
}

/// All models that hold for a project: what its configuration states goes before what is built in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Libraries<'a> {
    stated: &'a Models,
}

impl<'a> Libraries<'a> {
    pub(super) fn new(stated: &'a Models) -> Self {
        Self { stated }
    }

    fn models(self, path: &str) -> impl Iterator<Item = &'a LibraryModel> {
        self.stated.index.of(path).chain(BUILT_IN.of(path))
    }

    /// The model of a function, or of a method of a type.
    pub(super) fn find(
        self,
        path: &str,
        on: Option<&str>,
        name: &str,
        version: Option<&str>,
    ) -> Option<&'a CallModel> {
        self.models(path)
            .flat_map(|library| {
                let positions = library.by_name.get(name).map_or(&[][..], |it| it);
                positions.iter().filter_map(|it| library.calls.get(*it))
            })
            .find(|it| it.on.as_deref() == on && it.applies(version))
    }

    /// Whether anything is known about a package.
    pub(super) fn is_modelled(self, path: &str) -> bool {
        self.models(path).next().is_some()
    }

    /// Path and name of the type that a function, or a method of a type, returns first.
    pub(super) fn result(
        self,
        path: &'a str,
        on: Option<&str>,
        name: &'a str,
    ) -> Option<(&'a str, &'a str)> {
        let mut models = self.models(path).peekable();
        if models.peek().is_some() {
            let key = on.map(|it| format!("{it}.{name}"));
            let key = key.as_deref().unwrap_or(name);
            if let Some(found) = models.find_map(|it| it.returns.get(key)) {
                return Some(split_type(path, found));
            }
        }
        if on.is_some() {
            return None;
        }
        // `NewX` and `MustNewX` return an X nearly everywhere.
        let rest = name.strip_prefix("Must").unwrap_or(name).strip_prefix("New")?;
        (!rest.is_empty()).then_some((path, rest))
    }

    /// Path and name of the type of a package variable.
    pub(super) fn variable(self, path: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
        let found = self.models(path).find_map(|it| it.variables.get(name));
        found.map(|it| split_type(path, it))
    }

    /// Names a package may have in code that imports it without giving one.
    pub(super) fn package_names(self, path: &str) -> Vec<String> {
        let stated = self.stated.index.of(path).find_map(|it| it.package.clone());
        stated.map_or_else(|| package_names(path), |it| vec![it])
    }
}

/// An import path without its major version, and that version.
pub(super) fn base_path(path: &str) -> (Cow<'_, str>, Option<u64>) {
    let major = |part: &str| {
        part.strip_prefix('v').and_then(|it| it.parse::<u64>().ok()).filter(|it| *it > 0)
    };
    // Most paths have no version, and this is asked for every call.
    let has_version = path.contains("/v") && path.split('/').any(|it| major(it).is_some());
    if !path.starts_with("gopkg.in/") && !has_version {
        return (Cow::Borrowed(path), None);
    }
    if let Some(rest) = path.strip_prefix("gopkg.in/") {
        let mut parts: Vec<String> = rest.split('/').map(str::to_owned).collect();
        for part in &mut parts {
            if let Some((name, version)) = part.rsplit_once('.')
                && let Some(major) = version.strip_prefix('v').and_then(|it| it.parse().ok())
            {
                *part = name.to_owned();
                return (Cow::Owned(format!("gopkg.in/{}", parts.join("/"))), Some(major));
            }
        }
        return (Cow::Borrowed(path), None);
    }
    let mut found = None;
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| match major(part) {
            Some(number) if found.is_none() => {
                found = Some(number);
                false
            }
            _ => true,
        })
        .collect();
    (Cow::Owned(parts.join("/")), found)
}

/// `Type` of the same package, or `path.Type`.
fn split_type<'p>(path: &'p str, ty: &'p str) -> (&'p str, &'p str) {
    match ty.rsplit_once('.') {
        Some((other, name)) => (other, name),
        None => (path, ty),
    }
}

/// [`Libraries::package_names`] by what is built in, for messages.
pub(super) fn package_names(path: &str) -> Vec<String> {
    if let Some(name) = BUILT_IN.of(path).find_map(|it| it.package.as_ref()) {
        return vec![name.clone()];
    }
    let (base, _) = base_path(path);
    let last = base.rsplit('/').next().unwrap_or(&base);
    let mut names = vec![last.to_owned()];
    let trimmed = last.strip_prefix("go-").unwrap_or(last);
    let trimmed = trimmed.strip_suffix("-go").unwrap_or(trimmed);
    let trimmed = trimmed.strip_suffix(".go").unwrap_or(trimmed);
    for name in [trimmed.to_owned(), trimmed.replace(['-', '.'], ""), trimmed.replace('-', "_")] {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if let Some((_, tail)) = trimmed.rsplit_once('-') {
        names.push(tail.to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_is_readable() {
        let data: Result<Data, _> = toml::from_str(include_str!("../data/go_libraries.toml"));
        assert!(data.is_ok(), "{}", data.err().map(|it| it.to_string()).unwrap_or_default());
    }

    #[test]
    fn majors_are_split_off() {
        for (path, base, major) in [
            ("github.com/labstack/echo/v4", "github.com/labstack/echo", Some(4)),
            (
                "github.com/labstack/echo/v4/middleware",
                "github.com/labstack/echo/middleware",
                Some(4),
            ),
            ("gopkg.in/tylerb/graceful.v1", "gopkg.in/tylerb/graceful", Some(1)),
            ("net/http", "net/http", None),
        ] {
            assert_eq!(base_path(path), (Cow::Borrowed(base), major));
        }
    }

    #[test]
    fn versions_decide_where_behaviour_changed() {
        let stated = Models::default();
        let spin = |version| {
            let libraries = Libraries::new(&stated);
            libraries
                .find("github.com/cloudwego/hertz/pkg/app/server", Some("Hertz"), "Spin", version)
                .map(|it| it.drains)
        };
        assert_eq!(spin(Some("v0.9.3")), Some(false));
        assert_eq!(spin(Some("v0.10.4")), Some(true));
        assert_eq!(spin(None), Some(true));
    }

    #[test]
    fn names_of_packages_are_guessed() {
        assert_eq!(package_names("github.com/nats-io/nats.go")[1], "nats");
        assert_eq!(package_names("github.com/redis/go-redis/v9")[1], "redis");
        assert_eq!(package_names("os/signal"), ["signal"]);
    }
}
