//! Every rule against its fixtures and against its own documentation.
//!
//! A case is a small repository, `testdata/<category>/<rule>/<case>/`; only the directory's rule
//! runs. Expectations are comments in the fixture:
//!
//! - `expect: rule` at the end of a line, or alone on the line above: a finding starts there;
//! - `expect: 7 rule`: and in column 7;
//! - `expect(label): rule`: a related place of a finding starts there.
//!
//! Files without comments are covered by `expect.txt` (`path:line rule` a line). A finding without
//! an expectation fails, and so does an expectation without a finding. What the case prints is kept
//! in `expected.txt`; `UPDATE_EXPECT=1` rewrites it.

#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]

mod support;

use std::{collections::BTreeSet, path::Path};

use goready_rules::{Meta, REGISTRY};
use libtest_mimic::{Arguments, Failed, Trial};
use support::{Expectation, Place, analyse, expectations, read_repository, render, testdata};

fn main() {
    let mut trials = Vec::new();
    for meta in REGISTRY {
        let rule_dir = testdata().join(meta.category.name()).join(meta.name);
        let mut kinds = BTreeSet::new();
        for case in support::directories(&rule_dir) {
            let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
            kinds.insert(name.split('-').next().unwrap_or_default().to_owned());
            let title = format!("{}/{name}", meta.name);
            trials.push(Trial::test(title, move || run_case(meta, &case)));
        }
        let complete = ["bad", "good"].iter().all(|it| kinds.contains(*it));
        trials.push(Trial::test(format!("{} has a bad and a good case", meta.name), move || {
            if complete { Ok(()) } else { Err(format!("{} has {kinds:?}", meta.name).into()) }
        }));
        if let Some(example) = support::example(meta.docs) {
            let title = format!("{} keeps its documentation's word", meta.name);
            trials.push(Trial::test(title, move || run_example(meta, &example)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn run_case(meta: &Meta, dir: &Path) -> Result<(), Failed> {
    let files = read_repository(dir);
    let expected = expectations(dir, &files);
    let analysis = analyse(files, Some(meta.name));
    let good = dir.file_name().is_some_and(|it| it.to_string_lossy().starts_with("good"));
    if good && !expected.is_empty() {
        return Err("a good case expects nothing".into());
    }
    let mut problems = Vec::new();
    let mut open: Vec<&Expectation> = expected.iter().collect();
    for finding in &analysis.findings {
        let place = Place::of(&analysis, finding.place);
        let matched = open
            .iter()
            .position(|it| !it.label && it.rule == finding.rule && it.place_matches(&place));
        match matched {
            Some(at) => drop(open.remove(at)),
            None => problems.push(format!("not expected: {place} {}", finding.message)),
        }
        for related in &finding.related {
            let place = Place::of(&analysis, related.place);
            let matched = open
                .iter()
                .position(|it| it.label && it.rule == finding.rule && it.place_matches(&place));
            if let Some(at) = matched {
                open.remove(at);
            }
        }
    }
    problems.extend(open.iter().map(|it| format!("not found: {it}")));
    for notification in &analysis.notifications {
        problems.push(format!("notification: {notification:?}"));
    }
    if !problems.is_empty() {
        return Err(problems.join("\n").into());
    }
    support::compare(&dir.join("expected.txt"), &render(&analysis)).map_err(Failed::from)
}

/// The Example must fire; with Use instead laid over it, the rule must be silent.
fn run_example(meta: &Meta, example: &support::Example) -> Result<(), Failed> {
    let fired = |files| {
        let analysis = analyse(files, Some(meta.name));
        analysis.findings.iter().any(|it| it.rule == meta.name)
    };
    let mut files = example.bad.clone();
    if !fired(files.clone()) {
        return Err("the Example does not make the rule fire".into());
    }
    if example.good.is_empty() {
        return Ok(());
    }
    for (path, text) in &example.good {
        files.retain(|(it, _)| it != path);
        files.push((path.clone(), text.clone()));
    }
    if fired(files) {
        return Err("the rule still fires with Use instead".into());
    }
    Ok(())
}
