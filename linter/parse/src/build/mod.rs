//! Build files as facts: shell, Makefiles, CI workflows and the configuration of build tools.
//!
//! One file at a time. What a Makefile target or a script means for an image depends on who runs
//! it: link asks [`make`] and [`go_command`] that with the caller's variables.

mod actions;
mod checks;
mod declared;
pub mod expand;
pub mod go_command;
mod just;
pub mod make;
pub mod shell;
mod tools;
mod workflow;
mod yaml;

#[cfg(test)]
mod tests;

use goready_model::{FileKind, Node, Recipes, SourceText, Span, StripCheck};

pub use self::tools::ko_defaults;
use crate::{Facts, Source};

/// Adds what a build file says to its facts; nothing for other files. The structured ones read
/// `facts.documents`.
pub(crate) fn read(source: &Source<'_>, facts: &mut Facts) {
    read_recipes(source, facts);
    facts.strip_checks = strip_checks(facts);
}

fn read_recipes(source: &Source<'_>, facts: &mut Facts) {
    let name = source.path.rsplit('/').next().unwrap_or(source.path);
    match facts.kind {
        FileKind::Makefile => {
            facts.recipes = Some(Recipes::Makefile(make::parse(source.file, source.text)));
        }
        FileKind::Justfile => {
            let jobs = just::read(source, yaml::directory(source.path));
            facts.recipes = Some(Recipes::Jobs(jobs));
        }
        FileKind::ShellScript => {
            let at = Span::new(source.file, 0, source.text.len());
            let text = SourceText::verbatim(source.text, at);
            facts.recipes = Some(Recipes::Script(shell::parse(&text)));
        }
        FileKind::Bake if name.ends_with(".hcl") => facts.pushes = declared::bake_hcl(source),
        _ => {
            read_documents(source, name, facts);
            return;
        }
    }
    facts.parsed_bytes += source.text.len() as u64;
}

fn read_documents(source: &Source<'_>, name: &str, facts: &mut Facts) {
    let documents = std::mem::take(&mut facts.documents);
    for root in documents.iter().filter_map(|it| it.tree.root()) {
        read_document(source, name, root, facts);
    }
    facts.documents = documents;
}

fn read_document(source: &Source<'_>, name: &str, root: Node<'_>, facts: &mut Facts) {
    match facts.kind {
        FileKind::Workflow => {
            let found = workflow::read(root, source.text);
            facts.recipes = Some(Recipes::Jobs(found.jobs));
            facts.pushes.extend(found.pushes);
        }
        FileKind::Goreleaser => take(facts, tools::goreleaser(root, source)),
        FileKind::Ko => take(facts, tools::ko(root, source)),
        FileKind::Skaffold => facts.pushes.extend(declared::skaffold(root, source)),
        FileKind::Compose => facts.pushes.extend(declared::compose(root, source)),
        FileKind::Bake => facts.pushes.extend(declared::bake_json(root, source)),
        FileKind::Config => {
            let lower = name.to_ascii_lowercase();
            let stem = lower.rsplit_once('.').map_or(&*lower, |(stem, _)| stem);
            match stem {
                ".promu" | "promu" | ".promu-cgo" => {
                    take(facts, tools::promu(root, source));
                }
                "taskfile" | "taskfile.dist" => {
                    let directory = yaml::directory(source.path);
                    let jobs = workflow::read_taskfile(root, source.text, directory);
                    facts.recipes = Some(Recipes::Jobs(jobs));
                }
                ".gitlab-ci" => {
                    facts.recipes = Some(Recipes::Jobs(workflow::read_gitlab(root, source.text)));
                }
                _ if stem.starts_with("cloudbuild") => {
                    facts.recipes = Some(Recipes::Jobs(workflow::read_cloud_build(root)));
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn take(facts: &mut Facts, built: tools::Built) {
    facts.builds.extend(built.builds);
    facts.pushes.extend(built.pushes);
}

/// Checks of every script in the file, recipes as written.
fn strip_checks(facts: &Facts) -> Vec<StripCheck> {
    let mut found = Vec::new();
    match &facts.recipes {
        Some(Recipes::Script(script)) => found.extend(checks::strip_checks(script)),
        Some(Recipes::Jobs(jobs)) => {
            let steps = jobs.iter().flat_map(|it| &it.steps);
            found.extend(steps.flat_map(|it| checks::strip_checks(&it.script)));
        }
        Some(Recipes::Makefile(makefile)) => {
            for line in makefile.rules.iter().flat_map(|it| &it.recipe) {
                found.extend(checks::strip_checks(&shell::parse(line)));
            }
        }
        None => {}
    }
    let stages = facts.dockerfile.iter().flat_map(|it| &it.stages);
    found.extend(stages.flat_map(|it| it.runs()).flat_map(|it| checks::strip_checks(&it.script)));
    // Matrix combinations repeat a script.
    found.sort_by_key(|it| it.pattern.place);
    found.dedup_by_key(|it| it.pattern.place);
    found
}
