//! Effective Go builds: each `go build` or `go install` that some build file runs, with its
//! environment and flags, wherever they were written.

use crate::{DockerfileId, FileId, Located, Place, ProgramId, StageId};

/// A build of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BuildId(pub u32);

/// One word of a shell command, quotes removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandWord {
    /// After quote removal; variables as written (`$TARGETARCH`, `$(VERSION)`).
    pub text: String,
    pub place: Place,
}

/// Which tool runs the compiler.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BuildTool {
    /// `go build` or `go install` on a command line.
    #[default]
    Go,
    Goreleaser,
    /// Always trimpath, CGO_ENABLED=0, does not strip.
    Ko,
    /// github.com/prometheus/promu: neither trimpath nor stripping, CGO_ENABLED=0.
    Promu,
    Bazel,
    /// Cloud Native Buildpacks: what they do is not known here.
    Buildpacks,
}

/// A platform such as `linux/arm64`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    pub os: String,
    pub arch: String,
    /// `v7` in `linux/arm/v7`; empty mostly.
    pub variant: String,
}

impl Platform {
    /// Reads `os/arch[/variant]`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('/');
        let (os, arch) = (parts.next()?, parts.next()?);
        let plain = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain(os) || !plain(arch) {
            return None;
        }
        let variant = parts.next().unwrap_or("").to_owned();
        Some(Self { os: os.to_owned(), arch: arch.to_owned(), variant })
    }
}

/// The architecture a word names, in any of the spellings that images and files use.
pub fn architecture(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "amd64" | "x86_64" | "x86-64" => "amd64",
        "arm64" | "aarch64" | "arm64v8" => "arm64",
        "arm" | "arm32v6" | "arm32v7" | "armv6" | "armv7" | "armhf" => "arm",
        "386" | "i386" => "386",
        "ppc64le" => "ppc64le",
        "s390x" => "s390x",
        "riscv64" => "riscv64",
        "loong64" => "loong64",
        _ => return None,
    })
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

/// A flag or variable of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagValue {
    /// Known.
    Known(Located<String>),
    /// Written, but a variable in it is not resolved.
    Unresolved(Place),
    Absent,
}

impl FlagValue {
    pub fn known(&self) -> Option<&Located<String>> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unresolved(_) | Self::Absent => None,
        }
    }
}

/// Whether cgo is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cgo {
    Enabled,
    Disabled,
    Unknown,
}

impl Cgo {
    /// The name in `facts --output json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Unknown => "unknown",
        }
    }
}

/// One effective build.
#[derive(Debug, Clone)]
pub struct Build {
    /// Set by link; meaningless in the facts of a single file.
    pub id: BuildId,
    pub tool: BuildTool,
    /// The file that holds the command: a Makefile when a Dockerfile runs `make`.
    pub file: FileId,
    /// The command: from its program to its last word, or the tool's configuration key.
    pub place: Place,
    /// The `-ldflags` in effect, from the command line or GOFLAGS.
    pub ldflags: FlagValue,
    /// Where text can be put at the start of the `-ldflags` value; `None` when the value is not
    /// written here in quotes.
    pub ldflags_at: Option<Place>,
    /// Where another flag can be put: behind `go build`, when that is written here.
    pub flags_at: Option<Place>,
    /// Some flags come from a variable that is not resolved: no absence may be concluded.
    pub flags_unresolved: bool,
    pub trimpath: bool,
    /// What `-ldflags`, `strip` and the Go version make of the symbol table: `-s` in effect.
    /// `None` when a flag is not resolved.
    pub stripped: Option<bool>,
    pub cgo: Cgo,
    /// Where CGO_ENABLED was set, if it was.
    pub cgo_place: Option<Place>,
    /// GOOS; absent means the builder's own.
    pub goos: FlagValue,
    /// GOARCH values: one when fixed, several from a matrix or list; empty when it follows the
    /// target or the host.
    pub goarch: Vec<Located<String>>,
    /// GOARCH follows TARGETARCH or another target variable.
    pub goarch_follows_target: bool,
    /// GOARCH comes from a variable that is not resolved, or whose value is only a default.
    pub goarch_open: bool,
    pub tags: Vec<String>,
    /// Package arguments as written (`./cmd/api`, `.`); empty means the working directory.
    pub packages: Vec<Located<String>>,
    /// Directory, relative to the project root, that the packages are relative to; `None` when
    /// not known.
    pub dir: Option<String>,
    /// The go.mod that the go command finds, in a Dockerfile stage; `None` when not known.
    pub go_mod: Option<FileId>,
    /// `-o`, expanded where known.
    pub output: Option<Located<String>>,
    /// The Dockerfile stage it runs in.
    pub stage: Option<(DockerfileId, StageId)>,
    /// The Dockerfile instruction or job step that leads here through `make` or a script.
    pub via: Vec<Place>,
    /// `-race`, `-gcflags` for debugging, a target named debug or test.
    pub debug: bool,
    /// The linker is told to leave no library to load: `-extldflags -static`.
    pub static_flags: bool,
    /// `-buildmode=pie`: needs a dynamic loader, with or without cgo.
    pub pie: bool,
    /// Nothing is written: `go build ./...` and `-o /dev/null` only compile.
    pub discarded: bool,
    /// It is shipped: it feeds an image or a release archive. A compile check is not.
    pub shipped: bool,
    /// It feeds an image.
    pub feeds_image: bool,
    /// Programs it builds (filled by link).
    pub programs: Vec<ProgramId>,
}

/// `file ... | grep pattern` where the pattern is in `stripped` and in `not stripped` alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripCheck {
    /// The pattern without quotes, at its word.
    pub pattern: Located<String>,
    /// The word is text of the file itself: an edit may replace it.
    pub editable: bool,
}

/// An image that some build file pushes or builds, with the platforms it is built for.
#[derive(Debug, Clone)]
pub struct ImagePush {
    /// Image names as written after expansion; empty when not known.
    pub images: Vec<Located<String>>,
    /// The Dockerfile, relative to the project root; `None` when not known (or ko, buildpacks).
    pub dockerfile: Option<String>,
    /// The build context, relative to the project root; `None` when not known.
    pub context: Option<String>,
    /// `--target`.
    pub target: Option<String>,
    /// Names of the build arguments that are given.
    pub arguments: Vec<String>,
    /// Platform list; empty when not written: the builder's own.
    pub platforms: Vec<Located<Platform>>,
    /// A platform list is written but not resolved.
    pub platforms_unresolved: bool,
    /// It is pushed, not only built locally.
    pub push: bool,
    /// What it makes stays on the machine: it is loaded, written to a file, or dropped. An image
    /// is neither this nor pushed when the build alone does not say.
    pub local: bool,
    /// The step or command.
    pub place: Place,
    /// How the evidence is called: `skaffold.yaml`, `docker/build-push-action`.
    pub source: &'static str,
    /// How much the naming of image and Dockerfile proves, from 0 to 1.
    pub confidence: f32,
    /// Main package directory built without a Dockerfile (ko).
    pub main_dir: Option<String>,
}
