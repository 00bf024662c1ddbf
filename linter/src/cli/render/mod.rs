//! `goready render`: one chart rendered as `helm template` does, with the origin of every value.

mod files;
mod json;

use std::{
    io::{self, Write},
    sync::Arc,
};

use goready_helm::{
    Chart, Limits, LoadError, Mode, RenderError, Rendered, Request, Settings, ValuesKind,
    ValuesSource, render,
};
use goready_model::Span;

use super::{
    Status,
    args::{RenderArgs, RenderFormat},
    failure::Failure,
    terminal,
};
use files::Files;

pub(super) fn run(args: &RenderArgs) -> Result<Status, Failure> {
    let mut files = Files::default();
    let found = files.read_chart(&args.chart)?;
    let values = values(args, &mut files)?;
    let chart = match found.load(files.next_id()) {
        Ok(chart) => Arc::new(chart),
        Err(error) => {
            files.name_chart(&files::last_name(&args.chart));
            tell_load_error(&files, &error);
            return Ok(Status::Incomplete);
        }
    };
    files.name_chart(&chart.metadata.name);
    files.add_archived(&chart);
    let request =
        Request { values, read_file: &files::read_argument, ..Request::new(settings(args)) };
    let rendered = render(&chart, &request);
    files.name_templates(&rendered);
    print(args, &chart, &rendered, &files)?;
    for warning in &rendered.warnings {
        let warning = warning.strip_prefix("warning: ").unwrap_or(warning);
        terminal::tell(format_args!("warning: {warning}\n"));
    }
    for error in &rendered.errors {
        tell(&files, error);
    }
    Ok(if rendered.errors.is_empty() { Status::Clean } else { Status::Incomplete })
}

fn settings(args: &RenderArgs) -> Settings {
    let versions = args.api_versions.iter().flat_map(|it| it.split(','));
    Settings {
        release: args.release_name.clone(),
        namespace: args.namespace.clone(),
        kube_version: args.kube_version.clone(),
        api_versions: versions.map(str::to_owned).collect(),
        mode: Mode::Helm,
        limits: Limits::default(),
    }
}

/// Values files and arguments, each with an id of its own.
fn values(args: &RenderArgs, files: &mut Files) -> Result<Vec<ValuesSource>, Failure> {
    let mut sources = Vec::new();
    for path in &args.values {
        let (id, text) = files.read_values(path)?;
        sources.push(ValuesSource { id, text, kind: ValuesKind::File });
    }
    let options = [
        ("--set-json", ValuesKind::Json, &args.set_json),
        ("--set", ValuesKind::Set, &args.set),
        ("--set-string", ValuesKind::String, &args.set_string),
        ("--set-file", ValuesKind::FileContent, &args.set_file),
        ("--set-literal", ValuesKind::Literal, &args.set_literal),
    ];
    for (option, kind, arguments) in options {
        for argument in arguments {
            let (id, text) = files.add_argument(option, argument);
            sources.push(ValuesSource { id, text, kind });
        }
    }
    Ok(sources)
}

fn print(
    args: &RenderArgs,
    chart: &Chart,
    rendered: &Rendered,
    files: &Files,
) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.output {
        RenderFormat::Yaml => out.write_all(yaml(rendered).as_bytes())?,
        RenderFormat::Json => {
            let answer = json::answer(chart, rendered, files);
            serde_json::to_writer(&mut out, &answer).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// What `helm template` prints: documents without blanks around all of them, then hooks.
fn yaml(rendered: &Rendered) -> String {
    let mut manifest = String::new();
    let mut hooks = String::new();
    for document in rendered.documents.iter().filter(|it| !it.truncated) {
        let out = if document.hook.is_some() { &mut hooks } else { &mut manifest };
        for part in ["---\n# Source: ", &document.source, "\n", &document.text, "\n"] {
            out.push_str(part);
        }
    }
    format!("{}\n{hooks}", manifest.trim())
}

/// `file:line:column: message`, then how execution came there.
fn tell(files: &Files, error: &RenderError) {
    let place = error.span.map(|it| format!("{}: ", place(files, it))).unwrap_or_default();
    terminal::tell(format_args!("{place}{}\n", error.message));
    for span in &error.via {
        terminal::tell(format_args!("  from {}\n", self::place(files, *span)));
    }
}

fn tell_load_error(files: &Files, error: &LoadError) {
    let place = error.span.map(|it| format!("{}: ", place(files, it))).unwrap_or_default();
    terminal::tell(format_args!("{place}{}\n", error.message));
}

fn place(files: &Files, span: Span) -> String {
    let start = files.position(span).0;
    format!("{}:{}:{}", files.helm_name(span.file), start.line, start.column)
}
