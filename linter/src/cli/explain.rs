//! `goready explain`: one rule with its reason, example and references.

use std::io::{self, Write};

use goready_model::Profile;
use goready_rules::{Meta, REGISTRY};

use super::{
    Status,
    args::{ExplainArgs, ListFormat},
    failure::Failure,
    rules,
};
use crate::config;

pub(super) fn run(args: &ExplainArgs) -> Result<Status, Failure> {
    let found = find(&args.rule);
    if found.is_empty() {
        let near = config::suggest(&args.rule);
        let near = near.map(|it| format!(" (did you mean `{it}`?)")).unwrap_or_default();
        return Err(Failure::Usage(format!(
            "no rule is named `{}`, here or in another tool that goready knows{near}",
            args.rule
        )));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.output {
        ListFormat::Json => {
            let rules: Vec<_> = found
                .iter()
                .map(|meta| {
                    let mut rule = rules::describe(meta);
                    rule["documentation"] = meta.docs.into();
                    rule
                })
                .collect();
            serde_json::to_writer_pretty(&mut out, &rules).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Text => {
            for (index, meta) in found.iter().enumerate() {
                if index > 0 {
                    writeln!(out, "\n{}\n", "-".repeat(72))?;
                }
                write(meta, &mut out)?;
            }
        }
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// The rule of a name, or all rules that are the same check as another tool's.
fn find(name: &str) -> Vec<&'static Meta> {
    if let Some(meta) = config::rule(name) {
        return vec![meta];
    }
    let same = |other: &str| {
        let short = other.rsplit('/').next().unwrap_or(other);
        other.eq_ignore_ascii_case(name) || short.eq_ignore_ascii_case(name)
    };
    REGISTRY.iter().filter(|it| it.rule.elsewhere.iter().any(|other| same(other))).collect()
}

fn write(meta: &Meta, out: &mut dyn Write) -> io::Result<()> {
    let rule = meta.rule;
    writeln!(out, "{} ({})", meta.name, meta.category.name())?;
    let strict = if rule.profile == Profile::Strict { ", only in profile strict" } else { "" };
    writeln!(
        out,
        "{} (reported as {}), {}, looks at {}{strict}, since {}\n",
        rule.outcome.name(),
        rule.outcome.level().name(),
        rule.confidence.name(),
        rule.scope.name(),
        rule.since,
    )?;
    writeln!(out, "{}", meta.docs.trim_end())?;
    if !rule.elsewhere.is_empty() {
        writeln!(out, "\n## Elsewhere\n{}", rule.elsewhere.join(", "))?;
    }
    writeln!(out, "\n## Turning it off\nAt one place: `# goready: ignore[{}] reason`", meta.name)?;
    writeln!(out, "Everywhere: `ignore = [\"{}\"]` in goready.toml", meta.name)
}
