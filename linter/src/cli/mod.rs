//! The command line: one file a command. With `discover.rs` and `server/` the only code that
//! touches files, environment, clock and terminal.
//!
//! Findings go to standard output, everything else to standard error.

mod args;
mod check;
mod explain;
mod facts;
mod failure;
mod generate;
mod git;
mod render;
mod rules;
mod session;
mod settings;
mod terminal;

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use failure::Failure;

/// Exit status, the same for every command and format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Nothing at or above `--fail-on`.
    Clean,
    Findings,
    /// Wrong usage or configuration.
    Wrong,
    /// The analysis is incomplete.
    Incomplete,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Clean => 0,
            Status::Findings => 1,
            Status::Wrong => 2,
            Status::Incomplete => 3,
        })
    }
}

/// Runs the program with the arguments and environment of the process.
pub fn main() -> ExitCode {
    quiet_caught_panics();
    let cli = match Cli::try_parse_from(with_default_command(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors of clap's that go to standard output.
            let status = if error.use_stderr() { Status::Wrong } else { Status::Clean };
            drop(error.print());
            return status.into();
        }
    };
    if let Command::Server(_) = cli.command {
        return crate::server::run();
    }
    let Ok(answer) = catch_unwind(AssertUnwindSafe(|| run(cli.command))) else {
        // The panic hook has told what happened.
        terminal::tell(format_args!(
            "error: goready failed on this project, which is a bug in goready: please report it\n"
        ));
        return Status::Incomplete.into();
    };
    match answer {
        Ok(status) => status.into(),
        // `goready rules | head` is no failure.
        Err(failure) if failure.is_broken_pipe() => Status::Clean.into(),
        Err(failure) => {
            failure.print();
            Status::Wrong.into()
        }
    }
}

fn run(command: Command) -> Result<Status, Failure> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Fix(mut args) => {
            args.fix.fix = true;
            check::run(&args)
        }
        Command::Rules(args) => rules::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Facts(args) => facts::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Config(args) => settings::run(&args),
        // Its exit status is the protocol's, not ours; `main` serves it.
        Command::Server(_) => Ok(Status::Clean),
        Command::Generate(args) => generate::run(&args),
    }
}

/// `goready`, `goready PATH` and `goready --flag` mean `goready check`.
fn with_default_command(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    let named = arguments.get(1).and_then(|it| it.to_str()).is_some_and(|first| {
        matches!(first, "-h" | "--help" | "-V" | "--version" | "help")
            || Cli::command().get_subcommands().any(|it| it.get_name() == first)
    });
    if !named {
        arguments.insert(1.min(arguments.len()), "check".into());
    }
    arguments
}

/// A panic that the engine catches is told as a notification, not as a backtrace.
fn quiet_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !crate::catches_panics() {
            usual(info);
        }
    }));
}
