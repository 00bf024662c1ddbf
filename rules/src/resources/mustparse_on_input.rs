//! A quantity from outside of the program is parsed by a function that panics.
//!
//! ## What it does
//! Finds `resource.MustParse` with a text that surely comes from outside: an environment variable, a flag, a
//! parameter of a request, a setting of viper. Constants, and functions that try `ParseQuantity` before, are
//! left alone.
//!
//! ## Why is this bad
//! `MustParse` is for constants. On a text that is no quantity, such as `1 GB` or an empty one, the program
//! panics.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//!
//! require k8s.io/apimachinery v0.37.2
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//!
//! 	"k8s.io/apimachinery/pkg/api/resource"
//! )
//!
//! func main() {
//! 	http.HandleFunc("/resize", func(w http.ResponseWriter, r *http.Request) {
//! 		size := resource.MustParse(r.FormValue("size"))
//! 		w.Write([]byte(size.String()))
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
//!
//! 	"k8s.io/apimachinery/pkg/api/resource"
//! )
//!
//! func main() {
//! 	http.HandleFunc("/resize", func(w http.ResponseWriter, r *http.Request) {
//! 		size, err := resource.ParseQuantity(r.FormValue("size"))
//! 		if err != nil {
//! 			http.Error(w, err.Error(), http.StatusBadRequest)
//! 			return
//! 		}
//! 		w.Write([]byte(size.String()))
//! 	})
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [apimachinery: resource.MustParse](https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#MustParse)

use goready_model::{Confidence, Outcome, Profile, Program};

use crate::{Check, Cx, Findings, Rule, Scope, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
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
    for argument in &program.uses.parsed_quantities {
        let place = |other: &Program| {
            other.uses.parsed_quantities.iter().find(|it| *it == argument).copied()
        };
        // Programs that share the code have one finding.
        if programs::spokesman(cx, program, place, |_| Outcome::Risk).is_none() {
            continue;
        }
        findings
            .report(*argument, "`resource.MustParse` panics on a text that is no quantity")
            .here("this comes from outside of the program")
            .help("use `resource.ParseQuantity` and handle its error")
            .program(program, "");
    }
}
