//! A suppression hides nothing.
//!
//! ## What it does
//! Reports ignore comments, annotations and `[[suppress]]` entries that matched no finding of this run.
//! Rules that did not run are not judged.
//!
//! ## Why is this bad
//! It hides the next defect of that kind at this place, which nobody has looked at.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata:
//!   name: cart
//! data:
//!   LOG_LEVEL: debug # goready: ignore[duplicate-key] set by the base
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
//!   LOG_LEVEL: debug
//! ```
//!
//! ## References
//! - [Suppressing findings](https://github.com/goready/goready/blob/main/docs/configuration.md#suppressions)

use goready_model::{Confidence, Outcome, Profile};

use crate::{Check, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Advice,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &["golangci/nolintlint"],
    check: Check::Engine,
};
