//! `goready config`: write, show and check `goready.toml`.
#![expect(clippy::disallowed_methods, reason = "this command reads and writes the configuration")]

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use super::{
    Status,
    args::{ConfigArgs, ConfigCommand},
    failure::Failure,
    session,
};
use crate::{
    config::{self, FILE_NAMES},
    discover,
};

pub(super) fn run(args: &ConfigArgs) -> Result<Status, Failure> {
    match &args.command {
        ConfigCommand::Init { dir } => init(dir),
        ConfigCommand::Show { dir, config } => show(dir, config.as_deref()),
        ConfigCommand::Schema => {
            io::stdout().lock().write_all(config::schema().as_bytes())?;
            Ok(Status::Clean)
        }
        ConfigCommand::Validate { path } => validate(path),
    }
}

/// What `init` writes.
const TEMPLATE: &str = include_str!("goready.toml");

fn init(dir: &Path) -> Result<Status, Failure> {
    for name in FILE_NAMES {
        let path = dir.join(name);
        if path.exists() {
            return Err(Failure::Usage(format!("`{}` is already there", path.display())));
        }
    }
    let path = dir.join(FILE_NAMES[0]);
    fs::write(&path, TEMPLATE).map_err(|source| Failure::Write { path: path.clone(), source })?;
    writeln!(anstream::stderr(), "wrote {}", path.display())?;
    Ok(Status::Clean)
}

fn show(dir: &Path, named: Option<&Path>) -> Result<Status, Failure> {
    let dir = canonical(dir)?;
    let root = discover::find_root(&dir);
    let (settled, path) = session::load_config(&root, &dir, named, false)?;
    let config = &settled.config;
    let mut out = io::stdout().lock();
    let from = path.map_or_else(|| "none found".to_owned(), |it| it.display().to_string());
    writeln!(out, "project root        {}", root.display())?;
    writeln!(out, "configuration file  {from}")?;
    let (min, max) = config.settings.kubernetes;
    writeln!(out, "kubernetes          {min} to {max}")?;
    let rules = config.selection.rules();
    writeln!(out, "rules               {} of {}", rules.len(), goready_rules::REGISTRY.len())?;
    for meta in rules {
        let adjustment = config.adjustments.get(meta.name).copied().unwrap_or_default();
        let outcome = adjustment.outcome.unwrap_or(meta.rule.outcome);
        let level = adjustment.level.unwrap_or(outcome.level());
        writeln!(out, "  {:7}  {}", level.name(), meta.name)?;
    }
    Ok(Status::Clean)
}

fn validate(path: &Path) -> Result<Status, Failure> {
    let full = canonical(path)?;
    let root = discover::find_root(&full);
    let named = full.is_file().then_some(&*full);
    let (_, found) = session::load_config(&root, &full, named, false)?;
    match found {
        Some(path) => writeln!(anstream::stderr(), "{} is fine", path.display())?,
        None => {
            return Err(Failure::Usage(format!(
                "no goready.toml from `{}` up to `{}`",
                full.display(),
                root.display()
            )));
        }
    }
    Ok(Status::Clean)
}

fn canonical(path: &Path) -> Result<std::path::PathBuf, Failure> {
    fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::NoSuchPath(path.to_owned()),
        _ => Failure::Read { path: path.to_owned(), source: error },
    })
}
