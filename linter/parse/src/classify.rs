//! What a file is, by its path and, where the name does not tell, by its text.
//!
//! Nothing here parses: a wrong guess costs a parse that finds nothing, so the tests of content
//! are byte searches.

use std::collections::BTreeSet;

use goready_model::FileKind;
use memchr::memmem;

/// What the list of all paths says about single files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectShape {
    /// Directories that hold a `Chart.yaml`, relative to the root with `/`; the root itself is
    /// the empty string (`goready_helm::chart_dirs`).
    pub chart_dirs: BTreeSet<String>,
}

impl ProjectShape {
    /// The innermost chart that holds the path, and the path inside it.
    pub fn chart_of<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let mut dir = path;
        loop {
            dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
            if let Some(chart) = self.chart_dirs.get(dir) {
                let inside = if dir.is_empty() { path } else { &path[dir.len() + 1..] };
                return Some((chart, inside));
            }
            if dir.is_empty() {
                return None;
            }
        }
    }
}

/// What a file is. `path` is relative to the root with `/`, `text` the whole text or a long head
/// of it.
pub fn classify(path: &str, text: &str, shape: &ProjectShape) -> FileKind {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    if let Some(kind) = chart_file(path, text, shape) {
        return kind;
    }
    let lower = name.to_ascii_lowercase();
    if let Some(kind) = by_exact_name(name).or_else(|| dockerfile_name(&lower, text)) {
        return kind;
    }
    match lower.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "go" => FileKind::Go,
        "mk" | "make" => FileKind::Makefile,
        "just" => FileKind::Justfile,
        "sh" | "bash" | "ksh" | "zsh" => FileKind::ShellScript,
        "hcl" if is_bake(&lower) => FileKind::Bake,
        "yaml" | "yml" => yaml_kind(path, &lower, text),
        "json" if is_bake(&lower) => FileKind::Bake,
        "json" if is_manifest_text(text) => FileKind::Manifest,
        "json" | "toml" | "ini" | "cfg" | "conf" | "properties" | "env" => FileKind::Config,
        _ if lower.starts_with(".env.") => FileKind::Config,
        // just takes any case, and a dot in front.
        _ if matches!(&*lower, "justfile" | ".justfile") => FileKind::Justfile,
        _ if lower.starts_with("makefile.") => FileKind::Makefile,
        // `app_makefile`, `common.Makefile`.
        _ if lower.ends_with("makefile") => FileKind::Makefile,
        "" if is_shell_shebang(text) => FileKind::ShellScript,
        _ => FileKind::Text,
    }
}

/// Files that are something only because they lie in a chart.
fn chart_file(path: &str, text: &str, shape: &ProjectShape) -> Option<FileKind> {
    let (_, inside) = shape.chart_of(path)?;
    if inside == "Chart.yaml" {
        return Some(FileKind::ChartMetadata);
    }
    if inside.starts_with("templates/") {
        return Some(FileKind::ChartTemplate);
    }
    let (dir, name) = inside.rsplit_once('/').unwrap_or(("", inside));
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"))?;
    let values = match dir {
        "" => stem.starts_with("values") || stem.ends_with("values"),
        // The values sets of helm's chart-testing.
        "ci" => stem.ends_with("values"),
        _ => false,
    };
    if values {
        return Some(FileKind::ChartValues);
    }
    // What templates read with `.Files.Get` and render with `tpl`; custom resources are taken as
    // they are.
    let is_template =
        !inside.starts_with("crds/") && memmem::find(text.as_bytes(), b"{{").is_some();
    is_template.then_some(FileKind::ChartTemplate)
}

fn by_exact_name(name: &str) -> Option<FileKind> {
    Some(match name {
        "go.mod" => FileKind::GoMod,
        "go.work" => FileKind::GoWork,
        "Makefile" | "makefile" | "GNUmakefile" => FileKind::Makefile,
        // The three names kustomize looks for (kustomize api/konfig/general.go).
        "kustomization.yaml" | "kustomization.yml" | "Kustomization" => FileKind::Kustomization,
        "Chart.yaml" => FileKind::ChartMetadata,
        ".ko.yaml" | ".ko.yml" => FileKind::Ko,
        ".env" => FileKind::Config,
        _ => return None,
    })
}

