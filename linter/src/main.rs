//! The `goready` program: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    goready::cli::main()
}
