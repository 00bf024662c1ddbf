//! `goready check`: analyse, report, say by the exit status how it went.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, IsTerminal, Write},
    path::Path,
};

use goready_model::Safety;

use super::{
    Status,
    args::{CheckArgs, Output},
    failure::Failure,
    session::{self, Session},
    terminal,
};
use crate::{
    config::FailOn,
    engine::Analysis,
    fix,
    report::{self, Format, ReportOptions},
};

pub(super) fn run(args: &CheckArgs) -> Result<Status, Failure> {
    let mut session = session::open(&args.project, Some(&args.rules), Some(&args.files))?;
    if args.fix.diff {
        return diff(args, &mut session);
    }
    if args.fix.fix || args.fix.unsafe_fixes {
        fix(args, &mut session)?;
        session.timings.step("fix");
    }
    let (project, sources) = session.engine.link();
    session.timings.step("link");
    let analysis = session.engine.judge(project, sources);
    session.timings.step("check");
    write(args, &analysis)?;
    session.timings.step("report");
    if args.project.terminal.verbose {
        session.timings.print();
    }
    let status = status(args, &session, &analysis);
    // The process ends here; giving back everything piece by piece would only take time.
    std::mem::forget((session, analysis));
    Ok(status)
}

fn safety(args: &CheckArgs) -> Safety {
    if args.fix.unsafe_fixes { Safety::Unsafe } else { Safety::Safe }
}

/// Applies fixes to the files on disk.
fn fix(args: &CheckArgs, session: &mut Session) -> Result<(), Failure> {
    let before = session.engine.link().1;
    let fixed = fix::apply(&mut session.engine, safety(args));
    let mut written = 0;
    for (path, text) in &fixed.texts {
        let Some(source) = before.iter().map(|(_, it)| it).find(|it| *it.path == **path) else {
            continue;
        };
        if session.write_fixed(source, text)? {
            written += 1;
        } else {
            terminal::tell(format_args!(
                "warning: {path} is not fixed: on disk it is not what was analysed\n"
            ));
        }
    }
    if !args.project.terminal.quiet && fixed.count > 0 {
        let (count, fixes) = (fixed.count, if fixed.count == 1 { "fix" } else { "fixes" });
        terminal::tell(format_args!("applied {count} {fixes}, {written} files written\n"));
    }
    Ok(())
}

/// Prints what `--fix` would change, and answers as if it had reported the findings.
fn diff(args: &CheckArgs, session: &mut Session) -> Result<Status, Failure> {
    let analysis = session.engine.check();
    let fixed = fix::apply(&mut session.engine, safety(args));
    let texts = report::texts::Texts::new(&analysis);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (path, text) in &fixed.texts {
        let source = analysis.sources.iter().find(|(_, it)| *it.path == **path);
        let before = source.map_or("", |(_, it)| &it.text);
        // A line that goes away may hold a credential: no output shows one.
        let diff = fix::diff(path, before, text);
        out.write_all(texts.masked(&diff).as_bytes())?;
    }
    out.flush()?;
    Ok(status(args, session, &analysis))
}

/// Writes all reports, the summary for people, and the statistics.
fn write(args: &CheckArgs, analysis: &Analysis) -> Result<(), Failure> {
    let stdout = terminal::stdout(&args.project.terminal);
    let mut options = ReportOptions {
        color: stdout.color,
        links: stdout.links,
        width: stdout.width,
        suppressed: args.report_suppressed,
        ..ReportOptions::default()
    };
    let default = [Output { format: Format::Full, file: None }];
    let outputs = if args.output.is_empty() { &default[..] } else { &args.output };
    for output in outputs {
        if let Some(path) = &output.file {
            let plain = ReportOptions { color: false, links: false, ..options.clone() };
            write_file(path, output.format, analysis, &plain)?;
            continue;
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        report::write(output.format, analysis, &options, &mut out)?;
        out.flush()?;
    }
    if args.project.terminal.quiet {
        return Ok(());
    }
    options.color = terminal::color(args.project.terminal.color, io::stderr().is_terminal());
    let mut err = io::stderr().lock();
    if args.statistics {
        write_statistics(analysis, &mut err)?;
    }
    report::write_summary(analysis, &options, &mut err)?;
    Ok(())
}

fn write_file(
    path: &Path,
    format: Format,
    analysis: &Analysis,
    options: &ReportOptions,
) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: path.to_owned(), source };
    let mut out = io::BufWriter::new(File::create(path).map_err(failed)?);
    report::write(format, analysis, options, &mut out).map_err(failed)?;
    out.flush().map_err(failed)
}

fn write_statistics(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in analysis.active() {
        *counts.entry(finding.rule).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
    for (rule, count) in counts {
        writeln!(out, "{count:>6} {rule}")?;
    }
    Ok(())
}

fn status(args: &CheckArgs, session: &Session, analysis: &Analysis) -> Status {
    let coverage = &analysis.project.coverage;
    let nothing = coverage.programs == 0 && coverage.dockerfiles == 0 && coverage.objects == 0;
    if analysis.is_crippled() || (args.strict && (!coverage.failed.is_empty() || nothing)) {
        return Status::Incomplete;
    }
    let fail_on = args.fail_on.or(session.fail_on).unwrap_or_default();
    let fails = match fail_on {
        FailOn::Level(least) if !args.exit_zero => analysis.active().any(|it| it.level() >= least),
        FailOn::Level(_) | FailOn::Never => false,
    };
    if fails { Status::Findings } else { Status::Clean }
}
