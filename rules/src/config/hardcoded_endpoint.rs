//! The address of another service is fixed in the code.
//!
//! ## What it does
//! Finds requests of a service whose URL starts with a literal that names a host of the own network: an IP
//! address, a name under `.internal`, `.local`, `.svc` and the like, or the name of a Service of the
//! repository. Public hosts, loopback, addresses of documentation (RFC 5737) and the metadata servers of
//! clouds are left alone, and so is what a flag or variable can change.
//!
//! ## Why is this bad
//! The same image cannot run in another namespace, cluster or stage, and a test environment that runs it
//! talks to the real service.
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
//! 	http.HandleFunc("/bill", func(w http.ResponseWriter, _ *http.Request) {
//! 		resp, err := http.Get("http://billing.internal:8080/invoices")
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
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//! 	"os"
//! )
//!
//! func main() {
//! 	http.HandleFunc("/bill", func(w http.ResponseWriter, _ *http.Request) {
//! 		resp, err := http.Get(os.Getenv("BILLING_URL") + "/invoices")
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
//!
//! ## References
//! - [The twelve-factor app: config](https://12factor.net/config)

use goready_model::{Confidence, Outcome, Profile, Program, Request};

use super::hosts;
use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Possible,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    if program.sample || !programs::is_service(cx, program) {
        return;
    }
    for request in program.uses.requests.iter().filter(|it| is_fixed(cx, it)) {
        let place = |other: &Program| {
            let mut urls = other.uses.requests.iter().map(|it| it.url.place);
            urls.find(|it| *it == request.url.place)
        };
        // Programs that share the code have one finding.
        let named = programs::spokesman(cx, program, place, |_| Outcome::Advice);
        let Some(name) = named else { continue };
        let url = request.url.value.trim_end_matches('/');
        findings
            .report(request.url.place, format!("`{url}` is fixed in the code of {name}"))
            .help("read the address from the environment or a flag")
            .program(program, "");
    }
}

fn is_fixed(cx: &Cx<'_>, request: &Request) -> bool {
    let host = request.host();
    let is_service = || {
        !host.contains('.')
            && cx.project.services.iter().any(|it| cx.project.object(it.object).name == host)
    };
    !host.is_empty()
        && !hosts::is_reserved(host)
        && (hosts::is_address(host) || hosts::is_private_name(host) || is_service())
}
