//! A suppression has passed its last day.
//!
//! ## What it does
//! Reports ignore comments, annotations and `[[suppress]]` entries whose `until` date lies in the past,
//! and dates that cannot be read. The findings they hid are reported again.
//!
//! ## Why is this bad
//! The date was a promise to look again. It is due.
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
//!   LOG_LEVEL: debug # goready: ignore[duplicate-key] until the chart is split (until 2020-01-31)
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
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Engine,
};