/// `Dockerfile`, `Dockerfile.dev`, `api.dockerfile`, `Containerfile` and their ignore files.
///
/// With anything behind the name (`Dockerfile.dev`, but also `dockerfile.rs`) the content decides:
/// a Dockerfile has a `FROM`, and no template is one.
fn dockerfile_name(lower: &str, text: &str) -> Option<FileKind> {
    if lower == ".dockerignore" || lower == ".containerignore" || lower.ends_with(".dockerignore") {
        return Some(FileKind::DockerIgnore);
    }
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((lower, ""));
    let whole = |it: &str| it == "dockerfile" || it == "containerfile";
    let prefixed = ["dockerfile", "containerfile"]
        .iter()
        .any(|it| lower.strip_prefix(it).is_some_and(|rest| rest.starts_with(['.', '-', '_'])));
    let is_dockerfile = whole(lower)
        || (whole(extension) && !stem.is_empty())
        || (prefixed && !text.contains("{{") && starts_a_stage(text));
    is_dockerfile.then_some(FileKind::Dockerfile)
}

/// Whether the first instruction is `FROM`, or `ARG`s with a `FROM` behind them.
fn starts_a_stage(text: &str) -> bool {
    text.lines()
        .map(str::trim_start)
        .filter(|it| !it.is_empty() && !it.starts_with('#'))
        .filter_map(|it| it.split_whitespace().next())
        .find(|it| !it.eq_ignore_ascii_case("ARG"))
        .is_some_and(|it| it.eq_ignore_ascii_case("FROM"))
}

fn is_bake(lower: &str) -> bool {
    lower.starts_with("docker-bake")
}

fn yaml_kind(path: &str, lower: &str, text: &str) -> FileKind {
    if is_workflow_path(path) {
        return FileKind::Workflow;
    }
    let stem = lower.rsplit_once('.').map_or(lower, |(stem, _)| stem);
    if stem == "action" && has_key(text, "runs") {
        return FileKind::Workflow;
    }
    if stem.starts_with(".goreleaser") || stem == "goreleaser" || stem.starts_with("goreleaser.") {
        return FileKind::Goreleaser;
    }
    if memmem::find(text.as_bytes(), b"apiVersion: skaffold/").is_some() || stem == "skaffold" {
        return FileKind::Skaffold;
    }
    let compose = stem.starts_with("docker-compose")
        || stem == "compose"
        || stem.starts_with("compose.")
        || stem.starts_with("compose-");
    if compose && (has_key(text, "services") || has_key(text, "include")) {
        return FileKind::Compose;
    }
    if is_manifest_text(text) && !is_expectation(stem, text) {
        FileKind::Manifest
    } else {
        FileKind::Config
    }
}

/// Whether a file says what a test of an operator expects to find in the cluster: parts of objects
/// that nobody applies. By kuttl's names (`01-assert.yaml`, `02-errors-pods.yaml`), those people
/// give for chainsaw (`assert-pods.yaml`), or a key that is an expression in JMESPath, which only
/// chainsaw takes (`(replicas > \`0\`): true`).
fn is_expectation(stem: &str, text: &str) -> bool {
    let name = stem.trim_start_matches(|it: char| it.is_ascii_digit()).trim_start_matches('-');
    let is_numbered = name.len() < stem.len();
    let word = name.split('-').next().unwrap_or(name);
    let is_named = word == "assert" || (is_numbered && matches!(word, "error" | "errors"));
    // Few texts have such an end of a key at all.
    is_named || memmem::find_iter(text.as_bytes(), "):").any(|it| is_expression_key(text, it))
}

