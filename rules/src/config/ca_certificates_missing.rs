//! A program makes TLS calls from an image without certificate authorities.
//!
//! ## What it does
//! Looks at images whose base has no CA certificates (`scratch`, `busybox`, `debian`, `ubuntu`), that
//! nothing copies or installs any into, and at the program in them. When that program asks public hosts over
//! `https` by a URL in its code, the base is reported. Own certificate pools, the fallback roots of
//! `golang.org/x/crypto/x509roots/fallback`, `SSL_CERT_FILE` and mounted bundles are respected.
//!
//! ## Why is this bad
//! Go reads the authorities from files of the image. Without them every handshake fails with
//! `x509: certificate signed by unknown authority`.
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
//! )
//!
//! func main() {
//! 	http.HandleFunc("/rates", func(w http.ResponseWriter, _ *http.Request) {
//! 		resp, err := http.Get("https://api.frankfurter.app/latest")
//! 		if err != nil {
//! 			http.Error(w, err.Error(), http.StatusBadGateway)
//! 			return
//! 		}
//! 		defer resp.Body.Close()
//! 		w.WriteHeader(resp.StatusCode)
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
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [Go: crypto/x509, where roots are read from](https://github.com/golang/go/blob/master/src/crypto/x509/root_linux.go)
//! - [golang.org/x/crypto/x509roots/fallback](https://pkg.go.dev/golang.org/x/crypto/x509roots/fallback)

use goready_model::{Confidence, Dockerfile, Outcome, Profile, Program, Request};

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

/// What paths and variables of certificate bundles hold.
const WORDS: [&str; 6] = ["cert", "ssl", "pki", ".crt", ".pem", "SSL_CERT"];

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    let Some(image) = SystemFiles::of(cx, dockerfile) else { return };
    if image.base.certificates != Some(false) || image.may_have(cx, &WORDS) {
        return;
    }
    let Some((program, outcome)) = image.program(cx) else { return };
    let known = program.uses.own_authorities
        || program.imports_any(&["golang.org/x/crypto/x509roots/fallback"]);
    let Some(request) = first_public(program).filter(|_| !known) else { return };
    let base = &image.bottom.stage.base_text;
    findings
        .report(
            base.place,
            format!(
                "`{}` has no CA certificates, `https` calls of program `{}` fail",
                base.value,
                program.name()
            ),
        )
        .help("add `COPY --from=<stage> /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/`")
        .program(program, "")
        .outcome(outcome)
        .label(request.url.place, format!("`{}` asks `{}`", request.call, request.host()));
}

/// The first request to a host that only a public authority can vouch for.
fn first_public(program: &Program) -> Option<&Request> {
    program.uses.requests.iter().find(|it| it.is_https() && super::hosts::is_public(it.host()))
}
