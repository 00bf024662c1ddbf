//! The image is built with a Go release that gets no security fixes any more.
//!
//! ## What it does
//! Compares the version in the tag of the `golang` image that a shipped build runs in with the
//! releases of Go: each is supported until two newer ones are out. The table of releases is part of
//! goready; once it is more than a year old the finding says so. Tags without a version, builds that
//! download another toolchain (`GOTOOLCHAIN=auto`) and a `go` line in go.mod, which only names the
//! language, are left alone.
//!
//! ## Why is this bad
//! Holes in `crypto/tls`, `net/http` and the rest of the standard library stay in the binary: fixes
//! are made for the two newest releases only.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.21 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.21
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! func main() {}
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.27 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Go release history: release policy](https://go.dev/doc/devel/release#policy)

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use goready_model::{Confidence, Dockerfile, GoVersion, Month, Outcome, Profile};
use serde::Deserialize;

use super::builder_older_than_module::{self, Toolchain};
use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

/// `data/go_releases.toml`. The tests read the same text, so it always parses.
static RELEASES: LazyLock<Releases> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/go_releases.toml")).unwrap_or_default()
});

#[derive(Debug, Default, Deserialize)]
struct Releases {
    /// The month in which the table was made.
    read: String,
    /// Minor version and month.
    released: BTreeMap<String, String>,
}

impl Releases {
    fn month(&self, minor: u32) -> Option<Month> {
        Month::parse(self.released.get(&minor.to_string())?)
    }

    fn newest(&self) -> Option<u32> {
        self.released.keys().filter_map(|it| it.parse().ok()).max()
    }

    /// The month from which a release got no fixes, `None` while it gets them.
    fn unsupported_since(&self, minor: u32) -> Option<Month> {
        // Older than the table is older than its first row.
        let first = self.released.keys().filter_map(|it| it.parse::<u32>().ok()).min()?;
        self.month(minor.checked_add(SUPPORTED)?.max(first))
    }
}

/// Releases that get fixes: the newest ones.
const SUPPORTED: u32 = 2;
/// Months after which the table may have missed a release that matters.
const OLD: u32 = 12;

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    let mut reported = BTreeSet::new();
    let builds = cx.project.builds.iter().filter(|it| it.feeds_image && images::is_shipped(it));
    for build in builds {
        let Some((_, stage)) = build.stage.filter(|(id, _)| *id == dockerfile.id) else { continue };
        let Some(bottom) = images::bottom(dockerfile, stage) else { continue };
        let Some(image) = bottom.image.as_ref().filter(|it| it.is_golang()) else { continue };
        let Some(version) = GoVersion::parse(&image.tag) else { continue };
        let Some(since) = RELEASES.unsupported_since(version.minor) else { continue };
        let downloads =
            !matches!(builder_older_than_module::toolchain(dockerfile, build), Toolchain::Local);
        let place = bottom.stage.base_text.place;
        if downloads || dockerfile.development || !reported.insert(place) {
            continue;
        }
        let name = format!("{}:{}", image.full(), image.tag);
        let message =
            format!("`{name}` builds the image, Go {version} has had no fixes since {since}");
        let draft = findings.report(place, message).help(help(cx));
        // Tags with a distribution's release do not exist for every version of Go.
        let suffix = image.tag.trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
        let newest = RELEASES.newest().map(|minor| GoVersion { minor, patch: None });
        if let Some(newest) = newest.filter(|_| matches!(suffix, "" | "-alpine"))
            && let Some(edit) =
                builder_older_than_module::fix(&bottom.stage.base_text, &image.tag, newest)
        {
            draft.unsafe_fix(format!("Build with Go {newest}"), vec![edit]);
        }
    }
}

fn help(cx: &Cx<'_>) -> String {
    let newest = RELEASES.newest().unwrap_or_default();
    let help = format!("build with Go 1.{newest} or 1.{}", newest.saturating_sub(1));
    match (Month::parse(&RELEASES.read), cx.settings.now) {
        (Some(read), Some(now)) if now.month().since(read) > OLD => {
            format!("{help}, or newer: this version of goready knows the releases up to {read}")
        }
        _ => help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_a_month_after_the_one_before() {
        assert!(Month::parse(&RELEASES.read).is_some());
        let newest = RELEASES.newest().unwrap();
        let rows: Vec<Month> = (5..=newest).map(|it| RELEASES.month(it).unwrap()).collect();
        assert_eq!(rows.len(), RELEASES.released.len());
        assert!(rows.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_release_is_supported_until_two_newer_ones_are_out() {
        let since = |minor| RELEASES.unsupported_since(minor).map(|it| it.to_string());
        assert_eq!(since(18).as_deref(), Some("February 2023"));
        assert_eq!(since(3).as_deref(), Some("August 2015"));
        assert_eq!(since(1).as_deref(), Some("August 2015"));
        assert_eq!(since(25).as_deref(), Some("August 2026"));
        assert_eq!(since(26), None);
        assert_eq!(since(40), None);
    }
}
