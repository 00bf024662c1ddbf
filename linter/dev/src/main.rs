//! Developer tasks: `cargo dev docs`, `cargo dev schema`, `cargo dev kubernetes`, `cargo dev new-rule`.
//!
//! Each task that writes files has `--check`, which writes nothing and fails where a file is not
//! what the task would write.

#![expect(clippy::disallowed_methods, reason = "developer tasks read and write the repository")]
#![expect(clippy::print_stderr, reason = "a command line tool talks to its user")]

mod docs;
mod generated;
mod kubernetes;
mod new_rule;
mod schema;

use std::{env, path::PathBuf, process::ExitCode};

use generated::Mode;

const USAGE: &str = "usage: cargo dev <task>

tasks:
  docs [--check]                 the rule pages in docs/rules/
  schema [--check]               the JSON schema of goready.toml in docs/
  kubernetes <five inputs>       the table of Kubernetes kinds and types; its module names them
  new-rule <category> <name>     a rule file that compiles, its module line and its fixtures";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = match root() {
        Ok(root) => root,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let root = root.as_path();
    let result = match words.as_slice() {
        ["docs"] => docs::run(root, Mode::Write),
        ["docs", "--check"] => docs::run(root, Mode::Check),
        ["schema"] => schema::run(root, Mode::Write),
        ["schema", "--check"] => schema::run(root, Mode::Check),
        ["kubernetes", inputs @ ..] => kubernetes::run(root, inputs),
        ["new-rule", category, name] => new_rule::run(root, category, name),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The checkout that the current directory lies in. It is not the one this program was built
/// from: a shared target directory serves several checkouts with one binary.
fn root() -> Result<PathBuf, String> {
    let here = env::current_dir().map_err(|error| format!("no current directory: {error}"))?;
    here.ancestors()
        .find(|directory| directory.join("linter/dev/Cargo.toml").is_file())
        .map(PathBuf::from)
        .ok_or_else(|| format!("{} is not in a checkout of goready", here.display()))
}
