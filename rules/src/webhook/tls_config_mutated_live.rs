//! A field of a `tls.Config` is assigned after a server has it.
//!
//! ## What it does
//! Looks for assignments to fields of a `tls.Config` that was given to a server or listener: behind the
//! `go` statement that serves, or in a goroutine of its own that waits for something. What is assigned
//! before the server starts is left alone.
//!
//! ## Why is this bad
//! `http.Server` serves with a clone of the configuration, so the new certificate is never used. Where
//! there is no clone, the assignment races with every handshake.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/webhook
//!
//! go 1.26
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"crypto/tls"
//! 	"log"
//! 	"net/http"
//! 	"os"
//! 	"os/signal"
//! 	"syscall"
//! )
//!
//! func main() {
//! 	config := &tls.Config{}
//! 	server := &http.Server{Addr: ":8443", TLSConfig: config}
//! 	go server.ListenAndServeTLS("/certs/tls.crt", "/certs/tls.key")
//!
//! 	changed := make(chan os.Signal, 1)
//! 	signal.Notify(changed, syscall.SIGHUP)
//! 	for range changed {
//! 		pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key")
//! 		if err != nil {
//! 			log.Print(err)
//! 			continue
//! 		}
//! 		config.Certificates = []tls.Certificate{pair}
//! 	}
//! }
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"crypto/tls"
//! 	"log"
//! 	"net/http"
//! 	"sync/atomic"
//! )
//!
//! func main() {
//! 	config := &tls.Config{}
//! 	server := &http.Server{Addr: ":8443", TLSConfig: config}
//! 	var current atomic.Pointer[tls.Certificate]
//! 	config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
//! 		return current.Load(), nil
//! 	}
//! 	log.Fatal(server.ListenAndServeTLS("", ""))
//! }
//! ```
//!
//! ## References
//! - [net/http: Server.ServeTLS](https://cs.opensource.google/go/go/+/refs/tags/go1.26.0:src/net/http/server.go)
//! - [crypto/tls: Config](https://pkg.go.dev/crypto/tls#Config) ("After one has been passed to a TLS function it must not be modified")

use std::collections::BTreeSet;

use goready_model::{Confidence, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for program in &cx.project.programs {
        for mutation in &program.tls.mutations {
            if !told.insert(mutation.place) {
                continue;
            }
            findings
                .report(
                    mutation.place,
                    format!("assigning {} has no effect on a server that has the configuration, and races", mutation.target),
                )
                .lower_if(program.sample)
                .help("set `GetCertificate` once, and swap the certificate behind an `atomic.Pointer`")
                .program(program, "")
                .label(mutation.served, "the server has it from here on");
        }
    }
}
