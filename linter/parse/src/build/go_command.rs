//! What `go build` and `go install` make of their flags: cmd/go's own flag rules, the ones in
//! GOFLAGS included (Go 1.26, cmd/go/internal/{base,load,work}).

use goready_model::{Build, BuildId, BuildTool, Cgo, FileId, FlagValue, Located, Place};

use super::expand::{PLATFORM_VARIABLES, is_resolved};

/// A word of a command after expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// `${NAME}` stands for what is not known.
    pub text: String,
    pub place: Place,
    /// The word is text of the file itself: an edit may replace it.
    pub verbatim: bool,
    /// Where its quoted value starts (see `goready_model::ShellWord::inside`).
    pub inside: Option<Place>,
}

/// What a build finds around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Toolchain {
    /// Whether a C compiler is there; decides cgo when CGO_ENABLED is not set (Go 1.20).
    pub c_compiler: Option<bool>,
    /// The stage runs on the build platform: a build for the target is a cross build for some.
    pub on_build_platform: bool,
}

/// Reads a command that starts at `go`; `None` when it neither builds nor installs.
pub fn read(
    words: &[Word],
    variable: &dyn Fn(&str) -> Option<Located<String>>,
    toolchain: Toolchain,
    file: FileId,
) -> Option<Build> {
    let (go, rest) = words.split_first()?;
    let mut rest = rest;
    let mut directory = None;
    // `go -C dir build`, since Go 1.20.
    if let [flag, dir, tail @ ..] = rest
        && matches!(flag.text.as_str(), "-C" | "--C")
    {
        directory = Some(dir.text.clone());
        rest = tail;
    }
    let (verb, arguments) = rest.split_first()?;
    let installs = match verb.text.as_str() {
        "build" => false,
        "install" => true,
        _ => return None,
    };
    let mut flags = Flags { directory, ..Flags::default() };
    if let Some(goflags) = variable("GOFLAGS") {
        flags.take_environment(&goflags);
    }
    let packages = flags.take_command(arguments);
    // A package at a version is somebody else's, and so are the tools of go.mod.
    let is_foreign =
        |it: &&Word| it.text.contains('@') || matches!(&*it.text, "tool" | "std" | "cmd");
    if packages.iter().any(is_foreign) {
        return None;
    }
    let last = words.last().unwrap_or(go);
    let race = flags.race;
    let mut build = flags.into_build(file, installs, &packages);
    build.place = go.place.at.cover(last.place.at).into();
    if go.verbatim && verb.verbatim {
        let end = verb.place.at.end as usize;
        build.flags_at = Some(verb.place.slice(end, end));
    }
    if build.output.is_none() && installs {
        build.output = variable("GOBIN").filter(|it| !it.value.is_empty()).or_else(|| {
            let path = variable("GOPATH")?;
            Some(Located::new(format!("{}/bin", path.value), path.place))
        });
        if let Some(output) = &mut build.output {
            output.value.push('/');
        }
    }
    target(&mut build, variable, toolchain);
    // The race detector's runtime is linked by cgo.
    if race {
        build.cgo = Cgo::Enabled;
    }
    Some(build)
}

/// GOOS, GOARCH and what follows for cgo.
fn target(
    build: &mut Build,
    variable: &dyn Fn(&str) -> Option<Located<String>>,
    toolchain: Toolchain,
) {
    let set = |name: &str| variable(name).filter(|it| !it.value.is_empty());
    build.goos = match set("GOOS") {
        None => FlagValue::Absent,
        Some(it) if is_resolved(&it.value) => FlagValue::Known(it),
        Some(it) => FlagValue::Unresolved(it.place),
    };
    let arch = set("GOARCH");
    let mut cross = false;
    let mut unknown = false;
    match arch {
        Some(it) if it.value.contains("${TARGET") => {
            build.goarch_follows_target = true;
            unknown |= toolchain.on_build_platform;
        }
        Some(it) if is_resolved(&it.value) => {
            cross = it.value != "amd64" && it.value != "arm64";
            build.goarch = vec![it];
        }
        Some(_) => {
            build.goarch_open = true;
            unknown = true;
        }
        None => {}
    }
    if let FlagValue::Known(os) = &build.goos {
        cross |= os.value != "linux";
    }
    let cgo = set("CGO_ENABLED");
    build.cgo_place = cgo.as_ref().map(|it| it.place);
    build.cgo = match cgo.as_ref().map(|it| it.value.as_str()) {
        Some("1") => Cgo::Enabled,
        Some("0") => Cgo::Disabled,
        Some(_) => Cgo::Unknown,
        None if cross => Cgo::Disabled,
        None if unknown => Cgo::Unknown,
        None => match toolchain.c_compiler {
            Some(true) => Cgo::Enabled,
            Some(false) => Cgo::Disabled,
            None => Cgo::Unknown,
        },
    };
}

