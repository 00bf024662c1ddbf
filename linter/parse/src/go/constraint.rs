//! Build constraints: `//go:build` expressions, `// +build` lines and the suffixes of file names
//! (go/build/constraint and go/build of Go 1.26).

use std::collections::BTreeSet;

/// A constraint over tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    Tag(String),
    Not(Box<Constraint>),
    And(Vec<Constraint>),
    Or(Vec<Constraint>),
    /// Not readable: the file is neither in nor out for sure.
    Unknown,
}

/// Tags that are on for a build of `linux/amd64` with the go command: unix is one of them since
/// Go 1.19, and cgo depends on the build.
const ON: [&str; 5] = ["linux", "amd64", "unix", "gc", "cgo"];

/// Known values of GOOS and GOARCH (go/build/syslist.go of Go 1.26): off unless they are ours.
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
const ARCHITECTURES: [&str; 26] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "gccgo",
    "appengine",
];

/// Whether a file is part of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Included {
    Yes,
    No,
    /// Only with these custom tags, which the default build does not set.
    Tagged,
}

impl Constraint {
    /// Reads a `//go:build` expression.
    pub fn parse(text: &str) -> Self {
        let mut parser = Parser { rest: text.trim(), depth: 0 };
        let parsed = parser.or();
        if parser.rest.trim_start().is_empty() { parsed } else { Self::Unknown }
    }

    /// Reads `// +build` lines: lines are joined by and, blanks by or, commas by and.
    pub(super) fn from_plus_build(lines: &[&str]) -> Option<Self> {
        let option = |text: &str| {
            let terms = text.split(',').map(|tag| match tag.strip_prefix('!') {
                Some(tag) => Self::Not(Box::new(Self::Tag(tag.to_owned()))),
                None => Self::Tag(tag.to_owned()),
            });
            Self::And(terms.collect())
        };
        let line = |text: &&str| Self::Or(text.split_ascii_whitespace().map(option).collect());
        (!lines.is_empty()).then(|| Self::And(lines.iter().map(line).collect()))
    }

    /// Evaluates for `linux/amd64` with the given custom tags; `None` when not readable.
    fn holds(&self, tags: &BTreeSet<String>) -> Option<bool> {
        Some(match self {
            Self::Tag(tag) => ON.contains(&tag.as_str()) || tags.contains(tag) || is_release(tag),
            Self::Not(inner) => !inner.holds(tags)?,
            Self::And(parts) => {
                let parts: Option<Vec<bool>> = parts.iter().map(|it| it.holds(tags)).collect();
                parts?.into_iter().all(|it| it)
            }
            Self::Or(parts) => {
                let parts: Option<Vec<bool>> = parts.iter().map(|it| it.holds(tags)).collect();
                parts?.into_iter().any(|it| it)
            }
            Self::Unknown => return None,
        })
    }

    /// Tags that neither the system nor the go command sets.
    fn custom(&self, into: &mut BTreeSet<String>) {
        match self {
            Self::Tag(tag) => {
                let known = ON.contains(&tag.as_str())
                    || SYSTEMS.contains(&tag.as_str())
                    || ARCHITECTURES.contains(&tag.as_str())
                    || is_release(tag);
                if !known {
                    into.insert(tag.clone());
                }
            }
            Self::Not(inner) => inner.custom(into),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|it| it.custom(into)),
            Self::Unknown => {}
        }
    }

    /// Whether the file is in a build with these tags.
    pub fn included(&self, tags: &BTreeSet<String>) -> Included {
        if self.holds(tags) == Some(true) {
            return Included::Yes;
        }
        let mut custom = BTreeSet::new();
        self.custom(&mut custom);
        custom.remove("ignore");
        custom.extend(tags.iter().cloned());
        // Some combination of custom tags may let it in; all of them on is the one worth trying.
        match self.holds(&custom) {
            Some(true) => Included::Tagged,
            _ => Included::No,
        }
    }
}

