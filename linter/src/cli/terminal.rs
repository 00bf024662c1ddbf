//! What the terminal can do: colours, links, width, a progress bar.
#![expect(clippy::disallowed_methods, reason = "the environment is read here, for all commands")]

use std::{
    env, fmt,
    io::{IsTerminal, Write},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{ColorWhen, TerminalArgs};

/// Fewer files are read before a bar could be looked at.
const MANY_FILES: usize = 300;

/// Columns of reports that do not go to a terminal.
const PLAIN_WIDTH: usize = 100;

/// Whether to write colours to a stream.
///
/// The order is that of the conventions themselves: the flag, `NO_COLOR` (no-color.org),
/// `CLICOLOR_FORCE` (bixense.com/clicolors), then whether it is a terminal that can.
pub(super) fn color(when: ColorWhen, is_terminal: bool) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|it| !it.is_empty());
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR") => false,
        ColorWhen::Auto
            if env::var("CLICOLOR_FORCE").is_ok_and(|it| !it.is_empty() && it != "0") =>
        {
            true
        }
        ColorWhen::Auto => is_terminal && env::var("TERM").is_ok_and(|it| it != "dumb"),
    }
}

/// What standard output is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stdout {
    pub(super) color: bool,
    pub(super) links: bool,
    pub(super) width: usize,
}

pub(super) fn stdout(args: &TerminalArgs) -> Stdout {
    let is_terminal = std::io::stdout().is_terminal();
    let color = color(args.color, is_terminal);
    let width = env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
    let width = width.or_else(|| is_terminal.then(terminal_width).flatten());
    Stdout {
        color,
        links: is_terminal && color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        width: width.unwrap_or(PLAIN_WIDTH),
    }
}

fn terminal_width() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size()?;
    Some(usize::from(columns))
}

/// A progress bar on standard error, invisible where that is no terminal or nobody wants it.
pub(super) fn progress(args: &TerminalArgs, files: usize) -> ProgressBar {
    let wanted = !args.no_progress && !args.quiet && std::io::stderr().is_terminal();
    let dumb = env::var("TERM").is_ok_and(|it| it == "dumb");
    if !wanted || dumb || files < MANY_FILES {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr());
    // The template is a constant of ours; a mistake in it would only cost its looks.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files") {
        bar.set_style(style);
    }
    bar
}

/// Prints to standard error; when that is closed there is nobody left to tell.
pub(super) fn tell(text: fmt::Arguments<'_>) {
    drop(anstream::stderr().write_fmt(text));
}

/// Prints a diagnostic of our own to standard error.
pub(super) fn print_report(diagnostic: &dyn miette::Diagnostic) {
    let color = color(ColorWhen::Auto, std::io::stderr().is_terminal());
    let theme = if color {
        miette::GraphicalTheme::unicode()
    } else {
        miette::GraphicalTheme::unicode_nocolor()
    };
    let mut text = String::new();
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(PLAIN_WIDTH);
    if handler.render_report(&mut text, diagnostic).is_err() {
        text = format!("error: {diagnostic}\n");
    }
    tell(format_args!("{text}"));
}
