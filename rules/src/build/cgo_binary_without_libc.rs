//! A binary that needs a C library runs in an image that has none.
//!
//! ## What it does
//! Finds builds whose output ends in an image on `scratch`, distroless `static` or another base
//! without a C library, and that leave cgo on: CGO_ENABLED unset or 1 in a native build with a C
//! compiler (the Debian variants of `golang` have gcc, the Alpine ones have none). When the program
//! uses cgo the container cannot start; without it only `net` and `os/user` need the library, a
//! risk. `-buildmode=pie` needs a loader even without cgo. Static links (`-extldflags -static`, the
//! tags `netgo` and `osusergo`) and cross builds are left alone.
//!
//! ## Why is this bad
//! The kernel looks for the loader that the binary names and answers `no such file or directory`:
//! every pod ends in CrashLoopBackOff with a message that points at the binary itself.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN go build -o /out/api .
//!
//! FROM gcr.io/distroless/static:nonroot
//! COPY --from=build /out/api /api
//! ENTRYPOINT ["/api"]
//! ```
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
//! import "net/http"
//!
//! func main() {
//! 	_ = http.ListenAndServe(":8080", nil)
//! }
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
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
//! - [cmd/cgo: when cgo is enabled](https://pkg.go.dev/cmd/cgo)
//! - [Go 1.20 release notes: cgo without a C compiler](https://go.dev/doc/go1.20#cgo)
//! - [distroless base images](https://github.com/GoogleContainerTools/distroless/blob/main/base/README.md)

use goready_model::{Build, BuildTool, Cgo, Confidence, Edit, Outcome, Profile};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    images::{self, Libc},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Build(check),
};

fn check(cx: &Cx<'_>, build: &Build, findings: &mut Findings) {
    let Some((id, _)) = build.stage else { return };
    if !build.feeds_image || images::may_be_static(build) || build.tool != BuildTool::Go {
        return;
    }
    let dockerfile = cx.project.dockerfile(id);
    let Some(stage) = images::shipped_stage(cx, dockerfile) else { return };
    let Some(bottom) = images::bottom(dockerfile, stage) else { return };
    let (Some(image), Some(base)) = (&bottom.image, bottom.base()) else { return };
    if base.libc != Libc::None {
        return;
    }
    let program = images::program_of(cx, build);
    let dependence = match (build.cgo, program) {
        (Cgo::Enabled, Some(program)) if program.cgo.is_some() => Dependence::Cgo,
        _ if build.pie => Dependence::Loader,
        (Cgo::Enabled, Some(program)) if images::resolves_names(program) => Dependence::Net,
        _ => return,
    };
    let why = match dependence {
        Dependence::Cgo => "links libc dynamically (cgo is on and used)",
        Dependence::Loader => "needs a dynamic loader (`-buildmode=pie`)",
        Dependence::Net => "links libc dynamically (cgo is on, `net` uses it)",
    };
    let name = image.full();
    let message = format!("the binary of {} {why}, `{name}` has none", images::product(cx, build));
    let help = match dependence {
        Dependence::Cgo => {
            "run on `gcr.io/distroless/base`, or link statically with \
             `-ldflags='-extldflags \"-static\"'` and the tags `netgo,osusergo`"
        }
        Dependence::Loader => "drop `-buildmode=pie`, or run on `gcr.io/distroless/base`",
        Dependence::Net => "set `CGO_ENABLED=0`, or run on `gcr.io/distroless/base`",
    };
    let mut finding = findings
        .report(images::command_place(build), message)
        .help(help)
        .label(bottom.stage.base_text.place, format!("`{name}` holds no C library"));
    if let Some(cgo) = program.and_then(|it| it.cgo.as_ref()).filter(|_| build.cgo == Cgo::Enabled)
    {
        finding = finding.label(cgo.place, format!("cgo is used here: `{}`", cgo.value));
    }
    if dependence == Dependence::Net {
        finding = finding.outcome(Outcome::Risk);
        // Where CGO_ENABLED=1 is written, somebody wanted it.
        if let (Some(_), None) = (build.flags_at, build.cgo_place) {
            let start = build.place.at.start as usize;
            let edit =
                Edit { place: build.place.slice(start, start), text: "CGO_ENABLED=0 ".to_owned() };
            finding.safe_fix("Turn cgo off", vec![edit]);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dependence {
    Cgo,
    Loader,
    Net,
}
