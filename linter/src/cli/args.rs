//! The arguments of all commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, builder::Styles};
use goready_model::{Confidence, Level, Profile};

use crate::{config::FailOn, report::Format};

const STYLES: Styles = Styles::styled()
    .header(clap::builder::styling::AnsiColor::Green.on_default().bold())
    .usage(clap::builder::styling::AnsiColor::Green.on_default().bold())
    .literal(clap::builder::styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(clap::builder::styling::AnsiColor::Cyan.on_default());

/// Tells before anything is deployed whether a Go service is ready for Kubernetes.
#[derive(Debug, Parser)]
#[command(name = "goready", version, styles = STYLES, subcommand_required = true)]
#[command(after_help = "Without a command goready runs `check`.\n\nExit status: 0 nothing at or \
    above --fail-on, 1 findings, 2 wrong usage or configuration, 3 the analysis is incomplete.")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Analyse the project and report findings (the default command).
    Check(Box<CheckArgs>),
    /// Apply fixes, then report what is left: `check --fix`.
    Fix(Box<CheckArgs>),
    /// List the rules.
    Rules(RulesArgs),
    /// Explain a rule: example, reason, references. Takes other tools' ids too.
    Explain(ExplainArgs),
    /// Show what was parsed and joined, with the evidence for each join.
    Facts(FactsArgs),
    /// Render a Helm chart without helm, with the origin of every value.
    Render(Box<RenderArgs>),
    /// Write, show or check the configuration.
    Config(ConfigArgs),
    /// Serve an editor: the language server on standard input and output.
    Server(ServerArgs),
    /// Write shell completions or the man page to standard output.
    Generate(GenerateArgs),
}

/// `goready server`
#[derive(Debug, Args)]
pub(super) struct ServerArgs {
    /// What clients add to ask for standard input and output; there is nothing else.
    #[arg(long, hide = true)]
    stdio: bool,
}

/// What every command that analyses takes.
#[derive(Debug, Args)]
pub(super) struct ProjectArgs {
    /// Files and directories to report on; the whole project is analysed in any case.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    /// Configuration file, instead of the goready.toml that is found.
    #[arg(long, value_name = "FILE", help_heading = "Configuration", conflicts_with = "isolated")]
    pub(super) config: Option<PathBuf>,

    /// Read no configuration file.
    #[arg(long, help_heading = "Configuration")]
    pub(super) isolated: bool,

    /// Kubernetes version the manifests must work on, or a range: 1.36, 1.34-1.36.
    #[arg(long, value_name = "VERSION", help_heading = "Configuration", value_parser = crate::config::parse_versions)]
    pub(super) kubernetes_version: Option<crate::config::Versions>,

    /// Render the charts with these values too. May be given several times, later ones win.
    #[arg(long, value_name = "FILE", help_heading = "Charts")]
    pub(super) values: Vec<PathBuf>,

    /// Render the charts with this value too, over `--values`: image.tag=1.2.3.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Charts")]
    pub(super) set: Vec<String>,

    /// Analyse only files that git tracks.
    #[arg(long, help_heading = "Files")]
    pub(super) tracked_only: bool,

    /// Number of threads.
    #[arg(long, value_name = "N", help_heading = "Running", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,

    /// Parse every file of a known kind, even one whose bytes cannot hold a fact. Findings are
    /// the same.
    #[arg(long, help_heading = "Running")]
    pub(super) no_prefilter: bool,

    #[command(flatten)]
    pub(super) terminal: TerminalArgs,
}

/// What is shown besides the result.
#[derive(Debug, Args)]
pub(super) struct TerminalArgs {
    /// When to use colours.
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(super) color: ColorWhen,

    /// Show no progress bar.
    #[arg(long, help_heading = "Output")]
    pub(super) no_progress: bool,