#[derive(Default)]
struct Flags {
    directory: Option<String>,
    ldflags: Option<Ldflags>,
    trimpath: bool,
    race: bool,
    debug_gcflags: bool,
    pie: bool,
    tags: Vec<String>,
    output: Option<Located<String>>,
    unresolved: bool,
}

/// The value of one `-ldflags`; a later one for the same packages replaces it as a whole.
struct Ldflags {
    value: Located<String>,
    at: Option<Place>,
}

/// Flags of `go build` without a value of their own (cmd/go, `AddBuildFlags` and base flags).
const BOOLEAN: [&str; 15] = [
    "a",
    "asan",
    "buildvcs",
    "cover",
    "i",
    "json",
    "linkshared",
    "modcacherw",
    "msan",
    "n",
    "race",
    "trimpath",
    "v",
    "work",
    "x",
];

impl Flags {
    /// GOFLAGS: fields separated by blanks, quotes allowed, each `-flag` or `-flag=value`.
    fn take_environment(&mut self, goflags: &Located<String>) {
        for field in quoted_fields(&goflags.value) {
            let Some(name) = field.strip_prefix('-') else {
                self.unresolved |= !is_resolved(&field);
                continue;
            };
            let name = name.strip_prefix('-').unwrap_or(name);
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (name, None),
            };
            let value = value.map(|it| Located::new(it.to_owned(), goflags.place));
            self.set(name, value, None, goflags.place);
        }
    }

    /// Flags up to the first argument that is none; the packages behind them.
    fn take_command<'w>(&mut self, words: &'w [Word]) -> Vec<&'w Word> {
        let mut words = words.iter();
        while let Some(word) = words.clone().next() {
            let text = word.text.as_str();
            if !text.starts_with('-') || text.len() == 1 {
                // `${FLAGS}` may be flags or packages.
                if text.starts_with("${") && words.clone().nth(1).is_some() {
                    self.unresolved = true;
                    words.next();
                    continue;
                }
                break;
            }
            words.next();
            if text == "--" {
                break;
            }
            let name = text.strip_prefix("--").unwrap_or(&text[1..]);
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some((value.to_owned(), word))),
                None if BOOLEAN.contains(&name) => (name, None),
                None => (name, words.next().map(|it| (it.text.clone(), it))),
            };
            let inside = value.as_ref().and_then(|(_, it)| it.inside);
            let value = value.map(|(value, it)| Located::new(value, it.place));
            self.set(name, value, inside, word.place);
        }
        words.collect()
    }

    fn set(
        &mut self,
        name: &str,
        value: Option<Located<String>>,
        inside: Option<Place>,
        place: Place,
    ) {
        let text = value.as_ref().map(|it| it.value.as_str());
        match name {
            "trimpath" => self.trimpath = is_true(text),
            "race" => self.race = is_true(text),
            "buildmode" => self.pie = text == Some("pie"),
            "tags" => {
                let separators = [',', ' '];
                let tags = text.unwrap_or("").split(separators).filter(|it| !it.is_empty());
                self.tags = tags.map(str::to_owned).collect();
            }
            "gcflags" => self.debug_gcflags = text.is_some_and(disables_optimisation),
            "C" => self.directory = text.map(str::to_owned),
            "o" => self.output = value,
            "ldflags" => {
                let value = value.unwrap_or_else(|| Located::new(String::new(), place));
                if applies_to_main(&value.value) {
                    self.ldflags = Some(Ldflags { value, at: inside });
                }
            }
            _ => {}
        }
    }

    fn into_build(self, file: FileId, installs: bool, packages: &[&Word]) -> Build {
        let linker = self.ldflags.as_ref().map(|it| linker_flags(&it.value.value));
        let stripped = match &linker {
            None if self.unresolved => None,
            None => Some(false),
            Some(it) => it.strip,
        };
        let wide = packages.iter().any(|it| it.text.contains("...")) || packages.len() > 1;
        let to_null = self.output.as_ref().is_some_and(|it| it.value == "/dev/null");
        let netgo = ["netgo", "osusergo"].iter().all(|tag| self.tags.iter().any(|it| it == tag));
        let static_flags = linker.as_ref().is_some_and(|it| it.is_static) || netgo;
        Build {
            id: BuildId(0),
            tool: BuildTool::Go,
            file,
            place: Place::new(file, 0, 0),
            ldflags_at: self.ldflags.as_ref().and_then(|it| it.at),
            ldflags: match self.ldflags {
                None => FlagValue::Absent,
                Some(it) if stripped.is_some() => FlagValue::Known(it.value),
                Some(it) => FlagValue::Unresolved(it.value.place),
            },
            flags_at: None,
            flags_unresolved: self.unresolved,
            trimpath: self.trimpath,
            stripped,
            cgo: Cgo::Unknown,
            cgo_place: None,
            goos: FlagValue::Absent,
            goarch: Vec::new(),
            goarch_follows_target: false,
            goarch_open: false,
            tags: self.tags,
            packages: packages.iter().map(|it| Located::new(it.text.clone(), it.place)).collect(),
            dir: self.directory,
            go_mod: None,
            discarded: to_null || (!installs && self.output.is_none() && wide),
            output: self.output,
            stage: None,
            via: Vec::new(),
            debug: self.race || self.debug_gcflags,
            static_flags,
            pie: self.pie,
            shipped: false,
            feeds_image: false,
            programs: Vec::new(),
        }
    }
}

