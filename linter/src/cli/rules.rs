//! `goready rules`: the catalogue.

use std::io::{self, Write};

use goready_model::Profile;
use goready_rules::{Meta, REGISTRY};
use serde_json::{Value, json};

use super::{
    Status,
    args::{ListFormat, RulesArgs},
    failure::Failure,
};

pub(super) fn run(args: &RulesArgs) -> Result<Status, Failure> {
    let wanted = |it: &&Meta| {
        let names = |filter: &String| it.category.name() == filter || it.name.contains(&**filter);
        args.filter.is_empty() || args.filter.iter().any(names)
    };
    let rules: Vec<&Meta> = REGISTRY.iter().filter(wanted).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.output {
        ListFormat::Json => {
            let rules: Vec<Value> = rules.iter().map(|it| describe(it)).collect();
            serde_json::to_writer_pretty(&mut out, &json!({ "rules": rules }))
                .map_err(io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Text => list(&rules, &mut out)?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// Rules by category, then by name.
fn list(rules: &[&Meta], out: &mut dyn Write) -> io::Result<()> {
    let width = rules.iter().map(|it| it.name.len()).max().unwrap_or(0);
    let mut rules = rules.to_vec();
    rules.sort_by_key(|it| (it.category, it.name));
    let mut category = None;
    for meta in rules {
        if category != Some(meta.category) {
            let gap = if category.is_some() { "\n" } else { "" };
            writeln!(out, "{gap}{}", meta.category.name())?;
            category = Some(meta.category);
        }
        let strict = if meta.rule.profile == Profile::Strict { " (strict)" } else { "" };
        let outcome = meta.rule.outcome.name();
        writeln!(out, "  {:width$}  {outcome:8}  {}{strict}", meta.name, meta.summary)?;
    }
    Ok(())
}

/// A rule as JSON.
pub(super) fn describe(meta: &Meta) -> Value {
    json!({
        "name": meta.name,
        "category": meta.category.name(),
        "summary": meta.summary,
        "outcome": meta.rule.outcome.name(),
        "level": meta.rule.outcome.level().name(),
        "confidence": meta.rule.confidence.name(),
        "profile": match meta.rule.profile {
            Profile::Default => "default",
            Profile::Strict => "strict",
        },
        "scope": meta.rule.scope.name(),
        "since": meta.rule.since,
        "elsewhere": meta.rule.elsewhere,
        "url": crate::report::rule_url(meta.name),
    })
}