    /// Print nothing but findings.
    #[arg(short, long, help_heading = "Output", conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Print what was read and how long each step took.
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) project: ProjectArgs,
    #[command(flatten)]
    pub(super) rules: SelectArgs,
    #[command(flatten)]
    pub(super) files: FileArgs,
    #[command(flatten)]
    pub(super) fix: FixArgs,

    /// Format, and file to write it to instead of standard output. May be given several times.
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output", value_parser = parse_output)]
    pub(super) output: Vec<Output>,

    /// Print how often each rule reported something.
    #[arg(long, help_heading = "Output")]
    pub(super) statistics: bool,

    /// Report suppressed findings too, marked as such.
    #[arg(long, help_heading = "Output")]
    pub(super) report_suppressed: bool,

    /// Lowest level that makes the exit status 1: error, warning, note, or never for none
    /// [default: warning].
    #[arg(long, value_name = "LEVEL", help_heading = "Exit status", value_parser = parse_fail_on)]
    pub(super) fail_on: Option<FailOn>,

    /// Exit with 0 whatever is found: `--fail-on never`.
    #[arg(long, help_heading = "Exit status", conflicts_with = "fail_on")]
    pub(super) exit_zero: bool,

    /// Exit with 3 when something could not be read or parsed, or nothing was found to analyse.
    #[arg(long, help_heading = "Exit status")]
    pub(super) strict: bool,
}

/// Which rules run and which findings are reported.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct SelectArgs {
    /// Run these rules only: names, categories or ALL, separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) select: Vec<String>,

    /// Run these rules too.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) extend_select: Vec<String>,

    /// Do not run these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,

    /// `strict` turns on rules that are a matter of taste or need more context.
    #[arg(long, value_name = "PROFILE", value_parser = parse_profile)]
    pub(super) profile: Option<Profile>,

    /// Ignore suppression comments, annotations and [[suppress]].
    #[arg(long)]
    pub(super) no_suppressions: bool,

    /// Report only findings of at least this level: note, warning, error.
    #[arg(long, value_name = "LEVEL", value_parser = parse_level)]
    pub(super) min_level: Option<Level>,

    /// Report only findings that are at least this sure: possible, likely, certain.
    #[arg(long, value_name = "CONFIDENCE", value_parser = parse_confidence)]
    pub(super) min_confidence: Option<Confidence>,
}

/// Which files are reported on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(super) struct FileArgs {
    /// Analyse what `git commit` would commit, report on staged files.
    #[arg(long, conflicts_with_all = ["changed_since", "stdin_filename"])]
    pub(super) staged: bool,

    /// Report on files that differ from a revision, untracked ones included.
    #[arg(long, value_name = "REV", conflicts_with = "stdin_filename")]
    pub(super) changed_since: Option<String>,

    /// Let standard input stand for this file, and report on it.
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Fixes")]
pub(super) struct FixArgs {
    /// Apply safe fixes, then report what is left.
    #[arg(long, conflicts_with_all = ["stdin_filename", "diff"])]
    pub(super) fix: bool,

    /// Apply fixes that may change what the project does as well; implies --fix unless there is
    /// --diff.
    #[arg(long)]
    pub(super) unsafe_fixes: bool,

    /// Print fixes as a patch instead of applying them.
    #[arg(long)]
    pub(super) diff: bool,
}

/// `--output`.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Rules of these categories, or with these words in their name.
    #[arg(value_name = "FILTER")]
    pub(super) filter: Vec<String>,
    /// Format.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output: ListFormat,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Rule, or another tool's id for the same check: `DL3025`, `CKV_K8S_11`, `G112`.
    #[arg(value_name = "RULE")]
    pub(super) rule: String,
    /// Format.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct FactsArgs {
    #[command(flatten)]
    pub(super) project: ProjectArgs,
    /// Format.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(super) output: ListFormat,
}

