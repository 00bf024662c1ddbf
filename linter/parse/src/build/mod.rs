//! Build files as facts: shell, Makefiles, CI workflows and the configuration of build tools.
//!
//! One file at a time. What a Makefile target or a script means for an image depends on who runs
//! it; link asks [`interpreter`] and [`make`] that question with the caller's variables.

pub mod expand;
pub mod go_command;
pub mod make;
pub mod shell;

use goready_model::{FileKind, Recipes};

use crate::{Facts, Source};

/// Adds what a build file says to its facts; nothing for other files. The structured ones read
/// `facts.documents`.
pub(crate) fn read(source: &Source<'_>, facts: &mut Facts) {
    match facts.kind {
        FileKind::Makefile => {
            facts.recipes = Some(Recipes::Makefile(make::parse(source.file, source.text)));
            facts.parsed_bytes += source.text.len() as u64;
        }
        FileKind::ShellScript => {
            let text = goready_model::SourceText::verbatim(
                source.text,
                goready_model::Span::new(source.file, 0, source.text.len()),
            );
            facts.recipes = Some(Recipes::Script(shell::parse(&text)));
            facts.parsed_bytes += source.text.len() as u64;
        }
        _ => {}
    }
}
