//! What lints cannot say about our own sources: how a rule file is laid out, how messages are
//! worded, what must not appear anywhere.

#![expect(clippy::unwrap_used, reason = "a test stops at a source it cannot read")]
#![expect(clippy::disallowed_methods, reason = "a test reads the sources")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use goready_rules::{Meta, REGISTRY};
use syn::Item;
use walkdir::WalkDir;

/// Lines of code (tests, comments and blanks left out) above which a file holds two ideas.
const LONGEST_FILE: usize = 720;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `dir` that `keep` takes, sorted.
fn files(dir: &str, keep: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    WalkDir::new(root().join(dir))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|it| it.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|it| keep(it))
        .collect()
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "rs")
}

fn rust_sources() -> Vec<PathBuf> {
    ["linter", "rules", "benches"].into_iter().flat_map(|it| files(it, is_rust)).collect()
}

fn rule_file(meta: &Meta) -> PathBuf {
    let name = meta.name.replace('-', "_");
    root().join(format!("rules/src/{}/{name}.rs", meta.category.name()))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let without: Vec<_> = rust_sources()
        .iter()
        .filter(|it| !fs::read_to_string(it).unwrap().trim_start().starts_with("//!"))
        .map(|it| format!("{} does not open with `//!`", relative(it)))
        .collect();
    assert_none(&without);
}

#[test]
fn files_hold_one_idea() {
    let mut problems = Vec::new();
    for path in rust_sources() {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code
            .lines()
            .map(str::trim)
            .filter(|it| !it.is_empty() && !it.starts_with("//"))
            .count();
        if lines > LONGEST_FILE {
            problems.push(format!("{} has {lines} lines of code", relative(&path)));
        }
    }
    assert_none(&problems);
}

#[test]
fn names_are_re_exported_in_lib_files_only() {
    let mut problems = Vec::new();
    for path in rust_sources() {
        if path.ends_with("lib.rs") || path.ends_with("mod.rs") {
            continue;
        }
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let exports = file
            .items
            .iter()
            .any(|it| matches!(it, Item::Use(it) if matches!(it.vis, syn::Visibility::Public(_))));
        if exports {
            problems.push(format!("{} has a `pub use`", relative(&path)));
        }
    }
    assert_none(&problems);
}

#[test]
fn rule_files_have_their_items_in_order() {
    let mut problems = Vec::new();
    for meta in REGISTRY {
        let path = rule_file(meta);
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let order: Vec<_> = file
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Use(_) => Some("use"),
                Item::Static(it) if it.ident == "RULE" => Some("RULE"),
                Item::Struct(it) if it.ident == "Options" => Some("Options"),
                Item::Fn(it) if it.sig.ident == "check" => Some("check"),
                _ => None,
            })
            .collect();
        let mut expected = order.clone();
        expected.sort_by_key(|it| ["use", "RULE", "Options", "check"].iter().position(|x| x == it));
        if order != expected {
            problems.push(format!("{}: order is {order:?}", relative(&path)));
        }
        let first = file.items.iter().find(|it| !matches!(it, Item::Use(_)));
        if !matches!(first, Some(Item::Static(_))) {
            problems.push(format!("{}: RULE comes first behind `use`", relative(&path)));
        }
    }
    assert_none(&problems);
}

#[test]
fn every_rule_file_is_in_the_registry() {
    let missing: Vec<_> = files("rules/src", is_rust)
        .iter()
        .filter(|it| fs::read_to_string(it).unwrap().contains("static RULE: Rule"))
        .filter(|it| !REGISTRY.iter().any(|meta| rule_file(meta) == **it))
        .map(|it| format!("{} has no `mod` line", relative(it)))
        .collect();
    assert_none(&missing);
}

