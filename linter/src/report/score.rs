//! How ready the project is, in points of a hundred: the share of what was asked that holds.
//!
//! Only rules that had something to judge count, so that a repository without autoscalers is
//! neither praised nor blamed for them. A rule weighs as much as what it warns of; within a rule
//! every subject counts the same.

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{Category, Finding, Outcome, Project};
use goready_rules::{Check, Meta};
use serde::Serialize;

use super::texts::primary;
use crate::engine::Analysis;

/// Readiness in points of a hundred.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// `None` when nothing was judged: there is no score without its inputs.
    pub total: Option<f64>,
    /// By category.
    pub dimensions: BTreeMap<&'static str, f64>,
    /// Rules that had a subject.
    pub rules: usize,
}

/// What a rule's pass is worth.
fn weight(outcome: Outcome) -> f64 {
    match outcome {
        Outcome::Rejected => 8.0,
        Outcome::Broken => 5.0,
        Outcome::Risk => 3.0,
        Outcome::Advice => 1.0,
    }
}

/// A sum of weights and the part of it that was earned.
#[derive(Debug, Default, Clone, Copy)]
struct Account {
    earned: f64,
    possible: f64,
}

impl Account {
    fn add(&mut self, other: Account) {
        self.earned += other.earned;
        self.possible += other.possible;
    }

    /// Points with one decimal; `None` when nothing was possible.
    fn points(self) -> Option<f64> {
        (self.possible > 0.0).then(|| (self.earned / self.possible * 1000.0).round() / 10.0)
    }
}

/// The score of an analysis.
pub fn score(analysis: &Analysis) -> Score {
    let failing = failing_subjects(analysis);
    let mut by_category: BTreeMap<&'static str, Account> = BTreeMap::new();
    let mut total = Account::default();
    let mut rules = 0;
    for meta in &analysis.rules {
        // What is said about the analysis itself is not about the project.
        let subjects = subjects(meta, &analysis.project);
        if subjects == 0 || meta.category == Category::Meta {
            continue;
        }
        let failed = failing.get(meta.name).copied().unwrap_or(0);
        let share = (failed as f64 / subjects as f64).min(1.0);
        let possible = weight(meta.rule.outcome);
        let account = Account { earned: possible * (1.0 - share), possible };
        by_category.entry(meta.category.name()).or_default().add(account);
        total.add(account);
        rules += 1;
    }
    let dimensions = by_category.into_iter();
    Score {
        total: total.points(),
        dimensions: dimensions.filter_map(|(name, it)| Some((name, it.points()?))).collect(),
        rules,
    }
}

/// How many things a rule judged.
fn subjects(meta: &Meta, project: &Project) -> usize {
    match meta.rule.check {
        Check::Object(_) => project.objects.len(),
        Check::Workload(_) => project.workloads.len(),
        Check::Service(_) => project.services.len(),
        Check::Autoscaler(_) => project.autoscalers.len(),
        Check::Program(_) => project.programs.len(),
        Check::Dockerfile(_) => project.dockerfiles.len(),
        Check::Build(_) => project.builds.len(),
        Check::Chart(_) => project.charts.len(),
        // Judged once, about whatever there is.
        Check::Project(_) => usize::from(!project.kinds.is_empty()),
        Check::Engine => 0,
    }
}

/// By rule, how many different subjects have an active finding.
fn failing_subjects(analysis: &Analysis) -> BTreeMap<&'static str, usize> {
    let mut failing: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for finding in analysis.active() {
        failing.entry(finding.rule).or_default().insert(subject(finding, analysis));
    }
    failing.into_iter().map(|(rule, subjects)| (rule, subjects.len())).collect()
}

fn subject(finding: &Finding, analysis: &Analysis) -> String {
    let path = analysis.sources.path(primary(finding).file);
    match (&finding.object, &finding.program) {
        (Some(it), _) => format!("{path} {} {}/{}", it.kind, it.namespace, it.name),
        (None, Some(it)) => format!("{}/{}", it.module, it.dir),
        (None, None) => path.to_owned(),
    }
}
