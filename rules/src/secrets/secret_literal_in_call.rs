//! A literal is the key or password of a call.
//!
//! ## What it does
//! Finds string literals, and constants that resolve to one, that reach the key or password
//! argument of a call: JWT signing, HMAC and cipher keys, cookie and session stores, basic
//! authentication, database and broker clients. The position is the evidence; the value may be any
//! text.
//!
//! ## Why is this bad
//! The key is the same in every environment and in every copy of the source: whoever has read it
//! can sign a token that the service in production accepts, and replacing it needs a new image.
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
//! 	"crypto/hmac"
//! 	"crypto/sha256"
//! 	"fmt"
//! )
//!
//! const signingKey = "our little secret, please"
//!
//! func main() {
//! 	mac := hmac.New(sha256.New, []byte(signingKey))
//! 	fmt.Println(mac.Size())
//! }
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"crypto/hmac"
//! 	"crypto/sha256"
//! 	"fmt"
//! 	"os"
//! )
//!
//! func main() {
//! 	signingKey, err := os.ReadFile("/var/run/secrets/signing/key")
//! 	if err != nil {
//! 		panic(err)
//! 	}
//! 	mac := hmac.New(sha256.New, signingKey)
//! 	fmt.Println(mac.Size())
//! }
//! ```
//!
//! ## References
//! - [Go: crypto/hmac](https://pkg.go.dev/crypto/hmac#New)
//! - [golang-jwt: SignedString](https://pkg.go.dev/github.com/golang-jwt/jwt/v5#Token.SignedString)
//! - [Kubernetes: Secrets as files](https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/)

use goready_model::{Confidence, Outcome, Profile, SecretForm};

use super::candidate::{characters, report};
use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Program,
    since: "0.1.0",
    elsewhere: &["G101", "G407"],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for candidate in &cx.project.secrets {
        let SecretForm::Sink { sink, name } = &candidate.form else { continue };
        let message = if name.is_empty() {
            format!("{sink} is a literal of {}", characters(candidate.length))
        } else {
            format!("{sink} is the constant `{name}`")
        };
        let draft = report(cx, findings, candidate, message)
            .help("load it from a mounted Secret and fail at start when it is absent");
        if let Some(call) = candidate.proof {
            draft.label(call, "used as a credential here");
        }
    }
}