/// The value of a boolean flag, as `strconv.ParseBool` reads it; a flag alone is true.
fn is_true(value: Option<&str>) -> bool {
    value.is_none_or(|it| matches!(it, "1" | "t" | "T" | "true" | "TRUE" | "True"))
}

/// `-N` turns optimisation off.
fn disables_optimisation(value: &str) -> bool {
    let flags = value.split_once('=').filter(|(it, _)| !it.starts_with('-'));
    let flags = flags.map_or(value, |(_, flags)| flags);
    quoted_fields(flags).iter().any(|it| it == "-N")
}

/// Whether a per-package flag is for the main package: with a pattern in front only `all` and
/// patterns of everything are (cmd/go/internal/load/flag.go).
fn applies_to_main(value: &str) -> bool {
    let value = value.trim();
    if value.starts_with('-') || value.starts_with("${") {
        return true;
    }
    match value.split_once('=') {
        None => true,
        // Patterns name a package that may be the main one; `std` and `cmd` never do.
        Some((pattern, _)) => !matches!(pattern.trim(), "std" | "cmd"),
    }
}

/// What the linker is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LinkerFlags {
    /// `-s` in effect; `None` when a flag is not resolved.
    pub(crate) strip: Option<bool>,
    /// `-extldflags` with `-static`.
    pub(crate) is_static: bool,
}

/// Reads the value of `-ldflags`.
pub(crate) fn linker_flags(value: &str) -> LinkerFlags {
    let value = value.trim();
    let flags = match value.split_once('=') {
        Some((pattern, flags)) if !pattern.starts_with(['-', '$']) => flags,
        _ => value,
    };
    let mut found = LinkerFlags { strip: Some(false), is_static: false };
    let mut unresolved = false;
    let mut fields = quoted_fields(flags).into_iter();
    while let Some(field) = fields.next() {
        let Some(name) = field.strip_prefix('-') else {
            unresolved |= !is_resolved(&field);
            continue;
        };
        let name = name.strip_prefix('-').unwrap_or(name);
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, None),
        };
        match name {
            "s" => found.strip = Some(is_true(value.as_deref())),
            "extldflags" => {
                let value = value.or_else(|| fields.next()).unwrap_or_default();
                found.is_static |= value.split_whitespace().any(|it| it.starts_with("-static"));
            }
            // Flags of cmd/link that take the next word.
            "X" | "B" | "D" | "E" | "H" | "I" | "L" | "R" | "T" | "buildid" | "buildmode"
            | "capturehostobjs" | "cpuprofile" | "extar" | "extld" | "fipso" | "importcfg"
            | "installsuffix" | "k" | "libgcc" | "linkmode" | "memprofile" | "memprofilerate"
            | "o" | "outbuf" | "pluginpath" | "r" | "randlayout" | "tmpdir" => {
                if value.is_none() {
                    fields.next();
                }
            }
            _ => unresolved |= !is_resolved(name),
        }
    }
    if unresolved && found.strip == Some(false) {
        found.strip = None;
    }
    found
}

/// Fields separated by blanks; a field may be quoted as a whole (cmd/internal/quoted).
fn quoted_fields(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '"' | '\'')
            && let Some(end) = rest[1..].find(first)
        {
            found.push(rest[1..=end].to_owned());
            rest = rest[end + 2..].trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    found
}

