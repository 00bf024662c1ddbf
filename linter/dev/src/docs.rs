//! One page a rule, from the documentation at the head of its file and a rendered fixture.

use std::{fs, path::Path};

use goready_model::Profile;
use goready_rules::{Meta, REGISTRY};

use crate::generated::{Mode, apply};

pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    for meta in REGISTRY {
        let path = format!("docs/rules/{}/{}.md", meta.category.name(), meta.name);
        apply(&root.join(path), &page(root, meta), mode)?;
    }
    Ok(())
}

fn page(root: &Path, meta: &Meta) -> String {
    let rule = meta.rule;
    let profile = match rule.profile {
        Profile::Default => "default",
        Profile::Strict => "strict",
    };
    let mut text = format!(
        "<!-- Written by `cargo dev docs` from rules/src/{category}/{file}.rs: edit that file. -->\n\n\
         # {name}\n\n\
         | category | outcome | level | confidence | profile | scope | since |\n\
         |---|---|---|---|---|---|---|\n\
         | {category} | {outcome} | {level} | {confidence} | {profile} | {scope} | {since} |\n\n\
         {docs}\n",
        category = meta.category.name(),
        file = meta.name.replace('-', "_"),
        name = meta.name,
        outcome = rule.outcome.name(),
        level = rule.outcome.level().name(),
        confidence = rule.confidence.name(),
        scope = rule.scope.name(),
        since = rule.since,
        docs = meta.docs.trim_end(),
    );
    if let Some(rendered) = rendered_fixture(root, meta) {
        text.push_str("\n## What it prints\n\n```text\n");
        text.push_str(rendered.trim_end());
        text.push_str("\n```\n");
    }
    if !rule.elsewhere.is_empty() {
        let names: Vec<_> = rule.elsewhere.iter().map(|it| format!("`{it}`")).collect();
        text.push_str("\n## The same check elsewhere\n\n");
        text.push_str(&names.join(", "));
        text.push('\n');
    }
    text
}

/// The kept rendering of the rule's `bad` fixture.
fn rendered_fixture(root: &Path, meta: &Meta) -> Option<String> {
    let file = format!("testdata/{}/{}/bad/expected.txt", meta.category.name(), meta.name);
    fs::read_to_string(root.join(file)).ok()
}