/// Whether the line of that offset starts with such a key.
fn is_expression_key(text: &str, at: usize) -> bool {
    const OPERATORS: [&str; 5] = ["@", "[?", "==", "!=", "`"];
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |it| it + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let line = line.trim_start().trim_start_matches("- ");
    let expression = line.strip_prefix('(').and_then(|it| it.split_once("):"));
    // Prose has such lines as well: `(optional): ...`.
    expression.is_some_and(|(it, _)| OPERATORS.iter().any(|operator| it.contains(operator)))
}

/// GitHub's directory and those of the forges that took over its format.
fn is_workflow_path(path: &str) -> bool {
    let Some((dir, _)) = path.rsplit_once('/') else { return false };
    [".github/workflows", ".gitea/workflows", ".forgejo/workflows"].contains(&dir)
}

/// Whether the text has both keys that make a Kubernetes object, at whatever depth.
fn is_manifest_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    memmem::find(bytes, b"apiVersion").is_some() && memmem::find(bytes, b"kind").is_some()
}

/// Whether some line starts with a key, at the first column.
fn has_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
}

fn is_shell_shebang(text: &str) -> bool {
    let Some(line) = text.lines().next().and_then(|it| it.strip_prefix("#!")) else {
        return false;
    };
    let mut words = line.split_ascii_whitespace().map(|it| it.rsplit('/').next().unwrap_or(it));
    let program = match words.next() {
        Some("env") => words.find(|it| !it.starts_with('-')),
        other => other,
    };
    matches!(program, Some("sh" | "bash" | "dash" | "ash" | "ksh" | "zsh"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(dirs: &[&str]) -> ProjectShape {
        ProjectShape { chart_dirs: dirs.iter().map(|it| (*it).to_owned()).collect() }
    }

    fn kind(path: &str, text: &str) -> FileKind {
        classify(path, text, &shape(&["deploy/chart", "deploy/chart/charts/db"]))
    }

    #[test]
    fn names_decide_where_they_are_enough() {
        for (path, expected) in [
            ("cmd/api/main.go", FileKind::Go),
            ("go.mod", FileKind::GoMod),
            ("go.work", FileKind::GoWork),
            ("Dockerfile", FileKind::Dockerfile),
            ("build/api.Dockerfile", FileKind::Dockerfile),
            ("Containerfile", FileKind::Dockerfile),
            ("Dockerfile.tmpl", FileKind::Text),
            ("Dockerfile.md", FileKind::Text),
            (".dockerignore", FileKind::DockerIgnore),
            ("Dockerfile.dockerignore", FileKind::DockerIgnore),
            ("Makefile", FileKind::Makefile),
            ("Justfile", FileKind::Justfile),
            ("build/.justfile", FileKind::Justfile),
            ("ci.just", FileKind::Justfile),
            ("build/common.mk", FileKind::Makefile),
            ("release-tools/build.make", FileKind::Makefile),
            ("Makefile.release", FileKind::Makefile),
            ("hack/build.sh", FileKind::ShellScript),
            (".github/workflows/ci.yml", FileKind::Workflow),
            ("docs/.github/workflows/ci.yml", FileKind::Config),
            (".goreleaser.yaml", FileKind::Goreleaser),
            (".goreleaser.pro.yml", FileKind::Goreleaser),
            (".ko.yaml", FileKind::Ko),
            ("docker-bake.hcl", FileKind::Bake),
            ("docker-bake.json", FileKind::Bake),
            ("skaffold.yaml", FileKind::Skaffold),
            ("base/kustomization.yaml", FileKind::Kustomization),
            (".env", FileKind::Config),
            (".env.production", FileKind::Config),
            ("config.toml", FileKind::Config),
            ("README.md", FileKind::Text),
        ] {
            assert_eq!(kind(path, ""), expected, "{path}");
        }
    }

    #[test]
    fn content_decides_for_yaml_json_and_files_without_extension() {
        let deployment = "apiVersion: apps/v1\nkind: Deployment\n";
        assert_eq!(kind("deploy/api.yaml", deployment), FileKind::Manifest);
        assert_eq!(kind("deploy/api.yaml", "replicas: 1\n"), FileKind::Config);
        assert_eq!(kind("a.json", r#"{"kind":"Pod","apiVersion":"v1"}"#), FileKind::Manifest);
        for name in ["01-assert.yaml", "00-assert-pods.yaml", "02-errors.yml", "assert-pods.yaml"] {
            assert_eq!(kind(&format!("tests/{name}"), deployment), FileKind::Config, "{name}");
        }
        let expression = "apiVersion: v1\nkind: Pod\nspec:\n  (containers[?name == 'a']):\n";
        assert_eq!(kind("tests/02-pods.yaml", expression), FileKind::Config);
        let prose = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    (optional): text\n";
        assert_eq!(kind("deploy/a.yaml", prose), FileKind::Manifest);
        for name in ["errors.yaml", "01-assertions.yaml", "01-install.yaml"] {
            assert_eq!(kind(&format!("tests/{name}"), deployment), FileKind::Manifest, "{name}");
        }
        assert_eq!(kind("action.yml", "name: x\nruns:\n  using: composite\n"), FileKind::Workflow);
        assert_eq!(kind("compose.yaml", "services:\n  api: {}\n"), FileKind::Compose);
        assert_eq!(kind("compose-operator.yaml", deployment), FileKind::Manifest);
        assert_eq!(kind("dev.yaml", "apiVersion: skaffold/v4beta6\n"), FileKind::Skaffold);
        assert_eq!(kind("hack/release", "#!/usr/bin/env -S bash -e\n"), FileKind::ShellScript);
        assert_eq!(kind("hack/release", "#!/usr/bin/python3\n"), FileKind::Text);
        let image = "# syntax=docker/dockerfile:1\nARG GO=1.25\nFROM golang:$GO\n";
        assert_eq!(kind("build/Dockerfile.dev", image), FileKind::Dockerfile);
        assert_eq!(kind("Dockerfile.tmpl", "FROM {{ .Base }}\n"), FileKind::Text);
        assert_eq!(kind("parse/dockerfile.rs", "//! Reads Dockerfiles.\n"), FileKind::Text);
    }

    #[test]
    fn files_of_a_chart_are_told_by_the_innermost_chart() {
        for (path, expected) in [
            ("deploy/chart/Chart.yaml", FileKind::ChartMetadata),
            ("deploy/chart/values.yaml", FileKind::ChartValues),
            ("deploy/chart/values-prod.yaml", FileKind::ChartValues),
            ("deploy/chart/ci/ha-values.yaml", FileKind::ChartValues),
            ("deploy/chart/templates/api.yaml", FileKind::ChartTemplate),
            ("deploy/chart/templates/NOTES.txt", FileKind::ChartTemplate),
            ("deploy/chart/charts/db/templates/db.yaml", FileKind::ChartTemplate),
            ("deploy/chart/crds/crd.yaml", FileKind::Manifest),
            ("deploy/chart/files/plain.yaml", FileKind::Manifest),
            ("deploy/other/templates/api.yaml", FileKind::Manifest),
        ] {
            assert_eq!(kind(path, "apiVersion: v1\nkind: X\n"), expected, "{path}");
        }
        let action = "apiVersion: v1\nkind: {{ .kind }}\n";
        assert_eq!(kind("deploy/chart/files/a.yaml", action), FileKind::ChartTemplate);
        assert_eq!(kind("deploy/chart/crds/a.yaml", action), FileKind::Manifest);
    }

    #[test]
    fn a_chart_in_the_root_holds_every_path() {
        let shape = shape(&[""]);
        assert_eq!(shape.chart_of("templates/a.yaml"), Some(("", "templates/a.yaml")));
        assert_eq!(classify("templates/a.yaml", "", &shape), FileKind::ChartTemplate);
    }
}
