//! Nothing was found to analyse.
//!
//! ## What it does
//! Reports a run in which no Go file, Dockerfile, Kubernetes object or chart was found, a directory
//! on the command line that holds none, a `[[link]]` whose Dockerfile or program does not exist, and
//! a `[[model]]` of a package that no Go file imports.
//!
//! ## Why is this bad
//! A pipeline that checks the wrong directory stays green whatever is deployed.
//!
//! ## Example
//! `README.md`:
//! ```text
//! # cart
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: Service
//! metadata:
//!   name: cart
//! spec:
//!   selector: {app: cart}
//!   ports:
//!     - port: 80
//! ```
//!
//! ## References
//! - [The configuration of goready](https://github.com/goready/goready/blob/main/docs/configuration.md)

use goready_model::{Confidence, Outcome, Profile};

use crate::{Check, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Engine,
};
