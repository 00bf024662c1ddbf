//! `goready generate`: shell completions and the man page.

use std::{
    fs,
    io::{self, Write},
};

use clap::CommandFactory;

use super::{
    Status,
    args::{Cli, GenerateArgs, GenerateCommand},
    failure::Failure,
};

pub(super) fn run(args: &GenerateArgs) -> Result<Status, Failure> {
    let mut command = Cli::command();
    let mut text = Vec::new();
    match &args.command {
        GenerateCommand::Completions { shell } => {
            clap_complete::generate(*shell, &mut command, "goready", &mut text);
        }
        GenerateCommand::Man { dir: Some(dir) } => {
            let failed = |source| Failure::Write { path: dir.clone(), source };
            fs::create_dir_all(dir).map_err(failed)?;
            clap_mangen::generate_to(command, dir).map_err(failed)?;
        }
        GenerateCommand::Man { dir: None } => clap_mangen::Man::new(command).render(&mut text)?,
    }
    io::stdout().lock().write_all(&text)?;
    Ok(Status::Clean)
}
