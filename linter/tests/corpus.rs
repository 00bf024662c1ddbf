//! Whole services: what all rules together say about them.
//!
//! `testdata/corpus/ready-*` are complete services on which every rule must be silent; the others
//! keep their findings in `expected.txt`, as a snapshot of what a user sees.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]
#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]

mod support;

use support::{analyse, compare, directories, read_repository, render, testdata};

fn services() -> Vec<(String, std::path::PathBuf)> {
    directories(&testdata().join("corpus"))
        .into_iter()
        .map(|it| (it.file_name().unwrap().to_string_lossy().into_owned(), it))
        .collect()
}

#[test]
fn ready_services_are_silent() {
    let ready: Vec<_> = services().into_iter().filter(|(it, _)| it.starts_with("ready-")).collect();
    assert!(!ready.is_empty());
    for (name, dir) in ready {
        let rendered = render(&analyse(read_repository(&dir), None));
        assert!(rendered.is_empty(), "{name} is ready, but:\n{rendered}");
    }
}

#[test]
fn findings_on_whole_services_are_as_kept() {
    let others: Vec<_> =
        services().into_iter().filter(|(it, _)| !it.starts_with("ready-")).collect();
    assert!(!others.is_empty());
    for (_, dir) in others {
        let rendered = render(&analyse(read_repository(&dir), None));
        compare(&dir.join("expected.txt"), &rendered).unwrap();
    }
}

#[test]
fn the_shop_has_findings_of_all_five_families() {
    let analysis = analyse(read_repository(&testdata().join("corpus/shop")), None);
    for category in ["secrets", "lifecycle", "build", "arch", "injection"] {
        assert!(
            analysis.findings.iter().any(|it| it.category.name() == category),
            "no finding of category {category}"
        );
    }
}
