//! What a file's path says about the credentials in it.

use super::words;

/// Words in the name of a directory that holds tests or what they read.
const TEST_WORDS: &[&str] = &[
    "test",
    "tests",
    "testdata",
    "e2e",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "integration",
    "acceptance",
    "conformance",
    "suite",
    "suites",
];

/// Words in the name of a file that stands for the real one in tests.
const DOUBLES: &[&str] = &["mock", "mocks", "mocked", "fake", "fakes"];

const DOCUMENTATION_WORDS: &[&str] =
    &["doc", "docs", "documentation", "website", "design", "proposals"];

const SAMPLE_WORDS: &[&str] = &[
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "hack",
    "dev",
    "local",
    "tutorial",
    "tutorials",
    "quickstart",
    "sandbox",
    "playground",
];

/// Words in the name of a file that is there to be copied.
const SAMPLE_NAMES: &[&str] = &["example", "sample", "dist", "template", "tmpl", "tpl", "defaults"];

/// What the contents of a file are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Shipped or deployed.
    Product,
    /// An example, sample or development aid: findings lower.
    Sample,
    /// Text about the product.
    Documentation,
    /// Tests and what they read.
    Test,
}

/// Whether the file is never looked at: locked versions and checksums, others' code, generated or
/// drawn text.
pub(super) fn is_skipped(path: &str) -> bool {
    let name = file_name(path);
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, it)| it);
    let locked =
        matches!(extension, "lock" | "sum" | "svg" | "map" | "snap" | "pdf" | "asc" | "sig")
            || lower.ends_with("-lock.json")
            || lower.ends_with("-lock.yaml")
            || lower == "npm-shrinkwrap.json"
            || lower.ends_with(".min.js")
            || lower.ends_with(".min.css");
    locked
        || path.split('/').any(|it| {
            matches!(it, "vendor" | "node_modules" | "third_party" | ".git" | "bower_components")
        })
}

/// Binary or minified: no person wrote it.
pub(super) fn is_machine_text(text: &str) -> bool {
    /// Bytes that are looked at.
    const HEAD: usize = 8 * 1024;
    /// A line this long at the head of a file that goes on for as long was minified.
    const LONG_LINE: usize = 5000;
    let head = text.as_bytes().get(..HEAD).unwrap_or(text.as_bytes());
    memchr::memchr(0, head).is_some()
        || (head.len() == HEAD
            && memchr::memchr(b'\n', head).is_none_or(|it| it > LONG_LINE)
            && text.len() > 4 * HEAD)
}

/// What the file is for.
pub(super) fn purpose(path: &str) -> Purpose {
    let name = file_name(path).to_ascii_lowercase();
    // What lies beside workflows is for their runs; the workflows themselves hold real credentials.
    if let Some(inside) = path.strip_prefix(".github/") {
        let is_workflow = inside.strip_prefix("workflows/").is_some_and(|file| {
            !file.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
        });
        if !is_workflow && !matches!(&*name, "action.yml" | "action.yaml") {
            return Purpose::Test;
        }
    }
    let mut purpose = Purpose::Product;
    for part in path.rsplit_once('/').map_or("", |(dir, _)| dir).split('/') {
        let part = part.to_ascii_lowercase();
        let is = |list: &[&str]| words::split(&part).iter().any(|it| list.contains(&it.as_str()));
        if part.starts_with("test") || is(TEST_WORDS) {
            return Purpose::Test;
        }
        if is(DOCUMENTATION_WORDS) {
            purpose = Purpose::Documentation;
        } else if purpose == Purpose::Product && is(SAMPLE_WORDS) {
            purpose = Purpose::Sample;
        }
    }
    let stem = name.split('.').next().unwrap_or(&name);
    if is_chart_test(path) {
        return Purpose::Test;
    }
    if name.ends_with("_test.go") || name.contains(".test.") || stem.ends_with("_test") {
        return Purpose::Test;
    }
    if matches!(
        name.rsplit_once('.').map_or("", |(_, it)| it),
        "md" | "mdx" | "rst" | "adoc" | "txt"
    ) {
        return Purpose::Documentation;
    }
    let sample = words::split(&name).iter().any(|it| SAMPLE_NAMES.contains(&it.as_str()))
        // It may be part of the program all the same.
        || words::split(stem).iter().any(|it| DOUBLES.contains(&it.as_str()));
    if purpose == Purpose::Product && sample {
        return Purpose::Sample;
    }
    purpose
}

/// Whether chart-testing installs the chart beside with these values, and removes it again.
fn is_chart_test(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    name.ends_with("-values.yaml") && parts.next() == Some("ci")
}

/// Texts in the languages of users: `password` is a label there.
pub(super) fn is_translation(path: &str) -> bool {
    path.split('/').any(|it| {
        matches!(
            it.to_ascii_lowercase().as_str(),
            "locale" | "locales" | "i18n" | "l10n" | "lang" | "langs" | "translations" | "messages"
        )
    })
}

/// `.env`, `.env.production`, `prod.env`: the environment of a process.
pub(super) fn is_environment(path: &str) -> bool {
    let name = file_name(path);
    let extension = name.rsplit_once('.').map(|(_, it)| it);
    name.starts_with(".env.") || extension == Some("env")
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{Purpose, is_skipped, purpose};

    #[test]
    fn locked_and_foreign_files_are_skipped() {
        for path in ["go.sum", "web/package-lock.json", "vendor/a/b.go", "logo.svg", "x/app.min.js"]
        {
            assert!(is_skipped(path), "{path}");
        }
        assert!(!is_skipped("deploy/secret.yaml"));
    }

    #[test]
    fn paths_tell_what_a_file_is_for() {
        for (path, expected) in [
            ("deploy/secret.yaml", Purpose::Product),
            ("internal/auth/token_test.go", Purpose::Test),
            ("test/e2e/values.yaml", Purpose::Test),
            ("docs/install.yaml", Purpose::Documentation),
            ("README.md", Purpose::Documentation),
            ("examples/db/secret.yaml", Purpose::Sample),
            (".env.example", Purpose::Sample),
            ("pkg/testcerts/certs.go", Purpose::Test),
            ("internal/suites/OIDC/configuration.yml", Purpose::Test),
            ("internal/auth/http_mock.go", Purpose::Sample),
            ("internal/fake-service/main.go", Purpose::Product),
            ("status/test-cert/cert.key", Purpose::Test),
            ("contrib/local-environment/dex.yaml", Purpose::Sample),
            (".github/workflows/certs/root.key", Purpose::Test),
            (".github/workflows/release.yml", Purpose::Product),
            (".github/actions/push/action.yml", Purpose::Product),
            ("internal/latest/a.go", Purpose::Product),
            ("cmd/attest/a.go", Purpose::Product),
            ("config/app.sample.yaml", Purpose::Sample),
        ] {
            assert_eq!(purpose(path), expected, "{path}");
        }
    }
}