#[test]
fn rule_documentation_has_all_sections() {
    let mut problems = Vec::new();
    for meta in REGISTRY {
        let headings: Vec<_> = meta.docs.lines().filter(|it| it.starts_with("## ")).collect();
        let wanted = [
            "## What it does",
            "## Why is this bad",
            "## Example",
            "## Use instead",
            "## References",
        ];
        let mut next = 0;
        for heading in &headings {
            if wanted.get(next) == Some(heading) {
                next += 1;
            }
        }
        if next != wanted.len() {
            problems.push(format!("{}: sections are {headings:?}", meta.name));
        }
        let references = meta.docs.rsplit("## References").next().unwrap_or_default();
        if !references.contains("](https://") {
            problems.push(format!("{}: References has no link", meta.name));
        }
        if !meta.summary.ends_with('.') || meta.summary.len() > 120 {
            problems.push(format!("{}: the first line is no short sentence", meta.name));
        }
    }
    assert_none(&problems);
}

#[test]
fn rule_names_say_the_defect() {
    let problems: Vec<_> = REGISTRY
        .iter()
        .map(|it| it.name)
        .filter(|it| {
            it.starts_with("no-")
                || it.starts_with("check-")
                || it.contains("should")
                || it.chars().any(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
        })
        .map(|it| format!("{it} names no defect"))
        .collect();
    assert_none(&problems);
}

/// All kept renderings.
fn renderings() -> Vec<(String, String)> {
    files("testdata", |it| it.ends_with("expected.txt"))
        .iter()
        .map(|it| (relative(it), fs::read_to_string(it).unwrap()))
        .collect()
}

#[test]
fn messages_read_as_one_line_without_a_full_stop() {
    let mut problems = Vec::new();
    for (file, text) in renderings() {
        for line in text.lines().filter(|it| it.starts_with("  ")) {
            let line = line.trim();
            let message = line.strip_prefix("help: ").unwrap_or(line);
            if message.ends_with('.') && !message.ends_with("...") {
                problems.push(format!("{file}: full stop: {message}"));
            }
            if message.contains(" please ")
                || message.contains("should consider")
                || message.contains('!') && message.ends_with('!')
            {
                problems.push(format!("{file}: wording: {message}"));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn planted_secrets_are_never_shown() {
    let planted = fs::read_to_string(root().join("testdata/planted-secrets.txt")).unwrap();
    let planted: Vec<_> =
        planted.lines().filter(|it| !it.is_empty() && !it.starts_with('#')).collect();
    assert!(!planted.is_empty());
    let mut problems = Vec::new();
    for (file, text) in renderings() {
        for secret in planted.iter().filter(|it| text.contains(**it)) {
            problems.push(format!("{file} shows a planted secret of {} characters", secret.len()));
        }
    }
    assert_none(&problems);
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest: toml::Table =
        toml::from_str(&fs::read_to_string(root().join("Cargo.toml")).unwrap()).unwrap();
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    let page = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let missing: Vec<_> = dependencies
        .keys()
        .filter(|it| !it.starts_with("goready") && !page.contains(&format!("`{it}`")))
        .map(|it| format!("docs/dependencies.md does not say why {it} is here"))
        .collect();
    assert_none(&missing);
}

#[test]
fn every_rule_has_a_page() {
    let mut problems = Vec::new();
    for meta in REGISTRY {
        let page = format!("docs/rules/{}/{}.md", meta.category.name(), meta.name);
        if !root().join(&page).is_file() {
            problems.push(format!("{page} is missing: run `cargo dev docs`"));
        }
    }
    let pages = files("docs/rules", |it| it.extension().is_some_and(|it| it == "md"));
    let names: BTreeSet<_> = REGISTRY.iter().map(|it| it.name).collect();
    for page in pages {
        let stem = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !names.contains(&*stem) {
            problems.push(format!("{} belongs to no rule", relative(&page)));
        }
    }
    assert_none(&problems);
}

#[test]
fn nothing_unfinished_is_left() {
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("#[ign", "ore")];
    let mut problems = Vec::new();
    for path in rust_sources() {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            // Go has a function of that name: only comments and attributes count.
            let said = line.split_once("//").map_or("", |(_, comment)| comment);
            let attribute = line.trim_start().starts_with("#[");
            if marks.iter().any(|it| said.contains(it) || (attribute && line.contains(it))) {
                problems.push(format!("{}:{}: {}", relative(&path), number + 1, line.trim()));
            }
        }
    }
    assert_none(&problems);
}
