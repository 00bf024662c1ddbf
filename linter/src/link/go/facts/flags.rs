//! Flags that a program defines on the command line of `flag` or pflag.

use goready_model::{Flags, Located};

use super::{Site, Sure, marks::AllMarks};
use crate::link::go::{packages::PackageId, repo::Repo};

const STANDARD: &str = "flag";
const PFLAG: &str = "github.com/spf13/pflag";

/// Packages that add flags of their own to the command line, and those that read it otherwise.
const OTHERS: [&str; 21] = [
    "github.com/spf13/cobra",
    "github.com/urfave/cli",
    "github.com/alecthomas/kong",
    "github.com/alecthomas/kingpin",
    "gopkg.in/alecthomas/kingpin.v2",
    "github.com/jessevdk/go-flags",
    "github.com/alexflint/go-arg",
    "github.com/peterbourgon/ff",
    "github.com/namsral/flag",
    "github.com/golang/glog",
    "github.com/prometheus/common",
    "github.com/prometheus/exporter-toolkit",
    "github.com/grafana/dskit",
    "github.com/weaveworks/common",
    "sigs.k8s.io/controller-runtime",
    "k8s.io",
    "knative.dev/pkg",
    "istio.io/pkg",
    "vitess.io/vitess",
    "github.com/onsi/ginkgo",
    "testing",
];

/// Flags so far.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    standard: Flags,
    pflag: Flags,
}

impl Definitions {
    pub(super) fn call(&mut self, site: &Site<'_, '_>, sure: &Sure) {
        let Some((path, on, name)) = site.external() else { return };
        let flags = match path {
            STANDARD => &mut self.standard,
            PFLAG => &mut self.pflag,
            _ => return,
        };
        // Another set of flags may be merged into that of the command line, or replace it.
        if on.is_some() || matches!(name, "NewFlagSet" | "AddGoFlag" | "AddFlag" | "VarPF") {
            flags.open = true;
            return;
        }
        if name == "Parse" {
            flags.parsed |= sure.at_start(site.file, site.id);
            return;
        }
        let (base, short) = match name.strip_suffix('P').filter(|_| path == PFLAG) {
            Some(base) => (base, true),
            None => (name, false),
        };
        let at = match base {
            "Parse" | "Parsed" | "Arg" | "Args" | "NArg" | "NFlag" | "Usage" | "PrintDefaults"
            | "Set" | "Lookup" | "Visit" | "VisitAll" | "UnquoteUsage" | "CommandLine" => return,
            "Var" | "TextVar" => 1,
            _ => usize::from(base.ends_with("Var")),
        };
        match site.argument_text(at) {
            Some((flag, place)) => flags.defined.push(Located::new(flag, place)),
            None => flags.open = true,
        }
        if short {
            match site.argument_text(at + 1) {
                Some((letter, _)) => flags.short.push(letter),
                None => flags.open = true,
            }
        }
    }

    /// The flags of the one package that is used.
    pub(super) fn finish(self, repo: &Repo<'_>, marks: &AllMarks, closure: &[PackageId]) -> Flags {
        let Self { standard, pflag } = self;
        let posix = !pflag.defined.is_empty() || pflag.parsed;
        // With both, one may take the flags of the other.
        let both = posix && (!standard.defined.is_empty() || standard.parsed);
        let mut flags = if posix { pflag } else { standard };
        flags.posix = posix;
        flags.open |= both
            || super::surely::imports_any(repo, closure, &OTHERS)
            || marks.of(repo, closure).any(|it| it.takes_flags);
        flags.defined.sort_by_key(|it| it.place);
        flags
    }
}