/// `go1.N` is on for every supported release.
fn is_release(tag: &str) -> bool {
    tag.strip_prefix("go1.").is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the suffix of a file name (`_linux`, `_amd64`, `_linux_amd64`) lets the file in.
pub fn name_matches(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".go").unwrap_or(name);
    // Only what follows the first underscore counts (go/build goodOSArchFile).
    let Some((_, rest)) = stem.split_once('_') else { return true };
    let parts: Vec<&str> = rest.split('_').filter(|it| *it != "test").collect();
    let system = |it: &str| it == "linux";
    match parts.as_slice() {
        [.., os, arch] if SYSTEMS.contains(os) && ARCHITECTURES.contains(arch) => {
            system(os) && *arch == "amd64"
        }
        [.., last] if SYSTEMS.contains(last) => system(last),
        [.., last] if ARCHITECTURES.contains(last) => *last == "amd64",
        _ => true,
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: u32,
}

impl Parser<'_> {
    fn token(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Constraint {
        let mut parts = vec![self.and()];
        while self.token("||") {
            parts.push(self.and());
        }
        if parts.len() == 1 { parts.remove(0) } else { Constraint::Or(parts) }
    }

    fn and(&mut self) -> Constraint {
        let mut parts = vec![self.unary()];
        while self.token("&&") {
            parts.push(self.unary());
        }
        if parts.len() == 1 { parts.remove(0) } else { Constraint::And(parts) }
    }

    fn unary(&mut self) -> Constraint {
        // The go command allows 1000 levels; a person writes two.
        if self.depth > 100 {
            self.rest = "";
            return Constraint::Unknown;
        }
        self.depth += 1;
        let parsed = if self.token("!") {
            Constraint::Not(Box::new(self.unary()))
        } else if self.token("(") {
            let inner = self.or();
            if self.token(")") { inner } else { Constraint::Unknown }
        } else {
            self.tag()
        };
        self.depth -= 1;
        parsed
    }

    fn tag(&mut self) -> Constraint {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|it: char| !(it.is_alphanumeric() || it == '_' || it == '.'))
            .unwrap_or(self.rest.len());
        let (tag, rest) = self.rest.split_at(end);
        if tag.is_empty() {
            self.rest = "";
            return Constraint::Unknown;
        }
        self.rest = rest;
        Constraint::Tag(tag.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluates_for_linux_amd64() {
        let none = BTreeSet::new();
        let graceful = BTreeSet::from(["graceful".to_owned()]);
        for (text, expected, tagged) in [
            ("linux", Included::Yes, Included::Yes),
            ("!windows", Included::Yes, Included::Yes),
            ("windows || darwin", Included::No, Included::No),
            ("!windows && !plan9 && go1.21", Included::Yes, Included::Yes),
            ("graceful", Included::Tagged, Included::Yes),
            ("!graceful", Included::Yes, Included::No),
            ("ignore", Included::No, Included::No),
            ("(linux && graceful) || unix", Included::Yes, Included::Yes),
            ("linux &&", Included::No, Included::No),
        ] {
            let constraint = Constraint::parse(text);
            assert_eq!(constraint.included(&none), expected, "{text}");
            assert_eq!(constraint.included(&graceful), tagged, "{text} with graceful");
        }
        let plus = Constraint::from_plus_build(&["linux darwin", "!cgo,amd64 graceful"]);
        assert_eq!(plus.map(|it| it.included(&none)), Some(Included::Tagged));
    }

    #[test]
    fn file_names_carry_constraints() {
        for (name, expected) in [
            ("a/signal_windows.go", false),
            ("signal_linux.go", true),
            ("linux.go", true),
            ("windows.go", true),
            ("x_windows_amd64.go", false),
            ("x_linux_arm64.go", false),
            ("x_unix.go", true),
            ("signal_posix.go", true),
            ("mem_windows_test.go", false),
        ] {
            assert_eq!(name_matches(name), expected, "{name}");
        }
    }
}
