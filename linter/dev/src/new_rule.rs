//! A new rule: a file that compiles and finds nothing, its module line, and empty fixtures.

use std::{fs, path::Path};

use goready_model::Category;

pub(crate) fn run(root: &Path, category: &str, name: &str) -> Result<(), String> {
    if Category::from_name(category).is_none() {
        let known: Vec<_> = Category::ALL.iter().map(|it| it.name()).collect();
        return Err(format!("no category `{category}` (known: {})", known.join(", ")));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) || name.starts_with(['-', '0']) {
        return Err(format!("`{name}` is no kebab-case name"));
    }
    let module = name.replace('-', "_");
    let dir = root.join("rules/src").join(category);
    let file = dir.join(format!("{module}.rs"));
    if fs::exists(&file).unwrap_or(false) {
        return Err(format!("{} exists", file.display()));
    }
    let write = |path: &Path, text: &str| {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)
                .map_err(|error| format!("create {}: {error}", dir.display()))?;
        }
        fs::write(path, text).map_err(|error| format!("write {}: {error}", path.display()))
    };
    write(&file, TEMPLATE)?;
    add_module(&dir.join("mod.rs"), &module).and_then(|text| write(&dir.join("mod.rs"), &text))?;
    let fixtures = root.join("testdata").join(category).join(name);
    write(&fixtures.join("bad/deploy.yaml"), &format!("# expect: {name}\nkind: Pod\n"))?;
    write(&fixtures.join("good/deploy.yaml"), "kind: Pod\n")
}

/// The text of `mod.rs` with one more module line, sorted.
fn add_module(path: &Path, module: &str) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = format!("pub(crate) mod {module};");
    let (mut modules, rest): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|it| it.starts_with("pub(crate) mod "));
    modules.push(&line);
    modules.sort_unstable();
    let head: Vec<&str> = rest.iter().copied().take_while(|it| it.starts_with("//!")).collect();
    let tail: Vec<&str> =
        rest.iter().copied().skip(head.len()).skip_while(|it| it.is_empty()).collect();
    let mut text = format!("{}\n\n{}\n", head.join("\n"), modules.join("\n"));
    if !tail.is_empty() {
        text.push('\n');
        text.push_str(&tail.join("\n"));
        text.push('\n');
    }
    Ok(text)
}

const TEMPLATE: &str = r#"//! One sentence that can stand alone in a table.
//!
//! ## What it does
//! What is compared with what.
//!
//! ## Why is this bad
//! What happens in the cluster.
//!
//! ## Example
//! `deploy.yaml`:
//! ```yaml
//! kind: Pod
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! kind: Pod
//! ```
//!
//! ## References
//! - [Pods](https://kubernetes.io/docs/concepts/workloads/pods/)

use goready_model::{Confidence, Object, Outcome, Profile};

use crate::{Check, Cx, Findings, Rule, Scope};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::File,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Object(check),
};

fn check(_cx: &Cx<'_>, _object: &Object, _findings: &mut Findings) {}
"#;
