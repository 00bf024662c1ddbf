//! What keeps a command from running, told with what was tried and what to do.

use std::{io, path::PathBuf};

use clap::CommandFactory;

use super::args::Cli;
use crate::{
    config::{self, ConfigError},
    discover::{BadGlob, describe},
};

/// A command could not run: exit status 2.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("there is no file or directory `{0}`")]
    NoSuchPath(PathBuf),
    #[error("`{path}` lies outside the project `{root}`")]
    OutsideProject { path: PathBuf, root: PathBuf },
    #[error("`{0}` is not UTF-8")]
    NotUtf8(PathBuf),
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Config(Box<ConfigError>),
    #[error(transparent)]
    Glob(#[from] BadGlob),
    #[error("cannot read `{path}`: {reason}", reason = describe(source))]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{path}`: {reason}", reason = describe(source))]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("`git {command}` failed: {message}")]
    Git { command: String, message: String },
}

impl Failure {
    pub(super) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// An instruction, where there is more to say than the message.
    fn help(&self) -> Option<String> {
        match self {
            Self::OutsideProject { .. } => Some("run goready once for each project".to_owned()),
            // A misspelt command is taken for a path.
            Self::NoSuchPath(path) => {
                let commands = Cli::command();
                let names = commands.get_subcommands().map(clap::Command::get_name);
                let near = config::closest(path.to_str()?, names)?;
                Some(format!("did you mean the command `{near}`?"))
            }
            _ => None,
        }
    }

    /// Prints the failure to standard error.
    pub(super) fn print(&self) {
        if let Self::Config(error) = self {
            super::terminal::print_report(&**error);
            return;
        }
        super::terminal::tell(format_args!("error: {self}\n"));
        if let Some(help) = self.help() {
            super::terminal::tell(format_args!("help: {help}\n"));
        }
    }
}

impl From<Box<ConfigError>> for Failure {
    fn from(error: Box<ConfigError>) -> Self {
        Self::Config(error)
    }
}
