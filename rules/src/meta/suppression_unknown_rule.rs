//! A suppression names a rule that does not exist.
//!
//! ## What it does
//! Reports names in ignore comments and annotations that are neither a rule nor a category, with the
//! name that was probably meant: by spelling, or because another tool calls the same check so. An ignore
//! without brackets names nothing and is reported too.
//!
//! ## Why is this bad
//! It hides nothing, although whoever reads it believes that it does.
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
//!   LOG_LEVEL: debug # goready: ignore[duplicate-keys] the last one counts
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
//!   LOG_LEVEL: debug # goready: ignore[duplicate-key] the last one counts
//! ```
//!
//! ## References
//! - [Suppressing findings](https://github.com/goready/goready/blob/main/docs/configuration.md#suppressions)

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
