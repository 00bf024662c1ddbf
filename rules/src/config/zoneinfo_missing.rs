//! A program loads a time zone that its image does not have.
//!
//! ## What it does
//! Looks at images whose base has no time zone database (`scratch`, `alpine`, `busybox`, `ubuntu`), that
//! nothing copies or installs one into, and at the program in them. A `time.LoadLocation` with a name in the
//! code is reported, unless the program imports `time/tzdata`, is built with the tag `timetzdata`, or goes
//! on without the zone.
//!
//! ## Why is this bad
//! Go reads time zones from `/usr/share/zoneinfo`. Where that is missing the call fails with
//! `unknown time zone Europe/Berlin`: on the machine of the author it never does.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//! 	"time"
//! )
//!
//! func main() {
//! 	zone, err := time.LoadLocation("Europe/Berlin")
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
//! 		w.Write([]byte(time.Now().In(zone).String()))
//! 	})
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//! 	"time"
//! 	_ "time/tzdata"
//! )
//!
//! func main() {
//! 	zone, err := time.LoadLocation("Europe/Berlin")
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
//! 		w.Write([]byte(time.Now().In(zone).String()))
//! 	})
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Go: time.LoadLocation](https://pkg.go.dev/time#LoadLocation)
//! - [Go: time/tzdata](https://pkg.go.dev/time/tzdata)

use goready_model::{Confidence, Dockerfile, Outcome, Profile, Program};

use super::system_files::SystemFiles;
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Dockerfile(check),
};

/// What paths, packages and variables of the time zone database hold.
const WORDS: [&str; 3] = ["zoneinfo", "tzdata", "ZONEINFO"];

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    let Some(image) = SystemFiles::of(cx, dockerfile) else { return };
    if image.base.zones != Some(false) || image.may_have(cx, &WORDS) {
        return;
    }
    let Some((program, outcome)) = image.program(cx) else { return };
    if carries_zones(cx, program) {
        return;
    }
    // `""` and `UTC` need no file; `Local` takes what the system has.
    let needed = |it: &str| !matches!(it, "" | "UTC" | "Local");
    let Some(zone) = program.uses.zones.iter().find(|it| needed(&it.value)) else { return };
    let base = &image.bottom.stage.base_text;
    findings
        .report(
            zone.place,
            format!("`time.LoadLocation(\"{}\")` fails on `{}`", zone.value, base.value),
        )
        .help("import `_ \"time/tzdata\"`, or copy `/usr/share/zoneinfo` into the image")
        .program(program, "")
        .outcome(outcome)
        .label(base.place, "this base has no time zone database");
}

/// Whether the database is part of the program, or may be.
fn carries_zones(cx: &Cx<'_>, program: &Program) -> bool {
    let mut builds = cx.project.builds.iter().filter(|it| it.programs.contains(&program.id));
    program.imports_any(&["time/tzdata"])
        || builds.any(|it| it.flags_unresolved || it.tags.iter().any(|tag| tag == "timetzdata"))
}
