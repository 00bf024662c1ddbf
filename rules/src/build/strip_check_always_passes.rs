//! A check for a stripped binary passes whatever the binary is.
//!
//! ## What it does
//! Finds `file ... | grep pattern` in scripts, Makefiles, workflows and Dockerfiles whose pattern
//! matches both answers of file(1): `stripped` is part of `not stripped`. Patterns that tell the
//! two apart, and inverted matches, are left alone.
//!
//! ## Why is this bad
//! The check exists to keep debug data out of the image and never fails, so the data comes back
//! with the next change of the build and nobody notices.
//!
//! ## Example
//! `Makefile`:
//! ```make
//! verify:
//! 	file bin/api | grep -q stripped
//! ```
//!
//! ## Use instead
//! `Makefile`:
//! ```make
//! verify:
//! 	! file bin/api | grep -q 'not stripped'
//! ```
//!
//! ## References
//! - [file(1): magic for ELF files](https://github.com/file/file/blob/master/magic/Magdir/elf)

use goready_model::{Confidence, Edit, Outcome, Profile, StripCheck};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Project(check),
};

fn check(cx: &Cx<'_>, findings: &mut Findings) {
    for StripCheck { pattern, editable } in &cx.project.strip_checks {
        let message =
            format!("`grep {}` also matches `not stripped`, this check never fails", pattern.value);
        let finding = findings
            .report(pattern.place, message)
            .help("search for `not stripped` with `grep -q` and invert the result");
        if *editable {
            // file(1) separates its answers with a comma: `, stripped` or `, not stripped`.
            let quoted = pattern.place.at.end - pattern.place.at.start == 8;
            let text = if quoted { ", stripped" } else { "', stripped'" };
            let edit = Edit { place: pattern.place, text: text.to_owned() };
            finding.safe_fix("Search for `, stripped`", vec![edit]);
        }
    }
}
