//! A program reads its certificate once, while the mounted one is renewed.
//!
//! ## What it does
//! Looks for `tls.LoadX509KeyPair`, `ListenAndServeTLS` and their like in programs whose pods mount a
//! Secret that cert-manager renews, or the Secret that the constant path of the call leads to. A
//! program that sets `GetCertificate` or `GetConfigForClient`, loads in a loop, or uses a library that
//! watches its certificates is left alone. A checksum or reloader annotation on the pods restarts them
//! and lowers the finding to advice.
//!
//! ## Why is this bad
//! The kubelet writes the renewed certificate to the file, the program goes on with the old one.
//! Weeks later it expires and every handshake fails, until somebody restarts the pods.
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
//! )
//!
//! func main() {
//! 	pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key")
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	server := &http.Server{
//! 		Addr:      ":8443",
//! 		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}},
//! 	}
//! 	log.Fatal(server.ListenAndServeTLS("", ""))
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /webhook .
//! FROM scratch
//! COPY --from=build /webhook /webhook
//! ENTRYPOINT ["/webhook"]
//! ```
//! `skaffold.yaml`:
//! ```yaml
//! apiVersion: skaffold/v4beta13
//! kind: Config
//! build:
//!   artifacts:
//!     - image: registry.example.com/webhook
//!       docker:
//!         dockerfile: Dockerfile
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   selector:
//!     matchLabels: {app: webhook}
//!   template:
//!     metadata:
//!       labels: {app: webhook}
//!     spec:
//!       containers:
//!         - name: webhook
//!           image: registry.example.com/webhook:1.0.0
//!           volumeMounts:
//!             - name: tls
//!               mountPath: /certs
//!       volumes:
//!         - name: tls
//!           secret:
//!             secretName: webhook-tls
//! ---
//! apiVersion: cert-manager.io/v1
//! kind: Certificate
//! metadata: {name: webhook, namespace: shop}
//! spec:
//!   secretName: webhook-tls
//!   dnsNames: [webhook.shop.svc]
//!   issuerRef: {name: shop}
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
//! )
//!
//! func main() {
//! 	load := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
//! 		pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key")
//! 		return &pair, err
//! 	}
//! 	server := &http.Server{
//! 		Addr:      ":8443",
//! 		TLSConfig: &tls.Config{GetCertificate: load},
//! 	}
//! 	log.Fatal(server.ListenAndServeTLS("", ""))
//! }
//! ```
//!
//! ## References
//! - [controller-runtime: certwatcher](https://pkg.go.dev/sigs.k8s.io/controller-runtime/pkg/certwatcher)
//! - [crypto/tls: Config](https://pkg.go.dev/crypto/tls#Config) (`GetCertificate`)
//! - [Secrets are updated in mounted volumes](https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod)

use std::collections::BTreeSet;

use goready_model::{Confidence, Outcome, Profile, Program, TlsLoad};

use super::mounts::{self, Mount};
use crate::{
    Check, Cx, Findings, Rule, Scope,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

/// Packages that read certificates again by themselves.
const RELOADING: [&str; 9] = [
    "sigs.k8s.io/controller-runtime/pkg/certwatcher",
    "sigs.k8s.io/controller-runtime/pkg/webhook",
    "k8s.io/apiserver/pkg/server/dynamiccertificates",
    "github.com/spiffe/go-spiffe",
    "golang.org/x/crypto/acme/autocert",
    "github.com/caddyserver/certmagic",
    "google.golang.org/grpc/credentials/tls/certprovider",
    "google.golang.org/grpc/security/advancedtls",
    "github.com/prometheus/exporter-toolkit/web",
];

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for program in &cx.project.programs {
        if reloads(program) || !programs::is_service(cx, program) {
            continue;
        }
        for deployed in programs::deployed(cx, program, programs::RISK) {
            let mounts = mounts::of(cx, &deployed);
            for load in &program.tls.loads {
                let Some(mount) = renewed(load, &mounts) else { continue };
                if told.insert(load.place) {
                    report(cx, program, load, mount, &deployed, findings);
                }
            }
        }
    }
}

/// Whether a program reads its certificate again, by its own code or a package's.
pub(super) fn reloads(program: &Program) -> bool {
    program.tls.reloads.is_some() || program.imports_any(&RELOADING)
}

/// The mounted Secret that a call reads: the one its path leads to, or, where the path is not known,
/// the only one that a controller renews.
fn renewed<'m, 'p>(load: &TlsLoad, mounts: &'m [Mount<'p>]) -> Option<&'m Mount<'p>> {
    // A file that was mounted by `subPath` never changes.
    let whole = || mounts.iter().filter(|it| !it.sub_path);
    match &load.certificate {
        Some(path) => whole().find(|it| it.holds(&path.value)),
        None if load.key.is_some() => None,
        None => {
            let mut issued = whole().filter(|it| it.issued.is_some());
            let only = issued.next()?;
            issued.next().is_none().then_some(only)
        }
    }
}

fn report(
    cx: &Cx<'_>,
    program: &Program,
    load: &TlsLoad,
    mount: &Mount<'_>,
    deployed: &Deployed<'_>,
    findings: &mut Findings,
) {
    let secret = mount.secret;
    let (message, proof) = match mount.issued.and_then(|it| it.secret.as_ref()) {
        Some(target) => (
            format!(
                "{} reads the certificate once, cert-manager renews it in Secret \"{secret}\"",
                load.call
            ),
            target.place,
        ),
        None => (
            format!(
                "{} reads the certificate once, a renewed Secret \"{secret}\" reaches the file only",
                load.call
            ),
            mount.place,
        ),
    };
    // A Secret that stands in the repository changes when somebody applies it again.
    let calm = mounts::restart(deployed.workload) || mount.committed;
    let outcome = if calm || program.sample { Outcome::Advice } else { Outcome::Risk };
    findings
        .report(load.place, message)
        .outcome(outcome)
        .help("set `tls.Config.GetCertificate` with a source that reads again, such as controller-runtime's certwatcher")
        .program(program, "")
        .object(cx.project.object(deployed.workload.object))
        .label(proof, "the renewed certificate comes from here");
}