/// `goready render`, with the names of `helm template`.
#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    /// A chart: its directory, or a packed one.
    #[arg(value_name = "CHART")]
    pub(super) chart: PathBuf,

    /// Namespace of the release.
    #[arg(short, long, value_name = "NS", default_value = "default")]
    pub(super) namespace: String,

    /// Name of the release.
    #[arg(long, value_name = "NAME", default_value = "release-name")]
    pub(super) release_name: String,

    /// Kubernetes version that the chart sees.
    #[arg(long, value_name = "VERSION", default_value = "1.37.0")]
    pub(super) kube_version: String,

    /// API versions that the chart sees besides those that Helm knows.
    #[arg(short, long, value_name = "API")]
    pub(super) api_versions: Vec<String>,

    /// Format.
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    pub(super) output: RenderFormat,

    /// Values file over those of the chart. May be given several times, the last wins.
    #[arg(short = 'f', long, value_name = "FILE", help_heading = "Values")]
    pub(super) values: Vec<PathBuf>,

    /// Value: `image.tag=1.2`, `hosts[0]=a,hosts[1]=b`, `list={a,b}`.
    #[arg(long, value_name = "K=V", help_heading = "Values")]
    pub(super) set: Vec<String>,

    /// Value that stays a string, whatever it looks like.
    #[arg(long, value_name = "K=V", help_heading = "Values")]
    pub(super) set_string: Vec<String>,

    /// Value in JSON, or a JSON object with values.
    #[arg(long, value_name = "K=JSON", help_heading = "Values")]
    pub(super) set_json: Vec<String>,

    /// Value that is the content of a file.
    #[arg(long, value_name = "K=FILE", help_heading = "Values")]
    pub(super) set_file: Vec<String>,

    /// Value taken as it is, commas and backslashes too.
    #[arg(long, value_name = "K=V", help_heading = "Values")]
    pub(super) set_literal: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RenderFormat {
    /// What `helm template` prints.
    Yaml,
    /// Every scalar with its places.
    Json,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    pub(super) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Write a commented goready.toml into a directory.
    Init {
        #[arg(value_name = "DIR", default_value = ".")]
        dir: PathBuf,
    },
    /// Show the configuration that is in effect and where it comes from.
    Show {
        #[arg(value_name = "DIR", default_value = ".")]
        dir: PathBuf,
        /// Configuration file, instead of the one that is found.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print the JSON schema of goready.toml.
    Schema,
    /// Check a configuration file.
    Validate {
        /// The file, or a directory to search from.
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    #[command(subcommand)]
    pub(super) command: GenerateCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum GenerateCommand {
    /// Shell completions.
    Completions { shell: clap_complete::Shell },
    /// The man page, in roff; with a directory the pages of all commands, as files in it.
    Man {
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

fn parse_output(text: &str) -> Result<Output, String> {
    let (name, file) = match text.split_once('=') {
        Some((_, "")) => return Err("a file name must follow `=`".to_owned()),
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    let format =
        Format::from_name(name).ok_or_else(|| unknown(name, Format::ALL.map(Format::name)))?;
    Ok(Output { format, file })
}

fn parse_profile(text: &str) -> Result<Profile, String> {
    match text {
        "default" => Ok(Profile::Default),
        "strict" => Ok(Profile::Strict),
        _ => Err(unknown(text, ["default", "strict"])),
    }
}

fn parse_level(text: &str) -> Result<Level, String> {
    let all = [Level::Note, Level::Warning, Level::Error];
    all.into_iter().find(|it| it.name() == text).ok_or_else(|| unknown(text, all.map(Level::name)))
}

fn parse_fail_on(text: &str) -> Result<FailOn, String> {
    match text {
        "never" => Ok(FailOn::Never),
        "note" => Ok(FailOn::Level(Level::Note)),
        "warning" => Ok(FailOn::Level(Level::Warning)),
        "error" => Ok(FailOn::Level(Level::Error)),
        _ => Err(unknown(text, ["never", "note", "warning", "error"])),
    }
}

fn parse_confidence(text: &str) -> Result<Confidence, String> {
    let all = [Confidence::Possible, Confidence::Likely, Confidence::Certain];
    all.into_iter()
        .find(|it| it.name() == text)
        .ok_or_else(|| unknown(text, all.map(Confidence::name)))
}

fn unknown<const N: usize>(text: &str, known: [&'static str; N]) -> String {
    let list = known.join(", ");
    match crate::config::closest(text, known.into_iter()) {
        Some(near) => format!("did you mean `{near}`? (one of {list})"),
        None => format!("it must be one of {list}"),
    }
}