/// Whether a value holds a variable of the target platform.
pub fn follows_target(value: &str) -> bool {
    PLATFORM_VARIABLES
        .iter()
        .filter(|it| it.starts_with("TARGET"))
        .any(|it| value.contains(&format!("${{{it}}}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(command: &str, environment: &[(&str, &str)]) -> Build {
        let place = Place::new(FileId(0), 0, 0);
        let words: Vec<Word> = command
            .split('|')
            .map(|it| Word { text: it.into(), place, verbatim: true, inside: None })
            .collect();
        let variable = |name: &str| {
            let found = environment.iter().find(|it| it.0 == name)?;
            Some(Located::new(found.1.to_owned(), place))
        };
        let toolchain = Toolchain { c_compiler: Some(true), on_build_platform: false };
        read(&words, &variable, toolchain, FileId(0)).unwrap()
    }

    #[test]
    fn stripping_follows_the_linker_flag_s() {
        for (flags, expected) in [
            ("-ldflags=-s", Some(true)),
            ("--ldflags=-s -w", Some(true)),
            ("-ldflags|-s", Some(true)),
            ("-ldflags|all=-s -w", Some(true)),
            ("-ldflags=-s=true", Some(true)),
            ("-ldflags=-s=false -w", Some(false)),
            ("-ldflags=-s -w=0", Some(true)),
            ("-ldflags=-w", Some(false)),
            ("-ldflags=-X 'main.version=a -s b'", Some(false)),
            ("-ldflags=-X main.version=${V} -s", Some(true)),
            ("-ldflags=-w -X main.version=${V}", Some(false)),
            ("-ldflags=${LDFLAGS}", None),
            ("-ldflags=-w ${MORE}", None),
            ("-ldflags=-X a.b=c|-ldflags=-s -w", Some(true)),
            ("-ldflags=-s|-ldflags=-X a.b=c", Some(false)),
            ("-ldflags=-extldflags '-static' -s", Some(true)),
            ("-ldflags=-X -s", Some(false)),
            ("${FLAGS}", None),
            ("-v", Some(false)),
        ] {
            assert_eq!(build(&format!("go|build|{flags}|."), &[]).stripped, expected, "{flags}");
        }
    }

    #[test]
    fn the_command_line_wins_over_goflags() {
        let goflags = [("GOFLAGS", "-trimpath '-ldflags=-s -w' -mod=mod")];
        assert_eq!(build("go|build", &goflags).stripped, Some(true));
        assert!(build("go|build", &goflags).trimpath);
        assert_eq!(build("go|build|-ldflags=-w", &goflags).stripped, Some(false));
        assert!(!build("go|build|-trimpath=false", &goflags).trimpath);
    }

    #[test]
    fn flags_end_at_the_first_package() {
        let it = build("go|build|-v|-o|/a|-tags|a,b|./cmd/x|-trimpath", &[]);
        assert!(!it.trimpath);
        assert_eq!(it.output.unwrap().value, "/a");
        assert_eq!(it.tags, ["a", "b"]);
        assert_eq!(it.packages[0].value, "./cmd/x");
    }

    #[test]
    fn a_build_of_everything_is_a_compile_check() {
        assert!(build("go|build|./...", &[]).discarded);
        assert!(build("go|build|-o|/dev/null|.", &[]).discarded);
        assert!(!build("go|build|-o|bin/|./...", &[]).discarded);
        assert!(!build("go|install|./...", &[("GOPATH", "/go")]).discarded);
        assert!(!build("go|build", &[]).discarded);
    }

    #[test]
    fn cgo_follows_the_variable_the_compiler_and_the_target() {
        for (environment, expected) in [
            (vec![], Cgo::Enabled),
            (vec![("CGO_ENABLED", "0")], Cgo::Disabled),
            (vec![("CGO_ENABLED", "${X}")], Cgo::Unknown),
            (vec![("GOOS", "darwin")], Cgo::Disabled),
            (vec![("GOARCH", "riscv64")], Cgo::Disabled),
            (vec![("GOARCH", "${TARGETARCH}")], Cgo::Enabled),
            (vec![("GOARCH", "${X}")], Cgo::Unknown),
        ] {
            assert_eq!(build("go|build", &environment).cgo, expected, "{environment:?}");
        }
    }

    #[test]
    fn tools_of_others_are_no_build() {
        let place = Place::new(FileId(0), 0, 0);
        let read = |command: &str| {
            let words: Vec<Word> = command
                .split(' ')
                .map(|it| Word { text: it.into(), place, verbatim: true, inside: None })
                .collect();
            read(&words, &|_| None, Toolchain::default(), FileId(0))
        };
        for command in [
            "go install a.b/c@latest",
            "go install tool",
            "go run .",
            "go test ./...",
            "go vet",
            "go",
        ] {
            assert!(read(command).is_none(), "{command}");
        }
        assert!(read("go -C cmd/a build").is_some());
    }
}
