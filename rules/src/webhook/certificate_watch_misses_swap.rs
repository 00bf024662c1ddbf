//! A watch on a certificate file waits for writes, which a mounted Secret never makes.
//!
//! ## What it does
//! Looks at fsnotify watches of certificate and key files in programs whose event handling tests
//! `fsnotify.Write` and nothing else. A watch of the directory, a test for `Create`, `Remove`, `Rename`
//! or `Chmod`, and a ticker beside the watch are left alone.
//!
//! ## Why is this bad
//! A Secret volume is updated by swapping a symbolic link. The watched file gets one event, `Remove` or
//! `Chmod`, and the watch is gone. The renewed certificate is never read, and the old one expires.
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
//! 	"sync/atomic"
//!
//! 	"github.com/fsnotify/fsnotify"
//! )
//!
//! var current atomic.Pointer[tls.Certificate]
//!
//! func load(certFile, keyFile string) {
//! 	if pair, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
//! 		current.Store(&pair)
//! 	}
//! }
//!
//! func main() {
//! 	watcher, err := fsnotify.NewWatcher()
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	load("/certs/tls.crt", "/certs/tls.key")
//! 	if err := watcher.Add("/certs/tls.crt"); err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	for event := range watcher.Events {
//! 		if event.Has(fsnotify.Write) {
//! 			load("/certs/tls.crt", "/certs/tls.key")
//! 		}
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
//! 	"sync/atomic"
//!
//! 	"github.com/fsnotify/fsnotify"
//! )
//!
//! var current atomic.Pointer[tls.Certificate]
//!
//! func load(certFile, keyFile string) {
//! 	if pair, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
//! 		current.Store(&pair)
//! 	}
//! }
//!
//! func main() {
//! 	watcher, err := fsnotify.NewWatcher()
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	load("/certs/tls.crt", "/certs/tls.key")
//! 	if err := watcher.Add("/certs"); err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	for event := range watcher.Events {
//! 		if event.Has(fsnotify.Create) || event.Has(fsnotify.Write) {
//! 			load("/certs/tls.crt", "/certs/tls.key")
//! 		}
//! 	}
//! }
//! ```
//!
//! ## References
//! - [atomic_writer.go](https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go)
//! - [controller-runtime: certwatcher](https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/certwatcher/certwatcher.go)
//! - [fsnotify: watching a file](https://pkg.go.dev/github.com/fsnotify/fsnotify#hdr-Watching_files)

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
        for watch in &program.tls.watches {
            if !told.insert(watch.test) {
                continue;
            }
            findings
                .report(watch.test, "`fsnotify.Write` never comes from a certificate in a mounted Secret")
                .lower_if(program.sample)
                .help("watch the directory and test for `fsnotify.Create`, or use controller-runtime's certwatcher")
                .program(program, "")
                .label(watch.add, "the file is watched here");
        }
    }
}
