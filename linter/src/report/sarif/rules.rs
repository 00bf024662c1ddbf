//! Rules as SARIF describes them.

use goready_model::{Category, Confidence, Level, Outcome};
use goready_rules::Meta;

use super::model::{Configuration, Help, Rule, RuleProperties, Text};
use crate::{config, engine::Analysis, report::rule_url};

/// Longest description that GitHub takes, in characters.
const LONGEST_DESCRIPTION: usize = 1024;

/// Every rule that ran, and any other that reported, by name: the list must not depend on what
/// was found.
pub(super) fn enabled(analysis: &Analysis) -> Vec<&'static Meta> {
    let reported = analysis.findings.iter().filter_map(|it| config::rule(it.rule));
    let mut rules: Vec<_> = analysis.rules.iter().copied().chain(reported).collect();
    rules.sort_by_key(|it| it.name);
    rules.dedup_by_key(|it| it.name);
    rules
}

pub(super) fn rule(meta: &'static Meta) -> Rule<'static> {
    let url = rule_url(meta.name);
    let summary = meta.summary.trim();
    Rule {
        id: meta.name,
        name: pascal_case(meta.name),
        short_description: Text { text: clipped(summary).into() },
        full_description: Text { text: clipped(&full_description(meta)).into() },
        help: Help {
            text: meta.docs.trim().to_owned(),
            markdown: format!(
                "{}\n\n[`{}` in the rule reference]({url})\n",
                meta.docs.trim(),
                meta.name
            ),
        },
        help_uri: url,
        default_configuration: Configuration { level: meta.rule.outcome.level().name() },
        properties: RuleProperties {
            tags: tags(meta),
            precision: match meta.rule.confidence {
                Confidence::Certain => "very-high",
                Confidence::Likely => "high",
                Confidence::Possible => "medium",
            },
            problem_severity: match meta.rule.outcome.level() {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "recommendation",
            },
            security_severity: security_severity(meta),
        },
    }
}

/// What it does and why it is bad; the summary alone where the page has neither.
fn full_description(meta: &Meta) -> String {
    let section = |title: &str| {
        let (_, rest) = meta.docs.split_once(title)?;
        let text = rest.split("\n#").next().unwrap_or(rest);
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let parts: Vec<_> = ["## What it does", "## Why is this bad"]
        .into_iter()
        .filter_map(section)
        .filter(|it| !it.is_empty())
        .collect();
    if parts.is_empty() { meta.summary.trim().to_owned() } else { parts.join(" ") }
}

/// At most [`LONGEST_DESCRIPTION`] characters, cut behind a word, closed with a full stop.
fn clipped(text: &str) -> String {
    let mut text = text.replace('`', "");
    if text.chars().count() > LONGEST_DESCRIPTION {
        text = text.chars().take(LONGEST_DESCRIPTION - 1).collect();
        text.truncate(text.rfind(' ').unwrap_or(text.len()));
        text.push('…');
        return text;
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

fn tags(meta: &Meta) -> Vec<&'static str> {
    let mut tags = vec!["kubernetes", meta.category.name(), meta.rule.scope.name()];
    if is_security(meta.category) {
        tags.push("security");
    }
    tags.push(if meta.rule.outcome == Outcome::Advice { "maintainability" } else { "reliability" });
    tags.sort_unstable();
    tags.dedup();
    tags
}

fn is_security(category: Category) -> bool {
    matches!(category, Category::Secrets | Category::Security)
}

/// GitHub reads 7.0 and more as high, 4.0 and more as medium, less as low.
fn security_severity(meta: &Meta) -> Option<&'static str> {
    is_security(meta.category).then_some(match meta.rule.outcome.level() {
        Level::Error => "8.0",
        Level::Warning => "5.5",
        Level::Note => "2.5",
    })
}

fn pascal_case(name: &str) -> String {
    name.split('-').map(super::capitalised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_description_is_cut_behind_a_word() {
        let text = clipped(&"word ".repeat(400));
        assert!(text.chars().count() <= LONGEST_DESCRIPTION);
        assert!(text.ends_with("word…"));
    }

    #[test]
    fn names_follow_the_convention_of_the_format() {
        assert_eq!(pascal_case("drain-outlives-grace-period"), "DrainOutlivesGracePeriod");
    }
}
