//! A suppression gives no reason.
//!
//! ## What it does
//! Reports ignore comments and annotations with nothing after the rules.
//!
//! ## Why is this bad
//! Whoever finds it in a year cannot tell whether it may go.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: cart
//! data:
//!   LOG_LEVEL: info
//!   LOG_LEVEL: debug # goready: ignore[duplicate-key]
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: cart
//! data:
//!   LOG_LEVEL: info
//!   LOG_LEVEL: debug # goready: ignore[duplicate-key] the base sets both
//! ```
//!
//! ## References
//! - [Suppressing findings](https://github.com/goready/goready/blob/main/docs/configuration.md#suppressions)

use goready_model::{Confidence, Outcome, Profile};

use crate::{Check, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Strict,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["golangci/nolintlint"],
    check: Check::Engine,
};
